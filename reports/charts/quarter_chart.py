"""Quarter charts: shares by quarter, each k of n with its interval, and their line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.charts.picture import (
    Anchor,
    Line,
    Link,
    Look,
    Mark,
    Picture,
    Point,
    Shape,
    Text,
)
from reports.charts.scale import Scale

_LEFT, _RIGHT, _FOOT, _HEAD, _PART, _GAP = 36.0, 34.0, 36.0, 24.0, 74.0, 36.0


@dataclass(frozen=True)
class Share:
    """So many of so many in a quarter, with the interval; `name` is what is told."""

    n: int
    of: int
    low: float
    high: float
    name: str
    url: str


@dataclass(frozen=True)
class Part:
    """A share over the quarters, None where a quarter has no lots."""

    heading: str
    shares: tuple[Share | None, ...]


@dataclass(frozen=True)
class QuarterChart:
    """What is drawn: parts one above the other, over the quarters with their years."""

    title: str
    description: str
    quarters: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def picture(chart: QuarterChart, *, width: float = 564.0) -> Picture:
    """Return the chart as a picture. Raises ValueError without quarters."""
    if not chart.quarters:
        raise ValueError("A chart without quarters is not drawn.")
    height = _HEAD + len(chart.parts) * (_PART + _GAP) - _GAP + _FOOT
    return Picture(
        width=width,
        height=height,
        title=chart.title,
        description=chart.description,
        marks=tuple(_marks(chart, width, height)),
    )


def _marks(chart: QuarterChart, width: float, height: float) -> Iterator[Mark]:
    step = (width - _LEFT - _RIGHT) / len(chart.quarters)
    across = [_LEFT + step * (place + 0.5) for place in range(len(chart.quarters))]
    for number, part in enumerate(chart.parts):
        top = _HEAD + number * (_PART + _GAP)
        yield from _part(part, across, top=top, width=width)
    for x, (quarter, year) in zip(across, chart.quarters, strict=True):
        yield Text(Look.WORD, x, height - 19, quarter, Anchor.MIDDLE)
        if year:
            yield Text(Look.FAINT, x, height - 5, year, Anchor.MIDDLE)


def _part(
    part: Part, across: Sequence[float], *, top: float, width: float
) -> Iterator[Mark]:
    shares = [one for one in part.shares if one]
    low, high = _ends(shares)
    up = Scale(low, high, top + _PART, top)
    yield Text(Look.STRONG, 0, top - 13, part.heading)
    for value in (low, (low + high) / 2, high):
        look = Look.AXIS if value == low else Look.GRID
        yield Line(look, ((_LEFT, up(value)), (width - _RIGHT, up(value))))
        yield Text(Look.WORD, _LEFT - 6, up(value) + 4, f"{100 * value:g}", Anchor.END)
    joined: list[tuple[float, float]] = []
    points = []
    for x, one in zip(across, part.shares, strict=True):
        if one is None:
            if len(joined) > 1:
                yield Line(Look.JOIN, tuple(joined))
            joined = []
            continue
        y = up(one.n / one.of)
        yield Line(Look.WHISKER, ((x, up(one.low)), (x, up(one.high))))
        joined.append((x, y))
        points.append((x, y, one))
    if len(joined) > 1:
        yield Line(Look.JOIN, tuple(joined))
    for place, (x, y, one) in enumerate(points):
        is_last = place == len(points) - 1 and part.shares[-1] is not None
        look, size = (Look.LAST, 4.5) if is_last else (Look.DOT, 3.5)
        # Below a point near the upper end, else above it.
        beside = y + 14 if y < top + 22 else y - 5
        yield Link(
            one.url,
            one.name,
            (
                Point(look, Shape.CIRCLE, x, y, size),
                Text(Look.WORD, x + 7, beside, f"{one.n}/{one.of}"),
            ),
        )


def _ends(shares: Sequence[Share]) -> tuple[float, float]:
    """Return the ends of the axis: from 0, or to 1, where the shares lie there."""
    if not shares:
        return 0.0, 1.0
    values = [one.n / one.of for one in shares]
    if min(values) >= 0.5:
        return 0.4, 1.0
    if max(values) <= 0.5:
        return 0.0, 0.5
    return 0.0, 1.0
