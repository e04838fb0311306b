"""The rate of false alarms that a page states is the rate that lots meet."""

import numpy as np
import pytest

from lots.statistics import run_rules
from lots.statistics.false_alarms import false_alarms
from lots.statistics.run_rules import NELSON, PROPOSED, RunRule
from lots.statistics.samples import TooFew
from tests.statistics import histories


@pytest.mark.parametrize(
    ("rules", "step"), [(PROPOSED, 0.25), (NELSON, 0.5)], ids=["proposed", "all"]
)
def test_findings_per_lot_stay_at_the_stated_rate(rules, step):
    """250 histories here; the table of docs/statistics.md has 1,000."""
    stated = false_alarms(rules=rules, baseline=25, step=step)

    found = histories.findings_per_lot(rules, step=step, histories=250, seed=12)

    assert found == pytest.approx(stated.findings_per_lot, rel=0.2)


def test_rate_of_rule_1_is_that_of_the_normal_distribution_when_limits_are_known():
    rate = false_alarms(rules=[RunRule.NELSON_1], baseline=100_000)

    assert rate.findings_per_lot == pytest.approx(rate.lots_with_a_finding)
    assert rate.findings_per_lot == pytest.approx(0.0026998, abs=2.5e-4)
    assert rate.lots_between == pytest.approx(370, rel=0.1)


def test_rate_of_rule_3_rests_on_the_order_alone():
    """Two orders in 720 rise or fall all along, whatever the limits are."""
    rates = [
        false_alarms(rules=[RunRule.NELSON_3], baseline=lots).findings_per_lot
        for lots in (10, 500)
    ]

    assert rates == pytest.approx([2 / 720] * 2, rel=0.1)


def test_smaller_baseline_and_more_rules_alarm_more():
    def rate(rules, lots):
        return false_alarms(rules=rules, baseline=lots).lots_with_a_finding

    assert rate(PROPOSED, 10) > rate(PROPOSED, 25) > rate(PROPOSED, 200)
    assert rate(NELSON, 25) > rate(PROPOSED, 25)


def test_eight_rules_on_thirty_tests_alarm_at_most_lots():
    rate = false_alarms(rules=NELSON, baseline=25)

    of_one = rate.lots_with_a_finding_of(tests=1)
    assert of_one == pytest.approx(rate.lots_with_a_finding)
    assert rate.lots_with_a_finding_of(tests=30) > 0.7


def test_same_question_has_the_same_answer_in_any_order_of_rules():
    first = false_alarms(rules=PROPOSED, baseline=20)
    run_rules_reversed = tuple(reversed(run_rules.PROPOSED))

    assert false_alarms(rules=run_rules_reversed, baseline=20) == first
    assert 0 < first.standard_error < 0.1 * first.findings_per_lot


def test_baseline_without_limits_has_no_rate():
    with pytest.raises(TooFew, match="at least 8 lots; there are 7"):
        false_alarms(rules=PROPOSED, baseline=7)


@pytest.mark.parametrize(("rules", "step"), [((), 0.0), (PROPOSED, 100.0)])
def test_rate_of_nothing_is_a_mistake_of_the_program(rules, step):
    with pytest.raises(ValueError, match=r"No rule|leaves no history"):
        false_alarms(rules=rules, baseline=25, step=step)


def test_shift_of_three_sigma_is_found_within_three_lots():
    """One row of the table of run lengths in docs/statistics.md."""
    length = histories.run_length(
        PROPOSED, shift=3.0, histories=400, seed=5, baseline=None
    )

    assert np.isfinite(length)
    assert length < 2.5
