"""EWMA and CUSUM, against the worked examples of the NIST/SEMATECH e-Handbook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.statistics import small_shifts
from lots.statistics.control_charts import Limits
from lots.statistics.samples import TooFew


def centred_at(centre, sigma):
    return Limits(
        centre=centre, lower=centre - 3 * sigma, upper=centre + 3 * sigma, sigma=sigma
    )


def test_ewma_agrees_with_the_handbook():
    # NIST/SEMATECH e-Handbook 6.3.2.4: λ = 0.3, centre 50, s = 2.0539, L = 3.
    values = [
        52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
        49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
    ]  # fmt: skip

    chart = small_shifts.ewma(values, centred_at(50, 2.0539), weight=0.3, width=3)

    assert chart.means == pytest.approx(
        [
            50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33,
            50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
        ],
        abs=6e-3,
    )  # fmt: skip
    assert (chart.lower[-1], chart.upper[-1]) == pytest.approx(
        (47.4115, 52.5884), abs=1e-3
    )
    assert not chart.beyond.any()


def test_ewma_limits_of_the_first_lot_are_those_of_one_weighted_value():
    chart = small_shifts.ewma([1.0], centred_at(0, 2), weight=0.2, width=3)

    assert chart.upper[0] == pytest.approx(3 * 2 * 0.2)
    assert chart.means[0] == pytest.approx(0.2)


def test_mean_on_its_limit_is_no_signal():
    """The first limit is that of one value: 3 sigma."""
    chart = small_shifts.ewma([99.7 + 0.3], centred_at(99.7, 0.1), width=3)
    beyond = small_shifts.ewma([99.7 + 0.300001], centred_at(99.7, 0.1), width=3)

    assert not chart.beyond.any()
    assert beyond.beyond.all()


def test_cusum_agrees_with_the_handbook():
    # NIST/SEMATECH e-Handbook 6.3.2.3: target 325, k = 0.3175, h = 4.1959.
    values = [
        324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525,
        325.225, 324.600, 324.625, 325.150, 328.325, 327.250, 327.825, 328.500,
        326.675, 327.775, 326.875, 328.350,
    ]  # fmt: skip

    chart = small_shifts.cusum(
        values, centred_at(325, 1), allowance=0.3175, decision=4.1959
    )

    assert chart.above[12:] == pytest.approx(
        [3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04], abs=6e-3
    )
    assert chart.below[3] == pytest.approx(0.33, abs=6e-3)
    assert np.flatnonzero(chart.beyond).tolist() == list(range(13, 20))
    # It signals at group 14 and says that the shift began at group 13, two ago.
    assert chart.rising[13] == 2
    assert chart.falling[13] == 0


@pytest.mark.parametrize(("value", "name"), [(1.1, "above"), (0.9, "below")])
def test_sum_on_the_decision_is_no_signal(value, name):
    chart = small_shifts.cusum(
        [value] * 11, centred_at(1.0, 0.1), allowance=0.5, decision=5
    )

    # Half a sigma more with each lot: the tenth is exactly on H.
    assert getattr(chart, name)[9] == pytest.approx(0.5)
    assert np.flatnonzero(chart.beyond).tolist() == [10]


def test_shift_is_counted_from_the_lot_that_leaves_zero():
    """A sum below one unit counts, and one that falls back to 0 ends the count."""
    chart = small_shifts.cusum([0.7, 0.9, -2.0, 0.7], centred_at(0, 1))

    assert chart.above == pytest.approx([0.2, 0.6, 0.0, 0.2])
    assert chart.rising.tolist() == [1, 2, 0, 1]
    assert chart.falling.tolist() == [0, 0, 1, 2]


@given(st.lists(st.integers(-8, 8), min_size=1, max_size=40))
def test_small_shifts_of_mirrored_values_are_mirrored(values):
    limits = centred_at(0, 2)
    mirrored = [-value for value in values]

    sums, sums_mirrored = (
        small_shifts.cusum(taken, limits) for taken in (values, mirrored)
    )
    means, means_mirrored = (
        small_shifts.ewma(taken, limits) for taken in (values, mirrored)
    )

    assert sums.above.tolist() == sums_mirrored.below.tolist()
    assert sums.rising.tolist() == sums_mirrored.falling.tolist()
    assert means.means.tolist() == (-means_mirrored.means).tolist()
    assert means.beyond.tolist() == means_mirrored.beyond.tolist()


@given(st.lists(st.integers(-8, 8), min_size=2, max_size=30))
def test_later_lots_change_no_earlier_point(values):
    limits = centred_at(0, 2)

    for call, name in ((small_shifts.cusum, "above"), (small_shifts.ewma, "means")):
        whole, first = call(values, limits), call(values[:-1], limits)
        assert getattr(whole, name)[:-1].tolist() == getattr(first, name).tolist()


@pytest.mark.parametrize("call", [small_shifts.ewma, small_shifts.cusum])
def test_no_values_are_refused(call):
    with pytest.raises(TooFew, match="needs at least 1 values; there are 0"):
        call([], centred_at(0, 1))


@pytest.mark.parametrize("weight", [0, 1, -0.1])
def test_weight_is_a_share(weight):
    with pytest.raises(ValueError, match="weight is a share"):
        small_shifts.ewma([1.0], centred_at(0, 1), weight=weight)
