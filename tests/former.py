"""What a release left on people's machines (``released/``), taken out for a test."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, insert, select
from sqlcipher3 import dbapi2 as sqlcipher

from laptops import Clock
from mobile_reception.desk import Officer
from mobile_reception.desk.table import Desk
from mobile_reception.store import keys
from mobile_reception.store.file import place_of, unlock
from mobile_reception.store.opening import open_store

RELEASED = Path(__file__).parent / "released"
RELEASES = sorted(each.name for each in RELEASED.iterdir() if each.is_dir())

_opened: dict[str, keys.Opened] = {}


class Former:
    """One release's saved work, copied to ``folder``."""

    def __init__(self, release: str, folder: Path) -> None:
        self.saved = RELEASED / release
        self.about: Mapping[str, Any] = json.loads((self.saved / "about.json").read_text("utf-8"))
        self.laptop = folder / "laptop"
        self.centre = folder / "centre.db"
        shutil.copytree(self.saved / "laptop", self.laptop)
        shutil.copy(self.saved / "centre.db", self.centre)
        self.scans = folder / "centre-files"
        if (self.saved / self.scans.name).is_dir():  # since 0.2.0
            shutil.copytree(self.saved / self.scans.name, self.scans)
        self.clock = Clock(datetime.fromisoformat(self.about["ended"]))

    @property
    def url(self) -> str:
        """The centre's database."""
        return f"sqlite:///{self.centre}"

    def slots(self) -> tuple[keys.Slots, keys.Opened]:
        """The laptop's slots, opened; the passphrase is stretched once in a process."""
        slots = keys.read(self.laptop)
        if slots.database not in _opened:
            _opened[slots.database] = keys.unlock(slots, self.about["login"], self.about["passphrase"])
        return slots, _opened[slots.database]

    @property
    def key(self) -> bytes:
        """The key of the laptop's database."""
        return keys.subkey(self.slots()[1].data_key, "db")

    def raw(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """A statement to the laptop's file, past the program."""
        connection = sqlcipher.connect(self.laptop / "reception.db", isolation_level=None)
        try:
            unlock(connection, self.key)
            rows: list[tuple[Any, ...]] = connection.execute(statement, values).fetchall()
            return rows
        finally:
            connection.close()

    def without_log(self) -> None:
        """Both files in one piece each, as a refused upgrade leaves them: a mark in their first page."""
        self.raw("PRAGMA journal_mode=DELETE")
        with closing(sqlite3.connect(self.centre)) as centre:
            centre.execute("PRAGMA journal_mode=DELETE")

    def stays_here(self, centre: str = "") -> None:
        """As if the folder had never been anywhere else; ``centre`` is where its centre answers now."""
        self.raw("UPDATE meta SET value=? WHERE key='place'", (place_of(self.laptop),))
        if centre:
            self.raw("UPDATE meta SET value=? WHERE key='url'", (centre,))

    def open(self) -> Desk:
        """The laptop with today's program."""
        slots, opened = self.slots()
        store = open_store(self.laptop, opened, slots)
        return Desk(store, Officer(self.about["login"], self.about["login"], "officer"), self.clock)

    def said(self, name: str) -> list[dict[str, Any]]:
        """A recording: each exchange in its order."""
        lines = (self.saved / f"{name}.jsonl").read_text("utf-8").splitlines()
        return [json.loads(each) for each in lines]


def onto_server(file: Path, url: str) -> None:
    """The same centre on a PostgreSQL: its tables as the release made them there, with every row."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    from mobile_reception.centre.migrations import release_0001

    source = create_engine(f"sqlite:///{file}")
    target = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    there, here = MetaData(), MetaData()
    with source.connect() as old, target.begin() as new:
        release_0001.upgrade(Operations(MigrationContext.configure(new)))
        there.reflect(old)
        here.reflect(new)
        for table in here.sorted_tables:
            rows = [dict(row._mapping) for row in old.execute(select(there.tables[table.name]))]
            for row in rows:
                if table.name == "fact":
                    row |= {name: _bytes(row[name]) for name in ("header", "payload")}
            if rows:
                new.execute(insert(table), rows)
        new.execute(insert(here.tables["meta"]), {"key": "schema", "value": "1"})
    source.dispose()
    target.dispose()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
