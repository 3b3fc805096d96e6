"""Results: packed at the centre, taken along, handed over, posted or brought back; what each fact tells.

A result travels as a *card*, which is all that a laptop needs to hand it over and nothing else about the
citizen. Whoever takes it along writes the card into the fact, so that what is on board stays what it was when
the list at the centre changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.payload import amount_of, text_of
from mobile_reception.words import moment, text

PACKED: Final = "result.packed"
UNPACKED: Final = "result.unpacked"
TAKEN: Final = "result.taken"
HANDED_OVER: Final = "result.handed_over"
RETURNED: Final = "result.returned"
POSTED: Final = "result.posted"

KINDS: Final = frozenset({PACKED, UNPACKED, TAKEN, HANDED_OVER, RETURNED, POSTED})
ENDINGS: Final = frozenset({HANDED_OVER, POSTED})
"""Facts after which the result is with the citizen or on its way to them."""

ENDING: Final = "result.handed_over"
"""The field whose two standing values say that one result was handed over twice."""

THEN: Final = ("next", "post", "centre")
"""What becomes of a result that was not collected: the next session, the post, kept at the centre."""
SIGNED: Final = ("paper", "screen", "mark")
"""Signed on paper, on the screen, or with a fingerprint (điểm chỉ) on paper."""
ID_KINDS: Final = ("cccd", "cmnd", "passport", "vneid", "other")

WIDTH: Final = 1000
HEIGHT: Final = 320
"""The field that a signature is drawn in; its points are whole numbers within it."""
MOST_POINTS: Final = 4000
MOST_STROKES: Final = 200

Strokes = tuple[tuple[int, ...], ...]
"""Each stroke: x, y, x, y …"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the post takes a result."""

    recipient: str
    address: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ResultCard:
    """What a result's card says; ``name`` is the name to be matched, ``paper`` the kind of result.

    ``to_pay`` is in đồng. ``in_person``: to the owner and nobody else. ``by_post``: the post may take it.
    ``session`` is the planned session that it is packed for, None for the post.
    """

    code: str
    name: str
    procedure: str = ""
    paper: str = ""
    number: str = ""
    hamlet: str = ""
    to_pay: int = 0
    in_person: bool = False
    by_post: bool = False
    session: str | None = None
    post: Address | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A hand-over, or the giving to the post: to whom, by whom, how it was signed for."""

    fact: str
    kind: str
    to: str
    at: str
    origin: str
    officer: str
    session: str | None = None
    relation: str | None = None
    personal_id: str | None = None
    id_kind: str | None = None
    authorisation: str | None = None
    signed: str = "paper"
    strokes: Strokes = ()
    tracking: str | None = None

    @property
    def words(self) -> str:
        """Who and when, the same on every machine and in every language: a value that people choose from."""
        try:
            at = moment(datetime.fromisoformat(self.at))
        except (ValueError, OverflowError):
            at = self.at[:40]
        return f"{self.tracking or self.to} · {at}"


@dataclass(frozen=True, slots=True)
class ResultState:
    """Where a result is: ``ready``, ``packed``, ``taken``, ``handed_over``, ``posted`` or ``returned``.

    ``card`` is the last that was packed or taken. ``session`` is the one that it was packed for or taken to,
    ``holder`` the origin that has it with it, ``carriers`` all that ever had, ``since`` when it came to where
    it is. ``endings`` are all hand-overs that were told since it was last brought back: two are a question.
    ``trips`` are the sessions that it was taken along to, the last one last, each with whether it was brought
    back from there.
    ``reason`` and ``then`` are those of a result that was brought back; ``post`` says where the post shall
    take it.
    """

    place: str
    card: ResultCard | None = None
    session: str | None = None
    holder: str | None = None
    carriers: tuple[str, ...] = ()
    since: str = ""
    officer: str = ""
    endings: tuple[Ending, ...] = ()
    ending: Ending | None = None
    reason: str | None = None
    then: str | None = None
    post: Address | None = None
    trips: tuple[tuple[str, bool], ...] = ()

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of it at each session: ``handed_over``, ``posted``, ``returned``, or ``taken`` still.

        Carried to one session and handed over at another, it came back from the first, whoever noted it.
        """
        found = dict.fromkeys((session for session, _ in self.trips), "returned")
        if self.place == "taken" and self.trips and not self.trips[-1][1]:
            found[self.trips[-1][0]] = "taken"
        if self.ending is not None and self.ending.session is not None:
            found[self.ending.session] = "posted" if self.ending.kind == POSTED else "handed_over"
        return found


def card_of(value: object) -> ResultCard | None:
    """The card in a payload; None for what is none."""
    if not isinstance(value, Mapping):
        return None
    code, name = text_of(value, "code"), text_of(value, "name")
    if not code or not name:
        return None
    return ResultCard(
        code=code,
        name=name,
        procedure=text_of(value, "procedure") or "",
        paper=text_of(value, "paper") or "",
        number=text_of(value, "number") or "",
        hamlet=text_of(value, "hamlet") or "",
        to_pay=amount_of(value, "to_pay"),
        in_person=value.get("in_person") is True,
        by_post=value.get("by_post") is True,
        session=text_of(value, "session"),
        post=address_of(value.get("post")),
    )


def card_json(card: ResultCard) -> dict[str, Any]:
    """A card as it travels and stands in facts."""
    return {
        "code": card.code,
        "name": card.name,
        "procedure": card.procedure,
        "paper": card.paper,
        "number": card.number,
        "hamlet": card.hamlet,
        "to_pay": card.to_pay,
        "in_person": card.in_person,
        "by_post": card.by_post,
        "session": card.session,
        "post": None if card.post is None else address_json(card.post),
    }


def address_of(value: object) -> Address | None:
    """The address in a payload; None for what is none."""
    if not isinstance(value, Mapping):
        return None
    recipient, address = text_of(value, "recipient"), text_of(value, "address")
    if not recipient or not address:
        return None
    return Address(recipient, address, text_of(value, "phone") or "")


def address_json(post: Address) -> dict[str, str]:
    """An address as it stands in facts."""
    return {"recipient": post.recipient, "address": post.address, "phone": post.phone}


def ending_of(fact: Fact, body: Mapping[str, Any]) -> Ending | None:
    """What a fact of a hand-over or of the post tells; None when it names no receiver."""
    to = text_of(body, "to")
    if not to:
        return None
    signed = body.get("signed")
    return Ending(
        fact=fact.id,
        kind=fact.kind,
        to=to,
        at=fact.at,
        origin=fact.origin,
        officer=fact.officer,
        session=text_of(body, "session"),
        relation=text_of(body, "relation"),
        personal_id=text_of(body, "personal_id"),
        id_kind=text_of(body, "id_kind"),
        authorisation=text_of(body, "authorisation"),
        signed=signed if signed in SIGNED else "paper",
        strokes=strokes_of(body.get("strokes")) or (),
        tracking=text_of(body, "tracking"),
    )


def strokes_of(value: object) -> Strokes | None:
    """A signature's strokes; None for what is none, or more than a hand draws."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not 0 < len(value) <= MOST_STROKES:
        return None
    strokes: list[tuple[int, ...]] = []
    for stroke in value:
        if not isinstance(stroke, Sequence) or isinstance(stroke, str) or len(stroke) < 2 or len(stroke) % 2:
            return None
        points = tuple(stroke)
        if not all(type(each) is int for each in points):
            return None
        if not all(0 <= x <= WIDTH for x in points[::2]) or not all(0 <= y <= HEIGHT for y in points[1::2]):
            return None
        strokes.append(points)
    return tuple(strokes) if sum(map(len, strokes)) <= 2 * MOST_POINTS else None


def place_words(place: str) -> str:
    """Where a result is, in words."""
    names = {
        "ready": text("Đã có kết quả"),
        "packed": text("Chờ nhận mang theo"),
        "taken": text("Đang mang theo"),
        "handed_over": text("Đã trao"),
        "posted": text("Đã gửi bưu chính"),
        "returned": text("Đã mang về"),
    }
    return names.get(place, place)


def then_words(then: str | None) -> str:
    """What becomes of a result that was not collected."""
    names = {
        "next": text("trao ở phiên sau"),
        "post": text("gửi bưu chính"),
        "centre": text("giữ tại trung tâm"),
    }
    return names.get(then or "", then or "")


def signed_words(signed: str) -> str:
    """How a receiver signed."""
    names = {
        "paper": text("ký trên giấy"),
        "screen": text("ký trên màn hình"),
        "mark": text("điểm chỉ trên giấy"),
    }
    return names.get(signed, signed)


def id_kind_words(kind: str) -> str:
    """The kind of identity paper that a receiver showed."""
    names = {
        "cccd": text("Căn cước"),
        "cmnd": text("CMND cũ"),
        "passport": text("Hộ chiếu"),
        "vneid": text("VNeID"),
        "other": text("Giấy tờ khác"),
    }
    return names.get(kind, kind)


def relations() -> tuple[str, ...]:
    """Whom a result may be handed to for its owner, in the office's words."""
    return (
        "vợ",
        "chồng",
        "cha",
        "mẹ",
        "con",
        "ông",
        "bà",
        "anh",
        "chị",
        "em",
        "cháu",
        "người giám hộ",
        "người được ủy quyền",
        "khác",
    )
