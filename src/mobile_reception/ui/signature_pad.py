"""A field to sign in with a finger, a pen or the mouse; what is drawn is small enough for a fact."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mobile_reception.dossier.results import HEIGHT, MOST_POINTS, MOST_STROKES, WIDTH, Strokes

_NEAREST: Final = 6
"""Points nearer than this to the last one say nothing more about a line."""


class SignaturePad(QWidget):
    """``changed`` after every stroke and when it is wiped; `strokes` are within the field of a fact."""

    changed = Signal()

    def __init__(self, words: str) -> None:
        """``words`` stand in the field while it is empty."""
        super().__init__()
        self._words = words
        self._strokes: list[list[int]] = []
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(words)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(260)

    @property
    def strokes(self) -> Strokes:
        """What was drawn, each stroke as x, y, x, y …"""
        return tuple(tuple(stroke) for stroke in self._strokes)

    def wipe(self) -> None:
        """Take all of it away."""
        self._strokes = []
        self.update()
        self.changed.emit()

    def draw(self, strokes: Strokes) -> None:
        """Show what was drawn before."""
        self._strokes = [list(stroke) for stroke in strokes]
        self.update()

    def _place(self, at: QPointF) -> tuple[int, int]:
        x = round(at.x() * WIDTH / max(1, self.width()))
        y = round(at.y() * HEIGHT / max(1, self.height()))
        return max(0, min(x, WIDTH)), max(0, min(y, HEIGHT))

    def _full(self) -> bool:
        points = sum(map(len, self._strokes)) // 2
        return points >= MOST_POINTS

    def heightForWidth(self, width: int) -> int:
        return width * HEIGHT // WIDTH

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        return QSize(420, self.heightForWidth(420))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self._strokes) < MOST_STROKES:
            if not self._full():
                self._strokes.append(list(self._place(event.position())))
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton or not self._strokes or self._full():
            return
        x, y = self._place(event.position())
        stroke = self._strokes[-1]
        if abs(x - stroke[-2]) + abs(y - stroke[-1]) >= _NEAREST:
            stroke += [x, y]
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("#9aa8ae"), 1))
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        line = round(self.height() * 0.78)
        painter.setPen(QPen(QColor("#cbd3d6"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(16, line, self.width() - 16, line)
        if not self._strokes:
            painter.setPen(QColor("#5f6b70"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words)
        painter.setPen(QPen(QColor("#12324a"), 2.2, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        across, down = self.width() / WIDTH, self.height() / HEIGHT
        for stroke in self._strokes:
            points = [QPointF(x * across, y * down) for x, y in zip(stroke[::2], stroke[1::2], strict=True)]
            if len(points) == 1:
                painter.drawPoint(points[0])
            else:
                painter.drawPolyline(QPolygonF(points))
