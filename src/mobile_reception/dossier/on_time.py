"""Whether a dossier is on time, by the rule of the national index (Decision 766/QĐ-TTg).

The work on a dossier ends with its result, else with handing it over, else with the refusal or the stop: a
citizen who fetches a result late makes nobody late. The wait for a supplement has moved the due day on; who
was asked for a supplement more than once counts as late. What has not ended is measured on the day of asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

Timing = Literal["early", "on_day", "late", "within", "soon", "overdue", "untimed"]

TIMINGS: Final[tuple[Timing, ...]] = ("early", "on_day", "late", "within", "soon", "overdue", "untimed")
"""Before, on, after the appointed day; of what has not ended: in time, nearly due, over; no due day."""


def timing(due: date | None, ended: date | None, *, supplements: int, on: date, soon: date) -> Timing:
    """How a dossier stands in time on the day ``on``; what is due by ``soon`` is nearly due."""
    if due is None:
        return "untimed"
    if supplements > 1:
        return "late" if ended is not None else "overdue"
    if ended is not None:
        return "early" if ended < due else "on_day" if ended == due else "late"
    if on > due:
        return "overdue"
    return "soon" if due <= soon else "within"


def permille(counts: Mapping[Timing, int]) -> int | None:
    """Of what has ended or is over, how much was on time, in thousandths; None where there is none."""
    good = counts.get("early", 0) + counts.get("on_day", 0)
    every = good + counts.get("late", 0) + counts.get("overdue", 0)
    return (2000 * good + every) // (2 * every) if every else None
