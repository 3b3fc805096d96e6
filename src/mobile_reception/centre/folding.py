"""From facts to dossiers and sessions at the centre: the laptop's own fold, after the answer has gone.

Each function works inside a transaction of its caller. No two ever fold one subject at once: whoever folds
takes `lock_subjects` before it reads their facts, and so reads what the one before it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Connection

from mobile_reception.centre import feed
from mobile_reception.centre.database import lock_subjects
from mobile_reception.centre.intake import UNREADABLE
from mobile_reception.centre.tables import Centre
from mobile_reception.dossier import results
from mobile_reception.dossier.facts import GENESIS, Fact, digest, link
from mobile_reception.dossier.fold import (
    CLOCK_CORRECTED,
    FEE_COLLECTED,
    ORIGIN_STARTED,
    RECEIVED,
    REDUCED,
    Corrections,
    DossierState,
    Misfit,
    SessionState,
    corrections,
    fold_dossier,
    fold_session,
    ordered,
)
from mobile_reception.dossier.review import Review
from mobile_reception.dossier.service import CITIZEN_RATED
from mobile_reception.sync.protocol import Unreadable, load

_FACT = Centre.metadata.tables["fact"]
_ORIGIN = Centre.metadata.tables["origin"]
_DEVICE = Centre.metadata.tables["device"]
_DOSSIER = Centre.metadata.tables["dossier"]
_SESSION = Centre.metadata.tables["session"]
RELEASED: Final = "held.released"
SET_ASIDE: Final = "held.set_aside"
DEVICE_REVOKED: Final = "device.revoked"
_FOLDED_NOWHERE: Final = {CLOCK_CORRECTED, ORIGIN_STARTED, RELEASED, SET_ASIDE, DEVICE_REVOKED}
_RESULT = Centre.metadata.tables["result"]
_CARRYING: Final = results.KINDS | {FEE_COLLECTED, CITIZEN_RATED, REDUCED}
"""What a laptop does with a result that it carries: it has a card of it, and is told nothing else."""
_CHUNK: Final = 400

TAKEN: Final = "taken"
MISFIT: Final = "misfit"
HELD: Final = "held"
ASIDE: Final = "aside"
MOVED: Final = "moved"
FORK: Final = "fork"
ERASED: Final = "erased"
"""Why a fact waits of which a laptop had the header only: what it said is in a backup, if anywhere."""
_FOLDED: Final = (TAKEN, MISFIT)

_LARGEST: Final = 2**53 - 1
_LONGEST: Final = 200  # of a text that is looked up: an index takes no more than some thousand bytes


@dataclass(frozen=True, slots=True)
class _Folded:
    """One subject folded: its row in ``table`` (None: it has none) and what changed nothing in it."""

    table: str | None
    row: dict[str, Any]
    misfits: tuple[Misfit, ...]
    result: dict[str, Any] | None = None


def fold_some(db: Connection, limit: int = 500) -> int:
    """Fold the subjects of up to ``limit`` waiting facts of an origin that nobody else folds just now.

    How many facts still wait; 0 too when others are at work on all that wait.
    """
    waits = select(_ORIGIN).where(_ORIGIN.c.folded < _ORIGIN.c.head).order_by(_ORIGIN.c.origin)
    origin = db.execute(waits.limit(1).with_for_update(skip_locked=True)).first()
    if origin is None:
        return 0
    placed = db.execute(
        select(_FACT.c.row, _FACT.c.seq, _FACT.c.subject, _FACT.c.state, _FACT.c.payload)
        .where(_FACT.c.origin == origin.origin, _FACT.c.seq > origin.folded)
        .order_by(_FACT.c.seq)
        .limit(limit)
    ).all()
    torn = {row.row for row in placed if row.state in _FOLDED and not sound(row.payload)}
    if torn:
        change = update(_FACT).where(_FACT.c.row.in_(torn)).values(state=HELD, reason=UNREADABLE)
        db.execute(change)
    subjects = {row.subject for row in placed if row.state in _FOLDED and row.row not in torn}
    refold(db, origin.unit, sorted(subjects))
    reached = placed[-1].seq
    db.execute(update(_ORIGIN).where(_ORIGIN.c.origin == origin.origin).values(folded=reached))
    return waiting(db)


def again(db: Connection, origin: str, seq: int) -> None:
    """What was folded of a journal from ``seq`` on waits to be folded once more."""
    later = (_ORIGIN.c.origin == origin, _ORIGIN.c.folded >= seq)
    db.execute(update(_ORIGIN).where(*later).values(folded=seq - 1))


def sound(payload: str | None) -> bool:
    """Whether a payload is JSON of ours: what readers disagree about must not reach a fold, nor a table."""
    text = payload or "{}"
    try:
        body = load(text.encode())
    except Unreadable:
        return False
    return "\\u0000" not in text or "\0" not in _texts(body)


def _texts(value: object) -> str:
    """All texts in a value, one behind the other."""
    if isinstance(value, dict):
        return "".join(_texts(part) for item in value.items() for part in item)
    if isinstance(value, list):
        return "".join(_texts(part) for part in value)
    return value if isinstance(value, str) else ""


def waiting(db: Connection) -> int:
    """How many facts have not been folded yet."""
    return int(db.execute(select(func.coalesce(func.sum(_ORIGIN.c.head - _ORIGIN.c.folded), 0))).scalar_one())


def clocks_of(db: Connection) -> Corrections:
    """The corrections of clocks in force, from the centre's own facts."""
    own = select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_(None))
    # By the laptops that they are about: few, where the centre's own facts are many.
    about = (_FACT.c.subject.in_(select(_DEVICE.c.device)), _FACT.c.kind == CLOCK_CORRECTED)
    rows = db.execute(select(_FACT).where(*about, _FACT.c.origin.in_(own)))
    return corrections([_fact(row) for row in rows])


def refold(db: Connection, unit: str, subjects: Sequence[str]) -> None:
    """Make the rows of these subjects from their facts again, and move them to the end of the feed."""
    lock_subjects(db, unit, subjects)
    clocks = clocks_of(db)
    owners = _owners(db)
    audiences = feed.Audiences(db)
    rows: dict[str, list[dict[str, Any]]] = {"dossier": [], "session": [], "result": []}
    moved: list[dict[str, Any]] = []
    changed: dict[str, frozenset[str]] = {}
    for some in _chunks(subjects):
        for subject, stored in _facts_of(db, unit, some).items():
            folded = _fold(unit, subject, [_fact(row) for row in stored], clocks, _ours(owners))
            if folded.table is not None:
                rows[folded.table].append(folded.row)
                carried = {row.origin for row in stored if row.kind in _CARRYING}
                having = {row.origin for row in stored if row.kind not in _CARRYING}
                changed[subject] = audiences.of(having | carried, carried - having)
            if folded.result is not None:
                rows["result"].append(folded.result)
            moved.extend(_moved(stored, folded.misfits))
    # From here on the unit is ours: nobody changes a row, nor adds a code, behind our back.
    feed.move(db, unit, changed)
    for table in (_DOSSIER, _SESSION, _RESULT):
        for some in _chunks(subjects):
            db.execute(delete(table).where(table.c.unit == unit, table.c.subject.in_(some)))
        if rows[table.name]:
            db.execute(insert(table), rows[table.name])
    if moved:
        change: dict[str, Any] = {"state": bindparam("to_state"), "reason": bindparam("to_reason")}
        db.execute(update(_FACT).where(_FACT.c.row == bindparam("at_row")).values(**change), moved)
    _flag_clashes(db, unit, sorted({row["code"] for row in rows["dossier"] if row["code"] is not None}))


def _moved(stored: Sequence[Row[Any]], misfits: Iterable[Misfit]) -> Iterator[dict[str, Any]]:
    reasons = {misfit.fact: misfit.reason for misfit in misfits}
    for row in stored:
        state, reason = (MISFIT, reasons[row.id]) if row.id in reasons else (TAKEN, None)
        if (row.state, row.reason) != (state, reason):
            yield {"at_row": row.row, "to_state": state, "to_reason": reason}


def _flag_clashes(db: Connection, unit: str, codes: Sequence[str]) -> None:
    for some in _chunks(codes):
        mine = and_(_DOSSIER.c.unit == unit, _DOSSIER.c.code.in_(some))
        shared = select(_DOSSIER.c.code).where(mine).group_by(_DOSSIER.c.code).having(func.count() > 1)
        twice = list(db.execute(shared).scalars())
        if twice:
            of_two = and_(_DOSSIER.c.unit == unit, _DOSSIER.c.code.in_(twice))
            db.execute(update(_DOSSIER).where(of_two).values(clash=True))


def _facts_of(db: Connection, unit: str, subjects: Sequence[str]) -> dict[str, list[Row[Any]]]:
    rows = db.execute(
        select(_FACT).where(_FACT.c.subject.in_(subjects), _FACT.c.unit == unit, _FACT.c.state.in_(_FOLDED))
    )
    grouped: dict[str, list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(row.subject, []).append(row)
    return grouped


def _fact(row: Row[Any]) -> Fact:
    head = json.loads(row.header)
    return Fact(
        id=head["id"],
        origin=row.origin,
        seq=row.seq,
        subject=row.subject,
        kind=row.kind,
        schema=head["schema"],
        officer=head["officer"],
        at=head["at"],
        stamp=head["stamp"],
        base=head["base"],
        header=row.header,
        payload=row.payload,
        payload_hash=row.payload_hash,
        hash=row.hash,
    )


def _ours(owners: Mapping[str, str | None]) -> frozenset[str]:
    """The origins that are the centre's own."""
    return frozenset(origin for origin, device in owners.items() if device is None)


def unjudged(db: Connection, unit: str, subject: str) -> tuple[Review, ...]:
    """The reviews of a session on which the centre has not given its word, in the order of the fold."""
    known = [_fact(row) for row in _facts_of(db, unit, [subject]).get(subject, ())]
    return _unjudged(fold_session(subject, known, clocks_of(db)), _ours(_owners(db)))


def _unjudged(state: SessionState, ours: frozenset[str]) -> tuple[Review, ...]:
    judged = {each.review for each in state.judgements if each.origin in ours}
    return tuple(each for each in state.reviews if each.fact not in judged)


def waiting_for_judgement(db: Connection) -> int:
    """How many sessions have reviews on which the centre has not given its word."""
    waits = select(func.count()).select_from(_SESSION).where(literal_column("unjudged > 0"))
    return int(db.execute(waits).scalar_one())


def _owners(db: Connection) -> dict[str, str | None]:
    return {row.origin: row.device for row in db.execute(select(_ORIGIN.c.origin, _ORIGIN.c.device))}


def _fold(
    unit: str, subject: str, known: Sequence[Fact], clocks: Corrections, ours: frozenset[str]
) -> _Folded:
    kinds = {fact.kind for fact in known}
    if kinds <= _FOLDED_NOWHERE:
        return _Folded(None, {}, ())
    if any(kind.startswith("session.") for kind in kinds):
        session = fold_session(subject, known, clocks)
        waits = len(_unjudged(session, ours))
        return _Folded("session", _session_row(unit, session, waits), session.misfits)
    dossier = fold_dossier(subject, known, clocks)
    standing = ordered(known, clocks)
    received = next((fact.origin for fact in standing if fact.kind == RECEIVED), standing[0].origin)
    lost = tuple(_lost(standing, dossier.misfits))
    row = _dossier_row(unit, received, dossier)
    return _Folded("dossier", row, (*dossier.misfits, *lost), _result_row(unit, dossier))


def _lost(standing: Iterable[Fact], known: Iterable[Misfit]) -> Iterator[Misfit]:
    """Facts of which this centre has the header only: whatever stayed of them, a person has to know."""
    told = {misfit.fact for misfit in known}
    for fact in standing:
        if fact.payload is None and fact.id not in told:
            yield Misfit(fact.id, fact.kind, ERASED)


def dossiers(db: Connection, only: str | None = None) -> Iterator[DossierState]:
    """Every received dossier of a unit (None: of all) as its folded facts say, in the order of their ids."""
    clocks = clocks_of(db)
    units = db.execute(select(_DOSSIER.c.unit).distinct().order_by(_DOSSIER.c.unit)).scalars().all()
    for unit in units if only is None else [only]:
        after = ""
        while some := _received_after(db, unit, after):
            yield from states(db, unit, some, clocks)
            after = some[-1]


def states(
    db: Connection, unit: str, subjects: Sequence[str], clocks: Corrections | None = None
) -> Iterator[DossierState]:
    """These dossiers as their folded facts say, in the order of their ids."""
    known = clocks_of(db) if clocks is None else clocks
    for some in _chunks(subjects):
        for subject, rows in sorted(_facts_of(db, unit, some).items()):
            yield fold_dossier(subject, [_fact(row) for row in rows], known)


def _received_after(db: Connection, unit: str, after: str) -> Sequence[str]:
    query = select(_DOSSIER.c.subject).where(
        _DOSSIER.c.unit == unit, _DOSSIER.c.received, _DOSSIER.c.subject > after
    )
    return db.execute(query.order_by(_DOSSIER.c.subject).limit(_CHUNK)).scalars().all()


def _dossier_row(unit: str, origin: str, state: DossierState) -> dict[str, Any]:
    return {
        "unit": unit,
        "subject": state.subject,
        "origin": origin,
        "received": state.received,
        "code": _short(state.code),
        "session": state.session,
        "procedure": _short(state.procedure),
        "person": _person(state),
        "received_at": state.received_at,
        "due": state.due,
        "fee": _whole(state.fee),
        "collected": _whole(state.collected),
        "status": state.status,
        "conflicts": len(state.conflicts),
        "clash": False,
    }


def _result_row(unit: str, state: DossierState) -> dict[str, Any] | None:
    result = state.result
    if result is None or result.card is None:
        return None
    return {
        "unit": unit,
        "subject": state.subject,
        "code": result.card.code[:_LONGEST],
        "session": result.card.session,
        "place": result.place,
        "holder": result.holder,
        "since": result.since,
        "card": json.dumps(results.card_json(replace(result.card, post=result.post or result.card.post))),
        "ending": None if result.ending is None else result.ending.words,
        "endings": len(result.endings),
    }


def _session_row(unit: str, state: SessionState, waits: int) -> dict[str, Any]:
    return {
        "unit": unit,
        "subject": state.subject,
        "opened": state.opened,
        "hamlet": state.hamlet,
        "kind": state.kind,
        "day": state.day,
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
        "joined_to": state.joined_to,
        "cash": None if state.cash is None else _whole(state.cash),
        "unjudged": waits,
    }


def _person(state: DossierState) -> str | None:
    """Who hands in: by number or, without one, by name and birth date; None if neither says enough."""
    value = {name: written.value for name, written in state.fields.items() if isinstance(written.value, str)}
    number, name = value.get("submitter.personal_id"), value.get("submitter.full_name")
    born = value.get("submitter.birth_date")
    if number:
        return _short(number)
    return _short(f"{name.casefold()}|{born}") if name and born else None


def _short(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST]


def _whole(number: int) -> int:
    """A sum as far as a column holds it: facts may claim any."""
    return max(-_LARGEST, min(number, _LARGEST))


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


# -- Verifying -------------------------------------------------------------------------------------------


def problems(db: Connection) -> Iterator[str]:
    """What does not hold: a chain, a head, a row that is not the fold of its facts; English, for the log."""
    yield from broken_chains(db)
    yield from (text for _, _, text in _other_rows(db))


def read_anew(db: Connection) -> None:
    """Make every row again that this release reads differently from its facts; the others stay in place."""
    for unit in db.execute(select(_FACT.c.unit).distinct()).scalars().all():
        others = sorted({subject for where, subject, _ in _other_rows(db) if where == unit})
        for some in _chunks(others):
            refold(db, unit, some)


def broken_chains(db: Connection) -> Iterator[str]:
    origins = db.execute(select(_ORIGIN.c.origin, _ORIGIN.c.head, _ORIGIN.c.head_hash)).all()
    known = {row.origin for row in origins}
    strangers = db.execute(select(_FACT.c.origin).where(_FACT.c.origin.not_in(known)).distinct()).scalars()
    yield from (f"origin {stranger}: facts of an origin that nobody announced" for stranger in strangers)
    columns = (_FACT.c.seq, _FACT.c.header, _FACT.c.payload, _FACT.c.payload_hash, _FACT.c.hash)
    for origin, head, head_hash in origins:
        seq, previous = 0, GENESIS
        query = select(*columns).where(_FACT.c.origin == origin).order_by(_FACT.c.seq)
        with db.execute(query.execution_options(yield_per=1000)) as rows:
            for row in rows:
                if row.seq != seq + 1:
                    yield f"origin {origin}: a fact is missing after seq {seq}"
                    break
                if row.payload is not None and digest(row.payload) != row.payload_hash:
                    yield f"origin {origin}: the payload at seq {row.seq} was changed"
                if row.hash != link(row.header, row.payload_hash, previous):
                    yield f"origin {origin}: the chain was changed at seq {row.seq}"
                    break
                seq, previous = row.seq, row.hash
        if (seq, previous) != (head, head_hash):
            yield f"origin {origin}: the chain reaches seq {seq}, its head says {head}"


def _other_rows(db: Connection) -> Iterator[tuple[str, str, str]]:
    """The unit, the subject, and what is wrong with its row."""
    clocks = clocks_of(db)
    late = (
        select(_FACT.c.subject)
        .join(_ORIGIN, _ORIGIN.c.origin == _FACT.c.origin)
        .where(_FACT.c.seq > _ORIGIN.c.folded)
    )
    not_folded = set(db.execute(late).scalars())
    clashing = _clashing(db)
    ours = _ours(_owners(db))
    for unit in db.execute(select(_FACT.c.unit).distinct()).scalars().all():
        subjects = select(_FACT.c.subject).where(_FACT.c.unit == unit, _FACT.c.state.in_(_FOLDED)).distinct()
        folded = [each for each in db.execute(subjects).scalars() if each not in not_folded]
        for some in _chunks(folded):
            stored = {
                table.name: _stored(db, table.name, and_(table.c.unit == unit, table.c.subject.in_(some)))
                for table in (_DOSSIER, _SESSION, _RESULT)
            }
            for subject, rows in _facts_of(db, unit, some).items():
                expected = _fold(unit, subject, [_fact(row) for row in rows], clocks, ours)
                if expected.table == "dossier":
                    expected.row["clash"] = (unit, expected.row["code"]) in clashing
                if expected.table and stored[expected.table].get(subject) != expected.row:
                    yield unit, subject, f"{expected.table} {subject}: its row is not the fold of its facts"
                if stored["result"].get(subject) != expected.result:
                    yield unit, subject, f"result {subject}: its row is not the fold of its facts"
        for table in (_DOSSIER, _SESSION, _RESULT):
            have = db.execute(select(table.c.subject).where(table.c.unit == unit)).scalars()
            yield from (
                (unit, each, f"{table.name} {each}: a row without facts")
                for each in set(have) - set(folded) - not_folded
            )


def _stored(db: Connection, table: str, which: ColumnElement[bool]) -> dict[str, dict[str, Any]]:
    rows = db.execute(select(Centre.metadata.tables[table]).where(which))
    return {row.subject: dict(row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name for it


def _clashing(db: Connection) -> set[tuple[str, str]]:
    twice = (
        select(_DOSSIER.c.unit, _DOSSIER.c.code)
        .where(_DOSSIER.c.code.is_not(None))
        .group_by(_DOSSIER.c.unit, _DOSSIER.c.code)
        .having(func.count() > 1)
    )
    return {(row.unit, row.code) for row in db.execute(twice)}
