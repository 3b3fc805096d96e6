"""A private print server: CUPS with queues that keep what they print, hang, or break, as told."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60
"""Seconds that a print server may take on a busy machine; nothing is measured by it."""

_BACKEND = """#!/bin/sh
# job user title copies options [file]
[ $# = 0 ] && { echo 'direct keep "Keep" "Keep"'; exit 0; }
place=${DEVICE_URI#keep:}
while [ -e "$place/hang" ]; do sleep 0.1; done
[ -e "$place/break" ] && exit 4
cat ${6:+"$6"} > "$place/$1.part" && mv "$place/$1.part" "$place/$1.pdf"
"""

_SERVER = """
Listen {place}/run/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
<Location />
  Allow all
</Location>
<Location /admin>
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

_FILES = """
ServerRoot {place}/etc
ServerBin {place}/bin
RequestRoot {place}/spool
TempDir {place}/spool/tmp
CacheDir {place}/cache
StateDir {place}/run
AccessLog {place}/log/access
ErrorLog {place}/log/error
PageLog {place}/log/page
ServerKeychain {place}/etc/ssl
SystemGroup root
"""


class PrintServer:
    """``socket`` is what CUPS_SERVER has to say; what a queue printed lies in its folder, one file a job."""

    def __init__(self, place: Path) -> None:
        for tool in ("cupsd", "lpadmin", "cupsdisable"):
            assert shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin"), f"{tool}: .ci/run installs it"
        self.place = place
        self.socket = str(place / "run" / "cups.sock")
        for part in ("etc/ssl", "spool/tmp", "cache", "run", "log", "bin/backend", "out"):
            (place / part).mkdir(parents=True)
        for part in Path("/usr/lib/cups").iterdir():
            if part.name != "backend":
                (place / "bin" / part.name).symlink_to(part)
        backend = place / "bin" / "backend" / "keep"
        backend.write_text(_BACKEND)
        backend.chmod(0o700)  # cupsd lets root's own programs alone write where they like
        (place / "etc" / "cupsd.conf").write_text(_SERVER.format(place=place))
        (place / "etc" / "cups-files.conf").write_text(_FILES.format(place=place))
        files = (str(place / "etc" / "cupsd.conf"), str(place / "etc" / "cups-files.conf"))
        program = shutil.which("cupsd", path="/usr/sbin:/usr/bin") or "cupsd"
        self._process = subprocess.Popen([program, "-f", "-c", files[0], "-s", files[1]])
        until((place / "run" / "cups.sock").exists, "the print server")

    def stop_server(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    def add(self, queue: str) -> Path:
        """A new queue; where its sheets come out."""
        out = self.place / "out" / queue
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        self._run("lpadmin", "-p", queue, "-E", "-v", f"keep:{out}", "-m", "raw")
        self._run("lpadmin", "-p", queue, "-o", "printer-error-policy=stop-printer")
        return out

    def delete(self, queue: str) -> None:
        self._run("lpadmin", "-x", queue)

    def stop(self, queue: str) -> None:
        self._run("cupsdisable", queue)

    def start(self, queue: str) -> None:
        self._run("cupsenable", queue)

    def refuse(self, queue: str) -> None:
        self._run("cupsreject", queue)

    def waiting(self, queue: str) -> int:
        """How many sheets lie in the queue."""
        return len(self._run("lpstat", "-o", queue).splitlines())

    def _run(self, tool: str, *given: str) -> str:
        done = subprocess.run(
            [shutil.which(tool, path=f"/usr/sbin:{os.environ['PATH']}") or tool, *given],
            env={**os.environ, "CUPS_SERVER": self.socket},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


def until(found: Callable[[], object], what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def sheets(out: Path) -> list[Path]:
    """What has come out, in order."""
    return sorted(out.glob("*.pdf"), key=lambda file: int(file.stem))
