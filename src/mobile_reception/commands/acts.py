"""The acts of the table on the command line, and the papers that tell them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mobile_reception.commands import (
    BAD_DATA,
    DONE,
    PARTLY,
    Commands,
    Stop,
    a_day,
    days,
    put,
    results,
    save,
    say,
)
from mobile_reception.commands.parser import (
    day_options,
    json_option,
    output_option,
    session_words,
    speech_option,
)
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.desk import PAPERS, DossierView, Refused
from mobile_reception.words import day, iso, money, text

Action = Callable[[argparse.Namespace], int]

_WHOLE = ("copies",)
_JSON = ("papers", "answers", "notify_sms")


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the acts and the papers."""

    def add(name: str, told: str, action: Action, **needed: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=told, parents=[shared])
        parser.set_defaults(action=action)
        parser.add_argument("code", metavar="CODE", help=text("mã hồ sơ, như trên phiếu"))
        for option, said in needed.items():
            parser.add_argument(f"--{option}", required=True, help=said)
        json_option(parser)
        return parser

    reason = text("lý do, ghi vào lịch sử của hồ sơ")
    amended = add("amend", text("sửa thông tin một hồ sơ"), _amend, reason=reason)
    amended.add_argument(
        "--set",
        action="append",
        required=True,
        metavar="FIELD=VALUE",
        dest="changes",
        help=text(
            "trường như trong tệp của «receive», ví dụ submitter.phone=0912345678; «null» là bỏ trống; "
            "dùng được nhiều lần"
        ),
    )
    printed = text("lý do, in trên phiếu và ghi vào lịch sử")
    asked = add("supplement", text("yêu cầu bổ sung giấy tờ"), _supplement, reason=printed)
    asked.add_argument(
        "--paper",
        action="extend",
        nargs="+",
        required=True,
        dest="papers",
        metavar="TEXT",
        help=text("giấy tờ cần bổ sung; nhiều giấy tờ thì ghi liền nhau, hoặc dùng nhiều lần"),
    )
    add("supplemented", text("giấy tờ bổ sung đã đến"), _supplemented)
    add("refuse", text("từ chối tiếp nhận"), _refuse, reason=printed)
    add("withdraw", text("người dân rút hồ sơ"), _withdraw, reason=reason)
    add("stop", text("dừng xử lý"), _stop, reason=printed, basis=text("căn cứ pháp lý để dừng"))
    put_off = add("extend", text("xin lỗi và hẹn lại ngày trả"), _extend, reason=printed)
    put_off.add_argument("--until", required=True, metavar="YYYY-MM-DD", help=text("ngày hẹn mới"))
    add("hand-on", text("bàn giao cho bộ phận xử lý"), _hand_on, section=text("bộ phận nhận hồ sơ"))
    given = add("hand-over", text("trả kết quả"), _hand_over)
    given.add_argument("--to", required=True, metavar="NAME", help=text("họ tên người nhận"))
    results.receiving(given)
    collected = add("collect", text("ghi tiền đã thu"), _collect)
    collected.add_argument("--amount", type=int, required=True, metavar="VND", help=text("số đồng đã thu"))
    collected.add_argument("--receipt", default="", metavar="NUMBER", help=text("số biên lai"))
    _register_papers(commands, shared)


def _register_papers(commands: Commands, shared: argparse.ArgumentParser) -> None:
    def add(name: str, told: str, action: Action) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=told, parents=[shared])
        parser.set_defaults(action=action)
        return parser

    paper = add("paper", text("làm giấy tờ của một hồ sơ (PDF)"), _paper)
    paper.add_argument(
        "kind",
        choices=PAPERS,
        metavar="KIND",
        help=text("loại giấy tờ: {kinds}", kinds=", ".join(PAPERS)),
    )
    paper.add_argument("code", metavar="CODE", help=text("mã hồ sơ, như trên phiếu"))
    paper.add_argument("--size", choices=("A4", "A5"), default="A4", help=text("khổ giấy (mặc định: A4)"))
    book = add("register", text("sổ theo dõi hồ sơ (Mẫu 07)"), _book)
    day_options(book, required=True)
    together = add("receipt-list", text("một phiếu cho nhiều hồ sơ của một người"), _together)
    together.add_argument("codes", nargs="+", metavar="CODE", help=text("mã các hồ sơ"))
    record = add("certifications", text("sổ chứng thực"), _record)
    day_options(record, required=True)
    listed = add("session-list", text("danh sách hồ sơ của một phiên"), _session_list)
    listed.add_argument("session", nargs="?", metavar="SESSION", help=session_words())
    posted = add("posting", text("bảng niêm yết thủ tục, phí và lệ phí"), _posting)
    posted.add_argument("--sheet", metavar="CODE", help=text("tờ riêng của một thủ tục: mã thủ tục"))
    posted.add_argument("--fees", action="store_true", help=text("chỉ bảng phí, lệ phí"))
    for parser in (paper, book, together, record, listed, posted):
        output_option(parser)
        speech_option(parser)
    checked = add("receipt-check", text("kiểm tra mã QR của một phiếu, không cần mạng"), _check)
    checked.add_argument("text", metavar="TEXT", help=text("chữ mà máy quét đọc được từ mã QR"))
    json_option(checked)


def _tell(args: argparse.Namespace, view: DossierView) -> int:
    from mobile_reception.desk.dossiers import view_json
    from mobile_reception.dossier.lifecycle import status_words

    if args.json:
        put(view_json(view))
    else:
        say(text("{code}: {status}.", code=view.state.code, status=status_words(view.state.status)))
    return DONE


def _amend(args: argparse.Namespace) -> int:
    changes = dict(_change(written) for written in args.changes)
    with signed_in(args) as desk:
        answer = desk.amend(args.code, changes, args.reason).value
        if not isinstance(answer, Refused):
            return _tell(args, answer)
    problems = [{"field": each.field, "message": each.message} for each in answer.problems]
    if args.json:
        put({"state": "refused", "problems": problems})
    for problem in problems:
        say(f"{problem['field']}: {problem['message']}")
    return PARTLY


def _change(written: str) -> tuple[str, Any]:
    """A field and its value: text as it stands, ``null`` for nothing, JSON where a field needs it."""
    name, equals, value = written.partition("=")
    if not equals:
        raise Stop(BAD_DATA, text("Cần dạng trường=giá trị: {given}", given=written[:60]))
    if value == "null":
        return name, None
    if name in _WHOLE or name.partition(".")[0] in _JSON:
        try:
            return name, json.loads(value)
        except (ValueError, RecursionError) as error:
            raise Stop(BAD_DATA, text("«{field}» cần một giá trị JSON.", field=name)) from error
    return name, value


def _supplement(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.supplement(args.code, args.papers, args.reason).value)


def _supplemented(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.supplemented(args.code).value)


def _refuse(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.refuse(args.code, args.reason).value)


def _withdraw(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.withdraw(args.code, args.reason).value)


def _stop(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.stop(args.code, args.reason, args.basis).value)


def _extend(args: argparse.Namespace) -> int:
    until = a_day(args.until)
    with signed_in(args) as desk:
        return _tell(args, desk.extend(args.code, until, args.reason).value)


def _hand_on(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.hand_on(args.code, args.section).value)


def _hand_over(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        if results.carried(desk, args.code):
            return results.hand_over(args, desk)
        given = desk.hand_over(args.code, args.to, relation=args.relation, number=args.personal_id)
        return _tell(args, given.value)


def _collect(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        return _tell(args, desk.collect(args.code, args.amount, args.receipt).value)


def _paper(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        pdf = desk.paper(args.kind, args.code, args.size, args.speech)
        code = args.code if results.carried(desk, args.code) else desk.dossier(args.code).state.code
    code = code or args.code
    name = f"{code}.pdf" if args.kind == "receipt" else f"{code}-{args.kind}.pdf"
    return _kept(args, name, pdf)


def _book(args: argparse.Namespace) -> int:
    first, last = days(args)
    with signed_in(args) as desk:
        pdf = desk.register(first, last, args.speech)
    return _kept(args, f"register-{first}-{last}.pdf", pdf)


def _together(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        pdf = desk.receipt_list(args.codes, args.speech)
    return _kept(args, f"{args.codes[0]}-list.pdf", pdf)


def _record(args: argparse.Namespace) -> int:
    first, last = days(args)
    with signed_in(args) as desk:
        pdf = desk.certifications(first, last, args.speech)
    return _kept(args, f"certifications-{first}-{last}.pdf", pdf)


def _session_list(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        pdf = desk.session_list(args.session, args.speech)
    return _kept(args, "session-list.pdf", pdf)


def _posting(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        pdf = desk.posting(args.sheet, fees=args.fees, language=args.speech)
        covered, total = desk.qr_coverage()
    say(
        text(
            "Có mã QR: {covered}/{total} thủ tục ({percent} %).",
            covered=covered,
            total=total,
            percent=100 * covered // total,
        )
    )
    return _kept(args, f"posting-{args.sheet or ('fees' if args.fees else 'board')}.pdf", pdf)


def _check(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        found = desk.check_receipt(args.text)
    verdicts = {
        "good": text("Phiếu thật, do máy của trung tâm này ký."),
        "unknown_laptop": text("Không rõ máy nào đã ký phiếu này."),
        "forged": text("Phiếu giả hoặc đã bị sửa."),
        "revoked": text("Máy ký phiếu này đã bị thu hồi."),
        "unreadable": text("Không phải mã QR của phiếu tiếp nhận có chữ ký."),
    }
    body = found.body
    if args.json:
        told = (
            {}
            if body is None
            else {
                "code": body.code,
                "issued": iso(body.issued),
                "due": body.due.isoformat(),
                "fee": body.fee,
                "procedure": body.procedure,
            }
        )
        put({"verdict": found.verdict, "device": found.device, **told})
    say(verdicts[found.verdict])
    if body is not None and found.verdict == "good":
        say(f"{body.code} · {body.procedure} · {day(body.due)} · {money(body.fee)}")
    return DONE if found.verdict == "good" else PARTLY


def _kept(args: argparse.Namespace, name: str, pdf: bytes) -> int:
    path = Path(args.output) if args.output else Path(name)
    save(path, pdf)
    say(text("Đã lưu {file}.", file=path))
    return DONE
