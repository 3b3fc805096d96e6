"""The store: one officer's act is one transaction of facts, tables, search, number and sidecar."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import Act, Fact
from mobile_reception.dossier.fold import ORIGIN_STARTED, Corrections
from mobile_reception.store import keys, search
from mobile_reception.store.durable import name_durably
from mobile_reception.store.errors import Busy, Damaged, StoreFailure
from mobile_reception.store.file import Sidecar, gate, place_of
from mobile_reception.store.rows import refresh
from mobile_reception.store.transaction import Connections, Transaction, transaction
from mobile_reception.words import VIETNAM

_FACT = (
    "INSERT INTO fact (origin, seq, subject, kind, header, payload, payload_hash, hash) "
    "VALUES (?,?,?,?,?,?,?,?)"
)
_NEXT_SERIAL = (
    "SELECT serial FROM (SELECT r.first, r.last, coalesce((SELECT max(n.serial) FROM number n WHERE "
    "n.origin=r.origin AND n.day=? AND n.serial BETWEEN r.first AND r.last) + 1, r.first) AS serial "
    "FROM number_range r WHERE r.origin=? AND NOT r.withdrawn) WHERE serial<=last ORDER BY first LIMIT 1"
)


class NumbersOut(StoreFailure):
    """The current origin has no serial left for this day; a provisional slip is the way on."""


@dataclass(slots=True)
class _Head:
    origin: str
    seq: int
    hash: str
    stamp: int


class Writing:
    """One act in the making. Nothing of it is there until the block of `Store.act` has ended well."""

    def __init__(self, db: Transaction, head: _Head, officer: str, at: datetime, clocks: Corrections) -> None:
        self.db = db
        self.officer = officer
        self.at = at
        self._head = head
        self._clocks = clocks
        self._observed = int(meta(db, "observed_stamp") or 0)
        self._touched: dict[str, list[Fact]] = {}
        self._fresh: set[str] = set()

    @property
    def origin(self) -> str:
        """The journal that this act is written to."""
        return self._head.origin

    def append(self, act: Act, *, fresh: bool = False) -> Fact:
        """Write a fact behind the head; ``fresh`` promises that its subject has no facts yet.

        Raises facts.Malformed for a payload that is none.
        """
        head = self._head
        stamp = journal.next_stamp(max(head.stamp, self._observed), self.at)
        fact = journal.write(
            act,
            origin=head.origin,
            seq=head.seq + 1,
            stamp=stamp,
            previous=head.hash,
            officer=self.officer,
            at=self.at,
        )
        insert_fact(self.db, fact)
        self._head = _Head(head.origin, fact.seq, fact.hash, stamp)
        if fresh:
            self._fresh.add(fact.subject)
        self._touched.setdefault(fact.subject, []).append(fact)
        return fact

    def serial(self, day: date, dossier: str) -> int:
        """The next serial of ``day`` from the current origin's ranges, used up by it. Raises NumbersOut."""
        key = day.isoformat()
        free = self.db.run(_NEXT_SERIAL, (key, self.origin)).scalar()
        if free is None:
            raise NumbersOut(key)
        self._use(key, int(free), dossier)
        return int(free)

    def provisional(self, day: date, dossier: str) -> int:
        """The next number of a provisional slip of ``day``: 1, 2, 3 …"""
        key = day.isoformat()
        least = self.db.run(
            "SELECT min(serial) FROM number WHERE origin=? AND day=? AND serial<0", (self.origin, key)
        ).scalar()
        self._use(key, (least or 0) - 1, dossier)
        return 1 - int(least or 0)

    def received_before(self, ref: str) -> bool:
        """Whether a line with this ``ref`` was received here."""
        return self.db.run("SELECT 1 FROM dossier WHERE ref=?", (ref,)).first() is not None

    def _use(self, day: str, serial: int, dossier: str) -> None:
        self.db.run(
            "INSERT INTO number (origin, day, serial, dossier) VALUES (?,?,?,?)",
            (self.origin, day, serial, dossier),
        )

    def finish(self) -> _Head:
        """Bring the tables up to the facts; the store calls it before it commits."""
        for subject, written in self._touched.items():
            known = written if subject in self._fresh else facts_of(self.db, subject)
            refresh(self.db, subject, known, self._clocks)
        head = self._head
        self.db.run(
            "UPDATE origin SET head=?, head_hash=?, stamp=? WHERE origin=?",
            (head.seq, head.hash, head.stamp, head.origin),
        )
        return head


def insert_fact(db: Transaction, fact: Fact) -> None:
    """Put a fact's lines into the journal."""
    db.run(
        _FACT,
        (
            fact.origin,
            fact.seq,
            fact.subject,
            fact.kind,
            fact.header,
            fact.payload,
            fact.payload_hash,
            fact.hash,
        ),
    )


def facts_of(db: Transaction, subject: str) -> list[Fact]:
    """All facts about a subject, of every origin."""
    rows = db.run("SELECT header, payload, payload_hash, hash FROM fact WHERE subject=?", (subject,)).all()
    return [stored_fact(*row) for row in rows]


def stored_fact(header: str, payload: str | None, payload_hash: str, fact_hash: str) -> Fact:
    """A fact from the journal's own lines, which were checked when they came in."""
    return Fact(
        header=header, payload=payload, payload_hash=payload_hash, hash=fact_hash, **json.loads(header)
    )


class Store:
    """The opened folder of a laptop. Safe for several processes; a transaction never spans a network call."""

    def __init__(self, folder: Path, connections: Connections, data_key: bytes, slots: keys.Slots) -> None:
        self.folder = folder
        self.slots = slots
        self.data_key = data_key
        self.notice: str | None = None  # copied, restored, forked: what the officer has to be told
        self.left: str | None = None  # the journal that must not go on after such a notice
        self._connections = connections
        self._sidecar = Sidecar(folder)
        self._clocks: Corrections | None = None

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A consistent view of the tables."""
        with gate(), transaction(self._connections, write=False) as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A write of values that are no facts (drafts, settings, marks): one transaction."""
        with gate(), transaction(self._connections, write=True) as db:
            yield db

    @contextmanager
    def act(self, officer: str, at: datetime) -> Iterator[Writing]:
        """One officer's act: everything written in the block is durable after it, or nothing is.

        Raises CannotWrite, Busy or Damaged; the journal is then as it was.
        """
        clocks = self.clocks()
        with gate():
            with transaction(self._connections, write=True) as db:
                current = _head(db).origin
                if self.notice and current == self.left:
                    self._start_origin(db, at, self.notice)
                elif meta(db, f"forked:{current}") is not None:
                    self._start_origin(db, at, "forked")
                making = Writing(db, _head(db), officer, at, clocks)
                yield making
                head = making.finish()
            self.notice = None
            self._sidecar.write(head.origin, head.seq, head.hash)

    def clocks(self) -> Corrections:
        """The corrections of clocks that the centre has made known here."""
        if self._clocks is None:
            with self.reading() as db:
                self._clocks = _clocks(db)
        return self._clocks

    def forget_clocks(self) -> None:
        """New corrections have come: read them again, and every table after them."""
        self._clocks = None
        clocks = self.clocks()
        with self.writing() as db:
            about = set(clocks)
            marks = ",".join("?" * len(about))
            subjects = db.run(
                f"SELECT DISTINCT subject FROM fact WHERE origin IN ({marks})",
                tuple(about),
            ).scalars()
            for subject in list(subjects):
                refresh(db, subject, facts_of(db, subject), clocks)

    def meta(self, key: str) -> str | None:
        """A single value, or None."""
        with self.reading() as db:
            return meta(db, key)

    def keep(self, **values: str) -> None:
        """Keep single values, all or none."""
        with self.writing() as db:
            keep(db, **values)

    def current_origin(self) -> str:
        """The journal that the next act is written to."""
        with self.reading() as db:
            return _head(db).origin

    def start_origin(self, at: datetime, reason: str) -> str:
        """A new journal for this laptop's next acts (``reason``: copied, restored, forked); its id."""
        with self.writing() as db:
            return self._start_origin(db, at, reason)

    def _start_origin(self, db: Transaction, at: datetime, reason: str) -> str:
        former = db.run("SELECT origin FROM origin WHERE current").scalar()
        return self.begin_origin(db, at, reason, former=former)

    def begin_origin(
        self, db: Transaction, at: datetime, reason: str, *, former: str | None, current: bool = True
    ) -> str:
        """Within a transaction: a new journal, for this laptop's next acts if ``current``; its id."""
        device = meta(db, "device")
        if device is None:
            raise Damaged("no device")
        if current:
            db.run("UPDATE origin SET current=0")
        origin = journal.uuid7(at)
        reached = db.run("SELECT stamp FROM origin WHERE origin=?", (former,)).scalar()
        db.run(
            "INSERT INTO origin (origin, mine, current, head, head_hash, stamp, acknowledged, "
            "acknowledged_hash, held) VALUES (?,1,?,0,?,?,0,'',0)",
            (origin, current, journal.GENESIS, reached or 0),
        )
        if current:
            keep(db, place=place_of(self.folder))
        began = _Head(origin, 0, journal.GENESIS, reached or 0)
        making = Writing(db, began, "", at, {})
        making.append(Act(device, ORIGIN_STARTED, {"device": device, "reason": reason, "former": former}))
        making.finish()
        return origin

    def went_on(self, origin: str | None, seq: int, head_hash: str) -> None:
        """Remember beside the file where ``origin`` stands; for a journal that grew without an act."""
        if origin is not None:
            self._sidecar.write(origin, seq, head_hash)

    def back_up(self, at: datetime, *, keep_last: int = 7) -> Path | None:
        """An encrypted copy in ``backups/`` with the key slots, one a day; None when today's is there.

        Raises CannotWrite; the file itself is untouched by it.
        """
        backups = self.folder / "backups"
        target = backups / f"{at.astimezone(VIETNAM):%Y%m%d}.db"
        if target.exists():
            return None
        with gate():
            backups.mkdir(mode=0o700, exist_ok=True)
            for left in backups.glob("*.part"):
                if not left.name.startswith(target.name):  # of a backup that was killed on another day
                    left.unlink(missing_ok=True)
            part = backups / f"{target.name}.{secrets.token_hex(4)}.part"
            try:
                self.copy_into(part)
                keys.write_one(target.with_suffix(".keys.json"), self.slots)
                name_durably(part, target)
            finally:
                part.unlink(missing_ok=True)
            others = sorted(found for found in backups.glob("*.db") if found != target)
            for old in others[: max(0, len(others) + 1 - keep_last)]:
                old.unlink(missing_ok=True)
                old.with_suffix(".keys.json").unlink(missing_ok=True)
        return target

    def copy_into(self, path: Path) -> None:
        """An encrypted copy of the file, as it is this moment, under the same key. Raises CannotWrite."""
        with gate(), transaction(self._connections, write=None) as db:
            db.run("VACUUM INTO ?", (str(path),))

    def settle(self) -> None:
        """Bring everything from the write-ahead log into the file. Raises CannotWrite or Busy."""
        with gate(), transaction(self._connections, write=None) as db:
            if db.run("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                raise Busy("checkpoint")

    def replace_slots(self, slots: keys.Slots) -> None:
        """Write new key slots."""
        keys.write(self.folder, slots)
        self.slots = slots

    def close(self) -> None:
        """Close every connection; the file is checkpointed by the last one."""
        self._connections.close()


def _head(db: Transaction) -> _Head:
    row = db.run("SELECT origin, head, head_hash, stamp FROM origin WHERE current").first()
    if row is None:
        raise Damaged("no journal")
    return _Head(*row)


def meta(db: Transaction, key: str) -> str | None:
    """A single value within a transaction, or None."""
    value = db.run("SELECT value FROM meta WHERE key=?", (key,)).scalar()
    return None if value is None else str(value)


def keep(db: Transaction, **values: str) -> None:
    """Keep single values within a transaction."""
    db.run_each(
        "INSERT INTO meta (key, value) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value",
        list(values.items()),
    )


def read_anew(db: Transaction) -> None:
    """Write every row that is made from facts again, as this release reads them."""
    clocks = _clocks(db)
    search.forget(db)
    subjects = db.run(
        "SELECT f.subject FROM fact f LEFT JOIN dossier d ON d.id=f.subject "
        "GROUP BY f.subject ORDER BY d.row IS NULL, d.row, min(f.row)"
    ).scalars()
    for subject in subjects:
        refresh(db, subject, facts_of(db, subject), clocks)


def _clocks(db: Transaction) -> Corrections:
    """What the fold needs of the centre's cards; of two about one place the later holds."""
    cards = db.run("SELECT value FROM card WHERE kind='correction' ORDER BY key").scalars()
    steps: dict[str, dict[int, int]] = {}
    for card in map(json.loads, cards):
        steps.setdefault(str(card["origin"]), {})[int(card["from_seq"])] = int(card["offset_ms"])
    return {origin: tuple(sorted(each.items())) for origin, each in steps.items()}
