"""The papers of a dossier: those that the procedure asks for, to be ticked and counted, and free lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from mobile_reception.dossier.catalogue import PaperRule
from mobile_reception.ui.fields import Count, discard, listen, problem_label, put, quiet, typed
from mobile_reception.ui.look import set_look
from mobile_reception.words import text

_PADDING = 24
COUNTS = ("originals", "certified", "photocopies", "pages")


class _Line:
    """One paper: a tick, a name, four counts, when it is needed, and what is wrong with it."""

    def __init__(self, condition: str) -> None:
        self.on = QCheckBox()
        self.name = QLineEdit()
        self.name.setMaxLength(300)
        self.counts = {name: Count(1 if name == "pages" else 0) for name in COUNTS}
        self.whole = quiet()
        self.condition = quiet(condition)
        self.problem = problem_label()

    def widgets(self) -> tuple[QWidget, ...]:
        return (self.on, self.name, *self.counts.values(), self.whole, self.condition, self.problem)

    def show_whole(self) -> None:
        """Say the whole name under its field where the field is too narrow for it."""
        words = self.name.text()
        narrow = self.name.fontMetrics().horizontalAdvance(words) > self.name.width() - _PADDING
        self.whole.setText(words if narrow else "")
        self.whole.setVisible(narrow and bool(words))

    def raw(self) -> dict[str, str]:
        counts = {name: typed(field) for name, field in self.counts.items()}
        return {"on": typed(self.on), "name": self.name.text(), **counts, "condition": self.condition.text()}


class PapersField(QWidget):
    """``edited`` at every change. A tick means: handed in or shown here."""

    edited = Signal()
    grown = Signal()
    """Lines have come or gone: whoever walks from field to field has to look again."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[_Line] = []
        self._by_page = False
        self.headings = [
            QLabel(words)
            for words in (
                text("Bản chính"),
                text("Bản chứng thực"),
                text("Bản photo"),
                text("Số trang"),
            )
        ]
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(6)
        self.grid.setVerticalSpacing(5)
        self.grid.setColumnStretch(1, 1)
        for column, label in enumerate(self.headings, 2):
            set_look(label, look="quiet")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
            label.setWordWrap(True)
            self.grid.addWidget(label, 0, column)
        self.more = QPushButton(text("Thêm giấy tờ khác  ·  Dấu cách"))
        self.more.clicked.connect(self.add_free)
        self.problem = problem_label()
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addLayout(self.grid)
        inside.addWidget(self.problem)
        inside.addWidget(self.more, alignment=Qt.AlignmentFlag.AlignLeft)

    def ask_for(
        self,
        rules: Sequence[PaperRule],
        by_page: bool,
        held: Sequence[Mapping[str, Any]] = (),
        known: frozenset[str] = frozenset(),
    ) -> None:
        """Show the papers of a procedure: those always needed ticked. ``by_page``: pages decide the fee.

        ``held`` are lines as `raw` gave them: those of the same paper stay as they are, and so do free lines,
        whose names are none of ``known``.
        """
        self._by_page = by_page
        before = {str(row.get("name")): row for row in held}
        rows: list[Mapping[str, Any]] = [before.get(rule.name) or _asked(rule) for rule in rules]
        rows += [row for row in held if row.get("name") and row["name"] not in known]
        self.put_raw(rows)

    def raw(self) -> list[dict[str, str]]:
        """Every line as typed, ticked or not."""
        return [line.raw() for line in self._lines]

    def put_raw(self, rows: Sequence[Mapping[str, Any]], by_page: bool | None = None) -> None:
        """Show ``rows`` as `raw` gave them."""
        if by_page is not None:
            self._by_page = by_page
        for line in self._lines:
            for widget in line.widgets():
                self.grid.removeWidget(widget)
                discard(widget)
        self._lines = []
        for row in rows:
            self._add(row)
        self.grown.emit()
        self.edited.emit()
        QTimer.singleShot(0, self._show_whole)

    def add_free(self) -> None:
        """An empty line, ticked, ready for a name."""
        line = self._add({"on": "1", "name": "", "originals": "1", "pages": "1"})
        self.grown.emit()
        line.name.setFocus()
        self.edited.emit()

    def path(self) -> list[QWidget]:
        """The fields in the order of Enter: the ticks, names that are empty, and pages where they cost."""
        found: list[QWidget] = []
        for line in self._lines:
            found.append(line.on)
            if line.on.isChecked():
                if not line.name.text() or line.name.hasFocus():
                    found.append(line.name)
                if self._by_page and line.counts["originals"].value:
                    found.append(line.counts["pages"])
        return [*found, self.more]

    def fields(self) -> list[QWidget]:
        """Every field, for whoever watches the keys."""
        own = [widget for line in self._lines for widget in (line.on, line.name, *line.counts.values())]
        return [*own, self.more]

    def say(self, problems: Mapping[int, str], general: str = "") -> QWidget | None:
        """Show problems by the place of the paper among the ticked ones; the first field that is wrong."""
        first: QWidget | None = None
        place = 0
        self.problem.setText(general)
        self.problem.setVisible(bool(general))
        for line in self._lines:
            sentence = ""
            if line.on.isChecked():
                sentence = problems.get(place, "")
                place += 1
            line.problem.setText(sentence)
            line.problem.setVisible(bool(sentence))
            set_look(line.name, wrong="true" if sentence else "false")
            if sentence and first is None:
                first = line.name
        return first or (self.more if general else None)

    def _add(self, row: Mapping[str, Any]) -> _Line:
        line = _Line(str(row.get("condition") or ""))
        at = 1 + 2 * len(self._lines)
        number = len(self._lines) + 1
        line.on.setAccessibleName(text("Có giấy tờ thứ {number}", number=number))
        line.name.setAccessibleName(text("Tên giấy tờ thứ {number}", number=number))
        line.name.setPlaceholderText(text("tên giấy tờ"))
        for label, field in zip(self.headings, line.counts.values(), strict=True):
            field.setAccessibleName(f"{label.text()}, {line.name.accessibleName()}")
        put(line.on, str(row.get("on") or ""))
        put(line.name, str(row.get("name") or ""))
        line.name.setCursorPosition(0)
        for name, field in line.counts.items():
            put(field, str(row.get(name) or ""))
        self.grid.addWidget(line.on, at, 0)
        self.grid.addWidget(line.name, at, 1)
        for column, field in enumerate(line.counts.values(), 2):
            self.grid.addWidget(field, at, column, alignment=Qt.AlignmentFlag.AlignHCenter)
        below = QVBoxLayout()
        below.setSpacing(1)
        below.addWidget(line.whole)
        below.addWidget(line.condition)
        below.addWidget(line.problem)
        self.grid.addLayout(below, at + 1, 1, 1, 5)
        # Shown only now that they have a parent: before, each would be a window of its own for a moment.
        line.condition.setVisible(bool(line.condition.text()))
        for widget in (line.on, line.name, *line.counts.values()):
            widget.show()
            listen(widget, self.edited.emit)
        line.name.textChanged.connect(lambda _words, one=line: one.show_whole())
        line.on.toggled.connect(lambda _on, one=line: self._settle(one))
        self._settle(line)
        self._lines.append(line)
        return line

    def _show_whole(self) -> None:
        for line in self._lines:
            line.show_whole()

    def _settle(self, line: _Line) -> None:
        for field in (line.name, *line.counts.values()):
            field.setEnabled(line.on.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # After the layout has given the fields their new width.
        QTimer.singleShot(0, self._show_whole)


def _asked(rule: PaperRule) -> dict[str, str]:
    """A paper of the catalogue as a line; its name stays the one that the decision prints."""
    counts = {"originals": rule.originals, "certified": rule.certified, "photocopies": rule.photocopies}
    if not any(counts.values()):
        counts["originals"] = 1
    title = rule.title()
    return {
        "on": "" if rule.condition else "1",
        "name": rule.name,
        **{name: str(count) for name, count in counts.items()},
        "pages": "1",
        "condition": " · ".join(
            words for words in (title if title != rule.name else "", rule.when()) if words
        ),
    }
