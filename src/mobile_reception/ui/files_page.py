"""Files of one dossier or form: what is attached, what the scanner has just made, how each looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
)

from mobile_reception.desk import (
    Attached,
    CannotWrite,
    Damaged,
    FileLine,
    FilePlace,
    NotFound,
    Outcome,
    Part,
    Place,
    ScanFile,
    Unacceptable,
)
from mobile_reception.desk.dossiers import file_trouble, file_words
from mobile_reception.ui import sticks
from mobile_reception.ui.dossier_list import COLOURS, table_of
from mobile_reception.ui.fields import Choice, Row, heading, problem_label, quiet
from mobile_reception.ui.files_of import FilesOf, OfDossier, OfForm, Pile
from mobile_reception.ui.look import set_look
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.pages import pictured
from mobile_reception.ui.receipt_view import ReceiptView
from mobile_reception.ui.table import Column, ListModel, Surroundings, fit_columns
from mobile_reception.words import clock_time, file_size, text

_ROW: Final = 42
_LOOK_MS: Final = 3000
_FRESH: Final = ("#fdf0d2", "#6d4a00")
_PLACES: Final = {
    FilePlace.HERE: Place.HERE,
    FilePlace.CENTRE: Place.CENTRE,
    FilePlace.REFUSED: Place.NEEDS_YOU,
    FilePlace.ELSEWHERE: Place.HERE,
}
_Line = FileLine | ScanFile


class FilesPage(Page):
    """Enter attaches what was just scanned; what is chosen is shown beside it; Esc goes back."""

    name = "files"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._of: FilesOf | None = None
        self._files: tuple[FileLine, ...] = ()
        self._scans: tuple[ScanFile, ...] = ()
        self._previewed: str | None = None
        self._wrong = ""
        self.title, self.count = heading(""), quiet()
        self.model: ListModel[_Line] = ListModel(_columns())
        self.list = table_of(self.model, text("Tệp đính kèm"), row=_ROW)
        self.list.selectionModel().selectionChanged.connect(lambda _now, _before: self._show_chosen())
        self.list.doubleClicked.connect(lambda _index: self.attach())
        self.list.installEventFilter(self)
        self.none = quiet()
        self.paper = Choice()
        self.paper_row = Row(text("Là bản của"), self.paper)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(text("ví dụ: nhầm người; Enter để gỡ, Esc để thôi"))
        self.reason.installEventFilter(self)
        self.reason_row = Row(text("Lý do gỡ tệp"), self.reason)
        self.problem = problem_label()
        self.shown_name = quiet()
        self.view = ReceiptView()
        self.view.setAccessibleName(text("Xem tệp"))
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look)
        self._lay_out()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(10)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.count)
        self.count.setWordWrap(False)
        left.addLayout(top)
        left.addWidget(self.none)
        left.addWidget(self.list, 1)
        left.addWidget(self.problem)
        left.addWidget(self.paper_row)
        left.addWidget(self.reason_row)
        for acts in (("attach", "choose_file"), ("take_off", "scan_folder", "leave_files")):
            foot = QHBoxLayout()
            foot.setSpacing(8)
            for act in acts:
                button = self._around.actions.button(act)
                set_look(button, look="main" if act == "attach" else "small")
                foot.addWidget(button)
            foot.addStretch()
            left.addLayout(foot)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.shown_name)
        right.addWidget(self.view, 1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(20, 14, 20, 12)
        columns.setSpacing(16)
        columns.addLayout(left, 58)
        columns.addLayout(right, 42)

    # --- showing --------------------------------------------------------------------------------------------

    def open(self, dossier: str) -> None:
        """Show the files of a dossier, by its id."""
        self._open(OfDossier(self._around.desk, dossier))

    def open_form(self, draft: str, typed: Mapping[str, Any]) -> None:
        """Show the files of an unfinished form, by its draft and as it stands."""
        self._open(OfForm(self._around.desk, draft, typed))

    def _open(self, of: FilesOf) -> None:
        if self._of is None or of.key != self._of.key:
            self._files, self._scans = (), ()
            self._previewed = None
            self.model.show(())
            self.view.show_pages(())
        self._of = of
        self._ask_reason(asking=False)
        self._read()

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "attach": self.attach,
            "choose_file": self.choose_file,
            "take_off": self.take_off,
            "scan_folder": self.scan_folder,
        }

    def shown(self) -> None:
        """The page has come to the front."""
        self.list.setFocus()
        self._looking.start(_LOOK_MS)
        self._look()

    def hideEvent(self, event: object) -> None:
        self._looking.stop()  # nobody looks: the scanner's folder is left alone
        super().hideEvent(event)  # type: ignore[arg-type]

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read anew if one of ``parts`` is shown here and anybody looks."""
        if parts & {Part.DOSSIERS, Part.DRAFTS, Part.ROAD} and self.isVisible():
            self._read()

    def _read(self) -> None:
        if self._of is not None:
            self._around.background.desk(self._of.read, self.show_pile, newest="files")

    def show_pile(self, pile: Pile) -> None:
        """Show ``pile`` as the files of what is open."""
        self.title.setText(pile.title)
        self._files = pile.files
        self.count.setText(pile.count)
        kept = self.paper.currentData()
        self.paper.offer((("", text("không ghi")), *((each, each) for each in pile.papers)))
        self.paper.setCurrentIndex(max(0, self.paper.findData(kept)))
        self._show_lines()

    def _look(self) -> None:
        desk = self._around.desk
        self._around.background.desk(desk.new_scans, self.show_scans, self._on_no_scans, newest="scans")

    def show_scans(self, found: tuple[ScanFile, ...]) -> None:
        """Show what the scanner has made; what it has made just now is chosen, for Enter to attach."""
        if found != self._scans:
            known = {_key(each) for each in self._scans}
            self._scans = found
            self._show_lines()
            fresh = next((at for at, each in enumerate(found) if _key(each) not in known), None)
            if fresh is not None and not self.reason_row.isVisibleTo(self):
                self.list.selectRow(fresh)
        self._say_none()

    def _on_no_scans(self, error: Exception) -> None:
        self._scans = ()
        self._show_lines()
        self.none.setText(str(error) if isinstance(error, NotFound) else "")
        self.none.setVisible(isinstance(error, NotFound))
        if not isinstance(error, NotFound):
            self._around.background.failed(error)

    def _show_lines(self) -> None:
        chosen = self._chosen()
        lines: tuple[_Line, ...] = (*self._scans, *self._files)
        self.model.show(lines)
        fit_columns(self.list, self.model.columns)
        here = next((at for at, each in enumerate(lines) if _same(each, chosen)), 0)
        if lines:
            self.list.selectRow(here)
        self._say_none()
        self._show_chosen()

    def _say_none(self) -> None:
        self.none.setText(
            text("Chưa có tệp nào. Quét giấy tờ vào thư mục máy quét (F7 để đặt), hoặc F6 để chọn tệp.")
        )
        self.none.setVisible(not self._files and not self._scans)

    def _chosen(self) -> _Line | None:
        return self.model.row(self.list.currentIndex().row())

    def _show_chosen(self) -> None:
        line, asking = self._chosen(), self.reason_row.isVisibleTo(self)
        allow = self._around.actions.allow
        allow("attach", isinstance(line, ScanFile) and not asking)
        allow("take_off", isinstance(line, FileLine) and not asking)
        self._say_problem(line)
        self._preview(line)

    def _preview(self, line: _Line | None) -> None:
        key = None if line is None else _key(line)
        if key == self._previewed:
            return
        self._previewed = key
        self.shown_name.setText("" if line is None else line.name)
        self.view.show_pages(())
        of = self._of
        if line is None or of is None:
            return
        if isinstance(line, FileLine) and not line.here:
            self.shown_name.setText(text("«{name}» không nằm trên máy này.", name=line.name))
            return

        def look() -> tuple[QImage, ...]:
            if isinstance(line, ScanFile):
                return pictured(line.path.read_bytes(), line.type)
            return pictured(of.content(line.sha256), line.type)

        def failed(error: Exception) -> None:
            unreadable = isinstance(error, ValueError | OSError | Damaged | NotFound)
            self.shown_name.setText(text("Không xem được «{name}».", name=line.name))
            if not unreadable:
                self._around.background.failed(error)

        self._around.background.desk(look, self.view.show_pages, failed, newest="file-preview")

    # --- doing ----------------------------------------------------------------------------------------------

    def attach(self) -> None:
        """Attach the scan that is chosen."""
        line = self._chosen()
        if isinstance(line, ScanFile):
            self.attach_from(line.path)

    def choose_file(self) -> None:
        """Ask for a file to attach."""
        kinds = ("pdf", "jpg", "jpeg", "png")
        sticks.ask_file(
            self, text("Chọn tệp để đính kèm"), kinds, self.attach_from, text("Giấy tờ quét, ảnh")
        )

    def attach_from(self, file: Path) -> None:
        """Attach ``file``; what is wrong with it is said under the list."""
        of, paper = self._of, str(self.paper.currentData() or "")
        if of is None:
            return
        self._complain("")

        def failed(error: Exception) -> None:
            if isinstance(error, Unacceptable | CannotWrite):
                self._complain(str(error))
            else:
                self._around.background.failed(error)

        self._around.background.desk(lambda: of.attach(file, paper), self._on_attached, failed)

    def _on_attached(self, outcome: Outcome[Attached]) -> None:
        kept = outcome.value
        if kept.already:
            self._complain(
                text("«{name}» đã đính kèm hồ sơ này từ trước; không thêm lần nữa.", name=kept.name)
            )
            return
        said = text("Đã đính kèm «{name}» ({size}).", name=kept.name, size=file_size(kept.size))
        self._around.say(said, "good")
        self._look()
        self._around.changed(outcome.changed)

    def take_off(self) -> None:
        """Ask why the chosen file is taken off; of a form it goes at once."""
        line = self._chosen()
        if not isinstance(line, FileLine) or self._of is None:
            return
        if self._of.asks_why:
            self._ask_reason(asking=True)
            self.reason.setFocus()
        else:
            self._take_off(line, "")

    def _ask_reason(self, *, asking: bool) -> None:
        self.reason.clear()
        self.reason_row.say("")
        self.reason_row.setVisible(asking)
        self.paper_row.setVisible(not asking)
        self._complain("")
        self._show_chosen()
        if not asking:
            self.list.setFocus()

    def _confirm(self) -> None:
        line, said = self._chosen(), self.reason.text().strip()
        if not said:
            self.reason_row.say(text("Cần lý do."))
        elif isinstance(line, FileLine):
            self._take_off(line, said)

    def _take_off(self, line: FileLine, reason: str) -> None:
        of = self._of
        if of is None:
            return

        def done(outcome: Outcome[Any]) -> None:
            self._ask_reason(asking=False)
            told = text("Đã gỡ tệp khỏi hồ sơ; lịch sử vẫn ghi.")
            gone = text("Đã gỡ «{name}» khỏi hồ sơ đang ghi.", name=line.name)
            self._around.say(told if of.asks_why else gone, "good")
            self._look()
            self._around.changed(outcome.changed)

        def failed(error: Exception) -> None:
            if isinstance(error, Unacceptable):
                self.reason_row.say(str(error))
            else:
                self._around.background.failed(error)

        self._around.background.desk(lambda: of.take_off(line.sha256, reason), done, failed)

    def leave(self, back: Callable[[], None]) -> None:
        """One step back: from the reason to the list, from the list to where the officer was."""
        if self.reason_row.isVisibleTo(self):
            self._ask_reason(asking=False)
        else:
            back()

    def scan_folder(self) -> None:
        """Ask into which folder the scanner writes."""
        sticks.ask_folder(self, text("Máy quét ghi vào thư mục nào?"), self.watch)

    def watch(self, folder: Path) -> None:
        """From now on offer what the scanner writes into ``folder``."""
        desk = self._around.desk
        self._around.background.desk(
            lambda: desk.keep_setting("scan_folder", str(folder)), lambda _kept: self._look()
        )

    def _complain(self, sentence: str) -> None:
        self._wrong = sentence
        self._say_problem(self._chosen())

    def _say_problem(self, line: _Line | None) -> None:
        """What was wrong with the last file, else why the chosen one does not go."""
        said = self._wrong
        if not said and isinstance(line, FileLine) and line.why is not None:
            said = text("Trung tâm chưa nhận tệp này: {why}.", why=file_trouble(line.why))
        self.problem.setText(said)
        self.problem.setVisible(bool(said))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.modifiers() & _CONTROL:
            return False
        if watched is self.reason:
            self._confirm()
        else:
            self.attach()
        return True


_CONTROL: Final = Qt.KeyboardModifier.ControlModifier


def _key(line: _Line) -> str:
    return f"{line.path}\n{line.made_at}\n{line.size}" if isinstance(line, ScanFile) else line.sha256


def _same(line: _Line, other: _Line | None) -> bool:
    return other is not None and _key(line) == _key(other)


def _place(line: _Line) -> str:
    return text("Mới quét") if isinstance(line, ScanFile) else file_words(line)


def _colours(line: _Line) -> tuple[str, str]:
    return _FRESH if isinstance(line, ScanFile) else COLOURS[_PLACES[line.place]]


def _about(line: _Line) -> str:
    if isinstance(line, ScanFile):
        return text("lúc {time} · Enter để đính kèm", time=clock_time(line.made_at))
    return line.paper or ""


def _size(line: _Line) -> str:
    pages = line.pages if isinstance(line, FileLine) else None
    said = file_size(line.size)
    return said if pages is None or pages == 1 else text("{count} trang, {size}", count=pages, size=said)


def _columns() -> tuple[Column[_Line], ...]:
    return (
        Column(text("Tệp"), lambda one: one.name),
        Column(text("Là bản của"), _about),
        Column(text("Cỡ"), _size, 90, right=True),
        Column(text("Đang ở đâu"), _place, 170, colours=_colours),
    )
