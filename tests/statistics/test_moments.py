"""Mean, standard deviation, autocorrelation and percentiles, against NIST StRD."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.statistics import moments as statistics
from lots.statistics.moments import moments
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from tests.rules.reference import cases
from tests.statistics.digits import digits

SETS = (
    "Lew", "Lottery", "Mavro", "Michelso", "NumAcc1", "NumAcc2", "NumAcc3", "NumAcc4",
)  # fmt: skip


@pytest.mark.reference
@pytest.mark.parametrize("name", SETS)
def test_strd_univariate_agrees_in_eight_digits(name):
    case = cases("strd_univariate.json")[f"strd-uni-{name}"]
    values = [float(text) for text in case["inputs"]["values_as_text"]]
    certified = {key: float(text) for key, text in case["certified"].items()}

    found = moments(values)

    assert found.n == case["expected"]["n"]
    assert digits(found.mean, certified["mean"]) > 14
    assert digits(found.sd, certified["sd"]) > 8
    assert digits(found.rsd_percent, case["expected"]["rsd_percent"]) > 8
    lag = statistics.lag_one_autocorrelation(values)
    assert digits(lag, certified["lag1_autocorrelation"]) > 8


@pytest.mark.reference
def test_reference_has_these_univariate_sets_and_no_more():
    assert list(cases("strd_univariate.json")) == [f"strd-uni-{name}" for name in SETS]


WHOLE = st.integers(-1000, 1000)


@given(
    st.lists(WHOLE, min_size=3, max_size=30), WHOLE, st.sampled_from([0.25, 2.0, 64.0])
)
def test_moments_follow_a_change_of_origin_and_unit(values, origin, unit):
    found = moments(values)
    moved = moments([origin + unit * value for value in values])

    assert moved.mean == pytest.approx(origin + unit * found.mean, abs=1e-9)
    assert moved.sd == pytest.approx(unit * found.sd, abs=1e-9)


@given(st.lists(WHOLE, min_size=3, max_size=30).flatmap(st.permutations))
def test_moments_do_not_rest_on_the_order(values):
    found, ordered = moments(values), moments(sorted(values))

    assert found.mean == pytest.approx(ordered.mean, abs=1e-9)
    assert found.sd == pytest.approx(ordered.sd, abs=1e-9)


def test_robust_scale_is_sigma_of_a_normal_sample_and_ignores_a_wild_value():
    # The quantiles of a normal sample of seven, mean 10 and sigma 2.
    values = [7.3, 8.6, 9.3, 10.0, 10.7, 11.4, 12.7]

    found = statistics.robust(values)
    with_wild = statistics.robust([*values[:-1], 1e6])

    assert (found.n, found.median) == (7, 10.0)
    assert found.sigma == pytest.approx(1.4826022 * 1.4)
    assert with_wild == found


def test_percentile_lies_at_its_place_among_n_plus_one():
    # NIST/SEMATECH e-Handbook 7.2.6.2: the 90th percentile of twelve measurements.
    values = [
        95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.0610,
        95.1591, 95.1195, 95.1065, 95.0925, 95.1990, 95.1682,
    ]  # fmt: skip

    assert statistics.percentile(values, share=0.9) == pytest.approx(95.1981, abs=5e-5)


@pytest.mark.parametrize(("share", "least"), [(0.95, 19), (0.99, 99), (0.05, 19)])
def test_percentile_beyond_the_values_is_refused(share, least):
    assert statistics.percentile(range(least), share=share) in (0, least - 1)
    with pytest.raises(TooFew, match=f"needs at least {least} values; there are"):
        statistics.percentile(range(least - 1), share=share)


@pytest.mark.parametrize(
    ("call", "values", "refusal", "said"),
    [
        (moments, [1.0], TooFew, "A standard deviation needs at least 2 values"),
        (moments, [1.0, math.nan], NotCalculated, "not a finite number"),
        (statistics.robust, [1, 2], TooFew, "at least 3 values; there are 2."),
        (statistics.lag_one_autocorrelation, [2, 2, 2], NoSpread, "all equal"),
    ],
)
def test_statistic_refuses_in_words_what_the_values_cannot_say(
    call, values, refusal, said
):
    with pytest.raises(refusal, match=said):
        call(values)


def test_relative_deviation_of_a_mean_of_nothing_is_refused():
    with pytest.raises(NoSpread):
        _ = moments([-1, 1]).rsd_percent


def test_several_rows_of_values_are_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="One row of values"):
        moments([[1.0, 2.0], [3.0, 4.0]])
