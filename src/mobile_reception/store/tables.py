"""The laptop's tables. The journal is the truth; the rest is what screens read, made by the fold."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary
from sqlalchemy import text as sql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Laptop(SQLModel, registry=registry()):
    """The base of the laptop's tables: a metadata of their own, apart from the centre's."""


class MetaRow(Laptop, table=True):
    """Single values: device, unit, keys, settings."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class OriginRow(Laptop, table=True):
    """A journal that this laptop knows; at most one is current."""

    __tablename__ = "origin"
    origin: str = Field(primary_key=True)
    mine: bool
    current: bool
    head: int
    head_hash: str
    stamp: int
    acknowledged: int = 0
    acknowledged_hash: str = ""
    held: int = 0
    answer: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    signature: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class FactRow(Laptop, table=True):
    """The journal, append-only: the two lines of each fact and what is needed to find it."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_place", "origin", "seq", unique=True),
        Index("fact_subject", "subject"),
    )
    row: int | None = Field(default=None, primary_key=True)
    origin: str
    seq: int
    subject: str
    kind: str
    header: str
    payload: str | None
    payload_hash: str
    hash: str


class CentreFactRow(Laptop, table=True):
    """The centre's word that a fact in the journal is its own: shown to it, should it lose the fact."""

    __tablename__ = "centre_fact"
    __table_args__ = {"sqlite_with_rowid": False}
    origin: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    proof: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DossierRow(Laptop, table=True):
    """One row a dossier, for lists, counts and summaries: written by the fold only.

    One that was reduced has no ``name`` and no ``number``; ``born`` is then what stands for the citizen.
    """

    __tablename__ = "dossier"
    # A page less to write for each dossier that has no reference of its own.
    __table_args__ = (
        Index("dossier_session", "session"),
        Index("dossier_ref", "ref", sqlite_where=sql("ref IS NOT NULL")),
    )
    row: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    code: str | None = Field(index=True)
    ref: str | None
    session: str | None
    procedure: str | None
    name: str
    number: str | None
    born: str | None
    received_at: str | None
    due: str | None
    come_back: str | None
    fee: int
    phi: int
    le_phi: int
    collected: int
    prints: int
    status: int
    conflicts: int
    supplements: int
    received_by: str | None
    ended_on: str | None


class DossierWordsRow(Laptop, table=True):
    """The search: all folded words of a dossier in one text, each behind a space; newest dossiers first."""

    __tablename__ = "dossier_words"
    newest: int = Field(primary_key=True)  # minus the dossier's row
    words: str


class WordRow(Laptop, table=True):
    """The search: a line for each word with a digit in it, newest dossiers first within a word.

    A few dozen dossiers come in at a time; the newest are found by `DossierWordsRow` alone.
    """

    __tablename__ = "word"
    __table_args__ = {"sqlite_with_rowid": False}
    word: str = Field(primary_key=True)
    newest: int = Field(primary_key=True)


class WordBitsRow(Laptop, table=True):
    """The search: for a block of dossiers, in which of them a word of letters stands; see `store.search`."""

    __tablename__ = "word_bits"
    __table_args__ = {"sqlite_with_rowid": False}
    block: int = Field(primary_key=True)  # minus the block's number, so that the newest come first
    word: str = Field(primary_key=True)
    bits: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class VocabularyRow(Laptop, table=True):
    """The search: every word of letters once, for those that were misspelt."""

    __tablename__ = "vocabulary"
    __table_args__ = {"sqlite_with_rowid": False}
    word: str = Field(primary_key=True)


class SessionRow(Laptop, table=True):
    """One row a hamlet session: written by the fold only."""

    __tablename__ = "session"
    id: str = Field(primary_key=True)
    hamlet: str
    kind: str
    day: str
    opened_at: str
    closed_at: str | None
    here: bool = Field(index=True)  # whether this laptop's part is open
    cash: int | None
    joined_to: str | None = None  # the session that this one counts with


class ResultRow(Laptop, table=True):
    """One row a result that is or was on its way to somebody: written by the fold only.

    ``place`` is that of `dossier.results.ResultState`; ``mine``: this laptop has it, or ended it.
    ``sort`` puts hamlets and, in each, people in the office's order.
    """

    __tablename__ = "result"
    id: str = Field(primary_key=True)  # of the dossier
    code: str = Field(index=True)
    name: str
    sort: str
    procedure: str
    paper: str
    number: str
    hamlet: str
    session: str | None = Field(index=True)
    to_pay: int
    in_person: bool
    by_post: bool
    place: str
    mine: bool
    since: str
    officer: str
    receiver: str | None
    reason: str | None
    onward: str | None  # what becomes of one that was brought back
    endings: int


class FigureRow(Laptop, table=True):
    """What is counted of a subject for a session beside dossiers: written by the fold only.

    ``kind`` is ``service`` (``amount``: đồng saved), ``rating`` (``amount``: of them asked by the officer),
    ``incident``, ``result``, or ``money`` (``name``: the session; ``amount``: đồng taken there); else
    ``name`` says which.
    """

    __tablename__ = "figure"
    __table_args__ = {"sqlite_with_rowid": False}
    subject: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    session: str | None = Field(index=True)
    quantity: int
    amount: int


class NumberRow(Laptop, table=True):
    """Serials used; an origin's serial of a day is used once."""

    __tablename__ = "number"
    __table_args__ = {"sqlite_with_rowid": False}
    origin: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    serial: int = Field(primary_key=True)
    dossier: str


class RangeRow(Laptop, table=True):
    """Ranges of serials that an origin may use on every day."""

    __tablename__ = "number_range"
    origin: str = Field(primary_key=True)
    first: int = Field(primary_key=True)
    last: int
    withdrawn: bool = False


class DraftRow(Laptop, table=True):
    """Unfinished forms, every field as typed."""

    __tablename__ = "draft"
    id: str = Field(primary_key=True)
    officer: str
    saved_at: str
    fields: str


class CardRow(Laptop, table=True):
    """Values from the centre: hamlets, planned sessions, catalogue, corrections of clocks."""

    __tablename__ = "card"
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: str


class FileRow(Laptop, table=True):
    """A dossier's file that lies here, encrypted under a random name (``stored``); see `store.files`.

    ``at_centre`` is the centre's time in the signed answer that says it has the file, ``refused`` why it does
    not take it, ``withdrawn`` whether it was taken off before it was sent. ``source`` is the SHA-256 of what
    was captured, before a picture was shrunk, ``scan`` what it was in the watched folder.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index("file_waits", "sha256", sqlite_where=sql("at_centre IS NULL AND NOT withdrawn")),
        {"sqlite_with_rowid": False},
    )
    dossier: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    stored: str = Field(unique=True)
    size: int
    source: str
    scan: str | None = Field(default=None, index=True)
    at_centre: str | None = None
    refused: str | None = None
    withdrawn: bool = False


class DraftFileRow(Laptop, table=True):
    """A file of an unfinished form, encrypted like a dossier's under the draft's own key; see `store.drafts`.

    ``place`` is the order in which they were attached; ``name``, ``type``, ``pages`` and ``paper`` are what
    the fact will say once the form is a dossier.
    """

    __tablename__ = "draft_file"
    __table_args__ = {"sqlite_with_rowid": False}
    draft: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    place: int
    stored: str = Field(unique=True)
    size: int
    source: str
    scan: str | None = Field(default=None, index=True)
    name: str
    type: str
    pages: int
    paper: str | None


class FileKeyRow(Laptop, table=True):
    """The key of a dossier's or draft's files: without it they are noise, on every copy of the disk too."""

    __tablename__ = "file_key"
    dossier: str = Field(primary_key=True)
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PrintRow(Laptop, table=True):
    """Print jobs: written before anything goes to paper."""

    __tablename__ = "print_job"
    id: str = Field(primary_key=True)
    dossier: str = Field(index=True)
    asked_at: str
    reprint: int
    paper: str
    state: str  # waiting, sent, printed, failed
    reason: str | None = None
