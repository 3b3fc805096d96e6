"""The laptop's command that lets go of what the centre has in a verified backup."""

from __future__ import annotations

import argparse
from typing import Final

from mobile_reception.commands import DONE, Commands, put, say
from mobile_reception.commands.parser import json_option
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.words import text

_ALL: Final = 1_000_000


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``reduce``."""
    reduce = commands.add_parser(
        "reduce",
        help=text("rút gọn trên máy này những hồ sơ đã xong mà trung tâm đã sao lưu"),
        parents=[shared],
    )
    reduce.add_argument("--dry-run", action="store_true", help=text("chỉ xem, không rút gọn"))
    json_option(reduce)
    reduce.set_defaults(action=_reduce)


def _reduce(args: argparse.Namespace) -> int:
    from mobile_reception.desk import retention

    with signed_in(args) as desk:
        found = desk.reducible() if args.dry_run else desk.reduce(_ALL).value
    if args.json:
        put(retention.as_json(found) | {"dry_run": bool(args.dry_run)})
        return DONE
    if found.days is None:
        say(text("Đơn vị chưa đặt số ngày giữ hồ sơ trên máy («retention»): không rút gọn gì."))
        return DONE
    count = len(found.codes)
    say(
        text("{count} hồ sơ có thể rút gọn.", count=count)
        if args.dry_run
        else text("Đã rút gọn {count} hồ sơ; trung tâm giữ đầy đủ.", count=count)
    )
    for why, kept in sorted(found.kept.items()):
        say(text("Giữ nguyên {count} hồ sơ: {why}", count=kept, why=retention.why_words(why)))
    return DONE
