"""Mẫu số 01: Giấy tiếp nhận hồ sơ và hẹn trả kết quả."""

from __future__ import annotations

from datetime import date, datetime

from mobile_reception import words
from mobile_reception.papers.forms import compose, long_day, long_moment, number, printed
from mobile_reception.papers.values import ReceiptValues

_PLAIN = (
    "superior_agency",
    "unit_name",
    "place",
    "code",
    "submitter_name",
    "submitter_email",
    "channel",
    "request",
    "owner_name",
    "time_limit",
    "fee_category",
    "fee_in_words",
    "delivery",
    "lookup",
    "hotline",
    "session",
    "officer",
)
_DOTTED = ("submitter_address", "submitter_phone", "submitter_id", "owner_address")
"""Lines that the form keeps even when there is nothing to print on them."""
_DOTS = "………………………………"


def receipt(values: ReceiptValues, *, paper: str = "A4", language: str = "vi") -> bytes:
    """The receipt that the citizen takes home (Circular 03/2025/TT-VPCP, wording in ``receipt.toml``) as PDF.

    ``paper`` is ``A4`` or ``A5``, upright. ``vi`` is the legal paper, ``en`` a reading copy. Equal values
    give equal bytes. The document's title carries the code and no name; there is no author. Raises ValueError
    for another paper or language, and for a QR text that no code can hold.
    """
    fields = {name: printed(getattr(values, name)) for name in _PLAIN}
    fields |= {name: printed(getattr(values, name)) or _DOTS for name in _DOTTED}
    received = values.received_at.astimezone(words.VIETNAM)
    fields |= {
        "superior_agency_capitals": fields["superior_agency"].upper(),
        "unit_name_capitals": fields["unit_name"].upper(),
        "qr_text": values.qr_text,
        "provisional": _flag(values.provisional),
        "at_centre": _flag(values.at_centre),
        "reprint": str(values.reprint) if values.reprint else "",
        "today": long_day(received, language),
        "received_at": long_moment(received, language),
        **_appointment(values.come_back, language),
        "copies": f"{values.copies:02}" if language == "vi" else str(values.copies),
        "fee": number(values.fee, language),
        "fee_none": _flag(not values.fee),
        "fee_owed": _flag(values.fee and not values.fee_collected),
        "fee_taken": _flag(values.fee and values.fee_collected),
    }
    papers = [
        (str(n), printed(name), *map(str, counts)) for n, (name, *counts) in enumerate(values.papers, 1)
    ]
    rows = {"papers": papers or [("",) * 5]}
    return compose("receipt", fields, rows, paper=paper, language=language)


def _appointment(come_back: date, language: str) -> dict[str, str]:
    if isinstance(come_back, datetime):
        local: date = come_back.astimezone(words.VIETNAM)
        said = long_moment(come_back, language)
    else:
        local, said = come_back, long_day(come_back, language)
    with words.speaking(language):
        return {"come_back": said, "come_back_weekday": words.weekday(local)}


def _flag(value: object) -> str:
    return "1" if value else ""
