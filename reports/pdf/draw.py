"""Drawing: placed blocks as PDF bytes, per page the shapes and one text object.

The only module that knows reportlab's canvas, and the only one that uses what reportlab
does not document (its code list, fonts by subset, file ID): a text object written at
once costs half of a `drawString` per line.
"""

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from reports.pdf.fonts import Weight, bold, regular
from reports.pdf.page import Colour, Page, Text
from reports.pdf.theme import HAIR, WATERMARK, Sheet

_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))? ?([+-])(\d\d):(\d\d)"
)


@dataclass(frozen=True, kw_only=True)
class Document:
    """What the file says of itself; nothing in it comes from the clock."""

    title: str
    author: str
    subject: str
    at: str
    identity: str
    watermark: str = ""


def write(pages: Sequence[Page], *, sheet: Sheet, document: Document) -> bytes:
    """Return the bytes; the same pages and document give the same bytes."""
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(sheet.width, sheet.height),
        invariant=1,
        # Without it reportlab begins every page with Helvetica, which is not embedded.
        initialFontName=regular().name,
        lang="en",
        pdfVersion=(1, 7),
    )
    canvas._doc.info = _Information(document)
    identity = document.identity[:32].encode()
    canvas._doc._ID = b"[<%s><%s>]\n" % (identity, identity)
    for page in pages:
        if document.watermark:
            canvas._code.append(_watermark(canvas, sheet, document.watermark))
        canvas._code.append(_shapes(page, sheet))
        canvas._code.append(_texts(canvas, _on(page)))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Information(pdfdoc.PDFInfo):
    """The information dictionary with the dates of the content, or with none."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.title = document.title
        self.author = document.author
        self.subject = document.subject
        self.at = _stamp(document.at)

    def format(self, document: pdfdoc.PDFDocument) -> bytes:
        entries = {
            "Title": pdfdoc.PDFString(self.title),
            "Author": pdfdoc.PDFString(self.author),
            "Subject": pdfdoc.PDFString(self.subject),
            "Creator": pdfdoc.PDFString("qatracker"),
            "Producer": pdfdoc.PDFString("ReportLab PDF Library"),
        }
        if self.at:
            entries["CreationDate"] = entries["ModDate"] = pdfdoc.PDFString(self.at)
        formatted: bytes = pdfdoc.PDFDictionary(entries).format(document)
        return formatted


def _stamp(at: str) -> str:
    """Return `2026-02-02 15:40 +08:00` as a PDF date (ISO 32000-1, 7.9.4)."""
    found = _INSTANT.match(at)
    if found is None:
        return ""
    *moment, sign, hours, minutes = found.groups("00")
    return f"D:{''.join(moment)}{sign}{hours}'{minutes}'"


def _on(page: Page) -> Iterable[Text]:
    """Yield the texts of a page with `down` turned into a height on the page."""
    for block, top, air in page.placed:
        base = top - air / 2
        for text in block.texts:
            yield text._replace(down=base - text.down)


def _texts(canvas: Canvas, texts: Iterable[Text]) -> str:
    """Return one text object, naming font and colour only where they change."""
    document = canvas._doc
    escape = canvas._escape
    written = ["BT"]
    font_now: tuple[object, int, float] | None = None
    colour_now: Colour | None = None
    for x, height, weight, size, colour, string in texts:
        if colour is not colour_now:
            written.append(_fill(colour))
            colour_now = colour
        position = f"1 0 0 1 {x:.2f} {height:.2f} Tm"
        for font, characters in weight.runs(string):
            for subset, codes in font.splitString(characters, document):
                if (font, subset, size) != font_now:
                    font_now = (font, subset, size)
                    name = font.getSubsetInternalName(subset, document)
                    written.append(f"{name} {size} Tf")
                # Later runs follow where the first one ended.
                written.append(f"{position} ({escape(codes)}) Tj")
                position = ""
    written.append("ET")
    return "\n".join(written)


def _shapes(page: Page, sheet: Sheet) -> str:
    written: list[str] = []
    for block, top, air in page.placed:
        written += (
            f"q 1 0 0 1 {shape.x:.2f} {top - air / 2 - shape.down:.2f} cm\n"
            f"{shape.operators}\nQ"
            for shape in block.shapes
        )
    edges = [top - b.height - air for b, top, air in page.placed if b.ruled]
    if edges:
        written.append(f"{stroke(HAIR)} 0.4 w")
        written += (
            f"{sheet.left:.2f} {edge:.2f} m {sheet.right:.2f} {edge:.2f} l"
            for edge in edges
        )
        written.append("S")
    return "\n".join(written)


def _watermark(canvas: Canvas, sheet: Sheet, words: str) -> str:
    """Return the words along the diagonal, to be drawn before everything else."""
    weight: Weight = bold()
    diagonal = math.hypot(sheet.width, sheet.height)
    size = min(0.72 * diagonal / weight.width(words, 1), 120.0)
    along, up = sheet.width / diagonal, sheet.height / diagonal
    # From the middle of the page back along the diagonal by half of the words, then
    # down across it by half of a capital.
    back, across = weight.width(words, size) / 2, 0.33 * size
    x = sheet.width / 2 - back * along + across * up
    y = sheet.height / 2 - back * up - across * along
    ((font, string),) = weight.runs(words)
    ((subset, codes),) = font.splitString(string, canvas._doc)
    name = font.getSubsetInternalName(subset, canvas._doc)
    return (
        f"BT {_fill(WATERMARK)} {name} {size:.2f} Tf "
        f"{along:.5f} {up:.5f} {-up:.5f} {along:.5f} {x:.2f} {y:.2f} Tm "
        f"({canvas._escape(codes)}) Tj ET"
    )


def filled(colour: Colour, width: float, height: float) -> str:
    """Return operators for a filled rectangle that hangs below its origin."""
    return f"{_fill(colour)} 0 {-height:.2f} {width:.2f} {height:.2f} re f"


def stroke(colour: Colour) -> str:
    """Return the operator that sets the colour of lines."""
    return "{:g} {:g} {:g} RG".format(*colour)


def _fill(colour: Colour) -> str:
    return "{:g} {:g} {:g} rg".format(*colour)
