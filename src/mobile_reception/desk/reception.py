"""The citizen at the table: a form considered, a dossier received, drafts kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from mobile_reception.desk import likeness
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import CannotWrite, NoSession
from mobile_reception.desk.values import (
    Assessed,
    Draft,
    Duplicate,
    FileLine,
    FilePlace,
    ProcedureLine,
    Received,
    Refused,
)
from mobile_reception.dossier import intake, numbering
from mobile_reception.dossier.attachment import FILE_ATTACHED
from mobile_reception.dossier.catalogue import Catalogue, Malformed
from mobile_reception.dossier.facts import Act, uuid7
from mobile_reception.dossier.fold import RECEIVED, flatten
from mobile_reception.dossier.intake import Findings, Problem, Reception
from mobile_reception.store import draft_files, reading
from mobile_reception.store.journal import NumbersOut, Writing
from mobile_reception.store.writing import end_draft
from mobile_reception.words import VIETNAM, day, moment, text

_FAVOURITES = 8


class _Again(Exception):
    """Undoes the act: another process received this ``ref`` meanwhile."""


def procedures(bench: Bench, typed: str) -> tuple[ProcedureLine, ...]:
    """Procedures by code or words; for an empty text all of them, those most received of late first."""
    catalogue = bench.catalogue
    found = catalogue.search(typed)
    if not typed.strip():
        often = reading.often_received(bench.store, _FAVOURITES)
        found.sort(key=lambda one: often.index(one.code) if one.code in often else len(often))
    today = bench.today()
    lines = []
    for procedure in found:
        why = procedure.at(today).guidance()
        if procedure.code in catalogue.switched_off:
            why = text("Đơn vị đã tắt tiếp nhận thủ tục này.")
        lines.append(
            ProcedureLine(
                procedure.code,
                procedure.title(),
                procedure.short_name,
                catalogue.heading(procedure.field),
                why is None,
                why,
            )
        )
    return tuple(lines)


def rules(bench: Bench, code: str) -> dict[str, Any]:
    """The catalogue's rules for one procedure as they stand, for a form to keep. Raises Unknown."""
    return bench.catalogue.only(code).to_json()


def catalogue_for(bench: Bench, code: str, kept: Mapping[str, Any] | None) -> Catalogue:
    """The rules that a form has kept, if they are about this procedure and can be read; else today's."""
    if kept is not None:
        try:
            catalogue = Catalogue.from_json(kept)
        except Malformed:
            return bench.catalogue
        if code in catalogue:
            return catalogue
    return bench.catalogue


def assess(bench: Bench, line: Mapping[str, Any], kept: Mapping[str, Any] | None) -> Assessed:
    """A form as it stands; never raises for what is in it."""
    taken, problems = intake.attempt(line)
    session = reading.open_session(bench.store)
    catalogue = catalogue_for(bench, taken.procedure, kept)
    found = _consider(bench, catalogue, taken, taken.received_at or bench.now(), session)
    no_papers = found.version is not None and found.version.papers and not taken.papers
    bare = (text("Chưa đánh dấu giấy tờ nào."),) if no_papers else ()
    return Assessed(
        problems=_together(problems, found.problems),
        warnings=(*bare, *found.warnings),
        fee=found.fee.amount if found.fee else None,
        fee_rule=found.fee.lines if found.fee else (),
        due=found.due.at if found.due else None,
        due_reason=found.due.reason if found.due else "",
        come_back=found.come_back,
        alike=likeness.alike(bench, taken),
    )


def receive(
    bench: Bench, line: object, draft: str | None, kept: Mapping[str, Any] | None
) -> Received | Refused | Duplicate:
    """Record a dossier in the open session. What is returned as Received is durable and was read back.

    Raises NoSession, and what the store raises; then nothing was recorded and the draft is still there.
    """
    taken, problems = intake.attempt(line)
    session, known = reading.at_the_table(bench.store, taken.ref)
    if session is None:
        raise NoSession(text("Chưa mở phiên. Hãy mở phiên tại ấp trước khi tiếp nhận."))
    if known is not None:
        # Before any rule: what was received stays received, whatever the rules and the clock say by now.
        return Duplicate(known)
    now = bench.now()
    received_at = (taken.received_at or now).astimezone(VIETNAM).replace(microsecond=0)
    if not 2000 <= received_at.year <= 2099:  # no code can say it
        wrong = text("Đồng hồ máy đang ở năm {year}: hãy chỉnh ngày giờ của máy.", year=received_at.year)
        return Refused((*problems, Problem("received_at", wrong)))
    by = catalogue_for(bench, taken.procedure, kept)
    found = _consider(bench, by, taken, received_at, session)
    every = _together(problems, found.problems)
    if every or found.fee is None or found.due is None or found.come_back is None:
        return Refused(every)
    if draft is not None and (lost := draft_files.lost(bench.store, draft)):
        said = text("Tệp «{name}» không còn trên máy này. Gỡ ra rồi quét lại.", name=lost[0].name)
        return Refused((Problem("files", said),))
    subject = uuid7(now)
    try:
        with bench.store.act(bench.me.login, now) as making:
            if taken.ref is not None and making.received_before(taken.ref):
                raise _Again
            code = _code(bench, making, received_at.date(), subject)
            payload = _payload(by, taken, found, session=session.id, code=code, received_at=received_at)
            making.append(Act(subject, RECEIVED, payload), fresh=True)
            if draft is not None:
                for file in draft_files.become(bench.store, making, draft, subject):
                    making.append(Act(subject, FILE_ATTACHED, file.told), fresh=True)
                end_draft(making.db, draft)
    except _Again:
        return Duplicate(reading.at_the_table(bench.store, taken.ref)[1] or "")
    if reading.code_of(bench.store, subject) != code:
        raise CannotWrite(text("Hồ sơ chưa đọc lại được sau khi ghi. Đừng in; hãy kiểm tra đĩa rồi làm lại."))
    return Received(
        id=subject,
        code=code,
        due=found.due.at,
        come_back=found.come_back,
        fee=found.fee.amount,
        warnings=(*found.warnings, *_clock_warnings(received_at, now, session.day)),
    )


def _consider(
    bench: Bench, catalogue: Catalogue, taken: Reception, at: datetime, session: reading.OpenSession | None
) -> Findings:
    return intake.consider(
        taken,
        catalogue=catalogue,
        calendar=bench.calendar,
        received_at=at,
        planned_days=bench.planned_days(session.hamlet) if session else (),
        session_kind=session.kind if session else "regular",
    )


def _together(door: tuple[Problem, ...], rules: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """All problems at once, one a field: the rules have nothing to add where the door refused."""
    refused = {problem.field for problem in door}
    if "" in refused:  # the line as a whole is none
        return door
    return (*door, *(problem for problem in rules if problem.field not in refused))


def _code(bench: Bench, making: Writing, on: date, subject: str) -> str:
    try:
        return numbering.code(bench.unit.agency, on, making.serial(on, subject))
    except NumbersOut:
        short = making.origin.replace("-", "")[-6:]
        return numbering.provisional(short, on, making.provisional(on, subject))


def _payload(
    by: Catalogue, taken: Reception, found: Findings, *, session: str, code: str, received_at: datetime
) -> dict[str, Any]:
    reception = intake.to_json(taken)
    for own in ("received_at", "procedure", "fee", "due"):
        reception.pop(own)
    fee, due = found.fee, found.due
    return {
        "code": code,
        "session": session,
        "procedure": taken.procedure,
        "catalogue": by.version,
        "received_at": received_at.isoformat(),
        "due": due.at.isoformat() if due else None,
        "come_back": found.come_back.isoformat() if found.come_back else None,
        "fee": fee.amount if fee else 0,
        "phi": fee.phi if fee else 0,
        "le_phi": fee.le_phi if fee else 0,
        "reception": reception,
    }


def _clock_warnings(received_at: datetime, now: datetime, session_day: date) -> list[str]:
    said = []
    if received_at > now:
        said.append(text("Giờ tiếp nhận ({at}) ở sau giờ của máy.", at=moment(received_at)))
    if received_at.date() != session_day:
        said.append(text("Ngày tiếp nhận khác ngày của phiên ({day}).", day=day(session_day)))
    return said


def drafts(bench: Bench) -> tuple[Draft, ...]:
    """Unfinished forms, the latest first."""
    return tuple(_draft(record) for record in reading.drafts(bench.store))


def form_files(bench: Bench, draft: str) -> tuple[FileLine, ...]:
    """The files of an unfinished form, in the order in which they were attached."""
    return tuple(
        FileLine(
            sha256=each.sha256,
            name=each.name,
            type=each.type,
            size=each.size,
            pages=each.pages,
            paper=each.paper,
            officer=bench.me.login,
            at="",
            place=FilePlace.HERE,
            here=True,
        )
        for each in draft_files.of_draft(bench.store, draft)
    )


def _draft(record: reading.DraftRecord) -> Draft:
    flat = flatten({name: value for name, value in record.fields.items() if name != "rules"})
    return Draft(
        id=record.id,
        name=str(flat.get("submitter.full_name") or flat.get("full_name") or ""),
        officer=record.officer,
        saved_at=datetime.fromisoformat(record.saved_at),
        filled=sum(1 for value in flat.values() if value not in (None, "", [], False)),
        total=len(flat),
        fields=record.fields,
        files=record.files,
    )
