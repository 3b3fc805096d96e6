"""Files that are whole or not there: written under another name, synced, then named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mobile_reception.store.errors import CannotWrite


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes are ``path`` once the block has ended well; else what stood there still does.

    Raises CannotWrite for all that the system says: full, read-only, pulled out.
    """
    part = path.with_name(path.name + ".part")
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)  # Windows mends line ends
        stream = os.fdopen(os.open(part, flags, 0o600), "w+b")
    except OSError as error:
        raise CannotWrite(str(error.strerror)) from error
    try:
        try:
            with stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise CannotWrite(str(error.strerror)) from error
        name_durably(part, path)
    except BaseException:
        remove(part)
        raise


def name_durably(part: Path, path: Path) -> None:
    """Rename ``part`` to ``path`` and sync the folder. Raises CannotWrite."""
    try:
        part.replace(path)
        if os.name == "posix":
            opened = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
    except OSError as error:
        raise CannotWrite(str(error.strerror)) from error


def remove(path: Path) -> None:
    """Take a file away if it is there and can be."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # pulled out, or read-only: nothing of ours is under its final name
