"""What the citizen across the table sees: a second window in large letters, so that mistakes show at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMoveEvent, QScreen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mobile_reception.desk import Assessed, ProcedureLine
from mobile_reception.ui.look import clothe, set_look
from mobile_reception.ui.rating import RatingView
from mobile_reception.words import day, money, text, weekday

_ALONE: Final = (960, 600)
_MOST_PAPERS: Final = 6
_ROOMY: Final = 850
"""Screens less high than this get smaller letters, so that nothing is cut: 1366 x 768 at 125 % is 614."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the citizen is told; empty where nothing is known yet."""

    name: str = ""
    procedure: str = ""
    papers: Sequence[str] = ()
    fee: str = ""
    back: str = ""
    code: str = ""
    dossier: str = ""
    """The id of the dossier that was received or handed over; "" before."""


def told_of(raw: Mapping[str, Any], line: ProcedureLine | None, assessed: Assessed) -> Told:
    """What the citizen may see of a form as it stands."""
    back = assessed.come_back
    chosen = line is not None
    return Told(
        name=str(raw["submitter.full_name"]).strip(),
        procedure=line.name if line is not None else "",
        papers=tuple(str(each["name"]) for each in raw["papers"] if each["on"] and each["name"]),
        fee=money(assessed.fee) if chosen and assessed.fee is not None else "",
        back=f"{weekday(back)} {day(back)}" if chosen and back is not None else "",
    )


class CitizenView(QWidget):
    """Never takes the keyboard. ``moved`` carries the name of the screen that it was moved to.

    ``rating`` is asked of the citizen once, by touch, when `ask` says so.
    """

    moved = Signal(str)
    closed = Signal()

    def __init__(self, unit: str, practice: bool) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setObjectName("citizen")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(text("Màn hình cho người dân"))
        self._screen = ""
        self._unit = unit
        self.mark = QLabel(text("Thực hành: không phải hồ sơ thật"))
        set_look(self.mark, look="practice")
        self.mark.setVisible(practice)
        self.head = QLabel()
        self.name, self.procedure, self.papers = QLabel(), QLabel(), QLabel()
        self.fee, self.back, self.code = QLabel(), QLabel(), QLabel()
        self._parts = (
            (text("Thủ tục"), self.procedure),
            (text("Giấy tờ đã nhận"), self.papers),
            (text("Phí, lệ phí"), self.fee),
            (text("Ngày hẹn trả"), self.back),
            (text("Mã hồ sơ"), self.code),
        )
        self._lines = lines = QVBoxLayout(self)
        lines.setSpacing(6)
        lines.addWidget(self.mark, alignment=Qt.AlignmentFlag.AlignLeft)
        set_look(self.head, look="citizen-head")
        set_look(self.name, look="citizen-name")
        lines.addWidget(self.head)
        lines.addWidget(self.name)
        self._titles = []
        for words, label in self._parts:
            title = QLabel(words)
            set_look(title, look="citizen-title")
            set_look(label, look="citizen-words")
            label.setAccessibleName(words)
            self._titles.append(title)
            lines.addWidget(title)
            lines.addWidget(label)
        for label in (self.head, self.name, *(label for _, label in self._parts)):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        lines.addStretch()
        self.rating = RatingView(large=True)
        self.rating.skipped.connect(self.rating.hide)
        self.rating.hide()
        lines.addWidget(self.rating)
        self.fit(_ALONE[1])
        self.tell(Told())

    def tell(self, told: Told) -> None:
        """Show ``told``; nothing known is a greeting."""
        self.rating.hide()
        nobody = not (told.name or told.procedure)
        self.head.setText(
            text("Kính chào ông/bà") if nobody else text("Xin ông/bà xem lại, có gì sai xin báo ngay")
        )
        self.name.setText(self._unit if nobody else told.name)
        shown = [f"• {name}" for name in told.papers[:_MOST_PAPERS]]
        if len(told.papers) > _MOST_PAPERS:
            shown.append(text("và {count} giấy tờ khác", count=len(told.papers) - _MOST_PAPERS))
        said = (told.procedure, "\n".join(shown), told.fee, told.back, told.code)
        for title, (_, label), words in zip(self._titles, self._parts, said, strict=True):
            label.setText(words)
            label.setVisible(bool(words))
            title.setVisible(bool(words))

    def ask(self) -> None:
        """Ask how satisfied the citizen is with the dossier shown; what was to be read over makes room.

        What is to be paid stays, and when to come back.
        """
        read_over = {self.procedure, self.papers}
        for title, (_, label) in zip(self._titles, self._parts, strict=True):
            if label in read_over:
                title.hide()
                label.hide()
        self.rating.ask()
        self.rating.show()

    def fit(self, height: int) -> None:
        """Choose letters for a view of ``height``."""
        roomy = height >= _ROOMY
        self.setProperty("room", "large" if roomy else "small")
        self._lines.setContentsMargins(*((56, 32, 56, 32) if roomy else (36, 12, 36, 12)))
        self._lines.setSpacing(6 if roomy else 2)
        clothe(self)

    def open_on(self, screen: str, other_than: QScreen | None) -> None:
        """Show it on the screen called ``screen``, else on one that is not ``other_than``, else beside."""
        every = QGuiApplication.screens()
        chosen = next((one for one in every if one.name() == screen), None)
        if chosen is None:
            chosen = next((one for one in every if one is not other_than), None)
        if chosen is not None and (chosen is not other_than or len(every) > 1):
            self._screen = chosen.name()
            self.fit(chosen.geometry().height())
            self.setGeometry(chosen.geometry())
            self.showFullScreen()
            return
        where = other_than.availableGeometry() if other_than is not None else QRect(0, 0, *_ALONE)
        self.resize(min(_ALONE[0], where.width()), min(_ALONE[1], where.height()))
        self.show()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        here = self.screen().name()
        if self.isVisible() and here != self._screen:
            self._screen = here
            self.moved.emit(here)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
