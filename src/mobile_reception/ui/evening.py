"""The end of the day in the window: the pages of the close, the summary and the review, and their acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobile_reception.desk import Part
from mobile_reception.ui.closing_page import ClosingPage
from mobile_reception.ui.incident_strip import IncidentStrip
from mobile_reception.ui.page_stack import Asked, Pages
from mobile_reception.ui.review_page import ReviewPage
from mobile_reception.ui.session_page import SessionPage
from mobile_reception.ui.summary_page import SummaryView
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import day, text

if TYPE_CHECKING:
    from mobile_reception.desk.reviews import Question

Turn = Callable[[str], None]


class Evening:
    """Its pages stand in ``stack``; ``leave`` goes to the one before, ``show_dossier`` opens a dossier."""

    closing, summary, review = Asked(ClosingPage), Asked(SummaryView), Asked(ReviewPage)
    _session = Asked(SessionPage)

    def __init__(
        self,
        around: Surroundings,
        stack: Pages,
        turn_to: Turn,
        leave: Callable[[], None],
        show_dossier: Callable[[str], None],
    ) -> None:
        self._around = around
        self._heard: set[str] = set()
        self._turn_to = turn_to
        self._leave = leave
        self._show_dossier = show_dossier
        self.stack = stack
        self.incidents = IncidentStrip(around)
        stack.offer(
            {
                ClosingPage: lambda: ClosingPage(around),
                SummaryView: lambda: self._opening(SummaryView(around)),
                ReviewPage: lambda: self._opening(ReviewPage(around)),
            }
        )

    def doing(self) -> dict[str, Callable[[], None]]:
        """What the acts of these pages do that lead from one to another."""
        return {
            "close_session": lambda: self._turn_to("closing"),
            "leave_closing": lambda: self._turn_to("session"),
            "incident": lambda: self.incidents.ask(self._session.window().focusWidget()),
            "summary": self.show_summary,
            "leave_summary": self._leave_summary,
            "review": lambda: self._turn_to("review"),
            "leave_review": self._leave_review,
        }

    def hear(self, parts: frozenset[Part]) -> None:
        """After the road was open: say what the deputy director asks; each question once."""
        if Part.ROAD in parts:
            desk = self._around.desk
            self._around.background.desk(desk.review_questions, self._on_questions, newest="questions")

    def _opening(self, page: SummaryView | ReviewPage) -> SummaryView | ReviewPage:
        page.opened.connect(self._show_dossier)
        return page

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
