"""Dossiers in a list: the same columns wherever dossiers are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from mobile_reception.desk import DossierLine, Place
from mobile_reception.desk.dossiers import words_for
from mobile_reception.ui.table import Column, ListModel, Pill, Table
from mobile_reception.words import day, moment, money, text

R = TypeVar("R")
_ROW: Final = 46
COLOURS: Final = {
    Place.HERE: ("#e4e8ea", "#3f4c52"),
    Place.SENDING: ("#dcebf5", "#114f7a"),
    Place.CENTRE: ("#dcefe1", "#14572c"),
    Place.NEEDS_YOU: ("#fbe3df", "#93211a"),
}
"""Ground and ink of the four words."""


def table_of(model: ListModel[R], title: str, *, row: int = _ROW, pills: Sequence[int] = (-1,)) -> Table:
    """A list of whole lines under ``title``; ``pills`` are the columns drawn as pills, from either end."""
    view = Table()
    view.setAccessibleName(title)
    view.setModel(model)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(row)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.setWordWrap(True)
    view.setTabKeyNavigation(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for place, column in enumerate(model.columns):
        if column.width:
            view.setColumnWidth(place, column.width)
        else:
            view.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
    for place in pills:
        view.setItemDelegateForColumn(place % len(model.columns), Pill(view))
    return view


def dossier_columns() -> tuple[Column[DossierLine], ...]:
    """Code, person, procedure, days, money, and where it is."""
    return (
        Column(text("Mã hồ sơ"), lambda one: one.code, 120),
        Column(text("Họ tên, số định danh"), lambda one: f"{one.name}\n{one.number or '—'}", 150),
        Column(text("Thủ tục"), lambda one: one.procedure_name),
        Column(text("Tiếp nhận"), lambda one: moment(one.received_at).replace(" ", "\n"), 90, spare=1),
        Column(text("Ngày hẹn trả"), lambda one: day(one.come_back), 90),
        Column(text("Phí, lệ phí"), lambda one: money(one.fee), 90, right=True),
        Column(
            text("Đang ở đâu"), lambda one: words_for(one.place), 150, colours=lambda one: COLOURS[one.place]
        ),
    )
