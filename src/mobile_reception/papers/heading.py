"""What stands at the top of every paper."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from mobile_reception.papers.forms import long_day
from mobile_reception.papers.phrase import printed
from mobile_reception.words import VIETNAM

if TYPE_CHECKING:
    from mobile_reception.papers.values import Headed


def heading(values: Headed, day: date, language: str) -> dict[str, str]:
    """The fields of the heading; ``day`` is the day of the paper (of a moment, its day in UTC+7)."""
    local = day.astimezone(VIETNAM) if isinstance(day, datetime) else day
    code, provisional = printed(getattr(values, "code", "")), getattr(values, "provisional", False)
    reprint = getattr(values, "reprint", 0)
    return {
        "superior_agency_capitals": printed(values.superior_agency).upper(),
        "unit_name_capitals": printed(values.unit_name).upper(),
        "today": long_day(local, language),
        "final_code": "1" if code and not provisional else "",
        "reprint": str(reprint) if reprint else "",
        "qr_text": getattr(values, "qr_text", ""),
    }
