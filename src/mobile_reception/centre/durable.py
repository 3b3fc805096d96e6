"""Files that are whole on the disk before they have their name, and keep it through a power cut."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """What was written to ``path`` is on the disk when this returns."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there yet; they outlast a power cut."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        _sync_names(each.parent)


def name_durably(part: Path, path: Path) -> None:
    """Sync ``part`` and rename it to ``path``, whose folder is made; the name outlasts a power cut."""
    make_folder(path.parent)
    sync(part)
    part.replace(path)
    _sync_names(path.parent)


def _sync_names(folder: Path) -> None:
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
