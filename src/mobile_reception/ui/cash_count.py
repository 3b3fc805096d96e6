"""The cash box counted note by note: how many of each, what they come to in figures and in words."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from mobile_reception.desk.day import in_words
from mobile_reception.dossier.service import MOST_NOTES, NOTES
from mobile_reception.ui.fields import COUNT_WIDTH, card, heading
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.words import money, text


class CashCount(QWidget):
    """`changed` at every key. ``notes`` is None while nobody has counted anything; Enter goes on."""

    changed = Signal()
    finished = Signal()
    """Enter in the last field."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = {note: self._count(note) for note in NOTES}
        self.sums = {note: QLabel() for note in NOTES}
        self.total, self.words, self.difference = QLabel(), QLabel(), QLabel()
        self.explained = QLineEdit()
        self.explained.setPlaceholderText(text("vì sao tiền mặt khác số đã thu"))
        self.explained.setAccessibleName(text("Giải thích chênh lệch"))
        self.explained.installEventFilter(self)
        self._taken = 0
        frame, inside = card(6)
        inside.addWidget(heading(text("Tiền mặt trong hộp, đếm theo tờ")))
        inside.addLayout(self._grid())
        set_look(self.total, look="figure")
        self.total.setAccessibleName(text("Tiền mặt"))
        self.words.setWordWrap(True)
        self.difference.setWordWrap(True)
        set_look(self.words, look="quiet")
        for part in (self.total, self.words, self.difference, self.explained):
            inside.addWidget(part)
        outside = QHBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(frame, alignment=Qt.AlignmentFlag.AlignTop)
        self._show()

    @property
    def notes(self) -> dict[int, int] | None:
        """What was counted; None while every field is empty."""
        said = {note: field.text() for note, field in self.counts.items() if field.text()}
        return {note: int(count) for note, count in said.items()} if said else None

    def expect(self, taken: int) -> None:
        """What this laptop took, in đồng."""
        self._taken = taken
        self._show()

    def clear(self) -> None:
        """Nobody has counted anything."""
        for field in self.counts.values():
            field.clear()
        self.explained.clear()

    def begin(self) -> None:
        """The first field has the focus."""
        self.counts[NOTES[0]].setFocus()

    def _count(self, note: int) -> QLineEdit:
        field = QLineEdit()
        field.setValidator(QIntValidator(0, MOST_NOTES, field))
        field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        set_width(field, COUNT_WIDTH)
        field.setAccessibleName(text("Số tờ {note}", note=money(note)))
        field.textChanged.connect(lambda _said: self._show())
        field.installEventFilter(self)
        return field

    def _grid(self) -> QGridLayout:
        """Two columns, the larger notes on the left: the whole of it has to fit a low screen."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        half = (len(NOTES) + 1) // 2
        for place, note in enumerate(NOTES):
            row, column = place % half, 4 * (place // half)
            worth = QLabel(f"{money(note)}  ×")
            worth.setBuddy(self.counts[note])
            grid.addWidget(worth, row, column, alignment=right)
            grid.addWidget(self.counts[note], row, column + 1)
            self.sums[note].setAlignment(right)
            self.sums[note].setMinimumWidth(96)
            grid.addWidget(self.sums[note], row, column + 2)
        grid.setColumnMinimumWidth(3, 12)
        return grid

    def _show(self) -> None:
        notes = self.notes
        for note, label in self.sums.items():
            count = (notes or {}).get(note, 0)
            label.setText(money(note * count) if count else "")
        total = sum(note * count for note, count in (notes or {}).items())
        self.total.setText(money(total) if notes is not None else text("chưa đếm"))
        self.words.setText(in_words(total).capitalize() if notes is not None else "")
        more = total - self._taken
        self.explained.setVisible(notes is not None and more != 0)
        if notes is None:
            said, look = text("Máy này đã thu {taken}.", taken=money(self._taken)), "quiet"
        elif more == 0:
            said, look = text("Khớp với số máy này đã thu."), "good"
        else:
            which = text("Thừa {amount}") if more > 0 else text("Thiếu {amount}")
            said = which.format(amount=money(abs(more))) + " · "
            said += text("máy này đã thu {taken}", taken=money(self._taken))
            look = "problem"
        self.difference.setText(said)
        set_look(self.difference, look=look)
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        fields: list[QLineEdit] = [*self.counts.values()]
        if self.explained.isVisible():
            fields.append(self.explained)
        steps = {Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or watched not in fields or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        place = fields.index(watched) + step
        if place >= len(fields):
            self.finished.emit()
        elif place >= 0:
            fields[place].setFocus()
            fields[place].selectAll()
        return True


def figures(titles: dict[str, str]) -> tuple[QFrame, dict[str, QLabel]]:
    """A card of large figures under their titles, and the labels by name."""
    frame, inside = card(0)
    grid = QGridLayout()
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(0)
    found: dict[str, QLabel] = {}
    for column, (name, title) in enumerate(titles.items()):
        label = QLabel("–")
        set_look(label, look="figure")
        label.setAccessibleName(title)
        head = QLabel(title)
        head.setWordWrap(True)
        set_look(head, look="quiet")
        grid.addWidget(head, 0, column, alignment=Qt.AlignmentFlag.AlignBottom)
        grid.addWidget(label, 1, column)
        grid.setColumnStretch(column, 1)
        found[name] = label
    inside.addLayout(grid)
    return frame, found
