"""QR codes (ISO/IEC 18004) as one PDF path."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from reportlab.graphics.barcode import qrencoder

_ALPHANUMERIC = re.compile(r"[-0-9A-Z $%*+./:]*\Z")
_LEVEL_M = qrencoder.QRErrorCorrectLevel.M
_MASK = 2


class QrPath(NamedTuple):
    """``modules`` is the side without the quiet zone; ``path`` fills unit squares, y upward."""

    modules: int
    path: str


@lru_cache(maxsize=16)  # a paper that is set again smaller, or printed again
def qr_path(content: str) -> QrPath:
    """The code for ``content`` (UTF-8, level M: 15 % of it may be folded or stained).

    Raises ValueError when ``content`` passes what a code holds (2,331 bytes at this level).
    """
    code: Any = qrencoder.QRCode(None, _LEVEL_M)
    alphanumeric = _ALPHANUMERIC.match(content)
    code.addData(qrencoder.QRAlphaNum(content) if alphanumeric else qrencoder.QR8bitByte(content))
    code.version = code.calculate_version()
    # One mask instead of the best of eight: readers take any, and the search is nine tenths of the time.
    code.makeImpl(False, _MASK)
    side = code.getModuleCount()
    squares = []
    for row, modules in enumerate(code.modules):
        column = 0
        for dark, run in groupby(map(bool, modules)):
            length = len(list(run))
            if dark:
                squares.append(f"{column} {side - 1 - row} {length} 1 re")
            column += length
    return QrPath(side, " ".join(squares))
