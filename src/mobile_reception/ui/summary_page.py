"""What a session came to, on one page; any figure opens its dossiers; printed and saved as it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import DossierLine, HamletSession, Part
from mobile_reception.desk.summary import Figure, SummaryPage, kind_words
from mobile_reception.ui.dossier_list import dossier_columns, table_of
from mobile_reception.ui.fields import page_title, quiet
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.summary_sheet import SummarySheet
from mobile_reception.ui.table import ListModel, Surroundings, fit_columns
from mobile_reception.words import clock_time, day, language, text, weekday


class SummaryView(Page):
    """`opened` carries the id of a dossier to be shown in full. One session at a time."""

    name = "summary"
    opened = Signal(str)

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._key: str | None = None
        self._every: tuple[HamletSession, ...] = ()
        self.session: HamletSession | None = None
        self.title, self.about = page_title(text("Tổng hợp phiên")), quiet()
        self.sheet = SummarySheet()
        self.sheet.opened.connect(self.look_behind)
        self.model: ListModel[DossierLine] = ListModel(dossier_columns())
        self.list = table_of(self.model, text("Hồ sơ đứng sau số liệu"))
        self.list.doubleClicked.connect(lambda index: self._open(index.row()))
        self.list.installEventFilter(self)
        body = QWidget()
        self.stack = QStackedLayout(body)
        self.stack.addWidget(self.sheet)
        self.stack.addWidget(self.list)
        foot = QHBoxLayout()
        for act in ("leave_summary", "print_summary", "save_summary", "earlier_session", "later_session"):
            foot.addWidget(around.actions.button(act))
        foot.addStretch()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 12, 20, 12)
        lines.setSpacing(6)
        lines.addWidget(self.title)
        lines.addWidget(self.about)
        lines.addWidget(body, 1)
        lines.addLayout(foot)

    @property
    def behind(self) -> bool:
        """Whether the dossiers behind a figure are shown."""
        return self.stack.currentWidget() is self.list

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "print_summary": self.print_it,
            "save_summary": self.save,
            "earlier_session": self.turn(-1),
            "later_session": self.turn(1),
        }

    def shown(self) -> None:
        """The page has come to the front."""
        self._read()
        if self.behind:
            self.list.setFocus()
        else:
            self.sheet.begin()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        if self.isVisible() and not self.behind and parts & {Part.SESSION, Part.DOSSIERS, Part.ROAD}:
            self._read()

    def show_session(self, session: str | None) -> None:
        """Show the session of this id; None: the open one, else the last."""
        self._key = session
        self.stack.setCurrentWidget(self.sheet)
        self._read()

    def turn(self, step: Literal[-1, 1]) -> Callable[[], None]:
        """To the session before or after."""

        def turned() -> None:
            by_day = sorted(self._every, key=lambda one: (one.day, one.opened_at))
            keys = [one.id for one in by_day]
            if self.session is not None and self.session.id in keys:
                place = keys.index(self.session.id) + step
                if 0 <= place < len(keys):
                    self.show_session(keys[place])

        return turned

    def back(self) -> bool:
        """From the dossiers to the figures; False when there is nothing to go back from."""
        if not self.behind:
            return False
        self.stack.setCurrentWidget(self.sheet)
        self._say_title()
        self.sheet.begin()
        return True

    def look_behind(self, figure: Figure) -> None:
        """Show the dossiers that a figure counts."""
        session, desk = self.session, self._around.desk
        if session is None or figure.behind is None:
            return
        what, name = figure.behind

        def found(lines: tuple[DossierLine, ...]) -> None:
            self.model.show(lines)
            fit_columns(self.list, self.model.columns)
            if lines:
                self.list.selectRow(0)
            said = text("{name}: {count} hồ sơ", name=figure.name, count=len(lines))
            self.title.setText(said)
            self.stack.setCurrentWidget(self.list)
            self.list.setFocus()

        self._around.background.desk(lambda: desk.behind(session.id, what, name), found, newest="behind")

    def print_it(self) -> None:
        """The same page on paper."""
        session, desk = self.session, self._around.desk
        if session is not None:
            title = text("Tổng hợp phiên {hamlet} {day}", hamlet=session.hamlet, day=day(session.day))
            self._around.printing.print_paper(title, lambda: desk.summary_pdf(session.id))

    def save(self) -> None:
        """The same page as a sheet or as PDF, where the officer says."""
        session = self.session
        if session is None:
            return
        place = Path.home() / f"tong-hop-{session.day.isoformat()}.xlsx"
        chooser = QFileDialog(self, text("Lưu tổng hợp phiên"), str(place))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters(["XLSX (*.xlsx)", "PDF (*.pdf)"])
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(lambda file: self.save_to(session.id, Path(file)))
        chooser.open()

    def save_to(self, session: str, file: Path) -> None:
        """Save the page of a session as PDF or, without that ending, as XLSX."""
        desk = self._around.desk
        as_pdf = file.suffix.lower() == ".pdf"
        target = file if as_pdf or file.suffix.lower() == ".xlsx" else file.with_suffix(".xlsx")

        def write() -> None:
            target.write_bytes(desk.summary_pdf(session) if as_pdf else desk.summary_sheet(session))

        def failed(error: Exception) -> None:
            if isinstance(error, OSError):
                self._around.say(text("Không ghi được vào {file}.", file=target), "act")
            else:
                self._around.background.failed(error)

        self._around.background.desk(
            write, lambda _none: self._around.say(text("Đã lưu {file}.", file=target), "good"), failed
        )

    def _read(self) -> None:
        desk, key, speech = self._around.desk, self._key, language()

        def read() -> tuple[SummaryPage | None, tuple[HamletSession, ...]]:
            every = desk.sessions()
            return (desk.summary_page(key, speech) if every else None), every

        self._around.background.desk(read, self._on_read, newest="summary")

    def _on_read(self, read: tuple[SummaryPage | None, tuple[HamletSession, ...]]) -> None:
        page, self._every = read
        if page is None:
            self.title.setText(text("Chưa có phiên nào."))
            return
        self.session = page.session
        self.sheet.show_page(page)
        self.about.setText(_about(page))
        if not self.behind:
            self._say_title()

    def _say_title(self) -> None:
        if self.session is not None:
            held = self.session
            self.title.setText(
                text(
                    "Tổng hợp phiên {hamlet}, {weekday} {day}",
                    hamlet=held.hamlet,
                    weekday=weekday(held.day),
                    day=day(held.day),
                )
            )

    def _open(self, row: int) -> None:
        line = self.model.row(row)
        if line is not None:
            self.opened.emit(line.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self.list and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.list.currentIndex().row())
            return True
        return False


def _about(page: SummaryPage) -> str:
    held = page.session
    closed = text("đang mở") if held.closed_at is None else clock_time(held.closed_at)
    span = f"{clock_time(held.opened_at)} – {closed}"
    return " · ".join(part for part in (kind_words(held.kind), span, ", ".join(page.officers)) if part)
