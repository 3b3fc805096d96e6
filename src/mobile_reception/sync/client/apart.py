"""A journal that is not the centre's: what is missing is asked back, an own branch goes on elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobile_reception.store.values import OriginMark, Run
from mobile_reception.sync.client.exchange import Exchange
from mobile_reception.sync.protocol import LARGEST_RUN, Head

if TYPE_CHECKING:
    from mobile_reception.sync.client.box import Box


def mark_of(box: Box, origin: str) -> OriginMark:
    """Where a journal is now."""
    return next(each for each in box.origins() if each.origin == origin)


def take_back(box: Box, exchange: Exchange, mark: OriginMark, head: Head) -> tuple[OriginMark, int]:
    """Ask for the end of a journal that the centre has longer; where it is then, and how many facts came."""
    came = 0
    while mark.head < head.seq:
        found = exchange.journal(mark.origin, mark.head)
        if found is None:
            break  # not told, or not to be read here: the next act goes to a new journal
        facts = found[1]
        if not facts or facts[0].seq != mark.head + 1 or not box.take_back(mark.origin, facts):
            break
        came += len(facts)
        mark = mark_of(box, mark.origin)
    return mark, came


def part(
    box: Box, exchange: Exchange, mark: OriginMark, head: Head, show: Callable[[Run, str], object]
) -> int:
    """Give this laptop's own branch of a journal up to the centre's; how many acts went on elsewhere.

    The branch is shown to the centre first (``show``), which keeps it beside its own. Then its acts go on in
    a new journal under their old ids. A centre that does not say where the two part gets all that it has not
    signed for once more, which the ids make harmless.
    """
    common = _common(box, exchange, mark, head)
    if mark.head > common:
        run = box.run(mark.origin, common, LARGEST_RUN)
        if run is not None:
            show(run, box.previous_hash(mark.origin, common))
    return box.give_up(mark.origin, common, exchange.clock())


def _common(box: Box, exchange: Exchange, mark: OriginMark, head: Head) -> int:
    """The last seq at which the centre's journal is this laptop's own."""
    signed = mark.acknowledged if mark.acknowledged <= min(head.seq, mark.head) else 0
    after = begun = min(signed, max(0, head.seq - 1))
    found = exchange.journal(mark.origin, after)
    while found is not None and after and found[0].previous != box.previous_hash(mark.origin, after):
        after //= 2  # the centre has been put back as well, and went another way even before that mark
        found = exchange.journal(mark.origin, after)
    if found is None:
        return signed if after == begun else 0
    while found is not None:
        for fact in found[1]:
            if fact.seq > mark.head or box.previous_hash(mark.origin, fact.seq) != fact.hash:
                return fact.seq - 1
            after = fact.seq
        found = exchange.journal(mark.origin, after) if after < head.seq else None
    return after
