"""A whole day on practice data: a centre, two laptops, citizens, the road cut and opened, the review."""

from __future__ import annotations

import argparse
import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_reception.commands import CANNOT_WRITE, DONE, PARTLY, Commands, Stop, display
from mobile_reception.commands.demo.centre import PASSPHRASE, PracticeCentre
from mobile_reception.commands.demo.citizens import models
from mobile_reception.commands.demo.clock import DayClock
from mobile_reception.commands.demo.telling import tell
from mobile_reception.words import VIETNAM, language, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

WEDNESDAY = date(2026, 11, 25)
"""The first of the Wednesdays to choose from by the seed: the day before it is a public holiday."""

_MARK = "practice-demo"


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``demo``."""
    parser = commands.add_parser("demo", help=text("một ngày trên dữ liệu thực hành"), parents=[shared])
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="mobile-reception-demo",
        help=text("thư mục chứa mọi thứ (mặc định: mobile-reception-demo)"),
    )
    parser.add_argument(
        "--headless", action="store_true", help=text("không mở cửa sổ: lưu hình từng màn hình (PNG)")
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help=text("cùng một số thì cùng một ngày (mặc định: 0)"),
    )
    parser.add_argument(
        "--model",
        default="thuong-lac",
        choices=sorted(models()),
        help=text("mô hình của xã, phường nào (mặc định: thuong-lac)"),
    )
    parser.set_defaults(action=_demo)


def play(out: Path, name: str, seed: int) -> tuple[bool, Desk, DayClock]:
    """Play the day of a model in ``out``: whether both sides agree, the table's laptop, and its clock."""
    from mobile_reception.commands.demo.day import Day, at_the_table, morning
    from mobile_reception.commands.demo.evening import evening

    model = models()[name]
    start = WEDNESDAY + timedelta(weeks=seed % 4)
    if model["kind"] == "weekend":
        start += timedelta(days=3)
    clock = DayClock(datetime(start.year, start.month, start.day, 7, 15, tzinfo=VIETNAM))
    hamlet = str(model["hamlets"][seed % len(model["hamlets"])])
    today = Day(out, model, hamlet, model.get("facility", hamlet), seed, clock, PracticeCentre(out, clock))
    try:
        morning(today)
        at_the_table(today)
        agree = evening(today)
    except BaseException:
        today.close()
        raise
    today.reviewer.close()
    if agree:
        tell(text("Hai bên khớp: {count} hồ sơ, mỗi hồ sơ một lần.", count=len(today.codes)))
    else:
        tell(text("HAI BÊN KHÔNG KHỚP."))
    return agree, today.desk, clock


def _demo(args: argparse.Namespace) -> int:
    out = _prepared(Path(args.out).absolute())
    agree, desk, clock = play(out, args.model, args.seed)
    try:
        if args.headless or not display():
            _pictures(desk, out / "pictures", clock)
        else:
            _open(desk, out / "laptop", clock)
    finally:
        desk.close()
    tell(
        text(
            "Tất cả nằm trong {folder}. Đăng nhập: lan, mật khẩu: {passphrase}",
            folder=out,
            passphrase=PASSPHRASE,
        )
    )
    return DONE if agree else PARTLY


def _prepared(out: Path) -> Path:
    """An empty folder of our own; one that an earlier demonstration made is made anew."""
    if (out / _MARK).exists():
        shutil.rmtree(out)
    elif out.exists() and any(out.iterdir()):
        raise Stop(
            CANNOT_WRITE,
            text("Thư mục {folder} đã có tệp khác. Hãy chọn thư mục khác bằng --out.", folder=out),
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / _MARK).touch()
        (out / "receipts").mkdir()
    except OSError as error:
        raise Stop(CANNOT_WRITE, text("Không ghi được vào {folder}", folder=out)) from error
    return out


def _pictures(desk: Desk, folder: Path, clock: DayClock) -> None:
    """A picture of every screen in both languages, drawn without a display."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault(
        "QT_LOGGING_RULES", "default.warning=false"
    )  # the plugin cannot size windows: no matter
    try:
        from mobile_reception.ui.pictures import save_screens
    except ImportError as error:
        tell(text("Không vẽ được màn hình: máy này thiếu thư viện hệ thống của Qt ({why}).", why=error))
        tell("  apt-get install libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0")
        return
    folder.mkdir(exist_ok=True)
    saved = save_screens(desk, folder, language(), clock)
    tell(text("Hình các màn hình ({count}): {folder}", count=len(saved), folder=folder))


def _open(desk: Desk, folder: Path, clock: DayClock) -> None:
    from mobile_reception.app import show

    show(folder, language(), clock, desk)
