"""Documents: one JSON object each, canonical, read strictly; the words and limits of the protocol."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, cast

from mobile_reception.dossier.facts import canonical

VERSION: Final = 1
"""Of this protocol; a centre that no longer speaks a laptop's version answers 426."""

RUN_TYPE: Final = "application/x-mobile-reception-run"
FEED_TYPE: Final = "application/x-mobile-reception-feed"
SMALLEST_RUN: Final = 8 * 1024
LARGEST_RUN: Final = 1024 * 1024
"""Bytes of facts in one run, before compression."""

BODY_LIMIT: Final = LARGEST_RUN + 4096
"""Bytes of a request's body, as sent and again once inflated: one full run and its first line."""

ANSWER_LIMIT: Final = 8 * 1024 * 1024

_WHOLE = 2**53 - 1
_DEPTH = 24


class Reason(StrEnum):
    """Why an exchange did not go through, as other programs read it."""

    OFFLINE = "offline"
    CAPTIVE_PORTAL = "captive_portal"
    BAD_CERTIFICATE = "bad_certificate"
    CLOCK = "clock"
    REFUSED = "refused"
    REVOKED = "revoked"
    OFFICER_DISABLED = "officer_disabled"
    SERVER_FULL = "server_full"
    SERVER_ERROR = "server_error"
    TOO_OLD = "too_old"


class Unreadable(ValueError):
    """These bytes are not what the protocol says; the message names the part and quotes nothing."""


class TooLarge(ValueError):
    """A body is over `BODY_LIMIT`, as it is or once inflated."""


def load(data: bytes) -> dict[str, Any]:
    """One JSON object, read strictly.

    Raises Unreadable for anything that readers disagree about: NaN, fractions, numbers over 2**53, a key
    twice, half a character, deep nesting, bytes that are not UTF-8.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_constant=_refused,
            parse_float=_refused,
            parse_int=_whole,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON of ours") from error
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    _measure(value)
    return cast("dict[str, Any]", value)


def dump(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a document; the other side's `load` reads them."""
    return canonical(document).encode()


def _refused(text: str) -> object:
    raise Unreadable("a number is not whole")


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _WHOLE:
        raise Unreadable("a number is too large")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Unreadable("a key stands twice")
    return document


def _measure(value: object) -> None:
    level: list[object] = [value]
    for _ in range(_DEPTH):
        below: list[object] = []
        for part in level:
            if isinstance(part, dict):
                below.extend(part)
                below.extend(part.values())
            elif isinstance(part, list):
                below.extend(part)
            elif isinstance(part, str) and not _sound(part):
                raise Unreadable("text holds half a character")
        if not below:
            return
        level = below
    raise Unreadable("nested too deeply")


def _sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unbase64(text: object) -> bytes:
    """Bytes from their base64; raises Unreadable."""
    if not isinstance(text, str):
        raise Unreadable("not base64")
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unreadable("not base64") from error


def to_base64(data: bytes) -> str:
    """Bytes as documents carry them."""
    return base64.b64encode(data).decode("ascii")
