"""The command line. Every command works without a screen; what is heavy is imported where it is needed."""

from __future__ import annotations

import contextlib
import signal

# Ctrl+C while the modules below are read ends the program as quietly as later, without a traceback of theirs.
_told = signal.getsignal(signal.SIGINT)
if _told is signal.default_int_handler:
    with contextlib.suppress(ValueError):  # a program of threads that imports this one
        signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mobile_reception import __version__, words
from mobile_reception.commands import (
    CANNOT_WRITE,
    DONE,
    NOT_NOW,
    USAGE,
    Stop,
    clock,
    data_folder,
    display,
    say,
)
from mobile_reception.commands.parser import Parser, shared_title
from mobile_reception.words import text, why

if TYPE_CHECKING:
    from mobile_reception.desk import Door

if _told is signal.default_int_handler:
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, _told)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    try:
        _streams()
        given = list(sys.argv[1:] if argv is None else argv)
        words.use(_language(given))
        # Not as the parser's own defaults: commands share its options, and would put those back.
        nothing = argparse.Namespace(
            **dict.fromkeys(("data", "officer", "passphrase_file", "language", "now"))
        )
        args = _parser(every=not _opens_a_window(given)).parse_args(given, nothing)
        status = int(args.action(args))
        sys.stdout.flush()
    except Stop as stop:
        say(str(stop))
        return stop.status
    except KeyboardInterrupt:
        return NOT_NOW
    except BrokenPipeError:
        # Whoever read our output has gone; what was durable is durable.
        _hush()
        return DONE
    except OSError as error:
        _hush()
        say(_system(error))
        return CANNOT_WRITE
    return status


def _streams() -> None:
    """Output is UTF-8 everywhere, and goes nowhere where whoever called us has closed it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - till the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _hush() -> None:
    """What is left in the buffer has nowhere to go: the interpreter shall not complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _system(error: OSError) -> str:
    """What the system refused, where no command says it better."""
    if error.filename is None:
        return text("Hệ thống báo: {why}. Những gì đã lưu vẫn còn.", why=why(error))
    return text("Không dùng được {file}: {why}.", file=error.filename, why=why(error))


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
        import locale

        named = locale.getlocale()[0] or ""
    return "en" if named.lower().startswith("en") else "vi"


def _shared() -> argparse.ArgumentParser:
    """Options before or after the command: without a default, so that neither place hides the other."""
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared = parser.add_argument_group(shared_title())
    folder = text("thư mục dữ liệu của máy (mặc định: của hệ thống; biến MOBILE_RECEPTION_DATA)")
    shared.add_argument("--data", metavar="DIR", help=folder)
    shared.add_argument("--officer", metavar="LOGIN", help=text("tên đăng nhập của cán bộ"))
    secret = text("tệp chứa mật khẩu (mặc định: biến MOBILE_RECEPTION_PASSPHRASE, không có thì hỏi)")
    shared.add_argument("--passphrase-file", metavar="FILE", help=secret)
    spoken = text("ngôn ngữ (mặc định: của hệ thống, không rõ thì vi)")
    shared.add_argument("--language", choices=words.LANGUAGES, help=spoken)
    now = text("đặt đồng hồ của lệnh này, ví dụ 2026-11-20T08:00:00+07:00 (chỉ với dữ liệu thực hành)")
    shared.add_argument("--now", metavar="MOMENT", help=now)
    return parser


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
        description=text(
            "Tiếp nhận hồ sơ lưu động tại ấp, khóm, không cần mạng. Không có lệnh thì mở cửa sổ; "
            "mỗi lệnh có trang riêng: mobile-reception LỆNH --help."
        ),
        epilog=_epilog(),
        parents=[shared],
    )
    version = f"%(prog)s {__version__}"
    parser.add_argument("--version", action="version", version=version, help=text("hiện phiên bản rồi thôi"))
    parser.set_defaults(action=_window)
    commands: Any = parser.add_subparsers(metavar=text("LỆNH"))
    commands.sections = _sections()
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
            retention,
            review,
            road,
        )

        every_part = (
            laptop,
            receiving,
            acts,
            results,
            files,
            day,
            review,
            road,
            bundles,
            backups,
            retention,
            demo,
        )
        for part in (*every_part, centre):
            part.register(commands, shared)
    worker = commands.add_parser("window-worker", parents=[shared])
    worker.set_defaults(action=_worker)
    return parser


def _sections() -> dict[str, tuple[str, ...]]:
    """The commands as the help lists them: in the order of a laptop's life and of a day."""
    return {
        text("Máy và cán bộ"): ("init", "enrol", "officer", "recover", "status", "verify", "doctor", "demo"),
        text("Phiên"): ("session", "service", "rate", "incident", "summary", "session-list"),
        text("Tiếp nhận"): ("receive", "template", "find", "show", "list"),
        text("Việc của một hồ sơ"): (
            *("amend", "supplement", "supplemented", "refuse", "withdraw", "stop", "extend"),
            *("hand-on", "hand-over", "collect", "attach", "files", "file", "take-off"),
        ),
        text("Kết quả mang theo"): ("results",),
        text("Giấy tờ, sổ, bảng"): (
            *("paper", "receipt-list", "receipt-check", "register", "certifications", "posting"),
        ),
        text("Gửi và nhận, sao lưu"): ("sync", "bundle", "backup", "restore", "reduce"),
        text("Lãnh đạo"): ("review", "compare", "numbers"),
        text("Trung tâm"): ("centre",),
    }


def _epilog() -> str:
    return "\n".join(
        (
            text("Mã thoát:"),
            text("  0   đã xong"),
            text("  1   một phần bị từ chối; lý do ở đầu ra, những gì làm được đã làm"),
            text("  2   dùng lệnh chưa đúng"),
            text("  65  dữ liệu đưa vào không nhận được"),
            text("  69  dữ liệu hỏng hoặc không mở được; thông báo nói phải làm gì"),
            text("  73  không ghi được: đĩa đầy, chỉ đọc"),
            text("  75  chưa được, hãy thử lại: mất mạng, trung tâm bận; những gì chờ gửi vẫn chờ"),
            text("  77  không được phép: mật khẩu, vai trò, máy bị thu hồi"),
            "",
            text("Biến môi trường:"),
            text("  MOBILE_RECEPTION_DATA        thư mục dữ liệu, như --data"),
            text("  MOBILE_RECEPTION_PASSPHRASE  mật khẩu; không bao giờ nhận mật khẩu trên dòng lệnh"),
            "",
            text("Với --json, đầu ra chuẩn chỉ có JSON (UTF-8); lời cho người đọc ở đầu ra lỗi."),
        )
    )


def _window(args: argparse.Namespace) -> int:
    from mobile_reception.app import open_window

    if not (display() or os.environ.get("QT_QPA_PLATFORM")):
        raise Stop(
            USAGE,
            text(
                "Không mở được cửa sổ: ở đây không có màn hình. Dùng dòng lệnh (mobile-reception --help), "
                "hoặc xem thử: mobile-reception demo --headless."
            ),
        )
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
