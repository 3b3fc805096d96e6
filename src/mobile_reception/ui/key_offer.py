"""The offer to make one's signing key known at the centre, where it is not: a passphrase, one key."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton

from mobile_reception.desk import Outcome
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text


class KeyOffer(QFrame):
    """Hidden unless who signed in may review here, and the centre does not know with which key."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        set_look(self, look="offer")
        words = QLabel(
            text("Trung tâm chưa biết khóa ký của bạn: duyệt chỉ có giá trị sau khi đăng ký. Cần có mạng.")
        )
        words.setWordWrap(True)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setPlaceholderText(text("mật khẩu ở trung tâm"))
        self.passphrase.setAccessibleName(text("Mật khẩu"))
        set_width(self.passphrase, 260)
        self.passphrase.returnPressed.connect(self.register)
        button = QPushButton(text("Đăng ký khóa ký"))
        button.clicked.connect(self.register)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(words, 1)
        row.addWidget(self.passphrase)
        row.addWidget(button)
        self.hide()

    def read(self) -> None:
        """Show the offer where it is needed."""
        desk = self._around.desk
        self._around.background.desk(
            lambda: desk.enrolled and desk.may_review() and not desk.review_key_known(),
            self.setVisible,
            newest="review key",
        )

    def register(self) -> None:
        """Make the key known; over the wire."""
        desk, secret = self._around.desk, self.passphrase.text()
        if secret:
            self.passphrase.clear()
            self._around.background.wire(lambda: desk.register_key(secret), self._on_known)

    def _on_known(self, outcome: Outcome[str]) -> None:
        self._around.say(text("Trung tâm đã biết khóa ký của bạn."), "good")
        self.hide()
        self._around.changed(outcome.changed)
