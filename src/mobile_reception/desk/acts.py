"""What may happen to a dossier after its reception: amended, refused, withdrawn, supplemented, returned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from mobile_reception.desk import dossiers
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Unacceptable
from mobile_reception.desk.values import DossierView, Refused
from mobile_reception.dossier import days, identity, intake, lifecycle
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import AMENDED, DUE_EXTENDED, DossierState, flatten
from mobile_reception.store import reading
from mobile_reception.words import VIETNAM, text

AMENDABLE = (
    "submitter",
    "owner",
    "relation",
    "beneficiary",
    "papers",
    "copies",
    "delivery",
    "notify_sms",
    "note",
    "answers",
)
"""Parts of a dossier that a person may correct. Another procedure is another dossier."""

_REASON = 1000


def amend(bench: Bench, key: str, changes: Mapping[str, Any], reason: str) -> DossierView | Refused:
    """Correct fields (dotted names, as in a line) of a dossier; the old values stay in its history.

    The fee, the due day and the printed receipt stay what they were at reception. Raises NotFound,
    Unacceptable.
    """
    said = _reason(reason)
    state = dossiers.whole(bench, key).state
    for name in changes:
        if name.partition(".")[0] not in AMENDABLE:
            raise Unacceptable(text("Không sửa được «{field}» sau khi đã tiếp nhận.", field=name[:60]))
    before = dossiers.nested(state)
    after = _changed(before, changes)
    taken, problems = intake.attempt({**after, "procedure": state.procedure})
    if problems:
        return Refused(problems)
    given = intake.to_json(taken)
    wanted = flatten({name: given[name] for name in AMENDABLE})
    had = {name: written.value for name, written in state.fields.items()}
    new = {name: value for name, value in wanted.items() if had.get(name) != value}
    new |= dict.fromkeys(_vanished(had, wanted))
    if not new:
        raise Unacceptable(text("Không có gì thay đổi."))
    base = {name: state.fields[name].fact for name in new if name in state.fields}
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(state.subject, AMENDED, {"set": new, "reason": said}, base))
    return dossiers.view(bench, state.subject)


def _changed(before: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The line with ``changes`` put in."""
    line: dict[str, Any] = json.loads(json.dumps({name: before.get(name) for name in AMENDABLE}))
    for name, value in changes.items():
        *above, last = name.split(".")
        inner = line
        for step in above:
            if not isinstance(inner.get(step), dict):
                inner[step] = {}
            inner = inner[step]
        inner[last] = value
    return {name: value for name, value in line.items() if value is not None}


def _vanished(had: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Fields of a person who is no longer named."""
    return [
        name
        for name, value in had.items()
        if name.partition(".")[0] in ("owner", "beneficiary") and value is not None and name not in wanted
    ]


def refuse(bench: Bench, key: str, reason: str) -> DossierView:
    """The dossier is not received after all (Mẫu 03). Raises NotFound, Unacceptable."""
    return _step(bench, key, "dossier.refused", {"reason": _reason(reason)})


def withdraw(bench: Bench, key: str, reason: str) -> DossierView:
    """The citizen takes the dossier back. Raises NotFound, Unacceptable."""
    return _step(bench, key, "dossier.withdrawn", {"reason": _reason(reason)})


def stop(bench: Bench, key: str, reason: str, legal_basis: str) -> DossierView:
    """Work on the dossier ends (Mẫu 05). Raises NotFound, Unacceptable."""
    basis = _reason(legal_basis, text("Cần căn cứ pháp lý."))
    return _step(bench, key, "dossier.stopped", {"reason": _reason(reason), "legal_basis": basis})


def supplement(bench: Bench, key: str, papers: Sequence[str], reason: str) -> DossierView:
    """Ask for all that is missing at once (Mẫu 02); the clock stands still. Raises NotFound, Unacceptable."""
    named = [_reason(paper, text("Cần tên giấy tờ phải bổ sung."), limit=300) for paper in papers]
    if not named:
        raise Unacceptable(text("Cần tên giấy tờ phải bổ sung."))
    return _step(bench, key, "supplement.requested", {"papers": named, "reason": _reason(reason)})


def supplemented(bench: Bench, key: str) -> DossierView:
    """The papers have come: the due day moves on by the time waited. Raises NotFound, Unacceptable."""
    state = dossiers.whole(bench, key).state
    asked = next((event for event in reversed(state.history) if event.kind == "supplement.requested"), None)
    payload: dict[str, Any] = {}
    if asked is not None and state.due:
        payload = _later(bench, state, datetime.fromisoformat(asked.at), bench.now())
    return _step(bench, key, "supplement.received", payload)


def extend(bench: Bench, key: str, until: date, reason: str) -> DossierView:
    """Apologise and appoint a later day (Mẫu 04). Raises NotFound, Unacceptable."""
    state = dossiers.whole(bench, key).state
    old = _day(state.due)
    if old is not None and until <= old:
        raise Unacceptable(text("Ngày hẹn lại phải sau ngày hẹn cũ."))
    if state.status in (lifecycle.REFUSED, lifecycle.STOPPED, lifecycle.READY, lifecycle.DELIVERED):
        raise Unacceptable(lifecycle.objection("dossier.withdrawn", state.status) or "")
    chosen = days.set_by_officer(until, bench.calendar)
    payload = {
        "due": chosen.at.isoformat(),
        "come_back": _come_back(bench, state, chosen.day).isoformat(),
        "former_due": state.due,
        "former_come_back": state.come_back,
        "reason": _reason(reason),
    }
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(state.subject, DUE_EXTENDED, payload))
    return dossiers.view(bench, state.subject)


def hand_on(bench: Bench, key: str, section: str) -> DossierView:
    """Hand the dossier to the section that works on it (a row of Mẫu 06). Raises NotFound, Unacceptable."""
    return _step(bench, key, "dossier.handed_over", {"section": _reason(section, limit=200)})


def hand_over(
    bench: Bench, key: str, to: str, *, relation: str | None = None, number: str | None = None
) -> DossierView:
    """Hand the result to the citizen, or to somebody for them.

    What is given back at the table on the day of reception becomes ready in the same act. Raises NotFound,
    Unacceptable.
    """
    receiver = _reason(to, text("Cần họ tên người nhận kết quả."), limit=200)
    if number is not None and not identity.is_personal_number(number):
        raise Unacceptable(text("Số định danh phải có đúng 12 chữ số."))
    state = dossiers.whole(bench, key).state
    _in_person(bench, state, receiver, relation)
    at_once = state.status == lifecycle.RECEIVED and dossiers.nested(state).get("delivery", {}).get(
        "way"
    ) in (
        "on_the_spot",
        "hamlet",
    )
    status = lifecycle.READY if at_once and _same_day(state) else state.status
    _object("result.handed_over", status)
    at_table = reading.open_session(bench.store)
    payload = {
        "to": receiver,
        "relation": relation,
        "personal_id": number,
        "session": at_table.id if at_table else None,
    }
    with bench.store.act(bench.me.login, bench.now()) as making:
        if status != state.status:
            making.append(Act(state.subject, "result.ready", {}))
        making.append(Act(state.subject, "result.handed_over", payload))
    return dossiers.view(bench, state.subject)


def _in_person(bench: Bench, state: DossierState, receiver: str, relation: str | None) -> None:
    """Some results go to their owner and nobody else. Raises Unacceptable."""
    rule = (
        bench.catalogue.procedure(state.procedure or "")
        if (state.procedure or "") in bench.catalogue
        else None
    )
    if rule is None or not rule.at(bench.today()).mobile.in_person:
        return
    value = dossiers.nested(state)
    owners = [(value.get(who) or {}).get("full_name") for who in ("owner", "submitter", "beneficiary")]
    known = {identity.compare_key(str(name)) for name in owners if name}
    if relation or identity.compare_key(receiver) not in known:
        raise Unacceptable(text("Kết quả này chỉ trao tận tay {name}.", name=next(filter(None, owners), "")))


def collect(bench: Bench, key: str, amount: int, receipt_number: str = "") -> DossierView:
    """Money was taken; the number of the receipt issued elsewhere is noted. Raises NotFound, Unacceptable."""
    state = dossiers.whole(bench, key).state
    if not 0 < amount <= 10**9:
        raise Unacceptable(text("Số tiền phải là số đồng nguyên, lớn hơn không."))
    at_table = reading.open_session(bench.store)
    payload: dict[str, Any] = {"amount": amount, "receipt": receipt_number[:60]}
    payload |= {"session": at_table.id} if at_table else {}
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(state.subject, "fee.collected", payload))
    return dossiers.view(bench, state.subject)


def _step(bench: Bench, key: str, kind: str, payload: Mapping[str, Any]) -> DossierView:
    state = dossiers.whole(bench, key).state
    _object(kind, state.status)
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(state.subject, kind, payload))
    return dossiers.view(bench, state.subject)


def _object(kind: str, status: int) -> None:
    why = lifecycle.objection(kind, status)
    if why is not None:
        raise Unacceptable(why)


def _reason(given: str, otherwise: str | None = None, *, limit: int = _REASON) -> str:
    try:
        said = identity.clean(given, limit=limit)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error
    if not said:
        raise Unacceptable(otherwise or text("Cần lý do."))
    return said


def _later(bench: Bench, state: DossierState, asked: datetime, now: datetime) -> dict[str, Any]:
    """The appointment moved on by the time waited: days for a limit in days, working days for the rest."""
    first, last = asked.astimezone(VIETNAM).date(), now.astimezone(VIETNAM).date()
    due = _day(state.due) or last
    procedure = state.procedure or ""
    unit = ""
    if procedure in bench.catalogue:
        unit = bench.catalogue.procedure(procedure).at(first).limit.unit
    waited = [first + timedelta(days=step) for step in range(1, (last - first).days + 1)]
    if unit == "calendar_day":
        moved = due + timedelta(days=len(waited))
        while not bench.calendar.is_working(moved):
            moved += timedelta(days=1)
    else:
        moved = due
        for day in waited:
            if bench.calendar.is_working(day):
                moved = bench.calendar.next_working(moved)
    chosen = days.set_by_officer(moved, bench.calendar)
    return {"due": chosen.at.isoformat(), "come_back": _come_back(bench, state, chosen.day).isoformat()}


def _come_back(bench: Bench, state: DossierState, due: date) -> date:
    view = dossiers.view(bench, state.subject)
    delivery = dossiers.nested(state).get("delivery") or {}
    if delivery.get("way") != "hamlet" or view.hamlet is None:
        return due
    return days.come_back(due, bench.planned_days(view.hamlet))


def _same_day(state: DossierState) -> bool:
    received, due = _day(state.received_at), _day(state.due)
    return received is not None and due is not None and (due - received).days <= 1


def _day(moment: str | None) -> date | None:
    return datetime.fromisoformat(moment).astimezone(VIETNAM).date() if moment else None
