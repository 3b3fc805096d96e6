"""One journal in two folders: what each did goes on, once; what the other did is learned."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from laptop_and_centre import NOON, UNIT, House, Older, Road, make_centre
from laptops import PASSPHRASE, Clock, line, received, run
from mobile_reception.__main__ import main
from mobile_reception.centre.database import Full
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.questions import Held
from mobile_reception.desk import make, unlock
from mobile_reception.desk.road import news
from mobile_reception.desk.table import Desk
from mobile_reception.dossier.fold import DossierState
from mobile_reception.store import keys, reading
from mobile_reception.sync import protocol
from mobile_reception.words import VIETNAM

NAMED = {"unit": UNIT.code, "agency": UNIT.agency_id, "passphrase": PASSPHRASE}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[House, str]]:
    make_centre(tmp_path)
    house = House(tmp_path)
    with house.serving() as url:
        yield house, url
    house.ledger.close()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON.astimezone(VIETNAM))


@pytest.fixture
def folder(tmp_path: Path, served: tuple[House, str], clock: Clock) -> Path:
    """A laptop with an open session and two dossiers, all of it at the centre."""
    house, url = served
    desk, _ = make(tmp_path / "a", **NAMED, login="lan", now=clock, practice=True, alone=False)
    code = house.ledger.register.new_code(unit=UNIT.code, name="a", scope="hamlets", now=house.now)
    desk.enrol(url, code, PASSPHRASE)
    desk.open_session("Khóm Trung")
    for ref in ("một", "hai"):
        received(desk, line(ref))
    assert desk.sync().value.agree
    desk.close()
    return tmp_path / "a"


def at(folder: Path, clock: Clock) -> Desk:
    return unlock(folder, "lan", PASSPHRASE, clock)


def told(house: House) -> dict[str, DossierState]:
    """What the centre shows, by code; fails when a code stands twice."""
    house.folded()
    states = list(house.ledger.dossiers())
    shown = {state.code or "": state for state in states}
    assert len(shown) == len(states)
    return shown


def without_places(state: DossierState) -> DossierState:
    """A state without the places of its facts: one act may stand at several."""
    history = tuple(replace(event, origin="", seq=0) for event in state.history)
    collections = tuple(replace(each, origin="") for each in state.collections)
    return replace(state, history=history, collections=collections)


def as_here(desk: Desk) -> None:
    """This folder does not notice that it was put back: as after a machine's snapshot."""
    store = desk._bench.store
    store.notice = store.left = None


def test_what_was_written_beside_the_centres_journal_goes_on_under_its_old_ids(
    folder: Path, clock: Clock, served: tuple[House, str], tmp_path: Path
) -> None:
    house, _ = served
    shutil.copytree(folder, tmp_path / "snapshot")
    desk = at(folder, clock)
    first = [received(desk, line(f"lần một {n}", name=f"Trần Thị Bình {n}")).code for n in range(3)]
    desk.amend(first[0], {"note": "đã gọi điện"}, "theo yêu cầu")
    assert desk.sync().value.agree
    desk.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "snapshot", folder)
    desk = at(folder, clock)
    as_here(desk)
    store = desk._bench.store
    with store.writing() as db:  # the other officer's numbers, so that the codes of both are their own
        db.run("UPDATE number_range SET first = first + 100")
    second = [received(desk, line(f"lần hai {n}", name=f"Lê Văn Cảnh {n}")).code for n in range(4)]
    desk.collect(second[1], 12000)
    acts = {event.fact for code in second for event in desk.dossier(code).state.history}
    report = desk.sync().value
    assert (report.agree, report.waiting, report.reason, report.moved) == (True, 0, None, 5)
    assert len(news(report)) == 1
    shown = told(house)
    assert set(shown) >= {*first, *second}
    assert {event.fact for code in second for event in shown[code].history} == acts
    assert shown[second[1]].collected == 12000
    assert {found.code for found in desk.find("", 50)} == set(shown)
    for code, state in shown.items():
        assert desk.dossier(code).state == state
    status = house.ledger.status()
    assert (status.dossiers, status.held) == (9, 0)
    assert desk.verify().ok
    assert house.ledger.verify().ok
    again = desk.sync().value
    assert (again.sent, again.moved, again.agree) == (0, 0, True)
    assert received(desk, line("sau")).code not in shown
    desk.close()
    desk = at(folder, clock)  # the new journal is this folder's own: nothing more to tell
    assert desk.notices == []
    desk.close()


def test_cut_anywhere_in_giving_up_nothing_is_lost_or_doubled(
    folder: Path, clock: Clock, served: tuple[House, str], tmp_path: Path
) -> None:
    """A twin that moved its acts and one that was copied before it did bring one set of acts."""
    house, _ = served
    desk = at(folder, clock)
    as_here(desk)
    own = received(desk, line("riêng")).code
    desk.close()
    shutil.copytree(folder, tmp_path / "before")
    with_other = at(tmp_path / "before", clock)
    as_here(with_other)
    with with_other._bench.store.writing() as db:
        db.run("UPDATE number_range SET first = first + 100")
        # As if it had never written that dossier: the centre's journal goes another way here.
        db.run("DELETE FROM fact WHERE seq = (SELECT head FROM origin WHERE current)")
        db.run(
            "UPDATE origin SET head = head - 1, head_hash = (SELECT hash FROM fact f WHERE "
            "f.origin = origin.origin AND f.seq = origin.head - 1) WHERE current"
        )
        db.run("DELETE FROM dossier WHERE code = ?", (own,))
    received(with_other, line("khác"))
    assert with_other.sync().value.agree
    with_other.close()
    shutil.copytree(folder, tmp_path / "twin")
    for place in (folder, tmp_path / "twin"):
        desk = at(place, clock)
        as_here(desk)
        report = desk.sync().value
        assert (report.moved, report.agree) == (1, True)
        desk.close()
    shown = told(house)
    assert len(shown) == 4
    assert [event.kind for event in shown[own].history] == ["dossier.received"]
    assert house.ledger.verify().ok
    for place in (folder, tmp_path / "twin"):
        desk = at(place, clock)
        assert desk.sync().value.agree
        assert without_places(desk.dossier(own).state) == without_places(shown[own])
        assert desk.verify().ok
        desk.close()


def test_a_clone_and_its_original_learn_what_the_other_wrote(
    folder: Path, clock: Clock, served: tuple[House, str], tmp_path: Path
) -> None:
    house, _ = served
    clone = tmp_path / "bản sao"
    shutil.copytree(folder, clone)
    one, other = at(folder, clock), at(clone, clock)
    shared = sorted(told(house))[0]
    one.amend(shared, {"note": "máy gốc"}, "theo giấy tờ")
    other.collect(shared, 8000)
    fresh = received(other, line("chỉ ở bản sao")).code
    assert fresh.startswith("TN-")
    for desk in (one, other, one, other):
        assert desk.sync().value.agree
        house.folded()
    there = told(house)
    for desk in (one, other):
        for code in (shared, fresh):
            assert desk.dossier(code).state == there[code]
        assert len(reading.own_origins(desk._bench.store)) == (1 if desk is one else 2)
    assert not received(other, line("sau khi có dải số")).code.startswith("TN-")
    one.close()
    other.close()


def test_a_revoked_folder_that_was_put_back_still_hands_over_all_it_has(
    folder: Path, clock: Clock, served: tuple[House, str], tmp_path: Path
) -> None:
    house, _ = served
    shutil.copytree(folder, tmp_path / "snapshot")
    desk = at(folder, clock)
    received(desk, line("ở trung tâm"))
    assert desk.sync().value.agree
    desk.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "snapshot", folder)
    house.ledger.register.revoke("a", now=house.now)
    desk = at(folder, clock)
    as_here(desk)
    received(desk, line("sau đó"))
    (written,) = desk.dossier(desk.find("", 1)[0].code).state.history
    for moved in (1, 0):
        report = desk.sync().value
        assert (report.reason, report.waiting, report.moved) == ("revoked", 0, moved)
    house.folded()
    shown = [house.ledger.questions.show(each.place)[1] for each in held_of(house)]
    held = {json.loads(body.split(b"\n")[0])["id"] for body in shown}
    assert written.fact in held
    assert house.ledger.status().dossiers == 3
    assert house.ledger.verify().ok
    assert desk.verify().ok
    desk.close()


def held_of(house: House) -> list[Held]:
    """What waits for a person, and still has a place in a journal."""
    return [each for each in house.ledger.questions.held() if each.seq]


def test_the_command_says_in_words_what_is_wrong_with_the_road(
    folder: Path,
    clock: Clock,
    served: tuple[House, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, url = served

    def synced(language: str = "vi") -> tuple[int, object, str]:
        status = main(["sync", "--json", "--data", str(folder), "--officer", "lan", "--language", language])
        said = capsys.readouterr()
        return status, json.loads(said.out)["reason"], said.err

    monkeypatch.setenv("MOBILE_RECEPTION_PASSPHRASE", PASSPHRASE)
    with Road(url).open() as road:
        desk = at(folder, clock)
        received(desk, line("ba"))
        desk._bench.store.keep(url=road.url)
        desk.close()
        known = keys.unlock(keys.read(folder), "lan", PASSPHRASE)  # stretched once, not for each command
        monkeypatch.setattr(keys, "unlock", lambda *_: known)
        for fault, reason, words in (
            ("refuse", "offline", "Chưa có mạng tới trung tâm."),
            ("html", "captive_portal", "Mạng này đòi đăng nhập trước."),
            ("forge", "bad_certificate", "chứng chỉ hoặc chữ ký sai"),
            ("broken", "server_error", "Máy chủ trung tâm đang trục trặc."),
        ):
            road.always = fault
            status, named, said = synced()
            assert (status, named) == (75, reason)
            assert words in said
        road.always = "forge"
        assert "certificate or signature" in synced("en")[2]
        road.always = None
        with mock.patch("mobile_reception.sync.client.road.protocol", Older(protocol)):
            status, named, said = synced()
        assert (status, named) == (75, "too_old")
        assert "Cập nhật chương trình" in said
        with mock.patch.object(Ledger, "take", side_effect=Full):
            status, named, said = synced()
        assert (status, named) == (75, "server_full")
        assert "Máy chủ trung tâm đã đầy." in said
        with mock.patch.object(house.ledger.register, "device", return_value=None):
            status, named, said = synced()
        assert (status, named) == (77, "refused")
        assert "Trung tâm không nhận máy này." in said
        assert synced()[:2] == (0, None)
        (device,) = {each.device for each in house.ledger.status().origins}
        house.ledger.register.revoke(device)
        status, named, said = synced()
        assert (status, named) == (77, "revoked")
        assert "Trung tâm đã thu hồi máy này." in said


def test_a_disabled_officer_is_told_so_once_all_is_sent_and_the_others_go_on(
    folder: Path, clock: Clock, served: tuple[House, str]
) -> None:
    house, _ = served
    house.ledger.register.add_officer(UNIT.code, "mai", "officer", PASSPHRASE)
    desk = at(folder, clock)
    desk.add_officer("mai", "officer", PASSPHRASE)
    house.ledger.register.disable_officer(UNIT.code, "lan")
    received(desk, line("người đã ngừng"))
    report = desk.sync().value
    assert (report.reason, report.waiting, report.held, report.agree) == ("officer_disabled", 0, 1, True)
    assert report.document()["reason"] == "revoked"
    desk.close()
    other = unlock(folder, "mai", PASSPHRASE, clock)
    fresh = received(other, line("người còn làm")).code
    report = other.sync().value
    assert (report.reason, report.waiting, report.agree) == (None, 0, True)
    assert fresh in told(house)
    assert len(held_of(house)) == 1
    other.close()
    run("sync", "--officer", "lan", data=folder, check=77)
    run("sync", "--officer", "mai", data=folder, check=0)
