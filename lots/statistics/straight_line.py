"""Straight line: least squares, with the bounds of its mean and of a new value."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import centred
from lots.statistics.samples import (
    NotCalculated,
    Numbers,
    array,
    check_share,
    check_spread,
)


@dataclass(frozen=True)
class StraightLine:
    """value = height + slope × (x - centre), with how well that is known.

    `centre` is the mean of x and `height` the line there; `slope` in units of the value
    per unit of x. `weight` is 1 / variance of the height, in sigma², so the number of
    values for a line of its own; `square` the sum of squares of x about the centre.
    `sd` is the residual standard deviation with `freedom` degrees.
    """

    centre: float
    height: float
    slope: float
    weight: float
    square: float
    sd: float
    freedom: int

    @property
    def intercept(self) -> float:
        """Return the line at x = 0."""
        return self.height - self.slope * self.centre

    @property
    def slope_error(self) -> float:
        return float(self.sd / self.square**0.5)

    @property
    def intercept_error(self) -> float:
        return self.error_of_mean(0.0)

    def at(self, x: float) -> float:
        """Return the line at x."""
        return self.height + self.slope * (x - self.centre)

    def error_of_mean(self, x: float) -> float:
        """Return the standard error of the line at x."""
        away = (x - self.centre) ** 2 / self.square
        return float(self.sd * (1 / self.weight + away) ** 0.5)

    def error_of_value(self, x: float) -> float:
        """Return the standard error of a new value at x."""
        return float((self.sd**2 + self.error_of_mean(x) ** 2) ** 0.5)

    def quantile(self, share: float) -> float:
        """Return the quantile of Student's t with the line's degrees of freedom."""
        check_share(share, name="share")
        return float(stdtrit(self.freedom, share))

    def prediction(self, x: float, *, confidence: float) -> tuple[float, float]:
        """Return where a new value at x lies with the confidence, lower and upper."""
        half = self.quantile((1 + confidence) / 2) * self.error_of_value(x)
        return self.at(x) - half, self.at(x) + half


@dataclass(frozen=True)
class FittedLine:
    """A line through points, and the share of their squares that it explains."""

    line: StraightLine
    n: int
    r_squared: float


def straight_line(x: Numbers, values: Numbers) -> FittedLine:
    """Return the least-squares line through at least three points.

    Source: NIST/SEMATECH e-Handbook 4.4.3.1; Draper and Smith, Applied Regression
    Analysis, chapter 1; checked against NIST StRD Norris. Raises TooFew, NoSpread where
    x or the values do not differ, and NotCalculated for unequally many of both.
    """
    of = _("A straight line")
    at, taken = array(x, of=of, least=3), array(values, of=of, least=3)
    if at.size != taken.size:
        raise NotCalculated(
            "unpaired-points",
            "A straight line needs a value for each point of time; there are %(x)s"
            " points of time and %(values)s values.",
            x=at.size,
            values=taken.size,
        )
    check_spread(float(np.ptp(at)), of=of)
    check_spread(float(np.ptp(taken)), of=of)
    centre, from_centre = centred(at)
    height, deviations = centred(taken)
    square = float(from_centre @ from_centre)
    slope = float(from_centre @ deviations) / square
    residuals = deviations - slope * from_centre
    rest = float(residuals @ residuals)
    freedom = at.size - 2
    return FittedLine(
        line=StraightLine(
            centre=centre,
            height=height,
            slope=slope,
            weight=float(at.size),
            square=square,
            sd=(rest / freedom) ** 0.5,
            freedom=freedom,
        ),
        n=at.size,
        r_squared=1 - rest / float(deviations @ deviations),
    )
