"""The dossiers of this laptop: search as you type, and one of them in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import DossierLine, DossierView, Outcome, Part, Refused, Unacceptable
from mobile_reception.dossier.intake import Problem
from mobile_reception.ui.act_panel import dossier_acts, why_not
from mobile_reception.ui.citizen_view import Told
from mobile_reception.ui.dossier_detail import DossierDetail
from mobile_reception.ui.dossier_list import dossier_columns, table_of
from mobile_reception.ui.fields import quiet
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.pages import rendered
from mobile_reception.ui.receipt_view import SHARP
from mobile_reception.ui.sheet_view import SheetView, paper_words, papers_of
from mobile_reception.ui.table import Column, ListModel, Surroundings, Table, fit_columns
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_MOST: Final = 200
_ROW: Final = 46


_TELLS: Final = {
    "supplement": "supplement",
    "refuse": "refusal",
    "extend": "apology",
    "stop": "stop",
    "hand_on": "handover",
    "hand_over": "result-receipt",
}
"""The paper that an act gives the citizen or the section: shown as soon as the act is on record."""


class DossiersPage(Page):
    """The list, newest first; Enter opens one, Esc goes back.

    ``told`` carries what the citizen across the table may see of a result that was just handed over.
    """

    name = "dossiers"
    told = Signal(object)

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._shown: str | None = None
        self._view: DossierView | None = None
        self._kind = "receipt"
        self._sheet: Callable[[], bytes] | None = None
        self._marked: dict[str, DossierLine] = {}
        self._acts = {act.name: act for act in dossier_acts()}
        self.search = QLineEdit()
        self.search.setPlaceholderText(text("mã hồ sơ, họ tên không cần dấu, số cuối căn cước, điện thoại…"))
        self.search.setAccessibleName(text("Tìm hồ sơ"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_typed)
        self.search.installEventFilter(self)
        self.count = quiet()
        self.model: ListModel[DossierLine] = ListModel((self._mark_column(), *dossier_columns()))
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
        self.sheet = SheetView(around.actions)
        self.stack.addWidget(self.sheet)
        self._allow(None)

    @property
    def opened(self) -> str | None:
        """The id of the dossier that is shown in full."""
        return self._shown

    def shown(self) -> None:
        """The page has come to the front."""
        if self._shown is None:
            self.search.setFocus()
            self.search.selectAll()
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
        while self.detail.asking or self._sheet is not None or self._shown is not None:
            self.back()
        self.search.setFocus()
        self.search.selectAll()

    def back(self) -> None:
        """One step back: from an act to the dossier, from a dossier or a sheet to the list."""
        if self.detail.asking:
            self.detail.show_facts()
            self._allow(self._view)
        elif self._sheet is not None:
            self._sheet = None
            self.stack.setCurrentIndex(0)
            self.sheet.receipt.show_pages(())
            self._allow(None)
            self.list.setFocus()
        elif self._shown is not None:
            self._shown, self._view = None, None
            self.stack.setCurrentIndex(0)
            self.detail.receipt.show_pages(())
            self._allow(None)
            self.list.setFocus()

    def reprint(self) -> None:
        """Print the paper shown, or the receipt of the marked line; a receipt is counted and says so."""
        printing = self._around.printing
        if self._sheet is not None:
            printing.print_paper(self.sheet.title.text(), self._sheet)
        elif self._shown is not None and self._kind != "receipt":
            desk, kind, dossier = self._around.desk, self._kind, self._shown
            printing.print_paper(paper_words(kind), lambda: desk.paper(kind, dossier))
        else:
            line = self.model.row(self.list.currentIndex().row())
            dossier_or_none = self._shown or (line.id if line is not None else None)
            if dossier_or_none is not None:
                printing.print_receipt(dossier_or_none)

    def next_paper(self) -> None:
        """Show the next of the papers that exist about the dossier."""
        if self._view is not None:
            kinds = papers_of(self._view)
            self._kind = kinds[(kinds.index(self._kind) + 1) % len(kinds)]
            self._read(self._view.state.subject)

    def mark(self) -> None:
        """Mark the line, or take its mark away."""
        place = self.list.currentIndex().row()
        line = self.model.row(place)
        if line is None or self._shown is not None:
            return
        if self._marked.pop(line.id, None) is None:
            self._marked[line.id] = line
        self.model.dataChanged.emit(self.model.index(place, 0), self.model.index(place, 0))
        self._around.actions.allow("joint", bool(self._marked))
        self._count()

    def joint_receipt(self) -> None:
        """One receipt with its list for all marked dossiers of one submitter, shown before it is printed."""
        desk, keys = self._around.desk, list(self._marked)

        def make() -> bytes:
            return desk.receipt_list(keys)

        def made(pages: tuple[QImage, ...]) -> None:
            self._sheet = make
            self._marked.clear()
            self.model.layoutChanged.emit()
            self._count()
            self.stack.setCurrentWidget(self.sheet)
            title = text("Giấy tiếp nhận chung cho {count} hồ sơ", count=len(keys))
            self.sheet.show_sheet(title, pages)
            self._allow(None)

        self._around.background.desk(lambda: rendered(make(), SHARP), made, newest="sheet")

    @property
    def act_names(self) -> tuple[str, ...]:
        """The acts on a dossier."""
        return tuple(self._acts)

    def begin(self, name: str) -> Callable[[], None]:
        """What starts the act ``name`` on the dossier shown."""

        def begun() -> None:
            if self._view is None:
                return
            act = self._acts[name]
            if not act.allowed(self._view):
                words = self._around.actions.words(name)
                self._around.say(f"{words}: {why_not(act, self._view)}", "act")
                return
            self.detail.ask(act, self._view)
            self._allow(self._view)

        return begun

    def confirm(self) -> None:
        """Do the act that asks, or say beside its fields what is missing."""
        panel, view = self.detail.panel, self._view
        act = panel.act
        if view is None or act is None or not self.detail.asking or panel.missing():
            return
        desk, values, first = self._around.desk, panel.values(), dict(panel.first)
        key = view.state.subject
        self._around.actions.allow("confirm", False)

        def failed(error: Exception) -> None:
            self._around.actions.allow("confirm", True)
            if isinstance(error, Unacceptable):
                panel.show_problems((Problem("", str(error)),))
            else:
                self._around.background.failed(error)

        self._around.background.desk(lambda: act.do(desk, key, values, first), self._on_done, failed)

    def _on_done(self, outcome: Outcome[DossierView | Refused]) -> None:
        self._around.actions.allow("confirm", True)
        act = self.detail.panel.act
        if isinstance(outcome.value, Refused):
            self.detail.panel.show_problems(outcome.value.problems)
            return
        words = self._around.actions.words(act.name) if act is not None else ""
        self._kind = _TELLS.get(act.name if act is not None else "", "receipt")
        self.detail.show_facts()
        if act is not None and act.name == "hand_over":
            self.told.emit(_handed_over(outcome.value))
        self._around.say(text("Đã ghi: {act}.", act=words), "good")
        self._around.changed(outcome.changed)

    def open(self, dossier: str) -> None:
        """Show one dossier in full, by its id or code."""
        self._kind = "receipt"
        self._read(dossier)

    def open_scanned(self, scanned: str) -> None:
        """Show the dossier of a receipt's QR or of a code; a receipt that is not genuine shows none."""
        desk = self._around.desk
        self._around.background.desk(lambda: scanned_code(desk, scanned), self.open)

    def _list(self) -> Table:
        view = table_of(self.model, text("Danh sách hồ sơ"), row=_ROW)
        view.doubleClicked.connect(self._on_chosen)
        view.installEventFilter(self)
        return view

    def _on_typed(self, words: str) -> None:
        desk = self._around.desk
        self._around.background.desk(lambda: desk.find(words, _MOST), self._on_found, newest="find")

    def _on_found(self, lines: tuple[DossierLine, ...]) -> None:
        looked_at = self.isVisible() or self._shown is not None
        here = self.model.row(self.list.currentIndex().row()) if looked_at else None
        self.model.show(lines)
        fit_columns(self.list, self.model.columns)
        marked = next((at for at, line in enumerate(lines) if here is not None and line.id == here.id), 0)
        if lines:
            self.list.selectRow(marked)
        self._count()

    def _count(self) -> None:
        count = self.model.rowCount()
        many = text("{count} hồ sơ mới nhất", count=count)
        said = many if count == _MOST else text("{count} hồ sơ", count=count)
        near = sum(1 for place in range(count) if (line := self.model.row(place)) and line.near)
        if near:
            said = text("{count} hồ sơ, {near} gần giống", count=count - near, near=near)
        if self._marked:
            said += " · " + text("đã chọn {count}", count=len(self._marked))
        self.count.setText(said)

    def _mark_column(self) -> Column[DossierLine]:
        return Column("", lambda one: "✓" if one.id in self._marked else "", 34)

    def _on_chosen(self, index: QModelIndex) -> None:
        line = self.model.row(index.row())
        if line is not None:
            self.open(line.id)

    def _read(self, key: str) -> None:
        desk, kind = self._around.desk, self._kind

        def read() -> tuple[DossierView, tuple[QImage, ...]]:
            view = desk.dossier(key)
            return view, rendered(desk.paper(kind, key), SHARP) if papers_of(view) else ()

        self._around.background.desk(read, self._on_read, newest="dossier")

    def _on_read(self, read: tuple[DossierView, tuple[QImage, ...]]) -> None:
        view, pages = read
        self._shown, self._view = view.state.subject, view
        self._allow(view)
        self.detail.show_dossier(view)
        kinds = papers_of(view)
        title = ""
        if kinds:
            place = text("{place}/{count}", place=kinds.index(self._kind) + 1, count=len(kinds))
            title = f"{paper_words(self._kind)} ({place})"
        self.detail.show_paper(title, pages)
        self.stack.setCurrentWidget(self.detail)
        if self.isVisible() and not self.detail.asking:
            self.detail.setFocus()

    def _allow(self, view: DossierView | None) -> None:
        """Wake the acts that make sense with what is shown."""
        actions, asking = self._around.actions, self.detail.asking
        on_list = view is None and self._sheet is None
        actions.allow("back", not on_list)
        whole = view is None or view.state.reduced is None
        actions.allow("reprint", whole and not asking)
        actions.allow("mark", on_list)
        actions.allow("joint", on_list and bool(self._marked))
        actions.allow("paper", view is not None and len(papers_of(view)) > 1 and not asking)
        actions.allow("confirm", asking)
        for name in self._acts:  # the key of one that its state forbids says why
            actions.allow(name, view is not None and whole and not asking)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self.list and event.key() == Qt.Key.Key_Space:
            self.mark()
            return True
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


def _handed_over(view: DossierView) -> Told:
    name = view.state.fields.get("submitter.full_name")
    return Told(
        name=str(name.value) if name else "",
        procedure=view.procedure_name,
        code=view.state.code or "",
        dossier=view.state.subject,
    )


def scanned_code(desk: Desk, scanned: str) -> str:
    """The code that a receipt's QR names, or the code itself. Raises Unacceptable for a forged one."""
    if not scanned.startswith("MR1:"):
        return scanned.strip()
    checked = desk.check_receipt(scanned)
    if checked.verdict != "good" or checked.body is None:
        raise Unacceptable(text("Mã trên phiếu này không đúng là của trung tâm."))
    return checked.body.code
