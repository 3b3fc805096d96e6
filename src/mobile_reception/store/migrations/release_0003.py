"""After 0.2.0: forms have files, and what became of results at each session is counted too."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, UniqueConstraint


def upgrade(op: Operations) -> None:
    """Make the table of the files of forms. The figures an upgrade reads anew from the facts."""
    op.create_table(
        "draft_file",
        Column("draft", String(), nullable=False),
        Column("sha256", String(), nullable=False),
        Column("place", Integer(), nullable=False),
        Column("stored", String(), nullable=False),
        Column("size", Integer(), nullable=False),
        Column("source", String(), nullable=False),
        Column("scan", String(), nullable=True),
        Column("name", String(), nullable=False),
        Column("type", String(), nullable=False),
        Column("pages", Integer(), nullable=False),
        Column("paper", String(), nullable=True),
        PrimaryKeyConstraint("draft", "sha256"),
        UniqueConstraint("stored"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_draft_file_scan", "draft_file", ["scan"])
