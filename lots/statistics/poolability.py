"""Poolability: whether lots of a stability study may share a slope and an intercept."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import fdtrc

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import centred
from lots.statistics.samples import (
    Array,
    NotCalculated,
    array,
    check_count,
    check_share,
    check_spread,
)

# ICH Q1E appendix B.2.2.1: tests of pooling are at 0.25, for a small study's power.
SIGNIFICANCE = 0.25


@dataclass(frozen=True)
class StabilityPoint:
    """A result of a lot at a time: months since the start, value in its unit."""

    lot: str
    month: float
    value: float


class LineModel(StrEnum):
    """Which lines the lots of a study have."""

    SINGLE_LOT = "single_lot"
    ONE_LINE = "one_line"
    COMMON_SLOPE = "common_slope"
    SEPARATE_LINES = "separate_lines"


@dataclass(frozen=True)
class LotMoments:
    """Number, means and centred sums of squares and products of the points of a lot."""

    lot: str
    n: int
    month: float
    value: float
    square: float
    product: float
    value_square: float

    @property
    def rest(self) -> float:
        """Return the residual sum of squares about a line of its own."""
        return max(0.0, self.value_square - self.product**2 / self.square)


@dataclass(frozen=True)
class Poolability:
    """The analysis of covariance of a study, and the model that follows from it.

    `f_slopes` and `f_intercepts` are tested against the error of separate lines. For
    a single lot all four are None.
    """

    model: LineModel
    f_slopes: float | None
    p_slopes: float | None
    f_intercepts: float | None
    p_intercepts: float | None
    significance: float


def poolability(
    points: Sequence[StabilityPoint], *, significance: float = SIGNIFICANCE
) -> Poolability:
    """Return which lines the lots have: slopes are tested first, then intercepts.

    Where slopes differ (p below the significance) lines are separate; where only
    intercepts do, the slope is common; otherwise there is one line. Both F tests take
    the mean square error of separate lines, as in ICH Q1E and LeBlond et al., J. Valid.
    Technol. 17 (2011). Source: ICH Q1E (2003), appendix B.2.2.1. Each lot has at least
    3 points at 2 or more times. Raises TooFew, NoSpread where all points lie on their
    lines, and NotCalculated for a lot whose points are all of one time.
    """
    check_share(significance, name="significance")
    lots = lot_moments(points)
    if len(lots) == 1:
        return Poolability(
            model=LineModel.SINGLE_LOT,
            f_slopes=None,
            p_slopes=None,
            f_intercepts=None,
            p_intercepts=None,
            significance=significance,
        )
    k, n = len(lots), sum(lot.n for lot in lots)
    separate = sum(lot.rest for lot in lots)
    common = common_slope_rest(lots)
    together = one_line_rest(points)
    freedom = n - 2 * k
    error = separate / freedom
    check_spread(error, of=_("A test of poolability"))
    f_slopes = max(0.0, common - separate) / (k - 1) / error
    f_intercepts = max(0.0, together - common) / (k - 1) / error
    p_slopes, p_intercepts = (
        float(fdtrc(k - 1, freedom, f)) for f in (f_slopes, f_intercepts)
    )
    model = LineModel.ONE_LINE
    if p_slopes < significance:
        model = LineModel.SEPARATE_LINES
    elif p_intercepts < significance:
        model = LineModel.COMMON_SLOPE
    return Poolability(
        model=model,
        f_slopes=f_slopes,
        p_slopes=p_slopes,
        f_intercepts=f_intercepts,
        p_intercepts=p_intercepts,
        significance=significance,
    )


def lot_moments(points: Sequence[StabilityPoint]) -> tuple[LotMoments, ...]:
    """Return the moments of each lot, in the order in which lots first appear.

    Raises as `poolability` does.
    """
    of = _("A stability study")
    check_count(len(points), of=of, least=1, unit=_("points"))
    return tuple(
        _moments_of(lot, [point for point in points if point.lot == lot])
        for lot in dict.fromkeys(point.lot for point in points)
    )


def common_slope_rest(lots: Sequence[LotMoments]) -> float:
    """Return the residual sum of squares about lines of one slope."""
    return max(
        0.0,
        sum(lot.value_square for lot in lots)
        - sum(lot.product for lot in lots) ** 2 / sum(lot.square for lot in lots),
    )


def one_line_rest(points: Sequence[StabilityPoint]) -> float:
    """Return the residual sum of squares about one line for all lots."""
    months, values = _columns(points)
    _month, across = centred(months)
    _value, up = centred(values)
    return max(0.0, float(up @ up) - float(across @ up) ** 2 / float(across @ across))


def _moments_of(lot: str, points: Sequence[StabilityPoint]) -> LotMoments:
    check_count(
        len(points), of=_("A line of a lot"), least=3, unit=_("points of the lot")
    )
    months, values = _columns(points)
    if not np.ptp(months) > 0:
        raise NotCalculated(
            "one-time",
            "The points of lot %(lot)s are all of one time; a line needs two or more.",
            lot=lot,
        )
    month, across = centred(months)
    value, up = centred(values)
    return LotMoments(
        lot=lot,
        n=len(points),
        month=month,
        value=value,
        square=float(across @ across),
        product=float(across @ up),
        value_square=float(up @ up),
    )


def _columns(points: Sequence[StabilityPoint]) -> tuple[Array, Array]:
    of = _("A stability study")
    return (
        array([point.month for point in points], of=of),
        array([point.value for point in points], of=of),
    )
