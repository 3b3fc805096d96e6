"""The deputy director's review: signed, judged at the centre, answered, reopened by a later change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptop_and_centre import UNIT, House, make_centre
from laptops import WEDNESDAY, Clock, at_the_table, line, new, received, run
from mobile_reception.desk import Denied, NotFound, Officer, Unacceptable
from mobile_reception.desk.reviews import Reviewed, Stage, Weight
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import review
from mobile_reception.dossier.facts import GENESIS, Act, Fact, uuid7, write
from mobile_reception.dossier.review import Digests

SECRET = "một câu dài để thử"


class Office:
    """A centre that answers, and laptops that join it under the names of their officers."""

    def __init__(self, folder: Path, house: House, address: str) -> None:
        self.folder = folder
        self.house = house
        self.address = address
        self.clock = Clock(WEDNESDAY)
        self.desks: list[Desk] = []

    def officer(self, login: str, role: str) -> None:
        """Somebody whom the centre knows before any laptop does."""
        self.house.ledger.register.add_officer(UNIT.code, login, role, SECRET)

    def laptop(self, login: str, *, scope: str = "hamlets") -> Desk:
        """A laptop in the hands of ``login``, joined to the centre."""
        desk = new(
            self.folder / login, self.clock, unit=UNIT.code, agency=UNIT.agency_id, login=login,
            passphrase=SECRET, alone=False,
        )  # fmt: skip
        register = self.house.ledger.register
        code = register.new_code(unit=UNIT.code, name=f"Máy {login}", scope=scope, now=self.clock())
        desk.enrol(self.address, code, SECRET)
        self.desks.append(desk)
        return desk

    def meet(self, *desks: Desk) -> None:
        """Everybody sends, the centre thinks, everybody fetches."""
        for _ in range(2):
            for desk in desks or self.desks:
                report = desk.sync().value
                assert report.agree, report
            self.house.folded()


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    make_centre(folder)
    house = House(folder)
    house.now = WEDNESDAY
    with house.serving() as address:
        here = Office(folder, house, address)
        try:
            yield here
        finally:
            for desk in here.desks:
                desk.close()
    assert house.ledger.verify().problems == ()
    house.ledger.close()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as here:
        yield here


def a_session(desk: Desk, *names: str) -> tuple[str, list[str]]:
    """A session of these citizens, held and closed: its id and their codes."""
    desk.open_session("Khóm Trung")
    codes = [received(desk, line(name=name, number=None)).code for name in names or ("An", "Bình")]
    return desk.close_session(0).value.id, codes


def only(desk: Desk) -> Reviewed:
    (found,) = desk.reviews()
    return found


def test_a_session_goes_from_the_table_to_the_deputy_and_back(ward: Office) -> None:
    ward.officer("xa", "deputy")
    table, deputy = ward.laptop("lan"), ward.laptop("xa", scope="unit")
    assert deputy.may_review()
    assert deputy.review_key_known()
    assert not table.may_review()
    table.open_session("Khóm Trung")
    assert only(table).stage is Stage.OPEN
    code = received(table, line(name="An", number=None)).code
    session = table.close_session(0).value.id
    assert only(table).stage is Stage.CLOSED  # nobody at the centre knows of it yet
    ward.meet(table, deputy)
    assert [only(desk).stage for desk in (table, deputy)] == [Stage.WAITING, Stage.WAITING]
    assert only(table).seen == only(deputy).seen

    returned = deputy.return_session(session, "Vì sao An chưa nộp phí?").value
    assert (returned.stage, returned.reviews[0].weight) == (Stage.RETURNED, Weight.UNJUDGED)
    ward.meet(deputy, table)
    told = only(table)
    assert told.stage is Stage.RETURNED
    assert told.current is not None
    assert (told.current.weight, told.current.said.question) == (Weight.ALLOWED, "Vì sao An chưa nộp phí?")
    assert table.answer_review(session, "Ông An sẽ nộp khi nhận kết quả.").value.stage is Stage.ANSWERED
    ward.meet(table, deputy)
    assert only(deputy).stage is Stage.ANSWERED
    assert only(deputy).answers[0].words == "Ông An sẽ nộp khi nhận kết quả."

    deputy.approve(session)
    ward.meet(deputy, table)
    assert [only(desk).stage for desk in (table, deputy)] == [Stage.APPROVED, Stage.APPROVED]
    assert len(only(deputy).reviews) == 2

    table.hand_on(code, "Tư pháp - Hộ tịch")  # its way on: the session stays what it was
    ward.meet(table, deputy)
    assert (only(deputy).stage, only(deputy).moved_on) == (Stage.APPROVED, True)
    table.amend(code, {"submitter.full_name": "Ân"}, "gõ sai dấu")
    ward.meet(table, deputy)
    assert [only(desk).stage for desk in (table, deputy)] == [Stage.CHANGED, Stage.CHANGED]
    deputy.approve(session)
    ward.meet(deputy, table)
    assert [only(desk).stage for desk in (table, deputy)] == [Stage.APPROVED, Stage.APPROVED]
    assert table.session_summary(session).officers == ("lan",)  # who reviews did not work there
    assert all(desk.verify().ok for desk in (table, deputy))


CHANGES: dict[str, Any] = {
    "an amendment": lambda desk, code, session: desk.amend(code, {"note": "thêm"}, "bổ sung"),
    "a refusal": lambda desk, code, session: desk.refuse(code, "không thuộc thẩm quyền"),
    "money": lambda desk, code, session: desk.collect(code, 5_000),
    "an incident": lambda desk, code, session: desk.note_incident("power", session=session),
    "a service": lambda desk, code, session: desk.provide_service("typing", session=session),
    "a rating": lambda desk, code, session: desk.rate_session("very", session=session),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_every_later_change_of_a_session_reopens_it(tmp_path: Path, change: str) -> None:
    desk = new(tmp_path / "laptop", role="deputy")
    session, codes = a_session(desk)
    assert desk.approve(session).value.stage is Stage.APPROVED
    assert only(desk).reviews[0].weight is Weight.ALONE
    CHANGES[change](desk, codes[0], session)
    assert only(desk).stage is Stage.CHANGED
    assert desk.verify().ok
    desk.close()


def test_a_dossier_added_later_from_paper_reopens_the_session(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop", role="deputy")
    session, _ = a_session(desk)
    desk.approve(session)
    assert desk.open_session("Khóm Trung").value.id == session
    received(desk, line(name="Dũng", number=None))
    desk.close_session(0)
    assert only(desk).stage is Stage.CHANGED
    desk.close()


# -- Who may ---------------------------------------------------------------------------------------------

CENTRE_ROLES = ("officer", "deputy", "administrator", "inspector")


def act(desk: Desk, what: str, session: str) -> None:
    if what == "approve":
        desk.approve(session)
    elif what == "return":
        desk.return_session(session, "vì sao?")
    else:
        desk.answer_review(session, "vì thế")


@pytest.mark.parametrize("what", ["approve", "return", "answer"])
@pytest.mark.parametrize("role", ["officer", "deputy"])
def test_each_role_may_on_the_laptop_what_is_its_own(tmp_path: Path, role: str, what: str) -> None:
    desk = new(tmp_path / "laptop", role="deputy")
    session, _ = a_session(desk)
    desk.return_session(session, "vì sao?")
    key = desk._bench.signing
    somebody = Desk(desk._bench.store, Officer("diem", "Diễm", role), Clock(), key)
    before = desk.status().facts
    if what == "answer" or role == "deputy":
        act(somebody, what, session)
        assert desk.status().facts == before + 1
    else:
        with pytest.raises(Denied):
            act(somebody, what, session)
        assert desk.status().facts == before
    desk.close()


@pytest.mark.parametrize("verdict", ["approve", "return"])
@pytest.mark.parametrize("role", CENTRE_ROLES)
def test_the_centre_judges_by_its_own_roles(ward: Office, role: str, verdict: str) -> None:
    """Whatever the laptop's own file says: here it calls everybody a deputy director."""
    ward.officer("ai", role)
    desk = ward.laptop("ai")
    session, _ = a_session(desk)
    forged = Desk(desk._bench.store, replace(desk.me, role="deputy"), ward.clock, desk._bench.signing)
    act(forged, verdict, session)
    ward.meet(desk)
    found = only(desk)
    assert found.reviews[0].weight is (Weight.ALLOWED if role == "deputy" else Weight.REFUSED)
    assert found.reviews[0].reason == (None if role == "deputy" else "role")
    expected = {"approve": Stage.APPROVED, "return": Stage.RETURNED}[verdict]
    assert found.stage is (expected if role == "deputy" else Stage.WAITING)
    assert ward.house.ledger.status().held == 0


def test_a_deputy_on_an_officers_laptop_registers_her_key(ward: Office) -> None:
    ward.officer("xa", "deputy")
    desk = ward.laptop("lan")
    session, _ = a_session(desk)
    desk.add_officer("xa", "officer", SECRET)  # the laptop has not heard who she is
    slot = desk._bench.store.slots.slot("xa")
    assert slot is not None
    from mobile_reception.store import keys

    unlocked = keys.unlock(desk._bench.store.slots, "xa", SECRET)
    hers = Desk(desk._bench.store, Officer("xa", "Xạ", slot.role), ward.clock, unlocked.officer_key)
    ward.meet(desk)
    hers._bench.forget_cards()
    assert hers.may_review()  # the centre's word, by its cards
    assert not hers.review_key_known()
    hers.approve(session)
    ward.meet(desk)
    assert (only(desk).reviews[0].weight, only(desk).reviews[0].reason) == (Weight.REFUSED, "key")
    with pytest.raises(Denied):
        hers.register_key("một mật khẩu khác hẳn")
    assert hers.register_key(SECRET).value == "deputy"
    ward.meet(desk)
    hers._bench.forget_cards()
    assert hers.review_key_known()
    hers.approve(session)
    ward.meet(desk)
    assert only(desk).stage is Stage.APPROVED
    assert [each.weight for each in only(desk).reviews] == [Weight.REFUSED, Weight.ALLOWED]


def test_a_disabled_deputy_and_a_broken_signature_weigh_nothing(ward: Office) -> None:
    ward.officer("xa", "deputy")
    desk = ward.laptop("xa")
    session, _ = a_session(desk)
    good = desk.approve(session).value.reviews[0].said
    store, seen = desk._bench.store, good.seen
    body = {
        "verdict": "approved", "facts": seen.facts + 1, "digest": seen.whole,
        "session_digest": seen.session, "key": good.key, "signature": good.signature,
    }  # fmt: skip
    with store.act("xa", ward.clock()) as making:
        making.append(Act(session, review.SESSION_REVIEWED, body))
    ward.meet(desk)
    assert [each.reason for each in only(desk).reviews] == [None, "signature"]
    ward.house.ledger.register.disable_officer(UNIT.code, "xa")
    desk.approve(session)
    desk.sync()
    ward.house.folded()
    assert ward.house.ledger.status().held == 1  # what a disabled officer writes waits for a person


def test_nobody_but_the_centre_gives_a_review_its_weight(ward: Office) -> None:
    """A laptop that writes the centre's word itself is believed neither here nor there."""
    ward.officer("lan", "officer")
    desk = ward.laptop("lan")
    session, _ = a_session(desk)
    forged = Desk(desk._bench.store, replace(desk.me, role="deputy"), ward.clock, desk._bench.signing)
    said = forged.approve(session).value.reviews[0].said
    word = {"review": said.fact, "allowed": True, "reason": None, "signature": "0" * 128}
    with desk._bench.store.act("lan", ward.clock()) as making:
        making.append(Act(session, review.SESSION_JUDGED, word))
    assert only(desk).reviews[0].weight is Weight.UNJUDGED
    ward.meet(desk)
    assert (only(desk).reviews[0].weight, only(desk).reviews[0].reason) == (Weight.REFUSED, "role")


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop", role="deputy")
    with pytest.raises(NotFound):
        desk.reviewed()
    session, _ = a_session(desk)
    with pytest.raises(Unacceptable):
        desk.return_session(session, "  ")
    with pytest.raises(Unacceptable):
        desk.answer_review(session, "không ai hỏi")
    with pytest.raises(NotFound):
        desk.approve("no-such-session")
    desk.return_session(session, "vì sao?")
    with pytest.raises(Unacceptable):
        desk.answer_review(session, " ")
    desk.close()


# -- Digests ---------------------------------------------------------------------------------------------

FACTS = st.lists(
    st.tuples(
        st.sampled_from(("dossier.received", "result.handed_over", "receipt.printed", *review.REVIEW_KINDS)),
        st.sampled_from((None, "here", "elsewhere")),
        st.text("0123456789abcdef", min_size=64, max_size=64),
    ),
    max_size=12,
)


@given(FACTS, st.randoms(use_true_random=False))
def test_digests_are_of_the_set_whatever_its_order(
    facts: list[tuple[str, str | None, str]], any_: Any
) -> None:
    mixed = facts * 2
    any_.shuffle(mixed)
    assert review.digests("here", mixed) == review.digests("here", facts)
    more = [*facts, ("dossier.amended", None, "f" * 64)]
    assert review.digests("here", more).session != review.digests("here", facts).session
    review_only = [*facts, ("session.reviewed", None, "f" * 64)]
    assert review.digests("here", review_only) == review.digests("here", facts)
    elsewhere = [*facts, ("result.handed_over", "elsewhere", "f" * 64)]
    assert review.digests("here", elsewhere).session == review.digests("here", facts).session
    assert isinstance(review.digests("here", []), Digests)


# -- The command line ------------------------------------------------------------------------------------


def test_review_on_the_command_line(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop", role="deputy")
    session, _ = a_session(desk)
    desk.close()
    here = {"data": tmp_path / "laptop"}

    def listed() -> Any:
        return json.loads(run("review", "list", "--json", **here, check=0).stdout)

    run("review", session, "--approve", "--return", "x", **here, check=2)
    run("review", session, "--return", "Vì sao?", **here, check=0)
    run("review", "answer", session, "Vì thế.", **here, check=0)
    (found,) = listed()
    assert (found["state"], found["answers"][0]["answer"]) == ("answered", "Vì thế.")
    told = json.loads(run("review", session, "--approve", "--json", **here, check=0).stdout)
    assert (told["state"], told["review"]["judged"], len(told["reviews"])) == ("approved", "alone", 2)
    assert told["digest"] == told["review"]["digest"]


def test_an_officer_is_not_allowed_to_review(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    session = desk.close_session().value.id
    desk.close()
    run("review", session, "--approve", data=tmp_path / "laptop", check=77)


def test_the_page_says_who_reviewed_it_and_what_was_signed(tmp_path: Path) -> None:
    desk = new(tmp_path / "laptop", role="deputy", name="Trần Thị Xa")
    session, codes = a_session(desk)
    assert "chữ ký số" not in _words(desk.summary_pdf(session))
    found = desk.approve(session).value
    said = _words(desk.summary_pdf(session))
    assert f"Đã duyệt: Trần Thị Xa, 08:00 25/11/2026, chữ ký số {found.seen.session[:16]}" in said
    assert any("Đã duyệt" in line for line in desk.summary_page(session).told)
    desk.amend(codes[0], {"note": "thêm"}, "bổ sung")
    assert "Có thay đổi sau khi duyệt: Trần Thị Xa" in _words(desk.summary_pdf(session))
    desk.close()


def _words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    said = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    document.close()
    return said


def test_officers_hear_of_questions_until_they_are_answered(tmp_path: Path) -> None:
    clock = Clock()
    desk = new(tmp_path / "laptop", clock, role="deputy")
    session, _ = a_session(desk)
    assert desk.review_questions() == ()
    desk.return_session(session, "vì sao?")
    (question,) = desk.review_questions()
    assert (question.session.id, question.asked.said.question) == (session, "vì sao?")
    desk.answer_review(session, "vì thế")
    assert desk.review_questions() == ()
    desk.close()


def test_a_session_that_joined_another_is_reviewed_with_it(tmp_path: Path) -> None:
    clock = Clock()
    desk = new(tmp_path / "laptop", clock, role="deputy")
    main, _ = a_session(desk)
    desk.open_session("Ấp 9")  # opened on its own, the plan had another name for the place
    code = received(desk, line(name="Dũng", number=None)).code
    other = desk.close_session(0).value.id
    assert {each.session.id for each in desk.reviews()} == {main, other}
    desk.join_session(other, main, "cùng một phiên")
    found = only(desk)
    assert (found.session.id, found.session.dossiers) == (main, 3)
    (row,) = desk.compare(WEDNESDAY.date(), WEDNESDAY.date(), "hamlet").rows
    assert (row.sessions, row.dossiers) == (1, 3)
    assert code in [one.code for one in desk.behind(main, "dossiers")]
    desk.approve(main)
    desk.amend(code, {"note": "thêm"}, "bổ sung")
    assert only(desk).stage is Stage.CHANGED
    desk.join_session(other, None)
    planned = {"id": uuid7(WEDNESDAY), "hamlet": "Ấp 9", "day": "2026-11-25", "kind": "regular"}
    with desk._bench.store.writing() as db:
        db.run(
            "INSERT INTO card (kind, key, value) VALUES ('planned', ?, ?)",
            (planned["id"], json.dumps(planned)),
        )
    desk._bench.forget_cards()
    desk.join_session(other, planned["id"])  # planned, and never opened here: it counts as itself meanwhile
    assert {each.session.id for each in desk.reviews()} == {main, other}
    assert sum(row.dossiers for row in desk.compare(WEDNESDAY.date(), WEDNESDAY.date(), "hamlet").rows) == 3
    assert desk.verify().ok
    desk.close()


def told(kind: str) -> Fact:
    """A fact of this kind; what it tells is read from the body that is given beside it."""
    act = Act(str(uuid4()), kind, {})
    return write(act, origin=str(uuid4()), seq=1, stamp=1, previous=GENESIS, officer="xa", at=WEDNESDAY)


REVIEW = {
    "verdict": "returned",
    "question": "Vì sao?",
    "facts": 3,
    "digest": "a" * 64,
    "session_digest": "b" * 64,
    "key": "c" * 64,
    "signature": "d" * 128,
}
JUDGEMENT = {"review": str(uuid4()), "allowed": False, "reason": "role", "signature": "e" * 128}
ANSWER = {"review": str(uuid4()), "answer": "Máy hỏng."}


@pytest.mark.parametrize(
    ("read", "whole", "wrong"),
    [
        (review.review, REVIEW, {"verdict": ["", None, "perhaps"], "question": ["", " ", None, 5]}),
        (review.review, REVIEW, {"digest": ["a" * 63, None, "g" * 64], "session_digest": ["", "B" * 64]}),
        (review.review, REVIEW, {"key": ["c" * 65, None], "signature": ["d" * 127, "D" * 128, None]}),
        (review.judgement, JUDGEMENT, {"review": ["", None, "x"], "allowed": [None, 0, "no"]}),
        (review.judgement, JUDGEMENT, {"reason": [None, "", "because"], "signature": ["", None]}),
        (review.answer, ANSWER, {"review": ["", None], "answer": ["", " \n", None, 7]}),
    ],
)
def test_what_is_told_in_part_is_told_by_nobody(
    read: Callable[[Fact, Mapping[str, Any]], object], whole: dict[str, Any], wrong: dict[str, list[Any]]
) -> None:
    fact = told("session.reviewed")
    assert read(fact, whole) is not None
    for name, values in wrong.items():
        for value in values:
            assert read(fact, {**whole, name: value}) is None, (name, value)
        assert read(fact, {key: value for key, value in whole.items() if key != name}) is None, name


@pytest.mark.parametrize("facts", [None, -1, True, "3", 2.0])
def test_a_count_that_is_none_counts_as_nothing(facts: object) -> None:
    seen = review.review(told("session.reviewed"), {**REVIEW, "facts": facts})
    assert seen is not None
    assert seen.seen.facts == 0
