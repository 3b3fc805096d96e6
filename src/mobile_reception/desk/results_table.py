"""The part of the Desk that is about results on their way to citizens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mobile_reception.desk.asking import asked, outcome
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import Outcome, Part

if TYPE_CHECKING:
    from mobile_reception.desk.results import Counts, Receiver, ResultLine
    from mobile_reception.dossier.identity import Card
    from mobile_reception.dossier.results import Address


class ResultsTable:
    """What an officer asks of results; `Desk` is one."""

    _bench: Bench

    @asked
    def results(self, typed: str = "", session: str | None = None) -> tuple[ResultLine, ...]:
        """The results here, by hamlet and name; ``typed``: of a code, a name without accents, a hamlet."""
        from mobile_reception.desk import results

        return results.lines(self._bench, typed, session=session)

    @asked
    def result_counts(self, session: str | None = None) -> Counts:
        """What was taken along and what became of it."""
        from mobile_reception.desk import results

        return results.counts(results.lines(self._bench, session=session))

    @asked
    def result(self, key: str) -> ResultLine:
        """A result by its dossier's code or id. Raises NotFound."""
        from mobile_reception.desk import results

        return results.find(self._bench, key)

    @asked
    def take_results(
        self, keys: Sequence[str] | None = None, session: str | None = None
    ) -> Outcome[tuple[ResultLine, ...]]:
        """Take packed results along: those named, else all of the session (the open one, else today's).

        Raises NotFound, Unacceptable.
        """
        from mobile_reception.desk import results

        return outcome(results.take(self._bench, keys, session), *_CHANGED)

    @asked
    def hand_over_result(self, key: str, receiver: Receiver) -> Outcome[ResultLine]:
        """Hand a result to its owner or to somebody for them; what is paid is taken in the same act.

        Raises NotFound, Unacceptable.
        """
        from mobile_reception.desk import results

        return outcome(results.hand_over(self._bench, key, receiver), *_CHANGED)

    @asked
    def return_results(
        self, keys: Sequence[str], reason: str, then: str = "next", post: Address | None = None
    ) -> Outcome[tuple[ResultLine, ...]]:
        """Results that were not collected go back; ``then`` is one of `dossier.results.THEN`.

        Raises NotFound, Unacceptable.
        """
        from mobile_reception.desk import results

        return outcome(results.bring_back(self._bench, keys, reason, then, post), *_CHANGED)

    @asked
    def post_result(self, key: str, tracking: str, address: Address | None = None) -> Outcome[ResultLine]:
        """A result was given to the post under this tracking code. Raises NotFound, Unacceptable."""
        from mobile_reception.desk import results

        return outcome(results.post(self._bench, key, tracking, address), *_CHANGED)

    @asked
    def result_list(
        self, kind: str, session: str | None = None, *, receiver: str = "", language: str = "vi"
    ) -> bytes:
        """A list of results as PDF: ``out``, ``back`` or ``post``. Raises NotFound when it would be empty."""
        from mobile_reception.desk import result_papers

        return result_papers.manifest(self._bench, kind, session, receiver=receiver, language=language)

    def against_card(self, line: ResultLine, card: Card) -> str:
        """What speaks against this identity card being the owner's of the result; "" for nothing."""
        from mobile_reception.desk import results

        return results.whose_card(line, card)


_CHANGED = (Part.DOSSIERS, Part.SESSION, Part.ROAD)
