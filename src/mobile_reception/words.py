"""Languages and the formats that people read.

The language of the source is Vietnamese: a message without a translation is shown as it stands.
Every other language is one folder under ``resources/languages`` with a gettext catalogue.
"""

from __future__ import annotations

import errno
import gettext
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("vi", "en")
VIETNAM = timezone(timedelta(hours=7), "UTC+7")
"""Days are days in UTC+7, whatever the machine's own zone says."""

_chosen = "vi"
_here: ContextVar[str | None] = ContextVar("language", default=None)


def resource(*parts: str) -> Path:
    """A file or folder of ``resources/``: packed in the wheel, or beside ``src/`` in a checkout."""
    # By the place of this file: importlib.resources costs a twentieth of the time to the first window.
    here = Path(__file__)
    packed = here.with_name("resources")
    return (packed if packed.is_dir() else here.parents[2] / "resources").joinpath(*parts)


def use(language: str) -> None:
    """Choose the language of this process; raises ValueError for one that does not exist."""
    global _chosen  # noqa: PLW0603 - one language a process; a request or a paper names its own with `speaking`
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    _chosen = language


def language() -> str:
    """The language in force here: ``vi`` or ``en``."""
    return _here.get() or _chosen


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block, in this thread or task, texts are in ``language``."""
    token = _here.set(language)
    try:
        yield
    finally:
        _here.reset(token)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = resource("languages", language, "LC_MESSAGES", "mobile_reception.mo")
    if language == "vi" or not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as stream:
        return gettext.GNUTranslations(stream)


class _Value:
    """A value in a sentence. Other languages than Vietnamese have one word for one and another for many:
    a translation writes ``{count:file|files}``."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __format__(self, wanted: str) -> str:
        one, either, many = wanted.partition("|")
        if either:
            return one if str(self._value) == "1" else many
        return format(self._value, wanted)


def text(message: str, /, **values: object) -> str:
    """``message`` (Vietnamese) in the language in force, its ``{names}`` filled from ``values``."""
    said = _catalogue(language()).gettext(message)
    return said.format(**{name: _Value(value) for name, value in values.items()}) if values else said


def either(vietnamese: str, english: str) -> str:
    """Of data that has its words in both languages: those of the language in force, else the Vietnamese."""
    return english if english and language() != "vi" else vietnamese


def day(value: date) -> str:
    """``dd/MM/yyyy``."""
    return f"{value:%d/%m/%Y}"


def weekday(value: date) -> str:
    """``Thứ Tư`` … ``Chủ nhật``, or its English name."""
    names = (
        text("Thứ Hai"),
        text("Thứ Ba"),
        text("Thứ Tư"),
        text("Thứ Năm"),
        text("Thứ Sáu"),
        text("Thứ Bảy"),
        text("Chủ nhật"),
    )
    return names[value.weekday()]


def clock_time(value: datetime) -> str:
    """``HH:MM`` in UTC+7."""
    return f"{value.astimezone(VIETNAM):%H:%M}"


def moment(value: datetime) -> str:
    """``HH:MM dd/MM/yyyy`` in UTC+7."""
    local = value.astimezone(VIETNAM)
    return f"{local:%H:%M} {day(local)}"


def iso(value: datetime | str | None) -> str | None:
    """A moment as programs read it: ISO 8601 in UTC+7, whichever zone it was written in; None stays None.

    A text that is no moment is given back as it stands.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if value is None:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=VIETNAM)).astimezone(VIETNAM).isoformat()


def moment_of(written: str | None) -> str:
    """`moment` of a text that `iso` would read; empty for None."""
    return moment(datetime.fromisoformat(written)) if written else ""


def file_size(count: int) -> str:
    """Bytes as people say them: ``340 KB``, ``2,4 MB``; never less than one KB."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} KB"
    return f"{tenths(count / 1_000_000)} MB"


def tenths(value: float) -> str:
    """A number with one digit after the comma: ``2,4``; in English after the point."""
    said = f"{value:.1f}"
    return said.replace(".", ",") if language() == "vi" else said


def grouped(number: int) -> str:
    """A whole number in groups of three: ``1.000.000``; in English ``1,000,000``."""
    said = f"{number:,}"
    return said.replace(",", ".") if language() == "vi" else said


def money(amount: int) -> str:
    """Whole đồng: ``1.000.000 đ``."""
    return f"{grouped(amount)} đ"


def why(error: OSError | UnicodeDecodeError) -> str:
    """What the system says about a file, in the reader's language where people meet it."""
    if isinstance(error, UnicodeDecodeError):
        return text("không phải chữ UTF-8")
    known = {
        errno.ENOSPC: text("đĩa đầy"),
        errno.EDQUOT: text("đĩa đầy"),
        errno.EFBIG: text("tệp lớn quá giới hạn"),
        errno.EROFS: text("đĩa chỉ đọc"),
        errno.EACCES: text("không có quyền"),
        errno.EPERM: text("không có quyền"),
        errno.ENOENT: text("không có thư mục hoặc tệp này"),
        errno.EEXIST: text("đã có tệp cùng tên"),
        errno.ENOTDIR: text("một phần của đường dẫn là tệp, không phải thư mục"),
        errno.EISDIR: text("đây là một thư mục"),
        errno.ENAMETOOLONG: text("tên quá dài"),
        errno.EIO: text("đĩa hỏng hoặc đã rút ra"),
        errno.EADDRINUSE: text("cổng này đang có chương trình khác dùng"),
        errno.EADDRNOTAVAIL: text("máy này không có địa chỉ đó"),
    }
    return known.get(error.errno or 0) or error.strerror or str(error)
