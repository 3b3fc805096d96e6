"""A dossier at the door, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

WAYS = ("hamlet", "centre", "post", "on_the_spot")
"""How the result comes back: in the hamlet, at the centre, by public post, at once at the table."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line is not taken: its field as the line names it ("" for all of it), and words for a person."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen as named in one dossier; ``birth_date`` is ISO 8601 and may stop at the year or the month.

    ``phone_of`` says whose telephone it is, where it is not the person's own (a child's, a neighbour's).
    """

    full_name: str
    personal_id: str | None = None
    id_kind: str = "cccd"
    birth_date: str | None = None
    sex: str | None = None
    phone: str | None = None
    address: str | None = None
    phone_of: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper handed in, with how many of each kind; ``pages`` are those of its original."""

    name: str
    originals: int = 1
    certified: int = 0
    photocopies: int = 0
    pages: int = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the citizen gets the result; ``post`` always has an address and a recipient."""

    way: str = "hamlet"
    address: str | None = None
    recipient: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """One dossier at the door. ``owner`` None: the submitter is the owner. ``fee`` None: to be computed.

    ``received_at`` is aware, in UTC+7; None: now. ``due`` is the officer's own day, None where the catalogue
    knows the limit. Money is whole đồng. ``channel`` is one of fees.CHANNELS.
    """

    procedure: str
    submitter: Person
    ref: str | None = None
    variant: str | None = None
    received_at: datetime | None = None
    owner: Person | None = None
    relation: str | None = None
    beneficiary: Person | None = None
    papers: tuple[Paper, ...] = ()
    copies: int = 1
    fee: int | None = None
    exemption: str | None = None
    due: date | None = None
    delivery: Delivery = Delivery()
    notify_sms: bool = False
    note: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict, hash=False)
    channel: str = "counter"


class Door:
    """Gathers problems, so that the officer mends a line once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, place: str, message: str) -> None:
        self.problems.append(Problem(place, message))


def to_json(reception: Reception) -> dict[str, Any]:
    """The line of a dossier, every key present, ready for canonical JSON: ``read(to_json(r)) == r``."""
    return {name: _plain(getattr(reception, name)) for name in names(Reception)}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return {name: _plain(getattr(value, name)) for name in names(type(value))}


def names(shape: type[Any]) -> tuple[str, ...]:
    """The keys of ``shape`` on a line, in order."""
    return _NAMES[shape]


_NAMES: dict[type[Any], tuple[str, ...]] = {
    shape: tuple(one.name for one in fields(shape)) for shape in (Reception, Person, Paper, Delivery)
}
