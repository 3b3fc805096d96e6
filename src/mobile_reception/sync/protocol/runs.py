"""Runs on their way up, pages of the feed on their way down: lines of facts below one that counts them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from mobile_reception.dossier.facts import GENESIS, Fact, Malformed, is_hash, is_uuid
from mobile_reception.dossier.facts import read as read_fact
from mobile_reception.sync.protocol.documents import (
    BODY_LIMIT,
    TooLarge,
    Unreadable,
    dump,
    load,
    to_base64,
    unbase64,
)


@dataclass(frozen=True, slots=True)
class RunBody:
    """A run as it arrived: ``lines`` are, fact by fact, a header and a payload (or ``~`` and its hash).

    ``first`` is the seq of its first fact, ``previous`` the hash before that one, ``head_seq`` and
    ``head_hash`` are the last fact's. Nothing of the chain is checked yet.
    """

    origin: str
    first: int
    count: int
    head_seq: int
    head_hash: str
    previous: str
    lines: list[bytes]


def write_run(*, origin: str, first: int, last: int, last_hash: str, previous: str, lines: bytes) -> bytes:
    """The body of a run from its facts' lines, each ended by a newline."""
    top = {
        "origin": origin,
        "from": first,
        "count": last - first + 1,
        "head": {"seq": last, "hash": last_hash},
        "previous": previous,
    }
    return dump(top) + b"\n" + lines


def fact_lines(header: str, payload: str | None, payload_hash: str) -> bytes:
    """The two lines of a fact in a run: its header, then its payload or, once erased, ``~`` and its hash."""
    return f"{header}\n{payload if payload is not None else '~' + payload_hash}\n".encode()


def read_run(body: bytes) -> RunBody:
    """A run from its (inflated) bytes. Raises Unreadable or TooLarge."""
    if len(body) > BODY_LIMIT:
        raise TooLarge
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("the run is not UTF-8") from error
    lines = body.split(b"\n")
    if lines.pop() != b"":
        raise Unreadable("the run's last line has no end")
    top = load(lines[0]) if lines else {}
    del lines[:1]
    head = top.get("head")
    if not isinstance(head, dict) or not is_uuid(top.get("origin")):
        raise Unreadable("the run's first line")
    numbers = (top.get("from"), top.get("count"), head.get("seq"))
    if not all(type(number) is int and number > 0 for number in numbers):
        raise Unreadable("a count in the run's first line")
    first, count, last = cast("tuple[int, int, int]", numbers)
    if last != first + count - 1 or len(lines) != 2 * count:
        raise Unreadable("the run has other facts than its first line says")
    if not is_hash(head.get("hash")) or not is_hash(top.get("previous")):
        raise Unreadable("a hash in the run's first line")
    return RunBody(top["origin"], first, count, last, head["hash"], top["previous"], lines)


def facts_of(run: RunBody) -> list[Fact]:
    """The facts of a run that was asked back, chained from its ``previous``; raises Unreadable.

    They are one's own, whatever they say: no payload is too large that this journal once held.
    """
    taken: list[Fact] = []
    previous = run.previous
    for place in range(run.count):
        header, payload = run.lines[2 * place].decode(), run.lines[2 * place + 1].decode()
        text = None if payload.startswith("~") else payload
        payload_hash = payload[1:] if text is None else hashlib.sha256(text.encode()).hexdigest()
        try:
            fact = read_fact(header, text, payload_hash, previous, limit=BODY_LIMIT)
        except Malformed as error:
            raise Unreadable("a fact in the run") from error
        if (fact.origin, fact.seq) != (run.origin, run.first + place):
            raise Unreadable("a fact of another place")
        taken.append(fact)
        previous = fact.hash
    if previous != run.head_hash:
        raise Unreadable("the facts do not lead to the head")
    return taken


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the centre's feed: the facts of whole subjects, and the cursor behind them.

    ``more``: another page waits. ``omitted`` are subjects too large for any page. ``proofs`` are, by hash,
    the centre's word for facts of its own (`vouch`).
    """

    cursor: str
    more: bool
    facts: tuple[Fact, ...]
    omitted: tuple[str, ...]
    proofs: Mapping[str, bytes] = field(default_factory=dict)


def write_page(
    *,
    cursor: str,
    more: bool,
    omitted: Iterable[str],
    lines: Iterable[tuple[str, str | None, str, str]],
    proofs: Mapping[str, bytes] | None = None,
) -> bytes:
    """The body of a page; ``lines`` are, fact by fact, header, payload or None, payload hash and hash."""
    body = [
        f"{header}\n{payload if payload is not None else '~' + payload_hash}\n{linked}\n"
        for header, payload, payload_hash, linked in lines
    ]
    top: dict[str, object] = {"code": "ok", "cursor": cursor, "more": more, "omitted": list(omitted)}
    said = {linked: to_base64(proof) for linked, proof in (proofs or {}).items()}
    return dump({**top, "count": len(body), "proofs": said}) + b"\n" + "".join(body).encode()


def read_page(body: bytes) -> FeedPage:
    """A page from its (inflated) bytes, facts checked but for their place in a chain. Raises Unreadable."""
    first, _, rest = body.partition(b"\n")
    top = load(first)
    cursor, more, count, omitted = (top.get(name) for name in ("cursor", "more", "count", "omitted"))
    lines = rest.split(b"\n")
    if not isinstance(cursor, str) or not isinstance(more, bool) or not isinstance(omitted, list):
        raise Unreadable("the page's first line")
    if lines.pop() != b"" or type(count) is not int or len(lines) != 3 * count:
        raise Unreadable("the page has other facts than its first line says")
    if not all(is_uuid(each) for each in omitted):
        raise Unreadable("a subject that is left out")
    facts = tuple(_page_fact(*lines[place : place + 3]) for place in range(0, len(lines), 3))
    given = top.get("proofs", {})  # a centre of before gives none
    if not isinstance(given, dict):
        raise Unreadable("the proofs in the page")
    proofs = {linked: unbase64(proof) for linked, proof in given.items()}
    return FeedPage(cursor, more, facts, tuple(omitted), proofs)


def _page_fact(header: bytes, payload: bytes, linked: bytes) -> Fact:
    try:
        told = linked.decode("ascii")
        erased = payload[1:].decode("ascii") if payload.startswith(b"~") else None
        text = payload.decode() if erased is None else None
        if not is_hash(told) or not is_hash(erased or told):
            raise Unreadable("a hash in the page")
        payload_hash = hashlib.sha256(payload).hexdigest() if erased is None else erased
        return replace(read_fact(header.decode(), text, payload_hash, GENESIS), hash=told)
    except (Malformed, UnicodeDecodeError) as error:
        raise Unreadable("a fact in the page") from error


def squeeze(body: bytes) -> bytes:
    """``body`` as gzip: a fifth smaller than the fastest, for half as much time again."""
    packer = zlib.compressobj(5, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


_GZIP: Final = b"\x1f\x8b"


def plain(body: bytes) -> bytes:
    """``body`` without its gzip, where it has one; raises as `unsqueeze`.

    Its first bytes tell, not the header: a request's signature covers the body alone.
    """
    return unsqueeze(body) if body.startswith(_GZIP) else body


def unsqueeze(body: bytes, limit: int = BODY_LIMIT) -> bytes:
    """``body`` without its gzip; raises TooLarge once it passes ``limit``, Unreadable if it is torn."""
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Unreadable("the body is not gzip") from error
    if len(plain) > limit:
        raise TooLarge
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable("the body's gzip is torn")
    return plain
