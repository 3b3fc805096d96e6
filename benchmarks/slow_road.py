"""A slow road that breaks: 1,000 dossiers over 200 ms and 1 Mbit/s, cut every 300 KB or never.

The floor is a raw client over the same road in the same run: gzip -1, batches that double after each success
and halve after each cut, the batch sent again until it is acknowledged; no chains, signatures or rules.
Seconds, bytes up and the ratio are printed.

    python benchmarks/slow_road.py [--dossiers 1000] [--rounds 3] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import push
import requests

from mobile_reception.store.values import Answer, Enrolment
from mobile_reception.sync import client

RTT = 0.2
RATE = 125_000  # bytes a second, each way
CUT = 300_000


class Line:
    """One line to a server: bytes take their time, and every ``cut`` of them all connections are gone."""

    def __init__(self, target: str, cut: int | None) -> None:
        there = urlsplit(target)
        self.target = (str(there.hostname), int(there.port or 0))
        self.cut = cut
        self.up = self.down = 0
        self._since = 0
        self._free = {"up": 0.0, "down": 0.0}
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._bound = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._bound.getsockname()[1]}"

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Let it carry."""
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            yield self
        finally:
            self._bound.close()
            self._break()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                call, _ = self._bound.accept()
                there = socket.create_connection(self.target)
                for end in (call, there):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._ends += [call, there]
                for way, source, sink in (("up", call, there), ("down", there, call)):
                    first = RTT if way == "up" else 0.0  # the call goes there and back first
                    threading.Thread(target=self._carry, args=(way, source, sink, first), daemon=True).start()

    def _carry(self, way: str, source: socket.socket, sink: socket.socket, first: float) -> None:
        waiting: deque[tuple[float, bytes]] = deque()
        more_there = threading.Semaphore(0)

        def deliver() -> None:
            with suppress(OSError):
                while True:
                    more_there.acquire()
                    at, data = waiting.popleft()
                    time.sleep(max(0.0, at - time.monotonic()))
                    if not data:
                        sink.shutdown(socket.SHUT_WR)
                        return
                    sink.sendall(data)

        threading.Thread(target=deliver, daemon=True).start()
        with suppress(OSError):
            while True:
                data = source.recv(8192)
                now = time.monotonic()
                with self._lock:
                    self._free[way] = max(self._free[way], now) + len(data) / RATE
                    at = self._free[way] + RTT / 2 + first
                    setattr(self, way, getattr(self, way) + len(data))
                    self._since += len(data)
                    broken = self.cut is not None and self._since >= self.cut
                first = 0.0
                waiting.append((at, data))
                more_there.release()
                if not data:
                    return
                # A line holds as much as is under way; what does not fit waits with its sender.
                time.sleep(max(0.0, self._free[way] - time.monotonic() - RTT / 2))
                if broken:
                    self._break()
                    return

    def _break(self) -> None:
        with self._lock:
            self._since = 0
            ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Handing(push.Queue):
    """Remembers when it was last told that something is at the centre."""

    last = 0.0

    def acknowledged(self, answer: Answer) -> None:
        super().acknowledged(answer)
        self.last = time.perf_counter()


def ours(receptions: list[dict[str, object]], folder: Path, cut: int | None) -> tuple[float, int]:
    """Seconds until all of it is acknowledged; bytes up in the whole sync, which then fetches the news."""
    queue = Handing(folder / "laptop.db")
    queue.fill(receptions)
    with push.centre(folder, None, 1) as (url, code):
        now = lambda: datetime.now(UTC)  # noqa: E731
        answer = client.enrol(
            url,
            code,
            centre=client.hello(url, clock=now),
            device_key=queue.key,
            name="Máy đo",
            origin=queue.origin,
            login="lan",
            officer_key=queue.key.public_key().public_bytes_raw(),
            passphrase="một câu dài để đo",
            practice=False,
            clock=now,
        )
        with Line(url, cut).open() as line:
            queue.known = Enrolment(line.url, answer.device, "29905", answer.centre_key, answer.certificate)
            started = time.perf_counter()
            report = client.sync(queue, clock=now, cursor=answer.cursor)
            while not report.agree or report.reason is not None:
                report = client.sync(queue, clock=now, cursor=answer.cursor)
            return queue.last - started, line.up


def floor(receptions: list[dict[str, object]], folder: Path, cut: int | None) -> tuple[float, int]:
    """The same by a raw client that adapts its batches."""
    db = sqlite3.connect(folder / "queue.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE queue (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT, sent INTEGER DEFAULT 0)"
    )
    rows = [(str(uuid4()), json.dumps(each, ensure_ascii=False)) for each in receptions]
    db.execute("BEGIN")
    db.executemany("INSERT INTO queue (id, body) VALUES (?, ?)", rows)
    db.execute("COMMIT")
    process = subprocess.Popen([sys.executable, "-c", push.FLOOR, str(folder / "floor.db")], **push.QUIET)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        with requests.Session() as near:
            push._answering(lambda: near.post(url, data=push._squeezed([]), timeout=10))
        with Line(url, cut).open() as line, requests.Session() as http:
            size = 64 * 1024
            started = time.perf_counter()
            while batch := _batch(db, size):
                try:
                    answer = http.post(line.url, data=push._squeezed(batch), timeout=10)
                    known = [(each,) for each in answer.json()["acknowledged"]]
                except (requests.RequestException, ValueError):
                    size = max(8 * 1024, size // 2)
                    continue
                size = min(1024 * 1024, size * 2)
                db.execute("BEGIN")
                db.executemany("UPDATE queue SET sent=1 WHERE id=?", known)
                db.execute("COMMIT")
            return time.perf_counter() - started, line.up
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _batch(db: sqlite3.Connection, size: int) -> list[tuple[str, str]]:
    batch, held = [], 0
    for row in db.execute("SELECT id, body FROM queue WHERE sent=0 ORDER BY seq"):
        held += len(row[1].encode())
        if batch and held > size:
            break
        batch.append(row)
    return batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    receptions = push.dossiers(asked.dossiers, asked.seed)
    for name, cut in (("never cut", None), (f"cut every {CUT // 1000} KB", CUT)):
        taken: dict[str, list[float]] = {"floor": [], "ours": []}
        sent: dict[str, list[int]] = {"floor": [], "ours": []}
        for _ in range(asked.rounds):
            for kind, work in (("floor", floor), ("ours", ours)):
                with tempfile.TemporaryDirectory() as folder:
                    seconds, up = work(receptions, Path(folder), cut)
                taken[kind].append(seconds)
                sent[kind].append(up)
        for kind, times in taken.items():
            each = statistics.median(sent[kind]) / asked.dossiers
            spread = f"{statistics.median(times):6.2f} s ({min(times):.2f} to {max(times):.2f})"
            print(f"{name:16} {kind:6} {spread}, {each:.0f} bytes up a dossier")
        ratio = statistics.median(taken["ours"]) / statistics.median(taken["floor"])
        print(f"{name:16} ratio  {ratio:6.2f}   (to reach: 1.30; bytes up 300)")


if __name__ == "__main__":
    main()
