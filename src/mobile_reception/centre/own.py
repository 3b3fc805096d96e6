"""The centre's own journal: what it says itself, in the origin that is its epoch, and by which clock."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import Connection

from mobile_reception.centre.tables import Centre
from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import Act, Fact

_META = Centre.metadata.tables["meta"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_FORWARD = text("UPDATE meta SET value = :said WHERE key = 'clock' AND CAST(value AS bigint) < :stamp")


def append(
    db: Connection, epoch: str, act: Act, *, unit: str, now: datetime, officer: str = "centre"
) -> Fact:
    """Write a fact behind the head of the centre's origin; what it is about is folded by the caller."""
    own = db.execute(select(_ORIGIN).where(_ORIGIN.c.origin == epoch).with_for_update()).one()
    fact = journal.write(
        act,
        origin=own.origin,
        seq=own.head + 1,
        stamp=journal.next_stamp(clock(db), now),
        previous=own.head_hash,
        officer=officer,
        at=now.astimezone(UTC),
    )
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
    return fact


def clock(db: Connection) -> int:
    """The latest stamp that this centre has given or believed."""
    return int(db.execute(select(_META.c.value).where(_META.c.key == "clock")).scalar_one())


def move_clock(db: Connection, stamp: int) -> None:
    """What is written after now is ordered after ``stamp``; never backwards."""
    db.execute(_FORWARD, {"said": str(stamp), "stamp": stamp})
