"""How widgets share the room: side by side, in as many lines as it asks for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem


class Flow(QLayout):
    """A row that goes on in the next line where the window is too narrow for it."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(8)

    def _laid(self, within: QRect, *, move: bool) -> int:
        """The height that the items take in this width; ``move`` puts them there."""
        left, top, tallest = within.x(), within.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if left > within.x() and left + size.width() > within.right() + 1:
                left, top, tallest = within.x(), top + tallest + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(left, top), size))
            left += size.width() + self.spacing()
            tallest = max(tallest, size.height())
        return top + tallest - within.y()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._laid(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, within: QRect) -> None:
        super().setGeometry(within)
        self._laid(within, move=True)

    def sizeHint(self) -> QSize:
        """All in one line."""
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        between = self.spacing() * max(0, len(hints) - 1)
        return QSize(
            sum(hint.width() for hint in hints) + between, max([hint.height() for hint in hints], default=0)
        )

    def minimumSize(self) -> QSize:
        """One under the other."""
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        return QSize(
            max([hint.width() for hint in hints], default=0),
            max([hint.height() for hint in hints], default=0),
        )
