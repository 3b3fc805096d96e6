"""The papers about one dossier other than its receipt, and those about a session or a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from mobile_reception import papers
from mobile_reception.desk import dossiers, history, result_papers, slips
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound, Unacceptable
from mobile_reception.desk.values import PAPERS, DossierView, Place
from mobile_reception.dossier import lifecycle
from mobile_reception.dossier.fold import DossierState
from mobile_reception.store import reading
from mobile_reception.words import VIETNAM, speaking, text


def paper(bench: Bench, kind: str, key: str, *, size: str, language: str) -> bytes:
    """A paper about a dossier as PDF. Raises NotFound, also when what the paper tells has not happened."""
    if kind == "receipt":
        return slips.receipt(bench, key, paper=size, language=language)
    if kind not in PAPERS:
        raise Unacceptable(text("Không có loại giấy này: {kind}", kind=kind))
    if kind in result_papers.KINDS:  # also of a dossier that this laptop only carries the result of
        return result_papers.slip(bench, kind, key, size=size, language=language)
    view = dossiers.whole(bench, key)
    with speaking(language):
        values = _MAKERS[kind](bench, view)
    return papers.KINDS[kind].make(values, paper=size, language=language, templates=bench.templates)


def receipt_list(bench: Bench, keys: Sequence[str], *, language: str) -> bytes:
    """One receipt (Mẫu 01) with its list for several dossiers of one submitter. Raises Failures."""
    views = [dossiers.whole(bench, key) for key in keys]
    if not views:
        raise Unacceptable(text("Cần ít nhất một hồ sơ."))
    submitters = [dossiers.nested(view.state).get("submitter") or {} for view in views]
    first = submitters[0]
    if any(
        (each.get("full_name"), each.get("personal_id")) != (first.get("full_name"), first.get("personal_id"))
        for each in submitters
    ):
        raise Unacceptable(text("Các hồ sơ không phải của cùng một người nộp."))
    with speaking(language):
        rows = [_list_row(bench, view.state) for view in views]
    values = papers.ReceiptListValues(
        **slips.heading(bench),
        submitter_name=str(first.get("full_name") or ""),
        submitter_address=first.get("address"),
        submitter_id=first.get("personal_id"),
        submitter_phone=first.get("phone"),
        channel=text("trực tiếp"),
        received_at=max(row.received_at for row in rows),
        delivery=slips.delivery_words(dossiers.nested(views[0].state).get("delivery") or {}, views[0].hamlet),
        officer=slips.officer(bench, views[0].state.history[0].officer),
        dossiers=tuple(rows),
        session=views[0].hamlet,
        lookup=bench.paper_setting("receipt", "lookup"),
        hotline=bench.paper_setting("receipt", "hotline"),
        at_centre=all(view.place is Place.CENTRE for view in views),
    )
    return papers.receipt_list(values, language=language, templates=bench.templates)


def _list_row(bench: Bench, state: DossierState) -> papers.ReceiptListRow:
    value = dossiers.nested(state)
    owner = value.get("owner") or value.get("submitter") or {}
    return papers.ReceiptListRow(
        code=state.code or "",
        request=bench.procedure_name(state.procedure),
        agency=bench.unit.name,
        received_at=_moment(state.received_at),
        come_back=_date(state.come_back),
        time_limit=slips.limit_words(bench, state),
        copies=1,
        owner_name=str(owner.get("full_name") or ""),
    )


def certifications(bench: Bench, first: date, last: date, *, language: str) -> bytes:
    """The record of copies certified from originals (Sổ chứng thực) of a period.

    Numbers and the certifier are filled in where the dossier's answers name them, by hand elsewhere.
    """
    rows = []
    for state in dossiers.received_between(bench, first, last):
        named = state.procedure or ""
        if named not in bench.catalogue or bench.catalogue.procedure(named).field != "authentication":
            continue
        value = dossiers.nested(state)
        answers = value.get("answers") or {}
        submitter = value.get("submitter") or {}
        rows.append(
            papers.CertificationRow(
                number=str(answers.get("certification_number") or ""),
                day=_day(state.received_at),
                requester=str(submitter.get("full_name") or ""),
                requester_id=str(submitter.get("personal_id") or ""),
                original="; ".join(str(each["name"]) for each in value.get("papers") or ()),
                signer=bench.paper_setting("signer", "name") or "",
                signer_title=bench.paper_setting("signer", "title") or "",
                copies=value.get("copies") or 1,
                fee=state.fee,
                note=text("hồ sơ số {serial}", serial=(state.code or "").rpartition("-")[2]),
            )
        )
    values = papers.CertificationsValues(
        **slips.heading(bench),
        printed_on=bench.today(),
        kind=text("bản sao, chữ ký, giao dịch"),
        first=first,
        last=last,
        rows=tuple(rows),
    )
    return papers.certifications(values, language=language, templates=bench.templates)


def register(bench: Bench, first: date, last: date, *, language: str) -> bytes:
    """The register of dossiers (Mẫu 07) received from ``first`` to ``last``, both included."""
    rows = [
        papers.RegisterRow(
            code=state.code or "",
            request=bench.procedure_name(state.procedure),
            copies=1,
            name=slips.people(state)[0],
            address=slips.people(state)[1] or "",
            phone=str(dossiers.nested(state).get("submitter", {}).get("phone") or ""),
            agency=bench.unit.name,
            received=_day(state.received_at),
            come_back=_date(state.come_back),
            result_back=_happened(state, "result.ready"),
            handed_over=_happened(state, "result.handed_over"),
            note=lifecycle.status_words(state.status),
        )
        for state in dossiers.received_between(bench, first, last)
    ]
    values = papers.RegisterValues(
        **slips.heading(bench), printed_on=bench.today(), first=first, last=last, rows=tuple(rows)
    )
    return papers.register(values, language=language, templates=bench.templates)


def session_list(bench: Bench, session: str, *, language: str) -> bytes:
    """The dossiers of a session, with their fees. Raises NotFound."""
    held = reading.sessions(bench.store, key=session)
    if not held:
        raise NotFound(text("Không tìm thấy phiên."))
    states = dossiers.of_session(bench, session)
    with speaking(language):
        rows = [
            papers.SessionRow(
                code=state.code or "",
                submitter=slips.people(state)[0],
                request=bench.procedure_name(state.procedure),
                received_at=_moment(state.received_at),
                come_back=_date(state.come_back),
                phi=state.fee - state.le_phi,
                le_phi=state.le_phi,
                status=lifecycle.status_words(state.status),
            )
            for state in states
        ]
    values = papers.SessionListValues(
        **slips.heading(bench),
        hamlet=held[0].hamlet,
        opened_at=_moment(held[0].opened_at),
        closed_at=_moment(held[0].closed_at) if held[0].closed_at else None,
        officers=tuple(sorted({slips.officer(bench, state.history[0].officer) for state in states})),
        rows=tuple(rows),
    )
    return papers.session_list(values, language=language, templates=bench.templates)


def posting(bench: Bench, *, sheet: str | None, fees: bool, language: str) -> bytes:
    """The posting board of procedures, that of fees and charges, or the sheet of one procedure."""
    values = papers.PostingValues(
        **slips.heading(bench), printed_on=bench.today(), hotline=bench.paper_setting("receipt", "hotline")
    )
    if sheet is not None:
        if sheet not in bench.catalogue:
            raise NotFound(text("Danh mục không có thủ tục {code}.", code=sheet[:40]))
        return papers.procedure_sheet(
            bench.catalogue, sheet, values, language=language, templates=bench.templates
        )
    made = papers.fees_board if fees else papers.board
    return made(bench.catalogue, values, language=language, templates=bench.templates)


def _common(bench: Bench, view: DossierView) -> dict[str, Any]:
    state = view.state
    value = dossiers.nested(state)
    owner = value.get("owner") or value.get("submitter") or {}
    return {
        **slips.heading(bench),
        "code": state.code or "",
        "provisional": slips.provisional(state),
        "at": bench.now().astimezone(VIETNAM),
        "request": slips.request(bench, state),
        "owner_name": str(owner.get("full_name") or ""),
        "owner_address": owner.get("address"),
        "owner_phone": owner.get("phone") or (value.get("submitter") or {}).get("phone"),
        "hotline": bench.paper_setting("receipt", "hotline"),
        "lookup": bench.paper_setting("receipt", "lookup"),
        "qr_text": state.code or "",
    }


def _told(bench: Bench, view: DossierView, kind: str, missing: str) -> tuple[dict[str, Any], str, datetime]:
    """The last fact of ``kind``: what it says, who wrote it, when. Raises NotFound."""
    event = next((each for each in reversed(view.state.history) if each.kind == kind), None)
    if event is None:
        raise NotFound(missing)
    fact = next(each for each in reading.facts(bench.store, view.state.subject) if each.id == event.fact)
    return fact.body, fact.officer, datetime.fromisoformat(fact.at)


def _supplement(bench: Bench, view: DossierView) -> papers.SupplementValues:
    missing = text("Hồ sơ này chưa có yêu cầu bổ sung.")
    body, officer, at = _told(bench, view, "supplement.requested", missing)
    return papers.SupplementValues(
        **{**_common(bench, view), "at": at},
        papers=tuple((str(name), 1, 0, 0) for name in body.get("papers", ())),
        reason=str(body.get("reason") or ""),
        officer=slips.officer(bench, officer),
    )


def _refusal(bench: Bench, view: DossierView) -> papers.RefusalValues:
    body, officer, at = _told(bench, view, "dossier.refused", text("Hồ sơ này không bị từ chối."))
    return papers.RefusalValues(
        **{**_common(bench, view), "at": at},
        reason=str(body.get("reason") or ""),
        submitter_name=slips.people(view.state)[0],
        officer=slips.officer(bench, officer),
    )


def _apology(bench: Bench, view: DossierView) -> papers.ApologyValues:
    body, _, at = _told(bench, view, "due.extended", text("Hồ sơ này chưa được hẹn lại."))
    return papers.ApologyValues(
        **{**_common(bench, view), "at": at},
        agency=slips.heading(bench)["superior_agency"],
        received_at=_moment(view.state.received_at),
        come_back=_date(body.get("former_come_back") or view.state.come_back),
        new_come_back=_date(body.get("come_back")),
        reason=str(body.get("reason") or ""),
        **_signer(bench),
    )


def _stop(bench: Bench, view: DossierView) -> papers.StopValues:
    body, _, at = _told(bench, view, "dossier.stopped", text("Hồ sơ này không bị dừng."))
    value = dossiers.nested(view.state)
    return papers.StopValues(
        **{**_common(bench, view), "at": at},
        agency=slips.heading(bench)["superior_agency"],
        received_at=_moment(view.state.received_at),
        reason=str(body.get("reason") or ""),
        legal_basis=str(body.get("legal_basis") or ""),
        returned=tuple(str(paper["name"]) for paper in value.get("papers") or () if paper.get("originals")),
        **_signer(bench),
    )


def _signer(bench: Bench) -> dict[str, Any]:
    """Who signs for the agency: settings of the unit, a dotted line where nobody has said."""
    return {
        "signer_for": bench.paper_setting("signer", "for") or "TM. ỦY BAN NHÂN DÂN",
        "signer_title": bench.paper_setting("signer", "title") or "CHỦ TỊCH",
        "signer_name": bench.paper_setting("signer", "name") or "",
    }


def _control(bench: Bench, view: DossierView) -> papers.ControlValues:
    unit = slips.heading(bench)["unit_name"]
    steps = []
    for event in view.state.history:
        if event.kind in history.NO_STEP:
            continue
        giver, receiver = history.hands(event.kind, unit)
        steps.append(
            papers.ControlStep(
                giver=giver,
                receiver=receiver,
                at=datetime.fromisoformat(event.at),
                giver_name=slips.people(view.state)[0]
                if giver != unit
                else slips.officer(bench, event.officer),
                receiver_name=slips.officer(bench, event.officer) if receiver == unit else "",
                result=history.in_time(view.state, event.at) if event.kind == "result.ready" else "",
                note=". ".join(part for part in (lifecycle.act_words(event.kind), event.reason) if part),
            )
        )
    return papers.ControlValues(
        **_common(bench, view),
        received_at=_moment(view.state.received_at),
        come_back=_date(view.state.come_back),
        agency=slips.heading(bench)["superior_agency"],
        steps=tuple(steps),
    )


def _handover(bench: Bench, view: DossierView) -> papers.HandoverValues:
    body, officer, at = _told(
        bench, view, "dossier.handed_over", text("Hồ sơ này chưa được bàn giao cho bộ phận xử lý.")
    )
    submitter = dossiers.nested(view.state).get("submitter") or {}
    come_back = _date(view.state.come_back)
    return papers.HandoverValues(
        **{**_common(bench, view), "at": at},
        submitter_name=str(submitter.get("full_name") or ""),
        submitter_address=submitter.get("address"),
        submitter_phone=submitter.get("phone"),
        section=str(body.get("section") or ""),
        received_at=_moment(view.state.received_at),
        come_back=come_back,
        result_by=min(come_back, _day(view.state.due)),
        time_limit=slips.limit_words(bench, view.state),
        papers=slips.paper_rows(view.state),
        copies=1,
        giver=slips.officer(bench, officer),
    )


def _letter(bench: Bench, view: DossierView) -> papers.LetterValues:
    answers = dossiers.nested(view.state).get("answers") or {}
    if not answers.get("child"):
        raise NotFound(text("Thư chúc mừng dành cho hồ sơ đăng ký khai sinh có ghi họ tên trẻ."))
    return papers.LetterValues(
        **_common(bench, view),
        child=str(answers["child"]),
        father=answers.get("father"),
        mother=answers.get("mother"),
        **_signer(bench),
    )


_MAKERS: dict[str, Callable[[Bench, DossierView], Any]] = {
    "supplement": _supplement,
    "refusal": _refusal,
    "apology": _apology,
    "stop": _stop,
    "control": _control,
    "handover": _handover,
    "letter": _letter,
}


def _moment(written: str | None) -> datetime:
    return datetime.fromisoformat(written).astimezone(VIETNAM) if written else dossiers.LONG_AGO


def _day(written: str | None) -> date:
    return _moment(written).date()


def _date(written: str | None) -> date:
    return date.fromisoformat(written) if written else dossiers.LONG_AGO.date()


def _happened(state: DossierState, kind: str) -> date | None:
    event = next((each for each in reversed(state.history) if each.kind == kind), None)
    return _day(event.at) if event else None
