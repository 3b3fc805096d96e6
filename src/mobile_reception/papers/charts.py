"""Charts: drawn once as a drawing of reportlab, then written into a paper or as SVG for a screen.

A drawing holds filled rectangles, plain text and strokes only; lengths are points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mobile_reception.papers import fonts
from mobile_reception.papers.lines import Run, wrap

if TYPE_CHECKING:
    from reportlab.graphics.shapes import Drawing

    from mobile_reception.papers.fonts import Face

WIDTH = 226.0
_SIGNED = 150.0
"""How wide a signature is printed."""
_SIZE = 8.0
_LINE, _BAR, _GAP = 9.5, 5.0, 4.0
_ROOM = 62.0
"""Kept to the right of the longest bar for what it stands for."""
_CLIP = re.compile(r"<clipPath .*?</clipPath>", re.DOTALL)
_SCREEN_FACE = "Be Vietnam Pro"
_INK, _BLUE, _PALE = (0.1, 0.1, 0.1), (0.16, 0.38, 0.58), (0.9, 0.92, 0.94)


class Bar(NamedTuple):
    """A bar: its name, how long it is in any unit, and the figure as it is printed beside it."""

    name: str
    value: int
    figure: str


def bars(rows: Sequence[Bar]) -> Drawing:
    """A bar under its name for each row, the longest as long as there is room; none for nothing."""
    from reportlab.graphics.shapes import Drawing

    face = fonts.family().regular
    names = [wrap([Run(row.name, face)], _SIZE, WIDTH) for row in rows]
    height = sum(len(lines) * _LINE + _BAR + _GAP for lines in names) or _LINE
    drawing = Drawing(WIDTH, height)
    longest = max((row.value for row in rows), default=0) or 1
    top = height
    for row, lines in zip(rows, names, strict=True):
        for line in lines:
            top -= _LINE
            for x, text, _ in line.pieces:
                drawing.add(_text(x, top + 2, text))
        top -= _BAR
        drawing.add(_box(0, top, WIDTH - _ROOM, _PALE))
        if row.value > 0:
            drawing.add(_box(0, top, (WIDTH - _ROOM) * row.value / longest, _BLUE))
        drawing.add(_text(WIDTH - _ROOM + 4, top - 0.5, row.figure))
        top -= _GAP
    return drawing


def svg(drawing: Drawing) -> str:
    """The drawing for a screen."""
    from reportlab.graphics import renderSVG

    drawn = str(renderSVG.drawToString(drawing))
    # Qt's reader draws the rectangle of a clip, in black; all of the drawing is inside it anyway.
    return _CLIP.sub("", drawn).replace(' style="clip-path: url(#clip)"', "")


def marks(drawing: Drawing, face: Face, document: Any) -> list[str]:
    """The drawing as operators of a page of ``document``, from its lower left corner, in ``face``."""
    from reportlab.graphics.shapes import PolyLine, Rect

    written = []
    shapes: list[Any] = drawing.contents
    for shape in shapes:
        if isinstance(shape, PolyLine):
            written.append(_stroke(shape))
            continue
        colour = shape.fillColor
        written.append(f"{colour.red:.3g} {colour.green:.3g} {colour.blue:.3g} rg")
        if isinstance(shape, Rect):
            written.append(f"{shape.x:.1f} {shape.y:.1f} {shape.width:.1f} {shape.height:.1f} re f")
        else:
            shown = " ".join(
                f"{font} {shape.fontSize:.4g} Tf ({text}) Tj"
                for font, text in face.shown(shape.text, document)
            )
            written.append(f"BT {shape.x:.1f} {shape.y:.1f} Td {shown} ET")
    return written


def signature(strokes: Sequence[Sequence[int]], width: int, height: int) -> Drawing:
    """What a hand drew on a field of ``width`` by ``height``, its origin at the upper left, as a drawing."""
    from reportlab.graphics.shapes import Drawing, PolyLine
    from reportlab.lib.colors import Color

    scale = _SIGNED / width
    drawing = Drawing(_SIGNED, height * scale)
    for stroke in strokes:
        points = [scale * (height - place if at % 2 else place) for at, place in enumerate(stroke)]
        line: Any = PolyLine(points if len(points) > 2 else [*points, points[0] + 0.6, points[1]])
        line.strokeColor, line.strokeWidth = Color(*_INK), 1.1
        drawing.add(line)
    return drawing


def _stroke(line: Any) -> str:
    pairs = [(line.points[at], line.points[at + 1]) for at in range(0, len(line.points), 2)]
    way = " ".join(f"{x:.1f} {y:.1f} {'l' if at else 'm'}" for at, (x, y) in enumerate(pairs))
    colour = line.strokeColor
    ink = f"{colour.red:.3g} {colour.green:.3g} {colour.blue:.3g} RG"
    return f"q {ink} {line.strokeWidth:.3g} w 1 J 1 j {way} S Q"


def _text(x: float, y: float, text: str) -> Any:
    from reportlab.graphics.shapes import String
    from reportlab.lib.colors import Color

    return String(x, y, text, fontName=_SCREEN_FACE, fontSize=_SIZE, fillColor=Color(*_INK))


def _box(x: float, y: float, width: float, colour: tuple[float, float, float]) -> Any:
    from reportlab.graphics.shapes import Rect
    from reportlab.lib.colors import Color

    box: Any = Rect(x, y, width, _BAR)
    box.fillColor, box.strokeColor = Color(*colour), None
    return box
