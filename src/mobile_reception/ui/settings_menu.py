"""The few settings of a laptop, in the menu: language, when to lock, which printers, which paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from mobile_reception.ui.background import Background
from mobile_reception.ui.remembered import remember
from mobile_reception.words import language, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

IDLE_SECONDS: Final = 180
PAPERS: Final = ("A4", "A5")
_TONGUES: Final = (("vi", "Tiếng Việt"), ("en", "English"))  # each in its own language


def add_settings(
    menu: QMenu, desk: Desk, background: Background, folder: Path, reopened: Callable[[], None]
) -> None:
    """Add the settings to ``menu``, each with what holds now; ``reopened``: what needs a fresh start."""

    printers_of = {"printer": text("Máy in"), **_printer_kinds()}
    now = {"idle_seconds": str(IDLE_SECONDS), **dict.fromkeys(printers_of, ""), "paper": PAPERS[0]}

    def keep(name: str) -> Callable[[str], None]:
        def kept(value: str) -> None:
            now[name] = value
            background.desk(lambda: desk.keep_setting(name, value))

        return kept

    def keep_and_reopen(value: str) -> None:
        background.desk(lambda: desk.keep_setting("idle_seconds", value), lambda _outcome: reopened())

    def speak(value: str) -> None:
        background.desk(lambda: remember(folder, language=value), lambda _done: reopened())

    def known(held: dict[str, str]) -> None:
        now.update(held)
        _choose(menu, text("Ngôn ngữ"), _TONGUES, language(), speak)
        _choose(menu, text("Tự khóa máy"), _waits(), now["idle_seconds"], keep_and_reopen)
        for name, words in printers_of.items():
            _offer_printers(menu.addMenu(words), name, now, keep(name))
        _choose(menu, text("Khổ giấy"), [(size, size) for size in PAPERS], now["paper"], keep("paper"))

    background.desk(lambda: {name: desk.setting(name, value) for name, value in now.items()}, known)


def _printer_kinds() -> dict[str, str]:
    """Papers that may have a printer of their own, by the name of their setting."""
    return {"printer_receipt": text("Máy in giấy tiếp nhận"), "printer_paper": text("Máy in giấy tờ khác")}


def _offer_printers(part: QMenu, name: str, now: dict[str, str], kept: Callable[[str], None]) -> None:
    first = text("máy in mặc định") if name == "printer" else text("như mục Máy in")
    # Asked only when the menu is opened: a printer on the network may take its time to answer.
    part.aboutToShow.connect(lambda: _fill(part, [("", first), *_printers()], now[name], kept))


def _choose(
    menu: QMenu, title: str, rows: Sequence[tuple[str, str]], now: str, chosen: Callable[[str], None]
) -> None:
    _fill(menu.addMenu(title), rows, now, chosen)


def _fill(part: QMenu, rows: Sequence[tuple[str, str]], now: str, chosen: Callable[[str], None]) -> None:
    part.clear()
    group = QActionGroup(part)
    for value, words in rows:
        action = QAction(words, group)
        action.setCheckable(True)
        action.setChecked(value == now)
        action.triggered.connect(lambda _checked=False, one=value: chosen(one))
        part.addAction(action)


def _waits() -> tuple[tuple[str, str], ...]:
    minutes = ((str(count * 60), text("sau {count} phút", count=count)) for count in (1, 3, 5, 10))
    return (*minutes, ("0", text("không tự khóa")))


def _printers() -> list[tuple[str, str]]:
    try:
        from PySide6.QtPrintSupport import QPrinterInfo
    except ImportError:  # the system's printing library is not installed
        return []
    return [(name, name) for name in QPrinterInfo.availablePrinterNames()]


def idle_seconds(desk: Desk) -> int:
    """After how many seconds without a touch to lock; 0 never. Blocks: ask on the desk's lane."""
    said = desk.setting("idle_seconds", str(IDLE_SECONDS))
    return int(said) if said.isdecimal() else IDLE_SECONDS
