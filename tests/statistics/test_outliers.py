"""Outliers are flagged, by Grubbs and by the generalised ESD."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lots.statistics.outliers import generalised_esd, grubbs
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from tests.rules.reference import cases

# Rosner's data, NIST/SEMATECH e-Handbook 1.3.5.17.3.
ROSNER = [
    -0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56,
    1.58, 1.65, 1.69, 1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10,
    2.14, 2.15, 2.23, 2.24, 2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92,
    2.92, 2.93, 3.21, 3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01,
]  # fmt: skip


@pytest.mark.reference
def test_grubbs_agrees_with_the_handbook():
    found = cases("outliers.json")
    assert list(found) == ["grubbs-nist-uranium"]
    case = found["grubbs-nist-uranium"]
    values, alpha = case["inputs"]["values"], case["inputs"]["alpha"]
    expected = case["expected"]

    two = grubbs(values, significance=alpha)
    one = grubbs(values, significance=alpha, is_two_sided=False)

    assert two.statistic == pytest.approx(expected["G"], abs=6e-7)
    assert two.critical == pytest.approx(expected["critical_two_sided"], abs=6e-4)
    assert one.critical == pytest.approx(expected["critical_one_sided"], abs=6e-4)
    assert two.critical == pytest.approx(2.12665, abs=5e-6)
    assert (two.value, two.at, two.is_outlier) == (expected["suspect"], 7, True)


def test_generalised_esd_agrees_with_rosner():
    found = generalised_esd(ROSNER, most=10)

    assert [ROSNER[at] for at in found.outliers] == [6.01, 5.42, 5.34]
    assert found.statistics == pytest.approx(
        (3.118, 2.942, 3.179, 2.810, 2.815, 2.848, 2.279, 2.310, 2.101, 2.067),
        abs=1e-3,  # the handbook cuts off the fourth decimal
    )
    assert found.criticals == pytest.approx(
        (3.158, 3.151, 3.143, 3.136, 3.128, 3.120, 3.111, 3.103, 3.094, 3.085),
        abs=1e-3,
    )


def test_outliers_that_hide_each_other_from_grubbs_are_found():
    values = [*np.linspace(99.4, 99.8, 18), 101.0, 101.1, 101.0, 101.05]

    assert not grubbs(values).is_outlier
    assert sorted(generalised_esd(values, most=5).outliers) == [18, 19, 20, 21]


def test_significance_is_how_often_a_clean_sample_is_flagged():
    rows = np.random.default_rng(3).normal(size=(2000, 20))

    flagged = sum(grubbs(row).is_outlier for row in rows)
    flagged_by_esd = sum(bool(generalised_esd(row, most=3).outliers) for row in rows)

    assert flagged / 2000 == pytest.approx(0.05, abs=0.015)
    assert flagged_by_esd / 2000 == pytest.approx(0.05, abs=0.02)


def test_p_is_the_significance_at_the_critical_value():
    """Of a sample moved until its largest value is on the critical value."""
    values = np.array([199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 0])
    low, high = 203.0, 250.0
    while high - low > 1e-11:
        values[-1] = (low + high) / 2
        found = grubbs(values, significance=0.05)
        low, high = (low, values[-1]) if found.is_outlier else (values[-1], high)

    assert found.statistic == pytest.approx(2.12665, abs=5e-6)
    assert found.p == pytest.approx(0.05)


def test_value_as_far_as_it_can_be_has_p_of_nothing():
    found = grubbs([5.0] * 9 + [6.0])

    assert (found.at, found.is_outlier) == (9, True)
    assert 0 <= found.p < 1e-12


def test_equal_rest_has_no_further_outliers():
    found = generalised_esd([5.0] * 14 + [6.0], most=5)

    assert found.outliers == (14,)
    assert len(found.statistics) == 1


@given(st.integers(0, 300), st.integers(-50, 50), st.sampled_from([-0.5, 4.0]))
@settings(max_examples=25)
def test_outlier_knows_neither_origin_unit_nor_sign(seed, origin, unit):
    values = np.round(np.random.default_rng(seed).normal(size=20), 3)

    found, moved = grubbs(values), grubbs(origin + unit * values)

    assert (moved.at, moved.is_outlier) == (found.at, found.is_outlier)
    assert moved.statistic == pytest.approx(found.statistic)


@pytest.mark.parametrize(
    ("call", "refusal", "said"),
    [
        (lambda: grubbs([1, 2]), TooFew, "Grubbs' test needs at least 3 values"),
        (lambda: grubbs([1, 1, 1]), NoSpread, "all equal"),
        (lambda: generalised_esd(ROSNER[:14], most=2), TooFew, "at least 15 values"),
        (
            lambda: generalised_esd(ROSNER, most=28),
            NotCalculated,
            "at most half of the values as outliers: 27 of 54.",
        ),
        (lambda: generalised_esd([1.0] * 20, most=2), NoSpread, "all equal"),
    ],
)
def test_test_of_outliers_is_refused_in_words(call, refusal, said):
    with pytest.raises(refusal, match=said):
        call()
