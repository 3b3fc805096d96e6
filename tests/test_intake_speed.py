"""A centre that holds many years takes a run in as few steps as on its first day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

import databases
from laptop_and_centre import NOON, House, PaperBox, make_centre, remember, take
from mobile_reception.dossier.facts import Fact

server_house = databases.server_house

INDICES = {
    "fact_held": "fact_held ON fact (origin) WHERE state IN ('held','misfit')",
    "fact_place": "UNIQUE fact_place ON fact (origin, seq)",
    "dossier_conflict": "dossier_conflict ON dossier (origin) WHERE conflicts > 0",
    "ix_dossier_origin": "ix_dossier_origin ON dossier (origin)",
}


@pytest.mark.parametrize(
    "order", [tuple(INDICES), tuple(reversed(INDICES))], ids=["narrow first", "narrow last"]
)
def test_a_run_costs_as_many_steps_however_long_its_journal_is(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    """Of two indices that fit SQLite takes the one made last, and which that is chance decides."""
    make_centre(tmp_path)
    house = House(tmp_path)
    with house.ledger._engine.begin() as db:
        for name in order:
            db.exec_driver_sql(f"DROP INDEX {name}")
            unique = "UNIQUE " if INDICES[name].startswith("UNIQUE ") else ""
            db.exec_driver_sql(f"CREATE {unique}INDEX {INDICES[name].removeprefix('UNIQUE ')}")
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def count(connection: Any, *_: object) -> None:
        connection.set_progress_handler(step, 10)

    event.listen(house.ledger._engine, "checkout", count)
    box = PaperBox()
    device = house.join(box)

    def received(count: int) -> list[Fact]:
        facts = box.receive(count)
        remember(box.journals[box.origin])
        return facts

    def taking_one() -> int:
        """Steps, in tens of SQLite's own, to take one fact and to ask for head and cards."""
        nonlocal steps
        facts = received(1)
        before = steps
        take(house, box, facts)
        house.ledger.head(device, box.origin, now=NOON)
        house.ledger.register.cards(device, None)
        return steps - before

    few = taking_one()
    for _ in range(4):
        take(house, box, received(500))
    house.folded()
    assert taking_one() < 1.2 * few
    house.ledger.close()


def test_a_server_reads_no_journal_from_end_to_end_to_fold_one_run(
    server_house: tuple[House, PaperBox],
) -> None:
    """In the first minute of a large intake the server has not counted its tables, and guesses empty ones."""
    house, box = server_house
    for _ in range(6):
        facts = box.receive(450)
        remember(box.journals[box.origin])
        take(house, box, facts)
        while house.ledger.fold_some():
            pass
    plans: list[str] = []
    looking = False

    def explain(db: Connection, _cursor: object, statement: str, values: Any, *_: object) -> None:
        nonlocal looking
        if looking or not statement.startswith(("SELECT", "UPDATE", "DELETE")):
            return
        looking = True
        with db.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", values)
            plans.append(statement + "\n" + "\n".join(row[0] for row in cursor.fetchall()))
        looking = False

    facts = box.receive(40)
    remember(box.journals[box.origin])
    event.listen(house.ledger._engine, "before_cursor_execute", explain)
    take(house, box, facts)
    assert house.ledger.fold_some() == 0
    event.remove(house.ledger._engine, "before_cursor_execute", explain)
    assert len(plans) > 10
    for table in ("fact", "dossier", "feed"):
        assert [plan for plan in plans if f"Seq Scan on {table} " in plan] == []
    whole = [plan for plan in plans if "dossier_person" in plan]  # found by the unit alone: all that it has
    assert whole == []
