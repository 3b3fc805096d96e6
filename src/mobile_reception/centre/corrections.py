"""The corrections of journals' clocks: facts of the centre's own, said when a run arrives; see `clocks`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from mobile_reception.centre import clocks, feed, folding, intake, own
from mobile_reception.centre.clocks import Said
from mobile_reception.centre.intake import Incoming
from mobile_reception.centre.standing import Standing
from mobile_reception.centre.tables import Centre
from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import GENESIS, Act
from mobile_reception.dossier.fold import CLOCK_CORRECTED

_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]


def correct(
    db: Connection,
    origin: str,
    fresh: Sequence[Incoming],
    standing: Standing,
    *,
    device_time: datetime | None,
    now: datetime,
) -> Standing:
    """Judge a journal's clock by facts that were just stored; where the journal stands with them.

    ``device_time`` is what the device's clock showed on arrival, None where nobody heard it.
    """
    reached = replace(standing, seq=fresh[-1].seq, hash=fresh[-1].hash)
    stamped = [fact for fact in fresh if fact.stamp]
    now_ms = clocks.milliseconds(now)
    if not stamped or clocks.in_order(stamped, standing.offset_ms, now_ms):
        return reached
    said = in_force(db, standing.device, origin)
    judged = clocks.judge(
        [clocks.written(fact.seq, fact.stamp, fact.header) for fact in stamped],
        lambda: _in_the_future(db, origin, fresh[0].seq, now_ms),
        said,
        device_ms=None if device_time is None else clocks.milliseconds(device_time) - now_ms,
        now_ms=now_ms,
    )
    for first, offset in sorted(judged.items()):
        about = {"origin": origin, "from_seq": first, "offset_ms": offset}
        own.append(db, Act(standing.device, CLOCK_CORRECTED, about), unit=standing.unit, now=now)
    if judged:
        folding.again(db, origin, min(judged))
        feed.tell_everybody(db, standing.unit, [standing.device])
    steps = {step.from_seq: step.offset_ms for step in said} | judged
    return replace(reached, offset_ms=steps[max(steps)] if steps else 0)


def in_force(db: Connection, device: str, origin: str) -> list[Said]:
    """What this centre has said of a journal's clock and stands by, ascending by seq."""
    epochs = select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_(None))
    about = (_FACT.c.subject == device, _FACT.c.kind == CLOCK_CORRECTED, _FACT.c.origin.in_(epochs))
    rows = db.execute(select(_FACT.c.header, _FACT.c.payload).where(*about))
    facts = [journal.read(row.header, row.payload, journal.digest(row.payload), GENESIS) for row in rows]
    steps: dict[int, Said] = {}
    for fact in sorted(facts, key=lambda each: each.order):  # said twice of one seq: the later word holds
        body, said = fact.body, clocks.written(fact.seq, fact.stamp, fact.header)
        if body["origin"] == origin:
            behind = said.at_ms is not None and said.stamp_ms - said.at_ms > clocks.TOLERANCE
            steps[body["from_seq"]] = Said(body["from_seq"], body["offset_ms"], behind)
    return [steps[first] for first in sorted(steps)]


def _in_the_future(db: Connection, origin: str, before: int, now_ms: int) -> list[clocks.Written]:
    """The facts of a journal up to ``before`` whose stamps no clock that is right has reached yet."""
    found: list[clocks.Written] = []
    lines = select(_FACT.c.seq, _FACT.c.header).where(_FACT.c.origin == origin)
    while some := db.execute(lines.where(_FACT.c.seq < before).order_by(_FACT.c.seq.desc()).limit(500)).all():
        for row in some:
            fact = clocks.written(row.seq, intake.stamp_of(row.header), row.header)
            if 0 < fact.stamp_ms <= now_ms + clocks.TOLERANCE:
                return found[::-1]
            before = row.seq
            if fact.stamp_ms:
                found.append(fact)
    return found[::-1]
