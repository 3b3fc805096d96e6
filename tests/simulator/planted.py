"""Mistakes on purpose, one behaviour of the product changed by each. The judge has to find every one of them.

They are mistakes that systems of this kind were really shipped with. One that no seed finds says that the
simulator is too weak, not that the mistake is harmless.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from mobile_reception.centre import feed, intake
from mobile_reception.centre import files as centre_files
from mobile_reception.centre import ledger as centre_ledger
from mobile_reception.centre.database import writing
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.standing import standing_of
from mobile_reception.desk import bundles
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import dossier as dossier_fold
from mobile_reception.dossier.fold import session as session_fold
from mobile_reception.store import file as store_file
from mobile_reception.store.journal import NumbersOut, Writing
from mobile_reception.store.outbox import Outbox
from mobile_reception.store.values import Answer
from mobile_reception.sync import protocol
from mobile_reception.sync.client import files as client_files
from mobile_reception.sync.client import handover
from mobile_reception.sync.client import road as client_road
from mobile_reception.sync.protocol import Unreadable


@contextmanager
def acknowledge_before_commit() -> Iterator[None]:
    """The centre signs for a run and stores it with the next thing it does."""
    take, head, fold_some = Ledger.take, Ledger.head, Ledger.fold_some
    later: dict[int, list[Callable[[], object]]] = {}

    def settle(ledger: Ledger) -> None:
        waiting = later.pop(id(ledger), [])
        for work in waiting:
            work()

    def taken(self: Ledger, device: Any, run: Any, facts: Any, **named: Any) -> Any:
        settle(self)
        now = head(self, device, run.origin, now=named["now"])
        if run.first != now.seq + 1:
            return take(self, device, run, facts, **named)
        later[id(self)] = [lambda: take(self, device, run, facts, **named)]
        return replace(now, seq=run.head_seq, hash=run.head_hash)

    def asked(self: Ledger, *args: Any, **named: Any) -> Any:
        settle(self)
        return head(self, *args, **named)

    def folded(self: Ledger, *args: Any) -> int:
        settle(self)
        return fold_some(self, *args)

    with mock.patch.multiple(Ledger, take=taken, head=asked, fold_some=folded):
        yield


@contextmanager
def insert_whatever_comes() -> Iterator[None]:
    """A run that arrives again is written again."""
    take = Ledger.take

    def taken(self: Ledger, device: Any, run: Any, facts: Any, **named: Any) -> Any:
        before = self.head(device, run.origin, now=named["now"])
        answer = take(self, device, run, facts, **named)
        again = [fact for fact in facts if fact.seq <= before.seq]
        if again and answer.code == "ok":
            with writing(self._engine) as db:
                db.exec_driver_sql("DROP INDEX IF EXISTS fact_place")
                standing = standing_of(db, run.origin, device.device)
                centre_ledger._insert(db, run.origin, again, standing, named["now"])
        return answer

    with mock.patch.object(Ledger, "take", taken):
        yield


@contextmanager
def mark_before_the_answer() -> Iterator[None]:
    """The laptop marks a run as handed over when it sends it."""
    send = handover._Handover._send

    def sent(self: Any, run: Any, previous: str) -> Any:
        self._box.acknowledged(Answer(run.origin, run.last, run.last_hash, "", "", 0, b"", b""))
        return send(self, run, previous)

    with mock.patch.object(handover._Handover, "_send", sent):
        yield


@contextmanager
def synchronous_normal() -> Iterator[None]:
    """The laptop's file is not synced at each commit."""
    connect = store_file.connect

    def connected(*args: Any) -> Any:
        connection = connect(*args)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    with mock.patch.object(store_file, "connect", connected):
        yield


@contextmanager
def last_write_wins() -> Iterator[None]:
    """Of two values written beside each other one silently goes under."""
    state = dossier_fold._DossierFold.state

    def stated(self: Any, subject: str) -> Any:
        return replace(state(self, subject), conflicts={})

    with mock.patch.object(dossier_fold._DossierFold, "state", stated):
        yield


@contextmanager
def number_beside_the_act() -> Iterator[None]:
    """The next serial is kept in memory and written down now and then, not in the act's transaction."""
    first = "SELECT first FROM number_range WHERE origin=? AND NOT withdrawn"

    def serial(self: Writing, day: Any, _dossier: str) -> int:
        life = self.db._raw.life  # type: ignore[attr-defined]
        path = life.disk.folder / "counter"
        key = (self.origin, day.isoformat())
        if key not in life.counter:
            begun = self.db.run(first, (self.origin,)).scalar()
            if begun is None:
                raise NumbersOut(key[1])
            life.counter[key] = int(path.read_text()) if path.exists() else int(begun)
        number = life.counter[key]
        life.counter[key] += 1
        if number % 3 == 0:
            path.write_text(str(number + 1))
        return int(number)

    with mock.patch.object(Writing, "serial", serial):
        yield


class _Blind:
    """The protocol, believing every answer."""

    def __getattr__(self, name: str) -> Any:
        return getattr(protocol, name)

    @staticmethod
    def check_answer(*_args: Any, **_named: Any) -> bool:
        return True


@contextmanager
def answers_believed() -> Iterator[None]:
    """The laptop does not check the centre's signature."""
    with mock.patch.object(client_road, "protocol", _Blind()):
        yield


@contextmanager
def unknown_refused() -> Iterator[None]:
    """The centre refuses a run in which it does not understand a fact."""
    read = intake.read

    def strictly(run: Any) -> Any:
        facts = read(run)
        if any(fact.reason for fact in facts):
            raise Unreadable("a fact of a kind that nobody knows")
        return facts

    with mock.patch.object(intake, "read", strictly):
        yield


@contextmanager
def fold_as_it_comes() -> Iterator[None]:
    """Facts are folded in the order of their arrival."""

    def as_it_comes(facts: Any, _clocks: object) -> list[Fact]:
        return list({fact.id: fact for fact in facts}.values())

    with (
        mock.patch.object(dossier_fold, "ordered", as_it_comes),
        mock.patch.object(session_fold, "ordered", as_it_comes),
    ):
        yield


@contextmanager
def act_in_two_transactions() -> Iterator[None]:
    """The fact is committed first; head, tables and number follow in a transaction of their own."""
    append = Writing.append

    def appended(self: Writing, *args: Any, **named: Any) -> Fact:
        fact = append(self, *args, **named)
        self.db.run("COMMIT")
        self.db.run("BEGIN IMMEDIATE")
        return fact

    with mock.patch.object(Writing, "append", appended):
        yield


@contextmanager
def cursor_before_the_data() -> Iterator[None]:
    """The laptop notes how far it has read the feed, and then stores what it read."""
    take_page = Outbox.take_page

    def taken(self: Outbox, facts: Any, cursor: str, proofs: Any = None) -> int:
        self._store.keep(feed=cursor)
        return take_page(self, facts, cursor, proofs)

    with mock.patch.object(Outbox, "take_page", taken):
        yield


@contextmanager
def sequence_cursor() -> Iterator[None]:
    """Feed positions come from a plain sequence: every other transaction shows its own after later ones.

    All are seen before the world is judged: whoever folds everything that waits has waited for them.
    """
    move, fold_some = feed.move, Ledger.fold_some
    columns = "unit, audience, subject, position"
    moves = itertools.count()

    def show(db: Any, at_least: int) -> None:
        db.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS slow ({columns}, age)")
        db.exec_driver_sql("UPDATE slow SET age = age + 1")
        seen = f"SELECT {columns} FROM slow WHERE age >= {at_least}"
        db.exec_driver_sql(f"INSERT OR REPLACE INTO feed ({columns}) {seen}")
        db.exec_driver_sql(f"DELETE FROM slow WHERE age >= {at_least}")

    def moved(db: Any, unit: str, changed: Any) -> None:
        show(db, 2)
        before = db.exec_driver_sql("SELECT max(feed) FROM unit").scalar()
        move(db, unit, changed)
        if next(moves) % 2 == 0:
            late = f"FROM feed WHERE position > {before}"
            db.exec_driver_sql(f"INSERT INTO slow SELECT {columns}, 0 {late}")
            db.exec_driver_sql(f"DELETE {late}")

    def folded(self: Ledger, limit: int = 500) -> int:
        if limit == 500:
            with writing(self._engine) as db:
                show(db, 0)
        return fold_some(self, limit)

    with mock.patch.object(feed, "move", moved), mock.patch.object(Ledger, "fold_some", folded):
        yield


@contextmanager
def file_marked_when_sent() -> Iterator[None]:
    """The laptop marks a file as arrived once it has sent it, as far as the road went."""
    bring = client_files.FileSending._bring

    def brought(self: Any, file: Any, begun: Any) -> None:
        try:
            bring(self, file, begun)
        finally:
            self._box.files_arrived([file.sha256], "")

    with mock.patch.object(client_files.FileSending, "_bring", brought):
        yield


class _Whatever(str):
    """A hash that is every other one."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False


@contextmanager
def file_named_unread() -> Iterator[None]:
    """The centre gives a file its name once it is long enough, and never reads it."""
    with mock.patch.object(centre_files, "digest", return_value=_Whatever()):
        yield


@contextmanager
def marked_when_on_a_stick() -> Iterator[None]:
    """The laptop marks what it has copied to a stick as handed over."""
    write = bundles.write

    def written(bench: Any, *args: Any, **named: Any) -> Any:
        done = write(bench, *args, **named)
        box = Outbox(bench.store)
        for mark in box.origins():
            if mark.head > mark.acknowledged:
                box.acknowledged(Answer(mark.origin, mark.head, mark.head_hash, "", "", 0, b"", b""))
        return done

    with mock.patch.object(bundles, "write", written):
        yield


MISTAKES: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    mistake.__name__: mistake
    for mistake in (
        acknowledge_before_commit,
        insert_whatever_comes,
        mark_before_the_answer,
        synchronous_normal,
        last_write_wins,
        number_beside_the_act,
        answers_believed,
        unknown_refused,
        fold_as_it_comes,
        act_in_two_transactions,
        cursor_before_the_data,
        sequence_cursor,
        file_marked_when_sent,
        file_named_unread,
        marked_when_on_a_stick,
    )
}
