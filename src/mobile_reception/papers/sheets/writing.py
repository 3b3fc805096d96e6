"""Sheets for people: the template that they fill, lists and the register. No cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from mobile_reception.dossier.catalogue import Catalogue, Version
from mobile_reception.papers.sheets import columns
from mobile_reception.words import VIETNAM, day, moment, resource, speaking, text

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST_CELL = 32_000
TEMPLATE_ROWS = 1_000

_FORMATS = {
    "day": "dd/mm/yyyy",
    "moment": "hh:mm dd/mm/yyyy",
    "money": "#,##0",
    "count": "0",
    "share": "0.0%",
}
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Entry:
    """A dossier in a list or in the register; money is whole đồng, moments are aware."""

    code: str
    procedure: str
    owner: str
    received_at: datetime
    due: date | None = None
    submitter: str = ""
    address: str = ""
    phone: str = ""
    agency: str = ""
    sets: int = 1
    arrived: date | None = None
    returned: date | None = None
    way: str = ""
    receiver: str = ""
    status: str = ""
    phi: int = 0
    le_phi: int = 0
    hamlet: str = ""
    officer: str = ""
    note: str = ""

    @property
    def contact(self) -> str:
        """Address and telephone as the register has them, in one column."""
        return ", ".join(one for one in (self.address, self.phone) if one)


def dossier_list(rows: Iterable[Entry], *, unit: str = "", language: str = "vi") -> bytes:
    """The list of dossiers as XLSX: one head row, frozen, with a filter; ``unit`` stands above it."""
    return _listed("dossier_list", rows, (unit,), language)


def register(rows: Iterable[Entry], *, unit: str, first: date, last: date, language: str = "vi") -> bytes:
    """The register of dossiers (form 07) from ``first`` to ``last`` as XLSX, columns in the form's order."""
    with speaking(language):
        span = text("Từ ngày {first} đến ngày {last}", first=day(first), last=day(last))
    return _listed("register", rows, (unit, span), language)


def dossier_csv(rows: Iterable[Entry], *, language: str = "vi") -> bytes:
    """The columns of `dossier_list` as CSV for Excel: UTF-8 with a mark, ``;`` between cells.

    A cell that a spreadsheet would count gets an apostrophe in front.
    """
    wanted = _lists()["dossier_list"]["columns"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([one[language] for one in wanted])
    for row in rows:
        writer.writerow(
            [_harmless(_written(getattr(row, one["field"]), one.get("kind", ""))) for one in wanted]
        )
    return out.getvalue().encode("utf-8-sig")


def template(language: str = "vi", catalogue: Catalogue | None = None, on: date | None = None) -> bytes:
    """The XLSX that people fill for `read_lines`: headings, a row of hints, lists to choose from.

    Its second sheet has the procedures of ``catalogue`` (None: the shipped one) with their codes, cases and
    grounds of exemption as they stand on ``on`` (None: in their first version); the third takes more papers.
    """
    from openpyxl import Workbook

    names = {key: said[language] for key, said in columns.data().sheets.items()}
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = names["dossiers"]
    _fill_form(sheet, columns.data().columns, language)
    procedures = book.create_sheet(names["procedures"])
    count = _fill_procedures(procedures, catalogue or Catalogue.load(), on, language)
    papers = book.create_sheet(names["papers"])
    ref = next(one for one in columns.data().columns if one.key == "ref")
    _fill_form(papers, (ref, *columns.data().paper), language)
    _choose(sheet, columns.data().columns, language, f"'{names['procedures']}'!$A$2:$A${count + 1}")
    return _bytes(book)


Part = tuple[str, Sequence[str], Sequence[Sequence[str | int | float | datetime | None]]]
"""A small table of a sheet: what stands above it, its heads (none: no row of heads), its rows."""


def parts(title: str, above: Iterable[str], tables: Iterable[Part]) -> bytes:
    """Small tables one under the other on one sheet as XLSX; a fraction is shown in percent."""
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip("' ") or "1"
    _put(sheet, 1, 1, title).font = Font(bold=True, size=14)
    row = 1
    for row, line in enumerate(above, start=2):
        _put(sheet, row, 1, line)
    for heading, heads, rows in tables:
        row += 2
        _put(sheet, row, 1, heading).font = Font(bold=True)
        if heads:
            row += 1
        for place, head in enumerate(heads, start=1):
            cell = _put(sheet, row, place, head)
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="DDE7F3")
        for values in rows:
            row += 1
            for place, value in enumerate(values, start=1):
                _put(sheet, row, place, value, _kind_of(value))
    for letter, width in zip("ABCD", (52, 18, 22, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return _bytes(book)


Table = tuple[str, Sequence[str], Iterable[Sequence[str | int | None]]]
"""A sheet of its own for other programs: its name, the names of its columns, its rows."""


def tables(sheets: Iterable[Table]) -> bytes:
    """A workbook that other programs read: names in the first row, one row each below, texts as texts."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for title, heads, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for row in (heads, *rows):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, None)
                cell.value = _text(value) if isinstance(value, str) else value
                if isinstance(value, str):
                    cell.data_type = "s"  # never a formula
                    cell.quotePrefix = value.startswith(_RISKY)
                cells.append(cell)
            sheet.append(cells)
    return _bytes(book)


def _kind_of(value: object) -> str:
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, float):
        return "share"
    return "money" if isinstance(value, int) else ""


def _fill_form(sheet: Worksheet, wanted: tuple[columns.Column, ...], language: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(wanted, start=1):
        head = _put(sheet, 1, place, column.heading(language))
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="DDE7F3")
        head.alignment = Alignment(wrap_text=True, vertical="center")
        hint = _put(sheet, 2, place, column.hint(language))
        hint.font = Font(italic=True, color="666666")
        hint.alignment = Alignment(wrap_text=True, vertical="top")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = column.width
        # Text keeps leading zeros, whole numbers of twelve digits and days as they were typed.
        sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = "A3"


def _fill_procedures(sheet: Worksheet, catalogue: Catalogue, on: date | None, language: str) -> int:
    from openpyxl.styles import Font

    with speaking(language):
        heads = (
            (text("Mã thủ tục"), 14),
            (text("Tên thủ tục"), 60),
            (text("Lĩnh vực"), 28),
            (text("Trường hợp"), 40),
            (text("Diện miễn"), 40),
            (text("Ghi chú"), 50),
        )
        for place, (head, width) in enumerate(heads, start=1):
            _put(sheet, 1, place, head).font = Font(bold=True)
            sheet.column_dimensions["ABCDEF"[place - 1]].width = width
        number = 1
        for number, procedure in enumerate(catalogue, start=2):
            version = procedure.at(on) if on else procedure.versions[0]
            cells = (procedure.code, procedure.title(), catalogue.heading(procedure.field), *_codes(version))
            for place, cell in enumerate(cells, start=1):
                _put(sheet, number, place, cell)
    sheet.freeze_panes = "A2"
    return number - 1


def _codes(version: Version) -> tuple[str, str, str]:
    cases = "; ".join(f"{one.code}: {one.title()}" for one in version.variants)
    grounds = "; ".join(f"{one.code}: {one.title()}" for one in version.fee.exemptions)
    return cases, grounds, version.guidance() or ""


def _choose(sheet: Worksheet, wanted: tuple[columns.Column, ...], language: str, procedures: str) -> None:
    """Lists to choose from; a typed value that is not in one is let through and judged when it is read."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    word = 1 if language == "vi" else 2
    for place, column in enumerate(wanted, start=1):
        kind = "flag" if column.kind == "flag" else column.kind.removeprefix("choice:")
        if column.kind == "procedure":
            source = f"={procedures}"
        elif kind in columns.data().choices:
            source = '"' + ",".join(row[word] for row in columns.data().choices[kind]) + '"'
        else:
            continue
        letter = get_column_letter(place)
        listed = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
        listed.add(f"{letter}3:{letter}{TEMPLATE_ROWS}")
        sheet.add_data_validation(listed)


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(resource("sheets", "lists.toml").read_text(encoding="utf-8"))


def _listed(kind: str, rows: Iterable[Entry], above: tuple[str, ...], language: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    layout = _lists()[kind]
    wanted = layout["columns"]
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = layout["title"][language].capitalize()[:31]
    top = [layout["title"][language], *(one for one in above if one)]
    for number, line in enumerate(top, start=1):
        _put(sheet, number, 1, line).font = Font(bold=number == 1, size=14 if number == 1 else 11)
    head = len(top) + 1
    if groups := layout.get("groups"):
        _put_groups(sheet, head, wanted, {key: said[language] for key, said in groups.items()})
        head += 1
    for place, column in enumerate(wanted, start=1):
        cell = _put(sheet, head, place, column[language])
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(place)].width = column["width"]
    last = head
    for last, row in enumerate(rows, start=head + 1):
        for place, column in enumerate(wanted, start=1):
            _put(sheet, last, place, getattr(row, column["field"]), column.get("kind", ""))
    sheet.freeze_panes = f"B{head + 1}"
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(wanted))}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head}:{head}"
    return _bytes(book)


def _put_groups(sheet: Worksheet, row: int, wanted: list[dict[str, Any]], said: dict[str, str]) -> None:
    """The upper row of a head of two rows: one heading over the columns of a group."""
    from openpyxl.styles import Alignment, Font

    for group, words in said.items():
        places = [place for place, one in enumerate(wanted, start=1) if one.get("group") == group]
        cell = _put(sheet, row, places[0], words)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center")
        sheet.merge_cells(start_row=row, end_row=row, start_column=places[0], end_column=places[-1])


def _put(sheet: Worksheet, row: int, place: int, value: Any, kind: str = "") -> Cell | MergedCell:
    """A cell with a value; text is text, whatever it begins with."""
    cell = sheet.cell(row, place)
    if isinstance(value, datetime):
        cell.value = value.astimezone(VIETNAM).replace(tzinfo=None)
    elif isinstance(value, str):
        cell.value = _text(value)
        # Without this a text that begins with = becomes a formula; the mark keeps it text when it is edited.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_RISKY)
    else:
        cell.value = value
    if kind in _FORMATS:
        cell.number_format = _FORMATS[kind]
    return cell


def _text(value: str) -> str:
    """What XML can hold, within a cell's bound."""
    kept = "".join(
        one if one in "\n\t" or (one >= " " and one not in "\ufffe\uffff") else " " for one in value
    )
    kept = kept.encode("utf-8", "replace").decode("utf-8")
    return kept if len(kept) <= LONGEST_CELL else f"{kept[:LONGEST_CELL]}…"


def _written(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value) if kind == "moment" else day(value.astimezone(VIETNAM).date())
    return day(value) if isinstance(value, date) else str(value)


def _harmless(cell: str) -> str:
    kept = _text(cell)
    return f"'{kept}" if kept.lstrip(" ").startswith(_RISKY) or cell.startswith(_RISKY) else kept


def _bytes(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
