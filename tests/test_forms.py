"""All forms of the table, read back from their PDFs; and forms that a centre has edited."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date, datetime

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from mobile_reception import papers, words
from mobile_reception.papers import KINDS, fonts
from paper_examples import AT, CODE, LEAST, LONG, MOST, USUAL, filled_with

EVERY = [(kind, paper) for kind, made in KINDS.items() for paper in made.papers]
MARKUP = [
    "<b>Đặng & Ự</b>",
    "Lê & Trần",
    "a < b > c",
    '<img src="/etc/passwd"/>',
    "<img src='file:///etc/hostname' width='10'/>",
    '<a href="https://example.com">đây</a>',
    "<onDraw name='draw' label='x'/>",
    '<font color="red">Đỏ</font>',
    "<font color='[[[getattr(pow,\"__self__\")]]]'>x</font>",
    "<para><seq id='x'/></para>",
    "<br/><br/>",
    "<unknown attribute=1>",
    "</b></para>",
    "&lt;Lê&gt; &amp; &#272;",
    "<!-- Đặng -->",
    "<![CDATA[Ự]]>",
    "{code} {title…} %s %(name)s {0}",
    "\\(Ấp\\) )( \\251 >> endobj /Annots [1 0 R]",
]
ORDER: dict[str, list[str]] = {
    "receipt": [
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "1. Thành phần hồ sơ, số lượng mỗi loại giấy tờ:",
        "TT Thành phần hồ sơ Số trang",
        "1 Bằng tốt nghiệp 2 3",
        "2 Căn cước 1 1 X",
        "2. Số lượng hồ sơ: 01 bộ",
    ],
    "receipt-list": [
        "Số: DS-261120-01",
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Tiếp nhận hồ sơ của Ông (Bà): Nguyễn Thị Đặng Ự (trực tiếp)",
        "Số lượng hồ sơ: 02 (kèm theo danh sách)",
        "1. Thời gian nhận hồ sơ: 08 giờ 05 phút, ngày 20 tháng 11 năm 2026",
        "2. Thời gian trả kết quả giải quyết hồ sơ: theo chi tiết danh sách bàn giao",
        "3. Đăng ký nhận kết quả tại: phiên lưu động ấp Thượng 1",
        "Về dữ liệu cá nhân:",
        "BIÊN BẢN GIAO NHẬN HỒ SƠ",
        "1 H20.99.1-261120-0001 Đăng ký khai sinh",
        "20/11/2026 25/11/2026",
        "Nguyễn Ngọc Ánh",
        "2 H20.99.1-261120-0002 Đăng ký khai sinh",
        "Nguyễn Ngọc Ửng",
    ],
    "supplement": [
        "Số: 12/HDHS",
        "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
        "(Mẫu số 02 ban hành kèm theo Thông tư số 03/2025/TT-VPCP ngày 15 tháng 9 năm 2025)",
        "Tiếp nhận hồ sơ/yêu cầu của Ông (Bà): Lê Văn Chủ và Trần Thị Ngọc Ẩn",
        "Nội dung yêu cầu giải quyết: Chứng thực bản sao",
        "Địa chỉ: Số 12, ấp Thượng 1, phường Mẫu",
        "Số điện thoại: 0912 345 678 Email: chu@example.vn",
        "Yêu cầu Ông/Bà hoàn thiện hồ sơ gồm những nội dung như sau:",
        "1 Bằng tốt nghiệp trung học phổ thông 1 0 2",
        "2 Tờ khai theo mẫu 1 3 0",
        "Lý do: Tờ khai chưa ghi đủ",
        "https://dichvucong.gov.vn hoặc liên hệ Trần Văn Ẩn, số điện thoại 0277 3 123 457",
        "được hướng dẫn./.",
        "NGƯỜI HƯỚNG DẪN",
        "Trần Văn Ẩn",
    ],
    "letter": [
        "ỦY BAN NHÂN DÂN PHƯỜNG MẪU",
        "THƯ CHÚC MỪNG",
        "Ủy ban nhân dân phường Mẫu trân trọng chúc mừng gia đình Ông Lê Văn Chủ và Bà Trần Thị Ngọc Ẩn",
        "đã chào đón cháu Lê Gia Bảo, nam, sinh ngày 12/11/2026",
        "Chúc cháu mạnh khỏe",
        "bảo hiểm y tế miễn phí cho trẻ em dưới 6 tuổi",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Đặng Thị Ượt",
    ],
    "refusal": [
        "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ",
        "(Mẫu số 03",
        "Tiếp nhận hồ sơ của Ông (Bà): Lê Văn Chủ",
        "Địa chỉ:",
        "Số điện thoại:",
        "Nội dung yêu cầu giải quyết:",
        "không tiếp nhận, giải quyết hồ sơ này với lý do cụ thể như sau:",
        "Thủ tục thuộc thẩm quyền của Công an cấp xã.",
        "Xin thông báo cho Ông/Bà được biết và thực hiện.",
        "NGƯỜI NỘP HỒ SƠ",
        "NGƯỜI TIẾP NHẬN HỒ SƠ",
    ],
    "apology": [
        "Số: 03/PXL-UBND",
        "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT",
        "(Mẫu số 04",
        "Kính gửi: Lê Văn Chủ",
        "Lúc 08 giờ 05 phút, ngày 11 tháng 11 năm 2026",
        f"mã hồ sơ: {CODE}",
        "Thời gian hẹn trả kết quả giải quyết hồ sơ: ngày 19 tháng 11 năm 2026.",
        "Tuy nhiên đến nay Ủy ban nhân dân phường Mẫu chưa trả kết quả",
        "Lý do: phải xác minh thêm",
        "xin lỗi Ông/Bà",
        "Thời gian hẹn trả kết quả mới: ngày 26 tháng 11 năm 2026.",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Đặng Thị Ượt",
    ],
    "stop": [
        "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ",
        "(Mẫu số 05",
        "Kính gửi:",
        "Căn cứ: khoản 2 Điều 15",
        "thông báo dừng giải quyết hồ sơ nêu trên.",
        "Lý do: người yêu cầu không bổ sung",
        "Giấy tờ trả lại cho Ông/Bà:",
        "1. Bằng tốt nghiệp trung học phổ thông (bản chính)",
        "2. Tờ khai theo mẫu",
        "Đặng Thị Ượt",
    ],
    "control": [
        "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ",
        "(Mẫu số 06",
        "Kèm theo hồ sơ của: Lê Văn Chủ",
        f"Mã hồ sơ: {CODE}",
        "Ngày nhận: 08 giờ 05 phút, ngày 20 tháng 11 năm 2026",
        "Ngày, giờ hẹn trả kết quả: ngày 25 tháng 11 năm 2026",
        "Cơ quan (bộ phận) giải quyết hồ sơ: Ủy ban nhân dân phường Mẫu",
        "Cơ quan phối hợp giải quyết hồ sơ: Công an phường Mẫu",
        "TÊN CƠ QUAN",
        "1. Giao: Trung tâm Phục vụ",
        "2. Nhận: Công chức Tư pháp",
        "Người giao: Trần Văn Ẩn",
        "Người nhận: Võ Thị Yến",
        "Đúng hạn",
        "… giờ … phút, ngày … tháng … năm …",
        "Trước hạn / Đúng hạn",
        "dữ liệu ghi vết của phần mềm thay cho chữ ký",
    ],
    "handover": [
        "GIẤY BÀN GIAO HỒ SƠ",
        "Đơn vị nhận hồ sơ: Phòng Văn hóa - Xã hội",
        "Nội dung hồ sơ:",
        "Người nộp: Nguyễn Thị Đặng Ự",
        "Chủ hồ sơ: Lê Văn Chủ",
        "Mã hồ sơ:",
        "Ngày nhận:",
        "Thời gian giải quyết theo quy định: 03 ngày làm việc",
        "Thời gian hẹn trả:",
        "chậm nhất ngày 24 tháng 11 năm 2026.",
        "Thành phần hồ sơ:",
        "1 Bằng tốt nghiệp trung học phổ thông 1 0 2",
        "Số lượng: 01 bộ",
        "I. GIAO HỒ SƠ",
        "Võ Thị Yến",
        "II. NHẬN KẾT QUẢ",
        "02 liên",
    ],
    "result-receipt": [
        "GIẤY BIÊN NHẬN TRẢ KẾT QUẢ",
        "Tên thủ tục hành chính: Chứng thực bản sao",
        "Chủ hồ sơ: Lê Văn Chủ",
        "Người trả kết quả: Trần Văn Ẩn; điện thoại 0277 3 123 457",
        "Người nhận kết quả: Nguyễn Thị Đặng Ự (vợ); điện thoại 0912 345 678",
        "Thành phần trả gồm:",
        "TT Loại kết quả Số Trích yếu",
        "Giấy khai sinh 120/2026",
        "Ngày trả kết quả: 08 giờ 05 phút, ngày 20 tháng 11 năm 2026",
        "Về dữ liệu cá nhân:",
    ],
    "results": [
        "PHIẾU BÀN GIAO KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH",
        "Bên giao: Trung tâm Phục vụ hành chính công phường Mẫu – Trần Văn Ẩn",
        "TT Mã hồ sơ Nội dung Kết quả Họ tên chủ hồ sơ Địa chỉ",
        "2 H20.99.1-261120-0002",
        "Cộng: 8 kết quả",
    ],
    "register": [
        "SỔ THEO DÕI HỒ SƠ",
        "(Mẫu số 07",
        "Từ ngày 01 tháng 11 năm 2026 đến ngày 20 tháng 11 năm 2026",
        "1 H20.99.1-261120-0001",
        "30 H20.99.1-261120-0030",
        "Cộng: 30 hồ sơ",
    ],
    "certifications": [
        "SỔ CHỨNG THỰC",
        "Chứng thực bản sao từ bản chính",
        "1 001 20/11/2026",
        "12 012 20/11/2026",
        "Cộng: 12 việc, 36 bản, phí 144.000 đồng",
    ],
    "results-out": [
        "DANH MỤC KẾT QUẢ MANG ĐI TRAO",
        "Phiên: Ấp Thượng 1, Thứ Sáu 20/11/2026",
        "Bên nhận: Trần Văn Ẩn",
        "1 Ấp Thượng 1 Lê Văn Chủ H20.99.1-261118-0001",
        "Cộng: 8 kết quả; phải thu 32.000 đồng",
        "NGƯỜI NHẬN MANG ĐI",
    ],
    "results-back": [
        "DANH MỤC KẾT QUẢ MANG VỀ",
        "Phiên: Ấp Thượng 1, Thứ Sáu 20/11/2026",
        "đã trao Lê Văn Chủ lúc 08:05 20/11/2026",
        "mang về: vắng nhà",
        "Cộng: mang đi 8; đã trao 6; gửi bưu chính 0; mang về 2; còn lại 0",
        "NGƯỜI NHẬN LẠI",
    ],
    "post-list": [
        "BIÊN BẢN BÀN GIAO KẾT QUẢ GỬI BƯU CHÍNH CÔNG ÍCH",
        "1 H20.99.1-261118-0001 Lê Văn Chủ Số 12, ấp Thượng 1, phường Mẫu",
        "Cộng: 4 phong bì; phí thu hộ 16.000 đồng",
        "NHÂN VIÊN BƯU CHÍNH",
    ],
    "post": [
        "PHIẾU GỬI KẾT QUẢ QUA BƯU CHÍNH CÔNG ÍCH",
        "Chủ hồ sơ: Lê Văn Chủ và Trần Thị Ngọc Ẩn",
        "Họ tên người nhận: Lê Văn Chủ",
        "Phí thu hộ: 8.000 đồng",
        "Mã vận đơn: EV000000001VN",
        "NGƯỜI GỬI",
    ],
    "schedule": [
        "LỊCH TIẾP NHẬN HỒ SƠ VÀ TRẢ KẾT QUẢ LƯU ĐỘNG",
        "(từ ngày 25 tháng 11 năm 2026 đến ngày 31 tháng 12 năm 2026)",
        "1 Thứ Tư 25/11/2026 07:30-11:00 Ấp Thượng 1 định kỳ",
        "2 Thứ Tư 02/12/2026 07:30-11:00 Ấp Thượng 2 định kỳ dời từ 24/11",
        "Cộng: 6 phiên",
        "LÃNH ĐẠO TRUNG TÂM",
    ],
    "session-list": [
        "DANH SÁCH HỒ SƠ PHIÊN TIẾP NHẬN LƯU ĐỘNG",
        "Địa điểm: Nhà văn hóa ấp Thượng 1",
        "Cán bộ tiếp nhận: Trần Văn Ẩn, Võ Thị Yến",
        "1 H20.99.1-261120-0001 Nguyễn Thị Đặng Ự",
        "08:10 25/11/2026 12.000 0",
        "Cộng: 20 hồ sơ; phí 240.000 đồng; lệ phí 40.000 đồng; tổng cộng 280.000 đồng",
    ],
}


def pages_of(content: bytes) -> list[str]:
    """The text of each page; pdfium writes a hyphen at the end of a line as U+0002."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range().replace("\x02", "-") for page in document]
    finally:
        document.close()


def read(kind: str, values: papers.Headed, **how: object) -> str:
    return " ".join(" ".join(pages_of(KINDS[kind].make(values, **how))).split())


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_stand_in_the_order_of_the_form(kind):
    text = squeezed(read(kind, USUAL[kind]))
    at = 0
    for line in ORDER[kind]:
        found = text.find(squeezed(line), at)
        assert found >= 0, line
        at = found


@pytest.mark.parametrize(("kind", "paper"), EVERY)
def test_the_heading_names_nation_agency_and_place(kind, paper):
    text = squeezed(read(kind, USUAL[kind], paper=paper))
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN PHƯỜNG MẪU",
        "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG PHƯỜNG MẪU",
        "Mẫu, ngày 20 tháng 11 năm 2026",
    ):
        # The letter is the committee's own, whoever prints it.
        assert (squeezed(part) in text) is (kind != "letter" or not part.startswith("TRUNG TÂM")), part


@pytest.mark.parametrize("kind", KINDS)
def test_another_agency_leaves_no_trace_of_the_first(kind):
    other = {
        "superior_agency": "Ủy ban nhân dân xã Khác",
        "unit_name": "Trung tâm Phục vụ hành chính công xã Khác",
        "place": "Khác",
    }
    text = read(kind, replace(LEAST[kind], **other))
    assert "Khác, ngày" in text
    assert "XÃ KHÁC" in text
    for name in ("Thường Lạc", "Đồng Tháp", "Tân Long"):
        assert name not in text


@pytest.mark.parametrize(("kind", "paper"), EVERY)
@pytest.mark.parametrize("name", MARKUP)
def test_markup_is_printed_letter_for_letter_and_does_nothing(kind, paper, name):
    values = filled_with(USUAL[kind], name, 1)
    content = KINDS[kind].make(values, paper=paper)
    assert squeezed(name) in squeezed("".join(pages_of(content)))
    document = pypdfium2.PdfDocument(content)
    for page in document:
        assert pdfium.FPDFPage_GetAnnotCount(page) == 0
        assert not list(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM]))
    document.close()
    assert b"/Annot" not in content
    assert b"/Image" not in content


@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_of_vietnamese_is_read_back(kind):
    values = filled_with(USUAL[kind], fonts.VIETNAMESE, 1)
    decomposed = filled_with(USUAL[kind], unicodedata.normalize("NFD", fonts.VIETNAMESE), 1)
    content = KINDS[kind].make(values)
    assert fonts.VIETNAMESE in squeezed("".join(pages_of(content)))
    assert KINDS[kind].make(decomposed) == content


def boxes_of(page: pypdfium2.PdfPage) -> list[tuple[float, float, float, float]]:
    text = page.get_textpage()
    return [text.get_rect(n) for n in range(text.count_rects())]


def codes_of(page: pypdfium2.PdfPage) -> list[tuple[float, float, float, float]]:
    """QR codes: the only paths that are drawn scaled."""
    paths = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])
    return [path.get_bounds() for path in paths if path.get_matrix().a != 1]


def common(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, float]:
    """Width and height of what two boxes share."""
    return (min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1]))


@pytest.mark.parametrize(("kind", "paper"), EVERY)
@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("much", ["least", "usual", "most"])
def test_no_text_lies_on_other_text_or_outside_the_paper(kind, paper, language, much):
    most = filled_with(USUAL[kind], LONG, 3)
    values = {"least": LEAST[kind], "usual": USUAL[kind], "most": most}[much]
    document = pypdfium2.PdfDocument(KINDS[kind].make(values, paper=paper, language=language))
    for page in document:
        width, height = page.get_size()
        boxes = sorted(boxes_of(page), key=lambda box: -box[3])
        for n, box in enumerate(boxes):
            assert 14 <= box[0] <= box[2] <= width - 14
            assert 14 <= box[1] <= box[3] <= height - 14
            for other in boxes[n + 1 :]:
                across, down = common(box, other)
                assert across <= 2 or down <= 2.2, (box, other)  # slanted letters lean
        for code in codes_of(page):
            assert all(min(common(code, box)) <= 0 for box in boxes)
    document.close()


@pytest.mark.parametrize(("kind", "paper"), EVERY)
def test_forty_rows_of_the_longest_names_lose_nothing(kind, paper):
    pages = pages_of(KINDS[kind].make(MOST[kind], paper=paper))
    text = squeezed("".join(pages))
    assert text.count(squeezed(LONG.split()[-2])) >= 6
    if len(pages) > 1:
        for n, page in enumerate(pages, 1):
            assert f"Trang {n}/{len(pages)}" in page


def test_forty_papers_are_all_on_the_slip():
    forty = tuple((f"Giấy tờ số {n}:", n, 0, 41 - n) for n in range(1, 41))
    for kind in ("supplement", "handover", "receipt"):
        more = {"certified": ()} if kind == "receipt" else {}
        text = squeezed(read(kind, replace(USUAL[kind], papers=forty, **more)))
        assert [text.count(f"{n}Giấytờsố{n}:{n}0{41 - n}") for n in range(1, 41)] == [1] * 40


@pytest.mark.parametrize(("kind", "paper"), EVERY)
def test_equal_values_give_equal_bytes_and_a_usual_slip_is_one_small_page(kind, paper):
    first = KINDS[kind].make(USUAL[kind], paper=paper)
    KINDS[kind].make(LEAST[kind], paper=paper)
    assert KINDS[kind].make(replace(USUAL[kind]), paper=paper) == first
    if paper == "A5" or "A5" in KINDS[kind].papers:
        assert len(pages_of(first)) == 1
        assert len(first) <= 40 * 1024


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_says_its_form_and_version_and_no_name(kind):
    document = pypdfium2.PdfDocument(KINDS[kind].make(USUAL[kind]))
    about = document.get_metadata_dict()
    document.close()
    form = papers.load(kind)
    assert about["Subject"] == f"{form.data['number'] or kind}, v{form.data['version']}"
    assert about["Title"].startswith(form.data["words"]["title"]["vi"])
    for name in ("Nguyễn", "Lê Văn", "Trần"):
        assert not any(name in value for value in about.values())
    assert (about["Author"], about["CreationDate"]) == ("", "")


@pytest.mark.parametrize(("kind", "paper"), EVERY)
def test_the_reading_copy_is_english_and_says_what_it_is(kind, paper):
    text = read(kind, USUAL[kind], paper=paper, language="en")
    assert "English reading copy, the Vietnamese paper is the legal one" in text
    assert papers.load(kind).data["words"]["title"]["en"].upper() in text
    assert "Mẫu số" not in text


def test_days_carry_the_zeros_of_the_decree():
    apology = replace(
        USUAL["apology"],
        at=datetime(2027, 2, 3, 8, 0, tzinfo=words.VIETNAM),
        come_back=date(2027, 1, 29),
        new_come_back=date(2027, 3, 9),
    )
    text = read("apology", apology)
    assert "Mẫu, ngày 03 tháng 02 năm 2027" in text
    assert "ngày 29 tháng 01 năm 2027." in text
    assert "Thời gian hẹn trả kết quả mới: ngày 09 tháng 3 năm 2027." in text


def test_an_apology_before_the_appointment_does_not_say_that_it_has_passed():
    early = replace(USUAL["apology"], come_back=date(2026, 11, 20))
    assert "chưa thể trả kết quả" in read("apology", early)
    assert "đến nay" not in read("apology", early)


def test_a_slip_without_telephone_keeps_a_line_to_write_on():
    bare = replace(USUAL["supplement"], owner_phone=None, owner_email=None, owner_address=None)
    text = read("supplement", bare)
    assert "Số điện thoại: …………" in text
    assert "Địa chỉ: …………" in text
    assert "Email" not in text


def test_a_provisional_code_a_reprint_and_a_missing_code_are_told_apart():
    provisional = replace(USUAL["refusal"], code="TN-4F2A-261120-003", provisional=True, reprint=2)
    text = read("refusal", provisional)
    assert "Mã tạm: TN-4F2A-261120-003" in text
    assert "Bản in lại (lần 2)" in text
    assert "Mã hồ sơ:" not in read("refusal", LEAST["refusal"])


def test_twins_and_two_owners_have_a_line_each_where_there_are_lists():
    text = read("receipt-list", USUAL["receipt-list"])
    assert text.index("Nguyễn Ngọc Ánh") < text.index("Nguyễn Ngọc Ửng")
    assert "Kính gửi: Lê Văn Chủ và Trần Thị Ngọc Ẩn" in read("stop", USUAL["stop"])


def test_a_second_stage_is_printed_where_there_is_one():
    assert "giai đoạn 2" not in read("receipt", USUAL["receipt"])
    second = replace(USUAL["receipt"], second_received_at=AT, second_come_back=date(2026, 12, 1))
    assert "Thời gian trả kết quả (giai đoạn 2): ngày 01 tháng 12 năm 2026" in read("receipt", second)


def test_the_head_of_the_register_stands_on_every_page():
    pages = pages_of(papers.register(USUAL["register"]))
    assert len(pages) > 1
    for page in pages[:-1]:
        assert "Nhận và trả kết quả" in page
        assert "Ký nhận" in squeezed(page) or "Kýnhận" in squeezed(page)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: replace(USUAL["stop"], at=datetime(2026, 11, 20, 8, 5)),
        lambda: replace(USUAL["handover"], copies=-1),
        lambda: papers.ControlStep(giver="", receiver="", at=None, result="sometime"),
        lambda: replace(USUAL["register"], rows=(replace(USUAL["register"].rows[0], copies=-1),)),
    ],
)
def test_naive_moments_negative_counts_and_unknown_results_are_refused(wrong):
    with pytest.raises(ValueError, match=r"time zone|below zero|no such result"):
        wrong()


@pytest.mark.parametrize(("kind", "how"), [("register", {"paper": "A5"}), ("stop", {"language": "fr"})])
def test_a_paper_or_language_that_a_form_is_not_made_for_is_refused(kind, how):
    with pytest.raises(ValueError, match="no such"):
        KINDS[kind].make(USUAL[kind], **how)


# -- forms that a centre has edited -------------------------------------------------------------------------


def text_of(name: str) -> str:
    return words.resource("papers", f"{name}.toml").read_text(encoding="utf-8")


def test_an_edited_form_is_printed_in_place_of_the_packed_one():
    edited = (
        text_of("refusal")
        .replace("Xin thông báo cho Ông/Bà", "Kính báo Ông/Bà")
        .replace("version = 1", "version = 7")
    )
    content = papers.refusal(USUAL["refusal"], templates={"refusal": edited})
    assert "Kính báo Ông/Bà được biết" in " ".join(pages_of(content)[0].split())
    document = pypdfium2.PdfDocument(content)
    assert document.get_metadata_dict()["Subject"] == "03, v7"
    document.close()
    assert "Kính báo" not in read("refusal", USUAL["refusal"])


def test_the_legal_basis_is_changed_in_one_place():
    frame = text_of("frame").replace("Thông tư số 03/2025/TT-VPCP", "Thông tư số 09/2028/TT-VPCP")
    for kind in ("receipt", "supplement", "stop", "register"):
        assert "09/2028/TT-VPCP" in read(kind, USUAL[kind], templates={"frame": frame})
        assert text_of(kind).count("TT-VPCP") == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{request}", "{requests}", "refusal: block request.text: unknown field: requests"),
        ('line = "reason"\n', "", "refusal: missing lines: reason"),
        ('kind = "line"\nline = "owner"', 'kind = "picture"\nline = "owner"', "no such kind: picture"),
        ('size = "body"', 'size = "body"', None),
        ("version = 1", 'version = "one"', "refusal: version: must be a whole number"),
        ('line = "owner"', 'line = "owner"\ncolour = "red"', "refusal: block owner: unknown: colour"),
        ('line = "owner"', 'line = "owner"\nkeep = inf', "out of bounds"),
        ('line = "owner"', 'line = "owner"\nwhen = "rich"', "unknown field: rich"),
        ('line = "owner"', 'line = "owner"\nface = "wild"', "no such face: wild"),
        ('papers = ["A4", "A5"]', 'papers = ["A0"]', "no such sheet: A0"),
        ('number = "03"', "number = 3", "refusal: number: must be text"),
        ("[words]", "[words", "refusal: not TOML"),
        (', en = "Request: "', "", "must be in vi and en"),
        ('part = "heading"', 'part = "picture"', "no such part: picture"),
    ],
)
def test_what_is_wrong_with_an_edited_form_is_said_by_place(old, new, said):
    edited = text_of("refusal").replace(old, new, 1)
    if said is None:
        assert papers.load("refusal", {"refusal": edited}).name == "refusal"
        return
    assert edited != text_of("refusal")
    with pytest.raises(papers.BadTemplate) as caught:
        papers.load("refusal", {"refusal": edited})
    assert said in str(caught.value)


def test_an_edited_table_may_only_name_what_its_rows_hold():
    edited = text_of("register").replace('text = "{note}"', 'text = "{owner_id}"')
    with pytest.raises(papers.BadTemplate, match="unknown field: owner_id"):
        papers.load("register", {"register": edited})
    wide = text_of("register").replace("width = 33", "width = 233")
    with pytest.raises(papers.BadTemplate, match="on a sheet of 264 mm"):
        papers.load("register", {"register": wide})


def test_a_frame_without_a_sheet_is_refused():
    edited = text_of("frame").replace("[sheet.A5]", "[sheet.B5]")
    with pytest.raises(papers.BadTemplate, match=r"frame.sheet: A5 is missing"):
        papers.load("stop", {"frame": edited})


@pytest.mark.parametrize("name", ["letterhead", "../frame", "", "fields"])
def test_a_form_that_does_not_exist_is_refused(name):
    with pytest.raises(papers.BadTemplate):
        papers.load(name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_declares_the_values_that_it_is_given(kind):
    declared = set(papers.load(kind).data["fields"]) | set(papers.load(kind).frame["defaults"])
    given = {name for name in USUAL[kind].__dataclass_fields__ if name not in ("at", "number")}
    lists = {name for name in given if isinstance(getattr(USUAL[kind], name), tuple)}
    assert given - lists - declared <= {"at_centre", "received_at", "fee_collected"}


def test_every_kind_of_paper_is_tried_here():
    assert set(USUAL) == set(LEAST) == set(MOST) == set(ORDER) == set(KINDS)
