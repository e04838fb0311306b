"""Analysis: what control charts, run rules and indices say of a series of results.

Every statistic is that of `lots/statistics`, whose refusals are kept and shown in
words. A statistic informs and never decides.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lots.evaluation.test_series import LotValue, TestSeries
from lots.rules import verdicts
from lots.rules.criterion import CriterionKind, limit
from lots.statistics import capability, control_charts, skewed_values
from lots.statistics.capability import Index
from lots.statistics.censored_values import check_censored
from lots.statistics.control_charts import Individuals
from lots.statistics.false_alarms import FalseAlarms, false_alarms
from lots.statistics.lot_series import LotResult, lot_series
from lots.statistics.moments import Moments, moments
from lots.statistics.phases import Phase, signals_of_phases
from lots.statistics.run_rules import (
    NELSON,
    PROPOSED,
    WESTERN_ELECTRIC,
    RunRule,
    standardised,
)
from lots.statistics.samples import NotCalculated
from lots.statistics.skewed_values import Observed, Transformed
from lots.statistics.specification_limits import SpecificationLimits

_Found = TypeVar("_Found")
# What a reader may switch on, by the word of the address.
RULE_SETS: dict[str, tuple[RunRule, ...]] = {
    "proposed": PROPOSED,
    "nelson": NELSON,
    "western_electric": WESTERN_ELECTRIC,
    "nelson_1": (RunRule.NELSON_1,),
}
# A value that was not calculated has no more decimals than this.
_TYPED_DECIMALS = 6


@dataclass(frozen=True)
class TrendPoint:
    """A lot of the trend, with what the chart says of it.

    `moving_range` is the difference from the joined point before, `distance` the one
    from the centre line in sigma; None where there is none.
    """

    of_lot: LotValue
    is_hollow: bool
    is_oos: bool
    moving_range: float | None = None
    is_range_beyond: bool = False
    distance: float | None = None
    rules: tuple[RunRule, ...] = ()


@dataclass(frozen=True)
class Limits:
    """The limits of a criterion as its specification has them, None where it has none.

    `rule` is the criterion as the rules see it.
    """

    rule: verdicts.Criterion
    lower: float | None = None
    upper: float | None = None
    alert_lower: float | None = None
    alert_upper: float | None = None


@dataclass(frozen=True, eq=False)
class Trend:
    """What the results of a test show. A refusal stands where there is no figure.

    `baseline` is how many lots make the limits; `newest_signal` how many lots ago the
    last signal was, None without one.
    """

    points: tuple[TrendPoint, ...]
    censored: int
    rejected: int
    baseline: int
    numbers: Moments | NotCalculated
    chart: Individuals | NotCalculated
    signals: "tuple[Signal, ...] | NotCalculated"
    alarms: FalseAlarms | None
    within: Index | NotCalculated
    overall: Index | NotCalculated
    observed: Observed | NotCalculated | None
    transformed: Transformed | NotCalculated | None

    @property
    def oos(self) -> int:
        """Return how many results fail the limits that are shown."""
        return sum(point.is_oos for point in self.points)

    @property
    def newest_signal(self) -> int | None:
        """Return how many lots were made since the last one that signals."""
        places = [place for place, one in enumerate(self.points) if one.rules]
        return len(self.points) - 1 - places[-1] if places else None


@dataclass(frozen=True)
class Signal:
    """A run of lots at which a rule signals: from its first to its last lot.

    A run that goes on signals at each further lot; it is one signal of so many.
    """

    rule: RunRule
    first: TrendPoint
    last: TrendPoint
    lots: int


def limits_of(rule: verdicts.Criterion) -> Limits:
    """Return the limits that a criterion holds a number against."""
    if not (rule.kind.compares or rule.kind is CriterionKind.COUNT):
        return Limits(rule)
    lower, upper, alert_lower, alert_upper = (
        float(limit(rule, name)) if getattr(rule, name) else None
        for name in ("low", "high", "alert_low", "alert_high")
    )
    return Limits(rule, lower, upper, alert_lower, alert_upper)


def trend(
    series: TestSeries,
    *,
    limits: Limits | None = None,
    rules: Collection[RunRule] = PROPOSED,
    baseline: int | None = None,
    with_alarms: bool = True,
) -> Trend:
    """Return what the results show against the limits of a specification.

    `baseline`: so many of the first lots that may make limits; None takes all of them.
    Results below LOQ and those of rejected lots make none (domain.md 4.1).
    """
    found = lot_series(
        [
            LotResult(
                one.number,
                one.value,
                is_censored=one.is_censored,
                of_rejected_lot=one.of_rejected_lot,
            )
            for one in series.values
        ]
    )
    joined = [
        place
        for place, one in enumerate(series.values)
        if not (one.is_censored or one.of_rejected_lot)
    ]
    first = found.baseline[:baseline]

    def limited() -> Individuals:
        check_censored(numbers=len(found.overall), censored=found.censored)
        return control_charts.individuals(first)

    chart = _or_refusal(limited)
    signalled: dict[int, list[RunRule]] = {}
    signals: list[tuple[RunRule, int]] | NotCalculated
    if isinstance(chart, NotCalculated):
        signals = chart
    else:
        known = chart

        def run() -> list[tuple[RunRule, int]]:
            return [
                (one.rule, joined[one.at])
                for one in signals_of_phases(
                    found.baseline, [Phase(0, known.individuals)], rules=rules
                )
            ]

        signals = _or_refusal(run)
        if not isinstance(signals, NotCalculated):
            for rule, place in signals:
                signalled.setdefault(place, []).append(rule)
    points = _points(series.values, joined, chart, signalled, limits)
    alarms = None
    if with_alarms and not isinstance(chart, NotCalculated | type(None)):
        alarms = false_alarms(
            rules=rules, baseline=chart.n, step=_step(series.values, chart.sigma)
        )
    within, overall = _indices(found.baseline[:baseline], found, limits)
    observed: Observed | NotCalculated | None = None
    transformed: Transformed | NotCalculated | None = None
    if _is_doubtful(overall) and limits is not None:
        of_limits = SpecificationLimits(limits.lower, limits.upper)
        observed = _or_refusal(lambda: skewed_values.observed(found.overall, of_limits))
        transformed = _or_refusal(
            lambda: skewed_values.transformed_performance(found.overall, of_limits)
        )
    return Trend(
        points=points,
        censored=found.censored,
        rejected=found.rejected,
        baseline=len(first),
        numbers=_or_refusal(lambda: moments(found.overall)),
        chart=chart,
        signals=signals
        if isinstance(signals, NotCalculated)
        else _runs(signals, points, joined),
        alarms=alarms,
        within=within,
        overall=overall,
        observed=observed,
        transformed=transformed,
    )


def _points(
    values: Sequence[LotValue],
    joined: Sequence[int],
    chart: Individuals | NotCalculated,
    signalled: dict[int, list[RunRule]],
    limits: Limits | None,
) -> tuple[TrendPoint, ...]:
    before = dict(zip(joined[1:], joined, strict=False))
    hollow = set(range(len(values))) - set(joined)
    points = []
    for place, one in enumerate(values):
        moving_range = distance = None
        is_beyond = False
        if place in before:
            moving_range = abs(float(one.value - values[before[place]].value))
        if not isinstance(chart, NotCalculated):
            if moving_range is not None:
                is_beyond = bool(chart.moving_range.beyond([moving_range])[0])
            if not one.is_censored:
                distance = float(standardised([one.value], chart.individuals)[0])
        points.append(
            TrendPoint(
                of_lot=one,
                is_hollow=place in hollow,
                is_oos=limits is not None and one.is_oos(limits.rule),
                moving_range=moving_range,
                is_range_beyond=is_beyond,
                distance=distance,
                rules=tuple(signalled.get(place, ())),
            )
        )
    return tuple(points)


def _runs(
    signals: Sequence[tuple[RunRule, int]],
    points: Sequence[TrendPoint],
    joined: Sequence[int],
) -> tuple[Signal, ...]:
    """Return signals of one rule at neighbouring lots as one, the newest first."""
    order = {place: number for number, place in enumerate(joined)}
    runs: list[tuple[RunRule, list[int]]] = []
    for rule, place in sorted(signals, key=lambda one: (one[0].value, one[1])):
        if runs and runs[-1][0] is rule and order[place] == order[runs[-1][1][-1]] + 1:
            runs[-1][1].append(place)
        else:
            runs.append((rule, [place]))
    runs.sort(key=lambda one: (-one[1][-1], one[0].value))
    return tuple(
        Signal(rule, points[places[0]], points[places[-1]], len(places))
        for rule, places in runs
    )


def _indices(baseline, found, limits):
    """Return Cp with Cpk, and Pp with Ppk, or why there are none."""

    def of_limits() -> SpecificationLimits:
        if limits is None:
            return SpecificationLimits()
        return SpecificationLimits(limits.lower, limits.upper)

    return (
        _or_refusal(
            lambda: capability.capability(
                baseline, of_limits(), censored=found.censored
            )
        ),
        _or_refusal(
            lambda: capability.performance(
                found.overall, of_limits(), censored=found.censored
            )
        ),
    )


def _is_doubtful(index: Index | NotCalculated) -> bool:
    return (
        isinstance(index, Index)
        and index.normality is not None
        and index.normality.is_doubtful
    )


def _step(values: Sequence[LotValue], sigma: float) -> float:
    """Return the last reported decimal in sigma; 0 for values that were calculated."""
    decimals = [max(0, -int(one.value.as_tuple().exponent)) for one in values]
    finest = max(decimals, default=0)
    if finest > _TYPED_DECIMALS:
        return 0.0
    # Beyond three sigma nothing but one value would be reported.
    step = 10.0**-finest / sigma
    return step if math.isfinite(step) and step < 3 else 0.0


def _or_refusal(find: Callable[[], _Found]) -> _Found | NotCalculated:
    try:
        return find()
    except NotCalculated as refusal:
        return refusal
