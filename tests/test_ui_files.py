"""The files of a dossier in the window, by keys: scanned, chosen, looked at, taken off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mobile_reception.desk import FilePlace, Received
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.pages import pictured
from papers_scanned import drawing, photograph, sheet
from test_ui_acts import opened
from test_ui_reception import Key, at_rest, focused, press, write
from ui_laptop import line

CTRL = Qt.KeyboardModifier.ControlModifier


def put(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def files_of(qtbot: QtBot, window: MainWindow, **more: object) -> Received:
    """A dossier's files, opened from its page."""
    dossier = opened(qtbot, window, **more)
    QTest.keyClick(focused(), Key.Key_K, CTRL)
    at_rest(qtbot, window)
    assert window.files.isVisible()
    return dossier


def test_what_was_scanned_is_attached_with_enter_and_shown(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "quét"
    put(folder, "Scan_1.pdf", sheet(2))
    put(folder, "ghi chú.txt", b"x" * 100)
    dossier = files_of(qtbot, window)
    page = window.files
    assert page.none.isVisible()
    page.watch(folder)
    at_rest(qtbot, window)
    assert page.model.rowCount() == 1
    assert not page.none.isVisible()
    assert len(page.view.pages) == 2  # seen before it is attached
    page.paper.setCurrentIndex(page.paper.findData("Bằng tốt nghiệp THPT"))
    page.list.setFocus()
    press(Key.Key_Return)
    at_rest(qtbot, window)
    (kept,) = window.desk.dossier(dossier.id).files
    assert (kept.name, kept.paper, kept.place) == ("Scan_1.pdf", "Bằng tốt nghiệp THPT", FilePlace.HERE)
    assert page.model.rowCount() == 1
    assert page.count.text() == "chờ 1 trong 1 tệp"
    assert len(page.view.pages) == 2  # decrypted in memory
    put(folder, "Scan_2.jpg", photograph())
    page.shown()
    at_rest(qtbot, window)
    assert page.model.rowCount() == 2
    page.list.selectRow(0)
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert len(window.desk.dossier(dossier.id).files) == 2
    press(Key.Key_Escape)
    at_rest(qtbot, window)
    assert window.dossiers.isVisible()
    told = [label.text() for label in window.dossiers.detail.findChildren(type(page.title))]
    assert "Tệp đính kèm (chờ 2 trong 2 tệp)" in told
    assert any("Scan_1.pdf\nBằng tốt nghiệp THPT · 2 trang" in words for words in told)
    assert any("Đính kèm tệp «Scan_1.pdf»" in words for words in told)


def test_a_refusal_stands_beside_the_list_and_nothing_is_kept(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    dossier = files_of(qtbot, window)
    page = window.files
    page.attach_from(put(tmp_path, "đơn.exe", b"MZ" * 100))
    at_rest(qtbot, window)
    assert page.problem.isVisible()
    assert "Chỉ nhận: PDF, JPEG, PNG" in page.problem.text()
    page.attach_from(put(tmp_path, "ảnh.png", drawing()))
    at_rest(qtbot, window)
    assert not page.problem.isVisible()
    page.attach_from(tmp_path / "ảnh.png")
    at_rest(qtbot, window)
    assert "đã đính kèm hồ sơ này từ trước" in page.problem.text()
    assert len(window.desk.dossier(dossier.id).files) == 1


def test_a_file_is_taken_off_with_its_reason(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    dossier = files_of(qtbot, window)
    page = window.files
    page.attach_from(put(tmp_path, "sai.pdf", sheet()))
    at_rest(qtbot, window)
    page.list.setFocus()
    press(Key.Key_Delete)
    assert focused() is page.reason
    press(Key.Key_Return)
    assert page.reason_row.problem.text() == "Cần lý do."
    press(Key.Key_Escape)
    assert page.isVisible()
    assert not page.reason_row.isVisible()
    press(Key.Key_Delete)
    write("của người khác")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    view = window.desk.dossier(dossier.id)
    assert not view.files
    assert (view.state.history[-1].about, view.state.history[-1].reason) == ("sai.pdf", "của người khác")
    assert not page.view.pages


def test_a_dossier_just_received_gets_its_files_at_once(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    answer = window.desk.receive(line("Nguyễn Thị Diệu")).value
    assert isinstance(answer, Received)
    QTest.keyClick(focused(), Key.Key_K, CTRL)
    assert not window.files.isVisible()
    assert "Mở một hồ sơ trước" in window.message.words.text()
    press(Key.Key_F3)
    window.reception.show_received(answer, "Nguyễn Thị Diệu", "2.000815")
    at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_K, CTRL)
    at_rest(qtbot, window)
    window.files.attach_from(put(tmp_path, "a.pdf", sheet()))
    at_rest(qtbot, window)
    assert len(window.desk.dossier(answer.id).files) == 1
    press(Key.Key_Escape)
    assert window.reception.isVisible()


def test_why_the_centre_does_not_take_a_file_is_said_beside_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    dossier = files_of(qtbot, window)
    window.files.attach_from(put(tmp_path, "a.pdf", sheet()))
    at_rest(qtbot, window)
    with window.desk._bench.store.writing() as db:
        db.run("UPDATE file SET refused='quota'")
    window.files.open(dossier.id)
    at_rest(qtbot, window)
    assert "máy này đã gửi hết phần của mình" in window.files.problem.text()
    assert window.files.model.index(0, 3).data() == "Cần xử lý"


def test_a_folder_that_has_gone_and_a_file_that_has_gone_are_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "quét"
    dossier = files_of(qtbot, window)
    window.files.attach_from(put(tmp_path, "a.pdf", sheet()))
    at_rest(qtbot, window)
    window.files.watch(folder)
    at_rest(qtbot, window)
    assert "Không mở được thư mục máy quét" in window.files.none.text()
    for stored in (window.desk._bench.store.folder / "files").iterdir():
        stored.unlink()
    window.files._previewed = None
    window.files.open(dossier.id)
    at_rest(qtbot, window)
    assert window.files.shown_name.text() == "Không xem được «a.pdf»."


def test_pages_and_pictures_are_shown_in_their_colours_and_not_too_large() -> None:
    (picture,) = pictured(photograph(3000, 2000, turned=6), "image/jpeg")
    assert picture.height() > picture.width()
    assert picture.width() <= 1200
    pages = pictured(sheet(9), "application/pdf")
    assert len(pages) == 6
    assert pages[0].depth() == 24
    for wrong in (b"", b"nonsense"):
        for kind in ("application/pdf", "image/png"):
            with pytest.raises(ValueError, match="not a"):
                pictured(wrong, kind)


def test_the_limits_of_the_centre_are_said_at_the_table(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    files_of(qtbot, window)
    card = {"files": {"max_bytes": 100_000, "types": ["application/pdf"], "max_files": 1}}
    with window.desk._bench.store.writing() as db:
        db.run("INSERT INTO card (kind, key, value) VALUES ('settings','',?)", (json.dumps(card),))
    window.desk._bench.forget_cards()
    window.files.attach_from(put(tmp_path, "a.pdf", sheet(size=150_000)))
    at_rest(qtbot, window)
    assert "nhiều nhất 100 KB" in window.files.problem.text()


# --- a form that is no dossier yet --------------------------------------------------------------------------


def to_files(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(focused(), Key.Key_K, CTRL)
    at_rest(qtbot, window)
    assert window.files.isVisible()


def scanned(qtbot: QtBot, window: MainWindow, folder: Path, name: str, data: bytes) -> None:
    """The scanner writes a file, the officer attaches it from the form by keys and goes back."""
    put(folder, name, data)
    window.desk.keep_setting("scan_folder", str(folder))
    to_files(qtbot, window)
    assert window.files.model.rowCount() > 0
    press(Key.Key_Return)
    at_rest(qtbot, window)
    press(Key.Key_Escape)
    at_rest(qtbot, window)
    assert window.reception.isVisible()


def certified_copies(qtbot: QtBot, window: MainWindow) -> None:
    """A form that can be saved, but for nothing."""
    press(Key.Key_F3)
    write("087190001234")
    press(Key.Key_Return)
    write("Nguyễn Thị Diệu")
    window.reception.form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)


def test_what_is_scanned_while_the_form_is_open_is_the_dossiers(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    certified_copies(qtbot, window)
    form, here = window.reception.form, focused()
    assert form.files.isVisible()
    assert form.files.names.text() == "chưa có"
    scanned(qtbot, window, tmp_path / "quét", "Scan_1.pdf", sheet(2))
    assert focused() is here  # the hands go on where they were
    assert form.files.names.text() == "1 tệp: Scan_1.pdf"
    scanned(qtbot, window, tmp_path / "quét", "Scan_2.jpg", photograph())
    assert form.files.names.text() == "2 tệp: Scan_1.pdf, Scan_2.jpg"
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    received = window.reception.received
    assert received is not None
    assert [each.name for each in window.desk.dossier(received.id).files] == ["Scan_1.pdf", "Scan_2.jpg"]
    press(Key.Key_F7)
    at_rest(qtbot, window)
    assert form.empty
    assert form.files.names.text() == "chưa có"
    assert window.desk.drafts() == ()


def test_a_form_with_nothing_but_a_scan_is_kept_held_and_taken_up_again(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    press(Key.Key_F3)
    scanned(qtbot, window, tmp_path / "quét", "Scan_1.pdf", sheet())
    form = window.reception.form
    assert form.files.isVisible()
    assert not form.empty
    press(Key.Key_F7)
    at_rest(qtbot, window)
    assert form.empty
    assert len(window.reception.tabs.drafts) == 1
    QTest.keyClick(focused(), Key.Key_1, CTRL)
    at_rest(qtbot, window)
    assert form.files.names.text() == "1 tệp: Scan_1.pdf"
    assert [draft.files for draft in window.desk.drafts()] == [1]


def test_a_file_of_a_form_is_taken_off_by_one_key(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    certified_copies(qtbot, window)
    scanned(qtbot, window, tmp_path / "quét", "nhầm.pdf", sheet())
    to_files(qtbot, window)
    press(Key.Key_Delete)
    at_rest(qtbot, window)
    assert not window.files.reason_row.isVisible()
    assert window.files.model.index(0, 3).data() == "Mới quét"  # offered again: it may be somebody else's
    assert "Đã gỡ «nhầm.pdf»" in window.message.words.text()
    press(Key.Key_Escape)
    at_rest(qtbot, window)
    assert window.reception.form.files.names.text() == "chưa có"
    assert not list((window.desk._bench.store.folder / "files").iterdir())


def test_a_form_thrown_away_has_its_files_until_it_cannot_be_had_back(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    certified_copies(qtbot, window)
    scanned(qtbot, window, tmp_path / "quét", "Scan_1.pdf", sheet())
    folder = window.desk._bench.store.folder / "files"
    QTest.keyClick(focused(), Key.Key_X, Qt.KeyboardModifier.AltModifier)
    at_rest(qtbot, window)
    assert not window.desk.drafts()
    assert len(list(folder.iterdir())) == 1
    press(Key.Key_F12)
    at_rest(qtbot, window)
    (draft,) = window.desk.drafts()
    assert draft.files == 1
    window.reception.offer.dropped.emit(draft)
    at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    at_rest(qtbot, window)
    assert not list(folder.iterdir())


def test_undo_brings_the_files_back_to_the_form(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    certified_copies(qtbot, window)
    scanned(qtbot, window, tmp_path / "quét", "Scan_1.pdf", sheet())
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_Z, CTRL)
    at_rest(qtbot, window)
    assert window.reception.received is None
    assert window.reception.form.files.names.text() == "1 tệp: Scan_1.pdf"
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    received = window.reception.received
    assert received is not None
    assert len(window.desk.dossier(received.id).files) == 1


def test_a_file_of_a_form_that_has_gone_is_said_beside_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    certified_copies(qtbot, window)
    scanned(qtbot, window, tmp_path / "quét", "Scan_1.pdf", sheet())
    for each in (window.desk._bench.store.folder / "files").iterdir():
        each.unlink()
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert window.reception.received is None
    row = window.reception.form.files
    assert "không còn trên máy này" in row.problem.text()
    assert row.problem.isVisible()
