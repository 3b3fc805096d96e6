"""Every sheet asked for, with how far it has come; one key tries again, and never prints twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QVBoxLayout

from mobile_reception.desk import Part
from mobile_reception.ui.fields import heading, quiet
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.printing import Sheet, Way
from mobile_reception.ui.table import Column, ListModel, Pill, Surroundings, Table, fit_columns
from mobile_reception.words import clock_time, text

_ROW: Final = 40
_COLOURS: Final = {
    Way.MAKING: ("#e4e8ea", "#3f4c52"),
    Way.SENT: ("#dcebf5", "#114f7a"),
    Way.PRINTED: ("#dcefe1", "#14572c"),
    Way.FAILED: ("#fbe3df", "#93211a"),
    Way.KEPT: ("#fff3d6", "#6a4100"),
}


class PrintsPage(Page):
    """The newest first. Kept by the program as long as it runs; receipts that did not come out also after."""

    name = "prints"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self.model: ListModel[Sheet] = ListModel(_columns())
        self.list = Table()
        self.list.setAccessibleName(text("Các lệnh in"))
        self.list.setModel(self.model)
        self.list.verticalHeader().hide()
        self.list.verticalHeader().setDefaultSectionSize(_ROW)
        self.list.setShowGrid(False)
        self.list.setTabKeyNavigation(False)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.list.setItemDelegateForColumn(3, Pill(self.list))
        self.list.selectionModel().selectionChanged.connect(lambda _now, _before: self._allow())
        self.none = quiet(text("Chưa in tờ nào từ lúc mở chương trình."))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 14, 20, 12)
        lines.setSpacing(10)
        lines.addWidget(heading(text("Các lệnh in")))
        lines.addWidget(self.none)
        lines.addWidget(self.list, 1)
        foot = QHBoxLayout()
        for act in ("leave_prints", "print_again", "print_take_back"):
            foot.addWidget(around.actions.button(act))
        foot.addStretch()
        lines.addLayout(foot)
        around.printing.listed.connect(self._show)
        self._show()

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "print_again": self.again,
            "print_take_back": self.take_back,
        }

    def shown(self) -> None:
        """The page has come to the front."""
        self.list.setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Nothing here changes with the desk."""

    def again(self) -> None:
        """Try the chosen sheet once more; one that has come out is printed anew and says so."""
        sheet = self._chosen()
        if sheet is not None:
            self._around.printing.print_again(sheet.key)

    def take_back(self) -> None:
        """Take the chosen sheet off the queue of its printer."""
        sheet = self._chosen()
        if sheet is not None:
            self._around.printing.take_back(sheet.key)

    def _chosen(self) -> Sheet | None:
        return self.model.row(self.list.currentIndex().row())

    def _show(self) -> None:
        chosen = self._chosen()
        sheets = self._around.printing.sheets
        self.model.show(sheets)
        fit_columns(self.list, self.model.columns)
        if sheets:
            keys = [sheet.key for sheet in sheets]
            self.list.selectRow(keys.index(chosen.key) if chosen is not None and chosen.key in keys else 0)
        self.none.setVisible(not sheets)
        self._allow()

    def _allow(self) -> None:
        sheet = self._chosen()
        self._around.actions.allow("print_again", sheet is not None and sheet.way is not Way.MAKING)
        self._around.actions.allow("print_take_back", sheet is not None and sheet.way is Way.SENT)


def _columns() -> tuple[Column[Sheet], ...]:
    return (
        Column(text("Giờ"), lambda one: clock_time(one.asked_at), 80),
        Column(text("Tờ in"), lambda one: one.title, 260),
        Column(text("Máy in, lý do"), lambda one: one.reason or one.queue),
        Column(text("Đến đâu"), lambda one: _words(one.way), 200, colours=lambda one: _COLOURS[one.way]),
    )


def _words(way: Way) -> str:
    return {
        Way.MAKING: text("Đang chuẩn bị"),
        Way.SENT: text("Đang ở máy in"),
        Way.PRINTED: text("Đã in"),
        Way.FAILED: text("Chưa in được"),
        Way.KEPT: text("Giữ lại, chờ máy in"),
    }[way]
