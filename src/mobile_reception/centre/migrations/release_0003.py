"""After 0.2.0: officers have names at the centre, so that other laptops can show them."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, String
from sqlalchemy import text as sql


def upgrade(op: Operations) -> None:
    """Nobody has said them yet: a laptop does when it registers a key, else an administrator."""
    op.add_column("officer", Column("name", String(), nullable=False, server_default=sql("''")))
