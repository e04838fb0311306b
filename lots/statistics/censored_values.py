"""Censored values: results below the LOQ, which are neither 0 nor the LOQ.

They are no numbers of a control chart or an index: those leave them out and say how
many, and there is none of either where more than half are censored. A summary that
takes them into account is by maximum likelihood or by Kaplan and Meier.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.samples import (
    Array,
    NotCalculated,
    Numbers,
    array,
    check_spread,
)

# Steps of expectation and maximisation; with half censored about a hundred do.
_STEPS = 10_000


def check_censored(*, numbers: int, censored: int) -> None:
    """Refuse with NotCalculated where more than half of the results are censored.

    Source: domain.md 4.1, in-house; Helsel, Statistics for Censored Environmental Data
    (2012), 6.3, where no method is trusted beyond 50 % in small samples.
    """
    if censored > numbers:
        raise NotCalculated(
            "mostly-censored",
            "%(censored)s of %(n)s results are below the LOQ, more than half; they give"
            " neither an index nor control limits.",
            censored=censored,
            n=numbers + censored,
        )


@dataclass(frozen=True)
class CensoredSummary:
    """Mean and standard deviation in the unit of the values, and what they rest on."""

    n: int
    censored: int
    mean: float
    sd: float


def maximum_likelihood(numbers: Numbers, below: Numbers) -> CensoredSummary:
    """Return the mean and standard deviation of a normal distribution.

    `numbers` are the results that are numbers, `below` the LOQ of each censored one,
    shape (m,); LOQs may differ. Without censored results the standard deviation divides
    by n, as likelihood does, not by n - 1. Source: Cohen, Technometrics 1 (1959);
    Helsel (2012), 6.2; by expectation and maximisation (Dempster, Laird and Rubin,
    1977). At least 5 numbers, and no more censored than numbers. For values that lean
    to the right, pass logarithms. Raises TooFew, NoSpread and NotCalculated.
    """
    taken, limits = _taken(numbers, below, least=5)
    check_spread(float(np.ptp(taken)), of=_OF)
    n = taken.size + limits.size
    mean, variance = float(taken.mean()), float(taken.var())
    for _step in range(_STEPS):
        sd = variance**0.5
        scaled = (limits - mean) / sd
        # The mean of a normal value below the limit is mean - sd × hazard.
        hazard = np.exp(-0.5 * scaled**2 - log_ndtr(scaled)) / (2 * np.pi) ** 0.5
        expected = mean - sd * hazard
        new_mean = float((taken.sum() + expected.sum()) / n)
        # E[(x - new mean)²] of a censored value, from its first two moments.
        second = variance * (1 - scaled * hazard - hazard**2)
        new_variance = float(
            (
                ((taken - new_mean) ** 2).sum()
                + (second + (expected - new_mean) ** 2).sum()
            )
            / n
        )
        moved = abs(new_mean - mean) / sd + abs(new_variance / variance - 1)
        mean, variance = new_mean, new_variance
        if moved < 1e-12:
            break
    return CensoredSummary(n=n, censored=limits.size, mean=mean, sd=variance**0.5)


@dataclass(frozen=True)
class KaplanMeier:
    """The median, and the mean no smaller than it can be, in the unit of the values.

    `median` is None where the results do not say it: it lies below the lowest number.
    `mean` takes what lies below the lowest number as that number, and so is never too
    small (Efron's convention).
    """

    n: int
    censored: int
    median: float | None
    mean: float


def kaplan_meier(numbers: Numbers, below: Numbers) -> KaplanMeier:
    """Return a summary that supposes no distribution.

    The product-limit estimate, of values turned round so that "below" is "longer than".
    Source: Kaplan and Meier, J. Am. Statist. Assoc. 53 (1958); Helsel (2012), 6.1. At
    least one number, and no more censored than numbers. Raises TooFew and
    NotCalculated.
    """
    taken, limits = _taken(numbers, below, least=1)
    levels = np.unique(taken)[::-1]
    # A result below its LOQ may be any value under it, so not one that equals it.
    at_or_below = np.array(
        [(taken <= level).sum() + (limits <= level).sum() for level in levels]
    )
    here = np.array([(taken == level).sum() for level in levels])
    # The share of values that lie below each level.
    shares = np.cumprod(1 - here / at_or_below)
    steps = -np.diff(np.concatenate([[1.0], shares]))
    mean = float(steps @ levels) + float(shares[-1]) * float(levels[-1])
    reached = np.flatnonzero(shares <= 0.5 + 1e-12)
    median: float | None = None
    if reached.size:
        median = float(levels[reached[0]])
        if abs(shares[reached[0]] - 0.5) < 1e-12:
            # Exactly half lie below: between this value and the next lower one, if any.
            lower = levels[reached[0] + 1 :]
            median = (median + float(lower[0])) / 2 if lower.size else None
    return KaplanMeier(
        n=taken.size + limits.size, censored=limits.size, median=median, mean=mean
    )


_OF = _("A summary of censored values")


def _taken(numbers: Numbers, below: Numbers, *, least: int) -> tuple[Array, Array]:
    check_censored(numbers=len(numbers), censored=len(below))
    taken = array(numbers, of=_OF, least=least)
    limits = array(below, of=_OF, least=0)
    return taken, limits
