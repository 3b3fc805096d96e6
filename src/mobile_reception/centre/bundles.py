"""Bundles at the centre: letters that came on a stick, taken in as if they had come by the road."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from mobile_reception.centre import intake
from mobile_reception.centre.intake import Unchained
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.restored import Testimony
from mobile_reception.centre.values import Device, Refused
from mobile_reception.sync import bundle, protocol
from mobile_reception.sync.bundle import Letter, Piece
from mobile_reception.sync.protocol import Certificate, Head, RunBody, Unreadable


@dataclass(frozen=True, slots=True)
class Taken:
    """What reading a bundle did: counts are facts; ``fresh`` of them were not here before.

    ``heads`` are what the centre now holds of each origin, ``answer`` the same for the laptop, signed.
    ``kept`` counts letters that hold no run of ours: their bytes wait for a person. ``files`` are those of
    which something came and that are whole now, ``missing`` those that are not.
    """

    device: Device
    made_at: str
    facts: int
    fresh: int
    kept: int
    files: int
    missing: int
    heads: tuple[Head, ...]
    answer: bytes


def take(ledger: Ledger, letter: bytes, *, now: datetime) -> Head | None:
    """Take one letter in, whoever brought it; durable when this returns, the same again changes nothing.

    Of a run the head is answered: a ``gap`` or a ``fork`` is said in its code. Of a piece of a file nothing
    is. Raises Unreadable (`bundle`'s kinds of it), Unchained, Refused (``unknown_writer``: a laptop that this
    centre does not know; what `Files` refuses; ``offset``: something before it is missing), Full.
    """
    opened = _open(ledger, letter)
    device = _writer(ledger, opened.certificate, now=now)
    if opened.piece is not None:
        _add(ledger, opened.piece, opened.body, device, now=now)
        return None
    return _take(ledger, opened, device, now=now)[2]


def read(ledger: Ledger, source: BinaryIO, *, now: datetime) -> Taken:
    """Take a whole bundle in. It is read to its end and every letter opened before the first is taken.

    ``source`` can be rewound. Raises Unreadable (`bundle`'s kinds of it), Refused (``unknown_writer``), Full.
    """
    outline = bundle.check(source, ledger.identity.public_key)
    device = _writer(ledger, outline.certificate, now=now)
    for opened in _opened(ledger, source):
        if opened.certificate != outline.certificate:
            raise bundle.Torn("a letter of another laptop")
    heads: dict[str, Head] = {}
    whole: dict[str, bool] = {}
    facts = fresh = kept = 0
    for opened in _opened(ledger, source):
        if opened.piece is not None:
            whole[opened.piece.sha256] = _added(ledger, opened.piece, opened.body, device, now=now)
            continue
        try:
            run, before, head = _take(ledger, opened, device, now=now)
        except (Unreadable, Unchained):
            kept += 1
            continue
        facts += run.count
        fresh += head.seq - before
        heads[run.origin] = head
    answer = bundle.write_answer(ledger.identity.key, heads.values(), bundle=outline.digest)
    arrived = sum(whole.values())
    return Taken(
        device=device,
        made_at=outline.made_at,
        facts=facts,
        fresh=fresh,
        kept=kept,
        files=arrived,
        missing=len(whole) - arrived,
        heads=tuple(heads.values()),
        answer=answer,
    )


def read_file(ledger: Ledger, file: Path, *, now: datetime) -> Taken:
    """As `read`, from a file. Raises OSError too."""
    with file.open("rb") as source:
        return read(ledger, source, now=now)


def _opened(ledger: Ledger, source: BinaryIO) -> Iterator[Letter]:
    for letter in bundle.letters(source):
        yield _open(ledger, letter)


def _open(ledger: Ledger, letter: bytes) -> Letter:
    identity = ledger.identity
    return bundle.unseal(letter, box=identity.box, centre_key=identity.public_key)


def _writer(ledger: Ledger, certificate: Certificate, *, now: datetime) -> Device:
    """The laptop that wrote; known again by its certificate where this centre was put back and lost it."""
    device = ledger.register.device(certificate.device)
    if device is None:
        ledger.restoration.hear(Testimony(certificate, "", (), ()), now=now)
        device = ledger.register.device(certificate.device)
    if device is None:
        raise Refused("unknown_writer")
    return device


def _take(ledger: Ledger, opened: Letter, device: Device, *, now: datetime) -> tuple[RunBody, int, Head]:
    """What the road does with a run, on behalf of ``device``: the run, the head of before, that of now."""
    origin = ""
    try:
        run = protocol.read_run(opened.body)
        origin = run.origin
        facts = intake.read(run)
    except (Unreadable, Unchained) as error:
        reason = "unchained" if isinstance(error, Unchained) else "unreadable"
        ledger.hold(device, opened.body, origin=origin or device.device, reason=reason, now=now)
        raise
    try:
        before = ledger.head(device, origin, now=now).seq
    except Refused as refused:
        if refused.code != "unknown_origin":
            raise
        ledger.register.announce(device, origin, now=now)
        before = 0
    # No clock is told: what it showed when the letter was sealed says nothing about it today.
    return run, before, ledger.take(device, run, facts, device_time=None, now=now)


def _added(ledger: Ledger, piece: Piece, body: bytes, device: Device, *, now: datetime) -> bool:
    """Whether the file is whole here after this piece; what is refused is no reason to stop reading."""
    try:
        return _add(ledger, piece, body, device, now=now)
    except Refused:
        return False


def _add(ledger: Ledger, piece: Piece, body: bytes, device: Device, *, now: datetime) -> bool:
    """Bring a file on by a piece, on behalf of ``device``; whether it is whole then. Raises Refused."""
    files = ledger.files
    here, parts = files.have(device, [piece.sha256])
    if here:
        return True
    if parts:
        upload, _ = files.open(device, parts[0].upload, now=now)
    else:
        upload = files.create(device, sha256=piece.sha256, size=piece.size, now=now)
    offset = files.offset(upload)
    if offset < piece.offset:
        raise Refused("offset")
    rest = body[offset - piece.offset :]
    end = files.append(upload, offset, rest) if rest else offset
    if end < upload.size:
        files.offset(upload)  # on the disk before it is answered
        return False
    files.finish(upload, now=now)
    return True
