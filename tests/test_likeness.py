"""Whether a form is a dossier that is there already: asked about, never refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laptops import WEDNESDAY, Clock, at_the_table, line, received
from mobile_reception.desk.table import Desk
from mobile_reception.store.search import one_slip

DAY = 24 * 60 * 60


@pytest.fixture
def clock() -> Clock:
    return Clock(WEDNESDAY)


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    made = at_the_table(tmp_path / "laptop", clock)
    yield made
    made.close()


def asked(desk: Desk, given: dict[str, Any]) -> list[str]:
    return [each.question for each in desk.assess(given).alike]


def without_number(**changes: Any) -> dict[str, Any]:
    return line(number=None, **changes)


@pytest.mark.parametrize(
    "again",
    [
        line(),
        line(name="NGUYỄN THỊ DIỆU"),
        line(name="Nguyên thi diêu"),
        line(name="Nguyễn Thị Diệu"),
        without_number(),
        line(number="087190009999"),
    ],
)
def test_the_same_citizen_for_the_same_is_asked_about(desk: Desk, again: dict[str, Any]) -> None:
    first = received(desk)
    (found,) = desk.assess(again).alike
    assert (found.id, found.code) == (first.id, first.code)
    assert first.code in found.question
    assert "08:00" in found.question
    received(desk, again)  # a question, never a refusal
    assert desk.status().dossiers == 2


@st.composite
def _orders(draw: st.DrawFn) -> list[int]:
    return draw(st.permutations(range(12)))


@given(order=_orders())
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_has_many_near_namesakes_is_found_in_whatever_order_they_came(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    desk = at_the_table(tmp_path_factory.mktemp("namesakes") / "laptop", Clock(WEDNESDAY))
    codes = {place: received(desk, without_number(name=f"Trương Thị Xuân {place}")).code for place in order}
    for place, code in codes.items():
        (found, *_) = desk.assess(without_number(name=f"Trương Thị Xuân {place}")).alike
        assert found.code == code
    desk.close()


@pytest.mark.parametrize(
    "other",
    [
        line(procedure="2.000908"),
        line(name="Lê Thị Mỹ", number="087190005555"),
        line(owner={"full_name": "Lê Văn Con", "birth_date": "2026-11-20"}),
        line(number="087191009999", submitter={**line()["submitter"], "birth_date": "1991-05-02"}),
    ],
)
def test_another_matter_is_not_asked_about(desk: Desk, other: dict[str, Any]) -> None:
    received(desk)
    assert asked(desk, other) == []


def test_answers_tell_two_children_of_one_mother_apart(desk: Desk) -> None:
    received(desk, line(answers={"child_name": "Lê Văn Một"}))
    assert asked(desk, line(answers={"child_name": "Lê Văn Hai"})) == []
    assert len(asked(desk, line(answers={"child_name": "LÊ VĂN MỘT"}))) == 1


def test_a_number_under_another_name_is_asked_about_whatever_the_procedure(desk: Desk) -> None:
    first = received(desk)
    other = line(procedure="2.000908", name="Trần Văn Bảy")
    (question,) = asked(desk, other)
    assert "Nguyễn Thị Diệu" in question
    assert first.code in question
    typing = line(procedure="2.000908", name="Nguyễn Th")
    assert asked(desk, typing) == []


def test_after_a_month_it_is_another_dossier(desk: Desk, clock: Clock) -> None:
    received(desk)
    clock.move(days=30)
    assert len(asked(desk, line())) == 1
    clock.move(days=1)
    assert asked(desk, line()) == []


def test_what_is_withdrawn_is_not_asked_about(desk: Desk) -> None:
    desk.withdraw(received(desk).code, "người dân đổi ý")
    assert asked(desk, line()) == []


def test_without_number_and_birth_date_a_name_counts_only_today(desk: Desk, clock: Clock) -> None:
    nameless = {"full_name": "Nguyễn Thị Diệu"}
    received(desk, line(submitter=nameless))
    assert len(asked(desk, line(submitter=nameless))) == 1
    clock.move(days=1)
    assert asked(desk, line(submitter=nameless)) == []


NAMES = ("Nguyễn Thị Diệu", "Trần Văn Thanh", "Huỳnh Ngọc Phương", "Đặng Quốc Khánh")


@pytest.mark.parametrize("many", [0, 200])
def test_a_name_with_a_slip_in_it_is_found_after_those_that_fit(desk: Desk, many: int) -> None:
    for name in NAMES:
        received(desk, line(name=name))
    for number in range(many):
        received(desk, line(name=f"Lý Bá Xuân {number}"))
    for typed, name in (
        ("nguyen thi deiu", "Nguyễn Thị Diệu"),
        ("nguyn thi dieu", "Nguyễn Thị Diệu"),
        ("tran van thahn", "Trần Văn Thanh"),
        ("huynh ngocc", "Huỳnh Ngọc Phương"),
        ("quoc khanj 1234", "Đặng Quốc Khánh"),
    ):
        found = desk.find(typed)
        assert [each.name for each in found] == [name], typed
        assert found[0].near
    (exact,) = desk.find("nguyen thi dieu")
    assert not exact.near
    assert desk.find("xyzzy") == ()
    assert desk.verify().ok


WORDS = st.text("abcd", min_size=1, max_size=6)


@given(WORDS, WORDS)
def test_one_slip_is_one_slip(word: str, other: str) -> None:
    places = range(len(word) + 1)
    reached = {word[:at] + word[at + 1 :] for at in range(len(word))}
    reached |= {word[:at] + letter + word[at:] for at in places for letter in "abcd"}
    reached |= {word[:at] + letter + word[at + 1 :] for at in range(len(word)) for letter in "abcd"}
    reached |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    assert one_slip(word, other) == (other in reached and other != word)
