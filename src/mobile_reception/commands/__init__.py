"""The parts of the command line.

Each module has ``register(commands, shared)``; each command returns its exit status.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from mobile_reception.words import VIETNAM, iso, text, why
from mobile_reception.words import day as day_words

DONE: Final = 0
PARTLY: Final = 1
USAGE: Final = 2
BAD_DATA: Final = 65
DAMAGED: Final = 69
CANNOT_WRITE: Final = 73
NOT_NOW: Final = 75
NOT_ALLOWED: Final = 77


class Commands(Protocol):
    """What ``argparse`` gives for adding commands."""

    def add_parser(
        self,
        name: str,
        *,
        help: str,  # noqa: A002 - argparse's own name
        parents: list[argparse.ArgumentParser],
    ) -> argparse.ArgumentParser:
        """A parser for the command ``name``."""
        ...


class Stop(Exception):
    """The command ends with this exit status; the message is for people, on standard error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def say(message: str) -> None:
    """Words for people: standard error."""
    with contextlib.suppress(OSError):  # nobody listens: what was done is done
        print(message, file=sys.stderr, flush=True)


def put(document: object) -> None:
    """One JSON document on a line of standard output, flushed."""
    import json

    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def as_document(value: Any) -> dict[str, Any]:
    """A dataclass as a JSON object, its moments (``at``, ``since``, ``last_contact``, ``…_at``) in UTC+7."""

    def told(name: str, said: Any) -> Any:
        if isinstance(said, dict):
            return fields(list(said.items()))
        return iso(said) if _is_moment(name) and isinstance(said, str | datetime) else said

    def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {name: told(name, said) for name, said in pairs}

    from dataclasses import asdict

    return asdict(value, dict_factory=fields)


def _is_moment(name: str) -> bool:
    return name in ("at", "since", "last_contact") or name.endswith("_at")


def save(path: Path, data: bytes | Iterable[bytes], *, private: bool = False) -> None:
    """Put a file in place, whole or not at all; a device or pipe is written to. Raises Stop (73).

    One that is ``private`` can be read by nobody else on this machine.
    """
    blocks = (data,) if isinstance(data, bytes) else data
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as stream:
                stream.writelines(blocks)
            return
        _replace(path.resolve(), blocks, 0o600 if private else 0o666)
    except OSError as error:
        raise Stop(
            CANNOT_WRITE,
            text(
                "Chưa lưu được {file}: {why}. Dữ liệu vẫn an toàn; hãy chọn chỗ khác rồi làm lại.",
                file=path,
                why=why(error),
            ),
        ) from error


def _replace(path: Path, blocks: Iterable[bytes], mode: int) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(part, flags, mode), "wb") as stream:
            stream.writelines(blocks)
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def display() -> bool:
    """Whether a window can be shown: X11 and Wayland say so in the environment, others have a screen."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or os.name == "nt" or sys.platform == "darwin"


def data_folder(args: argparse.Namespace) -> Path:
    """The laptop's folder: ``--data``, else ``MOBILE_RECEPTION_DATA``, else the system's place for it."""
    named = args.data or os.environ.get("MOBILE_RECEPTION_DATA")
    if named:
        folder = Path(named)
        if folder.is_file():
            raise Stop(USAGE, text("Thư mục dữ liệu {folder} là một tệp, không phải thư mục.", folder=folder))
        return folder
    from platformdirs import user_data_path

    return user_data_path("mobile-reception", appauthor=False)


def clock(args: argparse.Namespace, *, practice: bool) -> Callable[[], datetime]:
    """The clock of this command: the machine's, or one started at ``--now``.

    Raises Stop (2) for ``--now`` on anything not made with ``--practice``.
    """
    if not args.now:
        return lambda: datetime.now(UTC)
    if not practice:
        raise Stop(USAGE, text("--now chỉ dùng được với dữ liệu thực hành (--practice)"))
    try:
        start = datetime.fromisoformat(args.now)
    except ValueError as error:
        raise Stop(USAGE, text("--now không phải thời điểm ISO: {value}", value=args.now)) from error
    if not 1970 <= start.year <= 2200:
        raise Stop(USAGE, text("--now phải từ năm 1970 đến 2200: {value}", value=args.now))
    if start.tzinfo is None:
        start = start.replace(tzinfo=VIETNAM)
    began = datetime.now(UTC)
    return lambda: start + (datetime.now(UTC) - began)


def a_day(written: str) -> date:
    """A day given as an option, ISO 8601. Raises Stop (65)."""
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise Stop(BAD_DATA, text("Ngày phải dạng năm-tháng-ngày: {given}", given=written[:40])) from error


def days(args: argparse.Namespace) -> tuple[date, date]:
    """The span that ``--from`` and ``--to`` name. Raises Stop (65)."""
    first, last = a_day(args.first), a_day(args.last)
    in_order(first, last)
    return first, last


def in_order(first: date | None, last: date | None) -> None:
    """A span may begin or end anywhere, but not end before it begins. Raises Stop (65)."""
    if first is not None and last is not None and last < first:
        raise Stop(
            BAD_DATA,
            text(
                "Ngày cuối {last} đứng trước ngày đầu {first}.", first=day_words(first), last=day_words(last)
            ),
        )


def passphrase(args: argparse.Namespace) -> str:
    """The passphrase: from ``MOBILE_RECEPTION_PASSPHRASE``, ``--passphrase-file`` or a prompt."""
    given = os.environ.get("MOBILE_RECEPTION_PASSPHRASE")
    if given is not None:
        return os.fsencode(given).decode("utf-8", "surrogateescape")  # whatever the system's locale says
    if args.passphrase_file:
        return written_in(args.passphrase_file).rstrip("\r\n")
    return secret(
        text("Mật khẩu: "),
        text("Chưa có mật khẩu: đặt MOBILE_RECEPTION_PASSPHRASE hoặc dùng --passphrase-file"),
    )


def written_in(file: str | Path) -> str:
    """The text of a file, whichever editor wrote it. Raises Stop (2)."""
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(file, error) from error


def unreadable(file: str | Path, error: OSError | UnicodeDecodeError) -> Stop:
    """The end of a command whose file cannot be read: which file, and why."""
    return Stop(USAGE, text("Không đọc được tệp {file}: {why}", file=file, why=why(error)))


def secret(asked: str, otherwise: str) -> str:
    """What somebody types unseen. Raises Stop (77) with ``otherwise`` where nobody sits at a terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise Stop(NOT_ALLOWED, otherwise)
    import getpass

    try:
        return getpass.getpass(asked)
    except EOFError as error:
        raise Stop(NOT_ALLOWED, otherwise) from error
