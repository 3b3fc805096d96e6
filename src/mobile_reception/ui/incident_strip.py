"""Something failed during the session: a strip over the page, two keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from mobile_reception.desk import NoSession, Outcome
from mobile_reception.desk.summary import SessionSummary
from mobile_reception.dossier import service
from mobile_reception.ui.fields import heading
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text


class IncidentStrip(QFrame):
    """The keys 1 to 6 note what failed at once; a note may be typed before. Esc puts it away."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._back: QWidget | None = None
        set_look(self, look="offer")
        self.kinds = {kind: QPushButton() for kind in service.INCIDENTS}
        row = QHBoxLayout()
        for place, (kind, button) in enumerate(self.kinds.items(), 1):
            words = service.incident_words(kind)
            button.setText(f"{place}  ·  {words}")
            button.setAccessibleName(words)
            button.clicked.connect(lambda _on=False, one=kind: self._on_chosen(one))
            row.addWidget(button)
        self.note = QLineEdit()
        self.note.setPlaceholderText(text("ghi chú nếu cần, Enter rồi bấm số"))
        self.note.setAccessibleName(text("Ghi chú về sự cố"))
        self.note.returnPressed.connect(self._first().setFocus)
        away = QPushButton(text("Đóng") + "  ·  Esc")
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(self.close_strip)
        row.addStretch(1)
        above = QHBoxLayout()
        above.addWidget(heading(text("Sự cố gì?")))
        above.addWidget(self.note, 1)
        above.addWidget(away)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(14, 8, 14, 8)
        lines.addLayout(above)
        lines.addLayout(row)
        self.hide()

    def ask(self, back: QWidget | None) -> None:
        """Ask what failed; afterwards ``back`` has the focus again."""
        self._back = back
        self.show()
        self._first().setFocus()

    def close_strip(self) -> None:
        """Put it away; what was typed as a note is forgotten."""
        self.note.clear()
        self.hide()
        if self._back is not None:
            self._back.setFocus()

    def _first(self) -> QPushButton:
        return self.kinds[service.INCIDENTS[0]]

    def _on_chosen(self, kind: str) -> None:
        desk, note = self._around.desk, self.note.text()

        def failed(error: Exception) -> None:
            if isinstance(error, NoSession):
                self.close_strip()
                self._around.say(str(error), "act")
            else:
                self._around.background.failed(error)

        self._around.background.desk(lambda: desk.note_incident(kind, note), self._on_noted, failed)

    def _on_noted(self, outcome: Outcome[SessionSummary]) -> None:
        self.close_strip()
        noted = max((*outcome.value.incidents, *outcome.value.complaints), key=lambda each: each.at)
        what = service.incident_words(noted.kind)
        self._around.say(text("Đã ghi sự cố: {what}.", what=what), "good")
        self._around.changed(outcome.changed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.text()
        if event.key() == Qt.Key.Key_Escape:
            self.close_strip()
        elif key.isdecimal() and 0 < int(key) <= len(self.kinds):
            list(self.kinds.values())[int(key) - 1].click()
        else:
            super().keyPressEvent(event)
