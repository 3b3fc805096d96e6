"""Files by the tus 1.0 protocol (with `EXTENSIONS`), and what a laptop asks about them.

A tus client cannot sign each request, so a signed one fetches a token that is good for an hour. What a tus
answer says proves nothing to a laptop: it believes what `have` answers, which is signed for its question.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import wraps
from typing import Final

import anyio
from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from mobile_reception.centre.door import answer, body_of, door_of, sender, told
from mobile_reception.centre.files import MOST, Upload
from mobile_reception.centre.values import Device, Refused
from mobile_reception.dossier.facts import is_hash
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import TooLarge, Unreadable

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,expiration,termination"
TOKEN_LIFE: Final = timedelta(hours=1)

_ASKED_AT_ONCE: Final = 1000
_QUESTION: Final = 128 * 1024
_BLOCK: Final = 256 * 1024
_SILENCE: Final = 30  # seconds without a byte after which a piece is given up
_PIECE: Final = "application/offset+octet-stream"

Endpoint = Callable[..., Awaitable[Response]]


def add_routes(app: FastAPI) -> None:
    """Give the application its files."""
    for method, path, endpoint in (
        ("POST", "/v1/files/token", _token),
        ("POST", "/v1/files/have", _have),
        ("OPTIONS", "/v1/files", _tus(_options)),
        ("POST", "/v1/files", _tus(_create)),
        ("OPTIONS", "/v1/files/{upload}", _tus(_options)),
        ("HEAD", "/v1/files/{upload}", _tus(_offset)),
        ("PATCH", "/v1/files/{upload}", _tus(_piece)),
        ("DELETE", "/v1/files/{upload}", _tus(_end)),
        ("POST", "/v1/files/{upload}", _tus(_overridden)),
    ):
        name = f"files_{endpoint.__name__[1:]}"
        app.add_api_route(path, endpoint, methods=[method], response_class=Response, name=name)


# -- Signed ----------------------------------------------------------------------------------------------


async def _token(request: Request) -> Response:
    """A token for this device's tus requests; a revoked device still hands over what it has."""
    door = door_of(request)
    _, body_hash = await body_of(request, 0)
    device, _ = await sender(request, body_hash)
    until = door.clock() + TOKEN_LIFE
    token = protocol.grant(door.ledger.identity.key, device.device, until)
    expires = until.astimezone(UTC).isoformat(timespec="milliseconds")
    return answer(200, {"code": "ok", "token": token, "expires": expires, "uploads": "/v1/files"})


async def _have(request: Request) -> Response:
    """Which of these files are here, and of which a part is."""
    door = door_of(request)
    body, body_hash = await body_of(request, _QUESTION)
    device, _ = await sender(request, body_hash)
    names = protocol.load(body).get("files")
    if not isinstance(names, list) or len(names) > _ASKED_AT_ONCE or not all(map(is_hash, names)):
        raise Unreadable("files are no hashes")
    here, parts = await door.carry(door.ledger.files.have, device, list(dict.fromkeys(names)))
    partial = [
        {"sha256": each.sha256, "upload": f"/v1/files/{each.upload}", "offset": each.offset} for each in parts
    ]
    time = door.clock().astimezone(UTC).isoformat(timespec="milliseconds")
    return answer(200, {"code": "ok", "here": here, "partial": partial, "time": time})


# -- By tus ----------------------------------------------------------------------------------------------


def _tus(endpoint: Endpoint) -> Endpoint:
    """An endpoint that speaks tus: its version asked and answered, refusals too."""

    @wraps(endpoint)
    async def spoken(request: Request, upload: str = "") -> Response:
        try:
            if request.method != "OPTIONS" and request.headers.get("tus-resumable") != VERSION:
                raise Refused("tus_version")
            said = await (endpoint(request, upload) if upload else endpoint(request))
        except Exception as error:
            said = told(error)
            if request.method == "HEAD":
                said.body = b""
        said.headers["Tus-Resumable"] = VERSION
        if said.status_code == 412:
            said.headers["Tus-Version"] = VERSION
        return said

    return spoken


async def _options(request: Request, upload: str = "") -> Response:
    """What this server can."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(MOST),
    }
    return Response(status_code=204, headers=headers)


async def _create(request: Request) -> Response:
    """A place for a file, its SHA-256 the metadata ``sha256``; its first piece may come along."""
    door = door_of(request)
    device = await _bearer(request)
    size, sha256 = _number(request, "upload-length"), _metadata(request).get("sha256")
    if not is_hash(sha256) or not size:
        raise Unreadable("no hash or no length")
    if _length(request, size) and request.headers.get("content-type") != _PIECE:
        raise Refused("media")
    upload = await door.carry(door.ledger.files.create, device, sha256=sha256, size=size, now=door.clock())
    place, until = await door.read(door.ledger.files.open, device, upload.id, now=door.clock())
    offset = await _taken(request, place, 0)
    headers = {"Location": f"/v1/files/{upload.id}", "Upload-Offset": str(offset), **_expires(until)}
    return Response(status_code=201, headers=headers)


async def _offset(request: Request, upload: str) -> Response:
    """How much of it is here, durably."""
    door = door_of(request)
    place, until = await _place(request, upload)
    offset = await door.carry(door.ledger.files.offset, place)
    if offset == place.size:  # whole, and killed before it got its name
        await door.carry(door.ledger.files.finish, place, now=door.clock())
    return Response(
        status_code=200,
        headers={
            "Upload-Offset": str(offset),
            "Upload-Length": str(place.size),
            "Cache-Control": "no-store",
            **_expires(until),
        },
    )


async def _piece(request: Request, upload: str) -> Response:
    """One more piece; what arrived of it stays, also of one that was cut."""
    place, until = await _place(request, upload)
    if request.headers.get("content-type") != _PIECE:
        raise Refused("media")
    offset = _number(request, "upload-offset")
    if offset is None or offset > place.size:
        raise Unreadable("upload-offset")
    _length(request, place.size - offset)
    offset = await _taken(request, place, offset)
    return Response(status_code=204, headers={"Upload-Offset": str(offset), **_expires(until)})


async def _end(request: Request, upload: str) -> Response:
    """The client will not bring it."""
    door = door_of(request)
    place, _ = await _place(request, upload)
    await door.carry(door.ledger.files.terminate, place)
    return Response(status_code=204)


async def _overridden(request: Request, upload: str) -> Response:
    """Where only GET and POST pass, the method stands in a header."""
    methods: dict[str, Endpoint] = {"HEAD": _offset, "PATCH": _piece, "DELETE": _end}
    endpoint = methods.get(request.headers.get("x-http-method-override", ""))
    if endpoint is None:
        raise Refused("method")
    return await endpoint(request, upload)


# -- The steps of each -----------------------------------------------------------------------------------


async def _bearer(request: Request) -> Device:
    """The device whose token this is. Raises Refused."""
    door = door_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    named = protocol.granted(door.ledger.identity.public_key, token, door.clock())
    if scheme.lower() != "bearer" or named is None:
        raise Refused("token")
    device = await door.read(door.ledger.register.device, named)
    if device is None:
        raise Refused("token")
    return device


def _length(request: Request, most: int) -> int:
    """The length of the body as it was said, if it was. Raises TooLarge, Unreadable."""
    said = request.headers.get("content-length", "0")
    if not (said.isascii() and said.isdecimal() and len(said) < 16):
        raise Unreadable("content-length")
    if int(said) > most:
        raise TooLarge
    return int(said)


async def _taken(request: Request, place: Upload, offset: int) -> int:
    """Add the body at ``offset``; where the file ends then, durably. A file that is whole gets its name."""
    door = door_of(request)
    files = door.ledger.files
    try:
        async for block in _blocks(request):
            offset = await door.carry(files.append, place, offset, block)
    finally:
        with anyio.CancelScope(shield=True):
            durable = await door.carry(files.offset, place)
    if offset == durable == place.size:
        await door.carry(files.finish, place, now=door.clock())
    return offset


async def _place(request: Request, upload: str) -> tuple[Upload, str]:
    door = door_of(request)
    device = await _bearer(request)
    return await door.read(door.ledger.files.open, device, upload, now=door.clock())


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in blocks; the first may be empty, and of a body that is cut the rest comes before the cut."""
    held = bytearray()
    first = True
    stream = aiter(request.stream())
    while True:
        try:
            with anyio.fail_after(_SILENCE):
                chunk = await anext(stream, None)
        except (ClientDisconnect, TimeoutError):
            yield bytes(held)
            raise
        if chunk is None:
            break
        held += chunk
        if len(held) >= _BLOCK:
            yield bytes(held)
            held.clear()
            first = False
    if held or first:
        yield bytes(held)


def _number(request: Request, header: str) -> int | None:
    said = request.headers.get(header, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None


def _metadata(request: Request) -> dict[str, str]:
    """The pairs of ``Upload-Metadata``; what is none is left out."""
    pairs: dict[str, str] = {}
    for pair in request.headers.get("upload-metadata", "")[:4096].split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            pairs[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            continue
    return pairs


def _expires(until: str) -> dict[str, str]:
    moment = datetime.fromisoformat(until).astimezone(UTC)
    return {"Upload-Expires": format_datetime(moment, usegmt=True)}
