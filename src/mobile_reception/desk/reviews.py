"""Reviews of sessions: which wait for the deputy director, what she said, what was answered, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from mobile_reception.desk import reports, sessions, slips, summary
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import Denied, Unacceptable
from mobile_reception.desk.values import HamletSession
from mobile_reception.dossier import identity, review
from mobile_reception.dossier.facts import Act
from mobile_reception.dossier.fold import SessionState
from mobile_reception.dossier.review import (
    APPROVED,
    RETURNED,
    SESSION_ANSWERED,
    SESSION_REVIEWED,
    Answer,
    Digests,
    Judgement,
    Review,
)
from mobile_reception.store import counting, reading
from mobile_reception.words import iso, text

_MOST_WORDS = 1000
_LATELY = timedelta(days=60)


class Stage(StrEnum):
    """Where a session stands on its way to being reviewed; ``words_for`` says it.

    ``closed`` is one whose facts are not all at the centre yet; ``changed`` one of which something was
    written after it was reviewed.
    """

    OPEN = "open"
    CLOSED = "closed"
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"
    ANSWERED = "answered"
    CHANGED = "changed"


class Weight(StrEnum):
    """What a review weighs: the centre's word on it, or that it has given none; a laptop may stand alone."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNJUDGED = "unjudged"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A review with its weight; ``reason`` is why the centre refused it (`dossier.review.REFUSALS`)."""

    said: Review
    name: str
    weight: Weight
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A session as its reviewer sees it.

    ``current`` is the last review that was not refused, ``reviews`` are all, oldest first. ``seen`` are the
    digests of what lies here now. ``moved_on``: its dossiers went their way since the review, which changes
    nothing of what was reviewed. ``waits`` counts facts that are not at the centre; ``open_parts`` laptops
    that have not closed; ``whole`` says that this laptop knows all of the session. ``names`` are those of
    the logins that answered, as far as they are known here.
    """

    session: HamletSession
    stage: Stage
    current: Weighed | None
    reviews: tuple[Weighed, ...]
    answers: tuple[Answer, ...]
    seen: Digests
    moved_on: bool
    waits: int
    open_parts: int
    whole: bool
    names: Mapping[str, str]


def every(bench: Bench, first: date | None = None, last: date | None = None) -> tuple[Reviewed, ...]:
    """The sessions known here (of these days), newest first, as a reviewer sees them."""
    known = sessions.every(bench)
    ids = {session.id for session in known}
    held = [
        session
        for session in known
        if (first is None or session.day >= first) and (last is None or session.day <= last)
        # One that was joined to another is reviewed with it.
        if session.joined_to not in ids
    ]
    return tuple(_reviewed(bench, each) for each in sorted(held, key=_newest, reverse=True))


def of_session(bench: Bench, key: str | None) -> Reviewed:
    """One session as a reviewer sees it; without ``key`` the open one, else the last. Raises NotFound."""
    return _reviewed(bench, sessions.find(bench, key))


@dataclass(frozen=True, slots=True)
class Question:
    """A session that was returned and has no answer yet."""

    session: HamletSession
    asked: Weighed


def questions(bench: Bench) -> tuple[Question, ...]:
    """What a deputy director asked of late about sessions held here, and nobody has answered."""
    found = every(bench, bench.today() - _LATELY)
    mine = set(reading.own_origins(bench.store))
    return tuple(
        Question(each.session, each.current)
        for each in found
        if each.stage is Stage.RETURNED
        and each.current is not None
        and any(part.origins.keys() & mine for part in summary.parts_of(bench, each.session.id))
    )


def may(bench: Bench, what: str) -> bool:
    """Whether who signed in may do this here (`dossier.review.MAY`); of what weighs the centre judges.

    The role is the one of the key slot or, where the centre names another for this login, also that one.
    """
    return any(role in review.MAY[what] for role in _roles(bench))


def key_known(bench: Bench) -> bool:
    """Whether the centre knows the key of who signed in, as far as this laptop has heard."""
    from base64 import b64encode

    slot = bench.store.slots.slot(bench.me.login)
    if slot is None:
        return False
    if bench.store.meta(f"registered:{bench.me.login}") == slot.public_key:
        return True
    mine = b64encode(bytes.fromhex(slot.public_key)).decode()
    return any(mine in card.get("keys", ()) for card in bench.cards("officer"))


def give(bench: Bench, key: str, verdict: str, question: str) -> Reviewed:
    """Approve a session, or return it with a question: a fact under the reviewer's own signature.

    Raises NotFound, Denied for a role that may not, Unacceptable.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not may(bench, "review"):
        raise Denied(
            text(
                "Chỉ lãnh đạo trung tâm duyệt được phiên; «{login}» không có quyền này.", login=bench.me.login
            )
        )
    if not bench.signing:
        raise Denied(text("Đăng nhập lại bằng mật khẩu để ký duyệt."))
    said = _words(question)
    if verdict == RETURNED and not said:
        raise Unacceptable(text("Trả lại phiên cần một câu hỏi cho cán bộ."))
    found = of_session(bench, key)
    session = found.session.id
    signing = Ed25519PrivateKey.from_private_bytes(bench.signing)
    signed = review.signed_review(session, bench.me.login, verdict, said or None, found.seen)
    payload: dict[str, Any] = {
        "verdict": verdict,
        "facts": found.seen.facts,
        "digest": found.seen.whole,
        "session_digest": found.seen.session,
        "key": signing.public_key().public_bytes_raw().hex(),
        "signature": signing.sign(signed).hex(),
        **({"question": said} if said else {}),
    }
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(session, SESSION_REVIEWED, payload))
    return of_session(bench, session)


def answer(bench: Bench, key: str, words: str) -> Reviewed:
    """Answer the question with which a session was returned. Raises NotFound, Denied, Unacceptable."""
    if not may(bench, "answer"):
        raise Denied(text("«{login}» không có quyền trả lời.", login=bench.me.login))
    said = _words(words)
    if not said:
        raise Unacceptable(text("Câu trả lời còn trống."))
    found = of_session(bench, key)
    if found.current is None or found.current.said.verdict != RETURNED:
        raise Unacceptable(text("Phiên này không có câu hỏi nào đang chờ trả lời."))
    payload = {"review": found.current.said.fact, "answer": said}
    with bench.store.act(bench.me.login, bench.now()) as making:
        making.append(Act(found.session.id, SESSION_ANSWERED, payload))
    return of_session(bench, found.session.id)


def _roles(bench: Bench) -> list[str]:
    named = [
        str(card.get("role"))
        for card in bench.cards("officer")
        if card.get("login") == bench.me.login and card.get("active") is True
    ]
    return [bench.me.role, *named]


def _newest(session: HamletSession) -> tuple[bool, date, str]:
    return session.closed_at is None, session.day, session.opened_at.isoformat()


def _reviewed(bench: Bench, session: HamletSession) -> Reviewed:
    parts = summary.parts_of(bench, session.id)
    state, origins = parts[0], {origin: open_ for part in parts for origin, open_ in part.origins.items()}
    seen = review.digests(session.id, counting.session_facts(bench.store, session.id))
    weighed = tuple(_weighed(bench, state, each) for each in state.reviews)
    counting_ones = [each for each in weighed if each.weight is not Weight.REFUSED]
    current = counting_ones[-1] if counting_ones else None
    whole = summary.whole(bench, parts)
    waits = counting.waiting_of(bench.store, session.id) if bench.store.meta("url") else 0
    others = (current.said.seen.whole != seen.whole) if current else False
    changed = (current.said.seen.session != seen.session) if current else False
    if not whole:
        # Another laptop's part is not here: less than what was seen is no change of it.
        changed = changed and seen.facts > (current.said.seen.facts if current else 0)
    answered = [each for each in state.answers if current and each.review == current.said.fact]
    return Reviewed(
        session=session,
        stage=_stage(
            current, is_open=any(origins.values()), changed=changed, answered=bool(answered), waits=waits
        ),
        current=current,
        reviews=weighed,
        answers=state.answers,
        seen=seen,
        moved_on=others and not changed and whole,
        waits=waits,
        open_parts=sum(origins.values()),
        whole=whole,
        names={each.officer: slips.officer(bench, each.officer) for each in state.answers},
    )


def _stage(current: Weighed | None, *, is_open: bool, changed: bool, answered: bool, waits: int) -> Stage:
    if current is not None:
        if changed:
            return Stage.CHANGED
        if current.said.verdict == APPROVED:
            return Stage.APPROVED
        return Stage.ANSWERED if answered else Stage.RETURNED
    if is_open:
        return Stage.OPEN
    return Stage.CLOSED if waits else Stage.WAITING


def _weighed(bench: Bench, state: SessionState, said: Review) -> Weighed:
    """The first judgement under the centre's own signature holds: nobody else can give a review weight."""
    name = slips.officer(bench, said.officer)
    centre = bench.store.meta("centre_key")
    if centre is None:
        return Weighed(said, name, Weight.ALONE)
    for each in state.judgements:
        if each.review == said.fact and _is_the_centres(centre, state.subject, said, each):
            return Weighed(said, name, Weight.ALLOWED if each.allowed else Weight.REFUSED, each.reason)
    return Weighed(said, name, Weight.UNJUDGED)


def _is_the_centres(key: str, session: str, said: Review, judged: Judgement) -> bool:
    signed = review.signed_judgement(session, said, allowed=judged.allowed, reason=judged.reason)
    return review.holds(key, judged.signature, signed)


def _words(said: str) -> str:
    try:
        return identity.clean(said, limit=_MOST_WORDS)
    except identity.Unacceptable as error:
        raise Unacceptable(str(error)) from error


def words_for(stage: Stage) -> str:
    """The stage in words, the same everywhere."""
    return {
        Stage.OPEN: text("Đang mở"),
        Stage.CLOSED: text("Đã kết thúc, chưa gửi xong"),
        Stage.WAITING: text("Chờ duyệt"),
        Stage.APPROVED: text("Đã duyệt"),
        Stage.RETURNED: text("Trả lại, chờ trả lời"),
        Stage.ANSWERED: text("Đã trả lời, chờ duyệt lại"),
        Stage.CHANGED: text("Có thay đổi sau khi duyệt"),
    }[stage]


def weight_words(weighed: Weighed) -> str:
    """What a review weighs, in a sentence."""
    if weighed.weight is Weight.REFUSED:
        return refusal_words(weighed.reason)
    return {
        Weight.ALLOWED: text("Trung tâm đã xác nhận quyền duyệt."),
        Weight.UNJUDGED: text("Chờ trung tâm xác nhận quyền duyệt."),
        Weight.ALONE: text("Máy chưa nối trung tâm: chưa ai xác nhận quyền duyệt."),
    }[weighed.weight]


def refusal_words(reason: str | None) -> str:
    """Why the centre does not let a review count, and what to do."""
    return {
        "unknown": text("Không có giá trị: trung tâm không có cán bộ này."),
        "disabled": text("Không có giá trị: trung tâm đã ngừng quyền của cán bộ này."),
        "role": text("Không có giá trị: ở trung tâm, người này không có quyền duyệt."),
        "key": text(
            "Không có giá trị: khóa ký chưa đăng ký ở trung tâm. Đăng ký khóa («officer register») rồi duyệt "
            "lại."
        ),
        "signature": text("Không có giá trị: chữ ký không đúng."),
    }.get(reason or "", text("Không có giá trị."))


def as_json(found: Reviewed) -> dict[str, Any]:
    """One line of ``review list --json``."""
    return {
        "session": reports.session_json(found.session),
        "state": found.stage.value,
        "review": None if found.current is None else _review_json(found.current),
        "reviews": [_review_json(each) for each in found.reviews],
        "answers": [
            {"review": each.review, "answer": each.words, "officer": each.officer, "at": iso(each.at)}
            for each in found.answers
        ],
        "facts": found.seen.facts,
        "digest": found.seen.whole,
        "session_digest": found.seen.session,
        "changed": found.stage is Stage.CHANGED,
        "moved_on": found.moved_on,
        "waiting": found.waits,
        "open_parts": found.open_parts,
    }


def _review_json(weighed: Weighed) -> dict[str, Any]:
    said = weighed.said
    return {
        "fact": said.fact,
        "verdict": said.verdict,
        "question": said.question,
        "officer": said.officer,
        "at": iso(said.at),
        "facts": said.seen.facts,
        "digest": said.seen.whole,
        "session_digest": said.seen.session,
        "judged": weighed.weight.value,
        "reason": weighed.reason,
    }
