"""A hand scanner that types: its burst is caught wherever the focus is, and never reaches the focused box.

Keys that may begin a scan are held back for a moment. What comes faster than any hand and ends with Enter is
a scan; everything else goes on to where it was typed, in its order.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from mobile_reception.ui.card_picture import pictures_of

_FASTEST_HAND_S: Final = 0.030
_HOLD_MS: Final = 45
"""How long a key waits for the next one: a little more than the gap that is judged, for busy machines."""
_MOST_HELD: Final = 2000
_ENTERS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_BEGINNINGS: Final = frozenset("0123456789MHT]")
"""What cards, receipts and dossier codes begin with. Any other key is a hand's and is not held."""
_HANDS: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_SHORTEST: Final = 10

Typed = QKeyEvent | QInputMethodEvent


@dataclass(frozen=True, slots=True)
class _Struck:
    """What is needed to send a held key on; ``kind`` None for letters from an input method."""

    kind: QEvent.Type | None
    words: str
    key: int = 0
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    def event(self) -> Typed:
        if self.kind is not None:
            return QKeyEvent(self.kind, self.key, self.modifiers, self.words)
        event = QInputMethodEvent("", [])
        event.setCommitString(self.words)
        return event


def _struck(event: Typed) -> _Struck:
    if isinstance(event, QInputMethodEvent):
        return _Struck(None, event.commitString())
    return _Struck(event.type(), event.text(), event.key(), event.modifiers())


def is_scan(words: str) -> bool:
    """Whether a burst is worth catching: a card's QR, a receipt's, or a dossier code, not a bare number."""
    return len(words) >= _SHORTEST and (
        words.count("|") >= 2 or words.startswith("MR1:") or (words.count("-") >= 2 and "." in words)
    )


class ScanWatch(QObject):
    """``scanned`` carries what a scanner has typed into ``window``. ``clock`` counts seconds.

    ``pictured`` carries the pictures that were pasted, wherever the focus is.
    """

    scanned = Signal(str)
    pictured = Signal(object)

    def __init__(self, window: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._watched: QWidget | None = None
        self._held: list[_Struck] = []
        self._words = ""
        self._last = 0.0
        self._replaying = False
        self._patience = QTimer(self, singleShot=True, interval=_HOLD_MS)
        self._patience.timeout.connect(self.flush)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)
        self._on_focus()
        window.installEventFilter(self)

    @property
    def holding(self) -> bool:
        """True while a key waits for the next one."""
        return bool(self._held)

    def flush(self) -> None:
        """Let what is held go on to where it was typed."""
        self._patience.stop()
        held, self._held, self._words = self._held, [], ""
        target = self._watched
        if target is None or not held:
            return
        self._replaying = True
        try:
            for struck in held:
                if isValid(target):
                    QApplication.sendEvent(target, struck.event())
        finally:
            self._replaying = False

    def _on_focus(self) -> None:
        # Asked for, not taken from the signal: that may carry a widget that is being destroyed.
        self.flush()
        now = QApplication.focusWidget()
        self._watched = now if now is not None and self._window.isAncestorOf(now) else None
        # Only where the focus is: a filter on the application would be asked about every paint and timer.
        if self._watched is not None:
            self._watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._replaying or watched is not (self._watched or self._window):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # A key that does something must not overtake what was typed before it.
            if not event.text().isprintable() or not event.text() or event.modifiers() & _HANDS:
                self._before_shortcut(event)
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        if event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and self._held:
            self._held.append(_struck(event))
            return True
        if event.type() == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            return self._on_input_method(event)
        return False

    def _before_shortcut(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & _HANDS
        if not (plain and event.key() in (*_ENTERS, Qt.Key.Key_Backspace, Qt.Key.Key_Shift)):
            self.flush()

    def _on_key(self, event: QKeyEvent) -> bool:
        if event.matches(QKeySequence.StandardKey.Paste):
            brought = pictures_of(QApplication.clipboard().mimeData())
            if brought:
                self.pictured.emit(brought)
                return True
        if event.key() in _ENTERS and self._fast(event):
            words = self._words
            if is_scan(words):
                self._patience.stop()
                self._held, self._words = [], ""
                self.scanned.emit(words)
                return True
        if event.key() == Qt.Key.Key_Backspace and self._held and self._fast(event):
            # An input method that works with keys takes letters back before it types their accents.
            return self._hold(event, self._words[:-1])
        words = event.text()
        if not words or not words.isprintable() or event.modifiers() & _HANDS:
            if words or event.key() in _ENTERS:
                self.flush()
            return False
        return self._take(event, words)

    def _on_input_method(self, event: QInputMethodEvent) -> bool:
        words = event.commitString()
        if not words or event.preeditString() or event.replacementLength():
            self.flush()
            return False
        return self._take(event, words)

    def _take(self, event: Typed, words: str) -> bool:
        if self._held and (not self._fast(event) or len(self._words) > _MOST_HELD):
            self.flush()
        if not self._held and words[0] not in _BEGINNINGS:
            return False
        return self._hold(event, self._words + words)

    def _hold(self, event: Typed, words: str) -> bool:
        self._held.append(_struck(event))
        self._words = words
        self._last = self._when(event)
        self._patience.start()
        return True

    def _fast(self, event: Typed) -> bool:
        return self._when(event) - self._last < _FASTEST_HAND_S

    def _when(self, event: Typed) -> float:
        """When a key was struck, not when a busy program came to look at it."""
        struck = event.timestamp() if isinstance(event, QKeyEvent) else 0
        return struck / 1000 if struck else self._clock()
