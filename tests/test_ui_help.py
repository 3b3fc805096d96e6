"""Help, the citizen's view, and what the message bar offers, by keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mobile_reception.ui.actions import Actions, keys_said, table
from mobile_reception.ui.background import Background
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.second_screen import CitizenView, Told
from test_ui_reception import Key, at_rest, press, write
from ui_laptop import Laptop, line, now


def fail(error: Exception) -> None:
    raise error


def test_help_tells_every_key_and_goes_back_to_where_the_officer_was(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(Key.Key_F3)
    press(Key.Key_F1)
    page = window.stack.currentWidget()
    assert page.name == "help"
    said = {label.text() for label in page.findChildren(QLabel)}
    for act in table():
        if act.page != "help":
            assert act.words in said
            assert keys_said(act) in said
    assert any("in" in words and "F8" in words for words in said)
    press(Key.Key_Escape)
    assert window.stack.currentWidget() is window.reception


def test_no_key_means_two_things_on_one_page() -> None:
    for page in ("session", "reception", "dossiers", "help"):
        keys = [QKeySequence(key) for act in table() if act.page in ("", page) for key in act.keys]
        assert len({key.toString() for key in keys}) == len(keys)
        assert not any(key.isEmpty() for key in keys)


def test_every_act_does_something(qtbot: QtBot, window: MainWindow) -> None:
    assert isinstance(window.actions_, Actions)
    own = set(window._doing())
    for name in window.stack.names:
        acts = {act.name for act in table() if act.page == name}
        assert acts - own == set(window.stack.named(name).doing()), name
    assert {act.name for act in table() if not act.page} <= own <= {act.name for act in table()}


def test_a_page_is_made_when_it_is_first_asked_for(qtbot: QtBot, window: MainWindow) -> None:
    made = {page.name for page in window.stack.made}
    assert made == {"session", "reception", "dossiers"}  # the list waits for these alone
    before = len(window.findChildren(QWidget))
    QTest.keyClick(window, Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert window.stack.currentWidget() is window.road_page
    assert {page.name for page in window.stack.made} == {*made, "road"}
    assert len(window.findChildren(QWidget)) > before
    assert window.results is window.results  # by whoever asks, and once


def test_a_page_made_in_a_small_window_has_its_distances(qtbot: QtBot, window: MainWindow) -> None:
    roomy = window.prints.layout().contentsMargins().left()
    window.resize(910, 512)
    qtbot.waitUntil(lambda: window.property("room") == "small")
    assert window.prints.layout().contentsMargins().left() < roomy
    # The same whether it was there before or not.
    made_before = window.prints.layout().contentsMargins().left()
    assert window.road_page.layout().contentsMargins().left() == made_before
    window.resize(1366, 768)
    qtbot.waitUntil(lambda: window.property("room") == "large")
    assert window.road_page.layout().contentsMargins().left() == roomy


def test_pages_are_made_one_by_one_while_nobody_does_anything(qtbot: QtBot, window: MainWindow) -> None:
    clock = [1000.0]
    window._idle._elapsed = lambda: clock[0]
    press(Key.Key_F3)
    before = window.stack.made
    window.prepare()
    assert window.stack.made == before
    clock[0] += 5
    window.prepare()
    assert len(window.stack.made) == len(before) + 1
    qtbot.waitUntil(lambda: not window.stack.unmade)
    assert {page.name for page in window.stack.made} == set(window.stack.names)
    assert window.stack.front == "reception"
    assert QApplication.focusWidget() is window.reception.form.path()[0]


@pytest.fixture
def view(qtbot: QtBot, window: MainWindow) -> Iterator[CitizenView]:
    press(Key.Key_F3)
    press(Key.Key_F11)
    qtbot.waitUntil(lambda: window.second.view is not None)
    assert window.second.view is not None
    yield window.second.view
    window.second.close()


def test_the_citizen_reads_along(qtbot: QtBot, window: MainWindow, view: CitizenView) -> None:
    assert view.mark.isVisible()
    assert view.name.text() == window.desk.unit_name
    write("087190001234")
    at_rest(qtbot, window)
    press(Key.Key_Return)
    write("Nguyễn Thị Diệu")
    window.reception.form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    paper = window.reception.form.papers.fields()[1]
    paper.setText("Bằng tốt nghiệp")  # type: ignore[attr-defined]
    at_rest(qtbot, window)
    assert view.name.text() == "Nguyễn Thị Diệu"
    assert view.papers.text() == "• Bằng tốt nghiệp"
    assert view.fee.text() == window.reception.reckoning.fee.text()
    assert view.back.text() == window.reception.reckoning.back.text()
    assert "087190001234" not in "".join(label.text() for label in view.findChildren(QLabel))
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    assert window.reception.received is not None
    assert view.code.text() == window.reception.received.code
    press(Key.Key_F7)
    assert not view.code.isVisible()
    assert view.name.text() != "Nguyễn Thị Diệu"


@pytest.mark.parametrize("size", [(1092, 614), (1366, 768), (1280, 800), (1600, 900)])
def test_nothing_is_cut_for_a_citizen_at_a_small_second_screen(
    view: CitizenView, size: tuple[int, int]
) -> None:
    view.fit(size[1])
    view.tell(
        Told(
            "Nguyễn Thị Huỳnh Như",
            "Chứng thực bản sao từ bản chính giấy tờ, văn bản do cơ quan, tổ chức có thẩm quyền của Việt Nam",
            [f"Giấy tờ thứ {number}: bản chính, 2 bản photo" for number in range(9)],
            "12.000 đồng",
            "thứ Sáu, 20/11/2026",
            "H20.12.3-261118-0001",
        )
    )
    layout = view.layout()
    assert layout is not None
    assert layout.totalHeightForWidth(size[0]) <= size[1]
    view.ask()
    view.rating.levels[-1].click()
    layout.activate()
    assert view.rating.reasons[0].isVisible()
    assert layout.totalHeightForWidth(size[0]) <= size[1]
    assert view.minimumSizeHint().width() <= size[0]


def test_the_key_takes_the_view_away_again(qtbot: QtBot, window: MainWindow, view: CitizenView) -> None:
    QTest.keyClick(window, Key.Key_F11)
    assert window.second.view is None


def test_the_screen_of_the_view_is_remembered(qtbot: QtBot, window: MainWindow, view: CitizenView) -> None:
    view.moved.emit("HDMI-1")
    at_rest(qtbot, window)
    assert window.desk.setting("citizen_screen", "") == "HDMI-1"


def test_locking_takes_the_citizens_view_with_it(qtbot: QtBot, window: MainWindow, view: CitizenView) -> None:
    window.lock()
    assert window.second.view is None


def test_a_sheet_of_before_the_restart_is_offered_and_stays_one_sheet(qtbot: QtBot, laptop: Laptop) -> None:
    dossier = laptop.desk.receive(line("Nguyễn Thị Diệu")).value
    job = laptop.desk.print_job(dossier.id).value
    background = Background(fail)
    window = MainWindow(laptop.desk, background, laptop.folder, now, idle_seconds=0, find=lambda _name: None)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: background.at_rest and window.isActiveWindow())
    assert dossier.code in window.message.words.text()
    asked: list[str] = []
    window.printing.kept.connect(lambda sheet: asked.append(sheet.job.id))
    QTest.keyClick(window, Key.Key_F12)
    qtbot.waitUntil(lambda: bool(asked) and background.at_rest)
    assert asked == [job.id]
    QTest.keyClick(window, Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    assert not window.message.isVisible()
    background.stop()
