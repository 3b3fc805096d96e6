"""The demonstration: a whole day of each model, the road cut for the session; in the end both sides agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mobile_reception.commands.demo import play
from mobile_reception.commands.demo.citizens import lines, models
from mobile_reception.commands.demo.day import in_notes
from mobile_reception.desk.reviews import Stage


@pytest.mark.parametrize(
    "model",
    [
        "tan-hong",
        *(
            pytest.param(name, marks=pytest.mark.system)
            for name in ("thuong-lac", "long-phu-thuan", "tan-long")
        ),
    ],
)
def test_a_day_of_each_model_ends_in_agreement(tmp_path: Path, model: str) -> None:
    (tmp_path / "receipts").mkdir()
    agree, desk, _ = play(tmp_path, model, seed=1)
    try:
        assert agree
        (reviewed,) = desk.reviews()
        assert reviewed.stage is Stage.APPROVED
        assert [each.said.verdict for each in reviewed.reviews] == ["returned", "approved"]
        assert reviewed.session.kind == models()[model]["kind"]
        assert reviewed.session.hamlet == models()[model].get("facility", models()[model]["hamlets"][1])
        told = desk.summary(reviewed.session.id)
        about = models()[model]
        assert {kind: told["services"][kind]["quantity"] for kind in about["services"]} == about["services"]
        assert told["fees"]["cash"] == told["fees"]["taken"]
        counts = desk.result_counts(reviewed.session.id)
        endings = [ending for *_, ending in about["results"]]
        assert counts.handed_over == sum(ending in ("owner", "relative") for ending in endings)
        assert (counts.posted, counts.returned) == (endings.count("post"), endings.count("left"))
        assert len(list((tmp_path / "receipts").glob("*.pdf"))) == told["dossiers"]
        assert len(list(tmp_path.glob("letter-*.pdf"))) == len(about.get("newborns", ()))
        assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["dossiers"] == told["dossiers"]
    finally:
        desk.close()


def test_each_model_has_a_character_of_its_own() -> None:
    found = models()
    assert found["tan-hong"]["kind"] == "facility"
    assert found["long-phu-thuan"]["weekdays"] == ["T7"]
    day = {
        name: sum(PRICE[kind] * count for kind, count in found[name]["services"].items()) for name in found
    }
    assert max(day, key=lambda name: day[name]) == "tan-long"
    for name, about in found.items():
        come = lines(1, about, about["hamlets"][0], "Phường Thường Lạc")
        assert 9 <= len(come) <= 20, name
        assert len({one["ref"] for one in come}) == len(come)
    newborn = lines(1, found["tan-hong"], "x", "y")[-2:]
    assert len({one["submitter"]["personal_id"] for one in newborn}) == 1  # one mother, two dossiers


PRICE = {"typing": 60_000, "photocopy": 14_000, "online_guidance": 0, "vneid_help": 0}


def test_an_amount_in_the_fewest_notes() -> None:
    assert in_notes(262_000) == {200_000: 1, 50_000: 1, 10_000: 1, 2_000: 1}
    assert in_notes(0) == {}
