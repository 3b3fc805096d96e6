"""An officer at the keyboard: keys, a hand scanner and nothing else, over the true window.

What an officer does is told as a generator of `Rest`s: between two of them the window comes to rest. `played`
runs such a story here; `ui_day.py` runs one in a process of its own, which may be killed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mobile_reception.ui.fields import typed
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.printing import Way

Key = Qt.Key
Story = Iterator[None]
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
SPOILT = "087190001234|301234567|Nguyeenx Thij Dieeuj|02051990|Nuwx|Aaps 1|01012021"
"""A card through an input method that should have been off."""

PROCEDURES = (
    ("2.000815", "chung thuc ban sao"),
    ("2.000635", "trich luc"),
    ("1.001193", "dang ky khai sinh"),
    ("1.004873", "tinh trang hon nhan"),
    ("1.000656", "khai tu"),
    ("1.014027", "huu tri xa hoi"),
    ("1.001776", "tro cap xa hoi hang thang"),
    ("2.000884", "chung thuc chu ky"),
    ("1.001939", "the bhyt"),
    ("1.013314", "cho o hop phap"),
    ("1.004859", "cai chinh"),
    ("2.000908", "so goc"),
)
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Đỗ", "Lý", "Ngô")
_MIDDLE = ("Thị", "Văn", "Hữu", "Ngọc", "Quốc", "Mỹ", "Đình", "Bảo")
_GIVEN = ("Diệu", "Ắn", "Đức", "Hè", "Phước", "Uyên", "Thảo", "Lộc", "Mẫn", "Ý", "Xạ", "Quỳnh")
_ANSWERS = {"fee": "5000", "due": "31/12/2026"}


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody in the queue. ``come`` says how they are taken down, ``trouble`` what happens meanwhile."""

    name: str
    number: str
    born: str
    procedure: str
    wanted: str
    come: str
    trouble: str

    @property
    def card(self) -> str:
        """What the QR of the card says."""
        return f"{self.number}||{self.name}|{self.born}|Nữ|Ấp 1, Thường Lạc, Đồng Tháp|01012022"


def queue(count: int, seed: int, procedures: int = len(PROCEDURES)) -> list[Citizen]:
    """The citizens of one morning, the same for the same seed; no two have one name or number."""
    dice = random.Random(seed)
    people: list[Citizen] = []
    names: set[str] = set()
    while len(people) < count:
        name = f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE)} {dice.choice(_GIVEN)}"
        if name in names:
            continue
        names.add(name)
        place = len(people)
        code, words = PROCEDURES[place % procedures]
        people.append(
            Citizen(
                name,
                f"0871{(50 + place) % 100:02d}{place:06d}",
                f"{1 + place % 28:02d}05{1950 + place:04d}",
                code,
                code if place % 2 else words,
                ("scan", "number", "scan", "name")[place % 4],
                ("", "spoilt", "held", "", "reprint", "", "undone")[place % 7],
            )
        )
    return people


class Officer:
    """Knows only keys; ``told`` hears each code as it is shown."""

    def __init__(self, window: MainWindow, told: Callable[[str, Citizen], None]) -> None:
        self.window = window
        self.told = told
        self.keys = 0
        self._struck = 1_000_000

    # --- hands ----------------------------------------------------------------------------------------------

    def press(self, key: Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """One key, where the focus is."""
        self.keys += 1
        QTest.keyClick(self._focus(), key, modifiers)

    def write(self, words: str) -> None:
        """Type: letters beyond ASCII come through the input method, as they do."""
        self.keys += len(words)
        for letter in words:
            if letter.isascii():
                QTest.keyClicks(self._focus(), letter)
            else:
                event = QInputMethodEvent("", [])
                event.setCommitString(letter)
                QApplication.sendEvent(self._focus(), event)
        # A hand is slower than a scanner: what is held back for one goes on.
        self.window.scans.flush()

    def scan(self, card: str) -> None:
        """A keyboard wedge: every character a key, then Enter, faster than any hand."""
        # With the times at which a scanner strikes: a busy machine comes to look at them later.
        self._struck += 1000
        for key, letter in (*((Key.Key_unknown, letter) for letter in card), (Key.Key_Return, "\r")):
            self._struck += 2
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key, NONE, letter)
                event.setTimestamp(self._struck)
                QApplication.sendEvent(self._focus(), event)

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    # --- a citizen ------------------------------------------------------------------------------------------

    def day(self, people: Sequence[Citizen]) -> Story:
        """One citizen after another; one who has to fetch a paper waits as a tab meanwhile."""
        held: list[Citizen] = []
        self.press(Key.Key_F3)
        yield
        for citizen in people:
            yield from self.fill(citizen)
            if citizen.trouble == "held":
                self.press(Key.Key_F7)
                yield
                held.append(citizen)
                continue
            yield from self.finish(citizen)
            while held:
                self.press(Key.Key_1, CTRL)
                yield
                yield from self.finish(held.pop(0))
        while held:
            self.press(Key.Key_1, CTRL)
            yield
            yield from self.finish(held.pop(0))

    def fill(self, citizen: Citizen) -> Story:
        """From the first key to a form that can be saved."""
        form = self.window.reception.form
        if citizen.trouble == "spoilt":
            self.scan(SPOILT)
            yield
            assert form.empty, "a spoilt scan left something"
        if citizen.come == "scan":
            self.scan(citizen.card)
            yield
        else:
            self.write(citizen.number if citizen.come == "number" else "")
            self.press(Key.Key_Return)
            self.write(citizen.name)
            self.press(Key.Key_Return)
            self.write(citizen.born)
            for _ in range(2):
                self.press(Key.Key_Return)
            yield
        assert typed(form.named["submitter.full_name"]) == citizen.name
        for _ in range(12):
            if QApplication.focusWidget() is form.procedure.field:
                break
            self.press(Key.Key_Return)
        assert QApplication.focusWidget() is form.procedure.field, "Enter does not lead to the procedure"
        self.write(citizen.wanted)
        yield
        for _ in range(form.procedure.lines.rowCount()):
            marked = form.procedure.current
            if marked is not None and marked.code == citizen.procedure:
                break
            self.press(Key.Key_Down)
        self.press(Key.Key_Return)
        yield
        assert form.procedure.code == citizen.procedure, f"{citizen.wanted} does not lead there"

    def finish(self, citizen: Citizen) -> Story:
        """Save, mend what is refused, print, go on to the next."""
        page = self.window.reception
        yield from self.save()
        if citizen.trouble == "undone":
            self.press(Key.Key_Z, CTRL)
            yield
            assert page.received is None, "undo did not undo"
            yield from self.save()
        assert page.received is not None
        self.told(page.received.code, citizen)
        self.press(Key.Key_F8)
        yield
        if citizen.trouble == "reprint":
            while any(sheet.way is Way.SENT for sheet in self.window.printing.sheets):
                yield  # another sheet is for when the first has come out
            self.press(Key.Key_F8)
            yield
        self.press(Key.Key_F7)
        yield

    def save(self) -> Story:
        """F9 until it is received: each problem is answered where the focus then is."""
        page = self.window.reception
        for _ in range(10):
            self.press(Key.Key_F9)
            yield
            if page.received is not None:
                return
            wrong = [name for name, row in page.form.rows.items() if row.problem.text() and row.isVisible()]
            assert wrong, "refused without a word"
            self.write(_ANSWERS.get(wrong[0], "có"))
            yield
        said = {name: page.form.rows[name].problem.text() for name in wrong}
        raise AssertionError(f"not received: {said}")


def at_rest(window: MainWindow) -> bool:
    """Whether everything that keys have set going is done."""
    page = window.reception
    return bool(
        not window.scans.holding
        and window.background.at_rest
        and not window.printing.busy
        and not page._assess.isActive()
        and not page._autosave.isActive()
        and not page._saving
    )


def settle(window: MainWindow, seconds: float = 30) -> None:
    """Let the window come to rest."""
    end = time.monotonic() + seconds
    QApplication.processEvents()
    while not at_rest(window):
        assert time.monotonic() < end, "the window does not come to rest"
        QApplication.processEvents()
        time.sleep(0.001)


def played(window: MainWindow, story: Story) -> None:
    """Play a story to its end."""
    settle(window)
    for _ in story:
        settle(window)
