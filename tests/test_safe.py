"""What is called safe: journals in a backup that was read to its end, and nothing beyond what is here."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

import databases
from databases import Made
from laptop_and_centre import House, PaperBox, device_of, enrolled_at, noon, remember, take
from mobile_reception.centre import backups
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import REDUCED, fold_dossier, reduction
from mobile_reception.sync.client import sync
from mobile_reception.sync.protocol import check_proof
from test_centre_commands import run

template, box, house = databases.template, databases.box, databases.house


@pytest.fixture
def copies(template: Made, house: House, tmp_path: Path) -> Iterator[list[str]]:
    """Where copies of the centre have gone, as an administrator's own tools make and restore them."""
    made: list[str] = []
    yield made
    for url in made:
        if template.server is not None:
            template.server.drop(str(make_url(url).database))


def restored_elsewhere(template: Made, house: House, tmp_path: Path, copies: list[str]) -> str:
    """A copy of the centre as it is now, restored beside it."""
    house.ledger._engine.dispose()
    if template.server is not None:
        url = template.server.url(template.server.new(make_url(house.url).database))
    else:
        file = tmp_path / f"restored-{len(copies)}.db"
        with sqlite3.connect(tmp_path / "centre.db") as live, sqlite3.connect(file) as copy:
            live.backup(copy)
        url = f"sqlite:///{file}"
    copies.append(url)
    return url


def safe_of(house: House, box: PaperBox) -> int:
    return house.ledger.head(device_of(house, box), box.origin, now=house.now).safe


def told(house: House, box: PaperBox) -> dict[str, int]:
    """What the card says of each journal."""
    device = device_of(house, box)
    card = house.ledger.register.cards(device)["safe"]
    return {} if card is None else {each["origin"]: each["seq"] for each in card["heads"]}


def recognised(house: House, url: str, files: Path) -> backups.Kept:
    copy = Ledger(url, files=files)
    try:
        return backups.recognise(house.ledger, copy, url, now=house.now)
    finally:
        copy.close()


def test_a_copy_that_was_read_makes_safe_what_is_in_it_and_nothing_that_came_since(
    template: Made, house: House, box: PaperBox, tmp_path: Path, copies: list[str]
) -> None:
    remember(box.receive(5))
    take(house, box, box.journals[box.origin])
    house.folded()
    assert (safe_of(house, box), told(house, box)) == (0, {})
    url = restored_elsewhere(template, house, tmp_path, copies)
    remember(box.receive(2))
    remember(box.journals[box.origin])
    take(house, box, box.journals[box.origin])
    house.folded()
    kept = recognised(house, url, tmp_path / "files of the copy")
    assert kept.verdict.ok
    assert safe_of(house, box) == 5
    assert told(house, box)[box.origin] == 5
    status = house.ledger.status()
    assert status.backup is not None
    assert (status.backup["facts"], status.backup["place"]) == (5, url)
    with house.serving() as place:  # under the signature of the answer, kept as proof
        assert sync(enrolled_at(box, place), clock=noon).agree
    proof = box.proofs[-1]
    assert check_proof(proof.body, proof.signature, house.ledger.identity.public_key).safe == 5
    assert box.cards is not None
    assert box.cards.safe is not None
    assert {"origin": box.origin, "seq": 5} in box.cards.safe["heads"]


def test_the_centre_itself_its_mirror_or_another_centre_is_no_backup(
    template: Made, house: House, box: PaperBox, tmp_path: Path, copies: list[str]
) -> None:
    take(house, box, remember(box.receive(3)))
    house.folded()
    with pytest.raises(Refused, match="same_database"):
        recognised(house, house.url, tmp_path / "elsewhere")
    with pytest.raises(Refused, match="same_files"):
        recognised(house, house.url, tmp_path / "centre-files")
    url = restored_elsewhere(template, house, tmp_path, copies)
    other = replace_identity(url)
    with pytest.raises(Refused, match="other_centre"):
        recognised(house, other, tmp_path / "elsewhere")
    assert (safe_of(house, box), house.ledger.status().backup) == (0, None)


def replace_identity(url: str) -> str:
    ledger = Ledger(url)
    with ledger._engine.begin() as db:
        db.exec_driver_sql(f"UPDATE meta SET value='{'11' * 32}' WHERE key='key'")
    ledger.close()
    return url


def test_a_copy_that_does_not_hold_makes_nothing_safe(
    template: Made, house: House, box: PaperBox, tmp_path: Path, copies: list[str]
) -> None:
    take(house, box, remember(box.receive(3)))
    house.folded()
    url = restored_elsewhere(template, house, tmp_path, copies)
    ledger = Ledger(url)
    with ledger._engine.begin() as db:
        db.exec_driver_sql("UPDATE fact SET payload_hash='00' WHERE seq=2")
    ledger.close()
    kept = recognised(house, url, tmp_path / "elsewhere")
    assert (kept.verdict.ok, kept.noted) == (False, None)
    assert (safe_of(house, box), told(house, box)) == (0, {})


def test_a_centre_put_back_claims_no_more_than_it_holds(
    template: Made, house: House, box: PaperBox, tmp_path: Path, copies: list[str]
) -> None:
    take(house, box, remember(box.receive(3)))
    house.folded()
    assert recognised(house, restored_elsewhere(template, house, tmp_path, copies), tmp_path / "one").noted
    old = restored_elsewhere(template, house, tmp_path, copies)  # knows that three are safe
    # Somebody moves a mark on that never held here: as if journals had been cut under it.
    ledger = Ledger(old)
    with ledger._engine.begin() as db:
        db.exec_driver_sql(f"UPDATE meta SET value='9 {'ab' * 32}' WHERE key='safe:{box.origin}'")
    ledger.close()
    put_back = House(tmp_path, old)
    try:
        assert (safe_of(put_back, box), told(put_back, box).get(box.origin)) == (0, None)
        # The journal grows there another way than the backup knows it: the mark does not speak of that.
        twin = PaperBox(box.key, box.origin)
        twin.known, twin.journals = box.known, {box.origin: list(box.journals[box.origin])}
        twin.receive(8)
        take(put_back, twin, remember(twin.journals[box.origin]))
        put_back.folded()
        assert (safe_of(put_back, box), told(put_back, box).get(box.origin)) == (0, None)
        assert recognised(put_back, house.url, tmp_path / "two").noted  # the backup knows three of them
        assert (safe_of(put_back, box), told(put_back, box)[box.origin]) == (3, 3)
    finally:
        put_back.ledger.close()


def test_of_erased_facts_nothing_behind_them_is_safe(
    template: Made, house: House, box: PaperBox, tmp_path: Path, copies: list[str]
) -> None:
    facts = remember(box.receive(5))
    take(house, box, [*facts[:2], replace(facts[2], payload=None), *facts[3:]])
    house.folded()
    assert house.ledger.status().erased == 1
    url = restored_elsewhere(template, house, tmp_path, copies)
    assert recognised(house, url, tmp_path / "elsewhere").noted
    assert safe_of(house, box) == 2


def test_a_dossier_whose_facts_were_erased_folds_here_to_what_stayed(house: House, box: PaperBox) -> None:
    (first,) = box.receive(1)
    more = [("fee.collected", {"amount": 12000}), ("dossier.stopped", {"reason": "theo yêu cầu"})]
    box.write(*(Act(first.subject, kind, payload) for kind, payload in more))
    known = list(box.journals[box.origin])
    state = fold_dossier(first.subject, known)
    box.write(Act(first.subject, REDUCED, reduction.payload(state, known, person="nobody")))
    erased = [replace(fact, payload=None) for fact in remember(box.journals[box.origin])[:3]]
    head = take(house, box, [*erased, box.journals[box.origin][3]])
    house.folded()
    (here,) = house.ledger.dossiers()
    assert (here.code, here.status, here.collected, here.due) == (state.code, 8, 12000, state.due)
    assert not here.fields
    assert head.seq == 4
    status = house.ledger.status()
    assert (status.erased, status.dossiers, status.conflicts) == (3, 1, 0)
    assert [each.reason for each in house.ledger.questions.held()] == ["erased"] * 3
    assert house.ledger.verify().ok


def test_who_carried_a_result_and_reduced_it_is_told_nothing_of_its_dossier(
    house: House, box: PaperBox
) -> None:
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2")
    (first,) = box.receive(1)
    card = {"code": "H20.32.1-261118-0001", "name": "Nguyễn Thị Diệu"}
    other.write(
        Act(first.subject, "result.taken", {"card": card}),
        Act(first.subject, "result.handed_over", {"to": "Nguyễn Thị Diệu"}),
    )
    known = list(other.journals[other.origin])
    state = fold_dossier(first.subject, known)
    other.write(Act(first.subject, REDUCED, reduction.payload(state, known, person="nobody")))
    for each in (box, other, other):
        with house.serving() as url:
            assert sync(enrolled_at(each, url), clock=noon).agree
        house.folded()
    assert other.others == []


def test_a_file_that_no_backup_had_is_said_to_lack_until_one_has_it(
    template: Made, house: House, box: PaperBox, tmp_path: Path, copies: list[str]
) -> None:
    (first,) = box.receive(1)
    box.attach(first.subject, b"%PDF one")
    box.attach(first.subject, b"%PDF two")
    one, two = box.scans
    late = box.scans.pop(two)
    with house.serving() as place:
        assert sync(enrolled_at(box, place), clock=noon).agree
    house.folded()
    early = restored_elsewhere(template, house, tmp_path, copies)
    shutil.copytree(tmp_path / "centre-files", tmp_path / "early files")
    assert recognised(house, early, tmp_path / "early files").noted
    assert lacking(house, box) == [two]
    box.scans[two] = late
    with house.serving() as place:
        assert sync(enrolled_at(box, place), clock=noon).agree
    assert lacking(house, box) == [two]  # it is here, and in no backup
    whole = restored_elsewhere(template, house, tmp_path, copies)
    shutil.copytree(tmp_path / "centre-files", tmp_path / "whole files")
    assert recognised(house, whole, tmp_path / "whole files").noted
    assert lacking(house, box) == []
    # Files that have gone since, before their laptop heard of that.
    (tmp_path / "gone files").mkdir()
    with house.ledger._engine.begin() as db:
        db.exec_driver_sql("DELETE FROM file")
    gone = restored_elsewhere(template, house, tmp_path, copies)
    assert recognised(house, gone, tmp_path / "gone files").noted
    assert lacking(house, box) == sorted([one, two])
    assert recognised(house, whole, tmp_path / "whole files").noted  # the one that has them still stands
    assert lacking(house, box) == []


def lacking(house: House, box: PaperBox) -> list[str]:
    card = house.ledger.register.cards(device_of(house, box))["safe"]
    return [] if card is None else list(card["lacking"])


# -- The command, on a file ------------------------------------------------------------------------------


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[tuple[House, PaperBox]]:
    """A centre in a file, and its laptop with a scan that has arrived."""
    made = databases.make(tmp_path, None)
    house = House(tmp_path)
    (first,) = made.box.receive(1)
    made.box.attach(first.subject, b"%PDF scan")
    with house.serving() as url:
        assert sync(enrolled_at(made.box, url), clock=noon).agree
    house.folded()
    yield house, made.box
    house.ledger.close()


def test_a_backup_is_made_read_and_noted_while_the_centre_works(
    filed: tuple[House, PaperBox], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house, box = filed
    stick = tmp_path / "stick"
    here = ("--database", house.url, "--files", str(tmp_path / "centre-files"))
    assert run("backup", *here) == 2
    assert run("backup", str(stick), "--json", *here) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["problems"], said["noted"]["facts"]) == (True, [], 2)
    assert safe_of(house, box) == 2
    (copy,) = stick.glob("*.db")
    assert said["place"] == str(copy)
    assert not list(stick.glob("*.part*"))
    again = Ledger(f"sqlite:///{copy}", files=stick / "centre-files")
    assert again.verify().ok
    assert [unit for unit, _, _ in again.files.rows()]
    again.close()
    assert run("status", *here) == 0
    assert str(copy) in capsys.readouterr().err


def test_a_backup_without_a_file_of_the_centre_is_none(
    filed: tuple[House, PaperBox], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house, box = filed
    shutil.rmtree(tmp_path / "centre-files")
    stick = tmp_path / "stick"
    here = ("--database", house.url, "--files", str(tmp_path / "centre-files"))
    assert run("backup", str(stick), "--json", *here) == 69
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["noted"]) == (False, None)
    assert said["problems"]
    assert (safe_of(house, box), list(stick.glob("*.db"))) == (0, [])
