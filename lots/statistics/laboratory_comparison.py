"""Laboratory comparison: a supplier's values against ours, one site against another."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from scipy.special import bdtr, fdtr, fdtri, stdtr, stdtrit

from lots.rules.refusal import Word
from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.moments import moments
from lots.statistics.samples import (
    NotCalculated,
    Numbers,
    array,
    check_share,
    check_spread,
)

# Fewer pairs say nothing about a bias (domain.md 4.6 takes the last ten lots).
LEAST_PAIRS = 5


@dataclass(frozen=True)
class Tolerance:
    """How far two laboratories may differ: the larger of two amounts.

    `absolute` in the unit of the values, `relative` as a share of our value. Texts or
    Decimals, not binary numbers: a difference on the limit is within it.
    """

    absolute: Decimal
    relative: Decimal = Decimal(0)

    def allows(self, theirs: Decimal, ours: Decimal) -> bool:
        """Say whether the difference is within the tolerance, reckoned exactly."""
        allowed = max(self.absolute, self.relative * abs(ours))
        return abs(theirs - ours) <= allowed


@dataclass(frozen=True)
class Paired:
    """The differences of pairs, theirs less ours, in the unit of the values.

    `bias` is their mean, with its confidence limits; `p` of the paired t test and
    `sign_p` of the sign test, both two-sided: small where a bias is certain.
    """

    n: int
    bias: float
    sd: float
    lower: float
    upper: float
    t: float
    p: float
    above: int
    below: int
    sign_p: float
    confidence: float

    @property
    def is_biased(self) -> bool:
        """Say whether 0 lies outside the confidence limits of the bias."""
        return self.lower > 0 or self.upper < 0


def paired(theirs: Numbers, ours: Numbers, *, confidence: float = 0.95) -> Paired:
    """Return the bias of their values against ours, for the same lots in both.

    Paired t test: NIST/SEMATECH e-Handbook 7.3.1; sign test: Conover, Practical
    Nonparametric Statistics, 3.4, in which equal pairs do not count. At least 5 pairs.
    Raises TooFew, NoSpread where all differences are equal, and NotCalculated for
    unequally many values.
    """
    check_share(confidence, name="confidence")
    of = _("A comparison of pairs")
    left = array(theirs, of=of, least=LEAST_PAIRS)
    right = array(ours, of=of, least=LEAST_PAIRS)
    if left.size != right.size:
        raise NotCalculated(
            "unpaired",
            "%(of)s needs a value of both laboratories for each lot; there are"
            " %(theirs)s and %(ours)s.",
            of=Word(of),
            theirs=left.size,
            ours=right.size,
        )
    differences = left - right
    found = moments(differences)
    # Differences of decimals that are all equal differ in the last binary digits.
    check_spread(found.sd - 1e-12 * float(np.abs(left).max()), of=of)
    error = found.sd / found.n**0.5
    t = found.mean / error
    half = float(stdtrit(found.n - 1, (1 + confidence) / 2)) * error
    above, below = int((differences > 0).sum()), int((differences < 0).sum())
    return Paired(
        n=found.n,
        bias=found.mean,
        sd=found.sd,
        lower=found.mean - half,
        upper=found.mean + half,
        t=t,
        p=2 * float(stdtr(found.n - 1, -abs(t))),
        above=above,
        below=below,
        sign_p=min(1.0, 2 * float(bdtr(min(above, below), above + below, 0.5))),
        confidence=confidence,
    )


@dataclass(frozen=True)
class Welch:
    """The difference of two means, first less second, in the unit of the values."""

    difference: float
    lower: float
    upper: float
    t: float
    freedom: float
    p: float
    confidence: float


def welch(first: Numbers, second: Numbers, *, confidence: float = 0.95) -> Welch:
    """Return Welch's test of two means whose variances may differ; two-sided.

    Source: Welch, Biometrika 34 (1947); NIST/SEMATECH e-Handbook 1.3.5.3. At least 2
    values in each. Raises TooFew, and NoSpread where nothing differs in either.
    """
    check_share(confidence, name="confidence")
    one, two = moments(first), moments(second)
    parts = one.sd**2 / one.n, two.sd**2 / two.n
    error = float(sum(parts) ** 0.5)
    check_spread(error, of=_("Welch's test"))
    freedom = sum(parts) ** 2 / (
        parts[0] ** 2 / (one.n - 1) + parts[1] ** 2 / (two.n - 1)
    )
    difference = one.mean - two.mean
    t = difference / error
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return Welch(
        difference=difference,
        lower=difference - half,
        upper=difference + half,
        t=t,
        freedom=freedom,
        p=2 * float(stdtr(freedom, -abs(t))),
        confidence=confidence,
    )


@dataclass(frozen=True)
class VarianceRatio:
    """The ratio of two variances, first by second, with its confidence limits."""

    ratio: float
    lower: float
    upper: float
    df_first: int
    df_second: int
    p: float
    confidence: float


def variance_ratio(
    first: Numbers, second: Numbers, *, confidence: float = 0.95
) -> VarianceRatio:
    """Return the F test of two variances; two-sided.

    For normal values; it is misled by others. Source: NIST/SEMATECH e-Handbook 1.3.5.9.
    At least 2 values in each. Raises TooFew and NoSpread.
    """
    check_share(confidence, name="confidence")
    one, two = moments(first), moments(second)
    check_spread(min(one.sd, two.sd), of=_("An F test"))
    ratio = (one.sd / two.sd) ** 2
    df_one, df_two = one.n - 1, two.n - 1
    tail = float(fdtr(df_one, df_two, ratio))
    high, low = (
        float(fdtri(df_one, df_two, share))
        for share in ((1 + confidence) / 2, (1 - confidence) / 2)
    )
    return VarianceRatio(
        ratio=ratio,
        lower=ratio / high,
        upper=ratio / low,
        df_first=df_one,
        df_second=df_two,
        p=min(1.0, 2 * min(tail, 1 - tail)),
        confidence=confidence,
    )
