"""What people get wrong on the command line: each with its exit status and a sentence that helps."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from laptops import Clock, at_the_table, environment, line, opened, received, run


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    return folder


def without_a_display(data: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    env = environment(data, **more)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        if name not in more:
            env.pop(name, None)
    told = [sys.executable, "-m", "mobile_reception"]
    return subprocess.run(told, env=env, capture_output=True, check=False, timeout=60)


def test_papers_are_asked_for_in_one_option_or_in_several(laptop: Path) -> None:
    desk = opened(laptop)
    codes = [received(desk).code for _ in range(2)]
    desk.close()
    why = ("--reason", "thiếu")
    run("supplement", codes[0], "--paper", "Giấy A", "Giấy B", *why, data=laptop, check=0)
    run("supplement", codes[1], "--paper", "Giấy A", "--paper", "Giấy B", *why, data=laptop, check=0)
    desk = opened(laptop)
    for code in codes:
        (page,) = pypdfium2.PdfDocument(desk.paper("supplement", code))
        said = page.get_textpage().get_text_range()
        assert "Giấy A" in said
        assert "Giấy B" in said
    desk.close()


@pytest.mark.skipif(sys.platform != "linux", reason="others always have a screen")
def test_a_window_without_a_display_is_told_in_the_officers_language(laptop: Path) -> None:
    done = without_a_display(laptop)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("Không mở được cửa sổ: ở đây không có màn hình.")
    assert len(done.stderr.decode().splitlines()) == 1
    assert b"The window cannot be opened" in without_a_display(laptop, LC_ALL="en_US.UTF-8").stderr
    done = without_a_display(laptop, DISPLAY=":7777")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("Không mở được cửa sổ: không vào được màn hình (DISPLAY=:7777)")
    assert len(done.stderr.decode().splitlines()) == 1


@pytest.mark.parametrize(
    "told",
    [
        ("list",),
        ("register",),
        ("certifications",),
        ("service", "totals"),
        ("numbers",),
        ("compare",),
        ("review", "list"),
        ("session", "plan"),
    ],
)
def test_a_span_that_ends_before_it_begins_is_not_acceptable(laptop: Path, told: tuple[str, ...]) -> None:
    done = run(*told, "--from", "2026-11-26", "--to", "2026-11-25", data=laptop, check=65)
    assert done.stdout == b""
    assert "Ngày cuối 25/11/2026 đứng trước ngày đầu 26/11/2026." in done.stderr.decode()


def test_a_recovery_code_is_not_asked_for_where_nobody_sits(laptop: Path) -> None:
    told = [sys.executable, "-m", "mobile_reception", "recover", "--officer", "diem"]
    done = subprocess.run(told, env=environment(laptop), input=b"", capture_output=True, check=False)
    assert done.returncode == 77
    assert done.stderr.decode().splitlines() == ["Chưa có mã khôi phục: dùng --code-file."]


def test_a_file_that_cannot_be_saved_is_named_with_the_reason(laptop: Path, tmp_path: Path) -> None:
    target = tmp_path / "không có" / "mẫu.xlsx"
    done = run("template", "-o", target, data=laptop, check=73)
    assert f"Chưa lưu được {target}: không có thư mục hoặc tệp này." in done.stderr.decode()
    (tmp_path / "thư mục").mkdir()
    done = run("template", "-o", tmp_path / "thư mục", data=laptop, check=73)
    assert "đây là một thư mục" in done.stderr.decode()
    assert list((tmp_path / "thư mục").iterdir()) == []
    if Path("/dev/full").exists():
        done = run("template", "-o", "/dev/full", data=laptop, check=73)
        assert "Chưa lưu được /dev/full: đĩa đầy." in done.stderr.decode()
        assert Path("/dev/full").is_char_device()


def test_the_last_backup_is_dated_by_the_clock_of_the_command(laptop: Path) -> None:
    clock = Clock()
    (laptop / "backups").mkdir(exist_ok=True)
    for day in ("20261124", "20991231"):
        (laptop / "backups" / f"{day}.db").write_bytes(b"")
    desk = opened(laptop, clock)
    (check,) = (each for each in desk.ready_to_go() if each.name == "backup")
    desk.close()
    assert (check.state, check.value) == ("good", "2026-11-24")


def test_a_file_in_the_place_of_the_data_folder_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "tệp").touch()
    init = ("init", "--unit", "30058", "--agency-id", "H20.12.3", "--officer", "diem", "--practice")
    for told in (("status",), init, ("centre", "status")):
        done = run(*told, data=tmp_path / "tệp", check=2)
        assert "là một tệp, không phải thư mục" in done.stderr.decode()
    for folder, said in (
        (tmp_path / "tệp" / "dưới", "là tệp, không phải thư mục"),
        (tmp_path / ("x" * 300), "tên quá dài"),
    ):
        done = run(*init, data=folder, check=73)
        assert said in done.stderr.decode()
        assert len(done.stderr.decode().splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_an_output_that_takes_nothing_ends_the_command_and_nothing_else(laptop: Path, tmp_path: Path) -> None:
    given = tmp_path / "day.jsonl"
    given.write_text("\n".join(json.dumps(line(f"r{n}")) for n in range(3)), encoding="utf-8")
    for told in (("status",), ("status", "--json"), ("find", "x", "--json"), ("receive", str(given))):
        with Path("/dev/full").open("wb") as full:
            command = [sys.executable, "-m", "mobile_reception", *told]
            done = subprocess.run(
                command, env=environment(laptop), stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert done.returncode == 73, (told, done.stderr)
        assert done.stderr.decode().splitlines()[-1].startswith("Hệ thống báo: đĩa đầy.")
        assert b"Traceback" not in done.stderr
    desk = opened(laptop)
    assert len(desk.find("", 10)) == 1  # what was durable stays; the second is tried again, not lost
    desk.close()


def test_closed_streams_change_nothing(laptop: Path) -> None:
    shell = f"{sys.executable} -m mobile_reception status --json"
    for closed in (">&-", "2>&-", ">&- 2>&-", "<&-", "| true"):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"{shell} {closed}"],
            env=environment(laptop),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, closed
        assert b"Traceback" not in done.stderr
        assert b"ignored" not in done.stderr  # the interpreter's own complaint at its end


def test_receiving_ends_with_the_counts_for_people(laptop: Path, tmp_path: Path) -> None:
    given = tmp_path / "day.jsonl"
    given.write_text("\n".join((json.dumps(line("a")), json.dumps(line("a")), "{}")), encoding="utf-8")
    done = run("receive", given, data=laptop, check=1)
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr.decode().splitlines()[-1] == "Đã nhận 1 hồ sơ; 1 có từ trước; 1 dòng bị từ chối."


def test_a_backup_that_cannot_be_written_says_why(laptop: Path, tmp_path: Path) -> None:
    (tmp_path / "tệp").touch()
    done = run("backup", tmp_path / "tệp", data=laptop, check=73)
    assert f"Không sao lưu được vào «{tmp_path / 'tệp'}»: đã có tệp cùng tên." in done.stderr.decode()
    done = run("restore", tmp_path / "không có", data=tmp_path / "mới", check=65)
    assert "không có thư mục hoặc tệp này" in done.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="another signal there")
@pytest.mark.parametrize("moment", ["argparse", "gettext", "mobile_reception.commands"])
def test_ctrl_c_while_the_program_is_still_being_read_is_quiet(moment: str, tmp_path: Path) -> None:
    told = [sys.executable, "-X", "importtime", "-m", "mobile_reception", "find", "x"]
    with subprocess.Popen(told, env=environment(tmp_path), stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr
        for said in child.stderr:  # a line as each module has been read
            if said.split("|")[-1].strip() == moment:
                child.send_signal(signal.SIGINT)
                break
        assert "Traceback" not in child.stderr.read()
    assert child.returncode in {-signal.SIGINT, 75}


def test_a_name_that_no_machine_has_is_said_in_the_officers_language(tmp_path: Path) -> None:
    centre = ("--database", f"sqlite:///{tmp_path / 'centre.db'}")
    made = ("--unit", "29905", "--agency-id", "H20.32.1", "--admin", "quantri", "--practice")
    run("centre", "init", *centre, *made, data=tmp_path, check=0)
    done = run("centre", "serve", *centre, "--host", "no.such.name.invalid", data=tmp_path)
    assert done.returncode == 73
    assert "không tìm thấy máy nào có tên hoặc địa chỉ này" in done.stderr.decode()
