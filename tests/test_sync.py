"""Handing the journal over: on a good road, and on every bad one."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from laptop_and_centre import (
    NOON,
    House,
    PaperBox,
    Road,
    enrolled_at,
    make_centre,
    noon,
    reception,
)
from mobile_reception.centre.database import reading
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.facts import Act
from mobile_reception.sync import protocol
from mobile_reception.sync.client import Backoff, NotEnrolled, sync
from mobile_reception.sync.protocol import Reason


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PaperBox]:
    folder = tmp_path_factory.mktemp("centre")
    make_centre(folder)
    house = House(folder)
    box = PaperBox()
    house.join(box)
    house.ledger.close()
    return folder, box


@pytest.fixture
def box(template: tuple[Path, PaperBox]) -> PaperBox:
    box = PaperBox(template[1].key, template[1].origin)
    box.known = template[1].known
    return box


@pytest.fixture
def house(template: tuple[Path, PaperBox], tmp_path: Path) -> Iterator[House]:
    shutil.copy(template[0] / "centre.db", tmp_path / "centre.db")
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def road(house: House, box: PaperBox) -> Iterator[Road]:
    with house.serving() as url, Road(url).open() as road:
        enrolled_at(box, road.url)
        yield road


def runs_passed(road: Road) -> int:
    return sum(method == "POST" for method, _, _ in road.passed)


def test_a_laptop_that_joined_no_centre_says_so() -> None:
    with pytest.raises(NotEnrolled):
        sync(PaperBox(), clock=noon)


def test_everything_arrives_once_and_both_sides_agree(house: House, box: PaperBox, road: Road) -> None:
    box.receive(300)
    report = sync(box, clock=noon)
    assert report.document() == {
        "sent": 300,
        "acknowledged": 300,
        "waiting": 0,
        "held": 0,
        "received": 0,
        "conflicts": 0,
        "files_waiting": 0,
        "agree": True,
        "reason": None,
    }
    house.folded()
    status = house.ledger.status()
    assert (status.dossiers, status.facts, status.held, status.waiting_to_fold) == (300, 300, 0, 0)
    assert house.ledger.verify().problems == ()
    again = sync(box, clock=noon, cursor=box.cursor)
    assert (again.sent, again.acknowledged, again.agree) == (0, 0, True)


def test_every_proof_can_be_checked_without_its_request(box: PaperBox, road: Road) -> None:
    box.receive(5)
    sync(box, clock=noon)
    assert box.known
    proof = box.proofs[-1]
    head = protocol.check_proof(proof.body, proof.signature, box.known.centre_key)
    assert (head.seq, head.hash) == (5, box.journals[box.origin][-1].hash)


def test_runs_grow_while_the_road_is_good(box: PaperBox, road: Road) -> None:
    box.write(*(reception(f"c-{n}", name="ễ" * 900) for n in range(700)))
    sync(box, clock=noon)
    sizes = [len(run.lines) for run in box.runs]
    assert sizes[0] <= 256 * 1024 < sizes[1] < sizes[2]


def test_cards_come_once_and_only_their_cursor_after(house: House, box: PaperBox, road: Road) -> None:
    house.ledger.register.add_hamlet("29905", "Ấp Thường Thới")
    session = house.ledger.register.plan("29905", "Ấp Thường Thới", NOON.date(), "regular")
    sync(box, clock=noon)
    cards = box.cards
    assert cards is not None
    assert [hamlet["name"] for hamlet in cards.hamlets] == ["Ấp Thường Thới"]
    assert [planned["id"] for planned in cards.planned] == [session]
    assert [(each["origin"], each["first"], each["last"]) for each in cards.ranges] == [
        (box.origin, 5000, 5199)
    ]
    assert {officer["login"]: officer["role"] for officer in cards.officers} == {
        "lan": "officer",
        "quantri": "administrator",
    }
    box.cards = None
    sync(box, clock=noon, cursor=box.cursor)
    assert box.cards is None


def test_a_catalogue_that_is_here_does_not_come_again_with_other_cards(
    house: House, box: PaperBox, road: Road
) -> None:
    register = house.ledger.register
    register.load_catalogue("29905", Catalogue.load().to_json())
    sync(box, clock=noon)
    assert box.cards is not None
    assert box.cards.catalogue == Catalogue.load().to_json()
    register.add_hamlet("29905", "Ấp Thường Thới")
    sync(box, clock=noon, cursor=box.cursor)
    assert box.cards.catalogue is None
    assert [hamlet["name"] for hamlet in box.cards.hamlets] == ["Ấp Thường Thới"]
    for strange in ("", "x", ".", "0" * 32 + "." + "0" * 32):
        sync(box, clock=noon, cursor=strange)
        assert box.cards.catalogue is not None


@pytest.mark.parametrize("fault", ["lost", "cut", "cut_openly", "forge", "refuse"])
def test_a_failure_anywhere_is_asked_about_before_anything_is_sent_again(
    house: House, box: PaperBox, road: Road, fault: str
) -> None:
    for place in range(3):  # at the first question, at the run, at what follows it
        box.receive(50)
        before = sum(run.last - run.first + 1 for run in box.runs)
        road.faults = [""] * place + [fault]
        report = sync(box, clock=noon)
        assert (report.reason, report.sent, report.acknowledged, report.agree) == (None, 50, 50, True)
        assert house.ledger.status().facts == 50 * (place + 1)
        taken = sum(run.last - run.first + 1 for run in box.runs) - before
        # What the centre had committed before the answer went astray is not sent a second time.
        assert taken == 50 or fault == "refuse"


def test_the_same_run_arriving_twice_counts_once(house: House, box: PaperBox, road: Road) -> None:
    box.receive(20)
    road.always = "twice"
    assert sync(box, clock=noon).agree
    house.folded()
    assert house.ledger.status().dossiers == house.ledger.status().facts == 20


def test_a_road_that_stays_bad_is_told_apart_and_marks_nothing(box: PaperBox, road: Road) -> None:
    box.receive(3)
    for fault, reason in {
        "html": Reason.CAPTIVE_PORTAL,
        "redirect": Reason.CAPTIVE_PORTAL,
        "login": Reason.CAPTIVE_PORTAL,
        "forge": Reason.BAD_CERTIFICATE,
        "broken": Reason.SERVER_ERROR,
        "refuse": Reason.OFFLINE,
        "lost": Reason.OFFLINE,
    }.items():
        road.always = fault
        report = sync(box, clock=noon)
        assert (report.reason, report.acknowledged, report.agree) == (reason, 0, False)
        assert report.waiting == 3
        assert box.proofs == []
    road.always = None
    assert sync(box, clock=noon).agree


def test_whatever_the_road_does_the_queue_drains_once_it_is_good(
    house: House, box: PaperBox, road: Road
) -> None:
    kinds = ["", "", "lost", "refuse", "cut", "cut_openly", "forge", "html", "broken", "twice"]
    for seed in range(6):
        chance = random.Random(seed)
        box.receive(chance.randrange(1, 120))
        road.faults = chance.choices(kinds, k=14)
        while road.faults:
            report = sync(box, clock=noon, cursor=box.cursor)
            assert report.acknowledged <= report.sent + report.waiting
        report = sync(box, clock=noon)
        assert (report.reason, report.agree, report.waiting) == (None, True, 0)
    house.folded()
    written = len(box.journals[box.origin])
    assert (house.ledger.status().facts, house.ledger.status().dossiers) == (written, written)
    assert house.ledger.verify().ok
    assert (box.forks, box.restores) == ([], [])


def test_nobody_there_is_offline_at_once(box: PaperBox, house: House) -> None:
    with Road("http://127.0.0.1:9").open() as closed:
        pass
    box.receive(1)
    report = sync(enrolled_at(box, closed.url), clock=noon)
    assert (report.reason, report.waiting) == (Reason.OFFLINE, 1)


def test_a_server_that_drips_is_left(box: PaperBox, road: Road) -> None:
    box.receive(1)
    road.always = "drip"
    report = sync(box, clock=noon, timeout=0.2, patience=1)
    assert report.reason is Reason.OFFLINE


def test_runs_shrink_after_a_cut(box: PaperBox, road: Road) -> None:
    box.write(*(reception(f"c-{n}", name="ễ" * 900) for n in range(200)))
    road.faults = ["", "refuse", "", "refuse", "", "refuse"]
    report = sync(box, clock=noon)
    assert report.agree
    sizes = [len(run.lines) for run in box.runs[:4]]
    assert sizes[0] > sizes[1] > sizes[2] > sizes[3]


def test_a_revoked_laptop_hands_over_all_it_has_and_is_told(house: House, box: PaperBox, road: Road) -> None:
    box.receive(10)
    sync(box, clock=noon)
    house.ledger.register.revoke("Máy 1")
    box.receive(4)
    report = sync(box, clock=noon)
    assert (report.reason, report.acknowledged, report.waiting) == (Reason.REVOKED, 4, 0)
    assert report.held == 4
    assert box.cards is not None
    assert box.cards.revoked
    house.folded()
    status = house.ledger.status()
    assert (status.dossiers, status.facts, status.held) == (10, 14, 4)
    assert house.ledger.verify().ok


def test_a_centre_put_back_to_an_older_copy_gets_the_rest_again(
    house: House, box: PaperBox, road: Road
) -> None:
    box.receive(30)
    sync(box, clock=noon)
    # The centre forgets what came after the tenth fact, as a restored copy would.
    with house.ledger._engine.begin() as db:
        db.execute(text("DELETE FROM fact WHERE seq > 10"))
        db.execute(
            text("UPDATE origin SET head = 10, folded = 0, head_hash = :hash WHERE device IS NOT NULL"),
            {"hash": box.journals[box.origin][9].hash},
        )
    report = sync(box, clock=noon)
    assert len(box.restores) == 1
    assert (report.agree, report.sent, report.reason) == (True, 20, None)
    house.folded()
    assert house.ledger.status().dossiers == 30


def test_a_copied_folder_is_found_out_and_both_sides_are_kept(
    house: House, box: PaperBox, road: Road
) -> None:
    twin = PaperBox(box.key, box.origin)
    twin.known = box.known
    for each in (box, twin):
        each.journals = {box.origin: list(box.journals[box.origin])}
    box.receive(5)
    assert sync(box, clock=noon).agree
    own = twin.receive(7)
    report = sync(twin, clock=noon)
    assert (report.agree, report.waiting, report.received) == (True, 0, 5)
    assert twin.forks == [(box.origin, 0)]
    assert twin.journals[box.origin] == box.journals[box.origin]
    assert [fact.id for fact in twin.journals[twin.origin]] == [fact.id for fact in own]
    house.folded()
    status = house.ledger.status()
    assert (status.dossiers, status.facts, status.held) == (12, 12, 0)
    with reading(house.ledger._engine) as db:  # both bodies are there, and nothing waits
        kept = [tuple(row) for row in db.execute(text("SELECT seq, state, fact FROM held ORDER BY seq"))]
    assert kept == [(place, "moved", fact.id) for place, fact in enumerate(own, 1)]
    assert house.ledger.verify().ok


def test_a_new_origin_is_announced_on_the_way_and_gets_numbers(
    house: House, box: PaperBox, road: Road
) -> None:
    box.receive(2)
    box.begin_origin()
    box.receive(3)
    report = sync(box, clock=noon)
    assert (report.agree, report.acknowledged) == (True, 5)
    assert box.cards is not None
    assert [(each["first"], each["last"]) for each in box.cards.ranges] == [(5000, 5199), (5200, 5399)]


def test_a_laptop_ahead_by_a_year_is_corrected_and_the_fold_is_the_same(
    house: House, box: PaperBox, road: Road
) -> None:
    ahead = NOON + timedelta(days=365)
    (received,) = box.write(reception("code-1"), at=ahead)
    box.write(
        Act(
            received.subject,
            "dossier.amended",
            {"set": {"copies": 4}, "reason": "x"},
            {"copies": received.id},
        ),
        at=ahead,
    )
    report = sync(box, clock=lambda: ahead)
    assert report.agree
    assert report.clock_offset_s == timedelta(days=365).total_seconds()
    assert box.cards is not None
    year = int(timedelta(days=365).total_seconds() * 1000)
    assert [dict(each) for each in box.cards.corrections] == [
        {"origin": box.origin, "from_seq": 1, "offset_ms": year}
    ]
    box.receive(2, at=ahead + timedelta(minutes=1))
    sync(box, clock=lambda: ahead + timedelta(minutes=1), cursor=box.cursor)
    assert len(box.cards.corrections) == 1
    house.folded()
    assert house.ledger.verify().ok
    assert house.ledger.status().dossiers == 3


def test_a_fact_of_a_newer_program_is_held_and_those_behind_it_are_taken(
    house: House, box: PaperBox, road: Road
) -> None:
    box.receive(1)
    box.write(Act(str(box.origin), "moon.landed", {"a": 1}))
    box.write(Act(str(box.origin), "dossier.received", {"a": 1}, schema=99))
    box.receive(1)
    report = sync(box, clock=noon)
    assert (report.agree, report.held) == (True, 2)
    house.folded()
    status = house.ledger.status()
    assert (status.dossiers, status.facts, status.held) == (2, 4, 2)


def test_a_conflict_is_counted(house: House, box: PaperBox, road: Road) -> None:
    (received,) = box.write(reception("code-1"))
    for copies, officer in ((4, "lan"), (5, "hoa")):
        change = {"set": {"copies": copies}}
        box.write(Act(received.subject, "dossier.amended", change, {"copies": received.id}), officer=officer)
    sync(box, clock=noon)
    house.folded()
    assert house.ledger.status().conflicts == 1
    assert sync(box, clock=noon).conflicts == 1


def test_waiting_doubles_is_spread_and_stops_at_the_cap() -> None:
    whole = Backoff(chance=lambda: 1.0)
    waits = [whole.next() for _ in range(12)]
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 300
    whole.reset()
    assert whole.next() == 2
    assert Backoff(chance=lambda: 0.0).next() == 1
