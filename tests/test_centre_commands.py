"""The centre's command line: exit statuses, and documents exactly as other programs expect them."""

from __future__ import annotations

import argparse
import json
import sqlite3
from pathlib import Path

import pytest

from mobile_reception.commands import Stop, centre

PASSPHRASE = "một câu dài để thử"


def shared() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    for name in ("--data", "--officer", "--passphrase-file", "--language", "--now"):
        parser.add_argument(name)
    return parser


def run(*words: str) -> int:
    """One command, as the program's own parser gives it."""
    parser = argparse.ArgumentParser()
    parser.set_defaults(data=None, officer=None, passphrase_file=None, language=None, now=None)
    centre.register(parser.add_subparsers(), shared())
    args = parser.parse_args(["centre", *words])
    try:
        return int(args.action(args))
    except Stop as stop:
        return stop.status


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MOBILE_RECEPTION_PASSPHRASE", PASSPHRASE)
    return f"sqlite:///{tmp_path / 'centre.db'}"


INIT = ("init", "--unit", "29905", "--agency-id", "H20.32.1", "--admin", "quantri")


def test_a_day_of_the_administrator(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("--database", url)
    assert run(*INIT, *here) == 0
    assert (tmp_path / "centre-recovery-key.pem").is_file()
    assert run(*INIT, *here) == 73
    assert run("hamlet", "add", "Ấp 1", "Ấp 2", "Ấp 1", *here) == 0
    assert run("officer", "add", "pho", "--role", "deputy", *here) == 0
    assert run("officer", "add", "pho", "--role", "deputy", *here) == 1
    assert run("officer", "disable", "pho", *here) == 0
    assert run("officer", "disable", "nobody", *here) == 1
    assert run("unit", "add", "29908", "--agency-id", "H20.32.2", *here) == 0
    assert run("unit", "add", "29908", "--agency-id", "H20.32.2", *here) == 1
    assert run("plan", "Ấp 1", "2026-11-25", *here) == 0
    capsys.readouterr()

    assert run("hamlet", "list", "--json", *here) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"unit": "29905", "name": "Ấp 1"},
        {"unit": "29905", "name": "Ấp 2"},
    ]
    assert run("officer", "list", "--json", *here) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["login"], each["role"], each["active"]) for each in listed] == [
        ("pho", "deputy", False),
        ("quantri", "administrator", True),
    ]
    assert run("device", "new", "--name", "Máy 1", *here) == 0
    assert len(capsys.readouterr().out.split()[-1]) == 23
    assert run("device", "new", "--name", "Máy 1", "--unit", "1", *here) == 1
    assert run("device", "revoke", "Máy 1", *here) == 1
    capsys.readouterr()
    assert run("device", "list", "--json", *here) == 0
    assert json.loads(capsys.readouterr().out) == []

    assert run("status", "--json", *here) == 0
    status = json.loads(capsys.readouterr().out)
    assert len(status.pop("epoch")) == 36
    assert status == {
        "dossiers": 0,
        "facts": 0,
        "held": 0,
        "conflicts": 0,
        "waiting_to_fold": 0,
        "files": 0,
        "files_waiting": 0,
        "restored": None,
        "backup": None,
        "erased": 0,
        "origins": [],
    }
    assert run("verify", "--json", *here) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "facts": 0, "held": 0, "problems": []}

    assert run("restored", "show", *here) == 0
    assert "Chưa thấy trung tâm này được khôi phục" in capsys.readouterr().err
    assert run("restored", "declare", *here) == 0
    epoch = capsys.readouterr().err.partition("(kỳ ")[2].partition(")")[0]
    assert run("restored", "show", "--json", *here) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["epoch"], shown["waiting"], shown["highest"]) == (
        epoch,
        ["29905", "29908"],
        {"29905": 0, "29908": 0},
    )
    for unit in shown["waiting"]:
        assert run("restored", "confirm", "--highest", "5399", "--unit", unit, *here) == 0
        capsys.readouterr()
    assert run("status", "--json", *here) == 0
    assert json.loads(capsys.readouterr().out)["restored"]["confirmed"] is True


def test_an_officer_added_without_a_passphrase_gets_one_to_hand_over(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*INIT, "--database", url) == 0
    monkeypatch.delenv("MOBILE_RECEPTION_PASSPHRASE")
    capsys.readouterr()
    assert run("officer", "add", "hoa", "--role", "officer", "--database", url) == 0
    assert len(capsys.readouterr().out.split()[-1]) == 23


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("status", "--database", "mysql://localhost/x"), 2),
        (("status", "--database", "postgresql://127.0.0.1:1/x"), 75),
        (("status", "--database", "nonsense"), 2),
        (("status", "--database", "sqlite://relative"), 2),
        (("serve", "--workers", "2"), 2),
        (("serve", "--workers", "0"), 2),
        (("serve", "--tls-cert", "x.pem"), 2),
    ],
)
def test_wrong_use_is_told_as_such(url: str, words: tuple[str, ...], status: int) -> None:
    here = () if "--database" in words else ("--database", url)
    assert run(*words, *here) == status


def test_no_centre_there_and_no_centre_at_all_are_damage(url: str, tmp_path: Path) -> None:
    assert run("status", "--database", url) == 69
    assert not (tmp_path / "centre.db").exists()
    (tmp_path / "centre.db").write_bytes(b"not a database" * 1000)
    assert run("status", "--database", url) == 69


def test_a_file_of_a_newer_program_is_left_untouched(url: str, tmp_path: Path) -> None:
    assert run(*INIT, "--database", url) == 0
    with sqlite3.connect(tmp_path / "centre.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    before = (tmp_path / "centre.db").read_bytes()
    assert run("status", "--database", url) == 69
    assert (tmp_path / "centre.db").read_bytes() == before


def test_a_short_passphrase_makes_no_centre(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOBILE_RECEPTION_PASSPHRASE", "ngắn")
    assert run(*INIT, "--database", url) == 65
    assert list(tmp_path.iterdir()) == []


def test_a_centre_that_could_not_be_made_whole_leaves_nothing(url: str, tmp_path: Path) -> None:
    (tmp_path / "centre-recovery-key.pem").write_text("of another centre")
    assert run(*INIT, "--database", url) == 73
    assert [file.name for file in tmp_path.iterdir()] == ["centre-recovery-key.pem"]


def test_the_clock_is_moved_in_practice_only(url: str) -> None:
    assert run(*INIT, "--database", url) == 0
    asked = ("device", "new", "--name", "x", "--database", url)
    assert run(*asked, "--now", "2026-11-18T08:00:00+07:00") == 2
