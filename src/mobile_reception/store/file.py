"""The encrypted file: opened as the design wants it or not at all, its errors told apart at one gate."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3

from mobile_reception.store.errors import Busy, CannotWrite, Damaged, StoreFailure, TooNew
from mobile_reception.store.transaction import Connections, transaction
from mobile_reception.store.values import SCHEMA

DATABASE = "reception.db"
MAKING = "reception.db.part"
SIDECAR = "journal.head"
MARK = "place.mark"

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "temp_store=MEMORY",
    "cache_size=-32000",
    "fullfsync=ON",  # macOS only: a plain fsync there does not reach the disk
    "checkpoint_fullfsync=ON",
)

_OF_DRIVERS = (sqlcipher3.dbapi2.Error, sqlite3.Error)


def connect(path: Path, key: bytes) -> Any:
    """A connection of the driver's own to the encrypted file, asserted to be as safe as it says."""
    connection = sqlcipher3.dbapi2.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
    try:
        unlock(connection, key)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if connection.execute("PRAGMA synchronous").fetchone()[0] != 2:
            raise Damaged("synchronous=FULL was not taken")
    except BaseException:
        connection.close()
        raise
    return connection


def unlock(connection: Any, key: bytes) -> int:
    """Give a connection its key; of which `SCHEMA` its file is. Raises TooNew, or what `gate` translates."""
    connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_log_level=NONE")  # else its errors go to stderr, past our gate
    if not connection.execute("PRAGMA cipher_version").fetchone():
        raise Damaged("the driver does not encrypt")
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])  # a wrong key fails here
    if found > SCHEMA:
        raise TooNew(str(found))
    return found


def version(folder: Path, key: bytes) -> int:
    """Of which `SCHEMA` the folder's file is, through a connection that cannot write, not even on closing.

    Raises Damaged, TooNew, CannotWrite, Busy.
    """
    path = folder / DATABASE
    if not path.exists():
        raise Damaged("the file is missing")
    if path.stat().st_size == 0:
        raise Damaged("the file is empty")  # opening it would throw its log away
    with gate():
        if path.with_name(f"{DATABASE}-journal").exists():
            # An upgrade was cut as it left the log: whoever only reads cannot take that half write back.
            with closing(sqlcipher3.dbapi2.connect(path, timeout=5)) as connection:
                unlock(connection, key)
        with closing(unlocked_read_only(path, key)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])


def open_file(folder: Path, key: bytes, *, make: bool = False) -> Connections:
    """The connections of the folder's file, which is of today's `version`; ``make`` creates it, under its
    name of making, with its tables.

    Raises Damaged, TooNew, CannotWrite, Busy.
    """
    path = folder / (MAKING if make else DATABASE)
    if make:
        with gate():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connections = Connections(lambda: connect(path, key))
    with gate():
        if make:
            _make_tables(path, key)
        with transaction(connections, write=False) as seen:
            seen.run("SELECT count(*) FROM meta").one()
    return connections


def _make_tables(path: Path, key: bytes) -> None:
    # Only here: SQLAlchemy and SQLModel's classes cost half a second and 40 MB at every unlocking.
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from mobile_reception.store.tables import Laptop

    engine = create_engine(
        "sqlite://",
        module=sqlcipher3.dbapi2,
        creator=lambda: connect(path, key),
        poolclass=NullPool,
        hide_parameters=True,
    )
    with engine.begin() as db:
        Laptop.metadata.create_all(db)
        db.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")


def unlocked_read_only(path: Path, key: bytes) -> Any:
    """A connection of the driver's own that writes nothing, not even beside the file."""
    connection = sqlcipher3.dbapi2.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        unlock(connection, key)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def gate() -> Iterator[None]:
    """Turns the driver's and the system's errors into ours, by what a person has to do."""
    try:
        yield
    except StoreFailure:
        raise
    except _OF_DRIVERS as error:
        raise _translated(error) from error
    except OSError as error:
        if error.errno in {
            errno.ENOSPC,
            errno.EROFS,
            errno.EACCES,
            errno.EPERM,
            errno.EDQUOT,
            errno.EIO,
            errno.EFBIG,
        }:
            raise CannotWrite(str(error.strerror)) from error
        raise
    except Exception as error:
        # SQLAlchemy, which only making and bringing up a file load, wraps the driver's own.
        original = getattr(error, "orig", None)
        if isinstance(original, _OF_DRIVERS):
            raise _translated(original) from error
        raise


def _translated(error: BaseException) -> Exception:
    said = str(error)
    if "locked" in said or "busy" in said:
        return Busy(said)
    if any(word in said for word in ("full", "readonly", "read-only", "disk I/O", "unable to open")):
        return CannotWrite(said)
    if any(word in said for word in ("not a database", "malformed", "corrupt", "hmac", "no such table")):
        return Damaged(said)
    if isinstance(error, Exception):
        return error  # a mistake of ours: to be seen as such
    return Damaged(said)


def place_of(folder: Path) -> str:
    """Which machine and path a folder is at, and which folder it is: another value means copied or restored.

    A small file that is written once tells one folder from its copy at the same place: no copying keeps
    both the number of a file and the moment of its last change.
    """
    mark = folder / MARK
    if not mark.exists():
        mark.touch(mode=0o600)
    about = mark.stat()
    identity = f"{_machine()}\n{folder.resolve()}\n{about.st_ino}\n{about.st_ctime_ns}"
    return hashlib.sha256(identity.encode()).hexdigest()


def _machine() -> str:
    for name in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            return Path(name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    address = uuid.getnode()
    made_up = address >> 40 & 1  # by Python, for this process alone, where no card has an address
    return platform.node() if made_up else f"{platform.node()}-{address:012x}"


class Sidecar:
    """The last seq and hash, beside the file: tells when the file or its WAL is older than itself.

    Written after each commit without syncing. Missing or torn means unknown, never an alarm.
    """

    _LENGTH = 256

    def __init__(self, folder: Path) -> None:
        self._path = folder / SIDECAR

    def write(self, origin: str, seq: int, head_hash: str) -> None:
        """Remember a head. That it cannot be written changes nothing about the act that is durable."""
        body = json.dumps([origin, seq, head_hash])
        line = f"{body} {hashlib.sha256(body.encode()).hexdigest()[:16]}".ljust(self._LENGTH)
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError:
            return  # unknown from now on, by design

    def read(self) -> tuple[str, int, str] | None:
        """The head remembered, or None when unknown."""
        try:
            body, _, check = self._path.read_text(encoding="utf-8").strip().rpartition(" ")
        except (OSError, UnicodeDecodeError):
            return None
        if hashlib.sha256(body.encode()).hexdigest()[:16] != check:
            return None
        origin, seq, head_hash = json.loads(body)
        return str(origin), int(seq), str(head_hash)
