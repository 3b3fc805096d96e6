"""The faces that papers are set in, read once a process.

The letters of Vietnamese sit in one prepared subset per face, so that a paper costs no font work: the subset
is cut, stripped of screen hints and compressed once. Any other character of the font goes into a subset of
that paper alone; one that the font lacks prints as its empty box.
"""

from __future__ import annotations

import os
import struct
import unicodedata
import zlib
from copy import copy
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast

import fontpkg_spectral
from reportlab.pdfbase import pdfdoc, ttfonts

_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_VOWELS = "aăâeêioôơuưy"
_LOWER = [unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES] + ["đ"]
VIETNAMESE = "".join(letter + letter.upper() for letter in _LOWER if letter not in "aeiouy")
"""The 134 letters that ASCII lacks, in NFC."""
_ASCII = "".join(map(chr, range(32, 127)))
_SIGNS = "–…“”’•°½²"
_PREPARED = {
    "regular": _ASCII + VIETNAMESE + _SIGNS,
    "bold": _ASCII + VIETNAMESE + _SIGNS,
    # Dates and notes: capitals with accents are rare there, and each letter is paid for on every paper.
    "italic": _ASCII + "".join(filter(str.islower, VIETNAMESE)) + "ĐÔẤ" + _SIGNS,
}

_TIMES = (
    ("times.ttf", "timesbd.ttf", "timesi.ttf"),
    ("Times_New_Roman.ttf", "Times_New_Roman_Bold.ttf", "Times_New_Roman_Italic.ttf"),
    ("Times New Roman.ttf", "Times New Roman Bold.ttf", "Times New Roman Italic.ttf"),
)
_FOLDERS = (
    Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
    Path("/usr/share/fonts/truetype/msttcorefonts"),
    Path("/usr/share/fonts/msttcorefonts"),
    Path("/System/Library/Fonts/Supplemental"),
    Path("/Library/Fonts"),
)
_SPECTRAL = tuple(
    fontpkg_spectral.ROOT / "files" / f"Spectral-{weight}.ttf" for weight in ("Regular", "Bold", "Italic")
)


class Family(NamedTuple):
    """A typeface in the three styles that forms use."""

    name: str
    regular: Face
    bold: Face
    italic: Face


@cache
def family() -> Family:
    """Times New Roman where this machine has it whole, else the packaged Spectral; chosen once a process."""
    for folder in _FOLDERS:
        for names in _TIMES:
            files = [folder / name for name in names]
            if all(file.is_file() for file in files):
                times = [Face(style, file) for style, file in zip(_PREPARED, files, strict=True)]
                if not any(face.lacks(VIETNAMESE) for face in times):
                    return Family("Times New Roman", *times)
    return Family("Spectral", *(Face(style, file) for style, file in zip(_PREPARED, _SPECTRAL, strict=True)))


class Face(ttfonts.TTFont):
    """One style of a typeface: measures text, and writes it into a document of reportlab."""

    def __init__(self, style: str, file: Path) -> None:
        super().__init__(f"papers-{style}", str(file), asciiReadable=False, shapable=False)
        others = [ord(letter) for letter in _PREPARED[style][len(_ASCII) :] if not self.lacks(letter)]
        # Codes 0 to 255 of the prepared subset: ASCII where ASCII is, the rest around it.
        self._codes = [0, *others[:31], *map(ord, _ASCII), *others[31:160]]
        self._prepared = _Subset(self.face, self._codes)
        self._escapes = {code: _escape(n) for n, code in enumerate(self._codes) if code}
        self._letters = frozenset(map(chr, self._escapes))
        self._advance = {chr(code): float(width) for code, width in self.face.charWidths.items()}
        self._spare_advance = float(self.face.defaultWidth or 0)

    def lacks(self, text: str) -> str:
        """The characters of ``text`` that this face has no glyph for."""
        return "".join(letter for letter in text if ord(letter) not in self.face.charToGlyph)

    def width(self, text: str, size: float) -> float:
        """The advance of ``text`` in points."""
        try:
            return sum(map(self._advance.__getitem__, text)) * size / 1000
        except KeyError:
            return sum(self._advance.get(letter, self._spare_advance) for letter in text) * size / 1000

    def shown(self, text: str, document: Any) -> list[tuple[str, str]]:
        """(font resource, string escaped for ``Tj``) pairs that write ``text`` into ``document``."""
        if document not in self.state:
            self.state[document] = self._fresh_state()
        if self._letters.issuperset(text):
            return [(self.getSubsetInternalName(0, document), text.translate(self._escapes))]
        return [
            (self.getSubsetInternalName(subset, document), "".join(map(_escape, codes)))
            for subset, codes in self.splitString(text, document)
        ]

    def _fresh_state(self) -> ttfonts.TTFont.State:
        state: Any = ttfonts.TTFont.State(asciiReadable=False, ttf=self)
        state.subsets = [list(self._codes)]
        state.assignments = {code: n for n, code in enumerate(self._codes)}
        state.nextCode = 256
        return cast("ttfonts.TTFont.State", state)

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        """Called by reportlab when ``doc`` is closed: writes the subsets that it used."""
        state = self.state[doc]
        for n, codes in enumerate(state.subsets):
            subset = self._prepared if n == 0 else _Subset(self.face, codes)
            name = self.getSubsetInternalName(n, doc)[1:]
            doc.idToObject["BasicFonts"].dict[name] = subset.add_to(doc, name, f"{self.fontName}-{n}")
        del self.state[doc]


class _Subset:
    """At most 256 characters of a face, cut and compressed once."""

    def __init__(self, face: ttfonts.TTFontFace, codes: list[int]) -> None:
        self._face = face
        # WORKAROUND: makeSubset moves the face's own reading position; two threads may be cutting.
        program = _without_hints(ttfonts.TTFontFile.makeSubset(copy(face), codes))
        tag = "".join(chr(65 + (zlib.crc32(program) >> shift) % 26) for shift in range(0, 24, 4))
        self._name = f"{tag}+{face.name.decode('ascii', 'replace')}"
        self._last = len(codes) - 1
        self._widths = (
            "[" + " ".join(f"{face.charWidths.get(code, face.defaultWidth):g}" for code in codes) + "]"
        )
        self._program = zlib.compress(program, 9)
        self._program_length = len(program)
        self._unicode = zlib.compress(_unicode_map(codes), 9)
        self._unicode_key = f"unicode:{zlib.crc32(self._unicode)}"

    def add_to(self, document: Any, name: str, key: str) -> Any:
        """Add the font's objects to ``document``; returns the font itself."""
        face = self._face
        program = _packed(self._program)
        program.dictionary["Length1"] = self._program_length
        font: Any = pdfdoc.PDFTrueTypeFont()
        font.Name, font.BaseFont = name, self._name
        font.FirstChar, font.LastChar, font.Widths = 0, self._last, self._widths
        meaning = document.idToObject.get(self._unicode_key) or _packed(self._unicode)
        font.ToUnicode = document.Reference(meaning, self._unicode_key)
        descriptor = pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "Ascent": face.ascent,
                "CapHeight": face.capHeight,
                "Descent": face.descent,
                "Flags": face.flags & ~ttfonts.FF_NONSYMBOLIC | ttfonts.FF_SYMBOLIC,
                "FontBBox": pdfdoc.PDFArray(face.bbox),
                "FontName": pdfdoc.PDFName(self._name),
                "ItalicAngle": face.italicAngle,
                "StemV": face.stemV,
                "FontFile2": document.Reference(program, f"program:{key}"),
                "MissingWidth": face.defaultWidth,
            }
        )
        font.FontDescriptor = document.Reference(descriptor, f"descriptor:{key}")
        document.Reference(font, name)
        return font


def _unicode_map(codes: list[int]) -> bytes:
    """What the codes of a font mean (ISO 32000-1, 9.10.3), so that text can be copied and searched."""
    ascii_in_place = codes[32:127] == list(range(32, 127))
    lines = [
        f"<{n:02X}> <{chr(code).encode('utf-16-be').hex()}>"
        for n, code in enumerate(codes)
        if not (ascii_in_place and 32 <= n < 127)
    ]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CMapName /Letters def /CMapType 2 def",
            "1 begincodespacerange <00> <FF> endcodespacerange",
            "1 beginbfrange <20> <7e> <0020> endbfrange" if ascii_in_place else "",
            *(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    ).encode("ascii")


def _packed(content: bytes) -> Any:
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary({"Filter": pdfdoc.PDFName("FlateDecode")}), content)


def _escape(code: int) -> str:
    plain = 32 <= code < 127 and chr(code) not in "()\\"
    return chr(code) if plain else f"\\{code:03o}"


_TABLES_FOR_PRINT = ("head", "hhea", "maxp", "hmtx", "cmap")
_HAS_INSTRUCTIONS, _MORE_COMPONENTS, _WORD_ARGUMENTS = 0x100, 0x20, 0x01
_SCALES = ((0x08, 2), (0x40, 4), (0x80, 8))


def _without_hints(program: bytes) -> bytes:
    """A TrueType program without instructions for screen pixels: a third smaller, the same outlines.

    Keeps the tables that ISO 32000-1, 9.9 asks of an embedded font.
    """
    tables = {}
    for n in range(struct.unpack_from(">H", program, 4)[0]):
        tag, _, start, length = struct.unpack_from(">4sLLL", program, 12 + 16 * n)
        tables[tag.decode("ascii")] = program[start : start + length]
    glyph_count = struct.unpack_from(">H", tables["maxp"], 4)[0]
    long_form = struct.unpack_from(">h", tables["head"], 50)[0]
    ends = struct.unpack_from(f">{glyph_count + 1}{'L' if long_form else 'H'}", tables["loca"])
    if not long_form:
        ends = tuple(2 * end for end in ends)
    glyphs, places = bytearray(), [0]
    for start, end in pairwise(ends):
        glyphs += _bare_glyph(tables["glyf"][start:end])
        glyphs += bytes(-len(glyphs) % 2)
        places.append(len(glyphs) // 2)
    head = bytearray(tables["head"])
    struct.pack_into(">h", head, 50, 0)
    maker = ttfonts.TTFontMaker()
    for tag in _TABLES_FOR_PRINT:
        maker.add(tag, bytes(head) if tag == "head" else tables[tag])
    maker.add("glyf", bytes(glyphs))
    maker.add("loca", struct.pack(f">{len(places)}H", *places))
    return bytes(maker.makeStream())


def _bare_glyph(glyph: bytes) -> bytes:
    if not glyph:
        return glyph
    contours = struct.unpack_from(">h", glyph)[0]
    if contours >= 0:
        count_at = 10 + 2 * contours
        skipped = struct.unpack_from(">H", glyph, count_at)[0]
        return glyph[:count_at] + b"\0\0" + glyph[count_at + 2 + skipped :]
    bare, at, flags = bytearray(glyph), 10, _MORE_COMPONENTS
    while flags & _MORE_COMPONENTS:
        flags = struct.unpack_from(">H", bare, at)[0]
        struct.pack_into(">H", bare, at, flags & ~_HAS_INSTRUCTIONS)
        at += 8 if flags & _WORD_ARGUMENTS else 6
        at += next((size for bit, size in _SCALES if flags & bit), 0)
    return bytes(bare[:at])
