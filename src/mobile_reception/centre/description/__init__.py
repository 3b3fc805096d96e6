"""What `/openapi.json` says: every request, body, header, status and answer of this centre, and no other.

The tests hold it against the running centre in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.routing import BaseRoute, Route

from mobile_reception import __version__
from mobile_reception.centre.description.schemas import SCHEMAS, Schema, base64, called, known, text, uuid
from mobile_reception.sync import protocol

REFUSALS: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("unknown_device", "not_signed"),
    403: ("revoked", "bad_code", "passphrase", "officer_disabled", "unknown_writer"),
    404: ("unknown_origin", "not_found"),
    405: ("method",),
    408: ("too_slow",),
    409: ("gap", "fork", "practice", "unit", "agency", "origin_taken"),
    413: ("too_large",),
    422: ("unreadable", "unchained"),
    426: ("too_old",),
    500: ("server_error",),
    503: ("busy",),
    507: ("server_full",),
}
"""The words of each status, as `docs/protocol.md` explains them."""

_ALWAYS: Final = (408, 413, 500, 503, 507)
_SIGNED: Final = (401, 426)


@dataclass(frozen=True, slots=True)
class Operation:
    """One request. ``body`` and ``answers`` (by status) are media types with their schemas."""

    body: Mapping[str, Schema] = field(default_factory=dict)
    answers: Mapping[int, Mapping[str, Schema]] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()  # of the query
    sender: str = "device"  # device, applicant, anybody
    squeezed: bool = False


_JSON: Final = "application/json"


def _json(name: str) -> Mapping[str, Schema]:
    return {_JSON: called(name)}


def _bytes(kind: str, about: str) -> Mapping[str, Schema]:
    return {kind: {"type": "string", "format": "binary", "description": about}}


_RUN = _bytes(protocol.RUN_TYPE, "Lines of facts behind a first line that names them; see the protocol")
_HEAD = _json("Head")

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
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
    ("POST", "/v1/letters"): Operation(
        body=_bytes("application/octet-stream", "A letter of a bundle; see the protocol"),
        answers={200: _HEAD, 409: _HEAD},
        refusals=(403, 404, 422),
    ),
    ("GET", "/v1/head/{origin}"): Operation(answers={200: _HEAD}, refusals=(404,)),
    ("GET", "/v1/cards"): Operation(
        answers={200: _json("Cards")},
        refusals=(403,),
        query={"seen": text("The cursor of the cards that are there already")},
        squeezed=True,
    ),
    ("GET", "/v1/feed"): Operation(
        answers={200: _bytes(protocol.FEED_TYPE, "A page of whole subjects; see the protocol")},
        refusals=(403,),
        query={"after": text("The cursor of the last page; nonsense begins anew")},
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


def document(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of an application with these routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if isinstance(route, Route) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                if described := OPERATIONS.get((method, route.path)):
                    says = _operation(described, route, method)
                    paths.setdefault(route.path, {})[method.lower()] = says
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mobile Reception",
            "version": __version__,
            "description": "What laptops ask a centre. Every answer is signed; docs/protocol.md says how.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": SCHEMAS, "headers": {"Signature": _SIGNATURE}},
    }


def undescribed(routes: Sequence[BaseRoute]) -> list[str]:
    """Requests that the application answers and this document does not know."""
    return [
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, Route) and route.include_in_schema
        for method in sorted(route.methods or ())
        if (method, route.path) not in OPERATIONS
    ]


_SIGNATURE: Final[Schema] = {
    "description": "The centre's Ed25519 signature under status, target, nonce and body",
    "required": True,
    "schema": base64(64),
}


def _operation(described: Operation, route: Route, method: str) -> dict[str, Any]:
    said = {
        "operationId": route.name,
        "summary": (route.endpoint.__doc__ or "").strip().partition("\n")[0],
        "parameters": list(_parameters(described, route)),
        "responses": _responses(described),
    }
    if described.body:
        said["requestBody"] = {"required": True, "content": _content(described.body)}
    return said


def _parameters(described: Operation, route: Route) -> Iterable[dict[str, Any]]:
    for name in route.param_convertors:
        yield {"name": name, "in": "path", "required": True, "schema": uuid()}
    for name, schema in described.query.items():
        yield {"name": name, "in": "query", "required": name in described.needed, "schema": schema}
    if described.sender == "anybody":
        return
    device = uuid("The device's id") if described.sender == "device" else base64(32, "The device's own key.")
    headers = {
        "X-Protocol": known(str(protocol.VERSION)),
        "X-Device": device,
        "X-Nonce": text("Fresh each time; the answer's signature names it", pattern="^[A-Za-z0-9_-]{16,64}$"),
        "X-Clock": text("The device's time", format="date-time"),
        "X-Signature": base64(64, "The device's, under method, target, the three above and the body."),
    }
    for name, schema in headers.items():
        needed = described.sender == "device" or name != "X-Protocol"
        yield {"name": name, "in": "header", "required": needed, "schema": schema}
    if described.squeezed:
        gzip = {"name": "Accept-Encoding", "in": "header", "required": False}
        yield {**gzip, "schema": known("gzip", "identity")}
    if protocol.RUN_TYPE in described.body:
        gzip = {"name": "Content-Encoding", "in": "header", "required": False}
        yield {**gzip, "schema": known("gzip", "identity")}


def _responses(described: Operation) -> dict[str, Any]:
    refusals = {*_ALWAYS, *described.refusals}
    if described.sender == "device":
        refusals |= {*_SIGNED}
    said: dict[str, Any] = {}
    for status in sorted({*described.answers, *refusals}):
        content = dict(described.answers.get(status, {}))
        if status in refusals and status not in described.answers:
            content = {_JSON: called("Refusal")}
        elif status >= 400:  # a head as well as a word
            content = {_JSON: {"anyOf": [*content.values(), called("Refusal")]}}
        about = ", ".join(REFUSALS.get(status, ("ok",)))
        headers = {"X-Centre-Signature": {"$ref": "#/components/headers/Signature"}}
        said[str(status)] = {"description": about, "headers": headers, "content": _content(content)}
    return said


def _content(kinds: Mapping[str, Schema]) -> dict[str, Any]:
    return {kind: {"schema": schema} for kind, schema in kinds.items()}
