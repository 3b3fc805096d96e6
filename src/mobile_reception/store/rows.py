"""What screens read, made from the fold: rows of dossiers, sessions and results, and what is counted of them.

Nothing else writes to these tables; `store.checking` makes the rows again and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import (
    Corrections,
    DossierState,
    SessionState,
    fold_dossier,
    fold_session,
)
from mobile_reception.dossier.identity import fold, sort_key
from mobile_reception.dossier.service import Rating
from mobile_reception.store import search
from mobile_reception.store.transaction import Transaction

DOSSIER_COLUMNS = (
    "code,ref,session,procedure,name,number,born,received_at,due,come_back,fee,phi,le_phi,collected,prints,"
    "status,conflicts,supplements,received_by,ended_on"
)
SESSION_COLUMNS = "hamlet,kind,day,opened_at,closed_at,here,cash,joined_to"
_DOSSIER = (
    f"INSERT INTO dossier (id,{DOSSIER_COLUMNS}) "
    f"VALUES (?{',?' * len(DOSSIER_COLUMNS.split(','))}) "
    f"ON CONFLICT (id) DO UPDATE SET "
    + ",".join(f"{name}=excluded.{name}" for name in DOSSIER_COLUMNS.split(","))
    + " RETURNING row"
)
RESULT_COLUMNS = (
    "code,name,sort,procedure,paper,number,hamlet,session,to_pay,in_person,by_post,place,mine,since,officer,"
    "receiver,reason,onward,endings"
)


def refresh(db: Transaction, subject: str, known: list[Fact], clocks: Corrections) -> None:
    """Write what screens read about ``subject`` from the fold of its facts."""
    kinds = {fact.kind.partition(".")[0] for fact in known}
    if "session" in kinds:
        session = fold_session(subject, known, clocks)
        if session.opened:
            _write_session(db, session)
    elif kinds - {"origin", "clock", "device"}:
        state = fold_dossier(subject, known, clocks)
        if state.received:
            _write_dossier(db, state)
        elif state.result is not None:  # another laptop's dossier, counted where it is handed over
            _write_figures(db, subject, dossier_figures(state))
        if state.result is not None:
            _write_result(db, state)


def dossier_row(state: DossierState) -> tuple[Any, ...]:
    """The columns of a dossier's row, in the order of the table, without its id."""
    value = {name: written.value for name, written in state.fields.items()}
    return (
        state.code,
        value.get("ref"),
        state.session,
        state.procedure,
        str(value.get("submitter.full_name") or ""),
        value.get("submitter.personal_id"),
        # Of whom nothing stayed is still one citizen, wherever citizens are counted.
        state.reduced.person if state.reduced is not None else value.get("submitter.birth_date"),
        state.received_at,
        state.due,
        state.come_back,
        state.fee,
        state.phi,
        state.le_phi,
        state.collected,
        state.prints,
        state.status,
        len(state.conflicts),
        state.supplements,
        state.received_by,
        state.ended_on,
    )


Figure = tuple[str, str, str | None, int, int]
"""A row of the figures without its subject: kind, name, session, quantity, amount."""


_OUTCOMES = {"handed_over": "result", "posted": "posted", "returned": "returned", "taken": "on_board"}
"""The kinds of figures that tell what became of a result at a session."""


def dossier_figures(state: DossierState) -> list[Figure]:
    """What a dossier adds to the figures of sessions, in the order of the table."""
    found = [] if state.rating is None else _rated([state.rating], state.rating.session or state.session)
    for session, outcome in (state.result.outcomes if state.result is not None else {}).items():
        found.append((_OUTCOMES[outcome], session, session, 1, 0))
    taken: dict[str, list[int]] = {}
    for each in state.collections:
        at = each.session or state.session
        if at is not None:
            taken.setdefault(at, []).append(each.amount)
    found += [("money", at, at, len(amounts), sum(amounts)) for at, amounts in taken.items()]
    return sorted(found, key=lambda figure: figure[:2])


def session_figures(state: SessionState) -> list[Figure]:
    """What a session's own facts add to its figures, in the order of the table."""
    found = _rated(state.ratings, state.subject)
    for kind in {each.kind for each in state.services}:
        given = [each for each in state.services if each.kind == kind]
        quantity, saved = sum(each.quantity for each in given), sum(each.saved for each in given)
        # Two laptops may take one mistake back twice: nobody gave fewer than none.
        found.append(("service", kind, state.subject, max(0, quantity), max(0, saved)))
    for kind in {each.kind for each in state.incidents}:
        count = sum(each.kind == kind for each in state.incidents)
        found.append(("incident", kind, state.subject, count, 0))
    return sorted(found, key=lambda figure: figure[:2])


def _rated(ratings: Iterable[Rating], session: str | None) -> list[Figure]:
    counts: dict[str, list[int]] = {}
    for rating in ratings:
        count = counts.setdefault(rating.level, [0, 0])
        count[0] += 1
        count[1] += rating.proxy
    return [("rating", level, session, count, proxy) for level, (count, proxy) in counts.items()]


def _write_figures(db: Transaction, subject: str, figures: list[Figure]) -> None:
    db.run("DELETE FROM figure WHERE subject=?", (subject,))
    db.run_each(
        "INSERT INTO figure (subject, kind, name, session, quantity, amount) VALUES (?,?,?,?,?,?)",
        [(subject, *figure) for figure in figures],
    )


def _write_dossier(db: Transaction, state: DossierState) -> None:
    row = db.run(_DOSSIER, (state.subject, *dossier_row(state))).scalar()
    _write_figures(db, state.subject, dossier_figures(state))
    value = {name: written.value for name, written in state.fields.items()}
    search.replace(db, row, search.words_of(value, state.code, state.procedure))


def result_row(db: Transaction, state: DossierState) -> tuple[Any, ...]:
    """The columns of a result's row, in the order of the table, without its id."""
    result, card = state.result, state.result.card if state.result else None
    assert result is not None
    known = state.fields.get("owner.full_name") or state.fields.get("submitter.full_name")
    name = card.name if card else str(known.value or "") if known else ""
    mine = {origin for (origin,) in db.run("SELECT origin FROM origin WHERE mine")}
    return (
        card.code if card else state.code or "",
        name,
        f"{fold(card.hamlet) if card else ''}\n{sort_key(name)}",
        state.procedure or (card.procedure if card else ""),
        card.paper if card else "",
        card.number if card else "",
        card.hamlet if card else "",
        result.session,
        card.to_pay if card else 0,
        card.in_person if card else False,
        card.by_post if card else False,
        result.place,
        any(origin in mine for origin in result.carriers),
        result.since,
        result.officer,
        result.ending.to if result.ending else None,
        result.reason,
        result.then,
        len(result.endings),
    )


def _write_result(db: Transaction, state: DossierState) -> None:
    db.run(
        f"INSERT OR REPLACE INTO result (id,{RESULT_COLUMNS}) "
        f"VALUES (?{',?' * len(RESULT_COLUMNS.split(','))})",
        (state.subject, *result_row(db, state)),
    )


def session_row(db: Transaction, state: SessionState) -> tuple[Any, ...]:
    """The columns of a session's row, in the order of the table, without its id."""
    mine = {origin for (origin,) in db.run("SELECT origin FROM origin WHERE mine")}
    here = any(is_open for origin, is_open in state.origins.items() if origin in mine)
    return (
        state.hamlet,
        state.kind or "regular",
        state.day,
        state.opened_at,
        state.closed_at,
        here,
        state.cash,
        state.joined_to,
    )


def _write_session(db: Transaction, state: SessionState) -> None:
    db.run(
        f"INSERT OR REPLACE INTO session (id,{SESSION_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",
        (state.subject, *session_row(db, state)),
    )
    _write_figures(db, state.subject, session_figures(state))
