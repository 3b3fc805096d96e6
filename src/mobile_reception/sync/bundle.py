"""Bundles: signed runs and files sealed to the centre, in one file that anybody may carry and nobody read.

A bundle is a row of *letters*. A letter is one run or a piece of a dossier's file, sealed (HPKE, RFC 9180) to
the centre's box key and signed by the laptop whose it is: whoever carries it can hand it over by the road, a
letter at a time. Behind the last letter stands that laptop's signature over the whole file, and in front its
certificate: a file that was cut or changed is known as such also by those who cannot read it.

The centre's *answer* goes back the same way: heads as the road gives them, each signed for itself.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from mobile_reception.dossier.facts import is_hash
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Certificate, Head, Unreadable, to_base64, unbase64

VERSION: Final = 1
RUN: Final = 512 * 1024
"""Bytes of facts, or of a file, in one letter: sealed, it stays below the limit of a request's body."""

LETTER_TYPE: Final = "application/x-mobile-reception-letter"

_BUNDLE: Final = b"mobile-reception bundle "
_ANSWER: Final = b"mobile-reception bundle-answer "
_LETTER: Final = b"mobile-reception letter 1\n"
_FIRST_LINE: Final = 64
_HEADER: Final = 4096
_SIGNATURE: Final = 64
_LENGTH: Final = struct.Struct(">I")
_OUTSIDE: Final = struct.Struct(">BH")  # version, length of the certificate
_PIECE: Final = 256 * 1024


class NoBundle(Unreadable):
    """These bytes are neither a bundle nor an answer."""


class Torn(Unreadable):
    """The file was cut or changed: not one bit of it may differ."""


class OtherCentre(Unreadable):
    """It is sealed to another centre, or of a laptop of another centre."""


class Newer(Unreadable):
    """It was written by a newer program."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a bundle without its centre's key. ``digest`` names exactly this file."""

    certificate: Certificate
    made_at: str
    letters: int
    digest: str


@dataclass(frozen=True, slots=True)
class Letter:
    """An opened letter: whose it is, that laptop's clock when it sealed it (ISO), and what is in it.

    Without a ``piece`` the ``body`` is a run, else the bytes of a file at that place.
    """

    certificate: Certificate
    at: str
    body: bytes
    piece: Piece | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Where bytes belong in a file that the facts announce: its SHA-256, its size, and the offset."""

    sha256: str
    size: int
    offset: int


# -- Letters ---------------------------------------------------------------------------------------------


def seal(
    body: bytes,
    *,
    box_key: bytes,
    certificate: bytes,
    key: Ed25519PrivateKey,
    at: datetime,
    piece: Piece | None = None,
) -> bytes:
    """A letter with a run, or with a ``piece`` of a file: for the holder of ``box_key`` (raw X25519).

    Signed by the device's ``key``.
    """
    about: dict[str, Any] = {"kind": "run", "at": at.isoformat(timespec="milliseconds")}
    if piece is not None:
        about |= {"kind": "piece", "sha256": piece.sha256, "size": piece.size, "offset": piece.offset}
    inside = protocol.dump(about) + b"\n" + (protocol.squeeze(body) if piece is None else body)
    sealed = _suite().encrypt(inside, X25519PublicKey.from_public_bytes(box_key), info=_bound(certificate))
    signature = key.sign(_LETTER + certificate + sealed)
    return _OUTSIDE.pack(VERSION, len(certificate)) + certificate + signature + sealed


def unseal(letter: bytes, *, box: X25519PrivateKey, centre_key: bytes) -> Letter:
    """Open a letter. Raises Torn, OtherCentre, Newer."""
    if len(letter) < _OUTSIDE.size:
        raise Torn("a letter's beginning")
    version, length = _OUTSIDE.unpack_from(letter)
    if version != VERSION:
        raise Newer("a letter of another version")
    end = _OUTSIDE.size + length
    raw, signature, sealed = letter[_OUTSIDE.size : end], letter[end : end + _SIGNATURE], letter[end + 64 :]
    certificate = _certificate(raw, centre_key)
    if not _signed(certificate.public_key, signature, _LETTER + raw + sealed):
        raise Torn("a letter's signature")
    try:
        inside = _suite().decrypt(sealed, box, info=_bound(raw))
    except (InvalidTag, ValueError) as error:
        raise OtherCentre("a letter for another key") from error
    first, _, body = inside.partition(b"\n")
    about = protocol.load(first)
    at = str(about.get("at"))
    if about.get("kind") == "run":
        return Letter(certificate, at, protocol.unsqueeze(body))
    if about.get("kind") == "piece":
        return Letter(certificate, at, body, _piece(about, len(body)))
    raise Newer("a letter of another kind")


def _piece(about: Mapping[str, Any], length: int) -> Piece:
    sha256, size, offset = about.get("sha256"), about.get("size"), about.get("offset")
    if not isinstance(sha256, str) or not is_hash(sha256) or type(size) is not int or type(offset) is not int:
        raise Torn("a piece of a file")
    if not 0 <= offset < offset + length <= size:
        raise Torn("a place in a file")
    return Piece(sha256, size, offset)


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _bound(certificate: bytes) -> bytes:
    """A letter opens under its writer's certificate only: nobody can put it under a name of their own."""
    return _LETTER + hashlib.sha256(certificate).digest()


def _certificate(data: bytes, centre_key: bytes) -> Certificate:
    try:
        return protocol.check_certificate(data, centre_key)
    except (Unreadable, ValueError) as error:
        raise OtherCentre("a certificate of another centre") from error


def _signed(public_key: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


# -- The file --------------------------------------------------------------------------------------------


class Writer:
    """Writes a bundle into ``stream``: letters one by one, then `end`."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        centre_key: bytes,
        certificate: bytes,
        key: Ed25519PrivateKey,
        made_at: datetime,
    ) -> None:
        self._stream = stream
        self._key = key
        self._hash = hashlib.sha256()
        self.letters = 0
        header = {
            "centre": _name(centre_key),
            "certificate": to_base64(certificate),
            "made_at": made_at.isoformat(timespec="seconds"),
        }
        self._put(_BUNDLE + str(VERSION).encode() + b"\n" + protocol.dump(header) + b"\n")

    def add(self, letter: bytes) -> None:
        """Put a letter behind those before."""
        self._put(_LENGTH.pack(len(letter)) + letter)
        self.letters += 1

    def end(self) -> None:
        """No more letters: sign the whole."""
        self._put(_LENGTH.pack(0))
        self._stream.write(self._key.sign(_BUNDLE + self._hash.digest()))

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        self._stream.write(data)


def check(stream: BinaryIO, centre_key: bytes) -> Outline:
    """Read a bundle to its last bit; what is known of it once it is known to be whole and of this centre.

    Raises NoBundle, Newer, OtherCentre, Torn. Bounded memory; the stream is read from its beginning.
    """
    stream.seek(0)
    reader = _Reader(stream)
    header = _header(reader, _BUNDLE)
    if header.get("centre") != _name(centre_key):
        raise OtherCentre("the file names another centre")
    certificate = _certificate(_unbase64(header.get("certificate")), centre_key)
    letters = sum(1 for _ in reader.letters())
    digest = reader.hash.digest()
    if not _signed(certificate.public_key, stream.read(_SIGNATURE), _BUNDLE + digest) or stream.read(1):
        raise Torn("the signature over the whole")
    return Outline(certificate, str(header.get("made_at")), letters, digest.hex())


def letters(stream: BinaryIO) -> Iterator[bytes]:
    """The letters of a bundle that was checked; the stream is read from its beginning."""
    stream.seek(0)
    reader = _Reader(stream)
    _header(reader, _BUNDLE)
    yield from reader.letters()


class _Reader:
    """Reads exactly, and hashes what it reads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.hash = hashlib.sha256()

    def line(self, limit: int) -> bytes:
        read = self._stream.readline(limit)
        if not read.endswith(b"\n"):
            raise Torn("a line without its end")
        self.hash.update(read)
        return read[:-1]

    def letters(self) -> Iterator[bytes]:
        while length := _LENGTH.unpack(self._exactly(_LENGTH.size))[0]:
            if length > protocol.BODY_LIMIT:
                raise Torn("a letter that is too long")
            yield self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        read = bytearray()
        while len(read) < count:
            piece = self._stream.read(min(_PIECE, count - len(read)))
            if not piece:
                raise Torn("the end is missing")
            read += piece
        self.hash.update(read)
        return bytes(read)


def _header(reader: _Reader, kind: bytes) -> dict[str, Any]:
    try:
        first = reader.line(_FIRST_LINE)
    except Torn as error:
        raise NoBundle("no first line of ours") from error
    version = first.removeprefix(kind)
    if not first.startswith(kind) or not version.isdigit():
        raise NoBundle("no first line of ours")
    if int(version) != VERSION:
        raise Newer("a file of another version")
    try:
        return protocol.load(reader.line(_HEADER))
    except Unreadable as error:
        raise Torn("the header") from error


def _unbase64(text: object) -> bytes:
    try:
        return unbase64(text)
    except Unreadable as error:
        raise Torn("the header") from error


def _name(centre_key: bytes) -> str:
    """How a file names its centre."""
    return hashlib.sha256(centre_key).hexdigest()


# -- The answer ------------------------------------------------------------------------------------------


def write_answer(key: Ed25519PrivateKey, heads: Iterable[Head], *, bundle: str) -> bytes:
    """The centre's answer to the bundle of this digest: what it holds of each origin, each signed."""
    centre_key = key.public_key().public_bytes_raw()
    target, nonce = f"/bundle/{bundle}", bundle[:32]
    lines = []
    for head in heads:
        body = protocol.dump(head.document(status=200, target=target, nonce=nonce))
        signature = protocol.sign_answer(key, status=200, target=target, nonce=nonce, body=body)
        lines.append(f"{to_base64(body)} {signature}\n".encode())
    top = protocol.dump({"centre": _name(centre_key), "bundle": bundle, "count": len(lines)})
    return b"".join((_ANSWER, str(VERSION).encode(), b"\n", top, b"\n", *lines))


def read_answer(stream: BinaryIO, centre_key: bytes) -> list[tuple[Head, bytes, bytes]]:
    """Each head of an answer with the bytes and the signature that prove it.

    Raises NoBundle, Newer, OtherCentre, Torn.
    """
    reader = _Reader(stream)
    top: Mapping[str, Any] = _header(reader, _ANSWER)
    if top.get("centre") != _name(centre_key):
        raise OtherCentre("the answer of another centre")
    count = top.get("count")
    if type(count) is not int:
        raise Torn("the header")
    heads = []
    for _ in range(count):
        body, _, signature = reader.line(_HEADER).decode("ascii", "replace").partition(" ")
        raw, proof = _unbase64(body), _unbase64(signature)
        try:
            heads.append((protocol.check_proof(raw, proof, centre_key), raw, proof))
        except Unreadable as error:
            raise Torn("a head without its signature") from error
    if stream.read(1):
        raise Torn("more than was said")
    return heads


def is_answer(stream: BinaryIO) -> bool:
    """Whether these bytes begin as an answer does; the stream is at its beginning again."""
    begins = stream.read(len(_ANSWER)) == _ANSWER
    stream.seek(0)
    return begins
