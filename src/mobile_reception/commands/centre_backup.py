"""The centre's backups: copied and read to the end, or read where a server's own tools restored them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mobile_reception.commands import DAMAGED, DONE, USAGE, Stop, put, say
from mobile_reception.commands.ledgers import now_of, opened, told, url_of
from mobile_reception.commands.parser import json_option
from mobile_reception.words import text


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``backup`` below ``centre``."""
    backup = below.add_parser(
        "backup",
        help=text("sao lưu trung tâm rồi kiểm tra bản sao: chỉ khi đó máy lưu động mới được rút gọn"),
        parents=parents,
    )
    backup.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=text("nơi đặt bản sao (SQLite)"))
    backup.add_argument(
        "--verified-from",
        metavar="URL",
        help=text("bản sao đã khôi phục ra một cơ sở dữ liệu khác: đọc kiểm tra bản ấy (PostgreSQL)"),
    )
    backup.add_argument(
        "--files-from", type=Path, metavar="DIR", help=text("thư mục bản quét đi cùng bản sao đã khôi phục")
    )
    json_option(backup)
    backup.set_defaults(action=_backup)


def _backup(args: argparse.Namespace) -> int:
    from mobile_reception.centre import backups

    if (args.folder is None) == (args.verified_from is None):
        raise Stop(USAGE, text("Cần một trong hai: thư mục DIR, hoặc --verified-from URL"))
    with opened(args) as ledger:
        now = now_of(args, ledger)
        if args.folder is not None:
            kept = backups.back_up(ledger, url_of(args), args.folder, now=now)
        else:
            kept = _recognised(args, ledger, now)
    if args.json:
        put({"place": kept.place, "ok": kept.verdict.ok, "facts": kept.verdict.facts} | _told(kept))
    else:
        for problem in kept.verdict.problems:
            say(problem)
        said = {"place": kept.place, "facts": kept.verdict.facts}
        say(
            text("Bản sao nguyên vẹn, đã kiểm tra từng sự kiện và tệp: {place} ({facts} sự kiện)", **said)
            if kept.noted is not None
            else text("Bản sao không nguyên vẹn, không được tính: {place}", place=kept.place)
        )
    return DONE if kept.noted is not None else DAMAGED


def _recognised(args: argparse.Namespace, ledger: Any, now: Any) -> Any:
    from mobile_reception.centre import backups, database
    from mobile_reception.centre.ledger import Ledger

    url = args.verified_from
    with told():
        copy = Ledger(url, files=args.files_from)
        try:
            place = database.shown(url) if database.is_server(url) else str(database.database_path(url))
            return backups.recognise(ledger, copy, place, now=now)
        finally:
            copy.close()


def _told(kept: Any) -> dict[str, Any]:
    noted = None if kept.noted is None else asdict(kept.noted)
    return {"problems": list(kept.verdict.problems), "noted": noted}
