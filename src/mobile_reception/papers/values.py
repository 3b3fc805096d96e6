"""What papers are made from: plain values, ready to print.

Text may be in any Unicode form and hold any character; it is printed as NFC, letter for letter, never as
markup. ``None`` or empty text is printed as a dotted line where the form keeps a line for it (address,
telephone, personal number) and left out elsewhere. Moments are aware and printed in UTC+7; money is whole
đồng.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

Papers = tuple[tuple[str, int, int, int], ...]
"""(name, originals, certified copies, photocopies), in the order of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """Who issues the paper: no agency's name stands in a form itself."""

    superior_agency: str
    """Printed in capitals, like ``unit_name``: ``Ủy ban nhân dân phường …``."""
    unit_name: str
    """``Trung tâm Phục vụ hành chính công phường …``, in the case it should have inside a sentence."""
    place: str
    """Before the date under the national heading: ``Thường Lạc``."""

    def __post_init__(self) -> None:
        _sound(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedPaper:
    """A paper to certify: pages of the original, copies on paper, and whether there is an electronic one."""

    name: str
    pages: int
    copies: int
    electronic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptValues(Headed):
    """Everything that Mẫu số 01 says about one dossier. Its day is that of ``received_at``."""

    code: str
    provisional: bool
    """``code`` is a slip's number and the official one is yet to come."""
    qr_text: str

    submitter_name: str
    submitter_address: str | None
    submitter_id: str | None
    submitter_phone: str | None = None
    submitter_email: str | None = None
    channel: str
    """How it was handed in: ``trực tiếp``, ``bưu chính`` …"""
    request: str
    """The procedure's name, as the decision that published it prints it."""
    owner_name: str | None = None
    """Only where the owner is somebody else than the submitter."""
    owner_address: str | None = None

    papers: Papers
    certified: tuple[CertifiedPaper, ...] = ()
    """Where given, the form is that of authentication: this table instead of ``papers``."""
    copies: int
    """Sets of the dossier (bộ)."""
    time_limit: str
    """The legal time limit in words: ``03 ngày làm việc``."""
    received_at: datetime
    come_back: date
    """A ``datetime`` prints its hour and minute too."""
    second_received_at: datetime | None = None
    second_come_back: date | None = None
    """The second stage of a procedure in two."""

    fee: int = 0
    """Whole đồng; 0 prints that nothing is charged."""
    fee_category: str = ""
    """``Phí chứng thực``, ``Lệ phí hộ tịch`` …"""
    fee_in_words: str = ""
    """``Mười hai nghìn đồng``; printed on the Vietnamese paper only."""
    fee_collected: bool = False

    delivery: str
    """Where the result will be handed over: ``tại phiên lưu động ấp …``, ``qua bưu chính: …``."""
    lookup: str | None = None
    """Address of the page where the dossier can be looked up."""
    hotline: str | None = None
    session: str | None = None
    """``Nhà văn hóa ấp Thượng 1``: where the hamlet session sits."""
    officer: str
    at_centre: bool = False
    """Until true the paper says that the dossier is on this machine only."""
    reprint: int = 0
    """0 for the first print, n for the n-th printed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptListRow:
    """One of several dossiers handed in by one person."""

    code: str
    request: str
    agency: str
    received_at: datetime
    come_back: date
    time_limit: str
    copies: int
    owner_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptListValues(Headed):
    """Mẫu số 01 for several dossiers of one person, with its list (BIÊN BẢN GIAO NHẬN HỒ SƠ)."""

    number: str = ""
    """Of the list, where the centre numbers them; in the heading and at the foot of the pages."""
    submitter_name: str
    submitter_address: str | None
    submitter_id: str | None
    submitter_phone: str | None = None
    submitter_email: str | None = None
    channel: str
    received_at: datetime
    delivery: str
    officer: str
    dossiers: tuple[ReceiptListRow, ...]
    session: str | None = None
    lookup: str | None = None
    hotline: str | None = None
    at_centre: bool = False
    reprint: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip(Headed):
    """What the papers about one dossier have in common."""

    code: str
    provisional: bool = False
    at: datetime
    """When the paper is made; its day stands under the national heading."""
    document_number: str | None = None
    """``12/HDHS``: its number among the papers of its kind, where the centre numbers them."""
    request: str
    """The procedure's name."""
    owner_name: str
    """Two owners are one text: ``Lê Văn A và Trần Thị B``."""
    owner_address: str | None = None
    owner_phone: str | None = None
    owner_email: str | None = None
    hotline: str | None = None
    lookup: str | None = None
    qr_text: str = ""
    reprint: int = 0
    """0 for the first print, n for the n-th printed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementValues(Slip):
    """Mẫu số 02: everything that is missing, asked for at once."""

    papers: Papers
    reason: str
    officer: str
    officer_phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalValues(Slip):
    """Mẫu số 03: the dossier is not received, and why."""

    reason: str
    submitter_name: str
    officer: str
    officer_phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApologyValues(Slip):
    """Mẫu số 04: apology and extension, signed by the head of the competent agency, not at the counter."""

    agency: str
    """The competent agency, in the case it should have inside a sentence."""
    received_at: datetime
    come_back: date
    """The appointment that is not kept."""
    new_come_back: date
    reason: str
    signer_for: str | None = None
    """``TM. ỦY BAN NHÂN DÂN``"""
    signer_title: str
    """``CHỦ TỊCH``"""
    signer_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopValues(Slip):
    """Mẫu số 05: the agency stops working on the dossier."""

    agency: str
    received_at: datetime
    reason: str
    legal_basis: str
    returned: tuple[str, ...] = ()
    """The papers that are given back."""
    signer_for: str | None = None
    signer_title: str
    signer_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterValues(Slip):
    """Thư chúc mừng, to the family of a newborn. One parent may be unknown."""

    child: str
    """Name and whatever else should stand there: ``Lê Gia Bảo, sinh ngày …, tại …``."""
    father: str | None = None
    mother: str | None = None
    signer_for: str | None = None
    signer_title: str
    signer_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStep:
    """One hand-over of a dossier; ``result`` is ``early``, ``on_time``, ``late`` or "" while it is open.

    ``at`` None leaves room to write the moment in.
    """

    giver: str
    receiver: str
    at: datetime | None
    giver_name: str = ""
    receiver_name: str = ""
    result: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        _sound(self)
        if self.result not in ("early", "on_time", "late", ""):
            raise ValueError(f"no such result: {self.result}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlValues(Slip):
    """Mẫu số 06: the way of a dossier from hand to hand, as its facts tell it."""

    received_at: datetime
    come_back: date
    agency: str
    cooperating: str | None = None
    steps: tuple[ControlStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverValues(Slip):
    """Giấy bàn giao hồ sơ: from the table to the section that works on the dossier, in two copies."""

    submitter_name: str
    submitter_address: str | None = None
    submitter_phone: str | None = None
    submitter_email: str | None = None
    section: str
    received_at: datetime
    come_back: date
    result_by: date
    """When the section's result should be back at the centre."""
    time_limit: str
    papers: Papers
    copies: int
    giver: str
    receiver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPaper:
    """A paper that is handed over: its kind, number and summary."""

    kind: str
    number: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReceiptValues(Slip):
    """Giấy biên nhận trả kết quả; ``at`` is the moment of handing over."""

    giver: str
    giver_phone: str | None = None
    receiver: str
    receiver_phone: str | None = None
    receiver_id: str | None = None
    relation: str | None = None
    """To the owner, where it is somebody else."""
    authorisation: str | None = None
    """The paper that lets somebody else receive it."""
    signed: str = ""
    """How it was signed for where that is not on this paper."""
    strokes: tuple[tuple[int, ...], ...] = ()
    """A signature that was drawn on the screen (`dossier.results.Strokes`)."""
    results: tuple[ResultPaper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A result on its way to the table or to the post."""

    code: str
    request: str
    result: str
    owner_name: str
    address: str = ""
    fee_owed: bool = False
    by_post: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsValues(Headed):
    """Phiếu bàn giao kết quả giải quyết thủ tục hành chính: results that change hands together."""

    at: datetime
    giver: str
    giver_unit: str
    receiver: str
    receiver_unit: str
    rows: tuple[ResultRow, ...]
    document_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A dossier in the register."""

    code: str
    request: str
    copies: int
    name: str
    address: str = ""
    phone: str = ""
    agency: str = ""
    received: date
    come_back: date
    result_back: date | None = None
    """When the result came back from the agency."""
    handed_over: date | None = None
    way: str = ""
    """How the result was handed over."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterValues(Headed):
    """Mẫu số 07: Sổ theo dõi hồ sơ, from one day to another."""

    printed_on: date
    first: date
    last: date
    rows: tuple[RegisterRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRow:
    """An entry of the record of certifications."""

    number: str
    day: date
    requester: str
    requester_id: str = ""
    original: str
    """The paper that was certified."""
    signer: str
    signer_title: str
    copies: int
    fee: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationsValues(Headed):
    """Sổ chứng thực. ``kind`` says what is certified: ``bản sao từ bản chính``, ``chữ ký`` …"""

    printed_on: date
    kind: str
    first: date
    last: date
    rows: tuple[CertificationRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A dossier of a session."""

    code: str
    submitter: str
    request: str
    received_at: datetime
    come_back: date
    phi: int = 0
    le_phi: int = 0
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionListValues(Headed):
    """The dossiers of a hamlet session."""

    hamlet: str
    opened_at: datetime
    closed_at: datetime | None = None
    officers: tuple[str, ...]
    rows: tuple[SessionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A planned session; ``time`` as it is printed (``07:30-11:00``), ``note`` why it differs."""

    day: date
    time: str
    hamlet: str
    kind: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleValues(Headed):
    """The plan of sessions from one day to another, for the wall."""

    printed_on: date
    first: date
    last: date
    rows: tuple[ScheduleRow, ...]
    hotline: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingValues(Headed):
    """Who posts, and when: the procedures' rules are those of this day."""

    printed_on: date
    hotline: str | None = None


def _sound(value: Any) -> None:
    """Refuses a moment without a time zone and a count below zero, anywhere inside."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
    elif isinstance(value, int):
        if value < 0:
            raise ValueError("a count below zero")
    elif isinstance(value, tuple):
        for part in value:
            _sound(part)
    elif is_dataclass(value):
        for member in fields(value):
            _sound(getattr(value, member.name))
