"""Files that mean harm or have come to it: bombs, floods, cuts and five hundred mutations."""

import io
import random
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from mobile_reception.papers.sheets import NotASheet, Unreadable, read_lines
from test_people import in_tcvn3, in_vni
from test_sheets import HEAD, ROW, TEXT, book


def repacked(data: bytes, **parts: bytes) -> bytes:
    """A workbook with other or more parts; ``/`` in their names is ``__``."""
    new = {name.replace("__", "/"): body for name, body in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in old.infolist():
            if part.filename not in new:
                made.writestr(part.filename, old.read(part))
        for name, body in new.items():
            made.writestr(name, body)
    return out.getvalue()


SHEET = "xl__worksheets__sheet1.xml"
OPEN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
GOOD = book(HEAD.split(";"), ROW.split(";"))


DIGITS = random.Random(2)
LONG_ROW = b"".join(b'<c r="A1"><v>%d</v></c>' % DIGITS.getrandbits(60) for _ in range(60_000))


def filled(rows: int) -> bytes:
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%d</t></is></c></row>'
    return (
        OPEN
        + b"<sheetData>"
        + b"".join(row % (n, n, n * 7919) for n in range(1, rows + 1))
        + b"</sheetData></worksheet>"
    )


@pytest.mark.parametrize(
    ("bomb", "said"),
    [
        (lambda: repacked(GOOD, **{SHEET: OPEN + b" " * 60 * 2**20}), "bung ra"),
        (lambda: repacked(GOOD, **{SHEET: OPEN + b" " * 5 * 2**20}), "bung ra"),
        (
            lambda: repacked(GOOD, **{f"xl/a{n}.xml": random.Random(n).randbytes(9) for n in range(600)}),
            "bung ra",
        ),
        (lambda: repacked(GOOD, **{"xl__vbaProject.bin": b"x"}), "macro"),
        (
            lambda: repacked(GOOD, **{"xl__sharedStrings.xml": random.Random(1).randbytes(17 * 2**20)}),
            "bung ra",
        ),
        (lambda: repacked(GOOD, **{"xl__styles.xml": random.Random(1).randbytes(5 * 2**20)}), "bung ra"),
        (lambda: repacked(GOOD, **{"[Content_Types].xml": b"<a/>"}), "hỏng"),
        (lambda: random.Random(1).randbytes(21 * 2**20), "MiB"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(bomb: Callable[[], bytes], said: str) -> None:
    data = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(NotASheet, match=said):
            read_lines(data, "x.xlsx")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * 2**20


@pytest.mark.parametrize(
    "sheet",
    [
        OPEN
        + b'<dimension ref="A1:XFD1048576"/><sheetData><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
        + b"</sheetData></worksheet>",
        OPEN + b'<sheetData><row r="1">' + LONG_ROW + b"</row></sheetData></worksheet>",
        OPEN + b'<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData></worksheet>',
        b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
        + OPEN
        + b"<sheetData>&c;</sheetData></worksheet>",
        OPEN + b"<sheetData><row>",
        b"",
    ],
    ids=["a claimed size", "a row without end", "a far column", "entities", "cut", "empty"],
)
def test_a_sheet_beyond_all_bounds_is_refused_in_bounded_memory(sheet: bytes) -> None:
    data = repacked(GOOD, **{SHEET: sheet})
    tracemalloc.start()
    try:
        with pytest.raises(NotASheet):
            read_lines(data, "x.xlsx")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


def test_a_hundred_thousand_rows_of_a_workbook_are_too_many() -> None:
    with pytest.raises(NotASheet, match="dòng"):
        read_lines(repacked(GOOD, **{SHEET: filled(100_000)}), "x.xlsx")


def test_a_hundred_thousand_rows_of_csv_are_too_many() -> None:
    with pytest.raises(NotASheet, match="dòng"):
        read_lines(f"{HEAD}\n{(ROW + chr(10)) * 100_000}".encode(), "x.csv")


def mutated(chance: random.Random) -> tuple[bytes, str]:
    """A file as sticks, old programs and pranks make it."""
    data, name = (GOOD, "x.xlsx") if chance.random() < 0.4 else (TEXT.encode("utf-8-sig"), "x.csv")
    kind = chance.randrange(9)
    if kind == 0:
        return data[: chance.randrange(len(data))], name
    if kind == 1:
        old = chance.choice([in_tcvn3, in_vni])(TEXT)
        return old.encode(chance.choice(["latin-1", "utf-8", "utf-16"]), "replace"), "x.csv"
    if kind == 2:
        return TEXT.encode(
            chance.choice(["utf-16-le", "utf-16-be", "cp1258", "utf-7", "utf-32"]), "replace"
        ), "x.csv"
    if kind == 3:
        return TEXT[TEXT.index("\n") :].encode(), "x.csv"
    if kind == 4:
        return repacked(
            GOOD, **{chance.choice([SHEET, "xl__styles.xml", "xl__workbook.xml"]): b"<a/>"}
        ), "x.xlsx"
    if kind == 5:
        body = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/worksheets/sheet1.xml")
        place = chance.randrange(len(body))
        return repacked(GOOD, **{SHEET: body[:place] + chance.randbytes(3) + body[place + 3 :]}), "x.xlsx"
    if kind == 6:
        return chance.randbytes(chance.randrange(2000)), name
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed), name


def test_five_hundred_mutated_files_give_lines_or_a_reason_and_nothing_else() -> None:
    lines = refusals = 0
    for seed in range(500):
        data, name = mutated(random.Random(seed))
        try:
            found = read_lines(data, name)
        except NotASheet as reason:
            refusals += len(str(reason)) > 0
            continue
        lines += 1
        assert all(number > 0 and isinstance(line, dict | Unreadable) for number, line in found)
    assert lines > 20
    assert refusals > 200
    assert lines + refusals == 500
