"""Something failed during the session, or somebody complained: a strip over the page, two keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from mobile_reception.desk import NoSession, Outcome, Unacceptable
from mobile_reception.desk.summary import SessionSummary
from mobile_reception.dossier import service
from mobile_reception.ui.fields import heading
from mobile_reception.ui.flow import Flow
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text


class IncidentStrip(QFrame):
    """The keys 1 to 6 note what happened at once; a note may be typed before. Esc puts it away.

    A complaint needs its content: where that is missing it is asked for, and Enter then notes it.
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._back: QWidget | None = None
        self._asked: str | None = None
        set_look(self, look="offer")
        self.kinds = {kind: QPushButton() for kind in service.INCIDENTS}
        row = Flow()
        for place, (kind, button) in enumerate(self.kinds.items(), 1):
            words = service.incident_words(kind)
            button.setText(f"{place}  ·  {words}")
            button.setAccessibleName(words)
            button.clicked.connect(lambda _on=False, one=kind: self._on_chosen(one))
            row.addWidget(button)
        self.note = QLineEdit()
        self.note.setPlaceholderText(text("nội dung nếu cần, Enter rồi bấm số"))
        self.note.setAccessibleName(text("Nội dung sự cố, phản ánh"))
        self.note.returnPressed.connect(self._on_typed)
        away = QPushButton(text("Đóng") + "  ·  Esc")
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(self.close_strip)
        above = QHBoxLayout()
        above.addWidget(heading(text("Sự cố, phản ánh gì?")))
        above.addWidget(self.note, 1)
        above.addWidget(away)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(14, 8, 14, 8)
        lines.addLayout(above)
        lines.addLayout(row)
        self.hide()

    def ask(self, back: QWidget | None) -> None:
        """Ask what happened; afterwards ``back`` has the focus again."""
        self._back = back
        self.show()
        self._first().setFocus()

    def close_strip(self) -> None:
        """Put it away; what was typed as a note is forgotten."""
        self.note.clear()
        self._asked = None
        self.hide()
        if self._back is not None:
            self._back.setFocus()

    def _first(self) -> QPushButton:
        return self.kinds[service.INCIDENTS[0]]

    def _on_typed(self) -> None:
        if self._asked is None:
            self._first().setFocus()
        else:
            self._on_chosen(self._asked)

    def _on_chosen(self, kind: str) -> None:
        desk, note = self._around.desk, self.note.text()

        def failed(error: Exception) -> None:
            if isinstance(error, NoSession):
                self.close_strip()
                self._around.say(str(error), "act")
            elif isinstance(error, Unacceptable):
                self._asked = kind
                self.note.setFocus()
                self._around.say(text("{problem} Ghi xong bấm Enter.", problem=error), "act")
            else:
                self._around.background.failed(error)

        self._around.background.desk(
            lambda: desk.note_incident(kind, note), lambda done: self._on_noted(kind, done), failed
        )

    def _on_noted(self, kind: str, outcome: Outcome[SessionSummary]) -> None:
        self.close_strip()
        self._around.say(text("Đã ghi vào phiên: {what}.", what=service.incident_words(kind)), "good")
        self._around.changed(outcome.changed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.text()
        if event.key() == Qt.Key.Key_Escape:
            self.close_strip()
        elif key.isdecimal() and 0 < int(key) <= len(self.kinds):
            list(self.kinds.values())[int(key) - 1].click()
        else:
            super().keyPressEvent(event)
