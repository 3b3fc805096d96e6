"""Where a journal stands at the centre, and the head that is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.engine import Connection

from mobile_reception.centre import own, safe
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import GENESIS
from mobile_reception.sync.protocol import Head

_UNIT = Centre.metadata.tables["unit"]
_DEVICE = Centre.metadata.tables["device"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_HELD = Centre.metadata.tables["held"]
_DOSSIER = Centre.metadata.tables["dossier"]

# Literal: else SQLite does not see that their indices fit.
NOT_TAKEN: Final[ColumnElement[bool]] = literal_column("state IN ('held','misfit')")
IN_CONFLICT: Final[ColumnElement[bool]] = literal_column("conflicts > 0")
WAITS: Final[ColumnElement[bool]] = _HELD.c.state == "held"
# Where several indices fit, SQLite takes the one that was made last: half the files would be read through
# the index of all facts of a journal, the longer the slower.
BY_NOT_TAKEN: Final = (_FACT, "INDEXED BY fact_held", "sqlite")
BY_CONFLICT: Final = (_DOSSIER, "INDEXED BY dossier_conflict", "sqlite")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an origin is when a run arrives, and whose it is."""

    unit: str
    device: str
    scope: str
    seq: int
    hash: str
    offset_ms: int
    state: str


def standing_of(db: Connection, origin: str, device: str, *, locked: bool = False) -> Standing:
    """Where an origin of a device is; ``locked``: nobody else moves it until this transaction ends.

    Raises Refused (``unknown_origin``).
    """
    query = (
        select(_ORIGIN, _DEVICE.c.state.label("device_state"), _DEVICE.c.scope)
        .join(_DEVICE, _DEVICE.c.device == _ORIGIN.c.device)
        .where(_ORIGIN.c.origin == origin, _ORIGIN.c.device == device)
    )
    row = db.execute(query.with_for_update(of=_ORIGIN) if locked else query).first()
    if row is None:
        raise Refused("unknown_origin")
    return Standing(row.unit, device, row.scope, row.head, row.head_hash, row.offset_ms, row.device_state)


def hash_at(db: Connection, origin: str, seq: int, standing: Standing) -> str:
    """The hash that a journal has at a place up to its head."""
    if seq == 0:
        return GENESIS
    if seq == standing.seq:
        return standing.hash
    found = select(_FACT.c.hash).where(_FACT.c.origin == origin, _FACT.c.seq == seq)
    return str(db.execute(found).scalar_one())


def head_of(db: Connection, origin: str, standing: Standing, *, now: datetime, code: str = "ok") -> Head:
    """What the centre says of a journal.

    With it go the head of the centre's own journal and the last place of the unit's feed: kept under the
    centre's signature, they tell later what a centre that was put back has lost.
    """
    of_facts = select(func.count()).select_from(_FACT).with_hint(*BY_NOT_TAKEN)
    in_chain = of_facts.where(_FACT.c.origin == origin, NOT_TAKEN)
    beside = select(func.count()).select_from(_HELD).where(_HELD.c.origin == origin, WAITS)
    of_dossiers = select(func.count()).select_from(_DOSSIER).with_hint(*BY_CONFLICT)
    torn = of_dossiers.where(_DOSSIER.c.origin == origin, IN_CONFLICT)
    mine = own.head(db)
    return Head(
        code=code,
        origin=origin,
        seq=standing.seq,
        hash=standing.hash,
        epoch=mine.origin,
        time=now.astimezone(UTC).isoformat(timespec="milliseconds"),
        held=db.execute(in_chain).scalar_one() + db.execute(beside).scalar_one(),
        conflicts=db.execute(torn).scalar_one(),
        safe=safe.mark(db, origin, standing.seq, lambda seq: hash_at(db, origin, seq, standing)),
        device_state=standing.state,
        device=standing.device,
        scope=standing.scope,
        own_seq=mine.seq,
        own_hash=mine.hash,
        feed=db.execute(select(_UNIT.c.feed).where(_UNIT.c.unit == standing.unit)).scalar_one(),
    )
