"""The other way in: the recovery code in groups, as it is read over the telephone, and a new passphrase."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from mobile_reception.ui.look import set_look, set_width
from mobile_reception.words import text

DIGITS: Final = 25
_GROUP: Final = 5


class RecoveryForm(QFrame):
    """`asked` carries login, code and the new passphrase; `refuse` or an open laptop is the answer."""

    asked = Signal(str, str, str)
    left = Signal()

    def __init__(self, login: str) -> None:
        super().__init__()
        self._login = login
        set_look(self, look="card")
        set_width(self, 500)
        self.code = QLineEdit()
        self.code.setAccessibleName(text("Mã khôi phục"))
        self.code.setPlaceholderText("12345-12345-12345-12345-12345")
        self.code.textEdited.connect(self._group)
        self.count = QLabel()
        set_look(self.count, look="quiet")
        self.first, self.again = QLineEdit(), QLineEdit()
        self.first.setAccessibleName(text("Mật khẩu mới"))
        self.again.setAccessibleName(text("Gõ lại mật khẩu mới"))
        self.show_it = QCheckBox(text("&Hiện mật khẩu (Alt+H)"))
        self.show_it.toggled.connect(self._on_show)
        self._on_show(False)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(44)
        self.said.setAccessibleName(text("Thông báo"))
        self.enter = QPushButton(text("Đặt mật khẩu mới  ·  Enter"))
        set_look(self.enter, look="main")
        self.enter.clicked.connect(self._ask)
        self.back = QPushButton(text("&Trở lại (Alt+T)"))
        self.back.clicked.connect(self.left.emit)
        for field in (self.code, self.first, self.again):
            field.returnPressed.connect(self._on_return)
        self._lay_out()

    def refuse(self, sentence: str) -> None:
        """It did not open; ``sentence`` says why. What was typed stays."""
        self._let(True)
        self._say(sentence)
        self.code.setFocus()

    def _lay_out(self) -> None:
        inside = QVBoxLayout(self)
        inside.setContentsMargins(24, 14, 24, 14)
        inside.setSpacing(4)
        title = QLabel(text("Đặt mật khẩu mới cho «{login}»", login=self._login))
        set_look(title, look="large")
        title.setWordWrap(True)
        inside.addWidget(title)
        how = QLabel(
            text(
                "Mã có năm nhóm, mỗi nhóm năm số: gọi trung tâm để được đọc, "
                "hoặc xem tờ giấy đã cất khi tạo máy."
            )
        )
        how.setWordWrap(True)
        set_look(how, look="quiet")
        inside.addWidget(how)
        inside.addSpacing(4)
        for words, field in (
            (text("Mã khôi phục"), self.code),
            (text("Mật khẩu mới"), self.first),
            (text("Gõ lại mật khẩu mới"), self.again),
        ):
            label = QLabel(words)
            label.setBuddy(field)
            inside.addWidget(label)
            inside.addWidget(field)
            if field is self.code:
                inside.addWidget(self.count)
        inside.addWidget(self.show_it)
        inside.addWidget(self.said)
        line = QHBoxLayout()
        line.addWidget(self.back)
        line.addWidget(self.enter, 1)
        inside.addLayout(line)
        self._count()

    def _group(self, typed: str) -> None:
        """Digits only, a dash after each five; the cursor stays behind the same digit."""
        before = sum(letter.isdecimal() for letter in typed[: self.code.cursorPosition()])
        digits = _digits(typed)[:DIGITS]
        grouped = "-".join(digits[place : place + _GROUP] for place in range(0, len(digits), _GROUP))
        self.code.setText(grouped)
        before = min(before, len(digits))
        self.code.setCursorPosition(before + max(0, (before - 1) // _GROUP))
        self._count()

    def _count(self) -> None:
        got = len(_digits(self.code.text()))
        self.count.setText(text("{got} trong {all} chữ số", got=got, all=DIGITS))

    def _on_show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.first.setEchoMode(mode)
        self.again.setEchoMode(mode)

    def _on_return(self) -> None:
        """Enter goes on to the next field that is empty, and asks once there is none."""
        for field in (self.code, self.first, self.again):
            if not field.text():
                field.setFocus()
                return
        self._ask()

    def _ask(self) -> None:
        code = _digits(self.code.text())
        if len(code) != DIGITS:
            self._say(text("Mã khôi phục có {count} chữ số; hãy gõ đủ.", count=DIGITS))
            self.code.setFocus()
        elif not self.first.text() or self.first.text() != self.again.text():
            self._say(text("Hai lần gõ mật khẩu mới chưa giống nhau."))
            self.again.setFocus()
        else:
            self._let(False)
            set_look(self.said, look="quiet")
            self.said.setText(text("Đang mở…"))
            self.asked.emit(self._login, code, self.first.text())

    def _let(self, enabled: bool) -> None:
        for widget in (self.code, self.first, self.again, self.enter, self.back):
            widget.setEnabled(enabled)

    def _say(self, sentence: str) -> None:
        set_look(self.said, look="problem")
        self.said.setText(sentence)


def _digits(typed: str) -> str:
    return "".join(letter for letter in typed if letter.isascii() and letter.isdecimal())
