"""The process without a window: it starts a worker, and a fresh one each time the last one has locked itself.

It never sees a passphrase, imports nothing of Qt and holds no data, so that a lock leaves nothing behind: the
process that held the key has ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

LOCKED: Final = 10
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
            call += ["--now", (now + timedelta(seconds=time.monotonic() - started)).isoformat()]
        # On Windows a child of a window-less program would flash a console of its own.
        quiet = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        status = subprocess.call(call, creationflags=quiet, env=frugal())
        if status != LOCKED:
            return status
