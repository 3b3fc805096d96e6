"""The plan: rules and exceptions, the same ids for ever, calendars that others read, sessions set right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar as OtherCalendar

from laptop_and_centre import NOON, UNIT, House, PaperBox, make_centre
from laptops import PASSPHRASE, WEDNESDAY, Clock, at_the_table, line, received
from mobile_reception.__main__ import main
from mobile_reception.centre.values import Refused
from mobile_reception.desk import NotFound, Unacceptable
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import plan
from mobile_reception.dossier.days import Calendar
from mobile_reception.dossier.plan import CANCELLED, BadPlan, Change, Planned, Rule
from mobile_reception.papers.calendar import events_of, icalendar
from mobile_reception.words import VIETNAM

CALENDAR = Calendar.load()
HAMLETS = ("Ấp 1", "Ấp 2", "Khóm Trung")
ODD = 'Ấp "Thượng; 1", chợ\\bến\nđò ' + "ữ" * 60


def rule(**changes: object) -> Rule:
    usual: dict[str, object] = {
        "id": "5a0f6f3e-8a34-4a53-9a1c-7f8f9b5f2c11",
        "weekdays": (2, 4),
        "first": date(2026, 11, 18),
        "until": date(2026, 12, 18),
        "hamlets": HAMLETS,
    }
    return Rule(**{**usual, **changes})  # type: ignore[arg-type]


def test_every_wednesday_and_friday_a_hamlet_each_in_turn() -> None:
    found = list(plan.sessions(rule(), CALENDAR, date(2027, 12, 31)))
    assert [each.day for each in found] == [
        date(2026, 11, 18) + timedelta(days=7 * week + step) for week in range(5) for step in (0, 2)
    ]
    assert [each.hamlet for each in found] == [HAMLETS[turn % 3] for turn in range(10)]
    assert all(each.held for each in found)


@pytest.mark.parametrize(
    ("holidays", "day", "state"),
    [
        ("skip", date(2026, 11, 24), CANCELLED),
        ("before", date(2026, 11, 23), "planned"),
        ("after", date(2026, 11, 25), "planned"),
    ],
)
def test_a_holiday_is_skipped_or_moved_by_choice(holidays: str, day: date, state: str) -> None:
    """24 November is a day off, a Tuesday in 2026."""
    tuesdays = rule(weekdays=(1,), holidays=holidays)
    found = list(plan.sessions(tuesdays, CALENDAR, date(2026, 11, 30)))
    assert (found[0].day, found[0].state) == (day, state)
    assert found[0].original == date(2026, 11, 24)
    assert found[0].note == "Ngày Văn hóa Việt Nam"


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda some: tuple(sorted(some))),
    length=st.integers(0, 400),
    start=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    hamlets=st.lists(st.sampled_from(HAMLETS), min_size=1, max_size=5).map(tuple),
    holidays=st.sampled_from(plan.HOLIDAY_RULES),
)
@settings(max_examples=60, deadline=None)
def test_a_plan_is_what_a_calendar_on_the_wall_says(
    weekdays: tuple[int, ...], length: int, start: date, hamlets: tuple[str, ...], holidays: str
) -> None:
    """Against a naive count; no session on a holiday, ids of their own, the same again when made again."""
    until = start + timedelta(days=length)
    named = rule(weekdays=weekdays, first=start, until=until, hamlets=hamlets, holidays=holidays)
    found = list(plan.sessions(named, CALENDAR, date(2030, 1, 1)))
    days = [start + timedelta(days=step) for step in range(length + 1)]
    wanted = [each for each in days if each.weekday() in weekdays]
    assert [each.original for each in found] == wanted
    assert [each.hamlet for each in found] == [hamlets[turn % len(hamlets)] for turn in range(len(wanted))]
    assert len({each.id for each in found}) == len(found)
    for each in found:
        row = CALENDAR.row(each.day)
        assert not each.held or row is None or row.kind != "off"
        assert plan.planned_of(json.loads(json.dumps(plan.planned_json(each)))) == each
    assert list(plan.sessions(named, CALENDAR, date(2030, 1, 1))) == found
    assert plan.rule_of(json.loads(json.dumps(plan.rule_json(named)))) == named


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": ()},
        {"weekdays": (7,)},
        {"hamlets": ()},
        {"hamlets": (" ",)},
        {"until": date(2026, 11, 17)},
        {"kind": "night"},
        {"holidays": "perhaps"},
        {"ends": time(7, 0)},
        {"begins": time(8, 0), "ends": time(8, 0)},
    ],
)
def test_what_is_no_rule_says_so(wrong: dict[str, object]) -> None:
    with pytest.raises(BadPlan):
        rule(**wrong)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("7:30", time(7, 30)),
        (" 07h30 ", time(7, 30)),
        ("7", time(7, 0)),
        ("7h", time(7, 0)),
        ("0:00", time(0, 0)),
        ("23H59", time(23, 59)),
    ],
)
def test_a_time_of_day_is_typed_in_either_way(typed: str, meant: time) -> None:
    assert plan.clock(typed) == meant


@pytest.mark.parametrize("typed", ["", "h30", "24:00", "7:60", "7:3o", "-7:30", "7:-1", "7:30:00", "²:00"])
def test_what_is_no_time_of_day_says_so(typed: str) -> None:
    with pytest.raises(BadPlan):
        plan.clock(typed)


def test_an_exception_moves_or_cancels_and_the_id_stays() -> None:
    first = next(plan.sessions(rule(), CALENDAR, date(2026, 12, 1)))
    moved = plan.changed(first, Change(first.id, day=date(2026, 11, 19), hamlet="Ấp 9", reason="mưa lũ"))
    assert (moved.id, moved.day, moved.hamlet) == (first.id, date(2026, 11, 19), "Ấp 9")
    assert plan.note_words(moved) == "dời từ 18/11: mưa lũ"
    off = plan.changed(first, Change(first.id, cancelled=True, reason="bão số 5"))
    assert not off.held
    assert plan.note_words(off) == "nghỉ: bão số 5"


def test_the_next_session_is_todays_else_the_first_to_come() -> None:
    found = list(plan.sessions(rule(), CALENDAR, date(2026, 12, 31)))
    assert plan.proposed(found, date(2026, 11, 18)) == found[0]
    assert plan.proposed(found, date(2026, 11, 18), done=[found[0].id]) == found[1]
    assert plan.proposed(found, date(2026, 11, 19)) == found[1]
    assert plan.proposed(found, date(2027, 1, 1)) is None


# -- iCalendar ---------------------------------------------------------------------------------------------


def test_another_program_reads_the_calendar_back() -> None:
    sessions = [
        Planned(id=str(uuid4()), hamlet=ODD, day=date(2026, 11, 25), changed=3, note="a; b, c\\d"),
        Planned(id=str(uuid4()), hamlet="Ấp 2", day=date(2026, 11, 27), state=CANCELLED, note="bão"),
    ]
    made = icalendar(events_of(sessions, "29978"), name="Tiếp nhận lưu động", now=WEDNESDAY)
    assert all(len(each) <= 75 for each in made.split(b"\r\n"))
    assert made.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in made.replace(b"\r\n", b"")
    read = OtherCalendar.from_ical(made)
    first, second = read.walk("VEVENT")
    assert str(first["UID"]) == f"{sessions[0].id}@29978.mobile-reception"
    assert str(first["LOCATION"]) == ODD
    assert first.decoded("DTSTART") == datetime(2026, 11, 25, 7, 30, tzinfo=VIETNAM)
    assert first.decoded("DTEND").utcoffset() == timedelta(hours=7)
    assert int(first["SEQUENCE"]) == 3
    assert str(second["STATUS"]) == "CANCELLED"
    assert str(read["X-WR-CALNAME"]) == "Tiếp nhận lưu động"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_name_is_folded_at_75_octets_and_read_back(name: str) -> None:
    session = Planned(id=str(uuid4()), hamlet=name, day=date(2026, 11, 25))
    made = icalendar(events_of([session], "29978"), name="", now=WEDNESDAY)
    assert all(len(each) <= 75 for each in made.split(b"\r\n"))
    for each in made.split(b"\r\n"):
        each.decode()  # no letter is torn apart
    unfolded = made.replace(b"\r\n ", b"").decode()
    place = next(each for each in unfolded.split("\r\n") if each.startswith("LOCATION:")).removeprefix(
        "LOCATION:"
    )
    assert place.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\") == name


# -- At the centre -----------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make_centre(tmp_path)
    house = House(tmp_path)
    yield house
    house.ledger.close()


def test_the_centre_keeps_what_was_planned_and_what_people_changed(house: House) -> None:
    """NOON is Wednesday 18 November 2026."""
    plans = house.ledger.plans
    made = plans.recur(UNIT.code, rule(), now=NOON)
    assert len(made) == 10
    friday = made[1]
    moved = plans.change(UNIT.code, Change(friday.id, day=date(2026, 11, 21), reason="bận họp"), now=NOON)
    assert (moved.day, moved.changed) == (date(2026, 11, 21), 1)
    plans.change(UNIT.code, Change(made[2].id, cancelled=True, reason="bão"), now=NOON)
    plans.recur(UNIT.code, rule(hamlets=("Ấp 5",)), now=NOON)  # the rule is changed: the exceptions stay
    again = {each.id: each for each in plans.sessions(UNIT.code)}
    assert again.keys() == {each.id for each in made}
    assert again[friday.id].day == date(2026, 11, 21)
    assert again[friday.id].hamlet == "Ấp 5"
    assert not again[made[2].id].held
    assert plans.restore(UNIT.code, friday.id, now=NOON).day == friday.day
    ended = plans.end(UNIT.code, made[0].rule or "", date(2026, 11, 27), now=NOON)
    assert ended.until == date(2026, 11, 27)
    later = [each for each in plans.sessions(UNIT.code, date(2026, 11, 28)) if each.held]
    assert later == []
    with pytest.raises(Refused):
        plans.change(UNIT.code, Change(str(uuid4()), cancelled=True), now=NOON)


def test_days_off_set_later_move_the_plan_but_not_what_was_held(house: House) -> None:
    plans = house.ledger.plans
    made = plans.recur(UNIT.code, rule(), now=NOON)
    off = {"calendar": {"days": [{"day": "2026-11-25", "kind": "off", "name": "Lễ hội", "source": "UBND"}]}}
    house.ledger.register.load_settings(UNIT.code, off)
    plans.extend(UNIT.code, now=NOON)
    found = {each.id: each for each in plans.sessions(UNIT.code)}
    assert not found[made[2].id].held
    assert found[made[2].id].note == "Lễ hội"
    assert sum(each.held for each in found.values()) == 9


def test_a_rule_without_an_end_is_planned_ahead_as_time_goes_on(house: House) -> None:
    plans = house.ledger.plans
    made = plans.recur(UNIT.code, rule(until=None), now=NOON)
    plans.extend(UNIT.code, now=NOON + timedelta(days=70))
    later = plans.sessions(UNIT.code)
    assert {each.id for each in made} < {each.id for each in later}
    assert len(later) == len(made) + 20


def test_laptops_are_told_what_will_be_held_and_what_was_cancelled(house: House) -> None:
    plans = house.ledger.plans
    made = plans.recur(UNIT.code, rule(until=date(2026, 11, 27)), now=NOON)
    plans.change(UNIT.code, Change(made[0].id, cancelled=True, reason="bão"), now=NOON)
    device = house.join(PaperBox())
    plans.assign(UNIT.code, made[1].id, ["Máy 1"], now=NOON)
    cards = house.ledger.register.cards(device)
    assert [each["id"] for each in cards["planned"]] == [each.id for each in made[1:]]
    assert [each["id"] for each in cards["cancelled"]] == [made[0].id]
    assert all("devices" not in each for each in cards["planned"])
    with pytest.raises(Refused):
        plans.assign(UNIT.code, made[1].id, ["Máy 9"], now=NOON)


def test_one_session_is_planned_as_before_and_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOBILE_RECEPTION_PASSPHRASE", PASSPHRASE)
    where = ("--database", f"sqlite:///{tmp_path / 'centre.db'}", "--now", "2026-11-20T08:00")

    def centre(*words: str, status: int = 0) -> str:
        assert main(["centre", *words, *where]) == status
        return capsys.readouterr().out.strip()

    centre("init", "--unit", "29978", "--agency-id", "H20.1", "--admin", "qt", "--practice")
    once = centre("plan", "Ấp 1", "2026-11-25")
    assert centre("plan", "Ấp 1", "2026-11-25") == once
    hamlets = ("--hamlet", "Ấp 1", "--hamlet", "Ấp 2", "--until", "2026-12-31")
    planned = json.loads(centre("plan", "recur", *hamlets, "--json"))["sessions"]
    assert len(planned) == 12
    assert len(json.loads(centre("plan", "list", "--json"))) == 13
    centre("plan", "exception", planned[1]["id"], "--to", "2026-11-26", "--reason", "dời")
    assert "dời từ 25/11" in centre("plan", "list")
    centre("plan", "exception", str(uuid4()), "--cancel", status=1)
    centre("plan", "recur", "--hamlet", "Ấp 1", "--weekday", "T9", status=65)
    centre("plan", "ics", "-o", str(tmp_path / "p.ics"))
    assert len(OtherCalendar.from_ical((tmp_path / "p.ics").read_bytes()).walk("VEVENT")) == 13
    centre("plan", "print", "-o", str(tmp_path / "p.pdf"))
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")


# -- On the laptop -----------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    desk = at_the_table(tmp_path / "laptop", clock)
    yield desk
    assert desk.verify().ok
    desk.close()


def planned_here(desk: Desk, *sessions: Planned) -> None:
    """As if the centre's cards had said so."""
    with desk._bench.store.writing() as db:
        for each in sessions:
            kind = "planned" if each.held else "cancelled"
            values = (kind, each.id, json.dumps(plan.planned_json(each)))
            db.run("INSERT INTO card (kind, key, value) VALUES (?,?,?)", values)
    desk._bench.forget_cards()


def test_the_next_session_is_proposed_and_the_plan_given_out(desk: Desk, clock: Clock) -> None:
    assert desk.proposed_session().planned is None
    today = Planned(id=str(uuid4()), hamlet="Ấp 7", day=date(2026, 11, 25), kind="facility")
    friday = Planned(id=str(uuid4()), hamlet="Ấp 8", day=date(2026, 11, 27))
    off = Planned(id=str(uuid4()), hamlet="Ấp 9", day=date(2026, 12, 2), state=CANCELLED, note="bão")
    planned_here(desk, friday, today, off)
    assert desk.proposed_session().planned == today
    assert (desk.proposed_session().hamlet, desk.proposed_session().kind) == ("Ấp 7", "facility")
    assert "Ấp 7" in desk.proposed_session().why
    desk.close_session()
    desk.open_session("Ấp 7", "facility")
    desk.close_session()
    found = desk.proposed_session()
    assert (found.planned, found.hamlet) == (friday, "")
    clock.move(days=3)
    assert desk.proposed_session().kind == "weekend"
    clock.at = WEDNESDAY.replace(hour=18)
    assert desk.proposed_session().kind == "after-hours"
    told = json.loads(desk.plan_file("json"))
    assert [each["hamlet"] for each in told] == ["Ấp 7", "Ấp 8", "Ấp 9"]
    assert len(OtherCalendar.from_ical(desk.plan_file("ics")).walk("VEVENT")) == 3
    assert desk.plan_file("pdf").startswith(b"%PDF")
    with pytest.raises(Unacceptable):
        desk.plan_file("doc")


def test_an_unplanned_session_is_joined_later_and_its_figures_follow(desk: Desk, clock: Clock) -> None:
    unplanned = desk.sessions()[0]
    received(desk)
    desk.close_session(12_000)
    planned = Planned(id=str(uuid4()), hamlet="Ấp 2", day=date(2026, 11, 25))
    planned_here(desk, planned)
    clock.move(hours=1)
    opened = desk.open_session("Ấp 2").value
    assert opened.id == planned.id
    received(desk, line(name="Trần Văn Bảy", number="087190001299"))
    assert desk.summary(planned.id)["dossiers"] == 1
    joined = desk.join_session(unplanned.id, planned.id, "một buổi, hai lần mở").value
    assert (joined.joined_to, joined.planned) == (planned.id, True)
    told = desk.summary(planned.id)
    assert (told["dossiers"], told["citizens"], told["fees"]["total"]) == (2, 2, 24_000)
    with pytest.raises(Unacceptable):
        desk.join_session(planned.id, unplanned.id)
    with pytest.raises(NotFound):
        desk.join_session(unplanned.id, str(uuid4()))
    desk.join_session(unplanned.id, None)
    assert desk.summary(planned.id)["dossiers"] == 1
    with pytest.raises(Unacceptable):
        desk.join_session(unplanned.id, None)


def test_a_session_opened_at_the_wrong_hamlet_or_day_is_moved(desk: Desk, clock: Clock) -> None:
    received(desk)
    with pytest.raises(Unacceptable):
        desk.move_session()
    moved = desk.move_session(hamlet="Ấp 3", day=date(2026, 11, 24), reason="bấm nhầm").value
    assert (moved.hamlet, moved.day, moved.dossiers) == ("Ấp 3", date(2026, 11, 24), 1)
    planned = Planned(id=str(uuid4()), hamlet="ấp 4", day=date(2026, 11, 25))
    planned_here(desk, planned)
    joined = desk.move_session(hamlet="Ấp 4", day=date(2026, 11, 25)).value
    assert joined.joined_to == planned.id
    with pytest.raises(Unacceptable):
        desk.move_session(kind="night")
