"""What forms are made of: a labelled row with its problem beside it, and what is typed, as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.ui.look import set_look

LABEL_WIDTH = 178
COUNT_WIDTH = 84


class Choice(QComboBox):
    """A list to choose from with the keyboard; turning the wheel over it never changes what is chosen."""

    def __init__(self, rows: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.offer(rows)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def offer(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show ``rows`` of (value, words); the first is chosen."""
        self.clear()
        for value, words in rows:
            self.addItem(words, value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Count(QLineEdit):
    """A small whole number, typed; what is left empty counts as ``least``."""

    def __init__(self, least: int, most: int = 9999) -> None:
        super().__init__()
        self.least = least
        self.setValidator(QIntValidator(0, most, self))
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setFixedWidth(COUNT_WIDTH)
        self.setText(str(least))

    @property
    def value(self) -> int:
        """The number."""
        return int(self.text()) if self.text().isdecimal() else self.least


def typed(widget: QWidget) -> str:
    """What a field holds, as text: a choice gives its value, a tick "1" or nothing."""
    if isinstance(widget, QLineEdit):
        return widget.text()
    if isinstance(widget, QComboBox):
        return str(widget.currentData() or "")
    if isinstance(widget, QCheckBox):
        return "1" if widget.isChecked() else ""
    raise TypeError(type(widget).__name__)


def put(widget: QWidget, value: str) -> None:
    """Put back what `typed` gave."""
    if isinstance(widget, Count):
        widget.setText(value or str(widget.least))
    elif isinstance(widget, QLineEdit):
        widget.setText(value)
    elif isinstance(widget, QComboBox):
        widget.setCurrentIndex(max(0, widget.findData(value)))
    elif isinstance(widget, QCheckBox):
        widget.setChecked(bool(value))
    else:
        raise TypeError(type(widget).__name__)


def listen(widget: QWidget, told: Callable[[], None]) -> None:
    """Call ``told`` at every change of the field."""
    if isinstance(widget, QLineEdit):
        widget.textChanged.connect(lambda _text: told())
    elif isinstance(widget, QComboBox):
        widget.currentIndexChanged.connect(lambda _index: told())
    elif isinstance(widget, QCheckBox):
        widget.toggled.connect(lambda _on: told())
    else:
        raise TypeError(type(widget).__name__)


class Row(QWidget):
    """One line of a form: a label, its fields, and under them what is wrong with them."""

    def __init__(self, words: str, *fields: QWidget, stretch: int = 0) -> None:
        super().__init__()
        self.fields = fields
        self.label = QLabel(words)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setWordWrap(True)
        self.problem = problem_label()
        line = QHBoxLayout()
        line.setSpacing(10)
        for place, field in enumerate(fields):
            line.addWidget(field, 1 if place == stretch else 0)
        if fields and not fields[0].accessibleName():
            fields[0].setAccessibleName(words)
            self.label.setBuddy(fields[0])
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addLayout(line)
        right.addWidget(self.problem)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.label, alignment=Qt.AlignmentFlag.AlignTop)
        inside.addLayout(right, 1)
        self.label.setMinimumHeight(32)

    def say(self, sentence: str) -> None:
        """Show ``sentence`` as the problem of this row; nothing hides it."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        if self.fields:
            field = self.fields[0].focusProxy() or self.fields[0]
            set_look(field, wrong="true" if sentence else "false")
            field.setAccessibleDescription(sentence)


def problem_label() -> QLabel:
    """An empty, hidden place for a problem."""
    label = QLabel()
    label.setWordWrap(True)
    set_look(label, look="problem")
    label.hide()
    return label


def heading(words: str) -> QLabel:
    """The heading of a part of a page."""
    label = QLabel(words)
    set_look(label, look="heading")
    return label


def quiet(words: str = "") -> QLabel:
    """Words of lesser weight, wrapped."""
    label = QLabel(words)
    label.setWordWrap(True)
    set_look(label, look="quiet")
    return label


def card(spacing: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """A white ground with its layout."""
    frame = QFrame()
    set_look(frame, look="card")
    frame.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    inside = QVBoxLayout(frame)
    inside.setContentsMargins(18, 14, 18, 14)
    inside.setSpacing(spacing)
    return frame, inside
