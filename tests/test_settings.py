"""A unit's settings: given at the centre, in force on its laptops after the next sync."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from laptop_and_centre import NOON, PASSPHRASE, UNIT, House, Road, make_centre
from laptops import LOGIN, Clock, line, received
from laptops import PASSPHRASE as OFFICERS
from mobile_reception.centre.values import Refused
from mobile_reception.desk import make
from mobile_reception.desk.table import Desk
from mobile_reception.words import VIETNAM, resource

SETTINGS = {
    "fee": {"1.001193": 8000},
    "limit": {"2.002307": {"value": 15, "unit": "working_day"}},
    "switched_off": ["1.001939"],
    "calendar": {"days": [{"day": "2026-11-19", "kind": "off", "name": "Nghỉ bù", "source": "Thông báo"}]},
    "receipt": {"hotline": "0277 3 000 000"},
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


@pytest.fixture
def desk(tmp_path: Path, house: House) -> Iterator[Desk]:
    with house.serving() as url, Road(url).open() as road:
        desk, _ = make(
            tmp_path / "laptop",
            unit=UNIT.code,
            agency=UNIT.agency_id,
            login=LOGIN,
            passphrase=OFFICERS,
            now=Clock(NOON.astimezone(VIETNAM)),
            practice=True,
            alone=False,
        )
        code = house.ledger.register.new_code(unit=UNIT.code, name="Máy 1", scope="hamlets", now=NOON)
        desk.enrol(road.url, code, OFFICERS)
        desk.open_session("Khóm Trung")
        yield desk
        desk.close()


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(text.split())


def test_amounts_limits_days_and_hotline_of_the_unit_reach_the_table(house: House, desk: Desk) -> None:
    birth = line(procedure="1.001193", papers=[], copies=1)
    assert [problem.field for problem in desk.assess(birth).problems] == ["fee"]
    house.ledger.register.load_settings(UNIT.code, SETTINGS)
    assert desk.sync().value.agree
    assert desk.assess(birth).fee == 8000
    grant = desk.assess(line(procedure="2.002307", papers=[], copies=1))
    assert grant.due is not None
    assert not grant.problems
    assert [problem.field for problem in desk.assess(line(procedure="1.001939")).problems] == ["procedure"]
    later = desk.assess(line(procedure="1.004873", papers=[], copies=1, fee=0))
    assert later.due is not None
    assert later.due.date() == date(2026, 11, 25)  # 19/11 set off by the unit, 24/11 by law
    assert "0277 3 000 000" in words(desk.receipt(received(desk).code))


def test_a_form_edited_at_the_centre_is_the_one_that_is_printed(house: House, desk: Desk) -> None:
    edited = resource("papers", "receipt.toml").read_text(encoding="utf-8")
    line_of_fees = "Phí, lệ phí"
    assert line_of_fees in edited
    changed = edited.replace(line_of_fees, "Tiền phí, lệ phí phải nộp")
    house.ledger.register.load_settings(UNIT.code, {"templates": {"receipt": changed}})
    desk.sync()
    assert "Tiền phí, lệ phí phải nộp" in words(desk.receipt(received(desk).code))


@pytest.mark.parametrize(
    "wrong",
    [
        {"fees": {}},
        {"limit": {"2.000815": 3}},
        {"calendar": {"days": [{"day": "hôm nay"}]}},
        {"templates": {"receipt": "title = "}},
        {"templates": {"no-such-form": ""}},
        {"receipt": {"hotline": 5}},
        {"service_prices": {"typing": -1}},
        {"service_prices": {"sewing": 5_000}},
        {"service_prices": {"typing": "dear"}},
    ],
)
def test_settings_that_are_none_are_refused_and_the_old_ones_stay(
    house: House, wrong: dict[str, object]
) -> None:
    house.ledger.register.load_settings(UNIT.code, SETTINGS)
    with pytest.raises(Refused):
        house.ledger.register.load_settings(UNIT.code, wrong)


def test_a_receipt_of_a_revoked_laptop_is_told_apart_by_another(
    house: House, desk: Desk, tmp_path: Path
) -> None:
    from mobile_reception.desk import slips

    view = desk.dossier(received(desk).code)
    scanned = slips._signed(desk._bench, view.state)
    assert desk.check_receipt(scanned).verdict == "good"
    assert desk.check_receipt(scanned[:-1] + ("A" if scanned[-1] != "A" else "B")).verdict != "good"
    code = house.ledger.register.new_code(unit=UNIT.code, name="Máy 2", scope="hamlets", now=NOON)
    other, _ = make(
        tmp_path / "other", unit=UNIT.code, agency=UNIT.agency_id, login="hoa", passphrase=PASSPHRASE,
        now=Clock(NOON.astimezone(VIETNAM)), practice=True, alone=False,
    )  # fmt: skip
    other.enrol(house.address, code, PASSPHRASE)
    assert other.check_receipt(scanned).verdict == "good"
    house.ledger.register.revoke("Máy 1")
    other.sync()
    assert other.check_receipt(scanned).verdict == "revoked"
    other.close()
