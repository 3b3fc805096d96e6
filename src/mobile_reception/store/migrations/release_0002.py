"""Release 0.2.0: what is other than in 0.1.0."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Boolean, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy import text as sql


def upgrade(op: Operations) -> None:
    """Bring tables of 0.1.0 up. What the fold writes gets its values afterwards, from the facts."""
    op.add_column("dossier", Column("supplements", Integer(), nullable=False, server_default="0"))
    op.add_column("dossier", Column("received_by", String(), nullable=True))
    op.add_column("dossier", Column("ended_on", String(), nullable=True))
    op.add_column("session", Column("joined_to", String(), nullable=True))
    op.create_table(
        "vocabulary",
        Column("word", String(), nullable=False),
        PrimaryKeyConstraint("word"),
        sqlite_with_rowid=False,
    )
    op.execute(sql("INSERT INTO vocabulary (word) SELECT DISTINCT word FROM word_bits"))
    _restored(op)
    _results(op)
    _files(op)


def _restored(op: Operations) -> None:
    op.create_table(
        "centre_fact",
        Column("origin", String(), nullable=False),
        Column("seq", Integer(), nullable=False),
        Column("proof", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("origin", "seq"),
        sqlite_with_rowid=False,
    )


def _results(op: Operations) -> None:
    op.create_table(
        "result",
        Column("id", String(), nullable=False),
        Column("code", String(), nullable=False),
        Column("name", String(), nullable=False),
        Column("sort", String(), nullable=False),
        Column("procedure", String(), nullable=False),
        Column("paper", String(), nullable=False),
        Column("number", String(), nullable=False),
        Column("hamlet", String(), nullable=False),
        Column("session", String(), nullable=True),
        Column("to_pay", Integer(), nullable=False),
        Column("in_person", Boolean(), nullable=False),
        Column("by_post", Boolean(), nullable=False),
        Column("place", String(), nullable=False),
        Column("mine", Boolean(), nullable=False),
        Column("since", String(), nullable=False),
        Column("officer", String(), nullable=False),
        Column("receiver", String(), nullable=True),
        Column("reason", String(), nullable=True),
        Column("onward", String(), nullable=True),
        Column("endings", Integer(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_result_code", "result", ["code"])
    op.create_index("ix_result_session", "result", ["session"])


def _files(op: Operations) -> None:
    op.create_table(
        "file",
        Column("dossier", String(), nullable=False),
        Column("sha256", String(), nullable=False),
        Column("stored", String(), nullable=False),
        Column("size", Integer(), nullable=False),
        Column("source", String(), nullable=False),
        Column("scan", String(), nullable=True),
        Column("at_centre", String(), nullable=True),
        Column("refused", String(), nullable=True),
        Column("withdrawn", Boolean(), nullable=False),
        PrimaryKeyConstraint("dossier", "sha256"),
        UniqueConstraint("stored"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_file_scan", "file", ["scan"])
    waiting = sql("at_centre IS NULL AND NOT withdrawn")
    op.create_index("file_waits", "file", ["sha256"], sqlite_where=waiting)
    op.create_table(
        "file_key",
        Column("dossier", String(), nullable=False),
        Column("key", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("dossier"),
    )
