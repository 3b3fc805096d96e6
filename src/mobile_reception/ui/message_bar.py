"""One line under the header where the program speaks, instead of dialogs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from mobile_reception.ui.look import set_look
from mobile_reception.words import text

Tone = Literal["info", "good", "wait", "act"]

_SECONDS: Final = {"info": 10, "good": 10, "wait": 20, "act": 0}


class MessageBar(QFrame):
    """Shows the newest sentence. What needs a person (``act``) stays until closed; the rest goes."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message")
        self._do: Callable[[], None] | None = None
        self._unheeded: Callable[[], None] | None = None
        self._gone = QTimer(self, singleShot=True)
        self._gone.timeout.connect(self.hush)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAccessibleName(text("Thông báo"))
        self.offer = QPushButton()
        self.offer.clicked.connect(self.heed)
        self.away = QPushButton(text("Đóng"))
        self.away.setToolTip("Shift+F12")
        self.away.clicked.connect(self.hush)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(16, 6, 12, 6)
        inside.addWidget(self.words, 1)
        inside.addWidget(self.offer)
        inside.addWidget(self.away)
        self.hide()

    def say(
        self,
        sentence: str,
        tone: Tone = "info",
        offer: tuple[str, Callable[[], None]] | None = None,
        unheeded: Callable[[], None] | None = None,
    ) -> None:
        """Show ``sentence``; ``offer`` is the label of a button and what it does.

        ``unheeded`` is done once the offer has gone without being taken: closed, or another sentence came.
        """
        self._let_go()
        set_look(self, tone=tone)
        set_look(self.words, tone=tone)
        self.words.setText(sentence)
        self.offer.setVisible(offer is not None)
        self._do = None
        if offer is not None:
            self.offer.setText(f"{offer[0]}  ·  F12")
            self.offer.setAccessibleName(offer[0])
            self._do, self._unheeded = offer[1], unheeded
        self._gone.stop()
        if _SECONDS[tone] and offer is None:
            self._gone.start(_SECONDS[tone] * 1000)
        self.show()

    def heed(self) -> None:
        """Do what the sentence offers, if it offers something."""
        if self.isHidden() or self._do is None:
            return
        do, self._do, self._unheeded = self._do, None, None
        self.hide()
        do()

    def hush(self) -> None:
        """Close it; what it offered is not to be had any more."""
        self.hide()
        self._let_go()

    def _let_go(self) -> None:
        unheeded, self._do, self._unheeded = self._unheeded, None, None
        if unheeded is not None:
            unheeded()
