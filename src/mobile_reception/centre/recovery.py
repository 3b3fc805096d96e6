"""A forgotten passphrase, solved by telephone: the recovery code opened with the key from the safe."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import Engine, select

from mobile_reception.centre.database import reading
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Refused

_DEVICE = Centre.metadata.tables["device"]
_SEALED = b"mobile-reception recovery 1"  # as the laptop binds it, which shares no room with the centre


class Recovery:
    """The codes that laptops lodged at their enrolment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def code(self, device: str, pem: bytes) -> tuple[str, str]:
        """A laptop's name and its code in groups of five digits; ``pem`` is the private recovery key.

        By id or, if only one has it, by name. Raises Refused: ``unknown_device``, ``ambiguous``, ``no_key``
        (the file is none), ``other_key``, ``no_recovery`` (nothing was lodged).
        """
        with reading(self._engine) as db:
            either = (_DEVICE.c.device == device) | (_DEVICE.c.name == device)
            rows = db.execute(select(_DEVICE.c.name, _DEVICE.c.sealed_recovery).where(either)).all()
        if len(rows) != 1:
            raise Refused("ambiguous" if rows else "unknown_device")
        return rows[0].name, opened(rows[0].sealed_recovery, pem)


def opened(sealed: bytes | None, pem: bytes) -> str:
    """What was sealed, in groups of five digits. Raises Refused as `Recovery.code` does."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise Refused("no_key") from error
    if not isinstance(key, X25519PrivateKey):
        raise Refused("no_key")
    if not sealed:
        raise Refused("no_recovery")
    try:
        suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        code = suite.decrypt(sealed, key, info=_SEALED).decode("ascii")
    except (InvalidTag, ValueError) as error:
        raise Refused("other_key") from error
    return "-".join(code[place : place + 5] for place in range(0, len(code), 5))
