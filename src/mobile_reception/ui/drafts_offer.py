"""Unfinished forms, offered by name, time and how much is there; never opened or thrown away unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton

from mobile_reception.desk import Draft
from mobile_reception.ui.fields import discard
from mobile_reception.ui.look import set_look
from mobile_reception.ui.reception_line import filled
from mobile_reception.words import clock_time, text

_MOST_SHOWN: Final = 2


class DraftsOffer(QFrame):
    """``reopened`` and ``dropped`` carry the Draft. "For later" folds the offer and loses nothing."""

    reopened = Signal(object)
    dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, look="offer")
        self._drafts: tuple[Draft, ...] = ()
        self._folded = False
        self.later = QPushButton()
        self.later.clicked.connect(self._on_later)
        # Not the buttons' own shortcuts: Qt presses a button for a tenth of a second first.
        QShortcut(QKeySequence("Alt+D"), self, self._on_later)
        for place in range(_MOST_SHOWN):
            QShortcut(QKeySequence(f"Alt+{place + 1}"), self, lambda at=place: self._reopen(at))
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(14, 8, 10, 8)
        self.grid.setColumnStretch(0, 1)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(6)
        self.hide()

    def show_drafts(self, drafts: Sequence[Draft]) -> None:
        """Offer ``drafts``; none hides the offer. Drafts that are new unfold it."""
        known = {draft.id for draft in self._drafts}
        if any(draft.id not in known for draft in drafts):
            self._folded = False
        self._drafts = tuple(drafts)
        self._lay_out()

    def sentences(self) -> tuple[str, ...]:
        """What is offered, as it reads."""
        return tuple(said(draft) for draft in self._drafts)

    def _lay_out(self) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None and old is not self.later:
                discard(old)
        self.later.setText(text("Xem lại  ·  Alt+D") if self._folded else text("Để sau  ·  Alt+D"))
        count = len(self._drafts)
        shown = () if self._folded else self._drafts[:_MOST_SHOWN]
        for row, draft in enumerate(shown):
            for column, widget in enumerate(self._line(draft, f"Alt+{row + 1}")):
                self.grid.addWidget(widget, row, column)
        if self._folded or count > len(shown):
            words = text("Còn {count} hồ sơ làm dở nữa", count=count - len(shown))
            self.grid.addWidget(QLabel(text("Hồ sơ làm dở: {count}", count=count) if self._folded else words))
        self.grid.addWidget(self.later, 0, 3)
        self.setVisible(bool(self._drafts))

    def _line(self, draft: Draft, key: str) -> tuple[QLabel, QPushButton, QPushButton]:
        words = QLabel(text("Làm dở: {draft}", draft=said(draft)))
        words.setWordWrap(True)
        again = QPushButton(text("Làm tiếp  ·  {key}", key=key))
        again.setAccessibleName(text("Làm tiếp {draft}", draft=said(draft)))
        again.clicked.connect(lambda: self.reopened.emit(draft))
        away = QPushButton(text("Bỏ"))
        away.setAccessibleName(text("Bỏ {draft}", draft=said(draft)))
        away.clicked.connect(lambda: self.dropped.emit(draft))
        return words, again, away

    def _reopen(self, place: int) -> None:
        if not self._folded and place < len(self._drafts):
            self.reopened.emit(self._drafts[place])

    def _on_later(self) -> None:
        self._folded = not self._folded
        self._lay_out()


def said(draft: Draft) -> str:
    """``Nguyễn Văn A, 09:42, 7 trong 9 mục``, and ``2 tệp`` where it has files."""
    have, need = filled(draft.fields)
    much = text(
        "{name}, {time}, {have} trong {need} mục",
        name=draft.name or text("chưa có tên"),
        time=clock_time(draft.saved_at),
        have=have,
        need=need,
    )
    return f"{much}, {text('{count} tệp', count=draft.files)}" if draft.files else much
