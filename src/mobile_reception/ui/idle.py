"""When nobody has touched keyboard, mouse or screen for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from shiboken6 import isValid

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
    """Emits `idle` once when ``seconds`` have gone by without a touch; 0 never does.

    ``elapsed`` is the clock, in seconds.
    """

    idle = Signal()

    def __init__(self, app: QGuiApplication, seconds: int, elapsed: Callable[[], float] = ticks) -> None:
        super().__init__(app)
        self._app = app
        self._seconds = seconds
        self._elapsed = elapsed
        self._touched = elapsed()
        self._focus: QObject | None = None
        self._windows: list[QWindow] = []
        app.focusObjectChanged.connect(self._listen)
        self._clock = QTimer(self, interval=500)
        self._clock.timeout.connect(self._look)
        self._clock.start()
        self._listen()

    def untouched(self) -> float:
        """For how many seconds nobody has touched anything."""
        return self._elapsed() - self._touched

    def stop(self) -> None:
        """Watch no more."""
        self._clock.stop()
        self._app.focusObjectChanged.disconnect(self._listen)
        for heard in (self._focus, *self._windows):
            if heard is not None and isValid(heard):
                heard.removeEventFilter(self)
        self._focus, self._windows = None, []

    def _listen(self) -> None:
        """Be told where touches arrive: at a window of the system, letters from an input method at the focus.

        Not by the application: every paint and every timer of every widget would be asked about here, which
        doubled what a key costs.
        """
        # Asked for, not taken from the signal: that may carry an object that is being destroyed.
        self._focus = self._app.focusObject()
        if self._focus is not None:
            self._focus.installEventFilter(self)
        self._windows = self._app.topLevelWindows()
        for window in self._windows:
            window.installEventFilter(self)  # a second time changes nothing

    def _look(self) -> None:
        self._listen()  # menus come and go without taking the focus
        if 0 < self._seconds <= self.untouched():
            self.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self._touched = self._elapsed()
        return False
