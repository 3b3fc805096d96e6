"""The centre's own journal: what it says itself, in the origin that is its epoch, and by which clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import Connection

from mobile_reception.centre.tables import Centre
from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import Act, Fact

_META = Centre.metadata.tables["meta"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_FORWARD = text("UPDATE meta SET value = :said WHERE key = 'clock' AND CAST(value AS bigint) < :stamp")


@dataclass(frozen=True, slots=True)
class OwnHead:
    """Where the centre's own journal stands. ``origin`` is the epoch."""

    origin: str
    seq: int
    hash: str


def head(db: Connection) -> OwnHead:
    """The centre's own journal of now: another one since every restore."""
    epoch = select(_META.c.value).where(_META.c.key == "epoch").scalar_subquery()
    row = db.execute(
        select(_ORIGIN.c.origin, _ORIGIN.c.head, _ORIGIN.c.head_hash).where(_ORIGIN.c.origin == epoch)
    )
    return OwnHead(*row.one())


def hash_at(db: Connection, epoch: str, seq: int) -> str:
    """The hash that an epoch's journal has at a place; empty where it has none."""
    if seq == 0:
        return journal.GENESIS
    found = select(_FACT.c.hash).where(_FACT.c.origin == epoch, _FACT.c.seq == seq)
    return str(db.execute(found).scalar() or "")


def said(db: Connection, subject: str, *kinds: str) -> list[dict[str, Any]]:
    """What the centre has said of a subject in all its epochs, the payloads of these kinds."""
    epochs = select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_(None))
    about = (_FACT.c.subject == subject, _FACT.c.kind.in_(kinds), _FACT.c.origin.in_(epochs))
    rows = db.execute(select(_FACT.c.kind, _FACT.c.payload).where(*about).order_by(_FACT.c.row))
    return [{**json.loads(row.payload or "{}"), "kind": row.kind} for row in rows]


def append(db: Connection, act: Act, *, unit: str, now: datetime, officer: str = "centre") -> Fact:
    """Write a fact behind the head of the centre's origin; what it is about is folded by the caller."""
    mine = _locked(db)
    fact = journal.write(
        act,
        origin=mine.origin,
        seq=mine.seq + 1,
        stamp=journal.next_stamp(clock(db), now),
        previous=mine.hash,
        officer=officer,
        at=now.astimezone(UTC),
    )
    _insert(db, fact, unit, now)
    return fact


def append_again(db: Connection, fact: Fact, *, unit: str, now: datetime) -> Fact:
    """Write an act of a former epoch behind the head, under its old id and stamp."""
    mine = _locked(db)
    again = journal.moved(fact, origin=mine.origin, seq=mine.seq + 1, previous=mine.hash)
    _insert(db, again, unit, now)
    return again


def _locked(db: Connection) -> OwnHead:
    """`head`, held still: nobody else writes to it until this transaction ends."""
    db.execute(select(_ORIGIN.c.origin).where(_ORIGIN.c.origin == head(db).origin).with_for_update()).one()
    return head(db)


def _insert(db: Connection, fact: Fact, unit: str, now: datetime) -> None:
    db.execute(
        insert(_FACT).values(
            unit=unit,
            origin=fact.origin,
            seq=fact.seq,
            id=fact.id,
            subject=fact.subject,
            kind=fact.kind,
            header=fact.header,
            payload=fact.payload,
            payload_hash=fact.payload_hash,
            hash=fact.hash,
            received_at=now.astimezone(UTC).isoformat(timespec="milliseconds"),
            state="taken",
            reason=None,
        )
    )
    place = {"head": fact.seq, "head_hash": fact.hash, "folded": fact.seq}
    db.execute(update(_ORIGIN).where(_ORIGIN.c.origin == fact.origin).values(**place))
    move_clock(db, fact.stamp)


def clock(db: Connection) -> int:
    """The latest stamp that this centre has given or believed."""
    return int(db.execute(select(_META.c.value).where(_META.c.key == "clock")).scalar_one())


def move_clock(db: Connection, stamp: int) -> None:
    """What is written after now is ordered after ``stamp``; never backwards."""
    db.execute(_FORWARD, {"said": str(stamp), "stamp": stamp})
