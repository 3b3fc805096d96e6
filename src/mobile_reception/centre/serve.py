"""Letting a centre answer: sockets, TLS, logs to standard error, and the word that it is ready."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from typing import cast

import uvicorn

from mobile_reception.centre.api import build
from mobile_reception.centre.ledger import Ledger
from mobile_reception.sync import protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer. Port 0 lets the system choose; ``certificate`` and ``key`` are PEM files."""

    host: str = "127.0.0.1"
    port: int = 8700
    certificate: Path | None = None
    key: Path | None = None


def tls_keys(place: Place, following: Path | None) -> list[str]:
    """The key of the certificate that is shown, and that of the one to come. Raises OSError, ValueError."""
    files = [each for each in (place.certificate, following) if each is not None]
    return [protocol.tls_key(PEM_cert_to_DER_cert(_first(each.read_text("ascii")))) for each in files]


def _first(pem: str) -> str:
    """The first certificate of a chain: the server's own."""
    end = "-----END CERTIFICATE-----"
    return pem[pem.index("-----BEGIN CERTIFICATE-----") : pem.index(end) + len(end)]


class _Server(uvicorn.Server):
    """Tells once when it answers; of several, each ends when the process that started them is gone."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None], parent: int | None = None) -> None:
        super().__init__(config)
        self._tell = tell
        self._parent = parent

    async def on_tick(self, counter: int) -> bool:
        orphaned = self._parent is not None and os.getppid() != self._parent
        return await super().on_tick(counter) or orphaned

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._tell()


def server(
    ledger: Ledger, place: Place, *, clock: Callable[[], datetime], ready: Callable[[str], None]
) -> tuple[uvicorn.Server, socket.socket]:
    """A server and its bound socket, not yet running; ``ready`` gets its URL in time. Raises OSError."""
    bound = _bind(place)
    url = _url(place, bound)
    return _Server(_config(ledger, place, clock), lambda: ready(url)), bound


def _bind(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # With the protocol named: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((place.host, place.port))
    except OSError:
        bound.close()
        raise
    return bound


def _config(ledger: Ledger, place: Place, clock: Callable[[], datetime]) -> uvicorn.Config:
    return uvicorn.Config(
        build(ledger, clock),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=512,
        timeout_graceful_shutdown=10,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )


def _url(place: Place, bound: socket.socket) -> str:
    scheme = "https" if place.certificate else "http"
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"{scheme}://{host}:{bound.getsockname()[1]}"


def _prepare() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # Uvicorn ends its work at these signals and then raises them again: an orderly end is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)


def _ended(number: int, frame: object) -> None:
    raise SystemExit(0)


def serve(
    ledger: Ledger, place: Place, *, clock: Callable[[], datetime], ready: Callable[[str], None]
) -> None:
    """Answer until the process is told to end. Logs go to standard error, without citizens' data."""
    _prepare()
    running, bound = server(ledger, place, clock=clock, ready=ready)
    try:
        running.run(sockets=[bound])
    finally:
        bound.close()
        ledger.close()


# -- Several processes on one PostgreSQL ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ahead:
    """The machine's clock, moved on by ``by``; it crosses to another process."""

    by: timedelta

    def __call__(self) -> datetime:
        """Now."""
        return datetime.now(UTC) + self.by


def serve_many(
    url: str, place: Place, workers: int, *, files: Path | None, clock: Ahead, ready: Callable[[str], None]
) -> None:
    """Answer with ``workers`` processes on one socket, one PostgreSQL and one folder until told to end.

    A process that dies is replaced: what it took in is durable, and another folds it.
    """
    bound = _bind(place)
    bound.listen(2048)
    spawn = multiprocessing.get_context("spawn")
    running: dict[int, SpawnProcess] = {}

    def start(tell: connection.Connection | None = None) -> None:
        process = spawn.Process(target=_work, args=((url, files), place, bound, clock, tell))
        process.start()
        running[process.sentinel] = process

    try:
        _prepare()
        hear, tell = spawn.Pipe(duplex=False)
        for _ in range(workers):
            start(tell)
        tell.close()
        for _ in range(workers):
            hear.recv()  # EOFError: all have died before they answered
        ready(_url(place, bound))
        while True:
            for sentinel in connection.wait(list(running)):
                ended = running.pop(cast("int", sentinel))
                logging.getLogger("mobile_reception.centre").error("a worker has ended: %s", ended.exitcode)
                start()
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.join()
        bound.close()


def _work(
    kept: tuple[str, Path | None],
    place: Place,
    bound: socket.socket,
    clock: Ahead,
    tell: connection.Connection | None,
) -> None:
    """One of several: its own ledger (database and files ``kept``) and event loop, the socket shared."""
    _prepare()
    ledger = Ledger(kept[0], files=kept[1])

    def told() -> None:
        if tell is not None:
            tell.send(True)
            tell.close()

    try:
        _Server(_config(ledger, place, clock), told, os.getppid()).run(sockets=[bound])
    finally:
        bound.close()
        ledger.close()
