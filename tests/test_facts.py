"""The fact and its chain."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from mobile_reception.dossier import facts
from mobile_reception.dossier.facts import GENESIS, Act, Broken, Malformed

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
ORIGIN = facts.uuid7(NOON)
SUBJECT = facts.uuid7(NOON)

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=9), inner
        )
    ),
    max_leaves=20,
)


def journal(count: int, **payload: object) -> list[facts.Fact]:
    written: list[facts.Fact] = []
    for seq in range(1, count + 1):
        previous = written[-1].hash if written else GENESIS
        act = Act(SUBJECT, "dossier.amended", {"set": {"note": f"lần {seq}"}, **payload})
        written.append(
            facts.write(act, origin=ORIGIN, seq=seq, stamp=seq, previous=previous, officer="lan", at=NOON)
        )
    return written


@given(_values)
def test_canonical_text_is_what_the_rfc_asks_for(value: object) -> None:
    normal = json.loads(unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False)))
    assert facts.canonical(value).encode() == rfc8785.dumps(normal)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, {"ă": 1}, {1: 2}, {"a": b"x"}, "\ud800", {"a": {"b": {3}}}]
)
def test_what_is_not_canonical_json_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        facts.canonical(value)


def test_a_fact_read_again_from_its_two_lines_is_the_same() -> None:
    previous = GENESIS
    for fact in journal(3):
        assert facts.read(fact.header, fact.payload, fact.payload_hash, previous) == fact
        previous = fact.hash


def test_the_same_payload_twice_has_two_hashes() -> None:
    first, second = journal(2)[0], journal(2)[0]
    assert first.body["set"] == second.body["set"]
    assert first.payload_hash != second.payload_hash
    assert len(first.body["salt"]) == 32


def test_a_payload_over_64_kib_is_a_file_and_no_fact() -> None:
    with pytest.raises(Malformed):
        journal(1, note="ạ" * 30_000)


def test_an_erased_payload_leaves_the_chain_whole() -> None:
    chain = journal(3)
    lines = [(fact.header, None if fact.seq == 2 else fact.payload, fact.payload_hash) for fact in chain]
    previous, read = GENESIS, []
    for header, payload, payload_hash in lines:
        read.append(facts.read(header, payload, payload_hash, previous))
        previous = read[-1].hash
    assert facts.check_chain(read) == (3, chain[-1].hash)
    assert read[1].body == {}


@given(st.sampled_from(["edit", "gap", "swap", "header"]), st.integers(0, 4))
def test_no_edit_gap_or_swap_goes_unseen(harm: str, place: int) -> None:
    chain = journal(6)
    victim = chain[place]
    if harm == "edit":
        body = facts.canonical({"set": {"note": "khác"}, "salt": "0" * 32})
        chain[place] = facts.Fact(**{**_fields(victim), "payload": body})
    elif harm == "header":
        header = victim.header.replace('"lan"', '"nga"')
        chain[place] = facts.Fact(**{**_fields(victim), "header": header})
    elif harm == "gap":
        del chain[place]
    else:
        chain[place], chain[place + 1] = chain[place + 1], victim
    with pytest.raises(Broken):
        facts.check_chain(chain)


def _fields(fact: facts.Fact) -> dict[str, object]:
    return {name: getattr(fact, name) for name in facts.Fact.__dataclass_fields__}


@given(st.integers(0, 2**52), st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2199, 1, 1)))
def test_a_stamp_never_goes_back_whatever_the_clock_says(last: int, now: datetime) -> None:
    stamp = facts.next_stamp(last, now.replace(tzinfo=UTC))
    assert last < stamp < 2**53


def test_ids_sort_by_time() -> None:
    early = facts.uuid7(datetime(2026, 1, 1, tzinfo=UTC))
    assert early < facts.uuid7(NOON)
    assert facts.is_uuid(early)
    assert early[14] == "7"


@given(st.text(max_size=300))
def test_any_text_for_a_header_is_read_or_refused(header: str) -> None:
    with pytest.raises(Malformed):
        facts.read(header, "{}", facts.digest("{}"), GENESIS)
