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
    """The login that opened this folder last, the language chosen there, and whether it had a centre then."""

    login: str = ""
    language: str = ""
    enrolled: bool = False


def recall(folder: Path) -> Remembered:
    """What was remembered in ``folder``; nothing, if the file is missing or not ours."""
    try:
        read = json.loads((folder / _FILE).read_text("utf-8"))
        login, language = str(read["login"]), str(read["language"])
        return Remembered(login, language, read.get("enrolled") is True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Remembered()


def remember(
    folder: Path,
    *,
    login: str | None = None,
    language: str | None = None,
    enrolled: bool | None = None,
) -> None:
    """Note what is given in ``folder``; raises OSError when it cannot be written."""
    before = recall(folder)
    now = replace(
        before,
        login=before.login if login is None else login,
        language=before.language if language is None else language,
        enrolled=before.enrolled if enrolled is None else enrolled,
    )
    (folder / _FILE).write_text(json.dumps(asdict(now), ensure_ascii=False), "utf-8")
