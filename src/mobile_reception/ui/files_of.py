"""Whose files the page of files shows: a dossier's, or those of a form that is no dossier yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mobile_reception.desk import Attached, DossierView, FileLine, Outcome
from mobile_reception.desk.dossiers import nested
from mobile_reception.ui.dossier_detail import files_words
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk


@dataclass(frozen=True, slots=True)
class Pile:
    """The files of one dossier or form as they stand: whose, how many in words, and which papers it has."""

    title: str
    count: str
    files: tuple[FileLine, ...]
    papers: tuple[str, ...]


def pile_of(view: DossierView) -> Pile:
    """The files of a dossier."""
    value = nested(view.state)
    name = (value.get("submitter") or {}).get("full_name") or ""
    papers = tuple(str(each.get("name")) for each in value.get("papers") or () if each.get("name"))
    title = text("Tệp đính kèm · {code} · {name}", code=view.state.code or "", name=str(name))
    return Pile(title, files_words(view), view.files, papers)


class FilesOf(Protocol):
    """Where files are read, attached and taken off. Everything but ``key`` and ``asks_why`` blocks."""

    @property
    def key(self) -> str:
        """The id of the dossier or draft."""

    @property
    def asks_why(self) -> bool:
        """Whether taking off is told in the history, so that it needs a reason."""

    def read(self) -> Pile:
        """The files as they stand."""

    def attach(self, file: Path, paper: str) -> Outcome[Attached]:
        """Attach ``file``; see `Desk.attach`."""

    def take_off(self, sha256: str, reason: str) -> Outcome[Any]:
        """Take a file off."""

    def content(self, sha256: str) -> bytes:
        """The bytes of a file."""


@dataclass(frozen=True, slots=True)
class OfDossier:
    """The files of a dossier, by its id."""

    desk: Desk
    key: str
    asks_why: bool = True

    def read(self) -> Pile:
        """The files as they stand."""
        return pile_of(self.desk.dossier(self.key))

    def attach(self, file: Path, paper: str) -> Outcome[Attached]:
        """Attach ``file``; see `Desk.attach`."""
        return self.desk.attach(self.key, file, paper=paper)

    def take_off(self, sha256: str, reason: str) -> Outcome[Any]:
        """Take a file off, with the reason."""
        return self.desk.take_off(self.key, sha256, reason)

    def content(self, sha256: str) -> bytes:
        """The bytes of a file."""
        return b"".join(self.desk.file(self.key, sha256)[1])


@dataclass(frozen=True, slots=True)
class OfForm:
    """The files of an unfinished form, by its draft; ``typed`` is the form as it stands on the screen."""

    desk: Desk
    key: str
    typed: Mapping[str, Any]
    asks_why: bool = False

    def read(self) -> Pile:
        """The files as they stand."""
        files = self.desk.form_files(self.key)
        name = str(self.typed.get("submitter.full_name") or "").strip() or text("chưa có tên")
        papers = tuple(str(each["name"]) for each in self.typed.get("papers") or () if each.get("name"))
        title = text("Tệp đính kèm · hồ sơ đang ghi · {name}", name=name)
        return Pile(title, text("{count} tệp", count=len(files)), files, papers)

    def attach(self, file: Path, paper: str) -> Outcome[Attached]:
        """Attach ``file``; see `Desk.attach_to_form`."""
        return self.desk.attach_to_form(self.key, file, self.typed, paper=paper)

    def take_off(self, sha256: str, reason: str) -> Outcome[Any]:
        """Take a file off: nothing was told of it yet, so no reason is."""
        return self.desk.take_off_form(self.key, sha256)

    def content(self, sha256: str) -> bytes:
        """The bytes of a file."""
        return b"".join(self.desk.form_file(self.key, sha256))
