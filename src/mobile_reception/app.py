"""Builds the house: the one place that knows every room. Screens get their Desk here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk


def open_window(folder: Path, language: str | None, start: datetime | None) -> int:
    """The launcher: a process without a window that keeps a worker alive; its last worker's exit status."""
    from mobile_reception.ui.launcher import launch

    return launch(folder, language, start)


def work(folder: Path, language: str | None, now: Callable[[], datetime]) -> int:
    """The worker: the unlock window, then the main window; ends the process to lock."""
    from mobile_reception.ui import worker

    return worker.run(folder, language, now)


def show(folder: Path, language: str | None, now: Callable[[], datetime], desk: Desk) -> int:
    """The main window on a desk that is unlocked already; ends when it is closed or locked."""
    from mobile_reception.ui import worker

    return worker.run(folder, language, now, desk=desk)
