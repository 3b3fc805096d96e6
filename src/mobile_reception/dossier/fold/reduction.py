"""What stays of a dossier whose facts were erased: the value that its fold then starts from.

Whoever erases writes down, in a fact `REDUCED`, what may stay (code, procedure, days, status, money, what was
counted) and which facts that covers, by their ids. Where all of them are still whole, it changes nothing: the
same facts fold as ever. Where one is erased, the fold starts from what was written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from mobile_reception.dossier import results
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold.kinds import REDUCED, understood
from mobile_reception.dossier.fold.values import Collection, DossierState, Reduced
from mobile_reception.dossier.payload import MOST_MONEY, amount_of, sound_days, text_of
from mobile_reception.dossier.results import Ending, ResultState
from mobile_reception.dossier.service import LEVELS, Rating

PLACED: Final = ("result.handed_over", "result.posted", "result.returned", "fee.collected", "citizen.rated")
"""Acts that say at which session they were done: of these that stays, too."""

_TEXTS: Final = (
    "code",
    "session",
    "procedure",
    "version",
    "received_at",
    "due",
    "come_back",
    "received_by",
    "ended_on",
)
_AMOUNTS: Final = ("fee", "phi", "le_phi")
_PLACES: Final = ("ready", "packed", "taken", "handed_over", "posted", "returned")
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a `REDUCED` fact tells, checked: where a fold starts, and which facts it then passes over."""

    covers: frozenset[str]
    about: Mapping[str, Any]
    ref: str | None
    prints: int
    supplements: int
    rating: Rating | None
    collections: tuple[Collection, ...]
    notices: tuple[str, ...]
    result: ResultState | None
    kept: Reduced
    fact: Fact


def payload(state: DossierState, facts: Sequence[Fact], *, person: str) -> dict[str, Any]:
    """What a fact says that reduces a dossier of this ``state``, made of all ``facts`` about it.

    ``person`` stands for the submitter from now on: the same for dossiers that are counted as one citizen's,
    and made of nothing that is known of them.
    """
    about = {name: getattr(state, name) for name in (*_TEXTS, *_AMOUNTS, "received", "status")}
    ref = state.fields.get("ref")
    rating = state.rating
    return {
        "covers": sorted({fact.id for fact in facts}),
        "places": places(facts),
        "about": {name: value for name, value in about.items() if value is not None},
        "ref": ref.value if ref is not None and isinstance(ref.value, str) else None,
        "prints": state.prints,
        "supplements": state.supplements,
        "rating": None
        if rating is None
        else {
            name: getattr(rating, name)
            for name in ("fact", "level", "reason", "proxy", "session", "officer", "at")
        },
        "collections": [[each.origin, each.session, each.amount] for each in state.collections],
        "notices": list(state.notices),
        "result": None if state.result is None else _result_json(state.result),
        "person": person,
        "files": len(state.files) + (state.reduced.files if state.reduced is not None else 0),
    }


def places(facts: Sequence[Fact]) -> dict[str, str]:
    """Of the acts of `PLACED` kinds the session at which each was done, by the act's id."""
    found: dict[str, str] = {}
    for fact in facts:
        if fact.kind == REDUCED:
            told = fact.body.get("places")
            if isinstance(told, dict):
                found |= {key: at for key, at in told.items() if isinstance(at, str)}
    for fact in facts:
        if fact.kind in PLACED and fact.payload is not None:
            at = text_of(fact.body, "session")
            if at is not None:
                found[fact.id] = at
    return dict(sorted(found.items()))


def start(facts: Iterable[Fact]) -> Reduction | None:
    """The reduction that the fold of these facts starts from; None where nothing that one covers is erased.

    Of several the one that covers most of what is erased, then the one that covers most, then the first.
    """
    known = list(facts)
    erased = {fact.id for fact in known if fact.payload is None}
    if not erased:
        return None
    told = [each for each in (read(fact) for fact in known if fact.kind == REDUCED) if each is not None]
    found = [each for each in told if each.covers & erased]
    return max(reversed(found), key=lambda each: (len(each.covers & erased), len(each.covers)), default=None)


def read(fact: Fact) -> Reduction | None:
    """The reduction that a fact tells of; None when it tells of none."""
    body, reason = understood(fact)
    covers, about = body.get("covers"), body.get("about")
    if reason is not None or not isinstance(covers, list) or not isinstance(about, dict):
        return None
    status, ended = about.get("status"), text_of(about, "ended_on")
    if type(status) is not int or not 1 <= status <= 10 or not sound_days(about) or not _is_day(ended):
        return None
    known = {name: text_of(about, name) for name in _TEXTS} | {
        name: amount_of(about, name) for name in _AMOUNTS
    }
    known |= {"received": about.get("received") is True, "status": status}
    return Reduction(
        covers=frozenset(each for each in covers if isinstance(each, str)),
        about=known,
        ref=text_of(body, "ref"),
        prints=_count(body.get("prints")),
        supplements=_count(body.get("supplements")),
        rating=_rating(body.get("rating")),
        collections=tuple(_collections(body.get("collections"))),
        notices=_texts(body.get("notices")),
        result=_result(body.get("result")),
        kept=Reduced(
            fact.id,
            fact.at,
            fact.officer,
            text_of(body, "person") or "",
            len(covers),
            _count(body.get("files")),
        ),
        fact=fact,
    )


def _result_json(state: ResultState) -> dict[str, Any]:
    """Where a result is and was, without whose it is and who got it."""
    endings = [
        {name: getattr(each, name) for name in ("fact", "kind", "at", "origin", "officer", "session")}
        for each in state.endings
    ]
    return {
        "place": state.place,
        "session": state.session,
        "holder": state.holder,
        "carriers": list(state.carriers),
        "since": state.since,
        "officer": state.officer,
        "endings": endings,
        "ending": None if state.ending is None else state.ending.fact,
        "then": state.then,
        "trips": [[session, back] for session, back in state.trips],
    }


def _result(told: object) -> ResultState | None:
    if not isinstance(told, Mapping) or told.get("place") not in _PLACES:
        return None
    given, trips = told.get("endings"), told.get("trips")
    endings = tuple(
        Ending(
            fact=text_of(each, "fact") or "",
            kind=kind,
            to="",
            at=text_of(each, "at") or "",
            origin=text_of(each, "origin") or "",
            officer=text_of(each, "officer") or "",
            session=text_of(each, "session"),
        )
        for each in (given if isinstance(given, list) else ())
        if isinstance(each, dict) and (kind := text_of(each, "kind")) in results.ENDINGS and kind is not None
    )
    then = text_of(told, "then")
    return ResultState(
        place=str(told["place"]),
        session=text_of(told, "session"),
        holder=text_of(told, "holder"),
        carriers=_texts(told.get("carriers")),
        since=text_of(told, "since") or "",
        officer=text_of(told, "officer") or "",
        endings=endings,
        ending=next((each for each in endings if each.fact == told.get("ending")), None),
        then=then if then in results.THEN else None,
        trips=tuple(
            (each[0], each[1])
            for each in (trips if isinstance(trips, list) else ())
            if isinstance(each, list)
            and len(each) == 2
            and isinstance(each[0], str)
            and type(each[1]) is bool
        ),
    )


def _rating(told: object) -> Rating | None:
    if not isinstance(told, Mapping) or told.get("level") not in LEVELS:
        return None
    return Rating(
        text_of(told, "fact") or "",
        str(told["level"]),
        text_of(told, "reason"),
        told.get("proxy") is True,
        text_of(told, "session"),
        text_of(told, "officer") or "",
        text_of(told, "at") or "",
    )


def _collections(told: object) -> Iterable[Collection]:
    for each in told if isinstance(told, list) else ():
        if not isinstance(each, list) or len(each) != 3:
            continue
        origin, session, amount = each
        named = isinstance(origin, str) and isinstance(session, str | None)
        if named and type(amount) is int and 0 <= amount <= MOST_MONEY:
            yield Collection(origin, session, amount)


def _texts(told: object) -> tuple[str, ...]:
    return tuple(each for each in told if isinstance(each, str)) if isinstance(told, list) else ()


def _count(told: object) -> int:
    return told if type(told) is int and 0 <= told <= _MOST else 0


def _is_day(said: str | None) -> bool:
    try:
        return said is None or bool(date.fromisoformat(said))
    except ValueError:
        return False
