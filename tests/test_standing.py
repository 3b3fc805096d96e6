"""How it stands between laptop and centre, in words: what waits, why, what to do, and what others decided."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from laptop_and_centre import House, Road, make_centre
from laptops import at_the_table, line
from laptops import received as received_one
from mobile_reception.desk.road import Reason
from mobile_reception.desk.table import Desk
from mobile_reception.desk.troubles import trouble
from papers_scanned import sheet
from test_end_to_end import clock_at_noon, joined, received


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


@pytest.fixture
def desk(tmp_path: Path, house: House, road: Road) -> Iterator[Desk]:
    desk = joined(tmp_path / "a", house, road, clock_at_noon())
    yield desk
    desk.close()


def test_every_reason_says_what_is_so_what_to_do_and_who() -> None:
    said = [trouble(reason.value) for reason in Reason]
    assert len({each.what for each in said}) == len(Reason)
    for each in said:
        assert each.what.endswith(".")
        assert each.todo.endswith(".")
        assert each.who
    assert {each.reason for each in said if each.alone} == {"offline", "server_full", "server_error"}
    assert trouble("of a newer centre").what == trouble("server_error").what


def test_what_is_unsent_is_a_line_each_with_the_reason_until_both_sides_agree(desk: Desk, road: Road) -> None:
    codes = received(desk, 2)
    desk.amend(codes[0], {"note": "giao cho con trai"}, "người dân nhờ")
    found = desk.standing()
    assert (found.enrolled, found.dossiers, found.dossiers_acknowledged) == (True, 2, 0)
    assert (found.facts, found.acknowledged, found.waiting) == (5, 0, 4)
    newest, other, session, journal = found.lines
    assert newest.about == f"{codes[0]} · Nguyễn Thị Ước 0"
    assert newest.what == "Tiếp nhận hồ sơ · Sửa thông tin"
    assert other.about == f"{codes[1]} · Nguyễn Thị Ước 1"
    assert session.about == "Phiên Khóm Trung, 18/11/2026"
    assert journal.about == "Máy này"
    assert {each.place.value for each in found.lines} == {"here"}
    assert newest.dossier == desk.dossier(codes[0]).state.subject
    assert found.trouble is None

    road.always = "html"
    desk.sync()
    found = desk.standing()
    assert found.trouble is not None
    assert (found.trouble.reason, found.trouble.alone) == ("captive_portal", False)
    assert all("đăng nhập" in each.why for each in found.lines)

    road.always = None
    assert desk.sync().value.agree
    found = desk.standing()
    assert (found.facts, found.acknowledged, found.waiting, found.lines, found.trouble) == (5, 5, 0, (), None)
    assert found.last_contact is not None


def test_a_laptop_that_stands_alone_has_nobody_to_wait_for(tmp_path: Path) -> None:
    alone = at_the_table(tmp_path / "alone")
    received_one(alone, line("x"))
    found = alone.standing()
    assert (found.enrolled, found.lines, found.trouble, found.waiting) == (False, (), None, 0)
    alone.close()


def test_what_the_centre_holds_is_at_the_centre_and_being_checked(
    desk: Desk, house: House, road: Road
) -> None:
    codes = received(desk, 1)
    assert desk.sync().value.agree
    house.ledger.register.disable_officer("29905", "diem")
    desk.amend(codes[0], {"note": "giao cho con gái"}, "người dân nhờ")
    assert desk.sync().value.agree  # it is there
    house.folded()
    desk.sync()
    found = desk.standing()
    assert (found.held, found.acknowledged) == (1, found.facts)
    (held,) = found.lines
    assert held.about.startswith(codes[0])
    assert held.what == "Sửa thông tin"
    assert held.place.value == "centre"
    assert held.why.startswith("Đã đến trung tâm, đang được kiểm tra: cán bộ")
    assert held.who == "Trung tâm"


def test_a_conflict_names_both_and_who_lost_is_told_until_it_is_heeded(
    desk: Desk, tmp_path: Path, house: House, road: Road
) -> None:
    (code,) = received(desk, 1)
    desk.sync()
    house.folded()
    register = house.ledger.register
    register.add_officer("29905", "tho", "deputy", "một câu dài của bà Thơ")
    from laptop_and_centre import UNIT
    from mobile_reception.desk import make

    other, _ = make(
        tmp_path / "b",
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login="tho",
        passphrase="một câu dài của bà Thơ",
        now=clock_at_noon(),
        practice=True,
        alone=False,
    )
    ticket = register.new_code(unit=UNIT.code, name="Máy 2", scope="unit", now=house.now)
    other.enrol(road.url, ticket, "một câu dài của bà Thơ")
    assert other.sync().value.received
    desk.amend(code, {"submitter.phone": "0900000001"}, "ghi lại")
    other.amend(code, {"submitter.phone": "0900000002"}, "ghi lại")
    for each in (desk, other, desk):
        each.sync()
        house.folded()
    found = desk.standing()
    torn = next(each for each in found.lines if each.place.value == "needs_you")
    assert torn.what == "Ghi khác nhau: Số điện thoại (người nộp)"
    assert "«0900000001» (diem" in torn.why
    assert "«0900000002» (tho" in torn.why
    assert found.conflicts == 1

    house.ledger.questions.close(code, "submitter.phone", "0900000002", officer="tho", now=house.now)
    house.folded()
    for each in (desk, other):
        each.sync()
    found = desk.standing()
    assert found.conflicts == 0
    (told,) = found.lines
    assert told.what == "Trung tâm đã chọn giữa hai cách ghi: Số điện thoại (người nộp)"
    assert told.why.startswith("tho chọn «0900000002»; không dùng «0900000001» (diem")
    assert told.told is not None
    assert not [each for each in other.standing().lines if each.told]  # whose value stood hears no news
    desk.heed(told.told)
    assert desk.standing().lines == ()
    desk.sync()
    assert desk.standing().lines == ()
    other.close()


def test_a_dossier_that_is_there_says_which_of_its_files_are_not(
    desk: Desk, tmp_path: Path, house: House, road: Road
) -> None:
    (code,) = received(desk, 1)
    assert desk.sync().value.agree
    for name, pages in (("a", 1), ("b", 2), ("c", 3)):
        (tmp_path / f"{name}.pdf").write_bytes(sheet(pages))
        desk.attach(code, tmp_path / f"{name}.pdf")
    first = desk.standing()
    assert first.files_waiting == 3
    assert first.lines[0].what == "Tệp đính kèm: chờ 3 trong 3"
    for reach in range(3, 12):  # cut a little later each time, until some of them are known to be there
        road.faults = ["plain"] * reach + ["refuse"] * 30
        desk.sync()
        if desk.standing().files_waiting < 3:
            break
    found = desk.standing()
    assert 0 < found.files_waiting < 3
    assert found.lines[0].what == f"Tệp đính kèm: chờ {found.files_waiting} trong 3"
    assert found.lines[0].why == "Chưa có mạng tới trung tâm."
    road.faults = []
    assert desk.sync().value.agree
    assert desk.standing().lines == ()
