"""Weeks, months, hamlets, procedures and officers side by side, in one list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mobile_reception.desk.comparison import BY, Comparison, Row, monday
from mobile_reception.ui.dossier_list import table_of
from mobile_reception.ui.fields import heading, quiet
from mobile_reception.ui.table import Column, ListModel, Surroundings, fit_columns
from mobile_reception.words import day, language, money, text

_ROW = 34


class CompareView(QWidget):
    """The keys 1 to 5 turn between weeks, months, hamlets, procedures and officers."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self.by = "week"
        self._before: dict[str, Row] = {}
        self.model: ListModel[Row] = ListModel(self._columns())
        self.list = table_of(self.model, text("So sánh"), row=_ROW, pills=())
        self.list.installEventFilter(self)
        self.span = quiet()
        self.span.setWordWrap(False)
        self.note = QLabel(
            text(
                "Đúng hạn theo Quyết định 766/QĐ-TTg: tính đến ngày có kết quả; yêu cầu bổ sung quá một lần "
                "là trễ. Luôn đọc cùng số hồ sơ đã tính."
            )
        )
        self.note.setWordWrap(True)
        self.turns = [self._turn(place, by) for place, by in enumerate(BY, 1)]
        head = QHBoxLayout()
        head.addWidget(heading(text("So sánh")))
        for button in self.turns:
            head.addWidget(button)
        head.addStretch()
        head.addWidget(self.span)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        lines.addLayout(head)
        lines.addWidget(self.list, 1)
        lines.addWidget(self.note)

    def read(self) -> None:
        """Read what is compared: five weeks, twelve months, else the last three months."""
        desk, by, last = self._around.desk, self.by, self._around.today()
        first = {
            "week": monday(last) - timedelta(weeks=4),
            "month": date(last.year - 1, last.month, 1) if last.month != 2 else date(last.year - 1, 2, 1),
        }.get(by, last - timedelta(days=91))
        self._around.background.desk(
            lambda: desk.compare(first, last, by), self.show_comparison, newest="compare"
        )

    def show_comparison(self, found: Comparison) -> None:
        """Show ``found``, the total last."""
        self.by = found.by
        for button, by in zip(self.turns, BY, strict=True):
            button.setChecked(by == found.by)
        rows = found.rows
        periods = rows if found.by in ("week", "month") else ()
        self._before = {row.key: older for row, older in pairwise(periods)}
        self.model.show((*rows, found.total))
        fit_columns(self.list, self.model.columns)
        if rows:
            self.list.selectRow(0)
        self.span.setText(f"{day(found.first)} – {day(found.last)}")

    def _turn(self, place: int, by: str) -> QPushButton:
        words = {
            "week": text("Tuần"),
            "month": text("Tháng"),
            "hamlet": text("Ấp, khóm"),
            "procedure": text("Thủ tục"),
            "officer": text("Cán bộ"),
        }[by]
        button = QPushButton(f"{place}  ·  {words}")
        button.setAccessibleName(words)
        button.setCheckable(True)
        button.clicked.connect(lambda _on=False: self.turn_to(by))
        return button

    def turn_to(self, by: str) -> None:
        """Compare by ``by``."""
        self.by = by
        self.read()

    def _columns(self) -> tuple[Column[Row], ...]:
        def count(value: Callable[[Row], int | None]) -> Callable[[Row], str]:
            return lambda row: "–" if (said := value(row)) is None else str(said)

        return (
            Column(text("Kỳ, nơi, việc"), lambda row: row.name),
            Column(text("Số phiên"), count(lambda row: row.sessions), 64, right=True),
            Column(text("Lượt người"), count(lambda row: row.citizens), 90, right=True),
            Column(text("Hồ sơ"), self._dossiers, 100, right=True),
            Column(text("Bị từ chối"), count(lambda row: row.refused), 70, right=True),
            Column(text("Phí, lệ phí"), lambda row: money(row.fees), 110, right=True),
            Column(text("Đã trả"), count(lambda row: row.handed_over), 70, right=True),
            Column(text("Đúng hạn"), lambda row: share(row.on_time, row.ended), 120, right=True),
            Column(text("Hài lòng"), lambda row: share(row.satisfied, row.rated or 0), 120, right=True),
            Column(
                text("Tiết kiệm"),
                lambda row: "–" if row.saved is None else money(row.saved),
                110,
                right=True,
                spare=1,
            ),
            Column(text("Chưa gửi"), count(lambda row: row.waits), 80, right=True),
        )

    def _dossiers(self, row: Row) -> str:
        before = self._before.get(row.key)
        if before is None or before.dossiers == row.dossiers:
            return str(row.dossiers)
        return f"{row.dossiers}  ({row.dossiers - before.dossiers:+d})"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A list would look for the digits in its rows."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = event.text()
        if not (key.isdecimal() and 0 < int(key) <= len(BY)):
            return False
        self.turn_to(BY[int(key) - 1])
        return True


def share(permille: int | None, of: int) -> str:
    """A share with the number that it is of: never one without the other."""
    if permille is None:
        return "–"
    whole, tenth = divmod(permille, 10)
    return f"{whole}{',' if language() == 'vi' else '.'}{tenth}% / {of}"
