"""Questions for people: what is held, released or set aside; conflicts; twins. Every answer has a name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

import databases
from laptop_and_centre import (
    NOON,
    UNIT,
    House,
    PaperBox,
    device_of,
    enrolled_at,
    noon,
    reception,
    remember,
    take,
)
from mobile_reception.__main__ import main
from mobile_reception.centre.questions import Conflict
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import GENESIS, Act, Fact, digest, link
from mobile_reception.dossier.fold import fold_dossier
from mobile_reception.sync.client import sync

template, box, house = databases.template, databases.box, databases.house

ADMIN = "quantri"


def hand_over(house: House, box: PaperBox) -> None:
    """All that a laptop has, folded."""
    take(house, box, remember(box.journals[box.origin]))
    house.folded()


def second(house: House, *, login: str = "mai", scope: str = "hamlets") -> PaperBox:
    """Another laptop."""
    box = PaperBox()
    house.join(box, login=login, name=f"Máy {login}", scope=scope)
    return box


def refused(work: Any, *args: Any, **named: Any) -> str:
    """The code with which the centre refuses."""
    with pytest.raises(Refused) as told:
        work(*args, **named)
    return told.value.code


def poison(box: PaperBox) -> Fact:
    """A fact, well chained, that nobody can read."""
    (evil,) = box.receive(1)
    linked = link(evil.header, digest("[]"), GENESIS)
    box.journals[box.origin] = [replace(evil, payload="[]", payload_hash=digest("[]"), hash=linked)]
    return box.journals[box.origin][0]


# -- Held ------------------------------------------------------------------------------------------------


def test_what_a_revoked_laptop_sends_counts_once_a_named_person_has_released_it(
    house: House, box: PaperBox
) -> None:
    questions = house.ledger.questions
    house.ledger.register.revoke(device_of(house, box).device)
    facts = box.receive(3)
    hand_over(house, box)
    held = questions.held()
    assert [(each.place, each.reason) for each in held] == [
        (f"{box.origin}:{n}", "revoked") for n in (1, 2, 3)
    ]
    assert (house.ledger.status().dossiers, house.ledger.status().held) == (0, 3)
    about, body = questions.show(f"{box.origin}:2")
    assert (about, body) == (held[1], f"{facts[1].header}\n{facts[1].payload}\n".encode())
    assert refused(questions.release, held[0].place, officer="nobody", now=NOON) == "not_named"
    assert questions.release(held[1].place, officer=ADMIN, now=NOON) == 1
    assert [state.code for state in house.ledger.dossiers()] == [json.loads(facts[1].payload or "")["code"]]
    assert questions.release(box.origin, officer=ADMIN, now=NOON) == 2
    assert (house.ledger.status().dossiers, house.ledger.status().held, questions.held()) == (3, 0, [])
    assert house.ledger.verify().ok
    assert refused(questions.release, box.origin, officer=ADMIN, now=NOON) == "unknown_place"
    with house.ledger._engine.connect() as db:
        said = db.execute(text("SELECT kind FROM fact WHERE kind LIKE 'held.%'")).scalars().all()
    assert said == ["held.released", "held.released"]


def test_what_nobody_can_read_is_only_set_aside_with_a_note(house: House, box: PaperBox) -> None:
    questions = house.ledger.questions
    evil = poison(box)
    box.receive(1)
    hand_over(house, box)
    (held,) = questions.held()
    assert (held.reason, held.seq, questions.show(held.place)[1]) == (
        "unreadable",
        1,
        f"{evil.header}\n[]\n".encode(),
    )
    assert refused(questions.release, held.place, officer=ADMIN, now=NOON) == "not_readable"
    for note in ("", "  ", "a\nb", "x" * 2000):
        assert refused(questions.set_aside, held.place, note=note, officer=ADMIN, now=NOON) == "note"
    assert questions.set_aside(held.place, note="Máy hỏng, đã hỏi lại.", officer=ADMIN, now=NOON) == 1
    assert (house.ledger.status().dossiers, house.ledger.status().held) == (1, 0)
    assert take(house, box, remember(box.journals[box.origin])).held == 0
    house.folded()
    assert house.ledger.verify().ok
    assert questions.held() == []


def test_the_other_side_of_a_fork_is_shown_by_its_bytes_and_set_aside(house: House, box: PaperBox) -> None:
    questions = house.ledger.questions
    box.receive(2)
    hand_over(house, box)
    twin = PaperBox(box.key, box.origin)
    (other, _) = remember(twin.receive(2))
    assert take(house, box, twin.journals[twin.origin]).code == "fork"
    held = questions.held()
    assert [(each.reason, each.seq) for each in held] == [("fork", 1), ("fork", 2)]
    assert questions.show(held[0].place[:12])[1] == f"{other.header}\n{other.payload}\n".encode()
    assert refused(questions.release, held[0].place, officer=ADMIN, now=NOON) == "no_place"
    for each in held:
        assert questions.set_aside(each.place, note="Bản sao của thư mục", officer=ADMIN, now=NOON) == 1
    assert (house.ledger.status().held, questions.held()) == (0, [])
    assert take(house, box, twin.journals[twin.origin]).held == 0  # the same bytes again are no new question


def test_what_changed_nothing_is_set_aside_and_stays_out_of_the_fold(house: House, box: PaperBox) -> None:
    questions = house.ledger.questions
    (received,) = box.receive(1)
    box.write(Act(received.subject, "dossier.amended", {"set": {}}))
    hand_over(house, box)
    (held,) = questions.held()
    assert held.state == "misfit"
    assert questions.set_aside(held.place, note="Không đổi gì", officer=ADMIN, now=NOON) == 1
    box.write(Act(received.subject, "fee.collected", {"amount": 2000}))
    hand_over(house, box)
    assert (house.ledger.status().held, house.ledger.verify().problems) == (0, ())


def test_a_laptop_is_told_which_of_its_facts_are_being_checked(house: House, box: PaperBox) -> None:
    evil = poison(box)
    with house.serving() as url:
        assert sync(enrolled_at(box, url), clock=noon).agree
        house.folded()
        report = sync(box, clock=noon, cursor=box.cursor)
        assert (report.held, report.agree) == (1, True)
        assert box.cards is not None
        assert [(card["origin"], card["seq"], card["reason"]) for card in box.cards.held] == [
            (evil.origin, 1, "unreadable")
        ]
        place = f"{box.origin}:1"
        house.ledger.questions.set_aside(place, note="Đã hỏi lại", officer=ADMIN, now=NOON)
        report = sync(box, clock=noon, cursor=box.cursor)
    assert (report.held, box.cards.held) == (0, ())


def test_a_disabled_officers_acts_are_taken_in_as_held_and_everybody_elses_count(
    house: House, box: PaperBox
) -> None:
    questions = house.ledger.questions
    house.ledger.register.add_officer(UNIT.code, "hoa", "officer", "một câu dài để thử")
    house.ledger.register.disable_officer(UNIT.code, "hoa")
    box.write(reception("c-1"), officer="hoa")
    box.write(reception("c-2"))
    hand_over(house, box)
    assert [(each.seq, each.reason) for each in questions.held()] == [(1, "officer_disabled")]
    assert [state.code for state in house.ledger.dossiers()] == ["c-2"]
    assert refused(questions.release, box.origin, officer="hoa", now=NOON) == "not_named"
    assert questions.release(box.origin, officer=ADMIN, now=NOON) == 1
    assert {state.code for state in house.ledger.dossiers()} == {"c-1", "c-2"}
    assert house.ledger.verify().ok


# -- Conflicts -------------------------------------------------------------------------------------------


def torn(house: House, box: PaperBox, name: str, ours: object, theirs: object) -> tuple[Fact, PaperBox]:
    """A dossier of which two officers changed one field, neither having seen the other."""
    (received,) = box.receive(1)
    other = second(house)
    for each, value, officer in ((box, ours, "lan"), (other, theirs, "mai")):
        changed = Act(received.subject, "dossier.amended", {"set": {name: value}}, base={name: received.id})
        each.write(changed, officer=officer)
        hand_over(house, each)
    return received, other


def test_a_conflict_is_listed_with_both_authors_and_closed_by_a_name_and_the_laptops_hear_of_it(
    house: House, box: PaperBox
) -> None:
    questions = house.ledger.questions
    received, other = torn(house, box, "submitter.full_name", "Nguyễn Thị Diệu Hiền", "Nguyễn Thị Điệu")
    (conflict,) = questions.conflicts()
    assert (conflict.subject, conflict.field) == (received.subject, "submitter.full_name")
    assert {(each.officer, each.value) for each in conflict.values} == {
        ("lan", "Nguyễn Thị Diệu Hiền"),
        ("mai", "Nguyễn Thị Điệu"),
    }
    code = conflict.code or ""
    assert refused(questions.close, code, "submitter.phone", "x", officer=ADMIN, now=NOON) == "no_conflict"
    assert refused(questions.close, "none", conflict.field, "x", officer=ADMIN, now=NOON) == "unknown_dossier"
    assert refused(questions.close, code, conflict.field, "x", officer="kẻ lạ", now=NOON) == "not_named"
    questions.close(code, conflict.field, "Nguyễn Thị Điệu", officer=ADMIN, now=NOON)
    assert (questions.conflicts(), house.ledger.status().conflicts) == ([], 0)
    assert house.ledger.verify().ok
    with house.serving() as url:
        for each in (box, other):
            report = sync(enrolled_at(each, url), clock=noon)
            assert (report.conflicts, report.agree) == (0, True)
            known = [*each.journals[each.origin], *each.others]
            state = fold_dossier(
                received.subject, [fact for fact in known if fact.subject == received.subject]
            )
            assert state.fields["submitter.full_name"].value == "Nguyễn Thị Điệu"
            assert state.conflicts == {}
            assert state.fields["submitter.full_name"].officer == ADMIN
            assert state == next(iter(house.ledger.dossiers()))


@pytest.mark.parametrize(("said", "kept"), [("4", 4), ("7", 7), ("bảy", None)])
def test_a_conflict_of_numbers_is_closed_with_a_number(
    house: House, box: PaperBox, said: str, kept: int | None
) -> None:
    received, _ = torn(house, box, "copies", 4, 5)
    close = house.ledger.questions.close
    if kept is None:
        assert refused(close, received.subject, "copies", said, officer=ADMIN, now=NOON) == "value"
    else:
        close(received.subject, "copies", said, officer=ADMIN, now=NOON)
        (state,) = house.ledger.dossiers()
        assert state.fields["copies"].value == kept


def test_what_is_written_after_a_conflict_was_closed_without_seeing_that_is_a_conflict_again(
    house: House, box: PaperBox
) -> None:
    received, _ = torn(house, box, "copies", 4, 5)
    house.ledger.questions.close(received.subject, "copies", "4", officer=ADMIN, now=NOON)
    late = Act(received.subject, "dossier.amended", {"set": {"copies": 9}}, base={"copies": received.id})
    box.write(late)
    hand_over(house, box)
    (conflict,) = house.ledger.questions.conflicts()
    assert isinstance(conflict, Conflict)
    assert {each.value for each in conflict.values} == {4, 9}


# -- Perhaps received twice ---------------------------------------------------------------------------------


def handed_in(code: str, number: str | None, *, days: int = 0, procedure: str = "2.000815") -> Act:
    """A reception of a person, so many days later."""
    act = reception(code)
    person = {"full_name": "Nguyễn Thị Diệu", "birth_date": "1990-05-02", "personal_id": number}
    at = (NOON + timedelta(days=days)).isoformat()
    payload = {**act.payload, "procedure": procedure, "received_at": at, "reception": {"submitter": person}}
    return Act(act.subject, act.kind, payload)


def test_one_person_and_one_procedure_on_two_laptops_is_a_question_and_both_stay(
    house: House, box: PaperBox
) -> None:
    other = second(house)
    number = "087190001234"
    box.write(handed_in("a-1", number), handed_in("a-2", number), handed_in("a-3", None))
    other.write(handed_in("b-1", number, days=2), handed_in("b-2", number, procedure="1.001193"))
    other.write(handed_in("b-3", None), handed_in("b-4", number, days=30), handed_in("b-5", "087190009999"))
    hand_over(house, box)
    hand_over(house, other)
    found = [{twin.code for twin in each.dossiers} for each in house.ledger.questions.duplicates()]
    assert sorted(found, key=sorted) == [{"a-1", "a-2", "b-1"}, {"a-3", "b-3"}]
    assert house.ledger.status().dossiers == 8
    other.write(Act(other.journals[other.origin][2].subject, "dossier.withdrawn", {"reason": "trùng"}))
    hand_over(house, other)
    assert len(house.ledger.questions.duplicates()) == 1


# -- By the command line ---------------------------------------------------------------------------------


def test_the_administrator_sees_and_answers_all_of_it_by_command(
    house: House, box: PaperBox, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    received, _ = torn(house, box, "copies", 4, 5)
    box.write(Act(received.subject, "dossier.amended", {"set": {}}))
    hand_over(house, box)
    here = ("--database", house.url)
    named = ("--officer", ADMIN, *here)

    def said(*words: str) -> Any:
        assert main(["centre", *words, "--json", *here]) == 0
        return json.loads(capfdbinary.readouterr().out)

    (held,) = said("held", "list")
    (conflict,) = said("conflict", "list")
    assert said("duplicates", "list") == []
    assert main(["centre", "held", "show", held["place"], *here]) == 0
    assert b'"set":{}' in capfdbinary.readouterr().out
    assert main(["centre", "held", "release", held["place"], *named]) == 1
    assert main(["centre", "held", "set-aside", held["place"], "--note", "Không đổi gì", *here]) == 77
    assert main(["centre", "held", "set-aside", held["place"], "--note", "Không đổi gì", *named]) == 0
    words = ["conflict", "close", conflict["code"], conflict["field"], "--value", "5"]
    assert main(["centre", *words, *here]) == 77
    assert main(["centre", *words, *named]) == 0
    capfdbinary.readouterr()
    assert (said("held", "list"), said("conflict", "list")) == ([], [])
    assert said("verify")["ok"] is True
