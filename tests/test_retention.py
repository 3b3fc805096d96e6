"""The end of a dossier's time on a laptop: erased to the last byte, counted as before, never too early."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from reportlab.pdfgen.canvas import Canvas

from laptop_and_centre import NOON, UNIT, House, PaperBox, make_centre, remember, take
from laptops import LOGIN, Clock, line, new, received
from laptops import PASSPHRASE as OFFICERS
from mobile_reception.centre import backups
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.values import Refused
from mobile_reception.desk import Received, make
from mobile_reception.desk import retention as of_desk
from mobile_reception.desk.failures import Unacceptable
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import review
from mobile_reception.dossier.facts import Act, moved
from mobile_reception.store import counting, keys, reading, retention, search
from mobile_reception.store.file import DATABASE
from mobile_reception.store.journal import read_anew
from mobile_reception.store.outbox import Outbox
from mobile_reception.words import VIETNAM

PEOPLE = (
    ("Zyx Wvuts Rqpon", "087190009991", "0977777771"),
    ("Kjih Gfedc Bazyx", "087190009992", "0977777772"),
)
ADDRESS = "Ấp Chót Vót, phường Thường Lạc"
NEEDLES = [
    needle.encode()
    for person in PEOPLE
    for needle in (*person, *person[0].split(), person[0].lower(), *person[0].lower().split(), person[1][-6:])
] + ["Chót Vót".encode(), b"chot vot", b"Nguoi nhan ho", b"nhanho"]
DAYS = 30


@dataclass
class Office:
    """A centre that is served, and a laptop that has joined it."""

    folder: Path
    house: House
    desk: Desk
    clock: Clock
    url: str

    @property
    def store(self) -> Any:
        return self.desk._bench.store

    def later(self, days: float) -> None:
        self.clock.move(days=days)
        self.house.now += timedelta(days=days)

    def sync(self) -> Any:
        report = self.desk.sync().value
        self.house.folded()
        return report

    def backed_up(self) -> None:
        made = backups.back_up(self.house.ledger, self.house.url, self.folder / "stick", now=self.house.now)
        assert made.noted is not None, made.verdict

    def ready(self) -> None:
        """Everything at the centre, and in a backup that the laptop has heard of."""
        assert self.sync().agree
        self.later(0.1)
        assert self.sync().agree
        self.backed_up()
        assert self.sync().agree

    def reduce(self) -> tuple[list[str], dict[str, int]]:
        found = self.desk.reduce(100).value
        return sorted(found.codes), dict(found.kept)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    make_centre(tmp_path)
    house = House(tmp_path)
    house.ledger.register.load_settings(UNIT.code, {"retention": {"days": DAYS}})
    clock = Clock(NOON.astimezone(VIETNAM))
    with house.serving() as url:
        desk, _ = make(
            tmp_path / "laptop",
            unit=UNIT.code,
            agency=UNIT.agency_id,
            login=LOGIN,
            passphrase=OFFICERS,
            now=clock,
            practice=True,
            alone=False,
        )
        code = house.ledger.register.new_code(unit=UNIT.code, name="Máy 1", scope="hamlets", now=NOON)
        desk.enrol(url, code, OFFICERS)
        yield Office(tmp_path, house, desk, clock, url)
        desk.close()
    house.ledger.close()


def of(person: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    given = line(name=person[0], number=person[1], phone=person[2], delivery={"way": "on_the_spot"}, **more)
    given["submitter"]["address"] = ADDRESS
    return given


def finished(office: Office) -> list[Received]:
    """A session of three dossiers of two citizens, all handed over, paid, rated, one with a scan; closed."""
    desk = office.desk
    desk.open_session("Khóm Trung")
    come = [received(desk, of(PEOPLE[0])), received(desk, of(PEOPLE[0])), received(desk, of(PEOPLE[1]))]
    scan = office.folder / "scan.pdf"
    scan.write_bytes(pdf())
    desk.attach(come[0].code, scan)
    for each in come:
        desk.collect(each.code, 12000)
        desk.rate(each.code, "very")
        desk.hand_over(each.code, "Nguoi nhan ho Nhanho", relation="con")
        office.clock.move(minutes=1)
    desk.amend(come[0].code, {"note": "gặp Zyx ở Chót Vót"}, "theo yêu cầu của Kjih")
    desk.close_session(36000)
    assert office.sync().agree
    return come


def pdf() -> bytes:
    kept = io.BytesIO()
    page = Canvas(kept)
    page.drawString(100, 700, "Zyx")
    page.save()
    return kept.getvalue()


def pages_of(store: Any) -> bytes:
    """Every page of the encrypted file and of its log, decrypted by hand: free ones and remainders too."""
    key = keys.subkey(store.data_key, "db")
    whole = (store.folder / DATABASE).read_bytes()
    log = store.folder / f"{DATABASE}-wal"
    assert not log.exists() or log.stat().st_size == 0
    plain = b""
    for start in range(0, len(whole), 4096):
        page = whole[start : start + 4096]
        begin = 16 if start == 0 else 0
        cipher = Cipher(algorithms.AES(key), modes.CBC(page[-80:-64])).decryptor()
        plain += cipher.update(page[begin:-80])
    return plain


def found(plain: bytes) -> list[bytes]:
    return [needle for needle in NEEDLES if needle in plain]


def figures(desk: Desk, session: str) -> dict[str, Any]:
    told = desk.summary(session)
    return {name: value for name, value in told.items() if name not in ("at_centre", "waiting")}


def digests(office: Office, session: str) -> review.Digests:
    return review.digests(session, counting.session_facts(office.store, session))


def test_nothing_is_erased_before_the_centre_says_that_it_is_safe_and_then_to_the_last_byte(
    office: Office,
) -> None:
    come = finished(office)
    desk, store = office.desk, office.store
    (session,) = (each.id for each in desk.sessions())
    codes = sorted(each.code for each in come)
    office.later(DAYS + 5)
    assert office.sync().agree
    assert office.reduce() == ([], {})  # no backup was ever verified: there is nothing to ask
    office.backed_up()
    assert office.reduce() == ([], {})  # and the laptop has not heard of it
    assert office.sync().agree
    store.settle()
    assert len(found(pages_of(store))) > 15  # the search for needles finds needles
    before, seen = figures(desk, session), digests(office, session)
    naive = [desk.dossier(code).state for code in codes]
    assert before["citizens"] == len({each.fields["submitter.personal_id"].value for each in naive}) == 2
    assert before["fees"]["collected"] == sum(each.collected for each in naive) == 36000
    assert before["by_status"] == {"10": 3}
    assert desk.reducible().codes == tuple(each.code for each in come)

    assert office.reduce() == (codes, {})
    assert office.reduce() == ([], {})  # there is nothing left to do
    assert found(pages_of(store)) == []
    assert not list((store.folder / "files").iterdir())
    assert figures(desk, session) == before
    assert digests(office, session).session == seen.session  # an approval stands
    assert desk.verify().ok
    assert [line.code for line in desk.find("Zyx", 10)] == []
    (one,) = desk.find(come[0].code, 10)
    assert (one.name, one.reduced) == ("(đã rút gọn)", True)
    view = desk.dossier(come[0].code)
    assert view.state.reduced is not None
    assert (view.state.status, view.state.collected, view.state.reduced.files) == (10, 12000, 1)
    assert [each.kind for each in view.state.history][-1] == "dossier.reduced"
    for act in (
        lambda: desk.amend(come[0].code, {"note": "x"}, "y"),
        lambda: desk.receipt(come[0].code),
        lambda: desk.collect(come[0].code, 1000),
    ):
        with pytest.raises(Unacceptable, match="đã rút gọn"):
            act()

    # The centre has it all, hears of it, and nothing of it comes back by itself.
    report = office.sync()
    assert (report.agree, report.held, report.conflicts) == (True, 0, 0)
    assert office.sync().received == 0
    assert {name.fields["submitter.full_name"].value for name in office.house.ledger.dossiers()} == {
        person[0] for person in PEOPLE
    }
    verdict = office.house.ledger.verify()
    assert (verdict.ok, office.house.ledger.status().erased) == (True, 0)
    # Tables made again from the journal are the same tables.
    with store.writing() as db:
        read_anew(db)
    assert desk.verify().ok
    assert figures(desk, session) == before
    store.settle()
    assert found(pages_of(store)) == []


@pytest.mark.parametrize("why", ["recent", "unsafe", "file", "print", "news", "held", "session"])
def test_what_waits_keeps_a_dossier_whole_and_the_same_citizens_other_one_with_it(
    office: Office, why: str
) -> None:
    come = finished(office)
    office.later(DAYS + 5)
    if why == "recent":
        office.desk.collect(come[0].code, 1000)
    office.ready()
    if why == "unsafe":
        office.desk.collect(come[0].code, 1000)
        assert office.sync().agree
        office.later(DAYS + 5)
        assert office.sync().agree
    with office.store.writing() as db:
        if why == "file":  # the centre has said since that it has it no more
            db.run("UPDATE file SET at_centre=NULL")
        elif why == "print":
            db.run("INSERT INTO print_job VALUES ('p', ?, 'x', 0, 'A5', 'waiting', NULL)", (come[0].id,))
        elif why == "news":
            db.run("INSERT INTO meta VALUES ('told:x', ?)", (come[0].id,))
        elif why == "held":
            db.run("INSERT INTO card VALUES ('held', '0', ?)", (json.dumps({"subject": come[0].id}),))
        elif why == "session":
            db.run("UPDATE session SET closed_at=NULL")
    expected = {why: 1, "together": 1}
    codes, kept = office.reduce()
    if why == "session":
        assert (codes, kept) == ([], {"session": 3})
    else:
        assert (codes, kept) == ([come[2].code], expected)
    assert office.desk.dossier(come[0].code).state.fields
    assert office.desk.dossier(come[1].code).state.fields


def test_without_a_setting_nothing_is_ever_erased(office: Office) -> None:
    finished(office)
    office.house.ledger.register.load_settings(UNIT.code, {})
    office.later(1000)
    assert office.sync().agree
    office.backed_up()
    assert office.sync().agree
    assert office.desk.reduce(100).value.days is None
    assert office.desk.reduce_when_due().value == 0
    for odd in ({"days": 0}, {"days": "30"}, {"days": True}, {"after": 30}, 30):
        with pytest.raises(Refused):
            office.house.ledger.register.load_settings(UNIT.code, {"retention": odd})


def test_a_centre_put_back_calls_nothing_safe_that_it_has_lost(office: Office) -> None:
    """Restored from before: what was safe in another backup is not what this centre says any more."""
    finished(office)
    office.later(DAYS + 5)
    office.ready()
    with office.house.ledger._engine.begin() as db:  # as if an older copy stood there: no mark was made yet
        db.exec_driver_sql("DELETE FROM meta WHERE key LIKE 'safe%'")
    assert office.sync().agree
    assert office.reduce() == ([], {})


def test_figures_that_would_change_keep_a_dossier_whole(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    come = finished(office)
    office.later(DAYS + 5)
    office.ready()
    make_payload = retention.reduction.payload

    def forgetful(*about: Any, **more: Any) -> dict[str, Any]:
        return {**make_payload(*about, **more), "collections": []}

    monkeypatch.setattr(retention.reduction, "payload", forgetful)
    facts = office.desk.status().facts
    assert office.reduce()[0] == []
    assert office.desk.status().facts == facts
    assert office.desk.dossier(come[0].code).state.fields
    assert office.desk.verify().ok


def test_something_new_about_a_reduced_dossier_makes_it_whole_again(office: Office, tmp_path: Path) -> None:
    come = finished(office)
    office.later(DAYS + 5)
    office.ready()
    assert len(office.reduce()[0]) == 3
    assert office.sync().agree
    other = PaperBox()
    office.house.join(other, login="mai", name="Máy 2", scope="unit")
    other.write(Act(come[2].id, "fee.collected", {"amount": 5000}), at=office.house.now)
    take_from(office, other)
    office.sync()
    state = office.desk.dossier(come[2].code).state
    assert (state.collected, state.reduced) == (17000, None)
    assert state.fields["submitter.full_name"].value == PEOPLE[1][0]
    assert office.desk.dossier(come[0].code).state.reduced is not None
    assert office.desk.verify().ok
    # Once that is in a backup too, and old, it is reduced once more.
    office.later(DAYS + 5)
    office.ready()
    assert office.reduce() == ([come[2].code], {})
    assert office.desk.dossier(come[2].code).state.collected == 17000
    office.store.settle()
    assert found(pages_of(office.store)) == []
    assert office.desk.verify().ok


def take_from(office: Office, box: PaperBox) -> None:
    take(office.house, box, remember(box.journals[box.origin]))
    office.house.folded()


def test_an_act_that_moved_to_another_journal_stays_erased(office: Office) -> None:
    come = finished(office)
    office.later(DAYS + 5)
    office.ready()
    known = office.desk._bench.store
    whole = reading.facts(known, come[2].id)
    assert len(office.reduce()[0]) == 3
    elsewhere = "01a21037-7680-7000-8000-000000000001"
    copy, previous = [], "0" * 64
    for seq, fact in enumerate(whole, 1):
        copy.append(moved(fact, origin=elsewhere, seq=seq, previous=previous))
        previous = copy[-1].hash
    before = office.desk.dossier(come[2].code).state
    Outbox(known).take_page(copy, "x")
    after = office.desk.dossier(come[2].code).state
    assert (after.reduced, after.collected, after.fields) == (before.reduced, before.collected, before.fields)
    known.settle()
    assert found(pages_of(known)) == []
    assert office.desk.verify().ok


def test_a_centre_that_lost_what_was_erased_is_told_and_has_what_stayed(
    office: Office, tmp_path: Path
) -> None:
    """Put back to a day from before the facts: the headers come, and a person learns where the rest is."""
    ledger = office.house.ledger
    ledger._engine.dispose()
    old = tmp_path / "old.db"
    with sqlite3.connect(tmp_path / "centre.db") as live, sqlite3.connect(old) as copy:
        live.backup(copy)
    come = finished(office)
    office.later(DAYS + 5)
    office.ready()
    assert len(office.reduce()[0]) == 3
    assert office.sync().agree
    put_back = House(tmp_path, f"sqlite:///{old}")
    put_back.now = office.house.now
    try:
        with put_back.serving() as url:
            office.store.keep(url=url)
            report = office.desk.sync().value
            put_back.folded()
            assert (report.restored, report.agree) == (True, True)
            status = put_back.ledger.status()
            assert status.dossiers == 3
            assert status.erased > 0
            states = {state.code: state for state in put_back.ledger.dossiers()}
            assert (states[come[0].code].collected, states[come[0].code].status) == (12000, 10)
            assert put_back.ledger.verify().ok
            office.desk.sync()
            told = [each.why for each in office.desk.standing().lines]
            assert any("bản sao lưu" in each for each in told)
            assert office.desk.verify().ok
    finally:
        put_back.ledger.close()
    # The backup that made it safe has every word.
    (stick,) = (tmp_path / "stick").glob("*.db")
    kept = Ledger(f"sqlite:///{stick}", files=tmp_path / "stick" / "centre-files")
    names = {state.fields["submitter.full_name"].value for state in kept.dossiers()}
    kept.close()
    assert names == {person[0] for person in PEOPLE}


def test_a_result_that_was_only_carried_leaves_nothing_but_its_count(office: Office) -> None:
    """Of such a dossier this laptop never had more than a card: that is somebody's name all the same."""
    desk, store = office.desk, office.store
    desk.open_session("Khóm Trung")
    (session,) = (each.id for each in desk.sessions())
    card = {"code": "H20.32.1-261101-0007", "name": PEOPLE[0][0], "number": "GCN 7", "session": session}
    subject = "01a21037-7680-7000-8000-00000000000a"
    with store.act(LOGIN, office.clock()) as making:
        making.append(Act(subject, "result.taken", {"card": card, "session": session}))
        told = {"to": PEOPLE[1][0], "personal_id": PEOPLE[1][1], "session": session}
        making.append(Act(subject, "result.handed_over", told))
    desk.close_session(0)
    office.later(DAYS + 5)
    office.ready()
    before, seen = figures(desk, session), digests(office, session)
    assert before["results"]["handed_over"] == 1
    assert office.reduce() == ([subject], {})
    assert figures(desk, session) == before
    assert digests(office, session).session == seen.session
    assert found(pages_of(store)) == []
    assert desk.verify().ok
    report = office.sync()
    assert (report.agree, report.received) == (True, 0)  # and it is told of no dossier that it never had
    assert office.sync().received == 0
    assert office.house.ledger.verify().ok


def test_who_looks_first_is_told_why_the_rest_stays(office: Office) -> None:
    finished(office)
    assert office.sync().agree
    office.later(1)
    assert office.sync().agree
    office.backed_up()
    assert office.sync().agree
    found_ = of_desk.as_json(office.desk.reducible())
    assert found_ == {"days": DAYS, "codes": [], "kept": {"recent": 3}}
    assert json.dumps(found_)


def test_words_that_nobody_has_any_more_leave_the_search_wherever_they_stood(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop")
    store = desk._bench.store
    with store.writing() as db:
        for row in range(1, 4097):  # spread over the pages, in two blocks
            search.replace(db, row, {"chung", "zyxwvut" if row in (7, 9) else f"ten{row}", f"08719{row:07}"})
    store.settle()
    assert b"zyxwvut" in pages_of(store)
    for row, left in ((7, True), (9, False)):
        with store.writing() as db:
            search.replace(db, row, {"code"})
            assert (db.run("SELECT 1 FROM vocabulary WHERE word='zyxwvut'").first() is not None) is left
    with store.reading() as db:
        assert search.surplus(db) == 0
        assert search.find(db, "chung", 5000) == [row for row in range(4096, 0, -1) if row not in (7, 9)]
    store.settle()
    plain = pages_of(store)
    assert b"zyxwvut" not in plain
    assert b"087190000009" not in plain
    desk.close()
