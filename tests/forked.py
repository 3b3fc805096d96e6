"""The command line in processes of its own that begin where their imports are done: a second less each.

Each command is a fresh fork of one process that has imported the product and done nothing with it. Its own
start is what `test_wheel`, `test_kills` and `test_command_mistakes` look at; they execute Python anew.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CAN = "forkserver" in multiprocessing.get_all_start_methods()

_IMPORTED = (
    "mobile_reception.__main__",
    "mobile_reception.commands.centre",
    "mobile_reception.commands.laptop",
    "mobile_reception.desk.table",
    "mobile_reception.desk.road",
    "mobile_reception.sync.client",
    "mobile_reception.centre.ledger",
    "mobile_reception.centre.api",
    "mobile_reception.papers",
    "uvicorn",
)


def run(
    words: Sequence[str],
    env: Mapping[str, str],
    *,
    timeout: float,
    cwd: str | Path | None = None,
    given: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run ``mobile-reception`` with ``words`` in ``env``; as `subprocess.run` would tell it.

    Raises subprocess.TimeoutExpired after ``timeout`` seconds.
    """
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(list(_IMPORTED))
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / each for each in ("in", "out", "err")]
        names[0].write_bytes(given or b"")
        place = str(cwd or Path.cwd())
        child = forks.Process(target=_command, args=(list(words), dict(env), place, [*map(str, names)]))
        child.start()
        child.join(timeout)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(
                list(words), timeout, names[1].read_bytes(), names[2].read_bytes()
            )
        status = child.exitcode
        child.close()
        told = (names[1].read_bytes() if names[1].exists() else b"", names[2].read_bytes())
    return subprocess.CompletedProcess(list(words), status, *told)


def _command(words: list[str], env: dict[str, str], cwd: str, names: list[str]) -> None:
    """In the fork: become the command, as if just executed."""
    importlib.import_module("stretching")
    streams: list[Any] = []
    for number, name in enumerate(names):
        opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, number)
        os.close(opened)
        streams.append(open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    sys.stdin, sys.stdout, sys.stderr = streams
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["mobile-reception", *words]
    from mobile_reception.__main__ import main

    status = 1
    try:
        status = main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    raise SystemExit(status)
