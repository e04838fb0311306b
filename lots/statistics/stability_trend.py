"""Stability trend: whether a new point of a study is out of the trend of earlier lots.

The regression control chart (Mandel, Journal of Quality Technology 1, 1969; PhRMA CMC
Statistics and Stability Expert Teams, Pharm. Technol. 27, 2003).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.poolability import StabilityPoint, lot_moments
from lots.statistics.samples import (
    NotCalculated,
    array,
    check_count,
    check_share,
    check_spread,
)
from lots.statistics.straight_line import StraightLine


@dataclass(frozen=True)
class ExpectedPoint:
    """Where the point of a lot at a month lies with the confidence, unit of the value.

    `error` is the standard error of a new point there.
    """

    month: float
    expected: float
    lower: float
    upper: float
    error: float
    confidence: float

    def is_out(self, value: float) -> bool:
        """Say whether the value is strictly beyond the limits."""
        slack = 1e-9 * self.error
        return value > self.upper + slack or value < self.lower - slack


def expected_point(
    history: Sequence[StabilityPoint],
    own: Sequence[StabilityPoint],
    *,
    month: float,
    confidence: float = 0.99,
) -> ExpectedPoint:
    """Return the prediction limits of the next point of a lot, at `month`.

    Earlier lots give the slope, which is common to all, and the error; the lot's own
    earlier points give its level. It is a prediction interval, for one new value:
    s √(1 + 1/n_own + (t - t̄_own)² / ΣSxx). Source: the two articles above, with the lot
    as a fixed effect; a slope that varies between lots by chance is not modelled.
    `history` has at least 2 lots with at least 3 points each, and not this lot; `own`
    has at least 1 point. Raises TooFew, NoSpread where all lie on their lines, and
    NotCalculated for a lot that is in both.
    """
    check_share(confidence, name="confidence")
    of = _("A regression control chart")
    lots = lot_moments(history)
    check_count(len(lots), of=of, least=2, unit=_("earlier lots"))
    check_count(len(own), of=of, least=1, unit=_("earlier points of the lot"))
    names = {point.lot for point in own}
    if len(names) > 1 or names & {lot.lot for lot in lots}:
        raise NotCalculated(
            "own-points",
            "The earlier points must be of one lot, and not of a lot of the history.",
        )
    months = array([point.month for point in own], of=of)
    values = array([point.value for point in own], of=of)
    month_mean, value_mean = float(months.mean()), float(values.mean())
    across, up = months - month_mean, values - value_mean
    square = sum(lot.square for lot in lots) + float(across @ across)
    product = sum(lot.product for lot in lots) + float(across @ up)
    value_square = sum(lot.value_square for lot in lots) + float(up @ up)
    n = sum(lot.n for lot in lots) + len(own)
    freedom = n - (len(lots) + 1) - 1
    rest = max(0.0, value_square - product**2 / square)
    check_spread(rest, of=of)
    line = StraightLine(
        centre=month_mean,
        height=value_mean,
        slope=product / square,
        weight=float(len(own)),
        square=square,
        sd=(rest / freedom) ** 0.5,
        freedom=freedom,
    )
    lower, upper = line.prediction(month, confidence=confidence)
    return ExpectedPoint(
        month=month,
        expected=line.at(month),
        lower=lower,
        upper=upper,
        error=line.error_of_value(month),
        confidence=confidence,
    )
