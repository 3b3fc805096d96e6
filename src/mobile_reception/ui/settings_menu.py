"""The few settings of a laptop, in the menu: language, when to lock, which printer, which paper."""

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

    now = {"idle_seconds": str(IDLE_SECONDS), "printer": "", "paper": PAPERS[0]}

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
        printers = menu.addMenu(text("Máy in"))
        # Asked only when the menu is opened: a printer on the network may take its time to answer.
        printers.aboutToShow.connect(lambda: _fill(printers, _printers(), now["printer"], keep("printer")))
        _choose(menu, text("Khổ giấy"), [(size, size) for size in PAPERS], now["paper"], keep("paper"))

    background.desk(lambda: {name: desk.setting(name, value) for name, value in now.items()}, known)


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
    rows = [("", text("máy in mặc định"))]
    try:
        from PySide6.QtPrintSupport import QPrinterInfo
    except ImportError:  # the system's printing library is not installed
        return rows
    return rows + [(name, name) for name in QPrinterInfo.availablePrinterNames()]
