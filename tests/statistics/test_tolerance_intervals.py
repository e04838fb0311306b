"""Tolerance and prediction intervals, against printed factors and by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from lots.statistics import prediction_limits, tolerance_intervals
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from lots.statistics.tolerance_intervals import one_sided_factor, two_sided_factor


@pytest.mark.parametrize(
    ("n", "factor"),
    [(10, 3.981), (15, 3.520), (20, 3.295), (25, 3.158), (30, 3.064)],
)
def test_one_sided_factor_agrees_with_the_exact_table(n, factor):
    """domain.md 4.4."""
    assert one_sided_factor(n, coverage=0.99, confidence=0.95) == pytest.approx(
        factor, abs=5e-4
    )


@pytest.mark.parametrize("n", [2, 3, 5, 50, 300, 3000])
def test_one_sided_factor_agrees_with_the_noncentral_t_of_scipy(n):
    exact = stats.nct.ppf(0.95, n - 1, stats.norm.ppf(0.99) * n**0.5) / n**0.5

    assert one_sided_factor(n, coverage=0.99, confidence=0.95) == pytest.approx(
        exact, rel=1e-8
    )


def test_one_sided_factor_agrees_with_the_handbook():
    """NIST/SEMATECH e-Handbook 7.2.6.3: n = 43, 90 % with 99 %, exact."""
    assert one_sided_factor(43, coverage=0.9, confidence=0.99) == pytest.approx(
        1.8740, abs=5e-5
    )


@pytest.mark.parametrize(
    ("n", "howe"),
    [(10, 4.445), (15, 3.883), (20, 3.617), (25, 3.458), (30, 3.351)],
)
def test_two_sided_factor_is_within_a_percent_of_howe(n, howe):
    """domain.md 4.4 prints Howe's approximation; the product's factor is exact."""
    exact = two_sided_factor(n, coverage=0.99, confidence=0.95)

    assert exact == pytest.approx(howe, rel=0.01)
    assert exact != pytest.approx(howe, abs=5e-4)


@pytest.mark.parametrize(
    ("n", "coverage", "confidence"),
    [(3, 0.99, 0.95), (43, 0.9, 0.99)],
)
def test_two_sided_factor_covers_by_an_independent_integral(n, coverage, confidence):
    factor = two_sided_factor(n, coverage=coverage, confidence=confidence)

    def given_sd(u):
        """Return the probability over the mean, for the chi-squared quantile u."""
        reach = factor * (stats.chi2.ppf(u, n - 1) / (n - 1)) ** 0.5
        low, high = 0.0, 40.0
        while high - low > 1e-9:
            place = (low + high) / 2
            covered = stats.norm.cdf(place + reach) - stats.norm.cdf(place - reach)
            low, high = (place, high) if covered >= coverage else (low, place)
        return 2 * stats.norm.cdf(low * n**0.5) - 1 if low > 1e-9 else 0.0

    # Over quantiles, split where the interval begins to be wide enough.
    z = stats.norm.ppf((1 + coverage) / 2)
    start = stats.chi2.cdf((n - 1) * (z / factor) ** 2, n - 1)
    probability = integrate.quad(given_sd, start, 1, epsabs=1e-7, limit=200)[0]

    assert probability == pytest.approx(confidence, abs=2e-6)


def test_intervals_cover_the_share_as_often_as_they_say():
    """3,000 histories of 20 lots; 99 % with a confidence of 95 %."""
    rows = np.random.default_rng(9).normal(size=(3000, 20))
    means, sds = rows.mean(axis=1), rows.std(axis=1, ddof=1)

    two = two_sided_factor(20, coverage=0.99, confidence=0.95)
    one = one_sided_factor(20, coverage=0.99, confidence=0.95)

    covered = stats.norm.cdf(means + two * sds) - stats.norm.cdf(means - two * sds)
    assert np.mean(covered >= 0.99) == pytest.approx(0.95, abs=0.012)
    below = stats.norm.cdf(means + one * sds)
    assert np.mean(below >= 0.99) == pytest.approx(0.95, abs=0.012)


def test_factor_of_a_small_share_is_negative():
    """Nine of ten lots lie above a limit that is above the mean: k is below 0."""
    assert one_sided_factor(5, coverage=0.3, confidence=0.1) == pytest.approx(
        stats.nct.ppf(0.1, 4, stats.norm.ppf(0.3) * 5**0.5) / 5**0.5, rel=1e-8
    )


ROWS = st.integers(0, 500).map(
    lambda seed: np.round(np.random.default_rng(seed).normal(size=12), 3)
)


@given(ROWS, st.integers(-50, 50), st.sampled_from([0.5, 4.0]))
@settings(max_examples=25)
def test_limits_follow_origin_and_unit(values, origin, unit):
    for call in (tolerance_intervals.two_sided, prediction_limits.prediction_limits):
        found, moved = call(values), call(origin + unit * values)
        assert (moved.lower, moved.upper) == pytest.approx(
            (origin + unit * found.lower, origin + unit * found.upper)
        )


def test_one_sided_limits_stand_on_one_side():
    values = [0.06, 0.07, 0.05, 0.08, 0.06, 0.07]

    upper = tolerance_intervals.one_sided(values, is_upper=True)
    lower = tolerance_intervals.one_sided(values, is_upper=False)

    assert upper.lower is None
    assert lower.upper is None
    assert upper.upper + lower.lower == pytest.approx(2 * np.mean(values))


def test_next_value_lies_within_as_often_as_limits_say():
    """Prediction, not confidence: the limits are for one lot."""
    rows = np.random.default_rng(2).normal(size=(2000, 16))

    inside = 0
    for row in rows:
        limits = prediction_limits.prediction_limits(row[:15], confidence=0.95)
        inside += not prediction_limits.trend(row[15], limits).is_out

    assert inside / len(rows) == pytest.approx(0.95, abs=0.012)


def test_limits_for_several_lots_hold_for_all_of_them():
    rows = np.random.default_rng(3).normal(size=(1500, 25))

    inside = 0
    for row in rows:
        limits = prediction_limits.prediction_limits(row[:15], lots=10, confidence=0.95)
        inside += bool(((row[15:] > limits.lower) & (row[15:] < limits.upper)).all())

    # Bonferroni keeps at least what it promises, and little more.
    assert 0.94 < inside / len(rows) < 0.97


def test_lot_out_of_trend_says_by_how_much():
    history = [99.6, 99.8, 99.5, 99.9, 99.7, 99.4, 99.8, 99.6, 99.7, 99.5, 99.9, 99.6]
    limits = prediction_limits.prediction_limits(history)

    found = prediction_limits.trend(98.9, limits)

    # t(0.995; 11) = 3.10581, s = 0.161433.
    half = 3.10581 * 0.161433 * (13 / 12) ** 0.5
    assert (limits.lower, limits.upper) == pytest.approx(
        (99.666667 - half, 99.666667 + half), abs=1e-4
    )
    assert found.is_out
    assert found.percent == pytest.approx(-0.7692, abs=1e-4)
    assert found.sigmas == pytest.approx(-4.749, abs=1e-3)
    assert not prediction_limits.trend(limits.lower, limits).is_out
    assert not prediction_limits.trend(limits.upper, limits).is_out
    assert prediction_limits.trend(limits.upper + 1e-6, limits).is_out


def test_distance_from_a_mean_of_zero_has_no_percent():
    limits = prediction_limits.prediction_limits([-1, 1] * 4)

    assert prediction_limits.trend(1.0, limits).percent is None


@pytest.mark.parametrize(
    ("call", "refusal", "said"),
    [
        (
            lambda: prediction_limits.prediction_limits([99.5] * 7),
            TooFew,
            "A prediction limit needs at least 8 values; there are 7.",
        ),
        (
            lambda: prediction_limits.prediction_limits([99.5] * 8),
            NoSpread,
            "all equal",
        ),
        (
            lambda: prediction_limits.prediction_limits([1, 2] * 4, censored=9),
            NotCalculated,
            "9 of 17 results are below the LOQ",
        ),
        (
            lambda: tolerance_intervals.two_sided([1.0]),
            TooFew,
            "at least 2 values; there are 1",
        ),
        (
            lambda: tolerance_intervals.one_sided([1.0, 1.0], is_upper=True),
            NoSpread,
            "A tolerance interval needs values that differ",
        ),
        (
            lambda: two_sided_factor(1, coverage=0.99, confidence=0.95),
            TooFew,
            "A tolerance interval needs at least 2 values",
        ),
    ],
)
def test_limits_are_refused_in_words(call, refusal, said):
    with pytest.raises(refusal, match=said):
        call()
