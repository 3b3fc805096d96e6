"""Locking with something under way, another officer, other passphrases, the recovery code at the window."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from laptops import Clock, new
from mobile_reception import desk
from mobile_reception.desk import Denied
from mobile_reception.store import keys
from mobile_reception.store.tries import FREE, Tries
from mobile_reception.ui import leaving, worker
from mobile_reception.ui.background import Background
from mobile_reception.ui.idle import IdleWatch
from mobile_reception.ui.launcher import LOCKED
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.recovery_form import RecoveryForm
from mobile_reception.ui.unlock import UnlockWindow
from ui_laptop import LOGIN, PASSPHRASE, Laptop, now

SECOND = "một câu của người thứ hai"


def typed(field: QLineEdit, words: str) -> None:
    field.setFocus()
    field.setText(words)


# -- Locking ---------------------------------------------------------------------------------------------


def test_idle_during_a_long_transfer_covers_and_ends_when_it_is_done(
    qtbot: QtBot, qapp: QApplication, window: MainWindow
) -> None:
    clock = [0.0]
    watch = IdleWatch(qapp, 180, lambda: clock[0])
    watch.idle.connect(window.lock)
    under_way, left = threading.Event(), list[int]()
    window.left.connect(left.append)
    window.background.wire(under_way.wait)
    window.road_page.back_up()
    asking = window.findChild(QFileDialog)
    assert asking is not None
    clock[0] = 181.0
    watch._clock.timeout.emit()
    assert not asking.isVisible()  # nor does it stand before the cover
    assert window.layers.currentWidget() is window.cover
    assert "Đã khóa" in window.cover.text()
    QTest.keyClick(window, Qt.Key.Key_F3)  # nothing behind the cover can be reached
    assert not window.reception.isVisible()
    assert left == []
    under_way.set()
    qtbot.waitUntil(lambda: left == [LOCKED])


def test_a_transfer_that_never_ends_is_left_behind_in_the_end(
    qtbot: QtBot, laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(Exception):
        pass

    ended: list[int] = []

    def end(status: int) -> None:
        ended.append(status)

    assert leaving._LONGEST_GOODBYE_MS == 15 * 60 * 1000
    monkeypatch.setattr(leaving, "_LONGEST_GOODBYE_MS", 1)
    monkeypatch.setattr(os, "_exit", end)
    background = Background(_fail)
    window = MainWindow(laptop.desk, background, laptop.folder, now, idle_seconds=0)
    qtbot.addWidget(window)
    window.show()
    under_way = threading.Event()
    background.wire(under_way.wait)
    window.turn_to("reception")
    QTest.keyClicks(window.reception.form.named["submitter.phone"], "0912345678")
    window.lock()
    qtbot.waitUntil(lambda: ended == [LOCKED])
    under_way.set()
    background.stop()
    background._wire.shutdown(wait=True)
    assert [draft.fields["submitter.phone"] for draft in laptop.desk.drafts()] == ["0912345678"]


def _fail(error: Exception) -> None:
    raise error


# -- Officers --------------------------------------------------------------------------------------------


def rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.background.at_rest, timeout=20_000)


def test_an_officer_is_added_at_the_window_and_can_sign_in(
    qtbot: QtBot, window: MainWindow, laptop: Laptop
) -> None:
    QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    page = window.officers
    assert window.stack.currentWidget() is page
    typed(page.first, SECOND)
    typed(page.again, SECOND)
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert page.rows["login"].problem.text() == "Cần tên đăng nhập."
    assert page.login.hasFocus()
    typed(page.login, "Có Dấu")
    typed(page.again, "khác")
    QTest.keyClick(window, Qt.Key.Key_F9)
    rest(qtbot, window)
    assert page.rows["again"].problem.text() == "Hai lần gõ chưa giống nhau."
    typed(page.again, SECOND)
    QTest.keyClick(window, Qt.Key.Key_F9)
    rest(qtbot, window)
    assert "chữ thường không dấu" in page.rows["login"].problem.text()
    typed(page.login, "hai")
    typed(page.full_name, "Lê Thị Hai")
    page.role.setCurrentIndex(page.role.findData("deputy"))
    QTest.keyClick(window, Qt.Key.Key_F9)
    rest(qtbot, window)
    assert "mở khóa được ngay" in window.message.words.text()
    assert [field.text() for field in page.findChildren(QLineEdit)] == [""] * 7
    assert page.model.rowCount() == 2
    second = desk.unlock(laptop.folder, "hai", SECOND, now)
    assert (second.me.name, second.me.role) == ("Lê Thị Hai", "deputy")
    second.close()

    page.list.selectRow(0)
    assert not window.actions_.allowed("disable_officer")  # nobody shuts themselves out
    page.list.selectRow(1)
    QTest.keyClick(window, Qt.Key.Key_Delete)
    QTest.keyClick(window, Qt.Key.Key_F12)
    rest(qtbot, window)
    with pytest.raises(Denied):
        desk.unlock(laptop.folder, "hai", SECOND, now)


def test_the_passphrase_is_changed_at_the_window(qtbot: QtBot, window: MainWindow, laptop: Laptop) -> None:
    window.turn_to("officers")
    page = window.officers
    typed(page.former, "sai")
    typed(page.new, SECOND)
    typed(page.new_again, SECOND)
    QTest.keyClick(window, Qt.Key.Key_F8)
    rest(qtbot, window)
    assert page.rows["former"].problem.text() == "Mật khẩu hiện tại chưa đúng."
    typed(page.former, PASSPHRASE)
    QTest.keyClick(window, Qt.Key.Key_F8)
    rest(qtbot, window)
    assert "Đã đổi mật khẩu" in window.message.words.text()
    keys.unlock(keys.read(laptop.folder), LOGIN, SECOND)
    typed(page.former, SECOND)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert page.former.text() == ""


# -- The first window ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = new(tmp_path / "laptop", Clock())
    made.add_officer("hai", "officer", SECOND)
    made.close()
    return tmp_path / "laptop"


class Hands:
    """What an officer does at the first window, one step after the other, as soon as each is possible."""

    def __init__(self, *steps: Any) -> None:
        self.steps = list(steps)
        self.said: list[str] = []
        self.clock = QTimer(interval=15)
        self.clock.timeout.connect(self.go_on)
        self.clock.start()
        self.rounds = 0

    def go_on(self) -> None:
        self.rounds += 1
        if self.rounds > 1500 or not self.steps:
            self.clock.stop()
            for widget in QApplication.topLevelWidgets():
                if widget.isVisible():
                    widget.close()
            return
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and self.steps and self.steps[0](widget, self):
                self.steps.pop(0)
                return


def choose(login: str) -> Any:
    def step(window: Any, _hands: Hands) -> bool:
        if not isinstance(window, UnlockWindow) or window.login.findText(login) < 0 or not window._known:
            return False
        window.login.setCurrentText(login)
        return True

    return step


def enter(passphrase: str) -> Any:
    def step(window: Any, _hands: Hands) -> bool:
        if not isinstance(window, UnlockWindow) or not window._known or not window.passphrase.isEnabled():
            return False
        window.passphrase.setText(passphrase)
        window.enter.click()
        return True

    return step


def see(words: str) -> Any:
    def step(window: Any, hands: Hands) -> bool:
        said = [window.said.text()] if isinstance(window, UnlockWindow) else []
        said += [form.said.text() for form in window.findChildren(RecoveryForm)]
        hands.said.extend(said)
        return any(words in each for each in said)

    return step


def inside(login: str) -> Any:
    def step(window: Any, _hands: Hands) -> bool:
        if not isinstance(window, MainWindow):
            return False
        assert window.desk.me.login == login
        window._leave(LOCKED)
        return True

    return step


def test_a_second_officer_signs_in_while_the_first_has_to_wait(qtbot: QtBot, folder: Path) -> None:
    counted = Tries(folder, LOGIN)
    for _ in range(FREE):
        counted.failed(counted.begin())
    hands = Hands(choose(LOGIN), see("Thử lại được sau"), choose("hai"), enter(SECOND), inside("hai"))
    assert worker.run(folder, "vi", now) == LOCKED
    assert hands.steps == []


def test_a_wrong_passphrase_tells_how_many_tries_are_left(qtbot: QtBot, folder: Path) -> None:
    hands = Hands(
        choose(LOGIN), enter("sai"), see(f"Còn {FREE - 1} lần thử"), enter(PASSPHRASE), inside(LOGIN)
    )
    assert worker.run(folder, "vi", now) == LOCKED
    assert hands.steps == []
    assert Tries(folder, LOGIN).left() == FREE


def recover(code: str) -> Any:
    def step(window: Any, _hands: Hands) -> bool:
        forms = window.findChildren(RecoveryForm)
        if not forms or not forms[0].code.isEnabled():
            return False
        form = forms[0]
        form.code.clear()
        QTest.keyClicks(form.code, code)
        form.first.setText("một câu mới toanh")
        form.again.setText("một câu mới toanh")
        QTest.keyClick(form.again, Qt.Key.Key_Return)
        return True

    return step


def forget(window: Any, _hands: Hands) -> bool:
    if not isinstance(window, UnlockWindow) or not window._known:
        return False
    window.forgotten.click()
    assert not window.card.isVisible()
    return True


def test_the_recovery_code_opens_the_window_with_a_new_passphrase(qtbot: QtBot, tmp_path: Path) -> None:
    from mobile_reception.desk import make
    from ui_laptop import LOGIN as WHO

    made, code = make(
        tmp_path / "laptop",
        unit="30058",
        agency="H20.12.3",
        login=WHO,
        passphrase=PASSPHRASE,
        now=now,
        practice=True,
    )
    made.close()
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    hands = Hands(
        forget,
        recover(wrong),
        see("không đúng"),
        recover(f"{code[:7]} {code[7:12]}-{code[12:]}"),
        inside(WHO),
    )
    assert worker.run(tmp_path / "laptop", "vi", now) == LOCKED
    assert hands.steps == []
    keys.unlock(keys.read(tmp_path / "laptop"), WHO, "một câu mới toanh")


def test_the_code_is_grouped_as_it_is_typed_and_enter_goes_on(qtbot: QtBot) -> None:
    form = RecoveryForm("an")
    qtbot.addWidget(form)
    asked: list[tuple[str, str, str]] = []
    form.asked.connect(lambda *all_: asked.append(all_))
    form.show()
    form.code.setFocus()
    QTest.keyClicks(form.code, "1234567 x89")
    assert form.code.text() == "12345-6789"
    assert form.count.text() == "9 trong 25 chữ số"
    form.code.setCursorPosition(2)
    QTest.keyClicks(form.code, "0")
    assert form.code.text() == "12034-56789"
    assert form.code.cursorPosition() == 3
    QTest.keyClick(form.code, Qt.Key.Key_Return)
    form.first.setText("một câu mới toanh")
    form.again.setText("một câu khác")
    QTest.keyClick(form.again, Qt.Key.Key_Return)
    assert "25 chữ số" in form.said.text()
    form.code.setText("12345-" * 4 + "12345")
    QTest.keyClick(form.again, Qt.Key.Key_Return)
    assert "chưa giống nhau" in form.said.text()
    form.again.setText("một câu mới toanh")
    QTest.keyClick(form.again, Qt.Key.Key_Return)
    assert asked == [("an", "12345" * 5, "một câu mới toanh")]
    form.refuse("Mã không đúng.")
    assert form.enter.isEnabled()
    with qtbot.waitSignal(form.left):
        form.back.click()
