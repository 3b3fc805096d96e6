"""Between here and the centre: both sides' counts, a line for each thing that waits, and the way by stick."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import Part
from mobile_reception.desk.bundles import read_words
from mobile_reception.desk.dossiers import words_for
from mobile_reception.ui import sticks
from mobile_reception.ui.dossier_list import COLOURS, table_of
from mobile_reception.ui.fields import heading, quiet, sentence
from mobile_reception.ui.flow import Flow
from mobile_reception.ui.look import set_look
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.table import Column, ListModel, Surroundings, fit_columns
from mobile_reception.words import clock_time, moment, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mobile_reception.desk.backups import About
    from mobile_reception.desk.bundles import Read, Written
    from mobile_reception.desk.standing import Line, Standing
    from mobile_reception.desk.values import Outcome
    from mobile_reception.ui.road import Road

_ROW: Final = 38
_PARTS: Final = frozenset({Part.ROAD, Part.DOSSIERS, Part.SESSION})
_CLOSE: Final = 60  # seconds that two clocks may differ without a word


class RoadPage(Page):
    """Green only while the centre has said that both sides agree. ``opened`` is given a dossier to show."""

    name = "road"

    def __init__(self, around: Surroundings, opened: Callable[[str], None], road: Road) -> None:
        super().__init__()
        self._around = around
        self._opened = opened
        self.road = road
        self.found: Standing | None = None
        self.state = QLabel()
        set_look(self.state, look="large")
        self.state.setWordWrap(True)
        self.state.setAccessibleName(text("Tình hình gửi"))
        self.advice = quiet("")
        self.advice.setWordWrap(True)
        self.figures = {name: QLabel("–") for name in ("here", "centre", "waiting")}
        self.contact = quiet("")
        self.contact.setWordWrap(True)
        self.model: ListModel[Line] = ListModel(_columns())
        self.list = table_of(self.model, text("Đang chờ và cần biết"), row=_ROW, pills=(2,))
        self.list.selectionModel().selectionChanged.connect(lambda _now, _before: self._show_chosen())
        self.list.activated.connect(lambda _index: self.open_chosen())
        self.none = quiet("")
        self._room = QWidget()  # in place of a list that is not there: else the cards grow
        self.detail = QLabel()
        self.detail.setWordWrap(True)
        self.detail.setTextFormat(Qt.TextFormat.PlainText)
        self.detail.setMinimumHeight(66)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.detail.setAccessibleName(text("Lý do và việc cần làm"))
        self._lay_out()

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 14, 20, 12)
        lines.setSpacing(10)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._words_card(), 1)
        top.addWidget(self._figures_card())
        lines.addLayout(top)
        lines.addWidget(heading(text("Đang chờ và cần biết")))
        lines.addWidget(self.none)
        lines.addWidget(self.list, 1)
        lines.addWidget(self.detail)
        lines.addWidget(self._room, 1)
        foot = Flow()
        for act in ("leave_road", "copy_out", "back_up", "read_in", "open_waiting", "seen"):
            button = self._around.actions.button(act)
            if act == "copy_out":
                set_look(button, look="main")
            foot.addWidget(button)
        lines.addLayout(foot)

    def _words_card(self) -> QFrame:
        card = QFrame()
        set_look(card, look="card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(4)
        inside.addWidget(self.state)
        inside.addWidget(self.advice)
        inside.addStretch()
        inside.addWidget(self.contact)
        return card

    def _figures_card(self) -> QFrame:
        card = QFrame()
        set_look(card, look="card")
        inside = QGridLayout(card)
        inside.setContentsMargins(16, 10, 16, 10)
        inside.setHorizontalSpacing(26)
        inside.setVerticalSpacing(0)
        titles = (
            ("here", text("Trên máy này")),
            ("centre", text("Trung tâm đã ký nhận")),
            ("waiting", text("Còn chờ")),
        )
        self.facts: dict[str, QLabel] = {}
        self._of_centre: list[QLabel] = []
        for place, (name, title) in enumerate(titles):
            figure, below, above = self.figures[name], quiet(""), quiet(title)
            set_look(figure, look="figure")
            figure.setAccessibleName(title)
            self.facts[name] = below
            inside.addWidget(above, 0, place)
            inside.addWidget(figure, 1, place)
            inside.addWidget(below, 2, place)
            if name != "here":
                self._of_centre += [above, figure, below]
        return card

    # --- showing --------------------------------------------------------------------------------------------

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "copy_out": self.copy_out,
            "back_up": self.back_up,
            "read_in": self.read_in,
            "open_waiting": self.open_chosen,
            "seen": self.seen,
        }

    def shown(self) -> None:
        """The page has come to the front."""
        self.list.setFocus()
        self._read()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read anew if one of ``parts`` is shown here and anybody looks."""
        if parts & _PARTS and self.isVisible():
            self._read()

    def _read(self) -> None:
        self._around.background.desk(self._around.desk.standing, self.show_standing, newest="standing")

    def show_standing(self, found: Standing) -> None:
        """Show how it stands."""
        chosen = self._chosen()
        self.found = found
        self.model.show(found.lines)
        fit_columns(self.list, self.model.columns)
        if found.lines:
            self.list.selectRow(found.lines.index(chosen) if chosen in found.lines else 0)
        self.none.setText(_nothing(found))
        self.none.setVisible(not found.lines or len(found.lines) < found.waiting)
        self.list.setVisible(bool(found.lines))
        self._room.setVisible(not found.lines)
        self.figures["here"].setText(str(found.dossiers))
        self.facts["here"].setText(text("hồ sơ · {count} việc", count=found.facts))
        for part in self._of_centre:
            part.setVisible(found.enrolled)
        self.figures["centre"].setText(str(found.dossiers_acknowledged))
        self.facts["centre"].setText(text("hồ sơ · {count} việc", count=found.acknowledged))
        self.figures["waiting"].setText(str(found.dossiers - found.dossiers_acknowledged))
        waiting = text("hồ sơ · {count} việc", count=found.facts - found.acknowledged)
        if found.files_waiting:
            waiting += text(" · {count} tệp", count=found.files_waiting)
        self.facts["waiting"].setText(waiting)
        for act in ("copy_out", "read_in"):
            self._around.actions.allow(act, found.enrolled)
        self.show_road()
        self._show_chosen()

    def show_road(self) -> None:
        """Show what the road is doing, and how it went last."""
        found, on_it = self.found, self.road
        if found is None:
            return
        report: Any = on_it.last
        good = (
            report is not None
            and report.agree
            and report.reason is None
            and found.facts == found.acknowledged
        )
        tone, state, advice = _said(found, sending=on_it.sending, good=good)
        set_look(self.state, tone=tone)
        self.state.setText(state)
        self.advice.setText(advice)
        next_try = None if on_it.sending else on_it.next_try
        self.contact.setText(_contact(found, next_try))

    def _chosen(self) -> Line | None:
        return self.model.row(self.list.currentIndex().row())

    def _show_chosen(self) -> None:
        line = self._chosen()
        self._around.actions.allow("open_waiting", line is not None and line.dossier is not None)
        self._around.actions.allow("seen", line is not None and line.told is not None)
        self.detail.setVisible(line is not None)
        if line is not None:
            self.detail.setText(
                f"{line.why}\n{text('Việc cần làm')}: {line.todo}\n{text('Ai làm')}: {line.who}"
            )

    # --- doing ----------------------------------------------------------------------------------------------

    def open_chosen(self) -> None:
        """Show the dossier of the chosen line."""
        line = self._chosen()
        if line is not None and line.dossier is not None:
            self._opened(line.dossier)

    def seen(self) -> None:
        """The chosen news has been read."""
        line = self._chosen()
        if line is None or line.told is None:
            return
        told = line.told
        self._around.background.desk(
            lambda: self._around.desk.heed(told), lambda done: self._around.changed(done.changed)
        )

    def copy_out(self) -> None:
        """Seal what is unsent into a file on a stick."""
        name = text("ho-so-{at}", at=f"{self._around.now():%Y%m%d-%H%M}")
        sticks.ask_new_file(self, text("Chép tất cả ra USB"), f"{name}.bundle", "bundle", self.write_to)

    def write_to(self, file: Path) -> None:
        """Write the bundle into ``file``."""
        self._around.say(text("Đang chép ra USB, đừng rút ra…"), "wait")
        self._around.background.wire(
            lambda: self._around.desk.write_bundle(file), self._on_written, self._around.background.failed
        )

    def _on_written(self, written: Written) -> None:
        told = {"facts": written.facts, "file": written.file.name}
        words = (
            text("Đã chép toàn bộ nhật ký ({facts} việc) vào «{file}». Rút USB được rồi.", **told)
            if written.everything
            else text("Đã chép {facts} việc chưa gửi vào «{file}». Rút USB, đưa về trung tâm.", **told)
        )
        self._around.say(words, "good")

    def read_in(self) -> None:
        """Carry another laptop's bundle, or take the centre's answer."""
        sticks.ask_file(self, text("Đọc gói từ USB"), ("bundle", "answer"), self.read_from)

    def read_from(self, file: Path) -> None:
        """Read ``file``, whatever it is."""
        self._around.background.wire(lambda: self._around.desk.read_bundle(file), self._on_read)

    def _on_read(self, read: Outcome[Read]) -> None:
        self._around.say(read_words(read.value), "good" if read.value.kind != "own" else "info")
        self._around.changed(read.changed)

    def back_up(self) -> None:
        """Back up to the second medium: the one known if it is there, else one that is asked for."""
        last = self.found.second_backup if self.found is not None else None
        if last is not None and last.folder.is_dir():
            self.back_up_to(last.folder)
        else:
            sticks.ask_folder(self, text("Sao lưu vào thư mục nào trên USB?"), self.back_up_to)

    def back_up_to(self, folder: Path) -> None:
        """Back up into ``folder``, now and by itself from now on."""
        self._around.say(text("Đang sao lưu, đừng rút USB…"), "wait")
        self._around.background.wire(lambda: self._around.desk.back_up(folder), self._on_backed_up)

    def _on_backed_up(self, made: Outcome[About]) -> None:
        self._around.say(
            text(
                "Đã sao lưu {count} hồ sơ ra «{folder}». Máy sẽ tự sao lưu vào đó mỗi giờ khi USB có mặt.",
                count=made.value.dossiers,
                folder=made.value.file.parent,
            ),
            "good",
        )
        self._around.changed(made.changed)


def _said(found: Standing, *, sending: bool, good: bool) -> tuple[str, str, str]:
    """Tone, state and advice."""
    unsent, open_questions = found.facts - found.acknowledged, found.held + found.conflicts
    if not found.enrolled:
        state = text("Máy này dùng riêng, chưa nối trung tâm.")
        return "calm", state, text("Hồ sơ nằm trên máy này; hãy sao lưu ra USB mỗi ngày.")
    if sending:
        return "calm", text("Đang gửi…"), text("Cắt ngang cũng không mất và không trùng.")
    if good and open_questions:
        tone = "act" if found.conflicts else "calm"
        return tone, text("Trung tâm đã có đủ; {count} việc cần xem bên dưới.", count=open_questions), ""
    if good:
        return "good", text("Hai bên khớp: trung tâm đã có đủ hồ sơ của máy này."), ""
    if found.trouble is not None:
        tone = "calm" if found.trouble.alone else "act"
        who = text("Ai làm: {who}.", who=found.trouble.who)
        return tone, found.trouble.what, f"{found.trouble.todo} {who}"
    state = text("Trung tâm đã ký nhận mọi việc của máy này.")
    advice = text("F5 để đối chiếu lại ngay.")
    if found.files_waiting and not unsent:
        state = text("Hồ sơ đã đến đủ; còn {count} tệp đính kèm chưa gửi.", count=found.files_waiting)
    if unsent:
        state = text("Còn {count} việc chưa gửi.", count=unsent)
        advice = text("Máy tự gửi khi có mạng; F5 để gửi ngay, F9 để chép ra USB.")
    return "calm", state, advice


def _contact(found: Standing, next_try: datetime | None) -> str:
    parts = []
    if found.enrolled:
        parts.append(
            text("Liên lạc lần cuối {at}", at=moment(found.last_contact))
            if found.last_contact
            else text("Chưa liên lạc trung tâm lần nào")
        )
        offset = found.clock_offset_s
        if offset is not None:
            parts.append(
                text("đồng hồ khớp trung tâm")
                if abs(offset) <= _CLOSE
                else text("đồng hồ máy này nhanh {count} giây", count=offset)
                if offset > 0
                else text("đồng hồ máy này chậm {count} giây", count=-offset)
            )
        if next_try is not None:
            parts.append(text("thử lại lúc {time}", time=clock_time(next_try)))
        if found.carried:
            parts.append(text("đang mang giúp {count} gói của máy khác", count=found.carried))
    last = found.second_backup
    parts.append(
        text("sao lưu ra USB {at}", at=moment(last.at)) if last else text("chưa sao lưu ra USB lần nào")
    )
    return sentence(" · ".join(parts))


def _nothing(found: Standing) -> str:
    if found.lines:
        return text("Và {count} việc nữa đang chờ gửi.", count=found.waiting - len(found.lines))
    return text("Không có gì đang chờ.")


def _columns() -> tuple[Column[Line], ...]:
    return (
        Column(text("Hồ sơ, phiên"), lambda one: one.about, 250),
        Column(text("Việc"), lambda one: one.what),
        Column(
            text("Đang ở đâu"),
            lambda one: words_for(one.place),
            164,
            colours=lambda one: COLOURS[one.place],
        ),
        Column(text("Từ lúc"), lambda one: moment(one.since) if one.since else "", 130),
        Column(text("Lý do"), lambda one: one.why),
    )
