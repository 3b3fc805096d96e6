"""Rules that a line meets at the door: channel, copies, cases, steps, weekends, letters of old encodings."""

from datetime import datetime

import pytest

from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.days import Calendar
from mobile_reception.dossier.intake import consider
from test_intake import FRIDAY, LINE, judged, line, problems, read, refused, someone


def test_a_dossier_filed_online_pays_the_amount_of_its_channel() -> None:
    assert read(line(channel="online")).channel == "online"
    assert read(LINE).channel == "counter"
    assert "channel" in problems(line(channel="fax"))


def test_extra_copies_that_are_no_number_are_refused_at_their_field() -> None:
    birth = line(procedure="1.001193", exemption="on_time", copies=1)
    assert "answers.extra_copies" in refused(**{**birth, "answers": {"extra_copies": "hai"}})
    found = judged(**{**birth, "answers": {"extra_copies": "3"}})
    assert (found.fee.amount, found.fee.phi) == (24_000, 24_000)


def test_a_newborn_has_no_number_yet_and_a_telephone_may_be_a_relatives() -> None:
    child = someone(personal_id="Chưa có", birth_date="2026-11-18", phone="0912345678", phone_of="mẹ")
    taken = read(line(submitter=child)).submitter
    assert (taken.personal_id, taken.phone_of) == (None, "mẹ")


def test_nine_digits_are_an_old_paper_of_another_kind() -> None:
    assert "CMND" in problems(line(submitter=someone(personal_id="341234567")))["submitter.personal_id"]


@pytest.mark.parametrize(("typed", "encoding"), [("NguyÔn V¨n Dòng", "TCVN3"), ("Nguyeãn Vaên Duõng", "VNI")])
def test_letters_of_an_old_encoding_are_refused_by_name(typed: str, encoding: str) -> None:
    assert encoding in problems(line(submitter=someone(full_name=typed)))["submitter.full_name"]
    assert encoding in problems(line(note=typed))["note"]


def test_a_case_that_was_not_chosen_is_pointed_out() -> None:
    without = judged(procedure="1.001776")
    assert any("Chưa chọn trường hợp" in one for one in without.warnings)
    chosen = judged(procedure="1.001776", variant="elderly")
    assert not any("Chưa chọn trường hợp" in one for one in chosen.warnings)


def test_codes_of_other_agencies_are_only_warned_of() -> None:
    birth = line(procedure="1.001193", exemption="on_time")
    odd = judged(**{**birth, "answers": {"birth_notice": "123", "health_insurance": "12"}})
    assert sum("Kiểm tra lại" in one for one in odd.warnings) == 2
    right = judged(**{**birth, "answers": {"birth_notice": "87001.gcs.00012.26"}})
    assert not any("Kiểm tra lại" in one for one in right.warnings)


def test_a_weekend_session_may_promise_the_same_day() -> None:
    calendar = Calendar.load().with_settings({"weekend": {"weekend": "on_the_day"}})
    found = consider(
        read(line()),
        catalogue=Catalogue.load(),
        calendar=calendar,
        received_at=datetime.fromisoformat("2026-11-21T09:00:00+07:00"),
        session_kind="weekend",
    )
    assert found.due.day.isoformat() == "2026-11-21"


def test_steps_that_all_have_a_day_give_the_due_day_and_others_ask_for_it() -> None:
    adoption = line(procedure="2.001263", exemption="relative", copies=1)
    assert set(refused(**adoption)) == {"due"}
    found = judged(**adoption | {"due": "2026-12-31"})
    assert [one.due.day.isoformat() if one.due else None for one in found.stages] == [
        "2026-11-23",
        None,
        None,
    ]
    card = Catalogue.load().to_json()
    row = next(one for one in card["procedures"] if one["code"] == "2.001263")
    version = row["versions"][0]
    certain = {**version, "stages": [{**one, "starts": "reception"} for one in version["stages"][:2]]}
    counted = consider(
        read(adoption),
        catalogue=Catalogue.from_json({**card, "procedures": [{**row, "versions": [certain]}]}),
        calendar=Calendar.load(),
        received_at=FRIDAY,
    )
    assert counted.due.day.isoformat() == "2026-12-07"
