"""Making the laptop's folder and opening it: whole or not at all, and never mistaken for another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mobile_reception.store import keys, migrations
from mobile_reception.store.durable import name_durably
from mobile_reception.store.errors import AlreadyMade, Damaged, StoreFailure
from mobile_reception.store.file import DATABASE, MAKING, Sidecar, gate, open_file, place_of
from mobile_reception.store.journal import Store, meta
from mobile_reception.store.transaction import Transaction
from mobile_reception.store.writing import give_range


def make(
    folder: Path,
    *,
    slots: keys.Slots,
    data_key: bytes,
    at: datetime,
    values: dict[str, str],
    serials: tuple[int, int] | None = None,
) -> Store:
    """A new encrypted file in ``folder`` with its first origin, named only when it is whole.

    ``values`` are kept in it; ``serials``, first and last, are the range of its first origin. What a
    killed or failed making left behind is made again. Raises AlreadyMade, CannotWrite.
    """
    with gate():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / DATABASE).exists():
            raise AlreadyMade(str(folder))
        for suffix in ("", "-wal", "-shm"):
            (folder / f"{MAKING}{suffix}").unlink(missing_ok=True)
    making = Store(folder, open_file(folder, keys.subkey(data_key, "db"), make=True), data_key, slots)
    try:
        making.keep(**values)
        making.start_origin(at, "made")
        if serials is not None:
            give_range(making, *serials)
        making.settle()
    finally:
        making.close()
    try:
        keys.write(folder, slots)  # from here on the folder is a laptop's, under either name of its file
    except StoreFailure:
        keys.forget(folder)
        raise
    _name(folder)
    return open_store(folder, keys.Opened(data_key), slots)


def _name(folder: Path) -> None:
    with gate():
        name_durably(folder / MAKING, folder / DATABASE)


def open_store(folder: Path, opened: keys.Opened, slots: keys.Slots) -> Store:
    """The store of a folder that was unlocked. ``notice`` says when it was copied or restored.

    A file of an older release is brought up to this one first; see `migrations`.
    Raises Damaged, TooNew, CannotWrite, Busy.
    """
    if not (folder / DATABASE).exists() and (folder / MAKING).exists():
        _name(folder)  # killed between its two names: the slots were written, so it is whole
    # The head is remembered before the file is looked at: another process may be at work in it.
    remembered = Sidecar(folder).read()
    key = keys.subkey(opened.data_key, "db")
    brought_up = migrations.bring_up(folder, key)
    store = Store(folder, open_file(folder, key), opened.data_key, slots)
    try:
        _recognise(store, remembered)
    except BaseException:
        store.close()
        raise
    if not brought_up:
        migrations.forget_former(folder)
    return store


def _recognise(store: Store, remembered: tuple[str, int, str] | None) -> None:
    with store.reading() as db:
        if meta(db, "database") != store.slots.database:
            raise Damaged("the file belongs to another folder")
        current = db.run("SELECT origin FROM origin WHERE current").scalar()
        if meta(db, "place") != place_of(store.folder):
            store.notice = "copied"
        elif remembered is not None and _older(db, remembered):
            store.notice = "restored"
        elif meta(db, f"forked:{current}") is not None:
            store.notice = "forked"
        store.left = current


def _older(db: Transaction, remembered: tuple[str, int, str]) -> bool:
    """Whether the file does not hold the head that was remembered beside it."""
    origin, seq, head_hash = remembered
    known = db.run("SELECT head FROM origin WHERE origin=?", (origin,)).scalar()
    there = db.run("SELECT hash FROM fact WHERE origin=? AND seq=?", (origin, seq)).scalar()
    return known is None or known < seq or (seq > 0 and there != head_hash)
