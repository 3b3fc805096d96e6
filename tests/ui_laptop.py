"""A real laptop of one practice officer with a session open, for the tests of the screens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from laptops import LOGIN, PASSPHRASE, WEDNESDAY, at_the_table
from mobile_reception.desk.table import Desk

__all__ = ["LOGIN", "PASSPHRASE", "Laptop", "line", "make", "now"]

_STARTED = time.monotonic()


def now() -> datetime:
    """A Wednesday morning that goes on."""
    return WEDNESDAY + timedelta(seconds=time.monotonic() - _STARTED)


@dataclass(frozen=True, slots=True)
class Laptop:
    """A folder and the Desk that is unlocked on it."""

    folder: Path
    desk: Desk


def make(folder: Path) -> Laptop:
    """A stand-alone practice laptop with a session open."""
    return Laptop(folder, at_the_table(folder, now))  # type: ignore[arg-type]


def line(name: str, number: str = "087190001234", **more: Any) -> dict[str, Any]:
    """A dossier for certified copies."""
    return {
        "procedure": "2.000815",
        "submitter": {"full_name": name, "personal_id": number, "birth_date": "1990-05-02", "sex": "female"},
        "papers": [{"name": "Bằng tốt nghiệp THPT", "originals": 1, "pages": 2}],
        "copies": 3,
        **more,
    }
