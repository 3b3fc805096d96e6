"""The centre's commands: make it, let it answer, and what its administrator does on its own machine.

They work on the database directly and so need no passphrase: whoever can write that file is already inside.
"""

from __future__ import annotations

import argparse
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from mobile_reception.commands import (
    BAD_DATA,
    CANNOT_WRITE,
    DAMAGED,
    DONE,
    USAGE,
    Commands,
    Stop,
    as_document,
    centre_backup,
    centre_exchange,
    centre_files,
    centre_plan,
    centre_questions,
    centre_restored,
    centre_results,
    clock,
    data_folder,
    passphrase,
    put,
    say,
)
from mobile_reception.commands.ledgers import now_of, opened, told, unit_of, url_of
from mobile_reception.words import moment_of, text

_ROLES: Final = ("officer", "deputy", "administrator", "inspector")
_LEAST: Final = 12  # characters of a passphrase


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``centre`` and everything below it; each leaf takes the global options of ``shared``."""
    top = commands.add_parser("centre", help=text("trung tâm: máy chủ nhận hồ sơ"), parents=[])
    below = top.add_subparsers(dest="centre_command", required=True, metavar=text("LỆNH"))
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--database", metavar="URL", help=text("sqlite:///TỆP hoặc postgresql://…"))
    place.add_argument("--files", type=Path, metavar="DIR", help=text("thư mục bản quét"))
    _making(below, [shared, place])
    _serving(below, [shared, place])
    _devices(below, [shared, place])
    _people(below, [shared, place])
    _places(below, [shared, place])
    _looking(below, [shared, place])
    centre_questions.register(below, [shared, place])
    centre_restored.register(below, [shared, place])
    centre_backup.register(below, [shared, place])
    centre_exchange.register(below, [shared, place])
    centre_files.register(below, [shared, place])
    centre_plan.register(below, [shared, place])
    centre_results.register(below, [shared, place])


def _making(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    init = below.add_parser("init", help=text("lập trung tâm mới"), parents=parents)
    init.add_argument("--unit", required=True, metavar="CODE", help=text("mã đơn vị hành chính"))
    init.add_argument("--agency-id", required=True, metavar="ID", help=text("mã định danh cơ quan"))
    init.add_argument("--admin", required=True, metavar="LOGIN", help=text("tên đăng nhập quản trị"))
    init.add_argument("--practice", action="store_true", help=text("để thực hành, không dùng thật"))
    init.add_argument("--name", default="", help=text("tên đơn vị"))
    init.add_argument("--superior", default="", help=text("cơ quan cấp trên"))
    init.set_defaults(action=_init)


def _serving(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    serve = below.add_parser("serve", help=text("chạy máy chủ của trung tâm"), parents=parents)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8700, help=text("0: hệ thống tự chọn"))
    serve.add_argument("--tls-cert", type=Path, metavar="F")
    serve.add_argument("--tls-key", type=Path, metavar="F")
    serve.add_argument(
        "--tls-next",
        type=Path,
        metavar="F",
        help=text("chứng chỉ sẽ dùng khi đổi khóa, để các máy biết trước"),
    )
    serve.add_argument("--workers", type=int, default=1, metavar="N")
    serve.add_argument(
        "--quota", type=int, metavar="MIB", help=text("dung lượng tối đa của cơ sở dữ liệu, MiB")
    )
    serve.set_defaults(action=_serve)


def _devices(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    group = below.add_parser("device", help=text("máy tính xách tay của đơn vị"))
    verbs = group.add_subparsers(dest="device_command", required=True, metavar=text("LỆNH"))
    new = verbs.add_parser("new", help=text("cấp mã dùng một lần"), parents=parents)
    new.add_argument("--name", required=True, help=text("tên máy"))
    new.add_argument("--scope", choices=("hamlets", "unit"), default="hamlets")
    new.add_argument("--unit", metavar="CODE")
    new.set_defaults(action=_device_new)
    listed = verbs.add_parser("list", help=text("các máy đã nối với trung tâm"), parents=parents)
    listed.add_argument("--json", action="store_true")
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
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--role", choices=_ROLES, required=True)
    add.add_argument("--name", default="", help=text("họ và tên, hiện trên mọi máy và giấy tờ"))
    add.add_argument("--unit", metavar="CODE")
    add.set_defaults(action=_officer_add)
    named = verbs.add_parser("name", help=text("ghi họ và tên của cán bộ"), parents=parents)
    named.add_argument("login", metavar="LOGIN")
    named.add_argument("name", metavar="NAME")
    named.add_argument("--unit", metavar="CODE")
    named.set_defaults(action=_officer_name)
    renewed = verbs.add_parser(
        "passphrase",
        help=text("đặt mật khẩu ở trung tâm cho cán bộ đã quên, để đăng ký lại khóa ký"),
        parents=parents,
    )
    renewed.add_argument("login", metavar="LOGIN")
    renewed.add_argument("--unit", metavar="CODE")
    renewed.set_defaults(action=_officer_passphrase)
    disable = verbs.add_parser("disable", help=text("ngừng quyền của cán bộ"), parents=parents)
    disable.add_argument("login", metavar="LOGIN")
    disable.add_argument("--unit", metavar="CODE")
    disable.set_defaults(action=_officer_disable)
    listed = verbs.add_parser("list", help=text("danh sách cán bộ"), parents=parents)
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(action=_officer_list)


def _places(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    units = below.add_parser("unit", help=text("các đơn vị của trung tâm"))
    unit_verbs = units.add_subparsers(dest="unit_command", required=True, metavar=text("LỆNH"))
    unit = unit_verbs.add_parser("add", help=text("thêm một đơn vị"), parents=parents)
    unit.add_argument("code", metavar="CODE")
    unit.add_argument("--agency-id", required=True, metavar="ID")
    unit.add_argument("--name", default="")
    unit.add_argument("--superior", default="")
    unit.set_defaults(action=_unit_add)
    hamlets = below.add_parser("hamlet", help=text("ấp, khóm của đơn vị"))
    verbs = hamlets.add_subparsers(dest="hamlet_command", required=True, metavar=text("LỆNH"))
    add = verbs.add_parser("add", help=text("thêm ấp, khóm"), parents=parents)
    add.add_argument("names", nargs="+", metavar="NAME")
    add.add_argument("--unit", metavar="CODE")
    add.set_defaults(action=_hamlet_add)
    listed = verbs.add_parser("list", help=text("danh sách ấp, khóm"), parents=parents)
    listed.add_argument("--unit", metavar="CODE")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(action=_hamlet_list)


def _looking(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    status = below.add_parser("status", help=text("số liệu của trung tâm"), parents=parents)
    status.add_argument("--json", action="store_true")
    status.set_defaults(action=_status)
    verify = below.add_parser("verify", help=text("kiểm tra toàn vẹn"), parents=parents)
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(action=_verify)


# -- Making and serving ----------------------------------------------------------------------------------


def _known_name(code: str) -> str:
    """The commune or ward that the data know by this code, else the code itself."""
    from mobile_reception.dossier import numbering

    known = numbering.units().get(code)
    return known.name if known else code


def _init(args: argparse.Namespace) -> int:
    from mobile_reception.centre.database import database_path, is_server, shown
    from mobile_reception.centre.identity import Unit
    from mobile_reception.centre.ledger import make

    secret = passphrase(args)
    _long_enough(secret, practice=args.practice)
    url = url_of(args)
    with told():
        if is_server(url):
            database, folder = shown(url), data_folder(args)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            recovery = folder / "centre-recovery-key.pem"
        else:
            file = database_path(url)
            database, recovery = str(file), file.with_name(f"{file.stem}-recovery-key.pem")
        make(
            url,
            Unit(args.unit, args.agency_id, args.name or _known_name(args.unit), args.superior),
            practice=args.practice,
            admin=args.admin,
            passphrase=secret,
            recovery_file=recovery,
            now=clock(args, practice=args.practice)(),
        )
    say(text("Đã lập trung tâm: {file}", file=database))
    say(
        text(
            "Khóa khôi phục nằm trong tệp {file}. Chép tệp này ra hai thẻ nhớ cất trong két, rồi xóa khỏi "
            "máy: ai có tệp này mở được mã khôi phục của mọi máy.",
            file=recovery,
        )
    )
    return DONE


def _serve(args: argparse.Namespace) -> int:
    if args.workers < 1 or (args.tls_cert is None) != (args.tls_key is None):
        raise Stop(USAGE, text("--workers từ 1 trở lên; --tls-cert và --tls-key đi cùng nhau"))
    if args.workers > 1 and not url_of(args).startswith("postgresql"):
        raise Stop(USAGE, text("--workers lớn hơn 1 cần PostgreSQL"))
    from mobile_reception.centre.database import gate
    from mobile_reception.centre.serve import Ahead, Place, serve, serve_many

    if args.quota is not None and url_of(args).startswith("postgresql"):
        raise Stop(USAGE, text("--quota chỉ dùng với SQLite"))
    place = Place(args.host, args.port, args.tls_cert, args.tls_key)
    keys = _tls_keys(args, place)
    quota = None if args.quota is None else args.quota * 1024 * 1024
    with opened(args, quota=quota) as ledger:
        now = clock(args, practice=ledger.identity.practice)
        for unit in ledger.register.units():
            ledger.plans.extend(unit.code, now=now())
        ledger.keep_tls_keys(keys)
        if args.files is not None:
            with told(), gate():
                args.files.mkdir(mode=0o700, parents=True, exist_ok=True)
                ledger.keep_files_in(args.files)
        try:
            if args.workers == 1:
                serve(ledger, place, clock=now, ready=_ready)
            else:
                ledger.close()  # each process opens its own
                ahead = Ahead(now() - datetime.now(UTC) if args.now else timedelta(0))
                files = ledger.files.folder
                serve_many(url_of(args), place, args.workers, files=files, clock=ahead, ready=_ready)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Stop(
                CANNOT_WRITE,
                text("Không mở được {host}:{port}: {reason}", host=args.host, port=args.port, reason=reason),
            ) from error
    return DONE


def _tls_keys(args: argparse.Namespace, place: Any) -> list[str]:
    from mobile_reception.centre.serve import tls_keys

    try:
        return tls_keys(place, args.tls_next)
    except (OSError, ValueError) as error:
        file = args.tls_next or args.tls_cert
        raise Stop(USAGE, text("Không đọc được chứng chỉ trong tệp {file}", file=file)) from error


def _ready(url: str) -> None:
    print(f"listening on {url}", flush=True)


# -- Devices, officers, units, hamlets -------------------------------------------------------------------


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
        raise Stop(USAGE, text("Không đọc được tệp {file}", file=args.key)) from error
    with opened(args) as ledger:
        name, code = ledger.recovery.code(args.device, pem)
    print(text("Mã khôi phục của máy «{name}»: {code}", name=name, code=code))
    return DONE


def _officer_add(args: argparse.Namespace) -> int:
    secret, given = _officer_secret(args)
    with opened(args) as ledger:
        _long_enough(secret, practice=ledger.identity.practice)
        ledger.register.add_officer(unit_of(args, ledger), args.login, args.role, secret, args.name)
    say(text("Đã thêm cán bộ {login} với vai trò {role}.", login=args.login, role=args.role))
    return _told_by_hand(secret, given=given)


def _officer_passphrase(args: argparse.Namespace) -> int:
    secret, given = _officer_secret(args)
    with opened(args) as ledger:
        _long_enough(secret, practice=ledger.identity.practice)
        ledger.register.set_passphrase(unit_of(args, ledger), args.login, secret)
    say(text("Đã đặt mật khẩu mới ở trung tâm cho {login}.", login=args.login))
    return _told_by_hand(secret, given=given)


def _officer_name(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        ledger.register.name_officer(unit_of(args, ledger), args.login, args.name)
    say(text("Từ lần liên lạc tới, các máy ghi «{name}» thay cho {login}.", name=args.name, login=args.login))
    return DONE


def _officer_secret(args: argparse.Namespace) -> tuple[str, bool]:
    """The passphrase that was given, else one that is made now; whether it was given."""
    import os

    given = os.environ.get("MOBILE_RECEPTION_PASSPHRASE") is not None or bool(args.passphrase_file)
    return (passphrase(args) if given else _first_passphrase()), given


def _told_by_hand(secret: str, *, given: bool) -> int:
    if not given:
        say(text("Mật khẩu đầu tiên, giao riêng cho người này:"))
        print(secret, flush=True)
    return DONE


def _long_enough(secret: str, *, practice: bool) -> None:
    if len(secret) < (1 if practice else _LEAST):
        raise Stop(BAD_DATA, text("Mật khẩu cần ít nhất {count} ký tự", count=_LEAST))


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
            Unit(args.code, args.agency_id, args.name or _known_name(args.code), args.superior)
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


# -- Looking ---------------------------------------------------------------------------------------------


def _status(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        status = ledger.status()
    if args.json:
        put(as_document(status))
        return DONE
    say(
        text(
            "{dossiers} hồ sơ, {facts} sự kiện, {held} chờ xem xét, {conflicts} mâu thuẫn, "
            "{waiting} chờ tổng hợp, {files} tệp, {files_waiting} tệp chưa đến",
            files=status.files,
            files_waiting=status.files_waiting,
            dossiers=status.dossiers,
            facts=status.facts,
            held=status.held,
            conflicts=status.conflicts,
            waiting=status.waiting_to_fold,
        )
    )
    if status.restored is not None and not status.restored["confirmed"]:
        say(
            text(
                "Trung tâm đã được khôi phục từ bản sao lưu cũ, chưa xác nhận: chưa cấp số hồ sơ mới. "
                "Xem: centre restored show"
            )
        )
    if status.backup is not None:
        at, place = moment_of(status.backup["at"]), status.backup["place"]
        say(text("Bản sao lưu đã kiểm tra: {at}, {place}", at=at, place=place))
    if status.erased:
        say(
            text(
                "{count} sự kiện chỉ còn phần đầu: máy lưu động đã rút gọn, nội dung chỉ bản sao lưu mới có.",
                count=status.erased,
            )
        )
    for origin in status.origins:
        say(f"{origin.origin}  {origin.head}  {origin.dossiers}  {moment_of(origin.last_contact)}")
    return DONE


def _verify(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        verdict = ledger.verify()
    if args.json:
        put(as_document(verdict))
    else:
        for problem in verdict.problems:
            say(problem)
        say(
            text("Dữ liệu nguyên vẹn: {facts} sự kiện", facts=verdict.facts)
            if verdict.ok
            else text("Dữ liệu không nguyên vẹn: lấy bản sao lưu gần nhất và báo bộ phận kỹ thuật")
        )
    return DONE if verdict.ok else DAMAGED
