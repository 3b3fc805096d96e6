"""Sessions side by side, on time by the national rule, what is due or missing: equal to a naive recount."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laptops import WEDNESDAY, Clock, at_the_table, line, received, run
from mobile_reception.desk import NotFound, Unacceptable
from mobile_reception.desk.comparison import BY
from mobile_reception.desk.summary import FIGURES
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import facts, on_time
from mobile_reception.dossier.facts import GENESIS, Act, Fact
from mobile_reception.dossier.on_time import permille, timing
from mobile_reception.store.outbox import Outbox

DUE = date(2026, 11, 27)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ended", "supplements", "on", "expected"),
    [
        (DUE - DAY, 0, DUE + DAY, "early"),
        (DUE, 0, DUE + DAY, "on_day"),
        (DUE + DAY, 0, DUE + 9 * DAY, "late"),
        (DUE - DAY, 1, DUE, "early"),  # the one wait has moved the due day on
        (DUE - DAY, 2, DUE, "late"),  # asked twice: late, whenever it ended
        (None, 2, DUE - 9 * DAY, "overdue"),
        (None, 0, DUE - 9 * DAY, "within"),
        (None, 0, DUE - DAY, "soon"),
        (None, 0, DUE, "soon"),
        (None, 0, DUE + DAY, "overdue"),
    ],
)
def test_a_dossier_is_on_time_by_the_rule_of_the_index(
    ended: date | None, supplements: int, on: date, expected: str
) -> None:
    assert timing(DUE, ended, supplements=supplements, on=on, soon=on + DAY) == expected
    assert timing(None, ended, supplements=supplements, on=on, soon=on + DAY) == "untimed"


def test_the_share_on_time_is_of_what_has_ended_or_is_over() -> None:
    assert permille({"within": 5, "soon": 1, "untimed": 3}) is None
    assert permille({"early": 1, "on_day": 1, "late": 1, "within": 50}) == 667
    assert permille({"early": 1, "overdue": 1}) == 500


def test_who_fetches_a_result_late_makes_nobody_late(tmp_path: Path) -> None:
    clock = Clock()
    desk = at_the_table(tmp_path / "laptop", clock)
    code = received(desk, line(delivery={"way": "on_the_spot"})).code
    refused = received(desk, line(name="Cúc", number=None)).code
    desk.hand_over(code, "Diệu")
    desk.refuse(refused, "không thuộc thẩm quyền")
    clock.move(days=40)
    (row,) = desk.compare(date(2026, 11, 1), date(2026, 12, 31)).rows
    assert (row.on_time, row.ended, row.dossiers) == (1000, 2, 2)
    desk.close()


# -- Equal to a recount ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dossier:
    session: int
    citizen: int
    procedure: str
    officer: str
    fee: int
    paid: int
    due: int
    end: tuple[str, int] | None
    supplements: int


DOSSIERS = st.builds(
    Dossier,
    session=st.integers(0, 3),
    citizen=st.integers(0, 2),
    procedure=st.sampled_from(("2.000815", "2.000635")),
    officer=st.sampled_from(("lan", "xuân")),
    fee=st.sampled_from((0, 8_000)),
    paid=st.sampled_from((0, 8_000)),
    due=st.integers(0, 40),
    end=st.none() | st.tuples(st.sampled_from(("result.ready", "dossier.stopped")), st.integers(0, 40)),
    supplements=st.integers(0, 2),
)
PLACES = (("Ấp 1", 0), ("Ấp 2", 2), ("Ấp 1", 7), ("ấp 2", 33))
"""Hamlet, and how many days after the first Wednesday."""


class Journal:
    """Somebody else's journal in the making."""

    def __init__(self) -> None:
        self.origin = facts.uuid7(WEDNESDAY)
        self.written: list[Fact] = []

    def tell(self, subject: str, kind: str, payload: dict[str, Any], *, after: int, by: str = "lan") -> None:
        last = self.written[-1] if self.written else None
        at = WEDNESDAY + timedelta(days=after)
        self.written.append(
            facts.write(
                Act(subject, kind, payload),
                origin=self.origin,
                seq=len(self.written) + 1,
                stamp=facts.next_stamp(last.stamp if last else 0, at),
                previous=last.hash if last else GENESIS,
                officer=by,
                at=at,
            )
        )


def _write(journal: Journal, session: str, dossier: Dossier, number: int) -> None:
    subject, after = facts.uuid7(WEDNESDAY), PLACES[dossier.session][1]
    due = WEDNESDAY.replace(hour=17) + timedelta(days=after + dossier.due)
    about = {
        "procedure": dossier.procedure,
        "session": session,
        "code": f"H20.12.3-261125-{number:04}",
        "fee": dossier.fee,
        "due": due.isoformat(),
        "reception": {"submitter": {"full_name": f"Người {dossier.citizen}", "birth_date": "1990"}},
    }
    journal.tell(subject, "dossier.received", about, after=after, by=dossier.officer)
    if dossier.paid:
        journal.tell(subject, "fee.collected", {"amount": dossier.paid}, after=after)
    for _ in range(dossier.supplements):
        journal.tell(subject, "supplement.requested", {"reason": "thiếu"}, after=after)
        journal.tell(subject, "supplement.received", {}, after=after)
    if dossier.end is not None:
        journal.tell(subject, dossier.end[0], {"reason": "x"}, after=after + dossier.end[1])


def _stands(dossier: Dossier, today: int) -> str:
    """How a dossier stands, told by counting days only."""
    after = PLACES[dossier.session][1]
    due, ended = after + dossier.due, None if dossier.end is None else after + dossier.end[1]
    if dossier.supplements > 1:
        return "overdue" if ended is None else "late"
    if ended is not None:
        return "early" if ended < due else "on_day" if ended == due else "late"
    if today > due:
        return "overdue"
    soon = today + (1 if (2 + today) % 7 not in (4, 5, 6) else {4: 3, 5: 2, 6: 1}[(2 + today) % 7])
    return "soon" if due <= soon else "within"


@pytest.fixture(scope="module")
def unit() -> Iterator[tuple[Desk, Clock]]:
    """A laptop that writes nothing itself: all that it shows came over the road."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        desk = at_the_table(Path(folder) / "laptop", clock)
        yield desk, clock
        assert desk.verify().ok
        desk.close()


@settings(max_examples=60)
@given(st.lists(DOSSIERS, max_size=9), st.integers(0, 20), st.randoms(use_true_random=False))
def test_a_comparison_is_a_recount_in_whatever_order_the_facts_came(
    unit: tuple[Desk, Clock], dossiers: list[Dossier], today: int, any_: Any
) -> None:
    desk, clock = unit
    clock.at = WEDNESDAY + timedelta(days=today)
    journal = Journal()
    sessions = [facts.uuid7(WEDNESDAY) for _ in PLACES]
    store = desk._bench.store
    with store.writing() as db:  # what earlier examples brought
        for table in ("fact", "dossier", "session", "figure", "word", "word_bits", "dossier_words"):
            where = {
                "fact": " WHERE origin NOT IN (SELECT origin FROM origin WHERE mine)",
                "session": " WHERE id NOT IN (SELECT subject FROM fact)",
            }
            db.run(f"DELETE FROM {table}{where.get(table, '')}")
    for session, (hamlet, after) in zip(sessions, PLACES, strict=True):
        day = (WEDNESDAY + timedelta(days=after)).date().isoformat()
        journal.tell(
            session, "session.opened", {"hamlet": hamlet, "day": day, "kind": "regular"}, after=after
        )
    for number, dossier in enumerate(dossiers):
        _write(journal, sessions[dossier.session], dossier, number)
    arrived = list(journal.written)
    any_.shuffle(arrived)
    for page in (arrived[: len(arrived) // 2], arrived[len(arrived) // 2 :]):
        Outbox(store).take_page(page, "cursor")
    first, last = WEDNESDAY.date(), WEDNESDAY.date() + timedelta(days=365)
    keys = {
        "week": lambda one: ("2026-11-23", "2026-11-23", "2026-11-30", "2026-12-28")[one.session],
        "month": lambda one: ("2026-11", "2026-11", "2026-12", "2026-12")[one.session],
        "hamlet": lambda one: ("ap 1", "ap 2", "ap 1", "ap 2")[one.session],
        "procedure": lambda one: one.procedure,
        "officer": lambda one: one.officer,
    }
    for by in BY:
        found = desk.compare(first, last, by)
        counted: dict[str, list[Dossier]] = {}
        for one in dossiers:
            counted.setdefault(keys[by](one), []).append(one)
        rows = {row.key: row for row in found.rows if row.dossiers}
        assert set(rows) == set(counted)
        for key, some in counted.items():
            row = rows[key]
            assert (row.dossiers, row.fees) == (len(some), sum(one.fee for one in some))
            assert Counter({k: v for k, v in row.timings.items() if v}) == Counter(
                _stands(one, today) for one in some
            )
            if by in ("week", "month", "hamlet"):
                assert row.collected == sum(one.paid for one in some)
                assert row.citizens == len({(one.session, one.citizen) for one in some})
        assert found.total.dossiers == len(dossiers)
        assert found.total.on_time == permille(Counter(_stands(one, today) for one in dossiers))  # type: ignore[arg-type]


def test_every_figure_opens_the_dossiers_behind_it(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    session = desk.session_summary().session.id
    first, second, third = (
        received(desk, line(name=name, number=None)).code for name in ("An", "Bình", "Cúc")
    )
    desk.collect(first, 12_000)
    desk.print_done(desk.print_job(first).value.id)
    desk.hand_over(second, "Bình")
    desk.rate(second, "very")
    desk.refuse(third, "nhầm")
    found = desk.summary(session)

    def behind(figure: str, name: str = "") -> list[str]:
        return [one.code for one in desk.behind(session, figure, name)]

    expected: dict[str, Any] = {
        "dossiers": [first, second, third],
        "citizens": [first, second, third],
        "at_centre": [],
        "waiting": [first, second, third],
        "used": [first, second, third],
        "void": [third],
        "ready": [second],
        "not_delivered": [],
        "fees": [first, second, third],
        "phi": [first, second, third],
        "le_phi": [],
        "collected": [first],
        "taken": [first],
        "unpaid": [second, third],
        "unprinted": [second],
        "handed_over": [second],
        "posted": [],
        "brought_back": [],
        "on_board": [],
        "rated": [second],
        "originals": [first],
    }
    named = {"status", "procedure", "field", "rating"}
    assert set(expected) | named == set(FIGURES)
    for figure, codes in expected.items():
        assert behind(figure) == codes, figure
    for group, figure in (("by_status", "status"), ("by_procedure", "procedure"), ("by_field", "field")):
        for name, count in found[group].items():
            assert len(behind(figure, name)) == count
    assert (behind("rating", "very"), behind("rating", "not")) == ([second], [])
    assert len(behind("waiting")) == found["waiting"]
    for wrong in ("", "'; DROP TABLE dossier", "nothing"):
        with pytest.raises(NotFound):
            desk.behind(session, wrong)
    desk.close()


def test_the_evening_knows_what_is_due_before_the_next_session(tmp_path: Path) -> None:
    clock = Clock()
    desk = at_the_table(tmp_path / "laptop", clock)
    soon = received(desk, line(name="An", number=None)).code
    later = received(
        desk, line(name="Bình", number=None, procedure="1.001776", papers=[], copies=1, fee=0)
    ).code
    plans = [
        {"id": facts.uuid7(WEDNESDAY), "hamlet": hamlet, "day": day, "kind": "regular"}
        for hamlet, day in (("Ấp 1", "2026-12-02"), ("Ấp 9", "2026-11-18"), ("Ấp 9", "2026-11-27"))
    ]
    with desk._bench.store.writing() as db:
        for plan in plans:
            db.run(
                "INSERT INTO card (kind, key, value) VALUES ('planned', ?, ?)", (plan["id"], json.dumps(plan))
            )
    desk._bench.forget_cards()
    found = desk.outlook()
    assert [one.code for one in found.due] == [soon]
    assert [(one.hamlet, one.day) for one in found.missing] == [("Ấp 9", date(2026, 11, 18))]
    desk.hand_over(soon, "An")
    assert desk.outlook().due == ()
    clock.move(days=1)
    assert [one.hamlet for one in desk.outlook().missing] == ["Ấp 9", "Ấp 1"]  # left open over night
    assert later not in [one.code for one in desk.outlook().due]
    desk.close()


def test_sessions_are_compared_on_the_command_line(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    received(desk)
    with pytest.raises(Unacceptable):
        desk.compare(date(2026, 1, 1), date(2026, 12, 31), "moon")
    desk.close()
    here: dict[str, Any] = {"data": tmp_path / "laptop", "check": 0}
    at = ("--now", "2026-11-26T10:00:00+07:00")
    told = json.loads(run("compare", "--json", "--by", "hamlet", *at, **here).stdout)
    assert [(row["name"], row["dossiers"], row["sessions"]) for row in told["rows"]] == [("Ấp 1", 1, 1)]
    assert set(told["total"]["timings"]) == set(on_time.TIMINGS)
    assert "23/11 – 29/11/2026" in run("compare", *at, **here).stdout.decode()
    told = json.loads(run("review", "outlook", "--json", *at, **here).stdout)
    assert [each["hamlet"] for each in told["not_at_centre"]] == ["Ấp 1"]


def test_a_result_after_midnight_is_of_the_next_day_in_viet_nam(tmp_path: Path) -> None:
    """At 00:30 of Viet Nam it is still yesterday in UTC, and yesterday is what a naive clock would write."""
    clock = Clock()
    desk = at_the_table(tmp_path / "laptop", clock)
    clock.at = WEDNESDAY.replace(hour=23, minute=30)
    code = received(desk, line(delivery={"way": "on_the_spot"})).code
    clock.at = (WEDNESDAY + timedelta(days=1)).replace(hour=0, minute=30).astimezone(UTC)
    assert clock.at.date() == WEDNESDAY.date()
    desk.hand_over(code, "Diệu")
    state = desk.dossier(code).state
    assert state.ended_on == (WEDNESDAY + timedelta(days=1)).date().isoformat()
    (row,) = desk.compare(WEDNESDAY.date(), WEDNESDAY.date(), "week").rows  # the session keeps its own day
    assert (row.dossiers, row.handed_over) == (1, 1)
    desk.close()


def test_numbers_are_used_void_or_missing(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    codes = [received(desk, line(name=name, number=None)).code for name in ("An", "Bình", "Cúc")]
    desk.refuse(codes[0], "nhầm")
    today = WEDNESDAY.date()
    (found,) = desk.numbers(today, today)
    assert (found.first, found.last, found.used, found.void, found.missing) == (1, 3, 3, 1, ())
    journal = Journal()
    for number in (5200, 5201, 5204):
        about = {
            "procedure": "2.000815", "code": f"H20.12.3-261125-{number}", "session": None, "fee": 0,
            "received_at": WEDNESDAY.isoformat(), "reception": {"submitter": {"full_name": "Xuân"}},
        }  # fmt: skip
        journal.tell(facts.uuid7(WEDNESDAY), "dossier.received", about, after=0)
    slip = {**about, "code": "TN-abc-261125-001"}
    journal.tell(facts.uuid7(WEDNESDAY), "dossier.received", slip, after=0)
    Outbox(desk._bench.store).take_page(journal.written, "cursor")
    theirs = next(each for each in desk.numbers(today, today) if each.origin == journal.origin)
    assert (theirs.used, theirs.missing, theirs.provisional) == (3, (5202, 5203), 1)
    assert desk.numbers(today + timedelta(days=1), today + timedelta(days=9)) == ()
    desk.close()
    told = json.loads(
        run(
            "numbers",
            "--from",
            "2026-11-25",
            "--to",
            "2026-11-25",
            "--json",
            data=tmp_path / "laptop",
            check=0,
        ).stdout
    )
    assert [each["missing"] for each in told if each["origin"] == journal.origin] == [[5202, 5203]]
