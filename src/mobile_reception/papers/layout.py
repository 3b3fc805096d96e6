"""Lines, columns and tables on sheets of paper: the one layout engine of all forms.

Lengths are points. A page is filled from the top; what does not fit goes to the next page, words wider than
their column are broken between letters, and nothing is ever cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc

from mobile_reception.papers.fonts import Face
from mobile_reception.papers.qr import qr_path

MM = 72 / 25.4

# Streams as bytes, not as base-85 text: a fifth smaller and faster. Only this room uses reportlab.
rl_config.useA85 = 0

_RULE = 0.6
_PAD_X, _PAD_Y = 1.0 * MM, 0.6 * MM
_FINEST_SQUARE = 0.4 * MM
_DESCENT = 0.3
"""Part of the type size that a line keeps below its baseline."""
_WORD = re.compile(r"( *)([^ ]+)")


class Sheet(NamedTuple):
    """A size of paper and its margins."""

    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float


class Run(NamedTuple):
    """Text in one face."""

    text: str
    face: Face


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph.

    ``rule`` is a line under it, as a part of the width of its longest line. What must ``fit`` stays on one
    line and is set smaller where its column is too narrow.
    """

    runs: tuple[Run, ...]
    size: float
    leading: float
    align: str = "left"
    above: float = 0
    rule: float = 0
    fit: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code of at least ``side``, larger where its squares would be under 0.4 mm."""

    content: str
    side: float
    above: float = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``width`` 0 takes what is left; neighbours of one ``group`` share a head."""

    title: str
    width: float
    align: str = "left"
    group: str = ""


class Line(NamedTuple):
    """Pieces as (x from the line's start, text, face), and the width of all."""

    pieces: list[tuple[float, str, Face]]
    width: float


def wrap(runs: Iterable[Run], size: float, width: float) -> list[Line]:
    """``runs`` broken into lines of at most ``width``: between words, inside one only where it is wider."""
    lines: list[Line] = []
    pieces: list[tuple[float, str, Face]] = []
    used, gap = 0.0, ""
    for text, face in runs:
        for match in _WORD.finditer(text):
            space, word = gap + match[1], match[2]
            gap = ""
            piece = space + word if pieces else word
            length = face.width(piece, size)
            if pieces and used + length > width:
                lines.append(Line(pieces, used))
                pieces, used, piece = [], 0.0, word
                length = face.width(piece, size)
            while length > width and len(piece) > 1:
                fits = _letters_that_fit(piece, face, size, width)
                lines.append(Line([(0.0, piece[:fits], face)], width))
                piece = piece[fits:]
                length = face.width(piece, size)
            if pieces and pieces[-1][2] is face:
                start, before, _ = pieces[-1]
                pieces[-1] = (start, before + piece, face)
            else:
                pieces.append((used, piece, face))
            used += length
        gap = " " if text.endswith(" ") else gap
    if pieces or not lines:
        lines.append(Line(pieces, used))
    return lines


def balanced(runs: Iterable[Run], size: float, width: float) -> list[Line]:
    """Like `wrap`, with the words spread evenly over the same number of lines: for centred text."""
    runs = list(runs)
    lines = wrap(runs, size, width)
    if len(lines) > 1:
        low, high = width / 2, width
        for _ in range(6):
            middle = (low + high) / 2
            tried = wrap(runs, size, middle)
            if len(tried) > len(lines):
                low = middle
            else:
                lines, high = tried, middle
    return lines


def _letters_that_fit(word: str, face: Face, size: float, width: float) -> int:
    used, fits = 0.0, 0
    for letter in word:
        used += face.width(letter, size)
        if used > width:
            break
        fits += 1
    return max(fits, 1)


def _lines(words: Words, width: float) -> tuple[Words, list[Line]]:
    """The paragraph in lines, and itself, smaller if it had to fit."""
    if words.fit:
        natural = sum(face.width(text, words.size) for text, face in words.runs)
        words = replace(words, size=words.size * min(1, 0.999 * width / natural)) if natural else words
    broken = balanced if words.align == "centre" else wrap
    return words, broken(words.runs, words.size, width)


class _Cell(NamedTuple):
    """A column where it stands on the sheet."""

    column: Column
    left: float
    width: float
    style: Words


class _Box(NamedTuple):
    """A rectangle from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Flow:
    """Fills pages from top to bottom; `pdf` gives the bytes."""

    def __init__(self, sheet: Sheet, *, title: str, language: str, subject: str = "") -> None:
        self._sheet = sheet
        # reportlab's document without its Canvas, which draws step by step and hides the document from fonts.
        self._document: Any = pdfdoc.PDFDocument(compression=1, invariant=1, lang=language)
        self._document.info = _Info(title, subject)
        self._pages: list[list[str]] = []
        self._top = 0.0
        self._turn()

    @property
    def pages(self) -> int:
        """How many pages there are so far."""
        return len(self._pages)

    @property
    def width(self) -> float:
        """Between the margins."""
        return self._sheet.width - self._sheet.left - self._sheet.right

    def restart(self) -> None:
        """Throw away what was laid out."""
        self._pages = []
        self._turn()

    def keep(self, height: float) -> None:
        """Go to the next page unless ``height`` is left on this one (or this one is empty)."""
        if self._pages[-1] and self._top - height < self._sheet.bottom:
            self._turn()

    def words(self, words: Words) -> None:
        """A paragraph over the whole width, line by line from page to page."""
        self._space(words.above)
        words, lines = _lines(words, self.width)
        for line in lines:
            self.keep(words.leading)
            self._pages[-1] += self._line(line, words, self._sheet.left, self.width, self._top)
            self._top -= words.leading

    def columns(self, columns: Sequence[tuple[float, Sequence[Words | Code]]], above: float) -> None:
        """Stacks side by side, each as wide as its share, kept together on one page.

        Raises ValueError for columns that no page can hold.
        """
        self._space(above)
        drawn, bottom = self._side_by_side(columns)
        if bottom < self._sheet.bottom and self._pages[-1]:
            self._turn()
            drawn, bottom = self._side_by_side(columns)
        if bottom < self._sheet.bottom:
            raise ValueError("columns are higher than a page")
        self._pages[-1] += drawn
        self._top = bottom

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], style: Words, heading: Face
    ) -> None:
        """Rows of cells under a head of two rows, which is repeated on every page.

        ``style`` gives the cells' face, size, leading and the space above; ``heading`` is the head's face.
        """
        self._space(style.above)
        given = sum(column.width for column in columns)
        rest = (self.width - given) / max(1, sum(not column.width for column in columns))
        cells, left = [], self._sheet.left
        for column in columns:
            width = column.width or rest
            cells.append(_Cell(column, left, width, replace(style, align=column.align)))
            left += width
        head = replace(style, runs=(Run("", heading),), align="centre")
        _, bottom = self._head(cells, head)
        self.keep(self._top - bottom + style.leading + 2 * _PAD_Y)
        self._open_table(cells, head)
        for row in rows:
            self._row(cells, row, head)

    def pdf(self, *, footer: Words | None) -> bytes:
        """The document; ``footer`` with ``{page}`` and ``{pages}`` goes under each page of several."""
        for number, laid_out in enumerate(self._pages, 1):
            drawn = list(laid_out)
            if footer is not None and self.pages > 1:
                text = footer.runs[0].text.replace("{page}", str(number)).replace("{pages}", str(self.pages))
                (line, *_) = wrap([Run(text, footer.runs[0].face)], footer.size, self.width)
                drawn += self._line(line, footer, self._sheet.left, self.width, self._sheet.bottom - 1 * MM)
            page: Any = pdfdoc.PDFPage()
            page.pagewidth, page.pageheight = self._sheet.width, self._sheet.height
            page.Resources = pdfdoc.PDFResourceDictionary()
            page.Resources.basicFonts()
            page.Resources.basicProcs()
            page.setCompression(1)
            page.setStream([f"{_RULE} w", *drawn])
            self._document.inPage()
            self._document.addPage(page)
        return bytes(self._document.GetPDFData(None))

    def _space(self, height: float) -> None:
        if self._pages[-1]:
            self._top -= height

    def _turn(self) -> None:
        self._pages.append([])
        self._top = self._sheet.height - self._sheet.top

    def _side_by_side(
        self, columns: Sequence[tuple[float, Sequence[Words | Code]]]
    ) -> tuple[list[str], float]:
        drawn: list[str] = []
        left, lowest = self._sheet.left, self._top
        whole = sum(share for share, _ in columns)
        for share, stack in columns:
            width, top = self.width * share / whole, self._top
            for item in stack:
                top -= item.above
                if isinstance(item, Code):
                    marks, top = self._code(item, left, width, top)
                else:
                    marks, top = self._paragraph(item, left + _PAD_X, width - 2 * _PAD_X, top)
                drawn += marks
            lowest = min(lowest, top)
            left += width
        return drawn, lowest

    def _paragraph(self, words: Words, left: float, width: float, top: float) -> tuple[list[str], float]:
        drawn: list[str] = []
        words, lines = _lines(words, width)
        for line in lines:
            drawn += self._line(line, words, left, width, top)
            top -= words.leading
        if words.rule:
            middle, half = left + width / 2, max(line.width for line in lines) * words.rule / 2
            drawn.append(f"{middle - half:.2f} {top - 2:.2f} m {middle + half:.2f} {top - 2:.2f} l S")
            top -= 4
        return drawn, top

    def _line(self, line: Line, words: Words, left: float, width: float, top: float) -> list[str]:
        shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[words.align] * (width - line.width)
        baseline = top - words.leading + _DESCENT * words.size
        drawn = []
        for x, text, face in line.pieces:
            shown = " ".join(
                f"{font} {words.size:.4g} Tf ({t}) Tj" for font, t in face.shown(text, self._document)
            )
            drawn.append(f"BT {left + shift + x:.1f} {baseline:.1f} Td {shown} ET")
        return drawn

    def _code(self, code: Code, left: float, width: float, top: float) -> tuple[list[str], float]:
        modules, path = qr_path(code.content)
        module = max(code.side / modules, _FINEST_SQUARE)
        side = module * modules
        quiet = 4 * module  # white that readers need; at the sides the column has more
        x, y = left + (width - side) / 2, top - quiet - side
        return [f"q {module:.4f} 0 0 {module:.4f} {x:.2f} {y:.2f} cm {path} f Q"], y - quiet

    def _open_table(self, cells: Sequence[_Cell], head: Words) -> None:
        drawn, self._top = self._head(cells, head)
        self._pages[-1] += drawn

    def _head(self, cells: Sequence[_Cell], head: Words) -> tuple[list[str], float]:
        face = head.runs[0].face
        groups = [list(members) for _, members in groupby(cells, key=lambda cell: cell.column.group or cell)]
        titles = {
            cell: wrap([Run(cell.column.title, face)], head.size, cell.width - 2 * _PAD_X) for cell in cells
        }
        upper = head.leading + 2 * _PAD_Y if any(cell.column.group for cell in cells) else 0.0
        lower = max(len(titles[cell]) * head.leading for cell in cells if cell.column.group or not upper)
        height = upper + lower + 2 * _PAD_Y
        alone = [len(titles[cell]) * head.leading for cell in cells if not cell.column.group]
        height = max(height, *(tall + 2 * _PAD_Y for tall in alone), 0)
        drawn: list[str] = []
        for members in groups:
            first, shared = members[0], members[0].column.group
            if shared:
                across = sum(cell.width for cell in members)
                lines = wrap([Run(shared, face)], head.size, across - 2 * _PAD_X)
                drawn += self._boxed(lines, head, _Box(first.left, self._top, across, upper))
            for cell in members:
                top = self._top - (upper if shared else 0)
                tall = height - (upper if shared else 0)
                drawn += self._boxed(titles[cell], head, _Box(cell.left, top, cell.width, tall))
        return drawn, self._top - height

    def _boxed(self, lines: Sequence[Line], words: Words, box: _Box) -> list[str]:
        left, top, width, height = box
        drawn = [f"{left:.1f} {top - height:.1f} {width:.1f} {height:.1f} re S"]
        top -= (height - len(lines) * words.leading) / 2
        for line in lines:
            drawn += self._line(line, words, left + _PAD_X, width - 2 * _PAD_X, top)
            top -= words.leading
        return drawn

    def _row(self, cells: Sequence[_Cell], row: Sequence[str], head: Words) -> None:
        left_over = [
            wrap([Run(text, cell.style.runs[0].face)], cell.style.size, cell.width - 2 * _PAD_X)
            for cell, text in zip(cells, row, strict=True)
        ]
        fresh = False
        while any(left_over):
            tallest = max(map(len, left_over))
            room = int((self._top - self._sheet.bottom - 2 * _PAD_Y) // head.leading)
            # A row goes over whole if it can; one that is higher than a page is continued on the next.
            if room < tallest and not fresh:
                self._turn()
                self._open_table(cells, head)
                fresh = True
                continue
            if room < 1:
                raise ValueError("the head of the table leaves no room on the page")
            lines = min(room, tallest)
            height = lines * head.leading + 2 * _PAD_Y
            for cell, rest in zip(cells, left_over, strict=True):
                box = _Box(cell.left, self._top, cell.width, height)
                self._pages[-1] += self._boxed(rest[:lines], cell.style, box)
            self._top -= height
            left_over = [rest[lines:] for rest in left_over]
            fresh = False


class _Info(pdfdoc.PDFInfo):
    """Title, subject and maker only: no author, and no time, so that equal values give equal bytes."""

    def __init__(self, title: str, subject: str) -> None:
        super().__init__()
        self.title, self.subject = title, subject

    def format(self, document: Any) -> bytes:
        about = {"Title": self.title, "Subject": self.subject, "Creator": "Mobile Reception"}
        entries = {name: pdfdoc.PDFString(text) for name, text in about.items() if text}
        return bytes(pdfdoc.PDFDictionary(entries).format(document))
