"""Choosing a procedure by typing its code or words of its name, and the list that answers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from mobile_reception.desk import ProcedureLine
from mobile_reception.ui.fields import quiet
from mobile_reception.ui.look import set_look
from mobile_reception.ui.table import Column, ListModel
from mobile_reception.words import text

_MOST_SHOWN = 7
_INKS = {True: ("#ffffff", "#1d2b30"), False: ("#ffffff", "#6a4100")}
"""Ground and ink of a procedure that is received here, and of one that is not."""


class ProcedureField(QWidget):
    """``typed_text`` asks for suggestions (answer with `suggest`); ``chosen`` names the code that was taken,
    "" when what was chosen has been typed over.
    """

    typed_text = Signal(str)
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._line: ProcedureLine | None = None
        self._awaiting = False
        self._take_when_here = False
        self.field = QLineEdit()
        self.field.setAccessibleName(text("Thủ tục"))
        self.field.setPlaceholderText(text("gõ mã hoặc vài chữ trong tên, không cần dấu"))
        self.field.textEdited.connect(self._on_edited)
        self.field.installEventFilter(self)
        self.about = quiet()
        self.about.hide()
        # A model of ours, not items: clearing a QListWidget whose items Python had seen ended the process.
        self.lines: ListModel[ProcedureLine] = ListModel(
            (Column("", _said, colours=lambda one: _INKS[one.receivable]),)
        )
        self.list = QListView(self)
        self.list.setModel(self.lines)
        self.list.setAccessibleName(text("Thủ tục tìm thấy"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setWordWrap(True)
        self.list.setFrameShape(QFrame.Shape.Box)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._on_clicked)
        self.list.hide()
        self.setFocusProxy(self.field)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(3)
        inside.addWidget(self.field)
        inside.addWidget(self.about)

    @property
    def code(self) -> str:
        """The code of the procedure chosen, or ""."""
        return self._line.code if self._line is not None else ""

    @property
    def line(self) -> ProcedureLine | None:
        """The procedure chosen, as the list had it."""
        return self._line

    @property
    def current(self) -> ProcedureLine | None:
        """The procedure marked in the list."""
        return self.lines.row(self.list.currentIndex().row())

    def suggest(self, lines: Sequence[ProcedureLine]) -> None:
        """Show ``lines`` under the field while it has the focus; what is not received here is brown."""
        self._awaiting = False
        self.lines.show(lines)
        if lines:
            self.list.setCurrentIndex(self.lines.index(0, 0))
            self._show_list()
        else:
            self.list.hide()
            if self.field.text().strip():
                self.about.setText(text("Không có thủ tục nào như vậy."))
                set_look(self.about, look="warning")
                self.about.show()
        if self._take_when_here:
            self._take_when_here = False
            self._take_current()

    def enter(self) -> bool:
        """Enter was pressed: take the marked line, or the first once it has come; False: nothing to take."""
        if self._line is not None or not self.field.text().strip():
            return False
        if self._awaiting:
            self._take_when_here = True
            return True
        if not self.list.isVisible():
            self._ask(self.field.text())
            return True
        return self._take_current()

    def set_line(self, line: ProcedureLine | None) -> None:
        """Show ``line`` as chosen, or nothing; tells nobody."""
        self._line = line
        self.list.hide()
        self.field.setText(f"{line.code}   {line.name}" if line else "")
        self.field.setCursorPosition(0)
        self.about.setVisible(line is not None)
        self.about.setText(line.field if line else "")
        set_look(self.about, look="quiet")

    def _take_current(self) -> bool:
        line = self.current if self.list.isVisible() else None
        if line is None:
            return False
        if not line.receivable:
            self.about.setText(line.why or text("Không tiếp nhận tại bàn lưu động."))
            set_look(self.about, look="warning")
            self.about.show()
            self.list.hide()
            return True
        self.set_line(line)
        self.chosen.emit(line.code)
        return True

    def _ask(self, words: str) -> None:
        self._awaiting = True
        self.typed_text.emit(words)

    def _on_edited(self, words: str) -> None:
        if self._line is not None:
            self._line = None
            self.chosen.emit("")
        self.about.hide()
        self._take_when_here = False
        self._ask(words)

    def _on_clicked(self, _index: QModelIndex) -> None:
        self._take_current()

    def _show_list(self) -> None:
        if not self.field.hasFocus():
            return
        # A child of the window, not a window: keys stay in the field, and no scroll area cuts it.
        self.list.setParent(self.window())
        corner = self.field.mapTo(self.window(), QPoint(0, self.field.height() + 2))
        self.list.setFixedWidth(self.field.width())
        rows = min(self.lines.rowCount(), _MOST_SHOWN)
        height = sum(max(34, self.list.sizeHintForRow(row)) for row in range(rows)) + 6
        below, above = self.window().height() - corner.y() - 8, corner.y() - self.field.height() - 8
        upwards = height > below and above > below
        height = min(height, above if upwards else below)
        if upwards:
            corner -= QPoint(0, self.field.height() + height + 4)
        self.list.setFixedHeight(height)
        self.list.move(corner)
        self.list.show()
        self.list.raise_()

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if not self.list.isVisible():
            if key == Qt.Key.Key_Down:
                self._ask("" if self._line else self.field.text())
                return True
            return False
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            row = (self.list.currentIndex().row() + step) % max(1, self.lines.rowCount())
            self.list.setCurrentIndex(self.lines.index(row, 0))
            return True
        if key == Qt.Key.Key_Escape:
            self.list.hide()
            return True
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        if event.type() == QEvent.Type.FocusOut:
            self.list.hide()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.list.hide()


def _said(line: ProcedureLine) -> str:
    words = f"{line.code}   {line.name}"
    return words if line.receivable else f"{words}\n{line.why or ''}"
