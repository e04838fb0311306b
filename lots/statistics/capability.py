"""Capability: how far the limits of the specification are from what lots show.

Cp and Cpk are of the short-term sigma and need a process in control; Pp and Ppk are of
the standard deviation of all lots. All four suppose normal values: an index of values
that are not carries the doubt, which a page says; `skewed_values` has what serves then.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import bdtrc, chdtri, ndtri

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics import control_charts
from lots.statistics.censored_values import check_censored
from lots.statistics.moments import moments
from lots.statistics.normality import Normality, anderson_darling
from lots.statistics.samples import (
    Array,
    NotCalculated,
    Numbers,
    array,
    check_distinct,
    check_share,
    check_spread,
)
from lots.statistics.specification_limits import SpecificationLimits

# Fewer lots give an interval too wide to say anything (domain.md 4.3).
LEAST = 25
# The mean moving range knows sigma as well as this share of n - 1 degrees of freedom
# does: 1 / (2 × 0.8265), from its variance (Cryer and Ryan, Journal of Quality
# Technology 22, 1990).
_MOVING_RANGE_SHARE = 0.605
# Points beyond three sigma are by chance 0.27 % of all; more than chance gives is a
# process out of control.
_BEYOND = 0.0027
_CHANCE = 0.01


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence limits, without unit."""

    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Index:
    """Indices of one kind: Cp and Cpk, or Pp and Ppk, of `n` lots.

    `spread` is Cp or Pp: None where there is one limit alone. `nearest` is Cpk or Ppk,
    the smaller of `to_lower` and `to_upper`. `mean` and `sigma` in the unit of values.
    `normality` is the test of the values: no index is shown without saying so where it
    is doubtful. None for an index of a mean and a sigma alone.
    """

    n: int
    mean: float
    sigma: float
    confidence: float
    spread: Interval | None
    nearest: Interval
    to_lower: float | None
    to_upper: float | None
    normality: Normality | None = None


def capability(
    baseline: Numbers,
    limits: SpecificationLimits,
    *,
    censored: int = 0,
    confidence: float = 0.95,
) -> Index:
    """Return Cp and Cpk, with the short-term sigma of the mean moving range.

    Values in the order of manufacture, without those below LOQ, whose number is
    `censored`. Source: NIST/SEMATECH e-Handbook 6.1.6; Montgomery 8.2 and 8.3. Refused
    in words: fewer than 25 values (TooFew); all equal (NoSpread); NotCalculated for
    more than half censored, fewer than five distinct values, and for a process out of
    control: more points beyond three sigma than chance gives once in a hundred.
    """
    taken = _usable(baseline, of=_("A Cpk"), censored=censored)
    chart = control_charts.individuals(taken)
    beyond = int(chart.individuals.beyond(taken).sum())
    if beyond and bdtrc(beyond - 1, taken.size, _BEYOND) < _CHANCE:
        raise NotCalculated(
            "out-of-control",
            "A Cpk needs a process in control; %(beyond)s of %(n)s lots are beyond the"
            " control limits. Ppk says what the lots showed.",
            beyond=beyond,
            n=taken.size,
        )
    found = index(
        n=taken.size,
        mean=chart.individuals.centre,
        sigma=chart.sigma,
        freedom=_MOVING_RANGE_SHARE * (taken.size - 1),
        limits=limits,
        confidence=confidence,
    )
    return replace(found, normality=anderson_darling(taken))


def performance(
    values: Numbers,
    limits: SpecificationLimits,
    *,
    censored: int = 0,
    confidence: float = 0.95,
) -> Index:
    """Return Pp and Ppk, with the standard deviation of all values.

    Source: NIST/SEMATECH e-Handbook 6.1.6; Montgomery 8.2.5. Refused as `capability`
    does, but for a process out of control, which Pp and Ppk describe too.
    """
    taken = _usable(values, of=_("A Ppk"), censored=censored)
    of_all = moments(taken)
    found = index(
        n=taken.size,
        mean=of_all.mean,
        sigma=of_all.sd,
        freedom=taken.size - 1,
        limits=limits,
        confidence=confidence,
    )
    return replace(found, normality=anderson_darling(taken))


def index(
    *,
    n: int,
    mean: float,
    sigma: float,
    freedom: float,
    limits: SpecificationLimits,
    confidence: float = 0.95,
) -> Index:
    """Return the indices of a mean and a sigma that is known with `freedom` degrees.

    Cp = (USL - LSL) / 6σ with the interval of chi-squared; Cpk = the smaller of
    USL - x̄ and x̄ - LSL, / 3σ, with ± z √(1/(9n) + Cpk² / (2 ν)). Source: NIST/SEMATECH
    e-Handbook 6.1.6; Montgomery equations 8.19 and 8.21 (Bissell, Applied Statistics
    39, 1990). Raises NoSpread for a sigma of 0.
    """
    check_spread(sigma, of=_("A capability index"))
    check_share(confidence, name="confidence")
    to_lower = None if limits.lower is None else (mean - limits.lower) / (3 * sigma)
    to_upper = None if limits.upper is None else (limits.upper - mean) / (3 * sigma)
    nearest = min(side for side in (to_lower, to_upper) if side is not None)
    half = float(ndtri((1 + confidence) / 2)) * float(
        np.sqrt(1 / (9 * n) + nearest**2 / (2 * freedom))
    )
    spread = None
    if limits.lower is not None and limits.upper is not None:
        width = (limits.upper - limits.lower) / (6 * sigma)
        # chdtri takes the upper tail.
        low, high = (
            width * float(np.sqrt(chdtri(freedom, tail) / freedom))
            for tail in ((1 + confidence) / 2, (1 - confidence) / 2)
        )
        spread = Interval(estimate=width, lower=low, upper=high)
    return Index(
        n=n,
        mean=mean,
        sigma=sigma,
        confidence=confidence,
        spread=spread,
        nearest=Interval(estimate=nearest, lower=nearest - half, upper=nearest + half),
        to_lower=to_lower,
        to_upper=to_upper,
    )


def _usable(values: Numbers, *, of: str, censored: int) -> Array:
    check_censored(numbers=len(values), censored=censored)
    taken = array(values, of=of, least=LEAST)
    check_spread(float(np.ptp(taken)), of=of)
    check_distinct(taken, of=of)
    return taken
