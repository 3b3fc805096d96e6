"""The session: open it at a hamlet, see what it amounts to, close it with the cash counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import HamletSession, Outcome, Part
from mobile_reception.desk.planning import Proposal
from mobile_reception.desk.results import Counts
from mobile_reception.dossier.days import SESSION_KINDS
from mobile_reception.dossier.plan import kind_words
from mobile_reception.ui.fields import Choice, Row, card, heading, page_title, put, quiet, scrolled, typed
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.move_card import MoveCard
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.services_bar import ServicesBar
from mobile_reception.ui.table import Column, ListModel, Surroundings, Table, fit_columns
from mobile_reception.words import clock_time, day, money, text, weekday


class SessionPage(Page):
    """``refresh`` reads everything anew; the page shows the open session, or what is needed to open one.

    ``with_results``: a session was opened, and results wait to be handed over at it.
    """

    name = "session"
    with_results = Signal()

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._open: HamletSession | None = None
        self._proposal: Proposal | None = None
        self._results = 0
        self.plan = quiet()
        self.hamlet = QComboBox()
        self.hamlet.setEditable(True)
        self.hamlet.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        set_width(self.hamlet, 420)
        self.kind = Choice(kinds())
        set_width(self.kind, 420)
        self.opening = self._opening()
        self.running = self._running()
        self.model: ListModel[HamletSession] = ListModel(_columns())
        self.list = _list(self.model)
        held, inside = card()
        inside.addWidget(heading(text("Các phiên đã mở trên máy này")))
        inside.addWidget(self.list)
        sheet = QWidget()
        sheet.setObjectName("sheet")
        lines = QVBoxLayout(sheet)
        lines.setContentsMargins(20, 14, 20, 14)
        lines.setSpacing(12)
        lines.addWidget(self.opening)
        lines.addWidget(self.running)
        self.services = ServicesBar(around)
        self.move_card = MoveCard(around, kinds())
        lines.addWidget(self.move_card)
        lines.addWidget(self.services)
        held.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        lines.addWidget(held, 1)
        self._scroll = scrolled(sheet, fill=True)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self._scroll)
        self.show_session(None)

    @property
    def session(self) -> HamletSession | None:
        """The open session, as last read."""
        return self._open

    @property
    def chosen(self) -> str | None:
        """The id of the session that is chosen in the list, while the list has the focus."""
        row = self.model.row(self.list.currentIndex().row()) if self.list.hasFocus() else None
        return row.id if row is not None else None

    def shown(self) -> None:
        """The page has come to the front: the first field has the focus."""
        field = self.receive if self._open is not None else self.hamlet
        field.setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        self.services.refresh(parts)
        if parts & {Part.SESSION, Part.DOSSIERS, Part.CATALOGUE}:
            desk = self._around.desk
            self._around.background.desk(
                lambda: (
                    desk.current_session(),
                    desk.sessions(),
                    desk.hamlets(),
                    desk.proposed_session(),
                    desk.result_counts(),
                ),
                self._on_read,
                newest="sessions",
            )

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """What the acts of this page do, but for opening and closing."""
        return {
            "move_session": self.set_right,
            **self.move_card.doing(),
            **self.services.doing(),
        }

    def set_right(self) -> None:
        """Set right where and when the chosen session was (without a choice the open one, else the last)."""
        chosen = self.model.row(self.list.currentIndex().row())
        session = chosen or self._open or self.model.row(0)
        if session is not None:
            self.move_card.ask(session)

    def open_session(self) -> None:
        """Open a session as the form says."""
        hamlet, kind = self.hamlet.currentText(), typed(self.kind)
        self._around.background.desk(
            lambda: self._around.desk.open_session(hamlet, kind), self._on_opened, newest="open session"
        )

    def _opening(self) -> QWidget:
        frame, inside = card()
        self.greeting = page_title(text("Mở phiên tiếp nhận"))
        inside.addWidget(self.greeting)
        inside.addWidget(self.plan)
        inside.addWidget(Row(text("Ấp, khóm"), self.hamlet, QWidget(), stretch=1))
        inside.addWidget(Row(text("Loại phiên"), self.kind, QWidget(), stretch=1))
        button = self._around.actions.button("open_session")
        set_look(button, look="main")
        inside.addWidget(Row("", button, QWidget(), stretch=1))
        return frame

    def _running(self) -> QWidget:
        frame, inside = card()
        self.place = page_title()
        self.since = quiet()
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        set_look(self.warnings, look="warning")
        self.figures = {name: QLabel("0") for name in ("citizens", "dossiers", "fees")}
        grid = QGridLayout()
        grid.setHorizontalSpacing(48)
        grid.setVerticalSpacing(0)
        titles = (text("Người dân"), text("Hồ sơ"), text("Phí, lệ phí"))
        for column, (figure, title) in enumerate(zip(self.figures.values(), titles, strict=True)):
            set_look(figure, look="figure")
            figure.setAccessibleName(title)
            grid.addWidget(quiet(title), 0, column)
            grid.addWidget(figure, 1, column)
        grid.setColumnStretch(3, 1)
        button = self._around.actions.button("close_session")
        summary = self._around.actions.button("summary")
        self.receive = self._around.actions.button("reception")
        set_look(self.receive, look="main")
        for part in (self.place, self.since, self.warnings):
            inside.addWidget(part)
        inside.addSpacing(4)
        inside.addLayout(grid)
        inside.addSpacing(8)
        acts = QHBoxLayout()
        acts.setSpacing(10)
        for each in (self.receive, button, summary):
            acts.addWidget(each)
        acts.addStretch()
        inside.addLayout(acts)
        return frame

    def _on_read(
        self,
        read: tuple[HamletSession | None, tuple[HamletSession, ...], tuple[str, ...], Proposal, Counts],
    ) -> None:
        session, every, hamlets, proposal, results = read
        written = self.hamlet.currentText()
        if [self.hamlet.itemText(at) for at in range(self.hamlet.count())] != list(hamlets):
            self.hamlet.clear()
            self.hamlet.addItems(list(hamlets))
            self.hamlet.setCurrentText(written or (hamlets[0] if hamlets else ""))
        self._propose(proposal, results)
        self.model.show(every)
        self._around.actions.allow("move_session", bool(every))
        fit_columns(self.list, self.model.columns)
        self.show_session(session)

    def _propose(self, proposal: Proposal, results: Counts) -> None:
        """What the plan says comes next, and what is to be handed over there."""
        said = [proposal.why]
        if waits := results.waiting + results.on_board:
            said.append(text("{count} kết quả cần trao (Shift+F2).", count=waits))
        self.plan.setText(" ".join(said))
        self._results = waits
        if proposal != self._proposal:
            self._proposal = proposal
            put(self.kind, proposal.kind)
            if proposal.hamlet:
                self.hamlet.setCurrentText(proposal.hamlet)

    def show_session(self, session: HamletSession | None) -> None:
        """Show ``session`` as open, or what is needed to open one."""
        changed = (session is None) != (self._open is None)
        self._open = session
        # The one that goes first: both at once for a moment would make the window grow.
        for part, wanted in sorted(
            ((self.opening, session is None), (self.running, session is not None)), key=_wanted
        ):
            part.setVisible(wanted)
        self._around.actions.allow("open_session", session is None)
        self._around.actions.allow("close_session", session is not None)
        if session is None:
            today = self._around.today()
            self.greeting.setText(
                text("Mở phiên tiếp nhận {weekday} {day}", weekday=weekday(today), day=day(today))
            )
        else:
            self.place.setText(session.hamlet)
            self.since.setText(_about(session))
            self.warnings.setText("\n".join(session.warnings))
            self.warnings.setVisible(bool(session.warnings))
            self.figures["citizens"].setText(str(session.citizens))
            self.figures["dossiers"].setText(str(session.dossiers))
            self.figures["fees"].setText(money(session.fees))
        if changed and self.isVisible():
            self.shown()

    def _on_opened(self, outcome: Outcome[HamletSession]) -> None:
        self._around.say(text("Đã mở phiên tại {hamlet}.", hamlet=outcome.value.hamlet), "good")
        self._around.changed(outcome.changed)
        if self._results:
            self.with_results.emit()


def kinds() -> tuple[tuple[str, str], ...]:
    """The kinds of session, worded."""
    worded = ((kind, kind_words(kind)) for kind in SESSION_KINDS)
    return tuple((kind, words[0].upper() + words[1:]) for kind, words in worded)


def _wanted(part: tuple[QWidget, bool]) -> bool:
    return part[1]


def _about(session: HamletSession) -> str:
    return text(
        "{kind} · {weekday} {day} · mở lúc {time}",
        kind=dict(kinds()).get(session.kind, session.kind),
        weekday=weekday(session.day),
        day=day(session.day),
        time=clock_time(session.opened_at),
    )


def _columns() -> tuple[Column[HamletSession], ...]:
    def state(session: HamletSession) -> str:
        if session.closed_at is None:
            return text("đang mở")
        ended = text("kết thúc {time}", time=clock_time(session.closed_at))
        return f"{ended}, {text('đã ghép')}" if session.joined_to else ended

    return (
        Column(text("Ngày"), lambda one: day(one.day), 110),
        Column(text("Ấp, khóm"), lambda one: one.hamlet),
        Column(text("Loại phiên"), lambda one: dict(kinds()).get(one.kind, one.kind), 170, spare=1),
        Column(text("Người dân"), lambda one: str(one.citizens), 104, right=True),
        Column(text("Hồ sơ"), lambda one: str(one.dossiers), 84, right=True),
        Column(text("Phí, lệ phí"), lambda one: money(one.fees), 130, right=True),
        Column(text("Tình trạng"), state, 150),
    )


def _list(model: ListModel[HamletSession]) -> Table:
    view = Table()
    view.setAccessibleName(text("Các phiên đã mở trên máy này"))
    view.setModel(model)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(34)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTabKeyNavigation(False)
    view.setMinimumHeight(84)
    for place, column in enumerate(model.columns):
        if column.width:
            view.setColumnWidth(place, column.width)
        else:
            view.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
    return view
