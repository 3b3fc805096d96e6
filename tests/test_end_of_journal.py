"""A folder put back to an older day asks the end of its journal back from the centre."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import databases
from laptop_and_centre import NOON, UNIT, House, PaperBox, enrolled_at, make_centre, noon, remember, take
from laptops import PASSPHRASE, Clock, line
from mobile_reception.desk import make, unlock
from mobile_reception.dossier.facts import Act
from mobile_reception.sync.client import sync
from mobile_reception.words import VIETNAM

template, box, house = databases.template, databases.box, databases.house


def test_what_the_centre_still_has_of_a_journal_comes_back_and_both_agree(
    house: House, box: PaperBox
) -> None:
    facts = remember(box.receive(900))  # more than one answer holds
    for start in range(0, 900, 300):
        take(house, box, facts[start : start + 300])
    box.journals[box.origin] = facts[:7]
    with house.serving() as url:
        report = sync(enrolled_at(box, url), clock=noon)
    assert (report.received, report.agree, report.reason) == (893, True, None)
    assert box.journals[box.origin] == facts
    assert box.forks == []


def test_a_journal_that_went_another_way_goes_on_elsewhere_from_where_they_part(
    house: House, box: PaperBox
) -> None:
    facts = remember(box.receive(900))  # more than one answer holds
    twin = PaperBox(box.key, box.origin)
    twin.known = box.known
    for start in range(0, 900, 300):
        take(house, box, facts[start : start + 300])
    twin.journals[box.origin] = facts[:640]
    own = twin.receive(3)
    with house.serving() as url:
        report = sync(enrolled_at(twin, url), clock=noon)
    assert (report.agree, report.received) == (True, 260)
    assert twin.forks == [(box.origin, 640)]
    assert twin.journals[box.origin] == facts
    assert [each.id for each in twin.journals[twin.origin]] == [each.id for each in own]
    house.folded()
    assert (house.ledger.status().dossiers, house.ledger.status().held) == (903, 0)


def test_nobody_reads_the_journal_of_another_laptop(house: House, box: PaperBox) -> None:
    take(house, box, remember(box.receive(2)))
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2")
    other.journals[box.origin], other.marks[box.origin] = [], (0, "")
    other.write(Act(box.journals[box.origin][0].subject, "fee.collected", {"amount": 1}))
    with house.serving() as url:
        report = sync(enrolled_at(other, url), clock=noon)
    assert not report.agree
    assert other.journals[box.origin] == []


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[House, str]]:
    make_centre(tmp_path)
    house = House(tmp_path)
    with house.serving() as url:
        yield house, url
    house.ledger.close()


def test_a_folder_from_yesterday_has_todays_dossiers_again_after_one_contact(
    tmp_path: Path, served: tuple[House, str]
) -> None:
    house, url = served
    clock = Clock(NOON.astimezone(VIETNAM))
    folder, kept = tmp_path / "a", tmp_path / "yesterday"
    named = {"unit": UNIT.code, "agency": UNIT.agency_id, "login": "lan", "passphrase": PASSPHRASE}
    desk, _ = make(folder, **named, now=clock, practice=True, alone=False)
    code = house.ledger.register.new_code(unit=UNIT.code, name="a", scope="hamlets", now=house.now)
    desk.enrol(url, code, PASSPHRASE)
    desk.open_session("Khóm Trung")
    desk.close()
    shutil.copytree(folder, kept)
    desk = unlock(folder, "lan", PASSPHRASE, clock)
    codes = [desk.receive(line(f"{n}")).value.code for n in range(3)]
    assert desk.sync().value.agree
    desk.close()
    shutil.rmtree(folder)
    shutil.copytree(kept, folder)
    desk = unlock(folder, "lan", PASSPHRASE, clock)
    report = desk.sync().value
    assert (report.received, report.agree) == (3, True)
    assert {found.code for found in desk.find("", 50)} == set(codes)
    assert desk.receive(line("mới")).value.code not in codes
    assert desk.sync().value.agree
    assert desk.verify().ok
    desk.close()
