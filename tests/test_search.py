"""Search as you type: what a plain reading of every dossier would find, the newest first, always."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laptops import at_the_table, line, received
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.identity import fold
from mobile_reception.store.search import one_slip

NAMES = (
    "Nguyễn Thị Diệu",
    "NGUYỄN THỊ DIỆU",
    "Nguyễn Văn Đặng",
    "Đặng Thị Nguyên",
    "Đỗ Đình Đức",
    "Trần Ngọc Ánh",
    "Trần Thị Ngọc Ẩn",
    "Y Bhăm Êban",
    "Lê Ý",
    "Thị Diệu Nguyễn",
)
COUNT = 150  # past two gatherings of words, with some dossiers still outside of them


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as made:
        desk = at_the_table(Path(made) / "laptop")
        for number in range(COUNT):
            given = line(
                f"Giấy {number}" if number % 7 == 0 else None,
                name=NAMES[number % len(NAMES)],
                number=f"0871{number * 7919 % 10**8:08d}",
                phone=f"09{number * 104729 % 10**8:08d}" if number % 3 else None,
            )
            if number % 5 == 0:
                given["owner"] = {"full_name": NAMES[(number + 3) % len(NAMES)], "personal_id": None}
            received(desk, given)
        yield desk
        desk.close()


def words(desk: Desk, key: str) -> set[str]:
    """Every word by which a dossier is to be found, read off the dossier itself."""
    state = desk.dossier(key).state
    value = {name: written.value for name, written in state.fields.items()}
    found: set[str] = set()
    for person in ("submitter", "owner"):
        found.update(fold(value.get(f"{person}.full_name") or "").split())
        for digits in (value.get(f"{person}.personal_id"), value.get(f"{person}.phone")):
            if digits:
                found.update((digits, digits[-4:], digits[-6:]))
    code = (state.code or "").lower()
    found.update(fold(value["submitter.address"]).replace(",", " ").split())
    found.update(fold(value.get("ref") or "").split())
    return found | {code, code.rpartition("-")[2], state.procedure or ""}


@pytest.fixture(scope="module")
def model(desk: Desk) -> list[tuple[str, set[str]]]:
    """Codes and words of all dossiers, newest first."""
    return [(each.code, words(desk, each.id)) for each in desk.find("", limit=1000)]


def naive(model: list[tuple[str, set[str]]], typed: str, limit: int) -> list[str]:
    asked = fold(typed).replace(",", " ").split()
    found = [code for code, known in model if all(any(w.startswith(a) for w in known) for a in asked)]
    return found[:limit]


def misspelt(model: list[tuple[str, set[str]]], typed: str, exact: list[str]) -> list[str]:
    """What reads as ``typed`` but for one slip a word."""
    asked = fold(typed).replace(",", " ").split()

    def reads(word: str, known: set[str]) -> bool:
        slips = word.isalpha() and len(word) > 2
        return any(w.startswith(word) or (slips and w.isalpha() and one_slip(word, w)) for w in known)

    if not any(reads(word, {w}) and not w.startswith(word) for word in asked for _, ws in model for w in ws):
        return []
    near = [code for code, known in model if all(reads(word, known) for word in asked)][:10]
    return [code for code in near if code not in exact]


PIECES = st.one_of(
    st.sampled_from(
        [word for name in NAMES for word in name.split()] + ["Ấp", "Thường", "h20", "0", "2.0008"]
    ),
    st.from_regex(r"\A[0-9]{1,6}\Z"),
    st.text("aăânđdtnguyêề", min_size=1, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(PIECES, st.integers(1, 12)), min_size=1, max_size=5),
    st.sampled_from((1, 3, 50, 1000)),
    st.sampled_from((str, str.lower, str.upper, fold)),
)
def test_a_search_finds_what_a_plain_reading_finds(
    desk: Desk, model: list[tuple[str, set[str]]], pieces: list[tuple[str, int]], limit: int, spelt: type[str]
) -> None:
    typed = spelt(" ".join(piece[:length] for piece, length in pieces))
    found = desk.find(typed, limit=limit)
    exact = [each.code for each in found if not each.near]
    assert exact == naive(model, typed, limit)
    near = [each.code for each in found if each.near]
    assert near == (misspelt(model, typed, exact)[: limit - len(exact)] if len(exact) < min(3, limit) else [])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_dossier_is_found_by_any_words_of_its_own(
    desk: Desk, model: list[tuple[str, set[str]]], data: st.DataObject
) -> None:
    code, known = data.draw(st.sampled_from(model))
    asked = data.draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=6))
    assert code in [each.code for each in desk.find(" ".join(asked), limit=1000)]


def test_codes_and_last_digits_find_their_dossier(desk: Desk) -> None:
    first = desk.find("", limit=1000)[-1]
    number = desk.dossier(first.id).state.fields["submitter.personal_id"].value
    for typed in (first.code, first.code.lower(), number, number[-6:], number[-4:], f" {number[-4:]} nguyen"):
        assert first.code in [each.code for each in desk.find(typed, limit=1000)]
    assert desk.find("  ", limit=3) == desk.find("", limit=3)
    for grouped in (f"{number[:3]} {number[3:7]} {number[7:]}", f"{number[:6]}.{number[6:]}"):
        assert first in desk.find(grouped, limit=1000)
    assert desk.find(first.code) == (first,)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30), st.integers())
def test_no_query_fails(desk: Desk, typed: str, limit: int) -> None:
    assert len(desk.find(typed, limit=limit)) <= max(0, limit)


@pytest.mark.parametrize(
    "typed",
    [
        "' OR 1=1 --",
        '"nguyen" NOT x*',
        "%",
        "_",
        "*",
        "\x00",
        "a\x00b",
        "\ud800 nguyen",
        "nguyen " * 3000,
        "x" * 100_000,
        "nguyen\n\tthi",
        "\U0010ffff",
        ",,,",
        "NEAR(",
        "^",
        "{}",
        "\u202enguyen",
    ],
)
def test_an_odd_query_is_only_a_query(desk: Desk, model: list[tuple[str, set[str]]], typed: str) -> None:
    found = [each.code for each in desk.find(typed, limit=1000) if not each.near]
    known = [code for code, _ in model]
    assert [code for code in known if code in set(found)] == found


def test_a_new_dossier_is_found_at_once_and_its_number_is_hidden_in_part(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    for number in range(130):
        got = received(desk, line(name=f"Phan Thị Số{number:03d}x", number=f"0871{number:08d}"))
        (found,) = desk.find(f"so{number:03d} phan")
        assert found.code == got.code
        assert found.number == f"087*****{number:04d}"
    assert len(desk.find("phan", limit=1000)) == 130
    assert desk.verify().ok
    desk.close()
