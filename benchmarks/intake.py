"""Intake: how fast a centre takes in and folds runs, the fuller it gets.

One centre is filled with facts (a tenth of them second facts about dossiers that are there); at each size the
last runs before it are timed, taking in and folding apart: by the processor's time, whatever else the machine
does, and with ``--postgresql``, whose server works beside, by the clock. The floor is the same centre when it
was small: each size's rate is given in parts of the first.

    python benchmarks/intake.py [--sizes 10000 50000 100000 200000] [--seed 1] [--postgresql [--uncounted]]

With ``--uncounted`` the server never counts its tables by itself, as in the first minute of a large intake.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import push
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.centre import intake
from mobile_reception.centre.identity import Unit
from mobile_reception.centre.ledger import Ledger, make
from mobile_reception.centre.values import Application
from mobile_reception.dossier.facts import GENESIS, Act, next_stamp, uuid7, write
from mobile_reception.sync import protocol

RUN = 500
UNIT = Unit("29905", "H20.32.1", "Phường Thường Lạc", "Ủy ban nhân dân tỉnh Đồng Tháp")


def runs(origin: str, count: int, seed: int, now: datetime) -> Iterator[bytes]:
    """Runs of one journal, made as they are asked for."""
    stamp, seq, previous = 0, 0, GENESIS
    number = 0
    while seq < count:
        lines, before, first = b"", previous, seq + 1
        for reception in push.dossiers(RUN * 9 // 10, seed + number):
            number += 1
            subject = uuid7(now + timedelta(seconds=number))
            acts = [Act(subject, "dossier.received", {**reception, "code": f"H20.32.1-261118-{number:07}"})]
            if number % 9 == 0:
                acts.append(Act(subject, "receipt.printed", {"job": str(number)}))
            for act in acts:
                stamp = next_stamp(stamp, now)
                seq += 1
                fact = write(
                    act, origin=origin, seq=seq, stamp=stamp, previous=previous, officer="lan", at=now
                )
                previous = fact.hash
                lines += protocol.fact_lines(fact.header, fact.payload, fact.payload_hash)
        yield protocol.write_run(
            origin=origin, first=first, last=seq, last_hash=previous, previous=before, lines=lines
        )


def _never_counted(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as db:
        names = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            db.execute(f'ALTER TABLE "{name}" SET (autovacuum_enabled = false)'.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000, 100_000, 200_000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--uncounted", action="store_true")
    asked = parser.parse_args()
    now, origin = datetime.now(UTC), str(uuid4())
    clock = time.perf_counter if asked.postgresql else time.process_time
    with tempfile.TemporaryDirectory() as name, push.databases(server=asked.postgresql) as fresh:
        folder = Path(name)
        url = fresh() or f"sqlite:///{folder / 'centre.db'}"
        secrets = {"admin": "quantri", "passphrase": "một câu dài để đo", "now": now}
        make(url, UNIT, practice=False, recovery_file=folder / "recovery.pem", **secrets)
        if asked.uncounted:
            _never_counted(url)
        ledger = Ledger(url)
        key = Ed25519PrivateKey.generate()
        code = ledger.register.new_code(unit=UNIT.code, name="Máy đo", scope="hamlets", now=now)
        about = {"name": "Máy đo", "login": "lan", "passphrase": "một câu dài để đo", "practice": False}
        keys = {"device_key": key.public_key().public_bytes_raw(), "officer_key": b"o" * 32}
        none = {"unit": None, "agency_id": None, "sealed_recovery": None}
        answer = ledger.register.enrol(
            Application(code=code, origin=origin, **about, **keys, **none), now=now
        )
        device = ledger.register.device(answer["device"])
        assert device is not None
        first: tuple[float, float] | None = None
        there, spent = 0, [0.0, 0.0]
        sizes = sorted(asked.sizes)
        for body in runs(origin, sizes[-1], asked.seed, now):
            began = clock()
            run = protocol.read_run(body)
            head = ledger.take(device, run, intake.read(run), device_time=now, now=now)
            taken = clock()
            while ledger.fold_some():
                pass
            folded = clock()
            near = sizes[0] - 10 * RUN <= head.seq
            if near:
                there += run.count
                spent = [spent[0] + taken - began, spent[1] + folded - taken]
            if head.seq >= sizes[0]:
                rates = there / spent[0], there / spent[1]
                first = first or rates
                parts = rates[0] / first[0], rates[1] / first[1]
                print(
                    f"{head.seq:9,} facts: taken in {rates[0]:7.0f} a second ({parts[0]:.2f}), "
                    f"folded {rates[1]:6.0f} ({parts[1]:.2f})",
                    flush=True,
                )
                there, spent = 0, [0.0, 0.0]
                sizes.pop(0)
                if not sizes:
                    break
        ledger.close()


if __name__ == "__main__":
    main()
