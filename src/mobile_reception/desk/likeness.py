"""Whether a form at the table is a dossier that is there already, on this laptop or brought by the feed.

Asked, never decided: two laptops may serve one household, twins have one father, and a card may be lent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from mobile_reception.desk import dossiers
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import Alike
from mobile_reception.dossier.fold import DossierState, fold_dossier
from mobile_reception.dossier.identity import fold
from mobile_reception.dossier.intake import Person, Reception
from mobile_reception.dossier.lifecycle import DELIVERED, READY, REFUSED, STOPPED, WITHDRAWAL
from mobile_reception.store import reading
from mobile_reception.words import VIETNAM, clock_time, day, text

_DAYS: Final = 30
"""How long an unfinished dossier is likely to be asked for again; a unit may say otherwise."""

_OVER: Final = frozenset({REFUSED, WITHDRAWAL, STOPPED})
_DONE: Final = frozenset({READY, DELIVERED})
_LOOKED_FOR: Final = 50
_LOOKED_AT: Final = 8
_ASKED: Final = 3
_PEOPLE: Final = ("submitter", "owner", "beneficiary")


def alike(bench: Bench, taken: Reception) -> tuple[Alike, ...]:
    """Dossiers that ``taken`` may be once more, then such that have its number under another name."""
    candidates = _candidates(bench, taken)
    if not candidates:
        return ()
    own = set(reading.own_origins(bench.store))
    clocks = bench.store.clocks()
    same: list[Alike] = []
    others: dict[str, Alike] = {}
    for found in candidates[:_LOOKED_AT]:
        state = fold_dossier(found.id, reading.facts(bench.store, found.id), clocks)
        value = dossiers.nested(state)
        if _may_be_repeated(bench, taken.procedure, found) and _is_same(taken, value, _today(bench, found)):
            same.append(_once_more(bench, state, value, own))
        for person, name in _under_other_names(taken, value):
            others.setdefault(person, _other_name(state, person, name))
    return (*same, *others.values())[:_ASKED]


def _candidates(bench: Bench, taken: Reception) -> tuple[reading.Earlier, ...]:
    """The dossiers to compare with, the likeliest first: those of a number, then those of the citizen's name
    with the procedure, of which those with just that name come before those that only begin like it.

    Each newest first. Half a hamlet may share three words of a name, and not all of them can be looked at.
    """
    people = [each for each in (taken.submitter, taken.owner, taken.beneficiary) if each is not None]
    numbers = [each.personal_id for each in people if each.personal_id]
    found = reading.earlier(bench.store, numbers, _LOOKED_FOR)
    name = _citizen(taken).full_name
    if taken.procedure and len(name.split()) > 1:
        called = {fold(each.full_name) for each in people}
        namesakes = reading.earlier(bench.store, [f"{name} {taken.procedure}"], _LOOKED_FOR)
        found += sorted(namesakes, key=lambda one: fold(one.name) not in called)
    return tuple(dict.fromkeys(found))


def _citizen(taken: Reception) -> Person:
    """Whose matter it is."""
    return taken.beneficiary or taken.owner or taken.submitter


def _today(bench: Bench, found: reading.Earlier) -> bool:
    return _day(found) == bench.today()


def _day(found: reading.Earlier) -> date | None:
    if not found.received_at:
        return None
    return datetime.fromisoformat(found.received_at).astimezone(VIETNAM).date()


def _may_be_repeated(bench: Bench, procedure: str, found: reading.Earlier) -> bool:
    """Whether it is the same procedure, lately and still under way, or of today."""
    on = _day(found)
    if not procedure or found.procedure != procedure or found.status in _OVER or on is None:
        return False
    if on == bench.today():
        return True
    within = timedelta(days=int(bench.setting("duplicate_days", _DAYS)))
    return found.status not in _DONE and bench.today() - on <= within


def _is_same(taken: Reception, value: Mapping[str, Any], today: bool) -> bool:
    """Whether the matter of ``value`` is the citizen's of ``taken``, and no answer tells them apart."""
    citizen = _citizen(taken)
    earlier = value.get("beneficiary") or value.get("owner") or value.get("submitter") or {}
    answers = value.get("answers") or {}
    if any(fold(said) != fold(str(answers.get(key) or said)) for key, said in taken.answers.items()):
        return False
    number, before = citizen.personal_id, earlier.get("personal_id")
    if number and before and number == before:
        return True
    if fold(citizen.full_name) != fold(str(earlier.get("full_name") or "")):
        return False
    born, then = citizen.birth_date or "", str(earlier.get("birth_date") or "")
    if number and before:
        return len(born) == len("1990-05-02") and born == then
    if born and then:
        return born.startswith(then) or then.startswith(born)
    return today


def _under_other_names(taken: Reception, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Numbers of ``taken`` that stand in ``value`` beside another name, with that name."""
    for person in (taken.submitter, taken.owner, taken.beneficiary):
        if person is None or not person.personal_id or not person.full_name:
            continue
        for who in _PEOPLE:
            earlier = value.get(who) or {}
            name = str(earlier.get("full_name") or "")
            # A name that is still being typed is no other name.
            other = not fold(name).startswith(fold(person.full_name))
            if earlier.get("personal_id") == person.personal_id and other:
                yield person.personal_id, name


def _once_more(bench: Bench, state: DossierState, value: Mapping[str, Any], own: set[str]) -> Alike:
    at = datetime.fromisoformat(state.received_at or dossiers.LONG_AGO.isoformat()).astimezone(VIETNAM)
    when = clock_time(at) if at.date() == bench.today() else day(at)
    name = str((value.get("submitter") or {}).get("full_name") or "")
    here = not state.history or state.history[0].origin in own
    words = {"name": name, "when": when, "code": state.code or ""}
    question = (
        text("{name} đã nộp thủ tục này ({when}, mã {code}). Có phải vẫn là hồ sơ đó?", **words)
        if here
        else text(
            "{name} đã nộp thủ tục này ở máy khác ({when}, mã {code}). Có phải vẫn là hồ sơ đó?", **words
        )
    )
    return Alike(state.subject, state.code or "", question)


def _other_name(state: DossierState, number: str, name: str) -> Alike:
    code = state.code or ""
    sentence = text(
        "Số {number} trước đây ghi tên {name}, hồ sơ {code}. Xin xem lại số và họ tên.",
        number=number,
        name=name,
        code=code,
    )
    return Alike(state.subject, code, sentence)
