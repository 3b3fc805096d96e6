"""Disks: true database files under processes that can die at any write, run out of space or lose power.

The plain files beside them share their fate (`plain`). Every statement of the product passes here on its way
to the driver. A kill raises `Killed` there, and from that moment nothing more of that process reaches the
disk: the files are put back to the bytes that they held then, in place, so that even their inodes are those
of before.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import unquote, urlsplit

import sqlcipher3

from simulator.world import World

_NO_LIMIT = 1_073_741_823


class Killed(BaseException):
    """The process is gone; nothing in it may catch this."""


class Life:
    """One process at work on a disk, from its start to its death."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.dead = False
        self.lazy = False  # whether a commit is durable only at some later time: synchronous=NORMAL
        self.connections: list[Any] = []
        self.counter: dict[
            tuple[str, str], int
        ] = {}  # for a planted mistake: memory that dies with the process


class Blow:
    """When a process dies: at its ``left``-th write from now, or the ``left``-th commit.

    ``how`` is ``before`` (the statement or commit never ran), ``after`` (it was durable, nobody heard of it)
    or ``torn`` (the commit was cut at some byte of the log).
    """

    def __init__(self, left: int, how: str, *, power: bool) -> None:
        self.left = left
        self.how = how
        self.power = power


class Disk:
    """The folder of one machine, with one database in it; ``files`` is where plain ones lie, if elsewhere."""

    def __init__(
        self, world: World, name: str, folder: Path, database: str, files: Path | None = None
    ) -> None:
        self.world = world
        self.name = name
        self.folder = folder
        self.path = folder / database
        self.log = folder / f"{database}-wal"
        self.root = f"{files or folder}{os.sep}"
        self.unsynced: dict[Path, int] = {}  # bytes of a plain file that the power leaves
        self.full = False
        self.blow: Blow | None = None
        self.life = Life(self)
        self._torn: tuple[int, int] | None = None
        self._safe: tuple[bytes, bytes, bytes] | None = None
        _disks[self.path.resolve()] = self

    # -- Dying -------------------------------------------------------------------------------------------

    def die(self) -> None:
        """From now on this process does nothing any more; raises Killed."""
        self.life.dead = True
        raise Killed(self.name)

    def crash(self) -> None:
        """What a kill leaves behind: the files as they were, no process."""
        self.life.dead = True
        files = self.files()
        power = self.blow is not None and self.blow.power
        if self._torn is not None:
            low, high = self._torn
            cut = self.world.chance.randint(low, high)
            files[self.log] = files[self.log][:cut]
        if power and self._safe is not None:
            files = {self.path: self._safe[0], self.log: self._safe[1]}
        for connection in self.life.connections:
            connection.really_close()
        self.put_back(files)
        for path, safe in self.unsynced.items() if power else ():
            if path.exists() and path.stat().st_size > safe:
                os.truncate(path, self.world.chance.randint(safe, path.stat().st_size))
        self._next_life()

    def shut(self) -> None:
        """An orderly end."""
        for connection in self.life.connections:
            connection.really_close()
        self._next_life()

    def gone(self) -> None:
        """This machine is no more."""
        self.shut()
        _disks.pop(self.path.resolve(), None)

    def _next_life(self) -> None:
        self.life.dead = True
        self.life = Life(self)
        self.blow = None
        self.unsynced.clear()
        self._torn = None
        self._safe = None

    # -- Files -------------------------------------------------------------------------------------------

    def files(self) -> dict[Path, bytes]:
        """The database and its log, byte for byte."""
        return {path: path.read_bytes() for path in (self.path, self.log) if path.exists()}

    def put_back(self, files: dict[Path, bytes]) -> None:
        """Make the database and its log hold these bytes again, each in its own inode."""
        Path(f"{self.path}-shm").unlink(missing_ok=True)
        if self.log not in files:
            self.log.unlink(missing_ok=True)
        for path, content in files.items():
            with path.open("r+b" if path.exists() else "wb") as file:
                file.write(content)
                file.truncate()

    # -- Every statement ---------------------------------------------------------------------------------

    def _due(self, *, commit: bool) -> bool:
        """Whether the process dies at this write."""
        blow = self.blow
        if blow is None or (blow.how != "before" and not commit):
            return False
        blow.left -= 1
        return blow.left <= 0

    def strikes(self, *, lasting: bool) -> str | None:
        """How the process dies of what it does to a plain file now, if it does."""
        blow = self.blow
        return blow.how if blow is not None and self._due(commit=lasting) else None

    def before(self, connection: Any, sql: str) -> None:
        """A statement is about to run."""
        verb = sql.lstrip()[:24].upper()
        if verb.startswith("BEGIN"):
            connection.writes = "IMMEDIATE" in verb
            self._ration(connection)
        elif verb.startswith("PRAGMA SYNCHRONOUS=NORM"):
            self.life.lazy = True
        elif connection.writes and verb[:6] not in {"SELECT", "PRAGMA", "ROLLBA"} and self._due(commit=False):
            self.die()

    def commit(self, connection: Any, run: Callable[[], Any]) -> Any:
        """A commit: before, after or within it the process may die. One that only read is none."""
        if not connection.writes:
            return run()
        connection.writes = False
        due = self._due(commit=True)
        if due and self.blow is not None and self.blow.how == "before":
            self.die()
        size = self.log.stat().st_size if self.log.exists() else 0
        if self.life.lazy:
            self._remember()
        done = run()
        if due and self.blow is not None:
            after = self.log.stat().st_size if self.log.exists() else 0
            if self.blow.how == "torn" and after > size:
                self._torn = (size, after)
            self.die()
        return done

    def _ration(self, connection: Any) -> None:
        """No page more than there is, while the disk is full."""
        if connection.rationed == self.full:
            return
        pages = connection.plain("PRAGMA page_count").fetchone()[0] if self.full else _NO_LIMIT
        connection.plain(f"PRAGMA max_page_count={max(1, pages)}").fetchone()
        connection.rationed = self.full

    def _remember(self) -> None:
        """Without a sync at each commit, power keeps only what the last checkpoint wrote."""
        salt = self.log.read_bytes()[8:24] if self.log.exists() else b""
        if self._safe is None or self._safe[2] != salt:
            files = self.files()
            self._safe = (files[self.path], files.get(self.log, b""), salt)


_disks: dict[Path, Disk] = {}


def disk_above(path: Any) -> Disk | None:
    """The disk among whose plain files a path is; not of what is the database's own."""
    text = str(path)
    for disk in _disks.values():
        if text.startswith(disk.root) and not text.startswith(str(disk.path)):
            return disk
    return None


def _disk_of(path: str | Path) -> Disk | None:
    text = str(path)
    if text.startswith("file:"):
        text = unquote(urlsplit(text).path)
    return _disks.get(Path(text).resolve()) if text and text != ":memory:" else None


def _watched(driver: Any) -> Callable[..., Any]:  # noqa: C901 - classes over a driver, small ones
    """The driver's ``connect`` with every connection of ours under its disk."""
    plain_connect = driver.connect

    class Cursor(driver.Cursor):  # type: ignore[misc]
        def execute(self, sql: str, *values: Any) -> Any:
            return self.connection.watch(sql, lambda: driver.Cursor.execute(self, sql, *values))

        def executemany(self, sql: str, rows: Any) -> Any:
            return self.connection.watch(sql, lambda: driver.Cursor.executemany(self, sql, rows))

    class Connection(driver.Connection):  # type: ignore[misc]
        life: Life
        rationed = False
        writes = False

        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def plain(self, sql: str) -> Any:
            return driver.Cursor.execute(super().cursor(driver.Cursor), sql)

        def watch(self, sql: str, run: Callable[[], Any]) -> Any:
            if self.life.dead:
                if sql.upper().startswith("ROLLBACK"):
                    return None
                raise Killed(self.life.disk.name)
            if sql.upper().startswith("COMMIT"):
                return self.life.disk.commit(self, run)
            self.life.disk.before(self, sql)
            return run()

        def commit(self) -> None:
            if self.life.dead:
                raise Killed(self.life.disk.name)
            if self.in_transaction:
                self.life.disk.commit(self, super().commit)

        def rollback(self) -> None:
            if not self.life.dead:
                super().rollback()

        def close(self) -> None:
            if not self.life.dead:
                super().close()

        def really_close(self) -> None:
            super().close()

    def connect(path: str | Path, *args: Any, **named: Any) -> Any:
        disk = _disk_of(path)
        if disk is None:
            return plain_connect(path, *args, **named)
        connection = plain_connect(path, *args, factory=Connection, **named)
        connection.life = disk.life
        disk.life.connections.append(connection)
        return connection

    return connect


@contextmanager
def watched() -> Iterator[None]:
    """Within the block every connection to the file of a `Disk` is under its watch."""
    with ExitStack() as stack:
        for driver in (sqlite3, sqlcipher3.dbapi2):
            stack.enter_context(mock.patch.object(driver, "connect", _watched(driver)))
        try:
            yield
        finally:
            for disk in list(_disks.values()):
                disk.gone()
