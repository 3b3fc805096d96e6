"""People who came before, offered while number, name or telephone is typed; one key fills the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from mobile_reception.desk.dossiers import nested
from mobile_reception.dossier import identity
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import day, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_LOOKED_AT: Final = 12
_OFFERED: Final = 5
_FEWEST: Final = 4
Met = tuple[Mapping[str, Any], str]
"""A submitter as the newest dossier has them, and the day of that dossier."""


class PeopleMet(QFrame):
    """``taken`` carries the values of a submitter; taken again, the next one that fits."""

    taken = Signal(object)

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._people: tuple[Met, ...] = ()
        self._next = 0
        set_look(self, look="offer")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAccessibleName(text("Người đã từng đến"))
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 6, 10, 6)
        line.addWidget(self.words, 1)
        line.addWidget(around.actions.button("known"))
        self.forget()

    def look(self, words: str) -> None:
        """Look for people by what was typed: a number or its end, a name without accents, a telephone."""
        if len(words.strip()) < _FEWEST:
            self.forget()
            return
        desk = self._around.desk
        self._around.background.desk(lambda: met(desk, words), self._on_met, newest="people met")

    def forget(self) -> None:
        """Offer nobody."""
        self._people = ()
        self._show()

    def take(self) -> None:
        """Give the person offered, and offer the next one."""
        if self._people:
            person, _ = self._people[self._next]
            self._next = (self._next + 1) % len(self._people)
            self._show()
            self.taken.emit(person)

    def _on_met(self, people: tuple[Met, ...]) -> None:
        self._people, self._next = people, 0
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._people))
        self._around.actions.allow("known", bool(self._people))
        if self._people:
            person, when = self._people[self._next]
            more = len(self._people) - 1
            said = text(
                "Đã từng đến ({day}): {name}, {number}, {address}",
                day=when,
                name=person.get("full_name") or "",
                number=identity.mask(str(person.get("personal_id") or "")) or "—",
                address=person.get("address") or "—",
            )
            self.words.setText(said + (text(" · còn {count} người khác", count=more) if more else ""))


def met(desk: Desk, words: str) -> tuple[Met, ...]:
    """The submitters of the newest dossiers that ``words`` fit, each person once. Blocks."""
    found: dict[str, Met] = {}
    lines = desk.find(words, _LOOKED_AT)
    exact = [line for line in lines if not line.near]
    for line in exact or lines:
        person = nested(desk.dossier(line.id).state).get("submitter") or {}
        key = str(person.get("personal_id") or identity.fold(str(person.get("full_name") or "")))
        found.setdefault(key, (person, day(line.received_at)))
        if len(found) == _OFFERED:
            break
    return tuple(found.values())
