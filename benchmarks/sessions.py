"""The end of a session and a year of a ward, through the Desk, encrypted.

    python benchmarks/sessions.py [--year 25000] [--session 200] [--rounds 5]

A year of sessions is written as received facts, folded into the tables by the store; then one more session
is held with dossiers whose fees are collected, and 500 results are taken along. Measured: opening a session
with these on board and listing them, closing the session with everything that closing finds, its
summary as a value with the charts as SVG and as PDF, the year compared by week, and two months of sessions as
their reviewer sees them. The floor of each is the raw driver reading the same rows of the same encrypted file
once (``SELECT *`` of the dossiers or results concerned), in the same run.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from mobile_reception.desk import make
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.facts import Act, uuid7
from mobile_reception.words import VIETNAM

WANTED = {"board": 1000.0, "close": 2000.0, "screen": 200.0, "pdf": 1000.0, "year": 1000.0, "reviews": 1000.0}
"""Milliseconds."""
_TOGETHER = 400
_RESULTS = 500
_PROCEDURES = ("2.000815", "2.000908", "1.001193", "1.000656", "1.004873")
_HAMLETS = ("Khóm Thượng 1", "Khóm Trung", "Khóm Hạ", "Ấp 4")


class Calendar:
    """A clock that is put where the year needs it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 7, 8, 0, tzinfo=VIETNAM)

    def __call__(self) -> datetime:
        return self.now


def a_year(desk: Desk, clock: Calendar, count: int) -> None:
    """Two sessions a week until ``count`` dossiers are received, most of them ended with time to spare."""
    store = desk._bench.store
    each = max(1, count // 104)
    written = 0
    while written < count:
        session = desk.open_session(_HAMLETS[written % 4]).value.id
        left = min(each, count - written)
        for start in range(0, left, _TOGETHER):
            with store.act("lan", clock()) as making:
                for number in range(start, min(left, start + _TOGETHER)):
                    _dossier(making, session, clock(), written + number)
        written += left
        desk.close_session(0)
        clock.now += timedelta(days=2 if clock.now.weekday() == 2 else 5)


def _dossier(making: object, session: str, at: datetime, number: int) -> None:
    subject = uuid7(at)
    about = {
        "code": f"H20.12.3-{at:%y%m%d}-{number:05}",
        "session": session,
        "procedure": _PROCEDURES[number % 5],
        "received_at": at.isoformat(),
        "due": (at + timedelta(days=number % 9)).replace(hour=17).isoformat(),
        "come_back": (at + timedelta(days=7)).date().isoformat(),
        "fee": 8000,
        "phi": 8000,
        "le_phi": 0,
        "reception": {
            "submitter": {
                "full_name": f"Nguyễn Thị {number % 977}",
                "personal_id": f"0871{number % 9001:08}",
            },
            "papers": [{"name": "Bản chính", "originals": 1, "pages": 2}],
        },
    }
    making.append(Act(subject, "dossier.received", about), fresh=True)  # type: ignore[attr-defined]
    if number % 10:
        making.append(Act(subject, "result.ready", {}))  # type: ignore[attr-defined]
        given = {"to": "Nguyễn Thị", "session": session}
        making.append(Act(subject, "result.handed_over", given))  # type: ignore[attr-defined]


def a_session(desk: Desk, count: int) -> str:
    """One more session, open, of ``count`` dossiers with their fees in the box."""
    session = desk.open_session("Khóm Trung").value.id
    store, at = desk._bench.store, desk._bench.now()
    for start in range(0, count, _TOGETHER):
        with store.act("lan", at) as making:
            for number in range(start, min(count, start + _TOGETHER)):
                _dossier(making, session, at, number)
    for line in desk.behind(session, "dossiers")[: count // 2]:
        desk.collect(line.id, 8_000)
    return session


def on_board(desk: Desk, count: int) -> None:
    """Results that the centre packed for one session, taken along."""
    planned = str(uuid4())
    cards = [
        {
            "id": str(uuid4()),
            "code": f"H20.12.3-260101-{number:05}",
            "name": f"Trần Văn {number}",
            "procedure": _PROCEDURES[number % 5],
            "paper": "Trích lục",
            "hamlet": _HAMLETS[number % 4],
            "to_pay": 0,
            "in_person": False,
            "by_post": True,
            "session": planned,
        }
        for number in range(count)
    ]
    with desk._bench.store.writing() as db:
        values = [("result", card["id"], json.dumps(card)) for card in cards]
        db.run_each("INSERT INTO card (kind, key, value) VALUES (?,?,?)", values)
    desk._bench.forget_cards()
    desk.take_results(session=planned)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def floor(desk: Desk, session: str | None) -> Callable[[], object]:
    """The raw driver reading the rows of a session, or of all sessions, once."""
    where, values = ("dossier", ()) if session is None else ("dossier WHERE session=?", (session,))
    return lambda: _raw(desk, where, values)


def _raw(desk: Desk, where: str, values: tuple[str, ...] = ()) -> object:
    with desk._bench.store.reading() as db:
        return db.run(f"SELECT * FROM {where}", values).all()


def told(name: str, took: list[float], at_floor: list[float]) -> None:
    """A line of the report."""
    middle, base = statistics.median(took), statistics.median(at_floor)
    verdict = "" if middle <= WANTED[name] else "  OVER"
    print(
        f"{name:8} {middle:8.1f} ms ({min(took):.1f} to {max(took):.1f}), wanted {WANTED[name]:.0f}; "
        f"floor {base:.2f} ms, ratio {middle / base:.1f}{verdict}",
        flush=True,
    )


def main() -> None:
    """Print the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--year", type=int, default=25_000)
    options.add_argument("--session", type=int, default=200)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    clock = Calendar()
    with tempfile.TemporaryDirectory() as folder:
        desk, _ = make(
            Path(folder) / "laptop", unit="30058", agency="H20.12.3", login="lan", now=clock, practice=True,
            passphrase=secrets.token_hex(8), role="deputy",
        )  # fmt: skip
        began = time.perf_counter()
        a_year(desk, clock, asked.year)
        on_board(desk, _RESULTS)
        session = a_session(desk, asked.session)
        print(
            f"{asked.year} dossiers and one session of {asked.session}: {time.perf_counter() - began:.0f} s"
        )
        small, whole = floor(desk, session), floor(desk, None)
        took: dict[str, list[float]] = {name: [] for name in WANTED}
        floors: dict[str, list[float]] = {name: [] for name in WANTED}
        first, last = date(2026, 1, 1), clock().date()

        def close() -> None:
            desk.close_session(asked.session // 2 * 8_000)
            desk.closing(session)

        def screen() -> None:
            desk.summary_page(session)

        def board() -> None:
            desk.open_session("Khóm Hạ")
            if len(desk.results()) < _RESULTS:
                raise RuntimeError("results are missing")

        works: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "close": (close, small),
            "screen": (screen, small),
            "pdf": (lambda: desk.summary_pdf(session), small),
            "year": (lambda: desk.compare(first, last, "week"), whole),
            "reviews": (lambda: desk.reviews(last - timedelta(days=60), last), whole),
        }
        for _ in range(asked.rounds):
            for name, (work, base) in works.items():
                floors[name].append(timed(base))
                took[name].append(timed(work))
            floors["board"].append(timed(lambda: _raw(desk, "result")))
            took["board"].append(timed(board))
        for name in WANTED:
            told(name, took[name], floors[name])
        desk.close()


if __name__ == "__main__":
    main()
