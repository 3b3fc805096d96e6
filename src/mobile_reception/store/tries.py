"""Wrong passphrases, counted in files that outlive the process, so that guessing takes longer and longer.

A try is on record before its passphrase is looked at: whoever kills the program in between gains nothing.
Time is the machine's own since it was started, which no clock in the corner of the screen changes; a restart
only makes a wait longer. One small file a try, made and renamed whole: several programs may sign in at once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

FREE: Final = 5
"""Tries without a wait."""

WAITS: Final = (60.0, 300.0, 900.0, 3600.0)
"""Seconds after the fifth wrong try, the sixth, the seventh, and each one after."""

_FOLDER: Final = "tries"
_UNDER_WAY: Final = 120.0  # seconds after which a try that never ended counts as wrong
_AT_ONCE: Final = 20  # programs that may well be signing in at the same time


def ticks() -> float:
    """Seconds that no officer can turn back, and that go on while the laptop sleeps with its lid closed."""
    # Python's monotonic clock stands still during sleep on Linux: an open lid would show the last citizen.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Tries:
    """The tries to sign in as ``login`` on ``folder``. A folder that cannot be written to counts nothing."""

    def __init__(self, folder: Path, login: str, now: Callable[[], float] = ticks) -> None:
        self._folder = folder / _FOLDER
        self._key = hashlib.sha256(login.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._now = now

    def wait(self) -> float:
        """Seconds until the next try is allowed; 0: now."""
        count, since = self._wrong()
        if count < FREE:
            return 0.0
        return max(0.0, WAITS[min(count - FREE, len(WAITS) - 1)] - since)

    def left(self) -> int:
        """How many tries there are before a wait begins."""
        return max(0, FREE - self._wrong()[0])

    def begin(self) -> Path | None:
        """Put a try on record, durably; give it to `failed` or `succeeded`."""
        file = self._folder / f"{self._key}.{secrets.token_hex(8)}.try"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(repr(self._now()))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            return None  # a full disk keeps nobody from the dossiers that are there
        return file

    def failed(self, begun: Path | None) -> None:
        """The passphrase of this try was wrong."""
        if begun is None:
            return
        try:
            begun.replace(begun.with_suffix(".wrong"))
        except OSError:
            return  # it counts as it stands, in a while

    def gave_up(self, begun: Path | None) -> None:
        """This try said nothing about the passphrase: something else went wrong."""
        if begun is not None:
            _remove(begun)

    def succeeded(self) -> None:
        """Somebody knew the passphrase: all that was wrong before is forgotten."""
        for file in self._files():
            _remove(file)

    def _files(self) -> list[Path]:
        try:
            return [file for file in self._folder.iterdir() if file.name.startswith(f"{self._key}.")]
        except OSError:
            return []

    def _wrong(self) -> tuple[int, float]:
        """How many tries count as wrong, and seconds since the last of them."""
        now = self._now()
        wrong: list[float] = []
        under_way: list[float] = []
        for file in self._files():
            age = _age(file, now)
            settled = file.suffix == ".wrong" or age > _UNDER_WAY
            (wrong if settled else under_way).append(age)
        wrong += sorted(under_way)[_AT_ONCE:]
        return len(wrong), min(wrong, default=0.0)


def _age(file: Path, now: float) -> float:
    """Seconds since a try; those of before the machine was started anew count from its start."""
    try:
        at = float(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        at = 0.0  # torn by a power cut: as old as can be, and it counts
    return now - at if now >= at else now


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return  # read-only by now: nothing can be counted there either
