"""The first window: who is here, and the passphrase. Painted before anything heavy is loaded.

So nothing here names ``QtCore.Qt`` or makes a key sequence: those enumerations alone take a tenth of the time
to the first picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mobile_reception.ui.look import clothe, fit, set_look, set_width
from mobile_reception.words import text

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent

_LONGEST_WAIT: Final = 30


class UnlockWindow(QWidget):
    """Asks for a login and a passphrase; `asked` carries both, and `refuse`, `fail` or closing is the answer.

    ``last`` is the login of the last time; the others are told later, by `know`, so that nothing has to be
    loaded before the window is there. ``chosen`` is another login, `hold` the answer if it has to wait;
    ``forgot`` asks for the other way in, which `show_instead` puts in the place of this one. ``small``: the
    screen is low.
    """

    asked = Signal(str, str)
    chosen = Signal(str)
    forgot = Signal()
    painted = Signal()
    closed = Signal()

    def __init__(self, last: str, *, small: bool = False) -> None:
        super().__init__()
        self._last = last
        self._known = False
        self._eager = False
        self._shown = False
        self._wrong = 0
        self._left = 0
        self._wait = 0
        self._beside: QWidget | None = None
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._count_down)
        self.setObjectName("page")
        self.setWindowTitle(text("Tiếp nhận hồ sơ lưu động"))
        self.resize(560, 430 if small else 510)

        self.login = QComboBox()
        if last:
            self.login.addItem(last)
        self.login.setAccessibleName(text("Cán bộ"))
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(text("Mật khẩu"))
        self.passphrase.returnPressed.connect(self._ask)
        self.show_it = QCheckBox(text("&Hiện mật khẩu (Alt+H)"))
        self.show_it.toggled.connect(self._on_show)
        self.enter = QPushButton(text("Mở khóa  ·  Enter"))
        set_look(self.enter, look="main")
        self.enter.setAccessibleName(text("Mở khóa"))
        self.enter.clicked.connect(self._ask)
        self.forgotten = QPushButton(text("&Quên mật khẩu (Alt+Q)"))
        set_look(self.forgotten, look="link")
        self.forgotten.setAccessibleName(text("Quên mật khẩu"))
        self.forgotten.clicked.connect(self.forgot.emit)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(48)
        self.said.setAccessibleName(text("Thông báo"))
        self.mark = QLabel(text("Chế độ thực hành: dữ liệu mẫu"))
        set_look(self.mark, look="practice")
        kept = self.mark.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.mark.setSizePolicy(kept)
        self.mark.hide()
        self._lay_out()
        fit(self, small=small)
        self.passphrase.setFocus()

    def know(self, logins: tuple[str, ...], practice: bool) -> None:
        """Who may sign in here, the last one first, and whether it is all made up."""
        self._known = True
        first = [self._last] if self._last in logins else []
        chosen = self.login.currentText()
        self.login.clear()
        self.login.addItems([*first, *(each for each in logins if each not in first)])
        self.login.setCurrentIndex(max(0, self.login.findText(chosen)))
        self.login.setEnabled(len(logins) > 1)
        self.login.currentTextChanged.connect(self._on_chosen)
        self.mark.setVisible(practice)
        if self._eager:
            self._ask()

    def refuse(self, wait: float = 0.0, left: int = 0) -> None:
        """The passphrase was wrong: say so calmly, and wait a little longer each time.

        ``wait`` is what was counted over all programs, in seconds; ``left`` tries are free of it.
        """
        self._wrong += 1
        self._left = left
        self.passphrase.clear()
        self.hold(max(wait, min(2 ** (self._wrong - 1), _LONGEST_WAIT)))

    def hold(self, seconds: float) -> None:
        """No passphrase is taken for so long; another officer may be chosen meanwhile."""
        if seconds <= 0:
            return
        self._wait = math.ceil(seconds)
        self._clock.start()
        self.passphrase.setEnabled(False)
        self.enter.setEnabled(False)
        self.login.setEnabled(self.login.count() > 1)
        self._say_wrong()

    def show_instead(self, other: QWidget | None) -> None:
        """Show ``other`` in the place of this window's own fields; None shows those again."""
        if self._beside is not None:
            self._middle.removeWidget(self._beside)
            self._beside.hide()
            self._beside = None
        self.card.setVisible(other is None)
        if other is not None:
            self._middle.insertWidget(1, other)
            self._beside = other
            clothe(self)
            other.show()
        elif self.passphrase.isEnabled():
            self.passphrase.setFocus()

    def fail(self, sentence: str) -> None:
        """It could not be opened for another reason, which ``sentence`` says; trying again is possible."""
        self._settle()
        set_look(self.said, look="problem")
        self.said.setText(sentence)

    def _lay_out(self) -> None:
        card = self.card = QFrame()
        set_look(card, look="card")
        set_width(card, 440)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(32, 26, 32, 22)
        inside.setSpacing(6)
        title = QLabel(text("Tiếp nhận hồ sơ lưu động"))
        set_look(title, look="title")
        inside.addWidget(title)
        line = QHBoxLayout()
        line.addWidget(self.mark)
        line.addStretch()
        inside.addLayout(line)
        inside.addSpacing(6)
        for words, field in ((text("Cán bộ"), self.login), (text("Mật khẩu"), self.passphrase)):
            label = QLabel(words)
            label.setBuddy(field)
            inside.addWidget(label)
            inside.addWidget(field)
            inside.addSpacing(4)
        self.login.setEnabled(False)
        inside.addWidget(self.show_it)
        inside.addSpacing(6)
        inside.addWidget(self.enter)
        inside.addSpacing(4)
        inside.addWidget(self.said)
        inside.addWidget(self.forgotten)
        middle = self._middle = QHBoxLayout()
        middle.addStretch()
        middle.addWidget(card)
        middle.addStretch()
        outside = QVBoxLayout(self)
        outside.addStretch()
        outside.addLayout(middle)
        outside.addStretch()

    def _ask(self) -> None:
        # Enter may come before it is known who may sign in: then it counts as soon as that is.
        self._eager = not self._known
        if self._wait or not self._known or not self.passphrase.isEnabled():
            return
        if not self.passphrase.text():
            self.passphrase.setFocus()
            return
        for widget in (self.passphrase, self.enter, self.login):
            widget.setEnabled(False)
        set_look(self.said, look="quiet")
        self.said.setText(text("Đang mở…"))
        self.asked.emit(self.login.currentText(), self.passphrase.text())

    def _on_chosen(self, login: str) -> None:
        """Each officer waits for their own mistakes only."""
        self._wrong = 0
        self._settle()
        self.said.clear()
        if login:
            self.chosen.emit(login)

    def _on_show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.passphrase.setEchoMode(mode)

    def _count_down(self) -> None:
        self._wait -= 1
        if self._wait > 0:
            self._say_wrong()
            return
        self._settle()
        self.said.setText(text("Xin gõ lại mật khẩu."))

    def _say_wrong(self) -> None:
        set_look(self.said, look="warning")
        if self._wait > _LONGEST_WAIT:
            minutes = f"{self._wait // 60}:{self._wait % 60:02d}"
            self.said.setText(
                text("Sai mật khẩu nhiều lần. Thử lại được sau {minutes} phút.", minutes=minutes)
            )
            return
        said = text("Mật khẩu chưa đúng. Gõ lại được sau {seconds} giây.", seconds=self._wait)
        if self._left:
            said += " " + text("Còn {count} lần thử.", count=self._left)
        self.said.setText(said)

    def _settle(self) -> None:
        self._clock.stop()
        self._wait = 0
        self.passphrase.setEnabled(True)
        self.enter.setEnabled(True)
        self.login.setEnabled(self.login.count() > 1)
        self.passphrase.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._shown:
            self._shown = True
            QTimer.singleShot(0, self.painted.emit)


class NoticeWindow(QWidget):
    """One sentence and a button that closes it: when there is nothing that could be opened."""

    closed = Signal()

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setWindowTitle(text("Tiếp nhận hồ sơ lưu động"))
        self.resize(520, 200)
        words = QLabel(sentence)
        words.setWordWrap(True)
        self.button = QPushButton(text("Đóng  ·  Enter"))
        self.button.setAccessibleName(text("Đóng"))
        set_look(self.button, look="main")
        self.button.setShortcut("Return")
        self.button.clicked.connect(self.close)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(28, 24, 28, 20)
        inside.addWidget(words, 1)
        line = QHBoxLayout()
        line.addStretch()
        line.addWidget(self.button)
        inside.addLayout(line)
        clothe(self)
        self.button.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
