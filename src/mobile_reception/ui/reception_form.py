"""The form of one dossier: one column, Enter goes on, problems stand beside their field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from mobile_reception.desk import Assessed, ProcedureLine
from mobile_reception.dossier import identity
from mobile_reception.dossier.catalogue import Procedure, Version
from mobile_reception.dossier.intake import Problem
from mobile_reception.ui.fields import Choice, Row, card, discard, heading, listen, put, sentence, typed
from mobile_reception.ui.form_parts import (
    BENEFITS,
    PERSON,
    FilesRow,
    answer_field,
    answer_words,
    beside,
    condition_rows,
    follow,
    paper_of,
    person_rows,
    post_words,
    row_of,
)
from mobile_reception.ui.papers_field import PapersField
from mobile_reception.ui.procedure_field import ProcedureField
from mobile_reception.ui.reception_line import line_of, shown_day
from mobile_reception.words import text

_SCAN_BARS = 5


class ReceptionForm(QWidget):
    """``edited`` at each change, ``left`` when a field was left, ``finished`` after Enter in the last one.

    ``searched`` carries what was typed for a procedure; ``procedure_chosen`` the code that was taken ("" for
    none): answer with `suggest` and `set_procedure`.
    """

    edited = Signal()
    left = Signal()
    finished = Signal()
    searched = Signal(str)
    procedure_chosen = Signal(str)
    focused = Signal(QWidget)
    misread = Signal(str)
    """A card was scanned or pasted into a field and could not be read: why, in a sentence."""

    def __init__(self, today: Callable[[], date], to_files: QPushButton) -> None:
        """``to_files`` leads to the form's files."""
        super().__init__()
        self._today = today
        self.files = FilesRow(to_files)
        self._quiet = False
        self._touched: set[str] = set()
        self._asked = False
        self._problems: tuple[Problem, ...] = ()
        self.rows: dict[str, Row] = {}
        self.named: dict[str, QWidget] = {}
        self.procedure = ProcedureField()
        self.papers = PapersField()
        self._answers: dict[str, Row] = {}
        self._procedure: Procedure | None = None
        self._lay_out()
        for widget in self.named.values():
            self._watch(widget)
        self._watch(self.procedure.field)
        self.procedure.typed_text.connect(self.searched)
        self.procedure.chosen.connect(self._on_chosen)
        self.papers.grown.connect(self._watch_papers)
        self.papers.edited.connect(self._on_edited)
        listen(self.named["variant"], self._on_variant)
        self._watch_papers()
        self.files.changed.connect(self._settle)
        self._settle()

    # --- what is typed -----------------------------------------------------------------------------------

    def raw(self) -> dict[str, Any]:
        """Every field as typed, under its dotted name."""
        held: dict[str, Any] = {name: typed(widget) for name, widget in self.named.items()}
        held["procedure"] = self.procedure.code
        held["procedure_text"] = "" if self.procedure.code else self.procedure.field.text()
        held["papers"] = self.papers.raw()
        return held

    def line(self) -> dict[str, Any]:
        """The line of the dossier as it stands."""
        return line_of(self.raw())

    @property
    def empty(self) -> bool:
        """True while nothing that would be missed has been typed."""
        people = ("submitter.", "owner.", "beneficiary.", "answers.")
        names = [name for name in self.named if name.startswith(people)]
        names += ["note", "relation", "fee", "due"]
        said = [typed(self.named[name]) for name in names if not name.endswith("id_kind")]
        return not (any(said) or self.procedure.code or self.procedure.field.text() or self.files.count)

    def put_raw(self, held: Mapping[str, Any]) -> None:
        """Show what `raw` gave; the procedure itself comes by `set_procedure`."""
        self._quiet = True
        for name, widget in self.named.items():
            if name in held:
                put(widget, str(held[name] or ""))
        if not self.procedure.code:
            self.procedure.field.setText(str(held.get("procedure_text") or ""))
        self.papers.put_raw(held.get("papers") or ())
        self._quiet = False
        self._settle()

    def clear(self, *, keep_person: bool = False) -> None:
        """An empty form; ``keep_person`` keeps the submitter for a second dossier."""
        self._quiet = True
        for name, widget in self.named.items():
            if keep_person and name.startswith("submitter."):
                continue
            if isinstance(widget, Choice):
                widget.setCurrentIndex(0)
            else:
                put(widget, "")
        self.procedure.set_line(None)
        self._show_procedure(None)
        self.papers.put_raw(())
        self.files.show_files(())
        self._touched.clear()
        self._asked = False
        self._quiet = False
        self.show_problems(())
        self._settle()
        (self.procedure.field if keep_person else self.named["submitter.personal_id"]).setFocus()

    # --- the procedure -----------------------------------------------------------------------------------

    def suggest(self, lines: Sequence[ProcedureLine]) -> None:
        """Procedures that fit what was typed."""
        self.procedure.suggest(lines)

    @property
    def shown_procedure(self) -> Procedure | None:
        """The procedure whose papers are shown."""
        return self._procedure

    def set_procedure(
        self, line: ProcedureLine | None, procedure: Procedure, held: Mapping[str, Any] | None = None
    ) -> None:
        """Show the papers, grounds and own fields of ``procedure``; ``held``: with a draft's values."""
        self._quiet = True
        if line is not None:
            self.procedure.set_line(line)
        self._show_procedure(procedure)
        if held is None:
            self._ask_papers()
        else:
            self.put_raw(held)
            self._show_exemptions()
            put(self.named["exemption"], str(held.get("exemption") or ""))
            self.papers.put_raw(held.get("papers") or (), self._by_page())
        self._quiet = False
        self._settle()
        self._on_edited()
        if held is None and self.procedure.field.hasFocus():
            self.step(self.procedure.field)

    # --- what the rules say ------------------------------------------------------------------------------

    def show_assessed(self, assessed: Assessed) -> None:
        """Offer the fee and the due day to the officer where the catalogue does not know them."""
        wanting = {problem.field for problem in assessed.problems}
        for name in ("fee", "due"):
            needed = bool(self.procedure.code) and (name in wanting or bool(typed(self.named[name])))
            self.rows[name].setVisible(needed)
        self.show_problems(assessed.problems)

    def ask_everything(self) -> None:
        """The officer wants to save: from now on every problem is shown, not only of fields gone through."""
        self._asked = True

    def show_problems(self, problems: Sequence[Problem]) -> tuple[str, ...]:
        """Show each problem beside its field; those that have no field here come back."""
        self._problems = tuple(problems)
        homeless = []
        said: dict[str, list[str]] = {}
        papers: dict[int, str] = {}
        for problem in problems:
            row, place = self._home(problem.field)
            if place is not None and self._asked:
                papers[place] = sentence(problem.message)
            elif row is None:
                homeless.append(sentence(problem.message))
            elif self._asked or problem.field in self._touched:
                said.setdefault(row, []).append(sentence(problem.message))
        for name, row_widget in self.rows.items():
            row_widget.say(" ".join(said.get(name, ())))
        general = " ".join(said.get("papers", ()))
        self._wrong_paper = self.papers.say(papers, general)
        return tuple(homeless)

    def go_to_first_problem(self) -> None:
        """Put the focus where the first problem is."""
        wrong = [row.fields[0] for row in self.rows.values() if row.problem.text() and row.isVisible()]
        for widget in self.path():
            owner = self.procedure if widget is self.procedure.field else widget
            if owner in wrong or widget is self._wrong_paper:
                widget.setFocus()
                self.focused.emit(widget)
                return
        if wrong:
            wrong[0].setFocus()

    # --- walking -----------------------------------------------------------------------------------------

    def path(self) -> list[QWidget]:
        """The fields in the order of Enter, only those that can be filled now."""
        named = self.named
        order: list[QWidget] = [named[f"submitter.{name}"] for name in PERSON]
        order.append(named["for_other"])
        order += [named[f"owner.{name}"] for name in PERSON]
        order += [named["relation"], self.procedure.field, named["variant"], named["for_beneficiary"]]
        order += [named[f"beneficiary.{name}"] for name in PERSON]
        order += self.papers.path()
        order += [named[name] for name in ("copies", "exemption", "fee", "due", "delivery.way")]
        order += [named[f"delivery.{name}"] for name in ("recipient", "address", "phone")]
        order += [named["notify_sms"], named["note"]]
        order += [row.fields[0] for row in self._answers.values()]
        return [widget for widget in order if widget.isEnabled() and widget.isVisibleTo(self)]

    def step(self, here: QWidget, forward: bool = True) -> None:
        """Go to the field after ``here``, or say that the form is at its end."""
        path = self.path()
        widget = beside(here, path, forward=forward)
        if widget is None:
            self.finished.emit()
            return
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(widget, QLineEdit):
            widget.selectAll()

    # --- inside ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 6, 12)
        inside.setSpacing(10)
        who, lines = card()
        lines.addWidget(heading(text("Người nộp hồ sơ")))
        self._person("submitter", lines)
        self.named["for_other"] = QCheckBox(text("Nộp thay cho chủ hồ sơ là người khác"))
        lines.addWidget(self._row("", self.named["for_other"]))
        inside.addWidget(who)
        self._owner, lines = card()
        lines.addWidget(heading(text("Chủ hồ sơ")))
        self._person("owner", lines)
        self.named["relation"] = QLineEdit()
        lines.addWidget(self._row(text("Quan hệ với chủ hồ sơ"), self.named["relation"], name="relation"))
        inside.addWidget(self._owner)
        what, lines = card()
        lines.addWidget(heading(text("Thủ tục")))
        lines.addWidget(self._row(text("Thủ tục"), self.procedure, name="procedure"))
        self.named["variant"] = Choice()
        lines.addWidget(self._row(text("Trường hợp"), self.named["variant"], name="variant"))
        self.rows["variant"].hide()
        self.named["for_beneficiary"] = QCheckBox(text("Người thụ hưởng là người khác"))
        lines.addWidget(self._row("", self.named["for_beneficiary"], name="for_beneficiary"))
        self.rows["for_beneficiary"].hide()
        inside.addWidget(what)
        self._beneficiary, lines = card()
        lines.addWidget(heading(text("Người thụ hưởng")))
        self._person("beneficiary", lines)
        inside.addWidget(self._beneficiary)
        self._handed, lines = card()
        lines.addWidget(heading(text("Giấy tờ")))
        lines.addWidget(self.papers)
        self.rows["files"] = self.files
        lines.addWidget(self.files)
        inside.addWidget(self._handed)
        inside.addWidget(self._conditions())
        self._own, self._own_lines = card()
        self._own_lines.addWidget(heading(text("Mục riêng của thủ tục")))
        self._own.hide()
        inside.addWidget(self._own)
        inside.addStretch()

    def _person(self, who: str, lines: QVBoxLayout) -> None:
        widgets, rows = person_rows(who)
        self.named.update(widgets)
        self.rows.update(rows)
        for row in rows.values():
            lines.addWidget(row)

    def _conditions(self) -> QWidget:
        frame, lines = card()
        lines.addWidget(heading(text("Phí, ngày hẹn trả, cách nhận kết quả")))
        widgets, rows = condition_rows()
        self.named.update(widgets)
        self.rows.update(rows)
        for row in rows.values():
            lines.addWidget(row)
        for name in ("exemption", "fee", "due"):
            rows[name].hide()
        return frame

    def _row(self, words: str, *fields: QWidget, name: str = "", stretch: int = 0) -> Row:
        row = Row(words, *fields, stretch=stretch)
        if name:
            self.rows[name] = row
        return row

    def _show_procedure(self, procedure: Procedure | None) -> None:
        self._procedure = procedure
        version = self._version()
        variants = version.variants if version is not None else ()
        rows = [("", text("thông thường")), *((each.code, each.title()) for each in variants)]
        self._offer("variant", rows, bool(variants))
        benefit = procedure is not None and procedure.field in BENEFITS
        self.rows["for_beneficiary"].setVisible(benefit)
        if not benefit:
            put(self.named["for_beneficiary"], "")
        self._show_exemptions()
        self._show_answers(procedure)

    def _show_exemptions(self) -> None:
        version = self._version()
        grounds = version.fee_for(self._variant()).exemptions if version is not None else ()
        before = typed(self.named["exemption"])
        rows = [("", text("không")), *((each.code, each.title()) for each in grounds)]
        self._offer("exemption", rows, bool(grounds))
        put(self.named["exemption"], before)

    def _offer(self, name: str, rows: Sequence[tuple[str, str]], shown: bool) -> None:
        field = self.named[name]
        if isinstance(field, Choice):
            field.offer(rows)
            field.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.rows[name].setVisible(shown)

    def _version(self) -> Version | None:
        return self._procedure.at(self._today()) if self._procedure is not None else None

    def _variant(self) -> str | None:
        return typed(self.named["variant"]) or None

    def _by_page(self) -> bool:
        version = self._version()
        return version is not None and version.fee_for(self._variant()).kind == "per_page"

    def _ask_papers(self, held: Sequence[Mapping[str, Any]] = ()) -> None:
        version = self._version()
        if version is not None:
            known = frozenset(rule.name for rule in version.papers)
            self.papers.ask_for(version.papers_for(self._variant()), self._by_page(), held, known)

    def _on_variant(self) -> None:
        """Another case: its own papers, grounds and fee; what was ticked and written before stays."""
        if self._quiet or self._procedure is None:
            return
        self._quiet = True
        self._show_exemptions()
        self._ask_papers(self.papers.raw())
        self._quiet = False
        self._on_edited()

    def _show_answers(self, procedure: Procedure | None) -> None:
        for name, row in self._answers.items():
            self._own_lines.removeWidget(row)
            discard(row)
            del self.named[name], self.rows[name]
        self._answers = {}
        for name, words in answer_words(procedure, self._today()):
            field = answer_field(name)
            self.named[name] = field
            self._answers[name] = self._row(words, field, name=name)
            self._own_lines.addWidget(self._answers[name])
            self._answers[name].show()
            self._watch(field)
        follow(self.named["channel"], *(row.fields[0] for row in self._answers.values()))
        self._own.setVisible(bool(self._answers))

    def _watch(self, widget: QWidget) -> None:
        listen(widget, self._on_edited)
        widget.installEventFilter(self)

    def _watch_papers(self) -> None:
        follow(self.named["beneficiary.address"], *self.papers.fields())
        for widget in self.papers.fields():
            widget.installEventFilter(self)

    def _on_edited(self) -> None:
        if self._quiet:
            return
        self._settle()
        here = self.focusWidget()
        if isinstance(here, QLineEdit) and here.text().count("|") >= _SCAN_BARS:
            self._on_pasted(here)
        self.edited.emit()

    def _on_pasted(self, field: QLineEdit) -> None:
        scanned = field.text()
        self._quiet = True
        field.clear()
        self._quiet = False
        try:
            self.take_card(identity.read_card(scanned))
        except identity.Unreadable as reason:
            self.misread.emit(str(reason))

    def take_card(self, scanned: identity.Card) -> str:
        """Fill in the person of a card where the focus is, else the submitter; who it was: ``submitter`` …"""
        who = self.person_here()
        self._quiet = True
        for name in ("full_name", "sex", "address", "personal_id"):
            put(self.named[f"{who}.{name}"], getattr(scanned, name))
        put(self.named[f"{who}.birth_date"], shown_day(scanned.birth_date))
        put(self.named[f"{who}.id_kind"], "cccd")
        self._quiet = False
        self._on_edited()
        return who

    def person_here(self) -> str:
        """Whose fields the focus is among: ``owner``, ``beneficiary``, else ``submitter``."""
        here = self.focusWidget()
        for who in ("owner", "beneficiary"):
            if any(self.named[f"{who}.{name}"] is here for name in PERSON):
                return who
        if typed(self.named["for_other"]) and typed(self.named["submitter.full_name"]):
            return "submitter" if typed(self.named["owner.full_name"]) else "owner"
        return "submitter"

    def put_person(self, person: Mapping[str, Any]) -> None:
        """Fill in the submitter as an earlier dossier has them."""
        self._quiet = True
        for name in (*PERSON, "id_kind", "phone_of"):
            value = str(person.get(name) or "")
            if name == "birth_date":
                value = shown_day(value)
            put(self.named[f"submitter.{name}"], value or ("cccd" if name == "id_kind" else ""))
        self._quiet = False
        self._on_edited()

    def _on_chosen(self, code: str) -> None:
        if not code:
            self._show_procedure(None)
        self.procedure_chosen.emit(code)
        self._on_edited()

    def _settle(self) -> None:
        self._owner.setVisible(bool(typed(self.named["for_other"])))
        self._beneficiary.setVisible(bool(typed(self.named["for_beneficiary"])))
        post = typed(self.named["delivery.way"]) == "post"
        for key, _ in post_words():
            self.rows[f"delivery.{key}"].setVisible(post)
        self._handed.setVisible(bool(self.procedure.code) or bool(self.papers.raw()) or self.files.count > 0)

    def _home(self, field: str) -> tuple[str | None, int | None]:
        """The row that shows a problem of ``field``, or the place of the paper."""
        if (place := paper_of(field)) is not None:
            return "papers", place
        row = row_of(field)
        return (row if row in self.rows or row == "papers" else None), None

    def _mark_touched(self, widget: QWidget) -> None:
        for name, field in self.named.items():
            if field is widget and typed(widget):
                self._touched.add(name)
        if widget is self.procedure.field and self.procedure.field.text():
            self._touched.add("procedure")
        self.show_problems(self._problems)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, QWidget):
            return self._on_key(watched, event)
        if kind == QEvent.Type.FocusOut and isinstance(watched, QWidget):
            self._mark_touched(watched)
            self.left.emit()
        elif kind == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self.focused.emit(watched)
        return False

    def _on_key(self, widget: QWidget, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.step(widget, forward=False)
        elif widget is self.procedure.field and self.procedure.enter():
            pass
        else:
            self.step(widget)
        return True
