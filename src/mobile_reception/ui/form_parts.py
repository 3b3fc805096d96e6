"""The parts that the form of reception is laid out from: a person's rows, and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QWidget

from mobile_reception.desk import FileLine
from mobile_reception.dossier import identity
from mobile_reception.dossier.catalogue import Procedure
from mobile_reception.ui.fields import Choice, Count, Row, put, quiet
from mobile_reception.ui.look import set_width
from mobile_reception.words import either, text

PERSON = ("personal_id", "full_name", "birth_date", "sex", "phone", "address")
"""A person's fields in the order of Enter; the kind of paper and whose telephone it is are left to Tab."""

BENEFITS = frozenset({"social_allowance", "poverty", "home_affairs", "health_insurance"})
"""Fields of procedures whose benefit may be for somebody else than the dossier's owner."""

PEOPLE = ("submitter", "owner", "beneficiary")
_LONGEST_SCAN = 300
_MOST_EXTRA_COPIES = 999
_WHOSE_WIDTH = 270


def person_rows(who: str) -> tuple[dict[str, QWidget], dict[str, Row]]:
    """The fields of a person under their dotted names, and the rows that hold them."""
    number, kind = QLineEdit(), Choice(id_kinds())
    name, born, sex = QLineEdit(), QLineEdit(), Choice(sexes())
    phone, whose, address = QLineEdit(), QLineEdit(), QLineEdit()
    number.setMaxLength(_LONGEST_SCAN)
    born.setPlaceholderText(text("ngày/tháng/năm, hoặc chỉ năm"))
    kind.setAccessibleName(text("Loại giấy tờ tùy thân"))
    sex.setAccessibleName(text("Giới tính"))
    whose.setPlaceholderText(text("số của ai"))
    set_width(whose, _WHOSE_WIDTH, 2 * _WHOSE_WIDTH)
    whose.setAccessibleName(text("Số điện thoại của ai"))
    name.setMaxLength(400)
    name.editingFinished.connect(lambda: put(name, identity.capitals(name.text())))
    alike = text("Alt+C: như hồ sơ trước") if who == "submitter" else text("Alt+C: như người nộp")
    address.setPlaceholderText(alike)
    widgets: dict[str, QWidget] = {
        "personal_id": number,
        "id_kind": kind,
        "full_name": name,
        "birth_date": born,
        "sex": sex,
        "phone": phone,
        "phone_of": whose,
        "address": address,
    }
    rows = {
        "personal_id": Row(text("Số định danh"), number, kind),
        "full_name": Row(text("Họ, chữ đệm và tên"), name),
        "birth_date": Row(text("Ngày sinh, giới tính"), born, sex),
        "phone": Row(text("Số điện thoại"), phone, whose),
        "address": Row(text("Nơi cư trú"), address),
    }
    return (
        {f"{who}.{key}": widget for key, widget in widgets.items()},
        {f"{who}.{key}": row for key, row in rows.items()},
    )


class FilesRow(Row):
    """What is attached to the form so far, and the button that leads to it."""

    changed = Signal()

    def __init__(self, to_files: QPushButton) -> None:
        self.names = quiet(text("chưa có"))
        self.count = 0
        to_files.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        super().__init__(text("Tệp đính kèm"), to_files, self.names, stretch=1)

    def show_files(self, files: Sequence[FileLine]) -> None:
        """Show ``files`` by their names."""
        self.count = len(files)
        names = ", ".join(each.name for each in files)
        said = text("{count} tệp", count=self.count)
        self.names.setText(f"{said}: {names}" if files else text("chưa có"))
        self.changed.emit()


def id_kinds() -> tuple[tuple[str, str], ...]:
    """Kinds of identity papers, worded."""
    return (
        ("cccd", text("Căn cước (12 số)")),
        ("cmnd", text("CMND cũ")),
        ("passport", text("Hộ chiếu")),
        ("other", text("Giấy tờ khác")),
    )


def sexes() -> tuple[tuple[str, str], ...]:
    """The two sexes of the forms, and neither said."""
    return (("", text("giới tính")), ("female", text("Nữ")), ("male", text("Nam")))


def ways() -> tuple[tuple[str, str], ...]:
    """How a result comes back."""
    return (
        ("hamlet", text("Tại ấp, khóm (phiên lưu động)")),
        ("centre", text("Tại trung tâm")),
        ("post", text("Qua bưu chính công ích")),
        ("on_the_spot", text("Trả ngay tại bàn")),
    )


def channels() -> tuple[tuple[str, str], ...]:
    """How a dossier came to the table."""
    return (("counter", text("Trực tiếp tại bàn")), ("post", text("Gửi qua bưu chính công ích")))


def post_words() -> tuple[tuple[str, str], ...]:
    """What a result that goes by post needs."""
    return (
        ("recipient", text("Người nhận bưu gửi")),
        ("address", text("Địa chỉ nhận")),
        ("phone", text("Điện thoại người nhận")),
    )


def condition_rows() -> tuple[dict[str, QWidget], dict[str, Row]]:
    """What a dossier costs, when it comes back and how: the fields under their names, and their rows."""
    copies, exemption, fee, due = Count(1), Choice(), QLineEdit(), QLineEdit()
    fee.setPlaceholderText(text("số tiền, đồng"))
    due.setPlaceholderText(text("ngày/tháng/năm"))
    way, note, channel = Choice(ways()), QLineEdit(), Choice(channels())
    sms = QCheckBox(text("Nhắn tin khi có kết quả"))
    posted = {f"delivery.{key}": (words, QLineEdit()) for key, words in post_words()}
    for _, field in posted.values():
        field.setPlaceholderText(text("Alt+C: như người nộp"))
    widgets: dict[str, QWidget] = {
        "copies": copies,
        "exemption": exemption,
        "fee": fee,
        "due": due,
        "delivery.way": way,
        **{name: field for name, (_, field) in posted.items()},
        "notify_sms": sms,
        "note": note,
        "channel": channel,
    }
    rows = {
        "copies": Row(text("Số bản kết quả"), copies, QWidget(), stretch=1),
        "exemption": Row(text("Miễn, giảm"), exemption),
        "fee": Row(text("Phí, lệ phí (đồng)"), fee),
        "due": Row(text("Ngày hẹn trả"), due),
        "delivery.way": Row(text("Nhận kết quả"), way),
        **{name: Row(words, field) for name, (words, field) in posted.items()},
        "notify_sms": Row("", sms),
        "note": Row(text("Ghi chú"), note),
        "channel": Row(text("Cách nộp hồ sơ"), channel),
    }
    return widgets, rows


def answer_words(procedure: Procedure | None, day: date) -> list[tuple[str, str]]:
    """The procedure's own fields (name, words), and extra copies of the extract where they have a price."""
    if procedure is None:
        return []
    rows = [(f"answers.{each.key}", either(each.label, each.label_en)) for each in procedure.answers]
    priced = procedure.at(day).fee.extract_copy is not None
    if priced and "answers.extra_copies" not in dict(rows):
        rows.append(("answers.extra_copies", text("Số bản sao trích lục yêu cầu thêm")))
    return rows


def paper_of(field: str) -> int | None:
    """The place of the paper that ``field`` is about, or None."""
    if not field.startswith("papers["):
        return None
    number = field[len("papers[") :].partition("]")[0]
    return int(number) if number.isdecimal() else 0


def answer_field(name: str) -> QLineEdit:
    """The field of one of the procedure's own questions."""
    field = QLineEdit()
    if name == "answers.extra_copies":
        field.setValidator(QIntValidator(0, _MOST_EXTRA_COPIES, field))
    return field


def follow(*fields: QWidget) -> None:
    """Let Tab go from the first of ``fields`` through the others, whenever they were made."""
    for before, after in pairwise(fields):
        QWidget.setTabOrder(before, after)


def beside(here: QWidget, path: Sequence[QWidget], *, forward: bool) -> QWidget | None:
    """The field of ``path`` after ``here`` or before it; None behind the last one.

    From a field that Enter passes over it is the next one of the path that Tab would come to.
    """
    place = path.index(here) if here in path else None
    if place is not None:
        return path[max(0, place - 1)] if not forward else path[place + 1] if here is not path[-1] else None
    other = here.nextInFocusChain() if forward else here.previousInFocusChain()
    while other is not None and other is not here and other not in path:
        other = other.nextInFocusChain() if forward else other.previousInFocusChain()
    return other


def row_of(field: str) -> str:
    """The name of the row that shows a problem of ``field``."""
    return {
        **{who: f"{who}.full_name" for who in PEOPLE},
        **{f"{who}.id_kind": f"{who}.personal_id" for who in PEOPLE},
        **{f"{who}.sex": f"{who}.birth_date" for who in PEOPLE},
        **{f"{who}.phone_of": f"{who}.phone" for who in PEOPLE},
        "delivery": "delivery.way",
    }.get(field, field)
