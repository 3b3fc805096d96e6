"""Plain files: what a process does to them through ``os`` passes its disk first, as its statements do.

Bytes that were written and not synced are cut somewhere when the power goes; without space nothing is added.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from simulator.disk import Disk, Killed, disk_above

_SEAM = ("open", "write", "fsync", "replace", "unlink")
_open, _write, _fsync, _replace, _unlink = (getattr(os, name) for name in _SEAM)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@contextmanager
def plain_files() -> Iterator[None]:
    """Within the block the files below every `Disk` share its fate."""
    seam = _Seam()
    with ExitStack() as stack:
        for name in _SEAM:
            stack.enter_context(mock.patch.object(os, name, getattr(seam, name)))
        yield


class _Seam:
    """What stands in the place of some functions of ``os``; elsewhere than on a `Disk` it is they."""

    def __init__(self) -> None:
        self._opened: dict[int, tuple[Disk, Path]] = {}

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        disk = disk_above(path) if dir_fd is None and flags & _WRITING else None
        if disk is None:
            return int(_open(path, flags, mode, dir_fd=dir_fd))
        file = Path(path)
        if not file.exists():
            _room(disk)
        descriptor = int(_passes(disk, lambda: _open(path, flags, mode), lasting=False))
        about = os.fstat(descriptor)
        self._opened[about.st_ino] = disk, file
        disk.unsynced.setdefault(file, about.st_size)
        return descriptor

    def write(self, descriptor: int, data: Any) -> int:
        about = os.fstat(descriptor)
        place = self._opened.get(about.st_ino)
        if place is None:
            return int(_write(descriptor, data))
        disk, file = place
        _room(disk)
        disk.unsynced.setdefault(file, about.st_size)
        blow = disk.blow
        part = disk.world.chance.randrange(len(data) + 1) if blow is not None else 0
        return int(
            _passes(
                disk,
                lambda: _write(descriptor, data),
                lasting=blow is not None and blow.how == "torn",
                torn=lambda: _write(descriptor, data[:part]),
            )
        )

    def fsync(self, descriptor: int) -> None:
        place = self._opened.get(os.fstat(descriptor).st_ino)
        if place is None:
            _fsync(descriptor)
            return
        disk, file = place
        _room(disk)
        _passes(disk, lambda: disk.unsynced.pop(file, None), lasting=True)

    def replace(self, source: Any, target: Any, **named: Any) -> None:
        disk = disk_above(target)
        if disk is None:
            _replace(source, target, **named)
        else:
            _passes(disk, lambda: self._renamed(disk, Path(source), Path(target)), lasting=True)

    def _renamed(self, disk: Disk, source: Path, target: Path) -> None:
        number = source.stat().st_ino
        _replace(source, target)
        self._opened[number] = disk, target
        safe = disk.unsynced.pop(source, None)
        if safe is not None:
            disk.unsynced[target] = safe

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        disk = disk_above(path) if dir_fd is None else None
        if disk is None:
            _unlink(path, dir_fd=dir_fd)
            return
        _passes(disk, lambda: _unlink(path), lasting=False)
        disk.unsynced.pop(Path(path), None)


def _passes(
    disk: Disk, run: Callable[[], Any], *, lasting: bool, torn: Callable[[], Any] | None = None
) -> Any:
    """Run it, unless its process is dead or dies of it. What is ``lasting`` is to a file what a commit is."""
    if disk.life.dead:
        raise Killed(disk.name)
    how = disk.strikes(lasting=lasting)
    if how == "before":
        disk.die()
    done = torn() if how == "torn" and torn is not None else run()
    if how is not None:
        disk.die()
    return done


def _room(disk: Disk) -> None:
    if disk.full:
        raise OSError(errno.ENOSPC, "No space left on device")
