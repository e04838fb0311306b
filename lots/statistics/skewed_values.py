"""Skewed values: what stands for an index where values are not normal.

Impurities are bounded by 0 and lean to the right. Their percentiles need no
distribution but many lots; a Box-Cox transformation serves where it makes them normal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, boxcox

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.capability import LEAST, Index, index
from lots.statistics.moments import moments, percentile
from lots.statistics.normality import anderson_darling
from lots.statistics.samples import (
    Array,
    NotCalculated,
    Numbers,
    array,
    check_share,
    check_spread,
)
from lots.statistics.specification_limits import SpecificationLimits

_POWERS = (-5.0, 5.0)
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Observed:
    """What the lots showed, without a distribution, in the unit of the values.

    `share_beyond` of the lots are beyond a limit; with the confidence asked for, fewer
    than `most_beyond` of such lots are. `low` and `high` are the empirical 5th and 95th
    percentile.
    """

    n: int
    median: float
    low: float
    high: float
    share_beyond: float
    most_beyond: float
    confidence: float


def observed(
    values: Numbers, limits: SpecificationLimits, *, confidence: float = 0.95
) -> Observed:
    """Return percentiles, and the share of lots beyond a limit with its upper bound.

    The bound is that of Clopper and Pearson (NIST/SEMATECH e-Handbook 7.2.4.1),
    one-sided. A value on a limit is not beyond it. At least 25 values. Raises TooFew.
    """
    check_share(confidence, name="confidence")
    taken = array(values, of=_("A share of lots beyond a limit"), least=LEAST)
    beyond = np.zeros(taken.size, dtype=bool)
    if limits.lower is not None:
        beyond |= taken < limits.lower
    if limits.upper is not None:
        beyond |= taken > limits.upper
    count = int(beyond.sum())
    most = (
        1.0
        if count == taken.size
        else float(betaincinv(count + 1, taken.size - count, confidence))
    )
    return Observed(
        n=taken.size,
        median=float(np.median(taken)),
        low=percentile(taken, share=0.05),
        high=percentile(taken, share=0.95),
        share_beyond=count / taken.size,
        most_beyond=most,
        confidence=confidence,
    )


@dataclass(frozen=True)
class Transformed:
    """An index of values to the power `power` (0: logarithms), and that power."""

    power: float
    index: Index


def box_cox(values: Numbers) -> float:
    """Return the power that makes positive values most nearly normal.

    The maximum of the profile likelihood. Source: Box and Cox, J. R. Statist. Soc. B 26
    (1964), section 3; NIST/SEMATECH e-Handbook 6.5.2. At least 25 values. Raises
    TooFew, NoSpread, and NotCalculated for a value that is not above 0, and where no
    power from -5 to 5 is better than those at the ends: values that differ by little of
    their size look the same to any power.
    """
    taken = array(values, of=_("A Box-Cox transformation"), least=LEAST)
    check_spread(float(np.ptp(taken)), of=_("A Box-Cox transformation"))
    if not (taken > 0).all():
        raise NotCalculated(
            "not-positive",
            "A Box-Cox transformation takes values above 0; the smallest is"
            " %(smallest)s.",
            smallest=f"{taken.min():g}",
        )
    # The unit changes nothing of the power, and values near 1 keep their digits.
    logs = np.log(taken) - np.log(taken).mean()
    scaled = np.exp(logs)

    def likelihood(power: float) -> float:
        spread = np.var(boxcox(scaled, power))
        return float(-taken.size / 2 * np.log(spread))

    power = _highest(likelihood, *_POWERS)
    if abs(power) > _POWERS[1] - 1e-3:
        raise NotCalculated(
            "no-power",
            "No power from %(low)s to %(high)s makes these values more nearly normal;"
            " use percentiles.",
            low=f"{_POWERS[0]:g}",
            high=f"{_POWERS[1]:g}",
        )
    return power


def transformed_performance(
    values: Numbers, limits: SpecificationLimits, *, confidence: float = 0.95
) -> Transformed:
    """Return Ppk of the values and limits, both Box-Cox transformed.

    A limit of 0 or below bounds nothing that is positive and is left out. Raises as
    `box_cox` does, and NotCalculated where the transformed values are not normal
    either, or where no limit is above 0.
    """
    power = box_cox(values)
    taken = array(values, of=_("A Box-Cox transformation"))
    changed: Array = np.asarray(boxcox(taken, power))
    if anderson_darling(changed).is_doubtful:
        raise NotCalculated(
            "not-normal-transformed",
            "No Box-Cox transformation makes these values normal; use percentiles.",
        )
    found = moments(changed)
    lower, upper = (
        None if limit is None or limit <= 0 else float(boxcox(limit, power))
        for limit in (limits.lower, limits.upper)
    )
    return Transformed(
        power=power,
        index=index(
            n=found.n,
            mean=found.mean,
            sigma=found.sd,
            freedom=found.n - 1,
            limits=SpecificationLimits(lower=lower, upper=upper),
            confidence=confidence,
        ),
    )


def _highest(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function with one summit is highest, to 1e-7: golden section."""
    inner_low = high - _GOLDEN * (high - low)
    inner_high = low + _GOLDEN * (high - low)
    at_low, at_high = function(inner_low), function(inner_high)
    while high - low > 1e-7:
        if at_low > at_high:
            high, inner_high, at_high = inner_high, inner_low, at_low
            inner_low = high - _GOLDEN * (high - low)
            at_low = function(inner_low)
        else:
            low, inner_low, at_low = inner_low, inner_high, at_high
            inner_high = low + _GOLDEN * (high - low)
            at_high = function(inner_high)
    return (low + high) / 2
