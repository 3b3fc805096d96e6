"""Files of a dossier as facts: one state whatever the order, and names that are safe wherever they go."""

from __future__ import annotations

import random
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_reception.dossier.attachment import TYPES, Limits, sound_name
from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import fold_dossier
from test_fold import DOSSIER, Laptop, received

DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
NAMES = ("a" * 64, "b" * 64, "c" * 64)


def attach(laptop: Laptop, sha256: str, **more: object) -> Fact:
    told = {"name": f"{sha256[:3]}.pdf", "type": "application/pdf", "size": 1000, "sha256": sha256}
    return laptop.tell("file.attached", {**told, "pages": 2, "paper": "Căn cước", **more})


def take_off(laptop: Laptop, sha256: str) -> Fact:
    told = {"sha256": sha256, "name": "abc.pdf", "reason": "nhầm người"}
    return laptop.tell("file.removed", told)


def test_a_file_is_attached_and_taken_off_with_its_reason() -> None:
    laptop = Laptop()
    received(laptop)
    first = attach(laptop, NAMES[0])
    state = fold_dossier(DOSSIER, laptop.written)
    (file,) = state.files
    assert (file.fact, file.sha256, file.size, file.pages) == (first.id, NAMES[0], 1000, 2)
    assert (file.paper, file.officer, file.at) == ("Căn cước", first.officer, first.at)
    assert (state.history[-1].kind, state.history[-1].about) == ("file.attached", "aaa.pdf")
    take_off(laptop, NAMES[0])
    state = fold_dossier(DOSSIER, laptop.written)
    assert not state.files
    assert not state.misfits
    assert (state.history[-1].about, state.history[-1].reason) == ("abc.pdf", "nhầm người")
    again = attach(laptop, NAMES[0])
    assert [each.fact for each in fold_dossier(DOSSIER, laptop.written).files] == [again.id]


def test_the_same_file_from_two_laptops_is_one() -> None:
    one, other = Laptop(), Laptop()
    received(one)
    attach(one, NAMES[0])
    attach(other, NAMES[0], name="khác.pdf")
    take_off(other, NAMES[1])
    state = fold_dossier(DOSSIER, [*one.written, *other.written])
    assert len(state.files) == 1
    assert [each.reason for each in state.misfits] == ["no such file"]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from(NAMES)), max_size=14),
    st.randoms(use_true_random=False),
)
def test_any_order_of_arrival_and_any_repetition_give_the_same_files(
    acts: list[tuple[int, bool, str]], dice: random.Random
) -> None:
    laptops = [Laptop(), Laptop(), Laptop()]
    received(laptops[0])
    attached = set()
    for who, on, name in acts:
        laptop = laptops[who]
        laptop.minutes = max(each.minutes for each in laptops)
        (attach if on else take_off)(laptop, name)
        attached = attached | {name} if on else attached - {name}
    facts = [fact for laptop in laptops for fact in laptop.written]
    state = fold_dossier(DOSSIER, facts)
    assert {each.sha256 for each in state.files} == attached
    shuffled = [*facts, *dice.choices(facts, k=5)]
    dice.shuffle(shuffled)
    assert fold_dossier(DOSSIER, shuffled) == state


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=80),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["file.attached", "file.removed"]),
    st.dictionaries(st.sampled_from(["name", "type", "size", "sha256", "pages", "paper"]), json_values),
)
def test_whatever_a_payload_says_the_fold_does_not_fail(kind: str, said: dict[str, object]) -> None:
    laptop = Laptop()
    received(laptop)
    laptop.tell(kind, said)
    state = fold_dossier(DOSSIER, laptop.written)
    assert all(isinstance(each.size, int) and each.size > 0 for each in state.files)
    assert len(state.files) + len(state.misfits) == 1


@pytest.mark.parametrize(
    ("given", "sound"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        (r"C:\Users\lan\giấy khai sinh.PDF", "giấy khai sinh.pdf"),
        ("CON", "_CON.pdf"),
        ("nul.txt", "_nul.txt.pdf"),
        ("a.pdf:ads", "a.pdf_ads.pdf"),
        ("đơn. ", "đơn.pdf"),
        ("\u202egpj.exe", "gpj.exe.pdf"),
        ("a\0b\nc.pdf", "abc.pdf"),
        ("", "tep.pdf"),
        ("..", "tep.pdf"),
        (unicodedata.normalize("NFD", "Giấy tờ.pdf"), "Giấy tờ.pdf"),
        ("ảnh.jpeg", "ảnh.pdf"),
        ("ngày 1.2.2026", "ngày 1.2.2026.pdf"),
        ("x\ud800.pdf", "x_.pdf"),
    ],
)
def test_names_lose_what_would_harm(given: str, sound: str) -> None:
    assert sound_name(given, "application/pdf") == sound


@given(st.text(max_size=400), st.sampled_from(sorted(TYPES)))
def test_every_name_is_one_plain_name_of_its_type(given: str, kind: str) -> None:
    name = sound_name(given, kind)
    assert name.endswith(TYPES[kind])
    assert len(name) <= 121
    assert len(name.encode()) <= 244
    assert PurePosixPath(name).name == name == PureWindowsPath(name).name
    assert not any(unicodedata.category(letter)[0] == "C" for letter in name)
    assert unicodedata.is_normalized("NFC", name)
    assert name.partition(".")[0].upper() not in DEVICES
    assert sound_name(name, kind) == name


def test_limits_are_read_or_refused_as_a_whole() -> None:
    assert Limits.read({}) == Limits()
    assert Limits.read(Limits(200_000, ("image/png",), 3).document()) == Limits(200_000, ("image/png",), 3)
    for wrong in (
        7,
        {"max": 1},
        {"max_bytes": 1},
        {"max_bytes": "1000000"},
        {"max_files": 0},
        {"types": []},
        {"types": ["text/html"]},
        {"types": "application/pdf"},
    ):
        with pytest.raises(ValueError, match="files"):
            Limits.read(wrong)
