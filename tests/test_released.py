"""Every release's folders and databases open with today's program: whole, or untouched."""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

import mobile_reception
from databases import Postgres
from former import RELEASES, Former, onto_server
from laptop_and_centre import House
from laptops import at_the_table, line, received, run
from mobile_reception import desk as office
from mobile_reception.__main__ import main
from mobile_reception.centre import database
from mobile_reception.centre import migrations as centre_migrations
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.tables import SCHEMA as CENTRE_SCHEMA
from mobile_reception.centre.tables import Centre
from mobile_reception.store import errors
from mobile_reception.store import migrations as laptop_migrations
from mobile_reception.store.file import version
from mobile_reception.store.journal import read_anew
from mobile_reception.store.tables import Laptop
from mobile_reception.store.values import SCHEMA as LAPTOP_SCHEMA

ROOT = Path(__file__).parent.parent


@pytest.fixture(params=RELEASES)
def former(request: pytest.FixtureRequest, tmp_path: Path) -> Former:
    return Former(request.param, tmp_path)


@pytest.fixture
def outdated(former: Former) -> Former:
    """One whose tables are not today's, on either side: it has to be brought up."""
    with sqlite3.connect(former.centre) as saved:
        (centre,) = saved.execute("PRAGMA user_version").fetchone()
    saved.close()
    if version(former.laptop, former.key) == LAPTOP_SCHEMA or centre == CENTRE_SCHEMA:
        pytest.skip("this release has today's tables")
    return former


def contents(folder: Path) -> dict[str, bytes]:
    """Every file, by its name, without the lock, which holds nothing."""
    return {
        each.name: each.read_bytes()
        for each in folder.iterdir()
        if each.is_file() and not each.name.endswith(".lock")
    }


# -- The laptop ------------------------------------------------------------------------------------------


def test_a_former_laptop_opens_with_everything_that_was_in_it(former: Former) -> None:
    former.stays_here()
    facts = former.raw("SELECT origin, seq, header, payload, hash FROM fact ORDER BY row")
    waiting = former.raw(
        "SELECT count(*) FROM fact f JOIN origin o USING (origin) WHERE f.seq>o.acknowledged"
    )
    desk = former.open()
    assert version(former.laptop, former.key) == LAPTOP_SCHEMA
    assert desk._bench.store.notice is None
    assert former.raw("SELECT origin, seq, header, payload, hash FROM fact ORDER BY row") == facts
    assert desk.verify().problems == ()
    assert desk.status().waiting == waiting[0][0] > 0
    assert [draft.id for draft in desk.drafts()] == [former.about["draft"]]
    assert len(desk.unfinished_prints()) == 1
    codes = {each.code for each in desk.find("", limit=50)}
    assert codes == {*former.about["at_centre"], *former.about["unsent"]}
    assert received(desk).code not in codes
    assert desk.verify().problems == ()
    desk.close()


def test_the_former_file_stays_until_the_next_good_open(outdated: Former) -> None:
    outdated.without_log()
    before = (outdated.laptop / "reception.db").read_bytes()
    outdated.open().close()
    (kept,) = outdated.laptop.glob("reception.db.before-*")
    assert kept.read_bytes() == before  # a backup: put back under the old name, the old program opens it
    outdated.open().close()
    assert sorted(contents(outdated.laptop)) == sorted(
        ["journal.head", "keys.json", "keys.twin.json", "place.mark", "reception.db"]
    )


def test_a_former_folder_that_was_copied_here_says_so_after_the_upgrade(former: Former) -> None:
    desk = former.open()
    assert desk._bench.store.notice == "copied"
    desk.close()


def test_a_former_laptop_syncs_with_its_former_centre_both_brought_up(former: Former, tmp_path: Path) -> None:
    house = House(tmp_path)
    house.now = former.clock()
    with house.serving() as address:
        former.stays_here(address)
        desk = former.open()
        code = received(desk).code
        report = desk.sync().value
        assert (report.reason, report.waiting, report.agree) == (None, 0, True)
        desk.close()
    house.folded()
    assert house.ledger.verify().problems == ()
    at_centre = {state.code for state in house.ledger.dossiers()}
    assert at_centre == {*former.about["at_centre"], *former.about["unsent"], code}
    house.ledger.close()


def test_an_upgrade_without_room_is_refused_and_changes_nothing(outdated: Former) -> None:
    outdated.without_log()
    before = contents(outdated.laptop)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(errors.CannotWrite):
            outdated.open()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert contents(outdated.laptop) == before
    outdated.open().close()


def test_an_upgrade_waits_for_whoever_has_the_file_open(
    outdated: Former, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = laptop_migrations._connect(outdated.laptop / "reception.db", outdated.key)
    before = version(outdated.laptop, outdated.key)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("SELECT count(*) FROM fact").fetchone()
    try:
        with pytest.raises(errors.Busy):
            outdated.open()
        assert version(outdated.laptop, outdated.key) == before < LAPTOP_SCHEMA
    finally:
        other.close()
    outdated.open().close()


def test_what_an_upgrade_would_lose_stops_it(outdated: Former, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = import_module(f"mobile_reception.store.migrations.release_{LAPTOP_SCHEMA:04}")
    outdated.without_log()
    before = (outdated.laptop / "reception.db").read_bytes()
    for harm in ("DELETE FROM draft", "UPDATE fact SET payload='{}' WHERE seq=2"):
        monkeypatch.setattr(newest, "upgrade", lambda op, harm=harm: op.execute(harm))
        with pytest.raises(errors.Damaged):
            outdated.open()
        assert (outdated.laptop / "reception.db").read_bytes() == before
    monkeypatch.undo()
    outdated.open().close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_killed_at_any_moment_of_an_upgrade_the_folder_has_the_old_or_the_new(tmp_path: Path) -> None:
    former = Former(RELEASES[0], tmp_path / "whole")
    former.stays_here()
    facts = former.raw("SELECT hash FROM fact ORDER BY row")
    key, seen = former.key, set()
    for moment in range(1000):
        one = Former(RELEASES[0], tmp_path / str(moment))
        ended = in_a_child(lambda one=one: laptop_migrations.bring_up(one.laptop, key), moment)
        seen.add(version(one.laptop, key))
        one.open().close()
        assert one.raw("SELECT hash FROM fact ORDER BY row") == facts
        assert version(one.laptop, key) == LAPTOP_SCHEMA
        if ended:
            break
    assert moment > 5
    assert seen == {1, LAPTOP_SCHEMA}


def in_a_child(work: Callable[[], Any], moment: int) -> bool:
    """Do it in a forked child that dies at the given event that Python knows of; whether it ended well."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, args: tuple[Any, ...]) -> None:
            nonlocal count
            if event.partition(".")[0] in {"open", "os", "sqlite3", "shutil"}:
                count += 1
                if count > moment:
                    os._exit(9)

        try:
            sys.addaudithook(hook)
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_reading_every_row_anew_leaves_all_that_was_right(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    names = ("Trần Văn Xuyến", *(f"Nguyễn Thị {given}" for given in ("Diệu", "Hạnh", "Ửng")))
    codes = [received(desk, line(name=names[n % 4])).code for n in range(70)]
    with desk._bench.store.writing() as db:
        before = db.run("SELECT * FROM dossier ORDER BY row").all()
        read_anew(db)
        assert db.run("SELECT * FROM dossier ORDER BY row").all() == before
    assert desk.verify().problems == ()
    assert [each.code for each in desk.find("xuyen")] == codes[68::-4]
    desk.close()


# -- The centre ------------------------------------------------------------------------------------------


def test_a_former_centre_opens_with_everything_that_was_in_it(outdated: Former) -> None:
    outdated.without_log()
    before = outdated.centre.read_bytes()
    ledger = Ledger(outdated.url)
    assert (ledger.status().dossiers, ledger.verify().problems) == (len(outdated.about["at_centre"]), ())
    ledger.close()
    (kept,) = outdated.centre.parent.glob("centre.db.before-*")
    assert kept.read_bytes() == before
    assert main(["centre", "status", "--json", "--database", outdated.url]) == 0
    assert not list(outdated.centre.parent.glob("centre.db.before-*"))


def test_a_former_centre_that_is_at_work_is_busy(outdated: Former, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centre_migrations, "_WAIT", 0.1)
    other = sqlite3.connect(outdated.centre)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("SELECT count(*) FROM fact").fetchone()
    with pytest.raises(database.Busy):
        Ledger(outdated.url)
    other.close()
    Ledger(outdated.url).close()


def test_a_former_centre_without_room_is_left_as_it_was(outdated: Former) -> None:
    outdated.without_log()
    before = outdated.centre.read_bytes()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(database.Full):
            Ledger(outdated.url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert outdated.centre.read_bytes() == before
    Ledger(outdated.url).close()


def test_a_newer_centre_is_refused_untouched_with_words(
    former: Former, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(former.centre) as newer:
        newer.execute(f"PRAGMA user_version={CENTRE_SCHEMA + 1}")
    newer.close()
    before = former.centre.read_bytes()
    for command in ("status", "serve"):
        assert main(["centre", command, "--database", former.url, "--language", "vi"]) == 69
        assert "mới hơn" in capsys.readouterr().err
    assert former.centre.read_bytes() == before


@pytest.fixture
def on_server(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Former, str]]:
    former = Former(RELEASES[0], tmp_path)
    name = postgres.new()
    onto_server(former.centre, postgres.url(name))
    yield former, postgres.url(name)
    postgres.drop(name)


def test_a_former_centre_on_postgresql_is_brought_up_in_one_transaction(
    on_server: tuple[Former, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = import_module(f"mobile_reception.centre.migrations.release_{CENTRE_SCHEMA:04}")
    former, url = on_server
    with psycopg.connect(url) as old:  # a process of a release that has no name
        monkeypatch.setattr(centre_migrations, "_WAIT", 0)
        with pytest.raises(database.Busy):
            Ledger(url)
        monkeypatch.undo()
        # Told to end, it is gone a moment later: what was waited for.
        monkeypatch.setattr("time.sleep", lambda _seconds: old.close())
        monkeypatch.setattr(newest, "upgrade", lambda op: op.execute("DELETE FROM card"))
        with pytest.raises(database.Damaged):
            Ledger(url)
    monkeypatch.undo()
    ledger = Ledger(url)
    assert (ledger.status().dossiers, ledger.verify().problems) == (len(former.about["at_centre"]), ())
    assert ledger.register.hamlets(ledger.register.units()[0].code)
    ledger.close()
    assert old.closed
    Ledger(url).close()


def test_a_newer_centre_on_postgresql_is_refused(
    on_server: tuple[Former, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, url = on_server
    with psycopg.connect(url) as newer:
        newer.execute("UPDATE meta SET value='99' WHERE key='schema'")
    assert main(["centre", "status", "--database", url, "--language", "vi"]) == 69
    assert "mới hơn" in capsys.readouterr().err


# -- The same tables, made or brought up -----------------------------------------------------------------


def shape(db: Connection) -> dict[str, Any]:
    """Tables, columns and indexes; not their order, nor the values that an added column had to begin with."""
    seen = inspect(db)
    tables: dict[str, Any] = {}
    for table in seen.get_table_names():
        columns = {each["name"]: (str(each["type"]), each["nullable"]) for each in seen.get_columns(table)}
        indexes = {
            each["name"]: (each["column_names"], each["unique"], where_of(each))
            for each in seen.get_indexes(table)
        }
        unique = sorted(each["column_names"] for each in seen.get_unique_constraints(table))
        key = seen.get_pk_constraint(table)["constrained_columns"]
        tables[table] = (columns, indexes, unique, key)
    if db.dialect.name == "sqlite":
        for name, kind in db.execute(text("SELECT name, wr FROM pragma_table_list WHERE schema='main'")):
            tables[f"{name} without rowid"] = kind
    return tables


def beginnings(db: Connection) -> dict[tuple[str, str], Any]:
    """What a column holds that nobody gave a value."""
    seen = inspect(db)
    return {
        (table, each["name"]): each["default"]
        for table in seen.get_table_names()
        for each in seen.get_columns(table)
        if each["default"] is not None
    }


def where_of(index: Any) -> list[str]:
    """Of which rows an index tells, as the database says it."""
    return sorted(
        f"{name} {value}" for name, value in index.get("dialect_options", {}).items() if "where" in name
    )


def both_ways(url: str, other: str, steps: Callable[[Connection, int], None], made: Any) -> None:
    fresh, brought_up = create_engine(url), create_engine(other)
    with fresh.begin() as db:
        made.metadata.create_all(db)
        expected, begun = shape(db), beginnings(db)
    with brought_up.begin() as db:
        steps(db, 0)
        assert shape(db) == expected
        assert begun.items() <= beginnings(db).items()
    fresh.dispose()
    brought_up.dispose()


def laptop_steps(db: Connection, was: int) -> None:
    laptop_migrations._step_by_step(db, None, was)  # type: ignore[arg-type]


def test_a_laptop_brought_up_has_the_tables_of_a_new_one() -> None:
    both_ways("sqlite://", "sqlite://", laptop_steps, Laptop)


def test_a_centre_brought_up_has_the_tables_of_a_new_one(postgres: Postgres) -> None:
    both_ways("sqlite://", "sqlite://", centre_migrations._step_by_step, Centre)
    names = postgres.new(), postgres.new()
    urls = [postgres.url(name).replace("postgresql:", "postgresql+psycopg:", 1) for name in names]
    both_ways(urls[0], urls[1], centre_migrations._step_by_step, Centre)
    for name in names:
        postgres.drop(name)


def test_the_saved_files_have_the_tables_that_their_release_is_said_to_have(tmp_path: Path) -> None:
    former = Former("0.1.0", tmp_path)
    for base, revision in (
        (centre_migrations, "centre"),
        (laptop_migrations, "store"),
    ):
        module = __import__(f"mobile_reception.{revision}.migrations.release_0001", fromlist=["upgrade"])
        engine = create_engine("sqlite://")
        with engine.begin() as db:
            module.upgrade(Operations(MigrationContext.configure(db)))
            described = {
                name: sorted(row[1] for row in db.exec_driver_sql(f'PRAGMA table_info("{name}")'))
                for name in inspect(db).get_table_names()
            }
        engine.dispose()
        if base is centre_migrations:
            with sqlite3.connect(former.centre) as saved:
                found = columns_of(lambda statement: saved.execute(statement).fetchall())
            saved.close()
        else:
            found = columns_of(former.raw)
        assert found == described


def columns_of(ask: Callable[[str], list[Any]]) -> dict[str, list[str]]:
    names = [
        row[0] for row in ask("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'")
    ]
    return {name: sorted(row[1] for row in ask(f'PRAGMA table_info("{name}")')) for name in names}


# -- Which release this is -------------------------------------------------------------------------------


def test_the_changelog_begins_with_this_release() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = (line for line in changelog.splitlines() if line.startswith("## ["))
    first = next(line for line in headings if line != "## [Unreleased]")
    assert first.startswith(f"## [{mobile_reception.__version__}] - ")
    assert f'version = "{mobile_reception.__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_there_is_saved_work_of_every_release_that_went_out() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = [line[4:].partition("]")[0] for line in changelog.splitlines() if line.startswith("## [")]
    assert (
        sorted(headings[1:]) == RELEASES
    )  # the first is what is being made: Unreleased, or the next release


def test_a_closed_desk_says_what_a_newer_file_needs(former: Former) -> None:
    former.raw("PRAGMA user_version=99")
    with pytest.raises(errors.TooNew):
        former.open()
    assert issubclass(office.TooNew, office.Failure)
    done = run(
        "status",
        data=former.laptop,
        check=69,
        env={"MOBILE_RECEPTION_PASSPHRASE": former.about["passphrase"]},
    )
    assert "mới hơn" in done.stderr.decode()
