"""Whom the centre knows, on its command line: laptops, officers, units, hamlets."""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path
from typing import Any, Final

from mobile_reception.commands import BAD_DATA, DONE, Stop, as_document, passphrase, put, say, unreadable
from mobile_reception.commands.ledgers import now_of, opened, unit_of
from mobile_reception.commands.parser import json_option, unit_option
from mobile_reception.words import moment_of, text

_ROLES: Final = ("officer", "deputy", "administrator", "inspector")
_LEAST: Final = 12  # characters of a passphrase


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``device``, ``officer``, ``unit`` and ``hamlet`` below ``centre``."""
    _devices(below, parents)
    _people(below, parents)
    _places(below, parents)


def known_name(code: str) -> str:
    """The commune or ward that the data know by this code, else the code itself."""
    from mobile_reception.dossier import numbering

    known = numbering.units().get(code)
    return known.name if known else code


def _officer_secret(args: argparse.Namespace) -> tuple[str, bool]:
    """The passphrase that was given, else one that is made now; whether it was given."""

    given = os.environ.get("MOBILE_RECEPTION_PASSPHRASE") is not None or bool(args.passphrase_file)
    return (passphrase(args) if given else _first_passphrase()), given


def _told_by_hand(secret: str, *, given: bool) -> int:
    if not given:
        say(text("Mật khẩu đầu tiên, giao riêng cho người này:"))
        print(secret, flush=True)
    return DONE


def long_enough(secret: str, *, practice: bool) -> None:
    """Raises Stop (65) for a passphrase that is too short."""
    if len(secret) < (1 if practice else _LEAST):
        raise Stop(BAD_DATA, text("Mật khẩu cần ít nhất {count} ký tự", count=_LEAST))


def _devices(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    group = below.add_parser("device", help=text("máy tính xách tay của đơn vị"))
    verbs = group.add_subparsers(dest="device_command", required=True, metavar=text("LỆNH"))
    new = verbs.add_parser("new", help=text("cấp mã dùng một lần"), parents=parents)
    new.add_argument("--name", required=True, help=text("tên máy"))
    new.add_argument(
        "--scope",
        choices=("hamlets", "unit"),
        default="hamlets",
        help=text("hamlets: máy đi ấp; unit: máy của lãnh đạo, thấy cả đơn vị (mặc định: hamlets)"),
    )
    unit_option(new)
    new.set_defaults(action=_device_new)
    listed = verbs.add_parser("list", help=text("các máy đã nối với trung tâm"), parents=parents)
    json_option(listed)
    listed.set_defaults(action=_device_list)
    revoke = verbs.add_parser("revoke", help=text("thu hồi một máy"), parents=parents)
    revoke.add_argument("device", metavar="DEVICE", help=text("mã hoặc tên máy"))
    revoke.set_defaults(action=_device_revoke)
    recovery = verbs.add_parser(
        "recovery",
        help=text("đọc mã khôi phục của một máy, cho cán bộ quên mật khẩu"),
        parents=parents,
    )
    recovery.add_argument("device", metavar="DEVICE", help=text("mã hoặc tên máy"))
    recovery.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        required=True,
        help=text("tệp khóa khôi phục (recovery.pem) lấy từ két"),
    )
    recovery.set_defaults(action=_device_recovery)


def _people(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    group = below.add_parser("officer", help=text("cán bộ của đơn vị"))
    verbs = group.add_subparsers(dest="officer_command", required=True, metavar=text("LỆNH"))
    add = verbs.add_parser("add", help=text("thêm hoặc xác nhận cán bộ"), parents=parents)
    add.add_argument("login", metavar="LOGIN", help=text("tên đăng nhập"))
    add.add_argument(
        "--role",
        choices=_ROLES,
        required=True,
        help=text("vai trò: công chức, lãnh đạo duyệt phiên, quản trị, thanh tra"),
    )
    add.add_argument("--name", default="", help=text("họ và tên, hiện trên mọi máy và giấy tờ"))
    unit_option(add)
    add.set_defaults(action=_officer_add)
    named = verbs.add_parser("name", help=text("ghi họ và tên của cán bộ"), parents=parents)
    named.add_argument("login", metavar="LOGIN", help=text("tên đăng nhập"))
    named.add_argument("name", metavar="NAME", help=text("họ và tên, hiện trên mọi máy và giấy tờ"))
    unit_option(named)
    named.set_defaults(action=_officer_name)
    renewed = verbs.add_parser(
        "passphrase",
        help=text("đặt mật khẩu ở trung tâm cho cán bộ đã quên, để đăng ký lại khóa ký"),
        parents=parents,
    )
    renewed.add_argument("login", metavar="LOGIN", help=text("tên đăng nhập"))
    unit_option(renewed)
    renewed.set_defaults(action=_officer_passphrase)
    disable = verbs.add_parser("disable", help=text("ngừng quyền của cán bộ"), parents=parents)
    disable.add_argument("login", metavar="LOGIN", help=text("tên đăng nhập"))
    unit_option(disable)
    disable.set_defaults(action=_officer_disable)
    listed = verbs.add_parser("list", help=text("danh sách cán bộ"), parents=parents)
    json_option(listed)
    listed.set_defaults(action=_officer_list)


def _places(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    units = below.add_parser("unit", help=text("các đơn vị của trung tâm"))
    unit_verbs = units.add_subparsers(dest="unit_command", required=True, metavar=text("LỆNH"))
    unit = unit_verbs.add_parser("add", help=text("thêm một đơn vị"), parents=parents)
    unit.add_argument("code", metavar="CODE", help=text("mã đơn vị hành chính"))
    unit.add_argument("--agency-id", required=True, metavar="ID", help=text("mã định danh cơ quan"))
    unit.add_argument("--name", default="", help=text("tên đơn vị"))
    unit.add_argument("--superior", default="", metavar="NAME", help=text("cơ quan cấp trên"))
    unit.set_defaults(action=_unit_add)
    hamlets = below.add_parser("hamlet", help=text("ấp, khóm của đơn vị"))
    verbs = hamlets.add_subparsers(dest="hamlet_command", required=True, metavar=text("LỆNH"))
    add = verbs.add_parser("add", help=text("thêm ấp, khóm"), parents=parents)
    add.add_argument("names", nargs="+", metavar="NAME", help=text("tên ấp, khóm"))
    unit_option(add)
    add.set_defaults(action=_hamlet_add)
    listed = verbs.add_parser("list", help=text("danh sách ấp, khóm"), parents=parents)
    unit_option(listed)
    json_option(listed)
    listed.set_defaults(action=_hamlet_list)


def _device_new(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        unit = unit_of(args, ledger)
        code = ledger.register.new_code(unit=unit, name=args.name, scope=args.scope, now=now_of(args, ledger))
    say(text("Mã dùng một lần cho máy {name}, có hiệu lực 24 giờ:", name=args.name))
    print(code, flush=True)
    return DONE


def _device_list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        devices = ledger.register.devices()
    if args.json:
        shown = ("device", "unit", "name", "scope", "state", "enrolled_at", "last_contact")
        told = (as_document(device) for device in devices)
        put([{name: each[name] for name in shown} for each in told])
        return DONE
    for device in devices:
        state = text("bị thu hồi") if device.state == "revoked" else text("đang dùng")
        say(f"{device.device}  {device.name}  {state}  {moment_of(device.last_contact)}")
    return DONE


def _device_revoke(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        device = ledger.register.revoke(args.device, now=now_of(args, ledger))
    say(text("Đã thu hồi máy {name}. Hồ sơ máy này gửi về được giữ lại chờ xem xét.", name=device.name))
    return DONE


def _device_recovery(args: argparse.Namespace) -> int:
    """The code is the last word on standard output, in groups to be read aloud."""
    try:
        pem = args.key.read_bytes()
    except OSError as error:
        raise unreadable(args.key, error) from error
    with opened(args) as ledger:
        name, code = ledger.recovery.code(args.device, pem)
    print(text("Mã khôi phục của máy «{name}»: {code}", name=name, code=code))
    return DONE


def _officer_add(args: argparse.Namespace) -> int:
    secret, given = _officer_secret(args)
    with opened(args) as ledger:
        long_enough(secret, practice=ledger.identity.practice)
        ledger.register.add_officer(unit_of(args, ledger), args.login, args.role, secret, args.name)
    say(text("Đã thêm cán bộ {login} với vai trò {role}.", login=args.login, role=args.role))
    return _told_by_hand(secret, given=given)


def _officer_passphrase(args: argparse.Namespace) -> int:
    secret, given = _officer_secret(args)
    with opened(args) as ledger:
        long_enough(secret, practice=ledger.identity.practice)
        ledger.register.set_passphrase(unit_of(args, ledger), args.login, secret)
    say(text("Đã đặt mật khẩu mới ở trung tâm cho {login}.", login=args.login))
    return _told_by_hand(secret, given=given)


def _officer_name(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        ledger.register.name_officer(unit_of(args, ledger), args.login, args.name)
    say(text("Từ lần liên lạc tới, các máy ghi «{name}» thay cho {login}.", name=args.name, login=args.login))
    return DONE


def _first_passphrase() -> str:
    letters = "23456789abcdefghjkmnpqrstvwxyz"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def _officer_disable(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        ledger.register.disable_officer(unit_of(args, ledger), args.login)
    say(text("Đã ngừng quyền của {login}.", login=args.login))
    return DONE


def _officer_list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        officers = ledger.register.officers()
    if args.json:
        put([as_document(officer) for officer in officers])
        return DONE
    for officer in officers:
        new = text("chưa xác nhận") if officer.made_by == "enrolment" else ""
        state = "" if officer.active else text("đã ngừng")
        told = (officer.unit, officer.login, officer.name, officer.role, state, new)
        say("  ".join(part for part in told if part))
    return DONE


def _unit_add(args: argparse.Namespace) -> int:
    from mobile_reception.centre.identity import Unit

    with opened(args) as ledger:
        ledger.register.add_unit(
            Unit(args.code, args.agency_id, args.name or known_name(args.code), args.superior)
        )
    say(text("Đã thêm đơn vị {code}.", code=args.code))
    return DONE


def _hamlet_add(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        unit = unit_of(args, ledger)
        for name in args.names:
            ledger.register.add_hamlet(unit, name)
    say(text("Đã ghi {count} ấp, khóm.", count=len(args.names)))
    return DONE


def _hamlet_list(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        hamlets = ledger.register.hamlets(args.unit)
    if args.json:
        put([{"unit": unit, "name": name} for unit, name in hamlets])
        return DONE
    for unit, name in hamlets:
        say(f"{unit}  {name}")
    return DONE
