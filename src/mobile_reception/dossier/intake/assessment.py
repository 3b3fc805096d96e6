"""What the rules make of a dossier at the door: fee, due day, day to come back, and what looks odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from mobile_reception.dossier import days, fees, identity
from mobile_reception.dossier.catalogue import Catalogue, Procedure, Unknown, Version
from mobile_reception.dossier.days import Calendar, Due, Limit, StageDue
from mobile_reception.dossier.fees import Fee
from mobile_reception.dossier.intake.values import Door, Person, Problem, Reception
from mobile_reception.words import VIETNAM, day, either, text


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules make of a dossier as far as they can; ``problems`` say why the rest is None."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...] = ()
    procedure: Procedure | None = None
    version: Version | None = None
    fee: Fee | None = None
    due: Due | None = None
    come_back: date | None = None
    stages: tuple[StageDue, ...] = ()


def consider(
    reception: Reception,
    *,
    catalogue: Catalogue,
    calendar: Calendar,
    received_at: datetime,
    planned_days: Iterable[date] = (),
    session_kind: str = "regular",
) -> Findings:
    """Fee, due day and day to come back of ``reception`` at ``received_at`` (aware), with what looks odd.

    ``planned_days`` are the coming sessions in its hamlet. Never raises, as a form may still be being typed:
    all problems at once (a procedure that is unknown, guidance only or switched off, an unknown variant or
    exemption, a fee or due day that neither the catalogue nor the line gives) and what can be given.
    """
    today = received_at.astimezone(VIETNAM).date()
    odd = _odd_people(reception, today)
    try:
        procedure = catalogue.procedure(reception.procedure)
    except Unknown as reason:
        return Findings((Problem("procedure", str(reason)),), odd)
    version = procedure.at(today)
    refusal = version.guidance()
    if procedure.code in catalogue.switched_off:
        refusal = text("Đơn vị đã tắt tiếp nhận thủ tục này.")
    if refusal:
        return Findings((Problem("procedure", refusal),), odd, procedure, version)
    door = Door()
    stages = days.plan(version.stages, received_at, calendar, session_kind)
    due = _due(door, reception, version, _Count(calendar, received_at, session_kind, stages))
    fee = _fee(door, reception, version)
    back = None
    if due is not None:
        back = days.come_back(due.day, planned_days) if reception.delivery.way == "hamlet" else due.day
    told = (*(due.warnings if due else ()), *(fee.warnings if fee else ()))
    return Findings(
        tuple(door.problems),
        (*odd, *_odd_answers(reception), *_odd_rules(reception, version, today), *told),
        procedure,
        version,
        fee,
        due,
        back,
        stages,
    )


@dataclass(frozen=True, slots=True)
class _Count:
    """What a day is counted with."""

    calendar: Calendar
    received_at: datetime
    session_kind: str
    stages: tuple[StageDue, ...]

    def due(self, limit: Limit) -> Due:
        """Raises UnknownLimit. Steps that all have a day make the last one's the procedure's."""
        if limit.unit == "multi_step" and self.stages and all(one.due for one in self.stages):
            return self.stages[-1].due or days.due(limit, self.received_at, self.calendar)
        return days.due(limit, self.received_at, self.calendar, self.session_kind)


def _due(door: Door, reception: Reception, version: Version, count: _Count) -> Due | None:
    if reception.variant is not None and version.variant(reception.variant) is None:
        known = ", ".join(one.code for one in version.variants) or text("không có")
        door.refuse("variant", text("thủ tục không có trường hợp này; các trường hợp: {known}", known=known))
    try:
        counted = count.due(version.limit_for(reception.variant))
    except days.UnknownLimit as reason:
        if reception.due is None:
            door.refuse("due", str(reason))
            return None
        counted = None
    if reception.due is None:
        return counted
    if reception.due < count.received_at.astimezone(VIETNAM).date():
        door.refuse("due", text("ngày hẹn trả sớm hơn ngày tiếp nhận"))
        return None
    chosen = days.set_by_officer(reception.due, count.calendar)
    if counted is None or chosen.day <= counted.day:
        return chosen
    late = text("Ngày hẹn muộn hơn thời hạn quy định ({day}).", day=day(counted.day))
    return replace(chosen, warnings=(*chosen.warnings, late))


def _fee(door: Door, reception: Reception, version: Version) -> Fee | None:
    try:
        return fees.fee(version.fee_for(reception.variant), reception)
    except fees.UnknownFee as reason:
        door.refuse("fee", str(reason))
    except fees.UnknownExemption as reason:
        door.refuse("exemption", str(reason))
    except fees.BadCount as reason:
        door.refuse("answers.extra_copies", str(reason))
    return None


def _odd_people(reception: Reception, today: date) -> tuple[str, ...]:
    """What looks odd about the persons; none of it stops a citizen."""
    found = list(_odd_person(reception.submitter, today))
    if reception.owner:
        found += [text("Chủ hồ sơ: {hint}", hint=one) for one in _odd_person(reception.owner, today)]
    if reception.beneficiary:
        found += [text("Đối tượng: {hint}", hint=one) for one in _odd_person(reception.beneficiary, today)]
    if reception.notify_sms and not reception.submitter.phone:
        found.append(text("Chưa có số điện thoại để nhắn tin."))
    return tuple(found)


def _odd_person(person: Person, today: date) -> Iterator[str]:
    yield from identity.name_warnings(person.full_name)
    yield from identity.number_warnings(person.personal_id, person.id_kind, person.birth_date, person.sex)
    yield from identity.phone_warnings(person.phone)
    if person.birth_date and person.birth_date > today.isoformat()[: len(person.birth_date)]:
        yield text("Ngày sinh ở sau ngày tiếp nhận.")


_ANSWERS = {"birth_notice": identity.birth_notice, "health_insurance": identity.health_insurance}


def _odd_answers(reception: Reception) -> Iterator[str]:
    """Codes of other agencies are kept as typed: whoever issued them may have another form tomorrow."""
    for key, check in _ANSWERS.items():
        try:
            if key in reception.answers:
                check(reception.answers[key])
        except identity.Unacceptable as reason:
            yield text("Kiểm tra lại: {reason}.", reason=reason)


def _odd_rules(reception: Reception, version: Version, today: date) -> Iterator[str]:
    if version.awaiting:
        yield either(version.awaiting, version.awaiting_en)
    if version.variants and reception.variant is None:
        yield text("Chưa chọn trường hợp của thủ tục: tính theo trường hợp chung.")
    if not version.covers(today):
        yield text("Quy định trong danh mục không ghi là còn áp dụng: đối chiếu quyết định niêm yết.")
    limit = version.limit_for(reception.variant)
    if limit.known and limit.confidence == "low" and reception.due is None:
        yield text("Thời hạn trong danh mục chưa được xác nhận: đối chiếu quyết định niêm yết.")
    if version.mobile.receive == "conditional":
        yield text("Chỉ tiếp nhận nếu tỉnh đã giao thủ tục này cho trung tâm cấp xã.")
    if reception.delivery.way == "post" and not version.mobile.by_post:
        yield text("Kết quả của thủ tục này thường không gửi qua bưu chính.")
    if reception.delivery.way == "on_the_spot" and not version.mobile.return_on_site:
        yield text("Kết quả của thủ tục này thường không trả ngay tại bàn.")
