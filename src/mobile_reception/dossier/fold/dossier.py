"""The fold of a dossier."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from mobile_reception.dossier import lifecycle, notices, results, service
from mobile_reception.dossier.attachment import FILE_ATTACHED, FILE_REMOVED, Attachments
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import reduction
from mobile_reception.dossier.fold.clocks import Corrections, ordered
from mobile_reception.dossier.fold.kinds import (
    AMENDED,
    DUE_EXTENDED,
    FEE_COLLECTED,
    RECEIPT_PRINTED,
    RECEIVED,
    REDUCED,
    SETTLED,
    event,
    flatten,
    understood,
)
from mobile_reception.dossier.fold.reduction import Reduction
from mobile_reception.dossier.fold.result import ResultFold
from mobile_reception.dossier.fold.values import Collection, DossierState, Event, Misfit, Reduced, Written
from mobile_reception.dossier.lifecycle import BACK, ENDED, STEPS, WAITING
from mobile_reception.dossier.payload import MOST_MONEY, amount_of, local_day, sound_days, text_of
from mobile_reception.dossier.service import CITIZEN_RATED, Rating


def fold_dossier(subject: str, facts: Iterable[Fact], clocks: Corrections | None = None) -> DossierState:
    """The state of dossier ``subject``; never fails, whatever the facts say."""
    known = ordered(facts, clocks or {})
    folding = _DossierFold(reduction.start(known))
    # Whoever wrote about a dossier had it before them: whatever the clocks say, its reception was first.
    for fact in sorted(known, key=lambda each: each.kind != RECEIVED):
        folding.take(fact)
    return folding.state(subject)


class _DossierFold:
    """Folding in progress; one for each call of `fold_dossier`."""

    def __init__(self, start: Reduction | None) -> None:
        self.about: dict[str, Any] = {}
        self.writers: dict[str, dict[str, Written]] = {}  # field -> fact id -> value
        self.replaced: dict[str, set[str]] = {}  # field -> ids that a later author has seen
        self.history: list[Event] = []
        self.misfits: list[Misfit] = []
        self.collected = 0
        self.prints = 0
        self.supplements = 0
        self.rating: Rating | None = None
        self.result = ResultFold()
        self.notices: dict[str, None] = {}
        self.collections: list[Collection] = []
        self.files = Attachments()
        self.before: list[int] = []
        self.covered: frozenset[str] = frozenset()
        self.reduced: Reduced | None = None
        if start is not None:
            self._begin(start)

    def _begin(self, start: Reduction) -> None:
        """Start from what stayed of facts that were erased."""
        self.covered, self.reduced = start.covers, start.kept
        self.about = dict(start.about)
        self.prints, self.supplements, self.rating = start.prints, start.supplements, start.rating
        self.collections = list(start.collections)
        self.collected = sum(each.amount for each in start.collections)
        self.notices = dict.fromkeys(start.notices)
        self.result.state = start.result
        if start.ref is not None:
            self._write(start.fact, "ref", start.ref)
        # A result that is handed over once more, elsewhere, is the same question as ever.
        for each in start.result.endings if start.result is not None else ():
            written = Written(each.words, each.fact, each.officer, each.at)
            self.writers.setdefault(results.ENDING, {})[each.fact] = written

    def take(self, fact: Fact) -> None:
        body, reason = understood(fact)
        if fact.id in self.covered:
            self.history.append(event(fact, body))
            return
        if reason is None:
            reason = self._step(fact, body)
        if reason is not None:
            self.misfits.append(Misfit(fact.id, fact.kind, reason))
        elif fact.kind != RECEIPT_PRINTED or self.about:
            self.history.append(event(fact, body))

    def _step(self, fact: Fact, body: dict[str, Any]) -> str | None:
        step = _STEPS.get(fact.kind)
        return step(self, fact, body) if step else "not about a dossier"

    def received(self, fact: Fact, body: dict[str, Any]) -> str | None:
        if self.about.get("received"):
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
            # Of a result that was carried before its reception was known here.
            "status": self.about.get("status", lifecycle.RECEIVED),
            "received_by": fact.officer,
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
        if fact.kind in results.KINDS:
            self._carried(body)
        step, status = STEPS[fact.kind], self.about.get("status")
        again = fact.kind in results.ENDINGS and status == lifecycle.DELIVERED
        if (not again and status not in step.since) or not sound_days(body):
            return "not from this status, or no such day"
        if fact.kind in results.KINDS and (why := self._result(fact, body)):
            return why
        if step.to in WAITING and status is not None:
            self.before.append(status)
        back = self.before.pop() if step.to == BACK and self.before else lifecycle.RECEIVED
        self.about["status"] = back if step.to == BACK else step.to
        self.supplements += fact.kind == "supplement.requested"
        if step.to in ENDED and self.about.get("ended_on") is None:
            self.about["ended_on"] = local_day(fact.at)
        self._appointed(body)
        return None

    def _carried(self, body: dict[str, Any]) -> None:
        """A laptop that carries a result knows nothing else of its dossier: the card stands for it."""
        card = results.card_of(body.get("card"))
        if not self.about and card is not None:
            self.about = {"code": card.code, "procedure": card.procedure, "status": lifecycle.READY}

    def _result(self, fact: Fact, body: dict[str, Any]) -> str | None:
        why = self.result.take(fact, body)
        state = self.result.state
        if why is not None or state is None:
            return why
        if fact.kind in results.ENDINGS:
            self._write(fact, results.ENDING, state.endings[-1].words)
        elif fact.kind == results.RETURNED:  # what was posted came back: nobody has it
            self.writers.pop(results.ENDING, None)
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
        self.collections.append(Collection(fact.origin, text_of(body, "session"), amount))
        return None

    def printed(self, fact: Fact, body: dict[str, Any]) -> str | None:
        self.prints += 1
        return None

    def notified(self, fact: Fact, body: dict[str, Any]) -> str | None:
        about = text_of(body, "about")
        if not about:
            return "about nothing"
        self.notices[notices.key(about, text_of(body, "session"))] = None
        return None

    def rated(self, fact: Fact, body: dict[str, Any]) -> str | None:
        if self.rating is not None:
            return "rated already"
        self.rating = service.rating(fact, body)
        return "no rating" if self.rating is None else None

    def was_reduced(self, fact: Fact, body: dict[str, Any]) -> str | None:
        return "tells of no dossier" if reduction.read(fact) is None else None

    def attached(self, fact: Fact, body: dict[str, Any]) -> str | None:
        return self.files.attached(fact, body)

    def removed(self, fact: Fact, body: dict[str, Any]) -> str | None:
        return self.files.removed(body)

    def _write(self, fact: Fact, name: str, value: object) -> None:
        self.writers.setdefault(name, {})[fact.id] = Written(value, fact.id, fact.officer, fact.at)

    def state(self, subject: str) -> DossierState:
        fields: dict[str, Written] = {}
        conflicts: dict[str, tuple[Written, ...]] = {}
        result = self.result.state
        for name, writers in sorted(self.writers.items()):
            seen = self.replaced.get(name, set())
            # A ring of facts that replace one another cannot come from honest laptops; all of it stands then.
            standing = [value for key, value in writers.items() if key not in seen] or list(writers.values())
            if name == results.ENDING:
                result = self.result.settled([standing[0].fact], standing[0].value)
            else:
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
            result=result,
            notices=tuple(self.notices),
            reduced=self.reduced,
            collections=tuple(self.collections),
            files=self.files.standing,
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
    notices.NOTIFIED: _DossierFold.notified,
    FILE_ATTACHED: _DossierFold.attached,
    FILE_REMOVED: _DossierFold.removed,
    REDUCED: _DossierFold.was_reduced,
    **dict.fromkeys(STEPS, _DossierFold.stepped),
}
