"""What the Desk reads: questions to the tables, answered with frozen values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.lifecycle import REFUSED
from mobile_reception.store import search
from mobile_reception.store.journal import Store, facts_of, stored_fact

PERSON = "coalesce(number, name || '|' || coalesce(born, ''))"
"""Who handed a dossier in: a number or, without one, a name and a birth date."""

CITIZENS = f"count(DISTINCT {PERSON})"
"""Submitters: one for each such person."""

TOGETHER = "IN (SELECT ?1 UNION ALL SELECT j.id FROM session j WHERE j.joined_to=?1)"
"""A session and those that were joined to it: what was received in them counts together."""

_ITS = "d.session IN (SELECT s.id UNION ALL SELECT j.id FROM session j WHERE j.joined_to=s.id)"
_SESSIONS = (
    "SELECT s.id, s.hamlet, s.kind, s.day, s.opened_at, s.closed_at, s.here, "
    "(SELECT sum(j.cash) FROM session j WHERE s.id IN (j.id, j.joined_to)), s.joined_to, "
    f"(SELECT count(*) FROM dossier d WHERE {_ITS}), "
    f"(SELECT {CITIZENS} FROM dossier d WHERE {_ITS}), "
    f"(SELECT coalesce(sum(fee),0) FROM dossier d WHERE {_ITS}) FROM session s "
)
WAITS = (
    "EXISTS (SELECT 1 FROM fact f JOIN origin o ON o.origin=f.origin "
    "WHERE f.subject=d.id AND o.mine AND f.seq>o.acknowledged)"
)
DOSSIERS = (
    "SELECT d.row, d.id, d.code, d.name, d.number, d.procedure, d.received_at, d.come_back, d.fee, "
    f"d.session, d.conflicts, {WAITS} FROM dossier d "
)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session's row with its counts; days and moments as ISO texts, money in đồng."""

    id: str
    hamlet: str
    kind: str
    day: str
    opened_at: str
    closed_at: str | None
    here: bool
    cash: int | None
    joined_to: str | None
    dossiers: int
    citizens: int
    fees: int


@dataclass(frozen=True, slots=True)
class DossierRecord:
    """A dossier's row for a list; ``waits`` says that the centre has not acknowledged all of it."""

    row: int
    id: str
    code: str | None
    name: str
    number: str | None
    procedure: str | None
    received_at: str | None
    come_back: str | None
    fee: int
    session: str | None
    conflicts: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """A dossier received before, as far as it takes to tell whether another one is the same."""

    id: str
    name: str
    procedure: str | None
    received_at: str | None
    status: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the whole laptop stands."""

    origin: str
    dossiers: int
    facts: int
    waiting: int
    held: int
    conflicts: int
    dossiers_waiting: int
    files_waiting: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What was received in one session, whatever became of it; fees as computed at reception.

    ``official`` counts the codes that are no provisional ones, ``void`` those of them whose dossier was then
    not received after all. ``figures`` are (quantity, amount) by kind and name (see `store.tables`).
    """

    citizens: int
    dossiers: int
    by_procedure: dict[str, int]
    by_status: dict[int, int]
    fees: int
    phi: int
    le_phi: int
    collected: int
    at_centre: int
    official: int
    void: int
    figures: dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """A subject of which something is unsent: the kinds of those facts in order, and since when."""

    subject: str
    kinds: tuple[str, ...]
    since: str


@dataclass(frozen=True, slots=True)
class DraftRecord:
    """An unfinished form as it was kept, with how many files."""

    id: str
    officer: str
    saved_at: str
    fields: dict[str, Any]
    files: int


def sessions(store: Store, *, key: str | None = None, here: bool = False) -> list[SessionRecord]:
    """Sessions: the one called ``key``, those open ``here``, or all; open ones first, then newest first."""
    where = "WHERE s.id=? " if key else "WHERE s.here " if here else ""
    with store.reading() as db:
        rows = db.run(
            f"{_SESSIONS} {where} ORDER BY s.here DESC, s.day DESC, s.opened_at DESC", (key,) if key else ()
        ).all()
    return [SessionRecord(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The session whose part is open here, without its counts."""

    id: str
    hamlet: str
    kind: str
    day: date


def last_session(store: Store) -> OpenSession | None:
    """The session whose part is open here, else the latest one that this laptop knows."""
    with store.reading() as db:
        row = db.run(
            "SELECT id, hamlet, kind, day FROM session ORDER BY here DESC, day DESC, opened_at DESC LIMIT 1"
        ).first()
    return OpenSession(row[0], row[1], row[2], date.fromisoformat(row[3])) if row else None


def open_session(store: Store) -> OpenSession | None:
    """The session whose part is open here."""
    return at_the_table(store, None)[0]


def at_the_table(store: Store, ref: str | None) -> tuple[OpenSession | None, str | None]:
    """The session that is open here, and the code under which ``ref`` was received."""
    known = None
    with store.reading() as db:
        row = db.run(
            "SELECT id, hamlet, kind, day FROM session WHERE here ORDER BY opened_at DESC LIMIT 1"
        ).first()
        if ref is not None:
            known = db.run("SELECT code FROM dossier WHERE ref=? LIMIT 1", (ref,)).scalar()
    opened = OpenSession(row[0], row[1], row[2], date.fromisoformat(row[3])) if row else None
    return opened, known


def session_of(store: Store, hamlet: str, day: date) -> str | None:
    """The id of a session held at ``hamlet`` (as written) on ``day``."""
    with store.reading() as db:
        found = db.run("SELECT id FROM session WHERE hamlet=? AND day=?", (hamlet, day.isoformat())).scalar()
    return None if found is None else str(found)


def last_act(store: Store) -> str | None:
    """When, by the device's own clock (ISO), the current journal's last fact was written."""
    with store.reading() as db:
        at = db.run(
            "SELECT json_extract(f.header, '$.at') FROM origin o "
            "CROSS JOIN fact f ON f.origin=o.origin AND f.seq=o.head WHERE o.current"
        ).scalar()
    return None if at is None else str(at)


def cards(store: Store, kind: str) -> list[dict[str, Any]]:
    """All values of a kind that the centre gave."""
    with store.reading() as db:
        values = db.run("SELECT value FROM card WHERE kind=? ORDER BY key", (kind,)).scalars()
        return [json.loads(value) for value in values]


def dossiers(store: Store, text: str, limit: int) -> list[DossierRecord]:
    """Dossiers in which every word of ``text`` begins some word, newest first; without words the newest."""
    with store.reading() as db:
        if text.strip():
            rows = search.find(db, text, limit)
            found = db.run(
                f"{DOSSIERS} WHERE d.row IN (SELECT value FROM json_each(?)) ORDER BY d.row DESC",
                (json.dumps(rows),),
            ).all()
        else:
            found = db.run(f"{DOSSIERS} ORDER BY d.row DESC LIMIT ?", (limit,)).all()
    return [DossierRecord(*row) for row in found]


def often_received(store: Store, limit: int) -> list[str]:
    """The procedures most received among the last few hundred dossiers, the most frequent first."""
    with store.reading() as db:
        return db.run(
            "SELECT procedure FROM (SELECT procedure FROM dossier ORDER BY row DESC LIMIT 300) "
            "WHERE procedure IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ?",
            (limit,),
        ).scalars()


def near(store: Store, text: str, limit: int) -> list[DossierRecord]:
    """As `dossiers`, where each word of letters may be one slip of the fingers away; newest first."""
    with store.reading() as db:
        rows = search.find_near(db, text, limit)
        found = db.run(
            f"{DOSSIERS} WHERE d.row IN (SELECT value FROM json_each(?)) ORDER BY d.row DESC",
            (json.dumps(rows),),
        ).all()
    return [DossierRecord(*row) for row in found]


def earlier(store: Store, texts: Iterable[str], limit: int) -> list[Earlier]:
    """The newest dossiers that one of ``texts`` finds, at most ``limit`` a text."""
    with store.reading() as db:
        rows = sorted({row for text in texts for row in search.find(db, text, limit)}, reverse=True)
        found = db.run(
            "SELECT id, name, procedure, received_at, status FROM dossier "
            "WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row DESC",
            (json.dumps(rows),),
        ).all()
    return [Earlier(*row) for row in found]


def dossier(store: Store, key: str) -> DossierRecord | None:
    """The dossier with this id, code, or file reference."""
    with store.reading() as db:
        found = db.run(f"{DOSSIERS} WHERE d.id=? OR d.code=? ORDER BY d.row LIMIT 1", (key, key)).first()
    return DossierRecord(*found) if found else None


def code_of(store: Store, subject: str) -> str | None:
    """The code of the dossier with this id, read back from the file."""
    with store.reading() as db:
        found = db.run("SELECT code FROM dossier WHERE id=?", (subject,)).scalar()
    return None if found is None else str(found)


def facts(store: Store, subject: str) -> list[Fact]:
    """All facts about a subject."""
    with store.reading() as db:
        return facts_of(db, subject)


# CROSS JOIN: SQLite keeps the order, so the journals come first and not every fact of the laptop is read.
_UNSENT = "FROM origin o CROSS JOIN fact f ON f.origin=o.origin AND f.seq>o.acknowledged WHERE o.mine"


def counts(store: Store) -> Counts:
    """Where the whole laptop stands."""
    with store.reading() as db:
        row = db.run(
            "SELECT (SELECT origin FROM origin WHERE current), (SELECT count(*) FROM dossier), "
            "(SELECT coalesce(sum(head),0) FROM origin WHERE mine), "
            "(SELECT coalesce(sum(head-acknowledged),0) FROM origin WHERE mine), "
            "(SELECT coalesce(sum(held),0) FROM origin WHERE mine), "
            "(SELECT count(*) FROM dossier WHERE conflicts>0), "
            f"(SELECT count(DISTINCT f.subject) {_UNSENT} AND f.kind='dossier.received'), "
            "(SELECT count(DISTINCT sha256) FROM file WHERE at_centre IS NULL AND NOT withdrawn)"
        ).one()
    return Counts(*row)


def waiting_to_go(store: Store, limit: int) -> list[WaitingRecord]:
    """Subjects of which something is unsent, the latest written first."""
    with store.reading() as db:
        rows = db.run(
            "SELECT f.subject, json_group_array(f.kind ORDER BY f.row), "
            f"min(json_extract(f.header, '$.at')) {_UNSENT} "
            "GROUP BY f.subject ORDER BY max(f.row) DESC LIMIT ?",
            (limit,),
        ).all()
    return [WaitingRecord(row[0], tuple(json.loads(row[1])), row[2]) for row in rows]


def subjects_waiting(store: Store) -> int:
    """Of how many subjects something is unsent."""
    with store.reading() as db:
        return int(db.run(f"SELECT count(DISTINCT f.subject) {_UNSENT}").scalar())


def subjects_in_conflict(store: Store, limit: int) -> list[str]:
    """Dossiers of which two people wrote something different, the newest first."""
    with store.reading() as db:
        return db.run(
            "SELECT id FROM dossier WHERE conflicts>0 ORDER BY row DESC LIMIT ?", (limit,)
        ).scalars()


def told(store: Store) -> list[tuple[str, str]]:
    """News from the centre that nobody here has heeded: the fact's id and its subject, oldest first."""
    with store.reading() as db:
        rows = db.run(
            "SELECT substr(key, 6), value FROM meta WHERE key >= 'told:' AND key < 'told;' ORDER BY 1"
        )
        return [(row[0], row[1]) for row in rows]


def fact(store: Store, origin: str, seq: int) -> Fact | None:
    """The fact at this place of a journal that is here."""
    with store.reading() as db:
        row = db.run(
            "SELECT header, payload, payload_hash, hash FROM fact WHERE origin=? AND seq=?", (origin, seq)
        ).first()
    return stored_fact(*row) if row else None


def numbers_left(store: Store, day: date) -> int:
    """Serials of ``day`` that the current journal may still give."""
    with store.reading() as db:
        return int(
            db.run(
                "SELECT coalesce(sum(r.last-r.first+1 - (SELECT count(*) FROM number n "
                "WHERE n.origin=r.origin AND n.day=? AND n.serial BETWEEN r.first AND r.last)),0) "
                "FROM number_range r "
                "JOIN origin o ON o.origin=r.origin WHERE o.current AND NOT r.withdrawn",
                (day.isoformat(),),
            ).scalar()
        )


def facts_here(store: Store) -> int:
    """How many facts are here, of all origins."""
    with store.reading() as db:
        return int(db.run("SELECT count(*) FROM fact").scalar())


def own_origins(store: Store) -> dict[str, int]:
    """This laptop's own journals, the former ones too, oldest first, and how far each reaches."""
    with store.reading() as db:
        rows = db.run("SELECT origin, head FROM origin WHERE mine ORDER BY origin").all()
    return {str(origin): int(head) for origin, head in rows}


def head_hash(store: Store) -> str:
    """The hash of the last fact of the current journal."""
    with store.reading() as db:
        return str(db.run("SELECT head_hash FROM origin WHERE current").scalar())


def subjects_between(store: Store, first: date, last: date) -> list[str]:
    """Ids of dossiers received from ``first`` to ``last`` (days in UTC+7), both included, in order."""
    with store.reading() as db:
        return db.run(
            "SELECT id FROM dossier WHERE substr(received_at,1,10) BETWEEN ? AND ? ORDER BY received_at, row",
            (first.isoformat(), last.isoformat()),
        ).scalars()


def subjects_of(store: Store, session: str) -> list[str]:
    """Ids of dossiers received in a session, in order."""
    with store.reading() as db:
        return db.run(f"SELECT id FROM dossier WHERE session {TOGETHER} ORDER BY row", (session,)).scalars()


def tally(store: Store, session: str) -> Tally:
    """Counts and fees of one session."""
    with store.reading() as db:

        def grouped(column: str) -> dict[Any, int]:
            rows = db.run(
                f"SELECT {column}, count(*) FROM dossier WHERE session {TOGETHER} GROUP BY 1 ORDER BY 1",
                (session,),
            )
            return {row[0]: int(row[1]) for row in rows}

        citizens, total, fees, phi, le_phi, collected, arrived = db.run(
            f"SELECT {CITIZENS}, count(*), coalesce(sum(fee),0), coalesce(sum(phi),0), "
            f"coalesce(sum(le_phi),0), coalesce(sum(collected),0), coalesce(sum(NOT {WAITS}),0) "
            f"FROM dossier d WHERE session {TOGETHER}",
            (session,),
        ).one()
        official, void = db.run(
            f"SELECT count(*), coalesce(sum(status=?2),0) FROM dossier WHERE session {TOGETHER} "
            "AND code NOT LIKE 'TN-%'",
            (session, REFUSED),
        ).one()
        figures = db.run(
            "SELECT kind, name, sum(quantity), sum(amount) FROM figure "
            f"WHERE session {TOGETHER} GROUP BY 1, 2",
            (session,),
        )
        return Tally(
            citizens=citizens,
            dossiers=total,
            by_procedure=grouped("procedure"),
            by_status=grouped("status"),
            fees=fees,
            phi=phi,
            le_phi=le_phi,
            collected=collected,
            at_centre=arrived,
            official=official,
            void=void,
            figures={(row[0], row[1]): (int(row[2]), int(row[3])) for row in figures},
        )


def services_between(store: Store, first: date, last: date) -> list[tuple[str, str, int, int]]:
    """Free services of the sessions of these days: day, kind, how many, đồng saved; by day, then kind."""
    with store.reading() as db:
        rows = db.run(
            "SELECT s.day, f.name, sum(f.quantity), sum(f.amount) FROM session s "
            "JOIN figure f ON f.session=s.id WHERE f.kind='service' AND s.day BETWEEN ? AND ? "
            "GROUP BY 1, 2 ORDER BY 1, 2",
            (first.isoformat(), last.isoformat()),
        )
        return [(row[0], row[1], int(row[2]), int(row[3])) for row in rows]


def unprinted(store: Store, session: str) -> list[tuple[str, str]]:
    """Code and submitter of the dossiers of a session whose receipt was never printed, in order."""
    with store.reading() as db:
        rows = db.run(
            f"SELECT coalesce(code,''), name FROM dossier WHERE session {TOGETHER} AND prints=0 "
            "AND status<>?2 ORDER BY row",
            (session, REFUSED),
        )
        return [(row[0], row[1]) for row in rows]


def rated(store: Store, session: str, level: str) -> list[str]:
    """The subjects of which this rating was given at a session, oldest first."""
    with store.reading() as db:
        return db.run(
            f"SELECT subject FROM figure WHERE session {TOGETHER} AND kind='rating' AND name=?2 "
            "ORDER BY subject",
            (session, level),
        ).scalars()


def drafts(store: Store) -> list[DraftRecord]:
    """Unfinished forms, the latest first."""
    with store.reading() as db:
        rows = db.run(
            "SELECT id, officer, saved_at, fields, (SELECT count(*) FROM draft_file f WHERE f.draft=d.id) "
            "FROM draft d ORDER BY saved_at DESC"
        ).all()
    return [DraftRecord(key, who, at, json.loads(fields), count) for key, who, at, fields, count in rows]
