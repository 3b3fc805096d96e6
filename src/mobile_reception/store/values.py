"""What crosses the store's door: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mobile_reception.dossier.facts import Fact

SCHEMA = 3
"""Kept in the file's ``user_version``; a higher one belongs to a newer program, a lower one is brought up.

One for each release that went out with other tables than the one before: see `store.migrations`."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How this laptop is known at its centre. Keys are raw 32-byte Ed25519 keys.

    ``ca`` is the text of the PEM certificates to trust instead of the system's, or None. ``tls_keys`` are the
    keys that the centre says its TLS has (`protocol.tls_key`); none: it did not say.
    """

    url: str
    device: str
    unit: str
    centre_key: bytes
    certificate: bytes
    ca: str | None = None
    tls_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OriginMark:
    """One journal of this laptop: how far it reaches, and how far the centre has acknowledged it.

    ``acknowledged`` is the last seq that a signed answer of the centre covers (0: none yet) and
    ``acknowledged_hash`` the hash in that answer.
    """

    origin: str
    head: int
    head_hash: str
    acknowledged: int
    acknowledged_hash: str


@dataclass(frozen=True, slots=True)
class Run:
    """A contiguous run of one origin; ``lines`` are its facts as the protocol writes them."""

    origin: str
    first: int
    last: int
    lines: bytes
    last_hash: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A dossier's file that lies on this laptop; ``at_centre``: since when the centre is known to have it."""

    dossier: str
    sha256: str
    stored: str
    size: int
    source: str
    at_centre: str | None = None
    refused: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The centre's signed answer as it came: kept as the proof of hand-over."""

    origin: str
    seq: int
    hash: str
    epoch: str
    time: str
    held: int
    body: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one journal of this laptop: its ranges, the centre's last signed answer about it."""

    origin: str
    ranges: tuple[tuple[int, int], ...]
    answer: bytes | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a laptop can show its centre. ``name`` is the centre's for it; officers come with raw keys.

    ``epoch`` is the centre's when it was last given back what it had lost; ``own`` the last fact of that
    epoch that is known here, with the centre's word for it.
    """

    name: str
    journals: tuple[Kept, ...]
    officers: tuple[tuple[str, bytes], ...]
    epoch: str = ""
    own: tuple[Fact, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Vouched:
    """Some of the centre's own facts, each with its word for it, and the place that they reach."""

    facts: tuple[tuple[Fact, bytes], ...]
    reached: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Cards:
    """Values that the centre gives a laptop; never folded. JSON shapes are those of ``sync.protocol``."""

    catalogue: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    hamlets: tuple[Mapping[str, Any], ...] = ()
    officers: tuple[Mapping[str, Any], ...] = ()
    ranges: tuple[Mapping[str, Any], ...] = ()
    planned: tuple[Mapping[str, Any], ...] = ()
    corrections: tuple[Mapping[str, Any], ...] = ()
    held: tuple[Mapping[str, Any], ...] = ()
    cancelled: tuple[Mapping[str, Any], ...] = ()
    results: tuple[Mapping[str, Any], ...] = ()
    safe: Mapping[str, Any] | None = None
    revoked: bool = False
