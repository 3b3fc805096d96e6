"""Laptops for tests: real folders with real encrypted files, a clock that stands where a test puts it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import forked
from mobile_reception.desk import Officer, Received, make
from mobile_reception.desk.table import Desk
from mobile_reception.store import keys
from mobile_reception.store.file import place_of
from mobile_reception.store.opening import open_store
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


_unlocked: dict[str, keys.Opened] = {}


def opened(folder: Path, clock: Clock | None = None) -> Desk:
    """The laptop in ``folder``, in the officer's hands; its passphrase is stretched once in a process."""
    slots = keys.read(folder)
    if slots.database not in _unlocked:
        _unlocked[slots.database] = keys.unlock(slots, LOGIN, PASSPHRASE)
    unlocked = _unlocked[slots.database]
    slot = slots.slot(LOGIN)
    assert slot is not None
    store = open_store(folder, unlocked, slots)
    return Desk(store, Officer(LOGIN, LOGIN, slot.role), clock or Clock(), unlocked.officer_key)


@cache
def _table() -> Path:
    folder = Path(tempfile.mkdtemp()) / "laptop"
    atexit.register(shutil.rmtree, folder.parent)
    desk = new(folder)
    desk.open_session("Ấp 1")
    desk.close()
    return folder


def at_the_table(folder: Path, clock: Clock | None = None) -> Desk:
    """A practice laptop with an open session: one that was made here, as far as it can tell."""
    shutil.copytree(_table(), folder)
    desk = opened(folder, clock)
    store = desk._bench.store
    assert store.notice == "copied"
    store.keep(place=place_of(folder))
    store.notice = None
    desk.notices.clear()
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
    kept |= {"MOBILE_RECEPTION_PASSPHRASE": PASSPHRASE, "LANG": "C", "XDG_DATA_HOME": "/nonexistent"}
    return kept | ({"MOBILE_RECEPTION_DATA": str(data)} if data else {}) | more


def run(
    *args: str | Path, data: Path | None = None, check: int | None = None, **more: Any
) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own; ``check`` is the exit status that it has to have."""
    words, env = [*map(str, args)], environment(data, **more.pop("env", {}))
    if forked.CAN and not more:
        done = forked.run(words, env, timeout=60)
    else:
        done = subprocess.run(
            [sys.executable, "-m", "mobile_reception", *words],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            **more,
        )
    if check is not None:
        assert done.returncode == check, (done.returncode, done.stdout[-2000:], done.stderr[-4000:])
    return done
