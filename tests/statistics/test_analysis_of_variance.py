"""One-way analysis of variance, against NIST StRD and USP <1010>."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lots.statistics.analysis_of_variance import one_way
from lots.statistics.samples import NoSpread, TooFew
from tests.rules.reference import cases
from tests.statistics.digits import digits

# The set, and in how many digits F agrees; docs/statistics.md names those below 8,
# whose values keep no more in double precision.
SETS = {
    "SiRstvt": 12,
    "AtmWtAgt": 10,
    "SmLs01t": 13,
    "SmLs04t": 10,
    "SmLs07t": 3.9,
    "SmLs02t": 13,
}


@pytest.mark.reference
@pytest.mark.parametrize("name", SETS)
def test_strd_analysis_of_variance_agrees(name):
    case = cases("strd_anova.json")[f"strd-anova-{name}"]
    expected = case["expected"]

    found = one_way([[float(text) for text in row] for row in case["inputs"]["groups"]])

    assert (found.df_between, found.df_within) == (
        expected["df_between"],
        expected["df_within"],
    )
    assert digits(found.f, expected["F"]) >= SETS[name]
    for value, certified in (
        (found.ss_between, "ss_between"),
        (found.ms_between, "ms_between"),
        (found.ss_within, "ss_within"),
        (found.ms_within, "ms_within"),
        (found.r_squared, "r_squared"),
        (found.within_sd, "residual_sd"),
    ):
        assert digits(value, expected[certified]) >= min(8, SETS[name]), certified


@pytest.mark.reference
def test_reference_has_these_analyses_and_no_more():
    assert list(cases("strd_anova.json")) == [f"strd-anova-{name}" for name in SETS]


@pytest.mark.reference
def test_precision_study_of_usp_1010_agrees():
    case = cases("lab_comparison.json")["usp1010-precision"]
    expected = case["expected"]
    runs = case["inputs"]["runs"]

    found = one_way(runs)

    assert list(found.means) == pytest.approx(expected["run_means"], abs=6e-3)
    assert found.grand_mean == pytest.approx(expected["grand_mean"], abs=6e-3)
    assert found.ss_between == pytest.approx(expected["ss_between"], abs=2e-3)
    assert found.ss_within == pytest.approx(expected["ss_within"], abs=2e-3)
    assert found.ms_between == pytest.approx(expected["ms_between"], abs=1e-3)
    assert found.ms_within == pytest.approx(expected["ms_within"], abs=6e-3)
    assert found.f == pytest.approx(expected["F"], abs=0.1)
    for name, variance in expected.items():
        if name.startswith("var_mean_"):
            groups, each = map(int, name.removeprefix("var_mean_").split("x"))
            assert found.variance_of_mean(groups=groups, each=each) == pytest.approx(
                variance, abs=6e-3
            )


@pytest.mark.reference
def test_runs_of_usp_1010_have_the_printed_deviations():
    from lots.statistics.moments import moments

    case = cases("lab_comparison.json")["usp1010-precision"]
    found = [moments(run) for run in case["inputs"]["runs"]]

    assert [one.sd for one in found] == pytest.approx(
        case["expected"]["run_sds"], abs=1.1e-3
    )
    assert [one.rsd_percent for one in found] == pytest.approx(
        case["expected"]["run_rsds"], abs=1.1e-3
    )


def test_groups_of_different_sizes_agree_with_scipy():
    groups = [[99.5, 99.7, 99.6], [99.4, 99.9], [99.8, 99.9, 100.1, 99.7]]

    found = one_way(groups)
    peer = stats.f_oneway(*groups)

    assert (found.f, found.p) == pytest.approx((peer.statistic, peer.pvalue))
    # n0 = (9 - 29/9) / 2.
    assert found.size == pytest.approx((9 - 29 / 9) / 2)


def test_groups_that_differ_less_than_chance_have_no_variance_of_their_own():
    found = one_way([[1.0, 3.0], [2.0, 2.1], [1.5, 2.5]])

    assert found.ms_between < found.ms_within
    assert found.between_variance == 0
    assert found.intermediate_sd == found.within_sd


@given(
    st.lists(st.lists(st.integers(-30, 30), min_size=2, max_size=4), min_size=2,
             max_size=4),
    st.integers(-9, 9),
)  # fmt: skip
@settings(max_examples=40)
def test_f_knows_neither_origin_unit_nor_order(groups, origin):
    if not any(np.ptp(group) for group in groups):
        return
    found = one_way(groups)

    moved = one_way([[origin + 8.0 * value for value in group] for group in groups])
    turned = one_way([list(reversed(group)) for group in reversed(groups)])

    assert (moved.f, turned.f) == pytest.approx((found.f, found.f), abs=1e-9)


@pytest.mark.parametrize(
    ("groups", "refusal", "said"),
    [
        ([[1.0, 2.0]], TooFew, "needs at least 2 groups; there are 1."),
        ([[1.0], [2.0]], TooFew, "needs at least 1 repeated values; there are 0."),
        ([[1.0, 2.0], []], TooFew, "needs at least 1 values; there are 0."),
        ([[1.0, 1.0], [2.0, 2.0]], NoSpread, "all equal"),
    ],
)
def test_analysis_of_variance_is_refused_in_words(groups, refusal, said):
    with pytest.raises(refusal, match=said):
        one_way(groups)
