"""Sheets at the desk: dossiers out of files that people filled, lists that they read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from mobile_reception.desk import dossiers, slips
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Unacceptable
from mobile_reception.desk.values import Refused
from mobile_reception.dossier import lifecycle
from mobile_reception.dossier.fold import DossierState
from mobile_reception.papers import sheets
from mobile_reception.papers.sheets import Entry
from mobile_reception.words import VIETNAM, speaking, text

FORMATS = ("xlsx", "csv", "register")


def lines(data: bytes, name: str) -> list[tuple[int, dict[str, Any] | Refused]]:
    """The dossiers of a CSV or XLSX file, each with its row. Raises Unacceptable for another file."""
    try:
        found = sheets.read_lines(data, name)
    except sheets.NotASheet as error:
        raise Unacceptable(str(error)) from error
    return [
        (row, Refused(line.problems) if isinstance(line, sheets.Unreadable) else line) for row, line in found
    ]


def template(bench: Bench, language: str) -> bytes:
    """The XLSX that people fill."""
    return sheets.template(language, bench.catalogue, bench.today())


def dossier_list(bench: Bench, first: date, last: date, *, form: str, language: str) -> bytes:
    """Dossiers received from ``first`` to ``last``, both included, in one of `FORMATS`."""
    if form not in FORMATS:
        raise Unacceptable(text("Không có dạng này: {form}", form=form[:20]))
    with speaking(language):
        entries = [_entry(bench, state) for state in dossiers.received_between(bench, first, last)]
    unit = slips.heading(bench)["unit_name"]
    if form == "csv":
        return sheets.dossier_csv(entries, language=language)
    if form == "register":
        return sheets.register(entries, unit=unit, first=first, last=last, language=language)
    return sheets.dossier_list(entries, unit=unit, language=language)


def _entry(bench: Bench, state: DossierState) -> Entry:
    value = dossiers.nested(state)
    submitter, owner = value.get("submitter") or {}, value.get("owner") or {}
    view = dossiers.view(bench, state.subject)
    returned = _happened(state, "result.handed_over")
    return Entry(
        code=state.code or "",
        procedure=view.procedure_name,
        owner=str(owner.get("full_name") or submitter.get("full_name") or ""),
        received_at=datetime.fromisoformat(state.received_at or dossiers.LONG_AGO.isoformat()),
        due=_day(state.due),
        submitter=str(submitter.get("full_name") or ""),
        address=str(submitter.get("address") or ""),
        phone=str(submitter.get("phone") or ""),
        agency=bench.unit.name,
        arrived=_happened(state, "result.ready"),
        returned=returned,
        status=lifecycle.status_words(state.status),
        phi=state.fee - state.le_phi,
        le_phi=state.le_phi,
        hamlet=view.hamlet or "",
        officer=slips.officer(bench, state.history[0].officer if state.history else ""),
        note=str(value.get("note") or ""),
    )


def _happened(state: DossierState, kind: str) -> date | None:
    at = next((event.at for event in reversed(state.history) if event.kind == kind), None)
    return _day(at)


def _day(moment: str | None) -> date | None:
    return datetime.fromisoformat(moment).astimezone(VIETNAM).date() if moment else None
