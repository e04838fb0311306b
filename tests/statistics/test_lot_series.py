"""Which results are drawn, make limits, and count in an index."""

from decimal import Decimal

import pytest

from lots.statistics import capability, control_charts
from lots.statistics.lot_series import LotResult, lot_series
from lots.statistics.samples import TooFew
from lots.statistics.specification_limits import SpecificationLimits

VALID = [LotResult(f"B-{at}", Decimal(f"99.{at}")) for at in range(1, 9)]
REJECTED = LotResult("B-10", Decimal("97.1"), of_rejected_lot=True)
EXCLUDED = LotResult("B-11", Decimal("98.4"), is_excluded=True)
BOTH = LotResult("B-12", Decimal("97.0"), is_excluded=True, of_rejected_lot=True)
BELOW = LotResult("B-13", Decimal("0.05"), is_censored=True)
INVALIDATED = LotResult("B-14", Decimal("50.0"), is_invalidated=True)


def test_each_result_counts_where_it_should():
    found = lot_series([*VALID, REJECTED, EXCLUDED, BOTH, BELOW, INVALIDATED])

    assert found.drawn == (*VALID, REJECTED, EXCLUDED, BOTH, BELOW)
    assert found.baseline.tolist() == [float(one.value) for one in VALID]
    assert found.overall.tolist() == [*found.baseline.tolist(), 97.1, 98.4, 97.0]
    assert (found.censored, found.rejected, found.excluded, found.invalidated) == (
        1,
        2,
        1,
        1,
    )


@pytest.mark.parametrize(
    ("result", "is_hollow"),
    [(VALID[0], False), (REJECTED, True), (EXCLUDED, True), (BELOW, True)],
)
def test_point_that_makes_no_limits_is_hollow(result, is_hollow):
    assert result.is_hollow is is_hollow


def test_below_loq_is_no_number_though_it_is_invalidated_too():
    both = LotResult("B-1", Decimal("0.05"), is_censored=True, is_invalidated=True)

    found = lot_series([both])

    assert (found.drawn, found.censored, found.invalidated) == ((), 0, 1)


def test_rejected_lot_widens_ppk_and_not_the_limits():
    values = [Decimal(f"99.{at % 7}{at % 10}") for at in range(30)]
    good = [LotResult(f"B-{at}", value) for at, value in enumerate(values)]
    limits = SpecificationLimits(lower=98.0)

    alone, with_rejected = lot_series(good), lot_series([*good, REJECTED])

    assert control_charts.individuals(with_rejected.baseline) == (
        control_charts.individuals(alone.baseline)
    )
    assert (
        capability.performance(with_rejected.overall, limits).nearest.estimate
        < capability.performance(alone.overall, limits).nearest.estimate
    )


def test_no_results_are_refused_by_what_takes_them():
    with pytest.raises(TooFew, match="An individuals chart needs at least 8 values"):
        control_charts.individuals(lot_series([]).baseline)
