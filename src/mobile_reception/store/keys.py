"""Key slots: who can unwrap the data key of this folder.

The data key (32 random bytes) is never written unwrapped. Each officer has a slot sealed under the
passphrase (Argon2id, 64 MiB, at least 3 passes, AES-256-GCM) that also holds the officer's own Ed25519
key; one more slot opens with a random 25-digit recovery code. Where the operating system keeps secrets, a
pepper from there is mixed in, and a copied folder opens by the recovery code only.

The slots lie beside the database in two copies, each with its own checksum.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from mobile_reception.store.durable import whole_file
from mobile_reception.store.errors import AlreadyMade, CannotWrite, Damaged, Denied, NoFolder, TooNew

FORMAT = 1
"""The version of the folder's files; a higher one is refused untouched."""

COPIES = ("keys.json", "keys.twin.json")
"""The two files of a folder's slots."""

_MEMORY_KIB = 64 * 1024
_PASSES = 3
_HALF_A_SECOND = 0.5
_SERVICE = "mobile-reception"
_SEALED = b"mobile-reception recovery 1"
MINIMUM = 12
"""Characters of a passphrase where no keyring adds a pepper."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to the data key. ``kind`` is ``officer`` or ``recovery``; bytes are in hexadecimal."""

    kind: str
    login: str
    name: str
    role: str
    salt: str
    passes: int
    peppered: bool
    nonce: str
    sealed: str
    public_key: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of one folder."""

    database: str
    device: str
    practice: bool
    slots: tuple[Slot, ...] = ()
    format: int = FORMAT

    @property
    def logins(self) -> tuple[str, ...]:
        """Who may sign in here."""
        return tuple(slot.login for slot in self.slots if slot.kind == "officer" and slot.enabled)

    def slot(self, login: str) -> Slot | None:
        """The slot of an officer who may sign in."""
        return next((s for s in self.slots if s.kind == "officer" and s.login == login and s.enabled), None)


@dataclass(frozen=True, slots=True)
class Opened:
    """An unwrapped data key, and the officer's own Ed25519 private key (raw; empty for a recovery)."""

    data_key: bytes = field(repr=False)
    officer_key: bytes = field(repr=False, default=b"")


def read(folder: Path) -> Slots:
    """The slots of ``folder``, from whichever copy is whole.

    Raises NoFolder, TooNew or Damaged.
    """
    found = False
    for name in COPIES:
        try:
            text = (folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            found = True
            continue
        found = True
        slots = _parse(text)
        if slots is not None:
            return slots
    if found:
        raise Damaged("keys")
    raise NoFolder(str(folder))


def _parse(text: str) -> Slots | None:
    body, _, check = text.rstrip("\n").rpartition("\n")
    if hashlib.sha256(body.encode()).hexdigest() != check:
        return None
    values = json.loads(body)
    if values.get("format", 0) > FORMAT:
        raise TooNew("keys")
    values["slots"] = tuple(Slot(**slot) for slot in values["slots"])
    return Slots(**values)


def write(folder: Path, slots: Slots) -> None:
    """Replace both copies, each synced before it is named. Raises CannotWrite."""
    for name in COPIES:
        write_one(folder / name, slots)


def write_one(path: Path, slots: Slots) -> None:
    """One copy of ``slots``, synced before it is named. Raises CannotWrite."""
    with whole_file(path) as stream:
        stream.write(written(slots))


def written(slots: Slots) -> bytes:
    """The bytes of a copy of ``slots``, with its checksum."""
    body = json.dumps(asdict(slots), indent=1, ensure_ascii=False)
    return f"{body}\n{hashlib.sha256(body.encode()).hexdigest()}\n".encode()


def parsed(text: str) -> Slots:
    """Slots from the text of a copy. Raises Damaged, TooNew."""
    slots = _parse(text)
    if slots is None:
        raise Damaged("keys")
    return slots


def forget(folder: Path) -> None:
    """Take back the copies of a folder whose making failed: it can then be made again."""
    for name in COPIES:
        (folder / name).unlink(missing_ok=True)


def create(folder: Path, *, database: str, device: str, practice: bool) -> tuple[Slots, bytes, str]:
    """Fresh slots for a new folder: the slots (unwritten, recovery only), the data key, the recovery code.

    The code is 25 digits and is known to nobody else. Raises AlreadyMade.
    """
    if any((folder / name).exists() for name in COPIES):
        raise AlreadyMade(str(folder))
    data_key = secrets.token_bytes(32)
    code = _fresh_code()
    slots = Slots(database, device, practice)
    recovery = Slot("recovery", "", "", "", _fresh_salt(), _PASSES, False, "", "")
    sealed = _seal(slots, recovery, code, data_key)
    return replace(slots, slots=(sealed,)), data_key, code


def add_officer(
    slots: Slots, data_key: bytes, *, login: str, name: str, role: str, passphrase: str
) -> tuple[Slots, bytes]:
    """``slots`` with one more officer's (or that officer's renewed) slot, and the officer's private key, raw.

    The caller has signed in or holds the recovery code: that is how the data key came here.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    peppered = not slots.practice and _pepper(slots.database, make=True) is not None
    passes = _PASSES if slots.practice else _calibrated()
    slot = Slot(
        kind="officer",
        login=login,
        name=name,
        role=role,
        salt=_fresh_salt(),
        passes=passes,
        peppered=peppered,
        nonce="",
        sealed="",
        public_key=key.public_key().public_bytes_raw().hex(),
    )
    sealed = _seal(slots, slot, passphrase, data_key + key.private_bytes_raw())
    others = tuple(s for s in slots.slots if not (s.kind == "officer" and s.login == login))
    return replace(slots, slots=(*others, sealed)), key.private_bytes_raw()


def with_passphrase(slots: Slots, opened: Opened, *, login: str, passphrase: str) -> Slots:
    """``slots`` in which ``login``'s opens by another passphrase; the officer's own key stays what it was.

    ``opened`` is what the former passphrase opened.
    """
    old = slots.slot(login)
    if old is None:
        raise Denied(login)
    peppered = not slots.practice and _pepper(slots.database, make=True) is not None
    passes = _PASSES if slots.practice else _calibrated()
    fresh = replace(old, salt=_fresh_salt(), passes=passes, peppered=peppered)
    sealed = _seal(slots, fresh, passphrase, opened.data_key + opened.officer_key)
    return replace(slots, slots=tuple(sealed if slot is old else slot for slot in slots.slots))


def unlock(slots: Slots, login: str, passphrase: str) -> Opened:
    """The data key by an officer's passphrase. Raises Denied, as slowly for a login that does not exist."""
    slot = slots.slot(login)
    if slot is None:
        passes = max((each.passes for each in slots.slots if each.kind == "officer"), default=_PASSES)
        _derive(passphrase, bytes(16), passes, None)
        raise Denied(login)
    return _open(slots, slot, passphrase)


def recover(slots: Slots, code: str) -> Opened:
    """The data key by the recovery code (blanks and dashes in it do not count). Raises Denied."""
    slot = next((s for s in slots.slots if s.kind == "recovery"), None)
    digits = "".join(c for c in code if c.isdigit())
    if slot is None:
        raise Denied("recovery")
    return _open(slots, slot, digits)


def strong_enough(passphrase: str, *, practice: bool) -> bool:
    """Whether a new passphrase may be taken: a PIN only beside a keyring, any text on practice data."""
    length = len(unicodedata.normalize("NFC", passphrase))
    if practice:
        return length > 0
    return length >= (6 if keyring_here() else MINIMUM)


def subkey(data_key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (``db``, ``sidecar``), by HKDF-SHA256 from the data key."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, None, f"mobile-reception {purpose}".encode()).derive(data_key)


def keyring_here() -> bool:
    """Whether the operating system keeps secrets for us on this machine, and lets us at them now."""
    import keyring
    from keyring.backends import fail, null
    from keyring.errors import KeyringError

    if isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring):
        return False
    try:
        keyring.get_password(_SERVICE, "")
    except KeyringError:
        return False  # locked or absent: the passphrase alone must then be long
    return True


def _pepper(database: str, *, make: bool) -> bytes | None:
    import keyring
    from keyring.errors import KeyringError

    if not keyring_here():
        return None
    kept = keyring.get_password(_SERVICE, database)
    if kept is None and make:
        kept = secrets.token_hex(32)
        try:
            keyring.set_password(_SERVICE, database, kept)
        except KeyringError as error:
            raise CannotWrite("keyring") from error
    return bytes.fromhex(kept) if kept else None


def _fresh_code() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(25))


def _fresh_salt() -> str:
    return secrets.token_hex(16)


def _calibrated() -> int:
    began = time.monotonic()
    _derive("calibration", bytes(16), _PASSES, None)
    each = (time.monotonic() - began) / _PASSES
    return max(_PASSES, min(64, int(_HALF_A_SECOND / each) + 1))


def _derive(secret: str, salt: bytes, passes: int, pepper: bytes | None) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    spoken = unicodedata.normalize("NFC", secret).encode("utf-8", "surrogatepass")
    stretched = Argon2id(salt=salt, length=32, iterations=passes, lanes=1, memory_cost=_MEMORY_KIB).derive(
        spoken
    )
    return HKDF(SHA256(), 32, pepper, b"mobile-reception slot").derive(stretched)


def _bound(slots: Slots, slot: Slot) -> bytes:
    return json.dumps([slots.database, slots.device, slot.kind, slot.login, slot.role]).encode()


def _key_of(slots: Slots, slot: Slot, secret: str) -> bytes:
    pepper = _pepper(slots.database, make=False) if slot.peppered else None
    return _derive(secret, bytes.fromhex(slot.salt), slot.passes, pepper)


def _seal(slots: Slots, slot: Slot, secret: str, content: bytes) -> Slot:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    sealed = AESGCM(_key_of(slots, slot, secret)).encrypt(nonce, content, _bound(slots, slot))
    return replace(slot, nonce=nonce.hex(), sealed=sealed.hex())


def _open(slots: Slots, slot: Slot, secret: str) -> Opened:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = _key_of(slots, slot, secret)
    try:
        content = AESGCM(key).decrypt(
            bytes.fromhex(slot.nonce), bytes.fromhex(slot.sealed), _bound(slots, slot)
        )
    except InvalidTag as error:
        raise Denied(slot.login) from error
    return Opened(content[:32], content[32:])


def seal_to(public_key: bytes, code: str) -> bytes:
    """A recovery code sealed (HPKE, RFC 9180) to the centre's offline X25519 key, raw 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    return suite.encrypt(code.encode(), X25519PublicKey.from_public_bytes(public_key), info=_SEALED)
