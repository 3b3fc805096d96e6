"""Time limits and the office's calendar.

Counting follows the Civil Code 2015: the day of reception is never day one (Article 147); a limit in days
whose last day is a day off ends on the next working day (Article 148). A result due the same day is due the
next working day when the request came after the cutoff (15:00; Decree 23/2015/NĐ-CP, Article 7).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from mobile_reception.words import VIETNAM, day, either, resource, text

CLOSING = time(17, 0)
"""Results are promised for the end of the office's day."""

UNITS = ("same_day", "working_day", "calendar_day", "multi_step", "unknown")
LONGEST_LIMIT = 3_650
STARTS = ("reception", "previous", "event")
"""What a step of a procedure is counted from: reception, the end of the step before, or something that has no
day yet (the day on which people were heard, say)."""
WEEKEND_RULES = ("next_working_day", "on_the_day", "deemed_next_working_day")
"""What reception on a day off means: a promise from the next working day on (as after hours); a promise as on
any working day, since the table works; or a dossier that counts as received on the next working day."""
SESSION_KINDS = ("regular", "weekend", "facility", "after-hours")


class UnknownLimit(LookupError):
    """No rule gives the day: the officer must set it. The message is for a person."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a procedure may take. ``value`` counts ``unit``; None where no source says.

    ``cutoff`` is the time of day until which a same-day request is in time, to the second.
    """

    value: int | None
    unit: str
    cutoff: time | None = None
    confidence: str = ""
    rule: str = ""
    rule_en: str = ""
    note: str = ""
    note_en: str = ""

    @property
    def known(self) -> bool:
        """Whether a day can be counted from it."""
        return self.unit == "same_day" or (
            self.value is not None and self.unit in ("working_day", "calendar_day")
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a procedure that is counted step by step; ``starts`` is one of STARTS."""

    name: str
    limit: Limit
    starts: str = "reception"
    name_en: str = ""

    def title(self) -> str:
        """Its name in the language in force."""
        return either(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that differs from its weekday: ``kind`` is ``off`` or ``work``; ``source`` says who says so."""

    day: date
    kind: str
    name: str
    name_en: str = ""
    source: str = ""

    def title(self) -> str:
        """Its name in the language in force."""
        return either(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class Due:
    """When a result is due: ``at`` is the closing time (UTC+7) of ``day``.

    ``skipped`` are the days off, weekends left out, that were passed over; ``reason`` says in words how the
    day was found; ``warnings`` are for the officer.
    """

    at: datetime
    day: date
    skipped: tuple[CalendarDay, ...]
    reason: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageDue:
    """A step and when it ends; ``due`` None: it starts with something that has no day yet."""

    stage: Stage
    due: Due | None


class Calendar:
    """Which days are worked. Rows of the unit win over the rows that are shipped.

    A year that is not shipped is seeded from the package ``holidays`` on first use and counts as unconfirmed.
    """

    def __init__(
        self,
        rows: Iterable[CalendarDay],
        years: Mapping[int, bool],
        weekend: Mapping[str, str] | None = None,
    ) -> None:
        """``years``: the years whose rows are complete, and whether an official notice confirms them.

        ``weekend``: for kinds of sessions, which of WEEKEND_RULES they go by.
        """
        self._rows = {row.day: row for row in rows}
        self._given = dict(self._rows)
        self._years = dict(years)
        self._seeded = set(years)
        self._weekend = dict(weekend or {})

    @classmethod
    def load(cls) -> Calendar:
        """The shipped calendar (``resources/calendar``); read once a process."""
        return _shipped()

    @classmethod
    def from_json(cls, card: Mapping[str, object]) -> Calendar:
        """The calendar that `to_json` wrote; raises ValueError for anything else."""
        try:
            return cls(*_rows_of(card["days"], card["years"]), _weekend_of(card.get("weekend", {})))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a calendar: {error}") from error

    def to_json(self) -> dict[str, object]:
        """Everything given, without what was seeded for years to come."""
        return {
            "years": {str(year): confirmed for year, confirmed in sorted(self._years.items())},
            "days": [
                {
                    "day": row.day.isoformat(),
                    "kind": row.kind,
                    "name": row.name,
                    "name_en": row.name_en,
                    "source": row.source,
                }
                for _, row in sorted(self._given.items())
            ],
            "weekend": dict(sorted(self._weekend.items())),
        }

    def with_rows(
        self,
        rows: Iterable[CalendarDay],
        confirmed: Iterable[int] = (),
        weekend: Mapping[str, str] | None = None,
    ) -> Calendar:
        """A calendar where the unit's ``rows`` win and the years ``confirmed`` need no warning."""
        sure = set(confirmed)
        # A year that was only forecast keeps the forecast's rows where the unit says nothing else.
        seeds = [row for year in sorted(sure - self._years.keys()) for row in _forecast(year)]
        years = {**self._years, **dict.fromkeys(sure, True)}
        return Calendar([*seeds, *self._given.values(), *rows], years, {**self._weekend, **(weekend or {})})

    def with_settings(self, settings: Mapping[str, object]) -> Calendar:
        """This calendar with a unit's own rows; raises ValueError for anything else.

        ``{"calendar": {"days": [{"day": "2027-02-05", "kind": "off", "name": "Tết", "source": "…"}],
        "swaps": [{"off": "2027-01-04", "work": "2027-01-09", "source": "…"}], "confirmed": [2027]},
        "weekend": {"weekend": "on_the_day"}}``; every part may be left out, other keys are passed over.
        """
        try:
            given = _mapping(settings.get("calendar", {}), "calendar")
            rows, _ = _rows_of(given.get("days", []), {})
            swapped = [row for one in given.get("swaps", []) for row in _swap(one)]
            confirmed = [int(year) for year in given.get("confirmed", [])]
            weekend = _weekend_of(settings.get("weekend", {}))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a calendar: {error}") from error
        return self.with_rows([*rows, *swapped], confirmed, weekend)

    def weekend_rule(self, session_kind: str) -> str:
        """Which of WEEKEND_RULES a kind of session goes by on a day off."""
        return self._weekend.get(session_kind, WEEKEND_RULES[0])

    def row(self, day: date) -> CalendarDay | None:
        """What is special about ``day``, if anything."""
        self._seed(day.year)
        return self._rows.get(day)

    def is_working(self, day: date) -> bool:
        """Whether the office works on ``day``."""
        row = self.row(day)
        return row.kind == "work" if row else day.weekday() < 5

    def next_working(self, day: date) -> date:
        """The first working day after ``day``."""
        day += timedelta(days=1)
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def confirmed(self, year: int) -> bool:
        """Whether an official notice fixes the days off of ``year``."""
        return self._years.get(year, False)

    def _seed(self, year: int) -> None:
        if year not in self._seeded:
            for row in _forecast(year):
                self._rows.setdefault(row.day, row)
            self._seeded.add(year)


def _rows_of(days: object, years: object) -> tuple[list[CalendarDay], dict[int, bool]]:
    if not isinstance(days, list) or not isinstance(years, Mapping):
        raise TypeError("days must be a list, years a table")
    rows = [
        CalendarDay(
            day=date.fromisoformat(one["day"]),
            kind=one["kind"],
            name=one["name"],
            name_en=one.get("name_en", ""),
            source=one.get("source", ""),
        )
        for one in days
    ]
    if any(row.kind not in ("off", "work") for row in rows):
        raise ValueError("kind must be off or work")
    return rows, {int(year): confirmed is True for year, confirmed in years.items()}


def _swap(one: Mapping[str, str]) -> tuple[CalendarDay, CalendarDay]:
    """A bridge day that is off, and the day that is worked for it."""
    off, worked = date.fromisoformat(one["off"]), date.fromisoformat(one["work"])
    source = one.get("source", "")
    why = f"làm bù cho ngày {_short(off)}"
    return (
        CalendarDay(off, "off", f"Nghỉ hoán đổi, {why} vào {_short(worked)}", "Swapped day off", source),
        CalendarDay(worked, "work", why.capitalize(), "Worked in exchange", source),
    )


def _weekend_of(card: object) -> dict[str, str]:
    found = _mapping(card, "weekend")
    for kind, rule in found.items():
        if kind not in SESSION_KINDS or rule not in WEEKEND_RULES:
            raise ValueError(f"weekend: no such rule: {kind} {rule}")
    return dict(found)


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a table")
    return value


@cache
def _shipped() -> Calendar:
    rows: list[CalendarDay] = []
    years: dict[int, bool] = {}
    for file in resource("calendar").iterdir():
        if file.name.endswith(".toml"):
            document = tomllib.loads(file.read_text(encoding="utf-8"))
            found, _ = _rows_of(document["days"], {})
            rows += found
            years[document["year"]] = document["confirmed"]
    return Calendar(rows, years)


@cache
def _forecast(year: int) -> tuple[CalendarDay, ...]:
    """The package's table of one year: a heavy import, wanted only for years that are not shipped."""
    import holidays

    found = holidays.country_holidays("VN", years=year, language="vi", expand=False)
    worked = (one for one in found.weekend_workdays if one.year == year)
    return (
        *(CalendarDay(one, "work", "Làm bù", "Worked in exchange", "holidays") for one in worked),
        *(CalendarDay(one, "off", name, "", "holidays") for one, name in found.items()),
    )


def due(limit: Limit, received_at: datetime, calendar: Calendar, session_kind: str = "regular") -> Due:
    """When the result of a dossier received at ``received_at`` (aware) is due; raises UnknownLimit."""
    if not limit.known:
        raise UnknownLimit(text("danh mục chưa có thời hạn giải quyết: cần ghi ngày hẹn trả"))
    local = received_at.astimezone(VIETNAM)
    rule = calendar.weekend_rule(session_kind)
    deemed = local.date()
    reasons: list[str] = []
    if rule == "deemed_next_working_day" and not calendar.is_working(deemed):
        deemed = calendar.next_working(deemed)
        reasons.append(text("tiếp nhận vào ngày nghỉ: coi như nhận ngày {day}", day=_short(deemed)))
        local = datetime.combine(deemed, time(0, 0), VIETNAM)
    if limit.unit == "same_day":
        found = _same_day(limit, local, calendar, works=rule == "on_the_day")
    else:
        found = _counted(limit, local.date(), calendar)
    return replace(found, reason="; ".join([*reasons, found.reason])) if reasons else found


def plan(
    stages: Iterable[Stage], received_at: datetime, calendar: Calendar, session_kind: str = "regular"
) -> tuple[StageDue, ...]:
    """When each step of a procedure ends, as far as it can be said on the day of reception."""
    found: list[StageDue] = []
    for stage in stages:
        start: datetime | None = None
        if stage.starts == "reception":
            start = received_at
        elif stage.starts == "previous" and found and (before := found[-1].due) is not None:
            start = before.at.replace(hour=0)
        known = start is not None and stage.limit.known
        found.append(
            StageDue(stage, due(stage.limit, start, calendar, session_kind) if known and start else None)
        )
    return tuple(found)


def set_by_officer(chosen: date, calendar: Calendar) -> Due:
    """The officer's own day, with a warning when nobody works on it."""
    odd = () if calendar.is_working(chosen) else (text("Ngày hẹn {day} là ngày nghỉ.", day=day(chosen)),)
    reason = text("ngày hẹn do cán bộ ghi")
    return Due(_closing(chosen), chosen, (), reason, odd + _forecast_warnings(chosen, calendar))


def come_back(due_day: date, planned_days: Iterable[date]) -> date:
    """The day printed for a result fetched in the hamlet: its first planned session from ``due_day`` on."""
    return min((planned for planned in planned_days if planned >= due_day), default=due_day)


def _same_day(limit: Limit, local: datetime, calendar: Calendar, *, works: bool) -> Due:
    """``works``: the table works today, whatever the calendar says."""
    today = local.date()
    works = works or calendar.is_working(today)
    # Papers show minutes and seconds: 15:00:00 and a fraction is still fifteen hundred.
    late = limit.cutoff is not None and local.time().replace(microsecond=0) > limit.cutoff
    if works and not late:
        return _found(today, [], [text("trả trong ngày")], calendar)
    if works:
        why = text("tiếp nhận sau {time}: trả vào ngày làm việc tiếp theo", time=f"{limit.cutoff:%H:%M}")
    else:
        why = text("tiếp nhận vào ngày nghỉ: trả vào ngày làm việc tiếp theo")
    last = calendar.next_working(today)
    return _found(last, _between(today, last), [why], calendar)


def _counted(limit: Limit, first: date, calendar: Calendar) -> Due:
    value = limit.value or 0
    if limit.unit == "working_day":
        last = first
        for _ in range(value):
            last = calendar.next_working(last)
        if value == 0 and not calendar.is_working(last):
            last = calendar.next_working(last)
        how = text("{count} ngày làm việc, không tính ngày tiếp nhận", count=value)
        return _found(last, _between(first, last), [how], calendar)
    how = text("{count} ngày, không tính ngày tiếp nhận", count=value)
    last = first + timedelta(days=value)
    if calendar.is_working(last):
        return _found(last, [], [how], calendar)
    moved = calendar.next_working(last)
    why = text("ngày cuối {day} là ngày nghỉ: chuyển sang ngày làm việc tiếp theo", day=_short(last))
    return _found(moved, [last, *_between(last, moved)], [how, why], calendar)


def _between(first: date, last: date) -> list[date]:
    """The days after ``first`` and before ``last``."""
    return [first + timedelta(days=step) for step in range(1, (last - first).days)]


def _found(last: date, passed: list[date], reasons: list[str], calendar: Calendar) -> Due:
    rows = [row for one in passed if (row := calendar.row(one)) is not None]
    off = [row for row in rows if row.kind == "off" and row.day.weekday() < 5]
    reasons += [text("bỏ {days} nghỉ lễ", days=span) for span in _spans([row.day for row in off])]
    worked = [one for one in (*passed, last) if (row := calendar.row(one)) is not None and row.kind == "work"]
    reasons += [text("tính cả {days} làm bù", days=span) for span in _spans(worked)]
    warnings = _forecast_warnings(last, calendar, first=min((*passed, last)))
    return Due(_closing(last), last, tuple(off), "; ".join(reasons), warnings)


def _spans(days: list[date]) -> list[str]:
    """Neighbouring days as one span: ``16/02-20/02``."""
    spans: list[list[date]] = []
    for one in days:
        if spans and (one - spans[-1][-1]).days == 1:
            spans[-1].append(one)
        else:
            spans.append([one])
    return [_short(span[0]) if len(span) == 1 else f"{_short(span[0])}-{_short(span[-1])}" for span in spans]


def _short(value: date) -> str:
    return f"{value:%d/%m}"


def _closing(value: date) -> datetime:
    return datetime.combine(value, CLOSING, VIETNAM)


def _forecast_warnings(last: date, calendar: Calendar, first: date | None = None) -> tuple[str, ...]:
    years = range((first or last).year, last.year + 1)
    return tuple(
        text("Lịch nghỉ lễ, Tết năm {year} chưa được xác nhận: kiểm tra lại ngày hẹn.", year=year)
        for year in years
        if not calendar.confirmed(year)
    )
