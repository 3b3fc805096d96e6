"""Closing a session: the box counted note by note, against what this laptop took, whatever else is broken."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from laptops import Clock, at_the_table, new, opened, received, run
from mobile_reception.desk import Unacceptable, day
from mobile_reception.desk.results import Receiver
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import service
from mobile_reception.dossier.facts import GENESIS, Act, Fact, next_stamp, uuid7, write
from mobile_reception.store.outbox import Outbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    return at_the_table(tmp_path / "laptop", clock)


def test_the_box_is_counted_note_by_note(desk: Desk) -> None:
    code = received(desk).code
    desk.collect(code, 12_000)
    session = desk.close_session(notes={10_000: 1, 2_000: 1, 500_000: 0}).value
    found = desk.closing(session.id)
    assert (session.cash, found.cash, found.taken, found.difference) == (12_000, 12_000, 12_000, 0)
    assert found.notes == {10_000: 1, 2_000: 1}
    told = day.closing_json(found)
    assert (told["cash_words"], told["notes"]) == ("mười hai nghìn đồng", {"10000": 1, "2000": 1})
    assert desk.verify().ok
    desk.close()


@pytest.mark.parametrize(
    ("cash", "notes"),
    [(None, {3_000: 1}), (None, {1_000: -1}), (10_000, {1_000: 1}), (-1, None), (None, {1_000: 10**6})],
)
def test_a_count_that_cannot_be_is_refused_and_nothing_is_lost(
    desk: Desk, cash: int | None, notes: dict[int, int] | None
) -> None:
    with pytest.raises(Unacceptable):
        desk.close_session(cash, notes=notes)
    assert desk.current_session() is not None
    desk.close()


def test_a_difference_may_be_explained(desk: Desk) -> None:
    desk.collect(received(desk).code, 12_000)
    session = desk.close_session(10_000, explained="thối nhầm 2.000 đ cho bà Hè").value
    lines = [sentence for _, sentence in day.closing_lines(desk.closing(session.id))]
    assert any("thiếu 2.000 đ" in sentence for sentence in lines)
    assert "Giải thích chênh lệch: thối nhầm 2.000 đ cho bà Hè" in lines
    desk.close()


def test_what_was_counted_last_lies_in_the_box(desk: Desk, clock: Clock) -> None:
    desk.close_session(12_000)
    clock.move(hours=1)
    again = desk.open_session("Ấp 1").value
    assert desk.close_session(30_000).value.cash == 30_000
    assert desk.closing(again.id).cash == 30_000
    desk.close()


def test_money_counts_where_it_was_taken(desk: Desk, clock: Clock) -> None:
    wednesday = desk.session_summary().session.id
    code = received(desk).code
    desk.collect(code, 2_000)
    desk.close_session(2_000)
    desk.collect(code, 1_000)  # between two sessions: the dossier's own
    clock.move(days=2)
    friday = desk.open_session("Ấp 2").value.id
    desk.collect(code, 9_000)
    desk.close_session(9_000)
    assert (desk.closing(wednesday).taken, desk.closing(friday).taken) == (3_000, 9_000)
    assert (desk.closing(wednesday).difference, desk.closing(friday).difference) == (-1_000, 0)
    here, there = desk.summary(wednesday)["fees"], desk.summary(friday)["fees"]
    assert (here["collected"], here["taken"], there["collected"], there["taken"]) == (12_000, 3_000, 0, 9_000)
    assert desk.verify().ok
    desk.close()


def test_each_laptop_closes_its_own_part_and_one_may_be_dead_since_noon(desk: Desk, clock: Clock) -> None:
    """The other laptop's facts come over the road: it opened, took money, and was never heard of again."""
    session = desk.session_summary().session.id
    desk.collect(received(desk).code, 12_000)
    theirs, written = uuid7(clock()), list[Fact]()

    def told(subject: str, kind: str, payload: dict[str, object]) -> None:
        last = written[-1] if written else None
        written.append(
            write(
                Act(subject, kind, payload),
                origin=theirs,
                seq=len(written) + 1,
                officer="xuan",
                at=clock(),
                stamp=next_stamp(last.stamp if last else 0, clock()),
                previous=last.hash if last else GENESIS,
            )
        )

    dossier = uuid7(clock())
    told(session, "session.opened", {"hamlet": "Ấp 1", "day": "2026-11-25", "kind": "regular"})
    told(dossier, "dossier.received", {
        "procedure": "2.000815", "session": session, "code": "H20.12.3-261125-5200", "fee": 8000,
        "reception": {"submitter": {"full_name": "Xuân"}},
    })  # fmt: skip
    told(dossier, "fee.collected", {"amount": 8_000, "session": session})
    Outbox(desk._bench.store).take_page(written, "cursor")
    closed = desk.close_session(12_000).value
    found = desk.closing(closed.id)
    assert (found.taken, found.difference, found.other_parts) == (12_000, 0, 1)
    assert (found.summary.dossiers, found.summary.taken) == (2, 20_000)  # the page is about the session
    assert desk.current_session() is None
    assert desk.reviewed(session).open_parts == 1
    lines = [sentence for _, sentence in day.closing_lines(found)]
    assert any("1 máy khác" in sentence for sentence in lines)
    told(session, "session.closed", {"cash": 8_000})
    Outbox(desk._bench.store).take_page(written, "cursor")
    assert desk.session_summary(session).session.cash == 20_000
    assert desk.verify().ok
    desk.close()


def test_it_closes_without_network_printer_and_anything_else(tmp_path: Path) -> None:
    """No road, no printer on the system, a receipt whose printing failed, a draft: it closes and says so."""
    desk = at_the_table(tmp_path / "laptop")
    answer = received(desk)
    job = desk.print_job(answer.code).value
    desk.print_failed(job.id, "no paper")
    desk.save_draft("x", {"submitter.full_name": "Ẩn"})
    desk.close()
    here = {"data": tmp_path / "laptop", "env": {"PATH": str(tmp_path)}}
    done = run("session", "close", "--notes", "10000x1, 2000x1", "--explain", "chưa thu ai", "--json", **here)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["closing"]["unprinted"] == [answer.code]
    assert (told["closing"]["drafts"], told["cash"], told["closing"]["difference"]) == (1, 12_000, 12_000)
    run("session", "close", "--notes", "10000", **here, check=65)
    desk = opened(tmp_path / "laptop")
    assert [each.id for each in desk.drafts()] == ["x"]
    assert [each.id for each in desk.unfinished_prints()] == [job.id]
    desk.close()


def test_a_copied_folder_counts_one_box(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop")
    desk.open_session("Ấp 1")
    desk.close_session(5_000)
    desk.close()
    shutil.copytree(tmp_path / "laptop", tmp_path / "copy")
    copy = opened(tmp_path / "copy")
    session = copy.open_session("Ấp 1").value
    assert copy.close_session(7_000).value.cash == 7_000
    assert copy.closing(session.id).cash == 7_000
    assert copy.verify().ok
    copy.close()


def test_two_thousand_dossiers_close(tmp_path: Path) -> None:
    """Counted against the naive sums; how long it takes is for the benchmark to say."""
    desk = at_the_table(tmp_path / "laptop")
    theirs, session, clock = uuid7(Clock()()), desk.session_summary().session.id, Clock()
    facts: list[Fact] = []
    for number in range(2_000):
        last = facts[-1] if facts else None
        about = {
            "procedure": ("2.000815", "2.000635")[number % 2], "session": session, "fee": 8_000,
            "code": f"H20.12.3-261125-{number:05}", "le_phi": 8_000,
            "reception": {"submitter": {"full_name": f"Người {number % 700}", "birth_date": "1990"}},
        }  # fmt: skip
        facts.append(
            write(
                Act(uuid7(clock()), "dossier.received", about),
                origin=theirs,
                seq=number + 1,
                officer="xuan",
                at=clock(),
                stamp=next_stamp(last.stamp if last else 0, clock()),
                previous=last.hash if last else GENESIS,
            )
        )
    Outbox(desk._bench.store).take_page(facts, "cursor")
    session_closed = desk.close_session(0).value
    found = desk.closing(session_closed.id)
    assert (found.summary.dossiers, found.summary.citizens, found.summary.total) == (2_000, 700, 16_000_000)
    assert len(found.unprinted) == 2_000
    assert sum(found.summary.by_procedure.values()) == 2_000
    assert len(list(day.closing_lines(found))) < 20
    desk.close()


def test_every_note_in_circulation_can_be_counted() -> None:
    assert list(service.NOTES) == sorted(service.NOTES, reverse=True)
    assert (service.NOTES[0], service.NOTES[-1]) == (500_000, 1_000)


def test_results_that_were_brought_and_neither_given_nor_noted_are_named(desk: Desk) -> None:
    session = desk.session_summary().session.id
    with desk._bench.store.writing() as db:
        for number, name in enumerate(("Lê Văn Ước", "Phan Thị Ẩn")):
            card = {
                "id": uuid7(Clock()()), "code": f"X-{number}", "name": name, "procedure": "2.000635",
                "paper": "Trích lục", "number": "", "hamlet": "Ấp 1", "to_pay": 8_000, "in_person": False,
                "by_post": True, "session": session, "post": None,
            }  # fmt: skip
            db.run(
                "INSERT INTO card (kind, key, value) VALUES ('result', ?, ?)", (card["id"], json.dumps(card))
            )
    desk._bench.forget_cards()
    desk.take_results()
    given = desk.hand_over_result("X-0", Receiver("Lê Văn Ước", paid=8_000)).value
    assert desk.asked_already("X-0") is None
    desk.rate("X-0", "very")
    assert desk.asked_already("X-0") is not None
    found = desk.closing(desk.close_session(8_000).value.id)
    assert found.summary.satisfaction.very == 1
    assert [line.code for line in found.carried] == ["X-1"]
    assert (found.taken, found.difference, found.summary.handed_over) == (8_000, 0, 1)
    assert any("Phan Thị Ẩn" in sentence for look, sentence in day.closing_lines(found) if look)
    assert day.closing_json(found)["carried"] == ["X-1"]
    behind = desk.behind(session, "handed_over")
    assert [(line.id, line.name) for line in behind] == [(given.id, "Lê Văn Ước")]
    assert desk.verify().ok
    desk.close()
