"""The practice centre: a process of its own on loopback. Stopping it cuts the road."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_reception.commands import NOT_NOW, Stop
from mobile_reception.commands.demo.clock import DayClock
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.centre.identity import Unit
    from mobile_reception.centre.ledger import Ledger

ADMINISTRATOR = "quantri"
PASSPHRASE = "mật khẩu thực hành"  # noqa: S105 - of practice data, printed for whoever wants to sign in


class PracticeCentre:
    """The centre as a process of its own on loopback; stopping it cuts the road."""

    def __init__(self, folder: Path, clock: DayClock) -> None:
        self._folder = folder
        self._clock = clock
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.url = ""

    @contextmanager
    def administered(self) -> Iterator[Ledger]:
        """The centre's own file in its administrator's hands; not while it answers."""
        from mobile_reception.centre.ledger import Ledger

        ledger = Ledger(self._database)
        try:
            yield ledger
        finally:
            ledger.close()

    def found(self, unit: Unit) -> None:
        """Make it, with its first unit and administrator."""
        from mobile_reception.centre.ledger import make

        make(
            self._database,
            unit,
            practice=True,
            admin=ADMINISTRATOR,
            passphrase=PASSPHRASE,
            recovery_file=self._folder / "centre-recovery-key.pem",
            now=self._clock.now,
        )

    def start(self) -> None:
        """Open the road: serve on the same port as before."""
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mobile_reception",
                "centre",
                "serve",
                "--port",
                str(self._port),
                *self._options(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=self._environment(),
        )
        said = self._process.stdout.readline().split() if self._process.stdout else []
        if not said:
            raise Stop(NOT_NOW, text("Trung tâm thực hành không khởi động được."))
        self.url = said[-1]
        self._port = int(self.url.rpartition(":")[2].rstrip("/"))

    def stop(self) -> None:
        """Cut the road."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    @property
    def _database(self) -> str:
        return f"sqlite:///{self._folder / 'centre.db'}"

    def _options(self) -> list[str]:
        return ["--database", self._database, "--now", self._clock.now.isoformat()]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONUTF8": "1"}


@contextmanager
def served(centre: PracticeCentre) -> Iterator[None]:
    """The road is open within the block."""
    centre.start()
    try:
        yield
    finally:
        centre.stop()
