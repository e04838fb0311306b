"""Measuring: where a text breaks into lines.

At spaces, between Han characters, or by force.
"""

import re
from typing import Final

from reports.pdf.fonts import Weight

# Han, kana and full-width forms break anywhere except before a closing and after an
# opening mark (GB/T 15834, 5.1.10); everything else only at a space.
_OPENING: Final = "（《「『【〈〔“‘(["
_CLOSING: Final = "，。、；：？！）》」』】〉〕”’％℃"
# These stay on the line of a Han character before them too, so that none begins one.
_AFTER: Final = re.escape(_CLOSING + "-\u2010\u2013/,.;:!?)]%")
_WIDE: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECES: Final = re.compile(
    f" +|[{re.escape(_OPENING)}]*[{_WIDE}][{_AFTER}]*|[^ {_WIDE}]+[{_CLOSING}]*"
)

# After these a word too wide for its column is broken first.
_PARTING: Final = "-/."


def wrap(text: str, weight: Weight, size: float, width: float) -> tuple[str, ...]:
    """Return the lines of the text at this width; nothing is lost but break spaces."""
    if weight.width(text, size) <= width:
        return (text,)
    lines: list[str] = []
    line = ""
    for piece in _PIECES.findall(text):
        if weight.width(line + piece, size) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = "" if piece.isspace() else piece
        # A column without room takes a character a line; it must not take for ever.
        while len(line) > 1 and weight.width(line, size) > width:
            fits = _fitting(line, weight, size, width)
            lines.append(line[:fits])
            line = line[fits:]
    if line.strip():
        lines.append(line.rstrip())
    return tuple(lines) or ("",)


def _fitting(word: str, weight: Weight, size: float, width: float) -> int:
    """Return how many characters of a word wider than its column stay on the line.

    Up to the last hyphen, stroke or point in the second half of them, so that the
    number of a lot is not broken in its digits.
    """
    fits = 1
    while fits < len(word) and weight.width(word[: fits + 1], size) <= width:
        fits += 1
    parted = 1 + max(word.rfind(mark, fits // 2, fits) for mark in _PARTING)
    return parted or fits
