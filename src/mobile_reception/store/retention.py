"""The end of a dossier's time on this laptop: what the centre has in a verified backup is erased here.

Until then this laptop is the centre's second copy. So everything is asked twice, and again within the
transaction that erases: whether the work on the dossier has ended long enough ago, whether every fact about
it and every file of it lies in a backup that was read to its end, and whether nothing about it waits. What
stays is written down in a fact (`dossier.fold.reduction`); were any figure another afterwards, nothing is
erased.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import Act, Fact
from mobile_reception.dossier.fold import (
    REDUCED,
    Corrections,
    DossierState,
    fold_dossier,
    read_with,
    reduction,
)
from mobile_reception.dossier.lifecycle import DELIVERED, REFUSED, STOPPED
from mobile_reception.dossier.payload import local_day
from mobile_reception.store import files
from mobile_reception.store.errors import Busy, CannotWrite
from mobile_reception.store.journal import Store, Writing, facts_of, meta
from mobile_reception.store.reading import CITIZENS, PERSON
from mobile_reception.store.rows import dossier_figures, dossier_row, refresh
from mobile_reception.store.transaction import Transaction
from mobile_reception.words import VIETNAM

FINISHED: Final = (REFUSED, STOPPED, DELIVERED)
"""Statuses after which nobody works on a dossier, nor waits for it."""

_MAIN: Final = (
    "SELECT coalesce((SELECT m.id FROM session s JOIN session m ON m.id=s.joined_to WHERE s.id=?1), ?1)"
)
_ITS: Final = "session IN (SELECT ?1 UNION ALL SELECT j.id FROM session j WHERE j.joined_to=?1)"
_CANDIDATES: Final = (
    "SELECT d.id FROM dossier d WHERE d.name<>'' AND d.conflicts=0 AND d.ended_on<=?2 AND d.status IN "
    f"({','.join(map(str, FINISHED))}) AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.subject=d.id "
    "AND f.seq>coalesce((SELECT json_extract(s.value,'$[1]') FROM json_each(?1) s "
    "WHERE json_extract(s.value,'$[0]')=f.origin), 0)) "
    "UNION ALL SELECT r.id FROM result r WHERE r.name<>'' AND r.place IN ('handed_over','posted') "
    "AND r.id NOT IN (SELECT id FROM dossier)"
)


@dataclass(frozen=True, slots=True)
class Look:
    """A finished dossier that is whole here, and why it stays so for now; ``why`` "": it may be reduced.

    ``why`` is ``unsafe``, ``recent``, ``file``, ``held``, ``conflict``, ``misfit``, ``result``, ``session``,
    ``print``, ``news``, ``status``, or ``together``: another one of the same citizen at that session stays.
    """

    subject: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What the centre has said: how far journals are safe, which files are not, which subjects it holds."""

    marks: Mapping[str, int]
    lacking: frozenset[str]
    held: frozenset[str]
    last: date


class _NotYet(Exception):
    """It may not be erased (any more); nothing was."""


def look(store: Store, days: int, now: datetime) -> list[Look]:
    """Every finished dossier that is whole here; none of them may be reduced where the centre is not trusted
    to have said what is safe: not enrolled, revoked, restored, or never backed up."""
    clocks = store.clocks()
    with store.reading() as db:
        told = _told(store, db, days, now)
        if told is None:
            return []
        whys: dict[str, str] = {}
        finished = (
            "SELECT id, coalesce(code,'') FROM dossier WHERE name<>'' AND status IN (3,8,10) ORDER BY row"
        )
        codes = {str(row[0]): str(row[1]) for row in db.run(finished).all()}
        for subject in codes:
            whys[subject] = _why(db, subject, told, clocks)
        for subject in codes:
            if not whys[subject] and any(whys.get(each, "status") for each in _together(db, subject)):
                whys[subject] = "together"
    return [Look(subject, code, whys[subject]) for subject, code in codes.items()]


def reduce(store: Store, days: int, now: datetime, most: int) -> list[str]:
    """Erase what may be, at most ``most`` dossiers or a little more; the ids of those that were reduced.

    ``days`` is how long ago the last act about a dossier has to be, by the centre's clock. Each dossier, with
    the same citizen's others of that session, is one act. Raises CannotWrite, Busy, Damaged; what was not
    reduced by then is whole.
    """
    clocks = store.clocks()
    with store.reading() as db:
        told = _told(store, db, days, now)
        if told is None:
            return []
        marks = json.dumps(sorted(told.marks.items()))
        candidates = [str(each) for each in db.run(_CANDIDATES, (marks, told.last.isoformat())).scalars()]
    done: list[str] = []
    for subject in candidates:
        if len(done) >= most:
            break
        if subject not in done:
            done += _reduced(store, subject, days, now, clocks)
    if done:
        with suppress(Busy, CannotWrite):
            store.settle()  # else the log still has what the pages had
    return done


def _reduced(store: Store, subject: str, days: int, now: datetime, clocks: Corrections) -> list[str]:
    """Reduce one citizen's dossiers of one session, or nothing."""
    with store.reading() as db:  # most of what may not be reduced is seen without holding up an officer
        told = _told(store, db, days, now)
        group = _together(db, subject)
        if told is None or any(_why(db, each, told, clocks) for each in group):
            return []
    stored: list[str] = []
    try:
        with store.act("", now) as making:
            told = _told(store, making.db, days, now)
            group = _together(making.db, subject)
            if told is None or any(_why(making.db, each, told, clocks) for each in group):
                raise _NotYet
            stored = _erase(making, group, clocks)
    except (_NotYet, journal.Malformed):  # more facts than one fact can name stay whole
        return []
    files.remove(store, stored)
    return group


def _erase(making: Writing, group: Sequence[str], clocks: Corrections) -> list[str]:
    """Write what stays and take the rest away; the names of files that go. Raises _NotYet."""
    db = making.db
    before = _counted(db, group, clocks)
    person = _person(db, group)
    stored: list[str] = []
    for subject in group:
        known = facts_of(db, subject)
        state = fold_dossier(subject, known, clocks)
        making.append(Act(subject, REDUCED, reduction.payload(state, known, person=person)))
        db.run("UPDATE fact SET payload=NULL WHERE subject=? AND kind<>?", (subject, REDUCED))
        stored += files.drop(db, subject)
    for subject in group:
        refresh(db, subject, facts_of(db, subject), clocks)
    if _counted(db, group, clocks) != before:
        raise _NotYet
    return stored


def _counted(db: Transaction, group: Sequence[str], clocks: Corrections) -> list[Any]:
    """All that is counted and shown of these dossiers but whose they are."""
    found: list[Any] = []
    for subject in group:
        state = fold_dossier(subject, facts_of(db, subject), clocks)
        row = dossier_row(replace(state, reduced=None))
        found.append((row[:4], row[7:], state.received, state.rating, dossier_figures(state)))
        main = db.run(_MAIN, (state.session,)).scalar()
        found.append(db.run(f"SELECT {CITIZENS}, count(*) FROM dossier WHERE {_ITS}", (main,)).one())
        told = db.run("SELECT * FROM figure WHERE subject=? ORDER BY kind, name", (subject,)).all()
        found.append(told)
    return found


def _person(db: Transaction, group: Sequence[str]) -> str:
    """What stands for the citizen: what stood for them here before, else something new."""
    for subject in group:
        for fact in facts_of(db, subject):
            told = reduction.read(fact) if fact.kind == REDUCED else None
            mine = "SELECT 1 FROM origin WHERE origin=? AND mine"
            if told is not None and told.kept.person and db.run(mine, (fact.origin,)).first():
                return told.kept.person
    return secrets.token_hex(8)


def _together(db: Transaction, subject: str) -> list[str]:
    """The dossiers that are counted as one citizen's at one session, this one among them."""
    row = db.run(
        "SELECT session, coalesce(number, name || '|' || coalesce(born, '')) FROM dossier WHERE id=?",
        (subject,),
    ).first()
    main = None if row is None or row[0] is None else db.run(_MAIN, (row[0],)).scalar()
    if row is None or main is None:
        return [subject]
    return [
        str(each)
        for each in db.run(
            f"SELECT id FROM dossier WHERE {_ITS} AND {PERSON}=?2 ORDER BY row",
            (main, row[1]),
        ).scalars()
    ]


# -- What speaks against it ------------------------------------------------------------------------------


def _told(store: Store, db: Transaction, days: int, now: datetime) -> _Told | None:
    """What the centre has said last, where it may be relied upon."""
    card = db.run("SELECT value FROM card WHERE kind='safe'").scalar()
    contact, epoch = meta(db, "last_contact"), meta(db, "epoch")
    current = str(db.run("SELECT origin FROM origin WHERE current").scalar())
    if card is None or contact is None or epoch is None or meta(db, "revoked") == "1":
        return None
    if store.notice is not None or meta(db, f"forked:{current}") is not None:
        return None  # a copied folder first finds out what it is
    said = json.loads(card)
    if not isinstance(said.get("lacking"), list):
        return None
    marks = {str(each["origin"]): int(each["seq"]) for each in said["heads"]}
    mine = db.run("SELECT origin, acknowledged, held, answer FROM origin WHERE mine").all()
    for origin, acknowledged, _, answer in mine:
        signed = _signed(answer, acknowledged, epoch)
        marks[origin] = min(marks.get(origin, 0), signed)
    held = [json.loads(each) for each in db.run("SELECT value FROM card WHERE kind='held'").scalars()]
    if sum(int(row[2]) for row in mine) > len(held):
        return None  # more waits at the centre than it has named
    subjects = frozenset(str(each.get("subject")) for each in held)
    lacking = frozenset(map(str, said["lacking"]))
    there = min(datetime.fromisoformat(contact), now).astimezone(VIETNAM).date()
    return _Told(marks, lacking, subjects, there - timedelta(days=days))


def _signed(answer: bytes | None, acknowledged: int, epoch: str) -> int:
    """What the centre's last signed answer about a journal of ours calls safe; 0 if it is of other times."""
    told = json.loads(answer) if answer else {}
    if told.get("epoch") != epoch or told.get("head", {}).get("seq") != acknowledged:
        return 0
    return min(int(told.get("safe") or 0), int(acknowledged))


def _why(db: Transaction, subject: str, told: _Told, clocks: Corrections) -> str:
    """Why a dossier stays whole; "" if nothing speaks against erasing it."""
    known = facts_of(db, subject)
    state = fold_dossier(subject, known, clocks)
    result = state.result
    checks: tuple[tuple[str, bool], ...] = (
        ("status", state.status not in FINISHED),
        ("conflict", bool(state.conflicts)),
        ("misfit", bool(state.misfits)),
        ("result", result is not None and result.place not in ("handed_over", "posted")),
        ("unsafe", any(fact.seq > told.marks.get(fact.origin, 0) for fact in known)),
        ("recent", max(_days(state, known, clocks)) > told.last.isoformat()),
        ("held", subject in told.held),
        ("file", _file_waits(db, subject, told.lacking)),
        ("session", _is_open(db, state)),
        ("print", _any(db, "print_job WHERE dossier=? AND state IN ('waiting','sent')", subject)),
        ("news", _any(db, "meta WHERE key LIKE 'told:%' AND value=?", subject)),
    )
    return next((why for why, holds in checks if holds), "")


def _days(state: DossierState, known: Iterable[Fact], clocks: Corrections) -> Iterator[str]:
    """The days of everything that was done, by whichever clock; what cannot be read was done today."""
    yield state.ended_on or "9999"
    for fact in known:
        if fact.kind != REDUCED:
            stamp = journal.stamp_milliseconds(read_with(clocks, fact)) / 1000
            try:
                yield datetime.fromtimestamp(stamp, UTC).astimezone(VIETNAM).date().isoformat()
            except (ValueError, OverflowError, OSError):
                yield "9999"
            yield local_day(fact.at) or "9999"


def _file_waits(db: Transaction, subject: str, lacking: frozenset[str]) -> bool:
    """Whether a file that is attached is not at the centre, or in no backup."""
    attached = "SELECT sha256, at_centre FROM file WHERE dossier=? AND NOT withdrawn"
    return any(at is None or name in lacking for name, at in db.run(attached, (subject,)).all())


def _is_open(db: Transaction, state: DossierState) -> bool:
    return _any(db, "session WHERE id=? AND (closed_at IS NULL OR here)", state.session or "")


def _any(db: Transaction, which: str, value: str) -> bool:
    return db.run(f"SELECT 1 FROM {which}", (value,)).first() is not None


# -- What comes of it again ------------------------------------------------------------------------------


def settled(db: Transaction, facts: Iterable[Fact], fresh: Sequence[Fact]) -> list[Fact]:
    """Facts of a page as they are to be kept: what was erased here does not come back by itself.

    An act that moved to another place stays erased. Where somebody has done something new, the dossier is
    made whole again from ``facts``, which have all of it.
    """
    erased = {subject: _erased(db, subject) for subject in {fact.subject for fact in fresh}}
    news = {
        fact.subject
        for fact in fresh
        if erased[fact.subject] and fact.kind != REDUCED and not _knows(db, fact)
    }
    for fact in facts:
        if fact.subject in news and fact.payload is not None:
            db.run(
                "UPDATE fact SET payload=? WHERE origin=? AND seq=? AND hash=? AND payload IS NULL",
                (fact.payload, fact.origin, fact.seq, fact.hash),
            )
    return [
        replace(fact, payload=None) if fact.id in erased[fact.subject] and fact.subject not in news else fact
        for fact in fresh
    ]


def _erased(db: Transaction, subject: str) -> set[str]:
    """The ids of those acts about a subject whose contents were erased here."""
    ids = "SELECT json_extract(header,'$.id') FROM fact WHERE subject=? AND payload IS NULL"
    return {str(each) for each in db.run(ids, (subject,)).scalars()}


def _knows(db: Transaction, fact: Fact) -> bool:
    ids = db.run("SELECT json_extract(header,'$.id') FROM fact WHERE subject=?", (fact.subject,)).scalars()
    return fact.id in ids
