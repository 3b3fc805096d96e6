"""For tests: the true worker, with an officer at its keyboard who does one thing (``type``, ``lock``).

Usage: ui_typist.py FOLDER THING. ``type`` unlocks, types half a form, says ``typed`` once it is on disk, and
waits to be killed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mobile_reception.ui import worker
from mobile_reception.ui.unlock import UnlockWindow
from ui_laptop import PASSPHRASE, now


class Officer:
    """Looks at the screen every few milliseconds and does the next thing."""

    def __init__(self, thing: str) -> None:
        self.thing = thing
        self.step = 0
        self.clock = QTimer(interval=10)
        self.clock.timeout.connect(self.look)
        self.clock.start()

    def look(self) -> None:
        for window in QApplication.topLevelWidgets():
            if not window.isVisible():
                continue
            if isinstance(window, UnlockWindow):
                self.unlock(window)
            elif type(window).__name__ == "MainWindow":
                self.work(window)

    def unlock(self, window: UnlockWindow) -> None:
        if self.step == 0 and window.login.currentText():
            window.passphrase.insert(PASSPHRASE)
            QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
            self.step = 1

    def work(self, window: object) -> None:
        if self.step == 1 and self.thing == "lock":
            self.step = 2
            window.turn_to("reception")
            QTest.keyClicks(window.reception.form.named["submitter.phone"], "0912345678")
            window.lock()
        elif self.step == 1:
            self.step = 2
            window.turn_to("reception")
            form = window.reception.form
            QTest.keyClicks(form.named["submitter.personal_id"], "087190001234")
            form.named["submitter.full_name"].insert("Nguyễn Thị Diệu")
            QTest.keyClicks(form.named["submitter.birth_date"], "02/05/1990")
        elif self.step == 2 and window.background.at_rest and not window.reception._autosave.isActive():
            self.step = 3
            print("typed", flush=True)


def main() -> int:
    """Run the worker with the officer at it."""
    app = QApplication(sys.argv[:1])
    officer = Officer(sys.argv[2])
    status = worker.run(Path(sys.argv[1]), "vi", now)
    officer.clock.stop()
    app.processEvents()
    return status


if __name__ == "__main__":
    sys.exit(main())
