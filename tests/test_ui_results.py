"""Results by keys: found, handed over in three keys, signed for, brought back; services in two."""

from __future__ import annotations

import json
from datetime import date
from uuid import uuid4

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mobile_reception.desk import Part
from mobile_reception.desk.results import ResultLine
from mobile_reception.dossier.plan import Planned, planned_json
from mobile_reception.dossier.results import MOST_POINTS
from mobile_reception.ui.actions import table
from mobile_reception.ui.dossier_list import table_of
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.result_panel import BACK, GIVE
from mobile_reception.ui.signature_pad import SignaturePad
from mobile_reception.ui.table import Column, ListModel, fit_columns
from test_ui_reception import Key, at_rest, focused, press, write

CONTROL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
NAMES = ("Lê Văn Ước", "Trần Thị Xạ", "Phạm Thị Cưới")


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window with three results packed for the open session, on their page."""
    session = window.desk.current_session()
    assert session is not None
    with window.desk._bench.store.writing() as db:
        for number, name in enumerate(NAMES):
            card = {
                "id": str(uuid4()),
                "code": f"H20.12.3-261118-000{number}",
                "name": name,
                "procedure": "1.004859",
                "paper": "Trích lục",
                "to_pay": 8000 if number == 1 else 0,
                "in_person": number == 2,
                "by_post": number != 2,
                "session": session.id,
            }
            values = (card["id"], json.dumps(card))
            db.run("INSERT INTO card (kind, key, value) VALUES ('result',?,?)", values)
    window.desk._bench.forget_cards()
    QTest.keyClick(window, Key.Key_F2, SHIFT)
    window.results.refresh(frozenset(Part))
    at_rest(qtbot, window)
    return window


def line(window: MainWindow, name: str) -> ResultLine:
    return next(each for each in window.desk.results() if each.name == name)


def test_a_result_is_found_without_accents_and_handed_over_in_three_keys(
    qtbot: QtBot, page: MainWindow
) -> None:
    press(Key.Key_F7)  # in the morning: all of them are taken along
    at_rest(qtbot, page)
    assert {each.place for each in page.desk.results()} == {"taken"}
    write("xa")
    at_rest(qtbot, page)
    assert page.results.model.rowCount() == 1
    press(Key.Key_Return)
    assert page.results.panel.mode == GIVE
    assert page.results.panel.paid.text() == "8.000"
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert (line(page, "Trần Thị Xạ").place, page.results.panel.mode) == ("handed_over", "")
    assert page.desk.session_summary().taken == 8000
    assert page.results.search.text() == ""
    assert focused() is page.results.search
    assert "đã trao 1" in page.results.figures.text()


def test_the_person_who_was_typed_comes_before_a_place_or_a_procedure_of_that_name(
    qtbot: QtBot, page: MainWindow
) -> None:
    people = (
        ("Ngô Văn An", "Khóm Trung", "1.011607"),  # a procedure «thường xuyên hằng năm»
        ("Võ Thị Xuyến", "Khóm Trung", "2.000815"),
        ("Võ Văn Trung", "Khóm Vườn", "2.000815"),
    )
    with page.desk._bench.store.writing() as db:
        for number, (name, hamlet, procedure) in enumerate(people, 10):
            card = {"code": f"H20.12.3-261118-00{number}", "name": name, "procedure": procedure}
            card |= {"id": str(uuid4()), "paper": "", "hamlet": hamlet, "to_pay": 0, "in_person": False}
            card |= {"by_post": True, "session": page.desk.results()[0].session}
            values = (card["id"], json.dumps(card))
            db.run("INSERT INTO card (kind, key, value) VALUES ('result',?,?)", values)
    page.desk._bench.forget_cards()

    def listed(words: str) -> list[str]:
        page.results.search.setText(words)
        at_rest(qtbot, page)
        rows = (page.results.model.row(at) for at in range(page.results.model.rowCount()))
        return [row.name for row in rows if row is not None]

    assert "xuyên" in page.desk.procedure("1.011607").name
    assert listed("xuyen") == ["Võ Thị Xuyến"]
    assert listed("trung") == ["Võ Văn Trung", "Ngô Văn An", "Võ Thị Xuyến"]
    assert page.results.model.row(page.results.list.currentIndex().row()).name == "Võ Văn Trung"  # type: ignore[union-attr]
    assert listed("thuong xuyen") == ["Ngô Văn An"]  # where nobody is called so
    assert not page.results.none.isVisible()
    assert listed("nguoi la") == []
    assert page.results.none.isVisible()
    assert "nguoi la" in page.results.none.text()
    assert listed("0010") == ["Ngô Văn An"]


def test_somebody_else_needs_a_relation_and_signs_on_the_screen(qtbot: QtBot, page: MainWindow) -> None:
    write("uoc")
    at_rest(qtbot, page)
    press(Key.Key_Return)
    panel = page.results.panel
    panel.name.selectAll()
    write("Lê Thị Ba")
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert "quan hệ" in panel.general.text()
    assert line(page, "Lê Văn Ước").place == "packed"
    panel.relation.setCurrentText("con")
    panel.signed.setCurrentIndex(1)
    at_rest(qtbot, page)
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert "chữ ký" in panel.general.text()
    pad = panel.pad
    assert pad.isVisible()
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 30))
    for place in range(5):
        QTest.mouseMove(pad, QPoint(40 + 20 * place, 30 + 10 * (place % 2)))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(120, 40))
    assert pad.strokes
    QTest.keyClick(focused(), Key.Key_Delete, CONTROL)
    assert pad.strokes == ()
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 30))
    press(Key.Key_F9)
    at_rest(qtbot, page)
    found = line(page, "Lê Văn Ước")
    assert (found.place, found.receiver) == ("handed_over", "Lê Thị Ba")


def test_somebody_elses_card_is_warned_about_and_the_owners_is_not(qtbot: QtBot, page: MainWindow) -> None:
    write("uoc")
    at_rest(qtbot, page)
    press(Key.Key_Return)
    panel = page.results.panel
    page._on_scanned("087198001234||LÊ THỊ BA|01011998|Nữ|Ấp 1, Thường Lạc|01012022")
    assert (panel.name.text(), panel.number.text()) == ("LÊ THỊ BA", "087198001234")
    assert "LÊ THỊ BA" in panel.warning.text()
    assert focused() is panel.relation
    page._on_scanned("087098001234||LÊ VĂN ƯỚC|01011998|Nam|Ấp 1, Thường Lạc|01012022")
    assert panel.warning.isHidden()
    assert focused() is panel.confirm


def test_a_scanned_code_opens_its_result_from_anywhere(qtbot: QtBot, page: MainWindow) -> None:
    press(Key.Key_F3)
    page._on_scanned("H20.12.3-261118-0002")
    at_rest(qtbot, page)
    assert page.stack.currentWidget() is page.results
    assert page.results.panel.title.text() == "Phạm Thị Cưới"
    assert page.results.panel.rows["relation"].isHidden()  # nobody else may receive it
    page._on_scanned("H20.12.3-261118-9999")
    at_rest(qtbot, page)
    assert page.stack.currentWidget() is page.dossiers


def test_several_that_nobody_fetched_go_back_with_one_reason(qtbot: QtBot, page: MainWindow) -> None:
    press(Key.Key_F7)
    at_rest(qtbot, page)
    page.results.list.setFocus()
    page.results.list.selectRow(0)
    press(Key.Key_Space)
    page.results.list.selectRow(1)
    press(Key.Key_Space)
    press(Key.Key_F6)
    assert page.results.panel.mode == BACK
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert "lý do" in page.results.panel.general.text()
    page.results.panel.reason.setCurrentText("đi vắng")
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert sorted(each.place for each in page.desk.results()) == ["returned", "returned", "taken"]
    assert "mang về 2" in page.results.figures.text()


def test_by_post_needs_an_address_and_a_tracking_code(qtbot: QtBot, page: MainWindow) -> None:
    write("uoc")
    at_rest(qtbot, page)
    QTest.keyClick(focused(), Key.Key_F6, SHIFT)
    panel = page.results.panel
    write("EV1VN")
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert "địa chỉ" in panel.general.text()
    panel.address.setText("Ấp 1, phường Thường Lạc")
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert line(page, "Lê Văn Ước").place == "posted"


def test_escape_leaves_and_nothing_is_on_record(qtbot: QtBot, page: MainWindow) -> None:
    press(Key.Key_Return)
    assert page.results.panel.mode == GIVE
    press(Key.Key_Escape)
    assert page.results.panel.isHidden()
    assert {each.place for each in page.desk.results()} == {"packed"}


def test_a_pad_takes_no_more_than_a_fact_holds(qtbot: QtBot) -> None:
    pad = SignaturePad("ký")
    qtbot.addWidget(pad)
    pad.resize(500, 160)
    pad.draw((tuple([1] * (2 * MOST_POINTS)),))
    pad.show()
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(pad, QPoint(200, 100))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert sum(map(len, pad.strokes)) == 2 * MOST_POINTS


def test_free_services_are_counted_in_two_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.set_service_price("typing", 60_000)
    press(Key.Key_F3)
    for key in (Key.Key_D, Key.Key_D, Key.Key_O, Key.Key_H, Key.Key_V):
        press(Key.Key_F2)
        QTest.keyClick(focused(), key, ALT)
        at_rest(qtbot, window)
    QTest.keyClick(focused(), Key.Key_D, ALT | SHIFT)
    at_rest(qtbot, window)
    services = window.session.services
    assert [count.text() for count in services.counts.values()] == ["1", "1", "1", "1"]
    assert "phiên này 60.000 đ" in services.saved.text()


def test_the_page_comes_first_when_a_session_with_results_is_opened(qtbot: QtBot, page: MainWindow) -> None:
    page.desk.close_session()
    page.turn_to("session")
    page.session.refresh(frozenset({Part.SESSION}))
    at_rest(qtbot, page)
    assert "3 kết quả" in page.session.plan.text()
    page.session.hamlet.setCurrentText("Ấp 1")
    press(Key.Key_F9)
    at_rest(qtbot, page)
    assert page.stack.currentWidget() is page.results


def test_ready_to_go_says_what_is_red_first_and_prints_a_page(qtbot: QtBot, page: MainWindow) -> None:
    QTest.keyClick(focused(), Key.Key_H, CONTROL)
    at_rest(qtbot, page)
    ready = page.ready
    assert page.stack.currentWidget() is ready
    found = {each.name: each for each in ready.checks}
    assert (found["results"].state, found["results"].value) == ("look", 3)
    assert found["planned"].state == "unknown"
    said = [label.text() for label in ready._inside.findChildren(QLabel)]
    order = [said.index(each.title) for each in ready.checks if each.state in ("bad", "good")]
    reds = [said.index(each.title) for each in ready.checks if each.state == "bad"]
    assert max(reds, default=-1) <= min(set(order) - set(reds))
    press(Key.Key_F8)
    at_rest(qtbot, page)
    press(Key.Key_Escape)
    assert page.stack.currentWidget() is page.results


def test_a_session_opened_at_the_wrong_hamlet_is_set_right_or_joined(
    qtbot: QtBot, window: MainWindow
) -> None:
    planned = Planned(id=str(uuid4()), hamlet="Khóm Trung", day=date(2026, 11, 27))
    with window.desk._bench.store.writing() as db:
        values = (planned.id, json.dumps(planned_json(planned)))
        db.run("INSERT INTO card (kind, key, value) VALUES ('planned',?,?)", values)
    window.desk._bench.forget_cards()
    QTest.keyClick(focused(), Key.Key_G, ALT)
    at_rest(qtbot, window)
    card = window.session.move_card
    assert card.isVisible()
    card.day.setText("hôm qua")
    QTest.keyClick(focused(), Key.Key_L, ALT)
    assert "ngày" in card.problem.text()
    card.hamlet.setCurrentText("Ấp 9")
    card.day.setText("24/11/2026")
    QTest.keyClick(focused(), Key.Key_L, ALT)
    at_rest(qtbot, window)
    assert not card.isVisible()
    session = window.desk.current_session()
    assert session is not None
    assert (session.hamlet, session.day) == ("Ấp 9", date(2026, 11, 24))
    QTest.keyClick(focused(), Key.Key_G, ALT)
    at_rest(qtbot, window)
    card.planned.setCurrentIndex(1)
    QTest.keyClick(focused(), Key.Key_L, ALT)
    at_rest(qtbot, window)
    assert window.desk.sessions()[0].joined_to == planned.id


def test_a_key_means_one_thing_on_each_page() -> None:
    """A shortcut that two acts share does nothing at all."""
    acts = table()
    for page in {act.page for act in acts}:
        keys = [key for act in acts if act.page in ("", page) for key in act.keys]
        assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)


def test_a_narrow_list_is_filled_without_the_column_that_takes_what_is_left(qtbot: QtBot) -> None:
    columns: tuple[Column[str], ...] = (
        Column("Họ tên", str, 120),
        Column("Kết quả", lambda one: one * 9, spare=1),
        Column("Tình trạng", str, 90),
    )
    model = ListModel(columns)
    model.show(("Nguyễn Thị Diệu", "Trần Văn Ắn"))
    view = table_of(model, "Kết quả", pills=())
    qtbot.addWidget(view)
    view.resize(330, 200)
    view.show()
    fit_columns(view, columns)
    assert view.isColumnHidden(1)
    assert view.horizontalHeader().length() == view.viewport().width()
    view.resize(900, 200)
    assert not view.isColumnHidden(1)
    assert view.horizontalHeader().length() == view.viewport().width()
