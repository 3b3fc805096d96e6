"""The form of reception where it scrolls: the field in the officer's hands is always in sight."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from mobile_reception.ui.fields import Row
from mobile_reception.ui.reception_form import ReceptionForm

_AROUND: Final = 60
_LIST: Final = 260
"""Room under the procedure for the list of those that fit."""
_GREY_AFTER_MS: Final = 100
"""A form takes as long to turn grey as the desk to make a dossier durable: only a slow disk shows it."""


class FormView(QScrollArea):
    """Follows the focus, also when the form grows above or below it."""

    def __init__(self, form: ReceptionForm) -> None:
        super().__init__()
        self._form = form
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        form.setObjectName("sheet")
        form.focused.connect(self._follow)
        self.setWidget(form)
        form.installEventFilter(self)
        self._grey = QTimer(self, singleShot=True, interval=_GREY_AFTER_MS)
        self._grey.timeout.connect(lambda: form.setEnabled(False))

    def hold(self) -> None:
        """The form is being received: it turns grey if that is not over at once."""
        self._grey.start()

    def let_go(self) -> None:
        """The form can be written in again."""
        self._grey.stop()
        self._form.setEnabled(True)

    def _follow(self, field: QWidget) -> None:
        row = field.parentWidget()
        if isinstance(row, Row):  # with what is wrong, which may be some lines
            self.ensureWidgetVisible(row, 20, 8)
        self.ensureWidgetVisible(field, 20, _LIST if field is self._form.procedure.field else _AROUND)

    def _follow_focus(self) -> None:
        here = self._form.focusWidget()
        if here is not None and here.hasFocus():
            self._follow(here)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._form and event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self._follow_focus)  # once its layout has moved what stands in it
        return super().eventFilter(watched, event)
