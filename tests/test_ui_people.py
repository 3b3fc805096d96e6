"""Who the citizen is: cards that are scanned anywhere, people who came before, the next one after them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from mobile_reception.ui.fields import typed
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.scanner import ScanWatch, is_scan
from test_ui_reception import Key, at_rest, focused, press, write
from ui_laptop import line

CARD = "087190001234|301234567|Nguyễn Thị Diệu|02051990|Nữ|Ấp 1, Thường Lạc|01012021"
OTHER = "087090001235||Lê Văn Ắn|01011990|Nam|Ấp 2, Thường Lạc|01012021"


def scan(words: str) -> None:
    """A keyboard wedge: every character a key, then Enter, faster than any hand, where the focus is."""
    for letter in words:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(
                focused(), QKeyEvent(kind, Key.Key_unknown, Qt.KeyboardModifier.NoModifier, letter)
            )
    press(Key.Key_Return)


def test_a_card_is_caught_in_another_box_and_leaves_nothing_there(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    note = form.named["note"]
    assert isinstance(note, QLineEdit)
    note.setFocus()
    write("ghi chú")
    scan(CARD)
    at_rest(qtbot, window)
    assert note.text() == "ghi chú"
    assert typed(form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"
    assert typed(form.named["submitter.birth_date"]) == "02/05/1990"
    assert typed(form.named["submitter.sex"]) == "female"


@pytest.mark.parametrize("key", [Key.Key_F2, Key.Key_F4])
def test_a_card_scanned_on_another_page_opens_the_form(qtbot: QtBot, window: MainWindow, key: Key) -> None:
    press(key)
    at_rest(qtbot, window)
    scan(CARD)
    at_rest(qtbot, window)
    assert window.reception.isVisible()
    assert typed(window.reception.form.named["submitter.personal_id"]) == "087190001234"
    assert window.dossiers.search.text() == ""
    assert window.session.session is not None


def test_a_card_that_comes_through_an_input_method_is_caught_too(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    window.reception.form.named["note"].setFocus()
    for letter in CARD:
        event = QInputMethodEvent("", [])
        event.setCommitString(letter)
        QApplication.sendEvent(focused(), event)
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["note"]) == ""
    assert typed(window.reception.form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"


def test_letters_that_telex_has_changed_are_said_not_guessed(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    scan("087190001234|301234567|Nguyeenx Thij Dieeuj|02051990|Nuwx|Aaps 1|01012021")
    at_rest(qtbot, window)
    assert "bộ gõ" in window.message.words.text()
    assert window.reception.form.empty


def test_a_pasted_card_fills_the_form_from_any_field(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    window.reception.form.named["submitter.address"].setFocus()
    QApplication.clipboard().setText(CARD)
    QTest.keyClick(focused(), Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["submitter.address"]) == "Ấp 1, Thường Lạc"


def test_the_card_of_somebody_else_holds_the_form_instead_of_writing_over_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(Key.Key_F3)
    scan(CARD)
    at_rest(qtbot, window)
    scan(OTHER)
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["submitter.full_name"]) == "Lê Văn Ắn"
    assert {draft.name for draft in window.desk.drafts()} == {"Nguyễn Thị Diệu", "Lê Văn Ắn"}


def test_a_card_among_the_owners_fields_is_the_owners(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    scan(CARD)
    form = window.reception.form
    QTest.keyClick(form.named["for_other"], Key.Key_Space)
    form.named["owner.phone"].setFocus()
    scan(OTHER)
    at_rest(qtbot, window)
    assert typed(form.named["owner.full_name"]) == "Lê Văn Ắn"
    assert typed(form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"


def test_a_scanned_code_opens_its_dossier(qtbot: QtBot, window: MainWindow) -> None:
    code = window.desk.receive(line("Nguyễn Thị Diệu")).value.code
    press(Key.Key_F3)
    scan(code)
    at_rest(qtbot, window)
    assert window.dossiers.detail.code.text() == code
    assert window.reception.form.empty


def test_what_a_hand_types_arrives_in_its_order(qtbot: QtBot) -> None:
    box = QLineEdit()
    qtbot.addWidget(box)
    box.show()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    clock = [0.0]
    watch = ScanWatch(box, lambda: clock[0])
    watch._watched = box
    heard: list[str] = []
    watch.scanned.connect(heard.append)
    for letter in CARD:
        clock[0] += 0.08  # a quick hand
        QTest.keyClicks(box, letter) if letter.isascii() else box.insert(letter)
    QTest.keyClick(box, Key.Key_Return)
    assert heard == []
    assert box.text().startswith("087190001234|301234567|")


def test_a_number_and_enter_are_no_scan() -> None:
    assert not is_scan("087190001234")
    assert is_scan(CARD)
    assert is_scan("H20.12.3-261125-5000")


def test_somebody_who_came_before_is_filled_in_by_one_key(qtbot: QtBot, window: MainWindow) -> None:
    person = {"full_name": "Nguyễn Thị Diệu", "personal_id": "087190001234", "birth_date": "1990-05-02"}
    window.desk.receive(
        {**line("Nguyễn Thị Diệu"), "submitter": {**person, "phone": "0912345678", "address": "Ấp 1"}}
    )
    press(Key.Key_F3)
    write("1234")
    at_rest(qtbot, window)
    met = window.reception.met
    assert met.isVisible()
    assert "Nguyễn Thị Diệu" in met.words.text()
    assert "087190001234" not in met.words.text()
    press(Key.Key_F10)
    at_rest(qtbot, window)
    form = window.reception.form
    names = ("personal_id", "full_name", "birth_date", "phone", "address")
    assert [typed(form.named[f"submitter.{name}"]) for name in names] == [
        "087190001234",
        "Nguyễn Thị Diệu",
        "02/05/1990",
        "0912345678",
        "Ấp 1",
    ]


def test_of_several_who_fit_the_key_gives_one_after_the_other(qtbot: QtBot, window: MainWindow) -> None:
    for number, name in enumerate(("Nguyễn Thị Diệu", "Nguyễn Thị Diễm"), 4):
        window.desk.receive(line(name, f"08719000123{number}"))
    press(Key.Key_F3)
    press(Key.Key_Return)
    write("nguyen thi die")
    at_rest(qtbot, window)
    seen = []
    for _ in range(3):
        press(Key.Key_F10)
        at_rest(qtbot, window)
        seen.append(typed(window.reception.form.named["submitter.full_name"]))
    assert seen == ["Nguyễn Thị Diễm", "Nguyễn Thị Diệu", "Nguyễn Thị Diễm"]


def test_the_next_citizen_may_want_the_same(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    scan(CARD)
    form = window.reception.form
    form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    QTest.keyClick(focused(), Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    at_rest(qtbot, window)
    assert form.procedure.code == "2.000815"
    assert [paper["on"] for paper in form.papers.raw()] == ["1", ""]
    assert typed(form.named["submitter.full_name"]) == ""
    assert focused() is form.named["submitter.personal_id"]


def test_a_likely_duplicate_is_asked_about_beside_the_form_and_opened_by_one_key(
    qtbot: QtBot, window: MainWindow
) -> None:
    first = window.desk.receive(line("Nguyễn Thị Diệu")).value
    press(Key.Key_F3)
    scan(CARD)
    form, reckoning = window.reception.form, window.reception.reckoning
    form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert reckoning.asking.isVisible()
    assert first.code in reckoning.question.text()
    QTest.keyClick(focused(), Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
    at_rest(qtbot, window)
    assert window.dossiers.detail.code.text() == first.code
    press(Key.Key_F3)
    at_rest(qtbot, window)
    assert typed(form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"
    assert form.procedure.code == "2.000815"
    press(Key.Key_F9)  # a question, no refusal
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    assert len(window.desk.find("")) == 2


def test_somebody_whose_name_is_misspelt_is_offered(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.receive(line("Nguyễn Thị Diệu"))
    press(Key.Key_F3)
    press(Key.Key_Return)
    write("nguyen thi deiu")
    at_rest(qtbot, window)
    assert "Nguyễn Thị Diệu" in window.reception.met.words.text()
