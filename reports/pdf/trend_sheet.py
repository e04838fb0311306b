"""Trend sheet: the trend of a test on one page, A4 landscape.

What the page of the trend shows. It says when it was drawn and from what.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from reports.charts.picture import Picture
from reports.pdf import pictures
from reports.pdf import sheet as pages
from reports.pdf.fonts import Weight, bold, regular
from reports.pdf.sheet import ACROSS, GAP, HEIGHT, MARGIN, WIDTH, write
from reports.pdf.theme import HAIR, MM, QUIET

_ASIDE: Final = 62 * MM
_SIZE: Final = 8.0
_LEADING: Final = 10.2


@dataclass(frozen=True)
class Section:
    """A heading with lines of text: each a name with its text, or a text alone."""

    heading: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TrendSheet:
    """What the sheet says. `more` is said where lines of a section do not fit."""

    title: str
    subtitle: str
    chart: Picture | None
    histogram: Picture | None
    beneath: tuple[Section, ...]
    aside: tuple[Section, ...]
    foot: str
    more: str
    author: str


def drawn(sheet: TrendSheet) -> bytes:
    """Return the sheet as a PDF file of one page; the same sheet, the same bytes."""
    canvas, out = pages.begun(
        title=sheet.title, subtitle=sheet.subtitle, author=sheet.author
    )
    top = HEIGHT - MARGIN - 12
    write(canvas, sheet.title, weight=bold(), x=MARGIN, y=top, size=15)
    top -= 14
    for line in _lines(regular(), sheet.subtitle, ACROSS):
        write(canvas, line, x=MARGIN, y=top, size=_SIZE, colour=QUIET)
        top -= _LEADING
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, top + 2, WIDTH - MARGIN, top + 2)
    top -= 8
    left = MARGIN
    wide = ACROSS - _ASIDE - GAP
    below = top
    if sheet.chart is not None:
        below -= pictures.draw(canvas, sheet.chart, left=left, top=top, width=wide)
    floor = MARGIN + 14
    _sections(canvas, sheet.beneath, sheet.more, x=left, y=below - 8, width=wide)
    x = WIDTH - MARGIN - _ASIDE
    if sheet.histogram is not None:
        top -= pictures.draw(canvas, sheet.histogram, left=x, top=top, width=_ASIDE)
        top -= 6
    _sections(canvas, sheet.aside, sheet.more, x=x, y=top - 4, width=_ASIDE)
    canvas.line(MARGIN, floor, WIDTH - MARGIN, floor)
    y = floor - 10
    write(canvas, sheet.foot, x=MARGIN, y=y, size=7, colour=QUIET)
    return pages.ended(canvas, out)


def _sections(
    canvas: Canvas,
    sections: Sequence[Section],
    more: str,
    *,
    x: float,
    y: float,
    width: float,
) -> None:
    """Write the sections from y down; `more` stands for what has no room."""
    floor = MARGIN + 14 + _LEADING
    for section in sections:
        if y < floor + _LEADING:
            break
        write(canvas, section.heading, weight=bold(), x=x, y=y, size=9)
        y -= _LEADING + 1
        for name, text in section.lines:
            whole = f"{name}: {text}" if name else text
            lines = list(_lines(regular(), whole, width))
            if y - _LEADING * (len(lines) - 1) < floor:
                write(canvas, more, x=x, y=y, size=_SIZE, colour=QUIET)
                return
            for line in lines:
                write(canvas, line, x=x, y=y, size=_SIZE)
                y -= _LEADING
        y -= 5


def _lines(weight: Weight, text: str, width: float) -> Iterator[str]:
    """Break the text at spaces into lines that are no wider."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and weight.width(longer, _SIZE) > width:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line
