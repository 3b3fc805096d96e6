"""The officer asks for the citizen (hỏi hộ): a strip over the page, two keys."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mobile_reception.desk import Outcome
from mobile_reception.dossier.service import Rating
from mobile_reception.ui.rating import RatingView
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text


class AskingStrip(RatingView):
    """`ask_about` one dossier; what is said goes to the desk, marked as asked by the officer.

    ``answered`` carries the dossier's id once it is kept.
    """

    answered = Signal(str)

    def __init__(self, around: Surroundings) -> None:
        super().__init__(large=False)
        self._around = around
        self._dossier = ""
        self._back: QWidget | None = None
        self.rated.connect(self._on_rated)
        self.skipped.connect(self.close_strip)
        self.hide()

    def ask_about(self, dossier: str | None, back: QWidget | None) -> None:
        """Ask about the dossier of this id; afterwards ``back`` has the focus again."""
        if dossier is None:
            self._around.say(text("Mở một hồ sơ trước, rồi hỏi người dân."), "act")
            return
        desk = self._around.desk
        self._dossier, self._back = dossier, back
        self._around.background.desk(lambda: desk.asked_already(dossier), self._on_known, newest="may rate")

    def close_strip(self) -> None:
        """Put it away, nothing is recorded."""
        self.hide()
        if self._back is not None:
            self._back.setFocus()

    def _on_known(self, objection: str | None) -> None:
        if objection is not None:
            self._around.say(objection, "act")
            return
        self.show()
        self.ask()

    def _on_rated(self, level: str, reason: str) -> None:
        desk, dossier = self._around.desk, self._dossier
        self._around.background.desk(lambda: desk.rate(dossier, level, reason, proxy=True), self._on_kept)

    def _on_kept(self, outcome: Outcome[Rating]) -> None:
        self.close_strip()
        self.answered.emit(self._dossier)
        self._around.say(text("Đã ghi đánh giá của người dân (hỏi hộ)."), "good")
        self._around.changed(outcome.changed)
