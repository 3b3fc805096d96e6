"""A sheet to look at before it goes to paper: what it is, its pages, the keys that print it or go back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mobile_reception.desk import DossierView
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.fields import heading
from mobile_reception.ui.look import set_look
from mobile_reception.ui.receipt_view import ReceiptView
from mobile_reception.words import text

_AFTER = {
    "supplement": "supplement.requested",
    "refusal": "dossier.refused",
    "apology": "due.extended",
    "stop": "dossier.stopped",
    "handover": "dossier.handed_over",
    "result-receipt": "result.handed_over",
}
"""Which fact has to have happened for a paper to have something to tell."""


class SheetView(QWidget):
    """The pages of one sheet under its title."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.title = heading("")
        self.receipt = ReceiptView()
        self.receipt.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        buttons = QHBoxLayout()
        buttons.addWidget(actions.button("back"))
        buttons.addStretch()
        paper = actions.button("reprint", words=text("In"))
        set_look(paper, look="main")
        buttons.addWidget(paper)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 14, 20, 12)
        lines.setSpacing(10)
        lines.addWidget(self.title)
        lines.addWidget(self.receipt, 1)
        lines.addLayout(buttons)

    def show_sheet(self, title: str, pages: Sequence[QImage]) -> None:
        """Show ``pages`` under ``title``."""
        self.title.setText(title)
        self.receipt.show_pages(pages)
        self.receipt.setFocus()


def papers_of(view: DossierView) -> tuple[str, ...]:
    """The papers that exist about a dossier by what has happened to it, as the Desk names them.

    None of one that was reduced here: whose it is stays at the centre.
    """
    if view.state.reduced is not None:
        return ()
    kinds = {event.kind for event in view.state.history}
    told = tuple(name for name, kind in _AFTER.items() if kind in kinds)
    born = "answers.child" in view.state.fields
    return ("receipt", *told, *(("letter",) if born else ()), "control")


def paper_words(kind: str) -> str:
    """What a paper is called."""
    return {
        "receipt": text("Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
        "supplement": text("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"),
        "refusal": text("Phiếu từ chối tiếp nhận hồ sơ"),
        "apology": text("Phiếu xin lỗi và hẹn lại ngày trả kết quả"),
        "stop": text("Thông báo dừng giải quyết hồ sơ"),
        "handover": text("Phiếu bàn giao hồ sơ"),
        "result-receipt": text("Giấy nhận kết quả"),
        "letter": text("Thư chúc mừng"),
        "control": text("Phiếu kiểm soát quá trình giải quyết hồ sơ"),
    }[kind]
