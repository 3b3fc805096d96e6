"""Release 0.1.0, as it went out. Frozen: what is here is what is on people's machines."""

from __future__ import annotations

from typing import Any

from alembic.operations import Operations
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, Text
from sqlalchemy import text as sql


def upgrade(op: Operations) -> None:
    """The tables of 0.1.0 in an empty database; for the tests, which go the whole way from here."""
    _people(op)
    _journal(op)
    _meaning(op)


def _people(op: Operations) -> None:
    op.create_table("meta", _text("key"), _text("value"), PrimaryKeyConstraint("key"))
    op.create_table(
        "unit",
        _text("unit"),
        _text("agency_id"),
        _text("name"),
        _text("superior"),
        _whole("position"),
        _big("feed"),
        PrimaryKeyConstraint("unit"),
    )
    op.create_table(
        "device",
        _text("device"),
        _text("unit"),
        _text("name"),
        _text("scope"),
        _data("public_key"),
        _data("certificate"),
        _data("sealed_recovery", nullable=True),
        _text("state"),
        _text("enrolled_at"),
        _text("last_contact", nullable=True),
        PrimaryKeyConstraint("device"),
    )
    op.create_index("ix_device_unit", "device", ["unit"])
    op.create_table(
        "officer",
        _text("unit"),
        _text("login"),
        _text("role"),
        _flag("active"),
        _text("made_by"),
        _text("passphrase_hash"),
        PrimaryKeyConstraint("unit", "login"),
    )
    op.create_table(
        "officer_key",
        _text("unit"),
        _text("login"),
        _text("device"),
        _data("public_key"),
        PrimaryKeyConstraint("unit", "login", "device"),
    )
    op.create_table(
        "enrol_code",
        _text("code_hash"),
        _text("unit"),
        _text("name"),
        _text("scope"),
        _text("expires_at"),
        _text("device", nullable=True),
        PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "number_range",
        _big("row"),
        _text("unit"),
        _text("origin"),
        _big("first"),
        _big("last"),
        _flag("withdrawn"),
        PrimaryKeyConstraint("row"),
    )
    op.create_index("ix_number_range_origin", "number_range", ["origin"])
    op.create_index("range_place", "number_range", ["unit", "first"], unique=True)
    op.create_table(
        "card",
        _text("unit"),
        _text("kind"),
        _text("name"),
        _text("body"),
        PrimaryKeyConstraint("unit", "kind", "name"),
    )


def _journal(op: Operations) -> None:
    op.create_table(
        "origin",
        _text("origin"),
        _text("unit"),
        _text("device", nullable=True),
        _big("head"),
        _text("head_hash"),
        _big("folded"),
        _big("offset_ms"),
        _text("announced_at"),
        PrimaryKeyConstraint("origin"),
    )
    op.create_index("ix_origin_device", "origin", ["device"])
    op.create_table(
        "fact",
        _big("row"),
        _text("unit"),
        _text("origin"),
        _big("seq"),
        _text("id", nullable=True),
        _text("subject", nullable=True),
        _text("kind"),
        _verbatim("header"),
        _verbatim("payload", nullable=True),
        _text("payload_hash"),
        _text("hash"),
        _text("received_at"),
        _text("state"),
        _text("reason", nullable=True),
        PrimaryKeyConstraint("row"),
    )
    op.create_index(
        "fact_held",
        "fact",
        ["origin"],
        sqlite_where=sql("state IN ('held','misfit')"),
        postgresql_where=sql("state IN ('held','misfit')"),
    )
    op.create_index("fact_place", "fact", ["origin", "seq"], unique=True)
    op.create_index("fact_subject", "fact", ["subject"])
    op.create_table(
        "held",
        _text("digest"),
        _text("unit"),
        _text("device"),
        _text("origin"),
        _big("seq"),
        _data("body"),
        _text("reason"),
        _text("received_at"),
        _text("state"),
        PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_held_origin", "held", ["origin"])


def _meaning(op: Operations) -> None:
    op.create_table(
        "dossier",
        _text("unit"),
        _text("subject"),
        _text("origin"),
        _flag("received"),
        _text("code", nullable=True),
        _text("session", nullable=True),
        _text("procedure", nullable=True),
        _text("person", nullable=True),
        _text("received_at", nullable=True),
        _text("due", nullable=True),
        _big("fee"),
        _big("collected"),
        _whole("status"),
        _whole("conflicts"),
        _flag("clash"),
        PrimaryKeyConstraint("unit", "subject"),
    )
    op.create_index("dossier_code", "dossier", ["unit", "code"])
    op.create_index(
        "dossier_conflict",
        "dossier",
        ["origin"],
        sqlite_where=sql("conflicts > 0"),
        postgresql_where=sql("conflicts > 0"),
    )
    op.create_index("dossier_person", "dossier", ["unit", "person", "procedure"])
    op.create_index("ix_dossier_origin", "dossier", ["origin"])
    op.create_table(
        "session",
        _text("unit"),
        _text("subject"),
        _flag("opened"),
        _text("hamlet", nullable=True),
        _text("kind", nullable=True),
        _text("day", nullable=True),
        _text("opened_at", nullable=True),
        _text("closed_at", nullable=True),
        _text("joined_to", nullable=True),
        _big("cash", nullable=True),
        PrimaryKeyConstraint("unit", "subject"),
    )
    op.create_table(
        "feed",
        _text("unit"),
        _text("audience"),
        _text("subject"),
        _big("position"),
        PrimaryKeyConstraint("unit", "audience", "subject"),
    )
    op.create_index("feed_place", "feed", ["unit", "audience", "position"], unique=True)


def _text(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, String(), nullable=nullable)


def _verbatim(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Text().with_variant(LargeBinary(), "postgresql"), nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Integer(), nullable=nullable)


def _big(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger().with_variant(Integer(), "sqlite"), nullable=nullable)


def _flag(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Boolean(), nullable=nullable)


def _data(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary(), nullable=nullable)
