"""Control charts: limits from a baseline, of single values and of determinations.

A baseline is chosen and frozen by QA; what comes later is compared with its limits and
does not move them. Censored values are in no baseline (`censored_values`).
"""

from dataclasses import dataclass

import numpy as np

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.chart_constants import constants
from lots.statistics.moments import centred
from lots.statistics.samples import (
    Array,
    Flags,
    Numbers,
    array,
    check_spread,
    table,
)

# Fewer lots give no limits, fewer than FULL give provisional ones (domain.md 4.1).
PROVISIONAL = 8
FULL = 20
# A value that differs from a line by less than this part of sigma lies on it: decimals
# such as 99.7 have no exact binary form.
TIE = 1e-9


@dataclass(frozen=True)
class Limits:
    """Centre line and control limits, in the unit of what is plotted.

    `sigma` is the standard deviation of what is plotted. `lower` of a range or of a
    standard deviation may be 0, which is then no limit.
    """

    centre: float
    lower: float
    upper: float
    sigma: float

    def beyond(self, values: Numbers) -> Flags:
        """Return which values lie beyond the limits, strictly; shape (n,).

        A value on a limit is not beyond it, nor one that differs from it by less than
        1e-9 sigma, which is what binary arithmetic leaves of a decimal.
        """
        taken = array(values, of=_("A control chart"))
        slack = TIE * self.sigma
        return (taken > self.upper + slack) | (taken < self.lower - slack)


@dataclass(frozen=True)
class Individuals:
    """Limits of an individuals chart and of its moving ranges, from `n` lots.

    `sigma` is the short-term sigma, mean moving range / d2(2).
    """

    n: int
    individuals: Limits
    moving_range: Limits
    sigma: float

    @property
    def is_provisional(self) -> bool:
        """Say whether the baseline has fewer than 20 lots."""
        return self.n < FULL


@dataclass(frozen=True)
class Subgroups:
    """Limits of the means of determinations, and of their ranges or deviations.

    `sigma` is the sigma within a subgroup, in the unit of the values.
    """

    n: int
    size: int
    means: Limits
    spread: Limits
    sigma: float

    @property
    def is_provisional(self) -> bool:
        """Say whether the baseline has fewer than 20 lots."""
        return self.n < FULL


def moving_ranges(values: Numbers) -> Array:
    """Return the differences of neighbours without sign, shape (n - 1,)."""
    return np.abs(np.diff(array(values, of=_("A moving range"), least=2)))


def individuals(baseline: Numbers) -> Individuals:
    """Return the limits of individuals and moving ranges, three sigma to each side.

    x̄ ± 3 · mean moving range / d2(2); upper limit of moving ranges D4(2) times their
    mean. d2 is 1.1283792 and not 1.128, so limits differ from printed examples in the
    fifth digit. Source: NIST/SEMATECH e-Handbook 6.3.2.2; Montgomery 6.4. At least 8
    values in the order of manufacture; below 20 they are provisional. Raises TooFew,
    and NoSpread where all values are equal.
    """
    taken = array(baseline, of=_("An individuals chart"), least=PROVISIONAL)
    of_pairs = constants(2)
    mean_range = float(moving_ranges(taken).mean())
    check_spread(mean_range, of=_("An individuals chart"))
    centre, _deviations = centred(taken)
    sigma = mean_range / of_pairs.d2
    return Individuals(
        n=taken.size,
        individuals=Limits(
            centre=centre,
            lower=centre - 3 * sigma,
            upper=centre + 3 * sigma,
            sigma=sigma,
        ),
        moving_range=Limits(
            centre=mean_range,
            lower=0.0,
            upper=of_pairs.big_d4 * mean_range,
            sigma=of_pairs.d3 * sigma,
        ),
        sigma=sigma,
    )


def means_and_ranges(baseline: list[Numbers] | Array) -> Subgroups:
    """Return the limits of an X̄-R chart, from subgroups in rows.

    x̿ ± A2 R̄; D3 R̄ to D4 R̄. Source: Montgomery 6.2.1, equations 6.4 and 6.5; for up to
    10 determinations, beyond which use `means_and_deviations`. At least 8 subgroups of
    at least 2 values, all of one size. Raises TooFew, NoSpread, and NotCalculated for
    subgroups of different sizes.
    """
    taken = _subgroups(baseline, of=_("An X̄-R chart"))
    size = taken.shape[1]
    factors = constants(size)
    mean_range = float(np.ptp(taken, axis=1).mean())
    check_spread(mean_range, of=_("An X̄-R chart"))
    sigma = mean_range / factors.d2
    return Subgroups(
        n=taken.shape[0],
        size=size,
        means=_of_means(taken, half=factors.a2 * mean_range, sigma=sigma),
        spread=Limits(
            centre=mean_range,
            lower=factors.big_d3 * mean_range,
            upper=factors.big_d4 * mean_range,
            sigma=factors.d3 * sigma,
        ),
        sigma=sigma,
    )


def means_and_deviations(baseline: list[Numbers] | Array) -> Subgroups:
    """Return the limits of an X̄-S chart, from subgroups in rows.

    x̿ ± A3 s̄; B3 s̄ to B4 s̄. Source: Montgomery 6.3.1, equations 6.27 and 6.28. At least
    8 subgroups of at least 2 values, all of one size. Raises TooFew, NoSpread, and
    NotCalculated for subgroups of different sizes.
    """
    taken = _subgroups(baseline, of=_("An X̄-S chart"))
    size = taken.shape[1]
    factors = constants(size)
    deviations = taken - taken.mean(axis=1, keepdims=True)
    mean_sd = float(np.sqrt((deviations**2).sum(axis=1) / (size - 1)).mean())
    check_spread(mean_sd, of=_("An X̄-S chart"))
    sigma = mean_sd / factors.c4
    return Subgroups(
        n=taken.shape[0],
        size=size,
        means=_of_means(taken, half=factors.a3 * mean_sd, sigma=sigma),
        spread=Limits(
            centre=mean_sd,
            lower=factors.b3 * mean_sd,
            upper=factors.b4 * mean_sd,
            sigma=float((1 - factors.c4**2) ** 0.5) * sigma,
        ),
        sigma=sigma,
    )


def _subgroups(baseline: list[Numbers] | Array, *, of: str) -> Array:
    return table(baseline, of=of, least_rows=PROVISIONAL, least_columns=2)


def _of_means(taken: Array, *, half: float, sigma: float) -> Limits:
    centre, _deviations = centred(taken.ravel())
    return Limits(
        centre=centre,
        lower=centre - half,
        upper=centre + half,
        sigma=sigma / taken.shape[1] ** 0.5,
    )
