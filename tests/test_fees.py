import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.fees import (
    BadCount,
    Exemption,
    Fee,
    FeeRule,
    UnknownExemption,
    UnknownFee,
    fee,
    in_english,
    in_words,
    per_copy,
)
from mobile_reception.dossier.intake import Paper, Person, Reception

CERTIFIED = Catalogue.load().procedure("2.000815").versions[-1].fee
ADOPTION = Catalogue.load().procedure("2.001263").versions[-1].fee
PROVINCIAL = FeeRule("provincial", "le_phi", exemptions=(Exemption("poor", "người thuộc hộ nghèo"),))


def dossier(*pages: int, copies: int = 1, fee: int | None = None, exemption: str | None = None) -> Reception:
    papers = tuple(Paper(f"Giấy {number}", pages=count) for number, count in enumerate(pages, 1))
    return Reception("x", Person("An"), papers=papers, copies=copies, fee=fee, exemption=exemption)


def test_five_pages_in_three_copies_cost_21000() -> None:
    found = fee(CERTIFIED, dossier(5, copies=3))
    assert (found.amount, found.category) == (21_000, "phi")
    assert found.lines == ("Giấy 1: 5 trang × 3 bản = 21.000 đ",)


@pytest.mark.parametrize(
    ("pages", "amount"), [(1, 2_000), (2, 4_000), (3, 5_000), (198, 200_000), (199, 200_000), (5000, 200_000)]
)
def test_a_copy_is_paid_by_the_page_up_to_its_ceiling(pages: int, amount: int) -> None:
    assert per_copy(CERTIFIED, pages) == amount


def test_the_ceiling_holds_for_each_copy_and_is_said() -> None:
    found = fee(CERTIFIED, dossier(300, copies=3))
    assert found.amount == 600_000
    assert "200.000 đ" in found.lines[0]


def test_each_paper_is_paid_on_its_own() -> None:
    assert fee(CERTIFIED, dossier(1, 3, copies=2)).amount == 2 * (2_000 + 5_000)


def test_a_photocopy_to_be_certified_is_not_paid_a_second_time() -> None:
    papers = (Paper("Bằng", pages=2), Paper("Bản sao", originals=0, photocopies=1, pages=2))
    assert fee(CERTIFIED, Reception("x", Person("An"), papers=papers)).amount == 4_000


def test_no_paper_named_is_one_page_and_a_warning() -> None:
    found = fee(CERTIFIED, dossier(copies=2))
    assert found.amount == 4_000
    assert found.warnings


def test_extract_copies_are_paid_by_the_copy() -> None:
    rule = Catalogue.load().procedure("2.000635").versions[0].fee
    assert fee(rule, dossier(copies=3)) == Fee(24_000, "phi", ("3 bản × 8.000 đ",))


def test_a_fixed_fee_is_paid_once_however_many_copies() -> None:
    assert fee(ADOPTION, dossier(copies=9)).amount == 400_000


def test_free_is_nothing() -> None:
    assert fee(FeeRule("free"), dossier()).amount == 0


def test_a_provincial_fee_without_an_amount_must_be_given() -> None:
    with pytest.raises(UnknownFee):
        fee(PROVINCIAL, dossier())
    assert fee(PROVINCIAL, dossier(fee=15_000)).amount == 15_000


def test_an_exemption_is_free_even_where_the_amount_is_unknown() -> None:
    found = fee(PROVINCIAL, dossier(exemption="poor"))
    assert found.amount == 0
    assert "hộ nghèo" in found.lines[0]


@pytest.mark.parametrize("rule", [PROVINCIAL, FeeRule("free")])
def test_an_exemption_that_the_procedure_does_not_know_is_refused(rule: FeeRule) -> None:
    with pytest.raises(UnknownExemption):
        fee(rule, dossier(exemption="friend"))


def test_the_officers_amount_wins_with_a_warning_where_it_differs() -> None:
    assert fee(ADOPTION, dossier(fee=400_000)).warnings == ()
    found = fee(ADOPTION, dossier(fee=100_000))
    assert found.amount == 100_000
    assert "400.000 đ" in found.warnings[0]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (105, "một trăm lẻ năm"),
        (110, "một trăm mười"),
        (1_000, "một nghìn"),
        (1_005, "một nghìn không trăm lẻ năm"),
        (1_015, "một nghìn không trăm mười lăm"),
        (21_000, "hai mươi mốt nghìn"),
        (1_000_000, "một triệu"),
        (1_000_001, "một triệu không trăm lẻ một"),
        (10_800_000, "mười triệu tám trăm nghìn"),
        (1_000_000_005, "một tỷ không trăm lẻ năm"),
        (1_000_000_000_000, "một nghìn tỷ"),
        (-500, "âm năm trăm"),
    ],
)
def test_amounts_are_read_as_in_the_south(amount: int, words: str) -> None:
    assert in_words(amount) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "zero"),
        (21, "twenty-one"),
        (1_015, "one thousand fifteen"),
        (12_000, "twelve thousand"),
        (10_800_305, "ten million eight hundred thousand three hundred and five"),
        (10**9, "one billion"),
        (-500, "minus five hundred"),
    ],
)
def test_amounts_are_read_in_english_too(amount: int, words: str) -> None:
    assert in_english(amount) == words


_VALUES = {
    "không": 0,
    "một": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
}
_VALUES |= {"mốt": 1, "tư": 4, "lăm": 5}


def heard(words: str) -> int:
    """The number that somebody who hears ``words`` writes down."""
    total = group = digit = 0
    for word in words.split():
        if word == "trăm":
            group, digit = group + digit * 100, 0
        elif word == "mươi":
            group, digit = group + digit * 10, 0
        elif word == "mười":
            group += 10
        elif word in ("nghìn", "triệu"):
            total, group, digit = total + (group + digit) * (1_000 if word == "nghìn" else 1_000_000), 0, 0
        elif word == "tỷ":
            total, group, digit = (total + group + digit) * 10**9, 0, 0
        elif word != "lẻ":
            digit = _VALUES[word]
    return total + group + digit


@settings(deadline=None)
@given(st.integers(0, 10**15))
def test_words_are_heard_as_the_number_they_were_made_from(amount: int) -> None:
    words = in_words(amount)
    assert heard(words) == amount
    assert not re.search(r"\s\s|^\s|\s$", words)


BIRTH = Catalogue.load().procedure("1.001193").at(date(2026, 11, 20)).fee


def filed(
    channel: str = "counter", extra: str | None = None, given: int | None = None, exemption: str | None = None
) -> Reception:
    answers = {} if extra is None else {"extra_copies": extra}
    person = Person("An")
    return Reception("x", person, channel=channel, answers=answers, fee=given, exemption=exemption)


def test_extra_copies_of_an_extract_are_a_fee_inside_another_dossier() -> None:
    on_time = fee(BIRTH, filed(extra="2", exemption="on_time"))
    assert (on_time.amount, on_time.category, on_time.phi, on_time.le_phi) == (16_000, "phi", 16_000, 0)
    late = fee(replace(BIRTH, amount=10_000, confidence="unit"), filed(extra="2"))
    assert (late.amount, late.category, late.phi, late.le_phi) == (26_000, "le_phi", 16_000, 10_000)
    assert late.lines[1] == "2 bản sao trích lục × 8.000 đ = 16.000 đ"
    assert late.warnings == ()


def test_an_officers_amount_is_the_whole_of_it_with_the_extracts_part_apart() -> None:
    found = fee(BIRTH, filed(extra="2", given=31_000))
    assert (found.amount, found.phi, found.le_phi) == (31_000, 16_000, 15_000)
    short = fee(BIRTH, filed(extra="2", given=1_000))
    assert (short.phi, short.le_phi) == (1_000, 0)


def test_extra_copies_without_a_price_are_said_and_no_number_is_refused() -> None:
    assert "bản sao" in fee(ADOPTION, filed(extra="1")).warnings[0]
    assert fee(ADOPTION, filed(extra="0")) == fee(ADOPTION, filed())
    for typed in ("hai", "-1", "1000", "٣"):
        with pytest.raises(BadCount):
            fee(BIRTH, filed(extra=typed))


@pytest.mark.parametrize(
    ("code", "counter", "online"),
    [("1.004222", 20_000, 10_000), ("1.004194", 15_000, 7_000), ("1.002755", 15_000, 7_000)],
)
def test_a_charge_may_differ_for_what_is_filed_online(code: str, counter: int, online: int) -> None:
    rule = Catalogue.load().procedure(code).versions[0].fee
    assert fee(rule, filed()).amount == counter
    assert fee(rule, filed("online")).amount == online
    assert fee(rule, filed("post")).amount == counter


def test_a_province_may_set_nothing_for_online_filing() -> None:
    ours = Catalogue.load().with_settings({"fee": {"1.004873": {"counter": 15_000, "online": 0}}})
    rule = ours.procedure("1.004873").versions[0].fee
    assert fee(rule, filed()).amount == 15_000
    assert fee(rule, filed("online")) == Fee(0, "le_phi", ("0 đ một trường hợp",))


def test_an_amount_of_the_portal_is_not_taken_for_the_provinces() -> None:
    rule = Catalogue.load().procedure("1.001612").versions[0].fee
    found = fee(rule, filed())
    assert found.amount == 150_000
    assert "HĐND cấp tỉnh quyết định" in found.warnings[0]
    ours = Catalogue.load().with_settings({"fee": {"1.001612": 100_000}})
    assert fee(ours.procedure("1.001612").versions[0].fee, filed()).warnings == ()


def test_online_without_an_amount_of_its_own_is_said() -> None:
    assert "trực tuyến" in fee(ADOPTION, filed("online")).warnings[0]
    assert fee(CERTIFIED, dossier(5)).warnings == ()


@pytest.mark.parametrize(
    ("code", "amount", "category"),
    [
        ("2.000884", 10_000, "phi"),
        ("2.000913", 30_000, "phi"),
        ("2.000927", 25_000, "phi"),
        ("2.000992", 10_000, "phi"),
        ("2.001016", 50_000, "phi"),
        ("2.001019", 50_000, "phi"),
        ("2.001035", 50_000, "phi"),
        ("2.001406", 50_000, "phi"),
        ("2.000635", 8_000, "phi"),
        ("2.001263", 400_000, "le_phi"),
        ("1.013314", 0, "le_phi"),
        ("1.000894", 0, "le_phi"),
    ],
)
def test_the_amounts_of_the_circulars(code: str, amount: int, category: str) -> None:
    found = fee(Catalogue.load().procedure(code).at(date(2026, 11, 20)).fee, filed())
    assert (found.amount, found.category) == (amount, category)
