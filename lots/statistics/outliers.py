"""Outliers: values suspiciously far from the rest, flagged and never left out.

A flag asks for an investigation. No statistical test alone is a reason to leave out or
to replace a chemical result (FDA, Investigating OOS Test Results, 2022, IV.C; USP
<1010>).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from lots.rules.refusal import Word
from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import centred
from lots.statistics.samples import (
    Array,
    NotCalculated,
    Numbers,
    array,
    check_share,
    check_spread,
)

# Rosner: the critical values of the generalised ESD hold from this number on.
_ESD_LEAST = 15


@dataclass(frozen=True)
class Grubbs:
    """The value furthest from the mean, and whether it is an outlier.

    `at` is its place from 0; `statistic` its distance from the mean in standard
    deviations; `critical` what that may be at the significance; `p` an upper bound of
    the probability of so much.
    """

    n: int
    at: int
    value: float
    statistic: float
    critical: float
    p: float
    is_outlier: bool


def grubbs(
    values: Numbers, *, significance: float = 0.05, is_two_sided: bool = True
) -> Grubbs:
    """Return Grubbs' test of the value furthest from the mean.

    One-sided it asks of the largest value alone. Critical value (n-1)/√n ×
    √(t²/(n-2+t²)), t at α/(2n), one-sided α/n. Source: Grubbs, Technometrics 11 (1969);
    NIST/SEMATECH e-Handbook 1.3.5.17.1; ASTM E178. For normal values, at least 3; two
    outliers may hide each other, so use `generalised_esd` for more than one. Raises
    TooFew and NoSpread.
    """
    check_share(significance, name="significance")
    taken = array(values, of=_("Grubbs' test"), least=3)
    n = taken.size
    deviations, sd = _scaled(taken, of=_("Grubbs' test"))
    distances = np.abs(deviations) if is_two_sided else deviations
    at = int(np.argmax(distances))
    statistic = float(distances[at]) / sd
    tests = 2 * n if is_two_sided else n
    critical = _critical(n, tail=significance / tests)
    return Grubbs(
        n=n,
        at=at,
        value=float(taken[at]),
        statistic=statistic,
        critical=critical,
        p=min(1.0, tests * _tail(n, statistic)),
        is_outlier=statistic > critical,
    )


@dataclass(frozen=True)
class GeneralisedEsd:
    """The outliers by their places from 0, furthest first, and each step's figures.

    `statistics` and `criticals` have one entry for each of the `most` values tested.
    """

    n: int
    outliers: tuple[int, ...]
    statistics: tuple[float, ...]
    criticals: tuple[float, ...]


def generalised_esd(
    values: Numbers, *, most: int, significance: float = 0.05
) -> GeneralisedEsd:
    """Return up to `most` outliers by Rosner's generalised extreme Studentized deviate.

    Each step takes away the value furthest from the mean; the outliers are those up to
    the last step whose statistic is above its critical value, so two that hide each
    other are both found. Source: Rosner, Technometrics 25 (1983); NIST/SEMATECH
    e-Handbook 1.3.5.17.3. For normal values, at least 15, of which at most half are
    tested. Raises TooFew, NoSpread, and NotCalculated for more.
    """
    check_share(significance, name="significance")
    taken = array(values, of=_("The generalised ESD test"), least=_ESD_LEAST)
    n = taken.size
    if not 1 <= most <= n // 2:
        raise NotCalculated(
            "too-many-outliers",
            "%(of)s tests at most half of the values as outliers: %(half)s of %(n)s.",
            of=Word(_("The generalised ESD test")),
            half=n // 2,
            n=n,
        )
    places = np.arange(n)
    statistics: list[float] = []
    criticals: list[float] = []
    order: list[int] = []
    for step in range(1, most + 1):
        if not np.ptp(taken[places]) > 0 and statistics:
            break  # what is left is all equal, so none of it is far from the rest
        deviations, sd = _scaled(taken[places], of=_("The generalised ESD test"))
        furthest = int(np.argmax(np.abs(deviations)))
        statistics.append(float(abs(deviations[furthest])) / sd)
        left = n - step + 1
        criticals.append(_critical(left, tail=significance / (2 * left)))
        order.append(int(places[furthest]))
        places = places[places != order[-1]]
    found = max(
        (
            step
            for step, (statistic, critical) in enumerate(
                zip(statistics, criticals, strict=True), start=1
            )
            if statistic > critical
        ),
        default=0,
    )
    return GeneralisedEsd(
        n=n,
        outliers=tuple(order[:found]),
        statistics=tuple(statistics),
        criticals=tuple(criticals),
    )


def _scaled(taken: Array, *, of: str) -> tuple[Array, float]:
    """Return the deviations from the mean, and the standard deviation."""
    check_spread(float(np.ptp(taken)), of=of)
    _mean, deviations = centred(taken)
    return deviations, float(np.sqrt(deviations @ deviations / (taken.size - 1)))


def _critical(n: int, *, tail: float) -> float:
    """Return the largest distance of `n` values with this probability in a tail."""
    t = float(stdtrit(n - 2, 1 - tail))
    return float((n - 1) / n**0.5 * (t * t / (n - 2 + t * t)) ** 0.5)


def _tail(n: int, statistic: float) -> float:
    """Return the probability in a tail of one value so far from the mean of `n`."""
    left = (n - 1) ** 2 - n * statistic**2
    if left <= 0:
        return 0.0  # the furthest that one of n values can be
    t = statistic * (n * (n - 2) / left) ** 0.5
    return float(stdtr(n - 2, -t))
