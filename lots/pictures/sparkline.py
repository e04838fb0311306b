"""Sparkline: the values of the last lots, the oldest at the left, on their own scale.

It shows a shape and is never compared from row to row. A limit is drawn only where it
lies on the scale or close to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lots.pictures.places import attribute, share

WIDTH, HEIGHT = 104, 22
# The fewest lots that have a shape.
FEWEST = 3
_LEFT, _RIGHT, _MARGIN = 3, 6, 3
# How much of the scale is left free above and below, and how far a limit may lie
# outside of it to be drawn.
_FREE, _NEAR = Decimal("0.18"), Decimal("0.35")


@dataclass(frozen=True)
class Value:
    """What is drawn of a lot: `is_bound` of a value such as <0.05."""

    number: Decimal
    is_bound: bool = False
    is_failing: bool = False


@dataclass(frozen=True)
class Dot:
    """A value that is marked, with its place as SVG attributes."""

    x: str
    y: str
    is_bound: bool
    is_failing: bool


@dataclass(frozen=True)
class Sparkline:
    """The line through the values, the limits on their scale, and what is marked.

    `last` is the newest value; `failing` are those before it that are out of limits.
    """

    points: str
    limits: tuple[str, ...]
    failing: tuple[Dot, ...]
    last: Dot


def sparkline(
    values: Sequence[Value], *, limits: Sequence[Decimal] = ()
) -> Sparkline | None:
    """Return the line of these values; None where they are too few to have a shape."""
    if len(values) < FEWEST:
        return None
    numbers = [one.number for one in values]
    low, high = min(numbers), max(numbers)
    free = (high - low) * _FREE or abs(high) * _FREE or Decimal(1)
    low, high = low - free, high + free
    near = (high - low) * _NEAR
    drawn = [one for one in limits if low - near <= one <= high + near]
    low, high = min(low, *drawn, low), max(high, *drawn, high)

    def y(number: Decimal) -> str:
        return attribute(
            _MARGIN + (HEIGHT - 2 * _MARGIN) * share(high - number, high - low)
        )

    step = share(Decimal(WIDTH - _LEFT - _RIGHT), Decimal(len(values) - 1))
    dots = [
        Dot(
            attribute(_LEFT + step * place), y(one.number), one.is_bound, one.is_failing
        )
        for place, one in enumerate(values)
    ]
    return Sparkline(
        points=" ".join(f"{one.x},{one.y}" for one in dots),
        limits=tuple(map(y, drawn)),
        failing=tuple(one for one in dots[:-1] if one.is_failing),
        last=dots[-1],
    )
