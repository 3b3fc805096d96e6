"""Real processes on a disk that fails, and the power cut: what was promised is there, once, and work goes on.

Each call that changes a file is a moment at which the process is killed, its write is torn, there is no space
or the disk fails; a cut of the power leaves what was synced and any part of what was not. A sample of the
moments by default, all of them with ``MOBILE_RECEPTION_FAULTS=all``.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faulty_disk import COMPILER, KINDS, WHOLE, Disk, Played, Shim, moments, steps
from former import RELEASES, Former
from laptop_and_centre import NOON, House, PaperBox, body_of, make_centre, remember
from laptops import at_the_table, opened, received
from mobile_reception.centre import intake
from mobile_reception.centre.ledger import Ledger
from mobile_reception.store import checking
from mobile_reception.store import file as laptop_file
from mobile_reception.store.opening import open_store
from mobile_reception.store.values import SCHEMA
from mobile_reception.sync import protocol

pytestmark = pytest.mark.slow
FAULTS = tuple(kind for kind in KINDS if kind != "none")
CUTS = int(os.environ.get("MOBILE_RECEPTION_CUTS", "2000" if WHOLE else "20"))


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shim]:
    if COMPILER is None:
        if os.environ.get("MOBILE_RECEPTION_REQUIRE_CC") == "1":
            pytest.fail("a C compiler is required and missing")
        pytest.skip("NO C COMPILER: NO FAILING DISK WAS TESTED")
    made = Shim(tmp_path_factory.mktemp("shim"))
    yield made
    made.close()


# -- The laptop ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A laptop with an open session and a draft, and its key."""
    folder = tmp_path_factory.mktemp("laptop") / "laptop"
    desk = at_the_table(folder)
    desk.save_draft("nháp-cũ", {"submitter.full_name": "Nguyễn Thị Diệu"})
    received(desk)
    key = desk._bench.store.data_key.hex()
    desk.close()
    return folder, key


def laptop_is_whole(folder: Path, told: tuple[str, ...]) -> None:
    """What was told to people is there, once; nothing is half done; work goes on."""
    desk = opened(folder)
    try:
        assert desk.verify().problems == ()
        rows = desk.find("", limit=100)
        codes = [each.code for each in rows]
        assert len(codes) == len(set(codes))
        for what, _, which in (each.partition(" ") for each in told):
            if what == "received":
                assert codes.count(which) == 1
            elif what == "draft":
                assert which in {draft.id for draft in desk.drafts()}
            elif what == "amended":
                assert desk.dossier(which).state.fields["copies"].value == 9
            elif what == "printing":
                assert which in {job.id for job in desk.unfinished_prints()}
        promised = sum(each.startswith("received") for each in told)
        assert promised <= len(codes) - 1 <= 3
        for _ in range(2):
            assert received(desk).code not in codes
        assert desk.verify().problems == ()
    finally:
        desk.close()


@pytest.mark.parametrize("kind", FAULTS)
def test_a_laptop_keeps_its_word_wherever_the_disk_fails(
    shim: Shim, table: tuple[Path, str], tmp_path: Path, kind: str
) -> None:
    sweep(shim, "laptop", table, tmp_path, kind, laptop_is_whole, sample=5)


def sweep(
    shim: Shim,
    scene: str,
    template: tuple[Path, str],
    tmp_path: Path,
    kind: str,
    whole: Callable[[Path, tuple[str, ...]], None],
    *,
    sample: int,
) -> list[Played]:
    """Play a scene once without a fault, then with one at each moment (or some), and look at what is left."""
    source, key = template
    good = tmp_path / "good"
    shutil.copytree(source, good)
    first = shim.play(scene, good, key=key)
    assert first.status == 0, first
    assert not [each for each in first.told if each.startswith("refused")]
    assert first.calls > sample
    played = []
    for moment in moments(first.calls, sample=sample, seed=KINDS[kind]):
        folder = tmp_path / "folder"
        shutil.copytree(source, folder)
        done = shim.play(scene, folder, key=key, kind=kind, at=moment)
        assert done.status == (-9 if kind in {"kill", "torn"} else 0), (moment, done)
        try:
            whole(folder, done.told)
        except Exception as error:
            error.add_note(f"{scene}: {kind} at call {moment} of {first.calls}; told {done.told}")
            raise
        played.append(done)
        shutil.rmtree(folder)
    return played


def test_a_laptop_keeps_its_word_when_the_power_is_cut(
    shim: Shim, table: tuple[Path, str], tmp_path: Path
) -> None:
    assert not cuts(shim, "laptop", table, tmp_path, laptop_is_whole, normal=False)


def test_a_power_cut_finds_a_laptop_that_does_not_sync(
    shim: Shim, table: tuple[Path, str], tmp_path: Path
) -> None:
    assert cuts(shim, "laptop", table, tmp_path, laptop_is_whole, normal=True)


def cuts(
    shim: Shim,
    scene: str,
    template: tuple[Path, str],
    tmp_path: Path,
    whole: Callable[[Path, tuple[str, ...]], None],
    *,
    normal: bool,
) -> bool:
    """Whether a cut of the power, at one of many moments of a recorded scene, leaves a word that is not kept.

    With ``normal`` that is looked for longer.
    """
    source, key = template
    folder, record = tmp_path / "folder", tmp_path / "record"
    shutil.copytree(source, folder)
    done = shim.play(scene, folder, key=key, record=record, normal=normal)
    assert done.status == 0, done
    disk = Disk(folder, Path(f"{record}.before"))
    lines = list(steps(record))
    chance = random.Random(1)
    wanted = sorted(chance.choices(range(1, len(lines) + 1), k=100 if normal else CUTS))
    for number, line in enumerate(lines, 1):
        disk.take(line)
        for _ in range(wanted.count(number)):
            state = tmp_path / "state"
            disk.cut(state, chance)
            try:
                whole(state, tuple(disk.told))
            except Exception as error:
                if not normal or not isinstance(error, AssertionError):
                    error.add_note(f"{scene}: power cut after step {number}: {line.what} {line.path}")
                    raise
                return True
            shutil.rmtree(state)
    return False


# -- The centre ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A centre, three runs of a laptop of it on their way, and the laptop's id."""
    folder = tmp_path_factory.mktemp("centre") / "centre"
    folder.mkdir()
    make_centre(folder)
    house = House(folder)
    box = PaperBox()
    device = house.join(box)
    house.ledger.close()
    (folder / "recovery.pem").unlink()
    (folder / "at").write_text(NOON.isoformat())
    box.receive(36)
    facts = remember(box.journals[box.origin])
    for number in (1, 2, 3):
        (folder / f"run-{number}").write_bytes(body_of(facts[12 * number - 12 : 12 * number]))
    return folder, device.device


def centre_is_whole(folder: Path, told: tuple[str, ...]) -> None:
    """What the centre has signed for is there, once and folded; the laptop can send the rest."""
    house = House(folder)
    try:
        acknowledged = max((int(each.split()[1]) for each in told if each.startswith("head")), default=0)
        (origin,) = [each for each in house.ledger.status().origins if each.device]
        assert origin.head >= acknowledged
        assert origin.head % 12 == 0
        house.folded()
        assert house.ledger.verify().problems == ()
        device = house.ledger.register.device(origin.device)
        assert device is not None
        for number in (1, 2, 3):
            run = protocol.read_run((folder / f"run-{number}").read_bytes())
            house.ledger.take(device, run, intake.read(run), device_time=NOON, now=NOON)
        house.folded()
        status = house.ledger.status()
        assert (status.facts, status.dossiers, status.held) == (36, 36, 0)
        assert house.ledger.verify().problems == ()
    finally:
        house.ledger.close()


@pytest.mark.parametrize("kind", FAULTS)
def test_a_centre_keeps_its_word_wherever_the_disk_fails(
    shim: Shim, place: tuple[Path, str], tmp_path: Path, kind: str
) -> None:
    sweep(shim, "centre", place, tmp_path, kind, centre_is_whole, sample=5)


def test_a_centre_keeps_its_word_when_the_power_is_cut(
    shim: Shim, place: tuple[Path, str], tmp_path: Path
) -> None:
    assert not cuts(shim, "centre", place, tmp_path, centre_is_whole, normal=False)


def test_a_power_cut_finds_a_centre_that_does_not_sync(
    shim: Shim, place: tuple[Path, str], tmp_path: Path
) -> None:
    assert cuts(shim, "centre", place, tmp_path, centre_is_whole, normal=True)


# -- An upgrade ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=RELEASES[:1])  # the oldest takes every step
def former(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Former:
    return Former(request.param, tmp_path_factory.mktemp("former"))


@pytest.fixture
def laptop_upgraded(former: Former) -> Callable[[Path, tuple[str, ...]], None]:
    """The former file or the new one, never neither, with everything in it."""
    facts = former.raw("SELECT hash FROM fact ORDER BY row")
    slots, unlocked = former.slots()
    before = laptop_file.version(former.laptop, former.key)

    def whole(folder: Path, told: tuple[str, ...]) -> None:
        found = laptop_file.version(folder, former.key)
        assert found in {before, SCHEMA}
        assert found == SCHEMA or "upgraded" not in told
        store = open_store(folder, unlocked, slots)
        try:
            with store.reading() as db:
                assert db.run("SELECT hash FROM fact ORDER BY row").all() == facts
                assert db.run("SELECT count(*) FROM draft").scalar() == 1
            assert checking.check(store)[1] == []
        finally:
            store.close()
        assert laptop_file.version(folder, former.key) == SCHEMA

    return whole


@pytest.mark.parametrize("kind", FAULTS)
def test_a_laptops_upgrade_leaves_the_old_or_the_new_wherever_the_disk_fails(
    shim: Shim,
    former: Former,
    laptop_upgraded: Callable[[Path, tuple[str, ...]], None],
    tmp_path: Path,
    kind: str,
) -> None:
    template = former.laptop, former.key.hex()
    sweep(shim, "laptop_upgrade", template, tmp_path, kind, laptop_upgraded, sample=4)


def test_a_laptops_upgrade_leaves_the_old_or_the_new_when_the_power_is_cut(
    shim: Shim, former: Former, laptop_upgraded: Callable[[Path, tuple[str, ...]], None], tmp_path: Path
) -> None:
    template = former.laptop, former.key.hex()
    assert not cuts(shim, "laptop_upgrade", template, tmp_path, laptop_upgraded, normal=False)


def centre_upgraded(folder: Path, told: tuple[str, ...]) -> None:
    """The former database or the new one, with everything in it."""
    ledger = Ledger(f"sqlite:///{folder / 'centre.db'}")
    try:
        assert ledger.status().dossiers == 3
        assert ledger.verify().problems == ()
    finally:
        ledger.close()


@pytest.mark.parametrize("kind", FAULTS)
def test_a_centres_upgrade_leaves_the_old_or_the_new_wherever_the_disk_fails(
    shim: Shim, former: Former, tmp_path: Path, kind: str
) -> None:
    sweep(shim, "centre_upgrade", alone(former, tmp_path), tmp_path, kind, centre_upgraded, sample=4)


def test_a_centres_upgrade_leaves_the_old_or_the_new_when_the_power_is_cut(
    shim: Shim, former: Former, tmp_path: Path
) -> None:
    template = alone(former, tmp_path)
    assert not cuts(shim, "centre_upgrade", template, tmp_path, centre_upgraded, normal=False)


def alone(former: Former, tmp_path: Path) -> tuple[Path, str]:
    """The former centre in a folder of its own."""
    folder = tmp_path / "former"
    folder.mkdir()
    shutil.copy(former.centre, folder / "centre.db")
    if former.scans.is_dir():
        shutil.copytree(former.scans, folder / former.scans.name)
    return folder, ""
