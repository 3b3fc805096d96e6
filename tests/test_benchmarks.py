"""The benchmarks speak to the product as it is today."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

from laptop_and_centre import House, enrolled_at, make_centre, noon
from mobile_reception.sync.client import Box, sync

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_the_queue_that_is_measured_is_a_box_of_the_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("push", BENCHMARKS / "push.py")
    assert spec
    assert spec.loader
    push = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "push", push)
    spec.loader.exec_module(push)
    asked = {name for name, _ in inspect.getmembers(Box, inspect.isfunction) if not name.startswith("_")}
    assert asked - set(dir(push.Queue)) == set()
    make_centre(tmp_path)
    house = House(tmp_path)
    queue = push.Queue(tmp_path / "laptop.db")
    queue.fill(push.dossiers(30, 1))
    house.join(queue)
    with house.serving() as url:
        assert sync(enrolled_at(queue, url), clock=noon).acknowledged == 30
    queue.db.close()
    house.ledger.close()
