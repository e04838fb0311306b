"""Trend sheet: the trend of a test on one page, A4 landscape.

What the page of the trend shows, to be filed or printed: it is no certificate and is
not signed; it says when it was drawn and from what.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from reports.charts.picture import Picture
from reports.pdf import pictures
from reports.pdf.fonts import Weight, bold, regular
from reports.pdf.page import Colour
from reports.pdf.theme import HAIR, INK, MM, QUIET

_WIDTH, _HEIGHT = 297 * MM, 210 * MM
_MARGIN: Final = 12 * MM
_ASIDE: Final = 62 * MM
_GAP: Final = 6 * MM
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
    _write(canvas, bold(), sheet.title, x=_MARGIN, y=top, size=15, colour=INK)
    top -= 14
    across = _WIDTH - 2 * _MARGIN
    for line in _lines(regular(), sheet.subtitle, across):
        _write(canvas, regular(), line, x=_MARGIN, y=top, size=_SIZE, colour=QUIET)
        top -= _LEADING
    canvas.setStrokeColorRGB(*HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(_MARGIN, top + 2, _WIDTH - _MARGIN, top + 2)
    top -= 8
    left = _MARGIN
    wide = across - _ASIDE - _GAP
    below = top
    if sheet.chart is not None:
        below -= pictures.draw(canvas, sheet.chart, left=left, top=top, width=wide)
    floor = _MARGIN + 14
    _sections(canvas, sheet.beneath, sheet.more, x=left, y=below - 8, width=wide)
    x = _WIDTH - _MARGIN - _ASIDE
    if sheet.histogram is not None:
        top -= pictures.draw(canvas, sheet.histogram, left=x, top=top, width=_ASIDE)
        top -= 6
    _sections(canvas, sheet.aside, sheet.more, x=x, y=top - 4, width=_ASIDE)
    canvas.line(_MARGIN, floor, _WIDTH - _MARGIN, floor)
    y = floor - 10
    _write(canvas, regular(), sheet.foot, x=_MARGIN, y=y, size=7, colour=QUIET)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


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
    floor = _MARGIN + 14 + _LEADING
    for section in sections:
        if y < floor + _LEADING:
            break
        _write(canvas, bold(), section.heading, x=x, y=y, size=9, colour=INK)
        y -= _LEADING + 1
        for name, text in section.lines:
            whole = f"{name}: {text}" if name else text
            lines = list(_lines(regular(), whole, width))
            if y - _LEADING * (len(lines) - 1) < floor:
                _write(canvas, regular(), more, x=x, y=y, size=_SIZE, colour=QUIET)
                return
            for line in lines:
                _write(canvas, regular(), line, x=x, y=y, size=_SIZE, colour=INK)
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


def _write(
    canvas: Canvas,
    weight: Weight,
    text: str,
    *,
    x: float,
    y: float,
    size: float,
    colour: Colour,
) -> None:
    canvas.setFillColorRGB(*colour)
    pictures.write(canvas, weight, text, x=x, y=y, size=size)
