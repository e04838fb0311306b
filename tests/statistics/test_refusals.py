"""No statistic is ever NaN: a number, or a refusal in words."""

import ast
import dataclasses
import math
import pkgutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lots.statistics as package
from lots.statistics import (
    analysis_of_variance,
    capability,
    censored_values,
    control_charts,
    false_alarms,
    fingerprint,
    laboratory_comparison,
    moments,
    normality,
    outliers,
    poolability,
    prediction_limits,
    run_rules,
    shelf_life,
    skewed_values,
    small_shifts,
    stability_trend,
    straight_line,
    tolerance_intervals,
)
from lots.statistics.control_charts import Limits
from lots.statistics.poolability import StabilityPoint
from lots.statistics.samples import NotCalculated
from lots.statistics.specification_limits import SpecificationLimits

BOTH = SpecificationLimits(-1.0, 2.0)
UNIT = Limits(centre=0.0, lower=-3.0, upper=3.0, sigma=1.0)


def pairs(values):
    return [values[at : at + 2] for at in range(0, len(values) - 1, 2)]


def study(values):
    return [
        StabilityPoint("AB"[at % 2], 3.0 * (at // 2), value)
        for at, value in enumerate(values)
    ]


CALLS = {
    "moments": moments.moments,
    "autocorrelation": moments.lag_one_autocorrelation,
    "robust": moments.robust,
    "percentile": lambda values: moments.percentile(values, share=0.9),
    "normality": normality.anderson_darling,
    "individuals": control_charts.individuals,
    "means and ranges": lambda values: control_charts.means_and_ranges(pairs(values)),
    "means and deviations": lambda values: control_charts.means_and_deviations(
        pairs(values)
    ),
    "ewma": lambda values: small_shifts.ewma(values, UNIT),
    "cusum": lambda values: small_shifts.cusum(values, UNIT),
    "run rules": lambda values: run_rules.signals(
        values, control_charts.individuals(values).individuals
    ),
    "capability": lambda values: capability.capability(values, BOTH),
    "performance": lambda values: capability.performance(values, BOTH),
    "observed": lambda values: skewed_values.observed(values, BOTH),
    "box-cox": lambda values: skewed_values.transformed_performance(values, BOTH),
    "censored": lambda values: censored_values.maximum_likelihood(
        values, values[: len(values) // 3]
    ),
    "kaplan-meier": lambda values: censored_values.kaplan_meier(
        values, values[: len(values) // 3]
    ),
    "tolerance": tolerance_intervals.two_sided,
    "tolerance of one side": lambda values: tolerance_intervals.one_sided(
        values, is_upper=True
    ),
    "prediction": lambda values: prediction_limits.trend(
        1.0, prediction_limits.prediction_limits(values)
    ),
    "grubbs": outliers.grubbs,
    "esd": lambda values: outliers.generalised_esd(values, most=3),
    "paired": lambda values: laboratory_comparison.paired(values, values[::-1]),
    "welch": lambda values: laboratory_comparison.welch(values[::2], values[1::2]),
    "variances": lambda values: laboratory_comparison.variance_ratio(
        values[::2], values[1::2]
    ),
    "anova": lambda values: analysis_of_variance.one_way(pairs(values)),
    "line": lambda values: straight_line.straight_line(range(len(values)), values),
    "poolability": lambda values: poolability.poolability(study(values)),
    "shelf life": lambda values: shelf_life.shelf_life(study(values), BOTH),
    "stability trend": lambda values: stability_trend.expected_point(
        study(values), [StabilityPoint("C", 0, 1.0)], month=6
    ),
    "fingerprint": lambda values: fingerprint.fingerprint(["A", "B"], pairs(values)),
}


def numbers(answer):
    """Yield every number of an answer."""
    if dataclasses.is_dataclass(answer):
        for field in dataclasses.fields(answer):
            yield from numbers(getattr(answer, field.name))
    elif isinstance(answer, np.ndarray):
        yield from answer.ravel().tolist()
    elif isinstance(answer, tuple | list):
        for one in answer:
            yield from numbers(one)
    elif isinstance(answer, int | float):
        yield answer


NASTY = {
    "equal": [1.1] * 40,
    "two values": [0.05, 0.06] * 20,
    "one apart": [1.1] * 39 + [1.2],
    "half apart": [1.1] * 20 + [1.2] * 20,
    "in order": [at / 10 for at in range(40)],
    "zero": [0.0] * 40,
    "wild": [*(at / 10 for at in range(39)), 1e9],
    "minute": [1e-9 * (1 + at % 7) for at in range(40)],
    "large": [1e12 + at % 7 for at in range(40)],
    "binary": [0.1 + 0.2] * 20 + [0.3] * 20,
    "negative": [-1.0 - at % 6 for at in range(40)],
    "few": [1.0, 2.0, 4.0],
    "one": [1.0],
    "none": [],
}


@pytest.mark.parametrize("values", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_answer_is_finite_or_refused_in_words(call, values):
    _finite_or_refused(call, values)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@given(
    values=st.lists(st.integers(-5, 5), max_size=40)
    | st.lists(st.integers(-5, 5), min_size=30, max_size=40)
)
@settings(max_examples=8)
def test_answer_to_any_small_decimals_is_finite_or_refused(call, values):
    _finite_or_refused(call, [value / 10 for value in values])


def _finite_or_refused(call, values):
    answer, refusal = _asked(call, values)

    assert [one for one in numbers(answer) if not math.isfinite(one)] == []
    assert refusal is None or (refusal.endswith(".") and "%(" not in refusal)


def _asked(call, values):
    """Return the answer and None, or no answer and the refusal."""
    try:
        return call(values), None
    except NotCalculated as refused:
        return (), str(refused)


def test_modules_that_are_not_asked_take_no_row_of_values():
    asked = {name.rpartition(".")[2] for name in _modules_imported_here()}

    every = {module.name for module in pkgutil.iter_modules(package.__path__)}

    assert every - asked == {
        "chart_constants", "digit_habits", "extrapolation", "lot_series", "phases",
        "plausibility", "proportions",
    }  # fmt: skip


def _modules_imported_here():
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("lots."):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_is_no_number_is_refused_in_words(call, value):
    values = [at / 10 for at in range(39)]

    with pytest.raises(NotCalculated, match="takes numbers only"):
        call([*values, value])


def test_rate_of_false_alarms_is_finite_for_any_step():
    for step in (0.0, 0.001, 0.5, 1.5):
        rate = false_alarms.false_alarms(rules=run_rules.NELSON, baseline=8, step=step)
        assert all(map(math.isfinite, numbers(rate)))
