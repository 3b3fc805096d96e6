"""What the Desk gives and takes: frozen values, for screens and for the command line alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from mobile_reception.dossier.fold import DossierState
from mobile_reception.dossier.intake import Problem

T = TypeVar("T")

PAPERS = (
    "receipt",
    "supplement",
    "refusal",
    "apology",
    "stop",
    "control",
    "handover",
    "result-receipt",
    "letter",
    "post",
)
"""The papers about one dossier, by their names on the command line."""


class Part(StrEnum):
    """The parts of the desk that a change may touch; a page refreshes when its part changed."""

    SESSION = "session"
    DOSSIERS = "dossiers"
    DRAFTS = "drafts"
    ROAD = "road"
    OFFICERS = "officers"
    CATALOGUE = "catalogue"


class Place(StrEnum):
    """Where a dossier is, in four words (see `words_for`)."""

    HERE = "here"
    SENDING = "sending"
    CENTRE = "centre"
    NEEDS_YOU = "needs_you"


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The answer of a change: its value, and which parts of the desk it changed."""

    value: T
    changed: frozenset[Part]


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who may sign in here. ``role`` is ``officer`` or ``deputy``."""

    login: str
    name: str
    role: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class HamletSession:
    """A session at a hamlet; ``day`` is a day in UTC+7, ``closed_at`` None while this laptop's part is open.

    ``known_hamlet`` is False for a name taken as typed. ``warnings`` are sentences for the officer. A session
    that is ``joined_to`` another counts there.
    """

    id: str
    hamlet: str
    kind: str
    day: date
    opened_at: datetime
    closed_at: datetime | None
    dossiers: int
    citizens: int
    fees: int
    known_hamlet: bool
    planned: bool
    cash: int | None = None
    warnings: tuple[str, ...] = ()
    joined_to: str | None = None


@dataclass(frozen=True, slots=True)
class ProcedureLine:
    """A procedure in a list. When ``receivable`` is False, ``why`` says why in a sentence."""

    code: str
    name: str
    short: str
    field: str
    receivable: bool
    why: str | None


@dataclass(frozen=True, slots=True)
class Alike:
    """A dossier that a form may be once more, or whose number it has under another name.

    ``question`` asks the officer in a sentence that names it; nothing is refused for it.
    """

    id: str
    code: str
    question: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """A form as it stands: problems by field, and what the rules make of the rest.

    ``fee``, ``due`` and ``come_back`` are None while they cannot be computed. ``fee_rule`` and ``due_reason``
    are sentences for the officer. ``due`` is the moment of closing on the due day. ``alike`` are dossiers to
    look at first, the likeliest in front.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...] = ()
    fee: int | None = None
    fee_rule: tuple[str, ...] = ()
    due: datetime | None = None
    due_reason: str = ""
    come_back: date | None = None
    alike: tuple[Alike, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A dossier that is durable. Money is whole đồng."""

    id: str
    code: str
    due: datetime
    come_back: date
    fee: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was recorded; every reason at once, by field."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same ``ref`` was received before, under ``of``."""

    of: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished form: whose, when, how much of it is filled, every field as typed, how many files."""

    id: str
    name: str
    officer: str
    saved_at: datetime
    filled: int
    total: int
    fields: Mapping[str, Any]
    files: int = 0


@dataclass(frozen=True, slots=True)
class DossierLine:
    """A dossier in a list, ready to show. ``number`` is masked.

    ``near``: what was asked for does not stand in it, but is one slip of the fingers away. ``reduced``: whose
    it is stays at the centre; ``name`` then says that.
    """

    id: str
    code: str
    name: str
    number: str | None
    procedure: str
    procedure_name: str
    received_at: datetime
    come_back: date
    fee: int
    place: Place
    session: str | None
    near: bool = False
    reduced: bool = False


class FilePlace(StrEnum):
    """Where a dossier's file is (see `dossiers.file_words`)."""

    HERE = "here"
    CENTRE = "centre"
    REFUSED = "refused"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a dossier. ``here`` says whether it can be opened on this laptop.

    ``place`` is ``here`` while it waits for the road, ``refused`` when the centre does not take it (``why``),
    ``elsewhere`` for a file that another laptop attached.
    """

    sha256: str
    name: str
    type: str
    size: int
    pages: int | None
    paper: str | None
    officer: str
    at: str
    place: FilePlace
    here: bool
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is attached and durable; ``already``: it was before, and nothing was doubled."""

    sha256: str
    name: str
    type: str
    size: int
    pages: int | None
    already: bool = False


@dataclass(frozen=True, slots=True)
class ScanFile:
    """A new file in the scanner's folder, by its place; ``made_at`` is when it was last written."""

    path: Path
    name: str
    type: str
    size: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a dossier's history: what, by which officer, from whom to whom, and why.

    ``giver`` and ``receiver`` are empty where it stayed in the same hands; ``about`` is a file's name,
    ``in_time`` how a result kept its appointment.
    """

    at: datetime
    what: str
    about: str | None
    officer: str
    giver: str
    receiver: str
    in_time: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class DossierView:
    """One dossier, whole: the fold of its facts and where it is, its files, and what has happened to it.

    ``names`` are what the officers of its conflicts are called, by login. ``expected`` are the papers of its
    procedure, those that were not handed in first: the name, the words for it, whether it was handed in.
    """

    state: DossierState
    procedure_name: str
    place: Place
    hamlet: str | None
    files: tuple[FileLine, ...] = ()
    history: tuple[Happened, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[tuple[str, str, bool], ...] = ()

    @property
    def files_waiting(self) -> int:
        """How many files of this laptop the centre is not known to have."""
        return sum(each.place in (FilePlace.HERE, FilePlace.REFUSED) for each in self.files)


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A receipt on its way to paper; asked for again, the same ``id`` is the same sheet, never a second one.

    ``reprint`` is 0 for the first sheet; from 1 on the sheet says so.
    """

    id: str
    dossier: str
    code: str
    reprint: int
    pdf: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class Status:
    """Where this laptop stands; the JSON of ``status`` in the same order."""

    device: str
    origin: str
    session: HamletSession | None
    dossiers: int
    facts: int
    waiting: int
    held: int
    needs_you: int
    numbers_left: int
    last_contact: datetime | None
    clock_offset_s: int | None
    disk_free: int
    catalogue: str
    enrolled: bool
    practice: bool
    dossiers_waiting: int = 0
    files_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole store found; ``problems`` are sentences with the place of each."""

    facts: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems
