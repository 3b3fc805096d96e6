"""The part of the Desk that is about a session as a whole: its day, its close, its figures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from mobile_reception.desk.asking import asked, outcome
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import DossierLine, Outcome, Part

if TYPE_CHECKING:
    from mobile_reception.desk.day import Closing, ServiceTotals
    from mobile_reception.desk.readiness import Check
    from mobile_reception.desk.summary import SessionSummary, SummaryPage
    from mobile_reception.dossier.service import Rating, Service


class SessionTable:
    """What an officer asks of a session; `Desk` is one."""

    _bench: Bench

    @asked
    def ready_to_go(self) -> tuple[Check, ...]:
        """What is looked at before leaving for a hamlet, and what to do about what is red."""
        from mobile_reception.desk import readiness

        return readiness.check(self._bench)

    @asked
    def provide_service(
        self,
        kind: str,
        quantity: int = 1,
        *,
        pages: int | None = None,
        note: str = "",
        session: str | None = None,
    ) -> Outcome[Service]:
        """Count a free service (`dossier.service.SERVICES`) at the open session or at ``session``.

        Less than zero takes back what was counted by mistake. Raises NoSession, NotFound, Unacceptable.
        """
        from mobile_reception.desk import day

        given = day.provide(self._bench, kind, quantity, pages=pages, note=note, session=session)
        return outcome(given, Part.SESSION, Part.ROAD)

    @asked
    def service_prices(self) -> dict[str, int]:
        """What each free service costs on the local market, in đồng; 0 where nobody has set it."""
        from mobile_reception.desk import day

        return day.prices(self._bench)

    @asked
    def set_service_price(self, kind: str, price: int) -> Outcome[dict[str, int]]:
        """Set this laptop's own price of a service; the prices in force, where the centre's go before it."""
        from mobile_reception.desk import day

        self._bench.store.keep(**{f"setting:{day.price_setting(kind)}": str(price)})
        return outcome(day.prices(self._bench))

    @asked
    def service_totals(self, first: date, last: date) -> ServiceTotals:
        """Free services of the sessions of a period, and what they saved the citizens."""
        from mobile_reception.desk import day

        return day.service_totals(self._bench, first, last)

    @asked
    def rate(self, key: str, level: str, reason: str = "", *, proxy: bool = False) -> Outcome[Rating]:
        """What the citizen thinks (`dossier.service.LEVELS`), once a dossier; ``proxy``: hỏi hộ.

        Raises NotFound, Unacceptable (without a reason for ``not``, after a death registration).
        """
        from mobile_reception.desk import day

        said = day.rate(self._bench, key, level, reason=reason, proxy=proxy)
        return outcome(said, Part.DOSSIERS, Part.SESSION, Part.ROAD)

    @asked
    def asked_already(self, key: str) -> str | None:
        """Why nobody is asked about a dossier (any more), in a sentence; None: one may. Raises NotFound."""
        from mobile_reception.desk import day

        return day.asked_already(self._bench, key)

    @asked
    def rate_session(
        self, level: str, reason: str = "", *, proxy: bool = False, session: str | None = None
    ) -> Outcome[SessionSummary]:
        """A form without a name, about the open session or ``session``. Raises Failures as `rate` does."""
        from mobile_reception.desk import day

        told = day.rate_session(self._bench, level, reason=reason, proxy=proxy, session=session)
        return outcome(told, Part.SESSION, Part.ROAD)

    @asked
    def note_incident(
        self, kind: str, note: str = "", *, session: str | None = None
    ) -> Outcome[SessionSummary]:
        """Something failed (`dossier.service.INCIDENTS`). Raises NoSession, NotFound, Unacceptable."""
        from mobile_reception.desk import day

        told = day.note_incident(self._bench, kind, note=note, session=session)
        return outcome(told, Part.SESSION, Part.ROAD)

    @asked
    def closing(self, session: str | None = None) -> Closing:
        """What closing a session (the open one, else the last) finds, before or after. Raises NotFound."""
        from mobile_reception.desk import day

        return day.closing(self._bench, session)

    @asked
    def session_summary(self, session: str | None = None) -> SessionSummary:
        """The figures of a session (the open one, else the last). Raises NotFound."""
        from mobile_reception.desk import summary

        return summary.of_session(self._bench, session)

    @asked
    def behind(self, session: str, figure: str, name: str = "") -> tuple[DossierLine, ...]:
        """The dossiers that a figure of a session counts (`summary.FIGURES`). Raises NotFound."""
        from mobile_reception.desk import summary

        return summary.behind(self._bench, session, figure, name)

    def summary(self, session: str | None = None) -> dict[str, Any]:
        """The same as JSON values. Raises NotFound."""
        from mobile_reception.desk import summary

        return summary.as_json(self.session_summary(session))

    @asked
    def summary_page(self, session: str | None = None, language: str = "vi") -> SummaryPage:
        """The same figures as a screen shows them, with the charts of the page. Raises NotFound."""
        from mobile_reception.desk import summary

        return summary.on_screen(self._bench, self.session_summary(session), language)

    @asked
    def summary_pdf(self, session: str | None = None, language: str = "vi") -> bytes:
        """One A4 page of the same figures, with two charts. Raises NotFound."""
        from mobile_reception.desk import summary
        from mobile_reception.papers import summary as paper

        values = summary.on_paper(self._bench, self.session_summary(session), language)
        return paper.summary(values, language=language, templates=self._bench.templates)

    @asked
    def summary_sheet(self, session: str | None = None, language: str = "vi") -> bytes:
        """The same figures as XLSX. Raises NotFound."""
        from mobile_reception.desk import summary
        from mobile_reception.papers import summary as paper

        values = summary.on_paper(self._bench, self.session_summary(session), language)
        return paper.summary_sheet(values, language=language, templates=self._bench.templates)
