"""``{names}`` in a form's text, and values as they are printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

DOTS = "………………………………"
"""Room to write in, where a form keeps a line for a value that is not there."""
_NAME = re.compile(r"\{(\w+)(…?)\}")


def names(text: str) -> list[str]:
    """The names that ``text`` asks for."""
    return [match[1] for match in _NAME.finditer(text)]


def filled(text: str, fields: Mapping[str, str]) -> str:
    """``text`` with the fields it names: ``{name}``, or ``{name…}`` for a dotted line where there is nothing.

    One pass: nothing in a value is read as a name. Raises ValueError for an unknown one.
    """
    if "{" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        if match[1] not in fields:
            raise ValueError(f"the form asks for an unknown value: {match[0]}")
        return fields[match[1]] or (DOTS if match[2] else "")

    return _NAME.sub(value, text)


def printed(value: str | None) -> str:
    """``value`` as it goes on paper: NFC, and a space for each control character or break of line."""
    composed = unicodedata.normalize("NFC", value or "")
    if composed.isprintable():
        return composed.strip()
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in composed
    ).strip()
