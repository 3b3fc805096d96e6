"""Papers about one dossier: supplement, refusal, apology, stop, control slip, hand-over, result receipt.

Each takes ``paper`` (``A4`` or ``A5``), ``language`` (``vi``, or ``en`` for a reading copy) and ``templates``
(a centre's edited forms), and gives a PDF; what holds of `receipt` holds of all.
"""

from __future__ import annotations

from datetime import date, datetime

from mobile_reception.dossier.results import HEIGHT, WIDTH
from mobile_reception.papers import charts
from mobile_reception.papers.forms import Templates, compose, fields_of, load, long_moment
from mobile_reception.papers.heading import heading
from mobile_reception.papers.phrase import printed
from mobile_reception.papers.receipt import paper_rows
from mobile_reception.papers.values import (
    ApologyValues,
    ControlValues,
    HandoverValues,
    LetterValues,
    RefusalValues,
    ResultReceiptValues,
    Slip,
    StopValues,
    SupplementValues,
)
from mobile_reception.words import VIETNAM


def supplement(
    values: SupplementValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 02: Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ."""
    rows = {"papers": paper_rows(values.papers)}
    return compose(
        load("supplement", templates), _said(values, language), rows, paper=paper, language=language
    )


def refusal(
    values: RefusalValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 03: Phiếu từ chối tiếp nhận giải quyết hồ sơ."""
    return compose(load("refusal", templates), _said(values, language), {}, paper=paper, language=language)


def apology(
    values: ApologyValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 04: Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết.

    It says "until now" once the old appointment has passed on the day of the paper, else "cannot".
    """
    overdue = "1" if _local(values.at) > _local(values.come_back) else ""
    return compose(
        load("apology", templates),
        _said(values, language) | {"overdue": overdue},
        {},
        paper=paper,
        language=language,
    )


def stop(
    values: StopValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 05: Thông báo dừng giải quyết hồ sơ."""
    returned = [{"n": str(n), "name": printed(name)} for n, name in enumerate(values.returned, 1)]
    fields = {"returned": "1" if returned else ""}
    return compose(
        load("stop", templates),
        _said(values, language) | fields,
        {"returned": returned},
        paper=paper,
        language=language,
    )


def control(
    values: ControlValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Mẫu số 06: Phiếu kiểm soát quá trình giải quyết hồ sơ, a pair of lines for each hand-over."""
    form = load("control", templates)
    steps = [
        {
            **fields_of(step, language),
            "at": long_moment(step.at, language) if step.at else form.word("no_time", language),
            "result": form.word(step.result or "open", language),
        }
        for step in values.steps
    ]
    return compose(form, _said(values, language), {"steps": steps}, paper=paper, language=language)


def handover(
    values: HandoverValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Giấy bàn giao hồ sơ, from the table to the section: part I there, part II for the result back."""
    copies = f"{values.copies:02}" if language == "vi" else str(values.copies)
    rows = {"papers": paper_rows(values.papers)}
    return compose(
        load("handover", templates),
        _said(values, language) | {"copies": copies},
        rows,
        paper=paper,
        language=language,
    )


def result_receipt(
    values: ResultReceiptValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Giấy biên nhận trả kết quả, signed by both sides."""
    results = [{"n": str(n), **fields_of(one, language)} for n, one in enumerate(values.results, 1)]
    return compose(
        load("result-receipt", templates),
        _said(values, language) | {"drawn": "1" if values.strokes else ""},
        {"results": results},
        paper=paper,
        language=language,
        charts={"signature": charts.signature(values.strokes, WIDTH, HEIGHT)},
    )


def letter(
    values: LetterValues, *, paper: str = "A4", language: str = "vi", templates: Templates = None
) -> bytes:
    """Thư chúc mừng, in a coloured frame."""
    both = {"both": "1" if values.father and values.mother else ""}
    said = _said(values, language) | both
    return compose(load("letter", templates), said, {}, paper=paper, language=language)


def _said(values: Slip, language: str) -> dict[str, str]:
    return fields_of(values, language) | heading(values, values.at, language)


def _local(day: date) -> date:
    return day.astimezone(VIETNAM).date() if isinstance(day, datetime) else day
