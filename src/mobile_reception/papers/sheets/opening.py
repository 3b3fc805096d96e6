"""Bytes to rows of cells, within bounds: a file from a stick is opened only as far as it can do no harm."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from mobile_reception.dossier.identity import legacy_encoding
from mobile_reception.papers.sheets.cells import Cell
from mobile_reception.words import text

MOST_BYTES = 20 * 2**20
MOST_UNPACKED = 50 * 2**20
MOST_WORDS = 16 * 2**20
"""Of the table of shared texts: a spreadsheet's reader keeps all of it in memory."""
MOST_OTHER = 4 * 2**20
"""Of any other part that is no sheet: those are read whole, as trees of ten times their size."""
MOST_BETWEEN_ROWS = 2 * 2**20
"""Of a sheet's part without the end of a row: a reader builds a tree of each row."""
MOST_RATIO = 100
SMALL_PART = 256 * 1024
"""Parts up to this size may be packed as tightly as they like."""
MOST_PARTS = 500
MOST_SHEETS = 20
MOST_ROWS = 10_000
MOST_CELLS = 400_000
MOST_COLUMNS = 250
LAST_ROW = 50_000
"""No row with a higher number is looked for: a stray cell far below makes a reader walk all rows above it."""
MOST_EMPTY = 4_000_000
"""Cells that hold nothing, which styles and stray cells far to the right leave behind."""
MOST_LETTERS = 40_000
"""In one cell; a spreadsheet's own bound is 32,767."""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".tiff")
_ROW = re.compile(rb"</?(?:[A-Za-z0-9]+:)?row[ \t\r\n/>]")
_MACROS = ("vbaproject.bin", "vbadata.xml")


class NotASheet(ValueError):
    """A file that gives no lines at all; the message says why and what to do, for a person."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that hold something, with the numbers that a spreadsheet shows beside them."""

    title: str
    rows: list[tuple[int, list[Cell]]]


@dataclass(slots=True)
class _Count:
    """Rows and cells of the whole file."""

    rows: int = 0
    cells: int = 0
    empty: int = 0
    kept: list[tuple[int, list[Cell]]] = field(default_factory=list)

    def take(self, number: int, cells: list[Cell]) -> None:
        wide = len(cells)
        while cells and cells[-1] in (None, ""):
            cells.pop()
        self.empty += wide - len(cells)
        if number > LAST_ROW or self.empty > MOST_EMPTY:
            raise NotASheet(text("Tệp có ô nằm quá xa: chép các dòng hồ sơ sang tệp mẫu mới."))
        if not cells:
            return
        self.rows += 1
        self.cells += len(cells)
        if self.rows > MOST_ROWS or self.cells > MOST_CELLS:
            raise NotASheet(text("Tệp có hơn {rows} dòng: chia thành nhiều tệp nhỏ hơn.", rows=MOST_ROWS))
        if len(cells) > MOST_COLUMNS:
            raise NotASheet(
                text("Tệp có hơn {columns} cột: dùng tệp mẫu của chương trình.", columns=MOST_COLUMNS)
            )
        if any(isinstance(cell, str) and len(cell) > MOST_LETTERS for cell in cells):
            raise NotASheet(text("Dòng {row} có ô chữ quá dài.", row=number))
        self.kept.append((number, cells))

    def sheet(self, title: str) -> Sheet:
        kept, self.kept = self.kept, []
        return Sheet(title, kept)


def sheets(data: bytes, name: str) -> list[Sheet]:
    """The sheets of an XLSX file, or the one of a CSV file, told apart by their bytes; raises NotASheet."""
    if len(data) > MOST_BYTES:
        raise NotASheet(text("Tệp lớn quá {size} MiB.", size=MOST_BYTES // 2**20))
    if data.startswith(b"PK"):
        return _workbook(data)
    if data.startswith(_OLD_OFFICE):
        raise NotASheet(text("Tệp Excel kiểu cũ (.xls) hoặc có mật khẩu: lưu lại dạng .xlsx không mật khẩu."))
    if name.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods")):
        raise NotASheet(text("Tệp bảng tính bị hỏng hoặc bị cắt: chép lại tệp gốc."))
    return [_table(data)]


def _workbook(data: bytes) -> list[Sheet]:
    _check_archive(data)
    import openpyxl

    try:
        with warnings.catch_warnings():
            # openpyxl says what it leaves out (extensions, styles); nothing of it is data.
            warnings.simplefilter("ignore")
            _check_rows(data)
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                if len(book.worksheets) > MOST_SHEETS:
                    raise NotASheet(text("Tệp có quá nhiều trang tính."))
                count = _Count()
                return [_sheet(sheet, count) for sheet in book.worksheets]
            finally:
                book.close()
    except NotASheet:
        raise
    except Exception as error:
        # The one gate to the reader: what it raises for a broken file is not said and has no base class.
        raise NotASheet(text("Tệp bảng tính bị hỏng hoặc bị cắt: chép lại tệp gốc.")) from error


def _check_archive(data: bytes) -> None:
    """Refuses by what the archive declares, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise NotASheet(text("Tệp bảng tính bị hỏng hoặc bị cắt: chép lại tệp gốc.")) from error
    names = [part.filename.lower() for part in parts]
    if any(name.endswith(_MACROS) for name in names):
        raise NotASheet(text("Tệp có macro: lưu lại dạng .xlsx không có macro."))
    if "[content_types].xml" not in names:
        raise NotASheet(text("Tệp này không phải bảng tính .xlsx."))
    other = (
        part.file_size
        for part in parts
        if "worksheets/" not in part.filename.lower()
        and not part.filename.lower().endswith(("sharedstrings.xml", *_PICTURES))
    )
    words = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    packed = any(
        part.file_size > SMALL_PART and part.file_size > MOST_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if (
        packed
        or any(size > MOST_OTHER for size in other)
        or words > MOST_WORDS
        or len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_UNPACKED
    ):
        raise NotASheet(text("Tệp bung ra quá lớn so với kích thước: không mở."))


def _check_rows(data: bytes) -> None:
    """Reads the sheets' parts once through a counter; refuses a row that would not fit."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.infolist():
            if "worksheets/" not in part.filename.lower():
                continue
            since, tail = 0, b""
            with archive.open(part) as stream:
                while chunk := stream.read(64 * 1024):
                    ends = [match.end() for match in _ROW.finditer(tail + chunk)]
                    since = len(tail + chunk) - ends[-1] if ends else since + len(chunk)
                    tail = chunk[-24:]
                    if since > MOST_BETWEEN_ROWS:
                        raise NotASheet(text("Tệp bung ra quá lớn so với kích thước: không mở."))


def _sheet(sheet: Any, count: _Count) -> Sheet:
    # The size that a sheet claims to have is not to be trusted: a row is as wide as its last cell.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), start=1):
        count.take(number, [_value(cell) for cell in row])
    return count.sheet(str(sheet.title))


def _value(cell: Any) -> Cell:
    value: Cell = cell.value
    if isinstance(value, datetime) and "d" not in cell.number_format.lower():
        # 05/1990 becomes the first of May to a spreadsheet; the cell's format still says what was typed.
        return f"{value:%m/%Y}" if "y" in cell.number_format.lower() else value
    return value if isinstance(value, _KINDS) else str(value)


_KINDS = (str, int, float, bool, datetime, date, time, type(None))


def _table(data: bytes) -> Sheet:
    written = _decoded(data)
    if "\0" in written:
        raise NotASheet(text("Tệp này không phải CSV."))
    lines = written.splitlines(keepends=True)
    separator = _separator(lines)
    if lines and lines[0].lower().startswith("sep="):
        lines[0] = "\n"
    count = _Count()
    for number, row in _records(lines, separator):
        count.take(number, list(row))
    return count.sheet("")


def _records(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from enumerate(csv.reader(lines, delimiter=separator, strict=True), start=1)
    except csv.Error as error:
        raise NotASheet(text("Tệp CSV hỏng: dấu ngoặc kép không khép hoặc ô quá dài.")) from error


def _separator(lines: list[str]) -> str:
    """What stands most often in the first line with any: Excel writes ``;`` where the comma is decimal."""
    for line in lines[:20]:
        if line.lower().startswith("sep=") and len(line.strip()) == 5:
            return line[4]
        found = max(";\t,", key=line.count)
        if line.count(found):
            return found
    return ","


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16, with or without a mark; any other encoding is refused, by name where it is known."""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        zeros = data[:200].count(0)
        if zeros and zeros * 5 > min(len(data), 200):
            return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding = legacy_encoding(data[:50_000].decode("cp1252", "replace"))
    if encoding:
        raise NotASheet(
            text("Tệp dùng bảng mã {encoding} cũ: chuyển sang Unicode rồi nhập lại.", encoding=encoding)
        )
    raise NotASheet(text("Tệp không phải chữ Unicode: trong Excel chọn Lưu thành “CSV UTF-8”."))
