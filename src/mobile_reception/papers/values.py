"""What a paper is made from: plain values, ready to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptValues:
    """Everything that Mẫu số 01 says about one dossier.

    Text may be in any Unicode form and hold any character; it is printed as NFC, letter for letter, never as
    markup. ``None`` or empty text is printed as a dotted line where the form keeps a line for it (address,
    telephone, personal number) and left out elsewhere.
    """

    superior_agency: str
    """Printed in capitals, like ``unit_name``: ``Ủy ban nhân dân phường …``."""
    unit_name: str
    """``Trung tâm Phục vụ hành chính công phường …``, in the case it should have inside a sentence."""
    place: str
    """Before the date under the national heading: ``Thường Lạc``."""
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

    papers: tuple[tuple[str, int, int, int], ...]
    """(name, originals, certified copies, photocopies), in the order of the table."""
    copies: int
    """Sets of the dossier (bộ)."""
    time_limit: str
    """The legal time limit in words: ``03 ngày làm việc``."""
    received_at: datetime
    """Aware; printed in UTC+7. Its day is the day of the paper."""
    come_back: date
    """A ``datetime`` (aware) prints its hour and minute too."""

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

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at needs a time zone")
        if isinstance(self.come_back, datetime) and self.come_back.tzinfo is None:
            raise ValueError("come_back needs a time zone")
        counts = [self.fee, self.copies, self.reprint, *(n for _, *row in self.papers for n in row)]
        if min(counts) < 0:
            raise ValueError("a count below zero")
