"""Handing the journal over: runs that grow and shrink, the centre's word kept, the mark moved last."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from mobile_reception.dossier.facts import GENESIS
from mobile_reception.store.values import Answer, Cards, OriginMark, Run
from mobile_reception.sync import protocol
from mobile_reception.sync.client.apart import mark_of, part, take_back
from mobile_reception.sync.client.box import Box
from mobile_reception.sync.client.exchange import Exchange, NotKnown
from mobile_reception.sync.client.files import FileSending
from mobile_reception.sync.client.joining import NotAllowed, judged, read_cards
from mobile_reception.sync.client.road import Reply, Road, RoadClosed
from mobile_reception.sync.client.witness import Witness
from mobile_reception.sync.protocol import Head, Reason, Unreadable

_FIRST_RUN: Final = 256 * 1024  # of lines: a tenth of that on the wire
_MOST_NAMED: Final = 200
"""Journals in one question; a folder with more is told of its own dossiers too."""


class NotEnrolled(Exception):
    """This laptop has joined no centre."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did; counts are facts, each counted once however often it was sent.

    ``agree``: the centre's head equals this laptop's for each of its origins and no file waits.
    ``moved`` acts of a copied or restored folder went on in a new journal, under their old ids. ``restored``:
    the centre was put back to an older day, and has been told so.
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
    moved: int = 0
    restored: bool = False

    def document(self) -> dict[str, Any]:
        """As other programs read it; for them a disabled officer is as shut out as a revoked laptop."""
        shut_out = self.reason in {Reason.REVOKED, Reason.OFFICER_DISABLED}
        return {
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "waiting": self.waiting,
            "held": self.held,
            "received": self.received,
            "conflicts": self.conflicts,
            "files_waiting": self.files_waiting,
            "agree": self.agree,
            "reason": None if self.reason is None else (Reason.REVOKED if shut_out else self.reason).value,
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
    with Road.to(enrolment, timeout=timeout) as road:
        exchange = Exchange(road, enrolment.device, box.device_key(), clock, patience)
        return _Handover(box, exchange, Witness(box, exchange, enrolment.certificate)).go(cursor)


class _Handover:
    """One sync in progress."""

    def __init__(self, box: Box, exchange: Exchange, witness: Witness) -> None:
        self._box = box
        self._exchange = exchange
        self._witness = witness
        self._size = _FIRST_RUN
        self._heads: dict[str, Head] = {}
        self._sent_to: dict[str, int] = {}
        self._sent = 0
        self._acknowledged = 0
        self._received = 0
        self._moved = 0
        self._clock_offset: int | None = None

    def go(self, cursor: str | None) -> SyncReport:
        reason: Reason | None = None
        retry_after: float | None = None
        try:
            self._all_origins()
            self._bring_back()
            if self._revoked:
                reason = Reason.REVOKED
                self._files()
                self._box.take_cards(Cards(revoked=True), None)
            else:
                self._cards(cursor)
                self._feed()
                self._files()
        except RoadClosed as closed:
            reason, retry_after = closed.reason, closed.retry_after
        except NotAllowed as refused:
            reason = Reason.REVOKED if refused.code == "revoked" else Reason.REFUSED
        return self._report(reason, retry_after)

    @property
    def _revoked(self) -> bool:
        return any(head.device_state == "revoked" for head in self._heads.values())

    def _report(self, reason: Reason | None, retry_after: float | None) -> SyncReport:
        marks, files = self._box.origins(), len(self._box.files())
        waiting = sum(mark.head - mark.acknowledged for mark in marks)
        return SyncReport(
            sent=self._sent,
            acknowledged=self._acknowledged,
            waiting=waiting,
            held=sum(head.held for head in self._heads.values()),
            received=self._received,
            conflicts=sum(head.conflicts for head in self._heads.values()),
            files_waiting=files,
            agree=waiting == 0 and not files and all(self._agrees(mark) for mark in marks),
            reason=reason,
            retry_after=retry_after,
            clock_offset_s=self._clock_offset,
            moved=self._moved,
            restored=self._witness.lost,
        )

    def _files(self) -> None:
        FileSending(self._box, self._exchange).go()

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
        while True:
            target = f"/v1/head/{origin}{self._witness.question()}"
            try:
                reply = self._exchange.ask("GET", target)
                if reply.code == "unknown_origin":
                    self._exchange.announce(origin)
                    reply = self._exchange.ask("GET", target)
                return self._settle(origin, reply)
            except NotKnown as closed:
                if self._witness.shown:
                    raise
                self._exchange.bear(closed)
                self._witness.show()
            except RoadClosed as closed:
                self._exchange.bear(closed)

    def _bring_back(self) -> None:
        """The centre's own facts of former epochs, should it be in a new one."""
        said = [head.epoch for head in self._heads.values()]
        while epoch := self._witness.epoch or (said[-1] if said else None):
            try:
                self._witness.bring_back(epoch)
            except RoadClosed as closed:
                self._exchange.bear(closed)
            else:
                return

    def _send(self, run: Run, previous: str) -> tuple[int, str] | None:
        """Send one run; where the centre is then. After any failure that is asked before anything is sent."""
        new = run.last - max(self._sent_to.get(run.origin, 0), run.first - 1)
        self._sent_to[run.origin] = max(self._sent_to.get(run.origin, 0), run.last)
        self._sent += max(0, new)
        try:
            reply = self._post(run, previous)
            self._size = min(protocol.LARGEST_RUN, self._size * 2)
            if reply.code == "gap":  # the centre lost something between our question and our run
                self._exchange.bear(RoadClosed(Reason.SERVER_ERROR, again=True))
            return self._settle(run.origin, reply)
        except RoadClosed as closed:
            if closed.smaller:
                self._size = max(protocol.SMALLEST_RUN, self._size // 2)
            self._exchange.bear(closed)
            return self._ask_head(run.origin)

    def _post(self, run: Run, previous: str) -> Reply:
        body = protocol.write_run(
            origin=run.origin,
            first=run.first,
            last=run.last,
            last_hash=run.last_hash,
            previous=previous,
            lines=run.lines,
        )
        headers = {"Content-Type": protocol.RUN_TYPE, "Content-Encoding": "gzip"}
        return self._exchange.ask("POST", f"/v1/runs/{run.origin}", protocol.squeeze(body), headers)

    # -- What the centre says ----------------------------------------------------------------------------

    def _settle(self, origin: str, reply: Reply) -> tuple[int, str] | None:
        """Act on a head: move the mark forward, back, or give the journal up."""
        try:
            head = Head.read(reply.document)
        except Unreadable as error:
            raise RoadClosed(Reason.SERVER_ERROR) from error
        if head.origin != origin:
            raise RoadClosed(Reason.SERVER_ERROR)
        self._witness.look(head)
        self._heads[origin] = head
        self._note_clock(head)
        answer = Answer(
            origin, head.seq, head.hash, head.epoch, head.time, head.held, reply.body, reply.signature
        )
        mark = self._whole(mark_of(self._box, origin), head)
        if head.code == "fork" or self._apart(mark, answer):
            self._witness.show_once()
            self._moved += part(self._box, self._exchange, mark, head, self._post)
            mark = self._whole(mark_of(self._box, origin), head)
            if self._apart(mark, answer):
                return None  # the centre does not say what it has: nothing more is written to this journal
        if head.seq < mark.acknowledged:
            self._box.restored(origin, answer)
        elif head.seq:
            self._box.acknowledged(answer)
            self._acknowledged += head.seq - mark.acknowledged
            if head.seq > mark.acknowledged:
                self._exchange.gained()
        return head.seq, head.hash if head.seq else GENESIS

    def _whole(self, mark: OriginMark, head: Head) -> OriginMark:
        """Take back what the centre has behind this journal's head; where the journal is then."""
        mark, came = take_back(self._box, self._exchange, mark, head)
        self._received += came
        return mark

    def _apart(self, mark: OriginMark, answer: Answer) -> bool:
        """Whether this journal does not hold what the centre's head stands for."""
        if answer.seq > mark.head:
            return True
        return answer.seq > 0 and self._box.previous_hash(answer.origin, answer.seq) != answer.hash

    def _note_clock(self, head: Head) -> None:
        try:
            there = datetime.fromisoformat(head.time)
        except ValueError:
            return
        if there.tzinfo is not None:
            self._clock_offset = round((self._exchange.clock() - there).total_seconds())

    # -- Cards -------------------------------------------------------------------------------------------

    def _cards(self, cursor: str | None) -> None:
        target = "/v1/cards" if cursor is None else f"/v1/cards?seen={cursor}"
        while True:
            try:
                reply, _ = self._exchange.fetch(target)
                trouble = judged(reply)
                if trouble is not None:
                    raise trouble
                if reply.document.get("unchanged") is True:
                    return
                cards, name = read_cards(reply.document)
            except Unreadable as error:
                raise RoadClosed(Reason.SERVER_ERROR) from error
            except RoadClosed as closed:
                self._exchange.bear(closed)
            else:
                self._box.take_cards(cards, name)
                return

    # -- The feed ----------------------------------------------------------------------------------------

    def _feed(self) -> None:
        """Take page after page, each kept with its cursor before the next is asked for."""
        more = True
        while more:
            cursor = self._box.feed_cursor()
            target = self._feed_target(cursor)
            try:
                reply, body = self._exchange.fetch(target)
                if reply.status == 404:
                    return  # a centre of before has no feed
                trouble = judged(reply)
                if trouble is not None:
                    raise trouble
                page = protocol.read_page(body)
            except Unreadable as error:
                raise RoadClosed(Reason.SERVER_ERROR) from error
            except RoadClosed as closed:
                self._exchange.bear(closed)
                continue
            if page.more and page.cursor == cursor:
                raise RoadClosed(Reason.SERVER_ERROR)  # it would give the same page for ever
            if page.cursor != cursor:
                self._received += self._box.take_page(page.facts, page.cursor, page.proofs)
                self._exchange.gained()
            more = page.more

    def _feed_target(self, cursor: str | None) -> str:
        """Where the next page is. A folder that was copied or restored says which journals it has itself."""
        mine = [mark.origin for mark in self._box.origins()]
        asked = [] if cursor is None else [f"after={quote(cursor, safe='')}"]
        if 1 < len(mine) <= _MOST_NAMED:
            asked.append(f"mine={','.join(mine)}")
        return "/v1/feed?" + "&".join(asked) if asked else "/v1/feed"
