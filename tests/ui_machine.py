"""A machine that plays at the table: keys, scans and kills in any order, and what must hold whatever comes.

`Table` is a hypothesis state machine. Its model knows only what an officer would: what was typed where the
focus was, which codes were shown. ``python tests/ui_machine.py RUNS [SEED]`` plays it for the record.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit

import stretching  # noqa: F401 - loaded, it stretches a passphrase once and not in each game
from laptops import WEDNESDAY, at_the_table, opened
from mobile_reception.desk.dossiers import nested
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.lifecycle import REFUSED
from mobile_reception.store.file import place_of
from mobile_reception.ui.background import Background
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.reception_line import filled
from ui_officer import ALT, CTRL, PROCEDURES, SHIFT, SPOILT, Key, Officer, queue, settle

PEOPLE = queue(6, seed=11)
WORDS = ("Nguyễn Thị Diệu", "0912345678", "02/05/1990", "1990", "Ấp 1", "x", "31/02/1990", "999", "|", "Đ")
_STARTED = time.monotonic()
_STEPS, _TOGETHER = 30, 20


def now() -> Any:
    """A Wednesday that goes on."""
    return WEDNESDAY + timedelta(seconds=time.monotonic() - _STARTED)


class Table(RuleBasedStateMachine):
    """One laptop, one officer, any keys."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.app = QApplication.instance() or QApplication(["table"])
        self.desk: Desk = at_the_table(self.place / "laptop", now)  # type: ignore[arg-type]
        self.told: dict[str, str] = {}
        self.undone: set[str] = set()
        self.errors: list[Exception] = []
        self._open()

    def _open(self) -> None:
        self.background = Background(self.errors.append)
        self.window = MainWindow(
            self.desk, self.background, self.place / "laptop", now, idle_seconds=0, find=lambda _name: None
        )
        page = self.window.reception
        for patience in (page._autosave, page._assess):
            patience.setInterval(1)  # a thousand games would wait for an hour
        self.window.show()
        self.window.activateWindow()
        self.officer = Officer(self.window, lambda code, citizen: None)
        self._rest()

    def _rest(self) -> None:
        settle(self.window)
        assert self.errors == []
        page = self.window.reception
        if page.received is not None and page.received.code not in self.undone:
            name = self.told.setdefault(page.received.code, page.saved.name.text())
            assert name == page.saved.name.text()

    def teardown(self) -> None:
        self._end(dying=False)
        assert self.desk.verify().ok
        self.desk.close()
        shutil.rmtree(self.place, ignore_errors=True)

    def _end(self, *, dying: bool) -> None:
        """The window goes; ``dying``: what has not come to its turn never will."""
        held = self.window.findChildren(QObject)
        if dying:
            self.background._desk.shutdown(wait=True, cancel_futures=True)
        self.background.stop()
        self.window.deleteLater()
        self.app.processEvents()
        held.clear()

    # --- what hands do ------------------------------------------------------------------------------------

    @initialize()
    def reception(self) -> None:
        self.officer.press(Key.Key_F3)
        self._rest()

    @rule(words=st.sampled_from(WORDS))
    def types(self, words: str) -> None:
        self.officer.write(words)
        self._rest()

    @rule(
        key=st.sampled_from(
            (Key.Key_Return, Key.Key_Tab, Key.Key_Down, Key.Key_Backspace, Key.Key_Space, Key.Key_Escape)
        )
    )
    def presses(self, key: Key) -> None:
        self.officer.press(key)
        self._rest()

    @rule(
        key=st.sampled_from((Key.Key_F7, Key.Key_F6, Key.Key_F8, Key.Key_F10, Key.Key_F12)),
        shift=st.booleans(),
    )
    def acts(self, key: Key, shift: bool) -> None:
        self.officer.press(key, SHIFT) if shift else self.officer.press(key)
        self._rest()

    @rule(key=st.sampled_from((Key.Key_F1, Key.Key_F2, Key.Key_F4)))
    def looks_elsewhere_and_comes_back(self, key: Key) -> None:
        self.officer.press(key)
        self._rest()
        self.officer.press(Key.Key_F3)
        self._rest()

    @rule(person=st.sampled_from(PEOPLE))
    def scans(self, person: Any) -> None:
        self.officer.scan(person.card)
        self._rest()
        texts = {field.text() for field in self.window.findChildren(QLineEdit)}
        assert not any("|" in text and person.number in text for text in texts)

    @rule(
        spoilt=st.sampled_from(
            (SPOILT, "||||||", "087190001234|", "MR1:khong-phai-ma", "H20.12.3-261125-9999")
        )
    )
    def scans_wrongly(self, spoilt: str) -> None:
        before = self._typed()
        self.officer.scan(spoilt)
        self._rest()
        self.officer.press(Key.Key_F3)
        self._rest()
        if spoilt == SPOILT and self.window.reception.received is None:
            assert self._typed() == before

    @rule(person=st.sampled_from(PEOPLE), code=st.sampled_from([code for code, _ in PROCEDURES[:4]]))
    def takes_somebody_down(self, person: Any, code: str) -> None:
        self.officer.scan(person.card)
        self._rest()
        form = self.window.reception.form
        form.procedure.field.setFocus()
        if not form.procedure.code:
            self.officer.write(code)
            self.officer.press(Key.Key_Return)
        self._rest()

    @rule()
    def saves(self) -> None:
        self.officer.press(Key.Key_F9)
        self._rest()

    @rule()
    def saves_with_two_keys_at_once(self) -> None:
        self.officer.press(Key.Key_F9)
        self.officer.press(Key.Key_F9)
        self._rest()

    @precondition(lambda self: self.window.reception.received is not None)
    @rule()
    def undoes(self) -> None:
        received = self.window.reception.received
        allowed = self.window.actions_.allowed("undo")
        if allowed and received is not None:
            self.undone.add(received.code)
            self.told.pop(received.code, None)
        self.officer.press(Key.Key_Z, CTRL)
        self._rest()

    @rule(place=st.integers(1, 3))
    def goes_on_with_a_tab(self, place: int) -> None:
        self.officer.press(Key(Key.Key_0 + place), CTRL)
        self._rest()

    @rule(place=st.integers(1, 2))
    def takes_up_a_draft(self, place: int) -> None:
        self.officer.press(Key(Key.Key_0 + place), ALT)
        self._rest()

    @rule()
    def throws_the_form_away(self) -> None:
        self.officer.press(Key.Key_X, ALT)
        self._rest()

    @rule(in_mid=st.sampled_from(("rest", "typing", "saving")))
    def is_killed(self, in_mid: str) -> None:
        """The process ends: at rest, while a key is on its way to the disk, or while a dossier is saved."""
        kept = {draft.id: dict(draft.fields) for draft in self.desk.drafts()}
        before = self.desk.status().dossiers
        if in_mid == "typing":
            self.officer.write("x")
        elif in_mid == "saving":
            self.officer.press(Key.Key_F9)
        saving = self.window.reception._saving
        self._end(dying=True)
        self.desk.close()
        self.desk = opened(self.place / "laptop", now)  # type: ignore[arg-type]
        self.desk._bench.store.keep(place=place_of(self.place / "laptop"))
        after = self.desk.status().dossiers
        assert after - before in ((0, 1) if saving else (0,))
        left = {draft.id for draft in self.desk.drafts()}
        gone = set(kept) - left
        assert len(gone) == (1 if after > before and len(kept) > len(left) else 0), "a draft is lost"
        if after > before:  # durable, and the officer never saw its code: it is found in the list
            newest = self.desk.find("", 1)[0]
            self.told[newest.code] = newest.name
        self._open()
        self.officer.press(Key.Key_F3)
        self._rest()

    # --- what must hold -----------------------------------------------------------------------------------

    @invariant()
    def every_code_told_is_a_dossier_of_that_name_and_no_other_is_there(self) -> None:
        states = [self.desk.dossier(line.id).state for line in self.desk.find("", 1000)]
        codes = [state.code for state in states]
        assert len(set(codes)) == len(codes)
        standing = {str(state.code): state for state in states if state.status != REFUSED}
        assert set(standing) == set(self.told)
        for code, name in self.told.items():
            assert nested(standing[code])["submitter"]["full_name"] == " ".join(name.split())
        assert {str(state.code) for state in states if state.status == REFUSED} == self.undone

    @invariant()
    def what_is_typed_is_on_disk(self) -> None:
        page = self.window.reception
        if page.received is not None or page.form.empty:
            return
        fields = {draft.id: draft.fields for draft in self.desk.drafts()}
        assert page._draft in fields, "the form at the table has no draft"
        kept = {name: value for name, value in fields[page._draft].items() if name != "rules"}
        assert kept == page.form.raw()
        assert filled(page.form.raw())[0] >= 0

    @invariant()
    def every_draft_can_be_reached_by_a_key(self) -> None:
        page = self.window.reception
        others = {draft.id for draft in self.desk.drafts()} - {page._draft}
        shown = {draft.id for draft in (*page.tabs.drafts, *page.offer._drafts)}
        assert others == shown

    def _typed(self) -> Any:
        return self.window.reception.form.raw()


def play(runs: int, steps: int, derandomize: bool, number: int = 0) -> None:
    """Play ``runs`` games of ``steps``."""
    quiet = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),  # a game that went wrong is told as it was played
        database=None,
        print_blob=True,
    )
    machine = Table if derandomize else seed(number)(Table)
    run_state_machine_as_test(machine, settings=quiet)


def main() -> int:
    """Play RUNS games, a few in a process each: windows thrown away by the hundred fill the memory."""
    runs, number = int(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 0
    if runs <= _TOGETHER:
        play(runs, _STEPS, derandomize=False, number=number)
        return 0
    for batch in range(-(-runs // _TOGETHER)):
        done = subprocess.run([sys.executable, __file__, str(_TOGETHER), str(number + batch)], check=False)
        if done.returncode:
            print(f"seed {number + batch} went wrong")
            return 1
    print(f"{runs} games of {_STEPS} steps, seeds {number} to {number + batch}: nothing lost or doubled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
