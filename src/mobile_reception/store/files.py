"""Files beside the database: each encrypted under its dossier's key, under a name that says nothing.

A file is written, synced and named before the row that speaks of it; a file without a row is swept away
after a day. Its bytes lie in chunks of AES-256-GCM, numbered by their nonces, the last one marked, so that
no chunk can be swapped, dropped or put behind. A file's own key comes from its dossier's key and its random
name; a dossier's key is random, lies in the encrypted database only, and dropping it makes its files noise.
Forms that are no dossier yet have their files likewise (`store.draft_files`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mobile_reception.store.durable import name_durably
from mobile_reception.store.errors import CannotWrite, Damaged
from mobile_reception.store.file import gate
from mobile_reception.store.journal import Store, Writing, meta
from mobile_reception.store.transaction import Transaction
from mobile_reception.store.values import StoredFile

FOLDER: Final = "files"
CHUNK: Final = 64 * 1024
"""Bytes of a file in one chunk; what is read or sent is never more than some of them in memory."""

_AT_ONCE: Final = 8 * CHUNK
_MAGIC: Final = b"MRF1"
_TAG: Final = 16
_DAY: Final = 24 * 3600.0
_COLUMNS: Final = "dossier,sha256,stored,size,source,at_centre,refused,withdrawn"
_WAITS: Final = "at_centre IS NULL AND NOT withdrawn"
_KNOWN: Final = "SELECT stored FROM file UNION ALL SELECT stored FROM draft_file"


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes that are durable under a random name, and that no row speaks of yet."""

    stored: str
    sha256: str
    size: int


def write(store: Store, dossier: str, source: Iterable[bytes]) -> Written:
    """Encrypt ``source`` into a new file of ``dossier``; durable when this returns, in bounded memory.

    Raises CannotWrite; nothing is left behind then.
    """
    key = _dossier_key(store, dossier)
    folder = store.folder / FOLDER
    stored = secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    part = folder / f"{stored}.part"
    with gate():
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            with _new_file(part) as stream:
                stream.write(_MAGIC)
                cipher = _cipher(key, stored)
                for number, (chunk, last) in enumerate(_chunked(source)):
                    digest.update(chunk)
                    size += len(chunk)
                    stream.write(cipher.encrypt(_nonce(number, last=last), chunk, None))
            name_durably(part, folder / stored)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return Written(stored, digest.hexdigest(), size)


def record(
    store: Store, making: Writing, dossier: str, written: Written, *, source: str, scan: str | None
) -> None:
    """The row of a written file, in the transaction of the act that attaches it.

    A file that was taken off and is attached again takes the place of the former. Raises CannotWrite should
    the bytes or their key have gone meanwhile.
    """
    make_sure(store, StoredFile(dossier, written.sha256, written.stored, written.size, source))
    put_row(making, dossier, written, source=source, scan=scan)


def make_sure(store: Store, file: StoredFile) -> None:
    """The bytes of a file are there, and their key. Raises CannotWrite."""
    try:
        part(store, file, 0, 1)
    except Damaged as error:
        raise CannotWrite("the file has gone") from error


def put_row(making: Writing, dossier: str, written: Written, *, source: str, scan: str | None) -> None:
    """The row of a file of which the caller has made sure."""
    making.db.run(
        "INSERT INTO file (dossier, sha256, stored, size, source, scan, withdrawn) VALUES (?,?,?,?,?,?,0) "
        "ON CONFLICT (dossier, sha256) DO UPDATE SET stored=excluded.stored, withdrawn=0",
        (dossier, written.sha256, written.stored, written.size, source, scan),
    )


def withdraw(making: Writing, dossier: str, sha256: str) -> None:
    """The file was taken off: what has not been sent stays here."""
    making.db.run("UPDATE file SET withdrawn=1 WHERE dossier=? AND sha256=?", (dossier, sha256))


def discard(store: Store, written: Written) -> None:
    """Away with a written file whose act was refused; one of which a row speaks after all stays.

    What fails behind the commit fails an act that stands.
    """
    with store.reading() as db:
        if db.run(f"SELECT 1 FROM ({_KNOWN}) WHERE stored=?", (written.stored,)).first() is not None:
            return
    (store.folder / FOLDER / written.stored).unlink(missing_ok=True)


def of_dossier(store: Store, dossier: str) -> list[StoredFile]:
    """The files of a dossier that lie here, those that were taken off too."""
    with store.reading() as db:
        rows = db.run(f"SELECT {_COLUMNS} FROM file WHERE dossier=?", (dossier,)).all()
    return [_value(row) for row in rows]


def attached(making: Writing, dossier: str, sha256: str) -> bool:
    """Whether this file is attached to the dossier already, as the act's transaction sees it."""
    at = "SELECT 1 FROM file WHERE dossier=? AND sha256=? AND NOT withdrawn"
    return making.db.run(at, (dossier, sha256)).first() is not None


def scans_taken(store: Store, scans: Iterable[str]) -> set[str]:
    """Which of these files of the watched folder have been attached, to a dossier or to a form."""
    taken = "SELECT 1 FROM file WHERE scan=?1 UNION ALL SELECT 1 FROM draft_file WHERE scan=?1"
    with store.reading() as db:
        return {scan for scan in scans if db.run(taken, (scan,)).first() is not None}


def waiting(store: Store) -> list[StoredFile]:
    """The files that the centre is not known to have, one of each SHA-256, older dossiers first."""
    with store.reading() as db:
        rows = db.run(f"SELECT {_COLUMNS} FROM file WHERE {_WAITS} GROUP BY sha256 ORDER BY dossier").all()
    return [_value(row) for row in rows]


def tallied(store: Store, limit: int) -> list[tuple[str, int, int, str | None]]:
    """Dossiers of which a file waits: the dossier, how many do, of how many here, why one was refused."""
    with store.reading() as db:
        rows = db.run(
            "SELECT dossier, sum(at_centre IS NULL), count(*), "
            "max(CASE WHEN at_centre IS NULL THEN refused END) FROM file WHERE NOT withdrawn "
            "GROUP BY dossier HAVING sum(at_centre IS NULL)>0 "
            "ORDER BY dossier DESC LIMIT ?",
            (limit,),
        ).all()
    return [(row[0], int(row[1]), int(row[2]), row[3]) for row in rows]


def arrived(store: Store, names: Iterable[str], at: str) -> None:
    """The centre has these files, as it said at its time ``at``."""
    with store.writing() as db:
        db.run_each(
            "UPDATE file SET at_centre=?, refused=NULL WHERE sha256=?", [(at, name) for name in names]
        )


def to_look_after(store: Store, now: datetime) -> list[str]:
    """The files that have arrived, unless they were asked about less than a day ago (by whatever clock)."""
    with store.reading() as db:
        asked = meta(db, "files_looked_after")
        if asked is not None and abs(now - datetime.fromisoformat(asked)) < timedelta(days=1):
            return []
        arrived = "SELECT DISTINCT sha256 FROM file WHERE at_centre IS NOT NULL AND NOT withdrawn"
        return [str(name) for name in db.run(f"{arrived} ORDER BY sha256").scalars()]


def lost(store: Store, names: Iterable[str]) -> None:
    """The centre has these no more."""
    with store.writing() as db:
        db.run_each("UPDATE file SET at_centre=NULL WHERE sha256=?", [(name,) for name in names])


def refused(store: Store, sha256: str, why: str) -> None:
    """A file did not go, and why."""
    with store.writing() as db:
        db.run(f"UPDATE file SET refused=? WHERE sha256=? AND {_WAITS}", (why, sha256))


def forget_arrivals(db: Transaction) -> None:
    """The centre was put back: it is asked about every file again."""
    db.run("UPDATE file SET at_centre=NULL")


def read(store: Store, file: StoredFile) -> Iterator[bytes]:
    """The bytes of a file, chunk by chunk. Raises Damaged at a chunk that is not what was written."""
    start = 0
    while start < file.size:
        chunk = part(store, file, start, _AT_ONCE)
        yield chunk
        start += len(chunk)


def part(store: Store, file: StoredFile, start: int, most: int) -> bytes:
    """Up to ``most`` bytes of a file from ``start`` on; fewer only at its end. Raises Damaged."""
    cipher = _cipher(_known_key(store, file.dossier), file.stored)
    end = min(file.size, start + most)
    first, behind = start // CHUNK, -(-end // CHUNK)
    last_of_all = max(1, -(-file.size // CHUNK)) - 1
    found = bytearray()
    try:
        with (store.folder / FOLDER / file.stored).open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise Damaged("a file has another beginning")
            stream.seek(first * (CHUNK + _TAG), 1)
            for number in range(first, behind):
                sealed = stream.read(CHUNK + _TAG)
                found += cipher.decrypt(_nonce(number, last=number == last_of_all), sealed, None)
    except (OSError, InvalidTag, ValueError) as error:
        raise Damaged("a file cannot be read") from error
    return bytes(found[start - first * CHUNK : end - first * CHUNK])


def faults(store: Store, db: Transaction) -> Iterator[tuple[str, str]]:
    """What is wrong with the files that rows speak of: the dossier or draft, and how. Reads all of them."""
    of_drafts = "SELECT draft, sha256, stored, size, source, NULL, NULL, 0 FROM draft_file"
    for row in db.run(f"SELECT {_COLUMNS} FROM file UNION ALL {of_drafts} ORDER BY 1").all():
        file = _value(row)
        path = store.folder / FOLDER / file.stored
        chunks = max(1, -(-file.size // CHUNK))
        if not path.exists():
            yield file.dossier, f"file {file.stored} is missing"
        elif path.stat().st_size != len(_MAGIC) + file.size + chunks * _TAG:
            yield file.dossier, f"file {file.stored} has another length"
        else:
            try:
                digest = hashlib.sha256()
                for chunk in read(store, file):
                    digest.update(chunk)
            except Damaged as error:
                yield file.dossier, f"file {file.stored}: {error}"
                continue
            if digest.hexdigest() != file.sha256:
                yield file.dossier, f"file {file.stored} has another hash"


def sweep(store: Store) -> int:
    """Away with what no row speaks of and is older than a day; how many files that were.

    Raises CannotWrite, Busy.
    """
    folder = store.folder / FOLDER
    if not folder.exists():
        return 0
    swept = 0
    # No act is at work meanwhile: a file that is being attached gets its row before or after, never during.
    with store.writing() as db:
        known = {str(name) for name in db.run(_KNOWN).scalars()}
        for path in folder.iterdir():
            if path.name not in known and time.time() - path.stat().st_mtime > _DAY:
                path.unlink(missing_ok=True)
                swept += 1
    return swept


def drop(db: Transaction, dossier: str) -> list[str]:
    """Within a transaction: drop the key of a dossier's files and their rows; the names to `remove`.

    What has not reached the centre would be lost: the caller has made sure.
    """
    stored = [str(name) for name in db.run("SELECT stored FROM file WHERE dossier=?", (dossier,)).scalars()]
    db.run("DELETE FROM file_key WHERE dossier=?", (dossier,))
    db.run("DELETE FROM file WHERE dossier=?", (dossier,))
    return stored


def remove(store: Store, stored: Iterable[str]) -> None:
    """Away with files that no row speaks of any more; what cannot go now is swept away later."""
    for name in stored:
        with suppress(OSError):
            (store.folder / FOLDER / name).unlink(missing_ok=True)


def _dossier_key(store: Store, dossier: str) -> bytes:
    """The key of a dossier's files, made now if there is none."""
    with store.writing() as db:
        db.run(
            "INSERT INTO file_key (dossier, key) VALUES (?,?) ON CONFLICT (dossier) DO NOTHING",
            (dossier, secrets.token_bytes(32)),
        )
        return bytes(db.run("SELECT key FROM file_key WHERE dossier=?", (dossier,)).scalar())


def _known_key(store: Store, dossier: str) -> bytes:
    with store.reading() as db:
        key = db.run("SELECT key FROM file_key WHERE dossier=?", (dossier,)).scalar()
    if key is None:
        raise Damaged("the key of the files is gone")
    return bytes(key)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only this user reads; synced when the block ends."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)  # Windows would mend line ends
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _cipher(key: bytes, stored: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, bytes.fromhex(stored), b"mobile-reception file 1").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def _chunked(source: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """``source`` in chunks of `CHUNK` bytes, the last one marked; at least one."""
    held = bytearray()
    for piece in source:
        held += piece
        while len(held) > CHUNK:  # a whole chunk is let go only when something comes behind it
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    yield bytes(held), True


def _value(row: tuple[object, ...]) -> StoredFile:
    dossier, sha256, stored, size, source, at_centre, refused, withdrawn = row
    return StoredFile(
        str(dossier),
        str(sha256),
        str(stored),
        int(str(size)),
        str(source),
        None if at_centre is None else str(at_centre),
        None if refused is None else str(refused),
        bool(withdrawn),
    )
