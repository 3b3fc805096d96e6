"""How long whole dossiers stay on this laptop: as long as the unit has set, and never unless it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mobile_reception.desk.bench import Bench
from mobile_reception.store import reading, retention
from mobile_reception.words import text

AT_ONCE: Final = 10
"""Dossiers that are reduced in one go by themselves: nobody at the table notices."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """What was reduced here, and what of the finished dossiers stays whole, by why (`retention.Look`).

    ``days`` is the unit's setting, None where there is none: then nothing is reduced. ``codes`` are those
    that were reduced or, where it was only asked, would be.
    """

    days: int | None
    codes: tuple[str, ...]
    kept: Mapping[str, int]


def days(bench: Bench) -> int | None:
    """After how many days a finished dossier is reduced; None: never."""
    said = bench.setting("retention", {})
    found = said.get("days") if isinstance(said, dict) else None
    return found if type(found) is int and found > 0 else None


def look(bench: Bench) -> Reduction:
    """What may be reduced now. Nothing is changed."""
    after = days(bench)
    if after is None:
        return Reduction(None, (), {})
    found = retention.look(bench.store, after, bench.now())
    kept: dict[str, int] = {}
    for each in found:
        if each.why:
            kept[each.why] = kept.get(each.why, 0) + 1
    return Reduction(after, tuple(each.code for each in found if not each.why), kept)


def reduce(bench: Bench, most: int) -> Reduction:
    """Reduce what may be, some ``most`` dossiers of it."""
    after = days(bench)
    if after is None:
        return Reduction(None, (), {})
    done = retention.reduce(bench.store, after, bench.now(), most)
    codes = tuple(reading.code_of(bench.store, each) or each for each in done)
    return Reduction(after, codes, look(bench).kept)


def when_due(bench: Bench) -> int:
    """Reduce a few, if the last sync went well and no session is open here; how many."""
    after = days(bench)
    if after is None or bench.store.meta("last_trouble") or reading.open_session(bench.store) is not None:
        return 0
    return len(retention.reduce(bench.store, after, bench.now(), AT_ONCE))


def why_words(why: str) -> str:
    """Why a finished dossier stays whole here, in words."""
    known = {
        "unsafe": text("chưa nằm trong bản sao lưu đã kiểm tra của trung tâm"),
        "recent": text("chưa đủ số ngày"),
        "file": text("tệp chưa nằm trong bản sao lưu của trung tâm"),
        "held": text("trung tâm đang kiểm tra"),
        "conflict": text("hai người ghi khác nhau"),
        "misfit": text("có việc không khớp với tình trạng hồ sơ"),
        "result": text("kết quả chưa trao"),
        "session": text("phiên chưa kết thúc"),
        "print": text("còn lệnh in đang chờ"),
        "news": text("còn tin của trung tâm chưa xem"),
        "together": text("hồ sơ khác của cùng người ở phiên ấy còn phải giữ"),
    }
    return known.get(why, why)


def as_json(found: Reduction) -> dict[str, Any]:
    """``reduce --json``."""
    return {"days": found.days, "codes": list(found.codes), "kept": dict(sorted(found.kept.items()))}
