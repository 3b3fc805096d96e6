"""The desk of a laptop's folder for one command, and what its failures end a command with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mobile_reception.commands import (
    BAD_DATA,
    CANNOT_WRITE,
    DAMAGED,
    NOT_ALLOWED,
    NOT_NOW,
    USAGE,
    Stop,
    clock,
    data_folder,
    passphrase,
    say,
)
from mobile_reception.desk import (
    AlreadyMade,
    Busy,
    CannotWrite,
    Damaged,
    Denied,
    Failure,
    NoFolder,
    NoSession,
    NotFound,
    NotNow,
    TooNew,
    Unacceptable,
    Wait,
    peek,
    unlock,
)
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

_STATUS: dict[type[Failure], int] = {
    Denied: NOT_ALLOWED,
    Wait: NOT_ALLOWED,
    Unacceptable: BAD_DATA,
    NotFound: BAD_DATA,
    NoSession: USAGE,
    NoFolder: DAMAGED,
    Damaged: DAMAGED,
    TooNew: DAMAGED,
    AlreadyMade: CANNOT_WRITE,
    CannotWrite: CANNOT_WRITE,
    Busy: NOT_NOW,
    NotNow: NOT_NOW,
}


def grouped(code: str) -> str:
    """A recovery code as it is read aloud on the telephone: five digits at a time."""
    return "-".join(code[place : place + 5] for place in range(0, len(code), 5))


@contextmanager
def failures() -> Iterator[None]:
    """Within the block, a Failure of the desk ends the command with its exit status and sentence."""
    try:
        yield
    except Failure as failure:
        raise Stop(_STATUS.get(type(failure), DAMAGED), str(failure)) from failure


@contextmanager
def signed_in(args: argparse.Namespace) -> Iterator[Desk]:
    """The desk of the folder, in the hands of ``--officer`` or of the only officer there is."""
    folder = data_folder(args)
    with failures():
        door = peek(folder)
        login = args.officer or (door.logins[0] if len(door.logins) == 1 else None)
        if login is None:
            raise Stop(USAGE, text("Máy này có nhiều cán bộ: hãy chọn bằng --officer."))
        desk = unlock(folder, login, passphrase(args), clock(args, practice=door.practice))
        try:
            for notice in desk.notices:
                say(notice)
            yield desk
        finally:
            desk.close()
