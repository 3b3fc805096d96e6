"""Laptops for tests: real folders with real encrypted files, a clock that stands where a test puts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mobile_reception.desk import Received, make, unlock
from mobile_reception.desk.table import Desk
from mobile_reception.words import VIETNAM

WEDNESDAY = datetime(2026, 11, 25, 8, 0, tzinfo=VIETNAM)
LOGIN = "diem"
PASSPHRASE = "tàu hũ nước đường 1990"
AGENCY = "H20.12.3"
UNIT = "30058"

LINE: dict[str, Any] = {
    "procedure": "2.000815",
    "submitter": {
        "full_name": "Nguyễn Thị Diệu",
        "personal_id": "087190001234",
        "birth_date": "1990-05-02",
        "sex": "female",
        "phone": "0912345678",
        "address": "Ấp 1, phường Thường Lạc, tỉnh Đồng Tháp",
    },
    "owner": None,
    "relation": "bản thân",
    "papers": [
        {"name": "Bằng tốt nghiệp THPT", "originals": 1, "certified": 0, "photocopies": 0, "pages": 2}
    ],
    "copies": 3,
    "fee": None,
    "delivery": {"way": "hamlet"},
    "notify_sms": True,
    "note": None,
    "answers": {},
}


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = WEDNESDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def line(ref: str | None = None, **changes: Any) -> dict[str, Any]:
    """A dossier that can be received; ``name`` and ``number`` are the submitter's."""
    given = {**LINE, **changes}
    person = dict(given["submitter"])
    for key, field in (("name", "full_name"), ("number", "personal_id"), ("phone", "phone")):
        if key in given:
            person[field] = given.pop(key)
    return {**given, "submitter": person, **({"ref": ref} if ref is not None else {})}


def new(folder: Path, clock: Clock | None = None, **more: Any) -> Desk:
    """A practice laptop that stands alone, signed in."""
    desk, _ = make(
        folder,
        **{
            "unit": UNIT,
            "agency": AGENCY,
            "login": LOGIN,
            "passphrase": PASSPHRASE,
            "now": clock or Clock(),
            "practice": True,
            **more,
        },
    )
    return desk


def opened(folder: Path, clock: Clock | None = None) -> Desk:
    """The laptop in ``folder``, unlocked."""
    return unlock(folder, LOGIN, PASSPHRASE, clock or Clock())


def at_the_table(folder: Path, clock: Clock | None = None) -> Desk:
    """A practice laptop with an open session."""
    desk = new(folder, clock)
    desk.open_session("Ấp 1")
    return desk


def received(desk: Desk, given: Mapping[str, Any] | None = None) -> Received:
    """What the desk makes of a line that it has to receive."""
    answer = desk.receive(given if given is not None else line()).value
    assert isinstance(answer, Received), answer
    return answer


def environment(data: Path | None = None, **more: str) -> dict[str, str]:
    """For a command of its own process: no keyring, the passphrase, nothing of the developer's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    kept |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    kept |= {"MOBILE_RECEPTION_PASSPHRASE": PASSPHRASE, "LANG": "C"}
    return kept | ({"MOBILE_RECEPTION_DATA": str(data)} if data else {}) | more


def run(
    *args: str | Path, data: Path | None = None, check: int | None = None, **more: Any
) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own; ``check`` is the exit status that it has to have."""
    done = subprocess.run(
        [sys.executable, "-m", "mobile_reception", *map(str, args)],
        env=environment(data, **more.pop("env", {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        **more,
    )
    if check is not None:
        assert done.returncode == check, (done.returncode, done.stdout[-2000:], done.stderr[-4000:])
    return done
