"""The command line. Every command works without a screen; what is heavy is imported where it is needed."""

from __future__ import annotations

import argparse
import locale
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mobile_reception import __version__, words
from mobile_reception.commands import DONE, NOT_NOW, USAGE, Stop, clock, data_folder, say
from mobile_reception.commands.parser import Parser
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk import Door


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        words.use(_language(given))
        # Not as the parser's own defaults: commands share its options, and would put those back.
        nothing = argparse.Namespace(
            **dict.fromkeys(("data", "officer", "passphrase_file", "language", "now"))
        )
        args = _parser(every=not _opens_a_window(given)).parse_args(given, nothing)
        return int(args.action(args))
    except Stop as stop:
        say(str(stop))
        return stop.status
    except KeyboardInterrupt:
        return NOT_NOW
    except BrokenPipeError:
        # Whoever read our output has gone; what was durable is durable.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _language(given: list[str]) -> str:
    """``--language``, else the system's, else Vietnamese: known before the help texts are made."""
    for place, word in enumerate(given):
        if word.startswith("--language="):
            asked = word.partition("=")[2]
        elif word == "--language" and place + 1 < len(given):
            asked = given[place + 1]
        else:
            continue
        if asked not in words.LANGUAGES:
            raise Stop(USAGE, f"--language: {', '.join(words.LANGUAGES)}")
        return asked
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if not named and sys.platform == "win32":
        named = locale.getlocale()[0] or ""
    return "en" if named.lower().startswith("en") else "vi"


def _shared() -> argparse.ArgumentParser:
    """Options before or after the command: without a default, so that neither place hides the other."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--data", help=text("thư mục dữ liệu của máy"))
    shared.add_argument("--officer", help=text("tên đăng nhập của cán bộ"))
    shared.add_argument("--passphrase-file", help=text("tệp chứa mật khẩu"))
    shared.add_argument("--language", choices=words.LANGUAGES, help=text("ngôn ngữ"))
    shared.add_argument("--now", help=text("đặt đồng hồ của lệnh này (chỉ với dữ liệu thực hành)"))
    return shared


_VALUED = ("--data", "--officer", "--passphrase-file", "--language", "--now")


def _opens_a_window(given: list[str]) -> bool:
    """Whether no other command is meant: then nothing of the others stands before the first picture."""
    words_ = iter(given)
    for word in words_:
        if word in _VALUED:
            next(words_, None)
        elif not word.startswith(tuple(f"{option}=" for option in _VALUED)):
            return word == "window-worker"
    return True


def _parser(*, every: bool = True) -> argparse.ArgumentParser:
    """The parser of the command line; without ``every`` of what opens a window only."""
    shared = _shared()
    parser = Parser(
        prog="mobile-reception",
        description=text("Tiếp nhận hồ sơ lưu động tại ấp, khóm"),
        parents=[shared],
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(action=_window)
    commands: Any = parser.add_subparsers(metavar=text("LỆNH"))
    if every:
        from mobile_reception.commands import (
            acts,
            backups,
            bundles,
            centre,
            day,
            demo,
            files,
            laptop,
            receiving,
            results,
            review,
            road,
        )

        every_part = (laptop, receiving, acts, results, files, day, review, road, bundles, backups, demo)
        for part in (*every_part, centre):
            part.register(commands, shared)
    worker = commands.add_parser("window-worker", parents=[shared])
    worker.set_defaults(action=_worker)
    return parser


def _window(args: argparse.Namespace) -> int:
    from mobile_reception.app import open_window

    start = None
    if args.now:
        door = _door(args)
        start = clock(args, practice=door.practice)()
    return open_window(data_folder(args), args.language, start)


def _door(args: argparse.Namespace) -> Door:
    from mobile_reception.commands.sign_in import failures
    from mobile_reception.desk import peek

    with failures():
        return peek(data_folder(args))


def _worker(args: argparse.Namespace) -> int:
    from mobile_reception.app import work

    now = clock(args, practice=_door(args).practice) if args.now else clock(args, practice=False)
    return work(data_folder(args), args.language, now)


if __name__ == "__main__":
    raise SystemExit(main())
