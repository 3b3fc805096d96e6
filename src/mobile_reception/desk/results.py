"""Results at the table: taken along in the morning, handed over, brought back, given to the post.

The list has three sources: what this laptop has taken on board, what the centre has packed and nobody has
taken yet, and dossiers of its own whose result is there. What is on board stays what it was when it was
taken; what the centre says otherwise since is shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mobile_reception.desk import planning
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import NotFound, Unacceptable
from mobile_reception.dossier import identity, results
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import DossierState, fold_dossier
from mobile_reception.dossier.payload import MOST_MONEY
from mobile_reception.dossier.results import Address, ResultCard, Strokes
from mobile_reception.store import reading
from mobile_reception.store import results as stored
from mobile_reception.words import text

ON_BOARD = ("packed", "taken", "ready")
"""Where a result may be handed over from."""


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


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes a result: the owner, or somebody else with a ``relation`` and what proves it."""

    name: str
    relation: str | None = None
    personal_id: str | None = None
    id_kind: str = "cccd"
    authorisation: str | None = None
    signed: str = "paper"
    strokes: Strokes = ()
    paid: int = 0
    receipt: str = ""


def lines(
    bench: Bench, typed: str = "", *, session: str | None = None, carried: bool = False
) -> tuple[ResultLine, ...]:
    """The results here, by hamlet and name: of a ``session``, or those that every typed word speaks of.

    People come before places: who is called what was typed, or has that code, then who lives there. Only
    where there is nobody are they the results of a procedure of that name.

    ``carried``: only those that were taken along or packed, and not this laptop's own dossiers.
    """
    cards = {str(card.get("id")): card for card in bench.cards("result")}
    rows = [row for row in stored.rows(bench.store) if not _packed_anew(row, cards.get(row.id))]
    listed = bench.store.meta("url") is not None  # without a centre there is no list to differ from
    found = [_of_row(bench, row, cards.pop(row.id, None), listed=listed) for row in rows]
    for subject, card in cards.items():
        read = results.card_of(card)
        if read is not None:
            found.append(_of_card(bench, subject, read, card))
    taken = {line.id for line in found}
    if not carried:
        found += [_of_dossier(bench, ready) for ready in stored.ready(bench.store) if ready.id not in taken]
    words = identity.tokens(typed)
    kept = [line for line in found if session is None or line.session == session]
    ranked = [(rank, line) for line in kept if (rank := _rank(line, words)) is not None]
    nobody = all(rank == _BY_PROCEDURE for rank, _ in ranked)
    said = [each for each in ranked if nobody or each[0] != _BY_PROCEDURE]
    return tuple(line for _, line in sorted(said, key=lambda each: (each[0], *_order(each[1]))))


def counts(listed: Iterable[ResultLine]) -> Counts:
    """The list in figures."""
    by_place: dict[str, int] = {}
    for line in listed:
        by_place[line.place] = by_place.get(line.place, 0) + 1
    on_board = by_place.get("taken", 0) + by_place.get("ready", 0)
    ended = [by_place.get(place, 0) for place in ("handed_over", "posted", "returned")]
    return Counts(sum(ended) + on_board, ended[0], ended[1], ended[2], on_board, by_place.get("packed", 0))


def take(bench: Bench, keys: Sequence[str] | None, session: str | None) -> tuple[ResultLine, ...]:
    """Take packed results along: those named, else all of ``session`` (the open one, else today's).

    Raises NotFound, Unacceptable.
    """
    at = session or _session(bench)
    waiting = [line for line in lines(bench) if line.place == "packed"]
    if keys is None:
        wanted = [line for line in waiting if at is None or line.session == at]
    else:
        wanted = [find(bench, key) for key in keys]
        for line in wanted:
            if line.place != "packed":
                raise Unacceptable(text("Kết quả {code} không chờ nhận mang theo.", code=line.code))
    if not wanted:
        raise Unacceptable(text("Không có kết quả nào chờ nhận mang theo."))
    with bench.store.act(bench.me.login, bench.now()) as making:
        for line in wanted:
            payload = {"card": results.card_json(_card(bench, line)), "session": line.session or at}
            making.append(Act(line.id, results.TAKEN, payload))
    ids = {line.id for line in wanted}
    return tuple(line for line in lines(bench) if line.id in ids)


def hand_over(bench: Bench, key: str, receiver: Receiver) -> ResultLine:
    """Hand a result to its owner or to somebody for them, and take what is to be paid, in one act.

    Raises NotFound, Unacceptable.
    """
    line = find(bench, key)
    if not line.open:
        raise Unacceptable(_over(line))
    payload = _checked(line, receiver)
    if not 0 <= receiver.paid <= MOST_MONEY:
        raise Unacceptable(text("Số tiền phải là số đồng nguyên, không âm."))
    opened = reading.open_session(bench.store)
    session = opened.id if opened else None
    card = results.card_json(_card(bench, line))
    with bench.store.act(bench.me.login, bench.now()) as making:
        if line.place == "packed":  # nobody noted it in the morning: it was in the box all the same
            making.append(Act(line.id, results.TAKEN, {"card": card, "session": line.session or session}))
        if receiver.paid:
            money = {"amount": receiver.paid, "receipt": receiver.receipt[:60]}
            making.append(Act(line.id, "fee.collected", money | ({"session": session} if session else {})))
        making.append(Act(line.id, results.HANDED_OVER, {**payload, "session": session, "card": card}))
    return find(bench, line.id)


def bring_back(
    bench: Bench, keys: Sequence[str], reason: str, then: str, post: Address | None
) -> tuple[ResultLine, ...]:
    """Results that were not collected go back, with the reason and what becomes of them (`results.THEN`).

    Raises NotFound, Unacceptable.
    """
    if then not in results.THEN:
        raise Unacceptable(text("Việc tiếp theo phải là một trong: {kinds}", kinds=", ".join(results.THEN)))
    said = _said(reason, 300)
    if not said:
        raise Unacceptable(text("Cần lý do mang về."))
    chosen = [find(bench, key) for key in keys]
    for line in chosen:
        if line.place not in ("taken", "ready", "posted"):
            raise Unacceptable(_over(line))
        if then == "post" and not line.by_post:
            raise Unacceptable(_no_post(line))
    if then == "post" and post is None:
        raise Unacceptable(text("Cần tên và địa chỉ người nhận để gửi bưu chính."))
    opened = reading.open_session(bench.store)
    payload: dict[str, Any] = {"reason": said, "then": then}
    payload |= {"post": results.address_json(post)} if post else {}
    with bench.store.act(bench.me.login, bench.now()) as making:
        for line in chosen:
            card = results.card_json(_card(bench, line))
            where = line.session or (opened.id if opened else None)
            # What comes back from the post did not come back from a session.
            at = {} if line.place == "posted" or where is None else {"session": where}
            making.append(Act(line.id, results.RETURNED, {**payload, **at, "card": card}))
    return tuple(find(bench, line.id) for line in chosen)


def post(bench: Bench, key: str, tracking: str, address: Address | None) -> ResultLine:
    """A result was given to the post under this tracking code. Raises NotFound, Unacceptable."""
    line = find(bench, key)
    if line.place not in ("packed", "taken", "ready", "returned"):
        raise Unacceptable(_over(line))
    if not line.by_post:
        raise Unacceptable(_no_post(line))
    number = _said(tracking, 60)
    if not number:
        raise Unacceptable(text("Cần mã vận đơn của bưu chính."))
    to = address or state(bench, line.id).post
    if to is None:
        raise Unacceptable(text("Cần tên và địa chỉ người nhận để gửi bưu chính."))
    payload = {
        "to": to.recipient,
        "tracking": number,
        "post": results.address_json(to),
        "card": results.card_json(_card(bench, line)),
    }
    opened = reading.open_session(bench.store)
    at = opened.id if opened else line.session  # posted in the evening: a result of that session all the same
    payload |= {"session": at} if at else {}
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(line.id, results.POSTED, payload))
    return find(bench, line.id)


def find(bench: Bench, key: str) -> ResultLine:
    """A result by its dossier's id or code. Raises NotFound."""
    wanted = key.strip()
    found = next((line for line in lines(bench) if wanted in (line.id, line.code)), None)
    if found is None:
        raise NotFound(text("Máy này không mang theo kết quả «{key}».", key=wanted[:60]))
    return found


def state(bench: Bench, subject: str) -> results.ResultState:
    """Where a result is, as its facts here say."""
    folded = folded_of(bench, subject)
    return folded.result or results.ResultState("ready")


def folded_of(bench: Bench, subject: str) -> DossierState:
    """The dossier behind a result, as far as this laptop knows it."""
    return fold_dossier(subject, reading.facts(bench.store, subject), bench.store.clocks())


def whose_card(line: ResultLine, card: identity.Card) -> str:
    """What speaks against this identity card being the owner's; "" for nothing."""
    if identity.compare_key(card.full_name) == identity.compare_key(line.name):
        return ""
    return text(
        "Thẻ này của {holder}, kết quả của {owner}. Nếu nhận thay, hãy ghi quan hệ và giấy ủy quyền.",
        holder=card.full_name,
        owner=line.name,
    )


def _checked(line: ResultLine, receiver: Receiver) -> dict[str, Any]:
    """What a hand-over says about the receiver. Raises Unacceptable."""
    name = _said(receiver.name, 200)
    if not name:
        raise Unacceptable(text("Cần họ tên người nhận kết quả."))
    relation = _said(receiver.relation or "", 100)
    owner = identity.compare_key(name) == identity.compare_key(line.name)
    if line.in_person and (relation or not owner):
        raise Unacceptable(text("Kết quả này chỉ trao tận tay {name}.", name=line.name))
    if not owner and not relation:
        raise Unacceptable(text("Người nhận không phải {name}: cần ghi quan hệ.", name=line.name))
    number = (receiver.personal_id or "").strip()
    if receiver.id_kind not in results.ID_KINDS:
        raise Unacceptable(text("Loại giấy tờ không đúng."))
    if number and receiver.id_kind in ("cccd", "vneid") and not identity.is_personal_number(number):
        raise Unacceptable(text("Số định danh phải có đúng 12 chữ số."))
    if receiver.signed not in results.SIGNED:
        raise Unacceptable(text("Cách ký nhận không đúng."))
    payload: dict[str, Any] = {
        "to": name,
        "relation": relation or None,
        "personal_id": _said(number, 40) or None,
        "id_kind": receiver.id_kind if number else None,
        "authorisation": _said(receiver.authorisation or "", 200) or None,
        "signed": receiver.signed,
    }
    if receiver.signed == "screen":
        drawn = [list(stroke) for stroke in receiver.strokes]
        if results.strokes_of(drawn) is None:
            raise Unacceptable(text("Chưa có chữ ký trên màn hình."))
        payload["strokes"] = drawn
    return payload


def _said(given: str, limit: int) -> str:
    try:
        return identity.clean(given, limit=limit)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error


def _session(bench: Bench) -> str | None:
    """The session that the morning's results are for: the open one, else the one planned today."""
    opened = reading.open_session(bench.store)
    if opened is not None:
        return opened.id
    found = planning.proposal(bench).planned
    return found.id if found is not None and found.day == bench.today() else None


def _over(line: ResultLine) -> str:
    where = results.place_words(line.place)
    if line.receiver:
        return text(
            "Kết quả {code}: {where}, {receiver}.", code=line.code, where=where, receiver=line.receiver
        )
    return text("Kết quả {code}: {where}.", code=line.code, where=where)


def _no_post(line: ResultLine) -> str:
    if line.in_person:
        return text("Kết quả {code} phải trao tận tay, không gửi bưu chính.", code=line.code)
    return text("Kết quả {code} không gửi được qua bưu chính.", code=line.code)


def _card(bench: Bench, line: ResultLine) -> ResultCard:
    known = state(bench, line.id).card if line.place != "packed" else None
    if known is not None:
        return known
    given = next((card for card in bench.cards("result") if card.get("id") == line.id), None)
    read = results.card_of(given)
    if read is not None:
        return read
    return ResultCard(
        code=line.code,
        name=line.name,
        procedure=line.procedure,
        paper=line.paper,
        hamlet=line.hamlet,
        to_pay=line.to_pay,
        in_person=line.in_person,
        by_post=line.by_post,
        session=line.session,
    )


def _order(line: ResultLine) -> tuple[str, str, str]:
    return identity.fold(line.hamlet), identity.sort_key(line.name), line.code


_BY_PROCEDURE = 2


def _rank(line: ResultLine, words: Sequence[str]) -> int | None:
    """How close the typed words are to a result, 0 the closest; None: they do not speak of it."""
    held: list[str] = [line.code.rpartition("-")[2].lower()]
    for rank, more in enumerate((f"{line.name} {line.code}", line.hamlet, line.procedure_name)):
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
