"""The catalogue of administrative procedures: one file of data each, no rule of its own.

A procedure has versions, because fees, papers and limits change while dossiers are open. What no source says
is empty, and `Procedure.lacks` says so in words; the officer then gives it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import Any, TypeVar

from mobile_reception.dossier import identity
from mobile_reception.dossier.days import LONGEST_LIMIT, UNITS, Limit
from mobile_reception.dossier.fees import CATEGORIES, KINDS, Exemption, FeeRule
from mobile_reception.words import language, resource, text

RECEIVE = ("yes", "yes_if_signer_present", "conditional", "guide_only", "guide_only_online", "no")
"""What a mobile table may do with a procedure."""

T = TypeVar("T")
Card = Mapping[str, Any]


class Unknown(LookupError):
    """The catalogue has no such procedure. The message is for a person."""


class Malformed(ValueError):
    """Data that is no catalogue; the message names the procedure and what is wrong."""


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A paper of the dossier; ``action`` is ``submit`` or ``present``; ``condition`` "" means always."""

    name: str
    action: str
    originals: int = 0
    certified: int = 0
    photocopies: int = 0
    condition: str = ""
    condition_en: str = ""


@dataclass(frozen=True, slots=True)
class Mobile:
    """What may be done with the procedure at a hamlet table; ``receive`` is one of RECEIVE."""

    receive: str
    return_on_site: bool = False
    by_post: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A case of the procedure with a limit of its own (None: the version's)."""

    code: str
    name: str
    name_en: str = ""
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A procedure's rules as they stand between two days (None: no source says)."""

    valid_from: date | None
    valid_to: date | None
    limit: Limit
    fee: FeeRule
    papers: tuple[PaperRule, ...]
    result: str
    result_code: str
    mobile: Mobile
    variants: tuple[Variant, ...] = ()

    def covers(self, day: date) -> bool:
        """Whether these rules are said to hold on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def variant(self, code: str | None) -> Variant | None:
        """The variant called ``code``, or None."""
        return next((one for one in self.variants if one.code == code), None)

    def lacks(self) -> tuple[str, ...]:
        """What is not known, in words for the officer."""
        missing = []
        if not self.limit.known:
            missing.append(text("thời hạn giải quyết"))
        if not self.fee.known:
            missing.append(text("mức phí, lệ phí"))
        if not self.papers:
            missing.append(text("thành phần hồ sơ"))
        if not self.result:
            missing.append(text("kết quả"))
        return tuple(missing)

    def guidance(self) -> str | None:
        """Why a mobile table does not receive it, in a sentence; None where it does."""
        if self.mobile.receive in ("yes", "yes_if_signer_present", "conditional"):
            return None
        if self.mobile.receive == "no":
            return text("Không tiếp nhận tại bàn lưu động: hướng dẫn ông/bà nộp tại trung tâm.")
        if self.mobile.receive == "guide_only_online":
            return text("Chỉ hướng dẫn nộp trực tuyến, không tiếp nhận hồ sơ giấy.")
        return text("Chỉ hướng dẫn: không thuộc thẩm quyền của Ủy ban nhân dân cấp xã.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A field of the procedure's own; ``key`` is what a dossier's answers call it."""

    key: str
    label: str
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One administrative procedure; ``name`` exactly as its decision prints it."""

    code: str
    name: str
    short_name: str
    name_en: str
    field: str
    authority: str
    versions: tuple[Version, ...]
    decision: str = ""
    portal: str = ""
    online_level: str = ""
    confidence: str = ""
    source: str = ""
    note: str = ""
    note_en: str = ""
    former_codes: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    allowance_standard: int | None = None

    def at(self, day: date) -> Version:
        """The version for ``day``; where none covers it, the latest that began before, else the first."""
        for version in self.versions:
            if version.covers(day):
                return version
        begun = [one for one in self.versions if one.valid_from is None or one.valid_from <= day]
        return begun[-1] if begun else self.versions[0]

    def lacks(self) -> tuple[str, ...]:
        """What the newest version does not know, in words for the officer."""
        return self.versions[-1].lacks()

    def title(self) -> str:
        """Its short name in the language in force."""
        return self.short_name if language() == "vi" else self.name_en or self.short_name


@dataclass(frozen=True, slots=True)
class Field:
    """A field of procedures with its heading on the posting board."""

    code: str
    name: str
    name_en: str = ""


class Catalogue:
    """All procedures of a unit, in the order of their fields. A value: settings make another catalogue."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self.version = _take(card, "version", str)
        self.fields = tuple(_field(one) for one in _take(card, "fields", list))
        self.switched_off = frozenset(str(one) for one in _take(card, "switched_off", list, []))
        order = {one.code: place for place, one in enumerate(self.fields)}
        found = [_procedure(one) for one in _take(card, "procedures", list)]
        found.sort(key=lambda one: (order.get(one.field, len(order)), one.code))
        self._procedures = {one.code: one for one in found}
        if len(self._procedures) != len(found):
            raise Malformed("a code stands twice")
        self._words: dict[str, tuple[str, ...]] = {}

    @classmethod
    def load(cls) -> Catalogue:
        """The shipped catalogue (``resources/procedures``); read once a process."""
        return _shipped()

    @classmethod
    def from_json(cls, card: object) -> Catalogue:
        """The catalogue on a card that the centre sent (`to_json`'s shape); else raises Malformed."""
        if not isinstance(card, Mapping):
            raise Malformed("not a catalogue")
        return cls(card)

    def to_json(self) -> dict[str, Any]:
        """``{"version", "fields", "procedures", "switched_off"}``, fit for canonical JSON."""
        return {**self._card, "switched_off": sorted(self.switched_off)}

    def with_settings(self, settings: Card) -> Catalogue:
        """This catalogue with the unit's own settings; raises Malformed.

        Shape: ``{"fee": {code: đồng}, "limit": {code: {"value": 10, "unit": "working_day"}}, "switched_off":
        [codes]}``. Codes that the catalogue does not have are passed over.
        """
        fees, limits = _table(settings, "fee"), _table(settings, "limit")
        rows = [
            _with(one, fees.get(one["code"]), limits.get(one["code"])) for one in self._card["procedures"]
        ]
        off = sorted(self.switched_off | set(_take(settings, "switched_off", list, [])))
        return Catalogue({**self._card, "procedures": rows, "switched_off": off})

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._procedures.values())

    def __len__(self) -> int:
        return len(self._procedures)

    def __contains__(self, code: object) -> bool:
        return code in self._procedures

    def procedure(self, code: str) -> Procedure:
        """The procedure with this code; raises Unknown."""
        try:
            return self._procedures[code]
        except KeyError:
            raise Unknown(text("danh mục không có thủ tục {code}", code=code[:40])) from None

    def heading(self, code: str) -> str:
        """The heading of a field in the language in force; the code itself for one that is unknown."""
        for one in self.fields:
            if one.code == code:
                return one.name if language() == "vi" else one.name_en or one.name
        return code

    def search(self, typed: str) -> list[Procedure]:
        """Procedures whose code holds it, or whose words begin with all the words typed, accents left out.

        Those with the words in their short name come first, the shortest first; nothing typed gives all.
        """
        wanted = identity.tokens(typed)
        coded = "".join(typed.split())
        if not coded:
            return list(self)
        found = [one for one in self if coded in one.code or (wanted and self._has(one, wanted))]
        short = {one.code: identity.tokens(one.short_name) for one in found}
        return sorted(
            found, key=lambda one: (not _begin(short[one.code], wanted), len(one.short_name), one.code)
        )

    def _has(self, procedure: Procedure, wanted: tuple[str, ...]) -> bool:
        known = self._words.get(procedure.code)
        if known is None:
            names = (procedure.name, procedure.short_name, procedure.name_en, procedure.code, procedure.field)
            known = identity.tokens(" ".join((*names, *procedure.former_codes)))
            self._words[procedure.code] = known
        return _begin(known, wanted)


def _begin(known: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether each wanted word begins one of the known ones."""
    return all(any(one.startswith(word) for one in known) for word in wanted)


@cache
def _shipped() -> Catalogue:
    folder = resource("procedures")
    head = tomllib.loads(folder.joinpath("fields.toml").read_text(encoding="utf-8"))
    rows = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml") and file.name != "fields.toml"
    ]
    return Catalogue({**head, "procedures": sorted(rows, key=lambda row: str(row["code"]))})


_NEEDED: Any = object()


def _take(card: Card, key: str, kind: type[T], otherwise: Any = _NEEDED) -> T:
    """``card[key]`` if it is a ``kind`` (true is no number); ``otherwise`` where it is missing."""
    value = card.get(key, otherwise)
    if value is _NEEDED:
        raise Malformed(f"{key} is missing")
    if value is not otherwise and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise Malformed(f"{key} must be {kind.__name__}")
    return value  # type: ignore[no-any-return]


def _word(card: Card, key: str) -> str:
    return _take(card, key, str, "")


def _whole(card: Card, key: str) -> int | None:
    value: int | None = _take(card, key, int, None)
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
    rows: list[Any] = _take(card, key, list, [])
    if not all(isinstance(row, Mapping) for row in rows):
        raise Malformed(f"{key} must be a list of tables")
    return tuple(make(row) for row in rows)


def _day(card: Card, key: str) -> date | None:
    written = _word(card, key)
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise Malformed(f"{key} is no day") from None


def _field(card: Any) -> Field:
    if not isinstance(card, Mapping):
        raise Malformed("a field must be a table")
    return Field(_take(card, "code", str), _take(card, "name", str), _word(card, "name_en"))


def _procedure(card: Any) -> Procedure:
    if not isinstance(card, Mapping):
        raise Malformed("a procedure must be a table")
    code = _take(card, "code", str)
    try:
        return Procedure(
            code=code,
            name=_take(card, "name", str),
            short_name=_take(card, "short_name", str),
            name_en=_word(card, "name_en"),
            field=_take(card, "field", str),
            authority=_word(card, "authority"),
            versions=_versions(card),
            decision=_word(card, "decision"),
            portal=_word(card, "portal"),
            online_level=_word(card, "online_level"),
            confidence=_word(card, "confidence"),
            source=_word(card, "source"),
            note=_word(card, "note"),
            note_en=_word(card, "note_en"),
            former_codes=tuple(str(one) for one in _take(card, "former_codes", list, [])),
            answers=_each(
                card,
                "answers",
                lambda one: Answer(_take(one, "key", str), _take(one, "label", str), _word(one, "label_en")),
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


def _fee(card: Card) -> FeeRule:
    return FeeRule(
        kind=_among(card, "kind", KINDS),
        category=_among(card, "category", CATEGORIES),
        amount=_whole(card, "amount"),
        per=_among({"per": "case", **card}, "per", ("case", "copy")),
        first_page=_whole(card, "first_page") or 0,
        next_page=_whole(card, "next_page") or 0,
        first_pages=_whole(card, "first_pages") or 0,
        ceiling=_whole(card, "ceiling") or 0,
        exemptions=_each(
            card, "exemptions", lambda one: Exemption(_take(one, "code", str), _take(one, "ground", str))
        ),
        extract_copy=_whole(card, "extract_copy"),
        unit_name=_word(card, "unit_name"),
        basis=_word(card, "basis"),
        note=_word(card, "note"),
        note_en=_word(card, "note_en"),
        confidence=_word(card, "confidence"),
    )


def _paper(card: Card) -> PaperRule:
    return PaperRule(
        name=_take(card, "name", str),
        action=_among(card, "action", ("submit", "present")),
        originals=_whole(card, "originals") or 0,
        certified=_whole(card, "certified") or 0,
        photocopies=_whole(card, "photocopies") or 0,
        condition=_word(card, "condition"),
        condition_en=_word(card, "condition_en"),
    )


def _mobile(card: Card) -> Mobile:
    return Mobile(
        receive=_among(card, "receive", RECEIVE),
        return_on_site=_take(card, "return_on_site", bool, False),
        by_post=_take(card, "by_post", bool, False),
        note=_word(card, "note"),
        note_en=_word(card, "note_en"),
    )


def _variant(card: Card) -> Variant:
    return Variant(
        code=_take(card, "code", str),
        name=_take(card, "name", str),
        name_en=_word(card, "name_en"),
        limit=_limit(_table(card, "limit")) if "limit" in card else None,
    )


def _with(row: Card, amount: Any, limit: Any) -> Card:
    """A procedure's card with the unit's amount and limit in all its versions."""
    if amount is None and limit is None:
        return row
    versions = []
    for version in row["versions"]:
        changed = dict(version)
        if amount is not None:
            # An amount makes a rule that had none a fixed one; a provincial one stays what it is.
            kind = "provincial" if version["fee"]["kind"] == "provincial" else "fixed"
            changed["fee"] = {**version["fee"], "kind": kind, "amount": amount, "confidence": "unit"}
        if limit is not None:
            changed["limit"] = {**_table({"limit": limit}, "limit"), "confidence": "unit"}
        versions.append(changed)
    return {**row, "versions": versions}
