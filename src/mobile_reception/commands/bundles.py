"""The commands of the USB way: a bundle written, carried, and read at the centre."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_reception.commands import (
    BAD_DATA,
    CANNOT_WRITE,
    DONE,
    PARTLY,
    USAGE,
    Commands,
    Stop,
    put,
    say,
    unreadable,
)
from mobile_reception.commands.parser import json_option
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.words import iso, text

if TYPE_CHECKING:
    from mobile_reception.centre.bundles import Taken


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``bundle``."""
    top = commands.add_parser("bundle", help=text("gói hồ sơ chép qua USB"), parents=[shared])
    verbs = top.add_subparsers(required=True, metavar=text("LỆNH"))
    wrote = verbs.add_parser(
        "write", help=text("niêm phong hồ sơ chưa gửi vào một tệp cho trung tâm"), parents=[shared]
    )
    wrote.add_argument("file", metavar="FILE", type=Path, help=text("tệp gói sẽ ghi"))
    wrote.add_argument("--all", action="store_true", help=text("toàn bộ nhật ký, không chỉ phần chưa gửi"))
    json_option(wrote)
    wrote.set_defaults(action=_write)
    read = verbs.add_parser(
        "read", help=text("đọc gói: mang giúp máy khác, hoặc nhận vào trung tâm"), parents=[shared]
    )
    read.add_argument(
        "file", metavar="FILE", type=Path, help=text("tệp gói, hoặc phiếu trả lời của trung tâm")
    )
    read.add_argument("--database", metavar="URL", help=text("là trung tâm: sqlite:///TỆP, postgresql://…"))
    read.add_argument(
        "--answer", metavar="FILE", type=Path, help=text("nơi ghi phiếu trả lời (mặc định: cạnh gói)")
    )
    read.add_argument("--files", metavar="DIR", type=Path, help=text("thư mục bản quét"))
    json_option(read)
    read.set_defaults(action=_read)


def _write(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        written = desk.write_bundle(args.file, everything=args.all)
    if args.json:
        put(
            {
                "file": str(written.file),
                "facts": written.facts,
                "files": written.files,
                "everything": written.everything,
            }
        )
    told = {"facts": written.facts, "file": written.file}
    say(
        text("Đã niêm phong toàn bộ {facts} sự kiện của máy này vào {file}.", **told)
        if written.everything
        else text("Đã niêm phong {facts} sự kiện chưa gửi vào {file}.", **told)
    )
    if written.files:
        say(text("Kèm {count} tệp của hồ sơ.", count=written.files))
    if written.unreadable:
        say(text("{count} tệp trên máy này bị hỏng nên không chép được.", count=written.unreadable))
        return PARTLY
    return DONE


def _read(args: argparse.Namespace) -> int:
    if args.database:
        return _read_at_centre(args)
    if args.answer:
        raise Stop(USAGE, text("--answer chỉ dùng ở trung tâm, cùng --database"))
    from mobile_reception.desk.bundles import read_words

    with signed_in(args) as desk:
        read = desk.read_bundle(args.file).value
    if args.json:
        put({"kind": read.kind, "facts": read.facts, "letters": read.letters})
    say(read_words(read))
    return DONE


def _read_at_centre(args: argparse.Namespace) -> int:
    from mobile_reception.centre import bundles
    from mobile_reception.commands.ledgers import now_of, opened
    from mobile_reception.desk.bundles import said
    from mobile_reception.sync.protocol import Unreadable

    with opened(args) as ledger:
        try:
            taken = bundles.read_file(ledger, args.file, now=now_of(args, ledger))
        except Unreadable as error:
            raise Stop(BAD_DATA, said(error)) from error
        except OSError as error:
            raise unreadable(args.file, error) from error
        while ledger.fold_some():
            pass
    return _tell(args, taken)


def _tell(args: argparse.Namespace, taken: Taken) -> int:
    """Say what was taken; the answer is written last: without it the laptop only asks again."""
    from mobile_reception.store.durable import whole_file
    from mobile_reception.store.errors import CannotWrite

    stuck = [head for head in taken.heads if head.code != "ok"]
    answer = args.answer or args.file.with_name(args.file.name + ".answer")
    unwritten = False
    try:
        with whole_file(answer) as stream:
            stream.write(taken.answer)
    except CannotWrite:
        unwritten = True
    if args.json:
        put(
            {
                "device": taken.device.device,
                "name": taken.device.name,
                "made_at": iso(taken.made_at),
                "facts": taken.facts,
                "new": taken.fresh,
                "held": sum(head.held for head in taken.heads),
                "unreadable": taken.kept,
                "files": taken.files,
                "files_missing": taken.missing,
                "origins": [
                    {"origin": each.origin, "head": each.seq, "code": each.code} for each in taken.heads
                ],
                "answer": None if unwritten else str(answer),
            }
        )
    say(
        text(
            "Gói của {name}: {facts} sự kiện, trong đó {new} trung tâm chưa có.",
            name=taken.device.name,
            facts=taken.facts,
            new=taken.fresh,
        )
    )
    if taken.files or taken.missing:
        say(text("{count} tệp đã đủ, {missing} tệp còn thiếu.", count=taken.files, missing=taken.missing))
    if taken.kept:
        say(text("{count} phần không đọc được, giữ lại chờ xem xét.", count=taken.kept))
    for head in stuck:
        say(
            text("Trung tâm thiếu phần trước của gói này: hãy lập gói với --all trên máy đó.")
            if head.code == "gap"
            else text("Trung tâm đã có sự kiện khác ở cùng chỗ: cả hai bản được giữ lại chờ xem xét.")
        )
    if unwritten:
        say(text("Không ghi được phiếu trả lời {file}; những gì đã nhận vẫn ở trung tâm.", file=answer))
        return CANNOT_WRITE
    say(text("Phiếu trả lời cho máy đó: {file}", file=answer))
    return PARTLY if stuck or taken.kept or taken.missing else DONE
