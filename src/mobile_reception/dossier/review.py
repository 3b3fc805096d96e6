"""A deputy director's review of a session: facts about the session, each under a signature of its own.

Three kinds. ``session.reviewed`` is what the deputy director says, with digests of what lay before her,
signed with her own key. ``session.answered`` is what the officers say to a question. ``session.judged`` is
the centre's word on whether the reviewer may, signed with the centre's key: it gives a review its weight.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mobile_reception.dossier.facts import Fact, is_hash, is_uuid

SESSION_REVIEWED: Final = "session.reviewed"
SESSION_ANSWERED: Final = "session.answered"
SESSION_JUDGED: Final = "session.judged"
REVIEW_KINDS: Final = (SESSION_REVIEWED, SESSION_ANSWERED, SESSION_JUDGED)

APPROVED: Final = "approved"
RETURNED: Final = "returned"
VERDICTS: Final = (APPROVED, RETURNED)

MAY: Final[Mapping[str, frozenset[str]]] = {
    "review": frozenset({"deputy"}),
    "answer": frozenset({"officer", "deputy"}),
}
"""Which roles may do what about a review; asked on the laptop and, of what weighs, again at the centre."""

REFUSALS: Final = ("unknown", "disabled", "role", "key", "signature")
"""Why the centre does not let a review count: the login, its role, its key, or what was signed."""

_FURTHER: Final = frozenset(
    {
        "receipt.printed",
        "dossier.handed_over",
        "supplement.requested",
        "supplement.received",
        "payment.requested",
        "payment.settled",
        "due.extended",
        "result.ready",
        "result.packed",
        "result.unpacked",
        "result.taken",
        "result.returned",
        "result.posted",
        "dossier.reduced",
    }
)
"""A dossier's way after its reception: it changes nothing of what a session did."""
_ELSEWHERE: Final = frozenset({"result.handed_over", "fee.collected", "citizen.rated"})
"""Acts that say at which session they were done; only there are they part of what it did."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Digests:
    """What lay before a reviewer: how many ``facts``, and SHA-256 over the sorted hashes of them.

    ``whole`` is over every fact about the session and its dossiers, ``session`` over those alone that tell
    what was done at the session. Whoever sees the same facts, in whatever order they came, has the same two.
    """

    facts: int
    whole: str
    session: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a deputy director said of a session; ``question`` is why it was returned. Hexadecimal keys."""

    fact: str
    verdict: str
    question: str | None
    seen: Digests
    key: str
    signature: str
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an officer answered to the review ``review``."""

    fact: str
    review: str
    words: str
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The centre's word on a review; ``reason`` is one of `REFUSALS` where it does not count."""

    fact: str
    review: str
    allowed: bool
    reason: str | None
    signature: str
    origin: str
    at: str


def review(fact: Fact, body: Mapping[str, Any]) -> Review | None:
    """The review that a fact tells of; None when it tells of none."""
    seen = Digests(_count(body.get("facts")), str(body.get("digest")), str(body.get("session_digest")))
    question, key, signature = body.get("question"), str(body.get("key")), str(body.get("signature"))
    if body.get("verdict") not in VERDICTS or not is_hash(seen.whole) or not is_hash(seen.session):
        return None
    if not _KEY.fullmatch(key) or not _SIGNATURE.fullmatch(signature):
        return None
    said = question if isinstance(question, str) and question.strip() else None
    if body["verdict"] == RETURNED and said is None:
        return None
    return Review(fact.id, body["verdict"], said, seen, key, signature, fact.officer, fact.at)


def answer(fact: Fact, body: Mapping[str, Any]) -> Answer | None:
    """The answer that a fact tells of; None when it tells of none."""
    to, words = body.get("review"), body.get("answer")
    if not is_uuid(to) or not isinstance(words, str) or not words.strip():
        return None
    return Answer(fact.id, str(to), words, fact.officer, fact.at)


def judgement(fact: Fact, body: Mapping[str, Any]) -> Judgement | None:
    """The judgement that a fact tells of; None when it tells of none."""
    about, reason, signature = body.get("review"), body.get("reason"), str(body.get("signature"))
    if not is_uuid(about) or type(body.get("allowed")) is not bool or not _SIGNATURE.fullmatch(signature):
        return None
    if not body["allowed"] and reason not in REFUSALS:
        return None
    why = None if body["allowed"] else str(reason)
    return Judgement(fact.id, str(about), body["allowed"], why, signature, fact.origin, fact.at)


def _count(value: object) -> int:
    return value if type(value) is int and value >= 0 else 0


def digests(session: str, facts: Iterable[tuple[str, str | None, str]]) -> Digests:
    """Digests of facts about ``session`` and its dossiers: (kind, the session it names, hash) of each.

    What reviews say themselves is left out: a review does not change what was reviewed.
    """
    known = {(kind, where, told) for kind, where, told in facts if kind not in REVIEW_KINDS}
    done = [told for kind, where, told in known if _of_the_session(kind, where, session)]
    return Digests(len(known), _sum(told for _, _, told in known), _sum(done))


def _of_the_session(kind: str, where: str | None, session: str) -> bool:
    return kind not in _FURTHER and (kind not in _ELSEWHERE or where in (None, session))


def _sum(hashes: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def signed_review(session: str, officer: str, verdict: str, question: str | None, seen: Digests) -> bytes:
    """The bytes that the reviewer signs."""
    said = hashlib.sha256((question or "").encode()).hexdigest()
    lines = (session, officer, verdict, said, str(seen.facts), seen.whole, seen.session)
    return "\n".join(("mobile-reception review 1", *lines)).encode()


def signed_judgement(session: str, about: Review, *, allowed: bool, reason: str | None) -> bytes:
    """The bytes that the centre signs: its word on exactly this review."""
    word = "allowed" if allowed else str(reason)
    return "\n".join(("mobile-reception judgement 1", session, about.fact, about.signature, word)).encode()


def holds(key: str, signature: str, signed: bytes) -> bool:
    """Whether the Ed25519 key (hexadecimal) gave this signature (hexadecimal) under these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
