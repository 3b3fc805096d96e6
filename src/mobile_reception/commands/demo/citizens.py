"""Made-up citizens of the practice data, and the four models of a day."""

from __future__ import annotations

import random
import tomllib
from datetime import date
from typing import Any

from mobile_reception.words import resource

AGENCY = "H20.82"
"""Made up: the identifiers of the communes are not published."""


def models() -> dict[str, dict[str, Any]]:
    """The four models: unit, hamlets, kind of session, and what is particular to each day."""
    return tomllib.loads(resource("practice", "models.toml").read_text(encoding="utf-8"))


def lines(seed: int, model: dict[str, Any], hamlet: str, unit: str) -> list[dict[str, Any]]:
    """The day's citizens as lines of ``receive``: names as they stand in the data, the rest from the seed."""
    chance = random.Random(seed)
    document = tomllib.loads(resource("practice", "citizens.toml").read_text(encoding="utf-8"))
    come = [*document["citizens"][: model["base"]], *model.get("citizens", ())]
    come += [one for born in model.get("newborns", ()) for one in _newborn(born)]
    return [_line(citizen, chance, place, hamlet, unit) for place, citizen in enumerate(come, 1)]


def results(seed: int, model: dict[str, Any], hamlet: str, of: date) -> list[dict[str, Any]]:
    """What the centre packs for the day: results of dossiers that were received before this program."""
    chance = random.Random(seed + 1)
    start = chance.randrange(1, 60)
    return [
        {
            "code": f"{AGENCY}-{of:%y%m%d}-{start + place:04d}",
            "name": name,
            "procedure": procedure,
            "paper": paper,
            "number": f"{chance.randrange(10, 400)}/{of:%Y}",
            "hamlet": hamlet,
        }
        for place, (name, procedure, paper, _) in enumerate(model["results"])
    ]


def _newborn(born: dict[str, Any]) -> list[dict[str, Any]]:
    """One child at a medical facility: dossiers of one mother, each on its own clock.

    The third, residence, is the police's: this office guides and receives none.
    """
    about = {"full_name": born["mother"], "born": born["born"], "sex": "female", "relation": "mẹ"}
    about |= {"owner": born["child"], "fee": 0, "seed": born["mother"]}
    answers = {
        name: born[key]
        for name, key in (("child", "child"), ("mother", "mother"), ("father", "father"))
        if key in born
    }
    birth = {"papers": [["Tờ khai đăng ký khai sinh", 1, 0, 0, 1], ["Giấy chứng sinh", 1, 0, 0, 1]]}
    return [
        {**about, **birth, "procedure": "1.001193", "exemption": "on_time", "answers": answers},
        {**about, "procedure": "1.001939", "papers": [["Tờ khai tham gia bảo hiểm y tế", 1, 0, 0, 1]]},
    ]


def _line(
    citizen: dict[str, Any], chance: random.Random, place: int, hamlet: str, unit: str
) -> dict[str, Any]:
    if "seed" in citizen:  # one person with several dossiers
        chance = random.Random(citizen["seed"])
    address = f"{hamlet}, {unit[:1].lower()}{unit[1:]}, tỉnh Đồng Tháp"
    year = int(citizen["born"][:4])
    century = {"male": 0, "female": 1}[citizen["sex"]] + (2 if year >= 2000 else 0)
    line: dict[str, Any] = {
        "ref": f"demo-{seed_of(chance)}-{place:02d}",
        "procedure": citizen["procedure"],
        "submitter": {
            "full_name": citizen["full_name"],
            "personal_id": f"087{century}{year % 100:02d}{chance.randrange(10**6):06d}",
            "birth_date": citizen["born"],
            "sex": citizen["sex"],
            "phone": f"09{chance.randrange(10**8):08d}" if chance.random() < 0.8 else None,
            "address": address,
        },
        "papers": [
            {
                "name": name,
                "originals": originals,
                "certified": certified,
                "photocopies": copies,
                "pages": pages,
            }
            for name, originals, certified, copies, pages in citizen["papers"]
        ],
        "copies": citizen.get("copies", 1),
        "delivery": {"way": "hamlet"},
        "notify_sms": False,
        "relation": citizen.get("relation", "bản thân"),
    }
    if "owner" in citizen:
        line["owner"] = {"full_name": citizen["owner"], "address": address}
    for key in ("exemption", "fee", "answers"):
        if key in citizen:
            line[key] = citizen[key]
    return line


def seed_of(chance: random.Random) -> str:
    """A short mark from the seed, so that a line's reference is its own."""
    return f"{chance.randrange(16**4):04x}"
