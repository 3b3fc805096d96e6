"""The window on a real screen: keys come from outside as a keyboard's do; a lock ends the process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from laptops import LOGIN, at_the_table, received

pytestmark = pytest.mark.system

PATIENCE = 60
"""Seconds that a screen may take on a busy machine before the test gives up; nothing is measured by it."""


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a program on a virtual screen of an old laptop's size."""
    for tool in ("Xvfb", "xdotool"):
        assert shutil.which(tool), f"{tool} is needed: .ci/run installs it"
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    yield {
        **kept,
        "DISPLAY": f":{number}",
        "QT_QPA_PLATFORM": "xcb",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "LANG": "C.UTF-8",
    }
    server.terminate()
    server.wait(PATIENCE)


def until(found: Callable[[], object], what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


def windows(screen: dict[str, str], title: str) -> list[str]:
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", title],
        env=screen,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def keys(screen: dict[str, str], *pressed: str) -> None:
    subprocess.run(["xdotool", "key", "--clearmodifiers", *pressed], env=screen, check=True)


def typed(screen: dict[str, str], text: str) -> None:
    subprocess.run(["xdotool", "type", "--delay", "15", text], env=screen, check=True)


def workers(folder: Path) -> set[str]:
    done = subprocess.run(
        ["pgrep", "-f", f"window-worker --data {folder}"], capture_output=True, text=True, check=False
    )
    return set(done.stdout.split())


def focused(screen: dict[str, str], title: str) -> None:
    """Wait for a window and give it the keyboard: there is no window manager here."""
    until(lambda: windows(screen, title), title)
    subprocess.run(["xdotool", "windowfocus", "--sync", windows(screen, title)[-1]], env=screen, check=True)


def signed_in(screen: dict[str, str], passphrase: str) -> bool:
    """Type the passphrase, again if the window was not yet ready for it; whether the main window is there."""
    keys(screen, "ctrl+a")
    typed(screen, passphrase)
    keys(screen, "Return")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if windows(screen, "^Tiếp nhận hồ sơ lưu động · "):
            return True
        time.sleep(0.1)
    return False


def test_an_officer_signs_in_and_locks_and_the_process_with_the_key_has_ended(
    tmp_path: Path, screen: dict[str, str]
) -> None:
    folder = tmp_path / "laptop"
    desk = at_the_table(folder)
    received(desk)
    desk.add_officer("lan", "officer", "mat khau dai", "Lan")
    desk.disable_officer(LOGIN)
    desk.close()
    launcher = subprocess.Popen(
        [sys.executable, "-m", "mobile_reception", "--data", str(folder), "--language", "vi"],
        env=screen,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        focused(screen, "^Tiếp nhận hồ sơ lưu động$")
        (first,) = workers(folder)
        until(lambda: signed_in(screen, "mat khau dai"), "the main window")
        focused(screen, "^Tiếp nhận hồ sơ lưu động · ")
        keys(screen, "ctrl+l")
        until(lambda: workers(folder) and first not in workers(folder), "a fresh process behind the lock")
        focused(screen, "^Tiếp nhận hồ sơ lưu động$")
    finally:
        launcher.terminate()
        for worker in workers(folder):
            subprocess.run(["kill", worker], check=False)
        launcher.wait(PATIENCE)
