"""What stands behind a session's figures: its facts, its dossiers, and the sums of many sessions at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from mobile_reception.dossier.lifecycle import (
    DELIVERED,
    IN_PROCESS,
    PAYMENT,
    READY,
    RECEIVED,
    REFUSED,
    SUPPLEMENT,
)
from mobile_reception.store.journal import Store
from mobile_reception.store.reading import CITIZENS, DOSSIERS, TOGETHER, WAITS, DossierRecord

_AT_WORK = (RECEIVED, IN_PROCESS, SUPPLEMENT, PAYMENT)
_PARTS = (
    "(SELECT s.id AS part, t.id AS main FROM session s "
    "JOIN session t ON t.id=coalesce((SELECT m.id FROM session m WHERE m.id=s.joined_to), s.id) "
    "WHERE t.day BETWEEN ? AND ?) p"
)
"""The sessions of a period, each beside the one it counts with: the one that it was joined to, where that was
held and is known here. A few hundred: joined first (CROSS JOIN keeps the order), so that only what was
received in the period is read."""
_STAYED = (
    "(SELECT p.value FROM fact r, json_each(r.payload,'$.places') p WHERE r.subject=f.subject "
    "AND r.kind='dossier.reduced' AND json_valid(r.payload) AND p.key=json_extract(f.header,'$.id') LIMIT 1)"
)
_WHERE = (
    f"CASE WHEN f.payload IS NULL THEN {_STAYED} "
    "WHEN json_valid(f.payload) THEN json_extract(f.payload,'$.session') END"
)
"""At which session an act was done; of one that was erased here, what `dossier.fold.reduction` kept of it."""
_OWN = (
    "SELECT ?1 UNION SELECT j.id FROM session j WHERE j.joined_to=?1 "
    f"UNION SELECT id FROM dossier WHERE session {TOGETHER}"
)
"""A session, those that were joined to it, and their dossiers."""
_NAMED = "('result.handed_over','result.posted','result.returned','fee.collected','citizen.rated')"
"""Acts whose payload says at which session they were done."""


def together(store: Store, session: str) -> list[str]:
    """A session and those that were joined to it, itself first."""
    with store.reading() as db:
        return [
            session,
            *db.run("SELECT id FROM session WHERE joined_to=? ORDER BY id", (session,)).scalars(),
        ]


def session_facts(store: Store, session: str) -> list[tuple[str, str | None, str]]:
    """Of every fact about a session, its dossiers, and what was done there about others: kind, session, hash.

    The session is named for those kinds only that say where they were done.
    """
    others = f"SELECT subject FROM figure WHERE session {TOGETHER} AND subject NOT IN ({_OWN})"
    there = f"CASE WHEN {_WHERE} {TOGETHER} THEN ?1 ELSE {_WHERE} END"
    with store.reading() as db:
        rows = db.run(
            f"SELECT f.kind, CASE WHEN f.kind IN {_NAMED} THEN {there} END, f.hash FROM fact f "
            f"WHERE f.subject IN ({_OWN}) "
            f"UNION ALL SELECT f.kind, ?1, f.hash FROM fact f "
            f"WHERE f.subject IN ({others}) AND f.kind IN {_NAMED} AND {_WHERE} {TOGETHER}",
            (session,),
        )
        return [(row[0], row[1], row[2]) for row in rows]


def money_elsewhere(store: Store, session: str) -> list[str]:
    """The dossiers of other sessions, or known as results only, for which money was taken at this one."""
    with store.reading() as db:
        return db.run(
            "SELECT g.subject FROM figure g LEFT JOIN dossier d ON d.id=g.subject "
            f"WHERE g.session {TOGETHER} AND g.kind='money' AND (d.session {TOGETHER}) IS NOT 1 "
            "ORDER BY g.subject",
            (session,),
        ).scalars()


def codes(store: Store, first: date, last: date) -> list[tuple[str, str, str, int]]:
    """Of the dossiers received on these days: journal of the reception, day, code, status."""
    with store.reading() as db:
        rows = db.run(
            "SELECT f.origin, substr(d.received_at,1,10), coalesce(d.code,''), d.status FROM dossier d "
            "JOIN fact f ON f.subject=d.id AND f.kind='dossier.received' "
            "WHERE substr(d.received_at,1,10) BETWEEN ? AND ? ORDER BY 2, 1, 3",
            (first.isoformat(), last.isoformat()),
        )
        return [(row[0], row[1], row[2], int(row[3])) for row in rows]


def still_open(store: Store) -> set[str]:
    """Sessions of which some laptop, here or elsewhere, has not closed its part."""
    with store.reading() as db:
        return set(db.run("SELECT id FROM session WHERE closed_at IS NULL").scalars())


def unfinished(store: Store, last: date) -> list[tuple[DossierRecord, str]]:
    """Dossiers at work and due by ``last``, with the day (ISO) on which they are, the most urgent first."""
    marks = ",".join("?" * len(_AT_WORK))
    with store.reading() as db:
        rows = db.run(
            f"{DOSSIERS} WHERE d.status IN ({marks}) AND substr(d.due,1,10)<=? ORDER BY d.due, d.row",
            (*_AT_WORK, last.isoformat()),
        ).all()
        days = db.run(
            f"SELECT substr(due,1,10) FROM dossier WHERE status IN ({marks}) AND substr(due,1,10)<=? "
            "ORDER BY due, row",
            (*_AT_WORK, last.isoformat()),
        ).scalars()
    return [(DossierRecord(*row), str(due)) for row, due in zip(rows, days, strict=True)]


_BEHIND: Final[Mapping[str, str]] = {
    "dossiers": "1",
    "citizens": "1",
    "at_centre": f"NOT {WAITS}",
    "waiting": WAITS,
    "used": "d.code NOT LIKE 'TN-%'",
    "void": f"d.code NOT LIKE 'TN-%' AND d.status={REFUSED}",
    "ready": f"d.status IN ({READY},{DELIVERED})",
    "not_delivered": f"d.status={READY}",
    "fees": "d.fee>0",
    "phi": "d.phi>0",
    "le_phi": "d.le_phi>0",
    "collected": "d.collected>0",
    "unpaid": "d.fee>d.collected",
    "unprinted": f"d.prints=0 AND d.status<>{REFUSED}",
    "status": "d.status=CAST(?2 AS INTEGER)",
    "procedure": "d.procedure=?2",
    "field": "d.procedure IN (SELECT value FROM json_each(?2))",
}
_BEHIND_FIGURES: Final[Mapping[str, str]] = {
    "handed_over": "g.kind='result'",
    "posted": "g.kind='posted'",
    "brought_back": "g.kind='returned'",
    "on_board": "g.kind='on_board'",
    "taken": "g.kind='money'",
    "rating": "g.kind='rating' AND g.name=?2",
    "rated": "g.kind='rating'",
}
FIGURES: Final = (*_BEHIND, *_BEHIND_FIGURES)
"""The figures of a session that have dossiers behind them; some take a name."""


def behind(store: Store, session: str, figure: str, name: str = "") -> list[DossierRecord]:
    """The dossiers that one of the `FIGURES` of a session counts, oldest first; KeyError for another."""
    asked = _BEHIND.get(figure) or _BEHIND_FIGURES[figure]
    values = (session, name) if "?2" in asked else (session,)
    if figure in _BEHIND:
        where = f"d.session {TOGETHER} AND {asked}"
    else:
        told = f"SELECT g.subject FROM figure g WHERE g.session {TOGETHER} AND {asked}"
        where = f"d.id IN ({told})"
    with store.reading() as db:
        return [DossierRecord(*row) for row in db.run(f"{DOSSIERS} WHERE {where} ORDER BY d.row", values)]


def only_as_results(store: Store, session: str, figure: str, name: str = "") -> list[str]:
    """Behind a figure: what is no dossier here, only a result that was taken along. Ids, in order."""
    if figure not in _BEHIND_FIGURES:
        return []
    asked = _BEHIND_FIGURES[figure]
    values = (session, name) if "?2" in asked else (session,)
    with store.reading() as db:
        return db.run(
            f"SELECT g.subject FROM figure g JOIN result r ON r.id=g.subject WHERE g.session {TOGETHER} "
            f"AND {asked} AND g.subject NOT IN (SELECT id FROM dossier) ORDER BY r.sort",
            values,
        ).scalars()


def waiting_of(store: Store, session: str) -> int:
    """How many facts about a session and its dossiers the centre has not acknowledged."""
    with store.reading() as db:
        return int(
            db.run(
                "SELECT count(*) FROM origin o CROSS JOIN fact f "
                "ON f.origin=o.origin AND f.seq>o.acknowledged "
                f"WHERE o.mine AND f.subject IN ({_OWN})",
                (session,),
            ).scalar()
        )


@dataclass(frozen=True, slots=True)
class SessionSums:
    """One session's sums. Money is đồng; ``citizens`` are submitters; ``waits`` dossiers not at the centre.

    ``rated`` counts whoever said anything, ``content`` those of them who were satisfied or more.
    """

    session: str
    hamlet: str
    kind: str
    day: str
    dossiers: int
    citizens: int
    fees: int
    collected: int
    refused: int
    waits: int
    handed_over: int
    rated: int
    content: int
    saved: int


@dataclass(frozen=True, slots=True)
class Timed:
    """How many dossiers of one session, procedure and officer stand the same in time; days are ISO."""

    session: str
    procedure: str
    officer: str
    due: str | None
    ended: str | None
    supplements: int
    count: int
    fees: int


def sums(store: Store, first: date, last: date) -> list[SessionSums]:
    """The sums of every session held from ``first`` to ``last``, both included, by day."""
    period = (first.isoformat(), last.isoformat())
    with store.reading() as db:
        held = db.run(
            "SELECT id, hamlet, kind, day FROM session WHERE day BETWEEN ? AND ? "
            "AND (joined_to IS NULL OR joined_to NOT IN (SELECT id FROM session)) ORDER BY day, opened_at",
            period,
        ).all()
        of_dossiers = {
            row[0]: row[1:]
            for row in db.run(
                f"SELECT p.main, count(*), {CITIZENS}, sum(d.fee), sum(d.collected), sum(d.status=3) "
                f"FROM {_PARTS} CROSS JOIN dossier d ON d.session=p.part GROUP BY 1",
                period,
            )
        }
        waits = {key: row[0] for key, row in of_dossiers.items()}
        if db.run("SELECT EXISTS (SELECT 1 FROM origin WHERE NOT mine OR acknowledged>0)").scalar():
            waits = {
                row[0]: int(row[1])
                for row in db.run(
                    "SELECT p.main, count(DISTINCT d.id) FROM origin o "
                    "CROSS JOIN fact f ON f.origin=o.origin AND f.seq>o.acknowledged "
                    f"CROSS JOIN dossier d ON d.id=f.subject JOIN {_PARTS} ON p.part=d.session "
                    "WHERE o.mine GROUP BY 1",
                    period,
                )
            }
        figures: dict[tuple[str, str], int] = {}
        for session, kind, amount in db.run(
            "SELECT p.main, CASE WHEN g.kind='rating' AND g.name<>'not' THEN 'content' ELSE g.kind END, "
            "sum(CASE WHEN g.kind='service' THEN g.amount ELSE g.quantity END) "
            f"FROM {_PARTS} CROSS JOIN figure g ON g.session=p.part GROUP BY 1, 2",
            period,
        ):
            figures[session, kind] = int(amount)
    found = []
    for key, hamlet, kind, day in held:
        dossiers, citizens, fees, collected, refused = of_dossiers.get(key, (0, 0, 0, 0, 0))
        content = figures.get((key, "content"), 0)
        found.append(
            SessionSums(
                key,
                hamlet,
                kind,
                day,
                dossiers=dossiers,
                citizens=citizens,
                fees=fees,
                collected=collected,
                refused=refused,
                waits=waits.get(key, 0),
                handed_over=figures.get((key, "result"), 0),
                rated=content + figures.get((key, "rating"), 0),
                content=content,
                saved=figures.get((key, "service"), 0),
            )
        )
    return found


def timed(store: Store, first: date, last: date) -> list[Timed]:
    """The dossiers received at the sessions of a period, counted by how they stand in time."""
    with store.reading() as db:
        rows = db.run(
            "SELECT p.main, coalesce(d.procedure,''), coalesce(d.received_by,''), substr(d.due,1,10), "
            "d.ended_on, min(d.supplements,2), count(*), sum(d.fee) "
            f"FROM {_PARTS} CROSS JOIN dossier d ON d.session=p.part GROUP BY 1,2,3,4,5,6",
            (first.isoformat(), last.isoformat()),
        )
        return [Timed(*row) for row in rows]
