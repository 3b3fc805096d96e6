"""Results that change hands: the list that goes out, the list that comes back, what the post is given.

The lists lie and are signed by both sides; each has a line a result. ``language`` and ``templates`` are those
of `receipt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mobile_reception.papers.forms import Templates, compose, fields_of, load, number, numbered
from mobile_reception.papers.heading import heading
from mobile_reception.papers.values import Headed, Slip


@dataclass(frozen=True, slots=True, kw_only=True)
class OutRow:
    """A result on the list that goes out; ``note``: to be handed over in person, say."""

    code: str
    name: str
    hamlet: str = ""
    result: str
    to_pay: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutValues(Headed):
    """Danh mục kết quả mang đi: what a team takes to a hamlet, with room for each citizen's signature."""

    at: datetime
    trip: str
    """Where and when they go."""
    giver: str
    receiver: str
    rows: tuple[OutRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackRow:
    """What became of a result that went out."""

    code: str
    name: str
    hamlet: str = ""
    result: str
    outcome: str
    """Handed over, and to whom; brought back, and why; posted, under which code."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackValues(Headed):
    """Danh mục kết quả mang về: every result that went out, and what became of it."""

    at: datetime
    trip: str
    giver: str
    receiver: str
    taken: int
    handed_over: int
    posted: int
    returned: int
    on_board: int
    """Neither handed over nor brought back yet."""
    rows: tuple[BackRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """An envelope for the post."""

    code: str
    recipient: str
    address: str
    phone: str = ""
    result: str
    to_pay: int = 0
    tracking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostListValues(Headed):
    """Biên bản bàn giao kết quả cho bưu chính: one line an envelope."""

    printed_on: date
    giver: str
    rows: tuple[PostRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSlipValues(Slip):
    """Phiếu gửi kết quả qua bưu chính công ích, with the label for the envelope under it."""

    recipient: str
    address: str
    phone: str | None = None
    result: str
    to_pay: int = 0
    tracking: str | None = None
    sender: str


def results_out(
    values: OutValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """The list that goes out."""
    fields = fields_of(values, language) | heading(values, values.at, language)
    fields |= {
        "count": number(len(values.rows), language),
        "to_pay_total": number(sum(row.to_pay for row in values.rows), language),
    }
    rows = _rows(values.rows, language)
    return compose(load("results-out", templates), fields, {"rows": rows}, paper=paper, language=language)


def results_back(
    values: BackValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """The list that comes back."""
    fields = fields_of(values, language) | heading(values, values.at, language)
    rows = _rows(values.rows, language)
    return compose(load("results-back", templates), fields, {"rows": rows}, paper=paper, language=language)


def post_list(
    values: PostListValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """What the post officer signs for."""
    fields = fields_of(values, language) | heading(values, values.printed_on, language)
    fields |= {
        "count": number(len(values.rows), language),
        "to_pay_total": number(sum(row.to_pay for row in values.rows), language),
    }
    rows = _rows(values.rows, language)
    return compose(load("post-list", templates), fields, {"rows": rows}, paper=paper, language=language)


def post_slip(
    values: PostSlipValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """The slip for one envelope, and its label."""
    fields = fields_of(values, language) | heading(values, values.at, language)
    fields["to_pay"] = number(values.to_pay, language) if values.to_pay else ""
    return compose(load("post", templates), fields, {}, paper=paper, language=language)


def _rows(rows: Sequence[Any], language: str) -> list[dict[str, str]]:
    """The rows' fields; a sum of nothing is left empty."""
    return [
        {**said, "to_pay": ""} if said.get("to_pay") == "0" else said for said, _ in numbered(rows, language)
    ]
