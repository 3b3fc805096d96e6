"""The dossiers of this laptop: search as you type, and one of them in full."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import DossierLine, DossierView, Part, Place, Unacceptable
from mobile_reception.desk.dossiers import words_for
from mobile_reception.ui.dossier_detail import DossierDetail
from mobile_reception.ui.fields import quiet
from mobile_reception.ui.look import set_look
from mobile_reception.ui.pages import rendered
from mobile_reception.ui.receipt_view import SHARP
from mobile_reception.ui.table import Column, ListModel, Pill, Surroundings, fit_columns
from mobile_reception.words import day, moment, money, text

_MOST: Final = 200
_ROW: Final = 46
COLOURS: Final = {
    Place.HERE: ("#e4e8ea", "#3f4c52"),
    Place.SENDING: ("#dcebf5", "#114f7a"),
    Place.CENTRE: ("#dcefe1", "#14572c"),
    Place.NEEDS_YOU: ("#fbe3df", "#93211a"),
}
"""Ground and ink of the four words."""


class DossiersPage(QWidget):
    """The list, newest first; Enter opens one, Esc goes back."""

    name = "dossiers"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._shown: str | None = None
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = QLineEdit()
        self.search.setPlaceholderText(text("mã hồ sơ, họ tên không cần dấu, số cuối căn cước, điện thoại…"))
        self.search.setAccessibleName(text("Tìm hồ sơ"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_typed)
        self.search.installEventFilter(self)
        self.count = quiet()
        self.model: ListModel[DossierLine] = ListModel(_columns())
        self.list = self._list()
        self.detail = DossierDetail(around.actions)
        top = QHBoxLayout()
        top.setSpacing(12)
        label = QLabel(text("Tìm  ·  Ctrl+F"))
        label.setBuddy(self.search)
        top.addWidget(label)
        top.addWidget(self.search, 1)
        top.addWidget(self.count)
        self.count.setWordWrap(False)
        sheet = QWidget()
        lines = QVBoxLayout(sheet)
        lines.setContentsMargins(20, 14, 20, 12)
        lines.setSpacing(10)
        lines.addLayout(top)
        lines.addWidget(self.list, 1)
        self.stack = QStackedLayout(self)
        self.stack.addWidget(sheet)
        self.stack.addWidget(self.detail)
        self._allow(None)

    def shown(self) -> None:
        """The page has come to the front."""
        if self._shown is None:
            self.search.setFocus()
        else:
            self.detail.setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        if Part.DOSSIERS in parts:
            self._on_typed(self.search.text())
            if self._shown is not None:
                self._read(self._shown)

    def look_for(self) -> None:
        """To the search, from wherever the page is."""
        self.back()
        self.search.setFocus()
        self.search.selectAll()

    def back(self) -> None:
        """From one dossier to the list."""
        if self._shown is not None:
            self._shown = None
            self.stack.setCurrentIndex(0)
            self.detail.receipt.show_pages(())
            self._allow(None)
            self.list.setFocus()

    def reprint(self) -> None:
        """Print the receipt of the dossier shown, or of the marked line; it is counted and says so."""
        line = self.model.row(self.list.currentIndex().row())
        dossier = self._shown or (line.id if line is not None else None)
        if dossier is not None:
            self._around.printing.print_receipt(dossier)

    def open(self, dossier: str) -> None:
        """Show one dossier in full, by its id or code."""
        self._read(dossier)

    def open_scanned(self, scanned: str) -> None:
        """Show the dossier of a receipt's QR or of a code; a receipt that is not genuine shows none."""
        desk = self._around.desk

        def code() -> str:
            if not scanned.startswith("MR1:"):
                return scanned.strip()
            checked = desk.check_receipt(scanned)
            if checked.verdict != "good" or checked.body is None:
                raise Unacceptable(text("Mã trên phiếu này không đúng là của trung tâm."))
            return checked.body.code

        self._around.background.desk(code, self._read)

    def _list(self) -> QTableView:
        view = QTableView()
        view.setAccessibleName(text("Danh sách hồ sơ"))
        view.setModel(self.model)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(_ROW)
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setWordWrap(True)
        view.setTabKeyNavigation(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for place, column in enumerate(self.model.columns):
            if column.width:
                view.setColumnWidth(place, column.width)
            else:
                view.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        view.setItemDelegateForColumn(len(self.model.columns) - 1, Pill(view))
        view.doubleClicked.connect(self._on_chosen)
        view.installEventFilter(self)
        return view

    def _on_typed(self, words: str) -> None:
        desk = self._around.desk
        self._around.background.desk(lambda: desk.find(words, _MOST), self._on_found, newest="find")

    def _on_found(self, lines: tuple[DossierLine, ...]) -> None:
        here = self.model.row(self.list.currentIndex().row())
        self.model.show(lines)
        fit_columns(self.list, self.model.columns)
        marked = next((at for at, line in enumerate(lines) if here is not None and line.id == here.id), 0)
        if lines:
            self.list.selectRow(marked)
        many = text("{count} hồ sơ mới nhất", count=len(lines))
        self.count.setText(many if len(lines) == _MOST else text("{count} hồ sơ", count=len(lines)))

    def _on_chosen(self, index: QModelIndex) -> None:
        line = self.model.row(index.row())
        if line is not None:
            self._read(line.id)

    def _read(self, key: str) -> None:
        desk = self._around.desk

        def read() -> tuple[DossierView, tuple[QImage, ...]]:
            return desk.dossier(key), rendered(desk.receipt(key), SHARP)

        self._around.background.desk(read, self._on_read, newest="dossier")

    def _on_read(self, read: tuple[DossierView, tuple[QImage, ...]]) -> None:
        view, pages = read
        self._shown = view.state.subject
        self.detail.show_dossier(view, pages)
        self.stack.setCurrentWidget(self.detail)
        self._allow(self._shown)
        if self.isVisible():
            self.detail.setFocus()

    def _allow(self, shown: str | None) -> None:
        self._around.actions.allow("back", shown is not None)
        self._around.actions.allow("reprint", True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_chosen(self.list.currentIndex())
            return True
        if watched is self.search and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            row = self.list.currentIndex().row() + step
            if 0 <= row < self.model.rowCount():
                self.list.selectRow(row)
            return True
        return False


def place_pill(place: Place) -> QLabel:
    """One of the four words, in its colours."""
    label = QLabel(words_for(place))
    set_look(label, place=place.value)
    return label


def _columns() -> tuple[Column[DossierLine], ...]:
    return (
        Column(text("Mã hồ sơ"), lambda one: one.code, 120),
        Column(text("Họ tên, số định danh"), lambda one: f"{one.name}\n{one.number or '—'}", 150),
        Column(text("Thủ tục"), lambda one: one.procedure_name),
        Column(text("Tiếp nhận"), lambda one: moment(one.received_at).replace(" ", "\n"), 90),
        Column(text("Ngày hẹn trả"), lambda one: day(one.come_back), 90),
        Column(text("Phí, lệ phí"), lambda one: money(one.fee), 90, right=True),
        Column(
            text("Đang ở đâu"), lambda one: words_for(one.place), 150, colours=lambda one: COLOURS[one.place]
        ),
    )
