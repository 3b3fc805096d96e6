"""The deputy director's page: which sessions wait, what each came to, approve or return, answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import DossierLine, Outcome, Part
from mobile_reception.desk.comparison import Missing, Outlook
from mobile_reception.desk.reviews import Reviewed, Stage, weight_words, words_for
from mobile_reception.desk.summary import Figure, SummaryPage
from mobile_reception.dossier.review import RETURNED
from mobile_reception.ui.compare_view import CompareView
from mobile_reception.ui.dossier_list import dossier_columns, table_of
from mobile_reception.ui.fields import card, page_title, quiet
from mobile_reception.ui.flow import Flow
from mobile_reception.ui.key_offer import KeyOffer
from mobile_reception.ui.look import set_look
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.summary_sheet import SummarySheet
from mobile_reception.ui.table import Column, ListModel, Surroundings, fit_columns
from mobile_reception.words import day, language, moment, money, text, weekday

_DAYS = 366
"""How far back the list goes; the command line has no end."""
_ROW, _TWO_LINES, _THREE_LINES = 36, 46, 66
COLOURS = {
    Stage.OPEN: ("#e4e8ea", "#3f4c52"),
    Stage.CLOSED: ("#e4e8ea", "#3f4c52"),
    Stage.WAITING: ("#fff3d6", "#6a4100"),
    Stage.APPROVED: ("#dcefe1", "#14572c"),
    Stage.RETURNED: ("#fbe3df", "#93211a"),
    Stage.ANSWERED: ("#fff3d6", "#6a4100"),
    Stage.CHANGED: ("#fbe3df", "#93211a"),
}


class ReviewPage(Page):
    """The list, a session, the dossiers behind a figure, or the comparison; Esc goes one step back."""

    name = "review"
    opened = Signal(str)

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._may = False
        self._said: Callable[[str], None] | None = None
        self.reviewed: Reviewed | None = None
        self.title, self.about = page_title(text("Duyệt phiên")), quiet()
        self.key = KeyOffer(around)
        self.model: ListModel[Reviewed] = ListModel(_columns())
        self.list = table_of(self.model, text("Các phiên của đơn vị"), row=_ROW)
        self.list.doubleClicked.connect(lambda index: self.choose(index.row()))
        self.due: ListModel[DossierLine] = ListModel(_due_columns())
        self.due_list = table_of(self.due, text("Đến hạn trước phiên kế tiếp"), row=_TWO_LINES, pills=())
        self.missing: ListModel[Missing] = ListModel(_missing_columns())
        self.missing_list = table_of(self.missing, text("Chưa về đủ trung tâm"), row=_THREE_LINES, pills=())
        self.sheet, self.thread_ = SummarySheet(), QLabel()
        self.sheet.opened.connect(self._look_behind)
        self.behind: ListModel[DossierLine] = ListModel(dossier_columns())
        self.dossiers = table_of(self.behind, text("Hồ sơ đứng sau số liệu"))
        self.comparison = CompareView(around)
        self.ask, self.words = self._asking()
        for view in (self.list, self.dossiers, self.due_list, self.words):
            view.installEventFilter(self)
        body = QWidget()
        self.stack = QStackedLayout(body)
        for part in (self._every(), self._one(), self.dossiers, self.comparison):
            self.stack.addWidget(part)
        self._lay_out(body)
        self._allow()

    # --- what the main window asks ------------------------------------------------------------------------

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "approve": self.approve,
            "return_session": self.begin_return,
            "answer_review": self.begin_answer,
            "compare": self.compare,
            "print_reviewed": self.print_it,
        }

    def shown(self) -> None:
        """The page has come to the front."""
        self._read()
        front = (self.list, self.sheet.lists[0], self.dossiers, self.comparison.list)
        front[self.stack.currentIndex()].setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        if self.isVisible() and parts & {Part.SESSION, Part.DOSSIERS, Part.ROAD, Part.OFFICERS}:
            self._read()

    def back(self) -> bool:
        """One step back; False when there is nothing to go back from."""
        if self.ask.isVisible():
            self._stop_asking()
            return True
        place = self.stack.currentIndex()
        if place == 0:
            return False
        self._turn_to(1 if place == 2 else 0)
        return True

    def approve(self) -> None:
        """Approve the session in front, under one's own signature; while words are asked for, send these."""
        if self.ask.isVisible():
            self._on_said()
            return
        self._give(lambda desk, key: desk.approve(key))

    def begin_return(self) -> None:
        """Ask with which question the session is returned."""
        self._begin(text("Câu hỏi gửi cán bộ, Enter để trả lại phiên"), self._return)

    def begin_answer(self) -> None:
        """Ask what is answered."""
        self._begin(text("Câu trả lời, Enter để gửi"), self._answer)

    def compare(self) -> None:
        """Weeks, months, hamlets side by side."""
        self._turn_to(3)
        self.comparison.read()

    def print_it(self) -> None:
        """The page of the session in front, on paper."""
        found, desk = self._front(), self._around.desk
        if found is not None:
            held = found.session
            title = text("Tổng hợp phiên {hamlet} {day}", hamlet=held.hamlet, day=day(held.day))
            self._around.printing.print_paper(title, lambda: desk.summary_pdf(held.id))

    # --- making ---------------------------------------------------------------------------------------------

    def _lay_out(self, body: QWidget) -> None:
        foot = Flow()
        self._approve = self._around.actions.button("approve")
        set_look(self._approve, look="main")
        foot.addWidget(self._approve)
        for act in ("return_session", "answer_review", "print_reviewed", "compare", "leave_review"):
            foot.addWidget(self._around.actions.button(act))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 12, 20, 12)
        lines.setSpacing(6)
        for part in (self.title, self.about, self.key, self.ask):
            lines.addWidget(part)
        lines.addWidget(body, 1)
        lines.addLayout(foot)

    def _every(self) -> QWidget:
        sheet = QWidget()
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addWidget(self.list, 3)
        beside = QVBoxLayout()
        beside.setSpacing(8)
        for view, share in ((self.due_list, 3), (self.missing_list, 2)):
            beside.addWidget(view, share)
        columns.addLayout(beside, 2)
        return sheet

    def _one(self) -> QWidget:
        sheet = QWidget()
        lines = QVBoxLayout(sheet)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        self.thread_.setWordWrap(True)
        self.thread_.setTextFormat(Qt.TextFormat.PlainText)
        self.thread_.setAccessibleName(text("Ý kiến về phiên"))
        self._talk, inside = card(4)
        inside.addWidget(self.thread_)
        lines.addWidget(self._talk)
        lines.addWidget(self.sheet, 1)
        return sheet

    def _asking(self) -> tuple[QFrame, QLineEdit]:
        frame = QFrame()
        set_look(frame, look="offer")
        words = QLineEdit()
        words.returnPressed.connect(self._on_said)
        send = QPushButton(text("Gửi") + "  ·  Enter")
        send.clicked.connect(self._on_said)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(words, 1)
        row.addWidget(send)
        frame.hide()
        return frame, words

    # --- reading --------------------------------------------------------------------------------------------

    def _read(self) -> None:
        desk, speech = self._around.desk, language()
        key = self.reviewed.session.id if self.reviewed is not None and self.stack.currentIndex() else None

        since = self._around.today() - timedelta(days=_DAYS)

        def read() -> tuple[tuple[Reviewed, ...], Outlook, bool, SummaryPage | None]:
            page = desk.summary_page(key, speech) if key is not None else None
            return desk.reviews(since), desk.outlook(), desk.may_review(), page

        self._around.background.desk(read, self._on_read, newest="reviews")
        self.key.read()

    def _on_read(self, read: tuple[tuple[Reviewed, ...], Outlook, bool, SummaryPage | None]) -> None:
        every, outlook, self._may, page = read
        chosen = self.model.row(self.list.currentIndex().row())
        self.model.show(every)
        fit_columns(self.list, self.model.columns)
        keys = [each.session.id for each in every]
        if every:
            known = chosen is not None and chosen.session.id in keys
            self.list.selectRow(keys.index(chosen.session.id) if chosen is not None and known else 0)
        self.due.show(outlook.due)
        self.missing.show(outlook.missing)
        if self.reviewed is not None and page is not None and page.session.id in keys:
            self._show_one(every[keys.index(page.session.id)], page)
        self._say_title()
        self._allow()

    def choose(self, row: int) -> None:
        """Show the session of this line of the list."""
        found = self.model.row(row)
        if found is None:
            return
        desk, speech, key = self._around.desk, language(), found.session.id

        def shown(page: SummaryPage) -> None:
            self._turn_to(1)
            self._show_one(found, page)
            self.sheet.begin()

        self._around.background.desk(lambda: desk.summary_page(key, speech), shown, newest="one reviewed")

    def _show_one(self, found: Reviewed, page: SummaryPage) -> None:
        self.reviewed = found
        self.sheet.show_page(page)
        talk = _talk(found)
        self.thread_.setText("\n".join(talk))
        self._talk.setVisible(bool(talk))
        self._say_title()
        self._allow()

    def _look_behind(self, figure: Figure) -> None:
        found, desk = self.reviewed, self._around.desk
        if found is None or figure.behind is None:
            return
        (what, name), key = figure.behind, found.session.id

        def shown(lines: tuple[DossierLine, ...]) -> None:
            self.behind.show(lines)
            fit_columns(self.dossiers, self.behind.columns)
            if lines:
                self.dossiers.selectRow(0)
            self._turn_to(2)
            self.title.setText(text("{name}: {count} hồ sơ", name=figure.name, count=len(lines)))

        self._around.background.desk(lambda: desk.behind(key, what, name), shown, newest="behind reviewed")

    def _turn_to(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        self._stop_asking()
        self._say_title()
        self._allow()
        (self.list, self.sheet.lists[0], self.dossiers, self.comparison.list)[place].setFocus()

    def _say_title(self) -> None:
        found = self.reviewed if self.stack.currentIndex() in (1, 2) else None
        if found is None:
            self.title.setText(text("Duyệt phiên"))
            waits = sum(
                each.stage in (Stage.WAITING, Stage.ANSWERED, Stage.CHANGED)
                for at in range(self.model.rowCount())
                if (each := self.model.row(at)) is not None
            )
            self.about.setText(text("{count} phiên chờ duyệt", count=waits))
            return
        if self.stack.currentIndex() == 1:
            held = found.session
            self.title.setText(f"{held.hamlet}, {weekday(held.day)} {day(held.day)}")
        self.about.setText(_standing(found))

    # --- saying -------------------------------------------------------------------------------------------

    def _front(self) -> Reviewed | None:
        """The session in front: the one shown, else the one chosen in the list."""
        place = self.stack.currentIndex()
        if place == 0:
            return self.model.row(self.list.currentIndex().row())
        return self.reviewed if place in (1, 2) else None

    def _allow(self) -> None:
        found, actions = self._front(), self._around.actions
        one = found is not None and self.stack.currentIndex() == 1
        asked = found is not None and found.current is not None and found.current.said.verdict == RETURNED
        stands = found is not None and found.stage is Stage.APPROVED
        actions.allow("approve", self.ask.isVisible() or (one and self._may and not stands))
        actions.allow("return_session", one and self._may)
        actions.allow("answer_review", one and asked)
        actions.allow("print_reviewed", found is not None)
        actions.allow("compare", self.stack.currentIndex() == 0)

    def _begin(self, hint: str, said: Callable[[str], None]) -> None:
        self._said = said
        self.words.clear()
        self.words.setPlaceholderText(hint)
        self.words.setAccessibleName(hint)
        self.ask.show()
        self._approve.hide()  # its key sends what is typed now, and signs nothing
        self._allow()
        self.words.setFocus()

    def _stop_asking(self) -> None:
        self._said = None
        self.ask.hide()
        self._approve.show()
        self._allow()
        if self.stack.currentIndex() == 1:
            self.sheet.begin()

    def _on_said(self) -> None:
        words = self.words.text().strip()
        if words and self._said is not None:
            self._said(words)

    def _return(self, words: str) -> None:
        self._give(lambda desk, key: desk.return_session(key, words))

    def _answer(self, words: str) -> None:
        self._give(lambda desk, key: desk.answer_review(key, words))

    def _give(self, act: Callable[..., Outcome[Reviewed]]) -> None:
        found, desk = self._front(), self._around.desk
        if found is None:
            return
        key = found.session.id
        for name in ("approve", "return_session", "answer_review"):
            self._around.actions.allow(name, False)

        def failed(error: Exception) -> None:
            self._allow()
            self._around.background.failed(error)

        self._around.background.desk(lambda: act(desk, key), self._on_given, failed)

    def _on_given(self, outcome: Outcome[Reviewed]) -> None:
        self.reviewed = outcome.value
        self._stop_asking()
        said = words_for(outcome.value.stage)
        if outcome.value.current is not None and outcome.value.stage is not Stage.ANSWERED:
            said += ". " + weight_words(outcome.value.current)
        self._around.say(said, "good")
        self._around.changed(outcome.changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if watched is self.list:
            self.choose(self.list.currentIndex().row())
            return True
        for view, model in ((self.dossiers, self.behind), (self.due_list, self.due)):
            line = model.row(view.currentIndex().row()) if watched is view else None
            if line is not None:
                self.opened.emit(line.id)
                return True
        return False


def _columns() -> tuple[Column[Reviewed], ...]:
    return (
        Column(text("Ngày"), lambda one: day(one.session.day), 100),
        Column(text("Ấp, khóm"), lambda one: one.session.hamlet),
        Column(text("Người dân"), lambda one: str(one.session.citizens), 90, right=True, spare=2),
        Column(text("Hồ sơ"), lambda one: str(one.session.dossiers), 70, right=True),
        Column(text("Phí, lệ phí"), lambda one: money(one.session.fees), 110, right=True, spare=1),
        Column(
            text("Tình trạng"), lambda one: words_for(one.stage), 256, colours=lambda one: COLOURS[one.stage]
        ),
    )


def _due_columns() -> tuple[Column[DossierLine], ...]:
    return (
        Column(text("Đến hạn trước phiên kế tiếp"), lambda one: f"{one.name}\n{one.procedure_name}"),
        Column(text("Hẹn trả"), lambda one: f"{day(one.come_back)}\n{one.code[-11:]}", 136),
    )


def _missing_columns() -> tuple[Column[Missing], ...]:
    return (
        Column(text("Chưa về đủ trung tâm"), lambda one: f"{one.hamlet}: {one.why}"),
        Column(text("Ngày"), lambda one: day(one.day), 112),
    )


def _standing(found: Reviewed) -> str:
    said = [words_for(found.stage)]
    if found.moved_on:
        said.append(text("hồ sơ đã đi tiếp sau khi duyệt, số liệu của phiên không đổi"))
    if found.open_parts:
        said.append(text("{count} máy chưa kết thúc phần của mình", count=found.open_parts))
    if found.waits:
        said.append(text("{count} việc chưa gửi", count=found.waits))
    if not found.whole:
        said.append(text("máy này chỉ có phần của mình"))
    return " · ".join(said)


def _talk(found: Reviewed) -> list[str]:
    """What was said about a session, in the order of its reviews, each with the answers to it."""
    told = []
    for each in found.reviews:
        verdict = text("trả lại") if each.said.verdict == RETURNED else text("duyệt")
        said = f"{_when(each.said.at)}  {each.name} {verdict}"
        told.append(said + (f": {each.said.question}" if each.said.question else ""))
        told.append(f"      {weight_words(each)}")
        told += [
            f"{_when(one.at)}  {found.names.get(one.officer, one.officer)}: {one.words}"
            for one in found.answers
            if one.review == each.said.fact
        ]
    return told


def _when(at: str) -> str:
    return moment(datetime.fromisoformat(at))
