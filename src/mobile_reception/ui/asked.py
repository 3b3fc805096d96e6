"""A field that an act on a dossier asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of an act: its name, its words, what stands in it at first, whether it must be filled.

    ``offers`` are sentences that the Down and Up keys put there; ``ticked``: a box that is ticked or not.
    """

    name: str
    words: str
    first: str = ""
    needed: bool = True
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    offers: tuple[str, ...] = ()
    ticked: bool = False
