"""A session's page on the screen: figures in two lists, charts; Enter opens what is behind a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QHeaderView, QLabel, QWidget

from mobile_reception.desk.summary import Figure, SummaryPage
from mobile_reception.ui.fields import card, heading, scrolled
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Column, ListModel, Table, fit_columns
from mobile_reception.words import text

_LEFT = ("reception", "results", "statuses", "procedures")
_ROW = 29
_CHART = 1.55
"""How much larger a chart is on the screen than on paper, at most."""
_LEAST = 0.9
_AROUND = 38
_WIDEST = 430


@dataclass(frozen=True, slots=True)
class _Row:
    """A heading (no figure) or a figure."""

    name: str
    figure: Figure | None


class _Figures(ListModel[_Row]):
    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        row = self.row(index.row())
        if role == Qt.ItemDataRole.FontRole and row is not None and row.figure is None:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return super().data(index, role)


class SummarySheet(QWidget):
    """`opened` carries a figure that has dossiers behind it."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.models = (_Figures(_columns()), _Figures(_columns()))
        self.lists = [_list(model) for model in self.models]
        # Names wrap: a row is as high as its words need in the width that its column has got at last.
        self._heights = QTimer(self, singleShot=True, interval=0)
        self._heights.timeout.connect(self._give_heights)
        for view in self.lists:
            view.horizontalHeader().sectionResized.connect(lambda *_sizes: self._heights.start())
            view.doubleClicked.connect(self._on_chosen)
            view.installEventFilter(self)
        self.charts = {name: QSvgWidget() for name in ("by_field", "money")}
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        titles = {"by_field": text("Hồ sơ theo lĩnh vực"), "money": text("Tiền, đồng")}
        parts: list[QFrame] = []
        for name, chart in self.charts.items():
            frame, inside = card(6)
            inside.addWidget(heading(titles[name]))
            inside.addWidget(chart, alignment=Qt.AlignmentFlag.AlignLeft)
            chart.setAccessibleName(titles[name])
            parts.append(frame)
        self._notes, inside = card(6)
        inside.addWidget(heading(text("Sự cố, ý kiến")))
        inside.addWidget(self.told)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        for view in self.lists:
            columns.addWidget(view, 7)
        self._beside = scrolled(*parts, self._notes)
        self._beside.setMaximumWidth(_WIDEST)
        columns.addWidget(self._beside, 7)

    def show_page(self, page: SummaryPage) -> None:
        """Show ``page``."""
        for model, view, left in zip(self.models, self.lists, (True, False), strict=True):
            chosen = [section for section in page.sections if (section[0] in _LEFT) is left]
            model.show(_rows(chosen))
            fit_columns(view, model.columns)
            view.clearSpans()
            for place in range(model.rowCount()):
                row = model.row(place)
                if row is not None and row.figure is None:
                    view.setSpan(place, 0, 1, len(model.columns))
            view.selectRow(min(1, max(0, model.rowCount() - 1)))
        for name, chart in self.charts.items():
            chart.load(page.charts.get(name, "").encode())
        self._draw()
        self.told.setText("\n".join(page.told))
        self._notes.setVisible(bool(page.told))

    def begin(self) -> None:
        """The first list has the focus."""
        self.lists[0].setFocus()

    def _on_chosen(self, index: QModelIndex) -> None:
        model = index.model()
        row = model.row(index.row()) if isinstance(model, _Figures) else None
        if row is not None and row.figure is not None and row.figure.behind is not None:
            self.opened.emit(row.figure)

    def _draw(self) -> None:
        """The charts as large as there is room for, and no larger than is good for the eye."""
        room = self._beside.viewport().width() - _AROUND
        for chart in self.charts.values():
            drawn: QSvgRenderer = chart.renderer()
            size = drawn.defaultSize()
            if size.isValid():
                times = min(_CHART, max(_LEAST, room / size.width()))
                chart.setFixedSize(round(size.width() * times), round(size.height() * times))
        self._give_heights()

    def _give_heights(self) -> None:
        for view in self.lists:
            view.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self._draw)  # after the layout has given its parts their new widths

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        place = self.lists.index(watched) if watched in self.lists else -1
        if place < 0:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_chosen(self.lists[place].currentIndex())
            return True
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.lists[0 if event.key() == Qt.Key.Key_Left else 1].setFocus()
            return True
        return False


def _rows(sections: Sequence[tuple[str, str, tuple[Figure, ...]]]) -> list[_Row]:
    found: list[_Row] = []
    for _, title, figures in sections:
        if figures:
            found += [_Row(title, None), *(_Row(each.name, each) for each in figures)]
    return found


def _columns() -> tuple[Column[_Row], ...]:
    def colours(row: _Row) -> tuple[str, str]:
        return ("#e7ebec", "#0b4f5e") if row.figure is None else ("#ffffff", "#1d2b30")

    return (
        Column(text("Số liệu"), lambda row: row.name, colours=colours),
        Column(
            text("Giá trị"),
            lambda row: row.figure.words if row.figure is not None else "",
            60,
            right=True,
            colours=colours,
        ),
    )


def _list(model: _Figures) -> Table:
    view = Table()
    view.setAccessibleName(text("Số liệu của phiên"))
    view.setModel(model)
    view.verticalHeader().hide()
    view.horizontalHeader().hide()
    view.verticalHeader().setMinimumSectionSize(_ROW)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    view.setShowGrid(False)
    view.setTabKeyNavigation(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setColumnWidth(1, model.columns[1].width)
    view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    set_look(view, look="figures")
    return view
