"""The feed: in which order subjects changed, for whom, and a page of them whole.

A position is given in the transaction that changes the subject, under the unit's row, which stays locked
until that transaction ends: positions appear in their order, who has seen one has seen all below.
(A plain sequence gives a slow transaction a number that readers have long gone past.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, text, update
from sqlalchemy.engine import Connection

from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Device, Page

_UNIT = Centre.metadata.tables["unit"]
_DEVICE = Centre.metadata.tables["device"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_FEED = Centre.metadata.tables["feed"]

EVERYBODY: Final = "*"
"""The audience of devices whose scope is the unit."""

PAGE: Final = 512 * 1024
"""Bytes of lines after which a page ends; a single subject may be larger."""

LARGEST: Final = 7 * 1024 * 1024
"""Bytes of a subject that no laptop is given: its answer would be over the protocol's limit."""

_SUBJECTS: Final = 64
_FACTS: Final = 500
_MOVE = text(
    "INSERT INTO feed (unit, audience, subject, position) VALUES (:unit, :audience, :subject, :position) "
    "ON CONFLICT (unit, audience, subject) DO UPDATE SET position = excluded.position"
)


def move(db: Connection, unit: str, changed: Mapping[str, frozenset[str]]) -> None:
    """These subjects have changed: each goes to the end, for its unit and for the devices named with it."""
    if not changed:
        return
    position = _advance(db, unit, len(changed)) - len(changed)
    rows: list[dict[str, Any]] = []
    for subject, devices in sorted(changed.items()):
        position += 1
        rows.extend(
            {"unit": unit, "audience": audience, "subject": subject, "position": position}
            for audience in (EVERYBODY, *sorted(devices))
        )
    db.execute(_MOVE, rows)


def tell_everybody(db: Connection, unit: str, devices: Sequence[str]) -> None:
    """Facts of the centre about these devices: all laptops of the unit keep them, should it lose them."""
    known = set(db.execute(select(_DEVICE.c.device).where(_DEVICE.c.unit == unit)).scalars())
    move(db, unit, {device: frozenset(known) for device in devices if device in known})


class Audiences:
    """Which devices are told of a subject, by the journals that speak of it.

    A device is told of what it wrote about once somebody else did too, and of what it wrote in any journal
    but its first: such a journal is a copied or restored folder's, of which another folder of the same device
    may not know. All of them have the first one, and get its end back from the centre.
    """

    def __init__(self, db: Connection) -> None:
        rows = db.execute(select(_ORIGIN.c.origin, _ORIGIN.c.device, _ORIGIN.c.nth)).all()
        self._owners: dict[str, str | None] = {row.origin: row.device for row in rows}
        self._first = {row.origin for row in rows if row.nth == 1}

    def of(self, origins: Iterable[str], carrying: Collection[str] = ()) -> frozenset[str]:
        """The devices that are told of a subject with facts in ``origins``.

        Those ``carrying`` did nothing but hand over its result: they have a card, and are told no more.
        """
        writers = {origin: self._owners.get(origin) for origin in origins}
        shared = len(set(writers.values())) > 1
        having = {device for origin, device in writers.items() if origin not in carrying}
        return frozenset(
            device
            for origin, device in writers.items()
            if device is not None and device in having and (shared or origin not in self._first)
        )


def _advance(db: Connection, unit: str, count: int) -> int:
    """Take the next ``count`` positions of a unit; its last one. The row is ours until we commit."""
    taken = update(_UNIT).where(_UNIT.c.unit == unit).values(feed=_UNIT.c.feed + count)
    return int(db.execute(taken.returning(_UNIT.c.feed)).scalar_one())


def page(db: Connection, device: Device, epoch: str, after: str | None, mine: Collection[str] = ()) -> Page:
    """The next page for a device behind the cursor ``after``; an unknown or foreign cursor begins anew.

    Subjects of which all facts stand in the journals ``mine``, which the folder that asks has itself, are
    passed over.
    """
    audience = EVERYBODY if device.scope == "unit" else device.device
    begun = f"{epoch}.{device.scope}."
    position = _position(after, begun)
    subjects: list[tuple[str, tuple[Any, ...]]] = []
    omitted: list[str] = []
    size = 0
    while size < PAGE:
        some = _behind(db, device.unit, audience, position)
        if not some:
            return Page(f"{begun}{position}", False, tuple(subjects), tuple(omitted))
        facts = _visible(db, device.unit, [row.subject for row in some])
        for row in some:
            known = tuple(facts.get(row.subject, ()))
            if all(fact.origin in mine for fact in known):
                known = ()
            weight = sum(_weight(fact) for fact in known)
            if subjects and size + weight > PAGE:
                return Page(f"{begun}{position}", True, tuple(subjects), tuple(omitted))
            position = row.position
            if weight > LARGEST:
                omitted.append(row.subject)
            elif known:
                size += weight
                subjects.append((row.subject, known))
    return Page(f"{begun}{position}", True, tuple(subjects), tuple(omitted))


def _position(after: str | None, begun: str) -> int:
    if after is None or not after.startswith(begun):
        return 0
    place = after.removeprefix(begun)
    return int(place) if place.isdecimal() and place.isascii() and len(place) < 16 else 0


def _behind(db: Connection, unit: str, audience: str, position: int) -> Sequence[Any]:
    there = (_FEED.c.unit == unit, _FEED.c.audience == audience, _FEED.c.position > position)
    query = select(_FEED.c.subject, _FEED.c.position).where(*there)
    return db.execute(query.order_by(_FEED.c.position).limit(_SUBJECTS)).all()


def _visible(db: Connection, unit: str, subjects: Sequence[str]) -> dict[str, list[Any]]:
    """Facts that have been judged: neither held, nor set aside, nor still waiting to be folded."""
    lines = (_FACT.c.header, _FACT.c.payload, _FACT.c.payload_hash, _FACT.c.hash)
    query = (
        select(_FACT.c.subject, _FACT.c.origin, *lines)
        .join(_ORIGIN, _ORIGIN.c.origin == _FACT.c.origin)
        .where(
            _FACT.c.subject.in_(subjects),
            _FACT.c.unit == unit,
            _FACT.c.state.in_(("taken", "misfit")),
            _FACT.c.seq <= _ORIGIN.c.folded,
        )
        .order_by(_FACT.c.origin, _FACT.c.seq)
    )
    grouped: dict[str, list[Any]] = {}
    for row in db.execute(query):
        grouped.setdefault(row.subject, []).append(row)
    return grouped


def _weight(fact: Any) -> int:
    return len(fact.header.encode()) + len((fact.payload or "").encode()) + 130


def journal(db: Connection, origin: str, after: int) -> Sequence[Any]:
    """The facts of an origin behind ``after``, held or not: a page of them, at least one if there is any."""
    columns = (_FACT.c.seq, _FACT.c.header, _FACT.c.payload, _FACT.c.payload_hash, _FACT.c.hash)
    query = select(*columns).where(_FACT.c.origin == origin, _FACT.c.seq > after)
    taken: list[Any] = []
    size = 0
    for row in db.execute(query.order_by(_FACT.c.seq).limit(_FACTS)):
        size += _weight(row)
        if taken and size > PAGE:
            break
        taken.append(row)
    return taken


def lines(subjects: Sequence[tuple[str, Sequence[Any]]]) -> Iterator[tuple[str, str | None, str, str]]:
    """The facts of a page as `protocol.write_page` takes them."""
    for _, known in subjects:
        for fact in known:
            yield fact.header, fact.payload, fact.payload_hash, fact.hash
