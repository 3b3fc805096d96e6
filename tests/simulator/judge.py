"""The verdict: what must hold once the world has healed. Reads both sides and trusts neither's summary."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from dataclasses import replace

from mobile_reception.dossier.facts import Fact
from mobile_reception.dossier.fold import DossierState, fold_dossier, fold_session
from mobile_reception.store import reading
from simulator.book import Book
from simulator.centre import CentreHost
from simulator.laptop import LaptopHost
from simulator.scan import files_arrived
from simulator.world import World

_BOOKED = {"dossier.received", "dossier.amended", "dossier.withdrawn", "fee.collected", "file.attached"}


def judge(world: World, book: Book, centre: CentreHost, laptops: list[LaptopHost]) -> set[str]:
    """Raises Violated at the first thing that does not hold; the files that no machine has any more."""
    centre.fold_all()
    working = [laptop for laptop in laptops if not laptop.retired]
    outboxes(world, working)
    states = {state.subject: state for state in centre.ledger.dossiers()}
    _acts(world, book, centre, laptops, states)
    _held(world, book, centre, laptops)
    _conflicts(world, book, centre, states)
    _folds(world, book, centre, working, states)
    gone = files_arrived(world, book, centre, working)
    whole_but_for(world, centre, gone)
    for laptop in working:
        if laptop.desk is not None:
            found = laptop.desk.verify()
            world.demand(found.ok, laptop.name, *found.problems)
    return gone


def whole_but_for(world: World, centre: CentreHost, gone: set[str]) -> None:
    """`verify` at the centre finds nothing wrong but that these files have gone."""
    found = centre.ledger.verify().problems
    missing = {f"file {sha256}: {os.strerror(errno.ENOENT)}" for sha256 in gone}
    world.demand(set(found) == missing, "the centre:", *found)


def outboxes(world: World, laptops: list[LaptopHost]) -> None:
    """Nothing waits on any machine that works, and both sides say so."""
    for laptop in laptops:
        if laptop.retired:
            continue
        world.demand(laptop.desk is not None, laptop.name, "is down")
        world.demand(not laptop.todo, laptop.name, "has", len(laptop.todo), "things left to do")
        laptop.check_marks()
        waiting = reading.counts(laptop.store).waiting
        # A revoked laptop is not told what the centre has, so it cannot say that both have the same.
        agreed = laptop.agreed or laptop.revoked
        world.demand(waiting == 0 and agreed, laptop.name, "waits with", waiting, "agree:", laptop.agreed)
        files = laptop.files_waiting()
        world.demand(files == 0, laptop.name, "waits with", files, "files")


def _acts(
    world: World,
    book: Book,
    centre: CentreHost,
    laptops: list[LaptopHost],
    states: dict[str, DossierState],
) -> None:
    """The acts at the centre are those that people were told of, each once; so are codes and fees."""
    taken = "SELECT id, kind FROM fact WHERE state IN ('taken', 'misfit')"
    at_centre = {fact for fact, kind in centre.rows(taken) if kind in _BOOKED}
    held = {row[0] for row in centre.rows("SELECT id FROM fact WHERE state='held'")}
    revoked = {laptop.name for laptop in laptops if laptop.revoked}
    for fact, told in book.required().items():
        there = fact in at_centre or (told.laptop in revoked and fact in held)
        world.demand(there, told.laptop, "told of", told.kind, told.code or fact, "which is not there")
    for fact in at_centre:
        world.demand(fact in book.acts, "nobody was told of", fact)
    for told in book.acts.values():
        events = states[told.subject].history if told.subject in states else ()
        # Two tables may withdraw one dossier: whichever the clocks put first is the one that counted.
        twice = told.kind == "dossier.withdrawn" and any(event.kind == told.kind for event in events)
        misfits = states[told.subject].misfits if told.subject in states else ()
        world.demand(
            twice or told.fact not in {each.fact for each in misfits},
            told.kind,
            "was done and changed nothing",
        )
    counted = Counter(event.fact for state in states.values() for event in state.history)
    for fact, times in counted.items():
        world.demand(times == 1, "counted", times, "times:", fact)
    here = [book.acts[fact] for fact in sorted(at_centre) if book.acts[fact].subject in states]
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
        there = sum(getattr(state, name) for state in states.values())
        world.demand(promised == there, kind, "comes to", promised, "there", there)


def _held(world: World, book: Book, centre: CentreHost, laptops: list[LaptopHost]) -> None:
    """What waits for a person is the poison that came, what a revoked laptop sent, and nothing else."""
    revoked = {origin for laptop in laptops if laptop.revoked for origin in laptop.origins()}
    rows = centre.rows("SELECT origin, header, reason FROM fact WHERE state='held'")
    for origin, header, reason in rows:
        poisoned = any(fact in header for fact in book.poison)
        world.demand(poisoned or origin in revoked, "held without need:", reason, header)
    # What a stick brought of a folder that was put back, at places that were written anew, nobody else has.
    forgotten = {fact for laptop in laptops for fact in laptop.forgotten}
    for reason, fact, came in centre.rows("SELECT reason, fact, body FROM held WHERE state='held'"):
        lost = reason == "fork" and fact in forgotten
        world.demand(lost, "beside the journals waits for a person:", reason, fact, len(came))
    for fact, kind in book.poison.items():
        (there,) = centre.rows(f"SELECT count(*) FROM fact WHERE header LIKE '%{fact}%' AND state != 'held'")[
            0
        ]
        world.demand(there == 0, "poison was swallowed:", kind)


def _conflicts(world: World, book: Book, centre: CentreHost, states: dict[str, DossierState]) -> None:
    """No change made beside another one went under: all values that nobody saw and replaced stand."""
    known = {event.fact for state in states.values() for event in state.history} & book.acts.keys()
    closed = {
        (subject, json.loads(payload)["field"])
        for subject, payload in centre.rows("SELECT subject, payload FROM fact WHERE kind='conflict.closed'")
    }
    rootless = book.rootless(known)
    for (subject, name), expected in book.standing(known).items():
        if (subject, name) in closed:  # an administrator has chosen
            continue
        state = states[subject]
        standing = {str(each.value) for each in state.conflicts.get(name, (state.fields[name],))}
        as_told = expected <= standing if (subject, name) in rootless else standing == expected
        world.demand(as_told, name, "of", state.code, "has", standing, "instead of", expected)
    conflicts = sum(len(state.conflicts) for state in states.values())
    world.counts["conflicts kept"] += conflicts


def _folds(
    world: World,
    book: Book,
    centre: CentreHost,
    laptops: list[LaptopHost],
    states: dict[str, DossierState],
) -> None:
    """The facts of all laptops, without the held, fold to what the centre shows."""
    held = {row[0] for row in centre.rows("SELECT id FROM fact WHERE state='held'")}
    # An act that moved may be held in one journal and taken in another: then it counts.
    held -= {row[0] for row in centre.rows("SELECT id FROM fact WHERE state!='held'")}
    own = "SELECT origin FROM origin WHERE device IS NULL"
    at_centre = {row[0] for row in centre.rows("SELECT hash FROM fact")}
    acts_there = centre.acts()
    said_again = {row[0] for row in centre.rows(f"SELECT id FROM fact WHERE origin IN ({own})")}
    ours = {fact.hash for laptop in laptops for fact in laptop.facts() if fact.origin in laptop.origins()}
    facts: dict[str, dict[str, Fact]] = {}
    for laptop in laptops:
        for fact in laptop.facts():
            there = fact.hash in at_centre or (fact.hash not in ours and fact.id in said_again)
            # What its author and the centre have forgotten, others may still have been told of.
            lost = book.both_put_back and fact.origin not in laptop.origins() and not there
            world.demand(there or lost, laptop.name, "has a fact that the centre lacks:", fact.kind)
            if lost and fact.id not in acts_there:
                held.add(fact.id)
            elif fact.id not in held:
                facts.setdefault(fact.subject, {})[fact.hash] = fact
    trusted = [laptop for laptop in laptops if not laptop.revoked]
    clocks = trusted[0].store.clocks()
    for laptop in trusted:
        world.demand(laptop.store.clocks() == clocks, laptop.name, "reads clocks in another way")
        _own_view(world, laptop, states, held)
    untold = {laptop.machine.device for laptop in laptops if laptop.revoked and laptop.put_back_once}
    gone = {
        subject
        for device in untold  # revoked and put back: what it forgot the centre has, and gives it no more
        for (subject,) in centre.rows(
            f"SELECT f.subject FROM fact f JOIN origin o ON o.origin=f.origin WHERE o.device='{device}'"
        )
    }
    for subject, state in states.items():
        if subject in gone:
            continue
        mine = fold_dossier(subject, facts.get(subject, {}).values(), clocks)
        world.demand(
            placeless(mine) == placeless(state), "dossier", state.code, "folds in another way on the laptops"
        )
    columns = "subject, opened, hamlet, kind, day, opened_at, closed_at, joined_to, cash"
    for subject, *row in centre.rows(f"SELECT {columns} FROM session"):
        if subject in gone:
            continue
        held_in = fold_session(subject, facts.get(subject, {}).values(), clocks)
        world.demand(
            [getattr(held_in, name) for name in columns.split(", ")[1:]] == row, "session", held_in.day
        )
        for laptop in trusted:
            own = [fact for fact in laptop.facts(subject) if fact.id not in held]
            if {fact.origin for fact in own} & laptop.origins():
                shown = fold_session(subject, own, clocks)
                world.demand(shown == held_in, laptop.name, "shows another session of", held_in.day)


def _own_view(world: World, laptop: LaptopHost, states: dict[str, DossierState], held: set[str]) -> None:
    """A laptop has the whole of every dossier that it wrote about, and shows what the centre shows.

    What a centre told of before it was put back, and holds now that its author is revoked, it has still.
    """
    assert laptop.desk is not None
    shown = {line.id for line in laptop.desk.find("", 1000)}
    with laptop.store.reading() as db:
        wrote = "SELECT DISTINCT subject FROM fact WHERE origin IN (SELECT origin FROM origin WHERE mine)"
        subjects = set(db.run(wrote).scalars())
    for subject in sorted(states.keys() & (subjects | shown)):
        there = states[subject]
        world.demand(subject in shown, laptop.name, "does not show", there.code)
        mine = laptop.desk.dossier(subject).state
        facts = laptop.facts(subject)
        if any(fact.id in held for fact in facts):
            known = [fact for fact in facts if fact.id not in held]
            mine = fold_dossier(subject, known, laptop.store.clocks())
        world.demand(placeless(mine) == placeless(there), laptop.name, "shows another", there.code)


def placeless(state: DossierState) -> DossierState:
    """A state without the places of its facts: an act of a journal that was copied may stand at several."""
    history = tuple(replace(event, origin="", seq=0) for event in state.history)
    collections = tuple(replace(each, origin="") for each in state.collections)
    return replace(state, history=history, collections=collections, misfits=())
