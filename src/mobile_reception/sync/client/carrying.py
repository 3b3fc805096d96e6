"""Letters of other laptops, handed over by this one: it can read none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.store.values import Enrolment
from mobile_reception.sync import bundle
from mobile_reception.sync.client.joining import judged
from mobile_reception.sync.client.road import Road

_SETTLED = frozenset({"ok", "fork", "unchained", "unreadable", "hash_mismatch", "too_large"})
"""Answers after which the centre has, or has kept for a person, what a letter says, or never will."""

_LATER = frozenset({"gap", "unknown_writer", "origin_taken", "offset", "not_announced", "quota", "no_files"})
"""Answers that may be others next time."""


def hand_on(
    enrolment: Enrolment,
    key: Ed25519PrivateKey,
    letters: Iterable[bytes],
    *,
    clock: Callable[[], datetime],
    timeout: float = 10.0,
) -> Iterator[bool]:
    """Send letter after letter; for each, whether the centre needs it no more. Raises RoadClosed.

    False: the centre cannot place it yet (something before it is missing, or it does not know the writer).
    """
    with Road.to(enrolment, timeout=timeout) as road:
        for letter in letters:
            reply = road.ask(
                "POST",
                "/v1/letters",
                key=key,
                device=enrolment.device,
                clock=clock,
                body=letter,
                headers={"Content-Type": bundle.LETTER_TYPE},
            )
            if reply.code in _SETTLED:
                yield True
            elif reply.code in _LATER:
                yield False
            else:
                trouble = judged(reply)
                if trouble is not None:
                    raise trouble
                yield True
