"""Release 0.2.0: what is other than in 0.1.0."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String
from sqlalchemy import text as sql


def upgrade(op: Operations) -> None:
    """Bring tables of 0.1.0 up. What the fold writes gets its values afterwards, from the facts."""
    _journals(op)
    op.add_column("session", Column("unjudged", Integer(), nullable=False, server_default=sql("0")))
    waiting = sql("unjudged > 0")
    op.create_index("session_unjudged", "session", ["unit"], sqlite_where=waiting, postgresql_where=waiting)
    for table, name in (("plan_rule", "rule"), ("plan_change", "session")):
        op.create_table(
            table,
            Column("unit", String(), nullable=False),
            Column(name, String(), nullable=False),
            Column("body", String(), nullable=False),
            PrimaryKeyConstraint("unit", name),
        )
    op.create_table(
        "result",
        Column("unit", String(), nullable=False),
        Column("subject", String(), nullable=False),
        Column("code", String(), nullable=False),
        Column("session", String(), nullable=True),
        Column("place", String(), nullable=False),
        Column("holder", String(), nullable=True),
        Column("since", String(), nullable=False),
        Column("card", String(), nullable=False),
        Column("ending", String(), nullable=True),
        Column("endings", Integer(), nullable=False),
        PrimaryKeyConstraint("unit", "subject"),
    )
    op.create_index("result_session", "result", ["unit", "session"])


def _journals(op: Operations) -> None:
    """Copied folders and restored centres."""
    op.add_column("device", Column("readmitted_at", String(), nullable=True))
    op.add_column("held", Column("fact", String(), nullable=True))
    op.create_index("ix_held_device", "held", ["device"])
    op.add_column("origin", Column("nth", Integer(), nullable=False, server_default=sql("1")))
    op.execute(
        "UPDATE origin SET nth = (SELECT count(*) FROM origin AS known WHERE known.device = origin.device "
        "AND (known.announced_at, known.origin) <= (origin.announced_at, origin.origin)) "
        "WHERE device IS NOT NULL"
    )
    _files(op)


def _files(op: Operations) -> None:
    op.create_table(
        "file_announced",
        Column("unit", String(), nullable=False),
        Column("subject", String(), nullable=False),
        Column("sha256", String(), nullable=False),
        _size(),
        Column("withdrawn", Boolean(), nullable=False),
        PrimaryKeyConstraint("unit", "subject", "sha256"),
    )
    op.create_index("file_announced_name", "file_announced", ["unit", "sha256"])
    op.create_table(
        "file",
        Column("unit", String(), nullable=False),
        Column("sha256", String(), nullable=False),
        _size(),
        Column("device", String(), nullable=False),
        Column("received_at", String(), nullable=False),
        PrimaryKeyConstraint("unit", "sha256"),
    )
    op.create_index("ix_file_device", "file", ["device"])
    op.create_table(
        "upload",
        Column("id", String(), nullable=False),
        Column("unit", String(), nullable=False),
        Column("device", String(), nullable=False),
        Column("sha256", String(), nullable=False),
        _size(),
        Column("expires_at", String(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_upload_device", "upload", ["device"])


def _size() -> Column[int]:
    return Column("size", BigInteger().with_variant(Integer(), "sqlite"), nullable=False)
