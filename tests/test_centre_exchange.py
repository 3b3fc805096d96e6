"""Files of the centre: a catalogue in, dossiers out in the national portal's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

import databases
from laptop_and_centre import NOON, UNIT, House, PaperBox, enrolled_at, noon, reception, remember, take
from mobile_reception.__main__ import main
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.facts import Act
from mobile_reception.sync.client import sync

template, box, house = databases.template, databases.box, databases.house


def test_a_catalogue_of_the_centre_reaches_the_laptops_and_a_wrong_one_changes_nothing(
    house: House, box: PaperBox, tmp_path: Path
) -> None:
    card = Catalogue.load().to_json()
    card["procedures"] = card["procedures"][:3]
    file = tmp_path / "catalogue.json"
    file.write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")
    load = ["centre", "catalogue", "load", str(file), "--database", house.url]
    assert main(load) == 0
    for wrong in ("[]", "not JSON", '{"procedures": 1}'):
        file.write_text(wrong, encoding="utf-8")
        assert main(load) == 65
    file.unlink()
    assert main(load) == 2
    with house.serving() as url:
        assert sync(enrolled_at(box, url), clock=noon).agree
    assert box.cards is not None
    assert len(Catalogue.from_json(box.cards.catalogue)) == 3
    assert len(house.ledger.register.catalogue(UNIT.code)) == 3


def test_dossiers_go_out_in_the_national_portals_words(
    house: House, box: PaperBox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    act = reception("H20.32.1-261118-5000")
    papers = [{"name": "Tờ khai", "originals": 1, "certified": 0, "photocopies": 2, "pages": 1}]
    person = {"full_name": "Nguyễn Thị Diệu", "personal_id": "087190001234", "id_kind": "cccd"}
    full = {**act.payload, "reception": {"submitter": person, "papers": papers}, "phi": 12000}
    early = {**reception("early").payload, "received_at": "2026-11-16T23:59:00+07:00"}
    strange = {**reception("strange").payload, "procedure": "không có"}
    box.write(Act(act.subject, act.kind, full))
    box.write(*(Act(reception("x").subject, act.kind, payload) for payload in (early, strange)))
    take(house, box, remember(box.journals[box.origin]))
    house.folded()
    words = ["centre", "export", "--format", "json", "--database", house.url]
    assert main([*words, "--from", "2026-11-17", "--to", "2026-11-18"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["from"], document["to"], len(document["HoSo"])) == ("2026-11-17", "2026-11-18", 2)
    one = next(each for each in document["HoSo"] if each["MaHoSo"] == "H20.32.1-261118-5000")
    assert one["TenTTHC"] == Catalogue.load().procedure("2.000815").name
    assert one["NgayTiepNhan"] == NOON.isoformat()
    assert {key: one[key] for key in ("MaTTHC", "ChuHoSo", "SoGiayToChuHoSo", "TrangThaiHoSo")} == {
        "MaTTHC": "2.000815",
        "ChuHoSo": "Nguyễn Thị Diệu",
        "SoGiayToChuHoSo": "087190001234",
        "TrangThaiHoSo": "2",
    }
    assert one["DanhSachLePhi"] == [{"HinhThucThu": "1", "Gia": 12000, "LoaiPhiLePhi": "phi"}]
    assert [paper["SoLuong"] for paper in one["DanhSachTepDinhKemKhac"]] == [1, 2]
    file = tmp_path / "hồ sơ.json"
    assert main([*words, "--from", "2026-11-17", "--to", "2026-11-18", "-o", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(file.read_text("utf-8")) == document
    assert main([*words, "--from", "2026-11-19", "--to", "2026-11-18"]) == 65
    assert main([*words, "--from", "19/11/2026", "--to", "2026-11-18"]) == 65
    assert main([*words, "--from", "2026-11-17", "--to", "2026-11-18", "--unit", "1"]) == 1
    capsys.readouterr()
    assert main([*words, "--from", "2030-01-01", "--to", "2030-01-02"]) == 0
    assert json.loads(capsys.readouterr().out)["HoSo"] == []


def test_dossiers_go_out_as_a_workbook_with_the_same_content(
    house: House, box: PaperBox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    act = reception("H20.32.1-261118-5000")
    papers = [{"name": "=1+1", "originals": 1, "certified": 0, "photocopies": 2, "pages": 1}]
    person = {"full_name": "Nguyễn Thị Diệu", "personal_id": "087190001234", "id_kind": "cccd"}
    full = {**act.payload, "reception": {"submitter": person, "papers": papers}, "phi": 12000}
    box.write(Act(act.subject, act.kind, full))
    take(house, box, remember(box.journals[box.origin]))
    house.folded()
    words = ["centre", "export", "--database", house.url, "--from", "2026-11-18", "--to", "2026-11-18"]
    assert main(words) == 0
    (one,) = json.loads(capsys.readouterr().out)["HoSo"]
    file = tmp_path / "hồ sơ.xlsx"
    assert main([*words, "--format", "xlsx", "-o", str(file)]) == 0
    assert capsys.readouterr().out == ""
    book = load_workbook(file)
    (dossier,), fees, attached = (
        [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        for rows in (list(sheet.values) for sheet in book.worksheets)
    )
    assert book.sheetnames == ["HoSo", "DanhSachLePhi", "DanhSachTepDinhKemKhac"]
    flat = {**one, **one["DinhDanhCHS"]}
    assert {name: value for name, value in dossier.items() if value is not None} == {
        name: value for name, value in flat.items() if not isinstance(value, list | dict)
    }
    code = {"MaHoSo": one["MaHoSo"]}
    assert fees == [{**code, **each} for each in one["DanhSachLePhi"]]
    assert attached == [{**code, **each} for each in one["DanhSachTepDinhKemKhac"]]
    assert all(cell.data_type != "f" for row in book["DanhSachTepDinhKemKhac"] for cell in row)
