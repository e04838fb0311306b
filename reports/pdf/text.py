"""Paragraphs and cells: texts measured into blocks."""

import re
from dataclasses import replace
from typing import Final

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


# The digits of a formula, C₁₀H₁₂ClNO₂; those that count molecules stand on the line.
_COUNTS: Final = re.compile(r"((?<=[A-Za-z)\]])[0-9]+)")


def lowered(block: Block) -> Block:
    """Return the block with the digits of its formulas small and lowered.

    The characters stay the same ones, so that a formula is found and copied as text.
    """
    texts = []
    for text in block.texts:
        x = text.x
        for position, part in enumerate(_COUNTS.split(text.string)):
            size, down = text.size, text.down
            if position % 2:
                size, down = text.size * 0.72, text.down + text.size * 0.16
            texts.append(text._replace(x=x, down=down, size=size, string=part))
            x += text.weight.width(part, size)
    texts = [text for text in texts if text.string]
    return replace(block, texts=tuple(texts))


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
