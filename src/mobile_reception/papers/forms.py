"""Forms are data: ``resources/papers/*.toml`` says what stands on a paper, this module sets it.

``frame.toml`` holds what all forms share. The comment at the top of ``receipt.toml`` explains blocks.
Values are put in by one plain substitution of ``{names}``; nothing in a value is read as markup or a name.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from mobile_reception import words
from mobile_reception.papers import fonts
from mobile_reception.papers.layout import MM, Code, Column, Flow, Run, Sheet, Words

_NAME = re.compile(r"\{(\w+)\}")

Fields = Mapping[str, str]
Rows = Mapping[str, Sequence[Sequence[str]]]


@cache
def _data(name: str) -> dict[str, Any]:
    with words.resource("papers", f"{name}.toml").open("rb") as stream:
        return tomllib.load(stream)


def printed(value: str | None) -> str:
    """``value`` as it goes on paper: NFC, and a space for each control character or break of line."""
    composed = unicodedata.normalize("NFC", value or "")
    if composed.isprintable():
        return composed.strip()
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in composed
    ).strip()


def long_day(value: date, language: str) -> str:
    """``ngày 05 tháng 01 năm 2027``: zeros as Decree 30/2020/NĐ-CP has them."""
    dates = _data("frame")["dates"]
    day = f"{value.day:02}" if language == "vi" else str(value.day)
    pattern = _spoken(dates["day"], language)
    month = dates["months"][language][value.month - 1]
    return _filled(pattern, {"day": day, "month": month, "year": str(value.year)})


def long_moment(value: datetime, language: str) -> str:
    """``08 giờ 30 phút, ngày 05 tháng 01 năm 2027``, in UTC+7."""
    local = value.astimezone(words.VIETNAM)
    parts = {"hour": f"{local:%H}", "minute": f"{local:%M}", "date": long_day(local, language)}
    return _filled(_spoken(_data("frame")["dates"]["moment"], language), parts)


def number(value: int, language: str) -> str:
    """``1.000.000``; English groups with commas."""
    return f"{value:,}".replace(",", _spoken(_data("frame")["numbers"]["thousands"], language))


def compose(form: str, fields: Fields, rows: Rows, *, paper: str, language: str) -> bytes:
    """The form ``resources/papers/<form>.toml`` as PDF, on the smallest number of pages its sheet allows.

    ``fields`` fill its ``{names}``, ``rows`` its tables. Equal arguments give equal bytes (with one typeface,
    see `fonts.family`). Raises ValueError for an unknown paper, language, or name in the form.
    """
    data, frame = _data(form), _data("frame")
    if paper not in frame["sheet"]:
        raise ValueError(f"no such paper: {paper}")
    sheet = frame["sheet"][paper]
    known = dict(fields)
    for name, text in {**frame["words"], **data["words"]}.items():
        if name != "footer":
            known[name] = _filled(_spoken(text, language), known)
    for name, phrase in data.get("phrases", {}).items():
        there = known[phrase["when"]]
        known[name] = _filled(phrase[language] if there else phrase.get("otherwise", ""), known)
    margins = (sheet["margins"][side] * MM for side in ("top", "bottom", "left", "right"))
    title = f"{known['title']} {known['code']}"
    size = Sheet(sheet["width"] * MM, sheet["height"] * MM, *margins)
    subject = f"{data['number']}, v{data['version']}"
    flow = Flow(size, title=title, language=language, subject=subject)
    setters = [_Setter(flow, sheet, scale, known, rows, language) for scale in sheet["scales"]]
    tried = []
    for setter in setters:
        tried.append(setter.set(data["block"]))
        if tried[-1] == 1:
            break
    best = tried.index(min(tried))
    if best != len(tried) - 1:
        setters[best].set(data["block"])
    footer = _filled(
        _spoken(frame["words"]["footer"], language), {**known, "page": "{page}", "pages": "{pages}"}
    )
    return flow.pdf(footer=setter.plain(footer, size="small", align="centre"))


def _spoken(text: str | Mapping[str, str], language: str) -> str:
    if isinstance(text, str):
        return text
    if language not in text:
        raise ValueError(f"no such language on paper: {language}")
    return text[language]


def _filled(text: str, fields: Fields) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in fields:
            raise ValueError(f"the form asks for an unknown value: {match[0]}")
        return fields[match[1]]

    return _NAME.sub(value, text)


class _Setter(NamedTuple):
    """Sets the blocks of one form into a flow."""

    flow: Flow
    sheet: Mapping[str, Any]
    scale: float
    fields: Fields
    rows: Rows
    language: str

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
                self.flow.words(self._line(block))
            case "columns":
                columns = [
                    (column["share"], [self._item(item) for item in column["items"] if self._wanted(item)])
                    for column in block["column"]
                ]
                self.flow.columns(columns, self._above(block))
            case "table":
                self._table(block)
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

    def _text(self, text: str | Mapping[str, str]) -> str:
        return _filled(_spoken(text, self.language), self.fields)

    def _line(self, part: Mapping[str, Any]) -> Words:
        size, leading = self._size(part.get("size", "body"))
        family = fonts.family()
        runs = []
        if "label" in part:
            runs.append(Run(self._text(part["label"]), family.bold if "text" not in part else family.regular))
        if "text" in part:
            runs.append(Run(self._text(part["text"]), getattr(family, part.get("face", "regular"))))
        align = part.get("align", "left")
        return Words(
            tuple(runs), size, leading, align, self._above(part), part.get("rule", 0), part.get("fit", False)
        )

    def _item(self, part: Mapping[str, Any]) -> Words | Code:
        if "qr" in part:
            return Code(self._text(part["qr"]), self.sheet["qr"] * MM, self._above(part))
        return self._line({"align": "centre", **part})

    def _table(self, block: Mapping[str, Any]) -> None:
        size, leading = self._size("table")
        family = fonts.family()
        columns = [
            Column(
                self._text(column["title"]),
                column.get("width", 0) * MM * self.scale,
                column.get("align", "left"),
                self._text(column.get("group", "")),
            )
            for column in block["columns"]
        ]
        style = Words((Run("", family.regular),), size, leading, above=self._above(block))
        self.flow.table(columns, self.rows[block["rows"]], style, family.bold)
