"""A picture of every screen, made of a real Desk without a display; the Desk is the same afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from mobile_reception import words
from mobile_reception.desk import FileLine, FilePlace, Part, Received, ScanFile
from mobile_reception.ui.background import Background
from mobile_reception.ui.citizen_view import Told
from mobile_reception.ui.fields import put
from mobile_reception.ui.files_of import pile_of
from mobile_reception.ui.look import dress, low
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.pages import pictured
from mobile_reception.ui.pictures_of_results import SIGNATURE, made_up_results
from mobile_reception.ui.pictures_of_road import made_up_standing
from mobile_reception.ui.printing import Sheet, Way
from mobile_reception.ui.recovery_form import RecoveryForm
from mobile_reception.ui.result_panel import BACK, GIVE
from mobile_reception.ui.table import fit_columns
from mobile_reception.ui.unlock import UnlockWindow
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

SIZE: Final = (1366, 768)
_CALM_ROUNDS: Final = 8
_SOON_MS: Final = 400
_LONGEST: Final = 20.0
_DRAFT: Final = "picture"
_WEDNESDAY: Final = date(2026, 11, 18)
_FORM: Final[dict[str, Any]] = {
    "submitter.personal_id": "087190001234",
    "submitter.id_kind": "cccd",
    "submitter.full_name": "Nguyễn Thị Diệu",
    "submitter.birth_date": "02/05/1990",
    "submitter.sex": "female",
    "submitter.phone": "0912345678",
    "submitter.address": "Ấp 1, phường Thường Lạc, tỉnh Đồng Tháp",
    "procedure": "2.000815",
    "papers": [{"on": "1", "name": "Bằng tốt nghiệp THPT", "originals": "1", "pages": "2"}],
    "copies": "3",
    "delivery.way": "hamlet",
}


def save_screens(
    desk: Desk,
    folder: Path,
    language: str,
    now: Callable[[], datetime] | None = None,
    size: tuple[int, int] = SIZE,
) -> list[Path]:
    """Save a PNG of every screen into ``folder``, named ``<place>-<screen>-<language>.png``; their paths.

    Works without a display. The drafts that it shows are its own and are gone afterwards; no fact is written.
    ``now`` is the desk's clock; left out, it stands still where the newest session was opened.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["mobile-reception"])
    if not isinstance(app, QApplication):
        raise TypeError("an application without windows runs already")
    before = words.language()
    words.use(language)
    dress(app)
    folder.mkdir(parents=True, exist_ok=True)
    if now is None:
        held = desk.sessions()
        stood = held[0].opened_at if held else datetime.now(words.VIETNAM)
        now = lambda: stood  # noqa: E731
    failures: list[Exception] = []
    background = Background(failures.append)
    window = MainWindow(desk, background, folder, now, idle_seconds=0)
    background.failed = failures.append
    window.resize(*size)
    album = _Album(app, background, window, folder, language)
    try:
        window.show()
        _unlock(desk, album)
        _session(desk, album)
        _reception(desk, album)
        _dossiers(desk, album)
        _files(desk, album)
        _results(album)
        _prints(desk, album)
        _evening(desk, album)
        _road(desk, album)
        _officers(album)
        _help(album)
    finally:
        desk.drop_draft(_DRAFT)
        background.stop()
        window.hide()
        _end(window)
        words.use(before)
    if failures:
        raise failures[0]
    return album.saved


def _end(window: QWidget) -> None:
    """Free a window now: without an event loop nobody else does, and the next one is dressed with it."""
    held = window.findChildren(QObject)  # until it is gone: see `fields.discard`
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    held.clear()


class _Album:
    """Waits until a screen stands still, then keeps its picture."""

    def __init__(
        self, app: QApplication, background: Background, window: MainWindow, folder: Path, language: str
    ) -> None:
        self.app = app
        self.background = background
        self.window = window
        self.folder = folder
        self.language = language
        self.saved: list[Path] = []

    def settle(self) -> None:
        """Let timers and lanes finish."""
        started, calm = monotonic(), 0
        while calm < _CALM_ROUNDS:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            soon = (timer.isActive() and timer.interval() < _SOON_MS for timer in self._timers())
            calm = calm + 1 if self.background.at_rest and not any(soon) else 0
            sleep(0.005)
            if monotonic() - started > _LONGEST:
                raise TimeoutError("the window does not come to rest")

    def _timers(self) -> list[QTimer]:
        return self.window.findChildren(QTimer)

    def keep(self, name: str, widget: QWidget | None = None) -> None:
        """Save how ``widget`` (the window) looks once it stands still."""
        self.settle()
        file = self.folder / f"{len(self.saved) + 1:02d}-{name}-{self.language}.png"
        if not (widget or self.window).grab().save(str(file)):
            raise OSError(f"cannot write {file}")
        self.saved.append(file)


def _unlock(desk: Desk, album: _Album) -> None:
    unlock = UnlockWindow(desk.me.login, small=low(album.window.height()))
    unlock.know((desk.me.login,), desk.practice)
    unlock.show()
    album.keep("unlock", unlock)
    unlock.hold(278)
    album.keep("unlock-wait", unlock)
    form = RecoveryForm(desk.me.login)
    form.code.setText("12345-67890-123")
    form.code.textEdited.emit("12345-67890-123")
    unlock.show_instead(form)
    album.keep("unlock-recovery", unlock)
    unlock.close()
    _end(unlock)


def _session(desk: Desk, album: _Album) -> None:
    page = album.window.session
    album.window.turn_to("session")
    album.settle()
    current, every = desk.current_session(), desk.sessions()
    page.show_session(None)
    album.keep("session-closed")
    session = current or (replace(every[0], closed_at=None) if every else None)
    if session is not None:
        page.show_session(session)
        album.keep("session-open")
    page.show_session(current)


def _reception(desk: Desk, album: _Album) -> None:
    page = album.window.reception
    album.window.activateWindow()
    album.window.turn_to("reception")
    album.keep("reception-empty")
    page.form.put_raw({"submitter.personal_id": "0871", "submitter.birth_date": "31/02/1990"})
    page.form.ask_everything()
    page.form.edited.emit()
    album.keep("reception-problems")
    page.form.clear()
    desk.save_draft(_DRAFT, _FORM)
    page.refresh(frozenset({Part.DRAFTS}))
    album.keep("reception-draft")
    found = next(line for line in desk.procedures("2.000815") if line.code == "2.000815")
    page.form.put_raw(_FORM)
    page.form.set_procedure(found, desk.procedure(found.code), held=_FORM)
    desk.drop_draft(_DRAFT)
    page.refresh(frozenset({Part.DRAFTS}))
    album.keep("reception-filled")
    page.form.procedure.set_line(None)
    page.form.procedure.field.setFocus()
    page.form.procedure.field.setText("khai sinh")
    page.form.procedure.field.textEdited.emit("khai sinh")
    album.keep("reception-procedures")
    page.form.clear()
    page.flush()
    _waiting(desk, album)
    newest = desk.find("", 1)
    if newest:
        line, state = newest[0], desk.dossier(newest[0].id).state
        due = datetime.fromisoformat(state.due or state.received_at or "")
        received = Received(line.id, line.code, due, line.come_back, line.fee)
        page.show_received(received, line.name, f"{line.procedure}   {line.procedure_name}")
        album.keep("reception-receipt")
        _citizen(desk, album)
        album.window.asking.show()
        album.window.asking.ask()
        album.keep("asking")
        album.window.asking.levels[-1].click()
        album.keep("asking-reason")
        album.window.asking.close_strip()
        page.next_citizen()


def _waiting(desk: Desk, album: _Album) -> None:
    """Citizens on hold as tabs, and somebody who came before."""
    page = album.window.reception
    for number, name in enumerate(("Nguyễn Thị Diệu", "Trần Văn Ắn")):
        key = f"{_DRAFT}{number}"
        desk.save_draft(key, {**_FORM, "submitter.full_name": name})
        page.park(key)
    page.refresh(frozenset({Part.DRAFTS}))
    page.form.named["submitter.full_name"].setFocus()
    newest = desk.find("", 1)
    page.met.look(newest[0].name if newest else "")
    album.keep("reception-held")
    page.met.forget()
    for number in range(2):
        desk.drop_draft(f"{_DRAFT}{number}")
    page.refresh(frozenset({Part.DRAFTS}))


def _citizen(desk: Desk, album: _Album) -> None:
    album.window.second.toggle()
    album.settle()
    view = album.window.second.view
    if view is not None:
        view.tell(
            Told(
                "Nguyễn Thị Diệu",
                desk.procedure("2.000815").title(),
                ("Bằng tốt nghiệp THPT", "Giấy khai sinh"),
                words.money(12_000),
                f"{words.weekday(_WEDNESDAY)} {words.day(_WEDNESDAY)}",
                "H20.12.3-261118-5000",
            )
        )
        album.keep("citizen", view)
        view.ask()
        album.keep("citizen-rating", view)
        view.rating.levels[-1].click()
        album.keep("citizen-reason", view)
        view.rating.thank()
        album.keep("citizen-thanks", view)
    album.window.second.close()


def _results(album: _Album) -> None:
    page = album.window.results
    album.window.turn_to("results")
    album.settle()
    made_up = made_up_results()
    page.show_results(made_up, made_up)
    album.keep("results")
    page.list.selectRow(2)
    page.ask(GIVE)
    page.panel.relation.setCurrentText("con")
    page.panel.name.setText("Huỳnh Thị Út")
    page.panel.authorisation.setText("số 12/2026, UBND phường Thường Lạc")
    put(page.panel.signed, "screen")
    page.panel.pad.draw(SIGNATURE)
    album.keep("result-hand-over")
    page.leave()
    page.ask(BACK)
    put(page.panel.then, "post")
    album.keep("result-back")
    page.leave()
    page.refresh(frozenset({Part.DOSSIERS}))
    album.window.turn_to("ready")
    album.keep("ready")


def _prints(desk: Desk, album: _Album) -> None:
    """Sheets in every state; none of them is asked for."""
    page = album.window.prints
    album.window.turn_to("prints")
    said = text("Máy in không nhận: kiểm tra giấy, mực, dây cáp rồi in lại.")
    ways = (
        (Way.SENT, "", "HP-LaserJet-P1102"),
        (Way.FAILED, said, ""),
        (Way.PRINTED, "", "HP-LaserJet-P1102"),
    )
    page.model.show(
        [
            Sheet(line.id, text("Phiếu {code}", code=line.code), line.received_at, way, reason, queue=queue)
            for line, (way, reason, queue) in zip(desk.find("", len(ways)), ways, strict=False)
        ]
    )
    fit_columns(page.list, page.model.columns)
    page.none.hide()
    page.list.selectRow(0)
    album.keep("prints")


def _files(desk: Desk, album: _Album) -> None:
    """The files of a dossier in every state, a scan that was just made, and one of them shown."""
    newest = desk.find("", 1)
    if not newest:
        return
    page = album.window.files
    page.open(newest[0].id)
    album.window.turn_to("files")
    album.settle()
    view = desk.dossier(newest[0].id)
    at, officer = view.state.received_at or "", desk.me.login
    kept = (
        ("Bằng tốt nghiệp.pdf", "application/pdf", 412_000, 2, FilePlace.CENTRE),
        ("Căn cước mặt trước.jpg", "image/jpeg", 287_000, 1, FilePlace.HERE),
        ("Đơn đề nghị.pdf", "application/pdf", 96_000, 1, FilePlace.HERE),
    )
    made_up = tuple(
        FileLine(f"{n}" * 64, name, kind, size, pages, "Bằng tốt nghiệp THPT", officer, at, place, here=False)
        for n, (name, kind, size, pages, place) in enumerate(kept)
    )
    made_at = datetime.fromisoformat(at) + timedelta(minutes=4)
    page.show_pile(pile_of(replace(view, files=made_up)))
    page.show_scans((ScanFile(Path("Scan_0007.pdf"), "Scan_0007.pdf", "application/pdf", 301_000, made_at),))
    page.list.selectRow(1)
    album.settle()
    page.shown_name.setText("Bằng tốt nghiệp.pdf")
    page.view.show_pages(pictured(desk.receipt(view.state.subject), "application/pdf"))
    album.keep("files")
    page.show_scans(())


def _road(desk: Desk, album: _Album) -> None:
    """The way to the centre with something of every kind; nothing is sent or asked."""
    page = album.window.road_page
    album.window.turn_to("road")
    album.settle()
    page.show_standing(made_up_standing(desk))
    album.keep("road")


def _officers(album: _Album) -> None:
    page = album.window.officers
    album.window.turn_to("officers")
    page.login.setText("thuy")
    page.full_name.setText("Trần Thị Bích Thủy")
    page.first.setText("một câu dài")
    page.again.setText("một câu khác")
    page.add()
    album.keep("officers")
    page.forget()


def _evening(desk: Desk, album: _Album) -> None:
    """The close with the box half counted, the summary and what is behind a figure, the review; no fact."""
    window = album.window
    if not desk.sessions():
        return
    found = desk.closing()
    opened = replace(found.summary.session, closed_at=None)
    window.turn_to("closing")
    album.settle()
    page = window.evening.closing
    page.show_closing(replace(found, summary=replace(found.summary, session=opened), cash=None))
    for note, count in ((50_000, "1"), (10_000, "2"), (2_000, "3")):
        page.cash.counts[note].setText(count)
    window.evening.incidents.ask(None)
    album.keep("closing")
    window.evening.incidents.close_strip()
    page.cash.clear()
    page.show_closing(found)
    album.keep("closed")
    window.evening.show_summary()
    album.keep("summary")
    summary = window.evening.summary
    figures = [one for _, _, some in desk.summary_page(None).sections for one in some if one.behind]
    if figures:
        summary.look_behind(figures[0])
        album.keep("summary-behind")
        summary.back()
    window.turn_to("review")
    album.keep("review")
    review = window.evening.review
    review.choose(0)
    album.keep("review-session")
    review.begin_return()
    album.keep("review-return")
    review.back()
    review.back()
    review.compare()
    album.keep("review-compare")
    review.back()


def _help(album: _Album) -> None:
    album.window.turn_to("help")
    album.keep("help")
    album.window.turn_to("session")


def _dossiers(desk: Desk, album: _Album) -> None:
    page = album.window.dossiers
    album.window.turn_to("dossiers")
    album.keep("dossiers")
    page.search.setText("nguyen")
    album.keep("dossiers-search")
    page.search.clear()
    album.settle()
    newest = desk.find("", 1)
    if newest:
        page.open(newest[0].id)
        album.keep("dossier")
        for act in ("supplement", "amend"):
            page.begin(act)()
            page.confirm()
            album.keep(f"dossier-{act}")
            page.back()
        page.back()
        page.mark()
        page.joint_receipt()
        album.keep("dossiers-joint")
        page.back()
