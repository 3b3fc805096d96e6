"""Receipts: made of what is durable, sent to the printer by jobs."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mobile_reception.desk import dossiers
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound
from mobile_reception.desk.values import DossierView, Place, PrintJob
from mobile_reception.dossier import fees, numbering
from mobile_reception.dossier.catalogue import Procedure
from mobile_reception.dossier.days import Limit
from mobile_reception.dossier.facts import Act, uuid7
from mobile_reception.dossier.fold import RECEIPT_PRINTED, DossierState
from mobile_reception.store import reading, writing
from mobile_reception.words import VIETNAM, speaking, text

if TYPE_CHECKING:
    from mobile_reception.papers import CertifiedPaper, ReceiptValues


class _Counted(Exception):
    """Undoes the act: this sheet was counted before, perhaps a moment ago by another thread."""


def receipt(bench: Bench, key: str, *, paper: str, language: str, reprint: int = 0) -> bytes:
    """The receipt of a dossier as PDF: a view, nothing is counted. Raises NotFound."""
    view = dossiers.whole(bench, key)
    from mobile_reception import papers

    with speaking(language):
        values = _values(bench, view, reprint)
    return papers.receipt(values, paper=paper, language=language, templates=bench.templates)


def ask(bench: Bench, key: str, paper: str) -> PrintJob:
    """A print job with its PDF; the job's row is there before the PDF is made. Raises NotFound."""
    view = dossiers.whole(bench, key)
    now = bench.now()
    job = uuid7(now)
    reprint = writing.add_print(bench.store, job, view.state.subject, now, paper)
    pdf = receipt(bench, view.state.subject, paper=paper, language="vi", reprint=reprint)
    return PrintJob(job, view.state.subject, view.state.code or "", reprint, pdf)


def unfinished(bench: Bench) -> tuple[PrintJob, ...]:
    """Jobs that were asked for and never came out, the newest of each dossier, without their PDF."""
    return tuple(
        PrintJob(job, dossier, dossiers.view(bench, dossier).state.code or "", reprint)
        for job, dossier, reprint, _ in writing.unfinished_prints(bench.store)
    )


def again(bench: Bench, job: str) -> PrintJob:
    """The same job once more, with its PDF. Raises NotFound."""
    waiting = writing.waiting_print(bench.store, job)
    if waiting is None:
        raise NotFound(text("Không có lệnh in này."))
    dossier, paper, reprint, _ = waiting
    pdf = receipt(bench, dossier, paper=paper, language="vi", reprint=reprint)
    return PrintJob(job, dossier, dossiers.view(bench, dossier).state.code or "", reprint, pdf)


def printed(bench: Bench, job: str) -> None:
    """The sheet came out: counted once, however often it is said. Raises NotFound."""
    waiting = writing.waiting_print(bench.store, job)
    if waiting is None:
        raise NotFound(text("Không có lệnh in này."))
    dossier, paper, reprint, _ = waiting
    try:
        with bench.store.act(bench.me.login, bench.now()) as making:
            if not writing.set_print(making.db, job, "printed"):
                raise _Counted
            making.append(Act(dossier, RECEIPT_PRINTED, {"job": job, "reprint": reprint, "paper": paper}))
    except _Counted:
        return


def sent(bench: Bench, job: str) -> None:
    """The sheet is in the system's hands."""
    writing.note_print(bench.store, job, "sent")


def failed(bench: Bench, job: str, reason: str) -> None:
    """Nothing came out; the same job may be tried again."""
    writing.note_print(bench.store, job, "failed", reason[:200])


def heading(bench: Bench) -> dict[str, Any]:
    """Who issues a paper: the agency above, the centre, the place before the date."""
    unit = bench.unit.name
    return {
        "superior_agency": f"Ủy ban nhân dân {_lowered(unit)}".strip(),
        "unit_name": f"Trung tâm Phục vụ hành chính công {_lowered(unit)}".strip(),
        "place": unit.partition(" ")[2] or unit,
    }


def people(state: DossierState) -> tuple[str, str | None]:
    """Name and address of whoever handed the dossier in."""
    submitter = dossiers.nested(state).get("submitter") or {}
    return str(submitter.get("full_name") or ""), submitter.get("address")


def request(bench: Bench, state: DossierState) -> str:
    """The procedure's whole name, as its decision prints it."""
    procedure = _procedure(bench, state)
    return procedure.name if procedure else state.procedure or ""


def provisional(state: DossierState) -> bool:
    """Whether the dossier still waits for its official code."""
    return numbering.is_provisional(state.code or "")


def paper_rows(state: DossierState) -> tuple[tuple[str, int, int, int], ...]:
    """The papers handed in: name, originals, certified copies, photocopies."""
    return tuple(
        (each["name"], each["originals"], each["certified"], each["photocopies"])
        for each in dossiers.nested(state).get("papers") or ()
    )


def _certified(bench: Bench, state: DossierState) -> tuple[CertifiedPaper, ...]:
    """For copies certified from originals the form counts pages and copies instead of kinds of papers."""
    from mobile_reception.papers import CertifiedPaper

    procedure = _procedure(bench, state)
    if procedure is None or not state.received_at:
        return ()
    day = datetime.fromisoformat(state.received_at).astimezone(VIETNAM).date()
    if procedure.field != "authentication" or procedure.at(day).fee.kind != "per_page":
        return ()
    value = dossiers.nested(state)
    return tuple(
        CertifiedPaper(name=each["name"], pages=each["pages"], copies=value.get("copies") or 1)
        for each in value.get("papers") or ()
    )


def _values(bench: Bench, view: DossierView, reprint: int) -> ReceiptValues:
    from mobile_reception.papers import ReceiptValues

    state = view.state
    value = dossiers.nested(state)
    submitter, owner = value.get("submitter") or {}, value.get("owner") or {}
    return ReceiptValues(
        **heading(bench),
        code=state.code or "",
        provisional=provisional(state),
        qr_text=_signed(bench, state),
        submitter_name=str(submitter.get("full_name") or ""),
        submitter_address=submitter.get("address"),
        submitter_id=submitter.get("personal_id"),
        submitter_phone=submitter.get("phone"),
        channel=text("trực tiếp"),
        request=request(bench, state),
        owner_name=owner.get("full_name"),
        owner_address=owner.get("address"),
        papers=paper_rows(state),
        certified=_certified(bench, state),
        copies=1,
        time_limit=limit_words(bench, state),
        received_at=datetime.fromisoformat(state.received_at or dossiers.LONG_AGO.isoformat()),
        come_back=date.fromisoformat(state.come_back or dossiers.LONG_AGO.date().isoformat()),
        fee=state.fee,
        fee_category=_category(state),
        fee_in_words=_sentence(fees.in_words(state.fee)),
        fee_collected=state.collected >= state.fee > 0,
        delivery=delivery_words(value.get("delivery") or {}, view.hamlet),
        lookup=bench.paper_setting("receipt", "lookup"),
        hotline=bench.paper_setting("receipt", "hotline"),
        session=view.hamlet,
        officer=officer(bench, state.history[0].officer if state.history else ""),
        at_centre=view.place is Place.CENTRE,
        reprint=reprint,
    )


def _signed(bench: Bench, state: DossierState) -> str:
    """What the QR says: a body signed by this device under the centre's certificate, else the bare code."""
    certificate = bench.store.meta("certificate")
    due, code = state.due, state.code or ""
    if certificate is None or due is None or provisional(state):
        return code
    from mobile_reception.dossier import receipt_code
    from mobile_reception.store.outbox import Outbox

    key = Outbox(bench.store).device_key()
    body = receipt_code.body(
        public_key=key.public_key().public_bytes_raw(),
        code=code,
        issued=bench.now(),
        due=datetime.fromisoformat(due).astimezone(VIETNAM).date(),
        fee=state.fee,
        procedure=state.procedure or "",
        full_name=people(state)[0],
        head=bytes.fromhex(reading.head_hash(bench.store))[:8],
    )
    return receipt_code.sign(body, key.sign, bytes.fromhex(certificate))


def _procedure(bench: Bench, state: DossierState) -> Procedure | None:
    named = state.procedure or ""
    return bench.catalogue.procedure(named) if named in bench.catalogue else None


def _lowered(unit_name: str) -> str:
    kind, _, rest = unit_name.partition(" ")
    return f"{kind.lower()} {rest}" if rest else unit_name


def _category(state: DossierState) -> str:
    if state.phi and state.le_phi:
        return ""
    return text("Lệ phí") if state.le_phi else text("Phí") if state.phi else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]} đồng"


def limit_words(bench: Bench, state: DossierState) -> str:
    """The legal time limit in words: ``03 ngày làm việc``."""
    procedure = _procedure(bench, state)
    limit = Limit(None, "unknown")
    if procedure is not None and state.received_at:
        limit = procedure.at(datetime.fromisoformat(state.received_at).astimezone(VIETNAM).date()).limit
    if limit.unit == "same_day":
        return text("trong ngày làm việc")
    if limit.unit == "working_day" and limit.value is not None:
        return text("{count} ngày làm việc", count=f"{limit.value:02d}")
    if limit.unit == "calendar_day" and limit.value is not None:
        return text("{count} ngày", count=f"{limit.value:02d}")
    return text("theo ngày hẹn trả trên phiếu này")


def delivery_words(delivery: dict[str, Any], hamlet: str | None) -> str:
    """Where the result will be handed over."""
    way = delivery.get("way")
    if way == "post":
        recipient = delivery.get("recipient") or ""
        return text(
            "qua bưu chính công ích: {recipient}, {address}",
            recipient=recipient,
            address=delivery.get("address") or "",
        )
    if way == "centre":
        return text("Trung tâm Phục vụ hành chính công")
    if way == "on_the_spot":
        return text("trả ngay tại bàn tiếp nhận")
    return text("phiên tiếp nhận lưu động tại {hamlet}", hamlet=hamlet or "…")


def officer(bench: Bench, login: str) -> str:
    """An officer's name, as far as this laptop knows it."""
    return bench.officer_name(login)
