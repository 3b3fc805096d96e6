"""The papers that are made of values, by the names that other programs use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mobile_reception.papers import lists, manifests, slips, values
from mobile_reception.papers.receipt import receipt


@dataclass(frozen=True, slots=True)
class Kind:
    """A paper: ``make(values, paper=, language=, templates=)`` gives the PDF, on one of ``papers``.

    ``form`` is the name of its file (what a centre edits).
    """

    form: str
    values: type[values.Headed]
    make: Callable[..., bytes]
    papers: tuple[str, ...] = ("A4", "A5")


_LIST = ("A4",)
KINDS: Final[Mapping[str, Kind]] = {
    kind.form: kind
    for kind in (
        Kind("receipt", values.ReceiptValues, receipt),
        Kind("receipt-list", values.ReceiptListValues, lists.receipt_list, _LIST),
        Kind("supplement", values.SupplementValues, slips.supplement),
        Kind("refusal", values.RefusalValues, slips.refusal),
        Kind("apology", values.ApologyValues, slips.apology),
        Kind("stop", values.StopValues, slips.stop),
        Kind("control", values.ControlValues, slips.control),
        Kind("handover", values.HandoverValues, slips.handover),
        Kind("result-receipt", values.ResultReceiptValues, slips.result_receipt),
        Kind("letter", values.LetterValues, slips.letter),
        Kind("results", values.ResultsValues, lists.results, _LIST),
        Kind("register", values.RegisterValues, lists.register, _LIST),
        Kind("certifications", values.CertificationsValues, lists.certifications, _LIST),
        Kind("results-out", manifests.OutValues, manifests.results_out, _LIST),
        Kind("results-back", manifests.BackValues, manifests.results_back, _LIST),
        Kind("post-list", manifests.PostListValues, manifests.post_list, _LIST),
        Kind("post", manifests.PostSlipValues, manifests.post_slip),
        Kind("schedule", values.ScheduleValues, lists.schedule, _LIST),
        Kind("session-list", values.SessionListValues, lists.session_list, _LIST),
    )
}
"""By the name on the command line, which is the name of the form's file."""
