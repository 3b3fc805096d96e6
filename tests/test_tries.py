"""Wrong passphrases: counted before they are looked at, over programs and restarts, whatever the clock."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laptop_and_centre import House, Road, make_centre
from laptops import LOGIN, PASSPHRASE, Clock, new, run
from mobile_reception.centre import recovery
from mobile_reception.centre.values import Refused
from mobile_reception.desk import Denied, Unacceptable, Wait, recover, tries_left, unlock
from mobile_reception.desk.table import Desk
from mobile_reception.store import keys, tries
from mobile_reception.store.tries import FREE, WAITS, Tries
from test_end_to_end import clock_at_noon, joined

WRONG = "một câu khác hẳn"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tries") / "laptop"
    desk = new(folder)
    desk.add_officer("hai", "officer", PASSPHRASE)
    desk.close()
    return folder


@pytest.fixture
def laptop(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "laptop"))


class Uptime:
    """Seconds since the machine was started, moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def wrong(folder: Path, login: str = LOGIN) -> None:
    with pytest.raises(Denied):
        unlock(folder, login, WRONG, Clock())


def guessed(folder: Path, login: str) -> None:
    """As many wrong tries as begin a wait."""
    counted = Tries(folder, login)
    for _ in range(FREE):
        counted.failed(counted.begin())


def test_five_tries_then_longer_and_longer_and_the_right_one_forgets_it(laptop: Path) -> None:
    uptime = Uptime()
    with mock.patch.object(tries.Tries.__init__, "__defaults__", (uptime,)):
        for count in range(1, FREE + 1):
            assert tries_left(laptop, LOGIN) == (0.0, FREE - count + 1)
            wrong(laptop)
        for wait in (*WAITS, WAITS[-1]):
            assert tries_left(laptop, LOGIN) == (wait, 0)
            with (
                mock.patch.object(keys, "unlock", side_effect=AssertionError),
                pytest.raises(Wait) as told,
            ):
                unlock(laptop, LOGIN, PASSPHRASE, Clock())  # not even the right one, and not looked at
            assert told.value.seconds == wait
            assert f"{int(wait // 60)} phút" in str(told.value)
            uptime.at += wait - 1
            assert tries_left(laptop, LOGIN)[0] == 1
            uptime.at += 1
            wrong(laptop)
        uptime.at += WAITS[-1]
        unlock(laptop, LOGIN, PASSPHRASE, Clock()).close()
        assert tries_left(laptop, LOGIN) == (0.0, FREE)
        assert not list((laptop / "tries").iterdir())


def test_each_login_waits_for_its_own_mistakes(laptop: Path) -> None:
    guessed(laptop, LOGIN)
    assert tries_left(laptop, LOGIN)[0] > 0
    unlock(laptop, "hai", PASSPHRASE, Clock()).close()
    assert tries_left(laptop, LOGIN)[0] > 0
    wrong(laptop, "nobody")
    assert tries_left(laptop, "nobody")[1] == FREE - 1  # as for somebody who is there
    guessed(laptop, "nobody")
    with pytest.raises(Wait):
        unlock(laptop, "nobody", WRONG, Clock())


def test_no_clock_and_no_restart_makes_a_wait_shorter(tmp_path: Path) -> None:
    uptime = Uptime()
    counted = Tries(tmp_path, "an", uptime)
    for _ in range(FREE):
        counted.failed(counted.begin())
    for at in (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)):
        with mock.patch("time.time", lambda at=at: at.timestamp()):
            assert counted.wait() == WAITS[0]
    uptime.at += 40
    assert counted.wait() == WAITS[0] - 40
    uptime.at = 5.0  # started anew
    assert counted.wait() == WAITS[0] - 5
    uptime.at = WAITS[0]
    assert counted.wait() == 0


def test_a_try_is_on_record_before_its_passphrase_is_looked_at(laptop: Path) -> None:
    class Killed(BaseException):
        pass

    def killed(*_args: object) -> None:
        assert len(list((laptop / "tries").glob("*.try"))) == 1
        raise KeyboardInterrupt

    with mock.patch.object(keys, "unlock", killed), pytest.raises(KeyboardInterrupt):
        unlock(laptop, LOGIN, PASSPHRASE, Clock())
    assert not list((laptop / "tries").iterdir())  # ended on purpose: it said nothing
    uptime = Uptime()
    counted = Tries(laptop, LOGIN, uptime)
    for _ in range(FREE):
        counted.begin()  # and the process was killed
    assert counted.wait() == 0  # they may be under way in other programs
    uptime.at += 130
    assert counted.left() == 0
    many = Tries(laptop, "many", uptime)
    for _ in range(20 + FREE):
        many.begin()
    assert many.wait() == WAITS[0]  # so many at once are no programs


@settings(max_examples=25)
@given(st.integers(0, 12), st.integers(0, 12))
def test_what_is_torn_or_foreign_counts_or_is_left_alone(count: int, torn: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        counted = Tries(Path(place), "an", Uptime())
        for _ in range(count):
            counted.failed(counted.begin())
        for file in sorted((Path(place) / "tries").glob("*"))[:torn]:
            file.write_bytes(b"\xff")
        assert counted.left() == max(0, FREE - count)
        full = WAITS[min(count - FREE, len(WAITS) - 1)] if count >= FREE else 0.0
        assert counted.wait() == (full if torn < count else max(0.0, full - 1000.0))


def test_a_disk_that_cannot_be_written_to_keeps_nobody_out(laptop: Path) -> None:
    (laptop / "tries").write_text("no folder")
    wrong(laptop)
    unlock(laptop, LOGIN, PASSPHRASE, Clock()).close()


def test_the_command_says_to_wait(laptop: Path) -> None:
    guessed(laptop, LOGIN)
    done = run("status", "--officer", LOGIN, data=laptop, check=77)
    assert "Thử lại sau 1 phút" in done.stderr.decode()


# -- Another passphrase ----------------------------------------------------------------------------------


def test_another_passphrase_keeps_the_officers_own_key(laptop: Path) -> None:
    desk = unlock(laptop, LOGIN, PASSPHRASE, Clock())
    before = keys.unlock(keys.read(laptop), LOGIN, PASSPHRASE)
    with pytest.raises(Denied, match="hiện tại"):
        desk.change_passphrase(WRONG, "một câu mới toanh")
    with pytest.raises(Unacceptable):
        desk.change_passphrase(PASSPHRASE, "")
    desk.change_passphrase(PASSPHRASE, "một câu mới toanh")
    after = keys.unlock(keys.read(laptop), LOGIN, "một câu mới toanh")
    assert after == before
    wrong_now = keys.read(laptop)
    with pytest.raises(keys.Denied):
        keys.unlock(wrong_now, LOGIN, PASSPHRASE)
    keys.unlock(wrong_now, "hai", PASSPHRASE)
    desk.close()


# -- By telephone ----------------------------------------------------------------------------------------


def test_a_forgotten_passphrase_is_solved_by_telephone(tmp_path: Path) -> None:
    make_centre(tmp_path)
    house = House(tmp_path)
    with house.serving() as url, Road(url).open() as road:
        desk = joined(tmp_path / "a", house, road, clock_at_noon())
        desk.save_draft("x", {"submitter.full_name": "Nguyễn Thị Diệu"})
        desk.close()
    house.ledger.close()
    guessed(tmp_path / "a", LOGIN)
    key = tmp_path / "recovery.pem"
    told = run("centre", "device", "recovery", "a", "--key", key, "--database", house.url, check=0)
    code = told.stdout.decode().split()[-1]
    assert [len(group) for group in code.split("-")] == [5] * 5
    recover(tmp_path / "a", f" {code.replace('-', ' ')} ", LOGIN, "một câu mới toanh")
    opened: Desk = unlock(tmp_path / "a", LOGIN, "một câu mới toanh", clock_at_noon())  # and no wait
    assert len(opened.drafts()) == 1
    opened.close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    make_centre(elsewhere)
    again = House(tmp_path)
    for device, pem, refusal in (
        ("a", b"no key", "no_key"),
        ("a", (elsewhere / "recovery.pem").read_bytes(), "other_key"),
        ("b", key.read_bytes(), "unknown_device"),
    ):
        with pytest.raises(Refused, match=refusal):
            again.ledger.recovery.code(device, pem)
    with pytest.raises(Refused, match="no_recovery"):
        recovery.opened(None, key.read_bytes())
    again.ledger.close()
    run("centre", "device", "recovery", "b", "--key", key, "--database", house.url, check=1)
