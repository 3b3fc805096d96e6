"""The wire: sockets without a network. True HTTP bytes go in and out; each exchange has a fate of its own.

Above this everything is the product's: urllib3, http.client, the pacing of a dripping answer, signatures.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import urllib3.util.connection

from mobile_reception.sync.client import road as client_road
from simulator.world import World

if TYPE_CHECKING:
    from simulator.centre import CentreHost

FATES: Final = {
    "refused": 6,
    "unreachable": 3,
    "portal": 4,
    "redirect": 1,
    "login": 1,
    "bad_gateway": 2,
    "cut_asking": 8,
    "dropped": 5,
    "delayed": 5,
    "twice": 6,
    "copied_later": 6,
    "garbled_asking": 4,
    "lost": 8,
    "cut_answer": 10,
    "garbled_answer": 6,
    "slow_answer": 3,
    "drip": 2,
    "hangs_half_open": 3,
}
"""What may become of one exchange, with its weight."""

_PAGE: Final = "<html><body>Mời quý khách đăng nhập Wi-Fi</body></html>".encode()
_PIECE: Final = re.compile(rb"(?:POST|PATCH) /v1/files(?:/([0-9a-f]{32}))? ")
_NAMED: Final = re.compile(rb"upload-metadata: sha256 ([A-Za-z0-9+/=]+)", re.IGNORECASE)
_LONGEST: Final = 45.0
"""Seconds after which nothing late is on the way any more."""


def _http(status: str, body: bytes = b"", *more: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


_STRANGERS: Final = {
    "portal": _http("200 OK", _PAGE, "Content-Type: text/html"),
    "redirect": _http("302 Found", b"", "Location: http://127.0.0.1:9/login"),
    "login": _http("511 Network Authentication Required"),
    "bad_gateway": _http("502 Bad Gateway", b"upstream", "Retry-After: 3"),
}


@dataclass(frozen=True, slots=True)
class Arriving:
    """What a client's socket has to read: bytes at a pace (seconds each), then how it ends."""

    content: bytes
    ending: str = "closed"  # closed, reset, or silent
    pace: float = 0.0


class Wire:
    """The network between all laptops and the centre. ``user`` is the process whose code runs right now."""

    def __init__(self, world: World, centre: CentreHost) -> None:
        self.world = world
        self.centre = centre
        self.rate = 0.0
        self.alive: Callable[[], None] = lambda: None
        self.cut_off: Callable[[], bool] = lambda: False
        self.settled: Callable[[], set[str]] = set
        self.seen: list[bytes] = []
        self._uploads: dict[str, str] = {}

    def connect(self, address: tuple[str, int], timeout: Any = None, **_: Any) -> Socket:
        """What urllib3 calls for a new connection."""
        self.alive()
        fate = self._fate()
        if fate == "refused" or not self.centre.up:
            self._passes(0.05)
            raise ConnectionRefusedError(111, "Connection refused")
        if fate == "unreachable":
            self._passes(float(timeout))
            raise TimeoutError("timed out")
        return Socket(self, fate, float(timeout))

    def _fate(self) -> str:
        if self.cut_off():
            return "refused"
        if not self.world.faulty or self.world.chance.random() >= self.rate:
            return "fine"
        (fate,) = self.world.chance.choices(list(FATES), list(FATES.values()))
        if self.centre.up:
            self.world.fault(f"road: {fate}")
        return str(fate)

    def _passes(self, seconds: float) -> None:
        """Time passes for everybody; afterwards the waiting process may be no more."""
        mine = self.alive, self.cut_off, self.settled
        self.world.wait(seconds)
        self.alive, self.cut_off, self.settled = mine
        (alive, *_) = mine
        alive()

    def exchange(self, asked: bytes, fate: str, timeout: float) -> Arriving:
        """Carry one request to the centre and its answer back, as its fate will have it."""
        self._passes(self.world.chance.uniform(0.01, 0.2))
        self._look_at_piece(asked)
        if fate in _STRANGERS:
            return Arriving(_STRANGERS[fate])
        if fate == "dropped":
            return Arriving(b"", "silent")
        if fate == "delayed":
            self._later(asked)
            return Arriving(b"", "silent")
        if fate == "cut_asking":
            self._serve(asked[: self.world.chance.randrange(len(asked))])
            return Arriving(b"", "reset")
        if fate == "garbled_asking":
            asked = self._garbled(asked)
        if fate == "copied_later":
            self._later(asked)
        if fate == "twice":
            self._serve(asked)
        answer = self._serve(asked)
        if answer is None:
            return Arriving(b"", "reset")
        self._passes(self.world.chance.uniform(0.01, 0.2))
        return self._answered(answer, fate, timeout)

    def _look_at_piece(self, asked: bytes) -> None:
        """No laptop sends bytes of a file of which it knows that all are at the centre."""
        place = _PIECE.match(asked)
        if place is None:
            return
        self.world.counts["pieces of files sent"] += 1
        named = _NAMED.search(asked)
        if named is not None:
            sha256 = base64.b64decode(named[1]).decode()
        else:
            upload = place[1].decode()
            for row in self.centre.rows(f"SELECT sha256 FROM upload WHERE id='{upload}'"):
                self._uploads[upload] = row[0]
            sha256 = self._uploads.get(upload, "")
        self.world.demand(sha256 not in self.settled(), "a file is sent again:", sha256[:12])

    def _answered(self, answer: bytes, fate: str, timeout: float) -> Arriving:
        cut = self.world.chance.randrange(len(answer))
        if fate == "lost":
            return Arriving(b"", "reset")
        if fate == "cut_answer":
            return Arriving(answer[:cut], self.world.chance.choice(("closed", "reset")))
        if fate == "hangs_half_open":
            return Arriving(answer[:cut], "silent")
        if fate == "garbled_answer":
            return Arriving(self._garbled(answer))
        if fate == "slow_answer":
            self._passes(timeout + 1)
            return Arriving(b"", "silent")
        return Arriving(answer, "closed", 0.9 if fate == "drip" else 0.0)

    def _garbled(self, message: bytes) -> bytes:
        """One byte is another: anywhere, or a digit of the body, which then still reads well."""
        start = message.find(b"\r\n\r\n") + 4
        digits = [place for place in range(start, len(message)) if message[place : place + 1].isdigit()]
        if digits and self.world.chance.random() < 0.7:
            place = self.world.chance.choice(digits)
            other = 48 + (message[place] - 47) % 10
        else:
            place = self.world.chance.randrange(len(message))
            other = message[place] ^ 1 << self.world.chance.randrange(8)
        return message[:place] + bytes([other]) + message[place + 1 :]

    def _later(self, asked: bytes) -> None:
        """The network keeps a copy and delivers it when nobody expects it: late, and out of order."""
        self.world.after(self.world.chance.uniform(1.0, _LONGEST), lambda: self._serve(asked) and None)

    def _serve(self, asked: bytes) -> bytes | None:
        answer = self.centre.serve(asked)
        if answer is not None and b" 200 " in answer[:16] and b"POST /v1/runs/" in asked[:20]:
            self.seen.append(asked)  # one that nobody answered may tell what is known nowhere else by now
        return answer

    def repeat(self) -> int:
        """Every run that was answered arrives once more, in any order; how many that were."""
        again = list(self.seen)
        self.world.chance.shuffle(again)
        for asked in again:
            self.centre.serve(asked)
        return len(again)


class Socket:
    """The client's end of one connection."""

    def __init__(self, wire: Wire, fate: str, timeout: float) -> None:
        self._wire = wire
        self._fate = fate
        self._timeout = timeout
        self._asked = bytearray()
        self._arriving: Arriving | None = None
        self._read = 0

    def sendall(self, data: bytes) -> None:
        self._asked += data

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = 3600.0 if seconds is None else seconds

    def gettimeout(self) -> float:
        return self._timeout

    def fileno(self) -> int:
        """What a pool looks at before it uses a connection again: the other side has closed it."""
        return _closed()

    def setsockopt(self, *_: Any) -> None:
        return

    def shutdown(self, _how: int) -> None:
        return

    def close(self) -> None:
        return

    def makefile(self, _mode: str, buffering: int | None = None) -> Any:
        stream = _Stream(self)
        return stream if buffering == 0 else io.BufferedReader(stream)

    def receive(self, most: int) -> bytes:
        """Up to ``most`` bytes of the answer, b"" at its end; raises as a socket does."""
        if self._arriving is None:
            self._arriving = self._wire.exchange(bytes(self._asked), self._fate, self._timeout)
        arriving = self._arriving
        if self._read < len(arriving.content):
            if arriving.pace:
                self._wire._passes(min(arriving.pace, self._timeout))
                most = 1
            some = arriving.content[self._read : self._read + most]
            self._read += len(some)
            return some
        if arriving.ending == "reset":
            raise ConnectionResetError(104, "Connection reset by peer")
        if arriving.ending == "silent":
            self._wire._passes(self._timeout)
            raise TimeoutError("timed out")
        return b""


@cache
def _closed() -> int:
    mine, other = os.pipe()
    os.close(other)
    return mine


class _Stream(io.RawIOBase):
    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        some = self._socket.receive(len(buffer))
        buffer[: len(some)] = some
        return len(some)


_one_context = cache(client_road._context)


@contextmanager
def strung(wire: Wire) -> Iterator[None]:
    """Within the block urllib3's connections are this wire's, and a drip is paced by the world's time.

    There is no TLS in this world; its context, dear to make and never used, is made once.
    """
    clock = SimpleNamespace(monotonic=lambda: wire.world.now)
    with (
        mock.patch.object(client_road, "_context", _one_context),
        mock.patch.object(urllib3.util.connection, "create_connection", wire.connect),
        mock.patch.object(client_road, "time", clock),
    ):
        yield
