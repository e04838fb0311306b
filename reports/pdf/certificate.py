"""A certificate's content as PDF: its parts measured, put on pages, then drawn."""

import dataclasses
import threading
from typing import Final, Literal

from reports.content.certificate import Certificate, digest
from reports.pdf import closing, head, results
from reports.pdf.draw import Document, write
from reports.pdf.fonts import refuse_unprintable
from reports.pdf.page import Block, Page, Placed, gap, paginate
from reports.pdf.theme import SHEETS, Sheet

Paper = Literal["A4", "Letter"]

# The room that a line of results may take beyond its text, the widest first.
_AIRS: Final = (4.4, 3.8, 3.2, 2.6, 2.0, 1.7, 1.4, 1.1, 0.8)
_RUNNING_HEAD: Final = 20.0

# The faces are read once, at the first certificate, and a face reads its file through
# one position: two threads at once would draw each other's glyphs.
_ONE_AT_A_TIME: Final = threading.Lock()


def render(content: Certificate, *, page: Paper = "A4", preview: bool = False) -> bytes:
    """Return the certificate as PDF; the same content gives the same bytes.

    A preview says so on the page and carries no number. Refuses with `Unprintable`
    when a character has no glyph, before anything is drawn.
    """
    with _ONE_AT_A_TIME:
        refuse_unprintable(content)
        return _drawn(content, SHEETS[page], preview=preview)


def refuse_too_long(content: Certificate, *, page: Paper = "A4") -> None:
    """Refuse a content of which a part is higher than a page; draw nothing.

    Takes one that can be printed. The widest room between lines is the hardest to
    fit, so what fits with it fits with every other.
    """
    with _ONE_AT_A_TIME:
        sheet = SHEETS[page]
        height = sheet.top - sheet.bottom
        paginate(
            _blocks(content, sheet, digest(content), height=height, preview=False),
            top=sheet.top,
            first=height,
            following=height - _RUNNING_HEAD,
            airs=_AIRS[:1],
        )


def _drawn(content: Certificate, sheet: Sheet, *, preview: bool) -> bytes:
    identity = digest(content)
    pages = paginated(content, sheet, identity, preview=preview)
    return write(
        pages,
        sheet=sheet,
        document=Document(
            title=f"{content.title} {'' if preview else content.number}".strip(),
            author=content.issuer.name,
            subject=f"{content.material.name}, lot {content.lot.number}",
            at=content.dates.issued,
            identity=identity,
            watermark=_watermark(training=content.training, preview=preview),
        ),
    )


def _watermark(*, training: bool, preview: bool) -> str:
    return " ".join(["TRAINING"] * training + ["PREVIEW"] * preview)


def paginated(
    content: Certificate, sheet: Sheet, identity: str, *, preview: bool
) -> list[Page]:
    """Return the pages with running heads and feet, measured and not yet drawn."""
    height = sheet.top - sheet.bottom
    pages = paginate(
        _blocks(content, sheet, identity, height=height, preview=preview),
        top=sheet.top,
        first=height,
        following=height - _RUNNING_HEAD,
        airs=_AIRS,
    )
    for number, page in enumerate(pages, start=1):
        if number > 1:
            running = head.running_head(content, sheet, preview=preview)
            page.placed.insert(0, Placed(running, sheet.top, 0))
        of = f"Page {number} of {len(pages)}"
        foot = head.foot(content, sheet, of=of, preview=preview)
        page.placed.append(Placed(foot, sheet.bottom, 0))
    return pages


def _blocks(
    content: Certificate, sheet: Sheet, identity: str, *, height: float, preview: bool
) -> list[Block]:
    """Return the certificate from its header to its end marker."""
    return [
        head.certificate_header(content, sheet, preview=preview),
        gap(7),
        head.band(content, sheet, preview=preview),
        gap(6),
        head.facts(content, sheet),
        gap(6),
        *head.remarks(content, sheet),
        *results.table(content, sheet),
        *results.footnotes(content, sheet),
        *_ending(
            content,
            sheet,
            "" if preview else identity,
            height=height - _RUNNING_HEAD,
        ),
    ]


def _ending(
    content: Certificate, sheet: Sheet, identity: str, *, height: float
) -> list[Block]:
    """Return conclusion, statements and signatures, kept together if a page can."""
    blocks = [
        gap(6),
        closing.conclusion(content, sheet),
        gap(4),
        *closing.statements(content, sheet),
        gap(7),
        closing.signatures(content, sheet, digest=identity),
    ]
    if sum(block.height for block in blocks) > height:
        return blocks
    return [
        *(dataclasses.replace(block, glued=True) for block in blocks[:-1]),
        blocks[-1],
    ]
