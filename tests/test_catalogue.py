import json
import re
import tomllib
import unicodedata
from contextlib import suppress
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier.catalogue import RECEIVE, Catalogue, Malformed, Unknown
from mobile_reception.words import resource, speaking

TODAY = date(2026, 11, 22)
CATALOGUE = Catalogue.load()


def card(**changes: Any) -> dict[str, Any]:
    version = {
        "limit": {"unit": "working_day", "value": 3},
        "fee": {"kind": "provincial", "category": "le_phi"},
        "result": {"name": "Giấy"},
        "mobile": {"receive": "yes"},
        "papers": [{"name": "Tờ khai", "action": "submit", "originals": 1}],
    }
    procedure = {
        "code": "1.1",
        "name": "Thủ tục",
        "short_name": "Thủ tục",
        "field": "f",
        "versions": [version],
    }
    return {
        "version": "x",
        "fields": [{"code": "f", "name": "Lĩnh vực"}],
        "procedures": [procedure],
        **changes,
    }


def test_all_procedures_are_there_by_field() -> None:
    assert len(CATALOGUE) == 69
    assert CATALOGUE.version == "2026-11-22"
    count: dict[str, int] = {}
    for procedure in CATALOGUE:
        count[procedure.field] = count.get(procedure.field, 0) + 1
    assert count == {
        "civil_status": 20,
        "adoption": 4,
        "authentication": 11,
        "integrated": 2,
        "social_allowance": 8,
        "poverty": 3,
        "home_affairs": 6,
        "grassroots_mediation": 2,
        "health_insurance": 2,
        "residence": 9,
        "household_business": 2,
    }


@pytest.mark.parametrize("procedure", CATALOGUE, ids=lambda one: one.code)
def test_each_procedure_says_what_a_receipt_needs(procedure: Any) -> None:
    version = procedure.at(TODAY)
    assert procedure.name
    assert procedure.short_name
    assert procedure.name_en
    assert procedure.authority
    assert version.papers
    assert version.result
    assert version.mobile.receive in RECEIVE
    assert version.limit.known or "thời hạn giải quyết" in procedure.lacks()
    assert version.fee.known or "mức phí, lệ phí" in procedure.lacks()
    assert all(paper.originals + paper.certified + paper.photocopies for paper in version.papers)
    assert all(bool(paper.condition) == bool(paper.condition_en) for paper in version.papers)
    assert CATALOGUE.heading(procedure.field) != procedure.field


def test_the_data_is_vietnamese_in_nfc_without_notes_of_its_making() -> None:
    for file in resource("procedures").iterdir():
        written = file.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", written), file.name
        assert "knowledge" not in written, file.name
        assert "Uỷ ban" not in written, file.name


def test_certified_copies_are_paid_by_the_page_and_due_the_same_day() -> None:
    version = CATALOGUE.procedure("2.000815").at(TODAY)
    assert (version.fee.first_page, version.fee.next_page, version.fee.ceiling) == (2_000, 1_000, 200_000)
    assert version.fee.category == "phi"
    assert (version.limit.unit, version.limit.cutoff) == ("same_day", time(15))
    assert CATALOGUE.procedure("2.000815").lacks() == ()


def test_a_procedure_may_have_cases_with_a_limit_of_their_own() -> None:
    version = CATALOGUE.procedure("1.004859").at(TODAY)
    supplement = version.variant("supplement")
    assert supplement is not None
    assert supplement.limit is not None
    assert supplement.limit.unit == "same_day"
    assert version.variant("nothing") is None


def test_a_code_that_nobody_knows_is_unknown() -> None:
    with pytest.raises(Unknown, match=r"9\.999999"):
        CATALOGUE.procedure("9.999999")
    assert "9.999999" not in CATALOGUE


def test_procedures_that_are_not_received_say_so_in_a_sentence() -> None:
    refused = {one.code for one in CATALOGUE if one.at(TODAY).guidance()}
    assert len(refused) == 13
    assert {"1.004222", "3.000722", "2.000806"} < refused
    assert "1.013314" not in refused


@pytest.mark.parametrize(
    "typed", ["sao ban chinh", "BẢN SAO chính", "2.000815", "815", "000815", "certification copies"]
)
def test_a_procedure_is_found_without_accents_by_words_or_code(typed: str) -> None:
    assert "2.000815" in [one.code for one in CATALOGUE.search(typed)]


def test_the_plainest_name_comes_first_and_nothing_typed_gives_all() -> None:
    assert CATALOGUE.search("khai sinh")[0].code == "1.001193"
    assert CATALOGUE.search("chung thuc chu ky")[0].code == "2.000884"
    assert len(CATALOGUE.search(" ")) == 69
    assert CATALOGUE.search("không có thủ tục này đâu") == []
    assert CATALOGUE.search("!!") == []


def test_the_catalogue_survives_the_road() -> None:
    sent = json.loads(json.dumps(CATALOGUE.to_json(), ensure_ascii=False))
    again = Catalogue.from_json(sent)
    assert list(again) == list(CATALOGUE)
    assert again.to_json() == CATALOGUE.to_json()


def test_a_unit_sets_what_its_province_decided() -> None:
    ours = CATALOGUE.with_settings(
        {
            "fee": {"1.004873": 15_000, "no such": 1},
            "limit": {"2.002516": {"value": 3, "unit": "working_day"}},
            "switched_off": ["1.001939"],
        }
    )
    version = ours.procedure("1.004873").at(TODAY)
    assert (version.fee.amount, version.fee.kind) == (15_000, "provincial")
    assert version.fee.exemptions
    assert ours.procedure("2.002516").at(TODAY).limit.value == 3
    assert ours.procedure("2.002516").lacks() == ()
    assert ours.switched_off == {"1.001939"}
    assert Catalogue.from_json(ours.to_json()).switched_off == {"1.001939"}
    assert CATALOGUE.procedure("1.004873").at(TODAY).fee.amount is None
    assert ours.procedure("2.000815") == CATALOGUE.procedure("2.000815")


@pytest.mark.parametrize(
    "settings",
    [
        {"fee": {"1.004873": "15000"}},
        {"fee": {"1.004873": -1}},
        {"fee": {"1.004873": True}},
        {"fee": 3},
        {"limit": {"1.004873": 3}},
        {"limit": {"1.004873": {"value": 3, "unit": "weeks"}}},
        {"switched_off": "1.004873"},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        CATALOGUE.with_settings(settings)


def test_the_version_of_the_day_is_taken_and_else_the_nearest() -> None:
    old, new = (dict(card()["procedures"][0]["versions"][0]) for _ in range(2))
    old |= {"valid_to": "2027-02-28", "result": {"name": "Trích lục khai tử"}}
    new |= {"valid_from": "2027-03-01", "valid_to": "2030-12-31", "result": {"name": "Giấy chứng tử"}}
    both = card()
    both["procedures"][0]["versions"] = [new, old]
    procedure = Catalogue.from_json(both).procedure("1.1")
    assert procedure.at(date(2027, 2, 28)).result == "Trích lục khai tử"
    assert procedure.at(date(2027, 3, 1)).result == "Giấy chứng tử"
    assert procedure.at(date(2031, 1, 1)).result == "Giấy chứng tử"
    assert not procedure.at(date(2031, 1, 1)).covers(date(2031, 1, 1))


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        card(version=3),
        card(fields=[3]),
        card(procedures=[3]),
        card(procedures=[{}]),
        card(procedures=card()["procedures"] * 2),
        card(procedures=[{**card()["procedures"][0], "versions": []}]),
        card(procedures=[{**card()["procedures"][0], "versions": [{}]}]),
        card(procedures=[{**card()["procedures"][0], "former_codes": "x"}]),
        card(switched_off=3),
    ],
)
def test_what_is_no_catalogue_is_refused(broken: Any) -> None:
    with pytest.raises(Malformed):
        Catalogue.from_json(broken)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.sampled_from(["limit", "fee", "papers", "mobile", "result", "variants", "valid_from", "stages"]),
    json_values,
)
def test_a_damaged_version_is_a_catalogue_or_malformed(key: str, value: Any) -> None:
    damaged = card()
    damaged["procedures"][0]["versions"][0][key] = value
    with suppress(Malformed):
        assert len(Catalogue.from_json(damaged)) == 1


LAW = date(2027, 3, 1)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every number and text in ``value`` by its place."""
    if isinstance(value, dict):
        inner = [(f"{path}.{key}", one) for key, one in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{place}]", one) for place, one in enumerate(value)]
    else:
        return {path: value}
    return {key: leaf for place, one in inner for key, leaf in leaves(one, place).items()}


NUMBER = re.compile(
    r"(\b(?:value|amount|first_page|next_page|first_pages|ceiling|extract_copy|online) = )(\d+)"
)
FILES = sorted(one.name for one in resource("procedures").iterdir() if one.name.endswith(".toml"))


@pytest.mark.parametrize("name", [one for one in FILES if one != "fields.toml"])
def test_one_changed_number_in_a_file_is_one_changed_line_and_one_changed_rule(name: str) -> None:
    written = resource("procedures", name).read_text(encoding="utf-8")
    before = leaves(tomllib.loads(written))
    code = name.removesuffix(".toml")
    for number in NUMBER.finditer(written):
        grown = f"{number[1]}{int(number[2]) + 1}"
        changed = written[: number.start()] + grown + written[number.end() :]
        lines = zip(written.splitlines(), changed.splitlines(), strict=True)
        assert sum(one != other for one, other in lines) == 1
        after = leaves(tomllib.loads(changed))
        assert [place for place in before if before[place] != after[place]] != []
        assert sum(before[place] != after[place] for place in before) == 1
        rows = [one for one in CATALOGUE.to_json()["procedures"] if one["code"] != code]
        again = Catalogue.from_json(
            {**CATALOGUE.to_json(), "procedures": [*rows, tomllib.loads(changed)], "switched_off": []}
        )
        assert again.procedure(code) != CATALOGUE.procedure(code)
        assert [one for one in again if one.code != code] == [one for one in CATALOGUE if one.code != code]


@pytest.mark.parametrize("procedure", CATALOGUE, ids=lambda one: one.code)
def test_papers_results_cases_and_grounds_are_named_in_english_too(procedure: Any) -> None:
    for version in procedure.versions:
        assert version.result_en
        assert bool(version.awaiting) == bool(version.awaiting_en)
        for paper in version.papers:
            assert paper.name_en
            assert set(paper.variants) <= {one.code for one in version.variants}
        assert all(one.name_en for one in (*version.variants, *version.stages))
        assert all(one.ground_en for one in version.fee.exemptions)
    with speaking("en"):
        version = procedure.at(TODAY)
        assert version.papers[0].title() == version.papers[0].name_en
    assert version.papers[0].title() == version.papers[0].name


def test_versions_of_a_procedure_follow_each_other_without_a_gap() -> None:
    for procedure in CATALOGUE:
        for earlier, later in pairwise(procedure.versions):
            assert earlier.valid_to is not None
            assert later.valid_from == earlier.valid_to + timedelta(days=1)


def test_the_new_civil_status_law_is_a_dated_version_that_says_what_is_not_known() -> None:
    dated = [one for one in CATALOGUE if one.field == "civil_status"]
    assert len(dated) == 20
    for procedure in dated:
        old, new = procedure.at(LAW - timedelta(days=1)), procedure.at(LAW)
        assert not old.awaiting
        assert "03/2026/QH16" in new.awaiting
        assert not new.limit.known
        assert "thời hạn giải quyết" in procedure.lacks(LAW)
        assert new.mobile.receive == old.mobile.receive
        assert new.result
    death = CATALOGUE.procedure("1.000656")
    assert death.at(LAW - timedelta(days=1)).result == "Trích lục khai tử"
    assert death.at(LAW).result == "Giấy chứng tử"


def test_an_amount_set_under_the_old_law_does_not_pass_for_the_new_ones() -> None:
    ours = CATALOGUE.with_settings({"fee": {"1.004873": 15_000}})
    assert ours.procedure("1.004873").at(LAW).fee.amount is None
    both = CATALOGUE.with_settings(
        {
            "fee": {"1.004873": [15_000, {"amount": 12_000, "online": 0, "from": "2027-03-01"}]},
            "limit": {"1.004873": {"value": 2, "unit": "working_day", "from": "2027-03-01"}},
        }
    ).procedure("1.004873")
    assert (both.at(TODAY).fee.amount, both.at(LAW).fee.amount) == (15_000, 12_000)
    assert dict(both.at(LAW).fee.by_channel) == {"online": 0}
    assert (both.at(TODAY).limit.value, both.at(LAW).limit.value) == (3, 2)
    assert both.at(LAW).lacks() == ("thành phần hồ sơ",)


@pytest.mark.parametrize("fee", [{"amonut": 3}, {"amount": 3, "from": "soon"}, {"online": "0"}, [3, "4"]])
def test_a_fee_that_makes_no_sense_is_refused(fee: Any) -> None:
    with pytest.raises(Malformed):
        CATALOGUE.with_settings({"fee": {"1.004873": fee}})


def test_a_case_asks_for_its_own_papers() -> None:
    allowance = CATALOGUE.procedure("1.001776").at(TODAY)
    names = [one.name for one in allowance.papers_for("disabled")]
    assert "Giấy xác nhận khuyết tật" in names
    assert not any("HIV" in one for one in names)
    assert len(allowance.papers_for(None)) == 5
    assert len(allowance.papers_for("stop")) == 2
    assert allowance.limit_for("disabled") == allowance.limit
    civil = CATALOGUE.procedure("1.004859").at(TODAY)
    assert civil.limit_for("supplement").unit == "same_day"
    assert civil.fee_for("supplement") == civil.fee


def test_a_procedure_counted_by_steps_names_them() -> None:
    steps = CATALOGUE.procedure("2.001263").at(TODAY).stages
    assert [one.starts for one in steps] == ["reception", "event", "previous"]
    assert steps[2].limit.value == 5
