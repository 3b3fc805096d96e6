"""The window of an unlocked laptop: header, message bar, pages, status line; how it locks and closes."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.desk import Failure, Part, Status
from mobile_reception.ui import road
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.asking import AskingStrip
from mobile_reception.ui.background import Background
from mobile_reception.ui.camera import Camera
from mobile_reception.ui.dossiers_page import DossiersPage
from mobile_reception.ui.evening import Evening
from mobile_reception.ui.files_page import FilesPage
from mobile_reception.ui.help_page import HelpPage
from mobile_reception.ui.idle import IdleWatch
from mobile_reception.ui.launcher import LOCKED
from mobile_reception.ui.leaving import Leaving
from mobile_reception.ui.look import fit, fit_part, narrow, set_look
from mobile_reception.ui.message_bar import MessageBar, Tone
from mobile_reception.ui.officers_page import OfficersPage
from mobile_reception.ui.page_stack import Asked, Page, Pages
from mobile_reception.ui.print_news import PrintNews
from mobile_reception.ui.printing import Finder, Printing, find_printer
from mobile_reception.ui.prints_page import PrintsPage
from mobile_reception.ui.ready_page import ReadyPage
from mobile_reception.ui.reception_page import ReceptionPage
from mobile_reception.ui.results_page import ResultsPage
from mobile_reception.ui.road_page import RoadPage
from mobile_reception.ui.safekeeping import Safekeeping
from mobile_reception.ui.scanner import ScanWatch
from mobile_reception.ui.second_screen import SecondScreen
from mobile_reception.ui.session_page import SessionPage
from mobile_reception.ui.settings_menu import IDLE_SECONDS, add_settings
from mobile_reception.ui.status_line import StatusLine
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_EVERYTHING: Final = frozenset(Part)
_ROOM_FOR_NAME: Final = 1240
SIZE: Final = (1366, 768)
_ASIDE: Final = ("help", "ready", "files", "prints", "road", "officers", "closing", "summary")
"""Pages that one looks at for a moment: Esc goes back to the page before."""
_LEFT: Final = ("help", "ready", "prints", "road", "officers")
_TURNED_TO: Final = ("session", "reception", "dossiers", "results", *_LEFT)
"""Pages that an act of their name brings to the front, and those that another leaves again."""
_FIRST: Final = (
    SessionPage,
    ReceptionPage,
    DossiersPage,
    FilesPage,
    ResultsPage,
    ReadyPage,
    PrintsPage,
    OfficersPage,
)
"""Pages that need nothing but their surroundings."""
_PAUSE_S: Final = 1.0
_BETWEEN_S: Final = 0.15


class MainWindow(QWidget):
    """`left` carries the status that the process has to end with, once nothing is under way any more.

    ``idle_seconds`` 0 never locks by itself. ``find`` finds the printer. It is dressed for ``size``.
    """

    left = Signal(int)
    session, reception, dossiers = Asked(SessionPage), Asked(ReceptionPage), Asked(DossiersPage)
    files, results, ready = Asked(FilesPage), Asked(ResultsPage), Asked(ReadyPage)
    prints, road_page, officers = Asked(PrintsPage), Asked(RoadPage), Asked(OfficersPage)

    def __init__(
        self,
        desk: Desk,
        background: Background,
        folder: Path,
        now: Callable[[], datetime],
        *,
        idle_seconds: int = IDLE_SECONDS,
        find: Finder = find_printer,
        size: tuple[int, int] = SIZE,
    ) -> None:
        super().__init__()
        self.desk = desk
        self.background = background
        self._folder = folder
        self._now = now
        self._status: Status | None = None
        self._asked_to_send = False
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(text("Tiếp nhận hồ sơ lưu động"))
        background.failed = self._on_failure
        self.actions_ = Actions(self)
        self.printing = Printing(desk, background, now, find)
        self.message = MessageBar()
        self.print_news = PrintNews(self)
        self.status = StatusLine()
        around = Surroundings(
            desk, background, self.actions_, self.printing, self.message.say, self.changed, now
        )
        self.road = road.Road(desk, background, now)
        self.stack = Pages(self._on_made)
        self.stack.offer({kind: partial(kind, around) for kind in _FIRST})
        self.stack.offer({RoadPage: lambda: RoadPage(around, self._show_dossier, self.road)})
        self._before = "session"
        self.evening = Evening(
            around, self.stack, self.turn_to, lambda: self.turn_to(self._before), self._show_dossier
        )
        self.stack.offer({HelpPage: partial(HelpPage, around)})
        self.second = SecondScreen(self, desk, background, self.reception)
        self.asking = AskingStrip(around)
        self.camera = Camera(self, background, self.message.say)
        self.camera.scanned.connect(self._on_scanned)
        self.safekeeping = Safekeeping(desk, background)
        self.actions_.do(self._doing(), self.stack.do)
        self._lay_out()
        self._listen()
        self.resize(*size)
        fit(self, small=narrow(self.width()))
        self._idle = self._watch_idle(idle_seconds)
        self.safekeeping.untouched = self._idle.untouched
        self.scans = ScanWatch(self)
        self.scans.scanned.connect(self._on_scanned)
        self.scans.pictured.connect(self.camera.take)
        self.turn_to("session")
        self.changed(_EVERYTHING)
        background.desk(lambda: (tuple(desk.notices), desk.unfinished_prints()), self.print_news.on_notices)

    def start_road(self) -> None:
        """Begin to back up by itself and, on a laptop that has a centre, to talk to it."""
        self.safekeeping.start()

        def known(enrolled: bool) -> None:
            if enrolled and not self.leaving.begun:
                self.road.start()

        self.background.desk(lambda: self.desk.enrolled, known)

    def prepare(self) -> None:
        """Make the pages that nobody has asked for yet, one after another, while nobody does anything."""
        if self.leaving.begun or not self.stack.unmade:
            return
        pause = _PAUSE_S - self._idle.untouched()
        if pause <= 0:
            self.stack.page(self.stack.unmade[0])
            pause = _BETWEEN_S
        QTimer.singleShot(int(pause * 1000), self, self.prepare)

    def changed(self, parts: frozenset[Part]) -> None:
        """Tell every page which parts are new."""
        if not parts or self.leaving.over:
            return
        for page in self.stack.made:
            page.refresh(parts)
        self.evening.hear(parts)
        self.background.desk(self._read_status, self._on_status, newest="status")

    def turn_to(self, name: str) -> None:
        """Bring a page to the front, by its name."""
        here = self.stack.front
        if name in _ASIDE and here not in _ASIDE:
            self._before = here
        page = self.stack.named(name)
        self.stack.setCurrentWidget(page)
        self.stack.updateGeometry()
        self.actions_.turn_to(name)
        for turn, button in self.turns.items():
            button.setChecked(turn == name)
        page.shown()

    def lock(self) -> None:
        """Keep what is typed, then end this process: the launcher starts a fresh one."""
        self._leave(LOCKED)

    # --- making ---------------------------------------------------------------------------------------------

    def _doing(self) -> dict[str, Callable[[], None]]:
        return {
            **{name: partial(self.turn_to, name) for name in _TURNED_TO},
            **{f"leave_{name}": lambda: self.turn_to(self._before) for name in _LEFT},
            "files": self._open_files,
            "leave_files": lambda: self.files.leave(lambda: self.turn_to(self._before)),
            "citizen": self.second.toggle,
            "rate": self._ask_for_the_citizen,
            "heed": self.message.heed,
            "hush": self.message.hush,
            "send": self._send,
            "open_session": self.session.open_session,
            **self.evening.doing(),
            "save": self.reception.save,
            "print": self.reception.print_receipt,
            "next": self.reception.next_citizen,
            "same": self.reception.same_citizen,
            "again": self.reception.same_procedure,
            "known": self.reception.met.take,
            "address": self.reception.copy_address,
            "undo": self.reception.undo,
            "drop": self.reception.drop,
            "alike": self._show_alike,
            "scan": self.camera.toggle,
            "picture": self.camera.choose,
            "find": self.dossiers.look_for,
            "reprint": self.dossiers.reprint,
            "back": self.dossiers.back,
            "mark": self.dossiers.mark,
            "joint": self.dossiers.joint_receipt,
            "paper": self.dossiers.next_paper,
            "confirm": self.dossiers.confirm,
            **{name: self.dossiers.begin(name) for name in self.dossiers.act_names},
            "lock": self.lock,
            "quit": lambda: self._leave(0),
        }

    def _lay_out(self) -> None:
        working = QWidget()
        lines = QVBoxLayout(working)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._header())
        lines.addWidget(self.message)
        lines.addWidget(self.camera)
        lines.addWidget(self.asking)
        lines.addWidget(self.evening.incidents)
        lines.addWidget(self.stack, 1)
        lines.addWidget(self.status)
        self.leaving = Leaving(working, self.background, self.reception.keeper, self._busy, self.desk.close)
        self.cover, self.layers = self.leaving.cover, self.leaving.layers
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        # The screen says how large the window is, what is in it how that room is used.
        outside.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        outside.addWidget(self.layers)
        self.setMinimumSize(880, 420)

    def _header(self) -> QFrame:
        header = QFrame()
        header.setObjectName("header")
        line = QHBoxLayout(header)
        line.setContentsMargins(8, 5, 8, 5)
        line.setSpacing(2)
        self.turns: dict[str, QPushButton] = {}
        for name in self.stack.names:
            if name in _ASIDE and name != "help":
                continue
            short = {"help": "?", "results": text("Kết quả"), "review": text("Xét duyệt")}.get(name, "")
            button = self.actions_.button(name, words=short)
            button.setAccessibleName(self.actions_.words(name))
            if name == "help":
                button.setText("?")  # F1 is help everywhere
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.turns[name] = button
            line.addWidget(button)
        line.addStretch(1)
        self.mark = QLabel(text("Thực hành"))
        set_look(self.mark, look="practice")
        self.mark.setVisible(self.desk.practice)
        line.addWidget(self.mark)
        self.unit = QLabel()
        self.unit.setContentsMargins(10, 0, 10, 0)
        self.unit.hide()  # until it is known that there is room
        line.addWidget(self.unit)
        line.addStretch(1)
        more = QPushButton(text("Thêm  ·  Alt+M"))
        more.setAccessibleName(text("Tất cả việc có thể làm"))
        more.setShortcut("Alt+M")
        menu = self.actions_.menu(more)
        menu.addSeparator()
        add_settings(menu, self.desk, self.background, self._folder, self.lock)
        more.setMenu(menu)
        send = self.actions_.button("send", words=text("Gửi"))
        lock = self.actions_.button("lock")
        lock.setText(text("Khóa"))  # a deputy director's window has one page more, and no room for the key
        send.setAccessibleName(self.actions_.words("send"))
        for button in (send, lock, more):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            line.addWidget(button)
        return header

    def _listen(self) -> None:
        self.second.rated.connect(self.changed)
        self.asking.answered.connect(self.second.answered)
        self.session.with_results.connect(lambda: self.turn_to("results"))
        self.road.began.connect(self._show_road)
        self.road.ended.connect(self._on_road_ended)
        self.safekeeping.made.connect(self.changed)
        self.status.asked.connect(lambda: self.turn_to("road"))
        self.safekeeping.failed.connect(lambda said: self.message.say(said, "wait"))
        self.printing.rested.connect(self.leaving.go_when_at_rest)
        self.leaving.went.connect(self.left.emit)

    def _watch_idle(self, seconds: int) -> IdleWatch:
        app = QGuiApplication.instance()
        if not isinstance(app, QGuiApplication):
            raise TypeError("no application with windows")
        watch = IdleWatch(app, seconds)
        watch.setParent(self)  # it hears every window of the program, and ends with this one
        watch.idle.connect(self.lock)
        return watch

    # --- hearing --------------------------------------------------------------------------------------------

    def _on_made(self, page: Page) -> None:
        """A page has been asked for: it gets the room of the window, and reads what there is."""
        if isinstance(page, DossiersPage | ResultsPage):
            page.told.connect(self.second.tell)
        if isinstance(page, ResultsPage):
            page.come.connect(lambda: self.turn_to("results"))
        if self.property("room") is None:
            return  # still among the first, which all get both together
        fit_part(self, page)
        page.refresh(_EVERYTHING)

    def _read_status(self) -> tuple[Status, str, bool]:
        return self.desk.status(), self.desk.unit_name, self.desk.may_review()

    def _on_status(self, read: tuple[Status, str, bool]) -> None:
        self._status, unit, reviews = read
        self.turns["review"].setVisible(reviews)
        self.unit.setText(unit)
        self.setWindowTitle(text("Tiếp nhận hồ sơ lưu động · {unit}", unit=unit))
        self.status.show_status(self._status)
        self.actions_.allow("send", self._status.enrolled)
        self._show_road()

    def _show_dossier(self, key: str) -> None:
        self.turn_to("dossiers")
        self.dossiers.open(key)

    def _show_road(self) -> None:
        if "road" in (page.name for page in self.stack.made):
            self.road_page.show_road()
        if self._status is not None:
            self.status.show_road(self._status, self.road, self._now())

    def _on_road_ended(self, outcome: Any) -> None:
        if outcome is not None:
            if self._asked_to_send or road.needs_somebody(outcome.value):
                tone: Tone = "good" if outcome.value.agree and outcome.value.reason is None else "wait"
                if road.needs_somebody(outcome.value):
                    tone = "act"
                look = (text("Xem tình hình gửi"), lambda: self.turn_to("road"))
                said = road.said(outcome.value, self.road.next_try)
                self.message.say(said, tone, look if tone == "act" else None)
            self.changed(outcome.changed)
        self._asked_to_send = False
        self._show_road()

    def _ask_for_the_citizen(self) -> None:
        dossier = self.second.dossier if self.stack.front == "results" else self._in_front()
        self.asking.ask_about(dossier, self.focusWidget())

    def _in_front(self) -> str | None:
        """The dossier that is in front: the one just received, or the one opened."""
        received = self.reception.received
        if self.stack.front == "dossiers":
            return self.dossiers.opened
        return received.id if received else None

    def _open_files(self) -> None:
        dossier = self._in_front()
        if dossier is None and self.stack.front == "reception":
            if not self.reception.saving:
                self.files.open_form(*self.reception.at_hand())
                self.turn_to("files")
            return
        if dossier is None:
            self.message.say(text("Mở một hồ sơ trước, rồi bấm Ctrl+K để xem và thêm tệp."))
            return
        self.files.open(dossier)
        self.turn_to("files")

    def _send(self) -> None:
        self._asked_to_send = True
        self.road.send(asked=True)

    def _on_scanned(self, scanned: str) -> None:
        """A card belongs to the form or to a result's receiver; a receipt or a code opens what it names."""
        if "|" not in scanned:
            self.results.open_scanned(scanned, lambda: self._open_scanned(scanned))
        elif self.stack.front == "results":
            self.results.take_scan(scanned)
        else:
            self.turn_to("reception")
            self.reception.take_scan(scanned)

    def _open_scanned(self, scanned: str) -> None:
        self.turn_to("dossiers")
        self.dossiers.open_scanned(scanned)

    def _show_alike(self) -> None:
        """The dossier that the form may be once more; the form waits as it is."""
        alike = self.reception.reckoning.alike
        if alike:
            self.reception.flush()
            self.turn_to("dossiers")
            self.dossiers.open(alike[0].id)

    def _on_failure(self, error: Exception) -> None:
        """The last to hear of a failure: its sentence where it has one, else an apology with a number."""
        if isinstance(error, Failure) and error.tone != "fault":
            self.message.say(str(error), "act" if error.tone == "fix" else "wait")
            return
        number = f"{self._now():%d%m-%H%M%S}"
        # The frames only: what an exception says may be a citizen's data, and a log is not encrypted.
        frames = "".join(traceback.format_tb(error.__traceback__))
        logging.getLogger(__name__).error("fault %s: %s\n%s", number, type(error).__name__, frames)
        sentence = str(error) if isinstance(error, Failure) else text("Chương trình gặp lỗi.")
        self.message.say(
            text(
                "{sentence} Những gì đã ghi vẫn an toàn; báo quản trị viên mã lỗi {number}.",
                sentence=sentence,
                number=number,
            ),
            "act",
        )

    def _busy(self) -> bool:
        return self.background.on_wire or self.printing.busy

    # --- leaving --------------------------------------------------------------------------------------------

    def _leave(self, status: int) -> None:
        if not self.leaving.begin(status):
            return
        self._idle.stop()
        self.road.stop()
        self.safekeeping.stop()
        self.scans.flush()
        self.second.close()
        self.camera.stop()
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self.reception.flush()
        self.actions_.end()
        self.leaving.go()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.unit.setVisible(event.size().width() >= _ROOM_FOR_NAME)
        fit(self, small=narrow(event.size().width()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.leaving.over:
            event.ignore()
            self._leave(0)
