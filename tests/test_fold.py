"""The fold: one set of facts, one state, whatever the order, the road and the clocks did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier import facts, lifecycle, results
from mobile_reception.dossier.facts import GENESIS, Act, Fact
from mobile_reception.dossier.fold import (
    CLOCK_CORRECTED,
    DossierState,
    corrections,
    flatten,
    fold_dossier,
    fold_session,
)

START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
DOSSIER = facts.uuid7(START)
SESSION = facts.uuid7(START)
FIELDS = ("submitter.phone", "submitter.full_name", "note")


@dataclass
class Laptop:
    """A journal in the making, with a clock of its own error."""

    ahead: timedelta = timedelta()
    origin: str = field(default_factory=lambda: facts.uuid7(START))
    written: list[Fact] = field(default_factory=list)
    minutes: int = 0

    def write(
        self, kind: str, payload: Mapping[str, object], base: Mapping[str, str] | None = None, **more: object
    ) -> Fact:
        subject = SESSION if kind.startswith("session.") else DOSSIER
        return self.tell(kind, payload, base, subject=subject, **more)

    def tell(
        self,
        kind: str,
        payload: Mapping[str, object],
        base: Mapping[str, str] | None = None,
        subject: str = DOSSIER,
        **more: object,
    ) -> Fact:
        self.minutes += 1
        last = self.written[-1] if self.written else None
        at = START + self.ahead + timedelta(minutes=self.minutes)
        fact = facts.write(
            Act(subject, kind, payload, base, **more),  # type: ignore[arg-type]
            origin=self.origin,
            seq=len(self.written) + 1,
            stamp=facts.next_stamp(last.stamp if last else 0, at),
            previous=last.hash if last else GENESIS,
            officer=f"officer-{self.origin[-4:]}",
            at=at,
        )
        self.written.append(fact)
        return fact


def received(laptop: Laptop) -> Fact:
    reception = {"submitter": {"full_name": "Trần Thị Xạ", "phone": "0912345678"}, "note": None}
    return laptop.write(
        "dossier.received",
        {"procedure": "2.000815", "code": "H20-261125-0001", "fee": 12000, "reception": reception},
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Fact], list[Fact]]:
    """Facts of several laptops about one dossier, one clock a year off, and the centre's correction of it."""
    ahead = draw(st.sampled_from([timedelta(days=365), timedelta(days=-365)]))
    laptops = [Laptop(), Laptop(ahead), *(Laptop() for _ in range(draw(st.integers(0, 3))))]
    known = [received(draw(st.sampled_from(laptops)))]
    for _ in range(draw(st.integers(0, 12))):
        laptop = draw(st.sampled_from(laptops))
        kind = draw(
            st.sampled_from(
                ["dossier.amended"] * 4
                + ["dossier.withdrawn", "fee.collected", "receipt.printed", "dossier.unheard_of"]
            )
        )
        if kind == "dossier.amended":
            name = draw(st.sampled_from(FIELDS))
            payload: dict[str, object] = {"set": {name: draw(st.sampled_from(["một", "hai", "ba"]))}}
            base = {name: draw(st.sampled_from(known)).id}
        else:
            payload, base = {"amount": 5000, "reason": "theo yêu cầu"}, {}
        known.append(laptop.write(kind, payload, base))
    wrong = laptops[1].origin
    centre = Laptop()
    correction = centre.write(
        CLOCK_CORRECTED, {"origin": wrong, "from_seq": 1, "offset_ms": int(ahead.total_seconds() * 1000)}
    )
    return known, [correction] if draw(st.booleans()) else []


@settings(max_examples=150)
@given(histories(), st.data())
def test_any_order_and_any_duplication_give_the_same_state(
    history: tuple[list[Fact], list[Fact]], data: st.DataObject
) -> None:
    known, corrected = history
    clocks = corrections(corrected)
    again = data.draw(st.lists(st.sampled_from(known), max_size=6))
    arrived = data.draw(st.permutations([*known, *again]))
    expected = fold_dossier(DOSSIER, known, clocks)
    assert fold_dossier(DOSSIER, arrived, clocks) == expected
    assert expected.received
    for name, standing in expected.conflicts.items():
        assert len({each.value for each in standing}) > 1
        assert expected.fields[name] in standing


def test_two_changes_from_one_base_keep_both_values_and_name_both_authors() -> None:
    first, second = Laptop(), Laptop(timedelta(days=365))
    base = {"submitter.phone": received(first).id}
    mine = first.write("dossier.amended", {"set": {"submitter.phone": "0900000001"}}, base)
    theirs = second.write("dossier.amended", {"set": {"submitter.phone": "0900000002"}}, base)
    state = fold_dossier(DOSSIER, [*first.written, *second.written])
    standing = state.conflicts["submitter.phone"]
    assert {each.value for each in standing} == {"0900000001", "0900000002"}
    assert {each.officer for each in standing} == {mine.officer, theirs.officer}


def test_a_change_of_what_was_seen_is_no_conflict_even_by_a_clock_a_year_behind() -> None:
    first, late = Laptop(), Laptop(timedelta(days=-365))
    seen = first.write("dossier.amended", {"set": {"note": "một"}}, {"note": received(first).id})
    late.write("dossier.amended", {"set": {"note": "hai"}}, {"note": seen.id})
    state = fold_dossier(DOSSIER, [*first.written, *late.written])
    assert state.fields["note"].value == "hai"
    assert not state.conflicts


def test_a_named_person_closes_a_conflict() -> None:
    first, second = Laptop(), Laptop()
    base = {"note": received(first).id}
    one = first.write("dossier.amended", {"set": {"note": "một"}}, base)
    two = second.write("dossier.amended", {"set": {"note": "hai"}}, base)
    first.write("conflict.closed", {"field": "note", "settles": [one.id, two.id], "value": "hai"})
    state = fold_dossier(DOSSIER, [*first.written, *second.written])
    assert state.fields["note"].value == "hai"
    assert not state.conflicts


def test_an_act_that_moved_to_another_origin_under_its_id_counts_once() -> None:
    first, moved = Laptop(), Laptop()
    received(first)
    paid = first.write("fee.collected", {"amount": 12000})
    moved.write("fee.collected", {"amount": 12000}, id=paid.id)
    assert fold_dossier(DOSSIER, [*first.written, *moved.written]).collected == 12000


@st.composite
def parted(draw: st.DrawFn) -> tuple[list[Fact], list[Fact], list[Fact]]:
    """Facts that stay, acts of a journal from some place on, and the same acts in a new journal."""
    laptops = [Laptop(timedelta(milliseconds=place)) for place in range(3)]
    known = [received(laptops[0])]
    for _ in range(draw(st.integers(1, 12))):
        laptop = draw(st.sampled_from(laptops))
        laptop.minutes = max(each.minutes for each in laptops)  # a table where everybody sees the others
        kind = draw(st.sampled_from([*["dossier.amended"] * 3, "fee.collected", *_STEPS]))
        name = draw(st.sampled_from(FIELDS))
        changes: dict[str, object] = {"set": {name: draw(st.sampled_from(["một", "hai", "ba"]))}}
        payload = changes if kind == "dossier.amended" else {"amount": 5000, "reason": "theo yêu cầu"}
        known.append(laptop.write(kind, payload, {name: draw(st.sampled_from(known)).id}))
    whose = draw(st.sampled_from(laptops))
    branch = whose.written[draw(st.integers(0, len(whose.written))) :]
    elsewhere = Laptop(timedelta(hours=3))  # begun later: its first stamp is above those of the acts
    elsewhere.write("origin.started", {"reason": "forked"})
    for fact in branch:
        last = elsewhere.written[-1]
        place = {"origin": elsewhere.origin, "seq": last.seq + 1, "previous": last.hash}
        elsewhere.written.append(facts.moved(fact, **place))  # type: ignore[arg-type]
    facts.check_chain(elsewhere.written)
    own = {fact.hash for fact in branch}
    return [fact for fact in known if fact.hash not in own], branch, elsewhere.written[1:]


_STEPS = ("supplement.requested", "supplement.received", "dossier.withdrawn", "citizen.rated")


@settings(max_examples=150)
@given(parted(), st.data())
def test_acts_that_moved_fold_as_they_did_whichever_of_their_places_is_known(
    history: tuple[list[Fact], list[Fact], list[Fact]], data: st.DataObject
) -> None:
    stayed, branch, moved = history
    expected = placeless(fold_dossier(DOSSIER, [*stayed, *branch]))
    assert placeless(fold_dossier(DOSSIER, [*stayed, *moved])) == expected
    some = [data.draw(st.sampled_from(pair)) for pair in zip(branch, moved, strict=True)]
    assert placeless(fold_dossier(DOSSIER, [*stayed, *some])) == expected
    both = data.draw(st.permutations([*stayed, *branch, *moved, *some]))
    assert placeless(fold_dossier(DOSSIER, both)) == expected


def placeless(state: DossierState) -> DossierState:
    """A state without the places of its facts: one act may stand at several."""
    history = tuple(replace(event, origin="", seq=0) for event in state.history)
    collections = tuple(replace(each, origin="") for each in state.collections)
    return replace(state, history=history, collections=collections)


def test_what_does_not_fit_changes_nothing_and_is_listed() -> None:
    laptop = Laptop()
    received(laptop)
    before = fold_dossier(DOSSIER, laptop.written)
    laptop.write("dossier.received", {"procedure": "1.001193", "reception": {}})
    laptop.write("fee.collected", {"amount": -1})
    laptop.write("dossier.teleported", {})
    laptop.write("dossier.amended", {"set": {"note": "x"}}, schema=99)
    after = fold_dossier(DOSSIER, laptop.written)
    assert [misfit.kind for misfit in after.misfits] == [
        "dossier.received",
        "fee.collected",
        "dossier.teleported",
        "dossier.amended",
    ]
    assert (after.fields, after.procedure, after.collected) == (before.fields, before.procedure, 0)


@given(
    st.dictionaries(
        st.sampled_from(
            ["set", "reception", "procedure", "amount", "fee", "cash", "hamlet", "day", "field", "settles"]
        ),
        st.none()
        | st.booleans()
        | st.integers(-5, 5)
        | st.text(max_size=3)
        | st.lists(st.integers(0, 3), max_size=2)
        | st.dictionaries(st.text("ab", min_size=1, max_size=2), st.none() | st.integers(0, 3)),
        max_size=5,
    ),
    st.sampled_from(
        [
            "dossier.received",
            "dossier.amended",
            "conflict.closed",
            "fee.collected",
            "session.opened",
            "session.closed",
            "session.joined",
            "service.provided",
            "citizen.rated",
            "incident.noted",
        ]
    ),
)
def test_the_fold_never_fails_on_any_payload(payload: dict[str, object], kind: str) -> None:
    laptop = Laptop()
    received(laptop)
    laptop.write(kind, payload)
    fold_dossier(DOSSIER, laptop.written)
    fold_session(SESSION, laptop.written)


def test_two_laptops_in_one_session_each_close_their_own_part() -> None:
    first, second = Laptop(), Laptop()
    opening = {"hamlet": "Ấp Thượng 1", "day": "2026-11-25", "kind": "regular"}
    for laptop in (first, second):
        laptop.write("session.opened", opening)
    first.write("session.closed", {"cash": 20000})
    half = fold_session(SESSION, [*first.written, *second.written])
    assert (half.closed_at, half.origins[first.origin], half.origins[second.origin]) == (None, False, True)
    second.write("session.closed", {"cash": 1000})
    whole = fold_session(SESSION, [*second.written, *first.written])
    assert whole.closed_at is not None
    assert whole.cash == 21000


@settings(max_examples=60)
@given(st.data())
def test_a_copy_closes_what_it_saw_and_never_what_the_original_opened_since(data: st.DataObject) -> None:
    original, copy = (
        Laptop(),
        Laptop(data.draw(st.sampled_from([timedelta(), timedelta(365), timedelta(-365)]))),
    )
    opening = {"hamlet": "Ấp Thượng 1", "day": "2026-11-25", "kind": "regular"}
    original.write("session.opened", opening)
    closing = {"parts": [original.origin, copy.origin], "seen": {original.origin: len(original.written)}}
    copy.write("session.closed", closing)
    every = data.draw(st.permutations([*original.written, *copy.written]))
    assert not any(fold_session(SESSION, every).origins.values())
    assert fold_session(SESSION, every).closed_at is not None
    original.write("session.opened", opening)
    state = fold_session(SESSION, data.draw(st.permutations([*original.written, *copy.written])))
    assert (state.origins, state.closed_at) == ({original.origin: True}, None)


def test_nothing_stands_before_the_reception_whatever_the_clocks_said() -> None:
    laptop, behind = Laptop(), Laptop(timedelta(days=-365))
    received(laptop)
    behind.write("dossier.withdrawn", {"reason": "đổi ý"})
    state = fold_dossier(DOSSIER, [*behind.written, *laptop.written])
    assert [event.kind for event in state.history] == ["dossier.received", "dossier.withdrawn"]
    assert (state.status, state.misfits) == (7, ())


def test_a_correction_of_a_clock_never_puts_a_laptops_own_acts_in_another_order() -> None:
    laptop, other = Laptop(), Laptop()
    received(laptop)
    other.write("dossier.amended", {"set": {"note": "của máy khác"}})
    laptop.write("dossier.withdrawn", {"reason": "đổi ý"})
    opened = laptop.write("session.opened", {"hamlet": "Khóm Trung", "day": "2026-11-25"})
    closed = laptop.write("session.closed", {"cash": 5000})
    year = int(timedelta(days=365).total_seconds() * 1000)
    clocks = {laptop.origin: ((2, year), (closed.seq, 2 * year))}  # the centre's own clock had jumped
    state = fold_dossier(DOSSIER, [*laptop.written[:2], *other.written], clocks)
    assert [event.kind for event in state.history if event.origin == laptop.origin] == [
        "dossier.received",
        "dossier.withdrawn",
    ]
    assert (state.status, state.misfits) == (7, ())
    held = fold_session(SESSION, [closed, opened], clocks)
    assert (held.closed_at, held.cash, held.misfits) == (closed.at, 5000, ())


def test_lists_stay_whole_when_objects_become_dotted_names() -> None:
    assert flatten({"a": {"b": 1, "c": {"d": 2}}, "e": [{"f": 3}], "g": {}}) == {
        "a.b": 1,
        "a.c.d": 2,
        "e": [{"f": 3}],
    }


def test_services_ratings_and_incidents_add_up_in_any_order() -> None:
    first, second = Laptop(), Laptop(timedelta(days=-365))
    first.write("session.opened", {"hamlet": "Ấp 1", "day": "2026-11-25"})
    for laptop in (first, second):
        laptop.tell("service.provided", {"kind": "photocopy", "quantity": 3, "price": 500}, subject=SESSION)
        laptop.tell("citizen.rated", {"level": "not", "reason": "chờ lâu"}, subject=SESSION)
        laptop.tell("incident.noted", {"kind": "power"}, subject=SESSION)
    wrong = [
        first.tell("service.provided", {"kind": "photocopy", "quantity": 0, "price": 500}, subject=SESSION),
        first.tell("service.provided", {"kind": "haircut", "quantity": 1, "price": 500}, subject=SESSION),
        first.tell("service.provided", {"kind": "typing", "quantity": 1, "price": True}, subject=SESSION),
        first.tell("citizen.rated", {"level": "not"}, subject=SESSION),
        first.tell("incident.noted", {"kind": ["power"]}, subject=SESSION),
    ]
    state = fold_session(SESSION, [*second.written, *first.written])
    assert state == fold_session(SESSION, reversed([*first.written, *second.written]))
    assert sum(each.saved for each in state.services) == 3000
    assert [each.reason for each in state.ratings] == ["chờ lâu"] * 2
    assert [each.kind for each in state.incidents] == ["power"] * 2
    assert {misfit.fact for misfit in state.misfits} == {fact.id for fact in wrong}


def test_a_dossier_is_rated_once_whoever_says_it_again() -> None:
    first, second = Laptop(), Laptop()
    received(first)
    said = first.tell("citizen.rated", {"level": "satisfied", "proxy": True})
    second.minutes = 9
    again = second.tell("citizen.rated", {"level": "very"})
    state = fold_dossier(DOSSIER, [*second.written, *first.written])
    assert state.rating is not None
    assert (state.rating.fact, state.rating.level, state.rating.proxy) == (said.id, "satisfied", True)
    assert [misfit.fact for misfit in state.misfits] == [again.id]


# -- Results -----------------------------------------------------------------------------------------------

CARD: dict[str, object] = {"code": "H20-261125-0001", "name": "Trần Thị Xạ", "to_pay": 8000}
LATER = timedelta(hours=1)


@st.composite
def journeys(draw: st.DrawFn) -> list[Fact]:
    """What the centre and up to three laptops do with one result, some of them without its reception."""
    laptops = [Laptop() for _ in range(draw(st.integers(1, 3)))]
    known = [received(draw(st.sampled_from(laptops)))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from(sorted(results.KINDS)))
        payload: dict[str, object] = {"to": draw(st.sampled_from(["Trần Thị Xạ", "Lê Văn Tư"]))}
        payload |= {"reason": "vắng nhà", "then": "next", "session": SESSION}
        payload |= {"card": CARD} if draw(st.integers(0, 3)) else {}
        known.append(draw(st.sampled_from(laptops)).write(kind, payload))
    return known


@settings(max_examples=150)
@given(journeys(), st.data())
def test_a_result_is_where_its_facts_say_in_any_order(known: list[Fact], data: st.DataObject) -> None:
    state = fold_dossier(DOSSIER, data.draw(st.permutations(known)))
    assert state == fold_dossier(DOSSIER, known)
    result = state.result
    if result is None:
        return
    back = [place for place, each in enumerate(state.history) if each.kind == results.RETURNED]
    since = state.history[back[-1] if back else 0 :]
    ended = [each.fact for each in since if each.kind in results.ENDINGS]
    assert [each.fact for each in result.endings] == ended  # no hand-over is ever swallowed
    assert (results.ENDING in state.conflicts) == (len({each.words for each in result.endings}) > 1)
    if result.place in ("handed_over", "posted"):
        assert state.status == lifecycle.DELIVERED
        assert result.ending in result.endings


def test_one_result_handed_over_by_two_laptops_is_a_question_that_a_person_settles() -> None:
    first, second, centre = Laptop(LATER), Laptop(1.5 * LATER), Laptop()
    centre.write("result.packed", {"card": CARD})
    mine = first.write("result.handed_over", {"to": "Trần Thị Xạ", "card": CARD, "session": SESSION})
    theirs = second.write("result.handed_over", {"to": "Lê Văn Tư", "card": CARD})
    both = [*centre.written, *first.written, *second.written]
    state = fold_dossier(DOSSIER, both)
    assert not state.misfits
    assert not state.received
    assert (state.code, state.status) == (CARD["code"], lifecycle.DELIVERED)
    assert state.result is not None
    assert state.result.outcomes == {SESSION: "handed_over"}
    standing = state.conflicts[results.ENDING]
    assert {each.officer for each in standing} == {mine.officer, theirs.officer}
    assert results.ENDING not in state.fields
    settled = {"field": results.ENDING, "settles": [mine.id, theirs.id], "value": standing[1].value}
    decided = Laptop(2 * LATER).write("conflict.closed", settled)
    state = fold_dossier(DOSSIER, [*both, decided])
    assert not state.conflicts
    assert state.result is not None
    assert state.result.ending is not None
    assert state.result.ending.fact == theirs.id
    assert len(state.result.endings) == 2


def test_what_came_back_from_the_post_is_handed_over_without_a_question() -> None:
    laptop = Laptop()
    laptop.write("result.taken", {"card": CARD, "session": SESSION})
    laptop.write("result.posted", {"to": "Trần Thị Xạ", "tracking": "EV123456789VN"})
    laptop.write("result.returned", {"reason": "bưu chính hoàn", "then": "next"})
    laptop.write("result.handed_over", {"to": "Trần Thị Xạ"})
    laptop.write("result.returned", {"reason": "bấm nhầm"})  # it is with the citizen: nothing comes back
    state = fold_dossier(DOSSIER, laptop.written)
    assert not state.conflicts
    assert [each.reason for each in state.misfits] == ["handed over already"]
    assert state.result is not None
    assert state.result.place == "handed_over"


def test_what_is_on_board_stays_when_the_centre_packs_anew() -> None:
    laptop, centre, anew = Laptop(LATER), Laptop(), Laptop(2 * LATER)
    centre.write("result.packed", {"card": CARD})
    laptop.write("result.taken", {"card": CARD, "session": SESSION})
    anew.write("result.packed", {"card": {**CARD, "to_pay": 0}})
    anew.write("result.unpacked", {})
    state = fold_dossier(DOSSIER, [*centre.written, *laptop.written, *anew.written])
    assert state.result is not None
    assert (state.result.place, state.result.holder) == ("taken", laptop.origin)
