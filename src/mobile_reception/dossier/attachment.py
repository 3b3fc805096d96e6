"""Files of a dossier: scans and pictures, named by their SHA-256. The bytes travel and lie elsewhere.

Two kinds of facts about a dossier: a file was attached, a file was taken off again. Taking off is a fact with
its reason; the file that was once announced still goes to the centre, so that nothing vanishes unseen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mobile_reception.dossier.facts import Fact, is_hash
from mobile_reception.dossier.payload import text_of

FILE_ATTACHED: Final = "file.attached"
FILE_REMOVED: Final = "file.removed"

TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
)
"""The types of files that there are, each with the end of its name."""

LARGEST: Final = 2**40
LONGEST_NAME: Final = 120
"""Characters of a file's name."""

_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
_MOST_BYTES: Final = 240  # of a name in UTF-8: what every file system takes, with something before it


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a dossier: what it is called and contains, of which paper it is, who attached it when.

    ``size`` is in bytes, ``pages`` None where nobody counted, ``fact`` the fact that attached it.
    """

    fact: str
    sha256: str
    name: str
    type: str
    size: int
    pages: int | None
    paper: str | None
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a centre takes: bytes of one file, types, files of one dossier."""

    max_bytes: int = 10 * 1024 * 1024
    types: tuple[str, ...] = tuple(TYPES)
    max_files: int = 20

    @classmethod
    def read(cls, given: object) -> Limits:
        """From a unit's setting ``files``; what it leaves out is as usual. Raises ValueError."""
        if not isinstance(given, Mapping) or set(given) - {"max_bytes", "types", "max_files"}:
            raise ValueError("files")
        most, count = given.get("max_bytes", cls().max_bytes), given.get("max_files", cls().max_files)
        types = given.get("types", list(TYPES))
        if type(most) is not int or not 100_000 <= most <= 2**31:
            raise ValueError("files.max_bytes")
        if type(count) is not int or not 1 <= count <= 200:
            raise ValueError("files.max_files")
        if not isinstance(types, list | tuple) or not types or not set(types) <= set(TYPES):
            raise ValueError("files.types")
        return cls(most, tuple(types), count)

    def document(self) -> dict[str, Any]:
        """As settings carry them."""
        return {"max_bytes": self.max_bytes, "types": list(self.types), "max_files": self.max_files}


class Attachments:
    """The files of one dossier, fact by fact; of one file attached twice the first word holds."""

    def __init__(self) -> None:
        self._known: dict[str, Attachment | None] = {}  # None: taken off

    def attached(self, fact: Fact, body: Mapping[str, Any]) -> str | None:
        """Take in a `FILE_ATTACHED` fact; why it changes nothing, or None."""
        told = announced(fact, body)
        if told is None:
            return "tells of no file"
        if self._known.get(told.sha256) is None:
            self._known.pop(told.sha256, None)
            self._known[told.sha256] = told
        return None

    def removed(self, body: Mapping[str, Any]) -> str | None:
        """Take in a `FILE_REMOVED` fact; why it changes nothing, or None."""
        named = text_of(body, "sha256")
        if named is None or named not in self._known:
            return "no such file"
        self._known[named] = None
        return None

    @property
    def standing(self) -> tuple[Attachment, ...]:
        """The files that are attached, in the order in which they were."""
        return tuple(each for each in self._known.values() if each is not None)


def announced(fact: Fact, body: Mapping[str, Any]) -> Attachment | None:
    """The file that a `FILE_ATTACHED` fact tells of; None when it tells of none."""
    name, kind = text_of(body, "name"), text_of(body, "type")
    size, digest, pages = body.get("size"), body.get("sha256"), body.get("pages")
    if not name or not kind or not is_hash(digest):
        return None
    if type(size) is not int or not 0 < size <= LARGEST:
        return None
    counted = pages if type(pages) is int and 0 < pages <= LARGEST else None
    paper = text_of(body, "paper") or None
    return Attachment(fact.id, str(digest), name, kind, size, counted, paper, fact.officer, fact.at)


def sound_name(given: str, kind: str) -> str:
    """A file's name as it may be shown, stored and written anywhere, ending as its type does.

    Without folders, without characters that nobody sees or that turn the line round, without what a system
    takes for a device; NFC, at most `LONGEST_NAME` characters.
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = " ".join(_FORBIDDEN.sub("_", name).split())
    ending = TYPES.get(kind, "")
    stem, dot, end = name.rpartition(".")
    if not dot:
        stem = name
    elif f".{end.lower()}" not in _ENDINGS:
        stem = name  # a dot in the middle: of a date, an abbreviation
    stem = stem[: LONGEST_NAME - len(ending)]
    while len(stem.encode()) > _MOST_BYTES - len(ending):
        stem = stem[:-1]
    stem = stem.strip(". ")
    if _DEVICES.match(stem):
        stem = f"_{stem}"
    return (stem or "tep") + ending


_ENDINGS: Final = {".pdf", ".jpg", ".jpeg", ".jpe", ".jfif", ".png"}
