"""The Desk itself: a plain typed method for everything that screens and the command line may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mobile_reception.desk import acts, door, dossiers, reception, reports, sessions, slips
from mobile_reception.desk.asking import asked as _asked
from mobile_reception.desk.asking import outcome as _outcome
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound, Unacceptable, spoken
from mobile_reception.desk.file_table import FileTable
from mobile_reception.desk.plan_table import PlanTable
from mobile_reception.desk.review_table import ReviewTable
from mobile_reception.desk.road_table import RoadTable
from mobile_reception.desk.values import (
    Assessed,
    DossierLine,
    DossierView,
    Draft,
    Duplicate,
    HamletSession,
    Officer,
    Outcome,
    Part,
    PrintJob,
    ProcedureLine,
    Received,
    Refused,
    Status,
    Verification,
)
from mobile_reception.dossier.catalogue import Procedure, Unknown
from mobile_reception.store import keys, writing
from mobile_reception.store.journal import Store
from mobile_reception.words import text

if TYPE_CHECKING:
    from mobile_reception.desk.road import Backoff, SyncReport
    from mobile_reception.dossier.receipt_code import Checked

_CALM = 300.0
"""Seconds between two syncs by themselves when all is well, and the longest wait when it is not."""


class Desk(RoadTable, ReviewTable, PlanTable, FileTable):
    """An unlocked laptop in the hands of one officer.

    Every method may be called from any thread; a slow centre holds up nobody but the caller of `sync`. A
    method that changes something returns an Outcome that says what changed. What goes wrong is a Failure.
    ``signing`` is the officer's own Ed25519 private key, raw.
    """

    def __init__(self, store: Store, me: Officer, now: Callable[[], datetime], signing: bytes = b"") -> None:
        self._bench = Bench(store, me, now, signing)
        self._backoff: Backoff | None = None
        self.notices: list[str] = []
        if store.notice:
            self.notices.append(
                text("Dữ liệu này được chép hoặc khôi phục từ nơi khác: số hồ sơ mới chờ trung tâm cấp lại.")
            )

    @property
    def me(self) -> Officer:
        """Who signed in."""
        return self._bench.me

    @property
    def numbers_wait(self) -> bool:
        """Whether the centre was restored and has yet to be allowed to give out numbers."""
        with spoken():
            return (self._bench.card("settings") or {}).get("restored") is True

    @property
    def practice(self) -> bool:
        """Whether this is practice data."""
        return self._bench.store.slots.practice

    def today(self) -> date:
        """Today's date in UTC+7 by the laptop's clock."""
        return self._bench.today()

    @property
    @_asked
    def enrolled(self) -> bool:
        """Whether this laptop has a centre."""
        return self._bench.store.meta("url") is not None

    @property
    @_asked
    def unit_name(self) -> str:
        """The commune or ward: ``Phường Thường Lạc``."""
        return self._bench.unit.name or self._bench.unit.code

    # -- sessions ----------------------------------------------------------------------------------------

    @_asked
    def hamlets(self) -> tuple[str, ...]:
        """The hamlets to choose from."""
        return sessions.hamlets(self._bench)

    @_asked
    def current_session(self) -> HamletSession | None:
        """The session that is open here."""
        return sessions.current(self._bench)

    @_asked
    def sessions(self) -> tuple[HamletSession, ...]:
        """All sessions known here, open ones first, then newest first."""
        return sessions.every(self._bench)

    @_asked
    def open_session(self, hamlet: str, kind: str = "regular") -> Outcome[HamletSession]:
        """Open a session at a hamlet, the planned one of today if there is one."""
        return _outcome(sessions.open_session(self._bench, hamlet, kind), Part.SESSION)

    @_asked
    def close_session(
        self, cash: int | None = None, *, notes: Mapping[int, int] | None = None, explained: str = ""
    ) -> Outcome[HamletSession]:
        """Close this laptop's part of the open session; ``cash`` is what lies in the box, in đồng.

        ``notes`` counts it by the worth of a note (`dossier.service.NOTES`), ``explained`` says why it is not
        what was taken. Needs no network and no printer. Raises NoSession, Unacceptable.
        """
        closed = sessions.close_session(self._bench, cash, notes=notes, explained=explained)
        return _outcome(closed, Part.SESSION, Part.ROAD)

    # -- reception ---------------------------------------------------------------------------------------

    @_asked
    def procedures(self, typed: str = "") -> tuple[ProcedureLine, ...]:
        """Procedures by code or words."""
        return reception.procedures(self._bench, typed)

    def procedure(self, code: str, kept: Mapping[str, Any] | None = None) -> Procedure:
        """A procedure, by the rules that a form has ``kept`` where it has some (`rules`). Raises NotFound."""
        try:
            return reception.catalogue_for(self._bench, code, kept).procedure(code)
        except Unknown as error:
            raise NotFound(str(error)) from error

    def rules(self, code: str) -> Mapping[str, Any]:
        """The rules of a procedure as they stand, for a form that begins now to keep. Raises NotFound."""
        try:
            return reception.rules(self._bench, code)
        except Unknown as error:
            raise NotFound(str(error)) from error

    @_asked
    def assess(self, line: Mapping[str, Any], kept: Mapping[str, Any] | None = None) -> Assessed:
        """A form as it stands: problems by field, fee, due day, day to come back, dossiers that it may be."""
        return reception.assess(self._bench, line, kept)

    @_asked
    def receive(
        self, line: object, draft: str | None = None, kept: Mapping[str, Any] | None = None
    ) -> Outcome[Received | Refused | Duplicate]:
        """Record a dossier in the open session; ``draft`` ends in the same transaction. Raises NoSession.

        ``kept`` are the rules that the form began with: a catalogue that came since does not change it.
        """
        answer = reception.receive(self._bench, line, draft, kept)
        if isinstance(answer, Received):
            return _outcome(answer, Part.DOSSIERS, Part.DRAFTS, Part.SESSION, Part.ROAD)
        return _outcome(answer)

    @_asked
    def save_draft(self, key: str, fields: Mapping[str, Any]) -> Outcome[None]:
        """Keep an unfinished form under ``key``, every field as typed."""
        writing.save_draft(self._bench.store, key, self.me.login, self._bench.now(), fields)
        return _outcome(None)

    @_asked
    def drafts(self) -> tuple[Draft, ...]:
        """Unfinished forms, the latest first."""
        return reception.drafts(self._bench)

    @_asked
    def drop_draft(self, key: str) -> Outcome[None]:
        """Forget an unfinished form; its files wait for `save_draft`, until `erase_dropped`."""
        writing.drop_draft(self._bench.store, key)
        return _outcome(None, Part.DRAFTS)

    # -- dossiers and papers -----------------------------------------------------------------------------

    @_asked
    def find(self, typed: str, limit: int = 50) -> tuple[DossierLine, ...]:
        """Dossiers by any words of theirs, the newest first; all of them for an empty text.

        Where few are found, those follow that read nearly so: each word at most one letter off.
        """
        return dossiers.find(self._bench, typed, limit)

    @_asked
    def dossier(self, key: str) -> DossierView:
        """One dossier by its code or id. Raises NotFound."""
        return dossiers.view(self._bench, key)

    @_asked
    def receipt(self, key: str, paper: str = "A4", language: str = "vi") -> bytes:
        """The receipt (Mẫu 01) as PDF, to look at. Raises NotFound."""
        return slips.receipt(self._bench, key, paper=paper, language=language)

    @_asked
    def print_job(self, key: str, paper: str = "A4") -> Outcome[PrintJob]:
        """A print job with its PDF; the job is on record before anything goes to paper. Raises NotFound."""
        return _outcome(slips.ask(self._bench, key, paper))

    @_asked
    def unfinished_prints(self) -> tuple[PrintJob, ...]:
        """Receipts that were asked for and never came out, without their PDF (see `print_again`)."""
        return slips.unfinished(self._bench)

    @_asked
    def print_again(self, job: str) -> PrintJob:
        """The same job once more, with its PDF: never a second one. Raises NotFound."""
        return slips.again(self._bench, job)

    @_asked
    def print_sent(self, job: str) -> Outcome[None]:
        """The system's print queue has the sheet; whether it came out is not known yet."""
        slips.sent(self._bench, job)
        return _outcome(None)

    @_asked
    def print_done(self, job: str) -> Outcome[None]:
        """The sheet came out; counted once. Raises NotFound."""
        slips.printed(self._bench, job)
        return _outcome(None, Part.DOSSIERS, Part.ROAD)

    @_asked
    def print_failed(self, job: str, reason: str) -> Outcome[None]:
        """Nothing came out; the same job may be tried again."""
        slips.failed(self._bench, job, reason)
        return _outcome(None)

    @_asked
    def paper(self, kind: str, key: str, size: str = "A4", language: str = "vi") -> bytes:
        """A paper about a dossier (`documents.KINDS`) as PDF. Raises NotFound when it has nothing to tell."""
        from mobile_reception.desk import documents

        return documents.paper(self._bench, kind, key, size=size, language=language)

    @_asked
    def register(self, first: date, last: date, language: str = "vi") -> bytes:
        """The register of dossiers (Mẫu 07) of a period as PDF."""
        from mobile_reception.desk import documents

        return documents.register(self._bench, first, last, language=language)

    @_asked
    def receipt_list(self, keys: Sequence[str], language: str = "vi") -> bytes:
        """One receipt with its list for several dossiers of one submitter, as PDF. Raises Failures."""
        from mobile_reception.desk import documents

        return documents.receipt_list(self._bench, keys, language=language)

    @_asked
    def certifications(self, first: date, last: date, language: str = "vi") -> bytes:
        """The record of certifications (Sổ chứng thực) of a period, as PDF."""
        from mobile_reception.desk import documents

        return documents.certifications(self._bench, first, last, language=language)

    @_asked
    def session_list(self, session: str | None = None, language: str = "vi") -> bytes:
        """The dossiers of a session (the open one, else the last) as PDF. Raises NotFound."""
        from mobile_reception.desk import documents

        key = sessions.find(self._bench, session).id
        return documents.session_list(self._bench, key, language=language)

    @_asked
    def posting(self, sheet: str | None = None, *, fees: bool = False, language: str = "vi") -> bytes:
        """The board of procedures, that of fees, or one procedure's sheet, as PDF. Raises NotFound."""
        from mobile_reception.desk import documents

        return documents.posting(self._bench, sheet=sheet, fees=fees, language=language)

    @_asked
    def template(self, language: str = "vi") -> bytes:
        """The XLSX that people fill with dossiers."""
        from mobile_reception.desk import spreadsheets

        return spreadsheets.template(self._bench, language)

    @_asked
    def dossier_list(self, first: date, last: date, form: str = "xlsx", language: str = "vi") -> bytes:
        """Dossiers of a period as a sheet: ``xlsx``, ``csv`` or ``register``. Raises Unacceptable."""
        from mobile_reception.desk import spreadsheets

        return spreadsheets.dossier_list(self._bench, first, last, form=form, language=language)

    @_asked
    def qr_coverage(self) -> tuple[int, int]:
        """How many procedures have a QR on the boards, of how many."""
        from mobile_reception import papers

        return papers.coverage(self._bench.catalogue)

    # -- what happens to a dossier afterwards ------------------------------------------------------------

    @_asked
    def amend(self, key: str, changes: Mapping[str, Any], reason: str) -> Outcome[DossierView | Refused]:
        """Correct fields by their dotted names; the old values stay in the history. Raises Failures."""
        return _outcome(acts.amend(self._bench, key, changes, reason), Part.DOSSIERS, Part.ROAD)

    @_asked
    def refuse(self, key: str, reason: str) -> Outcome[DossierView]:
        """Not received after all (Mẫu 03). Raises NotFound, Unacceptable."""
        return _outcome(acts.refuse(self._bench, key, reason), Part.DOSSIERS, Part.ROAD)

    @_asked
    def supplement(self, key: str, papers: Sequence[str], reason: str) -> Outcome[DossierView]:
        """Ask for all that is missing at once (Mẫu 02). Raises NotFound, Unacceptable."""
        return _outcome(acts.supplement(self._bench, key, papers, reason), Part.DOSSIERS, Part.ROAD)

    @_asked
    def supplemented(self, key: str) -> Outcome[DossierView]:
        """The papers have come; the due day moves on by the time waited. Raises NotFound, Unacceptable."""
        return _outcome(acts.supplemented(self._bench, key), Part.DOSSIERS, Part.ROAD)

    @_asked
    def withdraw(self, key: str, reason: str) -> Outcome[DossierView]:
        """The citizen takes the dossier back. Raises NotFound, Unacceptable."""
        return _outcome(acts.withdraw(self._bench, key, reason), Part.DOSSIERS, Part.ROAD)

    @_asked
    def stop(self, key: str, reason: str, legal_basis: str) -> Outcome[DossierView]:
        """Work on the dossier ends (Mẫu 05). Raises NotFound, Unacceptable."""
        return _outcome(acts.stop(self._bench, key, reason, legal_basis), Part.DOSSIERS, Part.ROAD)

    @_asked
    def extend(self, key: str, until: date, reason: str) -> Outcome[DossierView]:
        """Apologise and appoint another day (Mẫu 04). Raises NotFound, Unacceptable."""
        return _outcome(acts.extend(self._bench, key, until, reason), Part.DOSSIERS, Part.ROAD)

    @_asked
    def hand_on(self, key: str, section: str) -> Outcome[DossierView]:
        """Hand the dossier to the section that works on it. Raises NotFound, Unacceptable."""
        return _outcome(acts.hand_on(self._bench, key, section), Part.DOSSIERS, Part.ROAD)

    @_asked
    def hand_over(
        self, key: str, to: str, *, relation: str | None = None, number: str | None = None
    ) -> Outcome[DossierView]:
        """Hand the result to the citizen, or to somebody for them. Raises NotFound, Unacceptable."""
        view = acts.hand_over(self._bench, key, to, relation=relation, number=number)
        return _outcome(view, Part.DOSSIERS, Part.ROAD)

    @_asked
    def collect(self, key: str, amount: int, receipt_number: str = "") -> Outcome[DossierView]:
        """Money was taken, in đồng. Raises NotFound, Unacceptable."""
        return _outcome(acts.collect(self._bench, key, amount, receipt_number), Part.DOSSIERS, Part.ROAD)

    @_asked
    def check_receipt(self, scanned: str) -> Checked:
        """Whether the text of a receipt's QR is genuine, without a network."""
        from mobile_reception.desk import genuine

        return genuine.check(self._bench, scanned)

    # -- reports -----------------------------------------------------------------------------------------

    @_asked
    def status(self) -> Status:
        """Where this laptop stands."""
        return reports.status(self._bench)

    @_asked
    def verify(self) -> Verification:
        """The whole store checked."""
        return reports.verify(self._bench)

    # -- the road ----------------------------------------------------------------------------------------

    @_asked
    def sync(self) -> Outcome[SyncReport]:
        """Send and fetch until nothing is left or the road ends; never raises for the road's sake."""
        from mobile_reception.desk import road

        report = road.sync(self._bench)
        return _outcome(report, Part.ROAD, Part.DOSSIERS, Part.CATALOGUE, Part.SESSION)

    def next_try_after(self, report: SyncReport, *, asked: bool = False) -> float:
        """Seconds until the next sync by itself: five minutes after a good one, else a growing wait.

        ``asked``: a person pressed the button, so the waits begin small again.
        """
        from mobile_reception.desk import road

        if self._backoff is None or asked or report.reason is None:
            self._backoff = road.Backoff()
        if report.reason is None:
            return _CALM
        return max(self._backoff.next(), min(report.retry_after or 0.0, _CALM))

    @_asked
    def enrol(self, url: str, code: str, passphrase: str, *, ca: str | None = None) -> Outcome[None]:
        """Join a centre with a one-time code; ``ca`` is the text of PEM certificates. Raises Failures."""
        from mobile_reception.desk import road

        road.enrol(self._bench, url, code, passphrase, ca=ca)
        return _outcome(None, Part.ROAD, Part.CATALOGUE, Part.SESSION, Part.OFFICERS)

    # -- officers and settings ---------------------------------------------------------------------------

    def officers(self) -> tuple[Officer, ...]:
        """Who may sign in here, and who could once."""
        slots = self._bench.store.slots.slots
        return tuple(Officer(s.login, s.name, s.role, s.enabled) for s in slots if s.kind == "officer")

    @_asked
    def add_officer(self, login: str, role: str, passphrase: str, name: str = "") -> Outcome[None]:
        """One more officer of this laptop, with a passphrase. Raises Unacceptable, AlreadyMade."""
        store = self._bench.store
        store.replace_slots(
            door.with_officer(
                keys.read(store.folder),
                store.data_key,
                login=login,
                name=name,
                role=role,
                passphrase=passphrase,
            )
        )
        return _outcome(None, Part.OFFICERS)

    @_asked
    def change_passphrase(self, former: str, passphrase: str) -> Outcome[None]:
        """Another passphrase for whoever is signed in. Raises Denied, Unacceptable."""
        store = self._bench.store
        store.replace_slots(door.with_passphrase(store.folder, self.me.login, former, passphrase))
        return _outcome(None, Part.OFFICERS)

    @_asked
    def disable_officer(self, login: str) -> Outcome[None]:
        """``login`` cannot sign in any more; what was done under that name stays and is sent."""
        store = self._bench.store
        store.replace_slots(door.without_officer(keys.read(store.folder), login))
        return _outcome(None, Part.OFFICERS)

    @_asked
    def setting(self, name: str, default: str) -> str:
        """A setting of this laptop."""
        return self._bench.store.meta(f"setting:{name}") or default

    @_asked
    def keep_setting(self, name: str, value: str) -> Outcome[None]:
        """Keep a setting of this laptop. Raises Unacceptable for a name that is none."""
        if not name.isidentifier():
            raise Unacceptable(name)
        self._bench.store.keep(**{f"setting:{name}": value})
        return _outcome(None)

    def close(self) -> None:
        """Close the file. The key is in this process's memory until the process ends."""
        self._bench.store.close()
