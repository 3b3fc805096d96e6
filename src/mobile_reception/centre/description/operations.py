"""Each request of the protocol: who sends it, what is in it, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mobile_reception.centre.description.schemas import Schema, base64, called, known, text
from mobile_reception.sync import bundle, protocol

REFUSALS: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("unknown_device", "not_signed", "token"),
    403: ("revoked", "bad_code", "passphrase", "officer_disabled", "unknown_writer", "not_announced"),
    404: ("unknown_origin", "not_found"),
    405: ("method",),
    408: ("too_slow",),
    409: ("gap", "fork", "practice", "unit", "agency", "origin_taken", "offset", "here"),
    412: ("tus_version",),
    413: ("too_large",),
    415: ("media",),
    422: ("unreadable", "unchained", "hash_mismatch"),
    426: ("too_old",),
    500: ("server_error",),
    503: ("busy", "no_files"),
    507: ("server_full", "quota"),
}
"""The words of each status, as `docs/protocol.md` explains them."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One request. ``body`` and ``answers`` (by status) are media types with their schemas.

    ``sender``: an enrolled ``device`` or an ``applicant`` signs, a ``bearer`` has a token, or it is
    ``anybody``. ``gives`` are the headers of an answer that is no refusal. ``squeezed``: as gzip if asked.
    """

    body: Mapping[str, Schema] = field(default_factory=dict)
    answers: Mapping[int, Mapping[str, Schema]] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()  # of the query
    headers: Mapping[str, Schema] = field(default_factory=dict)
    gives: Mapping[str, Schema] = field(default_factory=dict)
    sender: str = "device"
    squeezed: bool = False


JSON: Final = "application/json"


def _json(name: str) -> Mapping[str, Schema]:
    return {JSON: called(name)}


def _bytes(kind: str, about: str) -> Mapping[str, Schema]:
    return {kind: {"type": "string", "format": "binary", "description": about}}


_OWN_PLACE: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9]{1,15}\.[0-9a-f]{64}$"
_RUN = _bytes(protocol.RUN_TYPE, "Lines of facts behind a first line that names them; see the protocol")
_HEAD = _json("Head")

_DONE: Final[Schema] = {"type": "object", "required": ["code"], "properties": {"code": known("ok")}}

_ROAD: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/v1/hello"): Operation(answers={200: _json("Hello")}, sender="anybody"),
    ("POST", "/v1/enrol"): Operation(
        body=_json("Application"),
        answers={200: _json("Enrolled")},
        refusals=(401, 403, 409, 422, 426),
        sender="applicant",
    ),
    ("POST", "/v1/origins"): Operation(
        body=_json("Announcement"), answers={200: _json("Announced")}, refusals=(409, 422)
    ),
    ("POST", "/v1/officers"): Operation(
        body=_json("OfficerKey"), answers={200: _json("OfficerKnown")}, refusals=(403, 422)
    ),
    ("POST", "/v1/runs/{origin}"): Operation(
        body=_RUN, answers={200: _HEAD, 409: _HEAD}, refusals=(404, 422)
    ),
    ("POST", "/v1/witness"): Operation(
        body=_json("Testimony"),
        answers={200: _json("Heard")},
        refusals=(403, 404, 409, 422),
        headers={"X-Certificate": base64(None, "The device's, signed by this centre.")},
    ),
    ("POST", "/v1/former"): Operation(
        body=_bytes(protocol.FEED_TYPE, "The centre's own facts, as a page of the feed; see the protocol"),
        answers={200: _json("TakenBack")},
        refusals=(403, 422),
    ),
    ("POST", "/v1/letters"): Operation(
        body=_bytes(bundle.LETTER_TYPE, "A letter of a bundle; see the protocol"),
        answers={200: {JSON: {"anyOf": [called("Head"), _DONE]}}, 409: _HEAD},
        refusals=(403, 404, 422),
    ),
    ("GET", "/v1/head/{origin}"): Operation(
        answers={200: _HEAD},
        refusals=(404, 422),
        query={"own": text("A place of the centre's own journal: EPOCH.SEQ.HASH", pattern=_OWN_PLACE)},
    ),
    ("GET", "/v1/cards"): Operation(
        answers={200: _json("Cards")},
        refusals=(403,),
        query={"seen": text("The cursor of the cards that are there already")},
        squeezed=True,
    ),
    ("GET", "/v1/feed"): Operation(
        answers={200: _bytes(protocol.FEED_TYPE, "A page of whole subjects; see the protocol")},
        refusals=(403,),
        query={
            "after": text("The cursor of the last page; nonsense begins anew"),
            "mine": text("The folder's own journals, with commas between: what is in no other is left out"),
        },
        squeezed=True,
    ),
    ("GET", "/v1/journal/{origin}"): Operation(
        answers={200: _RUN},
        refusals=(403, 404, 422),
        query={"after": text("A seq", pattern="^[0-9]{1,15}$")},
        needed=("after",),
        squeezed=True,
    ),
}

_TUS: Final = {"Tus-Resumable": known("1.0.0")}
_PIECE: Final = {"Upload-Offset": text("Bytes that are here", pattern="^[0-9]{1,15}$")}
_NOTHING: Final[Mapping[str, Schema]] = {}
_PART: Final = _bytes("application/offset+octet-stream", "The bytes behind the offset")
_EXPIRES: Final = {"Upload-Expires": text("When an unfinished upload is forgotten")}

_FILES: Final[Mapping[tuple[str, str], Operation]] = {
    ("POST", "/v1/files/token"): Operation(answers={200: _json("Token")}),
    ("POST", "/v1/files/have"): Operation(
        body=_json("Question"), answers={200: _json("Files")}, refusals=(422,)
    ),
    ("OPTIONS", "/v1/files"): Operation(
        answers={204: _NOTHING},
        gives=dict.fromkeys(("Tus-Version", "Tus-Extension", "Tus-Max-Size"), text()),
        sender="anybody",
    ),
    ("POST", "/v1/files"): Operation(
        body=_PART,
        answers={201: _NOTHING},
        refusals=(403, 409, 412, 415, 422),
        headers={
            **_TUS,
            "Upload-Length": text("Bytes", pattern="^[0-9]{1,15}$"),
            "Upload-Metadata": text("``sha256`` and the file's, the latter in base64"),
        },
        gives={"Location": text(), **_PIECE, **_EXPIRES},
        sender="bearer",
    ),
    ("OPTIONS", "/v1/files/{upload}"): Operation(
        answers={204: _NOTHING},
        gives=dict.fromkeys(("Tus-Version", "Tus-Extension", "Tus-Max-Size"), text()),
        sender="anybody",
    ),
    ("HEAD", "/v1/files/{upload}"): Operation(
        answers={200: _NOTHING},
        refusals=(404, 412),
        headers=_TUS,
        gives={**_PIECE, "Upload-Length": text(), **_EXPIRES},
        sender="bearer",
    ),
    ("PATCH", "/v1/files/{upload}"): Operation(
        body=_PART,
        answers={204: _NOTHING},
        refusals=(404, 409, 412, 415, 422),
        headers={**_TUS, **_PIECE},
        gives={**_PIECE, **_EXPIRES},
        sender="bearer",
    ),
    ("DELETE", "/v1/files/{upload}"): Operation(
        answers={204: _NOTHING}, refusals=(404, 412), headers=_TUS, sender="bearer"
    ),
    ("POST", "/v1/files/{upload}"): Operation(
        body=_PART,
        answers={200: _NOTHING, 204: _NOTHING},
        refusals=(404, 405, 409, 412, 415, 422),
        headers={**_TUS, "X-HTTP-Method-Override": known("HEAD", "PATCH", "DELETE")},
        sender="bearer",
    ),
}
"""By tus 1.0, but for the first two."""

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {**_ROAD, **_FILES}
"""Every request, by method and path."""
