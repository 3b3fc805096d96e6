"""Values of each kind of paper: the usual one, one with next to nothing in it, one with all there may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from mobile_reception import papers
from mobile_reception.papers import manifests
from mobile_reception.words import VIETNAM

AT = datetime(2026, 11, 20, 8, 5, tzinfo=VIETNAM)
HEAD: dict[str, Any] = {
    "superior_agency": "Ủy ban nhân dân phường Mẫu",
    "unit_name": "Trung tâm Phục vụ hành chính công phường Mẫu",
    "place": "Mẫu",
}
REQUEST = "Chứng thực bản sao từ bản chính giấy tờ, văn bản"
CODE = "H20.99.1-261120-0001"
SLIP: dict[str, Any] = {
    **HEAD,
    "code": CODE,
    "at": AT,
    "request": REQUEST,
    "owner_name": "Lê Văn Chủ và Trần Thị Ngọc Ẩn",
    "owner_address": "Số 12, ấp Thượng 1, phường Mẫu",
    "owner_phone": "0912 345 678",
    "owner_email": "chu@example.vn",
    "hotline": "0277 3 123 456",
    "lookup": "https://dichvucong.gov.vn",
}
BARE: dict[str, Any] = {**HEAD, "code": "", "at": AT, "request": "", "owner_name": ""}
PAPERS = (("Bằng tốt nghiệp trung học phổ thông", 1, 0, 2), ("Tờ khai theo mẫu", 1, 3, 0))
LONG = ("Nguyễn Phước Bảo Quỳnh Hương " * 8)[:200].strip()
TWINS = "Nguyễn Ngọc Ánh và Nguyễn Ngọc Ửng"
SIGNED: dict[str, Any] = {
    "signer_for": "TM. ỦY BAN NHÂN DÂN",
    "signer_title": "CHỦ TỊCH",
    "signer_name": "Đặng Thị Ượt",
}

USUAL: dict[str, papers.Headed] = {
    "receipt": papers.ReceiptValues(
        **HEAD,
        code=CODE,
        provisional=False,
        qr_text="https://tra-cuu.example.vn/r/H20.99.1-261120-0001?k=5F2A",
        submitter_name="Nguyễn Thị Đặng Ự",
        submitter_address="Số 12, ấp Thượng 1, phường Mẫu",
        submitter_id="087183001234",
        submitter_phone="0912 345 678",
        channel="trực tiếp",
        request=REQUEST,
        papers=(),
        certified=(
            papers.CertifiedPaper(name="Bằng tốt nghiệp", pages=2, copies=3),
            papers.CertifiedPaper(name="Căn cước", pages=1, copies=1, electronic=True),
        ),
        copies=1,
        time_limit="trong ngày làm việc",
        received_at=AT,
        come_back=date(2026, 11, 25),
        fee=12_000,
        fee_category="phí chứng thực",
        fee_in_words="Mười hai nghìn đồng",
        delivery="phiên lưu động ấp Thượng 1",
        hotline="0277 3 123 456",
        session="Nhà văn hóa ấp Thượng 1",
        officer="Trần Văn Ẩn",
    ),
    "receipt-list": papers.ReceiptListValues(
        **HEAD,
        number="DS-261120-01",
        submitter_name="Nguyễn Thị Đặng Ự",
        submitter_address="Số 12, ấp Thượng 1, phường Mẫu",
        submitter_id="087183001234",
        submitter_phone="0912 345 678",
        channel="trực tiếp",
        received_at=AT,
        delivery="phiên lưu động ấp Thượng 1",
        officer="Trần Văn Ẩn",
        hotline="0277 3 123 456",
        session="Nhà văn hóa ấp Thượng 1",
        dossiers=tuple(
            papers.ReceiptListRow(
                code=f"H20.99.1-261120-000{n}",
                request=request,
                agency="Ủy ban nhân dân phường Mẫu",
                received_at=AT,
                come_back=date(2026, 11, 25),
                time_limit="03 ngày làm việc",
                copies=1,
                owner_name=owner,
            )
            for n, (request, owner) in enumerate(
                [("Đăng ký khai sinh", "Nguyễn Ngọc Ánh"), ("Đăng ký khai sinh", "Nguyễn Ngọc Ửng")], 1
            )
        ),
    ),
    "supplement": papers.SupplementValues(
        **SLIP,
        document_number="12/HDHS",
        papers=PAPERS,
        reason="Tờ khai chưa ghi đủ thông tin về nơi cư trú của người yêu cầu.",
        officer="Trần Văn Ẩn",
        officer_phone="0277 3 123 457",
    ),
    "refusal": papers.RefusalValues(
        **SLIP,
        reason="Thủ tục thuộc thẩm quyền của Công an cấp xã.",
        submitter_name="Nguyễn Thị Đặng Ự",
        officer="Trần Văn Ẩn",
    ),
    "apology": papers.ApologyValues(
        **SLIP,
        document_number="03/PXL-UBND",
        agency="Ủy ban nhân dân phường Mẫu",
        received_at=AT - timedelta(days=9),
        come_back=date(2026, 11, 19),
        new_come_back=date(2026, 11, 26),
        reason="phải xác minh thêm tại nơi cư trú cũ của người yêu cầu",
        **SIGNED,
    ),
    "stop": papers.StopValues(
        **SLIP,
        document_number="04/TB-UBND",
        agency="Ủy ban nhân dân phường Mẫu",
        received_at=AT - timedelta(days=3),
        reason="người yêu cầu không bổ sung giấy tờ trong thời hạn đã thông báo",
        legal_basis="khoản 2 Điều 15 Nghị định số 118/2025/NĐ-CP",
        returned=("Bằng tốt nghiệp trung học phổ thông (bản chính)", "Tờ khai theo mẫu"),
        **SIGNED,
    ),
    "control": papers.ControlValues(
        **SLIP,
        received_at=AT,
        come_back=date(2026, 11, 25),
        agency="Ủy ban nhân dân phường Mẫu",
        cooperating="Công an phường Mẫu",
        steps=(
            papers.ControlStep(
                giver="Trung tâm Phục vụ hành chính công",
                receiver="Công chức Tư pháp - Hộ tịch",
                at=AT + timedelta(hours=3),
                giver_name="Trần Văn Ẩn",
                receiver_name="Võ Thị Yến",
                result="on_time",
            ),
            papers.ControlStep(
                giver="Công chức Tư pháp - Hộ tịch",
                receiver="Trung tâm Phục vụ hành chính công",
                at=None,
            ),
        ),
    ),
    "handover": papers.HandoverValues(
        **SLIP,
        submitter_name="Nguyễn Thị Đặng Ự",
        submitter_address="Số 12, ấp Thượng 1, phường Mẫu",
        submitter_phone="0912 345 678",
        section="Phòng Văn hóa - Xã hội",
        received_at=AT,
        come_back=date(2026, 11, 25),
        result_by=date(2026, 11, 24),
        time_limit="03 ngày làm việc",
        papers=PAPERS,
        copies=1,
        giver="Trần Văn Ẩn",
        receiver="Võ Thị Yến",
    ),
    "result-receipt": papers.ResultReceiptValues(
        **SLIP,
        qr_text=CODE,
        giver="Trần Văn Ẩn",
        giver_phone="0277 3 123 457",
        receiver="Nguyễn Thị Đặng Ự",
        receiver_phone="0912 345 678",
        receiver_id="087183001234",
        relation="vợ",
        results=(
            papers.ResultPaper(kind="Giấy khai sinh", number="120/2026", summary=f"của {TWINS}"),
            papers.ResultPaper(kind="Trích lục khai sinh (bản sao)", number="121/2026"),
        ),
    ),
    "letter": papers.LetterValues(
        **SLIP,
        child="Lê Gia Bảo, nam, sinh ngày 12/11/2026 tại Trung tâm Y tế khu vực Mẫu",
        father="Lê Văn Chủ",
        mother="Trần Thị Ngọc Ẩn",
        **SIGNED,
    ),
    "results": papers.ResultsValues(
        **HEAD,
        at=AT,
        giver="Trần Văn Ẩn",
        giver_unit="Trung tâm Phục vụ hành chính công phường Mẫu",
        receiver="Võ Thị Yến",
        receiver_unit="Tổ trả kết quả lưu động",
        rows=tuple(
            papers.ResultRow(
                code=f"H20.99.1-261120-00{n:02}",
                request=REQUEST,
                result="Bản sao được chứng thực",
                owner_name="Lê Văn Chủ",
                address="Ấp Thượng 1",
                fee_owed=n % 2 == 0,
                by_post=n % 3 == 0,
            )
            for n in range(1, 9)
        ),
    ),
    "register": papers.RegisterValues(
        **HEAD,
        printed_on=AT.date(),
        first=date(2026, 11, 1),
        last=date(2026, 11, 20),
        rows=tuple(
            papers.RegisterRow(
                code=f"H20.99.1-261120-00{n:02}",
                request=REQUEST,
                copies=1,
                name="Nguyễn Thị Đặng Ự",
                address="Ấp Thượng 1, phường Mẫu",
                phone="0912 345 678",
                agency="Ủy ban nhân dân phường Mẫu",
                received=AT.date(),
                come_back=date(2026, 11, 25),
                result_back=date(2026, 11, 24) if n % 2 else None,
                handed_over=date(2026, 11, 25) if n % 2 else None,
                way="trực tiếp" if n % 2 else "",
            )
            for n in range(1, 31)
        ),
    ),
    "certifications": papers.CertificationsValues(
        **HEAD,
        printed_on=AT.date(),
        kind="bản sao từ bản chính",
        first=date(2026, 11, 1),
        last=date(2026, 11, 20),
        rows=tuple(
            papers.CertificationRow(
                number=f"{n:03}",
                day=AT.date(),
                requester="Nguyễn Thị Đặng Ự",
                requester_id="087183001234",
                original="Bằng tốt nghiệp trung học phổ thông",
                signer="Đặng Thị Ượt",
                signer_title="Phó Chủ tịch",
                copies=3,
                fee=12_000,
            )
            for n in range(1, 13)
        ),
    ),
    "results-out": manifests.OutValues(
        **HEAD,
        at=AT,
        trip="Ấp Thượng 1, Thứ Sáu 20/11/2026",
        giver="Võ Thị Yến",
        receiver="Trần Văn Ẩn",
        rows=tuple(
            manifests.OutRow(
                code=f"H20.99.1-261118-00{n:02}",
                name="Lê Văn Chủ",
                hamlet="Ấp Thượng 1",
                result="Trích lục khai sinh (bản sao)",
                to_pay=8_000 if n % 2 else 0,
                note="trao tận tay" if n % 3 == 0 else "",
            )
            for n in range(1, 9)
        ),
    ),
    "results-back": manifests.BackValues(
        **HEAD,
        at=AT,
        trip="Ấp Thượng 1, Thứ Sáu 20/11/2026",
        giver="Trần Văn Ẩn",
        receiver="Võ Thị Yến",
        taken=8,
        handed_over=6,
        posted=0,
        returned=2,
        on_board=0,
        rows=tuple(
            manifests.BackRow(
                code=f"H20.99.1-261118-00{n:02}",
                name="Lê Văn Chủ",
                hamlet="Ấp Thượng 1",
                result="Trích lục khai sinh (bản sao)",
                outcome="đã trao Lê Văn Chủ lúc 08:05 20/11/2026" if n < 7 else "mang về: vắng nhà",
                note="",
            )
            for n in range(1, 9)
        ),
    ),
    "post-list": manifests.PostListValues(
        **HEAD,
        printed_on=AT.date(),
        giver="Trần Văn Ẩn",
        rows=tuple(
            manifests.PostRow(
                code=f"H20.99.1-261118-00{n:02}",
                recipient="Lê Văn Chủ",
                address="Số 12, ấp Thượng 1, phường Mẫu",
                phone="0912 345 678",
                result="Giấy khai sinh",
                to_pay=8_000 if n % 2 else 0,
                tracking=f"EV00000000{n}VN",
            )
            for n in range(1, 5)
        ),
    ),
    "post": manifests.PostSlipValues(
        **SLIP,
        qr_text=CODE,
        recipient="Lê Văn Chủ",
        address="Số 12, ấp Thượng 1, phường Mẫu, tỉnh Đồng Tháp",
        phone="0912 345 678",
        result="Giấy khai sinh",
        to_pay=8_000,
        tracking="EV000000001VN",
        sender="Trần Văn Ẩn",
    ),
    "schedule": papers.ScheduleValues(
        **HEAD,
        printed_on=AT.date(),
        first=date(2026, 11, 25),
        last=date(2026, 12, 31),
        rows=tuple(
            papers.ScheduleRow(
                day=date(2026, 11, 25) + timedelta(days=7 * n),
                time="07:30-11:00",
                hamlet=f"Ấp Thượng {n + 1}",
                kind="định kỳ",
                note="dời từ 24/11" if n == 1 else "",
            )
            for n in range(6)
        ),
        hotline="0277 3 123 456",
    ),
    "session-list": papers.SessionListValues(
        **HEAD,
        hamlet="Nhà văn hóa ấp Thượng 1",
        opened_at=AT,
        closed_at=AT + timedelta(hours=3),
        officers=("Trần Văn Ẩn", "Võ Thị Yến"),
        rows=tuple(
            papers.SessionRow(
                code=f"H20.99.1-261120-00{n:02}",
                submitter="Nguyễn Thị Đặng Ự",
                request="Chứng thực bản sao từ bản chính",
                received_at=AT + timedelta(minutes=5 * n),
                come_back=date(2026, 11, 25),
                phi=12_000,
                le_phi=8_000 if n % 4 == 0 else 0,
                status="Trên máy này",
            )
            for n in range(1, 21)
        ),
    ),
}

LEAST: dict[str, papers.Headed] = {
    "receipt": replace(
        USUAL["receipt"],  # type: ignore[type-var]
        code="",
        qr_text="A",
        submitter_name="",
        submitter_address=None,
        submitter_id=None,
        submitter_phone=None,
        request="",
        certified=(),
        fee=0,
        hotline=None,
        session=None,
        officer="",
    ),
    "receipt-list": replace(
        USUAL["receipt-list"],  # type: ignore[type-var]
        number="",
        submitter_name="",
        submitter_address=None,
        submitter_id=None,
        submitter_phone=None,
        dossiers=(),
        hotline=None,
        session=None,
        officer="",
    ),
    "supplement": papers.SupplementValues(**BARE, papers=(), reason="", officer=""),
    "refusal": papers.RefusalValues(**BARE, reason="", submitter_name="", officer=""),
    "apology": papers.ApologyValues(
        **BARE,
        agency="",
        received_at=AT,
        come_back=date(2027, 1, 5),
        new_come_back=date(2027, 1, 9),
        reason="",
        signer_title="",
        signer_name="",
    ),
    "stop": papers.StopValues(
        **BARE, agency="", received_at=AT, reason="", legal_basis="", signer_title="", signer_name=""
    ),
    "control": papers.ControlValues(**BARE, received_at=AT, come_back=date(2027, 1, 5), agency="", steps=()),
    "handover": papers.HandoverValues(
        **BARE,
        submitter_name="",
        section="",
        received_at=AT,
        come_back=date(2027, 1, 5),
        result_by=date(2027, 1, 5),
        time_limit="",
        papers=(),
        copies=0,
        giver="",
    ),
    "result-receipt": papers.ResultReceiptValues(**BARE, giver="", receiver="", results=()),
    "letter": papers.LetterValues(**BARE, child="", signer_title="", signer_name=""),
    "results": replace(USUAL["results"], rows=(), giver="", receiver=""),  # type: ignore[type-var]
    "register": replace(USUAL["register"], rows=()),  # type: ignore[type-var]
    "certifications": replace(USUAL["certifications"], rows=()),  # type: ignore[type-var]
    "results-out": replace(USUAL["results-out"], rows=(), giver="", receiver=""),  # type: ignore[type-var]
    "results-back": replace(USUAL["results-back"], rows=(), giver="", receiver=""),  # type: ignore[type-var]
    "post-list": replace(USUAL["post-list"], rows=(), giver=""),  # type: ignore[type-var]
    "post": manifests.PostSlipValues(**BARE, recipient="", address="", result="", sender=""),
    "schedule": replace(USUAL["schedule"], rows=(), hotline=None),  # type: ignore[type-var]
    "session-list": replace(USUAL["session-list"], rows=(), officers=(), closed_at=None),  # type: ignore[type-var]
}


def filled_with(value: Any, text: str, rows: int) -> Any:
    """``value`` with ``text`` in every field for a person's words, and its lists ``rows`` long."""
    kept = {"superior_agency", "unit_name", "place", "code", "qr_text", "signer_for", "signer_title"}
    if isinstance(value, papers.ControlStep):
        kept.add("result")
    changes: dict[str, Any] = {}
    for name in value.__dataclass_fields__:
        held = getattr(value, name)
        if name in ("papers", "certified") and held:
            changes[name] = tuple(
                (text, 1, 0, 2) if isinstance(held[0], tuple) else replace(held[0], name=text)
                for _ in range(rows)
            )
        elif isinstance(held, tuple) and held:
            changes[name] = tuple(
                text if isinstance(each, str) else filled_with(each, text, rows)
                for each in (held * rows)[:rows]
            )
        elif isinstance(held, str) and name not in kept:
            changes[name] = text
    return replace(value, **changes)


MOST: dict[str, papers.Headed] = {kind: filled_with(value, LONG, 40) for kind, value in USUAL.items()}
"""The longest name everywhere, and forty rows."""
POSTED = papers.PostingValues(**HEAD, printed_on=date(2026, 11, 22), hotline="0277 3 123 456")
