"""Bundles of other laptops, carried in this one's folder until the centre has them. Sealed as they came."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mobile_reception.store.durable import remove, whole_file
from mobile_reception.store.file import gate
from mobile_reception.store.journal import Store

_FOLDER = "carried"
_SUFFIX = ".bundle"
_GONE = "gone"


@dataclass(frozen=True, slots=True)
class Carried:
    """A bundle in this laptop's keeping; ``done`` of its letters have been handed over."""

    digest: str
    file: Path
    done: int


def keep(store: Store, source: BinaryIO, digest: str) -> bool:
    """Keep a copy of a checked bundle; False if it is here, or went on from here. Raises CannotWrite."""
    folder = store.folder / _FOLDER
    file = folder / f"{digest}{_SUFFIX}"
    known = store.meta(f"carried:{digest}")
    if known == _GONE or (known is not None and file.exists()):
        return False
    with gate():
        folder.mkdir(mode=0o700, exist_ok=True)
        source.seek(0)
        with whole_file(file) as copy:
            shutil.copyfileobj(source, copy)
    store.keep(**{f"carried:{digest}": "0"})
    return True


def carried(store: Store) -> list[Carried]:
    """What is carried, by digest."""
    found = []
    for file in sorted((store.folder / _FOLDER).glob(f"*{_SUFFIX}")):
        known = store.meta(f"carried:{file.stem}")
        if known is not None and known != _GONE:  # else a kill came before anybody was told that it is here
            found.append(Carried(file.stem, file, int(known)))
    return found


def handed_on(store: Store, bundle: Carried, done: int) -> None:
    """So many letters of it, from the first on, are at the centre."""
    store.keep(**{f"carried:{bundle.digest}": str(done)})


def finish(store: Store, bundle: Carried) -> None:
    """All of it is at the centre: the file goes, its name stays known."""
    store.keep(**{f"carried:{bundle.digest}": _GONE})
    remove(bundle.file)
