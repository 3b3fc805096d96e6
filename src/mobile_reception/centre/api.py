"""What the centre is asked: HTTP in, the ledger's words out. What every request goes through is `door`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import anyio
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from mobile_reception import __version__
from mobile_reception.centre import bundles, description, feed, intake, testimony, tus
from mobile_reception.centre.door import (
    STATUS,
    Door,
    Signed,
    answer,
    body_of,
    door_of,
    nothing_here,
    sender,
    target_of,
)
from mobile_reception.centre.intake import Incoming, Unchained
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.register import LONGEST_NAME
from mobile_reception.centre.values import Application, Device, Refused
from mobile_reception.dossier.facts import is_uuid
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Credentials, Head, OwnPlace, RunBody, Unreadable

_log = logging.getLogger("mobile_reception.centre")
_ENROLMENT_LIMIT: Final = 64 * 1024


def build(ledger: Ledger, clock: Callable[[], datetime]) -> FastAPI:
    """The application over an open ledger; ``clock`` gives aware datetimes. It folds while it lives."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        door = Door(ledger, clock)
        app.state.door = door
        async with anyio.create_task_group() as behind:
            behind.start_soon(door.fold)
            behind.start_soon(door.tidy)
            yield
            # What is being folded just now is waited for: a task of asyncio's own would leave its thread
            # alone with a connection, which nobody closes after the ledger is.
            behind.cancel_scope.cancel()

    app = _Centre(
        title="Mobile Reception",
        version=__version__,
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    for method, path, endpoint in (
        ("GET", "/v1/hello", _hello),
        ("POST", "/v1/enrol", _enrol),
        ("POST", "/v1/runs/{origin}", _run),
        ("POST", "/v1/witness", testimony.witness),
        ("POST", "/v1/former", testimony.former),
        ("POST", "/v1/letters", _letter),
        ("GET", "/v1/head/{origin}", _head),
        ("POST", "/v1/origins", _announce),
        ("POST", "/v1/officers", _officer),
        ("GET", "/v1/cards", _cards),
        ("GET", "/v1/feed", _feed),
        ("GET", "/v1/journal/{origin}", _journal),
    ):
        name = endpoint.__name__.lstrip("_")
        app.add_api_route(path, endpoint, methods=[method], response_class=Response, name=name)
    tus.add_routes(app)
    app.add_exception_handler(HTTPException, nothing_here)
    app.add_middleware(Signed, ledger=ledger)
    return app


class _Centre(FastAPI):
    def openapi(self) -> dict[str, Any]:
        return description.document(self.routes)


# -- What is asked ---------------------------------------------------------------------------------------


async def _hello(request: Request) -> Response:
    """Who this centre is, before a laptop is enrolled."""
    door = door_of(request)
    identity = door.ledger.identity
    units, epoch = await door.read(door.ledger.register.units), await door.read(door.ledger.epoch)
    return answer(
        200,
        {
            "code": "ok",
            "version": protocol.VERSION,
            "centre_key": protocol.to_base64(identity.public_key),
            "recovery_key": protocol.to_base64(identity.recovery_key),
            "box_key": protocol.to_base64(identity.box_key),
            "practice": identity.practice,
            "units": [unit.document() for unit in units],
            "epoch": epoch,
            "time": door.clock().astimezone(UTC).isoformat(timespec="milliseconds"),
        },
    )


async def _enrol(request: Request) -> Response:
    """Join this centre with a one-time code; signed by the device's new key."""
    door = door_of(request)
    body, body_hash = await body_of(request, _ENROLMENT_LIMIT)
    credentials = Credentials.read(request.headers)
    if credentials is None:
        raise Refused("not_signed")
    key = protocol.unbase64(credentials.device)
    if not credentials.hold(key, method="POST", target=target_of(request.scope), body_hash=body_hash):
        raise Refused("not_signed")
    asked = _application(protocol.load(body), key)
    try:
        return answer(200, await door.think(door.ledger.register.enrol, asked, now=door.clock()))
    except Refused as refused:
        _log.warning("an enrolment was refused: %s", refused.code)
        raise


async def _run(request: Request, origin: str) -> Response:
    """Take a run of facts: durable before the answer."""
    door = door_of(request)
    body, body_hash = await body_of(request, protocol.BODY_LIMIT)
    device, credentials = await sender(request, body_hash)
    now = door.clock()
    try:
        run, facts = await door.read(_read_run, body, origin=origin)
    except (Unreadable, Unchained) as error:
        reason = "unchained" if isinstance(error, Unchained) else "unreadable"
        if is_uuid(origin):
            await door.read(door.ledger.head, device, origin, now=now)  # whose origin it is, first
            await door.write(door.ledger.hold, device, body, origin=origin, reason=reason, now=now)
        raise
    head = await door.write(door.ledger.take, device, run, facts, device_time=credentials.time, now=now)
    door.arrived()
    return _head_answer(request, head)


async def _letter(request: Request) -> Response:
    """Take a letter of a bundle that this device carried for another one."""
    door = door_of(request)
    body, body_hash = await body_of(request, protocol.BODY_LIMIT)
    await sender(request, body_hash)
    head = await door.write(bundles.take, door.ledger, body, now=door.clock())
    if head is None:
        return answer(200, {"code": "ok"})
    door.arrived()
    return _head_answer(request, head)


async def _head(request: Request, origin: str) -> Response:
    """What the centre holds of an origin; ``?own=PLACE`` asks whether it holds that of its own journal."""
    door = door_of(request)
    _, body_hash = await body_of(request, 0)
    device, _ = await sender(request, body_hash)
    named = request.query_params.get("own")
    known = None if named is None else OwnPlace.read(named)
    head = await door.read(door.ledger.head, device, origin, now=door.clock(), known=known)
    await _note_contact(door, device)
    return _head_answer(request, head)


async def _announce(request: Request) -> Response:
    """Take in a new origin of an enrolled device; answers its range of numbers."""
    door = door_of(request)
    body, body_hash = await body_of(request, _ENROLMENT_LIMIT)
    device, _ = await sender(request, body_hash)
    origin = protocol.load(body).get("origin")
    if not isinstance(origin, str) or not is_uuid(origin):
        raise Unreadable("origin is no id")
    ranges = await door.write(door.ledger.register.announce, device, origin, now=door.clock())
    return answer(200, {"code": "ok", "origin": origin, "ranges": ranges})


async def _officer(request: Request) -> Response:
    """Know the signing key of one more officer of an enrolled laptop, proved by passphrase."""
    door = door_of(request)
    body, body_hash = await body_of(request, _ENROLMENT_LIMIT)
    device, _ = await sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    document = protocol.load(body)
    login, passphrase = document.get("login"), document.get("passphrase")
    key = protocol.unbase64(document.get("officer_key"))
    if not isinstance(login, str) or not 0 < len(login.strip()) <= 64 or len(key) != 32:
        raise Unreadable("login or key")
    if not isinstance(passphrase, str) or len(passphrase) > 1024:
        raise Unreadable("passphrase")
    name = _officer_name(document, "name")
    role = await door.think(door.ledger.register.add_key, device, login, key, passphrase, name)
    return answer(200, {"code": "ok", "login": login, "role": role})


async def _cards(request: Request) -> Response:
    """The values that this device is given; ``?seen=CURSOR`` answers only whether they changed."""
    door = door_of(request)
    _, body_hash = await body_of(request, 0)
    device, _ = await sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    cards = await door.read(door.ledger.register.cards, device, request.query_params.get("seen"))
    return _maybe_squeezed(request, protocol.dump({"code": "ok", **cards}), "application/json")


async def _feed(request: Request) -> Response:
    """A page of whole subjects, by the device's scope, behind ``?after=CURSOR``; gzip if it is accepted.

    ``&mine=ORIGIN,ORIGIN`` names the journals that the folder has itself: what is in no other is left out.
    """
    door = door_of(request)
    _, body_hash = await body_of(request, 0)
    device, _ = await sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    mine = frozenset(request.query_params.get("mine", "").split(","))
    body = await door.read(_page, door.ledger, device, request.query_params.get("after"), mine)
    return await door.read(_maybe_squeezed, request, body, protocol.FEED_TYPE)


async def _journal(request: Request, origin: str) -> Response:
    """A run of this device's own journal behind ``?after=SEQ``, for a folder that was restored or copied."""
    door = door_of(request)
    _, body_hash = await body_of(request, 0)
    device, _ = await sender(request, body_hash)
    if device.state != "active":
        raise Refused("revoked")
    after = request.query_params.get("after", "")
    if not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise Unreadable("after is no seq")
    body = await door.read(door.ledger.journal, device, origin, int(after))
    return await door.read(_maybe_squeezed, request, body, protocol.RUN_TYPE)


def _page(ledger: Ledger, device: Device, after: str | None, mine: frozenset[str]) -> bytes:
    page = ledger.page(device, after, mine)
    return protocol.write_page(
        cursor=page.cursor,
        more=page.more,
        omitted=page.omitted,
        lines=feed.lines(page.subjects),
        proofs=page.proofs,
    )


def _maybe_squeezed(request: Request, body: bytes, kind: str) -> Response:
    """An answer as gzip where exactly that is accepted; signed as sent."""
    if request.headers.get("accept-encoding") == "gzip":
        return Response(protocol.squeeze(body), media_type=kind, headers={"Content-Encoding": "gzip"})
    return Response(body, media_type=kind)


def _read_run(body: bytes, *, origin: str) -> tuple[RunBody, list[Incoming]]:
    run = protocol.read_run(protocol.plain(body))
    if run.origin != origin:
        raise Unreadable("the run is of another origin")
    return run, intake.read(run)


def _officer_name(document: Mapping[str, Any], field: str) -> str:
    """What people call an officer; laptops of before do not say."""
    name = document.get(field) or ""
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise Unreadable("the officer's name")
    return name


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
        officer_name=_officer_name(document, "officer_name"),
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
    status = STATUS.get(head.code, 200)
    target, nonce = target_of(request.scope), request.headers.get("x-nonce", "")
    return answer(status, head.document(status=status, target=target, nonce=nonce))
