"""Weeks, months, hamlets, procedures and officers side by side, and what is due or missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from mobile_reception.desk import dossiers, sessions, slips
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Unacceptable
from mobile_reception.desk.values import DossierLine, HamletSession
from mobile_reception.dossier import identity, on_time
from mobile_reception.dossier.on_time import Timing
from mobile_reception.store import counting
from mobile_reception.store.counting import SessionSums, Timed
from mobile_reception.words import day, text

BY: Final = ("week", "month", "hamlet", "procedure", "officer")
_OF_DOSSIERS: Final = ("procedure", "officer")
"""What is known of a dossier and not of a session: sessions, ratings and services are not told there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison; money is đồng.

    ``citizens`` sums up the submitters of each session: who comes twice counts twice. ``timings`` counts
    dossiers by how they stand in time. ``sessions``, ``handed_over``, ``rated``, ``saved`` are None where
    they cannot be told apart.
    """

    key: str
    name: str
    dossiers: int = 0
    citizens: int | None = 0
    fees: int = 0
    collected: int | None = 0
    refused: int | None = 0
    waits: int | None = 0
    sessions: int | None = 0
    handed_over: int | None = 0
    rated: int | None = 0
    content: int | None = 0
    saved: int | None = 0
    timings: Mapping[Timing, int] = field(default_factory=dict)

    @property
    def on_time(self) -> int | None:
        """Of what has ended or is over, how much was on time, in thousandths."""
        return on_time.permille(self.timings)

    @property
    def ended(self) -> int:
        """Of how many `on_time` is said: never to be told without it."""
        return sum(self.timings.get(each, 0) for each in ("early", "on_day", "late", "overdue"))

    @property
    def satisfied(self) -> int | None:
        """The index of satisfaction in thousandths."""
        if not self.rated:
            return None
        return (2000 * (self.content or 0) + self.rated) // (2 * self.rated)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows of one kind (`BY`) over the sessions from ``first`` to ``last``, and all of it."""

    by: str
    first: date
    last: date
    rows: tuple[Row, ...]
    total: Row


@dataclass(frozen=True, slots=True)
class Missing:
    """A session that should be at the centre and is not; ``why`` is a sentence."""

    hamlet: str
    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a deputy director looks at in the evening.

    ``due`` are dossiers that are not done and whose due day comes before the next session of their hamlet
    (else of the unit), the most urgent first; ``missing`` what has not come to the centre.
    """

    due: tuple[DossierLine, ...]
    missing: tuple[Missing, ...]


def compare(bench: Bench, first: date, last: date, by: str) -> Comparison:
    """The sessions of a period side by side; periods newest first, else the largest first."""
    if by not in BY:
        raise Unacceptable(text("So sánh theo một trong: {kinds}", kinds=", ".join(BY)))
    today = bench.today()
    on, soon = min(today, max(last, first)), bench.calendar.next_working(today)
    sums = counting.sums(bench.store, first, last)
    held = {each.session: each for each in sums}

    def stands(each: Timed) -> Timing:
        due, ended = _day(each.due), _day(each.ended)
        return on_time.timing(due, ended, supplements=each.supplements, on=on, soon=soon)

    timed = [(each, stands(each)) for each in counting.timed(bench.store, first, last)]
    rows = _by_dossier(bench, timed, by) if by in _OF_DOSSIERS else _by_session(sums, timed, held, by)
    newest_first = by in ("week", "month")
    ordered = sorted(rows, key=lambda row: row.key if newest_first else row.dossiers, reverse=True)
    (total,) = _by_session(sums, timed, held, "all") or [Row("all", text("Tổng cộng"))]
    return Comparison(by, first, last, tuple(ordered), replace(total, name=text("Tổng cộng")))


def _by_session(
    sums: Iterable[SessionSums],
    timed: Iterable[tuple[Timed, Timing]],
    held: Mapping[str, SessionSums],
    by: str,
) -> list[Row]:
    grouped: dict[str, list[SessionSums]] = {}
    timings: dict[str, dict[Timing, int]] = {}
    for one in sums:
        grouped.setdefault(_KEYS[by](one), []).append(one)
    for each, when in timed:
        if each.session in held:
            counts = timings.setdefault(_KEYS[by](held[each.session]), {})
            counts[when] = counts.get(when, 0) + each.count
    return [
        Row(
            key=key,
            name=_NAMES[by](some[0]),
            dossiers=sum(one.dossiers for one in some),
            citizens=sum(one.citizens for one in some),
            fees=sum(one.fees for one in some),
            collected=sum(one.collected for one in some),
            refused=sum(one.refused for one in some),
            waits=sum(one.waits for one in some),
            sessions=len(some),
            handed_over=sum(one.handed_over for one in some),
            rated=sum(one.rated for one in some),
            content=sum(one.content for one in some),
            saved=sum(one.saved for one in some),
            timings=timings.get(key, {}),
        )
        for key, some in grouped.items()
    ]


def _by_dossier(bench: Bench, timed: Iterable[tuple[Timed, Timing]], by: str) -> list[Row]:
    grouped: dict[str, list[tuple[Timed, Timing]]] = {}
    for each, when in timed:
        grouped.setdefault(each.procedure if by == "procedure" else each.officer, []).append((each, when))
    rows = []
    for key, some in grouped.items():
        timings: dict[Timing, int] = {}
        for each, when in some:
            timings[when] = timings.get(when, 0) + each.count
        name = bench.procedure_name(key) if by == "procedure" else slips.officer(bench, key)
        count, fees = sum(each.count for each, _ in some), sum(each.fees for each, _ in some)
        rows.append(Row(key, name or key, dossiers=count, fees=fees, timings=timings, **_UNTOLD))
    return rows


_UNTOLD: Final[Mapping[str, None]] = dict.fromkeys(
    ("citizens", "collected", "refused", "waits", "sessions", "handed_over", "rated", "content", "saved")
)


def monday(of: date) -> date:
    """The first day of its week."""
    return of - timedelta(days=of.weekday())


def _week(one: SessionSums) -> str:
    return monday(date.fromisoformat(one.day)).isoformat()


def _week_words(one: SessionSums) -> str:
    first = monday(date.fromisoformat(one.day))
    return text("{first:%d/%m} – {last}", first=first, last=day(first + timedelta(days=6)))


_KEYS: Final[Mapping[str, Callable[[SessionSums], str]]] = {
    "week": _week,
    "month": lambda one: one.day[:7],
    "hamlet": lambda one: identity.fold(one.hamlet),
    "all": lambda _one: "all",
}
_NAMES: Final[Mapping[str, Callable[[SessionSums], str]]] = {
    "week": _week_words,
    "month": lambda one: f"{one.day[5:7]}/{one.day[:4]}",
    "hamlet": lambda one: one.hamlet,
    "all": lambda _one: "",
}


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return None


def outlook(bench: Bench) -> Outlook:
    """What is due before the next session, and what is not at the centre."""
    today = bench.today()
    held = sessions.every(bench)
    planned = [
        (identity.fold(str(card.get("hamlet", ""))), date.fromisoformat(str(card["day"])), card)
        for card in bench.cards("planned")
    ]
    coming = sorted((on, hamlet) for hamlet, on, _ in planned if on > today)
    by_hamlet: dict[str, date] = {}
    for on, hamlet in coming:
        by_hamlet.setdefault(hamlet, on)
    anywhere = coming[0][0] if coming else today + timedelta(days=7)
    where = {each.id: identity.fold(each.hamlet) for each in held}
    latest = max([anywhere, *by_hamlet.values()])
    records = counting.unfinished(bench.store, latest)
    due = [
        record
        for record, due_on in records
        if (_day(due_on) or latest) < by_hamlet.get(where.get(record.session or "", ""), anywhere)
    ]
    return Outlook(dossiers.lines(bench, due), tuple(_missing(bench, held, planned, today)))


def _missing(
    bench: Bench,
    held: Iterable[HamletSession],
    planned: Iterable[tuple[str, date, Mapping[str, Any]]],
    today: date,
) -> list[Missing]:
    known = {each.id for each in held}
    gone = {str(card.get("id")) for card in bench.cards("cancelled")}
    found = [
        Missing(str(card.get("hamlet")), on, text("Có trong kế hoạch, chưa có gì về trung tâm."))
        for _, on, card in planned
        if on < today and str(card.get("id")) not in known | gone
    ]
    still_open = counting.still_open(bench.store)
    for each in held:
        waits = counting.waiting_of(bench.store, each.id) if bench.store.meta("url") else 0
        if waits:
            why = text("Còn {count} việc ghi trên máy này chưa gửi.", count=waits)
            found.append(Missing(each.hamlet, each.day, why))
        elif each.day < today and each.id in still_open:
            why = text("Có máy chưa kết thúc phần của mình: có thể còn hồ sơ chưa về trung tâm.")
            found.append(Missing(each.hamlet, each.day, why))
    return sorted(found, key=lambda one: one.day)


def as_json(found: Comparison) -> dict[str, Any]:
    """``compare --json``."""
    return {
        "by": found.by,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "rows": [_row_json(row) for row in found.rows],
        "total": _row_json(found.total),
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "sessions": row.sessions,
        "citizens": row.citizens,
        "dossiers": row.dossiers,
        "fees": row.fees,
        "collected": row.collected,
        "refused": row.refused,
        "waiting": row.waits,
        "handed_over": row.handed_over,
        "rated": row.rated,
        "satisfaction": None if row.satisfied is None else row.satisfied / 10,
        "saved": row.saved,
        "timings": {name: row.timings.get(name, 0) for name in on_time.TIMINGS},
        "on_time": None if row.on_time is None else row.on_time / 10,
        "on_time_of": row.ended,
    }


def outlook_json(found: Outlook) -> dict[str, Any]:
    """``review outlook --json``."""
    return {
        "due_before_next": [dossiers.line_json(line) for line in found.due],
        "not_at_centre": [
            {"hamlet": each.hamlet, "day": each.day.isoformat(), "why": each.why} for each in found.missing
        ],
    }
