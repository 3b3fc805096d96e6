"""Forms are data: ``resources/papers/*.toml`` says what stands on a paper, this module sets it.

Values are put in by one plain substitution of ``{names}``; nothing in a value is read as markup or a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as members
from datetime import date, datetime
from typing import Any, NamedTuple

from mobile_reception import words
from mobile_reception.papers import fonts
from mobile_reception.papers.layout import (
    MM,
    Across,
    Cells,
    Code,
    Column,
    Flow,
    Picture,
    Sheet,
    Stacked,
    Words,
)
from mobile_reception.papers.lines import Run
from mobile_reception.papers.phrase import filled, printed
from mobile_reception.papers.template import BadTemplate, Template, Templates, frame, load, spoken

__all__ = [
    "BadTemplate",
    "Template",
    "Templates",
    "compose",
    "fields_of",
    "load",
    "long_day",
    "long_moment",
    "number",
    "numbered",
]

Fields = Mapping[str, str]
Rows = Mapping[str, Sequence[Fields]]
"""Rows of a form's tables and lists by name; a row ``{"heading": …}`` goes across the table."""


def long_day(value: date, language: str) -> str:
    """``ngày 05 tháng 01 năm 2027``: zeros as Decree 30/2020/NĐ-CP has them."""
    dates = frame()["dates"]
    day = f"{value.day:02}" if language == "vi" else str(value.day)
    pattern = spoken(dates["day"], language)
    month = dates["months"][language][value.month - 1]
    return filled(pattern, {"day": day, "month": month, "year": str(value.year)})


def long_moment(value: datetime, language: str) -> str:
    """``08 giờ 30 phút, ngày 05 tháng 01 năm 2027``, in UTC+7."""
    local = value.astimezone(words.VIETNAM)
    parts = {"hour": f"{local:%H}", "minute": f"{local:%M}", "date": long_day(local, language)}
    return filled(spoken(frame()["dates"]["moment"], language), parts)


def number(value: int, language: str) -> str:
    """``1.000.000``; English groups with commas."""
    return f"{value:,}".replace(",", spoken(frame()["numbers"]["thousands"], language))


def short(value: date | None) -> str:
    """``05/01/2027`` for a cell; a moment's day is its day in UTC+7."""
    if value is None:
        return ""
    return words.day(value.astimezone(words.VIETNAM) if isinstance(value, datetime) else value)


def fields_of(values: Any, language: str) -> dict[str, str]:
    """The plain fields of a value (a frozen dataclass) as they are printed; collections are left out.

    Moments and days in words, whole numbers grouped, true and false as ``1`` and nothing, None as nothing.
    """
    said = {}
    for member in members(values):
        name = member.name
        match getattr(values, name):
            case None | False:
                said[name] = ""
            case True:
                said[name] = "1"
            case str() as text:
                said[name] = printed(text)
            case int() as count:
                said[name] = number(count, language)
            case datetime() as moment:
                said[name] = long_moment(moment, language)
            case date() as day:
                said[name] = long_day(day, language)
    return said


def numbered(rows: Sequence[Any], language: str) -> list[tuple[dict[str, str], Any]]:
    """Each row's plain fields (`fields_of`), its number ``n`` among them, with the row."""
    return [({"n": str(n), **fields_of(row, language)}, row) for n, row in enumerate(rows, 1)]


def compose(
    template: Template,
    fields: Fields,
    rows: Rows,
    *,
    paper: str,
    language: str,
    charts: Mapping[str, Any] | None = None,
) -> bytes:
    """The form as PDF, in smaller print where that brings it onto one page.

    ``fields`` fill its ``{names}``, ``rows`` its tables and lists, ``charts`` its drawings (see `charts`).
    Equal arguments give equal bytes (with one typeface, see `fonts.family`). Raises ValueError for a paper or
    language that the form is not made for.
    """
    data, shared = template.data, template.frame
    sheet = template.sheet(paper)
    known = {**shared["defaults"], **fields}
    texts = {**shared["words"], **data["words"]}
    footer = texts.pop("footer")
    known["form"] = data["number"]
    known["title"] = filled(spoken(data["words"]["title"], language), known)
    known["title_capitals"] = known["title"].upper()
    for name, text in texts.items():
        if name != "title":
            known[name] = filled(spoken(text, language), known)
    for name, phrase in {**shared["phrases"], **data.get("phrases", {})}.items():
        there = known[phrase["when"]]
        known[name] = filled(phrase[language] if there else phrase.get("otherwise", ""), known)
    margins = (sheet["margins"][side] * MM for side in ("top", "bottom", "left", "right"))
    size = Sheet(sheet["width"] * MM, sheet["height"] * MM, *margins)
    title = f"{known['title']} {known['code']}".strip()
    subject = f"{data['number'] or template.name}, v{data['version']}"
    flow = Flow(size, title=title, language=language, subject=subject)
    scales = sheet["scales"] if data.get("one_page", True) else sheet["scales"][:1]
    drawings = charts or {}
    setters = [_Setter(flow, shared, sheet, scale, known, rows, language, drawings) for scale in scales]
    setter = _shortest(setters, data["block"])
    known["mark"] = known["code"] or known["document_number"] or known["title"]
    known |= {"page": "{page}", "pages": "{pages}"}
    below = filled(spoken(footer, language), known)
    return flow.pdf(footer=setter.plain(below, size="small", align="centre"), border=data.get("border", ""))


def _shortest(setters: Sequence[_Setter], blocks: Sequence[Mapping[str, Any]]) -> _Setter:
    """Sets the blocks with the first of ``setters`` that brings two pages onto one, else with the first."""
    usual, *smaller = setters
    if usual.set(blocks) != 2:  # no smaller print makes one page of three
        return usual
    for setter in smaller:
        if setter.set(blocks) == 1:
            return setter
    usual.set(blocks)
    return usual


class _Setter(NamedTuple):
    """Sets the blocks of one form into a flow."""

    flow: Flow
    frame: Mapping[str, Any]
    sheet: Mapping[str, Any]
    scale: float
    fields: Fields
    rows: Rows
    language: str
    charts: Mapping[str, Any]

    def set(self, blocks: Sequence[Mapping[str, Any]]) -> int:
        """Sets the whole form; returns the number of pages."""
        self.flow.restart()
        for block in blocks:
            self._block(block)
        return self.flow.pages

    def _block(self, block: Mapping[str, Any]) -> None:
        if not self._wanted(block):
            return
        if "keep" in block:
            self.flow.keep(block["keep"] * MM)
        match block["kind"]:
            case "line":
                self.flow.words(self._line(block, self.fields))
            case "list":
                for row in self.rows[block["rows"]]:
                    self.flow.words(self._line(block, row))
            case "columns":
                columns = [
                    (column["share"], [self._item(item) for item in column["items"] if self._wanted(item)])
                    for column in block["column"]
                ]
                self.flow.columns(columns, self._above(block))
            case "table":
                self._table(block)
            case "part":
                for inner in self.frame["part"][block["part"]]:
                    self._block(inner)
            case "page":
                self.flow.turn()
            case kind:
                raise ValueError(f"no such kind of block: {kind}")

    def plain(self, text: str, *, size: str, align: str = "left", face: str = "regular") -> Words:
        """``text`` in one face."""
        points, leading = self._size(size)
        return Words((Run(text, getattr(fonts.family(), face)),), points, leading, align)

    def _wanted(self, part: Mapping[str, Any]) -> bool:
        if "when" in part and not self.fields[part["when"]]:
            return False
        return not ("unless" in part and self.fields[part["unless"]])

    def _size(self, name: str) -> tuple[float, float]:
        size = self.sheet["sizes"][name] * self.scale
        return size, size * self.sheet["leading"]

    def _above(self, part: Mapping[str, Any]) -> float:
        above = part.get("above", 0)
        return float(self.sheet[above] if isinstance(above, str) else above * self.scale) * MM

    def _text(self, text: str | Mapping[str, str], fields: Fields) -> str:
        return filled(spoken(text, self.language), fields)

    def _line(self, part: Mapping[str, Any], fields: Fields) -> Words:
        size, leading = self._size(part.get("size", "body"))
        family = fonts.family()
        runs = []
        if "label" in part:
            face = family.bold if "text" not in part else family.regular
            runs.append(Run(self._text(part["label"], fields), face))
        if "text" in part:
            text = self._text(part["text"], fields)
            runs.append(Run(text, getattr(family, part.get("face", "regular"))))
        return Words(
            tuple(runs),
            size,
            leading,
            part.get("align", "left"),
            self._above(part),
            part.get("rule", 0),
            part.get("fit", False),
            part.get("indent", 0) * MM * self.scale,
        )

    def _item(self, part: Mapping[str, Any]) -> Stacked:
        if "chart" in part:
            return Picture(self.charts[part["chart"]], self._above(part))
        if "qr" in part:
            return Code(self._text(part["qr"], self.fields), self.sheet["qr"] * MM, self._above(part))
        return self._line({"align": "centre", **part}, self.fields)

    def _table(self, block: Mapping[str, Any]) -> None:
        size, leading = self._size(block.get("size", "table"))
        family = fonts.family()
        columns = [
            Column(
                self._text(column["title"], self.fields),
                column.get("width", 0) * self.sheet["columns"] * MM * self.scale,
                column.get("align", "left"),
                self._text(column.get("group", ""), self.fields),
                getattr(family, column["face"]) if "face" in column else None,
            )
            for column in block["columns"]
        ]
        cells = [self._cell(column) for column in block["columns"]]
        rows = self.rows[block["rows"]]
        made: list[Cells | Across] = [
            Across(row["heading"]) if "heading" in row else [cell(row) for cell in cells] for row in rows
        ]
        made += [[""] * len(cells)] * (int(block.get("blank", 0)) - len(made))
        style = Words((Run("", family.regular),), size, leading, above=self._above(block))
        self.flow.table(columns, made, style, family.bold)

    def _cell(self, column: Mapping[str, Any]) -> Callable[[Fields], str | Code]:
        """What a column prints of a row."""
        if "qr" in column:
            side = self.sheet["table_qr"] * MM
            return lambda row: Code(self._text(column["qr"], row), side)
        text = spoken(column["text"], self.language)
        if text.startswith("{") and text[1:-1].isidentifier():
            name = text[1:-1]
            return lambda row: row[name]
        return lambda row: filled(text, row)
