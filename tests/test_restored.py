"""A centre that was put back to an older day: laptops show it, nothing is lost, nothing counts twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

import databases
from databases import Made
from laptop_and_centre import NOON, UNIT, House, PaperBox, body_of, enrolled_at, noon, reception, remember
from mobile_reception.centre import bundles, numbers
from mobile_reception.centre.database import reading, writing
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import DossierState
from mobile_reception.sync import bundle
from mobile_reception.sync.client import SyncReport, sync
from mobile_reception.sync.protocol import Reason

template, box, house = databases.template, databases.box, databases.house

Restore = Callable[[House], House]


@pytest.fixture
def backup(template: Made, house: House, tmp_path: Path) -> Iterator[Callable[[], Restore]]:
    """Takes a copy of the centre as it is now; what it gives back puts the centre back to that."""
    names: list[str] = []

    def of_file() -> Restore:
        kept = tmp_path / "kept.db"
        with reading(house.ledger._engine) as db:
            db.exec_driver_sql("SELECT 1")
        house.ledger._engine.dispose()  # the last connection brings the log into the file
        shutil.copy(tmp_path / "centre.db", kept)

        def put_back(now: House) -> House:
            now.ledger.close()
            for name in ("centre.db-wal", "centre.db-shm"):
                (tmp_path / name).unlink(missing_ok=True)
            shutil.copy(kept, tmp_path / "centre.db")
            return House(tmp_path)

        return put_back

    def of_server() -> Restore:
        server = template.server
        assert server is not None
        house.ledger._engine.dispose()
        kept = server.new(make_url(house.url).database)
        names.append(kept)

        def put_back(now: House) -> House:
            now.ledger.close()
            again = server.new(kept)
            names.append(again)
            return House(tmp_path, server.url(again))

        return put_back

    yield of_file if template.server is None else of_server
    for name in names:
        assert template.server is not None
        template.server.drop(name)


def values(state: DossierState) -> dict[str, object]:
    return {name: each.value for name, each in state.fields.items()}


def offset(house: House, box: PaperBox) -> int:
    """What is taken off the clock of a laptop's journal, in milliseconds."""
    with reading(house.ledger._engine) as db:
        query = text("SELECT offset_ms FROM origin WHERE origin = :origin")
        return int(db.execute(query, {"origin": box.origin}).scalar_one())


def synced(house: House, box: PaperBox) -> SyncReport:
    with house.serving() as url:
        report = sync(enrolled_at(box, url), clock=noon)
    house.folded()
    return report


def test_runs_come_again_under_a_new_epoch_and_the_feed_begins_anew(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2", scope="unit")
    box.receive(5)
    assert synced(house, box).agree
    put_back = backup()
    (late, *_) = box.receive(7)
    assert synced(house, box).agree
    assert synced(house, other).agree
    assert len(other.others) == 12
    former, cursor = house.ledger.epoch(), other.fed
    house = put_back(house)
    assert house.ledger.epoch() == former
    report = synced(house, box)
    assert (report.agree, report.restored, report.sent) == (True, True, 7)
    epoch = house.ledger.epoch()
    assert epoch != former
    status = house.ledger.status()
    assert (status.dossiers, status.facts, status.held) == (12, 12, 0)
    assert status.restored == {"since": NOON.isoformat(timespec="milliseconds"), "former": former} | {
        "confirmed": False
    }
    box.write(Act(late.subject, "fee.collected", {"amount": 12000}))
    assert not synced(house, box).restored
    assert synced(house, other).agree
    assert other.fed is not None
    assert cursor is not None
    assert (cursor.startswith(former), other.fed.startswith(epoch)) == (True, True)
    assert [fact.kind for fact in other.others if fact.subject == late.subject][-1] == "fee.collected"
    assert house.ledger.epoch() == epoch  # whoever lost nothing, or shows the same once more, changes nothing
    box.proofs = box.proofs[:1]
    assert synced(house, box).agree
    assert house.ledger.epoch() == epoch
    assert house.ledger.verify().ok
    house.ledger.close()


def test_a_device_enrolled_since_is_taken_in_again_by_its_certificate(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    put_back = backup()
    late = PaperBox()
    house.join(late, login="mai", name="Máy mới", scope="unit")
    late.name = "Máy mới"
    late.receive(3)
    assert synced(house, late).agree
    ranges = late.cards and late.cards.ranges
    house = put_back(house)
    report = synced(house, late)
    assert (report.agree, report.restored, report.reason) == (True, True, None)
    assert late.known
    again = house.ledger.register.device(late.known.device)
    assert again is not None
    assert (again.name, again.scope, again.state, again.unit) == ("Máy mới", "unit", "active", UNIT.code)
    assert late.cards
    assert late.cards.ranges == ranges
    known = {each.login: each.made_by for each in house.ledger.register.officers()}
    assert known["mai"] == "enrolment"
    house.ledger.register.add_officer(UNIT.code, "mai", "officer", "một mật khẩu khác")
    found = house.ledger.restoration.state()
    assert found is not None
    assert (found.readmitted, found.waiting) == (("Máy mới",), (UNIT.code,))
    assert house.ledger.status().dossiers == 3
    house.ledger.close()


def test_a_stick_that_comes_before_its_laptop_makes_it_known_again(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    put_back = backup()
    late = PaperBox()
    house.join(late, login="mai", name="Máy mới")
    house = put_back(house)
    assert late.known
    letter = bundle.seal(
        body_of(remember(late.receive(2))),
        box_key=house.ledger.identity.box_key,
        certificate=late.known.certificate,
        key=late.key,
        at=NOON,
    )
    head = bundles.take(house.ledger, letter, now=NOON)
    assert head is not None
    assert head.seq == 2
    known = house.ledger.register.device(late.known.device)
    assert known is not None
    assert (known.state, known.scope) == ("active", "hamlets")
    house.folded()
    assert house.ledger.status().dossiers == 2
    assert house.ledger.status().restored is not None
    house.ledger.close()


def test_nobody_is_taken_in_by_a_certificate_that_is_not_this_centres(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    put_back = backup()
    late = PaperBox()
    house.join(late, login="mai", name="Máy mới")
    late.receive(1)
    assert synced(house, late).agree
    epoch = house.ledger.epoch()
    house = put_back(house)
    assert late.known
    torn = bytearray(late.known.certificate)
    torn[20] ^= 1
    late.known = replace(late.known, certificate=bytes(torn))
    report = synced(house, late)
    assert (report.agree, report.reason) == (False, "refused")
    assert house.ledger.register.device(late.known.device) is None
    stranger = PaperBox()
    stranger.known = replace(late.known, certificate=bytes(late.known.certificate))
    assert synced(house, stranger).reason == "refused"
    assert house.ledger.epoch() == epoch
    house.ledger.close()


def test_no_numbers_until_an_administrator_has_confirmed_and_none_twice(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    put_back = backup()
    late, away = PaperBox(), PaperBox()
    for each, name in ((late, "Máy 2"), (away, "Máy 3")):
        house.join(each, login=f"mai{name[-1]}", name=name)
        each.receive(1)
        assert synced(house, each).agree
    assert away.cards
    assert [each["first"] for each in away.cards.ranges] == [5400]
    house = put_back(house)
    assert synced(house, late).agree
    fresh = PaperBox()  # enrolled while nothing is confirmed: no numbers
    house.join(fresh, login="hoa", name="Máy 4")
    fresh.receive(1)
    box.begin_origin()
    box.receive(1)
    for each in (fresh, box):
        assert synced(house, each).agree
    assert fresh.cards
    assert fresh.cards.ranges == ()
    assert fresh.cards.settings["restored"] is True
    assert box.cards
    assert [each["first"] for each in box.cards.ranges] == [5000]
    for wrong in (5398, 99_900):
        with pytest.raises(Refused):
            house.ledger.restoration.confirm(UNIT.code, wrong)
    # Máy 3 has not been heard of: the administrator names its last serial, from its papers.
    assert house.ledger.restoration.confirm(UNIT.code, 5599) == 2
    for each in (fresh, box):
        assert synced(house, each).agree
    assert fresh.cards
    assert box.cards
    given = sorted(each["first"] for each in (*fresh.cards.ranges, *box.cards.ranges))
    assert given == [5000, 5600, 5800]
    assert "restored" not in fresh.cards.settings
    assert synced(house, away).agree  # known again, with the numbers that were its own
    assert away.cards
    assert [each["first"] for each in away.cards.ranges] == [5400]
    with pytest.raises(Refused):
        house.ledger.restoration.confirm(UNIT.code, 7000)
    house.ledger.close()


def test_a_database_put_back_alone_gives_no_number_twice_though_nobody_has_noticed(
    house: House, box: PaperBox, backup: Callable[[], Restore], tmp_path: Path
) -> None:
    put_back = backup()
    first, second, third = PaperBox(), PaperBox(), PaperBox()
    house.join(first, login="mai", name="Máy 2")
    house = put_back(house)
    for name in (f"{UNIT.code}.part", f"{UNIT.code}-", f"{UNIT.code}-9999999", "79999-9999"):  # not its word
        (tmp_path / "centre-files" / "serials" / name).touch()
    for each, login in ((second, "hoa"), (third, "cúc")):
        house.join(each, login=login, name=login)
        each.receive(1)
        assert synced(house, each).agree
    assert [each["first"] for box in (second, third) if box.cards for each in box.cards.ranges] == [
        5400,
        5600,
    ]
    house.ledger.close()


def test_whoever_puts_a_copy_back_says_so_before_it_is_served(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    box.receive(1)
    assert synced(house, box).agree
    put_back = backup()
    box.receive(1)
    assert synced(house, box).agree
    house = put_back(house)
    assert house.ledger.restoration.state() is None
    epoch = house.ledger.restoration.declare(now=NOON)
    fresh = PaperBox()
    house.join(fresh, login="hoa", name="Máy 2")
    fresh.receive(1)
    for each in (fresh, box, fresh):
        assert synced(house, each).agree
    state = house.ledger.restoration.state()
    assert state is not None
    assert (state.epoch, state.waiting) == (epoch, (UNIT.code,))  # what laptops show is no further restore
    assert fresh.cards
    assert fresh.cards.ranges == ()
    assert house.ledger.restoration.confirm(UNIT.code, state.highest[UNIT.code]) == 1
    assert synced(house, fresh).agree
    assert [each["first"] for each in fresh.cards.ranges] == [5200]
    house.ledger.close()


def test_numbers_given_a_second_time_before_anybody_noticed_are_withdrawn(
    house: House, box: PaperBox, backup: Callable[[], Restore], tmp_path: Path
) -> None:
    """The folder of scans went back with its database: nothing at the centre knows of the numbers."""
    put_back = backup()
    first, second = PaperBox(), PaperBox()
    house.join(first, login="mai", name="Máy 2")
    first.receive(1)
    assert synced(house, first).agree
    house = put_back(house)
    shutil.rmtree(tmp_path / "centre-files" / "serials")
    house.join(second, login="hoa", name="Máy 3")
    second.receive(1)
    assert synced(house, second).agree
    assert second.cards
    assert [each["first"] for each in second.cards.ranges] == [5200]
    assert synced(house, first).agree
    assert synced(house, second).agree
    assert [(each["first"], each.get("withdrawn", False)) for each in second.cards.ranges] == [(5200, True)]
    house.ledger.close()


@pytest.mark.parametrize(
    "claim", [(4999, 5100), (5100, 5099), (7000, 7200), (99_900, 100_000), (0, 0)], ids=str
)
def test_nobody_claims_more_than_a_range_or_numbers_that_are_none(
    house: House, box: PaperBox, claim: tuple[int, int]
) -> None:
    with writing(house.ledger._engine) as db:
        before = numbers.highest(db, UNIT.code)
        numbers.take_back(db, UNIT.code, box.origin, [claim])
        assert numbers.highest(db, UNIT.code) == before
        numbers.take_back(db, UNIT.code, box.origin, [(7000, 7199)])
        assert numbers.highest(db, UNIT.code) == 7199
    house.ledger.close()


def test_the_centres_own_facts_come_back_with_the_laptops_that_have_them(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2", scope="unit")
    (received,) = box.write(reception("H20.32.1-261118-5000"))
    assert synced(house, box).agree
    for each, value in ((box, "một"), (other, "hai")):
        each.write(Act(received.subject, "dossier.amended", {"set": {"note": value}}, {"note": received.id}))
        assert synced(house, each).agree
    put_back = backup()
    house.ledger.questions.close("H20.32.1-261118-5000", "note", "hai", officer="quantri", now=house.now)
    ahead = NOON + timedelta(days=300)
    box.write(reception("H20.32.1-261118-5001"), at=ahead)
    with house.serving() as url:
        assert sync(enrolled_at(box, url), clock=lambda: ahead).agree
    house.ledger.register.revoke("Máy 2", now=house.now)
    house.folded()
    assert synced(house, box).agree
    before = {state.code: state for state in house.ledger.dossiers()}
    assert box.cards
    corrections = box.cards.corrections
    assert len(corrections) >= 1
    read_with = offset(house, box)
    assert read_with != 0
    lost = [fact for fact in box.others if fact.hash in box.vouches]
    assert {fact.kind for fact in lost} == {"conflict.closed", "clock.corrected", "device.revoked"}

    house = put_back(house)
    # Written since at a place that the lost facts had: both have to stand.
    house.ledger.questions.close("H20.32.1-261118-5000", "note", "hai", officer="quantri", now=house.now)
    report = synced(house, box)
    assert (report.agree, report.restored) == (True, True)
    assert offset(house, box) == read_with
    assert synced(house, box).agree
    shown = {state.code: state for state in house.ledger.dossiers()}
    assert set(shown) == set(before)
    for code, state in shown.items():
        assert values(state) == values(before[code])
        assert state.conflicts == {}
    assert other.known
    revoked = house.ledger.register.device(other.known.device)
    assert revoked is not None
    assert revoked.state == "revoked"
    with reading(house.ledger._engine) as db:
        query = "SELECT id, count(*) FROM fact WHERE origin = :epoch GROUP BY id"
        own = {row[0]: row[1] for row in db.execute(text(query), {"epoch": house.ledger.epoch()})}
    assert {fact.id for fact in lost} <= set(own)
    assert set(own.values()) == {1}
    assert house.ledger.verify().ok
    again = synced(house, box)
    assert (again.agree, again.restored, again.sent) == (True, False, 0)
    house.ledger.close()


def test_a_revoked_laptop_gives_them_back_too_and_is_told_nothing(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2")
    put_back = backup()
    house.ledger.register.revoke("Máy 2", now=house.now)
    box.receive(1)
    assert synced(house, box).agree
    house = put_back(house)
    assert box.known
    assert other.known
    house.ledger.register.revoke(box.known.device, now=house.now)
    known = len(box.others)
    assert synced(house, box).reason is Reason.REVOKED
    shut = house.ledger.register.device(other.known.device)
    assert shut is not None
    assert shut.state == "revoked"
    assert len(box.others) == known
    house.ledger.close()


@pytest.mark.parametrize("since", [0, 1, 2])
@pytest.mark.parametrize("written", [0, 2])
def test_a_laptop_that_lost_nothing_notices_by_the_centres_own_journal(
    house: House, box: PaperBox, backup: Callable[[], Restore], since: int, written: int
) -> None:
    for name in ("Máy 2", "Máy 3", "Máy 4"):
        house.join(PaperBox(), login=f"mai{name[-1]}", name=name)
    box.receive(written)
    assert synced(house, box).agree
    put_back = backup()
    house.ledger.register.revoke("Máy 2", now=house.now)
    assert synced(house, box).agree
    house = put_back(house)
    for name in ("Máy 3", "Máy 4")[:since]:  # at the place of the one that was lost, and behind it
        house.ledger.register.revoke(name, now=house.now)
    former = house.ledger.epoch()
    report = synced(house, box)
    assert (report.agree, report.restored, report.sent) == (True, True, 0)
    assert house.ledger.epoch() != former
    shut = {each.name for each in house.ledger.register.devices() if each.state == "revoked"}
    assert shut == {"Máy 2", *("Máy 3", "Máy 4")[:since]}
    again = synced(house, box)
    assert (again.agree, again.restored) == (True, False)
    assert house.ledger.verify().ok
    house.ledger.close()


def test_a_laptop_that_has_none_of_the_lost_facts_notices_by_what_the_centre_signed(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    """A conflict of others was closed: a laptop for hamlets is told only how far the centre has come."""
    one, two = PaperBox(), PaperBox()
    house.join(one, login="mai", name="Máy 2")
    house.join(two, login="hoa", name="Máy 3", scope="unit")
    (received,) = one.write(reception("H20.32.1-261118-5200"))
    assert synced(house, one).agree
    for each, value in ((one, "một"), (two, "hai")):
        each.write(Act(received.subject, "dossier.amended", {"set": {"note": value}}, {"note": received.id}))
        assert synced(house, each).agree
    box.receive(1)
    assert synced(house, box).agree
    put_back = backup()
    house.ledger.questions.close("H20.32.1-261118-5200", "note", "hai", officer="quantri", now=house.now)
    assert synced(house, box).agree
    assert box.vouches == {}
    house = put_back(house)
    former = house.ledger.epoch()
    report = synced(house, box)
    assert (report.agree, report.restored, report.sent) == (True, True, 0)
    assert house.ledger.epoch() != former
    assert not synced(house, box).restored
    house.ledger.close()


@pytest.mark.parametrize("written", [0, 2])
def test_a_revoked_laptop_that_lost_nothing_notices_too(
    house: House, box: PaperBox, backup: Callable[[], Restore], written: int
) -> None:
    house.join(PaperBox(), login="mai", name="Máy 2")
    box.receive(written)
    assert synced(house, box).agree
    put_back = backup()
    house.ledger.register.revoke("Máy 2", now=house.now)
    assert synced(house, box).agree
    house = put_back(house)
    former = house.ledger.epoch()
    house.ledger.register.revoke("Máy 1", now=house.now)  # where the lost one stood
    report = synced(house, box)
    assert (report.reason, report.restored) == (Reason.REVOKED, True)
    assert house.ledger.epoch() != former
    shut = {each.name for each in house.ledger.register.devices() if each.state == "revoked"}
    assert shut == {"Máy 1", "Máy 2"}
    assert not synced(house, box).restored
    house.ledger.close()


def test_nobody_begins_an_epoch_with_a_fact_that_the_centre_did_not_write(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    put_back = backup()
    house.ledger.register.revoke("Máy 1", now=house.now)
    house = put_back(house)
    stranger = PaperBox(box.key, box.origin)
    stranger.known = box.known
    (fact,) = stranger.receive(1)
    stranger.given_back = fact.origin
    stranger.others, stranger.vouches = [fact], {fact.hash: b"x" * 64}
    former = house.ledger.epoch()
    assert synced(house, stranger).reason is not None
    assert house.ledger.epoch() == former
    house.ledger.close()


def test_what_a_person_released_before_the_restore_is_not_held_again(
    house: House, box: PaperBox, backup: Callable[[], Restore]
) -> None:
    put_back = backup()
    house.ledger.register.disable_officer(UNIT.code, "lan")
    facts = box.receive(3)
    assert synced(house, box).held == 3
    assert house.ledger.questions.release(facts[0].origin, officer="quantri", now=house.now) == 3
    assert synced(house, box).agree
    house = put_back(house)
    house.ledger.register.disable_officer(UNIT.code, "lan")
    assert synced(house, box).agree
    assert synced(house, box).held == 0
    assert house.ledger.status().dossiers == 3
    house.ledger.close()
