"""Made-up results, for the pictures of the page that hands them over."""

from __future__ import annotations

from mobile_reception.desk.results import ResultLine
from mobile_reception.words import text


def made_up_results() -> tuple[ResultLine, ...]:
    """A morning's list: waiting, on board, handed over, brought back, and one that was handed over twice."""
    birth, extract, copy = "Giấy khai sinh", "Trích lục khai sinh (bản sao)", "Bản sao được chứng thực"
    wedding = "Giấy chứng nhận kết hôn (02 bản chính)"
    rows: tuple[tuple[str, str, str, str, int, dict[str, object]], ...] = (
        ("Ấp Thượng 1", "Nguyễn Thị Ánh", birth, "taken", 8_000, {"by_post": True}),
        ("Ấp Thượng 1", "Huỳnh Văn Bé Ba", extract, "taken", 16_000, {"by_post": True}),
        ("Ấp Thượng 1", "Phạm Thị Cưới", wedding, "taken", 0, {"in_person": True}),
        ("Ấp Thượng 1", "Võ Văn Đạt", copy, "packed", 12_000, {}),
        (
            "Ấp Thượng 2",
            "Nguyễn Phước Bảo Quỳnh Hương",
            birth,
            "taken",
            0,
            {"difference": text("Trung tâm đã rút kết quả này khỏi danh mục.")},
        ),
        ("Ấp Thượng 2", "Lê Văn Ước", copy, "handed_over", 0, {"receiver": "Lê Văn Ước", "times": 1}),
        (
            "Ấp Thượng 2",
            "Trần Thị Xạ",
            extract,
            "returned",
            0,
            {"reason": text("đi vắng"), "then": "next"},
        ),
        (
            "Ấp Thượng 2",
            "Đặng Thị Ượt",
            birth,
            "handed_over",
            0,
            {"times": 2, "elsewhere": text("Kết quả này đã được ghi trao hai lần: hỏi trung tâm.")},
        ),
    )
    return tuple(
        ResultLine(
            id=f"picture-{number}",
            code=f"H20.12.3-261118-{number + 10:04}",
            name=name,
            hamlet=hamlet,
            procedure="",
            procedure_name="",
            paper=paper,
            number=f"{number + 20}/2026",
            to_pay=to_pay,
            in_person=bool(more.get("in_person")),
            by_post=bool(more.get("by_post")),
            session=None,
            place=place,
            receiver=_text(more.get("receiver")),
            reason=_text(more.get("reason")),
            then=_text(more.get("then")),
            difference=_text(more.get("difference")) or "",
            elsewhere=_text(more.get("elsewhere")) or "",
            times=1 if place == "handed_over" and "times" not in more else _times(more.get("times")),
        )
        for number, (hamlet, name, paper, place, to_pay, more) in enumerate(rows)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _times(value: object) -> int:
    return value if type(value) is int else 0


SIGNATURE = (
    (
        80,
        210,
        130,
        120,
        190,
        80,
        215,
        130,
        180,
        230,
        150,
        250,
        240,
        190,
        300,
        150,
        330,
        190,
        360,
        215,
        420,
        160,
    ),
    (430, 200, 470, 150, 510, 205, 560, 150, 600, 205, 660, 140, 760, 190, 900, 120),
    (240, 265, 520, 250, 800, 262),
)
"""A hand's strokes."""
