"""What may happen to a dossier after its reception, and the papers that tell it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from laptops import Clock, at_the_table, line, received
from mobile_reception.desk import PAPERS, DossierView, NotFound, Refused, Unacceptable
from mobile_reception.desk.dossiers import nested
from mobile_reception.desk.spreadsheets import lines
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import lifecycle
from mobile_reception.words import VIETNAM


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 25, 8, 0, tzinfo=VIETNAM))


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    desk = at_the_table(tmp_path / "laptop", clock)
    yield desk
    assert desk.verify().ok
    desk.close()


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(text.split())


def test_a_correction_keeps_the_old_value_in_the_history(desk: Desk) -> None:
    code = received(desk).code
    view = desk.amend(code, {"submitter.phone": "0987 654 321", "copies": 2}, "gõ nhầm số").value
    assert isinstance(view, DossierView)
    assert nested(view.state)["submitter"]["phone"] == "0987654321"
    assert [event.kind for event in view.state.history] == ["dossier.received", "dossier.amended"]
    assert view.state.history[1].reason == "gõ nhầm số"
    assert view.state.fee == 12000
    assert desk.find("0987654321")[0].code == code


def test_a_correction_that_is_none_is_refused_by_field_and_changes_nothing(desk: Desk) -> None:
    code = received(desk).code
    refused = desk.amend(code, {"submitter.personal_id": "123", "copies": -1}, "thử").value
    assert isinstance(refused, Refused)
    assert {problem.field for problem in refused.problems} == {"submitter.personal_id", "copies"}
    for changes in ({"procedure": "1.001193"}, {"fee": 0}, {"submitter.phone": "0912345678"}):
        with pytest.raises(Unacceptable):
            desk.amend(code, changes, "thử")
    with pytest.raises(Unacceptable):
        desk.amend(code, {"note": "x"}, "  ")
    assert len(desk.dossier(code).state.history) == 1


def test_an_owner_comes_and_goes(desk: Desk) -> None:
    code = received(desk).code
    desk.amend(code, {"owner.full_name": "Trần Văn Ổn", "relation": "con"}, "nộp thay cha")
    assert "Trần Văn Ổn" in words(desk.receipt(code))
    desk.amend(code, {"owner": None, "relation": "bản thân"}, "nhầm người")
    assert nested(desk.dossier(code).state)["owner"] is None
    assert "Trần Văn Ổn" not in words(desk.receipt(code))


def test_a_supplement_stops_the_clock(desk: Desk, clock: Clock) -> None:
    answer = received(desk, line(procedure="1.001776", papers=[], copies=1))
    assert answer.due.date() == date(2026, 12, 9)
    asked = desk.supplement(answer.code, ["Căn cước", "Giấy xác nhận"], "thiếu giấy tờ").value.state
    assert (asked.status, asked.supplements) == (lifecycle.SUPPLEMENT, 1)
    with pytest.raises(Unacceptable):
        desk.supplement(answer.code, ["Thêm nữa"], "hỏi lần hai")
    clock.move(days=5)  # a Monday: three working days were waited
    back = desk.supplemented(answer.code).value.state
    assert back.status == lifecycle.RECEIVED
    assert back.due == "2026-12-14T17:00:00+07:00"
    slip = words(desk.paper("supplement", answer.code))
    assert "Căn cước" in slip
    assert "thiếu giấy tờ" in slip


def test_only_steps_of_the_table_are_taken(desk: Desk) -> None:
    code = received(desk).code
    desk.withdraw(code, "đổi ý")
    for act in (
        lambda: desk.withdraw(code, "lần nữa"),
        lambda: desk.refuse(code, "muộn"),
        lambda: desk.hand_over(code, "Nguyễn Thị Diệu"),
        lambda: desk.supplement(code, ["x"], "y"),
    ):
        with pytest.raises(Unacceptable, match="rút"):
            act()
    assert desk.stop(code, "đã rút", "Điều 20").value.state.status == lifecycle.STOPPED


def test_a_result_of_the_same_day_is_handed_over_to_somebody_else_with_the_relation(desk: Desk) -> None:
    code = received(desk).code
    with pytest.raises(Unacceptable):
        desk.hand_over(code, "Lê Văn Tám", number="12")
    state = desk.hand_over(code, "Lê Văn Tám", relation="chồng", number="087190001235").value.state
    assert state.status == lifecycle.DELIVERED
    assert [event.kind for event in state.history][-2:] == ["result.ready", "result.handed_over"]
    assert "Lê Văn Tám" in words(desk.paper("result-receipt", code))


def test_an_apology_comes_before_a_later_day_only(desk: Desk) -> None:
    answer = received(desk, line(procedure="1.001776", papers=[], copies=1))
    with pytest.raises(Unacceptable):
        desk.extend(answer.code, date(2026, 12, 1), "sớm hơn")
    state = desk.extend(answer.code, date(2026, 12, 20), "chờ xác minh").value.state
    assert state.come_back == "2026-12-20"
    told = words(desk.paper("apology", answer.code))
    assert "09 tháng 12 năm 2026" in told
    assert "20 tháng 12 năm 2026" in told


@pytest.mark.parametrize("kind", [kind for kind in PAPERS if kind not in ("receipt", "control")])
def test_a_paper_is_not_made_of_what_has_not_happened(desk: Desk, kind: str) -> None:
    with pytest.raises(NotFound):
        desk.paper(kind, received(desk).code)


def test_the_control_slip_tells_the_way_from_hand_to_hand(desk: Desk) -> None:
    code = received(desk).code
    desk.hand_on(code, "Bộ phận Tư pháp")
    desk.print_done(desk.print_job(code).value.id)
    told = words(desk.paper("control", code))
    assert "Bàn giao cho bộ phận xử lý" in told
    assert "In phiếu" not in told


def test_money_taken_is_on_the_receipt(desk: Desk) -> None:
    code = received(desk).code
    assert "chưa thu" in words(desk.receipt(code))
    desk.collect(code, 12000, "0001234")
    assert "đã thu" in words(desk.receipt(code))
    assert desk.summary()["fees"]["collected"] == 12000


def test_register_and_lists_hold_every_dossier_of_the_period(desk: Desk) -> None:
    codes = [received(desk, line(name=f"=SUM({place})")).code for place in range(3)]
    day = date(2026, 11, 25)
    for pdf in (desk.register(day, day), desk.session_list()):
        told = words(pdf)
        assert all(code in told for code in codes)
    book = openpyxl.load_workbook(io.BytesIO(desk.dossier_list(day, day)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert set(codes) <= {cell.value for cell in cells}
    assert not [cell for cell in cells if cell.data_type == "f"]
    rows = list(
        csv.reader(io.StringIO(desk.dossier_list(day, day, "csv").decode("utf-8-sig")), delimiter=";")
    )
    assert [row[0] for row in rows[1:]] == codes
    assert desk.dossier_list(date(2026, 1, 1), date(2026, 1, 2)).startswith(b"PK")


def test_a_filled_template_is_received_row_by_row(desk: Desk) -> None:
    book = openpyxl.load_workbook(io.BytesIO(desk.template()))
    sheet = book.worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    for row, (code, name) in enumerate(
        (("2.000815", "Đặng Thị Ước"), ("9.999999", "Lê A"), ("2.000635", "")), 3
    ):
        sheet.cell(row, heads["Mã thủ tục"], code)
        sheet.cell(row, heads["Họ tên người nộp"], name)
        sheet.cell(row, heads["Số phiếu giấy"], f"p{row}")
    filled = io.BytesIO()
    book.save(filled)
    found = lines(filled.getvalue(), "filled.xlsx")
    assert [row for row, _ in found] == [3, 4, 5]
    states = [
        type(given if isinstance(given, Refused) else desk.receive(given).value).__name__
        for _, given in found
    ]
    assert states == ["Received", "Refused", "Refused"]


def test_a_file_that_is_no_sheet_is_refused_with_a_reason() -> None:
    with pytest.raises(Unacceptable):
        lines(b"\x00\x01", "x.xlsx")


def test_the_posting_board_and_a_sheet_come_from_the_catalogue(desk: Desk) -> None:
    assert "2.000815" in words(desk.posting())
    assert "Chứng thực bản sao" in words(desk.posting("2.000815"))
    with pytest.raises(NotFound):
        desk.posting("9.999999")


def test_several_dossiers_of_one_citizen_are_on_one_receipt(desk: Desk) -> None:
    codes = [received(desk).code, received(desk, line(procedure="2.000635", copies=1)).code]
    other = received(desk, line(name="Trần Thị Khác", number="087190009999")).code
    told = words(desk.receipt_list(codes))
    assert all(code in told for code in codes)
    with pytest.raises(Unacceptable):
        desk.receipt_list([*codes, other])


def test_the_record_of_certifications_has_copies_and_fees(desk: Desk) -> None:
    code = received(desk).code
    received(desk, line(procedure="2.000635", copies=1))
    told = words(desk.certifications(date(2026, 11, 25), date(2026, 11, 25)))
    assert code.rpartition("-")[2] in told
    assert "12.000" in told
    assert "Bằng tốt nghiệp THPT" in told


def test_a_receipt_of_certified_copies_counts_pages_and_copies(desk: Desk) -> None:
    assert "Số trang" in words(desk.receipt(received(desk).code))
    assert "Số trang" not in words(desk.receipt(received(desk, line(procedure="2.000635")).code))


def test_a_newborns_family_gets_a_letter(desk: Desk) -> None:
    answers = {"child": "Lê Gia Bảo, sinh ngày 12/11/2026", "mother": "Trần Thị Ngọc Ẩn", "extra_copies": "0"}
    birth = received(desk, line(procedure="1.001193", exemption="on_time", answers=answers))
    told = words(desk.paper("letter", birth.code))
    assert "gia đình Bà Trần Thị Ngọc Ẩn đã chào đón cháu Lê Gia Bảo" in told
    assert birth.code not in told
    assert "answers.child" in desk.dossier(birth.code).state.fields
