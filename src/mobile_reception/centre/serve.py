"""Letting a centre answer: sockets, TLS, logs to standard error, and the word that it is ready."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn

from mobile_reception.centre.api import build
from mobile_reception.centre.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer. Port 0 lets the system choose; ``certificate`` and ``key`` are PEM files."""

    host: str = "127.0.0.1"
    port: int = 8700
    certificate: Path | None = None
    key: Path | None = None


class _Server(uvicorn.Server):
    """Tells once when it answers."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._tell()


def server(
    ledger: Ledger, place: Place, *, clock: Callable[[], datetime], ready: Callable[[str], None]
) -> tuple[uvicorn.Server, socket.socket]:
    """A server and its bound socket, not yet running; ``ready`` gets its URL in time. Raises OSError."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # With the protocol named: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((place.host, place.port))
    except OSError:
        bound.close()
        raise
    config = uvicorn.Config(
        build(ledger, clock),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=512,
        timeout_graceful_shutdown=10,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )
    scheme = "https" if place.certificate else "http"
    host = f"[{place.host}]" if ":" in place.host else place.host
    url = f"{scheme}://{host}:{bound.getsockname()[1]}"
    return _Server(config, lambda: ready(url)), bound


def _ended(number: int, frame: object) -> None:
    raise SystemExit(0)


def serve(
    ledger: Ledger, place: Place, *, clock: Callable[[], datetime], ready: Callable[[str], None]
) -> None:
    """Answer until the process is told to end. Logs go to standard error, without citizens' data."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # Uvicorn ends its work at these signals and then raises them again: an orderly end is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)
    running, bound = server(ledger, place, clock=clock, ready=ready)
    try:
        running.run(sockets=[bound])
    finally:
        bound.close()
        ledger.close()
