"""Receipts on screen and on paper, lists, and the line at the foot."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from laptops import new
from mobile_reception.desk import DossierLine, Part, PrintJob, Received
from mobile_reception.desk.road import Reason, SyncReport
from mobile_reception.ui.background import Background
from mobile_reception.ui.dossier_list import COLOURS, dossier_columns
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.pages import rendered
from mobile_reception.ui.pictures import save_screens
from mobile_reception.ui.printing import Printing, Sheet, Way
from mobile_reception.ui.table import _EDGES, ListModel
from mobile_reception.words import resource
from ui_laptop import Laptop, line, now

LONG = "Nguyễn Phước Công Tằng Tôn Nữ Huỳnh Thị Bích Phượng Hoàng Minh Châu Ngọc Thảo Nguyên"


def received(laptop: Laptop, name: str = "Nguyễn Thị Diệu") -> Received:
    answer = laptop.desk.receive(line(name)).value
    assert isinstance(answer, Received)
    return answer


class Paper:
    """Prints into a PDF file, or into a folder that is not there."""

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def __call__(self, _name: str) -> QPrinter | None:
        if self.file is None:
            return None
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(self.file))
        return printer


def printing(qtbot: QtBot, laptop: Laptop, paper: Paper) -> tuple[Printing, Background]:
    heard: list[Exception] = []
    background = Background(heard.append)
    return Printing(laptop.desk, background, now, paper), background


def test_a_receipt_goes_to_paper_after_its_job_is_on_record(
    qtbot: QtBot, laptop: Laptop, tmp_path: Path
) -> None:
    dossier = received(laptop)
    file = tmp_path / "paper.pdf"
    printer, background = printing(qtbot, laptop, Paper(file))
    with qtbot.waitSignal(printer.printed):
        printer.print_receipt(dossier.id)
        printer.print_receipt(dossier.id)  # an impatient second key is the same sheet
    background.stop()
    document = pypdfium2.PdfDocument(file)
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842)
    assert rendered(file.read_bytes(), 20)
    document.close()
    assert laptop.desk.dossier(dossier.id).state.prints == 1


@pytest.mark.parametrize("place", [None, "missing/paper.pdf"])
@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_sheet_that_did_not_come_out_is_tried_again_as_the_same_job(
    qtbot: QtBot, laptop: Laptop, tmp_path: Path, place: str | None
) -> None:
    dossier = received(laptop)
    paper = Paper(tmp_path / place if place else None)
    printer, background = printing(qtbot, laptop, paper)
    jobs: list[PrintJob] = []
    for told in (printer.kept, printer.failed, printer.printed):
        told.connect(lambda sheet: jobs.append(sheet.job))
    printer.print_receipt(dossier.id)
    qtbot.waitUntil(lambda: len(jobs) == 1)
    paper.file = tmp_path / "paper.pdf"
    printer.print_receipt(dossier.id)
    qtbot.waitUntil(lambda: len(jobs) == 2)
    background.stop()
    assert jobs[0].id == jobs[1].id
    assert laptop.desk.dossier(dossier.id).state.prints == 1


def test_without_a_printer_the_sheet_can_be_kept(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.turn_to("reception")
    answer = window.desk.receive(line("Nguyễn Thị Diệu")).value
    assert isinstance(answer, Received)
    jobs: list[Sheet] = []
    window.printing.kept.connect(jobs.append)
    window.printing.print_receipt(answer.id)
    qtbot.waitUntil(lambda: bool(jobs))
    assert answer.code in window.message.words.text()
    assert window.message.offer.isVisible()
    file = tmp_path / "kept.pdf"
    window.printing.keep(jobs[0].pdf, file)
    qtbot.waitUntil(lambda: window.background.at_rest)
    assert rendered(file.read_bytes(), 30)


def test_every_sheet_stands_in_the_list_with_how_far_it_has_come(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    answer = window.desk.receive(line("Nguyễn Thị Diệu")).value
    assert isinstance(answer, Received)
    window.printing.print_receipt(answer.id)
    qtbot.waitUntil(lambda: window.background.at_rest and not window.printing.busy)
    assert "cuống phiếu" in window.message.words.text()
    QTest.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    page = window.prints
    assert page.isVisible()
    assert [sheet.way for sheet in window.printing.sheets] == [Way.KEPT]
    window.printing._find = Paper(tmp_path / "paper.pdf")
    QTest.keyClick(page.list, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: window.background.at_rest and not window.printing.busy)
    assert [sheet.way for sheet in window.printing.sheets] == [Way.PRINTED]
    assert window.desk.dossier(answer.id).state.prints == 1
    QTest.keyClick(page.list, Qt.Key.Key_F8)  # once more: another sheet, which says so
    qtbot.waitUntil(lambda: window.background.at_rest and not window.printing.busy)
    assert window.desk.dossier(answer.id).state.prints == 2
    assert "bản in lại 1" in page.model.row(0).title
    QTest.keyClick(page.list, Qt.Key.Key_Escape)
    assert window.session.isVisible()


def test_what_is_no_pdf_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PDF"):
        rendered(b"<html>", 72)


def test_the_list_keeps_the_promises_of_a_model(
    qtmodeltester: ModelTester, laptop: Laptop, qapp: QApplication
) -> None:
    for name in ("Nguyễn Thị Diệu", "Lê Văn Ắn"):
        received(laptop, name)
    model: ListModel[DossierLine] = ListModel(dossier_columns())
    qtmodeltester.check(model)
    model.show(laptop.desk.find(""))
    qtmodeltester.check(model)
    model.show(())
    qtmodeltester.check(model)


def test_green_is_shown_only_when_both_sides_agree(qtbot: QtBot, window: MainWindow) -> None:
    report = SyncReport(
        sent=0,
        acknowledged=0,
        waiting=0,
        held=0,
        received=0,
        conflicts=0,
        files_waiting=0,
        agree=False,
        reason=None,
    )
    status = replace(window.desk.status(), enrolled=True, waiting=0, last_contact=now())
    road, foot = window.road, window.status
    road.last = report
    foot.show_road(status, road, now())
    assert foot.contact.property("tone") == "calm"
    road.last = replace(report, agree=True)
    foot.show_road(status, road, now())
    assert foot.contact.property("tone") == "good"
    road.last = replace(report, reason=Reason.OFFLINE)
    road.next_try = now() + timedelta(minutes=5)
    foot.show_road(status, road, now())
    assert foot.contact.property("tone") == "calm"
    road.last = replace(report, reason=Reason.REVOKED)
    foot.show_road(status, road, now())
    assert foot.contact.property("tone") == "act"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        *COLOURS.values(),
        ("#ffffff", "#4f5d64"),
        ("#f3f5f4", "#4f5d64"),
        ("#ffffff", "#5f6b70"),
        ("#ffffff", "#a32018"),
        ("#ffffff", "#7a4a00"),
        ("#f3f5f4", "#7a4a00"),
        ("#0b6b80", "#ffffff"),
        ("#0b4f5e", "#ffffff"),
        ("#e7ebec", "#3f4c52"),
        ("#fff3d6", "#6a4100"),
        ("#fff8e6", "#1d2b30"),
        ("#fbe3df", "#7d1a14"),
        ("#dcefe1", "#14572c"),
    ],
)
def test_words_stand_out_from_their_ground(ground: str, ink: str) -> None:
    light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


GROUNDS = {"QFrame#header": "#0b4f5e", "QFrame#foot": "#e7ebec", "QFrame#message": "#e7eef1"}
"""What lies under words of a rule that names no ground of its own; elsewhere white or the page's grey."""


def pairs() -> list[tuple[str, str, str]]:
    """Selector, ground and ink of every rule of the sheet that colours words."""
    sheet = re.sub(r"/\*.*?\*/", "", resource("style", "window.qss").read_text("utf-8"), flags=re.DOTALL)
    grounds = dict(GROUNDS)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        said = dict(re.findall(r"(?:^|[;\s])([a-z-]+):\s*(#[0-9a-f]{6})", body))
        for selector in (part.strip() for part in selectors.split(",")):
            inside = selector.split()[0]
            if "background" in said and selector == inside:
                grounds[selector] = said["background"]
            ink, own = said.get("color"), said.get("background")
            if ink is None:
                continue
            under = [grounds[inside]] if inside in grounds else ["#ffffff", "#f3f5f4"]
            found += [(selector, ground, ink) for ground in ([own] if own else under)]
            if "selection-background-color" in said:
                found.append((selector, said["selection-background-color"], said["selection-color"]))
    return found


def test_every_rule_of_the_sheet_that_colours_words_can_be_read() -> None:
    every = pairs()
    assert len(every) > 30
    faint = [
        f"{selector}: {ink} on {ground}" for selector, ground, ink in every if contrast(ground, ink) < 4.5
    ]
    assert faint == []


def test_no_state_of_a_control_makes_its_letters_wider() -> None:
    """Its width was reckoned without: words of a turned-to page were cut at their edges."""
    sheet = resource("style", "window.qss").read_text("utf-8")
    rules = re.findall(r"([^{}]+)\{([^}]*)\}", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    states = [who for who, what in rules if re.search(r"[^:]:[a-z]", who) and "font-" in what]
    assert len(rules) > 40
    assert states == []


def contrast(ground: str, ink: str) -> float:
    light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def cut(widget: QWidget) -> bool:
    if isinstance(widget, QLabel) and not widget.pixmap().isNull():
        return widget.pixmap().deviceIndependentSize().height() > widget.height() + 1
    if isinstance(widget, QLabel) and not widget.wordWrap():
        return widget.sizeHint().width() > widget.width() + 1
    if isinstance(widget, QLabel) and widget.wordWrap() and widget.text():
        return widget.heightForWidth(widget.width()) > widget.height() + 1
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.sizeHint().width() > widget.width() + 1
    return False


def nameless(widget: QWidget) -> bool:
    if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(widget.parent(), QComboBox):
        return False
    wants_one = isinstance(widget, (QLineEdit, QComboBox, QAbstractButton, QAbstractItemView, QScrollArea))
    return wants_one and not widget.accessibleName() and not getattr(widget, "text", str)()


def too_wide(widget: QWidget) -> bool:
    """Whether what a list or a sheet shows goes on where nobody can scroll to."""
    if isinstance(widget, QTableView):
        return widget.horizontalHeader().length() > widget.viewport().width() + 1
    if isinstance(widget, QScrollArea) and widget.widget() is not None:
        return widget.widget().width() > widget.viewport().width()
    return False


def small_screens() -> list[object]:
    """1366 x 768 at three scalings, in both languages; the words of the officer's are the longer ones."""
    sizes = {"100%": (1366, 768), "125%": (1092, 614), "150%": (910, 512)}
    return [
        pytest.param(size, language, id=f"{name}-{language}")
        for name, size in sizes.items()
        for language in ("vi", "en")
        if (name, language) != ("100%", "en")
    ]


@pytest.mark.parametrize(("size", "language"), small_screens())
def test_nothing_is_cut_on_a_small_screen(
    qtbot: QtBot, tmp_path: Path, size: tuple[int, int], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = new(tmp_path / "laptop", now, role="deputy")  # a deputy director's header has one page more
    desk.open_session("Trung tâm Y tế khu vực, Khoa Chăm sóc sức khỏe sinh sản, cơ sở 2")
    laptop = Laptop(tmp_path / "laptop", desk)
    for name in (LONG, "Lê Đặng Phước Thịnh", "Trần Thị Huỳnh Như"):
        received(laptop, name)
    faults: list[str] = []

    def look(album: object, name: str, widget: QWidget | None = None) -> None:
        album.settle()
        seen = widget or album.window
        needed = seen.minimumSizeHint()
        if widget is None and (
            (seen.width(), seen.height()) != size or needed != needed.boundedTo(seen.size())
        ):
            faults.append(f"{name}: needs {needed.width()} x {needed.height()}")
        if "receipt" in name or name == "dossier":
            assert any(not label.pixmap().isNull() for label in seen.findChildren(QLabel))
        for part in seen.findChildren(QWidget):
            if part.isVisible() and cut(part):
                faults.append(f"{name}: {part.text()!r}")
            if part.isVisible() and too_wide(part):
                faults.append(f"{name}: {part.accessibleName() or type(part.parent()).__name__} is too wide")
            if part.isVisible() and nameless(part):
                faults.append(f"{name}: a {type(part).__name__} without a name")

    monkeypatch.setattr("mobile_reception.ui.pictures._Album.keep", look)
    save_screens(desk, tmp_path / "pictures", language, now, size)
    desk.close()
    assert not faults, "\n".join(faults)


def test_tab_goes_through_every_control_of_a_screen_and_comes_back(
    qtbot: QtBot, laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    received(laptop)
    faults: list[str] = []
    walked: dict[str, list[str]] = {}

    def named(widget: QWidget) -> str:
        return widget.accessibleName() or str(getattr(widget, "text", str)())

    def walk(album: object, name: str, widget: QWidget | None = None) -> None:
        album.settle()
        seen = widget or album.window
        if seen.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus:
            return  # a view for the citizen takes no keys
        seen.activateWindow()
        qtbot.wait(10)
        first = QApplication.focusWidget()
        if first is None:
            faults.append(f"{name}: nothing has the keys")
            return
        path: list[QWidget] = []
        here: QWidget | None = first
        while here is not None and here not in path and len(path) < 80:
            if here.isVisible() and here.focusPolicy() & Qt.FocusPolicy.TabFocus:
                path.append(here)
            elif here is not first:  # a page itself may have the keys at first, and no Tab leads back to it
                faults.append(f"{name}: {named(here)} is not to be seen")
            QTest.keyClick(here, Qt.Key.Key_Tab)
            here = QApplication.focusWidget()
        if here is not path[0]:
            faults.append(f"{name}: Tab does not come back")
        wanted = [
            part
            for part in seen.findChildren(QWidget)
            if isinstance(part, (QLineEdit, QAbstractButton, QComboBox))
            and part.isVisible()
            and part.isEnabled()
            and part.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not isinstance(part.parent(), QComboBox)
        ]
        faults.extend(f"{name}: {named(part)} is not reached" for part in wanted if part not in path)
        walked[name] = [named(part) for part in path]
        first.setFocus()

    monkeypatch.setattr("mobile_reception.ui.pictures._Album.keep", walk)
    save_screens(laptop.desk, tmp_path / "pictures", "vi", now)
    assert not faults, "\n".join(faults)
    acts, below = (walked["dossier"].index(name) for name in ("Sửa hồ sơ", "Về danh sách"))
    assert acts < below  # as they stand on the page
    assert len(walked) > 25


@pytest.mark.parametrize("name", [LONG, "Lê An"])
def test_the_list_of_dossiers_is_whole_whatever_a_citizen_is_called(
    qtbot: QtBot, window: MainWindow, laptop: Laptop, name: str
) -> None:
    received(laptop, name)
    window.resize(1092, 614)
    QTest.keyClick(window, Qt.Key.Key_F4)
    window.dossiers.refresh(frozenset([Part.DOSSIERS]))
    qtbot.waitUntil(lambda: window.background.at_rest)
    view, model = window.dossiers.list, window.dossiers.model
    qtbot.waitUntil(lambda: view.horizontalHeader().length() <= view.viewport().width())
    columns = [column.title for column in model.columns]
    assert not view.isColumnHidden(columns.index("Đang ở đâu"))
    index = model.index(0, columns.index("Họ tên, số định danh"))
    option = QStyleOptionViewItem()
    option.widget, option.rect = view, view.visualRect(index)
    view.itemDelegateForIndex(index).initStyleOption(option, index)
    words = view.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, view)
    margin = view.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, view) + 1
    assert option.rect.width() - (words.width() - 2 * margin) <= _EDGES
    first, second = option.text.split("\u2028")
    assert second == "087*****1234"  # under the name, however long that is
    assert first == name or (first.endswith("…") and name.startswith(first[:-1]))
    assert index.data(Qt.ItemDataRole.ToolTipRole).startswith(name)


def test_the_pages_of_a_long_receipt_lie_one_under_the_other(
    qtbot: QtBot, window: MainWindow, laptop: Laptop
) -> None:
    papers = [
        {
            "name": f"Giấy tờ thứ {n} có tên rất dài để thử xem danh sách có bị cắt mất chữ hay không",
            "originals": 1,
        }
        for n in range(40)
    ]
    laptop.desk.receive({**line(LONG), "papers": papers})
    received(laptop, "Lê An")
    window.resize(1092, 614)
    QTest.keyClick(window, Qt.Key.Key_F4)
    window.dossiers.refresh(frozenset([Part.DOSSIERS]))
    view = window.dossiers.detail.receipt
    qtbot.waitUntil(lambda: window.background.at_rest)
    window.grab()  # lays out also what is not shown yet, as other events may
    for downs in (2, 1, 2):
        for key in (*[Qt.Key.Key_Down] * downs, Qt.Key.Key_Return):
            QTest.keyClick(QApplication.focusWidget(), key)
        qtbot.waitUntil(lambda: window.background.at_rest and len(view.pages) > 0)
        qtbot.wait(50)
        places = [label.geometry() for label in view.findChildren(QLabel) if label.isVisible()]
        assert len(places) == len(view.pages)
        assert all(upper.bottom() < lower.top() for upper, lower in pairwise(places))
        assert view.widget().height() >= places[-1].bottom()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: window.background.at_rest)
        window.dossiers.search.setFocus()


def test_every_screen_has_its_picture_and_the_desk_is_as_before(
    qtbot: QtBot, laptop: Laptop, tmp_path: Path
) -> None:
    received(laptop)
    before = laptop.desk.status()
    saved = save_screens(laptop.desk, tmp_path / "pictures", "vi")
    assert len(saved) == 41
    assert all(file.stat().st_size > 5000 for file in saved)
    after = laptop.desk.status()
    assert (after.facts, after.dossiers) == (before.facts, before.dossiers)
    assert laptop.desk.drafts() == ()
