"""Lists of results to pack, from CSV or XLSX: one line a result, its code at least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mobile_reception.dossier.intake import Problem
from mobile_reception.papers.sheets import cells, columns
from mobile_reception.papers.sheets.cells import Cell, Unclear
from mobile_reception.papers.sheets.lines import Unreadable
from mobile_reception.papers.sheets.opening import NotASheet, Sheet, sheets
from mobile_reception.words import text

HEAD_WITHIN: Final = 10

_HEADINGS: Final[Mapping[str, tuple[str, str]]] = {
    heading: (field, kind)
    for field, kind, headings in (
        ("code", "text", ("code", "mã hồ sơ", "số hồ sơ", "mã số hồ sơ")),
        ("name", "text", ("name", "họ tên", "họ và tên", "chủ hồ sơ", "họ tên chủ hồ sơ", "owner")),
        ("procedure", "procedure", ("procedure", "mã thủ tục", "thủ tục")),
        ("paper", "text", ("paper", "result", "loại kết quả", "kết quả", "loại giấy")),
        ("number", "text", ("number", "số", "số kết quả", "số giấy")),
        ("hamlet", "text", ("hamlet", "ấp", "khóm", "ấp khóm", "ấp, khóm")),
        ("to_pay", "money", ("to_pay", "to pay", "phải thu", "còn phải thu", "số tiền", "thu khi trả")),
        ("in_person", "flag", ("in_person", "in person", "trao tận tay", "trao trực tiếp")),
        ("recipient", "text", ("recipient", "người nhận")),
        ("address", "text", ("address", "địa chỉ", "địa chỉ nhận")),
        ("phone", "phone", ("phone", "điện thoại", "số điện thoại", "sđt")),
    )
    for heading in map(columns.plain, headings)
}
"""Headings as people write them: what field they mean, and how its cells are read."""


def read_packing(data: bytes, name: str) -> list[tuple[int, dict[str, Any] | Unreadable]]:
    """The results of a CSV or XLSX file, each with the number of its row as a spreadsheet shows it.

    Only ``code`` has to be there. ``name`` is the name of the file. Raises NotASheet for a file that gives no
    lines, and nothing else, whatever its bytes are.
    """
    for sheet in sheets(data, name):
        for place, (_, row) in enumerate(sheet.rows[:HEAD_WITHIN]):
            heading = [_HEADINGS.get(columns.plain(cell)) for cell in row]
            if any(found is not None and found[0] == "code" for found in heading):
                return _lines(sheet, place + 1, heading)
    raise NotASheet(text("Tệp cần có cột «Mã hồ sơ» (code) ở dòng đầu."))


def _lines(
    sheet: Sheet, first: int, heading: list[tuple[str, str] | None]
) -> list[tuple[int, dict[str, Any] | Unreadable]]:
    return [(number, _line(heading, row)) for number, row in sheet.rows[first:]]


def _line(heading: list[tuple[str, str] | None], row: list[Cell]) -> dict[str, Any] | Unreadable:
    line: dict[str, Any] = {}
    problems: list[Problem] = []
    for meant, cell in zip(heading, row, strict=False):
        if meant is None or cell in (None, ""):
            continue
        field, kind = meant
        try:
            line[field] = cells.said(cell).strip() if kind == "text" else cells.understood(kind, cell)
        except Unclear as error:
            problems.append(Problem(field, str(error)))
    return Unreadable(tuple(problems)) if problems else line
