"""Numbers of people: identity papers, health insurance, birth notice, telephone, dates of birth, age."""

from __future__ import annotations

import re
from datetime import date

from mobile_reception.dossier.identity.letters import Unacceptable, fold
from mobile_reception.words import text

ID_KINDS = ("cccd", "cmnd", "passport", "other")
SEXES = ("male", "female")
FIRST_BIRTH_YEAR = 1800

_PERSONAL_NUMBER = re.compile(r"[0-9]{12}")
_MOBILE = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}")
_LANDLINE = re.compile(r"02[0-9]{8,9}")
_PHONE_NOISE = re.compile(r"[\s.\-()]+")
_BIRTH_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_HEALTH_CARD = re.compile(r"[A-Z]{2}[1-5][0-9]{12}")
_BIRTH_NOTICE = re.compile(r"[0-9A-Z]{5}\.GCS\.[0-9]{5}\.[0-9]{2}")
_NO_NUMBER = ("chua co", "chua cap", "khong co", "khong", "none", "n/a")

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


def no_number(typed: str) -> bool:
    """Whether the officer wrote that there is no number yet (a newborn child): ``chưa có``, ``không có``."""
    return fold(typed).strip(".") in _NO_NUMBER


def health_insurance(typed: str) -> str:
    """A health insurance number as it is kept, without spaces; raises Unacceptable for what is none.

    10 digits (the social insurance number), 12 (the personal number, since 2025) or the 15 characters of a
    printed card: two letters for the group, one digit for the level, two for the province, ten digits.
    """
    found = re.sub(r"[\s.\-]+", "", typed).upper()
    if re.fullmatch("[0-9]{10}|[0-9]{12}", found) or _HEALTH_CARD.fullmatch(found):
        return found
    raise Unacceptable(
        text("số thẻ BHYT gồm 10 số, 12 số, hoặc 15 ký tự in trên thẻ cũ (ví dụ TE1871234567890)")
    )


def birth_notice(typed: str) -> str:
    """The code of a birth notice (Circular 22/2025/TT-BYT) as it is kept; raises Unacceptable."""
    found = re.sub(r"\s+", "", typed).upper()
    if _BIRTH_NOTICE.fullmatch(found):
        return found
    raise Unacceptable(text("mã Giấy chứng sinh có dạng XXXXX.GCS.ZZZZZ.YY"))
