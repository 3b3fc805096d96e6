"""Something of every kind on the page of the road, made of a Desk's own dossiers, for its picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from mobile_reception.desk.dossiers import field_words
from mobile_reception.desk.standing import Line, Standing
from mobile_reception.desk.troubles import trouble
from mobile_reception.desk.values import DossierLine, Place
from mobile_reception.dossier.lifecycle import act_words
from mobile_reception.words import moment, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk


def made_up_standing(desk: Desk) -> Standing:
    """The desk's counts as if it had a centre that cannot be reached."""
    found, listed, offline = desk.standing(), desk.find("", 6), trouble("offline")
    lines = [_torn(each) for each in listed[:1]] + [_held(each) for each in listed[1:2]]
    lines += [
        Line(
            f"{each.code} · {each.name}",
            act_words("dossier.received"),
            Place.HERE,
            each.received_at,
            offline.what,
            offline.todo,
            offline.who,
            each.id,
        )
        for each in listed[2:]
    ]
    return replace(
        found,
        enrolled=True,
        dossiers_acknowledged=max(0, found.dossiers - len(listed[2:])),
        acknowledged=max(0, found.facts - len(listed[2:])),
        held=1,
        conflicts=1,
        waiting=len(listed[2:]),
        last_contact=listed[0].received_at - timedelta(hours=1) if listed else None,
        clock_offset_s=3,
        trouble=offline,
        lines=tuple(lines),
    )


def _torn(line: DossierLine) -> Line:
    values = text(" và ").join(
        f"«{number}» ({who}, {moment(line.received_at + timedelta(minutes=after))})"
        for number, who, after in (("0912345678", "can.bo", 4), ("0912345687", "thuy", 9))
    )
    return Line(
        f"{line.code} · {line.name}",
        text("Ghi khác nhau: {field}", field=field_words("submitter.phone")),
        Place.NEEDS_YOU,
        line.received_at,
        values,
        text("Hỏi lại người dân hoặc xem giấy tờ, rồi gọi trung tâm chọn cách ghi đúng."),
        text("Bạn và trung tâm"),
        line.id,
    )


def _held(line: DossierLine) -> Line:
    why = text("trung tâm dùng bản cũ hơn, chưa hiểu việc này.")
    return Line(
        f"{line.code} · {line.name}",
        act_words("citizen.rated"),
        Place.CENTRE,
        line.received_at,
        text("Đã đến trung tâm, đang được kiểm tra: {why}", why=why),
        text("Trung tâm cập nhật chương trình là xong; bạn không phải làm gì."),
        text("Trung tâm"),
        line.id,
    )
