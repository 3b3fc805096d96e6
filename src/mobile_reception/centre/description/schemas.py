"""The documents of the protocol as JSON Schema. Fields that are not named here are let pass by both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mobile_reception.sync import protocol

Schema = dict[str, Any]


def text(about: str = "", **more: Any) -> Schema:
    """A text."""
    return {"type": "string", **({"description": about} if about else {}), **more}


def whole(about: str = "", **more: Any) -> Schema:
    """A whole number that is not below zero."""
    return {"type": "integer", "minimum": 0, "maximum": 2**53 - 1, **_about(about), **more}


def known(*values: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def listed(items: Schema, about: str = "") -> Schema:
    """A list."""
    return {"type": "array", "items": items, **_about(about)}


def called(name: str) -> Schema:
    """A schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def fields(about: str = "", /, *optional: str, **properties: Schema) -> Schema:
    """An object; all of its ``properties`` are there but the ``optional`` ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, **_about(about)}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _about(about: str) -> Schema:
    return {"description": about} if about else {}


_UUID: Final = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def uuid(about: str = "") -> Schema:
    """An id, as the protocol writes one."""
    return text(about, pattern=_UUID)


_OF_LENGTH: Final = {
    None: "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    32: "^[A-Za-z0-9+/]{43}=$",
    64: "^[A-Za-z0-9+/]{86}==$",
}


def base64(length: int | None = None, about: str = "") -> Schema:
    """Bytes: 32 of them, 64, or (None) any number."""
    size = "" if length is None else f" {length} bytes."
    return text(f"{about}{size}".strip(), contentEncoding="base64", pattern=_OF_LENGTH[length])


HASH: Final = text("SHA-256, lower-case hexadecimal", pattern="^[0-9a-f]{64}$")
MOMENT: Final = text("ISO 8601 with its zone", format="date-time")

_UNIT = fields("A commune or ward", code=text(), agency_id=text(), name=text(), superior=text())
_RANGE = fields(
    "Serials that are this origin's own on every day",
    "withdrawn",
    origin=uuid(),
    first=whole(),
    last=whole(),
    withdrawn={"const": True},
)
_SERIALS = {**whole(), "maximum": 99_999}
_OFFICER = fields(
    "",
    login=text(),
    name=text("What people call the officer; empty where nobody has said"),
    role=known("officer", "deputy", "administrator", "inspector"),
    active={"type": "boolean"},
    keys=listed(base64(32)),
)
_PLANNED = fields("A planned session", id=uuid(), hamlet=text(), day=text(format="date"), kind=text())
_CORRECTION = fields("", origin=text(), from_seq=whole(), offset_ms={"type": "integer"})
_HELD = fields(
    "A fact of this device that waits for a person",
    origin=text(),
    seq=whole(),
    subject=or_null(text()),
    state=text(),
    reason=or_null(text()),
)
_CARDS: Final[Mapping[str, Schema]] = {
    "catalogue": or_null({"type": "object", "description": "The procedures; null: none, or not changed"}),
    "settings": {"type": "object", "description": "The unit's settings, ``unit``, ``practice``, ``box_key``"},
    "hamlets": listed(fields("", id=text(), name=text())),
    "officers": listed(_OFFICER),
    "ranges": listed(_RANGE),
    "planned": listed(_PLANNED),
    "cancelled": listed({"type": "object"}, "Planned sessions that will not be"),
    "corrections": listed(_CORRECTION),
    "held": listed(_HELD),
    "safe": or_null(
        fields(
            "The last backup that was verified; null: none yet",
            at=MOMENT,
            heads=listed(fields("", origin=uuid(), seq=whole())),
            lacking=listed(HASH, "Files that facts up to there announce and that were in no backup"),
        )
    ),
    "cursor": text("Names exactly this set"),
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Refusal": fields(
        "Why not; nothing was half done. Only its signature makes it the centre's word",
        code=text("One word of the protocol's table"),
    ),
    "Hello": fields(
        "Who this centre is",
        code=known("ok"),
        version={"const": protocol.VERSION},
        centre_key=base64(32, "Ed25519, signs answers."),
        recovery_key=base64(32, "X25519, recovery codes are sealed to it."),
        box_key=base64(32, "X25519, letters of bundles are sealed to it."),
        practice={"type": "boolean"},
        units=listed(called("Unit")),
        epoch=uuid(),
        time=MOMENT,
    ),
    "Unit": _UNIT,
    "Application": fields(
        "A laptop that asks to be enrolled; signed with the key that ``X-Device`` names",
        "unit",
        "agency_id",
        "sealed_recovery",
        "officer_name",
        version={"const": protocol.VERSION},
        code=text("The one-time code", maxLength=1024),
        name=text("The laptop's", maxLength=1024),
        origin=uuid("Its journal"),
        login=text(minLength=1, maxLength=1024, pattern=r"\S"),
        officer_key=base64(32, "The officer's Ed25519 key."),
        passphrase=text("Proves a login that the centre knows", maxLength=1024),
        practice={"type": "boolean"},
        unit=or_null(text("Of a laptop that stood alone")),
        agency_id=or_null(text()),
        sealed_recovery=or_null(base64(None, "Opens with the centre's recovery key only.")),
        officer_name=text("What people call the officer", maxLength=100),
    ),
    "Enrolled": fields(
        "",
        code=known("ok"),
        device=uuid(),
        certificate=base64(None, "See the protocol."),
        centre_key=base64(32),
        unit=called("Unit"),
        scope=known("hamlets", "unit"),
        ranges=listed(_RANGE),
        cards=called("CardSet"),
    ),
    "CardSet": fields("Values, never folded", "safe", **_CARDS),
    "Cards": {
        "anyOf": [
            fields("", "safe", code=known("ok"), **_CARDS),
            fields("The same as ``seen``", code=known("ok"), cursor=text(), unchanged={"const": True}),
        ]
    },
    "Announcement": fields("A new journal of this device", origin=uuid()),
    "Announced": fields("", code=known("ok"), origin=uuid(), ranges=listed(_RANGE)),
    "Testimony": fields(
        "What a laptop kept of this centre, and has to show where it may have been lost",
        "own",
        own=fields(
            "The last of the centre's own facts that the laptop knows",
            header=text(),
            payload_hash=HASH,
            hash=HASH,
            proof=base64(64),
        ),
        name=text("The laptop's", maxLength=200),
        journals={
            **listed(
                fields(
                    "A journal of this device: its ranges, and the last head that was signed for it",
                    "signature",
                    origin=uuid(),
                    ranges={**listed(fields("", first=_SERIALS, last=_SERIALS)), "maxItems": 400},
                    answer=or_null(base64(None, "The answer as it came.")),
                    signature=base64(64),
                )
            ),
            "maxItems": 400,
        },
        officers={
            **listed(fields("", login=text(minLength=1, maxLength=200), key=base64(32))),
            "maxItems": 400,
        },
    ),
    "Heard": fields(
        "",
        code=known("ok"),
        epoch=uuid("The centre's, perhaps a new one"),
        lost={"type": "boolean", "description": "This centre does not hold what it signed for"},
        readmitted={"type": "boolean", "description": "The device was not known any more"},
    ),
    "TakenBack": fields("", code=known("ok"), taken=whole("Facts that were not here")),
    "OfficerKey": fields(
        "One more officer of this laptop",
        "name",
        login=text(minLength=1, maxLength=64, pattern=r"^\S(.*\S)?$"),
        passphrase=text(maxLength=1024),
        officer_key=base64(32),
        name=text("What people call the officer", maxLength=100),
    ),
    "OfficerKnown": fields("", code=known("ok"), login=text(), role=text()),
    "Token": fields(
        "Good for bringing files by tus", code=known("ok"), token=text(), expires=MOMENT, uploads=text()
    ),
    "Question": fields("", files={**listed(HASH), "maxItems": 1000}),
    "Files": fields(
        "",
        code=known("ok"),
        here=listed(HASH),
        partial=listed(fields("", sha256=HASH, upload=text(), offset=whole())),
        time=MOMENT,
    ),
    "Head": fields(
        "What the centre holds of a journal, under its signature: the proof of hand-over",
        "device",
        "scope",
        "own",
        "feed",
        code=known("ok", "gap", "fork"),
        origin=uuid(),
        head=fields("", seq=whole(), hash=HASH),
        epoch=uuid(),
        time=MOMENT,
        held=whole("Facts of this origin that wait for a person"),
        conflicts=whole(),
        safe=whole("The last seq in a verified backup"),
        device_state=known("active", "revoked"),
        device=text("Whose journal it is"),
        scope=text("What of the feed it is given"),
        own=fields(
            "The head of the centre's own journal, its epoch; ``known``: it holds the place asked about",
            "known",
            seq=whole(),
            hash=text(),
            known={"type": "boolean"},
        ),
        feed=whole("The last place of the unit's feed"),
        **{"for": fields("What the signature covers", status=whole(), target=text(), nonce=text())},
    ),
}
