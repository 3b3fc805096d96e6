"""How windows begin, lock and end; what a kill leaves; one window to a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLockFile, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from mobile_reception import desk
from mobile_reception.desk import Part
from mobile_reception.ui import worker
from mobile_reception.ui.background import Background
from mobile_reception.ui.idle import IdleWatch
from mobile_reception.ui.launcher import LOCKED, launch
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.remembered import Remembered, recall, remember
from mobile_reception.ui.unlock import NoticeWindow, UnlockWindow
from ui_laptop import LOGIN, PASSPHRASE, Laptop, line, make, now

TYPIST = Path(__file__).parent / "ui_typist.py"
SOURCES = Path(__file__).parents[1] / "src"


def fail(error: Exception) -> None:
    raise error


@pytest.mark.slow
def test_after_a_kill_the_draft_is_offered_by_name_and_time(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    made = make(folder)
    made.desk.close()
    typist = subprocess.Popen(
        [sys.executable, str(TYPIST), str(folder), "type"], stdout=subprocess.PIPE, text=True
    )
    assert typist.stdout is not None
    said = typist.stdout.readline().strip()
    typist.send_signal(signal.SIGKILL)
    typist.wait()
    typist.stdout.close()
    assert said == "typed"
    opened = desk.unlock(folder, LOGIN, PASSPHRASE, now)
    background = Background(fail)
    window = MainWindow(opened, background, folder, now, idle_seconds=0)
    qtbot.addWidget(window)
    window.show()
    window.turn_to("reception")
    qtbot.waitUntil(lambda: window.reception.offer.isVisible() and background.at_rest)
    (offered,) = window.reception.offer.sentences()
    assert offered.startswith("Nguyễn Thị Diệu, 08:")
    assert offered.endswith("4 trong 9 mục")
    assert window.reception.form.empty  # offered, not opened
    assert len(opened.drafts()) == 1
    lock = QLockFile(str(folder / "window.lock"))
    lock.setStaleLockTime(0)
    assert lock.tryLock(0), "the lock of a killed window has to give way"
    lock.unlock()
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())


@pytest.mark.slow
def test_lock_ends_the_process_and_keeps_what_was_typed(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    made = make(folder)
    made.desk.close()
    done = subprocess.run([sys.executable, str(TYPIST), str(folder), "lock"], timeout=60, check=False)
    assert done.returncode == LOCKED
    opened = desk.unlock(folder, LOGIN, PASSPHRASE, now)
    assert [draft.fields["submitter.phone"] for draft in opened.drafts()] == ["0912345678"]
    opened.close()
    assert recall(folder).login == LOGIN


def test_the_launcher_starts_a_worker_after_each_lock_and_ends_when_one_quits(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    counter = tmp_path / "count"
    script.write_text(
        "import pathlib, sys\n"
        f"counter = pathlib.Path({str(counter)!r})\n"
        "times = len(counter.read_text()) if counter.exists() else 0\n"
        "counter.write_text('x' * (times + 1))\n"
        f"sys.exit({LOCKED} if times < 2 else 7)\n"
    )
    assert launch(tmp_path, "vi", now(), command=(sys.executable, str(script))) == 7
    assert counter.read_text() == "xxx"


def test_the_launcher_knows_nothing_of_qt() -> None:
    code = (
        "import sys; import mobile_reception.ui.launcher; "
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=SOURCES, check=False).returncode == 0


def test_what_draws_papers_is_loaded_while_nothing_is_asked_for(laptop: Laptop) -> None:
    laptop.desk.close()
    code = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMenu
from mobile_reception import desk
from mobile_reception.ui import worker
from ui_laptop import LOGIN, PASSPHRASE, now

def look():
    if {{"mobile_reception.desk.slips", "mobile_reception.papers.summary"}} <= set(sys.modules):
        QApplication.exit(5)

app = QApplication([])
poll = QTimer(interval=20)
poll.timeout.connect(look)
poll.start()
opened = desk.unlock(Path({str(laptop.folder)!r}), LOGIN, PASSPHRASE, now)
assert "reportlab" not in sys.modules
sys.exit(worker.run(Path({str(laptop.folder)!r}), "vi", now, desk=opened))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=TYPIST.parent, timeout=60, check=False)
    assert done.returncode == 5


def test_nothing_heavy_stands_between_the_officer_and_the_first_picture() -> None:
    code = (
        "import sys; import mobile_reception.ui.worker; heavy = {'sqlalchemy', 'sqlmodel', "
        "'pydantic', 'requests', 'reportlab', 'pypdfium2', 'cryptography', "
        "'concurrent.futures', 'mobile_reception.desk'}; "
        "print(sorted(heavy & set(sys.modules))); sys.exit(bool(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SOURCES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_second_window_says_so_and_ends(qtbot: QtBot, tmp_path: Path) -> None:
    lock = QLockFile(str(tmp_path / "window.lock"))
    assert lock.tryLock(0)

    def press_enter() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, NoticeWindow) and widget.isVisible():
                widget.button.click()

    timer = QTimer(interval=10)
    timer.timeout.connect(press_enter)
    timer.start()
    assert worker.run(tmp_path, "vi", now) == worker.NOT_NOW
    timer.stop()
    lock.unlock()


def test_a_folder_without_a_laptop_is_told_apart(qtbot: QtBot, tmp_path: Path) -> None:
    said = []

    def close() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, NoticeWindow) and widget.isVisible():
                said.append(widget)
                widget.close()

    timer = QTimer(interval=10)
    timer.timeout.connect(close)
    timer.start()
    assert worker.run(tmp_path, "vi", now) == worker.DAMAGED
    timer.stop()
    assert said


def test_a_wrong_passphrase_waits_longer_each_time(qtbot: QtBot) -> None:
    window = UnlockWindow("")
    qtbot.addWidget(window)
    asked: list[tuple[str, str]] = []
    window.asked.connect(lambda *both: asked.append(both))
    window.know(("an", "binh"), practice=False)
    window.show()
    for count, wait in enumerate((1, 2, 4, 8, 16, 30, 30), 1):
        QTest.keyClicks(window.passphrase, "sai")
        QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
        assert len(asked) == count
        window.refuse()
        assert str(wait) in window.said.text()
        QTest.keyClicks(window.passphrase, "sai")
        QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
        assert len(asked) == count  # not yet
        window.passphrase.clear()
        for _ in range(wait):
            window._clock.timeout.emit()
    window.close()


def test_who_was_here_last_stands_first(qtbot: QtBot) -> None:
    window = UnlockWindow("binh")
    qtbot.addWidget(window)
    window.know(("an", "binh", "chi"), practice=True)
    assert [window.login.itemText(at) for at in range(3)] == ["binh", "an", "chi"]
    assert window.login.currentText() == "binh"


def test_what_is_remembered_survives_nonsense(tmp_path: Path) -> None:
    assert recall(tmp_path) == Remembered()
    remember(tmp_path, login="an")
    remember(tmp_path, language="en")
    assert recall(tmp_path) == Remembered("an", "en")
    (tmp_path / "window.json").write_text("[]")
    assert recall(tmp_path) == Remembered()


def test_enter_may_come_before_it_is_known_who_may_sign_in(qtbot: QtBot) -> None:
    window = UnlockWindow("an")
    qtbot.addWidget(window)
    window.show()
    asked: list[tuple[str, str]] = []
    window.asked.connect(lambda *said: asked.append(said))
    QTest.keyClicks(window.passphrase, "mat khau")
    QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
    assert asked == []
    window.know(("an", "binh"), practice=True)
    assert asked == [("an", "mat khau")]


def test_idle_locks_by_a_clock_that_only_goes_forward(qtbot: QtBot, qapp: QApplication) -> None:
    clock = [0.0]
    watch = IdleWatch(qapp, 180, lambda: clock[0])
    window = UnlockWindow("")
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    clock[0] = 179.0
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_A)
    clock[0] = 358.0
    with qtbot.assertNotEmitted(watch.idle):
        watch._clock.timeout.emit()
    clock[0] = 359.0
    with qtbot.waitSignal(watch.idle):
        watch._clock.timeout.emit()
    watch.deleteLater()


def test_whatever_an_officer_does_is_a_touch(qtbot: QtBot, window: MainWindow) -> None:
    clock, system = [window._idle._elapsed()], window.windowHandle()
    window._idle._elapsed = lambda: clock[0]

    def touched() -> bool:
        QApplication.processEvents()
        fresh = window._idle.untouched() == 0
        clock[0] += 179
        assert window._idle.untouched() >= 179
        return fresh

    QTest.keyClick(system, Qt.Key.Key_F3)  # of a key that does an act there is no press
    assert window.stack.currentWidget() is window.reception
    assert touched()
    field = window.reception.form.named["submitter.full_name"]
    field.setFocus()
    QTest.keyClick(system, Qt.Key.Key_A)
    assert touched()
    written = QInputMethodEvent("ễ", [])
    QApplication.sendEvent(field, written)
    assert touched()
    QTest.mouseMove(system, QPoint(300, 300))
    assert touched()
    QTest.mouseClick(system, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 300))
    assert touched()
    menu = QMenu(window)
    menu.addAction("")
    menu.popup(window.mapToGlobal(QPoint(200, 200)))
    window._idle._clock.timeout.emit()
    QTest.mouseMove(menu.windowHandle(), QPoint(5, 5))
    assert touched()
    menu.close()
    window.changed(frozenset({Part.DOSSIERS}))
    qtbot.waitUntil(lambda: window.background.at_rest)
    assert not touched()


def test_lock_covers_the_window_while_something_is_on_the_wire(qtbot: QtBot, window: MainWindow) -> None:
    import threading

    road = threading.Event()
    left: list[int] = []
    window.left.connect(left.append)
    window.background.wire(road.wait)
    window.turn_to("reception")
    QTest.keyClicks(window.reception.form.named["submitter.phone"], "0912345678")
    window.lock()
    assert window.layers.currentWidget() is window.cover
    assert not window.reception.isVisible()
    assert left == []
    road.set()
    qtbot.waitUntil(lambda: left == [LOCKED])
    assert not window.isVisible()


def test_closing_ends_with_nothing_lost(qtbot: QtBot, laptop: Laptop) -> None:
    background = Background(fail)
    window = MainWindow(laptop.desk, background, laptop.folder, now, idle_seconds=0)
    qtbot.addWidget(window)
    left: list[int] = []
    window.left.connect(left.append)
    window.show()
    window.turn_to("reception")
    QTest.keyClicks(window.reception.form.named["submitter.phone"], "0912345678")
    window.close()
    qtbot.waitUntil(lambda: left == [0])
    opened = desk.unlock(laptop.folder, LOGIN, PASSPHRASE, now)
    assert len(opened.drafts()) == 1
    opened.close()


def test_nothing_stays_when_a_window_is_deleted(qtbot: QtBot, laptop: Laptop) -> None:
    before = set(QApplication.topLevelWidgets())
    background = Background(fail)
    window = MainWindow(laptop.desk, background, laptop.folder, now, idle_seconds=0, find=lambda _name: None)
    window.show()
    received = laptop.desk.receive(line("Nguyễn Thị Diệu")).value
    window.turn_to("dossiers")
    window.dossiers.open(received.id)
    qtbot.waitUntil(lambda: background.at_rest and window.dossiers.opened == received.id)
    for name in window.stack.names:
        window.turn_to(name)
    qtbot.waitUntil(lambda: background.at_rest)
    background.stop()
    window.hide()
    held = window.findChildren(QObject)  # until it is gone: see `fields.discard`
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    held.clear()
    stayed = set(QApplication.topLevelWidgets()) - before
    assert [(type(each).__name__, each.accessibleName()) for each in stayed] == []


def test_settings_are_chosen_in_the_menu_and_kept(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.background.at_rest)
    choices = {action.text(): action for action in window.findChildren(QAction)}
    choices["A5"].trigger()
    qtbot.waitUntil(lambda: window.background.at_rest)
    assert window.desk.setting("paper", "A4") == "A5"
    left: list[int] = []
    window.left.connect(left.append)
    choices["English"].trigger()
    qtbot.waitUntil(lambda: left == [LOCKED])  # a fresh process speaks it
    assert recall(window._folder).language == "en"


@pytest.mark.slow
@pytest.mark.parametrize("required", [False, True])
def test_without_qts_libraries_the_other_tests_still_run(tmp_path: Path, required: bool) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('PySide6.QtGui', 'PySide6.QtWidgets'):\n"
        "            raise ImportError('libEGL.so.1: cannot open shared object file')\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    tests = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(SOURCES)))}
    environment["MOBILE_RECEPTION_REQUIRE_QT"] = "1" if required else "0"
    call = ["-m", "pytest", "-rs", "-p", "no:cacheprovider", "test_numbering.py", "test_ui_lines.py"]
    done = subprocess.run(
        [sys.executable, *call], cwd=tests, env=environment, capture_output=True, text=True, check=False
    )
    if required:
        assert done.returncode == 1, done.stdout
        assert "Qt is required and missing" in done.stdout
    else:
        assert done.returncode == 0, done.stdout + done.stderr
        assert "QT IS MISSING" in done.stdout
    assert "passed" in done.stdout
