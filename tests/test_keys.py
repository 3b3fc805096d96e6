"""Who gets in: passphrases, the recovery code, torn key files, officers that come and go."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import stretching
from laptops import LOGIN, PASSPHRASE, Clock, at_the_table, environment, line, new, opened, received
from mobile_reception import desk as office
from mobile_reception.desk import door
from mobile_reception.store import errors, keys


@pytest.fixture(autouse=True, scope="module")
def true_keys() -> Iterator[None]:
    with stretching.truly():
        yield


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends import fail

    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A laptop's folder, and its recovery code."""
    folder = tmp_path_factory.mktemp("keys") / "laptop"
    desk, code = office.make(
        folder,
        unit="30058",
        agency="H20.12.3",
        login=LOGIN,
        passphrase=PASSPHRASE,
        now=Clock(),
        practice=True,
    )
    desk.close()
    return folder, code


@pytest.fixture
def laptop(made: tuple[Path, str], tmp_path: Path) -> Path:
    folder = tmp_path / "laptop"
    shutil.copytree(made[0], folder)
    return folder


def test_no_two_slots_have_a_salt_in_common_and_no_two_folders_a_code(tmp_path: Path) -> None:
    made = [keys.create(tmp_path, database=name, device="", practice=True) for name in ("a", "b")]
    slots = made[0][0]
    for login in ("one", "two", "one"):
        slots, _ = keys.add_officer(
            slots, made[0][1], login=login, name="", role="officer", passphrase=PASSPHRASE
        )
    salts = [slot.salt for each in (slots, made[1][0]) for slot in each.slots]
    assert len(set(salts)) == 4
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)
    assert made[0][2] != made[1][2]
    assert all(len(code) == 25 and code.isdigit() for _, _, code in made)


def test_a_wrong_passphrase_and_an_unknown_login_look_the_same(laptop: Path) -> None:
    said = set()
    for login, passphrase in ((LOGIN, PASSPHRASE + "."), ("nobody", PASSPHRASE), (LOGIN, ""), ("", "")):
        with pytest.raises(office.Denied) as refused:
            office.unlock(laptop, login, passphrase, Clock())
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_passphrase_is_the_same_however_its_letters_are_put_together(laptop: Path) -> None:
    for form in ("NFC", "NFD"):
        assert keys.unlock(keys.read(laptop), LOGIN, unicodedata.normalize(form, PASSPHRASE)).data_key


def test_the_recovery_code_opens_with_blanks_and_dashes_and_gives_a_new_passphrase(
    laptop: Path, made: tuple[Path, str]
) -> None:
    code = made[1]
    assert len(code) == 25
    assert code.isdigit()
    written = " - ".join(code[place : place + 5] for place in range(0, 25, 5))
    with pytest.raises(office.Denied):
        door.recover(laptop, code[::-1], LOGIN, "một câu mới dài lắm")
    door.recover(laptop, f" {written}\n", LOGIN, "một câu mới dài lắm")
    with pytest.raises(office.Denied):
        office.unlock(laptop, LOGIN, PASSPHRASE, Clock())
    office.unlock(laptop, LOGIN, "một câu mới dài lắm", Clock()).close()


def test_a_key_file_torn_at_any_length_is_opened_from_its_twin(laptop: Path) -> None:
    whole = keys.read(laptop)
    text = (laptop / "keys.json").read_bytes()
    for torn, twin in (("keys.json", "keys.twin.json"), ("keys.twin.json", "keys.json")):
        for length in [*range(0, len(text) - 1, 7), len(text) - 2]:
            (laptop / torn).write_bytes(text[:length])
            (laptop / twin).write_bytes(text)
            assert keys.read(laptop) == whole
        (laptop / torn).unlink()
        assert keys.read(laptop) == whole


def test_both_key_files_broken_is_damage_and_not_an_empty_folder(laptop: Path) -> None:
    for name in ("keys.json", "keys.twin.json"):
        text = bytearray((laptop / name).read_bytes())
        text[40] ^= 1
        (laptop / name).write_bytes(text)
    with pytest.raises(office.Damaged):
        office.peek(laptop)
    with pytest.raises(office.AlreadyMade):
        new(laptop)


def test_a_newer_key_file_is_refused_and_left_as_it_is(laptop: Path) -> None:
    import hashlib

    body = json.loads((laptop / "keys.json").read_text().rpartition("\n}")[0] + "\n}")
    body |= {"format": 2, "of_the_future": True}
    text = json.dumps(body)
    for name in ("keys.json", "keys.twin.json"):
        (laptop / name).write_text(f"{text}\n{hashlib.sha256(text.encode()).hexdigest()}\n")
    before = {path.name: path.read_bytes() for path in laptop.iterdir() if path.is_file()}
    with pytest.raises(office.TooNew):
        office.unlock(laptop, LOGIN, PASSPHRASE, Clock())
    assert {path.name: path.read_bytes() for path in laptop.iterdir() if path.is_file()} == before


def test_a_short_passphrase_is_taken_on_practice_data_only(tmp_path: Path) -> None:
    with pytest.raises(office.Unacceptable):
        new(tmp_path / "real", practice=False, passphrase="mười một k.")
    assert not (tmp_path / "real").exists()
    new(tmp_path / "real", practice=False, passphrase="mười hai kt.").close()
    new(tmp_path / "practice", passphrase="1").close()
    with pytest.raises(office.Unacceptable):
        new(tmp_path / "empty", passphrase="")


def test_an_officer_comes_goes_and_comes_back(laptop: Path) -> None:
    desk = opened(laptop)
    with pytest.raises(office.Unacceptable):
        desk.disable_officer(LOGIN)
    desk.add_officer("phuc", "deputy", "câu của anh Phúc", "Lê Văn Phúc")
    with pytest.raises(office.Unacceptable):
        desk.add_officer("phuc", "officer", "câu khác của ai đó")
    for login, role in (("Phúc", "officer"), ("../x", "officer"), ("an", "administrator"), ("", "officer")):
        with pytest.raises(office.Unacceptable):
            desk.add_officer(login, role, "câu của anh Phúc")
    desk.close()
    second = office.unlock(laptop, "phuc", "câu của anh Phúc", Clock())
    assert (second.me.login, second.me.role, second.me.name) == ("phuc", "deputy", "Lê Văn Phúc")
    second.disable_officer(LOGIN)
    second.close()
    assert office.peek(laptop).logins == ("phuc",)
    with pytest.raises(office.Denied):
        office.unlock(laptop, LOGIN, PASSPHRASE, Clock())
    third = office.unlock(laptop, "phuc", "câu của anh Phúc", Clock())
    assert [(each.login, each.enabled) for each in third.officers()] == [(LOGIN, False), ("phuc", True)]
    third.add_officer(LOGIN, "officer", PASSPHRASE)
    third.close()
    office.unlock(laptop, LOGIN, PASSPHRASE, Clock()).close()


def test_each_officers_key_signs_for_its_registered_public_key(laptop: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    desk = opened(laptop)
    desk.add_officer("phuc", "deputy", "câu của anh Phúc")
    desk.close()
    slots = keys.read(laptop)
    privates = set()
    for login, passphrase in ((LOGIN, PASSPHRASE), ("phuc", "câu của anh Phúc")):
        key = keys.unlock(slots, login, passphrase).officer_key
        signature = Ed25519PrivateKey.from_private_bytes(key).sign(b"review")
        (public,) = (slot.public_key for slot in slots.slots if slot.login == login)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, b"review")
        privates.add(key)
    assert len(privates) == 2


def test_a_slot_moved_to_another_name_or_role_does_not_open(laptop: Path) -> None:
    from dataclasses import replace

    slots = keys.read(laptop)
    for login, role in (("phuc", "officer"), (LOGIN, "deputy")):
        moved = tuple(replace(s, login=login, role=role) if s.kind == "officer" else s for s in slots.slots)
        with pytest.raises(errors.Denied):
            keys.unlock(replace(slots, slots=moved), login, PASSPHRASE)


def test_a_full_disk_leaves_the_former_key_files(laptop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = opened(laptop)
    before = keys.read(laptop)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(office.CannotWrite):
        desk.add_officer("phuc", "deputy", "câu của anh Phúc")
    monkeypatch.undo()
    assert keys.read(laptop) == before
    assert not list(laptop.glob("*.part"))
    desk.close()


def needles(folder: Path, *secrets: bytes) -> list[tuple[str, bytes]]:
    """Which of ``secrets`` stand in which file."""
    return [
        (path.name, secret)
        for path in folder.rglob("*")
        if path.is_file()
        for secret in secrets
        if secret in path.read_bytes()
    ]


def test_nothing_of_a_citizen_or_a_key_is_readable_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    desk = at_the_table(folder)
    store = desk._bench.store
    key = store.data_key
    secrets = [key, key.hex().encode(), keys.subkey(key, "db"), keys.subkey(key, "db").hex().encode()]
    secrets += [text.encode() for text in ("Diệu", "087190001234", "0912345678", "Thường Lạc", PASSPHRASE)]
    secrets += [(store.meta(name) or "-").encode() for name in ("device_key", "recovery_code")]
    assert b"-" not in secrets
    desk.save_draft("form", {"full_name": "Nguyễn Thị Diệu", "personal_id": "087190001234"})
    for number in range(70):
        received(desk, line(f"paper-{number}"))
        if number % 23 == 0:
            assert not needles(folder, *secrets)
    desk.find("nguyen thi dieu")
    store.back_up(Clock().at)
    assert not needles(folder, *secrets)
    desk.close()
    assert not needles(folder, *secrets)


def test_nothing_is_readable_after_the_process_was_killed(tmp_path: Path) -> None:
    import subprocess
    import sys

    folder = tmp_path / "laptop"
    told = (
        "import os, sys, signal\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "import laptops\n"
        "desk = laptops.at_the_table(Path(sys.argv[1]))\n"
        "desk.save_draft('form', {'full_name': 'Nguyễn Thị Diệu'})\n"
        "[laptops.received(desk) for each in range(20)]\n"
        "print(desk._bench.store.data_key.hex(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, folder, Path(__file__).parent],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    assert (folder / "reception.db-wal").stat().st_size > 0
    key = bytes.fromhex(done.stdout.decode().strip())
    wanted = ("Diệu", "087190001234", "0912345678", "Thường Lạc", PASSPHRASE)
    assert not needles(folder, key, key.hex().encode(), *(text.encode() for text in wanted))
    desk = opened(folder)
    assert len(desk.drafts()) == 1
    assert desk.status().dossiers == 20
    desk.close()
