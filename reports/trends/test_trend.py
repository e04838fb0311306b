"""Test trend: everything that the page of a test's trend and its files show."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lots.consistency import analysis
from lots.consistency.analysis import Limits, Signal, Trend, TrendPoint
from lots.evaluation.test_series import SeriesOfTests, TestSeries
from lots.models import Test
from lots.statistics.run_rules import RunRule
from reports.charts.picture import Picture
from reports.charts.scale import printed
from reports.trends import drawings, figures
from reports.trends.figures import Row


@dataclass(frozen=True)
class PointRow:
    """A lot of the table of points, its figures as texts."""

    point: TrendPoint
    moving_range: str
    distance: str
    signals: tuple[str, ...]


@dataclass(frozen=True)
class SignalRow:
    """A signal in words, with the lots of it."""

    signal: Signal
    words: str


@dataclass(frozen=True, eq=False)
class TestTrend:
    """The trend of a test over the last lots, as texts and pictures.

    `refusals` say why there are no control limits or no rules; `unsaid` why there is
    no index. Rows of `points` are the newest first.
    """

    test: Test
    lots: int
    has_more: bool
    without_number: tuple[str, ...]
    invalidated: int
    found: Trend
    chart: Picture | None
    histogram: Picture | None
    points: tuple[PointRow, ...]
    signals: tuple[SignalRow, ...]
    alarms: str
    numbers: tuple[Row, ...]
    indices: tuple[Row, ...]
    unsaid: tuple[str, ...]
    refusals: tuple[str, ...]

    def csv_header(self) -> list[str]:
        """Return the headings of the table of points."""
        value = _("Value")
        return [
            _("Lot"),
            _("Manufactured"),
            f"{value}, {self.test.unit}" if self.test.unit else value,
            _("As reported"),
            _("Below LOQ"),
            _("Rejected lot"),
            _("Reviewed"),
            _("OOS"),
            _("Moving range"),
            _("σ from centre"),
            _("Signals"),
        ]

    def csv_rows(self) -> Iterator[list[str]]:
        """Return the rows of the table, oldest first, with every digit."""
        for row in reversed(self.points):
            point, of_lot = row.point, row.point.of_lot
            yield [
                of_lot.number,
                of_lot.manufactured_on.isoformat(),
                format(of_lot.value, "f"),
                of_lot.text,
                *(
                    _("yes") if one else _("no")
                    for one in (
                        of_lot.is_censored,
                        of_lot.of_rejected_lot,
                        of_lot.is_reviewed,
                        point.is_oos,
                    )
                ),
                "" if point.moving_range is None else f"{point.moving_range:.10g}",
                "" if point.distance is None else f"{point.distance:.4f}",
                "; ".join(row.signals),
            ]


def test_trend(
    test: Test,
    series: SeriesOfTests,
    own: TestSeries,
    limits: Limits | None,
    *,
    rules: Collection[RunRule],
    baseline: int | None,
) -> TestTrend:
    """Return the trend of the test, whose series is `own`, with words and pictures."""
    found = analysis.trend(own, limits=limits, rules=rules, baseline=baseline)
    digits = figures.decimals(found)
    indices, unsaid = figures.indices(found)
    signals = found.signals if isinstance(found.signals, tuple) else ()
    return TestTrend(
        test=test,
        lots=series.lots,
        has_more=series.has_more,
        without_number=own.without_number,
        invalidated=own.invalidated,
        found=found,
        chart=drawings.chart(found, limits, test=test.name, unit=test.unit),
        histogram=drawings.frequencies(found, limits, test=test.name, unit=test.unit),
        points=tuple(
            PointRow(
                point,
                ""
                if point.moving_range is None
                else printed(point.moving_range, digits),
                "" if point.distance is None else _signed(point.distance),
                tuple(f"{one.printed_name}: {_(one.word)}" for one in point.rules),
            )
            for point in reversed(found.points)
        ),
        signals=tuple(SignalRow(one, figures.signal_words(one)) for one in signals),
        alarms=figures.alarm_words(found),
        numbers=tuple(figures.numbers(found, unit=test.unit)),
        indices=tuple(indices),
        unsaid=tuple(unsaid),
        refusals=tuple(figures.refusals(found)),
    )


def _signed(value: float) -> str:
    text = printed(value, 1)
    return text if value < 0 or float(f"{value:.1f}") == 0 else f"+{text}"
