"""Shelf life: how long a lot stays within its limits, as ICH Q1E estimates it.

A retest period is estimated in the same way. An estimate is proposed to QA and never
applied by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor

from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import centred
from lots.statistics.poolability import (
    LineModel,
    LotMoments,
    Poolability,
    StabilityPoint,
    common_slope_rest,
    lot_moments,
    one_line_rest,
    poolability,
)
from lots.statistics.samples import NotCalculated, array, check_share
from lots.statistics.specification_limits import SpecificationLimits
from lots.statistics.straight_line import StraightLine

# A crossing this close below a whole month is that month: what arithmetic leaves.
_TIE = 1e-9


class ErrorOfLines(Coded):
    """Which error the bounds of separate lines take; authorities accept both."""

    OF_EACH_LOT = "of_each_lot", _("Each lot by its own error")
    OF_ALL_LOTS = "of_all_lots", _("Mean square error of all lots")


class LimitSide(StrEnum):
    """The limit that a bound meets."""

    LOWER = "lower"
    UPPER = "upper"


@dataclass(frozen=True)
class Crossing:
    """When the confidence bound of a lot's mean first meets a limit, in months.

    `lot` is empty for the one line of all lots. `month` and `limit` are None where the
    bound never meets one; 0 where it is beyond it at the start.
    """

    lot: str
    line: StraightLine
    month: float | None
    limit: LimitSide | None


@dataclass(frozen=True)
class ShelfLife:
    """The estimate of one attribute: `month` is the earliest crossing.

    `whole_months` is rounded down. Both are None where no bound ever meets a limit: the
    cap of extrapolation is then what bounds the proposal.
    """

    poolability: Poolability
    error: ErrorOfLines
    confidence: float
    crossings: tuple[Crossing, ...]

    @property
    def earliest(self) -> Crossing | None:
        met = [one for one in self.crossings if one.month is not None]
        return min(met, key=lambda one: one.month or 0.0, default=None)

    @property
    def month(self) -> float | None:
        return self.earliest.month if self.earliest else None

    @property
    def whole_months(self) -> int | None:
        return None if self.month is None else floor(self.month + _TIE)


def shelf_life(
    points: Sequence[StabilityPoint],
    limits: SpecificationLimits,
    *,
    error: ErrorOfLines = ErrorOfLines.OF_EACH_LOT,
    confidence: float = 0.95,
    model: LineModel | None = None,
) -> ShelfLife:
    """Return the estimate of one attribute from all its points.

    The earliest time at which the confidence bound of the mean meets a limit, by the
    lines that the test of poolability finds (or by `model`, where QA pools no lots).
    Pass the limit that the attribute can reach: one limit has a one-sided bound, two
    have two-sided bounds, for a change of unknown direction. Where lines are separate,
    `error` names the convention: each lot by its own regression, or with the mean
    square error of all lots. Source: ICH Q1E (2003), 2.4 and appendix B.1 and B.2.
    Raises as `poolability` does, and NotCalculated for a model of several lots asked of
    a single one.
    """
    check_share(confidence, name="confidence")
    lots = lot_moments(points)
    tested = poolability(points)
    chosen = model or tested.model
    if (chosen is LineModel.SINGLE_LOT) is not (len(lots) == 1):
        raise NotCalculated(
            "model-of-lots",
            "The model does not fit the number of lots of the study: %(lots)s.",
            lots=len(lots),
        )
    share = confidence
    if limits.lower is not None and limits.upper is not None:
        share = (1 + confidence) / 2
    return ShelfLife(
        poolability=tested,
        error=error,
        confidence=confidence,
        crossings=tuple(
            _crossing(lot, line, limits, share=share)
            for lot, line in lines(points, model=chosen, error=error)
        ),
    )


def lines(
    points: Sequence[StabilityPoint], *, model: LineModel, error: ErrorOfLines
) -> tuple[tuple[str, StraightLine], ...]:
    """Return the line of each lot by the model; one without a lot for one line."""
    lots = lot_moments(points)
    if model is LineModel.ONE_LINE:
        return (("", _one_line(points)),)
    if model is LineModel.COMMON_SLOPE:
        return tuple((lot.lot, _of_common_slope(lot, lots)) for lot in lots)
    return tuple((lot.lot, _of_its_own(lot, lots, error)) for lot in lots)


def first_crossing(
    line: StraightLine, limit: float, *, is_upper: bool, share: float
) -> float | None:
    """Return the first time from 0 at which the bound meets the limit, or None.

    The bound is mean ± t(share) × standard error of the mean; 0 where it is beyond the
    limit at the start. The crossing is the root of a quadratic, exact but for rounding.
    """
    side = -1.0 if is_upper else 1.0
    # Turned so that the limit is below: within is where room > t × error.
    room, slope = side * (line.height - limit), side * line.slope
    reach = (line.quantile(share) * line.sd) ** 2

    def is_within(month: float) -> bool:
        return room + slope * (month - line.centre) >= (
            line.quantile(share) * line.error_of_mean(month)
        )

    if not is_within(0.0):
        return 0.0
    # (room + slope u)² = reach (1 / weight + u² / square), u from the centre.
    a = slope**2 - reach / line.square
    b = 2 * room * slope
    c = room**2 - reach / line.weight
    met = [
        line.centre + root
        for root in _roots(a, b, c)
        if line.centre + root > 0 and room + slope * root >= 0
    ]
    return min(met, default=None)


def _crossing(
    lot: str, line: StraightLine, limits: SpecificationLimits, *, share: float
) -> Crossing:
    met = [
        (month, side)
        for limit, side in (
            (limits.lower, LimitSide.LOWER),
            (limits.upper, LimitSide.UPPER),
        )
        if limit is not None
        and (
            month := first_crossing(
                line, limit, is_upper=side is LimitSide.UPPER, share=share
            )
        )
        is not None
    ]
    month, side = min(met, default=(None, None))
    return Crossing(lot=lot, line=line, month=month, limit=side)


def _one_line(points: Sequence[StabilityPoint]) -> StraightLine:
    months = array([point.month for point in points], of=_("A stability study"))
    values = array([point.value for point in points], of=_("A stability study"))
    centre, across = centred(months)
    height, up = centred(values)
    square = float(across @ across)
    freedom = months.size - 2
    return StraightLine(
        centre=centre,
        height=height,
        slope=float(across @ up) / square,
        weight=float(months.size),
        square=square,
        sd=(one_line_rest(points) / freedom) ** 0.5,
        freedom=freedom,
    )


def _of_common_slope(lot: LotMoments, lots: Sequence[LotMoments]) -> StraightLine:
    square = sum(one.square for one in lots)
    freedom = sum(one.n for one in lots) - len(lots) - 1
    return StraightLine(
        centre=lot.month,
        height=lot.value,
        slope=sum(one.product for one in lots) / square,
        weight=float(lot.n),
        square=square,
        sd=(common_slope_rest(lots) / freedom) ** 0.5,
        freedom=freedom,
    )


def _of_its_own(
    lot: LotMoments, lots: Sequence[LotMoments], error: ErrorOfLines
) -> StraightLine:
    shared = lots if error is ErrorOfLines.OF_ALL_LOTS else (lot,)
    freedom = sum(one.n for one in shared) - 2 * len(shared)
    return StraightLine(
        centre=lot.month,
        height=lot.value,
        slope=lot.product / lot.square,
        weight=float(lot.n),
        square=lot.square,
        sd=(sum(one.rest for one in shared) / freedom) ** 0.5,
        freedom=freedom,
    )


def _roots(a: float, b: float, c: float) -> tuple[float, ...]:
    """Return the real roots of a x² + b x + c, without loss of digits."""
    if a == 0:
        return (-c / b,) if b else ()
    # Never below 0 for a bound that is within at the start, but for rounding.
    inner = max(0.0, b * b - 4 * a * c)
    half = -(b + (inner**0.5 if b >= 0 else -(inner**0.5))) / 2
    return (half / a, c / half) if half else (0.0,)
