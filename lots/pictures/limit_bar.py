"""Limit bar: where a value lies between its limits, on a scale that rows share.

A single limit is always at 80 % of the width, with 0 at the left; two limits are at
12 % and 88 %. So a column of bars is read at a glance. A value off the scale is drawn
at the edge, with an arrow.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from lots.pictures.places import attribute, share
from lots.rules.bounds import Bound, bound_of, bounds_of
from lots.rules.criterion import ALERTS, Criterion
from lots.rules.reportable_value import Reportable
from lots.rules.reported_value import Kind

WIDTH, HEIGHT = 112, 18
_LIMIT = Decimal("0.8") * WIDTH
_LOW, _HIGH = Decimal("0.12") * WIDTH, Decimal("0.88") * WIDTH
# As near to an edge as a mark is drawn whole.
_MARGIN = 5


@dataclass(frozen=True)
class LimitBar:
    """Places in a picture of `WIDTH` by `HEIGHT`, as SVG attributes.

    `band` is the part that is within, as its start and width. `mark` is where the value
    lies, blank where there is none to draw; a bound is drawn `is_open`. `edge` says at
    which end a value off the scale left it: left, right, or blank.
    """

    band: tuple[str, str]
    limits: tuple[str, ...]
    alerts: tuple[str, ...]
    mark: str = ""
    is_open: bool = False
    edge: str = ""


def limit_bar(criterion: Criterion, reportable: Reportable | None) -> LimitBar | None:
    """Return the bar of a value; None where the criterion has no limits to draw.

    Nor is there one of a single limit that is not above 0.
    """
    bounds = bounds_of(criterion)
    if not bounds or (len(bounds) == 1 and bounds[0].number <= 0):
        return None
    if len(bounds) == 2 and bounds[0].number == bounds[1].number:
        return None
    ends = [_place(bound.number, bounds) for bound in bounds]
    if len(ends) == 2:
        start, end = ends
    elif bounds[0].is_upper:
        start, end = Decimal(0), ends[0]
    else:
        start, end = ends[0], Decimal(WIDTH)
    alerts = (
        _place(bound_of(criterion, field).number, bounds)
        for field in ALERTS
        if getattr(criterion, field)
    )
    bar = LimitBar(
        band=(attribute(start), attribute(end - start)),
        limits=tuple(map(attribute, ends)),
        alerts=tuple(attribute(one) for one in alerts if 0 <= one <= WIDTH),
    )
    if reportable is None or not reportable.usable or reportable.kind is Kind.WORD:
        return bar
    place = _place(reportable.number or Decimal(0), bounds)
    shown = min(max(place, Decimal(_MARGIN)), Decimal(WIDTH - _MARGIN))
    edge = "right" if place > WIDTH else "left" if place < 0 else ""
    return replace(
        bar,
        mark=attribute(shown),
        is_open=reportable.kind is not Kind.NUMBER,
        edge=edge,
    )


def _place(number: Decimal, bounds: tuple[Bound, ...]) -> Decimal:
    """Return where a number is drawn, which may be outside the picture."""
    if len(bounds) == 1:
        return share(number, bounds[0].number) * _LIMIT
    low, high = (bound.number for bound in bounds)
    return _LOW + share(number - low, high - low) * (_HIGH - _LOW)
