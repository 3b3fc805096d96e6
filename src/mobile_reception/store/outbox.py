"""What the road asks of the store: runs of its own journal, proofs of hand-over, cards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mobile_reception.dossier.facts import Fact, next_stamp
from mobile_reception.dossier.fold import SETTLED, read_with
from mobile_reception.store import copies, files, retention, witness
from mobile_reception.store.errors import Damaged
from mobile_reception.store.journal import Store, facts_of, insert_fact, keep, meta
from mobile_reception.store.rows import refresh
from mobile_reception.store.transaction import Transaction
from mobile_reception.store.values import (
    Answer,
    Cards,
    Enrolment,
    OriginMark,
    Run,
    StoredFile,
    Testimony,
    Vouched,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PAGE = 200
_FAR_MS = 10 * 60 * 1000


class Outbox:
    """The road's side of an opened store. It appends no fact; each method is one short transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def enrolment(self) -> Enrolment | None:
        """How this laptop is known at its centre; None while it stands alone."""
        with self._store.reading() as db:
            rows = db.run("SELECT key, value FROM meta")
            kept: dict[str, str] = {row[0]: row[1] for row in rows}
            settings = db.run("SELECT value FROM card WHERE kind='settings'").scalar()
        if "url" not in kept:
            return None
        return Enrolment(
            url=kept["url"],
            device=kept["centre_device"],
            unit=kept["unit"],
            centre_key=bytes.fromhex(kept["centre_key"]),
            certificate=bytes.fromhex(kept["certificate"]),
            ca=kept.get("ca") or None,
            tls_keys=tuple(map(str, json.loads(settings or "{}").get("tls_keys") or ())),
        )

    def device_key(self) -> Ed25519PrivateKey:
        """The device's signing key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        raw = self._store.meta("device_key")
        if raw is None:
            raise Damaged("no device key")
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(raw))

    def origins(self) -> list[OriginMark]:
        """This laptop's own journals, oldest first."""
        with self._store.reading() as db:
            rows = db.run(
                "SELECT origin, head, head_hash, acknowledged, acknowledged_hash FROM origin WHERE mine "
                "ORDER BY origin"
            ).all()
        return [OriginMark(*row) for row in rows]

    def run(self, origin: str, after: int, limit: int) -> Run | None:
        """The facts behind ``after`` that ``limit`` bytes of lines hold, at least one; None at the head."""
        lines: list[str] = []
        size = 0
        last, last_hash = after, ""
        with self._store.reading() as db:
            while True:
                rows = db.run(
                    "SELECT seq, header, payload, payload_hash, hash FROM fact WHERE origin=? AND seq>? "
                    "ORDER BY seq LIMIT ?",
                    (origin, last, _PAGE),
                ).all()
                for seq, header, payload, payload_hash, fact_hash in rows:
                    line = f"{header}\n{payload if payload is not None else '~' + payload_hash}\n"
                    size += len(line.encode())
                    if lines and size > limit:
                        rows = []
                        break
                    lines.append(line)
                    last, last_hash = seq, fact_hash
                if len(rows) < _PAGE:
                    break
        if not lines:
            return None
        return Run(origin, after + 1, last, "".join(lines).encode(), last_hash)

    def previous_hash(self, origin: str, seq: int) -> str:
        """The hash of our own fact ``seq`` of ``origin``; of 0 the genesis hash. Raises Damaged for a gap."""
        from mobile_reception.dossier.facts import GENESIS

        if seq == 0:
            return GENESIS
        with self._store.reading() as db:
            found = db.run("SELECT hash FROM fact WHERE origin=? AND seq=?", (origin, seq)).scalar()
        if found is None:
            raise Damaged(f"no fact {seq}")
        return str(found)

    def acknowledged(self, answer: Answer) -> None:
        """Keep the signed answer as proof, then move the mark, forward only.

        An answer whose hash is not our own at that seq is a fork, never a proof: raises Damaged.
        """
        if answer.seq and self.previous_hash(answer.origin, answer.seq) != answer.hash:
            raise Damaged("the centre's hash is another")
        with self._store.writing() as db:
            db.run(
                "UPDATE origin SET acknowledged=?, acknowledged_hash=?, held=?, answer=?, signature=? "
                "WHERE origin=? AND acknowledged<=?",
                (
                    answer.seq,
                    answer.hash,
                    answer.held,
                    answer.body,
                    answer.signature,
                    answer.origin,
                    answer.seq,
                ),
            )
            keep(db, epoch=answer.epoch)

    def join(
        self,
        *,
        url: str,
        device: str,
        unit: dict[str, str],
        centre_key: bytes,
        certificate: bytes,
        ca: str | None,
        scope: str = "hamlets",
    ) -> None:
        """This laptop has joined a centre: what it is known as there. Ranges of its own end here."""
        with self._store.writing() as db:
            keep(
                db,
                url=url,
                centre_device=device,
                unit=unit["code"],
                agency=unit["agency_id"],
                unit_name=unit.get("name") or "",
                superior=unit.get("superior") or "",
                centre_key=centre_key.hex(),
                certificate=certificate.hex(),
                ca=ca or "",
                scope=scope,
                alone="",
            )
            db.run("UPDATE number_range SET withdrawn=1")

    def contact(self, *, at: datetime, centre_time: datetime) -> None:
        """The centre answered: when, and how far this laptop's clock is from its own."""
        offset = round((at - centre_time).total_seconds())
        with self._store.writing() as db:
            keep(db, last_contact=centre_time.isoformat(), clock_offset_s=str(offset))
            # The centre's time moves our stamps forward: what comes after it is then ordered after it.
            if (at - centre_time).total_seconds() * 1000 < _FAR_MS:
                known = int(meta(db, "observed_stamp") or 0)
                keep(db, observed_stamp=str(max(known, next_stamp(0, centre_time))))

    def take_cards(self, cards: Cards, cursor: str | None = None) -> None:
        """Store the centre's values in place of those known, the cursor with them."""
        if cards.revoked:  # the centre gives this laptop nothing more; what it gave stays readable
            self._store.keep(revoked="1")
            return
        fresh = False
        with self._store.writing() as db:
            for kind, values in (
                ("hamlet", cards.hamlets),
                ("officer", cards.officers),
                ("planned", cards.planned),
                ("held", cards.held),
                ("cancelled", cards.cancelled),
                ("result", cards.results),
            ):
                db.run("DELETE FROM card WHERE kind=?", (kind,))
                for place, value in enumerate(values):
                    _put_card(db, kind, str(value.get("id") or value.get("login") or place), dict(value))
            # Which keys the centre knows, it has just said itself.
            db.run("DELETE FROM meta WHERE key LIKE 'registered:%'")
            db.run("DELETE FROM card WHERE kind='safe'")
            if cards.safe is not None:
                _put_card(db, "safe", "", dict(cards.safe))
            if cards.catalogue is not None:
                _put_card(db, "catalogue", "", dict(cards.catalogue))
            if cards.settings:
                _put_card(db, "settings", "", dict(cards.settings))
            for value in cards.ranges:
                db.run(
                    "INSERT INTO number_range (origin, first, last, withdrawn) VALUES (?,?,?,?) "
                    "ON CONFLICT (origin, first) "
                    "DO UPDATE SET last=excluded.last, withdrawn=excluded.withdrawn",
                    (value["origin"], value["first"], value["last"], bool(value.get("withdrawn", False))),
                )
            fresh = self._corrected(db, [dict(value) for value in cards.corrections])
            if cursor is not None:
                keep(db, cursor=cursor)
            keep(db, revoked="")
        if fresh:
            self._store.forget_clocks()

    @staticmethod
    def _corrected(db: Transaction, corrections: list[dict[str, object]]) -> bool:
        """Put the centre's corrections of clocks in place of those known; whether they are others."""
        known = db.run("SELECT value FROM card WHERE kind='correction' ORDER BY key").scalars()
        given = [json.dumps(value, ensure_ascii=False) for value in corrections]
        if known == given:
            return False
        db.run("DELETE FROM card WHERE kind='correction'")
        for place, value in enumerate(corrections):
            _put_card(db, "correction", f"{place:06d}", value)
        return True

    def feed_cursor(self) -> str | None:
        """How far the centre's feed has been taken here; None: nothing of it yet."""
        return self._store.meta("feed")

    def take_page(self, facts: Sequence[Fact], cursor: str, proofs: Mapping[str, bytes] | None = None) -> int:
        """Store what the feed brought, with its cursor, and make the tables from it; how many were new.

        Facts of other laptops and of the centre stand under their own origins. Of this laptop's own journals
        nothing is taken: a journal grows by its own acts, or back from the centre as a whole run. Another
        fact at a known place takes that place: the centre was put back, and says what stands there now.
        """
        clocks = self._store.clocks()
        with self._store.writing() as db:
            mine = {str(each) for each in db.run("SELECT origin FROM origin WHERE mine").scalars()}
            fresh = [fact for fact in facts if fact.origin not in mine and _is_new(db, fact)]
            fresh = retention.settled(db, facts, fresh)
            gone = {subject for fact in fresh if (subject := _displaced(db, fact)) is not None}
            for fact in fresh:
                insert_fact(db, fact)
            witness.keep_proofs(db, fresh, proofs or {})
            for origin in sorted({fact.origin for fact in fresh}):
                _know(db, max((fact for fact in fresh if fact.origin == origin), key=lambda each: each.seq))
            for subject in sorted({fact.subject for fact in fresh} | gone):
                refresh(db, subject, facts_of(db, subject), clocks)
            news = {f"told:{fact.id}": fact.subject for fact in fresh if fact.kind == SETTLED}
            keep(db, **news)
            # What is written here from now on was written by someone who could see these.
            seen = max((read_with(clocks, fact) for fact in fresh), default=0)
            keep(db, feed=cursor, observed_stamp=str(max(seen, int(meta(db, "observed_stamp") or 0))))
        return len(fresh)

    def take_back(self, origin: str, facts: Sequence[Fact]) -> bool:
        """Lengthen a journal of this laptop by facts of its own that the centre still had; see `copies`."""
        return copies.take_back(self._store, origin, facts)

    def give_up(self, origin: str, common: int, at: datetime) -> int:
        """Move the acts behind ``common`` to a new journal, under their old ids; how many. See `copies`."""
        return copies.give_up(self._store, origin, common, at)

    def restored(self, origin: str, answer: Answer) -> None:
        """The centre is behind its own signed answer: the mark goes back, and runs are sent again."""
        with self._store.writing() as db:
            db.run(
                "UPDATE origin SET acknowledged=?, acknowledged_hash=? WHERE origin=?",
                (answer.seq, answer.hash, origin),
            )
            keep(db, **{f"restored:{origin}": answer.body.decode("utf-8", "replace")})
            files.forget_arrivals(db)

    # -- What the centre could lose ----------------------------------------------------------------------

    def testimony(self) -> Testimony:
        """All that this laptop has to show its centre, should that have been put back."""
        return witness.testimony(self._store)

    def vouched(self, epoch: str) -> Vouched | None:
        """The next of the centre's own facts from before ``epoch`` that it has not been given back."""
        return witness.vouched(self._store, epoch)

    def brought_back(self, epoch: str, reached: tuple[str, int]) -> None:
        """The centre has been given them back up to this place."""
        witness.brought_back(self._store, epoch, reached)

    # -- Files -------------------------------------------------------------------------------------------

    def files(self) -> list[StoredFile]:
        """The files that the centre is not known to have, one of each SHA-256."""
        return files.waiting(self._store)

    def file_part(self, file: StoredFile, start: int, most: int) -> bytes:
        """Up to ``most`` bytes of a file from ``start`` on. Raises Damaged."""
        return files.part(self._store, file, start, most)

    def files_arrived(self, names: Sequence[str], at: str) -> None:
        """The centre has said under its signature, at its time ``at``, that it has these."""
        files.arrived(self._store, names, at)

    def files_to_look_after(self, now: datetime) -> list[str]:
        """The files that the centre is known to have, a day after they were asked about; none before that."""
        return files.to_look_after(self._store, now)

    def files_looked_after(self, now: datetime) -> None:
        """They have been asked about."""
        self._store.keep(files_looked_after=now.isoformat())

    def files_lost(self, names: Sequence[str]) -> None:
        """The centre has said under its signature that it has these no more: they wait again."""
        files.lost(self._store, names)

    def file_refused(self, sha256: str, why: str) -> None:
        """The centre does not take a file, or it cannot be read here."""
        files.refused(self._store, sha256, why)


def _is_new(db: Transaction, fact: Fact) -> bool:
    place = (fact.origin, fact.seq)
    return bool(db.run("SELECT hash FROM fact WHERE origin=? AND seq=?", place).scalar() != fact.hash)


def _displaced(db: Transaction, fact: Fact) -> str | None:
    """Take away what stands at a fact's place; the subject of it, None if the place was free."""
    place = (fact.origin, fact.seq)
    subject = db.run("DELETE FROM fact WHERE origin=? AND seq=? RETURNING subject", place).scalar()
    return None if subject is None else str(subject)


def _know(db: Transaction, last: Fact) -> None:
    """Know an origin of somebody else, as far as it has been seen."""
    db.run(
        "INSERT INTO origin (origin, mine, current, head, head_hash, stamp, acknowledged, acknowledged_hash, "
        "held) VALUES (?,0,0,?,?,?,0,'',0) ON CONFLICT (origin) DO UPDATE SET head=excluded.head, "
        "head_hash=excluded.head_hash, stamp=excluded.stamp WHERE excluded.head>origin.head",
        (last.origin, last.seq, last.hash, last.stamp),
    )


def _put_card(db: Transaction, kind: str, key: str, value: dict[str, object]) -> None:
    db.run(
        "INSERT INTO card (kind, key, value) VALUES (?,?,?) "
        "ON CONFLICT (kind, key) DO UPDATE SET value=excluded.value",
        (kind, key, json.dumps(value, ensure_ascii=False)),
    )
