"""A receipt's way to paper: the record first, then the sheet, then whether it came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRectF, QSizeF, Signal
from PySide6.QtGui import QImage, QPageSize, QPainter

from mobile_reception.desk import PrintJob
from mobile_reception.ui.background import Background
from mobile_reception.ui.pages import rendered
from mobile_reception.words import text

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from mobile_reception.desk.table import Desk

_MOST_DOTS: Final = 600
"""Beyond this a laser printer shows no difference, and a page would take a hundred megabytes."""

Finder = Callable[[str], "QPrinter | None"]


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
    """Prints for ``desk``, one sheet after another.

    A sheet that did not come out keeps its job: asked for again, it is the same sheet, not a second one.
    ``printed`` and ``failed`` carry the job, ``failed`` also the reason in a sentence. ``kept`` carries it
    where there is no printer: its PDF is in the job. The ``paper_`` signals tell the same of papers that are
    no receipts, by their title.
    """

    printed = Signal(object)
    kept = Signal(object)
    failed = Signal(object, str)
    paper_printed = Signal(str)
    paper_kept = Signal(str, bytes)
    paper_failed = Signal(str)
    rested = Signal()

    def __init__(self, desk: Desk, background: Background, find: Finder = find_printer) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._find = find
        self._under_way: set[str] = set()
        self._unprinted: dict[str, PrintJob] = {}

    @property
    def busy(self) -> bool:
        """True while a sheet is being made or printed."""
        return bool(self._under_way)

    def print_receipt(self, dossier: str) -> None:
        """Print the receipt of ``dossier`` (its id); asking again meanwhile changes nothing."""
        if dossier in self._under_way:
            return
        self._under_way.add(dossier)
        held = self._unprinted.get(dossier)

        def prepare() -> tuple[PrintJob, str]:
            paper = self._desk.setting("paper", "A4")
            if held is None:
                job = self._desk.print_job(dossier, paper).value
            else:
                job = held if held.pdf else self._desk.print_again(held.id)
            return job, self._desk.setting("printer", "")

        def not_prepared(error: Exception) -> None:
            self._rest(dossier)
            self._background.failed(error)

        self._background.desk(prepare, lambda made: self._choose(*made), not_prepared)

    def take_up(self, jobs: Sequence[PrintJob]) -> None:
        """Print again, as the same jobs, what an earlier run could not."""
        for job in jobs:
            self._unprinted.setdefault(job.dossier, job)
            self.print_receipt(job.dossier)

    def print_paper(self, title: str, make: Callable[[], bytes]) -> None:
        """Print a paper that is no receipt; ``make`` gives its PDF, on the desk's lane."""
        if title in self._under_way:
            return
        self._under_way.add(title)

        def not_made(error: Exception) -> None:
            self._rest(title)
            self._background.failed(error)

        def made(found: tuple[bytes, str]) -> None:
            pdf, name = found
            printer = self._find(name)
            if printer is None:
                self._rest(title)
                self.paper_kept.emit(title, pdf)
                return
            dots = min(printer.resolution(), _MOST_DOTS)
            self._background.desk(lambda: rendered(pdf, dots), lambda pages: paint(printer, pages), not_made)

        def paint(printer: QPrinter, pages: tuple[QImage, ...]) -> None:
            printer.setDocName(title)
            printer.setPageSize(_paper(pages))
            printer.setFullPage(True)
            done = _painted(printer, pages)
            self._rest(title)
            (self.paper_printed if done else self.paper_failed).emit(title)

        self._background.desk(lambda: (make(), self._desk.setting("printer", "")), made, not_made)

    def keep(self, pdf: bytes, file: Path) -> None:
        """Write ``pdf`` to ``file``, on the desk's lane."""
        self._background.desk(lambda: file.write_bytes(pdf))

    def _choose(self, job: PrintJob, name: str) -> None:
        printer = self._find(name)
        if printer is None:
            self._note_failed(job, "no printer")
            self._rest(job.dossier)
            self.kept.emit(job)
            return
        dots = min(printer.resolution(), _MOST_DOTS)

        def not_rendered(error: Exception) -> None:
            self._note_failed(job, type(error).__name__)
            self._rest(job.dossier)
            self._background.failed(error)

        self._background.desk(
            lambda: rendered(job.pdf, dots), lambda pages: self._paint(job, printer, pages), not_rendered
        )

    def _paint(self, job: PrintJob, printer: QPrinter, pages: tuple[QImage, ...]) -> None:
        printer.setDocName(job.code)
        printer.setPageSize(_paper(pages))
        printer.setFullPage(True)
        if _painted(printer, pages):
            self._unprinted.pop(job.dossier, None)
            self._background.desk(lambda: self._desk.print_done(job.id))
            self._rest(job.dossier)
            self.printed.emit(job)
        else:
            self._note_failed(job, "printer refused")
            self._rest(job.dossier)
            self.failed.emit(
                job, text("Máy in không nhận. Hồ sơ đã ghi nhận; kiểm tra giấy, mực, dây cáp rồi in lại.")
            )

    def _note_failed(self, job: PrintJob, reason: str) -> None:
        self._unprinted[job.dossier] = job
        self._background.desk(lambda: self._desk.print_failed(job.id, reason))

    def _rest(self, dossier: str) -> None:
        self._under_way.discard(dossier)
        if not self._under_way:
            self.rested.emit()


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
