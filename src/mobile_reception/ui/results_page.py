"""Results to hand over today: by hamlet and name, found by code, receipt or name, given in three keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from mobile_reception.desk import Failure, NotFound, Outcome, Part
from mobile_reception.desk.results import Counts, ResultLine, counts
from mobile_reception.dossier import identity, results
from mobile_reception.ui.citizen_view import Told
from mobile_reception.ui.dossier_list import table_of
from mobile_reception.ui.dossiers_page import scanned_code
from mobile_reception.ui.fields import quiet
from mobile_reception.ui.flow import Flow
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.result_panel import BACK, GIVE, POST, ResultPanel
from mobile_reception.ui.table import Column, ListModel, Surroundings, Table, fit_columns
from mobile_reception.words import money, text

_ROW: Final = 40
_COLOURS: Final = {
    "packed": ("#e4e8ea", "#3f4c52"),
    "taken": ("#dcebf5", "#114f7a"),
    "ready": ("#dcebf5", "#114f7a"),
    "handed_over": ("#dcefe1", "#14572c"),
    "posted": ("#dcefe1", "#14572c"),
    "returned": ("#fff3d6", "#6a4100"),
}
_LOOK: Final = ("#fbe3df", "#93211a")
"""Of what somebody has to look at."""
_PANEL_WIDTH: Final = 510


class ResultsPage(Page):
    """The list at the left; what handing over, bringing back or posting asks for beside it.

    ``come``: a scanned receipt is one of ours, the page should come to the front.
    """

    name = "results"
    come = Signal()
    told = Signal(object)
    """What the citizen across the table may see of a result that was just handed over."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._marked: set[str] = set()
        self._every: tuple[ResultLine, ...] = ()
        self._typed = ""
        self.title = QLabel(text("Kết quả cần trao hôm nay"))
        set_look(self.title, look="title")
        self.figures = quiet()
        self.search = QLineEdit()
        self.search.setPlaceholderText(
            text("mã hồ sơ, họ tên không cần dấu, ấp; hoặc quét giấy hẹn, căn cước")
        )
        self.search.setAccessibleName(text("Tìm kết quả"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._read)
        self.search.installEventFilter(self)
        self.model: ListModel[ResultLine] = ListModel((self._mark_column(), *_columns()))
        self.list = self._list()
        self.none = quiet()
        self.panel = ResultPanel(around.actions)
        set_width(self.panel, _PANEL_WIDTH)
        self.panel.hide()
        self._lay_out()
        self._allow()

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """What the acts of this page do."""
        return {
            "find_result": self.look_for,
            "take_results": self.take,
            "give_result": self.give,
            "return_result": lambda: self.ask(BACK),
            "post_result": lambda: self.ask(POST),
            "mark_result": self.mark,
            "print_results_out": lambda: self._print("out"),
            "print_results_back": lambda: self._print("back"),
            "print_results_post": lambda: self._print("post"),
            "print_result": self.print_slip,
            "wipe_signature": self.panel.pad.wipe,
            "leave_result": self.leave,
        }

    def shown(self) -> None:
        """The page has come to the front."""
        (self.panel.name if self.panel.isVisible() and self.panel.mode == GIVE else self.search).setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        if parts & {Part.DOSSIERS, Part.SESSION, Part.CATALOGUE}:
            self._read()

    def look_for(self) -> None:
        """To the search, away from what is asked."""
        self.leave()
        self.search.setFocus()
        self.search.selectAll()

    def leave(self) -> None:
        """Put away what is asked; nothing of it is kept."""
        self.panel.hide()
        self.panel.mode = ""
        self._allow()
        self.list.setFocus()

    def take(self) -> None:
        """Take along all that the centre has packed for this session, or what is marked."""
        desk = self._around.desk
        keys = [line.id for line in self._chosen() if line.place == "packed"] if self._marked else None
        self._around.background.desk(lambda: desk.take_results(keys), self._on_taken, newest="take results")

    def give(self) -> None:
        """Ask about the chosen result or, where that is asked already, put it on record."""
        if self.panel.mode == "":
            self.ask(GIVE)
        elif self.panel.mode == GIVE:
            self._hand_over()
        elif self.panel.mode == BACK:
            self._bring_back()
        else:
            self._post()

    def ask(self, mode: str) -> None:
        """Ask what handing over, bringing back or posting needs, about what is chosen."""
        chosen = self._chosen()
        if not chosen:
            return
        line = chosen[0]
        if mode == GIVE:
            self._show_line(line)
            return
        self.panel.show()
        self.panel.ask(mode, line, len(chosen) if mode == BACK else 1)
        self._allow()

    def mark(self) -> None:
        """Mark the line, or take its mark away: several go back together."""
        place = self.list.currentIndex().row()
        line = self.model.row(place)
        if line is not None:
            self._marked ^= {line.id}
            self.model.dataChanged.emit(self.model.index(place, 0), self.model.index(place, 0))
            self._allow()

    def print_slip(self) -> None:
        """Print what the receiver signs, or the slip and label for the post."""
        line = self._line()
        if line is not None:
            self._print_slip(line)

    def open_scanned(self, scanned: str, otherwise: Callable[[], None]) -> None:
        """Ask about the result of this receipt or code; ``otherwise`` where it is none of ours."""
        desk = self._around.desk

        def found() -> ResultLine | None:
            try:
                line = desk.result(scanned_code(desk, scanned))
            except NotFound:
                return None
            return line if line.place != "ready" else None

        def told(line: ResultLine | None) -> None:
            if line is None:
                otherwise()
                return
            self.come.emit()
            self.search.clear()
            self._show_line(line)

        self._around.background.desk(found, told)

    def take_scan(self, scanned: str) -> None:
        """An identity card: the receiver's where one is asked for, else whose results are looked for."""
        try:
            found = identity.read_card(scanned)
        except identity.Unreadable as error:
            self._around.say(str(error), "act")
            return
        if self.panel.mode == GIVE and self.panel.line is not None:
            self.panel.take_card(found, self._around.desk.against_card(self.panel.line, found))
            return
        self.search.setText(found.full_name)
        self.search.setFocus()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.title)
        top.addStretch()
        self.figures.setWordWrap(False)
        top.addWidget(self.figures)
        find = QHBoxLayout()
        find.setSpacing(12)
        label = QLabel(text("Tìm  ·  Ctrl+F"))
        label.setBuddy(self.search)
        find.addWidget(label)
        find.addWidget(self.search, 1)
        beside = QHBoxLayout()
        beside.setSpacing(14)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addLayout(find)
        left.addWidget(self.none)
        left.addWidget(self.list, 1)
        beside.addLayout(left, 1)
        beside.addWidget(self.panel)
        foot, row = QHBoxLayout(), Flow()
        for act, words in _short().items():
            button = self._around.actions.button(act, words=words)
            button.setAccessibleName(self._around.actions.words(act))
            row.addWidget(button)
        foot.addLayout(row, 1)
        self.hand = self._around.actions.button("give_result")
        set_look(self.hand, look="main")
        foot.addWidget(self.hand, alignment=Qt.AlignmentFlag.AlignBottom)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 12, 20, 12)
        lines.setSpacing(10)
        lines.addLayout(top)
        lines.addLayout(beside, 1)
        lines.addLayout(foot)

    def _list(self) -> Table:
        view = table_of(self.model, text("Kết quả cần trao hôm nay"), row=_ROW)
        view.doubleClicked.connect(lambda _index: self.ask(GIVE))
        view.selectionModel().selectionChanged.connect(lambda _now, _before: self._allow())
        view.installEventFilter(self)
        return view

    def _read(self) -> None:
        desk, words = self._around.desk, self.search.text()
        self._around.background.desk(
            lambda: (desk.results(words), desk.results()), self._on_read, newest="results"
        )

    def _on_read(self, read: tuple[tuple[ResultLine, ...], tuple[ResultLine, ...]]) -> None:
        self.show_results(*read)

    def show_results(self, listed: Sequence[ResultLine], every: tuple[ResultLine, ...]) -> None:
        """Show ``listed``, of all the results here."""
        self._every = every
        here = self._line()
        typed = self.search.text().strip()
        ordered = listed if typed else sorted(listed, key=_urgency)  # who was typed is first as it is
        self.model.show(ordered)
        fit_columns(self.list, self.model.columns)
        stays = here is not None and typed == self._typed  # other words begin again at the closest
        same = next((at for at, line in enumerate(ordered) if stays and here and line.id == here.id), 0)
        self._typed = typed
        if ordered:
            self.list.selectRow(same)
        self._marked &= {line.id for line in self._every}
        self.figures.setText(figures(counts(self._every)))
        self.none.setVisible(not ordered)
        self.none.setText(
            text("Không có kết quả nào của «{typed}» trên máy này.", typed=typed)
            if self._every
            else text("Chưa có kết quả nào trên máy này. Gửi (F5) để lấy danh mục của trung tâm.")
        )
        self._allow()

    def _line(self) -> ResultLine | None:
        return self.model.row(self.list.currentIndex().row())

    def _chosen(self) -> list[ResultLine]:
        """The marked results, else the one that the list stands on."""
        if self._marked:
            return [line for line in self._every if line.id in self._marked]
        line = self._line()
        return [] if line is None else [line]

    def _show_line(self, line: ResultLine) -> None:
        if line.open:
            self.panel.show()
            self.panel.ask(GIVE, line)
            self._allow()
            return
        self._around.say(
            " ".join(
                part
                for part in (results.place_words(line.place), line.receiver or "", line.elsewhere)
                if part
            ),
            "act" if line.elsewhere else "wait",
        )

    def _hand_over(self) -> None:
        line, receiver = self.panel.line, self.panel.receiver()
        if line is None or receiver is None:
            return
        desk = self._around.desk
        self._do(lambda: desk.hand_over_result(line.id, receiver), self._on_handed_over)

    def _bring_back(self) -> None:
        chosen, panel, desk = self._chosen(), self.panel, self._around.desk
        keys, reason, then = (
            [line.id for line in chosen],
            panel.reason.currentText(),
            panel.then.currentData(),
        )
        post = panel.post() if then == "post" else None
        self._do(lambda: desk.return_results(keys, reason, str(then), post), self._on_returned)

    def _post(self) -> None:
        line, panel, desk = self.panel.line, self.panel, self._around.desk
        if line is not None:
            tracking, post = panel.tracking.text(), panel.post()
            self._do(lambda: desk.post_result(line.id, tracking, post), self._on_posted)

    def _do(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        actions, background = self._around.actions, self._around.background
        actions.allow("give_result", False)

        def failed(error: Exception) -> None:
            actions.allow("give_result", True)
            if isinstance(error, Failure) and error.tone == "fix":
                self.panel.show_problem(str(error))
            else:
                background.failed(error)

        background.desk(work, done, failed)

    def _on_handed_over(self, outcome: object) -> None:
        assert isinstance(outcome, Outcome)
        line: ResultLine = outcome.value
        self.leave()
        self.told.emit(Told(line.name, line.procedure_name, code=line.code, dossier=line.id))
        self._around.say(
            text("Đã trao kết quả cho {name}.", name=line.receiver or line.name),
            "good",
            (text("In biên nhận"), lambda: self._print_slip(line)),
        )
        self._around.changed(outcome.changed)
        self.search.clear()
        self.search.setFocus()

    def _on_returned(self, outcome: object) -> None:
        assert isinstance(outcome, Outcome)
        self._marked.clear()
        self.leave()
        self._around.say(text("Đã ghi mang về {count} kết quả.", count=len(outcome.value)), "good")
        self._around.changed(outcome.changed)

    def _on_posted(self, outcome: object) -> None:
        assert isinstance(outcome, Outcome)
        line: ResultLine = outcome.value
        self.leave()
        self._around.say(
            text("Đã ghi gửi bưu chính: {code}.", code=line.code),
            "good",
            (text("In phiếu gửi"), lambda: self._print_slip(line)),
        )
        self._around.changed(outcome.changed)

    def _on_taken(self, outcome: Outcome[tuple[ResultLine, ...]]) -> None:
        self._marked.clear()
        self._around.say(
            text("Đã nhận mang theo {count} kết quả.", count=len(outcome.value)),
            "good",
            (text("In danh mục mang đi"), lambda: self._print("out")),
        )
        self._around.changed(outcome.changed)

    def _print(self, kind: str) -> None:
        desk = self._around.desk
        titles = {
            "out": text("Danh mục kết quả mang đi"),
            "back": text("Danh mục kết quả mang về"),
            "post": text("Danh sách gửi bưu chính"),
        }
        self._around.printing.print_paper(titles[kind], lambda: desk.result_list(kind))

    def _print_slip(self, line: ResultLine) -> None:
        desk = self._around.desk
        kind = "post" if line.place == "posted" or line.then == "post" else "result-receipt"
        title = text("Phiếu gửi bưu chính") if kind == "post" else text("Biên nhận trả kết quả")
        self._around.printing.print_paper(f"{title} {line.code}", lambda: desk.paper(kind, line.code))

    def _allow(self) -> None:
        """Wake the acts that make sense with what is chosen."""
        actions, chosen = self._around.actions, self._chosen()
        asking = self.panel.mode != ""
        one = chosen[0] if chosen else None
        goes_back = bool(chosen) and all(line.place in ("taken", "ready", "posted") for line in chosen)
        may_post = one is not None and one.by_post and one.place in ("packed", "taken", "ready", "returned")
        actions.allow("give_result", asking or (one is not None and one.open))
        actions.allow("return_result", goes_back and not asking)
        actions.allow("post_result", may_post and not asking and len(chosen) == 1)
        actions.allow("take_results", any(line.place == "packed" for line in self._every) and not asking)
        actions.allow("leave_result", asking)
        actions.allow("wipe_signature", asking and self.panel.mode == GIVE)
        actions.allow("print_result", one is not None and not one.open and not asking)
        out = any(line.place not in ("ready",) for line in self._every)
        actions.allow("print_results_out", out)
        actions.allow("print_results_back", any(line.place != "packed" for line in self._every))
        actions.allow("mark_result", one is not None and not asking)
        self.hand.setVisible(not asking)

    def _mark_column(self) -> Column[ResultLine]:
        return Column("", lambda one: "✓" if one.id in self._marked else "", 30, spare=1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self.list and event.key() == Qt.Key.Key_Space:
            self.mark()
            return True
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.ask(GIVE)
            return True
        if watched is self.search and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            row = self.list.currentIndex().row() + (1 if event.key() == Qt.Key.Key_Down else -1)
            if 0 <= row < self.model.rowCount():
                self.list.selectRow(row)
            return True
        return False


def _short() -> dict[str, str]:
    """The acts below the list, in few words."""
    return {
        "take_results": text("Nhận mang theo"),
        "return_result": text("Mang về"),
        "post_result": text("Bưu chính"),
        "print_results_out": text("In mang đi"),
        "print_results_back": text("In mang về"),
    }


def _urgency(line: ResultLine) -> int:
    """What a person has to look at comes first, then what still waits; what is done stays, below."""
    return 0 if line.times > 1 else 1 if line.open else 2


def figures(found: Counts) -> str:
    """The list in figures."""
    said = text(
        "Đang mang theo {on_board} · chờ nhận {waiting} · đã trao {handed_over} · mang về {returned}",
        on_board=found.on_board,
        waiting=found.waiting,
        handed_over=found.handed_over,
        returned=found.returned,
    )
    return said + (" · " + text("bưu chính {count}", count=found.posted) if found.posted else "")


def _columns() -> tuple[Column[ResultLine], ...]:
    return (
        Column(text("Ấp, khóm"), lambda one: one.hamlet, 110, spare=3),
        Column(text("Họ tên"), lambda one: one.name, 190),
        Column(text("Kết quả, số"), _what, spare=4),
        Column(text("Mã hồ sơ"), lambda one: one.code, 190, spare=5),
        Column(text("Phải thu"), _to_pay, 92, right=True, spare=2),
        Column(text("Tình trạng"), _state, 186, colours=_colours),
    )


def _to_pay(line: ResultLine) -> str:
    """What is still to be paid; once it has been handed over, that has been said."""
    return money(line.to_pay) if line.to_pay and line.place != "handed_over" else ""


def _what(line: ResultLine) -> str:
    said = [line.paper or line.procedure_name, line.number]
    if line.in_person:
        said.append(text("trao tận tay"))
    return " · ".join(part for part in said if part)


def _state(line: ResultLine) -> str:
    if line.times > 1:
        return text("Trao hai lần?")
    if line.difference:
        return text("Trung tâm ghi khác")
    if line.elsewhere:
        return text("Máy khác")
    return results.place_words(line.place)


def _colours(line: ResultLine) -> tuple[str, str]:
    if line.times > 1 or line.difference or line.elsewhere:
        return _LOOK
    return _COLOURS.get(line.place, _COLOURS["packed"])
