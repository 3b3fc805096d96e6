"""What the Desk reads of results: those that this laptop had in its hands, and dossiers that are ready."""

from __future__ import annotations

from dataclasses import dataclass

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


def rows(store: Store) -> list[ResultRecord]:
    """The results that this laptop has or had in its hands, in the office's order."""
    with store.reading() as db:
        found = db.run(
            f"SELECT {','.join('r.' + name for name in _COLUMNS)}, "
            "EXISTS (SELECT 1 FROM dossier d WHERE d.id=r.id) "
            "FROM result r WHERE r.mine ORDER BY r.sort, r.code"
        ).all()
    records = []
    for row in found:
        told = dict(zip((*_COLUMNS, "known"), row, strict=True))
        records.append(ResultRecord(**told | {name: bool(told[name]) for name in _YES_OR_NO}))
    return records


def ready(store: Store) -> list[ReadyRecord]:
    """Dossiers of this laptop that are ready and were neither packed by the centre nor taken by anybody."""
    with store.reading() as db:
        found = db.run(
            "SELECT d.id, coalesce(d.code,''), d.name, coalesce(d.procedure,''), coalesce(s.hamlet,''), "
            "d.fee, d.collected FROM dossier d LEFT JOIN session s ON s.id=d.session WHERE d.status=? "
            "AND NOT EXISTS (SELECT 1 FROM result r WHERE r.id=d.id AND r.place<>'ready')",
            (READY,),
        ).all()
    return [ReadyRecord(*row) for row in found]
