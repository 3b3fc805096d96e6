"""The road to the centre: joining it, sending and fetching, in words that say what to do."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from mobile_reception.desk import bundles
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Denied, NotNow, Unacceptable
from mobile_reception.desk.troubles import news, trouble
from mobile_reception.store import keys
from mobile_reception.store.outbox import Outbox
from mobile_reception.sync import client
from mobile_reception.sync.client import Backoff, SyncReport
from mobile_reception.sync.protocol import Reason
from mobile_reception.words import text

__all__ = ["Backoff", "Centre", "Reason", "SyncReport", "enrol", "greet", "news", "sync", "words_for"]


@dataclass(frozen=True, slots=True)
class Centre:
    """Who a centre says it is, before a laptop joins it."""

    unit: str
    agency: str
    practice: bool


def words_for(reason: Reason) -> str:
    """What stopped the road and what to do; the dossiers are safe on this laptop each time."""
    return trouble(reason.value).sentence


def greet(url: str, *, ca: str | None = None) -> Centre:
    """Ask a centre who it is. Raises NotNow, Unacceptable."""
    with_hello = _hello(url, ca)
    unit = with_hello.units[0] if with_hello.units else {}
    return Centre(str(unit.get("code", "")), str(unit.get("agency_id", "")), with_hello.practice)


def enrol(bench: Bench, url: str, code: str, passphrase: str, *, ca: str | None) -> None:
    """Join a centre with a one-time code; repeating it with the same code is safe.

    A laptop that stood alone keeps its codes and will send its whole journal; its unit, agency and practice
    mark must be the centre's. Raises Denied, Unacceptable, NotNow.
    """
    store = bench.store
    box = Outbox(store)
    centre = _hello(url, ca)
    slot = store.slots.slot(bench.me.login)
    alone = store.meta("alone") == "1"
    if slot is None:
        raise Denied(text("Tên đăng nhập hoặc mật khẩu không đúng."))
    try:
        answer = client.enrol(
            url,
            code,
            centre=centre,
            device_key=box.device_key(),
            name=store.meta("device_name") or text("Máy tính lưu động"),
            origin=store.current_origin(),
            login=bench.me.login,
            officer_key=bytes.fromhex(slot.public_key),
            passphrase=passphrase,
            practice=store.slots.practice,
            clock=bench.now,
            unit=store.meta("unit") if alone else None,
            agency_id=store.meta("agency") if alone else None,
            sealed_recovery=keys.seal_to(centre.recovery_key, store.meta("recovery_code") or ""),
            officer_name=_called(slot),
            ca=ca,
        )
    except client.NotAllowed as refused:
        raise Denied(_refusal(refused.code)) from refused
    except client.NotAcceptable as wrong:
        raise Unacceptable(_mismatch(wrong.code)) from wrong
    except client.RoadClosed as closed:
        raise NotNow(words_for(closed.reason)) from closed
    box.join(
        url=url,
        device=answer.device,
        unit=dict(answer.unit),
        centre_key=answer.centre_key,
        certificate=answer.certificate,
        ca=ca,
        scope=answer.scope,
    )
    box.take_cards(answer.cards, answer.cursor)
    with suppress(ValueError):  # a centre that does not say its time
        box.contact(at=bench.now(), centre_time=datetime.fromisoformat(centre.time))
    bench.forget_cards()


def add_officer(bench: Bench, login: str, passphrase: str) -> str:
    """Make an officer's signing key known at the centre, proved by passphrase; the role that it has there.

    Raises Denied, NotNow, Unacceptable.
    """
    box = Outbox(bench.store)
    enrolment, slot = box.enrolment(), keys.read(bench.store.folder).slot(login)
    if enrolment is None:
        raise Unacceptable(text("Máy này chưa nối với trung tâm nào: dùng «enrol» trước."))
    if slot is None:
        raise Unacceptable(text("Máy này không có cán bộ «{login}».", login=login))
    try:
        role = client.add_officer(
            enrolment,
            box.device_key(),
            login=login,
            officer_key=bytes.fromhex(slot.public_key),
            passphrase=passphrase,
            clock=bench.now,
            name=_called(slot),
        )
    except client.NotAllowed as refused:
        raise Denied(_refusal(refused.code)) from refused
    except client.RoadClosed as closed:
        raise NotNow(words_for(closed.reason)) from closed
    bench.store.keep(**{f"registered:{login}": slot.public_key})  # until the centre's cards say so too
    return role


def _called(slot: keys.Slot) -> str:
    """The officer's name, where it is more than the login."""
    return "" if slot.name == slot.login else slot.name


def sync(bench: Bench) -> SyncReport:
    """Send and fetch until nothing is left or the road ends, then hand on what is carried for other laptops.

    Raises Unacceptable without a centre.
    """
    box = Outbox(bench.store)
    bench.sending = True
    try:
        report = client.sync(box, clock=bench.now, cursor=bench.store.meta("cursor"))
    except client.NotEnrolled as error:
        raise Unacceptable(text("Máy này chưa nối với trung tâm nào: dùng «enrol» trước.")) from error
    else:
        if report.reason in {None, Reason.REVOKED}:
            bundles.hand_on(bench)
    finally:
        bench.sending = False
        bench.forget_cards()
    bench.store.keep(last_trouble=report.reason.value if report.reason else "")
    if report.clock_offset_s is not None:
        at = bench.now()
        box.contact(at=at, centre_time=at - timedelta(seconds=report.clock_offset_s))
    if report.reason is None and not report.waiting and _shut_out(bench):
        report = replace(report, reason=Reason.OFFICER_DISABLED)
    return report


def _shut_out(bench: Bench) -> bool:
    """Whether the centre has disabled the officer at this desk; other officers of this laptop go on."""
    return any(
        card.get("login") == bench.me.login and card.get("active") is False for card in bench.cards("officer")
    )


def _hello(url: str, ca: str | None) -> client.Hello:
    try:
        return client.hello(url, clock=lambda: datetime.now(UTC), ca=ca)
    except client.RoadClosed as closed:
        raise NotNow(words_for(closed.reason)) from closed
    except ValueError as error:
        raise Unacceptable(
            text("Địa chỉ trung tâm phải là https:// (http:// chỉ dùng cho máy này): {url}", url=url)
        ) from error


def _refusal(code: str) -> str:
    known: dict[str, str] = {
        "bad_code": text("Mã dùng một lần không đúng, đã dùng hoặc quá 24 giờ. Hãy xin trung tâm mã mới."),
        "passphrase": text(
            "Trung tâm đã có cán bộ này: cần đúng mật khẩu ở trung tâm. "
            "Đã quên thì nhờ quản trị viên của trung tâm đặt lại."
        ),
        "officer_disabled": text("Trung tâm đã ngừng quyền của cán bộ này."),
        "revoked": text("Trung tâm đã thu hồi máy này. Hãy gọi cho trung tâm."),
    }
    return known.get(code) or text("Trung tâm từ chối máy này ({code}).", code=code)


def _mismatch(code: str) -> str:
    known: dict[str, str] = {
        "practice": text("Máy thực hành chỉ nối được với trung tâm thực hành, và ngược lại."),
        "unit": text("Máy này thuộc đơn vị khác với trung tâm."),
        "agency": text("Mã định danh cơ quan của máy này khác với trung tâm."),
    }
    return known.get(code) or text("Máy này không thuộc trung tâm đó ({code}).", code=code)
