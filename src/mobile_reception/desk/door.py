"""The way in: who may sign in, making a laptop, unlocking one. Imports little until it has to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_reception.desk.failures import Denied, Failure, Unacceptable, Wait, spoken
from mobile_reception.desk.values import Officer
from mobile_reception.dossier.facts import uuid7
from mobile_reception.store import errors, keys
from mobile_reception.store.tries import Tries, ticks
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

__all__ = [
    "Clock",
    "Door",
    "make",
    "peek",
    "preload",
    "preload_papers",
    "recover",
    "ticks",
    "tries_left",
    "unlock",
    "with_officer",
    "with_passphrase",
    "without_officer",
]

Clock = Callable[[], datetime]

ROLES = ("officer", "deputy")
EVERY_SERIAL = (1, 99_999)
"""The range of a laptop that stands alone: all serials of its agency."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True)
class Door:
    """What can be known of a folder without its key."""

    logins: tuple[str, ...]
    practice: bool


def peek(folder: Path) -> Door:
    """Who may sign in to ``folder``. Raises NoFolder, Damaged, TooNew."""
    with spoken():
        slots = keys.read(folder)
    return Door(slots.logins, slots.practice)


def preload(*, road: bool) -> None:
    """Import what `unlock` will need, for the time in which a passphrase is typed.

    ``road``: and what talks to a centre, which a laptop without one never needs.
    """
    import importlib

    from mobile_reception.dossier.catalogue import Catalogue

    importlib.import_module("mobile_reception.desk.table")
    if road:
        importlib.import_module("mobile_reception.desk.road")
    Catalogue.load()


def preload_papers() -> None:
    """Import what draws papers, before the first one is asked for."""
    import importlib

    for name in ("slips", "documents", "summary"):
        importlib.import_module(f"mobile_reception.desk.{name}")
    importlib.import_module("mobile_reception.papers.summary")


def unlock(folder: Path, login: str, passphrase: str, now: Clock) -> Desk:
    """Sign in. Raises NoFolder, Denied (`Wait`: too many wrong ones), Damaged, TooNew, CannotWrite, Busy.

    Backs the file up first, once a day; a full disk does not keep anybody from the dossiers that are there.
    """
    from mobile_reception.desk.table import Desk
    from mobile_reception.store import draft_files, files
    from mobile_reception.store.opening import open_store

    with spoken():
        slots = keys.read(folder)
        opened = _tried(folder, slots, login, passphrase)
        store = open_store(folder, opened, slots)
    slot = slots.slot(login)
    if slot is None:
        raise Unacceptable(login)
    desk = Desk(store, Officer(slot.login, slot.name, slot.role), now, opened.officer_key)
    try:
        with spoken():
            store.back_up(now())
            draft_files.erase_dropped(store)
            files.sweep(store)
    except Failure as failure:
        desk.notices.append(text("Chưa sao lưu được hôm nay: {why}", why=failure))
    try:
        if desk.numbers_wait:
            desk.notices.append(
                text(
                    "Trung tâm vừa được khôi phục: chưa cấp thêm số hồ sơ cho đến khi quản trị viên "
                    "xác nhận. Vẫn tiếp nhận như thường."
                )
            )
    except Failure as failure:  # the rest of the file may still be read
        desk.notices.append(str(failure))
    return desk


def tries_left(folder: Path, login: str) -> tuple[float, int]:
    """Seconds until ``login`` may try again (0: now), and tries before a wait begins."""
    counted = Tries(folder, login)
    return counted.wait(), counted.left()


def _tried(folder: Path, slots: keys.Slots, login: str, passphrase: str) -> keys.Opened:
    """What the passphrase opens. Each try is on record before it is looked at."""
    counted = Tries(folder, login)
    wait = counted.wait()
    if wait > 0:
        raise Wait(wait)
    begun = counted.begin()
    try:
        opened = keys.unlock(slots, login, passphrase)
    except errors.Denied:
        counted.failed(begun)
        raise
    except BaseException:
        counted.gave_up(begun)
        raise
    counted.succeeded()
    return opened


def make(
    folder: Path,
    *,
    unit: str,
    agency: str,
    login: str,
    passphrase: str,
    now: Clock,
    practice: bool = False,
    role: str = "officer",
    name: str = "",
    alone: bool = True,
) -> tuple[Desk, str]:
    """A new laptop in ``folder``, signed in, and its 25-digit recovery code, to be kept by a person.

    Standing alone it has all serials of its agency; with ``alone`` False it has none until a centre gives
    some. Raises AlreadyMade, Unacceptable, CannotWrite.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mobile_reception.desk.table import Desk
    from mobile_reception.store.opening import make as make_store

    _check(unit=unit, agency=agency, login=login, role=role)
    if not keys.strong_enough(passphrase, practice=practice):
        raise Unacceptable(text("Mật khẩu phải có ít nhất {count} ký tự.", count=keys.MINIMUM))
    at = now()
    database, device = uuid7(at), uuid7(at)
    with spoken():
        slots, data_key, code = keys.create(folder, database=database, device=device, practice=practice)
        slots, signing = keys.add_officer(
            slots, data_key, login=login, name=name or login, role=role, passphrase=passphrase
        )
        store = make_store(
            folder,
            slots=slots,
            data_key=data_key,
            at=at,
            serials=EVERY_SERIAL if alone else None,
            values={
                "database": database,
                "device": device,
                "device_key": Ed25519PrivateKey.generate().private_bytes_raw().hex(),
                "unit": unit,
                "agency": agency,
                "alone": "1" if alone else "",
                "recovery_code": code,
            },
        )
    return Desk(store, Officer(login, name or login, role), now, signing), code


def recover(folder: Path, code: str, login: str, passphrase: str) -> None:
    """A new passphrase for ``login`` by the recovery code. Raises Denied, Unacceptable, NoFolder."""
    with spoken():
        slots = keys.read(folder)
        opened = keys.recover(slots, code)
        known = slots.slot(login)
        if known is None:
            raise Unacceptable(text("Máy này không có cán bộ «{login}».", login=login))
        if not keys.strong_enough(passphrase, practice=slots.practice):
            raise Unacceptable(text("Mật khẩu phải có ít nhất {count} ký tự.", count=keys.MINIMUM))
        renewed, _ = keys.add_officer(
            slots, opened.data_key, login=login, name=known.name, role=known.role, passphrase=passphrase
        )
        keys.write(folder, renewed)
        Tries(folder, login).succeeded()


def with_passphrase(folder: Path, login: str, former: str, passphrase: str) -> keys.Slots:
    """Slots in which ``login`` has another passphrase. Raises Denied (`Wait`), Unacceptable."""
    slots = keys.read(folder)
    try:
        opened = _tried(folder, slots, login, former)
    except errors.Denied as error:
        raise Denied(text("Mật khẩu hiện tại chưa đúng.")) from error
    if not keys.strong_enough(passphrase, practice=slots.practice):
        raise Unacceptable(text("Mật khẩu phải có ít nhất {count} ký tự.", count=keys.MINIMUM))
    return keys.with_passphrase(slots, opened, login=login, passphrase=passphrase)


def with_officer(
    slots: keys.Slots, data_key: bytes, *, login: str, name: str, role: str, passphrase: str
) -> keys.Slots:
    """Slots with one more officer. Raises Unacceptable."""
    _check(login=login, role=role)
    if slots.slot(login) is not None:
        raise Unacceptable(text("Đã có cán bộ «{login}» trên máy này.", login=login))
    if not keys.strong_enough(passphrase, practice=slots.practice):
        raise Unacceptable(text("Mật khẩu phải có ít nhất {count} ký tự.", count=keys.MINIMUM))
    added, _ = keys.add_officer(
        slots, data_key, login=login, name=name or login, role=role, passphrase=passphrase
    )
    return added


def without_officer(slots: keys.Slots, login: str) -> keys.Slots:
    """Slots in which ``login`` cannot sign in any more; the work done under that name stays."""
    if slots.slot(login) is None:
        raise Unacceptable(text("Máy này không có cán bộ «{login}».", login=login))
    if len(slots.logins) == 1:
        raise Unacceptable(text("Không thể ngừng quyền cán bộ cuối cùng của máy này."))
    changed = tuple(
        replace(slot, enabled=False) if slot.kind == "officer" and slot.login == login else slot
        for slot in slots.slots
    )
    return replace(slots, slots=changed)


def _check(*, login: str, role: str, unit: str | None = None, agency: str | None = None) -> None:
    from mobile_reception.dossier import numbering

    if unit is not None and not re.fullmatch(r"[0-9]{5}", unit):
        raise Unacceptable(text("Mã đơn vị phải có 5 chữ số: {unit}", unit=unit))
    if agency is not None and not numbering.is_agency(agency):
        raise Unacceptable(
            text("Mã định danh cơ quan không đúng dạng (ví dụ H20.12.3): {agency}", agency=agency)
        )
    if not _LOGIN.fullmatch(login):
        raise Unacceptable(
            text("Tên đăng nhập chỉ gồm chữ thường không dấu, số, dấu chấm, gạch: {login}", login=login)
        )
    if role not in ROLES:
        raise Unacceptable(text("Vai trò phải là một trong: {roles}", roles=", ".join(ROLES)))
