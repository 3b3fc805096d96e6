"""The page of the road: counts of both sides, lines with reasons, bundles and backups by key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from laptop_and_centre import House, Road
from mobile_reception.centre import bundles
from mobile_reception.desk import backups
from mobile_reception.desk.table import Desk
from mobile_reception.store.backups import look
from mobile_reception.ui.background import Background
from mobile_reception.ui.main_window import MainWindow
from test_ui_road import enrolled, fail, road, sent
from ui_laptop import line, now

__all__ = ["enrolled", "road"]  # the neighbour's fixtures


@pytest.fixture
def opened(qtbot: QtBot, road: Road, enrolled: Desk, tmp_path: Path) -> Iterator[MainWindow]:
    background = Background(fail)
    window = MainWindow(enrolled, background, tmp_path, now, idle_seconds=0)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: background.at_rest and window.isActiveWindow())
    yield window
    window.road.stop()
    background.stop()


def rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.background.at_rest, timeout=20_000)


def turned(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    rest(qtbot, window)
    assert window.stack.currentWidget() is window.road_page


def test_lines_counts_and_a_green_word_only_when_both_sides_agree(
    qtbot: QtBot, road: Road, opened: MainWindow
) -> None:
    page = opened.road_page
    turned(qtbot, opened)
    assert not any(button.isChecked() for button in opened.turns.values())
    assert page.figures["here"].text() == "1"
    assert page.figures["centre"].text() == "0"
    assert page.figures["waiting"].text() == "1"
    assert page.state.property("tone") == "calm"
    assert page.model.rowCount() == 3
    assert "Việc cần làm" in page.detail.text()

    road.always = "html"
    sent(qtbot, opened)
    assert page.state.property("tone") == "act"
    assert page.state.text() == "Mạng này đòi đăng nhập trước."
    assert "Bạn, tại máy này" in page.advice.text()
    assert "thử lại lúc" in page.contact.text()

    road.always = None
    sent(qtbot, opened)
    assert page.state.property("tone") == "good"
    assert page.figures["centre"].text() == "1"
    assert page.model.rowCount() == 0
    assert "đồng hồ khớp" in page.contact.text()
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert opened.stack.currentWidget() is opened.session
    QTest.mouseClick(opened.status.contact, Qt.MouseButton.LeftButton)
    assert opened.stack.currentWidget() is page


def test_a_laptop_without_a_centre_says_only_what_is_so_for_it(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.receive(line("Nguyễn Thị Diệu"))
    turned(qtbot, window)
    page = window.road_page
    shown = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert page.state.text() == "Máy này dùng riêng, chưa nối trung tâm."
    assert "Trên máy này" in shown
    assert not {"Trung tâm đã ký nhận", "Còn chờ", "–"} & set(shown)
    qtbot.waitUntil(lambda: page.state.parentWidget().height() < 150)  # as high as its words, not as the page


def test_enter_opens_the_dossier_of_a_line(qtbot: QtBot, opened: MainWindow) -> None:
    page = opened.road_page
    turned(qtbot, opened)
    lines = page.found.lines if page.found else ()
    page.list.selectRow(next(place for place, line in enumerate(lines) if line.dossier))
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    rest(qtbot, opened)
    assert opened.stack.currentWidget() is opened.dossiers
    assert opened.dossiers.detail.isVisible()


def test_everything_to_a_stick_by_key_and_the_answer_back(
    qtbot: QtBot, opened: MainWindow, enrolled: Desk, tmp_path: Path
) -> None:
    page = opened.road_page
    turned(qtbot, opened)
    QTest.keyClick(opened, Qt.Key.Key_F9)
    chooser = page.findChild(QFileDialog)
    assert chooser is not None
    assert chooser.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    stick = tmp_path / "x.bundle"
    chooser.fileSelected.emit(str(stick))
    chooser.close()
    rest(qtbot, opened)
    assert "đưa về trung tâm" in opened.message.words.text()
    other = House(tmp_path)
    answer = tmp_path / "x.answer"
    answer.write_bytes(bundles.read_file(other.ledger, stick, now=now()).answer)
    other.ledger.close()
    page.read_from(answer)
    rest(qtbot, opened)
    assert page.figures["waiting"].text() == "0"
    assert page.state.property("tone") == "calm"  # both sides have not met: no green

    page.read_from(stick)
    rest(qtbot, opened)
    assert "của chính máy này" in opened.message.words.text()
    page.write_to(tmp_path / "gone" / "x.bundle")
    rest(qtbot, opened)
    assert "rút ra" in opened.message.words.text()


def test_a_backup_by_key_and_from_then_on_by_itself(
    qtbot: QtBot, opened: MainWindow, enrolled: Desk, tmp_path: Path
) -> None:
    page, stick = opened.road_page, tmp_path / "usb"
    stick.mkdir()
    turned(qtbot, opened)
    page.back_up_to(stick)
    rest(qtbot, opened)
    assert len(list(stick.glob("*.backup"))) == 1
    assert "sao lưu ra USB" in page.contact.text()
    assert "chưa sao lưu" not in page.contact.text()
    QTest.keyClick(opened, Qt.Key.Key_F8)  # no question once the place is known and there
    rest(qtbot, opened)
    assert page.findChild(QFileDialog) is None

    before = sorted(stick.iterdir())
    opened.safekeeping.look()  # nothing is new
    rest(qtbot, opened)
    assert sorted(stick.iterdir()) == before
    enrolled.receive(line("Lê Văn Ắn", "087090001235"))
    with mock.patch.object(backups, "OFTEN", timedelta()):
        opened.safekeeping.look()
        rest(qtbot, opened)
    assert look(max(stick.iterdir())).dossiers == 2


def test_what_stops_a_backup_by_itself_is_said_once(
    qtbot: QtBot, opened: MainWindow, enrolled: Desk, tmp_path: Path
) -> None:
    from mobile_reception.desk import CannotWrite

    said: list[str] = []
    opened.safekeeping.failed.connect(said.append)

    def full() -> None:
        raise CannotWrite("USB đầy")

    with mock.patch.object(enrolled, "back_up_when_due", full):
        for _ in range(3):
            opened.safekeeping.look()
            rest(qtbot, opened)
    assert said == ["USB đầy"]
    opened.safekeeping.look()
    rest(qtbot, opened)
    assert said == ["USB đầy"]
