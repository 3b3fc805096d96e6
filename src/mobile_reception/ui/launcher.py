"""The process without a window: it starts a worker, and a fresh one each time the last one has locked itself.

It never sees a passphrase, imports nothing of Qt and holds no data, so that a lock leaves nothing behind: the
process that held the key has ended.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

LOCKED = 10
"""The exit status of a worker that has locked itself and wants a successor."""


def frugal() -> dict[str, str]:
    """This process's environment for a worker that gives memory back: what glibc would keep for each thread.

    A page of a sheet is tens of megabytes for a moment; kept, they made a sixth of the whole.
    """
    return {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072", **os.environ}


def launch(
    folder: Path,
    language: str | None = None,
    now: datetime | None = None,
    command: Sequence[str] = (sys.executable, "-m", "mobile_reception", "window-worker"),
) -> int:
    """Open the window on ``folder`` until an officer closes it; the exit status of the last worker.

    ``language`` None leaves the choice to the folder's own setting. ``now`` starts the clock there (practice
    folders only) and lets it run on through every lock.
    """
    started = time.monotonic()
    while True:
        call = [*command, "--data", str(folder)]
        if language is not None:
            call += ["--language", language]
        if now is not None:
            from datetime import timedelta

            call += ["--now", (now + timedelta(seconds=time.monotonic() - started)).isoformat()]
        status = _run(call)
        if status != LOCKED:
            return status


def _run(call: list[str]) -> int:
    """The exit status of ``call``; by the system's own means where that is enough, for the window waits."""
    if sys.platform == "win32":
        import subprocess

        # A child of a window-less program would flash a console of its own.
        return subprocess.call(call, creationflags=subprocess.CREATE_NO_WINDOW, env=frugal())
    import signal

    # Python ignores a broken pipe; what it starts is not to inherit that.
    child = os.posix_spawn(call[0], call, frugal(), setsigdef=[signal.SIGPIPE])
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except KeyboardInterrupt:
        os.kill(child, signal.SIGTERM)
        raise
