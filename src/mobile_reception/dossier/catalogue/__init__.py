"""The catalogue of administrative procedures: one file of data each, no rule of its own.

A procedure has versions, because fees, papers and limits change while dossiers are open. What no source says
is empty, and `Procedure.lacks` says so in words; the officer then gives it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mobile_reception.dossier import identity
from mobile_reception.dossier.catalogue import reading
from mobile_reception.dossier.catalogue.reading import Card, take
from mobile_reception.dossier.catalogue.values import (
    ONLINE_LEVELS,
    RECEIVE,
    Answer,
    Field,
    Malformed,
    Mobile,
    PaperRule,
    Procedure,
    Unknown,
    Variant,
    Version,
)
from mobile_reception.words import either, resource, text

__all__ = [
    "ONLINE_LEVELS",
    "RECEIVE",
    "Answer",
    "Catalogue",
    "Field",
    "Malformed",
    "Mobile",
    "PaperRule",
    "Procedure",
    "Unknown",
    "Variant",
    "Version",
]


class Catalogue:
    """All procedures of a unit, in the order of their fields. A value: settings make another catalogue."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self.version = take(card, "version", str)
        self.fields = tuple(reading.field(one) for one in take(card, "fields", list))
        self.switched_off = frozenset(str(one) for one in take(card, "switched_off", list, []))
        order = {one.code: place for place, one in enumerate(self.fields)}
        found = [reading.procedure(one) for one in take(card, "procedures", list)]
        found.sort(key=lambda one: (order.get(one.field, len(order)), one.code))
        self._procedures = {one.code: one for one in found}
        if len(self._procedures) != len(found):
            raise Malformed("a code stands twice")
        self._words: dict[str, tuple[str, ...]] = {}

    @classmethod
    def load(cls) -> Catalogue:
        """The shipped catalogue (``resources/procedures``); read once a process."""
        return _shipped()

    @classmethod
    def from_json(cls, card: object) -> Catalogue:
        """The catalogue on a card that the centre sent (`to_json`'s shape); else raises Malformed."""
        if not isinstance(card, Mapping):
            raise Malformed("not a catalogue")
        return cls(card)

    def to_json(self) -> dict[str, Any]:
        """``{"version", "fields", "procedures", "switched_off"}``, fit for canonical JSON."""
        return {**self._card, "switched_off": sorted(self.switched_off)}

    def with_settings(self, settings: Card) -> Catalogue:
        """This catalogue with the unit's own settings; raises Malformed.

        ``{"fee": {code: fee}, "limit": {code: {"value": 10, "unit": "working_day"}}, "switched_off":
        [codes]}`` where a fee is an amount in đồng or ``{"counter": 20000, "online": 0, "post": 20000,
        "extract_copy": 8000}``. Either may carry ``"from": "2027-03-01"`` (for the rules valid from that day
        on), and a list of them may stand in its place; without it, rules that wait for their decrees stay as
        they are. Codes that the catalogue does not have are passed over.
        """
        rows = list(reading.with_settings(self._card["procedures"], settings))
        off = sorted(self.switched_off | set(take(settings, "switched_off", list, [])))
        return Catalogue({**self._card, "procedures": rows, "switched_off": off})

    def only(self, code: str) -> Catalogue:
        """This catalogue with one procedure: the rules that a form begun today keeps; raises Unknown."""
        self.procedure(code)
        return Catalogue(
            {**self._card, "procedures": [r for r in self._card["procedures"] if r["code"] == code]}
        )

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._procedures.values())

    def __len__(self) -> int:
        return len(self._procedures)

    def __contains__(self, code: object) -> bool:
        return code in self._procedures

    def procedure(self, code: str) -> Procedure:
        """The procedure with this code; raises Unknown."""
        try:
            return self._procedures[code]
        except KeyError:
            raise Unknown(text("danh mục không có thủ tục {code}", code=code[:40])) from None

    def heading(self, code: str) -> str:
        """The heading of a field in the language in force; the code itself for one that is unknown."""
        for one in self.fields:
            if one.code == code:
                return either(one.name, one.name_en)
        return code

    def search(self, typed: str) -> list[Procedure]:
        """Procedures whose code holds it, or whose words begin with all the words typed, accents left out.

        Those with the words in their short name come first, the shortest first; nothing typed gives all.
        """
        wanted = identity.tokens(typed)
        coded = "".join(typed.split())
        if not coded:
            return list(self)
        found = [one for one in self if coded in one.code or (wanted and self._has(one, wanted))]
        short = {one.code: identity.tokens(one.short_name) for one in found}
        return sorted(
            found, key=lambda one: (not _begin(short[one.code], wanted), len(one.short_name), one.code)
        )

    def _has(self, procedure: Procedure, wanted: tuple[str, ...]) -> bool:
        known = self._words.get(procedure.code)
        if known is None:
            names = (procedure.name, procedure.short_name, procedure.name_en, procedure.code, procedure.field)
            known = identity.tokens(" ".join((*names, *procedure.former_codes)))
            self._words[procedure.code] = known
        return _begin(known, wanted)


def _begin(known: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether each wanted word begins one of the known ones."""
    return all(any(one.startswith(word) for one in known) for word in wanted)


@cache
def _shipped() -> Catalogue:
    folder = resource("procedures")
    head = tomllib.loads(folder.joinpath("fields.toml").read_text(encoding="utf-8"))
    rows = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml") and file.name != "fields.toml"
    ]
    return Catalogue({**head, "procedures": sorted(rows, key=lambda row: str(row["code"]))})
