"""Files of unfinished forms: they lie as a dossier's do, under the draft's own key, until it is a dossier.

In the transaction of the reception the key and the rows pass to the dossier; the bytes stay where they are.
A draft that was thrown away keeps its files until `erase_dropped`, for whoever takes it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mobile_reception.store.errors import CannotWrite
from mobile_reception.store.files import FOLDER, Written, make_sure, put_row
from mobile_reception.store.journal import Store, Writing
from mobile_reception.store.values import StoredFile

_COLUMNS: Final = "draft, sha256, stored, size, source, scan, name, type, pages, paper"


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a form: what the fact will say of it, and where its bytes lie."""

    draft: str
    sha256: str
    stored: str
    size: int
    source: str
    scan: str | None
    name: str
    type: str
    pages: int
    paper: str | None

    @property
    def told(self) -> dict[str, Any]:
        """What the fact says that attaches it."""
        return {
            "name": self.name,
            "type": self.type,
            "size": self.size,
            "sha256": self.sha256,
            "pages": self.pages,
            "paper": self.paper,
        }

    @property
    def bytes_of(self) -> StoredFile:
        """What `files.read` reads it by."""
        return StoredFile(self.draft, self.sha256, self.stored, self.size, self.source)


def of_draft(store: Store, draft: str) -> list[DraftFile]:
    """The files of a form, in the order in which they were attached."""
    with store.reading() as db:
        rows = db.run(f"SELECT {_COLUMNS} FROM draft_file WHERE draft=? ORDER BY place", (draft,)).all()
    return [DraftFile(*row) for row in rows]


def keep(store: Store, file: DraftFile, officer: str, at: datetime, fields: Mapping[str, Any]) -> bool:
    """The row of a written file; False where the form has the same bytes already.

    A form of which nothing was typed yet is kept with it, as ``fields``: no file is without its draft.
    Raises CannotWrite should the bytes have gone meanwhile.
    """
    if not (store.folder / FOLDER / file.stored).exists():
        raise CannotWrite("the file has gone")
    with store.writing() as db:
        db.run(
            "INSERT INTO draft (id, officer, saved_at, fields) VALUES (?,?,?,?) ON CONFLICT (id) DO NOTHING",
            (file.draft, officer, at.isoformat(), json.dumps(fields)),
        )
        added = db.run(
            f"INSERT INTO draft_file ({_COLUMNS}, place) SELECT ?,?,?,?,?,?,?,?,?,?, "
            "1+coalesce(max(place),0) FROM draft_file WHERE draft=? ON CONFLICT (draft, sha256) DO NOTHING",
            (
                file.draft,
                file.sha256,
                file.stored,
                file.size,
                file.source,
                file.scan,
                file.name,
                file.type,
                file.pages,
                file.paper,
                file.draft,
            ),
        )
    return added.changed > 0


def take_off(store: Store, file: DraftFile) -> None:
    """Away with a file of a form, its bytes too: nothing was told of it yet. Raises CannotWrite, Busy."""
    with store.writing() as db:
        db.run("DELETE FROM draft_file WHERE draft=? AND sha256=?", (file.draft, file.sha256))
    (store.folder / FOLDER / file.stored).unlink(missing_ok=True)


def lost(store: Store, draft: str) -> list[DraftFile]:
    """The files of a form whose bytes are gone from the folder: they have to be scanned again."""
    folder = store.folder / FOLDER
    return [each for each in of_draft(store, draft) if not (folder / each.stored).exists()]


def become(store: Store, making: Writing, draft: str, dossier: str) -> list[DraftFile]:
    """Within the act of a reception: a form's files are its dossier's now. The facts are the caller's.

    Raises CannotWrite should a file have gone.
    """
    rows = making.db.run(f"SELECT {_COLUMNS} FROM draft_file WHERE draft=? ORDER BY place", (draft,)).all()
    taken = [DraftFile(*row) for row in rows]
    if taken:
        making.db.run("UPDATE file_key SET dossier=? WHERE dossier=?", (dossier, draft))
        making.db.run("DELETE FROM draft_file WHERE draft=?", (draft,))
    for each in taken:
        # By the draft's key, as it stands outside this transaction until it is durable.
        make_sure(store, each.bytes_of)
        written = Written(each.stored, each.sha256, each.size)
        put_row(making, dossier, written, source=each.source, scan=each.scan)
    return taken


def erase_dropped(store: Store) -> int:
    """Away with the files and keys of drafts that are no more; how many files that were.

    Raises CannotWrite, Busy.
    """
    gone = "draft NOT IN (SELECT id FROM draft)"
    with store.writing() as db:
        stored = db.run(f"SELECT stored FROM draft_file WHERE {gone}").scalars()
        if stored:
            db.run(f"DELETE FROM file_key WHERE dossier IN (SELECT draft FROM draft_file WHERE {gone})")
            db.run(f"DELETE FROM draft_file WHERE {gone}")
    for name in stored:
        (store.folder / FOLDER / str(name)).unlink(missing_ok=True)
    return len(stored)
