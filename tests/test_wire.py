"""Laptops and centres of different releases: former ones are recordings, today's are real.

What a former laptop sent is sent again to today's centre, what a former centre answered is answered again to
today's laptop, byte for byte. Fields that one side does not know are let pass by the other.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from former import RELEASES, Former
from laptop_and_centre import House, Older, PaperBox, enrolled_at, make_centre, noon
from mobile_reception.sync import protocol
from mobile_reception.sync.client import RoadClosed, enrol, hello, sync
from mobile_reception.sync.protocol import Head, Reason
from wire import Said, ask, replayed


@pytest.fixture(params=RELEASES)
def former(request: pytest.FixtureRequest, tmp_path: Path) -> Former:
    return Former(request.param, tmp_path)


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


def content(said: Said) -> bytes:
    """An answer's bytes, inflated."""
    body = base64.b64decode(said["answer"])
    squeezed = {k.lower(): v for k, v in said["answer_headers"].items()}.get("content-encoding") == "gzip"
    return gzip.decompress(body) if squeezed else body


def answered(said: Said) -> dict[str, Any]:
    """An answer's first line."""
    return protocol.load(content(said).partition(b"\n")[0])


# -- A former laptop, today's centre ---------------------------------------------------------------------


def test_a_former_laptop_is_understood_by_todays_centre(former: Former, tmp_path: Path) -> None:
    shutil.rmtree(
        tmp_path / "centre-files", ignore_errors=True
    )  # as before its first sync: the scan is not there
    house = House(tmp_path)
    house.now = former.clock()
    before = house.ledger.status().facts
    with house.serving() as url:
        for name in ("first-sync", "second-sync"):
            for said in former.said(name):
                if said["target"] != "/v1/enrol":  # its code is long used up; see below
                    now = ask(url, said)
                    assert now["status"] == said["status"], (said["target"], now["answer"])
                    if said["answer"]:  # tus answers in headers
                        assert missing(expected(former, said, now), answered(now)) == []
                        assert signed_for_it(house, now)
    house.folded()
    assert house.ledger.verify().problems == ()
    assert house.ledger.status().facts > before
    codes = {state.code for state in house.ledger.dossiers()}
    assert codes == {*former.about["at_centre"], *former.about["unsent"]}
    house.ledger.close()


def test_a_former_laptops_enrolment_is_answered_as_it_was(former: Former, tmp_path: Path) -> None:
    house = House(tmp_path)
    house.now = former.clock()
    (said,) = [each for each in former.said("first-sync") if each["target"] == "/v1/enrol"]
    with house.serving() as url:
        now = ask(url, said)  # the same laptop with the same code: the answer might have been lost
    before, after = answered(said), answered(now)
    assert now["status"] == 200
    for name in ("device", "certificate", "centre_key", "unit", "scope", "ranges"):
        assert after[name] == before[name]
    assert missing(before, after) == []
    house.ledger.close()


def expected(former: Former, said: Said, now: Said) -> dict[str, Any]:
    """What was answered; where the cards were unchanged then and are not now, the cards of that time."""
    before = answered(said)
    if not before.get("unchanged") or answered(now).get("unchanged"):
        return before
    joined = next(each for each in former.said("first-sync") if each["target"] == "/v1/enrol")
    return dict(answered(joined)["cards"])


def missing(before: Any, after: Any, where: str = "") -> list[str]:
    """What a former release reads and does not find any more, or finds to be of another kind."""
    if isinstance(before, dict) and isinstance(after, dict):
        gone = [f"{where}.{name} is gone" for name in before if name not in after]
        there = [name for name in before if name in after]
        return gone + [
            each for name in there for each in missing(before[name], after[name], f"{where}.{name}")
        ]
    if isinstance(before, list) and isinstance(after, list):
        likely = [missing(before[0], each, f"{where}[]") for each in after] if before else []
        return min(likely, key=len) if likely else ([f"{where} is empty"] if before else [])
    same = before is None or type(after) is type(before)
    return [] if same else [f"{where} was {before!r} and is {after!r}"]


def signed_for_it(house: House, said: Said) -> bool:
    headers = {name.lower(): value for name, value in said["headers"].items()}
    return protocol.check_answer(
        house.ledger.identity.public_key,
        said["answer_headers"]["x-centre-signature"],
        status=said["status"],
        target=said["target"],
        nonce=headers["x-nonce"],
        body=base64.b64decode(said["answer"]),
    )


# -- Today's laptop, a former centre ---------------------------------------------------------------------


def key_of(former: Former) -> Ed25519PrivateKey:
    """The former centre's own key, for what it said to requests that it did not know."""
    with closing(sqlite3.connect(former.saved / "centre.db")) as db:
        names = dict(db.execute("SELECT key, value FROM meta"))
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(names["key"]))


def test_todays_laptop_understands_a_former_centre(former: Former) -> None:
    with replayed(former.said("second-sync"), key_of(former)) as (url, beyond):
        former.stays_here(url)
        desk = former.open()
        assert desk.status().waiting > 0
        report = desk.sync().value
        assert (report.reason, report.waiting, report.held, report.agree) == (None, 0, 0, True)
        assert desk.status().waiting == 0
        assert desk.verify().problems == ()
        desk.close()
    assert beyond == []


def test_todays_laptop_joins_a_former_centre(former: Former) -> None:
    (key,) = former.raw("SELECT value FROM meta WHERE key='device_key'")
    (origin,) = former.raw("SELECT origin FROM origin WHERE current")
    first = former.said("first-sync")
    asked = json.loads(base64.b64decode(next(e["body"] for e in first if e["target"] == "/v1/enrol")))
    with replayed(first, key_of(former)) as (url, beyond):
        centre = hello(url, clock=former.clock)
        assert [unit["code"] for unit in centre.units] == [asked_unit(former)]
        joined = enrol(
            url,
            former.about["enrol_code"],
            centre=centre,
            device_key=Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key[0])),
            name="Máy 1",
            origin=origin[0],
            login=former.about["login"],
            officer_key=protocol.unbase64(asked["officer_key"]),
            passphrase=former.about["passphrase"],
            practice=True,
            clock=former.clock,
        )
    assert joined.scope == "hamlets"
    assert joined.ranges
    assert beyond == []


def asked_unit(former: Former) -> str:
    return str(former.raw("SELECT value FROM meta WHERE key='unit'")[0][0])


# -- Fields that only one side knows, and versions that only one side speaks ------------------------------


def test_fields_of_a_newer_centre_are_let_pass(house: House, box: PaperBox) -> None:
    told = Head.document

    def newer(self: Head, **named: Any) -> dict[str, Any]:
        return {**told(self, **named), "of_the_future": {"a": [1, 2]}, "later": None}

    box.receive(5)
    with mock.patch.object(Head, "document", newer), house.serving() as url:
        report = sync(enrolled_at(box, url), clock=noon)
    assert (report.reason, report.acknowledged, report.agree) == (None, 5, True)
    assert box.known
    assert protocol.check_proof(box.proofs[-1].body, box.proofs[-1].signature, box.known.centre_key).seq == 5


def test_fields_of_a_newer_laptop_are_let_pass(house: House, box: PaperBox) -> None:
    dump = protocol.dump

    def newer(document: dict[str, Any]) -> bytes:
        return dump({**document, "of_the_future": {"a": [1, 2]}})

    box.receive(5)
    first = box.origin
    with house.serving() as url:
        enrolled_at(box, url)
        with mock.patch("mobile_reception.sync.protocol.runs.dump", newer):
            assert sync(box, clock=noon).agree
        box.begin_origin()
        box.receive(2)
        with mock.patch("mobile_reception.sync.client.joining.protocol.dump", newer):
            assert sync(box, clock=noon).agree
    assert {first, box.origin} <= {each.origin for each in house.ledger.status().origins}


def test_a_laptop_whose_version_is_too_old_keeps_everything_and_says_what_to_do(
    house: House, box: PaperBox
) -> None:
    box.receive(3)
    with house.serving() as url:
        enrolled_at(box, url)
        with mock.patch("mobile_reception.sync.client.road.protocol", Older(protocol)):
            report = sync(box, clock=noon)
        assert (report.reason, report.waiting, report.acknowledged) == (Reason.TOO_OLD, 3, 0)
        assert sync(box, clock=noon).agree


def test_a_laptop_of_an_old_version_is_not_enrolled(house: House) -> None:
    code = house.ledger.register.new_code(unit="29905", name="Máy 2", scope="hamlets", now=house.now)
    with house.serving() as url:
        centre = hello(url, clock=noon)
        with (
            mock.patch("mobile_reception.sync.client.joining.protocol", Older(protocol)),
            pytest.raises(RoadClosed) as refused,
        ):
            enrol(
                url,
                code,
                centre=centre,
                device_key=Ed25519PrivateKey.generate(),
                name="Máy 2",
                origin=PaperBox().origin,
                login="mai",
                officer_key=b"o" * 32,
                passphrase="một câu dài để thử",
                practice=True,
                clock=noon,
            )
    assert refused.value.reason is Reason.TOO_OLD
