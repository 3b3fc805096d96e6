"""A citizen at the table, by keyboard alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mobile_reception.desk import Part
from mobile_reception.dossier.lifecycle import REFUSED
from mobile_reception.ui.fields import typed
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.reception_form import ReceptionForm
from ui_laptop import line

Key = Qt.Key


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def write(words: str) -> None:
    """Type ``words`` where the focus is, as a Vietnamese input method does."""
    event = QInputMethodEvent("", [])
    event.setCommitString(words)
    QApplication.sendEvent(focused(), event)


def press(key: Key) -> None:
    QTest.keyClick(focused(), key)


def at_rest(qtbot: QtBot, window: MainWindow) -> None:
    page = window.reception
    qtbot.waitUntil(
        lambda: bool(
            not window.scans.holding
            and window.background.at_rest
            and not page._assess.isActive()
            and not page._autosave.isActive()
        )
    )


def name_of(form: ReceptionForm, widget: QWidget) -> str:
    return next(name for name, field in form.named.items() if field is widget)


def test_a_citizen_is_received_without_a_mouse(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    for words in ("087190001234", "Nguyễn Thị Diệu", "02/05/1990"):
        write(words)
        press(Key.Key_Return)
    press(Key.Key_Down)  # sex: female
    press(Key.Key_Return)
    for words in ("0912345678", "Ấp 1, phường Thường Lạc"):
        write(words)
        press(Key.Key_Return)
    press(Key.Key_Return)  # not for somebody else
    write("chung thuc ban sao tu ban chinh")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert window.reception.form.procedure.code == "2.000815"
    press(Key.Key_Return)  # the paper is ticked
    write("4")  # its pages are marked, so that a number replaces them
    at_rest(qtbot, window)
    assert window.reception.reckoning.fee.text() == "6.000 đ"
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    received = window.reception.received
    assert received is not None
    assert window.reception.saved.code.text() == received.code
    assert window.reception.saved.receipt.pages
    view = window.desk.dossier(received.code)
    assert view.state.fields["submitter.full_name"].value == "Nguyễn Thị Diệu"
    assert view.state.fields["submitter.birth_date"].value == "1990-05-02"
    assert view.state.fields["submitter.sex"].value == "female"
    assert view.state.fee == 6000
    assert window.desk.drafts() == ()
    press(Key.Key_F7)
    at_rest(qtbot, window)
    assert window.reception.form.empty
    assert focused() is window.reception.form.named["submitter.personal_id"]


def test_enter_in_the_procedure_may_be_faster_than_the_list(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert form.procedure.code == "2.000815"
    assert [paper["on"] for paper in form.papers.raw()] == ["1", ""]


def test_control_enter_saves_too_and_two_keys_are_one_dossier(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    form.put_raw({"submitter.full_name": "Nguyễn Thị Diệu"})
    form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window, Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    at_rest(qtbot, window)
    assert len(window.desk.find("")) == 1


def test_a_procedure_that_is_only_guided_says_why_and_is_not_taken(qtbot: QtBot, window: MainWindow) -> None:
    guided = next(each for each in window.desk.procedures() if not each.receivable)
    press(Key.Key_F3)
    form = window.reception.form
    form.procedure.field.setFocus()
    write(guided.code)
    at_rest(qtbot, window)
    assert form.procedure.list.isVisible()
    press(Key.Key_Return)
    assert form.procedure.code == ""
    assert form.procedure.about.text() == guided.why


def test_problems_stand_beside_their_fields_and_the_first_gets_the_focus(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(Key.Key_F3)
    write("0871")
    press(Key.Key_F9)
    at_rest(qtbot, window)
    form = window.reception.form
    assert window.reception.received is None
    assert "12 chữ số" in form.rows["submitter.personal_id"].problem.text()
    assert form.rows["submitter.full_name"].problem.isVisible()
    assert form.rows["procedure"].problem.isVisible()
    assert not form.rows["submitter.phone"].problem.isVisible()
    assert focused() is form.named["submitter.personal_id"]
    assert window.desk.find("") == ()


def test_a_field_that_was_not_reached_is_not_scolded(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    write("0871")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    form = window.reception.form
    assert form.rows["submitter.personal_id"].problem.isVisible()
    assert not form.rows["submitter.full_name"].problem.isVisible()


def test_a_fee_that_nobody_knows_is_asked_of_the_officer(qtbot: QtBot, window: MainWindow) -> None:
    unknown = next(
        each.code
        for each in window.desk.procedures()
        if each.receivable
        and {"fee", "due"}
        <= {problem.field for problem in window.desk.assess({"procedure": each.code}).problems}
    )
    press(Key.Key_F3)
    form = window.reception.form
    form.procedure.field.setFocus()
    write(unknown)
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert form.rows["fee"].isVisibleTo(form)
    assert form.rows["due"].isVisibleTo(form)


def test_every_field_is_on_disk_soon_after_the_key(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    write("087190001234")
    at_rest(qtbot, window)
    (draft,) = window.desk.drafts()
    assert draft.fields["submitter.personal_id"] == "087190001234"
    write("5")
    press(Key.Key_Return)  # leaving the field does not wait for the clock
    assert not window.reception._autosave.isActive()


def test_the_next_citizen_keeps_the_unfinished_form(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    press(Key.Key_Return)
    write("Lê Văn Ắn")
    press(Key.Key_F7)
    at_rest(qtbot, window)
    form, tabs = window.reception.form, window.reception.tabs
    assert form.empty
    assert tabs.isVisible()
    assert not window.reception.offer.isVisible()
    assert tabs.buttons[0].text().startswith("Lê Văn Ắn 08:")
    QTest.keyClick(focused(), Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: typed(form.named["submitter.full_name"]) == "Lê Văn Ắn")
    at_rest(qtbot, window)
    assert not tabs.isVisible()


def test_held_citizens_keep_their_keys_whoever_is_served_between(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    for name in ("Lê Văn Ắn", "Đỗ Hữu Ước", "Võ Thị Mười"):
        press(Key.Key_Return)
        write(name)
        press(Key.Key_F7)
        at_rest(qtbot, window)
    assert [draft.name for draft in window.reception.tabs.drafts] == [
        "Lê Văn Ắn",
        "Đỗ Hữu Ước",
        "Võ Thị Mười",
    ]
    QTest.keyClick(focused(), Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert typed(form.named["submitter.full_name"]) == "Đỗ Hữu Ước"
    assert [draft.name for draft in window.reception.tabs.drafts] == ["Lê Văn Ắn", "Võ Thị Mười"]
    QTest.keyClick(focused(), Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert typed(form.named["submitter.full_name"]) == "Lê Văn Ắn"
    assert [draft.name for draft in window.reception.tabs.drafts] == ["Đỗ Hữu Ước", "Võ Thị Mười"]
    assert len(window.desk.drafts()) == 3


def test_a_draft_comes_back_with_its_procedure_and_papers(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    form.papers.fields()[1].setText("Sổ hộ khẩu cũ")
    before = form.raw()
    press(Key.Key_F7)
    at_rest(qtbot, window)
    window.reception.offer.reopened.emit(window.desk.drafts()[0])
    at_rest(qtbot, window)
    assert form.raw() == before


def test_a_draft_that_was_dropped_can_be_taken_back(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.save_draft("one", {"submitter.full_name": "Lê Văn Ắn"})
    press(Key.Key_F3)
    window.reception.refresh(frozenset({Part.DRAFTS}))
    at_rest(qtbot, window)
    window.reception.offer.dropped.emit(window.desk.drafts()[0])
    at_rest(qtbot, window)
    assert window.desk.drafts() == ()
    window.message.offer.click()
    at_rest(qtbot, window)
    assert [draft.name for draft in window.desk.drafts()] == ["Lê Văn Ắn"]


def test_for_later_folds_the_offer_and_loses_nothing(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.save_draft("one", {"submitter.full_name": "Lê Văn Ắn"})
    press(Key.Key_F3)
    window.reception.refresh(frozenset({Part.DRAFTS}))
    at_rest(qtbot, window)
    offer = window.reception.offer
    offer.later.click()
    assert offer.isVisible()
    assert offer.grid.count() == 2  # how many, and the key
    offer.later.click()
    assert offer.grid.count() == 4
    assert len(window.desk.drafts()) == 1


def test_the_same_citizen_gets_a_second_dossier(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    window.reception.form.put_raw(
        {"submitter.full_name": "Nguyễn Thị Diệu", "submitter.personal_id": "087190001234"}
    )
    form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: window.reception.received is not None)
    press(Key.Key_F6)
    at_rest(qtbot, window)
    assert typed(form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"
    assert form.procedure.code == ""
    assert focused() is form.procedure.field


def test_without_a_session_the_officer_is_led_to_open_one(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.close_session()
    window.changed(frozenset(Part))
    press(Key.Key_F3)
    at_rest(qtbot, window)
    assert window.reception.no_session.isVisible()
    window.reception.form.put_raw(
        {"submitter.full_name": "Nguyễn Thị Diệu", "submitter.personal_id": "087190001234"}
    )
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert window.message.isVisible()
    assert typed(window.reception.form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"


def test_a_scanned_card_fills_the_citizen(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    write("087190001234|301234567|Nguyễn Thị Diệu|02051990|Nữ|Ấp 1, Thường Lạc|01012021")
    at_rest(qtbot, window)
    form = window.reception.form
    read = {
        name: typed(form.named[f"submitter.{name}"]) for name in ("personal_id", "full_name", "birth_date")
    }
    assert read == {"personal_id": "087190001234", "full_name": "Nguyễn Thị Diệu", "birth_date": "02/05/1990"}
    assert typed(form.named["submitter.sex"]) == "female"


def test_shift_enter_goes_back(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    press(Key.Key_Return)
    QTest.keyClick(focused(), Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert name_of(window.reception.form, focused()) == "submitter.personal_id"


def test_enter_in_the_last_field_leads_to_the_save_key(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    form.path()[-1].setFocus()
    assert isinstance(focused(), QLineEdit)
    press(Key.Key_Return)
    assert focused() is window.reception.reckoning.save


def test_dossiers_are_found_as_the_words_are_typed(qtbot: QtBot, window: MainWindow) -> None:
    for number, name in enumerate(("Nguyễn Thị Diệu", "Lê Văn Ắn", "Đỗ Hữu Ước")):
        window.desk.receive(line(name, f"08719000123{number}"))
    window.changed(frozenset({Part.DOSSIERS}))
    press(Key.Key_F4)
    at_rest(qtbot, window)
    page = window.dossiers
    assert [page.model.row(at).name for at in range(3)] == ["Đỗ Hữu Ước", "Lê Văn Ắn", "Nguyễn Thị Diệu"]
    write("do huu")
    at_rest(qtbot, window)
    assert page.model.rowCount() == 1
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert page.detail.isVisible()
    assert page.detail.code.text().startswith("H20.12.3-261125-")
    press(Key.Key_Escape)
    at_rest(qtbot, window)
    assert page.list.isVisible()


def test_the_list_of_dossiers_begins_with_the_newest_and_a_new_search(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.desk.receive(line("Nguyễn Thị Diệu"))
    window.changed(frozenset({Part.DOSSIERS}))
    press(Key.Key_F4)
    write("dieu")
    at_rest(qtbot, window)
    press(Key.Key_F3)
    window.desk.receive(line("Nguyễn Văn Diệu", "087090001235"))
    window.changed(frozenset({Part.DOSSIERS}))
    at_rest(qtbot, window)
    press(Key.Key_F4)
    page = window.dossiers
    chosen = page.model.row(page.list.currentIndex().row())
    assert chosen is not None
    assert chosen.name == "Nguyễn Văn Diệu"
    assert page.search.selectedText() == "dieu"  # the next word takes its place


def test_a_session_is_opened_and_closed_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.receive(line("Nguyễn Thị Diệu"))
    window.changed(frozenset({Part.SESSION}))
    at_rest(qtbot, window)
    page = window.session
    assert page.figures["citizens"].text() == "1"
    assert page.figures["fees"].text() == "12.000 đ"
    press(Key.Key_F6)
    at_rest(qtbot, window)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: page.session is None)
    at_rest(qtbot, window)
    press(Key.Key_F2)
    page.hamlet.setCurrentText("Khóm Trung")
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: page.session is not None)
    assert page.place.text() == "Khóm Trung"


def test_undo_takes_back_what_was_saved_until_it_is_printed(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    page = window.reception
    page.form.put_raw({"submitter.full_name": "Nguyễn Thị Diệu"})
    page.form.procedure.field.setFocus()
    write("2.000815")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: page.received is not None)
    at_rest(qtbot, window)
    first = page.received
    assert first is not None
    QTest.keyClick(focused(), Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert page.received is None
    assert page.form.procedure.code == "2.000815"
    assert window.desk.dossier(first.code).state.status == REFUSED
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: page.received is not None)
    at_rest(qtbot, window)
    press(Key.Key_F8)
    qtbot.waitUntil(lambda: window.background.at_rest and not window.printing.busy)
    QTest.keyClick(focused(), Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    second = page.received
    assert second is not None
    assert window.desk.dossier(second.code).state.status != REFUSED


def test_a_form_thrown_away_can_be_had_back(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    form = window.reception.form
    write("087190001234")
    at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_X, Qt.KeyboardModifier.AltModifier)
    at_rest(qtbot, window)
    assert form.empty
    assert window.desk.drafts() == ()
    press(Key.Key_F12)
    at_rest(qtbot, window)
    assert [draft.fields["submitter.personal_id"] for draft in window.desk.drafts()] == ["087190001234"]


def test_a_draft_of_before_is_taken_up_by_its_key_at_once(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.save_draft("x", {"submitter.full_name": "Lê Văn Ắn", "procedure": "2.000815"})
    press(Key.Key_F3)
    window.reception.refresh(frozenset({Part.DRAFTS}))
    at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_1, Qt.KeyboardModifier.AltModifier)
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["submitter.full_name"]) == "Lê Văn Ắn"
    assert window.reception.form.procedure.code == "2.000815"


def test_a_draft_keeps_the_rules_that_it_began_with(qtbot: QtBot, window: MainWindow) -> None:
    desk = window.desk
    press(Key.Key_F3)
    page = window.reception
    page.form.put_raw({"submitter.full_name": "Nguyễn Thị Diệu"})
    page.form.procedure.field.setFocus()
    write("2.000635")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    before = page.reckoning.fee.text()
    press(Key.Key_F7)  # held; meanwhile the centre sends another amount
    at_rest(qtbot, window)
    bench = desk._bench
    bench._catalogue = bench.catalogue.with_settings({"fee": {"2.000635": 99000}})
    QTest.keyClick(focused(), Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert page.reckoning.fee.text() == before
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: page.received is not None)
    at_rest(qtbot, window)
    assert page.saved.fee.text() == before
    press(Key.Key_F7)
    at_rest(qtbot, window)
    page.form.put_raw({"submitter.full_name": "Lê Văn Ắn"})
    page.form.procedure.field.setFocus()
    write("2.000635")
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert page.reckoning.fee.text() == "99.000 đ" != before


def test_procedures_received_often_stand_first(qtbot: QtBot, window: MainWindow) -> None:
    for _ in range(2):
        window.desk.receive(line("Nguyễn Thị Diệu"))
    press(Key.Key_F3)
    window.reception.form.procedure.field.setFocus()
    press(Key.Key_Down)
    at_rest(qtbot, window)
    current = window.reception.form.procedure.current
    assert current is not None
    assert current.code == "2.000815"
