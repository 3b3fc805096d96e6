"""The centre's commands after a restore: what laptops showed, the word that numbers may be given again."""

from __future__ import annotations

import argparse
from typing import Any

from mobile_reception.commands import BAD_DATA, DONE, Stop, as_document, put, say
from mobile_reception.commands.ledgers import now_of, opened, unit_of
from mobile_reception.commands.parser import json_option, unit_option
from mobile_reception.words import moment_of, text


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``restored`` below ``centre``."""
    group = below.add_parser("restored", help=text("sau khi khôi phục trung tâm từ bản sao lưu"))
    verbs = group.add_subparsers(dest="restored_command", required=True, metavar=text("LỆNH"))
    show = verbs.add_parser("show", help=text("những gì các máy đã cho thấy"), parents=parents)
    json_option(show)
    show.set_defaults(action=_show)
    declare = verbs.add_parser("declare", help=text("nói trước khi mở lại từ bản sao lưu"), parents=parents)
    declare.set_defaults(action=_declare)
    confirm = verbs.add_parser("confirm", help=text("cho cấp số hồ sơ trở lại"), parents=parents)
    confirm.add_argument("--highest", type=int, required=True, metavar="N", help=text("số lớn nhất đã cấp"))
    unit_option(confirm)
    confirm.set_defaults(action=_confirm)


def _show(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        found = ledger.restoration.state()
    if args.json:
        put(None if found is None else as_document(found))
        return DONE
    if found is None:
        say(text("Chưa thấy trung tâm này được khôi phục lần nào."))
        return DONE
    if found.waiting:
        say(text("Đã khôi phục từ bản sao lưu cũ, chưa xác nhận: chưa cấp số hồ sơ mới."))
    else:
        say(text("Đã khôi phục từ bản sao lưu cũ và đã được xác nhận."))
    say(text("Nhận ra lúc {since}.", since=moment_of(found.since)))
    say(text("Hãy xem lại: máy bị thu hồi, cán bộ bị ngừng quyền, danh mục, lịch phiên từ sau bản sao lưu."))
    for name in found.readmitted:
        say(text("Nhận lại theo chứng thư: {name}", name=name))
    for name in found.missing:
        say(text("Chưa liên lạc từ khi khôi phục: {name}", name=name))
    for unit, highest in found.highest.items():
        say(text("Đơn vị {unit}: số lớn nhất các máy báo là {highest}.", unit=unit, highest=highest))
    return DONE


def _declare(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        epoch = ledger.restoration.declare(now=now_of(args, ledger))
    say(
        text(
            "Đã ghi: trung tâm khôi phục từ bản sao lưu (kỳ {epoch}). Chưa cấp số hồ sơ mới; "
            "khi biết số lớn nhất đã cấp, dùng “centre restored confirm”.",
            epoch=epoch,
        )
    )
    return DONE


def _confirm(args: argparse.Namespace) -> int:
    from mobile_reception.centre.values import Refused

    with opened(args) as ledger:
        unit = unit_of(args, ledger)
        try:
            given = ledger.restoration.confirm(unit, args.highest)
        except Refused as refused:
            if refused.code != "serial":
                raise
            said = text(
                "Số lớn nhất phải từ {least} (các máy báo) đến 99799: {named}",
                least=refused.detail,
                named=args.highest,
            )
            raise Stop(BAD_DATA, said) from refused
    say(
        text(
            "Đã xác nhận. Số hồ sơ mới của đơn vị {unit} bắt đầu sau {highest}; {count} máy được cấp ngay.",
            unit=unit,
            highest=args.highest,
            count=given,
        )
    )
    return DONE
