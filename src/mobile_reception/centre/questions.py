"""What waits for a person at the centre: held facts, conflicts, possible duplicates. Every answer has a name.

Who decided what is a fact in the centre's own origin. A closed conflict is about its dossier, and the feed
brings it to the laptops; what was released or set aside is about the device that sent it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, func, literal_column, select, update
from sqlalchemy.engine import Connection

from mobile_reception.centre import feed, folding, intake, own
from mobile_reception.centre.database import lock_subjects, reading, writing
from mobile_reception.centre.folding import ASIDE, HELD, RELEASED, SET_ASIDE, TAKEN
from mobile_reception.centre.identity import Identity
from mobile_reception.centre.standing import BY_NOT_TAKEN, NOT_TAKEN
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import SETTLED, DossierState

_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_HELD = Centre.metadata.tables["held"]
_DOSSIER = Centre.metadata.tables["dossier"]
_OFFICER = Centre.metadata.tables["officer"]

SAME_VISIT: Final = timedelta(days=7)
"""Within which one person's same procedure on two laptops is a question."""

_CHUNK: Final = 400
_NOTE: Final = 1000  # characters


@dataclass(frozen=True, slots=True)
class Held:
    """Something that a person has to look at.

    ``place`` names it: ``ORIGIN:SEQ``, or the digest of bytes that have no place in a chain. ``state`` is
    ``held`` (in no fold) or ``misfit`` (folded, changed nothing); ``reason`` is a code or an English phrase.
    """

    place: str
    state: str
    reason: str
    unit: str
    device: str
    origin: str
    seq: int
    kind: str
    subject: str | None
    received_at: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One of the values of a conflict, with who wrote it and when by the device's own clock."""

    value: Any
    officer: str
    at: str
    fact: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of a dossier with several values that nobody has seen and replaced."""

    unit: str
    subject: str
    code: str | None
    field: str
    values: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """One of the dossiers that may be the same."""

    subject: str
    code: str | None
    device: str
    received_at: str | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One person and one procedure on several laptops within `SAME_VISIT`: perhaps received twice."""

    unit: str
    procedure: str
    dossiers: tuple[Twin, ...]


class Questions:
    """Questions of the centre; methods of a transaction each. `Refused` says why something cannot be done."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity

    # -- Held --------------------------------------------------------------------------------------------

    def held(self) -> list[Held]:
        """All that is held, by origin and place."""
        with reading(self._engine) as db:
            return [*_held_facts(db), *_held_bodies(db, _HELD.c.state == HELD)]

    def show(self, place: str) -> tuple[Held, bytes]:
        """One thing that is held, and its bytes as they came. Raises Refused (``unknown_place``)."""
        with reading(self._engine) as db:
            found = _find(db, place)
            if len(found) != 1:
                raise Refused("unknown_place" if not found else "ambiguous_place")
            (held,) = found
            if held.seq == 0 or ":" not in held.place:
                return held, db.execute(select(_HELD.c.body).where(_HELD.c.digest == held.place)).scalar_one()
            at = (_FACT.c.origin == held.origin, _FACT.c.seq == held.seq)
            row = db.execute(select(_FACT.c.header, _FACT.c.payload, _FACT.c.payload_hash).where(*at)).one()
            payload = row.payload if row.payload is not None else f"~{row.payload_hash}"
            return held, f"{row.header}\n{payload}\n".encode()

    def release(self, place: str, *, officer: str, now: datetime) -> int:
        """Let held facts count: a place, or an origin's all. How many.

        Raises Refused: ``unknown_place``; ``not_readable`` for what this program cannot interpret and
        ``no_place`` for bytes without a chain, both of which can only be set aside; ``not_named``.
        """
        with writing(self._engine) as db:
            found = [held for held in _locked(db, place) if held.state == HELD]
            if any(":" not in held.place for held in found):
                raise Refused("no_place")
            fit = [held for held in found if _readable(db, held)]
            if not fit:
                raise Refused("not_readable" if found else "unknown_place")
            self._decide(db, fit, TAKEN, RELEASED, {}, officer=officer, now=now)
            return len(fit)

    def set_aside(self, place: str, *, note: str, officer: str, now: datetime) -> int:
        """Take held things out of what waits, for the reason in ``note``; they are kept. How many.

        Raises Refused: ``unknown_place``, ``note``, ``not_named``.
        """
        words = unicodedata.normalize("NFC", note).strip()
        if not words or len(words) > _NOTE or not words.isprintable():
            raise Refused("note")
        with writing(self._engine) as db:
            found = _locked(db, place)
            if not found:
                raise Refused("unknown_place")
            facts = [held for held in found if ":" in held.place]
            bodies = [held for held in found if ":" not in held.place]
            if facts:
                self._decide(db, facts, ASIDE, SET_ASIDE, {"note": words}, officer=officer, now=now)
            for held in bodies:
                login = named(db, held.unit, officer)
                db.execute(update(_HELD).where(_HELD.c.digest == held.place).values(state=ASIDE))
                said = {"origin": held.origin, "digest": held.place, "note": words}
                self._say(db, Act(held.device, SET_ASIDE, said), held.unit, login, now)
            return len(found)

    def _decide(
        self,
        db: Connection,
        found: Sequence[Held],
        state: str,
        kind: str,
        more: dict[str, str],
        *,
        officer: str,
        now: datetime,
    ) -> None:
        """Give facts of one origin another state, say so in the centre's origin, and fold them again."""
        first = found[0]
        login = named(db, first.unit, officer)
        subjects = sorted({held.subject for held in found if held.subject is not None})
        lock_subjects(db, first.unit, subjects)
        for some in _chunks([held.seq for held in found]):
            at = (_FACT.c.origin == first.origin, _FACT.c.seq.in_(some))
            change: dict[str, Any] = {"state": state} | ({"reason": None} if state == TAKEN else {})
            db.execute(update(_FACT).where(*at).values(**change))
            said = {"origin": first.origin, "seqs": list(some), **more}
            self._say(db, Act(first.device, kind, said), first.unit, login, now)
        folded = select(_ORIGIN.c.folded).where(_ORIGIN.c.origin == first.origin)
        reached = db.execute(folded).scalar_one()
        known = sorted({held.subject for held in found if held.subject and held.seq <= reached})
        folding.refold(db, first.unit, known)

    def _say(self, db: Connection, act: Act, unit: str, login: str, now: datetime) -> None:
        own.append(db, act, unit=unit, now=now, officer=login)
        feed.tell_everybody(db, unit, [act.subject])

    # -- Conflicts ---------------------------------------------------------------------------------------

    def conflicts(self) -> list[Conflict]:
        """Every conflict of every dossier, by unit and dossier."""
        with reading(self._engine) as db:
            torn = select(_DOSSIER.c.unit, _DOSSIER.c.subject).where(literal_column("conflicts > 0"))
            by_unit: dict[str, list[str]] = {}
            for row in db.execute(torn.order_by(_DOSSIER.c.unit, _DOSSIER.c.subject)):
                by_unit.setdefault(row.unit, []).append(row.subject)
            return [
                conflict
                for unit, subjects in by_unit.items()
                for state in folding.states(db, unit, subjects)
                for conflict in _conflicts_of(unit, state)
            ]

    def close(self, dossier: str, field: str, value: str, *, officer: str, now: datetime) -> None:
        """Settle a conflict: ``field`` of the dossier (its code or id) is ``value`` from now on.

        Raises Refused: ``unknown_dossier``, ``ambiguous_code``, ``no_conflict``, ``value``,
        ``not_named``.
        """
        with writing(self._engine) as db:
            either = (_DOSSIER.c.code == dossier) | (_DOSSIER.c.subject == dossier)
            rows = db.execute(select(_DOSSIER.c.unit, _DOSSIER.c.subject).where(either)).all()
            if len(rows) != 1:
                raise Refused("ambiguous_code" if rows else "unknown_dossier")
            unit, subject = rows[0]
            login = named(db, unit, officer)
            lock_subjects(db, unit, [subject])
            (state,) = folding.states(db, unit, [subject])
            standing = state.conflicts.get(field)
            if standing is None:
                raise Refused("no_conflict")
            chosen = _chosen(value, [each.value for each in standing])
            said = {"field": field, "value": chosen, "settles": [each.fact for each in standing]}
            self._say(db, Act(subject, SETTLED, said), unit, login, now)
            folding.refold(db, unit, [subject])

    # -- Perhaps received twice -----------------------------------------------------------------------------

    def duplicates(self) -> list[Duplicate]:
        """What may have been received twice, on different laptops; withdrawn dossiers are no question."""
        same = (_DOSSIER.c.unit, _DOSSIER.c.person, _DOSSIER.c.procedure)
        with reading(self._engine) as db:
            lasting = (_DOSSIER.c.received, _DOSSIER.c.person.is_not(None), _DOSSIER.c.status != 7)
            groups = select(*same).where(*lasting).group_by(*same).having(func.count() > 1)
            found = []
            for unit, person, procedure in db.execute(groups.order_by(*same)).all():
                those = (_DOSSIER.c.unit == unit, _DOSSIER.c.person == person)
                rows = db.execute(
                    select(_DOSSIER, _ORIGIN.c.device)
                    .join(_ORIGIN, _ORIGIN.c.origin == _DOSSIER.c.origin)
                    .where(*those, _DOSSIER.c.procedure == procedure, *lasting)
                    .order_by(_DOSSIER.c.received_at, _DOSSIER.c.subject)
                )
                twins = [Twin(row.subject, row.code, row.device or "", row.received_at) for row in rows]
                found += [Duplicate(unit, procedure, some) for some in _visits(twins)]
            return found


def named(db: Connection, unit: str, login: str) -> str:
    """The login of an officer who may decide here. Raises Refused (``not_named``)."""
    at = (_OFFICER.c.unit == unit, _OFFICER.c.login == unicodedata.normalize("NFC", login).strip())
    row = db.execute(select(_OFFICER.c.login, _OFFICER.c.active, _OFFICER.c.role).where(*at)).first()
    if row is None or not row.active or row.role == "inspector":
        raise Refused("not_named")
    return str(row.login)


def held_cards(db: Connection, device: str) -> list[dict[str, Any]]:
    """What a laptop is told of its own facts that are being checked; the first hundreds of them."""
    theirs = select(_ORIGIN.c.origin).where(_ORIGIN.c.device == device)
    columns = (_FACT.c.origin, _FACT.c.seq, _FACT.c.subject, _FACT.c.state, _FACT.c.reason)
    rows = db.execute(
        select(*columns)
        .with_hint(*BY_NOT_TAKEN)
        .where(_FACT.c.origin.in_(theirs), NOT_TAKEN)
        .order_by(_FACT.c.origin, _FACT.c.seq)
        .limit(_CHUNK)
    )
    names = ("origin", "seq", "subject", "state", "reason")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _held_facts(db: Connection, *which: ColumnElement[bool]) -> Iterator[Held]:
    rows = db.execute(
        select(_FACT, _ORIGIN.c.device)
        .join(_ORIGIN, _ORIGIN.c.origin == _FACT.c.origin)
        .with_hint(*BY_NOT_TAKEN)
        .where(NOT_TAKEN, *which)
        .order_by(_FACT.c.origin, _FACT.c.seq)
    )
    for row in rows:
        yield Held(
            f"{row.origin}:{row.seq}",
            row.state,
            row.reason or "",
            row.unit,
            row.device or "",
            row.origin,
            row.seq,
            row.kind,
            row.subject,
            row.received_at,
        )


def _held_bodies(db: Connection, *which: ColumnElement[bool]) -> Iterator[Held]:
    for row in db.execute(select(_HELD).where(*which).order_by(_HELD.c.origin, _HELD.c.seq)):
        about = (row.unit, row.device, row.origin, row.seq, "", None, row.received_at)
        yield Held(row.digest, row.state, row.reason, *about)


def _find(db: Connection, place: str) -> list[Held]:
    """What waits at a place: ``ORIGIN:SEQ``, an origin, or (the beginning of) a digest."""
    origin, mark, seq = place.partition(":")
    if mark:
        if not (seq.isdecimal() and seq.isascii() and len(seq) < 16):
            return []
        return list(_held_facts(db, _FACT.c.origin == origin, _FACT.c.seq == int(seq)))
    if re.fullmatch(r"[0-9a-f]{8,64}", place):
        return list(_held_bodies(db, _HELD.c.digest.startswith(place), _HELD.c.state == HELD))
    return list(_held_facts(db, _FACT.c.origin == origin))


def _locked(db: Connection, place: str) -> list[Held]:
    """`_find`, with the origin held still: nobody folds or lengthens it meanwhile."""
    origin = place.partition(":")[0]
    db.execute(select(_ORIGIN.c.origin).where(_ORIGIN.c.origin == origin).with_for_update()).first()
    return _find(db, place)


def _readable(db: Connection, held: Held) -> bool:
    """Whether this program could fold it."""
    if held.subject is None:
        return False
    at = (_FACT.c.origin == held.origin, _FACT.c.seq == held.seq)
    row = db.execute(select(_FACT.c.header, _FACT.c.payload).where(*at)).one()
    known = not intake.not_known(held.kind, intake.schema_of(row.header))
    return known and folding.sound(row.payload)


def _conflicts_of(unit: str, state: DossierState) -> Iterator[Conflict]:
    for field, values in state.conflicts.items():
        standing = tuple(Standing(each.value, each.officer, each.at, each.fact) for each in values)
        yield Conflict(unit, state.subject, state.code, field, standing)


def _chosen(said: str, standing: Sequence[Any]) -> Any:
    """The value that a person means: one that stands, else one of the same kind."""
    text = unicodedata.normalize("NFC", said)
    for value in standing:
        if text == value or (not isinstance(value, str) and text == json.dumps(value, ensure_ascii=False)):
            return value
    if all(isinstance(value, str) or value is None for value in standing):
        return text
    if all(type(value) is int for value in standing) and re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    raise Refused("value")


def _visits(twins: Iterable[Twin]) -> Iterator[tuple[Twin, ...]]:
    """Dossiers of one person, in the order of their reception, parted where a week lies between two."""
    visit: list[Twin] = []
    for twin in twins:
        if visit and not _near(visit[-1], twin):
            yield from _of_two_laptops(visit)
            visit = []
        visit.append(twin)
    yield from _of_two_laptops(visit)


def _near(one: Twin, other: Twin) -> bool:
    try:
        first, later = (datetime.fromisoformat(each.received_at or "") for each in (one, other))
        return later - first <= SAME_VISIT
    except (ValueError, TypeError):
        return True  # times that cannot be read or compared: a person sees more than we do


def _of_two_laptops(visit: Sequence[Twin]) -> Iterator[tuple[Twin, ...]]:
    if len({twin.device for twin in visit}) > 1:
        yield tuple(visit)


def _chunks(items: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
