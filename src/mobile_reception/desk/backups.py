"""Backups on a second medium: made when asked or by themselves, restored into another folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import CannotWrite, Denied, NotFound, spoken, unwritten
from mobile_reception.store import backups, errors, keys, reading
from mobile_reception.store.backups import About
from mobile_reception.words import iso, text, why

__all__ = ["About", "Last", "back_up", "back_up_when_due", "last", "restore"]

OFTEN = timedelta(hours=1)
"""How often a backup is made by itself, as long as something has been written since the last one."""

_LAST = "second_backup"
_FOLDER = "setting:backup_folder"


@dataclass(frozen=True, slots=True)
class Last:
    """The last backup on the second medium: when, in which folder, and how many facts it has."""

    at: datetime
    folder: Path
    facts: int


def back_up(bench: Bench, folder: Path) -> About:
    """Back up into ``folder``, which is the second medium from now on. Raises CannotWrite."""
    try:
        made = backups.back_up(bench.store, folder.absolute(), bench.now())
    except errors.CannotWrite as error:
        raise CannotWrite(
            text(
                "Không sao lưu được vào «{folder}»: {why}. Hồ sơ vẫn an toàn trên máy này.",
                folder=folder,
                why=unwritten(error),
            )
        ) from error
    about = {"at": iso(bench.now()), "folder": str(folder.absolute()), "facts": made.facts}
    bench.store.keep(**{_LAST: json.dumps(about), _FOLDER: str(folder.absolute())})
    return made


def back_up_when_due(bench: Bench) -> About | None:
    """Back up to the second medium if it is there, something is new and the last one is an hour old."""
    folder = second_folder(bench)
    if folder is None or not folder.is_dir():
        return None
    before = last(bench)
    if before is not None and before.folder == folder:
        age = bench.now() - before.at
        if reading.facts_here(bench.store) == before.facts or timedelta() <= age < OFTEN:
            return None
    return back_up(bench, folder)


def second_folder(bench: Bench) -> Path | None:
    """Where backups go by themselves; None until somebody has chosen a place."""
    kept = bench.store.meta(_FOLDER)
    return Path(kept) if kept else None


def last(bench: Bench) -> Last | None:
    """The last backup on the second medium."""
    kept = bench.store.meta(_LAST)
    if kept is None:
        return None
    said = json.loads(kept)
    return Last(datetime.fromisoformat(said["at"]), Path(said["folder"]), int(said["facts"]))


def restore(
    file: Path,
    folder: Path,
    *,
    login: str | None = None,
    passphrase: str | None = None,
    code: str | None = None,
) -> tuple[About, bool]:
    """Make a new laptop folder from a backup; what it says of itself, and whether it was opened to check it.

    With a passphrase (of ``login``, else of anybody in it) or the recovery code every page is checked before
    the folder is one; one of the laptop's own daily copies needs that. Raises NotFound, Unacceptable, Denied,
    AlreadyMade, TooNew, Damaged, CannotWrite.
    """
    try:
        file.open("rb").close()
    except OSError as error:
        raise NotFound(text("Không đọc được tệp {file}: {why}", file=file, why=why(error))) from error
    with spoken():
        daily = backups.is_daily(file)
        if not daily:
            backups.look(file)
        slots = backups.slots_of(file)
        data_key = None
        if code is not None:
            data_key = keys.recover(slots, code).data_key
        elif passphrase is not None:
            data_key = _opened(slots, [login] if login else list(slots.logins), passphrase)
        if daily and data_key is None:
            raise Denied(text("Bản sao hằng ngày chỉ khôi phục được bằng mật khẩu hoặc mã khôi phục."))
        if daily and data_key is not None:
            return backups.restore_daily(file, folder, data_key=data_key), True
        return backups.restore(file, folder, data_key=data_key), data_key is not None


def _opened(slots: keys.Slots, logins: list[str], passphrase: str) -> bytes:
    for login in logins:
        try:
            return keys.unlock(slots, login, passphrase).data_key
        except errors.Denied:
            continue
    raise Denied(
        text(
            "Mật khẩu không mở được bản sao lưu này; chưa khôi phục gì. "
            "Trên máy khác có thể cần mã khôi phục (--code-file)."
        )
    )
