"""The fold of a hamlet session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from mobile_reception.dossier import review, service
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold.clocks import Corrections, ordered
from mobile_reception.dossier.fold.kinds import (
    SESSION_CLOSED,
    SESSION_JOINED,
    SESSION_MOVED,
    SESSION_OPENED,
    event,
    understood,
)
from mobile_reception.dossier.fold.values import Event, Misfit, SessionState
from mobile_reception.dossier.payload import text_of
from mobile_reception.dossier.service import CITIZEN_RATED, INCIDENT_NOTED, SERVICE_PROVIDED


def fold_session(subject: str, facts: Iterable[Fact], clocks: Corrections | None = None) -> SessionState:
    """The state of hamlet session ``subject``; never fails, whatever the facts say."""
    state: dict[str, Any] = {}
    parts = _Parts()
    officers: dict[str, None] = {}
    history: list[Event] = []
    misfits: list[Misfit] = []
    for fact in ordered(facts, clocks or {}):
        body, reason = understood(fact)
        if reason is None:
            reason = _session_step(fact, body, state, parts)
        if reason is not None:
            misfits.append(Misfit(fact.id, fact.kind, reason))
            continue
        if fact.kind not in review.REVIEW_KINDS:  # who reviews a session did not work at it
            officers[fact.officer] = None
        history.append(event(fact, body))
    return SessionState(
        subject=subject,
        **state,
        origins={origin: parts.is_open(origin) for origin in sorted(parts.opened)},
        officers=tuple(officers),
        history=tuple(history),
        misfits=tuple(misfits),
    )


class _Parts:
    """Which journals have the session open.

    A journal's own words hold in its own order. A copied or restored folder closes what its former journals
    had open as well, as far as it saw them (``seen``): what one of them opened behind that stays open,
    whatever the clocks said, for an original may go on beside its copy.
    """

    def __init__(self) -> None:
        self.opened: dict[str, int] = {}
        """The place of each journal's last opening; 0 once it was closed."""
        self._seen: dict[str, int] = {}

    def is_open(self, origin: str) -> bool:
        return self.opened.get(origin, 0) > self._seen.get(origin, 0)

    def open(self, fact: Fact) -> None:
        self.opened[fact.origin] = fact.seq

    def close(self, fact: Fact, body: Mapping[str, Any]) -> bool:
        """False for a closing that closes nothing."""
        seen = body.get("seen")
        told: Mapping[str, object] = seen if isinstance(seen, dict) else {}
        former = {origin: seq for origin, seq in told.items() if type(seq) is int}
        named = body.get("parts")
        parts = [part for part in named if isinstance(part, str)] if isinstance(named, list) else []
        closed = [part for part in (fact.origin, *parts) if part not in former and self.is_open(part)]
        news = {origin: seq for origin, seq in former.items() if seq > self._seen.get(origin, 0)}
        self.opened.update(dict.fromkeys(closed, 0))
        self._seen.update(news)
        return bool(closed or news)


def _session_step(fact: Fact, body: dict[str, Any], state: dict[str, Any], parts: _Parts) -> str | None:
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
        parts.open(fact)
        if not state.get("opened"):
            about = {"hamlet": body["hamlet"], "kind": text_of(body, "kind"), "day": body["day"]}
            state.update(about, opened=True, opened_at=fact.at)
        if parts.is_open(fact.origin):
            state["closed_at"] = None
    elif fact.kind == SESSION_CLOSED and parts.close(fact, body):
        boxes = state["boxes"] = service.counted(fact, body, state.get("boxes", {}))
        state["cash"] = sum(box.cash for box in boxes.values()) if boxes else None
        if not any(map(parts.is_open, parts.opened)):
            state["closed_at"] = fact.at
    elif fact.kind == SESSION_JOINED and _joins(fact, body):
        state["joined_to"] = body["session"]
    elif fact.kind == SESSION_MOVED and state.get("opened") and (there := _moved(body)):
        state.update(there)
    else:
        return "does not fit this session"
    return None


_AT_A_TABLE: Final[Mapping[str, tuple[str, Callable[[Fact, dict[str, Any]], object | None]]]] = {
    SERVICE_PROVIDED: ("services", service.service),
    CITIZEN_RATED: ("ratings", service.rating),
    INCIDENT_NOTED: ("incidents", service.incident),
    review.SESSION_REVIEWED: ("reviews", review.review),
    review.SESSION_ANSWERED: ("answers", review.answer),
    review.SESSION_JUDGED: ("judgements", review.judgement),
}
"""Of facts about a session: the part of its state that they add to, and how they are read."""


def _joins(fact: Fact, body: Mapping[str, Any]) -> bool:
    """Whether the fact names another session to count with, or takes that back (None)."""
    if "session" not in body or body["session"] == fact.subject:
        return False
    return body["session"] is None or isinstance(body["session"], str)


def _moved(body: Mapping[str, Any]) -> dict[str, str]:
    """What a session is to be instead: its hamlet, day or kind; nothing for what is none of these."""
    there = {name: body[name] for name in ("hamlet", "day", "kind") if isinstance(body.get(name), str)}
    try:
        date.fromisoformat(there.get("day", "2000-01-01"))
    except ValueError:
        return {}
    return there
