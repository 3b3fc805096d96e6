"""What a procedure asks of the form: its cases, grounds, own fields, who benefits."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mobile_reception import words
from mobile_reception.ui.fields import put, typed
from mobile_reception.ui.look import clothe, dress
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.reception_form import ReceptionForm
from test_ui_reception import Key, at_rest, focused, press, write

ALT = Qt.KeyboardModifier.AltModifier


def choose(qtbot: QtBot, window: MainWindow, code: str) -> None:
    press(Key.Key_F3)
    window.reception.form.procedure.field.setFocus()
    write(code)
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert window.reception.form.procedure.code == code


def names(window: MainWindow) -> list[str]:
    return [row["name"] for row in window.reception.form.papers.raw()]


def test_cases_are_asked_only_where_there_are_some_and_bring_their_papers(
    qtbot: QtBot, window: MainWindow
) -> None:
    choose(qtbot, window, "2.000815")
    form = window.reception.form
    assert not form.rows["variant"].isVisible()
    press(Key.Key_F7)
    choose(qtbot, window, "1.001776")
    version = window.desk.procedure("1.001776").at(window.reception._around.today())
    assert form.rows["variant"].isVisible()
    assert names(window) == [rule.name for rule in version.papers]
    form.papers.add_free()
    write("Giấy tờ của riêng ông")
    case = next(one for one in version.variants if version.papers_for(one.code) != version.papers)
    form.named["variant"].setFocus()
    while typed(form.named["variant"]) != case.code:
        press(Key.Key_Down)
    at_rest(qtbot, window)
    wanted = [rule.name for rule in version.papers_for(case.code)]
    assert names(window) == [*wanted, "Giấy tờ của riêng ông"]
    assert form.line()["variant"] == case.code


def test_who_benefits_is_asked_where_it_may_be_somebody_else(qtbot: QtBot, window: MainWindow) -> None:
    choose(qtbot, window, "2.000815")
    form = window.reception.form
    assert not form.rows["for_beneficiary"].isVisible()
    press(Key.Key_F7)
    choose(qtbot, window, "1.001776")
    box = form.named["for_beneficiary"]
    box.setFocus()
    press(Key.Key_Space)
    form.named["beneficiary.full_name"].setFocus()
    write("Trần Thị Mười")
    at_rest(qtbot, window)
    assert form.line()["beneficiary"]["full_name"] == "Trần Thị Mười"
    before = form.raw()
    press(Key.Key_F7)
    at_rest(qtbot, window)
    window.reception.offer.reopened.emit(window.desk.drafts()[0])
    at_rest(qtbot, window)
    assert form.raw() == before


def test_extra_copies_of_the_extract_cost_at_once(qtbot: QtBot, window: MainWindow) -> None:
    choose(qtbot, window, "1.001193")
    form = window.reception.form
    put(form.named["fee"], "")
    copies = form.named["answers.extra_copies"]
    copies.setFocus()
    QTest.keyClicks(copies, "2x")
    at_rest(qtbot, window)
    assert typed(copies) == "2"
    assert form.line()["answers"] == {"extra_copies": "2"}


def test_whose_telephone_and_how_it_came(qtbot: QtBot, window: MainWindow) -> None:
    choose(qtbot, window, "2.000815")
    form = window.reception.form
    form.put_raw({"submitter.full_name": "Nguyễn Thị Diệu", "submitter.phone": "0912345678"})
    form.named["submitter.phone"].setFocus()
    press(Key.Key_Tab)
    assert focused() is form.named["submitter.phone_of"]
    event = QInputMethodEvent("", [])
    event.setCommitString("con gái")
    QApplication.sendEvent(focused(), event)
    put(form.named["channel"], "post")
    at_rest(qtbot, window)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    fields = window.desk.dossier(window.reception.received.code).state.fields
    assert fields["submitter.phone_of"].value == "con gái"
    assert fields["channel"].value == "post"


def test_grounds_for_exemption_are_offered_and_free(qtbot: QtBot, window: MainWindow) -> None:
    today = window.reception._around.today()
    code = next(
        each.code
        for each in window.desk.procedures()
        if each.receivable and window.desk.procedure(each.code).at(today).fee.exemptions
    )
    choose(qtbot, window, code)
    form = window.reception.form
    assert form.rows["exemption"].isVisible()
    form.named["exemption"].setFocus()
    press(Key.Key_Down)
    at_rest(qtbot, window)
    assert window.reception.reckoning.fee.text() == "0 đ"


def chosen(qtbot: QtBot, window: MainWindow, code: str) -> ReceptionForm:
    choose(qtbot, window, code)
    return window.reception.form


def test_tab_goes_through_the_papers_and_enter_goes_on_from_a_count(qtbot: QtBot, window: MainWindow) -> None:
    form = chosen(qtbot, window, "1.001612")
    lines = form.papers._lines
    assert focused() is lines[0].on
    order = [lines[0].name, *lines[0].counts.values(), lines[1].on]
    for field in order:
        press(Key.Key_Tab)
        assert focused() is field
    lines[0].counts["photocopies"].setFocus()
    press(Key.Key_Return)
    assert focused() is lines[1].on  # not the first field of the form
    QTest.keyClick(lines[0].counts["photocopies"], Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    form.papers.more.setFocus()
    press(Key.Key_Space)
    assert focused() is form.papers._lines[-1].name
    write("Hợp đồng thuê nhà")
    for _ in range(3):
        press(Key.Key_Tab)
    write("2")
    press(Key.Key_Return)
    assert focused() is form.papers.more
    assert form.papers.raw()[-1]["photocopies"] == "2"
    form.named["channel"].setFocus()
    press(Key.Key_Tab)
    assert focused() is not form.named["submitter.personal_id"]


def test_the_field_that_has_the_focus_is_in_sight_when_the_form_grows(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.resize(1092, 614)
    form = chosen(qtbot, window, "2.000815")
    tick = form.papers._lines[0].on
    assert focused() is tick
    view = window.reception.view.viewport()
    qtbot.waitUntil(lambda: view.rect().contains(tick.mapTo(view, tick.rect().center())))


def test_a_name_typed_in_small_letters_gets_its_capitals(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    name = window.reception.form.named["submitter.full_name"]
    for given, kept in (
        ("nguyễn thị ánh", "Nguyễn Thị Ánh"),
        ("TRẦN THỊ XẠ", "TRẦN THỊ XẠ"),
        ("Y Kđăm Êban", "Y Kđăm Êban"),
    ):
        name.setFocus()
        put(name, "")
        write(given)
        press(Key.Key_Return)
        assert typed(name) == kept


def test_one_key_copies_the_address_of_the_one_before(qtbot: QtBot, window: MainWindow) -> None:
    form = chosen(qtbot, window, "1.001612")
    named = form.named
    put(named["submitter.full_name"], "Nguyễn Thị Diệu")
    put(named["submitter.address"], "Ấp 1, phường Thường Lạc")
    put(named["submitter.phone"], "0912345678")
    put(named["for_other"], "1")
    put(named["owner.full_name"], "Trần Văn Ắn")
    named["owner.address"].setFocus()
    QTest.keyClick(focused(), Key.Key_C, ALT)
    assert typed(named["owner.address"]) == "Ấp 1, phường Thường Lạc"
    assert focused() is named["relation"]
    put(named["relation"], "cha")
    put(named["delivery.way"], "post")
    named["delivery.recipient"].setFocus()
    QTest.keyClick(focused(), Key.Key_C, ALT)
    sent = [typed(named[f"delivery.{name}"]) for name in ("recipient", "address", "phone")]
    assert sent == ["Nguyễn Thị Diệu", "Ấp 1, phường Thường Lạc", "0912345678"]
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    press(Key.Key_F7)
    at_rest(qtbot, window)
    named["submitter.address"].setFocus()
    QTest.keyClick(focused(), Key.Key_C, ALT)
    assert typed(named["submitter.address"]) == "Ấp 1, phường Thường Lạc"


def test_why_a_fee_is_the_officers_and_that_no_paper_is_ticked_are_said_in_full(
    qtbot: QtBot, window: MainWindow
) -> None:
    form = chosen(qtbot, window, "1.004873")
    said = window.reception.reckoning
    at_rest(qtbot, window)
    assert "HĐND tỉnh quyết định" in said.rule.text()
    assert said.rule.height() >= said.rule.heightForWidth(said.rule.width())
    assert "Chưa đánh dấu giấy tờ nào" not in said.warnings.text()
    for line in form.papers._lines:
        line.on.setChecked(False)
    at_rest(qtbot, window)
    assert "Chưa đánh dấu giấy tờ nào" in said.warnings.text()


@pytest.mark.parametrize("tongue", words.LANGUAGES)
def test_the_form_is_no_wider_than_a_small_screen_has_room(
    qtbot: QtBot, qapp: QApplication, tongue: str
) -> None:
    words.use(tongue)
    dress(qapp)
    form = ReceptionForm(lambda: date(2026, 11, 25), QPushButton(words.text("Đính kèm") + "  ·  Ctrl+K"))
    qtbot.addWidget(form)
    clothe(form)
    put(form.named["for_other"], "1")
    assert form.minimumSizeHint().width() <= 692  # what 1092 leaves beside the fee and a scroll bar


def test_with_many_papers_the_day_to_come_back_is_still_in_sight(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1092, 614)
    form = chosen(qtbot, window, "2.000815")
    for number in range(12):
        form.papers.add_free()
        write(f"Giấy tờ số {number}")
    at_rest(qtbot, window)
    said = window.reception.reckoning
    assert said.fee.text() == "26.000 đ"
    assert said.rule.text().splitlines()[-1] == "và 10 giấy tờ khác"
    place = said.back.mapTo(window, said.back.rect().bottomLeft())
    assert place.y() < said.save.mapTo(window, said.save.rect().topLeft()).y()
