"""A card held before the laptop's camera, or in a picture that is dropped or pasted: read as if scanned.

Cameras are opened by OpenCV, which is large and comes with the extra ``camera`` only; pictures need nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent, QImage, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from mobile_reception.ui import sticks
from mobile_reception.ui.background import Background
from mobile_reception.ui.card_picture import codes_in, picture_file, pictures_of
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Say
from mobile_reception.words import text

_PREVIEW: Final = (256, 144)
_FRAMES_MISSED: Final = 30
"""So many frames without a picture, and the camera is gone."""

Opener = Callable[[], Any]


def installed() -> bool:
    """Whether cameras can be opened here."""
    return find_spec("cv2") is not None


def open_camera() -> Any:
    """The first camera. Raises OSError where there is none. Blocks."""
    import cv2

    camera = cv2.VideoCapture(0)
    if not camera.isOpened():
        camera.release()
        raise OSError("no camera")
    return camera


def frame_of(camera: Any) -> QImage:
    """The next picture of ``camera``; a null one when it gives none. Blocks until there is one."""
    there, dots = camera.read()
    if not there:
        return QImage()
    height, width = dots.shape[:2]
    return QImage(dots.data, width, height, dots.strides[0], QImage.Format.Format_BGR888).copy()


class Camera(QFrame):
    """Shows what the camera sees until a code is found, and takes pictures that are dropped on ``window``.

    ``scanned`` carries what a code says.
    """

    scanned = Signal(str)

    def __init__(
        self, window: QWidget, background: Background, say: Say, opener: Opener = open_camera
    ) -> None:
        super().__init__()
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self._background = background
        self._say = say
        self._opener = opener
        self._camera: Any = None
        self._opening = False
        self._missed = 0
        set_look(self, look="offer")
        self.view = QLabel()
        self.view.setFixedSize(*_PREVIEW)
        self.view.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view.setAccessibleName(text("Hình từ máy ảnh"))
        words = QLabel(text("Đưa mặt có mã QR của thẻ vào trước máy ảnh, cách khoảng một gang tay."))
        words.setWordWrap(True)
        away = QPushButton(text("Tắt máy ảnh  ·  Shift+F3"))
        away.setAccessibleName(text("Tắt máy ảnh"))
        away.clicked.connect(self.stop)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 8, 14, 8)
        line.setSpacing(14)
        line.addWidget(self.view)
        line.addWidget(words, 1)
        line.addWidget(away)
        self.hide()

    def toggle(self) -> None:
        """Open the camera, or close it."""
        if self._camera is not None or self._opening:
            self.stop()
        elif not installed():
            self._say(
                text(
                    "Máy này chưa cài phần đọc máy ảnh. Quản trị viên cài: pip install "
                    "'mobile-reception[camera]'. Ảnh chụp thẻ vẫn đọc được: thả hoặc dán vào cửa sổ."
                ),
                "act",
                self._choice(),
            )
        else:
            self._opening = True
            self._background.camera(self._opener, self._on_opened, self._on_lost)

    def stop(self) -> None:
        """Close the camera."""
        self._opening = False
        camera, self._camera = self._camera, None
        self.hide()
        self.view.clear()
        if camera is not None:
            self._background.camera(camera.release)

    def choose(self) -> None:
        """Ask for a file with a picture of a card."""
        kinds = ("jpg", "jpeg", "png", "bmp", "webp")
        sticks.ask_file(
            self.window(), text("Chọn ảnh chụp thẻ"), kinds, lambda file: self.take((file,)), text("Ảnh")
        )

    def _choice(self) -> tuple[str, Callable[[], None]]:
        return text("Chọn tệp ảnh"), self.choose

    def take(self, brought: tuple[QImage | Path, ...]) -> None:
        """Read the codes of pictures that were dropped or pasted."""

        def read() -> tuple[str, ...]:
            pictures = (picture_file(each) if isinstance(each, Path) else each for each in brought)
            return next((codes for codes in map(codes_in, pictures) if codes), ())

        self._background.camera(read, self._on_read)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            brought = pictures_of(event.mimeData())
            if brought:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.take(brought)
                return True
        return super().eventFilter(watched, event)

    def _on_read(self, codes: tuple[str, ...]) -> None:
        if codes:
            self.scanned.emit(best(codes))
        else:
            self._say(
                text("Không thấy mã QR trong ảnh. Chụp gần, rõ và đủ sáng hơn, hoặc gõ số định danh."),
                "act",
                self._choice(),
            )

    def _on_opened(self, camera: Any) -> None:
        if not self._opening:  # closed again meanwhile
            self._background.camera(camera.release)
            return
        self._opening, self._camera, self._missed = False, camera, 0
        self.show()
        self._look()

    def _on_lost(self, _error: Exception) -> None:
        self.stop()
        self._say(text("Không mở được máy ảnh: cắm lại dây, hoặc gõ số định danh."), "act", self._choice())

    def _look(self) -> None:
        camera = self._camera

        def seen() -> tuple[QImage, tuple[str, ...]]:
            frame = frame_of(camera)
            return frame, codes_in(frame)

        self._background.camera(seen, lambda found: self._on_frame(camera, *found), self._on_lost)

    def _on_frame(self, camera: Any, frame: QImage, codes: tuple[str, ...]) -> None:
        if camera is not self._camera:
            return
        self._missed = self._missed + 1 if frame.isNull() else 0
        if self._missed == _FRAMES_MISSED:
            self._on_lost(OSError("no picture"))
            return
        if codes:
            self.stop()
            self.scanned.emit(best(codes))
            return
        if not frame.isNull():
            self.view.setPixmap(
                QPixmap.fromImage(frame.scaled(*_PREVIEW, Qt.AspectRatioMode.KeepAspectRatio))
            )
        self._look()


def best(codes: tuple[str, ...]) -> str:
    """Of several codes the one that looks like a card's."""
    return max(codes, key=lambda code: code.count("|"))
