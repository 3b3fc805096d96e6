"""A laptop's file of an older release, brought up to today's tables: on a copy, checked, then swapped.

One module for each release whose tables are others than those of the one before: ``release_0002`` makes the
tables of `SCHEMA` 2 from those of 1. What went out is never edited. Nothing leads back to an older release;
the former file stays beside the new one, under a name of its own, until that has been opened once more.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlcipher3

from mobile_reception.store.durable import name_durably
from mobile_reception.store.errors import Busy, Damaged
from mobile_reception.store.file import DATABASE, gate, unlock, version
from mobile_reception.store.transaction import Transaction
from mobile_reception.store.values import SCHEMA

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

COPY: Final = f"{DATABASE}.upgrade"
FORMER: Final = f"{DATABASE}.before-"
"""Begins the name of the file as it was; the number of the release that replaced it ends it."""

_WAIT: Final = 5  # seconds for another process
_LOCK: Final = "upgrade.lock"
_READ_ANEW: Final = (
    "dossier_words",
    "word",
    "word_bits",
    "figure",
)  # what may be counted differently afterwards


def bring_up(folder: Path, key: bytes) -> bool:
    """Whether the folder's file was of an older release. It is of this one when this returns.

    Killed at any moment, the folder has the file as it was or as it will be, under its one name. Raises
    Damaged, TooNew, CannotWrite, Busy; the file is then what it was.
    """
    if version(folder, key) == SCHEMA:
        return False
    with gate(), _alone(folder):
        was = version(folder, key)  # another process may just have done it
        if was == SCHEMA:
            return False
        if was < 1:
            raise Damaged("no release has written this file")
        copy = folder / COPY
        try:
            _set_apart(folder / DATABASE, copy, key)
            _change(copy, key, was)
            _keep_former(folder)
            name_durably(copy, folder / DATABASE)
        finally:
            copy.unlink(missing_ok=True)
    return True


def forget_former(folder: Path) -> None:
    """The file of this release has been opened well: the one from before it is not needed any more."""
    for former in folder.glob(f"{FORMER}*"):
        former.unlink(missing_ok=True)
    with suppress(OSError):  # another program still looks at it
        (folder / _LOCK).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process does the same meanwhile. An empty database is the lock that every system has."""
    with closing(sqlite3.connect(folder / _LOCK, isolation_level=None, timeout=_WAIT)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _connect(path: Path, key: bytes) -> Any:
    connection = sqlcipher3.dbapi2.connect(path, isolation_level=None, timeout=_WAIT, check_same_thread=False)
    try:
        unlock(connection, key)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_apart(path: Path, copy: Path, key: bytes) -> None:
    """Copy the whole file, its log included, while nobody else has it open."""
    copy.unlink(missing_ok=True)
    with closing(_connect(path, key)) as source, closing(_connect(copy, key)) as target:
        source.execute("PRAGMA locking_mode=EXCLUSIVE")
        # Leaving the log is refused while anybody else, of whatever release, has the file open.
        if source.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
            raise Busy("the file is open elsewhere")
        target.execute("PRAGMA journal_mode=OFF")
        source.backup(target)


def _change(copy: Path, key: bytes, was: int) -> None:
    """Bring the copy up and see that nothing got lost on the way; durable when this returns."""
    from sqlalchemy import create_engine  # here: opening a file of today has no need of it
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        "sqlite://", module=sqlcipher3.dbapi2, creator=lambda: _connect(copy, key), poolclass=StaticPool
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=MEMORY")  # what a cut leaves is thrown away
            db = Transaction(connection.connection.driver_connection)
            before, wrong = _counted(db), _wrong(db)
            connection.exec_driver_sql("BEGIN")
            _step_by_step(connection, db, was)
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
            connection.exec_driver_sql("COMMIT")
            after, worse = _counted(db), _wrong(db) - wrong
            fewer = {name for name, count in before.items() if after.get(name, count) != count}
            if fewer or worse:
                raise Damaged(f"bringing it up changed {sorted(fewer)} {sorted(worse)}")
    finally:
        engine.dispose()
    with copy.open("rb+") as stream:
        os.fsync(stream.fileno())


def _step_by_step(connection: Connection, db: Transaction, was: int) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    from mobile_reception.store.journal import read_anew
    from mobile_reception.store.migrations import release_0001, release_0002, release_0003

    releases = (release_0001, release_0002, release_0003)
    op = Operations(MigrationContext.configure(connection))
    for release in releases[was:]:
        release.upgrade(op)
    if was:
        read_anew(db)


def _counted(db: Transaction) -> dict[str, int]:
    """The rows of each table, but for those that a newer release may rightly read differently."""
    names = db.run("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'").scalars()
    return {
        name: int(db.run(f'SELECT count(*) FROM "{name}"').scalar())
        for name in names
        if name not in _READ_ANEW
    }


def _wrong(db: Transaction) -> set[str]:
    from mobile_reception.store.checking import sound

    return {f"{found.kind} {found.place} {found.detail}" for found in sound(db)}


def _keep_former(folder: Path) -> None:
    """The file as it was gets its second name; where a file can only have one, a copy."""
    former = folder / f"{FORMER}{SCHEMA:04d}"
    former.unlink(missing_ok=True)
    try:
        os.link(folder / DATABASE, former)
    except OSError:
        part = former.with_name(f"{COPY}.former")
        try:
            shutil.copyfile(folder / DATABASE, part)
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
            name_durably(part, former)
        finally:
            part.unlink(missing_ok=True)
