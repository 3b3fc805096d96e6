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
from mobile_reception.dossier.catalogue import Procedure
from mobile_reception.dossier.intake import Problem
from mobile_reception.ui.fields import Choice, Count, Row, card, heading, listen, put, typed
from mobile_reception.ui.papers_field import PapersField
from mobile_reception.ui.procedure_field import ProcedureField
from mobile_reception.ui.reception_line import line_of, shown_day
from mobile_reception.words import language, text

PERSON = ("personal_id", "full_name", "birth_date", "sex", "phone", "address")


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

    def __init__(self, today: Callable[[], date]) -> None:
        super().__init__()
        self._today = today
        self._quiet = False
        self._touched: set[str] = set()
        self._asked = False
        self._problems: tuple[Problem, ...] = ()
        self._suggestions: dict[str, ProcedureLine] = {}
        self.rows: dict[str, Row] = {}
        self.named: dict[str, QWidget] = {}
        self.procedure = ProcedureField()
        self.papers = PapersField()
        self._answers: dict[str, Row] = {}
        self._lay_out()
        for widget in self.named.values():
            self._watch(widget)
        self._watch(self.procedure.field)
        self.procedure.typed_text.connect(self.searched)
        self.procedure.chosen.connect(self._on_chosen)
        self.papers.grown.connect(self._watch_papers)
        self.papers.edited.connect(self._on_edited)
        self._watch_papers()
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
        names = [name for name in self.named if name.startswith(("submitter.", "owner.", "answers."))]
        names += ["note", "relation", "fee", "due"]
        said = [typed(self.named[name]) for name in names if not name.endswith("id_kind")]
        return not any(said) and not self.procedure.code and not self.procedure.field.text()

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
        self._touched.clear()
        self._asked = False
        self._quiet = False
        self.show_problems(())
        self._settle()
        (self.procedure.field if keep_person else self.named["submitter.personal_id"]).setFocus()

    # --- the procedure -----------------------------------------------------------------------------------

    def suggest(self, lines: Sequence[ProcedureLine]) -> None:
        """Procedures that fit what was typed."""
        self._suggestions = {line.code: line for line in lines}
        self.procedure.suggest(lines)

    def set_procedure(
        self, line: ProcedureLine | None, procedure: Procedure, held: Mapping[str, Any] | None = None
    ) -> None:
        """Show the papers, grounds and own fields of ``procedure``; ``held``: with a draft's values."""
        self._quiet = True
        if line is not None:
            self.procedure.set_line(line)
        self._show_procedure(procedure)
        by_page = procedure.at(self._today()).fee.kind == "per_page"
        if held is None:
            self.papers.ask_for(procedure.at(self._today()).papers, by_page)
        else:
            self.put_raw(held)
            self.papers.put_raw(held.get("papers") or (), by_page)
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
                papers[place] = _sentence(problem.message)
            elif row is None:
                homeless.append(_sentence(problem.message))
            elif self._asked or problem.field in self._touched:
                said.setdefault(row, []).append(_sentence(problem.message))
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
        order += [named["relation"], self.procedure.field, named["variant"], *self.papers.path()]
        order += [named[name] for name in ("copies", "exemption", "fee", "due", "delivery.way")]
        order += [named[f"delivery.{name}"] for name in ("recipient", "address", "phone")]
        order += [named["notify_sms"], named["note"]]
        order += [row.fields[0] for row in self._answers.values()]
        return [widget for widget in order if widget.isEnabled() and widget.isVisibleTo(self)]

    def step(self, here: QWidget, forward: bool = True) -> None:
        """Go to the field after ``here``, or say that the form is at its end."""
        path = self.path()
        place = path.index(here) if here in path else -1
        if forward and place == len(path) - 1:
            self.finished.emit()
            return
        widget = path[place + 1] if forward else path[max(0, place - 1)]
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
        self.named["for_other"] = QCheckBox(text("Nộp thay người khác (chủ hồ sơ không phải người nộp)"))
        lines.addWidget(self._row("", self.named["for_other"]))
        inside.addWidget(who)
        self._owner, lines = card()
        lines.addWidget(heading(text("Chủ hồ sơ")))
        self._person("owner", lines)
        self.named["relation"] = QLineEdit()
        lines.addWidget(self._row(text("Quan hệ với chủ hồ sơ"), self.named["relation"], name="relation"))
        inside.addWidget(self._owner)
        what, lines = card()
        lines.addWidget(heading(text("Thủ tục và giấy tờ")))
        lines.addWidget(self._row(text("Thủ tục"), self.procedure, name="procedure"))
        self.named["variant"] = Choice()
        lines.addWidget(self._row(text("Trường hợp"), self.named["variant"], name="variant"))
        self.rows["variant"].hide()
        lines.addWidget(self.papers)
        inside.addWidget(what)
        inside.addWidget(self._conditions())
        self._own, self._own_lines = card()
        self._own_lines.addWidget(heading(text("Mục riêng của thủ tục")))
        self._own.hide()
        inside.addWidget(self._own)
        inside.addStretch()

    def _person(self, who: str, lines: QVBoxLayout) -> None:
        number, kind = QLineEdit(), Choice(_id_kinds())
        name, born, sex = QLineEdit(), QLineEdit(), Choice(_sexes())
        phone, address = QLineEdit(), QLineEdit()
        number.setMaxLength(300 if who == "submitter" else 40)
        born.setPlaceholderText(text("ngày/tháng/năm, hoặc chỉ năm"))
        kind.setAccessibleName(text("Loại giấy tờ tùy thân"))
        sex.setAccessibleName(text("Giới tính"))
        name.setMaxLength(400)
        widgets = {
            "personal_id": number,
            "id_kind": kind,
            "full_name": name,
            "birth_date": born,
            "sex": sex,
            "phone": phone,
            "address": address,
        }
        self.named.update({f"{who}.{key}": widget for key, widget in widgets.items()})
        lines.addWidget(self._row(text("Số định danh"), number, kind, name=f"{who}.personal_id"))
        lines.addWidget(self._row(text("Họ, chữ đệm và tên"), name, name=f"{who}.full_name"))
        lines.addWidget(self._row(text("Ngày sinh, giới tính"), born, sex, name=f"{who}.birth_date"))
        lines.addWidget(self._row(text("Số điện thoại"), phone, name=f"{who}.phone"))
        lines.addWidget(self._row(text("Nơi cư trú"), address, name=f"{who}.address"))

    def _conditions(self) -> QWidget:
        frame, lines = card()
        lines.addWidget(heading(text("Phí, ngày hẹn trả, cách nhận kết quả")))
        named = self.named
        named["copies"] = Count(1)
        named["exemption"] = Choice()
        fee, due = QLineEdit(), QLineEdit()
        fee.setPlaceholderText(text("số tiền, đồng"))
        due.setPlaceholderText(text("ngày/tháng/năm"))
        named["fee"], named["due"] = fee, due
        named["delivery.way"] = Choice(_ways())
        for name in ("recipient", "address", "phone"):
            named[f"delivery.{name}"] = QLineEdit()
        named["notify_sms"] = QCheckBox(text("Nhắn tin khi có kết quả"))
        named["note"] = QLineEdit()
        filler = QWidget()
        lines.addWidget(self._row(text("Số bản kết quả"), named["copies"], filler, name="copies", stretch=1))
        lines.addWidget(self._row(text("Miễn, giảm"), named["exemption"], name="exemption"))
        lines.addWidget(self._row(text("Phí, lệ phí (đồng)"), named["fee"], name="fee"))
        lines.addWidget(self._row(text("Ngày hẹn trả"), named["due"], name="due"))
        lines.addWidget(self._row(text("Nhận kết quả"), named["delivery.way"], name="delivery.way"))
        for key, words in _post_words():
            lines.addWidget(self._row(words, named[f"delivery.{key}"], name=f"delivery.{key}"))
        lines.addWidget(self._row("", named["notify_sms"], name="notify_sms"))
        lines.addWidget(self._row(text("Ghi chú"), named["note"], name="note"))
        for name in ("exemption", "fee", "due"):
            self.rows[name].hide()
        return frame

    def _row(self, words: str, *fields: QWidget, name: str = "", stretch: int = 0) -> Row:
        row = Row(words, *fields, stretch=stretch)
        if name:
            self.rows[name] = row
        return row

    def _show_procedure(self, procedure: Procedure | None) -> None:
        version = procedure.at(self._today()) if procedure is not None else None
        exemptions = version.fee.exemptions if version is not None else ()
        variants = version.variants if version is not None else ()
        english = language() == "en"
        ways = [("", text("không"))] + [(each.code, each.ground) for each in exemptions]
        choices = {
            "exemption": (ways, bool(exemptions)),
            "variant": (
                [("", text("thông thường"))]
                + [(each.code, each.name_en if english and each.name_en else each.name) for each in variants],
                bool(variants),
            ),
        }
        for name, (offered, shown) in choices.items():
            field = self.named[name]
            if isinstance(field, Choice):
                field.offer(offered)
                field.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.rows[name].setVisible(shown)
        self._show_answers(procedure)

    def _show_answers(self, procedure: Procedure | None) -> None:
        for name, row in self._answers.items():
            self._own_lines.removeWidget(row)
            row.hide()
            row.deleteLater()
            del self.named[name], self.rows[name]
        self._answers = {}
        for answer in procedure.answers if procedure is not None else ():
            name = f"answers.{answer.key}"
            field = QLineEdit()
            words = answer.label_en if language() == "en" and answer.label_en else answer.label
            self.named[name] = field
            self._answers[name] = self._row(words, field, name=name)
            self._own_lines.addWidget(self._answers[name])
            self._answers[name].show()
            self._watch(field)
        self._own.setVisible(bool(self._answers))

    def _watch(self, widget: QWidget) -> None:
        listen(widget, self._on_edited)
        widget.installEventFilter(self)

    def _watch_papers(self) -> None:
        for widget in self.papers.fields():
            widget.installEventFilter(self)

    def _on_edited(self) -> None:
        if self._quiet:
            return
        self._settle()
        number = self.named["submitter.personal_id"]
        if isinstance(number, QLineEdit) and number.text().count("|") >= 5:
            self._take_card(number)
        self.edited.emit()

    def _take_card(self, number: QLineEdit) -> None:
        try:
            scanned = identity.read_card(number.text())
        except identity.Unreadable:
            return
        self._quiet = True
        for name in ("full_name", "sex", "address", "personal_id"):
            put(self.named[f"submitter.{name}"], getattr(scanned, name))
        put(self.named["submitter.birth_date"], shown_day(scanned.birth_date))
        put(self.named["submitter.id_kind"], "cccd")
        self._quiet = False

    def _on_chosen(self, code: str) -> None:
        if not code:
            self._show_procedure(None)
        self.procedure_chosen.emit(code)
        self._on_edited()

    def _settle(self) -> None:
        self._owner.setVisible(bool(typed(self.named["for_other"])))
        post = typed(self.named["delivery.way"]) == "post"
        for key, _ in _post_words():
            self.rows[f"delivery.{key}"].setVisible(post)
        self.papers.setVisible(bool(self.procedure.code) or bool(self.papers.raw()))

    def _home(self, field: str) -> tuple[str | None, int | None]:
        """The row that shows a problem of ``field``, or the place of the paper."""
        if field.startswith("papers["):
            number = field[len("papers[") :].partition("]")[0]
            return "papers", int(number) if number.isdecimal() else 0
        alias = {
            "submitter": "submitter.full_name",
            "submitter.id_kind": "submitter.personal_id",
            "submitter.sex": "submitter.birth_date",
            "owner": "owner.full_name",
            "owner.id_kind": "owner.personal_id",
            "owner.sex": "owner.birth_date",
            "delivery": "delivery.way",
        }.get(field, field)
        return (alias if alias in self.rows or alias == "papers" else None), None

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
        elif widget is self.papers.more and isinstance(widget, QPushButton):
            self.step(widget)
        else:
            self.step(widget)
        return True


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


def _id_kinds() -> tuple[tuple[str, str], ...]:
    return (
        ("cccd", text("Căn cước (12 số)")),
        ("cmnd", text("CMND cũ")),
        ("passport", text("Hộ chiếu")),
        ("other", text("Giấy tờ khác")),
    )


def _sexes() -> tuple[tuple[str, str], ...]:
    return (("", text("giới tính")), ("female", text("Nữ")), ("male", text("Nam")))


def _ways() -> tuple[tuple[str, str], ...]:
    return (
        ("hamlet", text("Tại ấp, khóm (phiên lưu động)")),
        ("centre", text("Tại trung tâm")),
        ("post", text("Qua bưu chính công ích")),
        ("on_the_spot", text("Trả ngay tại bàn")),
    )


def _post_words() -> tuple[tuple[str, str], ...]:
    return (
        ("recipient", text("Người nhận bưu gửi")),
        ("address", text("Địa chỉ nhận")),
        ("phone", text("Điện thoại người nhận")),
    )
