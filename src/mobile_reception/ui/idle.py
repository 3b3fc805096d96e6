"""When nobody has touched keyboard, mouse or screen for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

_TOUCHES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.InputMethod,
    }
)


def ticks() -> float:
    """Seconds that no officer can turn back, and that go on while the laptop sleeps with its lid closed."""
    # Python's monotonic clock stands still during sleep on Linux: an open lid would show the last citizen.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


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
        if seconds > 0:
            app.installEventFilter(self)
            self._clock.start()

    def stop(self) -> None:
        """Watch no more."""
        self._clock.stop()
        self._app.removeEventFilter(self)

    def _look(self) -> None:
        if self._elapsed() - self._touched >= self._seconds:
            self.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._touched = self._elapsed()
        return False
