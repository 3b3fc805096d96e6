"""Ranges of serials: each is one journal's own on every day. After a restore none is given unconfirmed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import and_, func, insert, select, text, update
from sqlalchemy.engine import Connection

from mobile_reception.centre.durable import make_folder, name_durably
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Refused

_META = Centre.metadata.tables["meta"]
_DEVICE = Centre.metadata.tables["device"]
_ORIGIN = Centre.metadata.tables["origin"]
_RANGE = Centre.metadata.tables["number_range"]

RANGE: Final = 200
FIRST_SERIAL: Final = 5000
"""Below it are the serials of the centre's own counters."""

LAST_SERIAL: Final = 99_999

_UNCONFIRMED: Final = "unconfirmed:"
_FLOOR: Final = "serials_from:"
_SERIALS: Final = "serials"
_WHOLE: Final = re.compile(r".+-[0-9]{4,5}")
_KEEP = text(
    "INSERT INTO meta (key, value) VALUES (:key, :value) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


def keep(db: Connection, **values: str) -> None:
    """Keep single values of the whole centre."""
    db.execute(_KEEP, [{"key": key, "value": value} for key, value in values.items()])


def give(db: Connection, unit: str, origin: str, beside: Path | None) -> None:
    """A range for a journal, unless the unit's numbers wait for an administrator.

    The caller holds the unit's row, so that no two are given the same. The folder ``beside`` the database
    remembers the last one as well: a database that is put back alone, unnoticed, gives none a second time.
    """
    if unconfirmed(db, unit):
        return
    first = max(FIRST_SERIAL, highest(db, unit) + 1, _remembered(beside, unit) + 1)
    last = first + RANGE - 1
    if beside is not None:
        _remember(beside, unit, last)  # before the commit: a range skipped does no harm
    db.execute(insert(_RANGE).values(unit=unit, origin=origin, first=first, last=last, withdrawn=False))


def _remembered(beside: Path | None, unit: str) -> int:
    """The last serial of ``unit`` by the folder's word: it is in the name of a file, which cannot be torn."""
    names = [] if beside is None else [path.name for path in (beside / _SERIALS).glob(f"{unit}-*")]
    return max((int(name.rpartition("-")[2]) for name in names if _WHOLE.fullmatch(name)), default=0)


def _remember(beside: Path, unit: str, last: int) -> None:
    folder = beside / _SERIALS
    make_folder(folder)
    part = folder / f"{unit}.part"
    part.touch(mode=0o600)
    name_durably(part, folder / f"{unit}-{last}")
    for path in folder.glob(f"{unit}-*"):
        if _WHOLE.fullmatch(path.name) and path.name != f"{unit}-{last}":
            path.unlink(missing_ok=True)


def highest(db: Connection, unit: str) -> int:
    """The last serial of a unit that is known to be somebody's; 0 for none."""
    last = db.execute(select(func.max(_RANGE.c.last)).where(_RANGE.c.unit == unit)).scalar_one()
    floor = db.execute(select(_META.c.value).where(_META.c.key == f"{_FLOOR}{unit}")).scalar()
    return max(int(last or 0), int(floor or 0))


def ranges_of(db: Connection, device: str) -> list[dict[str, Any]]:
    """What a device's journals may use, and what they may use no longer."""
    rows = db.execute(
        select(_RANGE)
        .join(_ORIGIN, _ORIGIN.c.origin == _RANGE.c.origin)
        .where(_ORIGIN.c.device == device)
        .order_by(_RANGE.c.first)
    )
    return [
        {"origin": row.origin, "first": row.first, "last": row.last}
        | ({"withdrawn": True} if row.withdrawn else {})
        for row in rows
    ]


# -- After a restore -------------------------------------------------------------------------------------


def unconfirmed(db: Connection, unit: str) -> bool:
    """Whether the unit's numbers wait: the centre was put back and may not know who has which."""
    said = db.execute(select(_META.c.value).where(_META.c.key == f"{_UNCONFIRMED}{unit}")).scalar()
    return said == "1"


def wait_for_confirmation(db: Connection, units: Iterable[str]) -> None:
    """No more numbers for these units until `confirm`."""
    keep(db, **{f"{_UNCONFIRMED}{unit}": "1" for unit in units})


def take_back(db: Connection, unit: str, origin: str, told: Iterable[tuple[int, int]]) -> None:
    """Know again what a laptop was given before the centre was put back.

    What has been given to another journal since is withdrawn from that one: its laptop goes on with
    provisional slips. No claim is longer than a range.
    """
    for first, last in told:
        if not FIRST_SERIAL <= first <= last <= LAST_SERIAL or last - first >= RANGE:
            continue
        over = and_(_RANGE.c.unit == unit, _RANGE.c.first <= last, _RANGE.c.last >= first)
        known = db.execute(select(_RANGE.c.origin).where(over)).scalars().all()
        if not known:
            row = {"unit": unit, "origin": origin, "first": first, "last": last, "withdrawn": False}
            db.execute(insert(_RANGE).values(**row))
        elif set(known) != {origin}:
            db.execute(update(_RANGE).where(over, _RANGE.c.origin != origin).values(withdrawn=True))


def confirm(db: Connection, unit: str, named: int, beside: Path | None) -> int:
    """Give numbers again, above ``named`` and above all that laptops have told of; how many ranges at once.

    The latest journal of each laptop in use that has none is given one. Raises Refused: ``not_restored``,
    ``serial`` for a number that is none or below one that somebody has. The caller holds the unit's row.
    """
    if not unconfirmed(db, unit):
        raise Refused("not_restored")
    if not highest(db, unit) <= named <= LAST_SERIAL - RANGE:
        raise Refused("serial", str(highest(db, unit)))
    keep(db, **{f"{_UNCONFIRMED}{unit}": "0", f"{_FLOOR}{unit}": str(named)})
    have = select(_RANGE.c.origin).where(_RANGE.c.withdrawn.is_(False))
    theirs = _ORIGIN.alias()
    latest = (
        select(func.max(theirs.c.nth))
        .where(theirs.c.device == _DEVICE.c.device)
        .correlate(_DEVICE)
        .scalar_subquery()
    )
    bare = db.execute(
        select(_ORIGIN.c.origin)
        .join(_DEVICE, _DEVICE.c.device == _ORIGIN.c.device)
        .where(_DEVICE.c.unit == unit, _DEVICE.c.state == "active", _ORIGIN.c.nth == latest)
        .where(_ORIGIN.c.origin.not_in(have))
        .order_by(_ORIGIN.c.origin)
    ).scalars()
    origins = list(bare)
    for origin in origins:
        give(db, unit, origin, beside)
    return len(origins)
