"""Failures in three tones: fix this, wait, our fault; each a sentence that says what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal

from mobile_reception.store import errors
from mobile_reception.words import text, why

Tone = Literal["fix", "wait", "fault"]


class Failure(Exception):
    """The desk could not do it, nothing is half done; ``str()`` is a sentence for the officer."""

    tone: ClassVar[Tone] = "fix"


class NoFolder(Failure):
    """No laptop was made in this folder."""


class AlreadyMade(Failure):
    """A laptop was made in this folder before."""


class Denied(Failure):
    """Wrong passphrase or code, or a role that may not."""


class Wait(Denied):
    """Too many wrong passphrases: ``seconds`` have to go by before the next is looked at."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        minutes = max(1, math.ceil(seconds / 60))
        super().__init__(text("Sai mật khẩu quá nhiều lần. Thử lại sau {minutes} phút.", minutes=minutes))


class Damaged(Failure):
    """The store is damaged or cannot be opened."""

    tone: ClassVar[Tone] = "fault"


class TooNew(Failure):
    """The file belongs to a newer program."""

    tone: ClassVar[Tone] = "fault"


class CannotWrite(Failure):
    """Disk full or read-only."""


class Busy(Failure):
    """Another program holds the file."""

    tone: ClassVar[Tone] = "wait"


class NoSession(Failure):
    """No hamlet session is open here."""


class NotFound(Failure):
    """No such dossier or session on this laptop."""


class Unacceptable(Failure):
    """What was given cannot be taken (a name, a code, a passphrase too short)."""


class NotNow(Failure):
    """The centre cannot be reached, or is busy; what is queued stays queued."""

    tone: ClassVar[Tone] = "wait"


@contextmanager
def spoken() -> Iterator[None]:
    """Within the block, what the store raises becomes a Failure with its sentence."""
    try:
        yield
    except errors.StoreFailure as error:
        raise _said(error) from error


def unwritten(error: Exception) -> str:
    """Why a medium took nothing: in the system's words where it has said any."""
    cause = error.__cause__
    if isinstance(cause, FileNotFoundError):
        return text("không có thư mục này, hoặc USB đã rút ra")
    return why(cause) if isinstance(cause, OSError) else text("USB đầy, bị khóa ghi hoặc đã rút ra")


def _said(error: errors.StoreFailure) -> Failure:
    for kind, (failure, sentence) in _SENTENCES.items():
        if isinstance(error, kind):
            return failure(text(sentence))
    return Damaged(text(_DAMAGED))


def _(sentence: str) -> str:
    """Marks a sentence for the catalogue of translations; it is translated when it is said."""
    return sentence


_DAMAGED = _(
    "Dữ liệu bị hỏng hoặc thiếu tệp. Đừng xóa gì; "
    "khôi phục («restore») từ bản sao trong «backups» hoặc trên USB."
)
_SENTENCES: dict[type[errors.StoreFailure], tuple[type[Failure], str]] = {
    errors.NoFolder: (NoFolder, _("Thư mục này chưa có dữ liệu. Hãy tạo bằng «init» hoặc «enrol».")),
    errors.AlreadyMade: (AlreadyMade, _("Thư mục này đã có dữ liệu; không có gì bị thay đổi.")),
    errors.NoBackup: (
        Unacceptable,
        _("Tệp này không phải bản sao lưu, hoặc đã bị cắt hay bị sửa. Không có gì được khôi phục từ đó."),
    ),
    errors.Denied: (Denied, _("Tên đăng nhập hoặc mật khẩu không đúng.")),
    errors.TooNew: (
        TooNew,
        _("Dữ liệu do phiên bản mới hơn của chương trình ghi. Hãy cập nhật chương trình."),
    ),
    errors.CannotWrite: (
        CannotWrite,
        _("Không ghi được: đĩa đầy hoặc chỉ đọc. Chưa có gì được ghi; giải phóng đĩa rồi làm lại."),
    ),
    errors.Busy: (Busy, _("Dữ liệu đang được chương trình khác dùng. Hãy thử lại sau giây lát.")),
}
