"""Laptop and centre as processes of their own, and a road between them that cuts at any byte.

The laptop's command is killed in the middle, the centre is killed and started again, connections end after so
many bytes of either direction. What the laptop told is at the centre, once, and both sides say so.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laptop_and_centre import NOON, UNIT, House, make_centre
from laptops import LOGIN, PASSPHRASE, Clock, environment, line, new, opened, received, run
from mobile_reception.desk.table import Desk
from mobile_reception.words import VIETNAM

NOW = NOON.isoformat()
DOSSIERS = 60
ROUNDS = int(os.environ.get("MOBILE_RECEPTION_ROUNDS", "1"))


class Cutter:
    """A proxy of bytes. Each connection may pass so many of them, then both of its ends are gone."""

    def __init__(self, chance: random.Random) -> None:
        self.target: tuple[str, int] = ("", 0)
        self.budgets = [chance.randint(0, 9000) for _ in range(12)]
        self.calls = 0
        self.at_call: dict[int, threading.Event] = {}
        self._bound = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._bound.getsockname()[1]}"

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Let connections through, as far as they get."""
        listener = threading.Thread(target=self._listen)
        listener.start()
        try:
            yield
        finally:
            self._bound.shutdown(socket.SHUT_RDWR)
            listener.join(20)
            self._bound.close()
            for each in self._threads:
                each.join(20)
            for end in self._ends:
                end.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                call, _ = self._bound.accept()
                self._ends.append(call)
                self.calls += 1
                self.at_call.setdefault(self.calls, threading.Event()).set()
                budget = self.budgets.pop(0) if self.budgets else None
                try:
                    there = socket.create_connection(self.target, timeout=20)
                except OSError:
                    call.close()
                    continue
                self._ends.append(there)
                left = [budget]
                for source, sink in ((call, there), (there, call)):
                    self._threads.append(threading.Thread(target=self._pass, args=(source, sink, left)))
                    self._threads[-1].start()

    def _pass(self, source: socket.socket, sink: socket.socket, left: list[int | None]) -> None:
        with suppress(OSError):
            while more := source.recv(1024):
                budget = left[0]
                if budget is not None:
                    left[0] = budget - len(more)
                    more = more[: max(0, budget)]
                sink.sendall(more)
                if left[0] is not None and left[0] <= 0:
                    break
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class Centre:
    """`centre serve` as a process."""

    def __init__(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder / 'centre.db'}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> tuple[str, int]:
        """Where it answers."""
        command = [sys.executable, "-m", "mobile_reception", "centre", "serve", "--port", "0"]
        command += ["--database", self.database, "--now", NOW]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(PYTHONUNBUFFERED="1"),
        )
        assert self.process.stdout
        there = urlsplit(self.process.stdout.readline().split()[-1])
        return str(there.hostname), int(there.port or 0)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, one way or another."""
        if self.process is None:
            return
        self.process.send_signal(number)
        self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_processes_cut_off_and_killed_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    make_centre(tmp_path)
    house = House(tmp_path)
    code = house.ledger.register.new_code(unit=UNIT.code, name="Máy 1", scope="hamlets", now=house.now)
    house.ledger.close()
    laptop, centre, cutter = tmp_path / "laptop", Centre(tmp_path), Cutter(chance)
    budgets, cutter.budgets = cutter.budgets, []
    mine = ("--officer", LOGIN, "--now", NOW)
    try:
        with cutter.passing():
            cutter.target = centre.start()
            desk = at_work(laptop, cutter.url, code)
            codes = [received(desk, line(copies=n % 9 + 1)).code for n in range(DOSSIERS)]
            desk.close()
            cutter.budgets = budgets
            killed_in_the_middle(cutter, laptop, mine, after=chance.randint(1, 3))
            centre.end(signal.SIGKILL)
            cutter.target = centre.start()
            report = synced(laptop, mine)
            assert report["agree"]
            assert (report["waiting"], report["held"], report["reason"]) == (0, 0, None)
    finally:
        centre.end()
    house = House(tmp_path)
    house.folded()
    assert house.ledger.verify().problems == ()
    assert sorted(str(state.code) for state in house.ledger.dossiers()) == sorted(codes)
    house.ledger.close()
    desk = opened(laptop)
    assert (desk.verify().problems, desk.status().waiting) == ((), 0)
    desk.close()


def at_work(laptop: Path, url: str, code: str) -> Desk:
    """A laptop that has joined, its session open."""
    desk = new(laptop, Clock(NOON.astimezone(VIETNAM)), unit=UNIT.code, agency=UNIT.agency_id, alone=False)
    desk.enrol(url, code, PASSPHRASE)
    desk.open_session("Ấp 1")
    return desk


def killed_in_the_middle(cutter: Cutter, laptop: Path, mine: tuple[str, ...], *, after: int) -> None:
    """A sync that is killed when it calls for the n-th time."""
    moment = cutter.at_call.setdefault(cutter.calls + after, threading.Event())
    command = [sys.executable, "-m", "mobile_reception", "sync", "--json", *mine]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment(laptop)) as sync:
        assert moment.wait(60)
        sync.kill()


def synced(laptop: Path, mine: tuple[str, ...]) -> dict[str, object]:
    """Sync, as the timer of the window does, until the road has let everything through."""
    for _ in range(20):
        done = run("sync", "--json", *mine, data=laptop)
        report: dict[str, object] = json.loads(done.stdout)
        assert done.returncode in {0, 75}, (report, done.stderr)
        if done.returncode == 0:
            return report
    raise AssertionError(report)
