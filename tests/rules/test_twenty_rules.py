"""The twenty rules that a toy would get wrong, as far as rules alone decide them.

Numbered as in the domain reference, section 9. What needs records (standing results,
signatures, dates, certificates) is tested with the verbs.
"""

from decimal import Decimal

import pytest

from lots.rules.reportable_value import (
    Calculation,
    Determination,
    Measurement,
    reportable,
)
from lots.rules.reported_value import Kind
from lots.rules.rounding import Rule, rounded
from lots.rules.uses import may_also_serve
from lots.rules.verdicts import Criterion, CriterionKind, Outcome, judge, words
from tests.rules.verdicts import anhydrous, between, mean, nlt, nmt, outcome, single

ASSAY = between("98.0", "101.0", unit="%")
TOTAL = Measurement(Calculation.TOTAL, threshold="0.05")
LARGEST = Measurement(Calculation.LARGEST_UNSPECIFIED, threshold="0.05")


def test_rule_01_nmt_0_2_takes_0_249():
    verdict = judge(nmt("0.2"), single("0.249"))

    assert (verdict.rounded, verdict.outcome) == ("0.2", "pass")


@pytest.mark.parametrize(
    ("rule", "number", "expected"),
    [(Rule.HALF_UP, "0.3", "fail"), (Rule.HALF_EVEN, "0.2", "pass")],
    ids=["USP", "GB/T 8170"],
)
def test_rule_02_a_tie_is_decided_by_the_rule_of_the_criterion(rule, number, expected):
    verdict = judge(nmt("0.2", rounding=rule), single("0.250"))

    assert (verdict.rounded, verdict.outcome) == (number, expected)


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [("97.95", "98.0", "pass"), ("97.949", "97.9", "fail")],
)
def test_rule_03_one_digit_is_looked_at_and_no_second_rounding(text, number, expected):
    verdict = judge(between("98.0", "102.0"), single(text))

    assert (verdict.rounded, verdict.outcome) == (number, expected)


@pytest.mark.parametrize(
    ("limit", "text", "number", "expected"),
    [
        ("0.20", "0.2049", "0.20", "pass"),
        ("0.2", "0.2049", "0.2", "pass"),
        ("0.20", "0.205", "0.21", "fail"),
    ],
)
def test_rule_04_decimals_are_those_of_the_limit_text(limit, text, number, expected):
    verdict = judge(nmt(limit), single(text))

    assert (verdict.rounded, verdict.outcome) == (number, expected)


@pytest.mark.parametrize(
    ("limit", "number", "expected"), [("98", "98", "pass"), ("98.0", "97.6", "fail")]
)
def test_rule_05_98_is_not_98_0(limit, number, expected):
    verdict = judge(nlt(limit), single("97.6"))

    assert (verdict.rounded, verdict.outcome) == (number, expected)


def test_rule_06_anhydrous_assay_keeps_full_precision():
    value = anhydrous("99.12", water=single("0.42"))

    assert f"{value.number:.4f}" == "99.5381"
    assert judge(ASSAY, value).shown == "99.5"


def test_rule_06_water_is_not_rounded_first():
    value = anhydrous("99.12", water=single("0.42"))

    assert value.number == anhydrous("99.12", water=single("0.420")).number
    assert value.number != anhydrous("99.12", water=single("0.4")).number


def test_rule_07_the_anhydrous_value_is_compared_not_the_one_as_is():
    verdict = judge(ASSAY, anhydrous("97.85", water=single("0.60")))

    assert (verdict.rounded, verdict.outcome) == ("98.4", "pass")
    assert outcome(ASSAY, "97.85") == "fail"


RULE_8 = tuple(
    Determination(text, component=f"RRT {n / 10}")
    for n, text in enumerate(("0.049", "0.050", "0.051", "0.12", "0.03"), 7)
)


def test_rule_08_only_peaks_above_the_threshold_are_reported_and_summed():
    value = reportable(TOTAL, RULE_8)

    verdict = judge(nmt("0.50", unit="%"), value)

    assert (value.number, verdict.shown) == (Decimal("0.171"), "0.17")


def test_rule_08_lines_are_rounded_one_by_one():
    lines = [
        str(rounded(one.number, places=2, rule=Rule.HALF_UP))
        for one in reportable(LARGEST, RULE_8).each
    ]

    assert lines == ["0.05", "0.12"]


@pytest.mark.parametrize(
    "peaks",
    [[Determination("ND")], RULE_8[:2]],
    ids=["none stated", "none above"],
)
def test_rule_09_no_peak_is_less_than_the_threshold_and_not_zero(peaks):
    value = reportable(TOTAL, peaks)

    verdict = judge(nmt("0.50"), value)

    assert (value.kind, verdict.shown, verdict.outcome) == (Kind.LESS, "<0.05", "pass")


@pytest.mark.parametrize(
    ("text", "expected"), [("<0.02", "pass"), ("<0.20", "undecided")]
)
def test_rule_10_a_bound_passes_only_within_the_limit(text, expected):
    verdict = judge(nmt("0.15"), single(text), lod="0.01", loq="0.02")

    assert (verdict.outcome, verdict.shown) == (expected, text)


def test_rule_11_a_mean_does_not_hide_a_preparation():
    verdict = judge(ASSAY, mean("99.1", "97.8", "99.0"))

    assert (verdict.rounded, verdict.outcome) == ("98.6", "fail")


def test_rule_11_injections_of_one_vial_are_one_result():
    texts = ("99.0", "99.2", "97.8", "99.1", "99.4")
    value = reportable(
        Measurement(injections=5),
        [Determination(text, injection=n) for n, text in enumerate(texts, 1)],
    )

    verdict = judge(ASSAY, value)

    assert (len(value.each), verdict.shown, verdict.outcome) == (1, "98.9", "pass")


def test_rule_12_retests_cannot_be_added_to_the_mean():
    calculation = Measurement(Calculation.MEAN, determinations=1)
    typed = [
        Determination(text, preparation=n)
        for n, text in enumerate(("97.2", "99.0", "99.1"), 1)
    ]

    value = reportable(calculation, typed)

    assert (value.usable, value.number) == (False, None)
    assert judge(ASSAY, value).outcome is Outcome.FAIL


def test_rule_13_endotoxins_fail_intrathecal_and_are_no_matter_of_oral():
    endotoxins = nmt("2.0", unit="EU/mg")

    verdict = judge(endotoxins, single("4.2"))

    assert (verdict.outcome, verdict.reason) == ("fail", "4.2 is more than 2.0.")


def test_rule_14_an_oral_lot_never_stands_in_for_intrathecal():
    assert not may_also_serve(made_for="oral", use_for="intrathecal")
    assert may_also_serve(made_for="intrathecal", use_for="oral")


def test_rule_15_each_version_of_a_limit_has_its_own_verdict():
    value = single("0.25")

    assert judge(nmt("0.30"), value).outcome is Outcome.PASS
    assert judge(nmt("0.20"), value).outcome is Outcome.FAIL


def test_rule_20_cadmium_passes_oral_and_fails_intrathecal():
    value = single("0.30")

    assert judge(nmt("0.50"), value).outcome is Outcome.PASS
    assert judge(nmt("0.20"), value).outcome is Outcome.FAIL


def test_trap_binary_floating_point():
    verdict = judge(nmt("2.67"), single("2.675"))

    assert (verdict.rounded, verdict.outcome) == ("2.68", "fail")


def test_trap_absent_in_1_g_is_not_absent_in_10_g():
    in_10_g = Criterion(CriterionKind.ABSENCE, portion="10 g")

    assert outcome(in_10_g, "Absent", portion="1 g") == "undecided"


@pytest.mark.parametrize(
    ("high", "text", "expected"),
    [("10^2", "200", "pass"), ("10^2", "201", "fail"), ("100", "200", "fail")],
)
def test_trap_ten_to_the_two_accepts_two_hundred(high, text, expected):
    tamc = Criterion(CriterionKind.COUNT, high=high, unit="CFU/g")

    assert outcome(tamc, text) == expected
    assert high != "10^2" or words(tamc) == "10^2 CFU/g (at most 200 CFU/g)"
