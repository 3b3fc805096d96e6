"""Dossiers from a file into the open session, and the sheets that people fill and read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mobile_reception.commands import (
    BAD_DATA,
    CANNOT_WRITE,
    DONE,
    PARTLY,
    Commands,
    Stop,
    days,
    put,
    save,
    say,
)
from mobile_reception.commands.parser import day_options, output_option, speech_option
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.desk import Duplicate, Received, Refused
from mobile_reception.words import iso, text, why

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_SHEETS = (".csv", ".xlsx", ".tsv")
_LARGEST_SHEET = 50 * 1024 * 1024


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``receive``, ``template`` and ``list``."""
    received = commands.add_parser(
        "receive", help=text("ghi hồ sơ từ tệp JSON Lines, CSV hoặc XLSX vào phiên đang mở"), parents=[shared]
    )
    received.add_argument(
        "file",
        metavar="FILE",
        help=text(
            "tệp .jsonl, .csv, .tsv hoặc .xlsx; mẫu để điền: lệnh «template». Mỗi dòng một câu trả lời JSON"
        ),
    )
    received.add_argument(
        "--papers", metavar="DIR", help=text("lưu phiếu PDF của từng hồ sơ vào thư mục này, tên là mã hồ sơ")
    )
    received.add_argument(
        "--json", action="store_true", help=text("đầu ra luôn là JSON Lines; tùy chọn này không đổi gì")
    )
    received.set_defaults(action=_receive)
    template = commands.add_parser("template", help=text("mẫu XLSX để điền hồ sơ"), parents=[shared])
    output_option(template, default="template.xlsx")
    speech_option(template)
    template.set_defaults(action=_template)
    listed = commands.add_parser("list", help=text("danh sách hồ sơ ra XLSX hoặc CSV"), parents=[shared])
    day_options(listed, required=True)
    listed.add_argument(
        "--format",
        choices=("xlsx", "csv", "register"),
        default="xlsx",
        help=text("bảng XLSX, CSV, hoặc sổ theo dõi dạng XLSX (mặc định: xlsx)"),
    )
    output_option(listed)
    speech_option(listed)
    listed.set_defaults(action=_list)


def _receive(args: argparse.Namespace) -> int:
    folder = Path(args.papers) if args.papers else None
    try:
        given = Path(args.file).open("rb")  # noqa: SIM115 - closed by the block below
    except OSError as error:
        raise Stop(
            BAD_DATA, text("Không đọc được tệp {file}: {why}", file=args.file, why=why(error))
        ) from error
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Stop(
                CANNOT_WRITE, text("Không ghi được vào {folder}: {why}", folder=folder, why=why(error))
            ) from error
    counts = dict.fromkeys((Received, Duplicate, Refused), 0)
    with given, signed_in(args) as desk:
        for number, line in _rows(given) if Path(args.file).suffix.lower() in _SHEETS else _lines(given):
            answer = line if isinstance(line, Refused) else desk.receive(line).value
            put(_answer_json(number, answer))
            counts[type(answer)] += 1
            if folder is not None and not isinstance(answer, Refused):
                _receipt(desk, folder, answer.of if isinstance(answer, Duplicate) else answer.code)
    say(
        text(
            "Đã nhận {received} hồ sơ; {duplicate} có từ trước; {refused} dòng bị từ chối.",
            received=counts[Received],
            duplicate=counts[Duplicate],
            refused=counts[Refused],
        )
    )
    return PARTLY if counts[Refused] else DONE


def _receipt(desk: Desk, folder: Path, code: str) -> None:
    """The receipt of a dossier that is durable; one that was made before stays as it is."""
    path = folder / f"{code}.pdf"
    if not path.exists():
        save(path, desk.receipt(code))


def _rows(given: BinaryIO) -> Iterator[tuple[int, object]]:
    """Each row of a sheet with its number there; what nobody can be sure about is Refused already."""
    from mobile_reception.desk.spreadsheets import lines

    data = given.read(_LARGEST_SHEET + 1)
    if len(data) > _LARGEST_SHEET:
        raise Stop(BAD_DATA, text("Tệp lớn quá {size} MiB.", size=_LARGEST_SHEET // 1024 // 1024))
    yield from lines(data, Path(given.name).name)


def _template(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        data = desk.template(args.speech)
    save(Path(args.output), data)
    say(text("Đã lưu {file}.", file=args.output))
    return DONE


def _list(args: argparse.Namespace) -> int:
    first, last = days(args)
    with signed_in(args) as desk:
        data = desk.dossier_list(first, last, args.format, args.speech)
    suffix = "csv" if args.format == "csv" else "xlsx"
    path = Path(args.output or f"dossiers-{first}-{last}.{suffix}")
    save(path, data)
    say(text("Đã lưu {file}.", file=path))
    return DONE


_LONGEST_LINE = 1024 * 1024


def _lines(given: BinaryIO) -> Iterator[tuple[int, object]]:
    """Each line that is not blank with its place in the file; what is no JSON is Refused already."""
    number = 0
    while raw := given.readline(_LONGEST_LINE + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) > _LONGEST_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = given.readline(_LONGEST_LINE)
            yield number, _refused("", text("dòng này dài quá {size} KiB", size=_LONGEST_LINE // 1024))
        elif raw.strip():
            yield number, _read(raw)


class _Twice(ValueError):
    """An object has two values for one key: nobody can say which was meant."""


def _read(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_object)
    except _Twice as twice:
        return _refused(str(twice), text("trường này có hai lần trong dòng"))
    except (ValueError, RecursionError):
        return _refused("", text("dòng này không phải JSON UTF-8"))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1)[:60])
    return made


def _refused(field: str, message: str) -> Refused:
    from mobile_reception.dossier.intake import Problem

    return Refused((Problem(field, message),))


def _answer_json(number: int, answer: Received | Refused | Duplicate) -> dict[str, Any]:
    if isinstance(answer, Received):
        return {
            "line": number,
            "state": "received",
            "id": answer.id,
            "code": answer.code,
            "due": iso(answer.due),
            "come_back": answer.come_back.isoformat(),
            "fee": answer.fee,
            "warnings": list(answer.warnings),
        }
    if isinstance(answer, Duplicate):
        return {"line": number, "state": "duplicate", "of": answer.of}
    return {
        "line": number,
        "state": "refused",
        "problems": [{"field": each.field, "message": each.message} for each in answer.problems],
    }
