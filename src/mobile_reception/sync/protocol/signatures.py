"""What is signed: requests by the device; answers, with the heads in them, and certificates by the centre."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mobile_reception.dossier.facts import is_hash, is_uuid
from mobile_reception.sync.protocol.documents import Unreadable, load, to_base64, unbase64

_REQUEST = "mobile-reception request 1"
_ANSWER = "mobile-reception answer 1"
_VOUCHED = "mobile-reception fact 1"
_CERTIFICATE = b"mobile-reception certificate 1\n"
_TOKEN = b"mobile-reception file token 1\n"
_URL_SAFE = str.maketrans("-_", "+/")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


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
        return cls(device, nonce, clock, to_base64(key.sign(text)))

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
    return to_base64(key.sign(_answer_text(status, target, nonce, body)))


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


# -- Tokens ----------------------------------------------------------------------------------------------


def grant(key: Ed25519PrivateKey, device: str, until: datetime) -> str:
    """A token with which ``device`` may bring files until then, without signing each request."""
    said = f"{device}.{int(until.timestamp())}"
    return f"{said}.{base64.urlsafe_b64encode(key.sign(_TOKEN + said.encode())).decode()}"


def granted(public_key: bytes, token: str, now: datetime) -> str | None:
    """The device that a token speaks for, if the centre gave it and it is still good."""
    said, _, signature = token.rpartition(".")
    device, _, until = said.partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) < 12 and is_uuid(device)):
        return None
    signed = _verified(public_key, signature.translate(_URL_SAFE), _TOKEN + said.encode())
    return device if signed and int(until) > now.timestamp() else None


def tls_key(certificate: bytes) -> str:
    """How the key of a TLS certificate (DER) is named, the same whoever certifies it and until when."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


# -- Heads -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """What the centre says of one origin, after a run and when it is asked.

    ``code`` is ``ok``, ``gap`` (the run begins behind facts that the centre lacks) or ``fork`` (it holds
    another fact at a place of this run; both are kept). ``held`` counts this origin's facts that wait for a
    person, ``conflicts`` its dossiers with two standing values, ``safe`` the last seq in a verified backup.
    ``device`` and ``scope`` say whose it is; ``own_seq`` and ``own_hash`` are the head of the centre's own
    journal (its epoch), ``feed`` the last place of the unit's feed. A centre of before leaves these out.
    ``own_known``: whether it holds the `OwnPlace` that the question named; None: none was named.
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
    device: str = ""
    scope: str = ""
    own_seq: int = 0
    own_hash: str = ""
    feed: int = 0
    own_known: bool | None = None

    def document(self, *, status: int, target: str, nonce: str) -> dict[str, Any]:
        """As it travels; ``for`` makes the signed answer a proof that can be checked without its request."""
        known = {} if self.own_known is None else {"known": self.own_known}
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
            "device": self.device,
            "scope": self.scope,
            "own": {"seq": self.own_seq, "hash": self.own_hash, **known},
            "feed": self.feed,
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
        more = _said_of_itself(document)
        return cls(code, origin, seq, head["hash"], epoch, time, held, conflicts, safe, state, **more)


def _said_of_itself(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a head says of its device and of the centre's own journal, as far as it says it."""
    own = document.get("own")
    own = own if isinstance(own, dict) else {}
    numbers = {"own_seq": own.get("seq"), "feed": document.get("feed")}
    texts = {"own_hash": own.get("hash"), "device": document.get("device"), "scope": document.get("scope")}
    return {
        **{name: value for name, value in numbers.items() if type(value) is int and value >= 0},
        **{name: value for name, value in texts.items() if isinstance(value, str)},
        "own_known": own["known"] if isinstance(own.get("known"), bool) else None,
    }


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A place of the centre's own journal as a laptop knows it; in a question ``EPOCH.SEQ.HASH``."""

    epoch: str
    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}.{self.hash}"

    @classmethod
    def read(cls, text: str) -> OwnPlace:
        """From a question; raises Unreadable."""
        epoch, _, place = text.partition(".")
        seq, _, linked = place.partition(".")
        if not (is_uuid(epoch) and seq.isascii() and seq.isdecimal() and len(seq) < 16 and is_hash(linked)):
            raise Unreadable("no place of a journal")
        return cls(epoch, int(seq), linked)


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
        centre_key, to_base64(signature), status=status, target=str(target), nonce=str(nonce), body=body
    ):
        raise Unreadable("the centre did not sign this")
    return Head.read(document)


# -- The centre's own facts ------------------------------------------------------------------------------


class Lines(Protocol):
    """A fact as its lines: what a signature under a single one covers."""

    @property
    def header(self) -> str:
        """Its header."""
        ...

    @property
    def payload_hash(self) -> str:
        """SHA-256 of its payload."""
        ...

    @property
    def hash(self) -> str:
        """Its place in the chain."""
        ...


def vouch(key: Ed25519PrivateKey, fact: Lines) -> bytes:
    """The centre's word that a fact is its own, for whoever has the fact without the chain around it."""
    return key.sign(_vouched_text(fact))


def check_vouched(public_key: bytes, fact: Lines, proof: bytes) -> bool:
    """Whether the centre said so."""
    return _verified(public_key, to_base64(proof), _vouched_text(fact))


def _vouched_text(fact: Lines) -> bytes:
    header = hashlib.sha256(fact.header.encode()).hexdigest()
    return "\n".join((_VOUCHED, header, fact.payload_hash, fact.hash)).encode()


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
    if len(body) < _FIXED.size or not _verified(centre_key, to_base64(signature), _CERTIFICATE + body):
        raise Unreadable("the centre did not sign this certificate")
    version, device, public_key, issued, name, practice, length = _FIXED.unpack(body[: _FIXED.size])
    unit = body[_FIXED.size :]
    if version != 1 or len(unit) != length:
        raise Unreadable("a certificate of another version")
    issued_at = datetime.fromtimestamp(issued, UTC)
    return Certificate(str(UUID(bytes=device)), unit.decode(), public_key, issued_at, name, practice)
