"""What forms are made of: a labelled row with its problem beside it, and what is typed, as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QIntValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import delete, isValid

from mobile_reception.ui.look import set_look, set_width

LABEL_WIDTH = 178
COUNT_WIDTH = 84


def discard(widget: QWidget) -> None:
    """Hide ``widget`` and delete it with all that is in it, soon, when nothing is under way inside it.

    Not by ``deleteLater`` alone: where only its parent holds the Python side of a layout or a validator,
    PySide 6.11 uses it after it is freed, and the process ends. So all are held until the widget is gone.
    """
    widget.hide()
    held = widget.findChildren(QObject)

    def gone() -> None:
        if isValid(widget):
            delete(widget)
        held.clear()

    QTimer.singleShot(0, gone)


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
        set_width(self, COUNT_WIDTH)
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
        set_width(self.label, LABEL_WIDTH)
        self.label.setWordWrap(True)
        self.problem = problem_label()
        if fields and not fields[0].accessibleName():
            fields[0].setAccessibleName(words)
            self.label.setBuddy(fields[0])
        inside = QGridLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setHorizontalSpacing(10)
        inside.setVerticalSpacing(2)
        inside.addWidget(self.label, 0, 0, 2, 1, alignment=Qt.AlignmentFlag.AlignTop)
        for place, field in enumerate(fields):
            inside.addWidget(field, 0, place + 1)
            inside.setColumnStretch(place + 1, 1 if place == stretch else 0)
        inside.addWidget(self.problem, 1, 1, 1, max(1, len(fields)))
        self.label.setMinimumHeight(32)

    def say(self, sentence: str) -> None:
        """Show ``sentence`` as the problem of this row; nothing hides it."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        if self.fields:
            field = self.fields[0].focusProxy() or self.fields[0]
            set_look(field, wrong="true" if sentence else "false")
            field.setAccessibleDescription(sentence)


def sentence(message: str) -> str:
    """A problem as it stands beside a field: with a capital letter."""
    return message[:1].upper() + message[1:]


def problem_label() -> QLabel:
    """An empty, hidden place for a problem."""
    label = QLabel()
    label.setWordWrap(True)
    set_look(label, look="problem")
    label.hide()
    return label


def page_title(words: str = "") -> QLabel:
    """What a page is about; a hamlet with a long name goes on in a second line and widens no window."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    set_look(label, look="title")
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


def bring_in_sight(scroll: QScrollArea, part: QWidget) -> None:
    """Scroll to ``part`` of what ``scroll`` holds, soon, wherever the layouts then give it its place."""

    def now() -> None:
        # A layout passes its request on to the next outer one: only when all have answered is there a place.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        scroll.ensureWidgetVisible(part, 20, 20)

    QTimer.singleShot(0, part, now)


def scrolled(*parts: QWidget, fill: bool = False) -> QScrollArea:
    """``parts`` one under the other, at the top of what scrolls where the screen is low.

    ``fill``: they take all the room there is.
    """
    sheet = QWidget()
    sheet.setObjectName("sheet")
    lines = QVBoxLayout(sheet)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(10)
    for part in parts:
        if not fill and part.sizePolicy().verticalPolicy() == QSizePolicy.Policy.Maximum:
            # The stretch takes what is left; a maximum is guessed without the width, and cuts long words.
            part.setSizePolicy(part.sizePolicy().horizontalPolicy(), QSizePolicy.Policy.Preferred)
        lines.addWidget(part)
    if not fill:
        lines.addStretch()
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(sheet)
    return scroll
