"""Handing the journal over: runs that grow and shrink, the centre's word kept, the mark moved last."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.dossier.facts import GENESIS, Fact
from mobile_reception.store.errors import Damaged
from mobile_reception.store.values import Answer, Cards, Enrolment, OriginMark, Run
from mobile_reception.sync import protocol
from mobile_reception.sync.client.joining import NotAllowed, announced, judged, read_cards
from mobile_reception.sync.client.road import Reply, Road, RoadClosed
from mobile_reception.sync.protocol import Head, Reason, Unreadable, facts_of

_FIRST_RUN: Final = 64 * 1024


class NotEnrolled(Exception):
    """This laptop has joined no centre."""


class Box(Protocol):
    """What a sync needs of the laptop's store. Every method is one short transaction of its own."""

    def enrolment(self) -> Enrolment | None:
        """How this laptop is known at its centre; None before it joined one."""
        ...

    def device_key(self) -> Ed25519PrivateKey:
        """The key that requests are signed with."""
        ...

    def origins(self) -> list[OriginMark]:
        """This laptop's own journals, in the order in which they were begun."""
        ...

    def run(self, origin: str, after: int, limit: int) -> Run | None:
        """The facts behind ``after``, at most ``limit`` bytes of lines but at least one; None at the end."""
        ...

    def acknowledged(self, answer: Answer) -> None:
        """Keep the answer as proof and move the mark, only forward.

        Raises store.errors.Damaged, changing nothing, when the hash in it is not this journal's own.
        """
        ...

    def restored(self, origin: str, answer: Answer) -> None:
        """The centre holds less than it once signed for: the mark goes back to what it has."""
        ...

    def take_back(self, origin: str, facts: Sequence[Fact]) -> bool:
        """Lengthen a journal of this laptop by facts of its own that the centre still had.

        False, changing nothing, unless they begin right behind the journal's head. A journal that was current
        is so no longer from the next act on.
        """
        ...

    def forked(self, origin: str, answer: Answer) -> None:
        """The centre holds another fact at a place of this journal, or more than this journal has."""
        ...

    def take_cards(self, cards: Cards, cursor: str | None) -> None:
        """Keep the centre's cards and, in the same transaction, the cursor that names them.

        ``revoked`` and nothing else comes without a cursor, once all that was unsent has been handed over.
        """
        ...

    def feed_cursor(self) -> str | None:
        """How far the centre's feed has been taken here; None: nothing of it yet."""
        ...

    def take_page(self, facts: Sequence[Fact], cursor: str) -> int:
        """Keep the facts of whole subjects and, in the same transaction, the cursor behind them.

        What is here already changes nothing. How many facts were new.
        """
        ...


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did; counts are facts, each counted once however often it was sent.

    ``agree``: the centre's head equals this laptop's for each of its origins and no file waits.
    ``retry_after`` is the seconds that the centre asked for, ``clock_offset_s`` how far this laptop's clock
    is ahead of the centre's; both None when it did not say.
    """

    sent: int
    acknowledged: int
    waiting: int
    held: int
    received: int
    conflicts: int
    files_waiting: int
    agree: bool
    reason: Reason | None
    retry_after: float | None = None
    clock_offset_s: int | None = None

    def document(self) -> dict[str, Any]:
        """As other programs read it."""
        return {
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "waiting": self.waiting,
            "held": self.held,
            "received": self.received,
            "conflicts": self.conflicts,
            "files_waiting": self.files_waiting,
            "agree": self.agree,
            "reason": None if self.reason is None else self.reason.value,
        }


class Backoff:
    """When to try again: ``first`` seconds, doubled each time, never over ``cap``, spread by chance."""

    def __init__(
        self, *, first: float = 2.0, cap: float = 300.0, chance: Callable[[], float] = random.random
    ) -> None:
        self._first = first
        self._cap = cap
        self._chance = chance
        self._tries = 0

    def next(self) -> float:
        """Seconds to wait after one more failure: between half and all of the doubled time."""
        whole = min(self._cap, self._first * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return whole * (0.5 + self._chance() / 2)

    def reset(self) -> None:
        """The road was open, or a person asked: begin from the first wait again."""
        self._tries = 0


def sync(
    box: Box,
    *,
    clock: Callable[[], datetime],
    cursor: str | None = None,
    timeout: float = 10.0,
    patience: int = 5,
) -> SyncReport:
    """Send and fetch until nothing is left or the road ends. Safe to cut anywhere, and to call again.

    ``cursor`` names the cards that are here already. ``patience`` is how many cuts in a row, without anything
    gained between them, end the call. Raises NotEnrolled; all that the road does is in the report.
    """
    enrolment = box.enrolment()
    if enrolment is None:
        raise NotEnrolled
    with Road(enrolment.url, ca=enrolment.ca, centre_key=enrolment.centre_key, timeout=timeout) as road:
        handover = _Handover(box, road, enrolment.device, clock, patience)
        return handover.go(cursor)


class _Handover:
    """One sync in progress."""

    def __init__(
        self, box: Box, road: Road, device: str, clock: Callable[[], datetime], patience: int
    ) -> None:
        self._box = box
        self._road = road
        self._device = device
        self._key = box.device_key()
        self._clock = clock
        self._patience = patience
        self._cuts = 0
        self._size = _FIRST_RUN
        self._heads: dict[str, Head] = {}
        self._sent_to: dict[str, int] = {}
        self._sent = 0
        self._acknowledged = 0
        self._received = 0
        self._clock_offset: int | None = None

    def go(self, cursor: str | None) -> SyncReport:
        reason: Reason | None = None
        retry_after: float | None = None
        try:
            self._all_origins()
            if self._revoked:
                reason = Reason.REVOKED
                self._box.take_cards(Cards(revoked=True), None)
            else:
                self._cards(cursor)
                self._feed()
        except RoadClosed as closed:
            reason, retry_after = closed.reason, closed.retry_after
        except NotAllowed as refused:
            reason = Reason.REVOKED if refused.code == "revoked" else Reason.REFUSED
        return self._report(reason, retry_after)

    @property
    def _revoked(self) -> bool:
        return any(head.device_state == "revoked" for head in self._heads.values())

    def _report(self, reason: Reason | None, retry_after: float | None) -> SyncReport:
        marks = self._box.origins()
        waiting = sum(mark.head - mark.acknowledged for mark in marks)
        return SyncReport(
            sent=self._sent,
            acknowledged=self._acknowledged,
            waiting=waiting,
            held=sum(head.held for head in self._heads.values()),
            received=self._received,
            conflicts=sum(head.conflicts for head in self._heads.values()),
            files_waiting=0,
            agree=waiting == 0 and all(self._agrees(mark) for mark in marks),
            reason=reason,
            retry_after=retry_after,
            clock_offset_s=self._clock_offset,
        )

    def _agrees(self, mark: OriginMark) -> bool:
        head = self._heads.get(mark.origin)
        return head is not None and head.seq == mark.head and (not head.seq or head.hash == mark.head_hash)

    # -- Origins -----------------------------------------------------------------------------------------

    def _all_origins(self) -> None:
        """Every origin once, those too that a fork makes on the way."""
        done: set[str] = set()
        while fresh := [mark.origin for mark in self._box.origins() if mark.origin not in done]:
            for origin in fresh:
                done.add(origin)
                self._hand_over(origin)

    def _hand_over(self, origin: str) -> None:
        place = self._ask_head(origin)
        while place is not None:
            run = self._box.run(origin, place[0], self._size)
            if run is None:
                return
            place = self._send(run, place[1])

    def _ask_head(self, origin: str) -> tuple[int, str] | None:
        """Where the centre is with an origin, the mark moved accordingly; None if the journal has forked."""
        target = f"/v1/head/{origin}"
        while True:
            try:
                reply = self._ask("GET", target)
                if reply.code == "unknown_origin":
                    announced(self._road, self._device, self._key, origin, clock=self._clock)
                    reply = self._ask("GET", target)
                return self._settle(origin, reply)
            except RoadClosed as closed:
                self._bear(closed)

    def _send(self, run: Run, previous: str) -> tuple[int, str] | None:
        """Send one run; where the centre is then. After any failure that is asked before anything is sent."""
        body = protocol.write_run(
            origin=run.origin,
            first=run.first,
            last=run.last,
            last_hash=run.last_hash,
            previous=previous,
            lines=run.lines,
        )
        new = run.last - max(self._sent_to.get(run.origin, 0), run.first - 1)
        self._sent_to[run.origin] = max(self._sent_to.get(run.origin, 0), run.last)
        self._sent += max(0, new)
        try:
            reply = self._ask("POST", f"/v1/runs/{run.origin}", protocol.squeeze(body))
        except RoadClosed as closed:
            if closed.smaller:
                self._size = max(protocol.SMALLEST_RUN, self._size // 2)
            self._bear(closed)
            return self._ask_head(run.origin)
        self._size = min(protocol.LARGEST_RUN, self._size * 2)
        if reply.code == "gap":  # the centre lost something between our question and our run
            self._bear(RoadClosed(Reason.SERVER_ERROR, again=True))
        return self._settle(run.origin, reply)

    def _ask(self, method: str, target: str, body: bytes = b"") -> Reply:
        headers = {"Content-Type": protocol.RUN_TYPE, "Content-Encoding": "gzip"} if body else {}
        reply = self._road.ask(
            method,
            target,
            key=self._key,
            device=self._device,
            clock=self._clock,
            body=body,
            headers=headers,
        )
        if reply.code not in {"gap", "fork", "unknown_origin"}:
            trouble = judged(reply)
            if trouble is not None:
                raise trouble
        return reply

    def _bear(self, closed: RoadClosed) -> None:
        """One more cut; raises it again when there is no sense in going on."""
        self._cuts += 1
        if not closed.again or self._cuts >= self._patience:
            raise closed

    # -- What the centre says ----------------------------------------------------------------------------

    def _settle(self, origin: str, reply: Reply) -> tuple[int, str] | None:
        """Act on a head: move the mark forward, back, or give the journal up."""
        try:
            head = Head.read(reply.document)
        except Unreadable as error:
            raise RoadClosed(Reason.SERVER_ERROR) from error
        if head.origin != origin:
            raise RoadClosed(Reason.SERVER_ERROR)
        self._heads[origin] = head
        self._note_clock(head)
        mark = next(each for each in self._box.origins() if each.origin == origin)
        answer = Answer(
            origin, head.seq, head.hash, head.epoch, head.time, head.held, reply.body, reply.signature
        )
        if head.code == "ok" and head.seq > mark.head:
            mark = self._take_back(mark, head)
        if head.code == "fork" or _other_journal(mark, head):
            self._box.forked(origin, answer)
            return None
        if head.seq < mark.acknowledged:
            self._box.restored(origin, answer)
        elif head.seq:
            try:
                self._box.acknowledged(answer)
            except Damaged:
                self._box.forked(origin, answer)
                return None
            self._acknowledged += head.seq - mark.acknowledged
            if head.seq > mark.acknowledged:
                self._cuts = 0
        return head.seq, head.hash if head.seq else GENESIS

    def _take_back(self, mark: OriginMark, head: Head) -> OriginMark:
        """A copied or restored folder asks for the end of its journal; where the journal is then."""
        while mark.head < head.seq:
            target = f"/v1/journal/{mark.origin}?after={mark.head}"
            reply, body = self._road.fetch(target, key=self._key, device=self._device, clock=self._clock)
            if reply.status != 200:
                break
            try:
                facts = facts_of(protocol.read_run(body))
            except (Unreadable, protocol.TooLarge):
                break  # not to be read here: the centre keeps it, and the next act goes to a new journal
            if not facts or facts[0].seq != mark.head + 1 or not self._box.take_back(mark.origin, facts):
                break
            self._received += len(facts)
            mark = next(each for each in self._box.origins() if each.origin == mark.origin)
        return mark

    def _note_clock(self, head: Head) -> None:
        try:
            there = datetime.fromisoformat(head.time)
        except ValueError:
            return
        if there.tzinfo is not None:
            self._clock_offset = round((self._clock() - there).total_seconds())

    # -- Cards -------------------------------------------------------------------------------------------

    def _cards(self, cursor: str | None) -> None:
        target = "/v1/cards" if cursor is None else f"/v1/cards?seen={cursor}"
        while True:
            try:
                reply, _ = self._road.fetch(target, key=self._key, device=self._device, clock=self._clock)
                trouble = judged(reply)
                if trouble is not None:
                    raise trouble
                if reply.document.get("unchanged") is True:
                    return
                cards, name = read_cards(reply.document)
            except Unreadable as error:
                raise RoadClosed(Reason.SERVER_ERROR) from error
            except RoadClosed as closed:
                self._bear(closed)
            else:
                self._box.take_cards(cards, name)
                return

    # -- The feed ----------------------------------------------------------------------------------------

    def _feed(self) -> None:
        """Take page after page, each kept with its cursor before the next is asked for."""
        more = True
        while more:
            cursor = self._box.feed_cursor()
            target = "/v1/feed" if cursor is None else f"/v1/feed?after={quote(cursor, safe='')}"
            try:
                reply, body = self._road.fetch(target, key=self._key, device=self._device, clock=self._clock)
                if reply.status == 404:
                    return  # a centre of before has no feed
                trouble = judged(reply)
                if trouble is not None:
                    raise trouble
                page = protocol.read_page(body)
            except Unreadable as error:
                raise RoadClosed(Reason.SERVER_ERROR) from error
            except RoadClosed as closed:
                self._bear(closed)
                continue
            if page.more and page.cursor == cursor:
                raise RoadClosed(Reason.SERVER_ERROR)  # it would give the same page for ever
            if page.cursor != cursor:
                self._received += self._box.take_page(page.facts, page.cursor)
                self._cuts = 0
            more = page.more


def _other_journal(mark: OriginMark, head: Head) -> bool:
    """Whether the centre's head cannot be a place of this journal, by what the mark alone can tell."""
    if head.seq > mark.head:
        return True
    if head.seq == 0:
        return False
    if head.seq == mark.head and head.hash != mark.head_hash:
        return True
    return head.seq == mark.acknowledged and head.hash != mark.acknowledged_hash
