"""Officers as other laptops and the centre know them: by name, and by a signing key that was proved."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from laptop_and_centre import UNIT, House, PaperBox, enrolled_at, make_centre, noon
from laptops import WEDNESDAY, line, received
from mobile_reception.desk import Denied, make, unlock
from mobile_reception.desk.door import recover
from mobile_reception.desk.reviews import Stage, Weight
from mobile_reception.desk.table import Desk
from mobile_reception.sync.client import add_officer, sync
from test_review import SECRET, Office, a_session, office, only

NEW = "một câu khác cũng dài"


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as here:
        yield here


def named(ward: Office, login: str, name: str, *, scope: str = "hamlets") -> tuple[Desk, str]:
    """A laptop of somebody who has a name, joined to the centre; its recovery code."""
    folder = ward.folder / login
    desk, recovery = make(
        folder, unit=UNIT.code, agency=UNIT.agency_id, login=login, name=name, passphrase=SECRET,
        now=ward.clock, practice=True, alone=False,
    )  # fmt: skip
    register = ward.house.ledger.register
    code = register.new_code(unit=UNIT.code, name=f"Máy {login}", scope=scope, now=ward.clock())
    desk.enrol(ward.address, code, SECRET)
    ward.desks.append(desk)
    return desk, recovery


def at_centre(ward: Office, login: str) -> str:
    return next(each.name for each in ward.house.ledger.register.officers() if each.login == login)


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


# -- Names -----------------------------------------------------------------------------------------------


def test_every_laptop_shows_the_officers_of_the_others_by_name(ward: Office) -> None:
    ward.house.ledger.register.add_officer(UNIT.code, "xa", "deputy", SECRET, "Trần Thị Xa")
    table, _ = named(ward, "lan", "Nguyễn Ngọc Lan")
    deputy = ward.laptop("xa", scope="unit")
    session, (code, _) = a_session(table)
    ward.meet(table, deputy)
    assert deputy.dossier(code).history[0].officer == "Nguyễn Ngọc Lan"
    assert deputy.session_summary(session).officers == ("Nguyễn Ngọc Lan",)
    assert "Nguyễn Ngọc Lan" in words_of(deputy.paper("control", code))
    deputy.approve(session)
    ward.meet(table, deputy)
    assert only(table).reviews[0].name == "Trần Thị Xa"
    assert "Trần Thị Xa" in words_of(table.summary_pdf(session))


def test_an_administrators_word_stands_before_a_laptops(ward: Office) -> None:
    table, _ = named(ward, "lan", "Lan")
    assert at_centre(ward, "lan") == "Lan"
    ward.house.ledger.register.name_officer(UNIT.code, "lan", "  Nguyễn  Ngọc\x00 Lan ")
    assert at_centre(ward, "lan") == "Nguyễn Ngọc Lan"
    table.register_key(SECRET)
    assert at_centre(ward, "lan") == "Nguyễn Ngọc Lan"
    ward.meet(table)
    _, (code, _) = a_session(table)
    assert table.dossier(code).history[0].officer == "Nguyễn Ngọc Lan"
    ward.house.ledger.register.add_officer(UNIT.code, "lan", "officer", SECRET)  # confirmed, not renamed
    assert at_centre(ward, "lan") == "Nguyễn Ngọc Lan"


def test_a_laptop_names_an_officer_whom_the_centre_knows_by_login_only(ward: Office) -> None:
    ward.officer("xa", "deputy")
    assert at_centre(ward, "xa") == ""
    desk, _ = named(ward, "lan", "Nguyễn Ngọc Lan")
    desk.add_officer("xa", "deputy", SECRET, "Trần Thị Xa")
    with pytest.raises(Denied):
        desk.register_key(NEW, "xa")
    assert at_centre(ward, "xa") == ""  # nobody is named by who cannot prove to be that officer
    desk.register_key(SECRET, "xa")
    assert at_centre(ward, "xa") == "Trần Thị Xa"


def test_a_laptop_that_says_no_name_is_understood_and_shown_by_login(tmp_path: Path) -> None:
    make_centre(tmp_path)
    house = House(tmp_path)
    box = PaperBox()
    house.join(box, login="mai")
    with house.serving() as url:
        enrolled_at(box, url)
        assert box.known
        add_officer(box.known, box.key, login="ba", officer_key=b"k" * 32, passphrase=NEW, clock=noon)
        assert sync(box, clock=noon).agree
    assert box.cards
    names = {each["login"]: each["name"] for each in box.cards.officers}
    assert (names["mai"], names["ba"]) == ("", "")
    house.ledger.close()


def test_a_centre_that_says_no_names_leaves_the_logins(ward: Office) -> None:
    table, _ = named(ward, "lan", "Nguyễn Ngọc Lan")
    other = ward.laptop("mai")
    bench = other._bench
    bench._cards["officer"] = [{"login": "lan", "role": "officer", "active": True, "keys": []}]
    assert bench.officer_name("lan") == "lan"
    assert table._bench.officer_name("lan") == "Nguyễn Ngọc Lan"


# -- Keys ------------------------------------------------------------------------------------------------


def recovered(ward: Office, desk: Desk, code: str) -> Desk:
    """The laptop after its officer forgot the passphrase: another one by the recovery code."""
    folder = desk._bench.store.folder
    ward.desks.remove(desk)
    desk.close()
    recover(folder, code, desk.me.login, NEW)
    again = unlock(folder, desk.me.login, NEW, ward.clock)
    ward.desks.append(again)
    return again


def test_a_key_made_by_a_recovery_counts_once_it_is_proved_and_not_before(ward: Office) -> None:
    ward.house.ledger.register.add_officer(UNIT.code, "xa", "deputy", SECRET, "Trần Thị Xa")
    table, _ = named(ward, "lan", "Nguyễn Ngọc Lan")
    deputy, code = named(ward, "xa", "Trần Thị Xa", scope="unit")
    session, _ = a_session(table)
    ward.meet(table, deputy)
    former = deputy._bench.signing
    deputy = recovered(ward, deputy, code)
    assert deputy._bench.signing not in (b"", former)
    ward.meet(table, deputy)
    assert not deputy.review_key_known()  # the window offers to register it

    deputy.approve(session)
    ward.meet(table, deputy)
    weighed = only(table).reviews[0]
    assert (weighed.weight, weighed.reason) == (Weight.REFUSED, "key")
    assert only(table).stage is Stage.WAITING

    with pytest.raises(Denied):  # the passphrase of this laptop proves nothing at the centre
        deputy.register_key(NEW)
    ward.house.ledger.register.set_passphrase(UNIT.code, "xa", "cấp lại qua điện thoại")
    with pytest.raises(Denied):  # and the forgotten one not any more
        deputy.register_key(SECRET)
    assert deputy.register_key("cấp lại qua điện thoại").value == "deputy"
    assert deputy.review_key_known()
    ward.meet(table, deputy)
    assert deputy.review_key_known()
    assert only(table).stage is Stage.WAITING  # what was signed before is not made good silently

    deputy.approve(session)
    ward.meet(table, deputy)
    assert only(table).stage is Stage.APPROVED
    assert [each.weight for each in only(table).reviews] == [Weight.REFUSED, Weight.ALLOWED]

    # The key before the recovery signs nothing any more: somebody may have had it.
    session, _ = a_session(table, "Cúc")
    ward.meet(table, deputy)
    deputy._bench.signing = former
    deputy.approve(session)
    ward.meet(table, deputy)
    found = table.reviewed(session)
    assert (found.reviews[-1].weight, found.reviews[-1].reason) == (Weight.REFUSED, "key")


def test_a_laptop_known_again_makes_no_key_a_deputys(tmp_path: Path) -> None:
    """Someone signs in as «xa» on a laptop that a restored centre has to know again."""
    make_centre(tmp_path)
    house = House(tmp_path)
    house.now = WEDNESDAY
    register = house.ledger.register
    register.add_officer(UNIT.code, "xa", "deputy", SECRET)
    from mobile_reception.centre.database import writing
    from mobile_reception.centre.register import known_officer

    with writing(house.ledger._engine) as db:
        known_officer(db, UNIT.code, "xa", "d" * 36, b"f" * 32)
        known_officer(db, UNIT.code, "mai", "d" * 36, b"m" * 32)
    box = PaperBox()
    device = house.join(box)
    cards = register.cards(device)
    keys = {each["login"]: each["keys"] for each in cards["officers"]}
    assert keys["xa"] == []
    assert len(keys["mai"]) == 1
    house.ledger.close()


def test_who_opened_the_session_is_named_on_the_receipt(ward: Office) -> None:
    desk, _ = named(ward, "lan", "Nguyễn Ngọc Lan")
    desk.open_session("Khóm Trung")
    code = received(desk, line()).code
    assert "Nguyễn Ngọc Lan" in words_of(desk.print_job(code).value.pdf)
