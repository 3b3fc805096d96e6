"""What `/openapi.json` says: every request, body, header, status and answer of this centre, and no other.

The tests hold it against the running centre in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from starlette.routing import BaseRoute, Route

from mobile_reception import __version__
from mobile_reception.centre.description.operations import JSON, OPERATIONS, REFUSALS, Operation
from mobile_reception.centre.description.schemas import SCHEMAS, Schema, base64, called, known, text, uuid
from mobile_reception.sync import protocol

__all__ = ["OPERATIONS", "REFUSALS", "document"]

_ALWAYS: Final = (408, 413, 500, 503, 507)
_OF_SENDER: Final[Mapping[str, tuple[int, ...]]] = {"device": (401, 426), "bearer": (401,)}


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
        said["requestBody"] = {
            "required": method != "POST" or "X-HTTP-Method-Override" not in described.headers,
            "content": _content(described.body),
        }
    return said


def _parameters(described: Operation, route: Route) -> Iterable[dict[str, Any]]:
    for name in route.param_convertors:
        yield {"name": name, "in": "path", "required": True, "schema": uuid()}
    for name, schema in described.query.items():
        yield {"name": name, "in": "query", "required": name in described.needed, "schema": schema}
    for name, schema in described.headers.items():
        yield {"name": name, "in": "header", "required": True, "schema": schema}
    if described.sender == "bearer":
        token = text("Bearer, and a token of /v1/files/token", pattern="^Bearer [A-Za-z0-9._=-]+$")
        yield {"name": "Authorization", "in": "header", "required": True, "schema": token}
    if described.sender in {"anybody", "bearer"}:
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
    refusals = {*_ALWAYS, *described.refusals, *_OF_SENDER.get(described.sender, ())}
    said: dict[str, Any] = {}
    for status in sorted({*described.answers, *refusals}):
        content = dict(described.answers.get(status, {}))
        headers: dict[str, Any] = {"X-Centre-Signature": {"$ref": "#/components/headers/Signature"}}
        if status not in described.answers:
            content = {JSON: called("Refusal")}
        elif status >= 400:  # a head as well as a word
            content = {JSON: {"anyOf": [*content.values(), called("Refusal")]}}
        else:
            given = described.gives.items()
            headers |= {name: {"required": True, "schema": schema} for name, schema in given}
        about = ", ".join(REFUSALS.get(status, ("ok",)))
        said[str(status)] = {"description": about, "headers": headers}
        if content:
            said[str(status)]["content"] = _content(content)
    return said


def _content(kinds: Mapping[str, Schema]) -> dict[str, Any]:
    return {kind: {"schema": schema} for kind, schema in kinds.items()}
