"""How the window looks: one style, palette, sheet and type face; and the words that Qt itself says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mobile_reception.words import language, resource, text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout

_FACES: Final = ("Regular", "SemiBold")
_POINTS: Final = 11.0
_SMALL: Final = 0.86
"""Of letters and distances, where there is little room: at 150 % still larger than those of 100 %."""
_NARROW: Final = 1000
_LOW: Final = 550
_share = 1.0
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
    sheet = resource("style", "window.qss").read_text("utf-8").replace("@icons", icons)
    if window.property("room") == "small":
        # By the sheet: a font that is set does not reach what a sheet is in force for.
        sheet = f"QWidget {{ font-size: {_POINTS:.0f}pt; }}\n{sheet}"
        sheet = re.sub(r"(\d+)pt", lambda points: f"{int(points[1]) * _SMALL:.1f}pt", sheet)
        sheet = re.sub(
            r"min-height: (\d+)px", lambda dots: f"min-height: {round(int(dots[1]) * _SMALL)}px", sheet
        )
    window.setStyleSheet(sheet)


def narrow(width: int) -> bool:
    """Whether a main window of ``width`` has a small room: 1366 x 768 at 150 % is 910 x 512."""
    return width < _NARROW


def low(height: int) -> bool:
    """Whether a screen that leaves ``height`` to windows has a small room for the first of them."""
    return height < _LOW


def fit(window: QWidget, *, small: bool) -> None:
    """Give a finished ``window`` its sheet, with letters, distances and widths for the room that it has.

    Once more when its room has changed; costs nothing where it has not.
    """
    # One window of a process has the keyboard; what is made in it later is made for its room.
    global _share  # noqa: PLW0603
    room = "small" if small else "large"
    if window.property("room") == room:
        return
    first = window.property("room") is None
    window.setProperty("room", room)
    _share = _SMALL if small else 1.0
    if small or not first:
        from PySide6.QtWidgets import QLayout

        for layout in window.findChildren(QLayout):
            _space(layout)
        for widget in window.findChildren(QWidget):
            width = widget.property("width when roomy")
            if width:
                set_width(widget, *width)
    clothe(window)


def fit_part(window: QWidget, part: QWidget) -> None:
    """Give a ``part`` that was made after ``window`` got its sheet the distances of the window's room."""
    if window.property("room") == "small":
        from PySide6.QtWidgets import QLayout

        for layout in part.findChildren(QLayout):
            _space(layout)


def set_width(widget: QWidget, least: int, most: int | None = None) -> None:
    """Give ``widget`` a width (fixed without ``most``) in a roomy window, its share of it in a small one."""
    most = least if most is None else most
    widget.setProperty("width when roomy", [least, most])
    widget.setMinimumWidth(round(least * _share))
    widget.setMaximumWidth(round(most * _share))


def _space(layout: QLayout) -> None:
    """Margins and distances of a layout: their share of those that it was made with."""
    from PySide6.QtWidgets import QGridLayout

    made = layout.property("when roomy")
    if made is None:
        edges, between = layout.contentsMargins(), (layout.spacing(), 0)
        if isinstance(layout, QGridLayout):
            between = layout.horizontalSpacing(), layout.verticalSpacing()
        made = [edges.left(), edges.top(), edges.right(), edges.bottom(), *between]
        layout.setProperty("when roomy", made)
    left, top, right, bottom, across, down = (round(each * _share) for each in made)
    layout.setContentsMargins(left, top, right, bottom)
    if isinstance(layout, QGridLayout):
        layout.setHorizontalSpacing(across)
        layout.setVerticalSpacing(down)
    else:
        layout.setSpacing(across)


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
