"""Theme: paper, margins, sizes and colours of the certificate."""

from dataclasses import dataclass
from typing import Final

from reports.pdf.page import Colour

MM: Final = 72 / 25.4

INK: Final[Colour] = (0.09, 0.11, 0.14)
QUIET: Final[Colour] = (0.36, 0.40, 0.45)
HAIR: Final[Colour] = (0.78, 0.81, 0.84)
TINT: Final[Colour] = (0.945, 0.957, 0.965)
# The one accent: a dark petrol that stays dark in greyscale.
ACCENT: Final[Colour] = (0.05, 0.27, 0.36)
WHITE: Final[Colour] = (1.0, 1.0, 1.0)
# Behind the text of training and preview copies; 8.5 pt ink over it stays easy to read.
WATERMARK: Final[Colour] = (0.91, 0.92, 0.93)

TEXT: Final = 8.5
LEADING: Final = 10.4
SMALL: Final = 7.5
SMALL_LEADING: Final = 9.2


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page size in points and the edges of the text area on it."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def across(self) -> float:
        """The width of the text area."""
        return self.right - self.left


def _sheet(width: float, height: float) -> Sheet:
    return Sheet(
        width=width,
        height=height,
        left=16 * MM,
        right=width - 16 * MM,
        top=height - 12 * MM,
        bottom=15 * MM,
    )


SHEETS: Final = {
    "A4": _sheet(210 * MM, 297 * MM),
    "Letter": _sheet(612.0, 792.0),
}
