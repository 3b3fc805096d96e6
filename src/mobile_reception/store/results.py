"""What the Desk reads of results: those that this laptop had in its hands, and dossiers that are ready."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mobile_reception.dossier.lifecycle import READY
from mobile_reception.store.journal import Store
from mobile_reception.store.rows import RESULT_COLUMNS

_COLUMNS = ("id", *RESULT_COLUMNS.split(","))
_YES_OR_NO = ("in_person", "by_post", "mine", "known")


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """A result's row; ``known``: its dossier is on this laptop."""

    id: str
    code: str
    name: str
    sort: str
    procedure: str
    paper: str
    number: str
    hamlet: str
    session: str | None
    to_pay: int
    in_person: bool
    by_post: bool
    place: str
    mine: bool
    since: str
    officer: str
    receiver: str | None
    reason: str | None
    onward: str | None
    endings: int
    known: bool


@dataclass(frozen=True, slots=True)
class ReadyRecord:
    """A dossier of this laptop whose result is there, without anybody having packed or taken it."""

    id: str
    code: str
    name: str
    procedure: str
    hamlet: str
    fee: int
    collected: int


def at_hand(store: Store, since: date, session: str | None) -> list[ResultRecord]:
    """What somebody has to do with now, in the office's order.

    On board or waiting, told twice, or back here for the post; and what ended on ``since`` or later, or is of
    ``session``. A laptop hands over thousands in a year: what is over and done with is found by `names`.
    """
    return _rows(
        store,
        "r.mine AND (r.place NOT IN ('handed_over','posted','returned') OR r.endings>1 "
        "OR (r.place='returned' AND r.onward='post') OR substr(r.since,1,10)>=? OR r.session=?)",
        (since.isoformat(), session),
    )


def of_session(store: Store, session: str) -> list[ResultRecord]:
    """The results of a session that this laptop has or had in its hands, in the office's order."""
    return _rows(store, "r.mine AND r.session=?", (session,))


def named(store: Store, keys: Iterable[str]) -> list[ResultRecord]:
    """The results of these ids or codes that this laptop has or had in its hands."""
    marks = json.dumps(list(keys))
    either = "SELECT id FROM result WHERE id IN ({0}) UNION SELECT id FROM result WHERE code IN ({0})"
    return _rows(store, f"r.mine AND r.id IN ({either.format('SELECT value FROM json_each(?1)')})", (marks,))


def names(store: Store) -> list[tuple[str, str, str, str, str]]:
    """Id, code, name, hamlet and procedure of each result that was ever in this laptop's hands, newest first.

    What a search goes through: no more of each is read.
    """
    with store.reading() as db:
        found = db.run(
            "SELECT r.id, r.code, r.name, r.hamlet, r.procedure FROM result r WHERE r.mine "
            "ORDER BY r.since DESC, r.code DESC"
        ).all()
    return [(row[0], row[1], row[2], row[3], row[4]) for row in found]


def _rows(store: Store, where: str, values: tuple[object, ...]) -> list[ResultRecord]:
    with store.reading() as db:
        found = db.run(
            f"SELECT {','.join('r.' + name for name in _COLUMNS)}, "
            "EXISTS (SELECT 1 FROM dossier d WHERE d.id=r.id) "
            f"FROM result r WHERE {where} ORDER BY r.sort, r.code",
            values,
        ).all()
    records = []
    for row in found:
        told = dict(zip((*_COLUMNS, "known"), row, strict=True))
        records.append(ResultRecord(**told | {name: bool(told[name]) for name in _YES_OR_NO}))
    return records


def ready(store: Store, key: str | None = None) -> list[ReadyRecord]:
    """Dossiers of this laptop that are ready and were neither packed by the centre nor taken by anybody.

    ``key``: only the one of this id or code.
    """
    only = "" if key is None else " AND ?2 IN (d.id, d.code)"
    with store.reading() as db:
        found = db.run(
            "SELECT d.id, coalesce(d.code,''), d.name, coalesce(d.procedure,''), coalesce(s.hamlet,''), "
            "d.fee, d.collected FROM dossier d LEFT JOIN session s ON s.id=d.session WHERE d.status=?1 "
            f"AND NOT EXISTS (SELECT 1 FROM result r WHERE r.id=d.id AND r.place<>'ready'){only}",
            (READY,) if key is None else (READY, key),
        ).all()
    return [ReadyRecord(*row) for row in found]
