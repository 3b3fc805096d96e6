"""A form's wording as data, packed with the program or edited by a centre, and checked before it is used.

``resources/papers/README.md`` says how the files are written. What an edited file may name, and which lines
it must keep, is taken from the packed one.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mobile_reception import words
from mobile_reception.papers.phrase import names

FRAME = "frame"
_LONGEST_TEXT = 200_000
_LARGEST_NUMBER = 1_000
_LARGEST_VERSION = 1_000_000
_SIZES = ("agency", "nation", "motto", "title", "body", "table", "small", "notice")
_TOP = {
    "version",
    "number",
    "papers",
    "landscape",
    "one_page",
    "border",
    "words",
    "phrases",
    "block",
    "fields",
    "rows",
    "charts",
}
_PLACED = {"kind", "line", "when", "unless", "keep", "above"}
_LINE = {"label", "text", "size", "face", "align", "rule", "fit", "indent"}
_ITEM = _LINE | {"qr", "chart", "line", "when", "unless", "above"}
_ATTRIBUTES = {
    "line": _PLACED | _LINE,
    "columns": _PLACED | {"column"},
    "table": _PLACED | {"rows", "columns", "blank", "size"},
    "list": _PLACED | _LINE | {"rows"},
    "part": _PLACED | {"part"},
    "page": _PLACED,
}
_COLUMN = {"title", "text", "qr", "width", "align", "group", "face"}


class BadTemplate(ValueError):
    """A form's text that cannot be used; the message names the form, the place and what is wrong."""


@dataclass(frozen=True, slots=True)
class Template:
    """A form that may be composed: ``data`` is its own file, ``frame`` what all forms share."""

    name: str
    data: Mapping[str, Any]
    frame: Mapping[str, Any]

    @property
    def papers(self) -> tuple[str, ...]:
        """The sizes of paper it is made for."""
        return tuple(self.data.get("papers", ("A4", "A5")))

    def sheet(self, paper: str) -> Mapping[str, Any]:
        """The measures of a size of paper; raises ValueError for one that the form is not made for."""
        if paper not in self.papers:
            raise ValueError(f"no such paper for {self.name}: {paper}")
        name = f"{paper}-landscape" if self.data.get("landscape") else paper
        return self.frame["sheet"][name]  # type: ignore[no-any-return]

    def word(self, name: str, language: str) -> str:
        """One of the form's own words."""
        return spoken({**self.frame["words"], **self.data["words"]}[name], language)


def spoken(text: str | Mapping[str, str], language: str) -> str:
    """``text`` in ``language``; raises ValueError for a language that it is not written in."""
    if isinstance(text, str):
        return text
    if language not in text:
        raise ValueError(f"no such language on paper: {language}")
    return text[language]


Templates = Mapping[str, str] | None
"""A unit's own wording of forms, by name, in the place of the packaged one."""


def load(name: str, overrides: Mapping[str, str] | None = None) -> Template:
    """The form called ``name``, checked; raises BadTemplate.

    ``overrides`` holds the TOML text of edited files by name (``frame`` too); the others are the packed ones.
    An edited file must keep every ``line`` of the packed one, and may name only what the packed one declares
    under ``fields`` and ``rows``.
    """
    edited = overrides or {}
    return _loaded(name, edited.get(name), edited.get(FRAME))


def frame() -> Mapping[str, Any]:
    """What the packed forms share."""
    return _packed(FRAME)


@lru_cache(maxsize=64)
def _loaded(name: str, text: str | None, frame_text: str | None) -> Template:
    frame = _packed(FRAME)
    if frame_text is not None:
        frame = _parsed(FRAME, frame_text)
        _like_the_packed(frame, _packed(FRAME))
    packed = data = _packed(name)
    if text is not None:
        data = _parsed(name, text)
    _Check(name, data, frame, packed).all()
    return Template(name, {**data, "fields": packed["fields"], "rows": packed.get("rows", {})}, frame)


@lru_cache(maxsize=32)
def _packed(name: str) -> dict[str, Any]:
    file = words.resource("papers", f"{name}.toml")
    if not name.replace("-", "").isalpha() or not file.is_file():
        raise BadTemplate(f"no such form: {name}")
    return _parsed(name, file.read_text(encoding="utf-8"))


def _parsed(name: str, text: str) -> dict[str, Any]:
    if len(text) > _LONGEST_TEXT:
        raise BadTemplate(f"{name}: longer than {_LONGEST_TEXT} letters")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadTemplate(f"{name}: not TOML: {error}") from error


def _like_the_packed(frame: Mapping[str, Any], packed: Mapping[str, Any], where: str = FRAME) -> None:
    """An edited frame has every table and value of the packed one, of the same kind."""
    for key, value in packed.items():
        if key not in frame:
            raise BadTemplate(f"{where}: {key} is missing")
        own = frame[key]
        if isinstance(value, Mapping) and isinstance(own, Mapping):
            _like_the_packed(own, value, f"{where}.{key}")
        elif _kind(own) is not _kind(value) and not {_kind(own), _kind(value)} <= {str, dict}:
            raise BadTemplate(f"{where}.{key}: must be {_kind(value).__name__}")
        elif isinstance(value, list) and value and isinstance(value[0], str) and len(own) != len(value):
            raise BadTemplate(f"{where}.{key}: must have {len(value)} entries")
    for number in _numbers(frame):
        _bounded(number, where)


def _kind(value: object) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _bounded(number: float, where: str) -> None:
    if not (math.isfinite(number) and 0 <= number <= _LARGEST_NUMBER):
        raise BadTemplate(f"{where}: {number} is out of bounds")


class _Check:
    """One form against what its packed file declares."""

    def __init__(
        self, name: str, data: Mapping[str, Any], frame: Mapping[str, Any], packed: Mapping[str, Any]
    ) -> None:
        self.name, self.data, self.frame, self.packed = name, data, frame, packed
        self.rows: Mapping[str, list[str]] = packed.get("rows", {})
        self.fields = set(packed["fields"]) | set(frame["defaults"]) | {"form", "title", "title_capitals"}
        self.words = {**frame["words"], **self._table(data, "words", "words")}
        self.phrases = {**frame["phrases"], **self._table(data, "phrases", "phrases")}
        self.known = self.fields | set(self.words) | set(self.phrases)

    def all(self) -> None:
        """Raises BadTemplate for the first thing that is wrong."""
        self._only(self.data, _TOP, "the form")
        version = self.data.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < _LARGEST_VERSION:
            raise self._bad("version", "must be a whole number from 1")
        if not isinstance(self.data.get("number"), str):
            raise self._bad("number", "must be text")
        border = self.data.get("border", "000000")
        if not isinstance(border, str) or not re.fullmatch("[0-9A-Fa-f]{6}", border):
            raise self._bad("border", "must be a colour of six hexadecimal digits")
        self._papers()
        for table in ("words", "phrases"):
            lost = sorted(set(self.packed.get(table, {})) - set(self.data.get(table, {})))
            if lost:
                raise self._bad(f"missing {table}", ", ".join(lost))
        known = set(self.fields)
        for name, text in self.words.items():
            self._text(text, f"words.{name}", known | {"page", "pages", "mark"})
            known.add(name)
        for name, phrase in self.phrases.items():
            self._phrase(phrase, f"phrases.{name}")
        blocks = self._list(self.data, "block", "the form")
        for place, block in enumerate(blocks, 1):
            self._block(block, f"block {block.get('line') or place}")
        missing = [line for line in _lines(self.packed["block"]) if line not in set(_lines(blocks))]
        if missing:
            raise self._bad("missing lines", ", ".join(missing))

    def _bad(self, where: str, what: str) -> BadTemplate:
        return BadTemplate(f"{self.name}: {where}: {what}")

    def _papers(self) -> None:
        papers = self.data.get("papers", ["A4", "A5"])
        suffix = "-landscape" if self.data.get("landscape") else ""
        if not isinstance(papers, list) or not papers:
            raise self._bad("papers", "must be a list of sizes")
        for paper in papers:
            if f"{paper}{suffix}" not in self.frame["sheet"]:
                raise self._bad("papers", f"no such sheet: {paper}{suffix}")

    def _only(self, table: Mapping[str, Any], allowed: set[str], where: str) -> None:
        unknown = sorted(set(table) - allowed)
        if unknown:
            raise self._bad(where, f"unknown: {', '.join(unknown)}")

    def _table(self, table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, Mapping):
            raise self._bad(where, "must be a table")
        return value

    def _list(self, table: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
        value = table.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(one, Mapping) for one in value):
            raise self._bad(where, f"{key} must be a list of tables")
        return value

    def _text(self, text: object, where: str, known: set[str]) -> None:
        given = list(text.values()) if isinstance(text, Mapping) else [text]
        texts = [one for one in given if isinstance(one, str)]
        if len(texts) != len(given):
            raise self._bad(where, "must be text")
        if isinstance(text, Mapping) and not set(words.LANGUAGES) <= set(text):
            raise self._bad(where, f"must be in {' and '.join(words.LANGUAGES)}")
        for one in texts:
            unknown = [name for name in names(one) if name not in known]
            if unknown:
                raise self._bad(where, f"unknown field: {', '.join(unknown)}")

    def _phrase(self, phrase: object, where: str) -> None:
        if not isinstance(phrase, Mapping):
            raise self._bad(where, "must be a table")
        self._only(phrase, {"when", "otherwise", *words.LANGUAGES}, where)
        if phrase.get("when") not in self.known:
            raise self._bad(where, f"unknown field: {phrase.get('when')}")
        said = {key: value for key, value in phrase.items() if key in words.LANGUAGES}
        self._text(said, where, self.known)
        self._text(phrase.get("otherwise", ""), where, self.known)

    def _conditions(self, part: Mapping[str, Any], where: str) -> None:
        for key in ("when", "unless"):
            if key in part and part[key] not in self.known:
                raise self._bad(where, f"unknown field: {part[key]}")

    def _block(self, block: Mapping[str, Any], where: str) -> None:
        kind = block.get("kind")
        if kind not in _ATTRIBUTES:
            raise self._bad(where, f"no such kind: {kind}")
        self._only(block, _ATTRIBUTES[kind], where)
        self._conditions(block, where)
        self._look(block, where)
        known = self.known
        if kind in ("table", "list"):
            if block.get("rows") not in self.rows:
                raise self._bad(where, f"unknown rows: {block.get('rows')}")
            known = set(self.rows[block["rows"]])
        match kind:
            case "line" | "list":
                self._line(block, where, known)
            case "columns":
                for column in self._list(block, "column", where):
                    self._stack(column, where)
            case "table":
                self._number(block.get("blank", 0), f"{where}.blank")
                for column in self._list(block, "columns", where):
                    self._column(column, where, known)
                self._fits(block["columns"], where)
            case "part":
                if block.get("part") not in self.frame["part"]:
                    raise self._bad(where, f"no such part: {block.get('part')}")
                for place, inner in enumerate(self.frame["part"][block["part"]], 1):
                    self._block(inner, f"{FRAME}.part.{block['part']} {place}")

    def _line(self, part: Mapping[str, Any], where: str, known: set[str]) -> None:
        if "text" not in part and "label" not in part:
            raise self._bad(where, "has neither label nor text")
        for key in ("label", "text"):
            if key in part:
                self._text(part[key], f"{where}.{key}", known)

    def _stack(self, column: Mapping[str, Any], where: str) -> None:
        self._only(column, {"share", "items"}, where)
        self._number(column.get("share"), f"{where}.share")
        items = column.get("items")
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise self._bad(where, "items must be a list of tables")
        for item in items:
            self._only(item, _ITEM, where)
            self._conditions(item, where)
            self._look(item, where)
            if "qr" in item:
                self._text(item["qr"], f"{where}.qr", self.known)
            elif "chart" in item:
                if item["chart"] not in self.packed.get("charts", ()):
                    raise self._bad(where, f"unknown chart: {item['chart']}")
            else:
                self._line(item, where, self.known)

    def _column(self, column: Mapping[str, Any], where: str, known: set[str]) -> None:
        self._only(column, _COLUMN, where)
        self._look(column, where)
        self._text(column.get("title"), f"{where}.title", self.known)
        self._text(column.get("group", ""), f"{where}.group", self.known)
        if ("text" in column) == ("qr" in column):
            raise self._bad(where, "a column needs text or qr")
        self._text(column.get("text", column.get("qr")), f"{where}.text", known)

    def _fits(self, columns: list[Mapping[str, Any]], where: str) -> None:
        """Columns without a width must have 10 mm each on the narrowest paper."""
        suffix = "-landscape" if self.data.get("landscape") else ""
        taken = sum(column.get("width", 0) for column in columns)
        free = 10 * sum(not column.get("width") for column in columns)
        for paper in self.data.get("papers", ["A4", "A5"]):
            sheet = self.frame["sheet"][f"{paper}{suffix}"]
            room = sheet["width"] - sheet["margins"]["left"] - sheet["margins"]["right"]
            if taken * sheet["columns"] + free > room:
                raise self._bad(where, f"columns of {taken:g} mm and more on a sheet of {room:g} mm")

    def _look(self, part: Mapping[str, Any], where: str) -> None:
        looks = (
            ("size", _SIZES),
            ("face", ("regular", "bold", "italic")),
            ("align", ("left", "centre", "right")),
            ("fit", (True, False)),
        )
        for key, allowed in looks:
            if key in part and part[key] not in allowed:
                raise self._bad(where, f"no such {key}: {part[key]}")
        for key in ("keep", "rule", "indent", "width"):
            self._number(part.get(key, 0), f"{where}.{key}")
        above = part.get("above", 0)
        if not isinstance(above, str):
            self._number(above, f"{where}.above")
        elif above != "signing":
            raise self._bad(where, f"no such space: {above}")

    def _number(self, value: object, where: str) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._bad(where, "must be a number")
        _bounded(value, f"{self.name}: {where}")


def _lines(blocks: object) -> Iterator[str]:
    """The names of the lines that a form keeps, in their order."""
    if isinstance(blocks, Mapping):
        if isinstance(blocks.get("line"), str):
            yield blocks["line"]
        for part in blocks.values():
            yield from _lines(part)
    elif isinstance(blocks, list):
        for part in blocks:
            yield from _lines(part)
