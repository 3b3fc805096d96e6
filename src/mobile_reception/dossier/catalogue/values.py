"""What the catalogue says about a procedure, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mobile_reception.dossier.days import Limit, Stage
from mobile_reception.dossier.fees import FeeRule
from mobile_reception.words import either, text

RECEIVE = ("yes", "yes_if_signer_present", "conditional", "guide_only", "guide_only_online", "no")
"""What a mobile table may do with a procedure."""

ONLINE_LEVELS = ("", "information", "partial", "full")
"""How far a procedure can be done online (Decree 42/2022/NĐ-CP); "" where no source says."""


class Unknown(LookupError):
    """The catalogue has no such procedure. The message is for a person."""


class Malformed(ValueError):
    """Data that is no catalogue; the message names the procedure and what is wrong."""


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A paper of the dossier; ``action`` is ``submit`` or ``present``; ``condition`` "" means always.

    ``variants`` are the cases that ask for it; empty: all of them.
    """

    name: str
    action: str
    originals: int = 0
    certified: int = 0
    photocopies: int = 0
    condition: str = ""
    condition_en: str = ""
    name_en: str = ""
    variants: tuple[str, ...] = ()

    def title(self) -> str:
        """Its name in the language in force."""
        return either(self.name, self.name_en)

    def when(self) -> str:
        """Its condition in the language in force; "" means always."""
        return either(self.condition, self.condition_en)


@dataclass(frozen=True, slots=True)
class Mobile:
    """What may be done with the procedure at a hamlet table; ``receive`` is one of RECEIVE.

    A result that is handed over ``in_person`` goes to nobody but its owner, and never by post.
    """

    receive: str
    return_on_site: bool = False
    by_post: bool = False
    in_person: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A case of the procedure, with a limit or a fee of its own (None: the version's)."""

    code: str
    name: str
    name_en: str = ""
    limit: Limit | None = None
    fee: FeeRule | None = None

    def title(self) -> str:
        """Its name in the language in force."""
        return either(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class Version:
    """A procedure's rules as they stand between two days (None: no source says).

    ``awaiting`` says, for rules of a law whose decrees are not published, what is being waited for.
    ``stages`` are the steps of a procedure that is counted step by step.
    """

    valid_from: date | None
    valid_to: date | None
    limit: Limit
    fee: FeeRule
    papers: tuple[PaperRule, ...]
    result: str
    result_code: str
    mobile: Mobile
    variants: tuple[Variant, ...] = ()
    result_en: str = ""
    stages: tuple[Stage, ...] = ()
    awaiting: str = ""
    awaiting_en: str = ""

    def covers(self, day: date) -> bool:
        """Whether these rules are said to hold on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def variant(self, code: str | None) -> Variant | None:
        """The variant called ``code``, or None."""
        return next((one for one in self.variants if one.code == code), None)

    def papers_for(self, variant: str | None) -> tuple[PaperRule, ...]:
        """The papers that a case asks for; without a case every paper of the procedure."""
        return tuple(
            one for one in self.papers if variant is None or not one.variants or variant in one.variants
        )

    def limit_for(self, variant: str | None) -> Limit:
        """The limit of a case; the version's own where the case has none or is unknown."""
        found = self.variant(variant)
        return self.limit if found is None or found.limit is None else found.limit

    def fee_for(self, variant: str | None) -> FeeRule:
        """The fee of a case; the version's own where the case has none or is unknown."""
        found = self.variant(variant)
        return self.fee if found is None or found.fee is None else found.fee

    def result_title(self) -> str:
        """What the citizen gets, in the language in force."""
        return either(self.result, self.result_en)

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

    def lacks(self, day: date | None = None) -> tuple[str, ...]:
        """What its rules do not know on ``day``, in words for the officer.

        Without a day: the newest rules that do not wait for their decrees.
        """
        if day is not None:
            return self.at(day).lacks()
        settled = [one for one in self.versions if not one.awaiting]
        return (settled or self.versions)[-1].lacks()

    def title(self) -> str:
        """Its short name in the language in force."""
        return either(self.short_name, self.name_en)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of procedures with its heading on the posting board."""

    code: str
    name: str
    name_en: str = ""
