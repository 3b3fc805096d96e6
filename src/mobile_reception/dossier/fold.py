"""The fold: from the facts about one subject to its state, the same on every laptop and at the centre.

A fold reads a *set* of facts. It never fails, and neither the order in which facts arrived nor how often
changes its answer. A fact that does not fit the state it meets changes nothing and is listed as a misfit,
for a person.

Fields that people write form, per field, a small graph: each writing fact names (in ``base``) the fact whose
value its author saw. What nobody has seen and replaced stands. One standing value is the field's value; two
are a visible conflict that keeps both values and names both authors, whatever the clocks said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mobile_reception.dossier import lifecycle, service
from mobile_reception.dossier.facts import Fact, corrected
from mobile_reception.dossier.lifecycle import BACK, STEPS, WAITING
from mobile_reception.dossier.payload import MOST_MONEY, amount_of, sound_days, text_of
from mobile_reception.dossier.service import (
    CITIZEN_RATED,
    INCIDENT_NOTED,
    SERVICE_PROVIDED,
    Incident,
    Rating,
    Service,
)

RECEIVED: Final = "dossier.received"
AMENDED: Final = "dossier.amended"
DUE_EXTENDED: Final = "due.extended"
SETTLED: Final = "conflict.closed"
FEE_COLLECTED: Final = "fee.collected"
RECEIPT_PRINTED: Final = "receipt.printed"
SESSION_OPENED: Final = "session.opened"
SESSION_CLOSED: Final = "session.closed"
SESSION_JOINED: Final = "session.joined"
CLOCK_CORRECTED: Final = "clock.corrected"
ORIGIN_STARTED: Final = "origin.started"

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
    CLOCK_CORRECTED: 1,
    ORIGIN_STARTED: 1,
    SERVICE_PROVIDED: 1,
    CITIZEN_RATED: 1,
    INCIDENT_NOTED: 1,
    **dict.fromkeys(STEPS, 1),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A value of a field, with the fact that wrote it and the officer behind it."""

    value: Any
    fact: str
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the control slip: which fact, by whom, when (the device's own time, ISO)."""

    fact: str
    kind: str
    officer: str
    at: str
    origin: str
    seq: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Misfit:
    """A fact that changed nothing, and a short English reason for the protocol (screens word their own)."""

    fact: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class DossierState:
    """What a dossier's facts amount to.

    ``received`` is False while the fact of its reception has not been seen. ``fields`` maps dotted names
    (``submitter.full_name``) to the standing value; ``conflicts`` keeps every standing value of the fields
    that have more than one. ``status`` is one of the ten national codes (see `lifecycle`). ``due`` and
    ``come_back`` are those in force, ``supplements`` counts how often papers were asked for. Money is whole
    đồng. ``rating`` is the first that was given; ``handed_over_in`` the session at which the result was.
    """

    subject: str
    received: bool = False
    code: str | None = None
    session: str | None = None
    procedure: str | None = None
    version: str | None = None
    received_at: str | None = None
    due: str | None = None
    come_back: str | None = None
    fee: int = 0
    phi: int = 0
    le_phi: int = 0
    collected: int = 0
    prints: int = 0
    status: int = 0
    supplements: int = 0
    rating: Rating | None = None
    handed_over_in: str | None = None
    fields: Mapping[str, Written] = field(default_factory=dict)
    conflicts: Mapping[str, tuple[Written, ...]] = field(default_factory=dict)
    history: tuple[Event, ...] = ()
    misfits: tuple[Misfit, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a hamlet session's facts amount to.

    ``origins`` maps each laptop's origin to whether its part of the session is open. ``ratings`` are those
    of forms without a name.
    """

    subject: str
    opened: bool = False
    hamlet: str | None = None
    kind: str | None = None
    day: str | None = None
    opened_at: str | None = None
    closed_at: str | None = None
    joined_to: str | None = None
    cash: int | None = None
    origins: Mapping[str, bool] = field(default_factory=dict)
    officers: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    ratings: tuple[Rating, ...] = ()
    incidents: tuple[Incident, ...] = ()
    history: tuple[Event, ...] = ()
    misfits: tuple[Misfit, ...] = ()


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
    another origin keeps its id: the first in order counts.
    """
    reached: dict[str, int] = {}
    placed: list[tuple[tuple[int, str, int, str], Fact]] = []
    for fact in sorted(facts, key=lambda each: (each.seq, each.hash)):
        stamp = _read_with(clocks, fact)
        stamp = reached[fact.origin] = max(stamp, reached.get(fact.origin, stamp))
        placed.append(((stamp, fact.origin, fact.seq, fact.hash), fact))
    placed.sort(key=lambda each: each[0])
    once: dict[str, Fact] = {}
    for _, fact in placed:
        once.setdefault(fact.id, fact)
    return list(once.values())


def _read_with(clocks: Corrections, fact: Fact) -> int:
    offset = 0
    for first, ahead in clocks.get(fact.origin, ()):
        if fact.seq < first:
            break
        offset = ahead
    return corrected(fact.stamp, offset)


def fold_dossier(subject: str, facts: Iterable[Fact], clocks: Corrections | None = None) -> DossierState:
    """The state of dossier ``subject``; never fails, whatever the facts say."""
    folding = _DossierFold()
    for fact in ordered(facts, clocks or {}):
        folding.take(fact)
    return folding.state(subject)


def fold_session(subject: str, facts: Iterable[Fact], clocks: Corrections | None = None) -> SessionState:
    """The state of hamlet session ``subject``; never fails, whatever the facts say."""
    state: dict[str, Any] = {}
    origins: dict[str, bool] = {}
    officers: dict[str, None] = {}
    history: list[Event] = []
    misfits: list[Misfit] = []
    for fact in ordered(facts, clocks or {}):
        body, reason = _understood(fact)
        if reason is None:
            reason = _session_step(fact, body, state, origins)
        if reason is not None:
            misfits.append(Misfit(fact.id, fact.kind, reason))
            continue
        officers[fact.officer] = None
        history.append(_event(fact, body))
    return SessionState(
        subject=subject,
        **state,
        origins=dict(sorted(origins.items())),
        officers=tuple(officers),
        history=tuple(history),
        misfits=tuple(misfits),
    )


def _session_step(
    fact: Fact, body: dict[str, Any], state: dict[str, Any], origins: dict[str, bool]
) -> str | None:
    if fact.kind in _AT_A_TABLE:
        name, read = _AT_A_TABLE[fact.kind]
        told = read(fact, body)
        if told is None:
            return "tells nothing"
        # Counted whether or not the session is open by then: what was done was done.
        state[name] = (*state.get(name, ()), told)
    elif (
        fact.kind == SESSION_OPENED
        and isinstance(body.get("hamlet"), str)
        and isinstance(body.get("day"), str)
    ):
        origins[fact.origin] = True
        if not state.get("opened"):
            about = {"hamlet": body["hamlet"], "kind": text_of(body, "kind"), "day": body["day"]}
            state.update(about, opened=True, opened_at=fact.at)
        state["closed_at"] = None
    elif fact.kind == SESSION_CLOSED and (parts := _open_parts(fact, body, origins)):
        origins.update(dict.fromkeys(parts, False))
        if type(body.get("cash")) is int:
            state["cash"] = (state.get("cash") or 0) + body["cash"]
        if not any(origins.values()):
            state["closed_at"] = fact.at
    elif fact.kind == SESSION_JOINED and isinstance(body.get("session"), str):
        state["joined_to"] = body["session"]
    else:
        return "does not fit this session"
    return None


_AT_A_TABLE: Final[Mapping[str, tuple[str, Callable[[Fact, dict[str, Any]], object | None]]]] = {
    SERVICE_PROVIDED: ("services", service.service),
    CITIZEN_RATED: ("ratings", service.rating),
    INCIDENT_NOTED: ("incidents", service.incident),
}
"""Of facts about a session: the part of its state that they add to, and how they are read."""


def _open_parts(fact: Fact, body: Mapping[str, Any], origins: Mapping[str, bool]) -> list[str]:
    """The open parts that a closing is about: its own origin's, and those of the laptop's former origins."""
    named = body.get("parts")
    former = [part for part in named if isinstance(part, str)] if isinstance(named, list) else []
    return [part for part in (fact.origin, *former) if origins.get(part)]


class _DossierFold:
    """Folding in progress; one for each call of `fold_dossier`."""

    def __init__(self) -> None:
        self.about: dict[str, Any] = {}
        self.writers: dict[str, dict[str, Written]] = {}  # field -> fact id -> value
        self.replaced: dict[str, set[str]] = {}  # field -> ids that a later author has seen
        self.history: list[Event] = []
        self.misfits: list[Misfit] = []
        self.early: list[tuple[Fact, dict[str, Any]]] = []
        self.collected = 0
        self.prints = 0
        self.supplements = 0
        self.rating: Rating | None = None
        self.handed_over_in: str | None = None
        self.before: list[int] = []

    def take(self, fact: Fact) -> None:
        body, reason = _understood(fact)
        if reason is None:
            reason = self._step(fact, body)
        if reason is not None:
            self.misfits.append(Misfit(fact.id, fact.kind, reason))
        elif fact.kind != RECEIPT_PRINTED or self.about:
            self.history.append(_event(fact, body))

    def _step(self, fact: Fact, body: dict[str, Any]) -> str | None:
        step = _STEPS.get(fact.kind)
        return step(self, fact, body) if step else "not about a dossier"

    def received(self, fact: Fact, body: dict[str, Any]) -> str | None:
        if self.about:
            return "received already"
        reception = body.get("reception")
        if not isinstance(reception, dict) or not isinstance(body.get("procedure"), str):
            return "no reception in it"
        if not sound_days(body):
            return "no such day"
        self.about = {
            "received": True,
            "code": text_of(body, "code"),
            "session": text_of(body, "session"),
            "procedure": body["procedure"],
            "version": text_of(body, "catalogue"),
            "received_at": text_of(body, "received_at"),
            "due": text_of(body, "due"),
            "come_back": text_of(body, "come_back"),
            "fee": amount_of(body, "fee"),
            "phi": amount_of(body, "phi"),
            "le_phi": amount_of(body, "le_phi"),
            "status": lifecycle.RECEIVED,
        }
        for name, value in flatten(reception).items():
            self._write(fact, name, value)
        return None

    def amended(self, fact: Fact, body: dict[str, Any]) -> str | None:
        changes = body.get("set")
        if not isinstance(changes, dict) or not changes:
            return "changes nothing"
        for name, value in flatten(changes).items():
            self._write(fact, name, value)
            if name in fact.base:
                self.replaced.setdefault(name, set()).add(fact.base[name])
        return None

    def settled(self, fact: Fact, body: dict[str, Any]) -> str | None:
        name, settles = body.get("field"), body.get("settles")
        if not isinstance(name, str) or not isinstance(settles, list) or "value" not in body:
            return "settles nothing"
        self._write(fact, name, body["value"])
        self.replaced.setdefault(name, set()).update(item for item in settles if isinstance(item, str))
        return None

    def stepped(self, fact: Fact, body: dict[str, Any]) -> str | None:
        step, status = STEPS[fact.kind], self.about.get("status")
        if status not in step.since or not sound_days(body):
            return "not from this status, or no such day"
        if step.to in WAITING:
            self.before.append(status)
        back = self.before.pop() if step.to == BACK and self.before else lifecycle.RECEIVED
        self.about["status"] = back if step.to == BACK else step.to
        self.supplements += fact.kind == "supplement.requested"
        if step.to == lifecycle.DELIVERED:
            self.handed_over_in = text_of(body, "session")
        self._appointed(body)
        return None

    def extended(self, fact: Fact, body: dict[str, Any]) -> str | None:
        if not self.about or text_of(body, "due") is None or not sound_days(body):
            return "extends nothing"
        self._appointed(body)
        return None

    def _appointed(self, body: dict[str, Any]) -> None:
        """A new appointment, where the fact names one."""
        for name in ("due", "come_back"):
            if text_of(body, name) is not None:
                self.about[name] = body[name]

    def fee_collected(self, fact: Fact, body: dict[str, Any]) -> str | None:
        amount = body.get("amount")
        if type(amount) is not int or not 0 <= amount <= MOST_MONEY:
            return "no amount"
        self.collected += amount
        return None

    def printed(self, fact: Fact, body: dict[str, Any]) -> str | None:
        self.prints += 1
        return None

    def rated(self, fact: Fact, body: dict[str, Any]) -> str | None:
        if self.rating is not None:
            return "rated already"
        self.rating = service.rating(fact, body)
        return "no rating" if self.rating is None else None

    def _write(self, fact: Fact, name: str, value: object) -> None:
        self.writers.setdefault(name, {})[fact.id] = Written(value, fact.id, fact.officer, fact.at)

    def state(self, subject: str) -> DossierState:
        fields: dict[str, Written] = {}
        conflicts: dict[str, tuple[Written, ...]] = {}
        for name, writers in sorted(self.writers.items()):
            seen = self.replaced.get(name, set())
            # A ring of facts that replace one another cannot come from honest laptops; all of it stands then.
            standing = [value for key, value in writers.items() if key not in seen] or list(writers.values())
            fields[name] = standing[0]
            # Writing values as text is dear, and nearly every field has one standing value.
            if len(standing) > 1 and len({json.dumps(each.value, sort_keys=True) for each in standing}) > 1:
                conflicts[name] = tuple(standing)
        return DossierState(
            subject=subject,
            **self.about,
            collected=self.collected,
            prints=self.prints,
            supplements=self.supplements,
            rating=self.rating,
            handed_over_in=self.handed_over_in,
            fields=fields,
            conflicts=conflicts,
            history=tuple(self.history),
            misfits=tuple(self.misfits),
        )


_STEPS: Final[Mapping[str, Callable[[_DossierFold, Fact, dict[str, Any]], str | None]]] = {
    RECEIVED: _DossierFold.received,
    AMENDED: _DossierFold.amended,
    SETTLED: _DossierFold.settled,
    DUE_EXTENDED: _DossierFold.extended,
    FEE_COLLECTED: _DossierFold.fee_collected,
    RECEIPT_PRINTED: _DossierFold.printed,
    CITIZEN_RATED: _DossierFold.rated,
    **dict.fromkeys(STEPS, _DossierFold.stepped),
}


def _understood(fact: Fact) -> tuple[dict[str, Any], str | None]:
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


def _event(fact: Fact, body: dict[str, Any]) -> Event:
    return Event(fact.id, fact.kind, fact.officer, fact.at, fact.origin, fact.seq, text_of(body, "reason"))


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted names (``submitter.phone``); lists stay whole, empty objects vanish."""
    flat: dict[str, Any] = {}
    for name, part in value.items():
        if isinstance(part, dict):
            flat.update(flatten(part, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = part
    return flat
