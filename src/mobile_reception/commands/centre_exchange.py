"""The centre's commands for files: a catalogue in, dossiers out in the national portal's words."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from mobile_reception.commands import BAD_DATA, DONE, USAGE, Stop, say
from mobile_reception.commands.ledgers import now_of, opened, unit_of
from mobile_reception.words import text


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``catalogue`` and ``export`` below ``centre``."""
    group = below.add_parser("catalogue", help=text("danh mục thủ tục"))
    verbs = group.add_subparsers(dest="catalogue_command", required=True, metavar=text("LỆNH"))
    load = verbs.add_parser("load", help=text("giao danh mục mới cho các máy của đơn vị"), parents=parents)
    load.add_argument("file", metavar="FILE", type=Path)
    load.add_argument("--unit", metavar="CODE")
    load.set_defaults(action=_catalogue_load)
    unit_settings = below.add_parser("settings", help=text("thiết lập của đơn vị"))
    set_verbs = unit_settings.add_subparsers(dest="settings_command", required=True, metavar=text("LỆNH"))
    given = set_verbs.add_parser("load", help=text("giao thiết lập mới (TOML) cho các máy"), parents=parents)
    given.add_argument("file", metavar="FILE", type=Path)
    given.add_argument("--unit", metavar="CODE")
    given.set_defaults(action=_settings_load)
    out = below.add_parser("export", help=text("xuất hồ sơ theo tên trường quốc gia"), parents=parents)
    out.add_argument("--from", dest="first", required=True, metavar="YYYY-MM-DD", type=date.fromisoformat)
    out.add_argument("--to", dest="last", required=True, metavar="YYYY-MM-DD", type=date.fromisoformat)
    out.add_argument("--format", choices=("json",), default="json")
    out.add_argument("--unit", metavar="CODE")
    out.set_defaults(action=_export)


def _catalogue_load(args: argparse.Namespace) -> int:
    from mobile_reception.centre.values import Refused
    from mobile_reception.sync.protocol import Unreadable, load

    wrong = text("Tệp này không phải danh mục thủ tục")
    try:
        document = load(args.file.read_bytes())
    except OSError as error:
        raise Stop(USAGE, text("Không đọc được tệp {file}", file=args.file)) from error
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
        raise Stop(USAGE, text("Không đọc được tệp {file}", file=error.filename or args.file)) from error
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
    from mobile_reception.centre.export import national, received_between

    if args.last < args.first:
        raise Stop(USAGE, text("--to phải từ ngày --from trở đi"))
    with opened(args) as ledger:
        code = unit_of(args, ledger)
        unit = next((each for each in ledger.register.units() if each.code == code), None)
        catalogue = ledger.register.catalogue(code)
        about = {"from": args.first.isoformat(), "to": args.last.isoformat(), "unit": code}
        # One document, written as it is read: a year of a ward does not fit into memory twice.
        sys.stdout.write(json.dumps(about, ensure_ascii=False)[:-1] + ', "HoSo": [')
        count = 0
        for state in ledger.dossiers(code):
            if received_between(state, args.first, args.last):
                sys.stdout.write(",\n" if count else "\n")
                sys.stdout.write(json.dumps(national(state, unit, catalogue), ensure_ascii=False))
                count += 1
        sys.stdout.write("\n]}\n")
        sys.stdout.flush()
    say(text("Đã xuất {count} hồ sơ.", count=count))
    return DONE
