"""A centre's database of an older release, brought up to today's tables.

A file: on a copy, checked, then swapped. A PostgreSQL: in one transaction, while no process of another
release is connected. One module for each release whose tables are others than those of the one before:
``release_0002`` makes the tables of `SCHEMA` 2 from those of 1. What went out is never edited. Nothing leads
back to an older release; a former file stays beside the new one, under a name of its own, until that has been
opened once more.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from mobile_reception.centre.database import Busy, Damaged, TooNew
from mobile_reception.centre.durable import name_durably, sync
from mobile_reception.centre.tables import SCHEMA

FORMER: Final = ".before-"
"""Between a file's name and the number of the release that replaced it: the file as it was."""

SESSION: Final = "mobile-reception "
"""With the number of its release behind it, how a process of ours is named at a PostgreSQL."""

_COPY: Final = ".upgrade"
_WAIT: Final = 5  # seconds for another process
_LOCK: Final = ".upgrade.lock"
_READ_ANEW: Final = ("dossier", "session", "feed")
"""Tables in which a newer release may rightly have another number of rows."""

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND application_name <> :mine "
    "AND (application_name = '' OR starts_with(application_name, :ours))"
)


# -- A file ----------------------------------------------------------------------------------------------


def bring_up_file(path: Path) -> bool:
    """Whether this file was of an older release. It is of this one when this returns.

    Killed at any moment, the file is as it was or as it will be, under its one name. Raises LedgerFailure
    or what `gate` translates; the file is then what it was.
    """
    if _version(path) == SCHEMA:
        return False
    with _alone(path):
        was = _version(path)  # another process may just have done it
        if was == SCHEMA:
            return False
        if was < 1:
            raise Damaged("no release has written this file")
        copy = path.with_name(path.name + _COPY)
        try:
            _set_apart(path, copy)
            _change(copy, was)
            _keep_former(path)
            name_durably(copy, path)
        finally:
            copy.unlink(missing_ok=True)
    return True


def forget_former(path: Path) -> None:
    """The file of this release has been opened well: the one from before it is not needed any more."""
    for former in path.parent.glob(f"{path.name}{FORMER}*"):
        former.unlink(missing_ok=True)
    with suppress(OSError):  # another program still looks at it
        Path(f"{path}{_LOCK}").unlink(missing_ok=True)


def _version(path: Path) -> int:
    """Asked through a connection that cannot write, not even on closing. Raises TooNew."""
    if path.with_name(f"{path.name}-journal").exists():
        # An upgrade was cut as it left the log: whoever only reads cannot take that half write back.
        with closing(sqlite3.connect(path, timeout=_WAIT)) as connection:
            connection.execute("PRAGMA user_version").fetchone()
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT)
    ) as connection:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > SCHEMA:
        raise TooNew(str(path))
    return found


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process does the same meanwhile. An empty database is the lock that every system has."""
    with closing(sqlite3.connect(f"{path}{_LOCK}", isolation_level=None, timeout=_WAIT)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _set_apart(path: Path, copy: Path) -> None:
    """Copy the whole file, its log included, while nobody else has it open."""
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(path, isolation_level=None, timeout=_WAIT)) as source,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        source.execute("PRAGMA locking_mode=EXCLUSIVE")
        # Leaving the log is refused while anybody else, of whatever release, has the file open.
        if source.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
            raise Busy("the file is open elsewhere")
        target.execute("PRAGMA journal_mode=OFF")
        source.backup(target)


def _change(copy: Path, was: int) -> None:
    """Bring the copy up and see that nothing got lost on the way; durable when this returns."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(copy, isolation_level=None, check_same_thread=False),
        poolclass=StaticPool,
    )
    try:
        with engine.connect() as db:
            db.exec_driver_sql("PRAGMA journal_mode=MEMORY")  # what a cut leaves is thrown away
            db.exec_driver_sql("BEGIN")
            _step_by_step(db, was)
            db.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
            db.exec_driver_sql("COMMIT")
            if db.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise Damaged("integrity_check")
    finally:
        engine.dispose()
    sync(copy)


def _keep_former(path: Path) -> None:
    """The file as it was gets its second name; where a file can only have one, a copy."""
    former = path.with_name(f"{path.name}{FORMER}{SCHEMA:04d}")
    former.unlink(missing_ok=True)
    try:
        os.link(path, former)
    except OSError:
        part = path.with_name(f"{path.name}{_COPY}.former")
        try:
            shutil.copyfile(path, part)
            name_durably(part, former)
        finally:
            part.unlink(missing_ok=True)


# -- A server --------------------------------------------------------------------------------------------


def bring_up_server(db: Connection, place: str) -> None:
    """Within the caller's transaction, all of it or nothing. ``place`` is the row of `meta` that says which
    tables there are. Raises Busy while a process of another release is at work here, Damaged, TooNew.

    One that was stopped a moment ago may still be connected: it is waited for, without a lock.
    """
    latest = time.monotonic() + _WAIT
    while _others(db) and time.monotonic() < latest:
        time.sleep(0.05)
    db.exec_driver_sql("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
    row = {"key": place}
    was = int(db.execute(text("SELECT value FROM meta WHERE key = :key"), row).scalar_one())
    if was == SCHEMA:
        return  # another process has just done it
    if was > SCHEMA:
        raise TooNew(str(was))
    if _others(db):
        raise Busy("a process of another release is connected")
    _step_by_step(db, was)
    db.execute(text("UPDATE meta SET value = :value WHERE key = :key"), {**row, "value": str(SCHEMA)})


def _others(db: Connection) -> int:
    """How many processes of another release are connected now."""
    db.exec_driver_sql("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
    return int(db.execute(_OTHERS, {"mine": f"{SESSION}{SCHEMA}", "ours": SESSION}).scalar_one())


# -- Both ------------------------------------------------------------------------------------------------


def _step_by_step(db: Connection, was: int) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    from mobile_reception.centre.folding import broken_chains, read_anew
    from mobile_reception.centre.migrations import release_0001, release_0002, release_0003

    before, wrong = (_counted(db), set(broken_chains(db))) if was else ({}, set())
    op = Operations(MigrationContext.configure(db))
    for release in (release_0001, release_0002, release_0003)[was:]:
        release.upgrade(op)
    if not was:
        return
    read_anew(db)
    after = _counted(db)
    fewer = {name for name, count in before.items() if after.get(name, count) != count}
    worse = set(broken_chains(db)) - wrong
    if fewer or worse:
        raise Damaged(f"bringing it up changed {sorted(fewer)} {sorted(worse)}")


def _counted(db: Connection) -> dict[str, int]:
    return {
        name: int(db.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one())
        for name in inspect(db).get_table_names()
        if name not in _READ_ANEW
    }
