"""Joining a centre: the one-time code, who may, and what a lost answer does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from laptop_and_centre import NOON, PASSPHRASE, UNIT, House, Road, make_centre, noon
from mobile_reception.centre.register import CODE_LIFE
from mobile_reception.store.values import Enrolment
from mobile_reception.sync import protocol
from mobile_reception.sync.client import (
    EnrolmentAnswer,
    NotAcceptable,
    NotAllowed,
    RoadClosed,
    enrol,
    hello,
    road,
)
from mobile_reception.sync.client.joining import announce


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("centre")
    make_centre(folder)
    return folder


@pytest.fixture
def house(template: Path, tmp_path: Path) -> Iterator[House]:
    shutil.copy(template / "centre.db", tmp_path / "centre.db")
    house = House(tmp_path)
    yield house
    house.ledger.close()


class Applicant:
    """A laptop that wants to join."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = Ed25519PrivateKey.generate()
        self.officer = Ed25519PrivateKey.generate()
        self.origin = str(uuid4())

    def ask(self, code: str, **other: Any) -> EnrolmentAnswer:
        asked: dict[str, Any] = {
            "centre": hello(self.url, clock=noon),
            "device_key": self.key,
            "name": "Máy 1",
            "origin": self.origin,
            "login": "lan",
            "officer_key": self.officer.public_key().public_bytes_raw(),
            "passphrase": PASSPHRASE,
            "practice": True,
            "clock": noon,
            "sealed_recovery": b"sealed",
        }
        return enrol(self.url, code, **{**asked, **other})


def new_code(house: House, *, scope: str = "hamlets") -> str:
    return house.ledger.register.new_code(unit=UNIT.code, name="Máy 1", scope=scope, now=house.now)


def test_a_laptop_gets_all_that_it_needs(house: House) -> None:
    house.ledger.register.add_hamlet(UNIT.code, "Ấp 1")
    with house.serving() as url:
        applicant = Applicant(url)
        answer = applicant.ask(new_code(house, scope="unit"))
    certificate = protocol.check_certificate(answer.certificate, house.ledger.identity.public_key)
    assert (certificate.device, certificate.unit, certificate.practice) == (answer.device, UNIT.code, True)
    assert answer.unit == UNIT.document()
    assert answer.scope == "unit"
    assert [dict(each) for each in answer.ranges] == [
        {"origin": applicant.origin, "first": 5000, "last": 5199}
    ]
    assert [hamlet["name"] for hamlet in answer.cards.hamlets] == ["Ấp 1"]
    lan = next(officer for officer in house.ledger.register.officers() if officer.login == "lan")
    assert (lan.role, lan.made_by) == ("officer", "enrolment")
    card = next(officer for officer in answer.cards.officers if officer["login"] == "lan")
    assert card["keys"] == [protocol.to_base64(applicant.officer.public_key().public_bytes_raw())]


def test_a_code_is_good_for_one_laptop_only(house: House) -> None:
    code = new_code(house)
    with house.serving() as url:
        first = Applicant(url)
        answer = first.ask(code)
        # Its answer was lost: the same laptop asks again, typing it otherwise, and is given the same.
        again = first.ask(code.lower().replace("-", " "))
        assert (again.device, again.certificate, again.ranges) == (
            answer.device,
            answer.certificate,
            answer.ranges,
        )
        with pytest.raises(NotAllowed) as refused:
            Applicant(url).ask(code)
        assert refused.value.code == "bad_code"
    assert len(house.ledger.register.devices()) == 1


def test_a_lost_answer_to_an_enrolment_makes_one_device(house: House) -> None:
    code = new_code(house)
    with house.serving() as url, Road(url).open() as road:
        applicant = Applicant(road.url)
        road.faults = ["", "lost"]
        with pytest.raises(RoadClosed):
            applicant.ask(code)
        assert applicant.ask(code).device
    assert len(house.ledger.register.devices()) == 1


def test_a_code_that_is_wrong_or_too_old_is_refused(house: House) -> None:
    code = new_code(house)
    with house.serving() as url:
        with pytest.raises(NotAllowed):
            Applicant(url).ask("AAAAA-AAAAA-AAAAA-AAAAA")
        house.now = NOON + CODE_LIFE + timedelta(seconds=1)
        with pytest.raises(NotAllowed) as refused:
            Applicant(url).ask(code)
    assert refused.value.code == "bad_code"


def test_a_laptop_of_another_place_is_not_taken_and_its_code_stays_good(house: House) -> None:
    once = new_code(house)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("practice", {"practice": False}),
        ("unit", {"unit": "00001"}),
        ("agency", {"unit": UNIT.code, "agency_id": "H00.0"}),
    ]
    with house.serving() as url:
        applicant = Applicant(url)
        for code, other in wrong:
            with pytest.raises(NotAcceptable) as refused:
                applicant.ask(once, **other)
            assert refused.value.code == code
        assert applicant.ask(once, unit=UNIT.code, agency_id=UNIT.agency_id).device


def test_nobody_becomes_a_deputy_by_choosing_a_name(house: House) -> None:
    house.ledger.register.add_officer(UNIT.code, "pho", "deputy", "mật khẩu của phó giám đốc")
    code = new_code(house)
    with house.serving() as url:
        applicant = Applicant(url)
        with pytest.raises(NotAllowed) as refused:
            applicant.ask(code, login="pho")
        assert refused.value.code == "passphrase"
        answer = applicant.ask(code, login="pho", passphrase="mật khẩu của phó giám đốc")
        role = next(each["role"] for each in answer.cards.officers if each["login"] == "pho")
        assert role == "deputy"
        house.ledger.register.disable_officer(UNIT.code, "pho")
        with pytest.raises(NotAllowed) as refused:
            Applicant(url).ask(new_code(house), login="pho", passphrase="mật khẩu của phó giám đốc")
        assert refused.value.code == "officer_disabled"


def test_an_answer_of_another_centre_is_not_believed(house: House, template: Path, tmp_path: Path) -> None:
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    make_centre(other_folder)
    other = House(other_folder)
    try:
        with house.serving() as url, other.serving() as elsewhere:
            known = hello(url, clock=noon)
            with pytest.raises(RoadClosed):
                Applicant(elsewhere).ask(new_code(other), centre=known)
    finally:
        other.ledger.close()


def test_an_origin_of_one_laptop_cannot_be_announced_by_another(house: House) -> None:
    with house.serving() as url:
        first, second = Applicant(url), Applicant(url)
        first.ask(new_code(house))
        answer = second.ask(new_code(house))
        known = Enrolment(url, answer.device, UNIT.code, answer.centre_key, answer.certificate)
        with road.Road.to(known, timeout=10) as way:

            def announced(origin: str) -> Sequence[Mapping[str, Any]]:
                return announce(way, known.device, second.key, origin, clock=noon)

            with pytest.raises(NotAllowed) as refused:
                announced(first.origin)
            assert refused.value.code == "origin_taken"
            fresh = str(uuid4())
            given = announced(fresh)
            assert given == announced(fresh)
            assert [(each["first"], each["last"]) for each in given] == [(5400, 5599)]
            house.ledger.register.revoke(answer.device)
            # What a revoked laptop wrote in a new journal is still taken, and held; it only gets no numbers.
            assert announced(str(uuid4())) == ()


def test_the_recovery_key_is_only_in_its_file(template: Path) -> None:
    secret = load_pem_private_key((template / "recovery.pem").read_bytes(), None)
    assert isinstance(secret, X25519PrivateKey)
    assert secret.private_bytes_raw() not in (template / "centre.db").read_bytes()
    assert secret.private_bytes_raw().hex().encode() not in (template / "centre.db").read_bytes()
    assert {(template / name).stat().st_mode & 0o777 for name in ("centre.db", "recovery.pem")} == {0o600}
