"""``python -m simulator 17`` plays one seed and prints its record, ``python -m simulator 0 1000`` so many."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections import Counter

from simulator.run import simulate, simulate_many


def one(seed: int) -> int:
    """Play a seed again, with its record."""
    outcome = simulate(seed)
    print("\n".join(outcome.log))
    print(outcome.violated or f"seed {seed}: green, record {outcome.digest}")
    return 1 if outcome.violated else 0


def many(first: int, count: int) -> int:
    """Play seeds on every core and add up what happened in them; the record stands for all of theirs."""
    began = time.monotonic()
    counts: Counter[str] = Counter()
    red = laptops = 0
    record = hashlib.sha256()
    for outcome in simulate_many(range(first, first + count), os.cpu_count() or 1):
        counts.update(outcome.counts)
        laptops += outcome.laptops
        record.update(outcome.digest.encode())
        if outcome.violated:
            red += 1
            print(outcome.violated, flush=True)
    for kind, number in sorted(counts.items()):
        print(f"{number:9,d}  {kind}")
    faults = sum(number for kind, number in counts.items() if kind in INJECTED or kind.startswith(KINDS))
    print(f"record {record.hexdigest()}")
    print(f"{count} seeds, {laptops} laptops, {faults:,} faults, {red} red, {time.monotonic() - began:.1f} s")
    return 1 if red else 0


KINDS = ("road: ", "laptop", "centre", "poison: ")
INJECTED = {"two amend one field"}

if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.exit(one(*numbers) if len(numbers) == 1 else many(*numbers))
