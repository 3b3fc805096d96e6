"""What the centre makes of facts: folds, questions, misfits, poison, clocks, and what verify finds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

import databases
from databases import Made
from laptop_and_centre import (
    NOON,
    House,
    PaperBox,
    body_of,
    device_of,
    reception,
    remember,
    take,
)
from mobile_reception.centre import intake
from mobile_reception.centre.folding import clocks_of
from mobile_reception.centre.tables import Centre
from mobile_reception.dossier.facts import GENESIS, Act, Fact, digest, link, next_stamp, stamp_milliseconds
from mobile_reception.dossier.fold import corrections, fold_dossier, read_with
from mobile_reception.sync import protocol

template, box, house = databases.template, databases.box, databases.house

STRAY = """INSERT INTO dossier SELECT unit, 'x', origin, received, 'y', session, procedure, person,
received_at, due, fee, collected, status, conflicts, clash FROM dossier LIMIT 1"""


# -- Meaning ---------------------------------------------------------------------------------------------


def test_one_code_on_two_dossiers_is_a_question_and_both_stay(house: House, box: PaperBox) -> None:
    take(house, box, remember(box.write(reception("c-1"), reception("c-1"), reception("c-2"))))
    house.folded()
    assert house.ledger.status().dossiers == 3
    with house.ledger._engine.connect() as db:
        flagged = db.execute(text("SELECT code, clash FROM dossier ORDER BY code")).all()
    assert [(code, bool(clash)) for code, clash in flagged] == [("c-1", True), ("c-1", True), ("c-2", False)]
    assert house.ledger.verify().ok


def test_what_does_not_fit_is_a_misfit_until_what_it_waited_for_arrives(house: House, box: PaperBox) -> None:
    subject = str(uuid4())
    box.write(Act(subject, "dossier.withdrawn", {"reason": "x"}))
    take(house, box, remember(box.journals[box.origin]))
    house.folded()
    assert (house.ledger.status().dossiers, house.ledger.status().held) == (0, 1)
    assert house.ledger.verify().ok


def test_a_newer_program_takes_up_what_an_older_one_held(house: House, box: PaperBox) -> None:
    take(house, box, remember(box.receive(3)))
    with house.ledger._engine.begin() as db:  # as a program that did not know receptions left it
        db.execute(text("UPDATE fact SET state = 'held', reason = 'unknown_kind'"))
    house.folded()
    assert (house.ledger.status().dossiers, house.ledger.status().held) == (0, 3)
    assert house.ledger.reconsider() == 3
    house.folded()
    assert (house.ledger.status().dossiers, house.ledger.status().held) == (3, 0)
    assert house.ledger.verify().ok


@pytest.mark.parametrize(
    "payload",
    [
        '{"procedure":"x","code":"\\ud800","reception":{}}',
        '{"procedure":"x","fee":' + "9" * 300 + ',"reception":{}}',
        '{"procedure":"x","fee":NaN,"reception":{}}',
        '{"procedure":"x","reception":' + '{"a":' * 5000 + "1" + "}" * 5001,
        "not JSON",
        "[]",
        "",
    ],
)
def test_a_poisonous_payload_is_held_and_those_behind_it_are_folded(
    house: House, box: PaperBox, payload: str
) -> None:
    (evil,) = box.receive(1)
    payload_hash = digest(payload)
    linked = link(evil.header, payload_hash, GENESIS)
    box.journals[box.origin] = [replace(evil, payload=payload, payload_hash=payload_hash, hash=linked)]
    box.receive(2)
    head = take(house, box, remember(box.journals[box.origin]))
    assert (head.code, head.seq) == ("ok", 3)
    house.folded()
    status = house.ledger.status()
    assert (status.dossiers, status.facts, status.held, status.waiting_to_fold) == (2, 3, 1, 0)
    assert house.ledger.verify().ok


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE fact SET payload = replace(payload, 'Diệu', 'Điệu') WHERE seq = 2", "payload at seq 2"),
        ("DELETE FROM fact WHERE seq = 2", "missing after seq 1"),
        ("UPDATE fact SET header = replace(header, 'lan', 'hoa') WHERE seq = 2", "changed at seq 2"),
        ("DELETE FROM fact WHERE seq = 3", "its head says 3"),
        ("UPDATE dossier SET fee = 1 WHERE code LIKE '%0002'", "not the fold"),
        ("DELETE FROM dossier WHERE code LIKE '%0002'", "not the fold"),
        (STRAY, "without facts"),
    ],
)
def test_every_kind_of_tampering_is_found(
    house: House, box: PaperBox, template: Made, damage: str, said: str
) -> None:
    if template.server is not None:  # there a line is kept as bytes
        damage = re.sub(
            r"replace\((\w+), (.*)\) WHERE",
            r"convert_to(replace(convert_from(\1, 'UTF8'), \2), 'UTF8') WHERE",
            damage,
        )
    take(house, box, remember(box.receive(3)))
    house.folded()
    assert house.ledger.verify().ok
    with house.ledger._engine.begin() as db:
        db.execute(text(damage))
    verdict = house.ledger.verify()
    assert not verdict.ok
    assert any(said in problem for problem in verdict.problems), verdict.problems


def test_every_table_but_the_centres_own_values_belongs_to_a_unit() -> None:
    assert {name for name, table in Centre.metadata.tables.items() if "unit" not in table.c} == {"meta"}


# -- Clocks ----------------------------------------------------------------------------------------------


def test_a_wrong_year_moves_no_stamp_of_the_centre_and_orders_nothing_wrongly(
    house: House, box: PaperBox
) -> None:
    year = timedelta(days=365)
    subject = str(uuid4())
    box.write(reception("c-1", subject=subject), at=NOON + year)
    run = protocol.read_run(body_of(remember(box.journals[box.origin])))
    device = device_of(house, box)
    house.ledger.take(device, run, intake.read(run), device_time=NOON + year, now=NOON)
    with house.ledger._engine.connect() as db:
        clock = int(db.execute(text("SELECT value FROM meta WHERE key = 'clock'")).scalar_one())
        rows = db.execute(text("SELECT kind, payload FROM fact WHERE kind = 'clock.corrected'")).all()
    assert clock < next_stamp(0, NOON + timedelta(minutes=11))
    body = json.loads(rows[0].payload)
    assert (body["origin"], body["from_seq"]) == (box.origin, 1)
    house.folded()
    assert house.ledger.verify().ok
    # The laptop's own fold, with the same correction, says the same.
    clocks = {box.origin: ((1, body["offset_ms"]),)}
    state = fold_dossier(subject, box.journals[box.origin], clocks)
    with house.ledger._engine.connect() as db:
        stored = db.execute(text("SELECT code, fee, status FROM dossier")).one()
    assert tuple(stored) == (state.code, state.fee, state.status)
    assert corrections([]) == {}


@pytest.mark.parametrize(("centre", "laptop"), [(365, 365), (-365, 0)])
def test_what_the_centres_own_wrong_clock_made_of_a_journal_is_taken_back(
    house: House, box: PaperBox, centre: int, laptop: int
) -> None:
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2")
    take(house, other, remember(other.receive(1)))  # the centre knows what day it was
    subject = str(uuid4())
    facts = box.write(reception("c-1", subject=subject), at=NOON + timedelta(days=laptop))
    house.now = NOON + timedelta(days=centre)
    _arrive(house, box, facts, NOON + timedelta(days=laptop))
    house.folded()
    house.now = NOON + timedelta(hours=1)  # both are right from now on
    change = Act(subject, "dossier.amended", {"set": {"note": "một"}}, {"note": facts[0].id})
    facts += box.write(change, at=house.now)
    _arrive(house, box, facts, house.now)
    house.folded()
    verdict = house.ledger.verify()
    assert (verdict.ok, verdict.problems) == (True, ())
    with house.ledger._engine.connect() as db:
        known = clocks_of(db)
    for fact in facts:
        read = stamp_milliseconds(read_with(known, fact)) / 1000
        assert abs(read - NOON.timestamp()) <= 3600 + 600
    (state,) = (each for each in house.ledger.dossiers() if each.subject == subject)
    assert state.fields["note"].value == "một"


def _arrive(house: House, box: PaperBox, facts: list[Fact], device_time: datetime) -> None:
    run = protocol.read_run(body_of(remember(facts)))
    device = device_of(house, box)
    house.ledger.take(device, run, intake.read(run), device_time=device_time, now=house.now)
