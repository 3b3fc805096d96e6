"""The plan on the laptop's command line, and sessions that were opened wrongly set right."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from mobile_reception.commands import DONE, a_day, in_order, put, save, say
from mobile_reception.commands.parser import (
    day_options,
    json_option,
    output_option,
    session_words,
    speech_option,
)
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.words import day, text

KINDS = ("regular", "weekend", "facility", "after-hours")
_FORMATS = ("text", "json", "ics", "pdf")


def register(actions: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``plan``, ``move`` and ``join`` below ``session``."""
    planned = actions.add_parser("plan", help=text("lịch các phiên sắp tới"), parents=parents)
    planned.add_argument(
        "--format",
        choices=_FORMATS,
        default="text",
        help=text("chữ, JSON, lịch iCalendar, PDF để dán (mặc định: text)"),
    )
    day_options(planned)
    output_option(planned)
    speech_option(planned)
    planned.set_defaults(action=_plan)
    moved = actions.add_parser(
        "move", help=text("phiên mở nhầm ấp, nhầm ngày: ghi lại cho đúng"), parents=parents
    )
    moved.add_argument("session", nargs="?", metavar="SESSION", help=session_words())
    moved.add_argument("--hamlet", metavar="NAME", help=text("ấp, khóm đúng"))
    moved.add_argument("--day", metavar="YYYY-MM-DD", help=text("ngày đúng"))
    moved.add_argument("--kind", choices=KINDS, help=text("loại phiên đúng"))
    moved.add_argument("--reason", default="", help=text("lý do"))
    json_option(moved)
    moved.set_defaults(action=_move)
    joined = actions.add_parser(
        "join", help=text("ghép phiên ngoài kế hoạch vào phiên đã lên lịch"), parents=parents
    )
    joined.add_argument("session", metavar="SESSION", help=text("mã phiên ngoài kế hoạch"))
    into = joined.add_mutually_exclusive_group(required=True)
    into.add_argument("--to", metavar="SESSION", help=text("phiên đã lên lịch"))
    into.add_argument("--undo", action="store_true", help=text("tách ra"))
    joined.add_argument("--reason", default="", help=text("lý do"))
    json_option(joined)
    joined.set_defaults(action=_join)


def _plan(args: argparse.Namespace) -> int:
    from mobile_reception.commands.centre_plan import line_of

    first, last = _day(args.first), _day(args.last)
    in_order(first, last)
    with signed_in(args) as desk:
        if args.format == "text":
            begin = first or desk.proposed_session().today
            for session in desk.planned_sessions(cancelled=True):
                if session.day >= begin and (last is None or session.day <= last):
                    print(line_of(session))
            say(desk.proposed_session().why)
            return DONE
        made = desk.plan_file(args.format, first=first, last=last, language=args.speech)
    if args.format == "json" and not args.output:
        sys.stdout.write(made.decode())
        sys.stdout.flush()
        return DONE
    path = Path(args.output or f"plan.{args.format}")
    save(path, made)
    say(text("Đã lưu {file}.", file=path))
    return DONE


def _day(given: str | None) -> date | None:
    return a_day(given) if given else None


def _move(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        session = desk.move_session(
            args.session, hamlet=args.hamlet, day=_day(args.day), kind=args.kind, reason=args.reason
        ).value
    return _tell(args, session)


def _join(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        session = desk.join_session(args.session, None if args.undo else args.to, args.reason).value
    return _tell(args, session)


def _tell(args: argparse.Namespace, session: Any) -> int:
    from mobile_reception.desk.reports import session_json

    if args.json:
        put(session_json(session))
    elif session.joined_to:
        say(text("Phiên tại {hamlet} được tính vào phiên đã lên lịch.", hamlet=session.hamlet))
    else:
        say(text("Phiên tại {hamlet}, ngày {day}.", hamlet=session.hamlet, day=day(session.day)))
    return DONE
