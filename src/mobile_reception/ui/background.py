"""The only place where threads start: for the desk (all that is local), the wire, the printer, the camera.

A lane has one thread, so what is given to it runs in order and needs no locks; a slow centre never delays a
receipt, nor does a printer that hangs. Tasks return values and touch no widget: results come back to the
screen's thread by one signal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Errand:
    """A task with whom to tell; ``key`` names tasks of which only the newest matters."""

    then: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    key: str | None
    on_wire: bool


class Background(QObject):
    """Four one-thread lanes. ``failed`` hears of every error that its task did not want to hear itself."""

    rested = Signal()
    """Nothing is on the wire any more."""
    _arrived = Signal(object, object)

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        super().__init__()
        self.failed = failed
        self._desk = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._wire = ThreadPoolExecutor(1, thread_name_prefix="wire")
        self._printer = ThreadPoolExecutor(1, thread_name_prefix="printer")
        self._camera = ThreadPoolExecutor(1, thread_name_prefix="camera")
        self._newest: dict[str, tuple[Future[Any], _Errand]] = {}
        self._on_wire = 0
        self._under_way = 0
        self._stopped = False
        self._home = threading.current_thread()
        # A task may be done before anybody listens: a direct signal would run the answer inside `desk`.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def desk(
        self,
        task: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        newest: str | None = None,
    ) -> None:
        """Run ``task`` on the desk's thread, then ``then`` with its result on the screen's.

        Of tasks that share the name ``newest`` only the last one given is answered, and an earlier one that
        still waits is not run at all.
        """
        self._give(self._desk, task, _Errand(then, failed, newest, on_wire=False))

    def wire(
        self,
        task: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``task`` on the wire's thread, then ``then`` with its result on the screen's."""
        self._give(self._wire, task, _Errand(then, failed, None, on_wire=True))

    def printer(
        self,
        task: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``task`` on the printer's thread, then ``then`` with its result on the screen's."""
        self._give(self._printer, task, _Errand(then, failed, None, on_wire=False))

    def camera(
        self,
        task: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``task`` on the camera's thread, then ``then`` with its result on the screen's."""
        self._give(self._camera, task, _Errand(then, failed, None, on_wire=False))

    @property
    def at_rest(self) -> bool:
        """True when every task has been run and its answer delivered."""
        return self._under_way == 0

    @property
    def on_wire(self) -> bool:
        """True while something is being sent or fetched, or waits to be."""
        return self._on_wire > 0

    def stop(self) -> None:
        """Finish everything given to the desk, drop what waits on the wire; no answer is delivered any more.

        Blocks until all threads have ended: what runs on the wire or at the printer or camera is waited for.
        """
        if self._stopped:
            return
        self._stopped = True
        self._arrived.disconnect(self._deliver)
        self._wire.shutdown(wait=False, cancel_futures=True)
        for lane in (self._printer, self._camera):
            lane.shutdown(wait=False, cancel_futures=True)
        self._desk.shutdown(wait=True)
        self._wire.shutdown(wait=True)
        self._printer.shutdown(wait=True)
        self._camera.shutdown(wait=True)

    def abandon(self) -> None:
        """Finish everything given to the desk, leave the wire as it is; then the process has to end."""
        self._stopped = True
        self._desk.shutdown(wait=True)

    def _give(self, lane: ThreadPoolExecutor, task: Callable[[], Any], errand: _Errand) -> None:
        if threading.current_thread() is not self._home:
            raise RuntimeError("only the screen's thread gives tasks")
        if self._stopped:
            return
        self._under_way += 1
        if errand.on_wire:
            self._on_wire += 1
        if errand.key is not None and errand.key in self._newest:
            self._newest[errand.key][0].cancel()
        future = lane.submit(task)
        if errand.key is not None:
            self._newest[errand.key] = (future, errand)
        future.add_done_callback(lambda done: self._tell(done, errand))

    def _tell(self, done: Future[Any], errand: _Errand) -> None:
        if done.cancelled():  # by `_give` or `stop`, so on the screen's thread
            self._under_way -= 1
        elif not self._stopped:
            self._arrived.emit(done, errand)

    def _deliver(self, done: Future[Any], errand: _Errand) -> None:
        self._under_way -= 1
        if errand.on_wire:
            self._on_wire -= 1
        if errand.key is not None:
            held = self._newest.get(errand.key)
            if held is None or held[1] is not errand:
                return
            del self._newest[errand.key]
        error = done.exception()
        if isinstance(error, Exception):
            (errand.failed or self.failed)(error)
        elif error is not None:
            raise error
        elif errand.then is not None:
            errand.then(done.result())
        if errand.on_wire and not self._on_wire:
            self.rested.emit()
