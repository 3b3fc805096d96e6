"""One cell at a time: what a person meant by it, or why that cannot be known."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from mobile_reception.papers.sheets import columns
from mobile_reception.words import VIETNAM, text

Cell = str | int | float | bool | datetime | date | time | None

SMALLEST_AMOUNT = 500
"""No fee is smaller; 21.000 typed where the dot is a decimal sign arrives as 21."""

_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#####")
_POWER = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
_MONTH = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{1,2})\s*(?::|h|g|giờ)\s*([0-9]{1,2})?(?::[0-9]{2})?\s*(?:phút|p)?", re.IGNORECASE)
_AMOUNT = re.compile(r"([0-9]{1,3}(?:[.,\s][0-9]{3})+|[0-9]+)\s*(?:đ|đồng|d|dong|vnd|vnđ)?", re.IGNORECASE)


class Unclear(ValueError):
    """A cell that nobody can be sure about; the message is for a person."""


def said(cell: Cell) -> str:
    """A cell as text: whole numbers without a decimal sign, days as dd/MM/yyyy."""
    if isinstance(cell, datetime | date | time):
        return _clock(cell)
    if isinstance(cell, bool) or (isinstance(cell, float) and cell.is_integer()):
        return str(int(cell))
    if cell is None:
        return ""
    found = str(cell).strip()
    if found in _ERRORS:
        raise Unclear(text("ô này báo lỗi {error}", error=found))
    # An apostrophe keeps a spreadsheet from counting: ours in CSV, the typist's in Excel.
    return found[1:] if re.match(r"'[=+\-@0-9\t]", found) else found


def _clock(cell: datetime | date | time) -> str:
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    timed = isinstance(cell, datetime) and cell.time() != time(0)
    return f"{cell:%d/%m/%Y %H:%M}" if timed else f"{cell:%d/%m/%Y}"


def understood(kind: str, cell: Cell) -> Any:
    """What a non-empty cell of a column of this kind means; raises Unclear."""
    if kind.startswith("choice:"):
        written = said(cell)
        return columns.choice(kind.removeprefix("choice:"), written) or written
    return _READERS[kind](cell)


def digits(cell: Cell, *, lost: int, whole: int) -> str:
    """A number of a paper, ``whole`` digits long, that a spreadsheet may have taken ``lost`` zeros from."""
    if isinstance(cell, bool) or (isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= 1e15)):
        raise Unclear(text("bảng tính đã làm mất số: định dạng cột là Văn bản (Text) rồi nhập lại"))
    written = re.sub(r"(?<=[0-9])[ .\-](?=[0-9])", "", said(cell))
    if _POWER.fullmatch(said(cell)):
        raise Unclear(text("bảng tính đã rút gọn số: định dạng cột là Văn bản (Text) rồi nhập lại"))
    if re.fullmatch(f"[0-9]{{{whole - lost},{whole - 1}}}", written):
        return written.zfill(whole)
    return written if re.fullmatch("[0-9]+", written) else said(cell)


def _procedure(cell: Cell) -> str:
    """The code alone; 1.00193 is 1.001930 to a spreadsheet."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{cell:.6f}"
    written = said(cell)
    code = re.match(r"[0-9]\.[0-9]{6}(?:\.[0-9A-Z.]+)?(?![0-9])", written)
    return code.group() if code else written


def _phone(cell: Cell) -> str:
    if isinstance(cell, float) and not cell.is_integer():
        raise Unclear(text("bảng tính đã làm mất số: định dạng cột là Văn bản (Text) rồi nhập lại"))
    written = said(cell)
    if _POWER.fullmatch(written):
        raise Unclear(text("bảng tính đã rút gọn số: định dạng cột là Văn bản (Text) rồi nhập lại"))
    bare = re.sub(r"[ .\-]", "", written)
    return f"0{bare}" if re.fullmatch("[35789][0-9]{8}|2[0-9]{9}", bare) else written


def _count(cell: Cell) -> int:
    written = said(cell)
    if isinstance(cell, datetime | date | time) or not re.fullmatch("[0-9]{1,9}", written):
        raise Unclear(text("phải là số nguyên"))
    return int(written)


def _money(cell: Cell) -> int:
    if isinstance(cell, float) and not cell.is_integer():
        raise Unclear(text("phải là số tiền nguyên, tính bằng đồng"))
    match = _AMOUNT.fullmatch(said(cell))
    if match is None:
        raise Unclear(text("phải là số tiền nguyên, tính bằng đồng"))
    amount = int(re.sub(r"[.,\s]", "", match[1]))
    if 0 < amount < SMALLEST_AMOUNT or amount > 10**12:
        raise Unclear(
            text("số tiền {amount} đồng không hợp lý: bảng tính có thể đã hiểu sai dấu chấm", amount=amount)
        )
    return amount


def _day(cell: Cell) -> str:
    """An ISO day, or an ISO moment in Vietnamese time where the cell has a time too."""
    if isinstance(cell, datetime):
        if cell.time() == time(0):
            return cell.date().isoformat()
        return cell.replace(tzinfo=VIETNAM, microsecond=0).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    written = said(cell)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*", written):
        return written
    day_part, _, time_part = written.partition(" ")
    found = _iso(day_part)
    if found is None or isinstance(cell, int | float | time):
        raise Unclear(text("phải là ngày dạng ngày/tháng/năm, ví dụ 20/11/2026"))
    return f"{found}T{_time(time_part)}:00+07:00" if time_part.strip() else found


def _iso(written: str) -> str | None:
    day, iso = _DAY.fullmatch(written), _ISO_DAY.fullmatch(written)
    parts = (day[3], day[2], day[1]) if day else iso.groups() if iso else None
    if parts is None:
        return None
    try:
        return date(*(int(part) for part in parts)).isoformat()
    except ValueError:
        raise Unclear(text("ngày này không có trong lịch")) from None


def _birth(cell: Cell) -> str:
    if isinstance(cell, datetime | date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    written = said(cell)
    month = _MONTH.fullmatch(written)
    if month:
        return f"{month[2]}-{int(month[1]):02d}"
    if re.fullmatch("[0-9]{4}(?:-[0-9]{2})?", written):
        return written
    found = _iso(written)
    if found is None:
        raise Unclear(text("phải là ngày/tháng/năm, tháng/năm hoặc năm, ví dụ 02/05/1990 hoặc 1945"))
    return found


def _time(cell: Cell) -> str:
    if isinstance(cell, datetime | time):
        return f"{cell:%H:%M}"
    if isinstance(cell, float) and 0 <= cell < 1:
        minutes = round(cell * 24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    match = _TIME.fullmatch(said(cell).strip())
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        raise Unclear(text("phải là giờ:phút, ví dụ 08:15"))
    return f"{int(match[1]):02d}:{int(match[2] or 0):02d}"


def _flag(cell: Cell) -> bool:
    found = columns.choice("flag", said(cell))
    if found is None:
        raise Unclear(text("phải là Có hoặc Không"))
    return found == "yes"


def _names(cell: Cell) -> list[dict[str, str]]:
    """Papers named one after another in one cell."""
    return [{"name": name} for part in re.split(r"[;\n]", said(cell)) if (name := part.strip())]


_READERS: dict[str, Callable[[Cell], Any]] = {
    "text": said,
    "procedure": _procedure,
    "phone": _phone,
    "count": _count,
    "money": _money,
    "day": _day,
    "time": _time,
    "birth": _birth,
    "flag": _flag,
    "names": _names,
}
