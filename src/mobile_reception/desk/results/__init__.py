"""Results at the table: taken along in the morning, handed over, brought back, given to the post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mobile_reception.desk import planning
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Unacceptable
from mobile_reception.desk.results.listing import (
    MOST_FOUND,
    ON_BOARD,
    Counts,
    ResultLine,
    counts,
    find,
    lines,
)
from mobile_reception.dossier import identity, results
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import DossierState, fold_dossier
from mobile_reception.dossier.payload import MOST_MONEY
from mobile_reception.dossier.results import Address, ResultCard, Strokes
from mobile_reception.store import reading
from mobile_reception.words import text

__all__ = [
    "MOST_FOUND",
    "ON_BOARD",
    "Counts",
    "Receiver",
    "ResultLine",
    "bring_back",
    "counts",
    "find",
    "folded_of",
    "hand_over",
    "lines",
    "post",
    "state",
    "take",
    "whose_card",
]


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
