"""What the officer hears of sheets on their way to paper, and what can be done about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from mobile_reception.desk import Part, PrintJob
from mobile_reception.ui.fields import discard
from mobile_reception.ui.printing import Sheet
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.ui.main_window import MainWindow

_NAMED = 3


class PrintNews(QObject):
    """Listens to the printing of ``window`` and speaks in its message bar."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._printing, self._message = window.printing, window.message
        self._printing.sent.connect(self._on_sent)
        self._printing.printed.connect(lambda _sheet: window.changed(frozenset({Part.DOSSIERS})))
        self._printing.kept.connect(self._on_kept)
        self._printing.stuck.connect(self._on_stuck)
        self._printing.failed.connect(self._on_failed)

    def on_notices(self, found: tuple[tuple[str, ...], tuple[PrintJob, ...]]) -> None:
        """What the Desk has to say at the start: its notices, and sheets that an earlier run left."""
        notices, jobs = found
        if jobs:
            self._printing.take_up(jobs, lambda left: self._say_notices(notices, left))
        else:
            self._say_notices(notices, ())

    def _say_notices(self, notices: tuple[str, ...], unprinted: tuple[PrintJob, ...]) -> None:
        if unprinted:
            said = text(
                "{count} phiếu lần trước chưa in xong: {codes}.",
                count=len(unprinted),
                codes=", ".join(job.code for job in unprinted[:_NAMED])
                + (" …" if unprinted[_NAMED:] else ""),
            )
            self._message.say(
                " ".join((*notices, said)),
                "act" if notices else "wait",
                (text("In lại"), lambda: self._print_again(unprinted)),
            )
        elif notices:
            self._message.say(" ".join(notices), "act")

    def _print_again(self, jobs: tuple[PrintJob, ...]) -> None:
        for job in jobs:
            self._printing.print_again(job.dossier)

    def _on_sent(self, sheet: Sheet) -> None:
        self._message.say(text("Đã gửi tới máy in: {title}.", title=sheet.title), "good")

    def _on_kept(self, sheet: Sheet) -> None:
        said = (
            text("Chưa có máy in: {title} lưu được thành tệp PDF để in sau.", title=sheet.title)
            if sheet.job is None
            else text(
                "Chưa có máy in. Hồ sơ {code} đã ghi nhận, phiếu giữ lại để in sau: "
                "ghi mã hồ sơ lên cuống phiếu cho người dân.",
                code=sheet.job.code,
            )
        )
        name = sheet.title if sheet.job is None else sheet.job.code
        self._message.say(said, "wait", (text("Lưu tệp PDF"), lambda: self._keep(name, sheet.pdf)))

    def _on_stuck(self, sheet: Sheet) -> None:
        self._message.say(
            text(
                "{title} còn nằm chờ ở máy in {queue}: kiểm tra giấy, mực, dây cáp. "
                "Máy in chạy lại thì tờ này tự ra, không phải in thêm.",
                title=sheet.title,
                queue=sheet.queue,
            ),
            "act",
            (text("Xem các lệnh in"), lambda: self._window.turn_to("prints")),
        )

    def _on_failed(self, sheet: Sheet) -> None:
        said = f"{sheet.title}: {sheet.reason}"
        if sheet.job is not None:
            said = f"{said} {text('Hồ sơ đã ghi nhận, có thể ghi mã hồ sơ lên cuống phiếu.')}"
        self._message.say(said, "act", (text("In lại"), lambda: self._printing.print_again(sheet.key)))

    def _keep(self, name: str, pdf: bytes) -> None:
        chooser = QFileDialog(self._window, text("Lưu phiếu thành tệp PDF"), str(Path.home() / f"{name}.pdf"))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilter("PDF (*.pdf)")
        chooser.setDefaultSuffix("pdf")
        chooser.fileSelected.connect(lambda file: self._printing.keep(pdf, Path(file)))
        chooser.finished.connect(lambda _result: discard(chooser))
        chooser.open()
