"""Capability indices, their intervals, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lots.statistics import capability
from lots.statistics.capability import index
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from lots.statistics.specification_limits import SpecificationLimits
from tests.rules.reference import cases

ASSAY_LIMITS = SpecificationLimits(98.0, 102.0)


def in_control(lots, *, seed=1, mean=99.7, sigma=0.3):
    """Return assays of a process that does not change, reported to two decimals."""
    random = np.random.default_rng(seed)
    return np.round(random.normal(mean, sigma, size=lots), 2)


@pytest.mark.reference
def test_indices_agree_with_the_nist_example():
    found = cases("capability.json")
    assert list(found) == ["cap-nist-616"]
    case = found["cap-nist-616"]
    given_ = case["inputs"]

    computed = index(
        n=50,
        mean=given_["mean"],
        sigma=given_["sd"],
        freedom=49,
        limits=SpecificationLimits(given_["LSL"], given_["USL"]),
    )

    assert {
        "Cp": computed.spread.estimate,
        "Cpk": computed.nearest.estimate,
        "Cpu": computed.to_upper,
        "Cpl": computed.to_lower,
    } == pytest.approx(case["expected"], abs=5e-5)


def test_indices_of_twelve_assays_agree_with_the_worked_example():
    """domain.md 4.1 and 4.3: short-term sigma 0.24178, standard deviation 0.16143."""
    short, overall = (
        index(n=12, mean=99.666667, sigma=sigma, freedom=11, limits=ASSAY_LIMITS)
        for sigma in (0.24178, 0.16143)
    )

    assert (short.spread.estimate, short.nearest.estimate) == pytest.approx(
        (2.757, 2.298), abs=6e-4
    )
    assert (overall.spread.estimate, overall.nearest.estimate) == pytest.approx(
        (4.130, 3.441), abs=6e-4
    )


def test_interval_of_cp_agrees_with_montgomery():
    """Example 8.5: n = 20, s = 1.75, limits 38 and 62: 1.57 to 3.01."""
    found = index(
        n=20, mean=50, sigma=1.75, freedom=19, limits=SpecificationLimits(38, 62)
    )

    assert found.spread.estimate == pytest.approx(2.29, abs=5e-3)
    assert (found.spread.lower, found.spread.upper) == pytest.approx(
        (1.57, 3.01), abs=1e-2
    )


def test_interval_of_cpk_agrees_with_montgomery():
    """Example 8.6: n = 20, Cpk = 1.33: 0.88 to 1.78."""
    found = index(
        n=20, mean=0, sigma=1, freedom=19, limits=SpecificationLimits(upper=3 * 1.33)
    )

    assert (found.nearest.lower, found.nearest.upper) == pytest.approx(
        (0.88, 1.78), abs=2e-2
    )


def test_one_limit_has_no_cp():
    found = capability.performance(in_control(40), SpecificationLimits(lower=98.0))

    assert found.spread is None
    assert found.to_upper is None
    assert found.nearest.estimate == found.to_lower


@pytest.mark.parametrize("call", [capability.capability, capability.performance])
def test_interval_covers_the_true_index_about_as_often_as_it_says(call):
    """600 processes whose true Cpk is 1.25; 95 % intervals."""
    limits = SpecificationLimits(lower=-3.75)
    random = np.random.default_rng(4)
    covered = total = 0

    for values in random.normal(size=(600, 60)):
        try:
            found = call(values, limits).nearest
        except NotCalculated:
            continue  # one in a hundred looks out of control, and one not normal
        total += 1
        covered += found.lower <= 1.25 <= found.upper

    assert total > 580
    assert covered / total == pytest.approx(0.95, abs=0.025)


def test_short_term_and_overall_sigma_agree_in_control_and_part_in_drift():
    calm = in_control(80)
    # A slow drift of four sigma over 80 lots: neighbours hardly differ.
    drift = calm + np.linspace(-0.6, 0.6, 80)

    assert capability.performance(calm, ASSAY_LIMITS).sigma == pytest.approx(
        capability.capability(calm, ASSAY_LIMITS).sigma, rel=0.15
    )
    with pytest.raises(NotCalculated, match=r"beyond the control limits\. Ppk says"):
        capability.capability(drift, ASSAY_LIMITS)
    assert capability.performance(drift, ASSAY_LIMITS).sigma > 0.4


def test_single_point_beyond_the_limits_is_chance_in_a_hundred_lots():
    values = in_control(100, sigma=0.2)
    values[50] = 100.45

    assert capability.capability(values, ASSAY_LIMITS).n == 100

    values[60] = values[70] = 100.5
    with pytest.raises(NotCalculated) as refused:
        capability.capability(values, ASSAY_LIMITS)
    assert str(refused.value) == (
        "A Cpk needs a process in control; 3 of 100 lots are beyond the control limits."
        " Ppk says what the lots showed."
    )


@given(st.integers(0, 200), st.integers(-40, 40), st.sampled_from([0.25, 8.0]))
@settings(max_examples=30)
def test_indices_know_neither_origin_nor_unit(seed, origin, unit):
    values = np.round(np.random.default_rng(seed).normal(size=40) * 64) / 64
    limits = SpecificationLimits(-4, 5)
    moved = SpecificationLimits(origin - 4 * unit, origin + 5 * unit)

    try:
        found = capability.performance(values, limits)
    except NotCalculated:
        return
    again = capability.performance(origin + unit * values, moved)

    assert again.spread.estimate == pytest.approx(found.spread.estimate)
    assert again.nearest.lower == pytest.approx(found.nearest.lower)
    assert again.to_upper == pytest.approx(found.to_upper)


@pytest.mark.parametrize(
    ("values", "censored", "refusal", "said"),
    [
        (
            in_control(24),
            0,
            TooFew,
            "A Ppk needs at least 25 values; there are 24.",
        ),
        (
            np.full(30, 99.7),
            0,
            NoSpread,
            "A Ppk needs values that differ; these are all equal.",
        ),
        (
            np.tile([0.05, 0.06, 0.07], 10),
            0,
            NotCalculated,
            "A Ppk needs at least 5 distinct values; the results take 3. What differs"
            " between so few is rounding.",
        ),
        (
            in_control(30),
            31,
            NotCalculated,
            "31 of 61 results are below the LOQ, more than half; they give neither an"
            " index nor control limits.",
        ),
    ],
    ids=["few", "equal", "distinct", "censored"],
)
def test_index_is_refused_in_words(values, censored, refusal, said):
    with pytest.raises(refusal) as refused:
        capability.performance(values, ASSAY_LIMITS, censored=censored)

    assert str(refused.value) == said


def test_index_of_skewed_values_carries_the_doubt():
    skewed = np.random.default_rng(2).lognormal(-3, 0.8, size=60)
    limits = SpecificationLimits(upper=0.5)

    assert capability.performance(skewed, limits).normality.is_doubtful
    calm = capability.performance(in_control(60), ASSAY_LIMITS)
    assert not calm.normality.is_doubtful
    assert not capability.capability(in_control(60), ASSAY_LIMITS).normality.is_doubtful


def test_test_without_limits_has_no_capability():
    with pytest.raises(NotCalculated, match="without a lower or an upper limit"):
        SpecificationLimits()
    with pytest.raises(ValueError, match="is not below"):
        SpecificationLimits(2, 2)
