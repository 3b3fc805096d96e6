"""What a session came to: one page, and a sheet, of the same values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from mobile_reception.papers import charts, sheets
from mobile_reception.papers.charts import Bar
from mobile_reception.papers.forms import Templates, compose, fields_of, load, long_day, long_moment, number
from mobile_reception.papers.heading import heading
from mobile_reception.papers.phrase import printed
from mobile_reception.papers.values import Headed
from mobile_reception.words import VIETNAM, clock_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mobile_reception.papers.template import Template


_MOST_FIELDS = 5
_MOST_TOLD = 4
"""Incidents and reasons on the page; the sheet has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryService:
    """A free service: its name, how many, what they would have cost in đồng."""

    name: str
    quantity: int
    saved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryIncident:
    """Something that failed: when, what, and what was noted about it."""

    at: datetime
    what: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryValues(Headed):
    """A session in figures. Counts by name are in the order in which they are printed; money is đồng."""

    hamlet: str
    kind: str
    """``phiên định kỳ`` …"""
    plan_number: str = ""
    """Of the plan that the session was held by; empty for an unplanned one."""
    opened_at: datetime
    closed_at: datetime | None = None
    """None: still open; the page says so."""
    officers: tuple[str, ...] = ()
    citizens: int
    dossiers: int
    at_centre: int
    on_laptop: int
    used: int
    void: int
    handed_over: int
    posted: int
    brought_back: int
    on_board: int
    ready: int
    not_delivered: int
    very: int
    satisfied: int
    dissatisfied: int
    proxy: int
    permille: int | None = None
    """The index of satisfaction in thousandths; None where nobody was asked."""
    phi: int
    le_phi: int
    total: int
    collected: int
    cash: int | None = None
    services: tuple[SummaryService, ...] = ()
    by_field: tuple[tuple[str, int], ...] = ()
    by_status: tuple[tuple[str, int], ...] = ()
    by_procedure: tuple[tuple[str, str, int], ...] = ()
    """(code, name, count)."""
    reviewed: str = ""
    """Who reviewed the session, when, and what it stands at since; empty before."""
    incidents: tuple[SummaryIncident, ...] = ()
    complaints: tuple[SummaryIncident, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why somebody was not satisfied."""

    @property
    def saved(self) -> int:
        """What all free services saved."""
        return sum(service.saved for service in self.services)


def summary(
    values: SummaryValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """The summary of a session as PDF: one A4 page with two charts."""
    form = load("summary", templates)
    fields = fields_of(values, language) | heading(values, values.closed_at or values.opened_at, language)
    told = [
        f"{clock_time(one.at)} {printed(one.what)}" + (f" ({printed(one.note)})" if one.note else "")
        for one in values.incidents
    ]
    fields |= {
        "officers": ", ".join(map(printed, values.officers)),
        "incidents": _some(told),
        "complained": _some([f"{clock_time(one.at)} {printed(one.note)}" for one in values.complaints]),
        "reasons": _some([printed(reason) for reason in values.reasons]),
        **_span(values, language),
        "no_field": "" if values.by_field else "1",
    }
    found = sections(values, language, templates)
    left_rows, right_rows = _rows(found[:_ON_THE_LEFT]), _rows(found[_ON_THE_LEFT:])
    over = max(0, len(left_rows) - _MOST_ROWS)  # statuses of every kind go on beside: one page holds it all
    left_rows, right_rows = (
        left_rows[: len(left_rows) - over],
        left_rows[len(left_rows) - over :] + right_rows,
    )
    beside = zip_longest(left_rows, right_rows, fillvalue=("", ""))
    rows = [
        {"left": left[0], "left_figure": left[1], "right": right[0], "right_figure": right[1]}
        for left, right in beside
    ]
    drawings = {name: charts.bars(found) for name, found in bars(values, language, templates).items()}
    return compose(form, fields, {"figures": rows}, paper=paper, language=language, charts=drawings)


def bars(values: SummaryValues, language: str, templates: Templates = None) -> dict[str, list[Bar]]:
    """What the two charts show: ``by_field`` and ``money``."""
    form = load("summary", templates)
    most = sorted(values.by_field, key=lambda one: -one[1])
    shown, rest = most[:_MOST_FIELDS], most[_MOST_FIELDS:]
    if rest:
        shown.append((form.word("other_fields", language), sum(count for _, count in rest)))
    return {
        "by_field": [Bar(printed(name), count, number(count, language)) for name, count in shown],
        "money": [
            Bar(form.word(name, language), amount, number(amount, language))
            for name, amount in _money(values)
        ],
    }


def drawn(values: SummaryValues, language: str, templates: Templates = None) -> dict[str, str]:
    """The two charts as SVG, by name."""
    found = bars(values, language, templates)
    return {name: charts.svg(charts.bars(rows)) for name, rows in found.items()}


def summary_sheet(values: SummaryValues, *, language: str = "vi", templates: Templates = None) -> bytes:
    """The same figures as XLSX; no cell is a formula."""
    form = load("summary", templates)

    def word(name: str) -> str:
        return form.word(name, language)

    count = word("count_head")
    opinion: list[Sequence[str | int | float | datetime | None]] = [
        (word(name), figure) for name, figure in _opinion(values)
    ]
    index = word("nobody") if values.permille is None else values.permille / 1000
    opinion.append((word("index"), index))
    opinion.extend((word("reasons_head"), reason) for reason in values.reasons)
    span = long_moment(values.opened_at, language)
    if values.closed_at is not None:
        span += f" – {long_moment(values.closed_at, language)}"
    return sheets.parts(
        word("title"),
        tuple(
            part
            for part in (
                values.unit_name,
                f"{values.hamlet} ({values.kind})",
                f"{word('by_plan')}{values.plan_number}" if values.plan_number else "",
                span,
                ", ".join(values.officers),
            )
            if part
        ),
        (
            (word("reception"), (), [(word(name), figure) for name, figure in _reception(values)]),
            (word("results"), (), [(word(name), figure) for name, figure in _results(values)]),
            (word("statuses"), (), values.by_status),
            (word("money"), (), [(word(name), amount) for name, amount in _money(values)]),
            (
                word("services"),
                ("", count, word("saved_head")),
                [
                    *((one.name, one.quantity, one.saved) for one in values.services),
                    (word("saved"), None, values.saved),
                ],
            ),
            (word("satisfaction"), (), opinion),
            (word("fields_chart"), (), values.by_field),
            (
                word("procedures"),
                (),
                [(f"{code} {name}", figure) for code, name, figure in values.by_procedure],
            ),
            (
                word("incidents_head"),
                (),
                [(one.what, None, one.at, one.note) for one in values.incidents],
            ),
            (
                word("complaints_head"),
                (),
                [(one.note, None, one.at) for one in values.complaints],
            ),
        ),
    )


def _span(values: SummaryValues, language: str) -> dict[str, str]:
    """When the session was held: hours, and its day; the end's own day too where it is another."""
    opened, closed = values.opened_at.astimezone(VIETNAM), values.closed_at
    until = ""
    if closed is not None:
        local = closed.astimezone(VIETNAM)
        whole = long_moment(local, language)
        until = whole if local.date() != opened.date() else _hour(whole)
    return {
        "opened": _hour(long_moment(opened, language)),
        "closed": until,
        "day": long_day(opened, language),
    }


def _hour(moment: str) -> str:
    """``08 giờ 30 phút`` of a whole moment."""
    return moment.partition(",")[0]


def _reception(values: SummaryValues) -> tuple[tuple[str, int], ...]:
    return (
        ("citizens", values.citizens),
        ("dossiers", values.dossiers),
        ("at_centre", values.at_centre),
        ("on_laptop", values.on_laptop),
        ("used", values.used),
        ("void", values.void),
    )


def _results(values: SummaryValues) -> tuple[tuple[str, int], ...]:
    return (
        ("handed_over", values.handed_over),
        ("posted", values.posted),
        ("brought_back", values.brought_back),
        *((("on_board", values.on_board),) if values.on_board else ()),
        ("ready", values.ready),
        ("not_delivered", values.not_delivered),
    )


def _opinion(values: SummaryValues) -> tuple[tuple[str, int], ...]:
    return (
        ("very", values.very),
        ("satisfied", values.satisfied),
        ("dissatisfied", values.dissatisfied),
        ("rated", values.very + values.satisfied + values.dissatisfied),
        ("proxy", values.proxy),
        ("complaints", len(values.complaints)),
    )


def _money(values: SummaryValues) -> list[tuple[str, int]]:
    other = values.total - values.phi - values.le_phi
    named = [("phi", values.phi), ("le_phi", values.le_phi)]
    named += [("other_fee", other)] if other > 0 else []
    named += [("total", values.total), ("collected", values.collected)]
    return named + ([("cash", values.cash)] if values.cash is not None else [])


class Line(NamedTuple):
    """A figure as it is printed: what it is called in code, its name, its words."""

    key: str
    name: str
    words: str


class Section(NamedTuple):
    """Figures under one heading; ``key`` is ``reception``, ``results``, ``statuses``, ``money`` …"""

    key: str
    title: str
    lines: tuple[Line, ...]


def sections(values: SummaryValues, language: str, templates: Templates = None) -> tuple[Section, ...]:
    """Every figure of the page under its heading, as page and screen print them."""
    form = load("summary", templates)

    def section(key: str, figures: Iterable[tuple[str, str, int]]) -> Section:
        told = (Line(name, printed(words), number(figure, language)) for name, words, figure in figures)
        return Section(key, form.word(key, language), tuple(told))

    def worded(figures: Iterable[tuple[str, int]]) -> Iterable[tuple[str, str, int]]:
        return ((name, form.word(name, language), figure) for name, figure in figures)

    given = [(str(place), one.name, one.quantity) for place, one in enumerate(values.services)]
    opinion = section("satisfaction", worded(_opinion(values)))
    index = Line("index", form.word("index", language), _index(values, form, language))
    statuses = [(str(place), name, count) for place, (name, count) in enumerate(values.by_status)]
    return (
        section("reception", worded(_reception(values))),
        section("results", worded(_results(values))),
        section("statuses", statuses),
        section("money", worded(_money(values))),
        section("services", [*given, ("saved", form.word("saved", language), values.saved)]),
        opinion._replace(lines=(*opinion.lines, index)),
    )


_ON_THE_LEFT = 3
_MOST_ROWS = 22


def _index(values: SummaryValues, form: Template, language: str) -> str:
    if values.permille is None:
        return form.word("nobody", language)
    whole, tenth = divmod(values.permille, 10)
    return f"{whole}{',' if language == 'vi' else '.'}{tenth}%"


def _rows(found: Iterable[Section]) -> list[tuple[str, str]]:
    return [
        row for each in found for row in ((each.title, ""), *((line.name, line.words) for line in each.lines))
    ]


def _some(told: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(told) - _MOST_TOLD
    return "; ".join(told[:_MOST_TOLD]) + (f"; … (+{more})" if more > 0 else "")
