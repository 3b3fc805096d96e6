"""The plan of sessions at the centre: rules, what was changed about one session, and the sessions themselves.

The sessions of a rule are stored, not worked out when somebody asks: what was printed, sent and put into
calendars stays what it was until a person or the calendar of holidays changes it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.engine import Connection

from mobile_reception.centre.database import reading, writing
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Refused
from mobile_reception.dossier import plan
from mobile_reception.dossier.days import Calendar
from mobile_reception.dossier.plan import Change, Planned, Rule
from mobile_reception.words import VIETNAM

_UNIT = Centre.metadata.tables["unit"]
_DEVICE = Centre.metadata.tables["device"]
_CARD = Centre.metadata.tables["card"]
_RULE = Centre.metadata.tables["plan_rule"]
_CHANGE = Centre.metadata.tables["plan_change"]
_SESSION = Centre.metadata.tables["session"]
_KIND: Final = "planned"


class Plans:
    """What is planned. Methods of its own transaction each; `Refused` says why not."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def once(self, unit: str, session: Planned, *, now: datetime) -> Planned:
        """Plan one session at a hamlet. Planning it again (same hamlet and day) changes nothing.

        Raises Refused (``unknown_unit``).
        """
        name = unicodedata.normalize("NFC", session.hamlet).strip()
        with writing(self._engine) as db:
            _locked(db, unit)
            for known in _stored(db, unit).values():
                if known.hamlet == name and known.day == session.day and known.held:
                    return known
            made = replace(session, id=str(uuid4()), hamlet=name, stamp=_written(now))
            _put(db, unit, made)
            return made

    def recur(self, unit: str, rule: Rule, *, now: datetime) -> tuple[Planned, ...]:
        """Put a rule into force and plan its sessions; those sessions.

        The same id again changes the rule: sessions to come follow it, past and opened ones stay. Raises
        Refused (``unknown_unit``, ``unknown_device``).
        """
        with writing(self._engine) as db:
            _locked(db, unit)
            rule = replace(rule, devices=_devices(db, unit, rule.devices))
            at = (_RULE.c.unit == unit, _RULE.c.rule == rule.id)
            body = json.dumps(plan.rule_json(rule), ensure_ascii=False)
            if db.execute(update(_RULE).where(*at).values(body=body)).rowcount == 0:
                db.execute(insert(_RULE).values(unit=unit, rule=rule.id, body=body))
            _settle(db, unit, now)
            return _sorted(each for each in _stored(db, unit).values() if each.rule == rule.id)

    def end(self, unit: str, rule: str, last: date, *, now: datetime) -> Rule:
        """Let a rule end on ``last``: its later sessions are cancelled. Raises Refused (``unknown_rule``)."""
        with writing(self._engine) as db:
            _locked(db, unit)
            known = next((each for each in _rules(db, unit) if each.id == rule), None)
            if known is None:
                raise Refused("unknown_rule")
            ended = replace(known, until=max(last, known.first))
            at = (_RULE.c.unit == unit, _RULE.c.rule == rule)
            body = json.dumps(plan.rule_json(ended), ensure_ascii=False)
            db.execute(update(_RULE).where(*at).values(body=body))
            _settle(db, unit, now)
            return ended

    def change(self, unit: str, change: Change, *, now: datetime) -> Planned:
        """Cancel, move or set right one planned session; as it is then.

        Raises Refused (``unknown_session``, ``opened`` for one that has been held).
        """
        with writing(self._engine) as db:
            _locked(db, unit)
            known = _stored(db, unit).get(change.id)
            if known is None:
                raise Refused("unknown_session")
            if change.id in _opened(db, unit):
                raise Refused("opened")
            at = (_CHANGE.c.unit == unit, _CHANGE.c.session == change.id)
            body = json.dumps(plan.change_json(change), ensure_ascii=False)
            if db.execute(update(_CHANGE).where(*at).values(body=body)).rowcount == 0:
                db.execute(insert(_CHANGE).values(unit=unit, session=change.id, body=body))
            if known.rule is None:
                _put(db, unit, _renewed(known, plan.changed(known, change), now))
            else:
                _settle(db, unit, now)
            return _stored(db, unit)[change.id]

    def restore(self, unit: str, session: str, *, now: datetime) -> Planned:
        """Take back what was changed about a session of a rule. Raises Refused (``unknown_session``)."""
        with writing(self._engine) as db:
            _locked(db, unit)
            known = _stored(db, unit).get(session)
            if known is None:
                raise Refused("unknown_session")
            db.execute(delete(_CHANGE).where(_CHANGE.c.unit == unit, _CHANGE.c.session == session))
            if known.rule is None:
                _put(db, unit, _renewed(known, replace(known, state=plan.PLANNED, note=""), now))
            else:
                _settle(db, unit, now)
            return _stored(db, unit)[session]

    def extend(self, unit: str, *, now: datetime) -> None:
        """Plan the rules without an end further ahead, by the calendar as it is now."""
        with writing(self._engine) as db:
            _locked(db, unit)
            _settle(db, unit, now)

    def assign(self, unit: str, session: str, devices: Iterable[str], *, now: datetime) -> Planned:
        """Say which laptops (ids or names) serve a session; none: all.

        Raises Refused (``unknown_session``, ``unknown_device``).
        """
        with writing(self._engine) as db:
            _locked(db, unit)
            known = _stored(db, unit).get(session)
            if known is None:
                raise Refused("unknown_session")
            served = replace(known, devices=_devices(db, unit, tuple(devices)))
            _put(db, unit, replace(served, stamp=_written(now)))
            return served

    def rules(self, unit: str) -> tuple[Rule, ...]:
        """The rules in force, in the order of their first days."""
        with reading(self._engine) as db:
            return tuple(sorted(_rules(db, unit), key=lambda each: (each.first, each.id)))

    def sessions(self, unit: str, first: date | None = None, last: date | None = None) -> tuple[Planned, ...]:
        """The planned sessions between two days, cancelled ones too, in order."""
        with reading(self._engine) as db:
            return _sorted(
                each
                for each in _stored(db, unit).values()
                if (first is None or each.day >= first) and (last is None or each.day <= last)
            )

    def session(self, unit: str, key: str) -> Planned:
        """A planned session by its id. Raises Refused (``unknown_session``)."""
        with reading(self._engine) as db:
            return one(db, unit, key)

    def calendar(self, unit: str) -> Calendar:
        """The calendar that the unit's sessions are planned by."""
        with reading(self._engine) as db:
            return _calendar(db, unit)


def one(db: Connection, unit: str, key: str) -> Planned:
    """A planned session by its id. Raises Refused (``unknown_session``)."""
    found = _stored(db, unit).get(key)
    if found is None:
        raise Refused("unknown_session")
    return found


def serving(db: Connection, unit: str, device: str) -> set[str]:
    """The planned sessions that a laptop serves: those given to it and those given to nobody."""
    return {each.id for each in _stored(db, unit).values() if not each.devices or device in each.devices}


def cards(sessions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Planned sessions as laptops are told of them, in order."""
    told = [{name: part for name, part in each.items() if name != "devices"} for each in sessions]
    return sorted(told, key=lambda each: (each["day"], each["hamlet"], each["id"]))


def _settle(db: Connection, unit: str, now: datetime) -> None:
    """Make the stored sessions what rules, calendar and changes say; the past and the opened stay."""
    today = now.astimezone(VIETNAM).date()
    calendar, stored = _calendar(db, unit), _stored(db, unit)
    changes = {
        change.id: change
        for change in (
            plan.change_of(json.loads(body))
            for body in db.execute(select(_CHANGE.c.body).where(_CHANGE.c.unit == unit)).scalars()
        )
    }
    fixed = _opened(db, unit)
    wanted: dict[str, Planned] = {}
    for rule in _rules(db, unit):
        for each in plan.sessions(rule, calendar, today + plan.LONGEST_PLAN):
            change = changes.get(each.id)
            wanted[each.id] = each if change is None else plan.changed(each, change)
    for key, planned in wanted.items():
        known = stored.get(key)
        if known is None:
            _put(db, unit, replace(planned, stamp=_written(now)))
        elif key not in fixed and (known.day >= today or planned.day >= today or key in changes):
            _put(db, unit, _renewed(known, planned, now))
    for key, known in stored.items():
        if known.rule is not None and key not in wanted and key not in fixed and known.day >= today:
            _put(db, unit, _renewed(known, replace(known, state=plan.CANCELLED, note=""), now))


def _renewed(known: Planned, planned: Planned, now: datetime) -> Planned:
    """The session as it is planned now, counted as a change if it differs."""
    same = replace(planned, changed=known.changed, stamp=known.stamp, devices=known.devices)
    if same == known:
        return known
    return replace(same, changed=known.changed + 1, stamp=_written(now))


def _stored(db: Connection, unit: str) -> dict[str, Planned]:
    bodies = db.execute(select(_CARD.c.body).where(_CARD.c.unit == unit, _CARD.c.kind == _KIND)).scalars()
    return {each.id: each for each in (plan.planned_of(json.loads(body)) for body in bodies)}


def _put(db: Connection, unit: str, session: Planned) -> None:
    body = json.dumps(plan.planned_json(session), ensure_ascii=False)
    at = (_CARD.c.unit == unit, _CARD.c.kind == _KIND)
    if db.execute(update(_CARD).where(*at, _CARD.c.name == session.id).values(body=body)).rowcount:
        return
    # Of sessions that an older program planned the name is day and hamlet: found by the id inside.
    rows = db.execute(select(_CARD.c.name, _CARD.c.body).where(*at)) if session.rule is None else ()
    name = next((row.name for row in rows if json.loads(row.body)["id"] == session.id), None)
    if name is None:
        db.execute(insert(_CARD).values(unit=unit, kind=_KIND, name=session.id, body=body))
    else:
        db.execute(update(_CARD).where(*at, _CARD.c.name == name).values(body=body))


def _rules(db: Connection, unit: str) -> list[Rule]:
    bodies = db.execute(select(_RULE.c.body).where(_RULE.c.unit == unit)).scalars()
    return [plan.rule_of(json.loads(body)) for body in bodies]


def _opened(db: Connection, unit: str) -> set[str]:
    """Sessions that a laptop has opened: what is planned about them is history."""
    query = select(_SESSION.c.subject).where(_SESSION.c.unit == unit, _SESSION.c.opened)
    return set(db.execute(query).scalars())


def _calendar(db: Connection, unit: str) -> Calendar:
    at = (_CARD.c.unit == unit, _CARD.c.kind == "settings")
    body = db.execute(select(_CARD.c.body).where(*at)).scalar()
    return Calendar.load() if body is None else Calendar.load().with_settings(json.loads(body))


def _devices(db: Connection, unit: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of laptops given by id or name. Raises Refused (``unknown_device``, ``ambiguous``)."""
    found = []
    for name in named:
        either = (_DEVICE.c.device == name) | (_DEVICE.c.name == name)
        rows = db.execute(select(_DEVICE.c.device).where(_DEVICE.c.unit == unit, either)).scalars().all()
        if len(rows) != 1:
            raise Refused("ambiguous" if rows else "unknown_device")
        found.append(str(rows[0]))
    return tuple(found)


def _locked(db: Connection, unit: str) -> None:
    if db.execute(select(_UNIT.c.unit).where(_UNIT.c.unit == unit).with_for_update()).first() is None:
        raise Refused("unknown_unit")


def _sorted(sessions: Iterable[Planned]) -> tuple[Planned, ...]:
    return tuple(sorted(sessions, key=lambda each: (each.day, each.begins, each.hamlet, each.id)))


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")
