"""Normality: whether values may come from a normal distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import centred
from lots.statistics.samples import Array, Numbers, array, check_spread

# Below this probability the values are taken as not normal.
SIGNIFICANCE = 0.01


@dataclass(frozen=True)
class Normality:
    """The Anderson-Darling statistic, corrected for n, and its p value."""

    n: int
    statistic: float
    p: float

    @property
    def is_doubtful(self) -> bool:
        """Say whether p is below 0.01."""
        return self.p < SIGNIFICANCE


def anderson_darling(values: Numbers) -> Normality:
    """Return the Anderson-Darling test for a normal distribution, both moments free.

    A²* = A² (1 + 0.75/n + 2.25/n²). Source: D'Agostino and Stephens, Goodness-of-Fit
    Techniques (1986), tables 4.7 and 4.9; NIST/SEMATECH e-Handbook 1.3.5.14. At least 8
    values. Raises TooFew and NoSpread.

    Results are rounded, and the test would take their ties as a lack of normality: of
    100 normal results reported to half of sigma it would doubt nine in ten. So equal
    results are spread evenly over the width that was rounded to them, in-house.
    """
    taken = _spread(np.sort(array(values, of=_("A test of normality"), least=8)))
    n = taken.size
    _mean, deviations = centred(taken)
    sd = float(np.sqrt((deviations @ deviations) / (n - 1)))
    check_spread(sd, of=_("A test of normality"))
    scaled = deviations / sd
    weights = 2 * np.arange(1, n + 1) - 1
    raw = -n - float(weights @ (log_ndtr(scaled) + log_ndtr(-scaled[::-1]))) / n
    statistic = raw * (1 + 0.75 / n + 2.25 / n**2)
    return Normality(n=n, statistic=statistic, p=probability(statistic))


def _spread(ordered: Array) -> Array:
    """Return ordered values with equal ones spread evenly, as if not rounded.

    Over the smaller of the gaps to the next values below and above.
    """
    distinct, place, count = np.unique(ordered, return_inverse=True, return_counts=True)
    if distinct.size in (1, ordered.size):
        return ordered
    gaps = np.diff(distinct)
    width = np.minimum(
        np.concatenate([gaps[:1], gaps]), np.concatenate([gaps, gaps[-1:]])
    )
    first = np.cumsum(count) - count
    rank = np.arange(ordered.size) - first[place]
    return np.asarray(ordered + width[place] * ((rank + 0.5) / count[place] - 0.5))


def probability(a: float) -> float:
    """Return the p value of A²*, by the four curves of table 4.9."""
    if a >= 0.6:
        # The parabola turns upwards beyond 153; there p is 0 in double precision.
        return float(np.exp(1.2937 - 5.709 * a + 0.0186 * a * a)) if a < 100 else 0.0
    if a > 0.34:
        return float(np.exp(0.9177 - 4.279 * a - 1.38 * a * a))
    if a > 0.2:
        return float(1 - np.exp(-8.318 + 42.796 * a - 59.938 * a * a))
    return float(1 - np.exp(-13.436 + 101.14 * a - 223.73 * a * a))
