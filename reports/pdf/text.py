"""Paragraphs and cells: texts measured into blocks. Used by the certificate's parts."""

from reports.pdf.fonts import Weight, regular
from reports.pdf.measure import wrap
from reports.pdf.page import Block, Colour, Text
from reports.pdf.theme import INK, LEADING, TEXT


def cell(
    text: str,
    *,
    x: float,
    width: float,
    weight: Weight | None = None,
    size: float = TEXT,
    leading: float = LEADING,
    colour: Colour = INK,
    right: bool = False,
) -> Block:
    """Return the text wrapped at this width, its left edge (or right, at x + width)."""
    weight = weight or regular()
    down = (leading + size * 0.62) / 2  # figures sit in the middle of their line
    texts = []
    for line in wrap(text, weight, size, width):
        start = x + width - weight.width(line, size) if right else x
        texts.append(Text(start, down, weight, size, colour, line))
        down += leading
    return Block(height=leading * len(texts), texts=tuple(texts))


def lines(block: Block) -> list[Block]:
    """Return a wrapped text as blocks of one line, so that it may break over pages.

    The first two lines and the last two stay together.
    """
    count = len(block.texts)
    leading = block.height / count
    return [
        Block(
            height=leading,
            texts=(text._replace(down=text.down - position * leading),),
            glued=position in (0, count - 2) and position < count - 1,
        )
        for position, text in enumerate(block.texts)
    ]
