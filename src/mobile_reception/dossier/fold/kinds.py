"""The kinds of facts that a fold knows, and what it reads of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from mobile_reception.dossier.attachment import FILE_ATTACHED, FILE_REMOVED
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold.values import Event
from mobile_reception.dossier.lifecycle import STEPS
from mobile_reception.dossier.notices import NOTIFIED
from mobile_reception.dossier.payload import text_of
from mobile_reception.dossier.review import REVIEW_KINDS
from mobile_reception.dossier.service import CITIZEN_RATED, INCIDENT_NOTED, SERVICE_PROVIDED

RECEIVED: Final = "dossier.received"
AMENDED: Final = "dossier.amended"
DUE_EXTENDED: Final = "due.extended"
SETTLED: Final = "conflict.closed"
FEE_COLLECTED: Final = "fee.collected"
RECEIPT_PRINTED: Final = "receipt.printed"
SESSION_OPENED: Final = "session.opened"
SESSION_CLOSED: Final = "session.closed"
SESSION_JOINED: Final = "session.joined"
SESSION_MOVED: Final = "session.moved"
CLOCK_CORRECTED: Final = "clock.corrected"
ORIGIN_STARTED: Final = "origin.started"
REDUCED: Final = "dossier.reduced"

# Wider than these a fact's schema is of a program that is newer than this one.
SCHEMAS: Final[Mapping[str, int]] = {
    RECEIVED: 1,
    AMENDED: 1,
    DUE_EXTENDED: 1,
    SETTLED: 1,
    FEE_COLLECTED: 1,
    RECEIPT_PRINTED: 1,
    SESSION_OPENED: 1,
    SESSION_CLOSED: 1,
    SESSION_JOINED: 1,
    SESSION_MOVED: 1,
    CLOCK_CORRECTED: 1,
    ORIGIN_STARTED: 1,
    REDUCED: 1,
    SERVICE_PROVIDED: 1,
    CITIZEN_RATED: 1,
    INCIDENT_NOTED: 1,
    **dict.fromkeys(REVIEW_KINDS, 1),
    FILE_ATTACHED: 1,
    FILE_REMOVED: 1,
    NOTIFIED: 1,
    **dict.fromkeys(STEPS, 1),
}


def understood(fact: Fact) -> tuple[dict[str, Any], str | None]:
    """The payload of a fact, or why this program cannot read it."""
    known = SCHEMAS.get(fact.kind)
    if known is None:
        return {}, "unknown kind"
    if fact.schema > known:
        return {}, "newer schema"
    if fact.payload is None:
        return {}, "erased"
    try:
        body = json.loads(fact.payload)
    except (ValueError, RecursionError):
        return {}, "not JSON"
    return (body, None) if isinstance(body, dict) else ({}, "not an object")


def event(fact: Fact, body: dict[str, Any]) -> Event:
    """The fact as a line of the control slip."""
    about = text_of(body, "name") if fact.kind in (FILE_ATTACHED, FILE_REMOVED) else None
    reason = text_of(body, "reason")
    return Event(fact.id, fact.kind, fact.officer, fact.at, fact.origin, fact.seq, reason, about)


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted names (``submitter.phone``); lists stay whole, empty objects vanish."""
    flat: dict[str, Any] = {}
    for name, part in value.items():
        if isinstance(part, dict):
            flat.update(flatten(part, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = part
    return flat
