"""The columns of a sheet of dossiers: which heading, in either language, is which field of a line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from mobile_reception.dossier.identity import fold
from mobile_reception.words import resource

PAPERS_IN_COLUMNS = 3
"""How many papers the template has columns for; more of them, numbered on, are read as well."""
MOST_PAPERS_IN_COLUMNS = 100

_NOISE = re.compile(r"\([^)]*\)|[^a-z0-9]+")
_PLACE = re.compile(r"(.*?) ?([1-9][0-9]{0,2})")
_ANSWER = re.compile(r"(?:answers|mục riêng)\s*[.:]\s*([A-Za-z][A-Za-z0-9_.\-]{0,59})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``key`` is the field of the line (``papers[0].name``), ``kind`` how its cells are read."""

    key: str
    kind: str
    vi: str
    en: str
    hints: tuple[str, str] = ("", "")
    width: int = 12
    aliases: tuple[str, ...] = ()

    def heading(self, language: str) -> str:
        """Its heading in a language."""
        return self.vi if language == "vi" else self.en

    def hint(self, language: str) -> str:
        """What to write there, in a few words."""
        return self.hints[0] if language == "vi" else self.hints[1]


@dataclass(frozen=True, slots=True)
class Data:
    """``resources/sheets/columns.toml``."""

    columns: tuple[Column, ...]
    paper: tuple[Column, ...]
    choices: dict[str, tuple[tuple[str, ...], ...]]
    sheets: dict[str, dict[str, str]]
    ignored: frozenset[str]


def plain(heading: object) -> str:
    """A heading without accents, case, signs and what stands in brackets: how headings are compared."""
    return " ".join(_NOISE.sub(" ", fold(str(heading))).split()) if heading is not None else ""


@cache
def data() -> Data:
    """The shipped columns, read once a process."""
    read = tomllib.loads(resource("sheets", "columns.toml").read_text(encoding="utf-8"))
    paper = tuple(_column(row) for row in read["paper"])
    people = [
        replace(
            _column(row),
            key=f"{role['key']}.{row['key']}",
            vi=f"{row['vi']} {role['vi']}",
            en=f"{role['en']}: {row['en']}",
        )
        for role in read["roles"]
        for row in read["person"]
    ]
    numbered = [numbered_paper(one, place) for place in range(PAPERS_IN_COLUMNS) for one in paper]
    before, after = ([_column(row) for row in read[part]] for part in ("columns", "after"))
    return Data(
        columns=(*before, *people, *after, *numbered),
        paper=paper,
        choices={key: tuple(tuple(row) for row in rows) for key, rows in read["choices"].items()},
        sheets=read["sheets"],
        ignored=frozenset(plain(one) for one in read["ignored"]["headings"]),
    )


def _column(row: dict[str, Any]) -> Column:
    return Column(
        key=row["key"],
        kind=row["kind"],
        vi=row["vi"],
        en=row["en"],
        hints=(row["hint_vi"], row["hint_en"]),
        width=row["width"],
        aliases=tuple(row.get("aliases", ())),
    )


def numbered_paper(column: Column, place: int) -> Column:
    """A paper's column for the paper at ``place`` (from 0)."""
    return replace(
        column,
        key=f"papers[{place}].{column.key}",
        vi=f"{column.vi} {place + 1}",
        en=f"{column.en} {place + 1}",
    )


@cache
def _known() -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in data().columns:
        for name in (column.vi, column.en, column.key, *column.aliases):
            found.setdefault(plain(name), column)
    return found


@cache
def _known_papers() -> dict[str, Column]:
    return {plain(name): one for one in data().paper for name in (one.vi, one.en, one.key)}


def meant(heading: object) -> Column | None:
    """The column under a heading of the sheet of dossiers, or None."""
    if heading is None:
        return None
    answer = _ANSWER.fullmatch(str(heading).strip())
    if answer:
        return Column(f"answers.{answer[1]}", "text", str(heading), str(heading))
    said = plain(heading)
    if said in _known():
        return _known()[said]
    place = _PLACE.fullmatch(said)
    if place and place[1] in _known_papers() and int(place[2]) <= MOST_PAPERS_IN_COLUMNS:
        return numbered_paper(_known_papers()[place[1]], int(place[2]) - 1)
    if said == plain(data().paper[0].vi) or said in ("paper", "papers"):
        return replace(data().paper[0], key="papers", kind="names")
    return None


def meant_paper(heading: object) -> Column | None:
    """The column under a heading of the sheet of papers, or None."""
    said = plain(heading)
    own = _known().get(said)
    return own if own is not None and own.key == "ref" else _known_papers().get(said)


def choice(kind: str, typed: str) -> str | None:
    """The value that a word stands for in either language, or None."""
    said = plain(typed)
    for value, *words in data().choices[kind]:
        if said in (plain(value), *(plain(word) for word in words)):
            return value
    return None


def is_hint(cells: Iterator[tuple[Column, str]]) -> bool:
    """Whether a row holds hints only: the template's own second row."""
    said = [(column, cell) for column, cell in cells if cell]
    return len(said) > 1 and all(
        plain(cell) in {plain(one) for one in column.hints if one} for column, cell in said
    )
