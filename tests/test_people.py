import random
import re
import unicodedata
from contextlib import suppress
from datetime import date

import pytest

from mobile_reception.dossier import identity
from mobile_reception.dossier.identity import (
    Card,
    Unacceptable,
    Unreadable,
    compare_key,
    legacy_encoding,
    read_card,
)

CARD = Card(
    "001190000017",
    "012345678",
    "ĐẶNG THỊ THUÝ HOÀ",
    "1990-05-02",
    "female",
    "Khóm Trung, Phường Thường Lạc, Đồng Tháp",
    "2025-03-01",
)
SCAN = (
    "001190000017|012345678|ĐẶNG THỊ THUÝ HOÀ|02051990|Nữ|Khóm Trung, Phường Thường Lạc, Đồng Tháp|01032025"
)

PEOPLE = [
    "Nguyễn Văn Dũng",
    "Trần Thị Bích Ngọc",
    "Lê Hoàng Phước Thịnh",
    "Đặng Thị Thuỷ Tiên",
    "Huỳnh Ngọc Diễm Kiều",
    "Võ Thị Ánh Tuyết",
    "Phạm Quốc Bảo",
    "Đỗ Thị Mỹ Lệ",
    "Trương Đình Tưởng",
    "Bùi Thế Vỹ",
    "Ngô Thị Ưởng",
    "Dương Khải Hưng, ấp Thượng 1, xã Long Phú Thuận",
]

# The code tables as the fonts have them, written out apart from the program's own.
TCVN3_LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
TCVN3_BYTES = bytes.fromhex(
    "b5b6b7b8b9 a8bbbcbdbec6 a9c7c8c9cacb ae cccecfd0d1 aad2d3d4d5d6 d7d8dcddde"
    "dfe1e2e3e4 abe5e6e7e8e9 aceaebecedee eff1f2f3f4 adf5f6f7f8f9 fafbfcfdfe"
)
TCVN3 = dict(zip(TCVN3_LETTERS, TCVN3_BYTES.decode("latin-1"), strict=True))
TCVN3 |= dict(zip("ĂÂÊÔƠƯĐ", bytes(range(0xA1, 0xA8)).decode("latin-1"), strict=True))
VNI_ACCENTED = {"â": "aâ", "ă": "aê", "ê": "eâ", "ô": "oâ", "ơ": "ô", "ư": "ö", "đ": "ñ"}
VNI_TONES = {"\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
VNI_BOTH = {"â": "àáåãä", "ê": "àáåãä", "ô": "àáåãä", "ă": "èéúüë"}
VNI_I = {"ì": "ì", "í": "í", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}


def in_tcvn3(text: str) -> str:
    """As a .VnTime document keeps it; capitals with a tone are kept small there."""
    return "".join(TCVN3.get(letter, TCVN3.get(letter.lower(), letter)) for letter in text)


def in_vni(text: str) -> str:
    return "".join(_vni(letter) for letter in text)


def _vni(letter: str) -> str:
    small = letter.lower()
    parts = unicodedata.normalize("NFD", small)
    tone = next((one for one in parts if one in VNI_TONES), "")
    base = unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else small
    if small in VNI_I:
        found = VNI_I[small]
    elif tone and base in VNI_BOTH:
        found = VNI_ACCENTED[base][0] + VNI_BOTH[base]["\u0300\u0301\u0309\u0303\u0323".index(tone)]
    else:
        found = VNI_ACCENTED.get(base, base) + (VNI_TONES[tone] if tone else "")
    return found.upper() if letter != small else found


@pytest.mark.parametrize("person", PEOPLE)
def test_text_of_the_old_encodings_is_recognised_by_name(person: str) -> None:
    assert legacy_encoding(in_tcvn3(person)) == "TCVN3"
    assert legacy_encoding(in_vni(person)) == "VNI"
    assert legacy_encoding(in_vni(person.upper())) == "VNI"


def test_well_known_samples_of_the_old_encodings() -> None:
    assert legacy_encoding("Céng hßa x· héi chñ nghÜa ViÖt Nam") == "TCVN3"
    assert legacy_encoding("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam") == "VNI"
    assert in_tcvn3("Cộng hòa xã hội chủ nghĩa Việt Nam") == "Céng hßa x· héi chñ nghÜa ViÖt Nam"
    assert in_vni("Cộng hòa xã hội chủ nghĩa Việt Nam") == "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam"


@pytest.mark.parametrize(
    "text",
    [
        *PEOPLE,
        *(person.upper() for person in PEOPLE),
        *(unicodedata.normalize("NFD", person) for person in PEOPLE),
        "",
        "Nguyen Van A",
        "José Müller",
        "Zoë François",
        "H'Wen Niê Kđăm",
        "Y Blơ Mlô",
        "diện tích 3 × 4 m², ½ thửa · «khu A» © 2026",
        "Quyết định số 12/QĐ-UBND; Giấy chứng nhận quyền sử dụng đất",
        "Thạch Sà Rết, Đắk Lắk, Kon Plông",
        "张伟",
        "Нгуен",
        "Phường Thường Lạc, tỉnh Đồng Tháp (trước đây: xã Thường Lạc, huyện Hồng Ngự)",
    ],
)
def test_unicode_is_never_taken_for_an_old_encoding(text: str) -> None:
    assert legacy_encoding(text) is None


def test_no_name_or_paper_of_the_catalogue_is_taken_for_an_old_encoding() -> None:
    from mobile_reception.dossier.catalogue import Catalogue
    from mobile_reception.dossier.numbering import units

    said = [unit.name for unit in units().values()]
    for procedure in Catalogue.load():
        said += [procedure.name, procedure.short_name, procedure.note]
        said += [paper.name for version in procedure.versions for paper in version.papers]
    assert [one for one in said if legacy_encoding(one)] == []
    recognised = [one for one in said if legacy_encoding(in_tcvn3(one)) == "TCVN3"]
    assert len(recognised) > 0.95 * sum(not one.isascii() for one in said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("Thuý", "Thúy"),
        ("Quí", "Quý"),
        ("Mĩ", "Mỹ"),
        ("Lí Thuỵ", "Lý Thụy"),
        ("NGUYỄN HOÀ", "Nguyễn  Hòa"),
        (unicodedata.normalize("NFD", "Thuỷ"), "Thủy"),
    ],
)
def test_two_legal_spellings_are_one_name(one: str, other: str) -> None:
    assert compare_key(one) == compare_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Lan", "Lân"), ("Thúy", "Thúi"), ("Hòa", "Hóa"), ("Mai", "May"), ("Dung", "Đung")]
)
def test_other_names_stay_others(one: str, other: str) -> None:
    assert compare_key(one) != compare_key(other)


def test_search_and_order_do_not_see_where_a_tone_stands() -> None:
    assert identity.fold("hoà") == identity.fold("hòa")
    assert identity.sort_key("Lê Hoà") == identity.sort_key("Lê Hòa")
    assert identity.sort_key("Lê Hoa") < identity.sort_key("Lê Hoà") < identity.sort_key("Lê Hoá")


@pytest.mark.parametrize(
    "scanned",
    [
        SCAN,
        f"{SCAN}|",
        f"{SCAN}||||",
        f"{SCAN}|ĐẶNG VĂN B|TRẦN THỊ C|extra",
        f"{SCAN}\n",
        f"\x02{SCAN}\x03\r",
        f"]Q1{SCAN}\t",
        f"{SCAN}\r\n{SCAN}\r\n",
        SCAN.replace("|", "\uff5c"),
        SCAN.replace("|", "¦"),
        SCAN.removeprefix("00"),
        SCAN.replace("|012345678|", "|12345678|"),
        SCAN.replace("|02051990|", "|2051990|"),
        SCAN.replace("|01032025", "|1032025"),
        SCAN.replace("001190000017", "００１１９００００017"),
        SCAN.encode().decode("latin-1"),
        unicodedata.normalize("NFD", SCAN),
        SCAN.replace(", ", ",  "),
    ],
)
def test_a_card_is_read_in_every_variant(scanned: str) -> None:
    assert read_card(scanned) == CARD


def cp1252(scanned: str) -> str:
    """UTF-8 as Windows shows it: the five bytes without a sign there stay what they are."""
    return "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
        for byte in scanned.encode()
    )


def test_a_card_read_as_windows_text_is_repaired() -> None:
    assert read_card(cp1252(SCAN)) == CARD
    assert read_card(cp1252(SCAN.replace("|", "\uff5c"))) == CARD


def test_a_card_of_2024_without_an_old_number_or_a_day_of_issue_is_read() -> None:
    card = read_card("087326001234||PHẠM THỊ BÉ|18112026|Nữ|Ấp 1, Thường Lạc, Đồng Tháp||||")
    assert (card.old_number, card.issued, card.birth_date) == (None, None, "2026-11-18")


@pytest.mark.parametrize(
    "scanned",
    [
        "001190000017|012345678|DDAWNGJ THIJ HOAF|02051990|Nuwx|Khoms|01032025",
        "001190000017|012345678|NGUYEEXN VAWN AN|02051990|Nam|Aaps 1|01032025",
        "001190000017|012345678|NGUY?N V?N A|02051990|Nam|?p 1|01032025",
        "001190000017|012345678|NGUYEN6 VAN8 A|02051990|Nam|Ap 1|01032025",
        "001190000017|012345678|NGUY\ufffdN|02051990|Nam|x|01032025",
        "001190000017|012345678|NGUYỄN A|02051990|Nuwx|x|01032025",
        "001190000017|012345678ĐẶNG THỊ HOÀ02051990",
    ],
)
def test_an_input_method_in_the_way_is_recognised_and_said(scanned: str) -> None:
    with pytest.raises(Unreadable, match="bộ gõ đang bật: chuyển sang E rồi quét lại"):
        read_card(scanned)


@pytest.mark.parametrize(
    "name", ["H'WEN NIÊ", "Y JÚT ÊBAN", "K’BRÔI", "THẠCH SÀ RẾT", "NGUYEN VAN A", "CHAU PHAR"]
)
def test_names_of_every_people_are_read(name: str) -> None:
    assert read_card(SCAN.replace("ĐẶNG THỊ THUÝ HOÀ", name)).full_name == name


def test_two_cards_in_one_scan_are_refused() -> None:
    for twice in (SCAN + SCAN, f"{SCAN}\r\n{SCAN.replace('HOÀ', 'LAN')}"):
        with pytest.raises(Unreadable, match="quét"):
            read_card(twice)


def mangled(chance: random.Random) -> str:
    """A payload as readers, cables and pranks make it."""
    fields = SCAN.split("|")
    kind = chance.randrange(10)
    if kind == 0:
        return "".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(200)))
    if kind == 1:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(1, 4096))).decode("latin-1")
    if kind == 2:
        return "|" * chance.randrange(3000)
    if kind == 3:
        return "https://example.vn/" + "a|" * chance.randrange(40)
    if kind == 4:
        return "|".join(fields[: chance.randrange(9)])
    if kind == 5:
        chance.shuffle(fields)
        return "|".join(fields)
    if kind == 6:
        place = chance.randrange(len(fields))
        fields[place] = chance.choice(
            ["", "0" * 400, "\ud800", "\x00", "٠٨٧٠٩٨٠٠١٢٣٤", "🙂", "99999999", "00000000"]
        )
        return "|".join(fields)
    if kind == 7:
        return SCAN.encode()[: chance.randrange(200)].decode("cp1258", "replace")
    text = list(SCAN)
    for _ in range(chance.randrange(1, 8)):
        text[chance.randrange(len(text))] = chance.choice("|\r\n\t 0Ãwj\ufffd\u0301｜")
    return "".join(text)


def test_a_thousand_payloads_give_a_card_or_a_reason_and_nothing_else() -> None:
    read = 0
    for seed in range(1000):
        scanned = mangled(random.Random(seed))
        card = None
        with suppress(Unreadable):
            card = read_card(scanned)
        if card is None:
            continue
        read += 1
        assert re.fullmatch("[0-9]{12}", card.personal_id)
        assert card.sex in identity.SEXES
        assert date.fromisoformat(card.birth_date)
        assert unicodedata.is_normalized("NFC", card.full_name + card.address)
    assert 0 < read < 500


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8712345678", "8712345678"),
        ("087 190 001 234", "087190001234"),
        ("te1 87 1234567890", "TE1871234567890"),
        ("DN4-87-1234567890", "DN4871234567890"),
    ],
)
def test_health_insurance_numbers_have_ten_twelve_or_fifteen_characters(typed: str, kept: str) -> None:
    assert identity.health_insurance(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "123", "12345678901", "TE9871234567890", "T11871234567890", "٨٧١٢٣٤٥٦٧٨"]
)
def test_other_health_insurance_numbers_are_refused(typed: str) -> None:
    with pytest.raises(Unacceptable, match="BHYT"):
        identity.health_insurance(typed)


def test_a_birth_notice_has_its_code() -> None:
    assert identity.birth_notice(" 87001.gcs.00012.26 ") == "87001.GCS.00012.26"
    for typed in ("", "87001.GCS.12.26", "GCS", "87001-GCS-00012-26"):
        with pytest.raises(Unacceptable):
            identity.birth_notice(typed)


@pytest.mark.parametrize("typed", ["chưa có", "Chưa có.", "CHƯA CẤP", "không có", "chua co"])
def test_an_officer_may_write_that_there_is_no_number_yet(typed: str) -> None:
    assert identity.no_number(typed)
