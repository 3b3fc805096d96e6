"""A citizen is asked once, by one touch, after a reception or a result handed over; or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from laptops import received
from mobile_reception.dossier import service
from mobile_reception.ui.citizen_view import CitizenView
from mobile_reception.ui.main_window import MainWindow
from ui_laptop import line


@pytest.fixture
def citizen(qtbot: QtBot, window: MainWindow) -> Iterator[CitizenView]:
    window.second.toggle()
    qtbot.waitUntil(lambda: window.second.view is not None)
    assert window.second.view is not None
    yield window.second.view
    window.second.close()


def touch(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def at_rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.background.at_rest)


def just_received(qtbot: QtBot, window: MainWindow, **more: object) -> str:
    answer = received(window.desk, line("Nguyễn Thị Diệu", **more))
    window.reception.show_received(
        answer, "Nguyễn Thị Diệu", f"{more.get('procedure', '2.000815')}   Thủ tục"
    )
    at_rest(qtbot, window)
    return answer.id


def test_one_touch_says_it_all(qtbot: QtBot, window: MainWindow, citizen: CitizenView) -> None:
    dossier = just_received(qtbot, window)
    assert citizen.rating.isVisible()
    assert [button.accessibleName() for button in citizen.rating.levels] == [
        service.level_words(level) for level in service.LEVELS
    ]
    before = QApplication.focusWidget()
    touch(citizen.rating.levels[0])
    at_rest(qtbot, window)
    rating = window.desk.dossier(dossier).state.rating
    assert rating is not None
    assert (rating.level, rating.reason, rating.proxy) == ("very", None, False)
    assert citizen.rating.thanks.isVisible()
    assert QApplication.focusWidget() is before  # the officer types on
    window.reception.show_received(received(window.desk, line("B", "087190001235")), "B", "2.000815   x")
    at_rest(qtbot, window)
    assert citizen.rating.levels[0].isVisible()  # the next citizen is asked anew
    touch(citizen.rating.skips[0])
    assert not citizen.rating.isVisible()
    assert window.desk.session_summary().satisfaction.rated == 1


def test_who_is_not_satisfied_says_why(qtbot: QtBot, window: MainWindow, citizen: CitizenView) -> None:
    dossier = just_received(qtbot, window)
    touch(citizen.rating.levels[-1])
    assert not citizen.rating.levels[0].isVisible()
    touch(citizen.rating.reasons[0])
    at_rest(qtbot, window)
    rating = window.desk.dossier(dossier).state.rating
    assert rating is not None
    assert (rating.level, rating.reason) == ("not", "Phải chờ lâu")
    assert not citizen.rating.other.isVisible()  # there is no keyboard on that side of the table


def test_nobody_is_asked_twice_nor_after_a_death(
    qtbot: QtBot, window: MainWindow, citizen: CitizenView
) -> None:
    just_received(qtbot, window, procedure="1.000656", papers=[], copies=1, fee=0)
    assert not citizen.rating.isVisible()
    answer = received(window.desk, line("C", "087190001236"))
    window.desk.rate(answer.code, "very")
    window.reception.show_received(answer, "C", "2.000815   x")
    at_rest(qtbot, window)
    assert not citizen.rating.isVisible()


def test_it_is_asked_again_when_a_result_is_handed_over(
    qtbot: QtBot, window: MainWindow, citizen: CitizenView
) -> None:
    answer = received(window.desk, line("Nguyễn Thị Diệu", delivery={"way": "on_the_spot"}))
    window.turn_to("dossiers")
    window.dossiers.open(answer.id)
    at_rest(qtbot, window)
    window.dossiers.begin("hand_over")()
    window.dossiers.confirm()
    at_rest(qtbot, window)
    assert citizen.rating.isVisible()
    assert citizen.code.text() == answer.code


def test_a_greeting_asks_nobody(citizen: CitizenView) -> None:
    assert not citizen.rating.isVisible()


def press(*keys: Qt.Key) -> None:
    for key in keys:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key)


def test_the_officer_asks_for_the_citizen_in_two_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.turn_to("reception")
    dossier = just_received(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.asking.isVisible)
    press(Qt.Key.Key_2)
    qtbot.waitUntil(lambda: not window.asking.isVisible())
    rating = window.desk.dossier(dossier).state.rating
    assert rating is not None
    assert (rating.level, rating.proxy) == ("satisfied", True)
    assert window.desk.session_summary().satisfaction.proxy == 1
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert not window.asking.isVisible()
    assert "đã được đánh giá" in window.message.words.text()


def test_whoever_answered_the_officer_is_not_asked_by_the_screen_too(
    qtbot: QtBot, window: MainWindow, citizen: CitizenView
) -> None:
    window.turn_to("reception")
    just_received(qtbot, window)
    assert citizen.rating.isVisible()
    assert citizen.fee.isVisible()  # what is to be paid is read while it asks
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.asking.isVisible)
    press(Qt.Key.Key_2)
    qtbot.waitUntil(lambda: not window.asking.isVisible())
    assert not citizen.rating.isVisible()


def test_the_officer_writes_down_any_reason_or_skips(qtbot: QtBot, window: MainWindow) -> None:
    window.turn_to("reception")
    dossier = just_received(qtbot, window)
    for skip in (True, False):
        QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(window.asking.isVisible)
        press(Qt.Key.Key_3)
        qtbot.waitUntil(window.asking.reasons[0].isVisible)
        if skip:
            press(Qt.Key.Key_Escape)
            assert not window.asking.isVisible()
            assert window.desk.dossier(dossier).state.rating is None
            continue
        window.asking.other.setFocus()
        QTest.keyClicks(window.asking.other, "may quat keu to")
        press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not window.asking.isVisible())
    rating = window.desk.dossier(dossier).state.rating
    assert rating is not None
    assert (rating.level, rating.reason, rating.proxy) == ("not", "may quat keu to", True)


def test_without_a_dossier_there_is_nobody_to_ask_about(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert not window.asking.isVisible()
