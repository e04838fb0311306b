"""Tolerance intervals: what covers a share of all lots, with a stated confidence.

A limit for a single new lot is a prediction limit (`prediction_limits`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import chdtrc, nctdtr, ndtr, ndtri

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.chart_constants import gauss_legendre
from lots.statistics.moments import moments
from lots.statistics.samples import (
    Array,
    Numbers,
    check_count,
    check_share,
    check_spread,
)


@dataclass(frozen=True)
class ToleranceInterval:
    """Limits that cover a share of lots, in the unit of the values; None: no limit.

    `factor` is k: the limits are mean ± k × standard deviation.
    """

    n: int
    lower: float | None
    upper: float | None
    factor: float
    coverage: float
    confidence: float


def two_sided(
    values: Numbers, *, coverage: float = 0.99, confidence: float = 0.95
) -> ToleranceInterval:
    """Return mean ± k s that covers `coverage` of all lots, with `confidence`.

    For normal values, at least 2. Raises TooFew and NoSpread.
    """
    found = moments(values)
    check_spread(found.sd, of=_("A tolerance interval"))
    factor = two_sided_factor(found.n, coverage=coverage, confidence=confidence)
    return ToleranceInterval(
        n=found.n,
        lower=found.mean - factor * found.sd,
        upper=found.mean + factor * found.sd,
        factor=factor,
        coverage=coverage,
        confidence=confidence,
    )


def one_sided(
    values: Numbers,
    *,
    is_upper: bool,
    coverage: float = 0.99,
    confidence: float = 0.95,
) -> ToleranceInterval:
    """Return the limit above (or below) which at most 1 - `coverage` of all lots lie.

    For normal values, at least 2. Raises TooFew and NoSpread.
    """
    found = moments(values)
    check_spread(found.sd, of=_("A tolerance interval"))
    factor = one_sided_factor(found.n, coverage=coverage, confidence=confidence)
    return ToleranceInterval(
        n=found.n,
        lower=None if is_upper else found.mean - factor * found.sd,
        upper=found.mean + factor * found.sd if is_upper else None,
        factor=factor,
        coverage=coverage,
        confidence=confidence,
    )


@cache
def one_sided_factor(n: int, *, coverage: float, confidence: float) -> float:
    """Return k = t'(confidence; n - 1, z √n) / √n, of the noncentral t distribution.

    Exact, to eight digits. Source: ISO 16269-6 (2014), annex; Hahn and Meeker,
    Statistical Intervals, 4.6.3; NIST/SEMATECH e-Handbook 7.2.6.3. Raises TooFew below
    2 values.
    """
    _check(n, coverage=coverage, confidence=confidence)
    root = n**0.5
    shift = float(ndtri(coverage)) * root
    return _inverted(
        lambda factor: float(nctdtr(n - 1, shift, factor * root)), confidence
    )


@cache
def two_sided_factor(n: int, *, coverage: float, confidence: float) -> float:
    """Return k for which mean ± k s covers the share with the confidence.

    Exact, to eight digits: the integral, over the place x of the mean, of the
    probability that s is large enough, √(2n/π) ∫ P(χ² > (n-1) r² / k²) exp(-n x²/2) dx
    from 0, where Φ(x + r) - Φ(x - r) is the coverage. Source: ISO 16269-6 (2014),
    annex; Odeh and Owen, Tables for Normal Tolerance Limits (1980). Howe's k
    (e-Handbook 7.2.6.3) is an approximation of it, within 2 % from 5 values on. Raises
    TooFew below 2 values.
    """
    _check(n, coverage=coverage, confidence=confidence)
    # Beyond 8.5 standard errors of the mean there is less than 1e-16.
    nodes, weights = gauss_legendre()
    half = 8.5 / n**0.5 / 2
    places = half * (nodes + 1)
    density = 2 * half * weights * (n / (2 * np.pi)) ** 0.5 * np.exp(-n * places**2 / 2)
    reach = _reach(places, coverage)

    def confidence_of(factor: float) -> float:
        return float(density @ chdtrc(n - 1, (n - 1) * (reach / factor) ** 2))

    return _inverted(confidence_of, confidence)


def _reach(places: Array, coverage: float) -> Array:
    """Return r for which Φ(x + r) - Φ(x - r) is the coverage, by Newton's method."""
    reach = places + float(ndtri((1 + coverage) / 2))
    for _step in range(60):
        slope = np.exp(-0.5 * (places + reach) ** 2) + np.exp(
            -0.5 * (places - reach) ** 2
        )
        error = ndtr(places + reach) - ndtr(places - reach) - coverage
        step = error / (slope / (2 * np.pi) ** 0.5)
        reach = reach - step
        if float(np.abs(step).max()) < 1e-13:
            break
    return np.asarray(reach)


def _inverted(confidence_of: Callable[[float], float], confidence: float) -> float:
    """Return the factor that has the confidence, which grows with it, by bisection."""
    high = 1.0
    while confidence_of(high) < confidence:
        high *= 2
    low = 0.0 if high == 1.0 else high / 2
    if high == 1.0:
        # A one-sided factor may be negative for a small share.
        while confidence_of(low) > confidence:
            low = low * 2 - 1
    while high - low > 1e-11 * max(1.0, abs(high)):
        middle = (low + high) / 2
        if confidence_of(middle) < confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _check(n: int, *, coverage: float, confidence: float) -> None:
    check_count(n, of=_("A tolerance interval"), least=2)
    check_share(coverage, name="coverage")
    check_share(confidence, name="confidence")
