"""Officers' passphrases at the centre: Argon2id, 64 MiB, three passes."""

from __future__ import annotations

import os
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB: Final = 64 * 1024
_PASSES: Final = 3


def protect(passphrase: str) -> str:
    """What is kept of a passphrase: a PHC string."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(_bytes(passphrase))


def holds(kept: str, passphrase: str) -> bool:
    """Whether this passphrase was protected as ``kept``."""
    try:
        Argon2id.verify_phc_encoded(_bytes(passphrase), kept)
    except (InvalidKey, ValueError):
        return False
    return True


def _bytes(passphrase: str) -> bytes:
    return unicodedata.normalize("NFC", passphrase).encode()
