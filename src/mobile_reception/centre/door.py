"""What every request at the centre's door goes through: its queues, its body, its sender, the signed answer.

A body is streamed against a cap before anything looks at it, its signature is checked over the raw bytes
before anything is parsed, and no SQL runs on the event loop.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_reception.centre.database import Busy, Full, LedgerFailure
from mobile_reception.centre.intake import Unchained
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.values import Device, Refused
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Credentials, TooLarge, Unreadable

_log = logging.getLogger("mobile_reception.centre")
_T = TypeVar("_T")

STATUS: Final[Mapping[str, int]] = {
    "gap": 409,
    "fork": 409,
    "unknown_device": 401,
    "not_signed": 401,
    "unknown_origin": 404,
    "not_found": 404,
    "practice": 409,
    "unit": 409,
    "agency": 409,
    "origin_taken": 409,
    "offset": 409,
    "here": 409,
    "tus_version": 412,
    "media": 415,
    "token": 401,
    "method": 405,
    "hash_mismatch": 422,
    "no_files": 503,
    "quota": 507,
    "too_slow": 408,
    "too_large": 413,
    "unchained": 422,
    "unreadable": 422,
    "too_old": 426,
    "server_error": 500,
    "busy": 503,
    "server_full": 507,
}
"""Every refusal that is none of these is 403."""

_BODY_SECONDS: Final = 120
_READERS: Final = 4
_CARRIERS: Final = 4
_NOBODY: Final = b"\x00" * 31 + b"\x01"  # a key that nobody has: a stranger's signature costs the same work
_QUIET: Final = 0.25  # seconds without a run after which folding begins
_BETWEEN_SWEEPS: Final = 3600.0
_PATIENCE: Final = 2.0  # seconds after which it begins all the same


class Door:
    """The ledger behind two queues: a few readers, and one writer."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self.clock = clock
        self._readers = CapacityLimiter(_READERS)
        self._writer = CapacityLimiter(1)
        self._careful = CapacityLimiter(1)
        self._carriers = CapacityLimiter(_CARRIERS)
        self._arrived = asyncio.Event()
        self._last_run = 0.0

    async def read(self, work: Callable[..., _T], *args: Any, **named: Any) -> _T:
        """Run what only reads, away from the event loop."""
        return await to_thread.run_sync(partial(work, *args, **named), limiter=self._readers)

    async def write(self, work: Callable[..., _T], *args: Any, **named: Any) -> _T:
        """Run what writes, one at a time."""
        return await to_thread.run_sync(partial(work, *args, **named), limiter=self._writer)

    async def think(self, work: Callable[..., _T], *args: Any, **named: Any) -> _T:
        """Run what is slow by intent (Argon2), one at a time; its short write is ordered by the database."""
        return await to_thread.run_sync(partial(work, *args, **named), limiter=self._careful)

    async def carry(self, work: Callable[..., _T], *args: Any, **named: Any) -> _T:
        """Run what moves the bytes of files; its short writes are ordered by the database."""
        return await to_thread.run_sync(partial(work, *args, **named), limiter=self._carriers)

    def arrived(self) -> None:
        """Something waits to be folded."""
        self._last_run = anyio.current_time()
        self._arrived.set()

    async def fold(self) -> None:
        """Fold what waits, for ever: when the road is quiet, and after `_PATIENCE` if it never is."""
        await self._until_done(self.ledger.reconsider)
        self._arrived.set()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            latest = anyio.current_time() + _PATIENCE
            waiting = 1
            while waiting:
                now = anyio.current_time()
                if now < latest and now - self._last_run < _QUIET:
                    await anyio.sleep(_QUIET / 5)
                else:
                    waiting = await self._until_done(self._fold_and_judge)

    async def tidy(self) -> None:
        """Take away what nobody goes on with, now and every hour."""
        while True:
            await self._until_done(self._sweep)
            await anyio.sleep(_BETWEEN_SWEEPS)

    def _sweep(self) -> int:
        self.ledger.files.sweep(now=self.clock())
        return 0

    def _fold_and_judge(self) -> int:
        waiting = self.ledger.fold_some() or self.ledger.judge(self.clock())
        if not waiting:
            self.ledger.files.adopt()
        return waiting

    async def _until_done(self, work: Callable[[], int]) -> int:
        """Do it, again and again while the database is full or busy; nothing ends this work for good."""
        pause = 0.5
        while True:
            try:
                return await self.write(work)
            except LedgerFailure as failure:
                _log.error("work behind the requests waits: %s", type(failure).__name__)
            except Exception as error:
                unforeseen(error)
            await anyio.sleep(pause)
            pause = min(pause * 2, 60)


# -- The steps of each -----------------------------------------------------------------------------------


def door_of(request: Request) -> Door:
    """The door of the running application."""
    door = request.app.state.door
    if not isinstance(door, Door):
        raise TypeError("the application has not started")
    return door


async def body_of(request: Request, limit: int) -> tuple[bytes, str]:
    """The raw body and its SHA-256, read no further than ``limit``."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or len(announced) > 12 or int(announced) > limit:
        raise TooLarge
    body = bytearray()
    with anyio.fail_after(_BODY_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise TooLarge
    return bytes(body), hashlib.sha256(body).hexdigest()


async def sender(request: Request, body_hash: str) -> tuple[Device, Credentials]:
    """The enrolled device that signed this request; raises Refused. A stranger costs the same work."""
    door = door_of(request)
    if request.headers.get("x-protocol") != str(protocol.VERSION):
        raise Refused("too_old")
    credentials = Credentials.read(request.headers)
    if credentials is None:
        raise Refused("not_signed")
    device = await door.read(door.ledger.register.device, credentials.device)
    key = device.public_key if device else _NOBODY
    target = target_of(request.scope)
    held = await door.read(credentials.hold, key, method=request.method, target=target, body_hash=body_hash)
    if device is None or not held:
        raise Refused("unknown_device")
    return device, credentials


def answer(status: int, document: Mapping[str, Any]) -> Response:
    """A document as an answer."""
    return Response(protocol.dump(document), status_code=status, media_type="application/json")


def refusal(code: str) -> Response:
    """The answer that a refusal is."""
    return answer(STATUS.get(code, 403), {"code": code})


async def nothing_here(request: Request, error: Exception) -> Response:
    """No such place (404), or nothing to do there in this way (405), in the protocol's words."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    said = answer(status, {"code": "method" if status == 405 else "not_found"})
    said.headers.update(getattr(error, "headers", None) or {})
    return said


def target_of(scope: Scope) -> str:
    """Path and query as they were asked for: what is signed."""
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path


# -- The signature under every answer --------------------------------------------------------------------


class Signed:
    """Collects each answer, turns what was raised into one, and signs it. Nothing leaves unsigned."""

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self._app = app
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started: dict[str, Any] = {"type": "http.response.start", "status": 500, "headers": []}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        try:
            await self._app(scope, receive, collect)
        except Exception as error:
            refused = told(error)
            body[:] = bytes(refused.body)
            started.update(status=refused.status_code, headers=refused.raw_headers)
        nonce = dict(scope["headers"]).get(b"x-nonce", b"").decode("latin-1")[:64]
        signature = protocol.sign_answer(
            self._ledger.identity.key,
            status=started["status"],
            target=target_of(scope),
            nonce=nonce,
            body=bytes(body),
        )
        headers = [*started["headers"], (b"x-centre-signature", signature.encode())]
        await send({**started, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(body)})


def told(error: Exception) -> Response:
    """The refusal that an exception amounts to; what nobody foresaw is logged without its values."""
    if isinstance(error, Refused):
        return refusal(error.code)
    for kind, code in _TOLD:
        if isinstance(error, kind):
            return refusal(code)
    unforeseen(error)
    return refusal("server_error")


def unforeseen(error: Exception) -> None:
    """Log what nobody foresaw, without its values."""
    where = "".join(traceback.format_tb(error.__traceback__)[-3:])
    _log.error("unforeseen: %s\n%s", type(error).__name__, where)


_TOLD: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TooLarge, "too_large"),
    (Unchained, "unchained"),
    (Unreadable, "unreadable"),
    (Full, "server_full"),
    (Busy, "busy"),
    (TimeoutError, "too_slow"),
    (ClientDisconnect, "too_slow"),  # nobody hears it any more
)
