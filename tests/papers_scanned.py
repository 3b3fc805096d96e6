"""What a scanner or a telephone makes, for tests: sheets and pictures with what they bring along."""

from __future__ import annotations

import io
import random

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

GPS = 0x8825
ORIENTATION = 0x0112


def sheet(pages: int = 1, size: int = 0, seed: int = 0) -> bytes:
    """A PDF of so many pages and at least so many bytes."""
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=0, invariant=1)
    for page in range(pages):
        canvas.drawString(72, 700, f"Trang {page + 1} {seed}")
        canvas.showPage()
    canvas.save()
    made = out.getvalue()
    if size > len(made):
        noise = random.Random(seed).randbytes(size - len(made)).replace(b"%", b".")
        made = made.replace(b"%%EOF", b"%" + noise.replace(b"\n", b".").replace(b"\r", b".") + b"\n%%EOF")
    return made


def photograph(
    width: int = 800, height: int = 600, *, turned: int = 1, place: bool = True, seed: int = 0
) -> bytes:
    """A JPEG as a telephone writes it: turned by its EXIF, with the place where it was taken."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    picture.paste((seed % 256, 30, 40), (0, 0, width // 4, height // 4))  # the upper left corner
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    if place:
        exif.get_ifd(GPS)[1] = "N"
        exif.get_ifd(GPS)[2] = (10.0, 48.0, 21.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, exif=exif, comment=b"087190001234")
    return out.getvalue()


def drawing(mode: str = "L", width: int = 600, height: int = 800) -> bytes:
    """A PNG of a mode."""
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()
