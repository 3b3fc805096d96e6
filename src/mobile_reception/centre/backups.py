"""Backups of a centre: copied, opened again, read to the last byte, and only then noted as safe.

An SQLite file is copied here while the centre goes on working. A PostgreSQL has tools of its own for that:
here whatever they restored elsewhere is read, and compared with the centre.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mobile_reception.centre.database import Unsupported, database_path, gate, is_server
from mobile_reception.centre.durable import digest, make_folder, name_durably, sync
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.safe import Backup
from mobile_reception.centre.values import Refused, Verdict

_PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a backup: where it lies, what was read in it; ``noted`` is None if it did not hold."""

    place: str
    verdict: Verdict
    noted: Backup | None


def back_up(ledger: Ledger, url: str, folder: Path, *, now: datetime) -> Kept:
    """Copy an SQLite centre and its files into ``folder``, read the copy, and note it as safe if it holds.

    The files of all backups in a folder lie there once, named by what they contain. Killed anywhere, what was
    in the folder before is untouched and nothing is called safe. Raises LedgerFailure, Refused (``exists``).
    """
    if is_server(url):
        raise Unsupported("postgresql")
    source = database_path(url)
    target = folder.absolute() / f"{source.stem}-{now.astimezone(UTC):%Y%m%d-%H%M%S}.db"
    part = target.with_name(target.name + _PART)
    with gate():
        make_folder(target.parent)
        if target.exists():
            raise Refused("exists")
        for left in target.parent.glob(f"{source.stem}-*{_PART}*"):  # of a backup that was killed
            left.unlink(missing_ok=True)
        _copy_database(source, part)
    copy = Ledger(f"sqlite:///{part}", files=target.with_name(f"{source.stem}-files"))
    try:
        with gate():
            _copy_files(ledger, copy)
        verdict = copy.verify()
        if not verdict.ok:
            return Kept(str(part), verdict, None)
        copy.close()  # its log goes into the file
        with gate():
            name_durably(part, target)
    finally:
        copy.close()
    named = Ledger(f"sqlite:///{target}", files=copy.files.folder)
    try:
        noted = ledger.safe.note(named.safe, place=str(target), facts=verdict.facts, now=now)
    finally:
        named.close()
    return Kept(str(target), verdict, noted)


def recognise(ledger: Ledger, copy: Ledger, place: str, *, now: datetime) -> Kept:
    """Read a copy of this centre that was restored from a backup; note that backup as safe if it holds.

    Raises Refused: ``other_centre``; ``same_database`` for this very centre or a mirror of it (what is lost
    here is lost there); ``same_files`` where the copy's files are this centre's own.
    """
    if copy.identity.public_key != ledger.identity.public_key:
        raise Refused("other_centre")
    ours, theirs = ledger.files.folder, copy.files.folder
    if ours is not None and theirs is not None and ours.resolve() == theirs.resolve():
        raise Refused("same_files")
    word = ledger.safe.leave_word()
    verdict = copy.verify()
    if copy.safe.word() == word:
        raise Refused("same_database")
    if not verdict.ok:
        return Kept(place, verdict, None)
    return Kept(place, verdict, ledger.safe.note(copy.safe, place=place, facts=verdict.facts, now=now))


def _copy_database(source: Path, part: Path) -> None:
    """A copy of one moment, durable, while others go on writing."""
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
        # In one step: in several it begins anew whenever somebody writes between two.
        live.backup(copy)
    sync(part)


def _copy_files(ledger: Ledger, copy: Ledger) -> None:
    """Bring every file that the copy speaks of beside it; those of former backups are there already."""
    for unit, sha256, size in copy.files.rows():
        target = copy.files.path(unit, sha256)
        if target.is_file() and target.stat().st_size == size:
            continue
        source = ledger.files.path(unit, sha256)
        if not source.is_file():
            continue  # the check of the copy tells of it
        make_folder(target.parent)
        part = target.with_name(target.name + _PART)
        shutil.copyfile(source, part)
        if digest(part) == sha256:
            name_durably(part, target)
        else:
            part.unlink()
