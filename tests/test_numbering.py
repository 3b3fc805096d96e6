import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier import numbering
from mobile_reception.dossier.numbering import Code, code, is_agency, parse, provisional

DAY = date(2026, 11, 20)
OFFICIAL = re.compile(
    r"^(?:[A-Z]\d{2}(?:\.\d{1,3}){0,3}|\d{3}(?:\.\d{2}){2,3}(?:\.[A-Z]\d{2})?|\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})"
    r"-\d{6}-\d{4,6}$"
)


def test_a_code_is_agency_day_and_four_digits() -> None:
    assert code("H20.12.3", DAY, 7) == "H20.12.3-261120-0007"
    assert code("000.00.00.H20", DAY, 5000) == "000.00.00.H20-261120-5000"


def test_five_digits_when_four_run_out() -> None:
    assert code("H20", DAY, 9999) == "H20-261120-9999"
    assert code("H20", DAY, 10000) == "H20-261120-10000"


@pytest.mark.parametrize(
    "agency", ["", "h20", "H2", "H20.", "H20.1234", "H20-1", "H２0", "20.H", "H20\n", " H20"]
)
def test_what_is_no_agency_makes_no_code(agency: str) -> None:
    assert not is_agency(agency)
    with pytest.raises(ValueError):
        code(agency, DAY, 1)


@pytest.mark.parametrize("serial", [0, -1, 1_000_000])
def test_a_serial_out_of_bounds_makes_no_code(serial: int) -> None:
    with pytest.raises(ValueError):
        code("H20", DAY, serial)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "H20",
        "H20-261120-007",
        "H20-261320-0007",
        "H20-260230-0007",
        "H20-261120-0000",
        "TN-ab-261120-001",
        "x" * 999,
    ],
)
def test_what_is_no_code_is_refused(written: str) -> None:
    assert not numbering.is_code(written)
    with pytest.raises(ValueError):
        parse(written)


@settings(deadline=None)
@given(
    agency=st.sampled_from(["H20", "H55.242", "H20.1.22.333", "000.00.00.H20", "000.12.34", "001.22.33.44"]),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    serial=st.integers(1, 999_999),
)
def test_a_code_is_read_back_and_fits_the_national_pattern(agency: str, day: date, serial: int) -> None:
    written = code(agency, day, serial)
    assert OFFICIAL.match(written)
    assert parse(written) == Code(agency, day, serial)


def test_a_provisional_slip_names_its_journal_and_is_no_code() -> None:
    slip = provisional("3f2a91c0", DAY, 4)
    assert slip == "TN-3f2a91c0-261120-004"
    assert numbering.is_provisional(slip)
    assert not numbering.is_code(slip)
    assert not numbering.is_provisional("TN-3f2a91c0-269920-004")
    with pytest.raises(ValueError):
        provisional("a b", DAY, 1)


def test_the_units_of_the_province_are_shipped() -> None:
    units = numbering.units()
    assert len(units) == 102
    assert units["29978"].name == "Phường Thường Lạc"
    assert units["29978"].place == "Thường Lạc"
    assert units["30154"].province == "Tỉnh Đồng Tháp"
