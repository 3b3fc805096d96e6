"""For tests: an officer's morning at the true worker, in a process of its own that may be killed.

Usage: ui_day.py FOLDER START COUNT SEED FIRST TWICE. From citizen FIRST on; one line of JSON for each code
shown (``code``, ``name``, ``ms`` from the first key, ``keys``), for a form half typed (``typed``) and at the
end (``done``). TWICE names somebody whom the other laptop has served: asked about, and not taken again.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from laptops import PASSPHRASE
from mobile_reception.ui import worker
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.unlock import UnlockWindow
from ui_officer import ALT, SHIFT, Citizen, Key, Officer, Story, at_rest, queue

_STARTED = time.monotonic()


class Timed(Officer):
    """Says how long each citizen took, and where a kill would hurt."""

    def __init__(self, window: MainWindow, twice: str) -> None:
        super().__init__(window, self._say)
        self.twice = twice
        self.began = time.monotonic()

    def fill(self, citizen: Citizen) -> Story:
        self.began, self.keys = time.monotonic(), 0
        yield from super().fill(citizen)
        tell(typed=citizen.name)

    def _say(self, code: str, citizen: Citizen) -> None:
        ms = round((time.monotonic() - self.began) * 1000)
        tell(code=code, name=citizen.name, ms=ms, keys=self.keys)

    def morning(self, people: Sequence[Citizen], first: int) -> Story:
        """The rest of the queue; the road is asked for news in the middle of it."""
        self.press(Key.Key_F3)
        yield
        if first:
            # Somebody was being served when the process ended: offered by name, taken up again by a key.
            offer = self.window.reception.offer
            assert offer.isVisible(), "no draft is offered after the kill"
            assert people[first].name in offer.sentences()[0]
            self.press(Key.Key_1, ALT)
            yield
            assert self.window.reception.form.procedure.code == people[first].procedure
            yield from self.finish(people[first])
            first += 1
        half = (len(people) + first) // 2
        yield from self.day(people[first:half])
        self.press(Key.Key_F5)
        yield
        if self.twice:
            yield from self.known_elsewhere(people)
        yield from self.day(people[half:])
        self.press(Key.Key_F5)
        yield
        tell(done=True)

    def known_elsewhere(self, people: Sequence[Citizen]) -> Story:
        """Somebody whom the other laptop has served already."""
        reckoning = self.window.reception.reckoning
        yield from self.fill(
            replace(
                people[0],
                name=self.twice,
                number="",
                born="02051990",
                come="name",
                procedure="2.000908",
                wanted="2.000908",
            )
        )
        here = [line.name for line in self.window.desk.find(self.twice, 10)]
        told = (self.window.road.last, here, self.window.message.words.text(), reckoning.fee.text())
        assert reckoning.asking.isVisible(), f"a dossier of the other laptop is not asked about: {told}"
        self.press(Key.Key_F4, SHIFT)
        yield
        assert self.window.dossiers.isVisible()
        self.press(Key.Key_F3)
        yield
        self.press(Key.Key_X, ALT)
        yield
        assert self.window.reception.form.empty


def tell(**said: object) -> None:
    """One line for whoever plays the morning."""
    print(json.dumps(said), flush=True)


class AtTheMachine:
    """Signs in, then plays the story, one step whenever the window is at rest."""

    def __init__(self, people: Sequence[Citizen], first: int, twice: str) -> None:
        self.people, self.first, self.twice = people, first, twice
        self.story: Story | None = None
        self.signed_in = False
        self.clock = QTimer(interval=2)
        self.clock.timeout.connect(self.look)
        self.clock.start()

    def look(self) -> None:
        """Do the next thing; a story that goes wrong ends the process."""
        try:
            self._look()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)

    def _look(self) -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, MainWindow) and window.isVisible() and at_rest(window):
                if self.story is None:
                    self.story = Timed(window, self.twice).morning(self.people, self.first)
                    window.activateWindow()
                    return
                if not window.isActiveWindow():
                    return
                if next(self.story, "over") == "over":
                    self.clock.stop()
                    window.close()
                return
            if isinstance(window, UnlockWindow) and window.isVisible() and not self.signed_in:
                if window.login.currentText():
                    self.signed_in = True
                    window.passphrase.insert(PASSPHRASE)
                    QTest.keyClick(window.passphrase, Qt.Key.Key_Return)
                return


def main() -> int:
    """Run the worker with the officer at it."""
    folder, start, count, seed, first, twice = sys.argv[1:]
    began = datetime.fromisoformat(start)
    app = QApplication(sys.argv[:1])
    officer = AtTheMachine(queue(int(count), int(seed)), int(first), twice)

    status = worker.run(Path(folder), "vi", lambda: began + timedelta(seconds=time.monotonic() - _STARTED))
    officer.clock.stop()
    app.processEvents()
    return status


if __name__ == "__main__":
    sys.exit(main())
