"""Analysis of variance: whether groups differ by more than what is within them.

Groups are laboratories, sites, runs or campaigns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.samples import (
    Array,
    Numbers,
    array,
    check_count,
    check_spread,
)


@dataclass(frozen=True)
class OneWay:
    """A one-way analysis of variance; sums of squares in the squared unit of values.

    `size` is the common size of groups, or the size that stands for it where they
    differ.
    """

    means: tuple[float, ...]
    grand_mean: float
    df_between: int
    df_within: int
    ss_between: float
    ss_within: float
    f: float
    p: float
    size: float

    @property
    def ms_between(self) -> float:
        return self.ss_between / self.df_between

    @property
    def ms_within(self) -> float:
        return self.ss_within / self.df_within

    @property
    def r_squared(self) -> float:
        return self.ss_between / (self.ss_between + self.ss_within)

    @property
    def within_sd(self) -> float:
        """Return the standard deviation within groups: repeatability."""
        return float(self.ms_within**0.5)

    @property
    def between_variance(self) -> float:
        """Return the variance of groups without what is within them; never below 0."""
        return max(0.0, (self.ms_between - self.ms_within) / self.size)

    @property
    def intermediate_sd(self) -> float:
        """Return the standard deviation of one value of one group."""
        return float((self.between_variance + self.ms_within) ** 0.5)

    def variance_of_mean(self, *, groups: int, each: int) -> float:
        """Return the variance of a mean of `groups` groups with `each` values.

        Source: USP <1010>, appendix B.
        """
        return self.between_variance / groups + self.ms_within / (groups * each)


def one_way(groups: Sequence[Numbers]) -> OneWay:
    """Return the one-way analysis of variance of at least two groups.

    Source: NIST/SEMATECH e-Handbook 7.4.3; components of variance: Montgomery, Design
    and Analysis of Experiments, 3.9, with n0 where groups differ in size; checked
    against NIST StRD. Each group has at least one value, one of them at least two.
    Raises TooFew, and NoSpread where nothing differs within groups.
    """
    of = _("An analysis of variance")
    check_count(len(groups), of=of, least=2, unit=_("groups"))
    taken = [array(group, of=of) for group in groups]
    every = np.concatenate(taken)
    sizes = np.array([group.size for group in taken])
    k, n = len(taken), every.size
    check_count(n - k, of=of, least=1, unit=_("repeated values"))
    # From the first value on, so that values that hardly differ keep their digits.
    origin = every[0]
    shifted = [group - origin for group in taken]
    means = np.array([group.mean() for group in shifted])
    grand = float((sizes @ means) / n)
    ss_between = float(sizes @ (means - grand) ** 2)
    ss_within = float(
        sum(_square(group - mean) for group, mean in zip(shifted, means, strict=True))
    )
    check_spread(ss_within, of=of)
    f = (ss_between / (k - 1)) / (ss_within / (n - k))
    return OneWay(
        means=tuple(float(origin + mean) for mean in means),
        grand_mean=float(origin + grand),
        df_between=k - 1,
        df_within=n - k,
        ss_between=ss_between,
        ss_within=ss_within,
        f=f,
        p=float(fdtrc(k - 1, n - k, f)),
        size=float((n - (sizes @ sizes) / n) / (k - 1)),
    )


def _square(deviations: Array) -> float:
    """Return the sum of squares about the mean, freed of what rounding left in it."""
    return float(deviations @ deviations - deviations.sum() ** 2 / deviations.size)
