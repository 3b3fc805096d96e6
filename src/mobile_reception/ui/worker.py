"""The process that holds the key: it waits at the unlock window, becomes the main one, ends when it locks.

What is imported here stands between the officer and the first picture: the rest is loaded behind it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QLockFile, QMessageLogContext, QSize, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QWidget

from mobile_reception import words
from mobile_reception.ui.look import dress, low
from mobile_reception.ui.remembered import Remembered, recall, remember
from mobile_reception.ui.unlock import NoticeWindow, UnlockWindow
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk import Door
    from mobile_reception.desk.table import Desk
    from mobile_reception.ui.background import Background

USAGE: Final = 2
NOT_NOW: Final = 75
DAMAGED: Final = 69
_AT_REST_MS: Final = 1500


def run(
    folder: Path,
    language: str | None,
    now: Callable[[], datetime],
    *,
    desk: Desk | None = None,
    painted: Callable[[], None] | None = None,
) -> int:
    """Show the window of ``folder`` until it is closed or locks itself; the exit status for this process.

    ``language`` None takes the one chosen in this folder last, else the one in force. ``desk`` is a Desk that
    is unlocked already (the demonstration's). ``painted`` is called once the first window has been painted.
    """
    said = recall(folder)
    words.use(language or (said.language if said.language in words.LANGUAGES else words.language()))
    before = qInstallMessageHandler(_no_window)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    qInstallMessageHandler(before)
    if not isinstance(app, QApplication):
        raise TypeError("an application without windows runs already")
    app.setQuitOnLastWindowClosed(False)
    dress(app)
    lock = QLockFile(str(folder / "window.lock"))
    # No age makes a lock stale, only the death of the process that held it: a window may stay open for days.
    lock.setStaleLockTime(0)
    if folder.is_dir() and not lock.tryLock(0):
        return _notice(app, text("Cửa sổ của thư mục này đã mở rồi. Hãy dùng cửa sổ đó."), NOT_NOW)
    try:
        return _Worker(app, folder, now, said, painted).run(desk)
    finally:
        lock.unlock()


def _no_window(kind: QtMsgType, where: QMessageLogContext, said: str) -> None:
    """What Qt says while it looks for a screen: without one it would end the process in its own words."""
    if kind is QtMsgType.QtFatalMsg:
        sentence = text(
            "Không mở được cửa sổ: không vào được màn hình (DISPLAY={display}), hoặc máy này thiếu thư viện "
            "hệ thống của Qt. Dùng dòng lệnh (mobile-reception --help), hoặc xem thử: "
            "mobile-reception demo --headless.",
            display=os.environ.get("DISPLAY", ""),
        )
        print(sentence, file=sys.stderr, flush=True)
        os._exit(USAGE)


def _notice(app: QApplication, sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    window = NoticeWindow(sentence)
    window.closed.connect(lambda: app.exit(status))
    window.show()
    return app.exec()


class _Worker:
    """From the unlock window to the main window, in one process."""

    def __init__(
        self,
        app: QApplication,
        folder: Path,
        now: Callable[[], datetime],
        said: Remembered,
        painted: Callable[[], None] | None,
    ) -> None:
        self.app = app
        self.folder = folder
        self.now = now
        self.said = said
        self.painted = painted
        self.background: Background | None = None
        self.window: QWidget | None = None
        self.notice: NoticeWindow | None = None

    def run(self, desk: Desk | None) -> int:
        self.unlock = UnlockWindow(self.said.login, small=low(_room(self.app).height()))
        self.unlock.asked.connect(self._on_asked)
        self.unlock.chosen.connect(self._look_up)
        self.unlock.forgot.connect(self._on_forgot)
        self.unlock.closed.connect(self._on_closed)
        self.unlock.painted.connect(self._on_painted)
        if desk is not None:
            QTimer.singleShot(0, lambda: self._begin(desk))
        else:
            self.unlock.show()
        try:
            return self.app.exec()
        finally:
            if self.background is not None:
                self.background.stop()

    def _on_painted(self) -> None:
        if self.painted is not None:
            self.painted()
        self._lanes().desk(lambda: _peek(self.folder), self._on_door, self._on_no_door)

    def _lanes(self) -> Background:
        if self.background is None:
            from mobile_reception.ui.background import Background

            self.background = Background(self._on_failure)
        return self.background

    def _on_door(self, door: Door) -> None:
        self.unlock.know(door.logins, door.practice)
        self._look_up(self.unlock.login.currentText())
        road = self.said.enrolled
        self._lanes().desk(lambda: _preload(road=road))

    def _look_up(self, login: str) -> None:
        """Whether ``login`` has to wait, by what was counted before this program was started."""
        self._lanes().desk(
            lambda: _tries(self.folder, login), lambda found: self.unlock.hold(found[0]), newest="tries"
        )

    def _on_forgot(self) -> None:
        from mobile_reception.ui.recovery_form import RecoveryForm

        form = RecoveryForm(self.unlock.login.currentText())
        form.left.connect(lambda: self._on_remembered(form))
        form.asked.connect(lambda login, code, passphrase: self._recover(form, login, code, passphrase))
        self.unlock.show_instead(form)
        form.code.setFocus()

    def _on_remembered(self, form: Any) -> None:
        from mobile_reception.ui.fields import discard

        self.unlock.show_instead(None)
        discard(form)

    def _recover(self, form: Any, login: str, code: str, passphrase: str) -> None:
        def failed(error: Exception) -> None:
            from mobile_reception.desk import Failure

            if isinstance(error, Failure):
                form.refuse(str(error))
            else:
                self._on_failure(error)

        self._lanes().desk(
            lambda: _recovered(self.folder, login, code, passphrase, self.now),
            lambda opened: self._begin(*opened),
            failed,
        )

    def _on_no_door(self, error: Exception) -> None:
        self.unlock.closed.disconnect(self._on_closed)
        self.unlock.close()
        print(str(error), file=sys.stderr)
        self.notice = NoticeWindow(str(error))
        self.notice.closed.connect(lambda: self.app.exit(DAMAGED))
        self.notice.show()

    def _on_asked(self, login: str, passphrase: str) -> None:
        self._lanes().desk(
            lambda: _unlock(self.folder, login, passphrase, self.now),
            lambda opened: self._begin(*opened),
            self._on_not_unlocked,
        )

    def _on_not_unlocked(self, error: Exception) -> None:
        from mobile_reception.desk import Denied, Failure

        if isinstance(error, Denied):
            login = self.unlock.login.currentText()
            self._lanes().desk(
                lambda: _tries(self.folder, login), lambda found: self.unlock.refuse(*found), newest="tries"
            )
        elif isinstance(error, Failure):
            self.unlock.fail(str(error))
        else:
            self._on_failure(error)

    def _on_failure(self, error: Exception) -> None:
        self.unlock.fail(text("Chương trình gặp lỗi: {kind}. Xin mở lại.", kind=type(error).__name__))

    def _on_closed(self) -> None:
        if self.window is None:
            self.app.exit(0)

    def _begin(self, desk: Desk, idle_seconds: int | None = None) -> None:
        from PySide6.QtGui import QIcon

        from mobile_reception.ui.main_window import SIZE, MainWindow
        from mobile_reception.ui.settings_menu import IDLE_SECONDS

        idle = IDLE_SECONDS if idle_seconds is None else idle_seconds
        room = _room(self.app)
        whole = room.width() <= SIZE[0] or room.height() <= SIZE[1]
        size = (room.width(), room.height()) if whole else SIZE
        window = MainWindow(desk, self._lanes(), self.folder, self.now, idle_seconds=idle, size=size)
        self.window = window
        icon = words.resource("icons", "mobile-reception.svg")
        window.setWindowIcon(QIcon(str(icon)))
        sys.excepthook = lambda _kind, error, _trace: self._on_surprise(error)
        window.left.connect(self.app.exit)
        if whole:
            window.showMaximized()
        else:
            window.show()
        self.unlock.close()
        window.start_road()
        # Half a second of the first citizen's minute, spent while the list is being looked at.
        QTimer.singleShot(_AT_REST_MS, window, lambda: self._lanes().printer(_preload_papers))
        QTimer.singleShot(_AT_REST_MS, window, window.prepare)

    def _on_surprise(self, error: BaseException) -> None:
        if isinstance(error, Exception) and self.background is not None:
            self.background.failed(error)
        else:
            sys.__excepthook__(type(error), error, error.__traceback__)


def _room(app: QApplication) -> QSize:
    """What the screen leaves to a window."""
    return app.primaryScreen().availableGeometry().size()


def _peek(folder: Path) -> Any:
    from mobile_reception import desk

    return desk.peek(folder)


def _preload(*, road: bool) -> None:
    from mobile_reception import desk
    from mobile_reception.ui import main_window

    assert main_window is not None
    desk.preload(road=road)


def _preload_papers() -> None:
    from mobile_reception import desk

    desk.preload_papers()


def _tries(folder: Path, login: str) -> tuple[float, int]:
    from mobile_reception import desk

    return desk.tries_left(folder, login)


def _recovered(
    folder: Path, login: str, code: str, passphrase: str, now: Callable[[], datetime]
) -> tuple[Desk, int]:
    from mobile_reception import desk

    desk.recover(folder, code, login, passphrase)
    return _unlock(folder, login, passphrase, now)


def _unlock(folder: Path, login: str, passphrase: str, now: Callable[[], datetime]) -> tuple[Desk, int]:
    from mobile_reception import desk
    from mobile_reception.ui.settings_menu import idle_seconds

    opened = desk.unlock(folder, login, passphrase, now)
    remember(folder, login=login, enrolled=opened.enrolled)
    return opened, idle_seconds(opened)
