"""What a scanner or a camera made: recognised by its content, checked to the end, pictures shrunk.

A picture comes out upright, without the place where it was taken or anything else that is not the picture,
and small enough to travel. A PDF stays as it is. The name of a file says nothing here.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageOps, UnidentifiedImageError

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"

PIXELS: Final = 40_000_000
"""The largest picture that is opened; an A4 page at 600 dots an inch has 35 million."""
LONG_SIDE: Final = 2400
"""Dots of the longer side of a shrunk picture: an A4 page at 200 dots an inch."""
LARGEST_PICTURE: Final = 64 * 1024 * 1024
"""Bytes of a picture as it comes."""

_QUALITY: Final = 82
_HEAD: Final = 1024
_BLOCK: Final = 1024 * 1024
_PAPER: Final = {"1", "L", "P"}  # drawn or scanned without colour: smaller and sharper as PNG

Why = Literal["unreadable", "unknown", "broken", "locked", "too_many_dots", "too_large"]


class Unfit(Exception):
    """This is no file for a dossier, and ``why``."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Scan:
    """A sound file: its type and pages, and its bytes as they are to be kept, block by block."""

    type: str
    pages: int
    path: Path
    shrunk: bytes | None = None

    def blocks(self) -> Iterator[bytes]:
        """The bytes. Raises OSError."""
        if self.shrunk is not None:
            yield self.shrunk
            return
        with self.path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block


def kind_of(path: Path) -> str | None:
    """The type of a file by its first bytes, or None for what has no place in a dossier. Raises Unfit."""
    try:
        if not path.is_file():  # not a folder, nor a pipe that nobody writes to
            raise Unfit("unreadable")
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise Unfit("unreadable") from error
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return PDF if b"%PDF-" in head else None


def look(path: Path) -> Scan:
    """Check a file to its end, and shrink it if it is a picture. Raises Unfit."""
    kind = kind_of(path)
    if kind is None:
        raise Unfit("unknown")
    return _sheet(path) if kind == PDF else _picture(path)


def _sheet(path: Path) -> Scan:
    import pypdfium2

    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 2 * _HEAD))
            if b"%%EOF" not in stream.read():
                raise Unfit("broken")  # half written: it may be whole in a moment
        document = pypdfium2.PdfDocument(path)
    except OSError as error:
        raise Unfit("unreadable") from error
    except pypdfium2.PdfiumError as error:
        raise Unfit("locked" if "assword" in str(error) else "broken") from error
    try:
        pages = len(document)
    finally:
        document.close()
    if not pages:
        raise Unfit("broken")
    return Scan(PDF, pages, path)


def _picture(path: Path) -> Scan:
    try:
        if path.stat().st_size > LARGEST_PICTURE:
            raise Unfit("too_large")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we count ourselves
            opened = Image.open(path, formats=("JPEG", "PNG"))
        with opened:
            if opened.width * opened.height > PIXELS:
                raise Unfit("too_many_dots")
            return _shrunk(path, opened)
    except Image.DecompressionBombError as error:
        raise Unfit("too_many_dots") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unfit("broken") from error


def _shrunk(path: Path, opened: Image.Image) -> Scan:
    opened.draft("RGB", (LONG_SIDE, LONG_SIDE))  # a large photograph is decoded at a fraction of its size
    opened.load()
    picture = ImageOps.exif_transpose(opened)
    if "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA"}:
        seen = picture.convert("RGBA")
        picture = Image.new("RGB", seen.size, "white")
        picture.paste(seen, mask=seen.getchannel("A"))
    elif picture.mode.startswith(("I", "F")):  # sixteen bits of grey
        picture = picture.convert("I").point([value // 256 for value in range(65536)], "L")
    kind = PNG if opened.format == "PNG" and picture.mode in _PAPER else JPEG
    if max(picture.size) > LONG_SIDE and picture.mode != "1":  # a fax-like scan is small as it is
        picture = picture.convert("L" if picture.mode == "L" else "RGB")
        picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    elif kind == JPEG and picture.mode not in {"L", "RGB"}:
        picture = picture.convert("RGB")
    picture.info = {}  # where and with what it was taken, comments, a thumbnail
    out = io.BytesIO()
    if kind == PNG:
        picture.save(out, "PNG", optimize=True)
    else:
        picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Scan(kind, 1, path, out.getvalue())
