"""The Desk: one citizen after another, and nothing counted that was not so."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3
from hypothesis import given, settings
from hypothesis import strategies as st

from laptops import AGENCY, LINE, WEDNESDAY, Clock, at_the_table, environment, line, new, opened, received
from mobile_reception import desk as office
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import numbering
from mobile_reception.store import keys
from mobile_reception.store.file import connect
from mobile_reception.store.rows import DOSSIER_COLUMNS
from mobile_reception.words import VIETNAM


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return at_the_table(tmp_path / "laptop")


def problems(answer: object) -> set[str]:
    assert isinstance(answer, office.Refused), answer
    return {each.field for each in answer.problems}


BAD = st.sampled_from(
    (
        ("procedure", "9.999999"),
        ("procedure", 2),
        ("procedure", None),
        ("copies", -1),
        ("copies", True),
        ("fee", -5),
        ("fee", 1.5),
        ("due", "0000-01-01"),
        ("due", "2026-11-01"),
        ("received_at", "2026-02-30T08:00"),
        ("notify_sms", "yes"),
        ("papers", [{"name": "x" * 301}]),
        ("papers", [{"name": "Đơn", "originals": -1}]),
        ("papers", 5),
        ("delivery", {"way": "pigeon"}),
        ("delivery", {"way": "post"}),
        ("submitter", {"full_name": "x" * 10_000}),
        ("submitter", {"full_name": "An\x07"}),
        ("submitter", {"full_name": "An", "personal_id": "12345"}),
        ("submitter", {"full_name": "An", "birth_date": "0000-01-01"}),
        ("submitter", {"full_name": "An", "half": 1}),
        ("submitter", None),
        ("submitter", []),
        ("unknown_key", 1),
        ("note", "\ud800"),
        ("answers", {"a": {"b": {"c": 1}}}),
        ("variant", "no-such"),
        ("exemption", "no-such"),
        ("copies", 2),
        ("procedure", "1.000656"),
        ("fee", 7000),
        ("due", "2026-12-24"),
    )
)


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(BAD, max_size=4))
def test_what_is_assessed_is_what_is_received(shared: Desk, changes: list[tuple[str, Any]]) -> None:
    given, desk = {**LINE, **dict(changes)}, shared
    before = desk.status().facts
    assessed = desk.assess(given)
    answer = desk.receive(given).value
    if isinstance(answer, office.Received):
        assert not assessed.problems
        assert (assessed.fee, assessed.due, assessed.come_back) == (answer.fee, answer.due, answer.come_back)
        assert desk.status().facts == before + 1
    else:
        assert isinstance(answer, office.Refused)
        assert answer.problems == assessed.problems != ()
        assert desk.status().facts == before


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One laptop for all examples of a property."""
    desk = at_the_table(tmp_path_factory.mktemp("shared") / "laptop")
    yield desk
    desk.close()


@pytest.mark.parametrize("given", [None, 5, "x", [], [LINE], True, {}, {"procedure": []}])
def test_what_is_no_dossier_is_refused_with_reasons(desk: Desk, given: object) -> None:
    assert problems(desk.receive(given).value)
    assert desk.status().dossiers == 0


def test_nothing_is_received_without_a_session(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop")
    with pytest.raises(office.NoSession):
        desk.receive(LINE)
    with pytest.raises(office.NoSession):
        desk.close_session()
    assert desk.assess(LINE).fee == 12_000
    desk.close()


def test_a_ref_is_received_once_whatever_the_line_says_by_then(desk: Desk) -> None:
    got = received(desk, line("paper-1"))
    for again in (
        line("paper-1"),
        line("paper-1", name="Người Khác"),
        line("paper-1", copies=-5),
        line(" paper-1"),
    ):
        assert desk.receive(again).value == office.Duplicate(got.code)
    assert received(desk, line("Paper-1")).code != got.code
    assert received(desk, line()).code != received(desk, line()).code
    desk.close()


def test_two_processes_with_the_same_refs_record_each_once(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    told = (
        "import sys\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import laptops\n"
        "desk = laptops.opened(Path(sys.argv[2]))\n"
        "for number in range(50):\n"
        "    print(type(desk.receive(laptops.line(f'paper-{number}')).value).__name__)\n"
        "desk.close()\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", told, Path(__file__).parent, folder],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    said: Counter[str] = Counter()
    for each in running:
        out, err = each.communicate(timeout=60)
        assert each.returncode == 0, err
        said.update(out.decode().split())
    assert said == {"Received": 50, "Duplicate": 50}
    desk = opened(folder)
    assert desk.status().dossiers == 50
    assert desk.verify().ok
    desk.close()


def test_serials_begin_again_each_day_of_reception(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 25, 23, 59, tzinfo=VIETNAM))
    desk = at_the_table(tmp_path / "laptop", clock)
    codes = [received(desk).code, received(desk).code]
    clock.move(minutes=2)
    codes += [received(desk).code]
    codes += [received(desk, line(received_at="2026-11-25T16:00:00+07:00")).code]
    codes += [received(desk, line(received_at="2026-11-25T17:30:00Z")).code]  # is the 26th in Viet Nam
    days = ("261125-0001", "261125-0002", "261126-0001", "261125-0003", "261126-0002")
    assert codes == [f"{AGENCY}-{each}" for each in days]
    desk.close()


def test_a_range_used_up_goes_on_with_provisional_slips(desk: Desk) -> None:
    with desk._bench.store.writing() as db:
        db.run("UPDATE number_range SET first=7, last=8")
    assert desk.status().numbers_left == 2
    codes = [received(desk).code for _ in range(4)]
    assert [code[-4:] for code in codes[:2]] == ["0007", "0008"]
    assert all(numbering.is_provisional(code) for code in codes[2:])
    assert desk.status().numbers_left == 0
    assert desk.summary()["numbers"] == {"used": 2, "void": 0}
    assert desk.dossier(codes[3]).state.code == codes[3]
    assert [each.code for each in desk.find(codes[3])] == [codes[3]]
    assert desk.receipt(codes[3]).startswith(b"%PDF")
    assert desk.verify().ok
    desk.close()


def test_a_draft_ends_with_its_dossier_and_outlives_a_refused_one(desk: Desk) -> None:
    desk.save_draft("one", {"submitter": {"full_name": "Nguyễn \ud800"}, "note": "", "papers": []})
    desk.save_draft("two", {"full_name": "Trần"})
    assert {each.id: each.name for each in desk.drafts()} == {"one": "Nguyễn \ud800", "two": "Trần"}
    assert problems(desk.receive(line(copies=-1), draft="one").value) == {"copies"}
    assert {each.id for each in desk.drafts()} == {"one", "two"}
    desk.receive(line(), draft="one")
    assert {each.id for each in desk.drafts()} == {"two"}
    desk.drop_draft("two")
    desk.drop_draft("two")
    assert not desk.drafts()
    desk.close()


def test_a_sheet_is_counted_once_and_a_reprint_says_so(tmp_path: Path, desk: Desk) -> None:
    code = received(desk).code
    job = desk.print_job(code).value
    assert (job.reprint, job.pdf[:4]) == (0, b"%PDF")
    desk.print_failed(job.id, "hết giấy")
    retry = desk.print_job(code).value
    assert retry.reprint == 0
    other = opened(tmp_path / "laptop")
    for each in (desk, other, desk):
        each.print_done(job.id)
    desk.print_failed(job.id, "too late to say")
    desk.print_done(job.id)
    assert desk.dossier(code).state.prints == 1
    second = desk.print_job(code).value
    assert second.reprint == 1
    desk.print_done(second.id)
    assert desk.dossier(code).state.prints == 2
    for asked in (lambda: desk.print_done("no such job"), lambda: desk.print_job("no such dossier")):
        with pytest.raises(office.NotFound):
            asked()
    assert desk.verify().ok
    other.close()
    desk.close()


def test_a_session_opens_again_and_shuts_out_another(desk: Desk) -> None:
    first = desk.current_session()
    assert first is not None
    assert desk.open_session(" ấp  1 ").value.id == first.id
    facts = desk.status().facts
    with pytest.raises(office.Unacceptable):
        desk.open_session("Ấp 2")
    for bad in ("", "  ", "x" * 300, "a\x00"):
        with pytest.raises(office.Unacceptable):
            desk.open_session(bad)
    with pytest.raises(office.Unacceptable):
        desk.open_session("Ấp 1", "party")
    for cash in (-1, 10**11):
        with pytest.raises(office.Unacceptable):
            desk.close_session(cash)
    assert desk.status().facts == facts
    closed = desk.close_session(12_000).value
    assert closed.closed_at is not None
    assert closed.cash == 12_000
    assert desk.current_session() is None
    with pytest.raises(office.NoSession):
        received(desk)
    assert desk.open_session("Ấp 2").value.id != first.id
    desk.close_session()
    assert desk.open_session("Ấp 1").value.id == first.id
    assert {each.hamlet for each in desk.sessions()} == {"Ấp 1", "Ấp 2"}
    assert desk.verify().ok
    desk.close()


def test_a_clock_that_disagrees_warns_and_does_not_refuse(tmp_path: Path) -> None:
    clock = Clock()
    desk = at_the_table(tmp_path / "laptop", clock)
    received(desk)
    for days in (-3, -4000, 20_000):
        clock.at = WEDNESDAY
        clock.move(days=days)
        session = desk.current_session()
        assert session is not None
        assert session.warnings
        answer = desk.receive(line()).value
        assert isinstance(answer, office.Received), answer
        assert answer.warnings
    for year in (1970, 2150):
        clock.at = WEDNESDAY.replace(year=year)
        assert problems(desk.receive(line()).value) == {"received_at"}
        received(desk, line(received_at="2026-11-25T08:00"))
    assert desk.verify().ok
    desk.close()


CITIZENS = st.sampled_from(
    (("Nguyễn An", "087190001234"), ("Nguyễn An", None), ("Trần Bê", None), ("Lê Ca", "087190001235"))
)
DOSSIERS = st.lists(
    st.tuples(
        CITIZENS, st.sampled_from(("2.000815", "1.000656", "1.004873")), st.sampled_from((None, 0, 5000))
    ),
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(given=DOSSIERS)
def test_a_summary_is_what_a_recount_gives(
    shared: Desk,
    given: list[tuple[tuple[str, str | None], str, int | None]],
) -> None:
    desk = shared
    current = desk.current_session()
    if current is not None:
        desk.close_session()
    session = desk.open_session(f"Ấp {len(desk.sessions()) + 1}").value
    taken = []
    for (name, number), procedure, fee in given:
        asked = line(name=name, number=number, procedure=procedure, fee=fee)
        answer = desk.receive(asked).value
        if isinstance(answer, office.Received):
            taken.append((name, number, procedure, answer.fee))
    found = desk.summary()
    assert found["session"]["id"] == session.id
    assert found["dossiers"] == found["waiting"] == found["numbers"]["used"] == len(taken)
    assert found["citizens"] == len({number or name for name, number, *_ in taken})
    assert found["by_procedure"] == Counter(procedure for _, _, procedure, _ in taken)
    assert found["fees"]["total"] == sum(fee for *_, fee in taken)
    assert found["fees"]["phi"] + found["fees"]["le_phi"] <= found["fees"]["total"]
    assert sum(found["by_field"].values()) == len(taken)
    assert found["by_status"] == ({"2": len(taken)} if taken else {})
    assert found["at_centre"] == found["fees"]["collected"] == 0
    assert desk.summary(session.id) == found


def _edit(statement: str) -> Callable[[Any], object]:
    return lambda raw: raw.execute(statement)


def _rechained(raw: Any) -> None:
    """A payload and its hash changed together: only the chain can tell."""
    from mobile_reception.dossier.facts import digest

    payload = raw.execute("SELECT payload FROM fact WHERE kind='dossier.received' LIMIT 1").fetchone()[0]
    other = payload.replace("Diệu", "Hiền")
    assert other != payload
    raw.execute("UPDATE fact SET payload=?, payload_hash=? WHERE payload=?", (other, digest(other), payload))


@pytest.mark.parametrize(
    "change",
    [
        _edit("UPDATE dossier SET fee=0 WHERE row=2"),
        _edit("UPDATE dossier SET name='Khác' WHERE row=70"),
        _edit("DELETE FROM dossier WHERE row=3"),
        _edit(f"INSERT INTO dossier SELECT 999, 'x', {DOSSIER_COLUMNS} FROM dossier WHERE row=1"),
        _edit("UPDATE session SET hamlet='Ấp 9'"),
        _edit("DELETE FROM session"),
        _edit("DELETE FROM fact WHERE seq=5"),
        _edit("DELETE FROM fact WHERE seq=(SELECT max(seq) FROM fact)"),
        _edit("UPDATE fact SET payload=replace(payload, 'Diệu', 'Hiền') WHERE seq=4"),
        _edit("UPDATE fact SET header=replace(header, 'diem', 'xuan') WHERE seq=4"),
        _edit("UPDATE fact SET header='no header' WHERE seq=4"),
        _edit("UPDATE fact SET header='{}' WHERE seq=4"),
        _edit("UPDATE fact SET subject=(SELECT subject FROM fact WHERE seq=6) WHERE seq=5"),
        _edit("UPDATE fact SET seq=CASE seq WHEN 5 THEN 99999 ELSE seq END"),
        _edit("UPDATE origin SET head=head-1"),
        _rechained,
        _edit("DELETE FROM word_bits WHERE word='dieu'"),
        _edit("UPDATE word_bits SET bits=x'' WHERE word='dieu'"),
        _edit("UPDATE word_bits SET bits=x'ffffffff' WHERE word='dieu'"),
        _edit("DELETE FROM word WHERE word='2.000815' AND newest=-2"),
        _edit("INSERT INTO word VALUES ('thua', -2)"),
        _edit("UPDATE dossier_words SET words=' dieu' WHERE newest=-70"),
        _edit("DELETE FROM dossier_words WHERE newest=-70"),
    ],
)  # fmt: skip
def test_verify_finds_what_was_changed_with_the_key_in_hand(
    tmp_path: Path, many: Path, change: Callable[[Any], object]
) -> None:
    import shutil

    folder = tmp_path / "laptop"
    shutil.copytree(many, folder)
    desk = opened(folder)
    assert desk.verify().ok
    raw = connect(folder / "reception.db", keys.subkey(desk._bench.store.data_key, "db"))
    assert isinstance(raw, sqlcipher3.dbapi2.Connection)
    change(raw)
    raw.close()
    found = desk.verify()
    assert not found.ok
    assert all(found.problems)
    desk.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop with seventy dossiers."""
    folder = tmp_path_factory.mktemp("many") / "laptop"
    desk = at_the_table(folder)
    for number in range(70):
        received(desk, line(f"paper-{number}"))
    desk.close()
    return folder


def test_a_receipt_is_a_view_and_counts_nothing(desk: Desk) -> None:
    code = received(desk).code
    facts = desk.status().facts
    for paper in ("A4", "A5"):
        for language in ("vi", "en"):
            assert desk.receipt(code, paper, language).startswith(b"%PDF")
    assert desk.status().facts == facts
    for unknown in ("", "H20.12.3-261125-9999", "\ud800", "' OR 1=1"):
        with pytest.raises(office.NotFound):
            desk.receipt(unknown)
    desk.close()
