"""Joining a centre: who is there, the one-time code, and a new journal of a laptop that has joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.store.values import Cards, Enrolment
from mobile_reception.sync import protocol
from mobile_reception.sync.client.road import Reply, Road, RoadClosed
from mobile_reception.sync.protocol import Reason, Unreadable, to_base64, unbase64


class NotAllowed(Exception):
    """The centre refuses this laptop or officer.

    ``code`` is ``bad_code``, ``passphrase``, ``officer_disabled``, ``origin_taken`` or ``revoked``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotAcceptable(Exception):
    """This laptop does not belong to that centre: ``code`` is ``practice``, ``unit`` or ``agency``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Hello:
    """Who a centre says it is. Keys are raw; ``units`` are the protocol's documents."""

    centre_key: bytes
    recovery_key: bytes
    practice: bool
    units: tuple[Mapping[str, Any], ...]
    epoch: str
    time: str


@dataclass(frozen=True, slots=True)
class EnrolmentAnswer:
    """What a laptop needs after joining. ``unit`` has code, agency_id, name and superior."""

    device: str
    certificate: bytes
    centre_key: bytes
    unit: Mapping[str, str]
    scope: str
    ranges: tuple[Mapping[str, Any], ...]
    cards: Cards
    cursor: str


def hello(url: str, *, clock: Callable[[], datetime], ca: str | None = None, timeout: float = 10.0) -> Hello:
    """Ask a centre who it is; over https its certificate speaks for it. Raises RoadClosed, ValueError."""
    with Road(url, ca=ca, centre_key=None, timeout=timeout) as road:
        reply = road.ask("GET", "/v1/hello", key=Ed25519PrivateKey.generate(), device="", clock=clock)
    _expect(reply)
    document = reply.document
    version, units = document.get("version"), document.get("units")
    if type(version) is not int or version < protocol.VERSION or not isinstance(units, list):
        raise RoadClosed(Reason.TOO_OLD if type(version) is int else Reason.SERVER_ERROR)
    try:
        return Hello(
            centre_key=unbase64(document.get("centre_key")),
            recovery_key=unbase64(document.get("recovery_key")),
            practice=document.get("practice") is True,
            units=tuple(units),
            epoch=str(document.get("epoch")),
            time=str(document.get("time")),
        )
    except Unreadable as error:
        raise RoadClosed(Reason.SERVER_ERROR) from error


def enrol(
    url: str,
    code: str,
    *,
    centre: Hello,
    device_key: Ed25519PrivateKey,
    name: str,
    origin: str,
    login: str,
    officer_key: bytes,
    passphrase: str,
    practice: bool,
    clock: Callable[[], datetime],
    unit: str | None = None,
    agency_id: str | None = None,
    sealed_recovery: bytes | None = None,
    officer_name: str = "",
    ca: str | None = None,
    timeout: float = 10.0,
) -> EnrolmentAnswer:
    """Join the centre that said `hello`, with a one-time code. Safe to repeat with the same key and origin.

    ``officer_key`` is the officer's raw public key, ``origin`` the laptop's first journal (a UUID); ``unit``
    and ``agency_id`` are those of a laptop that stood alone, else None. A login that the centre knows has to
    prove its passphrase there. Raises NotAllowed, NotAcceptable, RoadClosed, ValueError.
    """
    application = {
        "version": protocol.VERSION,
        "code": code,
        "name": name,
        "origin": origin,
        "login": login,
        "officer_key": to_base64(officer_key),
        "passphrase": passphrase,
        "practice": practice,
        "unit": unit,
        "agency_id": agency_id,
        "sealed_recovery": None if sealed_recovery is None else to_base64(sealed_recovery),
        "officer_name": officer_name,
    }
    device_text = to_base64(device_key.public_key().public_bytes_raw())
    with Road(url, ca=ca, centre_key=centre.centre_key, timeout=timeout) as road:
        reply = road.ask(
            "POST",
            "/v1/enrol",
            key=device_key,
            device=device_text,
            clock=clock,
            body=protocol.dump(application),
            headers={"Content-Type": "application/json"},
        )
    if reply.code in {"practice", "unit", "agency"}:
        raise NotAcceptable(reply.code)
    if reply.status in {403, 409}:
        raise NotAllowed(reply.code)
    _expect(reply)
    return _enrolled(reply.document, centre, device_key)


def announce(
    road: Road, device: str, key: Ed25519PrivateKey, origin: str, *, clock: Callable[[], datetime]
) -> tuple[Mapping[str, Any], ...]:
    """Make a new origin of an enrolled laptop known; the ranges of numbers that it may use.

    Safe to repeat. Raises NotAllowed, RoadClosed.
    """
    body = protocol.dump({"origin": origin})
    reply = road.ask("POST", "/v1/origins", key=key, device=device, clock=clock, body=body)
    if reply.status in {403, 409}:
        raise NotAllowed(reply.code)
    _expect(reply)
    ranges = reply.document.get("ranges")
    return tuple(ranges) if isinstance(ranges, list) else ()


def add_officer(
    enrolment: Enrolment,
    key: Ed25519PrivateKey,
    *,
    login: str,
    officer_key: bytes,
    passphrase: str,
    clock: Callable[[], datetime],
    name: str = "",
    timeout: float = 10.0,
) -> str:
    """Make the signing key of one more officer of an enrolled laptop known; the role at the centre.

    ``name`` is what people call the officer. Safe to repeat. Raises NotAllowed, RoadClosed.
    """
    said = {"login": login, "officer_key": to_base64(officer_key), "passphrase": passphrase, "name": name}
    with Road.to(enrolment, timeout=timeout) as road:
        body = protocol.dump(said)
        reply = road.ask("POST", "/v1/officers", key=key, device=enrolment.device, clock=clock, body=body)
    if reply.status == 403:
        raise NotAllowed(reply.code)
    _expect(reply)
    return str(reply.document.get("role"))


def read_cards(document: Mapping[str, Any]) -> tuple[Cards, str]:
    """The cards of an answer and their cursor; raises Unreadable."""
    catalogue, settings = document.get("catalogue"), document.get("settings")
    if not isinstance(catalogue, dict | None) or not isinstance(settings, dict):
        raise Unreadable("the cards")
    lists: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for name in ("hamlets", "officers", "ranges", "planned", "corrections"):
        given = document.get(name)
        if not isinstance(given, list) or not all(isinstance(card, dict) for card in given):
            raise Unreadable(f"the cards {name}")
        lists[name] = tuple(given)
    for name in ("held", "cancelled", "results"):
        given = document.get(name, [])  # a centre of before does not say
        if not isinstance(given, list) or not all(isinstance(card, dict) for card in given):
            raise Unreadable(f"the cards {name}")
        lists[name] = tuple(given)
    safe = document.get("safe")
    cards = Cards(
        safe=safe if isinstance(safe, dict) else None,
        catalogue=catalogue,
        settings=settings,
        hamlets=lists["hamlets"],
        officers=lists["officers"],
        ranges=lists["ranges"],
        planned=lists["planned"],
        corrections=lists["corrections"],
        held=lists["held"],
        cancelled=lists["cancelled"],
        results=lists["results"],
    )
    return cards, str(document.get("cursor"))


def judged(reply: Reply) -> RoadClosed | None:
    """What stands against an answer that nothing more is known about; None for one that is fine."""
    status = reply.status
    if status < 300:
        return None
    if status in {408, 413}:
        reason = Reason.OFFLINE if status == 408 else Reason.SERVER_ERROR
        return RoadClosed(reason, again=True, smaller=True)
    otherwise = Reason.SERVER_ERROR if status >= 500 else Reason.REFUSED
    known = {426: Reason.TOO_OLD, 507: Reason.SERVER_FULL}
    return RoadClosed(Reason.REVOKED if reply.code == "revoked" else known.get(status, otherwise))


def _expect(reply: Reply) -> None:
    trouble = judged(reply)
    if trouble is not None:
        raise trouble


def _enrolled(document: Mapping[str, Any], centre: Hello, device_key: Ed25519PrivateKey) -> EnrolmentAnswer:
    try:
        certificate = unbase64(document.get("certificate"))
        about = protocol.check_certificate(certificate, centre.centre_key)
        cards, cursor = read_cards(document.get("cards") or {})
    except Unreadable as error:
        raise RoadClosed(Reason.SERVER_ERROR) from error
    unit = document.get("unit")
    own = about.public_key == device_key.public_key().public_bytes_raw()
    if not own or about.device != document.get("device") or not isinstance(unit, dict):
        raise RoadClosed(Reason.SERVER_ERROR)
    return EnrolmentAnswer(
        device=about.device,
        certificate=certificate,
        centre_key=centre.centre_key,
        unit=unit,
        scope=str(document.get("scope")),
        ranges=cards.ranges,
        cards=cards,
        cursor=cursor,
    )
