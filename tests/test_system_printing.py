"""Printing for real: sheets go through a real print queue, which stops, hangs, breaks and vanishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from mobile_reception.desk import Received
from mobile_reception.ui.background import Background
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.pages import rendered
from mobile_reception.ui.printing import Printing, Sheet, Way
from print_server import PATIENCE, PrintServer, sheets, until
from ui_laptop import Laptop, line, now

pytestmark = [pytest.mark.system, pytest.mark.qt_log_ignore("QStandardPaths|propagateSizeHints")]
WAIT = PATIENCE * 1000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintServer]:
    # libcups reads its server once a thread: one server for the whole module.
    made = PrintServer(tmp_path_factory.mktemp("cups"))
    os.environ["CUPS_SERVER"] = made.socket
    yield made
    del os.environ["CUPS_SERVER"]
    made.stop_server()


@pytest.fixture
def out(server: PrintServer) -> Iterator[Path]:
    """The folder of the only queue, ``phieu``."""
    yield server.add("phieu")
    server.delete("phieu")


@pytest.fixture
def lanes() -> Iterator[Background]:
    errors: list[Exception] = []
    background = Background(errors.append)
    yield background
    background.stop()
    assert errors == []


@pytest.fixture
def printing(laptop: Laptop, lanes: Background) -> Printing:
    made = Printing(laptop.desk, lanes, now)
    made._look.setInterval(100)
    return made


def received(laptop: Laptop, name: str = "Nguyễn Thị Diệu") -> Received:
    answer = laptop.desk.receive(line(name)).value
    assert isinstance(answer, Received)
    return answer


def way(printing: Printing, key: str) -> Way | None:
    return next((sheet.way for sheet in printing.sheets if sheet.key == key), None)


def printed(qtbot: QtBot, printing: Printing, key: str) -> None:
    qtbot.waitUntil(lambda: way(printing, key) is Way.PRINTED and printing._background.at_rest, timeout=WAIT)


def darkness(image: QImage) -> list[int]:
    """How dark each of 40 × 56 fields of a page is."""
    small = image.scaled(
        40, 56, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).convertToFormat(QImage.Format.Format_Grayscale8)
    return [small.pixelColor(x, y).value() for y in range(56) for x in range(40)]


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("A5", (420, 595))])
def test_what_comes_out_is_the_receipt(
    qtbot: QtBot, laptop: Laptop, printing: Printing, out: Path, paper: str, size: tuple[int, int]
) -> None:
    dossier = received(laptop)
    laptop.desk.keep_setting("paper", paper)
    printing.print_receipt(dossier.id)
    printing.print_receipt(dossier.id)  # an impatient second key is the same sheet
    printed(qtbot, printing, dossier.id)
    (file,) = sheets(out)
    document = pypdfium2.PdfDocument(file)
    assert tuple(round(side) for side in document[0].get_size()) == size
    document.close()
    picture = rendered(file.read_bytes(), 200)[0]
    grey = memoryview(picture.constBits()).cast("B", (picture.height(), picture.bytesPerLine()))
    (code,) = zxingcpp.read_barcodes(grey)
    assert code.text == dossier.code
    wanted = rendered(laptop.desk.receipt(dossier.id, paper), 100)[0]
    got = rendered(file.read_bytes(), 100)[0]
    far = [abs(one - two) for one, two in zip(darkness(wanted), darkness(got), strict=True)]
    assert max(far) < 70
    assert sum(far) / len(far) < 4
    assert laptop.desk.dossier(dossier.id).state.prints == 1


def test_receipts_and_other_papers_have_printers_of_their_own(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer, out: Path
) -> None:
    other = server.add("giay")
    laptop.desk.keep_setting("printer_receipt", "phieu")
    laptop.desk.keep_setting("printer_paper", "giay")
    dossier = received(laptop)
    printing.print_receipt(dossier.id)
    printing.print_paper("Phiếu kiểm soát", lambda: laptop.desk.paper("control", dossier.code))
    printed(qtbot, printing, dossier.id)
    printed(qtbot, printing, "Phiếu kiểm soát")
    assert (len(sheets(out)), len(sheets(other))) == (1, 1)
    server.delete("giay")


def test_a_stopped_queue_keeps_the_sheet_and_no_second_one_is_sent(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer, out: Path
) -> None:
    server.stop("phieu")
    dossier = received(laptop)
    with qtbot.waitSignal(printing.stuck, timeout=WAIT):
        printing.print_receipt(dossier.id)
    with qtbot.waitSignal(printing.stuck, timeout=WAIT):
        printing.print_again(dossier.id)
    assert server.waiting("phieu") == 1
    assert laptop.desk.dossier(dossier.id).state.prints == 0
    server.start("phieu")
    printed(qtbot, printing, dossier.id)
    assert len(sheets(out)) == 1
    assert laptop.desk.dossier(dossier.id).state.prints == 1


def test_a_sheet_that_lies_in_a_stopped_queue_moves_to_the_printer_chosen_since(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer, out: Path
) -> None:
    other = server.add("khac")
    server.stop("phieu")
    laptop.desk.keep_setting("printer", "phieu")
    dossier = received(laptop)
    with qtbot.waitSignal(printing.stuck, timeout=WAIT):
        printing.print_receipt(dossier.id)
    laptop.desk.keep_setting("printer", "khac")
    printing.print_again(dossier.id)
    printed(qtbot, printing, dossier.id)
    server.start("phieu")
    until(lambda: server.waiting("phieu") == 0, "the first queue to be empty")
    assert (len(sheets(out)), len(sheets(other))) == (0, 1)
    server.delete("khac")


def test_a_sheet_taken_back_comes_out_only_when_asked_for_again(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer, out: Path
) -> None:
    server.stop("phieu")
    dossier = received(laptop)
    printing.print_receipt(dossier.id)
    qtbot.waitUntil(lambda: way(printing, dossier.id) is Way.SENT, timeout=WAIT)
    printing.take_back(dossier.id)
    qtbot.waitUntil(lambda: way(printing, dossier.id) is Way.FAILED, timeout=WAIT)
    server.start("phieu")
    printing.print_again(dossier.id)
    printed(qtbot, printing, dossier.id)
    assert len(sheets(out)) == 1


def test_a_queue_that_takes_nothing_is_said_although_qt_is_content(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer, out: Path
) -> None:
    server.refuse("phieu")
    dossier = received(laptop)
    with qtbot.waitSignal(printing.failed, timeout=WAIT):
        printing.print_receipt(dossier.id)
    assert laptop.desk.dossier(dossier.id).state.prints == 0
    assert sheets(out) == []


def test_a_queue_that_vanishes_in_mid_job_fails_the_sheet_and_another_prints_it_once(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer
) -> None:
    gone = server.add("mat")
    (gone / "hang").touch()
    laptop.desk.keep_setting("printer", "mat")
    dossier = received(laptop)
    with qtbot.waitSignal(printing.sent, timeout=WAIT):
        printing.print_receipt(dossier.id)
    with qtbot.waitSignal(printing.failed, timeout=WAIT):
        server.delete("mat")
    other = server.add("khac")
    printing.print_again(dossier.id)
    printed(qtbot, printing, dossier.id)
    (gone / "hang").unlink()
    assert (sheets(gone), len(sheets(other))) == ([], 1)
    assert laptop.desk.dossier(dossier.id).state.prints == 1
    server.delete("khac")


def test_a_printer_that_breaks_in_mid_job_is_heard_of(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer, out: Path
) -> None:
    (out / "break").touch()
    dossier = received(laptop)
    with qtbot.waitSignal(printing.stuck, timeout=WAIT):
        printing.print_receipt(dossier.id)
    (out / "break").unlink()
    server.start("phieu")
    printed(qtbot, printing, dossier.id)
    assert len(sheets(out)) == 1


def test_a_printer_that_hangs_holds_up_nobody(
    qtbot: QtBot, laptop: Laptop, printing: Printing, lanes: Background, out: Path
) -> None:
    (out / "hang").touch()
    first = received(laptop)
    with qtbot.waitSignal(printing.sent, timeout=WAIT):
        printing.print_receipt(first.id)
    assert not printing.busy  # the window may lock, the next citizen is served
    second = received(laptop, "Lê Văn Ắn")
    with qtbot.waitSignal(printing.sent, timeout=WAIT):
        printing.print_receipt(second.id)
    (out / "hang").unlink()
    for dossier in (first, second):
        printed(qtbot, printing, dossier.id)
    assert len(sheets(out)) == 2


def test_without_any_printer_the_sheet_is_kept(
    qtbot: QtBot, laptop: Laptop, printing: Printing, server: PrintServer
) -> None:
    dossier = received(laptop)
    kept: list[Sheet] = []
    printing.kept.connect(kept.append)
    printing.print_receipt(dossier.id)
    qtbot.waitUntil(lambda: bool(kept), timeout=WAIT)
    assert rendered(kept[0].pdf, 30)
    out = server.add("moi")
    printing.print_again(dossier.id)
    printed(qtbot, printing, dossier.id)
    assert len(sheets(out)) == 1
    server.delete("moi")


KILLED = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from ui_laptop import LOGIN, PASSPHRASE, now
from mobile_reception import desk
from mobile_reception.ui.background import Background
from mobile_reception.ui.printing import Printing

app = QApplication([])
opened = desk.unlock(Path(sys.argv[1]), LOGIN, PASSPHRASE, now)
printing = Printing(opened, Background(print), now)
printing.sent.connect(lambda sheet: print("sent", flush=True))
printing.print_receipt(sys.argv[2])
app.exec()
"""


def test_a_kill_after_the_sheet_was_sent_does_not_print_it_twice(
    qtbot: QtBot, laptop: Laptop, printing: Printing, out: Path
) -> None:
    (out / "hang").touch()
    dossier = received(laptop)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(laptop.folder), dossier.id],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "sent"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (out / "hang").unlink()
    until(lambda: sheets(out), "the sheet")
    (job,) = laptop.desk.unfinished_prints()
    left: list[object] = []
    printing.take_up((job,), left.append)
    printed(qtbot, printing, dossier.id)
    assert left == [()]
    assert len(sheets(out)) == 1
    assert laptop.desk.dossier(dossier.id).state.prints == 1
    assert laptop.desk.unfinished_prints() == ()


def test_a_kill_between_the_row_and_the_paper_leaves_the_sheet_to_be_printed(
    qtbot: QtBot, laptop: Laptop, printing: Printing, out: Path
) -> None:
    dossier = received(laptop)
    job = laptop.desk.print_job(dossier.id).value  # the row is there, the process ends here
    left: list[tuple[object, ...]] = []
    printing.take_up(laptop.desk.unfinished_prints(), left.append)
    qtbot.waitUntil(lambda: bool(left), timeout=WAIT)
    assert len(left[0]) == 1
    printing.print_again(dossier.id)
    printed(qtbot, printing, dossier.id)
    assert len(sheets(out)) == 1
    assert laptop.desk.unfinished_prints() == ()
    assert next(sheet.job.id for sheet in printing.sheets if sheet.job) == job.id


def test_a_window_closed_in_mid_print_prints_first(qtbot: QtBot, laptop: Laptop, out: Path) -> None:
    dossier = received(laptop)
    background = Background(lambda error: None)
    window = MainWindow(laptop.desk, background, laptop.folder, now, idle_seconds=0)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: background.at_rest, timeout=WAIT)
    window.printing.print_receipt(dossier.id)
    with qtbot.waitSignal(window.left, timeout=WAIT):
        window.close()
    until(lambda: sheets(out), "the sheet")
    assert len(sheets(out)) == 1
