"""What a laptop shows a centre that may have been put back, and brings back to it: read from its requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response

from mobile_reception.centre.door import answer, body_of, door_of, sender, target_of
from mobile_reception.centre.restored import Kept, Shown, Testimony
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import Fact, is_uuid
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Certificate, Credentials, Unreadable

_MOST: Final = 400  # journals, and officers, in one request
_LONGEST: Final = 200  # characters of a name


async def witness(request: Request) -> Response:
    """Show what this centre once signed; a laptop is known by its certificate, also where it was lost."""
    door = door_of(request)
    body, body_hash = await body_of(request, protocol.BODY_LIMIT)
    if request.headers.get("x-protocol") != str(protocol.VERSION):
        raise Refused("too_old")
    credentials = Credentials.read(request.headers)
    if credentials is None:
        raise Refused("not_signed")
    certificate = _certificate(request, door.ledger.identity.public_key)
    named = {"method": "POST", "target": target_of(request.scope), "body_hash": body_hash}
    signed = await door.read(credentials.hold, certificate.public_key, **named)
    if not signed or credentials.device != certificate.device:
        raise Refused("unknown_device")
    told = _testimony(protocol.load(body), certificate)
    heard = await door.write(door.ledger.restoration.hear, told, now=door.clock())
    return answer(200, heard)


async def former(request: Request) -> Response:
    """Bring back facts of this centre's own, of epochs that are over; a page as the feed has them.

    A revoked laptop may: nothing is believed but this centre's signature, and it may be the only one to know.
    """
    door = door_of(request)
    body, body_hash = await body_of(request, protocol.BODY_LIMIT)
    device, _ = await sender(request, body_hash)
    facts = await door.read(_vouched, body)
    return answer(200, await door.write(door.ledger.restoration.take_back, device, facts, now=door.clock()))


def _certificate(request: Request, key: bytes) -> Certificate:
    try:
        return protocol.check_certificate(protocol.unbase64(request.headers.get("x-certificate")), key)
    except Unreadable as error:
        raise Refused("unknown_device") from error


def _vouched(body: bytes) -> list[tuple[Fact, bytes]]:
    page = protocol.read_page(protocol.plain(body))
    return [(fact, page.proofs.get(fact.hash, b"")) for fact in page.facts]


def _testimony(document: Mapping[str, Any], certificate: Certificate) -> Testimony:
    name, journals, officers = (document.get(part) for part in ("name", "journals", "officers"))
    if not isinstance(name, str) or len(name) > _LONGEST:
        raise Unreadable("the name")
    return Testimony(
        certificate=certificate,
        name=name,
        journals=tuple(_kept(each) for each in _objects(journals)),
        officers=tuple(_officer(each) for each in _objects(officers)),
        own=_own(document.get("own")),
    )


def _objects(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > _MOST or not all(isinstance(each, dict) for each in given):
        raise Unreadable("a list of the testimony")
    return given


def _kept(given: Mapping[str, Any]) -> Kept:
    if not is_uuid(given.get("origin")):
        raise Unreadable("a journal's name")
    shown = given.get("answer")
    return Kept(
        origin=str(given["origin"]),
        ranges=tuple(_range(each) for each in _objects(given.get("ranges"))),
        answer=None if shown is None else protocol.unbase64(shown),
        signature=b"" if shown is None else protocol.unbase64(given.get("signature")),
    )


def _own(given: object) -> Shown | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Unreadable("a fact of this centre's")
    header, payload_hash, linked = (given.get(name) for name in ("header", "payload_hash", "hash"))
    if not all(isinstance(each, str) for each in (header, payload_hash, linked)):
        raise Unreadable("a fact of this centre's")
    return Shown(str(header), str(payload_hash), str(linked), protocol.unbase64(given.get("proof")))


def _range(given: Mapping[str, Any]) -> tuple[int, int]:
    first, last = given.get("first"), given.get("last")
    if type(first) is not int or type(last) is not int:
        raise Unreadable("a range")
    return first, last


def _officer(given: Mapping[str, Any]) -> tuple[str, bytes]:
    login, key = given.get("login"), protocol.unbase64(given.get("key"))
    if not isinstance(login, str) or not 0 < len(login) <= _LONGEST or len(key) != 32:
        raise Unreadable("an officer")
    return login, key
