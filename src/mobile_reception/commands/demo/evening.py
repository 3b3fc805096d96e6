"""The practice evening: the road opens, both sides are counted, the deputy director reviews the session."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from mobile_reception.commands import PARTLY, Stop
from mobile_reception.commands.demo.centre import served
from mobile_reception.commands.demo.day import Day
from mobile_reception.commands.demo.telling import tell
from mobile_reception.commands.sign_in import failures
from mobile_reception.desk.comparison import Comparison
from mobile_reception.desk.reviews import Reviewed, Stage, Weight, weight_words, words_for
from mobile_reception.desk.table import Desk
from mobile_reception.words import money, text

_PATIENCE, _PAUSE = 100, 0.1


def evening(today: Day) -> bool:
    """Whether both sides agree in the end, and the review counts."""
    today.clock.later(hours=6)
    with failures(), served(today.centre):
        agree = _sent(today)
        reviewed = _reviewed(today)
    return _counted(today) and agree and reviewed


def _sent(today: Day) -> bool:
    report = today.desk.sync().value
    tell(
        text(
            "Đường mở: gửi {sent}, trung tâm nhận {acknowledged}, còn {waiting}.",
            sent=report.sent,
            acknowledged=report.acknowledged,
            waiting=report.waiting,
        )
    )
    return report.agree


def _reviewed(today: Day) -> bool:
    """The deputy director asks, the officer answers, the session is approved; the centre judges each word."""
    deputy, desk, session = today.reviewer, today.desk, today.session
    _until(deputy, lambda: any(each.id == session and each.closed_at for each in deputy.sessions()))
    found = deputy.reviewed(session)
    tell(
        text(
            "{name} xem phiên: {dossiers} hồ sơ, {fees}.",
            name=deputy.me.name,
            dossiers=found.session.dossiers,
            fees=money(found.session.fees),
        )
    )
    question = text("Kết quả mang về sẽ trao ở phiên nào?")
    deputy.return_session(session, question)
    _exchange(session, deputy, desk)
    desk.answer_review(session, text("Trao ở phiên kế tiếp tại ấp, đã hẹn qua điện thoại."))
    _exchange(session, desk, deputy)
    deputy.approve(session)
    _exchange(session, deputy, desk)
    both = [each.reviewed(session) for each in (desk, deputy)]
    for said in both[1].reviews:
        tell(f"  {said.name}: «{said.said.question or text('duyệt')}» {weight_words(said)}")
    for answer in both[1].answers:
        tell(f"  {desk.me.name}: «{answer.words}»")
    tell(text("Tình trạng phiên: {stage}.", stage=words_for(both[0].stage)))
    week = deputy.compare(found.session.day, found.session.day, "week")
    _tell_week(week)
    return all(_stands(each) for each in both) and both[0].seen == both[1].seen


def _exchange(session: str, first: Desk, second: Desk) -> None:
    """One sends, the centre folds and judges, the other fetches until both have the same, all judged."""

    def same() -> bool:
        found = [desk.reviewed(session) for desk in (first, second)]
        said = [([(each.said, each.weight) for each in one.reviews], one.answers) for one in found]
        return said[0] == said[1] and all(each.weight is not Weight.UNJUDGED for each in found[0].reviews)

    first.sync()
    _until(second, lambda: bool(first.sync()) and same())


def _until(desk: Desk, arrived: Callable[[], bool]) -> None:
    """Fetch until it has come: the centre answers first and folds after. Raises Stop if it does not."""
    for _ in range(_PATIENCE):
        desk.sync()
        if arrived():
            return
        time.sleep(_PAUSE)
    raise Stop(PARTLY, text("Trung tâm thực hành chưa xử lý xong."))


def _stands(found: Reviewed) -> bool:
    return (
        found.stage is Stage.APPROVED and found.current is not None and found.current.weight is Weight.ALLOWED
    )


def _tell_week(found: Comparison) -> None:
    for row in found.rows:
        tell(
            text(
                "Tuần {week}: {dossiers} hồ sơ, {handed_over} kết quả đã trả, tiết kiệm {saved}.",
                week=row.name,
                dossiers=row.dossiers,
                handed_over=row.handed_over or 0,
                saved=money(row.saved or 0),
            )
        )


def _counted(today: Day) -> bool:
    """Both sides' counts, and the files of the day."""
    desk, out = today.desk, today.out
    with today.centre.administered() as ledger:
        there, checked = ledger.status(), ledger.verify()
    with failures():
        here, whole, theirs = desk.status(), desk.verify(), today.reviewer.verify()
        summary = desk.summary(today.session)
        (out / "summary.json").write_text(
            json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        (out / "summary.pdf").write_bytes(desk.summary_pdf(today.session))
        (out / "summary.xlsx").write_bytes(desk.summary_sheet(today.session))
        same = today.reviewer.summary(today.session)
    tell(
        text(
            "Trên máy: {dossiers} hồ sơ, {facts} sự kiện, {waiting} chờ.",
            dossiers=here.dossiers,
            facts=here.facts,
            waiting=here.waiting,
        )
    )
    tell(
        text(
            "Tệp đính kèm: {count} đã đến trung tâm, {waiting} chờ.",
            count=there.files,
            waiting=here.files_waiting,
        )
    )
    mine = sum(each.head for each in there.origins if each.origin == here.origin)
    tell(
        text(
            "Ở trung tâm: {dossiers} hồ sơ, {facts} sự kiện của máy này, {held} chờ xem xét.",
            dossiers=there.dossiers,
            facts=mine,
            held=there.held,
        )
    )
    tell(text("Phiếu tiếp nhận: {folder}", folder=out / "receipts"))
    tell(text("Tổng hợp phiên: {file}", file=out / "summary.pdf"))
    tell("  summary.xlsx, summary.json, results.pdf")
    figures = ("citizens", "dossiers", "by_procedure", "fees", "services", "satisfaction", "numbers")
    return bool(
        whole.ok
        and theirs.ok
        and checked.ok
        and here.dossiers == there.dossiers
        and (here.files_waiting, there.files_waiting) == (0, 0)
        and (here.facts, here.waiting, there.held, there.waiting_to_fold) == (mine, 0, 0, 0)
        and all(summary[name] == same[name] for name in figures)
    )
