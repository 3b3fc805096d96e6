"""The end of a session: large figures, what is left, the box counted, one key; no network, no printer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mobile_reception.desk import HamletSession, NoSession, Outcome, Part
from mobile_reception.desk.day import Closing, closing_lines
from mobile_reception.ui.cash_count import CashCount, figures
from mobile_reception.ui.fields import card, heading, page_title, scrolled
from mobile_reception.ui.look import set_look
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import clock_time, day, money, text


class ClosingPage(Page):
    """Refuses nothing and lists everything; after the close the same page says what the session came to."""

    name = "closing"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self.found: Closing | None = None
        self.title = page_title(text("Kết thúc phiên"))
        frame, self.figures = figures(
            {
                "citizens": text("Người dân"),
                "dossiers": text("Hồ sơ"),
                "handed_over": text("Kết quả đã trả"),
                "total": text("Phí, lệ phí đã tính"),
                "taken": text("Máy này đã thu"),
            }
        )
        self.left = QLabel()
        self.left.setTextFormat(Qt.TextFormat.RichText)
        self.left.setWordWrap(True)
        self.left.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.left.setAccessibleName(text("Những việc còn lại"))
        rest, inside = card()
        inside.addWidget(heading(text("Những việc còn lại")))
        inside.addWidget(self.left)
        self.cash = CashCount()
        self.finish_it = around.actions.button("finish")
        set_look(self.finish_it, look="main")
        self.cash.finished.connect(self.finish_it.setFocus)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(rest, 1, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.cash)
        foot = QHBoxLayout()
        for button in (
            self.finish_it,
            around.actions.button("incident"),
            around.actions.button("summary"),
            around.actions.button("leave_closing"),
        ):
            foot.addWidget(button)
        foot.addStretch()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 12, 20, 12)
        lines.setSpacing(10)
        lines.addWidget(self.title)
        counted = QWidget()
        counted.setLayout(beside)
        beside.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(scrolled(frame, counted, fill=True), 1)
        lines.addLayout(foot)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "finish": self.finish,
        }

    def shown(self) -> None:
        """The page has come to the front: count the box."""
        self.read()
        self.cash.begin()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        if self.isVisible() and parts & {Part.SESSION, Part.DOSSIERS, Part.DRAFTS}:
            self.read()

    def read(self) -> None:
        """Read what the session came to: the open one, else the one just closed."""
        self._around.background.desk(self._around.desk.closing, self.show_closing, newest="closing")

    def finish(self) -> None:
        """Close this laptop's part of the session."""
        desk, notes, why = self._around.desk, self.cash.notes, self.cash.explained.text()
        self._around.actions.allow("finish", False)

        def failed(error: Exception) -> None:
            self.read()
            if isinstance(error, NoSession):
                self._around.say(str(error), "act")
            else:
                self._around.background.failed(error)

        self._around.background.desk(
            lambda: desk.close_session(notes=notes, explained=why), self._on_closed, failed
        )

    def show_closing(self, found: Closing) -> None:
        """Show what closing finds, before or after."""
        told, session = found.summary, found.summary.session
        is_open = session.closed_at is None
        self.found = found
        self.title.setText(
            text("Kết thúc phiên tại {hamlet}, {day}", hamlet=session.hamlet, day=day(session.day))
            if session.closed_at is None
            else text(
                "Đã kết thúc phiên tại {hamlet} lúc {time}",
                hamlet=session.hamlet,
                time=clock_time(session.closed_at),
            )
        )
        said = {
            "citizens": str(told.citizens),
            "dossiers": str(told.dossiers),
            "handed_over": str(told.handed_over),
            "total": money(told.total),
            "taken": money(found.taken),
        }
        for name, words in said.items():
            self.figures[name].setText(words)
        self.cash.expect(found.taken)
        self.cash.setVisible(is_open)
        self._around.actions.allow("finish", is_open)
        lines = list(closing_lines(found))
        counted_here = not is_open or found.cash is not None
        # While the box is being counted beside, what is said of the cash stands there.
        shown = lines if counted_here else [lines[0], *lines[3:]]
        self.left.setText("".join(_line(look, sentence) for look, sentence in shown))

    def _on_closed(self, outcome: Outcome[HamletSession]) -> None:
        session = outcome.value
        self.cash.clear()
        self._around.say(
            text(
                "Đã kết thúc phiên tại {hamlet}: {citizens} người dân, {dossiers} hồ sơ, {fees}.",
                hamlet=session.hamlet,
                citizens=session.citizens,
                dossiers=session.dossiers,
                fees=money(session.fees),
            ),
            "good",
        )
        self._around.changed(outcome.changed)


def _line(look: bool, sentence: str) -> str:
    """A sentence; what somebody should look at stands out by a mark and by its colour."""
    words = escape(sentence)
    if sentence.startswith("  "):
        return f'<p style="margin: 0 0 4px 34px;">{words.strip()}</p>'
    if look:
        return f'<p style="margin: 0 0 8px 0; color: #7a4a00; font-weight: 600;">!&nbsp; {words}</p>'
    return f'<p style="margin: 0 0 8px 0;">✓&nbsp; {words}</p>'
