"""The centre's commands for files: a catalogue in, dossiers out in the national portal's words."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_reception.commands import BAD_DATA, DONE, Stop, days, save, say, unreadable
from mobile_reception.commands.ledgers import now_of, opened, unit_of
from mobile_reception.commands.parser import day_options, output_option, unit_option
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.centre.ledger import Ledger


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``catalogue`` and ``export`` below ``centre``."""
    group = below.add_parser("catalogue", help=text("danh mục thủ tục"))
    verbs = group.add_subparsers(dest="catalogue_command", required=True, metavar=text("LỆNH"))
    load = verbs.add_parser("load", help=text("giao danh mục mới cho các máy của đơn vị"), parents=parents)
    load.add_argument("file", metavar="FILE", type=Path, help=text("danh mục thủ tục (JSON)"))
    unit_option(load)
    load.set_defaults(action=_catalogue_load)
    unit_settings = below.add_parser("settings", help=text("thiết lập của đơn vị"))
    set_verbs = unit_settings.add_subparsers(dest="settings_command", required=True, metavar=text("LỆNH"))
    given = set_verbs.add_parser("load", help=text("giao thiết lập mới (TOML) cho các máy"), parents=parents)
    given.add_argument("file", metavar="FILE", type=Path, help=text("tệp thiết lập (TOML)"))
    unit_option(given)
    given.set_defaults(action=_settings_load)
    out = below.add_parser("export", help=text("xuất hồ sơ theo tên trường quốc gia"), parents=parents)
    day_options(out, required=True)
    out.add_argument(
        "--format",
        choices=("json", "xlsx"),
        default="json",
        help=text("json in ra đầu ra chuẩn, xlsx thành tệp (mặc định: json)"),
    )
    output_option(out)
    unit_option(out)
    out.set_defaults(action=_export)


def _catalogue_load(args: argparse.Namespace) -> int:
    from mobile_reception.centre.values import Refused
    from mobile_reception.sync.protocol import Unreadable, load

    wrong = text("Tệp này không phải danh mục thủ tục")
    try:
        document = load(args.file.read_bytes())
    except OSError as error:
        raise unreadable(args.file, error) from error
    except Unreadable as error:
        raise Stop(BAD_DATA, wrong) from error
    with opened(args) as ledger:
        try:
            count = ledger.register.load_catalogue(unit_of(args, ledger), document)
        except Refused as error:
            if error.code == "catalogue":
                raise Stop(BAD_DATA, wrong) from error
            raise
    say(text("Đã nhận danh mục {count} thủ tục; các máy sẽ có khi đồng bộ lần tới.", count=count))
    return DONE


def _plain(value: Any) -> Any:
    """TOML's days as texts: settings travel as JSON."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _settings_load(args: argparse.Namespace) -> int:
    """Settings from a TOML file; under ``[templates]`` each form names a file beside it."""
    from mobile_reception.centre.values import Refused

    try:
        document = _plain(tomllib.loads(args.file.read_text(encoding="utf-8")))
        templates = document.get("templates", {})
        if isinstance(templates, dict):
            document["templates"] = {
                form: (args.file.parent / str(name)).read_text(encoding="utf-8")
                for form, name in templates.items()
            }
    except OSError as error:
        raise unreadable(error.filename or args.file, error) from error
    except ValueError as error:
        raise Stop(BAD_DATA, text("Tệp thiết lập không đúng: {why}", why=error)) from error
    with opened(args) as ledger:
        try:
            ledger.register.load_settings(unit_of(args, ledger), document)
            ledger.plans.extend(unit_of(args, ledger), now=now_of(args, ledger))  # by its days off
        except Refused as error:
            if error.code == "settings":
                raise Stop(BAD_DATA, text("Tệp thiết lập không đúng: {why}", why=error.detail)) from error
            raise
    say(text("Đã nhận thiết lập; các máy sẽ có khi đồng bộ lần tới."))
    return DONE


def _export(args: argparse.Namespace) -> int:
    from mobile_reception.centre.export import COLUMNS, flat

    first, last = days(args)
    with opened(args) as ledger:
        documents = _Counted(_national(ledger, unit_of(args, ledger), first, last))
        about = {"from": first.isoformat(), "to": last.isoformat(), "unit": unit_of(args, ledger)}
        if args.format == "xlsx":
            from mobile_reception.papers.sheets import tables

            path = Path(args.output or f"export-{first}-{last}.xlsx")
            save(path, tables((name, COLUMNS[name], rows) for name, rows in flat(documents).items()))
            say(text("Đã lưu {file}.", file=path))
        elif args.output:
            save(Path(args.output), (part.encode() for part in _json(about, documents)))
            say(text("Đã lưu {file}.", file=args.output))
        else:
            sys.stdout.writelines(_json(about, documents))
            sys.stdout.flush()
    say(text("Đã xuất {count} hồ sơ.", count=documents.count))
    return DONE


class _Counted:
    """Documents one after the other, and how many there were."""

    def __init__(self, documents: Iterator[dict[str, Any]]) -> None:
        self._documents = documents
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for document in self._documents:
            self.count += 1
            yield document


def _national(ledger: Ledger, code: str, first: date, last: date) -> Iterator[dict[str, Any]]:
    from mobile_reception.centre.export import national, received_between

    unit = next(each for each in ledger.register.units() if each.code == code)
    catalogue = ledger.register.catalogue(code)
    for state in ledger.dossiers(code):
        if received_between(state, first, last):
            yield national(state, unit, catalogue)


def _json(about: dict[str, str], documents: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One document, written as it is read: a year of a ward does not fit into memory twice."""
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "HoSo": ['
    between = "\n"
    for document in documents:
        yield between + json.dumps(document, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"
