"""Dashboard sheet: the figures of a period on one page, A4 landscape.

The pictures are those of the page. It is no certificate and is not signed; it says when
it was drawn and from what.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from reports.charts.picture import Picture
from reports.pdf import pictures
from reports.pdf.fonts import bold, regular
from reports.pdf.measure import wrap
from reports.pdf.page import Colour
from reports.pdf.theme import HAIR, INK, MM, QUIET

_WIDTH, _HEIGHT = 297 * MM, 210 * MM
_MARGIN: Final = 12 * MM
_GAP: Final = 6 * MM
_ACROSS: Final = _WIDTH - 2 * _MARGIN
_TILE: Final = 62.0
# The share of the width that the first of a pair of panels takes, and their heights.
_ROWS: Final = ((0.66, 164.0), (0.5, 172.0), (1.0, 82.0))


@dataclass(frozen=True)
class Figure:
    """A headline figure: its name, its number with the unit, and lines below."""

    name: str
    number: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """A heading with its picture, or with what is said where there is none."""

    heading: str
    picture: Picture | None
    said: str


@dataclass(frozen=True)
class DashboardSheet:
    """What the sheet says: five figures, and panels in the order of the page."""

    title: str
    subtitle: str
    figures: tuple[Figure, ...]
    panels: tuple[Panel, Panel, Panel, Panel, Panel]
    foot: str
    author: str


def drawn(sheet: DashboardSheet) -> bytes:
    """Return the sheet as a PDF file of one page; the same sheet, the same bytes."""
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(_WIDTH, _HEIGHT),
        invariant=1,
        initialFontName=regular().name,
        lang="en",
    )
    canvas.setTitle(f"{sheet.title}: {sheet.subtitle}")
    canvas.setAuthor(sheet.author)
    top = _HEIGHT - _MARGIN - 12
    _write(canvas, sheet.title, x=_MARGIN, y=top, size=15, strong=True)
    _write(canvas, sheet.subtitle, x=_MARGIN, y=top - 13, size=8, colour=QUIET)
    top -= 22
    _figures(canvas, sheet.figures, top)
    top -= _TILE + 6
    panels = iter(sheet.panels)
    for share, height in _ROWS:
        width = _ACROSS if share == 1 else (_ACROSS - _GAP) * share
        _panel(canvas, next(panels), x=_MARGIN, top=top, width=width, height=height)
        if share < 1:
            x = _MARGIN + width + _GAP
            rest = _ACROSS - _GAP - width
            _panel(canvas, next(panels), x=x, top=top, width=rest, height=height)
        top -= height
    _write(canvas, sheet.foot, x=_MARGIN, y=_MARGIN - 6, size=7, colour=QUIET)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _figures(canvas: Canvas, figures: Sequence[Figure], top: float) -> None:
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(_MARGIN, top, _MARGIN + _ACROSS, top)
    width = _ACROSS / max(len(figures), 1)
    for place, one in enumerate(figures):
        x = _MARGIN + place * width
        _write(canvas, one.name, x=x, y=top - 11, size=8, colour=QUIET)
        _write(canvas, one.number, x=x, y=top - 28, size=15, strong=True)
        y = top - 39
        for line in one.lines:
            for part in wrap(line, regular(), 7, width - 8)[:2]:
                _write(canvas, part, x=x, y=y, size=7, colour=QUIET)
                y -= 8.5


def _panel(
    canvas: Canvas, panel: Panel, *, x: float, top: float, width: float, height: float
) -> None:
    _write(canvas, panel.heading, x=x, y=top - 10, size=9, strong=True)
    if panel.picture is None:
        for place, line in enumerate(wrap(panel.said, regular(), 8, width)):
            y = top - 24 - 10 * place
            _write(canvas, line, x=x, y=y, size=8, colour=QUIET)
        return
    # As wide as the panel, unless it would then be too high for it.
    room = height - 26
    picture = panel.picture
    across = min(width, room * picture.width / picture.height)
    pictures.draw(canvas, picture, left=x, top=top - 17, width=across)


def _write(
    canvas: Canvas,
    text: str,
    *,
    x: float,
    y: float,
    size: float,
    colour: Colour = INK,
    strong: bool = False,
) -> None:
    canvas.setFillColorRGB(*colour)
    weight = bold() if strong else regular()
    pictures.write(canvas, weight, text, x=x, y=y, size=size)
