"""Small multiples: a test among many, as its values between its limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from reports.charts.picture import Area, Line, Look, Mark, Picture, Point, Shape
from reports.charts.scale import scale

_SIDE, _HEIGHT = 6.0, 72.0


@dataclass(frozen=True)
class SmallPoint:
    """A lot: its value, and how it is drawn."""

    value: float
    is_hollow: bool = False
    is_oos: bool = False
    is_signal: bool = False
    # The lot that the chart is about.
    is_own: bool = False


@dataclass(frozen=True)
class SmallMultiple:
    """What is drawn; limits of None are not."""

    title: str
    description: str
    points: tuple[SmallPoint, ...]
    lower: float | None = None
    upper: float | None = None
    control_lower: float | None = None
    control_upper: float | None = None
    centre: float | None = None


def picture(multiple: SmallMultiple, *, width: float = 300.0) -> Picture:
    """Return it as a picture. Raises ValueError without points."""
    if not multiple.points:
        raise ValueError("A chart without points is not drawn.")
    return Picture(
        width=width,
        height=_HEIGHT,
        title=multiple.title,
        description=multiple.description,
        marks=tuple(_marks(multiple, width)),
    )


def _marks(multiple: SmallMultiple, width: float) -> Iterator[Mark]:
    controls = [
        v for v in (multiple.control_lower, multiple.control_upper) if v is not None
    ]
    limits = [v for v in (multiple.lower, multiple.upper) if v is not None]
    up = scale(
        [*(one.value for one in multiple.points), *controls],
        limits=limits,
        start=_HEIGHT - _SIDE,
        end=_SIDE,
    )
    span = width - 2 * _SIDE

    def across(place: int) -> float:
        return _SIDE + span * (place + 0.5) / len(multiple.points)

    def level(look: Look, value: float) -> Line:
        return Line(look, ((_SIDE, up(value)), (width - _SIDE, up(value))))

    if multiple.control_lower is not None and multiple.control_upper is not None:
        top, low = up(multiple.control_upper), up(multiple.control_lower)
        yield Area(Look.ZONE, _SIDE, top, span, low - top)
        for value in controls:
            yield level(Look.CONTROL, value)
    if multiple.centre is not None:
        yield level(Look.CENTRE, multiple.centre)
    for value in limits:
        if up.has(value):
            yield level(Look.LIMIT, value)
    joined = tuple(
        (across(place), up(one.value))
        for place, one in enumerate(multiple.points)
        if not one.is_hollow
    )
    if len(joined) > 1:
        yield Line(Look.JOIN, joined)
    for place, one in enumerate(multiple.points):
        look, shape, size = Look.DOT, Shape.CIRCLE, 1.8
        if one.is_oos:
            look, shape, size = Look.OOS, Shape.OCTAGON, 4.0
        elif one.is_signal:
            look, shape, size = Look.SIGNAL, Shape.DIAMOND, 4.0
        elif one.is_own:
            look, size = (Look.OPEN if one.is_hollow else Look.LAST), 3.6
        elif one.is_hollow:
            look, size = Look.OPEN, 2.2
        yield Point(look, shape, across(place), up(one.value), size)
