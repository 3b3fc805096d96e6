"""The verdict: what must hold once the world has healed. Reads both sides and trusts neither's summary."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import replace

from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import DossierState, fold_dossier
from simulator.book import Book
from simulator.centre import CentreHost
from simulator.laptop import LaptopHost
from simulator.world import World

_BOOKED = {"dossier.received", "dossier.amended", "dossier.withdrawn", "fee.collected"}


def judge(world: World, book: Book, centre: CentreHost, laptops: list[LaptopHost]) -> None:
    """Raises Violated at the first thing that does not hold."""
    centre.fold_all()
    working = [laptop for laptop in laptops if not laptop.retired]
    outboxes(world, working)
    states = {state.subject: state for state in centre.ledger.dossiers()}
    _acts(world, book, states)
    _held(world, book, centre)
    _conflicts(world, book, states)
    _folds(world, centre, working, states)
    verdict = centre.ledger.verify()
    world.demand(verdict.ok, "the centre:", *verdict.problems)
    for laptop in working:
        if laptop.desk is not None:
            found = laptop.desk.verify()
            world.demand(found.ok, laptop.name, *found.problems)


def outboxes(world: World, laptops: list[LaptopHost]) -> None:
    """Nothing waits on any machine that works, and both sides say so."""
    for laptop in laptops:
        if laptop.retired:
            continue
        world.demand(laptop.desk is not None, laptop.name, "is down")
        world.demand(not laptop.todo, laptop.name, "has", len(laptop.todo), "things left to do")
        laptop.check_marks()
        assert laptop.desk is not None
        waiting = laptop.desk.status().waiting
        world.demand(
            waiting == 0 and laptop.agreed, laptop.name, "waits with", waiting, "agree:", laptop.agreed
        )


def _acts(world: World, book: Book, states: dict[str, DossierState]) -> None:
    """The acts at the centre are those that people were told of, each once; so are codes and fees."""
    required = book.required()
    at_centre: Counter[str] = Counter()
    for state in states.values():
        at_centre.update(event.fact for event in state.history if event.kind in _BOOKED)
        at_centre.update(misfit.fact for misfit in state.misfits)
    for fact, told in required.items():
        world.demand(
            at_centre[fact] == 1, told.kind, told.code or fact, "of", told.laptop, "is there", at_centre[fact]
        )
    for fact in at_centre:
        world.demand(fact in book.acts, "nobody was told of", fact)
    here = [book.acts[fact] for fact in at_centre]
    for told in here:
        if told.kind == "dossier.received":
            state = states[told.subject]
            world.demand(
                (state.code, state.fee) == (told.code, told.fee), "told", told.code, "there", state.code
            )
    codes = Counter(state.code for state in states.values())
    world.demand(all(count == 1 for count in codes.values()), "a code stands on two dossiers")
    for kind, name in (("dossier.received", "fee"), ("fee.collected", "collected")):
        promised = sum(told.fee for told in here if told.kind == kind)
        counted = sum(getattr(state, name) for state in states.values())
        world.demand(promised == counted, kind, "comes to", promised, "there", counted)


def _held(world: World, book: Book, centre: CentreHost) -> None:
    """What waits for a person is the poison that came, and nothing else."""
    held = set(_rows(centre, "SELECT header FROM fact WHERE state='held'"))
    ids = {fact for fact in book.poison if any(fact in header for header in held)}
    world.demand(len(ids) == len(held), "held at the centre:", len(held), "of poison:", len(ids))


def _rows(centre: CentreHost, query: str) -> list[str]:
    db = sqlite3.connect(f"file:{centre.disk.path}?mode=ro", uri=True)
    try:
        return [row[0] for row in db.execute(query)]
    finally:
        db.close()


def _conflicts(world: World, book: Book, states: dict[str, DossierState]) -> None:
    """No change made beside another one went under: all values that nobody saw and replaced stand."""
    known = {event.fact for state in states.values() for event in state.history} & book.acts.keys()
    for (subject, name), expected in book.standing(known).items():
        state = states[subject]
        standing = {str(each.value) for each in state.conflicts.get(name, (state.fields[name],))}
        world.demand(standing == expected, name, "of", state.code, "has", standing, "instead of", expected)
    conflicts = sum(len(state.conflicts) for state in states.values())
    world.counts["conflicts kept"] += conflicts


def _folds(
    world: World, centre: CentreHost, laptops: list[LaptopHost], states: dict[str, DossierState]
) -> None:
    """The facts of all laptops, without the held, fold to what the centre shows."""
    held = set(_rows(centre, "SELECT id FROM fact WHERE state='held' AND id IS NOT NULL"))
    at_centre = set(_rows(centre, "SELECT hash FROM fact"))
    facts: dict[str, dict[str, Fact]] = {}
    for laptop in laptops:
        for fact in laptop.facts():
            world.demand(fact.hash in at_centre, laptop.name, "has a fact that the centre lacks:", fact.kind)
            if fact.id not in held:
                facts.setdefault(fact.subject, {})[fact.hash] = fact
    clocks = laptops[0].store.clocks()
    for laptop in laptops:
        world.demand(laptop.store.clocks() == clocks, laptop.name, "reads clocks in another way")
    for subject, state in states.items():
        mine = fold_dossier(subject, facts.get(subject, {}).values(), clocks)
        world.demand(mine == state, "dossier", state.code, "folds in another way on the laptops")
    for laptop in laptops:
        _own_view(world, laptop, states)


def _own_view(world: World, laptop: LaptopHost, states: dict[str, DossierState]) -> None:
    """What a laptop shows of a dossier whose facts it has all is what the centre shows."""
    assert laptop.desk is not None
    for line in laptop.desk.find("", 1000):
        mine = laptop.desk.dossier(line.id).state
        there = states[line.id]
        if {event.fact for event in mine.history} == {event.fact for event in there.history}:
            world.demand(
                replace(mine, misfits=()) == replace(there, misfits=()), line.code, "shows another state"
            )
