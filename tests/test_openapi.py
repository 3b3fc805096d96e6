"""`/openapi.json` is true: what it says is what the centre does, and the centre does nothing else.

Schemathesis asks the running centre what it can make of the description, unsigned and signed by an enrolled
laptop; what both sides really said, of this release and of former ones, fits the description.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.auth import AuthBase
from starlette.routing import Route

from former import RELEASES, Former
from laptop_and_centre import House, PaperBox, body_of, make_centre, noon, remember
from mobile_reception.centre import description
from mobile_reception.centre.api import build
from mobile_reception.sync import bundle, protocol
from mobile_reception.sync.client import sync
from mobile_reception.sync.protocol import Credentials
from wire import recorded


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def box(house: House) -> PaperBox:
    box = PaperBox()
    house.join(box)
    return box


def test_every_request_that_the_centre_answers_is_described_and_no_other(house: House) -> None:
    app = build(house.ledger, house.clock)
    asked = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route) and route.include_in_schema
        for method in route.methods or ()
    }
    assert asked == set(description.OPERATIONS)
    described = {
        (method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods
    }
    assert described == set(description.OPERATIONS)


def test_the_description_is_public_and_every_word_in_it_is_in_the_protocols_text(house: House) -> None:
    with house.serving() as url:
        answer = requests.get(f"{url}/openapi.json", timeout=20)
    assert answer.status_code == 200
    text = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text("utf-8")
    said = {word for words in description.REFUSALS.values() for word in words}
    assert {word for word in said if f"`{word}`" not in text} == set()
    assert {path for path in answer.json()["paths"] if path not in text} == set()


# -- What was really said --------------------------------------------------------------------------------


class Described:
    """The description, to hold exchanges against."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def wrong(self, said: dict[str, Any]) -> list[str]:
        """What of an exchange is not as described."""
        path = self._path(urlsplit(said["target"]).path)
        operation = self.document["paths"].get(path, {}).get(said["method"].lower())
        if operation is None:
            return [f"{said['method']} {path} is not described"]
        asked = {name.lower(): value for name, value in said["headers"].items()}
        found = [
            f"{path}: the header {each['name']} is missing"
            for each in operation["parameters"]
            if each["in"] == "header" and each["required"] and each["name"].lower() not in asked
        ]
        found += [
            f"{path}: {each['name']} {problem}"
            for each in operation["parameters"]
            if each["in"] == "header" and each["name"].lower() in asked
            for problem in self._unfit(each["schema"], asked[each["name"].lower()])
        ]
        if body := base64.b64decode(said["body"]):
            kind = asked.get("content-type", "application/json")
            found += self._content(operation["requestBody"]["content"], kind, body, path)
        response = operation["responses"].get(str(said["status"]))
        if response is None:
            return [*found, f"{path}: the status {said['status']} is not described"]
        told = {name.lower(): value for name, value in said["answer_headers"].items()}
        content = base64.b64decode(said["answer"])
        if told.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        if "content" in response:
            found += self._content(response["content"], told["content-type"], content, path)
        elif content:
            found.append(f"{path}: the status {said['status']} has a body, and none is described")
        return found

    def _path(self, asked: str) -> str:
        for path in self.document["paths"]:
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), asked):
                return str(path)
        return asked

    def _content(self, kinds: dict[str, Any], kind: str, body: bytes, path: str) -> list[str]:
        if kind not in kinds:
            return [f"{path}: {kind} is not described"]
        if kind != "application/json":
            return []
        return [f"{path}: {problem}" for problem in self._unfit(kinds[kind]["schema"], json.loads(body))]

    def _unfit(self, schema: dict[str, Any], value: object) -> list[str]:
        import jsonschema_rs

        whole = {**schema, "components": self.document["components"]}
        return [each.message for each in jsonschema_rs.validator_for(whole).iter_errors(value)]


@pytest.mark.system
@pytest.mark.parametrize("release", RELEASES)
def test_what_former_releases_said_fits_the_description(release: str, house: House, tmp_path: Path) -> None:
    described = Described(build(house.ledger, house.clock).openapi())
    former = Former(release, tmp_path / "former")
    for name in ("first-sync", "second-sync"):
        for said in former.said(name):
            said["answer"] = without_what_came_later(said)
            assert described.wrong(said) == []


def without_what_came_later(said: dict[str, Any]) -> str:
    """An answer of a former centre with what only newer ones say added: readers let it be missing."""
    content = base64.b64decode(said["answer"])
    if said["answer_headers"].get("content-encoding") == "gzip" or not content.startswith(b"{"):
        return str(said["answer"])
    answer = json.loads(content)
    if "recovery_key" in answer:
        answer.setdefault("box_key", answer["recovery_key"])
    if isinstance(answer.get("cards"), dict):
        answer["cards"].setdefault("cancelled", [])
        for officer in answer["cards"].get("officers", []):
            officer.setdefault("name", "")
    return base64.b64encode(json.dumps(answer).encode()).decode()


@pytest.mark.system
def test_what_a_laptop_and_the_centre_say_fits_the_description(house: House, box: PaperBox) -> None:
    described = Described(build(house.ledger, house.clock).openapi())
    other = PaperBox()
    house.join(other, login="mai", name="Máy 2", scope="unit")
    said: list[dict[str, Any]] = []
    with house.serving() as url, recorded(url, said) as way:
        for each in (box, other):
            assert each.known
            each.known = replace(each.known, url=way)
            each.receive(20)
            each.begin_origin()
            each.receive(3)
            assert sync(each, clock=noon).agree
        box.receive(1)
        sync(box, clock=noon, cursor=box.cursor)
    assert {each["method"] for each in said} == {"GET", "POST"}
    assert len(said) > 12
    for each in said:
        assert described.wrong(each) == []


# -- What could be said ----------------------------------------------------------------------------------


class Signer(AuthBase):
    """Signs a request as it is sent, in the name of an enrolled laptop, and gives it a token for files."""

    def __init__(self, house: House, box: PaperBox) -> None:
        assert box.known
        self.box = box
        self.device = box.known.device
        until = noon() + timedelta(hours=1)
        self.token = protocol.grant(house.ledger.identity.key, self.device, until)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        signed = Credentials.sign(
            self.box.key,
            device=self.device,
            method=str(request.method),
            target=request.path_url,
            body=body.encode() if isinstance(body, str) else body,
            now=noon(),
        )
        request.headers.update({**signed.headers, "X-Protocol": "1"})
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def asked(url: str, house: House, box: PaperBox, *, signed: bool) -> int:
    """Let Schemathesis ask everything that it can think of; how many requests that were."""
    import schemathesis
    from hypothesis import strategies as st

    run = body_of(remember(box.receive(3)))
    runs = st.one_of(st.binary(max_size=2000), st.just(run), st.integers(0, len(run)).map(lambda n: run[:n]))
    schemathesis.openapi.media_type(protocol.RUN_TYPE, runs)
    page = protocol.write_page(cursor="", more=False, omitted=(), lines=())
    pages = st.one_of(st.binary(max_size=2000), st.integers(0, len(page)).map(lambda n: page[:n]))
    schemathesis.openapi.media_type(protocol.FEED_TYPE, pages)
    for plain in ("application/offset+octet-stream", protocol.FEED_TYPE, bundle.LETTER_TYPE):
        schemathesis.openapi.media_type(plain, st.binary(max_size=2000))
    refused = {"expected-statuses": [400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 426]}
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": refused}})
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    count = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in schemathesis.GenerationMode:
            if mode.is_negative and (operation.path == "/v1/hello" or operation.method == "options"):
                continue  # nothing is asked there that could be wrong
            ours = box.origin if signed and mode.is_positive else None
            count += each_case(
                operation.as_strategy(generation_mode=mode), url, Signer(house, box) if signed else None, ours
            )
    return count


def each_case(cases: Any, url: str, auth: Signer | None, ours: str | None) -> int:
    """Ask a few of these cases, about our own journal where one is named."""
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis import checks as general
    from schemathesis.specs.openapi import checks

    held = [
        general.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
        checks.unsupported_method,
    ]
    if auth is None:  # whoever signs puts right what was wrong with the headers
        held.append(checks.negative_data_rejection)
    count = 0

    @given(case=cases)
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def ask(case: Any) -> None:
        nonlocal count
        count += 1
        if ours is not None and "origin" in (case.path_parameters or {}):
            case.path_parameters["origin"] = ours
        case.call_and_validate(base_url=url, checks=held, **({} if auth is None else {"auth": auth}))

    ask()
    return count


@pytest.mark.system
def test_schemathesis_finds_nothing_unsigned(house: House, box: PaperBox) -> None:
    with house.serving() as url:
        assert asked(url, house, box, signed=False) > 100
    assert house.ledger.status().facts == 0


@pytest.mark.system
def test_schemathesis_finds_nothing_signed_by_an_enrolled_laptop(house: House, box: PaperBox) -> None:
    with house.serving() as url:
        assert asked(url, house, box, signed=True) > 100
    assert house.ledger.verify().problems == ()
