"""The USB way: sealed for the centre, carried by anybody, taken in once, refused when a bit differs."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laptop_and_centre import (
    NOON,
    UNIT,
    House,
    PaperBox,
    Road,
    body_of,
    make_centre,
    reception,
    remember,
    take,
)
from laptops import run
from mobile_reception.centre import bundles
from mobile_reception.centre.values import Refused
from mobile_reception.desk import CannotWrite, NotFound, Unacceptable
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.facts import Act
from mobile_reception.store import files
from mobile_reception.store.outbox import Outbox
from mobile_reception.sync import bundle
from mobile_reception.sync.protocol import Unreadable, dump
from papers_scanned import sheet
from test_end_to_end import at_centre, clock_at_noon, joined, received


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def road(house: House) -> Iterator[Road]:
    with house.serving() as url, Road(url).open() as road:
        yield road


def without_road(tmp_path: Path, house: House, road: Road, name: str = "a", count: int = 12) -> Desk:
    """A laptop that has received while nothing goes through."""
    desk = joined(tmp_path / name, house, road, clock_at_noon(), login=name)
    received(desk, count)
    return desk


# -- By stick to the centre ------------------------------------------------------------------------------


def test_what_is_unsent_goes_by_stick_and_the_answer_moves_the_mark(
    tmp_path: Path, house: House, road: Road
) -> None:
    desk = without_road(tmp_path, house, road)
    codes = [each.code for each in desk.find("", 50)]
    stick = tmp_path / "gói.bundle"
    written = desk.write_bundle(stick)
    assert (written.facts, written.everything) == (desk.status().waiting, False)
    taken = bundles.read_file(house.ledger, stick, now=house.now)
    assert (taken.facts, taken.fresh, taken.kept) == (written.facts, written.facts, 0)
    assert sorted(at_centre(house)) == sorted(codes)

    again = bundles.read_file(house.ledger, stick, now=house.now)
    assert (again.facts, again.fresh) == (written.facts, 0)
    answer = tmp_path / "gói.bundle.answer"
    answer.write_bytes(taken.answer)
    assert desk.read_bundle(answer).value.facts == written.facts
    assert desk.status().waiting == 0
    assert {each.place.value for each in desk.find("", 50)} == {"centre"}
    assert desk.read_bundle(answer).value.facts == 0  # once is enough, twice no harm
    assert desk.sync().value.agree

    everything = desk.write_bundle(stick)
    assert (everything.facts, everything.everything) == (desk.status().facts, True)


def test_stick_and_road_in_any_order_make_everything_once(tmp_path: Path, house: House, road: Road) -> None:
    desk = without_road(tmp_path, house, road, count=5)
    first, second = tmp_path / "1", tmp_path / "2"
    desk.write_bundle(first)
    received(desk, 4, mark="later ")
    desk.write_bundle(second)
    codes = [each.code for each in desk.find("", 50)]
    assert bundles.read_file(house.ledger, second, now=house.now).fresh == desk.status().waiting
    assert desk.sync().value.agree
    assert bundles.read_file(house.ledger, first, now=house.now).fresh == 0
    assert sorted(at_centre(house)) == sorted(codes)
    assert house.ledger.verify().ok


def test_a_bundle_of_before_the_answer_moves_nothing_back(tmp_path: Path, house: House, road: Road) -> None:
    desk = without_road(tmp_path, house, road, count=3)
    stick, answer = tmp_path / "gói", tmp_path / "trả lời"
    desk.write_bundle(stick)
    answer.write_bytes(bundles.read_file(house.ledger, stick, now=house.now).answer)
    received(desk, 2, mark="later ")
    assert desk.sync().value.agree
    assert desk.read_bundle(answer).value.facts == 0
    assert desk.status().waiting == 0


def test_what_a_revoked_laptop_wrote_is_taken_in_and_held(tmp_path: Path, house: House, road: Road) -> None:
    desk = without_road(tmp_path, house, road, count=3)
    stick = tmp_path / "gói"
    written = desk.write_bundle(stick)
    house.ledger.register.revoke("a")
    taken = bundles.read_file(house.ledger, stick, now=house.now)
    assert max(head.held for head in taken.heads) == written.facts
    assert at_centre(house) == {}


def test_a_new_journal_that_the_centre_never_heard_of_is_announced_on_behalf(
    tmp_path: Path, house: House, road: Road
) -> None:
    desk = without_road(tmp_path, house, road, count=2)
    desk._bench.store.start_origin(NOON, "copied")
    received(desk, 2, mark="later ")
    stick = tmp_path / "gói"
    desk.write_bundle(stick)
    taken = bundles.read_file(house.ledger, stick, now=house.now)
    assert [head.code for head in taken.heads] == ["ok", "ok"]
    house.folded()
    assert house.ledger.status().dossiers == 4
    assert desk.sync().value.agree


def test_a_gap_is_said_and_nothing_behind_it_is_taken(house: House) -> None:
    box = PaperBox()
    house.join(box)
    facts = remember(box.receive(6))
    late = sealed(house, box, body_of(facts[3:]))
    assert bundles.take(house.ledger, late, now=NOON).code == "gap"
    assert bundles.take(house.ledger, sealed(house, box, body_of(facts[:4])), now=NOON).seq == 4
    assert bundles.take(house.ledger, late, now=NOON).seq == 6


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PaperBox]:
    """A centre with one laptop, closed; and ten facts of that laptop that it has not heard of."""
    folder = tmp_path_factory.mktemp("fresh")
    make_centre(folder)
    house = House(folder)
    box = PaperBox()
    house.join(box)
    house.ledger.close()
    remember(box.receive(10))
    return folder, box


slices = st.tuples(st.booleans(), st.integers(0, 9), st.integers(1, 5))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(slices, max_size=12))
def test_letters_and_runs_in_any_order_cut_anyhow_and_twice_make_one_journal(
    fresh: tuple[Path, PaperBox], tmp_path_factory: pytest.TempPathFactory, order: list[tuple[bool, int, int]]
) -> None:
    template, box = fresh
    folder = tmp_path_factory.mktemp("any")
    for file in template.glob("centre.db*"):
        shutil.copy(file, folder / file.name)
    house = House(folder)
    facts, here = box.journals[box.origin], 0
    for by_stick, first, count in [*order, (True, 0, 10), (False, 0, 10)]:
        some = facts[first : first + count]
        if by_stick:
            head = bundles.take(house.ledger, sealed(house, box, body_of(some)), now=NOON)
        else:
            head = take(house, box, some)
        assert head is not None
        here = max(here, min(first + count, 10)) if first <= here else here
        assert (head.code, head.seq) == ("ok" if first <= here else "gap", here)
    house.folded()
    assert house.ledger.status().dossiers == 10
    assert house.ledger.verify().ok
    house.ledger.close()


def test_a_sealed_run_that_does_not_chain_is_kept_for_a_person(house: House) -> None:
    box = PaperBox()
    device = house.join(box)
    facts = box.receive(3)
    file = io.BytesIO()
    writer = writing(house, box, file)
    writer.add(sealed(house, box, body_of([facts[0], facts[2], facts[1]])))
    writer.add(sealed(house, box, body_of(facts[:2])))
    writer.end()
    taken = bundles.read(house.ledger, file, now=NOON)
    assert (taken.facts, taken.kept) == (2, 1)
    assert [each.reason for each in house.ledger.questions.held()] == ["unreadable"]
    assert house.ledger.head(device, box.origin, now=NOON).seq == 2


def test_a_late_bundle_does_not_give_a_wrong_clock_the_all_clear(house: House) -> None:
    from datetime import timedelta

    hour = timedelta(hours=1)
    box = PaperBox()
    house.join(box)
    first = remember(box.receive(2, at=NOON + hour))
    bundles.take(house.ledger, sealed(house, box, body_of(first)), now=NOON)
    both = remember([*first, *box.receive(2, at=NOON + hour)])
    house.now = NOON + 3 * hour
    bundles.take(house.ledger, sealed(house, box, body_of(both[2:])), now=house.now)
    cards = house.ledger.register.cards(house.ledger.register.devices()[0])
    assert [each["offset_ms"] for each in cards["corrections"]] == [3_600_000]


# -- Carried ---------------------------------------------------------------------------------------------


def test_two_carriers_bring_the_same_bundle_and_its_writer_comes_too(
    tmp_path: Path, house: House, road: Road
) -> None:
    writer = without_road(tmp_path, house, road, "a")
    carriers = [joined(tmp_path / name, house, road, clock_at_noon(), login=name) for name in ("b", "c")]
    stick = tmp_path / "gói"
    writer.write_bundle(stick)
    for carrier in carriers:
        assert carrier.read_bundle(stick).value.kind == "carried"
        assert carrier.read_bundle(stick).value.kind == "known"
    assert writer.read_bundle(stick).value.kind == "own"
    names = {each.name for each in writer.find("", 50)}
    for carrier in carriers:
        kept = next((tmp_path / carrier.me.login / "carried").iterdir()).read_bytes()
        assert not any(name.encode() in kept for name in names)
        assert carrier.find("") == ()
    road.faults = ["plain", "plain", "plain", "plain", "lost"]  # the letter arrives, its answer does not
    for carrier in carriers:
        assert carrier.sync().value.reason is None
    carriers[0].sync()
    assert not list((tmp_path / "b" / "carried").iterdir())
    assert not list((tmp_path / "c" / "carried").iterdir())
    assert len(at_centre(house)) == 12
    report = writer.sync().value
    assert (report.agree, report.waiting) == (True, 0)
    assert len(at_centre(house)) == 12
    assert carriers[0].read_bundle(stick).value.kind == "known"  # it went on from here once


def test_a_carrier_keeps_what_the_centre_cannot_place_yet(tmp_path: Path, house: House, road: Road) -> None:
    writer = without_road(tmp_path, house, road, "a", count=2)
    carrier = joined(tmp_path / "b", house, road, clock_at_noon(), login="b")
    early, late = tmp_path / "1", tmp_path / "2"
    writer.write_bundle(early)
    answer = tmp_path / "1.answer"
    # As if the centre had lost afterwards what it once signed for.
    spare = tmp_path / "spare"
    spare.mkdir()
    for file in tmp_path.glob("centre.db*"):
        shutil.copy(file, spare / file.name)
    other = House(spare)
    answer.write_bytes(bundles.read_file(other.ledger, early, now=NOON).answer)
    other.ledger.close()
    writer.read_bundle(answer)
    received(writer, 2, mark="later ")
    writer.write_bundle(late)
    carrier.read_bundle(late)
    assert carrier.sync().value.reason is None
    assert len(list((tmp_path / "b" / "carried").iterdir())) == 1
    carrier.read_bundle(early)
    carrier.sync()
    carrier.sync()
    assert not list((tmp_path / "b" / "carried").iterdir())
    assert len(at_centre(house)) == 4


# -- With the files of dossiers --------------------------------------------------------------------------


@pytest.fixture
def scanned(
    tmp_path: Path, house: House, road: Road, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Desk, Path, bytes]]:
    """A laptop whose one dossier has a scan of many pieces, its bundle, and what has to arrive."""
    monkeypatch.setattr(bundle, "RUN", 300)
    desk = without_road(tmp_path, house, road, "a", count=1)
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(sheet(2))
    desk.attach(desk.find("")[0].id, scan)
    (stored,) = Outbox(desk._bench.store).files()
    content = b"".join(files.read(desk._bench.store, stored))
    stick = tmp_path / "gói"
    written = desk.write_bundle(stick)
    assert (written.files, written.unreadable) == (1, 0)
    yield desk, stick, content
    desk.close()


def shelved(house: House) -> list[bytes]:
    folder = house.ledger.files.folder
    assert folder is not None
    places = (folder / UNIT.code, folder / "uploads")
    return [file.read_bytes() for place in places for file in place.rglob("*") if file.is_file()]


def test_a_scan_goes_with_its_dossier_and_is_sent_by_no_road_again(
    house: House, road: Road, scanned: tuple[Desk, Path, bytes]
) -> None:
    desk, stick, content = scanned
    taken = bundles.read_file(house.ledger, stick, now=house.now)
    assert (taken.files, taken.missing) == (1, 0)
    assert shelved(house) == [content]
    taken = bundles.read_file(house.ledger, stick, now=house.now)
    assert (taken.files, taken.missing, taken.fresh) == (1, 0, 0)
    road.passed.clear()
    report = desk.sync().value
    assert (report.agree, report.files_waiting) == (True, 0)
    assert not [each for each in road.passed if each[0] == "PATCH"]
    assert house.ledger.verify().ok


def test_a_scan_that_came_in_part_by_the_road_goes_on_by_stick_and_the_reverse(
    tmp_path: Path, house: House, road: Road, scanned: tuple[Desk, Path, bytes]
) -> None:
    desk, stick, content = scanned
    carrier = joined(tmp_path / "b", house, road, clock_at_noon(), login="b")
    carrier.read_bundle(stick)
    # Cut after a few letters: the rest of the scan is brought by its own laptop, and then comes again.
    while not shelved(house):
        road.faults = ["plain"] * 8 + ["refuse"] * 20
        carrier.sync()
    assert shelved(house) != [content]
    road.faults = []
    assert desk.sync().value.agree
    assert shelved(house) == [content]
    carrier.sync()
    assert not list((tmp_path / "b" / "carried").iterdir())
    assert shelved(house) == [content]
    carrier.close()


def test_pieces_out_of_order_wait_and_those_of_an_unknown_file_are_not_taken(
    house: House, scanned: tuple[Desk, Path, bytes]
) -> None:
    _, stick, _ = scanned
    with stick.open("rb") as source:
        letters = list(bundle.letters(source))
    pieces = [each for each in letters if opened(house, each).piece is not None]
    facts = [each for each in letters if opened(house, each).piece is None]
    with pytest.raises(Refused, match="not_announced"):
        bundles.take(house.ledger, pieces[0], now=NOON)
    for letter in facts:
        bundles.take(house.ledger, letter, now=NOON)
    with pytest.raises(Refused, match="offset"):
        bundles.take(house.ledger, pieces[1], now=NOON)
    for letter in (pieces[0], pieces[1], pieces[0], *pieces):
        assert bundles.take(house.ledger, letter, now=NOON) is None
    assert len(shelved(house)) == 1


def opened(house: House, letter: bytes) -> bundle.Letter:
    identity = house.ledger.identity
    return bundle.unseal(letter, box=identity.box, centre_key=identity.public_key)


# -- What is refused -------------------------------------------------------------------------------------


def sealed(house: House, box: PaperBox, body: bytes) -> bytes:
    assert box.known
    identity = house.ledger.identity
    return bundle.seal(
        body, box_key=identity.box_key, certificate=box.known.certificate, key=box.key, at=NOON
    )


def writing(house: House, box: PaperBox, file: io.BytesIO) -> bundle.Writer:
    assert box.known
    return bundle.Writer(
        file,
        centre_key=house.ledger.identity.public_key,
        certificate=box.known.certificate,
        key=box.key,
        made_at=NOON,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, bytes, bytes]]:
    """A centre, a bundle of two letters for it and an answer; nothing of it is ever taken in."""
    folder = tmp_path_factory.mktemp("sealed")
    make_centre(folder)
    house = House(folder)
    box = PaperBox()
    house.join(box)
    facts = remember(
        box.write(Act(box.origin, "session.opened", {"hamlet": "Ấp 1"}), reception("H20.32.1-1"))
    )
    file = io.BytesIO()
    writer = writing(house, box, file)
    for fact in facts:
        writer.add(sealed(house, box, body_of([fact])))
    writer.end()
    shutil.copytree(folder, folder / "taken")
    other = House(folder / "taken")
    answer = bundles.read(other.ledger, file, now=NOON).answer
    other.ledger.close()
    yield house, file.getvalue(), answer
    house.ledger.close()


changed = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@changed
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_is_known_to_carrier_and_centre(
    made: tuple[House, bytes, bytes], place: float, bit: int
) -> None:
    house, whole, _ = made
    torn = bytearray(whole)
    torn[int(place * len(torn))] ^= 1 << bit
    with pytest.raises(Unreadable):
        bundle.check(io.BytesIO(bytes(torn)), house.ledger.identity.public_key)
    with pytest.raises(Unreadable):
        bundles.read(house.ledger, io.BytesIO(bytes(torn)), now=NOON)
    assert house.ledger.status().facts == 0


@changed
@given(cut=st.floats(0, 1, exclude_max=True), more=st.binary(max_size=3))
def test_a_cut_anywhere_and_anything_behind_is_known(
    made: tuple[House, bytes, bytes], cut: float, more: bytes
) -> None:
    house, whole, _ = made
    with pytest.raises(Unreadable):
        bundles.read(house.ledger, io.BytesIO(whole[: int(cut * len(whole))] + more), now=NOON)
    with pytest.raises(Unreadable):
        bundles.read(house.ledger, io.BytesIO(whole + b"\0" + more), now=NOON)
    assert house.ledger.status().facts == 0


@changed
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 6), cut=st.booleans())
def test_an_answer_that_differs_proves_nothing(
    made: tuple[House, bytes, bytes], place: float, bit: int, cut: bool
) -> None:
    house, _, whole = made
    torn = bytearray(whole)
    if cut:
        del torn[int(place * len(torn)) :]
    else:
        torn[int(place * len(torn))] ^= 1 << bit
    honest = bundle.read_answer(io.BytesIO(whole), house.ledger.identity.public_key)
    try:
        read = bundle.read_answer(io.BytesIO(bytes(torn)), house.ledger.identity.public_key)
    except Unreadable:
        return
    assert read == honest  # a bit that says nothing: the name of the bundle, which no head depends on


def test_letters_cannot_change_hands(house: House) -> None:
    mine, theirs = PaperBox(), PaperBox()
    house.join(mine)
    house.join(theirs, login="mai", name="Máy 2")
    assert theirs.known
    letter = sealed(house, mine, body_of(mine.receive(1)))
    version_and_length, certificate = letter[:3], theirs.known.certificate
    inside = letter[3 + len(certificate) + 64 :]
    signature = theirs.key.sign(b"mobile-reception letter 1\n" + certificate + inside)
    with pytest.raises(bundle.OtherCentre):
        bundles.take(house.ledger, version_and_length + certificate + signature + inside, now=NOON)
    file = io.BytesIO()
    writer = writing(house, theirs, file)
    writer.add(letter)
    writer.end()
    with pytest.raises(bundle.Torn):
        bundles.read(house.ledger, file, now=NOON)
    foreign = sealed(
        house, theirs, body_of(mine.journals[mine.origin][:1])
    )  # another laptop's journal in one's own name
    take(house, mine, mine.journals[mine.origin][:1])
    with pytest.raises(Refused, match="origin_taken"):
        bundles.take(house.ledger, foreign, now=NOON)


def test_a_letter_of_another_centre_of_a_newer_program_and_of_nobody(house: House, tmp_path: Path) -> None:
    box = PaperBox()
    house.join(box)
    letter = sealed(house, box, body_of(box.receive(1)))
    with pytest.raises(bundle.Newer):
        bundles.take(house.ledger, b"\x02" + letter[1:], now=NOON)
    stranger = Ed25519PrivateKey.generate()
    with pytest.raises(bundle.OtherCentre):
        bundle.unseal(
            letter, box=house.ledger.identity.box, centre_key=stranger.public_key().public_bytes_raw()
        )
    assert box.known
    kinds = bundle.seal(
        b"", box_key=house.ledger.identity.box_key, certificate=box.known.certificate, key=box.key, at=NOON
    )
    assert (
        bundle.unseal(kinds, box=house.ledger.identity.box, centre_key=house.ledger.identity.public_key).body
        == b""
    )
    with pytest.raises(bundle.Torn):
        bundles.take(house.ledger, b"", now=NOON)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    make_centre(elsewhere)
    other = House(elsewhere)
    with pytest.raises(bundle.OtherCentre):
        bundles.take(other.ledger, letter, now=NOON)
    other.ledger.close()


def test_what_a_laptop_says_of_a_file_that_it_cannot_carry(tmp_path: Path, house: House, road: Road) -> None:
    writer = without_road(tmp_path, house, road, "a", count=1)
    carrier = joined(tmp_path / "b", house, road, clock_at_noon(), login="b")
    stick = tmp_path / "gói"
    writer.write_bundle(stick)
    whole = stick.read_bytes()
    for torn, sentence in (
        (b"Dear centre\n" + whole, "không phải gói"),
        (b"", "không phải gói"),
        (whole.replace(b"bundle 1\n", b"bundle 9\n", 1), "phiên bản mới hơn"),
        (whole.replace(b'"centre":"', b'"centre":"0', 1), "trung tâm khác"),
        (whole[:-1], "bị cắt hoặc bị sửa"),
    ):
        stick.write_bytes(torn)
        with pytest.raises(Unacceptable, match=sentence):
            carrier.read_bundle(stick)
    with pytest.raises(NotFound):
        carrier.read_bundle(tmp_path / "không có")
    assert not (tmp_path / "b" / "carried").exists()


def test_a_stick_that_is_full_or_gone_leaves_nothing_half(tmp_path: Path, house: House, road: Road) -> None:
    desk = without_road(tmp_path, house, road, count=1)
    for place in (Path("/dev/full/gói"), tmp_path / "rút ra" / "gói"):
        with pytest.raises(CannotWrite, match="an toàn trên máy này"):
            desk.write_bundle(place)
    assert desk.status().waiting


def test_a_laptop_without_a_centre_or_its_key_says_what_to_do(
    tmp_path: Path, house: House, road: Road
) -> None:
    from laptops import at_the_table

    alone = at_the_table(tmp_path / "alone")
    with pytest.raises(Unacceptable, match="chưa nối"):
        alone.write_bundle(tmp_path / "gói")
    alone.close()
    desk = without_road(tmp_path, house, road, count=1)
    with desk._bench.store.writing() as db:  # as a laptop of 0.1.0 that has not met its centre since
        db.run("UPDATE card SET value=? WHERE kind='settings'", (json.dumps({}),))
    desk._bench.forget_cards()
    with pytest.raises(Unacceptable, match="khóa niêm phong"):
        desk.write_bundle(tmp_path / "gói")
    assert not (tmp_path / "gói").exists()
    desk._bench.store.keep(cursor="")
    desk.sync()
    received(desk, 1, mark="later ")
    assert desk.write_bundle(tmp_path / "gói").facts


# -- The commands ----------------------------------------------------------------------------------------


def test_the_commands_from_laptop_to_centre_and_back(tmp_path: Path, house: House, road: Road) -> None:
    desk = without_road(tmp_path, house, road, count=3)
    waiting = desk.status().waiting
    desk.close()
    data, stick = tmp_path / "a", tmp_path / "gói.bundle"
    done = run("bundle", "write", stick, "--json", data=data, check=0)
    told = json.loads(done.stdout)
    assert told == {"file": str(stick), "facts": waiting, "files": 0, "everything": False}
    done = run("bundle", "read", stick, "--database", house.url, "--json", check=0)
    told = json.loads(done.stdout)
    assert (told["facts"], told["new"], told["held"], told["unreadable"]) == (waiting, waiting, 0, 0)
    assert len(at_centre(house)) == 3
    done = run("bundle", "read", told["answer"], "--json", data=data, check=0)
    assert json.loads(done.stdout) == {"kind": "answer", "facts": waiting, "letters": 0}
    stick.write_bytes(stick.read_bytes()[:-9])
    assert run("bundle", "read", stick, "--database", house.url, "--json", check=65).stdout == b""


def test_the_box_key_is_in_cards_and_in_hello_and_the_same_after_a_restore(house: House) -> None:
    box = PaperBox()
    device = house.join(box)
    cards = house.ledger.register.cards(device)
    assert cards["settings"]["box_key"]
    before = house.ledger.identity.box_key
    again = House(Path(house.url.removeprefix("sqlite:///")).parent)
    assert again.ledger.identity.box_key == before
    again.ledger.close()
    assert dump({"settings": cards["settings"]})
