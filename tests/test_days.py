from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier import days
from mobile_reception.dossier.days import Calendar, CalendarDay, Limit, UnknownLimit, come_back, due
from mobile_reception.words import VIETNAM

SAME_DAY = Limit(0, "same_day", time(15, 0))


def working(count: int) -> Limit:
    return Limit(count, "working_day")


def calendar_days(count: int) -> Limit:
    return Limit(count, "calendar_day")


def at(written: str) -> datetime:
    return datetime.strptime(written, "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("limit", "received", "expected"),
    [
        (SAME_DAY, "20/11/2026 15:00:00", date(2026, 11, 20)),
        (SAME_DAY, "20/11/2026 15:00:01", date(2026, 11, 23)),
        (SAME_DAY, "20/11/2026 15:01:00", date(2026, 11, 23)),
        (SAME_DAY, "21/11/2026 08:00:00", date(2026, 11, 23)),
        (SAME_DAY, "23/11/2026 15:30:00", date(2026, 11, 25)),
        (working(3), "23/11/2026 09:00:00", date(2026, 11, 27)),
        (working(3), "27/11/2026 10:00:00", date(2026, 12, 2)),
        (working(10), "28/11/2026 09:00:00", date(2026, 12, 11)),
        (working(3), "30/12/2026 09:00:00", date(2027, 1, 5)),
        (working(1), "21/08/2026 09:00:00", date(2026, 8, 22)),
        (working(1), "28/08/2026 09:00:00", date(2026, 9, 3)),
        (working(1), "31/12/2025 09:00:00", date(2026, 1, 5)),
        (working(1), "09/01/2026 09:00:00", date(2026, 1, 10)),
        (working(1), "13/02/2026 09:00:00", date(2026, 2, 23)),
        (calendar_days(15), "09/11/2026 09:00:00", date(2026, 11, 25)),
        (calendar_days(10), "09/11/2026 09:00:00", date(2026, 11, 19)),
    ],
)
def test_the_worked_examples_of_the_civil_code_count(limit: Limit, received: str, expected: date) -> None:
    assert due(limit, at(received), Calendar.load()).day == expected


def test_a_result_is_due_at_closing_time_in_vietnam() -> None:
    found = due(SAME_DAY, datetime.fromisoformat("2026-11-20T01:15:00+00:00"), Calendar.load())
    assert found.at.isoformat() == "2026-11-20T17:00:00+07:00"


def test_days_are_days_of_vietnam_whatever_the_zone_of_the_moment() -> None:
    late_in_utc = datetime.fromisoformat("2026-11-19T23:30:00+00:00")  # 06:30 on the 20th in Viet Nam
    assert due(SAME_DAY, late_in_utc, Calendar.load()).day == date(2026, 11, 20)


def test_the_reason_names_the_holiday_that_was_passed_over() -> None:
    found = due(working(3), at("23/11/2026 09:00:00"), Calendar.load())
    assert "bỏ 24/11 nghỉ lễ" in found.reason
    assert [one.name for one in found.skipped] == ["Ngày Văn hóa Việt Nam"]
    assert found.warnings == ()


def test_a_saturday_that_nobody_works_anyway_is_not_named_as_a_holiday_passed_over() -> None:
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    calendar = Calendar.load().with_rows(
        [CalendarDay(day, "off", "Nghỉ của phường") for day in (saturday, monday)], confirmed=[]
    )
    found = due(working(2), at("27/11/2026 09:00:00"), calendar)
    assert (found.day, [one.day for one in found.skipped]) == (date(2026, 12, 2), [monday])


def test_neighbouring_holidays_are_one_span_in_the_reason() -> None:
    assert "bỏ 16/02-20/02 nghỉ lễ" in due(working(3), at("13/02/2026 09:00:00"), Calendar.load()).reason


def test_a_last_day_off_says_that_it_moved() -> None:
    assert "24/11" in due(calendar_days(15), at("09/11/2026 09:00:00"), Calendar.load()).reason


def test_a_due_day_in_a_year_without_an_official_notice_is_warned_of() -> None:
    found = due(working(3), at("30/12/2026 09:00:00"), Calendar.load())
    assert "2027" in found.warnings[0]


def test_years_that_are_not_shipped_come_from_the_package() -> None:
    calendar = Calendar.load()
    assert not calendar.is_working(date(2030, 9, 2))
    assert not calendar.confirmed(2030)
    assert calendar.to_json() == Calendar.load().to_json()


@pytest.mark.parametrize(
    "limit", [Limit(None, "unknown"), Limit(None, "multi_step"), Limit(None, "working_day")]
)
def test_an_unknown_limit_asks_for_a_day(limit: Limit) -> None:
    with pytest.raises(UnknownLimit):
        due(limit, at("20/11/2026 09:00:00"), Calendar.load())


def test_the_units_own_row_wins_and_its_notice_silences_the_warning() -> None:
    calendar = Calendar.load().with_rows(
        [
            CalendarDay(date(2027, 2, 4), "work", "Làm việc bình thường"),
            CalendarDay(date(2027, 2, 3), "off", "Nghỉ Tết"),
        ],
        confirmed=[2027],
    )
    found = due(working(1), at("02/02/2027 09:00:00"), calendar)
    assert found.day == date(2027, 2, 4)
    assert found.warnings == ()
    assert due(working(1), at("02/02/2027 09:00:00"), Calendar.load()).day != found.day


def test_a_unit_may_confirm_a_year_that_is_not_shipped_without_losing_its_holidays() -> None:
    calendar = Calendar.load().with_rows([CalendarDay(date(2029, 2, 19), "off", "Tết")], confirmed=[2029])
    assert not calendar.is_working(date(2029, 9, 3))
    again = Calendar.from_json(calendar.to_json())
    assert again.confirmed(2029)
    assert not again.is_working(date(2029, 9, 3))


def test_a_calendar_survives_json() -> None:
    card = Calendar.load().to_json()
    assert Calendar.from_json(card).to_json() == card


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"days": 3, "years": {}},
        {"days": [{}], "years": {}},
        {"days": [3], "years": {}},
        {"days": [{"day": "2026-02-30", "kind": "off", "name": "x"}], "years": {}},
        {"days": [{"day": "2026-02-03", "kind": "party", "name": "x"}], "years": {}},
        {"days": [], "years": {"soon": True}},
    ],
)
def test_what_is_no_calendar_is_refused(card: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Calendar.from_json(card)


def test_the_officers_day_on_a_day_off_is_warned_of() -> None:
    assert "24/11/2026" in days.set_by_officer(date(2026, 11, 24), Calendar.load()).warnings[0]
    assert days.set_by_officer(date(2026, 11, 25), Calendar.load()).warnings == ()


def test_the_citizen_comes_back_at_the_first_session_from_the_due_day_on() -> None:
    planned = [date(2026, 11, 25), date(2026, 11, 18), date(2026, 11, 20)]
    assert come_back(date(2026, 11, 19), planned) == date(2026, 11, 20)
    assert come_back(date(2026, 11, 20), planned) == date(2026, 11, 20)
    assert come_back(date(2026, 11, 26), planned) == date(2026, 11, 26)
    assert come_back(date(2026, 11, 26), []) == date(2026, 11, 26)


@settings(deadline=None)
@given(
    unit=st.sampled_from(["same_day", "working_day", "calendar_day"]),
    value=st.integers(0, 60),
    received=st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31)),
)
def test_a_due_day_is_never_a_day_off_and_never_before_reception(
    unit: str, value: int, received: datetime
) -> None:
    calendar = Calendar.load()
    moment = received.replace(tzinfo=VIETNAM)
    found = due(Limit(value, unit, time(15, 0)), moment, calendar)
    assert calendar.is_working(found.day)
    assert found.day >= moment.date()
    if unit == "working_day" and value:
        span = (
            moment.date() + timedelta(days=step) for step in range(1, (found.day - moment.date()).days + 1)
        )
        assert sum(calendar.is_working(one) for one in span) == value
    if unit == "calendar_day":
        assert (found.day - moment.date()).days >= value


@pytest.mark.parametrize(
    ("rule", "limit", "expected"),
    [
        ("next_working_day", SAME_DAY, date(2026, 11, 30)),
        ("next_working_day", working(10), date(2026, 12, 11)),
        ("on_the_day", SAME_DAY, date(2026, 11, 28)),
        ("on_the_day", working(10), date(2026, 12, 11)),
        ("deemed_next_working_day", SAME_DAY, date(2026, 11, 30)),
        ("deemed_next_working_day", working(10), date(2026, 12, 14)),
    ],
)
def test_each_kind_of_session_has_its_rule_for_days_off(rule: str, limit: Limit, expected: date) -> None:
    calendar = Calendar.load().with_settings({"weekend": {"weekend": rule}})
    assert due(limit, at("28/11/2026 09:00:00"), calendar, "weekend").day == expected
    usual = due(limit, at("28/11/2026 09:00:00"), Calendar.load(), "weekend")
    assert due(limit, at("28/11/2026 09:00:00"), calendar, "regular") == usual
    assert Calendar.from_json(calendar.to_json()).weekend_rule("weekend") == rule


def test_a_table_that_works_on_saturday_keeps_the_cutoff() -> None:
    calendar = Calendar.load().with_settings({"weekend": {"weekend": "on_the_day"}})
    found = due(SAME_DAY, at("28/11/2026 15:00:01"), calendar, "weekend")
    assert found.day == date(2026, 11, 30)
    assert "sau 15:00" in found.reason


def test_a_working_day_is_the_same_for_every_rule() -> None:
    calendar = Calendar.load().with_settings({"weekend": {"weekend": "deemed_next_working_day"}})
    for kind in days.SESSION_KINDS:
        assert due(working(3), at("23/11/2026 09:00:00"), calendar, kind).day == date(2026, 11, 27)


def test_the_reason_says_which_day_a_saturday_counts_as() -> None:
    calendar = Calendar.load().with_settings({"weekend": {"weekend": "deemed_next_working_day"}})
    assert "coi như nhận ngày 30/11" in due(working(1), at("28/11/2026 09:00:00"), calendar, "weekend").reason


def test_a_worked_saturday_is_named_in_the_reason() -> None:
    assert "tính cả 22/08 làm bù" in due(working(1), at("21/08/2026 09:00:00"), Calendar.load()).reason


def test_a_swapped_day_of_the_unit_is_two_rows() -> None:
    swap = {"off": "2027-01-04", "work": "2027-01-09", "source": "Thông báo"}
    calendar = Calendar.load().with_settings({"calendar": {"swaps": [swap], "confirmed": [2027]}})
    assert due(working(1), at("31/12/2026 09:00:00"), calendar).day == date(2027, 1, 5)
    assert due(working(1), at("08/01/2027 09:00:00"), calendar).day == date(2027, 1, 9)
    assert due(working(1), at("08/01/2027 09:00:00"), calendar).warnings == ()
    row = calendar.row(date(2027, 1, 9))
    assert row is not None
    assert row.source == "Thông báo"


@pytest.mark.parametrize(
    "settings",
    [
        {"calendar": []},
        {"calendar": {"days": [{}]}},
        {"calendar": {"swaps": [{"off": "2027-01-04"}]}},
        {"calendar": {"swaps": [{"off": "soon", "work": "2027-01-09"}]}},
        {"calendar": {"confirmed": ["next"]}},
        {"weekend": []},
        {"weekend": {"weekend": "never"}},
        {"weekend": {"party": "on_the_day"}},
    ],
)
def test_calendar_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Calendar.load().with_settings(settings)


@pytest.mark.parametrize(
    ("limit", "received", "expected"),
    [
        (calendar_days(5), "26/02/2028 09:00:00", date(2028, 3, 2)),
        (calendar_days(1), "28/02/2028 09:00:00", date(2028, 2, 29)),
        (working(1), "31/12/2026 23:59:59", date(2027, 1, 4)),
        (working(1), "20/11/2026 00:00:00", date(2026, 11, 23)),
        (calendar_days(2), "31/12/2026 09:00:00", date(2027, 1, 4)),
    ],
)
def test_year_ends_leap_days_and_midnight(limit: Limit, received: str, expected: date) -> None:
    assert due(limit, at(received), Calendar.load()).day == expected


def test_every_year_without_a_notice_on_the_way_is_warned_of() -> None:
    found = due(calendar_days(400), at("30/11/2027 09:00:00"), Calendar.load())
    assert [one for one in ("2027", "2028", "2029") if any(one in said for said in found.warnings)] == [
        "2029"
    ]
    crossed = due(working(260), at("30/11/2027 09:00:00"), Calendar.load())
    assert len(crossed.warnings) == 2


def test_steps_are_dated_as_far_as_they_can_be() -> None:
    steps = (
        days.Stage("kiểm tra", working(1)),
        days.Stage("thẩm định", working(2), "previous"),
        days.Stage("chờ ý kiến", working(10), "event"),
        days.Stage("đăng ký", calendar_days(5), "previous"),
    )
    found = days.plan(steps, at("20/11/2026 16:00:00"), Calendar.load())
    assert [one.due.day if one.due else None for one in found] == [
        date(2026, 11, 23),
        date(2026, 11, 26),
        None,
        None,
    ]
    assert (
        days.plan((days.Stage("?", Limit(None, "unknown")),), at("20/11/2026 16:00:00"), Calendar.load())[
            0
        ].due
        is None
    )
