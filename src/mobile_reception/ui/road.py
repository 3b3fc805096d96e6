"""When the laptop talks to the centre (a button, a timer, the network coming back) and how that is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from mobile_reception.desk import Failure
from mobile_reception.desk.troubles import news, trouble
from mobile_reception.ui.background import Background
from mobile_reception.words import clock_time, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_FIRST_LOOK = 2.0


class Road(QObject):
    """Sends and fetches for ``desk``. ``ended`` carries the Outcome with the report, or None."""

    began = Signal()
    ended = Signal(object)

    def __init__(self, desk: Desk, background: Background, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._now = now
        self._asked = False
        self._stopped = False
        self.sending = False
        self.last: Any = None
        """The newest report, None before the first."""
        self.next_try: datetime | None = None
        self._clock = QTimer(self, singleShot=True)
        self._clock.timeout.connect(self.send)
        self._network: QObject | None = None

    def start(self) -> None:
        """Begin with a first try soon, and listen to the network where the system tells of it."""
        self._plan(_FIRST_LOOK)
        self._network = _listen_to_network(self.send)

    def stop(self) -> None:
        """No more tries by themselves."""
        self._stopped = True
        self._clock.stop()

    def send(self, *, asked: bool = False) -> None:
        """Send and fetch now, whatever the timer says; while it is at it, nothing happens.

        ``asked``: an officer asked for it, so that waiting begins anew.
        """
        if self.sending or self._stopped:
            return
        self.sending = True
        self._asked = asked
        self.next_try = None
        self._clock.stop()
        self.began.emit()
        self._background.wire(self._desk.sync, self._on_report, self._on_failure)

    def _on_report(self, outcome: Any) -> None:
        self.sending = False
        self.last = outcome.value
        self._plan(self._desk.next_try_after(outcome.value, asked=self._asked))
        self.ended.emit(outcome)

    def _on_failure(self, error: Exception) -> None:
        self.sending = False
        self._plan(60.0)
        self.ended.emit(None)
        if not (isinstance(error, Failure) and error.tone == "wait"):
            self._background.failed(error)

    def _plan(self, seconds: float) -> None:
        if self._stopped:
            return
        self.next_try = self._now() + timedelta(seconds=seconds)
        self._clock.start(int(seconds * 1000))


def _listen_to_network(told: Callable[[], None]) -> QObject | None:
    """Call ``told`` when the system says that there is a network; where it is silent, the timer does."""
    try:
        from PySide6.QtNetwork import QNetworkInformation
    except ImportError:
        return None
    if not QNetworkInformation.loadDefaultBackend():
        return None
    network = QNetworkInformation.instance()

    def changed(reach: QNetworkInformation.Reachability) -> None:
        if reach == QNetworkInformation.Reachability.Online:
            told()

    network.reachabilityChanged.connect(changed)
    return network


def said(report: Any, next_try: datetime | None) -> str:
    """What a report means for the officer: what happened, that nothing is lost, and what to do."""
    return " ".join((*news(report), _outcome(report, next_try)))


def _outcome(report: Any, next_try: datetime | None) -> str:
    when = text("Máy sẽ tự thử lại lúc {time}.", time=clock_time(next_try)) if next_try else ""
    if report.reason is not None:
        return f"{trouble(report.reason).sentence} {when}".strip()
    if report.agree:
        return text("Trung tâm đã có đủ hồ sơ của máy này.")
    return text("Đã gửi một phần, còn lại sẽ gửi tiếp. {when}", when=when).strip()


def needs_somebody(report: Any) -> bool:
    """True where waiting alone does not help, or there is news that an officer must not miss."""
    return bool(news(report)) or (report.reason is not None and not trouble(report.reason).alone)
