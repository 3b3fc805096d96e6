"""PDF bytes as pictures: for the screen, and for a printer at its own resolution."""

from __future__ import annotations

from itertools import islice
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageReader

_POINTS_PER_INCH: Final = 72


_SCREEN_DOTS: Final = 110.0
_WIDEST: Final = 1200
_FIRST_PAGES: Final = 6


def pictured(data: bytes, kind: str) -> tuple[QImage, ...]:
    """A file of a dossier as pictures in its colours, at most `_WIDEST` dots wide; of a PDF the first pages.

    Blocks as `rendered` does. Raises ValueError for bytes that cannot be shown.
    """
    if kind == "application/pdf":
        return _pages(data, _SCREEN_DOTS, grayscale=False, most=_FIRST_PAGES)
    held = QByteArray(data)
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and size.width() > _WIDEST:
        reader.setScaledSize(size.scaled(_WIDEST, 8 * _WIDEST, Qt.AspectRatioMode.KeepAspectRatio))
    picture = reader.read()
    if picture.isNull():
        raise ValueError("not a picture")
    return (picture,)


def rendered(pdf: bytes, dots_per_inch: float) -> tuple[QImage, ...]:
    """Each page of ``pdf`` as a picture in greys, white behind it: the forms are black, and memory is short.

    Blocks for some tens of milliseconds a page and is not to be called by two threads at once: give it to the
    desk's lane. Raises ValueError for bytes that are no PDF.
    """
    return _pages(pdf, dots_per_inch, grayscale=True, most=None)


def _pages(pdf: bytes, dots_per_inch: float, *, grayscale: bool, most: int | None) -> tuple[QImage, ...]:
    import pypdfium2

    layout = QImage.Format.Format_Grayscale8 if grayscale else QImage.Format.Format_BGR888
    pages = []
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise ValueError("not a PDF") from error
    try:
        for page in islice(document, most):
            bitmap = page.render(scale=dots_per_inch / _POINTS_PER_INCH, grayscale=grayscale)
            picture = QImage(
                bytes(bitmap.buffer),
                bitmap.width,
                bitmap.height,
                bitmap.stride,
                layout,
            )
            picture.setDotsPerMeterX(round(dots_per_inch / 0.0254))
            picture.setDotsPerMeterY(round(dots_per_inch / 0.0254))
            pages.append(picture.copy())
            bitmap.close()
            page.close()
    finally:
        document.close()
    return tuple(pages)
