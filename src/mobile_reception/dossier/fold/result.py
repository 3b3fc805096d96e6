"""The part of a dossier's fold that follows its result from hand to hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mobile_reception.dossier import results
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.payload import text_of
from mobile_reception.dossier.results import Ending, ResultState


class ResultFold:
    """Folding in progress. `take` says why a fact changed nothing, else None."""

    def __init__(self) -> None:
        self.state: ResultState | None = None

    def take(self, fact: Fact, body: Mapping[str, Any]) -> str | None:
        """Follow one fact of `results.KINDS`."""
        before = self.state or ResultState("ready")
        card = results.card_of(body.get("card"))
        if fact.kind in results.ENDINGS:
            return self._ended(before if card is None else replace(before, card=card), fact, body)
        if fact.kind == results.RETURNED and before.place == "handed_over":
            return "handed over already"
        if fact.kind in (results.PACKED, results.TAKEN) and card is None:
            return "no card in it"
        if fact.kind == results.RETURNED and text_of(body, "reason") is None:
            return "no reason in it"
        moved = replace(before, since=fact.at, officer=fact.officer, carriers=_carriers(before, fact))
        if fact.kind == results.PACKED and card is not None:
            # What somebody has on board stays there: a new list does not take it out of their hands.
            place = "taken" if before.place == "taken" else "packed"
            moved = replace(moved, place=place, card=card, session=card.session, post=card.post)
        elif fact.kind == results.UNPACKED:
            moved = replace(moved, place=before.place if before.place == "taken" else "ready", session=None)
        elif fact.kind == results.TAKEN and card is not None:
            session = text_of(body, "session") or card.session
            trips = _trip(before, session, back=False)
            moved = replace(moved, place="taken", card=card, session=session, holder=fact.origin, trips=trips)
        else:
            moved = replace(
                moved,
                place="returned",
                holder=None,
                endings=(),  # what was posted came back: nobody has it
                ending=None,
                reason=text_of(body, "reason"),
                then=text_of(body, "then"),
                post=results.address_of(body.get("post")) or before.post,
                # What the post brought back was not brought back from a session.
                trips=before.trips
                if before.place == "posted"
                else _trip(before, text_of(body, "session") or before.session, back=True),
            )
        self.state = moved
        return None

    def _ended(self, before: ResultState, fact: Fact, body: Mapping[str, Any]) -> str | None:
        ending = results.ending_of(fact, body)
        if ending is None:
            return "no receiver in it"
        place = "posted" if fact.kind == results.POSTED else "handed_over"
        self.state = replace(
            before,
            # The first stands until a person has said otherwise: see `settled`.
            place=before.place if before.ending is not None else place,
            ending=before.ending or ending,
            since=before.since if before.ending is not None else fact.at,
            officer=before.officer if before.ending is not None else fact.officer,
            holder=fact.origin,
            carriers=_carriers(before, fact),
            endings=(*before.endings, ending),
            post=results.address_of(body.get("post")) or before.post,
        )
        return None

    def settled(self, standing: Iterable[str], words: object) -> ResultState | None:
        """The result, with that hand-over in force which still stands, or which a person named."""
        if self.state is None or self.state.ending is None:
            return self.state
        facts = set(standing)
        chosen = next((each for each in self.state.endings if _is(each, facts, words)), self.state.ending)
        place = "posted" if chosen.kind == results.POSTED else "handed_over"
        return replace(self.state, ending=chosen, place=place)


def _carriers(before: ResultState, fact: Fact) -> tuple[str, ...]:
    """The origins that had the result in their hands, this one too unless it only made a list."""
    if fact.kind in (results.PACKED, results.UNPACKED):
        return before.carriers
    return tuple(sorted({*before.carriers, fact.origin}))


def _trip(before: ResultState, session: str | None, *, back: bool) -> tuple[tuple[str, bool], ...]:
    """The sessions that the result was taken along to, with this one's way."""
    if session is None:
        return before.trips
    return (*(trip for trip in before.trips if trip[0] != session), (session, back))


def _is(ending: Ending, facts: set[str], words: object) -> bool:
    return ending.fact in facts or ending.words == words
