"""Phases: limits in steps, and runs that end where a phase does."""

from decimal import Decimal

import pytest

from lots.statistics import control_charts, phases, run_rules
from lots.statistics.control_charts import Limits
from lots.statistics.phases import Phase
from lots.statistics.run_rules import RunRule, RunSignal
from lots.statistics.samples import NotCalculated, TooFew

OLD = Limits(centre=0.0, lower=-3.0, upper=3.0, sigma=1.0)
NEW = Limits(centre=5.0, lower=2.0, upper=8.0, sigma=1.0)


def test_limits_are_drawn_in_steps():
    found = phases.stepped_limits([Phase(0, OLD), Phase(3, NEW)], n=5)

    assert found.centre.tolist() == [0, 0, 0, 5, 5]
    assert found.lower.tolist() == [-3, -3, -3, 2, 2]
    assert found.upper.tolist() == [3, 3, 3, 8, 8]


def test_each_phase_is_asked_against_its_own_limits():
    values = [0.5, -0.5, 3.5, 5.5, 4.5, 8.5]

    found = phases.signals_of_phases(values, [Phase(0, OLD), Phase(3, NEW)])

    assert found == (
        RunSignal(rule=RunRule.NELSON_1, at=2, points=(2,)),
        RunSignal(rule=RunRule.NELSON_1, at=5, points=(5,)),
    )


def test_run_ends_where_its_phase_does():
    rising = [0.1 + at / 100 for at in range(5)] + [5.1 + at / 100 for at in range(5)]
    rules = [RunRule.NELSON_2, RunRule.NELSON_3]

    whole = run_rules.signals(rising, OLD, rules=rules)
    parted = phases.signals_of_phases(
        rising, [Phase(0, OLD), Phase(5, NEW)], rules=rules
    )

    assert whole
    assert parted == ()


def test_single_phase_has_the_signals_of_the_rules():
    values = [0.3, 2.4, 0.7, 2.2, 3.4, 0.1, -0.2]

    assert phases.signals_of_phases(values, [Phase(0, OLD)]) == (
        run_rules.signals(values, OLD)
    )


def test_short_phase_has_rules_where_the_whole_series_has():
    """Five distinct values are asked of all results, not of two lots of a phase."""
    values = [0.1, 0.2, 0.3, 0.4, 0.5, 9.0, 5.0]

    found = phases.signals_of_phases(values, [Phase(0, OLD), Phase(5, NEW)])

    assert [signal.at for signal in found] == [5]


@pytest.mark.parametrize("firsts", [[], [1], [0, 0], [0, 3, 2], [0, 5]])
def test_phases_that_divide_no_series_are_a_mistake_of_the_program(firsts):
    with pytest.raises(ValueError, match="do not divide 5 points"):
        phases.stepped_limits([Phase(first, OLD) for first in firsts], n=5)


def test_results_without_rules_are_refused_in_words():
    with pytest.raises(NotCalculated, match="at least 5 distinct values"):
        phases.signals_of_phases([1.0, 2.0] * 5, [Phase(0, OLD)])
    with pytest.raises(TooFew):
        phases.signals_of_phases([], [Phase(0, OLD)])


def test_decimals_are_taken_as_they_are_stored():
    """What callers have are Decimals; nothing needs to be converted before."""
    texts = [f"99.{at}" for at in (4, 7, 5, 8, 6, 9, 5, 7, 6, 8)]

    chart = control_charts.individuals([Decimal(text) for text in texts])

    assert chart == control_charts.individuals([float(text) for text in texts])
    limits = chart.individuals
    assert run_rules.signals([Decimal(text) for text in texts], limits) == ()
