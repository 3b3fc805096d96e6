"""The end of the day in the window: the pages of the close, the summary and the review, and their acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobile_reception.desk import Part
from mobile_reception.ui.closing_page import ClosingPage
from mobile_reception.ui.incident_strip import IncidentStrip
from mobile_reception.ui.review_page import ReviewPage
from mobile_reception.ui.summary_page import SummaryView
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import day, text

if TYPE_CHECKING:
    from mobile_reception.desk.reviews import Question
    from mobile_reception.ui.session_page import SessionPage

Turn = Callable[[str], None]


class Evening:
    """``leave`` goes back to the page before; ``show_dossier`` opens one in full."""

    def __init__(
        self,
        around: Surroundings,
        session: SessionPage,
        turn_to: Turn,
        leave: Callable[[], None],
        show_dossier: Callable[[str], None],
    ) -> None:
        self._around = around
        self._heard: set[str] = set()
        self._session = session
        self._turn_to = turn_to
        self._leave = leave
        self.closing = ClosingPage(around)
        self.summary = SummaryView(around)
        self.review = ReviewPage(around)
        self.incidents = IncidentStrip(around)
        self.pages = (self.closing, self.summary, self.review)
        self.summary.opened.connect(show_dossier)
        self.review.opened.connect(show_dossier)

    def doing(self) -> dict[str, Callable[[], None]]:
        """What each act of these pages does."""
        return {
            "close_session": lambda: self._turn_to("closing"),
            "finish": self.closing.finish,
            "leave_closing": lambda: self._turn_to("session"),
            "incident": lambda: self.incidents.ask(self._session.window().focusWidget()),
            "summary": self.show_summary,
            "leave_summary": self._leave_summary,
            "print_summary": self.summary.print_it,
            "save_summary": self.summary.save,
            "earlier_session": self.summary.turn(-1),
            "later_session": self.summary.turn(1),
            "review": lambda: self._turn_to("review"),
            "leave_review": self._leave_review,
            "approve": self.review.approve,
            "return_session": self.review.begin_return,
            "answer_review": self.review.begin_answer,
            "compare": self.review.compare,
            "print_reviewed": self.review.print_it,
        }

    def hear(self, parts: frozenset[Part]) -> None:
        """After the road was open: say what the deputy director asks; each question once."""
        if Part.ROAD in parts:
            desk = self._around.desk
            self._around.background.desk(desk.review_questions, self._on_questions, newest="questions")

    def _on_questions(self, found: tuple[Question, ...]) -> None:
        me = self._around.desk.me.login  # who asks is not told
        fresh = [
            each
            for each in found
            if each.asked.said.fact not in self._heard and each.asked.said.officer != me
        ]
        self._heard.update(each.asked.said.fact for each in fresh)
        if fresh:
            first = fresh[0]
            said = text(
                "Lãnh đạo hỏi về phiên {hamlet} {day}: {question}",
                hamlet=first.session.hamlet,
                day=day(first.session.day),
                question=first.asked.said.question or "",
            )
            self._around.say(said, "act", (text("Xem và trả lời"), lambda: self._turn_to("review")))

    def show_summary(self) -> None:
        """The summary of the session chosen in the list of sessions, else of the open or the last one."""
        self.summary.show_session(self._session.chosen)
        self._turn_to("summary")

    def _leave_summary(self) -> None:
        if not self.summary.back():
            self._leave()

    def _leave_review(self) -> None:
        if not self.review.back():
            self._leave()
