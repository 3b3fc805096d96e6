"""What a procedure asks of the form: its cases, grounds, own fields, who benefits."""

from __future__ import annotations

from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mobile_reception.ui.fields import put, typed
from mobile_reception.ui.main_window import MainWindow
from test_ui_reception import Key, at_rest, focused, press, write


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
