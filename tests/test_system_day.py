"""A whole morning: sixty citizens, twelve procedures, a real printer and centre, another laptop, a kill."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from laptop_and_centre import NOON, UNIT, House, Road, make_centre
from laptops import LOGIN, PASSPHRASE, Clock, line, received
from mobile_reception.desk import make
from mobile_reception.desk.dossiers import nested
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.lifecycle import REFUSED
from mobile_reception.words import VIETNAM
from print_server import PATIENCE, PrintServer, sheets, until
from ui_officer import queue

pytestmark = pytest.mark.system
CITIZENS, SEED, KILLED_AT, OTHERS = 60, 2026, 33, 12
START = NOON.astimezone(VIETNAM)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[PrintServer]:
    made = PrintServer(tmp_path / "cups")
    yield made
    made.stop_server()


def joined(folder: Path, house: House, road: Road, scope: str) -> Desk:
    desk, _ = make(
        folder,
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login=LOGIN,
        passphrase=PASSPHRASE,
        now=Clock(START),
        practice=True,
        alone=False,
    )
    code = house.ledger.register.new_code(unit=UNIT.code, name=folder.name, scope=scope, now=house.now)
    desk.enrol(road.url, code, PASSPHRASE)
    desk.open_session("Khóm Trung")
    return desk


class Morning:
    """The officer's process, and what it has said."""

    def __init__(self, folder: Path, printer: PrintServer) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "CUPS_SERVER": printer.socket,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        self.said: list[dict[str, Any]] = []

    def go_on(self, first: int, twice: str, until_name: str | None = None) -> int | None:
        """Let the officer work from citizen ``first``; kill the process once ``until_name`` is half typed."""
        start = (START + timedelta(minutes=first)).isoformat()
        program = str(Path(__file__).with_name("ui_day.py"))
        given = (str(self.folder), start, str(CITIZENS), str(SEED), str(first), twice)
        process = subprocess.Popen(
            [sys.executable, program, *given],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout:
            for said in process.stdout:
                self.said.append(json.loads(said))
                if until_name is not None and self.said[-1].get("typed") == until_name:
                    process.kill()
                    process.wait()
                    return None
        return process.wait(PATIENCE)


def test_sixty_citizens_by_keys_alone_and_each_dossier_once_everywhere(
    tmp_path: Path, house: House, printer: PrintServer, capsys: pytest.CaptureFixture[str]
) -> None:
    out = printer.add("phieu")
    people = queue(CITIZENS, SEED)
    with house.serving() as url, Road(url).open() as road:
        desk = joined(tmp_path / "bàn 1", house, road, "unit")
        desk.close()
        other = joined(tmp_path / "bàn 2", house, road, "hamlets")
        elsewhere = [
            received(other, line(name=f"Trương Thị Xuân {place}", number=None, procedure="2.000908"))
            for place in range(OTHERS)
        ]
        assert other.sync().value.agree
        morning = Morning(tmp_path / "bàn 1", printer)
        assert morning.go_on(0, "", people[KILLED_AT].name) is None
        house.now = NOON + timedelta(minutes=KILLED_AT)
        assert morning.go_on(KILLED_AT, "Trương Thị Xuân 3") == 0
        assert other.sync().value.agree
        house.folded()
        states = list(house.ledger.dossiers())
    told = {said["code"]: said["name"] for said in morning.said if "code" in said}
    assert sorted(told.values()) == sorted(citizen.name for citizen in people)
    standing = [state for state in states if state.status != REFUSED]
    at_centre = {str(state.code): str(nested(state)["submitter"]["full_name"]) for state in standing}
    assert len(at_centre) == len(standing) == CITIZENS + OTHERS
    assert at_centre == told | {one.code: f"Trương Thị Xuân {n}" for n, one in enumerate(elsewhere)}
    undone = sum(citizen.trouble == "undone" for citizen in people)
    assert len(states) == CITIZENS + OTHERS + undone
    assert {state.procedure for state in standing if state.code in told} == {one.procedure for one in people}
    reprints = sum(citizen.trouble == "reprint" for citizen in people)
    until(lambda: printer.waiting("phieu") == 0, "the printer")
    assert len(sheets(out)) == CITIZENS + reprints
    for desk in (other,):
        assert desk.verify().ok
        desk.close()
    times = [said["ms"] / 1000 for said in morning.said if "ms" in said]
    keys = [said["keys"] for said in morning.said if "keys" in said]
    with capsys.disabled():
        print(
            f"\n{len(times)} citizens, {len({one.procedure for one in people})} procedures: the program took "
            f"{statistics.median(times):.2f} s a citizen (longest {max(times):.2f}), "
            f"{statistics.median(keys):.0f} keys"
        )
