"""Scales: from values to places, with ticks at round values."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

# A limit further away than leaves the values this share of the axis is not drawn to
# scale: its label says where it lies.
_LEAST_SHARE = 1 / 6


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` on a line from `start` to `end`, in points."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of the value; beyond the ends it is at the nearer end."""
        held = min(max(value, self.low), self.high)
        share = (held - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def has(self, value: float) -> bool:
        """Say whether the value lies on the scale."""
        return self.low <= value <= self.high


def scale(
    values: Collection[float],
    *,
    limits: Collection[float] = (),
    start: float,
    end: float,
    from_zero: bool = False,
) -> Scale:
    """Return a scale that shows every value, and the limits that are near enough."""
    low, high = min(values), max(values)
    if from_zero:
        low = min(0.0, low)
    if high == low and limits:
        low, high = min(low, *limits), max(high, *limits)
    width = (high - low) or abs(high) * 0.02 or 1.0
    for limit in sorted(limits, key=lambda one: max(low - one, one - high)):
        wider = max(high, limit) - min(low, limit)
        if width >= wider * _LEAST_SHARE:
            low, high = min(low, limit), max(high, limit)
    spare = 0.06 * ((high - low) or width)
    bottom = low if from_zero and low == 0 else low - spare
    return Scale(low=bottom, high=high + spare, start=start, end=end)


def ticks(found: Scale, *, count: int) -> tuple[tuple[float, str], ...]:
    """Return about `count` round values on the scale, each with its text."""
    step = (found.high - found.low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(step))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= step * 0.999)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(found.low / step - 1e-9)
    last = math.floor(found.high / step + 1e-9)
    return tuple(
        (number * step, printed(number * step, places))
        for number in range(first, last + 1)
    )


def printed(value: float, places: int) -> str:
    """Return a number with its decimals, with a minus sign and not a hyphen."""
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def apart(wanted: Sequence[float], *, least: float) -> list[float]:
    """Return the places, in the same order, moved until none covers its neighbour."""
    order = sorted(range(len(wanted)), key=lambda one: wanted[one])
    placed = [wanted[one] for one in order]
    for _ in range(20):
        moved = False
        for place in range(1, len(placed)):
            lack = least - (placed[place] - placed[place - 1])
            if lack > 0.01:
                placed[place - 1] -= lack / 2
                placed[place] += lack / 2
                moved = True
        if not moved:
            break
    found = [0.0] * len(wanted)
    for place, one in enumerate(order):
        found[one] = placed[place]
    return found
