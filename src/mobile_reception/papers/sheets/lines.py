"""From rows of cells to lines of dossiers: each line whole, or every reason why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mobile_reception.dossier.identity import legacy_encoding
from mobile_reception.dossier.intake import Problem
from mobile_reception.papers.sheets import cells, columns
from mobile_reception.papers.sheets.cells import Cell, Unclear
from mobile_reception.papers.sheets.columns import Column
from mobile_reception.papers.sheets.opening import NotASheet, Sheet, sheets
from mobile_reception.words import text

HEAD_WITHIN = 10
"""The headings stand in one of the first rows; a title may stand above them."""

_NEEDED = ("procedure", "submitter.full_name")
_PAPER = re.compile(r"papers\[([0-9]+)\]\.(\w+)")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that gives no line, with every problem found in it."""

    problems: tuple[Problem, ...]


def read_lines(data: bytes, name: str) -> list[tuple[int, dict[str, Any] | Unreadable]]:
    """The dossiers of a CSV or XLSX file, each with the number of its row as a spreadsheet shows it.

    A line is what `intake.attempt` takes: text as typed, amounts and counts as whole numbers, days and
    moments in ISO 8601. Nothing of a row is taken where one of its cells cannot be understood. ``name`` is
    the name of the file. Raises NotASheet for a file that gives no lines, and nothing else, whatever its
    bytes are.
    """
    found = sheets(data, name)
    placed = [(sheet, head) for sheet in found if (head := _head(sheet, columns.meant, _NEEDED)) is not None]
    if not placed:
        raise NotASheet(_why_no_head(found))
    sheet, (first, heading) = placed[0]
    papers = _papers(found, sheet)
    lines: list[tuple[int, dict[str, Any] | Unreadable]] = []
    for number, row in sheet.rows[first + 1 :]:
        if not _is_hint(heading, row):
            lines.append((number, _line(heading, row, papers)))
    _all_papers_have_a_dossier(papers, lines)
    return lines


@dataclass(frozen=True, slots=True)
class Heading:
    """Which column stands at which place, and the places of columns that are left out (a running number)."""

    columns: Mapping[int, Column]
    ignored: frozenset[int]

    def at(self, place: int) -> Column | None:
        """The column at ``place``, or None."""
        return self.columns.get(place)


def _head(sheet: Sheet, meant: Any, needed: tuple[str, ...]) -> tuple[int, Heading] | None:
    """The place of the row of headings among the rows, and which column is which; raises NotASheet."""
    for first, (number, row) in enumerate(sheet.rows[:HEAD_WITHIN]):
        found = {place: known for place, cell in enumerate(row) if (known := meant(cell)) is not None}
        if not set(needed) <= {one.key for one in found.values()}:
            continue
        ignored = frozenset(
            place for place, cell in enumerate(row) if columns.plain(cell) in columns.data().ignored
        )
        strange = [
            str(cell)[:40]
            for place, cell in enumerate(row)
            if cell not in (None, "") and place not in found and place not in ignored
        ]
        if strange:
            raise NotASheet(text("Không hiểu các cột: {columns}.", columns=", ".join(strange[:10])))
        keys = [one.key for one in found.values()]
        twice = sorted({one.vi for one in found.values() if keys.count(one.key) > 1})
        if twice:
            raise NotASheet(
                text("Cột bị lặp lại (dòng {row}): {columns}.", row=number, columns=", ".join(twice))
            )
        return first, Heading(found, ignored)
    return None


def _why_no_head(found: list[Sheet]) -> str:
    shown = " ".join(
        str(cell)[:200] for sheet in found for _, row in sheet.rows[:HEAD_WITHIN] for cell in row[:50] if cell
    )
    encoding = legacy_encoding(shown)
    if encoding:
        return text("Tệp dùng bảng mã {encoding} cũ: chuyển sang Unicode rồi nhập lại.", encoding=encoding)
    names = [one.vi for one in columns.data().columns if one.key in _NEEDED]
    return text(
        "Không thấy dòng tiêu đề: cần các cột {columns}.", columns=", ".join(f"“{one}”" for one in names)
    )


def _is_hint(heading: Heading, row: list[Cell]) -> bool:
    return columns.is_hint(
        (column, str(cell))
        for place, cell in enumerate(row)
        if cell is not None and (column := heading.at(place)) is not None
    )


class _Line:
    """One line being put together."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.papers: dict[int, dict[str, Any]] = {}
        self.problems: list[Problem] = []

    def put(self, key: str, value: Any) -> None:
        paper = _PAPER.fullmatch(key)
        if paper:
            self.papers.setdefault(int(paper[1]), {})[paper[2]] = value
            return
        target, *path = self.values, *key.split(".", 1)
        if len(path) == 2:
            target = target.setdefault(path[0], {})
        target[path[-1]] = value


def _line(
    heading: Heading, row: list[Cell], papers: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any] | Unreadable:
    line = _Line()
    kinds = _id_kinds(heading, row)
    for place, cell in enumerate(row):
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        column = heading.at(place)
        if column is None:
            if place not in heading.ignored:
                line.problems.append(Problem("", text("ô thứ {place} không có tiêu đề cột", place=place + 1)))
            continue
        try:
            line.put(column.key, _meaning(column, cell, kinds))
        except Unclear as reason:
            line.problems.append(Problem(_field(column.key), str(reason)))
    _join_moment(line)
    named = [line.papers[place] for place in sorted(line.papers)]
    more = papers.get(str(line.values.get("ref", "")), [])
    if named or more:
        line.values["papers"] = [*line.values.get("papers", []), *named, *more]
    return Unreadable(tuple(line.problems)) if line.problems else line.values


def _field(key: str) -> str:
    return "received_at" if key.startswith("received_") else key


def _id_kinds(heading: Heading, row: list[Cell]) -> dict[str, str]:
    """Which kind of paper each person of the row has, where it says so."""
    found = {}
    for place, column in heading.columns.items():
        if column.kind == "choice:id_kind" and place < len(row) and row[place] is not None:
            found[column.key.split(".")[0]] = columns.choice("id_kind", str(row[place])) or ""
    return found


def _meaning(column: Column, cell: Cell, kinds: Mapping[str, str]) -> Any:
    if column.kind != "number_of_paper":
        return cells.understood(column.kind, cell)
    kind = kinds.get(column.key.split(".")[0], "cccd")
    if kind == "cccd":
        return cells.digits(cell, lost=2, whole=12)
    return cells.digits(cell, lost=1, whole=9) if kind == "cmnd" else cells.said(cell)


def _join_moment(line: _Line) -> None:
    """A day and a time of reception make one moment; a time without a day, or the reverse, makes none."""
    day, at = line.values.pop("received_day", None), line.values.pop("received_time", None)
    if day is None and at is None:
        return
    if day is not None and "T" in day and at is None:
        line.values["received_at"] = day
    elif day is not None and "T" not in day and at is not None:
        line.values["received_at"] = f"{day}T{at}:00+07:00"
    elif not line.problems:
        line.problems.append(Problem("received_at", text("cần cả ngày và giờ tiếp nhận, mỗi thứ một lần")))


def _papers(found: list[Sheet], dossiers: Sheet) -> dict[str, list[dict[str, Any]]]:
    """The papers of a sheet of their own, by the number of the form they belong to; raises NotASheet."""
    listed: dict[str, list[dict[str, Any]]] = {}
    for sheet in found:
        head = None if sheet is dossiers else _head_of_papers(sheet)
        if head is None:
            continue
        first, heading = head
        for number, row in sheet.rows[first + 1 :]:
            if _is_hint(heading, row):
                continue
            paper = _paper(heading, row, number)
            listed.setdefault(str(paper.pop("ref", "")), []).append(paper)
    return listed


def _head_of_papers(sheet: Sheet) -> tuple[int, Heading] | None:
    titles = {columns.plain(one) for one in columns.data().sheets["papers"].values()}
    return (
        _head(sheet, columns.meant_paper, ("ref", "name")) if columns.plain(sheet.title) in titles else None
    )


def _paper(heading: Heading, row: list[Cell], number: int) -> dict[str, Any]:
    paper: dict[str, Any] = {}
    for place, cell in enumerate(row):
        column = heading.at(place)
        if column is None or cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            paper[column.key] = cells.understood(column.kind, cell)
        except Unclear as reason:
            raise NotASheet(_at_paper(number, f"{column.vi}: {reason}")) from None
    return paper


def _at_paper(number: int, reason: str) -> str:
    return text("Trang Giấy tờ, dòng {row}: {reason}.", row=number, reason=reason)


def _all_papers_have_a_dossier(
    papers: Mapping[str, list[dict[str, Any]]], lines: list[tuple[int, dict[str, Any] | Unreadable]]
) -> None:
    """A paper that belongs to no form would be lost in silence."""
    if any(isinstance(line, Unreadable) for _, line in lines):
        return
    known = {str(line.get("ref", "")) for _, line in lines if not isinstance(line, Unreadable)} - {""}
    lost = sorted(set(papers) - known)
    if lost:
        raise NotASheet(
            text("Trang Giấy tờ nói đến số phiếu không có hồ sơ: {refs}.", refs=", ".join(lost[:10]) or "?")
        )
