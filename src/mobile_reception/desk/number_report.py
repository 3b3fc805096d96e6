"""Numbers given at the sessions of a period: used, void, and missing in between, by journal and day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from mobile_reception.desk.bench import Bench
from mobile_reception.dossier import numbering
from mobile_reception.dossier.lifecycle import REFUSED
from mobile_reception.store import counting


@dataclass(frozen=True, slots=True)
class Numbers:
    """The serials of one journal on one day, as far as its dossiers are on this laptop.

    ``missing`` are serials between the first and the last that no dossier here has: given on that laptop
    and not arrived, or never given. ``provisional`` counts slips that had no number yet.
    """

    origin: str
    day: date
    first: int | None
    last: int | None
    used: int
    void: int
    missing: tuple[int, ...]
    provisional: int


def report(bench: Bench, first: date, last: date) -> tuple[Numbers, ...]:
    """Used, void and missing numbers of the days from ``first`` to ``last``, by day and journal."""
    grouped: dict[tuple[date, str], list[tuple[str, int]]] = {}
    for origin, day, code, status in counting.codes(bench.store, first, last):
        grouped.setdefault((date.fromisoformat(day), origin), []).append((code, status))
    return tuple(_numbers(origin, day, found) for (day, origin), found in sorted(grouped.items()))


def _numbers(origin: str, day: date, found: Iterable[tuple[str, int]]) -> Numbers:
    serials: dict[int, int] = {}
    provisional = 0
    for code, status in found:
        if numbering.is_code(code):
            serials[numbering.parse(code).serial] = status
        else:
            provisional += 1
    between = range(min(serials), max(serials) + 1) if serials else range(0)
    return Numbers(
        origin=origin,
        day=day,
        first=min(serials, default=None),
        last=max(serials, default=None),
        used=len(serials),
        void=sum(status == REFUSED for status in serials.values()),
        missing=tuple(each for each in between if each not in serials),
        provisional=provisional,
    )


def as_json(found: Iterable[Numbers]) -> list[dict[str, Any]]:
    """``numbers --json``."""
    return [
        {
            "origin": each.origin,
            "day": each.day.isoformat(),
            "first": each.first,
            "last": each.last,
            "used": each.used,
            "void": each.void,
            "missing": list(each.missing),
            "provisional": each.provisional,
        }
        for each in found
    ]
