"""A reduced dossier on the screen, and that nothing is reduced while somebody is at the table."""

from __future__ import annotations

from unittest import mock

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mobile_reception.desk import Outcome
from mobile_reception.desk.table import Desk
from mobile_reception.store import retention
from mobile_reception.ui.main_window import MainWindow
from test_ui_road import enrolled, road
from test_ui_road_page import opened, rest
from ui_laptop import now

__all__ = ["enrolled", "opened", "road"]  # the neighbours' fixtures


def test_the_page_of_a_reduced_dossier_says_what_went_and_who_has_it(
    qtbot: QtBot, opened: MainWindow, enrolled: Desk
) -> None:
    (line,) = enrolled.find("", 10)
    store = enrolled._bench.store
    with store.act("", now()) as making:
        retention._erase(making, [line.id], store.clocks())
    opened.turn_to("dossiers")
    opened.dossiers.open(line.id)
    rest(qtbot, opened)
    detail = opened.dossiers.detail
    assert opened.dossiers.stack.currentWidget() is detail
    said = " ".join(label.text() for label in detail.findChildren(QLabel))
    for words in ("Đã rút gọn trên máy này", "Họ tên, số định danh", "Ở trung tâm, trong bản sao lưu"):
        assert words in said
    assert line.name not in said
    assert line.code in said
    for act in ("reprint", "amend", "collect"):
        assert not opened.actions_.allowed(act)
    assert opened.message.words.text() == ""


def test_nothing_is_reduced_while_somebody_is_at_the_table(
    qtbot: QtBot, opened: MainWindow, enrolled: Desk
) -> None:
    asked: list[int] = []

    def reduce() -> Outcome[int]:
        asked.append(1)
        return Outcome(0, frozenset())

    with mock.patch.object(enrolled, "reduce_when_due", reduce):
        opened.safekeeping.look()
        rest(qtbot, opened)
        assert asked == []
        opened.safekeeping.untouched = lambda: 61.0
        opened.safekeeping.look()
        rest(qtbot, opened)
    assert asked == [1]
