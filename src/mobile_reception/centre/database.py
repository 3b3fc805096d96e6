"""The centre's database, SQLite or PostgreSQL: opened as the design wants, its errors told apart at one gate.

SQLite has one writer at a time, and every write takes that place at once. PostgreSQL has many: whoever
interprets a subject takes `lock_subjects` before it reads the facts, and rows that two might change are read
``FOR UPDATE``. Locks are taken in one order: laptops' origins by their ids, subjects, the centre's origin and
clock, the unit, what belongs to the unit (rows that the fold makes), devices.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
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
# A plan that was kept while a table was small compares every row of it with each of hundreds of names, until
# the server has counted the rows: every statement is planned anew, as large as its table is by then.
_SERVER: Final = (
    f"-c synchronous_commit=on -c lock_timeout={_WAIT}s -c timezone=UTC -c plan_cache_mode=force_custom_plan"
)
_POOL: Final = 8
_PLACE: Final = "schema"  # of the meta row that says which tables a PostgreSQL database has


class LedgerFailure(Exception):
    """The database could not do it; nothing was half done."""


class Missing(LedgerFailure):
    """There is no centre in this place."""


class AlreadyMade(LedgerFailure):
    """There is a centre in this place; nothing was touched."""


class NoAddress(LedgerFailure):
    """This text is no address of a database, or its server does not let us in."""


class Unsupported(LedgerFailure):
    """This kind of database is not built in; the message names it."""


class Full(LedgerFailure):
    """The disk or the quota is full, or the disk read-only."""


class Busy(LedgerFailure):
    """The database is held by others, or its server is away for now; trying again is safe."""


class Damaged(LedgerFailure):
    """The database is no centre's, or corrupt, or its server does not keep what it says it keeps."""


class TooNew(LedgerFailure):
    """The database was written by a newer program; it was left untouched."""


def is_server(url: str) -> bool:
    """Whether this address names a PostgreSQL, where several processes may work."""
    return url.startswith("postgresql:")


def shown(url: str) -> str:
    """A server's address for people, without its password. Raises NoAddress."""
    return _address(url).render_as_string(hide_password=True)


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


def files_beside(url: str) -> Path | None:
    """Where files lie that belong to this database; None beside a server's. Raises NoAddress."""
    if is_server(url):
        return None
    path = database_path(url)
    return path.with_name(f"{path.stem}-files")


def open_engine(url: str, *, make: bool = False, quota: int | None = None) -> Engine:
    """An engine on the centre's database; ``make`` makes its tables (and, of SQLite, its file, 0600).

    A database of an older release is brought up to this one first; see `migrations`.
    ``quota`` is the size in bytes at which an SQLite file counts as full. Raises LedgerFailure.
    """
    if is_server(url):
        return _server(url, make=make)
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
    else:
        from mobile_reception.centre import migrations  # it needs what is below

        with gate():
            brought_up = migrations.bring_up_file(path)
    engine = _file_engine(path, quota)
    with gate():
        if make:
            with writing(engine) as db:
                Centre.metadata.create_all(db)
                db.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
        with engine.connect() as db:
            db.exec_driver_sql("SELECT count(*) FROM meta")
        if not make and not brought_up:
            migrations.forget_former(path)
    return engine


def _file_engine(path: Path, quota: int | None) -> Engine:
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, quota), poolclass=QueuePool, hide_parameters=True
    )

    engine.dialect.statement_compiler = _Compiler

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


class _Compiler(SQLiteCompiler):
    """SQLAlchemy has hints for other databases only; SQLite's ``INDEXED BY`` is one."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        """What stands behind the table's name."""
        return text


def unmake(engine: Engine, url: str) -> None:
    """Take back what `open_engine` made a moment ago and nobody has used."""
    if is_server(url):
        with gate():
            Centre.metadata.drop_all(engine)
    engine.dispose()
    if not is_server(url):
        for name in ("", "-wal", "-shm"):
            Path(f"{database_path(url)}{name}").unlink(missing_ok=True)


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


def _server(url: str, *, make: bool) -> Engine:
    from mobile_reception.centre import migrations

    try:
        engine = create_engine(
            _address(url).set(drivername="postgresql+psycopg"),
            pool_size=_POOL,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": _WAIT,
                "options": _SERVER,
                "application_name": f"{migrations.SESSION}{SCHEMA}",
            },
        )
    except ImportError as error:
        raise Unsupported("postgresql") from error
    try:
        with gate():
            _check_server(engine, shown(url), make=make)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise NoAddress("postgresql://…") from error


def _check_server(engine: Engine, place: str, *, make: bool) -> None:
    with writing(engine) as db:
        if db.exec_driver_sql("SHOW fsync").scalar_one() != "on":
            raise Damaged("fsync=off")
        if db.exec_driver_sql("SHOW server_encoding").scalar_one() != "UTF8":
            raise Damaged("server_encoding is not UTF8")
        there = inspect(db).has_table("meta")
        if make:
            if there:
                raise AlreadyMade(place)
            Centre.metadata.create_all(db)
            db.execute(text("INSERT INTO meta (key, value) VALUES (:key, :value)"), _schema_row())
            return
        if not there:
            raise Missing(place)
        made = db.execute(text("SELECT value FROM meta WHERE key = :key"), {"key": _PLACE}).scalar()
        if made is None:
            raise Damaged("the centre's tables do not say what they are")
        if int(made) > SCHEMA:
            raise TooNew(place)
        if int(made) < SCHEMA:
            from mobile_reception.centre import migrations

            migrations.bring_up_server(db, _PLACE)


def _schema_row() -> dict[str, str]:
    return {"key": _PLACE, "value": str(SCHEMA)}


# -- Transactions and locks ------------------------------------------------------------------------------


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One view of the database, not changed by what others write meanwhile."""
    with gate(), engine.connect() as connection:
        db = connection
        if on_server(connection):
            db = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with db.begin():
            yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: durable at the end of the block, undone if the block raises."""
    with gate(), engine.connect() as connection:
        db = connection.execution_options(writing=True)
        with db.begin():
            yield db


def on_server(db: Connection) -> bool:
    """Whether this connection leads to a PostgreSQL."""
    return db.dialect.name == "postgresql"


def count_tables(engine: Engine) -> None:
    """Let a server count its tables now: by itself it does once a minute, and till then plans for empty ones.

    Where somebody else counts just now, nothing is done. Nothing on SQLite, whose plans do not ask.
    """
    if engine.dialect.name != "postgresql":
        return
    with gate(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {', '.join(sorted(Centre.metadata.tables))}")


def lock_subjects(db: Connection, unit: str, subjects: Iterable[str]) -> None:
    """Nobody else interprets these subjects until this transaction ends; taken before their facts are read.

    Whoever waits here then reads what the one before wrote. In SQLite being the writer is this lock.
    """
    if on_server(db):
        names = sorted({_lock_name(f"{unit}/{subject}") for subject in subjects})
        taken = text("SELECT pg_advisory_xact_lock(name) FROM unnest(CAST(:names AS bigint[])) AS name")
        db.execute(taken, {"names": names})


def _lock_name(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def insert_many(db: Connection, table: Table, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows by the driver's own fastest way: through Core they take more than twice as long."""
    names = ", ".join(columns)
    if on_server(db):
        raw: Any = db.connection.driver_connection
        kinds = [_KINDS.get(name, "text") for name in columns]
        with (
            raw.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types(kinds)
            for row in rows:
                copy.write_row([_as(kind, value) for kind, value in zip(kinds, row, strict=True)])
    else:
        marks = ", ".join("?" * len(columns))
        db.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)


def _as(kind: str, value: Any) -> Any:
    return value.encode() if kind == "bytea" and value is not None else value


_KINDS: Final = {"seq": "int8", "header": "bytea", "payload": "bytea"}


# -- Errors ----------------------------------------------------------------------------------------------


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
    if not isinstance(error, sqlite3.Error):
        return _told_by_server(error)
    said = str(error)
    if "locked" in said or "busy" in said:
        return Busy(said)
    if any(word in said for word in ("full", "readonly", "read-only", "disk I/O", "unable to open")):
        return Full(said)
    if any(word in said for word in ("not a database", "malformed", "corrupt", "no such table")):
        return Damaged(said)
    return error


_BUSY: Final = {"23505", "40001", "40P01", "55P03", "57014", "53300"}  # two at once: the second tries again
_SHUT: Final = ("08", "57P", "25P03")
_OUTSIDE: Final = {"28000", "28P01", "42501"}


def _told_by_server(error: BaseException) -> Exception:
    """By the five-letter SQLSTATE: PostgreSQL's words differ by its language, and may quote values."""
    state = getattr(error, "sqlstate", None)
    if state is None:  # no server has said it: nobody there, or gone in the middle
        return _not_let_in(str(error)) if _is_connection(error) else _plain(error)
    known: tuple[tuple[bool, type[LedgerFailure]], ...] = (
        (state in _BUSY or state.startswith(_SHUT), Busy),
        (state in {"53100", "25006", "53200", "54000"} or state.startswith("58"), Full),
        (state in _OUTSIDE, NoAddress),
        (state == "3D000", Missing),
        (state in {"42P01", "42703", "XX001", "XX002"}, Damaged),
    )
    return next((kind(f"SQLSTATE {state}") for holds, kind in known if holds), _plain(error))


def _not_let_in(said: str) -> LedgerFailure:
    """Before there is a connection the driver gives words only; all other words are a matter of waiting."""
    if "password" in said or "pg_hba" in said or 'role "' in said:
        return NoAddress("the server does not let us in")
    return Missing("no such database") if 'database "' in said else Busy("no connection to the database")


def _is_connection(error: BaseException) -> bool:
    return type(error).__name__ in {"OperationalError", "ConnectionTimeout", "InterfaceError"}


def _plain(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else Damaged(str(error))
