"""The day at the table: free services, what citizens thought of it, incidents, and what closing finds."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mobile_reception.desk import dossiers, reception, reports, results, sessions, summary
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NoSession, NotFound, Unacceptable
from mobile_reception.desk.results import ResultLine
from mobile_reception.desk.summary import Given, Original, SessionSummary
from mobile_reception.desk.values import Draft, HamletSession
from mobile_reception.dossier import fees, identity, service
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import DossierState, fold_session
from mobile_reception.dossier.service import (
    CITIZEN_RATED,
    INCIDENT_NOTED,
    SERVICE_PROVIDED,
    Rating,
    Service,
)
from mobile_reception.store import counting, reading
from mobile_reception.words import language, speaking, text

_NOTE = 300
_MOST_NAMED, _MOST_LISTED = 8, 60


@dataclass(frozen=True, slots=True)
class ServiceTotals:
    """Free services of the sessions from ``first`` to ``last``, both included.

    ``by_day`` maps ISO days to what was given on them, by kind; months (``2026-11``) and years (``2026``)
    are sums of days.
    """

    first: date
    last: date
    by_day: Mapping[str, Mapping[str, Given]]

    @property
    def by_month(self) -> dict[str, dict[str, Given]]:
        """The same by months."""
        return self._by(7)

    @property
    def by_year(self) -> dict[str, dict[str, Given]]:
        """The same by years."""
        return self._by(4)

    @property
    def total(self) -> dict[str, Given]:
        """All of it, every kind named."""
        return {kind: Given(0, 0) for kind in service.SERVICES} | self._by(0).get("", {})

    @property
    def saved(self) -> int:
        """What the citizens did not have to pay, in đồng."""
        return sum(given.saved for given in self.total.values())

    def _by(self, letters: int) -> dict[str, dict[str, Given]]:
        sums: dict[str, dict[str, Given]] = {}
        for day, kinds in self.by_day.items():
            part = sums.setdefault(day[:letters], {})
            for kind, given in kinds.items():
                before = part.get(kind, Given(0, 0))
                part[kind] = Given(before.quantity + given.quantity, before.saved + given.saved)
        return sums


@dataclass(frozen=True, slots=True)
class Closing:
    """What is seen when a session is closed: it tells, and refuses nothing.

    ``unprinted`` are code and submitter of dossiers without a printed receipt. ``taken`` is the money that
    this laptop took at the session, for whatever dossier, ``cash`` what its own part told of its box (None:
    nothing), with ``notes`` by their worth and ``explained``, why it differs. ``other_parts`` counts laptops
    of the same session that close, or have closed, their own. ``carried`` are results that were taken along
    to the session, or packed for it, and neither handed over nor posted nor brought back.
    """

    summary: SessionSummary
    unprinted: tuple[tuple[str, str], ...]
    drafts: tuple[Draft, ...]
    originals: tuple[Original, ...]
    taken: int
    cash: int | None
    notes: Mapping[int, int]
    explained: tuple[str, ...]
    other_parts: int
    carried: tuple[ResultLine, ...] = ()

    @property
    def difference(self) -> int | None:
        """Cash in this laptop's box less what it took, in đồng; None where nobody has counted."""
        return None if self.cash is None else self.cash - self.taken


def provide(
    bench: Bench, kind: str, quantity: int, *, pages: int | None, note: str, session: str | None
) -> Service:
    """Count a free service at the open session (or ``session``); what it would cost is fixed with it.

    Less than zero takes back what was counted by mistake. Raises NoSession, NotFound, Unacceptable.
    """
    if kind not in service.SERVICES:
        raise Unacceptable(text("Loại hỗ trợ phải là một trong: {kinds}", kinds=", ".join(service.SERVICES)))
    if not 0 < abs(quantity) <= service.MOST_QUANTITY:
        raise Unacceptable(text("Số lượng phải từ 1 đến {most}.", most=service.MOST_QUANTITY))
    if pages is not None and not 0 < pages <= service.MOST_QUANTITY:
        raise Unacceptable(text("Số trang phải từ 1 đến {most}.", most=service.MOST_QUANTITY))
    held = _session(bench, session)
    price = prices(bench)[kind]
    if quantity < 0:
        given = [each for each in _services(bench, held.id) if each.kind == kind]
        if sum(each.quantity for each in given) + quantity < 0:
            raise Unacceptable(text("Phiên này chưa ghi nhiều như vậy."))
        price = given[-1].price
    payload: dict[str, Any] = {"kind": kind, "quantity": quantity, "price": price}
    payload |= {} if pages is None else {"pages": pages}
    payload |= {"note": said} if (said := _said(note)) else {}
    with bench.store.act(bench.me.login, bench.now()) as making:
        fact = making.append(Act(held.id, SERVICE_PROVIDED, payload))
    return next(each for each in _services(bench, held.id) if each.fact == fact.id)


def prices(bench: Bench) -> dict[str, int]:
    """What each free service costs on the local market, in đồng a piece; 0 where nobody has set it.

    The centre's settings (``service_prices``) go before this laptop's own.
    """
    card = bench.card("settings") or {}
    named = card.get("service_prices")
    given: Mapping[str, Any] = named if isinstance(named, dict) else {}
    found = {}
    for kind in service.SERVICES:
        own = bench.store.meta(f"setting:{price_setting(kind)}") or ""
        price = given[kind] if type(given.get(kind)) is int else int(own) if own.isdecimal() else 0
        found[kind] = max(0, min(price, service.MOST_PRICE))
    return found


def price_setting(kind: str) -> str:
    """The name of the laptop's own setting for the price of a service."""
    return f"service_price_{kind}"


def service_totals(bench: Bench, first: date, last: date) -> ServiceTotals:
    """Free services of the sessions from ``first`` to ``last``, both included."""
    by_day: dict[str, dict[str, Given]] = {}
    for day, kind, quantity, saved in reading.services_between(bench.store, first, last):
        by_day.setdefault(day, {})[kind] = Given(quantity, saved)
    return ServiceTotals(first, last, by_day)


def totals_json(totals: ServiceTotals) -> dict[str, Any]:
    """``service totals --json``."""

    def told(kinds: Mapping[str, Given]) -> dict[str, Any]:
        return {
            **{
                kind: {"quantity": given.quantity, "saved": given.saved}
                for kind, given in sorted(kinds.items())
            },
            "saved": sum(given.saved for given in kinds.values()),
        }

    return {
        "from": totals.first.isoformat(),
        "to": totals.last.isoformat(),
        "by_day": {day: told(kinds) for day, kinds in totals.by_day.items()},
        "by_month": {month: told(kinds) for month, kinds in totals.by_month.items()},
        "by_year": {year: told(kinds) for year, kinds in totals.by_year.items()},
        "total": told(totals.total),
    }


def asked_already(bench: Bench, key: str) -> str | None:
    """Why nobody is asked about a dossier (any more), in a sentence; None: one may. Raises NotFound."""
    state, procedure = _asked_about(bench, key)
    if state.rating is not None:
        return text("Hồ sơ này đã được đánh giá.")
    if procedure in bench.catalogue and service.asks_nobody(bench.catalogue.procedure(procedure).name):
        return text("Không hỏi đánh giá sau khi đăng ký khai tử.")
    return None


def _asked_about(bench: Bench, key: str) -> tuple[DossierState, str]:
    """A dossier that is here, or whose result was taken along, and its procedure. Raises NotFound."""
    try:
        state = dossiers.whole(bench, key).state
    except NotFound:
        line = results.find(bench, key)
        return results.folded_of(bench, line.id), line.procedure
    return state, state.procedure or ""


def rate(bench: Bench, key: str, level: str, *, reason: str, proxy: bool) -> Rating:
    """How satisfied the citizen is with a dossier's handling; said once. Raises NotFound, Unacceptable."""
    objection = asked_already(bench, key)
    if objection is not None:
        raise Unacceptable(objection)
    subject = _asked_about(bench, key)[0].subject
    payload = _rating(level, reason, proxy=proxy)
    opened = reading.open_session(bench.store)
    if opened is not None:
        payload["session"] = opened.id
    with bench.store.act(bench.me.login, bench.now()) as making:
        fact = making.append(Act(subject, CITIZEN_RATED, payload))
    said = service.rating(fact, fact.body)
    if said is None:
        raise Unacceptable(level)
    return said


def rate_session(
    bench: Bench, level: str, *, reason: str, proxy: bool, session: str | None
) -> SessionSummary:
    """A paper form without a name, about the open session (or ``session``).

    Raises NoSession, NotFound, Unacceptable.
    """
    payload = _rating(level, reason, proxy=proxy)
    held = _session(bench, session)
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(held.id, CITIZEN_RATED, payload))
    return summary.of_session(bench, held.id)


def note_incident(bench: Bench, kind: str, *, note: str, session: str | None) -> SessionSummary:
    """Something failed at the open session (or ``session``). Raises NoSession, NotFound, Unacceptable."""
    if kind not in service.INCIDENTS:
        raise Unacceptable(text("Loại sự cố phải là một trong: {kinds}", kinds=", ".join(service.INCIDENTS)))
    said = _said(note)
    if kind == service.COMPLAINT and not said:
        raise Unacceptable(text("Cần ghi nội dung phản ánh, kiến nghị."))
    held = _session(bench, session)
    payload = {"kind": kind} | ({"note": said} if said else {})
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(held.id, INCIDENT_NOTED, payload))
    return summary.of_session(bench, held.id)


def closing(bench: Bench, key: str | None) -> Closing:
    """What closing a session finds, before or after it was closed. Raises NotFound."""
    found = summary.of_session(bench, key)
    session = found.session.id
    mine = frozenset(reading.own_origins(bench.store))
    parts = summary.parts_of(bench, session)
    states = dossiers.of_session(bench, session)
    others = counting.money_elsewhere(bench.store, session)
    here = {session, *(part.subject for part in parts)}
    boxes = [box for part in parts for origin, box in part.boxes.items() if origin in mine]
    return Closing(
        summary=found,
        unprinted=tuple(reading.unprinted(bench.store, session)),
        drafts=reception.drafts(bench),
        originals=tuple(summary.originals(states)),
        taken=sum(_taken(state, here, mine) for state in [*states, *dossiers.states(bench, others)]),
        cash=sum(box.cash for box in boxes) if boxes else None,
        notes=boxes[-1].notes if boxes else {},
        explained=tuple(box.explained for box in boxes if box.explained),
        carried=tuple(
            line
            for line in results.lines(bench, carried=True)
            if line.session in here and line.place in ("packed", "taken")
        ),
        other_parts=len({origin for part in parts for origin in part.origins} - mine),
    )


def _taken(state: DossierState, here: Container[str | None], mine: Container[str]) -> int:
    """What this laptop took for one dossier at one of these sessions."""
    return sum(
        each.amount
        for each in state.collections
        if each.origin in mine and (each.session or state.session) in here
    )


def closing_lines(found: Closing) -> Iterator[tuple[bool, str]]:
    """What closing found, in sentences; True before those that somebody should look at."""
    from mobile_reception.words import money

    told = found.summary
    yield (
        False,
        text(
            "{citizens} người nộp, {dossiers} hồ sơ; {handed_over} kết quả đã trả tại phiên.",
            citizens=told.citizens,
            dossiers=told.dossiers,
            handed_over=told.handed_over,
        ),
    )
    yield (
        False,
        text(
            "Phí, lệ phí đã tính: {total}; máy này đã thu tại phiên: {taken} ({words}).",
            total=money(told.total),
            taken=money(found.taken),
            words=in_words(found.taken),
        ),
    )
    cash = found.cash
    if cash is None:
        yield found.taken > 0, text("Chưa khai tiền mặt trong hộp.")
    else:
        given = text("Tiền mặt: {cash} ({words}).", cash=money(cash), words=in_words(cash))
        yield False, given
        if difference := found.difference:
            more, less = text("thừa"), text("thiếu")
            yield (
                True,
                text(
                    "Tiền mặt {which} {amount} so với số đã thu. Hãy đếm lại hoặc ghi khoản chưa ghi.",
                    which=more if difference > 0 else less,
                    amount=money(abs(difference)),
                ),
            )
        for why in found.explained:
            yield False, text("Giải thích chênh lệch: {why}", why=why)
    if found.other_parts:
        said = text("Phiên còn {count} máy khác, mỗi máy tự kết thúc phần của mình.", count=found.other_parts)
        yield False, said
    yield from _left(found)
    for each in told.incidents:
        note = f": {each.note}" if each.note else ""
        yield False, text("Sự cố: {what}", what=service.incident_words(each.kind) + note)
    for told_of in told.complaints:
        yield True, text("Phản ánh, kiến nghị: {what}", what=told_of.note)


def _left(found: Closing) -> Iterator[tuple[bool, str]]:
    if found.unprinted:
        listed = _some([code for code, _ in found.unprinted])
        yield (
            True,
            text(
                "{count} hồ sơ chưa in phiếu: {codes}. In sau được, hồ sơ vẫn nguyên.",
                count=len(found.unprinted),
                codes=listed,
            ),
        )
    if found.drafts:
        yield (
            True,
            text("{count} hồ sơ đang ghi dở: vẫn được giữ, mở lại khi cần.", count=len(found.drafts)),
        )
    if found.originals:
        yield True, text("Đang giữ bản chính của {count} hồ sơ:", count=len(found.originals))
        for each in found.originals[:_MOST_LISTED]:
            papers = "; ".join(f"{name} × {count}" for name, count in each.papers)
            yield False, f"  {each.code} {each.name}: {papers}"
        if (more := len(found.originals) - _MOST_LISTED) > 0:
            yield False, f"  … (+{more})"
    if found.carried:
        yield (
            True,
            text(
                "{count} kết quả mang theo chưa trao, chưa ghi mang về: {names}",
                count=len(found.carried),
                names=_some([line.name for line in found.carried]),
            ),
        )
    if found.summary.not_delivered:
        yield True, text("{count} kết quả đã có, chưa trả.", count=found.summary.not_delivered)


def _some(names: list[str]) -> str:
    """The first of them, and how many more there are: what is told in full is in the JSON."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" … (+{more})" if more > 0 else "")


def closing_json(found: Closing) -> dict[str, Any]:
    """What ``session close --json`` adds to the session; its words are Vietnamese whatever is spoken."""

    def words(amount: int) -> str:
        with speaking("vi"):
            return in_words(amount)

    return {
        "collected": found.summary.collected,
        "collected_words": words(found.summary.collected),
        "taken": found.taken,
        "taken_words": words(found.taken),
        "computed": found.summary.total,
        "cash": found.cash,
        "cash_words": None if found.cash is None else words(found.cash),
        "notes": {str(note): count for note, count in sorted(found.notes.items(), reverse=True)},
        "difference": found.difference,
        "explained": list(found.explained),
        "other_parts": found.other_parts,
        "unprinted": [code for code, _ in found.unprinted],
        "drafts": len(found.drafts),
        "originals": [
            {
                "code": each.code,
                "name": each.name,
                "papers": [{"name": name, "originals": count} for name, count in each.papers],
            }
            for each in found.originals
        ],
        "incidents": [{"kind": each.kind, "note": each.note} for each in found.summary.incidents],
        "not_delivered": found.summary.not_delivered,
        "carried": [line.code for line in found.carried],
    }


def close_json(found: Closing) -> dict[str, Any]:
    """``session close --json``."""
    return {**reports.session_json(found.summary.session), "closing": closing_json(found)}


def in_words(amount: int) -> str:
    """An amount in words, in the language in force."""
    return f"{fees.in_english(amount) if language() == 'en' else fees.in_words(amount)} đồng"


def _services(bench: Bench, session: str) -> tuple[Service, ...]:
    return fold_session(session, reading.facts(bench.store, session), bench.store.clocks()).services


def _session(bench: Bench, key: str | None) -> HamletSession:
    if key is not None:
        return sessions.find(bench, key)
    opened = sessions.current(bench)
    if opened is None:
        raise NoSession(text("Không có phiên nào đang mở."))
    return opened


def _rating(level: str, reason: str, *, proxy: bool) -> dict[str, Any]:
    if level not in service.LEVELS:
        raise Unacceptable(text("Mức độ phải là một trong: {levels}", levels=", ".join(service.LEVELS)))
    said = _said(reason)
    if level == service.NOT_SATISFIED and not said:
        raise Unacceptable(text("Cần lý do không hài lòng."))
    return {"level": level, "proxy": proxy, **({"reason": said} if said else {})}


def _said(note: str) -> str:
    try:
        return identity.clean(note, limit=_NOTE)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error
