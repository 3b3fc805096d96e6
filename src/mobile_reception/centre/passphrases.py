"""Officers' passphrases at the centre: Argon2id, the same work whether the login is known or not."""

from __future__ import annotations

import os
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB: Final = 64 * 1024
_PASSES: Final = 3
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def protect(passphrase: str) -> str:
    """What is kept of a passphrase: a PHC string."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(_bytes(passphrase))


def holds(kept: str | None, passphrase: str) -> bool:
    """Whether this passphrase was protected as ``kept``; None, for an unknown login, takes as long."""
    try:
        Argon2id.verify_phc_encoded(_bytes(passphrase), kept or _NOBODY)
    except (InvalidKey, ValueError):
        return False
    return kept is not None


def _bytes(passphrase: str) -> bytes:
    return unicodedata.normalize("NFC", passphrase).encode()
