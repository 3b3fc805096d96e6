"""A laptop and its officer: the product's desk in a process that may die, in hands that do not forget."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from laptops import line
from mobile_reception.desk import Officer, Received
from mobile_reception.desk import bundles as desk_bundles
from mobile_reception.desk.failures import Failure, NotFound, spoken
from mobile_reception.desk.table import Desk
from mobile_reception.desk.values import Duplicate
from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.attachment import FILE_ATTACHED
from mobile_reception.dossier.facts import Act, Fact
from mobile_reception.dossier.fold import AMENDED, FEE_COLLECTED, RECEIVED
from mobile_reception.store import files, keys, reading
from mobile_reception.store.file import DATABASE, place_of
from mobile_reception.store.journal import Writing, insert_fact
from mobile_reception.store.opening import open_store
from mobile_reception.store.outbox import Outbox
from mobile_reception.sync import protocol
from mobile_reception.words import VIETNAM
from simulator.book import Book, Told
from simulator.disk import Disk, Killed
from simulator.wire import Wire
from simulator.world import World

WITHDRAWN = "dossier.withdrawn"
HAMLET = "Ấp Thường Thới"


@dataclass(frozen=True, slots=True)
class Machine:
    """What a laptop is made from: its folder, its data key, whose it is, and what the centre calls it."""

    name: str
    folder: Path
    opened: keys.Opened
    login: str
    device: str


@dataclass(slots=True)
class Deed:
    """What an officer wants done, until it is done. ``ref`` and ``fact`` tell if it was."""

    kind: str
    ref: str
    fact: str = ""
    told: Told | None = None
    doubtful: bool = False
    scan: Path | None = None


class LaptopHost:
    """One laptop. ``desk`` is None while its process is down."""

    def __init__(self, world: World, wire: Wire, book: Book, machine: Machine) -> None:
        self.world = world
        self.wire = wire
        self.book = book
        self.machine = machine
        self.name = machine.name
        self.disk = Disk(world, machine.name, machine.folder, DATABASE)
        self.offset = timedelta()
        self.desk: Desk | None = None
        self.away = False  # beyond the reach of any network
        self.retired = False
        self.revoked = False
        self.put_back_once = False
        self.agreed = False
        self.todo: list[Deed] = []
        self.forgotten: set[str] = set()  # acts of this laptop that an older copy of its folder does not know
        self._refs = itertools.count(1)
        self._syncing = False
        self._plan = 0

    def clock(self) -> datetime:
        """What this laptop takes for the time."""
        return (self.world.moment + self.offset).astimezone(VIETNAM)

    # -- The process -------------------------------------------------------------------------------------

    def boot(self, *, own: bool = False, look: bool = True) -> None:
        """Start the process and look through what was promised.

        ``own`` makes a copied folder this machine's own; without ``look`` nothing is looked through.
        """
        folder = self.machine.folder
        slots = keys.read(folder)
        try:
            store = open_store(folder, self.machine.opened, slots)
            if own:
                store.keep(place=place_of(folder))
                store.notice = None
            self.desk = Desk(store, Officer(self.machine.login, self.machine.login, "officer"), self.clock)
            if look:
                self._look_back()
        except Killed:
            self.crash()
            return
        self.world.note(self.name, "is up", store.notice or "")

    def _look_back(self) -> None:
        """Every promise of this folder is in it, and every mark has its proof."""
        known = self.known()
        for fact, told in self.book.acts.items():
            if told.laptop == self.name and fact not in self.forgotten:
                self.world.demand(fact in known, self.name, "lost", told.kind, told.code or fact)
        self.check_marks()

    def guarded(self, work: Callable[[], None]) -> None:
        """Do something in this process; it may die of it."""
        if self.desk is None or self.retired:
            return
        try:
            work()
        except Killed:
            self.crash()

    def crash(self) -> None:
        """The process died; the officer starts it again."""
        power = self.disk.blow is not None and self.disk.blow.power
        self.world.fault("laptop: killed" + (" with its power" if power else ""), self.name)
        self.disk.crash()
        head = self.machine.folder / "journal.head"  # not synced: power may leave it torn
        if power and head.exists() and self.world.chance.random() < 0.5:
            head.write_bytes(head.read_bytes()[: self.world.chance.randrange(40)])
        self._down()
        self.world.after(self.world.chance.uniform(1, 30), self.start)

    def shut(self) -> None:
        """End the process in order."""
        self.disk.shut()
        self._down()

    def _down(self) -> None:
        self.desk = None
        self._syncing = False
        for deed in self.todo[:1]:
            deed.doubtful = True

    def start(self, *, look: bool = True) -> None:
        """Start again after a death, unless somebody did."""
        if self.desk is None and not self.retired:
            self.boot(look=look)
            self.sync_in(self.world.chance.uniform(1, 5))
            self.work()  # what was in hand when it died is looked up before anything else

    # -- The officer -------------------------------------------------------------------------------------

    def wants(self, kind: str, told: Told | None = None) -> None:
        """The officer has something to do; it is tried at once and again until it is done."""
        self.todo.append(Deed(kind, f"{self.name}-{next(self._refs)}", journal.uuid7(self.clock()), told))
        self.work()

    def work(self) -> None:
        """Do what there is to do, as far as it goes now."""
        self.guarded(self._work)

    def _work(self) -> None:
        while self.todo:
            deed = self.todo[0]
            try:
                done = self._done(deed)
            except Failure as failure:
                self.world.note(self.name, "cannot", deed.kind, type(failure).__name__)
                self.world.counts[f"refused: {type(failure).__name__}"] += 1
                self.world.after(7, self.work)
                return
            if done is not None:
                self.book.tell(done)
            self.todo.remove(deed)

    def _done(self, deed: Deed) -> Told | None:
        """Do it; what is told of it, if it came to be."""
        if deed.kind == RECEIVED:
            return self._receive(deed)
        return self._attach(deed, deed.scan) if deed.scan is not None else self._write(deed)

    def _receive(self, deed: Deed) -> Told | None:
        desk = self._desk
        opened = desk.current_session()
        if opened is not None and opened.day != desk._bench.today():
            desk.close_session()
            opened = None
        if opened is None:
            desk.open_session(HAMLET)
        answer = desk.receive(line(deed.ref, name=f"Nguyễn Thị Ước {deed.ref}", copies=len(deed.ref))).value
        if isinstance(answer, Received):
            fee = answer.fee
        elif isinstance(answer, Duplicate):
            self.world.demand(deed.doubtful, self.name, deed.ref, "was never tried and is there")
            fee = desk.dossier(answer.of).state.fee
        else:
            self.world.note(self.name, "refused", [problem.field for problem in answer.problems])
            return None
        code = answer.code if isinstance(answer, Received) else answer.of
        state = desk.dossier(code).state
        fact = next(event.fact for event in state.history if event.kind == RECEIVED)
        return Told(fact, state.subject, RECEIVED, self.name, code=code, fee=fee)

    def _attach(self, deed: Deed, scan: Path) -> Told | None:
        """A paper goes from the scanner into its dossier."""
        assert deed.told is not None
        subject = deed.told.subject
        try:
            sha256 = self._desk.attach(subject, scan).value.sha256
        except NotFound:  # an older copy of the folder does not know the dossier
            return None
        (fact,) = [
            fact.id
            for fact in self.facts(subject)
            if fact.kind == FILE_ATTACHED and fact.body["sha256"] == sha256
        ]
        known = self.book.acts.get(fact)  # the same paper once more is said to be there
        return known or replace(deed.told, fact=fact, laptop=self.name, value=sha256)

    def _write(self, deed: Deed) -> Told | None:
        """An act of which the desk has no form yet, in one transaction of the store as any other."""
        store, now = self._desk._bench.store, self.clock()
        told = replace(deed.told, fact=deed.fact, laptop=self.name) if deed.told else None
        if told is None:
            self.book.poison[deed.fact] = deed.kind
        if deed.doubtful and deed.fact in self.known():
            return told
        with spoken(), store.act(self.machine.login, now) as making:
            if told is None:
                poison(making, deed.kind, deed.fact, now)
                self.world.fault(f"poison: {deed.kind}")
            else:
                base = {told.field: told.base} if told.base else None
                making.append(Act(told.subject, told.kind, _payload(told), base, told.fact))
        return told

    def scans(self, reception: Told, scan: Path) -> None:
        """The officer scans a paper into a dossier."""
        told = Told("", reception.subject, FILE_ATTACHED, "")
        self.todo.append(Deed(FILE_ATTACHED, scan.name, told=told, scan=scan))
        self.work()

    def amends(self, reception: Told, field: str, base: str) -> None:
        """The officer changes a field of a dossier from what ``base`` wrote there."""
        value = f"{self.name} {next(self._refs)}" + "ễ" * self.world.chance.choice((0, 0, 0, 6000))
        about = Told("", reception.subject, AMENDED, "", field=field, value=value, base=base)
        self.wants(AMENDED, about)

    def collects(self, reception: Told, amount: int) -> None:
        """Money is taken."""
        self.wants(FEE_COLLECTED, Told("", reception.subject, FEE_COLLECTED, "", fee=amount))

    def closes(self) -> None:
        """The officer closes this laptop's part of the session; the next citizen opens it again."""

        def close() -> None:
            try:
                if self._desk.current_session() is not None:
                    self._desk.close_session(self.world.chance.randrange(500) * 1000)
            except Failure as failure:
                self.world.note(self.name, "cannot close", type(failure).__name__)

        self.guarded(close)

    def withdraws(self, reception: Told) -> None:
        """The citizen asks for the papers back."""
        self.wants(WITHDRAWN, Told("", reception.subject, WITHDRAWN, ""))

    # -- The road ----------------------------------------------------------------------------------------

    def sync_in(self, seconds: float, *, asked: bool = False) -> None:
        """Sync then, instead of whenever it was planned before."""
        self._plan += 1
        plan = self._plan
        self.world.after(seconds, lambda: self._sync_if(plan, asked=asked))

    def _sync_if(self, plan: int, *, asked: bool) -> None:
        if plan == self._plan and not self._syncing:
            if self.world.depth > 5:
                self.sync_in(1, asked=asked)
            else:
                self.guarded(lambda: self._sync(asked=asked))

    def _sync(self, *, asked: bool) -> None:
        desk, life = self._desk, self.disk.life

        def alive() -> None:
            if life.dead:
                raise Killed(self.name)

        before = self.wire.alive, self.wire.cut_off, self.wire.settled
        self.wire.alive, self.wire.cut_off = alive, lambda: self.away
        self.wire.settled = self.files_arrived
        self._syncing = True
        self.agreed = False
        try:
            report = desk.sync().value
        except Failure as failure:  # the disk is full: nothing was marked
            self.world.note(self.name, "sync:", type(failure).__name__)
            alive()
            self.sync_in(10)
            self._syncing = False
            return
        finally:
            self.wire.alive, self.wire.cut_off, self.wire.settled = before
        alive()
        self._syncing = False
        self.agreed = report.agree
        self.world.counts["syncs"] += 1
        self.world.counts["acts moved to a new journal"] += report.moved
        self.world.counts["centre told that it was restored"] += report.restored
        reason = report.reason.value if report.reason else "-"
        self.world.note(self.name, "sync:", report.sent, report.waiting, report.held, report.agree, reason)
        self.check_marks()
        self.sync_in(desk.next_try_after(report, asked=asked))

    def check_marks(self) -> None:
        """A mark is never beyond what the centre signed for, nor beyond what it has."""
        heads = self.wire.centre.heads() if self.wire.centre.up else {}
        with self.store.reading() as db:
            rows = db.run("SELECT origin, acknowledged, answer, signature FROM origin WHERE mine").all()
        enrolment = Outbox(self.store).enrolment()
        for origin, mark, answer, signature in rows:
            if not mark or enrolment is None:
                continue
            try:
                proof = protocol.check_proof(answer, signature, enrolment.centre_key)
            except protocol.Unreadable:
                self.world.demand(False, self.name, "has a mark at", mark, "without a proof")
            self.world.demand(proof.seq >= mark, self.name, "marked", mark, "on a proof of", proof.seq)
            if heads and not self.wire.centre.restored:
                there = heads.get(origin, 0)
                self.world.demand(there >= mark, self.name, "marked", mark, "and the centre has", there)

    # -- What is here ------------------------------------------------------------------------------------

    @property
    def _desk(self) -> Desk:
        if self.desk is None:
            raise Killed(self.name)
        return self.desk

    @property
    def store(self) -> Any:
        """The open store."""
        return self._desk._bench.store

    def scarce(self) -> None:
        """This laptop knows that its range of numbers is three serials long."""
        with self.store.writing() as db:
            db.run("UPDATE number_range SET last = first + 2")

    def origins(self) -> set[str]:
        """This laptop's own journals."""
        return {mark.origin for mark in Outbox(self.store).origins()}

    def known(self) -> set[str]:
        """The ids of all facts in this folder."""
        with self.store.reading() as db:
            return set(db.run("SELECT json_extract(header, '$.id') FROM fact").scalars())

    @property
    def unit(self) -> str:
        """The unit that this laptop belongs to."""
        return str(self.store.meta("unit"))

    def files(self) -> dict[tuple[str, str], str]:
        """The files in this folder, by dossier and SHA-256."""
        with self.store.reading() as db:
            rows = db.run("SELECT dossier, sha256 FROM file WHERE NOT withdrawn").all()
        return {(dossier, sha256): sha256 for dossier, sha256 in rows}

    def files_waiting(self) -> int:
        """How many files the centre is not known to have."""
        return len(files.waiting(self.store))

    def files_arrived(self) -> set[str]:
        """The files that the centre has said to have."""
        with self.store.reading() as db:
            return set(db.run("SELECT sha256 FROM file WHERE at_centre IS NOT NULL").scalars())

    def carries(self) -> int:
        """How many bundles of other laptops are in this folder."""
        return desk_bundles.waiting(self._desk._bench)

    def facts(self, subject: str | None = None) -> list[Fact]:
        """All facts in this folder, or those about one subject."""
        with self.store.reading() as db:
            subjects = db.run("SELECT DISTINCT subject FROM fact ORDER BY subject").scalars()
        if subject is not None:
            subjects = [subject]
        return [fact for subject in subjects for fact in reading.facts(self.store, subject)]

    def put_back(self, backup: Path, *, unseen: bool) -> None:
        """Put an older copy of the folder in its place: ``unseen`` into the very same files."""
        folder = self.machine.folder
        self.put_back_once = True
        if not unseen:
            shutil.rmtree(folder)
            shutil.copytree(backup, folder)
            return
        for path in sorted(backup.iterdir()):
            if path.is_file():
                with (folder / path.name).open("r+b") as file:
                    file.write(path.read_bytes())
                    file.truncate()
        self.disk.log.unlink(missing_ok=True)

    def forget(self, at_centre: set[str]) -> None:
        """Acts of this laptop that its older copy does not know; those that are nowhere else may be lost."""
        if self.desk is not None:
            mine = {fact for fact, told in self.book.acts.items() if told.laptop == self.name}
            self.forgotten |= mine - self.known()
            self.centre_forgot(at_centre)

    def centre_forgot(self, at_centre: set[str]) -> None:
        """Acts that this folder forgot, and that have not come back, may be lost if the centre lacks them."""
        known = self.known() if self.desk is not None else set()
        self.book.perhaps |= self.forgotten - known - at_centre


def _payload(told: Told) -> dict[str, Any]:
    if told.kind == AMENDED:
        return {"set": {told.field: told.value}, "reason": "sửa theo giấy tờ"}
    return {"amount": told.fee} if told.kind == FEE_COLLECTED else {"reason": "đổi ý"}


# -- Poison ----------------------------------------------------------------------------------------------

POISONS = ("unknown kind", "newer schema", "torn JSON", "not a number", "twice the key", "too large")


def poison(making: Writing, kind: str, fact: str, now: datetime) -> None:
    """Write a fact that the centre cannot take, as a newer or a broken program would."""
    subject = journal.uuid7(now)
    if kind == "unknown kind":
        making.append(Act(subject, "moon.landed", {"flag": 1}, id=fact))
        return
    if kind == "newer schema":
        making.append(Act(subject, RECEIVED, {"procedure": "2.000815", "reception": {}}, id=fact, schema=99))
        return
    payload = {
        "torn JSON": '{"amount":',
        "not a number": '{"amount":NaN}',
        "twice the key": '{"amount":1,"amount":2}',
        "too large": '{"note":"' + "x" * (journal.PAYLOAD_LIMIT + 100) + '"}',
    }[kind]
    head = making._head
    good = journal.write(
        Act(subject, FEE_COLLECTED, {}, id=fact),
        origin=head.origin,
        seq=head.seq + 1,
        stamp=journal.next_stamp(head.stamp, now),
        previous=head.hash,
        officer=making.officer,
        at=now,
    )
    payload_hash = journal.digest(payload)
    linked = journal.link(good.header, payload_hash, head.hash)
    bad = replace(good, payload=payload, payload_hash=payload_hash, hash=linked)
    insert_fact(making.db, bad)
    making._head = type(head)(head.origin, bad.seq, bad.hash, bad.stamp)
