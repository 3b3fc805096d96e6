"""The citizen's view as the officer turns it on and off; it remembers its screen, and whether it was on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mobile_reception.desk import Outcome
from mobile_reception.dossier.service import Rating
from mobile_reception.ui.background import Background
from mobile_reception.ui.citizen_view import CitizenView, Told
from mobile_reception.ui.fields import discard

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk
    from mobile_reception.ui.reception_page import ReceptionPage


class SecondScreen(QObject):
    """``view`` is the window while it is shown, None while it is not.

    A citizen is asked once about each dossier; ``rated`` then carries the parts of the desk that changed.
    """

    rated = Signal(object)

    def __init__(self, window: QWidget, desk: Desk, background: Background, page: ReceptionPage) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._background = background
        self._told = Told()
        self.view: CitizenView | None = None
        page.told.connect(self.tell)

    @property
    def dossier(self) -> str | None:
        """The dossier that was received or handed over last, while its citizen is here."""
        return self._told.dossier or None

    def toggle(self) -> None:
        """Show it, or take it away."""
        if self.view is not None:
            self.close()
            return
        desk = self._desk
        self._background.desk(
            lambda: (desk.unit_name, desk.setting("citizen_screen", "")), self._open, newest="citizen"
        )

    def close(self) -> None:
        """Take it away."""
        view, self.view = self.view, None
        if view is not None:
            discard(view)

    def _open(self, known: tuple[str, str]) -> None:
        if self.view is not None:
            return
        unit, screen = known
        self.view = CitizenView(unit, self._desk.practice)
        self.view.moved.connect(self._remember)
        self.view.closed.connect(self.close)
        self.view.rating.rated.connect(self._on_rated)
        self.view.open_on(screen, self._window.screen())
        self.tell(self._told)
        self._window.activateWindow()

    def tell(self, told: Told) -> None:
        """Show ``told``, and ask about its dossier where that has not been done."""
        self._told = told
        if self.view is None:
            return
        self.view.tell(told)
        if told.dossier:
            desk = self._desk
            self._background.desk(
                lambda: desk.asked_already(told.dossier),
                lambda objection: self._ask(told, objection),
                newest="citizen rates",
            )

    def _ask(self, told: Told, objection: str | None) -> None:
        if self.view is not None and objection is None and told is self._told:
            self.view.ask()

    def answered(self, dossier: str) -> None:
        """The officer has asked for the citizen: the same is not asked here once more."""
        if self.view is not None and self._told.dossier == dossier:
            self.view.rating.hide()

    def _on_rated(self, level: str, reason: str) -> None:
        desk, dossier = self._desk, self._told.dossier
        self._background.desk(lambda: desk.rate(dossier, level, reason), self._on_kept)

    def _on_kept(self, outcome: Outcome[Rating]) -> None:
        if self.view is not None:
            self.view.rating.thank()
        self.rated.emit(outcome.changed)

    def _remember(self, screen: str) -> None:
        desk = self._desk
        self._background.desk(lambda: desk.keep_setting("citizen_screen", screen), newest="citizen screen")
