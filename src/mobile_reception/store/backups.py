"""Backups on a second medium: one file with all of a laptop's folder that opens elsewhere, thinned with age.

The database in it is encrypted as in the folder, the key slots open as they did. A checksum over the whole
tells what a bad stick did to it, a code under the data key what anybody else did.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from mobile_reception.store import keys
from mobile_reception.store.durable import name_durably, remove, whole_file
from mobile_reception.store.errors import AlreadyMade, CannotWrite, Damaged, NoBackup, TooNew
from mobile_reception.store.file import DATABASE, MAKING, gate, unlocked_read_only
from mobile_reception.store.journal import Store
from mobile_reception.words import VIETNAM

FORMAT: Final = 1
SUFFIX: Final = ".backup"
FOLDERS: Final = ("files", "carried")
"""Folders beside the database whose files belong to it, sealed each for itself."""

_FIRST: Final = b"mobile-reception backup "
_KEYS: Final = "keys.json"
_COPYING: Final = "copying"
_RESTORING: Final = "restoring.part"
_HEADER: Final = 64 * 1024 * 1024
_SLOTS: Final = 1024 * 1024
_PIECE: Final = 1024 * 1024
_CHECK: Final = 64
_ATTEMPTS: Final = 3
_STALE: Final = 3600
_NAME: Final = re.compile(r"mobile-reception-[0-9a-f]{12}-(\d{8}-\d{6})\.backup")
_MEMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class _Moved(Exception):
    """A file of the folder is not what it was a moment ago."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself. ``head`` is the last seq of the journal that was current."""

    file: Path
    database: str
    device: str
    practice: bool
    made_at: str
    facts: int
    dossiers: int
    head: int
    size: int


# -- Making ----------------------------------------------------------------------------------------------


def back_up(store: Store, folder: Path, at: datetime) -> About:
    """Write a backup into ``folder`` (made if need be), read it back, then thin those of this laptop there.

    Raises CannotWrite; older backups are then untouched. The file in use goes on being written meanwhile.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"mobile-reception-{store.slots.database.replace('-', '')[-12:]}-"
        for left in folder.glob(f"{stem}*{SUFFIX}.part"):
            remove(left)  # of a backup that was killed
    except OSError as error:
        raise CannotWrite(str(error.strerror)) from error
    target = folder / f"{stem}{at.astimezone(VIETNAM):%Y%m%d-%H%M%S}{SUFFIX}"
    with _copied(store) as copy:
        about = _described(store, copy, at)
        for attempt in range(_ATTEMPTS):
            try:
                _write(store, copy, target, about)
                break
            except _Moved:  # a scan was taken off while it was being copied
                if attempt == _ATTEMPTS - 1:
                    raise CannotWrite("the folder does not stand still") from None
    read = look(target, data_key=store.data_key)
    thin(folder, stem, at)
    return read


@contextmanager
def _copied(store: Store) -> Iterator[Path]:
    """A copy of the database as it is this moment, whole and encrypted, gone after the block."""
    place = store.folder / _COPYING
    copy = place / f"{secrets.token_hex(8)}.db"
    with gate():
        place.mkdir(mode=0o700, exist_ok=True)
        for left in place.glob("*.db"):
            if time.time() - left.stat().st_mtime > _STALE:  # of a backup that was killed
                remove(left)
        try:
            store.copy_into(copy)
            yield copy
        finally:
            remove(copy)


def _described(store: Store, copy: Path, at: datetime) -> dict[str, Any]:
    facts, dossiers, head = check_database(copy, store.data_key, store.slots.database)
    return {
        "database": store.slots.database,
        "device": store.slots.device,
        "practice": store.slots.practice,
        "made_at": at.isoformat(timespec="seconds"),
        "facts": facts,
        "dossiers": dossiers,
        "head": head,
    }


def check_database(file: Path, data_key: bytes, database: str) -> tuple[int, int, int]:
    """Check every page of an encrypted copy; its facts, dossiers and current head. Raises Damaged, TooNew."""
    with gate():
        connection = unlocked_read_only(file, keys.subkey(data_key, "db"))
        try:
            torn = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            said = [row[0] for row in connection.execute("PRAGMA quick_check")]
            if torn or said != ["ok"]:
                raise Damaged("a page of the copy")
            known = connection.execute("SELECT value FROM meta WHERE key='database'").fetchone()
            if known is None or known[0] != database:
                raise Damaged("the copy belongs to another folder")
            row = connection.execute(
                "SELECT (SELECT count(*) FROM fact), (SELECT count(*) FROM dossier), "
                "(SELECT coalesce(max(head), 0) FROM origin WHERE current)"
            ).fetchone()
        finally:
            connection.close()
    return int(row[0]), int(row[1]), int(row[2])


def _write(store: Store, copy: Path, target: Path, about: dict[str, Any]) -> None:
    slots = keys.written(keys.read(store.folder))
    members: list[tuple[str, Path]] = [(DATABASE, copy), *_members(store.folder)]
    sizes = [_size(file) for _, file in members]
    entries = [{"name": _KEYS, "size": len(slots)}]
    entries += [{"name": name, "size": size} for (name, _), size in zip(members, sizes, strict=True)]
    header = json.dumps({**about, "entries": entries}, ensure_ascii=True, sort_keys=True)
    digest = hashlib.sha256()
    with whole_file(target) as stream:
        for piece in (_FIRST + f"{FORMAT}\n".encode(), f"{header}\n".encode(), slots):
            digest.update(piece)
            stream.write(piece)
        for (_, file), size in zip(members, sizes, strict=True):
            _append(stream, file, size, digest)
        stream.write(digest.digest() + _code(store.data_key, digest.digest()))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError as error:
        raise _Moved from error


def _append(stream: BinaryIO, file: Path, size: int, digest: Any) -> None:
    left = size
    try:
        source = file.open("rb")
    except FileNotFoundError as error:
        raise _Moved from error
    with source:
        while left:
            piece = source.read(min(_PIECE, left))
            if not piece:
                raise _Moved
            digest.update(piece)
            stream.write(piece)
            left -= len(piece)


def _members(folder: Path) -> Iterator[tuple[str, Path]]:
    for name in FOLDERS:
        for file in sorted((folder / name).glob("*")):
            if file.is_file() and file.suffix != ".part" and _MEMBER.fullmatch(file.name):
                yield f"{name}/{file.name}", file


def _code(data_key: bytes, digest: bytes) -> bytes:
    return hmac.digest(keys.subkey(data_key, "backup"), digest, "sha256")


# -- Looking ---------------------------------------------------------------------------------------------


def look(file: Path, *, data_key: bytes | None = None) -> About:
    """What a backup says of itself once it has been read to its last bit.

    With ``data_key``, that it was made by somebody who had that. Raises NoBackup, TooNew, CannotWrite when it
    cannot be read.
    """
    with _reading(file) as stream:
        header, digest = _header(stream)
        for entry in header["entries"]:
            _skip(stream, entry["size"], digest)
        told = stream.read(_CHECK + 1)
    if len(told) != _CHECK or told[:32] != digest.digest():
        raise NoBackup("the checksum")
    if data_key is not None and not hmac.compare_digest(told[32:], _code(data_key, digest.digest())):
        raise NoBackup("the code")
    try:
        return About(
            file=file,
            database=str(header["database"]),
            device=str(header["device"]),
            practice=bool(header["practice"]),
            made_at=str(header["made_at"]),
            facts=int(header["facts"]),
            dossiers=int(header["dossiers"]),
            head=int(header["head"]),
            size=file.stat().st_size,
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise NoBackup("the header") from error


def is_daily(file: Path) -> bool:
    """Whether this is one of the copies that a laptop makes each day in its own folder."""
    return file.suffix == ".db" and file.with_suffix(".keys.json").is_file()


def slots_of(file: Path) -> keys.Slots:
    """The key slots in a backup, or beside a daily copy. Raises NoBackup, TooNew, Damaged."""
    if is_daily(file):
        return keys.parsed(file.with_suffix(".keys.json").read_text(encoding="utf-8", errors="replace"))
    with _reading(file) as stream:
        header, _ = _header(stream)
        return keys.parsed(stream.read(header["entries"][0]["size"]).decode("utf-8", "replace"))


@contextmanager
def _reading(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise CannotWrite(str(error.strerror)) from error


def _header(stream: BinaryIO) -> tuple[dict[str, Any], Any]:
    """The header, its entries believed only as far as they may be, and the hash over what was read."""
    first, line = stream.readline(64), stream.readline(_HEADER)
    version = first.removeprefix(_FIRST).strip()
    if not first.startswith(_FIRST) or not version.isdigit():
        raise NoBackup("the first line")
    if int(version) != FORMAT:
        raise TooNew("backup")
    try:
        header = json.loads(line)
        entries = [(entry["name"], entry["size"]) for entry in header["entries"]]
    except (ValueError, KeyError, TypeError) as error:
        raise NoBackup("the header") from error
    names = [name for name, _ in entries]
    if names[:2] != [_KEYS, DATABASE] or not all(_proper(name) for name in names[2:]):
        raise NoBackup("the entries")
    sizes = [size for _, size in entries]
    if not all(type(size) is int and 0 <= size < 2**48 for size in sizes) or sizes[0] > _SLOTS:
        raise NoBackup("the length of an entry")
    digest = hashlib.sha256(first)
    digest.update(line)
    return header, digest


def _proper(name: object) -> bool:
    """Whether a member may be written where it says: in one of our folders, under a plain name."""
    if not isinstance(name, str):
        return False
    parts = PurePosixPath(name).parts
    return len(parts) == 2 and parts[0] in FOLDERS and _MEMBER.fullmatch(parts[1]) is not None


def _skip(stream: BinaryIO, size: int, digest: Any) -> None:
    while size:
        piece = stream.read(min(_PIECE, size))
        if not piece:
            raise NoBackup("the end is missing")
        digest.update(piece)
        size -= len(piece)


# -- Thinning --------------------------------------------------------------------------------------------


def kept(moments: Iterable[datetime], now: datetime) -> set[datetime]:
    """Which backups stay: of today the last of each hour, then of seven days, then of four weeks each one.

    The newest always does, and so does whatever bears a date that has not come yet.
    """
    every = sorted(moments)
    today = now.astimezone(VIETNAM).date()
    stay = {moment for moment in every if moment > now} | set(every[-1:])
    last: dict[tuple[str, object], datetime] = {}
    for moment in every:  # ascending: the later of a kind takes the place of the earlier
        local = moment.astimezone(VIETNAM)
        age = (today - local.date()).days
        if age == 0:
            last["hour", local.hour] = moment
        if 0 <= age < 7:
            last["day", local.date()] = moment
        if 0 <= age < 28:
            last["week", local.date() - timedelta(days=local.weekday())] = moment
    return stay | set(last.values())


def thin(folder: Path, stem: str, now: datetime) -> None:
    """Remove those of a laptop's backups in ``folder`` that `kept` does not keep."""
    there: dict[datetime, Path] = {}
    for file in folder.glob(f"{stem}*{SUFFIX}"):
        found = _NAME.fullmatch(file.name)
        if found is not None:
            there[datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=VIETNAM)] = file
    stay = kept(there, now)
    for moment, file in there.items():
        if moment not in stay:
            remove(file)


# -- Restoring -------------------------------------------------------------------------------------------


def restore(file: Path, folder: Path, *, data_key: bytes | None) -> About:
    """Make a new laptop folder from a backup; its next act goes to a new journal.

    With ``data_key`` every page and the code over the whole are checked before anything has its final name.
    Killed anywhere, the folder is either no laptop's yet (the same call makes it) or whole. Raises
    AlreadyMade for a folder that is one, NoBackup, TooNew, Damaged, CannotWrite.
    """
    about = look(file, data_key=data_key)
    _settle(folder, lambda staged: _unpack(file, staged), data_key, about.database)
    return about


def restore_daily(file: Path, folder: Path, *, data_key: bytes) -> About:
    """As `restore`, from one of the copies that a laptop makes each day in its own folder (`Store.back_up`).

    The files of dossiers are taken from beside it, as far as they are there.
    """
    slots = slots_of(file)
    facts, dossiers, head = check_database(file, data_key, slots.database)
    made_at = datetime.fromtimestamp(file.stat().st_mtime, VIETNAM).isoformat(timespec="seconds")

    def copied(staged: Path) -> None:
        keys.write_one(staged / _KEYS, slots)
        beside = [(name, path) for name, path in _members(file.parent.parent)]
        for name, source in ((DATABASE, file), *beside):
            target = staged / name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            with source.open("rb") as stream, whole_file(target) as out:
                shutil.copyfileobj(stream, out)

    _settle(folder, copied, data_key, slots.database)
    size = file.stat().st_size
    return About(file, slots.database, slots.device, slots.practice, made_at, facts, dossiers, head, size)


def _settle(folder: Path, fill: Callable[[Path], None], data_key: bytes | None, database: str) -> None:
    """Make ``folder`` a laptop's from what ``fill`` puts into a folder inside it."""
    with gate():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any((folder / name).exists() for name in (DATABASE, *keys.COPIES)):
            raise AlreadyMade(str(folder))
        _clear(folder)
        staged = folder / _RESTORING
        staged.mkdir(mode=0o700)
        try:
            fill(staged)
            if data_key is not None:
                check_database(staged / DATABASE, data_key, database)
            slots = keys.parsed((staged / _KEYS).read_text(encoding="utf-8"))
        except Exception:
            _clear(folder)
            raise
        for name in FOLDERS:
            if (staged / name).is_dir():
                name_durably(staged / name, folder / name)
        name_durably(staged / DATABASE, folder / MAKING)
        shutil.rmtree(staged)
        keys.write(folder, slots)  # from here on the folder is a laptop's, under either name of its file
        name_durably(folder / MAKING, folder / DATABASE)


def _clear(folder: Path) -> None:
    """Take away what a killed restoring or making left in a folder that is no laptop's."""
    for name in (_RESTORING, *FOLDERS):
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{MAKING}{suffix}").unlink(missing_ok=True)


def _unpack(file: Path, folder: Path) -> None:
    with _reading(file) as stream:
        header, _ = _header(stream)
        for entry in header["entries"]:
            target = folder / entry["name"]
            target.parent.mkdir(mode=0o700, exist_ok=True)
            with whole_file(target) as out:
                _copy(stream, out, entry["size"])


def _copy(stream: BinaryIO, out: BinaryIO, size: int) -> None:
    while size:
        piece = stream.read(min(_PIECE, size))
        if not piece:
            raise NoBackup("the end is missing")
        out.write(piece)
        size -= len(piece)
