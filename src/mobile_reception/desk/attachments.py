"""Files of a dossier: captured from a file or the scanner's folder, looked at, taken off, told of.

What the centre will not take is refused here, at the table, where it can be scanned again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from mobile_reception.desk import dossiers
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import CannotWrite, NotFound, Unacceptable, spoken
from mobile_reception.desk.values import Attached, DossierView, ScanFile
from mobile_reception.dossier import identity
from mobile_reception.dossier.attachment import FILE_ATTACHED, FILE_REMOVED, Attachment, Limits, sound_name
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import DossierState
from mobile_reception.papers import scans
from mobile_reception.papers.scans import Scan, Unfit
from mobile_reception.store import files
from mobile_reception.store.values import StoredFile
from mobile_reception.words import VIETNAM, file_size, text

SCAN_FOLDER: Final = "scan_folder"
"""The setting that names the folder into which the scanner writes."""

_LEAST_ROOM: Final = 200 * 1024 * 1024
_OFFERED: Final = 12
_REASON: Final = 1000
_PAPER: Final = 300
_SHORTEST: Final = 6


class _Already(Exception):
    """Somebody attached the same file meanwhile."""


def attach(bench: Bench, key: str, path: Path, *, name: str = "", paper: str = "") -> Attached:
    """Attach a file to a dossier; durable and encrypted when this returns. The same again is not doubled.

    ``name`` instead of the file's own, ``paper`` of which paper it is. Raises NotFound, CannotWrite and, with
    what is wrong with the file, Unacceptable.
    """
    view = dossiers.whole(bench, key)
    said_paper = paper_said(paper)
    limits = limits_of(bench)
    taken = capture(bench, path, limits, lambda source: _known(bench, view.state, source))
    if isinstance(taken, Attached):
        return taken
    check_count(len(view.state.files), limits)
    scan, source = taken
    sound = sound_name(name or path.name, scan.type)
    return _kept(bench, view.state.subject, scan, source, name=sound, paper=said_paper)


def capture(
    bench: Bench, path: Path, limits: Limits, known: Callable[[str], Attached | None]
) -> tuple[Scan, str] | Attached:
    """Look at a file before it is attached: it as it is to be kept and the SHA-256 of what it was.

    ``known`` is asked for what was attached from the same bytes. Raises CannotWrite, Unacceptable.
    """
    _room(bench)
    try:
        kind = scans.kind_of(path)
        if kind not in limits.types:
            raise Unfit("unknown")
        size = path.stat().st_size
        if kind == scans.PDF and size > limits.max_bytes:
            raise Unacceptable(_too_large(path.name, size, limits))
        if size > max(limits.max_bytes, scans.LARGEST_PICTURE):
            raise Unfit("too_large")
        source = _digest(path)
        before = known(source)
        if before is not None:
            return before
        scan = scans.look(path)
    except Unfit as unfit:
        raise Unacceptable(_why(unfit.why, path.name, limits)) from unfit
    except OSError as error:
        raise Unacceptable(_why("unreadable", path.name, limits)) from error
    if scan.shrunk is not None and len(scan.shrunk) > limits.max_bytes:
        raise Unacceptable(_too_large(path.name, len(scan.shrunk), limits))
    return scan, source


def check_count(count: int, limits: Limits) -> None:
    """There is room for one more file. Raises Unacceptable."""
    if count >= limits.max_files:
        raise Unacceptable(text("Hồ sơ này đã có {count} tệp, nhiều nhất có thể.", count=limits.max_files))


def _kept(bench: Bench, dossier: str, scan: Scan, source: str, *, name: str, paper: str) -> Attached:
    """Write the bytes, then the fact and the row that speak of them in one transaction."""
    written = files.write(bench.store, dossier, scan.blocks())
    told = {
        "name": name,
        "type": scan.type,
        "size": written.size,
        "sha256": written.sha256,
        "pages": scan.pages,
        "paper": paper or None,
    }
    try:
        with bench.store.act(bench.me.login, bench.now()) as making:
            if files.attached(making, dossier, written.sha256):
                raise _Already
            making.append(Act(dossier, FILE_ATTACHED, told))
            files.record(bench.store, making, dossier, written, source=source, scan=mark_of(scan.path))
    except _Already:
        files.discard(bench.store, written)
        return Attached(written.sha256, name, scan.type, written.size, scan.pages, already=True)
    except BaseException:
        files.discard(bench.store, written)
        raise
    return Attached(written.sha256, name, scan.type, written.size, scan.pages)


def take_off(bench: Bench, key: str, sha256: str, reason: str) -> DossierView:
    """Take a file off a dossier; it stays in the history, and here, and is not sent if it was not yet.

    ``sha256`` may be its beginning. Raises NotFound, Unacceptable.
    """
    said = _said(reason, _REASON)
    if not said:
        raise Unacceptable(text("Cần lý do."))
    state = dossiers.whole(bench, key).state
    file = _named(state, sha256)
    told = {"sha256": file.sha256, "name": file.name, "reason": said}
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(state.subject, FILE_REMOVED, told))
        files.withdraw(making, state.subject, file.sha256)
    return dossiers.view(bench, state.subject)


def content(bench: Bench, key: str, sha256: str) -> tuple[Attachment, Iterator[bytes]]:
    """A file of a dossier and its bytes, block by block, straight from their encryption.

    Raises NotFound, also for a file that lies on another laptop; Damaged on the way.
    """
    state = dossiers.whole(bench, key).state
    file = _named(state, sha256)
    for each in files.of_dossier(bench.store, state.subject):
        if each.sha256 == file.sha256:
            return file, blocks_of(bench, each)
    raise NotFound(text("Tệp «{name}» không nằm trên máy này.", name=file.name))


def limits_of(bench: Bench) -> Limits:
    """What the centre takes, as it told at enrolment and since."""
    try:
        return Limits.read(bench.setting("files", {}))
    except ValueError:  # of a newer centre: what everybody takes
        return Limits()


def blocks_of(bench: Bench, file: StoredFile) -> Iterator[bytes]:
    """The bytes of a file that lies here. Raises Damaged on the way."""
    with spoken():
        yield from files.read(bench.store, file)


# -- The scanner's folder --------------------------------------------------------------------------------


def new_scans(bench: Bench) -> tuple[ScanFile, ...]:
    """What lies in the scanner's folder and was not attached yet, the newest first.

    Nothing where no folder is set. Raises NotFound when the folder has gone.
    """
    named = bench.store.meta(f"setting:{SCAN_FOLDER}")
    if not named:
        return ()
    folder, found = Path(named), []
    try:
        for path in folder.iterdir():
            about = path.stat()
            made = datetime.fromtimestamp(about.st_mtime, VIETNAM)
            found.append(ScanFile(path, path.name, "", about.st_size, made))
    except OSError as error:
        raise NotFound(text("Không mở được thư mục máy quét {folder}.", folder=named)) from error
    found.sort(key=lambda each: each.made_at, reverse=True)
    taken = files.scans_taken(bench.store, [mark_of(each.path) or "" for each in found])
    return tuple(_fit(each for each in found if mark_of(each.path) not in taken))


def _fit(found: Iterator[ScanFile]) -> Iterator[ScanFile]:
    count = 0
    for each in found:
        try:
            kind = scans.kind_of(each.path)
        except Unfit:
            continue
        if kind is not None:
            yield replace(each, type=kind)
            count += 1
        if count == _OFFERED:
            return


def mark_of(path: Path) -> str | None:
    """What tells a file of the watched folder from the next one of the same name."""
    try:
        about = path.stat()
    except OSError:
        return None
    told = f"{path.resolve()}\n{about.st_size}\n{about.st_mtime_ns}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


# -- Words -----------------------------------------------------------------------------------------------


def _why(why: str, name: str, limits: Limits) -> str:
    shown = sound_name(name, "")
    known = {
        "unreadable": text("Không đọc được tệp «{name}».", name=shown),
        "unknown": text(
            "«{name}» không phải tệp nhận được. Chỉ nhận: {types}.", name=shown, types=_types(limits)
        ),
        "broken": text("«{name}» hỏng hoặc chưa quét xong. Chờ giây lát hoặc quét lại.", name=shown),
        "locked": text("«{name}» có mật khẩu. Hãy lưu lại tệp không có mật khẩu.", name=shown),
        "too_many_dots": text("Ảnh «{name}» quá lớn. Quét lại ở 300 dpi hoặc chụp lại.", name=shown),
        "too_large": text("Ảnh «{name}» quá lớn. Quét lại ở 300 dpi hoặc chụp lại.", name=shown),
    }
    return known[why]


def _too_large(name: str, size: int, limits: Limits) -> str:
    return text(
        "«{name}» nặng {size}, trung tâm nhận mỗi tệp nhiều nhất {most}. Quét lại ở 200 dpi, đen trắng.",
        name=sound_name(name, ""),
        size=file_size(size),
        most=file_size(limits.max_bytes),
    )


def _types(limits: Limits) -> str:
    names = {scans.PDF: "PDF", scans.JPEG: "JPEG", scans.PNG: "PNG"}
    return ", ".join(names.get(kind, kind) for kind in limits.types)


# -- Steps -----------------------------------------------------------------------------------------------


def _known(bench: Bench, state: DossierState, source: str) -> Attached | None:
    """The file of this dossier that was captured from the same bytes, or has them."""
    standing = {file.sha256: file for file in state.files}
    made = {each.sha256 for each in files.of_dossier(bench.store, state.subject) if each.source == source}
    found = next((standing[each] for each in (source, *made) if each in standing), None)
    if found is None:
        return None
    return Attached(found.sha256, found.name, found.type, found.size, found.pages, already=True)


def _named(state: DossierState, sha256: str) -> Attachment:
    """The file of this dossier that ``sha256``, or its beginning, names. Raises NotFound."""
    wanted = sha256.strip().lower()
    found = [file for file in state.files if len(wanted) >= _SHORTEST and file.sha256.startswith(wanted)]
    if len(found) != 1:
        raise NotFound(text("Hồ sơ này không có tệp «{name}».", name=sha256[:64]))
    return found[0]


def _room(bench: Bench) -> None:
    if shutil.disk_usage(bench.store.folder).free < _LEAST_ROOM:
        raise CannotWrite(
            text("Đĩa còn dưới 200 MB: chưa nhận thêm tệp, hồ sơ vẫn nhận được. Hãy giải phóng đĩa.")
        )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def paper_said(given: str) -> str:
    """Of which paper a file is, as it was typed. Raises Unacceptable."""
    return _said(given, _PAPER)


def _said(given: str, limit: int) -> str:
    try:
        return identity.clean(given, limit=limit)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error
