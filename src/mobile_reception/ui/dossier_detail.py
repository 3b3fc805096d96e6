"""One dossier in full: who, what, which papers, what happened, and its receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import DossierView, Happened
from mobile_reception.desk.dossiers import field_words, file_trouble, file_words, nested, words_for
from mobile_reception.dossier import lifecycle
from mobile_reception.dossier.fold import Reduced
from mobile_reception.ui.act_panel import ActPanel, DossierAct, dossier_acts
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.fields import discard, heading, quiet
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.receipt_view import ReceiptView
from mobile_reception.ui.reception_line import shown_day
from mobile_reception.words import clock_time, day, file_size, moment, money, text, weekday

_Rows = Sequence[tuple[str, str]]


_ACTS_A_LINE = 3


class DossierDetail(QWidget):
    """The facts on the left, or what an act asks for; one of the papers on the right."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab stops at what stands in it
        self._actions = actions
        self.code, self.place, self.procedure = QLabel(), QLabel(), QLabel()
        set_look(self.code, look="code")
        self.procedure.setWordWrap(True)
        set_look(self.procedure, look="large")
        self.receipt = ReceiptView()
        self.paper = quiet()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(10)
        self._every = {act.name: act for act in dossier_acts()}
        self._acts = {name: actions.button(name) for name in self._every}
        for button in self._acts.values():
            set_look(button, look="small")
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        self.panel = ActPanel(actions)
        self.sides = QStackedWidget()
        self.sides.addWidget(self._facts())
        self.sides.addWidget(self.panel)
        self.sides.currentChanged.connect(lambda _place: self._give_keys())
        self._give_keys()
        for button in self._acts.values():  # there before the first dossier says which of them it allows
            button.setParent(self.sides.widget(0))
            button.hide()
        for before, after in pairwise([self._scroll, *self._acts.values(), *self._below]):
            QWidget.setTabOrder(before, after)
        over = QHBoxLayout()
        over.addWidget(self.paper, 1)
        over.addWidget(actions.button("paper"))
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addLayout(over)
        right.addWidget(self.receipt, 1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(20, 14, 20, 12)
        columns.setSpacing(16)
        columns.addWidget(self.sides, 54)
        columns.addLayout(right, 46)

    def _facts(self) -> QWidget:
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self.code)
        top.addWidget(self.place, alignment=Qt.AlignmentFlag.AlignVCenter)
        top.addStretch()
        sheet = QWidget()
        sheet.setObjectName("sheet")
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(0, 0, 6, 0)
        inside.setSpacing(10)
        inside.addLayout(top)
        inside.addWidget(self.procedure)
        inside.addLayout(self._lines)
        inside.addStretch()
        self._scroll = scroll = QScrollArea()
        scroll.setAccessibleName(text("Hồ sơ"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(sheet)
        away, files = self._actions.button("back"), self._actions.button("files")
        again = self._actions.button("reprint", words=text("In giấy này"))
        set_look(again, look="main")
        self._below = (away, files, again)
        buttons = QHBoxLayout()
        buttons.addWidget(away)
        buttons.addWidget(files)
        buttons.addStretch()
        buttons.addWidget(again)
        facts = QWidget()
        left = QVBoxLayout(facts)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(10)
        left.addWidget(scroll, 1)
        left.addLayout(self._grid)
        left.addLayout(buttons)
        return facts

    def _give_keys(self) -> None:
        """Keys turn the pages of the facts. Tab would find a proxy that is hidden, too: none while asking."""
        if self.asking:
            QWidget.setFocusProxy(self, None)  # type: ignore[arg-type]
        else:
            self.setFocusProxy(self._scroll)

    @property
    def asking(self) -> bool:
        """True while an act asks for something."""
        return self.sides.currentWidget() is self.panel

    def ask(self, act: DossierAct, view: DossierView) -> None:
        """Show what ``act`` asks for instead of the facts."""
        self.sides.setCurrentWidget(self.panel)
        self.panel.ask(act, view)

    def show_facts(self) -> None:
        """Back to the facts."""
        self.sides.setCurrentIndex(0)
        self.setFocus()

    def show_paper(self, title: str, pages: Sequence[QImage]) -> None:
        """Show a paper of the dossier under its title."""
        self.paper.setText(title)
        self.receipt.show_pages(pages)

    def _show_acts(self, view: DossierView) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        place = 0
        for name, button in self._acts.items():
            allowed = self._every[name].allowed(view)
            if allowed:
                self._grid.addWidget(button, place // _ACTS_A_LINE, place % _ACTS_A_LINE)
                place += 1
            button.setVisible(allowed)

    def show_dossier(self, view: DossierView) -> None:
        """Show the facts of ``view`` and the acts that its status allows."""
        self._show_acts(view)
        state, value = view.state, nested(view.state)
        self.code.setText(state.code or "")
        self.place.setText(words_for(view.place))
        set_look(self.place, place=view.place.value)
        self.procedure.setText(view.procedure_name)
        while (item := self._lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                discard(old)
        if state.reduced is not None:
            self._add(text("Đã rút gọn trên máy này"), _reduced(state.reduced))
        self._add(text("Thời hạn và phí"), _times(view))
        if state.conflicts:
            self._add(text("Hai người ghi khác nhau"), _conflicts(view))
        self._add(text("Người nộp hồ sơ"), _person(value.get("submitter") or {}))
        if value.get("owner"):
            relation = [(text("Quan hệ"), str(value.get("relation") or ""))]
            self._add(text("Chủ hồ sơ"), [*_person(value["owner"]), *relation])
        if value.get("beneficiary"):
            self._add(text("Người thụ hưởng"), _person(value["beneficiary"]))
        self._add(text("Giấy tờ"), _papers(value.get("papers") or ()))
        self._add(text("Tệp đính kèm ({count})", count=files_words(view)), _files(view))
        self._add(text("Nhận kết quả"), _delivery(value))
        self._add(text("Đã diễn ra"), [(moment(each.at), _happened(each)) for each in view.history])

    def _add(self, title: str, rows: _Rows) -> None:
        rows = [row for row in rows if row[1]]
        if not rows:
            return
        frame = QFrame()
        set_look(frame, look="card")
        grid = QGridLayout(frame)
        grid.setContentsMargins(18, 14, 18, 14)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(heading(title), 0, 0, 1, 2)
        for at, (name, words) in enumerate(rows, 1):
            label = quiet(name)
            set_width(label, 160)
            value = QLabel(words)
            value.setWordWrap(True)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(name)
            grid.addWidget(label, at, 0, alignment=Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, at, 1)
        self._lines.addWidget(frame)


def _times(view: DossierView) -> _Rows:
    state = view.state
    rows = []
    if state.received_at:
        where = f" · {view.hamlet}" if view.hamlet else ""
        rows.append((text("Tiếp nhận"), moment(datetime.fromisoformat(state.received_at)) + where))
    if state.due:
        due = datetime.fromisoformat(state.due)
        rows.append((text("Hạn giải quyết"), f"{clock_time(due)} {day(due)}"))
    if state.come_back:
        back = date.fromisoformat(state.come_back)
        rows.append((text("Ngày hẹn trả"), f"{weekday(back)} {day(back)}"))
    paid = text("đã thu {amount}", amount=money(state.collected)) if state.collected else text("chưa thu")
    rows.append((text("Phí, lệ phí"), f"{money(state.fee)} · {paid}" if state.fee else money(0)))
    if state.phi and state.le_phi:
        rows.append(
            (
                text("Trong đó"),
                text("phí {phi}, lệ phí {le_phi}", phi=money(state.phi), le_phi=money(state.le_phi)),
            )
        )
    rows.insert(0, (text("Tình trạng"), lifecycle.status_words(state.status)))
    rows.append((text("Số lần in phiếu"), str(state.prints)))
    return rows


def _reduced(kept: Reduced) -> _Rows:
    """What was removed, when, and who has it."""
    gone = text("Họ tên, số định danh, giấy tờ và lời ghi trong {count} việc", count=kept.facts)
    if kept.files:
        gone = text("{gone}; {count} tệp đính kèm", gone=gone, count=kept.files)
    return [
        (text("Lúc"), moment(datetime.fromisoformat(kept.at))),
        (text("Đã xóa khỏi máy"), gone),
        (text("Còn trên máy"), text("Mã, thủ tục, các ngày, tình trạng, số tiền")),
        (
            text("Bản đầy đủ"),
            text("Ở trung tâm, trong bản sao lưu đã kiểm tra: xem, sửa và in tại trung tâm"),
        ),
    ]


def _person(person: Mapping[str, Any]) -> _Rows:
    sex = {"male": text("Nam"), "female": text("Nữ")}.get(str(person.get("sex")), "")
    return [
        (text("Họ, chữ đệm và tên"), str(person.get("full_name") or "")),
        (text("Số định danh"), str(person.get("personal_id") or "")),
        (text("Ngày sinh"), shown_day(str(person.get("birth_date") or ""))),
        (text("Giới tính"), sex),
        (
            text("Số điện thoại"),
            " · ".join(str(person[key]) for key in ("phone", "phone_of") if person.get(key)),
        ),
        (text("Nơi cư trú"), str(person.get("address") or "")),
    ]


def _papers(papers: Iterable[Mapping[str, Any]]) -> _Rows:
    rows = []
    for number, paper in enumerate(papers, 1):
        counts = (
            (paper.get("originals"), text("bản chính")),
            (paper.get("certified"), text("bản chứng thực")),
            (paper.get("photocopies"), text("bản photo")),
        )
        said = ", ".join(f"{count} {words}" for count, words in counts if count)
        rows.append((text("Giấy tờ {number}", number=number), f"{paper.get('name')} ({said})"))
    return rows


def _files(view: DossierView) -> _Rows:
    rows = []
    for number, file in enumerate(view.files, 1):
        pages = text("{count} trang", count=file.pages) if file.pages and file.pages > 1 else ""
        why = f"{file_words(file)}: {file_trouble(file.why)}" if file.why else file_words(file)
        parts = (file.paper, pages, file_size(file.size), why)
        said = " · ".join(part for part in parts if part)
        rows.append((text("Tệp {number}", number=number), f"{file.name}\n{said}"))
    return rows


def files_words(view: DossierView) -> str:
    """How many files a dossier has, and how many of them wait."""
    count, waiting = len(view.files), view.files_waiting
    if waiting:
        return text("chờ {waiting} trong {count} tệp", waiting=waiting, count=count)
    return text("{count} tệp", count=count)


def _delivery(value: Mapping[str, Any]) -> _Rows:
    delivery = value.get("delivery") or {}
    ways = {
        "hamlet": text("Tại ấp, khóm (phiên lưu động)"),
        "centre": text("Tại trung tâm"),
        "post": text("Qua bưu chính công ích"),
        "on_the_spot": text("Trả ngay tại bàn"),
    }
    return [
        (text("Cách nhận"), ways.get(str(delivery.get("way")), "")),
        (text("Người nhận"), str(delivery.get("recipient") or "")),
        (text("Địa chỉ nhận"), str(delivery.get("address") or "")),
        (text("Nhắn tin"), text("có") if value.get("notify_sms") else ""),
        (text("Ghi chú"), str(value.get("note") or "")),
    ]


def _conflicts(view: DossierView) -> _Rows:
    return [
        (
            field_words(name),
            "\n".join(
                f"{each.value} — {view.names.get(each.officer, each.officer)}, "
                f"{moment(datetime.fromisoformat(each.at))}"
                for each in values
            ),
        )
        for name, values in view.state.conflicts.items()
    ]


def _happened(line: Happened) -> str:
    """As the control slip tells it: what and why, by whom, from hand to hand, in time or not."""
    what = f"{line.what} «{line.about}»" if line.about else line.what
    what = f"{what}: {line.reason}" if line.reason else what
    if not line.giver:
        return f"{what} · {line.officer}"
    way = f"{line.giver} → {line.receiver}"
    return f"{what}\n" + " · ".join(part for part in (line.officer, way, line.in_time) if part)
