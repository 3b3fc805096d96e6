"""What an act on a dossier asks for, in the page: a few fields, a reason, problems beside them, one key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import DossierView
from mobile_reception.desk.dossiers import nested
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import identity, lifecycle
from mobile_reception.dossier.intake import Problem
from mobile_reception.ui import amending
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.asked import Asked
from mobile_reception.ui.fields import (
    Choice,
    Row,
    bring_in_sight,
    card,
    discard,
    heading,
    problem_label,
    put,
    sentence,
    typed,
)
from mobile_reception.ui.form_parts import row_of
from mobile_reception.ui.look import set_look
from mobile_reception.ui.reception_line import iso_day, money
from mobile_reception.words import grouped, text

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DossierAct:
    """One act on a dossier: when it makes sense, what it asks for, and the Desk's method that does it."""

    name: str
    allowed: Callable[[DossierView], bool]
    asks: Callable[[DossierView], tuple[Asked, ...]]
    do: Callable[[Desk, str, Values, Values], Any]
    """Given the desk, the dossier's id, the values as typed, and those that stood there at first."""


class ActPanel(QFrame):
    """One act at a time; `problems` says what is missing, `values` what was typed."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.act: DossierAct | None = None
        self.first: dict[str, str] = {}
        self.rows: dict[str, Row] = {}
        self._asked: tuple[Asked, ...] = ()
        self._titles = actions
        self.title = heading("")
        self.general = problem_label()
        self.confirm: QPushButton = actions.button("confirm")
        set_look(self.confirm, look="main")
        frame, inside = card()
        inside.addWidget(self.title)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        inside.addLayout(self._lines)
        inside.addWidget(self.general)
        sheet = QWidget()
        sheet.setObjectName("sheet")
        lines = QVBoxLayout(sheet)
        lines.setContentsMargins(0, 0, 6, 0)
        lines.addWidget(frame)
        lines.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(sheet)
        away = actions.button("back", words=text("Hủy"))
        buttons = QHBoxLayout()
        buttons.addWidget(away)
        buttons.addStretch()
        buttons.addWidget(self.confirm)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(10)
        outside.addWidget(self._scroll, 1)
        outside.addLayout(buttons)

    def ask(self, act: DossierAct, view: DossierView) -> None:
        """Show what ``act`` asks for about the dossier; the first field has the focus."""
        self.act, self._asked = act, act.asks(view)
        self.title.setText(self._titles.words(act.name))
        for row in self.rows.values():
            self._lines.removeWidget(row)
            discard(row)
        self.rows = {}
        for asked in self._asked:
            self.rows[asked.name] = self._row(asked)
            self._lines.addWidget(self.rows[asked.name])
        self.first = self.values()
        self.show_problems(())
        fields = self._fields()
        (fields[0] if fields else self.confirm).setFocus()

    def values(self) -> dict[str, str]:
        """Every field as typed."""
        return {name: typed(row.fields[0]).strip() for name, row in self.rows.items()}

    def missing(self) -> bool:
        """Say beside each field what is missing or cannot be; the first of them gets the focus."""
        problems = []
        for asked in self._asked:
            said = typed(self.rows[asked.name].fields[0]).strip()
            if not said and asked.name == "papers" and self._ticked():
                continue  # what was ticked answers as well
            wrong = _wrong(asked, said)
            if wrong:
                problems.append(Problem(asked.name, wrong))
        self.show_problems(problems)
        return bool(problems)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show each problem beside its field; one without a field stands under them all."""
        said: dict[str, list[str]] = {}
        general = []
        for problem in problems:
            known = problem.field if problem.field in self.rows else row_of(problem.field)
            if known in self.rows:
                said.setdefault(known, []).append(sentence(problem.message))
            else:
                general.append(sentence(problem.message))
        for name, row in self.rows.items():
            row.say(" ".join(said.get(name, ())))
        self.general.setText(" ".join(general))
        self.general.setVisible(bool(general))
        first = next((row for name, row in self.rows.items() if name in said), None)
        if first is not None:
            first.fields[0].setFocus()
        told = first.problem if first is not None else self.general if general else None
        if told is not None:
            bring_in_sight(self._scroll, told)

    def _row(self, asked: Asked) -> Row:
        if asked.choices:
            field: QWidget = Choice(asked.choices)
        elif asked.ticked:
            field = QCheckBox(asked.hint)
        else:
            field = QLineEdit()
            field.setPlaceholderText(asked.hint)
        put(field, asked.first)
        if isinstance(field, QLineEdit):
            field.setCursorPosition(0)
        field.installEventFilter(self)
        return Row(asked.words, field)

    def _ticked(self) -> bool:
        return any(typed(self.rows[one.name].fields[0]) for one in self._asked if one.ticked)

    def _offer(self, field: QLineEdit, step: int) -> bool:
        """Put the next of the ready-made sentences into the field; False where there are none."""
        offers = next((one.offers for one in self._asked if self.rows[one.name].fields[0] is field), ())
        if not offers:
            return False
        here = offers.index(field.text()) if field.text() in offers else -1 if step > 0 else 0
        field.setText(offers[(here + step) % len(offers)])
        field.selectAll()
        return True

    def _fields(self) -> list[QWidget]:
        return [row.fields[0] for row in self.rows.values()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._scroll.ensureWidgetVisible(watched, 20, 60)
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and isinstance(watched, QLineEdit):
            return self._offer(watched, 1 if event.key() == Qt.Key.Key_Down else -1)
        fields = self._fields()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or watched not in fields:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        place = fields.index(watched) + (-1 if back else 1)
        path = [*fields, self.confirm]
        path[max(0, place)].setFocus(Qt.FocusReason.TabFocusReason)
        return True


def _wrong(asked: Asked, said: str) -> str:
    if asked.needed and not said:
        missing = {
            "reason": text("Cần lý do."),
            "papers": text("Đánh dấu hoặc ghi ít nhất một giấy tờ."),
        }
        return missing.get(asked.name, text("Không được để trống."))
    if said and asked.name == "number" and not identity.is_personal_number(said):
        return text("Số định danh phải có đúng 12 chữ số.")
    if said and asked.name == "amount" and not isinstance(money(said), int):
        return text("Số tiền chỉ gồm chữ số, ví dụ 120.000.")
    if said and asked.name == "until" and _day(said) is None:
        return text("Phải là ngày, ví dụ 30/11/2026.")
    return ""


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(iso_day(said))
    except ValueError:
        return None


# --- the acts -----------------------------------------------------------------------------------------------


def _step(kind: str) -> Callable[[DossierView], bool]:
    return lambda view: lifecycle.objection(kind, view.state.status) is None


def _may_hand_over(view: DossierView) -> bool:
    if view.state.status == lifecycle.READY:
        return True
    # What is done at the table goes back at once: the Desk makes it ready in the same act.
    way = (nested(view.state).get("delivery") or {}).get("way")
    at_once = bool(view.state.due) and bool(view.state.received_at) and way in ("hamlet", "on_the_spot")
    if not at_once or view.state.status != lifecycle.RECEIVED:
        return False
    due = date.fromisoformat((view.state.due or "")[:10])
    return (due - date.fromisoformat((view.state.received_at or "")[:10])).days <= 1


def _reason(*offers: str) -> Asked:
    """A reason, typed or chosen from those that an office gives most often."""
    return Asked("reason", text("Lý do"), hint=text("gõ, hoặc bấm ↓ để lấy lý do có sẵn"), offers=offers)


_MOST_TICKS = 12
"""How many papers of a procedure are offered to be ticked; the others are typed."""


def _missing_papers(view: DossierView) -> tuple[Asked, ...]:
    """All that is missing is asked for at once: the procedure's papers to tick, and others in words."""
    ticks = []
    for place, (_name, words, handed) in enumerate(view.expected[:_MOST_TICKS]):
        label = text("Phải bổ sung") if place == 0 else ""
        shown = text("{paper} (đã nộp)", paper=words) if handed else words
        ticks.append(Asked(f"paper{place}", label, hint=shown, ticked=True, needed=False))
    hint = text("cách nhau bằng dấu chấm phẩy")
    label = text("Giấy tờ khác") if ticks else text("Giấy tờ phải bổ sung")
    reason = _reason(
        text("Thiếu giấy tờ theo quy định"),
        text("Giấy tờ mờ, rách, không đọc được"),
        text("Giấy tờ hết giá trị sử dụng"),
        text("Thông tin trong các giấy tờ không thống nhất"),
        text("Chưa có bản chính để đối chiếu"),
        text("Tờ khai ghi chưa đủ hoặc chưa ký"),
    )
    return *ticks, Asked("papers", label, hint=hint), reason


def _supplement(desk: Desk, key: str, said: Values) -> Any:
    expected = desk.dossier(key).expected
    ticked = [name for place, (name, _, _) in enumerate(expected) if said.get(f"paper{place}")]
    others = [one.strip() for one in said["papers"].split(";") if one.strip()]
    return desk.supplement(key, [*ticked, *others], said["reason"])


def _receiver(view: DossierView) -> tuple[Asked, ...]:
    submitter = nested(view.state).get("submitter") or {}
    name = str(submitter.get("full_name") or "")
    return (
        Asked("to", text("Người nhận kết quả"), name),
        Asked(
            "relation",
            text("Quan hệ"),
            needed=False,
            hint=text("nếu nhận thay: con, vợ, người được ủy quyền…"),
        ),
        Asked("number", text("Số định danh"), str(submitter.get("personal_id") or ""), needed=False),
    )


def _money(view: DossierView) -> tuple[Asked, ...]:
    left = max(0, view.state.fee - view.state.collected)
    return (
        Asked("amount", text("Số tiền thu, đồng"), grouped(left)),
        Asked("receipt", text("Số biên lai"), needed=False),
    )


def dossier_acts() -> tuple[DossierAct, ...]:
    """All acts on a dossier, in the order of their buttons."""
    return (
        DossierAct("amend", lambda _view: True, amending.asks, amending.amend),
        DossierAct(
            "supplement",
            _step("supplement.requested"),
            _missing_papers,
            lambda desk, key, said, _: _supplement(desk, key, said),
        ),
        DossierAct(
            "supplemented",
            _step("supplement.received"),
            lambda _view: (),
            lambda desk, key, _said, _: desk.supplemented(key),
        ),
        DossierAct(
            "refuse",
            _step("dossier.refused"),
            lambda _view: (
                _reason(
                    text("Không thuộc thẩm quyền giải quyết của đơn vị"),
                    text("Không đủ điều kiện theo quy định"),
                    text("Người nộp không có quyền yêu cầu"),
                    text("Việc này đã được giải quyết"),
                ),
            ),
            lambda desk, key, said, _: desk.refuse(key, said["reason"]),
        ),
        DossierAct(
            "withdraw",
            _step("dossier.withdrawn"),
            lambda _view: (
                _reason(
                    text("Người dân không còn nhu cầu"),
                    text("Người dân nộp ở nơi khác"),
                    text("Người dân cần chuẩn bị lại giấy tờ"),
                ),
            ),
            lambda desk, key, said, _: desk.withdraw(key, said["reason"]),
        ),
        DossierAct(
            "hand_on",
            _step("dossier.handed_over"),
            lambda _view: (Asked("section", text("Bộ phận nhận"), hint=text("ví dụ: Tư pháp - Hộ tịch")),),
            lambda desk, key, said, _: desk.hand_on(key, said["section"]),
        ),
        DossierAct(
            "hand_over",
            _may_hand_over,
            _receiver,
            lambda desk, key, said, _: desk.hand_over(
                key, said["to"], relation=said["relation"] or None, number=said["number"] or None
            ),
        ),
        DossierAct(
            "collect",
            lambda view: view.state.fee > view.state.collected,
            _money,
            lambda desk, key, said, _: desk.collect(key, _whole(said["amount"]), said["receipt"]),
        ),
        DossierAct(
            "extend",
            lambda view: (
                view.state.status
                not in (lifecycle.REFUSED, lifecycle.STOPPED, lifecycle.READY, lifecycle.DELIVERED)
            ),
            lambda _view: (
                Asked("until", text("Ngày hẹn trả mới"), hint=text("ngày/tháng/năm")),
                _reason(
                    text("Cần xác minh thêm"),
                    text("Chờ ý kiến của cơ quan phối hợp"),
                    text("Hệ thống bị gián đoạn"),
                ),
            ),
            lambda desk, key, said, _: desk.extend(key, _day(said["until"]) or date.max, said["reason"]),
        ),
        DossierAct(
            "stop",
            _step("dossier.stopped"),
            lambda _view: (
                _reason(text("Quá thời hạn bổ sung hồ sơ")),
                Asked("basis", text("Căn cứ pháp lý")),
            ),
            lambda desk, key, said, _: desk.stop(key, said["reason"], said["basis"]),
        ),
    )


def why_not(act: DossierAct, view: DossierView) -> str:
    """Why an act makes no sense on this dossier now, in a sentence."""
    if act.name == "collect":
        owed = view.state.fee > 0
        return text("đã thu đủ phí, lệ phí.") if owed else text("hồ sơ này không phải nộp phí, lệ phí.")
    return text(
        "Hồ sơ đang ở tình trạng «{status}» nên không làm được việc này.",
        status=lifecycle.status_words(view.state.status),
    )


def _whole(said: str) -> int:
    amount = money(said)
    return amount if isinstance(amount, int) else 0
