"""The receipt as PDF, against a plain canvas that draws twelve lines and a QR code.

    python benchmarks/receipt.py [--rounds N]

The floor is what one would write by hand with reportlab for one A5 page: font parsed once, only the glyphs
in use, the QR code as one path with one mask. All are warm and take turns in the same run, each paper with a
code of its own, so that no QR code is found ready. Prints medians, ranges, the ratio and the sizes; judges
nothing.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import groupby

import fontpkg_spectral
from reportlab.graphics.barcode import qrencoder
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from mobile_reception.papers import ReceiptValues, fonts, receipt
from mobile_reception.words import VIETNAM

VALUES = ReceiptValues(
    superior_agency="Ủy ban nhân dân phường Mẫu",
    unit_name="Trung tâm Phục vụ hành chính công phường Mẫu",
    place="Mẫu",
    code="H20.99.1-261120-0001",
    provisional=False,
    qr_text="https://tra-cuu.example.vn/r/H20.99.1-261120-0001?k=5F2A",
    submitter_name="Nguyễn Thị Đặng Ự",
    submitter_address="Số 12, ấp Thượng 1, phường Mẫu",
    submitter_id="087183001234",
    submitter_phone="0912 345 678",
    channel="trực tiếp",
    request="Chứng thực bản sao từ bản chính giấy tờ, văn bản",
    papers=(("Bằng tốt nghiệp trung học phổ thông", 1, 0, 2), ("Tờ khai theo mẫu", 1, 0, 0)),
    copies=1,
    time_limit="trong ngày làm việc",
    received_at=datetime(2026, 11, 20, 8, 5, tzinfo=VIETNAM),
    come_back=date(2026, 11, 25),
    fee=12000,
    fee_category="phí chứng thực",
    fee_in_words="Mười hai nghìn đồng",
    delivery="phiên lưu động ấp Thượng 1",
    hotline="0277 3 123 456",
    session="Nhà văn hóa ấp Thượng 1",
    officer="Trần Văn Ẩn",
)
LINES = (
    "Mã hồ sơ: {code}",
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    "Tiếp nhận hồ sơ của Ông (Bà): Nguyễn Thị Đặng Ự (trực tiếp)",
    "Địa chỉ: Số 12, ấp Thượng 1, phường Mẫu",
    "Số điện thoại: 0912 345 678. Số căn cước: 087183001234",
    "Nội dung yêu cầu giải quyết: Chứng thực bản sao từ bản chính giấy tờ, văn bản",
    "1. Thành phần hồ sơ: Bằng tốt nghiệp trung học phổ thông: 1 bản chính, 2 bản photo",
    "2. Số lượng hồ sơ: 01 bộ",
    "4. Thời gian nhận hồ sơ: 08 giờ 05 phút, ngày 20 tháng 11 năm 2026",
    "5. Thời gian trả kết quả: ngày 25 tháng 11 năm 2026 (Thứ Tư)",
    "6. Đăng ký nhận kết quả tại: phiên lưu động ấp Thượng 1",
    "7. Phí, lệ phí: 12.000 đồng; chưa thu",
)


@cache
def _floor_font() -> str:
    file = fontpkg_spectral.ROOT / "files" / "Spectral-Regular.ttf"
    pdfmetrics.registerFont(TTFont("floor", str(file), asciiReadable=False, shapable=False))
    return "floor"


def floor(code: str) -> bytes:
    """One A5 page: twelve lines in one face, one QR code."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, pageCompression=1, invariant=1)
    lines = canvas.beginText(34, A5[1] - 60)
    lines.setFont(_floor_font(), 9.5, 14)
    for line in LINES:
        lines.textLine(line.format(code=code))
    canvas.drawText(lines)
    qr = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    qr.addData(qrencoder.QR8bitByte(VALUES.qr_text.replace(VALUES.code, code)))
    qr.version = qr.calculate_version()
    qr.makeImpl(False, 2)
    canvas.translate(34, 60)
    canvas.scale(1.8, 1.8)
    path = canvas.beginPath()
    for row, modules in enumerate(qr.modules):
        column = 0
        for dark, run in groupby(map(bool, modules)):
            length = len(list(run))
            if dark:
                path.rect(column, -row, length, 1)
            column += length
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.save()
    return stream.getvalue()


def ours(paper: str) -> Callable[[str], bytes]:
    """The whole form on ``paper``."""

    def make(code: str) -> bytes:
        qr_text = VALUES.qr_text.replace(VALUES.code, code)
        return receipt(replace(VALUES, code=code, qr_text=qr_text), paper=paper)

    return make


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    makers = {"plain canvas, A5": floor, "receipt, A5": ours("A5"), "receipt, A4": ours("A4")}
    times: dict[str, list[float]] = {name: [] for name in makers}
    sizes = {name: len(make("H20.99.1-261120-0000")) for name, make in makers.items()}
    for number in range(1, rounds + 1):
        for turn, (name, make) in enumerate(makers.items(), 1):
            code = f"H20.99.{turn}-261120-{number:04}"
            start = time.perf_counter()
            make(code)
            times[name].append((time.perf_counter() - start) * 1000)
    base = statistics.median(times["plain canvas, A5"])
    sys.stdout.write(f"typeface {fonts.family().name}, {rounds} rounds, warm\n")
    for name, taken in times.items():
        median = statistics.median(taken)
        sys.stdout.write(
            f"{name:17} {median:6.2f} ms  ({min(taken):.2f} to {max(taken):.2f})  "
            f"{median / base:4.2f} x floor  {sizes[name]:6,} bytes\n"
        )


if __name__ == "__main__":
    main()
