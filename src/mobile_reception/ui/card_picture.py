"""Codes in pictures: a photograph of a card, a screenshot, a frame of a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage, QImageReader

_LONGEST_SIDE: Final = 2400
"""A telephone's photograph has more dots than a code needs; finding it in all of them takes seconds."""

_SHORT_SIDE: Final = 700
"""In a smaller picture a code's dots are too few to be told apart, unless it is enlarged."""

_MOST_BYTES: Final = 40 * 1024 * 1024


def codes_in(picture: QImage) -> tuple[str, ...]:
    """What the codes in ``picture`` say, UTF-8 text only. Blocks for some tens of milliseconds."""
    import zxingcpp

    if picture.isNull():
        return ()
    for side in _sides(picture):
        grey = picture.scaled(
            side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        ).convertToFormat(QImage.Format.Format_Grayscale8)
        dots = memoryview(bytes(grey.constBits())).cast("B", (grey.height(), grey.bytesPerLine()))
        found = tuple(code.text for code in zxingcpp.read_barcodes(dots) if code.valid and code.text)
        if found:
            return found
    return ()


def _sides(picture: QImage) -> tuple[int, ...]:
    longest = max(picture.width(), picture.height())
    first = min(longest, _LONGEST_SIDE)
    if longest < _SHORT_SIDE:
        return first, 2 * longest, 3 * longest
    return first, first // 2


def picture_file(file: Path) -> QImage:
    """The picture in ``file``, turned as it was taken; a null one for what is none, or too large. Blocks."""
    if not file.is_file() or file.stat().st_size > _MOST_BYTES:
        return QImage()
    reader = QImageReader(str(file))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    return reader.read()


def pictures_of(brought: QMimeData) -> tuple[QImage | Path, ...]:
    """The pictures that were dropped or pasted: themselves, or their files."""
    files = tuple(Path(url.toLocalFile()) for url in brought.urls() if url.isLocalFile())
    known = {f".{bytes(kind.data()).decode()}" for kind in QImageReader.supportedImageFormats()}
    named = tuple(file for file in files if file.suffix.lower() in known)
    if named:
        return named
    return (QImage(brought.imageData()),) if brought.hasImage() else ()
