"""The door: a dossier as an officer, a file or another program gives it, taken whole or refused by field.

The shape of a line is the command line's promise: the fields in a Problem are named as on the line, with
dots and places (``submitter.personal_id``, ``papers[2].name``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from mobile_reception.dossier import identity
from mobile_reception.dossier.identity import Unacceptable
from mobile_reception.words import VIETNAM, text

WAYS = ("hamlet", "centre", "post", "on_the_spot")
"""How the result comes back: in the hamlet, at the centre, by public post, at once at the table."""

NAME_LIMIT = 200
MOST_PAPERS = 100
MOST_ANSWERS = 100
MOST_COUNT = 9_999
MOST_MONEY = 1_000_000_000
MOST_BYTES = 48 * 1024
"""A dossier must fit in one fact's payload (64 KiB) with room for what the program adds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line is not taken: its field as the line names it ("" for all of it), and words for a person."""

    field: str
    message: str


class Invalid(ValueError):
    """A dossier that cannot be received, with every problem found, never only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.message}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen as named in one dossier; ``birth_date`` is ISO 8601 and may stop at the year or the month."""

    full_name: str
    personal_id: str | None = None
    id_kind: str = "cccd"
    birth_date: str | None = None
    sex: str | None = None
    phone: str | None = None
    address: str | None = None


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
    knows the limit. Money is whole đồng.
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


def read(line: object) -> Reception:
    """The dossier on a line: ``line`` is what a JSON reader gives for it.

    Raises Invalid with all problems at once, and nothing else, whatever ``line`` is. Types are taken as they
    are (a number is no text, true is no number); text is made NFC, loses invisible format characters and
    doubled spaces, and is refused with control characters in it; keys that nobody knows are refused. A time
    without a zone is Vietnamese time. A paper that gives none of its counts is one original.
    """
    if not isinstance(line, Mapping):
        raise Invalid((Problem("", text("dòng này không phải là một hồ sơ (cần một đối tượng JSON)")),))
    door = _Door()
    taken = _reception(_Part(door, line, ""))
    if not door.problems and len(json.dumps(to_json(taken), ensure_ascii=False).encode()) > MOST_BYTES:
        door.refuse("", text("hồ sơ dài quá {size} KiB", size=MOST_BYTES // 1024))
    if door.problems:
        raise Invalid(tuple(door.problems))
    return taken


def to_json(reception: Reception) -> dict[str, object]:
    """The line of a dossier, every key present, ready for canonical JSON: ``read(to_json(r)) == r``."""
    return {
        "ref": reception.ref,
        "procedure": reception.procedure,
        "variant": reception.variant,
        "received_at": reception.received_at.isoformat() if reception.received_at else None,
        "submitter": _person_json(reception.submitter),
        "owner": _person_json(reception.owner),
        "relation": reception.relation,
        "beneficiary": _person_json(reception.beneficiary),
        "papers": [
            {
                "name": paper.name,
                "originals": paper.originals,
                "certified": paper.certified,
                "photocopies": paper.photocopies,
                "pages": paper.pages,
            }
            for paper in reception.papers
        ],
        "copies": reception.copies,
        "fee": reception.fee,
        "exemption": reception.exemption,
        "due": reception.due.isoformat() if reception.due else None,
        "delivery": {
            "way": reception.delivery.way,
            "address": reception.delivery.address,
            "recipient": reception.delivery.recipient,
            "phone": reception.delivery.phone,
        },
        "notify_sms": reception.notify_sms,
        "note": reception.note,
        "answers": dict(reception.answers),
    }


def _person_json(person: Person | None) -> dict[str, object] | None:
    if person is None:
        return None
    return {
        "full_name": person.full_name,
        "personal_id": person.personal_id,
        "id_kind": person.id_kind,
        "birth_date": person.birth_date,
        "sex": person.sex,
        "phone": person.phone,
        "address": person.address,
    }


_ANSWER_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,59}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LINE_KEYS, _PERSON_KEYS, _PAPER_KEYS, _DELIVERY_KEYS = (
    frozenset(one.name for one in fields(shape)) for shape in (Reception, Person, Paper, Delivery)
)


class _Door:
    """Gathers problems, so that the officer mends a line once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, place: str, message: str) -> None:
        self.problems.append(Problem(place, message))


class _Part:
    """One object of the line: takes a value by key, or notes why not and gives something harmless instead."""

    def __init__(self, door: _Door, values: Mapping[object, object], place: str) -> None:
        self.door = door
        self.values = values
        self.place = place

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def refuse(self, key: str, message: str) -> None:
        self.door.refuse(self.at(key), message)

    def only(self, known: frozenset[str]) -> None:
        """Refuses every key that nobody knows: a misspelt key would lose its value in silence."""
        for key in self.values:
            if key not in known:
                self.refuse(_shown(key), text("không có trường này"))

    def typed(self, key: str, limit: int) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(key, text("phải là chữ, đặt trong dấu ngoặc kép"))
            return None
        try:
            return identity.clean(value, limit=limit) or None
        except Unacceptable as reason:
            self.refuse(key, str(reason))
            return None

    def needed(self, key: str, limit: int) -> str:
        before = len(self.door.problems)
        value = self.typed(key, limit)
        if value is None and len(self.door.problems) == before:
            self.refuse(key, text("không được để trống"))
        return value or ""

    def one_of(self, key: str, known: tuple[str, ...], otherwise: str | None) -> str | None:
        value = self.typed(key, 40)
        if value is not None and value not in known:
            self.refuse(key, text("phải là một trong: {known}", known=", ".join(known)))
            return otherwise
        return value or otherwise

    def number(self, key: str, least: int, most: int) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(key, text("phải là số nguyên"))
            return None
        if not least <= value <= most:
            self.refuse(key, text("phải từ {least} đến {most}", least=least, most=most))
            return None
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, text("phải là true hoặc false"))
            return False
        return bool(value)

    def part(self, key: str) -> _Part | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.refuse(key, text("phải là một đối tượng JSON"))
            return None
        return _Part(self.door, value, self.at(key))

    def day(self, key: str) -> date | None:
        value = self.typed(key, 40)
        if value is None:
            return None
        if not _DAY.fullmatch(value):
            self.refuse(key, text("phải là ngày dạng năm-tháng-ngày, ví dụ 2026-11-20"))
            return None
        return self._within(key, _calendar_moment(value))

    def moment(self, key: str) -> datetime | None:
        value = self.typed(key, 60)
        if value is None:
            return None
        if not _MOMENT.fullmatch(value):
            self.refuse(key, text("phải là thời điểm, ví dụ 2026-11-20T08:15:00+07:00"))
            return None
        found = _calendar_moment(value)
        # The code of a dossier has two digits for its year; the bound also keeps zones inside the calendar.
        return found if self._within(key, found) else None

    def _within(self, key: str, found: datetime | None) -> date | None:
        if found is None:
            self.refuse(key, text("ngày này không có trong lịch"))
        elif not 2000 <= found.year <= 2099:
            self.refuse(key, text("năm phải từ 2000 đến 2099"))
        else:
            return found.date()
        return None


def _calendar_moment(value: str) -> datetime | None:
    """The moment in UTC+7, or None if there is no such moment; a time without a zone is Vietnamese."""
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=VIETNAM) if found.tzinfo is None else found.astimezone(VIETNAM)
    except (ValueError, OverflowError):
        return None


def _shown(key: object) -> str:
    """A key that came from outside, fit for a message: printable, and not longer than a glance."""
    return ascii(key).strip("'\"")[:60] if not (isinstance(key, str) and key.isprintable()) else key[:60]


def _reception(line: _Part) -> Reception:
    line.only(_LINE_KEYS)
    return Reception(
        procedure=line.needed("procedure", 40),
        submitter=_person(line, "submitter") or Person(""),
        ref=line.typed("ref", 100),
        variant=line.typed("variant", 60),
        received_at=line.moment("received_at"),
        owner=_person(line, "owner"),
        relation=line.typed("relation", 100),
        beneficiary=_person(line, "beneficiary"),
        papers=_papers(line),
        copies=1 if (copies := line.number("copies", 1, MOST_COUNT)) is None else copies,
        fee=line.number("fee", 0, MOST_MONEY),
        exemption=line.typed("exemption", 60),
        due=line.day("due"),
        delivery=_delivery(line),
        notify_sms=line.flag("notify_sms"),
        note=line.typed("note", 2000),
        answers=_answers(line),
    )


def _person(line: _Part, key: str) -> Person | None:
    if key == "submitter" and line.values.get(key) is None:
        line.refuse("submitter", text("cần họ tên người nộp hồ sơ"))
        return None
    given = line.part(key)
    if given is None:
        return None
    given.only(_PERSON_KEYS)
    kind = given.one_of("id_kind", identity.ID_KINDS, "cccd") or "cccd"
    number = given.typed("personal_id", 40)
    if kind == "cccd" and number is not None and not identity.is_personal_number(number):
        given.refuse("personal_id", text("số định danh phải có đúng 12 chữ số"))
    born = given.typed("birth_date", 40)
    if born is not None:
        try:
            born = identity.check_birth_date(born)
        except Unacceptable as reason:
            given.refuse("birth_date", str(reason))
    phone = given.typed("phone", 40)
    return Person(
        full_name=_full_name(given),
        personal_id=number,
        id_kind=kind,
        birth_date=born,
        sex=given.one_of("sex", identity.SEXES, None),
        phone=identity.phone(phone) if phone else None,
        address=given.typed("address", 300),
    )


def _full_name(given: _Part) -> str:
    name = given.needed("full_name", NAME_LIMIT)
    if name and not any(letter.isalpha() for letter in name):
        given.refuse("full_name", text("phải có chữ cái"))
    return name


def _papers(line: _Part) -> tuple[Paper, ...]:
    given = line.values.get("papers")
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        line.refuse("papers", text("phải là một danh sách giấy tờ"))
        return ()
    if len(given) > MOST_PAPERS:
        line.refuse("papers", text("nhiều quá {most} loại giấy tờ", most=MOST_PAPERS))
        return ()
    return tuple(_paper(line, f"papers[{place}]", one) for place, one in enumerate(given))


def _paper(line: _Part, place: str, given: object) -> Paper:
    if not isinstance(given, Mapping):
        line.refuse(place, text("phải là một đối tượng JSON"))
        return Paper("")
    part = _Part(line.door, given, place)
    part.only(_PAPER_KEYS)
    counts = {key: part.number(key, 0, MOST_COUNT) for key in ("originals", "certified", "photocopies")}
    if all(count is None for count in counts.values()):
        counts["originals"] = 1
    return Paper(
        name=part.needed("name", 300),
        pages=part.number("pages", 1, MOST_COUNT) or 1,
        **{key: count or 0 for key, count in counts.items()},
    )


def _delivery(line: _Part) -> Delivery:
    given = line.part("delivery")
    if given is None:
        return Delivery()
    given.only(_DELIVERY_KEYS)
    way = given.one_of("way", WAYS, "hamlet") or "hamlet"
    take = given.needed if way == "post" else given.typed
    phone = given.typed("phone", 40)
    return Delivery(
        way=way,
        address=take("address", 300),
        recipient=take("recipient", NAME_LIMIT),
        phone=identity.phone(phone) if phone else None,
    )


def _answers(line: _Part) -> dict[str, str]:
    given = line.part("answers")
    if given is None:
        return {}
    if len(given.values) > MOST_ANSWERS:
        line.refuse("answers", text("nhiều quá {most} mục", most=MOST_ANSWERS))
        return {}
    found: dict[str, str] = {}
    for key in given.values:
        if not isinstance(key, str) or not _ANSWER_KEY.fullmatch(key):
            given.refuse(_shown(key), text("tên mục chỉ gồm chữ cái không dấu, chữ số, dấu gạch"))
        elif (answer := given.typed(key, 2000)) is not None:
            found[key] = answer
    return found
