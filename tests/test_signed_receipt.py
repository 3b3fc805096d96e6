"""The signed text in a receipt's QR code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mobile_reception.dossier import receipt_code
from mobile_reception.dossier.receipt_code import base45, check, from_base45, sign
from mobile_reception.papers import receipt
from mobile_reception.papers.qr import qr_path
from mobile_reception.sync import protocol
from mobile_reception.words import VIETNAM
from test_receipt import VALUES

CENTRE = Ed25519PrivateKey.from_private_bytes(b"c" * 32)
LAPTOP = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
DEVICE = str(UUID(int=7))
CERTIFICATE = protocol.certify(
    CENTRE,
    protocol.Certificate(
        device=DEVICE,
        unit="29978",
        public_key=LAPTOP.public_key().public_bytes_raw(),
        issued=datetime(2026, 11, 1, tzinfo=UTC),
        name_hash=protocol.name_hash("Máy 1"),
        practice=False,
    ),
)
BODY = receipt_code.body(
    public_key=LAPTOP.public_key().public_bytes_raw(),
    code="H20.99.1-261120-5001",
    issued=datetime(2026, 11, 20, 8, 5, 9, 500, tzinfo=VIETNAM),
    due=date(2026, 11, 25),
    fee=12_000,
    procedure="2.000815",
    full_name="Nguyễn Thị Đặng Ự",
    head=bytes(range(32)),
)
TEXT = sign(BODY, LAPTOP.sign, CERTIFICATE)


def known_by(centre_key: bytes, data: bytes) -> tuple[str, bytes] | None:
    try:
        certificate = protocol.check_certificate(data, centre_key)
    except protocol.Unreadable:
        return None
    return certificate.device, certificate.public_key


OURS = partial(known_by, CENTRE.public_key().public_bytes_raw())


def test_a_receipt_of_ours_is_good_and_says_what_was_signed():
    checked = check(TEXT, check_certificate=OURS)
    assert (checked.verdict, checked.device) == ("good", DEVICE)
    assert checked.body == BODY
    assert checked.body.issued == datetime(2026, 11, 20, 8, 5, 9, tzinfo=VIETNAM)


def test_every_change_of_one_character_is_refused():
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    for at, letter in enumerate(TEXT):
        for other in {letters[(letters.index(letter) + step) % 45] for step in (1, 7, 22, 44)} | {"a", "Đ"}:
            changed = TEXT[:at] + other + TEXT[at + 1 :]
            assert check(changed, check_certificate=OURS).verdict != "good", (at, other)


def test_a_letter_less_or_more_or_two_swapped_are_refused():
    for at in range(len(TEXT)):
        assert check(TEXT[:at] + TEXT[at + 1 :], check_certificate=OURS).verdict != "good"
        assert check(TEXT[:at] + "0" + TEXT[at:], check_certificate=OURS).verdict != "good"
        swapped = TEXT[:at] + TEXT[at : at + 2][::-1] + TEXT[at + 2 :]
        assert swapped == TEXT or check(swapped, check_certificate=OURS).verdict != "good"


def test_a_laptop_of_another_centre_is_unknown():
    other = partial(known_by, Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key().public_bytes_raw())
    assert check(TEXT, check_certificate=other).verdict == "unknown_laptop"


def test_a_body_under_anothers_signature_is_forged():
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    checked = check(sign(BODY, thief.sign, CERTIFICATE), check_certificate=OURS)
    assert (checked.verdict, checked.device) == ("forged", DEVICE)
    cheaper = sign(replace(BODY, fee=0), LAPTOP.sign, CERTIFICATE)
    mixed = from_base45(cheaper[4:])[:66] + from_base45(TEXT[4:])[66:]
    assert check("MR1:" + base45(mixed), check_certificate=OURS).verdict == "forged"


def test_a_body_that_names_another_key_is_forged():
    wrong = sign(replace(BODY, key_id=b"\0" * 4), LAPTOP.sign, CERTIFICATE)
    assert check(wrong, check_certificate=OURS).verdict == "forged"


def test_a_revoked_laptops_receipts_are_told_apart():
    checked = check(TEXT, check_certificate=OURS, revoked={DEVICE})
    assert (checked.verdict, checked.body) == ("revoked", BODY)


@given(st.one_of(st.text(max_size=600), st.binary(max_size=300).map(lambda data: "MR1:" + base45(data))))
def test_whatever_a_reader_reads_gets_a_verdict(text):
    assert check(text, check_certificate=OURS).verdict in {"unreadable", "unknown_laptop", "forged"}


@given(st.binary(max_size=300))
def test_base45_gives_the_bytes_back(data):
    assert from_base45(base45(data)) == data


def test_base45_is_that_of_the_rfc():
    examples = [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ]
    for data, text in examples:
        assert base45(data) == text
        assert from_base45(text) == data


@pytest.mark.parametrize("text", ["A", "ab8", "::", ":::", "GGW", "BB8A"])
def test_text_that_no_bytes_give_is_refused(text):
    with pytest.raises(ValueError, match="base45"):
        from_base45(text)


def test_the_code_says_no_name_and_no_number_in_clear():
    data = from_base45(TEXT[4:])
    for needle in ("Nguyễn", "NGUYỄN", "087183001234"):
        assert needle.encode() not in data
    assert BODY.names("nguyễn  thị đặng ự")
    assert not BODY.names("Nguyễn Thị Đặng U")
    other = receipt_code.hashed_name("Nguyễn Thị Đặng Ự", code=BODY.code, head=bytes(8))
    assert other != BODY.name_hash


@given(
    seconds=st.integers(0, 2**31),
    days=st.integers(0, 65535),
    fee=st.integers(0, 2**40 - 1),
    code=st.text(alphabet="ABCH0123456789.-", max_size=40),
)
def test_every_body_is_read_as_it_was_written(seconds, days, fee, code):
    body = replace(
        BODY,
        issued=datetime.fromtimestamp(seconds, UTC),
        due=date(2000, 1, 1) + timedelta(days=days),
        fee=fee,
        code=code,
    )
    checked = check(sign(body, LAPTOP.sign, CERTIFICATE), check_certificate=OURS)
    assert (checked.verdict, checked.body) == ("good", body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fee": -1},
        {"fee": 2**40},
        {"code": "H" * 41},
        {"code": "Đ"},
        {"due": date(1999, 1, 1)},
        {"head": b""},
    ],
)
def test_a_body_that_cannot_be_written_is_refused(wrong):
    with pytest.raises(ValueError):
        sign(replace(BODY, **wrong), LAPTOP.sign, CERTIFICATE)


def test_the_longest_code_keeps_the_squares_within_27_millimetres():
    body = replace(BODY, code="H20.999.999-261120-12345", fee=2**40 - 1)
    modules = qr_path(sign(body, LAPTOP.sign, CERTIFICATE)).modules
    assert (modules + 8) * 0.375 <= 27.5  # 73 squares with the white around them


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_a_reader_gets_the_text_back_from_the_printed_paper(paper):
    content = receipt(replace(VALUES, qr_text=TEXT), paper=paper)
    document = pypdfium2.PdfDocument(content)
    bitmap = document[0].render(scale=200 / 72, grayscale=True)
    picture = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
    found = zxingcpp.read_barcodes(picture)
    document.close()
    assert [one.text for one in found] == [TEXT]
    assert check(found[0].text, check_certificate=OURS).verdict == "good"
    assert len(content) <= 40 * 1024
