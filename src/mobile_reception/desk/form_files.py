"""Files of an unfinished form: captured while the citizen sits there, and a dossier's by its reception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mobile_reception.desk import attachments, dossiers
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound
from mobile_reception.desk.values import Attached
from mobile_reception.dossier.attachment import sound_name
from mobile_reception.store import draft_files, files
from mobile_reception.store.draft_files import DraftFile
from mobile_reception.words import text


def attach(bench: Bench, draft: str, path: Path, fields: Mapping[str, Any], *, paper: str) -> Attached:
    """Attach a file to a form; durable and encrypted when this returns. The same again is not doubled.

    Raises CannotWrite and, with what is wrong with the file, Unacceptable.
    """
    said_paper = attachments.paper_said(paper)
    limits = attachments.limits_of(bench)
    known = draft_files.of_draft(bench.store, draft)
    taken = attachments.capture(bench, path, limits, lambda source: _known(known, source))
    if isinstance(taken, Attached):
        return taken
    attachments.check_count(len(known), limits)
    scan, source = taken
    written = files.write(bench.store, draft, scan.blocks())
    file = DraftFile(
        draft,
        written.sha256,
        written.stored,
        written.size,
        source,
        attachments.mark_of(path),
        sound_name(path.name, scan.type),
        scan.type,
        scan.pages,
        said_paper or None,
    )
    return _kept(bench, file, fields)


def _kept(bench: Bench, file: DraftFile, fields: Mapping[str, Any]) -> Attached:
    """The row behind the bytes; bytes of which no row speaks go again."""
    added = False
    try:
        added = draft_files.keep(bench.store, file, bench.me.login, bench.now(), fields)
    finally:
        if not added:
            files.discard(bench.store, files.Written(file.stored, file.sha256, file.size))
    return _attached(file, already=not added)


def take_off(bench: Bench, draft: str, sha256: str) -> None:
    """Away with a file of a form: nothing was told of it yet. Raises NotFound."""
    draft_files.take_off(bench.store, _named(bench, draft, sha256))


def content(bench: Bench, draft: str, sha256: str) -> Iterator[bytes]:
    """The bytes of a file of a form, block by block. Raises NotFound; Damaged on the way."""
    return attachments.blocks_of(bench, _named(bench, draft, sha256).bytes_of)


def carry_over(bench: Bench, dossier: str, draft: str, fields: Mapping[str, Any]) -> None:
    """The files of a dossier that was undone are those of its form again, the order kept. Raises NotFound.

    They stay with the dossier too: nothing disappears. A file that cannot be read any more is left out.
    """
    state = dossiers.view(bench, dossier).state
    here = {each.sha256: each for each in files.of_dossier(bench.store, state.subject)}
    for each in state.files:
        known = here.get(each.sha256)
        if known is None or not (bench.store.folder / files.FOLDER / known.stored).exists():
            continue
        written = files.write(bench.store, draft, files.read(bench.store, known))
        file = DraftFile(
            draft,
            written.sha256,
            written.stored,
            written.size,
            known.source,
            None,
            each.name,
            each.type,
            each.pages or 1,
            each.paper,
        )
        _kept(bench, file, fields)


def _known(known: list[DraftFile], source: str) -> Attached | None:
    found = next((each for each in known if source in (each.source, each.sha256)), None)
    return None if found is None else _attached(found, already=True)


def _attached(file: DraftFile, *, already: bool) -> Attached:
    return Attached(file.sha256, file.name, file.type, file.size, file.pages, already=already)


def _named(bench: Bench, draft: str, sha256: str) -> DraftFile:
    for each in draft_files.of_draft(bench.store, draft):
        if each.sha256 == sha256:
            return each
    raise NotFound(text("Hồ sơ này không có tệp «{name}».", name=sha256[:64]))
