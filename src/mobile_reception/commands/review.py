"""The deputy director on the command line: reviews of sessions, sessions compared, what is due or missing."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta

from mobile_reception.commands import DONE, USAGE, Commands, Stop, a_day, in_order, put, say
from mobile_reception.commands.parser import day_options, json_option
from mobile_reception.commands.sign_in import signed_in
from mobile_reception.words import day, moment, money, text

_LIST = "list"
_ANSWER = "answer"
_OUTLOOK = "outlook"


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``review``: ``review SESSION …``, ``review list`` and ``review answer SESSION TEXT``."""
    parser = commands.add_parser("review", help=text("lãnh đạo duyệt phiên"), parents=[shared])
    parser.set_defaults(action=_review)
    parser.add_argument(
        "session",
        metavar="SESSION",
        help=text(
            "mã phiên; hoặc «list» (các phiên và ý kiến), «outlook» (đến hạn, còn thiếu), "
            "«answer PHIÊN CHỮ» (trả lời)"
        ),
    )
    parser.add_argument("more", nargs="*", metavar="…", help=argparse.SUPPRESS)
    parser.add_argument("--approve", action="store_true", help=text("duyệt phiên"))
    parser.add_argument("--return", dest="question", metavar="TEXT", help=text("trả lại kèm câu hỏi"))
    day_options(parser)
    json_option(parser)
    told = text("so sánh các phiên theo kỳ, ấp, thủ tục, cán bộ")
    _register_numbers(commands, shared)
    compared = commands.add_parser("compare", help=told, parents=[shared])
    compared.set_defaults(action=_compare)
    compared.add_argument(
        "--by",
        choices=("week", "month", "hamlet", "procedure", "officer"),
        default="week",
        help=text("theo tuần, tháng, ấp, thủ tục hay cán bộ (mặc định: week)"),
    )
    day_options(compared)
    json_option(compared)


def _register_numbers(commands: Commands, shared: argparse.ArgumentParser) -> None:
    numbers = commands.add_parser(
        "numbers", help=text("số đã dùng, bỏ và thiếu theo máy và ngày"), parents=[shared]
    )
    numbers.set_defaults(action=_numbers)
    day_options(numbers)
    json_option(numbers)


def _numbers(args: argparse.Namespace) -> int:
    from mobile_reception.desk.number_report import as_json

    with signed_in(args) as desk:
        last = a_day(args.last) if args.last else desk.today()
        first = a_day(args.first) if args.first else last - timedelta(days=30)
        in_order(first, last)
        found = desk.numbers(first, last)
    if args.json:
        put(as_json(found))
        return DONE
    for each in found:
        said = text(
            "{day}: {first} – {last}, dùng {used}, bỏ {void}, thiếu {missing}, phiếu tạm {provisional}",
            day=day(each.day),
            first=each.first or "–",
            last=each.last or "–",
            used=each.used,
            void=each.void,
            missing=", ".join(map(str, each.missing)) or 0,
            provisional=each.provisional,
        )
        print(each.origin, said, sep="\t")
    return DONE


def _review(args: argparse.Namespace) -> int:
    if args.session == _LIST and not args.more:
        return _listed(args)
    if args.session == _OUTLOOK and not args.more:
        return _outlook(args)
    if args.session == _ANSWER and len(args.more) == 2:
        return _answered(args, *args.more)
    if args.more or args.approve == (args.question is not None):
        raise Stop(USAGE, text("Chọn một trong hai: --approve, hoặc --return kèm câu hỏi."))
    from mobile_reception.desk.reviews import as_json, weight_words, words_for

    with signed_in(args) as desk:
        if args.approve:
            found = desk.approve(args.session).value
        else:
            found = desk.return_session(args.session, args.question).value
    if args.json:
        put(as_json(found))
    said = text(
        "{hamlet}, {day}: {stage}.",
        hamlet=found.session.hamlet,
        day=day(found.session.day),
        stage=words_for(found.stage),
    )
    say(said)
    if found.current is not None:
        say(weight_words(found.current))
    return DONE


def _answered(args: argparse.Namespace, session: str, words: str) -> int:
    from mobile_reception.desk.reviews import as_json, words_for

    with signed_in(args) as desk:
        found = desk.answer_review(session, words).value
    if args.json:
        put(as_json(found))
    say(words_for(found.stage))
    return DONE


def _listed(args: argparse.Namespace) -> int:
    from mobile_reception.desk.reviews import as_json, weight_words, words_for

    first, last = (a_day(given) if given else None for given in (args.first, args.last))
    in_order(first, last)
    with signed_in(args) as desk:
        listed = desk.reviews(first, last)
    if args.json:
        put([as_json(each) for each in listed])
        return DONE
    for each in listed:
        print(each.session.id, day(each.session.day), each.session.hamlet, words_for(each.stage), sep="\t")
        for weighed in each.reviews:
            said = weighed.said.question or ""
            print("", weighed.name, moment(_when(weighed.said.at)), said, weight_words(weighed), sep="\t")
        for answered in each.answers:
            who = each.names.get(answered.officer, answered.officer)
            print("", who, moment(_when(answered.at)), answered.words, sep="\t")
    return DONE


def _outlook(args: argparse.Namespace) -> int:
    from mobile_reception.desk.comparison import outlook_json

    with signed_in(args) as desk:
        found = desk.outlook()
    if args.json:
        put(outlook_json(found))
        return DONE
    print(text("Đến hạn trước phiên kế tiếp: {count}", count=len(found.due)))
    for line in found.due:
        print("", line.code, line.name, line.procedure_name, day(line.come_back), sep="\t")
    print(text("Chưa về đủ trung tâm: {count}", count=len(found.missing)))
    for each in found.missing:
        print("", day(each.day), each.hamlet, each.why, sep="\t")
    return DONE


def _compare(args: argparse.Namespace) -> int:
    """Without days: the last five weeks, twelve months for months, else the last three months."""
    from mobile_reception.desk.comparison import as_json

    with signed_in(args) as desk:
        last = a_day(args.last) if args.last else desk.today()
        spans = {"week": 34, "month": 364}
        first = a_day(args.first) if args.first else last - timedelta(days=spans.get(args.by, 91))
        in_order(first, last)
        found = desk.compare(first, last, args.by)
    if args.json:
        put(as_json(found))
        return DONE
    heads = (text("Hồ sơ"), text("Lượt người"), text("Phí, lệ phí"), text("Đúng hạn"), text("Hài lòng"))
    print("", *heads, sep="\t")
    for row in (*found.rows, found.total):
        on_time = "–" if row.on_time is None else f"{row.on_time / 10:.1f}% / {row.ended}"
        content = "–" if row.satisfied is None else f"{row.satisfied / 10:.1f}% / {row.rated}"
        citizens = "–" if row.citizens is None else row.citizens
        print(row.name, row.dossiers, citizens, money(row.fees), on_time, content, sep="\t")
    return DONE


def _when(at: str) -> datetime:
    return datetime.fromisoformat(at)
