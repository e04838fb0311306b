"""Two laboratories: bias, means and variances, and the tolerance of a pair."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lots.statistics import laboratory_comparison
from lots.statistics.laboratory_comparison import Tolerance, paired
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from tests.rules.reference import cases

THEIRS = [99.8, 99.6, 99.9, 99.7, 99.5, 99.9, 99.6, 99.8, 99.7, 99.9]
OURS = [99.6, 99.5, 99.6, 99.7, 99.3, 99.5, 99.5, 99.6, 99.6, 99.5]


@pytest.mark.reference
def test_reference_has_these_comparisons_and_no_more():
    assert list(cases("lab_comparison.json")) == ["welch-sleep", "usp1010-precision"]


@pytest.mark.reference
def test_welch_agrees_with_r_on_student_sleep():
    case = cases("lab_comparison.json")["welch-sleep"]
    expected = case["expected"]
    one, two = case["inputs"]["group1"], case["inputs"]["group2"]

    found = laboratory_comparison.welch(one, two)

    assert (found.t, found.p) == pytest.approx((expected["t"], expected["p"]), abs=6e-5)
    assert found.freedom == pytest.approx(expected["df"], abs=6e-4)
    assert (found.lower, found.upper) == pytest.approx(
        (expected["ci_low"], expected["ci_high"]), abs=1e-7
    )
    assert found.difference == pytest.approx(
        expected["mean1"] - expected["mean2"], abs=1e-12
    )


@pytest.mark.reference
def test_paired_and_variance_ratio_agree_with_scipy_on_student_sleep():
    case = cases("lab_comparison.json")["welch-sleep"]
    one, two = case["inputs"]["group1"], case["inputs"]["group2"]

    pairs = paired(one, two)
    ratio = laboratory_comparison.variance_ratio(one, two)

    peer = stats.ttest_rel(one, two)
    assert (pairs.t, pairs.p) == pytest.approx((peer.statistic, peer.pvalue))
    # R 4.2, t.test(paired = TRUE): t = -4.0621, p = 0.002833, -2.4598858 to -0.7001142.
    assert (pairs.lower, pairs.upper) == pytest.approx(
        (-2.4598858, -0.7001142), abs=1e-7
    )
    # R 4.2, var.test: F = 0.79834, p = 0.7427, 0.198297 to 3.214123.
    assert (ratio.ratio, ratio.p) == pytest.approx((0.79834, 0.7427), abs=6e-5)
    assert (ratio.lower, ratio.upper) == pytest.approx((0.198297, 3.214123), abs=1e-6)


def test_bias_of_the_last_ten_lots_is_found_by_both_tests():
    found = paired(THEIRS, OURS)

    assert (found.n, found.above, found.below) == (10, 9, 0)
    assert found.bias == pytest.approx(0.2)
    assert found.is_biased
    assert found.p < 0.01
    assert found.sign_p == pytest.approx(2 / 2**9)


def test_equal_pairs_count_on_neither_side():
    found = paired([1, 2, 3, 4, 5], [1, 2, 3, 4, 6])

    assert (found.above, found.below, found.sign_p) == (0, 1, 1.0)
    assert not found.is_biased


@given(st.permutations(range(10)))
@settings(max_examples=20)
def test_bias_turns_its_sign_with_the_laboratories_and_knows_no_order(order):
    found = paired(THEIRS, OURS)
    turned = paired([OURS[at] for at in order], [THEIRS[at] for at in order])

    assert (turned.bias, turned.lower) == pytest.approx((-found.bias, -found.upper))
    assert (turned.p, turned.sign_p) == pytest.approx((found.p, found.sign_p))


@pytest.mark.parametrize(
    ("tolerance", "theirs", "ours", "is_within"),
    [
        (Tolerance(Decimal("0.2")), "0.50", "0.30", True),
        (Tolerance(Decimal("0.2")), "0.51", "0.30", False),
        (Tolerance(Decimal("0.03"), Decimal("0.3")), "0.13", "0.10", True),
        (Tolerance(Decimal("0.03"), Decimal("0.3")), "0.26", "0.20", True),
        (Tolerance(Decimal("0.03"), Decimal("0.3")), "0.261", "0.20", False),
        (Tolerance(Decimal("0.03"), Decimal("0.3")), "0.02", "0.05", True),
        (Tolerance(Decimal("0.03"), Decimal("0.3")), "0.019", "0.05", False),
    ],
)
def test_difference_on_the_tolerance_is_within_it(tolerance, theirs, ours, is_within):
    """domain.md 4.6: the larger of 0.03 and 30 % relative, for impurities."""
    assert tolerance.allows(Decimal(theirs), Decimal(ours)) is is_within


def test_welch_needs_no_equal_variances_to_keep_its_promise():
    random = np.random.default_rng(5)
    small, wide = random.normal(0, 1, (1500, 12)), random.normal(0, 5, (1500, 5))

    alarms = sum(
        laboratory_comparison.welch(one, two).p < 0.05
        for one, two in zip(small, wide, strict=True)
    )

    assert alarms / 1500 == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(
    ("call", "refusal", "said"),
    [
        (lambda: paired(THEIRS[:4], OURS[:4]), TooFew, "at least 5 values"),
        (
            lambda: paired(THEIRS, OURS[:9]),
            NotCalculated,
            "a value of both laboratories for each lot; there are 10 and 9.",
        ),
        (
            # A constant difference, which in binary is not quite constant.
            lambda: paired(
                [99.8, 99.6, 99.9, 99.7, 99.4], [99.7, 99.5, 99.8, 99.6, 99.3]
            ),
            NoSpread,
            "all equal",
        ),
        (lambda: laboratory_comparison.welch([1], [1, 2]), TooFew, "there are 1."),
        (lambda: laboratory_comparison.welch([1, 1], [2, 2]), NoSpread, "Welch's"),
        (
            lambda: laboratory_comparison.variance_ratio([1, 1], [1, 2]),
            NoSpread,
            "An F test needs values that differ",
        ),
    ],
)
def test_comparison_is_refused_in_words(call, refusal, said):
    with pytest.raises(refusal, match=said):
        call()
