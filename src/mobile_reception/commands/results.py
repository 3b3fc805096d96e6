"""Results on the laptop's command line: listed, taken along, handed over, brought back, posted, printed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_reception.commands import DONE, Commands, put, save, say
from mobile_reception.commands.parser import json_option, output_option, session_words, speech_option
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.dossier import results
from mobile_reception.words import iso, money, text

if TYPE_CHECKING:
    from mobile_reception.desk.results import ResultLine
    from mobile_reception.desk.table import Desk


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``results`` and what is below it."""
    group = commands.add_parser("results", help=text("kết quả mang đi trao tại phiên"), parents=[shared])
    verbs = group.add_subparsers(required=True, metavar=text("LỆNH"))

    def add(name: str, told: str, action: Any) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = verbs.add_parser(name, help=told, parents=[shared])
        parser.set_defaults(action=action)
        return parser

    told = text("mã hồ sơ, như trên phiếu")
    listed = add("list", text("các kết quả trên máy này, theo ấp và tên"), _list)
    listed.add_argument("text", nargs="?", default="", metavar="TEXT", help=text("chỉ những ai có chữ này"))
    listed.add_argument("--session", metavar="SESSION", help=session_words())
    json_option(listed)
    taken = add("take", text("nhận kết quả mang theo (bỏ trống mã: tất cả của phiên)"), _take)
    taken.add_argument("codes", nargs="*", metavar="CODE", help=told)
    taken.add_argument("--session", metavar="SESSION", help=session_words())
    json_option(taken)
    returned = add("return", text("mang về kết quả chưa trao"), _return)
    returned.add_argument("codes", nargs="+", metavar="CODE", help=told)
    returned.add_argument("--reason", required=True, help=text("vì sao chưa trao"))
    returned.add_argument(
        "--then",
        choices=results.THEN,
        default="next",
        help=text("sau đó: phiên sau, gửi bưu chính hoặc nhận tại trung tâm (mặc định: next)"),
    )
    json_option(returned)
    posted = add("post", text("đã gửi kết quả qua bưu chính"), _post)
    posted.add_argument("code", metavar="CODE", help=told)
    posted.add_argument("--tracking", required=True, metavar="CODE", help=text("mã vận đơn"))
    json_option(posted)
    for parser in (returned, posted):
        parser.add_argument("--recipient", metavar="NAME", help=text("gửi bưu chính: người nhận"))
        parser.add_argument("--address", help=text("gửi bưu chính: địa chỉ"))
        parser.add_argument(
            "--phone", default="", metavar="NUMBER", help=text("gửi bưu chính: số điện thoại người nhận")
        )
    printed = add("print", text("danh mục mang đi, mang về, gửi bưu chính (PDF)"), _print)
    printed.add_argument(
        "list",
        choices=("out", "back", "post"),
        metavar="LIST",
        help=text("out: mang đi; back: mang về; post: gửi bưu chính"),
    )
    printed.add_argument("--session", metavar="SESSION", help=session_words())
    printed.add_argument("--receiver", default="", metavar="NAME", help=text("người ký bên kia"))
    output_option(printed)
    speech_option(printed)


def receiving(parser: argparse.ArgumentParser) -> None:
    """The options that say who receives a result and how it was signed for."""
    parser.add_argument(
        "--relation", metavar="TEXT", help=text("quan hệ với chủ hồ sơ, khi không phải bản thân")
    )
    parser.add_argument("--personal-id", metavar="NUMBER", help=text("số giấy tờ tùy thân của người nhận"))
    parser.add_argument(
        "--id-kind",
        choices=results.ID_KINDS,
        default="cccd",
        help=text("loại giấy tờ tùy thân (mặc định: cccd)"),
    )
    parser.add_argument("--authorisation", metavar="TEXT", help=text("số, ngày giấy ủy quyền"))
    parser.add_argument(
        "--signed",
        choices=("paper", "mark"),
        default="paper",
        help=text("paper: ký trên giấy; mark: điểm chỉ (mặc định: paper)"),
    )
    parser.add_argument("--paid", type=int, default=0, metavar="VND", help=text("tiền thu khi trao"))


def carried(desk: Desk, code: str) -> bool:
    """Whether this is a result that was packed at the centre or taken along."""
    from mobile_reception.desk import NotFound

    try:
        return desk.result(code).place != "ready"
    except NotFound:
        return False


def hand_over(args: argparse.Namespace, desk: Desk) -> int:
    """``hand-over`` of a carried result."""
    from mobile_reception.desk.results import Receiver

    receiver = Receiver(
        name=args.to,
        relation=args.relation,
        personal_id=args.personal_id,
        id_kind=args.id_kind,
        authorisation=args.authorisation,
        signed=args.signed,
        paid=args.paid,
    )
    return _tell(args, (desk.hand_over_result(args.code, receiver).value,))


def _list(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        listed = desk.results(args.text, args.session)
        counts = desk.result_counts(args.session)
    if args.json:
        put([told(line) for line in listed])
        return DONE
    for line in listed:
        print(_shown(line))
    say(
        text(
            "Đang mang theo {on_board}; chờ nhận {waiting}; đã trao {handed_over}; mang về {returned}.",
            on_board=counts.on_board,
            waiting=counts.waiting,
            handed_over=counts.handed_over,
            returned=counts.returned,
        )
    )
    return DONE


def _take(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        taken = desk.take_results(args.codes or None, args.session).value
    say(text("Đã nhận mang theo {count} kết quả.", count=len(taken)))
    return _tell(args, taken, quiet=True)


def _return(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        returned = desk.return_results(args.codes, args.reason, args.then, _address(args)).value
    return _tell(args, returned)


def _post(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        line = desk.post_result(args.code, args.tracking, _address(args)).value
    return _tell(args, (line,))


def _print(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        pdf = desk.result_list(args.list, args.session, receiver=args.receiver, language=args.speech)
    path = Path(args.output or f"results-{args.list}.pdf")
    save(path, pdf)
    say(text("Đã lưu {file}.", file=path))
    return DONE


def _address(args: argparse.Namespace) -> results.Address | None:
    if not args.recipient or not args.address:
        return None
    return results.Address(args.recipient, args.address, args.phone)


def _tell(args: argparse.Namespace, lines: tuple[ResultLine, ...], *, quiet: bool = False) -> int:
    if args.json:
        put([told(line) for line in lines])
    elif not quiet:
        for line in lines:
            say(_shown(line))
    return DONE


def _shown(line: ResultLine) -> str:
    said = (
        line.hamlet,
        line.name,
        line.code,
        line.paper or line.procedure_name,
        money(line.to_pay) if line.to_pay else "",
        text("trao tận tay") if line.in_person else "",
        results.place_words(line.place),
        line.receiver or line.reason or "",
        line.difference,
        line.elsewhere,
    )
    return "  ".join(part for part in said if part)


def told(line: ResultLine) -> dict[str, Any]:
    """A result as JSON."""
    return {
        "id": line.id,
        "code": line.code,
        "name": line.name,
        "hamlet": line.hamlet,
        "procedure": line.procedure,
        "paper": line.paper,
        "number": line.number,
        "to_pay": line.to_pay,
        "in_person": line.in_person,
        "by_post": line.by_post,
        "session": line.session,
        "place": line.place,
        "since": iso(line.since or None),
        "receiver": line.receiver,
        "reason": line.reason,
        "then": line.then,
        "difference": line.difference or None,
        "elsewhere": line.elsewhere or None,
        "known": line.known,
        "times": line.times,
    }
