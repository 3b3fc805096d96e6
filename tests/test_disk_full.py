"""A full disk: the act is refused as a whole, nothing is announced, and the next one works."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from laptops import PASSPHRASE, Clock, at_the_table, environment, line, opened, received, run
from mobile_reception import desk as office
from mobile_reception.desk.table import Desk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of Unix")


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file of this process may grow past what the log of a laptop has in a test: writes then fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def full(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def room() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def codes(desk: Desk) -> list[str]:
    return [each.code for each in desk.find("", limit=1000)][::-1]


def test_an_act_without_room_is_refused_whole_and_the_next_one_works(tmp_path: Path, no_room: None) -> None:
    desk = at_the_table(tmp_path / "laptop")
    announced = [received(desk).code]
    log = tmp_path / "laptop" / "reception.db-wal"
    for more in (1, 4000, 9000, 30_000):
        desk.save_draft("form", {"full_name": "Nguyễn Thị Diệu"})
        full(log.stat().st_size + more)
        refused = 0
        for _ in range(12):
            try:
                answer = desk.receive(line(), draft="form").value
            except office.CannotWrite:
                refused += 1
            else:
                assert isinstance(answer, office.Received)
                announced.append(answer.code)
        assert refused
        assert codes(desk) == announced
        assert len(desk.drafts()) == (1 if refused == 12 else 0)
        room()
        announced.append(received(desk).code)
        assert codes(desk) == announced
    assert desk.verify().ok
    desk.close()
    again = opened(tmp_path / "laptop")
    assert not again.notices
    assert codes(again) == announced
    assert again.verify().ok
    again.close()


def test_the_command_ends_with_73_and_what_it_announced_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    given = tmp_path / "day.jsonl"
    given.write_text("".join(json.dumps(line(f"paper-{number}")) + "\n" for number in range(40)))

    def little() -> None:
        full(400_000)

    done = run("receive", given, data=folder, check=73, preexec_fn=little)
    said = [json.loads(each) for each in done.stdout.decode().splitlines()]
    assert 0 < len(said) < 40
    assert {each["state"] for each in said} == {"received"}
    assert "đĩa đầy" in done.stderr.decode()
    desk = opened(folder)
    assert codes(desk) == [each["code"] for each in said]
    assert desk.verify().ok
    desk.close()
    done = run("receive", given, data=folder, check=0)
    states = [json.loads(each)["state"] for each in done.stdout.decode().splitlines()]
    assert states == ["duplicate"] * len(said) + ["received"] * (40 - len(said))


def test_a_laptop_is_not_half_made_without_room(tmp_path: Path) -> None:
    init = ("init", "--unit", "30058", "--agency-id", "H20.12.3", "--officer", "diem", "--practice")
    for size in (0, 60_000):
        run(*init, data=tmp_path / "laptop", check=73, preexec_fn=lambda size=size: full(size))
    run(*init, data=tmp_path / "laptop", check=0)
    office.unlock(tmp_path / "laptop", "diem", PASSPHRASE, Clock()).close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount")
def test_a_real_full_disk_refuses_and_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk], check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        desk = at_the_table(disk / "laptop")
        announced: list[str] = []
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 1_000_000)
        with pytest.raises(office.CannotWrite):
            announced.extend(received(desk, line(f"paper-{number}")).code for number in range(2000))
        assert announced
        for _ in range(3):
            with pytest.raises(office.CannotWrite):
                received(desk)
        assert codes(desk) == announced
        assert run("status", data=disk / "laptop", env=environment()).returncode == 0
        ballast.unlink()
        announced.append(received(desk).code)
        assert codes(desk) == announced
        assert desk.verify().ok
        desk.close()
        again = opened(disk / "laptop")
        assert not again.notices
        again.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
