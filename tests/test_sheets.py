import csv
import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest

from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.papers.sheets import (
    Entry,
    NotASheet,
    Unreadable,
    dossier_csv,
    dossier_list,
    read_lines,
    register,
    template,
)
from mobile_reception.words import VIETNAM
from test_intake import problems, read
from test_people import in_tcvn3, in_vni

HEAD = "Số phiếu giấy;Mã thủ tục;Ngày tiếp nhận;Giờ tiếp nhận;Họ tên người nộp;Số định danh người nộp"
HEAD += (
    ";Ngày sinh người nộp;Giới tính người nộp;Điện thoại người nộp;Số bản;Giấy tờ 1;Số trang 1;Nhắn tin SMS"
)
ROW = "p-1;2.000815;20/11/2026;08:15;Nguyễn Thị Diệu;087190001234;02/05/1990;Nữ;0912345678;3;Bằng THPT;2;Có"
LINE = {
    "ref": "p-1",
    "procedure": "2.000815",
    "received_at": "2026-11-20T08:15:00+07:00",
    "submitter": {
        "full_name": "Nguyễn Thị Diệu",
        "personal_id": "087190001234",
        "birth_date": "1990-05-02",
        "sex": "female",
        "phone": "0912345678",
    },
    "copies": 3,
    "papers": [{"name": "Bằng THPT", "pages": 2}],
    "notify_sms": True,
}
TEXT = f"{HEAD}\r\n{ROW}\r\n"


def book(
    *rows: list[Any], papers: list[list[Any]] | None = None, formats: dict[str, str] | None = None
) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    if papers is not None:
        other = made.create_sheet("Giấy tờ")
        for row in papers:
            other.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def one(data: bytes, name: str = "x.csv") -> Any:
    lines = read_lines(data, name)
    assert len(lines) == 1
    return lines[0][1]


def cells(**given: Any) -> Any:
    """The line of a workbook with one row, columns named by their field."""
    base = {"procedure": "2.000815", "submitter.full_name": "Nguyễn Văn A", **given}
    return one(book(list(base), list(base.values())), "x.xlsx")


def refused(line: Any) -> dict[str, str]:
    assert isinstance(line, Unreadable)
    return {problem.field: problem.message for problem in line.problems}


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode("utf-16"),
        TEXT.replace("\r\n", "\n").encode(),
        ("sep=;\r\n" + TEXT).encode(),
        book(HEAD.split(";"), ROW.split(";")),
    ],
)
def test_a_file_is_read_whatever_saved_it(data: bytes) -> None:
    found = read_lines(data, "hồ sơ.xlsx" if data.startswith(b"PK") else "hồ sơ.csv")
    assert [line for _, line in found] == [LINE]
    assert read(found[0][1]).papers[0].pages == 2


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    noted = ROW.replace("p-1", "p-2").replace("Bằng THPT", '"Bằng\nTHPT"')
    written = f"DANH SÁCH\n\n{HEAD}\n{noted}\n;;;;\n\n{ROW}\n"
    assert [number for number, _ in read_lines(written.encode(), "x.csv")] == [4, 7]
    rows = [["DANH SÁCH"], [], HEAD.split(";"), ROW.split(";"), [], ROW.split(";")]
    assert [number for number, _ in read_lines(book(*rows), "x.xlsx")] == [4, 6]


def test_cells_that_a_spreadsheet_has_counted_are_repaired() -> None:
    line = cells(
        procedure=2.000815,
        **{
            "submitter.personal_id": 1190000017,
            "submitter.phone": 912345678,
            "submitter.birth_date": datetime(1990, 5, 2),
            "received_day": datetime(2026, 11, 20),
            "received_time": time(8, 15),
            "copies": 3.0,
            "fee": 21000.0,
            "due": date(2026, 11, 27),
        },
    )
    assert line == {
        "procedure": "2.000815",
        "submitter": {
            "full_name": "Nguyễn Văn A",
            "personal_id": "001190000017",
            "phone": "0912345678",
            "birth_date": "1990-05-02",
        },
        "received_at": "2026-11-20T08:15:00+07:00",
        "copies": 3,
        "fee": 21000,
        "due": "2026-11-27",
    }
    assert read(line).due == date(2026, 11, 27)


def test_a_code_that_ends_in_a_zero_keeps_it() -> None:
    assert cells(procedure=1.00193)["procedure"] == "1.001930"
    assert cells(procedure="2.000815 - Chứng thực bản sao")["procedure"] == "2.000815"


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("submitter.personal_id", "8.7098E+10"),
        ("submitter.personal_id", "8,7098E+10"),
        ("submitter.personal_id", 87098001234.5),
        ("submitter.personal_id", 1e20),
        ("submitter.phone", "9.12E+08"),
        ("submitter.birth_date", "31/02/1990"),
        ("submitter.birth_date", "hôm qua"),
        ("submitter.birth_date", 32874),
        ("due", "2026"),
        ("due", 46346),
        ("copies", "ba"),
        ("copies", 1.5),
        ("fee", 21),
        ("fee", 21.5),
        ("fee", "21.5"),
        ("fee", "-3000"),
        ("notify_sms", "có lẽ"),
        ("note", "#REF!"),
        ("received_day", "20/11/2026"),
        ("received_time", "25:00"),
    ],
)
def test_a_cell_that_nobody_can_be_sure_of_refuses_its_line(field: str, cell: Any) -> None:
    found = refused(cells(**{field: cell}))
    assert set(found) == {"received_at" if field.startswith("received") else field}
    assert all(found.values())


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("21.000", 21000),
        ("21,000 đ", 21000),
        ("1.000.000 đồng", 1000000),
        ("0", 0),
        (8000, 8000),
        ("12 000", 12000),
    ],
)
def test_amounts_are_whole_dong_however_they_are_written(cell: Any, amount: int) -> None:
    assert cells(fee=cell)["fee"] == amount


@pytest.mark.parametrize(
    ("cell", "born"),
    [
        ("02/05/1990", "1990-05-02"),
        ("2/5/1990", "1990-05-02"),
        ("2-5-1990", "1990-05-02"),
        ("1990-05-02", "1990-05-02"),
        ("05/1990", "1990-05"),
        ("1945", "1945"),
        (1945, "1945"),
        (1945.0, "1945"),
    ],
)
def test_dates_of_birth_may_be_partial(cell: Any, born: str) -> None:
    assert cells(**{"submitter.birth_date": cell})["submitter"]["birth_date"] == born


def test_a_month_that_became_a_day_is_a_month_again() -> None:
    head = ["procedure", "submitter.full_name", "submitter.birth_date"]
    rows = [head, ["2.000815", "Nguyễn Văn A", datetime(1990, 5, 1)]]
    assert one(book(*rows, formats={"C2": "mmm-yy"}), "x.xlsx")["submitter"]["birth_date"] == "1990-05"


def test_old_and_foreign_papers_keep_their_own_numbers() -> None:
    old = cells(**{"submitter.id_kind": "CMND", "submitter.personal_id": 12345678})
    assert (old["submitter"]["id_kind"], old["submitter"]["personal_id"]) == ("cmnd", "012345678")
    foreign = cells(**{"submitter.id_kind": "Hộ chiếu", "submitter.personal_id": "B1234567"})
    assert (foreign["submitter"]["id_kind"], foreign["submitter"]["personal_id"]) == ("passport", "B1234567")


def test_every_problem_of_a_line_is_named_and_other_lines_are_taken() -> None:
    head = ["Mã thủ tục", "Họ tên người nộp", "Ngày sinh người nộp", "Số bản"]
    bad, good = ["2.000815", "An", "30/02/1990", "x"], ["2.000815", "Bình", "1990", "1"]
    lines = read_lines(book(head, bad, good), "x.xlsx")
    assert set(refused(lines[0][1])) == {"submitter.birth_date", "copies"}
    assert lines[1] == (
        3,
        {"procedure": "2.000815", "submitter": {"full_name": "Bình", "birth_date": "1990"}, "copies": 1},
    )


def test_owner_delivery_and_the_procedures_own_fields_have_columns() -> None:
    line = cells(
        **{
            "Họ tên chủ hồ sơ": "Trần Thị B",
            "Owner: sex": "Female",
            "Quan hệ với chủ hồ sơ": "con",
            "Nơi nhận kết quả": "Bưu điện",
            "Địa chỉ bưu gửi": "Ấp 1",
            "Người nhận bưu gửi": "Trần Thị B",
            "Kênh nộp": "trực tuyến",
            "Mục riêng: extra_copies": 2,
            "STT": 1,
        }
    )
    assert line["owner"] == {"full_name": "Trần Thị B", "sex": "female"}
    assert line["delivery"] == {"way": "post", "address": "Ấp 1", "recipient": "Trần Thị B"}
    assert (line["channel"], line["answers"]) == ("online", {"extra_copies": "2"})
    assert read(line).delivery.way == "post"


def test_a_word_that_no_list_knows_is_left_for_the_door_to_refuse() -> None:
    assert list(problems(cells(**{"submitter.sex": "không rõ"}))) == ["submitter.sex"]


def test_papers_stand_in_columns_in_one_cell_or_on_a_sheet_of_their_own() -> None:
    columns = cells(**{"Giấy tờ 2": "CCCD", "Bản photo 2": 1, "Giấy tờ 1": "Bằng", "Số trang 1": 2})
    assert columns["papers"] == [{"name": "Bằng", "pages": 2}, {"name": "CCCD", "photocopies": 1}]
    assert cells(**{"Giấy tờ": "Bằng; CCCD\nGiấy khai sinh"})["papers"] == [
        {"name": "Bằng"},
        {"name": "CCCD"},
        {"name": "Giấy khai sinh"},
    ]
    rows = [["ref", "procedure", "submitter.full_name"], ["a", "2.000815", "An"], ["b", "2.000815", "Bình"]]
    listed = [
        ["Số phiếu giấy", "Giấy tờ", "Số trang"],
        ["b", "Bằng", 2],
        ["a", "CCCD", 1],
        ["b", "Học bạ", 8],
    ]
    lines = [line for _, line in read_lines(book(*rows, papers=listed), "x.xlsx")]
    assert [[paper["name"] for paper in line["papers"]] for line in lines if isinstance(line, dict)] == [
        ["CCCD"],
        ["Bằng", "Học bạ"],
    ]
    with pytest.raises(NotASheet, match="số phiếu"):
        read_lines(book(*rows, papers=[*listed, ["c", "Đơn", 1]]), "x.xlsx")


def test_a_value_without_a_heading_is_not_lost_in_silence() -> None:
    assert "" in refused(one((HEAD + "\n" + ROW + ";thừa\n").encode()))


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "x.csv", "tiêu đề"),
        (b"", "x.xlsx", "hỏng"),
        (ROW.encode(), "x.csv", "tiêu đề"),
        (TEXT.replace("Số bản", "Cột lạ").encode(), "x.csv", "Cột lạ"),
        (TEXT.replace("Số bản", "Mã thủ tục").encode(), "x.csv", "lặp lại"),
        (in_tcvn3(TEXT).encode("latin-1", "replace"), "x.csv", "TCVN3"),
        (in_vni(TEXT).encode("latin-1", "replace"), "x.csv", "VNI"),
        (in_tcvn3(TEXT).encode(), "x.csv", "TCVN3"),
        (TEXT.encode("cp1258", "replace"), "x.csv", "CSV UTF-8"),
        (f'{HEAD}\n"không khép'.encode(), "x.csv", "ngoặc kép"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "x.xls", r"\.xlsx"),
        (b"PK\x03\x04" + bytes(100), "x.xlsx", "hỏng"),
        (bytes(5000), "x.csv", "CSV"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "x.csv", r"\w"),
    ],
)
def test_a_file_that_gives_no_lines_says_why(data: bytes, name: str, said: str) -> None:
    with pytest.raises(NotASheet, match=said):
        read_lines(data, name)


def test_letters_of_an_old_font_in_a_workbook_are_refused_with_their_line() -> None:
    line = cells(**{"submitter.full_name": in_tcvn3("Nguyễn Văn Dũng")})
    assert "TCVN3" in problems(line)["submitter.full_name"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_template_is_read_back_when_it_is_filled(language: str) -> None:
    made = openpyxl.load_workbook(io.BytesIO(template(language)))
    sheet, procedures, papers = made.worksheets
    assert read_lines(template(language), "x.xlsx") == []
    assert sheet.freeze_panes == "A3"
    codes = [cell.value for cell in procedures["A"][1:]]
    assert codes == [one.code for one in Catalogue.load()]
    assert all(cell.data_type == "s" for cell in procedures["A"])
    assert any(
        "Procedures" in str(one.formula1) or "Thủ tục" in str(one.formula1)
        for one in sheet.data_validations.dataValidation
    )
    heads = {cell.value: cell.column for cell in sheet[1]}
    names = {
        "vi": ("Mã thủ tục", "Họ tên người nộp", "Giới tính người nộp", "Nữ", "Số phiếu giấy"),
        "en": ("Procedure code", "Submitter: full name", "Submitter: sex", "Female", "Paper form number"),
    }[language]
    for head, value in zip(
        (*names[:3], names[4]), ("2.000815", "Nguyễn Thị Diệu", names[3], "p-1"), strict=True
    ):
        sheet.cell(3, heads[head]).value = value
    papers.append(["p-1", "Bằng", 1, 0, 0, 2])
    out = io.BytesIO()
    made.save(out)
    ((number, line),) = read_lines(out.getvalue(), "x.xlsx")
    assert number == 3
    taken = read(line)
    assert (taken.procedure, taken.submitter.sex, taken.papers[0].pages) == ("2.000815", "female", 2)


RISKY = [
    "=1+1",
    "+84",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "＝1+1",
]


def entry(**changes: Any) -> Entry:
    received = datetime(2026, 11, 20, 8, 15, tzinfo=VIETNAM)
    given = {
        "code": "H20.1-261120-0001",
        "procedure": "Chứng thực",
        "owner": "Nguyễn Thị Diệu",
        "received_at": received,
        "due": date(2026, 11, 20),
        "address": "Ấp 1",
        "phone": "0912345678",
        "phi": 12_000,
        **changes,
    }
    return Entry(**given)


@pytest.mark.parametrize("risky", RISKY)
def test_no_text_ever_becomes_a_formula(risky: str) -> None:
    rows = [entry(owner=risky, note=risky, procedure=risky, status=risky)]
    span = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}
    for data in (dossier_list(rows, unit=risky), register(rows, unit=risky, **span)):
        for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets:
            assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    written = dossier_csv(rows).decode("utf-8-sig")
    read_back = list(csv.reader(io.StringIO(written, newline=""), delimiter=";"))
    assert not [
        cell for row in read_back for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    ]


def test_the_register_has_the_columns_of_its_form_in_order() -> None:
    data = register(
        [entry(returned=date(2026, 11, 25), way="Tại ấp")],
        unit="PHƯỜNG THƯỜNG LẠC",
        first=date(2026, 11, 1),
        last=date(2026, 11, 30),
    )
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "SỔ THEO DÕI HỒ SƠ"
    assert rows[1][0] == "PHƯỜNG THƯỜNG LẠC"
    assert rows[2][0] == "Từ ngày 01/11/2026 đến ngày 30/11/2026"
    assert rows[4][:5] == [
        "Mã hồ sơ",
        "Tên thủ tục hành chính",
        "Số lượng hồ sơ (bộ)",
        "Tên cá nhân, tổ chức",
        "Địa chỉ, số điện thoại",
    ]
    assert rows[5][4] == "Ấp 1, 0912345678"
    assert rows[5][6] == datetime(2026, 11, 20, 8, 15)
    assert sheet.freeze_panes == "B6"


def test_a_list_keeps_amounts_numbers_and_names_whole() -> None:
    data = dossier_list([entry(note="a\x00b\ud800" + "x" * 40_000)], language="en")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "LIST OF DOSSIERS"
    assert rows[2][2] == "Nguyễn Thị Diệu"
    assert rows[2][10] == 12_000
    assert sheet.column_dimensions["B"].width == 34
    assert sheet.auto_filter.ref == "A2:O3"
    assert dossier_csv([entry()]).startswith(b"\xef\xbb\xbf")
