"""Dossiers in lists and whole: found, shown, told as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mobile_reception.desk import history
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound, Unacceptable
from mobile_reception.desk.values import DossierLine, DossierView, FileLine, FilePlace, Place
from mobile_reception.dossier import identity
from mobile_reception.dossier.fold import DossierState, Reduced, Written, fold_dossier
from mobile_reception.store import files, reading
from mobile_reception.words import VIETNAM, iso, text

LONG_AGO = datetime(2000, 1, 1, tzinfo=VIETNAM)


MOST = 1_000_000
"""Lines that one search may ask for."""

_LITTLE = 3
"""Fewer lines than this, and what was asked for may be misspelt."""

_MOST_NEAR = 10
_GROUPS = re.compile(r"[\s.-]")
_NUMBER = re.compile(r"\d{9,12}", re.ASCII)
"""A telephone or personal number, nothing else."""


def _whole(typed: str) -> str:
    """``typed`` without halves of characters, which the file cannot be asked about."""
    return typed.encode("utf-8", "replace").decode()


def words_for(place: Place) -> str:
    """The four words, the same everywhere."""
    return {
        Place.HERE: text("Trên máy này"),
        Place.SENDING: text("Đang gửi"),
        Place.CENTRE: text("Đã đến trung tâm"),
        Place.NEEDS_YOU: text("Cần xử lý"),
    }[place]


def field_words(name: str) -> str:
    """What people call a field of a dossier, by its dotted name; one without a word as it stands."""
    part, _, last = name.rpartition(".")
    whose = {
        "submitter": text("người nộp"),
        "owner": text("chủ hồ sơ"),
        "beneficiary": text("người thụ hưởng"),
    }.get(part)
    words = {
        "full_name": text("Họ, chữ đệm và tên"),
        "personal_id": text("Số định danh"),
        "birth_date": text("Ngày sinh"),
        "sex": text("Giới tính"),
        "phone": text("Số điện thoại"),
        "phone_of": text("Điện thoại của ai"),
        "address": text("Địa chỉ nhận") if part == "delivery" else text("Nơi cư trú"),
        "relation": text("Quan hệ"),
        "copies": text("Số bản"),
        "papers": text("Giấy tờ"),
        "note": text("Ghi chú"),
        "notify_sms": text("Nhắn tin"),
        "way": text("Cách nhận"),
        "recipient": text("Người nhận"),
    }.get(last, name)
    return f"{words} ({whose})" if whose else words


def find(bench: Bench, typed: str, limit: int) -> tuple[DossierLine, ...]:
    """Dossiers by any words of theirs, the newest first; where they are few, then such as read nearly so."""
    most, words = max(0, min(limit, MOST)), _whole(typed)
    found = reading.dossiers(bench.store, words, most)
    if not found and (number := _together(words)):
        found = reading.dossiers(bench.store, number, most)
    lines = [_line(bench, record) for record in found]
    if len(found) < min(_LITTLE, most) and words.strip():
        known = {record.row for record in found}
        near = [each for each in reading.near(bench.store, words, _MOST_NEAR) if each.row not in known]
        lines += [replace(_line(bench, record), near=True) for record in near[: most - len(found)]]
    return tuple(lines)


def _together(typed: str) -> str:
    """A number that was typed in groups (``0912 345 678``) in one piece; "" for anything else."""
    bare = _GROUPS.sub("", typed)
    return bare if _NUMBER.fullmatch(bare) else ""


def lines(bench: Bench, records: Iterable[reading.DossierRecord]) -> tuple[DossierLine, ...]:
    """These dossiers, ready to show."""
    return tuple(_line(bench, record) for record in records)


def view(bench: Bench, key: str) -> DossierView:
    """One dossier by its code or id. Raises NotFound."""
    wanted = _whole(key).strip()
    record = reading.dossier(bench.store, wanted)
    if record is None:
        raise NotFound(text("Máy này không có hồ sơ «{key}».", key=wanted[:60]))
    state = fold_dossier(record.id, reading.facts(bench.store, record.id), bench.store.clocks())
    held = reading.sessions(bench.store, key=record.session) if record.session else []
    return DossierView(
        state,
        bench.procedure_name(state.procedure),
        _place(bench, record),
        held[0].hamlet if held else None,
        file_lines(bench, state),
        history.told(bench, state),
        {
            each.officer: bench.officer_name(each.officer)
            for values in state.conflicts.values()
            for each in values
        },
        _expected(bench, state),
    )


def _expected(bench: Bench, state: DossierState) -> tuple[tuple[str, str, bool], ...]:
    """The papers that the procedure asks for in this case, those that were not handed in first."""
    if state.procedure is None or state.procedure not in bench.catalogue:
        return ()
    told = nested(state)
    papers = told.get("papers")
    handed = {
        identity.fold(str(paper.get("name") or ""))
        for paper in (papers if isinstance(papers, list) else ())
        if isinstance(paper, dict)
    }
    variant = told.get("variant")
    rules = bench.catalogue.procedure(state.procedure).at(bench.today())
    asked = rules.papers_for(variant if isinstance(variant, str) else None)
    listed = [(rule.name, rule.title(), identity.fold(rule.name) in handed) for rule in asked]
    return tuple(sorted(listed, key=lambda one: one[2]))


def whole(bench: Bench, key: str) -> DossierView:
    """As `view`, for who needs what a citizen has said. Raises NotFound; Unacceptable for a reduced one."""
    found = view(bench, key)
    if found.state.reduced is not None:
        raise Unacceptable(
            text(
                "Hồ sơ {code} đã rút gọn trên máy này; trung tâm giữ đầy đủ: xem, sửa và in tại trung tâm.",
                code=found.state.code or "",
            )
        )
    return found


def file_lines(bench: Bench, state: DossierState) -> tuple[FileLine, ...]:
    """The files of a dossier, and where each of them is."""
    here = {each.sha256: each for each in files.of_dossier(bench.store, state.subject)}
    found = []
    for file in state.files:
        kept = here.get(file.sha256)
        place, why = FilePlace.ELSEWHERE, None
        if kept is not None:
            refused = kept.refused is not None
            place = FilePlace.REFUSED if refused else FilePlace.HERE
            place, why = (FilePlace.CENTRE, None) if kept.at_centre else (place, kept.refused)
        found.append(
            FileLine(
                sha256=file.sha256,
                name=file.name,
                type=file.type,
                size=file.size,
                pages=file.pages,
                paper=file.paper,
                officer=file.officer,
                at=file.at,
                place=place,
                here=kept is not None,
                why=why,
            )
        )
    return tuple(found)


def file_words(line: FileLine) -> str:
    """Where a file is."""
    return {
        FilePlace.HERE: text("Trên máy này"),
        FilePlace.CENTRE: text("Đã đến trung tâm"),
        FilePlace.ELSEWHERE: text("Ở máy khác"),
        FilePlace.REFUSED: text("Cần xử lý"),
    }[line.place]


def file_trouble(code: str) -> str:
    """Why a file did not go, and what to do about it."""
    known = {
        "too_large": text("tệp quá lớn; gỡ ra rồi quét lại nhỏ hơn"),
        "quota": text("máy này đã gửi hết phần của mình; báo trung tâm"),
        "not_announced": text("trung tâm chưa biết hồ sơ này; sẽ tự gửi lại"),
        "hash_mismatch": text("tệp đến nơi bị hỏng; sẽ tự gửi lại"),
        "damaged": text("tệp trên máy này hỏng; gỡ ra rồi quét lại"),
    }
    return known.get(code, code)


def _line(bench: Bench, record: reading.DossierRecord) -> DossierLine:
    return DossierLine(
        id=record.id,
        code=record.code or "",
        name=record.name or text("(đã rút gọn)"),
        number=identity.mask(record.number) if record.number else None,
        procedure=record.procedure or "",
        procedure_name=bench.procedure_name(record.procedure),
        received_at=datetime.fromisoformat(record.received_at) if record.received_at else LONG_AGO,
        come_back=date.fromisoformat(record.come_back) if record.come_back else LONG_AGO.date(),
        fee=record.fee,
        place=_place(bench, record),
        session=record.session,
        reduced=not record.name,
    )


def _place(bench: Bench, record: reading.DossierRecord) -> Place:
    if record.conflicts:
        return Place.NEEDS_YOU
    if not record.waits:
        return Place.CENTRE
    return Place.SENDING if bench.sending else Place.HERE


def received_between(bench: Bench, first: date, last: date) -> list[DossierState]:
    """The dossiers received from ``first`` to ``last``, both included."""
    return states(bench, reading.subjects_between(bench.store, first, last))


def of_session(bench: Bench, session: str) -> list[DossierState]:
    """The dossiers received in a session, in order."""
    return states(bench, reading.subjects_of(bench.store, session))


def states(bench: Bench, subjects: list[str]) -> list[DossierState]:
    """These dossiers, in this order."""
    clocks = bench.store.clocks()
    return [fold_dossier(subject, reading.facts(bench.store, subject), clocks) for subject in subjects]


def line_json(line: DossierLine) -> dict[str, Any]:
    """A found dossier, as ``find --json`` gives it."""
    return {
        "id": line.id,
        "code": line.code,
        "name": "" if line.reduced else line.name,
        "personal_id": line.number,
        "procedure": line.procedure,
        "procedure_name": line.procedure_name,
        "received_at": iso(line.received_at),
        "come_back": line.come_back.isoformat(),
        "fee": line.fee,
        "place": line.place.value,
        "session": line.session,
        "near": line.near,
        "reduced": line.reduced,
    }


def file_json(line: FileLine) -> dict[str, Any]:
    """A file, as ``files --json`` and ``show --json`` give it."""
    return {
        "sha256": line.sha256,
        "name": line.name,
        "type": line.type,
        "size": line.size,
        "pages": line.pages,
        "paper": line.paper,
        "officer": line.officer,
        "at": iso(line.at),
        "place": line.place.value,
        "here": line.here,
        "why": line.why,
    }


def view_json(view: DossierView) -> dict[str, Any]:
    """A dossier with its papers, fees and history, as ``show --json`` gives it."""
    state = view.state
    values = nested(state)
    return {
        "id": state.subject,
        "code": state.code,
        "status": state.status,
        "place": view.place.value,
        "session": state.session,
        "hamlet": view.hamlet,
        "procedure": state.procedure,
        "procedure_name": view.procedure_name,
        "catalogue": state.version,
        "received_at": iso(state.received_at),
        "due": iso(state.due),
        "come_back": state.come_back,
        "fees": {
            "amount": state.fee,
            "phi": state.phi,
            "le_phi": state.le_phi,
            "collected": state.collected,
        },
        "papers": values.pop("papers", []),
        "files": [file_json(each) for each in view.files],
        "files_waiting": view.files_waiting,
        "reception": values,
        "conflicts": {
            name: [_written(each) for each in standing] for name, standing in state.conflicts.items()
        },
        "reduced": None if state.reduced is None else _reduced(state.reduced),
        "prints": state.prints,
        "history": [
            {
                "fact": event.fact,
                "kind": event.kind,
                "officer": event.officer,
                "at": iso(event.at),
                "origin": event.origin,
                "seq": event.seq,
                "reason": event.reason,
                "about": event.about,
            }
            for event in state.history
        ],
        "misfits": [
            {"fact": misfit.fact, "kind": misfit.kind, "reason": misfit.reason} for misfit in state.misfits
        ],
    }


def _reduced(kept: Reduced) -> dict[str, Any]:
    return {"at": kept.at, "facts": kept.facts, "files": kept.files}


def nested(state: DossierState) -> dict[str, Any]:
    """The standing values as nested objects again: ``{"submitter": {"phone": …}}``."""
    values: dict[str, Any] = {}
    for name, written in state.fields.items():
        *above, last = name.split(".")
        inner = values
        for step in above:
            if not isinstance(inner.get(step), dict):
                inner[step] = {}
            inner = inner[step]
        inner[last] = written.value
    for person in ("owner", "beneficiary"):  # somebody who was taken out again
        if isinstance(values.get(person), dict) and not values[person].get("full_name"):
            values[person] = None
    return values


def _written(each: Written) -> dict[str, Any]:
    return {"value": each.value, "officer": each.officer, "at": iso(each.at), "fact": each.fact}
