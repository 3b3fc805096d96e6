"""Virtual time. Nothing here sleeps: a wait runs whatever is due meanwhile, on the waiter's own stack."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
"""08:00 in Viet Nam on a Wednesday: second 0 of every world."""


class Violated(AssertionError):
    """Something that must always hold did not: the seed is red."""


class World:
    """Time, chance and the record of one run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(f"world {seed}")
        self.now = 0.0
        self.faulty = False
        self.depth = 0
        self.counts: Counter[str] = Counter()
        self.log: list[str] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def moment(self) -> datetime:
        """The true time."""
        return MORNING + timedelta(seconds=self.now)

    def note(self, *words: object) -> None:
        """A line of the record."""
        self.log.append(f"{self.now:10.3f} {' '.join(map(str, words))}")

    def fault(self, kind: str, *words: object) -> None:
        """A fault that was really injected."""
        self.counts[kind] += 1
        self.note("FAULT", kind, *words)

    @property
    def digest(self) -> str:
        """SHA-256 of the record: equal for equal runs."""
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Let something happen ``seconds`` from now."""
        heapq.heappush(self._events, (self.now + seconds, next(self._order), what))

    def wait(self, seconds: float) -> None:
        """Let that much time pass, and with it everything that is due."""
        end = self.now + seconds
        self.depth += 1
        try:
            while self._events and self._events[0][0] <= end:
                when, _, what = heapq.heappop(self._events)
                self.now = max(self.now, when)
                what()
            self.now = max(self.now, end)
        finally:
            self.depth -= 1

    def demand(self, holds: object, *words: object) -> None:
        """Raises Violated unless it holds."""
        if not holds:
            self.note("VIOLATED", *words)
            raise Violated(f"seed {self.seed}: {' '.join(map(str, words))}")
