"""The laptop's commands: everything the window does, for administrators, scripts, tests and rescue."""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Callable
from typing import Any

from mobile_reception.commands import (
    BAD_DATA,
    DAMAGED,
    DONE,
    USAGE,
    Commands,
    Stop,
    clock,
    data_folder,
    passphrase,
    plan,
    put,
    say,
    secret,
    written_in,
)
from mobile_reception.commands.parser import count, json_option
from mobile_reception.commands.sign_in import failures, grouped, signed_in
from mobile_reception.desk import make
from mobile_reception.words import day, money, text


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the laptop's commands."""

    def add(name: str, help_: str, action: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=help_, parents=[shared])
        parser.set_defaults(action=action)
        return parser

    made = add("init", text("tạo máy dùng độc lập, chưa có trung tâm"), _init)
    made.add_argument(
        "--unit", required=True, metavar="CODE", help=text("mã đơn vị hành chính của xã, phường")
    )
    made.add_argument(
        "--agency-id", required=True, metavar="ID", help=text("mã định danh cơ quan, ví dụ H20.82")
    )
    _officer_options(made)
    made.add_argument("--practice", action="store_true", help=text("để thực hành, không dùng thật"))

    _register_session(commands, shared)
    _register_officer(commands, shared)

    found = add("find", text("tìm hồ sơ"), _find)
    found.add_argument(
        "text", metavar="TEXT", help=text("tên, mã hồ sơ, số định danh, điện thoại; không cần dấu")
    )
    found.add_argument(
        "--limit",
        type=count,
        default=50,
        metavar="N",
        help=text("nhiều nhất bấy nhiêu hồ sơ (mặc định: 50)"),
    )
    json_option(found)

    shown = add("show", text("xem một hồ sơ"), _show)
    shown.add_argument("key", metavar="CODE", help=text("mã hồ sơ, như trên phiếu, hoặc mã định danh (id)"))
    json_option(shown)

    json_option(add("status", text("tình trạng của máy"), _status))

    json_option(add("verify", text("kiểm tra toàn bộ dữ liệu"), _verify))

    recovered = add("recover", text("đặt mật khẩu mới bằng mã khôi phục"), _recover)
    recovered.add_argument("--code-file", metavar="FILE", help=text("tệp chứa mã khôi phục 25 chữ số"))


def _officer_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role",
        default="officer",
        choices=("officer", "deputy"),
        help=text("vai trò: công chức, hoặc lãnh đạo duyệt phiên (mặc định: officer)"),
    )
    parser.add_argument("--name", default="", help=text("họ tên, in trên giấy tờ"))


def _register_session(commands: Commands, shared: argparse.ArgumentParser) -> None:
    parts = commands.add_parser("session", help=text("mở, đóng, xem các phiên"), parents=[shared])
    actions = parts.add_subparsers(required=True, metavar=text("LỆNH"))
    opened = actions.add_parser("open", help=text("mở phiên tại ấp, khóm"), parents=[shared])
    opened.add_argument("--hamlet", required=True, metavar="NAME", help=text("tên ấp, khóm hoặc cơ sở y tế"))
    opened.add_argument(
        "--kind",
        default="regular",
        choices=plan.KINDS,
        help=text("thường kỳ, cuối tuần, tại cơ sở y tế, ngoài giờ (mặc định: regular)"),
    )
    json_option(opened)
    opened.set_defaults(action=_session_open)
    closed = actions.add_parser("close", help=text("kết thúc phiên đang mở"), parents=[shared])
    closed.add_argument("--cash", type=int, metavar="VND", help=text("số đồng đếm được trong két"))
    closed.add_argument("--notes", metavar="500000x2,10000x3", help=text("tiền mặt theo mệnh giá và số tờ"))
    closed.add_argument(
        "--explain", default="", metavar="TEXT", help=text("giải thích khi tiền mặt khác số đã thu")
    )
    json_option(closed)
    closed.set_defaults(action=_session_close)
    listed = actions.add_parser("list", help=text("các phiên trên máy này"), parents=[shared])
    json_option(listed)
    listed.set_defaults(action=_session_list)
    plan.register(actions, [shared])


def _register_officer(commands: Commands, shared: argparse.ArgumentParser) -> None:
    parts = commands.add_parser("officer", help=text("cán bộ của máy này"), parents=[shared])
    actions = parts.add_subparsers(required=True, metavar=text("LỆNH"))
    added = actions.add_parser("add", help=text("thêm cán bộ"), parents=[shared])
    added.add_argument("login", metavar="LOGIN", help=text("tên đăng nhập của người mới"))
    _officer_options(added)
    added.add_argument(
        "--new-passphrase-file",
        metavar="FILE",
        help=text("tệp chứa mật khẩu của người mới (mặc định: tự tạo và in ra)"),
    )
    added.set_defaults(action=_officer_add)
    listed = actions.add_parser("list", help=text("danh sách cán bộ"), parents=[shared])
    json_option(listed)
    listed.set_defaults(action=_officer_list)
    known = actions.add_parser(
        "register", help=text("đăng ký khóa ký của mình ở trung tâm"), parents=[shared]
    )
    known.set_defaults(action=_officer_register)
    disabled = actions.add_parser("disable", help=text("ngừng quyền của một cán bộ"), parents=[shared])
    disabled.add_argument("login", metavar="LOGIN", help=text("tên đăng nhập"))
    disabled.set_defaults(action=_officer_disable)


def _init(args: argparse.Namespace) -> int:
    if not args.officer:
        raise Stop(USAGE, text("Cần --officer: tên đăng nhập của cán bộ đầu tiên."))
    folder = data_folder(args)
    with failures():
        desk, code = make(
            folder,
            unit=args.unit,
            agency=args.agency_id,
            login=args.officer,
            passphrase=passphrase(args),
            now=clock(args, practice=args.practice),
            practice=args.practice,
            role=args.role,
            name=args.name,
        )
        desk.close()
    say(text("Đã tạo dữ liệu trong {folder}.", folder=folder))
    say(text("Mã khôi phục (chỉ hiện một lần, hãy chép ra giấy và cất kỹ): {code}", code=grouped(code)))
    return DONE


def _session_open(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        session = desk.open_session(args.hamlet, args.kind).value
        return _tell_session(args, session)


def _session_close(args: argparse.Namespace) -> int:
    from mobile_reception.desk.day import close_json, closing_lines

    with signed_in(args) as desk:
        notes = _notes(args.notes)
        session = desk.close_session(args.cash, notes=notes, explained=args.explain).value
        found = desk.closing(session.id)
    if args.json:
        put(close_json(found))
    for look, sentence in closing_lines(found):
        say(f"{'!' if look else '·'} {sentence}")
    return DONE


def _notes(given: str | None) -> dict[int, int] | None:
    """``500000x2,10000x3`` as counts by worth. Raises Stop (65)."""
    if given is None:
        return None
    notes: dict[int, int] = {}
    for part in given.split(","):
        note, mark, count = part.strip().partition("x")
        if not (mark and note.isdecimal() and count.isdecimal()):
            raise Stop(
                BAD_DATA, text("Ghi mệnh giá và số tờ, ví dụ 500000x2,10000x3: {given}", given=part[:40])
            )
        notes[int(note)] = notes.get(int(note), 0) + int(count)
    return notes


def _tell_session(args: argparse.Namespace, session: Any) -> int:
    from mobile_reception.desk.reports import session_json

    for warning in session.warnings:
        say(warning)
    if args.json:
        put(session_json(session))
    else:
        say(
            text(
                "Phiên tại {hamlet}, ngày {day}: {dossiers} hồ sơ, {citizens} người nộp, {fees}.",
                hamlet=session.hamlet,
                day=day(session.day),
                dossiers=session.dossiers,
                citizens=session.citizens,
                fees=money(session.fees),
            )
        )
    return DONE


def _session_list(args: argparse.Namespace) -> int:
    from mobile_reception.desk.reports import session_json

    with signed_in(args) as desk:
        listed = desk.sessions()
        if args.json:
            put([session_json(session) for session in listed])
            return DONE
        for session in listed:
            _tell_session(args, session)
    return DONE


def _find(args: argparse.Namespace) -> int:
    from mobile_reception.desk.dossiers import line_json, words_for

    with signed_in(args) as desk:
        lines = desk.find(args.text, args.limit)
        if args.json:
            put([line_json(line) for line in lines])
            return DONE
        for line in lines:
            print(
                line.code,
                line.name,
                line.procedure_name,
                day(line.come_back),
                words_for(line.place),
                sep="\t",
            )
    return DONE


def _show(args: argparse.Namespace) -> int:
    from mobile_reception.desk.dossiers import view_json

    with signed_in(args) as desk:
        document = view_json(desk.dossier(args.key))
    if args.json:
        put(document)
    else:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    return DONE


def _status(args: argparse.Namespace) -> int:
    from mobile_reception.desk.reports import status_json

    with signed_in(args) as desk:
        document = status_json(desk.status())
    if args.json:
        put(document)
    else:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    return DONE


def _verify(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        found = desk.verify()
    if args.json:
        put({"ok": found.ok, "facts": found.facts, "problems": list(found.problems)})
    for problem in found.problems:
        say(problem)
    if found.ok:
        say(text("Dữ liệu nguyên vẹn: {facts} sự kiện.", facts=found.facts))
    return DONE if found.ok else DAMAGED


def _officer_add(args: argparse.Namespace) -> int:
    """Without a passphrase file one is made and printed as the last word, to be given by hand."""
    new = secrets.token_urlsafe(12)
    if args.new_passphrase_file:
        new = written_in(args.new_passphrase_file).rstrip("\r\n")
    with signed_in(args) as desk:
        desk.add_officer(args.login, args.role, new, args.name)
    if not args.new_passphrase_file:
        print(text("Mật khẩu của {login}: {passphrase}", login=args.login, passphrase=new))
    return DONE


def _officer_register(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        role = desk.register_key(passphrase(args)).value
        login = desk.me.login
    say(text("Trung tâm đã biết khóa ký của {login} (vai trò: {role}).", login=login, role=role))
    return DONE


def _officer_list(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        listed = [
            {"login": each.login, "name": each.name, "role": each.role, "enabled": each.enabled}
            for each in desk.officers()
        ]
    if args.json:
        put(listed)
    else:
        for each in listed:
            state = text("đang làm việc") if each["enabled"] else text("đã ngừng")
            print(each["login"], each["name"], each["role"], state, sep="\t")
    return DONE


def _officer_disable(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        desk.disable_officer(args.login)
    say(text("Đã ngừng quyền của {login}.", login=args.login))
    return DONE


def _recover(args: argparse.Namespace) -> int:
    from mobile_reception.desk.door import recover

    if not args.officer:
        raise Stop(USAGE, text("Cần --officer: cán bộ được đặt mật khẩu mới."))
    if args.code_file:
        code = written_in(args.code_file)
    else:
        code = secret(text("Mã khôi phục (25 chữ số): "), text("Chưa có mã khôi phục: dùng --code-file."))
    with failures():
        recover(data_folder(args), code, args.officer, passphrase(args))
    say(text("Đã đặt mật khẩu mới cho {login}.", login=args.officer))
    say(text("Khóa ký cũng mới: ai duyệt phiên thì đăng ký lại ở trung tâm («officer register»)."))
    return DONE
