"""The list of results at the table: what is here, and where each of them stands.

The list has three sources: what this laptop has taken on board, what the centre has packed and nobody has
taken yet, and dossiers of its own whose result is there. What is on board stays what it was when it was
taken; what the centre says otherwise since is shown beside it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound
from mobile_reception.dossier import identity, results
from mobile_reception.dossier.results import ResultCard
from mobile_reception.store import reading
from mobile_reception.store import results as stored
from mobile_reception.words import text

ON_BOARD = ("packed", "taken", "ready")
"""Where a result may be handed over from."""

MOST_FOUND = 200
"""How many of those that are over and done with a search tells."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result in the list; ``place`` is that of `dossier.results.ResultState`.

    ``difference`` is a sentence where the centre's list says otherwise since it was taken, ``elsewhere`` one
    where somebody else handed it over; both "" where there is nothing to say. ``known``: the whole dossier
    is on this laptop. ``times`` counts hand-overs: two are a question.
    """

    id: str
    code: str
    name: str
    hamlet: str
    procedure: str
    procedure_name: str
    paper: str
    number: str
    to_pay: int
    in_person: bool
    by_post: bool
    session: str | None
    place: str
    since: str = ""
    receiver: str | None = None
    reason: str | None = None
    then: str | None = None
    difference: str = ""
    elsewhere: str = ""
    known: bool = False
    times: int = 0

    @property
    def open(self) -> bool:
        """Whether it still waits to be handed over here."""
        return self.place in ON_BOARD


@dataclass(frozen=True, slots=True)
class Counts:
    """The list in figures: what was taken along, and what became of it; ``waiting`` is not taken yet."""

    taken: int
    handed_over: int
    posted: int
    returned: int
    on_board: int
    waiting: int


def lines(
    bench: Bench, typed: str = "", *, session: str | None = None, carried: bool = False
) -> tuple[ResultLine, ...]:
    """The results here, by hamlet and name: of a ``session``, or those that every typed word speaks of.

    With neither: what somebody has to do with, and what became of the others at the last session or since.

    People come before places: who is called what was typed, or has that code, then who lives there. Only
    where there is nobody are they the results of a procedure of that name. Of those that ended long ago the
    latest `MOST_FOUND` are told.

    ``carried``: only those that were taken along or packed, and not this laptop's own dossiers.
    """
    words = identity.tokens(typed)
    if session is not None:
        rows = stored.of_session(bench.store, session)
    else:
        rows = _at_hand(bench)
        if words:
            rows += stored.named(bench.store, _searched(bench, words, {row.id for row in rows}))
    cards = {str(card.get("id")): card for card in bench.cards("result")}
    known = {row.id for row in rows}
    for row in stored.named(bench.store, cards.keys() - known):  # what is over here waits for nobody
        if _packed_anew(row, cards[row.id]) or _elsewhere(cards[row.id]):
            rows.append(row)
        else:
            del cards[row.id]
    ready = [] if carried else stored.ready(bench.store)
    kept = [line for line in _lines(bench, rows, cards, ready) if session is None or line.session == session]
    ranked = [(rank, line) for line in kept if (rank := _rank(line, words)) is not None]
    nobody = all(rank == _BY_PROCEDURE for rank, _ in ranked)
    said = [each for each in ranked if nobody or each[0] != _BY_PROCEDURE]
    return tuple(line for _, line in sorted(said, key=lambda each: (each[0], *_order(each[1]))))


def _at_hand(bench: Bench) -> list[stored.ResultRecord]:
    """Since the day of the last session: in the morning after, its list back can still be printed."""
    last = reading.last_session(bench.store)
    since = min(bench.today(), last.day) if last else bench.today()
    return stored.at_hand(bench.store, since, last.id if last else None)


def _searched(bench: Bench, words: Sequence[str], known: Container[str]) -> list[str]:
    """The ids of the latest results, others than those ``known``, that the words speak of."""
    titles: dict[str, str] = {}
    folded: dict[str, str] = {}

    def plain(said: str) -> str:
        if said not in folded:
            folded[said] = identity.fold(said)
        return folded[said]

    found = []
    for subject, code, name, hamlet, procedure in stored.names(bench.store):
        title = bench.procedure_name(procedure) if procedure not in titles else titles[procedure]
        titles[procedure] = title
        every = f"{code.lower()} {plain(name)} {plain(hamlet)} {plain(title)}"  # few get as far as the rank
        if subject in known or not all(word in every for word in words):
            continue
        if _closeness(words, code, name, hamlet, title) is not None:
            found.append(subject)
            if len(found) == MOST_FOUND:
                break
    return found


def _lines(
    bench: Bench,
    rows: Iterable[stored.ResultRecord],
    cards: dict[str, dict[str, Any]],
    ready: Iterable[stored.ReadyRecord],
) -> list[ResultLine]:
    """What this laptop has in its hands, then what the centre packed (of ``cards``), then what is ready."""
    listed = bench.store.meta("url") is not None  # without a centre there is no list to differ from
    found = [
        _of_row(bench, row, cards.pop(row.id, None), listed=listed)
        for row in rows
        if not _packed_anew(row, cards.get(row.id))
    ]
    for subject, card in cards.items():
        read = results.card_of(card)
        if read is not None:
            found.append(_of_card(bench, subject, read, card))
    taken = {line.id for line in found}
    return found + [_of_dossier(bench, each) for each in ready if each.id not in taken]


def counts(listed: Iterable[ResultLine]) -> Counts:
    """The list in figures."""
    by_place: dict[str, int] = {}
    for line in listed:
        by_place[line.place] = by_place.get(line.place, 0) + 1
    on_board = by_place.get("taken", 0) + by_place.get("ready", 0)
    ended = [by_place.get(place, 0) for place in ("handed_over", "posted", "returned")]
    return Counts(sum(ended) + on_board, ended[0], ended[1], ended[2], on_board, by_place.get("packed", 0))


def find(bench: Bench, key: str) -> ResultLine:
    """A result by its dossier's id or code. Raises NotFound."""
    wanted = key.strip()
    cards = {
        str(card.get("id")): card
        for card in bench.cards("result")
        if wanted in (str(card.get("id")), str(card.get("code")))
    }
    rows = stored.named(bench.store, [wanted, *cards])
    found = next(iter(_lines(bench, rows, cards, stored.ready(bench.store, wanted))), None)
    if found is None:
        raise NotFound(text("Máy này không mang theo kết quả «{key}».", key=wanted[:60]))
    return found


def _order(line: ResultLine) -> tuple[str, str, str]:
    return identity.fold(line.hamlet), identity.sort_key(line.name), line.code


_BY_PROCEDURE = 2


def _rank(line: ResultLine, words: Sequence[str]) -> int | None:
    """How close the typed words are to a result, 0 the closest; None: they do not speak of it."""
    return _closeness(words, line.code, line.name, line.hamlet, line.procedure_name)


def _closeness(words: Sequence[str], code: str, name: str, hamlet: str, procedure: str) -> int | None:
    held: list[str] = [code.rpartition("-")[2].lower()]
    for rank, more in enumerate((f"{name} {code}", hamlet, procedure)):
        if not words:
            return rank
        held += identity.tokens(more)
        if all(any(each.startswith(word) for each in held) for word in words):
            return rank
    return None


def _packed_anew(row: stored.ResultRecord, card: dict[str, Any] | None) -> bool:
    """Whether the centre has packed for another session what this laptop once brought back."""
    return row.place == "returned" and card is not None and card.get("session") != row.session


def _of_row(
    bench: Bench, row: stored.ResultRecord, card: dict[str, Any] | None, *, listed: bool
) -> ResultLine:
    """A result that this laptop has or had in its hands; ``listed``: a centre says what is on its list."""
    return ResultLine(
        id=row.id,
        code=row.code,
        name=row.name,
        hamlet=row.hamlet,
        procedure=row.procedure,
        procedure_name=bench.procedure_name(row.procedure),
        paper=row.paper,
        number=row.number,
        to_pay=row.to_pay,
        in_person=row.in_person,
        by_post=row.by_post,
        session=row.session,
        place=row.place,
        since=row.since,
        receiver=row.receiver,
        reason=row.reason,
        then=row.onward,
        difference=_difference(row, card) if listed and row.place == "taken" else "",
        elsewhere=_elsewhere(card),
        known=row.known,
        times=max(row.endings, _times(card)),
    )


def _of_card(bench: Bench, subject: str, card: ResultCard, given: dict[str, Any]) -> ResultLine:
    elsewhere = given.get("elsewhere") or {}
    return ResultLine(
        id=subject,
        code=card.code,
        name=card.name,
        hamlet=card.hamlet,
        procedure=card.procedure,
        procedure_name=bench.procedure_name(card.procedure),
        paper=card.paper,
        number=card.number,
        to_pay=card.to_pay,
        in_person=card.in_person,
        by_post=card.by_post,
        session=card.session,
        place=str(elsewhere.get("place") or "packed"),
        since=str(elsewhere.get("since") or ""),
        receiver=elsewhere.get("said"),
        elsewhere=_elsewhere(given),
        times=_times(given),
    )


def _of_dossier(bench: Bench, ready: stored.ReadyRecord) -> ResultLine:
    """A dossier of this laptop whose result is there, and which nobody has packed."""
    mobile, paper = None, ""
    if ready.procedure in bench.catalogue:
        version = bench.catalogue.procedure(ready.procedure).at(bench.today())
        mobile, paper = version.mobile, version.result
    return ResultLine(
        id=ready.id,
        code=ready.code,
        name=ready.name,
        hamlet=ready.hamlet,
        procedure=ready.procedure,
        procedure_name=bench.procedure_name(ready.procedure),
        paper=paper,
        number="",
        to_pay=max(0, ready.fee - ready.collected),
        in_person=bool(mobile and mobile.in_person),
        by_post=bool(mobile and mobile.by_post and not mobile.in_person),
        session=None,
        place="ready",
        known=True,
    )


def _difference(row: stored.ResultRecord, card: dict[str, Any] | None) -> str:
    """What the centre's list says otherwise about a result that is on board."""
    now = results.card_of(card)
    if now is None:
        return text("Trung tâm đã rút kết quả này khỏi danh mục.")
    said = []
    if now.session != row.session:
        said.append(text("trung tâm đã chuyển sang phiên khác"))
    if now.to_pay != row.to_pay:
        from mobile_reception.words import money

        said.append(text("phải thu {amount}", amount=money(now.to_pay)))
    if now.name != row.name:
        said.append(text("họ tên {name}", name=now.name))
    if now.in_person and not row.in_person:
        said.append(text("phải trao tận tay"))
    return text("Trung tâm ghi khác: {what}.", what="; ".join(said)) if said else ""


def _times(card: dict[str, Any] | None) -> int:
    """How often the centre was told that it was handed over, by others too."""
    told = (card or {}).get("elsewhere")
    times = told.get("times") if isinstance(told, dict) else 0
    return times if type(times) is int else 0


def _elsewhere(card: dict[str, Any] | None) -> str:
    """What the centre knows of somebody else's doing with it."""
    told = (card or {}).get("elsewhere")
    if not isinstance(told, dict):
        return ""
    if _times(card) > 1:
        return text("Kết quả này đã được ghi trao hai lần: hỏi trung tâm.")
    where = results.place_words(str(told.get("place") or ""))
    said = told.get("said")
    return text("Máy khác: {where}{who}.", where=where, who=f" {said}" if said else "")
