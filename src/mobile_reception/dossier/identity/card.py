"""What a scan of an identity card's QR says, whatever the reader did to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from mobile_reception.dossier.identity.letters import Unacceptable, clean, fold, looks_keyed
from mobile_reception.dossier.identity.numbers import is_personal_number
from mobile_reception.words import text

LONGEST_SCAN = 2000
_BARS = str.maketrans(dict.fromkeys("\uff5c\u2223\u2502\u00a6\u01c0", "|"))
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}
_NO_NAME = re.compile(r"[^\w\s'’.\-]|[\d_]")


class Unreadable(ValueError):
    """A scanned code that is not an identity card's; the message says why and what to do."""


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
    of issue; more fields or empty ones (cards since 01/07/2024) are ignored. Repairs what readers do to them:
    full-width bars, an Enter or a Tab at the end, UTF-8 read as Latin-1 or Windows-1252, zeros lost at the
    front of a number. Letters that an input method has changed are not guessed: the message says what to do.
    """
    if len(scanned) > LONGEST_SCAN:
        raise Unreadable(text("Mã quét dài bất thường, không phải mã trên thẻ căn cước."))
    fields = _repaired(_one_scan(scanned)).translate(_BARS).split("|")
    if len(fields) < 6:
        raise Unreadable(_not_whole(fields))
    number, old, born, issued = (
        re.sub(r"\s", "", fields[place] if place < len(fields) else "").translate(_FULL_WIDTH)
        for place in (0, 1, 3, 6)
    )
    number = number.zfill(12) if re.fullmatch("[0-9]{10,11}", number) else number
    if not is_personal_number(number):
        raise Unreadable(text("Mã quét không bắt đầu bằng số định danh 12 chữ số."))
    old = old.zfill(9) if re.fullmatch("[0-9]{8}", old) else old
    if old and not re.fullmatch("[0-9]{9}|[0-9]{12}", old):
        raise Unreadable(text("Số CMND cũ trong mã quét không đúng."))
    if re.fullmatch("[0-9]{20}", issued):
        raise Unreadable(text("Mã bị quét hai lần liền nhau: xóa ô này rồi quét lại một lần."))
    try:
        name, address = clean(fields[2], limit=200), clean(fields[5], limit=300)
    except Unacceptable as reason:
        raise Unreadable(text("Mã quét bị hỏng: {reason}.", reason=reason)) from None
    said = {"nam": "male", "nu": "female"}.get(fold(fields[4]))
    if said is None or not name or _garbled(name, address):
        raise Unreadable(_keyboard())
    return Card(
        number, old or None, name, _card_day(born), said, address, _card_day(issued) if issued else None
    )


def _keyboard() -> str:
    return text("Thẻ đọc sai chữ vì bộ gõ đang bật: chuyển sang E rồi quét lại.")


def _garbled(name: str, address: str) -> bool:
    """Whether a card holds what none prints: digits or signs in the name, keys of Telex, broken letters.

    Where one Vietnamese letter came through, all did: then PHAR is a name, not PHẢ.
    """
    if _NO_NAME.search(name) or "\ufffd" in address:
        return True
    plain = name.isascii() and address.isascii()
    return plain and any(looks_keyed(word) for word in name.split())


def _not_whole(fields: list[str]) -> str:
    """Why there are too few fields: a card's number in front means that something changed the rest."""
    if len(fields) > 1 and is_personal_number(fields[0].strip()):
        return _keyboard()
    return text("Đây không phải mã QR trên thẻ căn cước: thiếu phần thông tin.")


def _one_scan(scanned: str) -> str:
    """The scan without what readers put around it; the same card scanned twice is one scan."""
    lines = [line for part in re.split("[\r\n]+", scanned) if (line := part.strip("\t \ufeff\0\x02\x03"))]
    if len(set(lines)) > 1:
        raise Unreadable(text("Mã quét có nhiều dòng: quét lại một thẻ."))
    return re.sub(r"^\][A-Za-z][0-9]", "", lines[0]) if lines else ""


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
