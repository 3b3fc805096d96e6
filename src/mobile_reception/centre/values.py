"""What crosses the centre's inner doors: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """The centre refuses, for the reason ``code`` of the protocol; nothing was changed.

    ``detail`` says more to a person at the centre where there is more to say.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled laptop. ``scope`` is ``hamlets`` or ``unit``, ``state`` is ``active`` or ``revoked``."""

    device: str
    unit: str
    name: str
    scope: str
    public_key: bytes
    state: str
    enrolled_at: str
    last_contact: str | None


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer. ``made_by`` is ``centre`` or ``enrolment``: the latter waits for an administrator's eye."""

    unit: str
    login: str
    role: str
    active: bool
    made_by: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """A laptop that asks to be enrolled; everything but ``code`` and ``origin`` may be wrong or missing.

    ``unit`` and ``agency_id`` are those of a laptop that stood alone before, else None.
    """

    code: str
    name: str
    device_key: bytes
    origin: str
    login: str
    officer_key: bytes
    passphrase: str
    practice: bool
    unit: str | None
    agency_id: str | None
    sealed_recovery: bytes | None
    officer_name: str = ""


@dataclass(frozen=True, slots=True)
class OriginStatus:
    """One journal as the centre has it: ``head`` facts, of which ``dossiers`` were receptions."""

    origin: str
    device: str | None
    head: int
    dossiers: int
    last_contact: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """The counts of the whole centre. ``facts`` are the laptops'; the centre's own are not in it.

    ``restored`` is the last restore that was noticed: ``since``, the ``former`` epoch, ``confirmed``.

    ``files_waiting`` were announced and have not come yet. ``backup`` is the last that was verified (`safe`),
    ``erased`` counts facts of which only the header is here: their contents are in that backup alone.
    """

    epoch: str
    dossiers: int
    facts: int
    held: int
    conflicts: int
    waiting_to_fold: int
    files: int
    files_waiting: int
    origins: tuple[OriginStatus, ...]
    restored: dict[str, Any] | None = None
    backup: dict[str, Any] | None = None
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether everything holds: of the laptops' ``facts`` and the centre's own.

    ``problems`` say what does not, without citizens' data. Rows equal the folds apart from the ``held``
    facts, which are in no fold.
    """

    ok: bool
    facts: int
    held: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed: whole ``subjects`` with their facts, and the ``cursor`` behind them.

    ``omitted`` are subjects that are too large for any answer; ``more`` says that another page waits.
    ``proofs`` are, by hash, the centre's word for those facts that are its own.
    """

    cursor: str
    more: bool
    subjects: tuple[tuple[str, tuple[Any, ...]], ...]
    omitted: tuple[str, ...]
    proofs: Mapping[str, bytes] = field(default_factory=dict)
