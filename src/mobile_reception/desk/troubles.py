"""What stops the road, in words: what is so, what to do about it, and who has to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.sync.client import SyncReport


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reason of the protocol in sentences. ``alone``: waiting helps, nobody at this table need act."""

    reason: str
    what: str
    todo: str
    who: str
    alone: bool

    @property
    def sentence(self) -> str:
        """What is so and what to do."""
        return f"{self.what} {self.todo}"


def trouble(reason: str) -> Trouble:
    """The words for a reason; one that this program does not know is the centre's own trouble."""
    known = _known()
    what, todo, who, alone = known.get(reason, known["server_error"])
    return Trouble(reason, what, todo, who, alone)


def news(report: SyncReport) -> tuple[str, ...]:
    """What an officer has to know of a sync beside its counts, a sentence each."""
    said = []
    if report.restored:
        said.append(
            text(
                "Trung tâm vừa được khôi phục từ bản sao lưu. Máy này đã gửi lại những gì trung tâm thiếu: "
                "không mất hồ sơ nào, cứ làm việc như thường."
            )
        )
    if report.moved:
        said.append(
            text(
                "Dữ liệu này từng được sao chép hoặc khôi phục: {count} việc đã chuyển sang nhật ký mới, "
                "không mất và không tính hai lần. Số hồ sơ mới chờ trung tâm cấp lại.",
                count=report.moved,
            )
        )
    return tuple(said)


def _known() -> dict[str, tuple[str, str, str, bool]]:
    nobody, you = text("Không ai phải làm gì"), text("Bạn, tại máy này")
    admin, centre = text("Quản trị viên"), text("Trung tâm")
    return {
        "offline": (
            text("Chưa có mạng tới trung tâm."),
            text("Hồ sơ nằm an toàn trên máy này và sẽ tự gửi khi có mạng."),
            nobody,
            True,
        ),
        "captive_portal": (
            text("Mạng này đòi đăng nhập trước."),
            text("Mở trình duyệt, đăng nhập mạng rồi gửi lại."),
            you,
            False,
        ),
        "bad_certificate": (
            text(
                "Không chắc đây là máy chủ của trung tâm (chứng chỉ hoặc chữ ký sai) "
                "nên chưa tính việc nào là đã gửi."
            ),
            text("Đổi sang mạng khác; nếu vẫn vậy, báo quản trị viên."),
            you,
            False,
        ),
        "clock": (
            text("Ngày giờ của máy này sai."),
            text("Chỉnh lại ngày giờ (múi giờ Hà Nội, UTC+7) rồi gửi lại."),
            you,
            False,
        ),
        "refused": (
            text("Trung tâm không nhận máy này."),
            text("Gọi cho trung tâm; hồ sơ vẫn an toàn trên máy này."),
            admin,
            False,
        ),
        "revoked": (
            text("Trung tâm đã thu hồi máy này."),
            text("Hồ sơ máy này gửi về được giữ lại chờ xem xét; hãy gọi cho trung tâm."),
            centre,
            False,
        ),
        "officer_disabled": (
            text("Trung tâm đã ngừng quyền của cán bộ này."),
            text("Việc đã làm được gửi về và giữ lại chờ xem xét; cán bộ khác của máy này vẫn làm việc."),
            centre,
            False,
        ),
        "server_full": (
            text("Máy chủ trung tâm đã đầy."),
            text("Báo trung tâm dọn chỗ; hồ sơ vẫn an toàn trên máy này và sẽ tự gửi lại."),
            centre,
            True,
        ),
        "server_error": (
            text("Máy chủ trung tâm đang trục trặc."),
            text("Hồ sơ vẫn an toàn trên máy này và sẽ tự gửi lại; nếu kéo dài, báo trung tâm."),
            centre,
            True,
        ),
        "too_old": (
            text("Chương trình trên máy này cũ hơn mức trung tâm chấp nhận."),
            text("Cập nhật chương trình rồi gửi lại; hồ sơ vẫn an toàn trên máy này."),
            admin,
            False,
        ),
    }
