"""What a correction of a dossier asks for: everything that a person may correct, as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mobile_reception.desk import DossierView, Unacceptable
from mobile_reception.desk.dossiers import nested
from mobile_reception.desk.table import Desk
from mobile_reception.ui.asked import Asked
from mobile_reception.ui.form_parts import sexes, ways
from mobile_reception.ui.reception_line import iso_day, shown_day
from mobile_reception.words import text

_PERSON: Final = ("full_name", "personal_id", "birth_date", "sex", "phone", "address")
_COUNTS: Final = ("originals", "certified", "photocopies", "pages")


def asks(view: DossierView) -> tuple[Asked, ...]:
    """The fields of a dossier with what stands in them."""
    value = nested(view.state)
    rows: list[Asked] = []
    people = (
        ("submitter", ""),
        ("owner", text("Chủ hồ sơ")),
        ("beneficiary", text("Người thụ hưởng")),
    )
    for who, title in people:
        if value.get(who):
            rows += _person(who, title, value[who])
    if value.get("owner"):
        rows.append(Asked("relation", text("Quan hệ"), str(value.get("relation") or ""), needed=False))
    rows += _papers(value)
    rows.append(Asked("copies", text("Số bản yêu cầu"), str(value.get("copies") or ""), needed=False))
    rows += _delivery(value.get("delivery") or {})
    rows.append(Asked("note", text("Ghi chú"), str(value.get("note") or ""), needed=False))
    return (*rows, Asked("reason", text("Lý do"), hint=text("ví dụ: ghi sai năm sinh")))


def _person(who: str, title: str, person: Mapping[str, Any]) -> list[Asked]:
    words = {
        "full_name": text("Họ, chữ đệm và tên"),
        "personal_id": text("Số định danh"),
        "birth_date": text("Ngày sinh"),
        "sex": text("Giới tính"),
        "phone": text("Số điện thoại"),
        "address": text("Nơi cư trú"),
    }
    rows = []
    for name in _PERSON:
        held = str(person.get(name) or "")
        label = f"{title}: {words[name].lower()}" if title else words[name]
        shown = shown_day(held) if name == "birth_date" else held
        choices = sexes() if name == "sex" else ()
        rows.append(Asked(f"{who}.{name}", label, shown, needed=name == "full_name", choices=choices))
    return rows


def _papers(value: Mapping[str, Any]) -> list[Asked]:
    """A row for the name of each paper and one for its counts, and an empty one for another paper."""
    rows = []
    for place, paper in enumerate(value.get("papers") or ()):
        counts = "/".join(str(paper.get(name) or 0) for name in _COUNTS)
        title = text("Giấy tờ {number}", number=place + 1)
        rows.append(Asked(f"papers.{place}.name", title, str(paper.get("name") or ""), needed=False))
        rows.append(
            Asked(f"papers.{place}.counts", text("Bản chính/chứng thực/photo/trang"), counts, needed=False)
        )
    hint = text("tên giấy tờ nộp thêm; xóa tên ở trên là bỏ giấy tờ đó")
    rows.append(Asked("papers.new", text("Thêm giấy tờ"), needed=False, hint=hint))
    return rows


def _delivery(delivery: Mapping[str, Any]) -> list[Asked]:
    words = {
        "recipient": text("Người nhận"),
        "phone": text("Điện thoại người nhận"),
        "address": text("Địa chỉ nhận"),
    }
    way = Asked("delivery.way", text("Cách nhận"), str(delivery.get("way") or ""), choices=ways())
    return [
        way,
        *(
            Asked(f"delivery.{name}", title, str(delivery.get(name) or ""), needed=False)
            for name, title in words.items()
        ),
    ]


def amend(desk: Desk, key: str, values: Mapping[str, str], first: Mapping[str, str]) -> Any:
    """Do it: only what was changed. Raises Unacceptable."""
    changed = {name for name, said in values.items() if name != "reason" and said != first[name]}
    changes: dict[str, Any] = {}
    for name in sorted(changed):
        if not name.startswith("papers."):
            changes[name] = _meant(name, values[name])
    if any(name.startswith("papers.") for name in changed):
        changes["papers"] = _papers_meant(desk, key, values)
    return desk.amend(key, changes, values["reason"])


def _meant(name: str, said: str) -> Any:
    if name.endswith("birth_date"):
        return iso_day(said) or None
    if name == "copies" and said.isascii() and said.isdecimal():
        return int(said)
    return said or None


def _papers_meant(desk: Desk, key: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """The papers as they stand now, with what was typed over them."""
    papers = []
    for place, paper in enumerate(nested(desk.dossier(key).state).get("papers") or ()):
        name = values.get(f"papers.{place}.name", str(paper.get("name") or ""))
        counts = values.get(f"papers.{place}.counts")
        if not name:
            continue
        papers.append({**paper, "name": name, **(_counted(counts) if counts is not None else {})})
    if values.get("papers.new"):
        papers.append({"name": values["papers.new"], "originals": 1})
    return papers


def _counted(said: str) -> dict[str, int]:
    parts = [part.strip() for part in said.split("/")]
    if len(parts) > len(_COUNTS) or not all(re.fullmatch("[0-9]{1,4}", part) for part in parts):
        raise Unacceptable(text("Ghi số bản dạng 1/0/0/2: bản chính/chứng thực/photo/trang."))
    return dict(zip(_COUNTS, map(int, parts), strict=False))
