"""Everything an officer can do, as one table: it makes the keys, the buttons and the menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from mobile_reception.words import text


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: its name, its words, its keys (the first is shown), and the page it belongs to.

    ``page`` "" is everywhere; the same key may mean something else on another page.
    """

    name: str
    words: str
    keys: tuple[str, ...]
    page: str = ""


def table() -> tuple[Act, ...]:
    """All acts in the order of the menu, worded in the language in force."""
    return (
        Act("session", text("Phiên"), ("F2",)),
        Act("reception", text("Tiếp nhận"), ("F3",)),
        Act("dossiers", text("Hồ sơ"), ("F4",)),
        Act("results", text("Trả kết quả tại phiên"), ("Shift+F2",)),
        Act("ready", text("Sẵn sàng đi phiên"), ("Ctrl+H",)),
        Act("send", text("Gửi về trung tâm"), ("F5",)),
        Act("road", text("Tình hình gửi"), ("Shift+F5",)),
        Act("help", text("Trợ giúp"), ("F1",)),
        Act("citizen", text("Màn hình cho người dân"), ("F11",)),
        Act("rate", text("Hỏi hộ: có hài lòng không"), ("Ctrl+R",)),
        Act("prints", text("Các lệnh in"), ("Ctrl+J",)),
        Act("incident", text("Ghi sự cố, phản ánh"), ("Ctrl+E",)),
        Act("summary", text("Tổng hợp phiên"), ("Ctrl+T",)),
        Act("review", text("Duyệt phiên"), ("Ctrl+D",)),
        Act("files", text("Tệp đính kèm"), ("Ctrl+K",)),
        Act("scan", text("Quét thẻ bằng máy ảnh"), ("Shift+F3",)),
        Act("picture", text("Đọc thẻ từ tệp ảnh"), ("Ctrl+F3",)),
        Act("heed", text("Làm theo thông báo"), ("F12",)),
        Act("hush", text("Đóng thông báo"), ("Shift+F12",)),
        Act("open_session", text("Mở phiên"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "session"),
        Act("close_session", text("Kết thúc phiên"), ("F6",), "session"),
        Act("finish", text("Kết thúc phiên"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "closing"),
        Act("leave_closing", text("Trở về trang Phiên"), ("Esc",), "closing"),
        Act("print_summary", text("In tổng hợp"), ("F8", "Ctrl+P"), "summary"),
        Act("save_summary", text("Lưu XLSX, PDF"), ("Ctrl+S",), "summary"),
        Act("earlier_session", text("Phiên trước"), ("PgUp",), "summary"),
        Act("later_session", text("Phiên sau"), ("PgDown",), "summary"),
        Act("leave_summary", text("Trở lại"), ("Esc",), "summary"),
        Act("approve", text("Duyệt"), ("F9",), "review"),
        Act("return_session", text("Trả lại kèm câu hỏi"), ("F7",), "review"),
        Act("answer_review", text("Trả lời"), ("F6",), "review"),
        Act("print_reviewed", text("In tổng hợp"), ("F8", "Ctrl+P"), "review"),
        Act("compare", text("So sánh"), ("F10",), "review"),
        Act("leave_review", text("Trở lại"), ("Esc",), "review"),
        Act("move_session", text("Ghi lại ấp, ngày của phiên"), ("Alt+G",), "session"),
        Act("confirm_move", text("Ghi lại"), ("Alt+L",), "session"),
        Act("leave_move", text("Thôi"), ("Esc",), "session"),
        *_services(),
        Act("save", text("Lưu hồ sơ"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "reception"),
        Act("print", text("In phiếu"), ("F8", "Ctrl+P"), "reception"),
        Act("next", text("Người tiếp theo"), ("F7", "Ctrl+N"), "reception"),
        Act("same", text("Cùng người, thủ tục khác"), ("F6",), "reception"),
        Act("again", text("Cùng thủ tục, người tiếp theo"), ("Shift+F7",), "reception"),
        Act("known", text("Điền người này"), ("F10",), "reception"),
        Act("address", text("Chép như trước"), ("Alt+C",), "reception"),
        Act("undo", text("Hoàn tác"), ("Ctrl+Z",), "reception"),
        Act("drop", text("Bỏ phiếu đang làm"), ("Alt+X",), "reception"),
        Act("alike", text("Mở hồ sơ giống"), ("Shift+F4",), "reception"),
        Act("find", text("Tìm hồ sơ"), ("Ctrl+F",), "dossiers"),
        Act("reprint", text("In lại phiếu"), ("F8", "Ctrl+P"), "dossiers"),
        Act("back", text("Về danh sách"), ("Esc",), "dossiers"),
        Act("mark", text("Chọn hồ sơ"), ("Ins",), "dossiers"),
        Act("joint", text("Một phiếu cho các hồ sơ đã chọn"), ("F6",), "dossiers"),
        Act("paper", text("Giấy tờ kế tiếp"), ("F7",), "dossiers"),
        Act("amend", text("Sửa hồ sơ"), ("Alt+S",), "dossiers"),
        Act("supplement", text("Yêu cầu bổ sung"), ("Alt+B",), "dossiers"),
        Act("supplemented", text("Đã bổ sung"), ("Alt+N",), "dossiers"),
        Act("refuse", text("Từ chối"), ("Alt+T",), "dossiers"),
        Act("withdraw", text("Rút hồ sơ"), ("Alt+R",), "dossiers"),
        Act("hand_on", text("Bàn giao"), ("Alt+G",), "dossiers"),
        Act("hand_over", text("Trả kết quả hồ sơ"), ("Alt+K",), "dossiers"),
        Act("collect", text("Thu tiền"), ("Alt+P",), "dossiers"),
        Act("extend", text("Xin lỗi, hẹn lại"), ("Alt+L",), "dossiers"),
        Act("stop", text("Dừng hồ sơ"), ("Alt+U",), "dossiers"),
        Act("confirm", text("Ghi"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "dossiers"),
        Act("attach", text("Đính kèm tệp này"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "files"),
        Act("choose_file", text("Chọn tệp"), ("F6",), "files"),
        Act("take_off", text("Gỡ tệp"), ("Del",), "files"),
        Act("scan_folder", text("Thư mục máy quét"), ("F7",), "files"),
        Act("leave_files", text("Trở về"), ("Esc",), "files"),
        *_results(),
        Act("check_again", text("Xem lại"), ("F9",), "ready"),
        Act("test_page", text("In thử một trang"), ("F8", "Ctrl+P"), "ready"),
        Act("leave_ready", text("Trở về"), ("Esc",), "ready"),
        Act("print_again", text("In lại tờ này"), ("F8", "Ctrl+P"), "prints"),
        Act("print_take_back", text("Lấy khỏi hàng chờ"), ("Del",), "prints"),
        Act("leave_prints", text("Trở về"), ("Esc",), "prints"),
        Act("copy_out", text("Chép tất cả ra USB"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "road"),
        Act("back_up", text("Sao lưu ra USB"), ("F8",), "road"),
        Act("read_in", text("Đọc gói từ USB"), ("F7",), "road"),
        Act("open_waiting", text("Mở hồ sơ này"), ("F6",), "road"),
        Act("seen", text("Đã xem"), ("Del",), "road"),
        Act("leave_road", text("Trở lại"), ("Esc",), "road"),
        Act("leave_help", text("Trở lại"), ("Esc",), "help"),
        Act("add_officer", text("Thêm cán bộ"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "officers"),
        Act("new_passphrase", text("Đổi mật khẩu"), ("F8",), "officers"),
        Act("disable_officer", text("Ngừng quyền"), ("Del",), "officers"),
        Act("leave_officers", text("Trở lại"), ("Esc",), "officers"),
        Act("officers", text("Cán bộ và mật khẩu"), ("Ctrl+B",)),
        Act("lock", text("Khóa máy"), ("Ctrl+L",)),
        Act("quit", text("Đóng chương trình"), ("Ctrl+Q",)),
    )


def _services() -> tuple[Act, ...]:
    """Free services, counted on the page of the session."""
    counted = (
        ("typed", text("Đánh máy"), "D"),
        ("copied", text("Phô tô"), "O"),
        ("guided", text("Hướng dẫn nộp trực tuyến"), "H"),
        ("helped", text("Hỗ trợ VNeID"), "V"),
    )
    undone = text("Bớt một")
    return tuple(Act(name, words, (f"Alt+{key}",), "session") for name, words, key in counted) + tuple(
        Act(f"undo_{name}", f"{undone}: {words}", (f"Alt+Shift+{key}",), "session")
        for name, words, key in counted
    )


def _results() -> tuple[Act, ...]:
    """Results to hand over."""
    return (
        Act("find_result", text("Tìm kết quả"), ("Ctrl+F",), "results"),
        Act("give_result", text("Trao kết quả"), ("F9", "Ctrl+Return", "Ctrl+Enter"), "results"),
        Act("take_results", text("Nhận mang theo"), ("F7",), "results"),
        Act("return_result", text("Mang về"), ("F6",), "results"),
        Act("post_result", text("Gửi bưu chính"), ("Shift+F6",), "results"),
        Act("mark_result", text("Chọn kết quả"), ("Ins",), "results"),
        Act("print_results_out", text("In danh mục mang đi"), ("F8",), "results"),
        Act("print_results_back", text("In danh mục mang về"), ("Shift+F8",), "results"),
        Act("print_results_post", text("In danh sách gửi bưu chính"), ("Ctrl+F8",), "results"),
        Act("print_result", text("In biên nhận"), ("Ctrl+P",), "results"),
        Act("wipe_signature", text("Xóa chữ ký"), ("Ctrl+Del",), "results"),
        Act("leave_result", text("Về danh sách"), ("Esc",), "results"),
    )


class Actions:
    """The acts of `table` as Qt actions of ``window``; those of other pages than the shown one are asleep.

    `do` says what each of them does.
    """

    def __init__(self, window: QWidget) -> None:
        self._page = ""
        self._ended = False
        self._allowed: dict[str, bool] = {}
        self._acts = {act.name: act for act in table()}
        self._actions: dict[str, QAction] = {}
        for act in self._acts.values():
            action = QAction(act.words, window)
            action.setShortcuts([QKeySequence(key) for key in act.keys])
            action.setAutoRepeat(False)
            window.addAction(action)
            self._actions[act.name] = action
        self.turn_to("")

    def do(self, doing: Mapping[str, Callable[[], None]], on_page: Callable[[str, str], None]) -> None:
        """What each act does, by its name; ``on_page`` is given page and name of those left to it."""
        for name, act in self._acts.items():
            done = doing[name] if not act.page else doing.get(name, partial(on_page, act.page, name))
            self._actions[name].triggered.connect(lambda _checked=False, done=done: done())

    def turn_to(self, page: str) -> None:
        """Wake the acts of ``page`` and put those of the others to sleep."""
        self._page = page
        for name in self._acts:
            self._settle(name)

    def end(self) -> None:
        """Put every act to sleep for good: the window is leaving, and no key reaches behind its cover."""
        self._ended = True
        for action in self._actions.values():
            action.setEnabled(False)

    def allow(self, name: str, allowed: bool) -> None:
        """Say whether the act makes sense now; it also has to belong to the page shown."""
        self._allowed[name] = allowed
        self._settle(name)

    def words(self, name: str) -> str:
        """What the act is called."""
        return self._acts[name].words

    def button(self, name: str, *, words: str = "") -> QPushButton:
        """A button that does the act, shows its key and is enabled with it; ``words`` instead of its own."""
        act, action = self._acts[name], self._actions[name]
        button = QPushButton(f"{words or act.words}  ·  {_said(act.keys[0])}")
        button.setAccessibleName(words or act.words)
        button.setAccessibleDescription(_said(act.keys[0]))
        button.clicked.connect(action.trigger)
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        return button

    def allowed(self, name: str) -> bool:
        """Whether the act makes sense now, on its page."""
        return self._allowed.get(name, True)

    def menu(self, parent: QWidget) -> QMenu:
        """All acts, each with its key; a line between pages."""
        menu = QMenu(parent)
        before = ""
        for name, act in self._acts.items():
            if act.page != before and menu.actions():
                menu.addSeparator()
            before = act.page
            menu.addAction(self._actions[name])
        return menu

    def _settle(self, name: str) -> None:
        if self._ended:
            return
        here = self._acts[name].page in ("", self._page)
        self._actions[name].setEnabled(here and self._allowed.get(name, True))


def keys_said(act: Act) -> str:
    """All keys of an act, as a person reads them; of the two Enters of a keyboard only one."""
    return ", ".join(dict.fromkeys(_said(key) for key in act.keys if not key.endswith("+Enter")))


def _said(key: str) -> str:
    return {"Ins": "Insert"}.get(key, key.replace("Return", "Enter"))
