"""How far each journal lies in a verified backup: noted when a copy was read, said in every answer.

A laptop may let go of what is below such a mark, so a mark is never more than what this database holds just
now: one from before a restore counts only where the fact at its place still has the hash that was noted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Engine, delete, func, insert, select, tuple_
from sqlalchemy.engine import Connection

from mobile_reception.centre.database import reading, writing
from mobile_reception.centre.tables import Centre

_META = Centre.metadata.tables["meta"]
_ORIGIN = Centre.metadata.tables["origin"]
_FACT = Centre.metadata.tables["fact"]
_FILE = Centre.metadata.tables["file"]
_ANNOUNCED = Centre.metadata.tables["file_announced"]

_LAST: Final = "safe"
_MARK: Final = "safe:"
_WORD: Final = "safe_word"
_AT_ONCE: Final = 400
_LACKING: Final = "safe_lacking"


@dataclass(frozen=True, slots=True)
class Backup:
    """The last backup that was verified: when, where it lies, how many facts of laptops are in it."""

    at: str
    place: str
    facts: int


def last(db: Connection) -> Backup | None:
    """The last verified backup; None while there was none."""
    kept = db.execute(select(_META.c.value).where(_META.c.key == _LAST)).scalar()
    return None if kept is None else Backup(**json.loads(kept))


def mark(db: Connection, origin: str, head: int, hash_at: Callable[[int], str]) -> int:
    """The last seq of ``origin`` in a verified backup; 0 where the journal here, up to ``head``, differs."""
    kept = db.execute(select(_META.c.value).where(_META.c.key == _MARK + origin)).scalar()
    if kept is None:
        return 0
    seq, _, noted = kept.partition(" ")
    return int(seq) if 0 < int(seq) <= head and hash_at(int(seq)) == noted else 0


def card(db: Connection, unit: str) -> dict[str, Any] | None:
    """What laptops of a unit are told of the last verified backup: every journal's mark, the centre's too.

    ``lacking`` are files that facts below the marks announce and that were in no such backup.
    """
    told = last(db)
    if told is None:
        return None
    theirs = select(_ORIGIN.c.origin).where((_ORIGIN.c.unit == unit) | _ORIGIN.c.device.is_(None))
    near = set(db.execute(theirs).scalars())
    marks = {origin: mark for origin, mark in _marks(db).items() if origin in near}
    sound = _standing(db, marks)
    heads = [{"origin": origin, "seq": marks[origin][0]} for origin in sorted(sound)]
    return {"at": told.at, "heads": heads, "lacking": _lacking(db).get(unit, [])}


class Safe:
    """The marks of a centre, or of a copy of it. Methods of a transaction each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self) -> Backup | None:
        """The last verified backup; None while there was none."""
        with reading(self._engine) as db:
            return last(db)

    def leave_word(self) -> str:
        """Write a word into this database that no other has."""
        word = secrets.token_hex(16)
        with writing(self._engine) as db:
            _put(db, _WORD, word)
        return word

    def word(self) -> str | None:
        """The word that was left in this database last."""
        with reading(self._engine) as db:
            return db.execute(select(_META.c.value).where(_META.c.key == _WORD)).scalar()

    def reach(self) -> dict[str, int]:
        """How far the facts of each journal are whole here, none of them erased."""
        with reading(self._engine) as db:
            heads = _heads(db)
            first = func.min(_FACT.c.seq).label("seq")
            torn = select(_FACT.c.origin, first).where(_FACT.c.payload.is_(None)).group_by(_FACT.c.origin)
            erased = {row.origin: int(row.seq) for row in db.execute(torn)}
        return {origin: min(head, erased.get(origin, head + 1) - 1) for origin, head in heads.items()}

    def hashes(self, places: Mapping[str, int]) -> dict[str, str]:
        """The hash of the fact at a place (seq) of each journal, where there is one."""
        with reading(self._engine) as db:
            return _hashes(db, places)

    def files(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """By unit, the files that are here, and those that were announced and are not."""
        here: dict[str, set[str]] = {}
        lacking: dict[str, set[str]] = {}
        told = select(_ANNOUNCED.c.unit, _ANNOUNCED.c.sha256).where(_ANNOUNCED.c.withdrawn.is_(False))
        with reading(self._engine) as db:
            for row in db.execute(select(_FILE.c.unit, _FILE.c.sha256)):
                here.setdefault(row.unit, set()).add(row.sha256)
            for row in db.execute(told):
                if row.sha256 not in here.get(row.unit, ()):
                    lacking.setdefault(row.unit, set()).add(row.sha256)
        return here, lacking

    def note(self, copy: Safe, *, place: str, facts: int, now: datetime) -> Backup:
        """Note what is in a copy that has been verified, as far as its journals are those of this centre.

        A mark goes back only where the journal here is another one by now.
        """
        reach, (files, lacking) = copy.reach(), copy.files()
        with reading(self._engine) as db:
            ours = _heads(db)
        common = {origin: min(seq, ours[origin]) for origin, seq in reach.items() if origin in ours}
        said = copy.hashes(common)
        with writing(self._engine) as db:
            here = _hashes(db, common)
            before = _marks(db)
            standing = _standing(db, before)
            for origin in sorted(common):
                same = origin in said and said[origin] == here.get(origin)
                if same and (origin not in standing or before[origin][0] < common[origin]):
                    _put(db, _MARK + origin, f"{common[origin]} {said[origin]}")
            # Marks stay, so what they speak of and no backup had stays lacking until one has it.
            for unit, names in _lacking(db).items():
                lacking.setdefault(unit, set()).update(set(names) - files.get(unit, set()))
            _put(db, _LACKING, json.dumps({unit: sorted(names) for unit, names in lacking.items()}))
            backup = Backup(_written(now), place, facts)
            _put(db, _LAST, json.dumps(asdict(backup)))
        return backup


def _lacking(db: Connection) -> dict[str, list[str]]:
    kept = db.execute(select(_META.c.value).where(_META.c.key == _LACKING)).scalar()
    return {} if kept is None else dict(json.loads(kept))


def _heads(db: Connection) -> dict[str, int]:
    """How far each journal reaches."""
    return {row.origin: int(row.head) for row in db.execute(select(_ORIGIN.c.origin, _ORIGIN.c.head))}


def _marks(db: Connection) -> dict[str, tuple[int, str]]:
    rows = db.execute(select(_META.c.key, _META.c.value).where(_META.c.key.startswith(_MARK)))
    marks: dict[str, tuple[int, str]] = {}
    for key, value in rows:
        seq, _, noted = value.partition(" ")
        marks[key.removeprefix(_MARK)] = (int(seq), noted)
    return marks


def _standing(db: Connection, marks: Mapping[str, tuple[int, str]]) -> set[str]:
    """The origins whose fact at the marked place is the one that was noted."""
    here = _hashes(db, {origin: seq for origin, (seq, _) in marks.items()})
    return {origin for origin, (_, noted) in marks.items() if here.get(origin) == noted}


def _hashes(db: Connection, places: Mapping[str, int]) -> dict[str, str]:
    asked = sorted(places.items())
    found: dict[str, str] = {}
    for start in range(0, len(asked), _AT_ONCE):
        some = tuple_(_FACT.c.origin, _FACT.c.seq).in_(asked[start : start + _AT_ONCE])
        rows = db.execute(select(_FACT.c.origin, _FACT.c.hash).where(some))
        found.update((row.origin, row.hash) for row in rows)
    return found


def _put(db: Connection, key: str, value: str) -> None:
    db.execute(delete(_META).where(_META.c.key == key))
    db.execute(insert(_META).values(key=key, value=value))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
