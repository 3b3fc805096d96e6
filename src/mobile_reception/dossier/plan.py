"""The plan of hamlet sessions: which days a rule names, what is cancelled or moved, which session is next.

A planned session keeps its id for as long as its rule exists: the id is made from the rule and the day that
the rule first named, so a session that is moved, or planned again from the same rule, is the same session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from mobile_reception.dossier.days import SESSION_KINDS, Calendar
from mobile_reception.words import text

BEGINS: Final = time(7, 30)
ENDS: Final = time(11, 0)
"""Half a day, where nobody says otherwise."""

PLANNED: Final = "planned"
CANCELLED: Final = "cancelled"

HOLIDAY_RULES: Final = ("skip", "before", "after")
"""A session that falls on a holiday is not held, or is held on the working day before or after it."""

MOST_HAMLETS: Final = 100
LONGEST_PLAN: Final = timedelta(days=400)
"""How far a rule without an end is planned ahead."""

_DAYS: Final[Mapping[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            ("mon", "t2"),
            ("tue", "t3"),
            ("wed", "t4"),
            ("thu", "t5"),
            ("fri", "t6"),
            ("sat", "t7"),
            ("sun", "cn"),
        )
    )
    for name in names
}


class BadPlan(ValueError):
    """Something that is no rule or no change of a plan; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence: one session on each of the ``weekdays`` (0 is Monday) from ``first`` to ``until``.

    The ``hamlets`` take turns, a single one is always the same. ``devices`` are the laptops that serve these
    sessions; none: all of the unit.
    """

    id: str
    weekdays: tuple[int, ...]
    first: date
    until: date | None
    hamlets: tuple[str, ...]
    kind: str = "regular"
    begins: time = BEGINS
    ends: time = ENDS
    holidays: str = "skip"
    devices: tuple[str, ...] = ()
    number: str = ""
    """Of the plan that these sessions are held by: ``45/KH-UBND``."""

    def __post_init__(self) -> None:
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise BadPlan(text("Cần ít nhất một ngày trong tuần."))
        if not 0 < len(self.hamlets) <= MOST_HAMLETS or not all(name.strip() for name in self.hamlets):
            raise BadPlan(text("Cần tên ấp, khóm nơi mở phiên."))
        if self.until is not None and self.until < self.first:
            raise BadPlan(text("Ngày cuối phải từ ngày đầu trở đi."))
        if self.kind not in SESSION_KINDS or self.holidays not in HOLIDAY_RULES:
            raise BadPlan(text("Loại phiên hoặc cách xử lý ngày nghỉ không đúng."))
        if self.ends <= self.begins:
            raise BadPlan(text("Giờ kết thúc phải sau giờ bắt đầu."))


@dataclass(frozen=True, slots=True)
class Planned:
    """A session as it is planned; ``original`` is the day that its rule named, before any change.

    ``state`` is `PLANNED` or `CANCELLED`; ``note`` says why it differs from its rule. ``changed`` counts how
    often it was changed since it was first planned.
    """

    id: str
    hamlet: str
    day: date
    kind: str = "regular"
    begins: time = BEGINS
    ends: time = ENDS
    state: str = PLANNED
    note: str = ""
    rule: str | None = None
    original: date | None = None
    devices: tuple[str, ...] = ()
    changed: int = 0
    stamp: str = ""
    """When it was planned or last changed (ISO); calendars ask for it."""
    number: str = ""

    @property
    def held(self) -> bool:
        """Whether it will take place."""
        return self.state == PLANNED


@dataclass(frozen=True, slots=True)
class Change:
    """An exception: the session ``id`` is cancelled, or held on another day, at another place or time."""

    id: str
    cancelled: bool = False
    day: date | None = None
    hamlet: str | None = None
    begins: time | None = None
    ends: time | None = None
    reason: str = ""


def weekday(typed: str) -> int:
    """The number of a weekday: ``wed``, ``T4``, ``CN``. Raises BadPlan."""
    known = _DAYS.get(typed.strip().lower())
    if known is None:
        raise BadPlan(
            text("Ngày trong tuần ghi T2 đến T7, CN hoặc mon đến sun: «{given}».", given=typed[:20])
        )
    return known


def clock(typed: str) -> time:
    """A time of day as typed: ``7:30``, ``07:30``, ``7h30``. Raises BadPlan."""
    hours, _, minutes = typed.strip().lower().replace("h", ":").partition(":")
    if hours.isdecimal() and (minutes or "0").isdecimal() and int(hours) < 24 and int(minutes or 0) < 60:
        return time(int(hours), int(minutes or 0))
    raise BadPlan(text("Giờ ghi dạng 07:30: «{given}».", given=typed[:20]))


def sessions(rule: Rule, calendar: Calendar, horizon: date) -> Iterator[Planned]:
    """The sessions that a rule names up to ``horizon``, in the order of the days that it names.

    Turns are counted by those days: a hamlet whose day is a holiday does not push all the others on.
    """
    last = horizon if rule.until is None else min(rule.until, horizon)
    day, turn = rule.first, 0
    while day <= last:
        if day.weekday() in rule.weekdays:
            yield _on(rule, day, rule.hamlets[turn % len(rule.hamlets)], calendar)
            turn += 1
        day += timedelta(days=1)


def _on(rule: Rule, original: date, hamlet: str, calendar: Calendar) -> Planned:
    planned = Planned(
        id=str(uuid5(UUID(rule.id), original.isoformat())),
        hamlet=hamlet,
        day=original,
        kind=rule.kind,
        begins=rule.begins,
        ends=rule.ends,
        rule=rule.id,
        original=original,
        devices=rule.devices,
        number=rule.number,
    )
    row = calendar.row(original)
    if row is None or row.kind != "off":
        return planned
    if rule.holidays == "skip":
        return replace(planned, state=CANCELLED, note=row.name)
    step = timedelta(days=-1 if rule.holidays == "before" else 1)
    moved = original + step
    while not calendar.is_working(moved) or moved.weekday() in rule.weekdays:
        moved += step
        if abs((moved - original).days) > 31:  # a rule for every day of the week leaves no room beside it
            return replace(planned, state=CANCELLED, note=row.name)
    return replace(planned, day=moved, note=row.name)


def changed(planned: Planned, change: Change) -> Planned:
    """The session with an exception put in."""
    if change.cancelled:
        return replace(planned, state=CANCELLED, note=change.reason)
    return replace(
        planned,
        state=PLANNED,
        day=change.day or planned.day,
        hamlet=change.hamlet or planned.hamlet,
        begins=change.begins or planned.begins,
        ends=change.ends or planned.ends,
        note=change.reason,
    )


def proposed(plan: Iterable[Planned], today: date, done: Iterable[str] = ()) -> Planned | None:
    """The session to open: the first of today that is not ``done``, else the next one to come."""
    over = set(done)
    coming = [each for each in plan if each.held and each.day >= today and each.id not in over]
    return min(coming, key=lambda each: (each.day, each.begins, each.id), default=None)


def unforeseen(plan: Sequence[Planned], calendar: Calendar) -> tuple[str, ...]:
    """What a person should know about a plan: years without a confirmed calendar."""
    years = sorted({each.day.year for each in plan if not calendar.confirmed(each.day.year)})
    return tuple(
        text("Lịch nghỉ lễ, Tết năm {year} chưa được xác nhận: kiểm tra lại kế hoạch.", year=year)
        for year in years
    )


def kind_words(kind: str) -> str:
    """What kind of session it is, for a list."""
    names = {
        "regular": text("định kỳ"),
        "weekend": text("cuối tuần"),
        "facility": text("tại cơ sở y tế"),
        "after-hours": text("ngoài giờ"),
    }
    return names.get(kind, kind)


def note_words(planned: Planned) -> str:
    """What is unusual about a planned session, in a few words; "" for nothing."""
    if not planned.held:
        off = text("nghỉ")
        return f"{off}: {planned.note}" if planned.note else off
    if planned.original is not None and planned.original != planned.day:
        moved = text("dời từ {day}", day=f"{planned.original:%d/%m}")
        return f"{moved}: {planned.note}" if planned.note else moved
    return planned.note


# -- As JSON -----------------------------------------------------------------------------------------------


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule as it is stored."""
    return {
        "id": rule.id,
        "weekdays": list(rule.weekdays),
        "first": rule.first.isoformat(),
        "until": rule.until.isoformat() if rule.until else None,
        "hamlets": list(rule.hamlets),
        "kind": rule.kind,
        "begins": f"{rule.begins:%H:%M}",
        "ends": f"{rule.ends:%H:%M}",
        "holidays": rule.holidays,
        "devices": list(rule.devices),
        "number": rule.number,
    }


def rule_of(card: Mapping[str, Any]) -> Rule:
    """The rule that `rule_json` wrote."""
    return Rule(
        id=card["id"],
        weekdays=tuple(card["weekdays"]),
        first=date.fromisoformat(card["first"]),
        until=date.fromisoformat(card["until"]) if card["until"] else None,
        hamlets=tuple(card["hamlets"]),
        kind=card["kind"],
        begins=time.fromisoformat(card["begins"]),
        ends=time.fromisoformat(card["ends"]),
        holidays=card["holidays"],
        devices=tuple(card["devices"]),
        number=str(card.get("number") or ""),
    )


def change_json(change: Change) -> dict[str, Any]:
    """A change as it is stored."""
    return {
        "id": change.id,
        "cancelled": change.cancelled,
        "day": change.day.isoformat() if change.day else None,
        "hamlet": change.hamlet,
        "begins": f"{change.begins:%H:%M}" if change.begins else None,
        "ends": f"{change.ends:%H:%M}" if change.ends else None,
        "reason": change.reason,
    }


def change_of(card: Mapping[str, Any]) -> Change:
    """The change that `change_json` wrote."""
    return Change(
        id=card["id"],
        cancelled=card["cancelled"],
        day=date.fromisoformat(card["day"]) if card["day"] else None,
        hamlet=card["hamlet"],
        begins=time.fromisoformat(card["begins"]) if card["begins"] else None,
        ends=time.fromisoformat(card["ends"]) if card["ends"] else None,
        reason=card["reason"],
    )


def planned_json(planned: Planned) -> dict[str, Any]:
    """A planned session as it is stored, sent and told."""
    return {
        "id": planned.id,
        "hamlet": planned.hamlet,
        "day": planned.day.isoformat(),
        "kind": planned.kind,
        "begins": f"{planned.begins:%H:%M}",
        "ends": f"{planned.ends:%H:%M}",
        "state": planned.state,
        "note": planned.note,
        "rule": planned.rule,
        "original": planned.original.isoformat() if planned.original else None,
        "devices": list(planned.devices),
        "changed": planned.changed,
        "stamp": planned.stamp,
        "number": planned.number,
    }


def planned_of(card: Mapping[str, Any]) -> Planned:
    """The planned session of a card; what an older centre does not say takes its usual value."""
    return Planned(
        id=str(card["id"]),
        hamlet=str(card.get("hamlet") or ""),
        day=date.fromisoformat(card["day"]),
        kind=str(card.get("kind") or "regular"),
        begins=time.fromisoformat(card.get("begins") or f"{BEGINS:%H:%M}"),
        ends=time.fromisoformat(card.get("ends") or f"{ENDS:%H:%M}"),
        state=str(card.get("state") or PLANNED),
        note=str(card.get("note") or ""),
        rule=card.get("rule"),
        original=date.fromisoformat(card["original"]) if card.get("original") else None,
        devices=tuple(card.get("devices") or ()),
        changed=int(card.get("changed") or 0),
        stamp=str(card.get("stamp") or ""),
        number=str(card.get("number") or ""),
    )
