"""PDF bytes as pictures: for the screen, and for a printer at its own resolution."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QImage

_POINTS_PER_INCH: Final = 72


def rendered(pdf: bytes, dots_per_inch: float) -> tuple[QImage, ...]:
    """Each page of ``pdf`` as a picture in greys, white behind it: the forms are black, and memory is short.

    Blocks for some tens of milliseconds a page and is not to be called by two threads at once: give it to the
    desk's lane. Raises ValueError for bytes that are no PDF.
    """
    import pypdfium2

    pages = []
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise ValueError("not a PDF") from error
    try:
        for page in document:
            bitmap = page.render(scale=dots_per_inch / _POINTS_PER_INCH, grayscale=True)
            picture = QImage(
                bytes(bitmap.buffer),
                bitmap.width,
                bitmap.height,
                bitmap.stride,
                QImage.Format.Format_Grayscale8,
            )
            picture.setDotsPerMeterX(round(dots_per_inch / 0.0254))
            picture.setDotsPerMeterY(round(dots_per_inch / 0.0254))
            pages.append(picture.copy())
            bitmap.close()
            page.close()
    finally:
        document.close()
    return tuple(pages)
