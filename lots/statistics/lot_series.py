"""Lot series: which results of a test are drawn, which make limits and which an index.

Results are the reportable values of release testing, unrounded, without retests, in the
order of manufacture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lots.statistics.samples import Array


@dataclass(frozen=True)
class LotResult:
    """The reportable value of a lot, and what is known of it.

    `value` of a censored result is its LOQ. `is_excluded`: QA left the point out of the
    baseline, with a reason.
    """

    lot: str
    value: Decimal
    is_censored: bool = False
    is_invalidated: bool = False
    is_excluded: bool = False
    of_rejected_lot: bool = False

    @property
    def is_hollow(self) -> bool:
        """Say whether the point is drawn hollow: it makes no limits."""
        return self.is_censored or self.is_excluded or self.of_rejected_lot


@dataclass(frozen=True, eq=False)
class LotSeries:
    """The results of a test, sorted by what takes them.

    `drawn`: every result that was not invalidated. `baseline`: the numbers that may
    make limits and Cpk. `overall`: the numbers that Pp and Ppk take, those of rejected
    lots and of excluded points included. The counts are said beside the figures.
    """

    drawn: tuple[LotResult, ...]
    baseline: Array
    overall: Array
    censored: int
    rejected: int
    excluded: int
    invalidated: int


def lot_series(results: Sequence[LotResult]) -> LotSeries:
    """Return the results sorted by what takes them; the order is kept.

    An invalidated result is in nothing. A censored one is drawn at its LOQ and is no
    number of a baseline or an index. A valid result of a rejected lot, and a point that
    QA excluded, is left out of a baseline and counts in Pp and Ppk: what a process does
    is not bettered by leaving out. `rejected` and `excluded` count numbers alone; a
    point that is both counts as rejected. No results give empty arrays, which charts
    and indices refuse in words. Source: domain.md 4.1; ICH Q7 2.50 (all failed
    batches).
    """
    drawn = tuple(one for one in results if not one.is_invalidated)
    numbers = [one for one in drawn if not one.is_censored]
    return LotSeries(
        drawn=drawn,
        baseline=_values([one for one in numbers if not one.is_hollow]),
        overall=_values(numbers),
        censored=len(drawn) - len(numbers),
        rejected=sum(one.of_rejected_lot for one in numbers),
        excluded=sum(one.is_excluded and not one.of_rejected_lot for one in numbers),
        invalidated=len(results) - len(drawn),
    )


def _values(results: Sequence[LotResult]) -> Array:
    return np.array([one.value for one in results], dtype=np.float64)
