"""Messages to citizens by telephone: short, without accents, and without anything that is nobody's business.

A message names the code, the place and the time; never a number of identity, a procedure, a disease or an
amount of an allowance.
"""

from __future__ import annotations

import unicodedata
from datetime import date, time
from typing import Final

NOTIFIED: Final = "citizen.notified"
READY: Final = "result_ready"
"""What a notice is about: the result waits at a session."""

LONGEST: Final = 160
"""Characters of one message without accents."""


def plain(words: str) -> str:
    """``words`` without accents, in the case they have: what every telephone shows."""
    apart = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return kept.encode("ascii", "replace").decode()


def result_ready(code: str, hamlet: str, day: date, begins: time) -> str:
    """The message that a result can be fetched at a session; at most `LONGEST` characters."""
    when = f"{begins:%H:%M} {day:%d/%m/%Y}"
    bring = "mang theo giay hen va can cuoc"
    said = plain(f"Ho so {code} da co ket qua. Moi ong/ba den {hamlet} luc {when}, {bring}.")
    return said if len(said) <= LONGEST else plain(f"Ho so {code} da co ket qua, trao luc {when}.")[:LONGEST]


def key(about: str, session: str | None) -> str:
    """What is not said twice to one citizen."""
    return f"{about} {session or ''}".strip()
