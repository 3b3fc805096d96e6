"""The feed: whole subjects by scope, each change once, resumable, its cursor kept with what it brought."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import databases
from laptop_and_centre import (
    NOON,
    UNIT,
    House,
    PaperBox,
    Road,
    device_of,
    enrolled_at,
    make_centre,
    noon,
    reception,
    remember,
    take,
)
from laptops import PASSPHRASE, Clock, line
from mobile_reception.centre import feed
from mobile_reception.desk import make, unlock
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.facts import Act, Fact
from mobile_reception.sync.client import SyncReport, sync
from mobile_reception.words import VIETNAM

template, box, house, server_house = (
    databases.template,
    databases.box,
    databases.house,
    databases.server_house,
)


def amended(fact: Fact, name: str, value: object) -> Act:
    """A change of one field by somebody who saw the reception."""
    return Act(fact.subject, "dossier.amended", {"set": {name: value}}, base={name: fact.id})


def other_laptop(house: House, *, scope: str = "hamlets", login: str = "mai") -> PaperBox:
    """One more enrolled laptop."""
    box = PaperBox()
    house.join(box, login=login, name=f"Máy {login}", scope=scope)
    return box


def fed(house: House, box: PaperBox, after: str | None = None) -> tuple[list[str], str]:
    """The subjects of all pages behind a cursor, in their order, and the last cursor."""
    subjects: list[str] = []
    while True:
        page = house.ledger.page(device_of(house, box), after)
        subjects.extend(subject for subject, _ in page.subjects)
        after = page.cursor
        if not page.more:
            return subjects, after


def hand_over(house: House, box: PaperBox) -> None:
    """All that a laptop has, folded."""
    take(house, box, remember(box.journals[box.origin]))
    house.folded()


# -- Who gets what ---------------------------------------------------------------------------------------


def test_a_laptop_is_told_what_others_did_to_its_own_dossiers_and_no_more(
    house: House, box: PaperBox
) -> None:
    first, second = box.receive(2)
    hand_over(house, box)
    assert fed(house, box)[0] == []
    other = other_laptop(house)
    other.receive(1)
    other.write(amended(first, "submitter.phone", "0912"))
    hand_over(house, other)
    subjects, cursor = fed(house, box)
    assert subjects == [first.subject]
    assert second.subject not in subjects
    assert fed(house, other)[0] == [first.subject]
    assert fed(house, box, cursor)[0] == []


def test_the_whole_unit_is_given_whole_and_to_the_letter(house: House, box: PaperBox) -> None:
    first, _ = box.receive(2)
    deputy = other_laptop(house, scope="unit", login="pho")
    other = other_laptop(house)
    other.write(amended(first, "submitter.phone", "0912"))
    hand_over(house, box)
    hand_over(house, other)
    with house.serving() as url:
        report = sync(enrolled_at(deputy, url), clock=noon)
    assert report.received == 3
    written = [*box.journals[box.origin], *other.journals[other.origin]]
    assert sorted(deputy.others, key=lambda fact: fact.hash) == sorted(written, key=lambda fact: fact.hash)
    for page in deputy.pages:
        for subject in {fact.subject for fact in page}:
            everything = {fact.hash for fact in written if fact.subject == subject}
            assert {fact.hash for fact in page if fact.subject == subject} == everything


def test_another_scope_or_epoch_begins_the_feed_anew(house: House, box: PaperBox) -> None:
    deputy = other_laptop(house, scope="unit", login="pho")
    box.receive(3)
    hand_over(house, box)
    everything, cursor = fed(house, deputy)
    assert len(everything) == 3
    assert fed(house, deputy, cursor)[0] == []
    for strange in ("", "x", cursor.replace("unit", "hamlets"), f"{uuid4()}.unit.3", cursor + "0" * 20):
        assert fed(house, deputy, strange)[0] == everything


def test_pages_end_between_subjects_and_a_subject_too_large_for_all_is_named(
    house: House, box: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deputy = other_laptop(house, scope="unit", login="pho")
    box.write(*(reception(f"c-{n}", name="ễ" * 300) for n in range(100)))
    (large,) = box.write(reception("c-large", name="ễ" * 4000))
    hand_over(house, box)
    monkeypatch.setattr(feed, "PAGE", 20_000)
    monkeypatch.setattr(feed, "LARGEST", 10_000)
    after, subjects, omitted, pages = None, [], [], 0
    while True:
        page = house.ledger.page(device_of(house, deputy), after)
        subjects += [subject for subject, _ in page.subjects]
        omitted += page.omitted
        after, pages = page.cursor, pages + 1
        if not page.more:
            break
    assert (len(subjects), len(set(subjects)), omitted) == (100, 100, [large.subject])
    assert pages > 5


def test_a_revoked_laptop_is_given_nothing(house: House, box: PaperBox) -> None:
    box.receive(1)
    house.ledger.register.revoke(device_of(house, box).device)
    with house.serving() as url:
        report = sync(enrolled_at(box, url), clock=noon)
    assert (report.reason, report.received, box.fed) == ("revoked", 0, None)


def test_a_centre_of_before_has_no_feed_and_that_is_no_failure(
    house: House, box: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = FastAPI.add_api_route
    routes = lambda app, path, *more, **named: (  # noqa: E731
        None if path in {"/v1/feed", "/v1/journal/{origin}"} else add(app, path, *more, **named)
    )
    monkeypatch.setattr(FastAPI, "add_api_route", routes)
    box.receive(2)
    with house.serving() as url:
        report = sync(enrolled_at(box, url), clock=noon)
    assert (report.reason, report.agree, report.received) == (None, True, 0)


# -- On the way ------------------------------------------------------------------------------------------


def test_a_feed_that_is_cut_goes_on_where_it_was_and_brings_everything_once(
    house: House, box: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE", 8_000)
    deputy = other_laptop(house, scope="unit", login="pho")
    box.receive(60)
    hand_over(house, box)
    with house.serving() as url, Road(url).open() as road:
        enrolled_at(deputy, road.url)
        road.faults = ["plain", "plain", "lost", "cut", "plain", "html", "cut_openly", "broken", "plain"]
        for _ in range(9):
            report = sync(deputy, clock=noon, cursor=deputy.cursor, timeout=5)
            if report.reason is None:
                break
    assert report.reason is None
    assert {fact.hash for fact in deputy.others} == {fact.hash for fact in box.journals[box.origin]}
    assert sum(len(page) for page in deputy.pages) == 60


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["receive", "amend", "answer", "fold", "fetch"]), max_size=25))
def test_whenever_a_laptop_asks_it_ends_with_every_fact_that_was_ever_judged(
    house: House, steps: list[str]
) -> None:
    one, two = PaperBox(), PaperBox()
    boxes = {"receive": one, "amend": one, "answer": two}
    with house.ledger._engine.begin() as db:  # three more laptops, without the cost of passphrases
        names = [_laptop(db, each.origin, scope) for each, scope in ((one, "hamlets"), (two, "hamlets"))]
        reader = _laptop(db, str(uuid4()), "unit")
    cursor, known = f"{house.ledger.epoch()}.unit.0", set[str]()
    ours = {one.origin, two.origin}

    def fetch() -> None:
        nonlocal cursor
        device = house.ledger.register.device(reader)
        assert device
        more = True
        while more:
            page = house.ledger.page(device, cursor)
            known.update(fact.hash for _, facts in page.subjects for fact in facts)
            cursor, more = page.cursor, page.more

    for step in [*steps, "receive", "answer", "fold", "fetch"]:
        if step == "fold":
            house.folded()
        elif step == "fetch":
            fetch()
        else:
            box = boxes[step]
            first = one.journals[one.origin][0] if one.journals[one.origin] else one.receive(1)[0]
            box.receive(1) if step == "receive" else box.write(amended(first, "copies", len(known)))
            for name, each in zip(names, (one, two), strict=True):
                _take_all(house, name, each)
    with house.ledger._engine.connect() as db:
        rows = db.execute(text("SELECT hash, origin FROM fact")).all()
    assert {row.hash for row in rows if row.origin in ours} <= known


def _laptop(db: object, origin: str, scope: str) -> str:
    name = str(uuid4())
    columns = "unit, name, public_key, certificate, state, enrolled_at"
    run = db.execute  # type: ignore[attr-defined]
    run(
        text(
            f"INSERT INTO device (device, scope, {columns}) "
            f"SELECT CAST(:name AS text), CAST(:scope AS text), {columns} FROM device LIMIT 1"
        ),
        {"name": name, "scope": scope},
    )
    run(
        text(
            "INSERT INTO origin (origin, unit, device, head, head_hash, folded, offset_ms, announced_at) "
            "SELECT CAST(:origin AS text), unit, CAST(:name AS text), 0, :start, 0, 0, announced_at "
            "FROM origin WHERE device IS NULL LIMIT 1"
        ),
        {"origin": origin, "name": name, "start": "0" * 64},
    )
    return name


def _take_all(house: House, name: str, box: PaperBox) -> None:
    from laptop_and_centre import body_of
    from mobile_reception.centre import intake
    from mobile_reception.sync import protocol

    facts = box.journals[box.origin]
    if not facts:
        return
    device = house.ledger.register.device(name)
    assert device
    run = protocol.read_run(body_of(remember(facts)))
    house.ledger.take(device, run, intake.read(run), device_time=NOON, now=NOON)


# -- On the laptop ---------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[House, str]]:
    make_centre(tmp_path)
    house = House(tmp_path)
    with house.serving() as url:
        yield house, url
    house.ledger.close()


def joined(folder: Path, served: tuple[House, str], login: str, scope: str) -> Desk:
    house, url = served
    code = house.ledger.register.new_code(unit=UNIT.code, name=folder.name, scope=scope, now=house.now)
    desk, _ = make(
        folder,
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login=login,
        passphrase=PASSPHRASE,
        now=Clock(NOON.astimezone(VIETNAM)),
        practice=True,
        alone=False,
    )
    desk.enrol(url, code, PASSPHRASE)
    return desk


def synced(desk: Desk) -> SyncReport:
    report = desk.sync().value
    assert (report.reason, report.agree) == (None, True)
    return report


def test_a_deputys_laptop_reads_every_dossier_and_a_sync_appends_no_fact(
    tmp_path: Path, served: tuple[House, str]
) -> None:
    table, deputy = (
        joined(tmp_path / "a", served, "lan", "hamlets"),
        joined(tmp_path / "b", served, "pho", "unit"),
    )
    table.open_session("Khóm Trung")
    codes = [table.receive(line(f"{n}", name=f"Nguyễn Thị Ước {n}")).value.code for n in range(5)]
    assert synced(table).received == 0
    served[0].folded()
    before = deputy.status().facts
    report = synced(deputy)
    assert report.received == table.status().facts - 1  # all but the beginning of its journal
    assert deputy.status().facts == before
    assert {found.code for found in deputy.find("uoc", 50)} == set(codes)
    assert [each.dossiers for each in deputy.sessions()] == [5]
    for code in codes:
        there = deputy.dossier(code).state
        assert there == table.dossier(code).state
    assert deputy.verify().ok
    assert synced(deputy).received == 0
    table.close()
    deputy.close()
    again = unlock(tmp_path / "b", "pho", PASSPHRASE, Clock(NOON.astimezone(VIETNAM)))
    assert again.verify().ok
    assert synced(again).received == 0
    again.close()


# -- Two connections -------------------------------------------------------------------------------------


@pytest.mark.parametrize("locked", [True, False], ids=["unit_locked", "plain_sequence"])
def test_a_slow_transaction_is_skipped_by_a_plain_sequence_and_never_by_the_feed(
    server_house: tuple[House, PaperBox], monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Two write; the first to get its position is the last to commit; a reader asks in between."""
    house, box = server_house
    if not locked:
        with house.ledger._engine.begin() as db:
            db.execute(text("CREATE SEQUENCE places"))
        asked = text("SELECT max(p) FROM (SELECT nextval('places') p FROM generate_series(1, :n)) s")
        monkeypatch.setattr(feed, "_advance", lambda db, _unit, n: int(db.execute(asked, {"n": n}).scalar()))
    deputy = other_laptop(house, scope="unit", login="pho")
    slow, fast = box.receive(2)
    hand_over(house, box)
    _, cursor = fed(house, deputy)
    engine = house.ledger._engine
    with engine.connect() as one, engine.connect() as two:
        feed.move(one, UNIT.code, {slow.subject: frozenset()})
        quick = threading.Thread(
            target=lambda: (feed.move(two, UNIT.code, {fast.subject: frozenset()}), two.commit())
        )
        quick.start()
        _until_waiting_or_done(house, quick)
        seen, cursor = fed(house, deputy, cursor)
        one.commit()
        quick.join()
        later, _ = fed(house, deputy, cursor)
    assert set(seen + later) == ({slow.subject, fast.subject} if locked else {fast.subject})


def _until_waiting_or_done(house: House, thread: threading.Thread) -> None:
    """Until a thread's transaction has ended, or the server says that it waits for a lock."""
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while thread.is_alive():
        with house.ledger._engine.connect() as db:
            if db.execute(waits).scalar():
                return
        thread.join(0.01)


# -- A large first feed ----------------------------------------------------------------------------------

FACTS = int(os.environ.get("MOBILE_RECEPTION_FEED", "25000"))
"""Facts of a first feed; docs/reliability.md has the record of 200,000."""

_FETCH = """
import json, sys
from pathlib import Path
from laptop_and_centre import NOON
from laptops import PASSPHRASE, Clock
from mobile_reception.desk import unlock
from mobile_reception.words import VIETNAM

desk = unlock(Path(sys.argv[1]), "pho", PASSPHRASE, Clock(NOON.astimezone(VIETNAM)))
desk.find("x", 5)
Path("/proc/self/clear_refs").write_text("5")  # else the peak is that of the passphrase
told = lambda: Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
before = int(told())
report = desk.sync().value
grown = (int(told()) - before) // 1024
print(json.dumps({"grown": grown, **report.document()}))
desk.close()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_large_first_feed_is_resumable_and_needs_little_memory(
    tmp_path: Path, served: tuple[House, str]
) -> None:
    house, url = served
    box = PaperBox()
    house.join(box, name="Máy bàn")
    received = box.receive(FACTS // 50)
    for fact in received:
        box.write(*(Act(fact.subject, "receipt.printed", {"job": str(n)}) for n in range(49)))
    facts = remember(box.journals[box.origin])
    for start in range(0, len(facts), 1000):
        take(house, box, facts[start : start + 1000])
    house.folded()
    with Road(url).open() as road:
        joined(tmp_path / "b", (house, road.url), "pho", "unit").close()
        road.faults = ["plain"] * (FACTS // 2500)
        road.always = "refuse"
        cut = _fetched(tmp_path / "b")
        assert cut["reason"] == "offline"
        assert 0 < cut["received"] < FACTS
        road.always = None
        rest = _fetched(tmp_path / "b")
    assert (rest["reason"], cut["received"] + rest["received"]) == (None, FACTS)
    assert max(cut["grown"], rest["grown"]) < 56  # MiB, however many: 32 are the cache of the file
    desk = unlock(tmp_path / "b", "pho", PASSPHRASE, Clock(NOON.astimezone(VIETNAM)))
    assert desk.status().dossiers == FACTS // 50
    desk.close()


def _fetched(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", _FETCH, str(folder)]
    paths = os.pathsep.join((str(Path(__file__).parent), *sys.path))
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths}
    )
    return cast("dict[str, Any]", json.loads(done.stdout))
