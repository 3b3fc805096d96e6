"""Unfinished forms, offered by name, time and how much is there; never opened or thrown away unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from mobile_reception.desk import Draft
from mobile_reception.ui.look import set_look
from mobile_reception.ui.reception_line import filled
from mobile_reception.words import clock_time, text

_MOST_SHOWN: Final = 3


class DraftsOffer(QFrame):
    """``reopened`` and ``dropped`` carry the Draft. "For later" folds the offer and loses nothing."""

    reopened = Signal(object)
    dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        set_look(self, look="offer")
        self._drafts: tuple[Draft, ...] = ()
        self._folded = False
        self.title = QLabel()
        self.later = QPushButton()
        self.later.clicked.connect(self._on_later)
        self.later.setShortcut("Alt+D")
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.later)
        self.grid = QGridLayout()
        self.grid.setColumnStretch(0, 1)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(6)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(14, 8, 10, 8)
        inside.setSpacing(6)
        inside.addLayout(top)
        inside.addLayout(self.grid)
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
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.setVisible(bool(self._drafts))
        count = len(self._drafts)
        self.title.setText(text("Hồ sơ làm dở: {count}", count=count))
        self.later.setText(text("Xem lại  ·  Alt+D") if self._folded else text("Để sau  ·  Alt+D"))
        # Qt forgets a button's shortcut whenever its text changes.
        self.later.setShortcut("Alt+D")
        if self._folded:
            return
        for row, draft in enumerate(self._drafts[:_MOST_SHOWN]):
            words = QLabel(said(draft))
            words.setWordWrap(True)
            key = f"Alt+{row + 1}"
            again = QPushButton(text("Làm tiếp  ·  {key}", key=key))
            again.setAccessibleName(text("Làm tiếp {draft}", draft=said(draft)))
            again.setShortcut(key)
            again.clicked.connect(lambda _checked=False, one=draft: self.reopened.emit(one))
            away = QPushButton(text("Bỏ"))
            away.setAccessibleName(text("Bỏ {draft}", draft=said(draft)))
            away.clicked.connect(lambda _checked=False, one=draft: self.dropped.emit(one))
            for column, widget in enumerate((words, again, away)):
                self.grid.addWidget(widget, row, column)
        if count > _MOST_SHOWN:
            more = QLabel(text("và {count} hồ sơ làm dở nữa", count=count - _MOST_SHOWN))
            self.grid.addWidget(more, _MOST_SHOWN, 0)

    def _on_later(self) -> None:
        self._folded = not self._folded
        self._lay_out()


def said(draft: Draft) -> str:
    """``Nguyễn Văn A, 09:42, 7 trong 9 mục``."""
    have, need = filled(draft.fields)
    return text(
        "{name}, {time}, {have} trong {need} mục",
        name=draft.name or text("chưa có tên"),
        time=clock_time(draft.saved_at),
        have=have,
        need=need,
    )
