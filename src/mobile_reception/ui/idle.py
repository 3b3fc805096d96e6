"""When nobody has touched keyboard, mouse or screen for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from mobile_reception.desk.door import ticks

_TOUCHES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.ShortcutOverride,  # of a key that does an act there is no press
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.InputMethod,
    }
)


class IdleWatch(QObject):
    """Emits `idle` once when ``seconds`` have gone by without a touch; 0 switches it off.

    ``elapsed`` is the clock, in seconds.
    """

    idle = Signal()

    def __init__(self, app: QCoreApplication, seconds: int, elapsed: Callable[[], float] = ticks) -> None:
        super().__init__(app)
        self._app = app
        self._seconds = seconds
        self._elapsed = elapsed
        self._touched = elapsed()
        self._clock = QTimer(self, interval=500)
        self._clock.timeout.connect(self._look)
        app.installEventFilter(self)
        if seconds > 0:
            self._clock.start()

    def untouched(self) -> float:
        """For how many seconds nobody has touched anything."""
        return self._elapsed() - self._touched

    def stop(self) -> None:
        """Watch no more."""
        self._clock.stop()
        self._app.removeEventFilter(self)

    def _look(self) -> None:
        if self.untouched() >= self._seconds:
            self.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._touched = self._elapsed()
        return False
