"""What the QR code of a receipt says: anybody with the centre's key can check the paper, without a network.

The text is ``MR1:`` and base45 (RFC 9285) of: the length of the body, the body, the device's Ed25519
signature over it, the device's certificate from the centre. It fits QR version 12 at level M. The body names
no person: of the name it keeps a hash of eight bytes, salted with the journal's head.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

Verdict = Literal["good", "unknown_laptop", "forged", "revoked", "unreadable"]

PREFIX: Final = "MR1:"
VERSION: Final = 1
_DOMAIN: Final = b"mobile-reception receipt 1\n"
_FIXED: Final = struct.Struct(">B4sIHIB8s8s")
"""Version, key id, issued, due, fee's low 32 bits, fee's high 8 bits, name's hash, journal's head."""
_FIRST_DAY: Final = date(2000, 1, 1)
_SIGNATURE: Final = 64
_LONGEST_NAME: Final = 40
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class ReceiptBody:
    """What is signed. ``issued`` counts to the second; ``fee`` is whole đồng below 2**40.

    ``key_id`` is `key_id` of the signing device, ``head`` the first eight bytes of the hash of the journal's
    last fact at the time of printing, ``name_hash`` `hashed_name` of the submitter.
    """

    key_id: bytes
    code: str
    issued: datetime
    due: date
    fee: int
    procedure: str
    name_hash: bytes
    head: bytes

    def names(self, full_name: str) -> bool:
        """Whether the receipt was made out to ``full_name`` (whatever the capitals and spaces)."""
        return self.name_hash == hashed_name(full_name, code=self.code, head=self.head)


@dataclass(frozen=True, slots=True)
class Checked:
    """``body`` is there for every verdict but ``unreadable``; only under ``good`` may it be believed.

    ``device`` is there once the centre's certificate is good (``good``, ``forged``, ``revoked``).
    """

    verdict: Verdict
    body: ReceiptBody | None = None
    device: str | None = None


def key_id(public_key: bytes) -> bytes:
    """The four bytes by which a body names the device's key."""
    return hashlib.sha256(public_key).digest()[:4]


def hashed_name(full_name: str, *, code: str, head: bytes) -> bytes:
    """Eight bytes that say nothing of the name to somebody who does not guess it."""
    plain = " ".join(unicodedata.normalize("NFC", full_name).casefold().split())
    return hashlib.sha256(b"\n".join((_DOMAIN, head, code.encode(), plain.encode()))).digest()[:8]


def body(
    *,
    public_key: bytes,
    code: str,
    issued: datetime,
    due: date,
    fee: int,
    procedure: str,
    full_name: str,
    head: bytes,
) -> ReceiptBody:
    """The body for a receipt; of ``head``, the hash of the journal's last fact, eight bytes are kept."""
    head = head[:8]
    name = hashed_name(full_name, code=code, head=head)
    whole = issued.astimezone(UTC).replace(microsecond=0)
    return ReceiptBody(key_id(public_key), code, whole, due, fee, procedure, name, head)


def sign(body: ReceiptBody, sign: Callable[[bytes], bytes], certificate: bytes) -> str:
    """The text of the QR code: ``body``, the device's raw Ed25519 signature of it, the device's certificate.

    Raises ValueError for a body that its fields do not hold.
    """
    packed = _pack(body)
    signature = sign(_DOMAIN + packed)
    if len(signature) != _SIGNATURE:
        raise ValueError("not an Ed25519 signature")
    return PREFIX + base45(bytes([len(packed)]) + packed + signature + certificate)


def check(
    text: str,
    *,
    check_certificate: Callable[[bytes], tuple[str, bytes] | None],
    revoked: Container[str] = frozenset(),
) -> Checked:
    """What a QR code's text is worth. Never raises.

    ``check_certificate`` returns the device's id and its raw public key, or None for bytes that the centre
    did not sign; ``revoked`` holds ids of devices. Every receipt of a revoked laptop is ``revoked``, whenever
    it says it was issued.
    """
    try:
        packed, signature, certificate = _parts(text)
        found = _unpack(packed)
    except ValueError:
        return Checked("unreadable")
    known = check_certificate(certificate)
    if known is None:
        return Checked("unknown_laptop", found)
    device, public_key = known
    if found.key_id != key_id(public_key) or not _verified(public_key, signature, _DOMAIN + packed):
        return Checked("forged", found, device)
    return Checked("revoked" if device in revoked else "good", found, device)


def _verified(public_key: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _parts(text: str) -> tuple[bytes, bytes, bytes]:
    if not text.startswith(PREFIX) or len(text) > _LONGEST:
        raise ValueError("not a receipt's code")
    data = from_base45(text[len(PREFIX) :])
    length = data[0] if data else 0
    packed, rest = data[1 : 1 + length], data[1 + length :]
    if len(packed) != length or len(rest) <= _SIGNATURE:
        raise ValueError("cut short")
    return packed, rest[:_SIGNATURE], rest[_SIGNATURE:]


def _pack(body: ReceiptBody) -> bytes:
    days = (body.due - _FIRST_DAY).days
    code, procedure = body.code.encode("ascii"), body.procedure.encode("ascii")
    sound = len(body.key_id) == 4 and len(body.name_hash) == len(body.head) == 8
    if not sound or not 0 <= body.fee < 2**40 or max(len(code), len(procedure)) > _LONGEST_NAME:
        raise ValueError("no receipt has these values")
    try:
        fixed = _FIXED.pack(
            VERSION,
            body.key_id,
            int(body.issued.timestamp()),
            days,
            body.fee & 0xFFFFFFFF,
            body.fee >> 32,
            body.name_hash,
            body.head,
        )
    except struct.error as error:
        raise ValueError("a date out of bounds") from error
    return fixed + bytes([len(code)]) + code + procedure


def _unpack(packed: bytes) -> ReceiptBody:
    if len(packed) <= _FIXED.size:
        raise ValueError("cut short")
    version, key, issued, days, low, high, name, head = _FIXED.unpack_from(packed)
    length = packed[_FIXED.size]
    words = packed[_FIXED.size + 1 :]
    code, procedure = words[:length].decode("ascii"), words[length:].decode("ascii")
    if version != VERSION or len(code) != length or not (code + procedure).isprintable():
        raise ValueError("a body of another version")
    due = _FIRST_DAY + timedelta(days=days)
    at = datetime.fromtimestamp(issued, UTC)
    return ReceiptBody(key, code, at, due, low | high << 32, procedure, name, head)


def base45(data: bytes) -> str:
    """RFC 9285: two bytes in three letters that a QR code holds in eleven bits for two."""
    letters = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, 45)
            letters.append(_ALPHABET[rest])
    return "".join(letters)


def from_base45(text: str) -> bytes:
    """The bytes that `base45` wrote as ``text``; raises ValueError for any other text."""
    if len(text) % 3 == 1 or not all(letter in _VALUES for letter in text):
        raise ValueError("not base45")
    data = bytearray()
    for at in range(0, len(text), 3):
        group = [_VALUES[letter] for letter in text[at : at + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(group))
        try:
            data += value.to_bytes(len(group) - 1, "big")
        except OverflowError:
            raise ValueError("not base45") from None
    return bytes(data)
