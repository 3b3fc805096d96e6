"""Transactions on the encrypted file: the engine's pooled connections, statements straight to the driver.

A statement through SQLAlchemy's own execution costs several times what the driver needs for it; an act is a
dozen of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlcipher3
from sqlalchemy import Engine

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


@contextmanager
def transaction(engine: Engine, *, write: bool | None) -> Iterator[Transaction]:
    """A transaction: committed at the end of the block, undone if the block raises.

    ``write`` None begins none, for the statements that SQLite allows outside of transactions only.

    Writes take the lock at once, so that nobody else can have written between what is read and what is
    written. After an error of the driver the connection is thrown away: what a failed sync left in its
    cache cannot be trusted.
    """
    pooled = engine.raw_connection()
    try:
        raw: Any = pooled.driver_connection
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
        pooled.invalidate()
        raise
    finally:
        pooled.close()
