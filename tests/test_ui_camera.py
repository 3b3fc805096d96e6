"""Cards in pictures and before the camera: read as if scanned; what cannot be read is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage, QPainter, QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from reportlab.graphics.barcode.qr import QrCodeWidget

from mobile_reception.ui import camera as camera_room
from mobile_reception.ui.card_picture import codes_in, picture_file, pictures_of
from mobile_reception.ui.fields import typed
from mobile_reception.ui.main_window import MainWindow
from test_ui_people import CARD
from test_ui_reception import Key, at_rest, focused, press


def card(words: str = CARD, dot: int = 6, turn: float = 0) -> QImage:
    """A photograph of a card: its code somewhere on a grey ground, perhaps askew."""
    code = QrCodeWidget(words).qr
    code.make()
    count = code.getModuleCount()
    picture = QImage(1280, 720, QImage.Format.Format_RGB32)
    picture.fill(QColor("#9a9a92"))
    painter = QPainter(picture)
    painter.fillRect(300, 100, (count + 8) * dot, (count + 8) * dot, QColor("#f4f2ea"))
    for row in range(count):
        for column in range(count):
            if code.isDark(row, column):
                painter.fillRect(300 + (column + 4) * dot, 100 + (row + 4) * dot, dot, dot, QColor("#2b2620"))
    painter.end()
    return picture.transformed(QTransform().rotate(turn), Qt.TransformationMode.SmoothTransformation)


@pytest.mark.parametrize(("dot", "turn"), [(6, 0), (3, 0), (6, 17), (4, 180)])
def test_the_code_of_a_card_is_found_in_a_picture(qapp: QApplication, dot: int, turn: float) -> None:
    assert codes_in(card(dot=dot, turn=turn)) == (CARD,)
    assert codes_in(card().scaled(4000, 2250)) == (CARD,)
    assert codes_in(QImage()) == ()
    blank = QImage(800, 600, QImage.Format.Format_RGB32)
    blank.fill(QColor("white"))
    assert codes_in(blank) == ()


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_picture_dropped_on_the_window_fills_the_form(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"thẻ.{kind}"
    assert card().save(str(file))
    brought = QMimeData()
    brought.setUrls([QUrl.fromLocalFile(str(file))])
    entering = QDragEnterEvent(
        QPoint(10, 10),
        Qt.DropAction.CopyAction,
        brought,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(
        window,
        QDropEvent(
            QPointF(10, 10),
            Qt.DropAction.CopyAction,
            brought,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        ),
    )
    at_rest(qtbot, window)
    assert window.reception.isVisible()
    assert typed(window.reception.form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"


def test_a_picture_pasted_anywhere_fills_the_form(qtbot: QtBot, window: MainWindow) -> None:
    press(Key.Key_F3)
    window.reception.form.named["note"].setFocus()
    QApplication.clipboard().setImage(card())
    QTest.keyClick(focused(), Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["submitter.personal_id"]) == "087190001234"
    assert typed(window.reception.form.named["note"]) == ""
    QApplication.clipboard().setText("chữ")
    window.reception.form.named["note"].setFocus()
    QTest.keyClick(focused(), Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["note"]) == "chữ"


def test_what_is_no_picture_of_a_card_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")
    assert picture_file(broken).isNull()
    brought = QMimeData()
    brought.setUrls([QUrl.fromLocalFile(str(broken)), QUrl.fromLocalFile(str(tmp_path / "list.txt"))])
    assert pictures_of(brought) == (broken,)
    window.camera.take(pictures_of(brought))
    at_rest(qtbot, window)
    assert "mã QR" in window.message.words.text()
    assert window.reception.form.empty


def test_a_file_with_a_card_is_chosen_by_keys(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    assert card().save(str(tmp_path / "the.png"))
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ControlModifier)
    (chooser,) = window.findChildren(QFileDialog)
    chooser.selectFile(str(tmp_path / "the.png"))
    chooser.fileSelected.emit(str(tmp_path / "the.png"))
    chooser.reject()
    at_rest(qtbot, window)
    assert typed(window.reception.form.named["submitter.full_name"]) == "Nguyễn Thị Diệu"


def test_without_the_camera_part_what_to_install_is_said(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_room, "installed", lambda: False)
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert "mobile-reception[camera]" in window.message.words.text()
    assert window.message.offer.text() == "Chọn tệp ảnh  ·  F12"
    assert not window.camera.isVisible()


@pytest.fixture
def film(tmp_path: Path, qapp: QApplication) -> Path:
    """Ten frames without a card, then a card, then nothing more: as if the camera were unplugged."""
    import cv2
    import numpy as np

    file = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 10, (1280, 720))
    empty = np.full((720, 1280, 3), 140, np.uint8)
    for _ in range(5):
        writer.write(empty)
    shot = card().convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(bytes(shot.constBits()), np.uint8).reshape(720, shot.bytesPerLine())
    for _ in range(2):
        writer.write(np.ascontiguousarray(rows[:, : 1280 * 3].reshape(720, 1280, 3)))
    writer.release()
    return file


def camera_on(file: Path, frames: int | None = None) -> Any:
    """OpenCV's own reader, over a film instead of a device; after ``frames`` it is unplugged."""
    import cv2

    opened = cv2.VideoCapture(str(file))

    class Plugged:
        left = frames

        def read(self) -> Any:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    return False, None
            return opened.read()

        def release(self) -> None:
            opened.release()

    return Plugged()


@pytest.mark.system  # OpenCV comes with the extra `camera`
def test_a_card_before_the_camera_is_read(qtbot: QtBot, window: MainWindow, film: Path) -> None:
    window.camera._opener = lambda: camera_on(film)
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: typed(window.reception.form.named["submitter.full_name"]) == "Nguyễn Thị Diệu")
    assert not window.camera.isVisible()
    at_rest(qtbot, window)


@pytest.mark.system  # OpenCV comes with the extra `camera`
def test_a_camera_unplugged_is_said_and_hands_are_free(qtbot: QtBot, window: MainWindow, film: Path) -> None:
    window.camera._opener = lambda: camera_on(film, frames=2)
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: "máy ảnh" in window.message.words.text())
    assert not window.camera.isVisible()
    at_rest(qtbot, window)

    def none() -> Any:
        raise OSError("no camera")

    window.camera._opener = none
    window.message.hide()
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(window.message.isVisible)
    at_rest(qtbot, window)


@pytest.mark.system  # OpenCV comes with the extra `camera`
def test_a_camera_can_be_closed_by_the_same_key(qtbot: QtBot, window: MainWindow, film: Path) -> None:
    window.camera._opener = lambda: camera_on(film)
    window.camera._look = lambda: None  # type: ignore[method-assign]
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(window.camera.isVisible)
    QTest.keyClick(window, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert not window.camera.isVisible()
    qtbot.waitUntil(lambda: window.background.at_rest)
