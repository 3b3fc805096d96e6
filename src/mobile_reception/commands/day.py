"""The day of a session on the command line: services, ratings, the summary, readiness."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from mobile_reception.commands import BAD_DATA, DONE, Commands, Stop, days, put, save, say
from mobile_reception.commands.parser import (
    choices_words,
    day_options,
    json_option,
    output_option,
    session_words,
    speech_option,
)
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.dossier import service
from mobile_reception.words import iso, money, text

Action = Callable[[argparse.Namespace], int]


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the commands of a session's day."""

    def add(name: str, told: str, action: Action) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=told, parents=[shared])
        parser.set_defaults(action=action)
        json_option(parser)
        return parser

    _register_service(commands, shared)

    rated = add("rate", text("ghi mức độ hài lòng của người dân"), _rate)
    rated.add_argument("code", nargs="?", help=text("mã hồ sơ; bỏ trống: phiếu không ghi tên, về cả phiên"))
    rated.add_argument(
        "level",
        choices=service.LEVELS,
        metavar="LEVEL",
        help=choices_words(service.LEVELS, service.level_words),
    )
    rated.add_argument("--reason", default="", help=text("vì sao không hài lòng, theo lời của người dân"))
    rated.add_argument("--proxy", action="store_true", help=text("hỏi hộ"))
    rated.add_argument("--session", help=session_words())

    noted = add("incident", text("ghi một sự cố hoặc phản ánh của phiên"), _incident)
    noted.add_argument(
        "kind",
        choices=service.INCIDENTS,
        metavar="KIND",
        help=choices_words(service.INCIDENTS, service.incident_words),
    )
    noted.add_argument("--note", default="", metavar="TEXT", help=text("chuyện gì đã xảy ra"))
    noted.add_argument("--session", help=session_words())

    add("doctor", text("sẵn sàng lên đường: pin, đĩa, máy in, số, đồng hồ, sao lưu"), _doctor)

    summed = commands.add_parser("summary", help=text("tổng hợp một phiên"), parents=[shared])
    summed.set_defaults(action=_summary)
    summed.add_argument("session", nargs="?", metavar="SESSION", help=session_words())
    summed.add_argument(
        "--format",
        choices=("json", "pdf", "xlsx"),
        default="json",
        help=text("json in ra đầu ra chuẩn, pdf và xlsx thành tệp (mặc định: json)"),
    )
    output_option(summed)
    speech_option(summed)


def _register_service(commands: Commands, shared: argparse.ArgumentParser) -> None:
    parts = commands.add_parser("service", help=text("hỗ trợ miễn phí cho người dân"), parents=[shared])
    actions = parts.add_subparsers(required=True, metavar=text("LỆNH"))

    def add(name: str, told: str, action: Action) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(name, help=told, parents=[shared])
        parser.set_defaults(action=action)
        json_option(parser)
        return parser

    added = add("add", text("ghi một lần hỗ trợ"), _service_add)
    kinds = choices_words(service.SERVICES, service.service_words)
    added.add_argument("kind", choices=service.SERVICES, metavar="KIND", help=kinds)
    added.add_argument(
        "--quantity",
        type=int,
        default=1,
        metavar="N",
        help=text("số lần, số bộ; số âm là bớt đi (mặc định: 1)"),
    )
    added.add_argument("--pages", type=int, metavar="N", help=text("số trang"))
    added.add_argument("--note", default="", metavar="TEXT", help=text("ghi chú"))
    added.add_argument("--session", help=session_words())
    totals = add("totals", text("tổng hỗ trợ theo ngày, tháng, năm"), _service_totals)
    day_options(totals, required=True)
    priced = add(
        "price", text("đơn giá thị trường của từng loại hỗ trợ: xem, hoặc đặt cho một loại"), _service_price
    )
    priced.add_argument("kind", nargs="?", choices=service.SERVICES, metavar="KIND", help=kinds)
    amount = text("số đồng cho một lần, một bộ (bỏ trống: chỉ xem)")
    priced.add_argument("amount", nargs="?", type=int, metavar="VND", help=amount)


def _service_add(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        given = desk.provide_service(
            args.kind, args.quantity, pages=args.pages, note=args.note, session=args.session
        ).value
    if args.json:
        put(
            {
                "id": given.fact,
                "kind": given.kind,
                "quantity": given.quantity,
                "price": given.price,
                "saved": given.saved,
            }
        )
    said = text(
        "{service}: {quantity}; tiết kiệm cho người dân {saved}.",
        service=service.service_words(given.kind),
        quantity=given.quantity,
        saved=money(given.saved),
    )
    say(said)
    if not given.price:
        say(text("Chưa đặt đơn giá cho loại này: dùng «service price»."))
    return DONE


def _service_totals(args: argparse.Namespace) -> int:
    from mobile_reception.desk.day import totals_json

    first, last = days(args)
    with signed_in(args) as desk:
        totals = desk.service_totals(first, last)
    if args.json:
        put(totals_json(totals))
        return DONE
    for kind, given in totals.total.items():
        print(service.service_words(kind), given.quantity, money(given.saved), sep="\t")
    print(text("Tổng tiết kiệm"), "", money(totals.saved), sep="\t")
    return DONE


def _service_price(args: argparse.Namespace) -> int:
    setting = args.amount is not None
    if setting and not 0 <= args.amount <= service.MOST_PRICE:
        raise Stop(BAD_DATA, text("Đơn giá phải là số đồng nguyên, không âm."))
    with signed_in(args) as desk:
        prices = desk.set_service_price(args.kind, args.amount).value if setting else desk.service_prices()
    if args.json:
        put(prices)
    for kind in [args.kind] if args.kind else service.SERVICES:
        say(f"{service.service_words(kind)}: {money(prices[kind])}")
    return DONE


def _rate(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        if args.code is None:
            desk.rate_session(args.level, args.reason, proxy=args.proxy, session=args.session)
        else:
            desk.rate(args.code, args.level, args.reason, proxy=args.proxy)
    if args.json:
        put({"code": args.code, "level": args.level, "reason": args.reason or None, "proxy": args.proxy})
    say(text("Đã ghi: {level}.", level=service.level_words(args.level)))
    return DONE


def _incident(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        told = desk.note_incident(args.kind, args.note, session=args.session).value
    if args.json:
        noted = (*told.incidents, *told.complaints)
        put([{"kind": each.kind, "at": iso(each.at), "note": each.note} for each in noted])
    say(text("Đã ghi vào phiên: {what}.", what=service.incident_words(args.kind)))
    return DONE


def _summary(args: argparse.Namespace) -> int:
    with signed_in(args) as desk:
        session = desk.session_summary(args.session).session
        if args.format == "pdf":
            made = desk.summary_pdf(session.id, args.speech)
        elif args.format == "xlsx":
            made = desk.summary_sheet(session.id, args.speech)
        else:
            document = desk.summary(session.id)
            made = (json.dumps(document, ensure_ascii=False) + "\n").encode()
            if not args.output:
                put(document)
                return DONE
    path = Path(args.output or f"summary-{session.day.isoformat()}.{args.format}")
    save(path, made)
    say(text("Đã lưu {file}.", file=path))
    return DONE


def _doctor(args: argparse.Namespace) -> int:
    """Answers with 0 whatever it finds: what is red is in the answer."""
    from mobile_reception.desk.readiness import as_json

    with signed_in(args) as desk:
        checks = desk.ready_to_go()
    if args.json:
        put(as_json(checks))
        return DONE
    signs = {"good": "✓", "look": "!", "bad": "✗", "unknown": "?"}
    for each in checks:
        print(signs[each.state], f"{each.title}:", each.found, each.advice)
    return DONE
