"""Search as you type: a plain B-tree of folded words, newest dossiers first within a word."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mobile_reception.dossier.identity import fold
from mobile_reception.store.transaction import Transaction

_COUNTED = 12_000  # lines; a word that has more is common, and found soon among the newest dossiers
_AHEAD = 3000  # so many of them
_AT_ONCE = 500
_DEARER = 10  # looking into a dossier's words costs so many times a line of a list
_TOGETHER = 64
_LONGEST = 64
_AFTER = "\U0010ffff"
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
        words.update(fold(str(fields["ref"])).split())
    return {word[:_LONGEST] for word in words if word}


def replace(db: Transaction, row: int, words: set[str]) -> None:
    """Make ``words`` the words of the dossier in ``row``; rows come in ascending order.

    Each word of a dossier lies on another page of the file. So the words of the newest dossiers are kept side
    by side only, and those of `_TOGETHER` dossiers go to their pages in one act.
    """
    said = db.run("SELECT words FROM dossier_words WHERE newest=?", (-row,)).scalar()
    if said is None:
        db.run("INSERT INTO dossier_words (newest, words) VALUES (?,?)", (-row, _text(words)))
        if row % _TOGETHER == 0:
            _spread(db, row)
        return
    if said == _text(words):
        return
    if row <= _spread_to(db):
        former = set(said.split())
        db.run_each("DELETE FROM word WHERE word=? AND newest=?", [(word, -row) for word in former - words])
        _insert(db, [(word, -row) for word in words - former])
    db.run("UPDATE dossier_words SET words=? WHERE newest=?", (_text(words), -row))


def _text(words: set[str]) -> str:
    return "".join(f" {word}" for word in sorted(words))


def _spread(db: Transaction, row: int) -> None:
    newest = db.run(
        "SELECT newest, words FROM dossier_words WHERE newest BETWEEN ? AND ?", (-row, _TOGETHER - 1 - row)
    )
    _insert(db, [(word, each) for each, words in newest for word in words.split()])


def _insert(db: Transaction, rows: list[tuple[str, int]]) -> None:
    db.run_each("INSERT INTO word (word, newest) VALUES (?,?)", sorted(rows))


def _spread_to(db: Transaction) -> int:
    """The row up to which every dossier's words have a line of their own."""
    last = -int(db.run("SELECT min(newest) FROM dossier_words").scalar() or 0)
    return last // _TOGETHER * _TOGETHER


def is_whole(db: Transaction, row: int, words: set[str]) -> bool:
    """Whether the dossier in ``row`` is found by exactly ``words``."""
    if db.run("SELECT words FROM dossier_words WHERE newest=?", (-row,)).scalar() != _text(words):
        return False
    return row > _spread_to(db) or all(
        db.run("SELECT 1 FROM word WHERE word=? AND newest=?", (word, -row)).first() for word in words
    )


def surplus(db: Transaction) -> int:
    """How many lines of words there are beyond those of the dossiers; 0 when all is well."""
    lines: int = db.run("SELECT count(*) FROM word").scalar()
    texts = db.run(
        "SELECT coalesce(sum(length(words) - length(replace(words, ' ', ''))), 0) FROM dossier_words "
        "WHERE newest>=?",
        (-_spread_to(db),),
    )
    return lines - int(texts.scalar())


def find(db: Transaction, text: str, limit: int) -> list[int]:
    """Rows of dossiers in which every word of ``text`` begins some word; the newest ``limit`` of them."""
    asked = sorted({word[:_LONGEST] for word in fold(text).replace(",", " ").split()}, key=len, reverse=True)
    if not asked:
        return []
    asked = asked[:_MOST]
    spread = -_spread_to(db)
    newest = _walk(db, "newest<?", [spread], asked, limit)
    if len(newest) < limit:
        newest += _spread_find(db, spread, asked, limit - len(newest))
    return [-each for each in newest]


def _spread_find(db: Transaction, spread: int, asked: list[str], limit: int) -> list[int]:
    """What is found among the dossiers from ``spread`` on, whose words have a line of their own."""
    counted = sorted((_count(db, word), word) for word in asked)
    newest: list[int] = []
    if counted[0][0] == _COUNTED:
        newest = _walk(db, "newest>=? AND newest<?", [spread, spread + _AHEAD], asked, limit)
        spread += _AHEAD
    if len(newest) == limit:
        return newest
    (fewest, rarest), *others = counted
    found = _list(db, rarest)
    if others and others[0][0] < min(_COUNTED, _DEARER * fewest):
        found &= _list(db, others.pop(0)[1])
    candidates = sorted(each for each in found if each >= spread)
    rest = [word for _, word in others]
    if not rest:
        return (newest + candidates)[:limit]
    for first in range(0, len(candidates), _AT_ONCE):
        some = json.dumps(candidates[first : first + _AT_ONCE])
        newest += _walk(db, "newest IN (SELECT value FROM json_each(?))", [some], rest, limit - len(newest))
        if len(newest) == limit:
            break
    return newest


def _count(db: Transaction, word: str) -> int:
    """How many lines have a word with this beginning, counted to `_COUNTED`."""
    lines = db.run(
        "SELECT count(*) FROM (SELECT 1 FROM word WHERE word>=? AND word<? LIMIT ?)",
        (word, word + _AFTER, _COUNTED),
    )
    return int(lines.scalar())


def _list(db: Transaction, word: str) -> set[int]:
    """The dossiers that have a word with this beginning."""
    return set(db.run("SELECT newest FROM word WHERE word>=? AND word<?", (word, word + _AFTER)).scalars())


def _walk(db: Transaction, where: str, values: Sequence[Any], asked: list[str], limit: int) -> list[int]:
    """The newest dossiers ``where`` every word asked for begins some word."""
    also = "".join(" AND instr(words, ?)" for _ in asked)
    return db.run(
        f"SELECT newest FROM dossier_words WHERE {where}{also} ORDER BY newest LIMIT ?",
        (*values, *(f" {word}" for word in asked), limit),
    ).scalars()
