"""The ledger: what laptops hand over, kept durably first and interpreted after.

Plain methods, one short transaction each, on SQLite or PostgreSQL. Any number of processes may call them on
one database: writes to a file wait their turn, and on a server whatever two might change is locked first.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.engine import Connection

from mobile_reception.centre import (
    clocks,
    corrections,
    feed,
    folding,
    identity,
    intake,
    own,
    reviews,
    safe,
)
from mobile_reception.centre.database import (
    AlreadyMade,
    count_tables,
    files_beside,
    gate,
    insert_many,
    on_server,
    open_engine,
    reading,
    unmake,
    writing,
)
from mobile_reception.centre.files import Files
from mobile_reception.centre.folding import ASIDE, FORK, HELD, MOVED, RELEASED, SET_ASIDE, TAKEN
from mobile_reception.centre.identity import Identity, Unit
from mobile_reception.centre.intake import Incoming
from mobile_reception.centre.plans import Plans
from mobile_reception.centre.questions import Questions
from mobile_reception.centre.recovery import Recovery
from mobile_reception.centre.register import Register, disabled
from mobile_reception.centre.restored import Restoration, noticed
from mobile_reception.centre.results import Results
from mobile_reception.centre.standing import (
    BY_NOT_TAKEN,
    IN_CONFLICT,
    NOT_TAKEN,
    WAITS,
    Standing,
    hash_at,
    head_of,
    standing_of,
)
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Device, OriginStatus, Page, Refused, Status, Verdict
from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import stamp_milliseconds
from mobile_reception.dossier.fold import DossierState
from mobile_reception.sync.protocol import Head, OwnPlace, RunBody, fact_lines, vouch, write_run

_DEVICE = Centre.metadata.tables["device"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_HELD = Centre.metadata.tables["held"]
_DOSSIER = Centre.metadata.tables["dossier"]

_FACT_COLUMNS = (
    "unit",
    "origin",
    "seq",
    "id",
    "subject",
    "kind",
    "header",
    "payload",
    "payload_hash",
    "hash",
    "received_at",
    "state",
    "reason",
)
_BODIES_KEPT = 64  # of one origin that do not chain: beyond that a broken laptop only repeats itself


def make(
    url: str,
    unit: Unit,
    *,
    practice: bool,
    admin: str,
    passphrase: str,
    recovery_file: Path,
    now: datetime,
) -> None:
    """Make a centre with its first unit and administrator; all of it or nothing.

    ``recovery_file`` (0600, new) gets the private recovery key and is the only place that has it. Raises
    LedgerFailure: `AlreadyMade` when either file is there.
    """
    engine = open_engine(url, make=True)
    try:
        with gate():
            secret = identity.found(engine, unit, practice=practice, now=now)
            register = Register(engine, identity.identify(engine), Files(engine, None))
            register.add_officer(unit.code, admin, "administrator", passphrase)
            _write_once(recovery_file, secret)
    except BaseException:
        unmake(engine, url)
        raise
    engine.dispose()


def _write_once(path: Path, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AlreadyMade(str(path)) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


class Ledger:
    """An open centre.

    ``register`` has its people, devices and cards, ``plans`` the sessions to come,
    ``results`` what is packed for them, ``questions`` what waits
    for people, ``safe`` what lies in a verified backup.
    """

    def __init__(self, url: str, *, quota: int | None = None, files: Path | None = None) -> None:
        """Open a centre; at ``quota`` bytes its database counts as full. Raises LedgerFailure.

        ``files`` is where the files of dossiers lie: left out, where they were said to lie before
        (`keep_files_in`), else beside an SQLite file.
        """
        self._engine: Engine = open_engine(url, quota=quota)
        self._folds = 0
        self.identity: Identity = identity.identify(self._engine)
        self.files = Files(self._engine, files or identity.files_folder(self._engine) or files_beside(url))
        self.register = Register(self._engine, self.identity, self.files)
        self.questions = Questions(self._engine, self.identity)
        self.recovery = Recovery(self._engine)
        self.restoration = Restoration(self._engine, self.identity, self.files)
        self.plans = Plans(self._engine)
        self.results = Results(self._engine, self.identity)
        self.safe = safe.Safe(self._engine)

    def keep_files_in(self, folder: Path) -> None:
        """From now on the files of dossiers lie here, for every command on this centre."""
        identity.keep_files_folder(self._engine, folder.resolve())
        self.files.folder = folder

    def keep_tls_keys(self, keys: Sequence[str]) -> None:
        """From now on laptops speak with a centre of one of these keys only; none: of any certified one."""
        identity.keep_tls_keys(self._engine, keys)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def epoch(self) -> str:
        """The centre's life since the last restore; its own origin as well."""
        with reading(self._engine) as db:
            return own.head(db).origin

    # -- From the laptops --------------------------------------------------------------------------------

    def head(self, device: Device, origin: str, *, now: datetime, known: OwnPlace | None = None) -> Head:
        """What the centre holds of an origin of this device; raises Refused (``unknown_origin``).

        ``known`` is a place of the centre's own journal that the device names, to be told whether it is here.
        """
        with reading(self._engine) as db:
            standing = standing_of(db, origin, device.device)
            head = head_of(db, origin, standing, now=now)
            if known is None:
                return head
            return replace(head, own_known=own.hash_at(db, known.epoch, known.seq) == known.hash)

    def contact(self, device: Device, *, now: datetime) -> None:
        """Note that this device was here."""
        with writing(self._engine) as db:
            change = update(_DEVICE).where(_DEVICE.c.device == device.device)
            db.execute(change.values(last_contact=_written(now)))

    def take(
        self,
        device: Device,
        run: RunBody,
        facts: Sequence[Incoming],
        *,
        device_time: datetime | None,
        now: datetime,
    ) -> Head:
        """Keep a run whose chain `intake.read` has followed; durable when this returns.

        The same run again, its parts and overlaps change nothing. A gap or a fork is said in the ``code``.
        What a revoked device or a disabled officer wrote is held. Raises Refused (``unknown_origin``), Full.
        """
        with writing(self._engine) as db:
            standing = standing_of(db, run.origin, device.device, locked=True)
            if run.first > standing.seq + 1:
                return head_of(db, run.origin, standing, code="gap", now=now)
            if not _fits(db, run, facts, standing):
                _keep_fork(db, run, facts, standing, now)
                return head_of(db, run.origin, standing, code="fork", now=now)
            fresh = facts[standing.seq + 1 - run.first :]
            if fresh:
                _insert(db, run.origin, fresh, standing, now)
                said = ((fact.kind, fact.subject, fact.payload) for fact in fresh)
                self.files.announce(db, standing.unit, said)
                _settle_forks(db, device.device, fresh)
                standing = corrections.correct(
                    db, run.origin, fresh, standing, device_time=device_time, now=now
                )
                self._move_clock(db, fresh, standing.offset_ms, now)
            contact = _written(now)
            place = {"head": standing.seq, "head_hash": standing.hash, "offset_ms": standing.offset_ms}
            at = update(_ORIGIN).where(_ORIGIN.c.origin == run.origin)
            db.execute(at.values(**place))
            db.execute(update(_DEVICE).where(_DEVICE.c.device == device.device).values(last_contact=contact))
            return head_of(db, run.origin, standing, now=now)

    def hold(self, device: Device, body: bytes, *, origin: str, reason: str, now: datetime) -> None:
        """Keep well-signed bytes that are no run of ours, for a person; the same bytes once."""
        with writing(self._engine) as db:
            kept = db.execute(
                select(func.count()).select_from(_HELD).where(_HELD.c.origin == origin)
            ).scalar_one()
            if kept < _BODIES_KEPT:
                whose = {"unit": device.unit, "device": device.device, "origin": origin}
                _keep(db, whose, seq=0, body=body, reason=reason, now=now)

    # -- The centre's own facts and clock ----------------------------------------------------------------

    @staticmethod
    def _move_clock(db: Connection, fresh: Sequence[Incoming], offset_ms: int, now: datetime) -> None:
        limit = clocks.milliseconds(now) + clocks.TOLERANCE
        stamps = (journal.corrected(fact.stamp, offset_ms) for fact in fresh if fact.stamp)
        seen = max((stamp for stamp in stamps if stamp_milliseconds(stamp) <= limit), default=0)
        own.move_clock(db, seen)

    # -- After the answer --------------------------------------------------------------------------------

    def fold_some(self, limit: int = 500) -> int:
        """Fold what waits, at most ``limit`` facts of it; how many facts still wait."""
        with writing(self._engine) as db:
            waiting = folding.fold_some(db, limit)
        self._folds += 1
        if self._folds.bit_count() == 1:  # the 1st, 2nd, 4th, 8th …: as often as a table doubles
            count_tables(self._engine)
        return waiting

    def judge(self, now: datetime) -> int:
        """Give the centre's word on reviews that wait for it; how many sessions still wait."""
        with reading(self._engine) as db:
            waiting = folding.waiting_for_judgement(db)
        if not waiting:
            return 0
        with writing(self._engine) as db:
            return reviews.judge(db, self.identity, now)

    def reconsider(self) -> int:
        """Admit what an older program could not read and this one can; how many facts that were."""
        with writing(self._engine) as db:
            reasons = (intake.UNKNOWN_KIND, intake.NEWER_SCHEMA)
            theirs = select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_not(None))
            db.execute(theirs.order_by(_ORIGIN.c.origin).with_for_update()).all()
            rows = db.execute(
                select(_FACT)
                .with_hint(*BY_NOT_TAKEN)
                .where(NOT_TAKEN, _FACT.c.reason.in_(reasons))
                .order_by(_FACT.c.row)
            ).all()
            known = [row for row in rows if not intake.not_known(row.kind, intake.schema_of(row.header))]
            back: dict[str, int] = {}
            for row in known:
                self.files.announce(db, row.unit, [(row.kind, row.subject, row.payload)])
                db.execute(update(_FACT).where(_FACT.c.row == row.row).values(state=TAKEN, reason=None))
                back[row.origin] = min(back.get(row.origin, row.seq), row.seq)
            for origin, seq in back.items():
                folding.again(db, origin, seq)
            return len(known)

    # -- For people --------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The counts, all of one moment."""
        with reading(self._engine) as db:
            counts: dict[str, int] = {
                row.origin: row.dossiers
                for row in db.execute(
                    select(_DOSSIER.c.origin, func.count().label("dossiers"))
                    .where(_DOSSIER.c.received)
                    .group_by(_DOSSIER.c.origin)
                )
            }
            rows = db.execute(
                select(_ORIGIN.c.origin, _ORIGIN.c.device, _ORIGIN.c.head, _DEVICE.c.last_contact)
                .join(_DEVICE, _DEVICE.c.device == _ORIGIN.c.device)
                .order_by(_ORIGIN.c.announced_at)
            ).all()
            held = select(func.count()).select_from(_FACT).where(NOT_TAKEN)
            beside = select(func.count()).select_from(_HELD).where(WAITS)
            torn = select(func.count()).select_from(_DOSSIER).where(IN_CONFLICT)
            files, files_waiting = self.files.counts(db)
            kept = safe.last(db)
            erased = held.with_hint(*BY_NOT_TAKEN).where(_FACT.c.reason == folding.ERASED)
            return Status(
                epoch=own.head(db).origin,
                dossiers=sum(counts.values()),
                facts=sum(row.head for row in rows),
                held=db.execute(held).scalar_one() + db.execute(beside).scalar_one(),
                conflicts=db.execute(torn).scalar_one(),
                waiting_to_fold=folding.waiting(db) + folding.waiting_for_judgement(db),
                files=files,
                files_waiting=files_waiting,
                origins=tuple(
                    OriginStatus(
                        row.origin, row.device, row.head, counts.get(row.origin, 0), row.last_contact
                    )
                    for row in rows
                ),
                restored=noticed(db),
                backup=None if kept is None else asdict(kept),
                erased=db.execute(erased).scalar_one(),
            )

    def dossiers(self, unit: str | None = None) -> Iterator[DossierState]:
        """Every received dossier, or a unit's, as its folded facts say, all of one moment, in bounded memory.

        What still waits to be folded is not in it. Close or exhaust the iterator: it reads until then.
        """
        with reading(self._engine) as db:
            yield from folding.dossiers(db, unit)

    def verify(self) -> Verdict:
        """Follow every chain, fold every subject again and compare; reads one moment of a busy centre."""
        with reading(self._engine) as db:
            found = []
            if not on_server(db):
                check = db.exec_driver_sql("PRAGMA quick_check").scalars().all()
                found = [f"database: {line}" for line in check if line != "ok"]
            found.extend(folding.problems(db))
            found.extend(self.files.problems(db))
            theirs = select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_not(None))
            facts = select(func.count()).select_from(_FACT).where(_FACT.c.origin.in_(theirs))
            held = select(func.count()).select_from(_FACT).where(_FACT.c.state == HELD)
            return Verdict(
                not found, db.execute(facts).scalar_one(), db.execute(held).scalar_one(), tuple(found)
            )

    def journal(self, device: Device, origin: str, after: int) -> bytes:
        """A run of what the centre holds of this device's origin behind ``after``.

        Raises Refused: ``unknown_origin``, ``not_found`` when there is nothing behind it.
        """
        with reading(self._engine) as db:
            standing = standing_of(db, origin, device.device)
            facts = feed.journal(db, origin, after) if after < standing.seq else []
            if not facts:
                raise Refused("not_found")
            return write_run(
                origin=origin,
                first=after + 1,
                last=facts[-1].seq,
                last_hash=facts[-1].hash,
                previous=hash_at(db, origin, after, standing),
                lines=b"".join(fact_lines(row.header, row.payload, row.payload_hash) for row in facts),
            )

    def page(self, device: Device, after: str | None, mine: Collection[str] = ()) -> Page:
        """The next page of the feed for a device, behind its cursor ``after`` (None: from the beginning).

        ``mine`` are the journals that the folder which asks has itself.
        """
        with reading(self._engine) as db:
            page = feed.page(db, device, own.head(db).origin, after, mine)
            epochs = set(db.execute(select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_(None))).scalars())
        own_facts = [fact for _, known in page.subjects for fact in known if fact.origin in epochs]
        key = self.identity.key
        return replace(page, proofs={fact.hash: vouch(key, fact) for fact in own_facts})


def _fits(db: Connection, run: RunBody, facts: Sequence[Incoming], standing: Standing) -> bool:
    """Whether a run agrees with all that is here. One hash speaks for every fact before it."""
    if hash_at(db, run.origin, run.first - 1, standing) != run.previous:
        return False
    common = min(run.head_seq, standing.seq)
    if common < run.first:
        return True
    return hash_at(db, run.origin, common, standing) == facts[common - run.first].hash


def _insert(
    db: Connection, origin: str, fresh: Sequence[Incoming], standing: Standing, now: datetime
) -> None:
    received_at = _written(now)
    revoked = intake.REVOKED if standing.state == "revoked" else None
    shut = dict.fromkeys(disabled(db, standing.unit), intake.OFFICER_DISABLED)
    decided = _decided(db, standing.device, origin)
    rows = []
    for fact in fresh:
        reason = revoked or fact.reason or shut.get(fact.officer)
        state = decided.get(fact.seq, HELD) if reason else TAKEN
        rows.append(
            (
                standing.unit,
                origin,
                fact.seq,
                fact.id,
                fact.subject,
                fact.kind,
                fact.header,
                fact.payload,
                fact.payload_hash,
                fact.hash,
                received_at,
                state,
                reason if state != TAKEN else None,
            )
        )
    insert_many(db, _FACT, _FACT_COLUMNS, rows)


def _decided(db: Connection, device: str, origin: str) -> dict[int, str]:
    """What people decided, in whichever epoch, about held facts of a journal that may come once more."""
    decisions = own.said(db, device, RELEASED, SET_ASIDE)
    return {
        seq: TAKEN if said["kind"] == RELEASED else ASIDE
        for said in decisions
        if said.get("origin") == origin
        for seq in said.get("seqs", ())
    }


def _keep_fork(
    db: Connection, run: RunBody, facts: Sequence[Incoming], standing: Standing, now: datetime
) -> None:
    """Keep the bodies of a run that this centre has no place for."""
    both = (_FACT.c.origin == run.origin, _FACT.c.seq.between(run.first, run.head_seq))
    here = {row.seq: row.hash for row in db.execute(select(_FACT.c.seq, _FACT.c.hash).where(*both))}
    for place, fact in enumerate(facts):
        if here.get(fact.seq) != fact.hash:
            body = run.lines[2 * place] + b"\n" + run.lines[2 * place + 1] + b"\n"
            whose = {"unit": standing.unit, "device": standing.device, "origin": run.origin}
            state = MOVED if _stands_elsewhere(db, fact, run.origin) else HELD
            _keep(db, whose, seq=fact.seq, body=body, reason=FORK, now=now, state=state, fact=fact.id)


def _stands_elsewhere(db: Connection, fact: Incoming, origin: str) -> bool:
    """Whether this very act has come in another journal already."""
    same = (_FACT.c.subject == fact.subject, _FACT.c.id == fact.id, _FACT.c.origin != origin)
    return fact.id is not None and db.execute(select(_FACT.c.row).where(*same)).first() is not None


def _settle_forks(db: Connection, device: str, fresh: Sequence[Incoming]) -> None:
    """Of the other side of a fork nothing is left to decide once its acts have come in another journal."""
    waits = (_HELD.c.device == device, _HELD.c.reason == FORK, WAITS)
    waiting = set(db.execute(select(_HELD.c.fact).where(*waits)).scalars())
    came = [fact.id for fact in fresh if fact.id in waiting]
    for start in range(0, len(came), 400):
        some = _HELD.c.fact.in_(came[start : start + 400])
        db.execute(update(_HELD).where(*waits, some).values(state=MOVED))


def _keep(
    db: Connection,
    whose: Mapping[str, str],
    *,
    seq: int,
    body: bytes,
    reason: str,
    now: datetime,
    state: str = HELD,
    fact: str | None = None,
) -> None:
    digest = hashlib.sha256(whose["origin"].encode() + b"\n" + body).hexdigest()
    if db.execute(select(_HELD.c.digest).where(_HELD.c.digest == digest)).first() is None:
        about = {"seq": seq, "body": body, "reason": reason, "received_at": _written(now)}
        db.execute(insert(_HELD).values(digest=digest, **whose, **about, state=state, fact=fact))


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds")
