"""After saving: the code in large type, what the citizen wants to hear, and the receipt on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mobile_reception.desk import Received
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.fields import card, quiet, scrolled
from mobile_reception.ui.look import set_look
from mobile_reception.ui.receipt_view import ReceiptView
from mobile_reception.words import clock_time, day, money, text, weekday


class ReceivedView(QWidget):
    """Large enough for the citizen across the table to read along."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.title = QLabel(text("Đã tiếp nhận hồ sơ"))
        set_look(self.title, look="heading")
        self.code, self.name, self.back, self.fee = QLabel(), QLabel(), QLabel(), QLabel()
        self.procedure, self.due = quiet(), quiet()
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        set_look(self.warnings, look="warning")
        set_look(self.code, look="code")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        named = (
            (self.code, text("Mã hồ sơ")),
            (self.back, text("Ngày hẹn trả")),
            (self.fee, text("Phí, lệ phí")),
        )
        for label, words in named:
            label.setAccessibleName(words)
        for label in (self.name, self.back, self.fee):
            set_look(label, look="large")
            label.setWordWrap(True)
        self.receipt = ReceiptView()
        self.print_it = actions.button("print")
        set_look(self.print_it, look="main")
        frame, inside = card(2)
        inside.addWidget(self.title)
        inside.addWidget(self.code)
        inside.addSpacing(10)
        inside.addWidget(self.name)
        inside.addWidget(self.procedure)
        inside.addSpacing(12)
        inside.addWidget(quiet(text("Ngày hẹn trả")))
        inside.addWidget(self.back)
        inside.addWidget(self.due)
        inside.addSpacing(12)
        inside.addWidget(quiet(text("Phí, lệ phí")))
        inside.addWidget(self.fee)
        inside.addSpacing(6)
        inside.addWidget(self.warnings)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(scrolled(frame), 1)
        left.addWidget(self.print_it)
        left.addLayout(_beside(actions.button("next"), actions.button("files")))
        left.addWidget(actions.button("again"))
        left.addLayout(_beside(actions.button("same"), actions.button("undo"), first=2))
        columns = QHBoxLayout(self)
        columns.setContentsMargins(20, 14, 20, 12)
        columns.setSpacing(16)
        columns.addLayout(left, 45)
        columns.addWidget(self.receipt, 55)

    def show_received(self, received: Received, name: str, procedure: str) -> None:
        """Show a dossier that is durable; its receipt's pages come when they are ready."""
        self.code.setText(received.code)
        self.name.setText(name)
        self.procedure.setText(procedure)
        self.back.setText(f"{weekday(received.come_back)} {day(received.come_back)}")
        self.due.setText(
            text("Hạn giải quyết: {time} ngày {day}", time=clock_time(received.due), day=day(received.due))
        )
        self.fee.setText(money(received.fee))
        self.warnings.setText("\n".join(each[:1].upper() + each[1:] for each in received.warnings))
        self.warnings.setVisible(bool(received.warnings))
        self.receipt.show_pages(())


def _beside(one: QPushButton, other: QPushButton, *, first: int = 1) -> QHBoxLayout:
    """Two buttons in one line: a small screen has to show the day and the fee above them."""
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addWidget(one, first)
    line.addWidget(other, 1)
    return line
