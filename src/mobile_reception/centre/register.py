"""The register: units, devices, officers, one-time codes, number ranges, and the cards that laptops get."""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, Row, func, insert, select, update
from sqlalchemy.engine import Connection

from mobile_reception.centre import feed, own, settings
from mobile_reception.centre import identity as founding
from mobile_reception.centre import numbers as ranges
from mobile_reception.centre.cards import cards_of
from mobile_reception.centre.database import reading, writing
from mobile_reception.centre.files import Files
from mobile_reception.centre.folding import DEVICE_REVOKED
from mobile_reception.centre.identity import Identity, Unit
from mobile_reception.centre.passphrases import holds, protect
from mobile_reception.centre.plans import Plans
from mobile_reception.centre.tables import Centre
from mobile_reception.centre.values import Application, Device, Officer, Refused
from mobile_reception.dossier.catalogue import Catalogue, Malformed
from mobile_reception.dossier.facts import GENESIS, Act, uuid7
from mobile_reception.dossier.plan import Planned
from mobile_reception.sync.protocol import Certificate, certify, name_hash, to_base64

_UNIT = Centre.metadata.tables["unit"]
_DEVICE = Centre.metadata.tables["device"]
_ORIGIN = Centre.metadata.tables["origin"]
_OFFICER = Centre.metadata.tables["officer"]
_OFFICER_KEY = Centre.metadata.tables["officer_key"]
_CODE = Centre.metadata.tables["enrol_code"]
_CARD = Centre.metadata.tables["card"]

SCOPES: Final = ("hamlets", "unit")
LONGEST_NAME: Final = 100
"""Letters of an officer's name."""
CODE_LIFE: Final = timedelta(hours=24)
REVOKED: Final = DEVICE_REVOKED
"""The fact that a laptop is trusted no more."""

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Register:
    """Who and what belongs to the centre. Methods of its own transaction each; `Refused` says why not."""

    def __init__(self, engine: Engine, identity: Identity, files: Files) -> None:
        self._engine = engine
        self._identity = identity
        self._files = files

    # -- Units -------------------------------------------------------------------------------------------

    def units(self) -> list[Unit]:
        """All units, the first one first."""
        with reading(self._engine) as db:
            return founding.units(db)

    def add_unit(self, unit: Unit) -> None:
        """One more unit. Raises Refused (``exists``)."""
        with writing(self._engine) as db:
            if any(unit.code == each.code for each in founding.units(db)):
                raise Refused("exists")
            founding.add_unit(db, unit)

    # -- Devices -----------------------------------------------------------------------------------------

    def new_code(self, *, unit: str, name: str, scope: str, now: datetime) -> str:
        """A one-time code for a laptop of this name, good for `CODE_LIFE`; only its hash is kept."""
        plain = "".join(secrets.choice(_LETTERS) for _ in range(20))
        with writing(self._engine) as db:
            known_unit(db, unit)
            db.execute(
                insert(_CODE).values(
                    code_hash=_code_hash(plain),
                    unit=unit,
                    name=name,
                    scope=scope,
                    expires_at=_written(now + CODE_LIFE),
                    device=None,
                )
            )
        return "-".join(plain[start : start + 5] for start in range(0, 20, 5))

    def device(self, device: str) -> Device | None:
        """The device of this id, revoked or not."""
        with reading(self._engine) as db:
            row = db.execute(select(_DEVICE).where(_DEVICE.c.device == device)).first()
            return _device(row) if row else None

    def devices(self) -> list[Device]:
        """All devices in the order of their enrolment."""
        with reading(self._engine) as db:
            return [_device(row) for row in db.execute(select(_DEVICE).order_by(_DEVICE.c.enrolled_at))]

    def revoke(self, device: str, *, now: datetime | None = None) -> Device:
        """From the next request on, what this device sends is held. By id or, if only one has it, by name."""
        with writing(self._engine) as db:
            either = (_DEVICE.c.device == device) | (_DEVICE.c.name == device)
            rows = db.execute(select(_DEVICE).where(either)).all()
            if len(rows) != 1:
                raise Refused("ambiguous" if rows else "unknown_device")
            revoked = _device(rows[0])
            if revoked.state != "revoked":
                said = Act(revoked.device, REVOKED, {})
                own.append(db, said, unit=revoked.unit, now=now or datetime.now(UTC))
                feed.tell_everybody(db, revoked.unit, [revoked.device])
                db.execute(update(_DEVICE).where(_DEVICE.c.device == revoked.device).values(state="revoked"))
            return revoked

    def enrol(self, asked: Application, *, now: datetime) -> dict[str, Any]:
        """Take a laptop in and give it what it needs, as the protocol writes it.

        The same laptop with the same code again, because the answer was lost, gets the same answer. Raises
        Refused: ``bad_code``, ``practice``, ``unit``, ``agency``, ``passphrase``, ``officer_disabled``,
        ``origin_taken``.
        """
        with reading(self._engine) as db:
            unit = self._usable(db, asked, now).unit
            _check_unit(db, asked, unit, practice=self._identity.practice)
            known = db.execute(_officer_query(unit, asked.login)).first()
        # One Argon2 for a login that is known or not, outside the write transaction; none without a code.
        proved = known is not None and holds(known.passphrase_hash, asked.passphrase)
        hashed = known.passphrase_hash if known is not None else protect(asked.passphrase)
        with writing(self._engine) as db:
            known_unit(db, unit)
            code = self._usable(db, asked, now)
            officer = db.execute(_officer_query(code.unit, asked.login)).first()
            if officer is not None:
                if not proved or officer.passphrase_hash != hashed:
                    raise Refused("passphrase")
                if not officer.active:
                    raise Refused("officer_disabled")
            device = code.device or self._new_device(db, asked, code, now)
            if officer is None:
                _insert_officer(db, code.unit, asked.login, "officer", hashed, made_by="enrolment")
            _set_officer_key(db, code.unit, asked.login, device, asked.officer_key)
            _named_if_not_yet(db, code.unit, asked.login, asked.officer_name)
            if announced(db, device, code.unit, asked.origin, now):
                ranges.give(db, code.unit, asked.origin, self._files.folder)
            return self._enrolled(db, device)

    def _usable(self, db: Connection, asked: Application, now: datetime) -> Row[Any]:
        code = db.execute(select(_CODE).where(_CODE.c.code_hash == _code_hash(asked.code))).first()
        if code is None or _written(now) > code.expires_at:
            raise Refused("bad_code")
        if code.device is not None:
            user = db.execute(select(_DEVICE).where(_DEVICE.c.device == code.device)).one()
            if user.public_key != asked.device_key or user.state != "active":
                raise Refused("bad_code")
        return code

    def _new_device(self, db: Connection, asked: Application, code: Row[Any], now: datetime) -> str:
        device = uuid7(now)
        name = code.name or asked.name
        certificate = Certificate(
            device=device,
            unit=code.unit,
            public_key=asked.device_key,
            issued=now,
            name_hash=name_hash(name),
            practice=self._identity.practice,
        )
        db.execute(
            insert(_DEVICE).values(
                device=device,
                unit=code.unit,
                name=name,
                scope=code.scope,
                public_key=asked.device_key,
                certificate=certify(self._identity.key, certificate),
                sealed_recovery=asked.sealed_recovery,
                state="active",
                enrolled_at=_written(now),
                last_contact=_written(now),
            )
        )
        db.execute(update(_CODE).where(_CODE.c.code_hash == code.code_hash).values(device=device))
        return device

    def _enrolled(self, db: Connection, device: str) -> dict[str, Any]:
        row = db.execute(select(_DEVICE).where(_DEVICE.c.device == device)).one()
        unit = next(each for each in founding.units(db) if each.code == row.unit)
        cards = cards_of(db, row.unit, device, self._identity)
        return {
            "code": "ok",
            "device": device,
            "certificate": to_base64(row.certificate),
            "centre_key": to_base64(self._identity.public_key),
            "unit": unit.document(),
            "scope": row.scope,
            "ranges": cards["ranges"],
            "cards": cards,
        }

    def announce(self, device: Device, origin: str, *, now: datetime) -> list[dict[str, Any]]:
        """Take in a new origin of a device and give it a range; its ranges. The same again is harmless.

        A revoked device gets no numbers; its origin is known, so that what it has yet to send can be held.
        Raises Refused (``origin_taken``).
        """
        with writing(self._engine) as db:
            state = select(_DEVICE.c.state).where(_DEVICE.c.device == device.device)
            active = db.execute(state).scalar_one() == "active"
            known_unit(db, device.unit)
            if announced(db, device.device, device.unit, origin, now) and active:
                ranges.give(db, device.unit, origin, self._files.folder)
            return [each for each in ranges.ranges_of(db, device.device) if each["origin"] == origin]

    def cards(self, device: Device, seen: str | None = None) -> dict[str, Any]:
        """All cards for a device, with the ``cursor`` that names exactly this set.

        To who has ``seen`` the same catalogue, by far the largest card, it is not said again (None); to who
        has seen all of them, only that they are ``unchanged``.
        """
        with reading(self._engine) as db:
            cards = cards_of(db, device.unit, device.device, self._identity)
        if seen == cards["cursor"]:
            return {"cursor": seen, "unchanged": True}
        if seen and seen.partition(".")[0] == cards["cursor"].partition(".")[0]:
            return {**cards, "catalogue": None}
        return cards

    # -- Officers ----------------------------------------------------------------------------------------

    def add_officer(self, unit: str, login: str, role: str, passphrase: str, name: str = "") -> None:
        """An officer who is known before any laptop is. Confirms one who came with a laptop.

        ``name`` is what people read; empty, it stays what it was. Raises Refused (``exists``,
        ``unknown_unit``).
        """
        hashed = protect(passphrase)
        with writing(self._engine) as db:
            known_unit(db, unit)
            row = db.execute(_officer_query(unit, login)).first()
            if row is None:
                _insert_officer(db, unit, login, role, hashed, made_by="centre")
            elif row.made_by == "enrolment":  # the passphrase proved on the laptop stays
                at = update(_OFFICER).where(_OFFICER.c.unit == unit, _OFFICER.c.login == row.login)
                proved = row.passphrase_hash or hashed  # none: known again from a laptop, after a restore
                db.execute(at.values(role=role, made_by="centre", passphrase_hash=proved))
            else:
                raise Refused("exists")
            if name:
                _name(db, unit, login, name)

    def name_officer(self, unit: str, login: str, name: str) -> None:
        """From the next contact on every laptop shows this name. Raises Refused (``unknown_officer``)."""
        with writing(self._engine) as db:
            if not _name(db, unit, login, name):
                raise Refused("unknown_officer")

    def set_passphrase(self, unit: str, login: str, passphrase: str) -> None:
        """The passphrase that proves this officer here from now on; the former one does no more.

        For who has forgotten it: with the new one a laptop's key is registered again (`add_key`). Keys that
        are known stay so. Raises Refused (``unknown_officer``).
        """
        hashed = protect(passphrase)
        with writing(self._engine) as db:
            at = update(_OFFICER).where(_OFFICER.c.unit == unit, _OFFICER.c.login == _login(login))
            if db.execute(at.values(passphrase_hash=hashed)).rowcount == 0:
                raise Refused("unknown_officer")

    def add_key(self, device: Device, login: str, key: bytes, passphrase: str, name: str = "") -> str:
        """Know ``key`` as this officer's on this laptop; the officer's role. The same again is harmless.

        As at enrolment: a login that is not known here is made with the role ``officer``, one that is has to
        prove its passphrase. ``name`` counts where none is known. A former key of this officer on this laptop
        signs nothing any more. Raises Refused (``passphrase``, ``officer_disabled``).
        """
        with reading(self._engine) as db:
            known = db.execute(_officer_query(device.unit, login)).first()
        proved = known is not None and holds(known.passphrase_hash, passphrase)
        hashed = known.passphrase_hash if known is not None else protect(passphrase)
        with writing(self._engine) as db:
            known_unit(db, device.unit)
            officer = db.execute(_officer_query(device.unit, login)).first()
            if officer is not None and (not proved or officer.passphrase_hash != hashed):
                raise Refused("passphrase")
            if officer is not None and not officer.active:
                raise Refused("officer_disabled")
            if officer is None:
                _insert_officer(db, device.unit, login, "officer", hashed, made_by="enrolment")
            _set_officer_key(db, device.unit, login, device.device, key)
            _named_if_not_yet(db, device.unit, login, name)
            return "officer" if officer is None else str(officer.role)

    def disable_officer(self, unit: str, login: str) -> None:
        """No new work from this officer; the unsent still arrives. Raises Refused (``unknown_officer``)."""
        with writing(self._engine) as db:
            at = (_OFFICER.c.unit == unit, _OFFICER.c.login == _login(login))
            if db.execute(update(_OFFICER).where(*at).values(active=False)).rowcount == 0:
                raise Refused("unknown_officer")

    def officers(self) -> list[Officer]:
        """All officers by unit and login."""
        with reading(self._engine) as db:
            rows = db.execute(select(_OFFICER).order_by(_OFFICER.c.unit, _OFFICER.c.login))
            return [Officer(row.unit, row.login, row.role, row.active, row.made_by, row.name) for row in rows]

    # -- Cards -------------------------------------------------------------------------------------------

    def add_hamlet(self, unit: str, name: str) -> None:
        """A hamlet of a unit; the same name again is harmless."""
        with writing(self._engine) as db:
            known_unit(db, unit)
            _put_card(db, unit, "hamlet", _nfc(name), {"id": str(uuid4()), "name": _nfc(name)}, keep=True)

    def load_catalogue(self, unit: str, document: Mapping[str, Any]) -> int:
        """Give a unit's laptops this catalogue (`Catalogue.to_json`'s shape); how many procedures it has.

        Raises Refused (``catalogue``, ``unknown_unit``); the catalogue in force then stays.
        """
        try:
            catalogue = Catalogue.from_json(document)
        except Malformed as error:
            raise Refused("catalogue") from error
        with writing(self._engine) as db:
            known_unit(db, unit)
            _put_card(db, unit, "catalogue", "", catalogue.to_json(), keep=False)
        return len(catalogue)

    def load_settings(self, unit: str, document: Mapping[str, Any]) -> None:
        """Give a unit's laptops these settings (`settings.KEYS`) in place of those before.

        Raises Refused (``settings``, ``unknown_unit``); the settings in force then stay.
        """
        accepted = settings.checked(document, self.catalogue(unit))
        with writing(self._engine) as db:
            known_unit(db, unit)
            _put_card(db, unit, "settings", "", accepted, keep=False)

    def catalogue(self, unit: str) -> Catalogue:
        """The catalogue that a unit's laptops are given, else the shipped one."""
        with reading(self._engine) as db:
            at = (_CARD.c.unit == unit, _CARD.c.kind == "catalogue")
            body = db.execute(select(_CARD.c.body).where(*at)).scalar()
        return Catalogue.load() if body is None else Catalogue.from_json(json.loads(body))

    def hamlets(self, unit: str | None = None) -> list[tuple[str, str]]:
        """(unit, name) of every hamlet."""
        with reading(self._engine) as db:
            rows = db.execute(
                select(_CARD.c.unit, _CARD.c.name)
                .where(_CARD.c.kind == "hamlet")
                .order_by(_CARD.c.unit, _CARD.c.name)
            )
            return [(row.unit, row.name) for row in rows if unit in {None, row.unit}]

    def plan(self, unit: str, hamlet: str, day: date, kind: str, *, now: datetime | None = None) -> str:
        """Plan a session at a hamlet; its id. Planning it again changes nothing."""
        session = Planned(id="", hamlet=hamlet, day=day, kind=kind)
        return Plans(self._engine).once(unit, session, now=now or datetime.now(UTC)).id


def disabled(db: Connection, unit: str) -> set[str]:
    """The logins whose officers may do no new work."""
    at = (_OFFICER.c.unit == unit, _OFFICER.c.active.is_(False))
    return set(db.execute(select(_OFFICER.c.login).where(*at)).scalars())


def announced(db: Connection, device: str, unit: str, origin: str, now: datetime) -> bool:
    """Know ``origin`` as this device's; whether it is new. Raises Refused (``origin_taken``)."""
    row = db.execute(select(_ORIGIN.c.device).where(_ORIGIN.c.origin == origin)).first()
    if row is not None:
        if row.device != device:
            raise Refused("origin_taken")
        return False
    known = select(func.count()).select_from(_ORIGIN).where(_ORIGIN.c.device == device)
    db.execute(
        insert(_ORIGIN).values(
            origin=origin,
            unit=unit,
            device=device,
            head=0,
            head_hash=GENESIS,
            folded=0,
            offset_ms=0,
            announced_at=_written(now),
            nth=1 + db.execute(known).scalar_one(),
        )
    )
    return True


def _put_card(
    db: Connection, unit: str, kind: str, name: str, body: Mapping[str, Any], *, keep: bool
) -> Mapping[str, Any]:
    at = (_CARD.c.unit == unit, _CARD.c.kind == kind, _CARD.c.name == name)
    known = db.execute(select(_CARD.c.body).where(*at)).scalar()
    if known is not None and keep:
        there: Mapping[str, Any] = json.loads(known)
        return there
    text = json.dumps(body, ensure_ascii=False)
    if known is None:
        db.execute(insert(_CARD).values(unit=unit, kind=kind, name=name, body=text))
    else:
        db.execute(update(_CARD).where(*at).values(body=text))
    return body


def _check_unit(db: Connection, asked: Application, unit: str, *, practice: bool) -> None:
    own = next(each for each in founding.units(db) if each.code == unit)
    if asked.practice != practice:
        raise Refused("practice")
    if asked.unit not in {None, own.code}:
        raise Refused("unit")
    if asked.agency_id not in {None, own.agency_id}:
        raise Refused("agency")


def _officer_query(unit: str, login: str) -> Any:
    return select(_OFFICER).where(_OFFICER.c.unit == unit, _OFFICER.c.login == _login(login))


def known_officer(db: Connection, unit: str, login: str, device: str, key: bytes) -> None:
    """Know again who works on a readmitted laptop; an administrator confirms, as at enrolment.

    A login that is known already has to prove its passphrase again (`Register.add_key`): a laptop's word
    alone makes nobody's key a deputy director's.
    """
    if db.execute(_officer_query(unit, login)).first() is None:
        _insert_officer(db, unit, login, "officer", "", made_by="enrolment")
        _set_officer_key(db, unit, login, device, key)


def _insert_officer(db: Connection, unit: str, login: str, role: str, hashed: str, *, made_by: str) -> None:
    db.execute(
        insert(_OFFICER).values(
            unit=unit, login=_login(login), role=role, active=True, made_by=made_by, passphrase_hash=hashed
        )
    )


def _name(db: Connection, unit: str, login: str, name: str) -> bool:
    at = update(_OFFICER).where(_OFFICER.c.unit == unit, _OFFICER.c.login == _login(login))
    shown = " ".join("".join(letter for letter in _nfc(name) if letter.isprintable()).split())
    return db.execute(at.values(name=shown[:LONGEST_NAME])).rowcount > 0


def _named_if_not_yet(db: Connection, unit: str, login: str, name: str) -> None:
    """What a laptop calls its officer, where nobody has said it: an administrator's word stands."""
    at = (_OFFICER.c.unit == unit, _OFFICER.c.login == _login(login), _OFFICER.c.name == "")
    if name.strip() and db.execute(select(_OFFICER.c.login).where(*at)).first() is not None:
        _name(db, unit, login, name)


def _set_officer_key(db: Connection, unit: str, login: str, device: str, key: bytes) -> None:
    at = (
        _OFFICER_KEY.c.unit == unit,
        _OFFICER_KEY.c.login == _login(login),
        _OFFICER_KEY.c.device == device,
    )
    if db.execute(update(_OFFICER_KEY).where(*at).values(public_key=key)).rowcount == 0:
        db.execute(insert(_OFFICER_KEY).values(unit=unit, login=_login(login), device=device, public_key=key))


def known_unit(db: Connection, unit: str) -> None:
    """The unit is there, and nobody else changes what belongs to it until this transaction ends."""
    if db.execute(select(_UNIT.c.unit).where(_UNIT.c.unit == unit).with_for_update()).first() is None:
        raise Refused("unknown_unit")


def _device(row: Row[Any]) -> Device:
    return Device(
        row.device,
        row.unit,
        row.name,
        row.scope,
        row.public_key,
        row.state,
        row.enrolled_at,
        row.last_contact,
    )


def _code_hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def _login(login: str) -> str:
    return _nfc(login)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds")
