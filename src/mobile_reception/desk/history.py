"""What has happened to a dossier, as its control slip tells it: from hand to hand, when, in time or not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import Happened
from mobile_reception.dossier import lifecycle
from mobile_reception.dossier.attachment import FILE_ATTACHED, FILE_REMOVED
from mobile_reception.dossier.fold import DossierState
from mobile_reception.words import VIETNAM, text

NO_STEP: Final = frozenset(
    {
        "receipt.printed",
        "fee.collected",
        "dossier.amended",
        "conflict.closed",
        "citizen.rated",
        "dossier.reduced",
        FILE_ATTACHED,
        FILE_REMOVED,
    }
)
"""Facts of a dossier that is in nobody else's hands after them."""


def told(bench: Bench, state: DossierState) -> tuple[Happened, ...]:
    """Every fact that counted, in order, with the hands that the dossier passed between."""
    lines = []
    for event in state.history:
        giver, receiver = ("", "") if event.kind in NO_STEP else hands(event.kind, text("Trung tâm"))
        lines.append(
            Happened(
                at=_moment(event.at),
                what=lifecycle.act_words(event.kind),
                about=event.about,
                officer=bench.officer_name(event.officer) if event.officer else text("tự động"),
                giver=giver,
                receiver=receiver,
                in_time=_IN_TIME[in_time(state, event.at)]() if event.kind == "result.ready" else "",
                reason=event.reason,
            )
        )
    return tuple(lines)


def hands(kind: str, unit: str) -> tuple[str, str]:
    """Who gives the dossier and who takes it in such a step; ``unit`` is what the centre is called."""
    citizen = text("Người nộp hồ sơ")
    if kind in ("dossier.received", "supplement.received", "payment.settled", "withdrawal.cancelled"):
        return citizen, unit
    if kind in ("dossier.handed_over", "result.ready"):
        section = text("Bộ phận xử lý")
        return (unit, section) if kind == "dossier.handed_over" else (section, unit)
    return unit, citizen


def in_time(state: DossierState, at: str) -> str:
    """Before, on or after the appointment (Decision 766/QĐ-TTg counts the day of the result)."""
    done, due = _day(at), _day(state.due)
    return "early" if done < due else "on_time" if done == due else "late"


_IN_TIME: Final = {
    "early": lambda: text("Trước hạn"),
    "on_time": lambda: text("Đúng hạn"),
    "late": lambda: text("Quá hạn"),
}


def _moment(written: str | None) -> datetime:
    """A moment of a fact; one that is none (a fact may say anything) as long ago."""
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return _LONG_AGO
    return moment if moment.tzinfo is not None else _LONG_AGO


def _day(written: str | None) -> date:
    return _moment(written).astimezone(VIETNAM).date()


_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=VIETNAM)
