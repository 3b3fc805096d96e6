"""The plan of sessions as an iCalendar file (RFC 5545), for telephones and office calendars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mobile_reception.dossier.plan import Planned, kind_words, note_words
from mobile_reception.papers.values import ScheduleRow
from mobile_reception.words import VIETNAM, text

ZONE: Final = "Asia/Ho_Chi_Minh"
_LONGEST: Final = 75
"""Octets of a line, without its end."""


@dataclass(frozen=True, slots=True)
class Event:
    """A session in a calendar; ``uid`` stays the same for ever, ``sequence`` counts its changes.

    ``begins`` and ``ends`` are moments of Viet Nam, ``stamp`` is when the entry was last changed.
    """

    uid: str
    begins: datetime
    ends: datetime
    title: str
    place: str
    about: str = ""
    cancelled: bool = False
    sequence: int = 0
    stamp: datetime | None = None


def icalendar(events: Sequence[Event], *, name: str, now: datetime) -> bytes:
    """The events as an iCalendar file. ``now`` stands where an event does not say when it was changed."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Mobile Reception//Plan of sessions//VI",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        f"X-WR-TIMEZONE:{ZONE}",
        # Viet Nam has kept one time since 1975: no rule of summers and winters.
        "BEGIN:VTIMEZONE",
        f"TZID:{ZONE}",
        "BEGIN:STANDARD",
        "DTSTART:19750613T000000",
        "TZOFFSETFROM:+0700",
        "TZOFFSETTO:+0700",
        "TZNAME:+07",
        "END:STANDARD",
        "END:VTIMEZONE",
        *(line for event in events for line in _event(event, now)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, now: datetime) -> Iterator[str]:
    stamp = (event.stamp or now).astimezone(UTC)
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;TZID={ZONE}:{event.begins:%Y%m%dT%H%M%S}"
    yield f"DTEND;TZID={ZONE}:{event.ends:%Y%m%dT%H%M%S}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield f"SUMMARY:{_text(event.title)}"
    yield f"LOCATION:{_text(event.place)}"
    if event.about:
        yield f"DESCRIPTION:{_text(event.about)}"
    yield "END:VEVENT"


def _text(said: str) -> str:
    """A text value: what the format means by these signs is taken out of them."""
    plain = said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, broken between characters; CRLF behind it."""
    pieces: list[bytes] = []
    piece = b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > _LONGEST:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def events_of(plan: Sequence[Planned], unit: str) -> tuple[Event, ...]:
    """Planned sessions as entries of a calendar, worded in the language in force."""
    return tuple(
        Event(
            uid=f"{each.id}@{unit}.mobile-reception",
            begins=datetime.combine(each.day, each.begins, VIETNAM),
            ends=datetime.combine(each.day, each.ends, VIETNAM),
            title=text("Tiếp nhận lưu động: {hamlet}", hamlet=each.hamlet),
            place=each.hamlet,
            about="\n".join(part for part in (kind_words(each.kind), note_words(each)) if part),
            cancelled=not each.held,
            sequence=each.changed,
            stamp=datetime.fromisoformat(each.stamp) if each.stamp else None,
        )
        for each in plan
    )


def schedule_rows(plan: Sequence[Planned]) -> tuple[ScheduleRow, ...]:
    """Planned sessions as lines of the schedule, worded in the language in force."""
    return tuple(
        ScheduleRow(
            day=each.day,
            time=f"{each.begins:%H:%M}-{each.ends:%H:%M}",
            hamlet=each.hamlet,
            kind=kind_words(each.kind),
            note=note_words(each),
        )
        for each in plan
    )
