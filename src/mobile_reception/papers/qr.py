"""QR codes (ISO/IEC 18004) as PDF paths."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from reportlab.graphics.barcode import qrencoder

_ALPHANUMERIC = re.compile(r"[-0-9A-Z $%*+./:]*\Z")
_LEVEL_M = qrencoder.QRErrorCorrectLevel.M
_LARGEST_VERSION = 25
_MASK = 2
_DOWN = "1 0 0 1 0 -1 cm"
_HIGH = 1.1
"""A hair over the row above, so that no light shows between rows on a screen; readers allow for more."""
_MOST_BYTES = 990
"""Of version 25 at level M, less what says that they are UTF-8."""


class _Utf8(qrencoder.QR8bitByte):
    """Bytes that say that they are UTF-8; else readers guess, and some guess Shift JIS.

    WORKAROUND: reportlab's own QRECI is left out of the length by which it chooses the size of the code.
    """

    @property
    def bitlength(self) -> int:
        return int(super().bitlength) + 12

    def write(self, buffer: Any, version: int) -> None:
        buffer.put(0b0111, 4)
        buffer.put(26, 8)
        super().write(buffer, version)


def fits(content: str) -> bool:
    """Whether a code on paper can hold ``content``."""
    return 0 < len(content.encode()) <= _MOST_BYTES


class QrPath(NamedTuple):
    """``modules`` is the side without the quiet zone; ``path`` fills unit squares, y upward, row by row.

    Each row moves the origin: half the bytes of one path, since every row then looks alike to the compressor.
    """

    modules: int
    path: str


@lru_cache(maxsize=128)  # a paper that is set again smaller, or printed again; a board of procedures
def qr_path(content: str) -> QrPath:
    """The code for ``content`` (UTF-8, level M: 15 % of it may be folded or stained).

    Raises ValueError for more than 997 bytes: a larger code is wider than its column.
    """
    code: Any = qrencoder.QRCode(None, _LEVEL_M)
    if _ALPHANUMERIC.match(content):
        code.addData(qrencoder.QRAlphaNum(content))
    else:
        code.addData(qrencoder.QR8bitByte(content) if content.isascii() else _Utf8(content))
    code.version = code.calculate_version()
    if code.version > _LARGEST_VERSION:
        raise ValueError("too much for a QR code on paper")
    # One mask instead of the best of eight: readers take any, and the search is nine tenths of the time.
    code.makeImpl(False, _MASK)
    side = code.getModuleCount()
    rows = [f"1 0 0 1 0 {side} cm"]
    for modules in code.modules:
        column = 0
        rows.append(_DOWN)
        for dark, run in groupby(map(bool, modules)):
            length = len(list(run))
            if dark:
                rows.append(f"{column} 0 {length} {_HIGH} re")
            column += length
        rows.append("f")
    return QrPath(side, " ".join(rows))
