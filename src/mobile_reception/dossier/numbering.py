"""Who receives, and the code of a dossier: agency, day of reception at the table, serial of that day."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache

from mobile_reception.words import resource

# National identifiers (H20, H20.12.3) and the older dotted ones (000.00.00.H20) are both in use.
_AGENCY = r"[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}|[0-9]{3}(?:\.[0-9]{2}){2,3}(?:\.[A-Z][0-9]{2})?"
_CODE = re.compile(rf"({_AGENCY})-([0-9]{{6}})-([0-9]{{4,6}})")
_PROVISIONAL = re.compile(r"TN-([A-Za-z0-9]{1,36})-([0-9]{6})-([0-9]{3,6})")
_AGENCY_ALONE = re.compile(_AGENCY)

LAST_SERIAL = 999_999


@dataclass(frozen=True, slots=True)
class Code:
    """A code taken apart."""

    agency: str
    day: date
    serial: int


def is_agency(identifier: str) -> bool:
    """Whether ``identifier`` can stand in front of a code (Decision 20/2020/QĐ-TTg's forms)."""
    return _AGENCY_ALONE.fullmatch(identifier) is not None


def code(agency: str, day: date, serial: int) -> str:
    """``{agency}-{yyMMdd}-{NNNN}``; five digits from 10000 on. Raises ValueError for what no code can say."""
    if not is_agency(agency):
        raise ValueError(f"not an agency identifier: {agency!r}")
    if not 1 <= serial <= LAST_SERIAL or not 2000 <= day.year <= 2099:
        raise ValueError(f"no code for serial {serial} of {day}")
    return f"{agency}-{day:%y%m%d}-{serial:04d}"


def parse(written: str) -> Code:
    """The parts of a code; raises ValueError for anything that is none."""
    match = _CODE.fullmatch(written)
    if match is None:
        raise ValueError(f"not the code of a dossier: {written[:60]!r}")
    found = Code(match[1], _day(match[2]), int(match[3]))
    if found.serial == 0:
        raise ValueError("serials begin at 1")
    return found


def is_code(written: str) -> bool:
    """Whether `parse` would take it."""
    try:
        parse(written)
    except ValueError:
        return False
    return True


def provisional(origin: str, day: date, number: int) -> str:
    """The number of a slip that waits for its official code: ``TN-<origin>-<yymmdd>-<nnn>``.

    ``origin`` is a short name of the journal in letters and digits.
    """
    slip = f"TN-{origin}-{day:%y%m%d}-{number:03d}"
    if not _PROVISIONAL.fullmatch(slip) or number < 1:
        raise ValueError(f"no provisional number: {slip!r}")
    return slip


def is_provisional(written: str) -> bool:
    """Whether this is the number of a slip without an official code."""
    match = _PROVISIONAL.fullmatch(written)
    try:
        return match is not None and bool(_day(match[2]))
    except ValueError:
        return False


def _day(digits: str) -> date:
    return date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))


@dataclass(frozen=True, slots=True)
class Unit:
    """A commune or ward: its five-digit code, its name as papers print it, its province."""

    code: str
    name: str
    province: str

    @property
    def place(self) -> str:
        """The name alone, as in front of a date: ``Thường Lạc``."""
        return self.name.split(maxsplit=1)[1]


def units() -> dict[str, Unit]:
    """The communes and wards that are shipped (``resources/units``), by code."""
    return dict(_units())


@cache
def _units() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for file in resource("units").iterdir():
        if file.name.endswith(".toml"):
            province = tomllib.loads(file.read_text(encoding="utf-8"))
            for code, name in province["units"].items():
                found[code] = Unit(code, name, province["name"])
    return found
