"""Search as you type: a plain B-tree of folded words, newest dossiers first within a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.engine import Connection

from mobile_reception.dossier.identity import fold

_COMMON = 400  # a word that starts more dossiers than this is not worth starting from


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
    return {word[:64] for word in words if word}


def replace(db: Connection, row: int, words: Iterable[str], *, fresh: bool) -> None:
    """Make ``words`` the words of the dossier in ``row``."""
    if not fresh:
        db.exec_driver_sql("DELETE FROM word WHERE newest=?", (-row,))
    db.exec_driver_sql(
        "INSERT INTO word (word, newest) VALUES (?, ?)", [(word, -row) for word in sorted(words)]
    )


def find(db: Connection, text: str, limit: int) -> list[int]:
    """Rows of dossiers in which every word of ``text`` begins some word; at most ``limit``."""
    asked = sorted(set(fold(text).replace(",", " ").split()), key=len, reverse=True)[:8]
    if not asked:
        return []
    spans = [(word, word + "\U0010ffff") for word in asked]
    counts = [
        db.exec_driver_sql(
            "SELECT count(*) FROM (SELECT 1 FROM word WHERE word>=? AND word<? LIMIT ?)", (*span, _COMMON)
        ).scalar_one()
        for span in spans
    ]
    first = counts.index(min(counts))
    rest = [span for position, span in enumerate(spans) if position != first]
    also = "".join(
        " AND EXISTS (SELECT 1 FROM word w WHERE w.newest=word.newest AND w.word>=? AND w.word<?)"
        for _ in rest
    )
    found = db.exec_driver_sql(
        f"SELECT DISTINCT newest FROM word WHERE word>=? AND word<?{also} LIMIT ?",
        (*spans[first], *(bound for span in rest for bound in span), limit),
    )
    return [-newest for (newest,) in found]
