"""The practice day up to the close: the morning at the centre, the session with the road cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from mobile_reception.commands import PARTLY, Stop
from mobile_reception.commands.demo.centre import ADMINISTRATOR, PASSPHRASE, PracticeCentre, served
from mobile_reception.commands.demo.citizens import AGENCY, lines, results
from mobile_reception.commands.demo.clock import DayClock
from mobile_reception.commands.demo.telling import tell
from mobile_reception.commands.sign_in import failures
from mobile_reception.desk import Received, make
from mobile_reception.desk.day import closing_lines
from mobile_reception.desk.results import Receiver
from mobile_reception.desk.road import words_for
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.plan import Rule
from mobile_reception.dossier.plan import weekday as weekday_of
from mobile_reception.dossier.results import Address
from mobile_reception.dossier.service import NOTES, asks_nobody
from mobile_reception.words import VIETNAM, day, money, text, weekday

PRICES = {"typing": 60_000, "photocopy": 14_000}
"""Made up, like everything here: what an office of the market asks for a text typed, a set copied."""


@dataclass
class Day:
    """A day in the making: by which model, with whom: people come from ``hamlet`` to ``place``."""

    out: Path
    model: dict[str, Any]
    hamlet: str
    place: str
    seed: int
    clock: DayClock
    centre: PracticeCentre
    table: Desk | None = None
    deputy: Desk | None = None
    session: str = ""
    codes: list[str] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        """The laptop at the table."""
        if self.table is None:
            raise RuntimeError("the laptop has not joined yet")
        return self.table

    @property
    def reviewer(self) -> Desk:
        """The deputy director's laptop."""
        if self.deputy is None:
            raise RuntimeError("the deputy director's laptop has not joined yet")
        return self.deputy

    def close(self) -> None:
        """Close the laptops."""
        for desk in (self.table, self.deputy):
            if desk is not None:
                desk.close()


SCANNED = 3
"""Citizens whose signed receipt is scanned and attached."""


def morning(today: Day) -> None:
    """The centre is made, the plan stands, results are packed, two laptops join; then everybody leaves."""
    from mobile_reception.centre.identity import Unit
    from mobile_reception.dossier import numbering

    centre, model, now = today.centre, today.model, today.clock.now
    unit = str(model["unit"])
    centre.found(Unit(unit, AGENCY, numbering.units()[unit].name, text("Ủy ban nhân dân tỉnh Đồng Tháp")))
    with centre.administered() as ledger:
        ledger.register.name_officer(unit, ADMINISTRATOR, "Phạm Văn Hiếu")
        for name in dict.fromkeys((*model["hamlets"], today.place)):
            ledger.register.add_hamlet(unit, name)
        ledger.register.add_officer(unit, "xa", "deputy", PASSPHRASE, model["deputy"])
        planned = ledger.plans.recur(unit, _rule(today), now=now)
        packed = results(today.seed, model, today.place, now.date())
        catalogue = ledger.register.catalogue(unit)
        at = planned[0].id
        ledger.results.pack(unit, packed, at, catalogue, officer=ADMINISTRATOR, now=now)
        codes = {
            scope: ledger.register.new_code(unit=unit, name=name, scope=scope, now=now)
            for scope, name in (("hamlets", text("Máy lưu động 1")), ("unit", text("Máy lãnh đạo")))
        }
    with failures(), served(centre):
        tell(text("Trung tâm thực hành: {url}", url=centre.url))
        today.table = _joined(today, "laptop", "lan", "Nguyễn Ngọc Lan", codes["hamlets"])
        today.deputy = _joined(today, "deputy", "xa", model["deputy"], codes["unit"])
        today.desk.sync()
        status = today.desk.status()
        for each in today.desk.planned_sessions()[:3]:
            tell(f"  {weekday(each.day)} {day(each.day)}  {each.hamlet}")
        ready = today.desk.ready_to_go()
        tell(
            text(
                "Sẵn sàng lên đường: {good} mục tốt, {look} mục cần xem.",
                good=sum(each.state == "good" for each in ready),
                look=sum(each.state in ("look", "bad") for each in ready),
            )
        )
    tell(
        text(
            "Máy đã nối với {unit}; còn {count} số mỗi ngày.",
            unit=today.desk.unit_name,
            count=status.numbers_left,
        )
    )


def _rule(today: Day) -> Rule:
    """The hamlets take turns, today's first: the days on which results can come back to each of them.

    A medical facility is visited each time.
    """
    names = list(today.model["hamlets"]) if today.place == today.hamlet else [today.place]
    at = names.index(today.place)
    return Rule(
        id=str(uuid4()),
        weekdays=tuple(weekday_of(name) for name in today.model["weekdays"]),
        first=today.clock.now.date(),
        until=None,
        hamlets=(*names[at:], *names[:at]),
        kind=today.model["kind"],
    )


def _joined(today: Day, folder: str, login: str, name: str, code: str) -> Desk:
    desk, _ = make(
        today.out / folder,
        unit=today.model["unit"],
        agency=AGENCY,
        login=login,
        name=name,
        passphrase=PASSPHRASE,
        now=today.clock,
        practice=True,
        alone=False,
    )
    desk.enrol(today.centre.url, code, PASSPHRASE)
    return desk


def at_the_table(today: Day) -> None:
    """The session itself, with the road cut from its first minute to its last."""
    desk, clock = today.desk, today.clock
    with failures():
        for service, price in PRICES.items():
            desk.set_service_price(service, price)
        session = desk.open_session(today.place, today.model["kind"]).value
        today.session = session.id
        tell(
            text(
                "Mở phiên tại {hamlet}, ngày {day}. Không có mạng.",
                hamlet=session.hamlet,
                day=day(session.day),
            )
        )
        taken = desk.take_results().value
        tell(text("Mang theo {count} kết quả.", count=len(taken)))
        for line in lines(today.seed, today.model, today.hamlet, desk.unit_name):
            _received(today, line)
        _results_given(today)
        report = desk.sync().value
        tell(
            text(
                "Gửi khi đường đang cắt: {reason} {count} sự kiện chờ trên máy.",
                reason=words_for(report.reason) if report.reason else "",
                count=report.waiting,
            )
        )
        _rest_of_the_day(today)
        clock.later(minutes=10)
        _closed(today)


def _received(today: Day, line: dict[str, Any]) -> None:
    desk, clock = today.desk, today.clock
    clock.later(minutes=6, seconds=40)
    answer = desk.receive(_with_what_is_unknown(desk, line, clock)).value
    if not isinstance(answer, Received):
        raise Stop(PARTLY, f"{line['procedure']}: {answer}")
    if answer.fee:
        desk.collect(answer.code, answer.fee)
    job = desk.print_job(answer.code).value
    receipt = today.out / "receipts" / f"{answer.code}.pdf"
    receipt.write_bytes(job.pdf)
    desk.print_done(job.id)
    if len(today.codes) < SCANNED:
        desk.attach(answer.code, receipt, name=text("Phiếu đã ký"))
    today.codes.append(answer.code)
    name = line["submitter"]["full_name"]
    if line.get("answers", {}).get("child"):
        (today.out / f"letter-{answer.code}.pdf").write_bytes(desk.paper("letter", answer.code))
    _given_back(desk, answer, name, clock)
    tell(f"  {answer.code}  {name:<26} {money(answer.fee):>12}  {day(answer.come_back)}")


def _with_what_is_unknown(desk: Desk, line: dict[str, Any], clock: DayClock) -> dict[str, Any]:
    """Three weeks where the catalogue knows no limit, nothing where it knows no fee: the officer says so."""
    asked = {problem.field for problem in desk.assess(line).problems}
    due = {"due": clock.in_days(21).date().isoformat()} if "due" in asked else {}
    return {**line, **due, **({"fee": 0} if "fee" in asked else {})}


def _given_back(desk: Desk, answer: Received, name: str, clock: DayClock) -> None:
    """What can be given back at once is, and whoever got it says what they think."""
    if answer.due.astimezone(VIETNAM).date() != clock.now.date():
        return
    clock.later(minutes=2)
    state = desk.hand_over(answer.code, name).value.state
    if not asks_nobody(desk.procedure(state.procedure or "").name):
        desk.rate(answer.code, "satisfied" if answer.code[-1] in "37" else "very")


def _results_given(today: Day) -> None:
    """Results that were brought: to their owners, to somebody for them, by post; what nobody fetched."""
    desk, clock = today.desk, today.clock
    how = {name: ending for name, _, _, ending in today.model["results"]}
    for line in desk.results(session=today.session):
        clock.later(minutes=2)
        ending = how.get(line.name)
        if ending == "owner":
            desk.hand_over_result(line.code, Receiver(line.name))
        elif ending == "relative":
            proof = text("giấy ủy quyền có xác nhận")
            desk.hand_over_result(
                line.code, Receiver("Trần Thị Thu", relation="con", authorisation=proof, signed="paper")
            )
        elif ending == "post":
            to = Address(line.name, f"{today.hamlet}, {desk.unit_name}", "0900000000")
            desk.post_result(line.code, "EB 123 456 789 VN", to)
        else:
            desk.return_results([line.code], text("không đến nhận"), "next")
    counts = desk.result_counts(today.session)
    tell(
        text(
            "Kết quả mang theo: trao {given}, gửi bưu chính {posted}, mang về {back}.",
            given=counts.handed_over,
            posted=counts.posted,
            back=counts.returned,
        )
    )
    (today.out / "results.pdf").write_bytes(desk.result_list("out", today.session))


def _rest_of_the_day(today: Day) -> None:
    """Free services, forms without a name, somebody who waited too long, and a cut of power."""
    desk = today.desk
    for service, count in today.model["services"].items():
        desk.provide_service(service, count, pages=64 if service == "photocopy" else None)
    desk.note_incident("power", text("mất điện 20 phút, máy chạy bằng pin"))
    desk.rate_session("very")
    desk.rate_session("satisfied")
    open_ones = (code for code in today.codes if desk.asked_already(code) is None)
    waited = next(open_ones, None)
    if waited is not None:
        desk.rate(waited, "not", text("Phải chờ lâu"), proxy=True)


def _closed(today: Day) -> None:
    """The box is counted note by note, without network and with whatever is left."""
    desk = today.desk
    notes = in_notes(desk.closing().taken)
    closed = desk.close_session(notes=notes).value
    told = desk.session_summary(closed.id)
    for look, sentence in closing_lines(desk.closing(closed.id)):
        tell(f"  {'!' if look else '·'} {sentence}")
    tell(
        text(
            "Đã trả {results} kết quả tại phiên; hỗ trợ miễn phí tiết kiệm {saved}; {rated} lượt đánh giá.",
            results=told.handed_over,
            saved=money(told.saved),
            rated=told.satisfaction.rated,
        )
    )
    tell(
        text(
            "Kết thúc phiên: {dossiers} hồ sơ, {citizens} người, {fees}.",
            dossiers=closed.dossiers,
            citizens=closed.citizens,
            fees=money(closed.fees),
        )
    )


def in_notes(amount: int) -> dict[int, int]:
    """An amount in the fewest notes."""
    found = {}
    for note in NOTES:
        found[note], amount = divmod(amount, note)
    return {note: count for note, count in found.items() if count}
