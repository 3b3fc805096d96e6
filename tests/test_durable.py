"""What the centre calls durable: bytes, names and the folders made for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mobile_reception.centre.durable import make_folder, name_durably


@pytest.mark.skipif(os.name != "posix", reason="Windows has no folders to sync")
def test_a_name_is_durable_with_every_folder_that_was_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    part, path = tmp_path / "part", tmp_path / "unit" / "ab" / "file"
    part.write_bytes(b"whole")
    name_durably(part, path)
    assert path.read_bytes() == b"whole"
    wanted = (path, path.parent, path.parents[1], tmp_path)
    assert synced == {each.stat().st_ino for each in wanted}
    synced.clear()
    make_folder(path.parent)
    assert not synced  # they are there already
