"""Pictures in PDF: the marks of a chart, drawn at the places that SVG draws them at."""

from typing import Final, TypeAlias

from reportlab.pdfgen.canvas import Canvas

from reports.charts.picture import (
    TEXT_SIZE,
    Anchor,
    Area,
    Line,
    Look,
    Picture,
    Point,
    Shape,
    Text,
)
from reports.pdf.fonts import Weight, bold, regular
from reports.pdf.page import Colour

_INK: Final[Colour] = (0.08, 0.13, 0.16)
_QUIET: Final[Colour] = (0.28, 0.33, 0.37)
_GREY: Final[Colour] = (0.49, 0.54, 0.58)
_MARK: Final[Colour] = (0.14, 0.30, 0.37)

_Drawn: TypeAlias = Line | Area | Point | Text
# Colour, width, dashes and cap of the lines of a mark.
_Pen: TypeAlias = tuple[Colour, float, tuple[float, ...], int]
# Colour, width and dashes of a line; colours that the page has in its light theme.
_STROKES: Final[dict[Look, tuple[Colour, float, tuple[float, ...]]]] = {
    Look.GRID: ((0.90, 0.92, 0.93), 1, ()),
    Look.AXIS: ((0.83, 0.85, 0.87), 1, ()),
    Look.LIMIT: (_INK, 1.5, ()),
    Look.ALERT: ((0.48, 0.29, 0.0), 1, (2, 2)),
    Look.CONTROL: (_GREY, 1, (5, 3)),
    Look.CENTRE: (_GREY, 1, ()),
    Look.PHASE: (_GREY, 1, (1, 3)),
    Look.JOIN: ((0.56, 0.65, 0.70), 1, ()),
    Look.CURVE: ((0.05, 0.33, 0.45), 1.5, ()),
    Look.STEP: ((0.05, 0.33, 0.45), 1.75, ()),
    Look.WHISKER: ((0.60, 0.66, 0.70), 1.25, ()),
    Look.MIDDLE: (_INK, 1.5, ()),
}
_FILLS: Final[dict[Look, Colour]] = {
    Look.ZONE: (0.93, 0.95, 0.96),
    Look.OUTSIDE: (0.99, 0.91, 0.91),
    Look.BAR: (0.56, 0.71, 0.78),
    Look.DOT: _MARK,
    Look.LAST: (0.05, 0.33, 0.45),
    Look.OPEN: (1.0, 1.0, 1.0),
    Look.SIGNAL: (0.36, 0.16, 0.53),
    Look.OOS: (0.64, 0.09, 0.10),
    Look.NOW: (0.05, 0.33, 0.45),
    # Paper has no transparent ink: the colour that it would have on white.
    Look.SOFT: (0.67, 0.73, 0.76),
    Look.AGE_0: (0.90, 0.92, 0.93),
    Look.AGE_1: (0.81, 0.88, 0.91),
    Look.AGE_2: (0.56, 0.72, 0.79),
    Look.AGE_3: (0.23, 0.47, 0.57),
    Look.AGE_4: (0.04, 0.23, 0.31),
}
_WORDS: Final[dict[Look, tuple[Colour, bool]]] = {
    Look.WORD: (_QUIET, False),
    Look.FAINT: (_GREY, False),
    Look.STRONG: (_INK, True),
    Look.SPEC_WORD: (_INK, True),
    Look.ON: ((1.0, 1.0, 1.0), True),
}


def draw(
    canvas: Canvas, picture: Picture, *, left: float, top: float, width: float
) -> float:
    """Draw the picture, as wide as asked, under `top`; return the height it takes.

    `left` and `top` are places of the page, in points from its lower left.
    """
    size = width / picture.width
    canvas.saveState()
    canvas.translate(left, top)
    canvas.scale(size, size)
    fill: Colour | None = None
    pen: _Pen | None = None
    for mark in picture.drawn:
        # Down on the picture is up on the page. What the mark before set is not set
        # again: a chart has a hundred points of one colour.
        wanted = _fill(mark)
        if wanted is not None and wanted != fill:
            canvas.setFillColorRGB(*wanted)
            fill = wanted
        wanted_pen = _pen(mark)
        if wanted_pen is not None and wanted_pen != pen:
            _take(canvas, wanted_pen)
            pen = wanted_pen
        if isinstance(mark, Line):
            _line(canvas, mark)
        elif isinstance(mark, Area):
            height = max(mark.height, 0)
            canvas.rect(mark.x, -mark.y - height, mark.width, height, 0, 1)
        elif isinstance(mark, Point):
            _point(canvas, mark)
            if mark.is_struck:
                pen = None
        else:
            _text(canvas, mark)
    canvas.restoreState()
    return picture.height * size


def _fill(mark: _Drawn) -> Colour | None:
    """Return the colour that fills the mark, None for a line."""
    if isinstance(mark, Line):
        return None
    return _WORDS[mark.look][0] if isinstance(mark, Text) else _FILLS[mark.look]


def _pen(mark: _Drawn) -> _Pen | None:
    """Return what draws the lines of the mark, None where it has none."""
    if isinstance(mark, Line):
        return (*_STROKES[mark.look], 0)
    if isinstance(mark, Point) and mark.shape is Shape.CIRCLE:
        if mark.look is Look.OPEN:
            return _MARK, 1.25, (), 0
        return _FILLS[mark.look], 2 * mark.size, (), 1
    return None


def _take(canvas: Canvas, pen: _Pen) -> None:
    colour, width, dashes, cap = pen
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(width)
    canvas.setDash(list(dashes))
    canvas.setLineCap(cap)


def _line(canvas: Canvas, mark: Line) -> None:
    (x, y), *rest = mark.places
    path = canvas.beginPath()
    path.moveTo(x, -y)
    for x, y in rest:
        path.lineTo(x, -y)
    canvas.drawPath(path)


def _point(canvas: Canvas, mark: Point) -> None:
    if mark.look is Look.OPEN and mark.shape is Shape.CIRCLE:
        canvas.circle(mark.x, -mark.y, mark.size, 1, 1)
    elif mark.shape is Shape.CIRCLE:
        # A line of no length with round ends is a disc (ISO 32000-1, 8.5.3.2), and an
        # eighth of the work and bytes of four curves.
        canvas.line(mark.x, -mark.y, mark.x, -mark.y)
    else:
        (x, y), *rest = mark.corners
        path = canvas.beginPath()
        path.moveTo(x, -y)
        for x, y in rest:
            path.lineTo(x, -y)
        path.close()
        canvas.drawPath(path, 0, 1)
    if mark.is_struck:
        _take(canvas, (*_STROKES[Look.JOIN], 0))
        _line(canvas, Line(Look.JOIN, mark.stroke))


def _text(canvas: Canvas, mark: Text) -> None:
    _colour, is_bold = _WORDS[mark.look]
    weight = bold() if is_bold else regular()
    x = mark.x
    if mark.anchor is not Anchor.START:
        share = 1 if mark.anchor is Anchor.END else 0.5
        x -= weight.width(mark.text, TEXT_SIZE) * share
    write(canvas, weight, mark.text, x=x, y=-mark.y, size=TEXT_SIZE)


def write(
    canvas: Canvas, weight: Weight, text: str, *, x: float, y: float, size: float
) -> None:
    """Write one line of text, each part in the font that has it."""
    for font, string in weight.runs(text):
        canvas.setFont(str(font.fontName), size)
        canvas.drawString(x, y, string)
        x += sum(font.face.getCharWidth(ord(one)) for one in string) * size / 1000
