"""Help, made from the table of acts: every key, and what to do when something does not work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from mobile_reception.desk import Part
from mobile_reception.ui.actions import Act, keys_said, table
from mobile_reception.ui.fields import card, heading, quiet
from mobile_reception.ui.look import set_look
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text


class HelpPage(Page):
    """Two columns that scroll with the arrow keys; Esc goes back to where the officer was."""

    name = "help"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(12)
        for page, words in _pages():
            acts = [act for act in table() if act.page == page]
            (right if page == "dossiers" else left).addWidget(_keys(words, acts, _more().get(page, ())))
        left.addStretch()
        right.addWidget(_troubles())
        right.addStretch()
        sheet = QWidget()
        sheet.setObjectName("sheet")
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(20, 14, 20, 12)
        columns.setSpacing(16)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        self.area = QScrollArea()
        self.area.setAccessibleName(text("Trợ giúp"))
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(sheet)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 8)
        lines.addWidget(self.area, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 0, 20, 0)
        foot.addWidget(around.actions.button("leave_help"))
        foot.addStretch()
        lines.addLayout(foot)

    def shown(self) -> None:
        """The page has come to the front."""
        self.area.setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Nothing here changes with the desk."""


def _pages() -> tuple[tuple[str, str], ...]:
    return (
        ("", text("Ở mọi nơi")),
        ("session", text("Trang Phiên")),
        ("closing", text("Kết thúc phiên")),
        ("summary", text("Tổng hợp phiên")),
        ("review", text("Duyệt phiên")),
        ("reception", text("Trang Tiếp nhận")),
        ("dossiers", text("Trang Hồ sơ")),
        ("files", text("Tệp đính kèm")),
        ("results", text("Trang Trả kết quả")),
        ("ready", text("Sẵn sàng đi phiên")),
        ("prints", text("Các lệnh in")),
        ("road", text("Tình hình gửi")),
        ("officers", text("Cán bộ và mật khẩu")),
    )


def _more() -> dict[str, tuple[tuple[str, str], ...]]:
    """Keys that belong to fields and not to the table of acts."""
    return {
        "reception": (
            (text("Enter, Shift+Enter"), text("Sang ô kế tiếp, về ô trước")),
            (text("Tab"), text("Qua cả những ô ít dùng, số bản của từng giấy tờ")),
            (text("Dấu cách"), text("Đánh dấu giấy tờ, thêm giấy tờ khác")),
            (text("Ctrl+1 … Ctrl+9"), text("Làm tiếp hồ sơ đang giữ")),
            (text("Alt+1, Alt+2"), text("Làm tiếp hồ sơ làm dở lần trước")),
            (text("Alt+D"), text("Để sau hồ sơ làm dở lần trước")),
        ),
        "dossiers": (
            (text("Enter"), text("Mở hồ sơ")),
            (text("Dấu cách"), text("Chọn hồ sơ trong danh sách")),
        ),
    }


def _keys(title: str, acts: list[Act], more: tuple[tuple[str, str], ...]) -> QFrame:
    frame, inside = card(4)
    inside.addWidget(heading(title))
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    rows = [(keys_said(act), act.words) for act in acts] + list(more)
    for row, (keys, words) in enumerate(rows):
        key = QLabel(keys)
        set_look(key, look="key")
        said = QLabel(words)
        said.setWordWrap(True)
        grid.addWidget(key, row, 0, alignment=Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, row, 1)
    inside.addLayout(grid)
    return frame


def _troubles() -> QFrame:
    frame, inside = card(6)
    inside.addWidget(heading(text("Khi có trục trặc")))
    for what, how in troubles():
        title = QLabel(what)
        title.setWordWrap(True)
        set_look(title, look="key")
        inside.addWidget(title)
        inside.addWidget(quiet(how))
    return frame


def troubles() -> tuple[tuple[str, str], ...]:
    """What may not work, and what an officer does about it."""
    return (
        (
            text("Máy in không in"),
            text(
                "Hồ sơ đã ghi nhận trước khi in, không mất. Kiểm tra giấy, mực, dây cáp rồi bấm F8. Chưa "
                "in được thì lưu tệp PDF, ghi mã hồ sơ lên cuống phiếu cho ông/bà và in sau: không "
                "thành hai phiếu."
            ),
        ),
        (
            text("Máy quét thẻ không vào chữ, hoặc sai dấu"),
            text(
                "Chuyển bộ gõ sang E rồi quét lại; quét ở trang nào cũng được. Thẻ trầy xước: gõ số định "
                "danh, người đã từng đến thì bấm F10."
            ),
        ),
        (
            text("Đồng hồ của máy sai"),
            text(
                "Vẫn tiếp nhận được. Chỉnh lại ngày giờ của máy, rồi xem ngày hẹn trả trước khi lưu hồ sơ "
                "tiếp theo."
            ),
        ),
        (
            text("Không gửi được về trung tâm"),
            text(
                "Không có mạng vẫn làm việc bình thường: hồ sơ nằm an toàn trên máy này và tự gửi khi có "
                "mạng. Bấm F5 để gửi ngay. Dòng cuối màn hình đỏ: đọc câu báo; chưa rõ thì báo quản trị viên."
            ),
        ),
        (
            text("Mất điện, máy tắt đột ngột"),
            text(
                "Mở lại chương trình: hồ sơ làm dở hiện ra theo tên và giờ, phiếu chưa in xong được "
                "nhắc in lại."
            ),
        ),
        (
            text("Máy báo lỗi kèm mã số"),
            text("Những gì đã ghi vẫn an toàn. Ghi lại mã lỗi và báo quản trị viên."),
        ),
    )
