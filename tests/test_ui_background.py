"""Two lanes, and what comes back from them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from mobile_reception.ui.background import Background


@pytest.fixture
def heard() -> list[Exception]:
    return []


@pytest.fixture
def lanes(qtbot: QtBot, heard: list[Exception]) -> Iterator[Background]:
    background = Background(heard.append)
    yield background
    background.stop()


def test_a_slow_wire_does_not_hold_up_the_desk(qtbot: QtBot, lanes: Background) -> None:
    road, answers = threading.Event(), []
    lanes.wire(road.wait, lambda _done: answers.append("wire"))
    lanes.desk(lambda: None, lambda _done: answers.append("desk"))
    qtbot.waitUntil(lambda: answers == ["desk"])
    assert lanes.on_wire
    road.set()
    with qtbot.waitSignal(lanes.rested):
        pass
    assert answers == ["desk", "wire"]
    assert not lanes.on_wire
    assert lanes.at_rest


def test_answers_come_on_the_screens_thread_and_never_inside_the_call(
    qtbot: QtBot, lanes: Background
) -> None:
    seen: list[threading.Thread] = []
    lanes.desk(lambda: 1, lambda _one: seen.append(threading.current_thread()))
    assert seen == []
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [threading.main_thread()]


def test_an_error_goes_to_who_asked_or_to_all(
    qtbot: QtBot, lanes: Background, heard: list[Exception]
) -> None:
    mine: list[Exception] = []
    lanes.desk(lambda: 1 // 0, failed=mine.append)
    lanes.desk(lambda: 1 // 0)
    qtbot.waitUntil(lambda: lanes.at_rest)
    assert [type(error) for error in (*mine, *heard)] == [ZeroDivisionError] * 2


def test_of_what_has_one_name_only_the_newest_is_answered(qtbot: QtBot, lanes: Background) -> None:
    gate, run, told = threading.Event(), [], []
    lanes.desk(gate.wait)
    for number in range(5):
        lanes.desk(lambda number=number: run.append(number) or number, told.append, newest="search")
    gate.set()
    qtbot.waitUntil(lambda: lanes.at_rest)
    assert run == [4]
    assert told == [4]


def test_stopping_finishes_the_desk_and_drops_what_waits_on_the_wire(qtbot: QtBot) -> None:
    done: list[str] = []
    background = Background(lambda _error: None)
    gate = threading.Event()

    def let_the_wire_go_once_it_is_closed() -> None:
        while not background._wire._shutdown:
            pass
        gate.set()

    background.wire(gate.wait)
    background.wire(lambda: done.append("second sync"))
    background.desk(let_the_wire_go_once_it_is_closed)
    for number in range(20):
        background.desk(lambda number=number: done.append(f"draft {number}"))
    background.stop()
    background.desk(lambda: done.append("after"))
    assert done == [f"draft {number}" for number in range(20)]


def test_only_the_screens_thread_gives_tasks(qtbot: QtBot, lanes: Background, heard: list[Exception]) -> None:
    lanes.desk(lambda: lanes.desk(lambda: None))
    qtbot.waitUntil(lambda: bool(heard))
    assert isinstance(heard[0], RuntimeError)


def test_a_thousand_texts_leave_none_where_it_was(qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    field.setText("0")
    before = sys.getrefcount(None)
    for number in range(1000):
        field.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 50
