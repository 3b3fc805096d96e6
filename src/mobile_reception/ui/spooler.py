"""What the system's print queues say of a sheet that was given to them, by its name.

Qt tells whether a sheet was handed over, never what became of it. Where CUPS is (Linux, macOS) its own
library is asked; elsewhere the answer is `Fate.UNTOLD`. Every call may block for as long as the print server
takes: give it to the printer's lane.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

_ALL: Final = -1
_OWN: Final = 1
_DEFAULT_SERVER: Final = None
_CANCELLED, _ABORTED, _COMPLETED = 7, 8, 9  # states of a job in the Internet Printing Protocol


class Fate(StrEnum):
    """What became of a sheet."""

    UNTOLD = "untold"  # this system does not tell
    MISSING = "missing"  # no queue has it: it never arrived, or its queue was deleted
    QUEUED = "queued"
    PRINTED = "printed"
    LOST = "lost"  # the queue gave it up


@dataclass(frozen=True, slots=True)
class Told:
    """The fate of a sheet and the queue that has it."""

    fate: Fate
    queue: str = ""


class _Job(ctypes.Structure):
    """``cups_job_t`` of CUPS 1.x and 2.x."""

    _fields_ = (
        ("id", ctypes.c_int),
        ("dest", ctypes.c_char_p),
        ("title", ctypes.c_char_p),
        ("user", ctypes.c_char_p),
        ("format", ctypes.c_char_p),
        ("state", ctypes.c_int),
        ("size", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("completed_time", ctypes.c_long),
        ("creation_time", ctypes.c_long),
        ("processing_time", ctypes.c_long),
    )


def ask(name: str) -> Told:
    """What became of the newest sheet called ``name``."""
    library = _cups()
    if library is None:
        return Told(Fate.UNTOLD)
    with _jobs(library) as jobs:
        if jobs is None:
            return Told(Fate.UNTOLD)
        newest = max((job for job in jobs if _words(job.title) == name), key=lambda job: job.id, default=None)
        if newest is None:
            return Told(Fate.MISSING)
        state = int(newest.state)
        if state == _COMPLETED:
            return Told(Fate.PRINTED, _words(newest.dest))
        return Told(Fate.LOST if state in (_CANCELLED, _ABORTED) else Fate.QUEUED, _words(newest.dest))


def take_back(name: str) -> bool:
    """Take every sheet called ``name`` that has not come out off its queue; whether none is left there."""
    library = _cups()
    if library is None:
        return False
    with _jobs(library) as jobs:
        waiting = [
            (bytes(job.dest), int(job.id))
            for job in jobs or ()
            if _words(job.title) == name and job.state < _CANCELLED
        ]
    for queue, number in waiting:
        library.cupsCancelJob2(_DEFAULT_SERVER, queue, number, 0)
    return ask(name).fate is not Fate.QUEUED


@contextmanager
def _jobs(library: Any) -> Iterator[list[_Job] | None]:
    """This person's jobs in all queues, the finished ones too; None where the server does not answer."""
    found = ctypes.POINTER(_Job)()
    count = library.cupsGetJobs2(_DEFAULT_SERVER, ctypes.byref(found), None, _OWN, _ALL)
    try:
        yield None if count < 0 else [found[place] for place in range(count)]
    finally:
        if count > 0:
            library.cupsFreeJobs(count, found)


@cache
def _cups() -> Any | None:
    """The library, if it is one whose jobs have the layout above."""
    file = ctypes.util.find_library("cups")
    if file is None:
        return None
    try:
        library = ctypes.CDLL(file)
    except OSError:
        return None
    if not all(hasattr(library, name) for name in ("cupsGetJobs2", "cupsFreeJobs", "cupsCancelJob2")):
        return None
    library.cupsGetJobs2.restype = ctypes.c_int
    library.cupsGetJobs2.argtypes = (
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.POINTER(_Job)),
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_int,
    )
    library.cupsFreeJobs.argtypes = (ctypes.c_int, ctypes.POINTER(_Job))
    library.cupsFreeJobs.restype = None
    library.cupsCancelJob2.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int)
    library.cupsCancelJob2.restype = ctypes.c_int
    return library


def _words(said: bytes | None) -> str:
    return (said or b"").decode("utf-8", "replace")
