"""Reading a line: text made NFC, wrong types refused, every problem named by its field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from mobile_reception.dossier import identity
from mobile_reception.dossier.fees import CHANNELS
from mobile_reception.dossier.identity import Unacceptable
from mobile_reception.dossier.intake.values import (
    WAYS,
    Delivery,
    Door,
    Paper,
    Person,
    Problem,
    Reception,
    names,
    to_json,
)
from mobile_reception.words import VIETNAM, text

NAME_LIMIT = 200
MOST_PAPERS = 100
MOST_ANSWERS = 100
MOST_COUNT = 9_999
MOST_MONEY = 1_000_000_000
MOST_BYTES = 48 * 1024
"""A dossier must fit in one fact's payload (64 KiB) with room for what the program adds."""


def attempt(line: object) -> tuple[Reception, tuple[Problem, ...]]:
    """What can be taken of a line (what a JSON reader gives for it), and every problem of the rest.

    Never raises, whatever ``line`` is; a field with a problem is as if it were left out (a name that must be
    there is ""). Types are taken as they are (a number is no text, true is no number); text is made NFC,
    loses invisible format characters and doubled spaces, and is refused with control characters in it; keys
    that nobody knows are refused. A time without a zone is Vietnamese time. A paper that gives none of its
    counts is one original.
    """
    if not isinstance(line, Mapping):
        refusal = Problem("", text("dòng này không phải là một hồ sơ (cần một đối tượng JSON)"))
        return Reception("", Person("")), (refusal,)
    door = Door()
    taken = _reception(_Part(door, line, ""))
    if not door.problems and len(json.dumps(to_json(taken), ensure_ascii=False).encode()) > MOST_BYTES:
        door.refuse("", text("hồ sơ dài quá {size} KiB", size=MOST_BYTES // 1024))
    return taken, tuple(door.problems)


_ANSWER_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,59}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


class _Part:
    """One object of the line: takes a value by key, or notes why not and gives something harmless instead."""

    def __init__(self, door: Door, values: Mapping[object, object], place: str) -> None:
        self.door = door
        self.values = values
        self.place = place

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def refuse(self, key: str, message: str) -> None:
        self.door.refuse(self.at(key), message)

    def only(self, shape: type[Any]) -> None:
        """Refuses every key that nobody knows: a misspelt key would lose its value in silence."""
        for key in self.values:
            if key not in names(shape):
                self.refuse(_shown(key), text("không có trường này"))

    def typed(self, key: str, limit: int) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(key, text("phải là chữ, đặt trong dấu ngoặc kép"))
            return None
        if len(value) <= limit * 4 and (encoding := identity.legacy_encoding(value)):
            self.refuse(
                key,
                text("chữ theo bảng mã {encoding} cũ: chuyển sang Unicode rồi nhập lại", encoding=encoding),
            )
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
    line.only(Reception)
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
        channel=line.one_of("channel", CHANNELS, "counter") or "counter",
    )


def _person(line: _Part, key: str) -> Person | None:
    if key == "submitter" and line.values.get(key) is None:
        line.refuse("submitter", text("cần họ tên người nộp hồ sơ"))
        return None
    given = line.part(key)
    if given is None:
        return None
    given.only(Person)
    kind = given.one_of("id_kind", identity.ID_KINDS, "cccd") or "cccd"
    number = given.typed("personal_id", 40)
    if number is not None and identity.no_number(number):
        number = None
    if kind == "cccd" and number is not None and not identity.is_personal_number(number):
        old = re.fullmatch("[0-9]{9}", number) is not None
        refusal = text("số định danh phải có đúng 12 chữ số")
        given.refuse("personal_id", text("9 chữ số là số CMND: chọn loại giấy tờ CMND") if old else refusal)
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
        phone_of=given.typed("phone_of", 100),
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
    part.only(Paper)
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
    given.only(Delivery)
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
