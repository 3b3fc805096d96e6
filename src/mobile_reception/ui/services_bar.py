"""Free services, counted in two keys: F2 and the service's own; Shift with it takes one back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mobile_reception.desk import HamletSession, Part
from mobile_reception.desk.summary import Given
from mobile_reception.dossier import service
from mobile_reception.ui.fields import card, heading, quiet
from mobile_reception.ui.flow import Flow
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import money, text

ACTS: Final = {
    "typing": "typed",
    "photocopy": "copied",
    "online_guidance": "guided",
    "vneid_help": "helped",
}
"""The act that counts each service; ``undo_`` before it takes one back."""

_SOLD: Final = ("typing", "photocopy")
"""What a shop would ask money for: a saving is counted once there is a price."""

_Read = tuple[HamletSession | None, dict[str, Given], int, int, int, tuple[str, ...]]


class ServicesBar(QFrame):
    """A button for each service with its count; what was saved at this session, this month, this year."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        frame, inside = card(6)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(heading(text("Hỗ trợ miễn phí")))
        self.saved = quiet()
        self.saved.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.addWidget(self.saved, 1)
        inside.addLayout(line)
        frame.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        buttons = Flow()
        buttons.setSpacing(18)
        self.counts: dict[str, QLabel] = {}
        for kind, act in ACTS.items():
            button: QPushButton = around.actions.button(act)
            count = QLabel("0")
            set_look(count, look="heading")
            count.setMinimumWidth(26)
            count.setAccessibleName(service.service_words(kind))
            self.counts[kind] = count
            both = QWidget()
            pair = QHBoxLayout(both)
            pair.setContentsMargins(0, 0, 0, 0)
            pair.setSpacing(8)
            pair.addWidget(button)
            pair.addWidget(count)
            buttons.addWidget(both)
        inside.addLayout(buttons)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(frame)
        self.hide()

    def doing(self) -> dict[str, Callable[[], None]]:
        """What the acts of services do."""
        counted = {act: self._count(kind, 1) for kind, act in ACTS.items()}
        return counted | {f"undo_{act}": self._count(kind, -1) for kind, act in ACTS.items()}

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        if parts & {Part.SESSION}:
            self._around.background.desk(self._read, self._show, newest="services")

    def _read(self) -> _Read:
        desk, today = self._around.desk, self._around.today()
        session = desk.current_session()
        if session is None:
            return None, {}, 0, 0, 0, ()
        given = dict(desk.session_summary(session.id).services)
        month = desk.service_totals(date(today.year, today.month, 1), today).saved
        year = desk.service_totals(date(today.year, 1, 1), today).saved
        prices = desk.service_prices()
        unpriced = tuple(kind for kind in _SOLD if not prices.get(kind))
        return session, given, sum(each.saved for each in given.values()), month, year, unpriced

    def _show(self, read: _Read) -> None:
        session, given, saved, month, year, unpriced = read
        self.setVisible(session is not None)
        for act in ACTS.values():
            self._around.actions.allow(act, session is not None)
        for kind, act in ACTS.items():
            count = given[kind].quantity if kind in given else 0
            self.counts[kind].setText(str(count))
            self._around.actions.allow(f"undo_{act}", session is not None and count > 0)
        self.saved.setText(
            text(
                "Tiết kiệm cho người dân: phiên này {session} · tháng này {month} · năm nay {year}",
                session=money(saved),
                month=money(month),
                year=money(year),
            )
            if year or len(unpriced) < len(_SOLD)
            else text("Chưa tính được tiền tiết kiệm: trung tâm chưa đặt đơn giá đánh máy, phô tô.")
        )

    def _count(self, kind: str, quantity: int) -> Callable[[], None]:
        def counted() -> None:
            desk = self._around.desk
            self._around.background.desk(
                lambda: desk.provide_service(kind, quantity),
                lambda outcome: self._around.changed(outcome.changed),
            )

        return counted
