"""The commands for a second medium: back up to a folder on it, restore from a backup."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from mobile_reception.commands import DONE, Commands, data_folder, passphrase, put, say, written_in
from mobile_reception.commands.parser import json_option
from mobile_reception.commands.sign_in import failures, signed_in
from mobile_reception.words import iso, moment, text


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``backup`` and ``restore``."""
    made = commands.add_parser(
        "backup", help=text("sao lưu vào một thư mục trên USB hoặc đĩa khác"), parents=[shared]
    )
    made.add_argument("folder", metavar="DIR", type=Path, help=text("thư mục nhận bản sao lưu"))
    json_option(made)
    made.set_defaults(action=_backup)
    back = commands.add_parser(
        "restore", help=text("khôi phục một bản sao lưu vào thư mục mới"), parents=[shared]
    )
    back.add_argument("file", metavar="FILE", type=Path, help=text("tệp .backup"))
    back.add_argument("--code-file", metavar="FILE", help=text("tệp chứa mã khôi phục 25 chữ số"))
    json_option(back)
    back.set_defaults(action=_restore)


def _backup(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        made = desk.back_up(args.folder).value
    if args.json:
        put({"file": str(made.file), "facts": made.facts, "dossiers": made.dossiers, "bytes": made.size})
    say(
        text(
            "Đã sao lưu {dossiers} hồ sơ ({facts} sự kiện) vào {file}; đã đọc lại và đúng.",
            dossiers=made.dossiers,
            facts=made.facts,
            file=made.file,
        )
    )
    return DONE


def _restore(args: argparse.Namespace) -> int:
    from datetime import datetime

    from mobile_reception.desk import backups

    folder, code = data_folder(args), _code(args)
    with failures():
        about, checked = backups.restore(
            args.file,
            folder,
            login=args.officer,
            passphrase=None if code is not None else _secret(args),
            code=code,
        )
    if args.json:
        put(
            {
                "folder": str(folder),
                "made_at": iso(about.made_at),
                "facts": about.facts,
                "dossiers": about.dossiers,
                "checked": checked,
            }
        )
    say(
        text(
            "Đã khôi phục {dossiers} hồ sơ ({facts} sự kiện) của lúc {at} vào {folder}.",
            dossiers=about.dossiers,
            facts=about.facts,
            at=moment(datetime.fromisoformat(about.made_at)),
            folder=folder,
        )
    )
    if not checked:
        say(text("Chưa có mật khẩu nên mới kiểm tra được tệp sao lưu; hãy chạy «verify» sau khi đăng nhập."))
    return DONE


def _code(args: argparse.Namespace) -> str | None:
    if not args.code_file:
        return None
    return written_in(args.code_file)


def _secret(args: argparse.Namespace) -> str | None:
    """The passphrase where there is one: who only puts a folder back in its place need not know any."""
    asked = "MOBILE_RECEPTION_PASSPHRASE" in os.environ or args.passphrase_file or sys.stdin.isatty()
    return (passphrase(args) or None) if asked else None
