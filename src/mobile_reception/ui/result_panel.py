"""What handing over, bringing back and posting a result ask for: a few rows beside the list, one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk.results import Receiver, ResultLine
from mobile_reception.dossier import results
from mobile_reception.dossier.identity import Card
from mobile_reception.dossier.results import Address
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.fields import (
    Choice,
    Row,
    bring_in_sight,
    card,
    heading,
    problem_label,
    put,
    quiet,
    scrolled,
    typed,
)
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.reception_line import money as read_money
from mobile_reception.ui.signature_pad import SignaturePad
from mobile_reception.words import grouped, money, text

GIVE: Final = "give"
BACK: Final = "back"
POST: Final = "post"
_KIND_WIDTH: Final = 156


class ResultPanel(QFrame):
    """One result at a time; ``mode`` is `GIVE`, `BACK` or `POST`, "" while nothing is asked."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.mode = ""
        self.line: ResultLine | None = None
        self.title, self.about, self.warning = heading(""), quiet(), QLabel()
        self.title.setWordWrap(True)
        self.warning.setWordWrap(True)
        set_look(self.warning, look="warning")
        self.general = problem_label()
        self._make_fields()
        self.wipe = actions.button("wipe_signature")
        set_look(self.wipe, look="small")
        frame, inside = card()
        for part in (self.title, self.about, self.warning):
            inside.addWidget(part)
        for row in self.rows.values():
            inside.addWidget(row)
        inside.addWidget(self.pad)
        inside.addWidget(self.wipe, alignment=Qt.AlignmentFlag.AlignRight)
        inside.addWidget(self.general)
        self._scroll = scrolled(frame)
        self.confirm = actions.button("give_result")
        set_look(self.confirm, look="main")
        buttons = QHBoxLayout()
        buttons.addWidget(actions.button("leave_result", words=text("Hủy")))
        buttons.addStretch()
        buttons.addWidget(self.confirm)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(10)
        outside.addWidget(self._scroll, 1)
        outside.addLayout(buttons)
        self._show_pad()

    def _make_fields(self) -> None:
        self.name, self.number, self.authorisation = QLineEdit(), QLineEdit(), QLineEdit()
        self.relation = _suggesting(("", *results.relations()))
        self.id_kind = Choice([(kind, results.id_kind_words(kind)) for kind in results.ID_KINDS])
        self.signed = Choice([(way, results.signed_words(way)) for way in results.SIGNED])
        self.paid = QLineEdit()
        self.reason = _suggesting(_reasons())
        self.then = Choice([(then, results.then_words(then)) for then in results.THEN])
        self.recipient, self.address, self.phone = QLineEdit(), QLineEdit(), QLineEdit()
        self.tracking = QLineEdit()
        self.authorisation.setPlaceholderText(text("số, ngày, nơi chứng thực"))
        set_width(self.id_kind, _KIND_WIDTH)
        self.id_kind.setAccessibleName(text("Loại giấy tờ"))
        self.rows: dict[str, Row] = {
            "name": Row(text("Người nhận"), self.name),
            "relation": Row(text("Quan hệ, nếu nhận thay"), self.relation),
            "authorisation": Row(text("Giấy ủy quyền"), self.authorisation),
            "number": Row(text("Số giấy tờ"), self.number, self.id_kind),
            "paid": Row(text("Thu khi trao, đồng"), self.paid),
            "signed": Row(text("Ký nhận"), self.signed),
            "reason": Row(text("Lý do"), self.reason),
            "then": Row(text("Việc tiếp theo"), self.then),
            "tracking": Row(text("Mã vận đơn"), self.tracking),
            "recipient": Row(text("Người nhận thư"), self.recipient),
            "address": Row(text("Địa chỉ"), self.address),
            "phone": Row(text("Số điện thoại"), self.phone),
        }
        self.pad = SignaturePad(text("Ông/bà ký vào ô này"))
        self.signed.currentIndexChanged.connect(self._show_pad)
        self.then.currentIndexChanged.connect(self._show_address)
        for row in self.rows.values():
            for field in row.fields:
                field.installEventFilter(self)

    def ask(self, mode: str, line: ResultLine, count: int = 1) -> None:
        """Show what ``mode`` asks for about a result (or ``count`` of them that go back together)."""
        self.mode, self.line = mode, line
        several = text("{count} kết quả", count=count)
        self.title.setText(several if count > 1 else line.name)
        self.about.setText("" if count > 1 else about(line))
        said = [line.difference, line.elsewhere]
        if line.in_person:
            said.insert(0, text("Chỉ trao tận tay, không nhận thay."))
        self.warn("" if count > 1 else "\n".join(part for part in said if part))
        for field in (self.name, self.number, self.authorisation, self.recipient, self.address, self.phone):
            field.clear()
        self.tracking.clear()
        self.relation.setCurrentText("")
        self.reason.setCurrentText("")
        for choice in (self.id_kind, self.signed, self.then):
            choice.setCurrentIndex(0)
        self.pad.wipe()
        self.name.setText(line.name)
        self.name.setCursorPosition(0)
        self.recipient.setText(line.name)
        self.paid.setText(grouped(line.to_pay) if line.to_pay else "")
        self.show_problem("")
        words = {GIVE: text("Trao kết quả"), BACK: text("Ghi mang về"), POST: text("Ghi đã gửi")}
        self.confirm.setText(f"{words[mode]}  ·  F9")
        self._show_rows()
        path = self._path()
        path[0].setFocus()
        self._scroll.verticalScrollBar().setValue(0)

    def take_card(self, found: Card, warning: str) -> None:
        """The receiver showed this card; ``warning`` where it is somebody else's than the owner's."""
        self.name.setText(found.full_name)
        self.number.setText(found.personal_id)
        put(self.id_kind, "cccd")
        self.warn(warning)
        (self.relation if warning else self.confirm).setFocus()

    def warn(self, sentence: str) -> None:
        """A warning under the name; nothing hides it."""
        self.warning.setText(sentence)
        self.warning.setVisible(bool(sentence))

    def show_problem(self, sentence: str, field: str = "") -> None:
        """What is wrong, beside its field where it has one."""
        for name, row in self.rows.items():
            row.say(sentence if name == field else "")
        alone = bool(sentence) and field not in self.rows
        self.general.setText(sentence if alone else "")
        self.general.setVisible(alone)
        if field in self.rows:
            self.rows[field].fields[0].setFocus()

    def receiver(self) -> Receiver | None:
        """Who takes the result, as typed; None after saying what is wrong."""
        paid = read_money(said) if (said := self.paid.text().strip()) else 0
        if not isinstance(paid, int):
            self.show_problem(text("Số tiền chỉ gồm chữ số, ví dụ 120.000."), "paid")
            return None
        return Receiver(
            name=self.name.text(),
            relation=self.relation.currentText().strip() or None,
            personal_id=self.number.text().strip() or None,
            id_kind=typed(self.id_kind),
            authorisation=self.authorisation.text().strip() or None,
            signed=typed(self.signed),
            strokes=self.pad.strokes if typed(self.signed) == "screen" else (),
            paid=paid,
        )

    def post(self) -> Address | None:
        """Where the post takes it, as typed."""
        recipient, address = self.recipient.text().strip(), self.address.text().strip()
        return Address(recipient, address, self.phone.text().strip()) if recipient and address else None

    def _show_rows(self) -> None:
        wanted: dict[str, tuple[str, ...]] = {
            GIVE: ("name", "relation", "authorisation", "number", "paid", "signed"),
            BACK: ("reason", "then"),
            POST: ("tracking", "recipient", "address", "phone"),
        }
        shown = wanted.get(self.mode, ())
        for name, row in self.rows.items():
            row.setVisible(name in shown)
        if self.line is not None and self.line.in_person:
            for name in ("relation", "authorisation"):
                self.rows[name].setVisible(False)
        self._show_address()
        self._show_pad()

    def _show_address(self) -> None:
        if self.mode == BACK:
            for name in ("recipient", "address", "phone"):
                self.rows[name].setVisible(typed(self.then) == "post")

    def _show_pad(self) -> None:
        wanted = self.mode == GIVE and typed(self.signed) == "screen"
        self.pad.setVisible(wanted)
        self.wipe.setVisible(wanted)
        if wanted:  # once it has its place, and not only its upper edge
            bring_in_sight(self._scroll, self.wipe)

    def _path(self) -> list[QWidget]:
        fields = [field for row in self.rows.values() if not row.isHidden() for field in row.fields]
        return [*fields, self.confirm]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._scroll.ensureWidgetVisible(watched, 20, 60)
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        path = self._path()
        if watched not in path:
            return False
        step = -1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        path[max(0, path.index(watched) + step)].setFocus(Qt.FocusReason.TabFocusReason)
        return True


def about(line: ResultLine) -> str:
    """A result in a line under its owner's name."""
    said = (
        line.code,
        line.paper or line.procedure_name,
        text("số {number}", number=line.number) if line.number else "",
        text("phải thu {amount}", amount=money(line.to_pay)) if line.to_pay else "",
    )
    return " · ".join(part for part in said if part)


def _suggesting(words: Sequence[str]) -> QComboBox:
    """A box to type in, with what is usual."""
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(list(words))
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    return box


def _reasons() -> tuple[str, ...]:
    return (
        "",
        text("không đến nhận"),
        text("đi vắng"),
        text("nhờ người khác, chưa đủ giấy tờ"),
        text("không nhận vì sai thông tin"),
        text("chưa đủ tiền lệ phí"),
    )
