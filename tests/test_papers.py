"""Fonts, layout and QR codes of the papers, read back from the PDF that they make."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

import fontpkg_be_vietnam_pro
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_reception.papers import fonts, forms
from mobile_reception.papers.layout import MM, Across, Code, Column, Flow, Sheet, Words
from mobile_reception.papers.lines import Run, balanced, wrap
from mobile_reception.papers.phrase import printed

SMALL = Sheet(100 * MM, 60 * MM, 5 * MM, 5 * MM, 5 * MM, 5 * MM)


def pages_of(content: bytes) -> list[str]:
    """The text of each page; pdfium writes a hyphen at the end of a line as U+0002."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range().replace("\x02", "-") for page in document]
    finally:
        document.close()


def squeezed(text: str) -> str:
    return "".join(text.split())


def words_of(text: str, face: fonts.Face | None = None, **more: object) -> Words:
    return Words((Run(text, face or fonts.family().regular),), 10, 13, **more)  # type: ignore[arg-type]


def flow() -> Flow:
    return Flow(SMALL, title="Thử", language="vi")


def test_there_are_134_letters_and_all_are_composed():
    assert len(set(fonts.VIETNAMESE)) == 134
    assert unicodedata.is_normalized("NFC", fonts.VIETNAMESE)


@pytest.mark.parametrize("style", ["regular", "bold", "italic"])
def test_every_letter_of_vietnamese_is_printed_and_read_back(style):
    face = getattr(fonts.family(), style)
    assert face.lacks(fonts.VIETNAMESE) == ""
    paper = flow()
    paper.words(words_of(fonts.VIETNAMESE, face))
    assert squeezed(pages_of(paper.pdf(footer=None))[0]) == fonts.VIETNAMESE


def test_a_face_from_another_file_prints_every_letter_too():
    face = fonts.Face("regular", fontpkg_be_vietnam_pro.ROOT / "files" / "BeVietnamPro-Regular.ttf")
    paper = flow()
    paper.words(words_of(fonts.VIETNAMESE, face))
    assert squeezed(pages_of(paper.pdf(footer=None))[0]) == fonts.VIETNAMESE


@pytest.mark.parametrize("style", ["regular", "bold", "italic"])
def test_every_letter_of_vietnamese_leaves_its_own_ink(style):
    face = getattr(fonts.family(), style)
    drawn = set()
    stamp = Sheet(8 * MM, 8 * MM, MM, MM, MM, MM)
    for letter in fonts.VIETNAMESE:
        paper = Flow(stamp, title="Thử", language="vi")
        paper.words(words_of(letter, face))
        document = pypdfium2.PdfDocument(paper.pdf(footer=None))
        picture = bytes(document[0].render(scale=4, grayscale=True).buffer)
        document.close()
        assert min(picture) < 100
        drawn.add(picture)
    assert len(drawn) == len(fonts.VIETNAMESE)


def test_letters_of_other_languages_are_printed_where_the_font_has_them():
    paper = flow()
    paper.words(words_of("Müller Čapek Łódź Привет Đặng"))
    assert squeezed(pages_of(paper.pdf(footer=None))[0]) == "MüllerČapekŁódźПриветĐặng"


def test_a_character_that_no_font_has_stops_nothing():
    paper = flow()
    paper.words(words_of("Ự 🙂 ខ្មែរ Đ"))
    text = squeezed(pages_of(paper.pdf(footer=None))[0])
    assert text.startswith("Ự")
    assert text.endswith("Đ")


@given(
    text=st.text(alphabet=fonts.VIETNAMESE + "abc <&>(),-/", max_size=120),
    width=st.floats(min_value=12, max_value=300),
)
def test_wrapping_loses_no_letter_and_stays_within_the_width(text, width):
    face = fonts.family().regular
    for lines in (wrap([Run(text, face)], 10, width), balanced([Run(text, face)], 10, width)):
        assert squeezed("".join(piece for line in lines for _, piece, _ in line.pieces)) == squeezed(text)
        for line in lines:
            for start, piece, _ in line.pieces:
                assert start + face.width(piece, 10) <= width + 1e-6 or len(piece) == 1


def test_runs_of_two_faces_share_a_line():
    regular, bold = fonts.family().regular, fonts.family().bold
    (line,) = wrap([Run("Ngày hẹn: ", regular), Run("thứ Tư", bold)], 10, 300)
    assert [(piece, face) for _, piece, face in line.pieces] == [("Ngày hẹn:", regular), (" thứ Tư", bold)]


def test_text_goes_on_to_the_next_page_and_pages_are_numbered():
    paper = flow()
    text = " ".join(f"dòng{n}" for n in range(200))
    paper.words(words_of(text))
    pages = pages_of(paper.pdf(footer=words_of("Trang {page}/{pages}")))
    assert len(pages) > 1
    read = ""
    for number, page in enumerate(pages, 1):
        assert page.rstrip().endswith(f"Trang {number}/{len(pages)}")
        read += page.replace(f"Trang {number}/{len(pages)}", "")
    assert squeezed(read) == squeezed(text)


def table(paper: Flow, rows: list[tuple[str, str]]) -> bytes:
    columns = [Column("TT", 8 * MM, "centre"), Column("Tên", 0, group="Giấy tờ")]
    paper.table(columns, rows, words_of(""), fonts.family().bold)
    return paper.pdf(footer=None)


def test_a_table_repeats_its_head_on_every_page_and_keeps_each_row():
    pages = pages_of(table(flow(), [(str(n), f"giấy số {n};") for n in range(1, 31)]))
    assert len(pages) > 2
    for page in pages:
        assert squeezed(page).startswith("TTGiấytờTên") or squeezed(page).startswith("GiấytờTTTên")
    whole = squeezed(" ".join(pages))
    assert [whole.count(f"{n}giấysố{n};") for n in range(1, 31)] == [1] * 30


def test_a_row_higher_than_a_page_is_continued_on_the_next():
    long_name = " ".join(f"chữ{n}" for n in range(300))
    pages = pages_of(table(flow(), [("1", "ngắn"), ("2", long_name)]))
    assert len(pages) > 2
    whole = squeezed("".join(page.split("Tên", 1)[1] for page in pages))
    assert squeezed(long_name) in whole.replace("TT", "").replace("Giấytờ", "")


def test_a_heading_across_a_table_stays_with_the_row_below():
    paper = flow()
    columns = [Column("TT", 8 * MM, "centre"), Column("Tên", 0, face=fonts.family().bold)]
    rows = [("1", "một"), Across("LĨNH VỰC"), ("2", "\n".join(["hai"] * 7))]
    paper.table(columns, rows, words_of(""), fonts.family().bold)
    first, second = pages_of(paper.pdf(footer=None))
    assert "LĨNH VỰC" not in first
    assert squeezed(second) == "TTTênLĨNHVỰC2" + "hai" * 7


def test_a_row_with_a_code_is_as_high_as_the_code_and_whole():
    paper = flow()
    columns = [Column("Tên", 0), Column("Mã", 40 * MM)]
    paper.table(
        columns, [(f"hàng {n}", Code(f"A-{n}", 20 * MM)) for n in range(3)], words_of(""), fonts.family().bold
    )
    assert paper.pages == 3
    with pytest.raises(ValueError, match="no room"):
        paper.table(columns, [("cao", Code("A", 60 * MM))], words_of(""), fonts.family().bold)


def test_the_first_line_of_a_paragraph_may_stand_in():
    lines = wrap([Run("chữ " * 40, fonts.family().regular)], 10, 200, 30)
    assert [line.pieces[0][0] for line in lines] == [30] + [0] * (len(lines) - 1)
    assert all(line.width <= 200 for line in lines)


def test_columns_stay_together_and_are_refused_when_no_page_holds_them():
    paper = flow()
    for _ in range(9):
        paper.words(words_of("một dòng"))
    pages = paper.pages
    paper.columns([(1, [words_of("Người nộp", above=10), words_of("A", above=30)]), (1, [])], above=0)
    assert paper.pages == pages + 1
    with pytest.raises(ValueError, match="higher than a page"):
        paper.columns([(1, [words_of("cao", above=60 * MM)])], above=0)


def test_text_that_must_fit_stays_on_one_line():
    paper = flow()
    paper.columns([(1, [words_of("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", fit=True)]), (3, [])], above=0)
    assert len(pages_of(paper.pdf(footer=None))[0].split("\n")) == 1


@pytest.mark.parametrize("content", ["A-1", "https://mc.example.vn/r/" + "x" * 60, "đặng" * 100])
def test_a_qr_code_is_at_least_20_mm_and_its_squares_can_be_printed(content):
    paper = flow()
    tall = SMALL._replace(height=200 * MM, width=120 * MM)
    paper = Flow(tall, title="Thử", language="vi")
    paper.columns([(1, [Code(content, 20 * MM)])], above=0)
    document = pypdfium2.PdfDocument(paper.pdf(footer=None))
    rows = [one.get_bounds() for one in document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])]
    document.close()
    left, bottom = min(row[0] for row in rows), min(row[1] for row in rows)
    right, top = max(row[2] for row in rows), max(row[3] for row in rows)
    assert right - left >= 20 * MM - 0.1
    assert right - left == pytest.approx(top - bottom, rel=0.01)


def test_a_text_too_long_for_a_code_is_refused():
    with pytest.raises(ValueError, match="QR"):
        flow().columns([(1, [Code("x" * 3000, 20 * MM)])], above=0)


def test_dates_carry_the_zeros_of_the_decree():
    assert forms.long_day(date(2027, 1, 5), "vi") == "ngày 05 tháng 01 năm 2027"
    assert forms.long_day(date(2026, 3, 12), "vi") == "ngày 12 tháng 3 năm 2026"
    assert forms.long_day(date(2026, 12, 9), "vi") == "ngày 09 tháng 12 năm 2026"
    assert forms.long_day(date(2027, 1, 5), "en") == "5 January 2027"


def test_moments_are_told_in_vietnams_time():
    evening = datetime(2026, 2, 28, 18, 5, tzinfo=UTC)
    assert forms.long_moment(evening, "vi") == "01 giờ 05 phút, ngày 01 tháng 3 năm 2026"


def test_numbers_are_grouped_with_dots():
    assert [forms.number(n, "vi") for n in (0, 999, 12000, 1000000)] == ["0", "999", "12.000", "1.000.000"]
    assert forms.number(1000000, "en") == "1,000,000"


def test_printed_text_is_composed_and_on_one_line():
    assert printed(unicodedata.normalize("NFD", "Đặng Ự\nẤp 1\t")) == "Đặng Ự Ấp 1"
    assert printed(None) == ""
