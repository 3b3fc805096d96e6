"""Who a citizen is: typed text, names, numbers, dates of birth, telephones and what a card's QR says.

Nothing here refuses a citizen for an unusual number: the personal number has no check digit, so a mismatch of
province, century or year is a warning for the officer's eye.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from mobile_reception.words import text

ID_KINDS = ("cccd", "cmnd", "passport", "other")
SEXES = ("male", "female")
FIRST_BIRTH_YEAR = 1800

_MARKS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_PERSONAL_NUMBER = re.compile(r"[0-9]{12}")
_MOBILE = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}")
_LANDLINE = re.compile(r"02[0-9]{8,9}")
_PHONE_NOISE = re.compile(r"[\s.\-()]+")
_BIRTH_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_RESIDUE = re.compile(r"[wjzf0-9]|dd|aa|ee|oo", re.IGNORECASE)

_PROVINCES = (
    "001 Hà Nội|002 Hà Giang|004 Cao Bằng|006 Bắc Kạn|008 Tuyên Quang|010 Lào Cai|011 Điện Biên|"
    "012 Lai Châu|014 Sơn La|015 Yên Bái|017 Hòa Bình|019 Thái Nguyên|020 Lạng Sơn|022 Quảng Ninh|"
    "024 Bắc Giang|025 Phú Thọ|026 Vĩnh Phúc|027 Bắc Ninh|030 Hải Dương|031 Hải Phòng|033 Hưng Yên|"
    "034 Thái Bình|035 Hà Nam|036 Nam Định|037 Ninh Bình|038 Thanh Hóa|040 Nghệ An|042 Hà Tĩnh|"
    "044 Quảng Bình|045 Quảng Trị|046 Thừa Thiên Huế|048 Đà Nẵng|049 Quảng Nam|051 Quảng Ngãi|"
    "052 Bình Định|054 Phú Yên|056 Khánh Hòa|058 Ninh Thuận|060 Bình Thuận|062 Kon Tum|064 Gia Lai|"
    "066 Đắk Lắk|067 Đắk Nông|068 Lâm Đồng|070 Bình Phước|072 Tây Ninh|074 Bình Dương|075 Đồng Nai|"
    "077 Bà Rịa - Vũng Tàu|079 TP. Hồ Chí Minh|080 Long An|082 Tiền Giang|083 Bến Tre|084 Trà Vinh|"
    "086 Vĩnh Long|087 Đồng Tháp|089 An Giang|091 Kiên Giang|092 Cần Thơ|093 Hậu Giang|094 Sóc Trăng|"
    "095 Bạc Liêu|096 Cà Mau"
)
PROVINCES = {row[:3]: row[4:] for row in _PROVINCES.split("|")}
"""First three digits of a personal number: where the birth was registered (63 provinces until 30/06/2025)."""


class Unacceptable(ValueError):
    """Typed text that cannot be taken; the message is for a person."""


class Unreadable(ValueError):
    """A scanned code that is not an identity card's; the message says why and what to do."""


def clean(typed: str, *, limit: int) -> str:
    """``typed`` as it is kept: NFC, without invisible characters, single spaces, at most ``limit`` long.

    Raises Unacceptable for control characters, halves of characters, characters without a meaning in
    Unicode and for text that is too long. Cleaning twice gives the same text.
    """
    if len(typed) > limit * 4:
        raise Unacceptable(text("dài quá {limit} ký tự", limit=limit))
    if not typed.isprintable():
        typed = "".join(letter for letter in typed if _meant(letter))
    kept = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(kept) > limit:
        raise Unacceptable(text("dài quá {limit} ký tự", limit=limit))
    return kept


def _meant(letter: str) -> bool:
    """False for an invisible mark to drop; raises for what no keyboard types."""
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Zl", "Zp"):
        raise Unacceptable(text("có ký tự điều khiển U+{number}", number=f"{ord(letter):04X}"))
    # Unassigned characters may get another normal form in a later Unicode: laptop and centre would disagree.
    if kind in ("Cs", "Co", "Cn"):
        raise Unacceptable(text("có ký tự hỏng U+{number}", number=f"{ord(letter):04X}"))
    return kind != "Cf"


def fold(typed: str) -> str:
    """``typed`` for searching: no marks, đ as d, lower case, single spaces. ``fold(fold(x)) == fold(x)``."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", typed))
    if not plain.isascii():
        plain = plain.replace("đ", "d").replace("Đ", "d")
        if not plain.isascii():
            plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")
    return " ".join(plain.lower().split())


def tokens(typed: str) -> tuple[str, ...]:
    """The folded words and numbers of ``typed``: what a search matches, in any order, by their beginnings."""
    return tuple(_WORD.findall(fold(typed)))


_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANKS = {letter: chr(ord("A") + rank) for rank, letter in enumerate(_LETTERS)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
"""Tone order of Vietnamese dictionaries: level, huyền, hỏi, ngã, sắc, nặng."""


@lru_cache(maxsize=4096)
def _word_key(word: str) -> str:
    letters: list[str] = []
    tones: list[str] = []
    for letter in unicodedata.normalize("NFC", word.lower()):
        parts = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in parts if mark in _TONES), "")
        base = unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else letter
        letters.append(_RANKS.get(base, base))
        tones.append(_TONES.get(tone, "0"))
    return f"{''.join(letters)} {''.join(tones)}"


def sort_key(full_name: str) -> str:
    """A key that puts people in the office's order when compared by code point (SQLite's BINARY too).

    Given name (the last word) first, then family name, then the words between; letters a ă â b c d đ …, and
    tones only between words of equal letters.
    """
    words = full_name.split()
    return " ".join(_word_key(word) for word in (words[-1:] + words[:-1]))


def given_name(full_name: str) -> str:
    """The last word: what a person is called by."""
    return full_name.rsplit(maxsplit=1)[-1] if full_name.strip() else ""


def mask(number: str | None) -> str:
    """A number for lists: ``087*****1234``; what is too short to hide in part is hidden whole."""
    if not number:
        return ""
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}" if len(number) > 7 else "*" * len(number)


def is_personal_number(number: str) -> bool:
    """Twelve ASCII digits: all that can be checked, as there is no check digit."""
    return _PERSONAL_NUMBER.fullmatch(number) is not None


def number_warnings(
    number: str | None, id_kind: str = "cccd", birth_date: str | None = None, sex: str | None = None
) -> tuple[str, ...]:
    """What looks odd about an identity number; never a reason to refuse (marks of Law 26/2023/QH15)."""
    if not number:
        return ()
    if id_kind == "cmnd":
        nine = re.fullmatch("[0-9]{9}", number)
        odd = () if nine else (text("Số CMND thường có 9 chữ số."),)
        return (text("CMND đã hết giá trị sử dụng từ ngày 31/12/2024."), *odd)
    if id_kind == "passport":
        usual = re.fullmatch("[A-Z][0-9]{7,8}", number)
        return () if usual else (text("Số hộ chiếu Việt Nam thường gồm 1 chữ cái và 7 hoặc 8 chữ số."),)
    if id_kind != "cccd" or not is_personal_number(number):
        return ()
    return tuple(_odd_parts(number, birth_date, sex))


def _odd_parts(number: str, birth_date: str | None, sex: str | None) -> list[str]:
    found: list[str] = []
    if number[:3] not in PROVINCES and int(number[:3]) < 100:
        found.append(
            text("Ba số đầu {digits} của số định danh không thuộc tỉnh, thành phố nào.", digits=number[:3])
        )
    century = int(number[3])
    if sex in SEXES and (century % 2 == 0) != (sex == "male"):
        found.append(text("Số định danh không khớp với giới tính."))
    year = 1900 + century // 2 * 100 + int(number[4:6])
    if birth_date and birth_date[:4].isascii() and birth_date[:4].isdigit() and int(birth_date[:4]) != year:
        found.append(text("Số định danh ghi năm sinh {year}, khác với ngày sinh đã nhập.", year=year))
    return found


def check_birth_date(typed: str) -> str:
    """``typed`` if it is a year, a year and month, or a day (ISO 8601) that exists; else Unacceptable."""
    match = _BIRTH_DATE.fullmatch(typed)
    if match is None:
        raise Unacceptable(text("phải là năm, năm-tháng hoặc năm-tháng-ngày, ví dụ 1945 hoặc 1990-05-02"))
    year, month, day = (int(part) if part else 1 for part in match.groups())
    if not FIRST_BIRTH_YEAR <= year <= 2199:
        raise Unacceptable(text("năm phải từ {first} đến 2199", first=FIRST_BIRTH_YEAR))
    try:
        date(year, month, day)
    except ValueError:
        raise Unacceptable(text("ngày này không có trong lịch")) from None
    return typed


def birth_words(birth_date: str | None) -> str:
    """A full or partial date of birth as forms print it: ``02/05/1990``, ``03/1945``, ``1945``."""
    return "/".join(reversed(birth_date.split("-"))) if birth_date else ""


def phone(typed: str) -> str:
    """``typed`` as ten or eleven digits from 0 if it is a number of Viet Nam, else as it was typed."""
    digits = _PHONE_NOISE.sub("", typed)
    if digits.startswith("+84"):
        digits = "0" + digits[3:].removeprefix("0")
    elif digits.startswith("84") and len(digits) >= 11:
        digits = "0" + digits[2:].removeprefix("0")
    return digits if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) else typed


def phone_warnings(number: str | None) -> tuple[str, ...]:
    """A hint when the number is neither a mobile nor a landline of Viet Nam."""
    if not number or _MOBILE.fullmatch(phone(number)) or _LANDLINE.fullmatch(phone(number)):
        return ()
    return (text("Số điện thoại {number} không giống số của Việt Nam.", number=number),)


def name_warnings(full_name: str) -> tuple[str, ...]:
    """A hint when a name seems to hold keys of Telex typing that were not turned into letters."""
    found = _RESIDUE.search(full_name)
    if found is None:
        return ()
    return (text("Họ tên có “{letters}”: kiểm tra lại bộ gõ tiếng Việt.", letters=found.group()),)


@dataclass(frozen=True, slots=True)
class Card:
    """What the QR of an identity card says; dates are ISO 8601, ``sex`` is ``male`` or ``female``."""

    personal_id: str
    old_number: str | None
    full_name: str
    birth_date: str
    sex: str
    address: str
    issued: str | None


def read_card(scanned: str) -> Card:
    """The card behind a scan; raises Unreadable, and nothing else, for what is no card.

    Fields by position, as on cards since 2021: number, old number, name, ddMMyyyy, sex, address, ddMMyyyy
    of issue; more fields (cards since 01/07/2024) are ignored. Repairs what readers do to them: full-width
    bars, an Enter or a Tab at the end, UTF-8 read as Latin-1, zeros lost at the front of a number.
    """
    if len(scanned) > 2000:
        raise Unreadable(text("Mã quét dài bất thường, không phải mã trên thẻ căn cước."))
    fields = _repaired(scanned.strip("\r\n\t \ufeff\0").replace("\uff5c", "|")).split("|")
    if len(fields) < 6:
        raise Unreadable(text("Đây không phải mã QR trên thẻ căn cước: thiếu phần thông tin."))
    try:
        number, old, name, born, sex, address = (clean(part, limit=300) for part in fields[:6])
        issued = clean(fields[6], limit=300) if len(fields) > 6 else ""
    except Unacceptable as reason:
        raise Unreadable(text("Mã quét bị hỏng: {reason}.", reason=reason)) from None
    number = number.zfill(12) if re.fullmatch("[0-9]{10,11}", number) else number
    if not is_personal_number(number):
        raise Unreadable(text("Mã quét không bắt đầu bằng số định danh 12 chữ số."))
    old = old.zfill(9) if re.fullmatch("[0-9]{8}", old) else old
    if old and not re.fullmatch("[0-9]{9}", old):
        raise Unreadable(text("Số CMND cũ trong mã quét không đúng."))
    said = {"nam": "male", "nu": "female"}.get(fold(sex))
    if said is None or not name:
        raise Unreadable(
            text("Mã quét bị bộ gõ tiếng Việt làm sai chữ: chuyển bộ gõ sang tiếng Anh (E) rồi quét lại.")
        )
    return Card(
        number, old or None, name, _card_day(born), said, address, _card_day(issued) if issued else None
    )


def _repaired(scanned: str) -> str:
    """UTF-8 that was read as Latin-1 or Windows-1252, read again; anything else unchanged."""
    if scanned.isascii():
        return scanned
    try:
        octets = b"".join(letter.encode("latin-1" if ord(letter) < 256 else "cp1252") for letter in scanned)
        return octets.decode("utf-8")
    except UnicodeError:
        return scanned


def _card_day(digits: str) -> str:
    """ddMMyyyy, perhaps without its first zero, in ISO 8601."""
    digits = digits.zfill(8) if re.fullmatch("[0-9]{7}", digits) else digits
    if not re.fullmatch("[0-9]{8}", digits):
        raise Unreadable(text("Ngày trong mã quét không đúng."))
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2])).isoformat()
    except ValueError:
        raise Unreadable(text("Ngày trong mã quét không có trong lịch.")) from None
