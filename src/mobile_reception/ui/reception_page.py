"""The citizen at the table: the form with what it will cost and when to come back, then the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import uuid4

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from mobile_reception.desk import (
    Assessed,
    DossierView,
    Draft,
    Duplicate,
    FileLine,
    NoSession,
    Outcome,
    Part,
    ProcedureLine,
    Received,
    Refused,
)
from mobile_reception.dossier import identity
from mobile_reception.dossier.catalogue import Procedure
from mobile_reception.ui.citizen_view import Told, told_of
from mobile_reception.ui.copying import copy_here
from mobile_reception.ui.draft_keeper import DraftKeeper
from mobile_reception.ui.drafts_offer import DraftsOffer
from mobile_reception.ui.fields import put, typed
from mobile_reception.ui.form_view import FormView
from mobile_reception.ui.held_tabs import HeldTabs
from mobile_reception.ui.look import set_look
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.pages import rendered
from mobile_reception.ui.people_met import PeopleMet
from mobile_reception.ui.receipt_view import SHARP
from mobile_reception.ui.received_view import ReceivedView
from mobile_reception.ui.reception_form import ReceptionForm
from mobile_reception.ui.reckoning import Reckoning
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import day, money, text, weekday

_SAVE_AFTER_MS: Final = 120
_ASSESS_AFTER_MS: Final = 80

Answer = Received | Refused | Duplicate


class ReceptionPage(Page):
    """One citizen after another. Whatever is typed is kept as it is typed.

    ``told`` carries what the citizen across the table may see.
    """

    name = "reception"
    told = Signal(object)

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._draft = uuid4().hex
        self._kept = False
        self._saving = False
        self._filling = False
        self._last_address = ""
        self._rules: Mapping[str, Any] | None = None
        self.received: Received | None = None
        self.form = ReceptionForm(around.today, around.actions.button("files", words=text("Đính kèm")))
        self.reckoning = Reckoning(around.actions)
        self.offer = DraftsOffer()
        self.tabs = HeldTabs(self)
        self._parked: list[str] = []
        self.met = PeopleMet(around)
        self.saved = ReceivedView(around.actions)
        self.keeper = DraftKeeper(self, around)
        self.keeper.kept.connect(self.park)
        self.keeper.kept.connect(lambda _draft: self.refresh(frozenset({Part.DRAFTS})))
        self._autosave = QTimer(self, singleShot=True, interval=_SAVE_AFTER_MS)
        self._autosave.timeout.connect(self.flush)
        self._assess = QTimer(self, singleShot=True, interval=_ASSESS_AFTER_MS)
        self._assess.timeout.connect(self._on_assess_time)
        self._lay_out()
        self.form.edited.connect(self._on_edited)
        self.form.left.connect(self._on_left)
        self.form.finished.connect(self.reckoning.save.setFocus)
        self.form.searched.connect(self._on_searched)
        self.form.procedure_chosen.connect(self._on_procedure)
        self.form.misread.connect(lambda why: around.say(why, "act"))
        self.met.taken.connect(self._on_known)
        self.offer.reopened.connect(self._reopen)
        self.tabs.chosen.connect(self._reopen)
        self.offer.dropped.connect(self._drop)
        self._show_form()

    # --- what the main window asks ------------------------------------------------------------------------

    def shown(self) -> None:
        """The page has come to the front: the first field has the focus, or the receipt's first key."""
        if self.received is not None:
            self.saved.print_it.setFocus()
        elif not self.form.isAncestorOf(self.focusWidget()):
            self.form.path()[0].setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""
        desk, background = self._around.desk, self._around.background
        if Part.DRAFTS in parts:
            background.desk(desk.drafts, self._on_drafts, newest="drafts")
            key = self._draft
            background.desk(lambda: (key, desk.form_files(key)), self._on_files, newest="files of the form")
        if Part.SESSION in parts:
            background.desk(desk.current_session, self._on_session, newest="session of the form")

    def flush(self) -> None:
        """Give what has been typed to the desk now; it is on disk when the desk's lane has got to it."""
        self._autosave.stop()
        if self._saving or self.received is not None:
            return
        key = self._draft
        if not self.form.empty:
            self._kept = True
            self.park(key)
            self.keeper.keep(key, self._kept_form())
        elif self._kept:
            self._kept = False
            self.keeper.drop(key)

    @property
    def saving(self) -> bool:
        """True while the desk is asked to receive the form."""
        return self._saving

    def at_hand(self) -> tuple[str, dict[str, Any]]:
        """The draft of the form on the screen, and the form as it would be kept."""
        return self._draft, self._kept_form()

    def park(self, draft: str) -> None:
        """The draft of this id is of a citizen who waits: it has a tab, the oldest first."""
        if draft not in self._parked:
            self._parked.append(draft)

    # --- the acts of the table ----------------------------------------------------------------------------

    def save(self) -> None:
        """Receive the dossier: its receipt is shown once it is durable, else each problem by its field."""
        if self._saving or self.received is not None:
            return
        if self._autosave.isActive():  # else it is on disk already, and the officer waits for one write less
            self.flush()
        self._saving = True
        around = self._around
        receive = partial(around.desk.receive, self.form.line(), self._draft, self._rules)
        around.background.desk(receive, self._on_answer, self._on_not_received)
        self.form.ask_everything()
        self.view.hold()
        around.actions.allow("save", False)

    def show_received(self, received: Received, name: str, procedure: str) -> None:
        """Show a dossier that is durable, with its receipt."""
        self.received = received
        self.saved.show_received(received, name, procedure)
        when = f"{weekday(received.come_back)} {day(received.come_back)}"
        title = procedure.partition("   ")[2] or procedure
        self.told.emit(Told(name, title, (), money(received.fee), when, received.code, received.id))
        self.stack.setCurrentWidget(self.saved)
        self.met.forget()
        for act in ("print", "same", "again", "undo"):
            self._around.actions.allow(act, True)
        for act in ("save", "drop"):
            self._around.actions.allow(act, False)
        self.saved.print_it.setFocus()
        desk = self._around.desk

        def picture() -> tuple[QImage, ...]:
            return rendered(desk.receipt(received.id), SHARP)

        self._around.background.desk(picture, self.saved.receipt.show_pages, newest="receipt shown")

    def print_receipt(self) -> None:
        """Send the receipt to the printer."""
        if self.received is not None and not self._saving:
            self._around.actions.allow("undo", False)
            self._around.printing.print_receipt(self.received.id)

    def undo(self) -> None:
        """Take back what was saved and not yet printed; nothing disappears, and the form is there again."""
        received = self.received
        if received is None or self._saving:
            return
        self._saving = True
        desk, reason = self._around.desk, text("Cán bộ hoàn tác ngay sau khi lưu, chưa in phiếu.")

        def undone(outcome: Outcome[DossierView]) -> None:
            self._saving = False
            self.received, self._draft = None, uuid4().hex
            self._show_form()
            self._on_edited()
            self.flush()
            self._take_files_back(received, outcome.value)
            said = text("Đã hoàn tác {code}, số này không dùng nữa. Sửa rồi lưu lại.", code=received.code)
            self._around.say(said)
            self._around.changed(outcome.changed)
            self.form.path()[0].setFocus()

        def failed(error: Exception) -> None:
            self._saving = False
            self._around.background.failed(error)

        self._around.background.desk(lambda: desk.refuse(received.id, reason), undone, failed)

    def _take_files_back(self, received: Received, view: DossierView) -> None:
        if view.files:
            desk, (draft, fields) = self._around.desk, self.at_hand()
            self._around.background.desk(
                lambda: desk.files_to_form(received.id, draft, fields),
                lambda outcome: self.refresh(outcome.changed),
            )

    def drop(self) -> None:
        """Throw the form away; it can be had back at once."""
        if self.received is not None or self._saving or self.form.empty:
            return
        raw = self._kept_form()
        name = str(raw["submitter.full_name"]).strip()
        draft = Draft(self._draft, name, self._around.desk.me.login, self._around.now(), 0, 0, raw)
        self._start_anew(keep_person=False)
        self._drop(draft)

    def next_citizen(self) -> None:
        """An empty form. An unfinished one is kept and offered under its name."""
        unfinished = self.received is None and not self.form.empty
        self.flush()
        if unfinished:
            said = text("Hồ sơ đang làm được giữ lại ở hàng phía trên, bấm phím của nó để làm tiếp.")
            self._around.say(said)
        self._start_anew(keep_person=False)

    def same_citizen(self) -> None:
        """The same submitter, another procedure."""
        if self.received is not None:
            self._start_anew(keep_person=True)
            self._on_edited()

    def same_procedure(self) -> None:
        """The same procedure and case, the next citizen."""
        line, procedure, rules = self.form.procedure.line, self.form.shown_procedure, self._rules
        if self.received is None or line is None or procedure is None:
            return
        case = typed(self.form.named["variant"])
        self._start_anew(keep_person=False)
        self._rules = rules
        self.form.set_procedure(line, procedure)
        put(self.form.named["variant"], case)

    def copy_address(self) -> None:
        """Fill in where the focus is what was said before: the last dossier's address, the submitter's."""
        if self.received is None:
            copy_here(self.form, self._last_address)

    def take_scan(self, scanned: str) -> None:
        """Fill in the person of a card. A form of somebody else is held, not written over."""
        try:
            card = identity.read_card(scanned)
        except identity.Unreadable as why:
            self._around.say(str(why), "act")
            return
        if self.received is not None:
            self._start_anew(keep_person=False)
        raw = self.form.raw()
        number, name = raw["submitter.personal_id"].strip(), raw["submitter.full_name"].strip()
        if self.form.person_here() == "submitter" and number != card.personal_id and (number or name):
            self.next_citizen()
        self.form.take_card(card)
        self.met.forget()
        self._around.say(text("Đã đọc thẻ của {name}.", name=card.full_name), "good")
        if self.form.person_here() == "submitter":
            self.form.named["submitter.phone"].setFocus()

    # --- inside -------------------------------------------------------------------------------------------

    def _on_known(self, person: Mapping[str, Any]) -> None:
        self._filling = True  # what is filled in is not looked for again
        self.form.put_person(person)
        self._filling = False
        self.form.named["submitter.phone"].setFocus()

    def _lay_out(self) -> None:
        self.view = FormView(self.form)
        self.no_session = QFrame()
        set_look(self.no_session, look="offer")
        line = QHBoxLayout(self.no_session)
        line.setContentsMargins(14, 8, 10, 8)
        words = QLabel(text("Chưa mở phiên: hồ sơ ghi vào được sau khi mở phiên."))
        words.setWordWrap(True)
        line.addWidget(words, 1)
        line.addWidget(self._around.actions.button("session"))
        self.no_session.hide()
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.tabs)
        left.addWidget(self.offer)
        left.addWidget(self.no_session)
        left.addWidget(self.met)
        left.addWidget(self.view, 1)
        filling = QWidget()
        columns = QHBoxLayout(filling)
        columns.setContentsMargins(20, 14, 20, 12)
        columns.setSpacing(16)
        columns.addLayout(left, 1)
        columns.addWidget(self.reckoning)
        self.stack = QStackedLayout(self)
        self.stack.addWidget(filling)
        self.stack.addWidget(self.saved)

    def _on_edited(self) -> None:
        here = self.form.focusWidget()
        for name in ("personal_id", "full_name", "phone"):
            field = self.form.named[f"submitter.{name}"]
            if field is here and field.hasFocus() and not self._filling:
                self.met.look(typed(field))
        # Not restarted by the next key: whoever types on and on is saved all the same.
        if not self._autosave.isActive():
            self._autosave.start()
        if not self._assess.isActive():
            self._assess.start()

    def _on_left(self) -> None:
        if self._autosave.isActive():
            self.flush()

    def _on_assess_time(self) -> None:
        if self.received is not None or self._saving:
            return
        line, kept, desk = self.form.line(), self._rules, self._around.desk
        self._around.background.desk(lambda: desk.assess(line, kept), self._on_assessed, newest="assess")

    def _on_assessed(self, assessed: Assessed) -> None:
        if self._saving:
            return
        self.form.show_assessed(assessed)
        self.told.emit(told_of(self.form.raw(), self.form.procedure.line, assessed))
        self.reckoning.show_assessed(assessed, bool(self.form.procedure.code))

    def _on_searched(self, words: str) -> None:
        desk = self._around.desk
        self._around.background.desk(lambda: desk.procedures(words), self.form.suggest, newest="procedures")

    def _kept_form(self) -> dict[str, Any]:
        """The form as a draft keeps it: what is typed, and the rules of its procedure as they stood then."""
        rules = {"rules": self._rules} if self._rules is not None and self.form.procedure.code else {}
        return {**self.form.raw(), **rules}

    def _on_procedure(self, code: str) -> None:
        self._rules = None
        if code:
            desk = self._around.desk
            self._around.background.desk(
                lambda: (desk.procedure(code), desk.rules(code)),
                lambda found: self._on_found(code, *found),
                newest="procedure",
            )

    def _on_found(self, code: str, procedure: Procedure, rules: Mapping[str, Any]) -> None:
        if self.form.procedure.code == code:
            self._rules = rules
            self.form.set_procedure(None, procedure)

    def _on_answer(self, outcome: Outcome[Answer]) -> None:
        self._end_saving()
        answer = outcome.value
        if isinstance(answer, Refused):
            homeless = self.form.show_problems(answer.problems)
            self.reckoning.show_homeless(homeless)
            self.form.go_to_first_problem()
            return
        self._kept = False
        self.keeper.forget(self._draft)
        if isinstance(answer, Duplicate):
            self._around.say(text("Hồ sơ này đã được tiếp nhận trước đó, mã {code}.", code=answer.of))
            self._start_anew(keep_person=False)
        else:
            name = str(self.form.raw()["submitter.full_name"]).strip()
            self._last_address = typed(self.form.named["submitter.address"]) or self._last_address
            self.show_received(answer, name, self.form.procedure.field.text())
        self._around.changed(outcome.changed)

    def _end_saving(self) -> None:
        self._saving = False
        self.view.let_go()
        self._autosave.start()  # what was typed meanwhile, should the form stay
        self._around.actions.allow("save", True)

    def _on_not_received(self, error: Exception) -> None:
        self._end_saving()
        self.shown()
        if isinstance(error, NoSession):
            self._around.say(str(error), "act")
        else:
            self._around.background.failed(error)

    def _show_form(self) -> None:
        self.stack.setCurrentIndex(0)
        for act in ("print", "same", "again", "undo"):
            self._around.actions.allow(act, False)
        for act in ("save", "drop"):
            self._around.actions.allow(act, True)

    def _start_anew(self, *, keep_person: bool) -> None:
        self.received = None
        self._kept = False
        self._draft, self._rules = uuid4().hex, None
        self._show_form()
        self.saved.receipt.show_pages(())
        self.form.clear(keep_person=keep_person)
        self.reckoning.clear()
        self.told.emit(Told())
        self.met.forget()
        self.view.verticalScrollBar().setValue(0)
        self._autosave.stop()
        self.refresh(frozenset({Part.DRAFTS}))

    # --- drafts -------------------------------------------------------------------------------------------

    def _on_drafts(self, drafts: tuple[Draft, ...]) -> None:
        drafts = self.keeper.with_unwritten(drafts)
        others = {draft.id: draft for draft in drafts if draft.id != self._draft}
        self._parked = [each for each in self._parked if each in others or each == self._draft]
        self.tabs.show_drafts([others[each] for each in self._parked if each in others])
        # What an earlier run left behind is offered by name and time; what is held here has its tab.
        self.offer.show_drafts([draft for draft in drafts if draft.id in others.keys() - set(self._parked)])

    def _on_files(self, read: tuple[str, tuple[FileLine, ...]]) -> None:
        draft, files = read
        if draft == self._draft and self.received is None:
            self.form.files.show_files(files)
            self._kept = self._kept or bool(files)

    def _on_session(self, session: object) -> None:
        self.no_session.setVisible(session is None)

    def _reopen(self, draft: Draft) -> None:
        self.flush()
        self._start_anew(keep_person=False)
        self._draft, self._kept = draft.id, True
        self.park(draft.id)
        code, desk = str(draft.fields.get("procedure") or ""), self._around.desk
        kept = draft.fields.get("rules")
        if not code:
            self._put_back(draft.fields, None)
            return

        def read() -> tuple[ProcedureLine, Procedure]:
            line = next(line for line in desk.procedures(code) if line.code == code)
            return line, desk.procedure(code, kept)

        def put_back(found: tuple[ProcedureLine, Procedure]) -> None:
            self._rules = kept
            self._put_back(draft.fields, found)

        self._around.background.desk(
            read,
            put_back,
            # A procedure that the catalogue has lost since: everything else comes back all the same.
            lambda _error: self._put_back(draft.fields, None),
        )

    def _put_back(self, fields: Mapping[str, Any], found: tuple[ProcedureLine, Procedure] | None) -> None:
        self.form.put_raw(fields)
        if found is not None:
            self.form.set_procedure(*found, held=fields)
        self._around.say(text("Đã mở lại hồ sơ đang giữ. Xin xem lại rồi làm tiếp."))
        self.form.path()[0].setFocus()
        self._assess.start()
        self.refresh(frozenset({Part.DRAFTS}))

    def _drop(self, draft: Draft) -> None:
        desk = self._around.desk

        def dropped(outcome: Outcome[None]) -> None:
            def undo() -> None:
                self._around.background.desk(
                    lambda: desk.save_draft(draft.id, draft.fields),
                    lambda _kept: self.refresh(frozenset({Part.DRAFTS})),
                )

            name = draft.name or text("chưa có tên")
            self._around.say(
                text("Đã bỏ hồ sơ làm dở của {name}.", name=name),
                "info",
                (text("Lấy lại"), undo),
                lambda: self._around.background.desk(desk.erase_dropped),
            )
            self._around.changed(outcome.changed)

        self.keeper.forget(draft.id)
        self._around.background.desk(lambda: desk.drop_draft(draft.id), dropped)
