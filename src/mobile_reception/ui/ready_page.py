"""Ready to go: what a laptop needs before it leaves for a hamlet; what is red says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mobile_reception.desk import Part
from mobile_reception.desk.readiness import Check
from mobile_reception.ui.fields import card, discard, quiet, scrolled
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text

_PLACES: Final = {"good": "centre", "look": "sending", "bad": "needs_you", "unknown": "here"}
"""The colours of the four words serve here too: green, blue, red, grey."""
_STATE_WIDTH: Final = 108
_TITLE_WIDTH: Final = 190


class ReadyPage(Page):
    """Looked at anew each time that it comes to the front."""

    name = "ready"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._shown: QFrame | None = None
        self.checks: tuple[Check, ...] = ()
        self.title = QLabel(text("Sẵn sàng đi phiên"))
        set_look(self.title, look="title")
        self.verdict = quiet()
        self._inside = QWidget()
        self._lines = QVBoxLayout(self._inside)
        self._lines.setContentsMargins(0, 0, 0, 0)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 12, 20, 12)
        lines.setSpacing(8)
        lines.addWidget(self.title)
        lines.addWidget(self.verdict)
        lines.addWidget(scrolled(self._inside), 1)
        foot = QHBoxLayout()
        for act in ("leave_ready", "check_again", "test_page"):
            foot.addWidget(around.actions.button(act))
        foot.addStretch()
        lines.addLayout(foot)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """What the acts of this page do."""
        return {"check_again": self.look, "test_page": self.print_test}

    def shown(self) -> None:
        """The page has come to the front."""
        self.setFocus()
        self.look()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Nothing by itself: a printer is asked, and a disk, only while somebody looks."""

    def look(self) -> None:
        """Look at everything again."""
        self._around.background.desk(self._around.desk.ready_to_go, self.show_checks, newest="ready")

    def print_test(self) -> None:
        """A page on the printer that receipts go to: the plan of the coming sessions, of use on the wall."""
        desk = self._around.desk
        self._around.printing.print_paper(text("Trang in thử"), lambda: desk.plan_file("pdf"))

    def show_checks(self, checks: tuple[Check, ...]) -> None:
        """Show what was found, red first."""
        self.checks = checks
        order = ("bad", "look", "unknown", "good")
        frame, inside = card(10)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        for row, each in enumerate(sorted(checks, key=lambda one: order.index(one.state))):
            self._put(grid, row, each)
        inside.addLayout(grid)
        if self._shown is not None:
            self._lines.removeWidget(self._shown)
            discard(self._shown)
        self._shown = frame
        self._lines.addWidget(frame)
        bad = sum(each.state == "bad" for each in checks)
        look = sum(each.state == "look" for each in checks)
        self.verdict.setText(
            text("{bad} việc phải làm trước khi đi, {look} việc cần xem.", bad=bad, look=look)
            if bad or look
            else text("Mọi thứ sẵn sàng.")
        )

    def _put(self, grid: QGridLayout, row: int, each: Check) -> None:
        names = {
            "good": text("được"),
            "look": text("xem lại"),
            "bad": text("phải làm"),
            "unknown": text("không rõ"),
        }
        state = QLabel(names[each.state])
        state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_width(state, _STATE_WIDTH)
        set_look(state, place=_PLACES[each.state])
        title = QLabel(each.title)
        set_width(title, _TITLE_WIDTH)
        title.setWordWrap(True)
        set_look(title, look="key")
        said = QLabel(each.found)
        said.setWordWrap(True)
        told = QVBoxLayout()
        told.setSpacing(1)
        told.addWidget(said)
        if each.advice:
            told.addWidget(quiet(each.advice))
        grid.addWidget(state, row, 0, alignment=Qt.AlignmentFlag.AlignTop)
        grid.addWidget(title, row, 1, alignment=Qt.AlignmentFlag.AlignTop)
        grid.addLayout(told, row, 2)
