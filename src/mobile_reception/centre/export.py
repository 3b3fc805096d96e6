"""Dossiers in the words of the national service portal, for the provincial system to read from a file.

Names are those of the portal's payload ``HoSo``; a name that we have nothing for is left out. Moments are ISO
8601 as the laptop wrote them, money is whole đồng, codes are the portal's own lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from mobile_reception.centre.identity import Unit
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.fold import DossierState
from mobile_reception.words import VIETNAM

_IN_PERSON: Final = "1"  # KenhThucHien
_CITIZEN: Final = "0"  # LoaiDoiTuong
_AT_RECEPTION: Final = "1"  # HinhThucThu
_KINDS: Final = (("originals", "0"), ("certified", "1"), ("photocopies", "1"))  # LoaiBan


COLUMNS: Final = {
    "HoSo": (
        *("MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "KenhThucHien", "ChuHoSo"),
        *("LoaiDoiTuong", "SoGiayToChuHoSo", "LoaiDinhDanh", "SoDinhDanh", "SoDienThoai"),
        *("NgayTiepNhan", "NgayHenTra", "TrangThaiHoSo", "GhiChu", "DonViXuLy", "NoiNopHoSo"),
    ),
    "DanhSachLePhi": ("MaHoSo", "HinhThucThu", "Gia", "LoaiPhiLePhi"),
    "DanhSachTepDinhKemKhac": ("MaHoSo", "TenGiayTo", "SoLuong", "LoaiGiayTo"),
}
"""The tables of `flat` and their columns."""


def received_between(state: DossierState, first: date, last: date) -> bool:
    """Whether a dossier was received on these days of UTC+7; one whose time cannot be read is not."""
    try:
        moment = datetime.fromisoformat(state.received_at or "")
    except ValueError:
        return False
    day = (moment.astimezone(VIETNAM) if moment.tzinfo else moment).date()
    return first <= day <= last


def national(state: DossierState, unit: Unit | None, catalogue: Catalogue) -> dict[str, Any]:
    """One dossier as ``HoSo``."""
    value = {name: written.value for name, written in state.fields.items()}
    owner = "owner" if _text(value, "owner.full_name") else "submitter"
    code = state.procedure or ""
    known = catalogue.procedure(code) if code in catalogue else None
    number = _text(value, f"{owner}.personal_id")
    document: dict[str, Any] = {
        "MaHoSo": state.code,
        "MaTTHC": code,
        "TenTTHC": known.name if known else None,
        "MaLinhVuc": known.field if known else None,
        "TenLinhVuc": catalogue.heading(known.field) if known else None,
        "KenhThucHien": _IN_PERSON,
        "ChuHoSo": _text(value, f"{owner}.full_name"),
        "LoaiDoiTuong": _CITIZEN,
        "SoGiayToChuHoSo": number,
        "SoDienThoai": _text(value, f"{owner}.phone") or _text(value, "submitter.phone"),
        "NgayTiepNhan": state.received_at,
        "NgayHenTra": state.due,
        "TrangThaiHoSo": str(state.status),
        "GhiChu": _text(value, "note"),
        "DonViXuLy": unit.name if unit else None,
        "NoiNopHoSo": unit.agency_id if unit else None,
        "DinhDanhCHS": {"LoaiDinhDanh": _text(value, f"{owner}.id_kind"), "SoDinhDanh": number}
        if number
        else None,
        "DanhSachLePhi": list(_fees(state)),
        "DanhSachTepDinhKemKhac": list(_papers(value.get("papers"))),
    }
    return {name: said for name, said in document.items() if said is not None}


def flat(dossiers: Iterable[Mapping[str, Any]]) -> dict[str, list[list[str | int | None]]]:
    """Documents of `national` as rows of three tables, named as they are there; see `COLUMNS`.

    What a dossier has several of stands in a table of its own, each row with the dossier's code.
    """
    found: dict[str, list[list[str | int | None]]] = {name: [] for name in COLUMNS}
    for document in dossiers:
        whole = {**document, **document.get("DinhDanhCHS", {})}
        found["HoSo"].append([whole.get(name) for name in COLUMNS["HoSo"]])
        for name in ("DanhSachLePhi", "DanhSachTepDinhKemKhac"):
            for row in document[name]:
                found[name].append([document.get("MaHoSo"), *(row.get(key) for key in COLUMNS[name][1:])])
    return found


def _fees(state: DossierState) -> Iterator[dict[str, Any]]:
    kinds = (("phi", state.phi), ("le_phi", state.le_phi))
    for kind, amount in kinds:
        if amount:
            yield {"HinhThucThu": _AT_RECEPTION, "Gia": amount, "LoaiPhiLePhi": kind}
    rest = state.fee - state.phi - state.le_phi
    if rest > 0:
        yield {"HinhThucThu": _AT_RECEPTION, "Gia": rest}


def _papers(papers: object) -> Iterator[dict[str, Any]]:
    for paper in papers if isinstance(papers, list) else ():
        if not isinstance(paper, dict):
            continue
        for kind, code in _KINDS:
            count = paper.get(kind)
            if type(count) is int and count > 0:
                yield {"TenGiayTo": paper.get("name"), "SoLuong": count, "LoaiGiayTo": code}


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) and found else None
