"""Results at the centre: packed for a session or for the post, followed by what laptops tell of them.

Packing is a fact about the dossier in the centre's own origin. What laptops get of it is a card, and only
those laptops that serve the session; a dossier that was never received here has one as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Engine, select
from sqlalchemy.engine import Connection

from mobile_reception.centre import folding, own, plans
from mobile_reception.centre.database import lock_subjects, reading, writing
from mobile_reception.centre.identity import Identity
from mobile_reception.centre.questions import named
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Refused
from mobile_reception.dossier import identity as people
from mobile_reception.dossier import lifecycle, notices, results
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import DossierState
from mobile_reception.dossier.payload import MOST_MONEY
from mobile_reception.dossier.results import Address, ResultCard
from mobile_reception.words import VIETNAM

_DOSSIER = Centre.metadata.tables["dossier"]
_RESULT = Centre.metadata.tables["result"]
_SESSION = Centre.metadata.tables["session"]
_ORIGIN = Centre.metadata.tables["origin"]
_CHUNK: Final = 400

POST: Final = "post"
"""In place of a session: the result is packed for the post."""
ON_ITS_WAY: Final = ("packed", "taken")


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of one line: ``state`` is ``packed``, ``same`` (it was already) or ``refused``.

    ``why`` says it in one word where it was refused (see `commands.centre_results`).
    """

    code: str
    state: str
    subject: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result as the centre knows it; ``device`` is the laptop that has it or handed it over."""

    unit: str
    subject: str
    card: ResultCard
    place: str
    since: str
    device: str | None
    ending: str | None
    endings: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the province's tool; ``words`` are without accents and name nobody."""

    subject: str
    phone: str
    words: str


class Results:
    """Results of the centre. Methods of its own transaction each; `Refused` says why not."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity

    def pack(
        self,
        unit: str,
        lines: Sequence[Mapping[str, Any]],
        session: str,
        catalogue: Catalogue,
        *,
        officer: str,
        now: datetime,
    ) -> list[Packed]:
        """Pack results for a planned session, or for the `POST`; what became of each line, in order.

        A line needs ``code``, and ``name`` where no dossier of that code is known here; it may say
        ``procedure``, ``paper``, ``number``, ``hamlet``, ``to_pay``, ``in_person``, ``recipient``,
        ``address``, ``phone``. The same line again changes nothing. What can be packed is, whatever
        the others are. Raises Refused (``unknown_session``, ``not_named``).
        """
        with writing(self._engine) as db:
            login = named(db, unit, officer)
            planned = None if session == POST else plans.one(db, unit, session)
            answers: list[Packed] = []
            acts: dict[str, Act] = {}
            known = _known(db, unit, [str(line.get("code") or "") for line in lines])
            packing = _Packing(db, unit, planned.id if planned else None, planned.hamlet if planned else "")
            for line in lines:
                answer, act = packing.line(line, known, catalogue)
                answers.append(answer)
                if act is not None:
                    acts[act.subject] = act
            self._say(db, unit, login, list(acts.values()), now)
            return answers

    def unpack(self, unit: str, codes: Sequence[str], *, officer: str, now: datetime) -> list[Packed]:
        """Take results off the list they were packed for; what a laptop has on board stays there."""
        with writing(self._engine) as db:
            login = named(db, unit, officer)
            answers, acts = [], []
            rows = {row.code: row for row in _rows(db, unit)}
            for code in codes:
                row = rows.get(code)
                if row is None or row.place not in ON_ITS_WAY:
                    answers.append(Packed(code, "refused", None, "not_packed"))
                    continue
                answers.append(Packed(code, "unpacked", row.subject))
                acts.append(Act(row.subject, results.UNPACKED, {}))
            self._say(db, unit, login, acts, now)
            return answers

    def posted(self, unit: str, code: str, tracking: str, *, officer: str, now: datetime) -> ResultLine:
        """A result was given to the post. Raises Refused (``not_packed``, ``in_person``, ``no_address``)."""
        with writing(self._engine) as db:
            login = named(db, unit, officer)
            row = next((each for each in _rows(db, unit) if each.code == code), None)
            if row is None or row.place not in ("ready", "packed", "returned"):
                raise Refused("not_packed")
            card = _card(row)
            if not card.by_post:
                raise Refused("in_person")
            if card.post is None:
                raise Refused("no_address")
            told = {
                "to": card.post.recipient,
                "tracking": people.clean(tracking, limit=60),
                "post": results.address_json(card.post),
                "card": results.card_json(card),
            }
            self._say(db, unit, login, [Act(row.subject, results.POSTED, told)], now)
            return _line(db, next(each for each in _rows(db, unit) if each.code == code))

    def listed(self, unit: str, session: str | None = None) -> list[ResultLine]:
        """Results by hamlet and name: of a session, of the `POST`, or all."""
        with reading(self._engine) as db:
            devices = _devices(db)
            lines = [_line(db, row, devices) for row in _rows(db, unit)]
        if session is not None:
            wanted = None if session == POST else session
            lines = [line for line in lines if line.card.session == wanted]
        return sorted(
            lines, key=lambda line: (people.fold(line.card.hamlet), people.sort_key(line.card.name))
        )

    def to_notify(self, unit: str, session: str) -> list[Notice]:
        """The messages that those who agreed to it have not had yet about their results at a session.

        Raises Refused (``unknown_session``).
        """
        with reading(self._engine) as db:
            planned = plans.one(db, unit, session)
            said = notices.key(notices.READY, planned.id)
            packed = [
                row.subject
                for row in _rows(db, unit)
                if row.session == planned.id and row.place in ON_ITS_WAY
            ]
            found = []
            for state in folding.states(db, unit, packed):
                value = {name: written.value for name, written in state.fields.items()}
                phone = value.get("submitter.phone")
                if value.get("notify_sms") is True and isinstance(phone, str) and said not in state.notices:
                    words = notices.result_ready(
                        state.code or "", planned.hamlet, planned.day, planned.begins
                    )
                    found.append(Notice(state.subject, phone, words))
            return found

    def notified(
        self, unit: str, session: str, told: Sequence[Notice], *, officer: str, now: datetime
    ) -> None:
        """These messages have gone out: nobody gets one twice. Raises Refused (``not_named``)."""
        with writing(self._engine) as db:
            login = named(db, unit, officer)
            payload = {"about": notices.READY, "session": session, "way": "sms"}
            acts = [Act(each.subject, notices.NOTIFIED, payload) for each in told]
            self._say(db, unit, login, acts, now)

    def returned(self, unit: str) -> list[str]:
        """The codes of results that came back to be handed over at the next session."""
        with reading(self._engine) as db:
            states = [
                state
                for state in folding.states(
                    db, unit, [row.subject for row in _rows(db, unit) if row.place == "returned"]
                )
                if state.result is not None and state.result.then == "next"
            ]
            return sorted(state.code or "" for state in states)

    def _say(self, db: Connection, unit: str, login: str, acts: Sequence[Act], now: datetime) -> None:
        if not acts:
            return
        subjects = sorted(act.subject for act in acts)
        lock_subjects(db, unit, subjects)
        for act in acts:
            own.append(db, act, unit=unit, now=now, officer=login)
        folding.refold(db, unit, subjects)


@dataclass(frozen=True, slots=True)
class _Packing:
    """Packing under way: for which session, at which hamlet."""

    db: Connection
    unit: str
    session: str | None
    hamlet: str

    def line(
        self, line: Mapping[str, Any], known: Mapping[str, list[DossierState]], catalogue: Catalogue
    ) -> tuple[Packed, Act | None]:
        """What becomes of one line, with the fact to write."""
        code = str(line.get("code") or "").strip()
        if not code:
            return Packed("", "refused", None, "no_code"), None
        found = known.get(code, [])
        if len(found) > 1:
            return Packed(code, "refused", None, "ambiguous_code"), None
        state = found[0] if found else None
        subject = state.subject if state else str(uuid5(NAMESPACE_URL, f"{self.unit} {code}"))
        try:
            card = self._card(code, line, state, catalogue)
        except people.Unacceptable:
            return Packed(code, "refused", None, "unreadable"), None
        why = self._objection(card, state)
        if why:
            return Packed(code, "refused", subject, why), None
        before = state.result if state else None
        if before is not None and before.card == card and before.place in ON_ITS_WAY:
            return Packed(code, "same", subject), None
        return Packed(code, "packed", subject), Act(
            subject, results.PACKED, {"card": results.card_json(card)}
        )

    def _objection(self, card: ResultCard, state: DossierState | None) -> str:
        status = lifecycle.READY if state is None else state.status
        against = {
            "no_name": not card.name,
            "amount": not 0 <= card.to_pay <= MOST_MONEY,
            "delivered": status == lifecycle.DELIVERED,
            "status": lifecycle.objection(results.PACKED, status) is not None,
            "in_person": self.session is None and not card.by_post,
            "no_address": self.session is None and card.post is None,
        }
        return next((why for why, stands in against.items() if stands), "")

    def _card(
        self, code: str, line: Mapping[str, Any], state: DossierState | None, catalogue: Catalogue
    ) -> ResultCard:
        value = {name: written.value for name, written in state.fields.items()} if state else {}
        before = state.result.card if state and state.result else None

        def said(name: str, otherwise: object = "") -> str:
            return people.clean(str(line.get(name) or otherwise or ""), limit=300)

        procedure = said("procedure", (state.procedure if state else "") or (before and before.procedure))
        rule = catalogue.procedure(procedure) if procedure in catalogue else None
        version = rule.at(_day(state)) if rule else None
        owner = value.get("owner.full_name") or value.get("submitter.full_name")
        owed = max(0, state.fee - state.collected) if state and state.received else 0
        in_person = line.get("in_person", version.mobile.in_person if version else False) is True
        # Of a procedure that nobody knows here, the packer's own list says whether the post may take it.
        by_post = version.mobile.by_post if version else True
        return ResultCard(
            code=code,
            name=said("name", owner or (before and before.name)),
            procedure=procedure,
            paper=said("paper", (before and before.paper) or (version.result if version else "")),
            number=said("number", before and before.number),
            hamlet=said("hamlet", (before and before.hamlet) or self._hamlet_of(state) or self.hamlet),
            to_pay=line["to_pay"] if type(line.get("to_pay")) is int else before.to_pay if before else owed,
            in_person=in_person,
            by_post=by_post and not in_person,
            session=self.session,
            post=_post(value, said) or (before.post if before else None),
        )

    def _hamlet_of(self, state: DossierState | None) -> str | None:
        """Where the dossier was received: its citizen is at home there."""
        if state is None or state.session is None:
            return None
        at = (_SESSION.c.unit == self.unit, _SESSION.c.subject == state.session)
        return self.db.execute(select(_SESSION.c.hamlet).where(*at)).scalar()


def _post(value: Mapping[str, Any], said: Any) -> Address | None:
    """Where the post takes it: as the line says, else as the citizen asked at reception."""
    asked = value.get("delivery.way") == "post"
    recipient = said("recipient", value.get("delivery.recipient") if asked else "")
    address = said("address", value.get("delivery.address") if asked else "")
    phone = said("phone", value.get("delivery.phone") if asked else "")
    if not address:
        return None
    return Address(recipient or said("name", value.get("submitter.full_name")), address, phone)


def _day(state: DossierState | None) -> date:
    moment = datetime.fromisoformat(state.received_at) if state and state.received_at else None
    return moment.astimezone(VIETNAM).date() if moment else date.today()  # noqa: DTZ011 - any day of today's rules


def _known(db: Connection, unit: str, codes: Sequence[str]) -> dict[str, list[DossierState]]:
    """The dossiers of these codes, received here or only packed before."""
    wanted = sorted({code.strip() for code in codes if code.strip()})
    found: dict[str, list[DossierState]] = {}
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        at = (_DOSSIER.c.unit == unit, _DOSSIER.c.code.in_(some))
        subjects = db.execute(select(_DOSSIER.c.subject).where(*at)).scalars().all()
        for state in folding.states(db, unit, subjects):
            found.setdefault(state.code or "", []).append(state)
    return found


def cards(db: Connection, unit: str, device: str) -> list[dict[str, Any]]:
    """The results that a laptop is told of: those packed for the sessions that it serves.

    They stay until the session is closed. What others did with one is in ``elsewhere``; what the laptop did
    itself it knows.
    """
    served = plans.serving(db, unit, device)
    closed = select(_SESSION.c.subject).where(_SESSION.c.unit == unit, _SESSION.c.closed_at.is_not(None))
    over = set(db.execute(closed).scalars())
    devices = _devices(db)
    told = []
    for row in _rows(db, unit):
        if row.session not in served:
            continue
        if row.place not in ON_ITS_WAY and (row.session in over or row.place in ("ready", "returned")):
            continue
        holder = devices.get(row.holder) if row.holder else None
        elsewhere = None
        if row.endings > 1 or (row.holder is not None and holder != device):
            elsewhere = {"place": row.place, "since": row.since, "said": row.ending, "times": row.endings}
        told.append({**json.loads(row.card), "id": row.subject, "elsewhere": elsewhere})
    return told


def _rows(db: Connection, unit: str) -> Sequence[Any]:
    return db.execute(select(_RESULT).where(_RESULT.c.unit == unit).order_by(_RESULT.c.subject)).all()


def _devices(db: Connection) -> dict[str, str | None]:
    return {row.origin: row.device for row in db.execute(select(_ORIGIN.c.origin, _ORIGIN.c.device))}


def _card(row: Any) -> ResultCard:
    card = results.card_of(json.loads(row.card))
    return card if card is not None else ResultCard(row.code, "")


def _line(db: Connection, row: Any, devices: Mapping[str, str | None] | None = None) -> ResultLine:
    known = _devices(db) if devices is None else devices
    card = _card(row)
    return ResultLine(
        unit=row.unit,
        subject=row.subject,
        card=replace(card, session=row.session),
        place=row.place,
        since=row.since,
        device=known.get(row.holder) if row.holder else None,
        ending=row.ending,
        endings=row.endings,
    )
