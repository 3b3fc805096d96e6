"""A session that was opened at the wrong hamlet, on the wrong day or outside the plan, set right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from mobile_reception.desk import Failure, HamletSession, Outcome
from mobile_reception.dossier.plan import Planned
from mobile_reception.ui.fields import Choice, Row, card, heading, problem_label, put, typed
from mobile_reception.ui.look import set_look
from mobile_reception.ui.reception_line import iso_day
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import day, text, weekday

_NEAR: Final = timedelta(days=14)
"""Planned sessions this far from the session's day may be the one that was meant."""


class MoveCard(QFrame):
    """Hidden until asked for; the planned session to count with, or the hamlet and day as they were."""

    def __init__(self, around: Surroundings, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._around = around
        self.session: HamletSession | None = None
        self.planned = Choice()
        self.hamlet, self.day = QComboBox(), QLineEdit()
        self.hamlet.setEditable(True)
        self.hamlet.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.kind = Choice(kinds)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(text("ví dụ: bấm nhầm ấp"))
        self.problem = problem_label()
        self.title = heading("")
        frame, inside = card(6)
        inside.addWidget(self.title)
        self.rows = (
            Row(text("Tính vào phiên theo lịch"), self.planned),
            Row(text("Ấp, khóm và ngày đúng"), self.hamlet, self.day),
            Row(text("Loại phiên"), self.kind),
            Row(text("Lý do"), self.reason),
        )
        self.hamlet.setAccessibleName(text("Ấp, khóm"))
        self.day.setAccessibleName(text("Ngày"))
        for row in self.rows:
            inside.addWidget(row)
        inside.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(around.actions.button("leave_move", words=text("Hủy")))
        confirm = around.actions.button("confirm_move")
        set_look(confirm, look="main")
        buttons.addWidget(confirm)
        inside.addLayout(buttons)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(frame)
        self.planned.currentIndexChanged.connect(self._show_rows)
        self.hide()

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """What the acts of this card do."""
        return {"confirm_move": self.confirm, "leave_move": self.leave}

    def ask(self, session: HamletSession) -> None:
        """Ask about a session."""
        desk = self._around.desk

        def read() -> tuple[tuple[Planned, ...], tuple[str, ...]]:
            return desk.planned_sessions(), desk.hamlets()

        def told(found: tuple[tuple[Planned, ...], tuple[str, ...]]) -> None:
            self._show(session, *found)

        self._around.background.desk(read, told)

    def leave(self) -> None:
        """Put the card away; nothing is on record."""
        self.hide()
        self._allow()

    def confirm(self) -> None:
        """Put on record where and when the session was."""
        session, desk = self.session, self._around.desk
        if session is None:
            return
        target, reason = typed(self.planned), self.reason.text()
        hamlet, kind = self.hamlet.currentText(), typed(self.kind)
        on = _day(self.day.text())
        if not target and on is None:
            self._say(text("Phải là ngày, ví dụ 30/11/2026."))
            return

        def work() -> Outcome[HamletSession]:
            if target:
                return desk.join_session(session.id, target, reason)
            return desk.move_session(session.id, hamlet=hamlet, day=on, kind=kind, reason=reason)

        def failed(error: Exception) -> None:
            if isinstance(error, Failure) and error.tone == "fix":
                self._say(str(error))
            else:
                self._around.background.failed(error)

        self._around.background.desk(work, self._on_done, failed)

    def _on_done(self, outcome: Outcome[HamletSession]) -> None:
        self.leave()
        moved = outcome.value
        said = (
            text("Phiên tại {hamlet} được tính vào phiên đã lên lịch.", hamlet=moved.hamlet)
            if moved.joined_to
            else text("Phiên tại {hamlet}, ngày {day}.", hamlet=moved.hamlet, day=day(moved.day))
        )
        self._around.say(said, "good")
        self._around.changed(outcome.changed)

    def _show(self, session: HamletSession, plan: Sequence[Planned], hamlets: Sequence[str]) -> None:
        self.session = session
        self.title.setText(text("Ghi lại phiên {hamlet}, {day}", hamlet=session.hamlet, day=day(session.day)))
        near = [each for each in plan if abs(each.day - session.day) <= _NEAR and each.id != session.id]
        none = text("không, chỉ sửa ấp, ngày hoặc loại")
        named = [(each.id, f"{each.hamlet}, {weekday(each.day)} {day(each.day)}") for each in near]
        self.planned.offer([("", none), *named])
        self.hamlet.clear()
        self.hamlet.addItems(list(hamlets))
        self.hamlet.setCurrentText(session.hamlet)
        self.day.setText(day(session.day))
        put(self.kind, session.kind)
        self.reason.clear()
        self._say("")
        self.show()
        self._allow()
        (self.planned if near else self.hamlet).setFocus()

    def _show_rows(self) -> None:
        for row in self.rows[1:3]:
            row.setEnabled(not typed(self.planned))

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _allow(self) -> None:
        for act in ("confirm_move", "leave_move"):
            self._around.actions.allow(act, not self.isHidden())


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(iso_day(said))
    except ValueError:
        return None
