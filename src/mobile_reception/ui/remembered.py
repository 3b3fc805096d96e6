"""What the window must know before anybody has signed in: who was here last, and in which language.

A small plain file in the laptop's folder. It holds nothing about citizens, and losing it loses nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

_FILE = "window.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """The login that opened this folder last, and the language chosen there; empty when never."""

    login: str = ""
    language: str = ""


def recall(folder: Path) -> Remembered:
    """What was remembered in ``folder``; nothing, if the file is missing or not ours."""
    try:
        read = json.loads((folder / _FILE).read_text("utf-8"))
        return Remembered(login=str(read["login"]), language=str(read["language"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Remembered()


def remember(folder: Path, *, login: str | None = None, language: str | None = None) -> None:
    """Note what is given in ``folder``; raises OSError when it cannot be written."""
    now = recall(folder)
    if login is not None:
        now = replace(now, login=login)
    if language is not None:
        now = replace(now, language=language)
    (folder / _FILE).write_text(json.dumps(asdict(now), ensure_ascii=False), "utf-8")
