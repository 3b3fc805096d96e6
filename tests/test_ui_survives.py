"""What a morning does to a window: a full disk, a jumping clock, endless names, many papers, accents."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from laptops import Clock, at_the_table
from mobile_reception.desk import unlock
from mobile_reception.ui.background import Background
from mobile_reception.ui.fields import typed
from mobile_reception.ui.main_window import MainWindow
from test_ui_reception import Key, at_rest, focused, press, write
from ui_laptop import LOGIN, PASSPHRASE, Laptop, now
from ui_officer import Citizen, Officer, Story, played, queue

CTRL = Qt.KeyboardModifier.ControlModifier
ENDLESS = "Nguyễn Thị Diệu " * 625
"""Ten thousand characters."""


def fail(error: Exception) -> None:
    raise error


def paste(words: str) -> None:
    QApplication.clipboard().setText(words)
    QTest.keyClick(focused(), Key.Key_V, CTRL)


@pytest.fixture
def disk(laptop: Laptop) -> Iterator[Disk]:
    made = Disk(laptop)
    yield made
    made.empty()


class Disk:
    """One on which the laptop's log may not grow any more, while it is full."""

    def __init__(self, laptop: Laptop) -> None:
        self.desk, self.log = laptop.desk, laptop.folder / "reception.db-wal"

    def fill(self) -> None:
        # The log has to be the longest of the files that are written: the others are read on a full disk.
        while self.log.stat().st_size < 100_000:
            self.desk.save_draft("ballast", {"note": "x" * 2000})
        self.desk.drop_draft("ballast")
        self._let(self.log.stat().st_size + 1)

    def empty(self) -> None:
        self._let(None)

    def _let(self, size: int | None) -> None:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of Unix")
def test_a_disk_that_is_full_in_mid_form_loses_nothing(
    qtbot: QtBot, window: MainWindow, laptop: Laptop, disk: Disk
) -> None:
    page = window.reception
    press(Key.Key_F3)
    write("087190001234")
    press(Key.Key_Return)
    write("Nguyễn Thị Diệu")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    disk.fill()
    write("02/05/1990")
    at_rest(qtbot, window)
    assert "đĩa có chỗ" in window.message.words.text()
    assert laptop.desk.drafts()[0].fields["submitter.birth_date"] == ""
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert page.received is None
    press(Key.Key_F7)  # the next citizen comes all the same
    at_rest(qtbot, window)
    assert page.form.empty
    assert [draft.name for draft in page.tabs.drafts] == ["Nguyễn Thị Diệu"]
    write("Trần Văn Ắn")
    at_rest(qtbot, window)
    disk.empty()
    page.keeper.write()  # as its clock does every two seconds
    at_rest(qtbot, window)
    assert "ghi lại đủ" in window.message.words.text()
    kept = {draft.name: draft.fields for draft in laptop.desk.drafts()}
    assert kept["Nguyễn Thị Diệu"]["submitter.birth_date"] == "02/05/1990"
    assert len(kept) == 2
    QTest.keyClick(focused(), Key.Key_1, CTRL)
    at_rest(qtbot, window)
    assert typed(page.form.named["submitter.birth_date"]) == "02/05/1990"


@pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of Unix")
@pytest.mark.parametrize("leave", ["lock", "close"])
def test_a_window_does_not_go_before_the_disk_has_what_was_typed(
    qtbot: QtBot, window: MainWindow, laptop: Laptop, disk: Disk, leave: str
) -> None:
    left: list[int] = []
    window.left.connect(left.append)
    press(Key.Key_F3)
    write("087190001234")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    disk.fill()
    write("Nguyễn Thị Diệu")
    getattr(window, leave)()
    assert window.layers.currentWidget() is window.cover
    qtbot.waitUntil(lambda: "giải phóng chỗ" in window.cover.text())
    assert ("Đã khóa" in window.cover.text()) == (leave == "lock")
    window.leaving._go_anyway()  # nor after a quarter of an hour
    assert left == []
    disk.empty()
    window.reception.keeper.write()  # as its clock does every two seconds
    qtbot.waitUntil(lambda: bool(left))
    desk = unlock(laptop.folder, LOGIN, PASSPHRASE, now)
    assert [draft.name for draft in desk.drafts()] == ["Nguyễn Thị Diệu"]
    desk.close()


def test_a_clock_that_jumps_is_warned_of_and_refuses_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    clock = Clock()
    desk = at_the_table(tmp_path / "laptop", clock)
    background = Background(fail)
    window = MainWindow(desk, background, tmp_path / "laptop", clock, idle_seconds=0, find=lambda _name: None)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: background.at_rest and window.isActiveWindow())
    warned: dict[str, tuple[str, ...]] = {}

    def told(_code: str, citizen: Citizen) -> None:
        received = window.reception.received
        assert received is not None
        warned[citizen.name] = received.warnings

    people = queue(3, 7, procedures=1)
    officer = Officer(window, told)

    def morning() -> Story:
        officer.press(Key.Key_F3)
        yield
        for citizen, days in zip(people, (0, 1, -366), strict=True):
            yield from officer.fill(citizen)
            assert [draft.saved_at for draft in desk.drafts()] == [clock()]
            clock.move(days=days)
            yield from officer.finish(citizen)

    played(window, morning())
    assert list(warned) == [citizen.name for citizen in people]
    before, ahead, behind = warned.values()
    assert [each for each in ahead if each not in before]
    assert [each for each in behind if each not in before]
    assert not desk.drafts()
    assert desk.verify().ok
    background.stop()
    desk.close()


@pytest.mark.parametrize("way", ["typed", "pasted", "scanned"])
def test_an_endless_name_is_refused_beside_its_field(qtbot: QtBot, window: MainWindow, way: str) -> None:
    form = window.reception.form
    press(Key.Key_F3)
    form.named["submitter.full_name"].setFocus()
    officer = Officer(window, lambda _code, _citizen: None)
    if way == "typed":
        write(ENDLESS)
    elif way == "pasted":
        paste(ENDLESS)
    else:
        officer.scan(f"087190001234||{ENDLESS}|02051990|Nữ|Ấp 1|01012022")
    at_rest(qtbot, window)
    assert len(typed(form.named["submitter.full_name"])) <= 400
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert window.reception.received is None
    said = form.rows["submitter.full_name"].problem
    assert said.isVisible()
    assert said.text() or way == "scanned"
    # Away with it, and the next citizen is served as ever.
    QTest.keyClick(focused(), Key.Key_X, Qt.KeyboardModifier.AltModifier)
    at_rest(qtbot, window)
    assert form.empty
    played(window, officer.day(queue(1, 5, procedures=1)))
    assert len(window.desk.find("")) == 1


def test_forty_papers_stand_on_the_screen_and_on_the_receipt(
    qtbot: QtBot, window: MainWindow, laptop: Laptop
) -> None:
    officer = Officer(window, lambda _code, _citizen: None)
    form = window.reception.form
    names = [f"Giấy tờ thứ {number} của bà Diệu" for number in range(1, 41)]

    def story() -> Story:
        officer.press(Key.Key_F3)
        yield
        yield from officer.fill(queue(1, 5, procedures=1)[0])
        for line in form.papers.raw():
            assert line["name"]
        form.papers.put_raw(
            [{"on": "1", "name": name, "originals": "1", "pages": "1"} for name in names[:-1]]
        )
        form.papers.more.setFocus()
        officer.press(Key.Key_Space)
        yield
        officer.write(names[-1])
        yield
        assert (
            window.reception.view.viewport()
            .rect()
            .intersects(
                focused()
                .rect()
                .translated(focused().mapTo(window.reception.view.viewport(), focused().rect().topLeft()))
            )
        ), "what is typed is not to be seen"
        yield from officer.save()

    played(window, story())
    received = window.reception.received
    assert received is not None
    papers = laptop.desk.dossier(received.id).state.fields["papers"].value
    assert [paper["name"] for paper in papers] == names
    document = pypdfium2.PdfDocument(laptop.desk.receipt(received.id))
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    words = " ".join(" ".join(pages).split())
    assert [name for name in names if name not in words] == []
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert f"Trang {number}/{len(pages)}" in page


@pytest.mark.parametrize("way", ["typed", "pasted"])
def test_loose_accents_become_whole_letters_and_are_found(
    qtbot: QtBot, window: MainWindow, laptop: Laptop, way: str
) -> None:
    """As some keyboards and PDF files give them: every accent a letter of its own."""
    form = window.reception.form
    press(Key.Key_F3)
    said = {
        "submitter.full_name": "Nguyễn Thị Diệu",
        "submitter.phone_of": "cháu Thảo",
        "submitter.address": "Ấp Thượng, phường Thường Lạc",
        "note": "đã gọi điện trước",
    }
    form.named["submitter.personal_id"].setFocus()
    write("087190001234")
    for name, words in said.items():
        field = form.named[name]
        assert isinstance(field, QLineEdit)
        field.setFocus()
        (write if way == "typed" else paste)(unicodedata.normalize("NFD", words))
    form.procedure.field.setFocus()
    (write if way == "typed" else paste)(unicodedata.normalize("NFD", "chứng thực bản sao"))
    at_rest(qtbot, window)
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert form.procedure.code == "2.000815"
    press(Key.Key_F9)
    at_rest(qtbot, window)
    received = window.reception.received
    assert received is not None, [row.problem.text() for row in form.rows.values() if row.problem.text()]
    fields = laptop.desk.dossier(received.id).state.fields
    for name, words in said.items():
        assert fields[name].value == words, name
    press(Key.Key_F4)
    window.dossiers.search.setFocus()
    (write if way == "typed" else paste)(unicodedata.normalize("NFD", "thị diệu"))
    at_rest(qtbot, window)
    assert window.dossiers.model.rowCount() == 1
