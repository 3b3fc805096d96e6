"""Values out of a fact's payload: what is none is told apart, and nothing fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from mobile_reception.words import VIETNAM

MOST_MONEY: Final = 10**12
"""More than this is no fee, and would not fit into a table."""


def amount_of(body: Mapping[str, Any], name: str) -> int:
    """Whole đồng; 0 for what is no amount."""
    value = body.get(name)
    return value if type(value) is int and 0 <= value <= MOST_MONEY else 0


def sound_days(body: Mapping[str, Any]) -> bool:
    """Whether the moments and days that screens will read are such; what is left out is."""
    try:
        for name in ("received_at", "due"):
            if body.get(name) is not None and datetime.fromisoformat(body[name]).tzinfo is None:
                return False
        if body.get("come_back") is not None:
            date.fromisoformat(body["come_back"])
    except (TypeError, ValueError):
        return False
    return True


def text_of(body: Mapping[str, Any], name: str) -> str | None:
    """A text, or None for what is none."""
    value = body.get(name)
    return value if isinstance(value, str) else None


def local_day(moment: str) -> str | None:
    """The day in UTC+7 (ISO) of a moment; None for what is none."""
    try:
        return datetime.fromisoformat(moment).astimezone(VIETNAM).date().isoformat()
    except (ValueError, OverflowError):
        return None
