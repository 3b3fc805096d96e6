"""The day at the table: free services, ratings, incidents, and a close that tells and refuses nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from laptops import WEDNESDAY, Clock, at_the_table, line, opened, received, run
from mobile_reception.desk import NoSession, Unacceptable, day, readiness
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import service

TYPING, COPYING = 60_000, 14_000
"""An example of a local market's prices: nobody has published those of the place that counted so many."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    desk = at_the_table(tmp_path / "laptop", clock)
    yield desk
    assert desk.verify().ok
    desk.close()


def test_260_contracts_and_310_sets_save_about_twenty_million(desk: Desk, clock: Clock) -> None:
    desk.set_service_price("typing", TYPING)
    desk.set_service_price("photocopy", COPYING)
    desk.close_session()
    for _ in range(10):  # five weeks of Wednesdays and Fridays, over the turn of the year
        desk.open_session("Ấp 1")
        for _ in range(13):
            desk.provide_service("typing", 2)
        desk.provide_service("photocopy", 31, pages=310)
        desk.close_session()
        clock.move(days=2 if clock.at.weekday() == 2 else 5)
    totals = desk.service_totals(date(2026, 1, 1), date(2027, 12, 31))
    assert {kind: given.quantity for kind, given in totals.total.items()} == {
        "typing": 260,
        "photocopy": 310,
        "online_guidance": 0,
        "vneid_help": 0,
    }
    assert totals.saved == 19_940_000
    for parts in (totals.by_day, totals.by_month, totals.by_year):
        assert sum(each.saved for kinds in parts.values() for each in kinds.values()) == totals.saved
    assert len(totals.by_day) == 10
    assert list(totals.by_month) == ["2026-11", "2026-12"]
    assert desk.service_totals(date(2026, 11, 27), date(2026, 11, 27)).saved == 1_994_000


def test_a_price_holds_from_when_it_is_set_and_the_centres_goes_first(desk: Desk) -> None:
    assert desk.provide_service("typing").value.saved == 0
    desk.set_service_price("typing", TYPING)
    assert desk.provide_service("typing", 2).value.saved == 2 * TYPING
    with desk._bench.store.writing() as db:
        prices = {"service_prices": {"typing": 50_000, "photocopy": "dear"}}
        db.run("INSERT INTO card (kind, key, value) VALUES ('settings', '', ?)", (json.dumps(prices),))
    desk._bench.forget_cards()
    assert desk.service_prices() == {"typing": 50_000, "photocopy": 0, "online_guidance": 0, "vneid_help": 0}
    assert desk.provide_service("typing").value.saved == 50_000
    assert desk.session_summary().services["typing"] == day.Given(4, 2 * TYPING + 50_000)


def test_what_was_counted_by_mistake_is_taken_back_at_its_price(desk: Desk) -> None:
    desk.set_service_price("photocopy", COPYING)
    desk.provide_service("photocopy", 5)
    desk.set_service_price("photocopy", 1)
    assert desk.provide_service("photocopy", -2).value.price == COPYING
    assert desk.session_summary().saved == 3 * COPYING
    with pytest.raises(Unacceptable):
        desk.provide_service("photocopy", -4)
    with pytest.raises(Unacceptable):
        desk.provide_service("typing", -1)


@pytest.mark.parametrize(
    ("kind", "quantity", "more"),
    [("haircut", 1, {}), ("typing", 0, {}), ("typing", 10_001, {}), ("typing", 1, {"pages": 0})],
)
def test_what_is_no_service_is_not_counted(
    desk: Desk, kind: str, quantity: int, more: dict[str, int]
) -> None:
    with pytest.raises(Unacceptable):
        desk.provide_service(kind, quantity, **more)
    assert not desk.session_summary().saved


def test_a_service_holds_nobodys_data_unless_a_note_does(desk: Desk) -> None:
    received(desk)
    desk.provide_service("typing")
    with desk._bench.store.reading() as db:
        (payload,) = db.run("SELECT payload FROM fact WHERE kind='service.provided'").scalars()
    assert set(json.loads(payload)) == {"kind", "quantity", "price", "salt"}


def test_a_forgotten_service_is_added_to_a_closed_session(desk: Desk) -> None:
    session = desk.close_session().value.id
    with pytest.raises(NoSession):
        desk.provide_service("typing")
    desk.provide_service("typing", session=session)
    desk.rate_session("very", session=session)
    told = desk.note_incident("power", "mất điện 20 phút", session=session).value
    assert (told.services["typing"].quantity, told.satisfaction.rated, len(told.incidents)) == (1, 1, 1)
    assert told.session.closed_at is not None


def test_a_citizen_is_heard_once_a_dossier(desk: Desk) -> None:
    codes = [received(desk, line(name=name, number=None)).code for name in ("An", "Bình", "Cúc")]
    desk.rate(codes[0], "very")
    desk.rate(codes[1], "not", "chờ lâu", proxy=True)
    for code, level, reason in ((codes[0], "satisfied", ""), (codes[2], "not", " "), (codes[2], "good", "")):
        with pytest.raises(Unacceptable):
            desk.rate(code, level, reason)
    desk.rate_session("satisfied")
    desk.rate_session("satisfied")
    told = desk.session_summary().satisfaction
    assert (told.very, told.satisfied, told.dissatisfied, told.proxy) == (1, 2, 1, 1)
    assert (told.rated, told.permille) == (4, 750)
    assert "hài lòng" not in desk.paper("control", codes[0]).decode("latin-1")


def test_nobody_is_asked_after_a_death_registration(desk: Desk) -> None:
    code = received(desk, line(procedure="1.000656", papers=[], copies=1, fee=0)).code
    with pytest.raises(Unacceptable, match="khai tử"):
        desk.rate(code, "very")
    assert desk.session_summary().satisfaction.permille is None


def test_a_rating_counts_where_it_was_given(desk: Desk, clock: Clock) -> None:
    wednesday = desk.session_summary().session.id
    code = received(desk).code
    desk.close_session()
    clock.move(days=2)
    friday = desk.open_session("Ấp 2").value.id
    desk.hand_over(code, "Nguyễn Thị Diệu")
    desk.rate(code, "very")
    before, after = desk.session_summary(wednesday), desk.session_summary(friday)
    assert (before.satisfaction.rated, before.handed_over, before.ready) == (0, 0, 1)
    assert (after.satisfaction.rated, after.handed_over, after.dossiers) == (1, 1, 0)


def test_closing_tells_what_is_left_and_refuses_nothing(desk: Desk) -> None:
    printed, unprinted, refused, gone = (
        received(desk, line(name=name, number=None)).code for name in ("An", "Bình", "Cúc", "Dũng")
    )
    desk.print_done(desk.print_job(printed).value.id)
    desk.refuse(refused, "không thuộc thẩm quyền")
    desk.hand_over(gone, "Dũng")
    desk.collect(printed, 12_000)
    desk.save_draft("draft", {"submitter.full_name": "Ẩn"})
    desk.note_incident("printer", "kẹt giấy")
    session = desk.close_session(10_000).value
    assert session.closed_at is not None
    found = desk.closing(session.id)
    assert [code for code, _ in found.unprinted] == [unprinted, gone]
    assert [(each.code, each.papers) for each in found.originals] == [
        (code, (("Bằng tốt nghiệp THPT", 1),)) for code in (printed, unprinted)
    ]
    assert (len(found.drafts), found.difference) == (1, -2_000)
    assert (found.summary.used, found.summary.void) == (4, 1)
    told = day.close_json(found)["closing"]
    assert told["cash_words"] == "mười nghìn đồng"
    assert told["computed"] == 48_000
    lines = [sentence for _, sentence in day.closing_lines(found)]
    assert any("thiếu 2.000 đ" in sentence for sentence in lines)
    assert any("Lỗi máy in: kẹt giấy" in sentence for sentence in lines)


def test_an_empty_session_closes_with_nothing_to_look_at(desk: Desk) -> None:
    found = desk.closing(desk.close_session(0).value.id)
    assert not any(look for look, _ in day.closing_lines(found))
    assert found.summary.dossiers == found.summary.total == 0


def test_a_session_over_midnight_keeps_its_day(desk: Desk, clock: Clock) -> None:
    clock.at = WEDNESDAY.replace(hour=23, minute=59)
    desk.provide_service("vneid_help")
    clock.move(minutes=2)
    desk.provide_service("vneid_help")
    wednesday = WEDNESDAY.date()
    assert desk.service_totals(wednesday, wednesday).total["vneid_help"].quantity == 2
    assert not desk.service_totals(wednesday + timedelta(days=1), wednesday + timedelta(days=1)).by_day


def test_the_commands_of_the_day(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    code = received(desk).code
    desk.close()
    here = ("--now", "2026-11-25T10:00:00+07:00")

    def told(*args: str, check: int = 0) -> dict[str, object]:
        done = run(*args, *here, data=tmp_path / "laptop", check=check)
        return json.loads(done.stdout) if done.stdout else {}  # type: ignore[no-any-return]

    assert told("service", "price", "typing", str(TYPING), "--json")["typing"] == TYPING
    assert told("service", "price", "--json")["typing"] == TYPING
    assert told("service", "add", "typing", "--quantity", "2", "--json")["saved"] == 2 * TYPING
    told("rate", code, "very", "--json")
    told("rate", code, "very", check=65)
    told("rate", "not", "--reason", "chờ lâu", "--proxy", "--json")
    told("incident", "network")
    totals = told("service", "totals", "--from", "2026-11-01", "--to", "2026-11-30", "--json")
    assert totals["total"]["saved"] == 2 * TYPING  # type: ignore[index]
    closed = told("session", "close", "--cash", "12000", "--json")
    assert (closed["open"], closed["cash"]) == (False, 12000)
    assert closed["closing"]["unprinted"] == [code]  # type: ignore[index]
    told("incident", "power", check=2)
    desk = opened(tmp_path / "laptop")
    found = desk.session_summary().satisfaction
    assert (found.very, found.dissatisfied, found.proxy) == (1, 1, 1)
    desk.close()


@pytest.mark.parametrize("kind", [*service.SERVICES, *service.LEVELS, *service.INCIDENTS])
def test_everything_that_can_be_chosen_has_its_words(kind: str) -> None:
    words = (service.service_words, service.level_words, service.incident_words)
    assert any(say(kind) != kind for say in words)


def states(desk: Desk) -> dict[str, str]:
    checks = desk.ready_to_go()
    assert all(each.advice for each in checks if each.state in ("look", "bad"))
    assert all(each.title and each.found for each in checks)
    return {each.name: each.state for each in checks}


def test_what_is_red_before_leaving_says_what_to_do(desk: Desk, clock: Clock) -> None:
    assert states(desk)["backup"] == "bad"
    desk._bench.store.back_up(clock())
    found = states(desk)
    assert {
        name: found[name] for name in ("numbers", "catalogue", "backup", "drafts", "waiting", "clock")
    } == {
        "numbers": "good",
        "catalogue": "good",
        "backup": "good",
        "drafts": "good",
        "waiting": "good",
        "clock": "unknown",
    }
    desk.save_draft("draft", {"note": "x"})
    received(desk)
    desk._bench.store.keep(clock_offset_s="-700", url="https://example.vn", last_contact=clock().isoformat())
    with desk._bench.store.writing() as db:
        db.run("UPDATE number_range SET withdrawn=1")
    clock.move(days=100)
    found = states(desk)
    assert {name: found[name] for name in ("numbers", "clock", "backup")} == dict.fromkeys(
        ("numbers", "clock", "backup"), "bad"
    )
    assert {name: found[name] for name in ("drafts", "waiting", "catalogue", "centre")} == dict.fromkeys(
        ("drafts", "waiting", "catalogue", "centre"), "look"
    )
    clock.move(days=-101)
    assert "sớm hơn" in next(each.found for each in desk.ready_to_go() if each.name == "clock")


def test_the_battery_is_read_as_the_system_tells_it(tmp_path: Path) -> None:
    assert readiness._battery_of_linux(tmp_path / "none") == readiness.Battery(None, None)
    told = {
        "AC/type": "Mains",
        "AC/online": "0",
        "BAT0/type": "Battery",
        "BAT0/capacity": "37",
        "BAT0/status": "Discharging",
        "hid-mouse/type": "Battery",
        "hid-mouse/scope": "Device",
        "hid-mouse/capacity": "100",
    }
    for name, value in told.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{value}\n")
    assert readiness._battery_of_linux(tmp_path) == readiness.Battery(37, False)
    (tmp_path / "AC/online").write_text("1\n")
    assert readiness._battery_of_linux(tmp_path) == readiness.Battery(37, True)
    assert readiness._battery_of_macos("Now drawing from 'AC Power'\n -InternalBattery-0\t91%; charged") == (
        readiness.Battery(91, True)
    )


@pytest.mark.parametrize(("percent", "state"), [(100, "good"), (40, "look"), (39, "bad"), (None, "unknown")])
def test_a_battery_is_full_enough_or_not(percent: int | None, state: str) -> None:
    assert readiness._battery(readiness.Battery(percent, False)).state == state


@pytest.mark.skipif(sys.platform == "win32", reason="printers are asked of CUPS")
def test_printers_are_those_that_the_system_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert readiness.printers() is None
    program = tmp_path / "lpstat"
    program.write_text("#!/bin/sh\necho Canon_LBP2900\n")
    program.chmod(0o755)
    assert readiness.printers() == ("Canon_LBP2900",)
    assert readiness._printers(()).state == "look"
    assert readiness._printers(None).state == "unknown"


def test_the_doctor_answers_programs_and_people(tmp_path: Path) -> None:
    at_the_table(tmp_path / "laptop").close()
    here = ("--now", "2026-11-25T10:00:00+07:00")
    found = json.loads(run("doctor", "--json", *here, data=tmp_path / "laptop", check=0).stdout)
    assert {"battery", "disk", "printer", "numbers", "catalogue", "clock", "backup", "results"} <= {
        each["name"] for each in found["checks"]
    }
    assert found["ready"] == all(each["state"] != "bad" for each in found["checks"])
    said = run("doctor", *here, data=tmp_path / "laptop", check=0).stdout.decode()
    assert "Danh mục thủ tục" in said
