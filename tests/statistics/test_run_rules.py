"""Run rules: what each one sees, ties, and where authors differ."""

import itertools
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lots.statistics import run_rules
from lots.statistics.control_charts import Limits
from lots.statistics.run_rules import RunRule, RunSignal
from lots.statistics.samples import NotCalculated, TooFew

UNIT = Limits(centre=0, lower=-3, upper=3, sigma=1)


def at(rule, values):
    """Return the places at which the rule signals."""
    return np.flatnonzero(run_rules.flags(np.array(values, float), rule=rule)).tolist()


# Each rule: points that just make it, and the same points one short of it.
EXAMPLES = {
    RunRule.NELSON_1: ([0, 3.01], [0, 3.0]),
    RunRule.NELSON_2: ([0.1] * 9, [0.1] * 8 + [0]),
    RunRule.NELSON_3: ([0, 0.1, 0.2, 0.3, 0.4, 0.5], [0, 0.1, 0.2, 0.3, 0.3, 0.5]),
    RunRule.NELSON_4: ([0.1, -0.1] * 7, [0.1, -0.1] * 6 + [0.1, 0.1]),
    RunRule.NELSON_5: ([2.1, 0, 2.1], [2.1, 0, -2.1]),
    RunRule.NELSON_6: ([1.1, 1.1, 0, 1.1, 1.1], [1.1, 1.1, 0, 1.0, 1.1]),
    RunRule.NELSON_7: ([1, -1, 0] * 5, [1, -1, 0] * 4 + [1, -1, 1.01]),
    RunRule.NELSON_8: ([1.1, -1.1] * 4, [1.1, -1.1] * 3 + [1.1, -1.0]),
    RunRule.WESTERN_ELECTRIC_1: ([0, -3.01], [0, -3.0]),
    RunRule.WESTERN_ELECTRIC_2: ([-2.1, -2.1], [-2.1, 0, 0, -2.1]),
    RunRule.WESTERN_ELECTRIC_3: ([-1.1] * 4, [-1.1, -1.1, 0, 0, -1.1]),
    RunRule.WESTERN_ELECTRIC_4: ([-0.1] * 8, [-0.1] * 7 + [0]),
}


@pytest.mark.parametrize("rule", list(RunRule))
def test_rule_signals_at_the_point_that_completes_it(rule):
    just, short = EXAMPLES[rule]

    assert at(rule, just) == [len(just) - 1]
    assert at(rule, short) == []


# The points of each example that make the signal, where they are not all of them.
PARTS = {
    RunRule.NELSON_1: (1,),
    RunRule.NELSON_5: (0, 2),
    RunRule.NELSON_6: (0, 1, 3, 4),
    RunRule.WESTERN_ELECTRIC_1: (1,),
}


@pytest.mark.parametrize("rule", list(RunRule))
def test_signal_names_the_points_that_make_it(rule):
    just, _short = EXAMPLES[rule]
    # A point before, which is in no pattern: equal, or beyond where that is within.
    before = 1.5 if rule is RunRule.NELSON_7 else 0.0
    if rule in (RunRule.NELSON_3, RunRule.NELSON_4):
        before = just[0]

    (found,) = run_rules.signals_of(
        np.array([before, *just], float), UNIT, rules=[rule]
    )

    places = PARTS.get(rule, tuple(range(len(just))))
    assert found.points == tuple(place + 1 for place in places)
    assert found.at == len(just)


def test_run_that_goes_on_signals_at_each_later_point():
    assert at(RunRule.NELSON_2, [0.1] * 11) == [8, 9, 10]


def test_point_on_the_centre_line_ends_a_run_on_one_side():
    assert at(RunRule.NELSON_2, [0.1] * 8 + [0.0] + [0.1] * 8) == []


def test_point_that_differs_from_a_line_by_binary_rounding_lies_on_it():
    # In binary, (100.0 - 99.7) / 0.1 is 2.9999999999999716 or more.
    limits = Limits(centre=99.7, lower=99.4, upper=100.0, sigma=0.1)
    scaled = run_rules.standardised([100.0, 99.4, 99.7, 99.8, 99.6], limits)

    assert np.abs(scaled) != pytest.approx([3, 3, 0, 1, 1], abs=0, rel=0)
    assert at(RunRule.NELSON_1, scaled) == []
    assert at(RunRule.NELSON_2, [*scaled[2:3] + 1e-12] * 9) == []


def test_two_of_three_signals_at_a_point_beyond_the_line_itself():
    # The third point, within 2 sigma, ends no pattern: the second one did.
    assert at(RunRule.NELSON_5, [2.1, 2.1, 0, 2.1]) == [1, 3]


def test_rule_8_needs_points_on_both_sides():
    """Nelson's convention; eight points on one side are rule 2's or rule 6's."""
    assert at(RunRule.NELSON_8, [1.5] * 8) == []
    assert at(RunRule.NELSON_8, [1.5] * 7 + [-1.5]) == [7]


def test_signals_say_which_rule_and_which_points():
    values = [0.3, 2.4, 0.7, 2.2, 3.4]

    found = run_rules.signals(values, UNIT, rules=(RunRule.NELSON_5, RunRule.NELSON_1))

    assert found == (
        RunSignal(rule=RunRule.NELSON_5, at=3, points=(1, 3)),
        RunSignal(rule=RunRule.NELSON_1, at=4, points=(4,)),
        RunSignal(rule=RunRule.NELSON_5, at=4, points=(3, 4)),
    )


def test_proposed_rules_are_nelson_1_2_3_and_5():
    assert [rule.value for rule in run_rules.PROPOSED] == [
        "nelson_1",
        "nelson_2",
        "nelson_3",
        "nelson_5",
    ]
    assert [rule.printed_name for rule in run_rules.NELSON] == [
        f"Nelson {number}" for number in range(1, 9)
    ]
    assert [rule.printed_name for rule in run_rules.WESTERN_ELECTRIC] == [
        f"Western Electric {number}" for number in range(1, 5)
    ]
    assert (
        RunRule.NELSON_2.word == "Nine points in a row on one side of the centre line"
    )


def test_western_electric_4_needs_one_point_less_than_nelson_2():
    assert at(RunRule.WESTERN_ELECTRIC_4, [0.1] * 9) == [7, 8]
    assert at(RunRule.NELSON_2, [0.1] * 9) == [8]


def test_four_distinct_values_have_no_rules():
    near_loq = [0.05, 0.06, 0.05, 0.07, 0.08] * 5
    limits = Limits(centre=0.062, lower=0.03, upper=0.09, sigma=0.01)

    with pytest.raises(NotCalculated) as refused:
        run_rules.signals(near_loq, limits)

    assert str(refused.value) == (
        "A run rule needs at least 5 distinct values; the results take 4. What differs"
        " between so few is rounding."
    )
    assert run_rules.signals([*near_loq, 0.10], limits)[-1].at == 25


def test_no_values_have_no_rules():
    with pytest.raises(TooFew):
        run_rules.signals([], UNIT)


# --- the rules once more, point by point, as their words say them --------------------


def _side(value):
    return (value > 0) - (value < 0)


def plain(rule, values):
    """Return the places at which a rule signals, read from its words."""
    return [
        here
        for here in range(len(values))
        if WORDS[rule](
            lambda count, here=here: _last(values, here, count), values[here]
        )
    ]


def _last(values, here, count):
    """Return the last `count` values up to the place `here`, fewer at the start."""
    return values[max(0, here - count + 1) : here + 1]


def _all(window, count, met):
    return len(window) == count and all(map(met, window))


def _pairs(window, count, met):
    return len(window) == count and all(
        met(a, b) for a, b in itertools.pairwise(window)
    )


def _some(window, sigmas, value):
    return sum(abs(one) > sigmas and _side(one) == _side(value) for one in window)


WORDS = {
    RunRule.NELSON_1: lambda last, x: abs(x) > 3,
    RunRule.NELSON_2: lambda last, x: (
        _side(x) and _all(last(9), 9, lambda one: _side(one) == _side(x))
    ),
    RunRule.NELSON_3: lambda last, x: (
        _pairs(last(6), 6, operator.lt) or _pairs(last(6), 6, operator.gt)
    ),
    RunRule.NELSON_4: lambda last, x: _pairs(
        [b - a for a, b in itertools.pairwise(last(14))],
        13,
        lambda a, b: a * b < 0,
    ),
    RunRule.NELSON_5: lambda last, x: abs(x) > 2 and _some(last(3), 2, x) >= 2,
    RunRule.NELSON_6: lambda last, x: abs(x) > 1 and _some(last(5), 1, x) >= 4,
    RunRule.NELSON_7: lambda last, x: _all(last(15), 15, lambda one: abs(one) <= 1),
    RunRule.NELSON_8: lambda last, x: (
        _all(last(8), 8, lambda one: abs(one) > 1)
        and {_side(one) for one in last(8)} == {-1, 1}
    ),
    RunRule.WESTERN_ELECTRIC_4: lambda last, x: (
        _side(x) and _all(last(8), 8, lambda one: _side(one) == _side(x))
    ),
}
WORDS[RunRule.WESTERN_ELECTRIC_1] = WORDS[RunRule.NELSON_1]
WORDS[RunRule.WESTERN_ELECTRIC_2] = WORDS[RunRule.NELSON_5]
WORDS[RunRule.WESTERN_ELECTRIC_3] = WORDS[RunRule.NELSON_6]


HALVES = st.lists(st.integers(-7, 7).map(lambda n: n / 2), min_size=1, max_size=60)
NEAR = st.lists(
    st.sampled_from([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]), min_size=1, max_size=40
)


@pytest.mark.parametrize("rule", list(RunRule))
@given(values=HALVES | NEAR)
@settings(max_examples=60)
def test_rule_is_what_its_words_say(rule, values):
    assert at(rule, values) == plain(rule, values)


@pytest.mark.parametrize("rule", list(RunRule))
def test_rule_is_what_its_words_say_in_a_long_history(rule):
    """Chance seldom makes fifteen points within one sigma; here it does."""
    random = np.random.default_rng(7)
    values = np.round(random.normal(size=4000) * 2) / 2
    calm = np.round(random.normal(size=400) * 2) / 4
    zigzag = np.abs(random.normal(size=400)) * np.tile([1.0, -1.0], 200) + 0.5
    climbs = np.tile(np.arange(-2.0, 2.0, 0.5), 20)
    wide = random.choice([-2.0, -1.5, 1.5, 2.0], size=400)
    every = np.concatenate([values, calm, zigzag, climbs, wide]).tolist()

    found = at(rule, every)

    assert found
    assert found == plain(rule, every)


@pytest.mark.parametrize("rule", list(RunRule))
@given(values=HALVES)
@settings(max_examples=40)
def test_rule_sees_the_same_in_a_mirror_and_never_looks_ahead(rule, values):
    found = at(rule, values)

    assert at(rule, [-value for value in values]) == found
    assert at(rule, values[:-1]) == [
        place for place in found if place < len(values) - 1
    ]


def test_many_histories_are_asked_in_one_call():
    rows = np.round(np.random.default_rng(3).normal(size=(5, 80)) * 4) / 2

    for rule in RunRule:
        together = run_rules.flags(rows, rule=rule)
        assert [np.flatnonzero(row).tolist() for row in together] == [
            at(rule, row) for row in rows
        ]
