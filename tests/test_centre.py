"""The centre's door and ledger: what it takes, what it refuses, and that nothing half done stays."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import zlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import databases
from databases import Made
from laptop_and_centre import (
    NOON,
    UNIT,
    House,
    PaperBox,
    body_of,
    device_of,
    enrolled_at,
    noon,
    reception,
    remember,
    remembered,
    take,
)
from mobile_reception.centre import intake
from mobile_reception.centre.database import Full
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import GENESIS
from mobile_reception.sync import protocol
from mobile_reception.sync.client import sync
from mobile_reception.sync.client.road import Reply
from mobile_reception.sync.client.road import Road as Wire
from mobile_reception.sync.protocol import Credentials, Head

template, box, house = databases.template, databases.box, databases.house


def post(box: PaperBox, url: str, body: bytes, *, target: str | None = None, gz: bool = False) -> Reply:
    """Send a body as a well-signed run."""
    assert box.known
    headers = {"Content-Encoding": "gzip"} if gz else {}
    with Wire(url, ca=None, centre_key=box.known.centre_key, timeout=10) as wire:
        return wire.ask(
            "POST",
            target or f"/v1/runs/{box.origin}",
            key=box.key,
            device=box.known.device,
            clock=noon,
            body=body,
            headers=headers,
        )


# -- Runs ------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=12))
def test_runs_in_any_parts_overlaps_and_order_end_in_the_same_journal(
    house: House, windows: list[tuple[int, int]]
) -> None:
    box = PaperBox(origin=str(uuid4()))
    with house.ledger._engine.begin() as db:  # one more laptop, without the cost of a passphrase
        device = db.execute(text("SELECT device FROM device")).scalar_one()
        db.execute(
            text(
                "INSERT INTO origin "
                "SELECT CAST(:new AS text), unit, device, 0, CAST(:start AS text), 0, 0, announced_at, 1 "
                "FROM origin WHERE device IS NOT NULL LIMIT 1"
            ),
            {"new": box.origin, "start": GENESIS},
        )
    box.known = None
    facts = remember(box.receive(12))
    known = house.ledger.register.device(device)
    assert known
    reached = 0
    for one, other in [*windows, (1, 12)]:
        first, last = min(one, other), max(one, other)
        run = protocol.read_run(body_of(facts[first - 1 : last]))
        head = house.ledger.take(known, run, intake.read(run), device_time=NOON, now=NOON)
        if first > reached + 1:
            assert (head.code, head.seq) == ("gap", reached)
        else:
            reached = max(reached, last)
            assert (head.code, head.seq, head.hash) == ("ok", reached, facts[reached - 1].hash)
    assert head.held == 0


def test_two_laptops_worth_of_the_same_run_at_once_count_once(house: House, box: PaperBox) -> None:
    facts = remember(box.receive(40))
    replies: list[Reply] = []
    with house.serving() as url:
        bodies = [body_of(facts[:25]), body_of(facts)] * 3
        threads = [
            threading.Thread(target=lambda body=body: replies.append(post(box, url, body))) for body in bodies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {reply.status for reply in replies} == {200}
    assert max(Head.read(reply.document).seq for reply in replies) == 40
    house.folded()
    assert (house.ledger.status().facts, house.ledger.status().dossiers) == (40, 40)
    assert house.ledger.verify().ok


def test_another_fact_at_a_place_that_is_taken_is_kept_beside_it_once(house: House, box: PaperBox) -> None:
    first = box.receive(3)
    take(house, box, remember(first))
    twin = PaperBox(box.key, box.origin)
    other = remember(twin.receive(4))
    for _ in range(2):
        head = take(house, box, other)
        assert (head.code, head.seq, head.hash, head.held) == ("fork", 3, first[2].hash, 4)
    with house.ledger._engine.connect() as db:
        bodies = db.execute(text("SELECT body FROM held ORDER BY seq")).scalars().all()
    assert [body.split(b"\n")[1].decode() for body in bodies] == [fact.payload for fact in other]
    house.folded()
    assert house.ledger.status().dossiers == 3


def test_an_erased_payload_is_taken_by_its_header(house: House, box: PaperBox) -> None:
    facts = remember(box.receive(3))
    erased = [facts[0], replace(facts[1], payload=None), facts[2]]
    remembered[facts[2].hash] = facts[1].hash
    assert take(house, box, erased).hash == facts[2].hash
    house.folded()
    assert house.ledger.verify().ok
    assert house.ledger.status().dossiers == 2


def test_a_changed_byte_in_a_signed_run_is_kept_and_not_taken(house: House, box: PaperBox) -> None:
    body = body_of(remember(box.receive(3))).replace("Diệu".encode(), "Điệu".encode(), 1)
    with house.serving() as url:
        for _ in range(2):
            reply = post(box, url, body)
            assert (reply.status, reply.code) == (422, "unchained")
    status = house.ledger.status()
    assert (status.facts, status.held) == (0, 1)


def test_a_byte_changed_on_the_way_fails_the_signature(house: House, box: PaperBox) -> None:
    body = body_of(remember(box.receive(3)))
    target = f"/v1/runs/{box.origin}"
    assert box.known
    signed = Credentials.sign(
        box.key, device=box.known.device, method="POST", target=target, body=body, now=NOON
    )
    changed = body.replace("Diệu".encode(), "Điệu".encode(), 1)
    with house.serving() as url:
        status, answer, _ = raw(url, "POST", target, changed, {**signed.headers, "X-Protocol": "1"})
    assert (status, answer["code"]) == (401, "unknown_device")
    assert house.ledger.status().held == 0


def raw(
    url: str, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, object], dict[str, str]]:
    """Ask without any of the client's care."""
    there = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        there.request(method, target, body or None, headers or {})
        answer = there.getresponse()
        told = {key.lower(): value for key, value in answer.getheaders()}
        return answer.status, json.loads(answer.read() or b"{}"), told
    finally:
        there.close()


def test_bodies_over_the_cap_are_refused_unread(house: House, box: PaperBox) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(b"x" * 64 * 1024 * 1024) + bomb.flush()
    with house.serving() as url:
        assert (len(packed) < protocol.BODY_LIMIT, post(box, url, packed, gz=True).status) == (True, 413)
        status, answer, told = raw(
            url, "POST", f"/v1/runs/{box.origin}", b"", {"Content-Length": str(400 * 1024 * 1024)}
        )
        assert (status, answer["code"]) == (413, "too_large")
        assert "x-centre-signature" in told
        status, answer, _ = raw(url, "POST", "/v1/enrol", b"x" * (65 * 1024))
        assert (status, answer["code"]) == (413, "too_large")


def test_what_is_no_run_is_kept_for_a_person_and_never_breaks_the_door(house: House, box: PaperBox) -> None:
    deep = b"[" * 200_000 + b"\n"
    bodies = [b"", b"\n", b"{}\n", b"\xff\n", b'{"a":NaN}\n', deep, b'{"from":1,"from":2}\n']
    with house.serving() as url:
        for body in bodies:
            assert post(box, url, body).status == 422
    assert house.ledger.status().held == len(bodies)


def test_a_run_under_another_path_is_not_taken(house: House, box: PaperBox) -> None:
    with house.serving() as url:
        reply = post(box, url, body_of(remember(box.receive(1))), target=f"/v1/runs/{uuid4()}")
    assert (reply.status, reply.code) == (404, "unknown_origin")


def test_strangers_and_old_programs_are_told_so_under_the_centres_signature(
    house: House, box: PaperBox
) -> None:
    stranger = PaperBox(origin=box.origin)
    assert box.known
    stranger.known = box.known
    with house.serving() as url:
        reply = post(stranger, url, body_of(remember(stranger.receive(1))))
        assert (reply.status, reply.code) == (401, "unknown_device")
        stranger.known = replace(box.known, device=str(uuid4()))
        assert post(stranger, url, b"x").code == "unknown_device"
        status, answer, told = raw(url, "GET", "/v1/cards")
        assert (status, answer["code"]) == (426, "too_old")
        status, _, told = raw(url, "GET", "/nowhere")
        assert (status, "x-centre-signature" in told) == (404, True)
        status, answer, _ = raw(url, "GET", "/openapi.json")
        paths = answer["paths"]
        assert isinstance(paths, dict)
        assert (status, "/v1/runs/{origin}" in paths) == (200, True)


def test_a_full_database_takes_nothing_and_says_so(
    house: House, box: PaperBox, template: Made, tmp_path: Path
) -> None:
    if template.server is not None:
        pytest.skip("a quota is SQLite's")
    house.ledger.close()
    size = (tmp_path / "centre.db").stat().st_size
    small = House(tmp_path, quota=size + 64 * 1024)
    try:
        facts = remember(box.write(*(reception(f"c-{n}", name="ễ" * 500) for n in range(200))))
        with pytest.raises(Full):
            take(small, box, facts)
        assert small.ledger.status().facts == 0
        with small.serving() as url:
            report = sync(enrolled_at(box, url), clock=noon)
        assert (report.reason, report.agree) == (protocol.Reason.SERVER_FULL, False)
        assert small.ledger.status().facts == report.acknowledged
    finally:
        small.ledger.close()
    roomy = House(tmp_path)
    try:
        with roomy.serving() as url:
            assert sync(enrolled_at(box, url), clock=noon).agree
        roomy.folded()
        assert roomy.ledger.verify().ok
        assert roomy.ledger.status().dossiers == 200
    finally:
        roomy.ledger.close()


def test_what_waited_when_the_centre_stopped_is_folded_when_it_starts(house: House, box: PaperBox) -> None:
    take(house, box, remember(box.receive(30)))
    assert house.ledger.status().waiting_to_fold == 30
    pause = threading.Event()
    with house.serving():
        for _ in range(1000):
            if house.ledger.status().waiting_to_fold == 0:
                break
            pause.wait(0.01)
    assert (house.ledger.status().waiting_to_fold, house.ledger.status().dossiers) == (0, 30)


# -- A process that dies ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_centre_killed_in_mid_request_has_all_or_nothing_of_each_run(
    house: House, box: PaperBox, tmp_path: Path
) -> None:
    house.ledger.close()
    box.write(*(reception(f"c-{n}", name="ễ" * 300) for n in range(2400)))
    command = [sys.executable, "-m", "mobile_reception", "centre", "serve", "--port", "0"]
    command += ["--database", house.url]
    told = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for killed_after in (1, 2, 3, None):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=told
        ) as process:
            assert process.stdout
            url = process.stdout.readline().split()[-1]
            try:
                killing = Killing(box, process, killed_after)
                report = sync(enrolled_at(killing, url), clock=noon, patience=2)
                if killed_after is None:
                    process.send_signal(signal.SIGTERM)
                assert process.wait(20) == (0 if killed_after is None else -signal.SIGKILL)
            finally:
                process.kill()
    assert report.agree
    again = House(tmp_path, house.url)
    try:
        again.folded()
        assert (again.ledger.status().facts, again.ledger.status().dossiers) == (2400, 2400)
        assert again.ledger.verify().ok
    finally:
        again.ledger.close()


class Killing(PaperBox):
    """A laptop whose centre dies while its n-th run is on the way."""

    def __init__(self, box: PaperBox, centre: subprocess.Popen[str], after: int | None) -> None:
        super().__init__(box.key, box.origin)
        self.journals, self.marks, self.known = box.journals, box.marks, box.known
        self._centre = centre
        self._after = after

    def run(self, origin: str, after: int, limit: int) -> protocol.RunBody | None:
        run = super().run(origin, after, limit)
        if len(self.runs) == self._after:
            threading.Timer(0.004 * self._after, self._centre.kill).start()
        return run


def test_the_centre_needs_neither_qt_nor_the_road_nor_the_laptops_file() -> None:
    program = (
        "import sys, mobile_reception.centre.serve, mobile_reception.commands.centre; "
        "print([name for name in ('PySide6', 'requests', 'sqlcipher3', 'reportlab') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_origin_of_a_known_device_is_refused_by_name(house: House, box: PaperBox) -> None:
    with pytest.raises(Refused) as refused:
        house.ledger.head(device_of(house, box), str(uuid4()), now=NOON)
    assert refused.value.code == "unknown_origin"
    assert house.ledger.register.units() == [UNIT]
