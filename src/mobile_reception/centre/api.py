"""The centre's door: HTTP in, the ledger's words out, every answer under the centre's signature.

A body is streamed against a cap before anything looks at it, its signature is checked over the raw bytes
before anything is parsed, and no SQL runs on the event loop.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_reception import __version__
from mobile_reception.centre import feed, intake
from mobile_reception.centre.database import Busy, Full, LedgerFailure
from mobile_reception.centre.intake import Incoming, Unchained
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.values import Application, Device, Refused
from mobile_reception.dossier.facts import is_uuid
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Credentials, Head, RunBody, TooLarge, Unreadable

_log = logging.getLogger("mobile_reception.centre")
_T = TypeVar("_T")

_STATUS: Final[Mapping[str, int]] = {
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

_ENROLMENT_LIMIT: Final = 64 * 1024
_BODY_SECONDS: Final = 120
_READERS: Final = 4
_NOBODY: Final = b"\x00" * 31 + b"\x01"  # a key that nobody has: a stranger's signature costs the same work
_QUIET: Final = 0.25  # seconds without a run after which folding begins
_PATIENCE: Final = 2.0  # seconds after which it begins all the same


class Door:
    """The ledger behind two queues: a few readers, and one writer."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self.clock = clock
        self._readers = CapacityLimiter(_READERS)
        self._writer = CapacityLimiter(1)
        self._careful = CapacityLimiter(1)
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
                    waiting = await self._until_done(self.ledger.fold_some)

    async def _until_done(self, work: Callable[[], int]) -> int:
        """Do it, again and again while the database is full or busy; nothing ends the folding for good."""
        pause = 0.5
        while True:
            try:
                return await self.write(work)
            except LedgerFailure as failure:
                _log.error("folding waits: %s", type(failure).__name__)
            except Exception as error:
                _unforeseen(error)
            await anyio.sleep(pause)
            pause = min(pause * 2, 60)


def build(ledger: Ledger, clock: Callable[[], datetime]) -> FastAPI:
    """The application over an open ledger; ``clock`` gives aware datetimes. It folds while it lives."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        door = Door(ledger, clock)
        app.state.door = door
        folding = asyncio.create_task(door.fold())
        yield
        folding.cancel()
        await asyncio.gather(folding, return_exceptions=True)

    app = FastAPI(
        title="Mobile Reception",
        version=__version__,
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    for method, path, answer in (
        ("GET", "/v1/hello", _hello),
        ("POST", "/v1/enrol", _enrol),
        ("POST", "/v1/runs/{origin}", _run),
        ("GET", "/v1/head/{origin}", _head),
        ("POST", "/v1/origins", _announce),
        ("GET", "/v1/cards", _cards),
        ("GET", "/v1/feed", _feed),
        ("GET", "/v1/journal/{origin}", _journal),
    ):
        app.add_api_route(path, answer, methods=[method], response_class=Response, name=answer.__name__[1:])
    app.add_middleware(_Signed, ledger=ledger)
    return app


# -- What is asked ---------------------------------------------------------------------------------------


async def _hello(request: Request) -> Response:
    """Who this centre is, before a laptop is enrolled."""
    door = _door(request)
    identity = door.ledger.identity
    units = await door.read(door.ledger.register.units)
    return _answer(
        200,
        {
            "code": "ok",
            "version": protocol.VERSION,
            "centre_key": protocol.to_base64(identity.public_key),
            "recovery_key": protocol.to_base64(identity.recovery_key),
            "practice": identity.practice,
            "units": [unit.document() for unit in units],
            "epoch": identity.epoch,
            "time": door.clock().astimezone(UTC).isoformat(timespec="milliseconds"),
        },
    )


async def _enrol(request: Request) -> Response:
    """Join this centre with a one-time code; signed by the device's new key."""
    door = _door(request)
    body, body_hash = await _body(request, _ENROLMENT_LIMIT)
    credentials = Credentials.read(request.headers)
    if credentials is None:
        raise Refused("not_signed")
    key = protocol.unbase64(credentials.device)
    if not credentials.hold(key, method="POST", target=_target(request.scope), body_hash=body_hash):
        raise Refused("not_signed")
    asked = _application(protocol.load(body), key)
    try:
        return _answer(200, await door.think(door.ledger.register.enrol, asked, now=door.clock()))
    except Refused as refused:
        _log.warning("an enrolment was refused: %s", refused.code)
        raise


async def _run(request: Request, origin: str) -> Response:
    """Take a run of facts: durable before the answer."""
    door = _door(request)
    body, body_hash = await _body(request, protocol.BODY_LIMIT)
    device, credentials = await _sender(request, body_hash)
    now = door.clock()
    squeezed = request.headers.get("content-encoding") == "gzip"
    try:
        run, facts = await door.read(_read_run, body, squeezed=squeezed, origin=origin)
    except (Unreadable, Unchained) as error:
        reason = "unchained" if isinstance(error, Unchained) else "unreadable"
        if is_uuid(origin):
            await door.read(door.ledger.head, device, origin, now=now)  # whose origin it is, first
            await door.write(door.ledger.hold, device, body, origin=origin, reason=reason, now=now)
        raise
    head = await door.write(door.ledger.take, device, run, facts, device_time=credentials.time, now=now)
    door.arrived()
    return _head_answer(request, head)


async def _head(request: Request, origin: str) -> Response:
    """What the centre holds of an origin."""
    door = _door(request)
    _, body_hash = await _body(request, 0)
    device, _ = await _sender(request, body_hash)
    head = await door.read(door.ledger.head, device, origin, now=door.clock())
    await _note_contact(door, device)
    return _head_answer(request, head)


async def _announce(request: Request) -> Response:
    """Take in a new origin of an enrolled device; answers its range of numbers."""
    door = _door(request)
    body, body_hash = await _body(request, _ENROLMENT_LIMIT)
    device, _ = await _sender(request, body_hash)
    origin = protocol.load(body).get("origin")
    if not isinstance(origin, str) or not is_uuid(origin):
        raise Unreadable("origin is no id")
    ranges = await door.write(door.ledger.register.announce, device, origin, now=door.clock())
    return _answer(200, {"code": "ok", "origin": origin, "ranges": ranges})


async def _cards(request: Request) -> Response:
    """The values that this device is given; ``?seen=CURSOR`` answers only whether they changed."""
    door = _door(request)
    _, body_hash = await _body(request, 0)
    device, _ = await _sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    cards = await door.read(door.ledger.register.cards, device)
    if request.query_params.get("seen") == cards["cursor"]:
        cards = {"cursor": cards["cursor"], "unchanged": True}
    return _maybe_squeezed(request, protocol.dump({"code": "ok", **cards}), "application/json")


async def _feed(request: Request) -> Response:
    """A page of whole subjects, by the device's scope, behind ``?after=CURSOR``; gzip if it is accepted."""
    door = _door(request)
    _, body_hash = await _body(request, 0)
    device, _ = await _sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    body = await door.read(_page, door.ledger, device, request.query_params.get("after"))
    return await door.read(_maybe_squeezed, request, body, protocol.FEED_TYPE)


async def _journal(request: Request, origin: str) -> Response:
    """A run of this device's own journal behind ``?after=SEQ``, for a folder that was restored or copied."""
    door = _door(request)
    _, body_hash = await _body(request, 0)
    device, _ = await _sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    after = request.query_params.get("after", "")
    if not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise Unreadable("after is no seq")
    body = await door.read(door.ledger.journal, device, origin, int(after))
    return await door.read(_maybe_squeezed, request, body, protocol.RUN_TYPE)


def _page(ledger: Ledger, device: Device, after: str | None) -> bytes:
    page = ledger.page(device, after)
    lines = feed.lines(page.subjects)
    return protocol.write_page(cursor=page.cursor, more=page.more, omitted=page.omitted, lines=lines)


def _maybe_squeezed(request: Request, body: bytes, kind: str) -> Response:
    """An answer as gzip where exactly that is accepted; signed as sent."""
    if request.headers.get("accept-encoding") == "gzip":
        return Response(protocol.squeeze(body), media_type=kind, headers={"Content-Encoding": "gzip"})
    return Response(body, media_type=kind)


# -- The steps of each -----------------------------------------------------------------------------------


def _door(request: Request) -> Door:
    door = request.app.state.door
    if not isinstance(door, Door):
        raise TypeError("the application has not started")
    return door


async def _body(request: Request, limit: int) -> tuple[bytes, str]:
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


async def _sender(request: Request, body_hash: str) -> tuple[Device, Credentials]:
    """The enrolled device that signed this request; raises Refused. A stranger costs the same work."""
    door = _door(request)
    if request.headers.get("x-protocol") != str(protocol.VERSION):
        raise Refused("too_old")
    credentials = Credentials.read(request.headers)
    if credentials is None:
        raise Refused("not_signed")
    device = await door.read(door.ledger.register.device, credentials.device)
    key = device.public_key if device else _NOBODY
    target = _target(request.scope)
    held = await door.read(credentials.hold, key, method=request.method, target=target, body_hash=body_hash)
    if device is None or not held:
        raise Refused("unknown_device")
    return device, credentials


def _read_run(body: bytes, *, squeezed: bool, origin: str) -> tuple[RunBody, list[Incoming]]:
    run = protocol.read_run(protocol.unsqueeze(body) if squeezed else body)
    if run.origin != origin:
        raise Unreadable("the run is of another origin")
    return run, intake.read(run)


def _application(document: Mapping[str, Any], key: bytes) -> Application:
    texts = {name: document.get(name) for name in ("code", "name", "login", "passphrase", "origin")}
    if not all(isinstance(value, str) and len(value) <= 1024 for value in texts.values()):
        raise Unreadable("a text of the application")
    unit, agency, sealed = document.get("unit"), document.get("agency_id"), document.get("sealed_recovery")
    if not all(value is None or isinstance(value, str) for value in (unit, agency)):
        raise Unreadable("unit and agency are texts")
    if document.get("version") != protocol.VERSION:
        raise Refused("too_old")
    if not is_uuid(texts["origin"]) or not str(texts["login"]).strip():
        raise Unreadable("origin or login")
    officer_key = protocol.unbase64(document.get("officer_key"))
    if len(officer_key) != 32 or len(key) != 32:
        raise Unreadable("a key of another length")
    return Application(
        code=str(texts["code"]),
        name=str(texts["name"]),
        device_key=key,
        origin=str(texts["origin"]),
        login=str(texts["login"]),
        officer_key=officer_key,
        passphrase=str(texts["passphrase"]),
        practice=document.get("practice") is True,
        unit=unit,
        agency_id=agency,
        sealed_recovery=None if sealed is None else protocol.unbase64(sealed),
    )


async def _note_contact(door: Door, device: Device) -> None:
    """Remember that the device asked, but not more often than once a minute."""
    now = door.clock()
    if device.last_contact is not None:
        since = now - datetime.fromisoformat(device.last_contact)
        if 0 <= since.total_seconds() < 60:
            return
    await door.write(door.ledger.contact, device, now=now)


def _head_answer(request: Request, head: Head) -> Response:
    status = _STATUS.get(head.code, 200)
    target, nonce = _target(request.scope), request.headers.get("x-nonce", "")
    return _answer(status, head.document(status=status, target=target, nonce=nonce))


def _answer(status: int, document: Mapping[str, Any]) -> Response:
    return Response(protocol.dump(document), status_code=status, media_type="application/json")


def _refusal(code: str) -> Response:
    return _answer(_STATUS.get(code, 403), {"code": code})


def _target(scope: Scope) -> str:
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path


# -- The signature under every answer --------------------------------------------------------------------


class _Signed:
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
            refusal = _told(error)
            body[:] = bytes(refusal.body)
            started.update(status=refusal.status_code, headers=refusal.raw_headers)
        nonce = dict(scope["headers"]).get(b"x-nonce", b"").decode("latin-1")[:64]
        signature = protocol.sign_answer(
            self._ledger.identity.key,
            status=started["status"],
            target=_target(scope),
            nonce=nonce,
            body=bytes(body),
        )
        headers = [*started["headers"], (b"x-centre-signature", signature.encode())]
        await send({**started, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(body)})


def _told(error: Exception) -> Response:
    """The refusal that an exception amounts to; what nobody foresaw is logged without its values."""
    if isinstance(error, Refused):
        return _refusal(error.code)
    for kind, code in _TOLD:
        if isinstance(error, kind):
            return _refusal(code)
    _unforeseen(error)
    return _refusal("server_error")


def _unforeseen(error: Exception) -> None:
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
