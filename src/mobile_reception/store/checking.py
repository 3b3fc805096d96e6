"""The check of the whole store: the file, the chains, the tables against the fold, the search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mobile_reception.dossier.facts import GENESIS, Broken, Fact, check_chain
from mobile_reception.dossier.fold import Corrections, fold_dossier, fold_session
from mobile_reception.store import files, search
from mobile_reception.store.errors import Busy, CannotWrite
from mobile_reception.store.journal import Store, facts_of, stored_fact
from mobile_reception.store.rows import (
    DOSSIER_COLUMNS,
    RESULT_COLUMNS,
    SESSION_COLUMNS,
    Figure,
    dossier_figures,
    dossier_row,
    result_row,
    session_figures,
    session_row,
)
from mobile_reception.store.transaction import Transaction

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: ``kind`` is ``file``, ``chain``, ``head``, a table, ``search`` or ``attachment``."""

    kind: str
    place: str
    detail: str


def check(store: Store) -> tuple[int, list[Finding]]:
    """How many facts there are, and everything that is wrong; reads in bounded memory.

    Chains are checked for this laptop's own journals only.
    """
    clocks = store.clocks()
    # The driver's own check reads the file past its log: what a kill left torn there and whole in the log
    # would be called damaged.
    with suppress(Busy, CannotWrite):
        store.settle()
    with store.reading() as db:
        findings = [*sound(db), *_tables(db, clocks), *_surplus(db)]
        findings += [Finding("attachment", dossier, said) for dossier, said in files.faults(store, db)]
        total = int(db.run("SELECT count(*) FROM fact").scalar())
    return total, findings


def sound(db: Transaction) -> Iterator[Finding]:
    """What is wrong with the file itself, and with the chains of this laptop's own journals."""
    yield from _file(db)
    yield from _chains(db)


def _file(db: Transaction) -> Iterator[Finding]:
    for pragma in ("cipher_integrity_check", "integrity_check"):
        for (said,) in db.run(f"PRAGMA {pragma}").all():
            if said != "ok":
                yield Finding("file", pragma, str(said))


def _chains(db: Transaction) -> Iterator[Finding]:
    for origin, head, head_hash in db.run("SELECT origin, head, head_hash FROM origin WHERE mine").all():
        try:
            seq, last = _follow(db, origin)
        except Broken as error:
            yield Finding("chain", f"{origin}:{error.seq}", str(error))
            continue
        if (seq, last) != (head, head_hash):
            yield Finding("head", origin, f"{seq} facts, head at {head}")


def _follow(db: Transaction, origin: str) -> tuple[int, str]:
    seq, last = 0, GENESIS
    while page := _page(db, origin, seq):
        seq, last = check_chain(page, seq=seq, previous=last)
    return seq, last


def _page(db: Transaction, origin: str, after: int) -> list[Fact]:
    rows = db.run(
        "SELECT header, payload, payload_hash, hash, seq, subject, kind FROM fact "
        "WHERE origin=? AND seq>? ORDER BY seq LIMIT ?",
        (origin, after, _PAGE),
    )
    facts = []
    for *lines, seq, subject, kind in rows:
        fact = _stored(seq, *lines)
        if (fact.origin, fact.seq, fact.subject, fact.kind) != (origin, seq, subject, kind):
            raise Broken(seq, "the header was changed")
        facts.append(fact)
    return facts


def _stored(seq: int, header: str, payload: str | None, payload_hash: str, fact_hash: str) -> Fact:
    try:
        return stored_fact(header, payload, payload_hash, fact_hash)
    except (ValueError, TypeError) as error:
        raise Broken(seq, "the header cannot be read") from error


def _tables(db: Transaction, clocks: Corrections) -> Iterator[Finding]:
    subjects = db.run(
        "SELECT subject, min(kind) FROM fact WHERE kind LIKE 'dossier.%' OR kind LIKE 'session.%' "
        "OR kind LIKE 'result.%' GROUP BY subject"
    ).all()
    counted = {"dossier": 0, "session": 0, "figure": 0, "result": 0}
    for subject, kind in subjects:
        about = "session" if kind.startswith("session.") else "dossier"
        try:
            known = facts_of(db, subject)
        except (ValueError, TypeError):
            yield Finding(about, subject, "its facts cannot be read")
            continue
        if about == "dossier":
            state = fold_dossier(subject, known, clocks)
            expected = dossier_row(state) if state.received else None
            figures = dossier_figures(state) if state.received or state.result else []
            result = result_row(db, state) if state.result else None
            counted["result"] += result is not None
            if _row(db, "result", RESULT_COLUMNS, subject) != result:
                yield Finding("result", subject, "the row is not the fold of its facts")
            columns, table = DOSSIER_COLUMNS, "dossier"
        else:
            session = fold_session(subject, known, clocks)
            expected = session_row(db, session) if session.opened else None
            figures = session_figures(session) if session.opened else []
            columns, table = SESSION_COLUMNS, "session"
        row = _row(db, table, columns, subject)
        counted[about] += row is not None
        counted["figure"] += len(figures)
        if row != expected:
            yield Finding(about, subject, "the row is not the fold of its facts")
        elif about == "dossier" and row is not None:
            yield from _words(db, subject, state)
        if _figures(db, subject) != figures:
            yield Finding(about, subject, "the figures are not the fold of its facts")
    for table, count in counted.items():
        rows = int(db.run(f"SELECT count(*) FROM {table}").scalar())
        if rows != count:
            yield Finding(table, "", f"{rows} rows, {count} with facts")


def _row(db: Transaction, table: str, columns: str, subject: str) -> tuple[Any, ...] | None:
    row = db.run(f"SELECT {columns} FROM {table} WHERE id=?", (subject,)).first()
    return tuple(row) if row else None


def _figures(db: Transaction, subject: str) -> list[Figure]:
    rows = db.run(
        "SELECT kind, name, session, quantity, amount FROM figure WHERE subject=? ORDER BY kind, name",
        (subject,),
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _surplus(db: Transaction) -> Iterator[Finding]:
    surplus = search.surplus(db)
    if surplus:
        yield Finding("search", "", f"{surplus} lines too many")


def _words(db: Transaction, subject: str, state: Any) -> Iterator[Finding]:
    row = int(db.run("SELECT row FROM dossier WHERE id=?", (subject,)).scalar())
    value = {name: written.value for name, written in state.fields.items()}
    if not search.is_whole(db, row, search.words_of(value, state.code, state.procedure)):
        yield Finding("search", subject, "the words are not those of the dossier")
