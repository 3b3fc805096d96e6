"""Letters: text as it is kept, its keys for searching, sorting and comparing, what typing leaves behind."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from mobile_reception.dossier.identity.legacy import is_syllable
from mobile_reception.words import text

_MARKS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_RESIDUE = re.compile(r"[wjzf0-9]|dd|aa|ee|oo", re.IGNORECASE)
_KEYED = re.compile(r"aa|ee|oo|dd|[aou]w|[aeiouyw][bcghmnpt]*[sfrxj]+$", re.IGNORECASE)
_FINAL_Y = re.compile(r"(?:qu|b|c|d|đ|g|gh|h|k|kh|l|m|n|ng|nh|ph|r|s|t|th|tr|v|x)y")


class Unacceptable(ValueError):
    """Typed text that cannot be taken; the message is for a person."""


def clean(typed: str, *, limit: int) -> str:
    """``typed`` as it is kept: NFC, without invisible characters, single spaces, at most ``limit`` long.

    Raises Unacceptable for control characters, halves of characters, characters without a meaning in
    Unicode and for text that is too long. Cleaning twice gives the same text.
    """
    if len(typed) > limit * 4:
        raise Unacceptable(text("dài quá {limit} ký tự", limit=limit))
    if not typed.isprintable():
        typed = "".join(letter for letter in typed if _meant(letter))
    kept = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(kept) > limit:
        raise Unacceptable(text("dài quá {limit} ký tự", limit=limit))
    return kept


def _meant(letter: str) -> bool:
    """False for an invisible mark to drop; raises for what no keyboard types."""
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Zl", "Zp"):
        raise Unacceptable(text("có ký tự điều khiển U+{number}", number=f"{ord(letter):04X}"))
    # Unassigned characters may get another normal form in a later Unicode: laptop and centre would disagree.
    if kind in ("Cs", "Co", "Cn"):
        raise Unacceptable(text("có ký tự hỏng U+{number}", number=f"{ord(letter):04X}"))
    return kind != "Cf"


def fold(typed: str) -> str:
    """``typed`` for searching: no marks, đ as d, lower case, single spaces. ``fold(fold(x)) == fold(x)``."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", typed))
    if not plain.isascii():
        plain = plain.replace("đ", "d").replace("Đ", "d")
        if not plain.isascii():
            plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")
    return " ".join(plain.lower().split())


def tokens(typed: str) -> tuple[str, ...]:
    """The folded words and numbers of ``typed``: what a search matches, in any order, by their beginnings."""
    return tuple(_WORD.findall(fold(typed)))


_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANKS = {letter: chr(ord("A") + rank) for rank, letter in enumerate(_LETTERS)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
"""Tone order of Vietnamese dictionaries: level, huyền, hỏi, ngã, sắc, nặng."""


@lru_cache(maxsize=4096)
def _spelt(word: str) -> tuple[str, str]:
    """The letters of a syllable without its tone, and the tone wherever it stands: hoà and hòa are one."""
    letters: list[str] = []
    tones: list[str] = []
    for letter in unicodedata.normalize("NFC", word.lower()):
        parts = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in parts if mark in _TONES), "")
        letters.append(unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else letter)
        tones.append(_TONES.get(tone, ""))
    return "".join(letters), "".join(tones) or "0"


def _word_key(word: str) -> str:
    letters, tones = _spelt(word)
    return f"{''.join(_RANKS.get(one, one) for one in letters)} {tones}"


def compare_key(typed: str) -> str:
    """A key that is equal for two legal spellings of one text: hoà and hòa, thuý and thúy, quí and quý.

    Accents count (unlike `fold`): Lan and Lân differ. Case and doubled spaces do not.
    """
    return " ".join(_compared(word) for word in unicodedata.normalize("NFC", typed).split())


def _compared(word: str) -> str:
    letters, tones = _spelt(word)
    return f"{letters[:-1]}i{tones}" if _FINAL_Y.fullmatch(letters) else f"{letters}{tones}"


def sort_key(full_name: str) -> str:
    """A key that puts people in the office's order when compared by code point (SQLite's BINARY too).

    Given name (the last word) first, then family name, then the words between; letters a ă â b c d đ …, and
    tones only between words of equal letters.
    """
    words = full_name.split()
    return " ".join(_word_key(word) for word in (words[-1:] + words[:-1]))


def capitals(full_name: str) -> str:
    """A name that was typed in small letters with its capitals; any other as it stands."""
    if full_name != full_name.lower():
        return full_name
    return re.sub(r"\S+", lambda word: word[0][:1].upper() + word[0][1:], full_name)


def name_warnings(full_name: str) -> tuple[str, ...]:
    """A hint when a name seems to hold keys of Telex typing that were not turned into letters."""
    found = _RESIDUE.search(full_name)
    if found is None:
        return ()
    return (text("Họ tên có “{letters}”: kiểm tra lại bộ gõ tiếng Việt.", letters=found.group()),)


def looks_keyed(word: str) -> bool:
    """Whether a word reads like keys of Telex that nobody turned into letters: ``Nguyeexn``."""
    return word.isascii() and not is_syllable(word) and _KEYED.search(word) is not None
