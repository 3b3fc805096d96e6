"""The fold of dossiers whose facts were erased: what stays is counted as before, and names nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_reception.dossier.facts import Fact, check_chain
from mobile_reception.dossier.fold import REDUCED, DossierState, fold_dossier, reduction
from mobile_reception.store.rows import dossier_figures, dossier_row
from test_fold import DOSSIER, SESSION, Laptop

NAMES = ("Trần Thị Xạ", "Lê Văn Tám Mươi", "0912345678", "087190009999", "GCN-555", "Ấp Chót Vót")
NEEDLES = (*NAMES, "Trần", "Tám Mươi", "90009999")
SALTED = {"phi": 8000, "le_phi": 4000, "fee": 12000, "procedure": "2.000815", "code": "H20-261125-0001"}
CARD = {
    "code": "H20-261125-0001",
    "name": NAMES[1],
    "number": NAMES[4],
    "hamlet": NAMES[5],
    "session": SESSION,
}


def received(laptop: Laptop) -> Fact:
    people = {"full_name": NAMES[0], "phone": NAMES[2], "personal_id": NAMES[3], "address": NAMES[5]}
    days = {"received_at": "2026-11-25T08:00:00+07:00", "due": "2026-11-26T17:00:00+07:00"}
    told = {**SALTED, **days, "session": SESSION, "reception": {"submitter": people, "ref": "paper-0007"}}
    return laptop.write("dossier.received", told)


_ACTS: dict[str, dict[str, object]] = {
    "dossier.amended": {"set": {"note": NAMES[0]}, "reason": NAMES[5]},
    "fee.collected": {"amount": 5000, "session": SESSION, "receipt": NAMES[4]},
    "citizen.rated": {"level": "very", "proxy": True, "session": SESSION},
    "citizen.notified": {"about": "result_ready", "session": SESSION},
    "receipt.printed": {},
    "supplement.requested": {"papers": [NAMES[4]], "reason": NAMES[0]},
    "supplement.received": {},
    "dossier.stopped": {"reason": NAMES[0]},
    "result.packed": {"card": CARD},
    "result.taken": {"card": CARD, "session": SESSION},
    "result.handed_over": {"to": NAMES[1], "personal_id": NAMES[3], "session": SESSION},
    "result.posted": {"to": NAMES[1], "tracking": NAMES[4], "session": SESSION},
    "result.returned": {"reason": NAMES[0], "then": "next", "session": SESSION},
    "file.attached": {"name": f"{NAMES[0]}.pdf", "type": "application/pdf", "size": 9, "sha256": "ab" * 32},
}


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Laptop], list[Fact]]:
    """Facts of several laptops about one dossier, with everything that a citizen left in them."""
    laptops = [Laptop(timedelta(milliseconds=place)) for place in range(3)]
    taken = _ACTS["result.taken"]  # a laptop that carries a result knows nothing else of its dossier
    known = [received(laptops[0]) if draw(st.integers(0, 4)) else laptops[0].write("result.taken", taken)]
    for kind in draw(st.lists(st.sampled_from(sorted(_ACTS)), max_size=12)):
        laptop = draw(st.sampled_from(laptops))
        laptop.minutes = max(each.minutes for each in laptops)
        known.append(laptop.write(kind, _ACTS[kind]))
    return laptops, known


def reduced_by(laptop: Laptop, known: list[Fact]) -> Fact:
    payload = reduction.payload(fold_dossier(DOSSIER, known), known, person="stands for nobody")
    laptop.minutes += 100
    return laptop.write(REDUCED, payload)


def erased(facts: list[Fact]) -> list[Fact]:
    return [fact if fact.kind == REDUCED else replace(fact, payload=None) for fact in facts]


def counted(state: DossierState) -> tuple[object, ...]:
    """All that is counted and shown of a dossier but whose it is."""
    row = dossier_row(replace(state, reduced=None))
    result = state.result
    outcomes = (
        None if result is None else (result.place, result.outcomes, len(result.endings), result.carriers)
    )
    return (row[:4], row[7:], state.received, state.notices, dossier_figures(state), outcomes)


def but_words(state: DossierState) -> DossierState:
    """A state without what people wrote into their acts: that goes with each act that is erased."""
    return replace(state, history=tuple(replace(each, reason=None, about=None) for each in state.history))


@settings(max_examples=200)
@given(histories(), st.data())
def test_what_stays_is_counted_as_before_in_any_order_and_whichever_facts_were_erased(
    history: tuple[list[Laptop], list[Fact]], data: st.DataObject
) -> None:
    laptops, known = history
    before = fold_dossier(DOSSIER, known)
    told = reduced_by(data.draw(st.sampled_from(laptops)), known)
    assert not [needle for needle in NEEDLES if needle in (told.payload or "") or needle in told.header]
    # Whoever has it all folds as ever: one line more has happened.
    whole = fold_dossier(DOSSIER, [*known, told])
    assert replace(whole, history=whole.history[:-1]) == before
    alone = fold_dossier(DOSSIER, data.draw(st.permutations([*erased(known), told, told])))
    assert counted(alone) == counted(before)
    assert alone.reduced is not None
    assert (alone.reduced.facts, alone.reduced.files) == (len(known), len(before.files))
    assert set(alone.fields) <= {"ref"}
    assert not alone.misfits
    assert not [needle for needle in NEEDLES if needle in repr(alone)]
    # Part of it erased, as when a page of the feed has come in between: the same dossier.
    some = [fact if data.draw(st.booleans()) else replace(fact, payload=None) for fact in known]
    if any(fact.payload is None for fact in some):
        assert but_words(fold_dossier(DOSSIER, [told, *some])) == but_words(alone)


@settings(max_examples=150)
@given(histories(), st.data())
def test_reductions_on_two_laptops_and_what_comes_after_them_fold_to_one_state(
    history: tuple[list[Laptop], list[Fact]], data: st.DataObject
) -> None:
    laptops, known = history
    one, other = laptops[0], laptops[1]
    first = reduced_by(one, known)
    cut = data.draw(st.integers(1, len(known)))
    other.minutes = max(each.minutes for each in laptops)
    second = reduced_by(other, known[:cut])  # it had not heard of the rest
    other.minutes += 5
    late = other.write("fee.collected", {"amount": 7000, "session": SESSION})
    third = reduced_by(other, [*erased(known), first, second, late])
    facts = [*erased(known), first, second]
    expected = fold_dossier(DOSSIER, facts)
    assert fold_dossier(DOSSIER, data.draw(st.permutations([*facts, *facts]))) == expected
    assert counted(expected) == counted(fold_dossier(DOSSIER, known))
    paid = fold_dossier(DOSSIER, known).collected
    assert fold_dossier(DOSSIER, data.draw(st.permutations([*facts, late]))).collected == paid + 7000
    # Once more reduced, with what came after: the sum stays, and the former word for it is passed over.
    again = fold_dossier(DOSSIER, data.draw(st.permutations([*facts, replace(late, payload=None), third])))
    assert again.collected == paid + 7000
    assert reduction.places([*erased(known), first]) == reduction.places(known)


def test_an_erased_fact_that_no_reduction_covers_is_a_question_for_a_person() -> None:
    laptop = Laptop()
    known = [received(laptop)]
    told = reduced_by(laptop, known)
    late = replace(laptop.write("fee.collected", {"amount": 5000}), payload=None)
    state = fold_dossier(DOSSIER, [*erased(known), told, late])
    assert [(each.fact, each.reason) for each in state.misfits] == [(late.id, "erased")]
    check_chain([*erased(known), told, late])


def test_a_result_handed_over_again_after_the_reduction_is_a_visible_conflict() -> None:
    laptop, other = Laptop(), Laptop(timedelta(days=1))
    known = [received(laptop), laptop.write("result.taken", _ACTS["result.taken"])]
    known.append(laptop.write("result.handed_over", _ACTS["result.handed_over"]))
    told = reduced_by(laptop, known)
    second = other.write("result.handed_over", {"to": "Nam", "session": SESSION})
    state = fold_dossier(DOSSIER, [*erased(known), told, second])
    assert len(state.conflicts["result.handed_over"]) == 2


@settings(max_examples=150)
@given(histories(), st.data())
def test_whatever_a_fact_says_of_a_reduction_the_fold_does_not_fail(
    history: tuple[list[Laptop], list[Fact]], data: st.DataObject
) -> None:
    laptops, known = history
    payload = reduction.payload(fold_dossier(DOSSIER, known), known, person="x")
    odd = st.one_of(
        st.none(), st.integers(-5, 5), st.text(max_size=3), st.lists(st.integers(0, 9), max_size=2)
    )
    name = data.draw(st.sampled_from(sorted(payload)))
    value = payload[name]
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        payload[name] = {**value, data.draw(st.sampled_from(sorted(value))): data.draw(odd)}
    else:
        payload[name] = data.draw(odd)
    told = laptops[0].write(REDUCED, payload)
    state = fold_dossier(DOSSIER, [*erased(known), told])
    dossier_row(state)
    dossier_figures(state)
