"""Release charts: lots released by week, over the days from manufacture to release.

Few lots are a dot each; of many the middle half of a week is a line with its median.
The stepped line is the median of the last weeks. Both parts share the axis of time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.charts.picture import (
    Anchor,
    Area,
    Line,
    Look,
    Mark,
    Picture,
    Place,
    Point,
    Shape,
    Text,
)
from reports.charts.scale import Scale, ticks

_LEFT, _RIGHT = 30.0, 8.0
_BARS, _BARS_HEIGHT, _DAYS, _DAYS_HEIGHT, _HEIGHT = 20.0, 58.0, 116.0, 96.0, 236.0
_SPARE = 0.15
# More lots than this are no dots: they would cover each other.
_DOTS = 250


@dataclass(frozen=True)
class Week:
    """A week: `lots` released, (days, lots) of them, and the median to then."""

    name: str
    lots: int
    days: tuple[tuple[int, int], ...]
    median: float | None = None


@dataclass(frozen=True)
class ReleaseChart:
    """What is drawn. `months` are (weeks from the left, text); `last` is of the line.

    `dot` names a dot as "%(week)s: %(n)s × %(days)s days".
    """

    title: str
    description: str
    bars: str
    dots: str
    dot: str
    last: str
    weeks: tuple[Week, ...]
    months: tuple[tuple[float, str], ...]


def picture(chart: ReleaseChart, *, width: float = 776.0) -> Picture:
    """Return the chart as a picture of that width. Raises ValueError without weeks."""
    if not chart.weeks:
        raise ValueError("A chart without weeks is not drawn.")
    step = (width - _LEFT - _RIGHT) / len(chart.weeks)
    return Picture(
        width=width,
        height=_HEIGHT,
        title=chart.title,
        description=chart.description,
        marks=(
            *_bars(chart, width, step),
            *_lead_times(chart, width, step),
            *_months(chart, width, step),
        ),
    )


def _axes(
    width: float, up: Scale, *, of: Sequence[tuple[float, str]]
) -> Iterator[Mark]:
    for value, text in of:
        y = up(value)
        look = Look.AXIS if value == 0 else Look.GRID
        yield Line(look, ((_LEFT, y), (width - _RIGHT, y)))
        yield Text(Look.WORD, _LEFT - 6, y + 4, text, Anchor.END)


def _whole(up: Scale, *, count: int) -> list[tuple[float, str]]:
    """Return the ticks that are whole numbers."""
    return [one for one in ticks(up, count=count) if one[0] == int(one[0])]


def _bars(chart: ReleaseChart, width: float, step: float) -> Iterator[Mark]:
    bottom = _BARS + _BARS_HEIGHT
    most = max(*(one.lots for one in chart.weeks), 2)
    up = Scale(0, most, bottom, _BARS)
    yield Text(Look.STRONG, 0, 9, chart.bars)
    yield from _axes(width, up, of=_whole(up, count=3))
    for place, week in enumerate(chart.weeks):
        if week.lots:
            y = up(week.lots)
            yield Area(
                Look.AGE_2,
                _LEFT + (place + _SPARE / 2) * step,
                y,
                step * (1 - _SPARE),
                bottom - y,
                f"{week.name}: {week.lots}",
            )


def _lead_times(chart: ReleaseChart, width: float, step: float) -> Iterator[Mark]:
    yield Text(Look.STRONG, 0, _DAYS - 10, chart.dots)
    bottom = _DAYS + _DAYS_HEIGHT
    taken = [days for week in chart.weeks for days, _lots in week.days]
    up = Scale(0, max([*taken, 10]) * 1.08, bottom, _DAYS)
    yield from _axes(width, up, of=_whole(up, count=4))

    def across(place: int, share: float = 0.5) -> float:
        return _LEFT + (place + share) * step

    is_few = sum(week.lots for week in chart.weeks) <= _DOTS
    for place, week in enumerate(chart.weeks):
        if is_few:
            for days, lots in week.days:
                name = chart.dot % {"week": week.name, "n": lots, "days": days}
                for number in range(lots):
                    share = (number + 1) / (lots + 1)
                    x = across(place, share)
                    yield Point(Look.SOFT, Shape.CIRCLE, x, up(days), 3, name)
        elif week.days:
            low, middle, high = (_at(week.days, share) for share in (0.25, 0.5, 0.75))
            x = across(place)
            yield Line(Look.WHISKER, ((x, up(low)), (x, up(high))))
            yield Point(Look.DOT, Shape.CIRCLE, x, up(middle), 2, week.name)
    steps: list[Place] = []
    for place, week in enumerate(chart.weeks):
        if week.median is None:
            if len(steps) > 1:
                yield Line(Look.STEP, tuple(steps))
            steps = []
            continue
        y = up(week.median)
        steps += ((across(place, 0), y), (across(place, 1), y))
    if len(steps) > 1:
        yield Line(Look.STEP, tuple(steps))
    if chart.last:
        yield Text(Look.WORD, width - _RIGHT, _DAYS - 10, chart.last, Anchor.END)


def _at(days: Sequence[tuple[int, int]], share: float) -> int:
    """Return the days that so large a share of lots took at most."""
    lots = sum(n for _days, n in days)
    passed = 0
    for taken, n in days:
        passed += n
        if passed >= share * lots:
            return taken
    return days[-1][0]


def _months(chart: ReleaseChart, width: float, step: float) -> Iterator[Mark]:
    bottom = _DAYS + _DAYS_HEIGHT
    free = 0.0
    for weeks, text in chart.months:
        x = _LEFT + weeks * step
        yield Line(Look.AXIS, ((x, bottom), (x, bottom + 4)))
        # As many names as there is room for.
        if text and x >= free and x + 8 * len(text) <= width:
            yield Text(Look.WORD, x + 2, bottom + 17, text)
            free = x + 8 * len(text) + 4
