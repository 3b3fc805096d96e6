"""The rules of the road, each with its test as `docs/reliability.md` says; here are those without another."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from laptop_and_centre import NOON, UNIT, House, PaperBox, Road, enrolled_at, make_centre, noon
from laptops import PASSPHRASE, Clock, line, new, received
from mobile_reception.sync.client import Backoff, sync
from mobile_reception.words import VIETNAM

HERE = Path(__file__).parent
RULES = (*range(1, 10), *range(13, 18), *range(20, 26))


@pytest.fixture
def house(tmp_path: Path) -> Any:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


def test_every_rule_names_tests_that_there_are() -> None:
    text = (HERE.parent / "docs" / "reliability.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\d+) [^|]+ \| (.+) \|$", text, re.MULTILINE))
    assert sorted(map(int, rows)) == list(RULES)
    missing = []
    for rule, held in rows.items():
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", held)
        assert named, rule
        missing += [f"{file}::{test}" for file, test in named if test not in names_in(HERE / file)]
    assert missing == []


def names_in(file: Path) -> set[str]:
    """The names of a file's tests."""
    if not file.exists():
        return set()
    return {
        each.name for each in ast.parse(file.read_text("utf-8")).body if isinstance(each, ast.FunctionDef)
    }


def test_what_was_sent_stays_to_the_byte_and_a_correction_goes_behind_it(
    house: House, tmp_path: Path
) -> None:
    """Rule 4."""
    clock = Clock(NOON.astimezone(VIETNAM))
    code = house.ledger.register.new_code(unit=UNIT.code, name="Máy 1", scope="hamlets", now=house.now)
    desk = new(tmp_path / "laptop", clock, unit=UNIT.code, agency=UNIT.agency_id, alone=False)
    facts = "SELECT origin, seq, header, payload, hash FROM fact ORDER BY row"
    with house.serving() as url:
        desk.enrol(url, code, PASSPHRASE)
        desk.open_session("Ấp 1")
        sent = received(desk, line()).code
        assert desk.sync().value.agree
        with desk._bench.store.reading() as db:
            before = db.run(facts).all()
        desk.amend(sent, {"copies": 9}, "công dân xin thêm")
        with desk._bench.store.reading() as db:
            after = db.run(facts).all()
        assert after[: len(before)] == before
        assert len(after) == len(before) + 1
        assert desk.sync().value.agree
    desk.close()
    house.folded()
    (state,) = house.ledger.dossiers()
    assert state.fields["copies"].value == 9
    assert house.ledger.verify().problems == ()


def test_a_dossier_received_during_a_sync_turns_the_agreement_off(house: House) -> None:
    """Rule 22: what the last answer said is not the question, but what is on both sides now."""
    box = Hurried()
    house.join(box)
    box.receive(3)
    with house.serving() as url, Road(url).open() as road:
        report = sync(enrolled_at(box, road.url), clock=noon)
        assert (report.agree, report.waiting, report.acknowledged) == (False, 1, 3)
        report = sync(box, clock=noon, cursor=box.cursor)
        assert (report.agree, report.waiting) == (True, 0)


class Hurried(PaperBox):
    """A laptop at which somebody receives one more dossier as the cards of a sync come in."""

    late = False

    def take_cards(self, *args: Any) -> None:
        super().take_cards(*args)
        if not self.late:
            self.late = True
            self.receive(1)


def test_however_long_the_road_was_closed_it_is_tried_again() -> None:
    """Rule 21: a thousand failures later the next try is no further away than after ten."""
    backoff = Backoff(chance=lambda: 1.0)
    waits = [backoff.next() for _ in range(1000)]
    assert max(waits) == waits[-1] == 300
    backoff.reset()
    assert backoff.next() == waits[0] <= 2
