"""The command line as other programs see it: exit statuses, JSON to standard output, words beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from laptops import AGENCY, LOGIN, PASSPHRASE, at_the_table, environment, line, opened, run
from mobile_reception import words
from mobile_reception.__main__ import main
from mobile_reception.store import keys
from mobile_reception.store.file import connect
from mobile_reception.store.values import SCHEMA

EXAMPLE = (
    '{"ref": "paper-0001", "procedure": "2.000815", "received_at": "2026-11-20T08:15:00+07:00",'
    ' "submitter": {"full_name": "Nguyễn Thị Diệu", "personal_id": "087190001234",'
    ' "birth_date": "1990-05-02", "sex": "female", "phone": "0912345678",'
    ' "address": "Ấp 1, phường Thường Lạc, tỉnh Đồng Tháp"},'
    ' "owner": null, "relation": "bản thân",'
    ' "papers": [{"name": "Bằng tốt nghiệp THPT", "originals": 1, "certified": 0, "photocopies": 0,'
    ' "pages": 2}],'
    ' "copies": 3, "fee": null, "delivery": {"way": "hamlet"}, "notify_sms": true, "note": null,'
    ' "answers": {}}\n'
)
INIT = ("init", "--unit", "30058", "--agency-id", AGENCY, "--officer", LOGIN)


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    return folder


def lines(done: subprocess.CompletedProcess[bytes]) -> list[Any]:
    return [json.loads(each) for each in done.stdout.decode("utf-8").splitlines()]


Command = Callable[..., Any]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """A command run in this process, where one of its own would say no more: its JSON, once it ended well."""

    def command(*args: str | Path, data: Path, check: int = 0, env: dict[str, str] | None = None) -> Any:
        with monkeypatch.context() as changed:
            for name, value in environment(data, **(env or {})).items():
                changed.setenv(name, value)
            try:
                status = main([str(each) for each in args])
            except SystemExit as end:
                status = int(end.code or 0)
        said = capfd.readouterr()
        assert status == check, (args, status, said)
        words.use("vi")
        programs = {"--json", "receive", "summary"} & {str(each) for each in args}
        return [json.loads(each) for each in said.out.splitlines()] if programs else None

    return command


def test_a_day_at_the_table_from_the_first_command_to_the_last(tmp_path: Path, here: Command) -> None:
    data, friday = tmp_path / "laptop", ("--now", "2026-11-20T08:00:00+07:00")
    made = run("--data", data, *INIT, "--practice", *friday, check=0)
    assert made.stdout == b""
    here(*INIT, "--practice", data=data, check=73)
    given = tmp_path / "day.jsonl"
    given.write_text(EXAMPLE)
    here("receive", given, *friday, data=data, check=2)  # no session is open
    session = here("session", "open", "--hamlet", "Ấp 1", "--json", *friday, data=data)[0]
    assert (session["hamlet"], session["day"], session["open"]) == ("Ấp 1", "2026-11-20", True)
    papers = tmp_path / "papers"
    (got,) = lines(run("receive", given, "--json", "--papers", papers, *friday, data=data, check=0))
    assert list(got) == ["line", "state", "id", "code", "due", "come_back", "fee", "warnings"]
    assert got["code"] == f"{AGENCY}-261120-0001"
    assert got | {"id": "", "warnings": []} == {
        "line": 1,
        "state": "received",
        "id": "",
        "code": f"{AGENCY}-261120-0001",
        "due": "2026-11-20T17:00:00+07:00",
        "come_back": "2026-11-20",
        "fee": 12000,
        "warnings": [],
    }
    assert [path.name for path in papers.iterdir()] == [f"{got['code']}.pdf"]
    assert (papers / f"{got['code']}.pdf").read_bytes().startswith(b"%PDF")
    again = here("receive", given, *friday, data=data)
    assert again == [{"line": 1, "state": "duplicate", "of": got["code"]}]
    (found,) = here("--now", friday[1], "find", "dieu nguyen", "--json", data=data)
    assert [each["code"] for each in found] == [got["code"]]
    (shown,) = here("show", got["code"], "--json", "--data", data, data=data / "other")
    assert shown["reception"]["submitter"]["full_name"] == "Nguyễn Thị Diệu"
    here("paper", "receipt", got["code"], "-o", tmp_path / "receipt.pdf", data=data)
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
    (summary,) = here("summary", "--format", "json", *friday, data=data)
    assert set(summary) >= {
        "session",
        "citizens",
        "dossiers",
        "by_procedure",
        "by_field",
        "by_status",
        "fees",
    }
    assert set(summary) >= {"services", "results", "satisfaction", "at_centre", "waiting", "numbers"}
    assert summary["fees"]["total"] == 12000
    (status,) = here("status", "--json", *friday, data=data)
    keys_of_status = "device origin session dossiers facts waiting held needs_you numbers_left last_contact"
    assert set(status) >= set(f"{keys_of_status} clock_offset_s disk_free catalogue".split())
    assert status["dossiers"] == 1
    (verified,) = here("verify", "--json", data=data)
    assert verified == {"ok": True, "facts": status["facts"], "problems": []}
    (closed,) = here("session", "close", "--cash", "12000", "--json", *friday, data=data)
    assert (closed["open"], closed["cash"], closed["dossiers"]) == (False, 12000, 1)
    (listed,) = here("session", "list", "--json", data=data)
    assert [each["id"] for each in listed] == [session["id"]]


def test_who_may_not_is_told_77_and_no_more(laptop: Path) -> None:
    wrong = run("status", data=laptop, env={"MOBILE_RECEPTION_PASSPHRASE": "wrong"}, check=77)
    unknown = run("status", "--officer", "nobody", data=laptop, check=77)
    assert wrong.stdout == unknown.stdout == b""
    assert wrong.stderr == unknown.stderr
    bare = environment(laptop)
    del bare["MOBILE_RECEPTION_PASSPHRASE"]
    told = [sys.executable, "-m", "mobile_reception", "status"]
    done = subprocess.run(told, env=bare, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 77
    (laptop.parent / "pass").write_text(PASSPHRASE + "\n", encoding="utf-8")
    args = ["--passphrase-file", str(laptop.parent / "pass"), "status"]
    done = subprocess.run([*told[:-1], *args], env=bare, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (laptop.parent / "pass").write_bytes(b"\xff\xfe")
    done = subprocess.run([*told[:-1], *args], env=bare, capture_output=True, check=False)
    assert done.returncode == 2, done.stderr
    assert b"Traceback" not in done.stderr


def test_wrong_use_is_2_and_a_damaged_folder_69(laptop: Path, tmp_path: Path, here: Command) -> None:
    for args in (
        ["receive"],
        ["no-such-command"],
        ["session", "open"],
        ["find", "x", "--limit", "many"],
        ["--language", "fr", "status"],
        ["--now", "0000-01-01T00:00", "status"],
        ["--now", "9999-12-31T23:59:59+00:00", "status"],
        ["status", "--now", "0001-01-01T00:00+14:00"],
        ["--now", "yesterday", "status"],
    ):
        here(*args, data=laptop, check=2)
    here("status", data=tmp_path / "nowhere", check=69)
    assert not (tmp_path / "nowhere").exists()
    here("receive", "/no-such-file", data=laptop, check=65)
    here("show", "no such code", data=laptop, check=65)
    (laptop / "reception.db").write_bytes(b"\x00" * 8192)
    here("verify", "--json", data=laptop, check=69)


def test_the_clock_is_set_on_practice_data_only(tmp_path: Path, here: Command) -> None:
    here(*INIT, data=tmp_path / "real")
    here("status", "--now", "2026-11-25T08:00:00+07:00", data=tmp_path / "real", check=2)
    here(*INIT, "--now", "2026-11-25T08:00", data=tmp_path / "other", check=2)
    short = {"MOBILE_RECEPTION_PASSPHRASE": "mười một k."}
    here(*INIT, data=tmp_path / "short", env=short, check=65)
    assert not (tmp_path / "short").exists()
    assert not (tmp_path / "other").exists()


def test_a_newer_file_is_69_and_untouched(laptop: Path, here: Command) -> None:
    desk = opened(laptop)
    key = keys.subkey(desk._bench.store.data_key, "db")
    desk.close()
    raw = connect(laptop / "reception.db", key)
    raw.execute(f"PRAGMA user_version={SCHEMA + 1}")
    raw.close()
    before = (laptop / "reception.db").read_bytes()
    here("status", "--json", data=laptop, check=69)
    assert (laptop / "reception.db").read_bytes() == before


BAD: dict[str, tuple[bytes, set[str]]] = {
    "no JSON": (b"{", {""}),
    "a list": (b"[]", {""}),
    "no UTF-8": (b'{"procedure": "\xff"}', {""}),
    "too deep": (b'{"answers": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {""}),
    "too long": (b'{"note": "' + b"x" * 5_000_000 + b'"}', {""}),
    "a number of 5,000 digits": (b'{"copies": ' + b"9" * 5000 + b"}", {""}),
}


def change(**more: Any) -> bytes:
    return json.dumps(line(**more)).encode()


BAD |= {
    "control characters": (change(name="Nguyễn\x07 An"), {"submitter.full_name"}),
    "a long name": (change(name="x" * 10_000), {"submitter.full_name"}),
    "no such procedure": (change(procedure="9.999999"), {"procedure"}),
    "types": (change(copies="3", notify_sms=1, note=5), {"copies", "notify_sms", "note"}),
    "negative": (
        change(copies=-1, papers=[{"name": "Đơn", "originals": -2}]),
        {"copies", "papers[0].originals"},
    ),
    "year 0": (change(received_at="0000-11-20T08:15:00+07:00"), {"received_at"}),
    "birth in year 0": (
        change(submitter={"full_name": "An", "birth_date": "0000-05-02"}),
        {"submitter.birth_date"},
    ),
    "half a letter": (change(name="An \ud800"), {"submitter.full_name"}),
    "not a number": (change().replace(b'"copies": 3', b'"copies": NaN'), {"copies"}),
    "twice": (change().replace(b'"copies": 3', b'"copies": 3, "copies": 4'), {"copies"}),
    "deep answers": (change(answers={"a": [[[[]]]]}), {"answers.a"}),
    "a misspelt key": (change(coppies=3), {"coppies"}),
}


def test_bad_lines_are_refused_by_field_and_the_others_received(laptop: Path, tmp_path: Path) -> None:
    given = tmp_path / "day.jsonl"
    good = json.dumps(line("first", name="Nguye\u0302\u0303n Thi\u0323 Die\u0323\u0302u")).encode()
    body = b"\xef\xbb\xbf" + good + b"\r\n\r\n"
    body += b"".join(bad + b"\r\n" for bad, _ in BAD.values())
    given.write_bytes(body + json.dumps(line("last")).encode())
    done = run("receive", given, "--json", data=laptop, check=1)
    said = lines(done)
    assert [each["line"] for each in said] == [1, *range(3, len(BAD) + 4)]
    assert [each["state"] for each in said] == ["received", *["refused"] * len(BAD), "received"]
    for (name, (_, wanted)), each in zip(BAD.items(), said[1:-1], strict=True):
        assert {problem["field"] for problem in each["problems"]} == wanted, name
        assert all(problem["message"] for problem in each["problems"]), name
    assert b"Traceback" not in done.stderr
    desk = opened(laptop)
    assert desk.status().dossiers == 2
    kept = desk.dossier(said[0]["id"]).state.fields["submitter.full_name"].value
    assert kept == "Nguyễn Thị Diệu"
    assert desk.verify().ok
    desk.close()


def test_output_is_utf8_whatever_the_system_says(laptop: Path, here: Command) -> None:
    for encoding in ({"LANG": "C", "PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}):
        done = run("session", "list", "--json", data=laptop, env=encoding, check=0)
        assert "Ấp 1" in done.stdout.decode("utf-8")
    assert here("find", os.fsdecode(b"\xff\xfe dieu"), "--json", data=laptop) == [[]]
    assert here("find", "", "--limit", str(10**30), "--json", data=laptop) == [[]]


def test_each_line_is_flushed_as_it_is_written(laptop: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told = [sys.executable, "-m", "mobile_reception", "receive", str(pipe), "--json"]
    with subprocess.Popen(told, env=environment(laptop), stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        with pipe.open("wb", buffering=0) as given:
            for number in range(3):
                given.write(json.dumps(line(f"paper-{number}")).encode() + b"\n")
                answer = json.loads(running.stdout.readline())  # hangs for ever when it is kept back
                assert (answer["line"], answer["state"]) == (number + 1, "received")
        assert running.wait(timeout=30) == 0


def test_receive_imports_no_window_no_web_server_and_no_http(laptop: Path, tmp_path: Path) -> None:
    given = tmp_path / "day.jsonl"
    given.write_text(EXAMPLE)
    told = (
        "import sys\n"
        "from mobile_reception.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "heavy = {'PySide6', 'fastapi', 'uvicorn', 'requests', 'reportlab', 'pypdfium2'}\n"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    args = [sys.executable, "-c", told, "receive", str(given)]
    done = subprocess.run(args, env=environment(laptop), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().splitlines()[-1] == "[]"


def test_officers_and_recovery_from_the_command_line(tmp_path: Path, here: Command) -> None:
    data = tmp_path / "laptop"
    made = run(*INIT, "--practice", "--language", "en", data=data, check=0)
    code = made.stderr.decode().split()[-1]
    (tmp_path / "new").write_text("câu của anh Phúc\n", encoding="utf-8")
    (tmp_path / "code").write_text(code + "\n")
    added = ("officer", "add", "phuc", "--role", "deputy", "--new-passphrase-file", tmp_path / "new")
    here(*added, data=data, check=0)
    here(*added, "--officer", LOGIN, data=data, check=65)
    here("status", data=data, check=2)  # which of the two?
    (listed,) = here("officer", "list", "--json", "--officer", LOGIN, data=data)
    assert [(each["login"], each["role"]) for each in listed] == [(LOGIN, "officer"), ("phuc", "deputy")]
    told = run("officer", "disable", "phuc", "--officer", LOGIN, data=data, check=0)
    assert "phuc" in told.stderr.decode()
    shown = run("officer", "list", "--officer", LOGIN, data=data, check=0).stdout.decode().splitlines()
    assert [each.split("\t")[::3] for each in shown] == [[LOGIN, "đang làm việc"], ["phuc", "đã ngừng"]]
    changed = {"MOBILE_RECEPTION_PASSPHRASE": "câu khác hẳn"}
    here("recover", "--code-file", tmp_path / "code", "--officer", LOGIN, data=data, env=changed, check=0)
    here("status", data=data, check=77)
    here("status", data=data, env=changed, check=0)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["receive"], "còn thiếu TỆP"),
        (["show", "a", "b"], "không hiểu b"),
        (["paper", "poem", "x"], "không có «poem»"),
        (["list", "--from"], "cần một giá trị"),
        (["service", "add", "typing", "--quantity", "hai"], "giá trị không hợp lệ: 'hai'"),
    ],
)
def test_a_command_given_wrongly_is_told_so_in_vietnamese(
    told: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*told, "--language", "vi"])
    heard = capsys.readouterr()
    assert ended.value.code == 2
    assert heard.out == ""
    assert said in heard.err
    assert "Cách dùng" in heard.err
    assert "error" not in heard.err
