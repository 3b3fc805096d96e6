"""By how much a journal's clock was ahead: judged when a run arrives. No database here.

A stamp never runs backwards, so a clock that was a year ahead once holds its journal's stamps there: for a
year they hardly move, while time goes on. And the clock that judges, the centre's, may itself have been
wrong. So a correction is not found once, but held against every run, and what turns out to lie in the future
is corrected where it begins, however long ago it was taken in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mobile_reception.centre.intake import Incoming
from mobile_reception.dossier import facts as journal

_MILLISECOND: Final = timedelta(milliseconds=1)
TOLERANCE: Final = timedelta(minutes=10) // _MILLISECOND
"""Milliseconds that a stamp may be ahead of the centre's clock on arrival."""

_EARLY: Final = timedelta(days=1) // _MILLISECOND
"""Milliseconds that a fact may be read too early before its journal is judged anew: a step a day at most."""


class Written(NamedTuple):
    """A fact as far as clocks go: milliseconds since 1970 by its stamp and by its device's own time."""

    seq: int
    stamp_ms: int
    at_ms: int | None


class Said(NamedTuple):
    """A correction in force. ``doubtful``: the centre's clock was behind its own journal when it was said."""

    from_seq: int
    offset_ms: int
    doubtful: bool = False


def written(seq: int, stamp: int, header: str) -> Written:
    """What a fact says of clocks."""
    try:
        at = datetime.fromisoformat(json.loads(header)["at"])
        at_ms = None if at.tzinfo is None else milliseconds(at)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        at_ms = None
    return Written(seq, journal.stamp_milliseconds(stamp), at_ms)


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp() * 1000)


def in_order(facts: Iterable[Incoming], known_ms: int, now_ms: int) -> bool:
    """Whether there is nothing to judge: no correction in force, no stamp ahead."""
    return not known_ms and all(
        journal.stamp_milliseconds(fact.stamp) - now_ms <= TOLERANCE for fact in facts
    )


def judge(
    fresh: Sequence[Written],
    earlier: Callable[[], Sequence[Written]],
    said: Sequence[Said],
    *,
    device_ms: int | None,
    now_ms: int,
) -> dict[int, int]:
    """The corrections to be said: by the seq that each begins at, how far the clock was ahead from there on.

    ``fresh`` are the facts that arrive, ``earlier`` (asked for when something is wrong) those of the journal
    whose stamps are in the future, ``said`` what is in force, each ascending. ``device_ms`` is how far ahead
    the device's clock is now, None where nobody heard it (a bundle).
    """
    known = said[-1].offset_ms if said else 0
    read = list(_read(fresh, known, device_ms=device_ms, now_ms=now_ms))
    if all(offset == known for offset in read):
        return {}
    steps = _Steps(said)
    for place, step in reversed(list(enumerate(said))):
        if not step.doubtful or step.offset_ms <= read[0]:
            break
        # It was the centre's own mistake: what is true of the facts before it is likely true of these.
        steps.put(step.from_seq, _believed(said[:place]))
    before = earlier()
    for fact, offset in zip(before, list(_not_in_the_future(before, steps, now_ms)), strict=True):
        steps.put(fact.seq, offset)
    for fact, offset in zip(fresh, read, strict=True):
        steps.put(fact.seq, offset)
    return steps.fresh


def _believed(said: Sequence[Said]) -> int:
    return next((step.offset_ms for step in reversed(said) if not step.doubtful), 0)


def _read(fresh: Sequence[Written], known: int, *, device_ms: int | None, now_ms: int) -> Iterator[int]:
    """How far the clock was ahead at each fact that arrives."""
    offset = known
    furthest = max(fact.stamp_ms for fact in fresh) - now_ms
    right = device_ms is not None and device_ms <= TOLERANCE and furthest <= TOLERANCE
    for fact in fresh:
        if right:
            offset = 0
        elif fact.stamp_ms - offset - now_ms > TOLERANCE:
            # As far as the clock is ahead now or, where that does not do, by what brings all to now.
            offset = max(0, device_ms or 0)
            if fact.stamp_ms - offset - now_ms > TOLERANCE:
                offset = max(furthest, offset)
        elif offset and device_ms is not None and fact.at_ms is not None:
            # Told by the device's clock of then, as wrong as it is now; never later than it arrived.
            wrote = min(fact.at_ms - device_ms, now_ms)
            if wrote - (fact.stamp_ms - offset) > _EARLY:
                offset = max(0, fact.stamp_ms - wrote)
        yield offset


def _not_in_the_future(facts: Sequence[Written], steps: _Steps, now_ms: int) -> Iterator[int]:
    """How far the clock was ahead at facts of before: what cannot be is read as of today, the rest as it was.

    Nobody knows any more when they were written: only that it was not later.
    """
    offset = 0
    for fact in facts:
        known = steps.at(fact.seq)
        if fact.stamp_ms - known - now_ms <= TOLERANCE:
            yield known
            continue
        if not now_ms - _EARLY <= fact.stamp_ms - offset <= now_ms + TOLERANCE:
            near = (each.stamp_ms for each in facts if 0 <= each.stamp_ms - fact.stamp_ms <= _EARLY)
            offset = max(near) - now_ms
        yield offset


class _Steps:
    """Corrections by the seq that they begin at: those in force and, in ``fresh``, the new ones."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._now = {step.from_seq: step.offset_ms for step in said}
        self.fresh: dict[int, int] = {}

    def at(self, seq: int) -> int:
        """How far ahead the clock is at a fact."""
        begun = max((each for each in self._now if each <= seq), default=None)
        return 0 if begun is None else self._now[begun]

    def put(self, seq: int, offset: int) -> None:
        """From here on ``offset``, up to the next step."""
        if self.at(seq) != offset:
            self._now[seq] = self.fresh[seq] = offset
