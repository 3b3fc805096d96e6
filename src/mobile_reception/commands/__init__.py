"""The parts of the command line.

Each module has ``register(commands, shared)``; each command returns its exit status.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from mobile_reception.words import VIETNAM, iso, text

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
    print(message, file=sys.stderr, flush=True)


def put(document: object) -> None:
    """One JSON document on a line of standard output, flushed."""
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

    return asdict(value, dict_factory=fields)


def _is_moment(name: str) -> bool:
    return name in ("at", "since", "last_contact") or name.endswith("_at")


def save(path: Path, data: bytes) -> None:
    """Put a file in place, whole or not at all. Raises Stop (73)."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise Stop(
            CANNOT_WRITE, text("Hồ sơ nằm an toàn trên máy, nhưng chưa lưu được {file}.", file=path.name)
        ) from error


def data_folder(args: argparse.Namespace) -> Path:
    """The laptop's folder: ``--data``, else ``MOBILE_RECEPTION_DATA``, else the system's place for it."""
    named = args.data or os.environ.get("MOBILE_RECEPTION_DATA")
    if named:
        return Path(named)
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


def passphrase(args: argparse.Namespace) -> str:
    """The passphrase: from ``MOBILE_RECEPTION_PASSPHRASE``, ``--passphrase-file`` or a prompt."""
    given = os.environ.get("MOBILE_RECEPTION_PASSPHRASE")
    if given is not None:
        return os.fsencode(given).decode("utf-8", "surrogateescape")  # whatever the system's locale says
    if args.passphrase_file:
        try:
            return Path(args.passphrase_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(
                USAGE, text("Không đọc được tệp mật khẩu {file}", file=args.passphrase_file)
            ) from error
    if not sys.stdin.isatty():
        raise Stop(
            NOT_ALLOWED, text("Chưa có mật khẩu: đặt MOBILE_RECEPTION_PASSPHRASE hoặc dùng --passphrase-file")
        )
    import getpass

    return getpass.getpass(text("Mật khẩu: "))
