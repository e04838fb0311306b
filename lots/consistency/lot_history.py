"""Lot history: the results of a lot beside those of the lots of its process before it.

Of its material, use, process and site, in the order of manufacture. The lots before it
make the control limits, so that the lot itself moves none (domain.md 4.1, 4.4). A test
of which the lot has no result yet is left out: what earlier lots had is shown when the
value is stored, and not to whoever still has to measure it. Reads, never writes.
"""

from dataclasses import dataclass

from lots.consistency import analysis, lots_before
from lots.consistency.analysis import Limits, Trend, TrendPoint
from lots.evaluation.outcome import Line, LotEvaluation
from lots.evaluation.test_series import SeriesOfTests, TestSeries
from lots.models import Test


@dataclass(frozen=True, eq=False)
class TestHistory:
    """A test: the trend of the lots before and of this lot, which is its last point.

    `line` is its criterion in the first assessment that has one; `before` are how many
    lots before it have a result.
    """

    test: Test
    line: Line | None
    limits: Limits | None
    trend: Trend
    before: int

    @property
    def own(self) -> TrendPoint:
        """Return the point of the lot."""
        return self.trend.points[-1]


@dataclass(frozen=True, eq=False)
class LotHistory:
    """The tests of which the lot has a number, in the order of its specification.

    `lots` are how many lots of the process were made before it, of those looked at.
    """

    lots: int
    process: str
    tests: tuple[TestHistory, ...]


def of_lot(evaluated: LotEvaluation, series: SeriesOfTests | None = None) -> LotHistory:
    """Return the lot beside the lots before it, in six queries beside master data.

    `series` are those of `lots_before`, where they are at hand.
    """
    lot, catalogue = evaluated.lot, evaluated.catalogue
    lines: dict[int, Line] = {}
    for one in evaluated.assessments:
        for line in one.lines:
            lines.setdefault(line.test.pk, line)
    series = series or lots_before.series_up_to(lot, catalogue)
    tests: list[TestHistory] = []
    for test_id, found in series.of_test.items():
        own = lots_before.ending_with(found, lot)
        if own is None:
            continue
        criterion = lines.get(test_id)
        limits = analysis.limits_of(criterion.rule) if criterion else None
        tests.append(
            TestHistory(
                test=catalogue.tests[test_id],
                line=criterion,
                limits=limits,
                trend=analysis.trend(
                    own, limits=limits, baseline=_baseline(own), with_alarms=False
                ),
                before=len(own.values) - 1,
            )
        )
    order = {test_id: place for place, test_id in enumerate(lines)}
    tests.sort(key=lambda one: (order.get(one.test.pk, len(order)), one.test.pk))
    return LotHistory(
        lots=max(series.lots - 1, 0),
        process=lot.qualification.process,
        tests=tuple(tests),
    )


def _baseline(series: TestSeries) -> int:
    """Return how many of the lots before the last may make limits."""
    return sum(
        not (one.is_censored or one.of_rejected_lot) for one in series.values[:-1]
    )
