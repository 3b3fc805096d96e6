"""The seeded simulator: every seed green, every planted mistake found, one integer repeats a run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.planted import MISTAKES
from simulator.run import simulate

SEEDS = int(os.environ.get("MOBILE_RECEPTION_SEEDS", "20"))
"""How many seeds are played: CI plays a hundred; docs/reliability.md has the record of a thousand."""

WITHIN = 50
"""Seeds within which a planted mistake has to be found."""


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_no_seed_loses_doubles_or_strands_anything(first: int) -> None:
    played = (simulate(seed) for seed in range(first, min(first + 10, SEEDS)))
    red = [outcome.violated for outcome in played if outcome.violated]
    assert not red, "play one again with: cd tests && python -m simulator SEED"


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(mistake: str) -> None:
    assert any(simulate(seed, MISTAKES[mistake]).violated for seed in range(WITHIN))


def test_one_integer_repeats_a_run() -> None:
    first, again, other = simulate(7), simulate(7), simulate(8)
    assert first.log == again.log
    assert first.digest != other.digest


def test_one_integer_repeats_a_run_in_any_process() -> None:
    here = Path(__file__).parent

    def played(hash_seed: str) -> str:
        path = os.pathsep.join((str(here.parent / "src"), str(here)))
        own = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-m", "simulator", "20"]
        return subprocess.run(command, cwd=here, env=own, check=True, capture_output=True, text=True).stdout

    assert played("1") == played("2")
