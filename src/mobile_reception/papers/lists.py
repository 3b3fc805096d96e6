"""Papers with a row for each dossier or session: lists, records, manifests, the schedule.

All are A4, lying (the schedule stands), on as many pages as they need with the head of the table on each.
``language`` and ``templates`` are those of `receipt`.
"""

from __future__ import annotations

from mobile_reception.papers.forms import Templates, compose, fields_of, load, number, numbered, short
from mobile_reception.papers.heading import heading
from mobile_reception.papers.phrase import printed
from mobile_reception.papers.values import (
    CertificationsValues,
    ReceiptListValues,
    RegisterValues,
    ResultsValues,
    ScheduleValues,
    SessionListValues,
)
from mobile_reception.words import clock_time, speaking, weekday


def receipt_list(
    values: ReceiptListValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 01 for several dossiers of one person; the second page is the list, BIÊN BẢN GIAO NHẬN HỒ SƠ."""
    fields = fields_of(values, language) | heading(values, values.received_at, language)
    fields |= {
        "document_number": fields["number"],
        "waiting": "" if values.at_centre else "1",
        "count": f"{len(values.dossiers):02}" if language == "vi" else str(len(values.dossiers)),
    }
    rows = [
        {**row, "received": short(one.received_at), "come_back": short(one.come_back)}
        for row, one in numbered(values.dossiers, language)
    ]
    form = load("receipt-list", templates)
    return compose(form, fields, {"dossiers": rows}, paper=paper, language=language)


def register(
    values: RegisterValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 07: Sổ theo dõi hồ sơ. Ten rows to write in where there are fewer."""
    fields = fields_of(values, language) | heading(values, values.printed_on, language)
    fields["count"] = number(len(values.rows), language)
    rows = [
        {
            **row,
            "received": short(one.received),
            "come_back": short(one.come_back),
            "result_back": short(one.result_back),
            "handed_over": short(one.handed_over),
        }
        for row, one in numbered(values.rows, language)
    ]
    return compose(load("register", templates), fields, {"rows": rows}, paper=paper, language=language)


def results(
    values: ResultsValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Phiếu bàn giao kết quả giải quyết thủ tục hành chính; X: a fee is to collect, the post takes it."""
    fields = fields_of(values, language) | heading(values, values.at, language)
    fields["count"] = number(len(values.rows), language)
    rows = [
        {**row, "fee_owed": "X" if one.fee_owed else "", "by_post": "X" if one.by_post else ""}
        for row, one in numbered(values.rows, language)
    ]
    return compose(load("results", templates), fields, {"rows": rows}, paper=paper, language=language)


def certifications(
    values: CertificationsValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Sổ chứng thực: number, day, requester, paper, signer, copies, fee, note; copies and fees added up."""
    fields = fields_of(values, language) | heading(values, values.printed_on, language)
    fields |= {
        "count": number(len(values.rows), language),
        "copies_total": number(sum(row.copies for row in values.rows), language),
        "fee_total": number(sum(row.fee for row in values.rows), language),
    }
    rows = [{**row, "day": short(one.day)} for row, one in numbered(values.rows, language)]
    return compose(load("certifications", templates), fields, {"rows": rows}, paper=paper, language=language)


def session_list(
    values: SessionListValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """The dossiers of a hamlet session with the fees computed; phí and lệ phí are added up apart."""
    fields = fields_of(values, language) | heading(values, values.opened_at, language)
    phi, le_phi = sum(row.phi for row in values.rows), sum(row.le_phi for row in values.rows)
    fields |= {
        "officers": ", ".join(map(printed, values.officers)),
        "count": number(len(values.rows), language),
        "phi_total": number(phi, language),
        "le_phi_total": number(le_phi, language),
        "total": number(phi + le_phi, language),
    }
    rows = [
        {**row, "time": clock_time(one.received_at), "come_back": short(one.come_back)}
        for row, one in numbered(values.rows, language)
    ]
    return compose(load("session-list", templates), fields, {"rows": rows}, paper=paper, language=language)


def schedule(
    values: ScheduleValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """The plan of sessions for the wall, standing."""
    fields = fields_of(values, language) | heading(values, values.printed_on, language)
    fields["count"] = number(len(values.rows), language)
    with speaking(language):
        rows = [
            {**row, "day": short(one.day), "weekday": weekday(one.day)}
            for row, one in numbered(values.rows, language)
        ]
    return compose(load("schedule", templates), fields, {"rows": rows}, paper=paper, language=language)
