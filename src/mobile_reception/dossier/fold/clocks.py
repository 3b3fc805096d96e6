"""In which order a fold reads facts, whatever their devices' clocks said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mobile_reception.dossier.facts import Fact, corrected
from mobile_reception.dossier.fold.kinds import CLOCK_CORRECTED

Corrections = Mapping[str, tuple[tuple[int, int], ...]]
"""Per origin: (from seq, milliseconds that its clock was ahead), ascending by seq."""


def corrections(facts: Iterable[Fact]) -> Corrections:
    """The clock corrections that a set of `CLOCK_CORRECTED` facts amounts to."""
    read: dict[str, dict[int, tuple[tuple[int, str, int], int]]] = {}
    for fact in facts:
        body = fact.body
        origin, first, offset = body.get("origin"), body.get("from_seq"), body.get("offset_ms")
        if fact.kind != CLOCK_CORRECTED or not isinstance(origin, str):
            continue
        if type(first) is not int or type(offset) is not int:
            continue
        steps = read.setdefault(origin, {})
        if first not in steps or steps[first][0] < fact.order:  # said twice of one seq: the later word holds
            steps[first] = (fact.order, offset)
    return {
        origin: tuple((first, step[1]) for first, step in sorted(steps.items()))
        for origin, steps in read.items()
    }


def ordered(facts: Iterable[Fact], clocks: Corrections) -> list[Fact]:
    """Facts in the order of a fold, each act once, with clocks corrected.

    A correction moves an origin's facts among those of others, never past one another: what a laptop wrote
    first comes first, however wrong its clock was, or the one that judged it. An act that had to move to
    another origin keeps its id and its stamp: the first in order counts, and stands where the act stood. What
    was erased at one of its places and not at another is whole.
    """
    reached: dict[str, int] = {}
    placed: list[tuple[tuple[int, str, int, str], Fact]] = []
    # By stamp: within a journal they rise, but for acts that came from another one.
    for fact in sorted(facts, key=lambda each: (each.stamp, each.seq, each.hash)):
        stamp = read_with(clocks, fact)
        stamp = reached[fact.origin] = max(stamp, reached.get(fact.origin, stamp))
        placed.append(((stamp, fact.origin, fact.seq, fact.hash), fact))
    placed.sort(key=lambda each: each[0])
    once: dict[str, Fact] = {}
    for _, fact in placed:
        first = once.setdefault(fact.id, fact)
        if first.payload is None and fact.payload is not None and first.payload_hash == fact.payload_hash:
            once[fact.id] = replace(first, payload=fact.payload)
    return list(once.values())


def read_with(clocks: Corrections, fact: Fact) -> int:
    """A fact's stamp with its device's clock error taken off."""
    offset = 0
    for first, ahead in clocks.get(fact.origin, ()):
        if fact.seq < first:
            break
        offset = ahead
    return corrected(fact.stamp, offset)
