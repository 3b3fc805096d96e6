"""Transactions on the encrypted file: a few connections kept open, statements straight to the driver.

A statement through SQLAlchemy's own execution costs several times what the driver needs for it, an act is a
dozen of them; and its engine alone is 24 MB of memory in a process that needs five connections of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any, Final

import sqlcipher3

from mobile_reception.store.errors import Busy

_MOST: Final = 5
_PATIENCE: Final = 30.0

Row = tuple[Any, ...]


class Rows:
    """What a statement gave."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __iter__(self) -> Iterator[Row]:
        return iter(self._cursor)

    def all(self) -> list[Row]:
        """Every row."""
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def first(self) -> Row | None:
        """The first row, or None; the rest is not read."""
        row: Row | None = self._cursor.fetchone()
        self._cursor.close()
        return row

    def one(self) -> Row:
        """The row of a statement that always has one."""
        row = self.first()
        if row is None:
            raise LookupError("a statement without its row")
        return row

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        row = self.first()
        return None if row is None else row[0]

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._cursor]

    @property
    def changed(self) -> int:
        """How many rows an UPDATE or DELETE met."""
        return int(self._cursor.rowcount)


class Transaction:
    """An open transaction: statements in, rows out. Values are bound, never written into a statement."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement."""
        return Rows(self._raw.execute(statement, values))

    def run_each(self, statement: str, rows: Sequence[Row]) -> None:
        """Run one statement for each of ``rows``."""
        self._raw.executemany(statement, rows)


class Connections:
    """The connections of one file, at most five; any thread may take one. ``connect`` opens another."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._closed = False
        # The connection that was used last is given out first: it has the newest pages decrypted.
        self._free: LifoQueue[Any] = LifoQueue()
        for _ in range(_MOST):
            self._free.put(None)

    def take(self) -> Any:
        """A connection that nobody else has until it is given back. Raises Busy after half a minute."""
        try:
            connection = self._free.get(timeout=_PATIENCE)
        except Empty:
            raise Busy("every connection is in use") from None
        if connection is not None:
            return connection
        try:
            return self._connect()
        except BaseException:
            self._free.put(None)
            raise

    def give_back(self, connection: Any, *, sound: bool) -> None:
        """Keep a connection for the next who asks, or close it, if it is not ``sound`` or all are closed."""
        if not sound or self._closed:
            try:
                connection.close()
            finally:
                self._free.put(None)
        else:
            self._free.put(connection)

    def close(self) -> None:
        """Close what is not in use now, and the others as they are given back."""
        self._closed = True
        resting = []
        while not self._free.empty():
            resting.append(self._free.get())
        for connection in resting:
            if connection is not None:
                connection.close()
            self._free.put(None)


@contextmanager
def transaction(connections: Connections, *, write: bool | None) -> Iterator[Transaction]:
    """A transaction: committed at the end of the block, undone if the block raises.

    ``write`` None begins none, for the statements that SQLite allows outside of transactions only.

    Writes take the lock at once, so that nobody else can have written between what is read and what is
    written. After an error of the driver the connection is thrown away: what a failed sync left in its
    cache cannot be trusted.
    """
    raw = connections.take()
    sound = True
    try:
        if write is not None:
            raw.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            yield Transaction(raw)
            if write is not None:
                raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
    except sqlcipher3.dbapi2.Error:
        sound = False
        raise
    finally:
        connections.give_back(raw, sound=sound)
