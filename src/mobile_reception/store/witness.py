"""What the centre could lose, kept here: its signed answers, the ranges that it gave, facts of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from mobile_reception.dossier.facts import Fact
from mobile_reception.store.journal import Store, meta, stored_fact
from mobile_reception.store.transaction import Transaction
from mobile_reception.store.values import Kept, Testimony, Vouched

_ENOUGH: Final = 200_000  # characters of facts in one request
_REACHED: Final = "brought_back"


def testimony(store: Store) -> Testimony:
    """All that this laptop has to show its centre, should that have been put back."""
    with store.reading() as db:
        rows = db.run("SELECT origin, answer, signature FROM origin WHERE mine ORDER BY origin").all()
        ranges: dict[str, list[tuple[int, int]]] = {}
        for origin, first, last in db.run("SELECT origin, first, last FROM number_range ORDER BY first"):
            ranges.setdefault(origin, []).append((first, last))
        card = db.run("SELECT value FROM card WHERE kind='settings'").scalar()
        epoch, _, _ = _reached(db)
        own = db.run(
            "SELECT f.header, f.payload, f.payload_hash, f.hash, c.proof FROM centre_fact c "
            "JOIN fact f ON f.origin=c.origin AND f.seq=c.seq WHERE c.origin=? ORDER BY c.seq DESC LIMIT 1",
            (epoch,),
        ).first()
    name = json.loads(card).get("device_name") if card else None
    slots = store.slots.slots
    return Testimony(
        name=str(name or ""),
        journals=tuple(
            Kept(origin, tuple(ranges.get(origin, ())), answer, signature or b"")
            for origin, answer, signature in rows
        ),
        officers=tuple(
            (slot.login, bytes.fromhex(slot.public_key))
            for slot in slots
            if slot.kind == "officer" and slot.public_key
        ),
        epoch=epoch,
        own=None if own is None else (stored_fact(*own[:4]), own[4]),
    )


def keep_proofs(db: Transaction, facts: Iterable[Fact], proofs: Mapping[str, bytes]) -> None:
    """Keep the centre's word for those facts that are its own."""
    own = [(fact.origin, fact.seq, proofs[fact.hash]) for fact in facts if fact.hash in proofs]
    db.run_each(
        "INSERT INTO centre_fact (origin, seq, proof) VALUES (?,?,?) "
        "ON CONFLICT (origin, seq) DO UPDATE SET proof=excluded.proof",
        own,
    )


def vouched(store: Store, epoch: str) -> Vouched | None:
    """The next of the centre's facts from before ``epoch`` that it was not given back; None at the end."""
    with store.reading() as db:
        begun, origin, seq = _reached(db)
        if begun != epoch:
            origin, seq = "", 0
        rows = db.run(
            "SELECT f.header, f.payload, f.payload_hash, f.hash, c.proof FROM centre_fact c "
            "JOIN fact f ON f.origin=c.origin AND f.seq=c.seq "
            "WHERE c.origin<>? AND (c.origin, c.seq)>(?, ?) ORDER BY c.origin, c.seq LIMIT 200",
            (epoch, origin, seq),
        ).all()
    taken: list[tuple[Fact, bytes]] = []
    size = 0
    for *lines, proof in rows:
        fact = stored_fact(*lines)
        size += len(fact.header) + len(fact.payload or "")
        if taken and size > _ENOUGH:
            break
        taken.append((fact, proof))
    if not taken:
        return None if begun == epoch else Vouched((), ("", 0))
    last = taken[-1][0]
    return Vouched(tuple(taken), (last.origin, last.seq))


def brought_back(store: Store, epoch: str, reached: tuple[str, int]) -> None:
    """The centre has them, up to this place."""
    store.keep(**{_REACHED: json.dumps([epoch, *reached])})


def _reached(db: Transaction) -> tuple[str, str, int]:
    said = meta(db, _REACHED)
    if said is None:
        return "", "", 0
    epoch, origin, seq = json.loads(said)
    return str(epoch), str(origin), int(seq)
