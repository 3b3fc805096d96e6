"""One seed behind every random byte: the simulator's own draws and what the product asks the system for."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives import hmac, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from mobile_reception.sync import bundle


@contextmanager
def seeded(seed: object) -> Iterator[None]:
    """Within the block every random byte follows ``seed``: the system's, new keys, seals, ``random``."""
    source = random.Random(f"bytes of {seed}")
    before = random.getstate()

    def new(kind: Any) -> Any:
        return lambda: kind.from_private_bytes(source.randbytes(32))

    random.seed(f"global {seed}")
    try:
        with (
            mock.patch.object(os, "urandom", source.randbytes),
            mock.patch.object(random, "_urandom", source.randbytes),
            mock.patch.object(Ed25519PrivateKey, "generate", new(Ed25519PrivateKey)),
            mock.patch.object(X25519PrivateKey, "generate", new(X25519PrivateKey)),
            mock.patch.object(hpke, "Suite", _Suite),
            mock.patch.object(bundle, "Suite", _Suite),
        ):
            yield
    finally:
        random.setstate(before)


class _Suite:
    """HPKE (RFC 9180, base mode) whose ephemeral keys follow the seed; letters are opened by the library's.

    The library draws those keys where no seed reaches.
    """

    _KEM = b"KEM\x00\x20"
    _HPKE = b"HPKE\x00\x20\x00\x01\x00\x02"

    def __init__(self, *names: Any) -> None:
        self._true = _TRUE(*names)

    def encrypt(self, plaintext: bytes, public_key: X25519PublicKey, info: bytes = b"") -> bytes:
        own = X25519PrivateKey.generate()
        sent = own.public_key().public_bytes_raw()
        shared = _extract(self._KEM, b"", b"eae_prk", own.exchange(public_key))
        about = sent + public_key.public_bytes_raw()
        shared = _expand(self._KEM, shared, b"shared_secret", about, 32)
        context = b"\x00" + _extract(self._HPKE, b"", b"psk_id_hash", b"")
        context += _extract(self._HPKE, b"", b"info_hash", info)
        secret = _extract(self._HPKE, shared, b"secret", b"")
        key = _expand(self._HPKE, secret, b"key", context, 32)
        nonce = _expand(self._HPKE, secret, b"base_nonce", context, 12)
        return sent + AESGCM(key).encrypt(nonce, plaintext, b"")

    def decrypt(self, ciphertext: bytes, private_key: X25519PrivateKey, info: bytes = b"") -> bytes:
        return bytes(self._true.decrypt(ciphertext, private_key, info=info))


_TRUE = hpke.Suite


def _extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    mac = hmac.HMAC(salt or bytes(32), SHA256())
    mac.update(b"HPKE-v1" + suite + label + secret)
    return mac.finalize()


def _expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    about = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, about).derive(secret)
