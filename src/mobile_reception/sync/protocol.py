"""What laptop and centre say to each other: bytes and values, no input or output.

Both sides read this one module, and ``docs/protocol.md`` says the same in words. Three things are bytes
that somebody signs: a request (by the device), an answer (by the centre) and a device's certificate (by
the centre). Every signature is Ed25519 over a text that begins with its own domain, so none can pass for
another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import secrets
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, cast
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mobile_reception.dossier.facts import canonical, is_hash, is_uuid

VERSION: Final = 1
"""Of this protocol; a centre that no longer speaks a laptop's version answers 426."""

RUN_TYPE: Final = "application/x-mobile-reception-run"
SMALLEST_RUN: Final = 8 * 1024
LARGEST_RUN: Final = 1024 * 1024
"""Bytes of facts in one run, before compression."""

BODY_LIMIT: Final = LARGEST_RUN + 4096
"""Bytes of a request's body, as sent and again once inflated: one full run and its first line."""

ANSWER_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of an answer that a laptop reads at most."""

_REQUEST = "mobile-reception request 1"
_ANSWER = "mobile-reception answer 1"
_CERTIFICATE = b"mobile-reception certificate 1\n"
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_WHOLE = 2**53 - 1
_DEPTH = 24


class Reason(StrEnum):
    """Why an exchange did not go through, as other programs read it."""

    OFFLINE = "offline"
    CAPTIVE_PORTAL = "captive_portal"
    BAD_CERTIFICATE = "bad_certificate"
    CLOCK = "clock"
    REFUSED = "refused"
    REVOKED = "revoked"
    SERVER_FULL = "server_full"
    SERVER_ERROR = "server_error"
    TOO_OLD = "too_old"


class Unreadable(ValueError):
    """These bytes are not what the protocol says; the message names the part and quotes nothing."""


class TooLarge(ValueError):
    """A body is over `BODY_LIMIT`, as it is or once inflated."""


# -- JSON ------------------------------------------------------------------------------------------------


def load(data: bytes) -> dict[str, Any]:
    """One JSON object, read strictly.

    Raises Unreadable for anything that readers disagree about: NaN, fractions, numbers over 2**53, a key
    twice, half a character, deep nesting, bytes that are not UTF-8.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_constant=_refused,
            parse_float=_refused,
            parse_int=_whole,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON of ours") from error
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    _measure(value)
    return cast("dict[str, Any]", value)


def dump(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a document; the other side's `load` reads them."""
    return canonical(document).encode()


def _refused(text: str) -> object:
    raise Unreadable("a number is not whole")


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _WHOLE:
        raise Unreadable("a number is too large")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Unreadable("a key stands twice")
    return document


def _measure(value: object) -> None:
    level: list[object] = [value]
    for _ in range(_DEPTH):
        below: list[object] = []
        for part in level:
            if isinstance(part, dict):
                below.extend(part)
                below.extend(part.values())
            elif isinstance(part, list):
                below.extend(part)
            elif isinstance(part, str) and not _sound(part):
                raise Unreadable("text holds half a character")
        if not below:
            return
        level = below
    raise Unreadable("nested too deeply")


def _sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# -- Runs ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunBody:
    """A run as it arrived: ``lines`` are, fact by fact, a header and a payload (or ``~`` and its hash).

    ``first`` is the seq of its first fact, ``previous`` the hash before that one, ``head_seq`` and
    ``head_hash`` are the last fact's. Nothing of the chain is checked yet.
    """

    origin: str
    first: int
    count: int
    head_seq: int
    head_hash: str
    previous: str
    lines: list[bytes]


def write_run(*, origin: str, first: int, last: int, last_hash: str, previous: str, lines: bytes) -> bytes:
    """The body of a run from its facts' lines, each ended by a newline."""
    top = {
        "origin": origin,
        "from": first,
        "count": last - first + 1,
        "head": {"seq": last, "hash": last_hash},
        "previous": previous,
    }
    return dump(top) + b"\n" + lines


def fact_lines(header: str, payload: str | None, payload_hash: str) -> bytes:
    """The two lines of a fact in a run: its header, then its payload or, once erased, ``~`` and its hash."""
    return f"{header}\n{payload if payload is not None else '~' + payload_hash}\n".encode()


def read_run(body: bytes) -> RunBody:
    """A run from its (inflated) bytes. Raises Unreadable or TooLarge."""
    if len(body) > BODY_LIMIT:
        raise TooLarge
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("the run is not UTF-8") from error
    lines = body.split(b"\n")
    if lines.pop() != b"":
        raise Unreadable("the run's last line has no end")
    top = load(lines[0]) if lines else {}
    del lines[:1]
    head = top.get("head")
    if not isinstance(head, dict) or not is_uuid(top.get("origin")):
        raise Unreadable("the run's first line")
    numbers = (top.get("from"), top.get("count"), head.get("seq"))
    if not all(type(number) is int and number > 0 for number in numbers):
        raise Unreadable("a count in the run's first line")
    first, count, last = cast("tuple[int, int, int]", numbers)
    if last != first + count - 1 or len(lines) != 2 * count:
        raise Unreadable("the run has other facts than its first line says")
    if not is_hash(head.get("hash")) or not is_hash(top.get("previous")):
        raise Unreadable("a hash in the run's first line")
    return RunBody(top["origin"], first, count, last, head["hash"], top["previous"], lines)


def squeeze(body: bytes) -> bytes:
    """``body`` as gzip, fast."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def unsqueeze(body: bytes) -> bytes:
    """``body`` without its gzip; raises TooLarge once it passes `BODY_LIMIT`, Unreadable if it is torn."""
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, BODY_LIMIT + 1)
    except zlib.error as error:
        raise Unreadable("the body is not gzip") from error
    if len(plain) > BODY_LIMIT:
        raise TooLarge
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable("the body's gzip is torn")
    return plain


# -- Signatures ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who sent a request: the device's id (or, at enrolment, its key), nonce, clock, signature: all texts."""

    device: str
    nonce: str
    clock: str
    signature: str

    @classmethod
    def sign(
        cls, key: Ed25519PrivateKey, *, device: str, method: str, target: str, body: bytes, now: datetime
    ) -> Credentials:
        """Sign a request under a fresh nonce; ``target`` is the path with its query, ``body`` as sent."""
        nonce = secrets.token_urlsafe(18)
        clock = now.astimezone(UTC).isoformat(timespec="milliseconds")
        text = _request_text(method, target, (device, nonce, clock), hashlib.sha256(body).hexdigest())
        return cls(device, nonce, clock, _b64(key.sign(text)))

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Credentials | None:
        """From a request's headers; None if one is missing or has no proper shape."""
        device, nonce = headers.get("x-device", ""), headers.get("x-nonce", "")
        clock, signature = headers.get("x-clock", ""), headers.get("x-signature", "")
        if len(device) > 64 or len(clock) > 40 or len(signature) > 100 or not _NONCE.fullmatch(nonce):
            return None
        return cls(device, nonce, clock, signature)

    @property
    def headers(self) -> dict[str, str]:
        """As they travel."""
        return {
            "X-Device": self.device,
            "X-Nonce": self.nonce,
            "X-Clock": self.clock,
            "X-Signature": self.signature,
        }

    @property
    def time(self) -> datetime | None:
        """The device's clock when it sent; None if it is no time."""
        try:
            moment = datetime.fromisoformat(self.clock)
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    def hold(self, public_key: bytes, *, method: str, target: str, body_hash: str) -> bool:
        """Whether ``public_key`` signed this request; ``body_hash`` is SHA-256 of the body as it arrived."""
        text = _request_text(method, target, (self.device, self.nonce, self.clock), body_hash)
        return _verified(public_key, self.signature, text)


def _request_text(method: str, target: str, sender: tuple[str, str, str], body_hash: str) -> bytes:
    return "\n".join((_REQUEST, method.upper(), target, *sender, body_hash)).encode()


def sign_answer(key: Ed25519PrivateKey, *, status: int, target: str, nonce: str, body: bytes) -> str:
    """The centre's signature under one answer, as its header ``X-Centre-Signature`` carries it."""
    return _b64(key.sign(_answer_text(status, target, nonce, body)))


def check_answer(
    public_key: bytes, signature: str, *, status: int, target: str, nonce: str, body: bytes
) -> bool:
    """Whether the centre gave exactly this answer to exactly this request."""
    return _verified(public_key, signature, _answer_text(status, target, nonce, body))


def _answer_text(status: int, target: str, nonce: str, body: bytes) -> bytes:
    return "\n".join((_ANSWER, str(status), target, nonce, hashlib.sha256(body).hexdigest())).encode()


def _verified(public_key: bytes, signature: str, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(unbase64(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def unbase64(text: object) -> bytes:
    """Bytes from their base64; raises Unreadable."""
    if not isinstance(text, str):
        raise Unreadable("not base64")
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unreadable("not base64") from error


def to_base64(data: bytes) -> str:
    """Bytes as documents carry them."""
    return _b64(data)


# -- Heads -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """What the centre says of one origin, after a run and when it is asked.

    ``code`` is ``ok``, ``gap`` (the run begins behind facts that the centre lacks) or ``fork`` (it holds
    another fact at a place of this run; both are kept). ``held`` counts this origin's facts that wait for a
    person, ``conflicts`` its dossiers with two standing values, ``safe`` the last seq in a verified backup.
    """

    code: str
    origin: str
    seq: int
    hash: str
    epoch: str
    time: str
    held: int
    conflicts: int
    safe: int
    device_state: str

    def document(self, *, status: int, target: str, nonce: str) -> dict[str, Any]:
        """As it travels; ``for`` makes the signed answer a proof that can be checked without its request."""
        return {
            "code": self.code,
            "origin": self.origin,
            "head": {"seq": self.seq, "hash": self.hash},
            "epoch": self.epoch,
            "time": self.time,
            "held": self.held,
            "conflicts": self.conflicts,
            "safe": self.safe,
            "device_state": self.device_state,
            "for": {"status": status, "target": target, "nonce": nonce},
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Head:
        """From a document; raises Unreadable. Fields that are not known are let pass."""
        head = document.get("head")
        if not isinstance(head, dict) or not is_uuid(document.get("origin")) or not is_hash(head.get("hash")):
            raise Unreadable("the answer names no head")
        numbers = (head.get("seq"), document.get("held"), document.get("conflicts"), document.get("safe"))
        texts = tuple(document.get(name) for name in ("code", "epoch", "time", "device_state"))
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise Unreadable("a count in the answer")
        if not all(isinstance(each, str) for each in texts):
            raise Unreadable("a text in the answer")
        seq, held, conflicts, safe = cast("tuple[int, int, int, int]", numbers)
        code, epoch, time, state = cast("tuple[str, str, str, str]", texts)
        origin = cast("str", document["origin"])
        return cls(code, origin, seq, head["hash"], epoch, time, held, conflicts, safe, state)


def check_proof(body: bytes, signature: bytes, centre_key: bytes) -> Head:
    """A kept answer read again, long after its request: what the centre once said, under its signature.

    Raises Unreadable when it is no head or not signed by ``centre_key``.
    """
    document = load(body)
    asked = document.get("for")
    if not isinstance(asked, dict) or not all(key in asked for key in ("status", "target", "nonce")):
        raise Unreadable("the answer does not name its request")
    status, target, nonce = asked["status"], asked["target"], asked["nonce"]
    if not check_answer(
        centre_key, _b64(signature), status=status, target=str(target), nonce=str(nonce), body=body
    ):
        raise Unreadable("the centre did not sign this")
    return Head.read(document)


# -- Certificates ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Certificate:
    """The centre's word that a device is its own: readmits the device after the centre was restored.

    ``public_key`` is the device's raw Ed25519 key, ``name_hash`` the first 8 bytes of SHA-256 of its name.
    """

    device: str
    unit: str
    public_key: bytes
    issued: datetime
    name_hash: bytes
    practice: bool


_FIXED = struct.Struct(">B16s32sI8s?B")  # version, device, key, issued, name, practice, length of the unit


def name_hash(name: str) -> bytes:
    """How a certificate names its device without saying the name."""
    return hashlib.sha256(name.encode()).digest()[:8]


def certify(key: Ed25519PrivateKey, certificate: Certificate) -> bytes:
    """The certificate's compact bytes with the centre's signature behind them."""
    unit = certificate.unit.encode()
    fixed = _FIXED.pack(
        1,
        UUID(certificate.device).bytes,
        certificate.public_key,
        int(certificate.issued.timestamp()),
        certificate.name_hash,
        certificate.practice,
        len(unit),
    )
    return fixed + unit + key.sign(_CERTIFICATE + fixed + unit)


def check_certificate(data: bytes, centre_key: bytes) -> Certificate:
    """Read a certificate; raises Unreadable unless ``centre_key`` signed exactly these bytes."""
    body, signature = data[:-64], data[-64:]
    if len(body) < _FIXED.size or not _verified(centre_key, _b64(signature), _CERTIFICATE + body):
        raise Unreadable("the centre did not sign this certificate")
    version, device, public_key, issued, name, practice, length = _FIXED.unpack(body[: _FIXED.size])
    unit = body[_FIXED.size :]
    if version != 1 or len(unit) != length:
        raise Unreadable("a certificate of another version")
    issued_at = datetime.fromtimestamp(issued, UTC)
    return Certificate(str(UUID(bytes=device)), unit.decode(), public_key, issued_at, name, practice)
