"""Two laptops in one session over the real centre, one of them dead at noon and put back from a stick."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from laptop_and_centre import UNIT
from laptops import WEDNESDAY, line, received
from mobile_reception.desk import unlock
from mobile_reception.desk.backups import restore
from mobile_reception.desk.reviews import Reviewed, Stage
from mobile_reception.desk.table import Desk
from test_review import SECRET, Office, office


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as here:
        yield here


def for_(desk: Desk, name: str) -> str:
    return received(desk, line(name=name, number=None)).code


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


def page(desk: Desk, session: str) -> Reviewed:
    return desk.reviewed(session)


def test_a_session_outlives_a_laptop_that_died_at_noon(ward: Office, tmp_path: Path) -> None:
    ward.house.ledger.register.plan(UNIT.code, "Khóm Trung", WEDNESDAY.date(), "regular")
    ward.officer("xa", "deputy")
    one, other = ward.laptop("lan"), ward.laptop("mai")
    deputy = ward.laptop("xa", scope="unit")
    session = one.open_session("Khóm Trung").value.id
    assert other.open_session("Khóm Trung").value.id == session  # one planned session, whoever opens it
    codes = [for_(one, "An"), for_(one, "Bình"), for_(other, "Cúc")]
    ward.meet()
    codes.append(for_(other, "Dung"))
    stick = tmp_path / "stick"
    stick.mkdir()
    saved = other.back_up(stick).value
    lost = for_(other, "Én")  # after the last backup, before the road: only on paper from now on
    ward.desks.remove(other)
    other.close()
    shutil.rmtree(tmp_path / "mai")

    closed = one.close_session(0).value
    assert one.closing(closed.id).other_parts == 1
    ward.meet(one, deputy)
    found = page(deputy, session)
    assert (found.stage, found.open_parts, found.session.dossiers) == (Stage.OPEN, 1, 3)
    deputy.approve(session)  # nobody has to wait for a machine that is dead
    ward.meet(one, deputy)
    assert page(deputy, session).stage is Stage.APPROVED

    restore(saved.file, tmp_path / "mai again", login="mai", passphrase=SECRET)
    again = unlock(tmp_path / "mai again", "mai", SECRET, ward.clock)
    ward.desks.append(again)
    assert again.dossier(codes[3]).state.code == codes[3]
    ward.meet()
    found = page(deputy, session)
    assert (found.stage, found.session.dossiers) == (Stage.CHANGED, 4)  # visibly, not silently
    here = page(one, session)
    assert (here.session.dossiers, here.whole) == (2, False)  # its own part, and it says so
    assert "phần của máy này" in one.summary_page(session).told[0]
    assert "phần của máy này" in words_of(one.summary_pdf(session))
    assert (one.summary(session)["whole"], deputy.summary(session)["whole"]) == (False, True)
    assert "phần của máy này" not in words_of(deputy.summary_pdf(session))
    fresh = for_(again, "Én")  # taken in again from the paper stub: in a journal of its own, no code twice
    assert fresh not in {*codes, lost}
    again.close_session(0)
    ward.meet()
    found = page(deputy, session)
    assert (found.open_parts, found.session.dossiers) == (0, 5)
    deputy.approve(session)
    ward.meet()
    assert page(deputy, session).stage is Stage.APPROVED
    assert {page(desk, session).stage for desk in (one, again)} == {Stage.APPROVED}
    assert ward.house.ledger.status().dossiers == 5
    assert all(desk.verify().ok for desk in ward.desks)
