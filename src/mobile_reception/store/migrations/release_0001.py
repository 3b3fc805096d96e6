"""Release 0.1.0, as it went out. Frozen: what is here is what is on people's machines."""

from __future__ import annotations

from typing import Any

from alembic.operations import Operations
from sqlalchemy import Boolean, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy import text as sql


def upgrade(op: Operations) -> None:
    """The tables of 0.1.0 in an empty database; for the tests, which go the whole way from here."""
    _journal(op)
    _screens(op)
    _search(op)


def _journal(op: Operations) -> None:
    op.create_table("meta", _text("key"), _text("value"), PrimaryKeyConstraint("key"))
    op.create_table(
        "origin",
        _text("origin"),
        _flag("mine"),
        _flag("current"),
        _whole("head"),
        _text("head_hash"),
        _whole("stamp"),
        _whole("acknowledged"),
        _text("acknowledged_hash"),
        _whole("held"),
        _data("answer", nullable=True),
        _data("signature", nullable=True),
        PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "fact",
        _whole("row"),
        _text("origin"),
        _whole("seq"),
        _text("subject"),
        _text("kind"),
        _text("header"),
        _text("payload", nullable=True),
        _text("payload_hash"),
        _text("hash"),
        PrimaryKeyConstraint("row"),
    )
    op.create_index("fact_place", "fact", ["origin", "seq"], unique=True)
    op.create_index("fact_subject", "fact", ["subject"])
    op.create_table(
        "number",
        _text("origin"),
        _text("day"),
        _whole("serial"),
        _text("dossier"),
        PrimaryKeyConstraint("origin", "day", "serial"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "number_range",
        _text("origin"),
        _whole("first"),
        _whole("last"),
        _flag("withdrawn"),
        PrimaryKeyConstraint("origin", "first"),
    )


def _screens(op: Operations) -> None:
    op.create_table(
        "dossier",
        _whole("row"),
        _text("id"),
        _text("code", nullable=True),
        _text("ref", nullable=True),
        _text("session", nullable=True),
        _text("procedure", nullable=True),
        _text("name"),
        _text("number", nullable=True),
        _text("born", nullable=True),
        _text("received_at", nullable=True),
        _text("due", nullable=True),
        _text("come_back", nullable=True),
        _whole("fee"),
        _whole("phi"),
        _whole("le_phi"),
        _whole("collected"),
        _whole("prints"),
        _whole("status"),
        _whole("conflicts"),
        PrimaryKeyConstraint("row"),
        UniqueConstraint("id"),
    )
    op.create_index("dossier_ref", "dossier", ["ref"], sqlite_where=sql("ref IS NOT NULL"))
    op.create_index("dossier_session", "dossier", ["session"])
    op.create_index("ix_dossier_code", "dossier", ["code"])
    op.create_table(
        "session",
        _text("id"),
        _text("hamlet"),
        _text("kind"),
        _text("day"),
        _text("opened_at"),
        _text("closed_at", nullable=True),
        _flag("here"),
        _whole("cash", nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_session_here", "session", ["here"])
    op.create_table(
        "figure",
        _text("subject"),
        _text("kind"),
        _text("name"),
        _text("session", nullable=True),
        _whole("quantity"),
        _whole("amount"),
        PrimaryKeyConstraint("subject", "kind", "name"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_figure_session", "figure", ["session"])
    op.create_table("card", _text("kind"), _text("key"), _text("value"), PrimaryKeyConstraint("kind", "key"))
    op.create_table(
        "draft", _text("id"), _text("officer"), _text("saved_at"), _text("fields"), PrimaryKeyConstraint("id")
    )
    op.create_table(
        "print_job",
        _text("id"),
        _text("dossier"),
        _text("asked_at"),
        _whole("reprint"),
        _text("paper"),
        _text("state"),
        _text("reason", nullable=True),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_print_job_dossier", "print_job", ["dossier"])


def _search(op: Operations) -> None:
    op.create_table("dossier_words", _whole("newest"), _text("words"), PrimaryKeyConstraint("newest"))
    op.create_table(
        "word",
        _text("word"),
        _whole("newest"),
        PrimaryKeyConstraint("word", "newest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "word_bits",
        _whole("block"),
        _text("word"),
        _data("bits"),
        PrimaryKeyConstraint("block", "word"),
        sqlite_with_rowid=False,
    )


def _text(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, String(), nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Integer(), nullable=nullable)


def _flag(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Boolean(), nullable=nullable)


def _data(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary(), nullable=nullable)
