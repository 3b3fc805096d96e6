"""The end of the day by keys: the box counted, the close, the summary and what is behind it, the review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from laptops import received
from mobile_reception.desk import Officer, Part
from mobile_reception.desk.reviews import Stage
from mobile_reception.desk.table import Desk
from mobile_reception.store import keys
from mobile_reception.ui.background import Background
from mobile_reception.ui.compare_view import share
from mobile_reception.ui.main_window import MainWindow
from test_review import SECRET, office
from ui_laptop import Laptop, line, now

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


def at_rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.background.at_rest)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifier)


def write(words: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, words)


@pytest.fixture
def deputy(qtbot: QtBot, laptop: Laptop) -> Iterator[MainWindow]:
    """The window in the hands of a deputy director."""
    store, signing = laptop.desk._bench.store, laptop.desk._bench.signing
    desk = Desk(store, Officer("diem", "Diễm", "deputy"), now, signing)
    background = Background(_fail)
    opened = MainWindow(desk, background, laptop.folder, now, idle_seconds=0, find=lambda _name: None)
    qtbot.addWidget(opened)
    opened.show()
    opened.activateWindow()
    qtbot.waitUntil(lambda: background.at_rest and opened.isActiveWindow())
    yield opened
    background.stop()
    from PySide6.QtCore import QObject

    _held[:] = opened.findChildren(QObject)


_held: list[object] = []


def _fail(error: Exception) -> None:
    raise error


def some(desk: Desk) -> list[str]:
    """Three dossiers: one paid and printed, one given back, one refused."""
    codes = [
        received(desk, line(name, f"08719000123{number}")).code
        for number, name in enumerate(("An", "Bình", "Cúc"))
    ]
    desk.collect(codes[0], 12_000)
    desk.print_done(desk.print_job(codes[0]).value.id)
    desk.hand_over(codes[1], "Bình")
    desk.refuse(codes[2], "nhầm")
    return codes


def test_a_session_is_closed_with_its_box_counted_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    desk, page = window.desk, window.evening.closing
    codes = some(desk)
    press(Key.Key_F6)
    at_rest(qtbot, window)
    assert window.stack.currentWidget() is page
    assert [page.figures[name].text() for name in ("citizens", "dossiers", "handed_over", "taken")] == [
        "3", "3", "1", "12.000 đ",
    ]  # fmt: skip
    assert codes[1] in page.left.text()  # its receipt was never printed
    for _ in range(5):
        press(Key.Key_Return)
    write("1")  # one note of 10,000
    press(Key.Key_Return)
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: page.cash.total.text() == "10.000 đ")
    assert page.cash.words.text() == "Mười nghìn đồng"
    assert "Thiếu 2.000 đ" in page.cash.difference.text()
    write("1")  # and one of 2,000
    qtbot.waitUntil(lambda: page.cash.total.text() == "12.000 đ")
    assert not page.cash.explained.isVisible()
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: desk.current_session() is None)
    at_rest(qtbot, window)
    found = desk.closing()
    assert (found.cash, found.difference, found.notes) == (12_000, 0, {10_000: 1, 2_000: 1})
    assert not page.cash.isVisible()
    assert "12.000 đ" in page.left.text()
    press(Key.Key_Escape)
    assert window.stack.currentWidget() is window.session


def test_a_difference_is_explained_and_an_uncounted_box_is_none(qtbot: QtBot, window: MainWindow) -> None:
    desk, page = window.desk, window.evening.closing
    some(desk)
    window.turn_to("closing")
    at_rest(qtbot, window)
    assert page.cash.notes is None
    assert page.cash.total.text() == "chưa đếm"
    page.cash.counts[500_000].setText("1")
    assert "Thừa 488.000 đ" in page.cash.difference.text()
    page.cash.explained.setText("tiền lẻ mang theo <để thối>")
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: desk.current_session() is None)
    at_rest(qtbot, window)
    assert desk.closing().explained == ("tiền lẻ mang theo <để thối>",)
    assert "&lt;để thối&gt;" in page.left.text()
    desk.open_session("Ấp 2")
    window.turn_to("closing")
    at_rest(qtbot, window)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: desk.current_session() is None)
    assert [each.cash for each in desk.sessions() if each.hamlet == "Ấp 2"] == [None]


def test_an_incident_takes_two_keys(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_E, CONTROL)
    assert window.evening.incidents.isVisible()
    press(Key.Key_3)
    qtbot.waitUntil(lambda: not window.evening.incidents.isVisible())
    (incident,) = window.desk.session_summary().incidents
    assert (incident.kind, incident.note) == ("printer", None)
    window.desk.close_session()
    press(Key.Key_E, CONTROL)
    press(Key.Key_1)
    qtbot.waitUntil(lambda: not window.evening.incidents.isVisible())
    assert len(window.desk.session_summary().incidents) == 1


def test_a_complaint_is_asked_for_its_content_and_is_no_incident(qtbot: QtBot, window: MainWindow) -> None:
    strip = window.evening.incidents
    press(Key.Key_E, CONTROL)
    press(Key.Key_6)
    qtbot.waitUntil(strip.note.hasFocus)
    assert "nội dung" in window.message.words.text()
    strip.note.insert("ghế ngồi chờ bị gãy")
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.isVisible())
    assert window.message.words.text() == "Đã ghi vào phiên: Phản ánh, kiến nghị."
    told = window.desk.session_summary()
    assert [each.note for each in told.complaints] == ["ghế ngồi chờ bị gãy"]
    assert told.incidents == ()
    press(Key.Key_E, CONTROL)  # what was asked for then is forgotten
    strip.note.setFocus()
    press(Key.Key_Return)
    press(Key.Key_1)
    qtbot.waitUntil(lambda: not strip.isVisible())
    assert window.message.words.text() == "Đã ghi vào phiên: Mất điện."


def test_nothing_of_the_summary_is_cut_on_a_small_screen(qtbot: QtBot, window: MainWindow) -> None:
    some(window.desk)
    window.resize(1092, 614)
    press(Key.Key_T, CONTROL)
    at_rest(qtbot, window)
    sheet = window.evening.summary.sheet

    def cut() -> list[str]:
        found = []
        for view, model in zip(sheet.lists, sheet.models, strict=True):
            metrics, room = view.fontMetrics(), view.columnWidth(0) - 20  # the edges of the style and of Qt
            for at in range(model.rowCount()):
                name = str(model.index(at, 0).data())
                if model.row(at).figure is None:
                    continue
                words = metrics.boundingRect(0, 0, room, 0, Qt.TextFlag.TextWordWrap, name)
                if view.rowHeight(at) < words.height():
                    found.append(name)
        edges = {name: chart.mapTo(sheet, QPoint(chart.width(), 0)) for name, chart in sheet.charts.items()}
        return found + [name for name, edge in edges.items() if edge.x() > sheet.width()]

    qtbot.waitUntil(lambda: cut() == [])  # a layout comes to rest a moment after the figures


def test_every_figure_of_the_summary_opens_its_dossiers(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    codes = some(window.desk)
    view = window.evening.summary
    press(Key.Key_T, CONTROL)
    at_rest(qtbot, window)
    assert window.stack.currentWidget() is view
    page = window.desk.summary_page()
    for _, _, figures in page.sections:
        for figure in figures:
            if figure.behind is None:
                continue
            view.look_behind(figure)
            at_rest(qtbot, window)
            counted = view.model.rowCount()
            if figure.behind[0] not in ("fees", "phi", "le_phi", "collected"):  # these are sums of money
                assert str(counted) == figure.words, figure
            press(Key.Key_Escape)
            assert not view.behind
    said = {figure.name: figure.words for _, _, figures in page.sections for figure in figures}
    assert said["Hồ sơ tiếp nhận"] == "3"
    assert said["Trong đó bỏ, không tiếp nhận"] == "1"
    assert {name for name, chart in view.sheet.charts.items() if chart.renderer().isValid()} == {
        "by_field", "money",
    }  # fmt: skip
    press(Key.Key_Return)  # the first figure of the first list
    at_rest(qtbot, window)
    assert view.behind
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert window.stack.currentWidget() is window.dossiers
    assert window.dossiers.detail.code.text() == codes[0]
    session = window.desk.session_summary().session.id
    view.save_to(session, tmp_path / "out")
    view.save_to(session, tmp_path / "out.pdf")
    at_rest(qtbot, window)
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
    view.save_to(session, tmp_path / "no" / "such.pdf")
    at_rest(qtbot, window)
    assert "such.pdf" in window.message.words.text()


def test_summaries_are_leafed_through(qtbot: QtBot, window: MainWindow) -> None:
    window.desk.close_session()
    window.desk.open_session("Ấp 2")
    press(Key.Key_T, CONTROL)
    at_rest(qtbot, window)
    view = window.evening.summary
    assert "Ấp 2" in view.title.text()
    press(Key.Key_PageUp)
    at_rest(qtbot, window)
    assert "Ấp 1" in view.title.text()
    press(Key.Key_PageDown)
    press(Key.Key_PageDown)
    at_rest(qtbot, window)
    assert "Ấp 2" in view.title.text()


def test_the_deputy_reviews_by_keys(qtbot: QtBot, deputy: MainWindow) -> None:
    desk, page = deputy.desk, deputy.evening.review
    some(desk)
    session = desk.close_session(12_000).value.id
    deputy.changed(frozenset())
    assert deputy.turns["review"].isVisible()
    press(Key.Key_D, CONTROL)
    at_rest(qtbot, deputy)
    assert page.model.row(0).stage is Stage.WAITING  # type: ignore[union-attr]
    assert "1 phiên" in page.about.text()
    press(Key.Key_F9)  # nothing is approved from the list: one has to look first
    at_rest(qtbot, deputy)
    assert desk.reviewed(session).stage is Stage.WAITING
    press(Key.Key_Return)
    at_rest(qtbot, deputy)
    press(Key.Key_F7)
    press(Key.Key_Return)  # without words nothing is returned
    press(Key.Key_F9)  # and nothing is approved while a question is asked for
    at_rest(qtbot, deputy)
    assert desk.reviewed(session).reviews == ()
    write("vi sao?")
    press(Key.Key_F9)  # the key that puts on record, here as everywhere
    qtbot.waitUntil(lambda: desk.reviewed(session).stage is Stage.RETURNED)
    at_rest(qtbot, deputy)
    assert "vi sao?" in page.thread_.text()
    press(Key.Key_F6)
    write("vi the")
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: desk.reviewed(session).stage is Stage.ANSWERED)
    at_rest(qtbot, deputy)
    press(Key.Key_F9)
    qtbot.waitUntil(lambda: desk.reviewed(session).stage is Stage.APPROVED)
    at_rest(qtbot, deputy)
    assert "Đã duyệt" in page.about.text()
    press(Key.Key_F9)  # it stands: signed once is enough
    at_rest(qtbot, deputy)
    assert [each.said.verdict for each in desk.reviewed(session).reviews] == ["returned", "approved"]
    desk.note_incident("power", session=session)
    deputy.changed(frozenset({Part.SESSION}))
    at_rest(qtbot, deputy)
    assert "Có thay đổi" in page.about.text()
    press(Key.Key_Escape)
    press(Key.Key_F10)
    at_rest(qtbot, deputy)
    assert page.comparison.model.rowCount() == 2  # one week and the total
    for key, by in ((Key.Key_3, "hamlet"), (Key.Key_4, "procedure"), (Key.Key_5, "officer")):
        press(key)
        qtbot.waitUntil(lambda by=by: page.comparison.by == by)
        at_rest(qtbot, deputy)
        assert page.comparison.model.rowCount() >= 2
    press(Key.Key_Escape)
    press(Key.Key_Escape)
    assert deputy.stack.currentWidget() is deputy.session


def test_an_officer_sees_the_review_but_approves_nothing(qtbot: QtBot, window: MainWindow) -> None:
    desk, page = window.desk, window.evening.review
    session = desk.close_session().value.id
    window.changed(frozenset())
    assert not window.turns["review"].isVisible()
    press(Key.Key_D, CONTROL)
    at_rest(qtbot, window)
    press(Key.Key_Return)
    at_rest(qtbot, window)
    press(Key.Key_F9)
    press(Key.Key_F7)
    at_rest(qtbot, window)
    assert not page.ask.isVisible()
    assert desk.reviewed(session).reviews == ()


def test_a_share_is_never_told_without_what_it_is_of() -> None:
    assert share(None, 0) == "–"
    assert share(667, 3) == "66,7% / 3"


def test_the_question_of_a_deputy_is_heard_once(qtbot: QtBot, deputy: MainWindow) -> None:
    desk = deputy.desk
    session = desk.close_session().value.id
    asker = Desk(desk._bench.store, Officer("xa", "Xạ", "deputy"), now, desk._bench.signing)
    asker.return_session(session, "Vì sao?")
    deputy.changed(frozenset({Part.ROAD}))
    at_rest(qtbot, deputy)
    assert "Vì sao?" in deputy.message.words.text()
    press(Key.Key_F12)
    at_rest(qtbot, deputy)
    assert deputy.stack.currentWidget() is deputy.evening.review
    deputy.message.say("", "info")
    deputy.changed(frozenset({Part.ROAD}))
    at_rest(qtbot, deputy)
    assert "Vì sao?" not in deputy.message.words.text()


def test_an_unknown_key_is_made_known_in_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    with office(tmp_path) as ward:
        ward.officer("xa", "deputy")
        desk = ward.laptop("lan")
        desk.add_officer("xa", "deputy", SECRET)
        unlocked = keys.unlock(desk._bench.store.slots, "xa", SECRET)
        hers = Desk(desk._bench.store, Officer("xa", "Xạ", "deputy"), ward.clock, unlocked.officer_key)
        background = Background(_fail)
        window = MainWindow(hers, background, tmp_path, ward.clock, idle_seconds=0, find=lambda _name: None)
        qtbot.addWidget(window)
        window.show()
        window.turn_to("review")
        at_rest(qtbot, window)
        offer = window.evening.review.key
        assert offer.isVisible()
        offer.passphrase.setText(SECRET)
        offer.register()
        qtbot.waitUntil(lambda: not offer.isVisible())
        at_rest(qtbot, window)
        assert offer.passphrase.text() == ""
        assert hers.sync().value.agree
        assert hers.review_key_known()
        background.stop()
        from PySide6.QtCore import QObject

        _held[:] = window.findChildren(QObject)
