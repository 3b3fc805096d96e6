"""Facts: what happened, in the office's words, immutable and chained per origin.

A fact travels and is stored as two lines of canonical JSON (RFC 8785, NFC, whole numbers only): its
header and its payload. What is hashed are those bytes, so nobody ever has to write them again to
check them. Erasing a payload leaves its hash, and the chain stays whole.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

GENESIS = "0" * 64
"""What the first fact of every origin names as the hash before it."""

PAYLOAD_LIMIT = 64 * 1024
"""Bytes; anything larger is a file."""

_TICKS = 1024  # stamps count 1024 ticks a millisecond: whole, below 2**53 until the year 2248
_WHOLE = 2**53 - 1
_KEY = re.compile(r"[ -~]{1,64}")
_KIND = re.compile(r"[a-z_]+\.[a-z_]+")
_HASH = re.compile(r"[0-9a-f]{64}")
_HEADER = {"at", "base", "id", "kind", "officer", "origin", "schema", "seq", "stamp", "subject"}


class Malformed(ValueError):
    """These bytes are not a fact. The message says which part, and quotes no citizen's data."""


class Broken(ValueError):
    """The chain does not hold at ``seq``."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"{reason} (seq {seq})")
        self.seq = seq


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as it stands in a journal.

    ``header`` and ``payload`` are the exact canonical texts; ``payload`` is None once erased. ``stamp`` is
    the hybrid logical clock (see `next_stamp`); ``base`` maps each changed field to the id of the fact
    whose value the author saw; ``at`` is the device's own time, ISO 8601 with offset.
    """

    id: str
    origin: str
    seq: int
    subject: str
    kind: str
    schema: int
    officer: str
    at: str
    stamp: int
    base: Mapping[str, str]
    header: str
    payload: str | None
    payload_hash: str
    hash: str

    @property
    def body(self) -> dict[str, Any]:
        """The payload's values; empty once erased."""
        return cast("dict[str, Any]", json.loads(self.payload)) if self.payload is not None else {}

    @property
    def order(self) -> tuple[int, str, int]:
        """The order in which a fold reads facts, before any correction of clocks."""
        return (self.stamp, self.origin, self.seq)


@dataclass(frozen=True, slots=True)
class Act:
    """A fact that an officer is about to write: everything but its place in the journal."""

    subject: str
    kind: str
    payload: Mapping[str, Any]
    base: Mapping[str, str] | None = None
    id: str | None = None
    schema: int = 1


def uuid7(at: datetime) -> str:
    """A fresh time-ordered id (RFC 9562, version 7) for the moment ``at``."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=value))


def next_stamp(last: int, now: datetime) -> int:
    """The next tick of the hybrid logical clock: never at or below ``last``, near ``now`` otherwise."""
    return max(last + 1, int(now.timestamp() * 1000) * _TICKS)


def stamp_milliseconds(stamp: int) -> int:
    """Milliseconds since 1970 that a stamp stands for."""
    return stamp // _TICKS


def corrected(stamp: int, offset_ms: int) -> int:
    """A stamp read with its device's clock error taken off."""
    return stamp - offset_ms * _TICKS


def canonical(value: object) -> str:
    """RFC 8785 text of ``value``: NFC strings, whole numbers within 2**53, printable ASCII keys.

    Within those limits the standard encoder writes what the RFC asks for. Raises Malformed for
    anything outside them.
    """
    return json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _WHOLE:
            raise Malformed("a number is too large")
        return value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise Malformed("a key is not plain ASCII")
        return {key: _clean(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_clean(part) for part in value]
    raise Malformed(f"{type(value).__name__} is no JSON value of ours")


def _clean_text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Malformed("text holds half a character") from error
    return value if unicodedata.is_normalized("NFC", value) else unicodedata.normalize("NFC", value)


def digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def link(header: str, payload_hash: str, previous: str) -> str:
    """The hash of a fact: SHA-256 over its header, its payload hash and the previous fact's hash."""
    return digest(f"{header}\n{payload_hash}\n{previous}")


def write(act: Act, *, origin: str, seq: int, stamp: int, previous: str, officer: str, at: datetime) -> Fact:
    """Give an act its place in ``origin``'s journal behind the fact whose hash is ``previous``.

    Adds 16 random bytes of salt to the payload. Raises Malformed for a payload that is not canonical
    JSON of ours or is over `PAYLOAD_LIMIT`.
    """
    identity = act.id or uuid7(at)
    base = dict(act.base or {})
    moment = at.isoformat(timespec="milliseconds")
    head: dict[str, object] = {
        "at": moment,
        "base": base,
        "id": identity,
        "kind": act.kind,
        "officer": officer,
        "origin": origin,
        "schema": act.schema,
        "seq": seq,
        "stamp": stamp,
        "subject": act.subject,
    }
    header = canonical(head)
    payload = canonical({**act.payload, "salt": secrets.token_hex(16)})
    if len(payload.encode()) > PAYLOAD_LIMIT:
        raise Malformed("the payload is over 64 KiB")
    payload_hash = digest(payload)
    return Fact(
        id=identity,
        origin=origin,
        seq=seq,
        subject=act.subject,
        kind=act.kind,
        schema=act.schema,
        officer=officer,
        at=moment,
        stamp=stamp,
        base=base,
        header=header,
        payload=payload,
        payload_hash=payload_hash,
        hash=link(header, payload_hash, previous),
    )


def moved(fact: Fact, *, origin: str, seq: int, previous: str) -> Fact:
    """The same act at another place: ``origin``'s journal, behind the fact whose hash is ``previous``.

    Everything else is to the letter what it was, its ``id`` and its stamp too: a fold counts it once, and
    reads it where it always stood, whichever of its places it knows.
    """
    head = json.loads(fact.header)
    header = canonical({**head, "origin": origin, "seq": seq})
    linked = link(header, fact.payload_hash, previous)
    return replace(fact, origin=origin, seq=seq, header=header, hash=linked)


def read(
    header: str, payload: str | None, payload_hash: str, previous: str, *, limit: int = PAYLOAD_LIMIT
) -> Fact:
    """A fact from its two lines as they came from outside.

    ``payload`` is None for an erased one, whose ``payload_hash`` is then taken at its word (the chain
    proves it). Raises Malformed when the header is not a canonical header, the payload is over its limit or
    its hash is another. Whether the payload can be understood is not asked here.
    """
    try:
        head = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise Malformed("the header is not JSON") from error
    _check_header(head)
    if canonical(head) != header:
        raise Malformed("the header is not canonical")
    if payload is not None:
        if len(payload.encode()) > limit:
            raise Malformed("the payload is too large")
        if digest(payload) != payload_hash:
            raise Malformed("the payload has another hash")
    return Fact(
        id=head["id"],
        origin=head["origin"],
        seq=head["seq"],
        subject=head["subject"],
        kind=head["kind"],
        schema=head["schema"],
        officer=head["officer"],
        at=head["at"],
        stamp=head["stamp"],
        base=head["base"],
        header=header,
        payload=payload,
        payload_hash=payload_hash,
        hash=link(header, payload_hash, previous),
    )


def _check_header(head: object) -> None:
    if not isinstance(head, dict) or head.keys() != _HEADER:
        raise Malformed("the header has other fields")
    for name in ("id", "origin", "subject"):
        if not is_uuid(head[name]):
            raise Malformed(f"{name} is no id")
    for name in ("seq", "schema", "stamp"):
        value = head[name]
        if type(value) is not int or not 0 < value <= _WHOLE:
            raise Malformed(f"{name} is no whole number above zero")
    if not isinstance(head["kind"], str) or not _KIND.fullmatch(head["kind"]):
        raise Malformed("kind is no name of a fact")
    if not isinstance(head["officer"], str) or not isinstance(head["at"], str):
        raise Malformed("officer and at are texts")
    base = head["base"]
    if not isinstance(base, dict) or not all(is_uuid(seen) for seen in base.values()):
        raise Malformed("base does not name facts")


def is_uuid(value: object) -> bool:
    """Whether ``value`` is a UUID in its usual lower-case text form."""
    if not isinstance(value, str) or len(value) != 36:
        return False
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def is_hash(value: object) -> bool:
    """Whether ``value`` is a SHA-256 as 64 hexadecimal digits."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def check_chain(facts: Iterable[Fact], *, seq: int = 0, previous: str = GENESIS) -> tuple[int, str]:
    """Follow a chain from the fact after ``seq``; the new head's seq and hash.

    Raises Broken at the first gap, swap or edit.
    """
    for fact in facts:
        if fact.seq != seq + 1:
            raise Broken(seq + 1, "a fact is missing")
        if fact.payload is not None and digest(fact.payload) != fact.payload_hash:
            raise Broken(fact.seq, "the payload was changed")
        if fact.hash != link(fact.header, fact.payload_hash, previous):
            raise Broken(fact.seq, "the chain was changed")
        seq, previous = fact.seq, fact.hash
    return seq, previous
