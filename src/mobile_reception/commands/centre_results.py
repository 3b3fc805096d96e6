"""Results at the centre's command line: packed for a session or the post, listed, printed, posted."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_reception.commands import BAD_DATA, DONE, PARTLY, USAGE, Stop, put, save, say, unreadable
from mobile_reception.commands.centre_plan import unit_heading
from mobile_reception.commands.ledgers import now_of, opened, unit_of
from mobile_reception.commands.parser import json_option, output_option, speech_option, unit_option
from mobile_reception.dossier import results
from mobile_reception.words import VIETNAM, day, iso, money, speaking, text, weekday

if TYPE_CHECKING:
    from mobile_reception.centre.ledger import Ledger
    from mobile_reception.centre.results import Packed, ResultLine


def register(below: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add ``results`` below ``centre``."""
    group = below.add_parser("results", help=text("kết quả: đóng gói cho phiên hoặc gửi bưu chính"))
    verbs = group.add_subparsers(dest="results_command", required=True, metavar=text("LỆNH"))

    def add(name: str, told: str, action: Any) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = verbs.add_parser(name, help=told, parents=parents)
        unit_option(parser)
        parser.set_defaults(action=action)
        return parser

    packed = add("pack", text("đóng gói kết quả từ tệp hoặc theo mã hồ sơ"), _pack)
    packed.add_argument("what", nargs="*", metavar="FILE|CODE", help=text("tệp CSV, XLSX, hoặc mã hồ sơ"))
    packed.add_argument("--returned", action="store_true", help=text("cả kết quả mang về hẹn phiên sau"))
    where = packed.add_mutually_exclusive_group(required=True)
    where.add_argument("--session", metavar="SESSION", help=text("phiên đã lên lịch"))
    where.add_argument("--post", action="store_true", help=text("gửi bưu chính"))
    json_option(packed)
    unpacked = add("unpack", text("rút kết quả khỏi danh mục"), _unpack)
    unpacked.add_argument("codes", nargs="+", metavar="CODE", help=text("mã hồ sơ, như trên phiếu"))
    listed = add("list", text("các kết quả đã đóng gói"), _list)
    listed.add_argument("--session", metavar="SESSION", help=text("chỉ của phiên này"))
    listed.add_argument("--post", action="store_true", help=text("chỉ những gì gửi bưu chính"))
    json_option(listed)
    posted = add("post", text("đã gửi một kết quả qua bưu chính"), _post)
    posted.add_argument("code", metavar="CODE", help=text("mã hồ sơ, như trên phiếu"))
    posted.add_argument("--tracking", required=True, metavar="CODE", help=text("mã vận đơn"))
    told = add("notify", text("tin nhắn báo có kết quả, thành tệp CSV cho hệ thống của tỉnh"), _notify)
    told.add_argument("--session", metavar="SESSION", required=True, help=text("phiên đã lên lịch"))
    output_option(told, required=True, help=text("ghi vào tệp này"))
    printed = add("print", text("danh mục mang đi, danh sách bưu chính, phiếu gửi (PDF)"), _print)
    printed.add_argument(
        "list",
        choices=("out", "post", "slip"),
        metavar="LIST",
        help=text("out: mang đi; post: gửi bưu chính; slip: phiếu gửi của một hồ sơ"),
    )
    printed.add_argument("code", nargs="?", metavar="CODE", help=text("mã hồ sơ, cho phiếu gửi"))
    printed.add_argument("--session", metavar="SESSION", help=text("phiên đã lên lịch"))
    printed.add_argument("--receiver", default="", metavar="NAME", help=text("người ký bên kia"))
    output_option(printed)
    speech_option(printed)


def _why(code: str) -> str:
    """Why a line was not packed, in a sentence."""
    known: dict[str, Callable[[], str]] = {
        "no_code": lambda: text("không có mã hồ sơ"),
        "ambiguous_code": lambda: text("hai hồ sơ cùng mã"),
        "unreadable": lambda: text("có chữ không đọc được"),
        "no_name": lambda: text("trung tâm chưa có hồ sơ này: cần họ tên"),
        "amount": lambda: text("số tiền không đúng"),
        "delivered": lambda: text("đã trao hoặc đã gửi"),
        "status": lambda: text("hồ sơ đang ở tình trạng không có kết quả để trao"),
        "in_person": lambda: text("phải trao trực tiếp, không gửi bưu chính"),
        "no_address": lambda: text("cần địa chỉ người nhận"),
        "not_packed": lambda: text("không có trong danh mục"),
    }
    return known[code]() if code in known else code


def _officer(args: argparse.Namespace) -> str:
    if not args.officer:
        raise Stop(USAGE, text("Cần --officer: ai đóng gói kết quả."))
    return str(args.officer)


def _pack(args: argparse.Namespace) -> int:
    from mobile_reception.centre.results import POST

    officer = _officer(args)
    lines: list[dict[str, Any]] = []
    answers: list[tuple[str, Packed]] = []
    wrong = 0
    for what in args.what:
        path = Path(what)
        if path.suffix.lower() in (".csv", ".xlsx", ".json", ".jsonl") or path.is_file():
            found, bad = _read(path)
            lines += found
            wrong += bad
        else:
            lines.append({"code": what})
    with opened(args) as ledger:
        unit = unit_of(args, ledger)
        if args.returned:
            lines += [{"code": code} for code in ledger.results.returned(unit)]
        packed = ledger.results.pack(
            unit,
            lines,
            POST if args.post else args.session,
            ledger.register.catalogue(unit),
            officer=officer,
            now=now_of(args, ledger),
        )
        answers = [(line.get("name") or "", answer) for line, answer in zip(lines, packed, strict=True)]
    for _, answer in answers:
        if args.json:
            put({"code": answer.code, "state": answer.state, "id": answer.subject, "why": answer.why or None})
        if answer.state == "refused":
            say(f"{answer.code or '?'}: {_why(answer.why)}")
    refused = sum(answer.state == "refused" for _, answer in answers)
    say(
        text(
            "Đã đóng gói {count} kết quả; {refused} không được.",
            count=len(answers) - refused,
            refused=refused + wrong,
        )
    )
    return PARTLY if refused + wrong else DONE


def _read(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a file, and how many of it could not be read. Raises Stop."""
    from mobile_reception.papers.sheets import NotASheet, Unreadable, read_packing

    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    if path.suffix.lower() in (".json", ".jsonl"):
        return _json_lines(path, data)
    try:
        rows = read_packing(data, path.name)
    except NotASheet as error:
        raise Stop(BAD_DATA, str(error)) from error
    lines, wrong = [], 0
    for number, row in rows:
        if isinstance(row, Unreadable):
            wrong += 1
            for problem in row.problems:
                say(text("Dòng {number}: {why}", number=number, why=f"{problem.field}: {problem.message}"))
        else:
            lines.append(row)
    return lines, wrong


def _json_lines(path: Path, data: bytes) -> tuple[list[dict[str, Any]], int]:
    lines, wrong = [], 0
    for number, written in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not written.strip():
            continue
        try:
            line = json.loads(written)
        except (ValueError, RecursionError):
            line = None
        if isinstance(line, dict):
            lines.append(line)
        else:
            wrong += 1
            say(text("Dòng {number}: {why}", number=number, why=path.name))
    return lines, wrong


def _unpack(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        answers = ledger.results.unpack(
            unit_of(args, ledger), args.codes, officer=_officer(args), now=now_of(args, ledger)
        )
    for answer in answers:
        said = _why(answer.why) if answer.state == "refused" else text("đã rút khỏi danh mục")
        say(f"{answer.code}: {said}")
    return PARTLY if any(answer.state == "refused" for answer in answers) else DONE


def _list(args: argparse.Namespace) -> int:
    from mobile_reception.centre.results import POST

    with opened(args) as ledger:
        listed = ledger.results.listed(unit_of(args, ledger), POST if args.post else args.session)
    if args.json:
        put([_told(line) for line in listed])
        return DONE
    for line in listed:
        card = line.card
        said = (
            card.hamlet,
            card.name,
            card.code,
            card.paper,
            money(card.to_pay) if card.to_pay else "",
            results.place_words(line.place),
            line.ending or "",
            text("TRAO HAI LẦN") if line.endings > 1 else "",
        )
        print("  ".join(part for part in said if part))
    return DONE


def _told(line: ResultLine) -> dict[str, Any]:
    return {
        "id": line.subject,
        **results.card_json(line.card),
        "place": line.place,
        "since": iso(line.since),
        "device": line.device,
        "ending": line.ending,
        "times": line.endings,
    }


def _post(args: argparse.Namespace) -> int:
    with opened(args) as ledger:
        line = ledger.results.posted(
            unit_of(args, ledger),
            args.code,
            args.tracking,
            officer=_officer(args),
            now=now_of(args, ledger),
        )
    say(text("Đã ghi gửi bưu chính: {code}, {ending}.", code=line.card.code, ending=line.ending or ""))
    return DONE


def _notify(args: argparse.Namespace) -> int:
    """The file first, the record of it after: a message too many is better than one that never went."""
    import csv
    import io

    officer = _officer(args)
    with opened(args) as ledger:
        unit = unit_of(args, ledger)
        notices = ledger.results.to_notify(unit, args.session)
        out = io.StringIO(newline="")
        lines = csv.writer(out)
        lines.writerow(("so_dien_thoai", "noi_dung"))
        lines.writerows((each.phone, each.words) for each in notices)
        save(Path(args.output), out.getvalue().encode())
        ledger.results.notified(unit, args.session, notices, officer=officer, now=now_of(args, ledger))
    say(
        text(
            "{count} tin nhắn trong {file}; mỗi người một tin cho mỗi phiên.",
            count=len(notices),
            file=args.output,
        )
    )
    return DONE


def _print(args: argparse.Namespace) -> int:
    with opened(args) as ledger, speaking(args.speech):
        name, pdf = _paper(args, ledger)
    path = Path(args.output or name)
    save(path, pdf)
    say(text("Đã lưu {file}.", file=path))
    return DONE


def _paper(args: argparse.Namespace, ledger: Ledger) -> tuple[str, bytes]:
    from mobile_reception.centre.results import POST

    code = unit_of(args, ledger)
    unit = next(each for each in ledger.register.units() if each.code == code)
    head = unit_heading(unit.name)
    if args.list == "out":
        if args.session is None:
            raise Stop(USAGE, text("Cần --session: danh mục mang đi của phiên nào."))
        return "results-out.pdf", _out(args, ledger, head, ledger.results.listed(code, args.session))
    listed = [line for line in ledger.results.listed(code, POST) if line.card.post is not None]
    if args.list == "slip":
        chosen = [line for line in listed if line.card.code == args.code]
        if not chosen:
            raise Stop(BAD_DATA, text("Kết quả này chưa có địa chỉ gửi bưu chính."))
        return f"{args.code}-post.pdf", _slip(args, ledger, head, chosen[0])
    return "post-list.pdf", _post_list(args, ledger, head, listed)


def _out(
    args: argparse.Namespace, ledger: Ledger, head: dict[str, str], listed: Sequence[ResultLine]
) -> bytes:
    from mobile_reception.papers import manifests

    session = ledger.plans.session(unit_of(args, ledger), args.session)
    values = manifests.OutValues(
        **head,
        at=now_of(args, ledger).astimezone(VIETNAM),
        trip=f"{session.hamlet}, {weekday(session.day)} {day(session.day)}",
        giver=args.officer or "",
        receiver=args.receiver,
        rows=tuple(
            manifests.OutRow(
                code=line.card.code,
                name=line.card.name,
                hamlet=line.card.hamlet,
                result=line.card.paper,
                to_pay=line.card.to_pay,
                note=text("trao tận tay") if line.card.in_person else "",
            )
            for line in listed
        ),
    )
    return manifests.results_out(values, language=args.speech)


def _post_list(
    args: argparse.Namespace, ledger: Ledger, head: dict[str, str], listed: Sequence[ResultLine]
) -> bytes:
    from mobile_reception.papers import manifests

    rows = []
    for line in listed:
        post = line.card.post
        if post is not None:
            rows.append(
                manifests.PostRow(
                    code=line.card.code,
                    recipient=post.recipient,
                    address=post.address,
                    phone=post.phone,
                    result=line.card.paper,
                    to_pay=line.card.to_pay,
                    tracking=(line.ending or "").partition(" · ")[0] if line.place == "posted" else "",
                )
            )
    values = manifests.PostListValues(
        **head,
        printed_on=now_of(args, ledger).astimezone(VIETNAM).date(),
        giver=args.officer or "",
        rows=tuple(rows),
    )
    return manifests.post_list(values, language=args.speech)


def _slip(args: argparse.Namespace, ledger: Ledger, head: dict[str, Any], line: ResultLine) -> bytes:
    from mobile_reception.papers import manifests

    card, post = line.card, line.card.post
    assert post is not None
    catalogue = ledger.register.catalogue(unit_of(args, ledger))
    request = catalogue.procedure(card.procedure).name if card.procedure in catalogue else card.procedure
    values = manifests.PostSlipValues(
        **head,
        code=card.code,
        at=now_of(args, ledger).astimezone(VIETNAM),
        request=request,
        owner_name=card.name,
        qr_text=card.code,
        recipient=post.recipient,
        address=post.address,
        phone=post.phone or None,
        result=card.paper,
        to_pay=card.to_pay,
        tracking=(line.ending or "").partition(" · ")[0] or None if line.place == "posted" else None,
        sender=args.officer or "",
    )
    return manifests.post_slip(values, language=args.speech)
