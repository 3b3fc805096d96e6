"""Passphrases stretched by the true Argon2id, each of them once in a run of the tests.

Half of what the tests computed was the same few passphrases under ever new salts. Here a salt is always the
same, the passes are the fewest allowed, recovery codes are a handful, and what came out is kept for every
process of the run. What is made so is real: a program that has not loaded this opens it. `test_keys` takes
`truly`, where salts, passes and codes are themselves the matter.
"""

from __future__ import annotations

import atexit
import hashlib
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mobile_reception.centre import passphrases
from mobile_reception.store import keys

_KEPT: Final = "MOBILE_RECEPTION_STRETCHED"
if _KEPT not in os.environ:
    os.environ[_KEPT] = tempfile.mkdtemp(prefix="stretched-")
    atexit.register(shutil.rmtree, os.environ[_KEPT], ignore_errors=True)
_folder: Final = Path(os.environ[_KEPT])
_known: Final[dict[str, bytes]] = {}
_TRUE: Final = {
    name: getattr(keys, name) for name in ("_derive", "_calibrated", "_fresh_salt", "_fresh_code")
}
_codes: Final = itertools.cycle(
    f"{number:025}" for number in (1234567890, 2718281828, 3141592653, 5772156649)
)


def _once(asked: object, stretch: Callable[[], bytes]) -> bytes:
    name = hashlib.sha256(repr(asked).encode()).hexdigest()
    if name not in _known:
        kept = _folder / name
        if not kept.exists() and _folder.exists():
            part = _folder / f"{name}.{os.getpid()}.{threading.get_ident()}"
            part.write_bytes(stretch())
            part.replace(kept)
        _known[name] = kept.read_bytes() if kept.exists() else stretch()
    return _known[name]


def _derive(secret: str, salt: bytes, passes: int, pepper: bytes | None) -> bytes:
    return _once(
        ("slot", secret, salt, passes, pepper), lambda: _TRUE["_derive"](secret, salt, passes, pepper)
    )


class _Remembering:
    """`Argon2id` as the centre uses it."""

    def __init__(self, **asked: Any) -> None:
        self._asked = asked

    def derive_phc_encoded(self, secret: bytes) -> str:
        return _once(
            ("kept", secret), lambda: Argon2id(**self._asked).derive_phc_encoded(secret).encode()
        ).decode()

    @staticmethod
    def verify_phc_encoded(secret: bytes, kept: str) -> None:
        def verdict() -> bytes:
            try:
                Argon2id.verify_phc_encoded(secret, kept)
            except InvalidKey:
                return b"no"
            return b"yes"

        if _once(("holds", secret, kept), verdict) == b"no":
            raise InvalidKey


_KNOWING: Final[dict[str, Any]] = {
    "_derive": _derive,
    "_calibrated": lambda: keys._PASSES,
    "_fresh_salt": lambda: "5a" * 16,
    "_fresh_code": lambda: next(_codes),
}
for _name, _own in _KNOWING.items():
    setattr(keys, _name, _own)
passphrases.Argon2id = _Remembering  # type: ignore[assignment,misc]


@contextmanager
def truly() -> Iterator[None]:
    """Salts, passes and codes as the product takes them, stretched anew each time."""
    with patch.multiple(keys, **_TRUE), patch.object(passphrases, "Argon2id", Argon2id):
        yield
