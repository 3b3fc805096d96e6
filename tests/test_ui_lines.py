"""What was typed becomes a line; pure, no window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_reception.dossier import intake
from mobile_reception.ui.reception_line import filled, iso_day, line_of, money, shown_day

TYPED = {
    "submitter.personal_id": " 0871 9000 1234 ",
    "submitter.id_kind": "cccd",
    "submitter.full_name": "Nguyễn Thị Diệu",
    "submitter.birth_date": "2/5/1990",
    "submitter.sex": "female",
    "for_other": "",
    "owner.full_name": "một tên đã gõ rồi bỏ",
    "procedure": "2.000815",
    "papers": [
        {"on": "1", "name": "Bằng", "originals": "1", "certified": "", "photocopies": "", "pages": ""},
        {"on": "", "name": "không nộp"},
    ],
    "copies": "3",
    "fee": "",
    "due": "",
    "delivery.way": "hamlet",
    "delivery.address": "không dùng",
    "notify_sms": "",
    "answers.document_kind": "bằng",
}


def test_a_form_becomes_a_line_that_the_door_takes() -> None:
    taken, problems = intake.attempt(line_of(TYPED))
    assert problems == ()
    assert taken.submitter.personal_id == "087190001234"
    assert taken.submitter.birth_date == "1990-05-02"
    assert taken.owner is None
    assert [(paper.name, paper.originals, paper.pages) for paper in taken.papers] == [("Bằng", 1, 1)]
    assert taken.copies == 3
    assert taken.delivery.address is None
    assert taken.answers == {"document_kind": "bằng"}


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        ("02/05/1990", "1990-05-02"),
        ("2.5.1990", "1990-05-02"),
        ("2-5-1990", "1990-05-02"),
        ("02051990", "1990-05-02"),
        ("5/1990", "1990-05"),
        ("1990", "1990"),
        ("hôm qua", "hôm qua"),
        ("1/2/90", "1/2/90"),
    ],
)
def test_days_are_read_as_people_type_them(said: str, iso: str) -> None:
    assert iso_day(said) == iso


@given(st.dates())
def test_a_day_shown_is_read_as_the_same_day(day: object) -> None:
    assert iso_day(shown_day(str(day))) == str(day)


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("12,000 đ", 12_000),
        ("1 000 000", 1_000_000),
        ("12.00", "12.00"),
        ("12,5", "12,5"),
        ("12.000", 12000),
        ("12000 đ", 12000),
        ("12 000 đồng", 12000),
        ("mười", "mười"),
        ("1,5", "1,5"),
        ("٣", "٣"),
    ],
)
def test_money_is_read_or_left_for_the_rules_to_refuse(said: str, amount: object) -> None:
    assert money(said) == amount


@given(st.dictionaries(st.sampled_from([name for name in TYPED if name != "papers"]), st.text(max_size=30)))
def test_whatever_is_typed_the_rules_answer_by_field(typed: dict[str, str]) -> None:
    taken, problems = intake.attempt(line_of(typed))
    assert problems or intake.attempt(intake.to_json(taken)) == (taken, ())


def test_how_much_of_a_form_is_there() -> None:
    assert filled({}) == (0, 9)
    assert filled(TYPED) == (7, 9)
