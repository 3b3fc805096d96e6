"""Bodies without an end and answers without an end: the centre stays small, the laptop goes home."""

from __future__ import annotations

import inspect
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laptop_and_centre import UNIT, PaperBox, make_centre, noon
from laptops import environment
from mobile_reception.store.values import Enrolment
from mobile_reception.sync.client import road, sync
from mobile_reception.sync.protocol import Reason

MIB = 1024 * 1024

# -- Into the centre -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """A centre in a process of its own."""

    url: str
    pid: int

    def peak(self) -> int:
        """Bytes of memory that it has held at most, so far."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    make_centre(folder)
    command = [sys.executable, "-m", "mobile_reception", "centre", "serve", "--port", "0"]
    command += ["--database", f"sqlite:///{folder / 'centre.db'}"]
    told = environment(PYTHONUNBUFFERED="1")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=told
    ) as it:
        assert it.stdout
        try:
            yield Served(it.stdout.readline().split()[-1], it.pid)
        finally:
            it.send_signal(signal.SIGTERM)
            assert it.wait(20) == 0


def flood(url: str, head: str, *, chunked: bool, size: int) -> bytes:
    """Send a head and ``size`` bytes behind it for as long as the other side takes them; its answer."""
    block = b"x" * MIB
    piece = b"%x\r\n%s\r\n" % (len(block), block) if chunked else block
    there = urlsplit(url)
    heard, sent, waiting = b"", 0, b""
    with socket.create_connection((str(there.hostname), int(there.port or 0)), timeout=60) as line:
        line.sendall(head.encode())
        line.setblocking(False)
        with suppress(ConnectionError):
            while sent < size:
                readable, writable, _ = select.select([line], [line], [], 60)
                if readable:
                    more = line.recv(65536)
                    heard += more
                    if not more:
                        break
                elif writable:
                    waiting = waiting or piece
                    done = line.send(waiting)
                    waiting = waiting[done:]
                    sent += done
    return heard


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_400_mib_without_a_login_are_refused_within_50_mib_of_memory(tmp_path: Path) -> None:
    with served(tmp_path) as centre:
        flood(centre.url, "GET /v1/hello HTTP/1.1\r\nHost: a\r\n\r\n", chunked=False, size=0)
        before = centre.peak()
        for target, kind, length in (
            ("/v1/enrol", "application/json", f"Content-Length: {400 * MIB}"),
            (f"/v1/runs/{UNIT.code}", "application/x-mobile-reception-run", "Transfer-Encoding: chunked"),
        ):
            head = f"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
            heard = flood(centre.url, head, chunked="chunked" in length, size=400 * MIB)
            assert heard.startswith(b"HTTP/1.1 413"), (target, heard[:200])
            assert b"x-centre-signature" in heard
        assert centre.peak() - before < 50 * MIB


# -- Out of a centre that drips --------------------------------------------------------------------------


@contextmanager
def dripping(opening: bytes) -> Iterator[str]:
    """A server that says ``opening`` at once and then one byte after the other, for ever."""
    bound = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip(call: socket.socket) -> None:
        with call, suppress(OSError):
            call.sendall(opening)
            while not over.wait(0.05):
                call.sendall(b"x")

    threads: list[threading.Thread] = []

    def listen() -> None:
        with suppress(OSError):
            while True:
                call, _ = bound.accept()
                threads.append(threading.Thread(target=drip, args=(call,)))
                threads[-1].start()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield f"127.0.0.1:{bound.getsockname()[1]}"
    finally:
        over.set()
        bound.shutdown(socket.SHUT_RDWR)
        listener.join(20)
        bound.close()
        for each in threads:
            each.join(20)


@pytest.mark.parametrize(
    ("scheme", "opening"),
    [
        ("https", b""),
        ("http", b""),
        ("http", b"HTTP/1.1 200 OK\r\nX-A: "),
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\nX-Centre-Signature: a\r\n\r\n"),
    ],
)
def test_a_centre_that_drips_is_given_up_in_time_wherever_it_drips(scheme: str, opening: bytes) -> None:
    """Where a byte comes each twentieth of a second no time-out of single reads would ever end it."""
    box = PaperBox()
    box.receive(1)
    timeout = 0.4
    with dripping(opening) as place:
        box.known = Enrolment(f"{scheme}://{place}", "d" * 8, UNIT.code, b"k" * 32, b"")
        began = time.monotonic()
        report = sync(box, clock=noon, timeout=timeout)
        took = time.monotonic() - began
    assert report.reason in {Reason.OFFLINE, Reason.BAD_CERTIFICATE}
    assert report.waiting == 1
    assert took < 20  # far from for ever, however busy this machine; the arithmetic is below


def test_with_the_times_that_are_used_it_is_given_up_within_30_seconds() -> None:
    usual = inspect.signature(sync).parameters["timeout"].default
    assert road._WHOLE * usual <= 30
