"""What folds amount to: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mobile_reception.dossier.attachment import Attachment
from mobile_reception.dossier.results import ResultState
from mobile_reception.dossier.review import Answer, Judgement, Review
from mobile_reception.dossier.service import Box, Incident, Rating, Service


@dataclass(frozen=True, slots=True)
class Written:
    """A value of a field, with the fact that wrote it and the officer behind it."""

    value: Any
    fact: str
    officer: str
    at: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the control slip: which fact, by whom, when (the device's own time, ISO).

    ``about`` is the name of the file that was attached or taken off.
    """

    fact: str
    kind: str
    officer: str
    at: str
    origin: str
    seq: int
    reason: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Misfit:
    """A fact that changed nothing, and a short English reason for the protocol (screens word their own)."""

    fact: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Money taken for a dossier: by which journal, at which session (None: it names none), how much."""

    origin: str
    session: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Reduced:
    """That the facts of a dossier were erased where this was folded: by which fact, when, how many.

    ``person`` stands for the submitter wherever citizens are counted, ``files`` were erased with the facts.
    """

    fact: str
    at: str
    officer: str
    person: str
    facts: int
    files: int


@dataclass(frozen=True, slots=True)
class DossierState:
    """What a dossier's facts amount to.

    ``received`` is False while the fact of its reception has not been seen. ``fields`` maps dotted names
    (``submitter.full_name``) to the standing value; ``conflicts`` keeps every standing value of the fields
    that have more than one. ``status`` is one of the ten national codes (see `lifecycle`). ``due`` and
    ``come_back`` are those in force, ``supplements`` counts how often papers were asked for. Money is whole
    đồng. ``rating`` is the first that was given.
    ``received_by`` is the officer's login; ``ended_on`` the day (ISO, UTC+7) with which the work on it
    counts as ended: with the result, else with handing it over, else with the refusal or the stop.
    ``files`` are those attached and not taken off again.
    ``result`` follows the result from hand to hand, on a laptop that carries it without knowing the dossier
    as well; one that was handed over twice is a conflict of the field `results.ENDING`. ``notices``
    are what the citizen was told by telephone (`notices.key`). ``reduced`` is set where the contents of its
    facts were erased: ``fields`` and ``files`` are then what was written since.
    """

    subject: str
    received: bool = False
    code: str | None = None
    session: str | None = None
    procedure: str | None = None
    version: str | None = None
    received_at: str | None = None
    due: str | None = None
    come_back: str | None = None
    fee: int = 0
    phi: int = 0
    le_phi: int = 0
    collected: int = 0
    prints: int = 0
    status: int = 0
    supplements: int = 0
    rating: Rating | None = None
    received_by: str | None = None
    ended_on: str | None = None
    collections: tuple[Collection, ...] = ()
    files: tuple[Attachment, ...] = ()
    result: ResultState | None = None
    notices: tuple[str, ...] = ()
    reduced: Reduced | None = None
    fields: Mapping[str, Written] = field(default_factory=dict)
    conflicts: Mapping[str, tuple[Written, ...]] = field(default_factory=dict)
    history: tuple[Event, ...] = ()
    misfits: tuple[Misfit, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a hamlet session's facts amount to.

    ``origins`` maps each laptop's origin to whether its part of the session is open, ``boxes`` those that
    counted their cash to what lay there; ``cash`` is the sum of them. ``ratings`` are those of forms without
    a name. ``reviews`` and what follows them are here as they were told: what a review weighs, the centre
    judges. What was received in a session that is ``joined_to`` another counts there.
    """

    subject: str
    opened: bool = False
    hamlet: str | None = None
    kind: str | None = None
    day: str | None = None
    opened_at: str | None = None
    closed_at: str | None = None
    joined_to: str | None = None
    cash: int | None = None
    boxes: Mapping[str, Box] = field(default_factory=dict)
    origins: Mapping[str, bool] = field(default_factory=dict)
    officers: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    ratings: tuple[Rating, ...] = ()
    incidents: tuple[Incident, ...] = ()
    reviews: tuple[Review, ...] = ()
    answers: tuple[Answer, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    history: tuple[Event, ...] = ()
    misfits: tuple[Misfit, ...] = ()
