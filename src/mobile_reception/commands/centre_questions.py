"""The centre's commands for what waits for a person: held facts, conflicts, possible duplicates."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from mobile_reception.commands import DONE, as_document, put, say
from mobile_reception.commands.ledgers import now_of, opened
from mobile_reception.commands.parser import json_option
from mobile_reception.words import moment_of, text


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``held``, ``conflict`` and ``duplicates`` below ``centre``."""
    _held(below, parents)
    _conflicts(below, parents)
    group = below.add_parser("duplicates", help=text("hồ sơ có thể nhận hai lần trên hai máy"))
    verbs = group.add_subparsers(dest="duplicates_command", required=True, metavar=text("LỆNH"))
    listed = verbs.add_parser("list", help=text("danh sách cần hỏi lại"), parents=parents)
    json_option(listed)
    listed.set_defaults(action=_duplicates_list)


def _held(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    group = below.add_parser("held", help=text("sự việc đã nhận, đang chờ kiểm tra"))
    verbs = group.add_subparsers(dest="held_command", required=True, metavar=text("LỆNH"))
    listed = verbs.add_parser("list", help=text("những gì đang chờ và vì sao"), parents=parents)
    json_option(listed)
    listed.set_defaults(action=_held_list)
    show = verbs.add_parser("show", help=text("xem nguyên văn một mục"), parents=parents)
    show.add_argument("place", metavar="PLACE", help=text("chỗ của mục, như «held list» ghi"))
    show.set_defaults(action=_held_show)
    release = verbs.add_parser("release", help=text("cho sự việc có hiệu lực"), parents=parents)
    release.add_argument("place", metavar="PLACE", help=text("GỐC:SỐ, hoặc GỐC để duyệt tất cả"))
    release.set_defaults(action=_held_release)
    aside = verbs.add_parser("set-aside", help=text("xếp lại, không tính, kèm ghi chú"), parents=parents)
    aside.add_argument("place", metavar="PLACE", help=text("chỗ của mục, như «held list» ghi"))
    aside.add_argument("--note", required=True, metavar="TEXT", help=text("vì sao không tính"))
    aside.set_defaults(action=_held_set_aside)


def _conflicts(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    group = below.add_parser("conflict", help=text("một mục có hai giá trị do hai người ghi"))
    verbs = group.add_subparsers(dest="conflict_command", required=True, metavar=text("LỆNH"))
    listed = verbs.add_parser("list", help=text("các mâu thuẫn với cả hai giá trị"), parents=parents)
    json_option(listed)
    listed.set_defaults(action=_conflict_list)
    close = verbs.add_parser("close", help=text("chọn giá trị đúng"), parents=parents)
    close.add_argument("dossier", metavar="CODE", help=text("mã hồ sơ, như trên phiếu"))
    close.add_argument("field", metavar="FIELD", help=text("trường, như «conflict list» ghi"))
    close.add_argument("--value", required=True, help=text("giá trị đúng, như «conflict list» ghi"))
    close.set_defaults(action=_conflict_close)


def _held_list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        held = ledger.questions.held()
    if args.json:
        put([as_document(each) for each in held])
        return DONE
    for each in held:
        say("  ".join((each.place, each.reason, each.kind, moment_of(each.received_at))))
    say(text("{count} mục chờ kiểm tra", count=len(held)))
    return DONE


def _held_show(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        held, body = ledger.questions.show(args.place)
    say("  ".join((held.place, held.reason, held.device, moment_of(held.received_at))))
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()
    return DONE


def _held_release(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        now = now_of(args, ledger)
        count = ledger.questions.release(args.place, officer=args.officer or "", now=now)
    say(text("Đã cho {count} sự việc có hiệu lực.", count=count))
    return DONE


def _held_set_aside(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        now = now_of(args, ledger)
        officer = args.officer or ""
        count = ledger.questions.set_aside(args.place, note=args.note, officer=officer, now=now)
    say(text("Đã xếp lại {count} mục.", count=count))
    return DONE


def _conflict_list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        conflicts = ledger.questions.conflicts()
        names = {(each.unit, each.login): each.name for each in ledger.register.officers()}
    if args.json:
        put([as_document(each) for each in conflicts])
        return DONE
    for each in conflicts:
        say(f"{each.code or each.subject}  {each.field}")
        for value in each.values:
            who = names.get((each.unit, value.officer)) or value.officer
            say(f"    {value.value}  ({who}, {moment_of(value.at)})")
    say(text("{count} mâu thuẫn", count=len(conflicts)))
    return DONE


def _conflict_close(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        now = now_of(args, ledger)
        officer = args.officer or ""
        ledger.questions.close(args.dossier, args.field, args.value, officer=officer, now=now)
    say(text("Đã chọn giá trị cho {field} của hồ sơ {code}.", field=args.field, code=args.dossier))
    return DONE


def _duplicates_list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        found = ledger.questions.duplicates()
    if args.json:
        put([as_document(each) for each in found])
        return DONE
    for each in found:
        say(each.procedure)
        for twin in each.dossiers:
            say(f"    {twin.code or twin.subject}  {twin.received_at or ''}  {twin.device}")
    say(text("{count} câu hỏi", count=len(found)))
    return DONE
