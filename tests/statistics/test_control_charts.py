"""Limits of control charts, against published charts."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lots.statistics import control_charts
from lots.statistics.control_charts import Limits
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from tests.rules.reference import cases

# domain.md 4.1: assay of twelve lots, in %.
ASSAY = [99.6, 99.8, 99.5, 99.9, 99.7, 99.4, 99.8, 99.6, 99.7, 99.5, 99.9, 99.6]


@pytest.mark.reference
def test_reference_has_these_charts_and_no_more():
    assert list(cases("spc_charts.json")) == [
        "imr-nist-flowrate",
        "xbarR-montgomery-flowwidth",
    ]


@pytest.mark.reference
def test_individuals_agree_with_the_nist_flow_rate():
    case = cases("spc_charts.json")["imr-nist-flowrate"]
    values, expected = case["inputs"]["values"], case["expected"]

    chart = control_charts.individuals(values)

    assert chart.individuals.centre == pytest.approx(expected["center"], abs=1e-9)
    assert chart.moving_range.centre == pytest.approx(expected["mr_bar"], abs=5e-5)
    assert chart.individuals.upper == pytest.approx(expected["x_ucl"], abs=2e-3)
    assert chart.individuals.lower == pytest.approx(expected["x_lcl"], abs=2e-3)
    assert not chart.individuals.beyond(values).any()
    ranges = control_charts.moving_ranges(values)
    assert not chart.moving_range.beyond(ranges).any()
    # The notes of the case: with the exact d2.
    assert (chart.individuals.upper, chart.individuals.lower) == pytest.approx(
        (55.8024, 45.8176), abs=5e-5
    )


@pytest.mark.reference
def test_means_and_ranges_agree_with_montgomery_flow_width():
    case = cases("spc_charts.json")["xbarR-montgomery-flowwidth"]
    baseline = np.array(case["inputs"]["phase1_subgroups"])
    later = np.array(case["inputs"]["phase2_subgroups"])
    expected = case["expected"]

    chart = control_charts.means_and_ranges(baseline)

    limits = {
        "grand_mean": chart.means.centre,
        "r_bar": chart.spread.centre,
        "xbar_r_ucl": chart.means.upper,
        "xbar_r_lcl": chart.means.lower,
        "r_ucl": chart.spread.upper,
        "r_lcl": chart.spread.lower,
    }
    assert limits == pytest.approx({name: expected[name] for name in limits}, abs=6e-4)
    every = np.concatenate([baseline, later])
    beyond = chart.means.beyond(every.mean(axis=1))
    assert (np.flatnonzero(beyond) + 1).tolist() == expected["xbar_r_out"]
    assert not chart.spread.beyond(np.ptp(every, axis=1)).any()


@pytest.mark.reference
def test_means_and_deviations_see_what_means_and_ranges_see():
    """Montgomery's flow width again, by deviations: the same two samples are out."""
    case = cases("spc_charts.json")["xbarR-montgomery-flowwidth"]
    baseline = np.array(case["inputs"]["phase1_subgroups"])
    every = np.concatenate([baseline, case["inputs"]["phase2_subgroups"]])

    chart = control_charts.means_and_deviations(baseline)

    assert chart.spread.centre == pytest.approx(
        np.std(baseline, axis=1, ddof=1).mean(), rel=1e-12
    )
    # A3(5) = 1.427, B4(5) = 2.089 of the printed table.
    assert chart.means.upper - chart.means.centre == pytest.approx(
        1.427 * chart.spread.centre, rel=5e-4
    )
    assert chart.spread.upper == pytest.approx(2.089 * chart.spread.centre, rel=5e-4)
    assert chart.spread.lower == 0
    beyond = chart.means.beyond(every.mean(axis=1))
    assert (np.flatnonzero(beyond) + 1).tolist() == [43, 45]


@pytest.mark.parametrize(
    "call", [control_charts.means_and_ranges, control_charts.means_and_deviations]
)
def test_limits_of_a_spread_are_three_of_its_own_sigma(call):
    """With seven determinations or more the lower limit is above 0, too."""
    rows = np.random.default_rng(2).normal(99.6, 0.3, size=(30, 9))

    chart = call(rows)

    spread = chart.spread
    assert spread.lower > 0
    assert (spread.lower, spread.upper) == pytest.approx(
        (spread.centre - 3 * spread.sigma, spread.centre + 3 * spread.sigma)
    )
    assert chart.means.upper == pytest.approx(
        chart.means.centre + 3 * chart.means.sigma
    )
    assert chart.means.sigma == pytest.approx(chart.sigma / 3)


def test_upper_limit_of_moving_ranges_is_three_of_their_sigma():
    chart = control_charts.individuals(ASSAY)

    ranges = chart.moving_range
    assert ranges.upper == pytest.approx(ranges.centre + 3 * ranges.sigma)


def test_individuals_agree_with_the_assay_of_twelve_lots():
    chart = control_charts.individuals(ASSAY)

    assert chart.individuals.centre == pytest.approx(99.6667, abs=5e-5)
    assert chart.moving_range.centre == pytest.approx(0.27273, abs=5e-6)
    # The reference reckons with d2 = 1.128 and 2.66.
    assert chart.sigma == pytest.approx(0.24178, abs=1e-4)
    assert chart.individuals.upper == pytest.approx(100.3921, abs=1e-3)
    assert chart.individuals.lower == pytest.approx(98.9412, abs=1e-3)
    assert chart.moving_range.upper == pytest.approx(0.8910, abs=2e-4)


@pytest.mark.parametrize(
    ("lots", "is_provisional"), [(8, True), (19, True), (20, False)]
)
def test_limits_are_provisional_below_twenty_lots(lots, is_provisional):
    values = [99.5, 99.7] * 10

    chart = control_charts.individuals(values[:lots])
    of_means = control_charts.means_and_ranges([values[:2]] * lots)

    assert chart.is_provisional is is_provisional
    assert of_means.is_provisional is is_provisional


def test_value_on_a_limit_is_not_beyond_it():
    # 99.7 + 3 × 0.1 is 99.99999999999999... in binary; 100.0 is on the limit.
    limits = Limits(centre=99.7, lower=99.7 - 0.3, upper=99.7 + 3 * 0.1, sigma=0.1)

    assert limits.beyond([100.0, 99.4, 100.000001, 99.399999]).tolist() == [
        False,
        False,
        True,
        True,
    ]


@given(st.lists(st.integers(-50, 50), min_size=8, max_size=40), st.integers(-20, 20))
def test_individuals_follow_origin_unit_and_mirror(values, origin):
    assume(len(set(values)) > 1)

    chart = control_charts.individuals(values)
    moved = control_charts.individuals([origin + 4.0 * value for value in values])
    mirrored = control_charts.individuals([-value for value in reversed(values)])

    assert moved.sigma == pytest.approx(4 * chart.sigma)
    assert moved.individuals.upper == pytest.approx(
        origin + 4 * chart.individuals.upper, abs=1e-9
    )
    assert mirrored.sigma == pytest.approx(chart.sigma)
    assert mirrored.individuals.upper == pytest.approx(
        -chart.individuals.lower, abs=1e-9
    )


@pytest.mark.parametrize(
    ("call", "baseline", "refusal", "said"),
    [
        (
            control_charts.individuals,
            ASSAY[:7],
            TooFew,
            "An individuals chart needs at least 8 values; there are 7.",
        ),
        (
            control_charts.individuals,
            [99.5] * 8,
            NoSpread,
            "An individuals chart needs values that differ; these are all equal.",
        ),
        (
            control_charts.means_and_ranges,
            [[1.0, 2.0]] * 7,
            TooFew,
            "An X̄-R chart needs at least 8 groups; there are 7.",
        ),
        (
            control_charts.means_and_deviations,
            [[1.0]] * 8,
            TooFew,
            "An X̄-S chart needs at least 2 values in each group; there are 1.",
        ),
        (
            control_charts.means_and_deviations,
            [[1.0, 2.0]] * 7 + [[1.0, 2.0, 3.0]],
            NotCalculated,
            "An X̄-S chart needs equally many values in each group; the groups here"
            " differ.",
        ),
        (
            control_charts.means_and_deviations,
            [[1.0, 1.0]] * 8,
            NoSpread,
            "An X̄-S chart needs values that differ; these are all equal.",
        ),
    ],
)
def test_chart_refuses_a_baseline_that_gives_no_limits(call, baseline, refusal, said):
    with pytest.raises(refusal) as refused:
        call(baseline)

    assert str(refused.value) == said
