"""The laptop's commands on the road: joining a centre, sending and fetching."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from mobile_reception.commands import (
    DONE,
    NOT_ALLOWED,
    NOT_NOW,
    USAGE,
    Commands,
    Stop,
    clock,
    data_folder,
    passphrase,
    put,
    say,
    written_in,
)
from mobile_reception.commands.parser import json_option
from mobile_reception.commands.sign_in import failures, grouped, signed_in
from mobile_reception.desk import NoFolder, make, peek
from mobile_reception.words import text


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``enrol`` and ``sync``."""
    enrolled = commands.add_parser("enrol", help=text("nối máy này với trung tâm"), parents=[shared])
    enrolled.add_argument(
        "--centre",
        required=True,
        metavar="URL",
        help=text("địa chỉ trung tâm: https://…; http:// chỉ dùng cho chính máy này"),
    )
    enrolled.add_argument("--code", required=True, help=text("mã dùng một lần do trung tâm cấp"))
    enrolled.add_argument("--ca", metavar="FILE", help=text("tệp chứng chỉ gốc (PEM) của trung tâm"))
    enrolled.add_argument("--name", default="", help=text("họ tên, in trên giấy tờ"))
    enrolled.set_defaults(action=_enrol)
    sent = commands.add_parser("sync", help=text("gửi và nhận với trung tâm"), parents=[shared])
    json_option(sent)
    sent.set_defaults(action=_sync)


def _enrol(args: argparse.Namespace) -> int:
    if not args.officer:
        raise Stop(USAGE, text("Cần --officer: tên đăng nhập của cán bộ."))
    folder = data_folder(args)
    ca = _certificates(args.ca)
    try:
        peek(folder)
    except NoFolder:
        return _enrol_new(args, folder, ca)
    with signed_in(args) as desk:
        desk.enrol(args.centre, args.code, passphrase(args), ca=ca)
        say(text("Đã nối với trung tâm của {unit}.", unit=desk.unit_name))
    return DONE


def _certificates(file: str | None) -> str | None:
    return None if file is None else written_in(file)


def _enrol_new(args: argparse.Namespace, folder: Path, ca: str | None) -> int:
    """A laptop made for its centre; when the centre refuses, no trace of it stays."""
    from mobile_reception.desk.road import greet

    existed = folder.exists()
    secret = passphrase(args)
    with failures():
        centre = greet(args.centre, ca=ca)
        desk, code = make(
            folder,
            unit=centre.unit,
            agency=centre.agency,
            login=args.officer,
            passphrase=secret,
            now=clock(args, practice=centre.practice),
            practice=centre.practice,
            name=args.name,
            alone=False,
        )
        try:
            desk.enrol(args.centre, args.code, secret, ca=ca)
            unit = desk.unit_name
        except BaseException:
            desk.close()
            _unmake(folder, existed=existed)
            raise
        desk.close()
    say(text("Đã nối với trung tâm của {unit}.", unit=unit))
    say(text("Mã khôi phục đã niêm phong gửi trung tâm giữ; bản của máy này: {code}", code=grouped(code)))
    return DONE


def _unmake(folder: Path, *, existed: bool) -> None:
    """Take back a folder that this command made a moment ago and in which nothing was ever received."""
    if not existed:
        shutil.rmtree(folder)
        return
    for file in (
        "reception.db",
        "reception.db-wal",
        "reception.db-shm",
        "keys.json",
        "keys.twin.json",
        "journal.head",
    ):
        (folder / file).unlink(missing_ok=True)


def _sync(args: argparse.Namespace) -> int:
    from mobile_reception.desk.road import Reason, news, words_for

    with signed_in(args) as desk:
        report = desk.sync().value
    for sentence in news(report):
        say(sentence)
    if report.reason is not None:
        say(words_for(report.reason))
    if args.json:
        put(report.document())
    else:
        say(
            text(
                "Đã gửi {sent}, trung tâm đã nhận {acknowledged}, còn chờ {waiting}.",
                sent=report.sent,
                acknowledged=report.acknowledged,
                waiting=report.waiting,
            )
        )
    if report.reason is None:
        return DONE
    shut_out = {Reason.REVOKED, Reason.OFFICER_DISABLED, Reason.REFUSED}
    return NOT_ALLOWED if report.reason in shut_out else NOT_NOW
