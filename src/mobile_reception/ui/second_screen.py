"""The citizen's view as the officer turns it on and off; it remembers its screen, and whether it was on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mobile_reception.ui.background import Background
from mobile_reception.ui.citizen_view import CitizenView, Told
from mobile_reception.ui.fields import discard

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk
    from mobile_reception.ui.reception_page import ReceptionPage


class SecondScreen(QObject):
    """``view`` is the window while it is shown, None while it is not."""

    def __init__(self, window: QWidget, desk: Desk, background: Background, page: ReceptionPage) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._background = background
        self._told = Told()
        self.view: CitizenView | None = None
        page.told.connect(self._on_told)

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
        self.view.tell(self._told)
        self.view.open_on(screen, self._window.screen())
        self._window.activateWindow()

    def _on_told(self, told: Told) -> None:
        self._told = told
        if self.view is not None:
            self.view.tell(told)

    def _remember(self, screen: str) -> None:
        desk = self._desk
        self._background.desk(lambda: desk.keep_setting("citizen_screen", screen), newest="citizen screen")
