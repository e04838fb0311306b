"""Results below the LOQ: summaries that take them as what they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from lots.statistics import censored_values
from lots.statistics.samples import NoSpread, NotCalculated, TooFew


def test_maximum_likelihood_without_censored_results_is_mean_and_deviation_by_n():
    values = [0.11, 0.09, 0.13, 0.10, 0.12]

    found = censored_values.maximum_likelihood(values, [])

    assert (found.n, found.censored) == (5, 0)
    assert (found.mean, found.sd) == pytest.approx((np.mean(values), np.std(values)))


@given(st.integers(0, 1000), st.sampled_from([-0.8, -0.4, -0.1]))
@settings(max_examples=15)
def test_maximum_likelihood_is_where_the_likelihood_is_highest(seed, limit):
    values = np.random.default_rng(seed).normal(size=40)
    numbers = values[values >= limit]
    # Two laboratories, two LOQs.
    limits = np.where(np.arange(np.sum(values < limit)) % 2, limit, limit + 0.05)
    if len(limits) > len(numbers):
        return

    def unlikely(at):
        mean, log_sd = at
        return -(
            stats.norm.logpdf(numbers, mean, np.exp(log_sd)).sum()
            + stats.norm.logcdf(limits, mean, np.exp(log_sd)).sum()
        )

    best = optimize.minimize(
        unlikely, [numbers.mean(), 0.0], method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 4000},
    ).x  # fmt: skip

    found = censored_values.maximum_likelihood(numbers, limits)

    assert (found.mean, found.sd) == pytest.approx((best[0], np.exp(best[1])), abs=1e-5)


def test_censored_results_are_neither_zero_nor_the_limit():
    random = np.random.default_rng(11)
    values = random.normal(0.06, 0.02, size=2000)
    numbers, below = values[values >= 0.05], np.full(np.sum(values < 0.05), 0.05)

    found = censored_values.maximum_likelihood(numbers, below)

    assert (found.mean, found.sd) == pytest.approx((0.06, 0.02), abs=1.5e-3)
    assert np.concatenate([numbers, below]).mean() > 0.0625
    assert np.concatenate([numbers, 0 * below]).mean() < 0.051


def test_kaplan_meier_agrees_with_scipy_turned_round():
    numbers = np.array([0.09, 0.12, 0.07, 0.15, 0.11, 0.07, 0.20])
    below = np.array([0.05, 0.10, 0.08, 0.05])
    survival = stats.ecdf(
        stats.CensoredData(uncensored=1 - numbers, right=1 - below)
    ).sf

    found = censored_values.kaplan_meier(numbers, below)

    steps = dict(zip(np.round(1 - survival.quantiles, 9), survival.probabilities,
                     strict=True))  # fmt: skip
    levels = sorted(set(numbers), reverse=True)
    shares = [1.0, *(steps[round(level, 9)] for level in levels)]
    mean = sum(
        level * (before - after)
        for level, before, after in zip(levels, shares, shares[1:], strict=False)
    )
    assert found.mean == pytest.approx(mean + shares[-1] * levels[-1])
    assert (found.n, found.censored) == (11, 4)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=15))
def test_kaplan_meier_without_censored_results_is_mean_and_median(values):
    found = censored_values.kaplan_meier(values, [])

    assert found.mean == pytest.approx(np.mean(values))
    assert found.median == pytest.approx(np.median(values))


def test_median_below_all_numbers_is_not_said():
    found = censored_values.kaplan_meier([0.06, 0.08], [0.05, 0.05])

    assert found.median is None
    assert found.mean == pytest.approx((0.06 * 3 + 0.08) / 4)


@pytest.mark.parametrize("low", [0.01, 0.04])
def test_value_below_its_limit_is_not_asked_for(low):
    """The summary of a censored result does not rest on what the peak may have been."""
    numbers = [0.06, 0.07, 0.09, 0.06, 0.08]

    found = censored_values.maximum_likelihood(numbers, [0.05, 0.05])

    assert low < 0.05
    assert found.mean < np.mean(numbers)


@pytest.mark.parametrize(
    ("call", "numbers", "below", "refusal", "said"),
    [
        (
            censored_values.maximum_likelihood,
            [0.06] * 5,
            [0.05] * 6,
            NotCalculated,
            "6 of 11 results are below the LOQ, more than half",
        ),
        (censored_values.kaplan_meier, [0.06], [0.05] * 2, NotCalculated, "2 of 3"),
        (
            censored_values.maximum_likelihood,
            [0.06, 0.07, 0.08, 0.09],
            [],
            TooFew,
            "A summary of censored values needs at least 5 values; there are 4.",
        ),
        (
            censored_values.maximum_likelihood,
            [0.06] * 5,
            [0.05],
            NoSpread,
            "all equal",
        ),
        (censored_values.kaplan_meier, [], [], TooFew, "at least 1 values"),
    ],
)
def test_summary_is_refused_in_words(call, numbers, below, refusal, said):
    with pytest.raises(refusal, match=said):
        call(numbers, below)


def test_exactly_half_censored_is_allowed():
    censored_values.check_censored(numbers=10, censored=10)
    with pytest.raises(NotCalculated):
        censored_values.check_censored(numbers=10, censored=11)
