"""The centre's commands: make it, let it answer, and what its administrator does on its own machine.

They work on the database directly and so need no passphrase: whoever can write that file is already inside.
"""

from __future__ import annotations

import argparse
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mobile_reception.commands import (
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
    centre_people,
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
from mobile_reception.commands.centre_people import known_name, long_enough
from mobile_reception.commands.ledgers import opened, told, url_of
from mobile_reception.commands.parser import count, json_option
from mobile_reception.words import moment_of, text, why


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``centre`` and everything below it; each leaf takes the global options of ``shared``."""
    top = commands.add_parser("centre", help=text("trung tâm: máy chủ nhận hồ sơ"), parents=[shared])
    below = top.add_subparsers(dest="centre_command", required=True, metavar=text("LỆNH"))
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--database",
        metavar="URL",
        help=text("sqlite:///TỆP hoặc postgresql://… (mặc định: centre.db trong thư mục dữ liệu)"),
    )
    place.add_argument(
        "--files", type=Path, metavar="DIR", help=text("thư mục bản quét (mặc định: cạnh cơ sở dữ liệu)")
    )
    _making(below, [shared, place])
    _serving(below, [shared, place])
    centre_people.register(below, [shared, place])
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
    init.add_argument("--superior", default="", metavar="NAME", help=text("cơ quan cấp trên"))
    init.set_defaults(action=_init)


def _serving(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    serve = below.add_parser("serve", help=text("chạy máy chủ của trung tâm"), parents=parents)
    serve.add_argument(
        "--host", default="127.0.0.1", help=text("địa chỉ để nghe (mặc định: 127.0.0.1, chỉ máy này)")
    )
    serve.add_argument(
        "--port",
        type=_port,
        default=8700,
        metavar="N",
        help=text("cổng (mặc định: 8700; 0: hệ thống tự chọn)"),
    )
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help=text("chứng chỉ TLS (PEM)"))
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help=text("khóa riêng của chứng chỉ (PEM)"))
    serve.add_argument(
        "--tls-next",
        type=Path,
        metavar="FILE",
        help=text("chứng chỉ sẽ dùng khi đổi khóa, để các máy biết trước"),
    )
    serve.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help=text("số tiến trình; trên 1 cần PostgreSQL (mặc định: 1)"),
    )
    serve.add_argument(
        "--quota", type=count, metavar="MIB", help=text("dung lượng tối đa của cơ sở dữ liệu, MiB")
    )
    serve.set_defaults(action=_serve)


def _looking(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    status = below.add_parser("status", help=text("số liệu của trung tâm"), parents=parents)
    json_option(status)
    status.set_defaults(action=_status)
    verify = below.add_parser("verify", help=text("kiểm tra toàn vẹn"), parents=parents)
    json_option(verify)
    verify.set_defaults(action=_verify)


def _port(written: str) -> int:
    if not written.isdecimal() or int(written) > 65535:
        raise argparse.ArgumentTypeError(text("cổng là số từ 0 đến 65535: {given}", given=written[:20]))
    return int(written)


# -- Making and serving ----------------------------------------------------------------------------------


def _init(args: argparse.Namespace) -> int:
    from mobile_reception.centre.database import database_path, is_server, shown
    from mobile_reception.centre.identity import Unit
    from mobile_reception.centre.ledger import make

    secret = passphrase(args)
    long_enough(secret, practice=args.practice)
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
            Unit(args.unit, args.agency_id, args.name or known_name(args.unit), args.superior),
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
            nowhere = isinstance(error, socket.gaierror)
            reason = text("không tìm thấy máy nào có tên hoặc địa chỉ này") if nowhere else why(error)
            said = text(
                "Không mở được {host}:{port}: {reason}", host=args.host, port=args.port, reason=reason
            )
            raise Stop(CANNOT_WRITE, said) from error
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
