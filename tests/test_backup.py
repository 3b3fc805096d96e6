"""Backups on a second medium: whole or not there, thinned with age, restored into a laptop that goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laptop_and_centre import House, Road, make_centre
from laptops import LOGIN, PASSPHRASE, Clock, at_the_table, line, new, opened, received, run
from mobile_reception.desk import (
    AlreadyMade,
    CannotWrite,
    Damaged,
    Denied,
    NotFound,
    TooNew,
    Unacceptable,
    unlock,
)
from mobile_reception.desk import backups as desk_backups
from mobile_reception.desk.table import Desk
from mobile_reception.store import backups, durable, keys
from mobile_reception.store.errors import NoBackup
from test_end_to_end import at_centre, clock_at_noon, joined
from test_end_to_end import received as received_many


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    desk = at_the_table(tmp_path / "laptop", clock)
    for place in range(3):
        received(desk, line(f"r{place}", name=f"Nguyễn Thị Ước {place}"))
    yield desk
    desk.close()


def the_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.backup"))


def key_of(desk: Desk) -> bytes:
    return desk._bench.store.data_key


# -- Making and restoring --------------------------------------------------------------------------------


def test_a_restored_laptop_has_everything_and_goes_on_in_a_new_journal(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    stick = tmp_path / "usb"
    made = desk.back_up(stick).value
    assert the_files(stick) == [made.file]
    assert (made.facts, made.dossiers) == (desk.status().facts, 3)
    after = received(desk, line("later"))  # what comes after a backup is not in it
    back = tmp_path / "back"
    about, checked = desk_backups.restore(made.file, back, login=LOGIN, passphrase=PASSPHRASE)
    assert (about.facts, checked) == (made.facts, True)
    again = unlock(back, LOGIN, PASSPHRASE, clock)
    assert again.notices
    assert again.verify().ok
    rows = {each.code for each in again.find("", 50)}
    assert rows == {each.code for each in desk.find("", 50)} - {after.code}
    before = again.status().origin
    slip = received(again, line("here"))
    assert slip.code.startswith("TN-")  # its old numbers may have been used by who knows whom
    assert again.status().origin != before
    again.close()


def test_names_and_keys_are_not_to_be_read_in_a_backup(desk: Desk, tmp_path: Path) -> None:
    data = desk.back_up(tmp_path / "usb").value.file.read_bytes()
    assert "Nguyễn Thị Ước".encode() not in data
    assert key_of(desk) not in data
    assert key_of(desk).hex().encode() not in data


def test_files_beside_the_database_go_along(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "laptop"
    for name in ("files", "carried"):
        (folder / name).mkdir()
        (folder / name / "a1b2.x").write_bytes(os.urandom(3_000_000 if name == "files" else 5))
        (folder / name / "half.part").write_bytes(b"never named")
    made = desk.back_up(tmp_path / "usb").value
    back = tmp_path / "back"
    desk_backups.restore(made.file, back, passphrase=PASSPHRASE)
    for name in ("files", "carried"):
        assert [each.name for each in (back / name).iterdir()] == ["a1b2.x"]
        assert (back / name / "a1b2.x").read_bytes() == (folder / name / "a1b2.x").read_bytes()


def test_a_centre_gives_back_what_came_after_the_backup(tmp_path: Path) -> None:
    make_centre(tmp_path)
    house = House(tmp_path)
    with house.serving() as url, Road(url).open() as road:
        desk = joined(tmp_path / "a", house, road, clock_at_noon())
        received_many(desk, 3)
        made = desk.back_up(tmp_path / "usb").value
        later = received_many(desk, 2, "later ")
        assert desk.sync().value.agree
        desk.close()
        shutil.rmtree(tmp_path / "a")
        desk_backups.restore(made.file, tmp_path / "a", passphrase=PASSPHRASE)
        back = unlock(tmp_path / "a", LOGIN, PASSPHRASE, clock_at_noon())
        assert back.sync().value.agree
        assert set(later) < {each.code for each in back.find("", 50)}
        received_many(back, 1, "new ")
        assert back.sync().value.agree
        assert len(at_centre(house)) == 6
        back.close()
    house.ledger.close()


def test_a_daily_copy_in_the_laptops_own_folder_is_restored_as_well(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "laptop" / "files").mkdir()
    (tmp_path / "laptop" / "files" / "a1").write_bytes(b"sealed")
    copy = desk._bench.store.back_up(clock())
    assert copy is not None
    back = tmp_path / "back"
    with pytest.raises(Denied):
        desk_backups.restore(copy, back)
    with pytest.raises(Denied):
        desk_backups.restore(copy, back, passphrase="một câu khác hẳn")
    torn = copy.with_name("torn.db")
    torn.write_bytes(copy.read_bytes()[:-4096] + b"x" * 4096)
    shutil.copy(copy.with_suffix(".keys.json"), torn.with_suffix(".keys.json"))
    with pytest.raises(Damaged):
        desk_backups.restore(torn, back, passphrase=PASSPHRASE)
    assert not back.exists()
    about, checked = desk_backups.restore(copy, back, passphrase=PASSPHRASE)
    assert (about.dossiers, checked) == (3, True)
    assert (back / "files" / "a1").read_bytes() == b"sealed"
    again = unlock(back, LOGIN, PASSPHRASE, clock)
    assert again.verify().ok
    assert again.notices
    again.close()


# -- Whatever a stick does to it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path, bytes]:
    place = tmp_path_factory.mktemp("whole")
    desk = at_the_table(place / "laptop")
    received(desk)
    made = desk.back_up(place / "usb").value
    key = key_of(desk)
    desk.close()
    return made.file.read_bytes(), place, key


@settings(max_examples=80)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_one_bit_or_a_missing_end_restores_nothing(
    whole: tuple[bytes, Path, bytes], place: float, bit: int, cut: bool
) -> None:
    data, folder, key = whole
    torn = bytearray(data)
    if cut:
        del torn[int(place * len(torn)) :]
    else:
        torn[int(place * len(torn))] ^= 1 << bit
    file, target = folder / "torn.backup", folder / "restored"
    file.write_bytes(torn)
    with pytest.raises((Unacceptable, TooNew)):  # a changed version says that it is a newer one
        desk_backups.restore(file, target, passphrase=PASSPHRASE)
    assert not target.exists()
    with pytest.raises((NoBackup, backups.TooNew)):
        backups.restore(file, target, data_key=key)


def test_somebody_who_changed_it_and_mended_the_checksum_is_found(
    whole: tuple[bytes, Path, bytes], tmp_path: Path
) -> None:
    import hashlib

    data, _, key = whole
    body = bytearray(data[:-64])
    body[body.index(b'"dossiers": 1') + len('"dossiers": ')] = ord("2")
    forged = tmp_path / "forged.backup"
    forged.write_bytes(bytes(body) + hashlib.sha256(body).digest() + data[-32:])
    assert backups.look(forged).dossiers == 2
    with pytest.raises(NoBackup):
        backups.restore(forged, tmp_path / "back", data_key=key)
    assert not (tmp_path / "back").exists()


def test_a_member_can_be_written_nowhere_but_where_it_belongs(
    whole: tuple[bytes, Path, bytes], tmp_path: Path
) -> None:
    import hashlib

    data, _, _ = whole
    first, rest = data.split(b"\n", 1)
    header, body = rest.split(b"\n", 1)
    for name in ("../x", "files/../../x", "/x", "files/.hidden", "other/x", "files\\x", "keys.json", 7):
        said = json.loads(header)
        said["entries"].append({"name": name, "size": 0})
        content = b"\n".join((first, json.dumps(said).encode(), body[:-64]))
        evil = tmp_path / "evil.backup"
        evil.write_bytes(content + hashlib.sha256(content).digest() + b"\0" * 32)
        with pytest.raises(Unacceptable):
            desk_backups.restore(evil, tmp_path / "deep" / "back")
    assert not (tmp_path / "deep").exists()


def test_wrong_secrets_existing_data_and_no_file_are_told_apart(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    made = desk.back_up(tmp_path / "usb").value
    with pytest.raises(Denied, match="chưa khôi phục gì"):
        desk_backups.restore(made.file, tmp_path / "back", passphrase="một câu khác hẳn")
    with pytest.raises(Denied):
        desk_backups.restore(made.file, tmp_path / "back", code="1" * 25)
    assert not (tmp_path / "back").exists()
    with pytest.raises(AlreadyMade):
        desk_backups.restore(made.file, tmp_path / "laptop", passphrase=PASSPHRASE)
    with pytest.raises(NotFound):
        desk_backups.restore(tmp_path / "nowhere", tmp_path / "back")
    _, checked = desk_backups.restore(made.file, tmp_path / "back")
    assert not checked
    unlock(tmp_path / "back", LOGIN, PASSPHRASE, clock).close()


def test_a_stick_that_is_full_or_gone_keeps_what_it_had(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    stick = tmp_path / "usb"
    desk.back_up(stick)
    clock.move(minutes=5)
    kept = the_files(stick)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with mock.patch.object(durable.os, "fsync", full), pytest.raises(CannotWrite, match="đĩa đầy"):
        desk.back_up(stick)
    assert list(stick.iterdir()) == kept
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        desk.back_up(tmp_path / "file" / "usb")
    assert not list((tmp_path / "laptop" / "copying").iterdir())


# -- Killed anywhere -------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


def every_step(count: list[int]) -> Any:
    """After ``count[0]`` calls that reach the disk's names, the process is no more."""
    steps = {name: getattr(os, name) for name in ("replace", "fsync", "mkdir", "rename", "open", "unlink")}

    def killing(name: str) -> Any:
        def step(*args: Any, **named: Any) -> Any:
            count[0] -= 1
            if count[0] < 0:
                raise Killed
            return steps[name](*args, **named)

        return step

    return mock.patch.multiple(os, **{name: killing(name) for name in steps})


def test_a_restore_killed_at_any_step_is_made_again_or_is_whole(
    whole: tuple[bytes, Path, bytes], tmp_path: Path
) -> None:
    data, _, key = whole
    file = tmp_path / "x.backup"
    file.write_bytes(data)
    finished = False
    killed_at = 0
    outcomes = set()
    while not finished:
        target = tmp_path / f"t{killed_at}"
        try:
            with every_step([killed_at]):
                backups.restore(file, target, data_key=key)
            finished = True
        except Killed:
            killed_at += 1
        try:
            backups.restore(file, target, data_key=key)
            outcomes.add("again")
        except backups.AlreadyMade:
            outcomes.add("whole")
        slots = keys.read(target)
        assert slots.logins == (LOGIN,)
        desk = opened(target)
        assert len(desk.find("", 5)) == 1
        assert desk.verify().ok
        desk.close()
    assert killed_at > 10
    assert outcomes == {"again", "whole"}


def test_a_backup_killed_at_any_step_leaves_a_whole_one_or_none(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    stick = tmp_path / "usb"
    first = desk.back_up(stick).value
    killed_at, finished = 0, False
    while not finished:
        clock.move(minutes=3)
        try:
            with every_step([killed_at]):
                desk.back_up(stick)
            finished = True
        except Killed:
            killed_at += 3
        for file in the_files(stick):
            assert backups.look(file, data_key=key_of(desk)).facts == first.facts
        assert the_files(stick)
    assert killed_at > 5
    clock.move(minutes=3)
    desk.back_up(stick)
    assert not list(stick.glob("*.part"))


# -- Thinning --------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
moments = st.sets(
    st.integers(-60, 60 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)), max_size=80
)


@given(moments)
def test_thinning_keeps_one_of_each_hour_day_and_week_and_never_the_last(found: set[datetime]) -> None:
    stay = backups.kept(found, NOW)
    assert stay <= found
    if found:
        assert max(found) in stay
    assert len({moment for moment in stay if moment <= NOW}) <= 24 + 7 + 5
    assert backups.kept(stay, NOW) == stay
    vietnam = timedelta(hours=7)
    for age in range(7):
        day = (NOW + vietnam).date() - timedelta(days=age)
        on_it = {moment for moment in found if (moment + vietnam).date() == day}
        assert not on_it or on_it & stay


def test_a_stick_of_two_laptops_keeps_those_of_the_other(desk: Desk, tmp_path: Path, clock: Clock) -> None:
    stick = tmp_path / "usb"
    other = new(tmp_path / "other", clock)
    theirs = other.back_up(stick).value
    other.close()
    for _ in range(5):
        desk.back_up(stick)
        clock.move(minutes=1)
    assert len(the_files(stick)) == 2
    assert theirs.file.exists()
    clock.move(days=40)
    desk.back_up(stick)
    assert len(the_files(stick)) == 2


# -- By itself -------------------------------------------------------------------------------------------


def test_it_backs_up_by_itself_when_the_stick_is_there_and_something_is_new(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    assert desk.back_up_when_due().value is None  # nobody has chosen a place
    stick = tmp_path / "usb"
    desk.back_up(stick)
    clock.move(hours=2)
    assert desk.back_up_when_due().value is None  # nothing is new
    received(desk, line("more"))
    made = desk.back_up_when_due().value
    assert made is not None
    assert made.dossiers == 4
    received(desk, line("and more"))
    clock.move(minutes=50)
    assert desk.back_up_when_due().value is None  # not so soon
    clock.move(minutes=20)
    gone = tmp_path / "gone"
    stick.rename(gone)
    assert desk.back_up_when_due().value is None  # pulled out
    assert not stick.exists()
    gone.rename(stick)
    assert desk.back_up_when_due().value is not None
    checks = {each.name: each for each in desk.ready_to_go()}
    assert checks["second_backup"].state == "good"
    clock.move(days=3)
    assert {each.name: each for each in desk.ready_to_go()}["second_backup"].state == "look"


# -- The commands ----------------------------------------------------------------------------------------


def test_the_commands(tmp_path: Path, clock: Clock) -> None:
    desk = at_the_table(tmp_path / "laptop", clock)
    received(desk)
    desk.close()
    data, stick, back = tmp_path / "laptop", tmp_path / "usb", tmp_path / "back"
    made = json.loads(run("backup", stick, "--json", data=data, check=0).stdout)
    assert (made["dossiers"], Path(made["file"]).parent) == (1, stick)
    told = json.loads(run("restore", made["file"], "--data", back, "--json", check=0).stdout)
    assert (told["dossiers"], told["checked"], told["facts"]) == (1, True, made["facts"])
    run("restore", made["file"], "--data", back, check=73)
    torn = tmp_path / "torn"
    torn.write_bytes(Path(made["file"]).read_bytes()[:-1])
    run("restore", torn, "--data", tmp_path / "x", check=65)
    assert not (tmp_path / "x").exists()
