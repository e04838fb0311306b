"""Dashboard sheet: the figures of a period on one page, A4 landscape.

The pictures are those of the page. It says when it was drawn and from what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from reports.charts.picture import Picture
from reports.pdf import pictures
from reports.pdf import sheet as pages
from reports.pdf.fonts import bold, regular
from reports.pdf.measure import wrap
from reports.pdf.sheet import ACROSS, GAP, HEIGHT, MARGIN, write
from reports.pdf.theme import HAIR, QUIET

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
    canvas, out = pages.begun(
        title=sheet.title, subtitle=sheet.subtitle, author=sheet.author
    )
    top = HEIGHT - MARGIN - 12
    write(canvas, sheet.title, x=MARGIN, y=top, size=15, weight=bold())
    write(canvas, sheet.subtitle, x=MARGIN, y=top - 13, size=8, colour=QUIET)
    top -= 22
    _figures(canvas, sheet.figures, top)
    top -= _TILE + 6
    panels = iter(sheet.panels)
    for share, height in _ROWS:
        width = ACROSS if share == 1 else (ACROSS - GAP) * share
        _panel(canvas, next(panels), x=MARGIN, top=top, width=width, height=height)
        if share < 1:
            x = MARGIN + width + GAP
            rest = ACROSS - GAP - width
            _panel(canvas, next(panels), x=x, top=top, width=rest, height=height)
        top -= height
    write(canvas, sheet.foot, x=MARGIN, y=MARGIN - 6, size=7, colour=QUIET)
    return pages.ended(canvas, out)


def _figures(canvas: Canvas, figures: Sequence[Figure], top: float) -> None:
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, top, MARGIN + ACROSS, top)
    width = ACROSS / max(len(figures), 1)
    for place, one in enumerate(figures):
        x = MARGIN + place * width
        write(canvas, one.name, x=x, y=top - 11, size=8, colour=QUIET)
        write(canvas, one.number, x=x, y=top - 28, size=15, weight=bold())
        y = top - 39
        for line in one.lines:
            for part in wrap(line, regular(), 7, width - 8)[:2]:
                write(canvas, part, x=x, y=y, size=7, colour=QUIET)
                y -= 8.5


def _panel(
    canvas: Canvas, panel: Panel, *, x: float, top: float, width: float, height: float
) -> None:
    write(canvas, panel.heading, x=x, y=top - 10, size=9, weight=bold())
    if panel.picture is None:
        for place, line in enumerate(wrap(panel.said, regular(), 8, width)):
            y = top - 24 - 10 * place
            write(canvas, line, x=x, y=y, size=8, colour=QUIET)
        return
    # As wide as the panel, unless it would then be too high for it.
    room = height - 26
    picture = panel.picture
    across = min(width, room * picture.width / picture.height)
    pictures.draw(canvas, picture, left=x, top=top - 17, width=across)
