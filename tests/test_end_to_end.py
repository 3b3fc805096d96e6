"""A dossier's whole way: from the desk over a bad road to the centre, on true files on both sides."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from laptop_and_centre import NOON, UNIT, House, Road, make_centre
from laptops import LOGIN, PASSPHRASE, Clock, line
from mobile_reception.desk import Denied, Received, Unacceptable, make, unlock
from mobile_reception.desk.dossiers import nested
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import numbering
from mobile_reception.words import VIETNAM


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def road(house: House) -> Iterator[Road]:
    with house.serving() as url, Road(url).open() as road:
        yield road


def clock_at_noon() -> Clock:
    return Clock(NOON.astimezone(VIETNAM))


def code(house: House, name: str = "Máy 1") -> str:
    return house.ledger.register.new_code(unit=UNIT.code, name=name, scope="hamlets", now=house.now)


def joined(folder: Path, house: House, road: Road, clock: Clock, login: str = LOGIN) -> Desk:
    desk, _ = make(
        folder,
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login=login,
        passphrase=PASSPHRASE,
        now=clock,
        practice=True,
        alone=False,
    )
    desk.enrol(road.url, code(house, folder.name), PASSPHRASE)
    return desk


def received(desk: Desk, count: int, mark: str = "") -> list[str]:
    if desk.current_session() is None:
        desk.open_session("Khóm Trung")
    codes = []
    for place in range(count):
        answer = desk.receive(line(f"{mark}{place}", name=f"Nguyễn Thị Ước {place}")).value
        assert isinstance(answer, Received)
        codes.append(answer.code)
    return codes


def at_centre(house: House) -> dict[str, str]:
    """Codes at the centre, each with the name of its submitter; fails when a code is there twice."""
    house.folded()
    found: dict[str, str] = {}
    for state in house.ledger.dossiers():
        assert state.code is not None
        assert state.code not in found
        found[state.code] = str(nested(state)["submitter"]["full_name"])
    return found


def test_everything_received_without_a_road_is_at_the_centre_once(
    tmp_path: Path, house: House, road: Road
) -> None:
    desk = joined(tmp_path / "a", house, road, clock_at_noon())
    road.always = "refuse"
    codes = received(desk, 40)
    cut = desk.sync().value
    assert (cut.reason, cut.agree, cut.waiting) == ("offline", False, 42)
    road.always = None
    road.faults = ["plain", "lost", "html", "plain", "cut", "twice", "forge", "broken", "plain", "refuse"]
    for _ in range(12):
        report = desk.sync().value
        if report.agree:
            break
    assert (report.agree, report.waiting, report.reason) == (True, 0, None)
    assert sorted(at_centre(house)) == sorted(codes)
    assert {each.place.value for each in desk.find("", 100)} == {"centre"}
    assert desk.verify().ok
    road.faults = []
    again = desk.sync().value
    assert (again.sent, again.acknowledged, again.agree) == (0, 0, True)
    desk.close()


def test_both_sides_fold_a_dossier_to_the_same_state(tmp_path: Path, house: House, road: Road) -> None:
    desk = joined(tmp_path / "a", house, road, clock_at_noon())
    (printed,) = received(desk, 1)
    desk.print_done(desk.print_job(printed).value.id)
    desk.sync()
    house.folded()
    (there,) = house.ledger.dossiers()
    assert there == desk.dossier(printed).state
    desk.close()


def test_a_laptop_that_stood_alone_sends_its_whole_journal_and_keeps_its_codes(
    tmp_path: Path, house: House, road: Road
) -> None:
    desk, _ = make(
        tmp_path / "a",
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login=LOGIN,
        passphrase=PASSPHRASE,
        now=clock_at_noon(),
        practice=True,
    )
    before = received(desk, 3, "trước ")
    assert desk.status().last_contact is None
    desk.enrol(road.url, code(house), PASSPHRASE)
    assert desk.status().last_contact == house.now
    after = received(desk, 3, "sau ")
    assert desk.sync().value.agree
    assert sorted(at_centre(house)) == sorted([*before, *after])
    serials = [numbering.parse(each).serial for each in after]
    assert min(serials) >= 5000
    desk.close()


def test_a_copied_folder_acts_as_a_journal_of_its_own(tmp_path: Path, house: House, road: Road) -> None:
    desk = joined(tmp_path / "a", house, road, clock_at_noon())
    codes = received(desk, 3, "chung ")
    desk.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    first = unlock(tmp_path / "a", LOGIN, PASSPHRASE, clock_at_noon())
    second = unlock(tmp_path / "b", LOGIN, PASSPHRASE, clock_at_noon())
    assert second.notices
    mine, theirs = received(first, 2, "máy một "), received(second, 2, "máy hai ")
    assert all(numbering.is_provisional(each) for each in theirs)
    for each in (second, first, second):
        report = each.sync().value
        assert (report.waiting, report.reason) == (0, None)
    (with_number,) = received(second, 1, "có số ")
    assert numbering.is_code(with_number)
    assert second.sync().value.waiting == 0
    assert sorted(at_centre(house)) == sorted([*codes, *mine, *theirs, with_number])
    assert first.verify().ok
    assert second.verify().ok
    first.close()
    second.close()


def test_a_copied_folder_closes_the_session_that_its_former_journal_opened(
    tmp_path: Path, house: House, road: Road
) -> None:
    desk = joined(tmp_path / "a", house, road, clock_at_noon())
    received(desk, 1)
    desk.close()
    shutil.move(tmp_path / "a", tmp_path / "b")
    moved = unlock(tmp_path / "b", LOGIN, PASSPHRASE, clock_at_noon())
    assert moved.close_session(5000).value.closed_at is not None
    assert moved.current_session() is None
    moved.open_session("Khóm Hạ")
    assert moved.verify().ok
    moved.close()


def test_a_folder_restored_from_yesterday_loses_nothing_that_the_centre_has(
    tmp_path: Path, house: House, road: Road
) -> None:
    folder, kept = tmp_path / "a", tmp_path / "yesterday"
    desk = joined(folder, house, road, clock_at_noon())
    old = received(desk, 2, "hôm qua ")
    desk.close()
    shutil.copytree(folder, kept)
    desk = unlock(folder, LOGIN, PASSPHRASE, clock_at_noon())
    lost = received(desk, 3, "hôm nay ")
    assert desk.sync().value.agree
    desk.close()
    shutil.rmtree(folder)
    shutil.copytree(kept, folder)
    desk = unlock(folder, LOGIN, PASSPHRASE, clock_at_noon())
    new = received(desk, 2, "sau khôi phục ")
    desk.sync()
    desk.sync()
    assert set(at_centre(house)) == {*old, *lost, *new}
    assert len({*old, *lost, *new}) == 7
    desk.close()


def test_a_clock_a_year_ahead_is_corrected_and_both_sides_agree(
    tmp_path: Path, house: House, road: Road
) -> None:
    ahead = Clock((NOON + timedelta(days=365)).astimezone(VIETNAM))
    desk = joined(tmp_path / "a", house, road, ahead)
    received(desk, 2)
    report = desk.sync().value
    assert report.agree
    assert abs((report.clock_offset_s or 0) - 365 * 86400) < 60
    desk.sync()
    assert desk.verify().ok
    house.folded()
    for there in house.ledger.dossiers():
        assert there == desk.dossier(there.code or "").state
    desk.close()


def test_a_laptop_joins_only_a_centre_of_its_own_kind_and_unit(
    tmp_path: Path, house: House, road: Road
) -> None:
    for place, wrong in enumerate(({"practice": False}, {"unit": "30058"}, {"agency": "H20.99"})):
        kind = {"unit": UNIT.code, "agency": UNIT.agency_id, "practice": True, **wrong}
        desk, _ = make(tmp_path / str(place), login=LOGIN, passphrase=PASSPHRASE, now=clock_at_noon(), **kind)
        with pytest.raises(Unacceptable):
            desk.enrol(road.url, code(house), PASSPHRASE)
        assert not desk.enrolled
        desk.close()


def test_nobody_becomes_a_known_officer_without_the_passphrase(
    tmp_path: Path, house: House, road: Road
) -> None:
    with pytest.raises(Denied):
        joined(tmp_path / "a", house, road, clock_at_noon(), login="quantri")


def test_a_code_is_good_once(tmp_path: Path, house: House, road: Road) -> None:
    once = code(house)
    for place in range(2):
        desk, _ = make(
            tmp_path / str(place),
            unit=UNIT.code,
            agency=UNIT.agency_id,
            login=LOGIN,
            passphrase=PASSPHRASE,
            now=clock_at_noon(),
            practice=True,
            alone=False,
        )
        if place == 0:
            desk.enrol(road.url, once, PASSPHRASE)
        else:
            with pytest.raises(Denied):
                desk.enrol(road.url, once, PASSPHRASE)
        desk.close()


def test_what_a_revoked_laptop_holds_still_arrives(tmp_path: Path, house: House, road: Road) -> None:
    desk = joined(tmp_path / "a", house, road, clock_at_noon())
    received(desk, 2)
    house.ledger.register.revoke("a")
    report = desk.sync().value
    assert (report.reason, report.waiting) == ("revoked", 0)
    assert house.ledger.status().held >= 3
    desk.close()
