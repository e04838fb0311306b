"""Control charts: individual values over their moving ranges, on one x axis.

Limits of the specification are solid, control limits dashed, the centre line thin;
labels stand at the right end of their line. Points that make no limits are hollow and
not joined. Sources of the limits: lots/statistics/control_charts.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.charts.picture import (
    TEXT_SIZE,
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
from reports.charts.scale import Scale, apart, scale, ticks

_LEFT, _RIGHT, _TOP = 48.0, 112.0, 26.0
_HEIGHT, _RANGE_HEIGHT, _GAP, _FOOT = 300.0, 96.0, 34.0, 40.0
_LABEL = TEXT_SIZE + 1.5


@dataclass(frozen=True)
class Plotted:
    """A lot on the chart. `name` is what a reader is told; `rules` which it signals.

    `moving_range` is None where the lot has none, as a hollow one.
    """

    name: str
    value: float
    moving_range: float | None = None
    is_range_beyond: bool = False
    is_hollow: bool = False
    is_struck: bool = False
    is_oos: bool = False
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """The limits from the point at place `first` on: a phase, with its name."""

    first: int
    name: str
    centre: float
    lower: float
    upper: float
    range_centre: float
    range_upper: float


@dataclass(frozen=True)
class Labelled:
    """A value with the text at the end of its line."""

    value: float
    text: str


@dataclass(frozen=True)
class ChartWords:
    """What the chart says, in the reader's language."""

    title: str
    description: str
    values: str
    ranges: str
    foot: str


@dataclass(frozen=True)
class ControlChart:
    """What is drawn: lots in the order of manufacture, limits, and words.

    `labels` are those of the control limits of the last level; `range_labels` of its
    moving ranges. `times` are places on the x axis with a text.
    """

    words: ChartWords
    points: tuple[Plotted, ...]
    levels: tuple[Level, ...] = ()
    labels: tuple[Labelled, ...] = ()
    range_labels: tuple[Labelled, ...] = ()
    lower: Labelled | None = None
    upper: Labelled | None = None
    alerts: tuple[Labelled, ...] = ()
    times: tuple[tuple[int, str], ...] = ()


def picture(chart: ControlChart, *, width: float = 880.0) -> Picture:
    """Return the chart as a picture of that width. Raises ValueError without points."""
    if not chart.points:
        raise ValueError("A chart without points is not drawn.")
    return _Drawn(chart, width).picture()


class _Drawn:
    """The scales of a chart, and the marks that they place."""

    def __init__(self, chart: ControlChart, width: float) -> None:
        self.chart = chart
        self.width = width
        self.right = width - _RIGHT
        self.bottom = _TOP + _HEIGHT
        self.has_ranges = bool(chart.levels) and any(
            one.moving_range is not None for one in chart.points
        )
        self.base = self.bottom + (_GAP + _RANGE_HEIGHT if self.has_ranges else 0)
        controls = [v for one in chart.levels for v in (one.lower, one.upper)]
        limits = [one.value for one in (chart.lower, chart.upper) if one]
        self.up = scale(
            [*(one.value for one in chart.points), *controls],
            limits=[*limits, *(one.value for one in chart.alerts)],
            start=self.bottom,
            end=_TOP,
        )
        ranges = [one.moving_range for one in chart.points if one.moving_range]
        self.range_up = scale(
            [0.0, *ranges, *(one.range_upper for one in chart.levels)],
            start=self.base,
            end=self.base - _RANGE_HEIGHT,
            from_zero=True,
        )

    def picture(self) -> Picture:
        return Picture(
            width=self.width,
            height=self.base + _FOOT,
            title=self.chart.words.title,
            description=self.chart.words.description,
            marks=(
                *self._ground(),
                *self._levels(),
                *self._labels(),
                *self._joined(),
                *self._points(),
                *self._axis(),
            ),
        )

    def across(self, place: float) -> float:
        """Return x of the point at the place, or of the edge between two at ± 0.5."""
        return _LEFT + (self.right - _LEFT) * (place + 0.5) / len(self.chart.points)

    def _ground(self) -> Iterator[Mark]:
        chart, up = self.chart, self.up
        span = self.right - _LEFT
        if chart.upper and up.has(chart.upper.value):
            y = up(chart.upper.value)
            yield Area(Look.OUTSIDE, _LEFT, _TOP, span, y - _TOP)
        if chart.lower and up.has(chart.lower.value):
            y = up(chart.lower.value)
            yield Area(Look.OUTSIDE, _LEFT, y, span, self.bottom - y)
        yield from self._grid(up, count=7)
        words = chart.words
        yield Text(Look.STRONG, _LEFT, 14, words.values)
        if self.has_ranges:
            yield from self._grid(self.range_up, count=2)
            top = self.base - _RANGE_HEIGHT
            yield Text(Look.STRONG, _LEFT, top - 8, words.ranges)
        for limit in filter(None, (chart.lower, chart.upper)):
            if up.has(limit.value):
                yield self._level_line(Look.LIMIT, up(limit.value))
        for alert in chart.alerts:
            if up.has(alert.value):
                yield self._level_line(Look.ALERT, up(alert.value))

    def _grid(self, up: Scale, *, count: int) -> Iterator[Mark]:
        for value, text in ticks(up, count=count):
            yield self._level_line(Look.GRID, up(value))
            yield Text(Look.WORD, _LEFT - 6, up(value) + 4, text, Anchor.END)

    def _level_line(self, look: Look, y: float) -> Line:
        return Line(look, ((_LEFT, y), (self.right, y)))

    def _levels(self) -> Iterator[Mark]:
        chart = self.chart
        ends = [*(one.first for one in chart.levels), len(chart.points)][1:]
        for level, end in zip(chart.levels, ends, strict=True):
            start, stop = self.across(level.first - 0.5), self.across(end - 0.5)
            top, low = self.up(level.upper), self.up(level.lower)
            yield Area(Look.ZONE, start, top, stop - start, low - top)
            for y in (top, low):
                yield Line(Look.CONTROL, ((start, y), (stop, y)))
            y = self.up(level.centre)
            yield Line(Look.CENTRE, ((start, y), (stop, y)))
            if self.has_ranges:
                y = self.range_up(level.range_upper)
                yield Line(Look.CONTROL, ((start, y), (stop, y)))
                y = self.range_up(level.range_centre)
                yield Line(Look.CENTRE, ((start, y), (stop, y)))
            if level.first:
                yield Line(Look.PHASE, ((start, _TOP - 4), (start, self.base)))
            if level.name:
                yield Text(Look.WORD, start + 5, _TOP + 10, level.name)

    def _labels(self) -> Iterator[Mark]:
        chart = self.chart
        written: list[tuple[Look, Labelled]] = [
            *((Look.SPEC_WORD, one) for one in (chart.lower, chart.upper) if one),
            *((Look.WORD, one) for one in chart.alerts),
            *((Look.WORD, one) for one in chart.labels),
        ]
        yield from self._at_the_end(written, self.up)
        if self.has_ranges:
            of_ranges = [(Look.WORD, one) for one in chart.range_labels]
            yield from self._at_the_end(of_ranges, self.range_up)

    def _at_the_end(
        self, written: Sequence[tuple[Look, Labelled]], up: Scale
    ) -> Iterator[Mark]:
        places = apart([up(one.value) for _, one in written], least=_LABEL)
        for (look, one), y in zip(written, places, strict=True):
            text = one.text
            if one.value > up.high:
                text += " \N{UPWARDS ARROW}"
            elif one.value < up.low:
                text += " \N{DOWNWARDS ARROW}"
            yield Text(look, self.right + 6, y + 4, text)

    def _joined(self) -> Iterator[Mark]:
        values: list[Place] = []
        ranges: list[Place] = []
        for place, one in enumerate(self.chart.points):
            if not one.is_hollow:
                values.append((self.across(place), self.up(one.value)))
            if one.moving_range is not None:
                ranges.append((self.across(place), self.range_up(one.moving_range)))
        for joined in (values, ranges if self.has_ranges else []):
            if len(joined) > 1:
                yield Line(Look.JOIN, tuple(joined))

    def _points(self) -> Iterator[Mark]:
        if self.has_ranges:
            yield from self._ranges()
        is_crowded = len(self.chart.points) > 120
        for place, one in enumerate(self.chart.points):
            x = self.across(place)
            y = self.up(one.value)
            look, shape, size = Look.DOT, Shape.CIRCLE, 2.2 if is_crowded else 3.0
            if one.is_oos:
                look, shape, size = Look.OOS, Shape.OCTAGON, 4.5
            elif one.is_hollow:
                look, size = Look.OPEN, 4.0
            elif one.rules:
                look, shape, size = Look.SIGNAL, Shape.DIAMOND, 4.5
            yield Point(look, shape, x, y, size, one.name, one.is_struck)
            if one.rules:
                # Away from the centre line, and never on the heading of a level.
                is_below = bool(self.chart.levels) and (
                    one.value < self.chart.levels[-1].centre
                )
                down = size + TEXT_SIZE if is_below else -size - 3
                text = ", ".join(one.rules)
                yield Text(Look.STRONG, x, y + down, text, Anchor.MIDDLE)

    def _ranges(self) -> Iterator[Mark]:
        for place, one in enumerate(self.chart.points):
            if one.moving_range is None:
                continue
            look, shape, size = Look.DOT, Shape.CIRCLE, 2.5
            if one.is_range_beyond:
                look, shape, size = Look.SIGNAL, Shape.DIAMOND, 3.5
            y = self.range_up(one.moving_range)
            yield Point(look, shape, self.across(place), y, size)

    def _axis(self) -> Iterator[Mark]:
        yield self._level_line(Look.AXIS, self.base)
        free = _LEFT - 1
        for place, text in self.chart.times:
            x = self.across(place)
            yield Line(Look.AXIS, ((x, self.base), (x, self.base + 4)))
            if x >= free and x < self.right - 20:
                yield Text(Look.WORD, x, self.base + 17, text)
                free = x + 6.6 * len(text) + 6
        yield Text(Look.FAINT, _LEFT, self.base + 33, self.chart.words.foot)
