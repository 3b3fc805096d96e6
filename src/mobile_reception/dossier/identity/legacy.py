"""Vietnamese written before Unicode: text that keeps the bytes of TCVN3 (.VnTime fonts) or VNI.

Such text shows as rubbish in every other font. It is recognised so that it can be refused with the name of
the encoding; it is never converted here, because a wrong guess would end on somebody's certificate.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise

_TONES = "\u0300\u0309\u0303\u0301\u0323"
"""huyền, hỏi, ngã, sắc, nặng: the order of the columns below."""

_TCVN3_TONED = {
    "a": "µ¶·¸¹",
    "ă": "»¼½¾Æ",
    "â": "ÇÈÉÊË",
    "e": "ÌÎÏÐÑ",
    "ê": "ÒÓÔÕÖ",
    "i": "×ØÜÝÞ",
    "o": "ßáâãä",
    "ô": "åæçèé",
    "ơ": "êëìíî",
    "u": "ïñòóô",
    "ư": "õö÷øù",
    "y": "úûüýþ",
}
_TCVN3_PLAIN = dict(zip("¨©ª«¬\u00ad®¡¢£¤¥¦§", "ăâêôơưđĂÂÊÔƠƯĐ", strict=True))

_VNI_TONES = {"ø": 0, "û": 1, "õ": 2, "ù": 3, "ï": 4}
_VNI_ACCENTS = {"a": {"â": "â", "ê": "ă"}, "e": {"â": "ê"}, "o": {"â": "ô"}}
_VNI_BOTH = {"â": "àåãáä", "ă": "èúüéë"}
"""The letters that stand for an accent and a tone at once."""
_VNI_ALONE = {"ì": "ì", "í": "í", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư", "ñ": "đ"}

_INITIALS = "ngh|ng|nh|th|tr|ph|kh|gh|gi|ch|qu|b|c|d|đ|g|h|k|l|m|n|p|q|r|s|t|v|x|"
_NUCLEI = (
    "oai|oay|oeo|uai|uay|uây|uya|uyê|uyu|iêu|yêu|uôi|ươi|ươu|oao|iê|yê|uô|ươ|uâ|uê|uy|uơ|oa|oă|oe|oo|"
    "ai|ay|ao|au|ây|âu|eo|êu|ia|iu|oi|ôi|ơi|ua|ui|ưa|ưi|ưu|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y"
)
_SYLLABLE = re.compile(f"(?:{_INITIALS})(?:{_NUCLEI})(?:ch|nh|ng|c|m|n|p|t|)")
# These are never the end of a syllable: "â" alone is a letter of another encoding.
_OPEN = re.compile("(?:ă|â|iê|uâ|oă|uô|ươ|uyê)")
_EDGES = " \t.,;:!?()[]{}\"'“”‘’/-–…"


def legacy_encoding(typed: str) -> str | None:
    """``"TCVN3"`` or ``"VNI"`` if ``typed`` (as it came, before `clean`) reads as Vietnamese only that way.

    None for Vietnamese in Unicode, for foreign names, and where too little stands there to tell.
    """
    if typed.isascii():
        return None
    odd = [word for word in _words(typed) if not is_syllable(word)]
    if not odd:
        return None
    found = {
        name: sum(is_syllable(read(word)) for word in odd)
        for name, read in (("TCVN3", from_tcvn3), ("VNI", from_vni))
    }
    best = max(found, key=lambda name: found[name])
    if found[best] * 2 <= len(odd):
        return None
    # Names of other peoples (Kâ, Pă) are no Vietnamese syllables either: refusing one needs more than that.
    return best if best == "VNI" or any(_is_foreign(word) for word in odd) else None


def _is_foreign(word: str) -> bool:
    """Whether nobody writes this word: a sign among its letters, or a capital after a small letter."""
    letters = unicodedata.normalize("NFC", word)
    mixed = any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(letters))
    return mixed or any(not _is_vietnamese(letter) for letter in letters)


def _is_vietnamese(letter: str) -> bool:
    if letter.isascii():
        return letter.isalpha() or letter in "'-."
    base = unicodedata.normalize("NFD", letter.lower())
    return base[0] in "aeiouyđ" and all(mark in _MARKS for mark in base[1:])


def _words(typed: str) -> list[str]:
    """The words that mix ASCII letters with others, without what stands around them.

    A sign on its own (×, ·, «) tells nothing, though both encodings give it a letter.
    """
    words = (part.strip(_EDGES) for part in re.split(r"[ \t\r\n,;/|]+", typed))
    return [word for word in words if not word.isascii() and re.search("[A-Za-z]", word)]


_MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable, by its letters and its one tone."""
    letters, tones = [], 0
    for letter in unicodedata.normalize("NFC", word.lower()):
        parts = unicodedata.normalize("NFD", letter)
        toned = [mark for mark in parts[1:] if mark in _TONES]
        tones += len(toned)
        base = unicodedata.normalize("NFC", "".join(one for one in parts if one not in toned))
        letters.append(base)
    plain = "".join(letters)
    match = _SYLLABLE.fullmatch(plain)
    return match is not None and tones <= 1 and not _OPEN.fullmatch(plain[_initial(plain) :])


def _initial(plain: str) -> int:
    match = re.match(f"(?:{_INITIALS})", plain)
    return match.end() if match else 0


def from_tcvn3(typed: str) -> str:
    """What TCVN3 bytes, shown as Latin-1, were meant to say (capital letters with a tone come out small)."""
    return typed.translate(_tcvn3())


def from_vni(typed: str) -> str:
    """What VNI bytes, shown as Latin-1, were meant to say."""
    said: list[str] = []
    pairs, alone = _vni()
    place = 0
    while place < len(typed):
        pair = typed[place : place + 2].lower()
        if pair in pairs:
            said.append(pairs[pair])
            place += 2
        else:
            said.append(alone.get(typed[place].lower(), typed[place]))
            place += 1
    return "".join(said)


@cache
def _tcvn3() -> dict[int, str]:
    table = {ord(code): letter for code, letter in _TCVN3_PLAIN.items()}
    for base, codes in _TCVN3_TONED.items():
        for code, tone in zip(codes, _TONES, strict=True):
            table[ord(code)] = unicodedata.normalize("NFC", base + tone)
    return table


@cache
def _vni() -> tuple[dict[str, str], dict[str, str]]:
    pairs: dict[str, str] = {}
    written = {"a": "a", "e": "e", "o": "o", "u": "u", "y": "y", "ô": "ơ", "ö": "ư"}
    for code, letter in written.items():
        for mark, tone in _VNI_TONES.items():
            pairs[code + mark] = unicodedata.normalize("NFC", letter + _TONES[tone])
    for base, accents in _VNI_ACCENTS.items():
        for mark, letter in accents.items():
            pairs[base + mark] = letter
            both = _VNI_BOTH["ă" if letter == "ă" else "â"]
            for code, tone_mark in zip(both, _TONES, strict=True):
                pairs[base + code] = unicodedata.normalize("NFC", letter + tone_mark)
    return pairs, dict(_VNI_ALONE)
