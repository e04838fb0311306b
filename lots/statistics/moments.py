"""Moments: mean, standard deviation and autocorrelation; robust location and scale.

Sums are taken of the differences from the first value, which keeps the digits of values
that hardly differ (NIST StRD NumAcc3 and NumAcc4).
"""

from dataclasses import dataclass

import numpy as np

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.samples import Array, Numbers, array, check_share, check_spread

# MAD times this estimates sigma of a normal distribution: 1 / ndtri(0.75).
_MAD_TO_SIGMA = 1.482602218505602


@dataclass(frozen=True)
class Moments:
    """Number, mean and sample standard deviation, in the unit of the values."""

    n: int
    mean: float
    sd: float

    @property
    def rsd_percent(self) -> float:
        """Return the relative standard deviation in percent of the mean.

        Raises NoSpread where the mean is 0.
        """
        check_spread(abs(self.mean), of=_("A relative standard deviation"))
        return 100 * self.sd / abs(self.mean)


def moments(values: Numbers) -> Moments:
    """Return n, mean and sample standard deviation (n - 1) of at least two values.

    Source: NIST/SEMATECH e-Handbook 1.3.5.1 and 1.3.5.6; checked against NIST StRD,
    univariate. Raises TooFew.
    """
    taken = array(values, of=_("A standard deviation"), least=2)
    mean, deviations = centred(taken)
    return Moments(
        n=taken.size,
        mean=mean,
        sd=float(np.sqrt((deviations @ deviations) / (taken.size - 1))),
    )


def centred(taken: Array) -> tuple[float, Array]:
    """Return the mean and the deviations from it, shape (n,).

    Two passes: what rounding leaves in the deviations is taken out again.
    """
    shifted = taken - taken[0]
    shift = shifted.mean()
    deviations = shifted - shift
    deviations -= deviations.mean()
    return float(taken[0] + shift), deviations


def lag_one_autocorrelation(values: Numbers) -> float:
    """Return the autocorrelation of neighbours, from -1 to 1, of three or more values.

    Source: NIST/SEMATECH e-Handbook 1.3.5.12. Control limits suppose that it is near 0.
    Raises TooFew and NoSpread.
    """
    taken = array(values, of=_("An autocorrelation"), least=3)
    _mean, deviations = centred(taken)
    square = float(deviations @ deviations)
    check_spread(square, of=_("An autocorrelation"))
    return float(deviations[:-1] @ deviations[1:]) / square


@dataclass(frozen=True)
class Robust:
    """Median, and sigma from the median absolute deviation, in the unit of values."""

    n: int
    median: float
    sigma: float


def robust(values: Numbers) -> Robust:
    """Return the median and 1.4826 times the median absolute deviation.

    Half of the values may be wild without moving either. Source: NIST/SEMATECH
    e-Handbook 1.3.5.6; Huber and Ronchetti, Robust Statistics (2009), 5.1. At least
    three values; sigma may be 0 where more than half are equal. Raises TooFew.
    """
    taken = array(values, of=_("A median absolute deviation"), least=3)
    median = float(np.median(taken))
    return Robust(
        n=taken.size,
        median=median,
        sigma=_MAD_TO_SIGMA * float(np.median(np.abs(taken - median))),
    )


def percentile(values: Numbers, *, share: float) -> float:
    """Return the empirical percentile: the value at place share × (n + 1) of the order.

    Between two values it is interpolated. Source: NIST/SEMATECH e-Handbook 7.2.6.2.
    Where the place lies before the first or after the last value the data do not say
    it, and TooFew is raised: a share of 0.99 needs 99 values.
    """
    check_share(share, name="share")
    # 0.99 × 100 is 98.99999999999999 in binary; the place is what is meant.
    least = int(np.ceil(round(1 / min(share, 1 - share), 9))) - 1
    taken = array(values, of=_("An empirical percentile"), least=max(least, 1))
    return float(np.quantile(taken, share, method="weibull"))
