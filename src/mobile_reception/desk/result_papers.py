"""The papers of results: what the receiver signs, the lists out and in, slip, label and list for the post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mobile_reception import papers
from mobile_reception.desk import results, sessions, slips
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Failure, NotFound
from mobile_reception.desk.results import ResultLine
from mobile_reception.dossier import results as told
from mobile_reception.dossier.fold import DossierState
from mobile_reception.papers import manifests
from mobile_reception.words import VIETNAM, day, moment, speaking, text, weekday

KINDS = ("result-receipt", "post")
"""The papers about one result."""


def slip(bench: Bench, kind: str, key: str, *, size: str, language: str) -> bytes:
    """The receipt of a result, or the slip and label for the post. Raises NotFound."""
    state = _state(bench, key)
    with speaking(language):
        values = (_receipt if kind == "result-receipt" else _post_slip)(bench, state)
    return papers.KINDS[kind].make(values, paper=size, language=language, templates=bench.templates)


def manifest(bench: Bench, kind: str, session: str | None, *, receiver: str, language: str) -> bytes:
    """The list that goes out (``out``), comes back (``back``) or is for the post (``post``), as PDF.

    Of a session, else of all that is here; ``receiver`` is who signs for it at the other side. Raises
    NotFound when there is nothing to list.
    """
    listed = results.lines(bench, session=session)
    with speaking(language):
        values = {"out": _out, "back": _back, "post": _post_list}[kind](bench, listed, session, receiver)
    made = {"out": "results-out", "back": "results-back", "post": "post-list"}[kind]
    return papers.KINDS[made].make(values, language=language, templates=bench.templates)


def _out(
    bench: Bench, listed: Sequence[ResultLine], session: str | None, receiver: str
) -> manifests.OutValues:
    rows = [line for line in listed if line.place in ("taken", "packed", "handed_over", "returned", "posted")]
    if not rows:
        raise NotFound(text("Không có kết quả nào mang đi."))
    return manifests.OutValues(
        **slips.heading(bench),
        at=bench.now().astimezone(VIETNAM),
        trip=_session_words(bench, session),
        giver="",
        receiver=receiver or slips.officer(bench, bench.me.login),
        rows=tuple(
            manifests.OutRow(
                code=line.code,
                name=line.name,
                hamlet=line.hamlet,
                result=_result_words(line),
                to_pay=line.to_pay,
                note=text("trao tận tay") if line.in_person else "",
            )
            for line in rows
        ),
    )


def _back(
    bench: Bench, listed: Sequence[ResultLine], session: str | None, receiver: str
) -> manifests.BackValues:
    rows = [line for line in listed if line.place != "packed"]
    if not rows:
        raise NotFound(text("Không có kết quả nào mang đi."))
    found = results.counts(rows)
    return manifests.BackValues(
        **slips.heading(bench),
        at=bench.now().astimezone(VIETNAM),
        trip=_session_words(bench, session),
        giver=slips.officer(bench, bench.me.login),
        receiver=receiver,
        taken=found.taken,
        handed_over=found.handed_over,
        posted=found.posted,
        returned=found.returned,
        on_board=found.on_board,
        rows=tuple(
            manifests.BackRow(
                code=line.code,
                name=line.name,
                hamlet=line.hamlet,
                result=_result_words(line),
                outcome=_outcome(line),
                note=line.elsewhere or line.difference,
            )
            for line in rows
        ),
    )


def _post_list(
    bench: Bench, listed: Sequence[ResultLine], _session: str | None, _receiver: str
) -> manifests.PostListValues:
    rows = []
    for line in listed:
        state = results.state(bench, line.id)
        if state.post is None or (line.place != "posted" and line.then != "post"):
            continue
        tracking = state.ending.tracking if state.ending and state.ending.kind == told.POSTED else None
        rows.append(
            manifests.PostRow(
                code=line.code,
                recipient=state.post.recipient,
                address=state.post.address,
                phone=state.post.phone,
                result=_result_words(line),
                to_pay=line.to_pay,
                tracking=tracking or "",
            )
        )
    if not rows:
        raise NotFound(text("Không có kết quả nào gửi bưu chính."))
    return manifests.PostListValues(
        **slips.heading(bench),
        printed_on=bench.today(),
        giver=slips.officer(bench, bench.me.login),
        rows=tuple(rows),
    )


def _state(bench: Bench, key: str) -> DossierState:
    """The dossier behind a result: of this laptop, or carried."""
    from mobile_reception.desk import dossiers

    try:
        return results.folded_of(bench, results.find(bench, key).id)
    except NotFound:
        return dossiers.view(bench, key).state


def _common(bench: Bench, state: DossierState) -> dict[str, Any]:
    card = state.result.card if state.result else None
    owner = state.fields.get("owner.full_name") or state.fields.get("submitter.full_name")
    code = card.code if card else state.code or ""
    return {
        **slips.heading(bench),
        "code": code,
        "provisional": slips.provisional(state),
        "at": bench.now().astimezone(VIETNAM),
        "request": slips.request(bench, state),
        "owner_name": card.name if card else str(owner.value or "") if owner else "",
        "owner_address": _said(state, "address"),
        "owner_phone": _said(state, "phone"),
        "hotline": bench.paper_setting("receipt", "hotline"),
        "lookup": bench.paper_setting("receipt", "lookup"),
        "qr_text": code,
    }


def _said(state: DossierState, name: str) -> str | None:
    written = state.fields.get(f"owner.{name}") or state.fields.get(f"submitter.{name}")
    return str(written.value) if written and written.value else None


def _receipt(bench: Bench, state: DossierState) -> papers.ResultReceiptValues:
    ending = state.result.ending if state.result else None
    if ending is None or ending.kind != told.HANDED_OVER:
        raise NotFound(text("Hồ sơ này chưa trả kết quả."))
    card = state.result.card if state.result else None
    kind = (card.paper if card else "") or _paper(bench, state)
    number = ending.personal_id
    if number and ending.id_kind and ending.id_kind != "cccd":
        number = f"{number} ({told.id_kind_words(ending.id_kind)})"
    return papers.ResultReceiptValues(
        **{**_common(bench, state), "at": datetime.fromisoformat(ending.at)},
        giver=slips.officer(bench, ending.officer),
        receiver=ending.to,
        receiver_id=number,
        relation=ending.relation,
        authorisation=ending.authorisation,
        signed="" if ending.signed == "paper" else told.signed_words(ending.signed),
        strokes=ending.strokes,
        results=(papers.ResultPaper(kind=kind, number=card.number if card else ""),),
    )


def _post_slip(bench: Bench, state: DossierState) -> manifests.PostSlipValues:
    result = state.result
    if result is None or result.post is None:
        raise NotFound(text("Kết quả này chưa có địa chỉ gửi bưu chính."))
    card, ending = result.card, result.ending
    return manifests.PostSlipValues(
        **_common(bench, state),
        recipient=result.post.recipient,
        address=result.post.address,
        phone=result.post.phone or None,
        result=(card.paper if card else "") or _paper(bench, state),
        to_pay=card.to_pay if card else 0,
        tracking=ending.tracking if ending and ending.kind == told.POSTED else None,
        sender=slips.officer(bench, result.officer or bench.me.login),
    )


def _paper(bench: Bench, state: DossierState) -> str:
    """What the citizen gets, as the catalogue says."""
    procedure = state.procedure or ""
    if procedure not in bench.catalogue:
        return procedure
    received = datetime.fromisoformat(state.received_at) if state.received_at else bench.now()
    version = bench.catalogue.procedure(procedure).at(received.astimezone(VIETNAM).date())
    return version.result or bench.procedure_name(procedure)


def _result_words(line: ResultLine) -> str:
    what = line.paper or line.procedure_name
    return f"{what}, {text('số {number}', number=line.number)}" if line.number else what


def _outcome(line: ResultLine) -> str:
    """What became of a result that went out."""
    at = moment(datetime.fromisoformat(line.since)) if line.since else ""
    if line.place == "handed_over":
        return text("đã trao {to} lúc {at}", to=line.receiver or "", at=at)
    if line.place == "posted":
        return text("đã gửi bưu chính cho {to}", to=line.receiver or "")
    if line.place == "returned":
        then = told.then_words(line.then)
        return text("mang về: {reason}", reason=line.reason or "") + (f"; {then}" if then else "")
    return text("chưa trao")


def _session_words(bench: Bench, key: str | None) -> str:
    from mobile_reception.desk import planning

    if key is None:
        return text("tất cả kết quả đang có trên máy này")
    planned = next((each for each in planning.planned(bench, cancelled=True) if each.id == key), None)
    if planned is not None:
        return f"{planned.hamlet}, {weekday(planned.day)} {day(planned.day)}"
    try:
        held = sessions.find(bench, key)
    except Failure:
        return ""
    return f"{held.hamlet}, {weekday(held.day)} {day(held.day)}"
