"""A disk that fails at the n-th call, and a power cut played from a record of what was written and synced."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from laptops import environment

HERE = Path(__file__).parent
KINDS = {"none": 0, "kill": 1, "torn": 2, "enospc": 3, "eio": 4}
COMPILER = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
WHOLE = os.environ.get("MOBILE_RECEPTION_FAULTS") == "all"
"""Every boundary instead of a sample; `docs/reliability.md` has the record."""


@dataclass(frozen=True)
class Played:
    """What became of a scene: its exit status, what it told, and, if it ended, how many calls there were."""

    status: int
    told: tuple[str, ...]
    calls: int


class Shim:
    """The compiled shim, and one process under it whose children play the scenes."""

    def __init__(self, folder: Path) -> None:
        assert COMPILER
        self.folder = folder
        library = folder / "shim.so"
        command = [
            COMPILER,
            "-shared",
            "-fPIC",
            "-O1",
            "-o",
            str(library),
            str(HERE / "faults" / "shim.c"),
            "-ldl",
        ]
        subprocess.run(command, check=True)
        told = environment(LD_PRELOAD=str(library), PYTHONPATH=f"{HERE}:{HERE.parent / 'src'}")
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "faults" / "scenes.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=told,
        )
        assert self.process.stdout
        assert self.process.stdout.readline().startswith("ready")

    def play(
        self,
        scene: str,
        folder: Path,
        *,
        key: str,
        kind: str = "none",
        at: int = 0,
        record: Path | None = None,
        normal: bool = False,
    ) -> Played:
        """Let a child play ``scene`` in ``folder``; its ``at``-th call goes wrong."""
        told = self.folder / "told"
        told.unlink(missing_ok=True)
        asked = {"scene": scene, "folder": str(folder), "key": key, "kind": KINDS[kind], "at": at}
        asked |= {"told": str(told), "record": str(record or ""), "normal": normal}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
        counts = [int(each.split()[1]) for each in lines if each.startswith("count ")]
        return Played(status, tuple(each for each in lines if not each.startswith("count ")), sum(counts))

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def moments(calls: int, *, sample: int, seed: int) -> list[int]:
    """At which of ``calls`` to fail: all of them, or a sample that is spread over them."""
    every = list(range(1, calls + 1))
    if WHOLE or calls <= sample:
        return every
    chance = random.Random(seed)
    width = calls / sample
    return [every[int(width * n + chance.random() * width)] for n in range(sample)]


# -- A power cut -----------------------------------------------------------------------------------------


@dataclass
class _File:
    """Bytes that are on the disk for sure, and what was written since, in order."""

    durable: bytes = b""
    pending: list[tuple[str, int, bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """One line of a record."""

    what: str
    a: int
    path: str
    other: str
    data: bytes


def steps(record: Path) -> Iterator[Step]:
    """A record, read back."""
    data = record.read_bytes()
    place = 0
    while place < len(data):
        end = data.index(b"\n", place)
        what, a, b, path, other = data[place:end].decode().split("\t")
        place = end + 1
        length = int(b) if what == "write" else 0
        yield Step(what, int(a), path, other, data[place : place + length])
        place += length


class Disk:
    """What a folder may hold after its power was cut, worked out step by step.

    The first sync of a new file makes its name durable too, as the file systems do on which we run; a name
    that was changed or taken away is so for good once the folder is synced. Until then it may be either.
    """

    def __init__(self, folder: Path, before: Path) -> None:
        self.folder = folder
        self.files: dict[str, _File] = {
            str(folder / each.relative_to(before)): _File(each.read_bytes())
            for each in before.rglob("*")
            if each.is_file()
        }
        self.named: dict[str, _File] = dict(self.files)  # names that are on the disk for sure
        self.told: list[str] = []

    def take(self, step: Step) -> None:
        """Go one step on."""
        if step.what == "told":
            self.told.append(step.other)
        elif step.what in {"create", "empty"}:
            self.files[step.path] = _File()
            if step.what == "empty":
                self.named[step.path] = self.files[step.path]
        elif step.what in {"write", "truncate"}:
            self._file(step.path).pending.append((step.what, step.a, step.data))
        elif step.what == "unlink":
            self.files.pop(step.path, None)
        elif step.what == "link":
            self.files[step.other] = self.files[step.path]
        elif step.what == "rename":
            self.files[step.other] = self.files.pop(step.path)
        elif Path(step.path) == self.folder:
            self.named = dict(self.files)
        else:
            file = self._file(step.path)
            file.durable = _with(file.durable, file.pending)
            file.pending.clear()
            self.named[step.path] = file

    def _file(self, path: str) -> _File:
        return self.files.setdefault(path, _File())

    def cut(self, into: Path, chance: random.Random) -> None:
        """Write down one of the states that the disk may be in now."""
        into.mkdir(parents=True)
        there = self.files if chance.random() < 0.5 else self.named
        manner = chance.choice(("none", "all", "some", "prefix", "sectors"))
        for path, file in there.items():
            pending = file.pending
            if manner == "none":
                pending = []
            elif manner == "some":
                pending = [each for each in pending if chance.random() < 0.5]
            elif manner == "prefix":
                pending = pending[: chance.randint(0, len(pending))]
            elif manner == "sectors":
                pending = [part for each in pending for part in _sectors(each) if chance.random() < 0.7]
            target = into / Path(path).relative_to(self.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_with(file.durable, pending))


def _with(durable: bytes, pending: list[tuple[str, int, bytes]]) -> bytes:
    content = bytearray(durable)
    for what, place, data in pending:
        if what == "truncate":
            del content[place:]
            content += bytes(place - len(content))
        else:
            content += bytes(max(0, place - len(content)))
            content[place : place + len(data)] = data
    return bytes(content)


def _sectors(written: tuple[str, int, bytes]) -> Iterator[tuple[str, int, bytes]]:
    what, place, data = written
    if what == "truncate":
        yield written
        return
    start = 0
    while start < len(data):
        length = min(len(data) - start, 512 - (place + start) % 512)
        yield what, place + start, data[start : start + length]
        start += length
