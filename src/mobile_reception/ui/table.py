"""What every page works with, and lists: columns described, rows as they come from the Desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from mobile_reception.desk import Part
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.background import Background
from mobile_reception.ui.message_bar import Tone
from mobile_reception.words import VIETNAM

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk
    from mobile_reception.ui.printing import Printing

R = TypeVar("R")
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_EDGES = 20
"""What the sheet and Qt leave free on both sides of a cell's words; a test holds it to the style."""
_NEW_LINE = "\u2028"
"""What Qt makes of a line's end in a cell."""
_LEAST = 160
"""What a column that takes what is left and goes on in a second line needs at least."""


class Say(Protocol):
    """Speak in the message bar; see `MessageBar.say`."""

    def __call__(
        self,
        sentence: str,
        tone: Tone = "info",
        offer: tuple[str, Callable[[], None]] | None = None,
        unheeded: Callable[[], None] | None = None,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a page is given; it asks for nothing else. ``changed`` tells all pages which parts are new."""

    desk: Desk
    background: Background
    actions: Actions
    printing: Printing
    say: Say
    changed: Callable[[frozenset[Part]], None]
    now: Callable[[], datetime]

    def today(self) -> date:
        """Today's date in UTC+7."""
        return self.now().astimezone(VIETNAM).date()


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its title, how a row reads in it, its width (0: what is left), and colours (ground, text).

    ``spare``: it may be missing where there is little room, the one with the highest number first; 0 never.
    """

    title: str
    words: Callable[[R], str]
    width: int = 0
    right: bool = False
    colours: Callable[[R], tuple[str, str]] | None = None
    spare: int = 0


class ListModel(QAbstractTableModel, Generic[R]):
    """Rows of the Desk under ``columns``; `row` gives the value behind a line."""

    def __init__(self, columns: Sequence[Column[R]]) -> None:
        super().__init__()
        self.columns = columns
        self._rows: tuple[R, ...] = ()

    def show(self, rows: Sequence[R]) -> None:
        """Show ``rows`` instead of those before."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def row(self, number: int) -> R | None:
        """The value of a line, None where there is no such line."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        column = self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.words(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if column.colours is not None:
            ground, ink = column.colours(row)
            if role == Qt.ItemDataRole.BackgroundRole:
                return QBrush(QColor(ground))
            if role == Qt.ItemDataRole.ForegroundRole:
                return QBrush(QColor(ink))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self.columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.columns[section].title
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = (
                    Qt.AlignmentFlag.AlignRight if self.columns[section].right else Qt.AlignmentFlag.AlignLeft
                )
                return side | Qt.AlignmentFlag.AlignVCenter
        return None


class Pill(QStyledItemDelegate):
    """Draws the words of a cell on a rounded ground in the cell's colours."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        option.text = ""
        option.backgroundBrush = QBrush()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        height = super().sizeHint(option, index).height()
        return QSize(option.fontMetrics.horizontalAdvance(str(index.data())) + 32, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        words = str(index.data())
        metrics = option.fontMetrics
        width = metrics.horizontalAdvance(words) + 20
        height = metrics.height() + 4
        middle = option.rect.center().y() + 1
        ground = QRectF(option.rect.left() + 6, middle - height / 2, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(index.data(Qt.ItemDataRole.BackgroundRole))
        painter.drawRoundedRect(ground, height / 2, height / 2)
        painter.setPen(index.data(Qt.ItemDataRole.ForegroundRole).color())
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()


class _Lines(QStyledItemDelegate):
    """Where a cell has lines of its own, each stays one, and ends in … where the column is too narrow.

    Else words go on below, and a row asks for the height that they need between the edges of the sheet's
    style; Qt reckons without those, and a word that just did not fit was cut.
    """

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        room = _room(option)
        if _NEW_LINE in option.text and room > 0:
            right, metrics = Qt.TextElideMode.ElideRight, option.fontMetrics
            lines = option.text.split(_NEW_LINE)
            option.text = _NEW_LINE.join(metrics.elidedText(line, right, room) for line in lines)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        size = super().sizeHint(option, index)
        words, room = index.data(), _room(option)
        if room > 0 and isinstance(words, str) and "\n" not in words:
            metrics = option.fontMetrics
            needed = metrics.boundingRect(0, 0, room, 0, Qt.TextFlag.TextWordWrap, words).height()
            size.setHeight(max(size.height(), size.height() - metrics.height() + needed))
        return size


def _room(option: QStyleOptionViewItem) -> int:
    """What is left for words between the edges of a cell; none where no cell is spoken of.

    Not asked of the style: its Python side would outlive a style that a new sheet has replaced.
    """
    return int(option.rect.width()) - _EDGES


class Table(QTableView):
    """A list whose columns are whole: where they have not all room, the spare ones are left out.

    Where that is not enough, the widest give way: their words go on in a second line, or end in …
    """

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_Lines(self))
        self._columns: Sequence[Column[Any]] = ()
        self._needed: list[int] = []

    def fit(self, columns: Sequence[Column[Any]]) -> None:
        """See `fit_columns`; once more by itself whenever the list gets another width."""
        self._columns, self._needed = columns, []
        for place, column in enumerate(columns):
            self.setColumnHidden(place, False)
            words = self.sizeHintForColumn(place) + 6
            words = words if column.width else min(words, _LEAST)
            self._needed.append(max(words, self.horizontalHeader().sectionSizeHint(place)))
        self._share_out()

    def _share_out(self) -> None:
        room, every = self.viewport().width(), list(enumerate(self._columns))
        wished = {place: max(column.width, self._needed[place]) for place, column in every}
        if sum(wished.values()) > room:
            wished = dict(enumerate(self._needed))
        for place, _ in sorted(every, key=lambda one: -one[1].spare):
            if sum(wished.values()) > room and self._columns[place].spare:
                del wished[place]
        most = _level(list(wished.values()), room)
        wished = {place: min(width, most) for place, width in wished.items()}
        if wished and all(self._columns[place].width for place in wished):  # nobody takes what is left
            wished[max(wished, key=lambda place: wished[place])] += max(0, room - sum(wished.values()))
        for place, column in every:
            self.setColumnHidden(place, place not in wished)
            if column.width and place in wished:
                self.setColumnWidth(place, wished[place])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._needed:
            self._share_out()


def _level(widths: Sequence[int], room: int) -> int:
    """The most that each may have, so that all have room: those that want less keep what they want."""
    left = room
    for place, width in enumerate(sorted(widths)):
        share = left // (len(widths) - place)
        if width > share:
            return share
        left -= width
    return max(widths, default=0)


def fit_columns(view: Table, columns: Sequence[Column[R]]) -> None:
    """Make every column as wide as what stands in it and, where there is room, as it asks to be."""
    view.fit(columns)
