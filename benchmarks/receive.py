"""Durable receive through the Desk against raw SQLCipher, interleaved in one run on the same disk.

    python benchmarks/receive.py [--chunks 40] [--each 50] [--folder DIR]

The Desk's side is everything that a citizen's dossier is: the line read, the rules of fee and day, the
number, the journal's fact in its chain, the tables, the words of the search, read back. The floor's side is
one transaction of one dossier row, one outbox row and one audit row (a SHA-256 chain) with their indexes.
Both are encrypted, WAL and synchronous=FULL. Prints medians of chunks, their range, and the ratio.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlcipher3

from mobile_reception.desk import Received, make
from mobile_reception.desk.table import Desk

TARGET = 0.3
_SCHEMA = """
CREATE TABLE dossier (id TEXT PRIMARY KEY, code TEXT, session TEXT, procedure TEXT, name TEXT, number TEXT,
  born TEXT, phone TEXT, address TEXT, received_at TEXT, due TEXT, fee INTEGER, status INTEGER);
CREATE INDEX dossier_code ON dossier (code);
CREATE INDEX dossier_session ON dossier (session);
CREATE INDEX dossier_name ON dossier (name);
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, subject TEXT, body TEXT, sent INTEGER);
CREATE INDEX outbox_subject ON outbox (subject);
CREATE INDEX outbox_sent ON outbox (sent);
CREATE TABLE audit (seq INTEGER PRIMARY KEY, at TEXT, officer TEXT, action TEXT, entity TEXT, body TEXT,
  previous TEXT, hash TEXT);
"""
_NAMES = ("Nguyễn Thị Diệu", "Trần Văn Xạ", "Lê Hoàng Đăng", "Phạm Thị Ngọc Ẩn", "Võ Quốc Ý")


def line_of(number: int) -> dict[str, Any]:
    """A dossier as it stands on a line of the command line's input."""
    return {
        "ref": f"paper-{number:06d}",
        "procedure": "2.000815",
        "submitter": {
            "full_name": _NAMES[number % len(_NAMES)],
            "personal_id": f"0871900{number % 100_000:05d}",
            "birth_date": "1990-05-02",
            "sex": "female",
            "phone": f"09{number % 100_000_000:08d}",
            "address": f"Ấp {number % 9 + 1}, phường Thường Lạc, tỉnh Đồng Tháp",
        },
        "papers": [{"name": "Bằng tốt nghiệp THPT", "originals": 1, "pages": 2}],
        "copies": 3,
        "delivery": {"way": "hamlet"},
        "notify_sms": True,
    }


class Floor:
    """Raw SQLCipher: the same durability, nothing of the office."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlcipher3.dbapi2.connect(folder / "floor.db", isolation_level=None)
        self._db.execute(f"PRAGMA key=\"x'{secrets.token_hex(32)}'\"")
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "temp_store=MEMORY"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def save(self, number: int) -> None:
        """One dossier, one transaction."""
        line = line_of(number)
        person = line["submitter"]
        body = json.dumps(line, ensure_ascii=False)
        key = secrets.token_hex(16)
        at = datetime.now(UTC).isoformat()
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "INSERT INTO dossier VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(key, f"H20-{number:06d}", "session", line["procedure"], person["full_name"]),
                *(person["personal_id"], person["birth_date"], person["phone"], person["address"]),
                *(at, at, 12000, 2),
            ),
        )
        db.execute(
            "INSERT INTO outbox (id, subject, body, sent) VALUES (?,?,?,0)",
            (secrets.token_hex(16), key, body),
        )
        last = db.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        previous = last[0] if last else "0" * 64
        link = hashlib.sha256(f"{at}{key}{body}{previous}".encode()).hexdigest()
        db.execute(
            "INSERT INTO audit (at, officer, action, entity, body, previous, hash) VALUES (?,?,?,?,?,?,?)",
            (at, "an", "received", key, body, previous, link),
        )
        db.execute("COMMIT")


def through_the_desk(folder: Path) -> Callable[[int], None]:
    """A practice laptop with an open session; what receives one dossier."""
    desk: Desk
    desk, _ = make(
        folder / "laptop",
        unit="30058",
        agency="H20.12.3",
        login="an",
        passphrase=secrets.token_hex(8),
        now=lambda: datetime.now(UTC),
        practice=True,
    )
    desk.open_session("Ấp 1")

    def save(number: int) -> None:
        answer = desk.receive(line_of(number)).value
        assert isinstance(answer, Received), answer

    return save


def timed(save: Callable[[int], None], numbers: range) -> tuple[float, list[float]]:
    """Saves a second over ``numbers``, and each one's milliseconds."""
    each = []
    began = time.perf_counter()
    for number in numbers:
        before = time.perf_counter()
        save(number)
        each.append((time.perf_counter() - before) * 1000)
    return len(numbers) / (time.perf_counter() - began), each


def run(folder: Path, chunks: int, each: int) -> float:
    """Interleave both sides; prints what was measured and gives the ratio of medians."""
    sides = {"raw SQLCipher": Floor(folder).save, "Desk.receive": through_the_desk(folder)}
    rates: dict[str, list[float]] = {name: [] for name in sides}
    latencies: dict[str, list[float]] = {name: [] for name in sides}
    for save in sides.values():
        timed(save, range(each))  # warm
    for chunk in range(1, chunks + 1):
        for name, save in sides.items():
            rate, milliseconds = timed(save, range(chunk * each, (chunk + 1) * each))
            rates[name].append(rate)
            latencies[name] += milliseconds
    for name, measured in rates.items():
        ordered = sorted(latencies[name])
        p50, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        print(f"{name:14} {statistics.median(measured):7.0f} saves/s", end=" ")
        print(f"({min(measured):.0f}-{max(measured):.0f})  p50 {p50:.2f} ms  p99 {p99:.2f} ms")
    paired = [ours / floor for floor, ours in zip(*rates.values(), strict=True)]
    ratio: float = statistics.median(paired)
    quarter = len(paired) // 4
    middle = sorted(paired)[quarter : len(paired) - quarter]
    print(f"ratio {ratio:.2f} (middle half {middle[0]:.2f}-{middle[-1]:.2f}; wanted {TARGET})")
    return ratio


def main() -> int:
    """Exit status 1 when the ratio is under what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--chunks", type=int, default=40)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--folder", type=Path, help="where both files are made (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as made:
        return 0 if run(Path(made), args.chunks, args.each) >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
