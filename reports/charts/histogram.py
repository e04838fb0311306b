"""Histograms: how often values occur, between the limits of the specification."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from reports.charts.picture import (
    Anchor,
    Area,
    Line,
    Look,
    Mark,
    Picture,
    Text,
)
from reports.charts.scale import Scale, printed, scale, ticks

_SIDE, _TOP, _HEIGHT, _FOOT = 10.0, 26.0, 124.0, 36.0
_CURVE = 80


@dataclass(frozen=True)
class Histogram:
    """What is drawn. `mean` and `sigma` give a normal curve; None where none is shown.

    `foot` is the text below; `class_words` names a class as "%(low)s to %(high)s:
    %(n)s".
    """

    title: str
    foot: str
    class_words: str
    values: tuple[float, ...]
    lower: float | None = None
    upper: float | None = None
    lower_text: str = ""
    upper_text: str = ""
    mean: float | None = None
    sigma: float | None = None


def picture(histogram: Histogram, *, width: float = 270.0) -> Picture:
    """Return the histogram as a picture. Raises ValueError without values."""
    if not histogram.values:
        raise ValueError("A histogram without values is not drawn.")
    limits = [v for v in (histogram.lower, histogram.upper) if v is not None]
    along = scale(histogram.values, limits=limits, start=_SIDE, end=width - _SIDE)
    return Picture(
        width=width,
        height=_TOP + _HEIGHT + _FOOT,
        title=histogram.title,
        description=histogram.foot,
        marks=tuple(_marks(histogram, along)),
    )


def classes(values: tuple[float, ...], along: Scale) -> tuple[float, list[int], float]:
    """Return the first edge of classes of a round width, their counts, their width.

    At least as many classes as the root of the number of values, and five.
    """
    wanted = max(5, round(math.sqrt(len(values))))
    span = (max(values) - min(values)) or (along.high - along.low) / 4
    raw = span / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(power * one for one in (5, 2, 1) if power * one <= raw * 1.001)
    first = math.floor(min(values) / width + 1e-9)
    places = [math.floor(value / width + 1e-9) - first for value in values]
    counts = [0] * (max(places) + 1)
    for place in places:
        counts[place] += 1
    return first * width, counts, width


def _marks(histogram: Histogram, along: Scale) -> Iterator[Mark]:
    base = _TOP + _HEIGHT
    first, counts, width = classes(histogram.values, along)
    most = max(counts) * 1.12

    def up(count: float) -> float:
        return base - _HEIGHT * min(count / most, 1)

    if histogram.lower is not None and along.has(histogram.lower):
        x = along(histogram.lower)
        yield Area(Look.OUTSIDE, along.start, _TOP, x - along.start, _HEIGHT)
    if histogram.upper is not None and along.has(histogram.upper):
        x = along(histogram.upper)
        yield Area(Look.OUTSIDE, x, _TOP, along.end - x, _HEIGHT)
    places = max(0, -math.floor(math.log10(width) + 1e-9))
    for number, count in enumerate(counts):
        low, high = first + number * width, first + (number + 1) * width
        left, right = along(low), along(high)
        if count:
            name = histogram.class_words % {
                "low": printed(low, places),
                "high": printed(high, places),
                "n": count,
            }
            wide = max(right - left - 1, 1)
            yield Area(Look.BAR, left, up(count), wide, base - up(count), name)
    if histogram.mean is not None and histogram.sigma:
        mean, sigma = histogram.mean, histogram.sigma
        area = len(histogram.values) * width
        curve = []
        for step in range(_CURVE + 1):
            value = along.low + (along.high - along.low) * step / _CURVE
            z = (value - mean) / sigma
            height = area * math.exp(-z * z / 2) / (sigma * math.sqrt(2 * math.pi))
            curve.append((along(value), up(height)))
        yield Line(Look.CURVE, tuple(curve))
    yield Line(Look.AXIS, ((along.start, base), (along.end, base)))
    for limit, text in (
        (histogram.lower, histogram.lower_text),
        (histogram.upper, histogram.upper_text),
    ):
        if limit is not None and along.has(limit):
            x = along(limit)
            yield Line(Look.LIMIT, ((x, _TOP - 6), (x, base)))
            yield Text(Look.SPEC_WORD, x, _TOP - 10, text, _anchor(x, along))
    for value, text in ticks(along, count=4):
        x = along(value)
        yield Text(Look.WORD, x, base + 15, text, _anchor(x, along))
    yield Text(Look.FAINT, along.start, base + 31, histogram.foot)


def _anchor(x: float, along: Scale) -> Anchor:
    """Return how a text stands at x so that it stays within the picture."""
    if x < along.start + 16:
        return Anchor.START
    return Anchor.END if x > along.end - 16 else Anchor.MIDDLE
