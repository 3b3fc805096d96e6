"""Files of a form that is no dossier yet: kept with the draft, the dossier's by its reception, or erased."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from laptops import LOGIN, PASSPHRASE, WEDNESDAY, Clock, at_the_table, environment, line, opened
from mobile_reception.__main__ import main
from mobile_reception.desk import Attached, FilePlace, NotFound, Received, Refused, Unacceptable, unlock
from mobile_reception.desk.table import Desk
from mobile_reception.store import draft_files, files
from papers_scanned import photograph, sheet

FORM = {"submitter.full_name": "Nguyễn Thị Diệu"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = at_the_table(tmp_path / "laptop")
    yield desk
    desk.close()


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def attach(desk: Desk, draft: str, path: Path, paper: str = "") -> Attached:
    return desk.attach_to_form(draft, path, FORM, paper=paper).value


def stored(desk: Desk) -> list[Path]:
    folder = desk._bench.store.folder / "files"
    return sorted(folder.iterdir()) if folder.exists() else []


def keys_of(desk: Desk) -> set[str]:
    with desk._bench.store.reading() as db:
        return set(db.run("SELECT dossier FROM file_key").scalars())


def test_files_of_a_form_are_the_dossiers_by_its_reception(desk: Desk, tmp_path: Path) -> None:
    first = attach(desk, "a", put(tmp_path, "đơn.pdf", sheet(2)), "Tờ khai")
    second = attach(desk, "a", put(tmp_path, "ảnh.jpg", photograph()))
    assert [(each.name, each.paper, each.pages) for each in desk.form_files("a")] == [
        ("đơn.pdf", "Tờ khai", 2),
        ("ảnh.jpg", None, 1),
    ]
    (draft,) = desk.drafts()  # a form of which nothing was typed is kept with its first file
    assert (draft.id, draft.name, draft.files) == ("a", "Nguyễn Thị Diệu", 2)
    assert sheet(2)[:200] not in b"".join(each.read_bytes() for each in stored(desk))
    assert b"".join(desk.form_file("a", first.sha256)) == sheet(2)
    assert desk.status().files_waiting == 0  # of no dossier yet: nothing to send
    facts = desk.status().facts
    answer = desk.receive(line("a"), draft="a").value
    assert isinstance(answer, Received)
    assert desk.status().facts == facts + 3
    view = desk.dossier(answer.id)
    assert [(each.name, each.paper, each.place) for each in view.files] == [
        ("đơn.pdf", "Tờ khai", FilePlace.HERE),
        ("ảnh.jpg", None, FilePlace.HERE),
    ]
    assert b"".join(desk.file(answer.id, second.sha256)[1])[:3] == b"\xff\xd8\xff"
    assert desk.status().files_waiting == 2
    assert keys_of(desk) == {answer.id}
    assert not desk.form_files("a")
    assert not desk.drafts()
    assert desk.verify().ok
    assert desk.attach(answer.id, tmp_path / "đơn.pdf").value.already


def test_a_form_refuses_at_capture_and_doubles_nothing(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Unacceptable, match="Chỉ nhận: PDF, JPEG, PNG"):
        attach(desk, "a", put(tmp_path, "đơn.exe", b"MZ" * 100))
    assert not stored(desk)
    assert not desk.drafts()
    attach(desk, "a", put(tmp_path, "đơn.pdf", sheet()))
    assert attach(desk, "a", put(tmp_path, "bản sao.pdf", sheet())).already
    assert len(stored(desk)) == 1
    assert not attach(desk, "b", tmp_path / "đơn.pdf").already  # of somebody else
    for number in range(19):
        attach(desk, "a", put(tmp_path, f"{number}.pdf", sheet(seed=number + 1)))
    with pytest.raises(Unacceptable, match="đã có 20 tệp"):
        attach(desk, "a", put(tmp_path, "mai.pdf", sheet(seed=99)))


def test_what_is_taken_off_a_form_is_gone(desk: Desk, tmp_path: Path) -> None:
    wrong = attach(desk, "a", put(tmp_path, "nhầm.pdf", sheet()))
    right = attach(desk, "a", put(tmp_path, "đúng.pdf", sheet(2)))
    desk.take_off_form("a", wrong.sha256)
    assert len(stored(desk)) == 1
    with pytest.raises(NotFound):
        desk.take_off_form("a", wrong.sha256)
    answer = desk.receive(line("a"), draft="a").value
    assert isinstance(answer, Received)
    view = desk.dossier(answer.id)
    assert [each.sha256 for each in view.files] == [right.sha256]
    assert not any("nhầm" in str(each.about) for each in view.history)


def test_a_form_thrown_away_takes_its_files_along_once_it_cannot_come_back(
    desk: Desk, tmp_path: Path
) -> None:
    kept = attach(desk, "a", put(tmp_path, "đơn.pdf", sheet()))
    (draft,) = desk.drafts()
    desk.drop_draft("a")
    desk.save_draft("a", draft.fields)  # taken back
    desk.erase_dropped()
    assert [each.sha256 for each in desk.form_files("a")] == [kept.sha256]
    desk.drop_draft("a")
    other = attach(desk, "b", tmp_path / "đơn.pdf")
    desk.erase_dropped()
    assert not desk.form_files("a")
    assert keys_of(desk) == {"b"}
    assert len(stored(desk)) == 1
    assert b"".join(desk.form_file("b", other.sha256)) == sheet()


def test_what_was_thrown_away_before_a_kill_is_erased_when_the_laptop_is_opened(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    attach(desk, "a", put(tmp_path, "đơn.pdf", sheet()))
    attach(desk, "b", put(tmp_path, "khác.pdf", sheet(2)))
    desk.drop_draft("a")
    desk.close()
    desk = unlock(tmp_path / "laptop", LOGIN, PASSPHRASE, Clock(WEDNESDAY))
    assert keys_of(desk) == {"b"}
    assert len(stored(desk)) == 1
    assert [each.files for each in desk.drafts()] == [1]
    desk.close()


def test_a_file_that_has_gone_from_the_folder_is_said_and_the_form_stays(desk: Desk, tmp_path: Path) -> None:
    kept = attach(desk, "a", put(tmp_path, "đơn.pdf", sheet()))
    for each in stored(desk):
        each.unlink()
    assert not desk.verify().ok
    answer = desk.receive(line("a"), draft="a").value
    assert isinstance(answer, Refused)
    assert [(each.field, each.message) for each in answer.problems] == [
        ("files", "Tệp «đơn.pdf» không còn trên máy này. Gỡ ra rồi quét lại.")
    ]
    assert desk.drafts()
    assert not desk.find("")
    desk.take_off_form("a", kept.sha256)
    assert isinstance(desk.receive(line("a"), draft="a").value, Received)
    assert desk.verify().ok


def test_the_scanners_folder_does_not_offer_what_a_form_has(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "quét"
    folder.mkdir()
    put(folder, "Scan_1.pdf", sheet())
    desk.keep_setting("scan_folder", str(folder))
    assert len(desk.new_scans()) == 1
    kept = attach(desk, "a", folder / "Scan_1.pdf")
    assert not desk.new_scans()
    desk.take_off_form("a", kept.sha256)
    assert len(desk.new_scans()) == 1  # it was taken off: it may be another form's


def test_files_of_a_dossier_that_was_undone_come_back_to_its_form(desk: Desk, tmp_path: Path) -> None:
    attach(desk, "a", put(tmp_path, "đơn.pdf", sheet(2)), "Tờ khai")
    attach(desk, "a", put(tmp_path, "ảnh.jpg", photograph()))
    answer = desk.receive(line("a"), draft="a").value
    assert isinstance(answer, Received)
    desk.refuse(answer.id, "hoàn tác")
    desk.files_to_form(answer.id, "b", FORM)
    assert [(each.name, each.paper, each.pages) for each in desk.form_files("b")] == [
        ("đơn.pdf", "Tờ khai", 2),
        ("ảnh.jpg", None, 1),
    ]
    again = desk.receive(line("b"), draft="b").value
    assert isinstance(again, Received)
    assert len(desk.dossier(again.id).files) == len(desk.dossier(answer.id).files) == 2
    assert desk.verify().ok


def test_a_backup_brings_a_forms_files_along(desk: Desk, tmp_path: Path) -> None:
    kept = attach(desk, "a", put(tmp_path, "đơn.pdf", sheet()))
    made = desk.back_up(tmp_path / "usb").value
    desk.close()
    assert main(["restore", str(made.file), "--data", str(tmp_path / "other")]) == 0
    again = opened(tmp_path / "other")
    assert b"".join(again.form_file("a", kept.sha256)) == sheet()
    again.close()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_killed_anywhere_a_file_is_the_forms_or_the_dossiers_or_was_not_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    put(tmp_path, "scan.pdf", sheet(2, size=150_000))
    told = (
        "import os, select, signal, sys, time\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import laptops\n"
        "desk = laptops.opened(Path(sys.argv[2]))\n"
        "desk.attach_to_form('first', Path(sys.argv[3]), {})\n"
        "whole = 0\n"
        "for turn in range(24):\n"
        "    ended, end = os.pipe()\n"
        "    begun = time.perf_counter()\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        desk = laptops.opened(Path(sys.argv[2]))\n"
        "        name = f'form-{turn}'\n"
        "        desk.attach_to_form(name, Path(sys.argv[3]), {'full_name': name})\n"
        "        os.write(1, b'attached\\n')\n"
        "        if turn % 3 == 2:\n"
        "            desk.drop_draft(name)\n"
        "            os.write(1, b'dropped\\n')\n"
        "            desk.erase_dropped()\n"
        "            os.write(1, b'erased\\n')\n"
        "        else:\n"
        "            desk.receive(laptops.line(name), draft=name)\n"
        "            os.write(1, b'received\\n')\n"
        "        os.write(end, b'x')\n"
        "        signal.pause()\n"
        "    select.select([ended], [], [], whole * turn / 23 if turn else 60)\n"
        "    whole = whole or time.perf_counter() - begun\n"
        "    os.kill(child, signal.SIGKILL)\n"
        "    os.waitpid(child, 0)\n"
        "    os.write(1, b'killed\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, Path(__file__).parent, folder, tmp_path / "scan.pdf"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    desk = opened(folder)
    drafts = {each.id: each.files for each in desk.drafts()}
    assert drafts.pop("first") == 1
    recorded = {str(view.state.fields["ref"].value): view for view in map(desk.dossier, _ids(desk))}
    turns = done.stdout.decode().split("killed\n")[:-1]
    assert any("received" in said for said in turns)
    for turn, said in enumerate(turns):
        name = f"form-{turn}"
        assert not (name in drafts and name in recorded)
        if name in drafts:
            assert drafts[name] == 1, "a draft that was never typed stands there by its file alone"
        if name in recorded:
            assert len(recorded[name].files) == 1
            sha256 = recorded[name].files[0].sha256
            assert len(b"".join(desk.file(recorded[name].state.subject, sha256)[1])) > 150_000
        if "attached" in said and turn % 3 != 2:
            assert name in drafts or name in recorded
        if "received" in said:
            assert name in recorded
        if "dropped" in said:
            assert name not in drafts
    desk.erase_dropped()
    store = desk._bench.store
    known = {each.stored for name in ("first", *drafts) for each in draft_files.of_draft(store, name)}
    with store.reading() as db:
        known |= set(db.run("SELECT stored FROM file").scalars())
        assert int(db.run("SELECT count(*) FROM draft_file").scalar()) == 1 + len(drafts)
    stray = {each.name for each in stored(desk)} - known
    assert len(stray) <= len(turns)
    for name in stray:  # as they are a day later
        os.utime(store.folder / "files" / name, (0, 0))
    files.sweep(store)
    assert {each.name for each in stored(desk)} == known
    assert desk.verify().ok
    desk.close()
    shutil.rmtree(folder)


def _ids(desk: Desk) -> list[str]:
    return [each.id for each in desk.find("", limit=100)]
