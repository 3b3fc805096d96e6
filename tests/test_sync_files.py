"""Files after the facts: on a good road, on every bad one, and through kills on either side."""

from __future__ import annotations

import hashlib
import json
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text

from laptop_and_centre import NOON, UNIT, House, PaperBox, Road, device_of, enrolled_at, make_centre, noon
from laptop_and_centre import reception as received_at
from laptops import LOGIN, PASSPHRASE, Clock, environment, opened, received, run
from mobile_reception.centre import api
from mobile_reception.centre.database import writing
from mobile_reception.desk import FilePlace, make
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.facts import Act
from mobile_reception.store.errors import Damaged
from mobile_reception.store.values import StoredFile
from mobile_reception.sync import protocol
from mobile_reception.sync.client import RoadClosed, sync
from mobile_reception.sync.client import road as road_module
from mobile_reception.sync.client.road import Road as Wire
from mobile_reception.sync.protocol import Reason
from mobile_reception.words import VIETNAM
from papers_scanned import photograph, sheet

DOSSIER = str(uuid4())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PaperBox]:
    folder = tmp_path_factory.mktemp("centre")
    make_centre(folder)
    house = House(folder)
    box = PaperBox()
    house.join(box)
    house.ledger.close()
    return folder, box


@pytest.fixture
def box(template: tuple[Path, PaperBox]) -> PaperBox:
    box = PaperBox(template[1].key, template[1].origin)
    box.known = template[1].known
    box.write(received_at("H20.32.1-261118-0001", subject=DOSSIER))
    return box


@pytest.fixture
def house(template: tuple[Path, PaperBox], tmp_path: Path) -> Iterator[House]:
    shutil.copy(template[0] / "centre.db", tmp_path / "centre.db")
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def road(house: House, box: PaperBox) -> Iterator[Road]:
    with house.serving() as url, Road(url).open() as road:
        enrolled_at(box, road.url)
        yield road


def scans(box: PaperBox, *sizes: int, seed: int = 1) -> list[bytes]:
    made = [random.Random(f"{seed}-{place}").randbytes(size) for place, size in enumerate(sizes)]
    for data in made:
        box.attach(DOSSIER, data)
    return made


def kept(house: House) -> list[bytes]:
    folder = house.ledger.files.folder
    assert folder is not None
    return sorted(path.read_bytes() for path in (folder / UNIT.code).rglob("*") if path.is_file())


# -- A good road -----------------------------------------------------------------------------------------


def test_files_arrive_after_the_facts_and_never_twice(house: House, box: PaperBox, road: Road) -> None:
    files = scans(box, 1, 70_000, 500_000)
    report = sync(box, clock=noon)
    assert (report.reason, report.files_waiting, report.agree) == (None, 0, True)
    assert kept(house) == sorted(files)
    assert sum(road.pieces) == sum(map(len, files))
    asked = [path for method, path, _ in road.passed]
    assert max(n for n, path in enumerate(asked) if "/runs/" in path) < asked.index("/v1/files/have")
    assert set(box.arrived.values()) == {"2026-11-18T05:00:00.000+00:00"}
    assert sync(box, clock=noon).agree  # looked after once, and not again on that day
    passed = len(road.passed)
    assert sync(box, clock=noon).agree
    assert not any("/files" in path for _, path, _ in road.passed[passed:])


def test_what_another_laptop_brought_is_not_sent(house: House, box: PaperBox, road: Road) -> None:
    (data,) = scans(box, 90_000)
    assert sync(box, clock=noon).agree
    other = PaperBox()
    house.join(other, login="hoa", name="Máy 2")
    enrolled_at(other, road.url)
    other.write(received_at("H20.32.1-261118-0201"))
    other.attach(str(uuid4()), data)
    road.pieces.clear()
    assert sync(other, clock=noon).agree
    assert not road.pieces
    assert kept(house) == [data]


# -- Bad roads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost", "refuse", "cut", "html", "broken", "twice", "torn"])
def test_a_fault_at_any_request_loses_nothing_and_believes_nobody(
    house: House, box: PaperBox, road: Road, fault: str
) -> None:
    assert sync(box, clock=noon).agree
    turns = 0
    for place in range(40):
        turns += 1
        (data,) = scans(box, 90_000, seed=place)
        name = hashlib.sha256(data).hexdigest()
        road.faults = [""] * place + [fault]
        for _ in range(6):
            report = sync(box, clock=noon)
            # What the laptop believes to be at the centre is there, whole, at every moment.
            assert all((house.ledger.files._path(UNIT.code, each)).is_file() for each in box.arrived)
            if report.agree:
                break
        assert report.agree
        assert name in box.arrived
        if road.faults:  # the fault stood behind the last request: every place has been tried
            break
    assert 8 < turns < 40
    assert kept(house) == sorted(box.scans.values())
    assert house.ledger.verify().ok


def test_a_line_that_breaks_all_the_time_drains(house: House, box: PaperBox, road: Road) -> None:
    files = scans(box, 400_000, 30_000, 250_000)
    dice = random.Random(11)
    for _ in range(30):
        road.faults = [dice.choice(["", "", "torn", "lost", "refuse", "cut"]) for _ in range(12)]
        report = sync(box, clock=noon)
        if report.agree:
            break
    assert report.agree
    assert kept(house) == sorted(files)
    # Only what was on the way when the line broke goes again.
    assert sum(road.pieces) < 2 * sum(map(len, files))


def test_pieces_grow_on_a_good_line_and_shrink_on_a_bad_one(house: House, box: PaperBox, road: Road) -> None:
    scans(box, 3_000_000)
    assert sync(box, clock=noon).agree
    assert road.pieces[:3] == [256 * 1024, 512 * 1024, 1024 * 1024]
    assert max(road.pieces) <= 1024 * 1024
    road.pieces.clear()
    scans(box, 300_000, seed=2)
    road.faults = ["", "", "", "", "", "", "torn", "", "torn", "", "torn"]
    sync(box, clock=noon)
    assert min(road.pieces[1:5]) < 256 * 1024


# -- What does not go ------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_here_holds_nobody_up(house: House, box: PaperBox, road: Road) -> None:
    class Torn(PaperBox):
        def file_part(self, file: StoredFile, start: int, most: int) -> bytes:
            if file.size == 2000:
                raise Damaged("gone")
            return super().file_part(file, start, most)

    box.__class__ = Torn
    files = scans(box, 2000, 3000)
    report = sync(box, clock=noon)
    assert (report.reason, report.files_waiting, report.agree) == (None, 1, False)
    assert box.refusals == [(hashlib.sha256(files[0]).hexdigest(), "damaged")]
    assert kept(house) == [files[1]]


def test_a_share_that_is_used_up_is_said(house: House, box: PaperBox, road: Road) -> None:
    house.ledger.files._quota = 2500
    files = scans(box, 2000, 2100, 100)
    report = sync(box, clock=noon)
    assert (report.reason, report.files_waiting) == (None, 1)
    assert box.refusals == [(hashlib.sha256(files[1]).hexdigest(), "quota")]
    assert kept(house) == sorted([files[0], files[2]])


def test_other_bytes_than_announced_are_not_taken(house: House, box: PaperBox, road: Road) -> None:
    (data,) = scans(box, 5000)
    name = hashlib.sha256(data).hexdigest()
    box.scans[name] = b"?" * 5000
    assert not sync(box, clock=noon).agree
    assert box.refusals == [(name, "hash_mismatch")]
    box.scans[name] = data
    assert sync(box, clock=noon).agree


def test_a_revoked_laptop_hands_its_files_over_and_is_told(house: House, box: PaperBox, road: Road) -> None:
    files = scans(box, 5000)
    house.ledger.register.revoke(device_of(house, box).device)
    report = sync(box, clock=noon)
    assert (report.reason, report.files_waiting) == (Reason.REVOKED, 0)
    assert kept(house) == files


def test_a_centre_of_before_gets_its_facts_all_the_same(
    house: House, box: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.tus, "add_routes", lambda _app: None)
    scans(box, 5000)
    with house.serving() as url:
        report = sync(enrolled_at(box, url), clock=noon)
    assert (report.reason, report.waiting, report.files_waiting, report.agree) == (None, 0, 1, False)


def test_a_full_disk_at_the_centre_is_said_and_made_up_for(house: House, box: PaperBox, road: Road) -> None:
    resource = pytest.importorskip("resource")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    (data,) = scans(box, 2_000_000)
    assert sync(box, clock=noon, patience=1).agree
    (more,) = scans(box, 2_000_000, seed=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, hard))
    try:
        report = sync(box, clock=noon)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (report.reason, report.files_waiting) == (Reason.SERVER_FULL, 1)
    road.pieces.clear()
    assert sync(box, clock=noon).agree
    assert sum(road.pieces) == 800_000  # what had arrived before the disk was full does not go again
    assert kept(house) == sorted([data, more])


def test_a_slow_line_has_the_time_it_needs_while_something_moves(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, moved = house.ledger.identity.key, [1000.0]
    monkeypatch.setattr(road_module, "time", SimpleNamespace(monotonic=lambda: moved[0]))
    body = bytes(4_000_000)

    def read_slowly(listening: socket.socket) -> None:
        here, _ = listening.accept()
        with here:
            said = b""
            while b"\r\n\r\n" not in said:
                said += here.recv(4096)
            head, _, got = said.partition(b"\r\n\r\n")
            nonce = next(line[9:] for line in head.decode().split("\r\n") if line.startswith("X-Nonce: "))
            left = len(body) - len(got)
            while left > 0:
                left -= len(here.recv(65_536))
                moved[0] += 1  # a second passes for each bit: a minute for all of it
            signature = protocol.sign_answer(key, status=204, target="/v1/files/x", nonce=nonce, body=b"")
            here.sendall(f"HTTP/1.1 204 No Content\r\nX-Centre-Signature: {signature}\r\n\r\n".encode())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        there = threading.Thread(target=read_slowly, args=(listening,))
        there.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Wire(url, ca=None, centre_key=house.ledger.identity.public_key, timeout=10) as wire:
            carried = wire.carry("PATCH", "/v1/files/x", body, {})
        there.join()
    assert carried.status == 204
    assert moved[0] > 1050


def test_a_centre_that_stops_reading_is_given_up(house: House, box: PaperBox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        key = house.ledger.identity.public_key
        with Wire(url, ca=None, centre_key=key, timeout=0.2) as wire, pytest.raises(RoadClosed) as closed:
            wire.carry("PATCH", "/v1/files/x", bytes(8_000_000), {})
        assert (closed.value.reason, closed.value.smaller) == (Reason.OFFLINE, True)


# -- Kills -----------------------------------------------------------------------------------------------


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A true centre in a process of its own."""
    told = [sys.executable, "-m", "mobile_reception", "centre", "serve", "--port", "0"]
    database = f"sqlite:///{folder / 'centre.db'}"
    with subprocess.Popen(
        [*told, "--database", database, "--files", str(folder / "centre-files"), "--now", NOON.isoformat()],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            yield url, process
        finally:
            process.kill()


def peak_memory(process: subprocess.Popen[str]) -> int:
    """The most memory that a process has used, in KiB."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    raise AssertionError


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_centre_killed_in_mid_file_goes_on_where_it_was(
    house: House, box: PaperBox, tmp_path: Path
) -> None:
    size = 20 * 1024 * 1024
    (data,) = scans(box, size)
    starts: list[int] = []
    running: list[subprocess.Popen[str]] = []

    class Watched(PaperBox):
        def file_part(self, file: StoredFile, start: int, most: int) -> bytes:
            starts.append(start)
            if start > size // 2 and len(running) == 1:
                running[0].send_signal(signal.SIGKILL)
                running[0].wait()
            return super().file_part(file, start, most)

    box.__class__ = Watched
    house.ledger.close()
    with serving(tmp_path) as (url, process):
        running.append(process)
        report = sync(enrolled_at(box, url), clock=noon)
        assert (report.reason, report.files_waiting) == (Reason.OFFLINE, 1)
    killed_at = starts[-1]
    with serving(tmp_path) as (url, process):
        running.append(process)
        quiet = peak_memory(process)
        assert sync(enrolled_at(box, url), clock=noon).agree
        assert peak_memory(process) - quiet < 24 * 1024  # of a file of 20 MiB, and of all the rest
    assert starts[starts.index(killed_at) + 1 :][0] == killed_at
    house.ledger = House(tmp_path).ledger
    assert kept(house) == [data]
    assert house.ledger.verify().ok


def test_both_sides_hold_little_of_a_large_file_in_memory(house: House, box: PaperBox, road: Road) -> None:
    size = 20 * 1024 * 1024
    scans(box, size)
    with house.serving() as url:
        enrolled_at(box, url)
        tracemalloc.start()
        assert sync(box, clock=noon).agree
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


# -- A true laptop ---------------------------------------------------------------------------------------


def joined(folder: Path, house: House, url: str, clock: Clock | None = None) -> Desk:
    desk, _ = make(
        folder,
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login=LOGIN,
        passphrase=PASSPHRASE,
        now=clock or Clock(NOON.astimezone(VIETNAM)),
        practice=True,
        alone=False,
    )
    code = house.ledger.register.new_code(unit=UNIT.code, name="Máy 9", scope="hamlets", now=house.now)
    desk.enrol(url, code, PASSPHRASE)
    desk.open_session("Khóm Trung")
    return desk


def put(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_the_table_says_how_many_files_wait(house: House, road: Road, tmp_path: Path) -> None:
    desk = joined(tmp_path / "laptop", house, road.url)
    one, other = received(desk), received(desk)
    for dossier in (one, other):  # the same scan for two dossiers travels once
        desk.attach(dossier.id, put(tmp_path, "a.pdf", sheet(2)))
    wrong = desk.attach(one.id, put(tmp_path, "sai.jpg", photograph(seed=3))).value
    desk.take_off(one.id, wrong.sha256, "ảnh của người khác")
    desk.attach(one.id, put(tmp_path, "b.jpg", photograph()))
    assert [each.place for each in desk.dossier(one.id).files] == [FilePlace.HERE, FilePlace.HERE]
    assert desk.status().files_waiting == 2
    road.faults = [""] * 6 + ["torn"] * 30  # facts, cards, feed, the question and the token pass
    report = desk.sync().value
    assert report.files_waiting == 2
    assert not report.agree
    assert desk.dossier(one.id).place.value == "centre"  # a dossier never waits for its files
    assert desk.dossier(one.id).files_waiting == 2
    road.faults = []
    report = desk.sync().value
    assert (report.files_waiting, report.agree) == (0, True)
    view = desk.dossier(one.id)
    assert [each.place for each in view.files] == [FilePlace.CENTRE, FilePlace.CENTRE]
    assert view.files_waiting == desk.status().files_waiting == 0
    assert len(kept(house)) == 2
    house.folded()
    assert (house.ledger.status().files, house.ledger.status().files_waiting) == (2, 0)
    there = house.ledger.files.of_dossier(one.code)
    assert [each.name for each in there] == ["a.pdf", "b.jpg"]
    assert there[0].path is not None
    assert there[0].path.read_bytes() == sheet(2)
    desk.close()
    house.ledger.close()
    told = ("centre", "files", one.code, "--database", house.url, "--files", tmp_path / "centre-files")
    listed = json.loads(run(*told, "--json", "-o", tmp_path / "out", check=0).stdout)
    assert [(each["name"], each["pages"]) for each in listed] == [("a.pdf", 2), ("b.jpg", 1)]
    assert (tmp_path / "out" / "a.pdf").read_bytes() == sheet(2)


def test_the_limits_are_known_from_the_first_day(house: House, road: Road, tmp_path: Path) -> None:
    limits = {"max_bytes": 200_000, "types": ["application/pdf"], "max_files": 3}
    house.ledger.register.load_settings(UNIT.code, {"files": limits})
    desk = joined(tmp_path / "laptop", house, road.url)
    assert desk.file_limits().document() == limits
    desk.close()


def test_a_restored_centre_is_brought_its_files_again(house: House, road: Road, tmp_path: Path) -> None:
    desk = joined(tmp_path / "laptop", house, road.url)
    before = tmp_path / "before.db"
    shutil.copy(tmp_path / "centre.db", before)
    assert desk.sync().value.agree
    with house.ledger._engine.connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "centre.db", before)
    dossier = received(desk)
    desk.attach(dossier.id, put(tmp_path, "a.pdf", sheet()))
    assert desk.sync().value.agree
    house.ledger.close()
    for name in ("centre.db", "centre.db-wal", "centre.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(before, tmp_path / "centre.db")
    shutil.rmtree(tmp_path / "centre-files")
    restored = House(tmp_path)
    with restored.serving() as url, Road(url).open() as way:
        desk._bench.store.keep(url=way.url)
        report = desk.sync().value
        assert (report.files_waiting, report.agree) == (0, True)
    assert len(kept(restored)) == 1
    restored.ledger.close()
    desk.close()


def test_a_centre_put_back_beside_its_folder_knows_its_files_again(
    house: House, box: PaperBox, road: Road, tmp_path: Path
) -> None:
    before = tmp_path / "before.db"
    house.ledger._engine.dispose()
    shutil.copy(tmp_path / "centre.db", before)
    scans(box, 5000, 300_000)
    assert sync(box, clock=noon).agree
    house.ledger.close()
    for name in ("centre.db", "centre.db-wal", "centre.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(before, tmp_path / "centre.db")
    restored = House(tmp_path)
    with restored.serving() as url, Road(url).open() as way:
        enrolled_at(box, way.url)
        box.scans.clear()  # nobody could bring them any more
        report = sync(box, clock=noon)
        assert report.agree
        for _ in range(200):  # the door looks after it has folded
            if restored.ledger.status().files == 2:
                break
            time.sleep(0.05)
        assert (restored.ledger.status().files, restored.ledger.status().files_waiting) == (2, 0)
        assert not way.pieces
    assert restored.ledger.verify().ok
    restored.ledger.close()


@pytest.mark.parametrize("lost", ["rows and folder", "folder", "half of it"])
def test_what_the_centre_has_lost_is_brought_again_within_a_day(
    house: House, road: Road, tmp_path: Path, lost: str
) -> None:
    clock = Clock(NOON.astimezone(VIETNAM))
    desk = joined(tmp_path / "laptop", house, road.url, clock)
    dossier = received(desk)
    desk.attach(dossier.id, put(tmp_path, "a.pdf", sheet()))
    assert desk.sync().value.agree
    clock.move(days=1, minutes=1)
    house.now += timedelta(days=1, minutes=1)
    assert desk.sync().value.agree
    if lost == "half of it":
        (path,) = (each for each in (tmp_path / "centre-files" / UNIT.code).rglob("*") if each.is_file())
        path.write_bytes(path.read_bytes()[:100])
    else:
        shutil.rmtree(tmp_path / "centre-files")
    if lost == "rows and folder":
        with writing(house.ledger._engine) as db:  # a restored centre whose heads are those of before
            db.execute(text("DELETE FROM file"))
    else:
        assert not house.ledger.verify().ok
    road.pieces.clear()
    assert desk.sync().value.agree
    assert not road.pieces
    clock.move(days=1, minutes=1)
    house.now += timedelta(days=1, minutes=1)
    assert desk.sync().value.agree
    assert sum(road.pieces) == len(sheet())
    assert kept(house) == [sheet()]
    assert house.ledger.verify().ok
    desk.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_laptop_killed_in_mid_file_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    with house.serving() as url, Road(url).open() as road:
        desk = joined(folder, house, road.url)
        limits = {"max_bytes": 30_000_000}
        house.ledger.register.load_settings(UNIT.code, {"files": limits})
        assert desk.sync().value.agree
        dossier = received(desk)
        kept_file = desk.attach(dossier.id, put(tmp_path, "a.pdf", sheet(size=4_000_000))).value
        desk.close()
        told = [sys.executable, "-m", "mobile_reception", "sync", "--now", NOON.isoformat()]
        with subprocess.Popen(told, env=environment(folder), stderr=subprocess.DEVNULL) as child:
            while len(road.pieces) < 4 and child.poll() is None:
                select.select([], [], [], 0.005)
            child.kill()
        before = sum(road.pieces)
        assert 0 < before < kept_file.size
        done = run("sync", "--json", "--now", NOON.isoformat(), data=folder, check=0)
        assert b'"agree": true' in done.stdout
        on_the_way = 1024 * 1024
        assert sum(road.pieces) < kept_file.size + on_the_way
    assert [len(data) for data in kept(house)] == [kept_file.size]
    checked = opened(folder)
    assert checked.dossier(dossier.id).files[0].place == FilePlace.CENTRE
    assert checked.verify().ok
    checked.close()


def test_a_fact_without_its_bytes_waits_at_the_centre(house: House, box: PaperBox, road: Road) -> None:
    (fact,) = box.write(
        Act(DOSSIER, "file.attached", {"name": "a", "type": "b", "size": 3, "sha256": "a" * 64})
    )
    assert sync(box, clock=noon).agree
    assert fact.kind == "file.attached"
    house.folded()
    assert (house.ledger.status().files, house.ledger.status().files_waiting) == (0, 1)
