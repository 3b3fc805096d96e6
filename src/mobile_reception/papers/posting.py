"""What is posted for everybody to read (niêm yết): boards and sheets, from the table's own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby

from mobile_reception import words
from mobile_reception.dossier.catalogue import Catalogue, Procedure, Version
from mobile_reception.dossier.days import Limit
from mobile_reception.dossier.fees import FeeRule
from mobile_reception.papers.forms import Templates, compose, fields_of, load, number
from mobile_reception.papers.heading import heading
from mobile_reception.papers.phrase import printed
from mobile_reception.papers.qr import fits
from mobile_reception.papers.values import PostingValues
from mobile_reception.words import either, speaking, text

Row = dict[str, str]


def board(
    catalogue: Catalogue,
    values: PostingValues,
    *,
    paper: str = "A4",
    language: str = "vi",
    templates: Templates = None,
) -> bytes:
    """The board of procedures by field: name, limit, fee, papers, authority, decision, online, QR code."""
    day = values.printed_on
    fields = _fields(values, language)
    with_qr, total = coverage(catalogue)
    fields |= {"count": number(total, language), "with_qr": number(with_qr, language)}
    with speaking(language):
        rows = list(_by_field(catalogue, lambda one: _board_row(one, day)))
    return compose(load("board", templates), fields, {"rows": rows}, paper=paper, language=language)


def fees_board(
    catalogue: Catalogue,
    values: PostingValues,
    *,
    paper: str = "A4",
    language: str = "vi",
    templates: Templates = None,
) -> bytes:
    """Fees and charges by field, phí and lệ phí apart, with exemptions and legal basis."""
    day = values.printed_on
    with speaking(language):
        rows = list(_by_field(catalogue, lambda one: _fees_row(one, day)))
    form, fields = load("fees-board", templates), _fields(values, language)
    return compose(form, fields, {"rows": rows}, paper=paper, language=language)


def procedure_sheet(
    catalogue: Catalogue,
    code: str,
    values: PostingValues,
    *,
    paper: str = "A4",
    language: str = "vi",
    templates: Templates = None,
) -> bytes:
    """Everything to post about one procedure, on A4 or A5; raises `catalogue.Unknown` for another code."""
    procedure = catalogue.procedure(code)
    version = procedure.at(values.printed_on)
    with speaking(language):
        fields = _fields(values, language) | _about(catalogue, procedure, version, values.printed_on)
        rows = {
            "papers": _papers(version),
            "variants": [
                {
                    "name": printed(one.title()),
                    "limit": limit_words(one.limit or version.limit),
                }
                for one in version.variants
            ],
            "notes": [{"text": printed(one)} for one in _notes(version)],
            "bases": [{"text": printed(one)} for one in (procedure.decision, version.fee.basis) if one],
        }
        fields |= {name: "1" if rows[name] else "" for name in ("variants", "notes", "bases")}
    form = load("procedure-sheet", templates)
    return compose(form, fields, rows, paper=paper, language=language)


def coverage(catalogue: Catalogue) -> tuple[int, int]:
    """(procedures whose QR code can be printed, all procedures)."""
    return sum(fits(qr_text(one, date.max)) for one in catalogue), len(catalogue)


def qr_text(procedure: Procedure, day: date) -> str:
    """What a procedure's QR code says: its page on the portal, else name, papers and fee in Vietnamese."""
    if procedure.portal:
        return procedure.portal
    version = procedure.at(day)
    with speaking("vi"):
        parts = [procedure.short_name, text("Phí, lệ phí: {fee}", fee=fee_words(version.fee))]
        if version.papers:
            named = "; ".join(paper.name for paper in version.papers)
            parts.insert(1, text("Giấy tờ: {papers}", papers=named))
    said = "\n".join(printed(part) for part in parts)
    return said if fits(said) else f"{printed(procedure.short_name)} ({procedure.code})"


def limit_words(limit: Limit) -> str:
    """A time limit in the language in force; what no source says is said to be told by the officer."""
    if limit.unit == "same_day":
        return text("trong ngày làm việc")
    if limit.unit == "working_day" and limit.value is not None:
        return text("{count} ngày làm việc", count=f"{limit.value:02d}")
    if limit.unit == "calendar_day" and limit.value is not None:
        return text("{count} ngày", count=f"{limit.value:02d}")
    if limit.unit == "multi_step":
        return text("theo từng bước")
    return text("theo giấy hẹn")


def fee_words(rule: FeeRule) -> str:
    """What a procedure costs, in the language in force."""
    if rule.kind == "free":
        return text("không thu")
    if rule.kind == "per_page":
        return text(
            "{first} đồng/trang; từ trang thứ {from_page}: {next} đồng/trang; tối đa {ceiling} đồng/bản",
            first=_money(rule.first_page),
            next=_money(rule.next_page),
            from_page=rule.first_pages + 1,
            ceiling=_money(rule.ceiling),
        )
    if rule.amount is not None:
        unit = rule.unit_name or (text("bản") if rule.per == "copy" else text("trường hợp"))
        return text("{amount} đồng/{unit}", amount=_money(rule.amount), unit=unit)
    if rule.kind == "provincial":
        return text("theo nghị quyết của Hội đồng nhân dân tỉnh")
    return text("đơn vị chưa công bố mức thu")


def _fields(values: PostingValues, language: str) -> Row:
    return fields_of(values, language) | heading(values, values.printed_on, language)


def _by_field(catalogue: Catalogue, row: Callable[[Procedure], Row]) -> Iterator[Row]:
    """The rows of all procedures, numbered through, under the headings of their fields."""
    n = 0
    for field, procedures in groupby(catalogue, key=lambda one: one.field):
        yield {"heading": catalogue.heading(field)}
        for one in procedures:
            n += 1
            yield {"n": str(n), "code": one.code, "name": _name(one)} | row(one)


def _name(procedure: Procedure) -> str:
    """As its decision prints it; its English name in English, where it has one."""
    return printed(either(procedure.name, procedure.name_en))


def _board_row(procedure: Procedure, day: date) -> Row:
    version = procedure.at(day)
    return {
        "limit": limit_words(version.limit),
        "fee": fee_words(version.fee),
        "papers": f"{len(version.papers):02}",
        "authority": printed(procedure.authority),
        "decision": printed(procedure.decision),
        "online": printed(procedure.online_level),
        "qr": qr_text(procedure, day),
    }


def _fees_row(procedure: Procedure, day: date) -> Row:
    rule = procedure.at(day).fee
    said = fee_words(rule)
    charge = rule.category == "le_phi"
    return {
        "phi": "" if charge else said,
        "le_phi": said if charge else "",
        "exempt": printed("; ".join(one.title() for one in rule.exemptions)),
        "basis": printed(rule.basis),
    }


def _about(catalogue: Catalogue, procedure: Procedure, version: Version, day: date) -> Row:
    limit = limit_words(version.limit)
    rule = either(version.limit.rule, version.limit.rule_en)
    return {
        "name": _name(procedure),
        "number": procedure.code,
        "field": catalogue.heading(procedure.field),
        "authority": printed(procedure.authority),
        "decision": printed(procedure.decision),
        "online": printed(procedure.online_level),
        "limit": printed(f"{limit} ({rule})" if rule else limit),
        "fee": fee_words(version.fee),
        "result": printed(version.result_title()),
        "qr": qr_text(procedure, day),
        "portal": "1" if procedure.portal else "",
    }


def _papers(version: Version) -> list[Row]:
    return [
        {
            "n": str(n),
            "name": printed(one.title()),
            "action": text("nộp") if one.action == "submit" else text("xuất trình"),
            "originals": str(one.originals),
            "certified": str(one.certified),
            "photocopies": str(one.photocopies),
            "condition": printed(one.when()),
        }
        for n, one in enumerate(version.papers, 1)
    ]


def _notes(version: Version) -> list[str]:
    fee = version.fee
    said = [text("miễn: {ground}", ground=one.title()) for one in fee.exemptions]
    if fee.kind == "mixed":  # other notes are for the unit, not for citizens
        said.append(fee.about())
    said.append(version.guidance() or "")
    return [one for one in said if one]


def _money(amount: int) -> str:
    return number(amount, words.language())
