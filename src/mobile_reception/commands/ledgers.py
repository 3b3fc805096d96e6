"""Opening the centre that a command names, and its refusals as exit statuses with words."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from mobile_reception.commands import (
    CANNOT_WRITE,
    DAMAGED,
    NOT_ALLOWED,
    NOT_NOW,
    PARTLY,
    USAGE,
    Stop,
    clock,
    data_folder,
)
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.centre.ledger import Ledger


def url_of(args: argparse.Namespace) -> str:
    """The database that ``--database`` names, else the file in the data folder."""
    return args.database or f"sqlite:///{data_folder(args) / 'centre.db'}"


@contextmanager
def opened(args: argparse.Namespace, *, quota: int | None = None) -> Iterator[Ledger]:
    """The centre that the options name; its refusals become exit statuses."""
    from mobile_reception.centre.ledger import Ledger

    with told():
        ledger = Ledger(url_of(args), quota=quota, files=args.files)
        if ledger.files.folder is None:  # beside a server there is no place of its own
            ledger.files.folder = data_folder(args) / "centre-files"
        try:
            yield ledger
        finally:
            ledger.close()


@contextmanager
def told() -> Iterator[None]:
    """What the centre cannot or will not do, as an exit status and a sentence."""
    from mobile_reception.centre import database
    from mobile_reception.centre.values import Refused

    try:
        yield
    except Refused as error:
        status = NOT_ALLOWED if error.code == "not_named" else PARTLY
        raise Stop(status, _refused(error.code)) from error
    except database.NoAddress as error:
        raise Stop(
            USAGE, text("--database không phải sqlite:///TỆP hoặc postgresql://… dùng được: {url}", url=error)
        ) from error
    except database.Unsupported as error:
        raise Stop(USAGE, text("Bản này chưa dùng được cơ sở dữ liệu {kind}", kind=error)) from error
    except database.Missing as error:
        raise Stop(
            DAMAGED, text("Chưa có trung tâm tại {file}: lập bằng lệnh centre init", file=error)
        ) from error
    except database.AlreadyMade as error:
        raise Stop(CANNOT_WRITE, text("Đã có tệp {file}; không ghi đè", file=error)) from error
    except database.Full as error:
        raise Stop(
            CANNOT_WRITE, text("Không ghi được: đĩa đầy hoặc chỉ đọc ({reason})", reason=error)
        ) from error
    except database.Busy as error:
        raise Stop(NOT_NOW, text("Trung tâm đang bận, hãy thử lại")) from error
    except database.TooNew as error:
        raise Stop(DAMAGED, text("Tệp của phiên bản mới hơn: hãy cập nhật chương trình")) from error
    except database.LedgerFailure as error:
        raise Stop(
            DAMAGED, text("Cơ sở dữ liệu hỏng: lấy bản sao lưu gần nhất ({reason})", reason=error)
        ) from error


def _refused(code: str) -> str:
    known: dict[str, Callable[[], str]] = {
        "exists": lambda: text("Đã có rồi"),
        "unknown_unit": lambda: text("Không có đơn vị này"),
        "unknown_device": lambda: text("Không có máy này"),
        "ambiguous": lambda: text("Nhiều máy cùng tên: hãy dùng mã máy"),
        "not_restored": lambda: text("Không có lần khôi phục nào chờ xác nhận"),
        "unknown_officer": lambda: text("Không có công chức này"),
        "not_named": lambda: text(
            "Cần --officer: một công chức đang làm việc của đơn vị, không phải thanh tra"
        ),
        "unknown_place": lambda: text("Không có gì đang chờ ở chỗ này"),
        "ambiguous_place": lambda: text("Nhiều mục cùng bắt đầu như vậy: hãy ghi dài hơn"),
        "not_readable": lambda: text("Chương trình này chưa hiểu được; chỉ có thể xếp lại kèm ghi chú"),
        "no_place": lambda: text("Dữ liệu này không nối vào chuỗi nào; chỉ có thể xếp lại kèm ghi chú"),
        "note": lambda: text("Cần ghi chú một dòng, tối đa 1.000 ký tự"),
        "unknown_dossier": lambda: text("Không có hồ sơ này"),
        "ambiguous_code": lambda: text("Hai hồ sơ cùng mã: hãy dùng mã định danh (id) của hồ sơ"),
        "not_packed": lambda: text("Kết quả này không có trong danh mục"),
        "in_person": lambda: text("Kết quả này phải trao trực tiếp, không gửi bưu chính"),
        "no_address": lambda: text("Kết quả này chưa có địa chỉ gửi bưu chính."),
        "unknown_rule": lambda: text("Không có kế hoạch lặp lại này"),
        "unknown_session": lambda: text("Không có phiên này trong kế hoạch"),
        "opened": lambda: text("Phiên này đã mở: không đổi kế hoạch được nữa"),
        "no_conflict": lambda: text("Trường này không có mâu thuẫn"),
        "value": lambda: text("Giá trị không cùng loại với các giá trị đang có"),
        "catalogue": lambda: text("Tệp này không phải danh mục thủ tục"),
        "no_key": lambda: text("Tệp này không phải khóa khôi phục"),
        "other_key": lambda: text("Khóa này không mở được mã của máy đó"),
        "no_recovery": lambda: text("Máy này không gửi mã khôi phục cho trung tâm"),
        "unknown_writer": lambda: text("Trung tâm này không có máy đã lập gói"),
        "other_centre": lambda: text("Bản sao này không phải của trung tâm này"),
        "same_database": lambda: text(
            "Đó chính là cơ sở dữ liệu của trung tâm, không phải bản sao khôi phục ở nơi khác"
        ),
        "same_files": lambda: text(
            "Thư mục bản quét của bản sao chính là thư mục của trung tâm: cần --files-from"
        ),
        "origin_taken": lambda: text("Gói nhận nhật ký của máy khác là của mình: không nhận gì từ gói này"),
    }
    return known[code]() if code in known else code


def unit_of(args: argparse.Namespace, ledger: Ledger) -> str:
    """The unit named by ``--unit``, else the centre's first. Raises Refused for one that is not there."""
    from mobile_reception.centre.values import Refused

    codes = [unit.code for unit in ledger.register.units()]
    if args.unit and args.unit not in codes:
        raise Refused("unknown_unit")
    return args.unit or codes[0]


def now_of(args: argparse.Namespace, ledger: Ledger) -> datetime:
    """The time by the command's clock."""
    return clock(args, practice=ledger.identity.practice)()
