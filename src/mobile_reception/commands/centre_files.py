"""The centre's command for a dossier's files: which there are, which are here, and their bytes."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from mobile_reception.commands import CANNOT_WRITE, DONE, Commands, Stop, as_document, put, say
from mobile_reception.commands.ledgers import opened
from mobile_reception.commands.parser import json_option
from mobile_reception.words import file_size, text, why


def register(below: Commands, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``files`` below ``centre``."""
    listed = below.add_parser("files", help=text("các tệp của một hồ sơ tại trung tâm"), parents=parents)
    listed.add_argument("code", metavar="CODE", help=text("mã hồ sơ, như trên phiếu"))
    json_option(listed)
    listed.add_argument("-o", "--output", type=Path, metavar="DIR", help=text("chép các tệp ra thư mục này"))
    listed.set_defaults(action=_files)


def _files(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        found = ledger.files.of_dossier(args.code)
    if args.output is not None:
        _copy_out(args.output, [(each.name, each.path) for each in found if each.path is not None])
    if args.json:
        put([{**as_document(each), "path": str(each.path) if each.path else None} for each in found])
        return DONE
    for each in found:
        here = text("đã đến") if each.path is not None else text("chưa đến")
        say(f"{each.sha256[:12]}  {each.name}  {file_size(each.size)}  {here}")
    say(text("{count} tệp", count=len(found)))
    return DONE


def _copy_out(folder: Path, files: list[tuple[str, Any]]) -> None:
    """Copy files into ``folder``; of two of one name the second gets a number. Raises Stop (73)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in files:
            target, number = folder / name, 2
            while target.exists():
                target = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
                number += 1
            shutil.copyfile(path, target)
    except OSError as error:
        raise Stop(
            CANNOT_WRITE,
            text(
                "Chưa lưu được {file}: {why}. Dữ liệu vẫn an toàn; hãy chọn chỗ khác rồi làm lại.",
                file=folder,
                why=why(error),
            ),
        ) from error
