"""Who a centre is: its keys, its epoch, its practice mark. Made once, read at every start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.engine import Connection

from mobile_reception.centre.database import Damaged, reading, writing
from mobile_reception.centre.tables import Centre
from mobile_reception.dossier.facts import GENESIS

_META = Centre.metadata.tables["meta"]
_UNIT = Centre.metadata.tables["unit"]
_ORIGIN = Centre.metadata.tables["origin"]
_TLS: Final = "tls_keys"
_FILES: Final = "files"  # of the meta row that says where they lie


@dataclass(frozen=True, slots=True)
class Unit:
    """A commune or ward of this centre. ``agency_id`` begins the codes of its dossiers."""

    code: str
    agency_id: str
    name: str
    superior: str

    def document(self) -> dict[str, str]:
        """As it travels."""
        return {
            "code": self.code,
            "agency_id": self.agency_id,
            "name": self.name,
            "superior": self.superior,
        }


@dataclass(frozen=True, slots=True)
class Identity:
    """The centre's own, the same through every restore (its epoch is not: see `own.head`).

    ``recovery_key`` is public (X25519, raw); its private half exists in the file for the safe only.
    """

    key: Ed25519PrivateKey
    recovery_key: bytes
    practice: bool

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 key that laptops pin."""
        return self.key.public_key().public_bytes_raw()

    @property
    def box(self) -> X25519PrivateKey:
        """What bundles are sealed to; made from the signing key, so that a restored centre has it as well."""
        seed = HKDF(SHA256(), 32, None, b"mobile-reception box 1").derive(self.key.private_bytes_raw())
        return X25519PrivateKey.from_private_bytes(seed)

    @property
    def box_key(self) -> bytes:
        """The public half of `box`, raw."""
        return self.box.public_key().public_bytes_raw()


def found(engine: Engine, unit: Unit, *, practice: bool, now: datetime) -> bytes:
    """Give a new database its identity and first unit; the recovery key (PEM) for the file in the safe."""
    recovery = X25519PrivateKey.generate()
    epoch = str(uuid4())
    meta = {
        "epoch": epoch,
        "key": Ed25519PrivateKey.generate().private_bytes_raw().hex(),
        "recovery_key": recovery.public_key().public_bytes_raw().hex(),
        "practice": str(int(practice)),
        "clock": "0",
        "made_at": now.isoformat(timespec="seconds"),
    }
    with writing(engine) as db:
        db.execute(insert(_META), [{"key": key, "value": value} for key, value in meta.items()])
        add_unit(db, unit)
        add_epoch(db, epoch, unit.code, now)
    return recovery.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def add_epoch(db: Connection, epoch: str, unit: str, now: datetime) -> None:
    """An empty journal of the centre's own."""
    db.execute(
        insert(_ORIGIN).values(
            origin=epoch,
            unit=unit,
            device=None,
            head=0,
            head_hash=GENESIS,
            folded=0,
            offset_ms=0,
            announced_at=now.isoformat(timespec="seconds"),
        )
    )


def identify(engine: Engine) -> Identity:
    """Read who this centre is; raises Damaged if the file does not say."""
    with reading(engine) as db:
        meta = {row.key: row.value for row in db.execute(select(_META))}
    try:
        return Identity(
            key=Ed25519PrivateKey.from_private_bytes(bytes.fromhex(meta["key"])),
            recovery_key=bytes.fromhex(meta["recovery_key"]),
            practice=meta["practice"] == "1",
        )
    except (KeyError, ValueError) as error:
        raise Damaged("the centre's identity is missing") from error


def add_unit(db: Connection, unit: Unit) -> None:
    """One more unit; the caller has seen to it that its code is new."""
    position = len(units(db))
    db.execute(
        insert(_UNIT).values(
            unit=unit.code,
            agency_id=unit.agency_id,
            name=unit.name,
            superior=unit.superior,
            position=position,
        )
    )


def units(db: Connection) -> list[Unit]:
    """All units, the first one first."""
    rows = db.execute(select(_UNIT).order_by(_UNIT.c.position))
    return [Unit(row.unit, row.agency_id, row.name, row.superior) for row in rows]


def files_folder(engine: Engine) -> Path | None:
    """Where the files of dossiers were said to lie; None while nobody has said it."""
    with reading(engine) as db:
        kept = db.execute(select(_META.c.value).where(_META.c.key == _FILES)).scalar()
    return None if kept is None else Path(kept)


def tls_keys(db: Connection) -> list[str]:
    """The keys of this centre's TLS, of today and to come, as `protocol.tls_key` names them."""
    kept = db.execute(select(_META.c.value).where(_META.c.key == _TLS)).scalar()
    return [] if kept is None else kept.split()


def keep_tls_keys(engine: Engine, keys: Sequence[str]) -> None:
    """Remember them; laptops are told with their cards."""
    with writing(engine) as db:
        if tls_keys(db) != list(keys):
            db.execute(delete(_META).where(_META.c.key == _TLS))
            db.execute(insert(_META).values(key=_TLS, value=" ".join(keys)))


def keep_files_folder(engine: Engine, folder: Path) -> None:
    """Remember where the files of dossiers lie."""
    with writing(engine) as db:
        db.execute(delete(_META).where(_META.c.key == _FILES))
        db.execute(insert(_META).values(key=_FILES, value=str(folder)))
