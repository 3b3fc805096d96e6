"""Two connections to one PostgreSQL never wait for each other, whatever they do at the same time.

Each case stops one transaction in its middle until the other one waits for a lock of it. Taken in another
order than `centre.database` says, their locks would be a circle, and PostgreSQL would end one of the two.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

import databases
from laptop_and_centre import NOON, House, PaperBox, reception, remember, take
from mobile_reception.centre import feed, folding, own
from mobile_reception.centre.database import lock_subjects, writing
from mobile_reception.dossier.facts import Act

server_house = databases.server_house


class Meanwhile:
    """Work that begins in the middle of other work, once: who waits for it knows that it waits for a lock."""

    def __init__(self, house: House, work: Callable[[], Any]) -> None:
        self._house = house
        self._work = work
        self._thread: threading.Thread | None = None
        self.failed: list[BaseException] = []

    def begin(self) -> None:
        """Until it has ended or waits; the second time nothing."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        while self._thread.is_alive():
            with self._house.ledger._engine.connect() as db:
                if db.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                    return
            self._thread.join(0.01)

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.failed.append(error)

    def ended(self) -> None:
        """It came to its end without having been in anybody's way."""
        assert self._thread is not None
        self._thread.join(30)
        assert self.failed == []

    def after(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        """Begin when this function has done its work for the other side."""
        plain, other = getattr(module, name), threading.current_thread()

        def done(*args: Any, **named: Any) -> Any:
            answer = plain(*args, **named)
            if threading.current_thread() is other:
                self.begin()
            return answer

        monkeypatch.setattr(module, name, done)


def reviewed(house: House, box: PaperBox, count: int) -> list[str]:
    """Sessions that wait for the centre's word on their reviews."""
    seen = {"digest": "0" * 64, "session_digest": "0" * 64, "facts": 1}
    said = {"verdict": "approved", "key": "0" * 64, "signature": "0" * 128, **seen}
    sessions = sorted(str(uuid4()) for _ in range(count))
    for session in sessions:
        opened = {"hamlet": "Ấp 1", "kind": "regular", "day": "2026-11-18"}
        box.write(Act(session, "session.opened", opened), Act(session, "session.reviewed", said))
    take(house, box, remember(box.journals[box.origin]))
    while house.ledger.fold_some():
        pass
    with house.ledger._engine.connect() as db:
        assert folding.waiting_for_judgement(db) == count
    return sessions


def test_judging_several_sessions_is_in_nobodys_way(server_house: tuple[House, PaperBox]) -> None:
    house, box = server_house
    sessions = reviewed(house, box, 2)
    judging = Meanwhile(house, lambda: house.ledger.judge(NOON))
    with writing(house.ledger._engine) as db:
        lock_subjects(db, box.known.unit if box.known else "", sessions[1:])
        judging.begin()
        folding.refold(db, box.known.unit if box.known else "", sessions[1:])
    judging.ended()
    house.folded()
    assert house.ledger.verify().ok


def test_two_that_fold_dossiers_of_one_code_are_not_in_each_others_way(
    server_house: tuple[House, PaperBox], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, box = server_house
    one, two = box.write(reception("H20-1"), reception("H20-1"))
    take(house, box, remember(box.journals[box.origin]))
    house.folded()
    unit = box.known.unit if box.known else ""

    def again(subject: str) -> None:
        with writing(house.ledger._engine) as db:
            folding.refold(db, unit, [subject])

    other = Meanwhile(house, lambda: again(two.subject))
    other.after(monkeypatch, feed, "move")
    again(one.subject)
    other.ended()
    assert house.ledger.verify().ok


def test_a_run_with_a_wrong_clock_and_a_worker_that_starts_are_not_in_each_others_way(
    server_house: tuple[House, PaperBox], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, box = server_house
    starting = Meanwhile(house, house.ledger.reconsider)
    box.receive(1, at=NOON + timedelta(days=300))
    plain = own.append

    def later(*args: Any, **named: Any) -> Any:
        starting.begin()
        return plain(*args, **named)

    monkeypatch.setattr(own, "append", later)
    take(house, box, box.journals[box.origin])
    starting.ended()


def test_a_run_and_a_revocation_are_not_in_each_others_way(
    server_house: tuple[House, PaperBox], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, box = server_house
    assert box.known
    device = box.known.device
    revoking = Meanwhile(house, lambda: house.ledger.register.revoke(device, now=NOON))
    box.receive(1)
    revoking.after(monkeypatch, own, "move_clock")
    assert take(house, box, box.journals[box.origin]).seq == 1
    revoking.ended()
