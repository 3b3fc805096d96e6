"""What the window must know before anybody has signed in: who was here last, and in which language.

A small plain file in the laptop's folder. It holds nothing about citizens, and losing it loses nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QJsonDocument

_FILE = "window.json"


class Remembered(NamedTuple):
    """The login that opened this folder last, the language chosen there, and whether it had a centre then."""

    login: str = ""
    language: str = ""
    enrolled: bool = False


def recall(folder: Path) -> Remembered:
    """What was remembered in ``folder``; nothing, if the file is missing or not ours."""
    try:
        # Read by Qt, which is loaded anyway: the window is waiting, and the json module would have to be.
        read: dict[str, Any] = QJsonDocument.fromJson((folder / _FILE).read_bytes()).object()
        login, language = str(read["login"]), str(read["language"])
        return Remembered(login, language, read.get("enrolled") is True)
    except (OSError, KeyError):
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
    now = before._replace(
        login=before.login if login is None else login,
        language=before.language if language is None else language,
        enrolled=before.enrolled if enrolled is None else enrolled,
    )
    (folder / _FILE).write_bytes(bytes(QJsonDocument(now._asdict()).toJson().data()))
