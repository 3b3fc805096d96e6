"""How the window looks: one style, palette, sheet and type face; and the words that Qt itself says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mobile_reception.words import language, resource, text

_FACES: Final = ("Regular", "SemiBold")
_POINTS: Final = 11.0
_COLOURS: Final = {
    QPalette.ColorRole.Window: "#f3f5f4",
    QPalette.ColorRole.WindowText: "#1d2b30",
    QPalette.ColorRole.Base: "#ffffff",
    QPalette.ColorRole.AlternateBase: "#f8faf9",
    QPalette.ColorRole.Text: "#1d2b30",
    QPalette.ColorRole.Button: "#ffffff",
    QPalette.ColorRole.ButtonText: "#1d2b30",
    QPalette.ColorRole.Highlight: "#0b6b80",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#ffffff",
    QPalette.ColorRole.ToolTipText: "#1d2b30",
    QPalette.ColorRole.PlaceholderText: "#5f6b70",
}


def dress(app: QApplication) -> None:
    """Give ``app`` its style, palette, type face, and Qt's own words in the language in force."""
    app.setStyle("Fusion")
    palette = QPalette()
    for role, colour in _COLOURS.items():
        palette.setColor(role, QColor(colour))
    app.setPalette(palette)
    app.setFont(_font())
    _teach_qt(app)


def clothe(window: QWidget) -> None:
    """Give a finished ``window`` its sheet.

    Last of all, and not to the application: with a sheet in force every widget that gets a parent is styled
    anew with all that is in it, which made building the main window three times as slow.
    """
    icons = Path(str(resource("icons"))).as_posix()
    window.setStyleSheet(resource("style", "window.qss").read_text("utf-8").replace("@icons", icons))


def set_look(widget: QWidget, **values: str) -> None:
    """Set properties that the sheet selects by (``look``, ``tone``, ``place``, ``wrong``), and repaint."""
    for name, value in values.items():
        if widget.property(name) == value:
            continue
        widget.setProperty(name, value)
        if widget.parent() is None and not widget.isVisible():
            continue  # not styled yet, and asking for the style loads what the first window spares
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _font() -> QFont:
    """Be Vietnam Pro where its package is installed, else what the system has."""
    family = QApplication.font().family()
    # Found, not imported: the package reads its metadata when imported, and the window is waiting.
    package = importlib.util.find_spec("fontpkg_be_vietnam_pro")
    if package is not None and package.origin is not None:
        for face in _FACES:
            file = Path(package.origin).parent / "files" / f"BeVietnamPro-{face}.ttf"
            number = QFontDatabase.addApplicationFont(str(file))
            if number >= 0 and face == "Regular":
                family = QFontDatabase.applicationFontFamilies(number)[0]
    font = QFont(family)
    font.setPointSizeF(_POINTS)
    return font


class _QtWords(QTranslator):
    """The few words that Qt's own menus and buttons say; Qt ships no Vietnamese of its own at present."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.known = {
            "&Undo": text("Hoàn tác"),
            "&Redo": text("Làm lại"),
            "Cu&t": text("Cắt"),
            "&Copy": text("Sao chép"),
            "&Paste": text("Dán"),
            "Delete": text("Xóa"),
            "Select All": text("Chọn hết"),
            "OK": text("Đồng ý"),
            "&OK": text("Đồng ý"),
            "Cancel": text("Hủy"),
            "&Cancel": text("Hủy"),
            "&Save": text("Lưu"),
            "Save": text("Lưu"),
            "&Yes": text("Có"),
            "&No": text("Không"),
            "Close": text("Đóng"),
        }

    def isEmpty(self) -> bool:
        return False

    def translate(
        self,
        context: bytes | str,
        sourceText: bytes | str,  # noqa: N803 - Qt's own name
        disambiguation: bytes | str | None = None,
        n: int = -1,
    ) -> str:
        source = sourceText.decode() if isinstance(sourceText, bytes) else sourceText
        # None is Qt's "I do not know this one" (an empty text would be shown); the stubs do not say so.
        return cast("str", self.known.get(source))


def _teach_qt(app: QApplication) -> None:
    if language() == "en":
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
        return
    QLocale.setDefault(QLocale(QLocale.Language.Vietnamese, QLocale.Country.Vietnam))
    shipped = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if shipped.load("qtbase_vi", folder):
        app.installTranslator(shipped)
    else:
        app.installTranslator(_QtWords(app))
