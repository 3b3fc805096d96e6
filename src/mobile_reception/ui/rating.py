"""How satisfied somebody is: three buttons, a reason where it is needed, thanks; for citizen and officer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.dossier import service
from mobile_reception.ui.look import set_look
from mobile_reception.words import speaking, text


class RatingView(QFrame):
    """Asks once: `rated` carries the level and the reason ("" where none was asked), `skipped` ends it.

    ``large``: for the finger of a citizen, who has no keyboard; else the officer asks for the citizen (hỏi
    hộ), with the keys 1 to 9, Esc, and a line for any other reason.
    """

    rated = Signal(str, str)
    skipped = Signal()

    def __init__(self, *, large: bool) -> None:
        super().__init__()
        self._large = large
        set_look(self, look="rating" if large else "offer")
        self.question, self.why, self.thanks = QLabel(), QLabel(), QLabel()
        self.levels = [self._button(at, service.level_words(one)) for at, one in enumerate(service.LEVELS, 1)]
        for button, level in zip(self.levels, service.LEVELS, strict=True):
            set_look(button, look=f"rate-{level}")
            button.clicked.connect(lambda _on=False, one=level: self._on_level(one))
        self._codes = service.REASONS
        self.reasons = [self._button(at, service.reason_words(one)) for at, one in enumerate(self._codes, 1)]
        for button, code in zip(self.reasons, self._codes, strict=True):
            button.clicked.connect(lambda _on=False, one=code: self._on_reason(one))
        self.other = QLineEdit()
        self.other.setPlaceholderText(text("lý do khác, gõ rồi Enter"))
        self.other.setAccessibleName(text("Lý do khác"))
        self.other.returnPressed.connect(self._on_other)
        self.other.setVisible(not large)
        self.skips = [self._skip(), self._skip()]
        self._sheets = (self._asking(), self._explaining(), self._thanking())
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        for sheet in self._sheets:  # no stack: that is always as high as its highest sheet
            lines.addWidget(sheet)
        self._turn_to(0)

    def ask(self) -> None:
        """Begin anew with the three buttons."""
        self.other.clear()
        self._turn_to(0)
        if not self._large:
            self.levels[0].setFocus()

    def thank(self) -> None:
        """What was said is on record."""
        self._turn_to(2)

    def _turn_to(self, place: int) -> None:
        self._place = place
        for at, sheet in enumerate(self._sheets):  # first the one that goes
            if at != place:
                sheet.hide()
        self._sheets[place].show()

    # --- making ---------------------------------------------------------------------------------------------

    def _button(self, key: int, words: str) -> QPushButton:
        button = QPushButton(words if self._large else f"{key}  ·  {words}")
        button.setAccessibleName(words)
        if self._large:
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _skip(self) -> QPushButton:
        words = text("Bỏ qua")
        button = QPushButton(words if self._large else f"{words}  ·  Esc")
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_look(button, look="skip")
        button.clicked.connect(self.skipped)
        return button

    def _asking(self) -> QWidget:
        self.question.setText(
            text("Ông/bà có hài lòng với việc tiếp nhận hôm nay không?")
            if self._large
            else text("Hỏi hộ người dân: có hài lòng không?")
        )
        row = QHBoxLayout()
        row.setSpacing(16 if self._large else 8)
        for button in self.levels:
            row.addWidget(button, 1 if self._large else 0)
        return self._sheet(self.question, row, self.skips[0])

    def _explaining(self) -> QWidget:
        self.why.setText(
            text("Xin cho biết điều gì chưa hài lòng") if self._large else text("Vì sao chưa hài lòng?")
        )
        grid = QGridLayout()
        grid.setSpacing(12 if self._large else 8)
        across = 2 if self._large else 4
        for place, button in enumerate(self.reasons):
            grid.addWidget(button, place // across, place % across)
        if not self._large:
            grid.addWidget(self.other, (len(self.reasons) + across - 1) // across, 0, 1, across)
        return self._sheet(self.why, grid, self.skips[1])

    def _thanking(self) -> QWidget:
        self.thanks.setText(text("Cảm ơn ông/bà đã đánh giá."))
        return self._sheet(self.thanks, QHBoxLayout(), None)

    def _sheet(self, title: QLabel, inside: QHBoxLayout | QGridLayout, skip: QPushButton | None) -> QWidget:
        sheet = QWidget()
        set_look(title, look="citizen-head" if self._large else "heading")
        title.setWordWrap(True)
        lines = QVBoxLayout(sheet)
        lines.setContentsMargins(*((20, 14, 20, 14) if self._large else (14, 8, 14, 8)))
        lines.setSpacing(10 if self._large else 6)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        if skip is not None:
            head.addWidget(skip)
        lines.addLayout(head)
        lines.addLayout(inside)
        return sheet

    # --- hearing --------------------------------------------------------------------------------------------

    def _on_level(self, level: str) -> None:
        if level == service.NOT_SATISFIED:
            self._turn_to(1)
            if not self._large:
                self.reasons[0].setFocus()
            return
        self.rated.emit(level, "")

    def _on_reason(self, code: str) -> None:
        with speaking("vi"):  # what is on record is read on Vietnamese papers
            said = service.reason_words(code)
        self.rated.emit(service.NOT_SATISFIED, said)

    def _on_other(self) -> None:
        if said := self.other.text().strip():
            self.rated.emit(service.NOT_SATISFIED, said)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        buttons = (self.levels, self.reasons, [])[self._place]
        key = event.text()
        if event.key() == Qt.Key.Key_Escape:
            self.skipped.emit()
        elif key.isdecimal() and 0 < int(key) <= len(buttons):
            buttons[int(key) - 1].click()
        else:
            super().keyPressEvent(event)
