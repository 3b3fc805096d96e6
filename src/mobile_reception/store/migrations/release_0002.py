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
    _files(op)


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
