"""Search as you type: a plain B-tree of folded words, newest dossiers first within a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mobile_reception.dossier.identity import fold
from mobile_reception.store.transaction import Transaction

_COMMON = 400  # a word that starts more dossiers than this is not worth starting from
_TOGETHER = 64
_LONGEST = 64
_MOST = 32  # words asked for at once; more than that is pasted, not typed


def words_of(fields: Mapping[str, Any], code: str | None, procedure: str | None) -> set[str]:
    """The words that a dossier is found by: names, numbers and their last digits, phone, code, procedure."""
    words: set[str] = set()
    for person in ("submitter", "owner", "beneficiary"):
        words.update(fold(str(fields.get(f"{person}.full_name") or "")).split())
        for digits in (fields.get(f"{person}.personal_id"), fields.get(f"{person}.phone")):
            text = fold(str(digits or "")).replace(" ", "")
            words.update(part for part in (text, text[-6:], text[-4:]) if part)
    words.update(fold(str(fields.get("submitter.address") or "")).replace(",", " ").split())
    if code:
        words.update((code.lower(), code.rpartition("-")[2]))
    if procedure:
        words.add(procedure)
    if fields.get("ref"):
        words.add(fold(str(fields["ref"])))
    return {word[:_LONGEST] for word in words if word}


def replace(db: Transaction, row: int, words: set[str], *, fresh: bool) -> None:
    """Make ``words`` the words of the dossier in ``row``; ``fresh`` promises that it has none yet.

    Each word of a dossier lies on another page of the file. So a new dossier's words are put side by side
    first, and those of `_TOGETHER` dossiers go to their pages in one act.
    """
    if not fresh:
        if words_in(db, row) == words:
            return
        db.run("DELETE FROM word WHERE newest=?", (-row,))
        db.run("DELETE FROM fresh_word WHERE newest=?", (-row,))
    table = "fresh_word" if fresh else "word"
    db.run_each(f"INSERT INTO {table} (word, newest) VALUES (?, ?)", [(word, -row) for word in sorted(words)])
    if fresh and row % _TOGETHER == 0:
        db.run("INSERT INTO word (word, newest) SELECT word, newest FROM fresh_word ORDER BY word, newest")
        db.run("DELETE FROM fresh_word")


def words_in(db: Transaction, row: int) -> set[str]:
    """The words that the dossier in ``row`` is found by."""
    return set(
        db.run(
            "SELECT word FROM word WHERE newest=? UNION ALL SELECT word FROM fresh_word WHERE newest=?",
            (-row, -row),
        ).scalars()
    )


def find(db: Transaction, text: str, limit: int) -> list[int]:
    """Rows of dossiers in which every word of ``text`` begins some word; at most ``limit``."""
    asked = sorted({word[:_LONGEST] for word in fold(text).replace(",", " ").split()}, key=len, reverse=True)
    if not asked:
        return []
    spans = [(word, word + "\U0010ffff") for word in asked[:_MOST]]
    newest = _among(db, "fresh_word", spans, limit)
    if len(newest) < limit:
        counts = [
            db.run(
                "SELECT count(*) FROM (SELECT 1 FROM word WHERE word>=? AND word<? LIMIT ?)", (*span, _COMMON)
            ).scalar()
            for span in spans
        ]
        first = counts.index(min(counts))
        newest += _among(db, "word", [spans.pop(first), *spans], limit - len(newest))
    return [-each for each in newest]


def _among(db: Transaction, table: str, spans: list[tuple[str, str]], limit: int) -> list[int]:
    """Dossiers that have a word in every one of ``spans``, searched from the first span."""
    also = "".join(
        f" AND EXISTS (SELECT 1 FROM {table} w WHERE w.newest={table}.newest AND w.word>=? AND w.word<?)"
        for _ in spans[1:]
    )
    return db.run(
        f"SELECT DISTINCT newest FROM {table} WHERE word>=? AND word<?{also} LIMIT ?",
        (*(bound for span in spans for bound in span), limit),
    ).scalars()
