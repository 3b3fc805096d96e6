"""Text broken into lines of a width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from mobile_reception.papers.fonts import Face

_WORD = re.compile(r"( *)([^ ]+)")


class Run(NamedTuple):
    """Text in one face."""

    text: str
    face: Face


class Line(NamedTuple):
    """Pieces as (x from the line's start, text, face), and the width of all."""

    pieces: list[tuple[float, str, Face]]
    width: float


def wrap(runs: Sequence[Run], size: float, width: float, indent: float = 0) -> list[Line]:
    """``runs`` broken into lines of at most ``width``: between words, inside one only where it is wider.

    The first line begins ``indent`` from the left; ``width`` must leave room for it.
    """
    if len(runs) == 1:
        text, face = runs[0]
        length = indent + face.width(text, size)
        if length <= width and text[:1] != " " != text[-1:]:
            return [Line([(indent, text, face)], length)]
    lines: list[Line] = []
    pieces: list[tuple[float, str, Face]] = []
    used, gap = indent, ""
    for text, face in runs:
        for match in _WORD.finditer(text):
            space, word = gap + match[1], match[2]
            gap = ""
            piece = space + word if pieces else word
            length = face.width(piece, size)
            if pieces and used + length > width:
                lines.append(Line(pieces, used))
                pieces, used, piece = [], 0.0, word
                length = face.width(piece, size)
            while used + length > width and len(piece) > 1:
                fits = _letters_that_fit(piece, face, size, width - used)
                lines.append(Line([(used, piece[:fits], face)], width))
                used, piece = 0.0, piece[fits:]
                length = face.width(piece, size)
            if pieces and pieces[-1][2] is face:
                start, before, _ = pieces[-1]
                pieces[-1] = (start, before + piece, face)
            else:
                pieces.append((used, piece, face))
            used += length
        gap = " " if text.endswith(" ") else gap
    if pieces or not lines:
        lines.append(Line(pieces, used))
    return lines


def balanced(runs: Sequence[Run], size: float, width: float) -> list[Line]:
    """Like `wrap`, with the words spread evenly over the same number of lines: for centred text."""
    lines = wrap(runs, size, width)
    if len(lines) > 1:
        low, high = width / 2, width
        for _ in range(6):
            middle = (low + high) / 2
            tried = wrap(runs, size, middle)
            if len(tried) > len(lines):
                low = middle
            else:
                lines, high = tried, middle
    return lines


def _letters_that_fit(word: str, face: Face, size: float, width: float) -> int:
    used, fits = 0.0, 0
    for letter in word:
        used += face.width(letter, size)
        if used > width:
            break
        fits += 1
    return max(fits, 1)
