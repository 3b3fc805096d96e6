"""A field that an act on a dossier asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of an act: its name, its words, what stands in it at first, whether it must be filled."""

    name: str
    words: str
    first: str = ""
    needed: bool = True
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
