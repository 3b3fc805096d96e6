"""The part of the Desk that is the deputy director's: reviews, and what many sessions came to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mobile_reception.desk.asking import asked, outcome
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import Outcome, Part

if TYPE_CHECKING:
    from mobile_reception.desk.comparison import Comparison, Outlook
    from mobile_reception.desk.number_report import Numbers
    from mobile_reception.desk.reviews import Question, Reviewed


class ReviewTable:
    """What a deputy director asks of the unit's sessions; `Desk` is one."""

    _bench: Bench

    @asked
    def may_review(self) -> bool:
        """Whether who signed in may review here; whether it counts, the centre judges."""
        from mobile_reception.desk import reviews

        return reviews.may(self._bench, "review")

    @asked
    def review_key_known(self) -> bool:
        """Whether the centre knows the signing key of who signed in, as far as this laptop has heard."""
        from mobile_reception.desk import reviews

        return reviews.key_known(self._bench)

    @asked
    def register_key(self, passphrase: str, login: str | None = None) -> Outcome[str]:
        """Make an officer's signing key (one's own) known at the centre; the role there.

        Raises Denied, NotNow, Unacceptable.
        """
        from mobile_reception.desk import road

        role = road.add_officer(self._bench, login or self._bench.me.login, passphrase)
        return outcome(role, Part.OFFICERS)

    @asked
    def reviews(self, first: date | None = None, last: date | None = None) -> tuple[Reviewed, ...]:
        """The sessions known here (of these days), newest first, as a reviewer sees them."""
        from mobile_reception.desk import reviews

        return reviews.every(self._bench, first, last)

    @asked
    def review_questions(self) -> tuple[Question, ...]:
        """What was asked of late about sessions held here, and nobody has answered."""
        from mobile_reception.desk import reviews

        return reviews.questions(self._bench)

    @asked
    def reviewed(self, session: str | None = None) -> Reviewed:
        """One session (the open one, else the last) as a reviewer sees it. Raises NotFound."""
        from mobile_reception.desk import reviews

        return reviews.of_session(self._bench, session)

    @asked
    def approve(self, session: str) -> Outcome[Reviewed]:
        """Approve a session under one's own signature. Raises NotFound, Denied."""
        from mobile_reception.desk import reviews

        found = reviews.give(self._bench, session, "approved", "")
        return outcome(found, Part.SESSION, Part.ROAD)

    @asked
    def return_session(self, session: str, question: str) -> Outcome[Reviewed]:
        """Return a session with a question. Raises NotFound, Denied, Unacceptable."""
        from mobile_reception.desk import reviews

        found = reviews.give(self._bench, session, "returned", question)
        return outcome(found, Part.SESSION, Part.ROAD)

    @asked
    def answer_review(self, session: str, words: str) -> Outcome[Reviewed]:
        """Answer the question with which a session was returned. Raises NotFound, Unacceptable."""
        from mobile_reception.desk import reviews

        return outcome(reviews.answer(self._bench, session, words), Part.SESSION, Part.ROAD)

    @asked
    def compare(self, first: date, last: date, by: str = "week") -> Comparison:
        """The sessions of a period side by side (`comparison.BY`). Raises Unacceptable."""
        from mobile_reception.desk import comparison

        return comparison.compare(self._bench, first, last, by)

    @asked
    def numbers(self, first: date, last: date) -> tuple[Numbers, ...]:
        """Used, void and missing numbers of these days, by day and journal."""
        from mobile_reception.desk import number_report

        return number_report.report(self._bench, first, last)

    @asked
    def outlook(self) -> Outlook:
        """Dossiers due before the next session, and what has not come to the centre."""
        from mobile_reception.desk import comparison

        return comparison.outlook(self._bench)
