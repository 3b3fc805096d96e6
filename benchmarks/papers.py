"""Every paper as PDF, against a plain canvas that draws twelve lines and a QR code.

    python benchmarks/papers.py [--rounds N]

The floor is what one would write by hand with reportlab for one A5 page: font parsed once, only the glyphs
in use, the QR code as one path with one mask. All are warm and take turns in the same run; each receipt has a
code of its own, so that no QR code of one is found ready (those of the boards are: they never change). Prints
medians, ranges, the ratio and the sizes; judges nothing.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

import fontpkg_spectral
from reportlab.graphics.barcode import qrencoder
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from mobile_reception import papers
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.papers import KINDS, fonts

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from paper_examples import PAPERS, POSTED, USUAL

QR_TEXT = "https://tra-cuu.example.vn/r/{code}?k=5F2A"
SIGNED = "MR1:" + "6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B2" * 13
"""As long as a signed receipt's text, and as dense."""
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
    qr.addData(qrencoder.QR8bitByte(QR_TEXT.format(code=code)))
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


def receipt(paper: str, *, signed: bool) -> Callable[[str], bytes]:
    """The ordinary receipt on ``paper``."""
    values: Any = replace(USUAL["receipt"], certified=(), papers=PAPERS)

    def make(code: str) -> bytes:
        qr_text = SIGNED + code if signed else QR_TEXT.format(code=code)
        return papers.receipt(replace(values, code=code, qr_text=qr_text), paper=paper)

    return make


def always(make: Callable[[], bytes]) -> Callable[[str], bytes]:
    """``make``, whatever the code."""
    return lambda _: make()


def makers() -> dict[str, Callable[[str], bytes]]:
    """What is measured, by name; the floor first."""
    found: dict[str, Callable[[str], bytes]] = {"plain canvas, A5": floor}
    for paper in ("A5", "A4"):
        found[f"receipt, {paper}"] = receipt(paper, signed=False)
        found[f"receipt, signed QR, {paper}"] = receipt(paper, signed=True)
    for name, kind in KINDS.items():
        for paper in kind.papers:
            label = f"{name}{' for authentication' * (name == 'receipt')}, {paper}"
            found[label] = always(partial(kind.make, USUAL[name], paper=paper))
    catalogue = Catalogue.load()
    found["board of procedures"] = always(partial(papers.board, catalogue, POSTED))
    found["board of fees"] = always(partial(papers.fees_board, catalogue, POSTED))
    found["procedure sheet, A4"] = always(partial(papers.procedure_sheet, catalogue, "1.004859", POSTED))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    measured = makers()
    times: dict[str, list[float]] = {name: [] for name in measured}
    sizes = {name: len(make("H20.99.1-261120-0000")) for name, make in measured.items()}
    for number in range(1, rounds + 1):
        for turn, (name, make) in enumerate(measured.items(), 1):
            code = f"H20.99.{turn}-261120-{number:04}"
            start = time.perf_counter()
            make(code)
            times[name].append((time.perf_counter() - start) * 1000)
    base = statistics.median(times["plain canvas, A5"])
    sys.stdout.write(f"typeface {fonts.family().name}, {rounds} rounds, warm\n")
    for name, taken in times.items():
        median = statistics.median(taken)
        sys.stdout.write(
            f"{name:30} {median:6.2f} ms  ({min(taken):.2f} to {max(taken):.2f})  "
            f"{median / base:4.2f} x floor  {sizes[name]:7,} bytes\n"
        )


if __name__ == "__main__":
    main()
