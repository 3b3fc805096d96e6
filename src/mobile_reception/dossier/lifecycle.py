"""The life cycle of a dossier: the ten national statuses and the steps between them, as a table.

No official matrix of steps is published. This one follows the logic of Decree 118/2025/NĐ-CP and of a
provincial system in service; a centre that knows better changes a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mobile_reception.words import text

NEW: Final = 1
RECEIVED: Final = 2
REFUSED: Final = 3
IN_PROCESS: Final = 4
SUPPLEMENT: Final = 5
PAYMENT: Final = 6
WITHDRAWAL: Final = 7
STOPPED: Final = 8
READY: Final = 9
DELIVERED: Final = 10

BACK: Final = 0
"""As a step's end: the status that the dossier had before it waited."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: the fact that takes it, the statuses it may be taken from, the one it leads to."""

    kind: str
    since: frozenset[int]
    to: int


def _step(kind: str, since: tuple[int, ...], to: int) -> tuple[str, Step]:
    return kind, Step(kind, frozenset(since), to)


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    dict(
        (
            _step("dossier.refused", (NEW, RECEIVED), REFUSED),
            _step("dossier.handed_over", (RECEIVED, IN_PROCESS), IN_PROCESS),
            _step("supplement.requested", (NEW, RECEIVED, IN_PROCESS), SUPPLEMENT),
            _step("supplement.received", (SUPPLEMENT,), BACK),
            _step("payment.requested", (RECEIVED, IN_PROCESS), PAYMENT),
            _step("payment.settled", (PAYMENT,), BACK),
            _step("dossier.withdrawn", (NEW, RECEIVED, IN_PROCESS, SUPPLEMENT, PAYMENT), WITHDRAWAL),
            _step("withdrawal.cancelled", (WITHDRAWAL,), BACK),
            _step("dossier.stopped", (RECEIVED, IN_PROCESS, SUPPLEMENT, PAYMENT, WITHDRAWAL), STOPPED),
            _step("result.ready", (RECEIVED, IN_PROCESS, PAYMENT), READY),
            _step("result.packed", (RECEIVED, IN_PROCESS, PAYMENT, READY), READY),
            _step("result.unpacked", (READY,), READY),
            # Of a laptop that has not heard yet that its own dossier's result was packed.
            _step("result.taken", (RECEIVED, IN_PROCESS, PAYMENT, READY), READY),
            _step("result.returned", (READY, DELIVERED), READY),
            _step("result.posted", (READY,), DELIVERED),
            _step("result.handed_over", (READY,), DELIVERED),
        )
    )
)

ENDED: Final = frozenset({REFUSED, STOPPED, READY, DELIVERED})
"""Statuses with which the work on a dossier has ended: whoever fetches a result late makes nobody late."""

WAITING: Final = frozenset({SUPPLEMENT, PAYMENT, WITHDRAWAL})
"""Statuses that a dossier comes back from: what it was before is kept."""


def status_words(status: int) -> str:
    """The national name of a status."""
    names = {
        NEW: text("Mới đăng ký"),
        RECEIVED: text("Được tiếp nhận"),
        REFUSED: text("Không được tiếp nhận"),
        IN_PROCESS: text("Đang xử lý"),
        SUPPLEMENT: text("Yêu cầu bổ sung giấy tờ"),
        PAYMENT: text("Yêu cầu thực hiện nghĩa vụ tài chính"),
        WITHDRAWAL: text("Công dân yêu cầu rút hồ sơ"),
        STOPPED: text("Dừng xử lý"),
        READY: text("Đã xử lý xong"),
        DELIVERED: text("Đã trả kết quả"),
    }
    return names.get(status, str(status))


def objection(kind: str, status: int) -> str | None:
    """Why a dossier of this status does not allow the step ``kind``, in a sentence; None when it does."""
    step = STEPS.get(kind)
    if step is None or status in step.since:
        return None
    return text(
        "Hồ sơ đang ở tình trạng «{status}» nên không làm được việc này.", status=status_words(status)
    )


def act_words(kind: str) -> str:
    """What a fact of this kind tells, as control slip and screens say it; an unknown kind as it stands."""
    names = {
        "dossier.received": text("Tiếp nhận hồ sơ"),
        "dossier.amended": text("Sửa thông tin"),
        "dossier.refused": text("Từ chối tiếp nhận"),
        "dossier.reduced": text("Rút gọn trên máy lưu động"),
        "dossier.handed_over": text("Bàn giao cho bộ phận xử lý"),
        "supplement.requested": text("Yêu cầu bổ sung giấy tờ"),
        "supplement.received": text("Nhận giấy tờ bổ sung"),
        "payment.requested": text("Yêu cầu nộp tiền"),
        "payment.settled": text("Đã nộp tiền"),
        "dossier.withdrawn": text("Người dân rút hồ sơ"),
        "withdrawal.cancelled": text("Thôi rút hồ sơ"),
        "dossier.stopped": text("Dừng xử lý"),
        "due.extended": text("Xin lỗi và hẹn lại"),
        "result.ready": text("Có kết quả"),
        "result.packed": text("Đóng gói kết quả cho phiên"),
        "result.unpacked": text("Rút kết quả khỏi danh mục"),
        "result.taken": text("Nhận kết quả mang theo"),
        "result.returned": text("Mang kết quả về"),
        "result.posted": text("Gửi kết quả qua bưu chính"),
        "result.handed_over": text("Trả kết quả"),
        "conflict.closed": text("Chọn giữa hai cách ghi"),
        "fee.collected": text("Thu phí, lệ phí"),
        "receipt.printed": text("Đã in phiếu"),
        "origin.started": text("Mở nhật ký của máy"),
        "session.joined": text("Nối hai phiên làm một"),
        "service.provided": text("Hỗ trợ miễn phí"),
        "incident.noted": text("Ghi sự cố, phản ánh"),
        "file.attached": text("Đính kèm tệp"),
        "file.removed": text("Gỡ tệp đính kèm"),
        "citizen.notified": text("Đã nhắn tin cho người dân"),
        "citizen.rated": text("Đánh giá mức độ hài lòng"),
        "session.opened": text("Mở phiên"),
        "session.closed": text("Kết thúc phiên"),
        "session.reviewed": text("Lãnh đạo duyệt phiên"),
        "session.answered": text("Trả lời câu hỏi của lãnh đạo"),
        "session.judged": text("Trung tâm xác nhận quyền duyệt"),
    }
    return names.get(kind, kind)
