"""What a session came to: one frozen value, from which screen, paper, sheet and JSON take their figures."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mobile_reception.desk import dossiers, reports, results, sessions, slips
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound
from mobile_reception.desk.values import DossierLine, HamletSession, Place
from mobile_reception.dossier import identity, lifecycle, plan, service
from mobile_reception.dossier.fold import DossierState, SessionState, fold_dossier, fold_session
from mobile_reception.dossier.service import Incident
from mobile_reception.store import counting, reading
from mobile_reception.words import VIETNAM, clock_time, iso, moment, speaking, text

if TYPE_CHECKING:
    from mobile_reception.papers.summary import SummaryIncident, SummaryValues

_GIVEN_BACK = (lifecycle.REFUSED, lifecycle.STOPPED, lifecycle.DELIVERED)
"""Statuses at which the citizen has the originals again."""


@dataclass(frozen=True, slots=True)
class Given:
    """A free service of one kind: how many, and what they would have cost, in đồng."""

    quantity: int
    saved: int


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How many said what; ``proxy`` counts those whom the officer asked (hỏi hộ)."""

    very: int
    satisfied: int
    dissatisfied: int
    proxy: int

    @property
    def rated(self) -> int:
        """How many said anything: always to be told beside the index."""
        return self.very + self.satisfied + self.dissatisfied

    @property
    def permille(self) -> int | None:
        """The index, (very + satisfied) / rated, in thousandths, halves up; None where nobody spoke."""
        if not self.rated:
            return None
        return (2000 * (self.very + self.satisfied) + self.rated) // (2 * self.rated)


@dataclass(frozen=True, slots=True)
class Original:
    """A dossier whose original papers are still held here, and which."""

    code: str
    name: str
    papers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session in figures; money is whole đồng.

    ``dossiers`` and the fees count what was received and computed at reception, whatever became of it.
    ``citizens`` are submitters, one per number or, without one, per name and birth date. ``ready`` are the
    dossiers of the session whose result is there, ``not_delivered`` those of them that still wait to be
    fetched; ``handed_over`` are the results given out at the session, whenever their dossiers were received,
    ``posted`` those given to the post, ``brought_back`` those taken along and not given to anybody,
    ``on_board`` those of which nobody has said yet.
    ``collected`` is what was ever paid for the session's dossiers, ``taken`` what was paid at the session,
    for whatever dossier. ``used`` counts codes, ``void`` those of them whose dossier was then not received
    after all.
    ``by_status`` is by national status code, ``services`` by kind, ``reasons`` are those of whoever was not
    satisfied.
    """

    session: HamletSession
    officers: tuple[str, ...]
    citizens: int
    dossiers: int
    by_procedure: Mapping[str, int]
    by_field: Mapping[str, int]
    by_status: Mapping[int, int]
    phi: int
    le_phi: int
    total: int
    collected: int
    taken: int
    services: Mapping[str, Given]
    handed_over: int
    posted: int
    brought_back: int
    on_board: int
    ready: int
    not_delivered: int
    satisfaction: Satisfaction
    at_centre: int
    used: int
    void: int
    incidents: tuple[Incident, ...]
    complaints: tuple[Incident, ...]
    reasons: tuple[str, ...]
    plan_number: str
    whole: bool
    """Whether this laptop knows all of the session; else others had a part of it, and this is its own."""

    @property
    def waiting(self) -> int:
        """Dossiers that are not wholly at the centre yet."""
        return self.dossiers - self.at_centre

    @property
    def saved(self) -> int:
        """What the free services saved the citizens, in đồng."""
        return sum(each.saved for each in self.services.values())


def of_session(bench: Bench, key: str | None) -> SessionSummary:
    """The summary of a session; without ``key`` of the open one, else the last. Raises NotFound."""
    session = sessions.find(bench, key)
    counted = reading.tally(bench.store, session.id)
    parts = parts_of(bench, session.id)
    logins = dict.fromkeys(login for part in parts for login in part.officers if login)
    incidents = sorted((each for part in parts for each in part.incidents), key=lambda one: one.at)
    ratings = [each for part in parts for each in part.ratings]
    outcomes = _outcomes(counted.figures)
    by_field: dict[str, int] = {}
    for code, count in counted.by_procedure.items():
        field = bench.catalogue.procedure(code).field if code in bench.catalogue else ""
        by_field[field] = by_field.get(field, 0) + count
    waits = counted.by_status.get(lifecycle.READY, 0)
    return SessionSummary(
        session=session,
        officers=tuple(slips.officer(bench, login) for login in logins),
        citizens=counted.citizens,
        dossiers=counted.dossiers,
        by_procedure=counted.by_procedure,
        by_field=dict(sorted(by_field.items())),
        by_status=counted.by_status,
        phi=counted.phi,
        le_phi=counted.le_phi,
        total=counted.fees,
        collected=counted.collected,
        taken=sum(amount for (kind, _), (_, amount) in counted.figures.items() if kind == "money"),
        services={kind: Given(*counted.figures.get(("service", kind), (0, 0))) for kind in service.SERVICES},
        handed_over=outcomes.get("result", 0),
        posted=outcomes.get("posted", 0),
        brought_back=outcomes.get("returned", 0),
        on_board=outcomes.get("on_board", 0),
        ready=waits + counted.by_status.get(lifecycle.DELIVERED, 0),
        not_delivered=waits,
        satisfaction=_satisfaction(counted.figures),
        at_centre=counted.at_centre,
        used=counted.official,
        void=counted.void,
        incidents=tuple(each for each in incidents if each.kind != service.COMPLAINT),
        complaints=tuple(each for each in incidents if each.kind == service.COMPLAINT),
        plan_number=_plan_number(bench, session.id),
        whole=whole(bench, parts),
        reasons=tuple(
            [each.reason for each in ratings if each.reason and each.level == service.NOT_SATISFIED]
            + _reasons(bench, session.id, {part.subject for part in parts})
        ),
    )


def whole(bench: Bench, parts: Iterable[SessionState]) -> bool:
    """Whether this laptop has every dossier of a session, whoever received it."""
    mine = set(reading.own_origins(bench.store))
    return bench.store.meta("scope") == "unit" or all(part.origins.keys() <= mine for part in parts)


def _outcomes(figures: Mapping[tuple[str, str], tuple[int, int]]) -> dict[str, int]:
    """How many results came to what at a session, by the kind of figure; the name is the session's."""
    found: dict[str, int] = {}
    for (kind, _), (count, _) in figures.items():
        found[kind] = found.get(kind, 0) + count
    return found


def _plan_number(bench: Bench, session: str) -> str:
    """The number of the plan by which a session was held; "" for an unplanned one."""
    cards = (*bench.cards("planned"), *bench.cards("cancelled"))
    return next((str(card.get("number") or "") for card in cards if card.get("id") == session), "")


def originals(states: Iterable[DossierState]) -> Iterator[Original]:
    """The dossiers of which the original papers are still here, and which."""
    for state in states:
        if state.status in _GIVEN_BACK:
            continue
        papers = state.fields["papers"].value if "papers" in state.fields else None
        held = tuple(
            (str(paper.get("name") or ""), int(paper["originals"]))
            for paper in (papers if isinstance(papers, list) else ())
            if isinstance(paper, dict) and type(paper.get("originals")) is int and paper["originals"] > 0
        )
        if held:
            name = state.fields.get("submitter.full_name")
            yield Original(state.code or "", str(name.value) if name else "", held)


FIGURES = (*counting.FIGURES, "originals")
"""The figures of a session that have dossiers behind them."""


def behind(bench: Bench, key: str, figure: str, name: str) -> tuple[DossierLine, ...]:
    """The dossiers that a figure of a session counts, oldest first; ``name`` says which status and so on.

    Raises NotFound for a session or a figure that is none.
    """
    session = sessions.find(bench, key).id
    if figure not in FIGURES:
        raise NotFound(text("Không có số liệu «{figure}».", figure=figure[:40]))
    if figure == "originals":
        held = {each.code for each in originals(dossiers.of_session(bench, session))}
        every_one = dossiers.lines(bench, counting.behind(bench.store, session, "dossiers"))
        return tuple(line for line in every_one if line.code in held)
    if figure == "field":
        own = [each.code for each in bench.catalogue if each.field == name]
        name = json.dumps(own)
    found = dossiers.lines(bench, counting.behind(bench.store, session, figure, name))
    carried = counting.only_as_results(bench.store, session, figure, name)
    return (*found, *(_carried(results.find(bench, each)) for each in carried))


def _carried(line: results.ResultLine) -> DossierLine:
    """A result whose dossier is not on this laptop, in a list of dossiers."""
    return DossierLine(
        id=line.id,
        code=line.code,
        name=line.name,
        number=identity.mask(line.number) if line.number else None,
        procedure=line.procedure,
        procedure_name=line.procedure_name,
        received_at=dossiers.LONG_AGO,
        come_back=dossiers.LONG_AGO.date(),
        fee=line.to_pay,
        place=Place.CENTRE,
        session=line.session,
    )


def parts_of(bench: Bench, session: str) -> list[SessionState]:
    """What happened at a session and at those that were joined to it, itself first."""
    clocks = bench.store.clocks()
    return [
        fold_session(each, reading.facts(bench.store, each), clocks)
        for each in counting.together(bench.store, session)
    ]


def _reasons(bench: Bench, session: str, sessions_: Container[str]) -> list[str]:
    """Why citizens with a dossier were not satisfied."""
    clocks = bench.store.clocks()
    found = []
    for subject in reading.rated(bench.store, session, service.NOT_SATISFIED):
        if subject not in sessions_:
            rating = fold_dossier(subject, reading.facts(bench.store, subject), clocks).rating
            found += [rating.reason] if rating and rating.reason else []
    return found


def _satisfaction(figures: Mapping[tuple[str, str], tuple[int, int]]) -> Satisfaction:
    given = [figures.get(("rating", level), (0, 0)) for level in service.LEVELS]
    very, satisfied, dissatisfied = (count for count, _ in given)
    return Satisfaction(very, satisfied, dissatisfied, sum(proxy for _, proxy in given))


def as_json(summary: SessionSummary) -> dict[str, Any]:
    """``summary --format json``."""
    opinion = summary.satisfaction
    return {
        "session": reports.session_json(summary.session),
        "plan_number": summary.plan_number or None,
        "officers": list(summary.officers),
        "citizens": summary.citizens,
        "dossiers": summary.dossiers,
        "by_procedure": dict(summary.by_procedure),
        "by_field": dict(summary.by_field),
        "by_status": {str(code): count for code, count in summary.by_status.items()},
        "fees": {
            "phi": summary.phi,
            "le_phi": summary.le_phi,
            "total": summary.total,
            "collected": summary.collected,
            "taken": summary.taken,
            "cash": summary.session.cash,
        },
        "services": {
            **{
                kind: {"quantity": given.quantity, "saved": given.saved}
                for kind, given in summary.services.items()
            },
            "saved": summary.saved,
        },
        "results": {
            "handed_over": summary.handed_over,
            "posted": summary.posted,
            "brought_back": summary.brought_back,
            "on_board": summary.on_board,
            "ready": summary.ready,
            "not_delivered": summary.not_delivered,
        },
        "satisfaction": {
            "very": opinion.very,
            "satisfied": opinion.satisfied,
            "not": opinion.dissatisfied,
            "rated": opinion.rated,
            "proxy": opinion.proxy,
            "index": None if opinion.permille is None else opinion.permille / 10,
            "reasons": list(summary.reasons),
        },
        "at_centre": summary.at_centre,
        "whole": summary.whole,
        "waiting": summary.waiting,
        "numbers": {"used": summary.used, "void": summary.void},
        "incidents": [
            {"kind": each.kind, "at": iso(each.at), "note": each.note, "officer": each.officer}
            for each in summary.incidents
        ],
        "complaints": [
            {"at": iso(each.at), "note": each.note, "officer": each.officer} for each in summary.complaints
        ],
    }


def kind_words(kind: str) -> str:
    """What kind of session it is."""
    return text("phiên {kind}", kind=plan.kind_words(kind))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure on the screen. ``behind`` is what `behind` is asked for its dossiers; None: it has none."""

    name: str
    words: str
    behind: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """The page of a session as a screen shows it: the same figures, words and charts as on paper.

    ``sections`` are (key, heading, figures); ``charts`` are SVG by name, ``told`` incidents and reasons.
    """

    session: HamletSession
    officers: tuple[str, ...]
    sections: tuple[tuple[str, str, tuple[Figure, ...]], ...]
    charts: Mapping[str, str]
    told: tuple[str, ...]


_BEHIND: Mapping[str, str] = {
    "on_laptop": "waiting",
    "total": "fees",
    "satisfied": "rating",
    "very": "rating",
    "dissatisfied": "rating",
}
_RATED = {"very": "very", "satisfied": "satisfied", "dissatisfied": "not"}


def on_screen(bench: Bench, found: SessionSummary, language: str) -> SummaryPage:
    """The page of a session for a screen."""
    from mobile_reception.papers import summary as paper

    values = on_paper(bench, found, language)
    statuses = [str(code) for code in found.by_status]
    shown = []
    for section in paper.sections(values, language, bench.templates):
        figures = []
        for line in section.lines:
            figure, name = _BEHIND.get(line.key, line.key), _RATED.get(line.key, "")
            if section.key == "statuses":
                figure, name = "status", statuses[int(line.key)]
            known = figure in FIGURES and section.key != "services"
            figures.append(Figure(line.name, line.words, (figure, name) if known else None))
        shown.append((section.key, section.title, tuple(figures)))
    procedures = tuple(
        Figure(name, str(count), ("procedure", code)) for code, name, count in values.by_procedure
    )
    with speaking(language):
        shown.append(("procedures", text("Theo thủ tục"), procedures))
        told = [
            f"{clock_time(each.at)} {each.what}" + (f": {each.note}" if each.note else "")
            for each in values.incidents
        ]
        part = "" if found.whole else text("Phiên còn máy khác: đây chỉ là phần của máy này.")
        told[:0] = [said for said in (part, values.reviewed) if said]
        told += [
            text("Phản ánh, kiến nghị lúc {at}: {note}", at=clock_time(each.at), note=each.note)
            for each in values.complaints
        ]
        told += [text("Chưa hài lòng: {why}", why=reason) for reason in values.reasons]
    return SummaryPage(
        session=found.session,
        officers=found.officers,
        sections=tuple(shown),
        charts=paper.drawn(values, language, bench.templates),
        told=tuple(told),
    )


def _review_told(bench: Bench, session: str) -> str:
    """Who reviewed a session, and when; with the beginning of the digest that was signed."""
    from mobile_reception.desk import reviews

    found = reviews.of_session(bench, session)
    if found.current is None:
        return ""
    said = found.current.said
    when = moment(datetime.fromisoformat(said.at))
    return text(
        "{stage}: {name}, {when}, chữ ký số {digest}",
        stage=reviews.words_for(found.stage),
        name=found.current.name,
        when=when,
        digest=said.seen.session[:16],
    )


def _told(incidents: Iterable[Incident]) -> tuple[SummaryIncident, ...]:
    from mobile_reception.papers.summary import SummaryIncident

    return tuple(
        SummaryIncident(
            at=datetime.fromisoformat(each.at),
            what=service.incident_words(each.kind),
            note=each.note or "",
        )
        for each in incidents
    )


def on_paper(bench: Bench, summary: SessionSummary, language: str) -> SummaryValues:
    """The same figures with their names in ``language``, for the page, the sheet and the charts."""
    from mobile_reception.papers.summary import SummaryService, SummaryValues

    session, opinion = summary.session, summary.satisfaction
    with speaking(language):
        return SummaryValues(
            reviewed=_review_told(bench, session.id),
            **slips.heading(bench),
            hamlet=session.hamlet,
            kind=kind_words(session.kind) + ("" if summary.whole else text(", phần của máy này")),
            opened_at=session.opened_at.astimezone(VIETNAM),
            closed_at=session.closed_at.astimezone(VIETNAM) if session.closed_at else None,
            officers=summary.officers,
            citizens=summary.citizens,
            dossiers=summary.dossiers,
            at_centre=summary.at_centre,
            on_laptop=summary.waiting,
            used=summary.used,
            void=summary.void,
            plan_number=summary.plan_number,
            handed_over=summary.handed_over,
            posted=summary.posted,
            brought_back=summary.brought_back,
            on_board=summary.on_board,
            ready=summary.ready,
            not_delivered=summary.not_delivered,
            very=opinion.very,
            satisfied=opinion.satisfied,
            dissatisfied=opinion.dissatisfied,
            proxy=opinion.proxy,
            permille=opinion.permille,
            phi=summary.phi,
            le_phi=summary.le_phi,
            total=summary.total,
            collected=summary.collected,
            cash=session.cash,
            services=tuple(
                SummaryService(name=service.service_words(kind), quantity=given.quantity, saved=given.saved)
                for kind, given in summary.services.items()
            ),
            by_field=tuple(
                (bench.catalogue.heading(field) if field else text("Ngoài danh mục"), count)
                for field, count in summary.by_field.items()
            ),
            by_status=tuple(
                (lifecycle.status_words(status), count) for status, count in summary.by_status.items()
            ),
            by_procedure=tuple(
                (code or "", bench.procedure_name(code), count)
                for code, count in summary.by_procedure.items()
            ),
            incidents=_told(summary.incidents),
            complaints=_told(summary.complaints),
            reasons=summary.reasons,
        )
