"""The centre's word on reviews: whether whoever signed one may review, under the centre's own signature."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import literal_column, select
from sqlalchemy.engine import Connection

from mobile_reception.centre import folding, own
from mobile_reception.centre.database import lock_subjects
from mobile_reception.centre.identity import Identity
from mobile_reception.centre.tables import Centre
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.review import (
    MAY,
    SESSION_JUDGED,
    Review,
    holds,
    signed_judgement,
    signed_review,
)

_SESSION = Centre.metadata.tables["session"]
_OFFICER = Centre.metadata.tables["officer"]
_OFFICER_KEY = Centre.metadata.tables["officer_key"]
_AT_ONCE: Final = 20


def judge(db: Connection, identity: Identity, now: datetime) -> int:
    """Judge the reviews that wait, at most some sessions' of them; how many sessions still wait.

    Each judgement is a fact of the centre's own about the session, so that the feed brings it to everybody.
    """
    waits = select(_SESSION.c.unit, _SESSION.c.subject).where(literal_column("unjudged > 0"))
    some = db.execute(waits.order_by(_SESSION.c.unit, _SESSION.c.subject).limit(_AT_ONCE)).all()
    by_unit: dict[str, list[str]] = {}
    for unit, subject in some:
        by_unit.setdefault(unit, []).append(subject)
    for unit, subjects in by_unit.items():  # all of them before the first word, which takes our own journal
        lock_subjects(db, unit, subjects)
    for unit, subject in some:
        for review in folding.unjudged(db, unit, subject):
            reason = objection(db, unit, subject, review)
            signed = signed_judgement(subject, review, allowed=reason is None, reason=reason)
            said = {
                "review": review.fact,
                "allowed": reason is None,
                "reason": reason,
                "signature": identity.key.sign(signed).hex(),
            }
            own.append(db, Act(subject, SESSION_JUDGED, said), unit=unit, now=now)
        folding.refold(db, unit, [subject])
    return folding.waiting_for_judgement(db)


def objection(db: Connection, unit: str, session: str, review: Review) -> str | None:
    """Why a review does not count (`dossier.review.REFUSALS`); None when it does.

    What counts is who the reviewer is at the centre, now, whatever the laptop believed.
    """
    at = (_OFFICER.c.unit == unit, _OFFICER.c.login == review.officer)
    officer = db.execute(select(_OFFICER.c.role, _OFFICER.c.active).where(*at)).first()
    if officer is None:
        return "unknown"
    if not officer.active:
        return "disabled"
    if officer.role not in MAY["review"]:
        return "role"
    registered = select(_OFFICER_KEY.c.public_key).where(
        _OFFICER_KEY.c.unit == unit, _OFFICER_KEY.c.login == review.officer
    )
    if review.key not in {key.hex() for key in db.execute(registered).scalars()}:
        return "key"
    signed = signed_review(session, review.officer, review.verdict, review.question, review.seen)
    return None if holds(review.key, review.signature, signed) else "signature"
