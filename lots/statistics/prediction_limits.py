"""Prediction limits: where the next lot lies, and whether one is out of trend.

A prediction interval is for one new value. A confidence interval is for the mean and is
narrower: to hold a lot against it is a common mistake (domain.md 4.4).
"""

from dataclasses import dataclass

from scipy.special import stdtrit

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.censored_values import check_censored
from lots.statistics.moments import moments
from lots.statistics.samples import Numbers, array, check_share, check_spread

# Fewer lots are no history to be out of the trend of.
LEAST = 8


@dataclass(frozen=True)
class PredictionLimits:
    """Where the next `lots` values lie with the confidence, in the unit of values."""

    n: int
    mean: float
    sd: float
    lower: float
    upper: float
    lots: int
    confidence: float


@dataclass(frozen=True)
class Trend:
    """A value against the limits of its history.

    `percent` is its distance from the mean in percent of the mean, None for a mean of
    0; `sigmas` the distance in standard deviations. Both are negative below the mean.
    """

    value: float
    limits: PredictionLimits
    is_out: bool
    percent: float | None
    sigmas: float


def prediction_limits(
    history: Numbers, *, lots: int = 1, censored: int = 0, confidence: float = 0.99
) -> PredictionLimits:
    """Return x̄ ± t s √(1 + 1/n), in which the next value lies with the confidence.

    For several `lots` at once, α is shared among them (Bonferroni), so that all of them
    lie within. For normal values, at least 8 numbers, without those below LOQ, whose
    number is `censored`. Source: Hahn and Meeker, Statistical Intervals, 4.7 and 4.8.
    Raises TooFew, NoSpread, and NotCalculated where more than half are censored.
    """
    check_share(confidence, name="confidence")
    check_censored(numbers=len(history), censored=censored)
    taken = array(history, of=_("A prediction limit"), least=LEAST)
    found = moments(taken)
    check_spread(found.sd, of=_("A prediction limit"))
    tail = (1 - confidence) / (2 * lots)
    half = float(stdtrit(found.n - 1, 1 - tail)) * found.sd * (1 + 1 / found.n) ** 0.5
    return PredictionLimits(
        n=found.n,
        mean=found.mean,
        sd=found.sd,
        lower=found.mean - half,
        upper=found.mean + half,
        lots=lots,
        confidence=confidence,
    )


def trend(value: float, limits: PredictionLimits) -> Trend:
    """Return how far the value is from its history, and whether it is out of trend.

    A value on a limit is within, and so is one that differs from it by less than 1e-9
    standard deviations.
    """
    slack = 1e-9 * limits.sd
    away = value - limits.mean
    return Trend(
        value=value,
        limits=limits,
        is_out=value > limits.upper + slack or value < limits.lower - slack,
        percent=100 * away / abs(limits.mean) if limits.mean else None,
        sigmas=away / limits.sd,
    )
