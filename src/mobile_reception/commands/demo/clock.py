"""The clock of the practice day."""

from __future__ import annotations

from datetime import datetime, timedelta


class DayClock:
    """The clock of the practice day: it stands still until it is moved on."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def later(self, **amount: float) -> None:
        """Let some time pass."""
        self.now += timedelta(**amount)

    def in_days(self, days: int) -> datetime:
        """The moment so many days from now."""
        return self.now + timedelta(days=days)
