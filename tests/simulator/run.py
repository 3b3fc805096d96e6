"""One seed: a world made from the template, played, and what came of it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

from laptop_and_centre import PASSPHRASE, UNIT, make_centre
from mobile_reception.centre import register
from mobile_reception.desk import Officer, attachments
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.facts import canonical, uuid7
from mobile_reception.store import keys
from mobile_reception.store.opening import make
from simulator.centre import CentreHost, quiet
from simulator.chance import seeded
from simulator.disk import watched
from simulator.laptop import HAMLET, Machine
from simulator.morning import BUILT, Morning
from simulator.plain import plain_files
from simulator.wire import Wire, strung
from simulator.world import Violated, World

MOST_LAPTOPS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a seed. ``violated`` says what did not hold, if anything; ``digest`` is of the record."""

    seed: int
    violated: str | None
    digest: str
    counts: Counter[str]
    log: tuple[str, ...]
    laptops: int
    seconds: float


def _scratch() -> Path:
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="simulator-", dir=place))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _template() -> tuple[Path, tuple[Machine, ...]]:
    """A centre with `MOST_LAPTOPS` enrolled, made once in a process over a road without faults."""
    folder = _scratch()
    world = World(0)
    with seeded("template"), watched(), mock.patch.object(register, "protect", return_value="-"):
        make_centre(folder)
        centre = CentreHost(world, folder)
        centre.boot()
        slots, data_key, _ = keys.create(folder / "x", database="-", device="-", practice=True)
        slots, _ = keys.add_officer(
            slots, data_key, login="-", name="-", role="officer", passphrase=PASSPHRASE
        )
        centre.ledger.register.add_hamlet(UNIT.code, HAMLET)
        centre.ledger.register.plan(UNIT.code, HAMLET, world.moment.date(), "regular", now=world.moment)
        machines = tuple(
            _enrolled(world, centre, folder, f"máy {place}", (slots, data_key))
            for place in range(1, MOST_LAPTOPS + 1)
        )
        centre.fold_all()
        centre.shut()
        centre.loop.close()
    return folder, machines


def _enrolled(
    world: World, centre: CentreHost, folder: Path, name: str, lock: tuple[keys.Slots, bytes]
) -> Machine:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    at, login = world.moment, f"canbo{name[-1]}"
    own = replace(lock[0], database=uuid7(at), device=uuid7(at))
    own = replace(
        own, slots=tuple(replace(slot, login=login) if slot.kind == "officer" else slot for slot in own.slots)
    )
    place = folder / f"laptop-{name[-1]}"
    values = {
        "database": own.database,
        "device": own.device,
        "device_key": Ed25519PrivateKey.generate().private_bytes_raw().hex(),
        "unit": UNIT.code,
        "agency": UNIT.agency_id,
        "alone": "",
        "recovery_code": "0" * 25,
    }
    store = make(place, slots=own, data_key=lock[1], at=at, values=values)
    desk = Desk(store, Officer(login, login, "officer"), lambda: world.moment)
    with strung(Wire(world, centre)):
        code = centre.ledger.register.new_code(unit=UNIT.code, name=name, scope="hamlets", now=world.moment)
        desk.enrol("http://127.0.0.1:1", code, PASSPHRASE)
    device = desk.status().device
    desk.close()
    return Machine(name, place, keys.Opened(lock[1]), login, device)


def simulate(
    seed: int,
    planted: Callable[[], AbstractContextManager[object]] = nullcontext,
    copies: frozenset[str] = BUILT,
) -> Outcome:
    """Play one seed, with a mistake planted if one is given; never raises for what it finds.

    A mistake that cannot be planted any more is no find: that raises.
    """
    _template()  # made without the mistake
    with planted():
        return _played(seed, copies)


def _played(seed: int, copies: frozenset[str]) -> Outcome:
    source, machines = _template()
    quiet()
    folder = Path(tempfile.mkdtemp(dir=source.parent, prefix=f"{source.name}-"))
    world = World(seed)
    violated = None
    days: Morning | None = None
    try:
        with seeded(seed), watched(), plain_files(), _room(), _settings_once():
            days = Morning(world, folder, source, machines, copies)
            with strung(days.wire):
                days.play()
    except Violated as error:
        violated = str(error)
    except Exception as error:  # what nobody foresaw is as red as what was foreseen
        violated = f"seed {seed}: {type(error).__name__}: {error}"
        world.log.extend(traceback.format_exc().splitlines())
    finally:
        if days is not None:
            days.centre.loop.close()
        shutil.rmtree(folder, ignore_errors=True)
    laptops = len(days.laptops) if days is not None else 0
    return Outcome(seed, violated, world.digest, world.counts, tuple(world.log), laptops, world.now)


def simulate_many(seeds: Sequence[int], workers: int) -> Iterator[Outcome]:
    """Play seeds in processes of their own, in order; their records are left behind."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_without_record, seeds, chunksize=max(1, min(25, len(seeds) // (4 * workers))))


def _without_record(seed: int) -> Outcome:
    return replace(simulate(seed), log=())


def _room() -> AbstractContextManager[object]:
    """How much room there is on this machine is no matter of the world's."""
    return mock.patch.object(attachments, "_room", return_value=None)


@contextmanager
def _settings_once() -> Iterator[None]:
    """The same settings over the same catalogue are read once in a process: they never change in a world."""
    with mock.patch.object(Catalogue, "with_settings", _settled):
        yield


_settled_before: dict[str, Catalogue] = {}
_with_settings = Catalogue.with_settings


def _settled(catalogue: Catalogue, settings: Any) -> Catalogue:
    key = f"{id(catalogue)} {canonical(settings)}"
    if key not in _settled_before:
        _settled_before[key] = _with_settings(catalogue, settings)
    return _settled_before[key]
