"""The centre's database file: opened as the design wants it, its errors told apart at one gate."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from mobile_reception.centre.tables import SCHEMA, Centre

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    "cache_size=-64000",
    "fullfsync=ON",
    "checkpoint_fullfsync=ON",
)
_WAIT = 10  # seconds for another program's write
_PAGE = 4096


class LedgerFailure(Exception):
    """The database could not do it; nothing was half done."""


class Missing(LedgerFailure):
    """There is no centre in this place."""


class AlreadyMade(LedgerFailure):
    """There is a centre in this place; nothing was touched."""


class NoAddress(LedgerFailure):
    """This text is no address of a database."""


class Unsupported(LedgerFailure):
    """This kind of database is not built in; the message names it."""


class Full(LedgerFailure):
    """The disk or the quota is full, or the disk read-only."""


class Busy(LedgerFailure):
    """Another program holds the database for longer than we wait; trying again is safe."""


class Damaged(LedgerFailure):
    """The file is no centre's, or corrupt."""


class TooNew(LedgerFailure):
    """The file was written by a newer program; it was left untouched."""


def database_path(url: str) -> Path:
    """The file that ``sqlite:///FILE`` names. Raises NoAddress, or Unsupported for another database."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise NoAddress(url)
    if scheme != "sqlite":
        raise Unsupported(scheme)
    if not rest.startswith("/") or len(rest) < 2:
        raise NoAddress(url)
    return Path(rest[1:])


def open_engine(url: str, *, make: bool = False, quota: int | None = None) -> Engine:
    """An engine on the centre's database; ``make`` creates the file (0600) with its tables.

    ``quota`` is the size in bytes at which the database counts as full. Raises LedgerFailure.
    """
    path = database_path(url)
    if make:
        with gate():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError as error:
                raise AlreadyMade(str(path)) from error
    elif not path.is_file():
        raise Missing(str(path))
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, quota), poolclass=QueuePool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    with gate():
        if make:
            with writing(engine) as db:
                Centre.metadata.create_all(db)
                db.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
        with engine.connect() as db:
            db.exec_driver_sql("SELECT count(*) FROM meta")
    return engine


def _connect(path: Path, quota: int | None) -> Any:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_WAIT, check_same_thread=False)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] > SCHEMA:
            raise TooNew(str(path))
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if quota is not None:
            connection.execute(f"PRAGMA max_page_count={max(1, quota // _PAGE)}")
        if connection.execute("PRAGMA synchronous").fetchone()[0] != 2:
            raise Damaged("synchronous=FULL was not taken")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One view of the database, not changed by what others write meanwhile."""
    with gate(), engine.connect() as db, db.begin():
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: durable at the end of the block, undone if the block raises."""
    with gate(), engine.connect() as connection:
        db = connection.execution_options(writing=True)
        with db.begin():
            yield db


@contextmanager
def gate() -> Iterator[None]:
    """Turns the driver's and the system's errors into ours, by what a person has to do."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig or error) from error
    except sqlite3.Error as error:
        raise _translated(error) from error
    except PermissionError as error:
        raise Full(str(error.strerror)) from error
    except FileExistsError:
        raise
    except OSError as error:
        raise Full(str(error.strerror)) from error


def _translated(error: BaseException) -> Exception:
    said = str(error)
    if "locked" in said or "busy" in said:
        return Busy(said)
    if any(word in said for word in ("full", "readonly", "read-only", "disk I/O", "unable to open")):
        return Full(said)
    if any(word in said for word in ("not a database", "malformed", "corrupt", "no such table")):
        return Damaged(said)
    return error if isinstance(error, Exception) else Damaged(said)
