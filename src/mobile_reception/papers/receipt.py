"""Mẫu số 01: Giấy tiếp nhận hồ sơ và hẹn trả kết quả."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from mobile_reception import words
from mobile_reception.papers.forms import compose, fields_of, load
from mobile_reception.papers.heading import heading
from mobile_reception.papers.phrase import printed
from mobile_reception.papers.values import ReceiptValues


def receipt(
    values: ReceiptValues,
    *,
    paper: str = "A4",
    language: str = "vi",
    templates: Mapping[str, str] | None = None,
) -> bytes:
    """The receipt that the citizen takes home (Form 01 of the circular named in ``frame.toml``) as PDF.

    ``paper`` is ``A4`` or ``A5``, upright. ``vi`` is the legal paper, ``en`` a reading copy. ``templates``
    holds a centre's edited forms (see `load`). Equal arguments give equal bytes. The document's title carries
    the code and no name; there is no author. Raises ValueError for another paper or language, and for a QR
    text that no code can hold; BadTemplate for an edited form that cannot be used.
    """
    fields = fields_of(values, language) | heading(values, values.received_at, language)
    fields |= {
        "waiting": "" if values.at_centre else "1",
        "come_back_weekday": _weekday(values.come_back, language),
        "copies": f"{values.copies:02}" if language == "vi" else str(values.copies),
        "fee_none": "" if values.fee else "1",
        "fee_owed": "1" if values.fee and not values.fee_collected else "",
        "fee_taken": "1" if values.fee and values.fee_collected else "",
        "authentication": "1" if values.certified else "",
        "second_stage": "1" if values.second_come_back else "",
    }
    rows = {
        "papers": paper_rows(values.papers),
        "certified": [
            {
                "n": str(n),
                "name": printed(one.name),
                "pages": str(one.pages),
                "copies": str(one.copies),
                "electronic": "X" if one.electronic else "",
            }
            for n, one in enumerate(values.certified, 1)
        ],
    }
    return compose(load("receipt", templates), fields, rows, paper=paper, language=language)


def paper_rows(papers: Sequence[tuple[str, int, int, int]]) -> list[dict[str, str]]:
    """The table of papers that several forms have: number, name, originals, certified copies, photocopies."""
    return [
        {
            "n": str(n),
            "name": printed(name),
            "originals": str(originals),
            "certified": str(certified),
            "photocopies": str(photocopies),
        }
        for n, (name, originals, certified, photocopies) in enumerate(papers, 1)
    ]


def _weekday(come_back: date, language: str) -> str:
    local = come_back.astimezone(words.VIETNAM) if isinstance(come_back, datetime) else come_back
    with words.speaking(language):
        return words.weekday(local)
