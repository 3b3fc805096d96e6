import json
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.days import Calendar
from mobile_reception.dossier.identity.legacy import legacy_encoding
from mobile_reception.dossier.intake import (
    WAYS,
    Delivery,
    Findings,
    Paper,
    Person,
    Reception,
    attempt,
    consider,
    to_json,
)
from mobile_reception.words import VIETNAM

FRIDAY = datetime(2026, 11, 20, 8, 15, tzinfo=VIETNAM)
PLANNED = (date(2026, 11, 18), date(2026, 11, 20), date(2026, 11, 25))
LINE: dict[str, Any] = {
    "ref": "paper-0001",
    "procedure": "2.000815",
    "received_at": "2026-11-20T08:15:00+07:00",
    "submitter": {
        "full_name": "Nguyễn Thị Diệu",
        "personal_id": "087190001234",
        "birth_date": "1990-05-02",
        "sex": "female",
        "phone": "0912345678",
        "address": "Ấp 1, phường Thường Lạc, tỉnh Đồng Tháp",
    },
    "owner": None,
    "relation": "bản thân",
    "papers": [
        {"name": "Bằng tốt nghiệp THPT", "originals": 1, "certified": 0, "photocopies": 0, "pages": 2}
    ],
    "copies": 3,
    "fee": None,
    "delivery": {"way": "hamlet"},
    "notify_sms": True,
    "note": None,
    "answers": {},
}


def line(**changes: Any) -> dict[str, Any]:
    return {**LINE, **changes}


def someone(**changes: Any) -> dict[str, Any]:
    return {"full_name": "Nguyễn Thị Diệu", **changes}


def read(given: object) -> Reception:
    taken, found = attempt(given)
    assert found == ()
    return taken


def problems(given: object) -> dict[str, str]:
    return {one.field: one.message for one in attempt(given)[1]}


def considered(taken: Reception) -> Findings:
    return consider(
        taken,
        catalogue=Catalogue.load(),
        calendar=Calendar.load(),
        received_at=taken.received_at or FRIDAY,
        planned_days=PLANNED,
    )


def judged(**changes: Any) -> Findings:
    found = considered(read(line(**changes)))
    assert found.problems == ()
    return found


def refused(**changes: Any) -> dict[str, str]:
    taken, found = attempt(line(**changes))
    return {one.field: one.message for one in found or considered(taken).problems}


def test_a_whole_line_is_taken_as_it_stands() -> None:
    taken = read(LINE)
    assert taken.submitter.full_name == "Nguyễn Thị Diệu"
    assert taken.received_at == FRIDAY
    assert taken.papers == (Paper("Bằng tốt nghiệp THPT", pages=2),)
    assert (taken.copies, taken.owner, taken.fee, taken.notify_sms) == (3, None, None, True)


def test_only_a_procedure_and_a_name_are_needed() -> None:
    taken = read({"procedure": "2.000815", "submitter": {"full_name": "An"}})
    assert taken == Reception("2.000815", Person("An"))
    assert taken.delivery == Delivery("hamlet")


@pytest.mark.parametrize("given", [None, 3, "x", [], [LINE], True])
def test_a_line_that_is_no_object_is_refused_as_a_whole(given: object) -> None:
    assert list(problems(given)) == [""]


def test_all_problems_come_at_once_and_by_field() -> None:
    found = problems(
        {
            "copies": -1,
            "colour": "red",
            "submitter": {"full_name": "A\x00", "personal_id": "12", "nickname": "x"},
            "papers": [{"name": "Đơn"}, {"name": "Đơn"}, {"name": 3, "pages": 0}],
            "delivery": {"way": "post"},
            "answers": {"child": 3},
        }
    )
    assert set(found) == {
        "procedure",
        "copies",
        "colour",
        "submitter.full_name",
        "submitter.personal_id",
        "submitter.nickname",
        "papers[2].name",
        "papers[2].pages",
        "delivery.address",
        "delivery.recipient",
        "answers.child",
    }
    assert all(found.values())


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"copies": -1}, "copies"),
        ({"copies": 0}, "copies"),
        ({"copies": 2.0}, "copies"),
        ({"copies": True}, "copies"),
        ({"copies": "3"}, "copies"),
        ({"copies": 10**30}, "copies"),
        ({"fee": -1}, "fee"),
        ({"fee": 1.5}, "fee"),
        ({"fee": "12.000"}, "fee"),
        ({"fee": False}, "fee"),
        ({"papers": {}}, "papers"),
        ({"papers": [None]}, "papers[0]"),
        ({"papers": [{"name": "Đơn"}] * 101}, "papers"),
        ({"papers": [{"name": "Đơn", "originals": -1}]}, "papers[0].originals"),
        ({"papers": [{"name": "Đơn", "photocopies": 1e9}]}, "papers[0].photocopies"),
        ({"papers": [{}]}, "papers[0].name"),
        ({"submitter": None}, "submitter"),
        ({"submitter": "An"}, "submitter"),
        ({"submitter": {}}, "submitter.full_name"),
        ({"submitter": {"full_name": ""}}, "submitter.full_name"),
        ({"submitter": {"full_name": " \u200b "}}, "submitter.full_name"),
        ({"submitter": {"full_name": "12"}}, "submitter.full_name"),
        ({"submitter": {"full_name": "Ễ" * 10_000}}, "submitter.full_name"),
        ({"submitter": {"full_name": "Diệu\ud800"}}, "submitter.full_name"),
        ({"submitter": someone(personal_id=87190001234)}, "submitter.personal_id"),
        ({"submitter": someone(personal_id="08719000123")}, "submitter.personal_id"),
        ({"submitter": someone(personal_id="０８７１９０００１２３４")}, "submitter.personal_id"),
        ({"submitter": someone(id_kind="card")}, "submitter.id_kind"),
        ({"submitter": someone(sex="nữ")}, "submitter.sex"),
        ({"submitter": someone(birth_date="0000-01-01")}, "submitter.birth_date"),
        ({"submitter": someone(birth_date="0000")}, "submitter.birth_date"),
        ({"submitter": someone(birth_date="1990-02-30")}, "submitter.birth_date"),
        ({"submitter": someone(birth_date=1990)}, "submitter.birth_date"),
        ({"owner": {"full_name": "x" * 201}}, "owner.full_name"),
        ({"beneficiary": []}, "beneficiary"),
        ({"received_at": "0000-01-01T00:00:00+07:00"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+07:00"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "received_at"),
        ({"received_at": "2026-02-30T08:00:00+07:00"}, "received_at"),
        ({"received_at": "2026-11-20T25:00:00+07:00"}, "received_at"),
        ({"received_at": "2026-11-20"}, "received_at"),
        ({"received_at": 1763600000}, "received_at"),
        ({"due": "2026-11-31"}, "due"),
        ({"due": "20/11/2026"}, "due"),
        ({"due": "2026-11-20T08:00"}, "due"),
        ({"delivery": "post"}, "delivery"),
        ({"delivery": {"way": "drone"}}, "delivery.way"),
        ({"notify_sms": "yes"}, "notify_sms"),
        ({"notify_sms": 1}, "notify_sms"),
        ({"note": "dòng một\ndòng hai"}, "note"),
        ({"note": "x" * 2_001}, "note"),
        ({"answers": []}, "answers"),
        ({"answers": {"con": None, "mẹ": "x"}}, "answers.mẹ"),
        ({"answers": {f"a{number}": "x" for number in range(101)}}, "answers"),
        ({"answers": {f"a{number}": "x" * 2_000 for number in range(60)}}, ""),
        ({"procedure": None}, "procedure"),
        ({"procedure": 2.000815}, "procedure"),
        ({"a\ud800\n": 1}, "a\\ud800\\n"),
    ],
)
def test_a_bad_value_is_refused_by_its_field(changes: dict[str, Any], place: str) -> None:
    found = problems(line(**changes))
    assert list(found) == [place]
    assert found[place].encode()
    assert place.isprintable()


def test_text_is_composed_at_the_door() -> None:
    written = json.loads(unicodedata.normalize("NFD", json.dumps(LINE, ensure_ascii=False)))
    assert read(written) == read(LINE)


def test_invisible_marks_are_lost_and_markup_is_kept_letter_for_letter() -> None:
    name = '<b>Trần</b> & <img src="x"> Diệu'
    taken = read(line(submitter={"full_name": name.replace("T", "\u200bT")}))
    assert taken.submitter.full_name == name


def test_empty_text_is_no_text() -> None:
    taken = read(line(note="", relation="  ", submitter=someone(personal_id="", phone="")))
    assert (taken.note, taken.relation, taken.submitter.personal_id, taken.submitter.phone) == (None,) * 4


def test_a_number_of_another_kind_is_not_held_to_twelve_digits() -> None:
    assert read(line(submitter=someone(personal_id="341234567", id_kind="cmnd"))).submitter.id_kind == "cmnd"
    assert read(line(submitter=someone(personal_id="B1234567", id_kind="passport")))
    assert read(line(submitter=someone(personal_id=None)))


def test_a_paper_without_counts_is_one_original_and_one_with_counts_is_what_they_say() -> None:
    taken = read(line(papers=[{"name": "Đơn"}, {"name": "Bản chụp", "photocopies": 2}]))
    assert taken.papers == (Paper("Đơn", 1), Paper("Bản chụp", originals=0, photocopies=2))


def test_a_time_without_a_zone_is_vietnamese_and_one_with_a_zone_is_turned() -> None:
    assert read(line(received_at="2026-11-20T08:15:00")).received_at == FRIDAY
    turned = read(line(received_at="2026-11-20T01:15:00Z")).received_at
    assert turned is not None
    assert turned.isoformat() == "2026-11-20T08:15:00+07:00"


def test_telephones_are_ten_digits_where_they_can_be() -> None:
    assert read(line(submitter=someone(phone="+84 912 345 678"))).submitter.phone == "0912345678"


def test_an_unfinished_form_gives_what_it_can_and_every_problem() -> None:
    taken, found = attempt({"procedure": "2.000815", "copies": 3, "submitter": {"full_name": ""}})
    assert (taken.procedure, taken.copies) == ("2.000815", 3)
    assert [one.field for one in found] == ["submitter.full_name"]
    assert attempt(None)[1]


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "Mn")), max_size=20)
# What looks like an old encoding is refused, and has tests of its own.
texts = texts.filter(lambda one: legacy_encoding(unicodedata.normalize("NFC", one.strip())) is None)
names = texts.map(lambda one: f"Ế{one}")
maybe = st.none() | texts
people = st.fixed_dictionaries(
    {"full_name": names},
    optional={
        "personal_id": st.none() | st.from_regex(r"[0-9]{12}", fullmatch=True),
        "birth_date": st.none() | st.dates(date(1850, 1, 1), date(2099, 1, 1)).map(date.isoformat),
        "sex": st.sampled_from([None, "male", "female"]),
        "phone": maybe,
        "address": maybe,
    },
)
counts = st.integers(0, 9_999)
papers = st.fixed_dictionaries(
    {"name": names},
    optional={
        "originals": counts,
        "certified": counts,
        "photocopies": counts,
        "pages": st.integers(1, 9_999),
    },
)
good_lines = st.fixed_dictionaries(
    {"procedure": names, "submitter": people},
    optional={
        "ref": maybe,
        "variant": maybe,
        "received_at": st.none()
        | st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1)).map(
            lambda one: f"{one.isoformat()}+07:00"
        ),
        "owner": st.none() | people,
        "relation": maybe,
        "beneficiary": st.none() | people,
        "papers": st.lists(papers, max_size=4),
        "copies": st.integers(1, 9_999),
        "fee": st.none() | st.integers(0, 1_000_000_000),
        "exemption": maybe,
        "due": st.none() | st.dates(date(2001, 1, 1), date(2098, 1, 1)).map(date.isoformat),
        "delivery": st.fixed_dictionaries(
            {"way": st.sampled_from(WAYS), "address": names, "recipient": names}, optional={"phone": maybe}
        ),
        "notify_sms": st.booleans(),
        "note": maybe,
        "answers": st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True), texts, max_size=3),
    },
)


@settings(deadline=None)
@given(good_lines)
def test_a_dossier_read_written_and_read_again_is_the_same(given_line: dict[str, Any]) -> None:
    taken = read(given_line)
    written = to_json(taken)
    assert read(written) == taken
    assert read(json.loads(json.dumps(written))) == taken
    assert to_json(read(written)) == written
    assert all(key.isascii() for key in json.loads(json.dumps(written)))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
KEYS = sorted({*LINE, "variant", "due", "exemption", "beneficiary", "full_name", "way", "name", "pages"})


@settings(deadline=None)
@given(anything | st.dictionaries(st.sampled_from(KEYS), anything | good_lines, max_size=6))
def test_any_json_is_a_dossier_or_a_list_of_problems(given_line: object) -> None:
    taken, found = attempt(given_line)
    assert found or read(to_json(taken)) == taken


@settings(deadline=None)
@given(st.sampled_from(KEYS), anything)
def test_one_damaged_field_is_taken_or_refused_under_its_name(key: str, value: object) -> None:
    taken, found = attempt(line(**{key: value}))
    assert found or read(to_json(taken)) == taken
    assert all(one.field.split(".")[0].split("[")[0] in (key, "") for one in found)


def test_three_certified_copies_of_two_pages_cost_12000_and_come_back_to_the_hamlet() -> None:
    found = judged()
    assert found.fee.amount == 12_000
    assert found.due.at.isoformat() == "2026-11-20T17:00:00+07:00"
    assert found.come_back == date(2026, 11, 20)
    assert found.warnings == ()
    assert found.procedure.code == "2.000815"


def test_a_result_that_misses_todays_session_comes_back_with_the_next() -> None:
    found = judged(received_at="2026-11-20T15:01:00+07:00")
    assert (found.due.day, found.come_back) == (date(2026, 11, 23), date(2026, 11, 25))


def test_a_result_fetched_at_the_centre_comes_back_on_its_due_day() -> None:
    found = judged(received_at="2026-11-20T15:01:00+07:00", delivery={"way": "centre"})
    assert found.come_back == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"procedure": "9.999999"}, ["procedure"]),
        ({"procedure": "1.004222"}, ["procedure"]),
        ({"procedure": "3.000722"}, ["procedure"]),
        ({"procedure": "2.000806"}, ["procedure"]),
        ({"procedure": "2.002516"}, ["due"]),
        ({"procedure": "1.004873"}, ["fee"]),
        ({"procedure": "1.001266"}, ["due", "fee"]),
        ({"procedure": "1.001266", "due": "2026-11-19"}, ["due", "fee"]),
        ({"due": "2026-11-19"}, ["due"]),
        ({"exemption": "friend"}, ["exemption"]),
        ({"variant": "quick"}, ["variant"]),
    ],
)
def test_what_the_rules_cannot_answer_is_refused_by_its_field(
    changes: dict[str, Any], places: list[str]
) -> None:
    found = refused(**changes)
    assert list(found) == places
    assert all(found.values())


def test_guidance_is_called_guidance() -> None:
    assert "hướng dẫn" in refused(procedure="1.004222")["procedure"]


def test_what_the_catalogue_lacks_may_be_given() -> None:
    found = judged(procedure="1.001266", due="2026-12-01", fee=0)
    assert (found.due.day, found.fee.amount) == (date(2026, 12, 1), 0)


def test_a_conditional_procedure_is_received_until_the_unit_switches_it_off() -> None:
    assert judged(procedure="1.001939").warnings
    taken = read(line(procedure="1.001939"))
    ours = Catalogue.load().with_settings({"switched_off": ["1.001939"]})
    found = consider(taken, catalogue=ours, calendar=Calendar.load(), received_at=FRIDAY)
    assert [one.field for one in found.problems] == ["procedure"]


def test_a_case_of_a_procedure_has_its_own_limit() -> None:
    assert judged(procedure="1.004859", fee=0).due.day == date(2026, 11, 26)
    assert judged(procedure="1.004859", fee=0, variant="supplement").due.day == date(2026, 11, 20)


def test_an_officer_may_shorten_the_limit_in_peace_and_is_warned_when_lengthening_it() -> None:
    assert judged(procedure="1.004873", fee=0, due="2026-11-25").warnings == ()
    assert "26/11/2026" in judged(procedure="1.004873", fee=0, due="2026-11-30").warnings[0]


def test_a_number_that_does_not_fit_its_person_is_a_warning_that_names_whose() -> None:
    odd = someone(personal_id="087190001234", sex="male", birth_date="1991")
    assert len(judged(submitter=odd, notify_sms=False).warnings) == 2
    assert all("Chủ hồ sơ" in one for one in judged(owner=odd).warnings)


def test_a_birth_after_the_day_and_a_message_without_a_number_are_warned_of() -> None:
    assert judged(submitter=someone(birth_date="2026-11-20"), notify_sms=False).warnings == ()
    assert len(judged(submitter=someone(birth_date="2026-11-21"), notify_sms=True).warnings) == 2
    assert judged(submitter=someone(birth_date="2026-12"), notify_sms=False).warnings


def test_rules_beyond_their_last_known_day_are_warned_of() -> None:
    given = line(procedure="1.004837", received_at="2027-03-05T09:00:00+07:00")
    assert set(refused(**given)) == {"due", "fee"}
    found = judged(**given | {"due": "2027-03-10", "fee": 0})
    assert any("03/2026/QH16" in one for one in found.warnings)
    assert (found.due.day.isoformat(), found.fee.amount) == ("2027-03-10", 0)


def test_an_unfinished_form_shows_the_fee_though_the_day_is_unknown() -> None:
    found = consider(
        attempt({"procedure": "2.002516"})[0],
        catalogue=Catalogue.load(),
        calendar=Calendar.load(),
        received_at=FRIDAY,
    )
    assert found.fee is not None
    assert found.fee.amount == 8_000
    assert found.due is None
    assert [one.field for one in found.problems] == ["due"]


@settings(deadline=None)
@given(
    code=st.sampled_from([one.code for one in Catalogue.load()]),
    minutes=st.integers(0, 2 * 365 * 24 * 60),
    way=st.sampled_from(WAYS),
    planned=st.lists(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=5),
)
def test_every_procedure_is_answered_or_refused_by_field(
    code: str, minutes: int, way: str, planned: list[date]
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=VIETNAM) + timedelta(minutes=minutes)
    taken = Reception(code, Person("An"), delivery=Delivery(way, "Ấp 1", "An"))
    found = consider(
        taken,
        catalogue=Catalogue.load(),
        calendar=Calendar.load(),
        received_at=moment,
        planned_days=planned,
    )
    assert {one.field for one in found.problems} <= {"procedure", "fee", "due"}
    assert found.problems or (found.fee is not None and found.due is not None)
    if found.due is not None and found.come_back is not None:
        assert Calendar.load().is_working(found.due.day)
        assert moment.date() <= found.due.day <= found.come_back
        assert way == "hamlet" or found.come_back == found.due.day
