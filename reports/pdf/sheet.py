"""Sheet: a page of A4 landscape that shows what a page of the site shows.

To be filed or printed: it is no certificate and is not signed.
"""

import io
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from reports.pdf import pictures
from reports.pdf.fonts import Weight, regular
from reports.pdf.page import Colour
from reports.pdf.theme import INK, MM

WIDTH, HEIGHT = 297 * MM, 210 * MM
MARGIN: Final = 12 * MM
GAP: Final = 6 * MM
ACROSS: Final = WIDTH - 2 * MARGIN


def begun(*, title: str, subtitle: str, author: str) -> tuple[Canvas, io.BytesIO]:
    """Return the canvas of an empty sheet, and where `ended` puts the file."""
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(WIDTH, HEIGHT),
        invariant=1,
        initialFontName=regular().name,
        lang="en",
    )
    canvas.setTitle(f"{title}: {subtitle}")
    canvas.setAuthor(author)
    return canvas, out


def ended(canvas: Canvas, out: io.BytesIO) -> bytes:
    """Return the file of a sheet; of the same marks, the same bytes."""
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def write(
    canvas: Canvas,
    text: str,
    *,
    x: float,
    y: float,
    size: float,
    weight: Weight | None = None,
    colour: Colour = INK,
) -> None:
    """Write one line from x on; in the regular weight if none is given."""
    canvas.setFillColorRGB(*colour)
    pictures.write(canvas, weight or regular(), text, x=x, y=y, size=size)
