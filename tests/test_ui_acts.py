"""What happens to a dossier after its reception, by keys: acts, papers, one receipt for several."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from mobile_reception.desk import Part, Received
from mobile_reception.dossier import lifecycle
from mobile_reception.store import reading
from mobile_reception.ui.main_window import MainWindow
from mobile_reception.ui.pages import rendered
from test_ui_reception import Key, at_rest, focused, press, write
from ui_laptop import line

ALT = Qt.KeyboardModifier.AltModifier


def opened(qtbot: QtBot, window: MainWindow, **more: object) -> Received:
    """A dossier received and shown."""
    answer = window.desk.receive(line("Nguyễn Thị Diệu", **more)).value
    assert isinstance(answer, Received)
    press(Key.Key_F4)
    window.dossiers.refresh(frozenset({Part.DOSSIERS}))
    at_rest(qtbot, window)
    press(Key.Key_Return)
    at_rest(qtbot, window)
    assert window.dossiers.detail.isVisible()
    return answer


def alt(key: Key) -> None:
    QTest.keyClick(focused(), key, ALT)


def status(window: MainWindow, dossier: Received) -> int:
    return window.desk.dossier(dossier.id).state.status


def test_missing_papers_are_asked_for_and_come(qtbot: QtBot, window: MainWindow) -> None:
    dossier = opened(qtbot, window)
    alt(Key.Key_N)  # nothing was asked for yet, and that is said
    assert not window.dossiers.detail.asking
    assert "«Được tiếp nhận»" in window.message.words.text()
    page = window.dossiers.detail
    assert not page._acts["supplemented"].isVisible()  # buttons are for what can be done
    alt(Key.Key_B)
    papers = window.desk.dossier(dossier.id).expected
    assert isinstance(focused(), QCheckBox)
    press(Key.Key_F9)  # nothing ticked, nothing typed: said, and nothing is on record
    assert isinstance(focused(), QLineEdit)
    said = {name: row.problem.text() for name, row in page.panel.rows.items() if row.problem.text()}
    assert said == {"papers": "Đánh dấu hoặc ghi ít nhất một giấy tờ.", "reason": "Cần lý do."}
    assert status(window, dossier) == lifecycle.RECEIVED
    press(Key.Key_Escape)
    alt(Key.Key_B)
    for _ in papers:
        press(Key.Key_Space)
        press(Key.Key_Return)
    write("Giấy khai sinh; Sổ hộ khẩu cũ")
    press(Key.Key_Return)
    press(Key.Key_Down)  # the reasons that offices give, one after the other
    press(Key.Key_Down)
    press(Key.Key_Up)
    assert window.dossiers.detail.panel.values()["reason"] == "Thiếu giấy tờ theo quy định"
    press(Key.Key_Return)
    assert focused() is window.dossiers.detail.panel.confirm
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert status(window, dossier) == lifecycle.SUPPLEMENT
    assert "bổ sung" in window.dossiers.detail.paper.text()
    asked = reading.facts(window.desk._bench.store, dossier.id)[-1].payload
    assert asked is not None
    assert json.loads(asked)["papers"] == [
        *(name for name, _, _ in papers),
        "Giấy khai sinh",
        "Sổ hộ khẩu cũ",
    ]
    alt(Key.Key_N)
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert status(window, dossier) == lifecycle.RECEIVED


@pytest.mark.parametrize(
    ("key", "after"),
    [(Key.Key_T, lifecycle.REFUSED), (Key.Key_R, lifecycle.WITHDRAWAL)],
    ids=["refused", "withdrawn"],
)
def test_an_end_needs_a_reason_said_beside_its_field(
    qtbot: QtBot, window: MainWindow, key: Key, after: int
) -> None:
    dossier = opened(qtbot, window)
    alt(key)
    press(Key.Key_F9)
    panel = window.dossiers.detail.panel
    assert panel.rows["reason"].problem.text() == "Cần lý do."
    assert status(window, dossier) == lifecycle.RECEIVED
    assert focused() is panel.rows["reason"].fields[0]
    write("ông bà đổi ý")
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert status(window, dossier) == after
    alt(key)
    assert not window.dossiers.detail.asking  # it cannot happen twice


def test_what_is_wrong_is_in_sight_on_a_small_screen(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1092, 614)
    opened(qtbot, window)
    alt(Key.Key_S)
    press(Key.Key_F9)
    panel = window.dossiers.detail.panel
    view = panel._scroll.viewport()
    for said in (panel.rows["reason"].problem, panel.general):
        qtbot.waitUntil(
            lambda label=said: (
                label.isVisible() and view.rect().contains(label.mapTo(view, label.rect().center()))
            )
        )
        write("thử")
        press(Key.Key_F9)
        at_rest(qtbot, window)


def test_escape_leaves_the_act_then_the_dossier(qtbot: QtBot, window: MainWindow) -> None:
    dossier = opened(qtbot, window)
    alt(Key.Key_T)
    assert window.dossiers.detail.asking
    press(Key.Key_Escape)
    assert not window.dossiers.detail.asking
    assert window.dossiers.detail.isVisible()
    press(Key.Key_Escape)
    assert window.dossiers.list.isVisible()
    assert status(window, dossier) == lifecycle.RECEIVED


def test_a_typing_error_is_mended_with_its_reason(qtbot: QtBot, window: MainWindow) -> None:
    dossier = opened(qtbot, window)
    alt(Key.Key_S)
    panel = window.dossiers.detail.panel
    name = panel.rows["submitter.full_name"].fields[0]
    assert isinstance(name, QLineEdit)
    assert name.text() == "Nguyễn Thị Diệu"
    name.setFocus()
    name.selectAll()
    write("Nguyễn Thị Diệp")
    birth = panel.rows["submitter.birth_date"].fields[0]
    birth.setFocus()
    assert isinstance(birth, QLineEdit)
    birth.clear()
    write("31/02/1990")
    panel.rows["reason"].fields[0].setFocus()
    write("ghi sai tên")
    at_rest(qtbot, window)
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert panel.rows["submitter.birth_date"].problem.isVisible()
    birth.clear()
    birth.setFocus()
    write("02/05/1990")
    at_rest(qtbot, window)
    press(Key.Key_F9)
    at_rest(qtbot, window)
    state = window.desk.dossier(dossier.id).state
    assert state.fields["submitter.full_name"].value == "Nguyễn Thị Diệp"
    assert state.fields["submitter.birth_date"].value == "1990-05-02"
    assert state.history[-1].reason == "ghi sai tên"


def test_money_and_the_result_change_hands(qtbot: QtBot, window: MainWindow) -> None:
    dossier = opened(qtbot, window)
    alt(Key.Key_P)
    amount = window.dossiers.detail.panel.rows["amount"].fields[0]
    assert isinstance(amount, QLineEdit)
    assert amount.text() == "12.000"
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert window.desk.dossier(dossier.id).state.collected == 12000
    alt(Key.Key_P)
    assert not window.dossiers.detail.asking
    assert window.message.words.text() == "Thu tiền: đã thu đủ phí, lệ phí."
    alt(Key.Key_K)
    assert window.dossiers.detail.asking
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert status(window, dossier) == lifecycle.DELIVERED
    for key in (Key.Key_T, Key.Key_R, Key.Key_U, Key.Key_B):
        window.message.hide()
        alt(key)
        assert not window.dossiers.detail.asking
        assert "«Đã trả kết quả»" in window.message.words.text()


def test_every_paper_that_exists_is_shown_in_turn_and_printed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window)
    alt(Key.Key_G)
    write("Tư pháp - Hộ tịch")
    press(Key.Key_F9)
    at_rest(qtbot, window)
    detail = window.dossiers.detail
    titles = []
    for _ in range(3):
        titles.append(detail.paper.text())
        assert detail.receipt.pages
        press(Key.Key_F7)
        at_rest(qtbot, window)
    assert [title.split(" ")[1] for title in titles] == ["bàn", "kiểm", "tiếp"]
    assert detail.paper.text() == titles[0]
    file = tmp_path / "paper.pdf"

    def printer(_name: str) -> QPrinter:
        made = QPrinter(QPrinter.PrinterMode.HighResolution)
        made.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        made.setOutputFileName(str(file))
        return made

    window.printing._find = printer
    with qtbot.waitSignal(window.printing.printed):
        press(Key.Key_F8)
    assert rendered(file.read_bytes(), 30)


def test_marked_dossiers_of_one_submitter_get_one_receipt(qtbot: QtBot, window: MainWindow) -> None:
    for code in ("2.000815", "2.000815"):
        window.desk.receive({**line("Nguyễn Thị Diệu"), "procedure": code})
    window.desk.receive(line("Lê Văn Ắn", "087090001235"))
    press(Key.Key_F4)
    window.changed(frozenset({Part.DOSSIERS}))
    at_rest(qtbot, window)
    page = window.dossiers
    for _ in range(2):
        press(Key.Key_Down)
        press(Key.Key_Insert)
    press(Key.Key_F6)
    at_rest(qtbot, window)
    assert page.sheet.isVisible()
    assert page.sheet.receipt.pages
    press(Key.Key_Escape)
    assert page.list.isVisible()
    page.list.setFocus()
    page.list.selectRow(0)
    press(Key.Key_Space)
    press(Key.Key_Down)
    press(Key.Key_Space)
    press(Key.Key_F6)
    qtbot.waitUntil(lambda: window.background.at_rest)
    assert "cùng một người nộp" in window.message.words.text()
    assert page.list.isVisible()


def test_papers_copies_and_delivery_are_mended_too(qtbot: QtBot, window: MainWindow) -> None:
    dossier = opened(qtbot, window)
    alt(Key.Key_S)
    panel = window.dossiers.detail.panel

    def typed_in(name: str, words: str) -> None:
        field = panel.rows[name].fields[0]
        assert isinstance(field, QLineEdit)
        field.setText(words)

    typed_in("papers.0.counts", "2/x")
    typed_in("papers.new", "Giấy khai sinh")
    typed_in("copies", "5")
    typed_in("delivery.recipient", "Nguyễn Văn Ắn")
    typed_in("reason", "nộp thêm giấy tờ")
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert "1/0/0/2" in panel.general.text()
    typed_in("papers.0.counts", "1/1/0/2")
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert not window.dossiers.detail.asking, panel.general.text()
    fields = window.desk.dossier(dossier.id).state.fields
    first, second = fields["papers"].value
    assert (first["name"], first["originals"], first["certified"]) == ("Bằng tốt nghiệp THPT", 1, 1)
    assert (second["name"], second["originals"]) == ("Giấy khai sinh", 1)
    assert fields["copies"].value == 5
    assert fields["delivery.recipient"].value == "Nguyễn Văn Ắn"
    alt(Key.Key_S)
    typed_in("papers.1.name", "")
    typed_in("reason", "ghi nhầm")
    press(Key.Key_F9)
    at_rest(qtbot, window)
    assert len(window.desk.dossier(dossier.id).state.fields["papers"].value) == 1


def test_the_history_reads_as_the_control_slip(qtbot: QtBot, window: MainWindow) -> None:
    dossier = opened(qtbot, window)
    window.desk.hand_on(dossier.id, "Tư pháp - Hộ tịch")
    view = window.desk.dossier(dossier.id)
    assert [(each.giver, each.receiver) for each in view.history] == [
        ("Người nộp hồ sơ", "Trung tâm"),
        ("Trung tâm", "Bộ phận xử lý"),
    ]
    window.dossiers.open(dossier.id)
    at_rest(qtbot, window)
    told = [label.text() for label in window.dossiers.detail.findChildren(QLabel)]
    assert any(words.endswith("Người nộp hồ sơ → Trung tâm") for words in told)
