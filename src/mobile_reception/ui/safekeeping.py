"""What nobody has to think of: backups while the stick is there, and letting go of what the centre keeps.

On the wire's lane: no receipt waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from mobile_reception.desk import Failure
from mobile_reception.ui.background import Background

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_FIRST_LOOK_MS: Final = 60_000
_LOOK_MS: Final = 5 * 60_000
_QUIET: Final = 60.0
"""Seconds without a touch after which nobody is at the table."""


class Safekeeping(QObject):
    """Looks every few minutes whether a backup is due (`Desk.back_up_when_due`).

    ``made`` carries the parts that changed, ``failed`` a sentence: once for each kind of failure, so that
    a full stick does not speak every five minutes. ``untouched`` says for how many seconds nobody has touched
    anything: only then a few dossiers are reduced (`Desk.reduce_when_due`).
    """

    made = Signal(object)
    failed = Signal(str)

    def __init__(self, desk: Desk, background: Background) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._said = ""
        self.untouched: Callable[[], float] = lambda: 0.0
        self._clock = QTimer(self, interval=_FIRST_LOOK_MS)
        self._clock.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to look."""
        self._clock.start()

    def stop(self) -> None:
        """Look no more."""
        self._clock.stop()

    def look(self) -> None:
        """Back up now if it is due; let go of what is due if nobody is at the table."""
        self._clock.setInterval(_LOOK_MS)
        self._background.wire(self._desk.back_up_when_due, self._on_done, self._on_failure)
        if self.untouched() >= _QUIET:
            self._background.wire(self._desk.reduce_when_due, self._on_done, self._on_failure)

    def _on_done(self, outcome: Any) -> None:
        self._said = ""
        if outcome.changed:
            self.made.emit(outcome.changed)

    def _on_failure(self, error: Exception) -> None:
        if not isinstance(error, Failure):
            self._background.failed(error)
        elif str(error) != self._said:
            self._said = str(error)
            self.failed.emit(self._said)
