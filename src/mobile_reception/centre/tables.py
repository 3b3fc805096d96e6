"""The centre's tables. What arrived is the truth; dossiers and sessions are made from it by the fold.

Every table but ``meta`` belongs to a unit from the first on. They have a metadata of their own, apart from
the laptop's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

SCHEMA = 3
"""Which tables a database has; a higher number belongs to a newer program, a lower one is brought up.

One for each release that went out with other tables than the one before: see `centre.migrations`."""


class Verbatim(TypeDecorator[str]):
    """A fact's line exactly as it came. PostgreSQL's texts hold no zero byte: there it is kept as bytes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Bytes at PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(LargeBinary() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """On the way in."""
        return value.encode() if value is not None and dialect.name == "postgresql" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """On the way out."""
        return bytes(value).decode() if isinstance(value, bytes | memoryview) else value


_WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""Counts, money and places: up to 2**53 - 1. SQLite's own row number is its kind INTEGER only."""


class Centre(SQLModel, registry=registry()):
    """The base of the centre's tables."""


class MetaRow(Centre, table=True):
    """Single values of the whole centre: epoch, keys, practice mark, clock."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class UnitRow(Centre, table=True):
    """A commune or ward; ``agency_id`` begins its dossiers' codes."""

    __tablename__ = "unit"
    unit: str = Field(primary_key=True)
    agency_id: str
    name: str
    superior: str
    position: int
    feed: int = Field(default=0, sa_column=Column(_WHOLE, nullable=False, default=0))  # last position given


class DeviceRow(Centre, table=True):
    """An enrolled laptop. ``sealed_recovery`` opens only with the recovery key, which is not here.

    ``readmitted_at``: a restored centre took it in again by its certificate.
    """

    __tablename__ = "device"
    device: str = Field(primary_key=True)
    unit: str = Field(index=True)
    name: str
    scope: str
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    certificate: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_recovery: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    state: str
    enrolled_at: str
    last_contact: str | None
    readmitted_at: str | None = None


class OriginRow(Centre, table=True):
    """A journal: a laptop's or, with no device, one epoch of the centre. ``folded`` follows ``head``.

    ``nth`` is the order in which a device's journals became known: 1 is the one that all its folders have.
    """

    __tablename__ = "origin"
    origin: str = Field(primary_key=True)
    unit: str
    device: str | None = Field(index=True)
    head: int = Field(sa_column=Column(_WHOLE, nullable=False))
    head_hash: str
    folded: int = Field(sa_column=Column(_WHOLE, nullable=False))
    offset_ms: int = Field(sa_column=Column(_WHOLE, nullable=False))
    announced_at: str
    nth: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default=text("1")))


class FactRow(Centre, table=True):
    """A fact as it arrived. ``state``: ``taken``, ``misfit`` (folded, changed nothing), ``held``, ``aside``.

    A held fact is no part of any fold until a person or a newer program admits it; ``reason`` says why. One
    that a person has set aside never is. Misfits and held facts wait for a person.
    """

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_place", "origin", "seq", unique=True),
        Index("fact_subject", "subject"),
        Index(
            "fact_held",
            "origin",
            sqlite_where=text("state IN ('held','misfit')"),
            postgresql_where=text("state IN ('held','misfit')"),
        ),
    )
    row: int | None = Field(default=None, sa_column=Column(_WHOLE, primary_key=True))
    unit: str
    origin: str
    seq: int = Field(sa_column=Column(_WHOLE, nullable=False))
    id: str | None
    subject: str | None
    kind: str
    header: str = Field(sa_column=Column(Verbatim, nullable=False))
    payload: str | None = Field(sa_column=Column(Verbatim))
    payload_hash: str
    hash: str
    received_at: str
    state: str
    reason: str | None


class HeldRow(Centre, table=True):
    """Well-signed bytes that have no place in a chain: the other side of a fork, a run that does not chain.

    ``digest`` is SHA-256 over the origin and ``body``; the same bytes again are the same row. ``state`` is
    ``held``, ``aside`` once a person has looked, or ``moved`` once the act ``fact`` stands in another journal
    of its laptop: then there is nothing to decide.
    """

    __tablename__ = "held"
    digest: str = Field(primary_key=True)
    unit: str
    device: str = Field(index=True)
    origin: str = Field(index=True)
    seq: int = Field(sa_column=Column(_WHOLE, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    reason: str
    received_at: str
    state: str = "held"
    fact: str | None = None


class DossierRow(Centre, table=True):
    """What a dossier's facts fold to, for counts and lists.

    ``origin`` is where it was received. One code on two dossiers is a question for a person (``clash``), and
    so is one ``person`` (number, or name and birth date) with one procedure on two laptops.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        Index("dossier_code", "unit", "code"),
        Index("dossier_person", "unit", "person", "procedure"),
        Index(
            "dossier_conflict",
            "origin",
            sqlite_where=text("conflicts > 0"),
            postgresql_where=text("conflicts > 0"),
        ),
    )
    unit: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    origin: str = Field(index=True)
    received: bool
    code: str | None
    session: str | None
    procedure: str | None
    person: str | None
    received_at: str | None
    due: str | None
    fee: int = Field(sa_column=Column(_WHOLE, nullable=False))
    collected: int = Field(sa_column=Column(_WHOLE, nullable=False))
    status: int
    conflicts: int
    clash: bool


class HamletSessionRow(Centre, table=True):
    """What a hamlet session's facts fold to; ``unjudged``: its reviews without the centre's word on them."""

    __tablename__ = "session"
    __table_args__ = (
        Index(
            "session_unjudged",
            "unit",
            sqlite_where=text("unjudged > 0"),
            postgresql_where=text("unjudged > 0"),
        ),
    )
    unit: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    opened: bool
    hamlet: str | None
    kind: str | None
    day: str | None
    opened_at: str | None
    closed_at: str | None
    joined_to: str | None
    cash: int | None = Field(sa_column=Column(_WHOLE))
    unjudged: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))


class ResultRow(Centre, table=True):
    """Where a result is, as its dossier's facts fold to (`dossier.results.ResultState`).

    ``card`` (JSON) is what laptops are given; ``session`` the planned session that it is packed for, None for
    the post. ``holder`` is the origin that has it with it or ended it, ``ending`` who got it and when.
    """

    __tablename__ = "result"
    __table_args__ = (Index("result_session", "unit", "session"),)
    unit: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    code: str
    session: str | None
    place: str
    holder: str | None
    since: str
    card: str
    ending: str | None
    endings: int


class FeedRow(Centre, table=True):
    """Where a subject stands in a feed: ``position`` moves to the end whenever the subject changes.

    ``audience`` is a device (what one of its folders may not know of its own subjects), or ``*`` for every
    subject of the unit.
    """

    __tablename__ = "feed"
    __table_args__ = (Index("feed_place", "unit", "audience", "position", unique=True),)
    unit: str = Field(primary_key=True)
    audience: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(_WHOLE, nullable=False))


class OfficerRow(Centre, table=True):
    """An officer of a unit. ``made_by`` is ``centre``, or ``enrolment`` until an administrator confirms.

    ``name`` is how people call the officer, empty where nobody has said it yet.
    """

    __tablename__ = "officer"
    unit: str = Field(primary_key=True)
    login: str = Field(primary_key=True)
    role: str
    active: bool
    made_by: str
    passphrase_hash: str
    name: str = Field(default="", sa_column=Column(String, nullable=False, server_default=text("''")))


class OfficerKeyRow(Centre, table=True):
    """An officer's signing key on one laptop."""

    __tablename__ = "officer_key"
    unit: str = Field(primary_key=True)
    login: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EnrolCodeRow(Centre, table=True):
    """A one-time code, as its hash. ``device`` is who used it."""

    __tablename__ = "enrol_code"
    code_hash: str = Field(primary_key=True)
    unit: str
    name: str
    scope: str
    expires_at: str
    device: str | None


class NumberRangeRow(Centre, table=True):
    """Serials that are one origin's own on every day, until withdrawn."""

    __tablename__ = "number_range"
    __table_args__ = (Index("range_place", "unit", "first", unique=True),)
    row: int | None = Field(default=None, sa_column=Column(_WHOLE, primary_key=True))
    unit: str
    origin: str = Field(index=True)
    first: int = Field(sa_column=Column(_WHOLE, nullable=False))
    last: int = Field(sa_column=Column(_WHOLE, nullable=False))
    withdrawn: bool


class CardRow(Centre, table=True):
    """A value that laptops are given: a ``hamlet``, a ``planned`` session, the ``catalogue``; JSON."""

    __tablename__ = "card"
    unit: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    body: str


class PlanRuleRow(Centre, table=True):
    """A recurrence of sessions (`dossier.plan.Rule`); its sessions are cards of the kind ``planned``."""

    __tablename__ = "plan_rule"
    unit: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    body: str


class PlanChangeRow(Centre, table=True):
    """What a person changed about one planned session; it holds however often the plan is made again."""

    __tablename__ = "plan_change"
    unit: str = Field(primary_key=True)
    session: str = Field(primary_key=True)
    body: str


class FileAnnouncedRow(Centre, table=True):
    """A file that a fact about a dossier (``subject``) has announced; ``withdrawn``: taken off again."""

    __tablename__ = "file_announced"
    __table_args__ = (Index("file_announced_name", "unit", "sha256"),)
    unit: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(_WHOLE, nullable=False))
    withdrawn: bool


class FileRow(Centre, table=True):
    """A file that is here, whole; ``device`` is who brought it."""

    __tablename__ = "file"
    unit: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(_WHOLE, nullable=False))
    device: str = Field(index=True)
    received_at: str


class UploadRow(Centre, table=True):
    """A file that is being brought in pieces; how much of it is here, its partial file says."""

    __tablename__ = "upload"
    id: str = Field(primary_key=True)
    unit: str
    device: str = Field(index=True)
    sha256: str
    size: int = Field(sa_column=Column(_WHOLE, nullable=False))
    expires_at: str
