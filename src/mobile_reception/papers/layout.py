"""Lines, columns and tables on sheets of paper: the one layout engine of all forms.

Lengths are points. A page is filled from the top; what does not fit goes to the next page, words wider than
their column are broken between letters, and nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc

from mobile_reception.papers import charts, fonts
from mobile_reception.papers.fonts import Face
from mobile_reception.papers.lines import Line, Run, balanced, wrap
from mobile_reception.papers.qr import qr_path

MM = 72 / 25.4

# Streams as bytes, not as base-85 text: a fifth smaller and faster. Only this room uses reportlab.
rl_config.useA85 = 0

_RULE = 0.6
_PAD_X, _PAD_Y = 1.0 * MM, 0.6 * MM
_FINEST_SQUARE = 0.375 * MM
_DESCENT = 0.3
"""Part of the type size that a line keeps below its baseline."""


class Sheet(NamedTuple):
    """A size of paper and its margins."""

    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph.

    ``rule`` is a line under it, as a part of the width of its longest line. What must ``fit`` stays on one
    line and is set smaller where its column is too narrow. ``indent`` moves the first line in.
    """

    runs: tuple[Run, ...]
    size: float
    leading: float
    align: str = "left"
    above: float = 0
    rule: float = 0
    fit: bool = False
    indent: float = 0


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code of at least ``side``, larger where its squares would be under 0.375 mm."""

    content: str
    side: float
    above: float = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of `charts`, as wide as its column."""

    drawing: Any
    above: float = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``width`` 0 takes what is left; neighbours of one ``group`` share a head.

    Cells are set in ``face`` where it is given, else in the table's own.
    """

    title: str
    width: float
    align: str = "left"
    group: str = ""
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class Across:
    """A row of one cell from edge to edge of a table, in the face of its head; stays with the row below."""

    text: str


Stacked = Words | Code | Picture
"""What may stand in a stack beside others."""

Cells = Sequence[str | Code]
"""A row: text, broken where it has line feeds and where it must, or a code."""


def _lines(words: Words, width: float) -> tuple[Words, list[Line]]:
    """The paragraph in lines, and itself, smaller if it had to fit."""
    if words.fit:
        natural = sum(face.width(text, words.size) for text, face in words.runs)
        words = replace(words, size=words.size * min(1, 0.999 * width / natural)) if natural else words
    if words.align == "centre":
        return words, balanced(words.runs, words.size, width)
    return words, wrap(words.runs, words.size, width, words.indent)


class _Cell(NamedTuple):
    """A column where it stands on the sheet."""

    column: Column
    left: float
    width: float
    style: Words


class _Measured(NamedTuple):
    """A row of a table before it is drawn: the lines of each cell, and the codes with their cells."""

    lines: list[list[Line]]
    codes: list[tuple[_Cell, Code]]

    def height(self, leading: float) -> float:
        """What it takes of a page."""
        text = max(map(len, self.lines), default=0) * leading
        return max([text, *(_side(code)[1] for _, code in self.codes)]) + 2 * _PAD_Y


def _measured(cells: Sequence[_Cell], row: Cells) -> _Measured:
    lines: list[list[Line]] = []
    codes = []
    for cell, content in zip(cells, row, strict=True):
        if isinstance(content, Code):
            codes.append((cell, content))
            lines.append([])
            continue
        face, width = cell.style.runs[0].face, cell.width - 2 * _PAD_X
        parts = content.split("\n") if "\n" in content else (content,)
        lines.append([line for part in parts for line in wrap([Run(part, face)], cell.style.size, width)])
    return _Measured(lines, codes)


def _side(code: Code) -> tuple[float, float]:
    """The side of one square, and of the code with the white that readers need around it."""
    modules = qr_path(code.content).modules
    module = max(code.side / modules, _FINEST_SQUARE)
    return module, module * (modules + 8)


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

    def columns(self, columns: Sequence[tuple[float, Sequence[Stacked]]], above: float) -> None:
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

    def turn(self) -> None:
        """Go to the next page, unless this one is empty."""
        if self._pages[-1]:
            self._turn()

    def table(
        self, columns: Sequence[Column], rows: Iterable[Cells | Across], style: Words, heading: Face
    ) -> None:
        """Rows of cells under a head of one or two rows, which is repeated on every page.

        ``style`` gives the cells' face, size, leading and the space above; ``heading`` is the head's face.
        Raises ValueError for a code that no page can hold.
        """
        self._space(style.above)
        given = sum(column.width for column in columns)
        rest = (self.width - given) / max(1, sum(not column.width for column in columns))
        cells, left = [], self._sheet.left
        for column in columns:
            width = column.width or rest
            face = column.face or style.runs[0].face
            own = replace(style, align=column.align, runs=(Run("", face),))
            cells.append(_Cell(column, left, width, own))
            left += width
        head = replace(style, runs=(Run("", heading),), align="centre")
        _, bottom = self._head(cells, head)
        self.keep(self._top - bottom + style.leading + 2 * _PAD_Y)
        self._open_table(cells, head)
        waiting: list[Across] = []
        for row in rows:
            if isinstance(row, Across):
                waiting.append(row)
                continue
            measured = _measured(cells, row)
            self._across(waiting, cells, head, measured)
            waiting.clear()
            self._row(measured, cells, head)
        self._across(waiting, cells, head, _Measured([], []))

    def pdf(self, *, footer: Words | None, border: str = "") -> bytes:
        """The document; ``footer`` with ``{page}`` and ``{pages}`` goes under each page of several.

        ``border`` is the colour (``rrggbb``) of a double line around each page.
        """
        frame = _border(self._sheet, border) if border else []
        for number, laid_out in enumerate(self._pages, 1):
            drawn = list(laid_out)
            if footer is not None and self.pages > 1:
                text = footer.runs[0].text.replace("{page}", str(number)).replace("{pages}", str(self.pages))
                shown = replace(footer, runs=(Run(text, footer.runs[0].face),), fit=True)
                shown, (line, *_) = _lines(shown, self.width)
                drawn += self._line(line, shown, self._sheet.left, self.width, self._sheet.bottom - 1 * MM)
            page: Any = pdfdoc.PDFPage()
            page.pagewidth, page.pageheight = self._sheet.width, self._sheet.height
            page.Resources = pdfdoc.PDFResourceDictionary()
            page.Resources.basicFonts()
            page.Resources.basicProcs()
            page.setCompression(1)
            page.setStream([f"{_RULE} w", *frame, *drawn])
            self._document.inPage()
            self._document.addPage(page)
        return bytes(self._document.GetPDFData(None))

    def _space(self, height: float) -> None:
        if self._pages[-1]:
            self._top -= height

    def _turn(self) -> None:
        self._pages.append([])
        self._top = self._sheet.height - self._sheet.top

    def _side_by_side(self, columns: Sequence[tuple[float, Sequence[Stacked]]]) -> tuple[list[str], float]:
        drawn: list[str] = []
        left, lowest = self._sheet.left, self._top
        whole = sum(share for share, _ in columns)
        for share, stack in columns:
            width, top = self.width * share / whole, self._top
            for item in stack:
                top -= item.above
                if isinstance(item, Code):
                    marks, top = self._code(item, left, width, top)
                elif isinstance(item, Picture):
                    marks, top = self._picture(item, left + _PAD_X, width - 2 * _PAD_X, top)
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
        module, whole = _side(code)
        side = module * modules
        quiet = (whole - side) / 2
        x, y = left + (width - side) / 2, top - quiet - side
        return [f"q {module:.4f} 0 0 {module:.4f} {x:.2f} {y:.2f} cm {path} Q"], y - quiet

    def _picture(self, picture: Picture, left: float, width: float, top: float) -> tuple[list[str], float]:
        drawing = picture.drawing
        scale = width / drawing.width
        bottom = top - drawing.height * scale
        drawn = charts.marks(drawing, fonts.family().regular, self._document)
        return [f"q {scale:.4f} 0 0 {scale:.4f} {left:.2f} {bottom:.2f} cm", *drawn, "Q"], bottom

    def _open_table(self, cells: Sequence[_Cell], head: Words) -> None:
        drawn, self._top = self._head(cells, head)
        self._pages[-1] += drawn

    def _head(self, cells: Sequence[_Cell], head: Words) -> tuple[list[str], float]:
        face = head.runs[0].face
        groups = [list(members) for _, members in groupby(cells, key=lambda cell: cell.column.group or cell)]
        titles = {
            cell: wrap([Run(cell.column.title, face)], head.size, cell.width - 2 * _PAD_X) for cell in cells
        }
        shared_titles = {
            members[0].column.group: wrap(
                [Run(members[0].column.group, face)],
                head.size,
                sum(cell.width for cell in members) - 2 * _PAD_X,
            )
            for members in groups
            if members[0].column.group
        }
        tallest = max(map(len, shared_titles.values()), default=0)
        upper = tallest * head.leading + 2 * _PAD_Y if tallest else 0.0
        lower = max(len(titles[cell]) * head.leading for cell in cells if cell.column.group or not upper)
        height = upper + lower + 2 * _PAD_Y
        alone = [len(titles[cell]) * head.leading for cell in cells if not cell.column.group]
        height = max(height, *(tall + 2 * _PAD_Y for tall in alone), 0)
        drawn: list[str] = []
        for members in groups:
            first, shared = members[0], members[0].column.group
            if shared:
                across = sum(cell.width for cell in members)
                box = _Box(first.left, self._top, across, upper)
                drawn += self._boxed(shared_titles[shared], head, box)
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

    def _across(self, rows: Sequence[Across], cells: Sequence[_Cell], head: Words, below: _Measured) -> None:
        """Headings over the row ``below``, on one page with it where a page has room for both."""
        width = sum(cell.width for cell in cells)
        style = replace(head, align="left")
        broken = [wrap([Run(row.text, head.runs[0].face)], head.size, width - 2 * _PAD_X) for row in rows]
        heights = [len(lines) * head.leading + 2 * _PAD_Y for lines in broken]
        if rows and self._top - sum(heights) - below.height(head.leading) < self._sheet.bottom:
            self._turn()
            self._open_table(cells, head)
        for lines, height in zip(broken, heights, strict=True):
            self._pages[-1] += self._boxed(lines, style, _Box(cells[0].left, self._top, width, height))
            self._top -= height

    def _row(self, row: _Measured, cells: Sequence[_Cell], head: Words) -> None:
        left_over, codes = row
        fresh = False
        while any(left_over) or codes:
            tallest = max(map(len, left_over))
            high = max((_side(code)[1] for _, code in codes), default=0.0)
            space = self._top - self._sheet.bottom - 2 * _PAD_Y
            room = int(space // head.leading)
            # A row goes over whole if it can; one that is higher than a page is continued on the next.
            if (room < tallest or space < high) and not fresh:
                self._turn()
                self._open_table(cells, head)
                fresh = True
                continue
            if room < 1 or space < high:
                raise ValueError("the head of the table leaves no room on the page")
            lines = min(room, tallest)
            height = max(lines * head.leading, high) + 2 * _PAD_Y
            for cell, rest in zip(cells, left_over, strict=True):
                box = _Box(cell.left, self._top, cell.width, height)
                self._pages[-1] += self._boxed(rest[:lines], cell.style, box)
            for cell, code in codes:
                top = self._top - _PAD_Y - (height - 2 * _PAD_Y - _side(code)[1]) / 2
                self._pages[-1] += self._code(code, cell.left, cell.width, top)[0]
            self._top -= height
            left_over, codes = [rest[lines:] for rest in left_over], []
            fresh = False


def _border(sheet: Sheet, colour: str) -> list[str]:
    """Two rectangles in ``colour``, halfway between the edge of the sheet and its text."""
    shade = " ".join(f"{int(colour[place : place + 2], 16) / 255:.3f}" for place in (0, 2, 4))
    outer = min(sheet.top, sheet.bottom, sheet.left, sheet.right) / 2
    drawn = [f"q {shade} RG"]
    for inset, weight in ((outer, 2.0), (outer + 1.2 * MM, _RULE)):
        width, height = sheet.width - 2 * inset, sheet.height - 2 * inset
        drawn.append(f"{weight} w {inset:.2f} {inset:.2f} {width:.2f} {height:.2f} re S")
    return [*drawn, "Q"]


class _Info(pdfdoc.PDFInfo):
    """Title, subject and maker only: no author, and no time, so that equal values give equal bytes."""

    def __init__(self, title: str, subject: str) -> None:
        super().__init__()
        self.title, self.subject = title, subject

    def format(self, document: Any) -> bytes:
        about = {"Title": self.title, "Subject": self.subject, "Creator": "Mobile Reception"}
        entries = {name: pdfdoc.PDFString(text) for name, text in about.items() if text}
        return bytes(pdfdoc.PDFDictionary(entries).format(document))
