"""What a laptop shows a centre that was put back: its signed answers, its certificate, its own facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mobile_reception.dossier.facts import Fact
from mobile_reception.store.values import Testimony
from mobile_reception.sync import protocol
from mobile_reception.sync.client.exchange import Exchange
from mobile_reception.sync.client.joining import judged
from mobile_reception.sync.client.road import RoadClosed
from mobile_reception.sync.protocol import FEED_TYPE, Head, OwnPlace, Reason, Unreadable, to_base64

if TYPE_CHECKING:
    from mobile_reception.sync.client.box import Box

_AT_ONCE: Final = 300
"""Journals that are shown in one request."""


class Witness:
    """Compares what the centre says now with what it signed before; speaks up once in a sync.

    ``lost``: the centre has admitted that it does not hold what it signed for; ``epoch`` is its own by now.
    """

    def __init__(self, box: Box, exchange: Exchange, certificate: bytes) -> None:
        self._box = box
        self._exchange = exchange
        self._certificate = certificate
        self._kept = box.testimony()
        signed = {each.origin: _read(each.answer) for each in self._kept.journals}
        self._signed = {origin: head for origin, head in signed.items() if head is not None}
        self.shown = False
        self.lost = False
        self.epoch: str | None = None

    def question(self) -> str:
        """What a question for a head names: how far the centre's own journal is known here."""
        known = [OwnPlace(head.epoch, head.own_seq, head.own_hash) for head in self._signed.values()]
        if self._kept.own is not None:
            fact = self._kept.own[0]
            known.append(OwnPlace(fact.origin, fact.seq, fact.hash))
        ours = [place for place in known if place.epoch == self._kept.epoch and place.hash]
        return f"?own={max(ours, key=lambda place: place.seq)}" if ours and not self.shown else ""

    def look(self, head: Head) -> None:
        """Show the centre its own signature if it says less now than it once did. Raises RoadClosed."""
        before = self._signed.get(head.origin)
        if head.own_known is False or (before is not None and _less(head, before)):
            self.show_once()

    def show_once(self) -> None:
        """`show`, unless it was done: where two journals part it may be the centre that went another way."""
        if not self.shown:
            self.show()

    def show(self) -> None:
        """Show all that was kept, also to be known again. An old centre says nothing. Raises RoadClosed."""
        kept = self._kept
        for start in range(0, max(1, len(kept.journals)), _AT_ONCE):
            told = self._document(replace(kept, journals=kept.journals[start : start + _AT_ONCE]))
            reply = self._exchange.road.ask(
                "POST",
                "/v1/witness",
                key=self._exchange.key,
                device=self._exchange.device,
                clock=self._exchange.clock,
                body=protocol.dump(told),
                headers={"Content-Type": "application/json", "X-Certificate": to_base64(self._certificate)},
            )
            if reply.status == 404:
                break
            trouble = judged(reply)
            if trouble is not None:
                raise trouble
            self.lost = self.lost or reply.document.get("lost") is True
            self.epoch = str(reply.document.get("epoch"))
        self.shown = True

    @staticmethod
    def _document(told: Testimony) -> dict[str, Any]:
        own = {} if told.own is None else {"own": _shown(*told.own)}
        return own | {
            "name": told.name,
            "officers": [{"login": login, "key": to_base64(key)} for login, key in told.officers],
            "journals": [
                {
                    "origin": each.origin,
                    "ranges": [{"first": first, "last": last} for first, last in each.ranges],
                    "answer": None,
                }
                | (
                    {}
                    if each.answer is None
                    else {"answer": to_base64(each.answer), "signature": to_base64(each.signature)}
                )
                for each in told.journals
            ],
        }

    def bring_back(self, epoch: str) -> None:
        """Once in an epoch: give the centre its own facts of former ones. Raises RoadClosed."""
        while (some := self._box.vouched(epoch)) is not None:
            lines = ((each.header, each.payload, each.payload_hash, each.hash) for each, _ in some.facts)
            proofs = {fact.hash: proof for fact, proof in some.facts}
            body = protocol.write_page(cursor="", more=False, omitted=(), lines=lines, proofs=proofs)
            if some.facts:
                headers = {"Content-Type": FEED_TYPE, "Content-Encoding": "gzip"}
                reply = self._exchange.ask("POST", "/v1/former", protocol.squeeze(body), headers)
                if type(reply.document.get("taken")) is not int:
                    raise RoadClosed(Reason.SERVER_ERROR)
            self._box.brought_back(epoch, some.reached)


def _read(answer: bytes | None) -> Head | None:
    try:
        return None if answer is None else Head.read(protocol.load(answer))
    except Unreadable:
        return None


def _shown(fact: Fact, proof: bytes) -> dict[str, str]:
    lines = {"header": fact.header, "payload_hash": fact.payload_hash, "hash": fact.hash}
    return {**lines, "proof": to_base64(proof)}


def _less(now: Head, before: Head) -> bool:
    if now.seq < before.seq or (now.seq == before.seq and now.hash != before.hash):
        return True
    behind = now.own_seq < before.own_seq or now.feed < before.feed
    return now.epoch == before.epoch and bool(now.own_hash) and behind
