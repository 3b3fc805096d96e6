"""A receipt's way to paper: the record first, then the sheet, then whether it came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from PySide6.QtCore import QObject, QRectF, QSizeF, QTimer, Signal
from PySide6.QtGui import QImage, QPageSize, QPainter

from mobile_reception.desk import PrintJob
from mobile_reception.ui import spooler
from mobile_reception.ui.background import Background
from mobile_reception.ui.pages import rendered
from mobile_reception.ui.spooler import Fate, Told
from mobile_reception.words import text

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from mobile_reception.desk.table import Desk

_MOST_DOTS: Final = 300
"""In greys, so that letters are as sharp as the printer; twice as many dots would take four times the memory
and a second of an old laptop.
"""

Finder = Callable[[str], "QPrinter | None"]
RECEIPT: Final = "receipt"
PAPER: Final = "paper"

_LOOK_AGAIN_MS: Final = 1500
_PATIENCE: Final = 6
"""So many looks at a queue, and the officer hears that a sheet is still there."""

_MOST_LISTED: Final = 200


class Way(StrEnum):
    """How far a sheet has come."""

    MAKING = "making"
    SENT = "sent"
    PRINTED = "printed"
    FAILED = "failed"
    KEPT = "kept"  # there is no printer


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet asked for: ``key`` is its dossier's id for a receipt, else its title."""

    key: str
    title: str
    asked_at: datetime
    way: Way = Way.MAKING
    reason: str = ""
    job: PrintJob | None = None
    make: Callable[[], bytes] | None = None
    name: str = ""
    """What the print queue knows it by; the same for every attempt of one job."""
    queue: str = ""
    pdf: bytes = field(repr=False, default=b"")


def find_printer(name: str) -> QPrinter | None:
    """The printer called ``name``, else the system's own choice; None where there is none."""
    try:
        from PySide6.QtPrintSupport import QPrinter, QPrinterInfo
    except ImportError:  # the system's printing library is not installed
        return None
    info = QPrinterInfo.printerInfo(name) if name else QPrinterInfo()
    if info.isNull():
        info = QPrinterInfo.defaultPrinter()
    if info.isNull() and (every := QPrinterInfo.availablePrinters()):
        info = every[0]
    return None if info.isNull() else QPrinter(info, QPrinter.PrinterMode.HighResolution)


class Printing(QObject):
    """Prints for ``desk``, one sheet after another; a printer that hangs holds up nothing else.

    A sheet that did not come out keeps its job: asked for again, it is the same sheet. One that still lies in
    a queue, or has come out of it meanwhile, is never sent a second time. The signals carry the Sheet:
    ``sent`` when the system has taken it, ``printed`` when it is out (where the system does not tell, at
    once), ``kept`` where there is no printer, ``stuck`` when it has lain in its queue for long, ``failed``.
    ``listed``: something in `sheets` has changed.
    """

    sent = Signal(object)
    printed = Signal(object)
    kept = Signal(object)
    stuck = Signal(object)
    failed = Signal(object)
    listed = Signal()
    rested = Signal()

    def __init__(
        self, desk: Desk, background: Background, now: Callable[[], datetime], find: Finder = find_printer
    ) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._now = now
        self._find = find
        self._sheets: dict[str, Sheet] = {}
        self._looks: dict[str, int] = {}
        self._under_way: set[str] = set()
        self._look = QTimer(self, singleShot=True, interval=_LOOK_AGAIN_MS)
        self._look.timeout.connect(self._look_again)

    @property
    def busy(self) -> bool:
        """True while a sheet is being made or handed to the system."""
        return bool(self._under_way)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """What was asked for since the start, and what an earlier run left unfinished; the newest first."""
        return tuple(reversed(self._sheets.values()))

    def print_receipt(self, dossier: str) -> None:
        """Print the receipt of ``dossier`` (its id); asking again meanwhile changes nothing."""
        held = self._sheets.get(dossier)
        self._begin(held if held is not None else Sheet(dossier, "", self._now()))

    def print_paper(self, title: str, make: Callable[[], bytes]) -> None:
        """Print a paper that is no receipt; ``make`` gives its PDF, on the desk's lane."""
        held = self._sheets.get(title)
        if held is not None and held.way is not Way.PRINTED:
            self._begin(replace(held, make=make))
        else:
            self._begin(Sheet(title, title, self._now(), make=make, name=f"{title} {uuid4().hex[:8]}"))

    def print_again(self, key: str) -> None:
        """Try a sheet of the list once more: the same sheet, unless it has come out."""
        sheet = self._sheets.get(key)
        if sheet is not None:
            self._begin(sheet)

    def take_back(self, key: str) -> None:
        """Take a sheet off the queue where it lies; it can be printed again."""
        sheet = self._sheets.get(key)
        if sheet is None or sheet.way is not Way.SENT:
            return

        def taken(gone: bool) -> None:
            if gone and self._sheets[key].way is Way.SENT:
                self._fail(self._sheets[key], text("Đã lấy khỏi hàng chờ của máy in."), quiet=True)

        self._background.printer(lambda: spooler.take_back(sheet.name), taken)

    def take_up(self, jobs: Sequence[PrintJob], then: Callable[[tuple[PrintJob, ...]], None]) -> None:
        """List what an earlier run could not finish; ``then`` hears of those that did not come out since."""
        names = {job.dossier: _name(job) for job in jobs}

        def asked(told: dict[str, Told]) -> None:
            left = []
            for job in jobs:
                sheet = Sheet(
                    job.dossier, _title(job), self._now(), Way.FAILED, job=job, name=names[job.dossier]
                )
                self._put(sheet)
                fate = told[job.dossier]
                if fate.fate in (Fate.QUEUED, Fate.PRINTED):
                    self._hear(replace(sheet, way=Way.SENT), fate)
                else:
                    left.append(job)
            then(tuple(left))

        self._background.printer(lambda: {key: spooler.ask(name) for key, name in names.items()}, asked)

    def keep(self, pdf: bytes, file: Path) -> None:
        """Write ``pdf`` to ``file``, on the desk's lane."""
        self._background.desk(lambda: file.write_bytes(pdf))

    # --- one sheet's way ------------------------------------------------------------------------------------

    def _begin(self, sheet: Sheet) -> None:
        if sheet.key in self._under_way:
            return
        self._under_way.add(sheet.key)
        before = sheet.way
        if before in (Way.PRINTED, Way.KEPT) or not sheet.name:
            self._make(sheet)
            return

        def told(found: Told) -> None:
            # What this system does not tell was handed over: printing it once more would be twice.
            if found.fate is Fate.PRINTED or (found.fate is Fate.UNTOLD and before is Way.SENT):
                self._hear(replace(sheet, way=Way.SENT), Told(Fate.PRINTED, found.queue))
                self._rest(sheet.key)
            elif found.fate is Fate.QUEUED:
                self._move_or_wait(replace(sheet, way=Way.SENT), found)
            else:
                self._make(sheet)

        self._background.printer(
            lambda: spooler.ask(sheet.name), told, lambda error: self._give_up(sheet, error)
        )

    def _move_or_wait(self, sheet: Sheet, found: Told) -> None:
        """A sheet that lies in a queue: it stays there, unless another printer has been chosen since."""

        def wanted(name: str) -> None:
            if not name or name == found.queue:
                self._hear(sheet, found)
                self.stuck.emit(self._sheets[sheet.key])
                self._rest(sheet.key)
                return
            self._background.printer(
                lambda: spooler.take_back(sheet.name),
                lambda gone: self._make(sheet) if gone else self._hear_and_rest(sheet, found),
                lambda error: self._give_up(sheet, error),
            )

        self._background.desk(lambda: self._printer_for(sheet), wanted)

    def _make(self, sheet: Sheet) -> None:
        self._put(replace(sheet, way=Way.MAKING, reason=""))

        def prepare() -> tuple[Sheet, str]:
            return self._prepared(sheet), self._printer_for(sheet)

        self._background.desk(
            prepare, lambda made: self._choose(*made), lambda error: self._give_up(sheet, error)
        )

    def _prepared(self, sheet: Sheet) -> Sheet:
        """The sheet with its PDF; a receipt's job is on record before. Blocks."""
        if sheet.make is not None:
            return replace(sheet, pdf=sheet.make())
        job = sheet.job
        if job is None or sheet.way is Way.PRINTED:
            paper = self._desk.setting("paper", "A4")
            job = self._desk.print_job(sheet.key, paper).value
        else:
            job = self._desk.print_again(job.id)
        return replace(sheet, title=_title(job), job=replace(job, pdf=b""), name=_name(job), pdf=job.pdf)

    def _printer_for(self, sheet: Sheet) -> str:
        kind = PAPER if sheet.make is not None else RECEIPT
        return self._desk.setting(f"printer_{kind}", "") or self._desk.setting("printer", "")

    def _choose(self, sheet: Sheet, name: str) -> None:
        printer = self._find(name)
        if printer is None:
            self._note(sheet, "failed", "no printer")
            self._put(replace(sheet, way=Way.KEPT, reason=text("Chưa có máy in.")))
            self._rest(sheet.key)
            self.kept.emit(self._sheets[sheet.key])
            return
        dots = min(printer.resolution(), _MOST_DOTS)

        def hand_over(pages: tuple[QImage, ...]) -> None:
            self._background.printer(
                lambda: _handed_over(printer, sheet.name, pages),
                lambda told: self._handed(sheet, told),
                lambda error: self._give_up(sheet, error),
            )

        self._background.desk(
            lambda: rendered(sheet.pdf, dots), hand_over, lambda error: self._give_up(sheet, error)
        )

    def _handed(self, sheet: Sheet, told: Told) -> None:
        sheet = replace(sheet, way=Way.SENT, queue=told.queue, pdf=b"")
        if told.fate in (Fate.MISSING, Fate.LOST):
            self._hear(sheet, told)
        else:
            self._note(sheet, "sent")
            self._put(sheet)
            self.sent.emit(sheet)
            self._hear(sheet, told if told.fate is not Fate.UNTOLD else Told(Fate.PRINTED))
        self._rest(sheet.key)

    def _hear_and_rest(self, sheet: Sheet, told: Told) -> None:
        self._hear(sheet, told)
        self._rest(sheet.key)

    def _hear(self, sheet: Sheet, told: Told) -> None:
        """What its queue says of a sheet that was handed over."""
        if told.fate is Fate.QUEUED:
            self._put(replace(sheet, way=Way.SENT, queue=told.queue))
            self._look.start()
        elif told.fate is Fate.PRINTED:
            self._note(sheet, "printed")
            self._put(replace(sheet, way=Way.PRINTED, queue=told.queue, reason=""))
            self.printed.emit(self._sheets[sheet.key])
        else:
            self._fail(sheet, text("Máy in không nhận: kiểm tra giấy, mực, dây cáp rồi in lại."))

    def _look_again(self) -> None:
        waiting = [sheet for sheet in self._sheets.values() if sheet.way is Way.SENT]

        def told(fates: dict[str, Told]) -> None:
            for key, found in fates.items():
                sheet = self._sheets[key]
                if sheet.way is not Way.SENT or key in self._under_way:
                    continue
                self._looks[key] = self._looks.get(key, 0) + 1
                if found.fate is Fate.UNTOLD:
                    self._look.start()  # the print server does not answer just now
                    continue
                self._hear(sheet, found)
                if found.fate is Fate.QUEUED and self._looks[key] == _PATIENCE:
                    self.stuck.emit(self._sheets[key])

        if waiting:
            names = {sheet.key: sheet.name for sheet in waiting}
            self._background.printer(lambda: {key: spooler.ask(name) for key, name in names.items()}, told)

    def _fail(self, sheet: Sheet, reason: str, *, quiet: bool = False) -> None:
        self._note(sheet, "failed", "printer refused")
        self._put(replace(sheet, way=Way.FAILED, reason=reason))
        if not quiet:
            self.failed.emit(self._sheets[sheet.key])

    def _give_up(self, sheet: Sheet, error: Exception) -> None:
        self._note(sheet, "failed", type(error).__name__)
        self._put(replace(sheet, way=Way.FAILED, reason=text("Chưa in được.")))
        self._rest(sheet.key)
        self._background.failed(error)

    def _note(self, sheet: Sheet, state: str, reason: str = "") -> None:
        """What became of a receipt's job, on record."""
        job, desk = sheet.job, self._desk
        if job is None:
            return
        if state == "printed":
            self._background.desk(lambda: desk.print_done(job.id))
        elif state == "sent":
            self._background.desk(lambda: desk.print_sent(job.id))
        else:
            self._background.desk(lambda: desk.print_failed(job.id, reason))

    def _put(self, sheet: Sheet) -> None:
        if sheet.key in self._sheets and sheet.way is Way.MAKING:
            del self._sheets[sheet.key]  # asked for anew: to the front of the list
        self._sheets[sheet.key] = sheet
        if sheet.way is not Way.SENT:
            self._looks.pop(sheet.key, None)
        done = [key for key, one in self._sheets.items() if one.way is Way.PRINTED]
        for key in done[: max(0, len(self._sheets) - _MOST_LISTED)]:
            del self._sheets[key]
        self.listed.emit()

    def _rest(self, key: str) -> None:
        self._under_way.discard(key)
        if not self._under_way:
            self.rested.emit()


def _title(job: PrintJob) -> str:
    words = text("Phiếu {code}", code=job.code)
    return f"{words} · {text('bản in lại {count}', count=job.reprint)}" if job.reprint else words


def _name(job: PrintJob) -> str:
    return f"{job.code} {job.id[-8:]}"


def _handed_over(printer: QPrinter, name: str, pages: tuple[QImage, ...]) -> Told:
    """Give ``pages`` to the system; what it says of them at once. Blocks."""
    printer.setDocName(name)
    printer.setPageSize(_paper(pages))
    printer.setFullPage(True)
    if not _painted(printer, pages):
        return Told(Fate.LOST)
    # Qt is content with a queue that has been deleted or takes nothing: whether the sheet is there is asked.
    native = printer.outputFormat() == printer.OutputFormat.NativeFormat
    return spooler.ask(name) if native else Told(Fate.UNTOLD)


def _paper(pages: tuple[QImage, ...]) -> QPageSize:
    inch = 0.0254
    size = QSizeF(
        pages[0].width() / (pages[0].dotsPerMeterX() * inch),
        pages[0].height() / (pages[0].dotsPerMeterY() * inch),
    )
    return QPageSize(size, QPageSize.Unit.Inch, "", QPageSize.SizeMatchPolicy.FuzzyMatch)


def _painted(printer: QPrinter, pages: tuple[QImage, ...]) -> bool:
    painter = QPainter()
    if not painter.begin(printer):
        return False
    for number, page in enumerate(pages):
        if number and not printer.newPage():
            painter.end()
            return False
        inches = (
            page.width() / (page.dotsPerMeterX() * 0.0254),
            page.height() / (page.dotsPerMeterY() * 0.0254),
        )
        dots = printer.resolution()
        painter.drawImage(QRectF(0, 0, inches[0] * dots, inches[1] * dots), page)
    return painter.end()
