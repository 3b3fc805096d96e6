"""From a card (what a file of data or the centre gives) to procedures, and a unit's settings on top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any, TypeVar

from mobile_reception.dossier.catalogue.values import (
    ONLINE_LEVELS,
    RECEIVE,
    Answer,
    Field,
    Malformed,
    Mobile,
    PaperRule,
    Procedure,
    Variant,
    Version,
)
from mobile_reception.dossier.days import LONGEST_LIMIT, STARTS, UNITS, Limit, Stage
from mobile_reception.dossier.fees import CATEGORIES, CHANNELS, KINDS, Exemption, FeeRule

T = TypeVar("T")
Card = Mapping[str, Any]

_NEEDED: Any = object()


def take(card: Card, key: str, kind: type[T], otherwise: Any = _NEEDED) -> T:
    """``card[key]`` if it is a ``kind`` (true is no number); ``otherwise`` where it is missing."""
    value = card.get(key, otherwise)
    if value is _NEEDED:
        raise Malformed(f"{key} is missing")
    if value is not otherwise and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise Malformed(f"{key} must be {kind.__name__}")
    return value  # type: ignore[no-any-return]


def _word(card: Card, key: str) -> str:
    return take(card, key, str, "")


def _whole(card: Card, key: str) -> int | None:
    value: int | None = take(card, key, int, None)
    if value is not None and not 0 <= value <= 10**12:
        raise Malformed(f"{key} is out of bounds")
    return value


def _among(card: Card, key: str, known: tuple[str, ...]) -> str:
    value = _word(card, key)
    if value not in known:
        raise Malformed(f"{key} is none of {', '.join(known)}")
    return value


def _table(card: Card, key: str) -> Card:
    value = card.get(key, {})
    if not isinstance(value, Mapping):
        raise Malformed(f"{key} must be a table")
    return value


def _each(card: Card, key: str, make: Callable[[Card], T]) -> tuple[T, ...]:
    rows: list[Any] = take(card, key, list, [])
    if not all(isinstance(row, Mapping) for row in rows):
        raise Malformed(f"{key} must be a list of tables")
    return tuple(make(row) for row in rows)


def _words(card: Card, key: str) -> tuple[str, ...]:
    found: list[Any] = take(card, key, list, [])
    if not all(isinstance(one, str) for one in found):
        raise Malformed(f"{key} must be a list of words")
    return tuple(found)


def _day(card: Card, key: str) -> date | None:
    written = _word(card, key)
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise Malformed(f"{key} is no day") from None


def field(card: Any) -> Field:
    """A field of procedures; raises Malformed."""
    if not isinstance(card, Mapping):
        raise Malformed("a field must be a table")
    return Field(take(card, "code", str), take(card, "name", str), _word(card, "name_en"))


def procedure(card: Any) -> Procedure:
    """The procedure on a card; raises Malformed, which names it."""
    if not isinstance(card, Mapping):
        raise Malformed("a procedure must be a table")
    code = take(card, "code", str)
    try:
        return Procedure(
            code=code,
            name=take(card, "name", str),
            short_name=take(card, "short_name", str),
            name_en=_word(card, "name_en"),
            field=take(card, "field", str),
            authority=_word(card, "authority"),
            versions=_versions(card),
            decision=_word(card, "decision"),
            portal=_word(card, "portal"),
            online_level=_among(card, "online_level", ONLINE_LEVELS),
            confidence=_word(card, "confidence"),
            source=_word(card, "source"),
            note=_word(card, "note"),
            note_en=_word(card, "note_en"),
            former_codes=_words(card, "former_codes"),
            answers=_each(
                card,
                "answers",
                lambda one: Answer(take(one, "key", str), take(one, "label", str), _word(one, "label_en")),
            ),
            allowance_standard=_whole(card, "allowance_standard"),
        )
    except Malformed as reason:
        raise Malformed(f"{code}: {reason}") from None


def _versions(card: Card) -> tuple[Version, ...]:
    versions = _each(card, "versions", _version)
    if not versions:
        raise Malformed("versions are missing")
    return tuple(sorted(versions, key=lambda one: one.valid_from or date.min))


def _version(card: Card) -> Version:
    result = _table(card, "result")
    return Version(
        valid_from=_day(card, "valid_from"),
        valid_to=_day(card, "valid_to"),
        limit=_limit(_table(card, "limit")),
        fee=_fee(_table(card, "fee")),
        papers=_each(card, "papers", _paper),
        result=_word(result, "name"),
        result_code=_word(result, "code"),
        mobile=_mobile(_table(card, "mobile")),
        variants=_each(card, "variants", _variant),
        result_en=_word(result, "name_en"),
        stages=_each(card, "stages", _stage),
        awaiting=_word(card, "awaiting"),
        awaiting_en=_word(card, "awaiting_en"),
    )


def _limit(card: Card) -> Limit:
    cutoff = _word(card, "cutoff")
    value = _whole(card, "value")
    if value is not None and value > LONGEST_LIMIT:
        raise Malformed("value of the limit is out of bounds")
    try:
        return Limit(
            value=value,
            unit=_among(card, "unit", UNITS),
            cutoff=time.fromisoformat(cutoff) if cutoff else None,
            confidence=_word(card, "confidence"),
            rule=_word(card, "rule"),
            rule_en=_word(card, "rule_en"),
            note=_word(card, "note"),
            note_en=_word(card, "note_en"),
        )
    except ValueError as reason:
        raise Malformed(f"limit: {reason}") from None


def _stage(card: Card) -> Stage:
    return Stage(
        name=take(card, "name", str),
        name_en=_word(card, "name_en"),
        starts=_among({"starts": "reception", **card}, "starts", STARTS),
        limit=_limit(_table(card, "limit")),
    )


def _fee(card: Card) -> FeeRule:
    by_channel = _table(card, "by_channel")
    if any(channel not in CHANNELS for channel in by_channel):
        raise Malformed(f"by_channel knows {', '.join(CHANNELS)} only")
    return FeeRule(
        kind=_among(card, "kind", KINDS),
        category=_among(card, "category", CATEGORIES),
        amount=_whole(card, "amount"),
        per=_among({"per": "case", **card}, "per", ("case", "copy")),
        first_page=_whole(card, "first_page") or 0,
        next_page=_whole(card, "next_page") or 0,
        first_pages=_whole(card, "first_pages") or 0,
        ceiling=_whole(card, "ceiling") or 0,
        exemptions=_each(card, "exemptions", _exemption),
        extract_copy=_whole(card, "extract_copy"),
        by_channel=tuple((channel, _whole(by_channel, channel) or 0) for channel in by_channel),
        unit_name=_word(card, "unit_name"),
        basis=_word(card, "basis"),
        note=_word(card, "note"),
        note_en=_word(card, "note_en"),
        confidence=_word(card, "confidence"),
    )


def _exemption(card: Card) -> Exemption:
    return Exemption(take(card, "code", str), take(card, "ground", str), _word(card, "ground_en"))


def _paper(card: Card) -> PaperRule:
    return PaperRule(
        name=take(card, "name", str),
        action=_among(card, "action", ("submit", "present")),
        originals=_whole(card, "originals") or 0,
        certified=_whole(card, "certified") or 0,
        photocopies=_whole(card, "photocopies") or 0,
        condition=_word(card, "condition"),
        condition_en=_word(card, "condition_en"),
        name_en=_word(card, "name_en"),
        variants=_words(card, "variants"),
    )


def _mobile(card: Card) -> Mobile:
    return Mobile(
        receive=_among(card, "receive", RECEIVE),
        return_on_site=take(card, "return_on_site", bool, False),
        by_post=take(card, "by_post", bool, False),
        in_person=take(card, "in_person", bool, False),
        note=_word(card, "note"),
        note_en=_word(card, "note_en"),
    )


def _variant(card: Card) -> Variant:
    return Variant(
        code=take(card, "code", str),
        name=take(card, "name", str),
        name_en=_word(card, "name_en"),
        limit=_limit(_table(card, "limit")) if "limit" in card else None,
        fee=_fee(_table(card, "fee")) if "fee" in card else None,
    )


def with_settings(rows: list[Card], settings: Card) -> Iterator[Card]:
    """The cards of procedures with a unit's own amounts and limits; raises Malformed."""
    fees, limits = _table(settings, "fee"), _table(settings, "limit")
    for row in rows:
        changed = row
        for set_ in _settings_of(fees.get(row["code"]), "amount"):
            changed = _with(changed, set_, "fee")
        for set_ in _settings_of(limits.get(row["code"]), "value"):
            changed = _with(changed, set_, "limit")
        yield changed


def _settings_of(given: Any, bare: str) -> list[Card]:
    """One setting or a list of them; a bare number stands for its ``bare`` key."""
    found = given if isinstance(given, list) else [] if given is None else [given]
    tables = [one if isinstance(one, Mapping) else {bare: one} for one in found]
    if bare == "value" and any("unit" not in one for one in tables):
        raise Malformed("a limit needs a value and a unit")
    return tables


def _with(row: Card, setting: Card, part: str) -> Card:
    """A procedure's card with one setting in the versions that it is about.

    Without ``from`` that is every version but those of a law that still waits for its decrees: an amount set
    under the old law must not pass for the new one's.
    """
    since = _day(setting, "from")
    own = {key: value for key, value in setting.items() if key != "from"}
    versions = []
    for version in row["versions"]:
        meant = (
            not version.get("awaiting")
            if since is None
            else version.get("valid_from", "") >= since.isoformat()
        )
        change = _set_fee if part == "fee" else _set_limit
        versions.append({**version, part: change(version[part], own)} if meant else version)
    return {**row, "versions": versions}


def _set_limit(_: Card, own: Card) -> Card:
    return {**own, "confidence": "unit"}


def _set_fee(old: Card, own: Card) -> Card:
    """An amount makes a rule that had none a fixed one; a provincial one stays what it is."""
    if unknown := own.keys() - {"amount", "extract_copy", *CHANNELS}:
        raise Malformed(f"fee: {', '.join(sorted(unknown))} cannot be set")
    kind = "provincial" if old["kind"] == "provincial" else "fixed"
    channels = {channel: own[channel] for channel in CHANNELS if channel in own}
    plain = {key: own[key] for key in ("amount", "extract_copy") if key in own}
    if "counter" in channels:
        plain["amount"] = channels.pop("counter")
    by_channel = {**_table(old, "by_channel"), **channels}
    return {**old, "kind": kind, **plain, "by_channel": by_channel, "confidence": "unit"}
