"""A morning at the table by keys alone; the whole of it, with a kill in the middle, is a system test."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mobile_reception.dossier.lifecycle import REFUSED
from mobile_reception.ui.main_window import MainWindow
from ui_machine import play
from ui_officer import Officer, played, queue


def test_a_queue_is_served_by_keys_alone_and_everybody_is_there_once(
    qtbot: QtBot, window: MainWindow
) -> None:
    people = queue(8, seed=3, procedures=6)
    told: dict[str, str] = {}
    officer = Officer(window, lambda code, citizen: told.update({code: citizen.name}))
    played(window, officer.day(people))
    assert sorted(told.values()) == sorted(citizen.name for citizen in people)
    states = [window.desk.dossier(line.id).state for line in window.desk.find("", 100)]
    standing = {
        state.code: state.fields["submitter.full_name"].value for state in states if state.status != REFUSED
    }
    assert standing == told
    assert len(states) == len(people) + sum(citizen.trouble == "undone" for citizen in people)
    procedures = {state.code: state.procedure for state in states}
    assert {procedures[code] for code in told} == {citizen.procedure for citizen in people}
    assert window.desk.drafts() == ()


def test_any_keys_scans_and_kills_lose_nothing_and_double_nothing(qapp: QApplication) -> None:
    """A sample; `docs/reliability.md` has the record of a thousand games."""
    play(4, 14, derandomize=True)
