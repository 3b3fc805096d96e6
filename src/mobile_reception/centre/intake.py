"""A run on its way in: its chain followed, each fact read or set aside. No database here.

Accept first, interpret after: what does not chain is no part of a journal; what chains is taken, verbatim,
and a fact that this program cannot read is held for a person. It never blocks those behind it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final, NamedTuple

from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import Malformed
from mobile_reception.dossier.fold import SCHEMAS
from mobile_reception.sync.protocol import RunBody

UNKNOWN_KIND: Final = "unknown_kind"
NEWER_SCHEMA: Final = "newer_schema"
REVOKED: Final = "revoked"
OFFICER_DISABLED: Final = "officer_disabled"
UNREADABLE: Final = "unreadable"


class Unchained(ValueError):
    """The facts of this run do not lead from its ``previous`` to its head."""


class Incoming(NamedTuple):
    """One fact of a run. What a header that cannot be read would say is None, kind ``""`` and stamp 0."""

    seq: int
    id: str | None
    subject: str | None
    kind: str
    stamp: int
    header: str
    payload: str | None
    payload_hash: str
    hash: str
    reason: str | None
    officer: str = ""


_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLAIN = r'[^"\\\x00-\x1f\x7f-\U0010ffff]*'
# A header as nearly all are: canonical by its very form. Anything else takes the long way through facts.read.
_USUAL = re.compile(
    rf'\{{"at":"{_PLAIN}","base":\{{\}},"id":"({_UUID})","kind":"([a-z_]+\.[a-z_]+)","officer":"({_PLAIN})",'
    rf'"origin":"({_UUID})","schema":([1-9][0-9]{{0,14}}),"seq":([1-9][0-9]{{0,14}}),'
    rf'"stamp":([1-8][0-9]{{15}}|[1-9][0-9]{{0,14}}),"subject":"({_UUID})"\}}'
)


def read(run: RunBody) -> list[Incoming]:
    """The facts of a run with every hash computed; raises Unchained if they miss the run's head."""
    taken: list[Incoming] = []
    previous = run.previous
    lines = run.lines
    sha256 = hashlib.sha256
    for place in range(run.count):
        head_line, payload_line = lines[2 * place], lines[2 * place + 1]
        payload: str | None
        if payload_line.startswith(b"~"):
            payload, payload_hash = None, payload_line[1:].decode()
            if not journal.is_hash(payload_hash):
                raise Unchained("an erased payload without its hash")
        else:
            payload, payload_hash = payload_line.decode(), sha256(payload_line).hexdigest()
        header = head_line.decode()
        linked = sha256(f"{header}\n{payload_hash}\n{previous}".encode()).hexdigest()
        fact = _understand(header, payload, payload_hash, run.origin, run.first + place)
        taken.append(Incoming(run.first + place, *fact[:4], header, payload, payload_hash, linked, *fact[4:]))
        previous = linked
    if previous != run.head_hash:
        raise Unchained("the facts do not lead to the head that was signed")
    return taken


_Understood = tuple[str | None, str | None, str, int, str | None, str]


def _understand(header: str, payload: str | None, payload_hash: str, origin: str, seq: int) -> _Understood:
    usual = _USUAL.fullmatch(header)
    if usual is not None and (payload is None or len(payload) <= journal.PAYLOAD_LIMIT // 4):
        identity, kind, officer, said_origin, schema, said_seq, stamp, subject = usual.groups()
        said = (identity, subject, kind, int(stamp), int(schema), said_origin, int(said_seq))
    else:
        try:
            # The chain is this loop's work: what the fact before was does not matter here.
            fact = journal.read(header, payload, payload_hash, journal.GENESIS)
        except Malformed:
            return None, None, "", 0, UNREADABLE, ""
        officer = fact.officer
        said = (fact.id, fact.subject, fact.kind, fact.stamp, fact.schema, fact.origin, fact.seq)
    if said[5:] != (origin, seq):
        return None, None, "", 0, UNREADABLE, ""
    return said[0], said[1], said[2], said[3], not_known(said[2], said[4]), officer


def not_known(kind: str, schema: int) -> str | None:
    """Why this program cannot take a fact of this kind and schema into a fold; None if it can."""
    known = SCHEMAS.get(kind)
    if known is None:
        return UNKNOWN_KIND
    return NEWER_SCHEMA if schema > known else None


def schema_of(header: str) -> int:
    """The schema that a stored header names; 0 if it names none."""
    return _number_of(header, "schema")


def stamp_of(header: str) -> int:
    """The stamp that a stored header names; 0 if it names none."""
    return _number_of(header, "stamp")


def _number_of(header: str, name: str) -> int:
    try:
        number = json.loads(header).get(name)
    except (ValueError, AttributeError, RecursionError):
        return 0
    return number if type(number) is int else 0
