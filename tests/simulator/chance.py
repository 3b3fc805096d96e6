"""One seed behind every random byte: the simulator's own draws and what the product asks the system for."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@contextmanager
def seeded(seed: object) -> Iterator[None]:
    """Within the block ``os.urandom``, ``secrets``, ``uuid4``, new keys and ``random`` follow ``seed``."""
    source = random.Random(f"bytes of {seed}")
    before = random.getstate()

    def fresh_key() -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(source.randbytes(32))

    random.seed(f"global {seed}")
    try:
        with (
            mock.patch.object(os, "urandom", source.randbytes),
            mock.patch.object(random, "_urandom", source.randbytes),
            mock.patch.object(Ed25519PrivateKey, "generate", fresh_key),
        ):
            yield
    finally:
        random.setstate(before)
