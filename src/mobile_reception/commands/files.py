"""The files of a dossier on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_reception.commands import DONE, PARTLY, Commands, put, save, say
from mobile_reception.commands.parser import json_option, output_option
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.desk import Attached, CannotWrite, Unacceptable
from mobile_reception.words import file_size, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``attach``, ``take-off``, ``files`` and ``file``."""
    told = text("mã hồ sơ, như trên phiếu")
    attached = commands.add_parser("attach", help=text("đính kèm tệp quét, ảnh vào hồ sơ"), parents=[shared])
    attached.add_argument("code", metavar="CODE", help=told)
    attached.add_argument("files", nargs="+", metavar="FILE", type=Path, help=text("tệp PDF, JPEG hoặc PNG"))
    attached.add_argument("--name", default="", help=text("tên hiện trong hồ sơ (mặc định: tên tệp)"))
    attached.add_argument("--paper", default="", metavar="TEXT", help=text("là bản của giấy tờ nào"))
    json_option(attached)
    attached.set_defaults(action=_attach)
    which = text("mã băm SHA-256 của tệp, hoặc phần đầu của nó (xem «files»)")
    removed = commands.add_parser("take-off", help=text("gỡ một tệp khỏi hồ sơ"), parents=[shared])
    removed.add_argument("code", metavar="CODE", help=told)
    removed.add_argument("sha256", metavar="SHA", help=which)
    removed.add_argument("--reason", required=True, help=text("lý do, ghi vào lịch sử của hồ sơ"))
    removed.set_defaults(action=_take_off)
    listed = commands.add_parser("files", help=text("các tệp của một hồ sơ"), parents=[shared])
    listed.add_argument("code", metavar="CODE", help=told)
    json_option(listed)
    listed.set_defaults(action=_files)
    one = commands.add_parser("file", help=text("lấy một tệp của hồ sơ ra"), parents=[shared])
    one.add_argument("code", metavar="CODE", help=told)
    one.add_argument("sha256", metavar="SHA", help=which)
    output_option(one, type=Path)
    one.set_defaults(action=_file)


def _attach(args: argparse.Namespace) -> int:
    """One line a file, in order; each is durable when its line is printed."""
    refused = False
    with signed_in(args) as desk:
        desk.dossier(args.code)
        for file in args.files:
            told, sentence = _one(desk, args, file)
            refused = refused or told["state"] == "refused"
            if args.json:
                put(told)
            say(sentence)
    return PARTLY if refused else DONE


def _one(desk: Desk, args: argparse.Namespace, file: Path) -> tuple[dict[str, Any], str]:
    try:
        kept = desk.attach(args.code, file, name=args.name, paper=args.paper).value
    except (Unacceptable, CannotWrite) as failure:
        problem = {"field": "file", "message": str(failure)}
        return {"file": str(file), "state": "refused", "problems": [problem]}, str(failure)
    told = {
        "file": str(file),
        "state": "duplicate" if kept.already else "attached",
        "sha256": kept.sha256,
        "name": kept.name,
        "type": kept.type,
        "size": kept.size,
        "pages": kept.pages,
    }
    return told, _said(kept)


def _said(kept: Attached) -> str:
    if kept.already:
        return text("«{name}» đã đính kèm hồ sơ này từ trước; không thêm lần nữa.", name=kept.name)
    return text("Đã đính kèm «{name}» ({size}).", name=kept.name, size=file_size(kept.size))


def _take_off(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        desk.take_off(args.code, args.sha256, args.reason)
    say(text("Đã gỡ tệp khỏi hồ sơ; lịch sử vẫn ghi."))
    return DONE


def _files(args: argparse.Namespace) -> int:
    from mobile_reception.desk.dossiers import file_json, file_words

    with signed_in(args) as desk:
        found = desk.dossier(args.code).files
    if args.json:
        put([file_json(each) for each in found])
        return DONE
    for each in found:
        print(each.sha256[:12], each.name, file_size(each.size), file_words(each), sep="\t")
    return DONE


def _file(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        about, blocks = desk.file(args.code, args.sha256)
        path = args.output or Path(Path(about.name).name)
        save(path, blocks, private=True)
    say(text("Đã lưu {file}.", file=path))
    return DONE
