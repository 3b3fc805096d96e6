"""Who may sign in on this laptop: one more, one no more, and another passphrase for whoever is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
)

from mobile_reception.desk import Failure, Officer, Part
from mobile_reception.ui.dossier_list import table_of
from mobile_reception.ui.fields import Choice, Row, card, heading, quiet, scrolled
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.ui.page_stack import Page
from mobile_reception.ui.table import Column, ListModel, Surroundings, fit_columns
from mobile_reception.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mobile_reception.desk.values import Outcome

_ROW: Final = 36
_FORM: Final = 560


class OfficersPage(Page):
    """Nothing that is typed here stays when the page is left."""

    name = "officers"

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self.model: ListModel[Officer] = ListModel(_columns())
        self.list = table_of(self.model, text("Cán bộ của máy này"), row=_ROW, pills=())
        self.list.selectionModel().selectionChanged.connect(lambda _now, _before: self._allow())
        self.login, self.full_name = QLineEdit(), QLineEdit()
        self.role = Choice(_roles())
        self.first, self.again = _secret(), _secret()
        self.former, self.new, self.new_again = _secret(), _secret(), _secret()
        self.rows = {
            "login": Row(text("Tên đăng nhập"), self.login),
            "name": Row(text("Họ và tên"), self.full_name),
            "role": Row(text("Vai trò"), self.role),
            "first": Row(text("Mật khẩu"), self.first),
            "again": Row(text("Gõ lại mật khẩu"), self.again),
            "former": Row(text("Mật khẩu hiện tại"), self.former),
            "new": Row(text("Mật khẩu mới"), self.new),
            "new_again": Row(text("Gõ lại mật khẩu mới"), self.new_again),
        }
        self._lay_out()

    def _lay_out(self) -> None:
        there = QVBoxLayout()
        there.setSpacing(10)
        there.addWidget(heading(text("Cán bộ của máy này")))
        there.addWidget(self.list, 1)
        there.addWidget(quiet(text("Việc đã ghi dưới tên một cán bộ vẫn còn và vẫn gửi về khi ngừng quyền.")))
        adding, inside = card(6)
        inside.addWidget(heading(text("Thêm cán bộ")))
        for name in ("login", "name", "role", "first", "again"):
            inside.addWidget(self.rows[name])
        line = QHBoxLayout()
        line.addStretch()
        add = self._around.actions.button("add_officer")
        set_look(add, look="main")
        line.addWidget(add)
        inside.addLayout(line)
        changing, inside = card(6)
        inside.addWidget(heading(text("Đổi mật khẩu của tôi")))
        for name in ("former", "new", "new_again"):
            inside.addWidget(self.rows[name])
        line = QHBoxLayout()
        line.addStretch()
        line.addWidget(self._around.actions.button("new_passphrase"))
        inside.addLayout(line)
        forms = scrolled(adding, changing)
        set_width(forms, _FORM)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addLayout(there, 1)
        both.addWidget(forms)
        foot = QHBoxLayout()
        for act in ("leave_officers", "disable_officer"):
            foot.addWidget(self._around.actions.button(act))
        foot.addStretch()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 14, 20, 12)
        lines.setSpacing(10)
        lines.addLayout(both, 1)
        lines.addLayout(foot)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        return {
            "add_officer": self.add,
            "new_passphrase": self.change,
            "disable_officer": self.disable,
        }

    def shown(self) -> None:
        """The page has come to the front."""
        self.forget()
        self._show(self._around.desk.officers())
        self.login.setFocus()

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read anew if the officers changed."""
        if Part.OFFICERS in parts:
            self._show(self._around.desk.officers())

    def hideEvent(self, event: object) -> None:
        """Leave nothing typed behind."""
        self.forget()

    def forget(self) -> None:
        """Empty every field."""
        for row in self.rows.values():
            row.say("")
        for field in self.findChildren(QLineEdit):
            field.clear()

    def _show(self, officers: tuple[Officer, ...]) -> None:
        self.model.show(officers)
        fit_columns(self.list, self.model.columns)
        self._allow()

    def _allow(self) -> None:
        chosen = self._chosen()
        others = sum(each.enabled for each in self._around.desk.officers()) > 1
        may = chosen is not None and chosen.enabled and others and chosen.login != self._around.desk.me.login
        self._around.actions.allow("disable_officer", may)

    def _chosen(self) -> Officer | None:
        return self.model.row(self.list.currentIndex().row())

    # --- doing ----------------------------------------------------------------------------------------------

    def add(self) -> None:
        """One more officer, with the passphrase typed twice."""
        login, name = self.login.text().strip(), self.full_name.text().strip()
        role, passphrase = str(self.role.currentData()), self.first.text()
        self.rows["login"].say("" if login else text("Cần tên đăng nhập."))
        if not login:
            self.login.setFocus()
        if not login or not self._same("first", "again"):
            return
        self._around.background.desk(
            lambda: self._around.desk.add_officer(login, role, passphrase, name),
            lambda done: self._on_added(login, done),
            lambda error: self._on_failure("login", error),
        )

    def _on_added(self, login: str, done: Outcome[None]) -> None:
        self.forget()
        self._around.say(text("Đã thêm cán bộ «{login}»; người này mở khóa được ngay.", login=login), "good")
        self._around.changed(done.changed)

    def change(self) -> None:
        """Another passphrase for whoever is signed in."""
        former, new = self.former.text(), self.new.text()
        if not self._same("new", "new_again"):
            return
        self.rows["former"].say("")
        self._around.background.desk(
            lambda: self._around.desk.change_passphrase(former, new),
            self._on_changed,
            lambda error: self._on_failure("former", error),
        )

    def _on_changed(self, done: Outcome[None]) -> None:
        self.forget()
        self._around.say(text("Đã đổi mật khẩu. Lần mở khóa sau dùng mật khẩu mới."), "good")
        self._around.changed(done.changed)

    def disable(self) -> None:
        """Ask whether the chosen officer may sign in no more."""
        chosen = self._chosen()
        if chosen is None:
            return
        self._around.say(
            text("Ngừng quyền đăng nhập của «{login}» trên máy này?", login=chosen.login),
            "wait",
            (text("Ngừng quyền"), lambda: self._disable(chosen.login)),
        )

    def _disable(self, login: str) -> None:
        self._around.background.desk(
            lambda: self._around.desk.disable_officer(login),
            lambda done: self._on_disabled(login, done),
        )

    def _on_disabled(self, login: str, done: Outcome[None]) -> None:
        self._around.say(text("«{login}» không đăng nhập được vào máy này nữa.", login=login), "good")
        self._around.changed(done.changed)

    def _same(self, first: str, again: str) -> bool:
        """Whether something was typed, twice the same."""
        typed = [self.rows[name].fields[0] for name in (first, again)]
        said = [field.text() for field in typed if isinstance(field, QLineEdit)]
        self.rows[first].say("" if said[0] else text("Cần mật khẩu."))
        different = bool(said[0]) and said[0] != said[1]
        self.rows[again].say(text("Hai lần gõ chưa giống nhau.") if different else "")
        if not said[0] or different:
            typed[1 if said[0] else 0].setFocus()
            return False
        return True

    def _on_failure(self, row: str, error: Exception) -> None:
        if not isinstance(error, Failure):
            self._around.background.failed(error)
            return
        self.rows[row].say(str(error))
        self.rows[row].fields[0].setFocus()


def _secret() -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


def _roles() -> tuple[tuple[str, str], ...]:
    return ("officer", text("Cán bộ tiếp nhận")), ("deputy", text("Phó giám đốc trung tâm"))


def _columns() -> tuple[Column[Officer], ...]:
    return (
        Column(text("Tên đăng nhập"), lambda one: one.login, 130),
        Column(text("Họ và tên"), lambda one: one.name),
        Column(text("Vai trò"), lambda one: dict(_roles()).get(one.role, one.role), 160, spare=1),
        Column(text("Tình trạng"), lambda one: text("đang dùng") if one.enabled else text("đã ngừng"), 100),
    )
