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

    def keep(name: str) -> Callable[[str], None]:
        return lambda value: background.desk(lambda: desk.keep_setting(name, value))

    def keep_and_reopen(value: str) -> None:
        background.desk(lambda: desk.keep_setting("idle_seconds", value), lambda _outcome: reopened())

    def speak(value: str) -> None:
        background.desk(lambda: remember(folder, language=value), lambda _done: reopened())

    def known(held: dict[str, str]) -> None:
        _choose(menu, text("Ngôn ngữ"), _TONGUES, language(), speak)
        _choose(menu, text("Tự khóa máy"), _waits(), held["idle_seconds"], keep_and_reopen)
        _choose(menu, text("Máy in"), _printers(), held["printer"], keep("printer"))
        _choose(menu, text("Khổ giấy"), [(size, size) for size in PAPERS], held["paper"], keep("paper"))

    defaults = {"idle_seconds": str(IDLE_SECONDS), "printer": "", "paper": PAPERS[0]}
    background.desk(lambda: {name: desk.setting(name, value) for name, value in defaults.items()}, known)


def _choose(
    menu: QMenu, title: str, rows: Sequence[tuple[str, str]], now: str, chosen: Callable[[str], None]
) -> None:
    part = menu.addMenu(title)
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
