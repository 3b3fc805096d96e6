"""The plan as the laptop has it: what comes next, calendar and sheet for the wall, sessions set right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mobile_reception.desk import sessions, slips
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound, Unacceptable
from mobile_reception.desk.values import HamletSession
from mobile_reception.dossier import days, identity, plan
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import SESSION_JOINED, SESSION_MOVED
from mobile_reception.dossier.plan import Planned
from mobile_reception.words import VIETNAM, day, speaking, text

_AHEAD = timedelta(days=92)
"""A quarter: what fits on the wall."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to open next: where, as what kind, and the planned session behind it, if one is.

    ``why`` is a sentence for the officer.
    """

    hamlet: str
    kind: str
    planned: Planned | None
    why: str
    today: date


def planned(bench: Bench, *, cancelled: bool = False) -> tuple[Planned, ...]:
    """The sessions that the centre has planned, in order; with ``cancelled`` also those not to be held."""
    cards = [*bench.cards("planned"), *(bench.cards("cancelled") if cancelled else ())]
    found = [plan.planned_of(card) for card in cards]
    return tuple(sorted(found, key=lambda each: (each.day, each.begins, each.hamlet, each.id)))


def proposal(bench: Bench) -> Proposal:
    """What to open next: the planned session of today that was not closed here yet, else the next one.

    Where nothing is planned, the kind follows from day and hour.
    """
    known = sessions.every(bench)
    done = [session.id for session in known if session.closed_at is not None]
    done += [session.joined_to for session in known if session.joined_to]
    today = bench.today()
    found = plan.proposed(planned(bench), today, done)
    if found is None:
        return Proposal(
            "", usual_kind(bench), None, text("Trung tâm chưa lên lịch phiên nào sắp tới."), today
        )
    when = f"{days_word(found.day)}, {found.begins:%H:%M}-{found.ends:%H:%M}"
    if found.day == today:
        why = text("Theo lịch hôm nay: {hamlet}, {when}.", hamlet=found.hamlet, when=when)
        return Proposal(found.hamlet, found.kind, found, why, today)
    why = text("Phiên kế tiếp theo lịch: {hamlet}, {when}.", hamlet=found.hamlet, when=when)
    return Proposal("", usual_kind(bench), found, why, today)


def usual_kind(bench: Bench) -> str:
    """The kind of a session that nobody planned, opened now."""
    now = bench.now().astimezone(VIETNAM)
    if not bench.calendar.is_working(now.date()):
        return "weekend"
    return "regular" if now.hour >= 6 and now.time() < days.CLOSING else "after-hours"


def days_word(value: date) -> str:
    """``Thứ Tư 25/11/2026``."""
    from mobile_reception.words import weekday

    return f"{weekday(value)} {day(value)}"


def file(bench: Bench, form: str, *, first: date | None, last: date | None, language: str) -> bytes:
    """The plan from ``first`` (today) to ``last`` as ``ics``, ``pdf`` or ``json``. Raises Unacceptable."""
    begin = first or bench.today()
    end = last or (begin + _AHEAD if form == "pdf" else None)
    chosen = [
        each
        for each in planned(bench, cancelled=True)
        if each.day >= begin and (end is None or each.day <= end)
    ]
    if form == "json":
        return (json.dumps([told(each) for each in chosen], ensure_ascii=False) + "\n").encode()
    with speaking(language):
        if form == "ics":
            from mobile_reception.papers.calendar import events_of, icalendar

            title = text("Tiếp nhận lưu động {unit}", unit=bench.unit.name)
            return icalendar(events_of(chosen, bench.unit.code), name=title, now=bench.now())
        if form == "pdf":
            from mobile_reception import papers
            from mobile_reception.papers.calendar import schedule_rows

            values = papers.ScheduleValues(
                **slips.heading(bench),
                printed_on=bench.today(),
                first=min((each.day for each in chosen), default=begin) if first is None else begin,
                last=max((each.day for each in chosen), default=begin) if last is None else last,
                rows=schedule_rows(chosen),
                hotline=bench.paper_setting("receipt", "hotline"),
            )
            return papers.schedule(values, language=language, templates=bench.templates)
    raise Unacceptable(text("Không có dạng này: {form}", form=form[:40]))


def told(session: Planned) -> dict[str, Any]:
    """A planned session as ``session plan --format json`` tells it."""
    given = plan.planned_json(session)
    return {name: given[name] for name in given if name != "devices"}


def move(
    bench: Bench, key: str | None, *, hamlet: str | None, on: date | None, kind: str | None, reason: str
) -> HamletSession:
    """A session was opened at the wrong hamlet, on the wrong day or as the wrong kind: say what it is.

    Where the right hamlet and day have a planned session, this one is joined to it and counts there. Raises
    NotFound, Unacceptable.
    """
    session = sessions.find(bench, key)
    name = sessions.hamlet_name(bench, hamlet) if hamlet is not None else session.hamlet
    there = on or session.day
    if kind is not None and kind not in sessions.KINDS:
        kinds = ", ".join(sessions.KINDS)
        raise Unacceptable(text("Loại phiên phải là một trong: {kinds}", kinds=kinds))
    said = _said(reason)
    wanted = identity.fold(name)
    target = next(
        (
            each
            for each in planned(bench)
            if each.day == there and identity.fold(each.hamlet) == wanted and each.id != session.id
        ),
        None,
    )
    if target is not None:
        return _join(bench, session, target.id, said)
    changes: dict[str, Any] = {}
    if identity.fold(name) != identity.fold(session.hamlet):
        changes["hamlet"] = name
    if there != session.day:
        changes["day"] = there.isoformat()
    if kind is not None and kind != session.kind:
        changes["kind"] = kind
    if not changes:
        raise Unacceptable(text("Không có gì thay đổi."))
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(session.id, SESSION_MOVED, {**changes, "reason": said}))
    return sessions.find(bench, session.id)


def join(bench: Bench, key: str | None, target: str | None, reason: str) -> HamletSession:
    """Count an unplanned session with a planned one (``target``; None takes that back).

    Raises NotFound, Unacceptable.
    """
    session = sessions.find(bench, key)
    if target is None:
        if session.joined_to is None:
            raise Unacceptable(text("Phiên này chưa ghép vào phiên nào."))
        return _join(bench, session, None, _said(reason))
    known = {each.id for each in planned(bench, cancelled=True)} | {each.id for each in sessions.every(bench)}
    if target not in known:
        raise NotFound(text("Không có phiên này trong kế hoạch."))
    return _join(bench, session, target, _said(reason))


def _join(bench: Bench, session: HamletSession, target: str | None, reason: str) -> HamletSession:
    if target is not None:
        into = next((each for each in sessions.every(bench) if each.id == target), None)
        target = (into.joined_to if into else None) or target  # never one behind the other
        if target == session.id:
            raise Unacceptable(text("Không ghép một phiên vào chính nó."))
        if any(each.joined_to == session.id for each in sessions.every(bench)):
            raise Unacceptable(text("Phiên này đang có phiên khác ghép vào: hãy tách ra trước."))
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(session.id, SESSION_JOINED, {"session": target, "reason": reason}))
    return sessions.find(bench, session.id)


def _said(reason: str) -> str:
    try:
        return identity.clean(reason, limit=300)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error
