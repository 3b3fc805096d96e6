"""The part of the Desk that is about the road when there is none: bundles and backups on a stick."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mobile_reception.desk.asking import asked, outcome
from mobile_reception.desk.session_table import SessionTable
from mobile_reception.desk.values import Outcome, Part

if TYPE_CHECKING:
    from mobile_reception.desk.backups import About
    from mobile_reception.desk.bundles import Read, Written
    from mobile_reception.desk.retention import Reduction
    from mobile_reception.desk.standing import Standing


class RoadTable(SessionTable):
    """What an officer asks of the road beside sending; `Desk` is one."""

    @asked
    def write_bundle(self, file: Path, *, everything: bool = False) -> Written:
        """Seal what is unsent (or the whole journal, if nothing is) for the centre into ``file``.

        Raises Unacceptable, CannotWrite.
        """
        from mobile_reception.desk import bundles

        return bundles.write(self._bench, file, everything=everything)

    @asked
    def read_bundle(self, file: Path) -> Outcome[Read]:
        """Carry another laptop's bundle, or take the centre's answer to our own.

        Raises NotFound, Unacceptable, CannotWrite.
        """
        from mobile_reception.desk import bundles

        return outcome(bundles.read(self._bench, file), Part.ROAD, Part.DOSSIERS)

    @asked
    def standing(self) -> Standing:
        """Both sides' counts, and a line for each thing that waits or that somebody here has to know."""
        from mobile_reception.desk import standing

        return standing.standing(self._bench)

    @asked
    def heed(self, told: str) -> Outcome[None]:
        """News (`standing.Line.told`) has been read here."""
        from mobile_reception.desk import standing

        standing.heed(self._bench, told)
        return outcome(None, Part.ROAD)

    @asked
    def back_up(self, folder: Path) -> Outcome[About]:
        """Back up into ``folder`` on a second medium, which backups go to by themselves from now on.

        Raises CannotWrite.
        """
        from mobile_reception.desk import backups

        return outcome(backups.back_up(self._bench, folder), Part.ROAD)

    @asked
    def back_up_when_due(self) -> Outcome[About | None]:
        """Back up to the second medium if it is there, something is new and the last one is an hour old."""
        from mobile_reception.desk import backups

        made = backups.back_up_when_due(self._bench)
        return outcome(made, Part.ROAD) if made is not None else outcome(made)

    @asked
    def reducible(self) -> Reduction:
        """Which finished dossiers may be reduced here to what stays; nothing is changed."""
        from mobile_reception.desk import retention

        return retention.look(self._bench)

    @asked
    def reduce(self, most: int) -> Outcome[Reduction]:
        """Reduce some ``most`` of them: what the centre has in a verified backup is erased here.

        Raises CannotWrite, NotNow.
        """
        from mobile_reception.desk import retention

        return outcome(retention.reduce(self._bench, most), Part.DOSSIERS, Part.ROAD)

    @asked
    def reduce_when_due(self) -> Outcome[int]:
        """Reduce a few if the last sync went well and no session is open here; how many were."""
        from mobile_reception.desk import retention

        done = retention.when_due(self._bench)
        return outcome(done, Part.DOSSIERS, Part.ROAD) if done else outcome(done)
