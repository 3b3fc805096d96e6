"""What a journal does that turns out to be one of two: it gives its own branch up, and takes the other's.

A folder that was copied or put back unseen has written at places where the centre holds something else. Its
acts go on in a new journal, under their old ids, so that none of them counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mobile_reception.dossier.facts import GENESIS, Fact, link, moved
from mobile_reception.store.journal import Store, facts_of, insert_fact, keep, stored_fact
from mobile_reception.store.rows import refresh
from mobile_reception.store.transaction import Transaction

_LINES = "SELECT header, payload, payload_hash, hash FROM fact WHERE origin=? AND seq>? ORDER BY seq"


def give_up(store: Store, origin: str, common: int, at: datetime) -> int:
    """Move the acts behind ``common`` out of a journal of this laptop, into a new one; how many they were.

    The new journal is current if the old one was. What the centre has in their place can then be taken back.
    All of it or nothing; without such acts only the next one goes to a new journal.
    """
    clocks = store.clocks()
    with store.writing() as db:
        current, reached = db.run(
            "SELECT current, acknowledged FROM origin WHERE origin=? AND mine", (origin,)
        ).one()
        branch = [stored_fact(*row) for row in db.run(_LINES, (origin, common)).all()]
        if not branch:
            if current:
                keep(db, **{f"forked:{origin}": "the centre holds another journal"})
            store.notice = store.notice or ("forked" if current else None)
            return 0
        elsewhere = store.begin_origin(db, at, "forked", former=origin, current=bool(current))
        seq, last_hash, stamp = db.run(
            "SELECT head, head_hash, stamp FROM origin WHERE origin=?", (elsewhere,)
        ).one()
        db.run("DELETE FROM fact WHERE origin=? AND seq>?", (origin, common))
        for fact in branch:
            act = moved(fact, origin=elsewhere, seq=seq + 1, previous=last_hash)
            insert_fact(db, act)
            seq, last_hash, stamp = act.seq, act.hash, max(stamp, act.stamp)
        _head_at(db, elsewhere, seq, last_hash, stamp)
        before = _hash_at(db, origin, common)
        _head_at(db, origin, common, before, stamp)
        if reached > common:
            mark = "UPDATE origin SET acknowledged=?, acknowledged_hash=? WHERE origin=?"
            db.run(mark, (common, before, origin))
        for subject in sorted({fact.subject for fact in branch}):
            refresh(db, subject, facts_of(db, subject), clocks)
    store.notice = "forked"
    store.went_on(elsewhere if current else None, seq, last_hash)
    return len(branch)


def take_back(store: Store, origin: str, facts: Sequence[Fact]) -> bool:
    """Lengthen a journal of this laptop by facts of its own that the centre still had.

    False, changing nothing, unless they begin right behind its head. If it is the current journal, the
    next act goes to a new one: whoever lost its end may have lost more than the centre knows.
    """
    clocks = store.clocks()
    first, last = facts[0], facts[-1]
    with store.writing() as db:
        row = db.run("SELECT head, head_hash, current FROM origin WHERE origin=? AND mine", (origin,)).first()
        if row is None or first.seq != row[0] + 1:
            return False
        if first.hash != link(first.header, first.payload_hash, row[1]):
            return False
        for fact in facts:
            insert_fact(db, fact)
        _head_at(db, origin, last.seq, last.hash, max(fact.stamp for fact in facts))
        for subject in sorted({fact.subject for fact in facts}):
            refresh(db, subject, facts_of(db, subject), clocks)
        if row[2]:
            keep(db, **{f"forked:{origin}": "taken back"})
    if row[2]:
        store.notice = "forked"
    return True


def _head_at(db: Transaction, origin: str, seq: int, head_hash: str, stamp: int) -> None:
    place = "UPDATE origin SET head=?, head_hash=?, stamp=max(stamp, ?) WHERE origin=?"
    db.run(place, (seq, head_hash, stamp, origin))


def _hash_at(db: Transaction, origin: str, seq: int) -> str:
    if seq == 0:
        return GENESIS
    return str(db.run("SELECT hash FROM fact WHERE origin=? AND seq=?", (origin, seq)).scalar())
