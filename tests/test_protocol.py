"""What laptop and centre say to each other."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mobile_reception.centre.description.operations import REFUSALS
from mobile_reception.dossier.facts import GENESIS, Act, write
from mobile_reception.dossier.fold import SCHEMAS
from mobile_reception.sync import protocol

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
HEAD = protocol.Head(
    code="ok",
    origin=str(uuid4()),
    seq=7,
    hash="a" * 64,
    epoch=str(uuid4()),
    time=NOW.isoformat(),
    held=1,
    conflicts=0,
    safe=0,
    device_state="active",
)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": 1.5}',
        '{"a": 1, "a": 2}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "\\ud800"}',
        '{"a": {"\\udfff": 1}}',
        '{"a": ' + "[" * 200_000 + "]" * 200_000 + "}",
        '{"a": ' + "[" * 40 + "]" * 40 + "}",
        "[]",
        "",
        "null",
    ],
)
def test_malicious_json_is_refused(text: str) -> None:
    with pytest.raises(protocol.Unreadable):
        protocol.load(text.encode())


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(protocol.Unreadable):
        protocol.load(b'{"a": "\xff"}')


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=2, max_size=6))
def test_a_run_is_read_as_it_was_written(texts: list[str]) -> None:
    lines = b"".join(
        protocol.fact_lines(json.dumps(each), None if not each else json.dumps(each), "e" * 64)
        for each in texts
    )
    origin = str(uuid4())
    body = protocol.write_run(
        origin=origin, first=3, last=2 + len(texts), last_hash="b" * 64, previous=GENESIS, lines=lines
    )
    run = protocol.read_run(protocol.unsqueeze(protocol.squeeze(body)))
    assert (run.origin, run.first, run.count) == (origin, 3, len(texts))
    assert run.lines[1::2] == [json.dumps(each).encode() if each else b"~" + b"e" * 64 for each in texts]


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_run_with_one_byte_changed_is_read_or_refused_but_never_breaks(place: int, byte: int) -> None:
    body = bytearray(
        protocol.write_run(
            origin=str(uuid4()), first=1, last=1, last_hash="b" * 64, previous=GENESIS, lines=b"{}\n{}\n"
        )
    )
    body[place % len(body)] = byte
    try:
        protocol.read_run(bytes(body))
    except protocol.Unreadable:
        return


def test_a_gzip_bomb_stops_at_the_cap() -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = bomb.compress(b"0" * 64 * 1024 * 1024) + bomb.flush()
    assert len(data) < 100_000
    with pytest.raises(protocol.TooLarge):
        protocol.unsqueeze(data)


def test_a_body_tells_by_itself_whether_it_is_gzip() -> None:
    for plain in (b"", b"{}\n", "ấp\n".encode() * 400):
        assert protocol.plain(plain) == plain
        assert protocol.plain(protocol.squeeze(plain)) == plain


def test_a_torn_gzip_is_refused() -> None:
    with pytest.raises(protocol.Unreadable):
        protocol.unsqueeze(protocol.squeeze(b"x" * 1000)[:-5])


def test_a_request_holds_only_for_what_was_signed() -> None:
    body_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    signed = protocol.Credentials.sign(KEY, device="d", method="POST", target="/v1/runs/x", body=b"", now=NOW)
    read = protocol.Credentials.read({k.lower(): v for k, v in signed.headers.items()})
    assert read == signed
    assert signed.time == NOW
    assert read.hold(PUBLIC, method="POST", target="/v1/runs/x", body_hash=body_hash)
    assert not read.hold(PUBLIC, method="GET", target="/v1/runs/x", body_hash=body_hash)
    assert not read.hold(PUBLIC, method="POST", target="/v1/runs/y", body_hash=body_hash)
    assert not read.hold(PUBLIC, method="POST", target="/v1/runs/x", body_hash="0" * 64)
    assert not read.hold(b"p" * 32, method="POST", target="/v1/runs/x", body_hash=body_hash)


def test_a_kept_answer_proves_itself_without_its_request() -> None:
    body = protocol.dump(HEAD.document(status=200, target="/v1/runs/x", nonce="n" * 24))
    signature = protocol.sign_answer(KEY, status=200, target="/v1/runs/x", nonce="n" * 24, body=body)
    assert protocol.check_proof(body, protocol.unbase64(signature), PUBLIC) == HEAD
    with pytest.raises(protocol.Unreadable):
        protocol.check_proof(body.replace(b'"seq":7', b'"seq":8'), protocol.unbase64(signature), PUBLIC)


def test_every_changed_bit_of_a_certificate_is_seen() -> None:
    about = protocol.Certificate(
        device=str(uuid4()),
        unit="29905",
        public_key=b"p" * 32,
        issued=NOW,
        name_hash=protocol.name_hash("Máy 1"),
        practice=True,
    )
    data = protocol.certify(KEY, about)
    assert protocol.check_certificate(data, PUBLIC) == about
    for place in range(len(data)):
        forged = bytearray(data)
        forged[place] ^= 1
        with pytest.raises(protocol.Unreadable):
            protocol.check_certificate(bytes(forged), PUBLIC)


def test_the_text_for_other_teams_names_every_field_of_a_fact_every_kind_and_every_word() -> None:
    said = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text("utf-8")
    fact = write(
        Act(str(UUID(int=1)), "x.y", {}),
        origin=str(UUID(int=2)),
        seq=1,
        stamp=1,
        previous=GENESIS,
        officer="lan",
        at=datetime(2026, 11, 18, tzinfo=UTC),
    )
    words = {*json.loads(fact.header), *json.loads(fact.payload or ""), *SCHEMAS}
    words |= {code for codes in REFUSALS.values() for code in codes}
    assert [word for word in sorted(words) if f"`{word}`" not in said] == []
