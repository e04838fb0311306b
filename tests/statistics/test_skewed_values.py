"""Normality, percentiles and Box-Cox, beside scipy.stats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lots.statistics import skewed_values
from lots.statistics.capability import performance
from lots.statistics.normality import anderson_darling, probability
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from lots.statistics.specification_limits import SpecificationLimits

IMPURITY = np.random.default_rng(8).lognormal(np.log(0.06), 0.4, size=120)
NMT = SpecificationLimits(upper=0.20)


def test_anderson_darling_agrees_with_a_direct_sum():
    values = np.random.default_rng(3).normal(99.7, 0.3, size=50)
    scaled = np.sort((values - values.mean()) / values.std(ddof=1))
    n = len(scaled)
    logs = stats.norm.logcdf(scaled) + stats.norm.logsf(scaled[::-1])
    direct = -n - sum((2 * i + 1) * logs[i] for i in range(n)) / n

    found = anderson_darling(values)

    assert found.statistic == pytest.approx(direct * (1 + 0.75 / n + 2.25 / n**2))


@pytest.mark.parametrize(
    ("a", "p"), [(0.631, 0.10), (0.752, 0.05), (0.873, 0.025), (1.035, 0.01)]
)
def test_p_value_agrees_with_the_printed_critical_values(a, p):
    """D'Agostino and Stephens, table 4.7, case 3."""
    assert probability(a) == pytest.approx(p, rel=0.04)


def test_normal_values_are_doubted_once_in_a_hundred():
    random = np.random.default_rng(6)
    rows = random.normal(size=(1500, 40))

    doubted = np.mean([anderson_darling(row).is_doubtful for row in rows])

    assert doubted == pytest.approx(0.01, abs=0.006)


@pytest.mark.parametrize("step", [0.25, 0.5, 1.0])
def test_results_are_not_doubted_for_their_rounding(step):
    random = np.random.default_rng(7)
    doubted = 0
    for _ in range(300):
        values = np.round((random.normal(size=100) + random.uniform()) / step) * step
        doubted += anderson_darling(values).is_doubtful

    assert doubted / 300 <= 0.02


def test_rounded_lognormal_results_are_doubted():
    random = np.random.default_rng(9)
    rows = np.round(random.lognormal(np.log(0.06), 0.5, size=(100, 100)), 2)

    doubted = sum(anderson_darling(row).is_doubtful for row in rows)

    assert doubted > 90


def test_curves_of_the_p_value_meet_and_fall():
    grid = np.linspace(0.02, 60, 6000)
    probabilities = [probability(a) for a in grid]

    assert max(probabilities) <= 1
    assert min(probabilities) >= 0
    assert max(np.diff(probabilities)) < 0.004
    assert probability(1e4) == 0


def test_box_cox_agrees_with_scipy():
    for power, values in (
        (0, IMPURITY),
        (0.5, np.random.default_rng(4).normal(5, 1, size=80) ** 2),
        (-1, 1 / np.random.default_rng(5).normal(5, 0.8, size=80)),
    ):
        found = skewed_values.box_cox(values)
        assert found == pytest.approx(
            stats.boxcox_normmax(values, method="mle"), abs=1e-4
        )
        assert found == pytest.approx(power, abs=1.0)


@given(st.sampled_from([1e-3, 10.0, 1e4]), st.integers(0, 50))
@settings(max_examples=20)
def test_power_does_not_rest_on_the_unit(unit, seed):
    values = np.random.default_rng(seed).lognormal(0, 0.5, size=40)

    assert skewed_values.box_cox(unit * values) == pytest.approx(
        skewed_values.box_cox(values), abs=1e-5
    )


def test_impurity_has_an_index_of_its_logarithms_and_doubts_the_normal_one():
    normal = performance(IMPURITY, NMT)
    found = skewed_values.transformed_performance(IMPURITY, NMT)
    logs = performance(np.log(IMPURITY), SpecificationLimits(upper=np.log(0.20)))

    assert normal.normality.is_doubtful
    assert normal.nearest.estimate > 1.2 * found.index.nearest.estimate
    assert abs(found.power) < 0.5
    assert found.index.spread is None
    assert found.index.nearest.estimate == pytest.approx(
        logs.nearest.estimate, rel=0.25
    )


def test_lower_limit_of_nothing_is_left_out_of_an_index_of_logarithms():
    both = SpecificationLimits(0, 0.20)

    assert skewed_values.transformed_performance(
        IMPURITY, both
    ) == skewed_values.transformed_performance(IMPURITY, NMT)


def test_two_peaks_have_no_transformation():
    random = np.random.default_rng(1)
    values = np.concatenate([random.normal(1, 0.05, 40), random.normal(2, 0.05, 40)])

    with pytest.raises(NotCalculated, match="use percentiles"):
        skewed_values.transformed_performance(values, SpecificationLimits(upper=3))


def test_observed_says_percentiles_and_the_most_that_may_be_beyond():
    values = np.arange(1, 100) / 100

    found = skewed_values.observed(values, SpecificationLimits(0.03, 0.98))

    assert (found.n, found.median) == (99, pytest.approx(0.5))
    assert (found.low, found.high) == pytest.approx((0.05, 0.95))
    # 0.01, 0.02 and 0.99; a value on a limit is within.
    assert found.share_beyond == pytest.approx(3 / 99)
    assert found.most_beyond == pytest.approx(
        stats.binomtest(3, 99, alternative="less").proportion_ci(0.95).high
    )


def test_none_beyond_of_many_is_no_promise():
    """The rule of three: of 100 lots without one beyond, up to 3 % may be."""
    values = np.linspace(1, 2, 100)

    found = skewed_values.observed(values, SpecificationLimits(upper=3))
    all_beyond = skewed_values.observed(values, SpecificationLimits(upper=0.5))

    assert found.share_beyond == 0
    assert found.most_beyond == pytest.approx(0.03, abs=6e-4)
    assert (all_beyond.share_beyond, all_beyond.most_beyond) == (1, 1)


@pytest.mark.parametrize(
    ("values", "refusal", "said"),
    [
        (IMPURITY[:24], TooFew, "needs at least 25 values; there are 24."),
        (np.full(25, 0.1), NoSpread, "all equal"),
        (np.append(IMPURITY, 0.0), NotCalculated, "above 0; the smallest is 0."),
    ],
)
def test_transformation_is_refused_in_words(values, refusal, said):
    with pytest.raises(refusal, match=said):
        skewed_values.box_cox(values)


def test_values_that_hardly_differ_have_no_power():
    """Contents of 94 to 96 % look the same to any power."""
    values = 96 - np.random.default_rng(1).exponential(0.3, size=60)

    with pytest.raises(NotCalculated, match="No power from -5 to 5"):
        skewed_values.box_cox(values)


def test_limit_of_zero_alone_gives_no_transformed_index():
    with pytest.raises(NotCalculated, match="without a lower or an upper limit"):
        skewed_values.transformed_performance(IMPURITY, SpecificationLimits(lower=0))
