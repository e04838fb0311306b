"""Distance dots: how far the lots of a test stay from its limit.

The limit is at the right and the scale the same for all tests. Each lot is a dot in its
whole per cent; where a test has more than `MANY_LOTS`, a bar stands for those of a per
cent, the longest for the most of the test.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reports.charts.picture import (
    Anchor,
    Area,
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

_LEFT, _RIGHT, _ROW, _TOP, _FOOT = 186.0, 56.0, 29.0, 4.0, 34.0
_LONGEST = 34
# So many dots of a per cent lie beside each other; further ones cover them.
_BESIDE = (0.0, -4.4, 4.4, -2.2, 2.2, -6.6, 6.6)
_TICKS = (100, 75, 50, 25)
MANY_LOTS = 100
_THICK, _LONG, _SHORT = 3.0, 20.0, 1.5


@dataclass(frozen=True)
class Row:
    """A test: (whole per cent, lots), their median, the least distance in words."""

    test: str
    name: str
    url: str
    distances: tuple[tuple[int, int], ...]
    median: float
    least: str


@dataclass(frozen=True)
class DistanceDots:
    """What is drawn. `dot` names a dot as "%(n)s lots: %(per_cent)s %%"."""

    title: str
    description: str
    limit: str
    closest: str
    foot: str
    dot: str
    rows: tuple[Row, ...]


def picture(dots: DistanceDots, *, width: float = 564.0) -> Picture:
    """Return the dots as a picture. Raises ValueError without rows."""
    if not dots.rows:
        raise ValueError("Dots without rows are not drawn.")
    height = _TOP + _ROW * len(dots.rows) + _FOOT
    return Picture(
        width=width,
        height=height,
        title=dots.title,
        description=dots.description,
        marks=tuple(_marks(dots, width)),
    )


def _marks(dots: DistanceDots, width: float) -> Iterator[Mark]:
    bottom = _TOP + _ROW * len(dots.rows)
    away = Scale(-100, 0, _LEFT, width - _RIGHT)

    def across(per_cent: float) -> float:
        return away(-per_cent)

    for per_cent in _TICKS:
        x = across(per_cent)
        yield Line(Look.GRID, ((x, _TOP), (x, bottom)))
        yield Text(Look.WORD, x, bottom + 14, str(per_cent), Anchor.MIDDLE)
    x = across(0)
    yield Line(Look.LIMIT, ((x, _TOP - 2), (x, bottom + 2)))
    yield Text(Look.SPEC_WORD, x, bottom + 14, dots.limit, Anchor.MIDDLE)
    yield Text(Look.FAINT, width, bottom + 14, dots.closest, Anchor.END)
    yield Text(Look.FAINT, _LEFT, bottom + 28, dots.foot)
    for place, row in enumerate(dots.rows):
        y = _TOP + place * _ROW + _ROW / 2
        yield Link(row.url, row.name, (Text(Look.WORD, 0, y + 4, _short(row.test)),))
        yield Line(Look.GRID, ((_LEFT, y), (width - _RIGHT, y)))
        most = max(lots for _per_cent, lots in row.distances)
        is_many = sum(lots for _per_cent, lots in row.distances) > MANY_LOTS
        for per_cent, lots in row.distances:
            x = across(per_cent)
            name = dots.dot % {"n": lots, "per_cent": per_cent}
            if is_many:
                high = max(_LONG * lots / most, _SHORT)
                yield Area(Look.SOFT, x - _THICK / 2, y - high / 2, _THICK, high, name)
                continue
            for down in _BESIDE[:lots]:
                yield Point(Look.SOFT, Shape.CIRCLE, x, y + down, 3, name)
        x = across(row.median)
        yield Line(Look.MIDDLE, ((x, y - 8), (x, y + 8)))
        yield Text(Look.STRONG, width, y + 4, row.least, Anchor.END)


def _short(test: str) -> str:
    return test if len(test) <= _LONGEST else f"{test[: _LONGEST - 1].rstrip()}…"
