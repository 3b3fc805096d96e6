"""How it stands between laptop and centre: both sides' counts, and a line for each thing that waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mobile_reception.desk import backups, bundles
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.dossiers import field_words, file_trouble
from mobile_reception.desk.troubles import Trouble, trouble
from mobile_reception.desk.values import Place
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import SETTLED, DossierState, Written, fold_dossier
from mobile_reception.dossier.lifecycle import act_words
from mobile_reception.store import files, reading, writing
from mobile_reception.words import day, moment, text

_FOR_YOU = ("too_large", "damaged")  # what only a new scan helps against

MOST = 300
"""Lines that are shown; `Standing.waiting` counts all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, or that somebody here has to know.

    ``about`` names it, ``what`` says in the office's words what was done to it, ``why`` why it waits,
    ``todo`` what to do and ``who`` has to. ``dossier`` is its id where it is one; ``told`` names news that
    can be heeded.
    """

    about: str
    what: str
    place: Place
    since: datetime | None
    why: str
    todo: str
    who: str
    dossier: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Both sides' counts and what waits between them.

    ``facts`` are this laptop's own, ``acknowledged`` those of them in the centre's signed answers; the same
    of ``dossiers``. ``waiting`` counts the subjects of which something is unsent, ``files_waiting`` files.
    ``carried`` are bundles of other laptops. ``trouble`` is why the last try did not go through.
    """

    enrolled: bool
    dossiers: int
    dossiers_acknowledged: int
    facts: int
    acknowledged: int
    held: int
    conflicts: int
    waiting: int
    files_waiting: int
    carried: int
    last_contact: datetime | None
    clock_offset_s: int | None
    trouble: Trouble | None
    second_backup: backups.Last | None
    lines: tuple[Line, ...]


def standing(bench: Bench) -> Standing:
    """Where everything stands now."""
    counts = reading.counts(bench.store)
    meta = bench.store.meta
    enrolled = meta("url") is not None
    contact, offset, reason = meta("last_contact"), meta("clock_offset_s"), meta("last_trouble")
    hindered = trouble(reason) if enrolled and reason else None
    waiting = reading.subjects_waiting(bench.store) if enrolled else 0
    lines = [*_conflicts(bench), *_told(bench), *_held(bench)]
    if enrolled:
        lines += [*_files(bench, hindered), *_waiting(bench, hindered)]
    return Standing(
        enrolled=enrolled,
        dossiers=counts.dossiers,
        dossiers_acknowledged=counts.dossiers - counts.dossiers_waiting if enrolled else 0,
        facts=counts.facts,
        acknowledged=counts.facts - counts.waiting,
        held=counts.held,
        conflicts=counts.conflicts,
        waiting=waiting,
        files_waiting=counts.files_waiting if enrolled else 0,
        carried=bundles.waiting(bench),
        last_contact=datetime.fromisoformat(contact) if contact else None,
        clock_offset_s=int(offset) if offset else None,
        trouble=hindered,
        second_backup=backups.last(bench),
        lines=tuple(lines),
    )


def heed(bench: Bench, told: str) -> None:
    """Somebody here has read this news: it is not told again."""
    writing.heed(bench.store, told)


# -- What waits to be sent -------------------------------------------------------------------------------


def _waiting(bench: Bench, hindered: Trouble | None) -> Iterator[Line]:
    why = hindered.what if hindered else text("Đến lượt sẽ gửi.")
    todo = hindered.todo if hindered else text("Máy tự gửi; bấm F5 nếu muốn gửi ngay.")
    who = hindered.who if hindered else text("Không ai phải làm gì")
    place = Place.SENDING if bench.sending else Place.HERE
    if bench.sending:
        why = text("Đang trên đường tới trung tâm.")
        todo = text("Cứ làm việc tiếp; cắt ngang cũng không mất gì.")
    for each in reading.waiting_to_go(bench.store, MOST):
        about, dossier = _about(bench, each.subject, each.kinds)
        yield Line(about, _whats(each.kinds), place, _at(each.since), why, todo, who, dossier)


def _files(bench: Bench, hindered: Trouble | None) -> Iterator[Line]:
    """Dossiers whose files have not all arrived; the dossier itself never waits for them."""
    for dossier, waiting, all_, refused in files.tallied(bench.store, MOST):
        about, key = _about(bench, dossier, ())
        why = hindered.what if hindered else text("Tệp gửi sau hồ sơ, đến lượt sẽ gửi.")
        todo = hindered.todo if hindered else text("Máy tự gửi; bấm F5 nếu muốn gửi ngay.")
        who = hindered.who if hindered else text("Không ai phải làm gì")
        needs_you = refused in _FOR_YOU
        if refused is not None:
            why, who = file_trouble(refused), text("Bạn, tại máy này") if needs_you else text("Trung tâm")
            todo = text("Mở hồ sơ để xem tệp nào.")
        what = text("Tệp đính kèm: chờ {waiting} trong {all}", waiting=waiting, all=all_)
        place = Place.NEEDS_YOU if needs_you else Place.SENDING if bench.sending else Place.HERE
        yield Line(about, what, place, None, why, todo, who, key)


def _whats(kinds: Iterable[str]) -> str:
    counted: dict[str, int] = {}
    for kind in kinds:
        words = act_words(kind)
        counted[words] = counted.get(words, 0) + 1
    return " · ".join(words if count == 1 else f"{words} ({count})" for words, count in counted.items())


def _about(bench: Bench, subject: str, kinds: Iterable[str]) -> tuple[str, str | None]:
    """What a subject is called, and its id if it is a dossier."""
    record = reading.dossier(bench.store, subject)
    if record is not None:
        return f"{record.code or ''} · {record.name}".strip(" ·"), subject
    for session in reading.sessions(bench.store, key=subject):
        held_on = day(date.fromisoformat(session.day))
        return text("Phiên {hamlet}, {day}", hamlet=session.hamlet, day=held_on), None
    if any(kind.startswith("origin.") for kind in kinds):
        return text("Máy này"), None
    return text("Việc khác của phiên"), None


def _at(written: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(written) if written else None
    except ValueError:
        return None


# -- What is being checked at the centre -----------------------------------------------------------------


def _held(bench: Bench) -> Iterator[Line]:
    """This laptop's facts that the centre holds for a person."""
    for card in bench.cards("held"):
        fact = reading.fact(bench.store, str(card.get("origin")), int(card.get("seq") or 0))
        kinds = [fact.kind] if fact else []
        subject = str(card.get("subject") or (fact.subject if fact else ""))
        about, dossier = _about(bench, subject, kinds)
        why, todo = _held_words(str(card.get("reason") or ""), str(card.get("state") or ""))
        yield Line(
            about,
            _whats(kinds) or text("Việc đã ghi"),
            Place.CENTRE,
            _at(fact.at if fact else None),
            text("Đã đến trung tâm, đang được kiểm tra: {why}", why=why),
            todo,
            text("Trung tâm"),
            dossier,
        )


def _held_words(reason: str, state: str) -> tuple[str, str]:
    nothing = text("Bạn không phải làm gì; trung tâm có thể gọi hỏi lại.")
    if reason == "erased":
        return (
            text("trung tâm chỉ còn phần đầu; nội dung nằm trong bản sao lưu, máy này đã rút gọn."),
            text("Quản trị viên trung tâm tìm thấy nó trong bản sao lưu đã kiểm tra; bạn không phải làm gì."),
        )
    if state == "misfit":
        return (
            text("việc này không khớp với tình trạng của hồ sơ khi tới nơi."),
            text("Mở hồ sơ xem lại; trung tâm quyết định giữ hay xếp lại."),
        )
    newer = text("trung tâm dùng bản cũ hơn, chưa hiểu việc này.")
    known = {
        "unknown_kind": (newer, text("Trung tâm cập nhật chương trình là xong; bạn không phải làm gì.")),
        "newer_schema": (newer, text("Trung tâm cập nhật chương trình là xong; bạn không phải làm gì.")),
        "unreadable": (text("trung tâm không đọc được nội dung."), nothing),
        "revoked": (
            text("máy này đã bị thu hồi khi việc này tới nơi."),
            text("Gọi cho trung tâm: trung tâm xem xét rồi mới nhận."),
        ),
        "officer_disabled": (
            text("cán bộ ghi việc này đã ngừng quyền khi việc này tới nơi."),
            text("Gọi cho trung tâm: trung tâm xem xét rồi mới nhận."),
        ),
    }
    return known.get(reason, (text("trung tâm đã có việc khác ở cùng chỗ trong nhật ký."), nothing))


# -- What two people wrote differently -------------------------------------------------------------------


def _conflicts(bench: Bench) -> Iterator[Line]:
    for subject in reading.subjects_in_conflict(bench.store, MOST):
        state = _state(bench, subject)
        about, dossier = _about(bench, subject, ())
        for name, standing_values in state.conflicts.items():
            yield Line(
                about,
                text("Ghi khác nhau: {field}", field=field_words(name)),
                Place.NEEDS_YOU,
                max((at for each in standing_values if (at := _at(each.at))), default=None),
                text(" và ").join(_value_words(bench, each) for each in standing_values),
                text("Hỏi lại người dân hoặc xem giấy tờ, rồi gọi trung tâm chọn cách ghi đúng."),
                text("Bạn và trung tâm"),
                dossier,
            )


def _told(bench: Bench) -> Iterator[Line]:
    """Conflicts that were closed: what was written here and did not stand."""
    for identity, subject in reading.told(bench.store):
        facts = reading.facts(bench.store, subject)
        closed = next((fact for fact in facts if fact.id == identity and fact.kind == SETTLED), None)
        if closed is None:
            continue
        mine = set(reading.own_origins(bench.store))
        lost = [said for said in _settled(closed, facts) if said[1] in mine]
        if not lost:
            continue
        about, dossier = _about(bench, subject, ())
        name, value = str(closed.body.get("field")), closed.body.get("value")
        yield Line(
            about,
            text("Trung tâm đã chọn giữa hai cách ghi: {field}", field=field_words(name)),
            Place.CENTRE,
            _at(closed.at),
            text(
                "{officer} chọn «{value}»; không dùng {lost}.",
                officer=bench.officer_name(closed.officer),
                value=_shown(value),
                lost=text(" và ").join(_value_words(bench, each) for each, _ in lost),
            ),
            text("Báo người dân nếu cần, rồi bấm «Đã xem»."),
            text("Bạn, tại máy này"),
            dossier,
            identity,
        )


def _settled(closed: Fact, facts: Iterable[Fact]) -> Iterator[tuple[Written, str]]:
    """The values that a closing did not choose, each with the origin that it was written in."""
    name, value = str(closed.body.get("field")), closed.body.get("value")
    settles = closed.body.get("settles")
    for fact in facts:
        if isinstance(settles, list) and fact.id in settles:
            wrote = _wrote(fact, name)
            if wrote != value:
                yield Written(wrote, fact.id, fact.officer, fact.at), fact.origin


def _wrote(fact: Fact, name: str) -> Any:
    """What a fact wrote into a field, by its dotted name."""
    given = fact.body.get("set")
    if isinstance(given, Mapping) and name in given:
        return given[name]
    inner: Any = fact.body.get("reception")
    for step in name.split("."):
        inner = inner.get(step) if isinstance(inner, Mapping) else None
    return inner


def _state(bench: Bench, subject: str) -> DossierState:
    return fold_dossier(subject, reading.facts(bench.store, subject), bench.store.clocks())


def _value_words(bench: Bench, each: Written) -> str:
    at = _at(each.at)
    when = f", {moment(at)}" if at else ""
    return f"«{_shown(each.value)}» ({bench.officer_name(each.officer)}{when})"


def _shown(value: Any) -> str:
    if value is None:
        return text("để trống")
    if isinstance(value, bool):
        return text("có") if value else text("không")
    if isinstance(value, list):
        return text("{count} mục", count=len(value))
    return str(value)
