"""Citizens who wait while another is served: their forms as tabs along the top, each with a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from mobile_reception.desk import Draft
from mobile_reception.ui.fields import discard
from mobile_reception.ui.look import set_look
from mobile_reception.words import clock_time, text

MOST_SHOWN: Final = 9
_LONGEST_NAME: Final = 18


class HeldTabs(QWidget):
    """``chosen`` carries the Draft; Ctrl+1 to Ctrl+9 choose, the oldest first so that a key stays its own."""

    chosen = Signal(object)

    def __init__(self, page: QWidget) -> None:
        """``page`` is where the keys work, also for tabs that there is no room to show."""
        super().__init__()
        for number in range(1, MOST_SHOWN + 1):
            key = QShortcut(QKeySequence(f"Ctrl+{number}"), page)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            key.activated.connect(lambda place=number - 1: self.choose(place))
        self._drafts: tuple[Draft, ...] = ()
        self.buttons: list[QPushButton] = []
        self.more = QLabel()
        set_look(self.more, look="quiet")
        self.title = QLabel(text("Đang giữ:"))
        set_look(self.title, look="quiet")
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(6)
        self._line.addWidget(self.title)
        self._line.addWidget(self.more)
        self._line.addStretch()
        self.hide()

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """What the tabs stand for, in their order."""
        return self._drafts

    def show_drafts(self, drafts: Sequence[Draft]) -> None:
        """Show ``drafts`` as tabs."""
        self._drafts = tuple(drafts)
        for button in self.buttons:
            self._line.removeWidget(button)
            discard(button)
        self.buttons = [self._tab(number, draft) for number, draft in enumerate(self._drafts[:MOST_SHOWN], 1)]
        for place, button in enumerate(self.buttons, 1):
            self._line.insertWidget(place, button)
        self._fit()
        self.setVisible(bool(self._drafts))

    def choose(self, place: int) -> None:
        """Go on with the tab at ``place``, counted from 0."""
        if place < len(self._drafts):
            self.chosen.emit(self._drafts[place])

    def _tab(self, number: int, draft: Draft) -> QPushButton:
        name = draft.name or text("chưa có tên")
        key = f"Ctrl+{number}"
        short = name if len(name) <= _LONGEST_NAME else "…" + name[-_LONGEST_NAME:].lstrip()
        button = QPushButton(f"{short} {clock_time(draft.saved_at)}  ·  {key}")
        set_look(button, look="tab")
        button.setAccessibleName(text("Làm tiếp hồ sơ của {name}", name=name))
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.chosen.emit(draft))
        return button

    def _fit(self) -> None:
        """Only as many as there is room for; the rest are counted and keep their keys once there is room."""
        room = self.width() - self.title.sizeHint().width() - 90
        shown = 0
        for button in self.buttons:
            room -= button.sizeHint().width() + 6
            button.setVisible(room >= 0 or shown == 0)
            shown += room >= 0 or shown == 0
        left = len(self._drafts) - shown
        self.more.setText(text("và {count} nữa", count=left) if left else "")
        self.more.setVisible(bool(left))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
