"""Mẫu số 01 as the citizen gets it, read back from the PDF."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.papers import ReceiptValues, fonts, receipt
from mobile_reception.words import VIETNAM

VALUES = ReceiptValues(
    superior_agency="Ủy ban nhân dân phường Mẫu",
    unit_name="Trung tâm Phục vụ hành chính công phường Mẫu",
    place="Mẫu",
    code="H20.99.1-261120-0001",
    provisional=False,
    qr_text="https://tra-cuu.example.vn/r/H20.99.1-261120-0001?k=5F2A",
    submitter_name="Nguyễn Thị Đặng Ự",
    submitter_address="Số 12, ấp Thượng 1, phường Mẫu",
    submitter_id="087183001234",
    submitter_phone="0912 345 678",
    channel="trực tiếp",
    request="Chứng thực bản sao từ bản chính giấy tờ, văn bản",
    papers=(("Bằng tốt nghiệp trung học phổ thông", 1, 0, 2), ("Tờ khai", 1, 3, 0)),
    copies=1,
    time_limit="03 ngày làm việc",
    received_at=datetime(2026, 11, 20, 8, 5, tzinfo=VIETNAM),
    come_back=date(2026, 11, 25),
    fee=12000,
    fee_category="phí chứng thực",
    fee_in_words="Mười hai nghìn đồng",
    delivery="phiên lưu động ấp Thượng 1",
    lookup="https://dichvucong.gov.vn",
    hotline="0277 3 123 456",
    session="Nhà văn hóa ấp Thượng 1",
    officer="Trần Văn Ẩn",
)
MARKUP = ["<b>Đặng & Ự</b>", '<img src="x">', "{code} %s \\(x\\) )(", "<onDraw name='a'/>", "&lt;Lê&gt;"]
LETTER_BY_LETTER = st.text(alphabet=fonts.VIETNAMESE + "abcxyzABC 0189<>&\"'{}\\()[]/%#.,;:_", min_size=1)


def pages_of(content: bytes) -> list[str]:
    """The text of each page; pdfium writes a hyphen at the end of a line as U+0002."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range().replace("\x02", "-") for page in document]
    finally:
        document.close()


def read(values: ReceiptValues, **how: str) -> str:
    """The whole text with single spaces."""
    return " ".join(" ".join(pages_of(receipt(values, **how))).split())


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_lines_stand_in_the_order_of_the_form():
    text = read(VALUES)
    expected = [
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "(Mẫu số 01 ban hành kèm theo Thông tư số 03/2025/TT-VPCP ngày 15 tháng 9 năm 2025)",
        "Bộ phận tiếp nhận và trả kết quả: Trung tâm Phục vụ hành chính công phường Mẫu",
        "Tiếp nhận hồ sơ của Ông (Bà): Nguyễn Thị Đặng Ự (trực tiếp)",
        "Địa chỉ: Số 12, ấp Thượng 1, phường Mẫu",
        "Số điện thoại: 0912 345 678",
        "Số căn cước/Hộ chiếu: 087183001234",
        "Nội dung yêu cầu giải quyết: Chứng thực bản sao từ bản chính giấy tờ, văn bản",
        "1. Thành phần hồ sơ, số lượng mỗi loại giấy tờ:",
        "1 Bằng tốt nghiệp trung học phổ thông 1 0 2",
        "2 Tờ khai 1 3 0",
        "2. Số lượng hồ sơ: 01 bộ",
        "3. Thời gian giải quyết hồ sơ theo quy định là: 03 ngày làm việc",
        "4. Thời gian nhận hồ sơ: 08 giờ 05 phút, ngày 20 tháng 11 năm 2026",
        "5. Thời gian trả kết quả giải quyết hồ sơ: ngày 25 tháng 11 năm 2026 (Thứ Tư)",
        "6. Đăng ký nhận kết quả tại: phiên lưu động ấp Thượng 1",
        "7. Phí, lệ phí: 12.000 đồng (Mười hai nghìn đồng), phí chứng thực; chưa thu",
        "Tra cứu tại https://dichvucong.gov.vn. Điện thoại: 0277 3 123 456.",
        "NGƯỜI NỘP HỒ SƠ",
        "NGƯỜI TIẾP NHẬN HỒ SƠ",
        "Trần Văn Ẩn",
        "Về dữ liệu cá nhân:",
    ]
    at = 0
    for line in expected:
        found = text.find(line, at)
        assert found >= 0, line
        at = found


def test_the_heading_names_nation_agency_place_code_and_session():
    text = read(VALUES)
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN PHƯỜNG MẪU",
        "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG PHƯỜNG MẪU",
        "Mẫu, ngày 20 tháng 11 năm 2026",
        "Mã hồ sơ: H20.99.1-261120-0001",
        "Phiên lưu động tại Nhà văn hóa ấp Thượng 1",
    ):
        assert squeezed(part) in squeezed(text), part


@pytest.mark.parametrize(
    "name", [*MARKUP, fonts.VIETNAMESE, "Ẵ" * 200, ("Nguyễn Phước Bảo " * 12)[:200].strip()]
)
@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_a_name_is_printed_letter_for_letter_wherever_it_stands(name, paper):
    values = replace(
        VALUES, submitter_name=name, owner_name=name, officer=name, request=name, papers=((name, 1, 0, 0),)
    )
    content = receipt(values, paper=paper)
    text = squeezed("".join(pages_of(content)))
    assert text.count(squeezed(name)) >= 6
    assert b"/Annot" not in content
    assert b"/Image" not in content


@settings(max_examples=40)
@given(name=LETTER_BY_LETTER, address=LETTER_BY_LETTER)
def test_any_name_and_address_are_printed_letter_for_letter(name, address):
    text = squeezed(read(replace(VALUES, submitter_name=name, owner_name=name, owner_address=address)))
    assert f"củaÔng(Bà):{squeezed(name)}(trựctiếp)" in text
    if squeezed(name):
        assert f"Chủhồsơ:{squeezed(name)}Địachỉchủhồsơ:{squeezed(address)}" in text


def test_decomposed_letters_are_printed_composed():
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Đặng Ự")
    assert "Bà): Nguyễn Thị Đặng Ự (" in read(replace(VALUES, submitter_name=decomposed))
    assert receipt(replace(VALUES, submitter_name=decomposed)) == receipt(VALUES)


def test_forty_papers_take_two_pages_and_none_is_lost():
    papers = tuple((f"Giấy tờ số {n}:", n, 0, 41 - n) for n in range(1, 41))
    pages = pages_of(receipt(replace(VALUES, papers=papers)))
    assert len(pages) == 2
    text = squeezed("".join(pages))
    for n in range(1, 41):
        assert text.count(f"{n}Giấytờsố{n}:{n}0{41 - n}") == 1
    for number, page in enumerate(pages, 1):
        assert "Thành phần hồ sơ" in page
        assert f"{VALUES.code} – Trang {number}/2" in page


def test_a_usual_receipt_is_one_page_without_a_page_number():
    for paper in ("A4", "A5"):
        (page,) = pages_of(receipt(VALUES, paper=paper))
        assert "Trang" not in page


@pytest.mark.parametrize(
    "values",
    [
        VALUES,
        replace(VALUES, submitter_name="W" * 200, officer="W" * 200, unit_name="Trung tâm " * 15),
        replace(VALUES, papers=tuple((f"{n} " + "bản sao giấy chứng nhận " * 9, 1, 2, 3) for n in range(60))),
    ],
    ids=["usual", "long names", "sixty long papers"],
)
@pytest.mark.parametrize(
    ("paper", "width", "height", "margins"),
    [
        ("A4", 210, 297, (30, 20, 20, 14)),
        ("A5", 148, 210, (12, 10, 8, 5)),
    ],
)
def test_nothing_is_printed_outside_the_margins(values, paper, width, height, margins):
    left, right, top, bottom = margins  # the page number stands in the lower margin
    document = pypdfium2.PdfDocument(receipt(values, paper=paper))
    for page in document:
        assert page.get_width() / 72 * 25.4 == pytest.approx(width, abs=0.1)
        assert page.get_height() / 72 * 25.4 == pytest.approx(height, abs=0.1)
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars()) if text.get_text_range(n, 1).strip()]
        for x1, y1, x2, y2 in (tuple(side / 72 * 25.4 for side in box) for box in boxes):
            assert left - 0.5 <= x1 <= x2 <= width - right + 0.5
            assert bottom - 0.5 <= y1 <= y2 <= height - top + 1
    document.close()


def test_missing_telephone_and_number_leave_dotted_lines():
    text = read(replace(VALUES, submitter_phone=None, submitter_id="", submitter_address=None))
    for label in ("Địa chỉ:", "Số điện thoại:", "Số căn cước/Hộ chiếu:"):
        assert f"{label} …………" in text


def test_an_owner_is_printed_only_where_there_is_one():
    assert "Chủ hồ sơ" not in read(VALUES)
    text = read(replace(VALUES, owner_name="Lê Văn Chủ", owner_address=None))
    assert "Chủ hồ sơ: Lê Văn Chủ Địa chỉ chủ hồ sơ: ………" in text


def test_the_paper_says_whether_the_dossier_has_reached_the_centre():
    assert "Đã ghi trên máy này, chưa gửi về trung tâm" in read(VALUES)
    assert "chưa gửi" not in read(replace(VALUES, at_centre=True))


def test_a_provisional_code_says_so():
    text = read(replace(VALUES, code="TN-4F2A-261120-003", provisional=True))
    assert "Mã tạm: TN-4F2A-261120-003" in text
    assert "Mã trên là mã tạm." in text
    assert "Mã hồ sơ:" not in text


def test_a_reprint_is_marked_and_counted():
    assert "Bản in lại" not in read(VALUES)
    assert "Bản in lại (lần 3)" in read(replace(VALUES, reprint=3))


def test_the_fee_line_tells_none_owed_and_collected_apart():
    assert "7. Phí, lệ phí: không thu" in read(replace(VALUES, fee=0))
    assert "đã thu (giấy này không thay biên lai)" in read(replace(VALUES, fee_collected=True))
    plain = read(replace(VALUES, fee=1000000, fee_in_words="", fee_category=""))
    assert "7. Phí, lệ phí: 1.000.000 đồng; chưa thu" in plain


def test_an_appointment_with_an_hour_prints_it_in_vietnams_time():
    text = read(replace(VALUES, come_back=datetime(2027, 1, 5, 18, 30, tzinfo=UTC)))
    assert "01 giờ 30 phút, ngày 06 tháng 01 năm 2027 (Thứ Tư)" in text


def test_look_up_and_telephone_are_left_out_where_they_are_unknown():
    text = read(replace(VALUES, lookup=None, hotline=None, session=None))
    assert "Tra cứu" not in text
    assert "Điện thoại:" not in text
    assert "Phiên lưu động tại" not in text
    assert text.endswith("Liên hệ: Trung tâm Phục vụ hành chính công phường Mẫu.")


def test_a_dossier_without_papers_keeps_a_row_to_write_in():
    (page,) = pages_of(receipt(replace(VALUES, papers=())))
    assert "Thành phần hồ sơ" in page


def test_the_english_copy_has_english_labels_and_says_what_it_is():
    text = read(replace(VALUES, owner_name="Lê Văn Chủ", reprint=1, fee=1200000), language="en")
    for part in (
        "RECEIPT OF DOSSIER AND APPOINTMENT FOR THE RESULT",
        "English reading copy, the Vietnamese paper is the legal one",
        "Received from Mr/Ms: Nguyễn Thị Đặng Ự",
        "Owner of the dossier: Lê Văn Chủ",
        "4. Received at: 08:05, 20 November 2026",
        "5. Result to be collected on: 25 November 2026",
        "7. Fee: 1,200,000 dong",
        "Reprint (no. 1)",
    ):
        assert part in text, part
    assert "Tiếp nhận" not in text


def test_the_title_carries_the_code_and_no_name_and_there_is_no_author():
    document = pypdfium2.PdfDocument(receipt(VALUES))
    about = document.get_metadata_dict()
    document.close()
    assert about["Title"] == "Giấy tiếp nhận hồ sơ và hẹn trả kết quả H20.99.1-261120-0001"
    assert about["Subject"] == "01, v1"
    assert not any(VALUES.submitter_name in value for value in about.values())
    assert (about["Author"], about["CreationDate"], about["ModDate"]) == ("", "", "")


def test_equal_values_give_equal_bytes():
    first = receipt(VALUES, paper="A5")
    receipt(replace(VALUES, submitter_name="Ai đó"))
    assert receipt(replace(VALUES), paper="A5") == first


def test_a_usual_receipt_stays_under_40_kilobytes():
    for paper in ("A4", "A5"):
        assert len(receipt(VALUES, paper=paper)) <= 40 * 1024


@pytest.mark.parametrize("how", [{"paper": "A3"}, {"language": "fr"}])
def test_an_unknown_paper_or_language_is_refused(how):
    with pytest.raises(ValueError, match="no such"):
        receipt(VALUES, **how)


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_at": datetime(2026, 11, 20, 8, 5)},
        {"come_back": datetime(2026, 11, 20, 8, 5)},
        {"fee": -1},
        {"papers": (("Tờ khai", 1, -1, 0),)},
    ],
)
def test_naive_times_and_negative_counts_are_refused(wrong):
    with pytest.raises(ValueError, match=r"time zone|below zero"):
        replace(VALUES, **wrong)
