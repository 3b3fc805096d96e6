"""From the word to leave until the process may end: what is under way is finished behind a cover."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from mobile_reception.ui.background import Background
from mobile_reception.ui.draft_keeper import DraftKeeper
from mobile_reception.ui.launcher import LOCKED
from mobile_reception.ui.look import set_look
from mobile_reception.words import text

_LONGEST_GOODBYE_MS: Final = 15 * 60 * 1000


class Leaving(QObject):
    """``layers`` shows the page of work, or the cover. `went` carries the status, once nothing is under way.

    ``busy`` says whether something is on the wire or at the printer, ``closing`` is done last of all on the
    desk's lane. After a quarter of an hour the process ends whatever is under way, but not while ``drafts``
    has something that the disk did not take: that goes on being tried.
    """

    went = Signal(int)

    def __init__(
        self,
        working: QWidget,
        background: Background,
        drafts: DraftKeeper,
        busy: Callable[[], bool],
        closing: Callable[[], None],
    ) -> None:
        super().__init__()
        self._working = working
        self._background = background
        self._drafts = drafts
        self._busy = busy
        self._closing = closing
        self._status: int | None = None
        self.over = False
        """Whether it has gone."""
        self.cover = QLabel()
        self.cover.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.cover.setWordWrap(True)
        self.cover.setAccessibleName(text("Thông báo"))
        set_look(self.cover, look="large")
        self.layers = QStackedWidget()
        self.layers.addWidget(working)
        self.layers.addWidget(self.cover)
        background.rested.connect(self.go_when_at_rest)
        drafts.answered.connect(self.go_when_at_rest)

    @property
    def begun(self) -> bool:
        """Whether the word has been given; there is no way back."""
        return self._status is not None

    def begin(self, status: int) -> bool:
        """Give the word, with the status to end with; False if it was given before."""
        if self.begun:
            return False
        self._status = status
        return True

    def go(self) -> None:
        """Go now or, behind the cover, as soon as nothing is under way."""
        if not self._under_way():
            self._go()
            return
        self.cover.setText(self._said())
        self.layers.setCurrentWidget(self.cover)
        self.cover.setFocus()
        self._working.setEnabled(False)
        QTimer.singleShot(_LONGEST_GOODBYE_MS, self._go_anyway)

    def go_when_at_rest(self) -> None:
        """Something has been finished: perhaps the last thing."""
        if self.begun and self.layers.currentWidget() is self.cover:
            self.cover.setText(self._said())
            if not self._under_way():
                self._go()

    def _under_way(self) -> bool:
        return self._busy() or self._drafts.busy

    def _said(self) -> str:
        locked = self._status == LOCKED
        if self._drafts.stuck:
            said = text(
                "Đĩa chưa nhận những gì vừa gõ. Hãy giải phóng chỗ trên đĩa và đừng tắt máy: có chỗ là "
                "chương trình ghi đủ rồi tự đóng."
            )
            return text("Đã khóa.") + " " + said if locked else said
        if locked:
            return text("Đã khóa. Đang gửi hoặc in cho xong, rồi sẽ tự đóng.")
        return text("Đang gửi hoặc in cho xong, rồi sẽ tự đóng.")

    def _go(self) -> None:
        if self.over or self._status is None:
            return
        self.over = True
        self.layers.window().hide()
        self._background.desk(self._closing)
        self._background.stop()
        self.went.emit(self._status)

    def _go_anyway(self) -> None:
        if self._drafts.stuck:
            QTimer.singleShot(_LONGEST_GOODBYE_MS, self._go_anyway)
        elif not self.over:
            self._background.abandon()
            os._exit(self._status or 0)
