"""What happens on one morning, and when: citizens come, and everything goes wrong; then the world heals."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mobile_reception.dossier.fold import RECEIVED
from simulator.book import Book, Told
from simulator.centre import CentreHost
from simulator.disk import Blow
from simulator.judge import judge, outboxes, whole_but_for
from simulator.laptop import POISONS, LaptopHost, Machine
from simulator.scan import scanned
from simulator.stick import Sticks
from simulator.wire import Wire
from simulator.world import World

MORNING = 900.0
"""Seconds in which things go wrong."""
ON_THE_WAY = 60.0
"""Seconds after which nothing late is still in the network: the last fault."""
HEALING = 60.0
"""Seconds in which every outbox has to be empty, once the last fault is over."""

HOLIDAYS = 5 * 86400.0
"""Seconds after which every laptop looks after its files, however its clock jumped meanwhile."""

COPIES = frozenset({"laptop cloned", "laptop restored", "laptop restored unseen", "centre restored"})
"""Faults that put older bytes in the place of newer ones, or the same bytes in two places."""

BUILT = COPIES
"""Those of `COPIES` that every seed plays."""

FIELDS = ("submitter.phone", "note", "copies", "relation")


class Morning:
    """One seed in progress."""

    def __init__(
        self, world: World, folder: Path, source: Path, machines: Sequence[Machine], copies: frozenset[str]
    ) -> None:
        self.world = world
        self.folder = folder
        self.copies = copies
        self.book = Book(world)
        shutil.copy(source / "centre.db", folder / "centre.db")
        scarce = world.chance.random() < 0.25
        if scarce:
            world.fault("numbers run out")
            _scarce(folder / "centre.db")
        self.day_before = (folder / "centre.db").read_bytes()
        self.centre = CentreHost(world, folder)
        self.centre.boot()
        self.wire = Wire(world, self.centre)
        self.laptops: list[LaptopHost] = []
        self.sticks = Sticks(world, self.centre, self.laptops, folder / "usb")
        self.shelves_lost = False
        count = min(world.chance.choice((2, 2, 2, 3, 3, 4, 5, 8)), len(machines))
        for machine in machines[:count]:
            place = folder / machine.folder.name
            shutil.copytree(machine.folder, place)
            laptop = LaptopHost(world, self.wire, self.book, replace(machine, folder=place))
            laptop.boot(own=True)
            if scarce:
                laptop.scarce()
            self.laptops.append(laptop)

    # -- The whole of it ---------------------------------------------------------------------------------

    def play(self) -> None:
        """From the first citizen to the verdict."""
        world = self.world
        self._plan()
        world.faulty = True
        world.wait(MORNING)
        world.faulty = False
        world.note("no more faults")
        world.wait(ON_THE_WAY)
        self._heal()
        world.wait(HEALING)
        outboxes(world, self.laptops)
        if self.shelves_lost:
            self._after_the_holidays()
        self._meet_again()
        gone = judge(world, self.book, self.centre, self.laptops)
        before = self.centre.everything()
        world.counts["runs repeated"] += self.wire.repeat()
        world.counts["sticks read once more"] += self.sticks.repeat()
        self.centre.fold_all()
        same = self.centre.everything() == before
        if self.book.both_put_back:  # what both had forgotten may come back with them, for a person to see
            world.counts["mornings on which a laptop and the centre were put back"] += 1
            whole_but_for(world, self.centre, gone)
        else:
            world.demand(same, "old runs that came again changed the centre")

    def _heal(self) -> None:
        """The road is good, every machine runs, disks have room; the network says that it is back."""
        self.world.note("healed")
        self.centre.disk.full = False
        self.centre.disk.blow = None
        if not self.centre.up:
            self.centre.boot()
        self.centre.confirm()
        for laptop in self.laptops:
            laptop.disk.full = False
            laptop.disk.blow = None
            laptop.away = False
            laptop.start()
            laptop.work()
            laptop.sync_in(self.world.chance.uniform(0, 3), asked=True)

    def _after_the_holidays(self) -> None:
        """Days later, whatever their clocks say: laptops ask about files that they have long handed over."""
        self.world.now += HOLIDAYS
        for laptop in self.laptops:
            laptop.sync_in(0, asked=True)
        self.world.wait(HEALING)

    def _meet_again(self) -> None:
        """Cards that the last of them brought about reach the others with their next sync."""
        self.centre.fold_all()
        for laptop in self.laptops:
            laptop.sync_in(0, asked=True)
            self.world.wait(10)

    # -- What happens, and when --------------------------------------------------------------------------

    def _plan(self) -> None:
        chance = self.world.chance
        self.wire.rate = chance.choice((0.0, 0.1, 0.25, 0.4, 0.6))
        for laptop in self.laptops:
            for _ in range(chance.randrange(5, 16)):
                self._at(lambda laptop=laptop: self._officer(laptop))
            laptop.sync_in(chance.uniform(1, 120))
            self._several(0, 2, lambda laptop=laptop: self._kill(laptop))
            self._several(0, 1, lambda laptop=laptop: self._full(laptop))
            self._several(0, 1, lambda laptop=laptop: self._clock(laptop))
            self._several(0, 2, lambda laptop=laptop: self._away(laptop))
            self._several(0, 1, lambda laptop=laptop: self.sticks.write(laptop, self._left()))
        self._several(0, 3, self._kill_centre)
        self._several(0, 1, self._full_centre)
        if chance.random() < 0.15:
            self._at(self._clock_at_centre)
        self._several(0, 6, self._two_amend)
        self._several(0, 3, self._close_conflict)
        if chance.random() < 0.15:
            self._at(lambda: self._revoke(chance.choice(self.laptops)))
        self._copies()

    def _at(self, what: Callable[[], None]) -> None:
        self.world.after(self.world.chance.uniform(0, MORNING - self.world.now), what)

    def _left(self) -> float:
        """Seconds until nothing is on the way any more."""
        return MORNING + ON_THE_WAY - self.world.now

    def _several(self, least: int, most: int, what: Callable[[], None]) -> None:
        for _ in range(self.world.chance.randint(least, most)):
            self._at(what)

    def _officer(self, laptop: LaptopHost) -> None:
        chance = self.world.chance
        mine = [told for told in self.book.receptions() if told.laptop == laptop.name]
        kinds = {"receive": 6, "amend": 2, "collect": 2, "scan": 2, "withdraw": 1, "poison": 1, "close": 1}
        (kind,) = chance.choices(list(kinds), list(kinds.values()))
        if kind == "receive" or not mine:
            laptop.wants(RECEIVED)
        elif kind == "amend":
            told, field = chance.choice(mine), chance.choice(FIELDS)
            laptop.amends(told, field, self._latest(told, field, laptop))
        elif kind == "collect":
            laptop.collects(chance.choice(mine), chance.choice((2000, 8000, 12000, 50000)))
        elif kind == "scan":
            self._scan(chance.choice(mine), laptop)
        elif kind == "withdraw":
            laptop.withdraws(chance.choice(mine))
        elif kind == "close":
            laptop.closes()
        else:
            laptop.wants(chance.choice(POISONS))

    def _scan(self, reception: Told, laptop: LaptopHost) -> None:
        """A paper is scanned into a dossier; one in five into another one as well, here or elsewhere."""
        chance = self.world.chance
        scan = scanned(self.world, self.folder / "scanner")
        laptop.scans(reception, scan)
        if chance.random() < 0.2:
            other = chance.choice(self.laptops)
            theirs = [told for told in self.book.receptions() if told.laptop == other.name]
            if theirs:
                other.scans(chance.choice(theirs), scan)

    def _latest(self, reception: Told, field: str, laptop: LaptopHost) -> str:
        """The act whose value the officer of this laptop sees in a field: the last one written there."""
        seen = reception.fact
        for told in self.book.acts.values():
            if (told.subject, told.field, told.laptop) == (reception.subject, field, laptop.name):
                seen = told.fact
        return seen

    def _two_amend(self) -> None:
        """Two officers with one paper in hand write into one field of one dossier, unseen by each other."""
        received = self.book.receptions()
        if received and len(self.laptops) > 1:
            told, field = self.world.chance.choice(received), self.world.chance.choice(FIELDS)
            self.world.fault("two amend one field")
            for laptop in self.world.chance.sample(self.laptops, 2):
                laptop.amends(told, field, told.fact)

    def _close_conflict(self) -> None:
        if self.centre.up:
            self.centre.close_a_conflict()

    def _blow(self) -> Blow:
        chance = self.world.chance
        how = chance.choice(("before", "after", "torn"))
        return Blow(chance.randint(1, 40 if how == "before" else 6), how, power=chance.random() < 0.4)

    def _kill(self, laptop: LaptopHost) -> None:
        laptop.disk.blow = self._blow()

    def _kill_centre(self) -> None:
        self.centre.disk.blow = self._blow()

    def _full(self, laptop: LaptopHost) -> None:
        self.world.fault("laptop: disk full", laptop.name)
        laptop.disk.full = True
        self.world.after(self.world.chance.uniform(5, 90), lambda: setattr(laptop.disk, "full", False))

    def _full_centre(self) -> None:
        self.world.fault("centre: disk full")
        self.centre.disk.full = True
        self.world.after(self.world.chance.uniform(5, 90), lambda: setattr(self.centre.disk, "full", False))

    def _clock(self, laptop: LaptopHost) -> None:
        days = self.world.chance.choice((-365, -3, -0.02, 0.02, 1, 365))
        self.world.fault("laptop: clock jumps", laptop.name, days)
        laptop.offset = timedelta() if laptop.offset else timedelta(days=days)

    def _revoke(self, laptop: LaptopHost) -> None:
        """The centre no longer trusts a laptop; what it has yet to send is taken in, and held."""
        if self.centre.up:
            self.world.fault("laptop revoked", laptop.name)
            if not self.centre.knows(laptop.machine.device):
                return  # put back to a day before it joined: nobody to revoke until it has shown itself
            for each in self.laptops:  # a clone is the same laptop to the centre
                each.revoked = each.revoked or each.machine.device == laptop.machine.device
            self.centre.revoke(laptop.machine.device)

    def _clock_at_centre(self) -> None:
        days = self.world.chance.choice((-365, -1, 0.01, 1, 365))
        self.world.fault("centre: clock jumps", days)
        self.centre.offset = timedelta(days=days)

    def _away(self, laptop: LaptopHost) -> None:
        self.world.fault("road: out of reach", laptop.name)
        laptop.away = True

        def back() -> None:
            laptop.away = False
            laptop.sync_in(self.world.chance.uniform(0, 5), asked=True)

        self.world.after(self.world.chance.uniform(30, 300), back)

    # -- Copies ------------------------------------------------------------------------------------------

    def _copies(self) -> None:
        """Each of the copying faults that are switched on, on one machine, in one morning of three."""
        chance = self.world.chance
        drawn = {kind for kind in sorted(self.copies) if chance.random() < 1 / 3}
        for kind in sorted(self.copies):
            if kind in drawn:
                laptop = chance.choice(self.laptops)
                first, second = sorted(chance.uniform(60, MORNING) for _ in range(2))
                if kind == "laptop cloned":
                    self.world.after(first, lambda laptop=laptop: self._clone(laptop))
                elif kind == "centre restored":
                    self.world.after(first, lambda second=second - first: self._restore_centre(second))
                else:
                    self.world.after(first, lambda a=laptop, b=second - first, c=kind: self._restore(a, b, c))

    def _clone(self, laptop: LaptopHost) -> None:
        """The folder is copied to a second machine, and both are used from now on."""
        self.world.fault("laptop cloned", laptop.name)
        place = self.folder / f"{laptop.machine.folder.name}-clone"
        laptop.shut()
        shutil.copytree(laptop.machine.folder, place)
        twin = replace(laptop.machine, name=f"{laptop.name} (bản sao)", folder=place)
        clone = LaptopHost(self.world, self.wire, self.book, twin)
        clone.revoked = laptop.revoked
        self.laptops.append(clone)
        for each in (laptop, clone):
            each.start()
        for _ in range(self.world.chance.randrange(2, 8)):
            self._at(lambda: self._officer(clone))

    def _restore(self, laptop: LaptopHost, later: float, kind: str) -> None:
        """The folder is backed up now and put back ``later``; what came between is on no disk any more."""
        backup = self.folder / f"{laptop.machine.folder.name}-backup"
        if laptop.desk is None or backup.exists():
            return
        laptop.shut()
        shutil.copytree(laptop.machine.folder, backup)
        laptop.start()
        self.world.after(
            later, lambda: self._put_back(laptop, backup, unseen=kind == "laptop restored unseen")
        )

    def _put_back(self, laptop: LaptopHost, backup: Path, *, unseen: bool) -> None:
        self.world.fault("laptop restored" + (" unseen" if unseen else ""), laptop.name)
        laptop.shut()
        laptop.put_back(backup, unseen=unseen)
        laptop.start(look=False)
        laptop.forget(self.centre.acts())
        self.book.both_put_back |= self.centre.restored > 0

    def _restore_centre(self, later: float) -> None:
        """The centre is backed up now and put back ``later``; laptops have what came between.

        Or to a backup of the day before, when one of its laptops had not joined it yet.
        """
        chance = self.world.chance
        files = self.centre.disk.files()
        shelves = self.folder / "shelves"
        if self.centre.files.exists():
            shutil.copytree(self.centre.files, shelves)
        what = chance.choice(("kept", "kept", "put back", "lost"))
        joined = self.laptops[chance.randrange(len(self.laptops))] if chance.random() < 0.3 else None
        sooner = chance.uniform(20, 200)

        def put_back() -> None:
            self.world.fault("centre restored" + (" to a day before a laptop joined" if joined else ""))
            self.world.fault(f"centre's files {what}")
            self.shelves_lost = what != "kept"
            if joined is not None:
                older = _without(self.day_before, self.folder, joined.machine.device)
                self.centre.put_back(older, kept=what == "kept")
            else:
                self.centre.put_back(files, shelves if what == "put back" else None, kept=what == "kept")
            here = self.centre.acts()
            for laptop in self.laptops:
                laptop.centre_forgot(here)
                self.book.both_put_back |= laptop.put_back_once
            self.world.after(sooner, lambda: self.centre.up and self.centre.confirm())

        self.world.after(later, put_back)


def _without(centre: bytes, folder: Path, device: str) -> dict[Path, bytes]:
    """A centre's file of before this laptop joined it."""
    file = folder / "before.db"
    file.write_bytes(centre)
    db = sqlite3.connect(file)
    with db:
        for table in ("number_range", "fact", "held"):
            db.execute(
                f"DELETE FROM {table} WHERE origin IN (SELECT origin FROM origin WHERE device=?)", (device,)
            )
        db.execute(
            "DELETE FROM officer WHERE login IN (SELECT login FROM officer_key WHERE device=?)", (device,)
        )
        for table in ("origin", "officer_key", "feed", "device"):
            column = "audience" if table == "feed" else "device"
            db.execute(f"DELETE FROM {table} WHERE {column}=?", (device,))
        db.execute("UPDATE enrol_code SET device=NULL WHERE device=?", (device,))
    db.close()
    content = file.read_bytes()
    file.unlink()
    return {folder / "centre.db": content}


def _scarce(centre: Path) -> None:
    """Every laptop's range of numbers is three serials long."""
    db = sqlite3.connect(centre)
    with db:
        db.execute("UPDATE number_range SET last = first + 2")
    db.close()
