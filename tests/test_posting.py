"""What is posted: boards and sheets from the catalogue, and their QR codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
import zxingcpp

from mobile_reception import papers, words
from mobile_reception.dossier.catalogue import Catalogue, Unknown
from mobile_reception.dossier.days import Limit
from mobile_reception.papers.posting import fee_words, limit_words, qr_text
from paper_examples import POSTED

CATALOGUE = Catalogue.load()
BARE = [one.code for one in CATALOGUE if not one.portal]


def pages_of(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range().replace("\x02", "-") for page in document]
    finally:
        document.close()


def squeezed(text: str) -> str:
    return "".join(text.split())


def scanned(content: bytes, dots: int = 150) -> list[str]:
    """What a reader finds on all pages."""
    document = pypdfium2.PdfDocument(content)
    found = []
    for page in document:
        bitmap = page.render(scale=dots / 72, grayscale=True)
        picture = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
        found += [one.text for one in zxingcpp.read_barcodes(picture)]
    document.close()
    return found


def test_every_procedure_has_a_code():
    with_qr, total = papers.coverage(CATALOGUE)
    assert with_qr == total == len(CATALOGUE)


def test_the_board_shows_every_procedure_under_its_field_and_says_how_many():
    text = squeezed(" ".join(pages_of(papers.board(CATALOGUE, POSTED))))
    at = 0
    for procedure in CATALOGUE:
        at = text.find(f"({procedure.code})", at)
        assert at >= 0, procedure.code
    for field in CATALOGUE.fields:
        assert squeezed(field.name) in text
    total = len(CATALOGUE)
    assert squeezed(f"{total} thủ tục, {total} thủ tục có mã QR") in text


def test_the_board_prints_names_as_the_decision_does_and_what_the_catalogue_says():
    text = squeezed(" ".join(pages_of(papers.board(CATALOGUE, POSTED))))
    for code in ("2.000815", "1.004859", "1.000894"):
        procedure = CATALOGUE.procedure(code)
        version = procedure.at(POSTED.printed_on)
        for part in (procedure.decision, limit_words(version.limit), fee_words(version.fee)):
            assert squeezed(part) in text
        assert squeezed(procedure.name)[:60] in text


def test_every_code_of_the_board_is_read_by_a_reader():
    found = scanned(papers.board(CATALOGUE, POSTED))
    assert sorted(found) == sorted(qr_text(one, POSTED.printed_on) for one in CATALOGUE)


def test_a_procedure_without_a_page_has_a_code_with_name_papers_and_fee():
    assert BARE
    for code in BARE:
        procedure = CATALOGUE.procedure(code)
        said = qr_text(procedure, POSTED.printed_on)
        assert procedure.short_name in said
        assert "Phí, lệ phí: " in said
        for paper in procedure.at(POSTED.printed_on).papers:
            assert paper.name in said
        assert "http" not in said


def test_a_procedure_with_too_many_papers_for_a_code_still_has_one():
    rows = CATALOGUE.to_json()
    row = next(dict(one) for one in rows["procedures"] if one["code"] == BARE[0])
    version = {**row["versions"][0], "papers": [{"name": "Giấy " * 50, "action": "submit"}] * 20}
    rows = {**rows, "procedures": [{**row, "versions": [version]}]}
    much = Catalogue.from_json(rows)
    assert papers.coverage(much) == (1, 1)
    assert BARE[0] in qr_text(much.procedure(BARE[0]), POSTED.printed_on)


def test_the_board_of_fees_keeps_phi_and_le_phi_apart():
    text = squeezed(" ".join(pages_of(papers.fees_board(CATALOGUE, POSTED))))
    assert squeezed("2.000 đồng/trang; từ trang thứ 3: 1.000 đồng/trang; tối đa 200.000 đồng/bản") in text
    assert squeezed("theo nghị quyết của Hội đồng nhân dân tỉnh") in text
    assert squeezed("Thông tư 226/2016/TT-BTC") in text
    assert squeezed("người thuộc hộ nghèo") in text
    assert "TênthủtụcPhíLệphíMiễnCăncứ" in text


def test_an_amount_that_the_unit_sets_is_on_the_boards():
    own = CATALOGUE.with_settings({"fee": {"1.004859": 15_000}})
    assert squeezed("15.000 đồng/trường hợp") in squeezed(" ".join(pages_of(papers.fees_board(own, POSTED))))


@pytest.mark.parametrize("code", [one.code for one in CATALOGUE])
def test_every_procedure_has_a_sheet_with_all_its_papers(code):
    procedure = CATALOGUE.procedure(code)
    version = procedure.at(POSTED.printed_on)
    text = squeezed(" ".join(pages_of(papers.procedure_sheet(CATALOGUE, code, POSTED))))
    wanted = [procedure.name, code, CATALOGUE.heading(procedure.field), limit_words(version.limit)]
    wanted += [paper.name for paper in version.papers] + [one.name for one in version.variants]
    wanted += [one.ground for one in version.fee.exemptions] + [version.fee.basis, procedure.decision]
    for part in wanted:
        assert squeezed(part)[:40] in text, part


@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("code", ["2.000815", "3.000722"])
def test_the_code_of_a_sheet_is_read_by_a_reader(code, paper):
    content = papers.procedure_sheet(CATALOGUE, code, POSTED, paper=paper)
    assert scanned(content, 200) == [qr_text(CATALOGUE.procedure(code), POSTED.printed_on)]


def test_a_sheet_has_the_rules_of_its_day():
    now = papers.procedure_sheet(CATALOGUE, "1.004859", POSTED)
    later = papers.procedure_sheet(CATALOGUE, "1.004859", replace(POSTED, printed_on=date(2027, 3, 1)))
    assert "ngày 01 tháng 3 năm 2027" in " ".join(" ".join(pages_of(later)).split())
    assert now != later


def test_english_boards_are_reading_copies_with_vietnamese_names_where_there_is_no_other():
    for content in (
        papers.board(CATALOGUE, POSTED, language="en"),
        papers.fees_board(CATALOGUE, POSTED, language="en"),
        papers.procedure_sheet(CATALOGUE, "2.000815", POSTED, language="en"),
    ):
        text = " ".join(" ".join(pages_of(content)).split())
        assert "English reading copy" in text
        assert "Certification of copies from originals" in text


def test_an_english_sheet_says_in_english_what_the_catalogue_says_in_english():
    procedure = CATALOGUE.procedure("1.001776")
    version = procedure.at(POSTED.printed_on)
    sheet = " ".join(
        " ".join(pages_of(papers.procedure_sheet(CATALOGUE, "1.001776", POSTED, language="en"))).split()
    )
    assert version.result_en in sheet
    assert version.papers[0].name_en in sheet
    assert version.papers[0].name not in sheet
    exempt = next(one for each in CATALOGUE for one in each.at(POSTED.printed_on).fee.exemptions)
    board = " ".join(" ".join(pages_of(papers.fees_board(CATALOGUE, POSTED, language="en"))).split())
    assert exempt.ground_en in board


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (Limit(0, "same_day"), "trong ngày làm việc"),
        (Limit(3, "working_day"), "03 ngày làm việc"),
        (Limit(15, "calendar_day"), "15 ngày"),
        (Limit(None, "multi_step"), "theo từng bước"),
        (Limit(None, "unknown"), "theo giấy hẹn"),
    ],
)
def test_a_limit_is_said_in_words_and_never_guessed(limit, said):
    with words.speaking("vi"):
        assert limit_words(limit) == said


def test_equal_catalogues_give_equal_bytes():
    again = Catalogue.from_json(CATALOGUE.to_json())
    assert papers.board(again, POSTED) == papers.board(CATALOGUE, POSTED)


def test_a_procedure_that_is_not_in_the_catalogue_has_no_sheet():
    with pytest.raises(Unknown):
        papers.procedure_sheet(CATALOGUE, "9.999999", POSTED)
