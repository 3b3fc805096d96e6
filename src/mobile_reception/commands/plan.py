"""The plan on the laptop's command line, and sessions that were opened wrongly set right."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from mobile_reception.commands import DONE, a_day, put, save, say
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.words import day, text

_FORMATS = ("text", "json", "ics", "pdf")


def register(actions: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``plan``, ``move`` and ``join`` below ``session``."""
    planned = actions.add_parser("plan", help=text("lịch các phiên sắp tới"), parents=parents)
    planned.add_argument("--format", choices=_FORMATS, default="text")
    planned.add_argument("--from", dest="first", metavar="YYYY-MM-DD")
    planned.add_argument("--to", dest="last", metavar="YYYY-MM-DD")
    planned.add_argument("-o", "--output", metavar="FILE")
    planned.add_argument("--in", dest="speech", choices=("vi", "en"), default="vi")
    planned.set_defaults(action=_plan)
    moved = actions.add_parser(
        "move", help=text("phiên mở nhầm ấp, nhầm ngày: ghi lại cho đúng"), parents=parents
    )
    moved.add_argument("session", nargs="?", metavar="SESSION")
    moved.add_argument("--hamlet", metavar="NAME")
    moved.add_argument("--day", metavar="YYYY-MM-DD")
    moved.add_argument("--kind", choices=("regular", "weekend", "facility", "after-hours"))
    moved.add_argument("--reason", default="")
    moved.add_argument("--json", action="store_true")
    moved.set_defaults(action=_move)
    joined = actions.add_parser(
        "join", help=text("ghép phiên ngoài kế hoạch vào phiên đã lên lịch"), parents=parents
    )
    joined.add_argument("session", metavar="SESSION")
    into = joined.add_mutually_exclusive_group(required=True)
    into.add_argument("--to", metavar="SESSION", help=text("phiên đã lên lịch"))
    into.add_argument("--undo", action="store_true", help=text("tách ra"))
    joined.add_argument("--reason", default="")
    joined.add_argument("--json", action="store_true")
    joined.set_defaults(action=_join)


def _plan(args: argparse.Namespace) -> int:
    from mobile_reception.commands.centre_plan import line_of

    first, last = _day(args.first), _day(args.last)
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
