"""What a dossier costs, and amounts in words.

Certified copies are paid by the page of the original and by the copy (Circular 226/2016/TT-BTC); other
amounts stand in the catalogue, or are set by the unit where the province decides them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mobile_reception.words import either, money, text

if TYPE_CHECKING:
    from mobile_reception.dossier.intake.values import Paper, Reception

KINDS = ("free", "fixed", "per_page", "provincial", "mixed", "unknown")
CATEGORIES = ("phi", "le_phi", "")
"""phí (the price of a service), lệ phí (a charge), or neither: two columns in every report."""
CHANNELS = ("counter", "online", "post")
"""How a dossier is filed: a province may set another amount for each."""
MOST_EXTRA_COPIES = 999


class UnknownFee(LookupError):
    """The catalogue knows no amount: the officer must give it. The message is for a person."""


class UnknownExemption(LookupError):
    """The procedure has no such ground for exemption. The message is for a person."""


class BadCount(ValueError):
    """The number of extra copies of the extract is no number. The message is for a person."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A ground on which nothing is paid: its code, and the words of the rule."""

    code: str
    ground: str
    ground_en: str = ""

    def title(self) -> str:
        """The ground in the language in force."""
        return either(self.ground, self.ground_en)


@dataclass(frozen=True, slots=True)
class FeeRule:
    """How a procedure is paid. ``amount`` (whole đồng) is None where the catalogue does not know it.

    ``per`` is ``case`` or ``copy``. ``by_channel``: the amounts of channels that have one of their own (pairs
    of a channel and đồng); the others pay ``amount``. For ``per_page``: ``first_page`` for each of the
    ``first_pages`` pages of the original, ``next_page`` for each later one, at most ``ceiling`` for one copy.
    ``extract_copy`` is the price of an extra copy of the extract (phí), asked for with the registration.
    """

    kind: str
    category: str = ""
    amount: int | None = None
    per: str = "case"
    first_page: int = 0
    next_page: int = 0
    first_pages: int = 0
    ceiling: int = 0
    exemptions: tuple[Exemption, ...] = ()
    extract_copy: int | None = None
    by_channel: tuple[tuple[str, int], ...] = ()
    unit_name: str = ""
    basis: str = ""
    note: str = ""
    note_en: str = ""
    confidence: str = ""

    @property
    def known(self) -> bool:
        """Whether an amount can be computed for every dossier."""
        return self.kind in ("free", "per_page") or self.amount is not None

    def about(self) -> str:
        """Its note in the language in force; "" where there is none."""
        return either(self.note, self.note_en)


@dataclass(frozen=True, slots=True)
class Fee:
    """What is to be paid: whole đồng, ``category`` ``phi``, ``le_phi`` or "", and the rule in words.

    ``extract`` is the part of ``amount`` that is for extra copies of the extract: phí, whatever the rest is.
    """

    amount: int
    category: str
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    extract: int = 0

    @property
    def phi(self) -> int:
        """The phí in it, in đồng."""
        return self.amount if self.category == "phi" else self.extract

    @property
    def le_phi(self) -> int:
        """The lệ phí in it, in đồng."""
        return self.amount - self.extract if self.category == "le_phi" else 0


def fee(rule: FeeRule, reception: Reception) -> Fee:
    """The fee of ``reception`` under ``rule``; raises UnknownFee, UnknownExemption or BadCount.

    Extra copies of the extract (``answers["extra_copies"]``) are added where the rule prices them. An amount
    given by the officer (``reception.fee``) is the whole of it and wins, with a warning where it is not the
    computed one.
    """
    ground = _ground(rule, reception.exemption)
    extra = _extra_copies(reception)
    try:
        found = _with_copies(_free(rule, ground) if ground else _computed(rule, reception), rule, extra)
    except UnknownFee:
        if reception.fee is None:
            raise
        copies = min(extra * (rule.extract_copy or 0), reception.fee)
        return Fee(reception.fee, rule.category, (text("mức thu do cán bộ ghi"),), extract=copies)
    if reception.fee is None or reception.fee == found.amount:
        return found
    differs = text(
        "Mức thu đã ghi {given} khác mức tính theo danh mục {computed}.",
        given=money(reception.fee),
        computed=money(found.amount),
    )
    return replace(
        found,
        amount=reception.fee,
        lines=(text("mức thu do cán bộ ghi"),),
        warnings=(*found.warnings, differs),
        extract=min(found.extract, reception.fee),
    )


def _extra_copies(reception: Reception) -> int:
    written = reception.answers.get("extra_copies", "").strip()
    if not written:
        return 0
    if not re.fullmatch("[0-9]{1,3}", written):
        raise BadCount(text("phải là số bản, từ 0 đến {most}", most=MOST_EXTRA_COPIES))
    return int(written)


def _with_copies(base: Fee, rule: FeeRule, extra: int) -> Fee:
    """The extract's copies on top: an exemption from the charge says nothing about them."""
    if not extra:
        return base
    if rule.extract_copy is None:
        unpriced = text("Danh mục không ghi giá bản sao trích lục kèm theo: chưa tính tiền bản sao.")
        return replace(base, warnings=(*base.warnings, unpriced))
    price = extra * rule.extract_copy
    line = text(
        "{copies} bản sao trích lục × {price} = {total}",
        copies=extra,
        price=money(rule.extract_copy),
        total=money(price),
    )
    # With nothing else to pay, the whole amount is phí and its one category can say so.
    category = base.category if base.amount else "phi"
    return Fee(base.amount + price, category, (*base.lines, line), base.warnings, extract=price)


def per_copy(rule: FeeRule, pages: int) -> int:
    """One certified copy of an original of ``pages`` pages, in đồng."""
    first = min(pages, rule.first_pages)
    return min(first * rule.first_page + (pages - first) * rule.next_page, rule.ceiling)


def _ground(rule: FeeRule, code: str | None) -> Exemption | None:
    if code is None:
        return None
    for exemption in rule.exemptions:
        if exemption.code == code:
            return exemption
    known = ", ".join(exemption.code for exemption in rule.exemptions)
    if known:
        raise UnknownExemption(text("không có diện miễn này; các diện: {known}", known=known))
    raise UnknownExemption(text("thủ tục này không có diện miễn"))


def _free(rule: FeeRule, ground: Exemption) -> Fee:
    return Fee(0, rule.category, (text("miễn: {ground}", ground=ground.title()),))


def _computed(rule: FeeRule, reception: Reception) -> Fee:
    if rule.kind == "free":
        return Fee(0, rule.category, (text("không thu"),))
    if rule.kind == "per_page":
        return _by_page(rule, reception)
    amount = dict(rule.by_channel).get(reception.channel, rule.amount)
    if amount is None:
        if (said := rule.about()) == "":
            raise UnknownFee(text("danh mục chưa có mức thu: cần ghi số tiền"))
        raise UnknownFee(text("danh mục chưa có mức thu ({note}): cần ghi số tiền", note=said))
    warnings = tuple(_doubts(rule, reception.channel, amount))
    if rule.per == "copy":
        line = text("{copies} bản × {price}", copies=reception.copies, price=money(amount))
        return Fee(amount * reception.copies, rule.category, (line,), warnings)
    return Fee(amount, rule.category, (text("{price} một trường hợp", price=money(amount)),), warnings)


def _doubts(rule: FeeRule, channel: str, amount: int) -> Iterator[str]:
    if rule.kind == "provincial" and rule.confidence != "unit":
        yield text(
            "Mức {amount} chưa phải mức của tỉnh: HĐND cấp tỉnh quyết định, đối chiếu nghị quyết của tỉnh.",
            amount=money(amount),
        )
    if channel == "online" and rule.category == "le_phi" and amount and "online" not in dict(rule.by_channel):
        yield text("Danh mục không ghi mức riêng cho nộp trực tuyến: tính như nộp trực tiếp.")


def _by_page(rule: FeeRule, reception: Reception) -> Fee:
    """Every paper with an original is copied; a dossier that names no paper is taken as one page."""
    originals = [paper for paper in reception.papers if paper.originals] or list(reception.papers)
    if not originals:
        total = per_copy(rule, 1) * reception.copies
        line = text("1 trang × {copies} bản = {total}", copies=reception.copies, total=money(total))
        warning = text("Chưa ghi giấy tờ: tính phí cho bản chính 1 trang.")
        return Fee(total, rule.category, (line,), (warning,))
    prices = [(paper, per_copy(rule, paper.pages)) for paper in originals]
    lines = [_page_line(rule, paper, price, reception.copies) for paper, price in prices]
    return Fee(sum(price for _, price in prices) * reception.copies, rule.category, tuple(lines))


def _page_line(rule: FeeRule, paper: Paper, price: int, copies: int) -> str:
    words = text(
        "{name}: {pages} trang × {copies} bản = {total}",
        name=paper.name,
        pages=paper.pages,
        copies=copies,
        total=money(price * copies),
    )
    if price < rule.ceiling:
        return words
    return words + text(" (tối đa {ceiling} một bản)", ceiling=money(rule.ceiling))


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def in_words(amount: int) -> str:
    """A whole number in Vietnamese words, as in the south: 1005, một nghìn không trăm lẻ năm."""
    if amount < 0:
        return f"âm {in_words(-amount)}"
    return " ".join(_read(amount, leading=True)) or _DIGITS[0]


def _read(amount: int, *, leading: bool) -> list[str]:
    """``leading``: nothing stands before, so hundreds that are zero are not read."""
    if amount >= 10**9:
        rest = _read(amount % 10**9, leading=False)
        return [*_read(amount // 10**9, leading=leading), "tỷ", *rest]
    words: list[str] = []
    for size, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group = amount // size % 1000
        if group:
            words += _group(group, leading=leading and not words)
            words += [name] if name else []
    return words


def _group(number: int, *, leading: bool) -> list[str]:
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    words = [] if leading and not hundreds else [_DIGITS[hundreds], "trăm"]
    if tens == 0:
        return words + ([*(["lẻ"] if words else []), _DIGITS[units]] if units else [])
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if units == 5:
        words.append("lăm")
    elif units == 1 and tens > 1:
        words.append("mốt")
    elif units == 4 and tens > 1:
        words.append("tư")
    elif units:
        words.append(_DIGITS[units])
    return words


_ENGLISH = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_ENGLISH_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_english(amount: int) -> str:
    """A whole number in English words, for a screen in English; papers are Vietnamese."""
    if amount < 0:
        return f"minus {in_english(-amount)}"
    for size, name in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if amount >= size:
            rest = f" {in_english(amount % size)}" if amount % size else ""
            return f"{in_english(amount // size)} {name}{rest}"
    if amount >= 100:
        rest = f" and {in_english(amount % 100)}" if amount % 100 else ""
        return f"{_ENGLISH[amount // 100]} hundred{rest}"
    if amount >= 20:
        return _ENGLISH_TENS[amount // 10] + (f"-{_ENGLISH[amount % 10]}" if amount % 10 else "")
    return _ENGLISH[amount]
