"""The summary of a session: one value, told in four ways, equal to a recount of the facts."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laptops import WEDNESDAY, Clock, at_the_table, line, received, run
from mobile_reception.desk import NotFound, summary
from mobile_reception.desk.table import Desk
from mobile_reception.dossier import facts, lifecycle, service
from mobile_reception.dossier.facts import GENESIS, Act, Fact
from mobile_reception.papers import summary as paper
from mobile_reception.store.outbox import Outbox

PROCEDURES = ("2.000815", "1.000656", "9.999999")
FIELD = {"2.000815": "authentication", "1.000656": "civil_status", "9.999999": ""}


@pytest.fixture(scope="module")
def deputy() -> Iterator[Desk]:
    """A laptop that writes nothing itself: all that it shows came over the road."""
    with tempfile.TemporaryDirectory() as folder:
        desk = at_the_table(Path(folder) / "laptop")
        yield desk
        assert desk.verify().ok
        desk.close()


@dataclass
class Origin:
    """Somebody else's journal in the making; its clock is ``ahead``."""

    ahead: timedelta
    id: str = field(default_factory=lambda: facts.uuid7(WEDNESDAY))
    written: list[Fact] = field(default_factory=list)

    def tell(self, subject: str, kind: str, payload: Mapping[str, Any]) -> Fact:
        last = self.written[-1] if self.written else None
        at = WEDNESDAY + self.ahead + timedelta(minutes=len(self.written))
        fact = facts.write(
            Act(subject, kind, payload),
            origin=self.id,
            seq=len(self.written) + 1,
            stamp=facts.next_stamp(last.stamp if last else 0, at),
            previous=last.hash if last else GENESIS,
            officer="xuan",
            at=at,
        )
        self.written.append(fact)
        return fact


@dataclass(frozen=True)
class Dossier:
    """What a dossier of an example is."""

    citizen: int
    procedure: str
    phi: int
    le_phi: int
    paid: int
    paid_at: str
    provisional: bool
    end: str
    ratings: tuple[str, ...]


DOSSIERS = st.builds(
    Dossier,
    citizen=st.integers(0, 3),
    procedure=st.sampled_from(PROCEDURES),
    phi=st.sampled_from((0, 6000)),
    le_phi=st.sampled_from((0, 8000)),
    paid=st.sampled_from((0, 8000)),
    paid_at=st.sampled_from(("", "here", "elsewhere")),
    provisional=st.booleans(),
    end=st.sampled_from(("", "refused", "ready", "here", "elsewhere", "posted", "back", "on_board")),
    ratings=st.lists(st.sampled_from(service.LEVELS), max_size=2).map(tuple),
)
TOLD = st.lists(
    st.one_of(
        st.tuples(
            st.just("service.provided"),
            st.fixed_dictionaries(
                {
                    "kind": st.sampled_from((*service.SERVICES, "haircut")),
                    "quantity": st.integers(0, 9),
                    "price": st.sampled_from((0, 500, 14_000)),
                }
            ),
        ),
        st.tuples(
            st.just("citizen.rated"),
            st.fixed_dictionaries(
                {"level": st.sampled_from((*service.LEVELS, "?")), "reason": st.sampled_from(("chậm", ""))},
                optional={"proxy": st.booleans()},
            ),
        ),
        st.tuples(
            st.just("incident.noted"),
            st.fixed_dictionaries(
                {"kind": st.sampled_from((*service.INCIDENTS, "flood"))},
                optional={"note": st.just("ghế hỏng")},
            ),
        ),
    ),
    max_size=8,
)


def _write(laptop: Origin, session: str, number: int, dossier: Dossier) -> None:
    subject = facts.uuid7(WEDNESDAY)
    code = f"TN-abc-261125-{number:03}" if dossier.provisional else f"H20.12.3-261125-{number:04}"
    about = {
        "procedure": dossier.procedure,
        "session": session,
        "code": code,
        "fee": dossier.phi + dossier.le_phi,
        "phi": dossier.phi,
        "le_phi": dossier.le_phi,
        "reception": {"submitter": {"full_name": f"Người {dossier.citizen}", "birth_date": "1990"}},
    }
    laptop.tell(subject, "dossier.received", about)
    if dossier.paid:
        at = {"here": {"session": session}, "elsewhere": {"session": facts.uuid7(WEDNESDAY)}}
        laptop.tell(subject, "fee.collected", {"amount": dossier.paid, **at.get(dossier.paid_at, {})})
    if dossier.end == "refused":
        laptop.tell(subject, "dossier.refused", {"reason": "nhầm"})
    elif dossier.end:
        laptop.tell(subject, "result.ready", {})
        if dossier.end in ("posted", "back", "on_board"):
            card = {"code": code, "name": "An", "session": session}
            laptop.tell(subject, "result.taken", {"card": card, "session": session})
            if dossier.end == "posted":
                laptop.tell(subject, "result.posted", {"to": "An", "tracking": "E1", "session": session})
            elif dossier.end == "back":
                laptop.tell(subject, "result.returned", {"reason": "vắng", "session": session})
        elif dossier.end != "ready":
            where = session if dossier.end == "here" else facts.uuid7(WEDNESDAY)
            laptop.tell(subject, "result.handed_over", {"to": "An", "session": where})
    for level in dossier.ratings:
        laptop.tell(subject, "citizen.rated", {"level": level, "reason": "chờ lâu", "session": session})


def _recount(dossiers: list[Dossier], told: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The figures counted from what happened, without a fold and without a table."""
    here = [body for kind, body in told if kind == "citizen.rated" and body["level"] in service.LEVELS]
    here = [body for body in here if body["level"] != "not" or body["reason"]]
    first = [dossier.ratings[0] for dossier in dossiers if dossier.ratings]
    levels = Counter([*first, *(body["level"] for body in here)])
    given = [
        body
        for kind, body in told
        if kind == "service.provided" and body["kind"] != "haircut" and body["quantity"]
    ]
    ends = Counter(dossier.end for dossier in dossiers)
    status = {"": 2, "refused": 3, "ready": 9, "here": 10, "elsewhere": 10}
    status |= {"posted": 10, "back": 9, "on_board": 9}
    waits = ends["ready"] + ends["back"] + ends["on_board"]
    return {
        "dossiers": len(dossiers),
        "citizens": len({dossier.citizen for dossier in dossiers}),
        "by_procedure": Counter(dossier.procedure for dossier in dossiers),
        "by_field": Counter(FIELD[dossier.procedure] for dossier in dossiers),
        "by_status": Counter(str(status[dossier.end]) for dossier in dossiers),
        "fees": {
            "phi": sum(dossier.phi for dossier in dossiers),
            "le_phi": sum(dossier.le_phi for dossier in dossiers),
            "total": sum(dossier.phi + dossier.le_phi for dossier in dossiers),
            "collected": sum(dossier.paid for dossier in dossiers),
            "taken": sum(dossier.paid for dossier in dossiers if dossier.paid_at != "elsewhere"),
            "cash": None,
        },
        "results": {
            "handed_over": ends["here"],
            "posted": ends["posted"],
            "brought_back": ends["back"],
            "on_board": ends["on_board"],
            "ready": waits + ends["here"] + ends["elsewhere"] + ends["posted"],
            "not_delivered": waits,
        },
        "services": {
            **{
                kind: {
                    "quantity": sum(body["quantity"] for body in given if body["kind"] == kind),
                    "saved": sum(body["quantity"] * body["price"] for body in given if body["kind"] == kind),
                }
                for kind in service.SERVICES
            },
            "saved": sum(body["quantity"] * body["price"] for body in given),
        },
        "rated": (levels["very"], levels["satisfied"], levels["not"]),
        "proxy": sum(body.get("proxy", False) for body in here),
        "reasons": ["chậm"] * sum(body["level"] == "not" for body in here) + ["chờ lâu"] * first.count("not"),
        "numbers": {
            "used": sum(not dossier.provisional for dossier in dossiers),
            "void": sum(not dossier.provisional and dossier.end == "refused" for dossier in dossiers),
        },
        "incidents": Counter(
            body["kind"]
            for kind, body in told
            if kind == "incident.noted" and body["kind"] not in ("flood", service.COMPLAINT)
        ),
        "complaints": sum(
            kind == "incident.noted" and body["kind"] == service.COMPLAINT and "note" in body
            for kind, body in told
        ),
    }


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_figures_are_those_of_a_recount_in_whatever_order_the_facts_come(
    deputy: Desk, data: st.DataObject
) -> None:
    session = facts.uuid7(WEDNESDAY)
    laptops = [Origin(timedelta()), Origin(timedelta(days=-365)), Origin(timedelta(hours=3))]
    opening = {"hamlet": "Ấp 1", "day": "2026-11-25", "kind": "regular"}
    for laptop in laptops:
        laptop.tell(session, "session.opened", opening)
    dossiers = data.draw(st.lists(DOSSIERS, max_size=6))
    told = data.draw(TOLD)
    for number, dossier in enumerate(dossiers, 1):
        _write(data.draw(st.sampled_from(laptops)), session, number, dossier)
    for kind, body in told:
        data.draw(st.sampled_from(laptops)).tell(session, kind, body)
    arrived = data.draw(st.permutations([fact for laptop in laptops for fact in laptop.written]))
    box = Outbox(deputy._bench.store)
    half = data.draw(st.integers(0, len(arrived)))
    for page in (arrived[:half], arrived[half:], arrived[:half]):
        box.take_page(page, "cursor")
    found = deputy.summary(session)
    expected = _recount(dossiers, told)
    opinion = found["satisfaction"]
    assert (opinion["very"], opinion["satisfied"], opinion["not"]) == expected.pop("rated")
    assert opinion["proxy"] == expected.pop("proxy")
    assert sorted(opinion["reasons"]) == sorted(expected.pop("reasons"))
    assert Counter(each["kind"] for each in found["incidents"]) == expected.pop("incidents")
    assert len(found["complaints"]) == expected.pop("complaints")
    assert {name: found[name] for name in expected} == expected
    assert (found["at_centre"], found["waiting"]) == (len(dossiers), 0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = Clock()
    desk = at_the_table(tmp_path / "laptop", clock)
    codes = []
    for place, procedure in enumerate(("2.000815", "2.000815", "1.001776", "1.001193")):
        more = {} if procedure == "2.000815" else {"papers": [], "copies": 1, "fee": 0}
        codes.append(
            received(desk, line(name=f"Người {place}", number=None, procedure=procedure, **more)).code
        )
    desk.hand_over(codes[0], "Người 0")
    desk.rate(codes[0], "very")
    desk.rate(codes[1], "not", "=1+1 chờ lâu", proxy=True)
    desk.rate_session("satisfied")
    desk.collect(codes[0], 12_000)
    desk.set_service_price("photocopy", 14_000)
    desk.provide_service("photocopy", 31)
    desk.note_incident("power", "+cmd mất điện")
    clock.move(hours=3)
    desk.close_session(12_000)
    yield desk
    assert desk.verify().ok
    desk.close()


def _words(pdf: bytes) -> tuple[int, str]:
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return len(pages), " ".join(" ".join(pages).split())


def _cells(book: bytes) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    return [tuple(cell.value for cell in row if cell.value is not None) for row in sheet.iter_rows()]


def test_page_sheet_and_json_tell_the_same(desk: Desk) -> None:
    found = desk.summary()
    pages, told = _words(desk.summary_pdf())
    cells = _cells(desk.summary_sheet())
    assert pages == 1
    for name, figure, printed in (
        ("Người nộp hồ sơ", found["citizens"], "4"),
        ("Kết quả đã trả tại phiên", found["results"]["handed_over"], "1"),
        ("Hồ sơ của phiên đã có kết quả", found["results"]["ready"], "1"),
        ("Phí", found["fees"]["phi"], "24.000"),
        ("Đã thu", found["fees"]["collected"], "12.000"),
        ("Tiền mặt khi kết thúc", found["fees"]["cash"], "12.000"),
        ("Tiết kiệm cho người dân (đồng)", found["services"]["saved"], "434.000"),
        ("Số lượt đánh giá", found["satisfaction"]["rated"], "3"),
        ("Còn trên máy này, chưa gửi", found["waiting"], "4"),
    ):
        assert f"{figure:,}".replace(",", ".") == printed
        assert f"{name} {printed}" in told
        assert (name, figure) in cells
    assert found["satisfaction"]["index"] == 66.7
    assert "Chỉ số hài lòng 66,7%" in told
    assert ("Chỉ số hài lòng", 0.667) in cells
    assert ("Phô tô", 31, 434_000) in cells
    assert "Mất điện (+cmd mất điện)" in told
    assert "ngày 25 tháng 11 năm 2026, từ 08 giờ 00 phút đến 11 giờ 00 phút" in told


def test_no_cell_is_a_formula(desk: Desk) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(desk.summary_sheet())).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert {"=1+1 chờ lâu", "+cmd mất điện"} <= {cell.value for cell in cells}


def test_charts_are_drawn_once_for_screen_and_paper(desk: Desk) -> None:
    drawn = desk.summary_page().charts
    assert set(drawn) == {"by_field", "money"}
    for name, shown in (("by_field", "Hộ tịch"), ("money", "24.000")):
        said = "".join(ET.fromstring(drawn[name]).itertext())
        assert shown in said
        assert shown in _words(desk.summary_pdf())[1]


def test_the_english_page_is_a_reading_copy(desk: Desk) -> None:
    pages, told = _words(desk.summary_pdf(language="en"))
    assert pages == 1
    assert "English reading copy" in told
    assert "Index 66.7%" in told


def test_everything_at_once_stays_on_one_page(desk: Desk) -> None:
    values = summary.on_paper(desk._bench, desk.session_summary(), "vi")
    most = replace(
        values,
        superior_agency="Ủy ban nhân dân phường Long Phú Thuận",
        unit_name="Trung tâm Phục vụ hành chính công phường Long Phú Thuận",
        officers=("Nguyễn Phước Bảo Quỳnh Hương", "Trần Thị Ngọc Ẩn", "Lê Văn Chủ", "Đặng Thị Ượt"),
        by_field=tuple(
            (desk._bench.catalogue.heading(one.code), 25_000) for one in desk._bench.catalogue.fields
        ),
        by_status=tuple((lifecycle.status_words(status), 25_000) for status in range(1, 11)),
        total=10**9,
        incidents=values.incidents * 40,
        reasons=values.reasons * 40,
    )
    pages, told = _words(paper.summary(most))
    assert pages == 1
    assert "(+36)" in told
    assert "Lĩnh vực khác" in told
    assert "Khoản thu khác" in told


def test_an_empty_open_session_has_a_page_too(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    pages, told = _words(desk.summary_pdf())
    assert pages == 1
    assert "phiên chưa kết thúc" in told
    assert "chưa có" in told
    assert "Chưa có hồ sơ." in told
    assert desk.summary()["satisfaction"]["index"] is None
    assert desk.summary_sheet().startswith(b"PK")
    with pytest.raises(NotFound):
        desk.summary_pdf("no-such-session")
    desk.close()


def test_the_index_rounds_halves_up() -> None:
    for levels, expected in (
        ((1, 0, 0), 1000),
        ((0, 0, 7), 0),
        ((2, 0, 1), 667),
        ((1, 0, 2), 333),
        ((1, 0, 15), 63),
    ):
        assert summary.Satisfaction(*levels, proxy=0).permille == expected


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE figure SET quantity=quantity+1 WHERE kind='service'",
        "UPDATE figure SET session='x' WHERE kind='result'",
        "DELETE FROM figure WHERE kind='rating'",
        "INSERT INTO figure VALUES ('x', 'service', 'typing', 'x', 1, 1)",
    ],
)
def test_verify_finds_a_changed_figure(tmp_path: Path, change: str) -> None:
    desk = at_the_table(tmp_path / "laptop")
    code = received(desk).code
    desk.hand_over(code, "Nguyễn Thị Diệu")
    desk.rate(code, "very")
    desk.provide_service("typing")
    assert desk.verify().ok
    with desk._bench.store.writing() as db:
        db.run(change)
    assert not desk.verify().ok
    desk.close()


def test_the_command_saves_page_and_sheet(tmp_path: Path) -> None:
    desk = at_the_table(tmp_path / "laptop")
    received(desk)
    desk.close()
    for form, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("json", b"{")):
        out = tmp_path / f"out.{form}"
        run("summary", "--format", form, "-o", out, data=tmp_path / "laptop", check=0)
        assert out.read_bytes().startswith(begins)
    run("summary", "--format", "pdf", data=tmp_path / "laptop", check=0, cwd=tmp_path)
    assert (tmp_path / "summary-2026-11-25.pdf").is_file()


def test_moments_of_another_zone_are_told_in_vietnams(desk: Desk) -> None:
    values = summary.on_paper(desk._bench, desk.session_summary(), "vi")
    late = replace(values, closed_at=datetime.fromisoformat("2026-11-25T17:30:00+00:00"))
    assert "đến 00 giờ 30 phút, ngày 26 tháng 11 năm 2026" in _words(paper.summary(late))[1]
