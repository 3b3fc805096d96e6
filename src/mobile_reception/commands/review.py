"""Reviews of sessions on the command line: list, approve, return with a question, answer."""

from __future__ import annotations

import argparse
from datetime import datetime

from mobile_reception.commands import DONE, USAGE, Commands, Stop, a_day, put, say
from mobile_reception.commands.laptop import signed_in
from mobile_reception.words import day, moment, text

_LIST = "list"
_ANSWER = "answer"


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``review``: ``review SESSION …``, ``review list`` and ``review answer SESSION TEXT``."""
    parser = commands.add_parser("review", help=text("lãnh đạo duyệt phiên"), parents=[shared])
    parser.set_defaults(action=_review)
    parser.add_argument(
        "session", metavar="SESSION", help=text("mã phiên; hoặc «list», «answer SESSION CÂU-TRẢ-LỜI»")
    )
    parser.add_argument("more", nargs="*", metavar="…", help=argparse.SUPPRESS)
    parser.add_argument("--approve", action="store_true", help=text("duyệt"))
    parser.add_argument("--return", dest="question", metavar="TEXT", help=text("trả lại kèm câu hỏi"))
    parser.add_argument("--from", dest="first", metavar="YYYY-MM-DD")
    parser.add_argument("--to", dest="last", metavar="YYYY-MM-DD")
    parser.add_argument("--json", action="store_true")


def _review(args: argparse.Namespace) -> int:
    if args.session == _LIST and not args.more:
        return _listed(args)
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
            print("", answered.officer, moment(_when(answered.at)), answered.words, sep="\t")
    return DONE


def _when(at: str) -> datetime:
    return datetime.fromisoformat(at)
