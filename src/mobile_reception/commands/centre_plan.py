"""The centre's plan on the command line: rules, exceptions, lists, calendars, the sheet for the wall."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from mobile_reception.commands import BAD_DATA, DONE, USAGE, Stop, a_day, in_order, put, save, say
from mobile_reception.commands.ledgers import now_of, opened, unit_of
from mobile_reception.commands.parser import (
    Below,
    day_options,
    json_option,
    output_option,
    speech_option,
    unit_option,
)
from mobile_reception.commands.plan import KINDS
from mobile_reception.dossier import plan
from mobile_reception.words import VIETNAM, speaking, text

if TYPE_CHECKING:
    from mobile_reception.centre.ledger import Ledger
    from mobile_reception.dossier.plan import Planned


class _OrOnce(Below):
    """``plan HAMLET DAY``, as it always was, beside ``plan recur`` and the others."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.choices = _Anything(self._name_parser_map)

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if values[0] not in self._name_parser_map:
            values = ["once", *values]
        super().__call__(parser, namespace, values, option_string)


class _Anything(dict[str, Any]):
    """The verbs, and any name of a hamlet."""

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str)


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``plan`` below ``centre``."""
    group = below.add_parser("plan", help=text("lên lịch phiên tiếp nhận tại ấp, khóm"), parents=parents)
    verbs = group.add_subparsers(
        dest="plan_command", required=True, metavar=text("ẤP NGÀY | LỆNH"), action=_OrOnce
    )

    def add(name: str, told: str, action: Any) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = verbs.add_parser(name, help=told, parents=parents)
        unit_option(parser)
        parser.set_defaults(action=action)
        return parser

    once = add("once", text("một phiên: ấp, khóm và ngày"), _once)
    once.add_argument("hamlet", metavar="NAME", help=text("tên ấp, khóm hoặc cơ sở y tế"))
    once.add_argument("day", metavar="YYYY-MM-DD", help=text("ngày mở phiên"))
    _kinds(once)
    _numbered(once)
    _times(once)
    _recurring(add("recur", text("lặp lại mỗi tuần, các ấp luân phiên"), _recur))
    ended = add("end", text("kết thúc một kế hoạch lặp lại"), _end)
    ended.add_argument("rule", metavar="RULE", help=text("mã kế hoạch lặp lại"))
    ended.add_argument("--last", required=True, metavar="YYYY-MM-DD", help=text("ngày cuối còn mở phiên"))
    changed = add("exception", text("hủy, dời hoặc đổi một phiên đã lên lịch"), _exception)
    changed.add_argument("session", metavar="SESSION", help=text("mã phiên (xem «plan list»)"))
    what = changed.add_mutually_exclusive_group(required=True)
    what.add_argument("--cancel", action="store_true", help=text("không mở phiên này"))
    what.add_argument("--restore", action="store_true", help=text("trở lại như kế hoạch"))
    what.add_argument("--to", metavar="YYYY-MM-DD", help=text("dời sang ngày khác"))
    what.add_argument("--at", metavar="NAME", help=text("mở tại ấp, khóm khác"))
    changed.add_argument("--reason", default="", help=text("lý do, hiện trên lịch"))
    assigned = add("assign", text("giao phiên cho máy nào"), _assign)
    assigned.add_argument("session", metavar="SESSION", help=text("mã phiên (xem «plan list»)"))
    _devices(assigned)
    for name, told, action in (
        ("list", text("các phiên đã lên lịch"), _list),
        ("ics", text("lịch iCalendar cho điện thoại"), _ics),
        ("print", text("lịch để dán (PDF)"), _print),
    ):
        parser = add(name, told, action)
        day_options(parser)
        if name == "list":
            json_option(parser)
        else:
            output_option(parser)
            speech_option(parser)


def _times(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--begins", default="07:30", metavar="HH:MM", help=text("giờ bắt đầu (mặc định: 07:30)")
    )
    parser.add_argument(
        "--ends", default="11:00", metavar="HH:MM", help=text("giờ kết thúc (mặc định: 11:00)")
    )


def _kinds(parser: argparse.ArgumentParser) -> None:
    said = text("thường kỳ, cuối tuần, tại cơ sở y tế, ngoài giờ (mặc định: regular)")
    parser.add_argument("--kind", choices=KINDS, default="regular", help=said)


def _devices(parser: argparse.ArgumentParser) -> None:
    said = text("mã hoặc tên máy, dùng được nhiều lần (mặc định: mọi máy của đơn vị)")
    parser.add_argument("--device", action="append", default=[], metavar="NAME", help=said)


def _numbered(parser: argparse.ArgumentParser) -> None:
    said = text("số của kế hoạch, in trên tổng hợp phiên: 45/KH-UBND")
    parser.add_argument("--number", default="", metavar="NUMBER", help=said)


def _recurring(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weekday",
        action="append",
        metavar="T2…T7, CN",
        help=text("mặc định: thứ Tư và thứ Sáu"),
    )
    parser.add_argument(
        "--hamlet",
        action="append",
        required=True,
        metavar="NAME",
        help=text("nhiều ấp, khóm thì luân phiên theo thứ tự ghi"),
    )
    parser.add_argument("--from", dest="first", metavar="YYYY-MM-DD", help=text("mặc định: hôm nay"))
    parser.add_argument("--until", metavar="YYYY-MM-DD", help=text("bỏ trống: chưa có ngày cuối"))
    _kinds(parser)
    parser.add_argument(
        "--holidays",
        choices=plan.HOLIDAY_RULES,
        default="skip",
        help=text("gặp ngày lễ: nghỉ, mở ngày làm việc liền trước, hoặc liền sau"),
    )
    _devices(parser)
    _numbered(parser)
    parser.add_argument("--rule", metavar="RULE", help=text("sửa kế hoạch đã có"))
    json_option(parser)
    _times(parser)


def _once(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        try:
            session = plan.Planned(
                id="",
                hamlet=args.hamlet,
                day=a_day(args.day),
                kind=args.kind,
                begins=plan.clock(args.begins),
                ends=plan.clock(args.ends),
                number=args.number.strip()[:60],
            )
        except plan.BadPlan as error:
            raise Stop(BAD_DATA, str(error)) from error
        made = ledger.plans.once(unit_of(args, ledger), session, now=now_of(args, ledger))
    say(text("Đã lên lịch phiên tiếp nhận tại {hamlet}.", hamlet=made.hamlet))
    print(made.id, flush=True)
    return DONE


def _recur(args: argparse.Namespace) -> int:
    days = [part for given in args.weekday or ["wed,fri"] for part in given.split(",") if part.strip()]
    with opened(args) as ledger:
        unit, now = unit_of(args, ledger), now_of(args, ledger)
        try:
            rule = plan.Rule(
                id=_rule_id(args.rule),
                weekdays=tuple(sorted({plan.weekday(day) for day in days})),
                first=a_day(args.first) if args.first else now.astimezone(VIETNAM).date(),
                until=a_day(args.until) if args.until else None,
                hamlets=tuple(name.strip() for name in args.hamlet),
                kind=args.kind,
                begins=plan.clock(args.begins),
                ends=plan.clock(args.ends),
                holidays=args.holidays,
                devices=tuple(args.device),
                number=args.number.strip()[:60],
            )
        except plan.BadPlan as error:
            raise Stop(BAD_DATA, str(error)) from error
        made = ledger.plans.recur(unit, rule, now=now)
        warned = plan.unforeseen(made, ledger.plans.calendar(unit))
    held = sum(each.held for each in made)
    say(text("Đã lên lịch {count} phiên; {off} phiên nghỉ lễ.", count=held, off=len(made) - held))
    for warning in warned:
        say(warning)
    if args.json:
        put({"rule": rule.id, "sessions": [plan.planned_json(each) for each in made]})
    else:
        print(rule.id, flush=True)
    return DONE


def _rule_id(given: str | None) -> str:
    if given is None:
        return str(uuid4())
    try:
        return str(UUID(given))
    except ValueError as error:
        raise Stop(USAGE, text("Không có kế hoạch lặp lại này")) from error


def _end(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        ledger.plans.end(unit_of(args, ledger), args.rule, a_day(args.last), now=now_of(args, ledger))
    say(text("Kế hoạch lặp lại kết thúc ngày {day}.", day=args.last))
    return DONE


def _exception(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        unit, now = unit_of(args, ledger), now_of(args, ledger)
        if args.restore:
            session = ledger.plans.restore(unit, args.session, now=now)
        else:
            change = plan.Change(
                id=args.session,
                cancelled=args.cancel,
                day=a_day(args.to) if args.to else None,
                hamlet=args.at,
                reason=args.reason.strip()[:200],
            )
            session = ledger.plans.change(unit, change, now=now)
    _tell(session)
    return DONE


def _assign(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        session = ledger.plans.assign(
            unit_of(args, ledger), args.session, args.device, now=now_of(args, ledger)
        )
    _tell(session)
    return DONE


def _tell(session: Planned) -> None:
    say(line_of(session))


def line_of(session: Planned) -> str:
    """A planned session on a line."""
    from mobile_reception.words import day, weekday

    parts = (
        session.id,
        f"{weekday(session.day)} {day(session.day)}",
        f"{session.begins:%H:%M}-{session.ends:%H:%M}",
        session.hamlet,
        plan.kind_words(session.kind),
        plan.note_words(session),
    )
    return "  ".join(part for part in parts if part)


def _planned(args: argparse.Namespace, ledger: Ledger) -> tuple[Planned, ...]:
    unit = unit_of(args, ledger)
    ledger.plans.extend(unit, now=now_of(args, ledger))
    today = now_of(args, ledger).astimezone(VIETNAM).date()
    first = a_day(args.first) if args.first else today
    last = a_day(args.last) if args.last else None
    in_order(first if args.first else None, last)
    if args.plan_command == "print" and last is None:
        last = first + timedelta(days=92)  # a quarter fits on the wall
    return ledger.plans.sessions(unit, first, last)


def _list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        sessions = _planned(args, ledger)
    if args.json:
        put([plan.planned_json(each) for each in sessions])
        return DONE
    for session in sessions:
        print(line_of(session))
    return DONE


def _ics(args: argparse.Namespace) -> int:
    from mobile_reception.papers.calendar import events_of, icalendar

    with opened(args) as ledger:
        sessions, now, unit = _planned(args, ledger), now_of(args, ledger), unit_of(args, ledger)
        name = next(each.name for each in ledger.register.units() if each.code == unit)
    with speaking(args.speech):
        title = text("Tiếp nhận lưu động {unit}", unit=name)
        calendar = icalendar(events_of(sessions, unit), name=title, now=now)
    return _kept(args, "plan.ics", calendar)


def _print(args: argparse.Namespace) -> int:
    from mobile_reception.papers import ScheduleValues, schedule
    from mobile_reception.papers.calendar import schedule_rows

    with opened(args) as ledger:
        sessions, today = _planned(args, ledger), now_of(args, ledger).astimezone(VIETNAM).date()
        code = unit_of(args, ledger)
        unit = next(each for each in ledger.register.units() if each.code == code)
    with speaking(args.speech):
        rows = schedule_rows(sessions)
    values = ScheduleValues(
        **unit_heading(unit.name),
        printed_on=today,
        first=a_day(args.first) if args.first else _least(sessions, today),
        last=a_day(args.last) if args.last else _most(sessions, today),
        rows=rows,
    )
    return _kept(args, "plan.pdf", schedule(values, language=args.speech))


def _least(sessions: Sequence[Planned], otherwise: date) -> date:
    return min((each.day for each in sessions), default=otherwise)


def _most(sessions: Sequence[Planned], otherwise: date) -> date:
    return max((each.day for each in sessions), default=otherwise)


def unit_heading(unit: str) -> dict[str, str]:
    """Who issues a paper of the centre's: the agency above, the centre, the place before the date."""
    kind, _, rest = unit.partition(" ")
    lowered = f"{kind.lower()} {rest}" if rest else unit
    return {
        "superior_agency": f"Ủy ban nhân dân {lowered}".strip(),
        "unit_name": f"Trung tâm Phục vụ hành chính công {lowered}".strip(),
        "place": rest or unit,
    }


def _kept(args: argparse.Namespace, name: str, data: bytes) -> int:
    path = Path(args.output) if args.output else Path(name)
    save(path, data)
    say(text("Đã lưu {file}.", file=path))
    return DONE
