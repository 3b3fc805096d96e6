"""The cards: every value that a laptop is given besides facts, gathered for one device."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from mobile_reception.centre import identity as founding
from mobile_reception.centre import numbers as ranges
from mobile_reception.centre import plans, results, safe
from mobile_reception.centre.folding import clocks_of
from mobile_reception.centre.identity import Identity
from mobile_reception.centre.questions import held_cards
from mobile_reception.centre.tables import Centre
from mobile_reception.dossier.attachment import Limits
from mobile_reception.dossier.plan import CANCELLED
from mobile_reception.sync.protocol import to_base64

_DEVICE = Centre.metadata.tables["device"]
_OFFICER = Centre.metadata.tables["officer"]
_OFFICER_KEY = Centre.metadata.tables["officer_key"]
_CARD = Centre.metadata.tables["card"]


def cards_of(db: Connection, unit: str, device: str, identity: Identity) -> dict[str, Any]:
    """Every card for a device of this unit; ``cursor`` is a digest of the catalogue, a point, one of all."""
    named = db.execute(select(_DEVICE.c.name).where(_DEVICE.c.device == device)).scalar()
    ours = next(each for each in founding.units(db) if each.code == unit)
    by_kind: dict[str, list[dict[str, Any]]] = {"hamlet": [], "planned": [], "catalogue": [], "settings": []}
    for row in db.execute(select(_CARD).where(_CARD.c.unit == unit).order_by(_CARD.c.name)):
        by_kind.setdefault(row.kind, []).append(json.loads(row.body))
    cards: dict[str, Any] = {
        "catalogue": by_kind["catalogue"][0] if by_kind["catalogue"] else None,
        "settings": {
            **({"restored": True} if ranges.unconfirmed(db, unit) else {}),
            **(by_kind["settings"][0] if by_kind["settings"] else {}),
            "files": _file_limits(by_kind["settings"]),
            "unit": ours.document(),
            "practice": identity.practice,
            "device_name": named,
            "box_key": to_base64(identity.box_key),
            "tls_keys": founding.tls_keys(db),
            "revoked": _revoked(db),
        },
        "hamlets": by_kind["hamlet"],
        "officers": _officer_cards(db, unit),
        "ranges": ranges.ranges_of(db, device),
        "planned": [each for each in plans.cards(by_kind["planned"]) if each.get("state") != CANCELLED],
        "cancelled": [each for each in plans.cards(by_kind["planned"]) if each.get("state") == CANCELLED],
        "corrections": [
            {"origin": origin, "from_seq": first, "offset_ms": offset}
            for origin, steps in sorted(clocks_of(db).items())
            for first, offset in steps
        ],
        "held": held_cards(db, device),
        "results": results.cards(db, unit, device),
        "safe": safe.card(db, unit),
    }
    return {**cards, "cursor": f"{_digest(cards['catalogue'])}.{_digest(cards)}"}


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _file_limits(settings: list[dict[str, Any]]) -> dict[str, Any]:
    """What files a dossier may have, also where nobody has set it: a laptop refuses the rest at capture."""
    return Limits.read(settings[0].get("files", {}) if settings else {}).document()


def _revoked(db: Connection) -> list[str]:
    """Laptops whose receipts are to be doubted."""
    rows = select(_DEVICE.c.device).where(_DEVICE.c.state == "revoked").order_by(_DEVICE.c.device)
    return list(db.execute(rows).scalars())


def _officer_cards(db: Connection, unit: str) -> list[dict[str, Any]]:
    keys: dict[str, list[str]] = {}
    for row in db.execute(select(_OFFICER_KEY).where(_OFFICER_KEY.c.unit == unit)):
        keys.setdefault(row.login, []).append(to_base64(row.public_key))
    rows = db.execute(select(_OFFICER).where(_OFFICER.c.unit == unit).order_by(_OFFICER.c.login))
    return [
        {
            "login": row.login,
            "name": row.name,
            "role": row.role,
            "active": row.active,
            "keys": sorted(keys.get(row.login, [])),
        }
        for row in rows
    ]
