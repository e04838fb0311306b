"""Rounding to the decimals of the limit, once, on decimals."""

from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.rules import rounding
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Determination, Measurement, reportable
from lots.rules.rounding import Rule
from lots.rules.verdicts import Criterion, CriterionKind, Outcome, judge
from tests.rules.reference import cases


@pytest.mark.reference
@pytest.mark.parametrize("case_id", [f"round-usp-{n:02}" for n in range(1, 13)])
def test_usp_general_notices_7_20_illustration(case_id):
    case = cases("rounding.json")[case_id]
    given_, expected = case["inputs"], case["expected"]
    kind = CriterionKind.of(given_["operator"].lower())
    side = "low" if kind is CriterionKind.NLT else "high"
    criterion = Criterion(kind, **{side: given_["limit"]})
    value = reportable(Measurement(), [Determination(given_["unrounded"])])

    verdict = judge(criterion, value)

    assert (verdict.rounded, verdict.outcome is Outcome.PASS) == (
        expected["rounded"],
        expected["conforms"],
    )


@pytest.mark.reference
def test_reference_has_twelve_rows_and_no_more():
    assert list(cases("rounding.json")) == [f"round-usp-{n:02}" for n in range(1, 13)]


@pytest.mark.parametrize(
    ("limit", "places"),
    [("98.0", 1), ("98", 0), ("0.03500", 5), ("3000", 0), ("0.20", 2), ("-1.0", 1)],
)
def test_places_are_those_of_the_limit_text(limit, places):
    assert rounding.places(limit) == places


@pytest.mark.parametrize("limit", ["", "10^3", "<0.05", "ND", "0,2"])
def test_places_refuses_what_is_no_limit(limit):
    with pytest.raises(Refusal):
        rounding.places(limit)


@pytest.mark.parametrize(
    ("value", "places", "half_up", "half_even"),
    [
        ("0.249", 1, "0.2", "0.2"),
        ("0.250", 1, "0.3", "0.2"),
        ("0.350", 1, "0.4", "0.4"),
        ("0.2501", 1, "0.3", "0.3"),
        ("97.949", 1, "97.9", "97.9"),
        ("97.95", 1, "98.0", "98.0"),
        ("2.675", 2, "2.68", "2.68"),
        ("98.5", 0, "99", "98"),
        ("-0.25", 1, "-0.3", "-0.2"),
        ("0.0", 2, "0.00", "0.00"),
    ],
)
def test_rounded_by_either_rule(value, places, half_up, half_even):
    def by(rule):
        return rounding.rounded(Decimal(value), places=places, rule=rule)

    assert (str(by(Rule.HALF_UP)), str(by(Rule.HALF_EVEN))) == (half_up, half_even)


def test_rounded_looks_through_fifty_nines():
    value = Decimal("97.94" + "9" * 47)

    rounded = rounding.rounded(value, places=1, rule=Rule.HALF_UP)

    assert str(rounded) == "97.9"


@given(st.integers(-(10**14), 10**14), st.integers(0, 12), st.integers(0, 12))
def test_rounded_half_up_agrees_with_integers(unscaled, decimals, places):
    value = Decimal(unscaled).scaleb(-decimals)

    rounded = rounding.rounded(value, places=places, rule=Rule.HALF_UP)

    shift = 10 ** max(0, decimals - places)
    whole, rest = divmod(abs(unscaled), shift)
    magnitude = whole + (1 if 2 * rest >= shift and shift > 1 else 0)
    expected = Decimal(magnitude).scaleb(-min(places, decimals))
    assert abs(rounded) == expected


def test_shown_writes_every_decimal_and_never_rounds():
    assert rounding.shown(Decimal("98"), 2) == "98.00"
    assert rounding.shown(Decimal("-0.0"), 1) == "0.0"
    with pytest.raises(Inexact):
        rounding.shown(Decimal("98.25"), 1)


def test_rounded_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="not a number"):
        rounding.rounded(Decimal("NaN"), places=1, rule=Rule.HALF_UP)


def test_just_above_a_tie_is_rounded_up_by_either_rule():
    above = rounding.just_above(Decimal("0.25"))
    below = rounding.just_below(Decimal("97.95"))

    assert str(rounding.rounded(above, places=1, rule=Rule.HALF_EVEN)) == "0.3"
    assert str(rounding.rounded(below, places=1, rule=Rule.HALF_UP)) == "97.9"


@pytest.mark.parametrize("rule", list(Rule))
def test_rule_carries_all_that_is_said_of_it(rule):
    """No list beside the rules has to know a further one."""
    assert all((rule.mode, rule.word, rule.said, rule.printed, rule.source))
