"""Moments in documents for programs are in UTC+7, whichever zone the clock that wrote them was in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from laptop_and_centre import House, PaperBox, make_centre, noon
from laptops import WEDNESDAY, Clock, at_the_table, line, received
from mobile_reception.commands import as_document
from mobile_reception.desk.day import close_json
from mobile_reception.desk.dossiers import line_json, view_json
from mobile_reception.desk.reports import session_json, status_json
from mobile_reception.desk.reviews import as_json
from mobile_reception.desk.table import Desk
from mobile_reception.words import iso

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def moments(document: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every moment of a document with its place."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from moments(value, f"{at}.{name}")
    elif isinstance(document, list | tuple):
        for value in document:
            yield from moments(value, f"{at}[]")
    elif isinstance(document, str) and MOMENT.match(document):
        yield at, document


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A laptop whose machine tells its time in UTC, as the program asks it without ``--now``."""
    clock = Clock(WEDNESDAY.astimezone(UTC))
    opened = at_the_table(tmp_path / "laptop", clock)
    yield opened
    opened.close()


def test_what_the_laptop_says_of_a_day_is_in_its_time(desk: Desk) -> None:
    code = received(desk, line(received_at="2026-11-25T01:15:00+00:00")).code
    desk.amend(code, {"note": "giao cho con"}, "người dân nhờ")
    desk.note_incident("power")
    desk.note_incident("complaint", "ghế gãy")
    session = desk.close_session(0).value
    (reviewed,) = desk.reviews()
    documents = {
        "session": session_json(session),
        "close": close_json(desk.closing(session.id)),
        "status": status_json(desk.status()),
        "show": view_json(desk.dossier(code)),
        "find": [line_json(each) for each in desk.find("Diệu")],
        "summary": desk.summary(session.id),
        "review": as_json(reviewed),
    }
    found = [each for name, document in documents.items() for each in moments(document, name)]
    assert {place.partition(".")[0].rstrip("[]") for place, _ in found} >= {
        "session",
        "show",
        "find",
        "summary",
    }
    assert [each for each in found if not each[1].endswith("+07:00")] == []
    assert session_json(session)["opened_at"].startswith("2026-11-25T08:00")
    assert view_json(desk.dossier(code))["received_at"] == "2026-11-25T08:15:00+07:00"


def test_what_the_centre_says_is_in_its_units_time(tmp_path: Path) -> None:
    make_centre(tmp_path)
    house = House(tmp_path)
    box = PaperBox()
    device = house.join(box)
    assert device.last_contact is not None
    assert device.last_contact.endswith("+00:00")  # as it is stored
    told = as_document(device)
    assert told["last_contact"] == noon().astimezone(WEDNESDAY.tzinfo).isoformat()
    assert told["enrolled_at"].endswith("+07:00")
    found = list(moments(as_document(house.ledger.status())))
    assert [each for each in found if not each[1].endswith("+07:00")] == []
    house.ledger.close()


@dataclass
class Told:
    at: str
    note: str
    inner: tuple[Any, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def test_only_moments_are_turned_and_never_what_people_typed() -> None:
    late = "2026-11-25T18:30:00+00:00"
    said = Told(late, late, (Told("hôm qua", "x"),), {"since": late, "note": late})
    assert as_document(said) == {
        "at": "2026-11-26T01:30:00+07:00",
        "note": late,
        "inner": ({"at": "hôm qua", "note": "x", "inner": (), "more": {}},),
        "more": {"since": "2026-11-26T01:30:00+07:00", "note": late},
    }
    assert iso(None) is None
    assert iso(datetime(2026, 11, 25, 23, 59, tzinfo=UTC)) == "2026-11-26T06:59:00+07:00"
