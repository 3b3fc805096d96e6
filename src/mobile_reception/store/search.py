"""Search as you type, newest dossiers first.

Words of letters (names, hamlets) are few and common: each has, for a block of dossiers, a row of bits that
says in which of them it stands; words asked for together are bits laid over each other. Words with digits
(numbers, phones, codes) are many and rare: each has a line of its own. The words of one dossier are kept
side by side too: the newest dossiers are found by those alone, and candidates are looked at in them.

All words of letters also stand once in a vocabulary, where those near a misspelt one are found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from mobile_reception.dossier.identity import fold
from mobile_reception.store.transaction import Transaction

_BLOCK = 4096
"""Dossiers a block: half a KiB of bits a word."""

_COMMON = 4000  # lines; what has more is found soon by walking from the newest dossiers
_TOGETHER = 64
_AT_ONCE = 200
_LONGEST = 64
_MOST = 32  # words asked for at once; more than that is pasted, not typed
_SHORTEST_MISSPELT = 3  # letters; of shorter words every other one is a neighbour
_MOST_NEAR = 60  # neighbours of one word
_AFTER = "\U0010ffff"
_LETTERS = re.compile(r"[^\W\d_]+")


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
        _lines(db, row, former - words, words - former)
        bare, new = _letters(former), _letters(words)
        _change_bits(db, dict.fromkeys(new - bare, 1 << row % _BLOCK), row // _BLOCK)
        _change_bits(db, dict.fromkeys(bare - new, 1 << row % _BLOCK), row // _BLOCK, clear=True)
    db.run("UPDATE dossier_words SET words=? WHERE newest=?", (_text(words), -row))


def forget(db: Transaction) -> None:
    """Everything out; each dossier has to be put in again, in the order of their rows."""
    for table in ("dossier_words", "word", "word_bits", "vocabulary"):
        db.run(f"DELETE FROM {table}")


def _text(words: set[str]) -> str:
    return "".join(f" {word}" for word in sorted(words))


def _letters(words: set[str]) -> set[str]:
    """The words of letters, and the letters that others begin with."""
    return {match[0] for word in words if (match := _LETTERS.match(word))}


def _is_bare(word: str) -> bool:
    return _LETTERS.fullmatch(word) is not None


def _spread(db: Transaction, row: int) -> None:
    newest = db.run(
        "SELECT newest, words FROM dossier_words WHERE newest BETWEEN ? AND ?", (-row, _TOGETHER - 1 - row)
    ).all()
    lines: list[tuple[str, int]] = []
    bits: dict[int, dict[str, int]] = {}
    for each, said in newest:
        words = set(said.split())
        lines += [(word, each) for word in words if not _is_bare(word)]
        block = bits.setdefault(-each // _BLOCK, {})
        for word in _letters(words):
            block[word] = block.get(word, 0) | 1 << -each % _BLOCK
    db.run_each("INSERT INTO word (word, newest) VALUES (?,?)", sorted(lines))
    for number, block in bits.items():
        _change_bits(db, block, number)


def _lines(db: Transaction, row: int, gone: set[str], come: set[str]) -> None:
    db.run_each(
        "DELETE FROM word WHERE word=? AND newest=?", [(word, -row) for word in gone if not _is_bare(word)]
    )
    db.run_each(
        "INSERT INTO word (word, newest) VALUES (?,?)", [(word, -row) for word in come if not _is_bare(word)]
    )


def _change_bits(db: Transaction, changes: Mapping[str, int], block: int, *, clear: bool = False) -> None:
    """Set (or clear) bits of words in a block."""
    for word, mask in sorted(changes.items()):
        said = db.run("SELECT bits FROM word_bits WHERE block=? AND word=?", (-block, word)).scalar()
        bits = int.from_bytes(said or b"", "little")
        bits = bits & ~mask if clear else bits | mask
        db.run(
            "INSERT INTO word_bits (block, word, bits) VALUES (?,?,?) "
            "ON CONFLICT (block, word) DO UPDATE SET bits=excluded.bits",
            (-block, word, bits.to_bytes((bits.bit_length() + 7) // 8, "little")),
        )
    if clear:
        _forget_words(db, sorted(changes), block)
    else:
        db.run_each(
            "INSERT OR IGNORE INTO vocabulary (word) VALUES (?)", [(word,) for word in sorted(changes)]
        )


def _forget_words(db: Transaction, words: Iterable[str], block: int) -> None:
    """Away with words that stand in no dossier of a block any more, and with those that stand nowhere."""
    blocks = db.run("SELECT DISTINCT block FROM word_bits").scalars()
    for word in words:
        gone = "DELETE FROM word_bits WHERE block=? AND word=? AND length(bits)=0"
        if not db.run(gone, (-block, word)).changed:
            continue
        there = "SELECT 1 FROM word_bits WHERE block=? AND word=?"
        if not any(db.run(there, (each, word)).first() for each in blocks):
            db.run("DELETE FROM vocabulary WHERE word=?", (word,))


def _spread_to(db: Transaction) -> int:
    """The row up to which every dossier's words are on their pages."""
    last = -int(db.run("SELECT min(newest) FROM dossier_words").scalar() or 0)
    return last // _TOGETHER * _TOGETHER


def is_whole(db: Transaction, row: int, words: set[str]) -> bool:
    """Whether the dossier in ``row`` is found by exactly ``words``."""
    if db.run("SELECT words FROM dossier_words WHERE newest=?", (-row,)).scalar() != _text(words):
        return False
    if row > _spread_to(db):
        return True
    lined = all(
        db.run("SELECT 1 FROM word WHERE word=? AND newest=?", (word, -row)).first()
        for word in words
        if not _is_bare(word)
    )
    place = (-(row // _BLOCK), row % _BLOCK)
    return lined and all(
        _has_bit(db.run("SELECT bits FROM word_bits WHERE block=? AND word=?", (place[0], word)), place[1])
        for word in _letters(words)
    )


def _has_bit(rows: Any, place: int) -> bool:
    said: bytes = rows.scalar() or b""
    return place // 8 < len(said) and bool(said[place // 8] >> place % 8 & 1)


def surplus(db: Transaction) -> int:
    """How many words are told of dossiers that have them not, or lack in the vocabulary; 0: all is well."""
    spread = -_spread_to(db)
    expected = 0
    for (said,) in db.run("SELECT words FROM dossier_words WHERE newest>=?", (spread,)):
        words = set(said.split())
        expected += sum(not _is_bare(word) for word in words) + len(_letters(words))
    told = int(db.run("SELECT count(*) FROM word").scalar())
    for (bits,) in db.run("SELECT bits FROM word_bits"):
        told += int.from_bytes(bits, "little").bit_count()
    unknown = int(
        db.run("SELECT count(*) FROM word_bits WHERE word NOT IN (SELECT word FROM vocabulary)").scalar()
    )
    return told - expected + unknown


def find(db: Transaction, text: str, limit: int) -> list[int]:
    """Rows of dossiers in which every word of ``text`` begins some word; the newest ``limit`` of them."""
    asked = _asked(text)
    if not asked:
        return []
    spread = -_spread_to(db)
    found = _walk(db, "newest<?", (spread,), asked, limit)
    if len(found) < limit:
        found += _find_spread(db, spread, asked, limit - len(found))
    return [-newest for newest in found]


def _asked(text: str) -> list[str]:
    words = {word[:_LONGEST] for word in fold(text).replace(",", " ").split()}
    return sorted(words, key=len, reverse=True)[:_MOST]


def find_near(db: Transaction, text: str, limit: int) -> list[int]:
    """As `find`, where each word of letters may be misspelt by one letter: too many, missing, wrong, swapped.

    What `find` finds is among them. Nothing for a text in which no word has a neighbour.
    """
    asked = _asked(text)
    near = {word: _neighbours(db, word) for word in asked}
    if not any(near.values()):
        return []
    spread = -_spread_to(db)
    found = [
        newest
        for newest, said in db.run("SELECT newest, words FROM dossier_words WHERE newest<?", (spread,)).all()
        if _reads(said.split(), near)
    ][:limit]
    if len(found) < limit:
        numbers = [word for word in asked if not _is_bare(word)]
        candidates = _laid_over(db, [word for word in asked if _is_bare(word)], near)
        if numbers:
            rare = [each for each in (_few(db, word) for word in numbers) if each is not None]
            some = set.intersection(*rare) if rare else set()
            candidates = iter(_looked_at(db, [each for each in candidates if each in some], numbers, limit))
        found += islice(candidates, limit - len(found))
    return [-newest for newest in found]


def _neighbours(db: Transaction, word: str) -> set[str]:
    """Words of letters, in any dossier, that are one slip of the fingers away from ``word``."""
    if not _is_bare(word) or len(word) < _SHORTEST_MISSPELT:
        return set()
    half = len(word) // 2
    # Of a word with one slip in it, its beginning or its end is whole.
    known = db.run(
        "SELECT word FROM vocabulary WHERE length(word) BETWEEN ? AND ? "
        "AND (substr(word, 1, ?)=? OR substr(word, ?)=?)",
        (len(word) - 1, len(word) + 1, half - 1, word[: half - 1], half - len(word), word[half:]),
    ).scalars()
    spread = -_spread_to(db)
    for said in db.run("SELECT words FROM dossier_words WHERE newest<?", (spread,)).scalars():
        known += filter(_is_bare, said.split())
    return set(sorted(each for each in set(known) if one_slip(word, each))[:_MOST_NEAR])


def one_slip(word: str, other: str) -> bool:
    """Whether one letter more, less, other, or two swapped make ``other`` of ``word``."""
    short, long = sorted((word, other), key=len)
    same = next(
        (at for at, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short)
    )
    if len(short) == len(long):
        rest = short[same:], long[same:]
        swapped = rest[0][:2] == rest[1][1::-1] and rest[0][2:] == rest[1][2:]
        return word != other and (swapped or rest[0][1:] == rest[1][1:])
    return len(long) == len(short) + 1 and short[same:] == long[same + 1 :]


def _reads(words: list[str], asked: Mapping[str, set[str]]) -> bool:
    return all(any(word.startswith(each) or word in near for word in words) for each, near in asked.items())


def _find_spread(db: Transaction, spread: int, asked: list[str], limit: int) -> list[int]:
    """What is found among the dossiers from ``spread`` on."""
    bare = [word for word in asked if _is_bare(word)]
    numbers = [word for word in asked if not _is_bare(word)]
    rare = [each for each in (_few(db, word) for word in numbers) if each is not None]
    if rare:
        some = set.intersection(*rare)
        return _looked_at(db, sorted(each for each in some if each >= spread), asked, limit)
    if not bare:
        return _walk(db, "newest>=?", (spread,), asked, limit)
    found: list[int] = []
    candidates: list[int] = []
    for newest in _laid_over(db, bare):
        candidates.append(newest)
        if not numbers and len(candidates) == limit:
            return candidates
        if numbers and len(candidates) == _AT_ONCE:
            found += _looked_at(db, candidates, numbers, limit - len(found))
            candidates = []
            if len(found) == limit:
                return found
    return found + _looked_at(db, candidates, numbers, limit - len(found)) if numbers else candidates


def _few(db: Transaction, word: str) -> set[int] | None:
    """The dossiers that have a word with this beginning; None where they are many."""
    lines = db.run(
        "SELECT newest FROM word WHERE word>=? AND word<? LIMIT ?", (word, word + _AFTER, _COMMON)
    ).scalars()
    return set(lines) if len(lines) < _COMMON else None


def _laid_over(
    db: Transaction, words: list[str], near: Mapping[str, set[str]] = MappingProxyType({})
) -> Iterator[int]:
    """Dossiers in which each of the words of letters begins some word, or one ``near`` it stands there."""
    for (block,) in db.run("SELECT DISTINCT block FROM word_bits ORDER BY block").all():
        together = -1
        for word in words:
            either = 0
            for bits in db.run(
                "SELECT bits FROM word_bits WHERE block=? AND word>=? AND word<?",
                (block, word, word + _AFTER),
            ).scalars():
                either |= int.from_bytes(bits, "little")
            for bits in _bits_of(db, block, near.get(word, ())):
                either |= int.from_bytes(bits, "little")
            together &= either
            if not together:
                break
        while together:
            place = together.bit_length() - 1
            together ^= 1 << place
            yield block * _BLOCK - place


def _bits_of(db: Transaction, block: int, words: Iterable[str]) -> list[bytes]:
    if not words:
        return []
    return db.run(
        "SELECT bits FROM word_bits WHERE block=? AND word IN (SELECT value FROM json_each(?))",
        (block, json.dumps(sorted(words))),
    ).scalars()


def _looked_at(db: Transaction, candidates: list[int], asked: list[str], limit: int) -> list[int]:
    """Those of the candidates, in their order, in whose words every word asked for begins some word."""
    found: list[int] = []
    for first in range(0, len(candidates), _AT_ONCE):
        some = json.dumps(candidates[first : first + _AT_ONCE])
        found += _walk(db, "newest IN (SELECT value FROM json_each(?))", (some,), asked, limit - len(found))
        if len(found) == limit:
            break
    return found


def _walk(db: Transaction, where: str, values: tuple[Any, ...], asked: list[str], limit: int) -> list[int]:
    """The newest dossiers ``where`` every word asked for begins some word."""
    also = "".join(" AND instr(words, ?)" for _ in asked)
    return db.run(
        f"SELECT newest FROM dossier_words WHERE {where}{also} ORDER BY newest LIMIT ?",
        (*values, *(f" {word}" for word in asked), limit),
    ).scalars()
