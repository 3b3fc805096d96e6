import random
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier import identity
from mobile_reception.dossier.identity import Card, Unacceptable, Unreadable, clean, fold, read_card, sort_key

SCAN = "087098001234|341234567|NGUYỄN VĂN A|01011998|Nam|Ấp 1, Thường Lạc, Hồng Ngự, Đồng Tháp|01012022"
CARD = Card(
    "087098001234",
    "341234567",
    "NGUYỄN VĂN A",
    "1998-01-01",
    "male",
    "Ấp 1, Thường Lạc, Hồng Ngự, Đồng Tháp",
    "2022-01-01",
)
ORDERED = ["An", "Anh", "Ánh", "Ăn", "Ân", "Ba", "Bà", "Bả", "Bã", "Bá", "Bạ", "Dao", "Dũng", "Đào", "Đạt"]
ORDERED += ["Em", "Êm", "Oanh", "Ông", "Ơn", "Uyên", "Ước"]


def test_text_is_kept_in_nfc_with_single_spaces() -> None:
    assert (
        clean(unicodedata.normalize("NFD", "  Nguyễn \u00a0 Thị\u3000Diệu "), limit=50) == "Nguyễn Thị Diệu"
    )


def test_invisible_marks_are_dropped_before_letters_are_composed() -> None:
    assert clean("Die\u200d\u0323\u0302u\ufeff\u200b", limit=50) == "Diệu"


@pytest.mark.parametrize(
    "typed", ["a\x00b", "a\nb", "a\tb", "a\x85b", "a\u2028b", "a\ud800b", "a\uffffb", "a\ue000b"]
)
def test_control_and_broken_characters_are_refused(typed: str) -> None:
    with pytest.raises(Unacceptable):
        clean(typed, limit=50)


def test_text_that_is_too_long_is_refused_with_the_limit() -> None:
    assert clean("ễ" * 200, limit=200) == "ễ" * 200
    for typed in ("a" * 201, "a" * 10_000):
        with pytest.raises(Unacceptable, match="200"):
            clean(typed, limit=200)


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    try:
        kept = clean(typed, limit=100)
    except Unacceptable:
        return
    assert clean(kept, limit=100) == kept
    assert unicodedata.is_normalized("NFC", kept)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("NGUYỄN Thị  Diệu", "nguyen thi dieu"),
        ("Đặng Đức", "dang duc"),
        (unicodedata.normalize("NFD", "Đặng"), "dang"),
        ("hoà / hòa", "hoa / hoa"),
        ("", ""),
    ],
)
def test_folding_leaves_letters_without_marks(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@settings(deadline=None)
@given(st.text())
def test_folding_twice_is_folding_once(typed: str) -> None:
    assert fold(fold(typed)) == fold(typed)


@settings(deadline=None)
@given(st.text(alphabet="aăâeêioôơuưyđAĂÂĐáàảãạễỡựặỆ n", max_size=40))
def test_vietnamese_text_folds_to_ascii(typed: str) -> None:
    assert fold(typed).isascii()
    assert fold(unicodedata.normalize("NFD", typed)) == fold(typed)


def test_search_words_are_folded_and_without_punctuation() -> None:
    assert identity.tokens("Trần-Thị Xạ, 1990") == ("tran", "thi", "xa", "1990")


def test_names_are_sorted_in_the_order_of_vietnamese_letters_then_tones() -> None:
    shuffled = list(ORDERED)
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=sort_key) == ORDERED


def test_people_are_sorted_by_given_name_then_family_name() -> None:
    people = ["Trần Thị Ánh", "Đặng Văn Anh", "Nguyễn Văn Anh", "Lê Thị Bé", "Nguyễn Bá Anh", "AN"]
    assert sorted(people, key=sort_key) == [
        "AN",
        "Đặng Văn Anh",
        "Nguyễn Bá Anh",
        "Nguyễn Văn Anh",
        "Trần Thị Ánh",
        "Lê Thị Bé",
    ]


@settings(deadline=None)
@given(st.text())
def test_every_text_has_a_sort_key(typed: str) -> None:
    assert isinstance(sort_key(typed), str)


@pytest.mark.parametrize(
    "number", ["08719000123", "0871900012345", "08719000123a", "０87190001234", "٠87190001234", ""]
)
def test_a_personal_number_is_twelve_ascii_digits(number: str) -> None:
    assert not identity.is_personal_number(number)


@pytest.mark.parametrize(
    ("born", "sex", "hints"),
    [
        ("1998-01-01", "male", 0),
        ("1998", None, 0),
        (None, None, 0),
        ("1997", "male", 1),
        ("1998", "female", 1),
        ("2098-01-01", "female", 2),
    ],
)
def test_a_number_that_does_not_fit_is_only_warned_of(born: str | None, sex: str | None, hints: int) -> None:
    assert len(identity.number_warnings("087098001234", "cccd", born, sex)) == hints


def test_numbers_of_this_century_name_their_sex_and_year() -> None:
    assert identity.number_warnings("087305001234", "cccd", "2005-02-01", "female") == ()
    assert identity.number_warnings("087205001234", "cccd", "2005-02-01", "male") == ()


def test_a_province_that_never_was_is_warned_of_and_a_birth_abroad_is_not() -> None:
    assert len(identity.PROVINCES) == 63
    assert "003" in identity.number_warnings("003098001234")[0]
    assert identity.number_warnings("101098001234") == ()


def test_old_and_foreign_papers_are_only_warned_of() -> None:
    assert identity.number_warnings("341234567", "cmnd")
    assert identity.number_warnings("B1234567", "passport") == ()
    assert identity.number_warnings("X", "passport")
    assert identity.number_warnings("anything", "other") == ()


@pytest.mark.parametrize("typed", ["1945", "1945-03", "1990-05-02", "2000-02-29"])
def test_partial_dates_of_birth_are_dates(typed: str) -> None:
    assert identity.check_birth_date(typed) == typed


@pytest.mark.parametrize(
    "typed",
    ["0000", "0", "1945-13", "1945-00", "1990-02-30", "1990-5-2", "02/05/1990", "1900-02-29", "١٩٤٥", "9999"],
)
def test_days_that_never_were_are_no_dates_of_birth(typed: str) -> None:
    with pytest.raises(Unacceptable):
        identity.check_birth_date(typed)


@pytest.mark.parametrize(
    "typed",
    ["0912345678", "+84912345678", "84912345678", "0912 345 678", "0912.345.678", "+84 (0)912-345-678"],
)
def test_a_mobile_number_is_ten_digits_however_it_is_typed(typed: str) -> None:
    assert identity.phone(typed) == "0912345678"
    assert identity.phone_warnings(typed) == ()


@pytest.mark.parametrize("typed", ["12345", "0212", "con gái: 09", "84"])
def test_another_number_stays_as_typed_with_a_hint(typed: str) -> None:
    assert identity.phone(typed) == typed
    assert identity.phone_warnings(typed)


def test_a_landline_of_the_province_is_a_number() -> None:
    assert identity.phone_warnings("02773851234") == ()


@pytest.mark.parametrize("name", ["Nguyeenx Van A", "Ddawng", "Trần Văn 2", "Lê Wan", "Hoof"])
def test_left_over_keys_of_the_input_method_are_pointed_out(name: str) -> None:
    assert identity.name_warnings(name)


@pytest.mark.parametrize("name", ["Nguyễn Thị Diệu", "Đặng Quốc Khánh", "Trần Hoàng Oanh"])
def test_a_vietnamese_name_is_left_in_peace(name: str) -> None:
    assert identity.name_warnings(name) == ()


def test_a_number_is_masked_but_for_its_ends() -> None:
    assert identity.mask("087190001234") == "087*****1234"
    assert identity.mask("1234567") == "*******"
    assert identity.mask(None) == ""


@pytest.mark.parametrize(
    "scanned",
    [
        SCAN,
        SCAN + "\r\n",
        SCAN + "\t",
        SCAN + "|||thêm",
        SCAN.replace("|", "｜"),
        SCAN.encode().decode("latin-1"),
        SCAN.removeprefix("0"),
        SCAN.replace("|01011998|", "|1011998|"),
        unicodedata.normalize("NFD", SCAN),
    ],
)
def test_a_card_is_read_through_what_readers_do_to_it(scanned: str) -> None:
    assert read_card(scanned) == CARD


def test_a_card_without_an_old_number_or_a_day_of_issue_is_read() -> None:
    card = read_card("087190001234||TRẦN THỊ Ệ|02051990|Nữ|Ấp 1")
    assert (card.old_number, card.issued, card.sex) == (None, None, "female")


@pytest.mark.parametrize(
    "scanned",
    [
        "",
        "https://example.vn/thẻ",
        "|" * 1500,
        "x" * 4096,
        "\x00\x01\x02",
        SCAN.replace("01011998", "31021998"),
        SCAN.replace("Nam", "Nam\x00"),
        SCAN.replace("087098001234", "CZE098001234"),
        SCAN.replace("341234567", "34"),
        "087098001234|341234567|NGUYỄN",
    ],
)
def test_what_is_no_card_is_said_in_words(scanned: str) -> None:
    with pytest.raises(Unreadable, match=r"\w"):
        read_card(scanned)


def test_a_scan_through_an_active_input_method_says_to_switch_it_off() -> None:
    with pytest.raises(Unreadable, match="bộ gõ"):
        read_card(SCAN.replace("Nam", "Nâm2"))


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), st.text(alphabet="0123456789|NamữÃ\r ", max_size=120)))
def test_any_scan_gives_a_card_or_a_reason(scanned: str) -> None:
    with suppress(Unreadable):
        assert isinstance(read_card(scanned), Card)


@settings(deadline=None)
@given(st.integers(0, len(SCAN) - 1), st.characters())
def test_a_damaged_card_gives_a_card_or_a_reason(place: int, letter: str) -> None:
    with suppress(Unreadable):
        assert isinstance(read_card(SCAN[:place] + letter + SCAN[place + 1 :]), Card)
