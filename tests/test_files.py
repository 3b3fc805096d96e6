"""Files of a dossier at the table: captured, encrypted beside the database, read back, swept."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from laptops import PASSPHRASE, at_the_table, environment, opened, received
from mobile_reception.__main__ import main
from mobile_reception.desk import CannotWrite, FilePlace, NotFound, Unacceptable
from mobile_reception.desk import Damaged as Alarm
from mobile_reception.desk.table import Desk
from mobile_reception.papers import scans
from mobile_reception.store import files
from mobile_reception.store.errors import CannotWrite as NoRoom
from mobile_reception.store.errors import Damaged
from papers_scanned import GPS, drawing, photograph, sheet

CORNERS = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
"""Where the upper left corner of what was taken stands, by the orientation in its EXIF."""
NEEDLE = b"CAN CUOC 087190001234"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = at_the_table(tmp_path / "laptop")
    yield desk
    desk.close()


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def whole(desk: Desk, key: str, sha256: str) -> bytes:
    return b"".join(desk.file(key, sha256)[1])


def stored(desk: Desk) -> list[Path]:
    folder = desk._bench.store.folder / "files"
    return sorted(folder.iterdir()) if folder.exists() else []


# -- The store -------------------------------------------------------------------------------------------


@given(
    pieces=st.lists(st.integers(1, 3 * files.CHUNK), min_size=1, max_size=4),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 2 * files.CHUNK)), max_size=4),
    edge=st.sampled_from([0, -1, 1]),
)
def test_every_part_of_a_file_reads_back(
    shared_desk: Desk, pieces: list[int], cuts: list[tuple[float, int]], edge: int
) -> None:
    store = shared_desk._bench.store
    dossier = shared_desk.find("")[0].id
    pieces[0] = max(1, pieces[0] // files.CHUNK * files.CHUNK + edge)  # lengths at the edge of a chunk
    data = [os.urandom(size) for size in pieces]
    plain = b"".join(data)
    written = files.write(store, dossier, data)
    assert (written.size, written.sha256) == (len(plain), hashlib.sha256(plain).hexdigest())
    file = files.StoredFile(dossier, written.sha256, written.stored, written.size, "")
    assert b"".join(files.read(store, file)) == plain
    for place, most in cuts:
        start = int(place * len(plain))
        assert files.part(store, file, start, most) == plain[start : start + most]
    files.discard(store, written)


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = at_the_table(tmp_path_factory.mktemp("files") / "laptop")
    received(desk)
    yield desk
    desk.close()


def test_a_file_whose_act_stands_stays_whatever_fails_behind_the_commit(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = received(desk).code
    path = put(tmp_path, "đơn.pdf", sheet())
    act = desk._bench.store.act

    @contextmanager
    def failing(*about: Any) -> Iterator[Any]:
        with act(*about) as making:
            yield making
        raise NoRoom("behind the commit")

    with monkeypatch.context() as patched:
        patched.setattr(desk._bench.store, "act", failing)
        with pytest.raises(CannotWrite):
            desk.attach(code, path)
    kept = desk.attach(code, path).value
    assert kept.already
    assert len(whole(desk, code, kept.sha256)) == kept.size
    assert desk.verify().ok


@pytest.mark.parametrize("harm", ["flip", "cut", "swap", "longer", "lastless", "gone", "key"])
def test_a_harmed_file_is_an_alarm_and_no_crash(desk: Desk, tmp_path: Path, harm: str) -> None:
    code = received(desk).code
    path = put(tmp_path, "đơn.pdf", sheet(size=5 * files.CHUNK))
    kept = desk.attach(code, path).value
    assert desk.verify().ok
    (file,) = stored(desk)
    lines = bytearray(file.read_bytes())
    chunk = files.CHUNK + 16
    if harm == "flip":
        lines[len(lines) // 2] ^= 1
    elif harm == "cut":
        del lines[-1]
    elif harm == "swap":
        one, other = slice(4, 4 + chunk), slice(4 + chunk, 4 + 2 * chunk)
        lines[one], lines[other] = lines[other], lines[one]
    elif harm == "longer":
        lines += b"more"
    elif harm == "lastless":
        del lines[4 + chunk :]
    file.write_bytes(lines)
    if harm == "gone":
        file.unlink()
    if harm == "key":
        with desk._bench.store.writing() as db:
            db.run("DELETE FROM file_key")
    found = desk.verify()
    assert not found.ok
    assert "Tệp đính kèm thiếu hoặc hỏng" in found.problems[0]
    view = desk.dossier(code)  # the page still opens, and says where the file is
    assert view.files[0].here
    if harm != "longer":
        with pytest.raises(Alarm):
            whole(desk, code, kept.sha256)


def test_no_byte_of_a_file_and_none_of_its_name_lie_open_on_the_disk(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    path = put(tmp_path, "căn cước.pdf", sheet().replace(b"%%EOF", b"%" + NEEDLE + b"\n%%EOF"))
    kept = desk.attach(code, path).value
    assert NEEDLE in whole(desk, code, kept.sha256)
    desk.close()
    for found in (tmp_path / "laptop").rglob("*"):
        if found.is_file():
            assert NEEDLE not in found.read_bytes(), found
            assert "căn cước" not in found.name
            assert kept.sha256 not in found.name
    assert all(each.stat().st_mode & 0o077 == 0 for each in stored(desk))


def test_what_no_row_speaks_of_is_swept_after_a_day(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    desk.attach(code, put(tmp_path, "a.pdf", sheet()))
    (kept,) = stored(desk)
    store = desk._bench.store
    young = files.write(store, desk.dossier(code).state.subject, [b"young"])
    old = files.write(store, desk.dossier(code).state.subject, [b"old"])
    part = put(kept.parent, "0" * 32 + ".part", b"half")
    for path in (kept.parent / old.stored, part, kept):
        os.utime(path, (1, 1))
    assert files.sweep(store) == 2
    assert stored(desk) == sorted([kept, kept.parent / young.stored])
    assert desk.verify().ok


def test_a_dropped_key_makes_the_files_of_one_dossier_noise(desk: Desk, tmp_path: Path) -> None:
    one, other = received(desk), received(desk)
    for dossier in (one, other):
        desk.attach(dossier.code, put(tmp_path, "a.pdf", sheet()))
    store = desk._bench.store
    (file,) = files.of_dossier(store, one.id)
    copied = tmp_path / "copied"
    shutil.copy(store.folder / "files" / file.stored, copied)
    with store.writing() as db:
        dropped = files.drop(db, one.id)
    files.remove(store, dropped)
    assert len(stored(desk)) == 1
    shutil.copy(copied, store.folder / "files" / file.stored)
    with pytest.raises(Damaged, match="key"):
        files.part(store, file, 0, 10)
    assert not desk.dossier(one.id).files[0].here
    assert desk.dossier(other.id).files[0].here
    assert desk.verify().ok


def test_a_large_file_goes_through_in_bounded_memory(desk: Desk, tmp_path: Path) -> None:
    desk._bench.store.keep(**{"setting:nothing": ""})
    code = received(desk).code
    card = {"files": {"max_bytes": 64_000_000}}
    with desk._bench.store.writing() as db:
        db.run("INSERT INTO card (kind, key, value) VALUES ('settings','',?)", (json.dumps(card),))
    desk._bench.forget_cards()
    path = put(tmp_path, "lớn.pdf", sheet(size=20 * 1024 * 1024))
    tracemalloc.start()
    kept = desk.attach(code, path).value
    digest = hashlib.sha256()
    for block in desk.file(code, kept.sha256)[1]:
        digest.update(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert digest.hexdigest() == kept.sha256
    assert peak < 6 * 1024 * 1024


@pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of Unix")
def test_a_full_disk_leaves_nothing_half_done(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    path = put(tmp_path, "a.pdf", sheet(size=3_000_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(CannotWrite):
            desk.attach(code, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not stored(desk)
    assert not desk.dossier(code).files
    desk.attach(code, path)
    assert desk.verify().ok


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_a_kill_at_any_point_of_attaching_leaves_whole_files_or_none(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    desk = at_the_table(folder)
    code = received(desk).code
    desk.close()
    for number in range(12):
        put(tmp_path, f"{number}.pdf", sheet(size=400_000, seed=number))
    told = (
        "import os, select, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import laptops\n"
        "laptops.opened(Path(sys.argv[2])).file_limits()\n"
        "for turn in range(12):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        desk = laptops.opened(Path(sys.argv[2]))\n"
        "        kept = desk.attach(sys.argv[3], Path(sys.argv[4]) / f'{turn}.pdf').value\n"
        "        os.write(1, (kept.sha256 + '\\n').encode())\n"
        "        signal.pause()\n"
        "    select.select([], [], [], turn * 0.004)\n"
        "    os.kill(child, signal.SIGKILL)\n"
        "    os.waitpid(child, 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, Path(__file__).parent, folder, code, tmp_path],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    desk = opened(folder)
    announced = set(done.stdout.decode().split())
    there = {each.sha256 for each in desk.dossier(code).files}
    assert len(announced) < 12  # the first is killed at once
    assert announced <= there
    assert desk.verify().ok
    for each in there:
        assert hashlib.sha256(whole(desk, code, each)).hexdigest() == each
    for path in stored(desk):
        os.utime(path, (1, 1))
    files.sweep(desk._bench.store)
    assert len(stored(desk)) == len(there)
    for number in range(12):  # and what was cut off can be attached again
        desk.attach(code, tmp_path / f"{number}.pdf")
    assert len(desk.dossier(code).files) == 12
    assert desk.verify().ok
    desk.close()


# -- Capture ---------------------------------------------------------------------------------------------


def test_a_sheet_and_a_picture_are_attached_and_come_back(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    pdf = sheet(3)
    kept = desk.attach(code, put(tmp_path, "bằng.pdf", pdf), paper="Bằng tốt nghiệp THPT").value
    picture = desk.attach(code, put(tmp_path, "ảnh.bin", photograph()), name="Ảnh thẻ").value
    assert (kept.type, kept.pages, kept.already) == ("application/pdf", 3, False)
    assert whole(desk, code, kept.sha256) == pdf
    assert whole(desk, code, picture.sha256[:8])[:3] == b"\xff\xd8\xff"
    view = desk.dossier(code)
    assert [each.name for each in view.files] == ["bằng.pdf", "Ảnh thẻ.jpg"]
    assert view.files[0].paper == "Bằng tốt nghiệp THPT"
    assert [each.place for each in view.files] == [FilePlace.HERE, FilePlace.HERE]
    assert view.files_waiting == 2
    assert [event.about for event in view.state.history[-2:]] == ["bằng.pdf", "Ảnh thẻ.jpg"]
    assert desk.status().files_waiting == 2


def test_the_same_file_twice_is_said_and_not_doubled(desk: Desk, tmp_path: Path) -> None:
    code, other = received(desk).code, received(desk).code
    for data in (sheet(), photograph()):
        path = put(tmp_path, "a", data)
        first = desk.attach(code, path).value
        again = desk.attach(code, put(tmp_path, "b", data)).value
        assert again.already
        assert again.sha256 == first.sha256
        assert again.name == first.name
        assert not desk.attach(other, path).value.already  # on another dossier it is another matter
    assert len(desk.dossier(code).files) == 2
    assert len(stored(desk)) == 4
    assert desk.status().files_waiting == 2  # and yet it will travel once


def test_taken_off_with_a_reason_and_attached_again(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    path = put(tmp_path, "a.pdf", sheet())
    kept = desk.attach(code, path).value
    with pytest.raises(Unacceptable, match="lý do"):
        desk.take_off(code, kept.sha256, "  ")
    with pytest.raises(NotFound):
        desk.take_off(code, kept.sha256[:5], "nhầm")
    view = desk.take_off(code, kept.sha256, "nhầm người").value
    assert not view.files
    assert (view.state.history[-1].about, view.state.history[-1].reason) == ("a.pdf", "nhầm người")
    assert desk.status().files_waiting == 0
    assert len(stored(desk)) == 1  # nothing is deleted silently
    with pytest.raises(NotFound):
        desk.file(code, kept.sha256)
    assert not desk.attach(code, path).value.already
    assert desk.status().files_waiting == 1
    assert whole(desk, code, kept.sha256) == sheet()
    assert desk.verify().ok


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photograph_comes_upright_small_and_without_its_place(tmp_path: Path, turned: int) -> None:
    scan = scans.look(put(tmp_path, "a.jpg", photograph(3000, 2000, turned=turned, seed=200)))
    assert scan.shrunk is not None
    with Image.open(io.BytesIO(scan.shrunk)) as picture:
        sideways = turned >= 5
        assert picture.size == ((1600, 2400) if sideways else (2400, 1600))
        assert not picture.getexif().get_ifd(GPS)
        assert not dict(picture.getexif())
        corner = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[
            turned
        ]
        at = tuple(round(50 + part * (side - 101)) for part, side in zip(corner, picture.size, strict=True))
        red, green, blue = picture.convert("RGB").getpixel(at)  # type: ignore[misc, arg-type]
        assert (abs(red - 200) < 12, abs(green - 30) < 12, abs(blue - 40) < 12) == (True, True, True)
    assert b"087190001234" not in scan.shrunk
    assert b"Exif" not in scan.shrunk


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(tmp_path: Path, mode: str) -> None:
    scan = scans.look(put(tmp_path, "a.png", drawing(mode)))
    assert scan.shrunk is not None
    with Image.open(io.BytesIO(scan.shrunk)) as picture:
        picture.load()
        assert picture.size == (600, 800)


def test_what_the_centre_will_not_take_is_refused_at_the_table(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    refused = {
        "virus.pdf": (b"MZ\x90\x00" + b"x" * 2000, "không phải tệp nhận được"),
        "a.html": (b"<html>" + b"x" * 2000, "Chỉ nhận: PDF, JPEG, PNG"),
        "trống.pdf": (b"", "không phải tệp nhận được"),
        "nửa.pdf": (sheet(size=9000)[:-200], "chưa quét xong"),
        "nửa.jpg": (photograph()[:-3000], "chưa quét xong"),
        "rác.pdf": (b"%PDF-1.4 nothing %%EOF", "chưa quét xong"),
        "lớn.pdf": (sheet(size=11_000_000), "nặng 11,0 MB, trung tâm nhận mỗi tệp nhiều nhất 10,5 MB"),
    }
    for name, (data, why) in refused.items():
        with pytest.raises(Unacceptable, match=why):
            desk.attach(code, put(tmp_path, name, data))
    for missing in (tmp_path / "không có.pdf", tmp_path):
        with pytest.raises(Unacceptable, match="Không đọc được"):
            desk.attach(code, missing)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(Unacceptable, match="Không đọc được"):
            desk.attach(code, tmp_path / "pipe")
    assert not desk.dossier(code).files
    assert not stored(desk)


def test_a_flood_of_dots_is_refused_before_it_is_opened(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    for side in (7000, 12_000):
        path = put(tmp_path, "bom.png", drawing("1", side, side))
        with pytest.raises(Unacceptable, match="quá lớn"):
            desk.attach(code, path)


def test_a_pdf_with_a_passphrase_is_refused_in_words(desk: Desk, tmp_path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    path = tmp_path / "khóa.pdf"
    canvas = Canvas(str(path), encrypt=StandardEncryption("bí mật".encode().hex(), canPrint=1))
    canvas.drawString(1, 1, "x")
    canvas.save()
    with pytest.raises(Unacceptable, match="mật khẩu"):
        desk.attach(received(desk).code, path)


def test_the_limits_of_the_centre_hold(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    card = {"files": {"max_bytes": 100_000, "types": ["application/pdf"], "max_files": 2}}
    with desk._bench.store.writing() as db:
        db.run("INSERT INTO card (kind, key, value) VALUES ('settings','',?)", (json.dumps(card),))
    desk._bench.forget_cards()
    with pytest.raises(Unacceptable, match="Chỉ nhận: PDF"):
        desk.attach(code, put(tmp_path, "a.jpg", photograph()))
    with pytest.raises(Unacceptable, match="nhiều nhất 100 KB"):
        desk.attach(code, put(tmp_path, "a.pdf", sheet(size=120_000)))
    for seed in range(2):
        desk.attach(code, put(tmp_path, "a.pdf", sheet(seed=seed)))
    with pytest.raises(Unacceptable, match="đã có 2 tệp"):
        desk.attach(code, put(tmp_path, "a.pdf", sheet(seed=7)))
    assert desk.attach(code, put(tmp_path, "a.pdf", sheet(seed=1))).value.already


def test_the_scanners_folder_offers_what_is_new(desk: Desk, tmp_path: Path) -> None:
    code = received(desk).code
    assert desk.new_scans() == ()
    folder = tmp_path / "quét"
    folder.mkdir()
    desk.keep_setting("scan_folder", str(folder))
    for number in range(3):
        os.utime(put(folder, f"Scan_{number}.pdf", sheet(seed=number)), (1000 + number, 1000 + number))
    put(folder, "Thumbs.db", b"x" * 200)
    put(folder, "trống.pdf", b"")
    assert [each.name for each in desk.new_scans()] == ["Scan_2.pdf", "Scan_1.pdf", "Scan_0.pdf"]
    desk.attach(code, desk.new_scans()[0].path)
    assert [each.name for each in desk.new_scans()] == ["Scan_1.pdf", "Scan_0.pdf"]
    put(folder, "Scan_2.pdf", sheet(seed=9))  # the scanner counts from the beginning again
    assert [each.name for each in desk.new_scans()] == ["Scan_2.pdf", "Scan_1.pdf", "Scan_0.pdf"]
    shutil.rmtree(folder)
    with pytest.raises(NotFound, match="thư mục máy quét"):
        desk.new_scans()


# -- The command line ------------------------------------------------------------------------------------


def test_the_command_line_attaches_lists_and_gives_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "laptop"
    desk = at_the_table(folder)
    code = received(desk).code
    desk.close()
    monkeypatch.setenv("MOBILE_RECEPTION_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("MOBILE_RECEPTION_DATA", str(folder))

    def run(*args: str | Path, status: int = 0) -> str:
        assert main([*map(str, args), "--language", "vi"]) == status
        return capsys.readouterr().out

    good, bad = put(tmp_path, "đơn.pdf", sheet(2)), put(tmp_path, "x.exe", b"MZ" * 500)
    told = [
        json.loads(each)
        for each in run("attach", code, good, bad, good, "--paper", "Đơn", "--json", status=1).splitlines()
    ]
    assert [each["state"] for each in told] == ["attached", "refused", "duplicate"]
    assert told[1]["problems"][0]["field"] == "file"
    (listed,) = json.loads(run("files", code, "--json"))
    expected = {"name": "đơn.pdf", "pages": 2, "paper": "Đơn", "place": "here"}
    assert {name: listed[name] for name in expected} == expected
    shown = json.loads(run("show", code, "--json"))
    assert shown["files"] == [listed]
    assert shown["files_waiting"] == 1
    run("file", code, listed["sha256"][:10], "-o", tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == sheet(2)
    run("file", code, "f" * 64, "-o", tmp_path / "no.pdf", status=65)
    assert not (tmp_path / "no.pdf").exists()
    run("take-off", code, listed["sha256"], "--reason", "nhầm")
    assert json.loads(run("files", code, "--json")) == []
    assert "đơn.pdf" in str(json.loads(run("show", code, "--json"))["history"])
    checked = opened(folder)
    assert checked.verify().ok
    checked.close()
