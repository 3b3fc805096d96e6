"""What the Desk writes beside the journal: drafts, print jobs, settings. One short transaction each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mobile_reception.store.journal import Store
from mobile_reception.store.transaction import Transaction


def save_draft(store: Store, key: str, officer: str, at: datetime, fields: Mapping[str, Any]) -> None:
    """Keep an unfinished form, every field as typed."""
    with store.writing() as db:
        db.run(
            "INSERT INTO draft (id, officer, saved_at, fields) VALUES (?,?,?,?) ON CONFLICT (id) "
            "DO UPDATE SET officer=excluded.officer, saved_at=excluded.saved_at, fields=excluded.fields",
            (key, officer, at.isoformat(), json.dumps(fields)),
        )


def drop_draft(store: Store, key: str) -> None:
    """Forget an unfinished form."""
    with store.writing() as db:
        end_draft(db, key)


def end_draft(db: Transaction, key: str) -> None:
    """Forget an unfinished form within the transaction that made it a dossier."""
    db.run("DELETE FROM draft WHERE id=?", (key,))


def add_print(store: Store, key: str, dossier: str, at: datetime, paper: str) -> int:
    """A print job, before anything goes to paper; which reprint it is (0: the first sheet)."""
    with store.writing() as db:
        reprint = int(
            db.run("SELECT count(*) FROM print_job WHERE dossier=? AND state='printed'", (dossier,)).scalar()
        )
        db.run(
            "INSERT INTO print_job (id, dossier, asked_at, reprint, paper, state) "
            "VALUES (?,?,?,?,?,'waiting')",
            (key, dossier, at.isoformat(), reprint, paper),
        )
    return reprint


def waiting_print(store: Store, key: str) -> tuple[str, str, int, str] | None:
    """Of a print job: its dossier, paper, which reprint it is, and its state."""
    with store.reading() as db:
        row = db.run("SELECT dossier, paper, reprint, state FROM print_job WHERE id=?", (key,)).first()
    return (row[0], row[1], row[2], row[3]) if row else None


def unfinished_prints(store: Store) -> list[tuple[str, str, int, str]]:
    """Print jobs that nobody has called done: job, dossier, reprint, paper; oldest first."""
    with store.reading() as db:
        rows = db.run(
            "SELECT p.id, p.dossier, p.reprint, p.paper FROM print_job p WHERE p.state<>'printed' "
            "AND NOT EXISTS (SELECT 1 FROM print_job q WHERE q.dossier=p.dossier AND q.id>p.id) ORDER BY p.id"
        ).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def set_print(db: Transaction, key: str, state: str, reason: str | None = None) -> bool:
    """What became of a print job; False when its sheet came out before: that is its last word."""
    done = db.run(
        "UPDATE print_job SET state=?, reason=? WHERE id=? AND state<>'printed'", (state, reason, key)
    )
    return done.changed > 0


def note_print(store: Store, key: str, state: str, reason: str | None = None) -> None:
    """What became of a print job so far: the same job may be tried again."""
    with store.writing() as db:
        set_print(db, key, state, reason)


def give_range(store: Store, first: int, last: int) -> None:
    """A range of serials for the current journal of a laptop that stands alone."""
    with store.writing() as db:
        db.run(
            "INSERT INTO number_range (origin, first, last, withdrawn) "
            "SELECT origin, ?, ?, 0 FROM origin WHERE current",
            (first, last),
        )


def heed(store: Store, told: str) -> None:
    """News from the centre (`reading.told`) has been read here."""
    with store.writing() as db:
        db.run("DELETE FROM meta WHERE key=?", (f"told:{told}",))
