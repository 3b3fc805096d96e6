"""The part of the Desk that is about the files of dossiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_reception.desk.asking import asked, outcome
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import Attached, DossierView, FileLine, Outcome, Part, ScanFile

if TYPE_CHECKING:
    from mobile_reception.dossier.attachment import Attachment, Limits


class FileTable:
    """What an officer asks of a dossier's files; `Desk` is one."""

    _bench: Bench

    @asked
    def attach(self, key: str, file: Path, *, name: str = "", paper: str = "") -> Outcome[Attached]:
        """Attach a PDF, JPEG or PNG to a dossier, encrypted; pictures are shrunk. The same twice is said.

        ``paper`` is of which paper it is. Raises NotFound, Unacceptable, CannotWrite: nothing is kept then.
        """
        from mobile_reception.desk import attachments

        kept = attachments.attach(self._bench, key, file, name=name, paper=paper)
        return outcome(kept) if kept.already else outcome(kept, Part.DOSSIERS, Part.ROAD)

    @asked
    def take_off(self, key: str, sha256: str, reason: str) -> Outcome[DossierView]:
        """Take a file off a dossier; the history keeps it. Raises NotFound, Unacceptable."""
        from mobile_reception.desk import attachments

        view = attachments.take_off(self._bench, key, sha256, reason)
        return outcome(view, Part.DOSSIERS, Part.ROAD)

    @asked
    def file(self, key: str, sha256: str) -> tuple[Attachment, Iterator[bytes]]:
        """A file of a dossier and its bytes, block by block, never unencrypted on the disk.

        ``sha256`` may be its beginning. Raises NotFound; while it is read, Damaged.
        """
        from mobile_reception.desk import attachments

        return attachments.content(self._bench, key, sha256)

    @asked
    def attach_to_form(
        self, draft: str, file: Path, fields: Mapping[str, Any], *, paper: str = ""
    ) -> Outcome[Attached]:
        """Attach a file to an unfinished form, encrypted; it is the dossier's by `Desk.receive`.

        ``fields`` are the form as it stands, kept as its draft where none is yet. Raises Unacceptable,
        CannotWrite: nothing is kept then.
        """
        from mobile_reception.desk import form_files

        kept = form_files.attach(self._bench, draft, file, fields, paper=paper)
        return outcome(kept) if kept.already else outcome(kept, Part.DRAFTS)

    @asked
    def form_files(self, draft: str) -> tuple[FileLine, ...]:
        """The files of an unfinished form, in the order in which they were attached."""
        from mobile_reception.desk import reception

        return reception.form_files(self._bench, draft)

    @asked
    def take_off_form(self, draft: str, sha256: str) -> Outcome[None]:
        """Take a file off an unfinished form; its bytes go. Raises NotFound."""
        from mobile_reception.desk import form_files

        form_files.take_off(self._bench, draft, sha256)
        return outcome(None, Part.DRAFTS)

    @asked
    def form_file(self, draft: str, sha256: str) -> Iterator[bytes]:
        """The bytes of a file of an unfinished form, never unencrypted on the disk.

        Raises NotFound; while it is read, Damaged.
        """
        from mobile_reception.desk import form_files

        return form_files.content(self._bench, draft, sha256)

    @asked
    def files_to_form(self, key: str, draft: str, fields: Mapping[str, Any]) -> Outcome[None]:
        """The files of a dossier that was undone are its form's again. Raises NotFound, CannotWrite."""
        from mobile_reception.desk import form_files

        form_files.carry_over(self._bench, key, draft, fields)
        return outcome(None, Part.DRAFTS)

    @asked
    def erase_dropped(self) -> None:
        """The files of forms that were thrown away, and their keys, are gone for good after this."""
        from mobile_reception.store import draft_files

        draft_files.erase_dropped(self._bench.store)

    @asked
    def file_limits(self) -> Limits:
        """What the centre takes: bytes of a file, types, files of a dossier."""
        from mobile_reception.desk import attachments

        return attachments.limits_of(self._bench)

    @asked
    def new_scans(self) -> tuple[ScanFile, ...]:
        """What lies in the scanner's folder and was not attached yet, the newest first. Raises NotFound."""
        from mobile_reception.desk import attachments

        return attachments.new_scans(self._bench)
