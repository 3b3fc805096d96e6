"""The part of the Desk that is about the plan of sessions, and about the results carried to them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mobile_reception.desk.asking import asked, outcome
from mobile_reception.desk.results_table import ResultsTable
from mobile_reception.desk.values import HamletSession, Outcome, Part

if TYPE_CHECKING:
    from mobile_reception.desk.planning import Proposal
    from mobile_reception.dossier.plan import Planned


class PlanTable(ResultsTable):
    """What an officer asks of the plan; `Desk` is one."""

    @asked
    def planned_sessions(self, *, cancelled: bool = False) -> tuple[Planned, ...]:
        """The sessions that the centre has planned, in order; with ``cancelled`` those too."""
        from mobile_reception.desk import planning

        return planning.planned(self._bench, cancelled=cancelled)

    @asked
    def proposed_session(self) -> Proposal:
        """What to open next, with a sentence that says why."""
        from mobile_reception.desk import planning

        return planning.proposal(self._bench)

    @asked
    def plan_file(
        self, form: str, *, first: date | None = None, last: date | None = None, language: str = "vi"
    ) -> bytes:
        """The plan from today (or ``first``) as ``ics``, ``pdf`` or ``json``. Raises Unacceptable."""
        from mobile_reception.desk import planning

        return planning.file(self._bench, form, first=first, last=last, language=language)

    @asked
    def move_session(
        self,
        session: str | None = None,
        *,
        hamlet: str | None = None,
        day: date | None = None,
        kind: str | None = None,
        reason: str = "",
    ) -> Outcome[HamletSession]:
        """Say where and when a session (the open one, else the last) really was; the figures follow.

        Raises NotFound, Unacceptable.
        """
        from mobile_reception.desk import planning

        moved = planning.move(self._bench, session, hamlet=hamlet, on=day, kind=kind, reason=reason)
        return outcome(moved, Part.SESSION, Part.DOSSIERS, Part.ROAD)

    @asked
    def join_session(
        self, session: str | None, target: str | None, reason: str = ""
    ) -> Outcome[HamletSession]:
        """Count a session with a planned one; ``target`` None takes that back.

        Raises NotFound, Unacceptable.
        """
        from mobile_reception.desk import planning

        joined = planning.join(self._bench, session, target, reason)
        return outcome(joined, Part.SESSION, Part.DOSSIERS, Part.ROAD)
