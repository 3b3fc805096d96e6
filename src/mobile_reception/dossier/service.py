"""What a table gives besides receiving: free services, what citizens thought of it, what went wrong.

Three kinds of facts. A free service and an incident are about a hamlet session; a rating is about a dossier,
or about a session where a paper form without a name was filled in. None of them holds anybody's data unless
an officer types it into a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mobile_reception.dossier.facts import Fact
from mobile_reception.words import text

SERVICE_PROVIDED: Final = "service.provided"
CITIZEN_RATED: Final = "citizen.rated"
INCIDENT_NOTED: Final = "incident.noted"

SERVICES: Final = ("typing", "photocopy", "online_guidance", "vneid_help")
"""Texts typed, sets copied, citizens shown how to file online, citizens helped with VNeID."""
LEVELS: Final = ("very", "satisfied", "not")
"""Rất hài lòng, hài lòng, không hài lòng: the three buttons of a counter."""
NOT_SATISFIED: Final = "not"
REASONS: Final = ("waiting", "unclear", "papers", "attitude", "fees", "late", "place", "other")
"""What citizens may choose from when they are not satisfied."""
COMPLAINT: Final = "complaint"
"""A citizen's complaint or proposal (phản ánh, kiến nghị), noted with its content beside what failed."""
INCIDENTS: Final = ("power", "network", "printer", "scanner", "other", COMPLAINT)

NOTES: Final = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000)
"""The notes in circulation that a cash box holds, in đồng."""
MOST_NOTES: Final = 100_000

MOST_QUANTITY: Final = 10_000
MOST_PRICE: Final = 10**8
"""Whole đồng a piece."""


@dataclass(frozen=True, slots=True)
class Service:
    """A free service: ``quantity`` texts, sets or citizens (below zero: what was counted by mistake).

    ``price`` is what one costs on the local market in đồng, as the unit had it set at that moment; 0 where
    nobody has set it. ``pages`` are those of all of it, where they were counted.
    """

    fact: str
    kind: str
    quantity: int
    price: int
    pages: int | None
    note: str | None
    officer: str
    at: str

    @property
    def saved(self) -> int:
        """What the citizens did not have to pay, in đồng."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Rating:
    """How satisfied somebody is; ``proxy``: asked and noted down by the officer (hỏi hộ).

    ``session`` is the session at which it was said, where one was open.
    """

    fact: str
    level: str
    reason: str | None
    proxy: bool
    session: str | None
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that failed during a session, or what a citizen complained of."""

    fact: str
    kind: str
    note: str | None
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Box:
    """What lay in a laptop's cash box when it closed: in đồng, by notes, and why it differs from the fees."""

    cash: int
    notes: Mapping[int, int]
    explained: str | None


def service(fact: Fact, body: Mapping[str, Any]) -> Service | None:
    """The free service that a fact tells of; None when it tells of none."""
    quantity, price, pages = body.get("quantity"), body.get("price"), body.get("pages")
    if body.get("kind") not in SERVICES or type(quantity) is not int or type(price) is not int:
        return None
    if not 0 < abs(quantity) <= MOST_QUANTITY or not 0 <= price <= MOST_PRICE:
        return None
    counted = pages if type(pages) is int and 0 < pages <= MOST_QUANTITY else None
    return Service(
        fact.id, body["kind"], quantity, price, counted, _words(body, "note"), fact.officer, fact.at
    )


def rating(fact: Fact, body: Mapping[str, Any]) -> Rating | None:
    """The rating that a fact tells of; None when it tells of none, or of no reason for `NOT_SATISFIED`."""
    level, reason = body.get("level"), _words(body, "reason")
    if level not in LEVELS or (level == NOT_SATISFIED and reason is None):
        return None
    proxy = body.get("proxy") is True
    return Rating(fact.id, level, reason, proxy, _words(body, "session"), fact.officer, fact.at)


def incident(fact: Fact, body: Mapping[str, Any]) -> Incident | None:
    """The incident that a fact tells of; None when it tells of none, or of a complaint without a content."""
    note = _words(body, "note")
    if body.get("kind") not in INCIDENTS or (body["kind"] == COMPLAINT and note is None):
        return None
    return Incident(fact.id, body["kind"], note, fact.officer, fact.at)


def counted(fact: Fact, body: Mapping[str, Any], boxes: Mapping[str, Box]) -> dict[str, Box]:
    """``boxes`` by journal after a closing: what is counted last is what lies in a laptop's box.

    A copied or restored folder closes what its former journals had counted too (``parts``): it is one box.
    """
    if type(body.get("cash")) is not int:
        return dict(boxes)
    named, parts = body.get("notes"), body.get("parts")
    told: Mapping[str, Any] = named if isinstance(named, dict) else {}
    notes = {note: told[str(note)] for note in NOTES if _is_count(told.get(str(note)))}
    former = set(parts) if isinstance(parts, list) and all(isinstance(each, str) for each in parts) else set()
    others = {origin: box for origin, box in boxes.items() if origin not in former}
    return {**others, fact.origin: Box(body["cash"], notes, _words(body, "explained"))}


def _is_count(value: object) -> bool:
    return type(value) is int and 0 < value <= MOST_NOTES


def _words(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value.strip() else None


def asks_nobody(procedure: str) -> bool:
    """Whether nobody is asked for a rating after this procedure, by its name: registrations of a death."""
    return "khai tử" in procedure.casefold()


def service_words(kind: str) -> str:
    """The name of a free service."""
    names = {
        "typing": text("Đánh máy"),
        "photocopy": text("Phô tô"),
        "online_guidance": text("Hướng dẫn nộp trực tuyến"),
        "vneid_help": text("Hỗ trợ VNeID"),
    }
    return names.get(kind, kind)


def level_words(level: str) -> str:
    """The words on the three buttons."""
    names = {
        "very": text("Rất hài lòng"),
        "satisfied": text("Hài lòng"),
        "not": text("Không hài lòng"),
    }
    return names.get(level, level)


def reason_words(reason: str) -> str:
    """Why somebody was not satisfied."""
    return {
        "waiting": text("Phải chờ lâu"),
        "unclear": text("Hướng dẫn chưa rõ"),
        "papers": text("Đòi thêm giấy tờ"),
        "attitude": text("Thái độ phục vụ"),
        "fees": text("Phí, lệ phí chưa rõ"),
        "late": text("Trả kết quả trễ hẹn"),
        "place": text("Nơi ngồi chờ"),
        "other": text("Lý do khác"),
    }[reason]


def incident_words(kind: str) -> str:
    """What failed."""
    names = {
        "power": text("Mất điện"),
        "network": text("Mất mạng"),
        "printer": text("Lỗi máy in"),
        "scanner": text("Lỗi máy quét"),
        "other": text("Sự cố khác"),
        COMPLAINT: text("Phản ánh, kiến nghị"),
    }
    return names.get(kind, kind)
