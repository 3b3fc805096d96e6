"""A receipt as it will lie on paper, fitted to the width there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

from mobile_reception.ui.fields import discard
from mobile_reception.words import text

_BETWEEN = 10
SHARP = 120.0
"""Dots per inch that stay legible on a screen of any size that a laptop has."""


class ReceiptView(QScrollArea):
    """Pages one under the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(text("Phiếu tiếp nhận"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._pages: tuple[QImage, ...] = ()
        self._labels: list[QLabel] = []
        self._sheet = QWidget()
        self._sheet.setObjectName("sheet")
        self.setWidget(self._sheet)

    @property
    def pages(self) -> tuple[QImage, ...]:
        """What is shown."""
        return self._pages

    def show_pages(self, pages: Sequence[QImage]) -> None:
        """Show ``pages`` instead of those before; none clears the view."""
        self._pages = tuple(pages)
        for label in self._labels:
            discard(label)
        self._labels = []
        for number, _ in enumerate(self._pages, 1):
            label = QLabel(self._sheet)
            label.setAccessibleName(text("Trang {number}", number=number))
            label.show()
            self._labels.append(label)
        self._fit()
        self.verticalScrollBar().setValue(0)

    def _fit(self) -> None:
        # Laid by hand: a layout keeps the heights of a sheet that was not shown yet, and pages would overlap.
        ratio, top = self.devicePixelRatioF(), 0
        width = self.viewport().width()
        for label, page in zip(self._labels, self._pages, strict=True):
            picture = QPixmap.fromImage(
                page.scaledToWidth(int(width * ratio), Qt.TransformationMode.SmoothTransformation)
            )
            picture.setDevicePixelRatio(ratio)
            label.setPixmap(picture)
            label.setGeometry(0, top, width, round(picture.height() / ratio))
            top = label.geometry().bottom() + 1 + _BETWEEN
        self._sheet.setMinimumHeight(max(0, top - _BETWEEN))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
