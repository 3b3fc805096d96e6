"""What people were told: every code, fee and change that a laptop acknowledged. Nothing of the product's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from simulator.world import World


@dataclass(frozen=True, slots=True)
class Told:
    """One act that a person was told of. ``fact`` is the act's own id, ``subject`` the dossier's.

    ``kind`` is the fact's kind. Of a reception ``code`` and ``fee`` are what the citizen was told, of a
    collected fee ``fee`` is the amount; of a change ``field``, ``value`` and ``base`` say what from what.
    """

    fact: str
    subject: str
    kind: str
    laptop: str
    code: str = ""
    fee: int = 0
    field: str = ""
    value: Any = None
    base: str = ""


@dataclass(slots=True)
class Book:
    """Everything that was promised in one world, by the act's id."""

    world: World
    acts: dict[str, Told] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    poison: dict[str, str] = field(default_factory=dict)
    perhaps: set[str] = field(default_factory=set)
    """Acts whose only copy went with a machine's disk: they may be at the centre, or nowhere."""
    both_put_back: bool = False
    """A laptop and the centre were put back: what both have forgotten, others may still have been told of."""

    def tell(self, told: Told) -> None:
        """Somebody was told. One code is never told of two dossiers."""
        if told.code:
            other = self.codes.setdefault(told.code, told.subject)
            self.world.demand(other == told.subject, "code", told.code, "announced for two dossiers")
        self.world.counts[f"act: {told.kind}"] += told.fact not in self.acts
        self.acts[told.fact] = told
        self.world.note("told:", told.laptop, told.kind, told.code or told.field or told.fee)

    def required(self) -> dict[str, Told]:
        """The acts that have to be at the centre."""
        return {fact: told for fact, told in self.acts.items() if fact not in self.perhaps}

    def receptions(self) -> list[Told]:
        """The dossiers received so far that were not lost with a disk, oldest first."""
        return [told for told in self.required().values() if told.kind == "dossier.received"]

    def rootless(self, known: Iterable[str]) -> set[tuple[str, str]]:
        """Dossiers and fields changed from a value that went with a folder put back: nobody has it any more.

        What stood before that value then stands beside the change.
        """
        here = set(known)
        changes = [self.acts[fact] for fact in here if self.acts[fact].kind == "dossier.amended"]
        return {(told.subject, told.field) for told in changes if told.base not in here}

    def standing(self, known: Iterable[str]) -> dict[tuple[str, str], set[str]]:
        """Per dossier and field the values that nobody has seen and replaced, among the acts in ``known``.

        Only fields that were changed at all; worked out from what was told, not by the fold.
        """
        changes = [self.acts[fact] for fact in known if self.acts[fact].kind == "dossier.amended"]
        replaced = {(told.subject, told.field, told.base) for told in changes}
        values: dict[tuple[str, str], set[str]] = {}
        for told in changes:
            values.setdefault((told.subject, told.field), set())
            if (told.subject, told.field, told.fact) not in replaced:
                values[told.subject, told.field].add(str(told.value))
        return values
