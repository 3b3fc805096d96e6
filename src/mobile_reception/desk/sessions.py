"""Hamlet sessions: opened, counted, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NoSession, NotFound, Unacceptable
from mobile_reception.desk.values import HamletSession
from mobile_reception.dossier import identity
from mobile_reception.dossier.facts import Act, uuid7
from mobile_reception.dossier.fold import SESSION_CLOSED, SESSION_OPENED
from mobile_reception.dossier.service import MOST_NOTES, NOTES
from mobile_reception.store import reading
from mobile_reception.words import day, moment, money, text

_WORDS = 300
KINDS = ("regular", "weekend", "facility", "after-hours")


def hamlets(bench: Bench) -> tuple[str, ...]:
    """The hamlets that the centre has named, then those where sessions were held, each once."""
    named = [str(card.get("name", "")) for card in bench.cards("hamlet")]
    names = [*named, *(record.hamlet for record in reading.sessions(bench.store))]
    return tuple({identity.fold(name): name for name in reversed(names) if name}.values())[::-1]


def current(bench: Bench) -> HamletSession | None:
    """The session that is open here, with what speaks against going on in it."""
    found = _read(bench, here=True)
    return found[0] if found else None


def every(bench: Bench) -> tuple[HamletSession, ...]:
    """All sessions known here, newest first."""
    return tuple(_read(bench))


def find(bench: Bench, key: str | None) -> HamletSession:
    """The session ``key``; without one the open session, else the last. Raises NotFound."""
    found = _read(bench, key=key)
    if not found:
        raise NotFound(text("Không tìm thấy phiên."))
    return found[0]


def hamlet_name(bench: Bench, typed: str) -> str:
    """A hamlet as it is known here, else as typed. Raises Unacceptable."""
    try:
        name = identity.clean(typed, limit=200)
    except identity.Unacceptable as error:
        raise Unacceptable(text("Tên ấp, khóm: {why}", why=error)) from error
    if not name:
        raise Unacceptable(text("Cần tên ấp, khóm nơi mở phiên."))
    wanted = identity.fold(name)
    return next((known for known in hamlets(bench) if identity.fold(known) == wanted), name)


def open_session(bench: Bench, hamlet: str, kind: str) -> HamletSession:
    """Open the planned session of that hamlet and day if there is one, else one of its own.

    Opening again what is open here is harmless. Raises Unacceptable while another session is open.
    """
    if kind not in KINDS:
        raise Unacceptable(text("Loại phiên phải là một trong: {kinds}", kinds=", ".join(KINDS)))
    name = hamlet_name(bench, hamlet)
    wanted = identity.fold(name)
    today = bench.today()
    already = current(bench)
    if already is not None:
        if identity.fold(already.hamlet) == wanted and already.day == today:
            return already
        raise Unacceptable(
            text(
                "Phiên tại {hamlet} ngày {day} còn mở. Hãy kết thúc phiên đó trước.",
                hamlet=already.hamlet,
                day=day(already.day),
            )
        )
    now = bench.now()
    planned = _planned(bench, wanted, today)
    subject = planned or reading.session_of(bench.store, name, today) or uuid7(now)
    with bench.store.act(bench.me.login, now) as making:
        making.append(
            Act(
                subject,
                SESSION_OPENED,
                {"hamlet": name, "day": today.isoformat(), "kind": kind, "planned": planned is not None},
            )
        )
    return find(bench, subject)


def close_session(
    bench: Bench,
    cash: int | None,
    *,
    notes: Mapping[int, int] | None = None,
    explained: str = "",
) -> HamletSession:
    """Close this laptop's part of the open session; ``notes`` counts what lies in its box by worth.

    ``explained`` says why the cash is not what was taken. Raises NoSession, Unacceptable.
    """
    box = _box(cash, notes)
    try:
        why = identity.clean(explained, limit=_WORDS)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error
    already = current(bench)
    if already is None:
        raise NoSession(text("Không có phiên nào đang mở."))
    with bench.store.act(bench.me.login, bench.now()) as making:
        # A copied or restored folder goes on in a new journal: it closes what its former ones had open too.
        former = reading.own_origins(bench.store)
        former.pop(making.origin, None)
        payload = {"parts": [*former, making.origin], **box, **({"explained": why} if why else {})}
        making.append(Act(already.id, SESSION_CLOSED, {**payload, "seen": former} if former else payload))
    return find(bench, already.id)


def _box(cash: int | None, notes: Mapping[int, int] | None) -> dict[str, Any]:
    """What a closing tells of the box. Raises Unacceptable."""
    counted = {note: count for note, count in (notes or {}).items() if count}
    if not all(note in NOTES and 0 < count <= MOST_NOTES for note, count in counted.items()):
        raise Unacceptable(text("Số tờ của mỗi mệnh giá phải là số nguyên, không âm."))
    total = sum(note * count for note, count in counted.items()) if notes is not None else cash
    if total is None:
        return {}
    if not 0 <= total <= 10**10:
        raise Unacceptable(text("Tiền mặt phải là số đồng nguyên, không âm."))
    if cash is not None and cash != total:
        raise Unacceptable(
            text(
                "Đếm theo tờ được {counted}, khác số tiền đã khai {cash}.",
                counted=money(total),
                cash=money(cash),
            )
        )
    return {"cash": total, **({"notes": {str(note): counted[note] for note in counted}} if counted else {})}


def _planned(bench: Bench, hamlet: str, today: date) -> str | None:
    for card in bench.cards("planned"):
        if card.get("day") == today.isoformat() and identity.fold(str(card.get("hamlet", ""))) == hamlet:
            return str(card["id"])
    return None


def _read(bench: Bench, *, key: str | None = None, here: bool = False) -> list[HamletSession]:
    records = reading.sessions(bench.store, key=key, here=here)
    known = {identity.fold(str(card.get("name", ""))) for card in bench.cards("hamlet")}
    planned = {str(card.get("id")) for card in bench.cards("planned")}
    return [_value(bench, record, known, planned) for record in records]


def _value(bench: Bench, record: reading.SessionRecord, known: set[str], planned: set[str]) -> HamletSession:
    held_on = date.fromisoformat(record.day)
    recognised = identity.fold(record.hamlet) in known
    warned = _warnings(bench, held_on, record.hamlet, recognised=recognised) if record.here else []
    return HamletSession(
        id=record.id,
        hamlet=record.hamlet,
        kind=record.kind,
        day=held_on,
        opened_at=datetime.fromisoformat(record.opened_at),
        closed_at=None if record.here else datetime.fromisoformat(record.closed_at or record.opened_at),
        dossiers=record.dossiers,
        citizens=record.citizens,
        fees=record.fees,
        known_hamlet=recognised,
        planned=(record.joined_to or record.id) in planned,
        cash=record.cash,
        warnings=tuple(warned),
        joined_to=record.joined_to,
    )


def _warnings(bench: Bench, session_day: date, hamlet: str, *, recognised: bool) -> list[str]:
    said = []
    now = bench.now()
    if session_day != bench.today():
        said.append(
            text(
                "Phiên mở ngày {day}, đồng hồ máy đang là {now}. Hãy kiểm tra ngày giờ của máy.",
                day=day(session_day),
                now=moment(now),
            )
        )
    noted = reading.last_act(bench.store)
    last = datetime.fromisoformat(noted) if noted else now
    if now < last - timedelta(minutes=2):
        said.append(
            text(
                "Đồng hồ máy ({now}) sớm hơn việc ghi gần nhất ({last}). Hãy kiểm tra ngày giờ của máy.",
                now=moment(now),
                last=moment(last),
            )
        )
    if not recognised:
        said.append(
            text("«{hamlet}» chưa có trong danh sách ấp, khóm của trung tâm: ghi như đã gõ.", hamlet=hamlet)
        )
    return said
