"""Files at the centre: announced by facts, brought in pieces, named by their SHA-256 once they are whole.

Pieces are added to a partial file, each at the place where it ends just then and under a lock on it, so that
two workers, or a laptop's old connection and its new one, cannot mix their bytes. How long the partial file
is, is the offset: nothing else has to agree with it after a crash. Only what has the announced hash gets its
name; a row is written after that, and a file that has its name but no row is recognised.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, exists, func, insert, select, update
from sqlalchemy.engine import Connection

from mobile_reception.centre import folding
from mobile_reception.centre.database import gate, reading, writing
from mobile_reception.centre.durable import alone, digest, name_durably
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Device, Refused
from mobile_reception.dossier.attachment import FILE_ATTACHED, FILE_REMOVED, LARGEST
from mobile_reception.dossier.facts import is_hash
from mobile_reception.sync.protocol import Unreadable, load

_ANNOUNCED = Centre.metadata.tables["file_announced"]
_DOSSIER = Centre.metadata.tables["dossier"]
_FILE = Centre.metadata.tables["file"]
_UPLOAD = Centre.metadata.tables["upload"]

MOST: Final = 2 * 1024**3
"""Bytes of one file."""
QUOTA: Final = 20 * 1024**3
"""Bytes that one device may have here, whole and in parts."""
UPLOAD_LIFE: Final = timedelta(days=7)
"""How long a partial file waits for its next piece."""

_log = logging.getLogger("mobile_reception.centre")
_OPEN: Final = 32  # uploads of one device: of more, the oldest are let go
_DAY: Final = 24 * 3600.0
_UPLOAD_ID: Final = re.compile(r"[0-9a-f]{32}")
_PLAIN: Final = re.compile(r"[0-9A-Za-z]{1,32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is being brought: its id, whose it is, what it has to become."""

    id: str
    unit: str
    device: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Partial:
    """A file of which a part is here: where the rest goes, and how much there is."""

    sha256: str
    upload: str
    offset: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a dossier as the centre knows it; ``path`` is where it lies, None while it is not here."""

    sha256: str
    name: str
    type: str
    size: int
    pages: int | None
    paper: str | None
    officer: str
    at: str
    path: Path | None


class Files:
    """The files of a centre. Several processes may work on one folder and database."""

    def __init__(self, engine: Engine, folder: Path | None, *, quota: int = QUOTA) -> None:
        self._engine = engine
        self.folder = folder
        self._quota = quota
        self._told: set[tuple[str, str, int]] | None = None  # since the last look: unit, SHA-256, bytes

    # -- What is here ------------------------------------------------------------------------------------

    def have(self, device: Device, names: Sequence[str]) -> tuple[list[str], list[Partial]]:
        """Of these SHA-256: those that are here for the device's unit, and those that it brought in part.

        A file that has gone from the folder, or has another length there, is not here any more: whoever still
        has it brings it again.
        """
        self._forget_vanished(device.unit, names)
        with reading(self._engine) as db:
            here = _here(db, device.unit, names)
            missing = [name for name in names if name not in here]
            mine = (_UPLOAD.c.device == device.device, _UPLOAD.c.sha256.in_(missing))
            rows = db.execute(select(_UPLOAD).where(*mine)).all()
            said = (_ANNOUNCED.c.unit == device.unit, _ANNOUNCED.c.sha256.in_(missing))
            told = db.execute(select(_ANNOUNCED.c.sha256, _ANNOUNCED.c.size).where(*said))
            sizes: dict[str, int] = {row.sha256: row.size for row in told}
        found = {
            name
            for name in missing
            if name in sizes and self._adopted(Upload("", device.unit, device.device, name, sizes[name]))
        }
        parts: dict[str, Partial] = {}
        lengths = {row.id: self._length(row.id) for row in rows}
        for row in sorted(rows, key=lambda each: lengths[each.id]):  # of one file the longest part counts
            if lengths[row.id] < row.size:
                parts[row.sha256] = Partial(row.sha256, row.id, lengths[row.id])
            elif row.sha256 not in found and self._named_late(_upload(row)):
                found.add(row.sha256)
        left = [part for part in parts.values() if part.sha256 not in found]
        return [name for name in names if name in here or name in found], left

    def _forget_vanished(self, unit: str, names: Sequence[str]) -> None:
        """Away with the rows of files whose bytes are not here, as a restore without their folder leaves."""
        if self.folder is None:
            return
        with reading(self._engine) as db:
            which = (_FILE.c.unit == unit, _FILE.c.sha256.in_(names))
            sizes = {
                row.sha256: row.size for row in db.execute(select(_FILE.c.sha256, _FILE.c.size).where(*which))
            }
        gone = sorted(name for name, size in sizes.items() if _size_of(self._path(unit, name)) != size)
        if gone:
            _log.warning("files have vanished from their folder, and are asked for again: %d", len(gone))
            with writing(self._engine) as db:
                db.execute(delete(_FILE).where(_FILE.c.unit == unit, _FILE.c.sha256.in_(gone)))

    def _named_late(self, upload: Upload) -> bool:
        """Whether a part that is whole could be given its name, as a kill behind its last byte left it."""
        try:
            self.finish(upload, now=datetime.now(UTC))
        except Refused:
            return False
        return True

    def adopt(self) -> int:
        """Know again what lies under its name without its row, as a database put back beside its folder
        leaves it: no laptop asks for a file that it once saw arrive. How many files that were.

        The first call looks at all that was ever announced, each later one at what was announced since.
        """
        told, self._told = self._told, set()
        if self.folder is None:
            return 0
        try:
            with reading(self._engine) as db:
                lying = [
                    Upload("", unit, "", name, size)
                    for unit, name, size in sorted(_not_here(db) if told is None else told)
                    if _size_of(self._path(unit, name)) == size and not _here(db, unit, [name])
                ]
            return sum(self._adopted(each) for each in lying)
        except BaseException:
            self._told = None
            raise

    def _adopted(self, upload: Upload) -> bool:
        """Whether a file lies under its name without its row, as a kill between the two leaves it."""
        path = self._path(upload.unit, upload.sha256)
        with gate():
            if _size_of(path) != upload.size or digest(path) != upload.sha256:
                return False
        with writing(self._engine) as db:
            _put_file(db, upload, datetime.now(UTC))
        return True

    def announce(
        self, db: Connection, unit: str, facts: Iterable[tuple[str, str | None, str | None]]
    ) -> None:
        """Note what facts (kind, subject, payload) say of files, in their order; held ones speak too.

        What a payload says that is no file is left to the fold.
        """
        for kind, subject, payload in facts:
            if kind not in {FILE_ATTACHED, FILE_REMOVED} or subject is None or payload is None:
                continue
            try:
                body = load(payload.encode())
            except Unreadable:
                continue
            size = _note(db, unit, kind, subject, body)
            if size and self._told is not None:
                self._told.add((unit, body["sha256"], size))

    # -- Bringing one ------------------------------------------------------------------------------------

    def create(self, device: Device, *, sha256: str, size: int, now: datetime) -> Upload:
        """A place for a file that was announced with this hash and size.

        Raises Refused: ``not_announced``, ``here``, ``quota``, ``too_large``, ``no_files``.
        """
        if size > MOST:
            raise Refused("too_large")
        self._root()
        gone: list[str] = []
        with writing(self._engine) as db:
            gone += _expired(db, now)
            told = (_ANNOUNCED.c.unit == device.unit, _ANNOUNCED.c.sha256 == sha256)
            if not db.execute(select(exists().where(*told, _ANNOUNCED.c.size == size))).scalar():
                raise Refused("not_announced")
            if _here(db, device.unit, [sha256]):
                raise Refused("here")
            gone += _crowded_out(db, device.device)
            if _used(db, device.device) + size > self._quota:
                raise Refused("quota")
            upload = Upload(secrets.token_hex(16), device.unit, device.device, sha256, size)
            db.execute(
                insert(_UPLOAD).values(
                    id=upload.id,
                    unit=upload.unit,
                    device=upload.device,
                    sha256=sha256,
                    size=size,
                    expires_at=_written(now + UPLOAD_LIFE),
                )
            )
        self._unlink(gone)
        return upload

    def open(self, device: Device, upload: str, *, now: datetime) -> tuple[Upload, str]:
        """An upload of this device, and until when it waits. Raises Refused (``not_found``)."""
        if not _UPLOAD_ID.fullmatch(upload):
            raise Refused("not_found")
        with reading(self._engine) as db:
            mine = (_UPLOAD.c.id == upload, _UPLOAD.c.device == device.device)
            row = db.execute(select(_UPLOAD).where(*mine)).first()
        if row is None or row.expires_at < _written(now):
            raise Refused("not_found")
        return _upload(row), row.expires_at

    def offset(self, upload: Upload) -> int:
        """How much of a file is here, on the disk: what is answered is never taken back."""
        path = self._partial(upload.id)
        with gate():
            if not path.exists():
                return 0
            with alone(path) as descriptor:
                os.fsync(descriptor)
                return os.fstat(descriptor).st_size

    def append(self, upload: Upload, offset: int, block: bytes) -> int:
        """Add bytes at ``offset``; where the file ends then. Not yet durable: see `offset`.

        Raises Refused: ``offset`` when the file ends elsewhere, ``too_large`` beyond its size; Full.
        """
        if offset + len(block) > upload.size:
            raise Refused("too_large")
        path = self._partial(upload.id)
        with gate():
            if offset == 0:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not path.exists():
                raise Refused("offset")
            with alone(path) as descriptor:
                if os.fstat(descriptor).st_size != offset:
                    raise Refused("offset")
                left = memoryview(block)
                while left:
                    left = left[os.write(descriptor, left) :]
        return offset + len(block)

    def finish(self, upload: Upload, *, now: datetime) -> None:
        """All bytes are here: give the file its name, then its row. Done twice, nothing changes.

        Raises Refused (``hash_mismatch``): what came is thrown away, and the file can be brought anew.
        """
        part, path = self._partial(upload.id), self._path(upload.unit, upload.sha256)
        with gate():
            if part.exists():
                if digest(part) != upload.sha256:
                    self.terminate(upload)
                    raise Refused("hash_mismatch")
                name_durably(part, path)
            elif not path.exists():
                raise Refused("not_found")
        same = (_UPLOAD.c.device == upload.device, _UPLOAD.c.sha256 == upload.sha256)
        with writing(self._engine) as db:
            _put_file(db, upload, now)
            begun = list(db.execute(select(_UPLOAD.c.id).where(*same)).scalars())
            db.execute(delete(_UPLOAD).where(*same))
        self._unlink(begun)  # also of those whose answers were lost, so that another was begun

    def terminate(self, upload: Upload) -> None:
        """The file will not be brought this way."""
        with writing(self._engine) as db:
            db.execute(delete(_UPLOAD).where(_UPLOAD.c.id == upload.id))
        self._unlink([upload.id])

    def sweep(self, *, now: datetime) -> None:
        """Away with uploads that nobody went on with, and with parts that no row speaks of for a day."""
        if self.folder is None or not self.folder.exists():
            return
        with writing(self._engine) as db:
            gone = _expired(db, now)
            known = set(db.execute(select(_UPLOAD.c.id)).scalars())
        self._unlink(gone)
        parts = self.folder / "uploads"
        with gate():
            for path in parts.iterdir() if parts.exists() else ():
                if path.name not in known and time.time() - path.stat().st_mtime > _DAY:
                    path.unlink(missing_ok=True)

    # -- Where they lie ----------------------------------------------------------------------------------

    def rows(self) -> list[tuple[str, str, int]]:
        """The files that are here: unit, SHA-256, length."""
        with reading(self._engine) as db:
            found = db.execute(select(_FILE).order_by(_FILE.c.unit, _FILE.c.sha256)).all()
        return [(row.unit, row.sha256, row.size) for row in found]

    def path(self, unit: str, sha256: str) -> Path:
        """Where a file of a unit lies, or would lie. Raises Refused (``no_files``)."""
        return self._path(unit, sha256)

    def _root(self) -> Path:
        if self.folder is None:
            raise Refused("no_files")
        return self.folder

    def _path(self, unit: str, sha256: str) -> Path:
        shelf = unit if _PLAIN.fullmatch(unit) else hashlib.sha256(unit.encode()).hexdigest()[:16]
        return self._root() / shelf / sha256[:2] / sha256

    def _partial(self, upload: str) -> Path:
        return self._root() / "uploads" / upload

    def _length(self, upload: str) -> int:
        return _size_of(self._partial(upload)) or 0

    def _unlink(self, uploads: Iterable[str]) -> None:
        with gate():
            for upload in uploads:
                self._partial(upload).unlink(missing_ok=True)

    # -- For people --------------------------------------------------------------------------------------

    def counts(self, db: Connection) -> tuple[int, int]:
        """How many files are here, and how many were announced and are not (taken off again: not counted)."""
        here = db.execute(select(func.count()).select_from(_FILE)).scalar_one()
        same = (_FILE.c.unit == _ANNOUNCED.c.unit, _FILE.c.sha256 == _ANNOUNCED.c.sha256)
        waits = (_ANNOUNCED.c.withdrawn.is_(False), ~exists().where(*same))
        each = select(_ANNOUNCED.c.unit, _ANNOUNCED.c.sha256).where(*waits).distinct().subquery()
        return here, db.execute(select(func.count()).select_from(each)).scalar_one()

    def of_dossier(self, key: str) -> list[Kept]:
        """The files of a dossier by code or id. Raises Refused (``unknown_dossier``, ``ambiguous_code``)."""
        with reading(self._engine) as db:
            either = (_DOSSIER.c.code == key) | (_DOSSIER.c.subject == key)
            rows = db.execute(select(_DOSSIER.c.unit, _DOSSIER.c.subject).where(either)).all()
            if len(rows) != 1:
                raise Refused("ambiguous_code" if rows else "unknown_dossier")
            unit, subject = rows[0]
            (state,) = folding.states(db, unit, [subject])
            here = _here(db, unit, [file.sha256 for file in state.files])
        return [
            Kept(
                file.sha256,
                file.name,
                file.type,
                file.size,
                file.pages,
                file.paper,
                file.officer,
                file.at,
                self._path(unit, file.sha256) if file.sha256 in here else None,
            )
            for file in state.files
        ]

    def problems(self, db: Connection) -> Iterator[str]:
        """Files that are missing, short or other than their name; English, for the log. Reads all of them."""
        for row in db.execute(select(_FILE).order_by(_FILE.c.unit, _FILE.c.sha256)).all():
            if self.folder is None:
                yield "files: nobody has said in which folder they lie"
                return
            path = self._path(row.unit, row.sha256)
            try:
                if path.stat().st_size != row.size:
                    yield f"file {row.sha256}: it has another length"
                elif digest(path) != row.sha256:
                    yield f"file {row.sha256}: it has another hash"
            except OSError as error:
                yield f"file {row.sha256}: {error.strerror}"


def _size_of(path: Path) -> int | None:
    """How long a file is; None when it is not there."""
    with gate():
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None


def _upload(row: Row[Any]) -> Upload:
    return Upload(row.id, row.unit, row.device, row.sha256, row.size)


def _note(db: Connection, unit: str, kind: str, subject: str, body: dict[str, Any]) -> int:
    """Write it down; how many bytes a file has that is to come, else 0."""
    sha256, size = body.get("sha256"), body.get("size")
    if not is_hash(sha256):
        return 0
    at = (_ANNOUNCED.c.unit == unit, _ANNOUNCED.c.subject == subject, _ANNOUNCED.c.sha256 == sha256)
    if kind == FILE_REMOVED:
        db.execute(update(_ANNOUNCED).where(*at).values(withdrawn=True))
        return 0
    if type(size) is not int or not 0 < size <= LARGEST:
        return 0
    if db.execute(update(_ANNOUNCED).where(*at).values(withdrawn=False)).rowcount == 0:
        row = {"unit": unit, "subject": subject, "sha256": sha256, "size": size, "withdrawn": False}
        db.execute(insert(_ANNOUNCED).values(**row))
    return size


def _not_here(db: Connection) -> set[tuple[str, str, int]]:
    """What was announced, also what was taken off again, and has no row: unit, SHA-256, bytes."""
    same = (_FILE.c.unit == _ANNOUNCED.c.unit, _FILE.c.sha256 == _ANNOUNCED.c.sha256)
    rows = db.execute(select(_ANNOUNCED).where(~exists().where(*same))).all()
    return {(row.unit, row.sha256, row.size) for row in rows}


def _here(db: Connection, unit: str, names: Sequence[str]) -> set[str]:
    which = (_FILE.c.unit == unit, _FILE.c.sha256.in_(names))
    return set(db.execute(select(_FILE.c.sha256).where(*which)).scalars())


def _used(db: Connection, device: str) -> int:
    whole = select(func.coalesce(func.sum(_FILE.c.size), 0)).where(_FILE.c.device == device)
    parts = select(func.coalesce(func.sum(_UPLOAD.c.size), 0)).where(_UPLOAD.c.device == device)
    return int(db.execute(whole).scalar_one()) + int(db.execute(parts).scalar_one())


def _expired(db: Connection, now: datetime) -> list[str]:
    late = _UPLOAD.c.expires_at < _written(now)
    gone = list(db.execute(select(_UPLOAD.c.id).where(late)).scalars())
    db.execute(delete(_UPLOAD).where(late))
    return gone


def _crowded_out(db: Connection, device: str) -> list[str]:
    """Let go of the oldest uploads of a device that begins ever new ones."""
    mine = select(_UPLOAD.c.id).where(_UPLOAD.c.device == device).order_by(_UPLOAD.c.expires_at.desc())
    gone = list(db.execute(mine).scalars())[_OPEN - 1 :]
    db.execute(delete(_UPLOAD).where(_UPLOAD.c.id.in_(gone)))
    return gone


def _put_file(db: Connection, upload: Upload, now: datetime) -> None:
    if not _here(db, upload.unit, [upload.sha256]):
        db.execute(
            insert(_FILE).values(
                unit=upload.unit,
                sha256=upload.sha256,
                size=upload.size,
                device=upload.device,
                received_at=_written(now),
            )
        )


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds")
