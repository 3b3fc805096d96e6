"""A centre that was put back to an older day: who shows it, what begins anew, what laptops bring back.

Nobody at the centre may notice. But laptops keep what it signed: a head beyond its own, a certificate of a
device that it does not know, facts of its own. It checks its own signature under them, begins a new epoch,
and writes what comes back into that one under the old ids.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.engine import Connection

from mobile_reception.centre import corrections, feed, folding, numbers, own, register
from mobile_reception.centre import identity as founding
from mobile_reception.centre.database import lock_subjects, reading, writing
from mobile_reception.centre.files import Files
from mobile_reception.centre.folding import ASIDE, HELD, RELEASED, SET_ASIDE, TAKEN
from mobile_reception.centre.identity import Identity
from mobile_reception.centre.standing import hash_at, standing_of
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Device, Refused
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import CLOCK_CORRECTED
from mobile_reception.sync.protocol import (
    Certificate,
    Head,
    Unreadable,
    certify,
    check_proof,
    check_vouched,
    name_hash,
)

_META = Centre.metadata.tables["meta"]
_UNIT = Centre.metadata.tables["unit"]
_DEVICE = Centre.metadata.tables["device"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]

_STATE: Final = "restored"
_log = logging.getLogger("mobile_reception.centre")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a laptop kept of one of its journals: its ranges, and the centre's last signed answer, if any."""

    origin: str
    ranges: tuple[tuple[int, int], ...]
    answer: bytes | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact that is said to be this centre's own, without its payload, and the word for it."""

    header: str
    payload_hash: str
    hash: str
    proof: bytes


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a laptop shows. ``certificate`` was signed by this centre; ``officers`` are logins with keys.

    ``own`` is the last fact of this centre's own that the laptop knows, if any.
    """

    certificate: Certificate
    name: str
    journals: tuple[Kept, ...]
    officers: tuple[tuple[str, bytes], ...]
    own: Shown | None = None


@dataclass(frozen=True, slots=True)
class Restore:
    """The last restore that was noticed. ``waiting`` are the units whose numbers wait for a confirmation.

    ``readmitted`` are laptops taken in again by their certificates, ``missing`` those not heard of since;
    ``highest`` is, by unit, the last serial that is known to be somebody's.
    """

    since: str
    former: str
    epoch: str
    waiting: tuple[str, ...]
    readmitted: tuple[str, ...]
    missing: tuple[str, ...]
    highest: dict[str, int]


class Restoration:
    """What laptops show and bring back. Methods of a transaction each; `Refused` says why not."""

    def __init__(self, engine: Engine, identity: Identity, files: Files) -> None:
        self._engine = engine
        self._identity = identity
        self._files = files

    def hear(self, told: Testimony, *, now: datetime) -> dict[str, Any]:
        """Compare what a laptop kept with what is here; begin a new epoch if something is missing.

        Takes the laptop in again if it is not known, knows its journals and numbers again, and says, as the
        protocol writes it, which epoch it is and whether this centre ``lost`` anything of it. The same again
        is harmless. Raises Refused, Unreadable.
        """
        key = self._identity.public_key
        with writing(self._engine) as db:
            # One at a time: of two laptops that show the same loss only the first begins an epoch.
            db.execute(select(_META.c.value).where(_META.c.key == "epoch").with_for_update()).one()
            heads = [_own_head(kept, key, told) for kept in told.journals if kept.answer is not None]
            unit, unknown = self._known_again(db, told, heads, now)
            for kept in told.journals:
                register.announced(db, told.certificate.device, unit, kept.origin, now)
                numbers.take_back(db, unit, kept.origin, kept.ranges)
            lost = {head.epoch for head in heads if _beyond(db, head, told.certificate.device, unit)}
            lost |= _own_lost(db, told.own, key)
            if unknown and not _noticed_since(db, told.certificate.issued):
                lost.add(own.head(db).origin)
            self._begin_if_new(db, lost, now)
            return {"code": "ok", "epoch": own.head(db).origin, "lost": bool(lost), "readmitted": unknown}

    def _known_again(
        self, db: Connection, told: Testimony, heads: Sequence[Head], now: datetime
    ) -> tuple[str, bool]:
        """The unit of the laptop, and whether it had to be taken in again by its certificate."""
        about = told.certificate
        row = db.execute(select(_DEVICE).where(_DEVICE.c.device == about.device)).first()
        if row is not None:
            if row.public_key != about.public_key:
                raise Refused("unknown_device")
            register.known_unit(db, row.unit)
            return str(row.unit), False
        if about.practice != self._identity.practice:
            raise Refused("practice")
        register.known_unit(db, about.unit)
        named = told.name if name_hash(told.name) == about.name_hash else ""
        scopes = [head.scope for head in heads if head.scope in register.SCOPES]
        revoked = own.said(db, about.device, register.REVOKED)
        db.execute(
            insert(_DEVICE).values(
                device=about.device,
                unit=about.unit,
                name=named or about.device,
                scope=scopes[-1] if scopes else "hamlets",
                public_key=about.public_key,
                certificate=certify(self._identity.key, about),
                sealed_recovery=None,
                state="revoked" if revoked else "active",
                enrolled_at=_written(about.issued),
                last_contact=_written(now),
                readmitted_at=_written(now),
            )
        )
        for login, key in told.officers:
            register.known_officer(db, about.unit, login, about.device, key)
        _log.warning("a laptop was readmitted by its certificate: %s", about.device)
        return about.unit, True

    def _begin_if_new(self, db: Connection, lost: set[str], now: datetime) -> None:
        """A new epoch, unless all that is lost was lost before the present one began."""
        mine = own.head(db).origin
        known = set(db.execute(select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_(None))).scalars())
        if lost <= known - {mine}:
            return
        units = [unit.code for unit in founding.units(db)]
        fresh = str(uuid4())
        # An epoch that this copy never heard of is a former one from now on.
        for origin in (*sorted(lost - known), fresh):
            founding.add_epoch(db, origin, units[0], now)
        db.execute(update(_META).where(_META.c.key == "epoch").values(value=fresh))
        numbers.keep(db, **{_STATE: json.dumps({"since": _written(now), "former": mine})})
        numbers.wait_for_confirmation(db, units)
        _log.warning("this centre was put back to an older copy: epoch %s after %s", fresh, mine)

    # -- The centre's own facts --------------------------------------------------------------------------

    def take_back(
        self, device: Device, facts: Iterable[tuple[Fact, bytes]], *, now: datetime
    ) -> dict[str, Any]:
        """Write what laptops have of this centre's former epochs into the present one, under the old ids.

        Each comes with the centre's own word for it. What stands in any epoch already changes nothing; what
        this centre did not sign is passed over.
        """
        key = self._identity.public_key
        vouched = [fact for fact, proof in facts if check_vouched(key, fact, proof)]
        with writing(self._engine) as db:
            _lock_what_they_decide(db, vouched)
            lock_subjects(db, device.unit, sorted({fact.subject for fact in vouched}))
            fresh = [fact for fact in vouched if not _stands(db, fact)]
            for fact in sorted(fresh, key=lambda each: (each.stamp, each.origin, each.seq)):
                own.append_again(db, fact, unit=device.unit, now=now)
                _EFFECTS.get(fact.kind, _nothing_more)(db, fact)
            about = sorted({fact.subject for fact in fresh})
            folding.refold(db, device.unit, about)
            feed.tell_everybody(db, device.unit, about)
            return {"code": "ok", "taken": len(fresh)}

    # -- For the administrator ---------------------------------------------------------------------------

    def state(self) -> Restore | None:
        """What is known of the last restore; None if there never was one."""
        with reading(self._engine) as db:
            said = noticed(db)
            if said is None:
                return None
            units = [unit.code for unit in founding.units(db)]
            devices = db.execute(select(_DEVICE).order_by(_DEVICE.c.enrolled_at)).all()
            return Restore(
                since=said["since"],
                former=said["former"],
                epoch=own.head(db).origin,
                waiting=tuple(unit for unit in units if numbers.unconfirmed(db, unit)),
                readmitted=tuple(row.name for row in devices if row.readmitted_at is not None),
                missing=tuple(row.name for row in devices if (row.last_contact or "") < said["since"]),
                highest={unit: numbers.highest(db, unit) for unit in units},
            )

    def declare(self, *, now: datetime) -> str:
        """Whoever puts a copy back knows it before any laptop can show it: the new epoch, begun at once."""
        with writing(self._engine) as db:
            db.execute(select(_META.c.value).where(_META.c.key == "epoch").with_for_update()).one()
            self._begin_if_new(db, {own.head(db).origin}, now)
            return own.head(db).origin

    def confirm(self, unit: str, highest: int) -> int:
        """Numbers are given again, above ``highest``; how many journals got some at once. Raises Refused."""
        with writing(self._engine) as db:
            register.known_unit(db, unit)
            return numbers.confirm(db, unit, highest, self._files.folder)


def _own_head(kept: Kept, key: bytes, told: Testimony) -> Head:
    """What a kept answer says; raises Unreadable unless this centre signed it, of this journal and laptop."""
    head = check_proof(kept.answer or b"", kept.signature, key)
    if head.origin != kept.origin or head.device not in {"", told.certificate.device}:
        raise Unreadable("an answer to somebody else")
    return head


def _beyond(db: Connection, head: Head, device: str, unit: str) -> bool:
    """Whether a signed head says of this centre what it does not hold (any more)."""
    standing = standing_of(db, head.origin, device)
    if head.seq > standing.seq or (head.seq and hash_at(db, head.origin, head.seq, standing) != head.hash):
        return True
    if not head.own_hash:
        return False  # signed by a centre of before
    row = db.execute(select(_ORIGIN.c.head).where(_ORIGIN.c.origin == head.epoch)).scalar()
    if row is None or head.own_seq > row or own.hash_at(db, head.epoch, head.own_seq) != head.own_hash:
        return True
    reached = select(_UNIT.c.feed).where(_UNIT.c.unit == unit)
    return head.epoch == own.head(db).origin and head.feed > db.execute(reached).scalar_one()


def _own_lost(db: Connection, shown: Shown | None, key: bytes) -> set[str]:
    """The epoch of a fact that this centre once wrote and does not hold; raises Unreadable for others."""
    if shown is None:
        return set()
    if not check_vouched(key, shown, shown.proof):
        raise Unreadable("a fact that this centre did not write")
    head = json.loads(shown.header)
    here = own.hash_at(db, head["origin"], head["seq"])
    return set() if here == shown.hash else {str(head["origin"])}


def noticed(db: Connection) -> dict[str, Any] | None:
    """The last restore that was noticed: ``since``, the ``former`` epoch, whether it is ``confirmed``."""
    said = db.execute(select(_META.c.value).where(_META.c.key == _STATE)).scalar()
    if said is None:
        return None
    waits = any(numbers.unconfirmed(db, unit.code) for unit in founding.units(db))
    return {**json.loads(said), "confirmed": not waits}


def _noticed_since(db: Connection, moment: datetime) -> bool:
    said = noticed(db)
    return said is not None and said["since"] >= _written(moment)


def _stands(db: Connection, fact: Fact) -> bool:
    """Whether this act of the centre's is here, in whichever epoch."""
    theirs = select(_ORIGIN.c.origin).where(_ORIGIN.c.device.is_(None))
    same = (_FACT.c.subject == fact.subject, _FACT.c.id == fact.id, _FACT.c.origin.in_(theirs))
    return db.execute(select(_FACT.c.row).where(*same)).first() is not None


# -- What the centre's own facts bring about -------------------------------------------------------------


def _lock_what_they_decide(db: Connection, facts: Iterable[Fact]) -> None:
    """Laptops' journals come first in the order of locks."""
    origins = sorted({str(fact.body.get("origin")) for fact in facts if fact.kind in _EFFECTS})
    db.execute(select(_ORIGIN.c.origin).where(_ORIGIN.c.origin.in_(origins)).with_for_update()).all()


def _corrected(db: Connection, fact: Fact) -> None:
    """A clock is read as before: what was folded by it is folded again."""
    origin = str(fact.body["origin"])
    last = corrections.in_force(db, fact.subject, origin)[-1]
    db.execute(update(_ORIGIN).where(_ORIGIN.c.origin == origin).values(offset_ms=last.offset_ms))
    folding.again(db, origin, fact.body["from_seq"])


def _decided(db: Connection, fact: Fact) -> None:
    """What a person decided about held facts holds for those that came again before it."""
    state = TAKEN if fact.kind == RELEASED else ASIDE
    seqs = [seq for seq in fact.body.get("seqs", []) if type(seq) is int]
    if not seqs:
        return
    origin = fact.body.get("origin")
    at = (_FACT.c.origin == origin, _FACT.c.seq.in_(seqs), _FACT.c.state == HELD)
    change: dict[str, Any] = {"state": state} | ({"reason": None} if state == TAKEN else {})
    db.execute(update(_FACT).where(*at).values(**change))
    folding.again(db, str(origin), min(seqs))


def _revoked(db: Connection, fact: Fact) -> None:
    db.execute(update(_DEVICE).where(_DEVICE.c.device == fact.subject).values(state="revoked"))


def _nothing_more(db: Connection, fact: Fact) -> None:
    """Its fold is all there is to it."""


_EFFECTS: Final = {
    CLOCK_CORRECTED: _corrected,
    RELEASED: _decided,
    SET_ASIDE: _decided,
    register.REVOKED: _revoked,
}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
