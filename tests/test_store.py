"""The encrypted file: durable or refused, noticed when it is not what it was."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlcipher3

from laptops import AGENCY, LOGIN, PASSPHRASE, Clock, at_the_table, environment, line, new, opened, received
from mobile_reception import desk as office
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import numbering
from mobile_reception.dossier.facts import Act, Malformed, uuid7
from mobile_reception.dossier.fold import RECEIVED
from mobile_reception.store import errors, keys, opening
from mobile_reception.store.file import Sidecar, connect, open_file
from mobile_reception.store.journal import Store
from mobile_reception.store.transaction import transaction
from mobile_reception.store.values import SCHEMA


def store_of(desk: Desk) -> Store:
    return desk._bench.store


def database_key(desk: Desk) -> bytes:
    return keys.subkey(store_of(desk).data_key, "db")


def counts(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    tables = ("fact", "dossier", "dossier_words", "word", "number", "draft", "session", "origin")
    with store.reading() as db:
        return {table: db.run(f"SELECT count(*) FROM {table}").scalar() for table in tables}


HEAD = "import os, sys, signal\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[1])\nimport laptops\n"


def in_a_process(told: str, *args: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run lines of Python beside the tests' own ``laptops``, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", HEAD + told, Path(__file__).parent, *args],
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )


KILLED = (
    "desk = laptops.opened(Path(sys.argv[2]))\n"
    "for number in range(int(sys.argv[3])): print(laptops.received(desk).code, flush=True)\n"
    "os.kill(os.getpid(), signal.SIGKILL)\n"
)


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """A laptop with five dossiers, at the place where it was made."""
    folder = tmp_path / "laptop"
    desk = at_the_table(folder)
    for number in range(5):
        received(desk, line(f"first-{number}"))
    desk.close()
    return folder


def test_every_pooled_connection_is_as_durable_as_promised(laptop: Path) -> None:
    desk = opened(laptop)
    pool = store_of(desk)._connections
    connections = [pool.take() for _ in range(5)]
    wanted = {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "temp_store": 2}
    for raw in connections:
        assert {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
        assert raw.execute("PRAGMA cipher_version").fetchone()
    for raw in connections:
        pool.give_back(raw, sound=True)
    desk.close()


def test_a_connection_that_failed_is_not_used_again_and_a_closed_store_keeps_none(laptop: Path) -> None:
    desk = opened(laptop)
    pool = store_of(desk)._connections
    first = pool.take()
    pool.give_back(first, sound=True)
    with transaction(pool, write=False) as db:
        assert db._raw is first
    with pytest.raises(sqlcipher3.dbapi2.Error), transaction(pool, write=True) as db:
        db.run("SELECT nothing FROM nowhere")
    with transaction(pool, write=False) as db:
        assert db._raw is not first
    out = pool.take()
    desk.close()
    pool.give_back(out, sound=True)
    for each in (first, out):
        with pytest.raises(sqlcipher3.dbapi2.ProgrammingError):
            each.execute("SELECT 1")


def test_who_signs_in_hears_that_a_restored_centre_gives_no_numbers_yet(laptop: Path) -> None:
    desk = office.unlock(laptop, LOGIN, PASSPHRASE, Clock())
    assert desk.notices == []
    with transaction(store_of(desk)._connections, write=True) as db:
        db.run("INSERT INTO card (kind, key, value) VALUES ('settings', '', '{\"restored\": true}')")
    desk.close()
    again = office.unlock(laptop, LOGIN, PASSPHRASE, Clock())
    assert len(again.notices) == 1
    assert "khôi phục" in again.notices[0]
    again.close()


def test_a_laptop_at_work_loads_no_sqlalchemy(laptop: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import laptops; desk = laptops.opened(Path(sys.argv[1]));"
        "laptops.received(desk); sys.exit('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(laptop)], cwd=Path(__file__).parent, check=False)
    assert done.returncode == 0


def test_an_act_is_one_transaction_of_everything(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    desk.save_draft("form", {"full_name": "Nguyễn"})
    watching = opened(tmp_path / "laptop")
    before = counts(store_of(watching))
    assert before["draft"] == 1
    answer = desk.receive(line(), draft="form").value
    after = counts(store_of(watching))
    change = {table: after[table] - before[table] for table in before if after[table] != before[table]}
    assert change == {"fact": 1, "dossier": 1, "dossier_words": 1, "number": 1, "draft": -1}
    head = Sidecar(tmp_path / "laptop").read()
    assert head is not None
    assert head[1] == desk.status().facts
    assert isinstance(answer, office.Received)
    desk.close()
    watching.close()


def test_a_failing_act_leaves_nothing_behind(laptop: Path) -> None:
    desk = opened(laptop)
    store = store_of(desk)
    before, head = counts(store), Sidecar(laptop).read()

    def fails(payload: object) -> None:
        subject = uuid7(Clock().at)
        with store.act(LOGIN, Clock().at) as making:
            making.serial(Clock().at.date(), subject)
            making.append(Act(subject, RECEIVED, {"procedure": "1", "reception": {"note": "x"}}), fresh=True)
            making.append(Act(subject, "dossier.amended", {"set": payload}))

    with pytest.raises(Malformed):
        fails({"fraction": 0.5})
    with pytest.raises(Malformed):
        fails({"long": "x" * 70_000})
    assert counts(store) == before
    assert Sidecar(laptop).read() == head
    assert received(desk).code.endswith("-0006")
    assert desk.verify().ok
    desk.close()


def test_another_key_and_a_missing_or_empty_file_are_damage_and_nothing_is_made(laptop: Path) -> None:
    desk = opened(laptop)
    good = database_key(desk)
    desk.close()
    with pytest.raises(errors.Damaged):
        open_file(laptop, bytes(32))
    open_file(laptop, good).close()
    (laptop / "reception.db").rename(laptop / "elsewhere")
    with pytest.raises(errors.Damaged):
        opened(laptop)
    assert not (laptop / "reception.db").exists()
    (laptop / "reception.db").touch()
    with pytest.raises(errors.Damaged):
        opened(laptop)
    assert (laptop / "reception.db").stat().st_size == 0
    with pytest.raises(office.AlreadyMade):
        new(laptop)


def test_the_file_of_another_laptop_is_not_taken(laptop: Path, tmp_path: Path) -> None:
    new(tmp_path / "other").close()
    shutil.copy(tmp_path / "other" / "reception.db", laptop / "reception.db")
    with pytest.raises(errors.Damaged):
        opened(laptop)


def test_a_flipped_bit_is_found_and_wrong_data_never_shown(laptop: Path) -> None:
    desk = opened(laptop)
    truth = [desk.dossier(each.id) for each in desk.find("")]
    desk.close()
    path = laptop / "reception.db"
    whole = path.read_bytes()
    dice = random.Random(2026)
    refused = 0
    key = None
    for _ in range(60):
        place = dice.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << dice.randrange(8)
        with path.open("r+b") as stream:  # the same file, so that it is no copy
            stream.write(flipped)
        key = key or keys.unlock(keys.read(laptop), LOGIN, PASSPHRASE)
        try:
            store = opening.open_store(laptop, key, keys.read(laptop))
        except errors.Damaged:
            refused += 1
            continue
        again = Desk(store, office.Officer(LOGIN, LOGIN, "officer"), Clock())
        try:
            shown = [again.dossier(each.id) for each in again.find("")]
            assert shown == truth
            assert not again.verify().ok
        except (office.Damaged, errors.Damaged):
            refused += 1
        finally:
            again.close()
    assert refused > 0


def test_a_newer_file_is_refused_untouched_even_with_a_log_beside_it(laptop: Path) -> None:
    desk = opened(laptop)
    key = database_key(desk)
    desk.close()
    newer = connect(laptop / "reception.db", key)
    newer.execute(f"PRAGMA user_version={SCHEMA + 1}")
    newer.execute("CREATE TABLE of_the_future (a)")
    log = (laptop / "reception.db-wal").read_bytes()
    assert log
    copy = laptop.with_name("left")  # as a killed process leaves it: the log not yet in the file
    shutil.copytree(laptop, copy)
    newer.close()
    before = (copy / "reception.db").read_bytes()
    for _ in range(2):
        with pytest.raises(errors.TooNew):
            opened(copy)
    assert (copy / "reception.db").read_bytes() == before
    assert (copy / "reception.db-wal").read_bytes() == log


def test_a_copied_folder_takes_a_new_journal_before_its_next_act(laptop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(laptop, copy)
    desk = opened(copy)
    former = desk.status().origin
    assert desk.notices
    assert isinstance(desk.receive(line("first-1")).value, office.Duplicate)  # undoes or skips its act
    with pytest.raises(Malformed), store_of(desk).act(LOGIN, Clock().at) as making:
        making.append(Act(uuid7(Clock().at), "dossier.amended", {"fraction": 0.5}))
    got = received(desk)
    assert desk.status().origin != former
    assert numbering.is_provisional(got.code)
    assert received(desk).code.endswith("-002")
    assert desk.status().numbers_left == 0
    assert desk.verify().ok
    assert {each.code for each in desk.find("")} >= {got.code, f"{AGENCY}-261125-0001"}
    desk.close()
    again = opened(copy)
    assert not again.notices
    assert received(again).code.endswith("-003")
    again.close()
    there = opened(laptop)
    assert not there.notices
    assert received(there).code == f"{AGENCY}-261125-0006"
    there.close()


def test_two_programs_on_a_copied_folder_take_one_new_journal(laptop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(laptop, copy)
    one, two = opened(copy), opened(copy)
    codes = [received(desk).code for desk in (one, two, one, two)]
    assert [code[-3:] for code in codes] == ["001", "002", "003", "004"]
    assert counts(store_of(one))["origin"] == 2
    one.close()
    two.close()


def test_an_older_file_under_a_newer_head_is_noticed(laptop: Path) -> None:
    older = (laptop / "reception.db").read_bytes()
    desk = opened(laptop)
    former = desk.status().origin
    received(desk)
    desk.close()
    (laptop / "reception.db").write_bytes(older)  # the same file, so that only its head tells
    desk = opened(laptop)
    assert desk.notices
    assert numbering.is_provisional(received(desk).code)
    assert desk.status().origin != former
    assert desk.verify().ok
    desk.close()
    desk = opened(laptop)
    assert not desk.notices
    desk.close()


def test_a_torn_or_missing_head_is_unknown_and_no_alarm(laptop: Path) -> None:
    text = (laptop / "journal.head").read_bytes()
    opened_key = keys.unlock(keys.read(laptop), LOGIN, PASSPHRASE)
    for torn in (None, b"", text[:30], text[:100], b"\xff" * 256, text.replace(b" ", b"x"), b"x" + text):
        (laptop / "journal.head").unlink(missing_ok=True)
        if torn is not None:
            (laptop / "journal.head").write_bytes(torn)
        store = opening.open_store(laptop, opened_key, keys.read(laptop))
        assert store.notice is None
        store.close()
    desk = opened(laptop)
    assert received(desk).code == f"{AGENCY}-261125-0006"
    desk.close()


@pytest.mark.parametrize("how", ["deleted", "cut", "flipped"])
def test_a_log_lost_after_a_kill_is_noticed(laptop: Path, how: str) -> None:
    done = in_a_process(KILLED, laptop, "3")
    assert done.returncode == -signal.SIGKILL, done.stderr
    log = laptop / "reception.db-wal"
    if how == "deleted":
        log.unlink()
        (laptop / "reception.db-shm").unlink()
    else:
        body = bytearray(log.read_bytes())
        body[len(body) // 2] ^= 4
        log.write_bytes(body if how == "flipped" else body[: len(body) // 2])
    desk = opened(laptop)
    assert desk.notices
    assert desk.status().dossiers < 8
    assert numbering.is_provisional(received(desk).code)
    assert desk.verify().ok
    desk.close()


def test_a_kill_loses_nothing_and_is_no_alarm(laptop: Path) -> None:
    done = in_a_process(KILLED, laptop, "3")
    assert done.returncode == -signal.SIGKILL, done.stderr
    desk = opened(laptop)
    assert not desk.notices
    assert [each.code for each in desk.find("")][:3] == done.stdout.decode().split()[::-1]
    assert desk.verify().ok
    desk.close()


@pytest.mark.slow
def test_a_making_killed_anywhere_is_whole_or_can_be_made_again(tmp_path: Path) -> None:
    told = (
        "import pathlib, mobile_reception.desk.table, keyring, mobile_reception.store.opening\n"
        "from cryptography.hazmat.primitives.kdf import argon2\n"
        "def dying(real, left):\n"
        "    def call(*args, **more):\n"
        "        left[0] -= 1\n"
        "        if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return real(*args, **more)\n"
        "    return call\n"
        "def child(point):\n"
        "    for owner, names in ((os, ('fsync', 'open', 'close')), (pathlib.Path, ('replace', 'unlink'))):\n"
        "        for name in names: setattr(owner, name, dying(getattr(owner, name), point))\n"
        "    laptops.new(Path(sys.argv[2]) / str(point[0])).close()\n"
        "    os._exit(0)\n"
        "for point in range(1, 40, 5):\n"
        "    pid = os.fork()\n"
        "    if pid == 0: child([point])\n"
        "    status = os.waitpid(pid, 0)[1]\n"
        "    print(point, status, flush=True)\n"
        "    if status != signal.SIGKILL: break\n"
    )
    done = in_a_process(told, tmp_path)
    assert done.returncode == 0, done.stderr
    ends = [tuple(map(int, each.split())) for each in done.stdout.decode().splitlines()]
    assert ends[-1][1] == 0
    assert len(ends) > 3
    for point, status in ends[:-1]:
        assert status == signal.SIGKILL
        folder = tmp_path / str(point)
        try:
            desk = opened(folder)
        except errors.NoFolder:
            desk = new(folder)
        assert desk.status().numbers_left == 99_999
        desk.open_session("Ấp 1")
        assert received(desk).code == f"{AGENCY}-261125-0001"
        assert desk.verify().ok
        desk.close()


def test_a_making_that_fails_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "laptop"
    real = keys.write_one

    def fails_at_the_twin(path: Path, slots: keys.Slots) -> None:
        if "twin" in path.name:
            raise errors.CannotWrite("full")
        real(path, slots)

    monkeypatch.setattr(keys, "write_one", fails_at_the_twin)
    with pytest.raises(office.CannotWrite):
        new(folder)
    monkeypatch.undo()
    new(folder).close()
    opened(folder).close()


def test_two_processes_receive_at_once_and_no_number_is_given_twice(laptop: Path) -> None:
    told = (
        "desk = laptops.opened(Path(sys.argv[2]))\n"
        "for number in range(60):\n"
        "    print(laptops.received(desk, laptops.line(f'{sys.argv[3]}-{number}')).code)\n"
        "desk.close()\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", HEAD + told, Path(__file__).parent, laptop, name],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    codes = []
    for each in running:
        out, err = each.communicate(timeout=60)
        assert each.returncode == 0, err
        assert not err
        codes += out.decode().split()
    assert sorted(codes) == [f"{AGENCY}-261125-{serial:04d}" for serial in range(6, 126)]
    desk = opened(laptop)
    assert not desk.notices
    assert desk.verify().ok
    assert desk.status().dossiers == 125
    desk.close()


def test_opening_while_another_program_writes_is_no_restored_copy(laptop: Path) -> None:
    writing = opened(laptop)
    slots, key = keys.read(laptop), keys.unlock(keys.read(laptop), LOGIN, PASSPHRASE)
    real = opening._recognise

    def late(store: Store, remembered: tuple[str, int, str] | None) -> None:
        received(writing)  # between the look at the head and the look at the file
        real(store, remembered)

    opening._recognise = late
    try:
        store = opening.open_store(laptop, key, slots)
    finally:
        opening._recognise = real
    assert store.notice is None
    store.close()
    writing.close()


def backed_up(folder: Path, clock: Clock) -> Path | None:
    desk = opened(folder, clock)
    made = store_of(desk).back_up(clock())
    desk.close()
    return made


def test_a_backup_a_day_is_encrypted_and_opens_with_the_same_keys(laptop: Path, tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(9):
        assert backed_up(laptop, clock) is not None
        assert backed_up(laptop, clock) is None
        clock.move(days=1)
    names = sorted(path.name for path in (laptop / "backups").iterdir())
    days = [f"{Clock().at + timedelta(days=ahead):%Y%m%d}" for ahead in range(2, 9)]
    assert names == sorted([f"{each}.db" for each in days] + [f"{each}.keys.json" for each in days])
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(laptop / "backups" / f"{days[-1]}.db", restored / "reception.db")
    shutil.copy(laptop / "backups" / f"{days[-1]}.keys.json", restored / "keys.json")
    assert not (restored / "reception.db").read_bytes().startswith(b"SQLite")
    with pytest.raises(sqlcipher3.dbapi2.DatabaseError):
        sqlcipher3.dbapi2.connect(restored / "reception.db").execute("SELECT * FROM sqlite_master")
    desk = opened(restored)
    assert desk.notices
    assert len(desk.find("dieu")) == 5
    assert desk.verify().ok
    desk.close()


def test_a_backup_has_whole_keys_when_a_copy_of_them_is_torn(laptop: Path) -> None:
    (laptop / "keys.json").write_bytes(b"{")
    shutil.rmtree(laptop / "backups", ignore_errors=True)
    backed_up(laptop, Clock())
    saved = next((laptop / "backups").glob("*.keys.json"))
    assert saved.read_bytes() == (laptop / "keys.twin.json").read_bytes()


def test_what_a_killed_backup_left_goes_with_the_next_days(laptop: Path) -> None:
    left = laptop / "backups" / "20261120.db.abcd.part"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"x" * 1000)
    clock = Clock()
    clock.move(days=2)
    backed_up(laptop, clock)
    assert not left.exists()


def test_a_lower_range_given_later_is_used_and_a_withdrawn_one_is_not(laptop: Path) -> None:
    desk = opened(laptop)
    store = store_of(desk)
    ranges = "INSERT INTO number_range (origin, first, last, withdrawn) SELECT origin, ?, ?, ? FROM origin"
    with store.writing() as db:
        db.run("DELETE FROM number_range")
        for first, last, withdrawn in ((500, 501, 0), (100, 101, 0), (1, 99, 1)):
            db.run(ranges, (first, last, withdrawn))
    assert [received(desk).code[-4:] for _ in range(4)] == ["0100", "0101", "0500", "0501"]
    assert numbering.is_provisional(received(desk).code)
    assert desk.status().numbers_left == 0
    desk.close()


def test_a_journal_that_the_centre_holds_otherwise_does_not_go_on(laptop: Path) -> None:
    desk = opened(laptop)
    former = desk.status().origin
    other = opened(laptop)
    store_of(desk).keep(**{f"forked:{former}": "answer"})
    received(other)  # a program that knew nothing of it
    assert other.status().origin != former
    assert desk.verify().ok
    desk.close()
    other.close()


def test_a_reader_sees_one_moment_while_others_write(laptop: Path) -> None:
    desk, other = opened(laptop), opened(laptop)
    with store_of(other).reading() as db:
        first = db.run("SELECT count(*) FROM fact").scalar()
        received(desk)
        assert db.run("SELECT count(*) FROM fact").scalar() == first
    with store_of(other).reading() as db:
        assert db.run("SELECT count(*) FROM fact").scalar() == first + 1
    desk.close()
    other.close()


def test_a_connection_that_failed_is_not_used_again(laptop: Path) -> None:
    desk = opened(laptop)
    pool = store_of(desk)._connections
    with transaction(pool, write=False) as db:
        used = db._raw
    with pytest.raises(sqlcipher3.dbapi2.Error), transaction(pool, write=True) as db:
        db.run("INSERT INTO no_such_table VALUES (1)")
    with transaction(pool, write=False) as db:
        assert db._raw is not used
    desk.close()
